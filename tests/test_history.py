"""Fit to history: Norfolk by the command, recovery of known settings, doubts, files, backtests."""

from __future__ import annotations

import io
import itertools
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from scipy.optimize import brentq
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.errors import InputError, TableError
from capacity.files.figures import Marks, Unclear, day, form_of, marks, month, number
from capacity.files.monthly import History, read_history
from capacity.history import backtest as backtests
from capacity.history import fit, proofs
from capacity.history.backtest import Backtest, HorizonError
from capacity.history.fit import Calibration, calibrate, naive, replay
from capacity.history.proofs import Guess
from capacity.reading.scenario import Scenario, read
from capacity.results import fits as words
from tests.shipped import benchmark
from tests.toys import toy, visits

REPOSITORY = Path(__file__).resolve().parents[1]
SYNTHETIC = REPOSITORY / "data" / "synthetic-scenario.toml"
OTHER_WORK, ENTRANTS = "cohorts.rso.hours_per_case_month", "cohorts.rso.entrants_per_month"
BACKLOG = "cohorts.rso.duties.visit.overdue.low"
HOURS = "cohorts.a.duties.visit.hours"


def small(*more: str, **given: Any) -> Scenario:
    """A unit of 60 high and 60 low cases: 60 + 20 visits fall due a month, of 2 hours each.

    Three quarters of an officer has 173⅓ × 0.75 = 130 hours: 65 visits, the high ones first.
    """
    return read("toy.toml", files={"toy.toml": toy(*more, **{"posts": 0.75, **given})})


def projections(found: Calibration) -> dict[tuple[str, str | None, str], float]:
    """What is projected, by month, tier and measure."""
    return {
        (one.figure.month, one.figure.tier, one.figure.measure): one.projected
        for one in found.compared
    }


def history(folder: Path, text: str, name: str = "history.csv") -> History:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_history(path)


def projected(scenario: Scenario, folder: Path, months: int | None = None) -> History:
    """A history that is exactly what a scenario projects, all tiers together."""
    run = stages.run(scenario, fixed=True)
    shown, labels = run.today.projection, run.model.calendar.labels[:months]
    lines = ["month,duty,due,done,outstanding"]
    for t, label in enumerate(labels):
        sums = [part[0, t].sum() for part in (shown.due, shown.done, shown.outstanding)]
        lines.append(",".join([label, "visit", *(repr(float(one)) for one in sums)]))
    return history(folder, "\n".join(lines))


# --- Norfolk, by the command ---------------------------------------------------------------


@pytest.mark.slow
def test_norfolk_2021_by_the_command_leaves_61_beside_the_published_59() -> None:
    arguments = ["calibrate", "norfolk-2021", "--history", "norfolk-2021-history"]
    run = CliRunner().invoke(app, [*arguments, "--fit", OTHER_WORK, "--fit", BACKLOG])
    assert run.exit_code == 0, run.output
    text = " ".join(run.output.split())
    assert "projected 61 for December 2021, published 59 (error +1.7)" in text
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
    # Entrants e a month, exits 6% per year: N ← N (1 − 0.06/12) + e, 60 months from 948 to 1,163.
    def after(entrants: float, cases: float, months: int) -> float:
        for _ in range(months):
            cases = cases * (1 - 0.06 / 12) + entrants
        return cases

    entrants = brentq(lambda e: after(e, 948, 60) - 1163, 0, 40)
    by_method = {one.method: one for one in proofs.register_growth()}
    model = next(one for name, one in by_method.items() if "6%" in name)
    assert model.forecast == pytest.approx(after(entrants, 1163, 42), abs=0.05)
    assert by_method["straight line"].forecast == pytest.approx(1163 + 215 / 60 * 42)
    assert by_method["constant growth"].forecast == pytest.approx(1163 * (1163 / 948) ** (42 / 60))
    assert {one.actual for one in by_method.values()} == {1255.0}
    assert abs(model.error) < min(abs(by_method["straight line"].error), 30)


