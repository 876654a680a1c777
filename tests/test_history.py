"""Fit to history: Norfolk by the command, recovery of known settings, doubts, files, backtests."""

from __future__ import annotations

import io
import itertools
import zipfile
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from scipy.optimize import brentq
from typer.testing import CliRunner

from capacity import plan
from capacity.cli import app
from capacity.errors import InputError, TableError
from capacity.files.figures import Marks, Unclear, day, form_of, marks, month, number
from capacity.history import backtest as backtests
from capacity.history import proofs, words
from capacity.history.files import History, read_history
from capacity.history.fit import calibrate, naive
from capacity.reading.scenario import Scenario, read, with_values
from tests.shipped import benchmark

REPOSITORY = Path(__file__).resolve().parents[1]
SYNTHETIC = REPOSITORY / "data" / "synthetic-scenario.toml"
OTHER_WORK, ENTRANTS = "cohorts.rso.hours_per_case_month", "cohorts.rso.entrants_per_month"
BACKLOG = "cohorts.rso.duties.visit.overdue.low"


def history(folder: Path, text: str, name: str = "history.csv") -> History:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_history(path)


def projected(scenario: Scenario, folder: Path, months: int | None = None) -> History:
    """A history that is exactly what a scenario projects, all tiers together."""
    run = plan.run(scenario, fixed=True)
    shown, labels = run.today.projection, run.model.calendar.labels[:months]
    lines = ["month,duty,due,done,outstanding"]
    for t, label in enumerate(labels):
        sums = [part[0, t].sum() for part in (shown.due, shown.done, shown.outstanding)]
        lines.append(",".join([label, "visit", *(repr(float(one)) for one in sums)]))
    return history(folder, "\n".join(lines))


# --- Norfolk, by the command ---------------------------------------------------------------


@pytest.mark.slow
def test_norfolk_2021_by_the_command_leaves_62_beside_the_published_59() -> None:
    arguments = ["calibrate", "norfolk-2021", "--history", "norfolk-2021-history"]
    run = CliRunner().invoke(app, [*arguments, "--fit", OTHER_WORK, "--fit", BACKLOG])
    assert run.exit_code == 0, run.output
    text = " ".join(run.output.split())
    assert "projected 62 for December 2021, published 59 (error +3.1)" in text
    assert "as many settings as figures always fit" in text
    assert "10.6 officers" in text
    assert 'extends = "norfolk-2021.toml"' in run.output
    assert 'source = "fitted"' in run.output


def test_the_shipped_history_is_what_is_published() -> None:
    figures = {(f.month, f.measure): f.value for f in read_history("norfolk-2021-history").figures}
    rows = (REPOSITORY / "data" / "visits.csv").read_text(encoding="utf-8")
    assert figures["2021-01", "completion"] == 0.91
    assert figures["2021-12", "completion"] == 0.73
    assert "2021-01,rso,visit,,completion,0.91" in rows
    assert "2021-12,rso,visit,,completion,0.73" in rows
    assert "2022,rso,visit,,outstanding,59" in rows
    assert figures["2021-12", "outstanding"] == 59


@pytest.mark.slow
def test_the_register_forecast_by_hand() -> None:
    # Entrants e a month, exits 6 % a year: N ← N (1 − 0.06/12) + e, 60 months from 948 to 1,163.
    def after(entrants: float, cases: float, months: int) -> float:
        for _ in range(months):
            cases = cases * (1 - 0.06 / 12) + entrants
        return cases

    entrants = brentq(lambda e: after(e, 948, 60) - 1163, 0, 40)
    by_method = {one.method: one for one in proofs.register_growth()}
    model = next(one for name, one in by_method.items() if "6 %" in name)
    assert model.forecast == pytest.approx(after(entrants, 1163, 42), abs=0.05)
    assert by_method["straight line"].forecast == pytest.approx(1163 + 215 / 60 * 42)
    assert by_method["constant growth"].forecast == pytest.approx(1163 * (1163 / 948) ** (42 / 60))
    assert {one.actual for one in by_method.values()} == {1255.0}
    assert abs(model.error) < min(abs(by_method["straight line"].error), 30)


# --- Fits ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_history_without_noise_gives_its_settings_back(tmp_path: Path) -> None:
    truth = with_values(read("norfolk-2021"), {OTHER_WORK: 0.55, BACKLOG: 30})
    figures = projected(truth, tmp_path)
    found = calibrate(read("norfolk-2021"), figures, [OTHER_WORK, BACKLOG])
    by_name = {one.spot.name: one for one in found.settings}
    assert by_name[OTHER_WORK].value == pytest.approx(0.55, abs=1e-3)
    assert by_name[BACKLOG].value == pytest.approx(30, abs=0.5)
    assert [one.use for one in found.compared].count("held out") == 9  # 3 months of 3 measures
    assert all(error.projected < 0.2 for error in found.errors)
    assert found.doubts == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 4, 9])
