"""Scenarios of a unit: saved by themselves, named, copied, deleted with undo; each its versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from capacity.errors import InputError, Problem
from capacity.workspace.people import (
    CLOSED,
    Hand,
    NoAccess,
    Role,
    held,
    named,
    note,
    require,
    role_in,
    stamp,
    unit_of,
)
from capacity.workspace.place import Workspace, WorkspaceError
from capacity.workspace.tables import SCENARIO, TEXT, UNIT, VERSION, WHAT_IF
from capacity.workspace.units import made_unit

ONE_SITTING = timedelta(minutes=15)
"""What one person saves within this of the version before takes its place, unless that is named."""

Changes = Mapping[str, tuple[str, ...]]
"""What is changed in a scenario, as the address of a page says it."""


@dataclass(frozen=True)
class SavedWhatIf:
    """A saved what-if: its scenario's name, the files that this needs and what is changed."""

    name: str
    chosen: str
    files: Mapping[str, str]
    changes: Changes


@dataclass(frozen=True)
class Content:
    """A scenario as somebody works on it: files by name, which of them, what is changed in it."""

    chosen: str
    files: Mapping[str, str] = field(default_factory=dict)
    changes: Changes = field(default_factory=dict)
    team: bool = False
    options: tuple[SavedWhatIf, ...] = ()


@dataclass(frozen=True)
class Version:
    """One version of a scenario as a list shows it; unnamed where it was saved by itself."""

    id: str
    number: int
    name: str
    at: str
    person: str
    words: str


@dataclass(frozen=True)
class Opened:
    """A scenario opened: where it belongs, what it holds, and the revision that was read."""

    id: str
    name: str
    unit: str
    unit_name: str
    role: Role
    revision: int
    version: Version
    content: Content


@dataclass(frozen=True)
class Listed:
    """A scenario as a list shows it."""

    id: str
    name: str
    unit: str
    unit_name: str
    at: str
    person: str
    versions: int
    options: int
    removed_at: str = ""


class Changed(WorkspaceError):
    """Somebody else saved the scenario since it was opened; nothing of theirs was overwritten.

    Attributes:
        person: who.
        at: when.
    """

    def __init__(self, person: str, at: str) -> None:
        """Keep who saved it and when."""
        self.person, self.at = person, at
        who = person or "Another page"
        super().__init__(f"{who} saved this scenario at {at[11:16]} UTC on {at[:10]}.")


# Lists -------------------------------------------------------------------------------------


def scenarios(
    workspace: Workspace, hand: Hand, unit: str | None = None, *, removed: bool = False
) -> tuple[Listed, ...]:
    """Return the scenarios that somebody may see, by unit and name.

    Args:
        workspace: where they are.
        hand: who asks.
        unit: of this unit alone.
        removed: the deleted ones instead.
    """
    query = (
        sa.select(SCENARIO, UNIT.c.name.label("unit_name"))
        .join_from(SCENARIO, UNIT, SCENARIO.c.unit_id == UNIT.c.id)
        .where(UNIT.c.removed_at == "")
        .where(SCENARIO.c.removed_at != "" if removed else SCENARIO.c.removed_at == "")
    )
    if unit is not None:
        query = query.where(SCENARIO.c.unit_id == unit)
    found = []
    with workspace.reading() as connection:
        rows = connection.execute(query).mappings().all()
        seen = {one: role_in(connection, hand, one) for one in {row["unit_id"] for row in rows}}
        for row in rows:
            if seen[row["unit_id"]] is None:
                continue
            latest = _latest(connection, row["id"])
            count = sa.select(sa.func.count())
            versions = count.select_from(VERSION).where(VERSION.c.scenario_id == row["id"])
            options = count.select_from(WHAT_IF).where(WHAT_IF.c.version_id == latest["id"])
            found.append(
                Listed(
                    id=row["id"],
                    name=row["name"],
                    unit=row["unit_id"],
                    unit_name=row["unit_name"],
                    at=latest["made_at"],
                    person=latest["made_by"],
                    versions=int(connection.execute(versions).scalar_one()),
                    options=int(connection.execute(options).scalar_one()),
                    removed_at=row["removed_at"],
                )
            )
    return tuple(sorted(found, key=lambda one: (one.unit_name.casefold(), one.name.casefold())))


def versions(workspace: Workspace, hand: Hand, scenario: str) -> tuple[Version, ...]:
    """Return the versions of a scenario, the latest first.

    Raises:
        NoAccess: if somebody may not see it.
    """
    with workspace.reading() as connection:
        unit_of(connection, hand, scenario, "read")
        query = sa.select(VERSION).where(VERSION.c.scenario_id == scenario)
        found = connection.execute(query.order_by(VERSION.c.number.desc())).mappings()
        return tuple(_version(row) for row in found)


