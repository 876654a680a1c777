"""How long activities took: each entry its month, and nothing about whom, where or which day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from capacity.workspace.people import Hand, note, require
from capacity.workspace.place import Workspace
from capacity.workspace.tables import TIMING


@dataclass(frozen=True)
class Timing:
    """One activity: minutes of each officer at it, travel apart, attempts until it was done.

    `attempts`: 1 where it was done at the first; those before met nobody. `officers`: how many
    went together.
    """

    month: str
    activity: str
    minutes: float
    travel: float = 0.0
    attempts: int = 1
    officers: int = 1


def keep_timings(workspace: Workspace, hand: Hand, unit: str, entries: Iterable[Timing]) -> int:
    """Keep entries of a diary; return how many.

    Raises:
        NoAccess: if somebody may not change the unit.
    """
    rows = [{"id": hand.fresh(), "unit_id": unit, **asdict(one)} for one in entries]
    with workspace.writing() as connection:
        require(connection, hand, unit, "edit")
        if rows:
            connection.execute(TIMING.insert(), rows)
            note(connection, hand, unit, f"Diary: {len(rows)} entries")
    return len(rows)


def timings(workspace: Workspace, hand: Hand, unit: str) -> Sequence[Timing]:
    """Return the entries of a unit's diary, by month and activity.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = sa.select(TIMING).where(TIMING.c.unit_id == unit)
        rows = connection.execute(query).mappings().all()
    ordered = sorted(rows, key=lambda row: (row["month"], row["activity"], row["id"]))
    return [
        Timing(
            row["month"],
            row["activity"],
            float(row["minutes"]),
            float(row["travel"]),
            int(row["attempts"]),
            int(row["officers"]),
        )
        for row in ordered
    ]
