"""Errors of forecasts by how far ahead they look: a chart for screen and paper."""

from __future__ import annotations

import altair as alt
import pandas as pd

from capacity.charts.drawing import BLUE, GREEN, GREY, HEIGHT, ORANGE, VERMILLION, Drawn, drawn
from capacity.files.headings import SHARES
from capacity.history.backtest import Backtest

METHODS = {
    "corrected": ("model, corrected", BLUE, [1, 0]),
    "projected": ("model", GREEN, [8, 3]),
    "last_value": ("last value", VERMILLION, [4, 3]),
    "straight_line": ("straight line", ORANGE, [2, 2]),
    "same_month_last_year": ("same month last year", GREY, [6, 2, 2, 2]),
}
"""Name, colour and dashes of each way to forecast."""

WIDTH = 560
"""On paper; a page has its own."""


def errors(found: Backtest, measure: str) -> Drawn:
    """Draw the mean error of one measure by months ahead, one line a method."""
    scale = 100 if measure in SHARES else 1
    rows = [
        {"ahead": one.horizon, "method": words, "error": scale * getattr(one, name)}
        for one in found.errors
        if one.measure == measure
        for name, (words, _, _) in METHODS.items()
        if getattr(one, name) is not None
    ]
    names = [words for words, _, _ in METHODS.values()]
    colours = alt.Scale(domain=names, range=[colour for _, colour, _ in METHODS.values()])
    dashes = alt.Scale(domain=names, range=[dash for _, _, dash in METHODS.values()])
    unit = "points of a per cent" if scale == 100 else "cases"
    legend = alt.Legend(title=None, orient="top", labelLimit=0, columns=3, symbolSize=300)
    line = (
        alt.Chart(pd.DataFrame(rows, columns=["ahead", "method", "error"]))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("ahead:Q", title="Months ahead", axis=alt.Axis(grid=False, tickMinStep=1)),
            y=alt.Y("error:Q", title=f"Mean error ({unit})", axis=alt.Axis(titlePadding=8)),
            color=alt.Color("method:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("method:N", scale=dashes, legend=legend),
        )
    )
    return drawn(line, height=HEIGHT, width=WIDTH)