# Open and save -----------------------------------------------------------------------------


def open_scenario(
    workspace: Workspace, hand: Hand, scenario: str, number: int | None = None
) -> Opened:
    """Open a scenario: its latest version, or one of its versions by number.

    Raises:
        NoAccess: if there is none, it was deleted, or somebody may not see it.
    """
    with workspace.reading() as connection:
        return opened_in(connection, hand, scenario, number)


def opened_in(
    connection: Connection, hand: Hand, scenario: str, number: int | None = None
) -> Opened:
    """Open a scenario in a transaction under way.

    Raises:
        NoAccess: if there is none, it was deleted, or somebody may not see it.
    """
    row = unit_of(connection, hand, scenario, "read")
    unit = connection.execute(sa.select(UNIT).where(UNIT.c.id == row["unit_id"])).mappings().one()
    found = (
        _latest(connection, scenario) if number is None else _numbered(connection, scenario, number)
    )
    if row["removed_at"] or unit["removed_at"] or found is None:
        raise NoAccess(CLOSED)
    role = role_in(connection, hand, row["unit_id"])
    assert role is not None
    return Opened(
        id=scenario,
        name=row["name"],
        unit=row["unit_id"],
        unit_name=unit["name"],
        role=role,
        revision=int(row["revision"]),
        version=_version(found),
        content=_content(connection, found),
    )


def keep_new(
    workspace: Workspace,
    hand: Hand,
    content: Content,
    name: str,
    *,
    unit: str | None = None,
    unit_name: str = "",
    words: str = "",
) -> Opened:
    """Keep a scenario that is not kept yet, in a unit or in a new one.

    Args:
        workspace: where to.
        hand: who keeps it.
        content: what it holds.
        name: what it is to be called; another number is added where a unit has the name.
        unit: the unit; a new one named `unit_name` where none is given.
        unit_name: the name of a new unit.
        words: what the first version is.

    Raises:
        InputError: if a name is none.
        NoAccess: if somebody may not change the unit.
    """
    with workspace.writing() as connection:
        home = made_unit(connection, hand, unit_name or name) if unit is None else unit
        held(connection, home)
        require(connection, hand, home, "edit")
        return _kept(connection, hand, home, content, name, words)


def keep_all(
    workspace: Workspace,
    hand: Hand,
    brought: Iterable[tuple[str, str, Content]],
    *,
    unit_name: str | None = None,
) -> tuple[Opened, ...]:
    """Keep scenarios that were brought: every one of them or, if one cannot be, none.

    Args:
        workspace: where to.
        hand: who brings them.
        brought: the name of each, the unit that it is of where nothing else is said, its content.
        unit_name: the unit for all; made where somebody may change none of the name.

    Raises:
        InputError: if a name is none.
    """
    with workspace.writing() as connection:
        found = []
        for name, home, content in brought:
            unit = _unit_named(connection, hand, unit_name or home)
            found.append(_kept(connection, hand, unit, content, name, "Brought from a file"))
        return tuple(found)


def _unit_named(connection: Connection, hand: Hand, name: str) -> str:
    """Return the unit of a name that somebody may change, a new one if there is none."""
    _, key = named(name, "name of the unit")
    query = sa.select(UNIT.c.id).where(UNIT.c.key == key, UNIT.c.removed_at == "")
    for unit in sorted(connection.execute(query).scalars()):
        if role_in(connection, hand, unit) in ("edit", "own"):
            held(connection, unit)
            return str(unit)
    return made_unit(connection, hand, name)


def _kept(
    connection: Connection, hand: Hand, unit: str, content: Content, name: str, words: str
) -> Opened:
    """Write a new scenario with its first version."""
    shown, key = named(_free(connection, unit, name), "name of the scenario")
    scenario = hand.fresh()
    connection.execute(
        SCENARIO.insert().values(
            id=scenario,
            unit_id=unit,
            name=shown,
            key=key,
            revision=1,
            made_at=hand.at,
            made_by=hand.name,
            removed_at="",
        )
    )
    _write(connection, hand, scenario, 1, content, "", words)
    note(connection, hand, unit, f"Scenario “{shown}” made", scenario)
    return opened_in(connection, hand, scenario)


def save(
    workspace: Workspace,
    hand: Hand,
    scenario: str,
    seen: int,
    content: Content,
    *,
    name: str = "",
    words: str = "",
) -> Opened:
    """Save a scenario as its latest version.

    Args:
        workspace: where it is.
        hand: who saves it.
        scenario: which.
        seen: the revision that was opened or saved last.
        content: what it holds now.
        name: the name of the version; without one it takes the place of the version before, where
            that is the same person's, unnamed and of the same sitting.
        words: what is changed in it.

    Raises:
        Changed: if somebody else saved it since.
        NoAccess: if somebody may not.
    """
    with workspace.writing() as connection:
        return save_in(connection, hand, scenario, seen, content, name=name, words=words)


