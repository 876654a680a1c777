"""The search for posts (EQ30) step by step, on outcomes told by hand instead of simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import pytest

from capacity.risk.decide import PostSearch
from capacity.risk.draws import Draws
from capacity.risk.trials import Choice, Trials, Tried
from capacity.stages import PlanResult
from tests.test_review import LIMIT, TWO_TEAMS, UNCERTAIN
from tests.toys import plan_of, toy

EVERY = np.ones(3, dtype=bool)
"""Every year of three."""

FEW, ALL = 160, 300
"""Draws that are searched on first, and all of them."""


class Told:
    """Trials that come to what a function says, and a list of what was tried."""

    def __init__(self, says: Callable[[Choice, int], Tried]) -> None:
        self.says = says
        self.asked: list[tuple[Choice, int]] = []
        self.followed: dict[tuple[int, bytes], list[Any]] = {}  # which other trials go on with

    def tried(self, choice: Choice, number: int) -> Tried:
        """Return what a choice comes to in so many draws."""
        self.asked.append((choice, number))
        return self.says(choice, number)


def came(
    chance: Sequence[float],
    cost: float,
    by_team: Sequence[Sequence[float]] | None = None,
    **more: Any,
) -> Tried:
    """What a choice comes to: the probability of each year, and the cost."""
    teams = [chance] if by_team is None else by_team
    missed = more.get("missed", np.zeros((1, len(chance)), dtype=bool))
    last = np.array(more.get("last", [0.0]))
    return Tried(np.array(chance), np.array(teams), np.array([cost]), missed, last)


@cache
def plans(*more: str, **settings: Any) -> PlanResult:
    """A plan of a unit under a limit whose cases grow by -5% to 20% a year."""
    return plan_of(toy(LIMIT, *more, **{"growth": UNCERTAIN, "posts": 2, "months": 36, **settings}))


def search(
    says: Callable[[Choice, int], Tried], plan: PlanResult | None = None, **more: Any
) -> PostSearch:
    """A search whose trials come to what is said."""
    plan = plan or plans()
    found = PostSearch(plan, Draws(plan.scenario, 3), searched=ALL, **more)
    assert found.sample.sizes == (FEW, ALL)
    found.trials = cast(Trials, Told(says))
    return found


def asked(of: PostSearch) -> list[tuple[Choice, int]]:
    """What a search has tried, in order."""
    return cast(Told, of.trials).asked


def one(firm: int, spare: int = 0) -> Choice:
    """A choice for the only team."""
    return Choice((firm,), (spare,))


# What a step is worth -----------------------------------------------------------------------


def worth(before: Tried, after: Tried, wanted: Sequence[bool] = (True, True, True)) -> float:
    """What a firm post is worth that leads from one outcome to another."""
    found = search(lambda choice, _: after if choice.firm[0] else before)
    return found.worth(one(0), ("firm", 0, 1), ALL, np.array(wanted))


def test_a_step_is_worth_the_probability_that_it_brings_for_each_pound() -> None:
    """Lacking 0.3 + 0.1 of 0.8 before and 0.2 after: 0.2 for £40. What is beyond 0.8 is nothing."""
    before, after = came([0.5, 0.9, 0.7], 100.0), came([0.6, 0.85, 0.95], 140.0)
    assert worth(before, after) == pytest.approx(0.2 / 40.0)


def test_only_years_within_reach_count_for_a_step() -> None:
    before, after = came([0.5, 0.9, 0.7], 100.0), came([0.6, 0.85, 0.95], 140.0)
    assert worth(before, after, (False, True, True)) == pytest.approx(0.1 / 40.0)
    assert worth(before, after, (False, True, False)) == 0.0


def test_a_step_that_brings_next_to_nothing_is_worth_nothing_until_it_is_the_last() -> None:
    """0.004 where 0.3 is lacking is not worth a post; where 0.004 is lacking it is."""
    assert worth(came([0.5, 0.9, 0.9], 100.0), came([0.504, 0.9, 0.9], 140.0)) == 0.0
    assert worth(came([0.5, 0.9, 0.9], 100.0), came([0.506, 0.9, 0.9], 140.0)) > 0.0
    last = worth(came([0.796, 0.9, 0.9], 100.0), came([0.8, 0.9, 0.9], 140.0))
    assert last == pytest.approx(0.004 / 40.0)


def test_a_step_that_lowers_what_is_lacking_is_worth_nothing() -> None:
    assert worth(came([0.5, 0.9, 0.9], 100.0), came([0.4, 0.9, 0.9], 140.0)) == 0.0


def test_a_step_that_costs_less_than_a_pound_counts_as_a_pound() -> None:
    assert worth(came([0.5, 0.9, 0.9], 100.0), came([0.7, 0.9, 0.9], 99.0)) == pytest.approx(0.2)
    assert worth(came([0.5, 0.9, 0.9], 100.0), came([0.7, 0.9, 0.9], 102.0)) == pytest.approx(0.1)


def test_few_draws_tell_by_how_much_a_step_changes_a_probability() -> None:
    """0.4 becomes 0.5 on few draws: what is 0.6 on all becomes 0.7, so 0.1 for £20."""
    chance = {(0, FEW): 0.4, (1, FEW): 0.5, (0, ALL): 0.6}

    def says(choice: Choice, number: int) -> Tried:
        high = chance[choice.firm[0], number]
        return came([high, 0.9, 0.9], 100.0 + 20.0 * choice.firm[0])

    found = search(says)
    step = found.worth(one(0), ("firm", 0, 1), ALL, EVERY, FEW)
    assert step == pytest.approx(0.1 / 20.0)
    assert (one(1), ALL) not in asked(found)


def test_where_nothing_is_lacking_no_step_is_tried() -> None:
    found = search(lambda *_: came([0.8, 0.9, 0.9], 100.0))
    assert found.worth(one(0), ("firm", 0, 1), ALL, EVERY) == 0.0
    assert [choice for choice, _ in asked(found)] == [one(0)]


# Which steps are tried ----------------------------------------------------------------------


def steps(chance: Sequence[float], *, two: bool = False, **by_team: Any) -> list[Any]:
    """The steps worth trying where nothing that is tried is of use."""
    plan = plans(TWO_TEAMS) if two else None
    found = search(lambda *_: came(chance, 100.0, **by_team), plan)
    return list(found.steps(Choice((0, 0), (0, 0)) if two else one(0), ALL, EVERY))


def test_a_large_step_is_tried_where_a_team_is_far_from_sure() -> None:
    """Below one half three posts at once, else one; no post of a team that is all but sure."""
    assert steps([0.9, 0.4, 0.9]) == [("firm", 0, 3), ("spare", 0, 3)]
    assert steps([0.9, 0.5, 0.9]) == [("firm", 0, 1), ("spare", 0, 1)]
    assert steps([0.9, 0.5, 0.9], by_team=[[0.9, 0.99, 0.9]]) == []
    assert steps([0.9, 0.5, 0.9], by_team=[[0.9, 0.98, 0.9]])[0] == ("firm", 0, 1)


def test_a_team_is_as_sure_as_in_the_worst_year_in_which_something_is_lacking() -> None:
    """Its 0.3 of a year that is sure enough in all does not ask for a large step."""
    assert [by for *_, by in steps([0.9, 0.7, 0.6], by_team=[[0.3, 0.7, 0.6]])] == [1, 1]
    assert [by for *_, by in steps([0.9, 0.7, 0.6], by_team=[[0.9, 0.7, 0.4]])] == [3, 3]


def test_the_team_that_is_least_sure_comes_first() -> None:
    least = [[0.9, 0.7, 0.9], [0.9, 0.6, 0.9]]
    tried = steps([0.9, 0.5, 0.9], two=True, by_team=least)
    assert [(kind, team) for kind, team, _ in tried] == [
        ("firm", 1),
        ("spare", 1),
        ("firm", 0),
        ("spare", 0),
    ]


def test_another_team_s_posts_are_tried_only_where_none_of_the_first_is_of_use() -> None:
    """A firm post of the first team brings 0.1: the second team's are not looked at."""

    def says(choice: Choice, _: int) -> Tried:
        high = 0.5 + 0.1 * choice.firm[0]
        cost = 100.0 + sum((*choice.firm, *choice.spare))
        return came([0.9, high, 0.9], cost, [[0.9, 0.6, 0.9], [0.9, 0.7, 0.9]])

    found = search(says, plans(TWO_TEAMS))
    tried = list(found.steps(Choice((0, 0), (0, 0)), ALL, EVERY))
    assert tried == [("firm", 0, 1), ("spare", 0, 1)]


