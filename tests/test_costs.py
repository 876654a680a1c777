"""Money: small cases worked by hand, and a second sum in plain loops."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.model import Model
from capacity.engine.projection import Projection
from capacity.engine.workforce import Workforce
from capacity.reading import scenario
from capacity.settings import Grade, Quantity, Settings
from capacity.staffing import costs
from capacity.staffing.costs import BudgetRow, Costs, OptionRow, YearCosts
from capacity.stages import PlanResult
from tests.shipped import planned

SMALL = """
title = "Small"
start = 2025-01-01
months = 6

[cohorts.rso]
team = "ppu"
[cohorts.rso.tiers]
high = { cases = 12 }
[cohorts.rso.duties.visit]
per_year = 12
hours = 1

[teams.ppu]
[teams.ppu.grades.constable]
in_post = 2
cost_per_year = 12000
joining_cost = 500
[teams.ppu.grades.sergeant]
in_post = 1
casework_share = 0
cost_per_year = 24000
"""
A_THIRD_POST = """
[[changes]]
from = 2025-02-01
set = { "teams.ppu.grades.constable.posts" = 3 }
"""
# 12 visits of 60 hours are more than 3 officers can make, so all overtime there is gets worked.
OVERTIME = [
    ("hours = 1\n", "hours = 60\n"),
    ("[teams.ppu]\n", "[teams.ppu]\novertime_hours_per_fte_month = 5\novertime_in_use = 5\n"),
    ("overtime_in_use = 5\n", "overtime_in_use = 5\novertime_cost_per_hour = 40\n"),
]

Run = tuple[Model, Workforce, Projection, Costs]


@pytest.fixture
def work_out(tmp_path: Path):
    """Read a scenario's text and cost the posts it has."""

    def run(text: str = SMALL, *swaps: tuple[str, str]) -> Run:
        for old, new in swaps:
            assert old in text
            text = text.replace(old, new, 1)
        file = tmp_path / "small.toml"
        file.write_text(text, encoding="utf-8")
        built = building.build(scenario.read(file))
        cases = caseload.project(built)
        staff = workforce.staff(built)
        done = projection.project(built, cases, demand.other_work(built, cases), staff)
        return built, staff, done, costs.price(built, staff, done)

    return run


@pytest.fixture(scope="module")
def norfolk() -> PlanResult:
    return planned("norfolk-2024")


def pay_of(model: Model, kind: str) -> np.ndarray:
    """Pay of a kind against that of the price base, month by month."""
    return costs.payroll(model).pay_levels(kind, range(model.months))[0]


def row_of(rows, **keys):
    found = [row for row in rows if all(getattr(row, k) == v for k, v in keys.items())]
    assert len(found) == 1, found
    return found[0]


# A post ------------------------------------------------------------------------------------


def test_a_constable_costs_pay_pension_and_national_insurance(work_out):
    # 48,231 + 35.3% of it, 17,025.543 + 13.8% of (48,231 − 9,100), 5,400.078 = 70,656.621
    parts = "{ pay = 48231, pension_rate = 0.353, ni_rate = 0.138, ni_threshold = 9100 }"
    built, _, _, found = work_out(SMALL, ("cost_per_year = 12000", f"cost_per_year = {parts}"))
    assert built.people.cost[0, :, 0] == pytest.approx([70656.621] * 6)
    assert found.total_real[:, 0].sum() == pytest.approx(2 * 70656.621 * 6 / 12)


TWO_YEARS = ("months = 6", "months = 18")
"""January 2025 to June 2026: 2024/25 to 2026/27."""


def test_the_threshold_of_national_insurance_is_frozen_in_cash(work_out):
    """Pay £40,000; 15% above £5,000; from September 2025 an award of 5%.

    Real: 40,000 + 0.15 × 35,000 = 45,250. Cash after the award: 42,000 + 0.15 × 37,000 = 47,550,
    not 45,250 × 1.05 = 47,512.50.
    """
    parts = "{ pay = 40000, ni_rate = 0.15, ni_threshold = 5000 }"
    award = "[finance]\npay_award_per_year = 0.05\n"
    built, _, _, found = work_out(
        SMALL + award, ("cost_per_year = 12000", f"cost_per_year = {parts}"), TWO_YEARS
    )
    assert built.people.cost[0, :, 0] == pytest.approx([45_250] * 18)
    assert built.people.cash_cost[:, 0] == pytest.approx([45_250] * 8 + [47_550] * 10)
    assert found.total_cash[:, 0] == pytest.approx(built.people.cash_cost[:, 0] * 2 / 12)


