"""Choices of posts tried on the same simulations, each group of teams by itself (EQ30)."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import numpy as np
import pytest

from capacity.engine.model import Array
from capacity.risk import chances, futures, review, trials
from capacity.risk.decide import PostSearch
from capacity.risk.draws import Draws
from capacity.risk.review import Maker, ReviewRule
from capacity.risk.trials import Choice, GroupCame, Trials
from capacity.stages import PlanResult
from tests.test_post_search import plans
from tests.test_review import LIMIT, TWO_TEAMS, UNCERTAIN
from tests.toys import plan_of, toy


def search(plan: PlanResult, number: int = 40, **more: Any) -> PostSearch:
    """A search on so many simulations."""
    return PostSearch(plan, Draws(plan.scenario, 3), searched=number, **more)


# Choices ------------------------------------------------------------------------------------


def test_a_choice_is_put_together_of_those_of_each_group() -> None:
    choice = Choice((1, 2, 3), (4, 5, 6))
    parts = [choice.only((1,)), choice.only((0, 2))]
    assert parts == [Choice((0, 2, 0), (0, 5, 0)), Choice((1, 0, 3), (4, 0, 6))]
    assert reduce(Choice.joined, parts) == choice


def test_means_over_draws_by_weight() -> None:
    held = np.array([[True, False], [False, False], [True, True]])
    assert trials.mean(held, None) == pytest.approx([2 / 3, 1 / 3])
    assert trials.mean(held, np.array([1.0, 2.0, 5.0])) == pytest.approx([6 / 8, 5 / 8])


# What it comes to ---------------------------------------------------------------------------


def group(held: list[int], cost: list[float], last: list[list[float]], team: int) -> GroupCame:
    """What became of one team in a few draws and one period."""
    flags = np.array(held, dtype=bool)[:, None]
    return GroupCame(flags, {team: flags}, np.array(cost), np.array(last))


@pytest.mark.parametrize(
    ("weight", "chance", "teams", "cost", "last"),
    [
        # Both hold in the first and third of four draws; each alone in three.
        (None, 0.5, [0.75, 0.75], 16.5, [3.5, 1.25]),
        # Of weights 1, 2, 4 and 1: 5 of 8; without the second 6; without the last 7.
        # 15 + 2 × 16 + 4 × 18 + 17 = 136; three constables count 3 of 8 and four 5.
        ([1, 2, 4, 1], 5 / 8, [6 / 8, 7 / 8], 136 / 8, [29 / 8, 9 / 8]),
    ],
)
def test_what_two_teams_come_to_together(
    weight: list[float] | None, chance: float, teams: list[float], cost: float, last: list[float]
) -> None:
    """Costs £10 + 5, 10 + 6, 11 + 7 and 11 + 6, on average £16.50; posts are those of each."""
    made = search(plans(TWO_TEAMS), 4)
    sample = made.sample
    sample.weight = None if weight is None else np.array(weight, dtype=float)
    assert sample.sizes == (4,)
    assert sample.periods[0] == "2025/26"
    sample.periods = ("2025/26",)
    tried = Trials(sample, made.teams, made.team)
    choice = Choice((1, 0), (0, 2))
    mine = [[3.0, 0.0], [3.0, 0.0], [4.0, 0.0], [4.0, 0.0]]
    theirs = [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 2.0]]
    tried.came[0][Choice((1, 0), (0, 0))] = [group([1, 0, 1, 1], [10, 10, 11, 11], mine, 0)]
    tried.came[1][Choice((0, 0), (0, 2))] = [group([1, 1, 1, 0], [5, 6, 7, 6], theirs, 1)]
    found = tried.tried(choice, 4)
    assert found.chance == pytest.approx([chance])
    assert found.by_team[:, 0] == pytest.approx(teams)
    assert found.missed[:, 0].tolist() == [False, True, False, True]
    assert found.costs == pytest.approx([15, 16, 18, 17])
    assert found.cost == pytest.approx(cost)
    assert found.last == pytest.approx(last)
    assert [one for one, _ in tried.every()] == [choice]


def test_weights_are_those_of_the_draws_asked_for() -> None:
    """Of the first two draws one holds: with weights 3 and 1 it is three quarters."""
    made = search(plans(), 4)
    made.sample.weight = np.array([3.0, 1.0, 9.0, 9.0])
    made.sample.sizes = (2, 4)
    made.sample.periods = ("2025/26",)
    tried = Trials(made.sample, made.teams, made.team)
    first = group([1, 0], [1, 5], [[3.0], [3.0]], 0)
    tried.came[0][Choice((0,), (0,))] = [first, group([1, 1], [1, 1], [[3.0], [3.0]], 0)]
    found = tried.tried(Choice((0,), (0,)), 2)
    assert found.chance == pytest.approx([0.75])
    assert found.by_team == pytest.approx(np.array([[0.75]]))
    assert found.cost == pytest.approx(2.0)


@cache
def both() -> PlanResult:
    """A plan of two teams that know nothing of each other."""
    grows = TWO_TEAMS.replace("growth_per_year = 0\n", f"growth_per_year = {UNCERTAIN}\n")
    return plan_of(toy(LIMIT, grows, months=36, growth=UNCERTAIN, posts=2))


def test_teams_worked_out_apart_come_to_what_they_do_together() -> None:
    """Every draw: what holds, what it costs and the posts at the end."""
    made = search(both(), 40)
    assert [tuple(one) for one in made.sample.groups] == [(0,), (1,)]
    choice = Choice((1, 0), (0, 1))
    apart = made.trials.tried(choice, 40)
    worlds = [futures.world(made.draws, np.arange(1, 41))]
    whole = trials.worked(worlds, *made.team(choice))
    held = whole.record.held("year", whole.record.named(None))
    assert tuple(held) == made.sample.periods
    missed = ~np.stack(list(held.values()), axis=1)
    np.testing.assert_array_equal(apart.missed, missed)
    assert missed.any()
    assert not missed.all()
    np.testing.assert_allclose(apart.costs, trials.discounted(made.model, whole.posts, 0.0 * NONE))
    np.testing.assert_allclose(apart.last, whole.posts[:, -1].mean(axis=0))
    assert apart.by_team.shape == (2, 3)
    for team, cohort in enumerate("ab"):
        rules = [n for n, rule in enumerate(whole.record.rules) if rule.cohort == cohort]
        alone = np.stack(list(whole.record.held("year", rules).values()), axis=1)
        np.testing.assert_allclose(apart.by_team[team], alone.mean(axis=0))


NONE: Array = np.zeros((1, 36, 2))
"""No overtime of two teams in three years."""


def test_a_choice_is_worked_out_once_and_goes_on_where_it_was() -> None:
    """On few draws first, then on the others: the same as on all at once, and nothing twice."""
    made = search(both(), 200)
    assert made.sample.sizes == (160, 200)
    asked: list[tuple[Choice, tuple[int, ...]]] = []
    make = made.trials.make

    def noted(choice: Choice, teams: Any) -> Any:
        asked.append((choice, tuple(teams)))
        return make(choice, teams)

    made.trials.make = noted
    choice, other = Choice((1, 1), (0, 0)), Choice((1, 0), (0, 0))
    few = made.trials.tried(choice, 160)
    every = made.trials.tried(choice, 200)
    assert (len(few.costs), len(every.costs)) == (160, 200)
    np.testing.assert_array_equal(every.missed[:160], few.missed)
    at_once = search(both(), 200).trials.tried(choice, 200)
    np.testing.assert_array_equal(at_once.missed, every.missed)
    asked.clear()
    made.trials.tried(choice, 160)
    assert not asked
    made.trials.tried(other, 160)
    assert asked == [(Choice((0, 0), (0, 0)), (1,))]


def test_posts_and_overtime_are_discounted_by_month() -> None:
    """Two posts at £60,000 a year and 10 hours at £30 in every month: £10,300 a month.

    At 3.5% a year a month t years from the start counts for 1.035^-t.
    """
    text = toy(LIMIT, team="overtime_cost_per_hour = 30", months=24)
    model = plan_of(text.replace("cost_per_year = 50000", "cost_per_year = 60000")).model
    posts, overtime = np.full((3, 24, 1), 2.0), np.full((3, 24, 1), 10.0)
    posts[1], overtime[2] = 0.0, 0.0
    factor = sum(1.035 ** (-month / 12) for month in range(24))
    found = trials.discounted(model, posts, overtime)
    assert found == pytest.approx([10_300 * factor, 300 * factor, 10_000 * factor])


# What is judged -----------------------------------------------------------------------------


def test_more_posts_than_can_be_used_are_twice_and_five() -> None:
    """3 constables become 3 + 3 + 5; a sergeant for each 4 of them makes 3; staff 2.5 become 10.5.

    Half a post is rounded up: twice 2.5 and five are 10, a whole number more than 2.5 is 8.
    """
    more = (
        "[teams.t.grades.sgt]\nin_post = 1\ncost_per_year = 60000\ncasework_share = 0\n"
        "supervises = 4\n[teams.t.grades.staff]\nkind = 'staff'\nin_post = 2.5\n"
        "cost_per_year = 40000\ncasework_share = 0.5"
    )
    plan = plan_of(toy(LIMIT, more, months=24))
    found = trials.generous(plan)
    names = [key.grade for key in plan.model.grades]
    there = dict(zip(names, found.posts[0].tolist(), strict=True))
    assert there["pc"] == 11.0
    assert there["staff"] == 10.5
    assert there["sgt"] == np.ceil((11 + 10.5) / 4)
    assert (found.posts == found.posts[0]).all()
    assert found.overtime == "limit"


UNITS = """
[[standards]]
name = "Most of t"
team = "t"
max_posts = 9
[queues.checks]
team = "u"
arrivals_per_month = 1
hours = 1
deadline_months = 2
[[standards]]
name = "Checks"
queue = "checks"
longest_wait_months = 3
"""


def test_a_team_has_to_meet_the_standards_of_its_cohorts_its_queues_and_its_posts() -> None:
    plan = plan_of(toy(LIMIT, TWO_TEAMS, UNITS, months=24))
    sample = search(plan, 4).sample
    told = [
        {found.rules[n].standard for n in trials.rules_of(plan.model, team, found)}
        for team, found in enumerate(sample.best)
    ]
    assert told == [{"Limit", "Most of t"}, {"Limit of u", "Checks"}]
    # Judged together, what a queue needs is still its own team's alone.
    world = futures.world(Draws(plan.scenario, 3), np.arange(1, 3))
    found = chances.record(plan.model.calendar, [futures.run(world, futures.todays(plan))])
    mine = {found.rules[n].standard for n in trials.rules_of(plan.model, 0, found)}
    assert not mine & {"Limit of u", "Checks"}


def test_periods_are_the_years_that_standards_are_judged_in() -> None:
    """The limit of the first team begins in April 2026, so that 2025/26 is the second's alone."""
    later = LIMIT.replace("cases_per_officer", "from = 2026-04-01\ncases_per_officer")
    plan = plan_of(toy(later, TWO_TEAMS, months=36, growth=UNCERTAIN, posts=2))
    sample = search(plan, 20).sample
    assert sample.periods == ("2025/26", "2026/27", "2027/28")
    first, second = (record.held("year", record.named(None)) for record in sample.best)
    assert (list(first), list(second)) == (["2026/27", "2027/28"], list(sample.periods))
    record = sample.best[0]
    held = sample.held(record, record.named(None), 20)
    assert held[:, 0].all(), "nothing is asked of the first team in 2025/26"


