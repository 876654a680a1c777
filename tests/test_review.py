"""Plans that are reviewed each year (EQ30): the rule by hand, what a review may know, search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from capacity.engine.model import Whole
from capacity.reading import scenario
from capacity.results import recommendation
from capacity.risk import chances, decide, futures, knowing, recommended, review
from capacity.risk.agreement import Agreed
from capacity.risk.decide import PostSearch
from capacity.risk.draws import Draws
from capacity.risk.futures import Future, Staffing, World
from capacity.risk.recommended import Recommended
from capacity.risk.review import Maker, ReviewDate, ReviewRule, Threshold
from capacity.risk.trials import Choice, Trials, rules_of
from capacity.stages import PlanResult
from tests import deciding
from tests.toys import APRIL, plan_of, toy, visits

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
UNCERTAIN = "{ value = 0.05, low = -0.05, high = 0.2, source = 'judgement' }"


def advice(plan: PlanResult, number: int) -> Recommended:
    """The recommended plan, where there is one."""
    found = recommended.recommend(plan, number=number)
    assert isinstance(found, Recommended)
    return found


def rows_of(plan: PlanResult, spare: int = 0) -> list[tuple[int, str, str, float, float]]:
    """The rule of a plan's first review with current posts as its base."""
    maker = Maker(plan, 10)
    rule = maker.rule(plan.model.people.posts[0], {0: spare})
    grades = [key.grade for key in plan.model.grades]
    return [(r.review, grades[r.grade], r.measure, r.at_least, r.posts) for r in rule.rows]


# When reviews are ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "month", "expected"),
    [
        # October 2024 itself does not count: the first is October 2025, for April 2026.
        ("2024-10-01", 10, [ReviewDate(12, 18, 30), ReviewDate(24, 30, 36)]),
        ("2025-04-01", 10, [ReviewDate(6, 12, 24), ReviewDate(18, 24, 36)]),
        # One in April is for the April after.
        ("2025-03-01", 4, [ReviewDate(1, 13, 25), ReviewDate(13, 25, 36)]),
        ("2025-04-01", 0, []),
    ],
)
def test_a_review_is_for_the_next_april(start: str, month: int, expected: list[ReviewDate]) -> None:
    model = plan_of(toy(LIMIT, months=36, start=start), fixed=True).model
    assert list(review.reviews(model, month)) == expected


# The rule by hand ---------------------------------------------------------------------------


def test_a_limit_on_cases_gives_a_row_for_each_post() -> None:
    """120 cases, 50 to an officer, none leaves: 3 posts carry 150 cases, 4 carry 200."""
    rows = rows_of(plan_of(toy(LIMIT, months=36)))
    first = [row[1:] for row in rows if row[0] == 0]
    assert first[:3] == [
        ("pc", "cases", 0.0, 3.0),
        ("pc", "cases", 151.0, 4.0),
        ("pc", "cases", 201.0, 5.0),
    ]
    assert all(name == "cases" for _, _, name, _, _ in rows), "no standard asks for hours"


def test_growth_is_allowed_for_to_the_year_that_the_posts_are_for() -> None:
    """18 months from the review's figures to March 2027: 150 cases then are 130.02 at the review.

    150 ÷ 1.1^1.5 = 130.02, so a fourth post is wanted from 131 cases on.
    """
    rows = rows_of(plan_of(toy(LIMIT, months=36, growth=0.1)))
    assert next(at for n, _, _, at, posts in rows if (n, posts) == (0, 4.0)) == 131.0


def test_spare_posts_move_every_row() -> None:
    rows = rows_of(plan_of(toy(LIMIT, months=36)), spare=1)
    assert next(at for n, _, _, at, posts in rows if (n, posts) == (0, 4.0)) == 101.0


def test_parts_of_posts_have_rows_of_their_own() -> None:
    """120 cases, 50 to an officer: 3 posts carry 150 cases, 3.25 carry 162.5, 3.5 carry 175.

    Half a post to spare moves every row by 25 cases.
    """
    plan = plan_of(toy(LIMIT, months=36))
    maker = Maker(plan, 10, part=0.25)

    def rows(spare: float) -> list[tuple[float, float]]:
        rule = maker.rule(plan.model.people.posts[0], {0: spare})
        return [(row.at_least, row.posts) for row in rule.rows if row.review == 0]

    assert rows(0.0)[:4] == [(0.0, 3.0), (151.0, 3.25), (163.0, 3.5), (176.0, 3.75)]
    assert rows(0.5)[:4] == [(0.0, 3.0), (126.0, 3.25), (138.0, 3.5), (151.0, 3.75)]


