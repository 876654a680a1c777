"""What becomes of current posts, the team needed and the recommended plan in simulations.

Month by month what is done and left overdue, hours there are and hours that work takes, and the
position by age from year to year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capacity.engine.model import MONTHS_A_YEAR, Array, Model, Whole
from capacity.engine.projection import falls_due
from capacity.engine.standards import cases_per_officer, lowest_limits, tiers_named
from capacity.risk import bands, futures, position, review
from capacity.risk.bands import Band, Traced
from capacity.risk.confident import FRESH
from capacity.risk.decide import ReviewedPlan
from capacity.risk.draws import Draws
from capacity.risk.futures import Future, Staffing, World
from capacity.risk.position import PositionFigure, PositionSeen
from capacity.risk.trials import THREADS
from capacity.running import side_by_side
from capacity.stages import PlanResult

MEASURES = ("cases", "completion", "outstanding")
"""Measures of activities that are told by month."""


PORTION = 250
"""Simulations worked out together: all that is known of each is held at once."""


@dataclass(frozen=True)
class ExpectedOverdue:
    """A row of the `expected_overdue` table: cases overdue at each month's end, added up (EQ31).

    The mean of the simulations.
    """

    option: str
    year: str
    case_months: float
    weighted: float


@dataclass(frozen=True)
class ExpectedHours:
    """A row of the `expected_hours` table: a team's hours in a month, the mean of the simulations.

    Attributes:
        there: hours of the team's own people, without overtime and help.
        asked: hours that all its work takes if activities are done in the month they fall due.
        cut_short: hours of other work cut short before an activity was (EQ25).
    """

    option: str
    month: str
    team: str
    there: float
    asked: float
    cut_short: float


@dataclass(frozen=True)
class FallingDue:
    """A row of the `falling_due` table: what falls due in a year of months from the start.

    With hours for everything, so that posts and what is overdue do not change it. The middle of
    the simulations, and 8 in 10.
    """

    cohort: str | None
    duty: str
    first: str
    last: str
    p10: float
    p50: float
    p90: float


class Simulated(NamedTuple):
    """What is done and left overdue in the simulations, with no posts added and otherwise."""

    bands: tuple[Band, ...]
    overdue: tuple[ExpectedOverdue, ...]
    position: tuple[PositionFigure, ...]
    hours: tuple[ExpectedHours, ...]
    falling_due: tuple[FallingDue, ...]


class _Demand(NamedTuple):
    """What falls due in some simulations, whatever the posts."""

    hours: Array  # that it takes, added up over draws by their weights. Shape: [month, team]
    counts: Array  # Shape: [draw, span, row]


class _SomeDraws(NamedTuple):
    """What an option comes to in some simulations."""

    traced: Traced
    positions: Mapping[int, PositionSeen]
    ratios: Sequence[Array]  # of each limit. Shape: [draw, month]
    hours: Array  # own, other work, cut short: added up by weight. Shape: [3, month, team]


def simulated(
    plan: PlanResult, draws: Draws, decision: ReviewedPlan, name: str, number: int
) -> Simulated:
    """Return what becomes of no posts added, the team needed, and the recommended plan.

    In the simulations that probabilities are told of.

    Args:
        plan: the plan for the central case.
        draws: the simulations.
        decision: the recommended plan.
        name: what it is called among the options.
        number: of simulations.
    """
    model = plan.model
    mine = Staffing(name, decision.base, "limit")
    fixed = (futures.todays(plan), futures.sized(plan))
    ends = looked_at(model)
    weight = decision.record.weight

    def worked_out(numbers: Whole) -> tuple[_Demand, list[_SomeDraws]]:
        world = futures.world(draws, numbers)
        of_each = weight[numbers - FRESH] if weight is not None else np.ones(len(numbers))
        counting = position.counting_ages(world)
        ran = (futures.run(counting, team) for team in fixed)
        parts = [_portion(model, future, ends, of_each) for future in ran]
        followed = review.follow(counting, mine, decision.rule)
        parts.append(_portion(model, followed, ends, of_each))
        return _demand(world, of_each), parts

    every = [_Gathered(model, team.name, number) for team in (*fixed, mine)]
    counts: list[Array] = []
    asked = np.zeros((model.months, len(model.teams)))
    chunks = futures.chunks(FRESH, FRESH + number, PORTION)
    for demand, parts in side_by_side(THREADS, worked_out, chunks):
        counts.append(demand.counts)
        asked += demand.hours
        for one, part in zip(every, parts, strict=True):
            one.add(part)
    total = float(number if weight is None else weight.sum())
    return Simulated(
        (
            *(band for one in every for band in one.tracks.bands(THREADS, weight)),
            *(band for one in every for band in one.ratios_by_month(weight)),
        ),
        tuple(row for one in every for row in _overdue(model, one.tracks, weight)),
        tuple(row for one in every for row in one.position(weight)),
        tuple(row for one in every for row in one.hours_by_month(asked, total)),
        tuple(_falling_due(model, counts, weight)),
    )


def looked_at(model: Model) -> list[int]:
    """Return the months at whose end the position is told: the first, yearly after it, the last."""
    return sorted({*range(0, model.months, MONTHS_A_YEAR), model.months - 1})


def _portion(model: Model, future: Future, ends: Sequence[int], weight: Array) -> _SomeDraws:
    """Keep of a future what is told of it."""
    run = future.projection
    room = bands.room_for(model, len(weight), MEASURES)
    bands.trace(future, room)
    of_hours = [
        np.tensordot(weight, np.broadcast_to(one, (len(weight), *one.shape[1:])), axes=1)
        for one in (run.own, run.other_work, run.cut_short)
    ]
    ratios = [
        cases_per_officer(future.world.model, run.caseload.cases, run.officers, rule)
        for rule in lowest_limits(future.world.model)
    ]
    return _SomeDraws(
        room, {end: position.seen(future, end) for end in ends}, ratios, np.stack(of_hours)
    )


# Demand ------------------------------------------------------------------------------------


def spans(model: Model) -> list[tuple[int, int]]:
    """Return the first and the last month of each year of the horizon, from its start."""
    firsts = range(0, model.months, MONTHS_A_YEAR)
    return [(first, min(first + MONTHS_A_YEAR, model.months) - 1) for first in firsts]


def _demand(world: World, weight: Array) -> _Demand:
    """Return what falls due in some simulations, and the hours that it takes."""
    model = world.model
    due = falls_due(model, world.expected)
    due = np.broadcast_to(due, (len(weight), *due.shape[1:]))
    mine = model.duties.team_of[:, None] == np.arange(len(model.teams))
    hours = np.tensordot(weight, due * model.duties.hours, axes=1) @ mine.astype(float)
    counts = [due[:, first : last + 1].sum(axis=1) for first, last in spans(model)]
    return _Demand(hours, np.stack(counts, axis=1))


def _falling_due(
    model: Model, counts: Sequence[Array], weight: Array | None
) -> Iterator[FallingDue]:
    """Yield what falls due of each activity by year."""
    every, labels = np.concatenate(counts), model.calendar.labels
    for cohort, duty in dict.fromkeys(key[:2] for key in model.rows):
        rows = [n for n, key in enumerate(model.rows) if key[:2] == (cohort, duty)]
        at = bands.quantiles(every[:, :, rows].sum(axis=2).T, weight)[0]
        for (first, last), quantiles in zip(spans(model), at.tolist(), strict=True):
            yield FallingDue(cohort or None, duty, labels[first], labels[last], *quantiles)


# By option ---------------------------------------------------------------------------------


class _Gathered:
    """What an option comes to, gathered portion by portion of simulations."""

    def __init__(self, model: Model, name: str, number: int) -> None:
        self.model, self.name = model, name
        self.tracks = bands.Tracks(name, model, number, MEASURES)
        self.seen: dict[int, list[PositionSeen]] = {}
        self.ratios: list[Sequence[Array]] = []
        self.hours = np.zeros((3, model.months, len(model.teams)))

    def add(self, part: _SomeDraws) -> None:
        self.tracks.add(part.traced)
        self.ratios.append(part.ratios)
        self.hours += part.hours
        for place, one in part.positions.items():
            self.seen.setdefault(place, []).append(one)

    def position(self, weight: Array | None) -> Iterator[PositionFigure]:
        """Yield the position at the end of each month that is looked at."""
        for place, seen in self.seen.items():
            yield from position.figures(self.model, self.name, place, seen, weight)

    def hours_by_month(self, asked: Array, total: float) -> Iterator[ExpectedHours]:
        """Yield the hours of each team. Shape of asked by activities: [month, team]."""
        own, other, cut = self.hours / total
        activities = asked / total
        for month, label in enumerate(self.model.calendar.labels):
            for team, name in enumerate(self.model.teams):
                at = (month, team)
                needed = float(other[at] + activities[at])
                yield ExpectedHours(self.name, label, name, float(own[at]), needed, float(cut[at]))

    def ratios_by_month(self, weight: Array | None) -> Iterator[Band]:
        """Yield the cases per officer that each limit counts."""
        model = self.model
        for n, rule in enumerate(lowest_limits(model)):
            every = np.concatenate([one[n] for one in self.ratios])
            at, errors = bands.quantiles(every.T, weight)
            cohort, tiers = model.cohorts[rule.cohort], tiers_named(model, rule)
            for month, label in enumerate(model.calendar.labels):
                where = (self.name, label, cohort, None, tiers, position.RATIO)
                yield Band(*where, *at[month].tolist(), *errors[month].tolist())


def _overdue(model: Model, tracks: bands.Tracks, weight: Array | None) -> Iterator[ExpectedOverdue]:
    """Yield the case-months overdue of an option by year, plain and weighed by risk (EQ31)."""
    undone = tracks.undone(None if weight is None else weight[: tracks.draws])
    by_risk = np.broadcast_to(model.duties.risk_weight, (len(model.rows),))
    for place, year in enumerate(model.calendar.years):
        months = model.calendar.year_of == place
        each = {row: float(one[months].sum()) for row, one in undone.items()}
        weighted = sum(total * float(by_risk[row]) for row, total in each.items())
        yield ExpectedOverdue(tracks.option, year, sum(each.values()), weighted)
