"""A unit's monthly figures, what came in when, how its titles are read, and what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.errors import InputError, Problem
from capacity.files.monthly import Figure, History
from capacity.workspace.people import CLOSED, Hand, NoAccess, held, note, require
from capacity.workspace.place import Workspace
from capacity.workspace.scenarios import written
from capacity.workspace.tables import DECISION, FIGURE, INTAKE, MAPPING, SCENARIO, VERSION

Kind = Literal["register", "figures", "workbook", "round", "diary", "inspection"]

LONGEST = 2000
"""Letters of the words of a decision."""

NAME = "workspace"
"""What stands in place of a file's name where figures come from the workspace."""


@dataclass(frozen=True)
class Intake:
    """One import: its number in the unit, what it was, when, and its counts."""

    id: str
    number: int
    kind: str
    as_at: str
    at: str
    person: str
    counts: Mapping[str, float]


@dataclass(frozen=True)
class KeptDecision:
    """What was decided, on which day, about which version, and who signed it."""

    id: str
    words: str
    decided_on: str
    version: str
    at: str
    person: str
    signed_at: str = ""
    signed_by: str = ""


def take_in(
    workspace: Workspace,
    hand: Hand,
    unit: str,
    kind: Kind,
    as_at: str,
    counts: Mapping[str, float],
    figures: Iterable[Figure] = (),
    mapping: Mapping[str, str] | None = None,
) -> Intake:
    """Keep an import: its counts and monthly figures, and how its titles were read.

    The figures take the place of earlier ones of the same month and series, which are kept as the
    unit's record of what was said before.

    Raises:
        NoAccess: if somebody may not change the unit.
    """
    with workspace.writing() as connection:
        return taken_in(connection, hand, unit, kind, as_at, counts, figures, mapping)


def taken_in(
    connection: Connection,
    hand: Hand,
    unit: str,
    kind: Kind,
    as_at: str,
    counts: Mapping[str, float],
    figures: Iterable[Figure] = (),
    mapping: Mapping[str, str] | None = None,
) -> Intake:
    """Keep an import in a transaction under way.

    Raises:
        NoAccess: if somebody may not change the unit.
    """
    held(connection, unit)
    require(connection, hand, unit, "edit")
    query = sa.select(sa.func.max(INTAKE.c.number)).where(INTAKE.c.unit_id == unit)
    number = int(connection.execute(query).scalar() or 0) + 1
    made = Intake(hand.fresh(), number, kind, as_at, hand.at, hand.name, dict(counts))
    connection.execute(
        INTAKE.insert().values(
            id=made.id,
            unit_id=unit,
            number=number,
            kind=kind,
            as_at=as_at,
            made_at=hand.at,
            made_by=hand.name,
            counts=written(dict(counts)),
        )
    )
    rows = [_row(made.id, one) for one in figures]
    if rows:
        connection.execute(FIGURE.insert(), rows)
    remember(connection, unit, kind, mapping or {})
    note(connection, hand, unit, f"Import {number}: {kind} as at {as_at}")
    return made


def intakes(workspace: Workspace, hand: Hand, unit: str) -> tuple[Intake, ...]:
    """Return the imports of a unit, the first first.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = sa.select(INTAKE).where(INTAKE.c.unit_id == unit).order_by(INTAKE.c.number)
        return tuple(
            Intake(
                id=row["id"],
                number=int(row["number"]),
                kind=row["kind"],
                as_at=row["as_at"],
                at=row["made_at"],
                person=row["made_by"],
                counts=json.loads(row["counts"]),
            )
            for row in connection.execute(query).mappings()
        )


def history_of_unit(workspace: Workspace, hand: Hand, unit: str) -> History:
    """Return a unit's monthly figures, each as it was said last.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = (
            sa.select(FIGURE, INTAKE.c.number)
            .join_from(FIGURE, INTAKE, FIGURE.c.intake_id == INTAKE.c.id)
            .where(INTAKE.c.unit_id == unit)
            .order_by(INTAKE.c.number)
        )
        latest: dict[tuple[Any, ...], Figure] = {}
        for row in connection.execute(query).mappings():
            one = _figure(row)
            latest[(one.month, *one.series, one.compare)] = one
    ordered = sorted(latest.items(), key=lambda item: tuple(str(part or "") for part in item[0]))
    return History(NAME, tuple(one for _, one in ordered))


def _row(intake: str, one: Figure) -> dict[str, Any]:
    return {
        "intake_id": intake,
        "month": one.month,
        "months": one.months,
        "cohort": one.cohort or "",
        "duty": one.duty or "",
        "tier": one.tier or "",
        "measure": one.measure,
        "compare": int(one.compare),
        "value": one.value,
    }


