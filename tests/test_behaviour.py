"""What teams do when hours are short or at hand (EQ7, EQ13, EQ24, EQ25), worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.engine import projection, renewal, service
from tests import making
from tests.test_by_hand import unit
from tests.toys import STRICT

MONTHLY = "duties.visit = { per_year = 12, hours = 1 }"
SOFT = '[priority]\nrule = "soft"'


def people(hours: float) -> str:
    """A grade that has so many hours per month."""
    return f"in_post = 1\nweekly_hours = {hours * 12 / 52}"


def logistic(z: float) -> float:
    """σ(z)."""
    return 1 / (1 + math.exp(-z))


# --- Order of service ----------------------------------------------------------------------


def test_the_soft_order_does_half_of_the_first_tier_where_its_number_is_0() -> None:
    """100 due in each tier, log-odds 0 and -1: at θ = 0, 50 and 100 σ(-1) = 26.894 are done."""
    hours = 50 + 100 * logistic(-1)
    text = unit(
        "tiers = { hi = { cases = 100 }, lo = { cases = 100, focus = -1 } }\n" + MONTHLY,
        SOFT,
        grade=people(hours),
    )
    made = making.stages(text).projection
    assert made.done[0, 0] == pytest.approx([50.0, 26.894142], abs=1e-6)
    assert made.duty_hours[0, 0, 0] == pytest.approx(hours)
    assert made.unused[0, 0, 0] == pytest.approx(0, abs=1e-9)


def test_the_soft_order_is_that_of_a_file_that_says_nothing_of_it() -> None:
    """10 due in each tier and hours for σ(1) and σ(1 - 0.4) of them."""
    hours = 10 * logistic(1) + 10 * logistic(0.6)
    text = unit(
        "tiers = { hi = { cases = 10 }, lo = { cases = 10 } }\n" + MONTHLY, grade=people(hours)
    ).replace(STRICT, "")
    made = making.stages(text).projection
    assert made.done[0, 0] == pytest.approx([10 * logistic(1), 10 * logistic(0.6)])


def test_the_soft_order_counts_access_and_hours() -> None:
    """Access 0.9 and 0.5; a visit to low takes 3 hours: 90 × 1 × 0.5 + 50 × 3 × 0.5 = 120."""
    text = unit(
        "tiers = { hi = { cases = 100 }, lo = { cases = 100, focus = 0 } }\n"
        "[cohorts.c.duties.visit]\nper_year = 12\nhours = { hi = 1, lo = 3 }\n"
        "access_rate = { hi = 0.9, lo = 0.5 }",
        SOFT,
        grade=people(120),
    )
    assert making.stages(text).projection.done[0, 0] == pytest.approx([45, 25])


def test_without_focus_a_tier_stands_as_far_back_as_its_place_says() -> None:
    """Six tiers of 10: log-odds 0, -0.4, -1.8, -2.6, -3.3 and, as far again, -4.0."""
    places = [0.0, -0.4, -1.8, -2.6, -3.3, -4.0]
    hours = sum(10 * logistic(1 + w) for w in places)
    tiers = ", ".join(f"t{n} = {{ cases = 10 }}" for n in range(6))
    text = unit(f"tiers = {{ {tiers} }}\n{MONTHLY}", SOFT, grade=people(hours))
    made = making.stages(text).projection
    assert made.done[0, 0] == pytest.approx([10 * logistic(1 + w) for w in places])


def test_a_tier_owed_nothing_takes_no_place() -> None:
    """Low is owed no visit, so lowest is the second tier: -0.4, not -1.8."""
    hours = 10 * logistic(0) + 10 * logistic(-0.4)
    text = unit(
        "tiers = { hi = { cases = 10 }, lo = { cases = 10 }, lowest = { cases = 10 } }\n"
        "duties.visit = { per_year = { hi = 12, lo = 0, lowest = 12 }, hours = 1 }",
        SOFT,
        grade=people(hours),
    )
    made = making.stages(text).projection
    assert made.done[0, 0] == pytest.approx([5, 0, 10 * logistic(-0.4)])


def test_a_focus_of_the_duty_goes_before_that_of_the_tier() -> None:
    hours = 10 * logistic(0) + 10 * logistic(-2)
    text = unit(
        "tiers = { hi = { cases = 10 }, lo = { cases = 10, focus = -1 } }\n"
        "duties.visit = { per_year = 12, hours = 1, focus = { lo = -2 } }",
        SOFT,
        grade=people(hours),
    )
    assert making.stages(text).projection.done[0, 0, 1] == pytest.approx(10 * logistic(-2))


def test_the_order_says_which_row_comes_first_and_focus_how_far_apart() -> None:
    """Low is named first: it keeps its -1, and high, now behind it, counts as -1 as well."""
    text = unit(
        "tiers = { hi = { cases = 10 }, lo = { cases = 10, focus = -1 } }\n" + MONTHLY,
        '[priority]\nrule = "soft"\norder = ["c.visit.lo"]',
        grade=people(10),
    )
    assert making.stages(text).projection.done[0, 0] == pytest.approx([5, 5])


SHARES = st.lists(st.floats(0.1, 500), min_size=1, max_size=6)


@given(need=SHARES, part=st.floats(0, 1.3), step=st.floats(0, 3))
def test_soft_shares_use_the_hours_there_are_and_never_more(
    need: list[float], part: float, step: float
) -> None:
    asked = np.array([need])
    there = np.array([part * sum(need)])
    focus = -step * np.arange(len(need), dtype=float)[None]
    share = service.soft_shares(asked, there, focus)
    used = float((asked * share).sum())
    assert used == pytest.approx(min(there[0], sum(need)), rel=1e-9, abs=1e-9)
    assert (np.diff(share[0]) <= 1e-12).all()  # an earlier row never gets a smaller share


@given(need=SHARES, part=st.floats(0.02, 0.98))
def test_far_apart_the_soft_order_is_the_strict_one_and_close_it_is_in_proportion(
    need: list[float], part: float
) -> None:
    asked, there = np.array([need]), np.array([part * sum(need)])
    places = np.arange(len(need), dtype=float)[None]
    close = service.soft_shares(asked, there, 0 * places)
    assert close[0] == pytest.approx(np.full(len(need), part))
    far = service.soft_shares(asked, there, np.maximum(-100, -50 * places))[0][:3]
    before = np.concatenate([[0.0], np.cumsum(need)])[: len(far)]
    strict = np.clip((there[0] - before) / np.array(need[:3]), 0, 1)
    if len(need) <= 3:
        assert far == pytest.approx(strict, abs=1e-6)


@given(need=SHARES, parts=st.tuples(st.floats(0, 1.2), st.floats(0, 1.2)))
def test_more_hours_leave_no_row_with_less(need: list[float], parts: tuple[float, float]) -> None:
    asked = np.array([need, need])
    there = np.array(sorted(parts)) * sum(need)
    less, more = service.soft_shares(asked, there, -np.arange(len(need), dtype=float)[None])
    assert (more - less >= -1e-9).all()


def test_a_draw_alone_is_a_draw_among_many_to_the_last_bit() -> None:
    made = np.random.default_rng(3)
    need, focus = made.uniform(0, 50, (40, 5)), -np.sort(made.uniform(0, 6, (40, 5)), axis=1)
    there = made.uniform(0, 1.2, 40) * need.sum(axis=1)
    together = service.soft_shares(need, there, focus)
    for n in range(40):
        alone = service.soft_shares(need[n : n + 1], there[n : n + 1], focus[n : n + 1])
        assert (alone[0] == together[n]).all()


# --- Early visits --------------------------------------------------------------------------


def early(months: int, share: float, officers: float, *, last: int = 1, access: float = 1) -> Any:
    """40 cases every fourth month, one hour each, done by so many officers' hours."""
    text = unit(
        "tiers.k = { cases = 40 }\n[cohorts.c.duties.visit]\nevery_months = 4\nhours = 1\n"
        f"early_months = {months}\nearly_share = {share}\naccess_rate = {access}",
        months=last,
        grade=people(officers),
    )
    return making.stages(text).projection


