"""Result → chart with its message and its table: pure, the same for app and reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from capacity.charts import courses, drawing, frames
from capacity.charts.drawing import MONEY, ChartAxis, Drawn, Level
from capacity.charts.frames import MEASURES, Shown
from capacity.engine.model import Model
from capacity.risk.foreseen import Seen
from capacity.why.headlines import AN_HOUR, team_label
from capacity.wording import (
    asked,
    counted,
    inside,
    number,
    per_cent,
    plural,
    pounds,
)

__all__ = ["MEASURES", "Picture", "Shown"]


ALONE = "A single course without chance, an analyst's view."
"""Said of a chart that simulations are not drawn in."""


OF_MONEY = (
    "Bars: the central case, a single course. Lines: 8 in 10 simulations, in which posts stay as "
    "they are and overtime, people in post and pay with a range vary."
)
"""Said of a chart of money by year."""


@dataclass(frozen=True)
class Picture:
    """A chart, what it says, and the table behind it."""

    name: str
    title: str
    chart: Drawn
    table: pd.DataFrame
    aside: str = ""  # said below it: how it is read, and the single course beside simulations

    def on_paper(self, note: str = "", width: int = 640) -> Drawn:
        """Return the chart with its message in it, and what was selected."""
        return drawing.titled(self.chart, self.title, note, width)


def completion(shown: Shown, group: str, duty: str, measure: str = "completion") -> Picture:
    """Show a measure of a duty over time, all tiers together, and its standards."""
    frame = frames.duty(shown, group, duty)
    what = MEASURES[measure]
    label = _duty_label(shown, group, duty)
    subject = {
        "completion": f"completion of {plural(inside(label))}",
        "in_date": f"share of {plural(inside(label))} within the deadline"
        if not group
        else f"share of cases in date with {plural(inside(label))}",
        "on_time": f"share of {plural(inside(label))} completed on time",
    }[measure]
    subject = f"{subject[:1].upper()}{subject[1:]}"
    what = "Within the deadline" if not group and measure == "in_date" else what
    axis = ChartAxis(measure, f"{what} (%)", ".0%", 1.0)
    asked_for = levels(shown, group, duty, measure)
    place = (group, duty)
    return _followed(shown, frame, axis, place, ChartSubject(subject, per_cent), asked_for)


def outstanding(shown: Shown, group: str, duty: str) -> Picture:
    """Show how many of a duty wait at each month's end."""
    frame = frames.duty(shown, group, duty)
    label, left = plural(_duty_label(shown, group, duty)), _left(group)
    axis = ChartAxis("outstanding", f"{left.capitalize()} at month's end")
    asked_for = levels(shown, group, duty, "outstanding")
    subject = ChartSubject(f"{label} {left}", many=True)
    return _followed(shown, frame, axis, (group, duty), subject, asked_for)


def waiting(shown: Shown, group: str, duty: str) -> Picture:
    """Show who waits: what is outstanding by tier, with current posts."""
    table = frames.tiers(shown, group, duty)
    frame = table[table["role"] == "today"]
    order = list(dict.fromkeys(frame["tier"]))
    last = frame[frame["month"] == frame["month"].max()]
    label, left = plural(_duty_label(shown, group, duty)), _left(group)
    title = f"{label} {left} by {'tier' if group else 'class'}, {_of_current_posts(shown)}"
    if not last.empty and last["outstanding"].sum() >= 0.5:
        most = last.loc[last["outstanding"].idxmax()]
        share = most["outstanding"] / last["outstanding"].sum()
        wait = last["longest_wait_months"].max()
        title = (
            f"{per_cent(share)} of the {inside(label)} {left} at the end are in "
            f"{inside(most['tier'])}; the longest {left} is {counted(wait, 'month')}"
        )
    if len(order) == 1:
        wait = counted(last["longest_wait_months"].max(), "month")
        title = (
            f"{number(last['outstanding'].sum())} {inside(label)} {left} at the end, {wait} at most"
        )
    axis = ChartAxis("outstanding", f"{left.capitalize()} at month's end")
    chart = drawing.layers(frame, axis, "tier", order)
    return Picture(f"waiting-{group}-{duty}", title, chart, _without_role(table), ALONE)


