"""Numbers that are likely a slip are asked about, and never worked with in silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capacity.catalogue import entries, range_at
from capacity.cli import app
from capacity.errors import InputError, ScenarioError
from capacity.files.figures import Marks, Unclear, share
from capacity.reading.plausible import USUAL, doubt, per_cent
from capacity.reading.scenario import read, shipped
from capacity.start.first import Known, first
from tests.toys import toy

GROWTH = "cohorts.a.growth_per_year"
GRADE = "teams.t.grades.pc"


def asked(old: str, new: str, *more: str) -> list[str]:
    """What is asked about a toy in which one thing is typed otherwise."""
    text = toy(*more).replace(old, new)
    with pytest.raises(ScenarioError) as told:
        read("t.toml", files={"t.toml": text})
    return str(told.value).splitlines()


def test_a_per_cent_typed_for_a_share_is_asked_about_with_its_line() -> None:
    assert asked("growth_per_year = 0.0", "growth_per_year = 4.5") == [
        "t.toml:6: cohorts.a.growth_per_year: 4.5 would be 450%. Did you mean 4.5%?; "
        "use 0.045, or { value = 4.5, confirmed = true } if it is right"
    ]


def test_what_no_unit_has_is_asked_about() -> None:
    days = asked("cost_per_year = 50000", "cost_per_year = 50000\nleave_days = 400")
    assert days == [
        "t.toml:19: teams.t.grades.pc.leave_days: 400 would be 400 days per year; usual is "
        "0 to 60. Is that right?; use { value = 400, confirmed = true } if it is right"
    ]
    (posts,) = asked("in_post = 3", "in_post = 3\nposts = 100000")
    assert "100000 would be 100,000 posts; usual is 0 to 2,000. Is that right?" in posts
    (cost,) = asked("cost_per_year = 50000", "cost_per_year = 50")
    assert "50 would be £50 per year; usual is £1,000 to £300,000. Is that right?" in cost


def test_what_is_confirmed_is_taken_as_it_stands() -> None:
    text = toy().replace(
        "growth_per_year = 0.0", "growth_per_year = { value = 4.5, confirmed = true }"
    )
    found = read("t.toml", files={"t.toml": text}).settings.cohorts["a"].growth_per_year
    assert found is not None
    assert (found.value, found.confirmed) == (4.5, True)


def test_the_ends_of_a_range_are_asked_about_too() -> None:
    told = asked(
        "growth_per_year = 0.0", "growth_per_year = { value = 0.03, low = 0.01, high = 5 }"
    )
    assert told == [
        "t.toml:6: cohorts.a.growth_per_year.high: 5 would be 500%. Did you mean 5%?; "
        "use { value = 0.03, low = 0.01, high = 5, confirmed = true } if it is right"
    ]


def test_dated_changes_are_asked_about_by_their_line() -> None:
    change = f'[[changes]]\nfrom = 2025-06-01\nset = {{ "{GROWTH}" = 3 }}\n'
    (told,) = asked("", "", change)
    assert told.startswith("t.toml:22: changes.1.set.cohorts.a.growth_per_year: 3 would be 300%.")
    right = change.replace("= 3 }", "= { value = 3, confirmed = true } }")
    assert read("t.toml", files={"t.toml": toy(right)}).dated


def test_what_is_not_valid_is_told_with_what_was_meant() -> None:
    told = asked("cost_per_year = 50000", "cost_per_year = 50000\nsickness = 4.5")
    assert told == [
        "t.toml:19: teams.t.grades.pc.sickness: must be at least 0 and at most 1, got 4.5; "
        "use 0.045 for 4.5%"
    ]


def test_cases_of_ten_units_are_asked_about_by_the_officers_there_are() -> None:
    # 14,380 + 60 cases for 18.6 officers are 776 each; 1,438 + 60 would be 81.
    (told,) = asked("hi = { cases = 60", "hi = { cases = 14380", f"[{GRADE}x]".replace("[", "#["))[
        :1
    ]
    assert "14,380 would be 4,813 cases for each of 3 officers." in told
    text = toy(posts=18.6).replace("hi = { cases = 60", "hi = { cases = 14380")
    with pytest.raises(ScenarioError) as problem:
        read("t.toml", files={"t.toml": text})
    assert "14,380 would be 776 cases for each of 18.6 officers. Did you mean 1,438?" in str(
        problem.value
    )
    confirmed = text.replace("cases = 14380", "cases = { value = 14380, confirmed = true }")
    assert read("t.toml", files={"t.toml": confirmed})


def test_what_the_program_tries_by_itself_is_not_asked_about() -> None:
    base = read("t.toml", files={"t.toml": toy()})
    assert base.replace({GROWTH: 4.5}).settings.cohorts["a"].growth_per_year is not None


@pytest.mark.parametrize("name", shipped())
def test_nothing_shipped_is_asked_about(name: str) -> None:
    assert read(name)


def test_a_usual_range_is_of_a_setting_and_within_what_is_valid() -> None:
    patterns = {entry.name for entry in entries()}
    assert set(USUAL) <= patterns
    for name, usual in USUAL.items():
        limits = range_at(name.split("."))
        assert limits is not None, name
        assert limits.holds(usual.high) or usual.high == limits.lt, name
        assert usual.low <= usual.high, name


@pytest.mark.parametrize(
    ("path", "value", "words", "meant"),
    [
        (GROWTH, 3, "300%", 0.03),
        (GROWTH, -5, "-500%", -0.05),
        (GROWTH, 0.0003, "0.03%", 0.03),
        ("standards.Visits.completion", 0.0081, "0.81%", 0.81),
        (f"{GRADE}.sickness", 0.00045, "0.045%", 0.045),
        ("finance.discount_rate", 0.35, "35%", 0.0035),
        (f"{GRADE}.weekly_hours", 160, "160 hours per week", None),
        (f"{GRADE}.bank_holidays", 80, "80 days per year", None),
        ("cohorts.a.duties.visit.hours", 400, "400 hours", None),
    ],
)
def test_what_is_asked_about(path: str, value: float, words: str, meant: float | None) -> None:
    found = doubt(path.split("."), value)
    assert found is not None
    assert (found.words, found.meant) == (words, meant)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (GROWTH, 0), (GROWTH, -0.3), (GROWTH, 0.8), (f"{GRADE}.sickness", 0.35),
        (f"{GRADE}.leave_days", 0), (f"{GRADE}.leave_days", 45), (f"{GRADE}.in_post", 900),
        ("cohorts.a.exits_per_year", 4), ("people.Leave.fte", -2), ("months", 600),
        (f"{GRADE}.leave_days", 10**400),
    ],
)  # fmt: skip
def test_what_is_not_asked_about(path: str, value: float) -> None:
    assert doubt(path.split("."), value) is None


# --- One rule for per cent -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("4.5", 0.045), ("4.5 %", 0.045), ("0.045", 0.045), ("85%", 0.85), ("0.85", 0.85),
     ("85", 0.85), ("0.81%", 0.0081), ("104 %", 1.04), ("100", 1), ("104", 1.04), ("", None),
     (".9", 0.9)],
)  # fmt: skip
def test_a_per_cent_is_read_by_one_rule_and_never_divided_twice(
    text: str, value: float | None
) -> None:
    assert share(text, Marks(".")) == pytest.approx(value)


def test_one_may_be_one_per_cent_or_all() -> None:
    with pytest.raises(Unclear, match="must be written with its sign: 1 may be 1% or 100%"):
        share("1", Marks("."))
    assert share("1%", Marks(".")) == 0.01
    assert [per_cent(one) for one in (4.5, 0.045, 1, 0.0081)] == ["450%", "4.5%", "100%", "0.81%"]


# --- A first scenario ----------------------------------------------------------------------

START = ["start", "--no-plan", "--first-month", "2024-10", "--very-high", "12", "--high", "200"]
START += ["--medium", "350", "--low", "300", "--reactive", "150", "--officers", "18.6"]
START += ["--posts", "20", "--supervisors", "3", "--overdue", "40", "--measure", "completion"]
START += ["--year-ago", "990"]


def started(folder: Path, *more: str) -> Any:
    place = folder / "out.toml"
    found = CliRunner().invoke(app, [*START, "-o", str(place), *more])
    assert place.exists() == (found.exit_code == 0)
    return found


@pytest.mark.parametrize("text", ["104 %", "104", "1040%"])
def test_more_than_all_visits_cannot_be_done(text: str, tmp_path: Path) -> None:
    run = started(tmp_path, "--completion", text)
    assert run.exit_code == 2
    assert (
        "--completion: must be at most 100%: no more visits can be done than are due" in run.output
    )


def test_slips_of_a_first_scenario_are_asked_about_all_at_once(tmp_path: Path) -> None:
    # 14,380 for 200 high cases: 15,192 in all, for 18.6 officers 817 each; 1,438 would be 121.
    slips = ["--high", "14380", "--posts", "100000", "--completion", "0.81%"]
    run = started(tmp_path, *slips, "--year-ago", "15000")
    assert run.exit_code == 2
    assert run.output.splitlines() == [
        "capacity start: posts: 100000 would be 100,000 posts; usual is 0 to 2,000. Is that "
        "right?; use the right number, or confirm it (--confirmed)",
        "capacity start: completion: would be 0.81%. Did you mean 81%?; use the right number, or "
        "confirm it (--confirmed)",
        "capacity start: cases high: 14,380 would be 817 cases for each of 18.6 officers. Did you "
        "mean 1,438?; use the right number, or confirm it (--confirmed)",
    ]
    assert started(tmp_path, *slips, "--year-ago", "15000", "--confirmed").exit_code == 0
    assert read(tmp_path / "out.toml").settings.teams["ppu"].grades["constable"].posts is not None


def test_growth_from_a_mistyped_count_is_asked_about(tmp_path: Path) -> None:
    run = started(tmp_path, "--completion", "85%", "--year-ago", "99")
    must = "1,012 cases now and 99 a year ago would be growth of 922% in a year. Is that right?"
    assert must in run.output.replace("\n", " ")
    assert started(tmp_path, "--completion", "85%", "--year-ago", "1011.9").exit_code == 0


def test_a_slip_is_the_same_question_to_whoever_calls_the_library() -> None:
    cases = {"very_high": 12.0, "high": 14380.0, "medium": 350.0, "low": 300.0, "reactive": 0.0}
    known = Known("A", date(2024, 10, 1), cases, 18.6, 40.0, 0.85, "completion")
    with pytest.raises(
        InputError, match=r"cases high: 14,380 would be 809 cases for each of 18\.6"
    ):
        first(known)
