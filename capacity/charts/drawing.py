"""Data frame → Altair chart: one way to draw lines, areas and bars for screen and paper.

Colours are Okabe and Ito's, distinguished by every kind of colour vision; dashes say the same as
colours, so that nothing rests on colour alone.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from capacity.charts.frames import PERCENTILES, Role
from capacity.wording import written

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE, GREY, LIGHT_GREY = "#56B4E9", "#CC79A7", "#757575", "#A6A6A6"
WORDS = "#767676"
"""Labels inside a chart: legible on white and on dark."""

BEHIND = "#fffffe"
"""Behind words that lie over lines: the colour of the page, which on dark is another."""

LOOK: Mapping[Role, tuple[str, list[int]]] = {
    "recorded": (GREY, [1, 0]),
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

COLUMNS = "width < 300 ? 1 : width < 520 ? 2 : 4"
"""Columns of a legend, by the width that there is: a legend that is cut off says nothing."""

LETTER, SYMBOL = 6, 34
"""Pixels of a letter of a legend, and of what stands before and after a name."""

ROW, FEW = 16, 4
"""Pixels of a row of a legend, and the names for which a chart has room as it is."""

MAGENTA, OLIVE, LILAC, BROWN, VIOLET = "#990077", "#BBBB66", "#AA77FF", "#774422", "#9900EE"
"""More, for a stack of many: distinguished from those above, on white and on dark."""

LAYERS = [
    *(VERMILLION, ORANGE, SKY, BLUE, GREEN, MAGENTA),
    *(OLIVE, PURPLE, LILAC, BROWN, VIOLET, GREY),
]
"""Colours of what is stacked, most pressing first; neighbours are the least alike."""

HEIGHT = 280

FROM_NOUGHT = alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, 1]))
"""Upwards from nought, also where all there is to draw is nought."""

MIDDLE, SINGLE = "Middle of the simulations", "Single course, an analyst's view"
HINTS = ("1 of 10 lies below", MIDDLE, "1 of 10 lies above")
"""What the percentiles are called where somebody points at them, and the single course."""

ROWS = "rows"
"""What the rows of a chart are called in it."""

MONEY = ",.3~s"
"""How amounts of money are written along an axis."""


@dataclass(frozen=True)
class Drawn:
    """How a chart is drawn, and the rows that it draws, under names that never change.

    A page that has the chart already is sent new rows only, and draws them without starting again.
    """

    spec: Mapping[str, Any]
    rows: Mapping[str, pd.DataFrame]

    @property
    def measures(self) -> str:
        """What it measures, with the unit."""
        encodings = [layer.get("encoding", {}) for layer in self.spec.get("layer", [self.spec])]
        titles = [one.get(way, {}).get("title") for way in "yx" for one in encodings]
        return next(filter(None, titles), "figures")

    def to_dict(self) -> dict[str, Any]:
        """Return the whole chart as Vega-Lite, its rows in it."""
        values = {name: alt.to_values(table)["values"] for name, table in self.rows.items()}
        return {**self.spec, "datasets": values}

    def svg(self) -> str:
        """Return the chart as SVG."""
        import vl_convert

        drawn_: str = vl_convert.vegalite_to_svg(json.dumps(self.to_dict()))
        return drawn_


Layer = alt.Chart | alt.LayerChart | alt.FacetChart
"""What Altair calls a chart or a layer; never facets here."""


def drawn(*layers: Layer, **size: int) -> Drawn:
    """Return layers as one chart; `size`: its height and, where that is fixed, width in pixels."""
    chart = alt.layer(*layers).properties(**size)
    rows: dict[str, pd.DataFrame] = {}
    _name_rows(chart, rows)
    return Drawn(_spec(chart), rows)


def _name_rows(chart: Any, rows: dict[str, pd.DataFrame]) -> None:
    """Set the tables of a chart and its layers apart, leaving their names."""
    table = chart.data
    if isinstance(table, pd.DataFrame):
        known = (name for name, other in rows.items() if other is table)
        name = next(known, f"{ROWS}-{len(rows)}")
        rows[name] = table
        chart.data = alt.NamedData(name)
    for layer in getattr(chart, "layer", ()):
        _name_rows(layer, rows)


def _spec(chart: Layer) -> dict[str, Any]:
    """Return a chart as Vega-Lite, without Altair's own sizes; the tests check it as a whole."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return {name: part for name, part in spec.items() if name != "config"}


