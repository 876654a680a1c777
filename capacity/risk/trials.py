"""Choices of posts, tried on the same simulations, each group of linked teams by itself (EQ30).

Teams that lend each other nothing, share no rule and send each other no work do not know of each
other: what becomes of a group of linked teams depends on its own posts alone. It is worked out
once for each of its choices, in as many draws as have been asked for so far, and choices of all
teams are put together from it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise, product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from capacity.engine.model import Array, Flags, Model
from capacity.risk import chances, futures, review
from capacity.risk.chances import ConfidenceOf, VerdictRecord
from capacity.risk.futures import Future, Staffing, World
from capacity.risk.review import ReviewRule
from capacity.risk.review_table import Review
from capacity.staffing import costs
from capacity.staffing.questions import linked_teams
from capacity.stages import PlanResult

THREADS = min(4, os.cpu_count() or 1)
"""Draws are worked out on so many threads at once; the numbers are the same on any."""

MOST_TOGETHER = 2_000
"""Choices that are put together of those of each group at most; more would only take memory."""

MOST_PARTS = 2
"""Parts of the draws in which it is seen what posts can do at all."""


@dataclass(frozen=True, order=True)
class Choice:
    """Firm posts more than the plan for the central case has, and spare ones of the rule.

    Both are counted in the smallest posts that there may be.
    """

    firm: tuple[int, ...]  # by team with a rule
    spare: tuple[int, ...]

    def step(self, kind: str, place: int, by: int) -> Choice:
        """Return the choice with so many posts more in one place."""
        firm, spare = list(self.firm), list(self.spare)
        (firm if kind == "firm" else spare)[place] += by
        return Choice(tuple(firm), tuple(spare))

    def only(self, places: Sequence[int]) -> Choice:
        """Return the choice with nothing but what it has in some places."""
        mine = [place in places for place in range(len(self.firm))]
        firm, spare = (
            tuple(number if one else 0 for number, one in zip(numbers, mine, strict=True))
            for numbers in (self.firm, self.spare)
        )
        return Choice(firm, spare)

    def joined(self, other: Choice) -> Choice:
        """Return two choices of different places as one."""
        return Choice(
            tuple(a + b for a, b in zip(self.firm, other.firm, strict=True)),
            tuple(a + b for a, b in zip(self.spare, other.spare, strict=True)),
        )


class Goal(NamedTuple):
    """What is to hold with the probability asked for: every standard in a period, or one alone."""

    standard: str | None
    period: str


class Tried(NamedTuple):
    """What a choice comes to.

    Attributes:
        chance: that each goal holds. Shape: [goal].
        by_team: that a team's standards among those of the goal do. Shape: [team, goal].
        costs: discounted. Shape: [draw].
        missed: whether the goal does not hold. Shape: [draw, goal].
        last: mean posts in the last month. Shape: [grade].
        weight: of the draws, where they do not all weigh the same (EQ29). Shape: [draw].
    """

    chance: Array
    by_team: Array
    costs: Array
    missed: Flags
    last: Array
    weight: Array | None = None

    @property
    def cost(self) -> float:
        """Expected cost, discounted."""
        return float(np.average(self.costs, weights=self.weight))


@dataclass(frozen=True)
class Worked:
    """A reviewed plan in some draws. Shape: [draw, month, grade] and [draw, month, team]."""

    record: VerdictRecord
    posts: Array
    overtime: Array


def worked(
    worlds: Sequence[World], team: Staffing, rule: ReviewRule, of: ConfidenceOf | None = None
) -> Worked:
    """Return what becomes of a reviewed team, judged by what one probability needs, or in full."""
    posts, overtime = [], []

    def ran() -> Iterator[Future]:  # one after the other, so that one at a time takes memory
        for world in worlds:
            future = review.follow(world, team, rule)
            posts.append(future.staff.posts)
            overtime.append(future.projection.overtime)
            yield future
            del future

    record = chances.record(worlds[0].model.calendar, ran(), of)
    return Worked(record, np.concatenate(posts), np.concatenate(overtime))


class Sample:
    """The draws that are searched on, as each group of linked teams sees them.

    Args:
        model: the scenario as arrays.
        parts: the worlds of the draws, part by part: the first are asked for first.
        of: what is judged.
        most: a team with more posts than it can use; periods are those that it is judged in.
        asked: the probability asked for; None where nobody knows before trying what is in reach.
    """

    def __init__(
        self,
        model: Model,
        parts: Sequence[Sequence[World]],
        of: ConfidenceOf,
        most: Staffing,
        asked: float | None,
    ) -> None:
        self.model, self.of, self.asked = model, of, asked
        self.groups = linked_by_flows(model)
        self.worlds = [
            [[futures.seen_by(world, teams) for world in part] for part in parts]
            for teams in self.groups
        ]
        self.numbers = np.concatenate([world.numbers for part in parts for world in part])
        sizes = [sum(len(world.numbers) for world in part) for part in parts]
        self.sizes: tuple[int, ...] = tuple(np.cumsum(sizes).tolist())
        given = [world.weight for part in parts for world in part]
        told = [one for one in given if one is not None]
        self.weight = np.concatenate(told) if told else None
        self.most, self._most = most, len(parts[:MOST_PARTS])

    @cached_property
    def best(self) -> tuple[VerdictRecord, ...]:
        """Whether standards hold with more posts than can be used, by group."""
        return tuple(
            worked(
                [world for part in worlds[: self._most] for world in part],
                self.most,
                ReviewRule((), ()),
            ).record
            for worlds in self.worlds
        )

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """The periods that a probability is asked for, in their order."""
        names = {name for found in self.best for name in found.held(self.of, found.named(None))}
        years = self.model.calendar.years
        place = {year: n for n, year in enumerate(years)}
        return tuple(sorted(names, key=lambda name: place.get(name.split(maxsplit=1)[0], 0)))

    @cached_property
    def together(self) -> tuple[Goal, ...]:
        """Every standard together, in each period."""
        return tuple(Goal(None, period) for period in self.periods)

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """What is asked for: every standard together in each period.

        Where that is out of reach in every period in which most standards are judged, each standard
        by itself in the periods in which all together are: that one standard begins before the
        others, and is met, makes nothing else probable.
        """
        if self.asked is None or not self.together:
            return self.together
        judged: defaultdict[str, set[str | None]] = defaultdict(set)
        for found in self.best:
            for rule in found.rules:
                for period in found.held(self.of, found.named(rule.standard)):
                    judged[period].add(rule.standard)
        most = max(map(len, judged.values()))
        reached = zip(self.together, (self.reachable >= self.asked).tolist(), strict=True)
        within = [goal for goal, enough in reached if enough]
        if any(len(judged[goal.period]) == most for goal in within):
            return self.together
        names = [rule.name for rule in self.model.scenario.settings.standards]
        alone = tuple(
            Goal(name, goal.period)
            for name in names
            for goal in self.together
            if goal not in within and name in judged[goal.period]
        )
        return (*within, *alone) if (self.reach(alone) >= self.asked).any() else self.together

    def held(
        self,
        record: VerdictRecord,
        rules: Sequence[int],
        draws: int,
        goals: Sequence[Goal] | None = None,
    ) -> Flags:
        """Return whether those of some rules that a goal is about hold. Shape: [draw, goal]."""
        goals = self.goals if goals is None else goals
        held = np.ones((draws, len(goals)), dtype=bool)
        for standard in {goal.standard for goal in goals}:
            of = [n for n in rules if standard in (None, record.rules[n].standard)]
            flags = record.held(self.of, of)
            for place, goal in enumerate(goals):
                if goal.standard == standard and goal.period in flags:
                    held[:, place] = flags[goal.period]
        return held

    @cached_property
    def reachable(self) -> Array:
        """The probability of every standard with more posts than can be used. Shape: [period]."""
        return self.reach(self.together)

    def reach(self, goals: Sequence[Goal]) -> Array:
        """Return the probability of goals with more posts than can be used. Shape: [goal]."""
        draws = self.sizes[self._most - 1]
        held = [self.held(record, record.named(None), draws, goals) for record in self.best]
        return mean(np.logical_and.reduce(held), self.best[0].weight)

    def earliest(self, period: str, asked: float) -> str | None:
        """Return the first month from which posts can be enough to the end of a period's year."""
        calendar = self.model.calendar
        year = period.split(maxsplit=1)[0]
        if year not in calendar.years:
            return None
        months = np.flatnonzero(calendar.year_of >= calendar.years.index(year))
        for month in months.tolist():
            end = int(np.flatnonzero(calendar.year_of == calendar.year_of[month])[-1]) + 1
            every = [found.in_months(found.named(None), month, end) for found in self.best]
            held = [one for one in every if one is not None]
            if not held:
                continue
            weight = self.best[0].weight
            if np.average(np.logical_and.reduce(held), weights=weight) >= asked:
                return calendar.labels[month]
        return None