def test_a_simulated_history_gives_its_settings_back_within_the_ranges(
    seed: int, tmp_path: Path
) -> None:
    made = benchmark("make_synthetic_history")
    figures = history(tmp_path, made.text(made.simulate(made.TRUE, seed)))
    found = calibrate(read(SYNTHETIC), backtests.pooled(figures), [OTHER_WORK, ENTRANTS])
    for one in found.settings:
        assert one.low <= made.TRUE[one.spot.name] <= one.high, (seed, one)
        assert one.within.low <= one.value <= one.within.high


def test_the_shipped_synthetic_history_is_what_its_script_makes() -> None:
    made = benchmark("make_synthetic_history")
    text = (REPOSITORY / "data" / "synthetic-history.csv").read_text(encoding="utf-8")
    assert text == made.text(made.simulate(made.TRUE, seed=41))


def test_a_slack_unit_is_told_that_nothing_can_be_said(tmp_path: Path) -> None:
    slack = with_values(
        read("norfolk-2021"),
        {"teams.ppu.grades.constable.in_post": 60.0, "teams.ppu.grades.constable.posts": 60.0},
    )
    found = calibrate(slack, projected(slack, tmp_path), [OTHER_WORK])
    assert found.settings[0].open
    assert any("next to nothing" in doubt for doubt in found.doubts)
    assert not found.trusted


@pytest.mark.slow
def test_two_settings_that_do_the_same_cannot_be_told_apart(tmp_path: Path) -> None:
    figures = projected(read("norfolk-2021"), tmp_path)
    names = ["cohorts.rso.duties.visit.hours", "cohorts.rso.duties.visit.second_officer_hours"]
    found = calibrate(read("norfolk-2021"), figures, names)
    assert found.alike == (tuple(names),)
    assert any("cannot be told apart" in doubt for doubt in found.doubts)


def test_a_range_that_is_too_narrow_is_said(tmp_path: Path) -> None:
    figures = projected(read("norfolk-2021"), tmp_path)
    found = calibrate(read("norfolk-2021"), figures, [f"{OTHER_WORK}=0.1:0.5"])
    assert found.settings[0].value == pytest.approx(0.5, abs=0.01)
    assert any("edge of its range" in doubt for doubt in found.doubts)


def test_settings_are_looked_for_within_their_ranges(tmp_path: Path) -> None:
    found = calibrate(
        read("norfolk-2021"),
        projected(read("norfolk-2021"), tmp_path),
        ["cohorts.rso.duties.visit.hours"],
    )
    assert found.settings[0].within[:2] == (3.0, 5.5)


@pytest.mark.parametrize(
    ("fit", "must"),
    [
        ("cohorts.rso.duties.visit.per_year.high", "any value, not a whole one"),
        ("cohorts.rso.duties.visit.per_year", "must be one number: name a tier"),
        ("cohorts.rso.no_such", "must be the dotted name of a number"),
        ("title", "must be the dotted name of a number"),
        (f"{OTHER_WORK}=1", "must be NAME=LOW:HIGH"),
        (f"{OTHER_WORK}=2:1", "must have LOW below HIGH"),
        (f"{OTHER_WORK}=-1:1", "must be at least 0"),
        ("cohorts.rso.exits_per_year=0:0", "must have LOW below HIGH"),
        ("teams.ppu.overtime_cost_per_hour", "must have a range to look in"),
    ],
)
def test_what_cannot_be_fitted_is_refused(fit: str, must: str) -> None:
    with pytest.raises(InputError, match=must):
        calibrate(read("norfolk-2021"), read_history("norfolk-2021-history"), [fit])


def test_everything_held_out_is_refused() -> None:
    figures = read_history("norfolk-2021-history")
    with pytest.raises(InputError, match="leave a month to fit"):
        calibrate(read("norfolk-2021"), figures, [OTHER_WORK], hold_out=2)


def test_figures_of_strangers_are_refused_with_their_row(tmp_path: Path) -> None:
    figures = history(tmp_path, "month,cohort,duty,tier,done\n2021-01,rso,vist,hgh,3\n")
    with pytest.raises(TableError) as told:
        calibrate(read("norfolk-2021"), figures, [OTHER_WORK])
    assert str(told.value) == (
        'history.csv:2: duty: unknown duty; must be one of: visit, got "vist"; use visit'
    )


