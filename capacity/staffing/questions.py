"""The sizing problem of some teams as a question: built when first asked, then asked at will."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from capacity import kinds
from capacity.engine import caseload as caseloads
from capacity.engine import projection, renewal, workforce
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand, other_work
from capacity.engine.model import Array, Model, Period, Whole
from capacity.engine.projection import Projection
from capacity.engine.workforce import Workforce
from capacity.staffing import effort, pipeline
from capacity.staffing.formulation import formulate
from capacity.staffing.operations import Operations, weight_of_waiting
from capacity.staffing.pipeline import Pipeline
from capacity.staffing.sheet import POUNDS_AN_HOUR_MISSED, Formulation
from capacity.staffing.solver import WHOLE, Answer, LinearProblem

CHECKED_TO = 1e-5
"""How closely every equation must hold in our own check."""

ENOUGH = 1e9
"""Hours per month that are enough for everything."""

MISSED = 1e-6
"""By how much a rule is missed, in its own units, before it counts as missed."""

EARLY_FOR_NOTHING = 1e-3
"""What one done early counts for in the second aim, against one overdue for a month: of no use by
itself it is a little dearer than leaving it, so that none is done idly."""

NEVER_WORSE = "Never worse than today"
"""What is missed where even a plan that misses rules would leave more waiting than today."""


@dataclass(frozen=True)
class Miss:
    """A rule missed in a period by some of its own units; of `short` hours, the team's name."""

    rule: str
    kind: str
    tier: str | None
    period: Period
    amount: float
    hours: float  # casework hours that it counts for


