"""Hours there are against hours needed: why work falls behind, month by month."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from capacity.charts import ALONE, Picture, drawing
from capacity.charts.drawing import BLUE, PURPLE, VERMILLION, ChartAxis
from capacity.charts.frames import Shown
from capacity.results.tables import TABLES
from capacity.why.headlines import AN_HOUR, team_label
from capacity.wording import counted, month, number

LOOKS: Mapping[str, tuple[str, list[int]]] = {
    "needed": (VERMILLION, [1, 0]),
    "there": (BLUE, [8, 3]),
    "cut_short": (PURPLE, [2, 3]),
}
"""Colour and dashes of each line."""

SERIES: Mapping[str, str] = {
    "needed": "Needed",
    "there": "There",
    "cut_short": "Cut short",
}
"""What each line is called."""


def balance(shown: Shown, team: str) -> Picture:
    """Show the hours a team has and needs by month, the last way to staff of the plan in view.

    Needed are the hours of other work and of every activity done when it falls due. There are the
    team's own hours and overtime, with the help it receives and without that which it gives
    (EQ12). What is cut short is part of the work needed (EQ25).
    """
    option = shown.plan.options[-1]
    table = TABLES["hours"](shown.plan)
    mine = table[(table["team"] == team) & (table["option"] == option.name)].set_index("month")
    due = TABLES["due_in_time"](shown.plan)
    activities = due[due["team"] == team].groupby("month")["hours"].sum()
    needed = mine["other_work"] + activities.reindex(mine.index, fill_value=0.0)
    there = mine["available"] + mine["overtime"] + mine["received"] - mine["lent"]
    wide = pd.DataFrame({"needed": needed, "there": there})
    if mine["cut_short"].max() >= AN_HOUR:
        wide["cut_short"] = mine["cut_short"]
    whose = "no posts added" if option.name == "today" else "the team needed"
    title = f"{team_label(shown.model, team)}, {whose}: {_in_words(wide)}"
    frame = wide.rename_axis("month").reset_index().melt("month", var_name="role")
    frame["series"] = frame["role"].map(SERIES)
    frame["month"] = pd.to_datetime(frame["month"])
    chart = drawing.lines(frame, ChartAxis("value", "Hours in the month"), looks=LOOKS)
    return Picture(f"balance-{team}", title, chart, wide.rename_axis("month").reset_index(), ALONE)


def _in_words(wide: pd.DataFrame) -> str:
    """Return in how many months hours are lacking, and in which most."""
    lacking = wide["needed"] - wide["there"]
    short = int((lacking >= AN_HOUR).sum())
    if not short:
        return f"enough hours in all {counted(len(wide), 'month')}"
    worst = str(lacking.idxmax())
    return (
        f"too few hours in {number(short)} of {counted(len(wide), 'month')}; most in "
        f"{month(worst)}, {number(float(wide['needed'][worst]))} needed and "
        f"{number(float(wide['there'][worst]))} there"
    )
