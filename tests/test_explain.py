"""Why a plan is as it is: prices, reasons, fixes, decisions, what posts buy, headroom, frontier.

Most figures are worked by hand on one team of three constables at £50,000 and 120 cases; a post has
173⅓ hours per month. Without a discount rate, 24 months from April 2025 are two financial years.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity import errors, stages
from capacity.engine import workforce
from capacity.reading.scenario import read
from capacity.results import tables
from capacity.staffing import effort, varying
from capacity.stages import PlanResult
from capacity.why import buying, decisions, explain, fixes, frontier, headroom, prices, reasons
from capacity.why.fixes import Fix
from capacity.why.prices import Price
from tests import making
from tests.toys import plan_of, toy, visits

UNDISCOUNTED = "[finance]\ndiscount_rate = 0.0\n"


def limit(cases: float, first: str = "2026-04-01") -> str:
    return (
        '[[standards]]\nname = "Limit"\ncohort = "a"\n'
        f"cases_per_officer = {cases}\nfrom = {first}\n"
    )


def price_of(found: Iterable[Price], standard: str, tier: str | None = None) -> Price:
    return next(one for one in found if (one.standard, one.tier) == (standard, tier))


# Prices ------------------------------------------------------------------------------------


def test_price_of_a_caseload_limit_by_hand() -> None:
    """120 cases ÷ 30 = 4 officers: a post more in the second of two years.

    At 29: 120 ÷ 29 − 4 = 0.1379 posts × £50,000 ÷ 2 years; at 31: 4 − 120 ÷ 31 = 0.1290 posts;
    at the margin 120 ÷ 30² = 0.1333 posts.
    """
    found = plan_of(toy(limit(30), UNDISCOUNTED))
    assert found.question is not None
    price = price_of(prices.prices(found.question), "Limit")
    assert price.price_per_year == pytest.approx(120 / 900 * 25_000, rel=1e-3)
    assert price.checked_low == pytest.approx((4 - 120 / 31) * 25_000)
    assert price.checked_high == pytest.approx((120 / 29 - 4) * 25_000)
    assert price.words == (
        "Limit: lowering the limit from 30 to 29 cases per officer costs £3,400 per year; "
        "raising it to 31 saves £3,200 per year."
    )


def test_a_price_tells_levels_as_they_were_typed() -> None:
    """120 ÷ 30.5 = 3.934 officers, ÷ 29.5 = 4.068 and ÷ 31.5 = 3.810, at £25,000 per year each."""
    found = plan_of(toy(limit(30.5), visits(0.955), UNDISCOUNTED))
    assert found.question is not None
    told = prices.prices(found.question)
    assert price_of(told, "Limit").words == (
        "Limit: lowering the limit from 30.5 to 29.5 cases per officer costs £3,300 per year; "
        "raising it to 31.5 saves £3,100 per year."
    )
    assert price_of(told, "Visits", "hi").words.startswith("Visits, high-tier: 95.5% does not")


def test_no_limit_is_as_low_as_no_cases() -> None:
    """At 1 each 10 cases ask for 10 officers, at 2 for 5: £250,000 per year fewer."""
    found = plan_of(toy(limit(1, "2025-10-01"), UNDISCOUNTED, cases=5, months=12))
    assert found.question is not None
    price = price_of(prices.prices(found.question), "Limit")
    assert (np.isnan(price.checked_high), price.checked_low) == (True, pytest.approx(250_000))
    assert price.words == (
        "Limit: raising the limit from 1 to 2 cases per officer saves £250,000 per year."
    )


def test_no_completion_is_above_all() -> None:
    """60 visits of 9 hours are due each month; 1% fewer are 5.4 hours of 173⅓, at £25,000."""
    found = plan_of(toy(visits(1.0, "2026-04-01"), UNDISCOUNTED, duty="hours = 9"))
    assert found.question is not None
    price = price_of(prices.prices(found.question), "Visits", "hi")
    assert price.checked_low == pytest.approx(5.4 / (520 / 3) * 25_000, rel=0.01)
    assert price.words == (
        "Completing one point less of high-tier home visits (100% to 99%) saves £779 per year."
    )


def test_price_of_a_case_by_hand() -> None:
    """One case more asks for a thirtieth of an officer in the second of two years."""
    found = plan_of(toy(limit(30), UNDISCOUNTED))
    assert found.question is not None
    told = prices.prices(found.question)
    for tier in ("hi", "lo"):
        price = price_of(told, "One more case", tier)
        assert price.price_per_year == pytest.approx(25_000 / 30)


def test_price_of_an_hour_by_hand() -> None:
    """80 visits of 9 hours per month ask for 720 hours; an officer of 172⅓ does less."""
    text = toy(visits(1.0, "2026-04-01"), UNDISCOUNTED, duty="hours = 9")
    found = plan_of(text)
    assert found.question is not None
    price = price_of(prices.prices(found.question), "Abstraction or sickness (Team)")
    assert price.checked_high > price.checked_low > 0
    changed = found.scenario.replace({"teams.t.grades.pc.weekly_hours": 40 - 12 / 52})
    dearer = stages.run(changed)
    assert dearer.sizing is not None
    assert found.sizing is not None
    by_hand = (dearer.sizing.relaxed_cost - found.sizing.relaxed_cost) / 2
    assert price.checked_high == pytest.approx(by_hand, rel=1e-6)


def test_a_standard_that_does_not_bind_says_so() -> None:
    found = plan_of(toy(limit(60), visits(0.5)))
    assert found.question is not None
    told = prices.prices(found.question)
    for price in (price_of(told, "Limit"), price_of(told, "Visits", "lo")):
        assert price.price_per_year == pytest.approx(0.0, abs=0.5)
        assert not price.binds
        assert "does not affect the cost at present" in price.words


def test_a_standard_that_cannot_be_met_has_no_price() -> None:
    most = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 4\n'
    found = plan_of(toy(limit(20), most))
    assert found.question is not None
    price = price_of(prices.prices(found.question), "Limit")
    assert np.isnan(price.price_per_year)
    assert "cannot" in price.words or "no price" in price.words or "can be met" in price.words


@pytest.mark.parametrize("completion", [0.8, 0.9, 0.95])
def test_price_agrees_with_a_finite_difference(completion: float) -> None:
    text = toy(visits(completion, "2026-01-01"), duty="hours = 9", grade="leavers_per_year = 0.1")
    found = plan_of(text)
    assert found.question is not None
    assert found.sizing is not None
    told = prices.prices(found.question)
    both = 0.0
    for tier in ("hi", "lo"):
        price = price_of(told, "Visits", tier)
        one = f'tiers = ["{tier}"]\n'
        other = f'tiers = ["{"lo" if tier == "hi" else "hi"}"]\n'
        apart = visits(completion, "2026-01-01") + other
        apart += visits(completion + 0.01, "2026-01-01").replace("Visits", "More") + one
        again = plan_of(toy(apart, duty="hours = 9", grade="leavers_per_year = 0.1"))
        assert again.sizing is not None
        more = (again.sizing.relaxed_cost - found.sizing.relaxed_cost) / 2
        # The cost of completion may bend either way, so either end of the range may be it.
        assert any(
            end == pytest.approx(more, rel=1e-5, abs=1e-3)
            for end in (price.checked_low, price.checked_high)
        )
        assert price.checked_low - 0.5 <= price.price_per_year <= price.checked_high + 0.5
        both += more
    assert both > 0


@given(seed=st.integers(0, 10_000))
def test_a_looser_rule_never_costs_more(seed: int) -> None:
    """Allowing part posts: one unit less of any standard saves, one more costs, or nothing."""
    question = making.stages(making.scenario(seed, making.TINY)).question()
    for price in prices._of_standards(question):
        for amount in (price.checked_low, price.checked_high):
            assert np.isnan(amount) or amount >= -0.5


# Reasons -----------------------------------------------------------------------------------


def test_reason_by_hand() -> None:
    """120 ÷ 20 = 6 officers from the second year: with 5 the limit is missed by one."""
    found = plan_of(toy(limit(20)))
    told = {(one.year, one.grade): one for one in reasons.reasons(found)}
    assert told["2025/26", "pc"].rule == "today's posts"
    second = told["2026/27", "pc"]
    assert second.rule == "caseload limit"
    assert "would not be met, by up to 1 officer" in second.words
    assert second.next_rule == "hours of duties"
    # 6 × 173⅓ hours less 160 of visits, in officers.
    assert second.slack == pytest.approx((6 * 520 / 3 - 160) / (520 / 3), rel=1e-6)


def test_reason_in_a_later_year_where_posts_may_fall() -> None:
    """Each year asks for 6 officers by itself: nothing is said of posts that never fall."""
    found = plan_of(toy(limit(20, first="2025-04-01"), grade="may_shrink = true"))
    told = {(one.year, one.grade): one for one in reasons.reasons(found)}
    for year in ("2025/26", "2026/27"):
        assert told[year, "pc"].rule == "caseload limit"
        assert "never fall" not in told[year, "pc"].words


def test_reason_of_a_supervisor() -> None:
    grade = (
        "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 4\n"
        "cost_per_year = 60000\n"
    )
    found = plan_of(toy(limit(20), grade))
    told = {(one.year, one.grade): one for one in reasons.reasons(found)}
    assert told["2026/27", "sgt"].rule == "supervision"
    assert told["2025/26", "sgt"].slack == pytest.approx(1.0)  # 4 officers to each, 3 there


def test_reason_of_training_in_the_pipeline() -> None:
    """Officers must be trained by April 2026, so their posts start in the year before."""
    grade = "accreditation_months = 6\ntrainee_productivity = 0.0\n"
    found = plan_of(toy(limit(20), grade=grade))
    told = {(one.year, one.grade): one for one in reasons.reasons(found)}
    assert told["2025/26", "pc"].rule == "training in the pipeline"


CHEAPER = """may_shrink = true
[teams.t.grades.staff]
label = "Police staff"
in_post = 0
cost_per_year = 40000
recruitment_lead_months = 3
"""


def test_what_sets_the_size_by_hand() -> None:
    """120 cases at 20 an officer: six, three more than now; 160 hours of visits a month.

    Six have 1,040 hours: 880 ÷ 173⅓ = 5.08 officers to spare, so that all three are there only for
    the limit.
    """
    found = plan_of(toy(limit(20), visits(1.0)))
    told = reasons.sets_the_size(found, reasons.reasons(found))
    assert told == (
        "What sets the posts added in 2026/27, Team: the caseload limit sets 3 constable posts "
        "(workload alone would allow 5.1 fewer, so 3 of them are there only for that limit).",
    )


def test_cheaper_staff_in_the_place_of_constables() -> None:
    """80 visits of 6½ hours take all 520 hours of three, whoever they are.

    Three police staff cost £30,000 per year less, but nobody of them is there for three months, and
    constables may be fewer only from one financial year to the next. Without the third, 27 visits
    a month fewer are done than today.
    """
    text = toy(UNDISCOUNTED, duty="hours = 6.5", grade=CHEAPER, months=36)
    found = plan_of(text)
    assert found.sizing is not None
    assert found.sizing.added.tolist() == [[0, -3, -3], [0, 3, 3]]
    told = {(one.year, one.grade): one for one in reasons.reasons(found)}
    assert told["2026/27", "staff"].words == (
        "Team, 2026/27: 3 police staff posts; set by the workload: with one fewer, more would be "
        "overdue than with current posts."
    )
    (decided,) = decisions.decisions(found)
    assert decided.words == (
        "Approve 3 police staff posts (Team) by January 2026; they start in April 2026. A month "
        "later more would be overdue than now."
    )


def test_overtime_would_do_for_a_post() -> None:
    """From October 608 hours per month, 520 there: 88 of overtime at £60 cost £63,360 per year.

    A post costs £50,000. Until April it would cost more than six months of overtime.
    """
    overtime = "overtime_hours_per_fte_month = 40\novertime_cost_per_hour = 60"
    found = plan_of(toy(visits(0.95), duty="hours = 8", team=overtime))
    told = {one.year: one for one in reasons.reasons(found)}
    assert told["2026/27"].rule == "overtime"
    assert "one fewer would also do, with more overtime" in told["2026/27"].words


def test_a_budget_holds_posts_down() -> None:
    """£260,000 pays for five posts of the six, and £10,000 more is no post.

    A post short of the limit counts for 2,080 hours, the sixth post's £40,000 above the budget for
    1,000: so the budget is missed, and holds nobody down.
    """
    rich = BUDGET.replace("160000", "260000")
    missed = plan_of(toy(limit(20), rich))
    told = {one.year: one for one in reasons.reasons(missed)}
    assert told["2026/27"].rule == "caseload limit"
    assert told["2026/27"].words.startswith("Team, 2026/27: 6 constable posts; ")
    assert "with one fewer, Limit would not be met, by up to 1 officer" in told["2026/27"].words
    # 120 ÷ 23.53 = 5.1: a tenth of an officer short counts for 208 hours, fewer than 1,000.
    short = plan_of(toy(limit(23.53), rich))
    told = {one.year: one for one in reasons.reasons(short)}
    assert told["2026/27"].rule == "budget"
    assert told["2026/27"].words == "Team, 2026/27: 5 constable posts; Budget allows no more."


# Fixes -------------------------------------------------------------------------------------

BUDGET = '[[standards]]\nname = "Budget"\nbudget = 160000\n'
MOST = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 4\nmay_give = true\n'
PC = "teams.t.grades.pc"

IMPOSSIBLE: dict[str, tuple[str, dict[str, Any]]] = {
    # 13 months of joiners to April 2026 must bring 3: 0.231 a month, in steps of 0.1.
    "joiners": (
        toy(limit(20), grade="max_joiners_per_month = 0.2"),
        {f"{PC}.max_joiners_per_month": 0.3, "standards.Limit.from": date(2026, 6, 1)},
    ),
    # Nobody joins before the lead time is over: 12 months to April 2026, or 18 to October.
    "lead": (
        toy(limit(20), grade="recruitment_lead_months = 18"),
        {f"{PC}.recruitment_lead_months": 12, "standards.Limit.from": date(2026, 10, 1)},
    ),
    # Joiners of April 2025 count from April 2026 if they learn for 12 months, else later.
    "accreditation": (
        toy(limit(20), grade="accreditation_months = 20\ntrainee_productivity = 0.0"),
        {f"{PC}.accreditation_months": 12, "standards.Limit.from": date(2026, 12, 1)},
    ),
    # 6 posts for the second year.
    "budget": (toy(limit(20), BUDGET), {"standards.Budget.budget": 300_000.0}),
    "most posts": (toy(limit(20), MOST), {"standards.Most.max_posts": 6.0}),
    "access": (
        toy(visits(0.95), duty="hours = 2\naccess_rate = 0.9"),
        {"cohorts.a.duties.visit.access_rate": 0.95},
    ),
}


def enough(found: PlanResult) -> dict[str, Fix]:
    return {fix.change: fix for fix in fixes.fixes(found) if fix.to is not None}


@cache
def impossible(name: str) -> tuple[PlanResult, dict[str, Fix]]:
    """A plan that misses least, and which changes are enough."""
    found = plan_of(IMPOSSIBLE[name][0])
    return found, enough(found)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_smallest_single_change_by_hand(name: str) -> None:
    found, told = impossible(name)
    assert found.sizing is not None
    assert found.sizing.status == "misses least"
    for change, to in IMPOSSIBLE[name][1].items():
        assert told[change].to == (pytest.approx(to) if isinstance(to, float) else to)


ONE, *OTHERS = IMPOSSIBLE


@pytest.mark.parametrize(
    "name", [ONE, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_a_printed_fix_works_when_applied(name: str) -> None:
    found, told = impossible(name)
    assert told
    for change, fix in told.items():
        again = stages.run(found.scenario.replace({change: fix.to}))
        assert again.sizing is not None
        assert again.sizing.status == "meets every standard"
        assert all(one.met.all() for one in again.sizing.judgements)
        assert "would make it possible" in fix.words


def test_cost_of_a_fix_by_hand() -> None:
    """Three posts in the second year, where the plan that misses least had one: 2 × £25,000."""
    found = plan_of(toy(limit(20), MOST, UNDISCOUNTED))
    fix = enough(found)["standards.Most.max_posts"]
    assert fix.cost_per_year == pytest.approx(50_000)


def test_a_limit_on_posts_holds_and_is_no_fix() -> None:
    """120 cases at most 20 each need 6 officers; 4 are there and no more are allowed."""
    found = plan_of(toy(limit(20), MOST.replace("may_give = true\n", ""), posts=4.0))
    assert found.sizing is not None
    assert found.sizing.status == "misses least"
    assert not found.sizing.added.any()
    short = [one for one in found.sizing.judgements if not one.met.all()]
    assert {one.standard for one in short} == {"Limit"}
    np.testing.assert_allclose([one.missed_by[0] for one in short], 2.0)
    assert not any(fix.change.startswith("standards.Most") for fix in fixes.fixes(found))


def test_posts_beyond_a_limit_stay_and_none_is_added() -> None:
    """5 are there where 4 are allowed: it is missed by 1 post, the caseload limit by 1 officer."""
    found = plan_of(toy(limit(20), MOST.replace("may_give = true\n", ""), posts=5.0))
    assert found.sizing is not None
    assert not found.sizing.added.any()
    missed = {one.standard: float(one.missed_by[0]) for one in found.sizing.judgements}
    assert missed == pytest.approx({"Most": 1.0, "Limit": 1.0})


def test_where_no_single_change_is_enough() -> None:
    found = plan_of(toy(limit(20), MOST, BUDGET))
    told = fixes.fixes(found)
    assert len(told) >= 2
    assert all(fix.to is None for fix in told)
    assert fixes.summary(told) == "No single change makes it possible to meet every standard."
    assert all(0 <= fix.left < 1 for fix in told)
    assert all("not enough by itself" in fix.words for fix in told)


def test_a_limit_that_is_not_enough_by_itself_is_told_as_taken_away() -> None:
    """6 officers for 120 cases; 4 are allowed, and £160,000 pays for 3.2.

    £40 above a budget count for an hour, an officer short for 173⅓ hours in each of 12 months.
    Without the limit on posts £140,000 more are spent: 3,500 hours. Without the budget two
    officers are short: 4,160 hours. With both limits they are, and £40,000 more are spent.
    """
    told = {fix.change: fix for fix in fixes.fixes(plan_of(toy(limit(20), MOST, BUDGET)))}
    for name, change, left in (
        ("Most", "standards.Most.max_posts", "3,500"),
        ("Budget", "standards.Budget.budget", "4,160"),
    ):
        assert told[change].words == (
            f"{name}: not enough by itself; even without it {left} of 5,160 hours would "
            "still be lacking."
        )


OTHER_TEAM = """
[cohorts.b]
team = "u"
tiers = { all = { cases = 120 } }
[teams.u]
label = "Other team"
[teams.u.grades.pc]
in_post = 3
cost_per_year = 50000
[[standards]]
name = "Limit of b"
cohort = "b"
cases_per_officer = 25
from = 2026-04-01
[[standards]]
name = "Most of u"
team = "u"
max_posts = 4.9
may_give = true
"""


def test_what_one_team_needs_does_not_help_another() -> None:
    """The other team needs 4.8 officers and may have 4.9, but there is no 0.9 of an officer."""
    told = {fix.change: fix for fix in fixes.fixes(plan_of(toy(limit(20), MOST, OTHER_TEAM)))}
    assert all(fix.to is None for fix in told.values())
    assert told["standards.Most.max_posts"].words == (
        "Most: not enough by itself; even without it something would not be met, because posts "
        "are "
        "whole."
    )


def shrinking_cases(months: int) -> str:
    """120 cases that become a fifth fewer a year: 4.9 posts allowed, and 25 cases per officer."""
    return toy(limit(25, "2025-04-01"), MOST.replace("4", "4.9"), months=months).replace(
        "growth_per_year = 0.0", "growth_per_year = -0.2\nexits_per_year = 0.5"
    )


def test_a_standard_is_put_off_until_whole_posts_are_enough() -> None:
    """Allowing part posts 4.9 are enough at once; 4 are from 100 cases on.

    120 × 0.8^(n ÷ 12) ≤ 100 from n = 12 × ln 1.2 ÷ ln 1.25 = 9.8: the tenth month, January 2026.
    """
    told = enough(plan_of(shrinking_cases(24)))
    assert told["standards.Limit.from"].to == date(2026, 1, 1)
    assert told["standards.Most.max_posts"].to == pytest.approx(5.9)


def test_a_standard_cannot_be_put_off_to_after_the_end() -> None:
    assert set(enough(plan_of(shrinking_cases(9)))) == {"standards.Most.max_posts"}


def test_no_fixes_where_everything_is_met() -> None:
    assert fixes.fixes(plan_of(toy(limit(30)))) == ()


@pytest.mark.parametrize(
    "most", [4, *(pytest.param(most, marks=pytest.mark.slow) for most in (3, 5))]
)
def test_most_posts_against_brute_force(most: int) -> None:
    text = toy(visits(0.97), duty="hours = 9", grade="leavers_per_year = 0.2")
    capped = MOST.replace("4", str(most))
    found = plan_of(text + capped)
    assert found.sizing is not None

    def fits(posts: int) -> bool:
        tried = plan_of(text + MOST.replace("4", str(posts)))
        assert tried.sizing is not None
        return tried.sizing.status == "meets every standard"

    least = next(posts for posts in range(most, 20) if fits(posts))
    told = enough(found)
    if least == most:
        assert not told
    else:
        assert told["standards.Most.max_posts"].to == least


# Decisions, posts, headroom, frontier, what gives ------------------------------------------


def test_decision_date_by_hand() -> None:
    """Posts of April 2026 are advertised three months ahead."""
    found = plan_of(toy(limit(20), grade="recruitment_lead_months = 3"))
    (one,) = decisions.decisions(found)
    assert (one.posts, one.agree_by, one.standard, one.missed_until) == (
        3,
        "2026-01",
        "Limit",
        "2026-04",
    )
    assert one.words == (
        "Approve 3 constable posts (Team) by January 2026; they start in April 2026. A month later "
        "Limit would not be met in April 2026."
    )


def test_a_post_costed_from_april_and_needed_in_october() -> None:
    """Posts come in April; the limit holds from October 2025, filled three months after approval.

    Six officers are needed in October: approved by July, though costed from April.
    """
    text = toy(limit(20, "2025-10-01"), grade="recruitment_lead_months = 3")
    (one,) = decisions.decisions(plan_of(text))
    assert (one.start, one.posts, one.agree_by) == ("2025-04", 3, "2025-07")
    assert one.words == (
        "Approve 3 constable posts (Team) by July 2025; they can start as late as October 2025 "
        "(costed from April 2025). A month later Limit would not be met in October 2025."
    )


def test_every_post_has_a_date_and_a_sergeant_follows_the_officers() -> None:
    """A sergeant for three officers: the fourth to sixth, of April 2026, need a second one then.

    The officers take three months to find, the sergeant two.
    """
    sergeant = (
        "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 3\n"
        "cost_per_year = 60000\nrecruitment_lead_months = 2\n"
    )
    found = plan_of(toy(sergeant, limit(20), grade="recruitment_lead_months = 3"))
    told = {one.grade: one for one in decisions.decisions(found)}
    assert {grade: (one.posts, one.start, one.agree_by) for grade, one in told.items()} == {
        "pc": (3, "2026-04", "2026-01"),
        "sgt": (1, "2026-04", "2026-02"),
    }
    assert told["sgt"].words.endswith(
        "A month later the limit on officers per supervisor would not be met in April 2026."
    )


def test_posts_approved_on_their_dates_keep_every_rule_together() -> None:
    """Two limits, from September 2025 and July 2026: five officers, then six.

    Two months to fill and two to train: an officer who counts in July is approved by March.
    """
    text = toy(
        limit(24, "2025-09-01"),
        limit(20, "2026-07-01").replace('"Limit"', '"Tighter"'),
        grade="recruitment_lead_months = 2\naccreditation_months = 2\ntrainee_productivity = 0",
    )
    found = plan_of(text)
    assert found.sizing is not None
    told = decisions.decisions(found)
    assert [(one.start, one.posts, one.agree_by) for one in told] == [
        ("2025-04", 2, "2025-05"),
        ("2026-04", 1, "2026-03"),
    ]
    staff = workforce.staff(found.model, _on_their_dates(found, told)[None])
    assert found.question is not None
    assert not found.question.misses_with(found.sizing.added, staff)


def _on_their_dates(found: stages.PlanResult, told: tuple[decisions.Decision, ...]) -> Any:
    """Posts by month when each is approved on its date, and filled two months later."""
    posts = found.today.staff.posts[0].copy()
    for one in told:
        start = found.model.calendar.labels.index(one.agree_by) + 2
        posts[start:, found.model.grades.index((one.team, one.grade))] += one.posts
    return posts


def test_posts_are_bought_to_the_plan_and_past_it() -> None:
    text = toy(visits(0.97), UNDISCOUNTED, duty="hours = 9", grade="leavers_per_year = 0.2")
    found = plan_of(text)
    assert found.sizing is not None
    bought = buying.marginal_posts(found)
    planned = [one for one in bought if one.in_plan]
    assert len(planned) == found.sizing.added[0, -1]
    assert len(bought) == len(planned) + buying.PAST
    assert [one.step for one in bought] == list(range(1, len(bought) + 1))
    for one in bought:
        years = 2 if one.year == "2025/26" else 1
        assert one.cost == pytest.approx(50_000 * years)
        if one.weighted_avoided > 0.1:
            each = one.cost / one.weighted_avoided
            assert one.cost_per_case_month == pytest.approx(each)
    more = found.scenario.replace({"teams.t.grades.pc.posts": 3 + len(bought)})
    if all(one.year == "2025/26" for one in bought):
        weights = [8.0, 4.0]  # of high and low: the first and the second tier
        together, today = (
            (plan.today.projection.outstanding[0] * weights).sum()
            for plan in (stages.run(more, fixed=True), found)
        )
        avoided = sum(one.weighted_avoided for one in bought)
        assert avoided == pytest.approx(today - together)


def test_a_supervisor_comes_before_the_officers_that_ask_for_one() -> None:
    """A sergeant for four constables; three there, three more wanted, and then three past those.

    The fifth constable asks for a second sergeant, the ninth for a third, which the plan's six
    never need.
    """
    sergeant = (
        "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 4\n"
        "cost_per_year = 60000\n"
    )
    found = plan_of(toy(visits(0.97), sergeant, duty="hours = 13"))
    bought = [(one.grade, one.in_plan) for one in buying.marginal_posts(found)]
    assert bought == [
        *(("pc", True), ("pc", True), ("sgt", True), ("pc", True)),
        *(("pc", False), ("pc", False), ("pc", False)),
    ]
    fewer = plan_of(toy(visits(0.97), sergeant.replace("4", "3"), duty="hours = 13"))
    assert [one.grade for one in buying.marginal_posts(fewer)] == [
        *("pc", "sgt", "pc", "pc"),
        *("pc", "sgt", "pc"),
    ]
    assert buying.marginal_posts(plan_of(toy(visits(0.97)), fixed=True)) == ()


def test_headroom_by_hand() -> None:
    """520 hours do 104 visits: the high tier's 60, then of 20 in the low tier 19 must be.

    With f times the cases 104 − 60 f ≥ 19 f, so f ≤ 104 ÷ 79, or 157.97 cases.
    """
    text = toy(visits(0.95, "2025-04-01"), months=1, duty="hours = 5")
    rooms = {room.what: room for room in headroom.headroom(plan_of(text, fixed=True))}
    room = rooms["Cases at the start, in the present mix of tiers (a)"]
    assert room.today == 120
    assert room.most == pytest.approx(120 * 104 / 79, abs=1.0)
    assert room.most <= 120 * 104 / 79
    assert room.breaks == "Visits"
    assert 120 * 104 / 79 < room.breaks_at <= room.most + 1.0
    assert room.words.endswith(
        "up to 157 cases (120 cases at present); just above that Visits (from April 2025) is not "
        "met."
    )


def test_headroom_below_today_where_a_standard_is_broken() -> None:
    """At 8 hours 65 visits fit: f ≤ 65 ÷ 79 of today's cases."""
    text = toy(visits(0.95, "2025-04-01"), months=1, duty="hours = 8")
    room = headroom.headroom(plan_of(text, fixed=True))[0]
    assert room.most == pytest.approx(120 * 65 / 79, abs=1.0)
    assert room.words.endswith(
        "at present (120 cases) Visits (from April 2025) is not met; every standard would be met "
        "up to 98 cases."
    )