def test_statutory_on_costs_are_those_of_the_date_and_of_the_kind(work_out):
    """Pay £40,000 from January 2025, no award.

    To March 2025: pension 35.3% 14,120; National Insurance 13.8% × 30,900 = 4,264.20; levy 0.5%
    200: 58,584.20. From April 2025: 15% × 35,000 = 5,250: 59,570. The sergeant's grade is police
    staff, whose pension is the one given, 20% 8,000: 52,464.20, then 53,450.
    """
    officer = '{ pay = 40000, on_costs = "statutory" }'
    staff = '{ pay = 40000, on_costs = "statutory", pension_rate = 0.2 }'
    built, _, _, _ = work_out(
        SMALL,
        ("cost_per_year = 12000", f"cost_per_year = {officer}"),
        ("cost_per_year = 24000", f'kind = "staff"\ncost_per_year = {staff}'),
    )
    assert built.people.cost[0, :, 0] == pytest.approx([58_584.20] * 3 + [59_570] * 3)
    assert built.people.cost[0, :, 1] == pytest.approx([52_464.20] * 3 + [53_450] * 3)


def test_statutory_rates_after_the_last_source_are_told_of(work_out):
    """January 2025 to December 2031: every rate but the levy outlives its source."""
    officer = '{ pay = 40000, on_costs = "statutory" }'
    built, _, _, _ = work_out(
        SMALL,
        ("cost_per_year = 12000", f"cost_per_year = {officer}"),
        ("months = 6", "months = 84"),
    )
    payroll = costs.payroll(built)
    assert payroll.unsourced(built.grades[0]) == {
        "pension_rate": "2025-03",
        "ni_rate": "2027-03",
        "ni_threshold": "2031-03",
    }
    assert payroll.unsourced(built.grades[1]) == {}


def test_increments_raise_mean_pay_until_people_are_at_the_top(work_out):
    """2 people, one in the first year and one at the top; £30,000, £36,000, nobody leaves.

    January: 33,000. A twelfth of those in the first year get their increment each month: after
    one month 11/12 of one person is at the bottom, 33,250; after 12 months (11/12)^12.
    """
    parts = "{ scale = [30000, 36000], service = [1, 1] }"
    built, _, _, _ = work_out(
        SMALL, ("cost_per_year = 12000", f"cost_per_year = {parts}"), TWO_YEARS
    )
    paid = built.people.cost[0, :, 0]
    assert paid[:2] == pytest.approx([33_000, 33_250])
    assert paid[12] == pytest.approx(36_000 - 3_000 * (11 / 12) ** 12)


def test_leavers_are_replaced_at_the_length_of_service_of_joiners(work_out):
    """All at the top, £36,000; 12% a year leave, 1% a month, and joiners come to the bottom."""
    parts = "{ scale = [30000, 36000] }"
    built, _, _, _ = work_out(
        SMALL,
        ("cost_per_year = 12000", f"leavers_per_year = 0.12\ncost_per_year = {parts}"),
    )
    # After a month 1% are at the bottom: 36,000 − 60. After two: 1% + 0.99% × 11/12.
    assert built.people.cost[0, :2, 0] == pytest.approx([36_000, 35_940])
    assert built.people.cost[0, 2, 0] == pytest.approx(36_000 - 6_000 * (0.01 + 0.0099 * 11 / 12))


def test_training_and_non_pay_rise_with_prices_and_allowances_with_pay(work_out):
    """Prices of 2024/25; inflation 10%; no pay award. £100 training, £200 vehicle, £50 allowance.

    2025/26: (100 + 200) × 1.1 + 50 + pay 1,000 = 1,380; 2026/27: 300 × 1.21 + 1,050 = 1,413.
    """
    parts = "{ pay = 1000, other = 50, training = 100, non_pay = 200 }"
    built, _, _, _ = work_out(
        SMALL + "[finance]\ninflation = 0.1\n",
        ("cost_per_year = 12000", f"cost_per_year = {parts}"),
        TWO_YEARS,
    )
    assert built.people.cost[0, :, 0] == pytest.approx([1350] * 18)
    assert built.people.cash_cost[:, 0] == pytest.approx([1350] * 3 + [1380] * 12 + [1413] * 3)


def test_deflated_prices_are_cash_over_inflation(work_out):
    """£12,000; 5% each September, inflation 2% each financial year, prices of 2024/25.

    April 2025: 12,000 ÷ 1.02; September: 12,600 ÷ 1.02; April 2026: 12,600 ÷ 1.0404.
    Two constables work 10 hours of overtime at £40: 400 a month in cash until September, then 420.
    """
    finance = '[finance]\nprices = "deflated"\ninflation = 0.02\npay_award_per_year = 0.05\n'
    built, _, _, found = work_out(SMALL + finance, *OVERTIME, TWO_YEARS)
    real = [12_000] * 3 + [12_000 / 1.02] * 5 + [12_600 / 1.02] * 7 + [12_600 / 1.0404] * 3
    assert built.people.cost[0, :, 0] == pytest.approx(real)
    hours = [400] * 3 + [400 / 1.02] * 5 + [420 / 1.02] * 7 + [420 / 1.0404] * 3
    assert found.overtime[:, 0] == pytest.approx(hours)
    assert found.total_cash[:, 0] == pytest.approx([2000 + 400] * 8 + [2100 + 420] * 10)


