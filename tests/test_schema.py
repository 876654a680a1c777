"""The JSON Schema of a scenario: what comes with capacity is valid by it, slips are not.

The validator, jsonschema, is installed with Altair.
"""

from __future__ import annotations

import json
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from capacity import cli
from capacity.reading import scenario
from capacity.schema import schema
from capacity.settings import CostParts, declarations
from tests.toys import toy, visits

SCENARIOS = sorted((Path(__file__).resolve().parents[1] / "scenarios").glob("*.toml"))
TOY = toy(visits(), months=12)


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def as_json(value: Any) -> Any:
    """Dates as text, which is how an editor hands them to a schema."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def faults(text: str) -> list[str]:
    """Where the schema finds something wrong with a scenario's text."""
    errors = validator().iter_errors(as_json(tomllib.loads(text)))
    return sorted(".".join(str(step) for step in error.absolute_path) for error in errors)


def test_it_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_command_prints_it() -> None:
    run = CliRunner().invoke(cli.app, ["schema"])
    assert run.exit_code == 0
    assert json.loads(run.stdout) == schema()
    assert "NaN" not in run.stdout


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_comes_with_capacity_is_valid(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_every_setting_is_in_it_with_its_meaning_and_unit() -> None:
    known: dict[str, set[str]] = {}

    def look(node: Any) -> None:
        if isinstance(node, list):
            for inner in node:
                look(inner)
        elif isinstance(node, dict):
            for name, part in node.get("properties", {}).items():
                known.setdefault(name, set()).add(str(part.get("description", "")))
            for inner in node.values():
                look(inner)

    look(schema())
    for pattern, field in [*declarations(), *declarations(CostParts)]:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        unit = f" ({extra['unit']})" if extra.get("unit") else ""
        assert f"{field.description}{unit}" in known[pattern.split(".")[-1]], pattern


GOOD = {
    "a number with its range": (
        "growth_per_year = 0.0",
        'growth_per_year = { value = 0.03, low = 0.0, high = 0.05, source = "local", note = "" }',
    ),
    "a number that is confirmed": (
        "growth_per_year = 0.0",
        "growth_per_year = { value = 4.5, confirmed = true }",
    ),
    "hours by tier": ("hours = 2", "hours = { hi = 2.5, lo = { value = 2, low = 1, high = 3 } }"),
    "a cost by its parts": (
        "cost_per_year = 50000",
        "cost_per_year = { pay = 40000, pension_rate = 0.3 }",
    ),
    "a cohort like another": ("[teams.t]", '[cohorts.b]\nlike = "a"\n[teams.t]'),
    "a change from a date": (
        "[teams.t]",
        '[[changes]]\nfrom = 2025-09-01\nset = { "months" = 2 }\n[teams.t]',
    ),
}


@pytest.mark.parametrize(("old", "new"), GOOD.values(), ids=GOOD)
def test_what_a_scenario_may_say_is_valid(old: str, new: str) -> None:
    assert old in TOY
    assert faults(TOY.replace(old, new)) == []


BAD = {
    "a misspelt setting": ("growth_per_year", "growth_per_yeer", "cohorts.a"),
    "a misspelt table": ("[cohorts.a.duties.visit]", "[cohorts.a.dutys.visit]", "cohorts.a"),
    "a misspelt part of a number": (
        "growth_per_year = 0.0",
        "growth_per_year = { value = 0, hi = 1 }",
        "cohorts.a.growth_per_year",
    ),
    "text for a number": (
        "growth_per_year = 0.0",
        'growth_per_year = "3%"',
        "cohorts.a.growth_per_year",
    ),
    "a number beyond its range": (
        "growth_per_year = 0.0",
        "growth_per_year = 11",
        "cohorts.a.growth_per_year",
    ),
    "a high beyond the range": (
        "growth_per_year = 0.0",
        "growth_per_year = { value = 1, high = 11 }",
        "cohorts.a.growth_per_year",
    ),
    "part of a month": ("months = 12", "months = 12.5", "months"),
    "a date as text of another form": ("start = 2025-04-01", 'start = "April 2025"', "start"),
    "an unknown word": (
        "completion = 0.95",
        'completion = 0.95\njudged = "week"',
        "standards.0.judged",
    ),
    "no title": ('title = "A toy"', "", ""),
    "a tier without cases": ("lo = { cases = 60 }", "lo = {}", "cohorts.a.tiers.lo"),
    "a standard without a name": ('name = "Visits"', "", "standards.0"),
    "an event without a month": (
        "[teams.t]",
        '[[events]]\ncohort = "a"\narrivals = 3\n[teams.t]',
        "events.0",
    ),
    "something removed from nothing": ("months = 12", "months = 12\nremove = []", ""),
}


@pytest.mark.parametrize(("old", "new", "where"), BAD.values(), ids=BAD)
def test_a_slip_is_found_where_it_is(old: str, new: str, where: str) -> None:
    text = TOY.replace(old, new, 1)
    assert text != TOY
    assert where in faults(text)
    with pytest.raises(scenario.ScenarioError):
        scenario.read("toy.toml", files={"toy.toml": text})


DIFFS = {
    "a title alone": "",
    "a standard of the same name": '[[standards]]\nname = "Caseload limit"\ncases_per_officer = 40',
    "part of a tier": '[cohorts.rso.tiers.low]\nlabel = "Low"',
}


@pytest.mark.parametrize("more", DIFFS.values(), ids=DIFFS)
def test_a_diff_may_hold_any_part(more: str) -> None:
    head = 'extends = "norfolk-2024.toml"\ntitle = "A question"\nremove = ["standards.Visits"]\n'
    assert faults(head + more) == []


def test_a_diff_gives_whole_items_of_lists_that_it_adds_to() -> None:
    head = 'extends = "norfolk-2024.toml"\ntitle = "A question"\n'
    assert faults(f'{head}[[inflows]]\nname = "More"\n') == ["inflows.0", "inflows.0"]
