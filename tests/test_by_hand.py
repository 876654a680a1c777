"""Parts of the method that the toy leaves out, each small enough to be worked by hand.

Units have hours that are easy to add up: `HOURS_100` a week are 100 hours per month, no absences.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capacity.engine import projection, standards
from capacity.engine.projection import Programme
from capacity.engine.standards import Judgement
from tests import making
from tests.toys import ordered, toy

HOURS_100 = 100 * 12 / 52


def unit(cohort: str, *more: str, months: int = 1, start: str = "2025-04", grade: str = "") -> str:
    """One cohort and one team of one grade, whatever else follows."""
    return "\n".join(
        [
            f'title = "By hand"\nstart = {start}-01\nmonths = {months}',
            f'[cohorts.c]\nteam = "t"\n{cohort}',
            f"[teams.t.grades.g]\n{grade or 'in_post = 0'}",
            *ordered(more),
        ]
    )


# --- Waiting -------------------------------------------------------------------------------


def test_nobody_visits_for_five_months() -> None:
    """12 cases every second month: 6 fall due in April, 6 in May, then nobody is left to."""
    text = unit(
        "tiers = { k = { cases = 12 } }\nduties.visit = { every_months = 2, hours = 1 }", months=5
    )
    made = making.stages(text).projection
    assert made.newly_due[0, :, 0].tolist() == [6, 6, 0, 0, 0]
    assert made.due[0, :, 0].tolist() == [6, 12, 12, 12, 12]
    by_age = [waiting[0, 0].tolist() for waiting in made.waiting]
    assert by_age == [[6], [6, 6], [0, 6, 6], [0, 0, 6, 6], [0, 0, 0, 6, 6]]
    assert made.longest_wait[0, :, 0].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("cases", "longest"), [(0.5, 1), (0.49, 0)])
def test_a_wait_counts_from_half_a_case(cases: float, longest: int) -> None:
    text = unit(f"tiers.k = {{ cases = {cases} }}\nduties.visit = {{ per_year = 12, hours = 1 }}")
    assert making.stages(text).projection.longest_wait[0, 0, 0] == longest


def test_a_wait_of_300_months_is_counted_to_its_end() -> None:
    text = unit("tiers.k = { cases = 2 }\nduties.visit = { per_year = 12, hours = 1 }", months=300)
    wait = making.stages(text).projection.longest_wait[0, :, 0]
    assert wait.tolist() == list(range(1, 301))


@pytest.mark.parametrize(
    ("at", "months", "high", "watched"),
    [
        ("2025-07-01", 4, [0, 20, 10, 10], [0, 20, 0, 0]),
        ("2025-08-01", 5, [0, 0, 20, 10, 10], [0, 0, 20, 0, 0]),
    ],
)
def test_a_case_moved_after_its_tier_was_given_a_clock_goes_on_waiting(
    at: str, months: int, high: list[float], watched: list[float]
) -> None:
    """Watched cases are owed a visit from June on: all 30 fall due. Then 10 move to high.

    They stay outstanding there, as old as they are, beside high's own: 10 each of April, May and
    June.
    """
    text = unit(
        "tiers = { high = { cases = 30 }, watched = { cases = 30 } }\n"
        "duties.visit = { per_year = { high = 4, watched = 0 }, hours = 1 }",
        '[[changes]]\nfrom = 2025-06-01\nset = { "cohorts.c.duties.visit.per_year.watched" = 6 }',
        f'[[events]]\nat = {at}\ncohort = "c"\nfrom = "watched"\nto = "high"\ncases = 10',
        months=months,
    )
    made = making.stages(text).projection
    assert made.newly_due[0, :4].tolist() == [[10, 0], [10, 0], [10, 30], [0, 0]]
    assert made.due[0, :3].tolist() == [[10, 0], [20, 0], [30, 30]]
    assert made.due[0, -1].tolist() == pytest.approx([40, 20])
    assert made.waiting[-1][0, 0].tolist() == pytest.approx(high)
    assert made.waiting[-1][0, 1].tolist() == pytest.approx(watched)


def test_a_case_moved_to_a_longer_interval_falls_due_in_its_own_time() -> None:
    """12 high cases every 3 months, 4 of each age; half move in May to low, every 6 months.

    In April 4 fall due; half of them move still outstanding. Of the others 2 + 2 move, visited 1
    and 2 months ago: in low they fall due after 6, in September and August.
    """
    text = unit(
        "tiers = { high = { cases = 12 }, low = { cases = 0 } }\nentry_mix = { high = 1 }\n"
        "duties.visit = { every_months = { high = 3, low = 6 }, hours = 1 }",
        '[[events]]\nat = 2025-05-01\ncohort = "c"\nfrom = "high"\nto = "low"\ncases = 6',
        months=7,
    )
    made = making.stages(text).projection
    # Two of the six were outstanding when they moved; the others were 1 and 2 months old.
    assert made.due[0, :, 1].tolist() == pytest.approx([0, 2, 2, 2, 4, 6, 6])
    assert made.newly_due[0, :, 1].tolist() == pytest.approx([0, 0, 0, 0, 2, 2, 0])
    assert made.newly_due[0, :, 0].tolist() == pytest.approx([4, 2, 2, 0, 0, 0, 0])


def test_a_case_from_a_tier_without_a_clock_falls_due_on_the_month_s_own_interval() -> None:
    """6 watched cases move in May, when low goes from every 3 to every 6 months: due at once."""
    text = unit(
        "tiers = { low = { cases = 0 }, watched = { cases = 12 } }\nentry_mix = { watched = 1 }\n"
        "duties.visit = { per_year = { low = 4, watched = 0 }, hours = 1 }",
        '[[changes]]\nfrom = 2025-05-01\nset = { "cohorts.c.duties.visit.per_year.low" = 2 }',
        '[[events]]\nat = 2025-05-01\ncohort = "c"\nfrom = "watched"\nto = "low"\ncases = 6',
        months=3,
    )
    made = making.stages(text).projection
    assert made.newly_due[0, :, 0].tolist() == pytest.approx([0, 6, 0])


def test_a_case_moved_to_a_tier_that_loses_its_clock_is_owed_nothing() -> None:
    """Half of high's 12 move in May to low, which is visited no more from May on.

    High: 4 fall due in April, 2 wait on in May; of 2 and 2 visited 1 and 2 months ago 2 fall due in
    May and 2 in June.
    """
    text = unit(
        "tiers = { high = { cases = 12 }, low = { cases = 12 } }\n"
        "duties.visit = { per_year = 4, hours = 1 }",
        '[[changes]]\nfrom = 2025-05-01\nset = { "cohorts.c.duties.visit.per_year.low" = 0 }',
        '[[events]]\nat = 2025-05-01\ncohort = "c"\nfrom = "high"\nto = "low"\ncases = 6',
        months=3,
    )
    made = making.stages(text).projection
    assert made.newly_due[0].tolist() == [pytest.approx(one) for one in ([4, 4], [2, 0], [2, 0])]
    assert made.due[0].tolist() == [pytest.approx(one) for one in ([4, 4], [4, 0], [6, 0])]


def test_a_register_s_real_ages() -> None:
    """9 cases visited 0, 1 and 2 months ago (1, 2, 6), 3 overdue for 1 and 3 months (1, 2).

    Every 3 months, and nobody left to visit: 6 fall due in April, 2 in May, 1 in June.
    """
    text = unit(
        "tiers.k = { cases = 12 }\n[cohorts.c.duties.visit]\nevery_months = 3\nhours = 1\n"
        "overdue = 3\nopening_ages = { k = [1, 2, 6] }\noverdue_ages = { k = [1, 0, 2] }",
        months=3,
    )
    made = making.stages(text).projection
    assert made.newly_due[0, :, 0].tolist() == pytest.approx([6, 2, 1])
    assert made.due[0, :, 0].tolist() == pytest.approx([9, 11, 12])
    assert made.waiting[0][0, 0].tolist() == pytest.approx([6, 1, 0, 2])
    assert made.waiting[2][0, 0].tolist() == pytest.approx([1, 2, 6, 1, 0, 2])
    assert made.longest_wait[0, :, 0].tolist() == [4, 5, 6]


def test_two_moves_in_one_month_one_after_the_other() -> None:
    """Every 3 months, nobody visits. In May 6 of a's 12 go to b, then 6 of the 12 there to c.

    April: 4 of a's and 2 of b's fall due; 4 and 2 of either are 1 and 2 months old. Half of a is 2
    of each age and 2 waiting; with b's own 2 of each, half of that goes on. So in May each tier has
    2 waiting, and 2 that fall due; in June 2 more.
    """
    event = '[[events]]\nat = 2025-05-01\ncohort = "c"\nfrom = "{0}"\nto = "{1}"\ncases = 6'
    text = unit(
        "tiers = { a = { cases = 12 }, b = { cases = 6 }, c = { cases = 0 } }\n"
        "entrants_per_month = 0\nduties.visit = { every_months = 3, hours = 1 }",
        event.format("a", "b"),
        event.format("b", "c"),
        months=3,
    )
    made = making.stages(text).projection
    assert made.newly_due[0].tolist() == [
        pytest.approx(one) for one in ([4, 2, 0], [2] * 3, [2] * 3)
    ]
    assert made.due[0].tolist() == [pytest.approx(one) for one in ([4, 2, 0], [4] * 3, [6] * 3)]


def test_cases_that_wait_come_together_from_two_other_tiers() -> None:
    """A tenth of a and a tenth of b move to c each month; all 36 fall due in April, none is done.

    April: c has 12 + 1.2 + 1.2 = 14.4, a and b 10.8. May: 14.4 + 1.08 + 1.08 = 16.56, and 9.72.
    """
    text = unit(
        "tiers = { a = { cases = 12 }, b = { cases = 12 }, c = { cases = 12 } }\n"
        "moves_per_year = { a = { c = 1.2 }, b = { c = 1.2 } }\n"
        "duties.visit = { per_year = 12, hours = 1 }",
        months=2,
    )
    made = making.stages(text).projection
    assert made.newly_due[0, 0].tolist() == pytest.approx([10.8, 10.8, 14.4])
    assert made.due[0, 1].tolist() == pytest.approx([9.72, 9.72, 16.56])
    assert made.newly_due[0, 1].tolist() == pytest.approx([0, 0, 0])
    assert made.waiting[1][0, 2].tolist() == pytest.approx([0, 16.56])


# --- Hours ---------------------------------------------------------------------------------


def test_hours_of_a_post_and_of_a_visit() -> None:
    """EQ8: (52 × 40 − (25 + 8 + 5) × 8) × 0.95 × 0.9 ÷ 12 = 1,776 × 0.855 ÷ 12 = 126.54.

    EQ10: 3 + 0.5 × 2 = 4 hours with a second officer half the time, and for one visit in which
    somebody is found a quarter of an attempt of half an hour that finds nobody: 0.25 × 0.5 × 1.5.
    """
    text = unit(
        "tiers.k = { cases = 12 }\n"
        "duties.visit = { per_year = 12, hours = 3, crew = 1.5, second_officer_hours = 2, "
        "no_answer_share = 0.2, no_answer_hours = 0.5 }",
        grade="in_post = 1\nweekly_hours = 40\nleave_days = 25\nbank_holidays = 8\n"
        "training_days = 5\nsickness = 0.05\nabstraction = 0.1",
    )
    run = making.stages(text)
    assert run.projection.own[0, 0, 0] == pytest.approx(126.54)
    assert run.model.duties.hours[0, 0, 0] == pytest.approx(4.1875)
    assert run.projection.duty_hours[0, 0, 0] == pytest.approx(12 * 4.1875)


def test_a_programme_is_done_as_far_as_it_can_be() -> None:
    """40 cases each month, 2 hours per visit, nine in ten can be seen; 10 hours of other work.

    April: 50 asked for, 36 can be; 72 + 10 hours of 60 + 5 overtime: 17 short. May: less than
    none is none; 10 of 60 used. June: 20, with 40 + 10 hours; the other 20 wait.
    """
    text = unit(
        "tiers.k = { cases = 40 }\nhours_per_case_month = 0.25\n"
        "duties.visit = { per_year = 12, hours = 2, access_rate = 0.9 }",
        grade=f"in_post = 1\nweekly_hours = {0.6 * HOURS_100}",
        months=3,
    )
    run = making.stages(text)
    asked = Programme(
        done=np.array([[50.0], [-1.0], [20.0]]),
        lent=np.zeros((3, 0)),
        overtime=np.array([[5.0], [0.0], [0.0]]),
    )
    made = projection.project(run.model, run.caseload, run.demand, run.staff, asked)
    assert made.done[0, :, 0].tolist() == pytest.approx([36, 0, 20])
    assert made.outstanding[0, :, 0].tolist() == pytest.approx([4, 40, 20])
    assert made.duty_hours[0, :, 0].tolist() == pytest.approx([72, 0, 40])
    assert made.overtime[0, :, 0].tolist() == [5, 0, 0]
    assert made.short[0, :, 0].tolist() == pytest.approx([17, 0, 0])
    assert made.unused[0, :, 0].tolist() == pytest.approx([0, 50, 10])


def test_a_programme_of_two_teams_with_lending() -> None:
    """One: 10 hours, 4 lent, 8 visits of an hour: 2 short. Two: 9 + 2 + 1 overtime, 6 of 2 hours.

    Half the hours lent are lost on the way. A second month without lending leaves 2 and 9 unused.
    """
    team = "[teams.{0}.grades.g]\nin_post = 1\nweekly_hours = {1}\n"
    cohort = (
        '[cohorts.{0}]\nteam = "{0}"\ntiers.k = {{ cases = 10 }}\n'
        "duties.visit = {{ per_year = 12, hours = {1} }}\n"
    )
    text = "\n".join(
        [
            'title = "Two"\nstart = 2025-04-01\nmonths = 2',
            cohort.format("one", 1) + cohort.format("two", 2),
            team.format("one", 0.1 * HOURS_100) + team.format("two", 0.09 * HOURS_100),
            '[[flex]]\nfrom = "one"\nto = "two"\nefficiency = 0.5',
        ]
    )
    run = making.stages(text)
    asked = Programme(
        done=np.array([[8.0, 6.0], [8.0, 0.0]]),
        lent=np.array([[4.0], [0.0]]),
        overtime=np.array([[0.0, 1.0], [0.0, 0.0]]),
    )
    made = projection.project(run.model, run.caseload, run.demand, run.staff, asked)
    assert made.duty_hours[0].tolist() == [[8, 12], [8, 0]]
    assert made.lending[0].tolist() == [[4], [0]]
    assert made.lent[0].tolist() == [[4, 0], [0, 0]]
    assert made.borrowed[0].tolist() == [[0, 4], [0, 0]]
    assert made.received[0].tolist() == [[0, 2], [0, 0]]
    assert made.short[0].tolist() == [[pytest.approx(2), 0], [0, 0]]
    assert made.unused[0].tolist() == [[0, pytest.approx(0)], [pytest.approx(2), pytest.approx(9)]]


@pytest.mark.parametrize(
    ("cases", "most", "lent", "done"), [(20, 0.5, 5, 2.5), (2, 0.8, 4, 2), (20, 1, 6, 3)]
)
def test_what_own_visits_leave_is_lent(cases: int, most: float, lent: float, done: float) -> None:
    """10 hours, 4 for own visits; b has none, and half of what it is lent is lost.

    Lent are: half of 10; or the 4 that make the 2 hours that b lacks; or the 6 left.
    """
    text = "\n".join(
        [
            'title = "Two"\nstart = 2025-04-01\nmonths = 1',
            '[cohorts.a]\nteam = "a"\ntiers.k = { cases = 8 }',
            "duties.visit = { per_year = 12, hours = 0.5 }",
            f'[cohorts.b]\nteam = "b"\ntiers.k = {{ cases = {cases} }}',
            "duties.visit = { per_year = 12, hours = 1 }",
            "[teams.a]\novertime_hours_per_fte_month = 2\novertime_in_use = 2",
            f"[teams.a.grades.g]\nin_post = 1\nweekly_hours = {0.1 * HOURS_100}",
            "[teams.b.grades.g]\nin_post = 0",
            f'[[flex]]\nfrom = "a"\nto = "b"\nefficiency = 0.5\nmax_share = {most}',
        ]
    )
    run = making.stages(text)
    made = run.projection
    assert made.lending[0, 0].tolist() == pytest.approx([lent])
    assert made.done[0, 0].tolist() == pytest.approx([8, done])
    assert made.overtime[0, 0].tolist() == [0, 0]


def test_what_two_leave_is_lent_to_one_after_the_other() -> None:
    """b has no hours and 7 visits of an hour; a and c have 10 hours each and nothing to do.

    Of a's hours half are lost: its 10 make 5 there, and 2 are still lacking, which c lends.
    """
    text = "\n".join(
        [
            'title = "Three"\nstart = 2025-04-01\nmonths = 1',
            '[cohorts.b]\nteam = "b"\ntiers.k = { cases = 7 }',
            "duties.visit = { per_year = 12, hours = 1 }",
            *(
                f"[teams.{one}.grades.g]\nin_post = {people}\nweekly_hours = {0.1 * HOURS_100}"
                for one, people in (("a", 1), ("b", 0), ("c", 1))
            ),
            '[[flex]]\nfrom = "a"\nto = "b"\nefficiency = 0.5',
            '[[flex]]\nfrom = "c"\nto = "b"',
        ]
    )
    made = making.stages(text).projection
    assert made.lending[0, 0].tolist() == pytest.approx([10, 2])
    assert made.done[0, 0].tolist() == pytest.approx([7])


@pytest.mark.parametrize(("overtime", "done"), [("limit", 7), ("in use", 6)])
def test_overtime_is_worked_up_to_what_is_in_use_or_up_to_the_limit(
    overtime: projection.Overtime, done: float
) -> None:
    """8 visits of an hour; 5 hours, 1 of overtime in use, 2 at most."""
    text = unit(
        "tiers.k = { cases = 8 }\nduties.visit = { per_year = 12, hours = 1 }",
        "[teams.t]\novertime_hours_per_fte_month = 2\novertime_in_use = 1",
        grade=f"in_post = 1\nweekly_hours = {0.05 * HOURS_100}",
    )
    run = making.stages(text)
    made = projection.project(run.model, run.caseload, run.demand, run.staff, overtime=overtime)
    assert made.done[0, 0].tolist() == pytest.approx([done])


@pytest.mark.parametrize(("counts", "officers"), [("true", 3), ("false", 2)])
def test_people_on_loan_count_as_officers_where_they_say_so(counts: str, officers: int) -> None:
    """30 cases and two officers, and one on loan, whose 100 hours are there either way."""
    text = unit(
        "tiers.k = { cases = 30 }",
        '[[people]]\nteam = "t"\ngrade = "g"\nfte = 1\nfrom = 2025-04-01\nwhy = "Loan"',
        f"counts_in_ratio = {counts}",
        '[[standards]]\nname = "S"\ncohort = "c"\ncases_per_officer = 40',
        grade=f"in_post = 2\nweekly_hours = {HOURS_100}",
    )
    run = making.stages(text)
    assert run.staff.own_hours[0, 0].tolist() == pytest.approx([300])
    (found,) = standards.judge(run.model, run.staff, run.projection)
    assert found.achieved[0] == pytest.approx(30 / officers)


def test_officers_borrowed_from_two_teams_count_together() -> None:
    """b has one officer and 300 visits of an hour; a and c lend half of their 100 hours each."""
    text = "\n".join(
        [
            'title = "Three"\nstart = 2025-04-01\nmonths = 1',
            '[cohorts.b]\nteam = "b"\ntiers.k = { cases = 300 }',
            "duties.visit = { per_year = 12, hours = 1 }",
            *(f"[teams.{one}.grades.g]\nin_post = 1\nweekly_hours = {HOURS_100}" for one in "abc"),
            *(
                f'[[flex]]\nfrom = "{one}"\nto = "b"\nmax_share = 0.5\ncounts_in_ratio = true'
                for one in "ac"
            ),
            '[[standards]]\nname = "S"\ncohort = "b"\ncases_per_officer = 100',
        ]
    )
    run = making.stages(text)
    assert run.projection.done[0, 0].tolist() == pytest.approx([200])
    (found,) = standards.judge(run.model, run.staff, run.projection)
    assert found.achieved[0] == pytest.approx(300 / 2)


def test_who_is_short_of_hours_does_not_even_what_takes_none() -> None:
    """100 hours for 100½ of other work: no duty is done that month, though a call takes no time."""
    text = unit(
        "tiers.k = { cases = 201 }\nduties.call = { per_year = 12, hours = 0 }\n"
        "hours_per_case_month = 0.5",
        grade=f"in_post = 1\nweekly_hours = {HOURS_100}",
        months=1,
    )
    made = making.stages(text).projection
    assert made.short[0, 0].tolist() == pytest.approx([0.5])
    assert made.done[0, 0].tolist() == [0]
    fewer = making.stages(text.replace("cases = 201", "cases = 199")).projection
    assert fewer.done[0, 0].tolist() == pytest.approx([199])


def test_hours_short_by_rounding_are_not_short() -> None:
    """A solver's programme may ask for a millionth of an hour more than there is."""
    text = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
        grade=f"in_post = 1\nweekly_hours = {0.5 * HOURS_100}",
        months=2,
    )
    run = making.stages(text)
    asked = Programme(
        done=np.array([[50.0 + 1e-7], [50.1]]), lent=np.zeros((2, 0)), overtime=np.zeros((2, 1))
    )
    made = projection.project(run.model, run.caseload, run.demand, run.staff, asked)
    assert made.short[0, :, 0].tolist() == [0.0, pytest.approx(0.1)]