def test_overtime_has_its_on_costs(work_out):
    """2 constables × 5 hours × £40 × 1.155 = £462 a month."""
    more = (
        "overtime_cost_per_hour = 40\n",
        "overtime_cost_per_hour = 40\novertime_on_costs = 0.155\n",
    )
    _, _, _, found = work_out(SMALL, *OVERTIME, more)
    assert found.overtime[:, 0] == pytest.approx([462] * 6)


def test_what_is_asked_for_is_less_the_vacancy_factor(work_out):
    """One constable more from February, £12,000 a year, 4% of posts not budgeted: £11,520."""
    finance = "[finance]\nvacancy_factor = 0.04\n"
    _, _, _, base = work_out(SMALL + finance)
    built, _, _, found = work_out(SMALL + A_THIRD_POST + finance)
    full = costs.full_year(built, found, base)
    assert (full.posts, full.real, full.cash) == pytest.approx((1, 11_520, 11_520))


# Yearly costs ------------------------------------------------------------------------------


def test_columns_are_those_of_the_tables():
    def starts(row: type, columns: str) -> bool:
        return " ".join(field.name for field in fields(row)).startswith(columns)

    assert starts(YearCosts, "option year team grade posts average_in_post budget forecast joining")
    assert " overtime total_real total_cash total_discounted" in " ".join(
        field.name for field in fields(YearCosts)
    )
    assert starts(
        BudgetRow,
        "option year team grade part_year full_year_effect recurring one_off term_end funder share"
        " displaced_from",
    )
    assert starts(
        OptionRow,
        "option cost_discounted done on_time outstanding_end",
    )


def test_a_year_sums_its_months_in_the_horizon(work_out):
    """January to March: posts 2, 3, 3; April to June: 3, 3, 3, all filled at once.

    A constable costs £1,000 per month: 8,000 then 9,000. Posts: 8/3 then 3. One joins, for £500.
    """
    built, _, _, found = work_out(SMALL + A_THIRD_POST)
    rows = costs.yearly(built, found, "today")
    assert [(row.year, row.grade) for row in rows] == [
        ("2024/25", "constable"),
        ("2024/25", "sergeant"),
        ("2025/26", "constable"),
        ("2025/26", "sergeant"),
    ]
    first, second = (row_of(rows, year=year, grade="constable") for year in ("2024/25", "2025/26"))
    assert (first.option, first.team) == ("today", "ppu")
    assert first.posts == pytest.approx(8 / 3)
    assert first.average_in_post == pytest.approx(8 / 3)
    assert (first.budget, first.forecast, first.total_real) == pytest.approx((8000, 8000, 8000))
    assert (first.joining, first.overtime, first.people_events) == pytest.approx((500, 0, 0))
    assert (second.posts, second.total_real, second.joining) == pytest.approx((3, 9000, 0))
    sergeant = row_of(rows, year="2024/25", grade="sergeant")
    assert sergeant.total_real == pytest.approx(3 * 2000)


def test_forecast_pays_people_and_budget_pays_posts_less_the_vacancy_factor(work_out):
    # Half a post is empty for good: 2.5 posts, 2 in post, none may join.
    built, _, _, found = work_out(
        SMALL + "[finance]\nvacancy_factor = 0.04\n",
        ("in_post = 2\n", "in_post = 2\nposts = 2.5\nmax_joiners_per_month = 0\n"),
    )
    row = row_of(costs.yearly(built, found), year="2024/25", grade="constable")
    assert row.budget == pytest.approx(2.5 * 3000 * 0.96)
    assert row.forecast == pytest.approx(2 * 3000)
    assert row.total_real == pytest.approx(2.5 * 3000)


def test_cash_takes_one_pay_award_each_april(work_out):
    april = "[finance]\npay_award_per_year = 0.03\npay_award_month = 4\n"
    built, _, _, found = work_out(SMALL + april)
    assert found.total_cash[:, 0] == pytest.approx([2000] * 3 + [2060] * 3)
    assert pay_of(built, "officer") == pytest.approx([1] * 3 + [1.03] * 3)


def test_cash_counts_awards_from_the_price_base(work_out):
    base = '[finance]\npay_award_per_year = 0.10\npay_award_month = 4\nprice_base = "2023/24"\n'
    _, _, _, found = work_out(SMALL + base)
    assert found.total_cash[:, 0] == pytest.approx([2200] * 3 + [2420] * 3)
    assert found.total_real[:, 0] == pytest.approx([2000] * 6)