def test_parts_of_posts_cost_less_and_are_as_sure() -> None:
    """On the draws that were searched on: posts in quarters, and never dearer than whole ones."""
    text = deciding.unit(posts=4, cases=100)
    plan = plan_of(text.replace(APRIL, f'{APRIL}\nsmallest_post = "quarter"'))
    whole = PostSearch(plan, Draws(plan.scenario, 1), searched=100)
    finest = whole.finest()
    assert whole.choice is not None
    assert finest.choice is not None
    assert finest.part == 0.25
    mine, theirs = finest.tried(finest.choice), whole.tried(whole.choice)
    assert mine.cost < theirs.cost
    assert (mine.chance[whole.within_reach()] >= 0.8).all()
    team, rule = finest.team(finest.choice)
    quarters = [4 * team.posts.ravel(), [4 * row.posts for row in rule.rows]]
    assert all(np.array_equal(some, np.rint(some)) for some in quarters)
    assert all(row.posts % 1 == 0 for row in whole.team(whole.choice)[1].rows)


def test_hours_of_work_give_rows_where_activities_have_standards() -> None:
    """A post has 2,080 ÷ 12 = 173.33 hours a month: 3 do 520, so a fourth is wanted from 521."""
    rows = rows_of(plan_of(toy(visits(), months=36)))
    assert [row[2:] for row in rows if row[0] == 0][1] == ("hours", 521.0, 4.0)


def test_supervisors_follow_those_they_supervise() -> None:
    sergeant = (
        '[teams.t.grades.sgt]\nlabel = "Sergeant"\nin_post = 1\ncost_per_year = 60000\n'
        "casework_share = 0\nsupervises = 4"
    )
    rows = rows_of(plan_of(toy(LIMIT, sergeant, months=36)))
    chiefs = [row[2:] for row in rows if row[:2] == (0, "sgt")]
    assert chiefs[0] == ("cases", 201.0, 2.0), "a fifth constable asks for a second sergeant"


def test_what_is_known_is_the_state_of_the_month_before() -> None:
    """60 monthly and 60 quarterly visits of 2 hours: 120 + 40 hours, and 60 cases twice."""
    plan = plan_of(toy(LIMIT, months=36))
    world = futures.world(Draws(plan.scenario, 1), np.array([0]))
    found = review.measure(futures.run(world, futures.todays(plan)), 5)
    assert found["cases"].item() == pytest.approx(120)
    assert found["hours"].item() == pytest.approx(160)


def test_a_limit_on_posts_ends_the_rule() -> None:
    """Five posts at most: rows go up to the fifth and no further."""
    most = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 5\n'
    rows = rows_of(plan_of(toy(LIMIT, most, months=36)))
    assert max(posts for *_, posts in rows) == 5.0


@pytest.mark.parametrize(
    ("budget", "most"),
    [
        ("budget = 250000", 5.0),  # five posts at £50,000
        ("budget = 299999", 5.0),
        ('budget = 300000\nteam = "t"', 6.0),
        # Three posts are beyond it without any review: it rules out nothing.
        ("budget = 100000", 13.0),
        # It holds only after the year that the review sets.
        ("budget = 250000\nfrom = 2027-04-01", 13.0),
    ],
)
def test_a_budget_ends_the_rule(budget: str, most: float) -> None:
    """No review asks for posts that by themselves overspend a budget that is kept without it."""
    plan = plan_of(toy(LIMIT, f'[[standards]]\nname = "Money"\n{budget}\n', months=36))
    first = [posts for review, *_, posts in rows_of(plan) if review == 0]
    assert max(first) == most


@pytest.mark.parametrize(("posts", "sergeants"), [(7, 2.0), (6, 2.0), (5, 1.0), (4, 1.0)])
def test_a_limit_on_posts_leaves_no_room_for_a_sergeant(posts: int, sergeants: float) -> None:
    """Four constables ask for two sergeants of three each: six posts, and five leave room for one.

    With four at most the one who is there stays. A review adds no constable beyond the limit
    with the sergeant whom they ask for: with seven posts a fifth, since two sergeants see to six.
    """
    most = f'[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = {posts}\n'
    sergeant = (
        "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 3\n"
        "cost_per_year = 60000\n"
    )
    plan = plan_of(toy(LIMIT, most, sergeant, months=36), fixed=True)
    people = plan.model.people.posts[0].copy()
    people[:, 0] = 4
    full = review.supervised(plan.model, people)
    assert full[:, 1].tolist() == [sergeants] * 36
    if posts == 7:
        with_plan = plan_of(toy(LIMIT, most, sergeant, months=36))
        rows = Maker(with_plan, 10).rule(full, {}).of(0)
        assert max(row.posts for row in rows if row.grade == 0) == 5.0


def test_other_grades_carry_cases_that_the_rule_s_own_need_not() -> None:
    """Two staff carry 100 cases and 3 constables 150: a fourth is wanted from 251 on."""
    staff = '[teams.t.grades.staff]\nkind = "staff"\nin_post = 2\ncost_per_year = 90000'
    rows = rows_of(plan_of(toy(LIMIT, staff, months=36, cases=130)))
    assert next(row[1:] for row in rows if (row[0], row[4]) == (0, 4.0)) == (
        *("pc", "cases", 251.0, 4.0),
    )


TWO_TEAMS = """
[cohorts.b]
team = "u"
growth_per_year = 0
exits_per_year = 0
[cohorts.b.tiers]
only = { cases = 40 }
[teams.u.grades.pc]
in_post = 1
weekly_hours = 40
cost_per_year = 50000
[[standards]]
name = "Limit of u"
cohort = "b"
cases_per_officer = 50
"""


