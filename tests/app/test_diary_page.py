"""The diary: a timing from a phone or a file, hours per task, and into the scenario."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity.files.timings import Timing
from capacity.reading.assumptions import register
from capacity.reading.scenario import read
from capacity.workspace import scenarios, timings
from capacity.workspace.place import Workspace, open_workspace
from tests.app.pages import opened, our_figures, run, said
from tests.toys import toy
from tests.workspace.hands import Hands


def phone() -> None:
    from capacity.app import timing

    timing.show()


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A workspace for the pages."""
    monkeypatch.setenv("CAPACITY_WORKSPACE", str(tmp_path / "kept"))
    workspace = open_workspace(str(tmp_path / "kept"))
    yield workspace
    workspace.close()


@pytest.fixture
def ours(there: Workspace) -> scenarios.Opened:
    content = scenarios.Content("ours.toml", {"ours.toml": toy()})
    return scenarios.keep_new(there, Hands().of(), content, "Ours")


def kept(there: Workspace, ours: scenarios.Opened) -> tuple[Timing, ...]:
    return timings.timings_of(there, Hands().of(), ours.unit)


def pressed(at: AppTest, label: str) -> AppTest:
    (button,) = [one for one in at.button if one.label == label]
    button.click()
    return run(at)


def test_an_activity_is_started_stopped_and_kept(there: Workspace, ours: scenarios.Opened) -> None:
    at = opened(phone, work=ours.id)
    assert "not who, whom, where or on which day" in said(at)
    pressed(at, "Start")
    assert set(at.query_params) == {"work", "activity", "since"}
    pressed(at, "Stop")
    at.number_input[0].set_value(75)
    at.number_input[1].set_value(40)
    at.number_input[2].set_value(2)
    pressed(at, "Keep")
    assert kept(there, ours) == (Timing("Home visit", 75, 40, 2),)
    assert "Kept: Home visit, 75 minutes." in said(at)
    assert set(at.query_params) == {"work"}
    pressed(at, "Undo the last one")
    assert kept(there, ours) == ()


def test_a_phone_that_slept_goes_on_from_the_address(
    there: Workspace, ours: scenarios.Opened
) -> None:
    since = str(int(time.time()) - 90 * 60)
    at = opened(phone, work=ours.id, activity="Visit", since=since)
    assert at.metric[0].value == "90 minutes"
    pressed(at, "Stop")
    assert at.number_input[0].value == 90
    pressed(at, "Discard")
    assert kept(there, ours) == ()


@pytest.mark.parametrize("since", ["x", "-1", "99999999999999999999", "0"])
def test_an_address_that_says_nonsense_starts_nothing(since: str, ours: scenarios.Opened) -> None:
    at = opened(phone, work=ours.id, activity="Visit", since=since)
    assert [one.label for one in at.button] == ["Start", "I know the minutes already"]


def test_without_access_nothing_is_timed(there: Workspace) -> None:
    at = opened(phone, work="0" * 32)
    assert "Open the link to this page that your planner sent you" in said(at)


def diary_page(ours: scenarios.Opened) -> AppTest:
    at = opened(our_figures, work=ours.id)
    at.segmented_control(key="way in").set_value("Diary")
    return run(at)


def test_a_file_of_timings_becomes_measured_hours_of_the_scenario(
    there: Workspace, ours: scenarios.Opened
) -> None:
    at = diary_page(ours)
    assert "No timings yet." in said(at)
    (file,) = [one for one in at.file_uploader if one.label.startswith("Timings")]
    lines = "".join(f"Supervised visit,{minutes},30,1\n" for minutes in (60, 90, 120, 150, 180))
    content = ("activity,minutes,travel,attempts\n" + lines + "Coffee,15,0,1\n").encode()
    file.set_value(("diary.csv", content, "text/csv"))
    run(at)
    assert "6 timings of diary.csv kept." in said(at)
    # "Supervised visit" shares a word with the toy's "Home visit"; the other shares none.
    meant = {one.label: one.value for one in at.selectbox if one.key.startswith("diary meant")}
    assert meant == {
        "Coffee": "Nothing in the scenario",
        "Supervised visit": "cohorts.a.duties.visit",
    }
    pressed(at, "Put these hours into the scenario")
    found = scenarios.open_scenario(there, Hands().of(), ours.id)
    assert found.version.name == "Hours measured"
    here = {one.setting: one for one in register(read("measured.toml", files=found.content.files))}
    # 120 minutes on average and 30 of travel: 2.5 hours.
    assert here["cohorts.a.duties.visit.hours"].value == 2.5
    assert here["cohorts.a.duties.visit.hours"].kind == "measured"


def test_a_file_that_says_who_is_refused_as_a_whole(
    there: Workspace, ours: scenarios.Opened
) -> None:
    at = diary_page(ours)
    (file,) = [one for one in at.file_uploader if one.label.startswith("Timings")]
    file.set_value(("diary.csv", b"activity,minutes,officer name\nvisit,60,Ann\n", "text/csv"))
    run(at)
    assert "Nothing was imported" in said(at)
    assert kept(there, ours) == ()