def test_every_month_at_once_and_a_years_average_have_periods_of_their_own() -> None:
    for of, named in (("every month", ("every month",)), ("average", ("2025/26 average",))):
        sizing = f'[sizing]\nstarts = "year"\nconfidence_of = "{of}"'
        made = search(plan_of(toy(LIMIT, sizing, months=36, growth=UNCERTAIN, posts=2)), 20)
        assert made.sample.periods[: len(named)] == named
        # The whole horizon begins before any review bears fruit.
        assert made.early.tolist() == [True] + [False] * (len(made.sample.periods) - 1)


def test_the_first_month_from_which_posts_can_be_enough() -> None:
    """Six months pass before anybody comes: from October 2025 to the end of March it can be met."""
    text = toy(LIMIT, months=36, posts=1, grade="recruitment_lead_months = 6", growth="0.0")
    sample = search(plan_of(text), 20).sample
    assert sample.reachable.tolist() == [0.0, 1.0, 1.0]
    assert sample.earliest("2025/26", 0.8) == "2025-10"
    assert sample.earliest("2026/27", 0.8) == "2026-04"
    assert sample.earliest("every month", 0.8) is None


def test_posts_are_enough_only_if_they_are_to_the_end_of_the_year() -> None:
    """1,000 cases come for the last month of 2025/26 alone, more than twice the posts can carry.

    So no month of that year is one from which they are enough, and April 2026 is the first.
    """
    wave = (
        '[[events]]\nat = 2026-03-01\ncohort = "a"\ntier = "hi"\narrivals = 1000\n'
        '[[events]]\nat = 2026-04-01\ncohort = "a"\ntier = "hi"\nleavers = 1000\n'
    )
    sample = search(plan_of(toy(LIMIT, wave, months=36)), 20).sample
    assert sample.reachable.tolist() == [0.0, 1.0, 1.0]
    assert sample.earliest("2025/26", 0.8) == "2026-04"


