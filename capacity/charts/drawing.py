"""Data frame → Altair chart: one way to draw lines, areas and bars for screen and paper.

Colours are Okabe and Ito's, told apart by every kind of colour vision; dashes say the same as
colours, so that nothing rests on colour alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from capacity.charts.frames import Role
from capacity.wording import written

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE, GREY, LIGHT_GREY = "#56B4E9", "#CC79A7", "#757575", "#A6A6A6"
WORDS = "#767676"
"""Labels inside a chart: legible on white and on dark."""

LOOK: Mapping[Role, tuple[str, list[int]]] = {
    "today before": (GREY, [6, 4]),
    "sized before": (LIGHT_GREY, [2, 3]),
    "today": (VERMILLION, [1, 0]),
    "sized": (BLUE, [1, 0]),
}
"""Colour and dashes of each series."""

OPTIONS: Sequence[tuple[str, list[int]]] = (
    (GREY, [6, 4]),
    (BLUE, [1, 0]),
    (VERMILLION, [8, 3]),
    (GREEN, [3, 3]),
    (PURPLE, [12, 3, 3, 3]),
    (ORANGE, [2, 2]),
)
"""Colour and dashes of options side by side: the baseline's first."""

COLUMNS = alt.ExprRef("width < 300 ? 1 : width < 520 ? 2 : 4")
"""Columns of a legend, by the width that there is: a legend that is cut off says nothing."""

LAYERS = [VERMILLION, ORANGE, SKY, BLUE, GREEN, PURPLE, GREY]
"""Colours of what is stacked, most pressing first."""

Drawn = alt.LayerChart | alt.FacetChart
"""What Altair calls layers; never facets here."""

HEIGHT = 280

MONEY = ",.3~s"
"""How amounts of money are written along an axis."""


@dataclass(frozen=True)
class Level:
    """A level to be kept, drawn as a line from its month on.

    Shape: scalars. Unit: of the chart. Source: the scenario. Raises: nothing.
    """

    words: str
    value: float
    first: pd.Timestamp


@dataclass(frozen=True)
class Axis:
    """What is measured upwards: column, title with unit, number format and least top.

    Shape: scalars. Unit: as said. Source: none. Raises: nothing.
    """

    column: str
    title: str
    form: str = ",.0f"
    top: float | None = None


def lines(
    frame: pd.DataFrame,
    axis: Axis,
    levels: Sequence[Level] = (),
    looks: Mapping[Any, tuple[str, list[int]]] = LOOK,
    columns: int | alt.ExprRef = COLUMNS,
) -> Drawn:
    """Draw a measure by month, one line a series, and the levels to be kept.

    `looks`: colour and dashes of each role; `columns`: of the legend. Shape: one chart. Unit: of
    the axis. Source: none. Raises: nothing.
    """
    colour, dash = _looks(frame, "stroke", looks, columns)
    table = frame[["month", "series", axis.column]].dropna()
    base = alt.Chart(table).encode(x=_month_axis(), y=_y(axis), color=colour)
    drawn: list[alt.Chart | Drawn] = [
        base.mark_line(strokeWidth=2.5, interpolate="linear").encode(strokeDash=dash),
        base.mark_point(size=90, opacity=0).encode(tooltip=_hints(axis)),
    ]
    if not table.empty:
        drawn += [_level(level, table["month"].max(), axis) for level in levels]
    return alt.layer(*drawn).properties(height=HEIGHT)


def layers(frame: pd.DataFrame, axis: Axis, by: str, order: Sequence[str]) -> Drawn:
    """Draw a measure by month, stacked by something, the first of `order` at the bottom.

    Shape: one chart. Unit: of the axis. Source: none. Raises: nothing.
    """
    table = frame[["month", by, axis.column]].dropna()
    place = {name: n for n, name in enumerate(order)}
    table = table.assign(place=table[by].map(place))
    colours = [LAYERS[n % len(LAYERS)] for n in range(len(order))]
    chart = (
        alt.Chart(table)
        .mark_area(opacity=0.9)
        .encode(
            x=_month_axis(),
            y=alt.Y(f"{axis.column}:Q", title=axis.title, stack="zero", axis=_ticks(axis)),
            color=alt.Color(
                f"{by}:N",
                scale=alt.Scale(domain=list(order), range=colours),
                legend=_legend("square"),
            ),
            order=alt.Order("place:Q"),
            tooltip=[_month_hint(), alt.Tooltip(f"{by}:N", title=" "), _number_hint(axis)],
        )
    )
    return alt.layer(chart).properties(height=HEIGHT)


