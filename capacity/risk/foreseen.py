"""What is foreseen of a plan's posts: between what limits each measure lies, month by month.

In a few hundred simulations, so that a page that is quick to change can show them first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capacity.engine.measures import share_of
from capacity.engine.model import MONTHS_A_YEAR, Array, Model, Whole
from capacity.risk import bands, chances, futures
from capacity.risk.agreement import Agreed
from capacity.risk.chances import Judged, VerdictRecord
from capacity.risk.confident import FRESH
from capacity.risk.futures import Future, Staffing
from capacity.risk.recommended import SEED, weighed
from capacity.risk.trials import THREADS
from capacity.running import side_by_side
from capacity.staffing import costs
from capacity.stages import PlanResult

DRAWS = 500
"""Simulations that are shown while somebody changes settings."""

PORTION = 250
"""Simulations worked out together."""


class Seen(NamedTuple):
    """What a band is of: the measure, and whose it is (a group and activity, a cohort, a team).

    Money is of all teams together: of nobody.
    """

    measure: str
    place: tuple[str, ...]


@dataclass(frozen=True)
class Foreseen:
    """What one way to staff comes to in simulations.

    Attributes:
        number: of simulations.
        bands: the 10th, 50th and 90th percentile of each measure. Shape of each: [month, 3]; of
            money [year, 3].
        record: which standards are met in them.
    """

    number: int
    bands: Mapping[Seen, Array]
    record: VerdictRecord


def foresee(plan: PlanResult, number: int = DRAWS) -> dict[str, Foreseen]:
    """Return what current posts and, where it is known, the team needed come to, by option.

    The simulations are the first of those that probabilities of the recommended plan are told of.
    There is nothing to show where none agrees with what is known of the unit (EQ29).
    """
    draws = weighed(plan, SEED, number)
    if isinstance(draws, Agreed):
        return {}
    teams = [futures.todays(plan)] + ([futures.sized(plan)] if plan.sizing else [])

    def portion(numbers: Whole) -> list[_Portion]:
        world = futures.world(draws, numbers)
        return [_portion(plan.model, world, team) for team in teams]

    chunks = list(futures.chunks(FRESH, FRESH + number, PORTION))
    found = list(side_by_side(THREADS, portion, chunks))
    weight = None if draws.weigh is None else draws.weigh(np.concatenate(chunks))
    told = {}
    for team, parts in zip(teams, zip(*found, strict=True), strict=True):
        series = {
            seen: np.concatenate([part.series[seen] for part in parts], axis=1)
            for seen in parts[0].series
        }
        limits = {seen: bands.quantiles(one, weight)[0] for seen, one in series.items()}
        record = chances.joined(plan.model.calendar, [part.judged for part in parts], weight)
        told[team.name] = Foreseen(number, limits, record)
    return told


class _Portion(NamedTuple):
    """Some simulations: each measure [month or year, draw], and which standards are met."""

    series: Mapping[Seen, Array]
    judged: Judged


def _portion(model: Model, world: futures.World, team: Staffing) -> _Portion:
    future = futures.run(world, team)
    return _Portion({seen: one.T for seen, one in _series(model, future)}, chances.judged(future))


def _series(model: Model, future: Future) -> Iterator[tuple[Seen, Array]]:
    """Yield every measure. Shape of each: [draw, month], of money [draw, year]."""
    yield from _of_activities(model, future)
    yield from _of_cohorts(model, future)
    yield from _of_teams(model, future)
    for amount, one in _money(model, future).items():
        yield Seen(amount, ()), _by_year(model, one)


def _of_activities(model: Model, future: Future) -> Iterator[tuple[Seen, Array]]:
    run = future.projection
    held, owed = run.held_and_owed(future.world.model)
    on_time = run.on_time()
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(model.rows):
        if model.duties.per_year[0, :, row].any():
            rows_of.setdefault((model.group_of(key), key.duty), []).append(row)
    for place, rows in rows_of.items():
        due, done, newly, timely, there, asked = (
            one[:, :, rows].sum(axis=2)
            for one in (run.due, run.done, run.newly_due, on_time, held, owed)
        )
        yield Seen("completion", place), share_of(done, due)
        yield Seen("in_date", place), share_of(there, asked)
        yield Seen("on_time", place), share_of(timely, newly)
        yield Seen("outstanding", place), run.outstanding[:, :, rows].sum(axis=2)
        yield Seen("newly_due", place), newly


def _of_cohorts(model: Model, future: Future) -> Iterator[tuple[Seen, Array]]:
    caseloads, cases = future.world.model.caseloads, future.projection.caseload.cases  # custody too
    counted = cases * caseloads.counts
    for place, cohort in enumerate(model.cohorts):
        mine = model.caseloads.cohort_of == place
        officers = future.projection.officers[:, :, model.team_of_cohort[place]]
        yield Seen("cases", (cohort,)), cases[:, :, mine].sum(axis=2)
        yield (
            Seen("cases_per_officer", (cohort,)),
            share_of(counted[:, :, mine].sum(axis=2), officers),
        )


def _of_teams(model: Model, future: Future) -> Iterator[tuple[Seen, Array]]:
    run = future.projection
    left = run.outstanding * future.world.model.duties.hours
    for place, team in enumerate(model.teams):
        grades = [n for n, (whose, _) in enumerate(model.grades) if whose == team]
        yield Seen("in_post", (team,)), future.staff.in_post[:, :, grades].sum(axis=2)
        mine = model.duties.team_of == place
        yield Seen("left_undone", (team,)), left[:, :, mine].sum(axis=2)
        yield Seen("cut_short", (team,)), run.cut_short[:, :, place]


def _money(model: Model, future: Future) -> dict[str, Array]:
    """Return what all teams cost by month, real. Shape of each: [draw, month].

    Posts stay as they are: overtime, people in post and pay with a range are what varies.
    """
    people = future.world.model.people
    a_month = people.cost / MONTHS_A_YEAR
    overtime = (future.projection.overtime * people.overtime_cost).sum(axis=2)
    total = (future.staff.posts * a_month).sum(axis=2) + overtime
    return {
        "total_real": total,
        "total_discounted": total * costs.discount_factors(model),
        "overtime": overtime,
        "forecast": (future.staff.in_post * a_month).sum(axis=2),
    }


def _by_year(model: Model, monthly: Array) -> Array:
    """Return sums of the months of each financial year. Shape: [draw, month] → [draw, year]."""
    calendar = model.calendar
    of_year = np.equal.outer(np.asarray(calendar.year_of), np.arange(len(calendar.years)))
    return np.asarray(monthly @ of_year.astype(float))