def test_early_visits_take_hours_and_start_the_clock_anew() -> None:
    """40 cases every fourth month, one month early allowed, a fifth of what is done is early.

    10 were done in each of the last four months: after ageing 10 fall due and 10 stand a month
    before. All 10 are done, and with them 10 × 0.2 ÷ 0.8 = 2.5 early ones: 12.5 hours. In May 7.5
    fall due; a quarter of that, 1.875, is early.
    """
    made = early(1, 0.2, 100, last=2)
    assert made.done[0, :, 0] == pytest.approx([10, 7.5])
    assert made.done_early[0, :, 0] == pytest.approx([2.5, 1.875])
    assert made.duty_hours[0, :, 0] == pytest.approx([12.5, 9.375])
    assert made.outstanding[0, :, 0] == pytest.approx([0, 0])


def test_early_visits_take_hours_from_the_overdue() -> None:
    """Ten due and 8 hours: with a fifth early, 6.4 are done that were due and 1.6 early."""
    made = early(1, 0.2, 8)
    assert made.done[0, 0, 0] == pytest.approx(6.4)
    assert made.done_early[0, 0, 0] == pytest.approx(1.6)


def test_no_more_are_done_early_than_may_be() -> None:
    """Half of what is done would be 10 early; access lets 9 of the 10 be seen."""
    made = early(1, 0.6, 100, access=0.9)
    assert made.done[0, 0, 0] == pytest.approx(9)
    assert made.done_early[0, 0, 0] == pytest.approx(9)