def save_in(
    connection: Connection,
    hand: Hand,
    scenario: str,
    seen: int,
    content: Content,
    *,
    name: str = "",
    words: str = "",
) -> Opened:
    """Save a scenario as its latest version, in a transaction under way.

    Raises:
        Changed: if somebody else saved it since.
        NoAccess: if somebody may not.
    """
    row = unit_of(connection, hand, scenario, "edit")
    _take_turn(connection, scenario, seen)
    latest = _latest(connection, scenario)
    number = int(latest["number"])
    sitting = latest["made_at"] >= stamp(hand.now - ONE_SITTING)
    again = sitting and not name and not latest["name"] and latest["made_by"] == hand.name
    if again and number > 1:
        forget_versions(connection, [latest["id"]])
    else:
        number += 1
        told = f"Version {number}" + (f", “{name}”" if name else "")
        note(connection, hand, row["unit_id"], told, scenario)
    _write(connection, hand, scenario, number, content, name, words)
    return opened_in(connection, hand, scenario)


def _take_turn(connection: Connection, scenario: str, seen: int) -> None:
    """Raise the revision of a scenario, or say that somebody else was first."""
    done = connection.execute(
        SCENARIO.update()
        .where(SCENARIO.c.id == scenario, SCENARIO.c.revision == seen)
        .where(SCENARIO.c.removed_at == "")
        .values(revision=seen + 1)
    )
    if done.rowcount:
        return
    query = sa.select(SCENARIO.c.removed_at).where(SCENARIO.c.id == scenario)
    if connection.execute(query).scalar():
        raise NoAccess(CLOSED)
    latest = _latest(connection, scenario)
    raise Changed(latest["made_by"], latest["made_at"])


def bring_back(workspace: Workspace, hand: Hand, scenario: str, seen: int, number: int) -> Opened:
    """Make an earlier version the latest again; none in between is lost.

    Raises:
        Changed: if somebody else saved the scenario since.
        NoAccess: if somebody may not, or there is no such version.
    """
    old = open_scenario(workspace, hand, scenario, number)
    name = f"Version {number} brought back"
    return save(workspace, hand, scenario, seen, old.content, name=name, words=old.version.words)


# Rename, copy, delete ----------------------------------------------------------------------


def rename(workspace: Workspace, hand: Hand, scenario: str, name: str) -> None:
    """Give a scenario another name.

    Raises:
        InputError: if the name is none, or another scenario of the unit has it.
        NoAccess: if somebody may not.
    """
    shown, key = named(name, "name of the scenario")
    with workspace.writing() as connection:
        row = unit_of(connection, hand, scenario, "edit")
        held(connection, row["unit_id"])
        if key != row["key"] and key in _taken(connection, row["unit_id"]):
            must = "must be a name that no other scenario of the unit has"
            raise InputError([Problem("", None, "name of the scenario", must, shown)])
        connection.execute(
            SCENARIO.update().where(SCENARIO.c.id == scenario).values(name=shown, key=key)
        )
        words = f"Scenario “{row['name']}” renamed to “{shown}”"
        note(connection, hand, row["unit_id"], words, scenario)


def copy(workspace: Workspace, hand: Hand, scenario: str, unit: str | None = None) -> Opened:
    """Copy the latest version of a scenario to a new one, in its unit or another.

    Raises:
        NoAccess: if somebody may not.
    """
    with workspace.writing() as connection:
        there = opened_in(connection, hand, scenario)
        home = unit or there.unit
        held(connection, home)
        require(connection, hand, home, "edit")
        words = f"Copied from “{there.name}”, version {there.version.number}"
        return _kept(connection, hand, home, there.content, f"{there.name} (copy)", words)


def remove(workspace: Workspace, hand: Hand, scenario: str) -> None:
    """Delete a scenario; it can be brought back until it is pruned.

    Raises:
        NoAccess: if somebody may not.
    """
    with workspace.writing() as connection:
        row = unit_of(connection, hand, scenario, "edit")
        connection.execute(
            SCENARIO.update().where(SCENARIO.c.id == scenario).values(removed_at=hand.at)
        )
        note(connection, hand, row["unit_id"], f"Scenario “{row['name']}” deleted", scenario)


