"""Charts to decide by: options overlaid, what each change adds, what posts and budgets buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import altair as alt
import pandas as pd

from capacity.charts import MEASURES, Picture, drawing, frames
from capacity.charts.drawing import (
    BLUE,
    GREY,
    MONEY,
    VERMILLION,
    WORDS,
    ChartAxis,
    Drawn,
    Layer,
    Level,
)
from capacity.charts.frames import Shown
from capacity.staffing.worth import NONE_AVOIDED
from capacity.stages import PlanResult
from capacity.why.buying import Bought
from capacity.why.compare import INTERACTION, Contribution
from capacity.why.frontier import Point
from capacity.why.headlines import team_label
from capacity.why.singles import short
from capacity.wording import (
    asked_share,
    counted,
    inside,
    listed,
    month,
    number,
    per_cent,
    plural,
    pounds,
)

PARTS = {
    "cost": "Cost",
    "hours_missed": "Hours by which standards are not met",
    "on_time": "Activities completed on time, no posts added",
    "outstanding_end": "Overdue at the end, no posts added",
}
"""Measures that contributions are told of, as shown to people."""

LETTERS = 46
"""Letters of a label beside a bar, cut off after them."""


FEW = 3
"""Options up to which a title names them all."""

FLAT = 0.04
"""Share of the cost that the axis of the frontier covers at least."""


@dataclass(frozen=True)
class Named:
    """An option with the name it is shown under: its team needed, or current posts."""

    name: str
    plan: PlanResult
    sized: bool

    def course(self, group: str, duty: str) -> pd.DataFrame:
        """Return a duty by month, all tiers together; nothing where the option has none such."""
        table = frames.duty(Shown(self.plan), group, duty)
        mine = table[table["role"] == ("sized" if self.sized else "today")]
        return mine.assign(series=self.name)


def overlaid(
    options: Sequence[Named],
    group: str,
    duty: str,
    measure: str,
    label: str,
    levels: Sequence[Level] = (),
) -> Picture:
    """Show a measure of a duty over time, one line an option, the baseline's first.

    `measure`: of MEASURES; `label`: what the duty is called.
    """
    parts = [one.course(group, duty).assign(role=n) for n, one in enumerate(options)]
    frame = pd.concat(parts, ignore_index=True)
    waiting = measure == "outstanding"
    words = number if waiting else per_cent
    worst = {}
    for one in options:
        course = frame[frame["series"] == one.name].set_index("month")[measure].dropna()
        if len(course):
            place = int((course if waiting else -course).to_numpy().argmax())
            at, value = course.index[place], float(course.iloc[place])
            worst[one.name] = (value, f"{words(value)} in {month(f'{at:%Y-%m}')}")
    things = plural(inside(label))
    subject = f"lowest {MEASURES[measure].lower()}, {things}"
    subject = f"most {things} overdue" if waiting else subject
    title = f"{subject[:1].upper()}{subject[1:]}: {_worst(worst)}"
    axis = (
        ChartAxis(measure, "Overdue at month's end")
        if waiting
        else ChartAxis(measure, f"{MEASURES[measure]} (%)", ".0%", 1.0)
    )
    looks = dict(enumerate(drawing.OPTIONS))
    columns = drawing.columns_of([str(one) for one in frame["series"].unique()])
    chart = drawing.lines(frame, axis, levels, looks, columns)
    table = frame.drop(columns=["role"]).assign(month=frames.labels(frame["month"]))
    return Picture(f"options-{measure}-{group}-{duty}", title, chart, table)


def _worst(worst: Mapping[str, tuple[float, str]]) -> str:
    """Return the worst month of each option, of many those of the two furthest apart."""
    if not worst:
        return "nothing due"
    if len(worst) <= FEW:
        return listed([f"{words} ({name})" for name, (_, words) in worst.items()])
    low, high = min(worst, key=worst.__getitem__), max(worst, key=worst.__getitem__)
    if worst[low][1] == worst[high][1]:
        return f"{worst[low][1]} in every option"
    return f"from {worst[low][1]} ({low}) to {worst[high][1]} ({high})"


def contributions(
    rows: Sequence[Contribution], measure: str, words: Mapping[str, str], first: str, other: str
) -> Picture:
    """Show what each changed setting by itself adds to the difference between two options.

    `words`: changes in words by setting, what is changed before a bar `|`, old → new after it.
    """
    mine = [row for row in rows if row.measure == measure]
    labels = [_change_words(row, words) for row in mine]
    frame = pd.DataFrame(
        {
            "what": labels,
            "effect": [row.effect for row in mine],
            "sign": ["adds" if row.effect >= 0 else "takes away" for row in mine],
        }
    )
    unit = "£, discounted" if measure == "cost" else "hours" if "hours" in measure else "duties"
    form = MONEY if measure == "cost" else ",.3~r"
    order = frame["effect"].abs().sort_values(ascending=False, kind="stable").index
    chart = _sideways(
        frame,
        ChartAxis("effect", f"{PARTS[measure]} ({unit})", form),
        ("sign", {"adds": VERMILLION, "takes away": BLUE}),
        [labels[n] for n in order],
    )
    table = pd.DataFrame(
        {
            "measure": [row.measure for row in rows],
            "setting": [row.setting for row in rows],
            "from": ["" if row.from_ is None else short(row.from_) for row in rows],
            "to": ["" if row.to is None else short(row.to) for row in rows],
            "effect": [row.effect for row in rows],
        }
    )
    whole = sum(row.effect for row in mine)
    title = _difference(measure, whole, first, other, sized="hours_missed" in set(table["measure"]))
    return Picture(f"contributions-{measure}", title, chart, table)


def _difference(measure: str, whole: float, first: str, other: str, *, sized: bool) -> str:
    """Return a difference between two options in a sentence."""
    size = pounds if measure == "cost" else number
    whose = "Allowing part posts" if measure in ("cost", "hours_missed") else "With no posts added"
    whose = whose if sized else "With no posts added"
    amount = size(abs(whole))
    if amount in ("£0", "0"):
        return f"{whose}, {other} and {first} come to the same"
    more = "more" if whole > 0 else "less" if measure in ("cost", "hours_missed") else "fewer"
    what = {
        "cost": f"costs {amount} {more} than",
        "hours_missed": f"is further from the standards by {amount} hours than"
        if whole > 0
        else f"is nearer to the standards by {amount} hours than",
        "on_time": f"gets {amount} {more} activities completed on time than",
        "outstanding_end": f"leaves {amount} {more} activities overdue at the end than",
    }[measure]
    return f"{whose}, {other} {what} {first}"


def _change_words(row: Contribution, words: Mapping[str, str]) -> str:
    if row.setting == INTERACTION:
        return "All of them together,|beyond the sum of each"
    if row.setting in words:
        return words[row.setting]
    return f"{row.setting}|{short(row.from_)} → {short(row.to)}"


def bought(rows: Sequence[Bought], plan: PlanResult) -> Picture:
    """Show what each post buys, the best first: weighted case-months overdue that it avoids."""
    teams = plan.scenario.settings.teams
    names = [
        f"{row.step}. {team_label(plan.model, row.team)}: "
        f"{inside(teams[row.team].grades[row.grade].label or row.grade)}, {row.year}"
        for row in rows
    ]
    frame = pd.DataFrame(
        {
            "post": names,
            "avoided": [row.weighted_avoided for row in rows],
            "cost": [row.cost for row in rows],
            "kind": ["in the team needed" if row.in_plan else "beyond it" for row in rows],
        }
    )
    chart = _sideways(
        frame.rename(columns={"post": "what"}),
        ChartAxis("avoided", "Case-months overdue avoided over the whole time, weighted by risk"),
        ("kind", {"in the team needed": BLUE, "beyond it": GREY}),
        names,
    )
    return Picture("marginal-posts", _bought_words(rows), chart, _labelled(rows, plan))


def _bought_words(rows: Sequence[Bought]) -> str:
    gain = [row for row in rows if row.weighted_avoided > NONE_AVOIDED]
    if not gain:
        return "In the present order of work no further post leaves fewer case-months overdue"
    whole = sum(row.weighted_avoided for row in gain)
    half, so_far = 0, 0.0
    while so_far < 0.9 * whole:
        so_far += gain[half].weighted_avoided
        half += 1
    dear = gain[half - 1].step
    words = "The first post avoids" if dear == 1 else f"The first {counted(dear, 'post')} avoid"
    words += f" {per_cent(so_far / whole)} of the"
    return f"{words} {number(whole)} weighted case-months overdue that posts can avoid"


def _labelled(rows: Sequence[Bought], plan: PlanResult) -> pd.DataFrame:
    table = pd.DataFrame([asdict(row) for row in rows], columns=[f.name for f in fields(Bought)])
    teams = plan.scenario.settings.teams
    grades = [teams[row.team].grades[row.grade].label or row.grade for row in rows]
    return table.assign(team=[team_label(plan.model, row.team) for row in rows], grade=grades)


def frontier(
    points: Sequence[Point], standards: Sequence[float], chosen: Point | None = None
) -> Picture:
    """Show what completion costs at least, the standards as they are, and what a budget buys."""
    table = pd.DataFrame(
        [asdict(point) for point in points], columns=["completion", "cost", "posts"]
    )
    known = table.dropna()
    if known.empty:
        title = "No completion standard from 70% to 99% can be met"
    else:
        first, last = known.iloc[0], known.iloc[-1]
        low, high = per_cent(float(first["completion"])), per_cent(float(last["completion"]))
        rise = float(last["cost"] - first["cost"])
        title = f"Raising every completion standard from {low} to {high} costs {pounds(rise)}"
        if abs(rise) < 0.001 * float(last["cost"]):
            title = f"Completion of {high} costs no more than {low}: other standards set the posts"
        if len(known) < len(table):
            beyond = float(table["completion"].iloc[len(known)])
            title += f"; {per_cent(beyond)} cannot be reached"
    return Picture("frontier", title, _frontier(known, standards, chosen), table)


def _frontier(known: pd.DataFrame, standards: Sequence[float], chosen: Point | None) -> Drawn:
    low, high = (float(known["cost"].min()), float(known["cost"].max())) if len(known) else (0, 1)
    room = max(high - low, FLAT * high) / 10  # a line that is flat must look flat
    middle, half = (low + high) / 2, max(high - low, FLAT * high) / 2
    cost = alt.Y(
        "cost:Q",
        title="Least cost (£, discounted)",
        scale=alt.Scale(domain=[middle - half - room, middle + half + room], zero=False),
        axis=drawing.ticks(",.4~s", titlePadding=10),
    )
    across = alt.X(
        "completion:Q",
        title="Completion asked for, every standard",
        scale=alt.Scale(domain=[0.7, 1.0]),
        axis=drawing.ticks(".0%", grid=False),
    )
    hints = [
        alt.Tooltip("completion:Q", title="Completion", format=".1%"),
        alt.Tooltip("cost:Q", title="Least cost (£)", format=",.0f"),
        alt.Tooltip("posts:Q", title="Posts at the end", format=",.1f"),
    ]
    base = alt.Chart(known).encode(x=across, y=cost)
    layers: list[Layer] = [
        base.mark_line(strokeWidth=2.5, color=BLUE),
        base.mark_point(size=45, filled=True, color=BLUE, opacity=1).encode(tooltip=hints),
    ]
    for level in sorted({one for one in standards if 0.7 <= one <= 1.0}):
        mark = alt.Chart(
            pd.DataFrame({"completion": [level], "words": [f"asked {asked_share(level)}"]})
        )
        layers += [
            mark.mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color=WORDS).encode(x=across),
            mark.mark_text(align="right", dx=-4, baseline="top", color=WORDS, fontSize=12).encode(
                x=across, y=alt.value(2), text="words:N"
            ),
        ]
    if chosen is not None and chosen.cost == chosen.cost:
        here = alt.Chart(pd.DataFrame([asdict(chosen)])).encode(x=across, y=cost)
        layers.append(
            here.mark_point(size=220, strokeWidth=3, color=VERMILLION, opacity=1).encode(
                tooltip=hints
            )
        )
    return drawing.drawn(*layers, height=drawing.HEIGHT)


def regimes(table: pd.DataFrame, frontier: str) -> Picture:
    """Show what meeting the standards costs under each regime, against what is left unseen.

    Args:
        table: regimes in words, with `unseen` and `cost`, and in `which` how each was compared.
        frontier: what stands there of those that no other betters on both.
    """
    best = table[table["which"] == frontier]
    title = f"{counted(len(best), 'regime')} of {len(table):,} cannot be bettered on both"
    across = alt.X(
        "unseen:Q",
        title="Weighted case-months unseen, with the team needed",
        scale=alt.Scale(zero=False, nice=True, padding=12),
        axis=drawing.ticks(",.3~s", grid=False),
    )
    up = alt.Y(
        "cost:Q",
        title="Cost of meeting the standards (£, discounted)",
        scale=alt.Scale(zero=False, nice=True, padding=12),
        axis=drawing.ticks(",.4~s", titlePadding=10),
    )
    hints = [
        alt.Tooltip("regime:N", title="Regime"),
        alt.Tooltip("posts:Q", title="Posts at the end", format=",.1f"),
        alt.Tooltip("cost:Q", title="Cost (£)", format=",.0f"),
        alt.Tooltip("unseen:Q", title="Unseen, team needed", format=",.0f"),
        alt.Tooltip("current:Q", title="Unseen, current posts", format=",.0f"),
    ]
    looks = {frontier: BLUE, "others": GREY}
    frame = table.assign(kind=table["which"].where(table["which"] == frontier, "others"))
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(looks), range=list(looks.values())),
        legend=alt.Legend(title=None, orient="top", labelLimit=0),
    )
    line = alt.Chart(best).mark_line(strokeWidth=2, color=BLUE, interpolate="step-after")
    layers: list[Layer] = [
        line.encode(x=across, y=up, order=alt.Order("unseen:Q")),
        alt.Chart(frame)
        .mark_point(size=70, filled=True, opacity=1)
        .encode(x=across, y=up, color=colour, tooltip=hints),
    ]
    return Picture(
        "regimes-frontier",
        title,
        drawing.drawn(*layers, height=drawing.HEIGHT),
        table,
        "Lower and further left is better. Those on the frontier are in whole posts; of the others "
        "the cost is a bound, allowing part posts.",
    )


def _sideways(
    frame: pd.DataFrame, axis: ChartAxis, by: tuple[str, Mapping[str, str]], order: Sequence[str]
) -> Drawn:
    """Draw bars from left to right, one a row, in a given order; `|` breaks a label."""
    column, looks = by
    there = [name for name in looks if name in set(frame[column])]
    colours = alt.Scale(domain=there, range=[looks[name] for name in there])
    legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolType="square", symbolSize=120)
    wide = LETTERS * 7
    labels = alt.Axis(
        labelLimit=wide, labelExpr="split(datum.label, '|')", ticks=False, domain=False
    )
    bar = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y(
                "what:N", sort=list(order), title=None, axis=labels, scale=alt.Scale(padding=0.3)
            ),
            x=alt.X(
                f"{axis.column}:Q",
                title=axis.title,
                axis=drawing.ticks(axis.form, titlePadding=8),
            ),
            color=alt.Color(
                f"{column}:N", scale=colours, legend=legend if len(there) > 1 else None
            ),
            tooltip=[
                alt.Tooltip("what:N", title=" "),
                alt.Tooltip(f"{axis.column}:Q", title=axis.title, format=",.0f"),
            ],
        )
    )
    each = 44 if any("|" in one for one in order) else 28
    return drawing.drawn(bar, height=each * len(frame) + 90)