def test_early_by_three_months_is_shared_evenly() -> None:
    """30 stand one to three months before: 3 early leave each month with a tenth less."""
    made = early(3, 0.25, 100, last=2)
    assert made.done_early[0, 0, 0] == pytest.approx(10 / 3)
    assert made.newly_due[0, 1, 0] == pytest.approx(10 * (1 - 1 / 9))


# --- Work that gives way -------------------------------------------------------------------


def test_other_work_gives_way_before_a_visit_is_missed() -> None:
    """Other work 40 and 20 hours, a half and a quarter of it may give way: 20 + 5 at most.

    100 visits and 60 hours of other work against 150 hours: 10 short, all of it cut.
    """
    text = unit(
        "tiers.k = { cases = 100 }\nhours_per_case_month = 0.2\n"
        "hours_per_case_month_gives_way = 0.25\n"
        "work.checks = { per_case_year = 12, hours = 0.4, gives_way = 0.5 }\n" + MONTHLY,
        grade=people(150),
    )
    made = making.stages(text).projection
    assert made.other_work[0, 0, 0] == pytest.approx(60)
    assert made.cut_short[0, 0, 0] == pytest.approx(10)
    assert made.done[0, 0, 0] == pytest.approx(100)
    assert made.unused[0, 0, 0] == pytest.approx(0, abs=1e-9)


def test_what_may_give_way_is_all_that_does() -> None:
    """120 hours: 40 short, 25 of other work may be cut, so 85 of 100 visits are done."""
    text = unit(
        "tiers.k = { cases = 100 }\nhours_per_case_month = 0.2\n"
        "hours_per_case_month_gives_way = 0.25\n"
        "work.checks = { per_case_year = 12, hours = 0.4, gives_way = 0.5 }\n" + MONTHLY,
        grade=people(120),
    )
    made = making.stages(text).projection
    assert made.cut_short[0, 0, 0] == pytest.approx(25)
    assert made.done[0, 0, 0] == pytest.approx(85)


def test_full_hours_leave_out_what_gives_way_and_what_is_early() -> None:
    text = unit(
        "tiers.k = { cases = 40 }\nhours_per_case_month = 0.25\n"
        "hours_per_case_month_gives_way = 1\n"
        "duties.visit = { every_months = 4, hours = 1, early_months = 1, early_share = 0.2 }",
        grade=people(15),
    )
    parts = making.stages(text)
    made = projection.project(
        parts.model, parts.caseload, parts.demand, parts.staff, full_hours=True
    )
    assert made.cut_short[0, 0, 0] == 0
    assert made.done_early[0, 0, 0] == 0
    assert made.done[0, 0, 0] == pytest.approx(5)


def test_visits_become_shorter_before_one_is_missed() -> None:
    """100 visits of an hour, four tenths of it may go; 80 hours: half of that goes, 0.8 each."""
    text = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1, gives_way = 0.4 }",
        grade=people(80),
    )
    made = making.stages(text).projection
    assert made.done[0, 0, 0] == pytest.approx(100)
    assert made.duty_hours[0, 0, 0] == pytest.approx(100)  # as they ought to be
    assert made.cut_short[0, 0, 0] == pytest.approx(20)
    assert made.unused[0, 0, 0] == pytest.approx(0, abs=1e-9)


