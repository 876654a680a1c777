"""The page Inspection: the position on a day, and areas for improvement that are remembered."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity import stages
from capacity.app import working
from capacity.reading.scenario import read
from capacity.results import summary
from capacity.results.recommendation import nothing_added
from capacity.risk.foreseen import foresee
from capacity.workspace import figures, scenarios
from capacity.workspace.place import open_workspace
from tests.app.pages import assumptions, on_one_line, opened, run, said, with_scenario
from tests.toys import toy, visits
from tests.workspace.hands import Hands


def inspection() -> None:
    from capacity.app import frame, inspected

    frame.around(inspected.show)


def pressed(at: AppTest, label: str) -> AppTest:
    (button,) = [one for one in at.button if one.label == label]
    button.click()
    return run(at)


def test_a_scenario_of_queues_alone_has_a_position_on_a_day() -> None:
    """It has no activity that an area for improvement could be of, which is said."""
    at = opened(inspection, scenario="online-child-abuse-2022")
    assert "no activity that is owed to cases" in said(at)
    assert "the nearest month-end" in said(at)


def test_the_answer_is_that_of_every_other_page_and_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The position on the day does not wait for it; simulations fill in when it is there."""
    monkeypatch.setattr(working, "KEPT_RESULTS", working.Results(working.KEPT))
    text = toy(visits(first="2025-04-01"), months=12, posts=0)
    plan = stages.run(read("toy.toml", files={"toy.toml": text}), fixed=True)
    first = foresee(plan)["today"].record
    lines = [*(one.words for one in nothing_added(first)), summary.figures(plan)[0].words]
    at = with_scenario(inspection, text)
    assert "the nearest month-end" in said(at)
    ends = time.monotonic() + 60
    while "of 500 simulations" not in said(at) and time.monotonic() < ends:
        time.sleep(0.2)
        run(at)
    for page in (at, with_scenario(assumptions, text)):
        assert all(words in on_one_line(page) for words in lines)
        assert {"ask What to agree now", "ask Posts at 50, 80 and 95%"} <= {
            one.key for one in page.button
        }
        assert page.segmented_control("confidence chosen").value == 0.8


@pytest.mark.slow
def test_an_area_for_improvement_is_judged_and_remembered_for_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPACITY_WORKSPACE", str(tmp_path / "kept"))
    text = toy("[chance]\nwhole = false", visits(first="2025-04-01"), posts=0)
    with open_workspace_at(tmp_path / "kept") as there:
        content = scenarios.Content("ours.toml", {"ours.toml": text})
        ours = scenarios.keep_new(there, Hands().of(), content, "Ours")
        at = opened(inspection, work=ours.id)
        assert "the nearest month-end" in said(at)
        at.text_input(key="area name").set_value("Visits to high risk")
        at.multiselect(key="area tiers a").set_value(["hi"])
        at.selectbox(key="area kind").set_value("outstanding")
        run(at)
        pressed(at, "Add")
        judged = next(one.value for one in at.table if "Probability met" in one.value.columns)
        area = "Visits to high risk (area for improvement)"
        assert list(judged.index) == ["Visits, high", "Visits, lo", area]
        # Nobody is there: 60 high are overdue, and none may be.
        assert list(judged["Probability met"]) == ["0%", "0%", "0%"]
        known = figures.remembered(there, Hands().of(), ours.unit, "inspection")
        assert known == {"Visits to high risk": "a.visit outstanding 0 hi"}
        again = opened(inspection, work=ours.id)
        assert "Home visits, High: at most 0 overdue" in said(again)
        pressed(again, "Remove")
        assert figures.remembered(there, Hands().of(), ours.unit, "inspection") == {}


def open_workspace_at(place: Path) -> Any:
    return closing(open_workspace(str(place)))
