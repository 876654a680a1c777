"""A first scenario: what is given, what is assumed, one fitted figure, what to find out next."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.errors import InputError
from capacity.files.figures import Unclear
from capacity.history.reported import MEASURES, Measure
from capacity.reading import assumptions
from capacity.reading.scenario import read
from capacity.results import summary
from capacity.start import asking
from capacity.start.first import First, Known, first, to_find_out

CASES = {"very_high": 12.0, "high": 110.0, "medium": 180.0, "low": 140.0, "reactive": 190.0}
GIVEN = ["--first-month", "2025-04", "--very-high", "12", "--high", "110", "--medium", "180"]
GIVEN += ["--low", "140", "--reactive", "190", "--officers", "10", "--overdue", "24"]


def known(share: float = 0.85, measure: Measure = "completion", **more: Any) -> Known:
    given = {"officers": 10.0, "overdue": 24.0, "cases": CASES, **more}
    return Known("A unit", date(2025, 4, 1), share=share, measure=measure, **given)


def first_month(found: First) -> dict[str, float]:
    run = stages.run(found.scenario, fixed=True)
    shown = run.today.projection
    rows = [n for n, key in enumerate(run.model.rows) if key.duty == "visit" and key.tier in CASES]
    rows = [n for n in rows if run.model.duties.interval[0, n] > 0]
    due, done = shown.due[0, 0, rows].sum(), shown.done[0, 0, rows].sum()
    cases, newly = shown.cases[0, 0, rows].sum(), shown.newly_due[0, 0, rows].sum()
    return {
        "completion": done / due,
        "in date": 1 - shown.outstanding[0, 0, rows].sum() / cases,
        "on time": shown.on_time()[0, 0, rows].sum() / newly,
    }


@pytest.mark.parametrize(
    ("share", "measure"), [(0.85, "completion"), (0.95, "in date"), (0.80, "on time")]
)
def test_the_first_month_is_as_reported(share: float, measure: Measure) -> None:
    assert first_month(first(known(share, measure)))[measure] == pytest.approx(share, abs=0.005)


def test_nothing_is_norfolk_s_and_everything_else_is_marked_assumed() -> None:
    found = first(known())
    assert [file.name for file in found.scenario.files if "norfolk" in file.name] == []
    assert "norfolk" not in found.text.lower()
    kinds = {row.setting: row.kind for row in assumptions.register(found.scenario)}
    assert set(kinds.values()) == {"assumed", "local", "fitted", "policy"}
    assumed = [row for row in assumptions.register(found.scenario) if row.kind == "assumed"]
    assert [row.setting for row in assumed if row.low is None or row.high is None] == []
    assert [row.setting for row in assumed if row.low == row.high] == []
    chosen = {name for name, kind in kinds.items() if kind == "policy"}
    assert chosen == {
        "months",
        "standards.Home visits.completion",
        "standards.ARMS assessments.in_date",
    }
    own = {name for name, kind in kinds.items() if kind == "local"}
    assert {f"cohorts.rso.tiers.{tier}.cases" for tier in CASES} <= own
    assert kinds["cohorts.rso.hours_per_case_month"] == "fitted"


def test_what_is_assumed_is_counted_as_estimated() -> None:
    """Nobody gave the 35 and more settings that a first scenario needs beside a dozen numbers."""
    found = stages.run(first(known()).scenario, fixed=True)
    said = next(one for one in summary.figures(found) if one.name == "judgement")
    kinds = [row.kind for row in assumptions.register(found.scenario)]
    assert said.value == kinds.count("assumed") > 25
    assert f"({kinds.count('assumed')} assumed)" in said.words


def test_overdue_stand_in_the_tiers_served_last() -> None:
    table = first(known(overdue=150.0, share=0.5)).scenario.settings.cohorts["rso"]
    assert {t: q.value for t, q in table.duties["visit"].overdue.items()} == {
        "low": 140,
        "medium": 10,
    }


def test_what_matters_most_comes_first() -> None:
    scenario = first(known()).scenario
    found = to_find_out(scenario)
    posts = [one.posts for one in found]
    assert posts == sorted(posts, reverse=True)
    assert found[0].setting == "cohorts.rso.duties.visit.hours"

    # By hand: 2 to 6 hours, one officer's hours by EQ8; visits of a register that grows by 3%
    # a year for 60 months, all new cases in the tiers that are visited.
    one = (2080 - (27 + 8 + 6) * 8) * 0.955 * 0.9 / 12
    month = 12 + 110 / 3 + 180 / 6 + 140 / 12
    assert 4 * month * 1.03 / one < found[0].posts < 4 * month * 1.03**5 * 632 / 442 / one


def test_full_completion_says_nothing_about_other_work() -> None:
    found = first(known(1.0, overdue=0.0))
    quantity = found.scenario.settings.cohorts["rso"].hours_per_case_month["*"]
    assert quantity.source == "assumed"
    assert any("nothing shows how much time other work takes" in one for one in found.cautions)


def test_too_few_officers_are_told() -> None:
    found = first(known(0.95, officers=3.0))
    assert any("Even with no other work at all" in one for one in found.cautions)


def test_a_share_of_another_definition_is_asked_about() -> None:
    assert any("looks more like in date" in one for one in first(known(0.95)).cautions)
    assert not any("looks more like" in one for one in first(known(0.79)).cautions)


@pytest.mark.parametrize(
    ("more", "must"),
    [
        ({"overdue": 500.0}, "overdue: must be at least 0 and at most the cases that are visited"),
        ({"officers": 0.0}, "officers: must be above 0 and at most 100,000, got 0"),
        ({"officers": 2e5}, "officers: must be above 0 and at most 100,000, got 200000"),
        (
            {"cases": {**CASES, "high": -1.0}},
            "cases high: must be at least 0 and at most 1,000,000, got -1",
        ),
        (
            {"cases": {**CASES, "low": 2_500_000.0}},
            "cases low: must be at least 0 and at most 1,000,000, got 2500000",
        ),
        ({"cases": dict.fromkeys(CASES, 0.0), "overdue": 0.0}, "cases: must be above 0"),
        ({"share": 1.5}, "completion: must be a share"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, Any], must: str) -> None:
    with pytest.raises(InputError, match=must):
        first(known(**more))


@pytest.mark.slow
def test_by_command(tmp_path: Path) -> None:
    out = tmp_path / "unit.toml"
    arguments = ["start", "-o", str(out), *GIVEN, "--completion", "85%", "--measure", "1"]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    assert "What to find out next" in run.output
    assert "meet every standard" in " ".join(run.output.split())
    assert read(out).settings.title == "Our unit, first scenario"


def test_what_is_odd_about_a_share_is_warned_of(tmp_path: Path) -> None:
    arguments = ["start", "-o", str(tmp_path / "u.toml"), *GIVEN, "--completion", "95"]
    run = CliRunner().invoke(app, [*arguments, "--measure", "completion", "--no-plan"])
    assert run.exit_code == 0, run.output
    assert "warning: " in run.stderr
    assert "looks more like in date" in run.stderr
    assert "looks more like" not in run.stdout


def test_everything_missing_is_said_at_once(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["start", "-o", str(tmp_path / "x.toml"), "--officers", "ten"])
    assert run.exit_code == 2
    assert "capacity start: --very-high: must be given" in run.output
    assert "capacity start: --officers: must be a number, got ten" in run.output
    assert not (tmp_path / "x.toml").exists()


@pytest.mark.parametrize(
    ("option", "text", "must"),
    [
        ("completion", "", "must be a share such as 85%"),
        ("completion", "250", "must be at most 100%: no more visits can be done than are due"),
        ("overdue", "-1", "must be a number, at least 0"),
        ("overdue", "5%", "must be a number, not a per cent"),
        ("measure", "4", "must be one of: completion, in date, on time"),
        ("first_month", " ", "must be a month such as 2025-04"),
        ("name", " ", "must be given"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(option: str, text: str, must: str) -> None:
    question = next(one for one in asking.QUESTIONS if one.option == option)
    with pytest.raises(Unclear) as told:
        question.read(text)
    assert str(told.value) == must


def test_what_is_not_given_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "Unit|2025-04|12|lots|110|180|140|190||10||0|24|85|2"
    answers = iter(typed.split("|"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    found = asking.ask(dict.fromkeys(question.option for question in asking.QUESTIONS))
    assert found.scenario.settings.cohorts["rso"].tiers["high"].cases.value == 110
    assert "in date" in found.text
    assert list(answers) == []


def test_the_three_definitions_are_those_of_the_method() -> None:
    assert MEASURES == ("completion", "in date", "on time")