def test_headroom_never_joins_what_is_not_met_now_with_what_is_not_met_at_the_far_end() -> None:
    """6⅔ hours per visit: 78 of the 80 due, so that the low tier's visits are not met.

    Without abstraction all are done, but 120 cases for three officers are above 30 whatever they
    are taken away for.
    """
    text = toy(
        visits(0.95, "2025-04-01"),
        limit(30, "2025-04-01"),
        months=1,
        duty="hours = 6.5",
        grade="abstraction = 0.1",
    )
    rooms = {room.what: room for room in headroom.headroom(plan_of(text, fixed=True))}
    room = rooms["Days of abstraction per year for each officer (Team)"]
    assert (room.breaks, room.breaks_at) == ("Limit", 0.0)
    assert np.isnan(room.most)
    assert room.words == (
        "Days of abstraction per year for each officer (Team): at present (26.0 days) Limit (from "
        "April 2025) and Visits (from April 2025) are not met; with 0.0 days Limit (from April "
        "2025) is still not met."
    )


def test_headroom_counts_work_that_queues() -> None:
    """20 referrals of 8 hours are 160 of 173⅓ hours: 13⅓ a month, 20 days a year, are to spare.

    With 22 a month, 176 hours, not all is done whatever nobody is taken away for.
    """
    text = (
        'title = "Hub"\nstart = 2025-04-01\nmonths = 6\n[queues.refs]\nteam = "t"\nhours = 8\n'
        "arrivals_per_month = 20\n[teams.t.grades.pc]\nin_post = 1\ncost_per_year = 50000\n"
        '[[standards]]\nname = "Referrals"\nqueue = "refs"\ncompletion = 1\n'
    )
    (room,) = headroom.headroom(plan_of(text, fixed=True))
    assert (room.today, room.breaks) == (0.0, "Referrals")
    assert 19 < room.most <= 20 + 1e-6 < room.breaks_at < 21
    more = text.replace("month = 20", "month = 22")
    (room,) = headroom.headroom(plan_of(more, fixed=True))
    assert room.words.endswith(
        "at present (0.0 days) Referrals (from April 2025) is not met; with 0.0 days Referrals "
        "(from April 2025) is still not met."
    )