SOFTLY = "tiers.k = { cases = 100 }\nhours_per_case_month = 1\nhours_per_case_month_gives_way = 1\n"


@pytest.mark.parametrize(
    ("behind", "hours", "done", "cut"),
    [
        (-1.0, 100 * logistic(0) + 100 * logistic(-1), 50, 100 * logistic(1)),
        (-1.0, 200, 100, 0),
        (-100.0, 120, 100, 80),
        (-100.0, 30, 30, 100),
    ],
)
def test_work_that_gives_way_may_stand_in_the_soft_order(
    behind: float, hours: float, done: float, cut: float
) -> None:
    """100 visits and 100 hours that may give way. Far behind, it goes before a visit is missed."""
    rule = f'[priority]\nrule = "soft"\ngives_way_focus = {behind}'
    made = making.stages(unit(SOFTLY + MONTHLY, rule, grade=people(hours))).projection
    assert made.done[0, 0, 0] == pytest.approx(done, abs=1e-6)
    assert made.cut_short[0, 0, 0] == pytest.approx(cut, abs=1e-6)


def test_visits_are_shorter_and_fewer_in_the_soft_order() -> None:
    """At θ = 1: σ(1) = 0.731 of 100 visits, each with half its hour at σ(0) = 0.5: 0.75 hours."""
    hours = 100 * logistic(1) * 0.75 + 100 * 0.5
    rule = '[priority]\nrule = "soft"\ngives_way_focus = -1'
    visits = "duties.visit = { per_year = 12, hours = 1, gives_way = 0.5 }"
    made = making.stages(unit(SOFTLY + visits, rule, grade=people(hours))).projection
    assert made.done[0, 0, 0] == pytest.approx(100 * logistic(1))
    assert made.cut_short[0, 0, 0] == pytest.approx(50 + 100 * logistic(1) * 0.25)
    used = made.other_work - made.cut_short + made.duty_hours
    assert used[0, 0, 0] == pytest.approx(hours)


# --- Who is served first -------------------------------------------------------------------


def test_half_of_what_is_done_goes_to_the_longest_overdue_and_half_evenly() -> None:
    """April: 6 fall due and none is done. May: 12 due, 6 for two months; 4 are done.

    2 go to the 6 who have waited longest; the other 2 evenly to the 10 left, so 4 × 0.8 = 3.2 and
    6 × 0.8 = 4.8 are left. On time were 1.2 of the 6 new ones.
    """
    text = unit(
        "tiers.k = { cases = 12 }\n"
        "duties.visit = { every_months = 2, hours = 1, in_turn = 0.5 }\n"
        '[[changes]]\nfrom = 2025-05-01\nset = { "teams.t.grades.g.weekly_hours" = '
        f"{{ value = {4 * 12 / 52}, confirmed = true }} }}",
        months=2,
        grade="in_post = 1\nweekly_hours = { value = 1e-9, confirmed = true }",
    )
    made = making.stages(text).projection
    assert made.waiting[1][0, 0].tolist() == pytest.approx([4.8, 3.2], abs=1e-6)
    assert made.on_time()[0, :, 0] == pytest.approx([0, 1.2], abs=1e-6)


# --- Own cases -----------------------------------------------------------------------------


def test_hours_of_officers_with_few_cases_help_nobody_where_cases_are_not_shared() -> None:
    """90 hours of work on 100, spread 0.15: X is normal around 0.9 with 0.135.

    E[min(1, X)] = 1 - (0.1 × Φ(0.74074) + 0.135 × φ(0.74074)) = 1 - (0.077058 + 0.040935), so of
    the 90 hours 88.2007 can be worked and 1.7993 are lost; half of that if cases are half shared.
    """
    text = unit(
        "tiers.k = { cases = 90 }\n" + MONTHLY,
        grade=people(100),
    )
    parts = making.stages(text)
    for pooling, lost in ((0.0, 1.7993), (0.5, 0.89965), (1.0, 0.0)):
        made = making.stages(
            text.replace(
                "[teams.t.grades.g]",
                f"[teams.t]\npooling = {pooling}\ncaseload_spread = 0.15\n[teams.t.grades.g]",
            )
        ).projection
        assert made.not_shared[0, 0, 0] == pytest.approx(lost, abs=1e-4)
        assert made.done[0, 0, 0] == pytest.approx(90 - lost, abs=1e-4)
        assert made.unused[0, 0, 0] == pytest.approx(10, abs=1e-4)
    assert parts.projection.not_shared[0, 0, 0] == 0


