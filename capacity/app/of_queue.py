"""Work that queues: its figures at a glance, what waits by class, and what arrives (EQ26)."""

from __future__ import annotations

import numpy as np
import streamlit as st

from capacity import charts
from capacity.app import parts
from capacity.app.parts import Tile
from capacity.app.view import View
from capacity.risk.foreseen import Seen
from capacity.why.headlines import Service
from capacity.wording import counted, month, number, per_cent


def team_of(view: View, queue: str) -> str:
    """Return the team that does the work of a queue."""
    return view.plan.scenario.settings.queues[queue].team


def tiles(view: View, service: Service) -> None:
    """Show what arrives, is completed, is within the deadline and waits, with no posts added."""
    model, queue = view.plan.model, service.duty
    first, last = (month(model.calendar.labels[place]) for place in (0, -1))
    rows = charts.frames.tiers(view.shown, "", queue)
    rows = rows[rows["role"] == "today"].groupby("month")[["newly_due", "done"]].sum()
    within, past = service.in_date, charts.frames.past_deadline(view.shown, queue)
    late = past[past["role"] == "today"].groupby("month")["past_deadline"].sum()
    waits = counted(service.longest_wait, "month") if service.longest_wait else "none"
    place = ("", queue)
    found = [
        parts.simulated(
            view,
            Seen("newly_due", place),
            number,
            Tile(
                f"Arrive, {first}",
                number(float(rows["newly_due"].iloc[0])),
                f"{number(float(rows['newly_due'].iloc[-1]))} in {last}",
            ),
        ),
        Tile(
            f"Completed, {first}",
            number(float(rows["done"].iloc[0])),
            f"{number(float(rows['done'].iloc[-1]))} in {last}",
        ),
        parts.simulated(
            view,
            Seen("outstanding", place),
            number,
            Tile(
                f"Waiting, end of {first}",
                number(float(service.outstanding[0])),
                f"{number(float(service.outstanding[-1]))} at the end of {last}",
            ),
        ),
    ]
    if len(late) and not np.isnan(within).all():
        found += [
            parts.simulated(
                view,
                Seen("in_date", place),
                per_cent,
                Tile(
                    f"Within the deadline, {first}",
                    per_cent(float(within[0])),
                    f"lowest {per_cent(float(np.nanmin(within)))} in "
                    f"{month(model.calendar.labels[int(np.nanargmin(within))])}",
                ),
            ),
            Tile(
                f"Waiting past the deadline, {first}",
                number(float(late.iloc[0])),
                f"{number(float(late.iloc[-1]))} in {last}",
            ),
        ]
    found += [
        Tile(f"Longest waiting, {last}", waits),
        parts.undone(view, team_of(view, queue)),
    ]
    parts.tiles(found)
    parts.said_of_tiles(view, "Waiting: what has arrived and is not completed.")


def pictures(view: View, queue: str) -> None:
    """Show what waits and what arrives, and by class what waits and what is past its deadline."""
    drawn = [charts.outstanding(view.shown, "", queue), charts.arrivals(view.shown, queue)]
    if len(view.plan.scenario.settings.queues[queue].class_names) > 1:
        drawn.append(charts.waiting(view.shown, "", queue))
    if (late := charts.past_deadline(view.shown, queue)) is not None:
        drawn.append(late)
    columns = st.columns(2, gap="medium")
    for place, one in enumerate(drawn):
        with columns[place % 2]:
            parts.picture(one, view.selections, view.stem)
