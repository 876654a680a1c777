"""The regime as a choice: every combination of what `[choose]` lists (EQ32).

Each combination is a scenario of its own. For the posts there are, the one is best that leaves the
fewest weighted case-months unseen; for the standards, each has a least cost over posts. What a case
weighs and after how long it is unseen are those of the scenario, not of the regime: else visiting
less often would seem to leave less undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from capacity import running
from capacity.engine import building, demand, outcomes, projection, workforce
from capacity.engine import caseload as caseloads
from capacity.engine.apart import told_apart
from capacity.engine.model import Array, Model, RowKey
from capacity.engine.projection import Projection
from capacity.errors import InputError, Problem, ScenarioError, SolverError
from capacity.history import known
from capacity.reading import in_words, replacing
from capacity.reading.choosing import usual_choices
from capacity.reading.scenario import Scenario
from capacity.settings import reactive_part, show
from capacity.staffing import questions, sizing
from capacity.staffing.questions import Question
from capacity.staffing.solver import WHOLE
from capacity.staffing.varying import one_of
from capacity.sweeps import points
from capacity.sweeps.pipelines import Pipelines
from capacity.sweeps.places import Template, template

PORTION = 25
"""Regimes from which on a job has enough, each solved from the answer to the one before; always the
same, so that no figure depends on how many jobs run at once."""

DAYS_A_MONTH = 365.25 / 12

Values = Mapping[str, float]
"""What each setting that may be chosen is, by its dotted name."""


@dataclass(frozen=True)
class Left:
    """What some posts leave undone under a regime, central case, over all months (EQ31)."""

    weighted_unseen: float  # case-months
    weighted_overdue: float  # case-months
    days_since_seen: float  # mean over cases and months


@dataclass(frozen=True)
class Regime:
    """One combination, with current posts and with the team that it needs."""

    values: Values
    now: Left  # with current posts
    needed: Left  # with the team needed
    posts: float  # at the end
    cost: float  # £ discounted; no plan costs less where it is not proven
    meets: bool  # every standard
    proven: bool = False  # whole posts; if not, part posts


@dataclass(frozen=True)
class Regimes:
    """Every regime, in the order of the scenario's lists, the last setting changing first."""

    scenario: Scenario
    every: tuple[Regime, ...]
    frontier: tuple[int, ...]  # places in `every`, fewest unseen first
    as_it_is: Left  # the scenario's own regime with current posts
    bounds: tuple[Regime, ...]  # every regime allowing part posts, so that any two compare

    @cached_property
    def in_words(self) -> in_words.InWords:
        """The scenario's settings as people read them."""
        return in_words.of(self.scenario)

    @cached_property
    def best_now(self) -> int:
        """The regime that leaves the fewest weighted case-months unseen with current posts."""
        return self._fewest_now(range(len(self.every)))

    @cached_property
    def best_in_practice(self) -> int | None:
        """The same of those in which no visit is by one officer; None where all have some."""
        some = [n for n, one in enumerate(self.every) if not lone_visits(one.values)]
        return self._fewest_now(some) if some else None

    def _fewest_now(self, places: Sequence[int]) -> int:
        return min(places, key=lambda n: (self.every[n].now.weighted_unseen, n))

    @cached_property
    def least_cost(self) -> int:
        """The regime of least cost in whole posts, of those on the frontier."""
        return min(self.frontier, key=lambda n: (self.every[n].cost, n))

    @property
    def bound(self) -> float:
        """A cost that no regime is below which meets the standards as far as any does."""
        best = _best_class(self.bounds)
        return min(self.bounds[n].cost for n in best)


def lone_visits(values: Values) -> bool:
    """Return whether a regime has one officer on visits, contrary to authorised practice."""
    return any(name.split(".")[2:5] == LONE and value < 2 for name, value in values.items())


LONE = ["duties", "visit", "crew"]
"""Where the officers on a visit are set, in a cohort."""


def combinations(scenario: Scenario) -> tuple[Values, ...]:
    """Return every combination of what may be chosen.

    Raises:
        InputError: if the scenario lists nothing to choose from.
    """
    listed = scenario.settings.choose
    if not listed:
        must = 'must list settings and their values, such as "cohorts.rso.reactive_share.low"'
        raise InputError([Problem(scenario.files[0].name, None, "choose", must)])
    return tuple(dict(zip(listed, some, strict=True)) for some in product(*listed.values()))


def number(choices: Mapping[str, Sequence[float]]) -> int:
    """Return how many combinations choices come to."""
    return prod(len(values) for values in choices.values())


