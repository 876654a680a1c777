"""Result → chart with its message and its table: pure, the same for app and reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from capacity.charts import drawing, frames
from capacity.charts.drawing import MONEY, ChartAxis, Drawn, Level
from capacity.charts.frames import MEASURES, Shown
from capacity.engine.model import Model
from capacity.why.headlines import AN_HOUR, team_label
from capacity.wording import (
    asked,
    counted,
    inside,
    month,
    number,
    per_cent,
    plural,
    pounds,
)

__all__ = ["MEASURES", "Picture", "Shown"]

BAD_WHEN_LOW = ("completion", "in_date", "on_time", "in_post")
"""Measures of which the lowest month is told; of the others the highest."""

DIP = 0.25
"""A fall that recovers by more than this share of a measure's whole range is told."""


@dataclass(frozen=True)
class Picture:
    """A chart, what it says, and the table behind it."""

    name: str
    title: str
    chart: Drawn
    table: pd.DataFrame

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
    title = _course(frame, measure, f"{subject[:1].upper()}{subject[1:]}", per_cent)
    what = "Within the deadline" if not group and measure == "in_date" else what
    axis = ChartAxis(measure, f"{what} (%)", ".0%", 1.0)
    chart = drawing.lines(frame, axis, levels(shown, group, duty, measure))
    return Picture(f"{measure}-{group}-{duty}", title, chart, _without_role(frame))


def outstanding(shown: Shown, group: str, duty: str) -> Picture:
    """Show how many of a duty wait at each month's end."""
    frame = frames.duty(shown, group, duty)
    label, left = plural(_duty_label(shown, group, duty)), _left(group)
    title = _course(frame, "outstanding", f"{label} {left}", number, many=True)
    axis = ChartAxis("outstanding", f"{left.capitalize()} at month's end")
    asked_for = levels(shown, group, duty, "outstanding")
    chart = drawing.lines(frame, axis, asked_for)
    return Picture(f"outstanding-{group}-{duty}", title, chart, _without_role(frame))


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
    return Picture(f"waiting-{group}-{duty}", title, chart, _without_role(table))


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
        top = _top(sums)
        title = (
            f"{label} past their deadline: {number(float(sums.iloc[-1]))} at the end, "
            f"most {number(float(sums[top]))} in {_month(top)}, {_of_current_posts(shown)}"
        )
    axis = ChartAxis("past_deadline", "Past the deadline at month's end")
    chart = drawing.layers(frame, axis, "tier", list(dict.fromkeys(frame["tier"])))
    return Picture(f"past-deadline-{queue}", title, chart, _without_role(table))


def arrivals(shown: Shown, queue: str) -> Picture:
    """Show how many arrive in a queue each month, all classes together (EQ26)."""
    table = frames.tiers(shown, "", queue)
    keys = ["series", "role", "month"]
    frame = table.groupby(keys, as_index=False, sort=False)[["newly_due", "done"]].sum()
    label = plural(_duty_label(shown, "", queue))
    title = _course(frame, "newly_due", f"{label} that arrive", number, many=True)
    chart = drawing.lines(frame, ChartAxis("newly_due", "Arrive in the month"))
    return Picture(f"arrivals-{queue}", title, chart, _without_role(frame))


def _left(group: str) -> str:
    """Return what those not done are called: of a queue they wait, of a cohort they are overdue."""
    return "overdue" if group else "waiting"


def _of_current_posts(shown: Shown) -> str:
    return "no posts added" if not shown.before else "what if, no posts added"


def cases_per_officer(shown: Shown, cohort: str) -> Picture:
    """Show cases for each officer against the limit (EQ18)."""
    frame = frames.ratios(shown, cohort)
    label = _cohort_label(shown, cohort)
    title = _course(frame, "cases_per_officer", f"{label}: cases per officer", number, many=True)
    now = frame[frame["role"] == "today"]
    levels = []
    for value, rows in now.dropna(subset=["limit"]).groupby("limit", sort=False):
        words = f"Limit: {asked(float(str(value)))} cases"
        levels.append(Level(words, float(str(value)), rows["month"].min()))
    axis = ChartAxis("cases_per_officer", "Cases per officer")
    chart = drawing.lines(frame, axis, levels)
    return Picture(f"cases-per-officer-{cohort}", title, chart, _without_role(frame))


def cases(shown: Shown, cohort: str) -> Picture:
    """Show a cohort's cases over time (EQ1–EQ3)."""
    table = frames.caseload(shown, cohort)
    frame = table.groupby(["series", "role", "month"], as_index=False, sort=False)[["cases"]].sum()
    title = _course(frame, "cases", f"{_cohort_label(shown, cohort)}: cases", number, many=True)
    axis = ChartAxis("cases", "Cases at month's end")
    chart = drawing.lines(frame, axis)
    return Picture(f"cases-{cohort}", title, chart, _without_role(table))


def people(shown: Shown, team: str) -> Picture:
    """Show a team's people in post over time."""
    frame = frames.people(shown, team)
    label = team_label(shown.model, team)
    title = _course(frame, "in_post", f"{label}: people in post", _fte, many=True)
    chart = drawing.lines(frame, ChartAxis("in_post", "In post (FTE)", ",.0f"))
    return Picture(f"people-{team}", title, chart, _without_role(frame))


def left_undone(shown: Shown, team: str) -> Picture:
    """Show the hours that what is left undone would take, month by month."""
    frame = frames.hours(shown, team)
    label = team_label(shown.model, team)
    title = _course(frame, "left_undone", f"{label}: hours of work left undone", number, many=True)
    axis = ChartAxis("left_undone", "Left undone at month's end (hours)")
    chart = drawing.lines(frame, axis)
    return Picture(f"hours-{team}", title, chart, _without_role(frame))