LENDING = f"""
title = "Lending"
start = 2025-04-01
months = 1
[cohorts.one]
team = "one"
tiers.k = {{ cases = 20 }}
hours_per_case_month = 1
[cohorts.two]
team = "two"
tiers.k = {{ cases = 50 }}
hours_per_case_month = 1
[cohorts.three]
team = "lender"
tiers.k = {{ cases = 40 }}
hours_per_case_month = 1
[teams.one.grades.g]
in_post = 0
[teams.two.grades.g]
in_post = 0
[teams.lender.grades.g]
in_post = 1
weekly_hours = {HOURS_100}
[[flex]]
from = "lender"
to = "one"
max_share = 0.25
efficiency = 0.5
[[flex]]
from = "lender"
to = "two"
max_share = 1
counts_in_ratio = true
"""


def test_hours_are_lent_in_the_order_of_the_file() -> None:
    """100 hours less 40 of the lender's own work: 60 to lend.

    The first borrower lacks 20, which would take 40 at half the efficiency; a quarter of 100 is
    the most, worth 12.5: 7.5 short. The second lacks 50 and gets the other 35: 15 short. Those
    count as 0.35 officers, the first's as none.
    """
    run = making.stages(LENDING)
    made, teams = run.projection, list(run.model.teams)
    one, two, lender = (teams.index(name) for name in ("one", "two", "lender"))
    order = [one, two, lender]
    assert made.lending[0, 0].tolist() == pytest.approx([25, 35])
    assert made.lent[0, 0, order].tolist() == pytest.approx([0, 0, 60])
    assert made.borrowed[0, 0, order].tolist() == pytest.approx([25, 35, 0])
    assert made.received[0, 0, order].tolist() == pytest.approx([12.5, 35, 0])
    assert made.short[0, 0, order].tolist() == pytest.approx([7.5, 15, 0])
    assert made.unused[0, 0, order].tolist() == pytest.approx([0, 0, 0])
    assert made.officers[0, 0, order].tolist() == pytest.approx([0, 0.35, 1])