def test_frontier_is_the_cost_of_each_standard() -> None:
    text = toy(visits(0.95, "2026-01-01"), duty="hours = 9", grade="leavers_per_year = 0.1")
    found = plan_of(text)
    assert found.question is not None
    points = frontier.frontier(found.question)
    assert [point.completion for point in points] == list(frontier.LEVELS)
    costs = [point.cost for point in points]
    assert all(after >= before - 1e-3 for before, after in pairwise(costs))
    for point in (points[0], points[15], points[29]):
        asked = varying.with_settings(
            found.question, {"standards.Visits.completion": point.completion}
        )
        again = varying.least(asked)
        assert again is not None
        assert point.cost == pytest.approx(again.cost, rel=1e-7)
    middle = frontier.best_for(points, (points[10].cost + points[11].cost) / 2)
    assert points[10].completion <= middle <= points[11].completion
    assert np.isnan(frontier.best_for(points, points[0].cost - 1))


def test_frontier_ends_where_access_does() -> None:
    found = plan_of(toy(visits(0.9), duty="hours = 2\naccess_rate = 0.95"))
    assert found.question is not None
    costs = {point.completion: point.cost for point in frontier.frontier(found.question)}
    assert np.isnan(costs[0.96])
    assert not np.isnan(costs[0.95])


