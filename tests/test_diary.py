"""A diary of timings: hours per task with ranges, worked out by hand, and into the scenario."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from capacity.cli import app
from capacity.diary import hours as diary
from capacity.diary import keeping, worth
from capacity.errors import TableError
from capacity.files import timings
from capacity.files.table_files import table_of
from capacity.files.timings import Timing
from capacity.reading.assumptions import Assumption, register
from capacity.reading.scenario import read
from capacity.workspace import figures, scenarios, units
from capacity.workspace import timings as kept_timings
from capacity.workspace.people import NoAccess
from capacity.workspace.place import Workspace, open_workspace
from capacity.workspace.tables import TIMING
from tests.workspace.hands import ANALYST, EVE, Hands

TODAY = date(2026, 1, 5)


def entries(text: str) -> tuple[Timing, ...]:
    sheet = table_of("diary.csv", text.encode(), timings.WANTED)
    return diary.entries_of(sheet, TODAY)


def test_two_columns_of_one_meaning_are_refused() -> None:
    """The last would win without a word."""
    must = r'must be the only column of this meaning \(minutes\): "minutes" is one too'
    with pytest.raises(TableError, match=must):
        entries("activity,minutes,minutes\nvisit,60,90\n")


def test_what_is_wrong_with_many_entries_is_told_once() -> None:
    rows = "visit;60,5\n" * 9 + "visit;50%\n"
    with pytest.raises(TableError) as error:
        entries(f"activity;minutes\n{rows}")
    assert [str(one).partition(": ")[2] for one in error.value.problems] == [
        "minutes: must be a number with thousands in threes (8 more rows of this column likewise)",
        "minutes: must be a number, not a per cent",
    ]


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
    (one,) = diary.tasks([Timing("arms", 90)] * 6)
    assert (one.hours.low, one.hours.value, one.hours.high) == (1.5, 1.5, 1.5)
    assert (one.failed.high, one.more) == (0.0, 0)
    (few,) = diary.tasks([Timing("arms", 90)] * 3)
    assert few.more == 2  # five at least


def test_the_range_is_that_of_the_mean() -> None:
    """Of 50 entries of 1 and 50 of 2 hours: 1.5 ± 1.2816 × 0.5 / √100 = 1.44 to 1.56."""
    (one,) = diary.tasks([Timing("visit", minutes) for minutes in (60, 120)] * 50)
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


def test_more_timings_are_worth_it_as_long_as_the_next_finds_out_more_than_it_costs() -> None:
    (task,) = diary.tasks([Timing("visit", minutes) for minutes in (60, 120)] * 2)
    # Hours 1, 2, 1, 2: standard deviation √(4 × 0.25 ÷ 3) = 0.57735.
    assert task.spread == pytest.approx(0.57735, abs=1e-5)
    # A range of ± 1.2816 × 0.288675 is what four timings leave: (0.57735 ÷ 0.288675)² = 4.
    wide = 1.2816 * 0.288675

    def assumed(kind: str) -> Assumption:
        low, high = 1.5 - wide, 1.5 + wide
        return Assumption("x.hours", 1.5, low, high, "hours", kind, None, None, None)

    # √(£799 × 4 ÷ £2) − 4 = 35.97 more than the range is worth; of a judgement 4 are there.
    assert worth.further(task, 799.0, assumed("measured")) == 36
    assert worth.further(task, 799.0, assumed("judgement")) == 32
    assert worth.further(task, 0.0, assumed("measured")) == 0
    # £7.90: √(7.9 × 4 ÷ 2) − 4 = −0.03.
    assert worth.further(task, 7.9, assumed("measured")) == 0


def test_what_timings_are_worth_is_said_of_the_setting_they_measure() -> None:
    found = diary.tasks([Timing("Home visit", minutes) for minutes in (60, 120)] * 10)
    scenario = read("norfolk-2024")
    name = "cohorts.rso.duties.visit.hours"
    (told,) = worth.worthwhile(found, scenario, {}, {name: 0.0, "months": 5.0})
    assert (told.setting, told.more) == (name, 0)
    assert "worth nothing that can be told from chance" in told.words
    (told,) = worth.worthwhile(found, scenario, {}, {name: 250_000.0})
    assert told.more > 20
    assert "Home visit: worth £250,000 to know before posts are agreed" in told.words


def test_a_task_is_offered_the_activity_whose_words_it_shares() -> None:
    (task,) = diary.tasks([Timing("RSO visit at home", 60)])
    assert diary.likely(task, read("norfolk-2024")) == "cohorts.rso.duties.visit"
    (task,) = diary.tasks([Timing("Paperwork", 60)])
    assert diary.likely(task, read("norfolk-2024")) is None


# In the workspace --------------------------------------------------------------------------

UNIT = """
extends = "norfolk-2024"
title = "Our unit"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(str(tmp_path / "kept"))
    yield opened
    opened.close()