def with_usual_choices(scenario: Scenario) -> Regimes:
    """Return the regimes of a scenario, of the usual choices where it lists none.

    Raises:
        InputError: if a combination cannot be used, with every problem.
        SolverError: if the solver gives no proven answer.
    """
    if scenario.settings.choose:
        return regimes(scenario)
    return regimes(scenario.replace({"choose": usual_choices(scenario.given.settings)}))


def regimes(scenario: Scenario, jobs: int = 1) -> Regimes:
    """Return every regime of a scenario: a bound for each, whole posts on the frontier.

    Args:
        scenario: one with `[choose]`.
        jobs: how many processes at once; the figures are the same for any number.

    Raises:
        InputError: if it has nothing to choose from, or a combination cannot be used, with every
            problem.
        SolverError: if the solver gives no proven answer.
    """
    opened = known.opened(scenario)
    every = combinations(opened)
    told = _template(opened, every)
    portions = list(_portions(every))
    asked = [
        _Asked(opened, told, tuple(every[place] for place in portion), whole=False)
        for portion in portions
    ]
    bounds = _in_their_places(portions, _worked_out(asked, jobs))
    found = list(bounds)
    wanted = frontier(found)
    asked = [_Asked(opened, told, (every[place],), whole=True) for place in wanted]
    for place, (one,) in zip(wanted, _worked_out(asked, jobs), strict=True):
        found[place] = one
    own = _question(building.build(opened), None)
    (as_it_is,) = left(own.model, own.today)
    return Regimes(opened, tuple(found), frontier(found, wanted), as_it_is, bounds)


def frontier(every: Sequence[Regime], among: Sequence[int] | None = None) -> tuple[int, ...]:
    """Return the regimes beside which none leaves less unseen at no more cost.

    Costs within the gap to which whole posts are proven count as equal, unless a post fewer is
    needed. Where some regime meets every standard, only those that do are compared.

    Args:
        every: all regimes.
        among: the places to compare; default: all.

    Returns:
        Places in `every`, fewest weighted case-months unseen first.
    """
    places = [n for n in _best_class(every) if among is None or n in among]
    kept: list[int] = []
    for n in sorted(places, key=lambda n: (every[n].needed.weighted_unseen, every[n].cost, n)):
        if not kept or _is_less(every[n], every[kept[-1]]):
            kept.append(n)
    return tuple(kept)


def _is_less(one: Regime, other: Regime) -> bool:
    """Return whether a regime costs noticeably less, or less with at least one post fewer."""
    fewer = one.posts <= other.posts - 1 + WHOLE
    return one.cost < other.cost * (1 - (0.0 if fewer else sizing.GAP))


def _best_class(every: Sequence[Regime]) -> list[int]:
    """Return the places of those that meet every standard, or of all where none does."""
    meet = [n for n, one in enumerate(every) if one.meets]
    return meet or list(range(len(every)))


# One after the other -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """Some regimes: what one job works out."""

    scenario: Scenario
    template: Template
    every: tuple[Values, ...]
    whole: bool


def _template(scenario: Scenario, every: Sequence[Values]) -> Template:
    """Return a scenario in which what may be chosen can be replaced, read and checked once."""
    listed = scenario.settings.choose
    try:
        return template(scenario, listed, [tuple(one.values()) for one in every])
    except ScenarioError:  # no combination can be read: each is asked what is wrong with it
        return Template(scenario, tuple(listed), None)


def _portions(every: Sequence[Values]) -> Iterator[list[int]]:
    """Yield the places of regimes that one job works out: such as can be worked out together."""
    portion: list[int] = []
    for group in _alike(every):
        for first in range(0, len(group), PORTION):
            portion += group[first : first + PORTION]
            if len(portion) >= PORTION:
                yield portion
                portion = []
    if portion:
        yield portion


def _in_their_places(
    portions: Sequence[Sequence[int]], found: Sequence[Sequence[Regime]]
) -> tuple[Regime, ...]:
    """Return the regimes of all portions in the order of the scenario's lists."""
    there = {
        place: one
        for portion, regimes_ in zip(portions, found, strict=True)
        for place, one in zip(portion, regimes_, strict=True)
    }
    return tuple(there[place] for place in range(len(there)))


def _worked_out(asked: Sequence[_Asked], jobs: int) -> list[tuple[Regime, ...]]:
    """Return the regimes of each portion, in order."""
    found: dict[int, tuple[Regime, ...]] = {}
    problems: dict[int, list[Problem]] = {}
    for place, one in running.each(work_out, asked, workers=jobs):
        if isinstance(one, InputError):
            problems[place] = list(one.problems)
        elif isinstance(one, Exception):
            raise one
        else:
            found[place] = one
    if problems:
        raise InputError([one for place in sorted(problems) for one in problems[place]])
    return [found[place] for place in sorted(found)]