def test_the_low_tier_gives_first() -> None:
    found = plan_of(toy(duty="hours = 5"), fixed=True)
    order = [(one.tier, one.cut) for one in headroom.gives_first(found)]
    # 104 visits fit and 80 fall due; without 25% of the hours 78 do.
    assert order[0][0] == "lo"
    assert order[0][1] == pytest.approx(0.25)


# Together ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_tables_have_their_columns() -> None:
    published = {
        "prices": "standard tier unit price_per_year checked_low checked_high words",
        "reasons": "team year grade rule words",
        "fixes": "change from to cost_per_year words",
        "marginal_posts": "step team grade year cost on_time_gained outstanding_avoided "
        "longest_wait_months in_plan words weighted_avoided cost_per_case_month",
        "headroom": "what today most breaks",
        "frontier": "completion cost posts",
    }
    found = plan_of(toy(limit(20), visits(0.9), MOST))
    frames = tables.tables(found, explain.explain(found, full=True))
    for name, columns in published.items():
        wanted = columns.split()
        assert list(frames[name].columns)[: len(wanted)] == wanted
        assert len(frames[name])
    assert "fixes" in set(frames["summary"]["name"])


def test_fixed_plans_explain_nothing_but_headroom() -> None:
    found = plan_of(toy(visits(0.9)), fixed=True)
    why = explain.explain(found, full=True)
    assert (why.prices, why.reasons, why.fixes) == ((), (), ())
    assert why.headroom