def test_a_pay_award_comes_in_september_unless_said_otherwise(work_out):
    """5 posts of £60,000 from October 2024; 4% from September 2025 and again from 2026.

    2025/26: 300,000 × 5 ÷ 12 + 312,000 × 7 ÷ 12 = 125,000 + 182,000 = 307,000. The award of
    September 2024 is before the start, so it is in the cost that is given. 2026/27:
    312,000 × 5 ÷ 12 + 324,480 × 7 ÷ 12 = 130,000 + 189,280 = 319,280.
    """
    built, _, _, found = work_out(
        SMALL + "[finance]\npay_award_per_year = 0.04\n",
        ("start = 2025-01-01\nmonths = 6", "start = 2024-10-01\nmonths = 30"),
        ("in_post = 2\ncost_per_year = 12000", "in_post = 5\ncost_per_year = 60000"),
    )
    rows = costs.yearly(built, found)
    cash = [row.total_cash for row in rows if row.grade == "constable"]
    assert cash == pytest.approx([150_000, 307_000, 319_280])


KNOWN = """
[finance]
pay_award_per_year = 0.03
pay_awards = { officer = { 2024-09 = 0.0475, 2025-09 = 0.042 }, staff = { 2025-04 = 0.032 } }
"""


def test_known_awards_come_on_their_dates_by_kind_and_the_assumed_one_after_them(work_out):
    """From January 2025: officers 4.2% in September 2025, then 3% each September from 2026.

    Staff get 3.2% in April 2025 and no other award in that financial year: the assumed one
    follows in September 2026, the year after the last known one. What came before the start is
    in the given costs.
    """
    built, _, _, _ = work_out(
        SMALL + KNOWN,
        ("months = 6", "months = 24"),
        ("casework_share = 0\n", 'casework_share = 0\nkind = "staff"\n'),
    )
    officers, staff = pay_of(built, "officer"), pay_of(built, "staff")
    assert officers == pytest.approx([1] * 8 + [1.042] * 12 + [1.042 * 1.03] * 4)
    assert staff == pytest.approx([1] * 3 + [1.032] * 17 + [1.032 * 1.03] * 4)


def test_an_earlier_price_base_takes_the_known_awards_since_its_end(work_out):
    # Prices of 2023/24, so the award of September 2024 is not in them; January to June 2025.
    built, _, _, _ = work_out(SMALL + KNOWN + 'price_base = "2023/24"\n')
    assert pay_of(built, "officer") == pytest.approx([1.0475] * 6)


def test_a_later_price_base_takes_awards_back(work_out):
    # Prices of 2025/26, all its awards in: before September 2025 pay is lower by 1.042.
    text = SMALL + KNOWN + 'price_base = "2025/26"\n'
    built, _, _, _ = work_out(text, ("months = 6", "months = 12"))
    assert pay_of(built, "officer") == pytest.approx([1 / 1.042] * 8 + [1] * 4)


def test_discounting_is_by_the_month_from_the_start(work_out):
    _, _, _, found = work_out(
        SMALL + "[finance]\ndiscount_rate = 0.1\n", ("months = 6", "months = 13")
    )
    assert found.total_discounted[0, 0] == pytest.approx(2000)
    assert found.total_discounted[6, 0] == pytest.approx(2000 / 1.1**0.5)
    assert found.total_discounted[12, 0] == pytest.approx(2000 / 1.1)


def test_no_discount_and_no_award_leave_real_prices(work_out):
    _, _, _, found = work_out(SMALL + "[finance]\ndiscount_rate = 0\n")
    assert np.array_equal(found.total_discounted, found.total_real)
    assert np.array_equal(found.total_cash, found.total_real)


# Overtime ----------------------------------------------------------------------------------


def test_overtime_is_spread_over_grades_by_casework_in_post(work_out):
    """2 constables in full and 1 sergeant at half: 2.5 FTE × 5 hours × £40 = £500 per month.

    Constables carry 2 of the 2.5: £400, the sergeant £100.
    """
    _, _, done, found = work_out(SMALL, *OVERTIME, ("casework_share = 0", "casework_share = 0.5"))
    assert done.overtime[0, :, 0] == pytest.approx([12.5] * 6)
    assert found.overtime[:, 0] == pytest.approx([400] * 6)
    assert found.overtime[:, 1] == pytest.approx([100] * 6)
    assert found.total_real[:, 0] == pytest.approx([2400] * 6)


def test_overtime_of_supervisors_who_carry_no_cases_is_nothing(work_out):
    _, _, _, found = work_out(SMALL, *OVERTIME)
    assert found.overtime[:, 0] == pytest.approx([400] * 6)
    assert found.overtime[:, 1] == pytest.approx([0] * 6)


