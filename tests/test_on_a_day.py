"""The position on the day of an inspection, worked out by hand where nothing is left to chance."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.errors import InputError
from capacity.results import on_a_day as words
from capacity.risk import on_a_day
from capacity.risk.on_a_day import OnADay, areas_of
from tests.toys import plan_of, toy, visits

CERTAIN = "[chance]\nwhole = false"
"""Nothing is drawn: every simulation is the same."""


def found(*areas: str, day: date = date(2025, 6, 20), posts: float = 0, more: str = "") -> OnADay:
    text = toy(CERTAIN, visits(first="2025-04-01"), *([more] if more else []), posts=posts)
    plan = plan_of(text, fixed=True)
    return on_a_day.on_a_day(plan, day, areas_of(areas), number=50)


def figures(one: OnADay, tier: str | None) -> dict[str, tuple[float, float, float]]:
    return {
        row.age or row.measure: (row.p10, row.p50, row.p90)
        for row in one.found
        if row.duty == "visit" and row.tier == tier
    }


def test_with_nobody_the_backlog_grows_old_month_by_month() -> None:
    """60 high fall due in April and stay so; of 60 low, 20 fall due each month."""
    one = found()
    assert one.month == "2025-06"
    told = {name: middle for name, (_, middle, _) in figures(one, None).items()}
    # 60 high for three months; 20 low each for one, two and three.
    assert told == {
        "outstanding": 120,
        "1 month": 20,
        "2–3": 100,
        "4–6": 0,
        "7–12": 0,
        "over 12": 0,
        "longest_wait_months": 3,
    }
    assert figures(one, "hi")["2–3"] == (60, 60, 60)
    assert figures(one, "lo")["2–3"] == (40, 40, 40)


@pytest.mark.parametrize(
    ("day", "month"),
    [(date(2025, 6, 15), "2025-05"), (date(2025, 6, 16), "2025-06"), (date(2025, 4, 2), "2025-04")],
)
def test_the_nearest_month_end_is_told(day: date, month: str) -> None:
    assert found(day=day).month == month


def test_cases_per_officer_are_those_of_the_day() -> None:
    one = found(posts=3)
    (ratio,) = [row for row in one.found if row.measure == "cases_per_officer"]
    assert ratio.p50 == pytest.approx(40)  # 120 cases and 3 officers


def test_standards_and_areas_for_improvement_are_judged_with_their_probability() -> None:
    one = found(
        "Few overdue=a.visit outstanding 100 hi",
        "Fewer overdue=a.visit outstanding 59 hi",
        "Nobody long=a.visit longest_wait_months 3",
        "Nobody longer=a.visit longest_wait_months 2",
    )
    told = {row.name: (row.area, row.p50, row.chance) for row in one.judged}
    assert told["Visits"] == (False, 0.0, 0.0)
    # 60 high are overdue for three months.
    assert told["Few overdue"] == (True, 60, 1)
    assert told["Fewer overdue"] == (True, 60, 0)
    assert told["Nobody long"] == (True, 3, 1)
    assert told["Nobody longer"] == (True, 3, 0)
    lines = " ".join(words.lines(one))
    assert "Area for improvement “Fewer overdue”: probability met 0%" in lines
    assert "asked at most 59 overdue" in lines


def test_an_area_changes_nothing_where_standards_decide_who_is_served() -> None:
    first = '[priority]\nrule = "standards first"'
    plain, more = (
        found(*areas, posts=1, more=first)
        for areas in ((), ("Nobody long=a.visit outstanding 0 lo",))
    )
    assert plain.found == more.found
    assert not plain.by_age
    assert "is not told of single groups of months" in words.lines(plain)[-1]
    with pytest.raises(InputError, match="it would be one of them"):
        found("Nobody long=a.visit longest_wait_months 2", posts=1, more=first)


def test_a_standard_that_begins_later_is_not_judged_and_that_is_said() -> None:
    plan = plan_of(toy(CERTAIN, visits(first="2026-04-01")), fixed=True)
    one = on_a_day.on_a_day(plan, date(2025, 6, 20), number=50)
    assert one.judged == ()
    assert "Visits: not judged, as it applies from a later month." in words.lines(one)


def test_what_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError, match="must be a day from April 2025 to March 2027"):
        found(day=date(2030, 1, 1))
    with pytest.raises(InputError) as told:
        areas_of(["A=visit outstanding 0", "B=a.visit nonsense 0", "C=a.visit outstanding -1"])
    assert len(told.value.problems) == 3
    with pytest.raises(InputError, match=r"tiers of the scenario: a\.visit"):
        found("A=a.visit outstanding 0 nobody")


def test_the_command_writes_tables_and_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text(
        toy(CERTAIN, visits(first="2025-04-01"), posts=0), encoding="utf-8"
    )
    ask = ["inspection-day", str(tmp_path / "toy.toml"), "--on", "2025-06-20", "--draws", "50"]
    out = tmp_path / "out"
    done = CliRunner().invoke(app, [*ask, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Home visits" in done.output
    assert "Standard “Visits, high”: probability met 0%" in " ".join(done.output.split())
    assert {path.name for path in out.iterdir()} == {
        "judged.csv",
        "manifest.json",
        "position.csv",
        "timings.json",
    }
    told = json.loads(CliRunner().invoke(app, [*ask, "--json"]).output)
    (total,) = [
        row
        for row in told["position"]
        if (row["tier"], row["measure"], row["age"]) == (None, "outstanding", "")
    ]
    assert total["p50"] == 120


@pytest.mark.parametrize(
    ("typed", "level"), [("95", 0.95), ("95%", 0.95), ("0.95", 0.95), ("100%", 1.0)]
)
def test_the_level_of_a_share_is_read_as_per_cent_are_everywhere(typed: str, level: float) -> None:
    assert areas_of([f"A=a.visit completion {typed}"])[0].level == pytest.approx(level)


@pytest.mark.parametrize("typed", ["1", "450", "nan", "-5%", "inf", ""])
def test_a_level_that_cannot_be_is_refused(typed: str) -> None:
    """1 may be 1% or all; 450% of what is due cannot be completed."""
    with pytest.raises(InputError):
        areas_of([f"A=a.visit completion {typed}"])