@dataclass(frozen=True)
class Level:
    """A level to be kept, drawn as a line from its month on."""

    words: str
    value: float
    first: pd.Timestamp


@dataclass(frozen=True)
class ChartAxis:
    """What is measured upwards: column, title with unit, number format and least top."""

    column: str
    title: str
    form: str = ",.0f"
    top: float | None = None


def lines(
    frame: pd.DataFrame,
    axis: ChartAxis,
    levels: Sequence[Level] = (),
    looks: Mapping[Any, tuple[str, list[int]]] = LOOK,
    columns: int | str = COLUMNS,
) -> Drawn:
    """Draw a measure by month, one line a series, and the levels to be kept.

    `looks`: colour and dashes of each role; `columns`: of the legend.
    """
    table = frame[["month", "series", axis.column]].dropna()
    rows = {ROWS: table}
    if not table.empty:
        last = table["month"].max()
        rows |= {f"level-{n}": _level_rows(level, last, axis) for n, level in enumerate(levels)}
    shown = tuple(level.words for level in levels[: len(rows) - 1])
    return Drawn(_lines(_series(frame, looks), axis, shown, columns), rows)


@lru_cache(maxsize=64)
def _lines(
    series: Sequence[SeriesLook], axis: ChartAxis, levels: Sequence[str], columns: int | str
) -> Mapping[str, Any]:
    """Write down how lines are drawn: kept, since Altair takes longer than all the rest."""
    colour, dash = _looks(series, "stroke", columns)
    base = alt.Chart(alt.NamedData(ROWS)).encode(x=_month_axis(), y=_y(axis), color=colour)
    layers: list[Layer] = [
        base.mark_line(strokeWidth=2.5, interpolate="linear").encode(strokeDash=dash),
        base.mark_point(size=90, opacity=0).encode(tooltip=_hints(axis)),
    ]
    layers += [_level(words, alt.NamedData(f"level-{n}"), axis) for n, words in enumerate(levels)]
    return _spec(alt.layer(*layers).properties(height=HEIGHT))


def banded(frame: pd.DataFrame, axis: ChartAxis, levels: Sequence[Level] = ()) -> Drawn:
    """Draw what is foreseen of a measure: 8 in 10 simulations as an area, their middle as a line.

    The single course is dotted, an analyst's view. While nothing is foreseen yet it is all there
    is; the chart is then drawn in the same way, so that what comes has its place.
    """
    names = [f"{axis.column}_{level}" for level in PERCENTILES]
    table = frame[["month", "series", axis.column, *names]]
    table = table.rename(columns=dict(zip(names, PERCENTILES, strict=True)))
    table = table.dropna(subset=[axis.column, *PERCENTILES], how="all")
    recorded = frame.loc[table.index, "role"] == "recorded"
    table.loc[recorded, axis.column] = np.nan
    rows = {ROWS: table}
    if not table.empty:
        last = table["month"].max()
        rows |= {f"level-{n}": _level_rows(level, last, axis) for n, level in enumerate(levels)}
    shown = tuple(level.words for level in levels[: len(rows) - 1])
    return Drawn(_banded(_series(frame), axis, shown), rows)


@lru_cache(maxsize=64)
def _banded(
    series: Sequence[SeriesLook], axis: ChartAxis, levels: Sequence[str]
) -> Mapping[str, Any]:
    """Write down how bands are drawn: kept, since Altair takes longer than all the rest."""
    colour, dash = _looks(series, "stroke")
    base = alt.Chart(alt.NamedData(ROWS)).encode(x=_month_axis(), color=colour)
    up = _y(axis)
    at = {name: _y(replace(axis, column=name)) for name in PERCENTILES}
    hints = [
        _month_hint(),
        alt.Tooltip("series:N", title=" "),
        *(
            alt.Tooltip(f"{name}:Q", title=title, format=_finer(axis))
            for name, title in zip(PERCENTILES, HINTS, strict=True)
        ),
        alt.Tooltip(f"{axis.column}:Q", title=SINGLE, format=_finer(axis)),
    ]
    layers: list[Layer] = [
        base.mark_area(opacity=0.2).encode(y=at["p10"], y2="p90:Q"),
        base.mark_line(strokeWidth=2.5).encode(y=at["p50"], strokeDash=dash),
        base.mark_line(strokeWidth=1.5, strokeDash=[2, 3]).encode(y=up),
        # To point at: nothing to read aloud, and empty until simulations are there.
        base.mark_point(size=90, opacity=0, aria=False).encode(y=at["p50"], tooltip=hints),
        base.mark_point(size=90, opacity=0, aria=False).encode(y=up, tooltip=hints),
    ]
    layers += [_level(words, alt.NamedData(f"level-{n}"), axis) for n, words in enumerate(levels)]
    return _spec(alt.layer(*layers).properties(height=HEIGHT))


