"""The recommended plan: posts to agree now, posts by review, and how probable both make it all.

Beside it stand current posts and the plan for the central case, in the same simulations.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from capacity import earlier, stages
from capacity.engine import workforce
from capacity.engine.model import Array, Model
from capacity.errors import SolverError
from capacity.reading import in_words
from capacity.reading.in_words import InWords
from capacity.reading.scenario import Scenario
from capacity.risk import agreement, chances, futures
from capacity.risk.agreement import Agreed
from capacity.risk.chances import Chance, VerdictRecord
from capacity.risk.confident import FRESH
from capacity.risk.decide import AskedAlone, PostSearch, ReviewedPlan
from capacity.risk.draws import Draws
from capacity.risk.futures import Future, Staffing
from capacity.risk.knowing import Knowing, value_of_knowing
from capacity.risk.review import Measured
from capacity.risk.sensitivity import Sensitivity, by_setting
from capacity.risk.simulated import Simulated, simulated
from capacity.risk.trials import Choice
from capacity.staffing import costs
from capacity.staffing.mtfp import Staffed
from capacity.stages import PlanResult
from capacity.wording import listed, per_cent

DRAWS = 2_000
"""Fresh simulations that probabilities are told of unless said otherwise."""

SEED = 1
"""Of the simulations unless said otherwise."""

REVIEWED, FIXED = "reviewed", "fixed_plan"
"""What the recommended plan, and the best one without reviews, are called among the options."""

BY_REVIEW = "by_review"
"""What the best plan with reviews is called where posts that are fixed now cost less."""

SAME = 1e-9

FIGURES = ("agree_now", "at_the_end", "cost", "chance", "current_chance", "out_of_reach")
"""What is kept of a recommendation for later runs: its figures, without its title."""

MOST_KNOWN = 16
"""Scenarios of which it is remembered what was recommended for them."""

A_POUND = 1.0

PERCENTILES = (10, 50, 90)


@dataclass(frozen=True)
class OnePostFewer:
    """A row of the `one_post_fewer` table: the recommended plan with one post fewer.

    It is told of the simulations that were searched on.

    Attributes:
        when: firm (a post agreed now), or later (a spare post of the review rule).
        standard: the one that is asked for by itself and then least likely to be met; none where it
            is of every standard together.
        period: that within reach in which it is then least likely to be met.
        chance: that it is met in it as recommended.
        with_one_fewer: the same with one post fewer.
        saved: expected cost that the post takes, over the whole time, discounted.
    """

    when: str
    team: str
    grade: str
    standard: str | None
    period: str
    chance: float
    with_one_fewer: float
    saved: float


@dataclass(frozen=True)
class RecommendedFor:
    """A row of the `decision_beside` table: what is recommended here, or before.

    Attributes:
        option: here, or before: the scenario that this one extends or was changed from.
        title: the scenario's.
        agree_now: posts to agree now.
        at_the_end: posts at the end, the median of the simulations.
        cost: expected, over the whole time, discounted.
        chance: that every standard is met in the worst period within reach; None without one.
        current_chance: the same with no posts added.
        out_of_reach: periods in which no number of posts is sure enough, one after the other.
    """

    option: str
    title: str
    agree_now: float
    at_the_end: float
    cost: float
    chance: float | None
    current_chance: float | None
    out_of_reach: str


@dataclass(frozen=True)
class Recommended:
    """The recommended plan, and what is told beside it.

    Attributes:
        plan: the plan for the central case.
        seed: of the simulations.
        number: of the fresh simulations that probabilities are told of.
        decision: the recommended plan: the cheaper of the next two, where both are sure enough.
        fixed: the best plan without reviews.
        by_review: the best plan with reviews; None where there are none.
        today: whether each standard holds with no posts added.
        sized: the same with the team needed for the central case.
        overtime: hours of these two, the mean of the simulations, by option. Shape: [month, team].
        knowing: what it is worth to find out each uncertain setting.
        draws: the simulations.
        fewer: the recommended plan with one post fewer.
        before: what is recommended for the scenario that this one extends; None where it extends
            none that can be compared.
    """

    plan: PlanResult
    seed: int
    number: int
    decision: ReviewedPlan
    fixed: ReviewedPlan
    by_review: ReviewedPlan | None
    today: VerdictRecord
    sized: VerdictRecord
    overtime: Mapping[str, Array]
    knowing: tuple[Knowing, ...]
    draws: Draws
    fewer: tuple[OnePostFewer, ...] = ()
    before: RecommendedFor | None = None

    @property
    def records(self) -> dict[str, VerdictRecord]:
        """Whether each standard held in each simulation, by option."""
        return {
            "today": self.today,
            "sized": self.sized,
            FIXED: self.fixed.record,
            REVIEWED: self.decision.record,
        }

    @property
    def ranges(self) -> bool:
        """Whether any setting of the scenario has a range: else chance alone is drawn."""
        return bool(Draws(self.plan.scenario, self.seed).uncertain)

    @property
    def asked_for(self) -> list[ReachedBy | AskedAlone]:
        """What is asked for and within reach: every standard in a period, or one by itself."""
        rows: list[ReachedBy | AskedAlone] = [*reached(self), *self.decision.alone]
        return [row for row in rows if row.within_reach]

    @property
    def enough(self) -> bool:
        """Whether the probability asked for is reached of all that is within reach."""
        return all(row.chance + row.error >= row.asked for row in self.asked_for)

    @property
    def confidence(self) -> str:
        """What is asked for in words: of every standard together, or of each by itself."""
        each = " in each standard" if self.decision.alone else ""
        return f"{per_cent(self.decision.asked)} confidence{each}"

    @cached_property
    def simulated(self) -> Simulated:
        """What is done and left overdue by month, option by option."""
        return simulated(self.plan, self.draws, self.decision, REVIEWED, self.number)

    @cached_property
    def in_words(self) -> InWords:
        """The settings of the scenario in words."""
        return in_words.of(self.plan.scenario)

    @cached_property
    def staffed(self) -> Staffed:
        """Its own posts, overtime and people, the mean of the simulations."""
        return _staffed(self)

    @cached_property
    def sensitivity(self) -> tuple[Sensitivity, ...]:
        """How sure it is by third of each uncertain setting, the largest difference first.

        Of what is asked for and within reach, that which is least likely to be met.
        """
        least = min(self.asked_for, key=lambda row: row.chance, default=None)
        if least is None:
            return ()
        standard = least.standard if isinstance(least, AskedAlone) else None
        record = self.decision.record
        held = record.held(self.decision.of, record.named(standard))[least.period]
        numbers = np.arange(FRESH, FRESH + self.number)
        return by_setting(self.draws, numbers, standard, least.period, held, record.weight)

    def chances(self) -> Iterator[Chance]:
        """Yield the rows of the `chances` table."""
        for option, record in self.records.items():
            yield from chances.table(option, record)


@dataclass(frozen=True)
class PostsAgreed:
    """A row of the `decision` table.

    Attributes:
        when: firm (agreed now) or later (set by the review of that year).
        posts: posts added; of later ones the median of the simulations.
        agree_by: the last month to approve it; of later posts the review.
        full_year_real: twelve months of them, in the prices of the base year.
        full_year_cash: the same in cash, at the pay of the financial year after their start.
        rule: what sets them.
    """

    when: str
    team: str
    grade: str
    posts: float
    start: str
    agree_by: str
    full_year_real: float
    full_year_cash: float
    rule: str


@dataclass(frozen=True)
class PostsEnding:
    """A row of the `ending` table: posts above no posts added that end, and their first month gone.

    Those that are decided now; what a review gives back is in its rule.
    """

    team: str
    grade: str
    posts: float
    month: str


@dataclass(frozen=True)
class ReviewedPosts:
    """A row of the `reviewed` table: posts at a financial year's end in the simulations.

    Without a team and a grade it is of all posts. Percentiles of grades do not add up to those of
    all posts; `middle` does, to the median.
    """

    year: str
    team: str | None
    grade: str | None
    p10: float
    p50: float
    p90: float
    middle: float


@dataclass(frozen=True)
class ReviewedCost:
    """A row of the `reviewed_cost` table: posts and overtime of a year, in pounds."""

    year: str
    price: str  # real or cash
    p10: float
    p50: float
    p90: float
    mean: float


@dataclass(frozen=True)
class ExpectedCost:
    """A row of the `expected_cost` table: posts and overtime, the mean of the simulations, in £.

    The options are compared in the same simulations: overtime is worked in bad ones whether posts
    are added or not.
    """

    option: str
    year: str
    real: float
    cash: float
    discounted: float


@dataclass(frozen=True)
class Rival:
    """A row of the `reviewed_beside` table: the recommended plan, the best without reviews.

    And, where the best without reviews is recommended, the best with them.

    Attributes:
        cost: expected, over the whole time, discounted.
        chance: that every standard is met in the worst period within reach; None without one.
    """

    option: str
    cost: float
    chance: float | None


@dataclass(frozen=True)
class ReachedBy:
    """A row of the `reached` table: a period in which every standard is asked to hold.

    Attributes:
        of: what the probability is of.
        within_reach: whether twice the current posts would be enough.
        reach_from: where not, the first month from which they would be.
    """

    of: str
    period: str
    asked: float
    chance: float
    error: float
    within_reach: bool
    reach_from: str | None


@dataclass(frozen=True)
class FirstNotMet:
    """A row of the `first_not_met` table: when a standard is first not met in the simulations.

    Attributes:
        p10: the month of the tenth percentile, each simulation counted by its first period that
            is not met, whose first month is told; blank where it always is.
        p50: that of the median.
        p90: that of the ninetieth percentile.
        never: share of simulations in which it always is.
    """

    option: str
    standard: str
    p10: str | None
    p50: str | None
    p90: str | None
    never: float


@dataclass(frozen=True)
class ReviewRow:
    """A row of the `review_rule` table: from this value of the measure on, so many posts."""

    team: str
    grade: str
    review: str
    measure: Measured
    at_least: float
    posts: float


def recommend(
    plan: PlanResult,
    seed: int = SEED,
    number: int = DRAWS,
    say: Callable[[str], None] | None = None,
) -> Recommended | Agreed:
    """Return the recommended plan of a scenario that was planned for its central case.

    Where no simulation agrees with what is known of the unit, nothing is recommended, and what
    cannot be right together is returned instead (EQ29).

    Args:
        plan: the plan for the central case, with its team needed.
        seed: the same seed gives the same simulations.
        number: how many fresh simulations probabilities are told of.
        say: told what is being done.

    Raises:
        SolverError: if the solver gives no answer.
    """
    say = say or (lambda _: None)
    draws = weighed(plan, seed, number)
    if isinstance(draws, Agreed):
        return draws
    search, other = _chosen(plan, draws, say)
    knowing: tuple[Knowing, ...] = ()
    fewer: tuple[OnePostFewer, ...] = ()
    if search.choice is not None and search.within_reach().any():
        say("what it is worth to find out, and one post fewer")
        knowing = value_of_knowing(search, search.tried(search.choice))
        fewer = tuple(one_post_fewer(search, search.choice))
    search.end()
    say("what becomes of it in simulations that nothing was sought on")
    found = search.told(number)
    beside = None if other is None else other.told(number)
    options = (futures.todays(plan), futures.sized(plan))
    (today, worked), (sized, more) = (_ran(search, team, number) for team in options)
    overtime = {"today": worked, "sized": more}
    search.fresh_ones.clear()  # before the simulations of the scenario that this one extends
    _remember(plan, seed, number, recommended_for("before", plan, found, today))
    before = None
    if plan.before is not None and plan.before.sizing is not None:
        before = recommended_before(plan.before, seed, number, say)
    return Recommended(
        plan,
        seed,
        number,
        found,
        beside if beside is not None and search.maker.reviews else found,
        found if search.maker.reviews else beside,
        today,
        sized,
        overtime,
        knowing,
        draws,
        fewer,
        before,
    )


def _chosen(
    plan: PlanResult, draws: Draws, say: Callable[[str], None] = lambda _: None
) -> tuple[PostSearch, PostSearch | None]:
    """Return the search whose plan is recommended, and the other where there is a choice.

    Posts are fixed now where that costs less. Spare posts of a rule are whole ones, unless the
    scenario allows parts: in a team of three one more at every review can be dearer than a post
    now.
    """
    say("what to agree now, and the rule of each review")
    whole = PostSearch(plan, draws)
    search = whole.finest()
    if not search.maker.reviews:
        return search, None
    say("posts that are fixed now")
    other = whole.without_reviews().finest()
    return (other, search) if other.surpasses(search) else (search, other)


def one_post_fewer(search: PostSearch, choice: Choice) -> Iterator[OnePostFewer]:
    """Yield what one post fewer would do, of those agreed now and of the spare ones of the rule.

    Nothing within a total: what one grade does not get another keeps, so there is no post fewer.
    """
    if search.model.keeps_total:
        return
    within = search.within_reach()
    now = search.tried(choice)
    added = search.base(choice) - search.model.people.posts[0]
    started = (np.diff(added, axis=0, prepend=0.0)[: search.until] > SAME).any(axis=0)
    kinds = (("firm", "firm"), ("spare", "later"))
    for kind, when in kinds if search.maker.reviews else kinds[:1]:
        for place, team in enumerate(search.teams):
            grade = search.maker.grade_of[team]
            assert grade is not None
            if kind == "firm" and not started[grade]:
                continue  # a grade that may shrink could lose a post, yet none of it is agreed
            trial = search.smaller(choice, kind, place, -np.inf)
            if trial is None:
                continue
            then = search.tried(trial)
            worst = int(np.argmin(np.where(within, then.chance, np.inf)))
            if now.cost - then.cost < A_POUND and np.array_equal(now.chance, then.chance):
                continue  # it changes nothing, such as a spare post that is not allowed
            yield OnePostFewer(
                when,
                *search.model.grades[grade],
                *search.goals[worst],
                float(now.chance[worst]),
                float(then.chance[worst]),
                now.cost - then.cost,
            )


_KNOWN: dict[Hashable, RecommendedFor | None] = {}
"""What was recommended before, by what was asked: see `recommended_before`."""


def recommended_before(
    plan: PlanResult, seed: int, number: int, say: Callable[[str], None] = lambda _: None
) -> RecommendedFor | None:
    """Return what is recommended for the scenario that another extends, in the same simulations.

    None where nothing is, or no plan can be found. It is found once for all scenarios of a process
    that extend the same: what-ifs of one are often run one after the other, and it among them. For
    other runs its figures are kept in the account's own cache folder.
    """
    asked = _asked(plan, seed, number)
    if asked not in _KNOWN:
        found = _from_earlier(plan, seed, number)
        if found is None:
            say("the same for the scenario that this one extends")
            with suppress(SolverError):
                found = _in_figures("before", plan, seed, number)
        _remember(plan, seed, number, found)
    return _KNOWN[asked]


def alone(scenario: Scenario) -> RecommendedFor | None:
    """Return what is recommended for a scenario in a few figures; None where nothing is.

    Raises:
        SolverError: if the solver gives no answer.
    """
    plan = stages.run(scenario)
    return None if plan.sizing is None else _in_figures("here", plan, SEED, DRAWS)


def _in_figures(option: str, plan: PlanResult, seed: int, number: int) -> RecommendedFor | None:
    """Return what is recommended, without what is told beside it; None where nothing is."""
    draws = weighed(plan, seed, number)
    if isinstance(draws, Agreed):
        return None
    search, _ = _chosen(plan, draws)
    search.end()
    today, _ = _ran(search, futures.todays(plan), number)
    found = recommended_for(option, plan, search.told(number), today)
    search.fresh_ones.clear()
    return found


def _asked(plan: PlanResult, seed: int, number: int) -> Hashable:
    """Return all that a recommendation depends on.

    Scenarios whose tree and plan are the same are the same; where one has a history, it itself.
    """
    scenario, sizing = plan.scenario, plan.sizing
    history = scenario.past is not None or scenario.known is not None
    posts = b"" if sizing is None else sizing.posts.tobytes()
    return repr(scenario.tree), posts, plan if history else None, seed, number


def _remember(plan: PlanResult, seed: int, number: int, found: RecommendedFor | None) -> None:
    """Remember what was recommended, and forget what was first; keep its figures for later runs."""
    _KNOWN[_asked(plan, seed, number)] = found
    while len(_KNOWN) > MOST_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    name = _fingerprint(plan, seed, number)
    if found is not None and name is not None:
        earlier.keep(name, [getattr(found, figure) for figure in FIGURES])


def _from_earlier(plan: PlanResult, seed: int, number: int) -> RecommendedFor | None:
    """Return what an earlier run recommended; None where none is known to have."""
    name = _fingerprint(plan, seed, number)
    found = None if name is None else earlier.find(name)
    if found is None or len(found) != len(FIGURES):
        return None
    figures: dict[str, Any] = dict(zip(FIGURES, found, strict=True))
    return RecommendedFor("before", plan.scenario.settings.title, **figures)


def _fingerprint(plan: PlanResult, seed: int, number: int) -> str | None:
    """Return what names the figures of a recommendation; None where a history decides too."""
    scenario, sizing = plan.scenario, plan.sizing
    if scenario.past is not None or scenario.known is not None or sizing is None:
        return None
    money = plan.model.people.cost.tobytes()  # where on-costs are statutory, by a table of data
    return earlier.fingerprint(
        (repr(scenario.tree), sizing.posts.tobytes(), money, f"{seed} {number}")
    )


def weighed(plan: PlanResult, seed: int, number: int) -> Draws | Agreed:
    """Return the draws, weighed by what is known (EQ29); how badly they agree where none does."""
    draws = Draws(plan.scenario, seed)
    agreed = agreement.agreed(draws, number)
    if agreed is None:
        return draws
    return replace(draws, weigh=agreed.weigh) if agreed.weights.agree else agreed


def _ran(search: PostSearch, team: Staffing, number: int) -> tuple[VerdictRecord, Array]:
    """Return which standards a way to staff meets in fresh simulations, and its mean overtime.

    Returns:
        The record; hours. Shape: [month, team].
    """
    hours: list[Array] = []

    def ran() -> Iterator[Future]:
        for world in search.fresh(number):
            future = futures.run(world, team)
            hours.append(future.projection.overtime)
            yield future
            del future

    record = chances.record(search.plan.model.calendar, ran())
    mean: Array = np.average(np.concatenate(hours), axis=0, weights=record.weight)
    return record, mean


def recommended_for(
    option: str, plan: PlanResult, decision: ReviewedPlan, today: VerdictRecord
) -> RecommendedFor:
    """Return what a recommended plan comes to."""
    until = decision.first_review or plan.model.months
    firm = np.diff(decision.added[:until], axis=0, prepend=0.0)
    ends = decision.posts[:, -1].sum(axis=1)
    lost = decision.out_of_reach
    pairs = zip(decision.periods, decision.chance.tolist(), strict=True)
    within = [chance for name, chance in pairs if name not in lost]
    worst = chances.worst(today, decision.of, leave_out=lost)[0] if within else None
    return RecommendedFor(
        option,
        plan.scenario.settings.title,
        float(firm[firm > SAME].sum()),
        percentiles(ends, decision.record.weight)[1],
        decision.cost,
        min(within, default=None),
        worst,
        listed(list(lost), len(lost)),
    )


def beside(found: Recommended) -> tuple[RecommendedFor, ...]:
    """Return what is recommended here, and before where that is known."""
    here = recommended_for("here", found.plan, found.decision, found.today)
    return (here,) if found.before is None else (here, found.before)


# Tables ------------------------------------------------------------------------------------


def firm(found: Recommended) -> list[PostsAgreed]:
    """Return what to agree now, in the order of its dates."""
    return [one for one in agreed(found) if one.when == "firm"]


def ending(found: Recommended) -> Iterator[PostsEnding]:
    """Yield which posts end, and when, in the order of their dates."""
    model, decision = found.plan.model, found.decision
    until = decision.first_review or model.months
    steps = np.diff(decision.added, axis=0, prepend=0.0)
    for month, grade in np.argwhere(steps[:until] < -SAME).tolist():
        team, name = model.grades[grade]
        gone = -float(steps[month, grade])
        yield PostsEnding(team, name, gone, model.calendar.labels[month])


def agreed(found: Recommended) -> Iterator[PostsAgreed]:
    """Yield what to agree now, and what each review is expected to add."""
    model, decision = found.plan.model, found.decision
    until = decision.first_review or model.months
    steps = np.diff(decision.added, axis=0, prepend=0.0)
    for month, grade in np.argwhere(steps[:until] > SAME).tolist():
        lead = int(model.people.lead[0, month, grade])
        agree = max(0, month - lead)
        yield _agreed(found, "firm", grade, float(steps[month, grade]), month, agree, "")
    for place, date in enumerate(decision.rule.reviews):
        rows = {(row.grade, row.measure) for row in decision.rule.of(place)}
        for grade in sorted({grade for grade, _ in rows}):
            # Posts that would end are kept by a review as others are added: above no posts added.
            there = decision.posts[:, :, grade] - found.plan.today.costs.posts[:, grade]
            more = percentiles(
                there[:, date.first] - there[:, date.first - 1], decision.record.weight
            )
            if more[-1] > SAME:  # in one simulation of ten the review adds some
                names = sorted(name for one, name in rows if one == grade)
                rule = f"the most by {' or '.join(names)}"
                yield _agreed(found, "later", grade, more[1], date.first, date.month, rule)


def _agreed(
    found: Recommended, when: str, grade: int, posts: float, start: int, agree: int, rule: str
) -> PostsAgreed:
    model = found.plan.model
    budgeted = posts * (1 - float(np.ravel(model.money.vacancy_factor)[0]))
    real = budgeted * float(model.people.cost[0, start, grade])
    cash = budgeted * costs.cash_of_post(model, grade, full_year_after(model, start))
    labels = model.calendar.labels
    team, name = model.grades[grade]
    return PostsAgreed(when, team, name, posts, labels[start], labels[agree], real, cash, rule)


def full_year_after(model: Model, start: int) -> int:
    """Return the calendar year in which the first whole financial year from a month begins."""
    year = int(model.calendar.year_numbers[start])
    first = model.calendar.place(f"{year:04d}-04")
    return year if first >= start else year + 1


def percentiles(numbers: Array, weight: Array | None) -> tuple[float, float, float]:
    """Return the 10th, 50th and 90th percentile, each a number that was drawn.

    Returns:
        Shape: [draw] both.
    """
    found = np.percentile(numbers, PERCENTILES, method="inverted_cdf", weights=weight)
    low, middle, high = found.tolist()
    return low, middle, high


def year_ends(model: Model) -> Iterator[tuple[str, int]]:
    """Yield each financial year and its last month."""
    for place, year in enumerate(model.calendar.years):
        yield year, int(np.flatnonzero(model.calendar.year_of == place)[-1])


def posts_at_the_end(found: Recommended) -> Array:
    """Return posts in the last month where all together are the median of the simulations.

    Returns:
        Shape: [grade].
    """
    return _in_the_middle(found, -1)


def _in_the_middle(found: Recommended, month: int) -> Array:
    """Return posts in a month, of each grade, that add up to the median of all posts.

    They are the mean of the simulations in which all posts come to the median, rounded so that
    what is added to posts without reviews stays whole and the sum stays the same: what is cut off
    goes to the grades that it is largest of.

    Returns:
        Shape: [grade].
    """
    decision = found.decision
    weight, posts = decision.record.weight, decision.posts[:, month]
    total = posts.sum(axis=1)
    there = np.abs(total - percentiles(total, weight)[1]) < SAME
    without: Array = decision.base[month]
    added = posts[there] - without
    mean: Array = np.average(added, axis=0, weights=None if weight is None else weight[there])
    if (np.abs(added - np.rint(added)) < SAME).all():
        down = np.floor(mean + SAME)
        more = np.argsort(down - mean, kind="stable")[: int(np.rint((mean - down).sum()))]
        down[more] += 1
        mean = down
    together: Array = without + mean
    return together


def reviewed(found: Recommended) -> Iterator[ReviewedPosts]:
    """Yield posts by year in the simulations, of every grade."""
    model, posts = found.plan.model, found.decision.posts
    weight = found.decision.record.weight
    for year, last in year_ends(model):
        middle = _in_the_middle(found, last)
        for grade, (team, name) in enumerate(model.grades):
            several = percentiles(posts[:, last, grade], weight)
            yield ReviewedPosts(year, team, name, *several, float(middle[grade]))
        several = percentiles(posts[:, last].sum(axis=1), weight)
        yield ReviewedPosts(year, None, None, *several, float(middle.sum()))


def posts_by_year(found: Recommended) -> list[ReviewedPosts]:
    """Return all posts by year in the simulations."""
    return [row for row in reviewed(found) if row.team is None]


def reviewed_cost(found: Recommended) -> Iterator[ReviewedCost]:
    """Yield the cost of each year in the simulations, real and in cash."""
    model, decision = found.plan.model, found.decision
    weight = decision.record.weight
    monthly = decision.posts * model.people.cost[0] / 12
    overtime = decision.overtime * model.people.overtime_cost[0]
    cash = model.people.cash_of_overtime
    by_team = np.stack(
        [cash[:, model.people.team_of == team].mean(axis=1) for team in range(len(model.teams))],
        axis=1,
    )
    prices: dict[str, Array] = {
        "real": monthly.sum(axis=2) + overtime.sum(axis=2),
        "cash": (decision.posts * model.people.cash_cost / 12).sum(axis=2)
        + (overtime * by_team).sum(axis=2),
    }
    for place, year in enumerate(model.calendar.years):
        months = model.calendar.year_of == place
        for price, each in prices.items():
            total = each[:, months].sum(axis=1)
            low, middle, high = percentiles(total, weight)
            mean = float(np.average(total, weights=weight))
            yield ReviewedCost(year, price, low, middle, high, mean)


def expected_cost(found: Recommended) -> Iterator[ExpectedCost]:
    """Yield what each option costs by year, the mean of the same simulations."""
    model = found.plan.model
    factors = costs.discount_factors(model)[:, None]
    for option in (*found.overtime, REVIEWED):
        staff = staffed(found, option)
        real = staff.posts * model.people.cost[0] / 12 + staff.overtime
        cash = staff.posts * model.people.cash_cost / 12
        cash = cash + staff.overtime * model.people.cash_of_overtime
        for place, year in enumerate(model.calendar.years):
            months = model.calendar.year_of == place
            each = (float(one[months].sum()) for one in (real, cash, real * factors))
            yield ExpectedCost(option, year, *each)


def staffed(found: Recommended, option: str = REVIEWED) -> Staffed:
    """Return posts, overtime and people of an option, the mean of the simulations.

    Args:
        found: the recommended plan.
        option: itself, or the one with no posts added or with the team needed.
    """
    if option not in found.overtime:
        return found.staffed
    plan = found.plan
    one = next(each for each in plan.options if each.name == option)
    return Staffed(
        posts=one.costs.posts,
        baseline=plan.today.costs.posts,
        overtime=costs.overtime_by_grade(plan.model, one.costs.in_post, found.overtime[option]),
        joining=one.costs.joining,
        releases=one.staff.releases[0],
        in_post=one.costs.in_post,
    )


def _staffed(found: Recommended) -> Staffed:
    """Return posts, overtime and people of the recommended plan."""
    model, decision = found.plan.model, found.decision
    weight = decision.record.weight
    people = workforce.staff(model, decision.posts)
    posts, in_post, joiners, releases = (
        np.average(each, axis=0, weights=weight)
        for each in (decision.posts, people.in_post, people.joiners, people.releases)
    )
    hours = np.average(decision.overtime, axis=0, weights=weight)
    return Staffed(
        posts=posts,
        baseline=found.plan.today.costs.posts,
        overtime=costs.overtime_by_grade(model, in_post, hours),
        joining=joiners * model.people.joining_cost[0],
        releases=releases,
        in_post=in_post,
    )


def review_rule(found: Recommended) -> Iterator[ReviewRow]:
    """Yield the rule of each review as a table that can be applied by hand."""
    model, rule = found.plan.model, found.decision.rule
    for row in rule.rows:
        team, grade = model.grades[row.grade]
        review = model.calendar.labels[rule.reviews[row.review].month]
        yield ReviewRow(team, grade, review, row.measure, row.at_least, row.posts)


# When a standard is first not met ----------------------------------------------------------


def first_missed(record: VerdictRecord, standard: str) -> Array:
    """Return the first month, from 0, in which a standard is not met; infinity if it always is.

    Returns:
        Shape: [draw].
    """
    first = np.full(record.draws, np.inf)
    for n in record.named(standard):
        begins = np.array([period.first for period in record.periods[n]], dtype=float)
        if len(begins):
            lost = np.where(record.met[n], np.inf, begins).min(axis=1)
            first = np.minimum(first, lost)
    return first


def rivals(found: Recommended) -> Iterator[Rival]:
    """Yield the recommended plan and what it was chosen from."""
    never = found.decision.out_of_reach
    ways = [(FIXED, found.fixed), (REVIEWED, found.decision)]
    if found.by_review is not None and found.by_review is not found.decision:
        ways.append((BY_REVIEW, found.by_review))
    for option, one in ways:
        each = zip(one.periods, one.chance.tolist(), strict=True)
        within = [chance for name, chance in each if name not in never]
        yield Rival(option, one.cost, min(within, default=None))


def reached(found: Recommended) -> Iterator[ReachedBy]:
    """Yield how probable it is in each period that every standard is met."""
    decision = found.decision
    starts = dict(zip(decision.out_of_reach, decision.reach_from, strict=True))
    rows = zip(decision.periods, decision.chance.tolist(), decision.error.tolist(), strict=True)
    for period, chance, error in rows:
        within = period not in starts
        start = starts.get(period)
        yield ReachedBy(decision.of, period, decision.asked, chance, error, within, start)


def first_not_met(found: Recommended) -> Iterator[FirstNotMet]:
    """Yield when each standard is first not met, by option."""
    for option, record in found.records.items():
        yield from first_not_met_by(option, record)


def first_not_met_by(option: str, record: VerdictRecord) -> Iterator[FirstNotMet]:
    """Yield when each standard is first not met with one way to staff."""
    labels = record.calendar.labels
    for standard in dict.fromkeys(rule.standard for rule in record.rules):
        first = first_missed(record, standard)
        low, middle, high = (
            labels[int(one)] if np.isfinite(one) else None
            for one in percentiles(first, record.weight)
        )
        never = float(np.average(np.isinf(first), weights=record.weight))
        yield FirstNotMet(option, standard, low, middle, high, never)