def test_the_rule_of_a_team_is_for_its_own_grade_and_each_review_has_its_rows() -> None:
    """Of u, 40 cases: one constable to 50 cases, two from 51 on, at both reviews."""
    plan = plan_of(toy(LIMIT, TWO_TEAMS, months=36))
    rule = Maker(plan, 10).rule(plan.model.people.posts[0], {})
    keys = plan.model.grades
    for place in (0, 1):
        mine = [row for row in rule.of(place) if row.team == 1]
        assert {(keys[row.grade].team, row.review) for row in mine} == {("u", place)}
        assert [(row.at_least, row.posts) for row in mine][:2] == [(0.0, 1.0), (51.0, 2.0)]


def test_new_cases_count_as_on_average_of_the_last_year() -> None:
    """12 came in each of the first 3 of 6 months: 6 a month at 10 hours, beside visits of 60."""
    text = toy(LIMIT, months=36, duty="hours = 2").replace(
        "growth_per_year = 0.0", "entrants_per_month = { hi = 12 }\nhours_per_entry = 10"
    )
    later = '[[changes]]\nfrom = 2025-07-01\nset = { "cohorts.a.entrants_per_month.hi" = 0 }\n'
    plan = plan_of(text + later)
    world = futures.world(Draws(plan.scenario, 1), np.array([0]))
    without = plan_of((text + later).replace("hours_per_entry = 10", "hours_per_entry = 0"))
    world_without = futures.world(Draws(without.scenario, 1), np.array([0]))
    hours = [
        review.measure(futures.run(one, futures.todays(of)), 5)["hours"].item()
        for one, of in ((world, plan), (world_without, without))
    ]
    assert hours[0] - hours[1] == pytest.approx(60)


def test_posts_are_the_most_of_the_rows_that_are_reached() -> None:
    """Rows of cases and of hours, and those of another review, which do not count."""
    rows = (
        Threshold(0, 0, 0, "cases", 0.0, 3.0),
        Threshold(0, 0, 0, "cases", 151.0, 4.0),
        Threshold(0, 0, 0, "hours", 500.0, 6.0),
        Threshold(0, 1, 1, "cases", 40.0, 2.0),
        Threshold(1, 0, 0, "cases", 0.0, 9.0),
    )
    dates = (ReviewDate(6, 12, 24), ReviewDate(18, 24, 36))
    cases = np.array([[150.0, 39.0], [151.0, 40.0], [151.0, 90.0]])
    hours = np.array([[499.0, 900.0], [400.0, 900.0], [500.0, 0.0]])
    rule = review.ReviewRule(dates, rows)
    found = review.set_by(rule, 0, {"cases": cases, "hours": hours})
    assert {grade: posts.tolist() for grade, posts in found.items()} == {
        0: [3.0, 4.0, 6.0],
        1: [0.0, 2.0, 2.0],
    }
    laid = rule.laid_out
    assert (laid.month.tolist(), laid.start.tolist()) == ([6] * 4 + [18], [12] * 4 + [24])


@pytest.mark.parametrize("may", [True, False])
def test_without_whole_people_posts_follow_reviews_in_the_same_way(may: bool) -> None:
    """Nothing but settings is left to chance: 120 cases, growing by a half each year.

    Reviewed in October 2025 for April 2026 on the cases at the end of September, 120 × 1.5^0.5 =
    147, so 4 posts of a table that says 4 up to 200 and 12 beyond; in October 2026 220 cases ask
    for 12. Until then posts fall only where they may, from 10, as a twentieth of the people leaves
    each month: to as many as are left, rounded up, and never below 4.
    """
    grade = f"may_shrink = {str(may).lower()}\nleavers_per_year = 0.6"
    text = toy(LIMIT, "[chance]\nwhole = false", months=36, posts=10, growth=0.5, grade=grade)
    plan = plan_of(text, fixed=True)
    world = futures.world(Draws(plan.scenario, 1), np.array([0, 1, 2]))
    dates = (ReviewDate(6, 12, 24), ReviewDate(18, 24, 36))
    table = [(0.0, 4.0), (200.0, 12.0)]
    rows = tuple(Threshold(n, 0, 0, "cases", at, posts) for n in (0, 1) for at, posts in table)
    team = futures.todays(plan)
    found = review.follow(world, team, review.ReviewRule(dates, rows)).staff
    posts = found.posts[:, :, 0]
    assert (posts == posts[0]).all()
    expected = [10.0] * 12
    people = found.in_post[0, 11, 0]
    for _ in range(12):
        people *= 1 - 0.6 / 12
        fallen = max(4.0, min(expected[-1], np.ceil(people)))
        expected.append(fallen if may else 10.0)
    assert posts[0].tolist() == [*expected, *[12.0] * 12]
    assert may == (expected[-1] < 10)


# More rules by hand -------------------------------------------------------------------------


def first_row(plan: PlanResult, posts: float = 4.0, measure: str = "cases") -> dict[int, float]:
    """From what value on so many posts are wanted, by review."""
    rows = Maker(plan, 10).rule(plan.model.people.posts[0], {}).rows
    return {r.review: r.at_least for r in rows if (r.posts, r.measure) == (posts, measure)}