def test_a_year_is_out_of_reach_for_all_where_it_is_for_one_team() -> None:
    """The second team's people take six months to come, and its 90 cases are too many for one."""
    slow = TWO_TEAMS.replace("cases = 40", "cases = 90")
    slow = slow.replace("weekly_hours", "recruitment_lead_months = 6\nweekly_hours")
    sample = search(plan_of(toy(LIMIT, slow, months=36)), 20).sample
    assert sample.reachable.tolist() == [0.0, 1.0, 1.0]
    assert sample.earliest("2025/26", 0.8) == "2025-10"


SHARE = '{ value = 0.95, low = 0.88, high = 0.99, source = "judgement" }'
"""Share of visits due that can be done, whoever there is to do them."""

TWO_SHARES = f"""
[cohorts.b]
team = "u"
[cohorts.b.tiers]
only = {{ cases = 120 }}
[cohorts.b.duties.check]
per_year = 12
hours = 2
access_rate = {SHARE}
[teams.u.grades.pc]
in_post = 1
cost_per_year = 50000
[[standards]]
name = "Visits"
cohort = "a"
duty = "visit"
completion = 0.87
pooled = true
judged = "quarter"
from = 2025-10-01
[[standards]]
name = "Checks"
cohort = "b"
duty = "check"
completion = 0.87
judged = "quarter"
from = 2025-10-01
"""