class GroupCame(NamedTuple):
    """What became of a group of teams in some draws.

    Attributes:
        held: whether the group's standards of each goal hold. Shape: [draw, goal].
        by_team: whether those of a team do, of teams with a rule.
        costs: discounted. Shape: [draw].
        last: posts in the last month; 0 of other teams. Shape: [draw, grade].
    """

    held: Flags
    by_team: dict[int, Flags]
    costs: Array
    last: Array

    def but(self, draws: Flags, other: GroupCame) -> GroupCame:
        """Return the same with what became of some draws as another has it."""
        return GroupCame(
            _but(self.held, draws, other.held),
            {team: _but(one, draws, other.by_team[team]) for team, one in self.by_team.items()},
            _but(self.costs, draws, other.costs),
            _but(self.last, draws, other.last),
        )


def _but(here: Any, draws: Flags, other: Any) -> Any:
    """Return an array with some draws of another. Shape: [draw, …]."""
    return np.where(draws.reshape(-1, *[1] * (here.ndim - 1)), other, here)


def joined(parts: Sequence[GroupCame]) -> GroupCame:
    """Return what became of a group in the draws of several worlds, in their order."""
    return GroupCame(
        np.concatenate([one.held for one in parts]),
        {team: np.concatenate([one.by_team[team] for one in parts]) for team in parts[0].by_team},
        np.concatenate([one.costs for one in parts]),
        np.concatenate([one.last for one in parts]),
    )