def layers(frame: pd.DataFrame, axis: ChartAxis, by: str, order: Sequence[str]) -> Drawn:
    """Draw a measure by month, stacked by something, the first of `order` at the bottom."""
    table = frame[["month", by, axis.column]].dropna()
    place = {name: n for n, name in enumerate(order)}
    table = table.assign(place=table[by].map(place))
    colours = [LAYERS[n % len(LAYERS)] for n in range(len(order))]
    height = HEIGHT + ROW * max(0, len(order) - FEW)
    chart = (
        alt.Chart(table)
        .mark_area(opacity=0.9)
        .encode(
            x=_month_axis(),
            y=alt.Y(
                f"{axis.column}:Q",
                title=axis.title,
                stack="zero",
                scale=FROM_NOUGHT,
                axis=_ticks(axis),
            ),
            color=alt.Color(
                f"{by}:N",
                scale=alt.Scale(domain=list(order), range=colours),
                legend=legend("square", columns_of(order)) if len(order) > 1 else None,
            ),
            order=alt.Order("place:Q"),
            tooltip=[_month_hint(), alt.Tooltip(f"{by}:N", title=" "), _number_hint(axis)],
        )
    )
    return drawn(chart, height=height)


def bars(
    frame: pd.DataFrame,
    axis: ChartAxis,
    looks: Mapping[Any, tuple[str, list[int]]] = LOOK,
    limits: Sequence[str] = (),
) -> Drawn:
    """Draw an amount by financial year, one bar a series.

    Args:
        frame: one row a year and series.
        axis: the amount.
        looks: colour of each role.
        limits: columns of the ends of a line over each bar; none where there are none.
    """
    colour, _ = _looks(_series(frame, looks), "square")
    names = list(dict.fromkeys(frame["series"]))
    base = alt.Chart(frame[["year", "series", axis.column, *limits]]).encode(
        x=alt.X("year:N", title="Financial year", axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("series:N", sort=names, scale=alt.Scale(paddingOuter=0.2)),
        tooltip=[
            alt.Tooltip("year:N", title="Year"),
            alt.Tooltip("series:N", title=" "),
            _number_hint(axis),
            *(
                alt.Tooltip(f"{column}:Q", title=title, format=_finer(axis))
                for column, title in zip(limits, (HINTS[0], HINTS[-1]), strict=False)
            ),
        ],
    )
    layers_: list[Layer] = [base.mark_bar().encode(y=_y(axis), color=colour)]
    if limits:
        low, high = limits
        ends = base.encode(y=_y(replace(axis, column=low)), y2=f"{high}:Q")
        layers_.append(ends.mark_rule(strokeWidth=2, color=WORDS))
    return drawn(*layers_, height=HEIGHT)


# Parts -------------------------------------------------------------------------------------


class SeriesLook(NamedTuple):
    """A series: its name, colour and dashes."""

    name: str
    colour: str
    dashes: tuple[int, ...]


def _series(
    frame: pd.DataFrame, of_role: Mapping[Any, tuple[str, list[int]]] = LOOK
) -> tuple[SeriesLook, ...]:
    """Return the series that there are."""
    found = frame[["series", "role"]].drop_duplicates()
    looks = [of_role[role] for role in found["role"]]
    return tuple(
        SeriesLook(name, colour, tuple(dashes))
        for name, (colour, dashes) in zip(found["series"], looks, strict=True)
    )


def _looks(
    series: Sequence[SeriesLook], symbol: str, columns: int | str = COLUMNS
) -> tuple[alt.Color, alt.StrokeDash]:
    """Return colours and dashes of series, told in one legend."""
    names = [one.name for one in series]
    colours = alt.Scale(domain=names, range=[one.colour for one in series])
    dashes = alt.Scale(domain=names, range=[list(one.dashes) for one in series])
    return (
        alt.Color("series:N", scale=colours, legend=legend(symbol, columns)),
        alt.StrokeDash("series:N", scale=dashes, legend=legend(symbol, columns)),
    )


def columns_of(names: Sequence[str]) -> str:
    """Return the columns of a legend, by the width that there is and the longest of its names."""
    each = LETTER * max(map(len, names)) + SYMBOL
    return f"max(1, min(4, floor(width / {each})))"


def legend(symbol: str, columns: int | str = COLUMNS) -> alt.Legend:
    """Return a legend above a chart, in as many columns as there is room for."""
    return alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        columns=alt.ExprRef(columns) if isinstance(columns, str) else columns,
        labelLimit=0,
        symbolSize=300 if symbol == "stroke" else 120,
        symbolType=symbol,
        symbolStrokeWidth=2.5,
        symbolOpacity=1,
    )