def test_a_step_of_little_worth_on_few_draws_is_not_tried_on_all() -> None:
    """On few draws a firm post is worth 0.01 a pound and a spare one 0.004: less than half of it.

    With 0.006 it is tried on all, and is the best there.
    """
    for spare, best in ((0.04, "firm"), (0.06, "spare")):

        def says(choice: Choice, number: int, spare: float = spare) -> Tried:
            brings = 0.1 * choice.firm[0]
            brings += (spare if number == FEW else 0.2) * choice.spare[0]
            return came([0.9, 0.5 + brings, 0.9], 100.0 + 10.0 * sum(choice.firm + choice.spare))

        found = search(says)
        value, step = found.best_step(one(0), ALL, EVERY)
        assert step == (best, 0, 1)
        assert value == pytest.approx({"firm": 0.01, "spare": 0.02}[best])
        assert ((one(0, 1), ALL) in asked(found)) == (best == "spare")


def test_a_step_worth_half_of_the_best_is_still_in_question() -> None:
    """A quarter and an eighth of probability for the same pounds, on few draws and on all."""

    def says(choice: Choice, _: int) -> Tried:
        brings = 0.25 * choice.firm[0] + 0.125 * choice.spare[0]
        return came([1.0, 0.5 + brings, 1.0], 100.0 + 2.0 * (choice.firm[0] + choice.spare[0]))

    found = search(says)
    found.asked = 1.0
    assert found.best_step(one(0), ALL, EVERY) == (0.125, ("firm", 0, 1))
    assert (one(0, 1), ALL) in asked(found)