def undo_remove(workspace: Workspace, hand: Hand, scenario: str) -> Opened:
    """Undo the deletion of a scenario, under another name where its own is taken by now.

    Raises:
        NoAccess: if somebody may not, or it was pruned.
    """
    with workspace.writing() as connection:
        row = unit_of(connection, hand, scenario, "edit")
        held(connection, row["unit_id"])
        if row["removed_at"]:
            name, key = named(_free(connection, row["unit_id"], row["name"]), "name")
            connection.execute(
                SCENARIO.update()
                .where(SCENARIO.c.id == scenario)
                .values(removed_at="", name=name, key=key)
            )
            note(connection, hand, row["unit_id"], f"Deletion of “{name}” undone", scenario)
        return opened_in(connection, hand, scenario)


def _taken(connection: Connection, unit: str) -> set[str]:
    query = sa.select(SCENARIO.c.key).where(SCENARIO.c.unit_id == unit, SCENARIO.c.removed_at == "")
    return {str(key) for key in connection.execute(query).scalars()}


def _free(connection: Connection, unit: str, name: str) -> str:
    """Return a name that no scenario of a unit has: the one given, or that with a number."""
    taken = _taken(connection, unit)
    found, number = name, 1
    while " ".join(found.split()).casefold() in taken:
        number += 1
        found = f"{name} {number}"
    return found


# Rows --------------------------------------------------------------------------------------


def _latest(connection: Connection, scenario: str) -> Any:
    query = sa.select(VERSION).where(VERSION.c.scenario_id == scenario)
    return connection.execute(query.order_by(VERSION.c.number.desc()).limit(1)).mappings().one()


def _numbered(connection: Connection, scenario: str, number: int) -> Any:
    query = sa.select(VERSION).where(VERSION.c.scenario_id == scenario, VERSION.c.number == number)
    return connection.execute(query).mappings().one_or_none()


def _version(row: Any) -> Version:
    number = int(row["number"])
    return Version(row["id"], number, row["name"], row["made_at"], row["made_by"], row["words"])


def _write(
    connection: Connection,
    hand: Hand,
    scenario: str,
    number: int,
    content: Content,
    name: str,
    words: str,
) -> None:
    """Write one version with its what-ifs and the texts of its files."""
    version = hand.fresh()
    connection.execute(
        VERSION.insert().values(
            id=version,
            scenario_id=scenario,
            number=number,
            made_at=hand.at,
            made_by=hand.name,
            name=" ".join(name.split()),
            words=words,
            chosen=content.chosen,
            files=_texts(connection, content.files),
            changes=written(content.changes),
            team=int(content.team),
        )
    )
    for place, one in enumerate(content.options):
        connection.execute(
            WHAT_IF.insert().values(
                version_id=version,
                place=place,
                name=one.name,
                chosen=one.chosen,
                files=_texts(connection, one.files),
                changes=written(one.changes),
            )
        )


def _texts(connection: Connection, files: Mapping[str, str]) -> str:
    """Keep texts that are not kept yet, and return which file has which."""
    digests = {}
    for name, content in files.items():
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
        digests[name] = digest
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        row = insert(TEXT).values(sha256=digest, content=content)
        connection.execute(row.on_conflict_do_nothing())  # another writer may keep the same
    return written(digests)


def _content(connection: Connection, row: Any) -> Content:
    """Return what a version holds."""
    query = sa.select(WHAT_IF).where(WHAT_IF.c.version_id == row["id"]).order_by(WHAT_IF.c.place)
    options = tuple(
        SavedWhatIf(one["name"], one["chosen"], _files(connection, one["files"]), _changes(one))
        for one in connection.execute(query).mappings().all()
    )
    files = _files(connection, row["files"])
    return Content(row["chosen"], files, _changes(row), bool(row["team"]), options)


def _files(connection: Connection, digests: str) -> dict[str, str]:
    wanted: dict[str, str] = json.loads(digests)
    query = sa.select(TEXT).where(TEXT.c.sha256.in_(sorted(set(wanted.values()))))
    texts = {one["sha256"]: one["content"] for one in connection.execute(query).mappings()}
    return {name: texts[digest] for name, digest in wanted.items()}


def _changes(row: Any) -> dict[str, tuple[str, ...]]:
    return {name: tuple(texts) for name, texts in json.loads(row["changes"]).items()}


def forget_versions(connection: Connection, ids: Iterable[str]) -> None:
    """Delete versions with their what-ifs; their texts go when nothing names them any more."""
    some = list(ids)
    connection.execute(WHAT_IF.delete().where(WHAT_IF.c.version_id.in_(some)))
    connection.execute(VERSION.delete().where(VERSION.c.id.in_(some)))


def written(document: Any) -> str:
    """Return a small document as text, in the order in which it was given."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