def work_out(asked: _Asked) -> tuple[Regime, ...]:
    """Return the regimes of a portion, in order.

    Raises:
        InputError: if combinations cannot be used, with every problem of all of them.
    """
    scenarios = [_of(asked, values) for values in asked.every]
    problems = [problem for one in scenarios if isinstance(one, list) for problem in one]
    if problems:
        raise InputError(problems)
    chain, found = _OneByOne(asked), dict[int, Regime]()
    for together in _alike(asked.every):
        group = [(asked.every[place], scenarios[place]) for place in together]
        with points.unhurried():
            found.update(zip(together, chain.next(group), strict=True))
    return tuple(found[place] for place in sorted(found))


BY_DRAW = re.compile(
    r"cohorts\.[^.]+\.(reactive_share\.[^.]+"
    r"|duties\.[^.]+\.(crew|hours|second_officer_hours|no_answer_hours)(\.[^.]+)?)"
)
"""Settings that regimes worked out together, as draws, may differ in: not when duties are owed."""


def _alike(every: Sequence[Values]) -> list[list[int]]:
    """Return the places of regimes that can be worked out together.

    Those with the same shares managed reactively follow one another: what is done falls due again
    in the same way.
    """
    found: dict[object, list[int]] = {}
    for place, values in enumerate(every):
        own = tuple(value for name, value in values.items() if not BY_DRAW.fullmatch(name))
        found.setdefault(own, []).append(place)
    return [sorted(group, key=lambda place: _shares(every[place])) for group in found.values()]


class _OneByOne:
    """Regimes one after the other, each solved from the answer to the one before.

    What no choice touches is worked out once, such as the plan of teams that none is about.
    """

    def __init__(self, asked: _Asked) -> None:
        own = building.build(asked.scenario)
        self.whole, self.weighs = asked.whole, Weighing(own)
        names = {name for values in asked.every for name in values}
        self.touched = _touched(own, names)
        self.last: Question | None = None
        self.known: dict[tuple[int, ...], _CheapestTeam] = {}

    def next(self, group: Sequence[tuple[Values, Any]]) -> list[Regime]:
        """Return the next regimes, which can be worked out together."""
        every, draws = self._together(group)
        now, answers = left(every.model, every.today), []
        pipelines = Pipelines(every.model, every.caseload)
        for place in range(len(group)):
            question = every if draws == 1 else one_of(every, place, draws, self.last)
            answers.append(self._answer(question, pipelines, place))
            if self.last is not None:
                self.last.like = None
            self.last = question
        several = [one.posts for one in answers]
        several += [several[0]] * (draws - len(several))
        model = every.model
        staff = workforce.staff(model, np.stack(several))
        run = projection.project(model, every.caseload, every.demand, staff)
        needed = left(model, run)
        return [
            Regime(values, now[n], needed[n], float(one.posts[-1].sum()), *one[1:])
            for n, ((values, _), one) in enumerate(zip(group, answers, strict=True))
        ]

    def _together(self, group: Sequence[tuple[Values, Any]]) -> tuple[Question, int]:
        """Return the sizing problem of all regimes of a group as draws, and how many draws."""
        # That with most managed reactively has every tier that any of them has.
        values, scenario = max(group, key=lambda one: sum(_shares(one[0])))
        model = self.weighs.of(building.build(scenario))
        if len(group) == 1:
            return _question(model, self.last), 1
        cases = caseloads.project(model)
        parts = (model, cases, demand.other_work(model, cases), workforce.staff(model))
        draws = told_apart(len(group), *parts)
        given = [one for one, _ in group] + [values] * (draws - len(group))
        drawn = {
            name: np.array([one[name] for one in given])
            for name in values
            if BY_DRAW.fullmatch(name)
        }
        put = [(replacing.spot(scenario, name), each) for name, each in drawn.items()]
        together = replacing.replaced(scenario, put, model.months)
        return _question(self.weighs.of(building.build(together)), None), draws

    def _answer(self, question: Question, pipelines: Pipelines, draw: int) -> _Needed:
        """Return the team that a regime needs, in whole posts or allowing part posts."""
        if self.whole:
            sized = sizing.size(question)
            return _Needed(sized.posts, sized.cost, not sized.missing, not sized.unproven)
        question.__dict__["pipeline"] = pipelines.of(draw, question.model, question.caseload)
        parts = [self._least(part) for part in question.parts]
        added = np.sum([one.added for one in parts], axis=0)
        posts = question.model.people.posts[0] + question.model.by_month(added)
        cost = sum(one.cost for one in parts)
        return _Needed(posts, cost, not any(one.misses for one in parts), False)

    def _least(self, part: Question) -> _CheapestTeam:
        """Return the least-cost answer of some teams allowing part posts."""
        if part.teams in self.known:
            return self.known[part.teams]
        found = _least(part)
        if not self.touched & set(part.teams):
            self.known[part.teams] = found
        return found


