"""Bands: between what limits a measure lies in 8 in 10 simulations, as charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from capacity.charts import Picture, drawing, levels_of
from capacity.charts.drawing import HEIGHT, HINTS, MIDDLE, SINGLE, ChartAxis, Drawn, Layer, Level
from capacity.charts.frames import PERCENTILES, Role, Shown, labels
from capacity.engine.measures import share_of
from capacity.engine.model import Array, Model
from capacity.risk import bands as bands_of
from capacity.risk.bands import Group
from capacity.stages import Option, PlanResult
from capacity.wording import inside, month, number, per_cent, plural

MEASURES: Mapping[str, str] = {"completion": "Completion", "outstanding": "Outstanding"}
"""Measures that are followed through the futures, as shown to people."""

BELOW = 60
"""Height of the second legend, pixels."""

KINDS = {MIDDLE: [1, 0], SINGLE: [4, 3]}
"""What the lines of a band are, and their dashes."""

ROLES: Mapping[str, Role] = {"today": "today", "sized": "sized"}
"""How the options of a plan are drawn."""


@dataclass(frozen=True)
class Followed:
    """What a band is of, and what it is called."""

    group: Group
    label: str
    duty: str
    tier: str

    @property
    def name(self) -> str:
        """Its name in files."""
        parts = (self.group.cohort, self.group.duty, self.group.tier)
        return "-".join(part for part in parts if part) or "all"

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return its rows of the table of bands."""
        mine = pd.Series(True, index=table.index)
        for column in ("cohort", "duty", "tier"):
            value = getattr(self.group, column)
            mine &= table[column].isna() if value is None else table[column] == value
        return table[mine]


def followed(model: Model) -> tuple[Followed, ...]:
    """Return everything that bands are given for: duties first, then cohorts, then all."""
    cohorts = model.scenario.settings.cohorts
    found = []
    for group in bands_of.groups(model):
        cohort = cohorts[group.cohort] if group.cohort else None
        label, said, tier = "All activities together", "all activities", "All tiers"
        if cohort is None and group.duty:
            label = model.scenario.settings.task_label(None, group.duty)
            said = plural(inside(label))
            tier = group.tier.replace("_", " ") if group.tier else "All classes"
        elif cohort is not None and group.duty:
            duty = cohort.duties[group.duty].label or group.duty.capitalize()
            label, said = f"{cohort.label or group.cohort}: {duty}", plural(inside(duty))
        elif cohort is not None:
            label = f"{cohort.label or group.cohort}: all activities"
            said = f"all activities for {inside(cohort.label or group.cohort or '')}"
        if cohort is not None and group.tier:
            tier = cohort.tiers[group.tier].label or group.tier
        found.append(Followed(group, label, said, tier))
    found.sort(key=lambda one: (one.group.duty is None, one.group.cohort is None))
    return tuple(found)


def band(shown: Shown, what: Followed, table: pd.DataFrame, measure: str) -> Picture:
    """Show the middle of the simulations, between what 8 in 10 lie, and the single course.

    `table`: of bands.
    """
    rows = what.of(table)
    rows = rows[rows["measure"] == measure]
    parts = []
    for series, role, plan, option in shown.series():
        mine = rows[rows["option"] == option.name]
        if role in ROLES and not mine.empty:
            single = _single_course(plan, option, what.group, measure)
            parts.append(mine.assign(series=series, role=role, single_course=single))
    frame = pd.concat(parts, ignore_index=True) if parts else rows.assign(series="", role="")
    frame = frame.assign(month=pd.to_datetime(frame["month"]))
    words = per_cent if measure == "completion" else number
    axis = (
        ChartAxis("p50", "Completion (%)", ".0%", 1.0)
        if measure == "completion"
        else ChartAxis("p50", "Overdue at month's end")
    )
    chart = _bands(
        frame,
        axis,
        () if what.group.duty is None else levels_of(shown.model, what.group.rows, measure),
    )
    drop = ["role", "measure", "option"]
    shown_table = frame.drop(columns=[name for name in drop if name in frame])
    columns = ["series", *(name for name in shown_table if name != "series")]
    kept = shown_table[columns].assign(month=labels(frame["month"]))
    return Picture(
        f"band-{measure}-{what.name}", _between(frame, what, measure, words), chart, kept
    )


