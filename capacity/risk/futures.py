"""Worlds drawn from a scenario, and what a team gets done in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from capacity.engine import apart, building, demand, projection, standards, workforce
from capacity.engine import caseload as caseloads
from capacity.engine.caseload import Caseload
from capacity.engine.model import MONTHS_A_YEAR, Array, Model, Rules, Whole, blank
from capacity.engine.projection import Overtime, Projection
from capacity.engine.standards import Verdict
from capacity.engine.workforce import Workforce
from capacity.risk.draws import Draws, quantile_of_normal, uniform
from capacity.stages import PlanResult

if TYPE_CHECKING:
    from capacity.risk.laid_out import LaidOut
    from capacity.risk.review_table import Review

T = TypeVar("T")

CHUNK = 2_000
"""Draws that are worked out together: more cost memory, fewer cost time."""


@dataclass(frozen=True)
class World:
    """Some draws of a scenario: everything but the team's posts."""

    numbers: Whole  # [draw]
    model: Model
    expected: Caseload  # without chance (EQ1–EQ3)
    seed: int
    weigh: Callable[[Whole], Array] | None = None
    teams: tuple[int, ...] | None = None  # that are worked out; None: all
    threads: int = 1  # that work on its draws

    @cached_property
    def laid_out(self) -> LaidOut:
        """The same as the compiled simulation takes it."""
        from capacity.risk import laid_out  # a second to load, and wanted only here

        kept = laid_out.ALL if self.teams is None else laid_out.JUDGED
        model = _swung(self)
        return laid_out.LaidOut(
            model, self.expected, self.numbers, self.seed, self.teams, kept, self.threads
        )

    @property
    def weight(self) -> Array | None:
        """Weights of the draws, relative to each other; None: each the same (EQ29)."""
        return None if self.weigh is None else self.weigh(self.numbers)

    @property
    def number(self) -> float:
        """How many draws these are, by their weights where they have some."""
        return len(self.numbers) if self.weight is None else float(self.weight.sum())


@dataclass(frozen=True)
class Staffing:
    """Posts and how they are used: what stays as planned while the world varies."""

    name: str
    posts: Array  # [month, grade], or [draw, month, grade] where they differ between draws
    overtime: Overtime
    review: Review | None = None  # how posts change by what is known at reviews


@dataclass(frozen=True)
class Future:
    """What a team gets done in some draws."""

    world: World
    staff: Workforce
    projection: Projection
    seen: Array | None = None  # at each look of a review; None where that is not told

    def verdicts(self, *, on_average: bool = False) -> tuple[Verdict, ...]:
        """Return every standard judged. Shape: [draw, period] each."""
        return standards.verdicts(
            self.world.model, self.staff, self.projection, on_average=on_average
        )


def todays(plan: PlanResult) -> Staffing:
    """Return current posts, with the overtime in use."""
    return Staffing("today", plan.model.people.posts[0], "in use")


def sized(plan: PlanResult, added: Array | None = None) -> Staffing:
    """Return the team needed, or one with other posts added.

    Shape of added: [grade, year].
    """
    assert plan.sizing is not None
    posts = plan.sizing.posts
    if added is not None:
        posts = plan.model.people.posts[0] + added[:, plan.model.calendar.year_of].T
    return Staffing("sized", posts, "limit")


def world(draws: Draws, numbers: Whole) -> World:
    """Return the world of some draws (EQ22)."""
    built = building.build(draws.scenario_of(numbers))
    return World(numbers, built, caseloads.project(built), draws.seed, draws.weigh)


def worlds(draws: Draws, parts: Sequence[Whole], plan: PlanResult) -> list[World]:
    """Return the worlds of portions of draws, made together: that takes little longer than one.

    Args:
        draws: the simulations.
        parts: the numbers of each portion. Shape: [draw] each.
        plan: that of the central case.
    """
    numbers = np.concatenate(parts)
    many = len(numbers)
    if apart.told_apart(many, plan.model, plan.caseload) != many:
        return [world(draws, part) for part in parts]
    every, found, end = world(draws, numbers), [], 0
    for part in parts:
        begin, end = end, end + len(part)
        model, expected = apart.some_draws((every.model, every.expected), begin, end, many)
        found.append(replace(every, numbers=part, model=model, expected=expected))
    return found


def seen_by(here: World, teams: Sequence[int]) -> World:
    """Return a world with nothing but what some teams do, and what they are judged on."""
    model = here.model
    rules = Rules(
        tuple(one for one in model.rules.duties if model.duties.team_of[one.rows[0]] in teams),
        tuple(one for one in model.rules.caseloads if one.team in teams),
        tuple(one for one in model.rules.budgets if one.team is None or one.team in teams),
        tuple(one for one in model.rules.posts if one.team in teams),
    )
    return replace(here, model=replace(model, rules=rules), teams=tuple(teams))