FIRST_OF_TWO = """\
tiers = { weekly = { cases = 12 }, monthly = { cases = 30 } }
duties.visit = { per_year = { weekly = 52, monthly = 12 }, hours = 1 }
"""
BOTH = """
[[standards]]
name = "Weekly"
cohort = "c"
duty = "visit"
tiers = ["weekly"]
in_date = 0.5
[[standards]]
name = "Monthly"
cohort = "c"
duty = "visit"
tiers = ["monthly"]
completion = 0.8
"""


@pytest.mark.parametrize(("rule", "done"), [("strict", [50, 0]), ("standards first", [26, 24])])
def test_what_gives_first(rule: str, done: list[float]) -> None:
    """50 hours for 52 weekly visits and 30 monthly ones, an hour each.

    Strictly the first tier takes all. Up to standards first: half of what is due each week, 26,
    for in date is done ÷ due there; and 0.8 × 30 = 24.
    """
    text = unit(
        FIRST_OF_TWO,
        f'[priority]\nrule = "{rule}"',
        BOTH,
        grade=f"in_post = 1\nweekly_hours = {0.5 * HOURS_100}",
    )
    made = making.stages(text).projection
    assert made.newly_due[0, 0].tolist() == pytest.approx([52, 30])
    assert made.due[0, 0].tolist() == pytest.approx([52, 30])
    assert made.done[0, 0].tolist() == pytest.approx(done)


