"""What to agree now, and the rule by which posts are reviewed each year (EQ30).

Firm posts are agreed now, since no review can bear fruit before; later ones follow a rule that
uses only what is known at each review. Both are found on the same draws: the least expected cost
at which every standard holds with the probability asked for, in every year within reach. What is
told is read off draws that were not searched on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from capacity.engine.model import Array, Flags, Model, Whole
from capacity.risk import chances, futures, review
from capacity.risk.chances import ConfidenceOf, VerdictRecord
from capacity.risk.confident import FRESH
from capacity.risk.draws import Draws
from capacity.risk.futures import Staffing, World
from capacity.risk.review import Maker, ReviewRule
from capacity.risk.trials import (
    THREADS,
    Choice,
    Goal,
    Sample,
    Trials,
    Tried,
    discounted,
    generous,
    mean,
    worked,
)
from capacity.stages import PlanResult

PARTS = {"whole": 1.0, "half": 0.5, "quarter": 0.25}
"""The smallest posts that there may be, of one in full time."""

ASKED = 0.8
"""The probability asked for where the scenario names none."""

ROUGHLY, SEARCHED = (160, 400), 1_200
"""Draws on which posts are sought first, and then."""

PORTION = 500
"""Draws that are worked out and judged together: more cost memory, fewer cost time."""

LARGE = 3
"""Posts that a large step adds."""

FAR = 0.5
"""Probability of a team's standards below which posts are added in large steps."""

SAVES = 1e-4
"""Share of the cost that a post must save to be spared."""

PAYS = 0.01
"""Share of the cost that posts fixed now must save for reviews to be given up.

Reviews are also of use where the world turns out otherwise than any range says."""

MOST_EXCHANGED = 4
"""Spare posts at most that one firm post is tried in place of."""

MOST_STEPS = 60
"""Steps of a search at most."""

SURE = 0.99
"""Probability of a team's standards from which more posts of it are not tried."""

STILL_WORTH = 0.75
"""Share of its first worth for which a step is done again before others are tried."""

IN_QUESTION = 0.5
"""Share of what the best step is worth on few draws from which others are tried on all."""

MATTERS = 0.005
"""A rise of a probability, over all periods, for which a step is still worth its cost."""

FURTHEST = 2.5
"""Standard errors beyond which a trial on few draws is believed."""