def test_there_is_no_best_step_where_none_brings_anything() -> None:
    found = search(lambda *_: came([0.9, 0.5, 0.9], 100.0))
    assert found.best_step(one(0), ALL, EVERY) == (0.0, None)


def test_few_draws_are_those_of_the_size_before() -> None:
    found = search(lambda *_: came([0.9, 0.5, 0.9], 100.0))
    assert [found.fewer(number) for number in (FEW, ALL)] == [FEW, FEW]


# Up, until it is sure enough ----------------------------------------------------------------


def test_posts_are_added_until_every_year_is_sure_enough() -> None:
    """Each firm post brings 0.1: from 0.55 the third reaches 0.8, and a fourth is not added."""
    says = lambda choice, _: came([0.55 + 0.1 * choice.firm[0], 0.9, 0.9], 100.0 + choice.firm[0])  # noqa: E731
    assert search(says).up(one(0), ALL, EVERY) == one(3)
    assert search(says).up(one(3), ALL, EVERY) == one(3)


def test_a_step_is_done_again_while_it_is_worth_three_quarters_of_the_first() -> None:
    """A firm post brings 0.1 first, then 0.08 (again), then 0.05 (others are tried).

    A spare post brings 0.06 each time for the same pound: the third step is a spare one.
    """
    firm = [0.0, 0.1, 0.18, 0.23, 0.24]

    def says(choice: Choice, _: int) -> Tried:
        brings = firm[min(choice.firm[0], 4)] + 0.06 * choice.spare[0]
        cost = 100.0 + 2.0 * (choice.firm[0] + choice.spare[0])
        return came([0.9, 0.5 + brings, 0.9], cost)

    found = search(says)
    assert found.up(one(0), ALL, EVERY) == one(2, 2)
    assert (one(3, 0), ALL) in asked(found)