def test_hours_left_over_from_standards_go_down_the_list() -> None:
    """70 hours: 26 and 24 up to standards; the other 20 to the first tier."""
    text = unit(
        FIRST_OF_TWO,
        '[priority]\nrule = "standards first"',
        BOTH,
        grade=f"in_post = 1\nweekly_hours = {0.7 * HOURS_100}",
    )
    assert making.stages(text).projection.done[0, 0].tolist() == pytest.approx([46, 24])


def test_up_to_a_share_in_date() -> None:
    """Of 30 monthly cases 60% in date: 12 may wait, so 18 are done; the weekly get the rest."""
    text = unit(
        FIRST_OF_TWO,
        '[priority]\nrule = "standards first"\norder = ["c.visit.monthly"]',
        BOTH.replace("completion = 0.8", "in_date = 0.6"),
        grade=f"in_post = 1\nweekly_hours = {0.4 * HOURS_100}",
    )
    assert making.stages(text).projection.done[0, 0].tolist() == pytest.approx([22, 18])


@pytest.mark.parametrize(
    ("measure", "done"),
    [("completion = 0.5", [59 + 1 / 3, 10]), ("in_date = 0.9", [55 + 1 / 3, 14])],
)
def test_what_a_standard_asks_for_where_few_of_the_cases_fall_due(
    measure: str, done: list[float]
) -> None:
    """173⅓ hours do 69⅓ visits of 2½: of 60 monthly cases 60 fall due, of 60 quarterly ones 20.

    Half of those due: 30 and 10, and the 29⅓ left go to the first tier. 90% in date: 6 of either
    may wait, so 54 and 14 are done first, and 1⅓ are left.
    """
    rule = f'[[standards]]\nname = "Visits"\ncohort = "a"\nduty = "visit"\n{measure}\n'
    first = '[priority]\nrule = "standards first"\n'
    text = toy(rule, first, months=1, posts=1, duty="hours = 2.5")
    assert making.stages(text).projection.done[0, 0].tolist() == pytest.approx(done)


