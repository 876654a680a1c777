"""The financial plan's lines, worked by hand and added up again by another path."""

import math

import pytest

from capacity import stages
from capacity.errors import ScenarioError
from capacity.reading.scenario import read
from capacity.results import tables
from capacity.risk import recommended
from capacity.risk.recommended import Recommended
from tests.shipped import planned
from tests.toys import plan_of, toy

GROWTH = "{ value = 0.05, low = -0.05, high = 0.2, source = 'judgement' }"
UNIT = """
title = "A unit with officers and staff"
start = 2025-04-01
months = 24

[cohorts.rso]
team = "ppu"
[cohorts.rso.tiers]
high = { cases = 12 }
[cohorts.rso.duties.visit]
per_year = 12
hours = 1

[teams.ppu]
cost_centre = "4711"
[teams.ppu.grades.constable]
in_post = 2
joining_cost = 500
ending_cost = 900
cost_per_year = { pay = 30000, pension_rate = 0.3, ni_rate = 0.1, ni_threshold = 5000, \
levy_rate = 0.01, other = 100, training = 200, non_pay = 300 }
[teams.ppu.grades.clerk]
kind = "staff"
in_post = 1
casework_share = 0
cost_per_year = 24000

[[changes]]
from = 2025-10-01
set = { "teams.ppu.grades.constable.posts" = 3 }
[[changes]]
from = 2026-10-01
set = { "teams.ppu.grades.constable.posts" = 2 }

[finance]
vacancy_factor = 0.1
inflation = 0.1
pay_awards = { officer = { 2025-09 = 0.05 }, staff = { 2025-04 = 0.02, 2025-12 = 0.04 } }
"""
GRANT = """
[[funding]]
name = "Uplift"
team = "ppu"
posts = 1
until = 2025-12-31
source_of_funds = "grant"
"""


def lines(text: str, *swaps: tuple[str, str]) -> list[dict[str, object]]:
    return made(text, "mtfp", *swaps)


def made(text: str, name: str, *swaps: tuple[str, str]) -> list[dict[str, object]]:
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    plan = stages.run(read("unit.toml", files={"unit.toml": text}), fixed=True)
    return tables.TABLES[name](plan).to_dict("records")


def cash(rows: list[dict[str, object]], **where: str) -> float:
    mine = [row for row in rows if all(row[key] == one for key, one in where.items())]
    assert mine, where
    return math.fsum(float(str(row["cash"])) for row in mine)


def test_every_part_of_a_post_in_cash() -> None:
    """2025/26: 2 constables for 6 months, 3 for 6; 10% are not budgeted. Award of 5% in September.

    Post-months at £2,500 pay: 5 × 2; at £2,625: 1 × 2 and 6 × 3, 20. Pay (10 × 2,500 + 20 ×
    2,625) × 0.9 = 69,750. Pension 30%, levy 1%. National Insurance: 10% × (30,000 − 5,000) ÷ 12
    and 10% × (31,500 − 5,000) ÷ 12: (10 × 208.333 + 20 × 220.833) × 0.9 = 5,850. Allowances 100 ÷
    12 × (10 + 20 × 1.05) × 0.9 = 232.50. Training and non-pay 200 and 300 ÷ 12 × 30 × 0.9.
    """
    rows = lines(UNIT)
    mine = {"year": "2025/26", "grade": "constable"}
    assert cash(rows, subjective="pay", **mine) == pytest.approx(69_750)
    assert cash(rows, subjective="pension", **mine) == pytest.approx(20_925)
    assert cash(rows, subjective="apprenticeship levy", **mine) == pytest.approx(697.50)
    assert cash(rows, subjective="national insurance", **mine) == pytest.approx(5_850)
    assert cash(rows, subjective="allowances", **mine) == pytest.approx(232.50)
    assert cash(rows, subjective="training", **mine) == pytest.approx(450)
    assert cash(rows, subjective="non-pay", **mine) == pytest.approx(675)
    assert {row["cost_centre"] for row in rows} == {"4711"}
    assert {row["funding"] for row in rows} == {"base budget"}
    # 2026/27: two constables, three until September; prices 10% up: 6 × 3 + 6 × 2 post-months.
    later = {"year": "2026/27", "grade": "constable"}
    assert cash(rows, subjective="training", **later) == pytest.approx(200 / 12 * 30 * 0.9 * 1.1)


def test_staff_have_awards_of_their_own() -> None:
    """£24,000, 2% in the first month is in it; 4% from December: 8 × 2,000 + 4 × 2,080."""
    rows = lines(UNIT)
    found = cash(rows, year="2025/26", grade="clerk", subjective="pay and on-costs")
    assert found == pytest.approx((16_000 + 8_320) * 0.9)


def test_the_full_year_effect_is_twelve_months_of_what_stands_at_the_end() -> None:
    """Three constables in March 2026: 3 × (5 × 2,500 + 7 × 2,625) × 0.9 = 83,362.50 of pay."""
    rows = [
        row
        for row in lines(UNIT)
        if (row["year"], row["grade"], row["subjective"]) == ("2025/26", "constable", "pay")
    ]
    assert sum(float(str(row["full_year_effect"])) for row in rows) == pytest.approx(83_362.50)


