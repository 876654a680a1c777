"""The rule of a yearly review: from what is known then, the posts from the next April (EQ30).

A rule is a table. The posts of a grade are the largest of its rows whose measure reaches the
row's value, so that it can be applied by hand, and nothing that comes after the review is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from capacity.engine import demand, standards
from capacity.engine.model import (
    MONTHS_A_YEAR,
    Array,
    Flags,
    Model,
    MostPosts,
    Whole,
    blank,
)
from capacity.risk import futures
from capacity.risk.futures import Future, Staffing, World
from capacity.risk.review_table import OF_CASES, OF_HOURS, Review, most_reached
from capacity.stages import PlanResult
from capacity.wording import FIRST_MONTH_OF_YEAR

Measured = Literal["cases", "hours"]
"""What is known at a review: a team's cases, or the hours a month that its work needs."""

CODES: dict[Measured, int] = {"cases": OF_CASES, "hours": OF_HOURS}
"""The same for the compiled simulation."""

MEASURES: tuple[Measured, ...] = ("cases", "hours")

BEYOND = 1.0
"""Share of the posts of the plan by which a table goes on beyond them."""

MORE = 6
"""Posts by which it goes on at least."""

CLEARED_IN = 12
"""Months in which what is overdue at a review is to be done."""


class ReviewDate(NamedTuple):
    """A review. Months are counted from the start.

    Attributes:
        month: in which it takes place; what is known is the state at the end of the one before.
        first: from which its posts hold.
        end: up to which they hold, that of the next review.
    """

    month: int
    first: int
    end: int


class Threshold(NamedTuple):
    """A row of a rule: from this value of a measure on, so many posts."""

    review: int  # place in the rule's reviews
    team: int
    grade: int
    measure: Measured
    at_least: float
    posts: float


@dataclass(frozen=True)
class ReviewRule:
    """A review rule: its reviews, and its rows."""

    reviews: tuple[ReviewDate, ...]
    rows: tuple[Threshold, ...]

    @cached_property
    def laid_out(self) -> Review:
        """The same rows as the compiled simulation takes them."""
        dates = [self.reviews[row.review] for row in self.rows]
        return Review(
            month=np.array([one.month for one in dates], dtype=np.int64),
            start=np.array([one.first for one in dates], dtype=np.int64),
            team=np.array([row.team for row in self.rows], dtype=np.int64),
            grade=np.array([row.grade for row in self.rows], dtype=np.int64),
            measure=np.array([CODES[row.measure] for row in self.rows], dtype=np.int64),
            at_least=np.array([row.at_least for row in self.rows], dtype=float),
            posts=np.array([row.posts for row in self.rows], dtype=float),
        )

    def of(self, review: int) -> Iterator[Threshold]:
        """Yield the rows of a review."""
        return (row for row in self.rows if row.review == review)


def reviews(model: Model, month_of_year: int) -> tuple[ReviewDate, ...]:
    """Return the reviews of a horizon: the first strictly after the start, then every year.

    Args:
        model: the scenario as arrays.
        month_of_year: the month of the review, 1 to 12; 0 for no reviews.

    Returns:
        Those whose posts begin within the horizon.
    """
    if not month_of_year:
        return ()
    start = model.calendar.start
    found: list[ReviewDate] = []
    for month in range(1, model.months):
        if (start.month - 1 + month) % MONTHS_A_YEAR + 1 == month_of_year:
            ahead = (FIRST_MONTH_OF_YEAR - month_of_year) % MONTHS_A_YEAR or MONTHS_A_YEAR
            first = month + ahead
            if first < model.months:
                end = min(first + MONTHS_A_YEAR, model.months)
                found.append(ReviewDate(month, first, end))
    return tuple(found)


# What is known at a review -----------------------------------------------------------------


