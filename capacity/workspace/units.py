"""Units: listed, renamed, deleted and brought back, and who has access to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.errors import InputError, Problem
from capacity.workspace.people import (
    CLOSED,
    ROLES,
    Hand,
    NoAccess,
    Role,
    held,
    named,
    note,
    require,
    role_in,
)
from capacity.workspace.place import Workspace
from capacity.workspace.tables import ACCESS, EVENT, SCENARIO, UNIT


@dataclass(frozen=True)
class Unit:
    """A unit as a list shows it."""

    id: str
    name: str
    role: Role
    scenarios: int
    removed_at: str = ""


@dataclass(frozen=True)
class Noted:
    """One change: when, by whom, of what."""

    at: str
    person: str
    words: str
    scenario: str = ""  # its name, empty where the change is of the unit


def units(workspace: Workspace, hand: Hand, *, removed: bool = False) -> tuple[Unit, ...]:
    """Return the units that somebody may see, by name.

    Args:
        workspace: where they are.
        hand: who asks.
        removed: the deleted ones instead.
    """
    found = []
    live = UNIT.c.removed_at != "" if removed else UNIT.c.removed_at == ""
    with workspace.reading() as connection:
        for row in connection.execute(sa.select(UNIT).where(live)).mappings().all():
            role = role_in(connection, hand, row["id"])
            if role is not None:
                number = connection.execute(
                    sa.select(sa.func.count())
                    .select_from(SCENARIO)
                    .where(SCENARIO.c.unit_id == row["id"], SCENARIO.c.removed_at == "")
                ).scalar_one()
                found.append(Unit(row["id"], row["name"], role, int(number), row["removed_at"]))
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))


def made_unit(connection: Connection, hand: Hand, name: str) -> str:
    """Make a unit that its maker owns, in a transaction under way, and return its identity."""
    shown, key = named(name, "name of the unit")
    found = hand.fresh()
    connection.execute(
        UNIT.insert().values(
            id=found, name=shown, key=key, made_at=hand.at, made_by=hand.name, removed_at=""
        )
    )
    if hand.person is not None:
        connection.execute(ACCESS.insert().values(unit_id=found, person=hand.name, role="own"))
    note(connection, hand, found, f"Unit “{shown}” made")
    return found


def new_unit(workspace: Workspace, hand: Hand, name: str) -> str:
    """Make a unit that its maker owns, and return its identity.

    Raises:
        InputError: if the name is none.
    """
    with workspace.writing() as connection:
        return made_unit(connection, hand, name)


def rename_unit(workspace: Workspace, hand: Hand, unit: str, name: str) -> None:
    """Give a unit another name.

    Raises:
        InputError: if the name is none.
        NoAccess: if somebody may not.
    """
    shown, key = named(name, "name of the unit")
    with workspace.writing() as connection:
        before = _live(connection, hand, unit, "own")
        connection.execute(UNIT.update().where(UNIT.c.id == unit).values(name=shown, key=key))
        note(connection, hand, unit, f"Unit “{before}” renamed to “{shown}”")


def remove_unit(workspace: Workspace, hand: Hand, unit: str) -> None:
    """Delete a unit; it can be brought back until it is pruned.

    Raises:
        NoAccess: if somebody may not.
    """
    with workspace.writing() as connection:
        name = _live(connection, hand, unit, "own")
        connection.execute(UNIT.update().where(UNIT.c.id == unit).values(removed_at=hand.at))
        note(connection, hand, unit, f"Unit “{name}” deleted")


def restore_unit(workspace: Workspace, hand: Hand, unit: str) -> None:
    """Undo the deletion of a unit.

    Raises:
        NoAccess: if somebody may not, or it was pruned.
    """
    with workspace.writing() as connection:
        require(connection, hand, unit, "own")
        done = connection.execute(UNIT.update().where(UNIT.c.id == unit).values(removed_at=""))
        if not done.rowcount:
            raise NoAccess(CLOSED)
        note(connection, hand, unit, "Deletion of the unit undone")


def access(workspace: Workspace, hand: Hand, unit: str) -> Mapping[str, Role]:
    """Return who has access to a unit: addresses, or `@` and the domain of a whole force.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        found = connection.execute(sa.select(ACCESS).where(ACCESS.c.unit_id == unit)).mappings()
        return {row["person"]: row["role"] for row in sorted(found, key=lambda r: r["person"])}


def grant(workspace: Workspace, hand: Hand, unit: str, person: str, role: Role | None) -> None:
    """Give somebody access to a unit, change what they may do, or take it away with None.

    Raises:
        InputError: if that is no address, or nobody would own the unit.
        NoAccess: if somebody may not.
    """
    whom = person.strip().casefold()
    name, mark, domain = whom.rpartition("@")
    if not mark or not domain or " " in whom or "@" in name:
        must = "must be an address such as a@b.police.uk, or @b.police.uk for everybody there"
        raise InputError([Problem("", None, "person", must, person)])
    if role is not None and role not in ROLES:
        must = f"must be one of: {', '.join(ROLES)}"
        raise InputError([Problem("", None, "role", must, role)])
    with workspace.writing() as connection:
        held(connection, unit)
        _live(connection, hand, unit, "own")
        connection.execute(ACCESS.delete().where(ACCESS.c.unit_id == unit, ACCESS.c.person == whom))
        if role is not None:
            connection.execute(ACCESS.insert().values(unit_id=unit, person=whom, role=role))
        owners = connection.execute(
            sa.select(sa.func.count())
            .select_from(ACCESS)
            .where(ACCESS.c.unit_id == unit, ACCESS.c.role == "own")
        ).scalar_one()
        if hand.person is not None and not owners:
            must = "must be left with an owner: make somebody else one first"
            raise InputError([Problem("", None, "the unit", must)])
        words = "Access taken from" if role is None else f"Access to {role} given to"
        note(connection, hand, unit, f"{words} {whom}")


def history(workspace: Workspace, hand: Hand, unit: str, most: int = 200) -> tuple[Noted, ...]:
    """Return what was changed in a unit, the latest first.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = sa.select(SCENARIO.c.id, SCENARIO.c.name).where(SCENARIO.c.unit_id == unit)
        names = {row["id"]: row["name"] for row in connection.execute(query).mappings()}
        found = connection.execute(
            sa.select(EVENT)
            .where(EVENT.c.unit_id == unit)
            .order_by(EVENT.c.at.desc(), EVENT.c.id.desc())
            .limit(most)
        ).mappings()
        return tuple(
            Noted(one["at"], one["person"], one["words"], names.get(one["scenario_id"], ""))
            for one in found
        )


def _live(connection: Connection, hand: Hand, unit: str, role: Role) -> str:
    """Return the name of a unit that is there and in which somebody may do this."""
    require(connection, hand, unit, role)
    query = sa.select(UNIT.c.name).where(UNIT.c.id == unit, UNIT.c.removed_at == "")
    name = connection.execute(query).scalar()
    if name is None:
        raise NoAccess(CLOSED)
    return str(name)