def cut_short(shown: Shown, team: str) -> Picture | None:
    """Show the hours of a team's work that are cut short, by month; none where none are (EQ25)."""
    frame = frames.hours(shown, team)
    if frame["cut_short"].max() < AN_HOUR:
        return None
    label = team_label(shown.model, team)
    title = _course(frame, "cut_short", f"{label}: hours of work cut short", number, many=True)
    chart = drawing.lines(frame, ChartAxis("cut_short", "Cut short in the month (hours)"))
    return Picture(f"cut-short-{team}", title, chart, _without_role(frame))


def spending(shown: Shown, amount: str, words: str) -> Picture:
    """Show an amount of money by financial year, all teams together."""
    table = frames.costs(shown, amount)
    keys = ["series", "role", "year"]
    frame = table.groupby(keys, as_index=False, sort=False)[[amount]].sum()
    whole = table.groupby("year")["months"].first() == 12
    years = [year for year in dict.fromkeys(frame["year"]) if whole[year]]
    title = words
    if years:
        last = frame[frame["year"] == years[-1]].set_index("role")[amount]
        title = f"{words} in {years[-1]}: {pounds(float(last['today']))} with no posts added"
        words_of = {
            "sized": "team needed",
            "today before": "baseline",
            "sized before": "its team needed",
        }
        found = [
            f"{of} {pounds(float(last[role]))}" for role, of in words_of.items() if role in last
        ]
        title += f" ({', '.join(found)})" if found else ""
    part = table.groupby("year")["months"].first()
    named = {
        year: year if part[year] == 12 else f"{year} ({part[year]} months)" for year in part.index
    }
    frame = frame.assign(year=frame["year"].map(named))
    chart = drawing.bars(frame, ChartAxis(amount, f"{words} (£)", MONEY))
    return Picture(amount.replace("_", "-"), title, chart, _without_role(table))


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


# Words -------------------------------------------------------------------------------------


def _course(
    frame: pd.DataFrame,
    column: str,
    subject: str,
    words: Callable[[float], str],
    *,
    many: bool = False,
) -> str:
    """Return how a measure goes with no posts added, its events, and where the others are.

    Events are a month lower or higher than both ends, a dip that recovers, and the month in which
    the baseline is furthest away; "as in the baseline" is said only where none is seen.
    """
    series = {
        role: frame[frame["role"] == role].set_index("month")[column].dropna()
        for role in frame["role"].unique()
    }
    now = series.get("today")
    if now is None or now.empty:
        return f"{subject}: nothing due"
    first, last = float(now.iloc[0]), float(now.iloc[-1])
    begin, end = words(first), words(last)
    verb = "stay" if begin == end else "fall" if last < first else "rise"
    verb = verb if many else f"{verb}s"
    title = f"{subject} {verb} from {begin} to {end} by {_month(now.index[-1])}"
    if begin == end:
        title = f"{subject} {verb} at {end} to {_month(now.index[-1])}"
    turns = _turns(now, words, lowest=column in BAD_WHEN_LOW)
    extra = [f"{what} {words(float(now[at]))} in {_month(at)}" for what, at in turns]
    before, sized = series.get("today before"), series.get("sized")
    if before is not None and not before.empty:
        extra.append(_from_baseline(now, before, words))
    if sized is not None and not sized.empty:
        extra.append(f"team needed {words(float(sized.iloc[-1]))}")
    return f"{title} ({'; '.join(extra)})" if extra else title


def _turns(
    now: pd.Series, words: Callable[[float], str], *, lowest: bool
) -> list[tuple[str, pd.Timestamp]]:
    """Return the lowest (or highest) month where it lies beyond both ends, and a dip between."""
    ends = {words(float(now.iloc[0])), words(float(now.iloc[-1]))}
    found = []
    what, at = ("lowest", _top(-now)) if lowest else ("highest", _top(now))
    if words(float(now[at])) not in ends:
        found.append((what, at))
    if not lowest:
        return found
    later = now[::-1].cummax()[::-1]  # the highest from each month on
    dip = _top(later - now)
    told = {at for _, at in found}
    deep = float((later - now)[dip]) > DIP * float(now.max() - now.min())
    if deep and dip not in told and words(float(now[dip])) not in ends:
        found.insert(0, ("dipping to", dip))
    return found


def _from_baseline(now: pd.Series, before: pd.Series, words: Callable[[float], str]) -> str:
    """Return where the baseline is furthest away."""
    gap = (now - before).abs().dropna()
    if gap.empty:
        return "the baseline is of other months"
    at = _top(gap)
    here, there = words(float(now[at])), words(float(before[at]))
    if here == there:
        return "as in the baseline"
    return f"furthest from the baseline in {_month(at)}: {here}, baseline {there}"


def _top(values: pd.Series) -> pd.Timestamp:
    """Return the first month of the highest value, rounding of the last digits apart."""
    return pd.Timestamp(values[values >= values.max() - 1e-9].index[0])


def _month(day: pd.Timestamp) -> str:
    return month(f"{day:%Y-%m}")


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
            return cohort.duties[duty].label or duty.replace("_", " ").capitalize()
    return duty


def _cohort_label(shown: Shown, cohort: str) -> str:
    return shown.model.scenario.settings.cohorts[cohort].label or cohort


def _without_role(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table as people see it: months in full, no word on drawing."""
    table = frame.drop(columns=["role"])
    if "month" in table:
        table["month"] = table["month"].dt.strftime("%Y-%m")
    return table