def test_unknown_settings_are_refused() -> None:
    found = plan_of(toy(limit(30)))
    assert found.question is not None
    with pytest.raises(errors.InputError):
        varying.with_settings(found.question, {"teams.t.grades.pc.nonsense": 1})


def test_what_money_buys_is_part_of_the_whole() -> None:
    found = plan_of(toy(limit(20), visits(0.9)))
    part, whole = explain.what_money_buys(found), explain.explain(found, full=True)
    assert repr(part.marginal_posts) == repr(whole.marginal_posts)  # NaN is not itself
    assert repr(part.frontier) == repr(whole.frontier)
    assert len(part.marginal_posts) >= 1
    assert len(part.frontier) == len(frontier.LEVELS)
    assert (part.prices, part.reasons, part.fixes) == ((), (), ())
    nothing = explain.what_money_buys(plan_of(toy(visits(0.9)), fixed=True))
    assert (nothing.marginal_posts, nothing.frontier) == ((), ())


def test_how_many_changes_are_enough_in_words() -> None:
    fix = Fix("standards.Most.max_posts", 4.0, 5.0, 50_000.0, "Most: 5 instead of 4", 0.0)
    short = Fix("standards.Money.budget", 1.0, None, None, "not enough by itself", 0.4)
    rest = "would make it possible to meet every standard."
    assert fixes.summary((fix, short)) == f"One change {rest}"
    assert fixes.summary((fix, fix, short)) == f"Any one of 2 changes {rest}"
    assert fixes.summary(()) == ""


