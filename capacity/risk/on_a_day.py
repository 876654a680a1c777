"""The position on one day, in many simulations: backlog by tier and age, ratio, standards (EQ23).

An inspection finds a unit as it stands. The position is that of the month-end nearest to the day.
What inspectors asked for before, their areas for improvement, is judged beside the standards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from capacity import kinds
from capacity.engine import standards
from capacity.engine.model import Array, DutyStandard, Flags, Model, Period, Rules, Whole
from capacity.engine.standards import Verdict
from capacity.errors import InputError, Problem
from capacity.files.figures import Marks, Unclear, number, share
from capacity.kinds import Kind
from capacity.risk import agreement, bands, chances, futures, position
from capacity.risk.draws import Draws
from capacity.risk.futures import Future, Staffing
from capacity.risk.position import PositionFigure, PositionSeen
from capacity.stages import PlanResult
from capacity.wording import listed, month

DRAWS, PORTION, SEED = 1_000, 500, 1
"""Simulations unless said otherwise, and those worked out together."""

MIDDLE_OF_MONTH = 15
"""A day after this one is nearer to the end of its month than to the end of the month before."""


@dataclass(frozen=True)
class Area:
    """An area for improvement: what inspectors asked of an activity, in figures."""

    name: str
    cohort: str
    duty: str
    tiers: tuple[str, ...]  # none: all
    kind: Kind
    level: float


@dataclass(frozen=True)
class JudgedOnDay:
    """A standard, or an area for improvement, in the last period that the day ends or lies in."""

    option: str
    name: str
    area: bool
    cohort: str | None
    duty: str | None
    tier: str | None
    kind: str
    period: str
    required: float
    p10: float
    p50: float
    p90: float
    chance: float
    error: float


@dataclass(frozen=True)
class OnADay:
    """The position on a day."""

    plan: PlanResult
    day: date
    month: str  # at whose end it stands
    number: int
    found: tuple[PositionFigure, ...]
    judged: tuple[JudgedOnDay, ...]
    by_age: bool  # whether the backlog is known by age


def on_a_day(
    plan: PlanResult,
    day: date,
    areas: Sequence[Area] = (),
    *,
    number: int = DRAWS,
    seed: int = SEED,
    say: Callable[[str], None] = lambda _: None,
) -> OnADay:
    """Return the likely position on a day, for current posts and the team needed.

    Raises:
        InputError: if the day is not within the plan, or an area is of nothing that is there.
    """
    model = plan.model
    place = _month_of(model, day)
    _check(model, areas)
    draws = Draws(plan.scenario, seed)
    agreed = agreement.agreed(draws, number)
    if agreed is not None:
        draws = replace(draws, weigh=agreed.weigh)
    found: list[PositionFigure] = []
    judged: list[JudgedOnDay] = []
    for team in [futures.todays(plan)] + ([futures.sized(plan)] if plan.sizing else []):
        say(f"{number:,} simulations")
        seen = [
            _seen(draws, numbers, team, place, areas)
            for numbers in futures.chunks(1, 1 + number, PORTION)
        ]
        weight = _joined([one.weight for one in seen])
        found += position.figures(model, team.name, place, [one.position for one in seen], weight)
        judged += _judged(team.name, areas, seen, weight)
    label = model.calendar.labels[place]
    return OnADay(plan, day, label, number, tuple(found), tuple(judged), position.by_age(model))


def areas_of(given: Sequence[str]) -> tuple[Area, ...]:
    """Return areas for improvement as they are typed: `NAME=COHORT.DUTY MEASURE LEVEL [TIERS]`.

    Raises:
        InputError: with every one that is none.
    """
    found, problems = [], []
    for text in given:
        name, mark, said = text.partition("=")
        words = said.split()
        cohort, dot, duty = (words[0] if words else "").partition(".")
        kind = kinds.KINDS.get(words[1]) if len(words) > 1 else None
        known = kind is not None and kind.about is kinds.ACTIVITY
        if kind is None or not (name.strip() and mark and dot and known and len(words) > 2):
            every = [one.key for one in kinds.KINDS.values() if one.about is kinds.ACTIVITY]
            must = (
                "must be NAME=COHORT.DUTY MEASURE LEVEL, then tiers if not all; MEASURE one of "
                f"{listed(every)}"
            )
            problems.append(Problem("--area", None, name.strip(), must, text))
            continue
        try:
            level = (share if kind.is_share else number)(words[2], Marks("."))
        except Unclear as error:
            problems.append(Problem("--area", None, name.strip(), str(error), words[2]))
            continue
        if level is None or not kind.valid(level):
            must = "must be from 0% to 100%" if kind.is_share else "must be 0 or more"
            problems.append(Problem("--area", None, name.strip(), must, words[2]))
            continue
        tiers = tuple(one for one in "".join(words[3:]).split(",") if one)
        found.append(Area(name.strip(), cohort, duty, tiers, kind, level))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _month_of(model: Model, day: date) -> int:
    """Return the place of the month at whose end the position is nearest to a day."""
    start = model.calendar.start
    place = (day.year - start.year) * 12 + day.month - start.month
    if not 0 <= place < model.months:
        first, last = month(model.calendar.labels[0]), month(model.calendar.labels[-1])
        must = f"must be a day from {first} to {last}, the months that are planned"
        raise InputError([Problem("inspection day", None, "day", must, f"{day:%d/%m/%Y}")])
    return max(0, place - (day.day <= MIDDLE_OF_MONTH))


def _check(model: Model, areas: Sequence[Area]) -> None:
    problems = []
    every = listed(sorted({f"{key.cohort}.{key.duty}" for key in model.rows if key.cohort}), 20)
    for one in areas:
        if not rows_of(model, one):
            there = ".".join((one.cohort, one.duty))
            there += f" {','.join(one.tiers)}" if one.tiers else ""
            must = f"must be an activity and tiers of the scenario: {every}"
            problems.append(Problem("inspection day", None, one.name, must, there))
        if one.kind.by_age and model.duties.rule == "standards first":
            must = (
                "must not ask how long cases have been overdue where standards decide who is "
                "served first: it would be one of them"
            )
            problems.append(Problem("inspection day", None, one.name, must, one.kind.key))
        if one.kind.about is not kinds.ACTIVITY:
            must = "must be a standard of an activity"
            problems.append(Problem("inspection day", None, one.name, must, one.kind.key))
    if problems:
        raise InputError(problems)


def rows_of(model: Model, area: Area) -> tuple[int, ...]:
    """Return the rows that an area is about; none where a tier of it is not there."""
    owed = model.duties.per_year.max(axis=(0, 1)) > 0
    mine = [n for n, key in enumerate(model.rows) if key[:2] == (area.cohort, area.duty)]
    if not set(area.tiers) <= {model.rows[n].tier for n in mine}:
        return ()
    return tuple(
        n for n in mine if owed[n] and (not area.tiers or model.rows[n].tier in area.tiers)
    )


# One portion of simulations ----------------------------------------------------------------


@dataclass(frozen=True)
class _SeenOnDay:
    """What some simulations come to on the day."""

    position: PositionSeen
    verdicts: tuple[tuple[Verdict, int], ...]  # each with its period
    of_areas: tuple[Verdict, ...]
    weight: Array | None


def _seen(
    draws: Draws, numbers: Whole, team: Staffing, place: int, areas: Sequence[Area]
) -> _SeenOnDay:
    here = futures.world(draws, numbers)
    model, rules = here.model, here.model.rules
    asked = [_rule_of(model, one, place) for one in areas]
    counting = position.counting_ages(here)
    every = counting.model.rules
    known = (*every.duties, *(one for one in asked if one.kind.by_age))
    future = futures.run(
        replace(counting, model=replace(model, rules=replace(every, duties=known))), team
    )
    return _SeenOnDay(
        position=position.seen(future, place),
        verdicts=tuple(_in_period(future, rules, place)),
        of_areas=standards.verdicts(
            replace(model, rules=Rules(tuple(asked), (), (), ())), future.staff, future.projection
        ),
        weight=here.weight,
    )


def _rule_of(model: Model, area: Area, place: int) -> DutyStandard:
    """Return an area as a standard of the month of the day."""
    month = Period(model.calendar.labels[place], place, place + 1)
    rows = rows_of(model, area)
    return DutyStandard(area.name, rows, area.kind, area.level, place, "month", (month,))


def _in_period(future: Future, rules: Rules, place: int) -> Iterator[tuple[Verdict, int]]:
    """Yield each standard, in the last period that has ended, else in that the day lies in."""
    model = replace(future.world.model, rules=rules)
    for one in standards.verdicts(model, future.staff, future.projection):
        ended = [n for n, period in enumerate(one.periods) if period.end <= place + 1]
        under_way = [n for n, p in enumerate(one.periods) if p.first <= place < p.end]
        if ended or under_way:
            yield one, (ended[-1] if ended else under_way[0])


# All of them -------------------------------------------------------------------------------


def _joined(parts: Sequence[Array | None]) -> Array | None:
    there = [one for one in parts if one is not None]
    return np.concatenate(there) if len(there) == len(parts) else None


def _judged(
    option: str, areas: Sequence[Area], seen: Sequence[_SeenOnDay], weight: Array | None
) -> Iterator[JudgedOnDay]:
    """Yield every standard and area, with what is reached and the probability that it is met."""

    def told(parts: Sequence[Verdict], period: int, *, area: bool) -> JudgedOnDay:
        first = parts[0]
        reached = np.concatenate([one.achieved[:, period] for one in parts])
        met: Flags = np.concatenate([one.met[:, period] for one in parts])
        p10, p50, p90 = bands.quantiles(reached[None], weight)[0][0].tolist()
        chance, error = chances.estimate(met, weight)
        return JudgedOnDay(
            option,
            first.standard,
            area,
            first.cohort,
            first.duty,
            first.tier,
            first.kind,
            first.periods[period].name,
            float(np.ravel(first.required[:, period])[0]),
            p10,
            p50,
            p90,
            chance,
            error,
        )

    for n, (_, period) in enumerate(seen[0].verdicts):
        yield told([one.verdicts[n][0] for one in seen], period, area=False)
    for n in range(len(areas)):
        yield told([one.of_areas[n] for one in seen], 0, area=True)