def test_a_history_from_before_the_scenario_is_replayed(tmp_path: Path) -> None:
    figures = projected(with_values(read("norfolk-2021"), {OTHER_WORK: 0.55}), tmp_path)
    late = with_values(
        read("norfolk-2021"), {"start": read("norfolk-2021").settings.start.replace(year=2022)}
    )
    found = calibrate(late, figures, [OTHER_WORK], hold_out=0)
    assert found.replayed.settings.start.isoformat() == "2021-02-01"
    assert any("replayed" in note for note in found.notes)
    assert found.settings[0].value == pytest.approx(0.55, abs=0.02)


@pytest.mark.slow
def test_the_diff_plans_like_the_fit(tmp_path: Path) -> None:
    truth = with_values(read("norfolk-2021"), {OTHER_WORK: 0.6, BACKLOG: 20})
    found = calibrate(read("norfolk-2021"), projected(truth, tmp_path), [OTHER_WORK, BACKLOG])
    text = words.diff_of(found, None)
    fitted = read("fitted.toml", files={"fitted.toml": text})
    ours, theirs = (plan.run(one, fixed=True).today.projection for one in (fitted, truth))
    assert ours.outstanding == pytest.approx(theirs.outstanding, abs=0.5)
    quantity = fitted.settings.cohorts["rso"].hours_per_case_month["*"]
    assert quantity.source == "fitted"
    assert quantity.note == "history.csv, 2021-01 to 2021-09"
    assert quantity.low is not None
    assert quantity.low <= quantity.value


def test_inflows_can_be_fitted_and_written(tmp_path: Path) -> None:
    text = """
extends = "norfolk-2021.toml"
title = "With inflows"
remove = ["cohorts.rso.growth_per_year"]
[[inflows]]
name = "Convictions"
cohort = "rso"
per_month = { value = 3, low = 0, high = 12 }
"""
    base = read("inflows.toml", files={"inflows.toml": text})
    truth = with_values(base, {"inflows.Convictions.per_month": 7})
    found = calibrate(base, projected(truth, tmp_path), ["inflows.Convictions.per_month"])
    assert found.settings[0].value == pytest.approx(7, abs=0.05)
    diff = words.diff_of(found, None)
    again = read("fitted.toml", files={"inflows.toml": text, "fitted.toml": diff})
    assert again.settings.inflows[0].per_month.value == found.settings[0].value


# --- Naive forecasts and backtests ---------------------------------------------------------


def test_naive_forecasts_by_hand() -> None:
    known = [(0, 10.0), (1, 12.0), (2, 14.0)]
    assert naive(known, 4) == pytest.approx(
        {"last value": 14, "straight line": 18, "same month last year": None}, nan_ok=True
    )
    assert naive(known, 13)["same month last year"] == 12.0
    assert naive([], 3) == dict.fromkeys(("last value", "straight line", "same month last year"))


@pytest.mark.slow
def test_a_backtest_knows_nothing_of_what_came_later(tmp_path: Path) -> None:
    figures = projected(with_values(read("norfolk-2021"), {OTHER_WORK: 0.55}), tmp_path)
    found = backtests.backtest(read("norfolk-2021"), figures, [OTHER_WORK], least=4, horizon=3)
    altered = History(
        "x",
        tuple(
            one if one.month <= "2021-06" else one.__class__(**{**one.__dict__, "value": 0.0})
            for one in figures.figures
        ),
    )
    other = backtests.backtest(read("norfolk-2021"), altered, [OTHER_WORK], least=4, horizon=3)
    until = [one for one in found.fitted if one[0] <= "2021-06"]
    assert len(until) == 3
    assert until == [one for one in other.fitted if one[0] <= "2021-06"]
    assert {one.horizon for one in found.forecasts} == {1, 2, 3}
    exact = [one for one in found.errors if one.measure == "outstanding"]
    assert len(exact) > 1
    assert all(one.projected < 1.0 < one.last_value for one in exact[1:])


def test_the_backtest_command_writes_tables_and_charts(tmp_path: Path) -> None:
    figures = projected(read("norfolk-2021"), tmp_path)
    arguments = ["backtest", "norfolk-2021", "--history", str(tmp_path / figures.name)]
    arguments += ["--fit", OTHER_WORK, "--least", "6", "--horizon", "2", "--every", "3"]
    run = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"backtest.csv", "backtest_outstanding.svg", "manifest.json"} <= names