def run(here: World, team: Staffing, only: Whole | None = None) -> Future:
    """Return what a team gets done in a world, by the scenario's order of service.

    In whole people and whole visits, unless the scenario leaves nothing but settings to chance.
    Draw 0 is worked out without chance. EQ8–EQ14, EQ23, EQ28.

    Args:
        here: some draws.
        team: its posts, and how they are used.
        only: the places of the draws that are wanted, where not all are: see `LaidOut.run`.
    """
    if not here.model.chance.whole:
        return without_chance(here, team)
    staff, done, seen = here.laid_out.run(team.posts, team.overtime, team.review, only)
    central = here.numbers == 0
    if not central.any():
        return Future(here, staff, done, seen)
    certain = without_chance(here, team)
    cases = _with(done.caseload, certain.projection.caseload, central)
    done = replace(_with(done, certain.projection, central), caseload=cases)
    return Future(here, _with(staff, certain.staff, central), done)


def _swung(here: World) -> Model:
    """Return a model whose teams work more or less in some months than usual, by chance (EQ28).

    Effort and focus swing around their usual, each month keeping the share `lasting` of what was
    different a month before; at the start nothing is. What is usual was learnt from a year that
    swung likewise, and the time to come is as far from its own: by the difference of the means of
    two such years.
    """
    model = here.model
    people, duties = model.people, model.duties
    if not (people.effort_shock.any() or duties.focus_shock.any()):
        return model
    effort = people.effort * np.exp(_swings(here, model.teams, people.effort_shock, people.lasting))
    names = [".".join(key) for key in model.rows]
    lasting = people.lasting[:, duties.team_of]
    focus = duties.focus + _swings(here, names, duties.focus_shock, lasting)
    return replace(
        model,
        people=replace(people, effort=effort),
        duties=replace(duties, focus=focus),
    )


def _swings(here: World, names: Sequence[str], size: Array, lasting: Array) -> Array:
    """Return swings that fade from month to month. Shape: [draw, month, name]."""
    labels = here.model.calendar.labels
    found = blank(len(here.numbers), len(labels), len(names))
    for place, name in enumerate(names):
        spread, stays = size[:, place], lasting[:, place]
        if not spread.any():
            continue
        chance = uniform(here.seed, f"swing of {name}", here.numbers)
        year = np.sqrt(2.0 * (1.0 + stays) / (np.maximum(1e-9, 1.0 - stays) * MONTHS_A_YEAR))
        level = np.minimum(1.0, year) * quantile_of_normal(chance)
        now = np.zeros(len(here.numbers))
        for month, label in enumerate(labels):
            chance = uniform(here.seed, f"swing of {name} {label}", here.numbers)
            now = stays * now + np.sqrt(1.0 - stays**2) * quantile_of_normal(chance)
            found[:, month, place] = spread * np.where(here.numbers == 0, 0.0, level + now)
    return found


def without_chance(here: World, team: Staffing) -> Future:
    """Return what a team gets done in a world in which nothing but settings is drawn (EQ8–EQ14)."""
    model, cases = here.model, here.expected
    posts = team.posts if team.posts.ndim == 3 else team.posts[None]
    staff = workforce.staff(model, posts)
    work = demand.other_work(model, cases)
    done = projection.project(model, cases, work, staff, None, team.overtime, "longest")
    return Future(here, staff, done)


def _with(many: T, central: T, which: Array) -> T:
    """Return a result by draw with some draws of another. Shape of which: [draw]."""

    def joined(one: Any, other: Any) -> Any:
        if isinstance(one, dict):
            return {key: joined(value, other[key]) for key, value in one.items()}
        if not isinstance(one, np.ndarray) or len(one) != len(which):
            return one
        return np.where(np.reshape(which, (-1, *[1] * (one.ndim - 1))), other, one)

    changed = {
        name: joined(value, getattr(central, name))
        for name, value in vars(many).items()
        if hasattr(central, name) and name not in ("caseload", "transferred")
    }
    return replace(many, **changed)  # type: ignore[type-var]


def chunks(first: int, end: int, size: int = CHUNK) -> Iterator[Whole]:
    """Yield the numbers of draws in portions of a size.

    Yields:
        Shape: [draw] each.
    """
    for start in range(first, end, size):
        yield np.arange(start, min(end, start + size))