class RuleFollowed(NamedTuple):
    """A rule that a group's posts followed in the draws of a world, from the same posts.

    Attributes:
        seen: what each review saw. Shape: [draw, look].
        wanted: the posts that each then asked for. Shape: [draw, look and grade].
        as_given: whether all posts stayed as they were without any review. Shape: [draw].
        came: what became of it.
    """

    seen: Array
    wanted: Array
    as_given: Flags
    came: GroupCame

    def same_by(self, rule: Review) -> Flags:
        """Return the draws in which another rule leads to the same posts. Shape: [draw].

        One without rows leaves posts as they are given. Where one that has rows would have asked
        for the same posts by what each review then saw, the next sees the same too.
        """
        if not len(rule.month):
            return self.as_given
        if not self.wanted.shape[1]:
            return np.zeros(len(self.seen), dtype=bool)
        same: Flags = (rule.wanted(self.seen) == self.wanted).all(axis=1)
        return same

    def but(self, draws: Flags, other: RuleFollowed) -> RuleFollowed:
        """Return the same with some draws of another."""
        if self.seen.shape != other.seen.shape:  # one of them has no rows, and sees nothing
            other = other._replace(seen=self.seen, wanted=self.wanted)
        return RuleFollowed(
            _but(self.seen, draws, other.seen),
            _but(self.wanted, draws, other.wanted),
            _but(self.as_given, draws, other.as_given),
            self.came.but(draws, other.came),
        )


