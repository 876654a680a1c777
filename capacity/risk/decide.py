"""What to agree now, and the rule by which posts are reviewed each year (EQ30).

Firm posts are agreed now, since no review can bear fruit before; later ones follow a rule that
uses only what is known at each review. Both are found on the same draws: the least expected cost
at which every standard holds with the probability asked for, in every year within reach. What is
told is read off draws that were not searched on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from capacity.engine.model import Array, Flags, Model, Whole
from capacity.risk import chances, futures, review
from capacity.risk.chances import ConfidenceOf, VerdictRecord
from capacity.risk.confident import FRESH
from capacity.risk.draws import Draws
from capacity.risk.futures import Staffing, World
from capacity.risk.review import Maker, ReviewRule
from capacity.staffing import costs
from capacity.stages import PlanResult

ASKED = 0.8
"""The probability asked for where the scenario names none."""

ROUGHLY, SEARCHED = 400, 1_200
"""Draws on which posts are sought first, and then."""

THREADS = min(4, os.cpu_count() or 1)
"""Draws are worked out on so many threads at once; the numbers are the same on any."""

LARGE = 3
"""Posts that a large step adds."""

FAR = 0.5
"""Probability of a team's standards below which posts are added in large steps."""

MOST_STEPS = 60
"""Steps of a search at most."""

SURE = 0.99
"""Probability of a team's standards from which more posts of it are not tried."""

STILL_WORTH = 0.75
"""Share of its first worth for which a step is done again before others are tried."""

MATTERS = 0.005
"""A rise of a probability, over all periods, for which a step is still worth its cost."""

FURTHEST = 3.0
"""Standard errors beyond which a trial on few draws is believed."""


@dataclass(frozen=True)
class Worked:
    """A reviewed plan in some draws. Shape: [draw, month, grade] and [draw, month, team]."""

    record: VerdictRecord
    posts: Array
    overtime: Array


@dataclass(frozen=True)
class ReviewedPlan:
    """What to agree now, what is reviewed, and how probable it makes every standard.

    Attributes:
        asked: the probability asked for.
        of: of what it is asked.
        base: posts without any review: those there are and those agreed now. [month, grade].
        added: firm posts, those beyond the posts there are. Shape: [month, grade].
        spare: spare posts of the rule, by team.
        rule: the review rule; no rows where there is no review or no need of one.
        periods: those asked for.
        chance: of every standard together, on fresh draws. Shape: [period].
        error: its standard error. Shape: [period].
        out_of_reach: periods in which twice the current posts would not be enough.
        reach_from: for each of them, the first month from which they would be; None if never.
        posts: in fresh draws. Shape: [draw, month, grade].
        cost: expected, discounted, overtime included.
        tried: plans tried.
    """

    asked: float
    of: ConfidenceOf
    base: Array
    added: Array
    spare: dict[int, int]
    rule: ReviewRule
    periods: tuple[str, ...]
    chance: Array
    error: Array
    out_of_reach: tuple[str, ...]
    reach_from: tuple[str | None, ...]
    record: VerdictRecord
    posts: Array
    overtime: Array
    cost: float
    draws: int
    tried: int

    @property
    def first_review(self) -> int | None:
        """The first month whose posts a review sets; None without reviews."""
        return self.rule.reviews[0].first if self.rule.reviews else None


@dataclass(frozen=True, order=True)
class Choice:
    """Firm posts more than the plan for the central case has, and spare ones of the rule."""

    firm: tuple[int, ...]  # by team with a rule
    spare: tuple[int, ...]

    def step(self, kind: str, place: int, by: int) -> Choice:
        """Return the choice with so many posts more in one place."""
        firm, spare = list(self.firm), list(self.spare)
        (firm if kind == "firm" else spare)[place] += by
        return Choice(tuple(firm), tuple(spare))


Move = tuple[str, int, int]
"""Firm or spare posts, of which team, how many."""