@pytest.mark.parametrize("measure", ["outstanding = 40", "in_date = 0"])
def test_a_standard_already_met_asks_for_nothing(measure: str) -> None:
    """26 hours: of 30 monthly cases, first in line, 40 may be outstanding: all go to the weekly."""
    text = unit(
        FIRST_OF_TWO,
        '[priority]\nrule = "standards first"\norder = ["c.visit.monthly"]',
        BOTH.replace("completion = 0.8", measure),
        grade=f"in_post = 1\nweekly_hours = {0.26 * HOURS_100}",
    )
    assert making.stages(text).projection.done[0, 0].tolist() == pytest.approx([26, 0])


# --- People --------------------------------------------------------------------------------


def test_trainees_appointments_cuts_and_new_posts() -> None:
    """5 posts, 4 in post, one of them new; two are appointed for May; 3 posts in July, 4 in August.

    Trainees count half in their first two months. April: 4, the new one still in training: 3.5.
    May: one of the two finds a place: 5, effective 4.5. June: no place is left to fill: 5 and
    4.5 again. July: two are released: 3. August: a post more, filled at once: 4, effective 3.5.
    """
    text = unit(
        "tiers.k = { cases = 0 }",
        '[[changes]]\nfrom = 2025-07-01\nset = { "teams.t.grades.g.posts" = 3 }',
        '[[changes]]\nfrom = 2025-08-01\nset = { "teams.t.grades.g.posts" = 4 }',
        grade="in_post = 4\nposts = 5\nin_training = 1\naccreditation_months = 2\n"
        'trainee_productivity = 0.5\njoiners_due = { "2025-05" = 2 }\nrecruitment_lead_months = 0',
        months=5,
    )
    staff = making.stages(text).staff
    assert staff.in_post[0, :, 0].tolist() == [4, 5, 5, 3, 4]
    assert staff.joiners[0, :, 0].tolist() == [0, 1, 0, 0, 1]
    assert staff.joined_due[0, :, 0].tolist() == [0, 1, 0, 0, 0]
    assert staff.releases[0, :, 0].tolist() == [0, 0, 0, 2, 0]
    assert staff.effective[0, :, 0].tolist() == [3.5, 4.5, 4.5, 3, 3.5]


def test_joiners_of_earlier_months_are_in_training_as_long_as_they_would_have_been() -> None:
    """Four in post; one joined in January, half a one in February, a quarter in March.

    Trainees do nothing in their first four months. April counts those of January to March: 4 less
    1.75 is 2.25. In May those of January count in full: 3.25. June: 3.75. July: all 4.
    """
    text = unit(
        "tiers.k = { cases = 0 }",
        grade="in_post = 4\naccreditation_months = 4\ntrainee_productivity = 0\n"
        "in_training = 0.25\n"
        'recent_joiners = { "2025-02" = 0.5, "2025-01" = 1 }',
        months=4,
    )
    staff = making.stages(text).staff
    assert staff.effective[0, :, 0].tolist() == [2.25, 3.25, 3.75, 4]


def test_someone_away_takes_hours_and_not_officers() -> None:
    """2 in post at 100 hours; one at half her work from May to June, who counts in no ratio."""
    text = unit(
        "tiers.k = { cases = 0 }",
        '[[people]]\nteam = "t"\ngrade = "g"\nfte = -1\nproductivity = 0.5\n'
        'from = 2025-05-01\nuntil = 2025-06-01\ncounts_in_ratio = false\nwhy = "Leave"',
        grade=f"in_post = 2\nweekly_hours = {HOURS_100}\ncasework_share = 0.5",
        months=4,
    )
    staff = making.stages(text).staff
    assert staff.effective[0, :, 0].tolist() == pytest.approx([2, 1.5, 1.5, 2])
    assert staff.own_hours[0, :, 0].tolist() == pytest.approx([100, 75, 75, 100])
    assert staff.officers[0, :, 0].tolist() == pytest.approx([1, 1, 1, 1])
    assert staff.casework[0, :, 0].tolist() == pytest.approx([1, 1, 1, 1])


def test_more_away_than_there_are_leave_no_hours_below_none() -> None:
    text = unit(
        "tiers.k = { cases = 0 }",
        '[[people]]\nteam = "t"\ngrade = "g"\nfte = -3\nfrom = 2025-04-01\nwhy = "Away"',
        grade=f"in_post = 2\nweekly_hours = {HOURS_100}",
    )
    staff = making.stages(text).staff
    assert staff.own_hours[0, 0, 0] == 0
    assert staff.uncut_hours[0, 0, 0] == pytest.approx(-100)


# --- Cases ---------------------------------------------------------------------------------


def test_one_cohort_counts_its_entrants_and_another_keeps_to_a_path() -> None:
    """Two a month come to 50; 100 become 2% more every month; nobody leaves."""
    text = unit(
        "tiers.k = { cases = 50 }\nentrants_per_month = 2",
        f'[cohorts.d]\nteam = "t"\ntiers.k = {{ cases = 100 }}\ngrowth_per_year = {1.02**12 - 1}',
        months=2,
    )
    cases = making.stages(text).caseload.cases[0]
    assert cases.tolist() == [pytest.approx([52, 102]), pytest.approx([54, 104.04])]


def test_a_growing_cohort_with_arrivals() -> None:
    """100 cases, 12% leave a year, 26.8% growth a year (2% per month), 10 arrive in May.

    April: 99 stay, the path is 102: 3 enter. May: 102 leaves 100.98; the path is
    (102 + 10) × 1.02 = 114.24: 13.26 enter, 10 of them the arrivals.
    """
    text = unit(
        "tiers.k = { cases = 100 }\nexits_per_year = 0.12\n"
        f"growth_per_year = {1.02**12 - 1}\nhours_per_entry = 2",
        '[[events]]\nat = 2025-05-01\ncohort = "c"\narrivals = 10',
        months=2,
    )
    run = making.stages(text)
    assert run.caseload.cases[0, :, 0].tolist() == pytest.approx([102, 114.24])
    assert run.caseload.entrants[0, :, 0].tolist() == pytest.approx([3, 13.26])
    assert run.caseload.exits[0, :, 0].tolist() == pytest.approx([1, 1.02])
    assert run.demand.teams[0, :, 0].tolist() == pytest.approx([6, 26.52])
    assert run.demand.by_name[0].sum(axis=1).tolist() == pytest.approx([6, 26.52])


@pytest.mark.parametrize(
    ("cases", "per_year", "joined"),
    [
        ((3, 1, 4), "{ a = 12, b = 6, c = 0 }", [6.75, 2.25, 0]),
        ((0, 0, 4), "{ a = 1, b = 0.5, c = 0 }", [4.5, 4.5, 0]),
        ((3, 1, 4), "0", [3.375, 1.125, 4.5]),
    ],
)
def test_new_cases_join_as_the_cases_of_the_start(
    cases: tuple[int, int, int], per_year: str, joined: list[float]
) -> None:
    """9 a month, by the opening mix of the tiers that are owed anything; evenly if that is none."""
    tiers = ", ".join(f"{t} = {{ cases = {n} }}" for t, n in zip("abc", cases, strict=True))
    text = unit(
        f"tiers = {{ {tiers} }}\nentrants_per_month = 9\n"
        f"duties.visit = {{ per_year = {per_year}, hours = 1 }}"
    )
    made = making.stages(text).caseload
    assert (made.cases[0, 0] - np.array(cases)).tolist() == pytest.approx(joined)


