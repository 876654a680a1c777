"""Solve again with some settings or bounds changed: what every answer to "why" rests on.

All of it allowing part posts: a difference between two plans in whole posts is mostly rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.engine import building, demand, workforce
from capacity.engine import caseload as caseloads
from capacity.engine.apart import of_draw, told_apart
from capacity.engine.model import MONTHS_A_YEAR, Array, Model, People
from capacity.reading.replacing import replaced, spot
from capacity.staffing import questions
from capacity.staffing.questions import Question
from capacity.staffing.sheet import POUNDS_AN_HOUR_MISSED

REACHED = ".access_rate"
"""How many can be reached changes what is done, not when what is done falls due again."""


@dataclass(frozen=True)
class Least:
    """The least-cost plan allowing part posts."""

    cost: float  # EQ15, £ discounted over the whole horizon, misses apart
    missed: float  # hours that misses count for
    added: Array  # [grade, year], posts


def with_settings(question: Question, values: Mapping[str, Any]) -> Question:
    """Return the question of the same scenario with settings replaced by their dotted names.

    What is certain to be as it was is taken over: when duties fall due unless cohorts change, and
    what current posts do where only standards do.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    model = building.build(question.model.scenario.replace(values))
    if model.queues.keys:  # what a queue completes may be cases
        return with_model(question, model)
    if all(name.startswith("standards.") for name in values) and not _sees_standards(model):
        varied = replace(question, model=model, like=question, prices=[])
    else:
        varied = with_model(question, model)
    if all(name.startswith(("standards.", "teams.")) or REACHED in name for name in values):
        varied.__dict__["pipeline"] = question.pipeline
    return varied


def _sees_standards(model: Model) -> bool:
    """Return whether what is done, or what is told of it, depends on standards."""
    first = model.duties.rule == "standards first"
    return first or any(rule.kind.by_age for rule in model.rules.duties)


def with_model(question: Question, model: Model) -> Question:
    """Return the question of another model, to be solved from the answers to this one."""
    cases = caseloads.project(model)
    asked = demand.other_work(model, cases)
    return questions.ask(model, cases, asked, workforce.staff(model), like=question)


def with_each(
    question: Question, settings: Sequence[tuple[str, float]]
) -> Iterator[tuple[str, float, Question]]:
    """Yield the question of the same scenario with each of some numbers replaced by itself.

    They are worked out together, as draws, and not checked.

    Args:
        question: stays as it is.
        settings: dotted names of numbers, and what each becomes.

    Yields:
        Name, number and question, in order.
    """
    scenario = question.model.scenario
    given = (question.model, question.caseload, question.demand, question.baseline)
    draws = told_apart(len(settings), *given, question.today_staff)
    spots = {name: spot(scenario, name) for name, _ in settings}
    values = {name: np.full(draws, float(one.given.value)) for name, one in spots.items()}
    for place, (name, value) in enumerate(settings):
        values[name][place] = value
    put = replaced(scenario, [(spots[name], values[name]) for name in spots], question.model.months)
    model = building.build(put)
    cases = caseloads.project(model)
    asked = demand.other_work(model, cases)
    every = questions.ask(model, cases, asked, workforce.staff(model))
    for place, (name, value) in enumerate(settings):
        own = {
            part: of_draw(getattr(every, part), place, draws)
            for part in ("model", "caseload", "demand", "baseline", "today_staff")
        }
        yield name, value, replace(every, **own, known_today=None, like=question, prices=[])


def with_people(question: Question, people: People) -> Question:
    """Return the question of the same cases and work with other people."""
    model = replace(question.model, people=people)
    cases, asked = question.caseload, question.demand
    varied = questions.ask(model, cases, asked, workforce.staff(model), like=question)
    varied.__dict__["pipeline"] = question.pipeline
    return varied


def part_of(question: Question, team: int) -> Question:
    """Return the part of a question in which a team is sized."""
    return next(part for part in question.parts if team in part.teams)


def least_of_part(part: Question, *, misses: bool = False) -> Least | None:
    """Return what one part of a question comes to allowing part posts; None if nothing does.

    `misses`: rules may be missed, at a price.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    if part.problem.misses_allowed != misses:
        part.problem.allow_misses(misses)
    answer = part.problem.solve(fresh=misses)
    if answer is None:
        return None
    cost = part.cost_of(answer)
    over = max(0.0, answer.objective - cost) if misses else 0.0
    return Least(cost, over / POUNDS_AN_HOUR_MISSED, part.posts_of(answer))


def least(question: Question, *, misses: bool = False) -> Least | None:
    """Return what all parts of a question come to allowing part posts; None if one has no plan.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    found = [least_of_part(part, misses=misses) for part in question.parts]
    some = [one for one in found if one is not None]
    if len(some) < len(found):
        return None
    added = sum(one.added for one in some)
    assert not isinstance(added, int)
    return Least(sum(one.cost for one in some), sum(one.missed for one in some), added)


def years(model: Model) -> float:
    """Return the years projected, by which costs over the horizon become costs a year."""
    return model.months / MONTHS_A_YEAR