def test_one_offs_are_joiners_and_people_released() -> None:
    """One joins in October 2025 for £500; one is released in October 2026 for £900, 10% dearer."""
    rows = lines(UNIT)
    assert cash(rows, subjective="joining") == pytest.approx(500)
    assert cash(rows, subjective="redundancy") == pytest.approx(990)
    once = [row for row in rows if row["recurrence"] == "one-off"]
    assert {row["full_year_effect"] for row in once} == {0}


def test_a_grant_that_ends_leaves_a_gap() -> None:
    """One post of the team's, at the mean cost of a post, to December 2025; then nobody pays.

    In January to March 2026 four posts stand, of which one is not paid for: a quarter of the
    posts' cost, and the team has no overtime. 2026/27: 4 posts, then 3.
    """
    rows, told = lines(UNIT + GRANT), made(UNIT + GRANT, "funding")
    assert {row["funding"] for row in rows} == {"base budget", "Uplift", "gap after Uplift"}
    plain = lines(UNIT)
    for row in told:
        year = str(row["year"])
        assert row["paid"] == pytest.approx(
            cash(rows, year=year, funding="Uplift") if year == "2025/26" else 0
        )
        assert row["gap"] == pytest.approx(cash(rows, year=year, funding="gap after Uplift"))
        assert cash(rows, year=year) == pytest.approx(cash(plain, year=year))
    clerk = 24_000 / 12 * 1.04 * 0.9
    parts = 2_625 * 1.31 + 0.1 * 26_500 / 12 + 100 / 12 * 1.05 + 500 / 12
    assert told[0]["gap"] == pytest.approx(3 * (3 * parts * 0.9 + clerk) / 4)


def test_partners_pay_their_shares_and_one_offs_too() -> None:
    text = UNIT + "[finance.shares.ppu]\nNorth = 0.75\nSouth = 0.25\n"
    rows, plain = lines(text), lines(UNIT)
    assert cash(rows, funding="North") == pytest.approx(0.75 * cash(plain, funding="base budget"))
    assert cash(rows, funding="South", subjective="joining") == pytest.approx(125)


def test_what_is_wrong_with_a_funding_line_is_told() -> None:
    wrong = GRANT.replace('team = "ppu"', 'team = "iom"').replace("posts = 1\n", "")
    with pytest.raises(ScenarioError) as refused:
        read("unit.toml", files={"unit.toml": UNIT + wrong})
    told = [str(one) for one in refused.value.problems]
    assert len(told) == 2
    assert any("funding.Uplift.team: must be a team" in one for one in told), told
    assert any("must have one of posts and pounds_per_year, got neither" in one for one in told)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["norfolk-2024", "vaws-2025"])
def test_the_lines_add_up_to_the_cost_of_the_team_needed(name: str) -> None:
    """No vacancy factor there: posts and overtime of all lines are the totals of `costs`."""
    plan = planned(name)
    rows = tables.TABLES["mtfp"](plan)
    costs = tables.TABLES["costs"](plan)
    costs = costs[costs["option"] == "sized"]
    lasting = rows[rows["recurrence"] != "one-off"]
    for year in plan.model.calendar.years:
        mine, theirs = lasting[lasting["year"] == year], costs[costs["year"] == year]
        assert mine["cash"].sum() == pytest.approx(theirs["total_cash"].sum())
        assert mine["real"].sum() == pytest.approx(theirs["total_real"].sum())
        joined = rows[(rows["year"] == year) & (rows["subjective"] == "joining")]
        assert joined["real"].sum() == pytest.approx(theirs["joining"].sum())


def test_the_recommended_plan_has_the_lines_of_its_mean_cost() -> None:
    """Lines of posts and overtime add up to the mean of the simulations in `reviewed_cost`."""
    finance = "[finance]\npay_award_per_year = 0.04\n"
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
    plan = plan_of(toy(limit, finance, months=36, posts=2, growth=GROWTH))
    advice = recommended.recommend(plan, number=60)
    assert isinstance(advice, Recommended)
    rows = tables.RECOMMENDED["mtfp"](advice)
    lasting = rows[rows["recurrence"] != "one-off"]
    beside = tables.RECOMMENDED["reviewed_cost"](advice)
    for price in ("real", "cash"):
        theirs = beside[beside["price"] == price].set_index("year")["mean"]
        for year, total in lasting.groupby("year")[price].sum().items():
            assert total == pytest.approx(theirs[year])


def test_a_grant_for_one_grade_pays_for_posts_of_that_grade_alone() -> None:
    """Two clerks are paid for by a grant to September 2025; the team has one, at £24,000.

    One clerk, less 10%: £1,800 a month to November, with an award of 2% in the first month, which
    the price base includes. Paid: 6 × 1,800. Gap: October, November at 1,800, then 4 × 1,872.
    The rest of the grant finds no post. Officers are left to the base budget.
    """
    grant = GRANT.replace("posts = 1", 'grade = "clerk"\nposts = 2').replace("12-31", "09-30")
    rows, told = lines(UNIT + grant), made(UNIT + grant, "funding")
    assert told[0]["paid"] == pytest.approx(6 * 1_800)
    assert told[0]["gap"] == pytest.approx(2 * 1_800 + 4 * 1_872)
    assert told[0]["unused"] == pytest.approx(6 * 1_800)  # of two posts one is there
    officers = {row["funding"] for row in rows if row["grade"] == "constable"}
    assert officers == {"base budget"}


