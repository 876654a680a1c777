"""Our figures: what a force types or brings becomes what the command line makes of it."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from capacity.app import ours_edit, ours_history, ours_messages
from capacity.app.toml_text import WhatIf
from capacity.charts import fits
from capacity.cli import app
from capacity.errors import Problem
from capacity.files.monthly import History, read_history
from capacity.history.fit import Calibration, calibrate
from capacity.reading.levers import levers
from capacity.reading.scenario import read, shipped, value_at
from capacity.results.fits import values_of
from capacity.workbook.filling import cells_of, made
from tests.app import pages
from tests.app.pages import our_figures, run, said, sound
from tests.test_known import APRIL, EVERY_SECOND

HISTORY = "month,cohort,duty,completion,outstanding\n"
NUMBERS = {"very_high": 12, "high": 110, "medium": 180, "low": 140, "reactive": 190}


def opened(way: str, **address: Any) -> AppTest:
    at = pages.opened(our_figures, **address)
    at.segmented_control(key="way in").set_value(way)
    return run(at)


def uploads(at: AppTest) -> dict[str, str]:
    found: dict[str, str] = at.session_state["uploads"]
    return found


def bring(at: AppTest, kind: str, name: str, content: bytes) -> AppTest:
    at.file_uploader(f"{kind} file 0").set_value((name, content, "application/octet-stream"))
    return at


def table(at: AppTest, column: str) -> pd.DataFrame:
    """The first table with a column of this name."""
    found: pd.DataFrame = next(one.value for one in at.dataframe if column in one.value.columns)
    return found


# --- A first scenario ----------------------------------------------------------------------


def filled(at: AppTest, **other: float | None) -> AppTest:
    numbers: dict[str, float | None] = {**NUMBERS, "officers": 10, "overdue": 24, "share": 85}
    for name, value in {**numbers, **other}.items():
        at.number_input(f"first {name}").set_value(value)
    return at


def make(at: AppTest) -> AppTest:
    return sound(at.button("FormSubmitter:first-Make a first scenario").click().run())


@pytest.mark.slow
def test_a_first_scenario_is_that_of_the_command_to_the_byte(tmp_path: Path) -> None:
    at = filled(opened("First scenario"), year_ago=612.5, supervisors=1)
    at.selectbox("first month").set_value(_next_month())
    make(at)
    place = tmp_path / "our-unit.toml"
    typed = ["start", "-o", str(place), "--name", "Our unit", "--no-plan"]
    typed += ["--first-month", f"{_next_month():%Y-%m}", "--year-ago", "612.5"]
    typed += ["--officers", "10", "--overdue", "24", "--completion", "85%", "--supervisors", "1"]
    typed += ["--measure", "completion"]
    for tier, cases in NUMBERS.items():
        typed += [f"--{tier.replace('_', '-')}", str(cases)]
    assert CliRunner().invoke(app, typed).exit_code == 0
    assert uploads(at)["our-unit.toml"] == place.read_text(encoding="utf-8")
    assert at.session_state["scenario"] == "our-unit.toml"
    assert "is now the scenario in view" in said(at)
    told = table(at, "Posts that depend on it")
    assert list(told["Posts that depend on it"]) == sorted(told["Posts that depend on it"])[::-1]


def _next_month() -> date:
    now = date.today()
    return date(now.year + now.month // 12, now.month % 12 + 1, 1)


def test_everything_missing_is_said_at_once_and_nothing_is_taken() -> None:
    at = make(filled(opened("First scenario"), high=None, overdue=None))
    assert "Cases at high risk: must be given" in said(at)
    assert "Home visits overdue today: must be given" in said(at)
    assert not uploads(at)


@pytest.mark.slow
def test_what_cannot_be_so_is_said_in_words() -> None:
    at = make(filled(opened("First scenario"), overdue=500, officers=0))
    assert "overdue: must be at least 0 and at most the cases that are visited (442)" in said(at)
    assert "officers: must be above 0" in said(at)
    assert not uploads(at)


def test_slips_of_the_form_are_asked_about_and_taken_only_when_confirmed() -> None:
    # 81% typed as a share, and 14,380 for 1,438.
    at = filled(opened("First scenario"), high=14380)
    at.number_input("first share").set_value(0.81)
    make(at)
    assert "completion: would be 0.81%. Did you mean 81%?" in said(at)
    assert "cases high: 14,380 would be 1,490 cases for each of 10 officers" in said(at)
    assert "--confirmed" not in said(at)
    assert not uploads(at)
    at.checkbox("first confirmed").check()
    make(at)
    assert list(uploads(at)) == ["our-unit.toml"]


@pytest.mark.slow
def test_a_second_first_scenario_does_not_replace_the_first() -> None:
    at = make(filled(opened("First scenario")))
    make(filled(at, officers=12))
    assert list(uploads(at)) == ["our-unit.toml", "our-unit-2.toml"]


# --- The workbook --------------------------------------------------------------------------


def workbook(change: Callable[[Any], None] | None = None) -> bytes:
    content = made(cells_of(read("norfolk-2021"), read_history("norfolk-2021-history")), None)
    if change is None:
        return content
    book = load_workbook(io.BytesIO(content))
    change(book)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def imported(tmp_path: Path, content: bytes) -> tuple[int, str]:
    (tmp_path / "ours.xlsx").write_bytes(content)
    typed = ["import", str(tmp_path / "ours.xlsx"), "-o", str(tmp_path / "ours.toml")]
    outcome = CliRunner().invoke(app, typed)
    return outcome.exit_code, outcome.output


@pytest.mark.slow
def test_a_filled_workbook_is_read_as_by_the_command(tmp_path: Path) -> None:
    content = workbook()
    at = bring(opened("Workbook"), "workbook", "ours.xlsx", content)
    sound(at.run())
    assert imported(tmp_path, content)[0] == 0
    text = (tmp_path / "ours.toml").read_text(encoding="utf-8")
    assert uploads(at) == {"ours.toml": text}
    assert at.session_state["scenario"] == "ours.toml"
    assert "ours.xlsx was read" in said(at)
    assert at.session_state["history"].name == "ours-history.csv"
    assert not at.file_uploader("workbook file 1").value  # the file itself was not kept


@pytest.mark.slow
def test_every_wrong_cell_is_named_and_nothing_is_taken(tmp_path: Path) -> None:
    def spoil(book: Any) -> None:
        tiers = book["Tiers"]
        for row in tiers.iter_rows(min_row=7):
            if row[1].value == "high":
                row[3].value = "many"
        for row in book["Grades"].iter_rows(min_row=7):
            if row[1].value == "constable":
                row[3].value = -4

    content = workbook(spoil)
    at = sound(bring(opened("Workbook"), "workbook", "bad.xlsx", content).run())
    told = table(at, "must")
    code, output = imported(tmp_path, content)
    assert code == 2
    assert len(told) == 2
    for _, row in told.iterrows():
        assert f"{row['sheet']}!{row['cell']}: " in output
        assert row["must"] in output
        assert row["found"] in output
    assert not uploads(at)
    assert at.session_state["scenario"] == "norfolk-2024"
    assert "bad.xlsx has 2 problems. Nothing was imported." in said(at)


def test_what_is_no_workbook_is_said() -> None:
    at = sound(bring(opened("Workbook"), "workbook", "x.xlsx", b"PK\x03\x04no").run())
    assert table(at, "must")["must"].tolist() == ["must be a sound XLSX workbook"]


def test_places_in_words_and_cells() -> None:
    found = ours_messages.table_of(
        [
            Problem("Duties!D7", None, "Hours", "must be a number", "x", "2"),
            Problem("h.csv", 4, "done", "must be at most due", "9"),
            Problem("h.xlsx: Sheet1!B3", None, "due", "must be at least 0", "-1"),
            Problem("h.xlsx", None, "", "must not be empty"),
            Problem("Cohorts", None, "", "must be a sheet of the workbook"),
        ]
    )
    places = found[["sheet", "cell"]].to_numpy().tolist()
    assert places == [["Duties", "D7"], ["", "row 4"], ["Sheet1", "B3"], ["", ""], ["Cohorts", ""]]


# --- The register --------------------------------------------------------------------------

ROWS = [
    ("very high", "2024-08-01", "2024-09-20"),
    ("high", "2024-06-03", "2024-10-03"),
    ("high", "2024-03-01", "2024-07-01"),
    ("low", "2024-01-10", "2025-01-10"),
]


def register(*more: str) -> bytes:
    lines = ["Tier,Last visit,Next visit due" + "".join(f",{one}" for one in more)]
    lines += [",".join([*row, *("Somebody Else" for _ in more)]) for row in ROWS]
    return "\n".join(lines).encode()


def count(at: AppTest, content: bytes, below: int = 0) -> AppTest:
    at.date_input("register as at").set_value(date(2024, 9, 30))
    at.number_input("register below").set_value(below)
    bring(at, "register", "register.csv", content)
    return sound(at.button("FormSubmitter:register-Count it").click().run())


@pytest.mark.parametrize("below", [0, 5])
def test_a_register_becomes_the_counts_that_the_command_makes(tmp_path: Path, below: int) -> None:
    at = count(opened("Register", scenario="norfolk-2021"), register(), below)
    (tmp_path / "register.csv").write_bytes(register())
    place = tmp_path / "norfolk-2021-2024-09-30.toml"
    typed = ["import", str(tmp_path / "register.csv"), "--into", "norfolk-2021", "-o", str(place)]
    typed += ["--as-at", "2024-09-30", "--suppress-below", str(below)]
    assert CliRunner().invoke(app, typed).exit_code == 0
    assert uploads(at) == {place.name: place.read_text(encoding="utf-8")}
    cases = dict(table(at, "Cases")[["Tier", "Cases"]].to_numpy().tolist())
    assert cases["high"] == ("2" if not below else "fewer than 5")
    assert "4 cases, as at 30 September 2024" in said(at)


def test_a_register_with_names_is_refused_and_none_of_them_is_kept_or_shown(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    at = count(opened("Register", scenario="norfolk-2021"), register("Surname"))
    assert "looks like a name" in table(at, "must")["must"].iloc[0]
    assert not uploads(at)
    assert not at.file_uploader("register file 1").value
    everything = said(at) + "".join(str(one.value) for one in at.dataframe)
    kept = repr(at.session_state)
    assert "register outcome" in kept
    everything += kept
    printed = capfd.readouterr()
    for text in (everything, caplog.text, printed.out, printed.err):
        assert "Somebody" not in text


@pytest.mark.slow
def test_a_register_needs_its_file() -> None:
    at = opened("Register")
    sound(at.button("FormSubmitter:register-Count it").click().run())
    assert "Choose the file of the register first" in said(at)


# --- Quick corrections ---------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped())
def test_every_tier_and_grade_can_be_corrected(name: str) -> None:
    scenario = read(name)
    known = {one.name for one in levers(scenario)}
    assert set(ours_edit.case_names(scenario).values()) <= known
    assert set(ours_edit.people_names(scenario).values()) <= known


def edited(at: AppTest, kind: str, rows: dict[int, dict[str, Any]]) -> AppTest:
    key = next(str(one.key) for one in at.data_editor if str(one.key).startswith(kind))
    at.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    return sound(at.button("FormSubmitter:corrections-Apply").click().run())


@pytest.mark.slow
def test_what_is_typed_comes_back_as_typed() -> None:
    at = edited(opened("Quick corrections"), "cases", {1: {"cases": 230.25}})
    changed = at.session_state["what_if"].values
    assert changed == {"cohorts.rso.tiers.high.cases": 230.25}
    shown = next(one.value for one in at.data_editor if str(one.key).startswith("cases"))
    assert shown["cases"].tolist()[1] == 230.25
    assert dict(at.query_params)["cohorts.rso.tiers.high.cases"] == "230.25"
    edited(at, "cases", {1: {"cases": 226}})
    assert not at.session_state["what_if"]


@pytest.mark.slow
def test_several_corrections_are_taken_at_once() -> None:
    at = opened("Quick corrections")
    at = edited(at, "people", {0: {"posts": 24, "in_post": 21.5}})
    names = "teams.ppu.grades.constable"
    assert at.session_state["what_if"].values == {f"{names}.posts": 24, f"{names}.in_post": 21.5}


def test_invalid_corrections_are_told_in_words_and_none_is_taken() -> None:
    at = edited(opened("Quick corrections"), "cases", {0: {"cases": -5}, 1: {"cases": 230}})
    assert "Very high: must be at least 0, got -5" in said(at)
    assert not at.session_state["what_if"]
    edited(at, "cases", {1: {"cases": None}})
    assert "must be given" in said(at)
    assert not at.session_state["what_if"]


def test_nothing_typed_is_said() -> None:
    at = opened("Quick corrections")
    sound(at.button("FormSubmitter:corrections-Apply").click().run())
    assert "Nothing was typed over" in said(at)


# --- History -------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_fit_is_that_of_the_command_and_is_taken_as_a_what_if() -> None:
    at = opened("History", scenario="norfolk-2021")
    lines = ["2021-01,rso,visit,0.91,", "2021-12,rso,visit,0.73,62"]
    content = (HISTORY + "\n".join(lines)).encode()
    bring(at, "history", "ours.csv", content)
    sound(at.run())
    assert "ours.csv: 2 months, January 2021 to December 2021" in said(at)
    chosen = at.multiselect[0].value
    assert chosen == ["cohorts.rso.hours_per_case_month"]
    sound(at.button("FormSubmitter:fit-Fit").click().run())
    found = calibrate(read("norfolk-2021"), at.session_state["history"], chosen)
    told = said(at)
    for doubt in found.doubts:
        assert doubt in told.replace("\\", "")
    sound(at.button("take fit").click().run())
    assert at.session_state["what_if"].values == values_of(found)
    assert "The fitted values are changes of the what-if now" in said(at)
    assert not [one for one in at.dataframe if "Fitted" in one.value.columns]


def test_what_is_wrong_with_a_history_is_said_by_row() -> None:
    content = (HISTORY + "2021-13,rso,visit,0.9,\n2021-02,rso,visit,1.9,").encode()
    at = sound(bring(opened("History"), "history", "bad.csv", content).run())
    assert table(at, "must")["cell"].tolist() == ["row 2", "row 3"]
    assert not at.multiselect


def test_a_history_of_something_else_is_said() -> None:
    content = (HISTORY + "2024-11,nobody,visit,0.9,").encode()
    at = sound(bring(opened("History"), "history", "other.csv", content).run())
    sound(at.button("FormSubmitter:fit-Fit").click().run())
    assert "It does not go with this scenario" in said(at)


@pytest.mark.slow
def test_the_example_is_offered() -> None:
    at = opened("History")
    sound(at.button("history example").click().run())
    assert at.session_state["scenario"] == "synthetic-scenario.toml"
    assert len(at.multiselect[0].value) == 2
    assert "66 months" in said(at)


@pytest.mark.parametrize("name", shipped())
def test_what_is_suggested_can_be_fitted(name: str) -> None:
    scenario = read(name)
    cohort = next(iter(scenario.settings.cohorts), None)
    duty = next(iter(scenario.settings.cohorts[cohort].duties), None) if cohort else None
    history = History("h.csv", _figures(cohort, duty))
    can = {one.name for one in ours_history.fittable(levers(scenario))}
    found = ours_history.suggested(scenario, history)
    assert set(found) <= can
    assert duty is None or found


def _figures(cohort: str | None, duty: str | None) -> Any:
    from capacity.files.monthly import Figure

    return (
        Figure("2025-01", cohort, duty, None, "outstanding", 4.0, False, 2),
        Figure("2025-01", cohort, None, None, "cases", 300.0, False, 2),
    )


# --- History against model, as a chart -----------------------------------------------------


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    scenario = read("norfolk-2021")
    lines = []
    for month, late in (("01", 17), ("04", 25), ("07", 40), ("10", 50)):
        lines.append(f"2021-{month},rso,visit,high,{late / 2}")
        lines.append(f"2021-{month},rso,visit,low,{late / 2}")
    from capacity.files.monthly import history_of
    from capacity.files.table_files import table_of

    text = "month,cohort,duty,tier,outstanding\n" + "\n".join(lines)
    history = history_of(table_of("h.csv", text.encode()))
    return calibrate(scenario, history, ["cohorts.rso.hours_per_case_month"], 1)


def test_all_tiers_together_are_the_sum_of_tiers(fitted: Calibration) -> None:
    total = ("rso", "visit", None, "outstanding")
    assert fits.series_of(fitted)[0] == total
    picture = fits.history(fitted, total)
    assert picture.table["history"].tolist() == [17, 25, 40, 50]
    parts = [one.projected for one in fitted.compared if one.figure.month == "2021-10"]
    assert picture.table["model"].iloc[-1] == pytest.approx(sum(parts))
    assert picture.table["use"].tolist() == ["fitted", "fitted", "fitted", "held out"]


def test_the_title_says_how_far_off_the_model_was_and_the_best_naive_forecast(
    fitted: Calibration,
) -> None:
    """Held out: 50 in October. Through 17, 25 and 40 in January, April and July, mean 27.33 in
    April, goes a line of (3 × 10.33 + 3 × 12.67) ÷ 18 = 3.83 a month: 50.33 in October."""
    picture = fits.history(fitted, ("rso", "visit", None, "outstanding"))
    off = abs(picture.table["model"].iloc[-1] - 50)
    assert picture.title.startswith("Outstanding: ")
    assert f"over the 1 month kept back the model is off by {off:.1f}" in picture.title.lower()
    assert "straight line by 0.3" in picture.title


def test_a_series_of_one_tier_stands_for_itself(fitted: Calibration) -> None:
    picture = fits.history(fitted, ("rso", "visit", "high", "outstanding"))
    assert picture.table["history"].tolist() == [8.5, 12.5, 20, 25]
    assert picture.chart.to_dict()


def test_values_can_be_found_in_the_scenario(fitted: Calibration) -> None:
    for name in values_of(fitted):
        assert value_at(fitted.scenario.tree, name) is not None


# --- A history with a scenario -------------------------------------------------------------


def test_a_scenario_is_opened_with_the_history_that_it_names() -> None:
    """April is known, so that it is planned from May; 5 of April's 6 visits are still overdue."""
    at = pages.opened(pages.where_we_are, scenario="norfolk-2021")
    (file,) = [one for one in at.file_uploader if one.label.startswith("Scenario files")]
    text = f'history = "ours.csv"\n{EVERY_SECOND}'.encode()
    file.set_value([("unit.toml", text, "text/plain"), ("ours.csv", APRIL.encode(), "text/csv")])
    sound(at.run())
    assert at.session_state["scenario"] == "unit.toml"
    assert "ours.csv" not in at.selectbox("pick scenario").options
    tiles = {one.label: one.value for one in at.metric}
    assert tiles["Completion, May 2025"] == "9%"  # 1 of 11, as by hand in test_known
    (file,) = [one for one in at.file_uploader if one.label.startswith("Scenario files")]
    file.set_value([("alone.csv", APRIL.encode(), "text/csv")])
    assert "choose it together with the scenario file that names it" in said(sound(at.run()))


def test_a_scenario_in_view_is_planned_from_figures_that_were_brought() -> None:
    """The what-if goes with it; figures of something else are refused, and nothing is changed."""
    changes = WhatIf({"teams.t.grades.g.sickness": 0.1})
    at = pages.with_scenario(our_figures, EVERY_SECOND, changes)
    at.segmented_control(key="way in").set_value("History")
    run(at)
    sound(bring(at, "history", "ours.csv", APRIL.replace(",c,", ",x,").encode()).run())
    sound(at.button("plan from history").click().run())
    assert at.session_state["scenario"] == "toy.toml"
    assert at.error
    at.file_uploader("history file 1").set_value(("ours.csv", APRIL.encode(), "text/csv"))
    sound(at.run())
    sound(at.button("plan from history").click().run())
    assert at.session_state["scenario"] == "toy-from-history.toml"
    assert at.session_state["what_if"] == changes
    assert at.session_state["uploads"]["toy-from-history.csv"] == APRIL
    assert "planned from the last month of its own history" in said(at)