def shares(*more: str) -> str:
    """Two teams, each with a standard that it meets in nine of ten simulations at the best."""
    return toy(TWO_SHARES, *more, months=36, duty=f"hours = 2\naccess_rate = {SHARE}")


def test_where_no_year_is_in_reach_of_all_standards_each_is_asked_for_by_itself() -> None:
    """Each of two in 0.9 or so of simulations, both in 0.81 or so: asked for 0.85, each alone."""
    plan = plan_of(shares("[sizing]\nconfidence = 0.85"))
    made = search(plan, 400)
    sample = made.sample
    together, each = sample.reachable, sample.reach(sample.goals)
    assert (together < 0.85).all()
    assert [*sample.goals] == [
        (name, year) for name in ("Visits", "Checks") for year in ("2025/26", "2026/27", "2027/28")
    ]
    # Neither team knows of the other, and they share no luck: both hold as often as the product.
    assert together == pytest.approx(each[:3] * each[3:], abs=0.03)
    np.testing.assert_array_equal(made.within_reach(), each >= 0.85)
    # A team is as sure of a goal as of its own standards in it, and of another's it is certain.
    tried = made.tried(made.start())
    np.testing.assert_array_equal(tried.by_team[0, 3:], 1.0)
    np.testing.assert_array_equal(tried.by_team[1, :3], 1.0)
    np.testing.assert_allclose(tried.by_team[0, :3], tried.chance[:3])
    assert made.early.tolist() == 2 * [True, False, False]