def test_a_step_that_is_worth_a_little_less_each_time_goes_on() -> None:
    """0.07 after 0.09 is 78% of it: a second firm post comes before a spare one of 0.08."""
    firm = [0.0, 0.09, 0.16, 0.16]

    def says(choice: Choice, _: int) -> Tried:
        brings = firm[min(choice.firm[0], 3)] + 0.08 * choice.spare[0]
        cost = 100.0 + 2.0 * choice.firm[0] + 1.9 * choice.spare[0]
        return came([0.9, 0.62 + brings, 0.9], cost)

    assert search(says).up(one(0), ALL, EVERY) == one(2, 1)


def test_a_search_that_nothing_helps_ends_where_it_began() -> None:
    assert search(lambda *_: came([0.9, 0.5, 0.9], 100.0)).up(one(1), ALL, EVERY) == one(1)


# Down, until no post can be spared ----------------------------------------------------------


def sure_with(firm: float, together: float, price: float = 6.0) -> Callable[[Choice, int], Tried]:
    """Sure enough with so many firm posts, and so many in all; a firm one costs £10."""

    def says(choice: Choice, _: int) -> Tried:
        enough = choice.firm[0] >= firm and choice.firm[0] + choice.spare[0] >= together
        cost = 1000.0 + 10.0 * choice.firm[0] + price * choice.spare[0]
        return came([0.9, 0.8 if enough else 0.79, 0.9], cost)

    return says


def test_the_post_goes_first_that_saves_most() -> None:
    """Three in all are enough. Of 3 firm and 3 spare the firm ones go, since each saves £10."""
    assert search(sure_with(-1, 3)).down(one(3, 3), ALL, EVERY) == one(0, 3)
    assert search(sure_with(-1, 3, price=12.0)).down(one(3, 3), ALL, EVERY) == one(3, 0)


def test_no_post_goes_that_saves_less_than_a_ten_thousandth() -> None:
    """Of £1,000 a post that saves 9 pence stays, and one that saves 11 pence goes."""
    for price, left in ((0.09, 2), (0.11, 0)):
        assert search(sure_with(0, 0, price)).down(one(0, 2), ALL, EVERY) == one(0, left)


def test_where_no_year_is_reached_no_post_goes() -> None:
    assert search(sure_with(0, 0)).down(one(2, 2), ALL, ~EVERY) == one(2, 2)


def test_no_fewer_are_agreed_than_planned_where_a_year_before_the_review_is_out_of_reach() -> None:
    """Posts of the plan for the central case may go only where the first year is reached."""
    from_two = plans(months=36)
    for reached, left in (([True, True, True], -1), ([False, True, True], 0)):
        found = search(sure_with(-9, -9), from_two)
        assert found.early.tolist() == [True, False, False]
        assert found.down(one(2, 0), ALL, np.array(reached)).firm == (left,)


def test_what_could_not_be_spared_is_not_tried_again() -> None:
    """Firm posts save more and none can go: it is tried once, however many spare ones go."""
    found = search(sure_with(3, 0))
    assert found.down(one(3, 0), ALL, EVERY).firm == (3,)
    tried = [number for choice, number in asked(found) if choice.firm == (2,)]
    assert len([number for number in tried if number == ALL]) <= 1


def test_a_part_of_a_post_goes_where_a_whole_one_cannot() -> None:
    """In quarters, of which four are enough: of six two can go, a whole post of four cannot."""
    found = search(sure_with(0, 3.5), part=0.25)
    assert found.whole == 4
    assert found.down(one(0, 6), ALL, EVERY, 2).spare == (4,)
    assert found.down(one(0, 6), ALL, EVERY).spare == (6,)


# A firm post in place of spare ones ---------------------------------------------------------


def test_a_firm_post_in_place_of_spare_ones_is_found() -> None:
    """One more firm post (£10) lets two spare ones go (£12), which neither could alone."""

    def says(choice: Choice, _: int) -> Tried:
        firm, spare = choice.firm[0], choice.spare[0]
        enough = (firm, spare) >= (1, 3) if firm <= 1 else spare >= 1
        return came([0.9, 0.8 if enough else 0.7, 0.9], 1000.0 + 10.0 * firm + 6.0 * spare)

    found = search(says)
    assert found.down(one(1, 3), ALL, EVERY) == one(1, 3)
    assert found.exchanged(one(1, 3), EVERY) == one(2, 1)