class _Needed(NamedTuple):
    """The team that a regime needs."""

    posts: Array  # [month, grade]
    cost: float
    meets: bool
    proven: bool


def _shares(values: Values) -> tuple[float, ...]:
    """Return the shares of tiers that a regime manages reactively."""
    return tuple(value for name, value in values.items() if ".reactive_share." in name)


@dataclass(frozen=True)
class _CheapestTeam:
    """The least-cost answer of some teams allowing part posts."""

    added: Array  # posts, 0 for other teams. Shape: [grade, start]
    cost: float
    misses: bool


def _touched(model: Model, names: Iterable[str]) -> frozenset[int]:
    """Return the teams that choices are about; all where one team's work may bring another's."""
    every = frozenset(range(len(model.teams)))
    found = set()
    for name in names:
        section, whose, *_ = name.split(".")
        if model.queues.keys or section not in ("cohorts", "teams"):
            return every
        if section == "cohorts":
            found.add(int(model.team_of_cohort[model.cohorts.index(whose)]))
        else:
            found.add(model.teams.index(whose))
    return frozenset(found)


def _of(asked: _Asked, values: Values) -> Scenario | list[Problem]:
    """Return the scenario of a combination, or what is wrong with it."""
    try:
        if asked.whole:
            return asked.scenario.replace(values)
        return asked.template.point(tuple(values.values()))
    except ScenarioError as error:
        some = ", ".join(f"{name} = {show(value)}" for name, value in values.items())
        return [replace(one, setting=f"{one.setting} (choose {some})") for one in error.problems]


def _question(model: Model, like: Question | None) -> Question:
    """Return the sizing problem of a regime."""
    cases = caseloads.project(model)
    asked = demand.other_work(model, cases)
    staff = workforce.staff(model)
    today = projection.project(model, cases, asked, staff)
    return questions.ask(model, cases, asked, staff, today, like)


def _least(part: Question) -> _CheapestTeam:
    """Return the least-cost answer of some teams allowing part posts.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    answer = None
    for misses in (False, True):
        part.problem.allow_misses(misses)
        answer = part.problem.solve(fresh=misses)
        if answer is not None:
            missed = misses and part.misses(answer)
            return _CheapestTeam(part.posts_of(answer), part.cost_of(answer), missed)
    raise SolverError("infeasible although every rule may be missed", "sizing the team")


def left(model: Model, run: Projection) -> list[Left]:
    """Return what is left undone under a regime, by draw (EQ31).

    Args:
        model: the regime's.
        run: what is done, in the scenario's order of service.
    """
    found = []
    for came in outcomes.of_draws(model, run.caseload, run):
        known_, months = float(came.followed.sum()), float(came.months_since.sum())
        days = DAYS_A_MONTH * months / known_ if known_ else float("nan")
        found.append(Left(float(came.weighted_unseen.sum()), float(came.weighted.sum()), days))
    return found


class Weighing:
    """Weights and references of a scenario, for all its regimes (EQ31, EQ32)."""

    def __init__(self, model: Model) -> None:
        duties = model.duties
        self.known = dict(
            zip(
                model.rows,
                zip(duties.risk_weight.tolist(), duties.reference.tolist(), strict=True),
                strict=True,
            )
        )

    def of(self, model: Model) -> Model:
        """Return the model of a regime with the scenario's weights and references."""
        pairs = [self._of(row) for row in model.rows]
        duties = replace(
            model.duties,
            risk_weight=np.array([weight for weight, _ in pairs], dtype=float),
            reference=np.array([months for _, months in pairs], dtype=int),
        )
        return replace(model, duties=duties)

    def _of(self, row: RowKey) -> tuple[float, int]:
        """Return those of a row, or of the row whose share managed reactively it is."""
        for known_, pair in self.known.items():
            if known_ == row:
                return pair
        for known_, pair in self.known.items():
            if row == known_._replace(tier=reactive_part(known_.tier)):
                return pair
        raise KeyError(row)
