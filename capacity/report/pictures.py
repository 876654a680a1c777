"""Charts as SVG, drawn from the block itself, so that picture, table and workbook agree.

The specification is Vega-Lite's, written down here rather than with Altair: loading that takes
half a second, and a report has three to spare.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any

from capacity.report.blocks import Chart, ChartBand, Role
from capacity.report.theme import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from capacity.wording import written

WIDTH, HEIGHT, LOW = 620, 230, 180
"""Of the plot, in points."""

GREY = "#595959"
LOOKS: dict[Role, tuple[str, list[int], float]] = {
    "today": (VERMILLION, [7, 3], 2.6),
    "sized": (BLUE, [1, 0], 2.6),
    "limit": (GREY, [2, 3], 1.8),
    "band": (BLUE, [1, 0], 1.0),
}
"""Colour, dashes and width: dashes say the same as colours, for print in grey."""

OTHERS = ((GREEN, [1, 2]), (PURPLE, [10, 3, 2, 3]), (ORANGE, [4, 2]), ("#000000", [1, 0]))
ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
"""What Vega says to screen readers; the report says it better, in one sentence."""

FORMATS = {"share": ".0%", "pounds": "~s", "number": ",.0f", "people": ",.0f"}


def svg(chart: Chart) -> str:
    """Return a chart as SVG without its title, which stands beside it as text."""
    return _drawn(json.dumps(specification(chart)))


@lru_cache(maxsize=32)
def _drawn(specification: str) -> str:
    """Return a specification drawn, once: several papers show the same chart."""
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(specification)
    return re.sub(r"<[^>]*>", lambda tag: ROLES.sub("", tag[0]), drawn)


def specification(chart: Chart) -> dict[str, Any]:
    """Return the Vega-Lite specification of a chart."""
    rows = [
        {"x": _when(label), "s": series.name, "v": value}
        for series in chart.series
        for label, value in zip(chart.along, series.values, strict=True)
        if math.isfinite(value)
    ]
    layers = [
        *(_band(chart, band) for band in chart.bands),
        {"data": {"values": rows}, **_lines(chart)},
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": LOW if chart.low else HEIGHT,
        "padding": 4,
        "background": "white",
        "layer": layers,
        "config": {
            "aria": False,
            "font": "Liberation Sans, Arial, Helvetica, sans-serif",
            "axis": {
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "titlePadding": 10,
                "gridColor": "#E3E3E3",
                "domainColor": GREY,
                "tickColor": GREY,
                "labelColor": "#222222",
                "titleColor": "#222222",
            },
            "legend": {"labelFontSize": 12, "labelLimit": 260, "labelColor": "#222222"},
            "view": {"stroke": None},
        },
    }


def _when(label: str) -> str:
    """Return a month as an instant, so that no machine's time zone moves it."""
    return f"{label}-01T00:00:00Z"


def _looks(chart: Chart) -> list[tuple[str, list[int], float]]:
    """Return colour, dashes and width of each series, no two others the same."""
    found, others = [], 0
    for one in chart.series:
        if one.role in LOOKS:
            found.append(LOOKS[one.role])
        else:
            colour, dash = OTHERS[others % len(OTHERS)]
            found.append((colour, dash, 2.2))
            others += 1
    return found


def _along(chart: Chart) -> dict[str, Any]:
    months = len(chart.along)
    step = 1 if months <= 14 else 6 if months <= 72 else 12
    ticks = [
        {"utc": True, "year": int(label[:4]), "month": int(label[5:]), "date": 1}
        for label in chart.along
        if _ticked(label, step)
    ]
    axis = {
        "format": "%b %Y" if step > 1 else "%b",
        "values": ticks,
        "grid": False,
        "labelOverlap": True,
    }
    return {
        "field": "x",
        "type": "temporal",
        "title": None,
        "axis": axis,
        "scale": {"type": "utc", "nice": False},
    }


def _ticked(label: str, step: int) -> bool:
    return step == 1 or (int(label[5:]) - 4) % step == 0


def _up(chart: Chart) -> dict[str, Any]:
    form = FORMATS.get(chart.kind, ",.0f")
    axis = {"format": form, "labelExpr": written(form), "tickCount": 5}
    values = [v for one in chart.series for v in one.values if math.isfinite(v)]
    scale: dict[str, Any] = {"zero": True}
    if chart.kind == "share" and max(values, default=1.0) <= 1.0:
        scale = {"domain": [0, 1]}
    elif min(values, default=0.0) > 0.6 * max(values, default=1.0):
        scale = {"zero": False, "nice": True}
    return {
        "field": "v",
        "type": "quantitative",
        "title": chart.up_title,
        "axis": axis,
        "scale": scale,
    }


def _legend(chart: Chart) -> dict[str, Any] | None:
    if len(chart.series) < 2:
        return None
    letters = sum(len(one.name) + 6 for one in chart.series)
    columns = max(1, min(4, len(chart.series), len(chart.series) * 95 // max(letters, 1)))
    return {
        "title": None,
        "orient": "top",
        "direction": "horizontal",
        "columns": columns,
        "symbolSize": 320,
        "labelLimit": 560 // columns,
    }


def _lines(chart: Chart) -> dict[str, Any]:
    names, looks = [one.name for one in chart.series], _looks(chart)
    scales = [{"domain": names, "range": [look[n] for look in looks]} for n in range(3)]
    legend = _legend(chart)
    wide = {"field": "s", "type": "nominal", "scale": scales[2], "legend": None}
    return {
        "mark": {"type": "line", "interpolate": "linear", "strokeCap": "butt"},
        "encoding": {
            "x": _along(chart),
            "y": _up(chart),
            "color": {"field": "s", "type": "nominal", "scale": scales[0], "legend": legend},
            "strokeDash": {"field": "s", "type": "nominal", "scale": scales[1], "legend": legend},
            "strokeWidth": wide,
        },
    }


def _band(chart: Chart, band: ChartBand) -> dict[str, Any]:
    """Return the layer of a range around a line."""
    rows = [
        {"x": _when(label), "low": low, "high": high}
        for label, low, high in zip(chart.along, band.low, band.high, strict=True)
        if math.isfinite(low) and math.isfinite(high)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "opacity": 0.18, "color": LOOKS[band.role][0]},
        "encoding": {
            "x": _along(chart),
            "y": {**_up(chart), "field": "low"},
            "y2": {"field": "high"},
        },
    }