def test_at_most_four_spare_posts_go_for_a_firm_one() -> None:
    """At £10 for £2.60 the fourth spare post makes it cheaper; at £2.40 a fifth would have to."""
    for price, expected in ((2.6, one(2, 1)), (2.4, None)):
        found = search(sure_with(0, 0, price))
        assert found.exchanged(one(1, 5), EVERY) == expected


def test_nothing_is_exchanged_where_it_would_not_be_sure_enough() -> None:
    assert search(sure_with(0, 6)).exchanged(one(1, 5), EVERY) is None
    assert search(sure_with(0, 0)).exchanged(one(1, 5), ~EVERY) is None


def test_without_a_review_there_is_nothing_to_exchange() -> None:
    assert search(sure_with(0, 0), reviewed=False).exchanged(one(1, 5), EVERY) is None


def test_spare_posts_that_cost_nothing_are_not_taken_further() -> None:
    """A rule that would not add a second one costs as much without it: it ends there."""
    says = lambda choice, _: came(  # noqa: E731
        [0.9, 0.9, 0.9], 1000.0 + 10.0 * choice.firm[0] + 6.0 * max(4, choice.spare[0])
    )
    found = search(says)
    assert found.exchanged(one(1, 5), EVERY) is None
    assert min(choice.spare[0] for choice, _ in asked(found)) == 3


# What few draws tell ------------------------------------------------------------------------


def lost(of: Sequence[int], gained: int = 0) -> Callable[[Choice, int], Tried]:
    """With a firm post fewer so many of the first 160 draws are lost, by year, and some gained.

    Ten draws miss the second year with all posts.
    """

    def says(choice: Choice, number: int) -> Tried:
        missed = np.zeros((number, 3), dtype=bool)
        missed[:10, 1] = True
        if not choice.firm[0]:
            missed[:gained, 1] = False
            for year, many in enumerate(of):
                missed[10 : 10 + many, year] = True
        return came([0.95, 0.85, 0.95], 100.0, missed=missed)

    return says


@pytest.mark.parametrize(
    ("draws", "gained", "may"),
    [
        # 16 of 160 lost: 0.85 - 0.1 + 2.5 × √((0.1 - 0.01) ÷ 160) = 0.809
        (16, 0, True),
        # 18: 0.85 - 0.1125 + 2.5 × √((0.1125 - 0.01266) ÷ 160) = 0.79995
        (18, 0, False),
        # 22 lost and 4 gained are as many fewer, but differ in 26 and so tell less:
        # 0.85 - 0.1125 + 2.5 × √((0.1625 - 0.01266) ÷ 160) = 0.814
        (22, 4, True),
    ],
)
def test_a_choice_far_below_on_few_draws_is_not_tried_on_all(
    draws: int, gained: int, may: bool
) -> None:
    found = search(lost([0, draws, 0], gained))
    assert found.may_hold(one(0), one(1), ALL, EVERY) == may
    assert (one(0), ALL) not in asked(found)


def test_only_years_that_are_reached_tell_against_a_choice() -> None:
    found = search(lost([0, 40, 0]))
    assert not found.may_hold(one(0), one(1), ALL, EVERY)
    assert found.may_hold(one(0), one(1), ALL, np.array([True, False, True]))


def test_of_choices_the_cheapest_that_is_sure_enough_is_taken() -> None:
    """£80 is not sure enough and £90 is: with it may still be spared what costs as much or more."""
    price = {(0, 2): 80.0, (2, 0): 90.0, (1, 1): 95.0, (3, 3): 100.0, (5, 5): 100.0}

    def says(choice: Choice, _: int) -> Tried:
        key = (choice.firm[0], choice.spare[0])
        return came([0.9, 0.7 if key == (0, 2) else 0.8, 0.9], price[key])

    fewer = {("a", 0): one(1, 1), ("b", 0): one(0, 2), ("c", 0): one(2, 0), ("d", 0): one(5, 5)}
    found = search(says).cheapest(fewer, one(3, 3), ALL, EVERY)
    assert found == (one(2, 0), [("c", 0), ("a", 0)])
    assert search(says).cheapest({("b", 0): one(0, 2)}, one(3, 3), ALL, EVERY) is None


