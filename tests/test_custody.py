"""Custody, flows beside growth, and people who come from a team of the same scenario, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from capacity.reading import scenario
from capacity.results.tables import tables
from capacity.why import moves
from tests.toys import HOURS_A_MONTH, plan_of


def unit(*more: str, cohort: str = "growth_per_year = 0", tier: str = "", months: int = 2) -> str:
    """100 cases visited monthly and 24 in custody, of whom one in twelve is released a month."""
    return f"""\
title = "With custody"
start = 2025-04-01
months = {months}
[cohorts.a]
team = "t"
{cohort}
moves_per_year = {{ custody = {{ hi = 1 }} }}
hours_per_case_month = 0.5
[cohorts.a.tiers]
hi = {{ cases = 100 }}
custody = {{ cases = 24{tier} }}
[cohorts.a.duties.visit]
per_year = 12
hours = 1
[cohorts.a.work.plans]
per_case_year = {{ custody = 6, "*" = 12 }}
hours = 2
[priority]
rule = "strict"
[teams.t.grades.pc]
in_post = 4
cost_per_year = 50000
""" + "\n".join([*more, ""])


def cases(text: str) -> pd.DataFrame:
    """Cases by month and tier."""
    table = tables(plan_of(text, fixed=True))["caseload"]
    return table.pivot(index="month", columns="tier", values="cases")


def test_custody_is_outside_the_growth_of_the_community() -> None:
    """Two of 24 are released, who are two of those that growth of 0 asks for: nobody else enters.

    None leaves the 100, so two too many are there: a path of 100, 102 with the releases.
    """
    found = cases(unit())
    np.testing.assert_allclose(found["custody"], [22, 22 * 11 / 12])
    np.testing.assert_allclose(found["hi"], [102, 102 + 22 / 12])


def test_releases_are_part_of_growth() -> None:
    """Five of 100 leave (0.6 a year): two released and three new ones keep the path at 100."""
    table = tables(plan_of(unit(cohort="growth_per_year = 0\nexits_per_year = { hi = 0.6 }")))
    found = table["caseload"]
    new = found[(found["tier"] == "hi") & (found["month"] == "2025-04")]
    np.testing.assert_allclose(new["cases"], [100])
    np.testing.assert_allclose(new["moved_in"], [2])
    np.testing.assert_allclose(new["entrants"], [3])


def test_custody_is_owed_what_it_is_given_by_name_and_nothing_else() -> None:
    """No visit and no case hours. 22 plans of half a year's worth each month: 22 × 6 ÷ 12 × 2.

    In the community 102 × (12 ÷ 12 × 2 + 0.5), and all 102 visits: those released fall due at once.
    """
    found = tables(plan_of(unit(months=1), fixed=True))
    np.testing.assert_allclose(found["hours"]["other_work"], [22 + 102 * 2.5])
    assert found["projection"]["tier"].tolist() == ["hi"]
    np.testing.assert_allclose(found["projection"]["due"], [102])


def test_custody_is_no_case_of_a_limit_unless_a_weight_is_given() -> None:
    """102 cases for four officers; with a weight of 0.5 for custody 113."""
    ratios = tables(plan_of(unit(months=1), fixed=True))["ratios"]
    np.testing.assert_allclose(ratios["cases_per_officer"], [102 / 4])
    np.testing.assert_allclose(ratios["cases"], [102])
    weighed = tables(plan_of(unit(months=1, tier=", counts = 0.5"), fixed=True))["ratios"]
    np.testing.assert_allclose(weighed["cases_per_officer"], [113 / 4])


def test_a_tier_may_say_that_it_is_or_is_not_in_custody() -> None:
    text = unit(months=1, tier=", custody = false")
    assert tables(plan_of(text, fixed=True))["projection"]["tier"].tolist() == ["hi", "custody"]
    other = unit(months=1).replace("custody =", "inside =").replace("{ inside = 6", "{ inside = 6")
    other = other.replace("inside = { cases = 24", "inside = { custody = true, cases = 24")
    np.testing.assert_allclose(
        tables(plan_of(other, fixed=True))["hours"]["other_work"], [22 + 102 * 2.5]
    )


def test_releases_brought_forward_come_on_top_and_fall_due_at_once() -> None:
    """Twelve of 24 come early, then one of the twelve left: the path is 112, and 113 are due."""
    event = '[[events]]\nat = 2025-04-01\ncohort = "a"\nfrom = "custody"\nto = "hi"\ncases = 12'
    text = unit(event, months=1, cohort="growth_per_year = 0\nexits_per_year = { hi = 0.6 }")
    found = cases(text)
    np.testing.assert_allclose(found["custody"], [11])
    np.testing.assert_allclose(found["hi"], [112])
    np.testing.assert_allclose(tables(plan_of(text, fixed=True))["projection"]["due"], [112])


INFLOW = '[[inflows]]\nname = "arrests"\ncohort = "a"\ntier = "hi"\nper_month = 4\nshare = 0.5'


@pytest.mark.parametrize(("more", "each"), [("", 100), ("\nwithin_growth = false", 102)])
def test_a_named_flow_is_part_of_growth_or_on_top(more: str, each: float) -> None:
    """Five leave; two come by name and two from custody. On top, the path grows by the two."""
    text = unit(
        INFLOW + more, months=1, cohort="growth_per_year = 0\nexits_per_year = { hi = 0.6 }"
    )
    np.testing.assert_allclose(cases(text)["hi"], [each])
    table = tables(plan_of(text, fixed=True))["inflows"]
    np.testing.assert_allclose(table["entrants"], [2])


# --- Donors ---------------------------------------------------------------------------------


def loan(where: str) -> str:
    """Half an officer comes to the unit for the first month."""
    return (
        '[[people]]\nteam = "t"\ngrade = "pc"\nfte = 0.5\nfrom = 2025-04-01\nuntil = 2025-04-30\n'
        f'why = "On loan"\ndisplaced_from = "{where}"\n'
        "[teams.response.grades.sergeant]\nin_post = 1\ncasework_share = 0\ncost_per_year = 1000\n"
        "[teams.response.grades.pc]\nin_post = 10\ncost_per_year = 1000\n"
        '[queues.calls]\nteam = "response"\narrivals_per_month = 100\nhours = 1'
    )


def test_who_helps_one_team_is_missing_in_another() -> None:
    """The hours of half an officer, in both teams and in the first month only."""
    hours = tables(plan_of(unit(loan("response")), fixed=True))["hours"]
    by_team = hours.pivot(index="month", columns="team", values="available")
    np.testing.assert_allclose(by_team["t"], np.array([4.5, 4]) * HOURS_A_MONTH)
    np.testing.assert_allclose(by_team["response"], np.array([9.5, 10]) * HOURS_A_MONTH)


def test_the_grade_may_be_named_and_other_places_are_only_told() -> None:
    text = unit(loan("response.sergeant"))
    hours = tables(plan_of(text, fixed=True))["hours"]
    mine = hours[hours["team"] == "response"]["available"]
    np.testing.assert_allclose(mine, 10 * HOURS_A_MONTH)  # a sergeant carries no cases
    hours = tables(plan_of(unit(loan("Elsewhere")), fixed=True))["hours"]
    np.testing.assert_allclose(hours[hours["team"] == "response"]["available"], 10 * HOURS_A_MONTH)


# --- Moves within a total -------------------------------------------------------------------


def two_teams(calls: float, *more: str) -> str:
    """The unit has two officers and needs a third; response has ten, and one call takes an hour."""
    text = unit(loan("Elsewhere"), *more, "[sizing]\nkeep_total = true", months=12)
    text = text.replace("in_post = 4", "in_post = 2")
    text = text.replace("arrivals_per_month = 100", f"arrivals_per_month = {calls}")
    text = text.replace("in_post = 10\n", "in_post = 10\nmay_shrink = true\n")
    return text.replace("in_post = 1\n", "in_post = 0\n")


CALLS = '[[standards]]\nname = "Calls"\nqueue = "calls"\ncompletion = 0.99'
VISITS = '[[standards]]\nname = "Visits"\ncohort = "a"\nduty = "visit"\ncompletion = 0.99'


def test_posts_may_move_between_teams_within_a_total() -> None:
    """The unit needs 22 + 102 × 3.5 = 379 hours at first and more each month: 2.2 to 2.4 officers.

    Response needs 1,300 hours: 7.5 officers, and has ten, which may shrink. The unit has two posts
    and needs three. Response gives one, and the total stays at twelve.
    """
    plan = plan_of(two_teams(1300, CALLS, VISITS))
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    last = dict(zip(plan.model.grades, plan.sizing.posts[-1], strict=True))
    assert last["t", "pc"] == 3
    assert last["response", "pc"] == 9
    np.testing.assert_array_equal(plan.sizing.posts.sum(axis=1), np.full(12, 12.0))
    given, received = moves.moves(plan)
    assert (given.team, given.posts, given.cost_per_year) == ("response", -1, -1000)
    assert (given.case_months, given.overdue_at_end) == (0, 0)  # nine officers do as much as ten
    assert (received.team, received.posts, received.cost_per_year) == ("t", 1, 50000)
    assert received.case_months < 0


def test_a_post_that_is_missed_where_it_leaves_is_told_at_both_ends() -> None:
    """Ten officers do the 1,733.3 calls of a month and no more, and no standard is about them.

    In April half an officer on loan is enough. One is moved in May: 173.3 hours a month, so at the
    ends of the 11 months from then on 173.3, 346.7, … 1,906.7 calls more wait. That is
    173.3 × (1 + … + 11) = 11,440 case-months, each with the weight of the only class of its queue.
    """
    plan = plan_of(two_teams(10 * HOURS_A_MONTH, VISITS))
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    given, received = moves.moves(plan)
    assert (given.team, given.posts) == ("response", -1)
    assert given.case_months == pytest.approx(11_440)
    assert given.weighted == pytest.approx(11_440)
    assert given.overdue_at_end == pytest.approx(11 * HOURS_A_MONTH)
    assert (received.team, received.posts) == ("t", 1)
    table = tables(plan)["moves"]
    assert table["team"].tolist() == ["response", "t"]
    assert "moves" not in tables(plan_of(unit(), fixed=True))


def warned(text: str) -> str:
    """What is warned of, in one text."""
    read = scenario.read("toy.toml", files={"toy.toml": text})
    return " ".join(str(problem) for problem in read.warnings)


def test_where_nobody_may_give_a_post_it_is_said() -> None:
    nobody = two_teams(1300, VISITS).replace("may_shrink = true\n", "")
    assert "moves no post, since no grade may_shrink" in warned(nobody)
    every = two_teams(1300, VISITS).replace("cost_per_year", "may_shrink = true\ncost_per_year")
    every = every.replace("may_shrink = true\nmay_shrink = true", "may_shrink = true")
    assert "moves no post, since every grade may_shrink" in warned(every)
    assert "moves no post" not in warned(two_teams(1300, VISITS))