def checks_later(text: str) -> str:
    """The same with the last standard from April 2026, so that 2025/26 is the first's alone."""
    return "from = 2026-04-01".join(text.rsplit("from = 2025-10-01", 1))


def test_a_year_of_one_standard_makes_the_years_of_all_no_more_probable() -> None:
    """2025/26 is in reach, as 0.9 or so of one standard; the years of both are not."""
    sample = search(plan_of(checks_later(shares("[sizing]\nconfidence = 0.85"))), 400).sample
    assert [one >= 0.85 for one in sample.reachable] == [True, False, False]
    assert [*sample.goals] == [
        (None, "2025/26"),
        ("Visits", "2026/27"),
        ("Visits", "2027/28"),
        ("Checks", "2026/27"),
        ("Checks", "2027/28"),
    ]


def test_where_a_year_is_in_reach_of_all_standards_they_are_asked_for_together() -> None:
    sample = search(plan_of(shares("[sizing]\nconfidence = 0.7")), 100).sample
    assert sample.goals == sample.together
    assert [goal.standard for goal in sample.goals] == [None, None, None]


def test_where_posts_are_limited_all_standards_are_asked_for_together() -> None:
    """Nobody knows what is in reach before trying."""
    most = '[[standards]]\nname = "Most"\nteam = "u"\nmax_posts = 1\n[sizing]\nconfidence = 0.85'
    sample = search(plan_of(shares(most)), 100).sample
    assert sample.goals == sample.together


def test_teams_at_both_ends_of_a_flow_are_worked_out_together() -> None:
    """What the queue of one team leads to are cases of another; a third knows of neither."""
    queue = """
[queues.referrals]
team = "v"
arrivals_per_month = 10
hours = 8
[[queues.referrals.leads_to]]
cohort = "a"
share = 0.3
tier = "hi"
[teams.v.grades.pc]
in_post = 2
cost_per_year = 50000
"""
    plan = plan_of(toy(LIMIT, TWO_TEAMS, queue, months=36, growth=UNCERTAIN, posts=2))
    names = plan.model.teams
    groups = [{names[team] for team in one} for one in trials.linked_by_flows(plan.model)]
    assert sorted(groups, key=len) == [{"u"}, {"t", "v"}]
    made = search(plan, 40)
    choice = made.start()
    apart = made.trials.tried(choice, 40)
    worlds = [futures.world(made.draws, np.arange(1, 41))]
    whole = trials.worked(worlds, *made.team(choice))
    held = whole.record.held("year", whole.record.named(None))
    np.testing.assert_array_equal(apart.missed, ~np.stack(list(held.values()), axis=1))
    costs = trials.discounted(made.model, whole.posts, whole.overtime)
    np.testing.assert_allclose(apart.costs, costs)


def test_without_a_rule_the_generous_team_is_followed_as_it_is() -> None:
    made = search(plans(), 20)
    ran = trials.worked(made.portions((1, 21))[0], made.sample.most, ReviewRule((), ()))
    assert ran.posts.shape == (20, 36, 1)
    assert (ran.posts == 9.0).all(), "2 + 2 + 5"
    rule = Maker(made.plan, 10).rule(made.sample.most.posts, {0: 0})
    world = made.portions((1, 21))[0][0]
    assert (review.follow(world, made.sample.most, rule).staff.posts >= 9.0).all()