# --- Fits ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_history_without_noise_gives_its_settings_back(tmp_path: Path) -> None:
    truth = read("norfolk-2021").replace({OTHER_WORK: 0.55, BACKLOG: 30})
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
    slack = read("norfolk-2021").replace(
        {"teams.ppu.grades.constable.in_post": 60.0, "teams.ppu.grades.constable.posts": 60.0}
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
    assert any("cannot be distinguished" in doubt for doubt in found.doubts)


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
        ("title.of.it", "must be the dotted name of a number"),
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
    figures = projected(read("norfolk-2021").replace({OTHER_WORK: 0.55}), tmp_path)
    late = read("norfolk-2021").replace(
        {"start": read("norfolk-2021").settings.start.replace(year=2022)}
    )
    found = calibrate(late, figures, [OTHER_WORK], hold_out=0)
    assert found.replayed.settings.start.isoformat() == "2021-02-01"
    assert any("replayed" in note for note in found.notes)
    assert found.settings[0].value == pytest.approx(0.55, abs=0.02)


@pytest.mark.slow
def test_the_diff_plans_like_the_fit(tmp_path: Path) -> None:
    truth = read("norfolk-2021").replace({OTHER_WORK: 0.6, BACKLOG: 20})
    found = calibrate(read("norfolk-2021"), projected(truth, tmp_path), [OTHER_WORK, BACKLOG])
    text = words.diff_of(found, None)
    fitted = read("fitted.toml", files={"fitted.toml": text})
    ours, theirs = (stages.run(one, fixed=True).today.projection for one in (fitted, truth))
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
    truth = base.replace({"inflows.Convictions.per_month": 7})
    found = calibrate(base, projected(truth, tmp_path), ["inflows.Convictions.per_month"])
    assert found.settings[0].value == pytest.approx(7, abs=0.05)
    diff = words.diff_of(found, None)
    again = read("fitted.toml", files={"inflows.toml": text, "fitted.toml": diff})
    assert again.settings.inflows[0].per_month.value == found.settings[0].value


def test_shares_and_attempts_are_projected_as_worked_out_by_hand(tmp_path: Path) -> None:
    # 65 of 80 visits are done, 15 of 120 cases are outstanding, and a fifth of attempts fails.
    text = (
        "month,compare,done,on_time,in_date,attempts\n2025-04,no,65,,,\n2025-04,yes,,0.5,0.5,50\n"
    )
    scenario = small(duty="hours = 2\nno_answer_share = 0.2\nno_answer_hours = 0")
    found = calibrate(scenario, history(tmp_path, text), [f"{HOURS}=1:3"])
    assert found.settings[0].value == pytest.approx(2)
    assert projections(found) == pytest.approx(
        {
            ("2025-04", None, "done"): 65,
            ("2025-04", None, "on_time"): 65 / 80,
            ("2025-04", None, "in_date"): 105 / 120,
            ("2025-04", None, "attempts"): 65 / 0.8,
        }
    )


def test_cases_moved_by_an_event_stay_moved_where_cases_are_known(tmp_path: Path) -> None:
    event = '[[events]]\nat = 2025-06-01\ncohort = "a"\nfrom = "hi"\nto = "lo"\ncases = 30\n'
    text = "month,tier,cases,newly_due\n2025-04,hi,60,60\n2025-05,hi,60,60\n"
    text += "2025-06,hi,30,30\n2025-06,lo,90,\n"
    found = calibrate(small(event), history(tmp_path, text), [f"{HOURS}=1:3"])
    assert all(one.projected == pytest.approx(one.figure.value) for one in found.compared)


def test_cases_of_all_tiers_count_only_where_none_of_them_has_its_own(tmp_path: Path) -> None:
    text = "month,tier,cases,newly_due\n2025-04,hi,70,70\n2025-04,,200,\n2025-04,lo,,20\n"
    found = calibrate(small(), history(tmp_path, text), [f"{HOURS}=1:3"])
    assert projections(found) == pytest.approx(
        {
            ("2025-04", "hi", "cases"): 60,  # by the settings alone
            ("2025-04", None, "cases"): 120,
            ("2025-04", "hi", "newly_due"): 70,  # all the cases that there really were
            ("2025-04", "lo", "newly_due"): 20,  # a third of 60, and not of 200 − 70
        }
    )
    # Misfits: 10 of 1 (a hundredth of 70 is less), 80 of 2, 0 and 0.
    times = np.sqrt((10**2 + 40**2) / 4)
    must = f"the projection does not follow the history: it is off by {times:.1f} times what is"
    assert any(doubt.startswith(must) for doubt in found.doubts)


def test_a_setting_that_does_nothing_is_like_no_other(tmp_path: Path) -> None:
    text = "month,done\n" + "".join(f"2025-{m:02d},52\n" for m in range(4, 8))
    cost = "teams.t.grades.pc.cost_per_year"
    found = calibrate(
        small(), history(tmp_path, text), [f"{HOURS}=1:3", f"{cost}=40000:60000"], hold_out=0
    )
    assert found.settings[0].value == pytest.approx(130 / 52)
    assert found.alike == ()
    assert f"this history says next to nothing about {cost}" in found.doubts
    assert "only 4 figures for 2 settings" in found.doubts


def test_a_dated_change_of_a_fitted_setting_stays(tmp_path: Path) -> None:
    change = f'[[changes]]\nfrom = 2025-06-01\nset = {{ "{HOURS}" = 4 }}\n'
    text = "month,done\n2025-04,52\n2025-05,52\n2025-06,40\n"
    found = calibrate(small(change), history(tmp_path, text), [f"{HOURS}=1:3"], hold_out=1)
    assert found.settings[0].value == pytest.approx(130 / 52)
    assert projections(found)["2025-06", None, "done"] == pytest.approx(130 / 4)
    (error,) = found.errors
    assert error.projected == pytest.approx(40 - 32.5)
    assert error.naive["last value"] == pytest.approx(12)


def test_few_figures_are_counted_in_words_that_agree(tmp_path: Path) -> None:
    both = "month,done\n2025-04,52\n2025-05,52\n"
    found = calibrate(small(), history(tmp_path, both), [f"{HOURS}=1:3"])
    assert "only 2 figures for 1 setting" in found.doubts
    found = calibrate(small(), history(tmp_path, both[:-11]), [f"{HOURS}=1:3"])
    assert found.doubts[0].startswith("1 figure and 1 setting: as many settings as figures always")


def test_a_replay_opens_with_what_the_first_month_closed_with(tmp_path: Path) -> None:
    duty = "hours = 2\noverdue = { lo = 6 }\nopening_ages = { lo = [9, 9, 9] }"
    late = small(start="2026-02-01", duty=duty)
    text = "month,cases,outstanding,done\n2025-12,180,15,\n2026-01,,,65\n"
    found, notes = replay(late, history(tmp_path, text))
    assert found.settings.start.isoformat() == "2026-01-01"
    cohort = found.settings.cohorts["a"]
    assert {tier: one.cases.value for tier, one in cohort.tiers.items()} == {"hi": 90, "lo": 90}
    visit = cohort.duties["visit"]
    assert {tier: one.value for tier, one in visit.overdue.items()} == {"lo": 15, "hi": 0}
    assert visit.opening_ages == {}
    (note,) = notes
    assert note.startswith("The history begins in December 2025, before the scenario: replayed")


def test_a_replay_takes_figures_by_tier_and_the_scenario_s_own_for_the_others(
    tmp_path: Path,
) -> None:
    text = "month,tier,cases,outstanding,done\n2025-12,hi,50,,\n2025-12,lo,,4,\n2026-01,,,,65\n"
    found, _ = replay(small(start="2026-02-01"), history(tmp_path, text))
    cohort = found.settings.cohorts["a"]
    assert {tier: one.cases.value for tier, one in cohort.tiers.items()} == {"hi": 50, "lo": 60}
    overdue = cohort.duties["visit"].overdue
    assert {tier: one.value for tier, one in overdue.items()} == {"lo": 4}


def test_a_share_of_nothing_is_said_to_tell_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = toy(posts=0.75).replace("lo = { cases = 60 }", "lo = { cases = 0 }")
    rows = [f"2025-{m:02d},hi,52,,\n2025-{m:02d},lo,,90 %,no\n" for m in (4, 5, 6)]
    text = "month,tier,done,completion,compare\n" + "".join(rows) + "2025-07,lo,,80%,yes\n"
    scenario = read("toy.toml", files={"toy.toml": empty})
    found = calibrate(scenario, history(tmp_path, text), [f"{HOURS}=1:3"], hold_out=1)
    assert found.settings[0].value == pytest.approx(130 / 52)
    must = "by the scenario nothing was due in some months of completion (lo): they tell nothing"
    assert must in found.doubts
    assert [one.series for one in found.errors] == [(None, None, "hi", "done")]
    assert not any("naive forecast was nearer" in doubt for doubt in found.doubts)
    words.show_fit(found)
    told = " ".join(capsys.readouterr().out.split())
    must = "Completion (lo), not fitted: projected nothing due for July 2025, published 80%."
    assert must in told
    assert "nan" not in told


def test_a_fit_that_nothing_speaks_against_is_written_and_read_again(tmp_path: Path) -> None:
    lean = tmp_path / "lean"
    lean.mkdir()
    text = toy(posts=0.75, growth=0.3, months=12)
    (lean / "toy.toml").write_text(text, encoding="utf-8")
    truth = read("toy.toml", files={"toy.toml": text.replace("hours = 2", "hours = 2.2")})
    figures = projected(truth, tmp_path)
    out, place = tmp_path / "out", tmp_path / "toy.toml"
    arguments = ["calibrate", str(lean / "toy.toml"), "--history", str(tmp_path / figures.name)]
    arguments += ["--fit", f"{HOURS}=1:3", "--out", str(out), "-o", str(place)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    told = " ".join(run.output.split())
    assert "A toy, fitted to history.csv 27 figures of 9 months, April 2025 to December" in told
    assert "Mean error over the last 3 months, kept back" in told
    assert "No problems found with this calibration." in told
    assert "2025-04" not in told  # 36 figures are too many to be shown one by one
    assert "How to read it" not in told
    assert f"planitwith:capacityplan{place}" in "".join(run.output.split())
    fitted = read(place)
    assert fitted.files[1].name.endswith("lean/toy.toml")
    hours = fitted.settings.cohorts["a"].duties["visit"].hours["*"]
    assert hours.value == pytest.approx(2.2, abs=0.001)
    assert hours.note == "history.csv, 2025-04 to 2025-12"
    assert (out / "fitted.toml").read_bytes() == place.read_bytes()
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "must be a new file" in again.output


def test_a_fit_may_lie_beside_the_scenario_that_it_extends_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    ours = tmp_path / "scenarios" / "norfolk-2021.toml"  # a name that a shipped one has too
    ours.write_text(toy(), encoding="utf-8")
    scenario = read("scenarios/norfolk-2021.toml")
    assert scenario.settings.title == "A toy"
    assert words.extended_from(scenario, None) == "norfolk-2021.toml"
    assert words.extended_from(scenario, "fitted.toml") == "scenarios/norfolk-2021.toml"
    assert words.extended_from(scenario, "scenarios/fitted.toml") == "norfolk-2021.toml"
    with pytest.raises(InputError) as told:
        words.extended_from(scenario, "elsewhere/fitted.toml")
    must = "must lie in the folder of the scenario that it extends (scenarios)"
    assert str(told.value) == f"elsewhere/fitted.toml: {must}"
    assert words.extended_from(read("norfolk-2024"), "anywhere/x.toml") == "norfolk-2024.toml"


# --- Naive forecasts and backtests ---------------------------------------------------------


def test_naive_forecasts_by_hand() -> None:
    known = [(0, 10.0), (1, 12.0), (2, 14.0)]
    assert naive(known, 4) == pytest.approx(
        {"last value": 14, "straight line": 18, "same month last year": None}, nan_ok=True
    )
    assert naive(known, 13)["same month last year"] == 12.0
    assert naive([(0, 10.0)], 12) == {
        "last value": 10.0,
        "straight line": None,  # of one point there is none
        "same month last year": 10.0,
    }
    assert naive([], 3) == dict.fromkeys(("last value", "straight line", "same month last year"))


@pytest.mark.slow
def test_a_backtest_knows_nothing_of_what_came_later(tmp_path: Path) -> None:
    figures = projected(read("norfolk-2021").replace({OTHER_WORK: 0.55}), tmp_path)
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


def test_shares_by_tier_cannot_be_added_and_drop_out(tmp_path: Path) -> None:
    text = "month,tier,done,in_date\n2021-01,high,6,0.9\n2021-01,low,9,0.5\n"
    values = {one.measure: one.value for one in backtests.pooled(history(tmp_path, text)).figures}
    assert values == {"done": 15}


def test_a_backtest_of_cases_and_of_a_series_that_begins_late(tmp_path: Path) -> None:
    # 120 cases stay 120, whatever was counted; visits are counted from the second month on.
    text = "month,cases,done\n2025-04,126,\n2025-05,130,52\n2025-06,128,52\n2025-07,120,40\n"
    found = backtests.backtest(
        small(), history(tmp_path, text), [f"{HOURS}=1:3"], least=2, horizon=1
    )
    cases = [one for one in found.forecasts if one.series[3] == "cases"]
    assert [one.month for one in cases] == ["2025-06", "2025-07"]
    assert [one.projected for one in cases] == pytest.approx([130, 128])  # as many as there were
    assert [one.corrected for one in cases] == [one.projected for one in cases]
    assert [one.last_value for one in cases] == [130, 128]
    assert [one.straight_line for one in cases] == pytest.approx([134, 130])
    done = [one for one in found.forecasts if one.series[3] == "done"]
    assert [one.straight_line for one in done] == [None, pytest.approx(52)]
    counted = {one.measure: one.forecasts for one in found.errors}
    assert counted == {"cases": 2, "done": 1}  # only where every method has a forecast
    (error,) = (one for one in found.errors if one.measure == "done")
    assert error.projected == pytest.approx(12)
    assert error.last_value == pytest.approx(12)


def test_a_share_of_nothing_is_not_forecast(tmp_path: Path) -> None:
    empty = toy(posts=0.75).replace("lo = { cases = 60 }", "lo = { cases = 0 }")
    rows = [f"2025-{m:02d},hi,52,\n2025-{m:02d},lo,,90%\n" for m in (4, 5, 6)]
    figures = history(tmp_path, "month,tier,done,completion\n" + "".join(rows))
    scenario = read("toy.toml", files={"toy.toml": empty})
    found = backtests.backtest(scenario, figures, [f"{HOURS}=1:3"], least=2, horizon=1)
    told = [(one.month, one.series[2], one.series[3]) for one in found.forecasts]
    assert told == [("2025-06", None, "done"), ("2025-06", "hi", "done")]


def test_a_history_of_which_nothing_can_be_forecast_is_refused(tmp_path: Path) -> None:
    figures = history(tmp_path, "month,done\n2025-04,52\n2025-05,52\n2026-06,52\n")
    must = "history.csv: must have a figure at most 1 month after two others like it"
    with pytest.raises(TableError) as told:
        backtests.backtest(small(), figures, [f"{HOURS}=1:3"], least=2, horizon=1)
    assert str(told.value) == must


def test_the_backtest_command_tells_of_a_replay_and_who_was_nearer(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_text(toy(posts=0.75), encoding="utf-8")
    rows = "".join(f"{month},{done}\n" for month, done in zip(
        ("2025-03", "2025-04", "2025-05", "2025-06"), (65, 65, 60, 66), strict=True
    ))  # fmt: skip
    history(tmp_path, f"month,done\n{rows}")
    arguments = ["backtest", str(path), "--history", str(tmp_path / "history.csv")]
    arguments += ["--fit", f"{HOURS}=1:3", "--least", "2", "--horizon", "1"]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    told = " ".join(run.output.split())
    assert "history.csv: 1 forecast from 1 start, May 2025; each fitted on what was known" in told
    assert "The history begins in March 2025, before the scenario: replayed from April 2025" in told
    # Nearest to 65 ± √65 and 60 ± √60 is 2 ÷ (1/65 + 1/60) = 62.4, and 66 came; the line says 55.
    assert "done 1 1 3.6 3.6 6.0 11.0" in told
    assert "done: the model is nearer than every naive forecast at every horizon." in told


@pytest.mark.parametrize(
    ("arguments", "must"),
    [
        (["--fit", HOURS], "SCENARIO: must be given with --history and --fit"),
        (["norfolk-2021", "--fit", HOURS], "--history: must be given with a scenario"),
    ],
)
def test_a_backtest_says_what_it_lacks(arguments: list[str], must: str) -> None:
    run = CliRunner().invoke(app, ["backtest", *arguments])
    assert run.exit_code == 2
    assert f"capacity backtest: {must}" in run.output


def test_where_the_model_was_nearer_is_said_of_every_measure() -> None:
    def error(measure: str, horizon: int, model: float, year: float | None = None) -> HorizonError:
        return HorizonError(measure, horizon, 9, model, model + 1, 5.0, 6.0, year)

    errors = [error("done", 1, 4.0), error("done", 2, 3.0)]
    errors += [error("in_date", 1, 5.5), error("in_date", 2, 4.5), error("in_date", 3, 4.9)]
    errors += [error("due", 1, 5.0, year=4.9), error("due", 2, 4.0, year=3.9)]
    errors += [error("cases", 1, 4.0), error("cases", 2, 5.5)]
    errors += [error("attempts", 1, 4.0), error("attempts", 2, 5.5), error("attempts", 3, 4.0)]
    errors += [error("on_time", 1, 5.0), error("on_time", 2, 5.0)]
    errors += [error("newly_due", 1, 5.0), error("newly_due", 2, 5.5)]
    assert list(words.verdicts(Backtest("h", (), tuple(errors), (), ()))) == [
        "done: the model is nearer than every naive forecast at every horizon.",
        "in date: the model is nearer than every naive forecast at 2 of 3 horizons "
        "(2 to 3 months).",
        "due: some naive forecast is nearer than the model at every horizon.",
        "cases: the model is nearer than every naive forecast at 1 of 2 horizons (1 month).",
        "attempts: the model is nearer than every naive forecast at 2 of 3 horizons "
        "(between 1 and 3 months).",
        "on time: the model and the best naive forecast are as near at every horizon.",
        "newly due: some naive forecast is nearer than the model at 1 of 2 horizons (2 months), "
        "and as near at the others.",
    ]


def test_forecasts_of_the_register_are_shown_with_their_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words.show_register([Guess("straight line", 1314, 1255), Guess("last value", 1163, 1255)])
    told = " ".join(capsys.readouterr().out.split())
    assert "Norfolk's register in September 2024 (1,255), forecast from 2016 to 2021" in told
    assert "straight line 1,314 +59 +4.7%" in told  # 59 ÷ 1,255
    assert "last value 1,163 −92 −7.3%" in told  # 92 ÷ 1,255


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
            [("1,234,567", ".", 1234567.0), ("1 234,5", ",", 1234.5), ("1.234.567", ",", 1234567)],
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
    assert marks(["1,234", "1.234,5"], ".").decimal == ","
    assert marks(["1,234", "1,234.5"], None).decimal == "."
    assert marks(["1.234.567"], None).decimal == ","
    assert marks(["1,234,567"], None).decimal == "."
    with pytest.raises(Unclear, match=r"must have one decimal mark: both 1\.5 and 1,5 occur"):
        marks(["1,5", "1.5"], ".")


def test_dates_are_never_guessed() -> None:
    assert str(day("2024-09-03", form_of("2024-09-03"))) == "2024-09-03"
    assert str(day("03/09/2024", form_of("03/09/2024"))) == "2024-09-03"
    for wrong in ("3/9/24", "2024/09/03", "20240", "31/02/2024", "2024-02-31"):
        with pytest.raises(Unclear, match="must be a date such as 2024-09-30 or 30/09/2024"):
            day(wrong, form_of(wrong))
    with pytest.raises(Unclear, match="must be day first: the month comes second"):
        day("09/30/2024", form_of("09/30/2024"))
    assert month("2024-09") == month("01/09/2024") == month(date(2024, 9, 30)) == "2024-09"
    assert day(date(2024, 9, 3), None) == day(datetime(2024, 9, 3, 8), None) == date(2024, 9, 3)
    assert day(None, "uk") is day("n/a", None) is None


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


def test_a_workbook_s_dates_are_months_and_its_true_is_no_number(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["month", "done"], [datetime(2021, 1, 31), 3], [], [date(2021, 2, 1), True]):
        sheet.append(row)
    book.save(tmp_path / "h.xlsx")
    with pytest.raises(TableError) as told:
        read_history(tmp_path / "h.xlsx")
    assert str(told.value) == "h.xlsx: Sheet!B4: done: must be a number, got true"
    sheet["B4"] = date(2021, 2, 3)
    book.save(tmp_path / "h.xlsx")
    with pytest.raises(TableError) as told:
        read_history(tmp_path / "h.xlsx")
    assert str(told.value) == "h.xlsx: Sheet!B4: done: must be a number, got 2021-02-03"
    sheet["B4"], sheet["B4"].number_format = 4, "General"
    book.save(tmp_path / "h.xlsx")
    figures = read_history(tmp_path / "h.xlsx").figures
    assert [(one.month, one.value, one.row) for one in figures] == [
        ("2021-01", 3, 2),
        ("2021-02", 4, 4),
    ]


def test_a_blank_row_is_no_month(tmp_path: Path) -> None:
    figures = history(tmp_path, "month,done\n2021-01,3\n,\n2021-02,4\n").figures
    assert [(one.month, one.row) for one in figures] == [("2021-01", 2), ("2021-02", 4)]


def test_columns_that_are_only_formatted_are_no_columns(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["month", "done"])
    book.active.append(["2021-01", 3])
    book.active["D1"].font = Font(bold=True)
    book.save(tmp_path / "h.xlsx")
    (figure,) = read_history(tmp_path / "h.xlsx").figures
    assert (figure.month, figure.value) == ("2021-01", 3)


BROKEN = [
    ("", "must not be empty"),
    ("month,duty,done\n", "must have a figure"),
    ("duty,done\nvisit,3\n", "must have a column month"),
    ("month,duty,doen\n2021-01,visit,3\n", "unknown column.*use done"),
    ("month,done,done\n2021-01,3,4\n", "only column of this meaning"),
    ("month,done\n2021-13,3\n", "h.csv:2: month: must be a month"),
    ("month,done\n21 Jan,3\n", 'h.csv:2: month: must be a month.*got "21 Jan"'),
    ("month,done\n,3\n", "h.csv:2: month: must be given"),
    ("month,done\n2021-01,three\n", 'h.csv:2: done: must be a number, got "three"'),
    ("month,done\n2021-01,-3\n", "must be at least 0"),
    ("month,completion\n2021-01,91\n", "must be a share from 0 to 1"),
    ("month,done\n2021-01,3\n2021-01,4\n", "h.csv:3: done: must be given once.*row 2"),
    ("month,due,done\n2021-01,3,4\n", "h.csv:2: done: must be at most due"),
    ("month,due,done,completion\n2021-01,100,80,0.97\n", "must be done ÷ due.*in_date or on_time"),
    ("month;done\n2021-01;1,234\n", "read one way only"),
    ("month;due;done\n2021-01;1,5;1.25\n", "one decimal mark"),
    ("month,done\n2021-01,3,4\n", "row 2 has 3 columns but the heading row \\(1\\) has 2$"),
    ('month,done\n2021-01,"3\n', "must be valid CSV"),
    ("option,month,done\ntoday,2021-01,3\nsized,2021-01,4\n", "must be one option"),
    ("month,done,compare\n2021-01,3,perhaps\n", "must be yes or no"),
    ("month,due;done\n2021-01,3\n", "h.csv:1: must have one kind of separator in its first row"),
    (",,\n ,,\n", "must have a first row with the names of its columns"),
    ("month,done\n2021-01,3,4,5\n", "h.csv:2: row 2 has 4 columns but the heading row"),
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


# --- Files as forces write them ------------------------------------------------------------

UNIT = """
title = "A made-up unit"
start = 2024-10-01
months = 12
[cohorts.rso]
team = "ppu"
entrants_per_month = { high = 3 }
exits_per_year = 0.12
[cohorts.rso.tiers]
high = { cases = 100, label = "High risk" }
low = { cases = 0 }
[cohorts.rso.duties.visit]
label = "Home visit"
per_year = { high = 12, low = 4 }
hours = 1
[teams.ppu.grades.constable]
in_post = 5
cost_per_year = 60000
"""


def unit() -> Scenario:
    """100 cases, 3 new a month, 12% per year leaving: 1.0, 1.02 and 1.0398 in the first months."""
    return read("unit.toml", files={"unit.toml": UNIT})


def values(found: History) -> list[tuple[str, str | None, str, float]]:
    return [(one.month, one.tier, one.measure, one.value) for one in found.figures]


def refused(folder: Path, text: str, name: str = "h.csv") -> str:
    with pytest.raises(TableError) as told:
        history(folder, text, name)
    return str(told.value)


def test_new_cases_and_leavers_are_figures_to_fit_to(tmp_path: Path) -> None:
    # 100 − 1 + 3 = 102; 102 − 1.02 + 3 = 103.98; 1% per month leaves.
    text = "month,Cases,New cases,Leavers\n2024-10,102,3,1\n2024-11,103.98,3,1.02\n"
    found = calibrate(
        unit(), history(tmp_path, text), ["cohorts.rso.exits_per_year=0:0.5"], hold_out=0
    )
    assert found.settings[0].value == pytest.approx(0.12, abs=1e-4)
    assert projections(found) == pytest.approx(
        {
            ("2024-10", None, "cases"): 102,
            ("2024-10", None, "entrants"): 3,
            ("2024-10", None, "exits"): 1,
            ("2024-11", None, "cases"): 103.98,
            ("2024-11", None, "entrants"): 3,
            ("2024-11", None, "exits"): 1.02,
        },
        abs=1e-3,
    )
    assert 'Headings read: "New cases" as entrants and "Leavers" as exits.' in found.notes


def test_new_cases_alone_tell_how_many_arrive(tmp_path: Path) -> None:
    text = "month,tier,entrants\n2024-10,high,5\n2024-11,high,5\n2024-12,high,5\n"
    fit = "cohorts.rso.entrants_per_month.high=0:20"
    found = calibrate(unit(), history(tmp_path, text), [fit], hold_out=0)
    assert found.settings[0].value == pytest.approx(5, abs=1e-3)


def test_a_backtest_takes_new_cases_and_leavers(tmp_path: Path) -> None:
    lines = "".join(f"2024-{m:02d},3,1\n" for m in (10, 11, 12)) + "2025-01,3,1\n"
    figures = history(tmp_path, "month,entrants,exits\n" + lines)
    fit = ["cohorts.rso.exits_per_year=0:0.5"]
    found = backtests.backtest(unit(), figures, fit, least=2, horizon=1)
    assert {one.measure for one in found.errors} == {"entrants", "exits"}


QUARTERS = (
    "month,months,due,done,outstanding,completion,newly_due,cases\n"
    "2025-06,3,240,195,45,{share},240,120\n2025-09,3,240,195,45,{share},195,120\n"
)


def test_visits_of_a_quarter_are_compared_with_those_of_a_quarter(tmp_path: Path) -> None:
    # 65 of the visits due in a month are done: 60 high ones and 5 low. Of the low ones 20 fall
    # due in each of the first three months, then the 5 done three months before. So in the first
    # quarter 3 × 80 = 240 fall due, 195 are done and 45 left; in the second 45 are left over and
    # 3 × 65 = 195 fall due.
    text = QUARTERS.format(share=195 / 240)
    found = calibrate(small(), history(tmp_path, text), [f"{HOURS}=1:3"], hold_out=0)
    assert found.settings[0].value == pytest.approx(2, abs=1e-3)
    for month_, newly in (("2025-06", 240), ("2025-09", 195)):
        expected = {"due": 240, "done": 195, "outstanding": 45, "newly_due": newly, "cases": 120}
        for measure, value in expected.items():
            assert projections(found)[month_, None, measure] == pytest.approx(value, abs=0.5)
        share = projections(found)[month_, None, "completion"]
        assert share == pytest.approx(195 / 240, abs=0.002)
    assert any(
        note.startswith("Rows cover up to 3 months: row 2 is 2025-04") for note in found.notes
    )


def test_a_quarter_by_its_name_is_three_months(tmp_path: Path) -> None:
    text = "Quarter,done\nQ1 2025/26,195\nJul to Sep 2025,195\n"
    figures = history(tmp_path, text).figures
    assert [(one.month, one.months) for one in figures] == [("2025-06", 3), ("2025-09", 3)]
    two = "Financial year,Quarter,done\n2025/26,Q1,195\n2025/26,Q2,195\n"
    assert history(tmp_path, two).figures == figures


def test_a_quarter_that_begins_before_the_scenario_is_left_out(tmp_path: Path) -> None:
    text = "month,months,done,cases\n2025-05,3,190,120\n2025-08,3,195,120\n"
    found = calibrate(small(), history(tmp_path, text), [f"{HOURS}=1:3"], hold_out=0)
    kept = [(one.figure.month, one.figure.measure) for one in found.compared]
    assert kept == [("2025-05", "cases"), ("2025-08", "cases"), ("2025-08", "done")]
    must = "1 figure left out: its months begin before the scenario does."
    assert must in found.notes


def test_counts_of_every_third_month_are_asked_about(tmp_path: Path) -> None:
    text = "month,due,done,outstanding\n2024-12,125,118,7\n2025-03,128,117,11\n2025-06,132,118,14\n"
    assert refused(tmp_path, text) == (
        "h.csv:2: due: has a figure every 3 months: is it of one month or of all 3? Add a column "
        "months with 1 or 3; the month is then the last of them"
    )
    monthly = "month,months,done\n2024-12,1,118\n2025-03,1,117\n2025-06,1,118\n"
    stock = "month,cases\n2024-12,125\n2025-03,128\n2025-06,132\n"
    assert len(history(tmp_path, stock).figures) == 3  # how things stand at a month's end
    assert all(one.months == 1 for one in history(tmp_path, monthly).figures)


@pytest.mark.parametrize("months", ["0", "13", "1.5", "three", "-3"])
def test_a_row_covers_one_to_twelve_months(months: str, tmp_path: Path) -> None:
    must = "h.csv:2: months: must be the number of months that the row covers, 1 to 12"
    assert must in refused(tmp_path, f"month,months,done\n2025-06,{months},3\n")
    assert must in refused(tmp_path, "month,months,done\nQ1 2025/26,1,3\n")


def test_a_month_and_the_quarter_it_lies_in_are_not_both_taken(tmp_path: Path) -> None:
    text = "month,months,done,cases\n2025-06,3,195,120\n2025-05,1,65,120\n"
    must = "h.csv:3: done: must be given once for a month; row 2 has it too"
    assert refused(tmp_path, text) == must


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Overdue", "outstanding"), ("Visits overdue", "outstanding"), ("Backlog", "outstanding"),
        ("Number of cases", "cases"), ("Offenders managed", "cases"), ("New cases", "entrants"),
        ("New registrations", "entrants"), ("Cases closed", "exits"), ("LEAVERS", "exits"),
        ("Visits due", "due"), ("Fell due", "newly_due"), ("Completed", "done"),
        ("Visits completed", "done"), ("% completed", "completion"),
        ("Percentage completed", "completion"), ("Completed (%)", "completion"),
        ("In date %", "in_date"), ("% on time", "on_time"), ("Longest wait", "longest_wait_months"),
        ("Oldest overdue (months)", "longest_wait_months"), ("Visit attempts", "attempts"),
        ("New cases in month", "entrants"), ("Caseload at month end", "cases"),
        ("Visits completed during the month", "done"), ("Home visits due", "due"),
        ("Home visits overdue at end of month", "outstanding"),
    ],
)  # fmt: skip
def test_headings_that_forces_write(heading: str, column: str, tmp_path: Path) -> None:
    figures = history(tmp_path, f'Month ending,"{heading}"\n31/10/2024,0.5\n').figures
    assert [(one.month, one.measure) for one in figures] == [("2024-10", column)]


@pytest.mark.parametrize(
    ("heading", "use"),
    [
        ("Overdue home visits (all officers)", "outstanding"),
        ("Cases closed this year", "exits"),
        ("New cases since April", "entrants"),
        ("Proportion of visits completed", "done"),
        ("Highest risk only", "tier"),
        ("Visits due in month", "due"),  # that fell due in it, or all that were due?
        ("doen", "done"),
        ("outstandng", "outstanding"),
    ],
)
def test_a_suggestion_means_the_same(heading: str, use: str, tmp_path: Path) -> None:
    told = refused(tmp_path, f"month,cases,{heading}\n2024-10,5,3\n")
    assert told.startswith(f"h.csv:1: {heading}: unknown column; must be one of: month, year")
    assert told.endswith(f"; use {use}")


def test_columns_that_resemble_none_are_named_and_not_read(tmp_path: Path) -> None:
    found = history(tmp_path, "month,done,Sergeant,Weather\n2024-10,5,a,b\n")
    assert found.notes == ("Columns not read: Sergeant and Weather.",)


def test_marks_of_published_tables_are_gaps_and_counted(tmp_path: Path) -> None:
    text = "month,tier,cases\n2024-10,high,120\n2024-11,high,[c]\n2024-12,high,<5\n"
    found = history(tmp_path, text + "2025-01,high,*\n2025-02,high,124 [p]\n2025-03,high,\n")
    cases = [("2024-10", "high", "cases", 120), ("2025-02", "high", "cases", 124)]
    assert values(found) == cases
    assert found.notes == (
        "3 figures withheld or not available ([c], <5 and *) were taken as gaps.",
        "1 figure read without the mark after it (124 [p]).",
    )


def test_months_by_name_by_number_and_in_two_columns(tmp_path: Path) -> None:
    for text in (
        "month,cases\nOct-24,270\nNov-24,272\n",
        "month,cases\nOctober 2024,270\n30 Nov 2024,272\n",
        "month,cases\n202410,270\n202411,272\n",
        "month,cases\n45566,270\n45597,272\n",
        "year,month,cases\n2024,10,270\n2024,Nov,272\n",
        "Financial year,month,cases\n2024/25,October,270\n2024/25,November,272\n",
    ):
        found = values(history(tmp_path, text))
        assert found == [("2024-10", None, "cases", 270), ("2024-11", None, "cases", 272)]


def merged(rows: list[list[Any]], cells: str) -> bytes:
    book, held = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.active.merge_cells(cells)
    book.save(held)
    return held.getvalue()


def test_a_merged_tier_is_taken_for_every_row(tmp_path: Path) -> None:
    rows = [["month", "tier", "cases"], ["2024-10", "high", 120], ["2024-11", None, 121]]
    (tmp_path / "h.xlsx").write_bytes(merged(rows, "B2:B3"))
    found = values(read_history(tmp_path / "h.xlsx"))
    assert found == [("2024-10", "high", "cases", 120), ("2024-11", "high", "cases", 121)]


def test_a_merged_figure_is_refused(tmp_path: Path) -> None:
    rows = [["month", "tier", "cases"], ["2024-10", "high", 120], ["2024-10", "low", None]]
    (tmp_path / "h.xlsx").write_bytes(merged(rows, "C2:C3"))
    with pytest.raises(TableError) as told:
        read_history(tmp_path / "h.xlsx")
    must = "h.xlsx: Sheet!C3: cases: must be given row by row: this cell is merged with another"
    assert str(told.value) == f"{must}, got 120"


def test_what_a_merged_cell_leaves_blank_in_a_csv_file_is_not_all_tiers(tmp_path: Path) -> None:
    text = "month,tier,cases\n2024-10,high,120\n2024-11,,121\n2024-12,,122\n2025-01,,123\n"
    assert refused(tmp_path, text) == (
        "h.csv:3: tier: must be given: it is blank in rows 3 to 5 and given above; write the tier "
        "in each row, or all for all of them together"
    )
    every = values(history(tmp_path, text.replace(",,", ",All,")))
    assert every[1] == ("2024-11", None, "cases", 121)


def test_names_are_known_however_they_are_written(tmp_path: Path) -> None:
    text = "month,cohort,duty,tier,done\n2024-10,RSO,Home visit,High Risk,99\n"
    fit = ["cohorts.rso.duties.visit.hours=0.5:2"]
    found = calibrate(unit(), history(tmp_path, text), fit, hold_out=0)
    (one,) = found.compared
    assert one.figure.series == ("rso", "visit", "high", "done")


def test_the_second_sheet_of_a_history_is_not_left_out_in_silence(tmp_path: Path) -> None:
    book = Workbook()
    for title, month_ in (("2021", "2021-01"), ("2022", "2022-01")):
        sheet = book.create_sheet(title)
        sheet.append(["month", "done"])
        sheet.append([month_, 3])
    book.save(tmp_path / "h.xlsx")
    arguments = ["calibrate", "norfolk-2021", "--history", str(tmp_path / "h.xlsx")]
    run = CliRunner().invoke(app, [*arguments, "--fit", OTHER_WORK])
    assert run.exit_code == 2
    assert "must say which sheet to read: 2021 and 2022 both have the columns" in run.output
    assert [one.month for one in read_history(tmp_path / "h.xlsx", "2022").figures] == ["2022-01"]


def test_the_same_of_many_rows_is_told_once(tmp_path: Path) -> None:
    lines = "".join(f"week {n},3\n" for n in range(1, 51))
    assert refused(tmp_path, f"month,done\n{lines}") == (
        "h.csv:2: month: must be a month such as 2024-09, Sep-24 or September 2024 "
        '(49 more rows of this column likewise), got "week 1"'
    )


def test_each_unknown_name_is_told_once_and_what_is_left_is_counted(tmp_path: Path) -> None:
    """Ten months of two tiers that there are not, and 70 names that come once each."""
    rows = "".join(f"2024-{n:02d},{t},5\n" for n in range(3, 13) for t in ("zz", "yy"))
    file = tmp_path / "h.csv"
    file.write_text("month,tier,done\n" + rows, encoding="utf-8")
    scenario = read("toy.toml", files={"toy.toml": toy(visits(), start="2024-01-01")})
    with pytest.raises(TableError) as error:
        fit.known(scenario, read_history(file))
    told = [str(one) for one in error.value.problems]
    again = "unknown tier; must be one of: hi, lo (9 more rows of this column likewise)"
    assert told == [f'h.csv:{n}: tier: {again}, got "{t}"' for n, t in ((2, "zz"), (3, "yy"))]
    names = "".join(f"2024-03,t{n},5\n" for n in range(70))
    file.write_text("month,tier,done\n" + names, encoding="utf-8")
    with pytest.raises(TableError) as error:
        fit.known(scenario, read_history(file))
    assert len(error.value.problems) == 51
    assert str(error.value.problems[-1]) == "h.csv: and 20 more problems"


def test_a_count_is_no_per_cent(tmp_path: Path) -> None:
    """Read as 0.05 it would be visits; a share may have its sign."""
    told = refused(tmp_path, "month,done,completion\n2024-10,5%,90%\n")
    assert told == 'h.csv:2: done: must be a number, not a per cent, got "5%"'


def test_a_month_long_ago_is_told_of_its_own_file(tmp_path: Path) -> None:
    told = refused(tmp_path, "month,done\n1899-12,3\n")
    assert told == 'h.csv:2: month: must be a month from 1990 to 2100, got "1899-12"'


def test_a_total_row_is_named(tmp_path: Path) -> None:
    told = refused(tmp_path, "month,done\n2024-10,3\nTotal,3\n")
    assert told.startswith("h.csv:3: month: must be a month")
    assert told.endswith('got "Total"')
