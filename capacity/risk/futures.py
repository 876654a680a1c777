"""Worlds drawn from a scenario, and what a team gets done in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from capacity.engine import building, demand, projection, standards, workforce
from capacity.engine import caseload as caseloads
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Array, Model, Whole
from capacity.engine.projection import Guide, Overtime, Projection, Waits
from capacity.engine.standards import Verdict
from capacity.engine.workforce import Workforce
from capacity.risk.draws import Draws
from capacity.stages import Plan

T = TypeVar("T")

CHUNK = 2_000
"""Draws that are worked out together: more cost memory, fewer cost time."""


@dataclass(frozen=True)
class World:
    """Some draws of a scenario: everything but the team's posts."""

    numbers: Whole  # [draw]
    model: Model
    caseload: Caseload
    demand: Demand


@dataclass(frozen=True)
class Team:
    """Posts and how they are used: what stays as planned while the world varies."""

    name: str
    posts: Array  # [month, grade]
    guide: Guide | None
    overtime: Overtime


@dataclass(frozen=True)
class Future:
    """What a team gets done in some draws."""

    world: World
    staff: Workforce
    projection: Projection

    def verdicts(self, *, on_average: bool = False) -> tuple[Verdict, ...]:
        """Return every standard judged. Shape: [draw, period] each."""
        return standards.verdicts(
            self.world.model, self.staff, self.projection, on_average=on_average
        )


def todays(plan: Plan) -> Team:
    """Return current posts: the scenario's order of service, and the overtime in use.

    Shape: see Team. Unit: posts. Source: docs/method.md, Uncertainty. Raises: nothing.
    """
    return Team("today", plan.model.people.posts[0], None, "in use")


def sized(plan: Plan, added: Array | None = None) -> Team:
    """Return the team needed, or one with other posts added that follows the same programme.

    Shape of added: [grade, year]. Unit: posts. Source: docs/method.md, Uncertainty.
    Raises: nothing.
    """
    assert plan.sizing is not None
    extra = plan.sizing.added if added is None else added
    posts = plan.model.people.posts[0] + extra[:, plan.model.calendar.year_of].T
    follow = projection.guide(plan.sizing.programme, plan.sizing.projection)
    return Team("sized", posts, follow, "limit")


def world(draws: Draws, numbers: Whole) -> World:
    """Return the world of some draws.

    EQ22, EQ23. Shape: see World. Unit: cases, hours. Source: docs/method.md, Uncertainty.
    Raises: nothing.
    """
    built = building.build(draws.scenario_of(numbers))
    expected = caseloads.project(built)
    names = [f"{key.cohort}.{key.tier}" for key in built.tiers]
    certain = built.caseloads.arrivals
    entrants = draws.entrants(numbers, expected.entrants - certain, names) + certain
    cases = caseloads.with_entrants(built, expected, entrants)
    return World(numbers, built, cases, demand.other_work(built, cases))


def run(here: World, team: Team, waits: Waits = "longest") -> Future:
    """Return what a team gets done in a world.

    EQ8–EQ14. Shape: see Future. Unit: duties, hours. Source: docs/method.md, Uncertainty.
    Raises: nothing.
    """
    staff = workforce.staff(here.model, team.posts[None])
    done = projection.project(
        here.model, here.caseload, here.demand, staff, team.guide, team.overtime, waits
    )
    return Future(here, staff, done)


def side_by_side(threads: int, function: Callable[..., T], *series: Iterable[Any]) -> Iterator[T]:
    """Yield what a function returns, in order, on so many threads; numpy lets them all run.

    Shape: one an entry of the series. Unit: its own. Source: none. Raises: as the function.
    """
    if threads == 1:
        yield from map(function, *series)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(function, *series)


def chunks(first: int, end: int, size: int = CHUNK) -> Iterator[Whole]:
    """Yield the numbers of draws in portions of a size.

    Shape: [draw] each. Unit: none. Source: none. Raises: nothing.
    """
    for start in range(first, end, size):
        yield np.arange(start, min(end, start + size))