def test_a_shrinking_cohort_takes_in_nobody() -> None:
    """100 cases of which 1 leaves a month, on a path that falls by 2%: it keeps to its own."""
    text = unit(
        f"tiers.k = {{ cases = 100 }}\nexits_per_year = 0.12\ngrowth_per_year = {0.98**12 - 1}",
        months=2,
    )
    run = making.stages(text)
    assert run.caseload.cases[0, :, 0].tolist() == pytest.approx([99, 98.01])
    assert run.caseload.entrants[0, :, 0].tolist() == [0, 0]


def test_cases_that_move_are_counted_where_they_leave_and_where_they_arrive() -> None:
    """A tenth of a's 100 and a fifth of b's 50 go to c in April: 20 arrive. Nobody leaves.

    In May two events move 5 from a and 7 from b to c in April's state; then a tenth of 85 and a
    fifth of 33 go too.
    """
    event = '[[events]]\nat = 2025-05-01\ncohort = "c"\nfrom = "{0}"\nto = "c"\ncases = {1}'
    text = unit(
        "tiers = { a = { cases = 100 }, b = { cases = 50 }, c = { cases = 0 } }\n"
        "entrants_per_month = 0\nmoves_per_year = { a = { c = 1.2 }, b = { c = 2.4 } }",
        event.format("a", 5),
        event.format("b", 7),
        months=2,
    )
    made = making.stages(text).caseload
    assert made.moved_in[0].tolist() == [pytest.approx([0, 0, 20]), pytest.approx([0, 0, 27.1])]
    assert made.moved_out[0].tolist() == [
        pytest.approx([10, 10, 0]),
        pytest.approx([13.5, 13.6, 0]),
    ]
    assert made.cases[0, 1].tolist() == pytest.approx([76.5, 26.4, 47.1])


def test_an_event_moves_no_more_than_there_are() -> None:
    """30 of 20 asked for: 20 move, a tenth of them leaves in the month as of any others."""
    text = unit(
        "tiers = { a = { cases = 20 }, b = { cases = 10 } }\nexits_per_year = 1.2\n"
        "entrants_per_month = 0\nentry_mix = { a = 1 }",
        '[[events]]\nat = 2025-04-01\ncohort = "c"\nfrom = "a"\nto = "b"\ncases = 30',
    )
    cases = making.stages(text).caseload
    assert cases.cases[0, 0].tolist() == pytest.approx([0, 27])
    assert cases.exits[0, 0].tolist() == pytest.approx([0, 3])
    assert cases.moved_in[0, 0].tolist() == pytest.approx([0, 20])
    assert cases.moved_out[0, 0].tolist() == pytest.approx([20, 0])


def test_leavers_of_a_tier_leave_at_once_and_take_their_clocks_with_them() -> None:
    """60 cases visited every 6 months, none overdue: 10 at each age, 10 fall due a month.

    In May 12 of the 60 leave, a fifth at every age, so 8 fall due in May. Then a tenth of the
    other 48 leaves as always: 7.2 of the 8 are left to be visited and 43.2 cases remain.
    """
    text = unit(
        "tiers = { a = { cases = 60 }, b = { cases = 5 } }\nentrants_per_month = 0\n"
        "exits_per_year = { a = 1.2 }\nduties.visit = { per_year = { a = 2 }, hours = 1 }",
        '[[events]]\nat = 2025-05-01\ncohort = "c"\nleavers = 12\ntier = "a"',
        months=2,
    ).replace("exits_per_year = { a = 1.2 }", "exits_per_year = { a = 0 }", 1)
    run = making.stages(text)
    assert run.caseload.cases[0].tolist() == [[60, 5], pytest.approx([48, 5])]
    assert run.caseload.exits[0].tolist() == [[0, 0], pytest.approx([12, 0])]
    assert run.caseload.moved_out[0].tolist() == [[0, 0], [0, 0]]
    assert run.projection.newly_due[0, :, 0].tolist() == pytest.approx([10, 8])
    leaving = making.stages(text.replace("a = 0 }", "a = 1.2 }"))
    # April: 6 leave. May: 12 of 54, then a tenth of 42; 10 × 0.9 × 42/54 × 0.9 fall due.
    assert leaving.caseload.cases[0, :, 0].tolist() == pytest.approx([54, 37.8])
    assert leaving.caseload.exits[0, :, 0].tolist() == pytest.approx([6, 16.2])
    assert leaving.projection.newly_due[0, :, 0].tolist() == pytest.approx([9, 6.3])


def test_leavers_without_a_tier_leave_in_proportion_and_never_more_than_there_are() -> None:
    """30 of 60 and 20: three quarters are 22.5 and 7.5. Asked for 90 more, the other 50 leave."""
    event = '[[events]]\nat = 2025-0{}-01\ncohort = "c"\nleavers = {}'
    text = unit(
        "tiers = { a = { cases = 60 }, b = { cases = 20 } }\nentrants_per_month = 0",
        event.format(4, 30),
        event.format(5, 90),
        months=2,
    )
    made = making.stages(text).caseload
    assert made.cases[0].tolist() == [pytest.approx([37.5, 12.5]), pytest.approx([0, 0])]
    assert made.exits[0].tolist() == [pytest.approx([22.5, 7.5]), pytest.approx([37.5, 12.5])]


def test_events_of_one_month_act_in_file_order() -> None:
    """20 of a's 50 move to b, then all 40 of b leave; the other way about only b's own 20 leave."""
    move = '[[events]]\nat = 2025-04-01\ncohort = "c"\nfrom = "a"\nto = "b"\ncases = 20'
    leave = '[[events]]\nat = 2025-04-01\ncohort = "c"\nleavers = 99\ntier = "b"'
    cohort = "tiers = { a = { cases = 50 }, b = { cases = 20 } }\nentrants_per_month = 0"
    first = making.stages(unit(cohort, move, leave, months=1)).caseload
    assert first.cases[0, 0].tolist() == pytest.approx([30, 0])
    assert first.exits[0, 0].tolist() == pytest.approx([0, 40])
    second = making.stages(unit(cohort, leave, move, months=1)).caseload
    assert second.cases[0, 0].tolist() == pytest.approx([30, 20])
    assert second.exits[0, 0].tolist() == pytest.approx([0, 20])