def test_a_limit_counts_from_the_month_in_which_it_begins() -> None:
    """Cases fall by a tenth each year, so that most are in the first month under the limit."""
    later = LIMIT.replace("cases_per_officer", "from = 2026-10-01\ncases_per_officer")
    falls = toy(later, months=36, growth="-0.1\nexits_per_year = 0.3")
    found = first_row(plan_of(falls))
    # Known at the end of month 6, most at the end of month 19: 13 months later.
    assert found[0] == np.floor(150 / 0.9 ** (13 / 12)) + 1
    # For the second review known at the end of month 18, and most at the end of month 25.
    assert found[1] == np.floor(150 / 0.9 ** (7 / 12)) + 1


def test_a_limit_that_begins_after_the_year_that_posts_are_for_asks_for_none() -> None:
    later = LIMIT.replace("cases_per_officer", "from = 2027-04-01\ncases_per_officer")
    assert first_row(plan_of(toy(later, months=36))) == {1: 151.0}


def test_of_two_limits_the_stricter_makes_the_rule() -> None:
    """40 to an officer: three carry 120."""
    lower = LIMIT.replace('"Limit"', '"Lower"').replace("= 50", "= 40")
    for both in ((LIMIT, lower), (lower, LIMIT)):
        assert first_row(plan_of(toy(*both, months=36)))[0] == 121.0


def test_a_post_counts_for_what_is_left_of_it_by_sickness() -> None:
    """Of 173.33 hours a month a quarter is lost: three posts have 390, of 400 cases' hours."""
    plan = plan_of(toy(visits(), months=36, grade="sickness = 0.25"))
    assert first_row(plan, measure="hours")[0] == 391.0


def test_other_people_s_hours_need_not_be_the_rule_s() -> None:
    """Two staff with half their time for cases have 173.33 hours, beside the 520 of three."""
    staff = (
        '[teams.t.grades.staff]\nkind = "staff"\nin_post = 2\ncost_per_year = 90000\n'
        "casework_share = 0.5"
    )
    plan = plan_of(toy(visits(), staff, months=36, cases=110))
    assert first_row(plan, measure="hours")[0] == 694.0


def test_hours_lent_and_borrowed_move_the_rows() -> None:
    """The second team's constable has 173.33 hours for checks of 200: 26.67 are borrowed.

    So three constables of the first have 493.33 hours for its own cases, and one of the second 200.
    """
    second = TWO_TEAMS[: TWO_TEAMS.index("[[standards]]")].replace("cases = 40", "cases = 100")
    checks = (
        "[cohorts.b.duties.check]\nper_year = { only = 12 }\nhours = 2\n"
        '[[standards]]\nname = "Checks"\ncohort = "b"\nduty = "check"\ncompletion = 1\n'
        '[[flex]]\nfrom = "t"\nto = "u"\nefficiency = 1\n'
    )
    plan = plan_of(toy(visits(), second, checks, months=36))
    assert plan.sizing is not None
    assert (plan.sizing.posts == plan.model.people.posts[0]).all()
    rows = Maker(plan, 10).rule(plan.model.people.posts[0], {}).rows
    first = [row for row in rows if row.review == 0]
    assert [row.at_least for row in first if (row.team, row.posts) == (0, 4.0)] == [494.0]
    assert [row.at_least for row in first if (row.team, row.posts) == (1, 2.0)] == [201.0]


def test_rows_go_on_for_as_many_posts_as_there_are_at_most() -> None:
    """Six more than at the review, and as many as the base or the plan has in any month."""
    plan = plan_of(toy(LIMIT, months=36, growth=0.3))
    assert plan.sizing is not None
    needed = plan.sizing.posts[:, 0].max()
    assert needed > plan.sizing.posts[0, 0]
    few = Maker(plan, 10).rule(plan.model.people.posts[0], {})
    assert max(row.posts for row in few.of(0)) == 3 + 1 + 6 + needed
    later = plan.model.people.posts[0].copy()
    later[20:] = 12.0
    many = Maker(plan, 10).rule(later, {})
    assert max(row.posts for row in many.of(0)) == 3 + 1 + 6 + 12


def test_hours_grow_to_the_mean_of_the_year_that_posts_are_for() -> None:
    """Cases grow by a tenth a year and all visits are made: 520 hours are fewer at the review.

    At the end of month 6 the work is 1.1^(6 ÷ 12) of that of the start, in April 2026 to March
    2027 on average that of the ends of months 13 to 24.
    """
    plan = plan_of(toy(visits(first="2025-04-01"), months=36, growth=0.1, posts=4))
    year = np.mean([1.1 ** (month / 12) for month in range(13, 25)])
    expected = np.floor(4 * 2080 / 12 * 1.1**0.5 / year) + 1
    assert first_row(plan, 5.0, "hours")[0] == expected


def test_a_standard_that_begins_later_asks_for_hours_at_the_second_review_only() -> None:
    plan = plan_of(toy(visits(first="2027-04-01"), months=36))
    assert first_row(plan, measure="hours") == {1: 521.0}