def test_another_answer_is_better_where_it_is_as_sure_and_a_hundredth_cheaper() -> None:
    """Posts fixed now for £98.90 are taken in place of reviews for £100, and for £99.10 not."""
    for price, short, better in ((98.9, 0.8, True), (99.1, 0.8, False), (90.0, 0.75, False)):

        def says(choice: Choice, _: int, price: float = price, short: float = short) -> Tried:
            mine = choice.firm[0] == 7
            return came([0.9, short if mine else 0.8, 0.9], price if mine else 100.0)

        reviews = search(says)
        fixed = reviews.without_reviews()
        fixed.trials = reviews.trials
        reviews.choice, fixed.choice = one(1), one(7)
        assert fixed.surpasses(reviews) == better


# Which posts a choice has --------------------------------------------------------------------


def test_firm_posts_come_as_soon_as_they_can_be_filled() -> None:
    """Filling a post takes three months: two firm ones more stand from the fourth month on."""
    plan = plans(grade="recruitment_lead_months = 3")
    found = search(lambda *_: came([0.9] * 3, 1.0), plan)
    more = found.base(one(2)) - found.base(one(0))
    assert more[:, 0].tolist() == [0.0] * 3 + [2.0] * 33


def test_posts_of_the_plan_after_the_first_review_are_left_to_the_review() -> None:
    """Cases grow by 30% a year, so the plan adds posts each April: those of April 2026 are not
    agreed now. The first review, of October 2025, sets them."""
    plan = plans(growth="{ value = 0.3, low = 0.2, high = 0.4, source = 'judgement' }")
    assert plan.sizing is not None
    needed = plan.sizing.posts[:, 0]
    assert needed[12] > needed[11]
    base = search(lambda *_: came([0.9] * 3, 1.0), plan).base(one(0))[:, 0]
    assert base.tolist() == [*needed[:12], *[needed[11]] * 24]


def test_without_reviews_spare_posts_come_in_the_middle() -> None:
    """The middle of three years from April 2025 is in 2026/27, which begins in month 12."""
    found = search(lambda *_: came([0.9] * 3, 1.0), reviewed=False)
    more = found.base(one(1, 2)) - found.base(one(0, 0))
    assert more[:, 0].tolist() == [1.0] * 12 + [3.0] * 24
    late = search(lambda *_: came([0.9] * 3, 1.0), plans(start="2025-10-01"), reviewed=False)
    assert late.half == 18


def test_no_fewer_posts_than_there_are_can_be_agreed() -> None:
    """Current posts may not shrink: of the post that the plan adds one can go, and no more."""
    found = search(lambda *_: came([0.9] * 3, 1.0))
    assert found.base(one(0))[:, 0].tolist() == [3.0] * 36
    assert found.base(one(-1))[:, 0].tolist() == [2.0] * 36
    assert found.base(one(-2))[:, 0].tolist() == [2.0] * 36
    assert found.smaller(one(0), "firm", 0, -np.inf) == one(-1)
    assert found.smaller(one(-1), "firm", 0, -np.inf) is None


def test_where_posts_may_shrink_fewer_than_there_are_can_be_agreed() -> None:
    plan = plans(grade="may_shrink = true")
    found = search(lambda *_: came([0.9] * 3, 1.0), plan)
    assert found.base(one(-2))[:, 0].tolist() == [1.0] * 36


def test_posts_fixed_now_are_sought_from_what_reviews_come_to() -> None:
    """3 there with 1 firm makes 4; reviews end with 5.6 on average, so 2 more from the middle."""
    reviews = search(lambda *_: came([0.9] * 3, 1.0, last=[5.6]))
    reviews.choice = one(1, 2)
    fixed = reviews.without_reviews()
    assert fixed.start() == one(1, 2)
    few = search(lambda *_: came([0.9] * 3, 1.0, last=[3.2]))
    few.choice = one(1, 2)
    assert few.without_reviews().start() == one(1, 0)
    assert reviews.start() == one(0, 0)
