"""The page Inspection: the position on a day, and areas for improvement that are remembered."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity.workspace import figures, scenarios
from capacity.workspace.place import open_workspace
from tests.app.pages import opened, run, said
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
