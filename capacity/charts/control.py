"""A control chart: months against the limits within which chance alone moves them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from capacity.charts.drawing import (
    BLUE,
    GREY,
    HEIGHT,
    VERMILLION,
    ChartAxis,
    Drawn,
    drawn,
    months,
    ticks,
)

DASHES = {"mean": [1, 0], "limits": [6, 4]}


def control_chart(
    when: Sequence[str],
    values: Sequence[float],
    ends: tuple[float, float | None, float | None],
    signals: Sequence[str],
    axis: ChartAxis,
) -> Drawn:
    """Draw a series, its mean and limits, and its signals as filled points.

    Args:
        when: months, `YYYY-MM`.
        values: of those months.
        ends: mean, lower and upper limit; the limits are none where months are too few.
        signals: the months that are signals.
        axis: what is measured.
    """
    dates = pd.to_datetime(pd.Series(list(when)))
    table = pd.DataFrame({"month": dates, "value": list(values)})
    table["signal"] = [month in set(signals) for month in when]
    x = alt.X("month:T", title=None, axis=months())
    y = alt.Y(
        "value:Q",
        title=axis.title,
        axis=ticks(axis.form, titlePadding=8),
        scale=alt.Scale(zero=False, nice=True),
    )
    hints = [
        alt.Tooltip("month:T", title="Month", format="%B %Y"),
        alt.Tooltip("value:Q", title=axis.title, format=axis.form),
    ]
    line = alt.Chart(table).mark_line(strokeWidth=2, color=BLUE).encode(x=x, y=y)
    colour = alt.condition("datum.signal", alt.value(VERMILLION), alt.value(BLUE))
    points = (
        alt.Chart(table)
        .mark_point(size=80, filled=True)
        .encode(x=x, y=y, color=colour, tooltip=hints)
    )
    mean, low, high = ends
    rules = []
    for value, kind in ((mean, "mean"), (low, "limits"), (high, "limits")):
        if value is not None:
            one = alt.Chart(pd.DataFrame({"value": [value]}))
            rules.append(
                one.mark_rule(color=GREY, strokeWidth=1.5, strokeDash=DASHES[kind]).encode(y=y)
            )
    return drawn(*rules, line, points, height=HEIGHT)