def past_deadline(shown: Shown, queue: str) -> Picture | None:
    """Show how many wait in a queue past their deadline, by class, with current posts (EQ26).

    None where no class of it has a deadline.
    """
    table = frames.past_deadline(shown, queue)
    frame = table[table["role"] == "today"]
    if frame.empty:
        return None
    label = plural(_duty_label(shown, "", queue))
    sums = frame.groupby("month")["past_deadline"].sum()
    title = f"No {inside(label)} wait past their deadline, {_of_current_posts(shown)}"
    if sums.max() >= 0.5:
        top = courses.top(sums)
        title = (
            f"{label} past their deadline: {number(float(sums.iloc[-1]))} at the end, "
            f"most {number(float(sums[top]))} in {courses.month(top)}, {_of_current_posts(shown)}"
        )
    axis = ChartAxis("past_deadline", "Past the deadline at month's end")
    chart = drawing.layers(frame, axis, "tier", list(dict.fromkeys(frame["tier"])))
    return Picture(f"past-deadline-{queue}", title, chart, _without_role(table), ALONE)


def arrivals(shown: Shown, queue: str) -> Picture:
    """Show how many arrive in a queue each month, all classes together (EQ26)."""
    table = frames.tiers(shown, "", queue)
    keys = ["series", "role", "month"]
    frame = table.groupby(keys, as_index=False, sort=False)[["newly_due", "done"]].sum()
    label = plural(_duty_label(shown, "", queue))
    axis = ChartAxis("newly_due", "Arrive in the month")
    subject = ChartSubject(f"{label} that arrive", many=True)
    return _followed(shown, frame, axis, ("", queue), subject, name=f"arrivals-{queue}")


def _left(group: str) -> str:
    """Return what those not done are called: of a queue they wait, of a cohort they are overdue."""
    return "overdue" if group else "waiting"


def _of_current_posts(shown: Shown) -> str:
    return "no posts added" if not shown.before else "what if, no posts added"


def cases_per_officer(shown: Shown, cohort: str) -> Picture:
    """Show cases for each officer against the limit (EQ18)."""
    frame = frames.ratios(shown, cohort)
    label = _cohort_label(shown, cohort)
    now = frame[frame["role"] == "today"]
    levels = []
    for value, rows in now.dropna(subset=["limit"]).groupby("limit", sort=False):
        words = f"Limit: {asked(float(str(value)))} cases"
        levels.append(Level(words, float(str(value)), rows["month"].min()))
    axis = ChartAxis("cases_per_officer", "Cases per officer")
    subject = ChartSubject(f"{label}: cases per officer", many=True)
    return _followed(shown, frame, axis, (cohort,), subject, levels)


def cases(shown: Shown, cohort: str) -> Picture:
    """Show a cohort's cases over time (EQ1–EQ3)."""
    table = frames.caseload(shown, cohort)
    frame = table.groupby(["series", "role", "month"], as_index=False, sort=False)[["cases"]].sum()
    axis = ChartAxis("cases", "Cases at month's end")
    subject = ChartSubject(f"{_cohort_label(shown, cohort)}: cases", many=True)
    drawn = _followed(shown, frame, axis, (cohort,), subject)
    return replace(drawn, table=_without_role(table))


def people(shown: Shown, team: str) -> Picture:
    """Show a team's people in post over time."""
    frame = frames.people(shown, team)
    label = team_label(shown.model, team)
    axis = ChartAxis("in_post", "In post (FTE)", ",.0f")
    subject = ChartSubject(f"{label}: people in post", _fte, many=True)
    return _followed(shown, frame, axis, (team,), subject, name=f"people-{team}")