def most(grades: str, posts: int, **more: str) -> str:
    """A standard on most posts of some grades."""
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    return (
        f'[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = {posts}\ngrades = {grades}\n{extra}'
    )


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        (most('["pc"]', 5), 5.0, 5.0),
        # Two staff leave room for five of seven.
        (most('["pc", "staff"]', 7), 5.0, 5.0),
        # A limit on others does not end the rule, nor one that may be exceeded at a cost.
        (most('["staff"]', 2), 13.0, 13.0),
        (most('["pc"]', 5, may_give="true"), 13.0, 13.0),
        # One from April 2027 ends the rule of the second review alone.
        (most('["pc"]', 5, **{"from": "2027-04-01"}), 13.0, 5.0),
    ],
)
def test_limits_on_posts_end_the_rows_of_their_grade(
    rule: str, first: float, second: float
) -> None:
    """From the fourth constable on rows go on for six more and as many as the plan has, 3."""
    staff = '[teams.t.grades.staff]\nkind = "staff"\nin_post = 2\ncost_per_year = 90000'
    plan = plan_of(toy(LIMIT, staff, rule, months=36, cases=60))
    rows = Maker(plan, 10).rule(plan.model.people.posts[0], {}).rows
    grade = [key.grade for key in plan.model.grades].index("pc")
    mine = [max(r.posts for r in rows if (r.review, r.grade) == (n, grade)) for n in (0, 1)]
    assert mine == [first, second]


def test_what_is_known_of_each_team_and_of_what_arrives_in_queues() -> None:
    """120 cases of t and 40 of u; visits of 160 hours at t, and 10 checks of 3 hours at u."""
    queue = '[queues.checks]\nteam = "u"\narrivals_per_month = 10\nhours = 3\n'
    plan = plan_of(toy(LIMIT, TWO_TEAMS, queue, months=36))
    world = futures.world(Draws(plan.scenario, 1), np.array([0]))
    found = review.measure(futures.run(world, futures.todays(plan)), 5)
    assert found["cases"] == pytest.approx(np.array([[120, 40]]))
    assert found["hours"] == pytest.approx(np.array([[160, 30]]))


def test_what_is_overdue_is_to_be_done_within_a_year() -> None:
    """Nobody is in post: by the end of March all 120 wait for a visit of 2 hours, 240 in all."""
    plan = plan_of(toy(LIMIT, months=36, posts=0), fixed=True)
    world = futures.world(Draws(plan.scenario, 1), np.array([0]))
    found = review.measure(futures.run(world, futures.todays(plan)), 11)
    assert found["hours"].item() == pytest.approx(160 + 240 / 12)


def test_a_step_adds_firm_posts_or_spare_ones_in_one_team() -> None:
    choice = Choice((1, 2), (3, 4))
    assert choice.step("firm", 1, 2) == Choice((1, 4), (3, 4))
    assert choice.step("spare", 0, -1) == Choice((1, 2), (2, 4))


def test_teams_are_worked_out_together_where_one_s_work_becomes_the_other_s() -> None:
    apart = plan_of(toy(LIMIT, TWO_TEAMS, months=24))
    flow = (
        '[queues.refs]\nteam = "t"\narrivals_per_month = 1\nhours = 1\n'
        'leads_to = [{ cohort = "b", tier = "only", share = 0.1, within_growth = true }]'
    )
    together = plan_of(toy(LIMIT, TWO_TEAMS, flow, months=24))
    for plan, groups in ((apart, ((0,), (1,))), (together, ((0, 1),))):
        search = PostSearch(plan, Draws(plan.scenario, 3), searched=20)
        assert tuple(map(tuple, search.sample.groups)) == groups
        told = [
            [
                one.rules[n].cohort
                for one in search.sample.best
                for n in rules_of(plan.model, k, one)
            ]
            for k in (0, 1)
        ]
        assert told == [["a"], ["b"]]


# What a review may not know -----------------------------------------------------------------


def test_what_comes_after_a_review_changes_no_posts_before_the_next() -> None:
    calm = toy(LIMIT, months=36, growth=UNCERTAIN)
    shock = '[[events]]\nat = 2026-01-01\ncohort = "a"\ntier = "hi"\narrivals = 200\n'
    posts = []
    for text in (calm, calm + shock):
        plan = plan_of(text)
        world = futures.world(Draws(plan.scenario, 7), np.arange(1, 41))
        base = plan_of(calm).model.people.posts[0]
        rule = Maker(plan_of(calm), 10).rule(base, {0: 0})
        posts.append(review.follow(world, Staffing("reviewed", base, "limit"), rule).staff.posts)
    # The review of October 2025 sets posts from April 2026 (12), the next from April 2027 (24).
    assert np.array_equal(posts[0][:, :24], posts[1][:, :24])
    assert (posts[1][:, 24] > posts[0][:, 24]).any()