def _month_axis() -> alt.X:
    return alt.X("month:T", axis=months())


def months() -> alt.Axis:
    """Return an axis of months."""
    return alt.Axis(format="%b %Y", title=None, grid=False, labelOverlap=True, tickCount=7)


def _ticks(axis: ChartAxis) -> alt.Axis:
    return ticks(axis.form, titlePadding=10, labelFlush=False)


def ticks(form: str, **more: Any) -> alt.Axis:
    """Return an axis whose numbers are written as in all text."""
    whole = {"tickMinStep": 1} if form == ",.0f" else {}
    return alt.Axis(**{"format": form, "tickCount": 5, "labelExpr": written(form), **whole, **more})


def _y(axis: ChartAxis) -> alt.Y:
    scale = FROM_NOUGHT if axis.top is None else alt.Scale(domain=[0, axis.top])
    return alt.Y(f"{axis.column}:Q", title=axis.title, scale=scale, axis=_ticks(axis))


def _month_hint() -> alt.Tooltip:
    return alt.Tooltip("month:T", title="Month", format="%B %Y")


def _number_hint(axis: ChartAxis) -> alt.Tooltip:
    return alt.Tooltip(f"{axis.column}:Q", title=axis.title, format=_finer(axis))


def _finer(axis: ChartAxis) -> str:
    return {".0%": ".1%", ",.0f": ",.1f"}.get(axis.form, axis.form)


def _hints(axis: ChartAxis) -> list[alt.Tooltip]:
    return [_month_hint(), alt.Tooltip("series:N", title=" "), _number_hint(axis)]


def level(one: Level, last: pd.Timestamp, axis: ChartAxis) -> Layer:
    """Draw a level from its month to the last, its words below where it ends."""
    return _level(one.words, _level_rows(one, last, axis), axis)


def _level_rows(one: Level, last: pd.Timestamp, axis: ChartAxis) -> pd.DataFrame:
    return pd.DataFrame({"from": [one.first], "to": [last], axis.column: [one.value]})


def _level(said: str, rows: pd.DataFrame | alt.NamedData, axis: ChartAxis) -> Layer:
    data = alt.Chart(rows)
    y = alt.Y(f"{axis.column}:Q", title=axis.title)
    rule = data.mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color=WORDS)
    at: dict[str, Any] = {"align": "right", "baseline": "top", "dy": 4, "dx": -2, "fontSize": 12}
    behind = data.mark_text(text=said, stroke=BEHIND, strokeWidth=4, aria=False, **at)
    words = data.mark_text(text=said, color=WORDS, **at)
    end = alt.X("to:T", title=None)
    return alt.layer(
        rule.encode(x=alt.X("from:T", title=None), x2="to:T", y=y),
        behind.encode(x=end, y=y),
        words.encode(x=end, y=y),
    )


def titled(chart: Drawn, title: str, note: str, width: int) -> Drawn:
    """Return a chart for paper: the message above it, its selections below the message.

    Returns:
        One chart, `width` pixels wide.
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
    said = {"title": heading.to_dict(), "width": width, "description": f"{title}. {note}".strip()}
    return Drawn({**chart.spec, **said}, chart.rows)