def left_undone(shown: Shown, team: str) -> Picture:
    """Show the hours that what is left undone would take, month by month."""
    frame = frames.hours(shown, team)
    label = team_label(shown.model, team)
    axis = ChartAxis("left_undone", "Left undone at month's end (hours)")
    subject = ChartSubject(f"{label}: hours of work left undone", many=True)
    return _followed(shown, frame, axis, (team,), subject, name=f"hours-{team}")


def cut_short(shown: Shown, team: str) -> Picture | None:
    """Show the hours of a team's work that are cut short, by month; none where none are (EQ25)."""
    frame = frames.hours(shown, team)
    if frame["cut_short"].max() < AN_HOUR:
        return None
    label = team_label(shown.model, team)
    axis = ChartAxis("cut_short", "Cut short in the month (hours)")
    subject = ChartSubject(f"{label}: hours of work cut short", many=True)
    return _followed(shown, frame, axis, (team,), subject)


def spending(shown: Shown, amount: str, words: str) -> Picture:
    """Show an amount of money by financial year, all teams together."""
    table = frames.costs(shown, amount)
    keys = ["series", "role", "year"]
    frame = table.groupby(keys, as_index=False, sort=False)[[amount]].sum()
    whole = table.groupby("year")["months"].first() == 12
    years = [year for year in dict.fromkeys(frame["year"]) if whole[year]]
    frame = frames.foreseen(shown, frame, Seen(amount, ()))
    ends = [f"{amount}_p10", f"{amount}_p90"]
    varies = any(_range(row, amount) for _, row in frame.iterrows())
    title = words
    if years:
        rows = frame[frame["year"] == years[-1]].set_index("role")
        sums = {str(role): pounds(float(row[amount])) for role, row in rows.iterrows()}
        spans = {str(role): _range(row, amount) for role, row in rows.iterrows()}
        within = f"{spans['today']} in 8 of 10 simulations" if spans["today"] else ""
        title = f"{words} in {years[-1]}: {sums['today']} with no posts added{within}"
        words_of = {
            "sized": "team needed",
            "today before": "baseline",
            "sized before": "its team needed",
        }
        found = [f"{of} {sums[role]}{spans[role]}" for role, of in words_of.items() if role in sums]
        title += f" ({', '.join(found)})" if found else ""
    part = table.groupby("year")["months"].first()
    named = {
        year: year if part[year] == 12 else f"{year} ({part[year]} months)" for year in part.index
    }
    frame = frame.assign(year=frame["year"].map(named))
    axis = ChartAxis(amount, f"{words} (£)", MONEY)
    chart = drawing.bars(frame, axis, limits=ends if varies else ())
    return Picture(
        amount.replace("_", "-"), title, chart, _without_role(table), OF_MONEY if varies else ""
    )


def _range(row: pd.Series, amount: str) -> str:
    """Return between what limits an amount lies in simulations; empty where it does not vary."""
    ends = float(row[f"{amount}_p10"]), float(row[f"{amount}_p90"])
    if np.isnan(ends).any():
        return ""
    low, high = map(pounds, ends)
    return "" if low == high else f", {low} to {high}"


def posts(shown: Shown) -> Picture:
    """Show mean posts by financial year, all teams together."""
    table = frames.posts(shown)
    keys = ["series", "role", "year"]
    frame = table.groupby(keys, as_index=False, sort=False)[["posts"]].sum()
    roles = dict.fromkeys(frame["role"])
    ends = {role: frame[frame["role"] == role]["posts"].tolist() for role in roles}
    title = "Posts by financial year"
    if "sized" in ends:
        title = (
            f"{number(ends['sized'][-1])} posts in the last year with the team needed, "
            f"{number(ends['today'][-1])} with no posts added"
        )
    chart = drawing.bars(frame, ChartAxis("posts", "Posts (mean of the year)"))
    return Picture("posts", title, chart, _without_role(table))