@pytest.mark.parametrize(("share", "booked"), [("1", 1), ("0", 0)])
def test_overtime_with_nobody_in_post_is_booked_to_a_casework_grade(work_out, share, booked):
    """A programme may say so: first the grade that may carry cases, else the first of all."""
    built, staff, done, _ = work_out(
        SMALL,
        *OVERTIME,
        ("in_post = 2\n", "in_post = 0\ncasework_share = 0\n"),
        ("in_post = 1\ncasework_share = 0\n", f"in_post = 0\ncasework_share = {share}\n"),
    )
    assert done.overtime.sum() == 0
    done.overtime[:] = 10.0
    found = costs.price(built, staff, done)
    assert found.overtime[:, booked] == pytest.approx([400] * 6)
    assert found.overtime.sum() == pytest.approx(6 * 400)


# Budget ------------------------------------------------------------------------------------


def test_posts_that_start_cost_a_part_year_and_then_a_whole_one(work_out):
    """The third constable starts in February: £2,000 by the end of March, £12,000 per year.

    Nothing starts in 2025/26. Against two posts: 2,000 then 3,000 recurring, £500 once.
    """
    built, _, _, found = work_out(SMALL + A_THIRD_POST)
    _, _, _, two_posts = work_out(SMALL)
    rows = costs.budget_rows(built, found, two_posts, "third")
    first, second = (row_of(rows, year=year, grade="constable") for year in ("2024/25", "2025/26"))
    assert first.option == "third"
    assert (first.part_year, first.full_year_effect) == pytest.approx((2000, 12000))
    assert (first.recurring, first.one_off) == pytest.approx((2000, 500))
    assert (first.funder, first.share, first.term_end, first.event) == (None, 1.0, None, None)
    assert (second.part_year, second.full_year_effect) == pytest.approx((0, 0))
    assert (second.recurring, second.one_off) == pytest.approx((3000, 0))
    sergeant = row_of(rows, year="2024/25", grade="sergeant")
    assert (sergeant.part_year, sergeant.full_year_effect, sergeant.recurring) == (0, 0, 0)


def test_posts_that_start_one_after_the_other(work_out):
    """A third from February, a fourth from March, when a post's cost rises to £18,000 per year.

    By the end of March 1,000 + 2 × 1,500; in a full year 2 × 18,000; nothing starts in 2025/26.
    """
    more = (
        A_THIRD_POST
        + """
[[changes]]
from = 2025-03-01
set = { "teams.ppu.grades.constable.posts" = 4, "teams.ppu.grades.constable.cost_per_year" = 18000 }
"""
    )
    built, _, _, found = work_out(SMALL + more)
    rows = costs.budget_rows(built, found)
    first, second = (row_of(rows, year=year, grade="constable") for year in ("2024/25", "2025/26"))
    assert (first.part_year, first.full_year_effect) == pytest.approx((4000, 36000))
    assert (second.part_year, second.full_year_effect) == pytest.approx((0, 0))
    assert {row.team for row in rows} == {"ppu"}


def test_the_baseline_is_not_above_itself(work_out):
    built, _, _, found = work_out(SMALL + A_THIRD_POST)
    rows = costs.budget_rows(built, found)
    assert {(row.option, row.recurring, row.one_off) for row in rows} == {("today", 0.0, 0.0)}
    assert row_of(rows, year="2024/25", grade="constable").part_year == pytest.approx(2000)


def test_posts_that_end_are_a_saving(work_out):
    built, _, _, found = work_out(SMALL + A_THIRD_POST.replace("= 3", "= 1"))
    row = row_of(costs.budget_rows(built, found), year="2024/25", grade="constable")
    assert (row.part_year, row.full_year_effect) == pytest.approx((-2000, -12000))


def test_funders_share_every_amount(work_out):
    shares = "[finance.shares.ppu]\nNorfolk = 0.6\nSuffolk = 0.4\n"
    built, _, _, found = work_out(SMALL + A_THIRD_POST + shares)
    _, _, _, two_posts = work_out(SMALL)
    rows = costs.budget_rows(built, found, two_posts)
    norfolk, suffolk = (
        row_of(rows, year="2024/25", grade="constable", funder=funder)
        for funder in ("Norfolk", "Suffolk")
    )
    assert (norfolk.share, suffolk.share) == (0.6, 0.4)
    assert (norfolk.part_year, suffolk.part_year) == pytest.approx((1200, 800))
    assert (norfolk.full_year_effect, suffolk.full_year_effect) == pytest.approx((7200, 4800))
    assert (norfolk.recurring, suffolk.recurring) == pytest.approx((1200, 800))
    assert (norfolk.one_off, suffolk.one_off) == pytest.approx((300, 200))
    assert sum(row.recurring for row in rows) == pytest.approx(5000)