def test_pooled_adds_tiers_up(tmp_path: Path) -> None:
    text = "month,duty,tier,due,done,longest_wait_months\n2021-01,visit,high,8,6,2\n"
    both = history(tmp_path, text + "2021-01,visit,low,12,9,5\n")
    values = {one.measure: one.value for one in backtests.pooled(both).figures}
    expected = {"due": 20, "done": 15, "longest_wait_months": 5, "completion": 0.75}
    assert values == expected


# --- Files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    list(
        itertools.chain(
            [("1,234", ".", 1234.0), ("1,234.5", ".", 1234.5), ("0.91", ".", 0.91)],
            [
                ("91%", ".", 0.91),
                ("91 %", ".", 0.91),
                ("£1,000", ".", 1000.0),
                ("1 234", ".", 1234),
            ],
            [("1,234", ",", 1.234), ("1.234", ",", 1234.0), ("1.234,5", ",", 1234.5)],
            [("-", ".", None), ("n/a", ".", None), ("", ".", None), ("1e3", ".", 1000.0)],
        )
    ),
)
def test_numbers_are_read_by_the_file_s_marks(text: str, decimal: str, value: float | None) -> None:
    assert number(text, Marks(decimal)) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("1,23,4", "."), ("1,23", "."), ("12,34", "."), ("abc", "."), ("1,234", None), ("inf", "."),
     ("1.234.5", "."), ("1.5", ","), ("1e30", "."), ("1,234.5", ",")],
)  # fmt: skip
def test_numbers_that_can_be_read_two_ways_are_refused(text: str, decimal: str | None) -> None:
    with pytest.raises(Unclear):
        number(text, Marks(decimal))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "decimal", "must"),
    [
        ("1234,567", ".", "must be a number with thousands in threes"),
        ("1,234", None, "must be a number that can be read one way only, not 1234 or 1.234"),
        ("1,234.5", ",", "must be a number with the decimal mark , of this file"),
        ("abc", ".", "must be a number"),
    ],
)
def test_why_a_number_is_refused(text: str, decimal: str | None, must: str) -> None:
    with pytest.raises(Unclear) as told:
        number(text, Marks(decimal))  # type: ignore[arg-type]
    assert str(told.value) == must


def test_a_file_shows_its_decimal_mark() -> None:
    assert marks(["1,234", "0,5"], None).decimal == ","
    assert marks(["1,234", "2.25"], None).decimal == "."
    assert marks(["1,234"], None).decimal is None
    with pytest.raises(Unclear, match=r"must have one decimal mark: both 1\.5 and 1,5 occur"):
        marks(["1,5", "1.5"], ".")


def test_dates_are_never_guessed() -> None:
    assert str(day("2024-09-03", form_of("2024-09-03"))) == "2024-09-03"
    assert str(day("03/09/2024", form_of("03/09/2024"))) == "2024-09-03"
    for wrong in ("3/9/24", "2024/09/03", "45565", "31/02/2024", "2024-02-31"):
        with pytest.raises(Unclear, match="must be a date such as 2024-09-30 or 30/09/2024"):
            day(wrong, form_of(wrong))
    with pytest.raises(Unclear, match="must be day first: the month comes second"):
        day("09/30/2024", form_of("09/30/2024"))
    assert month("2024-09") == month("01/09/2024") == "2024-09"


def test_excel_from_windows_is_read_as_any_other(tmp_path: Path) -> None:
    plain = history(tmp_path, "month,duty,completion,cases\n2021-01,visit,0.915,1163\n")
    path = tmp_path / "windows.csv"
    content = "month;duty;completion;cases;note\r\n01/01/2021;visit;91,5%;1.163;café\r\n"
    path.write_bytes(content.encode("cp1252"))
    values = [(one.month, one.measure, one.value) for one in read_history(path).figures]
    assert values == [(one.month, one.measure, one.value) for one in plain.figures]