def levels(shown: Shown, group: str, duty: str, measure: str) -> Sequence[Level]:
    """Return the standards on a measure of a duty, as drawn, each level once.

    Returns:
        One for each standard and level.
    """
    return levels_of(shown.model, frames.rows_of(shown.model, group, duty), measure)


def levels_of(model: Model, rows: Sequence[int], measure: str) -> Sequence[Level]:
    """Return the standards on a measure of some rows of one duty, as drawn, each level once."""
    found: dict[tuple[str, float], Level] = {}
    for rule in model.rules.duties:
        mine = rule.rows[0] in rows and rule.kind.key == measure
        if mine and rule.first < model.months:
            value = float(np.ravel(rule.level)[0])
            whom = "tiers together" if len(rule.rows) > 1 else "in each tier"
            words = f"{rule.name}: {rule.kind.figure(value)} {whom}"
            first = pd.Timestamp(f"{model.calendar.labels[rule.first]}-01")
            found[words, value] = Level(words, value, first)
    return tuple(_together(list(found.values())))


def _together(found: Sequence[Level]) -> Iterator[Level]:
    """Yield levels, those of several standards at one height as one line with one label."""
    at: dict[tuple[float, pd.Timestamp], list[Level]] = {}
    for one in found:
        at.setdefault((one.value, one.first), []).append(one)
    for some in at.values():
        what = some[0].words.rpartition(": ")[2]
        same = len(some) > 1 and all(one.words.endswith(what) for one in some)
        yield replace(some[0], words=f"{len(some)} standards: {what}") if same else some[0]
        yield from () if same else some[1:]


@dataclass(frozen=True)
class ChartSubject:
    """What a chart is about: its words, and how its numbers are written."""

    said: str
    words: Callable[[float], str] = number
    many: bool = False


def _followed(
    shown: Shown,
    frame: pd.DataFrame,
    axis: ChartAxis,
    place: tuple[str, ...],
    subject: ChartSubject,
    levels: Sequence[Level] = (),
    name: str = "",
) -> Picture:
    """Show a measure over time: what is foreseen of it first, where that is asked for."""
    column = axis.column
    name = name or "-".join((column.replace("_", "-"), *place))
    course = courses.course(frame, column, subject.said, subject.words, many=subject.many)
    if shown.ahead is None:
        return Picture(name, course, drawing.lines(frame, axis, levels), _without_role(frame))
    wide = frames.foreseen(shown, frame, Seen(column, place))
    chart, table = drawing.banded(wide, axis, levels), _without_role(wide)
    title = courses.foreseen(wide, column, subject.said, subject.words)
    if not title:
        aside = (
            "Dotted: the single course without chance, an analyst's view. The simulations are "
            "being run."
        )
        return Picture(name, course, chart, table, aside)
    number_ = next(iter(shown.ahead.values())).number
    aside = (
        f"Shaded: 8 in 10 of {number(number_)} simulations; line: their middle. Dotted: the single "
        f"course without chance, an analyst's view.\n\n{course}, in the single course."
    )
    return Picture(name, title, chart, table, aside)


# Words -------------------------------------------------------------------------------------


def _fte(amount: float) -> str:
    near = round(amount)
    return f"{near}" if math.isclose(amount, near, abs_tol=0.05) else f"{amount:.1f}"


def _duty_label(shown: Shown, group: str, duty: str) -> str:
    settings = shown.model.scenario.settings
    if not group:
        return settings.task_label(None, duty)
    cohorts = settings.cohorts
    for name, cohort in cohorts.items():
        if (cohort.group or name) == group and duty in cohort.duties:
            return cohort.duties[duty].label or duty.capitalize()
    return duty


def _cohort_label(shown: Shown, cohort: str) -> str:
    return shown.model.scenario.settings.cohorts[cohort].label or cohort


def _without_role(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table as people see it: months in full, no word on drawing."""
    table = frame.drop(columns=["role"])
    if "month" in table:
        table["month"] = frames.labels(table["month"])
    return table