def test_timings_say_nothing_of_who_when_or_whom(workspace: Workspace, tmp_path: Path) -> None:
    hands = Hands()
    content = scenarios.Content("ours.toml", {"ours.toml": UNIT})
    one = scenarios.keep_new(workspace, hands.of(ANALYST), content, "Ours")
    before = units.history(workspace, hands.of(ANALYST), one.unit)
    made = kept_timings.keep_timing(
        workspace, hands.of(ANALYST), one.unit, Timing("Home visit", 61, 30, 2)
    )
    found = kept_timings.timings_of(workspace, hands.of(ANALYST), one.unit)
    assert found == (Timing("Home visit", 61, 30, 2),)
    with workspace.reading() as connection:
        (row,) = connection.execute(sa.select(TIMING)).mappings()
    assert set(row) == {"id", "unit_id", "month", "activity", "minutes", "travel", "attempts"}
    assert row["month"] == "2026-01"
    # No line of the unit's history says that somebody timed something.
    assert units.history(workspace, hands.of(ANALYST), one.unit) == before
    with pytest.raises(NoAccess):
        kept_timings.timings_of(workspace, hands.of(EVE), one.unit)
    assert kept_timings.take_back(workspace, hands.of(ANALYST), one.unit, [made]) == 1
    assert kept_timings.timings_of(workspace, hands.of(ANALYST), one.unit) == ()


def test_measured_hours_lie_below_what_rounds_make(workspace: Workspace) -> None:
    hands = Hands()
    content = scenarios.Content("ours.toml", {"ours.toml": UNIT})
    one = scenarios.keep_new(workspace, hands.of(), content, "Ours")
    found = diary.tasks([Timing("Home visit", 90, 30)] * 6)
    said = diary.settings_of(found, read("norfolk-2024"), {}, "diary")
    opened = keeping.put_into(workspace, hands.of(), one.id, said)
    assert (opened.content.chosen, opened.version.name) == ("measured.toml", "Hours measured")
    here = {a.setting: a for a in register(read("measured.toml", files=opened.content.files))}
    assert here["cohorts.rso.duties.visit.hours"].value == 2.0
    assert here["cohorts.rso.duties.visit.hours"].kind == "measured"
    assert 'extends = "ours.toml"' in opened.content.files["measured.toml"]
    # A round made a scenario that extends it and says the hours otherwise; the diary is later.
    rolled = {
        **opened.content.files,
        "this-month.toml": (
            'extends = "measured.toml"\nmonths = 60\n[cohorts.rso.duties.visit]\nhours = 3.5\n'
        ),
    }
    again = scenarios.Content("this-month.toml", rolled)
    scenarios.save(workspace, hands.of(), one.id, opened.revision, again)
    found = diary.tasks([Timing("Home visit", 120, 30)] * 6)
    said = diary.settings_of(found, read("norfolk-2024"), {}, "diary")
    opened = keeping.put_into(workspace, hands.of(), one.id, said)
    assert opened.content.chosen == "this-month.toml"
    scenario = read("this-month.toml", files=opened.content.files)
    here = {a.setting: a for a in register(scenario)}
    assert here["cohorts.rso.duties.visit.hours"].value == 2.5
    assert scenario.settings.months.value == 60
    known = figures.remembered(workspace, hands.of(), one.unit, "round")
    assert known == {f"origin {one.id}": "measured.toml"}
