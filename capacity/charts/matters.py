"""What matters most: what settings do at their low and at their high, as charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from capacity.charts import Picture, drawing
from capacity.charts.drawing import BEHIND, BLUE, MONEY, VERMILLION, WORDS, Drawn, Layer
from capacity.risk.drivers import COMPLETION, COST, POSTS
from capacity.wording import number, per_cent, pounds

DRIVEN: Mapping[str, str] = {
    COMPLETION: "Completion in the last month, no posts added",
    POSTS: "Posts needed at the end",
    COST: "Cost of the team needed",
}
"""What a setting is said to move, as shown to people."""

WORDS_OF: Mapping[str, Callable[[float], str]] = {
    COMPLETION: per_cent,
    POSTS: number,
    COST: pounds,
}
"""How what is moved is said."""

MOST_DRIVERS = 12
"""Settings drawn; the table has them all."""

AROUND = 110
"""Height of legend and axis, which a page counts in."""

BAR = 54
"""Height of a bar with the two lines of its name above it, pixels."""


def moves(table: pd.DataFrame, measure: str) -> bool:
    """Return whether any setting of a table of drivers moves a measure at its low or its high."""
    here = table[table["measure"] == measure]
    return bool((here["at_high"] - here["at_low"]).abs().max() > 0)


def picture(table: pd.DataFrame, labels: Mapping[str, str], measure: str) -> Picture:
    """Show what a measure comes to with each setting at its low and at its high.

    `table`: of drivers; `labels`: what settings are called.
    """
    shares = table.dropna(subset=["share_of_variance"]).set_index("setting")["share_of_variance"]
    here = table[table["measure"] == measure].dropna(subset=["at_low", "at_high"])
    span = (here["at_high"] - here["at_low"]).abs()
    here = here.assign(
        label=[labels.get(name, name) for name in here["setting"]],
        share=here["setting"].map(shares),
        span=span,
    ).sort_values(["share", "span"], ascending=False, kind="stable")
    drawn = here.head(MOST_DRIVERS)
    title = f"{DRIVEN[measure]}: no setting with a range moves it"
    if moves(table, measure):
        first = drawn.iloc[0]
        words = WORDS_OF[measure]
        low, high = words(first["at_low"]), words(first["at_high"])
        title = f"{first['label']} matters most: {low} at its low, {high} at its high"
        if measure == COMPLETION:
            share = per_cent(float(first["share"]))
            title += f" ({share} of the uncertainty in completion at the end)"
    kept = here.drop(columns=["span", "share"])
    kept = kept[["label", *(name for name in kept if name != "label")]]
    return Picture(f"drivers-{measure.replace(' ', '-')}", title, _tornado(drawn, measure), kept)


def _tornado(frame: pd.DataFrame, measure: str) -> Drawn:
    form, finer = {
        COMPLETION: (".0%", ".1%"),
        POSTS: (",.1f", ",.1f"),
        COST: (MONEY, ",.0f"),
    }[measure]
    ends = {"at_low": "At its low", "at_high": "At its high"}
    frame = frame.assign(shown=[_in_two(label) for label in frame["label"]])
    long = frame.melt(
        id_vars=["shown", "label", "central", "low", "high", "share"],
        value_vars=list(ends),
        var_name="end",
        value_name="value",
    )
    long = long.assign(
        end=long["end"].map(ends),
        setting=np.where(long["end"] == "at_low", long["low"], long["high"]),
    )
    scale = alt.Scale(domain=list(ends.values()), range=[BLUE, VERMILLION])
    legend = drawing.legend("square")
    across = alt.Scale(zero=False, nice=True)
    base = alt.Chart(long).encode(
        y=alt.Y("label:N", sort=list(dict.fromkeys(frame["label"])), title=None, axis=None)
    )
    hints = [
        alt.Tooltip("label:N", title="Setting"),
        alt.Tooltip("end:N", title=" "),
        alt.Tooltip("setting:Q", title="Its value, as in a file"),
        alt.Tooltip("value:Q", title=DRIVEN[measure], format=finer),
        alt.Tooltip("share:Q", title="Share of the variance", format=".1%"),
    ]
    layers: list[Layer] = [
        base.mark_bar(height=12, yOffset=14).encode(
            x=alt.X("value:Q", title=DRIVEN[measure], scale=across, axis=drawing.ticks(form)),
            x2="central:Q",
            color=alt.Color("end:N", scale=scale, legend=legend),
            tooltip=hints,
        ),
        *_central(frame, WORDS_OF[measure]),
        *_names(frame, base),
    ]
    return drawing.drawn(*layers, height=AROUND + BAR * len(frame))


def _central(frame: pd.DataFrame, words: Callable[[float], str]) -> list[Layer]:
    """Draw a line where every setting is at its value, and say above it what that comes to."""
    ends = frame[["at_low", "at_high"]].to_numpy()
    rows = frame[["central"]].head(1)
    rows = rows.assign(said=[f"All at their value: {words(one)}" for one in rows["central"]])
    right = bool((rows["central"] > (ends.min() + ends.max()) / 2).any()) if len(frame) else False
    line = alt.Chart(rows).encode(x="central:Q")
    at: dict[str, Any] = {"align": "right" if right else "left", "baseline": "bottom", "dy": -3}
    return [
        line.mark_rule(color=WORDS),
        line.mark_text(color=WORDS, fontSize=11, **at).encode(y=alt.value(0), text="said:N"),
    ]


def _names(frame: pd.DataFrame, base: alt.Chart) -> list[Layer]:
    """Write each name above its bar, where a phone has room for it too."""
    at: dict[str, Any] = {"align": "left", "baseline": "bottom", "dy": -6, "lineBreak": "\n"}
    at |= {"fontSize": 11, "lineHeight": 13, "limit": alt.ExprRef("width")}
    rows = alt.Chart(frame[["label", "shown"]]).encode(
        x=alt.value(0), y=base.encoding.y, text=alt.Text("shown:N")
    )
    behind = rows.mark_text(stroke=BEHIND, strokeWidth=4, aria=False, **at)
    return [behind, rows.mark_text(color=WORDS, **at)]


def _in_two(label: str) -> str:
    """Return a name in two lines: whose it is, and what it is."""
    whose, _, what = label.rpartition(", ")
    return f"{whose}\n{what}" if whose else what
