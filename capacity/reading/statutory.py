"""The statutory rates that ship with the product: employer's on-costs by date, each with a source.

Before a rate's first month and after the last one it is known for, the nearest is assumed.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from capacity import places
from capacity.files.fetching import fetch

LARGEST = 1_000_000
"""Bytes of the file that ships."""


@dataclass(frozen=True)
class StatutoryRate:
    """A rate that holds from a month on, and the last month for which a source gives it."""

    first: str  # YYYY-MM
    until: str  # YYYY-MM, empty where the source names no end
    name: str
    kind: str  # officer or staff; empty: both
    value: float
    source: str


@cache
def rates() -> tuple[StatutoryRate, ...]:
    """Return every rate, in order of its first month."""
    text = fetch(places.folder("data") / "statutory.csv", LARGEST).decode()
    rows = [
        StatutoryRate(
            first=row["from"],
            until=row["until"],
            name=row["rate"],
            kind=row["kind"],
            value=float(row["value"]),
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return tuple(sorted(rows, key=lambda row: row.first))


def at(name: str, kind: str, month: str) -> StatutoryRate | None:
    """Return the rate of a month `YYYY-MM`; none where there is none for that kind of grade."""
    mine = [row for row in rates() if row.name == name and row.kind in ("", kind)]
    held = [row for row in mine if row.first <= month]
    return held[-1] if held else mine[0] if mine else None


def known_until(name: str, kind: str) -> str | None:
    """Return the last month for which a source gives a rate; none where the source has no end."""
    mine = [row for row in rates() if row.name == name and row.kind in ("", kind)]
    return mine[-1].until or None if mine else None
