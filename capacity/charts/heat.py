"""A heat map: one figure over two varied settings."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from capacity.charts.drawing import Drawn, Layer, drawn
from capacity.wording import written

LABELLED = 200
"""Cells up to which each has its figure written in it."""

LIGHT, DARK = "#DEEBF7", "#08306B"
"""From low to high: light to dark in one hue, so that print in grey says the same."""


def heat(
    frame: pd.DataFrame, across: str, up: str, figure: str, form: str, orders: Sequence[list[str]]
) -> Drawn:
    """Draw one cell for each pair of values, darker where the figure is higher.

    `frame`: columns `across`, `up` (text) and `figure`; `orders`: the values of both in order.
    """
    # Names of settings hold dots and brackets, which mean something to Vega.
    table = frame.rename(columns={across: "x", up: "y", figure: "v"})[["x", "y", "v"]].dropna()
    step = max(18, min(56, 640 // max(1, len(orders[0]))))
    low, high = (float(table["v"].min()), float(table["v"].max())) if len(table) else (0.0, 1.0)
    base = (
        alt.Chart(table)
        .transform_calculate(shown=written(form, "datum.v"))
        .encode(
            x=alt.X(
                "x:N", sort=orders[0], title=across, axis=alt.Axis(labelAngle=0, titlePadding=8)
            ),
            y=alt.Y("y:N", sort=orders[1][::-1], title=up, axis=alt.Axis(titlePadding=8)),
        )
    )
    colours = alt.Scale(domain=[low, high], range=[LIGHT, DARK])
    cells = base.mark_rect(stroke="white").encode(
        color=alt.Color(
            "v:Q",
            scale=colours,
            title=None,
            legend=alt.Legend(format=form, labelExpr=written(form)),
        ),
        tooltip=[
            alt.Tooltip("x:N", title=across),
            alt.Tooltip("y:N", title=up),
            alt.Tooltip("shown:N", title=figure),
        ],
    )
    layers: list[Layer] = [cells]
    if len(table) <= LABELLED and step >= 36:
        middle = (low + high) / 2
        ink = alt.condition(f"datum.v > {middle!r}", alt.value("white"), alt.value("#222222"))
        words = base.mark_text(fontSize=11).encode(text="shown:N", color=ink)
        layers.append(words)
    size = {"width": step * len(orders[0]), "height": max(18, step // 2) * len(orders[1])}
    return drawn(*layers, **size)
