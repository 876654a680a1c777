"""Timings of activities in a unit's diary: minutes, travel and attempts, and nothing about people.

A timing has the month in which it was kept and no day, so that it cannot be laid beside a visit
or a duty roster. The unit's history does not say who timed something either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.files.timings import Timing
from capacity.workspace.people import Hand, held, note, require
from capacity.workspace.place import Workspace
from capacity.workspace.tables import TIMING


def keep_timing(workspace: Workspace, hand: Hand, unit: str, timing: Timing) -> str:
    """Keep one timing, and return its identity so that it can be taken back.

    Raises:
        NoAccess: if somebody may not change the unit.
    """
    with workspace.writing() as connection:
        require(connection, hand, unit, "edit")
        (made,) = _kept(connection, hand, unit, [timing])
        return made


def keep_file(
    workspace: Workspace, hand: Hand, unit: str, timings: Iterable[Timing]
) -> tuple[str, ...]:
    """Keep the timings of a file: all of them, or none.

    Raises:
        NoAccess: if somebody may not change the unit.
    """
    with workspace.writing() as connection:
        held(connection, unit)
        require(connection, hand, unit, "edit")
        made = _kept(connection, hand, unit, timings)
        note(connection, hand, unit, f"Diary: {len(made)} timings of a file")
        return made


def _kept(
    connection: Connection, hand: Hand, unit: str, timings: Iterable[Timing]
) -> tuple[str, ...]:
    rows: list[dict[str, Any]] = [
        {
            "id": hand.fresh(),
            "unit_id": unit,
            "month": f"{hand.now:%Y-%m}",
            "activity": one.activity,
            "minutes": one.minutes,
            "travel": one.travel,
            "attempts": one.attempts,
        }
        for one in timings
    ]
    if rows:
        connection.execute(TIMING.insert(), rows)
    return tuple(row["id"] for row in rows)


def take_back(workspace: Workspace, hand: Hand, unit: str, timings: Iterable[str]) -> int:
    """Delete timings that should not have been kept; return how many there were.

    Raises:
        NoAccess: if somebody may not change the unit.
    """
    with workspace.writing() as connection:
        require(connection, hand, unit, "edit")
        there = (TIMING.c.unit_id == unit, TIMING.c.id.in_(sorted(timings)))
        return int(connection.execute(TIMING.delete().where(*there)).rowcount)


def clear(workspace: Workspace, hand: Hand, unit: str) -> int:
    """Delete every timing of a unit, for a diary that begins again; return how many there were.

    Raises:
        NoAccess: if somebody may not decide about the unit.
    """
    with workspace.writing() as connection:
        held(connection, unit)
        require(connection, hand, unit, "own")
        done = connection.execute(TIMING.delete().where(TIMING.c.unit_id == unit))
        note(connection, hand, unit, f"Diary: {done.rowcount} timings deleted")
        return int(done.rowcount)


def timings_of(workspace: Workspace, hand: Hand, unit: str) -> tuple[Timing, ...]:
    """Return a unit's timings, in no order that says when each was kept.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = sa.select(TIMING).where(TIMING.c.unit_id == unit)
        found = [
            Timing(row["activity"], row["minutes"], row["travel"], int(row["attempts"]))
            for row in connection.execute(query).mappings()
        ]
    return tuple(sorted(found, key=lambda one: (one.activity, one.minutes, one.travel)))