def test_leavers_lower_the_path_of_a_growing_caseload() -> None:
    """100 growing 1% per month: 101. Then 21 leave: (101 − 21) × 1.01, and nobody refills them."""
    text = unit(
        f"tiers.k = {{ cases = 100 }}\ngrowth_per_year = {1.01**12 - 1}",
        '[[events]]\nat = 2025-05-01\ncohort = "c"\nleavers = 21',
        months=3,
    )
    made = making.stages(text).caseload
    assert made.cases[0, :, 0].tolist() == pytest.approx([101, 80.8, 81.608])
    assert made.entrants[0, :, 0].tolist() == pytest.approx([1, 0.8, 0.808])


def test_leavers_take_their_overdue_visits_with_them() -> None:
    """40 cases, 10 of them overdue, nobody to visit: when 20 leave, 5 of the overdue go."""
    text = unit(
        "tiers.k = { cases = 40 }\nentrants_per_month = 0\n"
        "duties.visit = { per_year = 1, hours = 1, overdue = 10 }",
        '[[events]]\nat = 2025-04-01\ncohort = "c"\nleavers = 20',
        grade="in_post = 0",
        months=1,
    )
    done = making.stages(text).projection
    # 30 not overdue at 12 ages: 2.5 a month fall due, half of them have left.
    assert done.newly_due[0, 0, 0] == pytest.approx(1.25)
    assert done.outstanding[0, 0, 0] == pytest.approx(5 + 1.25)


def test_an_event_after_the_last_month_changes_nothing() -> None:
    text = unit(
        "tiers.k = { cases = 20 }\nentrants_per_month = 1",
        '[[events]]\nat = 2025-07-01\ncohort = "c"\narrivals = 30',
        months=3,
    )
    assert making.stages(text).caseload.cases[0, :, 0].tolist() == [21, 22, 23]


# --- Standards -----------------------------------------------------------------------------


def test_a_share_of_posts_is_judged_from_the_month_it_is_given() -> None:
    """EQ20: 4 constables and 6 at half: 3 of 7 casework posts. At most 0.4 × 7 = 2.8 from May."""
    text = unit(
        "tiers.k = { cases = 0 }",
        "[teams.t.grades.half]\nin_post = 6\ncasework_share = 0.5",
        '[[changes]]\nfrom = 2025-05-01\nset = { "teams.t.grades.half.max_share" = 0.4 }',
        grade="in_post = 4",
        months=3,
    )
    run = making.stages(text)
    found = standards.establishment(run.model, run.staff)
    assert [one.period.first for one in found] == [1, 2]
    for one in found:
        assert (one.standard, one.kind, one.unit) == ("Share of half (t)", "grade share", "posts")
        assert one.hours_each == pytest.approx(52 * 40 / 12)
        assert one.required == 0.4
        assert one.achieved[0] == pytest.approx(3 / 7)
        assert one.missed_by[0] == pytest.approx(0.2)
        assert not one.met.any()


def test_supervision_counts_those_who_carry_cases_and_supervise_nobody() -> None:
    """EQ19: 9 constables carry cases, 2 clerks carry none: 9 ÷ 4 asks for 2.25 sergeants, not 1."""
    text = unit(
        "tiers.k = { cases = 0 }",
        "[teams.t.grades.clerk]\nin_post = 2\ncasework_share = 0",
        "[teams.t.grades.sergeant]\nin_post = 1\nsupervises = 4\ncasework_share = 0.2",
        grade="in_post = 9",
    )
    run = making.stages(text)
    (found,) = standards.establishment(run.model, run.staff)
    assert (found.required, found.achieved.tolist()) == (4, [9])
    assert found.missed_by[0] == pytest.approx(1.25)
    assert (found.standard, found.kind) == ("Supervision by sergeant (t)", "supervision")
    assert (found.period.first, found.unit) == (0, "posts")
    assert found.hours_each == pytest.approx(52 * 40 / 12)


def test_nine_supervised_by_nobody_have_no_ratio() -> None:
    text = unit(
        "tiers.k = { cases = 0 }",
        "[teams.t.grades.sergeant]\nin_post = 0\nsupervises = 4\ncasework_share = 0",
        "[teams.t.grades.inspector]\nin_post = 2\nsupervises = 4\ncasework_share = 0",
        grade="in_post = 9",
    )
    run = making.stages(text)
    nobody, two = standards.establishment(run.model, run.staff)
    assert np.isnan(nobody.achieved).all()
    assert nobody.missed_by[0] == pytest.approx(2.25)
    assert two.achieved[0] == pytest.approx(4.5)
    assert two.missed_by[0] == pytest.approx(0.25)


EACH_KIND = f"""
title = "One standard of each kind"
start = 2025-03-01
months = 3
[cohorts.c]
team = "t"
tiers = {{ k = {{ cases = 12 }}, r = {{ cases = 8 }} }}
duties.visit = {{ every_months = {{ k = 2 }}, hours = 100 }}
[teams.t]
overtime_hours_per_fte_month = 10
overtime_in_use = 10
overtime_cost_per_hour = 30
[teams.t.grades.g]
in_post = 2
weekly_hours = {HOURS_100}
cost_per_year = 60_000
[teams.t.grades.extra]
in_post = 3
casework_share = 0
cost_per_year = 12_000
[teams.u.grades.h]
in_post = 1
cost_per_year = 24_000
"""

OF_EACH_KIND: dict[str, tuple[str, list[float], list[float], list[float]]] = {
    # what it says: (kind, unit, cohort, duty, tier), asked, achieved and missed in each period
    'cohort = "c"\nduty = "visit"\ncompletion = 0.5': (
        "completion duties c visit k",
        [0.5, 0.5, 0.5],
        [2.2 / 6, 2.2 / 9.8, 2.2 / 9.8],
        [0.8, 2.7, 2.7],
    ),
    'cohort = "c"\nduty = "visit"\nin_date = 0.8': (
        "in_date cases c visit k",
        [0.8, 0.8, 0.8],
        [8.2 / 12, 4.4 / 12, 4.4 / 12],
        [1.4, 5.2, 5.2],
    ),
    'cohort = "c"\nduty = "visit"\noutstanding = 3': (
        "outstanding cases c visit k",
        [3, 3, 3],
        [3.8, 7.6, 7.6],
        [0.8, 4.6, 4.6],
    ),
    'cohort = "c"\ncases_per_officer = 8': (
        "cases_per_officer FTE c None None",
        [8, 8, 8],
        [10, 10, 10],
        [0.5, 0.5, 0.5],
    ),
    'cohort = "c"\ntiers = ["k"]\ncases_per_officer = 4': (
        "cases_per_officer FTE c None k",
        [4, 4, 4],
        [6, 6, 6],
        [1, 1, 1],
    ),
    "budget = 120_000": (
        "budget £ None None None",
        [10_000, 20_000],
        [15_600, 31_200],
        [5_600, 11_200],
    ),
    'team = "t"\nbudget = 120_000': (
        "budget £ None None None",
        [10_000, 20_000],
        [13_600, 27_200],
        [3_600, 7_200],
    ),
    'team = "t"\nmax_posts = 4': ("max_posts posts None None None", [4, 4], [5, 5], [1, 1]),
    'team = "t"\ngrades = ["g"]\nmax_posts = 1.5': (
        "max_posts posts None None None",
        [1.5, 1.5],
        [2, 2],
        [0.5, 0.5],
    ),
}