def _figure(row: Any) -> Figure:
    return Figure(
        month=row["month"],
        cohort=row["cohort"] or None,
        duty=row["duty"] or None,
        tier=row["tier"] or None,
        measure=row["measure"],
        value=float(row["value"]),
        compare=bool(row["compare"]),
        row=int(row["number"]),
        months=int(row["months"]),
    )


# How a unit's titles and values are read ---------------------------------------------------


def remember(connection: Connection, unit: str, kind: str, mapping: Mapping[str, str]) -> None:
    """Keep what titles and values mean, in place of what was kept of the same."""
    for role, typed in mapping.items():
        forget(connection, unit, kind, role)
        connection.execute(MAPPING.insert().values(unit_id=unit, kind=kind, role=role, typed=typed))


def forget(connection: Connection, unit: str, kind: str, role: str) -> None:
    """Delete one thing that was remembered."""
    there = (MAPPING.c.unit_id == unit, MAPPING.c.kind == kind, MAPPING.c.role == role)
    connection.execute(MAPPING.delete().where(*there))


def remembered(workspace: Workspace, hand: Hand, unit: str, kind: Kind) -> dict[str, str]:
    """Return what the titles and values of a unit's files mean.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = sa.select(MAPPING).where(MAPPING.c.unit_id == unit, MAPPING.c.kind == kind)
        found = {row["role"]: row["typed"] for row in connection.execute(query).mappings()}
    return dict(sorted(found.items()))


# Decisions ---------------------------------------------------------------------------------


def decide(
    workspace: Workspace, hand: Hand, unit: str, words: str, decided_on: str, version: str = ""
) -> KeptDecision:
    """Keep what was decided, and about which version of which scenario.

    Raises:
        InputError: if it is not said what.
        NoAccess: if somebody may not, or the version is of another unit.
    """
    told = words.strip()
    if not told or len(told) > LONGEST:
        must = f"must say in 1 to {LONGEST} letters what was decided"
        raise InputError([Problem("", None, "decision", must)])
    with workspace.writing() as connection:
        require(connection, hand, unit, "edit")
        if version:
            query = sa.select(SCENARIO.c.unit_id).join_from(
                VERSION, SCENARIO, VERSION.c.scenario_id == SCENARIO.c.id
            )
            home = connection.execute(query.where(VERSION.c.id == version)).scalar()
            if home != unit:
                raise NoAccess(CLOSED)
        made = KeptDecision(hand.fresh(), told, decided_on, version, hand.at, hand.name)
        connection.execute(
            DECISION.insert().values(
                id=made.id,
                unit_id=unit,
                version_id=version,
                words=told,
                decided_on=decided_on,
                made_at=hand.at,
                made_by=hand.name,
                signed_at="",
                signed_by="",
            )
        )
        note(connection, hand, unit, f"Decision kept: {told[:80]}")
        return made


def sign(workspace: Workspace, hand: Hand, unit: str, decision: str) -> None:
    """Sign a decision off; what was signed stays as it is.

    Raises:
        InputError: if it was signed before.
        NoAccess: if somebody may not, or it is of another unit.
    """
    with workspace.writing() as connection:
        require(connection, hand, unit, "own")
        there = (DECISION.c.id == decision, DECISION.c.unit_id == unit)
        row = connection.execute(sa.select(DECISION).where(*there)).mappings().one_or_none()
        if row is None:
            raise NoAccess(CLOSED)
        if row["signed_at"]:
            must = "must not be signed again"
            raise InputError([Problem("", None, "decision", must, row["signed_at"][:10])])
        connection.execute(
            DECISION.update().where(*there).values(signed_at=hand.at, signed_by=hand.name)
        )
        note(connection, hand, unit, f"Decision signed: {row['words'][:80]}")


def decisions(workspace: Workspace, hand: Hand, unit: str) -> Sequence[KeptDecision]:
    """Return what was decided in a unit, the first first.

    Raises:
        NoAccess: if somebody may not see the unit.
    """
    with workspace.reading() as connection:
        require(connection, hand, unit, "read")
        query = sa.select(DECISION).where(DECISION.c.unit_id == unit)
        found = connection.execute(query).mappings().all()
        return [
            KeptDecision(
                row["id"],
                row["words"],
                row["decided_on"],
                row["version_id"],
                row["made_at"],
                row["made_by"],
                row["signed_at"],
                row["signed_by"],
            )
            for row in sorted(found, key=lambda one: (one["made_at"], one["id"]))
        ]