def bars(frame: pd.DataFrame, axis: Axis) -> Drawn:
    """Draw an amount by financial year, one bar a series.

    Shape: one chart. Unit: of the axis. Source: none. Raises: nothing.
    """
    colour, _ = _looks(frame, "square")
    names = list(dict.fromkeys(frame["series"]))
    chart = (
        alt.Chart(frame[["year", "series", axis.column]])
        .mark_bar()
        .encode(
            x=alt.X("year:N", title="Financial year", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("series:N", sort=names, scale=alt.Scale(paddingOuter=0.2)),
            y=_y(axis),
            color=colour,
            tooltip=[
                alt.Tooltip("year:N", title="Year"),
                alt.Tooltip("series:N", title=" "),
                _number_hint(axis),
            ],
        )
    )
    return alt.layer(chart).properties(height=HEIGHT)


# Parts -------------------------------------------------------------------------------------


def _looks(
    frame: pd.DataFrame,
    symbol: str,
    of_role: Mapping[Any, tuple[str, list[int]]] = LOOK,
    columns: int | alt.ExprRef = COLUMNS,
) -> tuple[alt.Color, alt.StrokeDash]:
    """Return colours and dashes of the series that there are."""
    found = frame[["series", "role"]].drop_duplicates()
    names = found["series"].tolist()
    looks = [of_role[role] for role in found["role"]]
    colours = alt.Scale(domain=names, range=[colour for colour, _ in looks])
    dashes = alt.Scale(domain=names, range=[dash for _, dash in looks])
    return (
        alt.Color("series:N", scale=colours, legend=_legend(symbol, columns)),
        alt.StrokeDash("series:N", scale=dashes, legend=_legend(symbol, columns)),
    )


def _legend(symbol: str, columns: int | alt.ExprRef = COLUMNS) -> alt.Legend:
    return alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        columns=columns,
        labelLimit=0,
        symbolSize=300 if symbol == "stroke" else 120,
        symbolType=symbol,
        symbolStrokeWidth=2.5,
    )


def _month_axis() -> alt.X:
    return alt.X("month:T", axis=months())


def months() -> alt.Axis:
    """Return an axis of months.

    Shape: one axis. Unit: months. Source: none. Raises: nothing.
    """
    return alt.Axis(format="%b %Y", title=None, grid=False, labelOverlap=True, tickCount=7)


def _ticks(axis: Axis) -> alt.Axis:
    return ticks(axis.form, titlePadding=10, labelFlush=False)


def ticks(form: str, **more: Any) -> alt.Axis:
    """Return an axis whose numbers are written as in all text.

    Shape: one axis. Unit: by its form. Source: none. Raises: nothing.
    """
    return alt.Axis(**{"format": form, "tickCount": 5, "labelExpr": written(form), **more})


def _y(axis: Axis) -> alt.Y:
    scale = alt.Scale(zero=True) if axis.top is None else alt.Scale(domain=[0, axis.top])
    return alt.Y(f"{axis.column}:Q", title=axis.title, scale=scale, axis=_ticks(axis))


def _month_hint() -> alt.Tooltip:
    return alt.Tooltip("month:T", title="Month", format="%B %Y")


def _number_hint(axis: Axis) -> alt.Tooltip:
    finer = {".0%": ".1%", ",.0f": ",.1f"}.get(axis.form, axis.form)
    return alt.Tooltip(f"{axis.column}:Q", title=axis.title, format=finer)


def _hints(axis: Axis) -> list[alt.Tooltip]:
    return [_month_hint(), alt.Tooltip("series:N", title=" "), _number_hint(axis)]


def _level(level: Level, last: pd.Timestamp, axis: Axis) -> Drawn:
    """Draw a level from its month to the last, its words below where it ends."""
    data = alt.Chart(
        pd.DataFrame({"from": [level.first], "to": [last], axis.column: [level.value]})
    )
    y = alt.Y(f"{axis.column}:Q", title=axis.title)
    rule = data.mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color=WORDS)
    words = data.mark_text(
        text=level.words, align="right", baseline="top", dy=4, dx=-2, color=WORDS, fontSize=12
    )
    return alt.layer(
        rule.encode(x=alt.X("from:T", title=None), x2="to:T", y=y),
        words.encode(x=alt.X("to:T", title=None), y=y),
    )


def titled(chart: Drawn, title: str, note: str, width: int) -> Drawn:
    """Return a chart for paper: the message above it, its selections below the message.

    Shape: one chart, `width` pixels wide. Unit: none. Source: none. Raises: nothing.
    """
    letters = width // 8
    heading = alt.Title(
        text=textwrap.wrap(title, letters) or [""],
        subtitle=textwrap.wrap(note, letters * 5 // 4) if note else [],
        anchor="start",
        fontSize=15,
        fontWeight=600,
        subtitleFontSize=12,
        subtitleColor=WORDS,
        subtitlePadding=4,
        offset=12,
    )
    said = f"{title}. {note}".strip()
    return chart.properties(title=heading, width=width, description=said)