def measure(future: Future, month: int) -> dict[Measured, Array]:
    """Return what is known at a month's end of each team.

    Cases are all that its cohorts have. Hours are what these cases need in a month: other work,
    new cases as many as on average of the last year, every activity as often as it is owed, and
    what is overdue, done within a year.

    Args:
        future: what a team got done in some draws; nothing after the month is read.
        month: the month, from 0.

    Returns:
        By measure. Shape: [draw, team] each.
    """
    done, model = future.projection, future.world.model
    duties, caseload = model.duties, done.caseload
    draws = max(len(done.due), len(caseload.cases))
    cases, hours = (blank(draws, len(model.teams)) for _ in range(2))
    for tier in model.of_cohorts:
        cases[:, model.team_of_tier[tier]] += caseload.cases[:, month, tier]
    entrants = caseload.entrants.copy()
    entrants[:, month] = entrants[:, max(0, month + 1 - MONTHS_A_YEAR) : month + 1].mean(axis=1)
    hours += demand.other_work(model, replace(caseload, entrants=entrants)).teams[:, month]
    by_row = caseload.cases[:, month].T[duties.tier_of].T
    owed = by_row * duties.per_year[:, month] / MONTHS_A_YEAR
    first = model.queues.rows.start
    owed[:, first:] = entrants[:, month, len(model.of_cohorts) :]
    asked = (owed + done.outstanding[:, month] / CLEARED_IN) * duties.hours[:, month]
    for row, team in enumerate(duties.team_of.tolist()):
        hours[:, team] += asked[:, row]
    return {"cases": cases, "hours": hours}


def set_by(rule: ReviewRule, review: int, known: dict[Measured, Array]) -> dict[int, Array]:
    """Return the posts that a rule sets at a review. Shape: [draw], by grade."""
    rows: dict[tuple[int, Measured, int], list[Threshold]] = {}
    for row in rule.of(review):
        rows.setdefault((row.team, row.measure, row.grade), []).append(row)
    found: dict[int, Array] = {}
    for (team, measured, grade), some in rows.items():
        at_least = np.array([row.at_least for row in some])
        posts = np.array([row.posts for row in some])
        most = most_reached(at_least, posts, known[measured][:, team])
        found[grade] = np.maximum(found.get(grade, 0.0), most)
    return found


def follow(world: World, team: Staffing, rule: ReviewRule, only: Whole | None = None) -> Future:
    """Return what a team gets done whose posts are reviewed; its posts are those of its staff.

    Args:
        world: some draws.
        team: the team without any review.
        rule: what the reviews follow.
        only: the places of the draws that are wanted, where not all are: see `LaidOut.run`.
    """
    if world.model.chance.whole and (world.numbers > 0).all():
        return futures.run(world, replace(team, review=rule.laid_out), only)
    return _step_by_step(world, team, rule)


def _step_by_step(world: World, team: Staffing, rule: ReviewRule) -> Future:
    """Return the same for any world, run again after every review."""
    model = world.model
    posts = np.repeat(team.posts[None], len(world.numbers), axis=0)
    future = futures.run(world, replace(team, posts=posts))
    for place, review in enumerate(rule.reviews):
        for grade, wanted in set_by(rule, place, measure(future, review.month - 1)).items():
            before = posts[:, review.first - 1, grade]
            shrinks = bool(model.people.may_shrink[review.first, grade])
            people = future.staff.in_post[:, review.first - 1, grade]
            for month in range(review.first, model.months):
                people = people * (1.0 - model.people.leavers[:, month, grade])
                lowest = np.minimum(before, np.ceil(people - 1e-9)) if shrinks else before
                before = np.maximum(wanted, lowest)
                posts[:, month, grade] = before
        future = futures.run(world, replace(team, posts=posts))
    return future


# How a rule is made ------------------------------------------------------------------------


class Span(NamedTuple):
    """A grade that supervises: how many each may have, and how many there are."""

    chief: int
    most: float
    there: float