@dataclass
class Question:
    """The sizing problem of some teams of a model: built when first asked, solved at will."""

    model: Model
    caseload: Caseload
    demand: Demand
    baseline: Projection  # current posts in full hours: no plan leaves more overdue
    today_staff: Workforce
    teams: tuple[int, ...]
    known_today: Projection | None = None  # what current posts get done, where it is known already
    like: Question | None = None  # one of the same shape, whose answers are near
    prices: list[Array] = field(default_factory=list)  # of rows, in answers to the problem

    def __post_init__(self) -> None:
        """Remember the people of the posts asked about last: they are often asked for twice."""
        self._staffed: tuple[bytes, Workforce] = b"", self.today_staff

    def __getstate__(self) -> dict[str, Any]:
        """Leave the solver behind: a copy in another process builds its problem when asked."""
        built = ("problem", "parts", "like")
        return {name: value for name, value in vars(self).items() if name not in built}

    @cached_property
    def today(self) -> Projection:
        """What current posts get done."""
        if self.known_today is not None:
            return self.known_today
        cases = caseloads.project(self.model)
        asked = other_work(self.model, cases)
        return projection.project(self.model, cases, asked, self.today_staff)

    @cached_property
    def pipeline(self) -> Pipeline:
        """How due duties follow from those done."""
        return pipeline.coefficients(self.model, self.caseload)

    @cached_property
    def problem(self) -> LinearProblem:
        """The problem in the solver."""
        uncut = self.today_staff.uncut_hours[0]
        does = Operations(
            self.model, self.caseload, self.demand, self.pipeline, self.baseline, uncut, self.teams
        )
        return LinearProblem(formulate(does), self.like.problem if self.like else None)

    def by_year(self) -> Question | None:
        """Return the same question with posts that start with a financial year alone.

        None where they may start in no other month.
        """
        settings = self.model.scenario.settings
        if settings.sizing.starts == "year":
            return None
        asked = settings.sizing.model_copy(update={"starts": "year"})
        scenario = replace(
            self.model.scenario, settings=settings.model_copy(update={"sizing": asked})
        )
        found = replace(self, model=replace(self.model, scenario=scenario), like=None, prices=[])
        found.__dict__["pipeline"] = self.pipeline
        return found

    @cached_property
    def parts(self) -> tuple[Question, ...]:
        """The same question for teams that nothing links, each by itself."""
        groups = linked_teams(self.model)
        if len(groups) == 1:
            return (self,)
        known = {part.teams: part for part in self.like.parts} if self.like else {}
        parts = tuple(
            replace(self, teams=group, like=known.get(group), prices=[]) for group in groups
        )
        for part in parts:
            part.__dict__["pipeline"] = self.pipeline
        return parts

    @property
    def formulation(self) -> Formulation:
        """Where the columns and rows of the problem stand."""
        return self.problem.formulation

    def posts_of(self, answer: Answer) -> Array:
        """Return added posts of an answer, 0 for other teams' grades. Shape: [grade, start]."""
        added = self.formulation.added
        return np.where(added >= 0, answer.columns[added], 0.0)

    def cost_of(self, answer: Answer) -> float:
        """Return the discounted cost of an answer, misses apart (EQ15)."""
        return float(self.problem.cost @ answer.columns) + self.formulation.constant

    def fix_posts(self, added: Array) -> None:
        """Hold added posts at given numbers."""
        there = self.formulation.added >= 0
        self.problem.bind(self.formulation.added[there], added[there], added[there])

    def may_be(self, added: Array) -> bool:
        """Return whether posts taken away are no more than there are, and none too many (EQ16)."""
        there = self.formulation.added >= 0
        columns = self.formulation.added[there]
        least, most = self.problem.lower[columns], self.problem.upper[columns]
        return bool(((least - WHOLE <= added[there]) & (added[there] <= most + WHOLE)).all())

    def free_posts(self) -> None:
        """Let added posts be decided again."""
        columns = self.formulation.added[self.formulation.added >= 0]
        problem = self.problem
        problem.bind(columns, problem.lower[columns], problem.upper[columns])

    def staff(self, added: Array) -> Workforce:
        """Return the people that follow from added posts (EQ14)."""
        asked = added.tobytes()
        if asked != self._staffed[0]:
            by_month = self.model.by_month(added)
            staffed = workforce.staff(self.model, self.model.people.posts + by_month[None])
            self._staffed = asked, staffed
            effort.spend(effort.ASKED)
        return self._staffed[1]

    def fix_people(self, staff: Workforce) -> None:
        """Hold people at what recruitment gives, so that none is held back or brought forward."""
        for columns, numbers in self.people_of(staff):
            there = columns >= 0
            self.problem.bind(columns[there], numbers[there], numbers[there])
        self.problem.free_rows("EQ14")  # the people held are its very answer

    def people_of(self, staff: Workforce) -> Iterator[tuple[Whole, Array]]:
        """Yield the columns of people, and the numbers that recruitment gives (EQ14)."""
        places = self.formulation
        yield places.in_post, staff.in_post[0]
        yield places.joined, np.cumsum(staff.joiners - staff.joined_due, axis=1)[0]
        yield places.joined_due, staff.joined_due[0]
        yield places.released, np.cumsum(staff.releases, axis=1)[0]
        yield places.spilt, np.maximum(0.0, -staff.uncut_hours[0])

    def free_people(self) -> None:
        """Let people follow from the inequalities of EQ14 again."""
        places, problem = self.formulation, self.problem
        held = (places.in_post, places.joined, places.joined_due, places.released, places.spilt)
        for columns in held:
            there = columns[columns >= 0]
            problem.bind(there, problem.lower[there], problem.upper[there])
        problem.hold_rows("EQ14")

    def plan_of(self, added: Array, *, near: bool = True) -> Answer | None:
        """Return what posts cost with the people of EQ14, posts and people left free again.

        None where rules that may not be missed cannot be met, or in the time nothing was proven.

        Args:
            added: posts by grade and start.
            near: the last answer was of nearly the same posts, which makes this one come sooner.
        """
        self.fix_posts(added)
        self.fix_people(self.staff(added))
        answer = self.problem.try_solve(fresh=not near)
        self.free_people()
        self.free_posts()
        return answer

    def missing_least(self, added: Array, *, near: bool = True) -> Answer | None:
        """Return what `plan_of` does where rules may be missed, whether they may now or not."""
        problem, misses = self.problem, self.problem.misses_allowed
        problem.allow_misses(True)
        answer = self.plan_of(added, near=near)
        problem.allow_misses(misses)
        return answer

    def current_posts(self) -> Answer | None:
        """Return what the current posts do as a plan; None if it does not keep every row."""
        return self._as_done(
            np.zeros(self.formulation.added.shape), self.today_staff, self.baseline
        )

    def in_strict_order(self, added: Array, *, waiting: bool = True) -> Answer | None:
        """Return what given posts do in the order of EQ13 as a plan; None if it breaks a row.

        Args:
            added: posts by grade and start.
            waiting: whether what is left waiting must keep its bounds too.
        """
        staff = self.staff(added)
        effort.spend(effort.PROJECTED * self.model.months)
        run = projection.project(
            self.model, self.caseload, self.demand, staff, overtime="limit", full_hours=True
        )
        return self._as_done(added, staff, run, waiting=waiting)

    def _as_done(
        self, added: Array, staff: Workforce, run: Projection, *, waiting: bool = True
    ) -> Answer | None:
        """Return a projection as a plan, multiplied out against every row but those of EQ14."""
        places = self.formulation
        columns = np.zeros(len(self.problem.cost))
        for at, numbers in (
            (places.added, added),
            (places.done, run.done[0]),
            (places.outstanding, run.outstanding[0]),
            (places.overtime, run.overtime[0]),
            (places.lent, run.lending[0]),
            (places.short, run.short[0]),
            *self.people_of(staff),
        ):
            columns[at[at >= 0]] = np.broadcast_to(numbers, at.shape)[at >= 0]
        for (t, r, months), column in places.waited.items():
            if column >= 0:
                columns[column] = renewal.waited(run.states[t], r, months)[0]
        unbound = places.outstanding[places.outstanding >= 0]
        return self.problem.multiplied_out(columns, "EQ14", unbound[:0] if waiting else unbound)

    def waits_longer(self, answer: Answer) -> float:
        """Return by how much most, in cases, a plan leaves more waiting than it may."""
        columns = self.formulation.outstanding[self.formulation.outstanding >= 0]
        over = answer.columns[columns] - self.problem.upper[columns]
        return float(over.max(initial=0.0))

    @property
    def trifle(self) -> float:
        """How far, in cases or hours, an equation of a plan may be off in our own check."""
        return CHECKED_TO * max(1.0, float(np.abs(self.baseline.own).max(initial=0.0)))

    def misses_with(
        self, added: Array, staff: Workforce | None = None, *, since: int = 0
    ) -> tuple[Miss, ...]:
        """Return what is missed least with given posts and people, most hours first.

        By default the people of EQ14 for these posts.

        Args:
            added: posts by grade and start.
            staff: their people.
            since: the month before which nothing is missed, if that can be.
        """
        problem, places = self.problem, self.formulation
        allowed = problem.misses_allowed
        problem.allow_misses(True)
        self.fix_posts(added)
        self.fix_people(staff or self.staff(added))
        answer = None
        if since:
            kept = self._missable_before(since)
            problem.bind(kept, problem.lower[kept], np.zeros(len(kept)))
            answer = problem.solve(fresh=True)  # of answers as good always the same
            problem.allow_misses(True)
        answer = answer or problem.solve(fresh=True)
        self.free_people()
        self.free_posts()
        problem.allow_misses(allowed)
        if answer is None:  # all rules may be missed but that of never worse than today
            whole = Period(self.model.calendar.labels[-1], 0, self.model.months)
            return (Miss(NEVER_WORSE, kinds.WORSE.key, None, whole, 0.0, float("inf")),)
        hours = answer.columns * problem.penalty / POUNDS_AN_HOUR_MISSED
        found = [
            Miss(
                row.rule,
                row.kind,
                row.tier,
                row.period,
                float(answer.columns[row.missed]),
                float(hours[row.missed]),
            )
            for row in places.rule_rows
            if hours[row.missed] > CHECKED_TO
        ]
        for (t, team), column in np.ndenumerate(places.short):
            if column >= 0 and hours[column] > CHECKED_TO:
                period = Period(self.model.calendar.labels[t], t, t + 1)
                short = float(answer.columns[column])
                found.append(
                    Miss(self.model.teams[team], kinds.SHORT.key, None, period, short, short)
                )
        return tuple(sorted(found, key=lambda miss: -miss.hours))

    def _missable_before(self, month: int) -> Whole:
        """Return the columns of what may be missed in periods that end before a month begins."""
        places = self.formulation
        rules = [row.missed for row in places.rule_rows if row.period.end <= month]
        short = places.short[:month]
        every = np.array([*rules, *short[short >= 0].tolist()], dtype=np.int64)
        return np.intersect1d(every, self.problem.missable)

    def misses(self, answer: Answer) -> bool:
        """Return whether a plan misses some rule, even one that counts for no hours."""
        return bool((answer.columns[self.problem.missable] > MISSED).any())

    def second_aim(self, least: Answer) -> Array:
        """Return what a plan of least cost minimises next (EQ15): what it leaves waiting.

        Each row is weighted by its times a year; by its risk where rules are missed, a budget
        stands or the total of posts is kept: it is then a matter of choosing who waits (EQ31).

        Returns:
            Shape: [column].
        """
        duties, places = self.model.duties, self.formulation
        by_risk = self.misses(least) or self._budgeted or self.model.keeps_total
        each = weight_of_waiting(self.model) if by_risk else duties.per_year[0]
        each = np.broadcast_to(each, places.done.shape)
        aim = np.zeros(len(self.problem.cost))
        waiting, done = places.outstanding, places.done
        aim[waiting[waiting >= 0]] = each[waiting >= 0]
        lapses = (done >= 0) & (waiting < 0)
        aim[done[lapses]] = -each[lapses]
        early = places.early
        ahead = np.broadcast_to(each[:, :, None], early.shape)
        aim[early[early >= 0]] = EARLY_FOR_NOTHING * ahead[early >= 0]
        return aim

    @property
    def _budgeted(self) -> bool:
        """Whether a budget stands for any of the teams."""
        return any(
            rule.first < self.model.months and (rule.team is None or rule.team in self.teams)
            for rule in self.model.rules.budgets
        )

    def programme(self, added: Array) -> Answer | None:
        """Return what is done at least cost with given posts, then by the second aim (EQ15).

        The people are those of EQ14 for these posts. Posts and people stay held.
        """
        self.fix_posts(added)
        self.fix_people(self.staff(added))
        problem = self.problem
        least = problem.solve(fresh=True)
        if least is None:
            return None
        with problem.at_the_cost_of(least, self.second_aim(least)):
            best = problem.try_solve(fresh=True)
        if best is None:
            return least
        return Answer(best.columns, least.objective, least.bound)


