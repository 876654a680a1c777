"""Points worked out: many at once where only numbers differ, else one by one.

Current posts: the points of a portion go through the model together, as draws of one array pass.
Allowing part posts: the sizing problem of each point is solved from the answer to the one before.
In whole posts: each point is planned as `capacity plan` plans it.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

import numpy as np

from capacity import stages
from capacity.engine import building, demand, projection, workforce
from capacity.engine import caseload as caseloads
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Model
from capacity.engine.projection import Projection
from capacity.engine.workforce import Workforce
from capacity.errors import CapacityError, InputError, SolverError
from capacity.reading.scenario import Scenario
from capacity.settings import Quantity
from capacity.staffing import questions
from capacity.staffing.pipeline import Pipeline
from capacity.staffing.questions import Question
from capacity.staffing.sheet import POUNDS_AN_HOUR_MISSED
from capacity.staffing.solver import Answer
from capacity.sweeps.figures import Columns, by_year, figures
from capacity.sweeps.grid import Point
from capacity.sweeps.pipelines import Pipelines
from capacity.sweeps.places import Template

Way = Literal["whole posts", "without whole posts", "today's posts"]
"""How a point is staffed."""

PORTION: Mapping[Way, int] = {"whole posts": 2, "without whole posts": 60, "today's posts": 500}
"""Points that one job works out; always the same, so that figures never depend on the jobs."""

SETS_THE_CLOCK = re.compile(
    r"months$|pay_award_month$|finance\.shares\.|"
    r"cohorts\.[^.]+\.duties\.[^.]+\.(per_year|every_months)(\.|$)"
)
"""Settings on which the form of the model rests: points that differ in one are apart."""

Row = dict[str, Any]
"""One point and option: figures by name."""


@dataclass(frozen=True)
class PointsOfJob:
    """Some points of a sweep: what one job works out."""

    template: Template
    first: int  # the place of its first point
    points: tuple[Point, ...]
    way: Way


def work_out(portion: PointsOfJob) -> list[Row]:
    """Return the rows of a portion's points, in order: current posts, then the team needed.

    A point that cannot be planned has one row that says why.
    """
    rows: dict[int, list[Row]] = {}
    scenarios: dict[int, Scenario] = {}
    for place, point in enumerate(portion.points):
        try:
            scenarios[place] = portion.template.point(point)
        except InputError as error:
            words = "; ".join(_plainly(one.setting, one.must, one.got) for one in error.problems)
            rows[place] = [{"error": words}]
    if portion.way == "whole posts":
        rows |= {place: _planned(one) for place, one in scenarios.items()}
    else:
        chain = _Chain() if portion.way == "without whole posts" else None
        for group in _alike(portion, scenarios):
            rows |= _together(portion, scenarios, group, chain)
    return [
        {"point": portion.first + place + 1, **row} for place in sorted(rows) for row in rows[place]
    ]


def _plainly(setting: str, must: str, got: str | None) -> str:
    return f"{setting}: {must}" + (f", got {got}" if got is not None else "")


def _planned(scenario: Scenario) -> list[Row]:
    """Return a point as `capacity plan` has it."""
    plan = stages.run(scenario)
    rows = []
    for option in plan.options:
        columns = figures(plan.model, option.staff, option.projection)
        rows.append({"option": option.name, **_row(columns, 0)})
    if plan.sizing is None:
        return [*rows, {"error": plan.unanswered}]
    missed = max(0.0, plan.sizing.objective - plan.sizing.cost) / POUNDS_AN_HOUR_MISSED
    rows[-1] |= {"status": plan.sizing.status, "gap": plan.sizing.gap}
    rows[-1] |= {"unproven": True} if plan.sizing.unproven else {}
    rows[-1] |= {"hours_missed": missed if plan.sizing.missing else 0.0}
    return rows


def _row(columns: Columns, draw: int) -> Row:
    return {name: values[draw] for name, values in columns.items()}


# Many points at once -----------------------------------------------------------------------


def _alike(portion: PointsOfJob, scenarios: Mapping[int, Scenario]) -> Iterator[list[int]]:
    """Yield the places of points between which only numbers differ.

    Apart are those whose duties fall due at other intervals, and those in which a number is 0
    where in others it is not: the model may leave out what is 0.
    """
    if portion.template.spots is None:
        yield from ([place] for place in scenarios)
        return
    first = portion.template.scenario.settings.priority.rule == "standards first"
    apart = [
        bool(SETS_THE_CLOCK.match(name)) or (first and name.startswith("standards."))
        for name in portion.template.names
    ]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place in scenarios:
        point = portion.points[place]
        key = tuple(v if own else v == 0 for v, own in zip(point, apart, strict=True))
        groups.setdefault(key, []).append(place)
    yield from groups.values()


@dataclass(frozen=True)
class _Many:
    """Points worked out together: current posts in each. Every array has a draw a point."""

    model: Model
    caseload: Caseload
    demand: Demand
    staff: Workforce
    today: Projection


def _many(scenario: Scenario) -> _Many:
    built = building.build(scenario)
    cases = caseloads.project(built)
    asked = demand.other_work(built, cases)
    staff = workforce.staff(built)
    return _Many(built, cases, asked, staff, projection.project(built, cases, asked, staff))


def _together(
    portion: PointsOfJob,
    scenarios: Mapping[int, Scenario],
    group: Sequence[int],
    chain: _Chain | None,
) -> dict[int, list[Row]]:
    """Return the rows of points between which only numbers differ; sized where there is a chain."""
    points = [portion.points[place] for place in group]
    if len(group) == 1:
        scenario = scenarios[group[0]]
    else:
        columns = [np.array(column, dtype=float) for column in zip(*points, strict=True)]
        same = [bool((column == column[0]).all()) for column in columns]
        scenario = portion.template.replaced(
            [points[0][n] if same[n] else column for n, column in enumerate(columns)]
        )
    many = _many(scenario)
    told = figures(many.model, many.staff, many.today, len(group))
    rows = {place: [{"option": "today", **_row(told, n)}] for n, place in enumerate(group)}
    if chain is not None:
        pipelines = Pipelines(many.model, many.caseload)
        touched = _touched(portion, points, many.model)
        anew = frozenset(range(len(many.model.teams)))  # all, before the first of a group
        for n in _nearest_next(points):
            here = _one(many, n, len(group), scenarios[group[n]])
            with unhurried():
                question = chain.next(here, pipelines.of(n, here.model, here.caseload), anew)
                anew = touched
                rows[group[n]].append({"option": "sized", **_sized(question)})
    return rows


def _touched(portion: PointsOfJob, points: Sequence[Point], model: Model) -> frozenset[int]:
    """Return the teams that settings which differ between points are about; all if it is open."""
    every = frozenset(range(len(model.teams)))
    found: set[int] = set()
    for n, spots in enumerate(portion.template.spots or ()):
        if len({point[n] for point in points}) == 1:
            continue
        for _, path in spots:
            if path[0] == "cohorts":
                found.add(int(model.team_of_cohort[model.cohorts.index(str(path[1]))]))
            elif path[0] == "teams":
                found.add(model.teams.index(str(path[1])))
            else:
                return every
    return every if portion.template.spots is None else frozenset(found)


def _nearest_next(points: Sequence[Point]) -> Iterator[int]:
    """Yield the places of points, each followed by the one most like it: its answer is near."""
    at = np.array(points, dtype=float)
    width = at.max(axis=0) - at.min(axis=0)
    at = at / np.where(width > 0, width, 1.0)
    left = np.ones(len(at), dtype=bool)
    here = 0
    while True:
        yield here
        left[here] = False
        if not left.any():
            return
        away = np.abs(at - at[here]).sum(axis=1)
        here = int(np.argmin(np.where(left, away, np.inf)))


def _one(many: _Many, draw: int, draws: int, scenario: Scenario) -> _Many:
    """Return one of many points by itself."""
    if draws == 1:
        return many
    one: _Many = _drawn(replace(many, today=replace(many.today, states=())), draw, draws)
    return replace(one, model=replace(one.model, scenario=scenario))


def _drawn(part: Any, draw: int, draws: int) -> Any:
    """Return a part of the model with one draw of each of its arrays.

    Numbers that may differ have their draws along the first axis; whole numbers only where they
    have a month and a column besides.
    """
    changed: dict[str, Any] = {}
    for field in fields(part):
        before = getattr(part, field.name)
        after = _one_of(before, draw, draws)
        if after is not before:
            changed[field.name] = after
    return replace(part, **changed) if changed else part


def _one_of(value: Any, draw: int, draws: int) -> Any:
    if isinstance(value, np.ndarray):
        has = value.dtype.kind == "f" or value.ndim == 3
        if not has or value.ndim == 0 or len(value) != draws:
            return value
        return float(value[draw]) if value.ndim == 1 else value[draw : draw + 1]
    if isinstance(value, Scenario | Quantity):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return _drawn(value, draw, draws)
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return tuple(_one_of(inner, draw, draws) for inner in value)
    if isinstance(value, Mapping):
        return {key: _one_of(inner, draw, draws) for key, inner in value.items()}
    return value


# Allowing part posts -----------------------------------------------------------------------


class _Chain:
    """Sizing problems one after the other, each solved from the answer to the one before."""

    def __init__(self) -> None:
        self._last: Question | None = None

    def next(self, here: _Many, pipeline: Pipeline, anew: frozenset[int]) -> Question:
        """Return the sizing problem of the next point, that of teams `again` written again."""
        asked = questions.ask(
            here.model, here.caseload, here.demand, here.staff, here.today, self._last
        )
        asked.__dict__["pipeline"] = pipeline
        if self._last is not None:
            known = {part.teams: part for part in self._last.parts}
            asked.__dict__["parts"] = tuple(
                part if anew & set(part.teams) else known.get(part.teams, part)
                for part in asked.parts
            )
        for part in asked.parts:
            part.problem  # noqa: B018, written now, so that the one before can be forgotten
            part.like = None
        asked.like = None
        if self._last is not None:  # a question may be its own only part: it is not kept
            self._last.__dict__.pop("parts", None)
        self._last = asked
        return asked


@contextmanager
def unhurried() -> Iterator[None]:
    """Put off the search for forgotten objects: a problem is thousands, all of them wanted."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _sized(question: Question) -> Row:
    """Return what the team needed comes to allowing part posts."""
    model = question.model
    posts = model.people.posts[0].sum(axis=1)
    cost, over, missed = 0.0, np.zeros((model.months, len(model.teams))), 0.0
    try:
        for part in question.parts:
            answer, misses = _answer(part)
            part_cost = part.cost_of(answer)
            if misses:
                missed += max(0.0, answer.objective - part_cost) / POUNDS_AN_HOUR_MISSED
            cost += part_cost
            added = part.posts_of(answer)
            posts = posts + model.by_month(added).sum(axis=1)
            columns = part.formulation.overtime
            over += np.where(columns >= 0, answer.columns[columns], 0.0)
    except CapacityError as error:
        return {"error": str(error)}
    return {
        "status": "misses least" if missed > 0 else "meets every standard",
        "gap": 0.0,
        "posts_start": float(posts[0]),
        "posts_end": float(posts[-1]),
        **{name: float(one[0]) for name, one in by_year(model, posts[None]).items()},
        "cost_discounted": cost,
        "overtime_hours": float(over.sum()),
        "hours_missed": missed,
    }


def _answer(part: Question) -> tuple[Answer, bool]:
    """Return the least-cost answer of one part, and whether it misses rules."""
    problem = part.problem
    problem.allow_misses(False)
    answer = problem.solve()
    if answer is not None:
        return answer, False
    problem.allow_misses(True)
    answer = problem.solve(fresh=True)
    if answer is None:
        raise SolverError("infeasible although every rule may be missed", "sizing the team")
    return answer, True
