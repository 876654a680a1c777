"""Tiers judged together (EQ17), and tiers that a caseload limit counts in part (EQ18), by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import capacity as cap
from capacity import cli, stages
from capacity.engine.standards import Judgement, hours_of_one, judge
from capacity.errors import ScenarioError
from capacity.reading.cautions import chance_of_all_but_few
from capacity.reading.levers import levers
from capacity.results import phrases
from capacity.stages import PlanResult
from capacity.why.fixes import fixes
from capacity.why.prices import prices
from capacity.workbook.filling import cells_of, made
from capacity.workbook.reading import read_workbook
from tests import making
from tests.test_by_hand import HOURS_100, unit

TIERS = (
    "tiers = { a = { cases = 12 }, b = { cases = 12 } }\n"
    "duties.visit = { every_months = { a = 2, b = 4 }, hours = 50 }"
)
"""6 visits fall due each month in a, 3 in b; a is served first."""


def posts(number: float, **more: Any) -> str:
    extra = "".join(f"\n{key} = {value}" for key, value in more.items())
    return f"in_post = {number}\nweekly_hours = {HOURS_100}\ncost_per_year = 1200{extra}"


def standard(**keys: Any) -> str:
    lines = ['[[standards]]\nname = "Visits"\ncohort = "c"\nduty = "visit"']
    for key, value in keys.items():
        lines.append(f"{key} = {str(value).lower() if isinstance(value, bool) else value}")
    return "\n".join(lines)


def judged(text: str) -> tuple[Judgement, ...]:
    parts = making.stages(text)
    return judge(parts.model, parts.staff, parts.projection)


def planned(text: str) -> PlanResult:
    return stages.run(making.read(text))


# Judged ------------------------------------------------------------------------------------


def test_completion_of_tiers_together() -> None:
    """400 hours are 8 visits. Of 9 due in April 8 are done, of 10 in May again 8."""
    text = unit(TIERS, standard(completion=0.85, pooled=True), months=2, grade=posts(4))
    april, may = judged(text)
    assert (april.tier, april.kind, april.unit) == (None, "completion", "duties")
    assert float(april.achieved[0]) == pytest.approx(8 / 9)
    assert bool(april.met[0])
    assert float(may.achieved[0]) == pytest.approx(8 / 10)
    assert float(may.missed_by[0]) == pytest.approx(0.85 * 10 - 8)
    apart = judged(text.replace("pooled = true", "pooled = false"))
    assert [one.tier for one in apart] == ["a", "a", "b", "b"]
    # Of b 2 of 3 are done in April, 2 of 4 in May.
    assert [float(one.achieved[0]) for one in apart] == pytest.approx([1, 1, 2 / 3, 2 / 4])


def test_in_date_and_overdue_of_tiers_together() -> None:
    """Of 24 cases one waits at the end of April and two at the end of May."""
    text = unit(TIERS, standard(in_date=0.95, pooled=True), months=2, grade=posts(4))
    april, may = judged(text)
    assert float(april.achieved[0]) == pytest.approx(23 / 24)
    assert float(may.achieved[0]) == pytest.approx(22 / 24)
    assert float(may.missed_by[0]) == pytest.approx(0.95 * 24 - 22)
    text = unit(TIERS, standard(outstanding=1, pooled=True), months=2, grade=posts(4))
    assert [float(one.achieved[0]) for one in judged(text)] == pytest.approx([1, 2])
    assert [bool(one.met[0]) for one in judged(text)] == [True, False]


def test_a_longest_wait_of_tiers_together_is_the_longer_of_theirs() -> None:
    """300 hours are the 6 visits of a, so nobody of b is seen: overdue for 1, 2 and 3 months."""
    text = unit(TIERS, standard(longest_wait_months=2, pooled=True), months=3, grade=posts(3))
    found = judged(text)
    assert [float(one.achieved[0]) for one in found] == [1, 2, 3]
    # The 3 of b that fell due in April have waited for more than two months in June.
    assert [float(one.missed_by[0]) for one in found] == pytest.approx([0, 0, 2.5], abs=1e-3)


def test_some_tiers_together_are_named_and_a_quarter_is_added_up() -> None:
    """Three tiers, two of them together: 26 visits of a and b fall due in a quarter, 24 are done.

    a 6 + 6 + 6; b 3 + 4 + 5, with those left over, of which 2 are done each month.
    """
    three = TIERS.replace("b = { cases = 12 } }", "b = { cases = 12 }, z = { cases = 12 } }")
    three = three.replace("b = 4 }", "b = 4, z = 4 }")
    rule = standard(completion=0.8, tiers='["a", "b"]', pooled=True, judged='"quarter"')
    (found,) = judged(unit(three, rule, months=3, grade=posts(4)))
    assert (found.tier, found.period.name) == ("a, b", "2025-Q2")
    assert float(found.achieved[0]) == pytest.approx(24 / (18 + 12))


def test_what_one_missed_counts_for_is_weighted_by_what_is_owed() -> None:
    """72 visits a year of 50 hours and 36 of 110: (72 × 50 + 36 × 110) ÷ 108 = 70 hours."""
    text = TIERS.replace("hours = 50", "hours = { a = 50, b = 110 }")
    model = making.stages(unit(text, standard(completion=1, pooled=True))).model
    (rule,) = model.rules.duties
    assert hours_of_one(model, rule, rule.periods).tolist() == pytest.approx([70])


def test_standards_first_serves_the_first_tier_up_to_what_all_must_have() -> None:
    """350 hours are 7. Half of 9 visits come first, all 4.5 of them in a; the rest are calls."""
    calls = "duties.call = { every_months = { a = 2, b = 4 }, hours = 50 }"
    order = '[priority]\nrule = "standards first"\norder = ["c.call"]'
    text = unit(f"{TIERS}\n{calls}", standard(completion=0.5, pooled=True), order, grade=posts(3.5))
    made = making.stages(text)
    done = {
        (key.duty, key.tier): float(made.projection.done[0, 0, row])
        for row, key in enumerate(made.model.rows)
    }
    assert done == pytest.approx(
        {("visit", "a"): 4.5, ("visit", "b"): 0, ("call", "a"): 2.5, ("call", "b"): 0}
    )
    apart = making.stages(text.replace("pooled = true", "pooled = false"))
    visits = [n for n, key in enumerate(apart.model.rows) if key.duty == "visit"]
    assert apart.projection.done[0, 0, visits].tolist() == pytest.approx([3, 1.5])


# Sized -------------------------------------------------------------------------------------

DEARER = TIERS.replace("hours = 50", "hours = { a = 50, b = 150 }")


@pytest.mark.parametrize(("pooled", "needed"), [(True, 6), (False, 7)])
def test_a_team_may_leave_out_the_dearer_visits_where_tiers_count_together(
    pooled: bool, needed: int
) -> None:
    """88% of 9 visits are 7.92. Together: 6 × 50 + 1.92 × 150 = 588 hours, six posts.

    Each by itself: 5.28 × 50 + 2.64 × 150 = 660 hours, seven posts.
    """
    text = unit(DEARER, standard(completion=0.88, pooled=pooled), grade=posts(0))
    found = planned(text)
    assert found.sizing is not None
    assert found.sizing.status == "meets every standard"
    assert found.sizing.posts[0].sum() == needed


def test_the_price_of_a_standard_on_tiers_together() -> None:
    """One point more of 9 visits is 0.09 visits of 150 hours, 13.5 hours: 0.135 posts of £1,200."""
    text = unit(DEARER, standard(completion=0.88, pooled=True), grade=posts(0))
    found = planned(text)
    assert found.question is not None
    price = next(one for one in prices(found.question) if one.standard == "Visits")
    assert price.tier is None
    assert price.price_per_year == pytest.approx(0.135 * 1200)
    assert price.words == (
        "Completing one more point of visits, tiers together, (88% to 89%) costs £162 per year."
    )


# Cases per officer -------------------------------------------------------------------------

CASES = (
    "tiers.seen = {{ cases = 10 }}\n"
    'tiers.rest = {{ label = "Reactively managed", cases = 10{} }}\n'
    "duties.visit = {{ every_months = {{ seen = 2 }}, hours = 1 }}"
)
LIMIT = '[[standards]]\nname = "Limit"\ncohort = "c"\ncases_per_officer = 5'


@pytest.mark.parametrize(
    ("given", "needed", "clause"),
    [
        ("", 4, ""),
        (", counts = 1", 4, ""),
        (", counts = 0.5", 3, " (reactively managed counted as 0.5)"),
        (", counts = 0", 2, " (reactively managed not counted)"),
    ],
)
def test_a_limit_counts_each_tier_by_its_weight(given: str, needed: int, clause: str) -> None:
    """(10 + weight × 10) cases ÷ 5 officers."""
    found = planned(unit(CASES.format(given), LIMIT, grade=posts(1)))
    assert found.sizing is not None
    assert found.sizing.posts[0].sum() == needed
    (one,) = found.today.judgements
    assert float(one.achieved[0]) == pytest.approx(5 * needed)
    assert float(one.missed_by[0]) == pytest.approx(needed - 1)
    settings = found.scenario.settings
    asks = phrases.asks(settings, settings.standards[0])
    assert asks == f"at most 5 cases per officer{clause}"


def test_a_weight_may_change_from_a_month() -> None:
    change = '[[changes]]\nfrom = 2025-05-01\nset = { "cohorts.c.tiers.rest.counts" = 0 }'
    found = judged(unit(CASES.format(""), LIMIT, change, months=2, grade=posts(4)))
    assert [float(one.achieved[0]) for one in found] == [5, 2.5]


def test_both_readings_of_the_ratio_stand_side_by_side() -> None:
    """20 cases with one officer, 10 of them visited; the limit counts the others by half."""
    scenario = making.read(unit(CASES.format(", counts = 0.5"), LIMIT, grade=posts(1)))
    plan = cap.plan(scenario, fixed=True, why=False)
    (row,) = plan.tables["ratios"].to_dict("records")
    assert row["cases_per_officer"] == pytest.approx(15)
    assert row["cases_per_officer_without_reactive"] == pytest.approx(10)
    assert row["cases"] == pytest.approx(20)


def test_the_terminal_says_both_readings(tmp_path: Path) -> None:
    place = tmp_path / "toy.toml"
    place.write_text(unit(CASES.format(""), LIMIT, grade=posts(1)), encoding="utf-8")
    said = CliRunner().invoke(cli.app, ["plan", str(place), "--fixed", "--no-why"]).output
    both = "20 in April 2025 with every case counted, 10 without those managed reactively"
    assert both in " ".join(said.split())


def test_the_price_of_counting_cases_that_nobody_visits() -> None:
    """Counted, they ask for two posts more, £2,400 a year."""
    found = planned(unit(CASES.format(""), LIMIT, grade=posts(1)))
    assert found.question is not None
    price = next(one for one in prices(found.question) if one.unit == "weight of 1")
    assert (price.standard, price.tier) == ("Limit", "rest")
    assert price.price_per_year == pytest.approx(2400)
    assert price.words == (
        "Limit: counting reactively managed cases in full rather than leaving them out costs "
        "£2,400 per year."
    )


def test_a_fix_is_the_largest_weight_that_can_be_met() -> None:
    """Nobody may join: with 3 officers at most 15 count, the 10 seen and half of the others."""
    found = planned(unit(CASES.format(""), LIMIT, grade=posts(3, max_joiners_per_month=0)))
    fix = next(one for one in fixes(found) if one.change.endswith(".counts"))
    assert (fix.change, fix.from_, fix.to) == ("cohorts.c.tiers.rest.counts", 1, 0.5)
    assert fix.words.startswith(
        "Weight of reactively managed cases in cases per officer: 0.5 instead of 1"
    )


@pytest.mark.parametrize("weight", ["-0.1", "1.1"])
def test_a_weight_lies_between_none_and_all(weight: str) -> None:
    with pytest.raises(ScenarioError, match=r"counts.*must be at least 0 and at most 1"):
        making.read(unit(CASES.format(f", counts = {weight}"), LIMIT, grade=posts(1)))


# In simulations ----------------------------------------------------------------------------


def test_the_chance_is_of_the_tiers_together() -> None:
    text = unit(TIERS, standard(completion=0.85, pooled=True), months=12, grade=posts(4))
    found = cap.simulate(making.read(text), draws=20, fixed=True, enough=False, drivers=0)
    table = found.tables["chances"]
    mine = table[table["standard"] == "Visits"]
    assert len(mine)
    assert mine["tier"].isna().all()
    assert np.isfinite(mine["chance"]).all()


def test_one_tier_out_of_reach_is_no_caution_where_others_make_up_for_it() -> None:
    """Of a nine in ten can be done and of b all."""
    access = TIERS.replace("hours = 50", "hours = 50, access_rate = { a = 0.9, b = 1 }")
    apart = making.read(unit(access, standard(completion=0.95), months=2, grade=posts(9)))
    together = making.read(
        unit(access, standard(completion=0.95, pooled=True), months=2, grade=posts(9))
    )
    said = [[one.must for one in scenario.warnings] for scenario in (apart, together)]
    assert [any("access_rate" in must for must in one) for one in said] == [True, False]


# Left to chance ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "rate", "level", "chance"),
    [
        (18, 0.98, 0.95, 0.98**18),  # 17 of 18 are 94%: all of them
        (20, 0.98, 0.95, 0.98**20 + 20 * 0.02 * 0.98**19),  # 19 of 20 are 95%: all but one
        (2, 0.5, 0.5, 0.75),
        (5, 1.0, 0.95, 1.0),
        (5, 0.0, 0.95, 0.0),
    ],
)
def test_the_chance_that_enough_are_done(
    due: int, rate: float, level: float, chance: float
) -> None:
    assert chance_of_all_but_few(due, rate, level) == pytest.approx(chance)


def few(**keys: Any) -> list[str]:
    """54 cases every third month are 18 a month in each tier, at an access rate of 0.98."""
    text = (
        "tiers = { a = { cases = 54 }, b = { cases = 54 } }\n"
        "duties.visit = { every_months = 3, hours = 1, access_rate = 0.98 }"
    )
    scenario = making.read(unit(text, standard(completion=0.95, **keys), months=12, grade=posts(9)))
    return [str(one) for one in scenario.warnings if "left to chance" in one.must]


def test_a_standard_on_few_visits_is_left_to_chance() -> None:
    """0.98 to the 18th is 0.695: 30 months of 100 without."""
    (said,) = few()
    assert (
        "is left to chance where so few fall due in a month: in a 18 fall due, and with 98% of "
        "people reached it is not met in 30 months of 100; in b 18 fall due, and with 98% of "
        "people reached it is not met in 30 months of 100"
    ) in said
    assert 'judged = "quarter" or pooled = true' in said


def test_more_visits_are_not_left_to_chance() -> None:
    """36 together may miss one: 0.98^36 + 36 × 0.02 × 0.98^35 = 0.838, so 16 of 100 without.

    54 of a quarter may miss two: 0.336 + 0.370 + 0.200 = 0.906, 9 of 100 without.
    """
    (said,) = few(pooled=True)
    assert "in all tiers 36 fall due" in said
    assert "16 months of 100" in said
    assert few(judged='"quarter"') == []
    assert few(judged='"quarter"', pooled=True) == []


# Where people type it ----------------------------------------------------------------------


def test_weights_and_tiers_together_come_back_from_a_workbook() -> None:
    rule = standard(completion=0.95, tiers='["seen"]', pooled=True)
    given = making.read(unit(CASES.format(", counts = 0.5"), rule, LIMIT, grade=posts(1)))
    settings = read_workbook("unit.xlsx", made(cells_of(given), None), "unit").scenario.settings
    assert [one.pooled for one in settings.standards] == [True, False]
    tiers = settings.cohorts["c"].tiers
    assert [one.counts.value for one in tiers.values()] == [1, 0.5]


def test_pages_offer_what_a_kind_of_standard_may_have() -> None:
    given = making.read(unit(TIERS, standard(completion=0.95), LIMIT, grade=posts(1)))
    found = {one.name: one for one in levers(given)}
    assert found["standards.Visits.pooled"].kind == "flag"
    assert "standards.Limit.pooled" not in found
    assert "standards.Visits.may_give" not in found
    assert found["cohorts.c.tiers.a.counts"].today == 1
