"""Small cases worked by hand from the method, and figures that any such tool should reproduce."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capacity.staffing import sizing
from tests import making

TOY = """
title = "Toy"
start = 2025-04-01
months = 3
[cohorts.c]
team = "t"
entrants_per_month = 5
entry_mix = { high = 1 }
exits_per_year = { low = 1.2 }
moves_per_year = { high = { low = 1.2 } }
hours_per_case_month = 0.5
hours_per_entry = 2
[cohorts.c.tiers]
high = { cases = 20 }
low = { cases = 60 }
[cohorts.c.duties.visit]
every_months = { high = 2, low = 3 }
hours = 2
crew = { high = 2 }
second_officer_hours = 1
access_rate = { high = 0.9 }
overdue = { high = 4 }
[teams.t.grades.officer]
in_post = 1
weekly_hours = 30
abstraction = 0.1
[[changes]]
from = 2025-06-01
set = { "cohorts.c.duties.visit.every_months.low" = 2 }
[priority]
rule = "strict"
"""


def test_two_tiers_for_three_months() -> None:
    """Every month 10% of high move to low, 10% of low leave, 5 join high.

    One officer: 52 × 30 ÷ 12 × 0.9 = 117 hours. A visit takes 3 hours in high (2 + 1), 2 in low.

    Start: high 20 = 4 overdue, 8 visited 0 and 8 visited 1 month ago; low 20, 20, 20.

    April. high: 18 stay (3.6 overdue, 7.2, 7.2); the 7.2 visited longest ago and 5 newcomers fall
    due, 12.2 newly and 15.8 in all. low: 54 stay (18, 18, 18) and 2 come (0.4 overdue, 0.8, 0.8);
    18 fall due, 18.4 in all, and 18.8 each were visited 1 and 2 months ago. 23 and 56 cases.
    Other work 0.5 × 79 + 2 × 5 = 49.5, so 67.5 hours for visits: high 0.9 × 15.8 = 14.22 in 42.66
    hours, low the other 24.84 ÷ 2 = 12.42. Left: 1.58 and 5.98. The oldest first: high did its 3.6
    and 10.62 of 12.2 on time, low its 0.4 and 12.02 of 18.

    May. high: of 14.22, 7.2 and 1.58 stay 12.798, 6.48 and 1.422; newly due 6.48 + 5 = 11.48, due
    12.902. low: 12.42, 18.8, 18.8 and 5.98 become 11.178, 16.92, 16.92 and 5.382, with those from
    high 12.6, 17.64, 16.92 and 5.54; newly due 16.92, due 22.46. 25.7 and 52.7 cases. Other work
    0.5 × 78.4 + 10 = 49.2, left 67.8: high 0.9 × 12.902 = 11.6118 (34.8354 hours), low
    32.9646 ÷ 2 = 16.4823. Left: 1.2902 and 5.9777.

    June, low now every 2 months. high: 11.6118, 12.798 and 1.2902 become 10.45062, 11.5182 and
    1.16118; newly due 16.5182, due 17.67938. low: 16.4823, 12.6, 17.64 and 5.9777 become 14.83407,
    11.34, 15.876 and 5.37993, with those from high 15.99525, 12.6198, 15.876 and 5.50895; all but
    the first fall due, 28.4958 newly, due 34.00475. 28.13 and 50 cases. Other work 49.065, left
    67.935: high 15.911442 (47.734326 hours), low 20.200674 ÷ 2 = 10.100337. Left: 1.767938 and
    23.904413, none of them carried over from May.
    """
    run = making.stages(TOY)
    made = run.projection
    expected = {
        "cases": [[23, 56], [25.7, 52.7], [28.13, 50]],
        "newly_due": [[12.2, 18], [11.48, 16.92], [16.5182, 28.4958]],
        "due": [[15.8, 18.4], [12.902, 22.46], [17.67938, 34.00475]],
        "done": [[14.22, 12.42], [11.6118, 16.4823], [15.911442, 10.100337]],
        "outstanding": [[1.58, 5.98], [1.2902, 5.9777], [1.767938, 23.904413]],
        "longest_wait": [[1, 1], [1, 1], [1, 1]],
    }
    for name, numbers in expected.items():
        np.testing.assert_allclose(getattr(made, name)[0], numbers, rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(made.on_time()[0, 0], [10.62, 12.02], rtol=1e-12)
    np.testing.assert_allclose(made.on_time()[0, 1], [10.1898, 10.9423], rtol=1e-12)
    np.testing.assert_allclose(made.in_date(run.model)[0, 2, 1], 1 - 23.904413 / 50, rtol=1e-12)
    np.testing.assert_allclose(made.completion[0, 0, 0], 0.9, rtol=1e-12)
    np.testing.assert_allclose(made.other_work[0, :, 0], [49.5, 49.2, 49.065], rtol=1e-12)
    np.testing.assert_allclose(made.duty_hours[0, :, 0], [67.5, 67.8, 67.935], rtol=1e-12)
    np.testing.assert_allclose(made.own[0, :, 0], 117, rtol=1e-12)
    np.testing.assert_allclose(run.caseload.exits[0], [[0, 6], [0, 5.6], [0, 5.27]], atol=1e-12)
    np.testing.assert_allclose(run.caseload.moved_in[0, :, 1], [2, 2.3, 2.57], rtol=1e-12)


def test_people_for_four_months() -> None:
    """10 posts, 8 in post, 10% leave a month, a month's lead, at most 2 join a month.

    Joiners count half in their first two months.

    t = 0: 0.8 leave, nobody can join yet: 7.2.
    t = 1: 0.72 leave, 6.48. Places: 2 vacant + 0.8 left by t = 0; 2 join: 8.48. Effective 7.48.
    t = 2: 0.848 leave, 7.632. Places 2 + 0.8 + 0.72 = 3.52, 2 of them taken: 1.52 join: 9.152.
        3.52 are new: effective 9.152 − 1.76 = 7.392.
    t = 3: 0.9152 leave, 8.2368. Places 3.52 + 0.848, 3.52 taken: 0.848 join: 9.0848. New are
        1.52 + 0.848 = 2.368: effective 7.9008.
    """
    run = making.stages(
        """
        title = "People"
        start = 2025-04-01
        months = 4
        [cohorts.c]
        team = "t"
        tiers = { only = { cases = 0 } }
        [teams.t.grades.officer]
        in_post = 8
        posts = 10
        leavers_per_year = 1.2
        recruitment_lead_months = 1
        max_joiners_per_month = 2
        accreditation_months = 2
        trainee_productivity = 0.5
        """
    )
    staff = run.staff
    np.testing.assert_allclose(staff.leavers[0, :, 0], [0.8, 0.72, 0.848, 0.9152], rtol=1e-12)
    np.testing.assert_allclose(staff.joiners[0, :, 0], [0, 2, 1.52, 0.848], rtol=1e-12)
    np.testing.assert_allclose(staff.in_post[0, :, 0], [7.2, 8.48, 9.152, 9.0848], rtol=1e-12)
    np.testing.assert_allclose(staff.effective[0, :, 0], [7.2, 7.48, 7.392, 7.9008], rtol=1e-12)


def unit(cases: float = 0, people: float = 0, months: int = 1, **more: str) -> str:
    """A unit with one tier and one grade; more lines for the cohort, the grade and the end."""
    return f"""
        title = "Unit"
        start = 2025-04-01
        months = {months}
        [cohorts.c]
        team = "t"
        tiers = {{ only = {{ cases = {cases} }} }}
        {more.get("cohort", "")}
        [teams.t.grades.officer]
        in_post = {people}
        {more.get("grade", "")}
        {more.get("end", "")}
        """


@pytest.mark.parametrize(("hours", "cases"), [(4, 30), (2, 60), (1, 120)])
def test_cases_that_120_hours_carry(hours: float, cases: float) -> None:
    """American Probation and Parole Association: 30, 60 and 120 cases at 4, 2 and 1 hours each."""
    work = {"cohort": f"hours_per_case_month = {hours}", "grade": f"weekly_hours = {1440 / 52}"}
    full = making.stages(unit(cases, 1, **work)).projection
    assert full.own[0, 0, 0] == pytest.approx(120)
    assert full.other_work[0, 0, 0] == pytest.approx(120)
    assert full.short[0, 0, 0] == 0
    over = making.stages(unit(cases + 1, 1, **work)).projection
    assert over.short[0, 0, 0] == pytest.approx(hours)


@pytest.mark.parametrize(("lost", "whole"), [(0.27, 137), (0.30, 143), (0.32, 148)])
def test_whole_people_for_the_work_of_100(lost: float, whole: int) -> None:
    """100 ÷ 0.73, 0.70 and 0.68, rounded up (one published table is wrong: 143 for 32%)."""
    hours = 52 * 40 / 12
    text = unit(
        100,
        cohort=f"hours_per_case_month = {hours}",
        grade=f"abstraction = {lost}\ncost_per_year = 50_000",
    )
    sized = sizing.size(making.stages(text).question())
    assert sized.status == "meets every standard"
    assert sized.posts[0, 0] == whole == math.ceil(100 / (1 - lost))


def test_people_in_post_in_the_long_run() -> None:
    """200 posts, 10% turnover, a year to fill a place: 200 ÷ 1.1 = 181.8 in post."""
    grade = "leavers_per_year = 0.1\nrecruitment_lead_months = 12"
    staff = making.stages(unit(people=200, months=600, grade=grade)).staff
    assert staff.in_post[0, -1, 0] == pytest.approx(200 / 1.1, abs=1e-6)
    assert round(staff.in_post[0, -1, 0], 1) == 181.8


def test_cases_for_each_officer_of_norfolk_2007() -> None:
    """677 on the register, 150 of them in custody, 9 officers: 59 in the community each."""
    run = making.stages(unit(677 - 150, 9))
    assert round(run.caseload.cases[0, 0].sum() / run.projection.officers[0, 0, 0]) == 59


@pytest.mark.parametrize(
    ("cases", "limit", "officers", "posts"),
    [(1163, 77, 15.1, 16), (1255, 50, 25.1, 26), (941, 50, 18.8, 19)],
)
def test_officers_for_a_caseload_limit(
    cases: float, limit: float, officers: float, posts: int
) -> None:
    """Norfolk 2021: 1,163 at 77 each; at 50 each 1,255 with reactive cases, 941 without."""
    text = unit(
        cases,
        grade="cost_per_year = 50_000",
        end=f'[[standards]]\nname = "Limit"\ncohort = "c"\ncases_per_officer = {limit}',
    )
    question = making.stages(text).question()
    relaxed = question.problem.solve()
    assert relaxed is not None
    assert round(float(question.posts_of(relaxed)[0, 0]), 1) == officers
    assert sizing.size(question).posts[0, 0] == posts