def test_another_scenario_is_compared_grade_by_grade(work_out):
    """Its grade of the same name against ours; its own grade, and months, apart."""
    built, _, _, found = work_out(SMALL)
    _, _, _, other = work_out(
        SMALL, ("grades.sergeant]", "grades.manager]"), ("2025-01-01", "2025-03-01")
    )
    rows = costs.budget_rows(built, found, other)
    spring = {row.grade: row.recurring for row in rows if row.year == "2025/26"}
    assert spring == pytest.approx({"constable": 0, "sergeant": 6000, "manager": -6000})
    # Of January to March the other has March alone.
    winter = {row.grade: row.recurring for row in rows if row.year == "2024/25"}
    assert winter == pytest.approx({"constable": 0, "sergeant": 2000, "manager": -2000})
    assert {row.team for row in rows} == {"ppu"}
    manager = row_of(rows, year="2025/26", grade="manager")
    assert (manager.part_year, manager.full_year_effect) == (0, 0)


def loan(**settings: str) -> str:
    lines = {
        "team": '"ppu"',
        "grade": '"constable"',
        "fte": "2",
        "from": "2025-03-01",
        "until": "2025-05-01",
        "funded": "true",
        "displaced_from": '"Response"',
        "why": '"Loan"',
    } | settings
    return "\n[[people]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v)


def test_a_funded_loan_costs_beside_the_total_until_it_ends(work_out):
    """Two constables, March to May, £1,000 per month each: 2,000 in March, 4,000 after."""
    built, _, _, found = work_out(SMALL + loan())
    first, second = (row for row in costs.budget_rows(built, found) if row.event == "Loan")
    assert (first.year, second.year) == ("2024/25", "2025/26")
    assert (first.part_year, second.part_year) == pytest.approx((2000, 0))
    assert (first.one_off, second.one_off) == pytest.approx((2000, 4000))
    assert (first.full_year_effect, first.recurring, second.recurring) == (0, 0, 0)
    assert first.term_end == second.term_end == "2025-05"
    assert first.displaced_from == "Response"
    assert (first.team, first.grade, first.option) == ("ppu", "constable", "today")
    yearly = [row for row in costs.yearly(built, found) if row.grade == "constable"]
    assert [row.people_events for row in yearly] == pytest.approx([2000, 4000])
    assert [row.total_real for row in yearly] == pytest.approx([6000, 6000])


def test_an_event_without_an_end_recurs(work_out):
    built, _, _, found = work_out(SMALL + loan(until=""))
    first, second = (row for row in costs.budget_rows(built, found) if row.event)
    assert (first.recurring, second.recurring) == pytest.approx((2000, 6000))
    assert (first.full_year_effect, second.full_year_effect) == pytest.approx((24000, 0))
    assert (first.one_off, first.term_end) == (0, None)
    (named, *_) = (row for row in costs.budget_rows(built, found, option="third") if row.event)
    assert named.option == "third"


def test_an_unfunded_loan_is_listed_at_no_cost(work_out):
    built, _, _, found = work_out(SMALL + loan(funded="false"))
    rows = [row for row in costs.budget_rows(built, found) if row.event]
    assert [row.term_end for row in rows] == ["2025-05", "2025-05"]
    assert all(row.part_year == row.one_off == row.recurring == 0 for row in rows)


def test_an_event_past_the_horizon_has_a_row_only_for_its_years_in_it(work_out):
    built, _, _, found = work_out(SMALL + loan(until="2031-05-01"))
    rows = [row for row in costs.budget_rows(built, found) if row.event]
    assert [(row.year, row.one_off) for row in rows] == [("2024/25", 2000), ("2025/26", 6000)]
    built, _, _, found = work_out(SMALL + loan(**{"from": "2030-05-01", "until": ""}))
    assert not [row for row in costs.budget_rows(built, found) if row.event]


def test_funders_share_the_cost_of_a_loan(work_out):
    shares = "[finance.shares.ppu]\nNorfolk = 0.75\nSuffolk = 0.25\n"
    built, _, _, found = work_out(SMALL + loan() + shares)
    rows = [row for row in costs.budget_rows(built, found) if row.event]
    assert [(row.funder, row.share, row.one_off) for row in rows] == [
        ("Norfolk", 0.75, 1500),
        ("Suffolk", 0.25, 500),
        ("Norfolk", 0.75, 3000),
        ("Suffolk", 0.25, 1000),
    ]


# Options -----------------------------------------------------------------------------------