def linked_teams(model: Model, more: Iterable[tuple[int, int]] = ()) -> tuple[tuple[int, ...], ...]:
    """Return the teams in groups that share no lending, budget, total of posts or flow of work.

    Args:
        model: the scenario as arrays.
        more: further pairs of teams that belong together.

    Returns:
        One tuple of teams a group.
    """
    group = list(range(len(model.teams)))
    pairs = [*((rule.lender, rule.borrower) for rule in model.lending), *more]
    if any(rule.team is None for rule in model.rules.budgets):
        pairs += [(0, team) for team in group]
    if model.keeps_total:
        pairs += [(0, team) for team in group]
    for flow in model.queues.flows:  # what one team does is another's work
        joined = np.flatnonzero(flow.joins.max(axis=(0, 1))[model.queues.tiers.start :] > 0)
        pairs += [
            (int(model.duties.team_of[row]), int(model.duties.team_of[model.queues.rows[n]]))
            for row in flow.rows
            for n in joined.tolist()
        ]
    for one, other in pairs:
        old, new = group[other], group[one]
        group = [new if place == old else place for place in group]
    return tuple(
        tuple(team for team, place in enumerate(group) if place == name)
        for name in dict.fromkeys(group)
    )


def held(model: Model, caseload: Caseload, demand: Demand, staff: Workforce) -> Caseload:
    """Return the cases if all that queues lead to is done when it can be, whatever is decided.

    What is done decides how many cases there will be, and how many there are decides who is needed.
    Sizing takes the cases that come when queues are kept up with (EQ26).
    """
    enough = replace(staff, own_hours=np.full_like(staff.own_hours, ENOUGH))
    run = projection.project(model, caseload, demand, enough, full_hours=True, waits="none")
    first = model.queues.tiers.start
    entrants = np.concatenate(
        [run.caseload.entrants[:, :, :first], caseload.entrants[:, :, first:]], axis=2
    )
    return replace(caseload, cases=run.caseload.cases, entrants=entrants, held=True)


def ask(
    model: Model,
    caseload: Caseload,
    demand: Demand,
    staff: Workforce,
    today: Projection | None = None,
    like: Question | None = None,
) -> Question:
    """Return the sizing problem of a model, ready to be solved.

    Args:
        model: the scenario as arrays.
        caseload: its cases.
        demand: its other work.
        staff: current posts.
        today: what they get done, where that is known already.
        like: the question of a scenario that differs in a few settings.
    """
    teams = tuple(range(len(model.teams)))
    if model.queues.into_cohorts and not caseload.held:
        caseload = held(model, caseload, demand, staff)
        demand = other_work(model, caseload)
    full_hours = projection.behaves(model, demand) or model.queues.into_cohorts
    baseline = None if full_hours else today
    if baseline is None:
        baseline = projection.project(model, caseload, demand, staff, full_hours=full_hours)
    known = today if full_hours else baseline
    return Question(model, caseload, demand, baseline, staff, teams, known, like)
