"""A waterfall: from the first twelve months to the last, one bar for each reason."""

from __future__ import annotations

import altair as alt
import pandas as pd

from capacity.charts import ALONE, Picture, drawing
from capacity.charts.drawing import BLUE, GREEN, VERMILLION, WORDS
from capacity.charts.frames import Shown
from capacity.results.bridge import BridgeStep, bridge, in_words
from capacity.why.headlines import team_label
from capacity.wording import number

LEAST = 0.5
"""Hours per month: a smaller step is in the table, and not drawn."""

KINDS = {"end": ("To spare", BLUE), "more": ("More to spare", GREEN)}
KINDS["less"] = ("Less to spare", VERMILLION)

BAR = 26
"""Height of a bar with its gap, pixels."""

AROUND = 150
"""Height of the legend, the axis and its title, pixels."""


def steps(shown: Shown, team: str) -> Picture | None:
    """Show what changes between the hours a team has and needs; None where months are too few.

    It is of the last way to staff of the plan in view.
    """
    option = shown.plan.options[-1]
    found = bridge(shown.plan, option, shown.model.teams.index(team))
    if not found:
        return None
    whose = "no posts added" if option.name == "today" else "the team needed"
    title = f"{team_label(shown.model, team)}, {whose}: {in_words(found)}"
    table = pd.DataFrame(
        {"step": [one.words for one in found], "hours_per_month": [one.hours for one in found]}
    )
    return Picture(f"steps-{team}", title, _drawn(found), table, ALONE)


def _drawn(found: tuple[BridgeStep, ...]) -> drawing.Drawn:
    rows, at = [], 0.0
    for place, one in enumerate(found):
        end = place in (0, len(found) - 1)
        low, high = (0.0, one.hours) if end else (at, at + one.hours)
        at = high
        if end or abs(one.hours) >= LEAST:
            kind = "end" if end else "more" if one.hours > 0 else "less"
            sign = "−" if one.hours < 0 else "" if end else "+"
            rows.append(
                {
                    "step": one.words,
                    "from": low,
                    "to": high,
                    "right": max(low, high),
                    "kind": KINDS[kind][0],
                    "said": f"{sign}{number(abs(one.hours))}",
                    "hours": one.hours,
                }
            )
    table = pd.DataFrame(rows)
    base = alt.Chart(table).encode(
        y=alt.Y(
            "step:N",
            sort=list(table["step"]),
            title=None,
            axis=alt.Axis(labelLimit=190, labelOverlap=False, ticks=False, domain=False),
        )
    )
    colours = alt.Scale(
        domain=[name for name, _ in KINDS.values()], range=[colour for _, colour in KINDS.values()]
    )
    x = alt.X("from:Q", title="Hours per month to spare", axis=drawing.ticks(",.0f"))
    bars = base.mark_bar().encode(
        x=x,
        x2="to:Q",
        color=alt.Color("kind:N", scale=colours, legend=drawing.legend("square")),
        tooltip=[
            alt.Tooltip("step:N", title="Reason"),
            alt.Tooltip("hours:Q", title="Hours per month", format=",.1f"),
        ],
    )
    said = base.mark_text(align="left", dx=4, color=WORDS, fontSize=12).encode(
        x=alt.X("right:Q"), text="said:N"
    )
    return drawing.drawn(bars, said, height=BAR * len(table) + AROUND)