class Maker:
    """Makes rules for a plan: posts by the measures of a review, with so many spare posts.

    Args:
        plan: a plan with the team needed for the central case.
        month_of_year: the month of the review, 1 to 12; 0 for no reviews.
        part: the smallest post that there may be, of one in full time.
    """

    def __init__(self, plan: PlanResult, month_of_year: int, part: float = 1.0) -> None:
        assert plan.sized is not None
        self.plan, self.model = plan, plan.model
        self.part = part
        self.reviews = reviews(plan.model, month_of_year)
        world = World(np.array([0]), plan.model, plan.caseload, seed=0)
        self.central = Future(world, plan.sized.staff, plan.sized.projection)
        self._measured: dict[int, dict[Measured, Array]] = {}
        self._lines: dict[tuple[Measured, int], dict[int, tuple[float, float] | None]] = {}
        self._made: dict[tuple[int, int, bytes, float], tuple[Threshold, ...]] = {}
        self.grade_of = {team: self._grade(team) for team in range(len(self.model.teams))}

    @property
    def teams(self) -> tuple[int, ...]:
        """The teams with a grade that a rule can set."""
        return tuple(team for team, grade in self.grade_of.items() if grade is not None)

    def rule(
        self, base: Array, spare: Mapping[int, float], teams: Sequence[int] | None = None
    ) -> ReviewRule:
        """Return the rule with so many spare posts in each team.

        Args:
            base: posts without any review. Shape: [month, grade].
            spare: posts beyond what the measures ask for, which may be negative, by team.
            teams: whose rows are wanted; all where none is named.
        """
        rows: list[Threshold] = []
        for place in range(len(self.reviews)):
            for team in self.teams:
                if teams is None or team in teams:
                    rows += self._known_rows(place, team, base, spare.get(team, 0))
        return ReviewRule(self.reviews, tuple(rows))

    def _grade(self, team: int) -> int | None:
        """Return the grade that the rule of a team sets: that which the plan adds most of.

        Where it adds none, the one with the cheapest casework.
        """
        people = self.model.people
        carries = (people.share[0].max(axis=0) > 0) & np.isnan(people.supervises[0]).all(axis=0)
        mine = np.flatnonzero(carries & (people.team_of == team)).tolist()
        if not mine:
            return None
        sizing = self.plan.sizing
        assert sizing is not None
        more = (sizing.posts - people.posts[0])[-1]
        dear = people.cost[0, -1] / np.maximum(people.share[0, -1], 1e-9)
        return max(mine, key=lambda grade: (more[grade], -dear[grade]))

    def _known_rows(
        self, place: int, team: int, base: Array, spare: float
    ) -> tuple[Threshold, ...]:
        """Return the rows of a review and team, made once for the posts that they depend on."""
        asked = place, team, base[:, self._with(team)].tobytes(), spare
        if asked not in self._made:
            self._made[asked] = tuple(self._rows(place, team, base, spare))
        return self._made[asked]

    def _with(self, team: int) -> Flags:
        """Return the grades whose posts a team's rows depend on: its own, and by limits others."""
        found: Flags = self.model.people.team_of == team
        for rule in self.model.rules.posts:
            if self.grade_of[team] in rule.grades:
                found[rule.grades] = True
        if any(rule.team is None for rule in self.model.rules.budgets):
            found[:] = True
        return found

    def _rows(self, place: int, team: int, base: Array, spare: float) -> Iterator[Threshold]:
        """Yield the rows of a review and team, those of its supervisors too."""
        review, grade = self.reviews[place], self.grade_of[team]
        assert grade is not None
        needs = [(one, self._known_line(one, place)[team]) for one in MEASURES]
        first = int(np.floor(base[review.first, grade] / self.part)) + 1  # of the smallest posts
        beyond = np.ceil(BEYOND * max(base[:, grade].max(), self._planned(grade)))
        most = first + round((MORE + beyond) / self.part)
        most = min(most, self._allowed(review, grade, base))
        others, spans = self._spans(base, review, grade)
        for name, line in needs:
            if line is None:
                continue
            other, each = line
            yield Threshold(place, team, grade, name, 0.0, float(base[review.first, grade]))
            so_far = {span.chief: span.there for span in spans}
            for number in range(first, most + 1):
                # So many are wanted as soon as one fewer, spare ones apart, is not enough.
                posts = self.part * number
                full = base[review.first].copy()
                full[grade] = posts
                for chief, most_each, there in spans:
                    full[chief] = max(there, math.ceil((others + posts) / most_each - 1e-9))
                if (spans and not self._fits(review, grade, full)) or (
                    self.model.rules.budgets and not self._affords(review, team, base, full)
                ):
                    break
                value = other + each * (posts - self.part - spare)
                if value > 0:
                    at_least = float(np.floor(value + 1e-9)) + 1.0
                    yield Threshold(place, team, grade, name, at_least, posts)
                    for chief, most_each, _ in spans:
                        chiefs = math.ceil((others + posts) / most_each - 1e-9)
                        if chiefs > so_far[chief]:
                            so_far[chief] = chiefs
                            yield Threshold(place, team, chief, name, at_least, float(chiefs))

    def _allowed(self, review: ReviewDate, grade: int, base: Array) -> int:
        """Return the most of the smallest posts that limits on posts leave room for (EQ21)."""
        room = float(np.iinfo(np.int32).max)
        for rule in self.model.rules.posts:
            if grade in rule.grades and rule.first < review.end and not rule.may_give:
                others = [one for one in rule.grades.tolist() if one != grade]
                level = float(np.mean(rule.level))
                room = min(
                    room, level - float(base[review.first : review.end, others].sum(1).max())
                )
        return int(np.floor(room / self.part + 1e-9))

    def _fits(self, review: ReviewDate, grade: int, full: Array) -> bool:
        """Return whether limits on posts leave room for posts with who supervises them (EQ21)."""
        return all(
            full[rule.grades].sum() <= float(np.mean(rule.level)) + 1e-9
            for rule in self.model.rules.posts
            if grade in rule.grades and rule.first < review.end and not rule.may_give
        )

    def _affords(self, review: ReviewDate, team: int, base: Array, full: Array) -> bool:
        """Return whether posts overspend no budget that is kept without the review (EQ21).

        Posts alone are counted, at their cost in the central case: a budget that they overspend is
        surely not kept, and then no post can make it more probable that every standard is met.
        """
        people = self.model.people
        for rule in self.model.rules.budgets:
            if rule.team not in (None, team) or rule.first >= review.end:
                continue
            span = slice(max(review.first, rule.first), review.end)
            cost = people.cost[0, span] / MONTHS_A_YEAR
            if rule.team is not None:
                cost = cost * (people.team_of == team)
            most = float(np.mean(rule.level)) * len(cost) / MONTHS_A_YEAR * (1.0 + 1e-9)
            without = float((base[span] * cost).sum())
            if without <= most < float((np.maximum(base[span], full) * cost).sum()):
                return False
        return True

    def _planned(self, grade: int) -> float:
        sizing = self.plan.sizing
        return 0.0 if sizing is None else float(sizing.posts[:, grade].max())

    def _known_line(self, name: Measured, place: int) -> dict[int, tuple[float, float] | None]:
        """Return the lines of a measure and review by team, worked out once."""
        if (name, place) not in self._lines:
            self._lines[name, place] = {
                team: self._line(name, self.reviews[place], team, grade)
                for team, grade in self.grade_of.items()
                if grade is not None
            }
        return self._lines[name, place]

    def _of_central(self, month: int) -> dict[Measured, Array]:
        """Return what is known at a month's end in the central case, worked out once."""
        if month not in self._measured:
            self._measured[month] = measure(self.central, month)
        return self._measured[month]

    def _line(
        self, name: Measured, review: ReviewDate, team: int, grade: int
    ) -> tuple[float, float] | None:
        """Return the measure that other people meet, and that each post of the grade meets.

        Both are read off the plan for the central case: what the measure grows by from the review
        to the year its posts are for, and what a post comes to with vacancies, training and
        absence. None where no standard asks for it in that year.
        """
        sized, model = self.plan.sized, self.model
        assert sized is not None
        span = slice(review.first, review.end)
        share = model.people.share[0, span, grade]
        there = sized.staff.posts[0, span, grade]
        known = self._of_central(review.month - 1)[name][0, team]
        if known <= 0:
            return None
        effective = np.divide(
            sized.staff.effective[0, span, grade],
            there,
            out=np.ones_like(there),
            where=there > 0,
        )
        casework = share * np.clip(effective, 0.0, 1.0)
        if name == "cases":
            limits = [
                rule
                for rule in model.rules.caseloads
                if rule.team == team and rule.first < review.end
            ]
            lines = []
            for rule in limits:
                months = np.arange(max(review.first, rule.first), review.end)
                cases = standards.counted_cases(model, self.plan.cases.cases, rule)[0, months]
                level = float(np.mean(rule.level))
                worst = int(np.argmax(cases))
                at = months[worst] - review.first
                others = (
                    sized.projection.officers[0, months[worst], team] - casework[at] * there[at]
                )
                scale = known / cases[worst]  # cases at the review for each one at the worst
                lines.append((others * level * scale, casework[at] * level * scale))
            return min(lines, default=None, key=lambda line: line[1])
        if not any(
            (model.duties.team_of[list(rule.rows)] == team).any() and rule.first < review.end
            for rule in model.rules.duties
        ):
            return None
        asked = np.mean(
            [self._of_central(month)["hours"][0, team] for month in range(review.first, review.end)]
        )
        hours = model.people.hours[0, span, grade]
        each = float((casework * hours).mean())
        own = sized.projection.own[0, span, team] + sized.projection.received[0, span, team]
        other = float(
            (own - sized.projection.lent[0, span, team] - casework * hours * there).mean()
        )
        scale = float(known / asked)
        return other * scale, each * scale

    def _spans(self, base: Array, review: ReviewDate, grade: int) -> tuple[float, list[Span]]:
        """Return the casework posts beside a grade's, and who supervises them all (EQ19)."""
        model, month = self.model, review.first
        team = int(model.people.team_of[grade])
        carry, chiefs = standards.casework_posts(model, team, month)
        others = sum(base[month, one] for one in carry if one != grade)
        spans = [
            Span(chief, float(model.people.supervises[0, month, chief]), float(base[month, chief]))
            for chief in chiefs
        ]
        return float(others), spans


