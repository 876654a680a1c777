"""What the probability turns on: how sure the recommended plan is by third of a setting."""

from __future__ import annotations

import numpy as np
import pytest

from capacity.results import recommendation
from capacity.risk.draws import Draws, value_of
from capacity.risk.recommended import FRESH, Recommended
from capacity.risk.sensitivity import by_setting, thirds
from tests.test_review import LIMIT, advice
from tests.toys import plan_of, toy

HOURS = "hours = { value = 2, low = 1, high = 3, source = 'judgement' }"
WIDE = "{ value = 0.05, low = -0.15, high = 0.4, source = 'judgement' }"
GROWTH, VISIT = "cohorts.a.growth_per_year", "cohorts.a.duties.visit.hours"


@pytest.fixture(scope="module")
def limited() -> Recommended:
    """Only cases count under the limit: growth decides whether posts are enough, hours never."""
    scenario = toy(LIMIT, "[sizing]\nreview_month = 0\n", months=36, growth=WIDE, duty=HOURS)
    return advice(plan_of(scenario), 600)


def test_thirds_are_of_all_weight() -> None:
    assert thirds(np.array([3.0, 1, 2, 5, 4, 6])).tolist() == [1, 0, 0, 2, 1, 2]
    # Of weight 6 the first case has 2, the two in the middle 1 each, the last 2.
    weight = np.array([2.0, 1, 1, 2])
    assert thirds(np.array([1.0, 2, 3, 4]), weight).tolist() == [0, 1, 1, 2]


def test_growth_decides_and_hours_do_not_where_only_cases_count(limited: Recommended) -> None:
    first, *others = limited.sensitivity
    assert first.setting == GROWTH
    assert first.told
    assert first.chance_low == first.chance_middle == 1.0 > first.chance_high
    assert [one.told for one in others if one.setting == VISIT] == [False]


def test_the_thirds_are_those_of_the_simulations_the_probability_is_told_of(
    limited: Recommended,
) -> None:
    draws = Draws(limited.plan.scenario, limited.seed)
    numbers = np.arange(FRESH, FRESH + 600)
    setting = next(one for one in draws.uncertain if one.name == GROWTH)
    values = value_of(setting.quantity, draws.normal(numbers)[GROWTH], setting.valid)
    order = np.argsort(values)
    reached = dict(zip(limited.decision.periods, limited.decision.chance, strict=True))
    held = limited.decision.record.held(limited.decision.of, [0])
    [row] = [one for one in limited.sensitivity if one.setting == GROWTH]
    assert reached[row.period] == min(reached.values())
    found = [float(held[row.period][order[n : n + 200]].mean()) for n in (0, 200, 400)]
    assert [row.chance_low, row.chance_middle, row.chance_high] == found
    assert (row.low, row.high) == (values[order[199]], values[order[400]])
    # The three thirds make the probability that is told.
    assert np.mean(found) == pytest.approx(reached[row.period])


def test_what_has_nothing_to_do_with_a_setting_is_not_told(limited: Recommended) -> None:
    numbers = np.arange(1, 1201)
    rows = by_setting(limited.draws, numbers, None, "2026/27", numbers % 2 == 0, None)
    assert {one.setting for one in rows} == {one.name for one in limited.draws.uncertain}
    assert not any(one.told for one in rows)


def test_it_is_said_of_each_setting_that_matters(limited: Recommended) -> None:
    lead, each = recommendation.turns_on(limited)
    assert lead.startswith("Probability that every standard is met in ")
    assert [what for what, _ in each] == ["A, Growth of the caseload"]