def test_a_workbook_is_read_as_any_other(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Month", "Duty", "Newly due", "Longest wait"])
    book.active.append(["2021-01", "visit", 171, 1])
    book.save(tmp_path / "h.xlsx")
    values = {one.measure: one.value for one in read_history(tmp_path / "h.xlsx").figures}
    assert values == {"newly_due": 171, "longest_wait_months": 1}


@pytest.mark.parametrize(
    ("text", "must"),
    [
        ("month,done\n2019-01,3\n2099-01,3\n", "month: must lie within 600 months of the start"),
        ("month,done,compare\n2021-02,3,yes\n", "must have figures to fit from 2021-01 on"),
        ("month,cohort,done\n2021-02,iom,3\n", "cohort: unknown cohort; must be one of: rso"),
    ],
)
def test_a_history_that_has_nothing_to_fit_is_refused(text: str, must: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=must):
        calibrate(read("norfolk-2021"), history(tmp_path, text), [OTHER_WORK])


def test_a_figure_of_one_duty_among_several_names_it(tmp_path: Path) -> None:
    figures = history(tmp_path, "month,cohort,done\n2024-10,rso,3\n")
    with pytest.raises(TableError, match="duty: must name a duty: visit, arms"):
        calibrate(read("norfolk-2024"), figures, ["cohorts.rso.duties.visit.hours"])


def test_a_fit_needs_a_setting_and_a_backtest_months(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--fit: must name a setting"):
        calibrate(read("norfolk-2021"), read_history("norfolk-2021-history"), [])
    figures = history(tmp_path, "month,duty,done\n2021-02,visit,3\n2021-03,visit,3\n")
    with pytest.raises(TableError, match="must have more than 6 months from 2021-01 on, got 2"):
        backtests.backtest(read("norfolk-2021"), figures, [OTHER_WORK], least=6)


def test_an_error_in_a_cell_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["month", "done"])
    book.active.append(["2021-01", "#N/A"])
    book.active["B2"].data_type = "e"
    book.save(tmp_path / "fault.xlsx")
    with pytest.raises(TableError, match=r"Sheet!B2: done: must not be an error"):
        read_history(tmp_path / "fault.xlsx")


def test_a_sheet_that_breaks_off_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["month", "done"])
    sound, broken = io.BytesIO(), io.BytesIO()
    book.save(sound)
    with zipfile.ZipFile(sound) as parts, zipfile.ZipFile(broken, "w") as changed:
        for name in parts.namelist():
            content = parts.read(name)
            changed.writestr(name, content[:-40] if name.endswith("sheet1.xml") else content)
    (tmp_path / "h.xlsx").write_bytes(broken.getvalue())
    with pytest.raises(TableError, match=r"must be a sound (sheet|XLSX workbook)"):
        read_history(tmp_path / "h.xlsx")


BROKEN = [
    ("", "must not be empty"),
    ("month,duty,done\n", "must have a figure"),
    ("duty,done\nvisit,3\n", "must have a column month"),
    ("month,duty,doen\n2021-01,visit,3\n", "unknown column.*use done"),
    ("month,done,done\n2021-01,3,4\n", "only column of this name"),
    ("month,done\n2021-13,3\n", "h.csv:2: month: must be a month"),
    ("month,done\nJan 21,3\n", 'h.csv:2: month: must be a month.*got "Jan 21"'),
    ("month,done\n,3\n", "h.csv:2: month: must be given"),
    ("month,done\n2021-01,three\n", 'h.csv:2: done: must be a number, got "three"'),
    ("month,done\n2021-01,-3\n", "must be at least 0"),
    ("month,completion\n2021-01,91\n", "must be a share from 0 to 1"),
    ("month,done\n2021-01,3\n2021-01,4\n", "h.csv:3: done: must be given once.*row 2"),
    ("month,due,done\n2021-01,3,4\n", "h.csv:2: done: must be at most due"),
    ("month,due,done,completion\n2021-01,100,80,0.97\n", "must be done ÷ due.*in_date or on_time"),
    ("month;done\n2021-01;1,234\n", "read one way only"),
    ("month;due;done\n2021-01;1,5;1.25\n", "one decimal mark"),
    ("month,done\n2021-01,3,4\n", "must have 2 cells"),
    ('month,done\n2021-01,"3\n', "must be valid CSV"),
    ("option,month,done\ntoday,2021-01,3\nsized,2021-01,4\n", "must be one option"),
    ("month,done,compare\n2021-01,3,perhaps\n", "must be yes or no"),
    ("month,due;done\n2021-01,3\n", "h.csv:1: must have one kind of separator in its first row"),
    (",,\n ,,\n", "must have a first row with the names of its columns"),
    ("month,done\n2021-01,3,4,5\n", "h.csv:2: must have 2 cells like the first row, got 4"),
]


@pytest.mark.parametrize(("text", "must"), BROKEN)
def test_a_broken_history_is_refused_with_the_reason(text: str, must: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=must):
        history(tmp_path, text, "h.csv")


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    for content in ("month,done\n2021-01,3\n".encode("utf-16"), b"month,done\n\x81,3\n"):
        path.write_bytes(content)
        with pytest.raises(TableError, match="UTF-8 or Windows-1252"):
            read_history(path)


@pytest.mark.slow
def test_ranges_of_shares_are_in_order() -> None:
    found = proofs.norfolk_2021()
    assert all(one.low <= one.value <= one.high for one in found.settings)
    assert np.isclose(found.misfit, 0, atol=1e-3)