def test_funding_lines_pay_in_file_order_and_never_more_than_the_cost() -> None:
    """A clerk costs £1,800 a month: a grant of £12,000 per year pays £1,000, a reserve the rest."""
    two = "".join(
        f'\n[[funding]]\nname = "{name}"\nteam = "ppu"\ngrade = "clerk"\n'
        f'pounds_per_year = {pounds}\nuntil = 2025-06-30\nsource_of_funds = "{who}"\n'
        for name, pounds, who in (("First", 12_000, "grant"), ("Second", 50_000, "reserve"))
    )
    told = {str(row["name"]): row for row in made(UNIT + two, "funding") if row["year"] < "2026"}
    assert told["First"]["paid"] == pytest.approx(3 * 1_000)
    assert told["Second"]["paid"] == pytest.approx(3 * 800)
    assert (told["First"]["unused"], told["Second"]["unused"]) == pytest.approx((0, 12_500 - 2_400))


def test_a_grade_that_a_team_has_not_is_told() -> None:
    with pytest.raises(ScenarioError) as refused:
        lines(UNIT + GRANT.replace("posts = 1", 'grade = "inspector"\nposts = 1'))
    assert "funding.Uplift.grade: must be a grade of ppu" in str(refused.value)


def test_people_whom_the_unit_pays_for_are_in_the_plan() -> None:
    """Half a clerk of £24,000 covers from January 2026 for six months.

    £24,000 × 1.04 ÷ 12 × 0.5 = £1,040 a month (the award of April 2025 is in the price base); no
    vacancy factor, since they are people. No grant pays for them. A loan that nobody is paid for
    costs nothing.
    """
    event = (
        '\n[[people]]\nteam = "ppu"\ngrade = "clerk"\nfte = 0.5\nfrom = 2026-01-01\n'
        'until = 2026-06-30\nwhy = "Cover"\nfunded = true\n'
    )
    rows = lines(UNIT + GRANT + event)
    assert cash(rows, year="2025/26", subjective="loans and cover") == pytest.approx(3 * 1_040)
    mine = [row for row in rows if row["subjective"] == "loans and cover"]
    assert {(row["recurrence"], row["funding"]) for row in mine} == {("fixed-term", "base budget")}
    unpaid = lines(UNIT + event.replace("funded = true", "funded = false"))
    assert "loans and cover" not in {row["subjective"] for row in unpaid}


def test_what_a_later_line_pays_is_no_gap() -> None:
    """The clerk's grant ends in September 2025; £12,000 per year of a reserve follow for a quarter.

    Gap of October to December: £1,800, £1,800 and £1,872 a month less £1,000 each; then all of
    three months at £1,872.
    """
    grant = GRANT.replace("posts = 1", 'grade = "clerk"\nposts = 1').replace("12-31", "09-30")
    reserve = (
        '\n[[funding]]\nname = "Reserve"\nteam = "ppu"\ngrade = "clerk"\npounds_per_year = 12000\n'
        'from = 2025-10-01\nuntil = 2025-12-31\nsource_of_funds = "reserve"\n'
    )
    told = made(UNIT + grant + reserve, "funding")
    first, last = told[0], told[-2]
    assert (first["name"], first["year"]) == ("Uplift", "2025/26")
    assert (last["name"], last["gap"]) == ("Reserve", 0)  # it paid in the grant's place
    assert first["gap"] == pytest.approx(2 * 800 + 872 + 3 * 1_872)


def test_options_are_compared_in_the_same_simulations() -> None:
    """What is expected of the recommended plan is what it was chosen by.

    With no posts added it is 36 months of the posts there are, and the mean overtime at its cost.
    """
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
    plan = plan_of(toy(limit, months=36, posts=2, growth=GROWTH))
    advice = recommended.recommend(plan, number=60)
    assert isinstance(advice, Recommended)
    rows = tables.RECOMMENDED["expected_cost"](advice)
    mine = rows[rows["option"] == "reviewed"]
    beside = tables.RECOMMENDED["reviewed_cost"](advice).groupby("price")["mean"].sum()
    assert mine["real"].sum() == pytest.approx(beside["real"])
    assert mine["cash"].sum() == pytest.approx(beside["cash"])
    rivals = tables.RECOMMENDED["reviewed_beside"](advice).set_index("option")["cost"]
    assert mine["discounted"].sum() == pytest.approx(rivals["reviewed"])
    none = rows[rows["option"] == "today"]
    posts = 36 * plan.today.costs.posts[0, 0] * plan.model.people.cost[0, 0, 0] / 12
    hours = math.fsum(advice.overtime["today"].ravel().tolist())
    rate = float(plan.model.people.overtime_cost[0, 0, 0])
    assert none["real"].sum() == pytest.approx(posts + hours * rate)