@dataclass(frozen=True)
class AskedAlone:
    """A row of the `reached_alone` table: a standard asked for by itself in a period.

    That is where all together are out of reach in every period in which most are judged.

    Attributes:
        chance: that it is met, on fresh draws.
        error: its standard error.
        within_reach: whether twice the current posts would be enough.
    """

    standard: str
    period: str
    asked: float
    chance: float
    error: float
    within_reach: bool


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
        periods: those in which every standard together is judged.
        chance: of every standard together, on fresh draws. Shape: [period].
        error: its standard error. Shape: [period].
        out_of_reach: periods in which twice the current posts would not be enough.
        reach_from: for each of them, the first month from which they would be; None if never.
        alone: where every period in which most standards are judged is out of reach, each standard
            by itself, which is then asked for.
        posts: in fresh draws. Shape: [draw, month, grade].
        cost: expected, discounted, overtime included.
    """

    asked: float
    of: ConfidenceOf
    base: Array
    added: Array
    spare: dict[int, float]
    rule: ReviewRule
    periods: tuple[str, ...]
    chance: Array
    error: Array
    out_of_reach: tuple[str, ...]
    reach_from: tuple[str | None, ...]
    alone: tuple[AskedAlone, ...]
    record: VerdictRecord
    posts: Array
    overtime: Array
    cost: float
    draws: int

    @property
    def first_review(self) -> int | None:
        """The first month whose posts a review sets; None without reviews."""
        return self.rule.reviews[0].first if self.rule.reviews else None


Move = tuple[str, int, int]
"""Firm or spare posts, of which team, how many."""

Place = tuple[str, int]
"""Firm or spare posts, and of which team."""


def limited(model: Model) -> bool:
    """Return whether a scenario limits posts or money, so that nobody knows what is in reach."""
    return bool(model.rules.budgets or model.rules.posts or model.keeps_total)


class PostSearch:
    """The search for the posts to agree now, and for the rule of each review.

    Args:
        plan: a plan with the team needed for the central case.
        draws: the simulations.
        searched: draws that are searched on.
        reviewed: whether posts are reviewed; else all are fixed now.
        like: a search in whole posts on whose draws this one goes on; posts that are fixed now
            are sought from its answer.
        part: the smallest post that there may be, of one in full time.
    """

    def __init__(
        self,
        plan: PlanResult,
        draws: Draws,
        searched: int = SEARCHED,
        *,
        reviewed: bool = True,
        like: PostSearch | None = None,
        part: float = 1.0,
    ) -> None:
        assert plan.sizing is not None
        self.plan, self.draws, self.model = plan, draws, plan.model
        sizing = plan.scenario.settings.sizing
        self.of: ConfidenceOf = sizing.confidence_of
        self.asked = ASKED if sizing.confidence is None else float(sizing.confidence.value)
        # Within a total a review has no post to give.
        by_review = reviewed and not self.model.keeps_total
        self.maker = Maker(plan, int(sizing.review_month.value) if by_review else 0, part)
        self.part, self.whole = part, round(1 / part)
        self.teams = self.maker.teams
        self.until = self.maker.reviews[0].first if self.maker.reviews else plan.model.months
        self.searched = searched
        self.like = like
        self.sample: Sample = like.sample if like else self._sample()
        self.fresh_ones: dict[int, list[World]] = like.fresh_ones if like else {}
        self.trials: Trials = Trials(
            self.sample, self.teams, self.team, like.trials if like else None
        )
        self.choice: Choice | None = None  # once it is found

    def _sample(self) -> Sample:
        """Return the draws that are searched on."""
        ends = sorted({min(number, self.searched) for number in (*ROUGHLY, self.searched)})
        firsts = [1, *(end + 1 for end in ends[:-1])]
        parts = self.portions(*zip(firsts, (end + 1 for end in ends), strict=True))
        asked = None if limited(self.model) else self.asked
        return Sample(self.model, parts, self.of, generous(self.plan), asked)

    def portions(self, *spans: tuple[int, int]) -> list[list[World]]:
        """Return the worlds of some draws by span, each worked out on several threads."""
        parts = [list(futures.chunks(first, end, PORTION)) for first, end in spans]
        worlds = iter(
            futures.worlds(self.draws, [one for part in parts for one in part], self.plan)
        )
        return [[replace(next(worlds), threads=THREADS) for _ in part] for part in parts]

    def fresh(self, number: int) -> list[World]:
        """Return the worlds of draws that are not searched on, made once for all that ask."""
        if number not in self.fresh_ones:
            every = range(len(self.model.teams))
            (fresh,) = self.portions((FRESH, FRESH + number))
            self.fresh_ones[number] = [futures.seen_by(world, every) for world in fresh]
        return self.fresh_ones[number]

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
            _add(added, grade, begin, self.part * choice.firm[place], people.may_shrink)
            if not self.maker.reviews:  # without reviews spare posts come in the middle
                spare = self.part * choice.spare[place]
                _add(added, grade, self.half, spare, people.may_shrink)
        posts = today + added
        return review.supervised(self.model, posts)

    def team(
        self, choice: Choice, teams: Sequence[int] | None = None
    ) -> tuple[Staffing, ReviewRule]:
        """Return the team of a choice, and the rule that all or some of its teams follow."""
        base = self.base(choice)
        rule = self.maker.rule(base, self.spare_of(choice), teams)
        return Staffing("reviewed", base, "limit"), rule

    def spare_of(self, choice: Choice) -> dict[int, float]:
        """Return the spare posts of a choice, by team."""
        return {
            team: self.part * number for team, number in zip(self.teams, choice.spare, strict=True)
        }

    def tried(self, choice: Choice, number: int | None = None) -> Tried:
        """Return what a choice comes to in so many of the draws that are searched on, or in all."""
        return self.trials.tried(choice, self.searched if number is None else number)

    def surpasses(self, other: PostSearch, pays: float = PAYS) -> bool:
        """Return whether what was found is as sure as another search's answer, and cheaper.

        Args:
            other: a search on the same draws.
            pays: the share of the cost by which it must be cheaper.
        """
        assert self.choice is not None
        assert other.choice is not None
        mine, theirs = self.tried(self.choice), other.tried(other.choice)
        wanted = self.within_reach()
        if self.short(mine.chance, wanted) > self.short(theirs.chance, wanted):
            return False
        return mine.cost < (1.0 - pays) * theirs.cost

    # The search ----------------------------------------------------------------------------

    @property
    def half(self) -> int:
        """The first month of the financial year in the middle of the plan."""
        year_of = self.model.calendar.year_of
        return int(np.flatnonzero(year_of == year_of[self.model.months // 2])[0])

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What a probability is asked for."""
        return self.sample.goals

    @cached_property
    def early(self) -> Flags:
        """Whether a goal's period begins before a review bears fruit. Shape: [goal]."""
        return self._begins <= int(self.model.calendar.year_of[self.until - 1])

    @property
    def _begins(self) -> Whole:
        """The place of the financial year in which each goal's period begins. Shape: [goal]."""
        years = self.model.calendar.years
        named = [goal.period.split(maxsplit=1)[0] for goal in self.goals]
        return np.array([years.index(name) if name in years else 0 for name in named])

    def within_reach(self, goals: Sequence[Goal] | None = None) -> Flags:
        """Return the goals that some number of posts is enough for: those given, or all asked for.

        Where posts or money are limited nobody knows before trying.

        Returns:
            Shape: [goal].
        """
        goals = self.goals if goals is None else goals
        if limited(self.model):
            return np.ones(len(goals), dtype=bool)
        found: Flags = self.sample.reach(goals) >= self.asked
        return found

    def without_reviews(self) -> PostSearch:
        """Return the search of posts that are fixed now, on the same draws."""
        return PostSearch(self.plan, self.draws, self.searched, reviewed=False, like=self)

    def finest(self) -> PostSearch:
        """Search, and return the search whose answer is best: this, or that of parts of posts."""
        self.choice = self.chosen(self.within_reach())
        finer = self._in_parts()
        if finer is None:
            return self
        finer.choice = finer.chosen(finer.within_reach())
        return finer if finer.surpasses(self, SAVES) else self

    def _in_parts(self) -> PostSearch | None:
        """Return the search of parts of posts on the same draws; None where posts are whole."""
        part = PARTS[self.plan.scenario.settings.sizing.smallest_post]
        if part >= 1.0:
            return None
        reviewed = bool(self.maker.reviews)
        return PostSearch(
            self.plan, self.draws, self.searched, reviewed=reviewed, like=self, part=part
        )

    def end(self) -> None:
        """Let go of the simulations that were searched on: no further choice can be tried."""
        self.sample.worlds.clear()

    def told(self, number: int) -> ReviewedPlan:
        """Return what becomes of the choice on so many fresh draws."""
        assert self.choice is not None
        choice, together = self.choice, self.sample.together
        within = self.within_reach(together)
        team, rule = self.team(choice)
        told = worked(self.fresh(number), team, rule)
        held = told.record.held(self.of, told.record.named(None))
        every = [chances.estimate(flags, told.record.weight) for flags in held.values()]
        lost = tuple(
            goal.period
            for goal, ok, (chance, _) in zip(together, within.tolist(), every, strict=True)
            if not ok and chance < self.asked
        )
        cost = discounted(self.model, told.posts, told.overtime)
        return ReviewedPlan(
            asked=self.asked,
            of=self.of,
            base=team.posts,
            added=team.posts - self.model.people.posts[0],
            spare=self.spare_of(choice),
            rule=rule,
            periods=tuple(held),
            chance=np.array([chance for chance, _ in every]),
            error=np.array([error for _, error in every]),
            out_of_reach=lost,
            reach_from=tuple(self.sample.earliest(name, self.asked) for name in lost),
            alone=tuple(self._alone(told.record)),
            record=told.record,
            posts=told.posts,
            overtime=told.overtime,
            cost=float(np.average(cost, weights=told.record.weight)),
            draws=number,
        )

    def _alone(self, record: VerdictRecord) -> Iterator[AskedAlone]:
        """Yield how probable each standard is by itself, where that is what is asked for."""
        for goal, within in zip(self.goals, self.within_reach().tolist(), strict=True):
            if goal.standard is not None:
                held = record.held(self.of, record.named(goal.standard))[goal.period]
                told = chances.estimate(held, record.weight)
                yield AskedAlone(goal.standard, goal.period, self.asked, *told, within)

    def chosen(self, within: Flags) -> Choice:
        """Return the choice of least expected cost that is sure enough where it can be.

        It is sought on few draws first, up and down again, and then on all. Within a total no post
        can be added: the moves are those of the plan for the central case. Parts of posts are
        spared last, halves and then quarters.
        """
        choice = self.start()
        if within.any() and not self.model.keeps_total:
            for number in self.sample.sizes:
                choice = self.up(choice, number, within)
                reached = within & (self.tried(choice, number).chance >= self.asked)
                choice = self.down(choice, number, reached)
                while number == self.searched and (other := self.exchanged(choice, reached)):
                    choice = self.down(other, number, reached)
            for halvings in range(1, self.whole.bit_length()):
                choice = self.down(choice, self.searched, reached, self.whole >> halvings)
        return choice

    def start(self) -> Choice:
        """Return where to begin: fixed posts like those that reviews come to on average."""
        none = Choice((0,) * len(self.teams), (0,) * len(self.teams))
        if self.like is None or self.like.choice is None or self.model.keeps_total:
            return none
        if self.maker.reviews:
            return none
        firm = tuple(self.whole * number for number in self.like.choice.firm)
        last = self.like.tried(self.like.choice).last
        there = self.base(Choice(firm, none.spare))[-1]
        grades = [self.maker.grade_of[team] for team in self.teams]
        more = tuple(
            self.whole * max(0, round(float(last[grade] - there[grade]))) for grade in grades
        )
        return Choice(firm, more)

    def up(self, choice: Choice, number: int, wanted: Flags) -> Choice:
        """Return a choice that reaches the probability asked for, by steps worth most."""
        for _ in range(MOST_STEPS):
            if self.lacks(choice, number, wanted) <= 0:
                break
            worth, step = self.best_step(choice, number, wanted)
            if step is None:
                break
            # The same again for as long as it is worth nearly as much.
            while self.worth(choice, step, number, wanted) >= STILL_WORTH * worth:
                choice = choice.step(*step)
        return choice

    def best_step(self, choice: Choice, number: int, wanted: Flags) -> tuple[float, Move | None]:
        """Return the step worth most and its worth; few draws tell which are in question."""
        few = self.fewer(number)
        steps = list(self.steps(choice, number, wanted))
        worth = {step: self.worth(choice, step, number, wanted, few) for step in steps}
        enough = IN_QUESTION * max(worth.values(), default=0.0)
        closest = [step for step, one in worth.items() if one > 0 and one >= enough]
        found = ((self.worth(choice, step, number, wanted), step) for step in closest or steps)
        return max((one for one in found if one[0] > 0), default=(0.0, None))

    def lacks(self, choice: Choice, number: int, wanted: Flags) -> float:
        """Return by how much the probabilities of a choice are too low, added up."""
        return self.short(self.tried(choice, number).chance, wanted)

    def short(self, chance: Array, wanted: Flags) -> float:
        """Return by how much some probabilities are too low, added up."""
        return float(np.maximum(0.0, self.asked - chance)[wanted].sum())

    def worth(
        self, choice: Choice, step: Move, number: int, wanted: Flags, on: int | None = None
    ) -> float:
        """Return how much probability that lacked a step brings for each pound.

        Args:
            choice: from which the step is made.
            step: posts more.
            number: of the draws that tell what is lacking.
            wanted: goals in reach.
            on: draws that tell by how much the step changes it; as many where not given.
        """
        before = self.tried(choice, number).chance
        lacking = self.short(before, wanted)
        if lacking <= 0:
            return 0.0  # nothing is left to bring, so that no trial is needed
        trial, few = choice.step(*step), number if on is None else on
        now, then = self.tried(choice, few), self.tried(trial, few)
        left = self.short(before + (then.chance - now.chance), wanted)
        gain = lacking - left
        if gain < (MATTERS if left > 0 else 0.0) or gain <= 0:
            return 0.0
        return gain / max(then.cost - now.cost, 1.0)

    def fewer(self, number: int) -> int:
        """Return on how many draws it is told by how much choices differ before all are tried."""
        place = self.sample.sizes.index(number)
        return self.sample.sizes[max(0, place - 1)]

    def steps(self, choice: Choice, number: int, wanted: Flags) -> Iterator[Move]:
        """Yield the steps worth trying: in the team that is least sure, where posts are in time.

        Where none of them is of use those of the other teams follow.
        """
        now = self.tried(choice, number)
        low = wanted & (now.chance < self.asked)
        sure = now.by_team[:, low].min(axis=1)
        for place in np.argsort(sure, kind="stable").tolist():
            if sure[place] >= SURE:
                return
            by = self.whole * (LARGE if sure[place] < FAR else 1)
            found = [(kind, place, by) for kind in self.kinds(low)]
            yield from found
            few = self.fewer(number)
            if any(self.worth(choice, one, number, wanted, few) > 0 for one in found):
                return

    def kinds(self, low: Flags) -> Iterator[str]:
        """Yield which posts can help in some periods: firm ones early, spare ones later."""
        # Posts of the first review are filled, and their people trained, only in its first year.
        last = int(self.model.calendar.year_of[min(self.until, self.model.months - 1)])
        if (self._begins[low] <= last).any() or not self.maker.reviews:
            yield "firm"
        if not (self.maker.reviews and self.early[low].all()):
            yield "spare"

    def down(self, choice: Choice, number: int, reached: Flags, by: int | None = None) -> Choice:
        """Return a choice from which no post can be taken away, or no part of so many.

        Where a period is out of reach before a review bears fruit, the posts agreed now are at
        least those of the plan for the central case: they still bring it nearer.
        """
        least = -np.inf if reached[self.early].all() else 0
        places = [(kind, place) for kind in ("firm", "spare") for place in range(len(self.teams))]
        while places and reached.any():
            fewer = {
                (kind, place): trial
                for kind, place in places
                if (trial := self.smaller(choice, kind, place, least, by))
                and self.may_hold(trial, choice, number, reached)
            }
            found = self.cheapest(fewer, choice, number, reached)
            if found is None:
                break
            # What could not be spared before, or saved nothing, cannot be once there are fewer.
            choice, places = found
        return choice

    def exchanged(self, choice: Choice, reached: Flags) -> Choice | None:
        """Return a cheaper choice with a firm post more and spare ones fewer in one team.

        Steps worth most one by one can end where neither alone can be spared. None where there is
        no cheaper one that is sure enough.
        """
        if not self.maker.reviews or not reached.any():
            return None
        few, number = self.sample.sizes[0], self.searched
        now = self.tried(choice, few).cost
        found: dict[Place, Choice] = {}
        for place in range(len(self.teams)):
            trial, before = choice.step("firm", place, self.whole), np.inf
            for _ in range(MOST_EXCHANGED):
                trial = trial.step("spare", place, -self.whole)
                cost = self.tried(trial, few).cost
                if cost < now:
                    if self.may_hold(trial, choice, number, reached):
                        found["firm", place] = trial
                    break
                if cost >= before:
                    break  # no spare post is left that the rule would add
                before = cost
        best = self.cheapest(found, choice, number, reached)
        return None if best is None else best[0]

    def cheapest(
        self, fewer: dict[Place, Choice], choice: Choice, number: int, reached: Flags
    ) -> tuple[Choice, list[Place]] | None:
        """Return the cheapest of some choices that is sure enough, and which may yet be spared.

        They are tried in the order of what they cost in few draws.

        Args:
            fewer: choices with posts fewer, by what is spared.
            choice: that from which they are spared.
            number: of draws.
            reached: goals of which it must be sure.
        """
        few = self.fewer(number)
        cost = {place: self.tried(trial, few).cost for place, trial in fewer.items()}
        most = (1.0 - SAVES) * self.tried(choice, few).cost
        left = sorted((place for place in cost if cost[place] < most), key=cost.__getitem__)
        most = (1.0 - SAVES) * self.tried(choice, number).cost
        for n, place in enumerate(left):
            then = self.tried(fewer[place], number)
            if then.cost < most and (then.chance[reached] >= self.asked).all():
                return fewer[place], left[n:]
        return None

    def smaller(
        self, choice: Choice, kind: str, place: int, least: float, by: int | None = None
    ) -> Choice | None:
        """Return the choice with a post fewer, or so many parts; None where none, or too few."""
        trial = choice.step(kind, place, -(self.whole if by is None else by))
        fewer = kind == "spare" or trial.firm[place] >= least
        ruled = kind == "spare" and bool(self.maker.reviews)
        return trial if fewer and (ruled or self.differ(trial, choice)) else None

    def differ(self, choice: Choice, other: Choice) -> bool:
        """Return whether the posts without any review are others."""
        return not np.array_equal(self.base(choice), self.base(other))

    def may_hold(self, choice: Choice, known: Choice, number: int, reached: Flags) -> bool:
        """Return whether a choice may reach what is asked; few draws tell what is far from it.

        Both are tried on the same draws, so that few tell well by how much they differ.

        Args:
            choice: that is tried.
            known: one like it that has been tried on all the draws.
            number: of the draws.
            reached: goals of which it must be sure.
        """
        now = self.tried(known, number)
        for few in self.sample.sizes[: self.sample.sizes.index(number)]:
            then = self.tried(choice, few)
            lost: Array = then.missed.astype(float) - now.missed[:few].astype(float)
            fall = mean(lost, then.weight)
            error = np.sqrt(np.maximum(0.0, mean(lost**2, then.weight) - fall**2) / few)
            if (now.chance - fall + FURTHEST * error < self.asked)[reached].any():
                return False
        return True


def _add(added: Array, grade: int, begin: int, more: float, may_shrink: Flags) -> None:
    """Add posts of a grade from a month on, or take some of those added away."""
    span = slice(begin if more >= 0 else 0, None)
    there = added[span, grade]
    least = np.where(may_shrink[span, grade], -np.inf, np.minimum(there, 0.0))
    added[span, grade] = np.maximum(there + more, least)