def test_a_post_that_overtime_could_stand_in_for_may_be_agreed_later() -> None:
    """From October on 608 hours of visits a month, 520 there: 88 hours of overtime at £60.

    Six months of that cost less than a post of £50,000 per year, twelve months more: a post from
    April 2026. Without it there is still overtime enough.
    """
    overtime = "overtime_hours_per_fte_month = 40\novertime_cost_per_hour = 60"
    found = plan_of(toy(visits(0.95), duty="hours = 8", team=overtime))
    assert found.sizing is not None
    assert found.sizing.added.tolist() == [[0, 1]]
    (told,) = decisions.decisions(found)
    assert (told.year, told.agree_by, told.standard) == ("2026/27", "2026-04", None)
    assert told.words == (
        "Approve 1 constable post (Team) by April 2026. No standard needs it: overtime would do."
    )


# Time --------------------------------------------------------------------------------------


def test_what_is_not_worked_out_in_the_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is begun when the time is over before it starts; the plan itself stands."""
    found = plan_of(toy(limit(30), "[sizing]\ntime_limit_seconds = 1e-6"))
    monkeypatch.setattr(effort, "within", lambda _: effort.TimeLimit(work=0.0))
    why = explain.explain(found, full=True)
    assert (why.prices, why.reasons, why.frontier, why.headroom) == ((), (), (), ())
    assert explain.sentences(why)[-1][2] == (
        "Not worked out in the time: headroom, what falls behind first, reasons, fixes, approval "
        "dates, what posts buy, prices and cost by completion."
    )


def test_reasons_end_with_their_time_and_leave_the_question_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prices stop after the first that the time runs out on; what was found is kept."""
    found = plan_of(toy(limit(30), UNDISCOUNTED))
    assert found.question is not None
    every = tuple(prices.prices(found.question))
    monkeypatch.setattr(effort, "ASKED", 10.0)  # the limit is 120 seconds: twelve questions
    some = explain.explain(found)
    assert len(some.prices) + len(some.reasons) > 0
    assert some.undecided
    monkeypatch.undo()
    again = explain.explain(found)
    assert again.prices == every
    assert not again.undecided


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("standards.Visits.completion", 0.8),
        ("cohorts.a.tiers.lo.counts", 0.5),
        ("cohorts.a.duties.visit.access_rate", 0.92),
        ("teams.t.grades.pc.recruitment_lead_months", 2),
    ],
)
def test_a_question_varied_is_the_one_asked_from_nothing(setting: str, value: float) -> None:
    duty, grade = "hours = 9\naccess_rate = 0.95", "leavers_per_year = 0.1"
    asked = plan_of(toy(visits(0.9), limit(20), duty=duty, grade=grade)).question
    assert asked is not None
    varied = varying.with_settings(asked, {setting: value})
    anew = stages.run(asked.model.scenario.replace({setting: value})).question
    assert anew is not None
    np.testing.assert_array_equal(varied.pipeline.fixed, anew.pipeline.fixed)
    np.testing.assert_array_equal(varied.pipeline.share, anew.pipeline.share)
    np.testing.assert_array_equal(varied.baseline.done, anew.baseline.done)
    one, other = varying.least(varied), varying.least(anew)
    assert one is not None
    assert other is not None
    assert one.cost == pytest.approx(other.cost, rel=1e-9)


def test_prices_of_cases_are_those_of_each_number_typed_by_itself() -> None:
    """What is worked out together, as draws, costs what a file with the number costs."""
    found = plan_of(toy(limit(20), visits(0.95), posts=4))
    question = found.question
    assert question is not None
    names = ["cohorts.a.tiers.hi.cases", "cohorts.a.tiers.lo.cases"]
    every = varying.WithEach(question, [(one, 61.0) for one in names])
    for name, asked in zip(names, every, strict=True):
        typed = varying.with_settings(question, {name: 61.0})
        together, alone = (varying.least(one) for one in (asked, typed))
        assert together is not None
        assert alone is not None
        assert together.cost == pytest.approx(alone.cost, rel=1e-9)
        np.testing.assert_allclose(asked.baseline.outstanding, typed.baseline.outstanding)


def test_what_a_month_later_would_miss_is_in_no_month_before_it() -> None:
    """A programme could be short of hours in an earlier month as well: nobody would say so."""
    found = decisions.decisions(stages.run(read("victim-care-2025")))
    told = [(one.start, one.missed_until) for one in found if one.missed_until]
    assert told
    assert all(until >= start for start, until in told)