def _single_course(plan: PlanResult, option: Option, group: Group, measure: str) -> Array:
    """Return a measure of some rows in the plan itself, without chance. Shape: [month]."""
    run, rows = option.projection, list(group.rows)
    if measure == "outstanding":
        return np.asarray(run.outstanding[0][:, rows].sum(axis=1))
    return share_of(run.done[0][:, rows].sum(axis=1), run.due[0][:, rows].sum(axis=1))


def _between(
    frame: pd.DataFrame, what: Followed, measure: str, words: Callable[[float], str]
) -> str:
    """Return between what limits a measure lies in the last month, for each option."""
    subject = what.duty if what.group.tier is None else f"{what.duty} ({inside(what.tier)})"
    some = frame.dropna(subset=["p10", "p90"])
    if some.empty:
        return f"{MEASURES[measure]}, {subject}: nothing due"
    last = some[some["month"] == some["month"].max()]
    ends = []
    for series, low, high in zip(last["series"], last["p10"], last["p90"], strict=True):
        low_, high_ = words(low), words(high)
        span = low_ if low_ == high_ else f"{low_} to {high_}"
        ends.append(f"{span} with {with_what(series)}")
    when = month(f"{last['month'].iloc[0]:%Y-%m}")
    if measure == "completion":
        return f"In 8 of 10 simulations completion of {subject} is {', '.join(ends)} in {when}"
    subject = subject[:1].upper() + subject[1:]
    return f"{subject} overdue in {when} in 8 of 10 simulations: {', '.join(ends)}"


def with_what(series: str) -> str:
    """Return what posts a series has, said after `with`."""
    words = inside(series.removeprefix("What if, "))
    return words.replace("team needed", "the team needed")


def _bands(frame: pd.DataFrame, axis: ChartAxis, levels: Sequence[Level]) -> Drawn:
    """Draw 8 of 10 simulations as an area, their middle as a line, the single course dashed."""
    columns = ["month", "series", "p10", "p50", "p90", "single_course"]
    table = frame.reindex(columns=columns).dropna(subset=["p10"])
    looks = frame[["series", "role"]].drop_duplicates()
    colours = [drawing.LOOK[ROLES[role]][0] for role in looks["role"]]
    scale = alt.Scale(domain=looks["series"].tolist(), range=colours)
    top = alt.Scale(zero=True) if axis.top is None else alt.Scale(domain=[0, axis.top])
    base = alt.Chart(table).encode(
        x=alt.X("month:T", axis=drawing.months()),
        color=alt.Color("series:N", scale=scale, legend=_legend()),
    )
    up: dict[str, Any] = {
        "title": axis.title,
        "scale": top,
        "axis": drawing.ticks(axis.form, titlePadding=10),
    }
    finer = ".1%" if axis.top else ",.0f"
    hints = [
        alt.Tooltip("month:T", title="Month", format="%B %Y"),
        alt.Tooltip("series:N", title=" "),
        *(
            alt.Tooltip(f"{name}:Q", title=title, format=finer)
            for name, title in zip(PERCENTILES, HINTS, strict=True)
        ),
        alt.Tooltip("single_course:Q", title=SINGLE, format=finer),
    ]
    layers: list[Layer] = [
        base.mark_area(opacity=0.18).encode(y=alt.Y("p10:Q", **up), y2="p90:Q"),
        base.mark_line(strokeWidth=2.5).encode(y=alt.Y("p50:Q", **up), strokeDash=_kind(MIDDLE)),
        base.mark_line(strokeWidth=1.5).encode(
            y=alt.Y("single_course:Q", **up), strokeDash=_kind(SINGLE)
        ),
        base.mark_point(size=90, opacity=0).encode(y=alt.Y("p50:Q", **up), tooltip=hints),
    ]
    if not table.empty:
        layers += [drawing.level(one, table["month"].max(), axis) for one in levels]
    return drawing.drawn(*layers, height=HEIGHT + BELOW)


def _kind(words: str) -> alt.StrokeDashDatum:
    """Return the dashes of one kind of line, distinguished by a legend of their own."""
    scale = alt.Scale(domain=list(KINDS), range=list(KINDS.values()))
    return alt.StrokeDashDatum(words, scale=scale, legend=_legend("bottom"))


def _legend(orient: Literal["top", "bottom"] = "top") -> alt.Legend:
    """Return a legend in as many columns as there is room for; the two stand apart."""
    return alt.Legend(
        title=None,
        orient=orient,
        direction="horizontal",
        columns=alt.ExprRef(drawing.COLUMNS),
        labelLimit=0,
        symbolOpacity=1,
        symbolType="stroke",
        symbolSize=300,
    )