class Trials:
    """What choices come to, worked out once for each group of teams.

    Args:
        sample: the draws.
        teams: that a choice has posts of, by place.
        make: what makes a team of a choice, and the rule of some of its teams.
        like: what choices of another kind came to on the same draws.
    """

    def __init__(
        self,
        sample: Sample,
        teams: Sequence[int],
        make: Callable[[Choice, Sequence[int]], tuple[Staffing, ReviewRule]],
        like: Trials | None = None,
    ) -> None:
        self.sample, self.teams, self.make = sample, tuple(teams), make
        self.places = [
            tuple(place for place, team in enumerate(self.teams) if team in group)
            for group in sample.groups
        ]
        self.came: list[dict[Choice, list[GroupCame]]] = [{} for _ in sample.groups]
        self.followed: dict[tuple[int, bytes], list[RuleFollowed]] = like.followed if like else {}
        self.known: dict[tuple[int, Choice], Tried] = {}

    def tried(self, choice: Choice, number: int) -> Tried:
        """Return what a choice comes to in so many draws."""
        if (number, choice) not in self.known:
            parts = [self._of(n, choice.only(here), number) for n, here in enumerate(self.places)]
            self.known[number, choice] = self._together(parts)
        return self.known[number, choice]

    def every(self, around: Choice | None = None) -> Iterator[tuple[Choice, Tried]]:
        """Yield the choices that can be put together of what is known in all draws.

        Args:
            around: a choice; where there are more than `MOST_TOGETHER`, only those that differ
                from it in one group of teams.
        """
        parts, number = len(self.sample.sizes), self.sample.sizes[-1]
        whole = [
            [choice for choice, came in found.items() if len(came) == parts] for found in self.came
        ]
        ways: Iterable[Sequence[Choice]] = product(*whole)
        if around is not None and prod(len(one) for one in whole) > MOST_TOGETHER:
            mine = [around.only(here) for here in self.places]
            ways = [
                [*mine[:place], one, *mine[place + 1 :]]
                for place, ones in enumerate(whole)
                for one in ones
                if place == 0 or one != mine[place]
            ]
        for some in ways:
            choice = reduce(Choice.joined, some)
            yield choice, self.tried(choice, number)

    def _of(self, group: int, choice: Choice, number: int) -> list[GroupCame]:
        """Return what becomes of a group in so many draws, part by part."""
        found = self.came[group].setdefault(choice, [])
        wanted = self.sample.sizes.index(number) + 1
        if len(found) < wanted:
            teams = self.sample.groups[group]
            team, rule = self.make(choice, teams)
            for worlds in self.sample.worlds[group][len(found) : wanted]:
                found.append(joined([self._in(world, teams, team, rule) for world in worlds]))
        return found[:wanted]

    def _in(
        self, world: World, teams: Sequence[int], team: Staffing, rule: ReviewRule
    ) -> GroupCame:
        """Return what becomes of a group in a world; only draws that come out anew are worked out.

        Where the posts before any review are the same as in an earlier choice, and in a draw the
        reviews lead to the same ones, the draw is the same.
        """
        if not world.model.chance.whole:
            return self._came(teams, review.follow(world, team, rule))
        table, mine = rule.laid_out, np.isin(self.sample.model.people.team_of, teams)
        before = self.followed.setdefault((id(world), team.posts[:, mine].tobytes()), [])
        like = np.full(len(world.numbers), -1)
        for place, one in enumerate(before):
            like[one.same_by(table) & (like < 0)] = place
        anew = np.flatnonzero(like < 0)
        if len(anew):
            future = review.follow(world, team, rule, anew if len(anew) < len(like) else None)
            assert future.seen is not None
            stays: Flags = (future.staff.posts == team.posts)[:, :, mine].all(axis=(1, 2))
            wanted, came = table.wanted(future.seen), self._came(teams, future)
            found = RuleFollowed(future.seen, wanted, stays, came)
        else:
            found = before[0]
        for place in np.unique(like[like >= 0]).tolist():
            found = found.but(like == place, before[place])
        if len(anew):
            before.append(found)
        return found.came

    def _came(self, teams: Sequence[int], future: Future) -> GroupCame:
        """Return what is kept of a group in the draws of a world."""
        sample, model, posts = self.sample, self.sample.model, future.staff.posts
        record, draws = chances.record(model.calendar, [future], sample.of), len(posts)
        by_team = {
            team: sample.held(record, rules_of(model, team, record), draws)
            for team in teams
            if team in self.teams
        }
        mine = np.isin(model.people.team_of, teams)
        return GroupCame(
            sample.held(record, record.named(None), draws),
            by_team,
            discounted(model, posts * mine, future.projection.overtime),
            posts[:, -1] * mine,
        )

    def _together(self, parts: Sequence[Sequence[GroupCame]]) -> Tried:
        """Return what the groups come to together."""
        held = [np.concatenate([one.held for one in part]) for part in parts]
        missed = ~np.logical_and.reduce(held)
        weight = self.sample.weight
        weight = None if weight is None else weight[: len(missed)]
        by_team = np.ones((len(self.teams), missed.shape[1]))
        for place, team in enumerate(self.teams):
            part = next(part for part in parts if team in part[0].by_team)
            flags = np.concatenate([one.by_team[team] for one in part])
            by_team[place] = mean(flags, weight)
        last = np.add.reduce([np.concatenate([one.last for one in part]) for part in parts])
        return Tried(
            1.0 - mean(missed, weight),
            by_team,
            np.add.reduce([np.concatenate([one.costs for one in part]) for part in parts]),
            missed,
            mean(last, weight),
            weight,
        )


def linked_by_flows(model: Model) -> tuple[tuple[int, ...], ...]:
    """Return the teams in groups that share nothing, and of which none makes another's cases.

    Sizing takes the cases that queues lead to as given (`linked_teams`); here they come of what is
    done, so that the teams at both ends of a flow are in one group.

    Returns:
        One tuple of teams a group.
    """
    pairs: list[tuple[int, int]] = []
    for flow in model.queues.flows:
        joined = np.flatnonzero(flow.joins.max(axis=(0, 1)) > 0).tolist()
        ends = [int(model.duties.team_of[row]) for row in flow.rows]
        ends += [int(model.team_of_tier[tier]) for tier in (*flow.tiers, *joined)]
        pairs += pairwise(ends)
    return linked_teams(model, pairs)


def mean(numbers: Array | Flags, weight: Array | None) -> Array:
    """Return the mean over draws, of none too. Shape: [draw, …] → […]."""
    found: Array = numbers.mean(axis=0) if weight is None else weight @ numbers / weight.sum()
    return found


def rules_of(model: Model, team: int, record: VerdictRecord) -> tuple[int, ...]:
    """Return the standards that a team has to meet."""
    names = [
        cohort
        for cohort, mine in zip(model.cohorts, model.team_of_cohort, strict=True)
        if mine == team
    ]
    settings, mine_ = model.scenario.settings, model.teams[team]
    return tuple(
        n
        for n, rule in enumerate(record.rules)
        if rule.cohort in names
        or (rule.cohort is None and settings.team_of(None, rule.duty) in (None, mine_))
    )


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
