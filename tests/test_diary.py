"""A diary of timings: hours per task with ranges, worked out by hand, and into the scenario."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity import diary
from capacity.cli import app
from capacity.diary import DiaryEntry
from capacity.errors import TableError
from capacity.files.table_files import table_of
from capacity.reading.assumptions import register
from capacity.reading.scenario import read

TODAY = date(2026, 1, 5)


def entries(text: str) -> tuple[DiaryEntry, ...]:
    sheet = table_of("diary.csv", text.encode(), diary.WANTED)
    return diary.entries_of(sheet, TODAY)


def test_hours_are_of_one_done_and_failed_attempts_are_travel() -> None:
    found = entries("Task,Mins,Travel time,Attempts\nVisit,60,30,1\nvisit,120,60,2\n")
    (one,) = diary.tasks(found)
    # (60 + 30) / 60 = 1.5 hours, and (120 + 60 / 2) / 60 = 2.5: 2 on average.
    assert one.hours.value == pytest.approx(2.0)
    # Two done in three attempts; 90 minutes of travel in three attempts.
    assert one.failed.value == pytest.approx(1 / 3)
    assert one.failed_hours.value == pytest.approx(0.5)
    # Standard deviation 0.7071: (1.2816 × 0.7071 / (0.1 × 2))² = 20.5: 21, and two are there.
    assert one.more == 19


def test_equal_entries_leave_no_range_and_none_more_are_needed() -> None:
    (one,) = diary.tasks([DiaryEntry("arms", 90)] * 6)
    assert (one.hours.low, one.hours.value, one.hours.high) == (1.5, 1.5, 1.5)
    assert (one.failed.high, one.more) == (0.0, 0)
    (few,) = diary.tasks([DiaryEntry("arms", 90)] * 3)
    assert few.more == 2  # five at least


def test_the_range_is_that_of_the_mean() -> None:
    """Of 50 entries of 1 and 50 of 2 hours: 1.5 ± 1.2816 × 0.5 / √100 = 1.44 to 1.56."""
    (one,) = diary.tasks([DiaryEntry("visit", minutes) for minutes in (60, 120)] * 50)
    assert one.hours.low == pytest.approx(1.436, abs=0.01)
    assert one.hours.high == pytest.approx(1.564, abs=0.01)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("activity,minutes,name\nvisit,60,Ann Other\n", "looks like a name"),
        ("activity,minutes,Officer's e-mail\nvisit,60,a@b.uk\n", "looks like contact details"),
        ("activity,minutes,x\nvisit,60,12/3456A\n", "looks like a PNC number"),
        ("activity,minutes\nvisit,-5\nvisit,\n,7\n", "minutes"),
        ("activity,minutes,attempts\nvisit,60,1.5\n", "must be a whole number, 1 to 50"),
        ("activity,minutes\nvisit,sixty\n", "minutes"),
        ("activity,minutes\n", "must have"),
        ("activity,hours\nvisit,1\n", "minutes"),
    ],
)
def test_what_is_no_diary_is_refused_with_everything_that_is_wrong(text: str, words: str) -> None:
    with pytest.raises(TableError, match=words) as told:
        entries(text)
    assert "Ann" not in str(told.value)
    assert "3456" not in str(told.value)


def test_what_was_measured_goes_into_the_scenario_with_its_range(tmp_path: Path) -> None:
    lines = ["activity,minutes,travel,attempts"]
    lines += [f"Home visit,{minutes},30,1" for minutes in (60, 90, 120, 150, 180)]
    lines += ["Sign-off,12,0,1"] * 6
    (tmp_path / "diary.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out, pooled = tmp_path / "measured.toml", tmp_path / "pooled.csv"
    words = ["diary", str(tmp_path / "diary.csv"), "norfolk-2024", "-o", str(out)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 2
    assert "Sign-off: must be an activity of the scenario" in told.output
    assert not out.exists()
    words += ["--as", "Sign-off=cohorts.rso.hours_per_entry", "--pooled", str(pooled)]
    told = CliRunner().invoke(app, [*words, "--json"])
    assert told.exit_code == 0, told.output
    found = read(str(out))
    # 120 minutes on average and 30 of travel: 2.5 hours.
    here = {one.setting: one for one in register(found)}
    visit = here["cohorts.rso.duties.visit.hours"]
    assert (visit.value, visit.kind) == (2.5, "measured")
    assert visit.low is not None
    assert visit.low < 2.5 < (visit.high or 0)
    assert here["cohorts.rso.hours_per_entry"].value == 0.2
    assert here["cohorts.rso.duties.visit.no_answer_hours"].value == 0.5
    with pooled.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(row["activity"], row["entries"]) for row in rows] == [
        ("Home visit", "5"),
        ("Sign-off", "6"),
    ]
    assert len(json.loads(told.output)["diary"]) == 2