def test_cost_per_weighted_case_month_avoided(work_out):
    """Twelve visits of 40 hours fall due in the one month; one constable, or two, to make them.

    Each has 52 × 40 ÷ 12 = 173⅓ hours, enough for 4⅓ visits, and costs £1,000 per month beside the
    sergeant's £2,000. The only tier weighs 8: £1,000 more for 8 × 4⅓ case-months fewer.
    """
    swap = ("hours = 1\n", "hours = 40\n"), ("months = 6", "months = 1")
    undiscounted = "[finance]\ndiscount_rate = 0\n"
    built, _, two, two_cost = work_out(SMALL + undiscounted, *swap)
    _, _, one, one_cost = work_out(SMALL + undiscounted, *swap, ("in_post = 2", "in_post = 1"))
    few, many, same = costs.options_rows(
        [
            ("one", built, one, one_cost),
            ("two", built, two, two_cost),
            ("again", built, one, two_cost),
        ]
    )
    assert [row.option for row in (few, many, same)] == ["one", "two", "again"]
    assert (few.joining, few.people_events) == (0, 0)
    assert few.cost_per_case_month is None
    assert few.weighted_case_months == pytest.approx(8 * (12 - 13 / 3))
    assert (few.done, few.on_time) == pytest.approx((13 / 3, 13 / 3))
    assert few.outstanding_end == pytest.approx(12 - 13 / 3)
    assert (few.cost_discounted, many.cost_discounted) == pytest.approx((3000, 4000))
    assert many.on_time == pytest.approx(26 / 3)
    assert many.cost_per_case_month == pytest.approx(1000 / (8 * 13 / 3))
    assert same.cost_per_case_month is None, "none avoided"
    back, forth = costs.options_rows([("two", built, two, two_cost), ("one", built, one, one_cost)])
    assert back.cost_per_case_month is None
    assert forth.cost_per_case_month is None, "more overdue"


def test_options_tell_of_joiners_and_loans_beside_their_cost(work_out):
    """£500 for the third constable's start, and two on loan at £1,000 per month, March to May."""
    built, _, done, found = work_out(SMALL + A_THIRD_POST + loan())
    (only,) = costs.options_rows([("all", built, done, found)])
    assert (only.joining, only.people_events) == pytest.approx((500, 6000))


# Norfolk: laws and a second sum -------------------------------------------------------------


def test_discounted_total_is_what_sizing_minimised(norfolk: PlanResult):
    """EQ15."""
    assert norfolk.sized is not None
    assert norfolk.sizing is not None
    total = norfolk.sized.costs.total_discounted.sum()
    assert total == pytest.approx(norfolk.sizing.cost, rel=0, abs=1e-6)
    rows = costs.yearly(norfolk.model, norfolk.sized.costs, "sized")
    assert sum(row.total_discounted for row in rows) == pytest.approx(norfolk.sizing.cost)


def test_every_row_adds_up(norfolk: PlanResult):
    for option in norfolk.options:
        found = option.costs
        posts = option.staff.posts[0] * norfolk.model.people.cost[0] / 12
        assert found.total_real == pytest.approx(posts + found.overtime)
        worked = option.projection.overtime[0] * norfolk.model.people.overtime_cost[0]
        assert found.overtime.sum(axis=1) == pytest.approx(worked.sum(axis=1))
        rows = costs.yearly(norfolk.model, found, option.name)
        assert sum(row.total_real for row in rows) == pytest.approx(found.total_real.sum())


def by_hand(grade: Grade, level: float) -> float:
    """A post's cost by its parts, pay and allowances raised by awards, the threshold frozen."""
    parts = grade.cost_per_year
    if isinstance(parts, Quantity):
        return parts.value * level

    def of(quantity: Quantity | None) -> float:
        return quantity.value if quantity else 0.0

    pay = of(parts.pay) * level
    insurance = of(parts.ni_rate) * max(0.0, pay - of(parts.ni_threshold))
    return pay * (1 + of(parts.pension_rate)) + insurance + of(parts.other) * level