class Tried(NamedTuple):
    """What a choice comes to.

    Attributes:
        chance: that every standard holds. Shape: [period].
        by_team: that every standard of a team does. Shape: [team, period].
        costs: discounted. Shape: [draw].
        missed: whether some standard does not hold. Shape: [draw, period].
        weight: of the draws, where they do not all weigh the same (EQ29). Shape: [draw].
    """

    chance: Array
    by_team: Array
    costs: Array
    missed: Flags
    weight: Array | None = None

    @property
    def cost(self) -> float:
        """Expected cost, discounted."""
        return float(np.average(self.costs, weights=self.weight))


class PostSearch:
    """Choices tried on the same draws.

    Args:
        plan: a plan with the team needed for the central case.
        draws: the simulations.
        searched: draws that are searched on.
        reviewed: whether posts are reviewed; else all are fixed now.
        like: a search whose draws are taken, and what it knows of twice the posts.
    """

    def __init__(
        self,
        plan: PlanResult,
        draws: Draws,
        searched: int = SEARCHED,
        *,
        reviewed: bool = True,
        like: PostSearch | None = None,
    ) -> None:
        assert plan.sizing is not None
        self.plan, self.draws, self.model = plan, draws, plan.model
        sizing = plan.scenario.settings.sizing
        self.of: ConfidenceOf = sizing.confidence_of
        self.asked = ASKED if sizing.confidence is None else float(sizing.confidence.value)
        self.maker = Maker(plan, int(sizing.review_month.value) if reviewed else 0)
        self.teams = self.maker.teams
        self.until = self.maker.reviews[0].first if self.maker.reviews else plan.model.months
        self.searched = searched
        self.few = min(ROUGHLY, searched)
        self.sample: list[World] = like.sample if like else self.portions(1, self.few + 1)
        self.rest: list[World] = like.rest if like else self.portions(self.few + 1, searched + 1)
        self.fresh_ones: dict[int, list[World]] = like.fresh_ones if like else {}
        if like:
            self.best = like.best
        self.known: dict[tuple[int, Choice], Tried] = {}
        self.choice: Choice | None = None  # once it is found

    def portions(self, first: int, end: int) -> list[World]:
        """Return the worlds of some draws, one for each thread or more."""
        size = min(futures.CHUNK, max(1, -(-(end - first) // THREADS)))
        return [futures.world(self.draws, part) for part in futures.chunks(first, end, size)]

    def fresh(self, number: int) -> list[World]:
        """Return the worlds of draws that are not searched on, made once for all that ask."""
        if number not in self.fresh_ones:
            self.fresh_ones[number] = self.portions(FRESH, FRESH + number)
        return self.fresh_ones[number]

    @property
    def worlds(self) -> list[World]:
        """All draws that are searched on."""
        return [*self.sample, *self.rest]

    # One choice ----------------------------------------------------------------------------

    def base(self, choice: Choice) -> Array:
        """Return the posts without any review. Shape: [month, grade]."""
        people, sizing = self.model.people, self.plan.sizing
        assert sizing is not None
        today = people.posts[0]
        added = sizing.posts - today
        ruled = [grade for grade in self.maker.grade_of.values() if grade is not None]
        if self.until < self.model.months:
            added[self.until :, ruled] = added[self.until - 1, ruled]
        for place, team in enumerate(self.teams):
            grade = self.maker.grade_of[team]
            assert grade is not None
            begin = min(int(people.lead[0, 0, grade]), self.until - 1)
            _add(added, grade, begin, choice.firm[place], people.may_shrink)
            if not self.maker.reviews:  # without reviews spare posts come in the middle
                _add(added, grade, self.half, choice.spare[place], people.may_shrink)
        posts = today + added
        return review.supervised(self.model, posts)

    def team(self, choice: Choice) -> tuple[Staffing, ReviewRule]:
        """Return the team of a choice and the rule that it is reviewed by."""
        base = self.base(choice)
        rule = self.maker.rule(base, dict(zip(self.teams, choice.spare, strict=True)))
        return Staffing("reviewed", base, "limit"), rule

    def course(
        self, choice: Choice, worlds: Sequence[World], of: ConfidenceOf | None = None
    ) -> Worked:
        """Return what becomes of a choice, judged by what one probability needs, or in full."""
        team, rule = self.team(choice)
        follow = partial(review.follow, team=team, rule=rule)
        ran = list(futures.side_by_side(THREADS, follow, worlds))
        return Worked(
            chances.record(self.model.calendar, ran, of),
            np.concatenate([future.staff.posts for future in ran]),
            np.concatenate([future.projection.overtime for future in ran]),
        )

    def tried(self, choice: Choice, worlds: Sequence[World]) -> Tried:
        """Return what a choice comes to in the draws that are searched on."""
        key = (sum(len(world.numbers) for world in worlds), choice)
        if key not in self.known:
            ran = self.course(choice, worlds, self.of)
            names = self.periods
            by_team = np.ones((len(self.teams), len(names)))
            for place, team in enumerate(self.teams):
                held = ran.record.held(self.of, self.rules_of(team, ran.record))
                for name, flags in held.items():
                    share = np.average(flags, weights=ran.record.weight)
                    by_team[place, names.index(name)] = share
            together = ran.record.held(self.of, ran.record.named(None)).values()
            missed = ~np.stack(list(together), axis=1)
            weight = ran.record.weight
            chance = 1.0 - np.average(missed, axis=0, weights=weight)
            self.known[key] = Tried(chance, by_team, self.costs(ran), missed, weight)
        return self.known[key]

    def rules_of(self, team: int, record: VerdictRecord) -> tuple[int, ...]:
        """Return the standards that a team has to meet."""
        names = [
            cohort
            for cohort, mine in zip(self.model.cohorts, self.model.team_of_cohort, strict=True)
            if mine == team
        ]
        settings, mine_ = self.model.scenario.settings, self.model.teams[team]
        return tuple(
            n
            for n, rule in enumerate(record.rules)
            if rule.cohort in names
            or (rule.cohort is None and settings.team_of(None, rule.duty) in (None, mine_))
        )

    def costs(self, course: Worked) -> Array:
        """Return the cost of posts and overtime, discounted (EQ15). Shape: [draw]."""
        return discounted(self.model, course.posts, course.overtime)

    # The search ----------------------------------------------------------------------------

    @property
    def half(self) -> int:
        """The first month of the financial year in the middle of the plan."""
        year_of = self.model.calendar.year_of
        return int(np.flatnonzero(year_of == year_of[self.model.months // 2])[0])

    @cached_property
    def best(self) -> VerdictRecord:
        """Whether standards hold with twice the current posts."""
        team = generous(self.plan)
        ran = [futures.run(world, team) for world in self.sample]
        return chances.record(self.model.calendar, ran, self.of)

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """The periods that a probability is asked for."""
        return tuple(self.best.held(self.of, self.best.named(None)))

    @cached_property
    def early(self) -> Flags:
        """Whether a period begins before a review bears fruit. Shape: [period]."""
        return self._begins <= int(self.model.calendar.year_of[self.until - 1])

    @property
    def _begins(self) -> Whole:
        """The place of the financial year in which each period begins. Shape: [period]."""
        years = self.model.calendar.years
        named = [name.split(maxsplit=1)[0] for name in self.periods]
        return np.array([years.index(name) if name in years else 0 for name in named])

    def within_reach(self) -> Flags:
        """Return the periods in which some number of posts is enough.

        Where posts or money are limited nobody knows before trying.

        Returns:
            Shape: [period].
        """
        if self.model.rules.budgets or self.model.rules.posts:
            return np.ones(len(self.periods), dtype=bool)
        return chances.by_period(self.best, self.of) >= self.asked

    def without_reviews(self) -> PostSearch:
        """Return the search of posts that are fixed now, on the same draws."""
        return PostSearch(self.plan, self.draws, self.searched, reviewed=False, like=self)

    def answer(self, number: int) -> ReviewedPlan:
        """Search, and tell of what is found on fresh draws.

        Args:
            number: of fresh draws that the probabilities are told of.
        """
        within = self.within_reach()
        self.choice = self.chosen(within)
        return self.told(self.choice, within, number)

    def told(self, choice: Choice, within: Flags, number: int) -> ReviewedPlan:
        """Return what becomes of a choice on fresh draws."""
        names = self.periods
        team, rule = self.team(choice)
        told = self.course(choice, self.fresh(number))
        held = told.record.held(self.of, told.record.named(None))
        every = [chances.estimate(flags, told.record.weight) for flags in held.values()]
        lost = tuple(name for name, ok in zip(names, within, strict=True) if not ok)
        return ReviewedPlan(
            asked=self.asked,
            of=self.of,
            base=team.posts,
            added=team.posts - self.model.people.posts[0],
            spare=dict(zip(self.teams, choice.spare, strict=True)),
            rule=rule,
            periods=tuple(held),
            chance=np.array([chance for chance, _ in every]),
            error=np.array([error for _, error in every]),
            out_of_reach=lost,
            reach_from=tuple(self.earliest(name, self.best) for name in lost),
            record=told.record,
            posts=told.posts,
            overtime=told.overtime,
            cost=float(np.average(self.costs(told), weights=told.record.weight)),
            draws=number,
            tried=len(self.known),
        )

    def chosen(self, within: Flags) -> Choice:
        """Return the choice of least expected cost that is sure enough where it can be."""
        choice = Choice((0,) * len(self.teams), (0,) * len(self.teams))
        if within.any():
            choice = self.up(choice, self.sample, within)
            choice = self.up(choice, self.worlds, within)
            reached = within & (self.tried(choice, self.worlds).chance >= self.asked)
            choice = self.down(choice, reached)
        return choice

    def earliest(self, period: str, best: VerdictRecord) -> str | None:
        """Return the first month from which twice the posts are enough to the year's end."""
        calendar = self.model.calendar
        year = period.split(maxsplit=1)[0]
        if year not in calendar.years:
            return None
        months = np.flatnonzero(calendar.year_of >= calendar.years.index(year))
        rules = best.named(None)
        for month in months.tolist():
            end = int(np.flatnonzero(calendar.year_of == calendar.year_of[month])[-1]) + 1
            held = best.in_months(rules, month, end)
            if held is not None and np.average(held, weights=best.weight) >= self.asked:
                return calendar.labels[month]
        return None

    def up(self, choice: Choice, worlds: Sequence[World], wanted: Flags) -> Choice:
        """Return a choice that reaches the probability asked for, by steps worth most."""
        for _ in range(MOST_STEPS):
            if self.lacks(choice, worlds, wanted) <= 0:
                break
            steps = [
                (self.worth(choice, step, worlds, wanted), step)
                for step in self.steps(choice, worlds, wanted)
            ]
            worth, step = max(steps, default=(0.0, None))
            if step is None or worth <= 0:
                break
            # The same again for as long as it is worth nearly as much.
            while self.worth(choice, step, worlds, wanted) >= STILL_WORTH * worth:
                choice = choice.step(*step)
        return choice

    def lacks(self, choice: Choice, worlds: Sequence[World], wanted: Flags) -> float:
        """Return by how much the probabilities of a choice are too low, added up."""
        short = np.maximum(0.0, self.asked - self.tried(choice, worlds).chance)
        return float(short[wanted].sum())

    def worth(self, choice: Choice, step: Move, worlds: Sequence[World], wanted: Flags) -> float:
        """Return how much probability that lacked a step brings for each pound."""
        trial = choice.step(*step)
        left = self.lacks(trial, worlds, wanted)
        gain = self.lacks(choice, worlds, wanted) - left
        if gain < (MATTERS if left > 0 else 0.0) or gain <= 0:
            return 0.0
        dearer = self.tried(trial, worlds).cost - self.tried(choice, worlds).cost
        return gain / max(dearer, 1.0)

    def steps(self, choice: Choice, worlds: Sequence[World], wanted: Flags) -> Iterator[Move]:
        """Yield the steps worth trying: in the team that is least sure, where posts are in time.

        Where none of them is of use those of the other teams follow.
        """
        now = self.tried(choice, worlds)
        low = wanted & (now.chance < self.asked)
        sure = now.by_team[:, low].min(axis=1)
        for place in np.argsort(sure, kind="stable").tolist():
            if sure[place] >= SURE:
                return
            by = LARGE if sure[place] < FAR else 1
            found = [(kind, place, by) for kind in self.kinds(low)]
            yield from found
            if any(self.worth(choice, one, worlds, wanted) > 0 for one in found):
                return

    def kinds(self, low: Flags) -> Iterator[str]:
        """Yield which posts can help in some periods: firm ones early, spare ones later."""
        # Posts of the first review are filled, and their people trained, only in its first year.
        last = int(self.model.calendar.year_of[min(self.until, self.model.months - 1)])
        if (self._begins[low] <= last).any() or not self.maker.reviews:
            yield "firm"
        if not (self.maker.reviews and self.early[low].all()):
            yield "spare"

    def down(self, choice: Choice, reached: Flags) -> Choice:
        """Return a choice from which no post can be taken away.

        Where a period is out of reach before a review bears fruit, the posts agreed now are at
        least those of the plan for the central case: they still bring it nearer.
        """
        least = -np.inf if reached[self.early].all() else 0
        places = [(kind, place) for kind in ("firm", "spare") for place in range(len(self.teams))]
        while places and reached.any():
            cost = self.tried(choice, self.worlds).cost
            # What could not be spared before, or saved nothing, cannot be once there are fewer.
            left = {
                (kind, place): trial
                for kind, place in places
                if (trial := self.smaller(choice, kind, place, least))
                and self.holds(trial, reached)
                and self.tried(trial, self.worlds).cost < cost
            }
            places = list(left)
            if left:
                choice = min(left.values(), key=lambda one: self.tried(one, self.worlds).cost)
        return choice

    def smaller(self, choice: Choice, kind: str, place: int, least: float) -> Choice | None:
        """Return the choice with one post fewer; None where that is none, or too few."""
        trial = choice.step(kind, place, -1)
        fewer = kind == "spare" or trial.firm[place] >= least
        ruled = kind == "spare" and bool(self.maker.reviews)
        return trial if fewer and (ruled or self.differ(trial, choice)) else None

    def differ(self, choice: Choice, other: Choice) -> bool:
        """Return whether the posts without any review are others."""
        return not np.array_equal(self.base(choice), self.base(other))

    def holds(self, choice: Choice, reached: Flags) -> bool:
        """Return whether a choice reaches what is asked; what is far from it is told early."""
        few = self.tried(choice, self.sample).chance
        far = FURTHEST * np.sqrt(self.asked * (1 - self.asked) / self.few)
        if (few[reached] < self.asked - far).any():
            return False
        return bool((self.tried(choice, self.worlds).chance[reached] >= self.asked).all())


def generous(plan: PlanResult) -> Staffing:
    """Return twice the posts that carry cases, and five in each grade, from the first month on."""
    people = plan.model.people
    posts = people.posts[0].copy()
    carries = (people.share[0].max(axis=0) > 0) & np.isnan(people.supervises[0]).all(axis=0)
    for grade in np.flatnonzero(carries).tolist():
        posts[:, grade] += np.ceil(posts[:, grade].max() + 5)
    return Staffing("generous", review.supervised(plan.model, posts), "limit")


def discounted(model: Model, posts: Array, overtime: Array) -> Array:
    """Return the discounted cost of posts and overtime (EQ15).

    Args:
        model: the scenario as arrays.
        posts: shape [draw, month, grade].
        overtime: hours. Shape: [draw, month, team].

    Returns:
        Cost in pounds. Shape: [draw].
    """
    monthly = (posts * model.people.cost[0] / 12).sum(axis=2)
    monthly = monthly + (overtime * model.people.overtime_cost[0]).sum(axis=2)
    found: Array = monthly @ costs.discount_factors(model)
    return found


def _add(added: Array, grade: int, begin: int, more: int, may_shrink: Flags) -> None:
    """Add posts of a grade from a month on, or take some of those added away."""
    span = slice(begin if more >= 0 else 0, None)
    there = added[span, grade]
    least = np.where(may_shrink[span, grade], -np.inf, np.minimum(there, 0.0))
    added[span, grade] = np.maximum(there + more, least)
