"""Who does something and what they may do: nothing in a unit without access to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.errors import InputError, Problem
from capacity.limits import strange
from capacity.workspace.place import WorkspaceError
from capacity.workspace.tables import ACCESS, EVENT, SCENARIO, UNIT

Role = Literal["read", "edit", "own"]
ROLES: tuple[Role, ...] = ("read", "edit", "own")
"""What somebody may do in a unit, each with all that those before it may."""

MOST_LETTERS = 150
"""Letters of a name."""


class NoAccess(WorkspaceError):
    """Somebody asked for work that is not theirs to see or change."""


CLOSED = (
    "You do not have access to this work, or it no longer exists. Ask the person who sent you the "
    "link to give you access."
)
"""The same words for both, so that they do not tell which work there is."""


@dataclass(frozen=True)
class Hand:
    """Who does something, when, and where new identities come from.

    `person` is the address under which somebody signed in; None where nobody signs in: on one's
    own machine and in a shell, where whoever can read the database can see all of it.
    """

    person: str | None
    now: datetime
    fresh: Callable[[], str]

    @property
    def at(self) -> str:
        """The time as the database holds it."""
        return stamp(self.now)

    @property
    def name(self) -> str:
        """The person as the database holds them."""
        return (self.person or "").strip().casefold()


def stamp(when: datetime) -> str:
    """Return a time as text that orders as time does."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def role_in(connection: Connection, hand: Hand, unit: str) -> Role | None:
    """Return what somebody may do in a unit; none where they may not see it."""
    if hand.person is None:
        return "own"
    found = connection.execute(sa.select(ACCESS).where(ACCESS.c.unit_id == unit)).mappings()
    domain = "@" + hand.name.rpartition("@")[2]
    mine = [row["role"] for row in found if row["person"] in (hand.name, domain)]
    return max(mine, key=ROLES.index, default=None)


def require(connection: Connection, hand: Hand, unit: str, role: Role) -> None:
    """Refuse somebody who may not do this in a unit.

    Raises:
        NoAccess: if they may not.
    """
    has = role_in(connection, hand, unit)
    if has is None:
        raise NoAccess(CLOSED)
    if ROLES.index(has) < ROLES.index(role):
        what = "change this" if role == "edit" else "decide who has access to this or delete it"
        raise NoAccess(f"You can see this work but not {what}. Ask its owner.")


def unit_of(connection: Connection, hand: Hand, scenario: str, role: Role) -> Any:
    """Return the row of a scenario in a unit where somebody may do this.

    Raises:
        NoAccess: if there is no such scenario, or they may not.
    """
    query = sa.select(SCENARIO).where(SCENARIO.c.id == scenario)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NoAccess(CLOSED)
    require(connection, hand, row["unit_id"], role)
    return row


def held(connection: Connection, unit: str) -> None:
    """Make other writers of a unit wait until this transaction ends, on a server too."""
    connection.execute(sa.select(UNIT.c.id).where(UNIT.c.id == unit).with_for_update())


def note(connection: Connection, hand: Hand, unit: str, words: str, scenario: str = "") -> None:
    """Write into a unit's history who did what."""
    connection.execute(
        EVENT.insert().values(
            id=hand.fresh(),
            unit_id=unit,
            scenario_id=scenario,
            at=hand.at,
            person=hand.name,
            words=words,
        )
    )


def named(name: str, what: str) -> tuple[str, str]:
    """Return a name as it is shown and as it is compared.

    Raises:
        InputError: if it is none.
    """
    tidy = " ".join(name.split())
    wrong = strange(tidy)
    if not tidy or len(tidy) > MOST_LETTERS:
        must = f"must be a name of 1 to {MOST_LETTERS} letters"
        raise InputError([Problem("", None, what, must)])
    if wrong:
        raise InputError([Problem("", None, what, *wrong)])
    return tidy, tidy.casefold()
