"""Solve again with some settings or bounds changed: what every answer to "why" rests on.

All of it allowing part posts: a difference between two plans in whole posts is mostly rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

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
    if all(_is_of_rules(name) for name in values) and not _sees_standards(model):
        varied = replace(question, model=model, like=question, prices=[])
        varied.__dict__["pipeline"] = question.pipeline
        return varied
    varied = with_model(question, model)
    if model.queues.keys:  # what a queue completes may be cases
        return varied
    if all(name.startswith(("standards.", "teams.")) or REACHED in name for name in values):
        varied.__dict__["pipeline"] = question.pipeline
    return varied


def _is_of_rules(name: str) -> bool:
    """Return whether a setting is of rules alone: standards, and how a case counts in a limit."""
    return name.startswith("standards.") or name.endswith(".counts")


def _sees_standards(model: Model) -> bool:
    """Return whether what is done, or what is told of it, depends on standards."""
    first = model.duties.rule == "standards first"
    return first or any(rule.kind.by_age for rule in model.rules.duties)


def with_model(question: Question, model: Model) -> Question:
    """Return the question of another model, to be solved from the answers to this one."""
    cases = caseloads.project(model)
    asked = demand.other_work(model, cases)
    return questions.ask(model, cases, asked, workforce.staff(model), like=question)


class WithEach(Sequence[Question]):
    """The questions of the same scenario with each of some numbers replaced by itself.

    They are worked out together, as draws, and not checked; each is told apart when it is wanted.
    """

    def __init__(self, question: Question, settings: Sequence[tuple[str, float]]) -> None:
        """Take dotted names of numbers, and what each becomes; the question stays as it is."""
        self.question, self.number = question, len(settings)
        scenario = question.model.scenario
        given = (question.model, question.caseload, question.demand, question.baseline)
        self.draws = told_apart(len(settings), *given, question.today_staff)
        spots = {name: spot(scenario, name) for name, _ in settings}
        values = {name: np.full(self.draws, float(one.given.value)) for name, one in spots.items()}
        for place, (name, value) in enumerate(settings):
            values[name][place] = value
        put = [(spots[name], values[name]) for name in spots]
        model = building.build(replaced(scenario, put, question.model.months))
        cases = caseloads.project(model)
        asked = demand.other_work(model, cases)
        self.every = questions.ask(model, cases, asked, workforce.staff(model))

    def __len__(self) -> int:
        """Return how many there are."""
        return self.number

    @overload
    def __getitem__(self, place: int) -> Question: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Question]: ...
    def __getitem__(self, place: int | slice) -> Question | Sequence[Question]:
        """Return the question of one number by its place."""
        if isinstance(place, slice):
            return [self[n] for n in range(self.number)[place]]
        return one_of(self.every, range(self.number)[place], self.draws, self.question)


IN_DRAWS = ("model", "caseload", "demand", "baseline", "today_staff")
"""What a question has by draw."""


def one_of(every: Question, draw: int, draws: int, like: Question | None) -> Question:
    """Return one of the questions that were worked out together as draws, to be sized.

    How long anybody has waited with current posts is left out: no sizing problem asks.

    Args:
        every: all of them.
        draw: which one, from 0 on.
        draws: how many there are, as of `told_apart`.
        like: the question from whose answer it starts.
    """
    timeless = replace(every, baseline=replace(every.baseline, states=()))
    own = {part: of_draw(getattr(timeless, part), draw, draws) for part in IN_DRAWS}
    return replace(every, **own, known_today=None, like=like, prices=[])


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