def test_a_second_sum_of_money(norfolk: PlanResult):
    """Every figure of the table again, from settings and people, in plain loops."""
    built = norfolk.model
    finance = built.scenario.settings.finance

    def in_force(month: int) -> Settings:
        """The settings of a month: the undated ones, or those of the last dated change."""
        every = [(0, built.scenario.settings), *built.scenario.dated]
        return [settings for first, settings in every if first <= month][-1]

    for option in norfolk.options:
        rows = iter(costs.yearly(built, option.costs, option.name))
        year, month = built.calendar.start.year, built.calendar.start.month
        by_year: dict[str, list[int]] = {}
        for t in range(built.months):
            april = year if month >= 4 else year - 1
            by_year.setdefault(f"{april}/{(april + 1) % 100:02}", []).append(t)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        for name, months in by_year.items():
            for g, key in enumerate(built.grades):
                budget = forecast = joining = overtime = real = cash = discounted = 0.0
                for t in months:
                    team = in_force(t).teams[key.team]
                    grade = team.grades[key.grade]
                    # From October 2024; awards in September, the 12th, 24th … month of the plan.
                    assert finance.pay_award_month.value == 9
                    level = (1 + finance.pay_award_per_year.value) ** ((t + 1) // 12)
                    a_month, cash_month = (by_hand(grade, one) / 12 for one in (1.0, level))
                    posts, people = (
                        float(array[0, t, g])
                        for array in (option.staff.posts, option.staff.in_post)
                    )
                    casework = sum(
                        team.grades[other.grade].casework_share.value
                        * float(option.staff.in_post[0, t, n])
                        for n, other in enumerate(built.grades)
                        if other.team == key.team
                    )
                    mine = grade.casework_share.value * people / casework
                    hours = float(option.projection.overtime[0, t, built.teams.index(key.team)])
                    extra = hours * team.overtime_cost_per_hour.value * mine
                    budget += posts * a_month * (1 - finance.vacancy_factor.value)
                    forecast += people * a_month
                    joining += float(option.staff.joiners[0, t, g]) * grade.joining_cost.value
                    overtime += extra
                    both = posts * a_month + extra
                    real += both
                    cash += posts * cash_month + extra * level
                    discounted += both / (1 + finance.discount_rate.value) ** (t / 12)
                row = next(rows)
                assert (row.year, row.team, row.grade) == (name, *key)
                assert (row.budget, row.forecast, row.joining) == pytest.approx(
                    (budget, forecast, joining)
                )
                assert (row.overtime, row.total_real) == pytest.approx((overtime, real))
                assert (row.total_cash, row.total_discounted) == pytest.approx((cash, discounted))
        assert next(rows, None) is None


A_POST_FOR_TWO_MONTHS = """
[[changes]]
from = 2025-02-01
set = { "teams.ppu.grades.constable.posts" = 4 }
[[changes]]
from = 2025-04-01
set = { "teams.ppu.grades.constable.posts" = 3 }
"""


def test_posts_that_end_are_fixed_term_and_not_recurring(work_out):
    """2 constables; 4 in February and March, 3 from April. £1,000 per month each.

    One more stays from February on: recurring 2,000 in 2024/25 and 3,000 in 2025/26. The other
    ends with March: 2,000 fixed-term.
    """
    _, _, _, base = work_out()
    built, _, _, found = work_out(SMALL + A_POST_FOR_TWO_MONTHS)
    rows = costs.budget_rows(built, found, base, "more")
    mine = [row for row in rows if row.grade == "constable"]
    assert [(row.year, row.recurring, row.fixed_term) for row in mine] == [
        ("2024/25", pytest.approx(2000), pytest.approx(2000)),
        ("2025/26", pytest.approx(3000), pytest.approx(0)),
    ]


def test_the_full_year_cost_is_of_every_post_at_the_pay_of_its_year(work_out):
    """One constable above the baseline at the end, £12,000 per year; 4% each September.

    January to June 2025, so the last year is 2025/26: April to August at 12,000, September to
    March at 12,480, in all 12,000 × 5 ÷ 12 + 12,480 × 7 ÷ 12 = 12,280.
    """
    pay = "[finance]\npay_award_per_year = 0.04\n"
    _, _, _, base = work_out(SMALL + pay)
    built, _, _, found = work_out(SMALL + A_POST_FOR_TWO_MONTHS + pay)
    full = costs.full_year(built, found, base)
    assert (full.year, full.posts) == ("2025/26", 1)
    assert (full.real, full.cash) == pytest.approx((12_000, 12_280))


def test_the_full_year_counts_a_year_of_the_overtime_saved(work_out):
    """2 constables work 10 hours per month at £40: £400 in each of 6 months, so £4,800 per year."""
    _, _, _, base = work_out(SMALL, *OVERTIME)
    built, _, _, found = work_out()
    full = costs.full_year(built, found, base)
    assert (full.posts_real, full.overtime_real) == pytest.approx((0, -4800))


def test_recurring_adds_up_to_the_difference_from_today(norfolk: PlanResult):
    assert norfolk.sized is not None
    today, sized = norfolk.today.costs, norfolk.sized.costs
    rows = costs.budget_rows(norfolk.model, sized, today, "sized")
    posts = [row for row in rows if row.event is None]
    more = sized.total_real.sum() - today.total_real.sum()
    assert sum(row.recurring for row in posts) == pytest.approx(more)
    joining = sized.joining.sum() - today.joining.sum()
    assert sum(row.one_off for row in posts) == pytest.approx(joining)
    # Full-year effects of all years are the last month's posts above the undated ones, a year.
    people = norfolk.model.people
    added = (sized.posts[-1] - people.undated_posts[0]) * people.cost[0, -1]
    assert sum(row.full_year_effect for row in posts) == pytest.approx(added.sum())
