"""What is kept for how long, and how it is purged. docs/service.md says the same (tested)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.workspace.people import Hand, stamp
from capacity.workspace.place import BEFORE, Workspace
from capacity.workspace.scenarios import forget_versions
from capacity.workspace.tables import (
    ACCESS,
    DECISION,
    EVENT,
    FIGURE,
    FORECAST,
    FORECAST_FIGURE,
    INTAKE,
    MAPPING,
    PAGE,
    SCENARIO,
    TEXT,
    TIMING,
    UNIT,
    VERSION,
    WHAT_IF,
)

REMOVED_DAYS = 30
"""Days for which what was deleted can be brought back."""

UNNAMED_DAYS = 90
"""Days for which versions that were saved by themselves are kept; the latest always is."""

PAGE_DAYS = 7
"""Days for which a server that was restarted can go on with an open page."""

PEOPLE_MONTHS = 24
"""Months after which the history says what was changed and no longer who did it."""

TIMING_MONTHS = 36
"""Months for which timings of the diary are kept; hours that came of them stay in the scenario."""

COPY_DAYS = 30
"""Days for which a copy from before an upgrade is kept."""


RULES = (
    ("deleted units and scenarios", f"{REMOVED_DAYS} days, in which it can be undone"),
    ("versions saved automatically", f"{UNNAMED_DAYS} days, but for the latest and those decided"),
    ("timings of the diary", f"{TIMING_MONTHS} months"),
    ("who changed something", f"{PEOPLE_MONTHS} months; what was changed stays"),
    ("what an open page was about", f"{PAGE_DAYS} days"),
    ("a copy from before an upgrade", f"{COPY_DAYS} days"),
    ("everything else of a unit", "until somebody deletes it"),
)
"""What is kept, and for how long, as `prune --rules` says it."""


@dataclass(frozen=True)
class Purged:
    """How many of each were purged."""

    units: int = 0
    scenarios: int = 0
    versions: int = 0
    texts: int = 0
    pages: int = 0
    timings: int = 0
    names: int = 0
    copies: int = 0

    def __bool__(self) -> bool:
        """Whether anything was."""
        return any(getattr(self, one.name) for one in fields(self))


def prune(workspace: Workspace, hand: Hand) -> Purged:
    """Purge what is kept for no longer; a file is made smaller and its free space overwritten.

    Raises:
        WorkspaceError: if the database cannot be written; then nothing was purged.
    """
    with workspace.writing(alone=True) as connection:
        before = stamp(hand.now - timedelta(days=REMOVED_DAYS))
        units = _ids(connection, UNIT, before)
        homeless = sa.select(SCENARIO.c.id).where(SCENARIO.c.unit_id.in_(units))
        scenarios = {*_ids(connection, SCENARIO, before), *connection.execute(homeless).scalars()}
        of_them = sa.select(VERSION.c.id).where(VERSION.c.scenario_id.in_(sorted(scenarios)))
        versions = {*connection.execute(of_them).scalars(), *_unnamed(connection, hand)}
        forget_versions(connection, sorted(versions))
        _forget_forecasts(connection, sorted(scenarios))
        _forget_origins(connection, scenarios)
        connection.execute(SCENARIO.delete().where(SCENARIO.c.id.in_(sorted(scenarios))))
        _forget_units(connection, units)
        found = Purged(
            units=len(units),
            scenarios=len(scenarios),
            versions=len(versions),
            texts=_texts(connection),
            pages=_pages(connection, hand),
            timings=_timings(connection, hand),
            names=_names(connection, hand),
            copies=_copies(workspace, hand),
        )
    if found:
        workspace.compact()
    return found


def _ids(connection: Connection, table: Any, before: str) -> list[str]:
    query = sa.select(table.c.id).where(table.c.removed_at != "", table.c.removed_at < before)
    return sorted(connection.execute(query).scalars())


def _unnamed(connection: Connection, hand: Hand) -> Iterator[str]:
    """Yield old versions that nobody named and no decision is about; never the latest of any."""
    decided = set(connection.execute(sa.select(DECISION.c.version_id)).scalars())
    highest = sa.func.max(VERSION.c.number).label("highest")
    query = sa.select(VERSION.c.scenario_id, highest).group_by(VERSION.c.scenario_id)
    rows = connection.execute(query).mappings()
    latest = {row["scenario_id"]: row["highest"] for row in rows}
    before = stamp(hand.now - timedelta(days=UNNAMED_DAYS))
    query = sa.select(VERSION).where(VERSION.c.name == "", VERSION.c.made_at < before)
    for row in connection.execute(query).mappings():
        if row["number"] != latest[row["scenario_id"]] and row["id"] not in decided:
            yield row["id"]


def _forget_forecasts(connection: Connection, scenarios: list[str]) -> None:
    """Delete what was forecast from scenarios."""
    made = sa.select(FORECAST.c.id).where(FORECAST.c.scenario_id.in_(scenarios))
    connection.execute(FORECAST_FIGURE.delete().where(FORECAST_FIGURE.c.forecast_id.in_(made)))
    connection.execute(FORECAST.delete().where(FORECAST.c.scenario_id.in_(scenarios)))


def _forget_origins(connection: Connection, scenarios: set[str]) -> None:
    """Delete what scenarios were before their first round."""
    found = connection.execute(sa.select(MAPPING).where(MAPPING.c.kind == "round")).mappings()
    for row in found.all():
        if row["role"].rpartition(" ")[2] in scenarios:
            there = (MAPPING.c.unit_id == row["unit_id"], MAPPING.c.role == row["role"])
            connection.execute(MAPPING.delete().where(MAPPING.c.kind == "round", *there))


def _forget_units(connection: Connection, units: list[str]) -> None:
    """Delete everything of units."""
    intakes = sa.select(INTAKE.c.id).where(INTAKE.c.unit_id.in_(units))
    connection.execute(FIGURE.delete().where(FIGURE.c.intake_id.in_(intakes)))
    for table in (INTAKE, MAPPING, TIMING, DECISION, EVENT, ACCESS):
        connection.execute(table.delete().where(table.c.unit_id.in_(units)))
    connection.execute(UNIT.delete().where(UNIT.c.id.in_(units)))


def _texts(connection: Connection) -> int:
    """Delete texts that no version and no what-if names."""
    named: set[str] = set()
    for table in (VERSION, WHAT_IF):
        for files in connection.execute(sa.select(table.c.files)).scalars():
            named |= set(json.loads(files).values())
    gone = sorted(set(connection.execute(sa.select(TEXT.c.sha256)).scalars()) - named)
    connection.execute(TEXT.delete().where(TEXT.c.sha256.in_(gone)))
    return len(gone)


def _pages(connection: Connection, hand: Hand) -> int:
    before = stamp(hand.now - timedelta(days=PAGE_DAYS))
    return connection.execute(PAGE.delete().where(PAGE.c.at < before)).rowcount


def _timings(connection: Connection, hand: Hand) -> int:
    """Delete old timings."""
    before = f"{hand.now - timedelta(days=round(TIMING_MONTHS * 365.25 / 12)):%Y-%m}"
    return connection.execute(TIMING.delete().where(TIMING.c.month < before)).rowcount


def _names(connection: Connection, hand: Hand) -> int:
    """Take the names of those who changed something out of old history."""
    before = stamp(hand.now - timedelta(days=round(PEOPLE_MONTHS * 365.25 / 12)))
    old = (EVENT.c.at < before, EVENT.c.person != "")
    found = connection.execute(EVENT.update().where(*old).values(person="")).rowcount
    for table in (VERSION, INTAKE):
        mine = (table.c.made_at < before, table.c.made_by != "")
        found += connection.execute(table.update().where(*mine).values(made_by="")).rowcount
    return found


def _copies(workspace: Workspace, hand: Hand) -> int:
    """Delete old copies of the database from before an upgrade."""
    found = 0
    for path in workspace.folder.glob(BEFORE.format("*")) if workspace.folder else ():
        if hand.now.timestamp() - path.stat().st_mtime > COPY_DAYS * 86_400:
            path.unlink()
            found += 1
    return found