# --- Season --------------------------------------------------------------------------------


def test_effort_has_a_season() -> None:
    """Effort 0.6 on average and nothing in April: 0.6 × 12 ÷ 11 in every other month."""
    even = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
        f"[teams.t]\neffort = 0.6\neffort_season = {[*[1] * 3, 0, *[1] * 8]}",
        months=12,
        grade="in_post = 0.5\n",
    )
    model = making.stages(even).model
    times = np.array([0.0, *[12 / 11] * 11])  # April comes first
    assert model.people.effort[0, :, 0] == pytest.approx(0.6 * times)


def test_leave_and_abstraction_have_seasons() -> None:
    """A week of 60 hours is 12 a day; 24 days of leave, half of them in August, none in April.

    Evenly: (3,120 - 288) ÷ 12 = 236 hours. April: 260. August 6 times the mean: 144 days per year,
    (3,120 - 1,728) ÷ 12 = 116. Abstraction of 0.1 is 0.6 in April, by the same numbers: 104 left.
    """
    august = [0, 0, 0, 0, 1, 1, 2, 6, 1, 1, 0, 0]
    april = [0, 1, 1, 6, 1, 1, 2, 0, 0, 0, 0, 0]
    grade = "in_post = 1\nweekly_hours = 60\nleave_days = 24\n"
    even = unit("tiers.k = { cases = 1 }", months=12, grade=grade)
    assert making.stages(even).projection.own[0, :, 0] == pytest.approx(np.full(12, 236.0))
    summer = unit("tiers.k = { cases = 1 }", months=12, grade=f"{grade}leave_season = {august}")
    hours = making.stages(summer).projection.own[0, :, 0]
    assert (hours[0], hours[4]) == (pytest.approx(260), pytest.approx(116))
    assert hours.sum() == pytest.approx(12 * 236)
    away = f"{grade}leave_season = {august}\nabstraction = 0.1\nabstraction_season = {april}"
    spring = unit("tiers.k = { cases = 1 }", months=12, grade=away)
    assert making.stages(spring).projection.own[0, 0, 0] == pytest.approx(104)


# --- Laws ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(0, 60, 5))
def test_cases_and_hours_add_up_however_teams_work(seed: int) -> None:
    """Random scenarios with every kind of behaviour: nobody vanishes, and no hour is made."""
    parts = making.stages(making.behaving(seed))
    model, made = parts.model, parts.projection
    there = made.own + made.received + made.overtime - made.lent
    went = made.other_work - made.cut_short - made.short + made.duty_hours
    gone = made.not_shared + made.not_worked
    assert there == pytest.approx(went + made.unused + gone, abs=1e-6, rel=1e-9)
    assert (made.done <= model.duties.access * made.due + 1e-6).all()
    assert (made.cut_short >= -1e-9).all()
    assert (made.not_shared >= -1e-9).all()
    dial = renewal.Dial(model, parts.caseload)
    for month, state in enumerate(made.states):
        for row in np.flatnonzero(model.duties.interval[month] > 0).tolist():
            ages = state.done_ago[0, dial.first[row] : dial.first[row] + dial.size[row]]
            held = ages.sum() + state.outstanding[0, row]
            assert held == pytest.approx(made.cases[0, month, row], abs=1e-8, rel=1e-9)


@pytest.mark.parametrize("seed", range(0, 40, 8))
def test_more_hours_never_leave_more_undone_in_the_first_month(seed: int) -> None:
    """With a tenth more people no row has more overdue at the end of the first month."""
    table = making.behaving(seed)
    before = making.stages(table).projection
    for team in table["teams"].values():
        for grade in team["grades"].values():
            for key in ("in_post", "posts"):
                if key in grade:
                    given = grade[key]
                    number = given["value"] if isinstance(given, dict) else given
                    grade[key] = 1.1 * number
    after = making.stages(table).projection
    assert (after.outstanding[0, 0] <= before.outstanding[0, 0] + 1e-6).all()