def supervised(model: Model, posts: Array) -> Array:
    """Return posts with as many supervisors as the spans of control ask for (EQ19).

    Once asked for they stay: posts that come later count towards them. Where posts are limited
    there are no more than the limit leaves room for (EQ21).

    Returns:
        Shape: [month, grade].
    """
    people, full = model.people, posts.copy()
    span = people.supervises[0]
    there = {
        team: (posts * (_carries(model) & (people.team_of == team))).sum(axis=1)
        for team in range(len(model.teams))
    }
    for chief in np.flatnonzero(~np.isnan(span).all(axis=0)).tolist():
        supervises = ~np.isnan(span[:, chief])
        asked = np.ceil(there[int(people.team_of[chief])] / span[:, chief] - 1e-9)
        needed = np.maximum.accumulate(np.where(supervises, asked, 0.0))
        full[:, chief] = np.where(supervises, np.maximum(posts[:, chief], needed), posts[:, chief])
    for rule in model.rules.posts:
        if not rule.may_give:
            _keep_within(rule, posts, full)
    return full


def _keep_within(rule: MostPosts, posts: Array, full: Array) -> None:
    """Take away the supervisors for whom a limit on posts leaves no room, in any later month."""
    left = np.floor(float(np.mean(rule.level)) - posts[:, rule.grades].sum(axis=1) + 1e-9)
    left = np.where(np.arange(len(posts)) < rule.first, np.inf, np.maximum(0.0, left))
    room = np.minimum.accumulate(left[::-1])[::-1]
    for grade in rule.grades.tolist():
        more = np.minimum(full[:, grade] - posts[:, grade], room)
        full[:, grade] = posts[:, grade] + more
        room = room - more


def _carries(model: Model) -> Flags:
    """Return the grades that carry cases and supervise nobody. Shape: [month, grade]."""
    people = model.people
    found: Flags = np.isnan(people.supervises[0]) & (people.share[0] > 0)
    return found