@pytest.mark.parametrize("says", OF_EACH_KIND)
def test_a_standard_of_each_kind(says: str) -> None:
    """12 cases every 2 months and 8 without visits; 2 officers of 100 hours, and 20 of overtime.

    220 hours make 2.2 visits of 100. Due: 6 in March; in April 6 more than the 3.8 left, 9.8; in
    May the 2.2 of March are due again beside 7.6 left. A month costs 2 × 5,000, 3 × 1,000 and
    20 × 30 in t, and 2,000 in u: 15,600. March is a financial year's last month.
    """
    labels, asked, achieved, missed = OF_EACH_KIND[says]
    run = making.stages(f'{EACH_KIND}\n[[standards]]\nname = "S"\n{says}\n')
    found = standards.judge(run.model, run.staff, run.projection)
    assert {one.standard for one in found} == {"S"}
    told = {f"{one.kind} {one.unit} {one.cohort} {one.duty} {one.tier}" for one in found}
    assert told == {labels}
    assert [one.required for one in found] == pytest.approx(asked)
    assert [one.achieved[0] for one in found] == pytest.approx(achieved)
    assert [one.missed_by[0] for one in found] == pytest.approx(missed)
    each = 1 / 40 if "budget" in says else 100
    assert [one.hours_each for one in found] == pytest.approx([each] * len(found))
    months = [1, 1, 1] if len(asked) == 3 else [1, 2]
    assert [one.period.end - one.period.first for one in found] == months


def test_in_date_of_a_visit_owed_once_a_year() -> None:
    """Nobody visits: of 12 cases 1 more falls due each month, so that 11, 10 and 9 are in date."""
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { per_year = 1, hours = 1 }",
        '[[standards]]\nname = "S"\ncohort = "c"\nduty = "visit"\nin_date = 0.9',
        months=3,
    )
    run = making.stages(text)
    found = standards.judge(run.model, run.staff, run.projection)
    assert [one.achieved[0] for one in found] == pytest.approx([11 / 12, 10 / 12, 9 / 12])
    assert [one.missed_by[0] for one in found] == pytest.approx([0, 0.8, 1.8])


def test_a_caseload_limit_on_the_average_of_a_year() -> None:
    """20 cases: in March 2 officers; a third joins in April, a fourth in May: 3.5 on average."""
    text = EACH_KIND.replace("in_post = 2", "in_post = 2\nposts = 4\nmax_joiners_per_month = 1")
    text = text.replace(
        "[teams.t.grades.extra]", "recruitment_lead_months = 1\n[teams.t.grades.extra]"
    )
    limit = '[[standards]]\nname = "S"\ncohort = "c"\ncases_per_officer = 5'
    run = making.stages(f"{text}\n{limit}\n")
    assert run.staff.in_post[0, :, 0].tolist() == [2, 3, 4]
    (found,) = standards.verdicts(run.model, run.staff, run.projection, on_average=True)
    assert [(one.first, one.end) for one in found.periods] == [(0, 1), (1, 3)]
    assert found.achieved[0].tolist() == pytest.approx([10, 20 / 3.5])
    assert found.missed_by[0].tolist() == pytest.approx([2, 0.5])


def test_the_same_standard_asked_differently_in_two_futures() -> None:
    """Each future is judged by itself: 5 and 7 posts of at most 4.

    2 for 3 sergeants, 4 for 4; constables 2 of 2 and 3 of 4, at most half.
    """
    run = making.stages(EACH_KIND)
    staff = replace(run.staff, posts=np.concatenate([run.staff.posts, run.staff.posts + 1]))
    limits = '[[standards]]\nname = "S"\nteam = "t"\nmax_posts = 4'
    built = making.stages(f"{EACH_KIND}\n{limits}\n").model
    (found,) = standards.verdicts(built, staff, run.projection)
    assert found.achieved.tolist() == [[5, 5], [7, 7]]
    assert found.missed_by.tolist() == [[1, 1], [3, 3]]
    shared = EACH_KIND.replace("casework_share = 0", "casework_share = 0\nsupervises = 4")
    shared = shared.replace("cost_per_year = 60_000", "max_share = 0.5")
    run = making.stages(f"{shared}\n[teams.t.grades.other]\nin_post = 0\n")
    staff = replace(run.staff, posts=np.concatenate([run.staff.posts, run.staff.posts + 1]))
    span, *_, share = standards.establishment(run.model, staff)
    assert span.achieved.tolist() == [pytest.approx(2 / 3), 1]
    assert share.achieved.tolist() == [1, 0.75]
    assert share.missed_by.tolist() == [1, 1]


def judged(measure: str, by: str, months: int = 6, start: str = "2025-05") -> list[Judgement]:
    """What a standard says of 12 cases every 2 months whom nobody visits."""
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 1 }",
        f'[[standards]]\nname = "R"\ncohort = "c"\nduty = "visit"\n{measure}\njudged = "{by}"',
        months=months,
        start=start,
    )
    run = making.stages(text)
    return list(standards.judge(run.model, run.staff, run.projection))


def test_standards_are_judged_over_whole_quarters_only() -> None:
    """May to October 2025 hold one whole quarter: July to September. 12 wait in each month."""
    (only,) = judged("outstanding = 9", "quarter")
    assert (only.period.first, only.period.end) == (2, 5)
    assert (only.achieved[0], only.missed_by[0]) == (12, 3)
    (share,) = judged("completion = 0.5", "quarter")
    assert (share.achieved[0], share.missed_by[0]) == (0, 18)  # half of 3 × 12 due
    (dated,) = judged("in_date = 0.25", "quarter")
    assert (dated.achieved[0], dated.missed_by[0]) == (0, 9)  # a quarter of 3 × 12 cases


def test_the_mean_outstanding_of_a_year() -> None:
    """April 2025: 6 wait, then 12 for eleven months: 138 ÷ 12 = 11.5 in the financial year."""
    (only,) = judged("outstanding = 10", "year", months=13, start="2025-04")
    assert (only.achieved[0], only.missed_by[0]) == (pytest.approx(11.5), pytest.approx(1.5))


@pytest.mark.parametrize("cases", ["0", "1e-6"])
def test_nothing_due_is_nothing_missed(cases: str) -> None:
    """Half of a millionth of a case falls due each month: too little to say what share is done."""
    text = unit(
        f"tiers.k = {{ cases = {cases} }}\nentry_mix = {{ k = 1 }}\n"
        "duties.visit = { every_months = 2, hours = 1 }",
        '[[standards]]\nname = "R"\ncohort = "c"\nduty = "visit"\ncompletion = 1',
    )
    run = making.stages(text)
    (only,) = standards.judge(run.model, run.staff, run.projection)
    assert np.isnan(only.achieved[0])
    assert only.met.all()