def test_the_printed_rule_applied_by_hand_gives_the_posts_of_the_plan() -> None:
    found = advice(plan_of(toy(LIMIT, months=36, growth=UNCERTAIN)), 60)
    decision, plan = found.decision, found.plan
    table = list(recommended.review_rule(found))
    world = futures.world(
        Draws(plan.scenario, found.seed), np.arange(decide.FRESH, decide.FRESH + 60)
    )
    team = Staffing("reviewed", decision.base, "limit")
    future = review.follow(world, team, decision.rule)
    posts = future.staff.posts
    assert np.array_equal(posts, decision.posts)
    cases = future.projection.caseload.cases
    for draw in range(60):
        there = decision.base[:, 0].copy()
        for name, known, begins in (("2025-10", 5, 12), ("2026-10", 17, 24)):
            total = cases[draw, known].sum()
            reached = [
                row.posts
                for row in table
                if (row.review, row.measure) == (name, "cases") and total >= row.at_least
            ]
            there[begins:] = max([there[begins], *reached])
        assert np.array_equal(posts[draw, :, 0], there)


def test_supervisors_that_a_plan_adds_later_count_towards_those_needed_sooner() -> None:
    """One sergeant supervises three: four constables need two, whether the plan has one or two."""
    sergeant = "[teams.t.grades.sgt]\nin_post = 1\nsupervises = 3\ncasework_share = 0"
    model = plan_of(toy(LIMIT, sergeant + "\ncost_per_year = 60000", months=24, posts=3)).model
    posts = np.array([[4.0, 1.0]] * 12 + [[4.0, 2.0]] * 12)
    assert (review.supervised(model, posts) == [4.0, 2.0]).all()


# The search ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> PostSearch:
    plan = plan_of(toy(LIMIT, months=36, growth=UNCERTAIN, posts=2))
    return PostSearch(plan, Draws(plan.scenario, 3), searched=300)


def test_the_plan_found_is_as_cheap_as_any(small: PostSearch) -> None:
    """Every number of firm and spare posts within six is tried."""
    found = small.finest().told(300)
    reached = np.array([name not in found.out_of_reach for name in found.periods])
    best = np.inf
    for firm, spare in product(range(-2, 5), range(-2, 5)):
        one = small.tried(Choice((firm,), (spare,)))
        chance, cost = one.chance, one.cost
        if (chance[reached] >= found.asked).all():
            best = min(best, cost)
    mine = next(
        tried.cost
        for choice, tried in small.trials.every()
        if np.array_equal(small.base(choice), found.base)
        and dict(zip(small.teams, choice.spare, strict=True)) == found.spare
    )
    assert mine <= 1.02 * best


def test_fewer_posts_would_not_be_sure_enough(small: PostSearch) -> None:
    found = small.finest().told(300)
    reached = [name not in found.out_of_reach for name in found.periods]
    assert any(reached)
    assert (found.chance[reached] + 3 * found.error[reached] >= found.asked).all()
    worst = small.tried(Choice((-2,), (-2,))).chance
    assert (worst[reached] < found.asked).any()


