"""What is told of simulations, on a unit in which nothing is left to chance: worked by hand."""

from __future__ import annotations

from functools import cache

import pytest

from capacity.results import tables
from capacity.risk import recommended
from capacity.risk.position import AGES
from capacity.risk.recommended import Recommended
from tests.toys import plan_of, toy

CERTAIN = "[chance]\nwhole = false"
LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50'


@cache
def told() -> Recommended:
    """Three constables of 173⅓ hours, 60 monthly and 20 quarterly visits a month of ten hours each.

    In strict order 52 of the 60 are done each month, the 8 left over first; of the low tier none.
    """
    plan = plan_of(toy(LIMIT, CERTAIN, months=18, duty="hours = 10"))
    found = recommended.recommend(plan, number=60)
    assert isinstance(found, Recommended)
    return found


def at(month: str, tier: str | None, measure: str, age: str = "") -> list[float]:
    rows = tables.RECOMMENDED["position"](told())
    rows = rows[(rows["option"] == "today") & (rows["month"] == month)]
    rows = rows[(rows["measure"] == measure) & (rows["age"] == age)]
    rows = rows[rows["tier"].isna() if tier is None else rows["tier"] == tier]
    assert len(rows) == 1
    found: list[float] = rows[["p10", "p50", "p90"]].iloc[0].tolist()
    return found


@pytest.mark.parametrize(
    ("month", "waiting"),
    [
        # 20 of the low tier fall due in April, May and June, and are never done. In the month in
        # which they fall due they count as one month overdue: in April 2026 as 13, 12 and 11.
        ("2025-04", {"1 month": 20.0}),
        ("2026-04", {"7–12": 40.0, "over 12": 20.0}),
        ("2026-09", {"over 12": 60.0}),
    ],
)
def test_the_backlog_is_told_by_age(month: str, waiting: dict[str, float]) -> None:
    for _, _, age in AGES:
        assert at(month, "lo", "outstanding", age) == pytest.approx(3 * [waiting.get(age, 0.0)])
        late = 8.0 if age == "1 month" else 0.0
        assert at(month, "hi", "outstanding", age) == pytest.approx(3 * [late])
    assert at(month, None, "outstanding") == pytest.approx(3 * [8.0 + sum(waiting.values())])


def test_the_longest_wait_and_cases_for_each_officer_are_told() -> None:
    assert at("2026-09", "lo", "longest_wait_months") == [18, 18, 18]
    assert at("2026-09", "hi", "longest_wait_months") == [1, 1, 1]
    assert at("2026-09", None, "cases") == pytest.approx([120, 120, 120])
    assert at("2026-09", None, "cases_per_officer") == pytest.approx([40, 40, 40])


def test_what_falls_due_by_year_does_not_depend_on_posts() -> None:
    """60 and 20 a month, for twelve months and for six, though fewer fall due where some wait."""
    rows = tables.RECOMMENDED["falling_due"](told())
    assert rows[["first", "last", "p10", "p50", "p90"]].values.tolist() == [
        ["2025-04", "2026-03", *3 * [pytest.approx(960.0)]],
        ["2026-04", "2026-09", *3 * [pytest.approx(480.0)]],
    ]


def test_hours_there_and_asked_for_are_told_by_month() -> None:
    rows = tables.RECOMMENDED["expected_hours"](told())
    today = rows[rows["option"] == "today"]
    assert today["month"].nunique() == len(today) == 18
    assert today["there"].tolist() == pytest.approx(18 * [520.0])
    assert today["asked"].tolist() == pytest.approx(18 * [800.0])
    assert not today["cut_short"].any()


def test_the_limit_has_its_cases_for_each_officer_by_month() -> None:
    rows = tables.RECOMMENDED["bands"](told())
    rows = rows[(rows["measure"] == "cases_per_officer") & (rows["option"] == "today")]
    assert rows["p50"].tolist() == pytest.approx(18 * [40.0])
