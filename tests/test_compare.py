"""Options side by side, and what each changed setting contributes to the difference."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity import plan
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.results import outputs, tables
from capacity.why import compare
from tests import making
from tests.toys import toy, visits


def read(text: str, name: str = "a.toml") -> Scenario:
    return scenario.read(name, files={name: text})


def limit(cases: float) -> str:
    return (
        '[[standards]]\nname = "Limit"\ncohort = "a"\n'
        f"cases_per_officer = {cases}\nfrom = 2026-04-01\n"
    )


def total(rows: tuple[compare.Contribution, ...], measure: str) -> float:
    return sum(row.effect for row in rows if row.measure == measure)


def test_contributions_and_interaction_by_hand() -> None:
    """A limit of 20 instead of 30 asks for 2 posts more in the second year, £50,000 each.

    At £60,000 a post today's 3 cost 3 × 2 × £10,000 more and the fourth £10,000. Both together:
    the two further posts cost £10,000 more each, which neither change does by itself.
    """
    free = "[finance]\ndiscount_rate = 0.0\n"
    first = read(toy(limit(30), free))
    other = read(toy(limit(20), free).replace("50000", "60000"), "b.toml")
    rows = compare.contributions(plan.run(first), plan.run(other))
    cost = {row.setting: row.effect for row in rows if row.measure == "cost"}
    assert cost["standards.Limit.cases_per_officer"] == pytest.approx(100_000)
    assert cost["teams.t.grades.pc.cost_per_year"] == pytest.approx(70_000)
    assert cost[compare.INTERACTION] == pytest.approx(20_000)
    assert total(rows, "cost") == pytest.approx(190_000)


@given(seed=st.integers(0, 3_000))
def test_contributions_add_up_to_the_difference(seed: int) -> None:
    table = making.scenario(seed, making.TINY)
    first = making.read(table)
    values: dict[str, Any] = {}
    for name, team in table["teams"].items():
        grade = next(iter(team["grades"]))
        values[f"teams.{name}.grades.{grade}.cost_per_year"] = 61_000
        values[f"teams.{name}.grades.{grade}.sickness"] = 0.02
    for name in table["cohorts"]:
        values[f"cohorts.{name}.hours_per_case_month"] = 0.3
    one, two = plan.run(first), plan.run(scenario.with_values(first, values))
    rows = compare.contributions(one, two)
    assert one.question is not None
    assert two.question is not None
    before, after = compare._measures(one.question), compare._measures(two.question)
    for measure in compare.MEASURES:
        difference = after[measure] - before[measure]
        assert total(rows, measure) == pytest.approx(difference, abs=1e-6, rel=1e-9)


def test_things_added_and_taken_away_are_one_change_each() -> None:
    budget = '[[standards]]\nname = "Budget"\nbudget = 900000\n'
    loan = '[[people]]\nteam = "t"\ngrade = "pc"\nfte = 1\nfrom = 2025-06-01\nwhy = "Loan"\n'
    first, other = read(toy(limit(30), budget)), read(toy(limit(30), loan), "b.toml")
    rows = compare.contributions(plan.run(first), plan.run(other))
    settings = {row.setting for row in rows}
    assert settings == {"standards.Budget", "people.Loan", compare.INTERACTION}


def test_settings_that_need_each_other_are_changed_together() -> None:
    mix = "\n[cohorts.a.entry_mix]\nhi = {hi}\nlo = {lo}\n"
    first = read(toy(limit(30), growth=0.1) + mix.format(hi=0.5, lo=0.5))
    other = read(toy(limit(30), growth=0.1) + mix.format(hi=0.2, lo=0.8), "b.toml")
    rows = compare.contributions(plan.run(first), plan.run(other))
    assert {row.setting for row in rows} == {"cohorts.a.entry_mix", compare.INTERACTION}


def test_side_by_side() -> None:
    first = read(toy(limit(30), visits(0.9)))
    other = read(toy(limit(20), visits(0.9)), "b.toml")
    found = compare.compare([first, other])
    assert found.names == ("a", "b")
    assert [one.words for one in found.changes] == ["standards.Limit.cases_per_officer: 30 → 20"]
    assert found.words[0] == "b: standards.Limit.cases_per_officer: 30 → 20"
    assert "gap of 0.01 %" in found.words[-1]
    assert "Only differences" in found.words[-1]
    frames = tables.comparison(found)
    names = ["measure", "setting", "from", "to", "effect"]
    assert list(frames["contributions"].columns)[:5] == names
    assert set(frames["options"]["option"]) == {"a", "b"}
    assert set(frames["year_costs"]["year"]) == {"2025/26", "2026/27"}
    assert set(frames["standards"]["option"]) == {"a", "b"}
    json.dumps(outputs.records(frames), allow_nan=False)


def test_the_same_scenario_twice() -> None:
    first = read(toy(limit(30)))
    found = compare.compare([first, first])
    assert found.names == ("a (1)", "a (2)")
    assert "same settings" in found.words[0]
    assert {row.effect for row in found.contributions} == {0.0}