def test_a_choice_comes_to_the_same_whatever_was_tried_before(
    small: PostSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spare post more changes no simulation whose reviews would ask for the same posts."""
    worked: list[int] = []

    def follow(world: World, team: Staffing, rule: ReviewRule, only: Whole | None = None) -> Future:
        worked.append(len(world.numbers if only is None else only))
        return real(world, team, rule, only)

    real = review.follow
    number = small.sample.sizes[0]
    choices = [Choice((firm,), (spare,)) for firm, spare in ((1, 0), (1, 1), (2, 1), (1, -1))]
    one = Trials(small.sample, small.teams, small.team)
    assert small.sample.periods, "known before"
    monkeypatch.setattr(review, "follow", follow)
    found = [one.tried(choice, number) for choice in choices]
    assert worked[0] == worked[2] == number, "nothing with these posts agreed now had been tried"
    assert 0 < worked[1] < number
    assert 0 < worked[3] < number
    for choice, after in zip(choices, found, strict=True):
        alone = Trials(small.sample, small.teams, small.team).tried(choice, number)
        for had, has in zip(alone, after, strict=True):
            if had is not None:
                np.testing.assert_array_equal(has, had)


def test_posts_that_no_review_changes_are_not_worked_out_again_as_fixed_ones(
    small: PostSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fixed posts are those of a rule in the simulations in which its reviews ask for no more."""
    worked: list[int] = []

    def follow(world: World, team: Staffing, rule: ReviewRule, only: Whole | None = None) -> Future:
        worked.append(len(world.numbers if only is None else only))
        return real(world, team, rule, only)

    real = review.follow
    number, choice, more = small.sample.sizes[0], Choice((1,), (0,)), Choice((1,), (1,))

    def fixed(choice: Choice, teams: Sequence[int]) -> tuple[Staffing, ReviewRule]:
        return small.team(choice, teams)[0], ReviewRule((), ())

    assert small.sample.periods, "known before"
    monkeypatch.setattr(review, "follow", follow)
    one = Trials(small.sample, small.teams, small.team)
    other = Trials(small.sample, small.teams, fixed, one)
    by_rule, found, again = (
        one.tried(choice, number),
        other.tried(choice, number),
        one.tried(more, number),
    )
    assert worked[0] == number
    assert 0 < worked[1] < number
    assert (by_rule.costs == found.costs).sum() == number - worked[1], "where posts stay as given"
    alone = (
        Trials(small.sample, small.teams, fixed).tried(choice, number),
        Trials(small.sample, small.teams, small.team).tried(more, number),
    )
    for each, after in zip(alone, (found, again), strict=True):
        for had, has in zip(each, after, strict=True):
            if had is not None:
                np.testing.assert_array_equal(has, had)


def test_a_date_that_no_posts_can_keep_is_out_of_reach() -> None:
    """It takes six months to fill a post, and the limit is broken from the first month on."""
    text = toy(LIMIT, months=24, posts=2, grade="recruitment_lead_months = 6", growth=UNCERTAIN)
    found = advice(plan_of(text), 100)
    assert found.decision.out_of_reach == ("2025/26",)
    assert found.decision.reach_from == ("2025-10",)
    said = " ".join(recommendation.paragraphs(found))
    assert "Out of reach: 2025/26 (" in said
    assert "From October 2025 on they would be, if these applied from then: Limit" in said


def test_firm_posts_help_early_and_spare_ones_later(small: PostSearch) -> None:
    """Posts of the first review, of October 2025, begin in April 2026: the first year is early.

    What is agreed now still helps in the year in which those of the review are being filled.
    """
    assert small.early.tolist() == [True, False, False]
    helping = {
        (True, False, False): ["firm"],
        (True, True, False): ["firm", "spare"],
        (False, True, True): ["firm", "spare"],
        (False, False, True): ["spare"],
    }
    for low, kinds in helping.items():
        assert list(small.kinds(np.array(low))) == kinds


def test_what_to_agree_is_what_is_added_to_the_current_posts(small: PostSearch) -> None:
    small.choice = small.choice or small.chosen(small.within_reach())
    told = small.told(20)
    assert told.added.tolist() == (told.base - small.model.people.posts[0]).tolist()
    assert told.base.max() > told.added.max() > 0


def test_without_reviews_all_posts_are_fixed_now() -> None:
    text = toy(LIMIT, "[sizing]\nreview_month = 0\n", months=24, posts=2, growth=UNCERTAIN)
    found = advice(plan_of(text), 100)
    assert not found.decision.rule.rows
    assert (np.ptp(found.decision.posts, axis=0) == 0).all()
    assert {one.when for one in recommended.agreed(found)} == {"firm"}


@pytest.mark.parametrize(("growth", "reviewed"), [("", False), ("high = 1.0", True)])
def test_reviews_are_left_out_where_posts_fixed_now_cost_less(growth: str, reviewed: bool) -> None:
    """The cheaper of the two is recommended, and what the other would cost is said.

    Two constables under a limit of 50 have 120 cases: one spare post at every review is a third of
    the unit. Where cases may double in a year, posts for all that may come cost far more.
    """
    wide = UNCERTAIN.replace("high = 0.2", growth) if growth else UNCERTAIN
    assert bool(growth) == (wide != UNCERTAIN)
    found = advice(plan_of(toy(LIMIT, months=36, growth=wide, posts=2)), 200)
    costs = {one.option: one.cost for one in recommended.rivals(found)}
    said = " ".join(recommendation.paragraphs(found))
    assert bool(found.decision.rule.rows) == reviewed
    if reviewed:
        assert costs["reviewed"] < 1.01 * costs["fixed_plan"]
        assert "Posts that are all fixed now would cost" in said
    else:
        assert costs["reviewed"] == costs["fixed_plan"] < 0.99 * costs["by_review"]
        assert "Posts set at a yearly review would cost" in said


def test_a_scenario_without_ranges_says_that_its_probability_is_not_to_be_trusted() -> None:
    plan = plan_of(toy(LIMIT, months=24, posts=2))
    assert "is not to be trusted" in recommendation.paragraphs(advice(plan, 50))[-1]
    found = advice(plan_of(toy(LIMIT, months=24, growth=UNCERTAIN)), 50)
    assert "is not to be trusted" not in recommendation.paragraphs(found)[-1]


# What finding out is worth ------------------------------------------------------------------


def test_what_finding_out_is_worth_by_hand() -> None:
    """£100 misses a year where growth is in its highest third, £130 misses none, nor may any.

    Who knows the third pays £130 in it alone: £20 less on average. Who knows something else, or
    takes thirds at random, has high growth in each of them and pays £130 throughout.
    """
    draws = np.arange(600)
    high = draws % 3 == 2
    plans = knowing.Plans(
        cost=np.repeat([[100.0], [130.0]], 600, axis=1),
        missed=np.stack([high, np.zeros(600)]).astype(float),
        allowed=np.zeros(600),
    )
    found = knowing.known_first(plans, {"growth": draws % 3, "hours": draws % 7}, 1)
    assert [one.setting for one in found] == ["growth", "hours"]
    assert found[0].saving == pytest.approx(20.0)
    assert found[1].saving == 0.0


def test_what_finding_out_is_worth_is_no_more_than_the_plans_differ_by() -> None:
    """Nothing is gained where the recommended plan is the only one, or the cheapest anyway."""
    random = np.random.default_rng(5)
    values = {"a": random.normal(size=400), "b": random.normal(size=400)}
    missed = (random.random((3, 400)) < [[0.3], [0.2], [0.1]]).astype(float)
    cost = np.repeat([[90.0], [100.0], [120.0]], 400, axis=1)
    only = knowing.Plans(cost[1:2], missed[1:2], missed[1])
    assert all(one.saving == 0.0 for one in knowing.known_first(only, values, 1))
    free = knowing.Plans(cost, missed, np.ones(400))
    assert all(one.saving == 0.0 for one in knowing.known_first(free, values, 1))


def test_a_setting_that_decides_nothing_is_worth_nothing_to_know() -> None:
    """Only cases count under the limit: growth decides the posts, hours of a visit none."""
    hours = "hours = { value = 2, low = 1, high = 3, source = 'judgement' }"
    wide = "{ value = 0.05, low = -0.15, high = 0.4, source = 'judgement' }"
    plan = plan_of(toy(LIMIT, "[sizing]\nreview_month = 0\n", months=36, growth=wide, duty=hours))
    found = {one.setting: one for one in advice(plan, 50).knowing}
    assert found["cohorts.a.growth_per_year"].saving > 0
    assert found["cohorts.a.duties.visit.hours"].saving == 0


# What is told -------------------------------------------------------------------------------


def test_what_is_told_is_what_fresh_simulations_give() -> None:
    plan = plan_of(toy(LIMIT, months=36, growth=UNCERTAIN, posts=2))
    found = advice(plan, 200)
    decision = found.decision
    world = futures.world(
        Draws(plan.scenario, found.seed), np.arange(decide.FRESH, decide.FRESH + 200)
    )
    future = review.follow(world, Staffing("reviewed", decision.base, "limit"), decision.rule)
    record = chances.record(plan.model.calendar, [future])
    held = record.held("year", record.named(None))
    assert tuple(held) == decision.periods
    assert np.allclose([flags.mean() for flags in held.values()], decision.chance)


def test_the_full_year_cost_of_what_to_agree_is_twelve_months_of_it() -> None:
    """Posts at £50,000 a year; 4% each September from 2025, so a year from April 2026 has 1.04
    times the pay of its start for five months and 1.04² for seven.
    """
    finance = "[finance]\npay_award_per_year = 0.04\n"
    text = toy(
        LIMIT, finance, months=36, posts=2, growth=UNCERTAIN, grade="recruitment_lead_months = 3"
    )
    found = advice(plan_of(text), 60)
    firm = [one for one in recommended.agreed(found) if one.when == "firm"]
    assert firm
    for one in firm:
        assert one.full_year_real == pytest.approx(50_000 * one.posts)
    later = [one for one in firm if one.start > "2025-04"]
    for one in later:
        pay = (5 * 1.04 + 7 * 1.04**2) / 12
        assert one.full_year_cash == pytest.approx(50_000 * one.posts * pay)


def test_reading_the_same_scenario_again_decides_the_same() -> None:
    text = toy(LIMIT, months=24, growth=UNCERTAIN)
    one, other = (advice(plan_of(text), 50) for _ in range(2))
    assert np.array_equal(one.decision.posts, other.decision.posts)
    assert one.decision.rule == other.decision.rule
    read = scenario.read("toy.toml", files={"toy.toml": text})
    assert replace(read) == read


def test_what_others_extend_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read again it is the same scenario; with another number of simulations it is not."""
    text = toy(LIMIT, months=24, growth=UNCERTAIN)
    here = advice(plan_of(text), 50)
    searched: list[PlanResult] = []

    def search(plan: PlanResult, draws: Draws) -> PostSearch:
        searched.append(plan)
        return PostSearch(plan, draws)

    monkeypatch.setattr(recommended, "PostSearch", search)
    before = recommended.recommended_before(plan_of(text), recommended.SEED, 50)
    assert before == recommended.recommended_for("before", here.plan, here.decision, here.today)
    assert not searched
    recommended.recommended_before(plan_of(text), recommended.SEED, 51)
    assert len(searched) == 1


# With what is known ---------------------------------------------------------------------------

KNOWN = '[[known]]\nmonth = "2025-09"\ncohort = "a"\nmeasure = "cases"\nvalue = {value}\ngive = 2\n'


def test_a_known_figure_changes_what_is_recommended() -> None:
    """Cases known to have grown ask for more posts at the end than cases known to have fallen."""
    ends = []
    for value in (118, 131):
        text = toy(LIMIT, KNOWN.format(value=value), months=36, growth=UNCERTAIN, posts=2)
        ends.append(advice(plan_of(text), 200).decision.posts[:, -1].sum(axis=1).mean())
    assert ends[0] < ends[1]


def test_figures_that_no_simulation_agrees_with_recommend_nothing() -> None:
    text = toy(LIMIT, KNOWN.format(value=900), months=36, growth=UNCERTAIN, posts=2)
    found = recommended.recommend(plan_of(text), number=100)
    assert isinstance(found, Agreed)
    assert not found.weights.agree
