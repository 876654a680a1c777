"""Work that lasts: kept by itself, the same unit after a reload or restart, never another's."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from capacity.app import keeping, state
from capacity.app import kept as kept_page
from capacity.app.toml_text import WhatIf
from capacity.reading.scenario import read
from capacity.workspace import figures, people, scenarios
from capacity.workspace.place import Workspace, open_workspace
from tests.app.pages import opened, our_figures, our_work, run, said, where_we_are, with_scenario
from tests.app.test_plain_words import machine, texts
from tests.serving import AT_REST, free_port, served
from tests.toys import toy
from tests.workspace.hands import Hands

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = read(state.FIRST).settings.title
OURS = toy().replace("A toy", "Our own unit")
GROWTH = WhatIf({"cohorts.a.growth_per_year": 0.1})


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A workspace for the pages."""
    monkeypatch.setenv("CAPACITY_WORKSPACE", str(tmp_path / "kept"))
    workspace = open_workspace(str(tmp_path / "kept"))
    yield workspace
    workspace.close()


def kept(workspace: Workspace) -> list[tuple[str, str, int]]:
    found = scenarios.scenarios(workspace, Hands().of())
    return [(one.unit_name, one.name, one.versions) for one in found]


def work_of(at: AppTest) -> str:
    """The identity of the work that the address names."""
    given = at.query_params["work"]
    return given if isinstance(given, str) else given[0]


def pressed(at: AppTest, label: str) -> AppTest:
    (button,) = [one for one in at.button if one.label == label]
    button.click()
    return run(at)


def test_a_scenario_of_ones_own_is_kept_and_opens_again_with_its_changes(there: Workspace) -> None:
    at = with_scenario(where_we_are, OURS, GROWTH)
    assert kept(there) == [("Our own unit", "Our own unit", 1)]
    assert "Kept as Our own unit, version 1" in said(at)
    work = work_of(at)
    again = opened(where_we_are, work=work)
    assert "Our own unit" in said(again)
    assert again.session_state["what_if"] == GROWTH
    assert set(again.query_params) == {"work"}
    assert work_of(again) == work


def test_each_change_is_saved_by_itself(there: Workspace) -> None:
    at = with_scenario(where_we_are, OURS)
    at.session_state["what_if"] = GROWTH
    run(at)
    (one,) = scenarios.scenarios(there, Hands().of())
    found = scenarios.open_scenario(there, Hands().of(), one.id)
    assert found.content.changes == {"cohorts.a.growth_per_year": ("0.1",)}
    assert "version 2" in said(at)
    run(at)  # nothing changed, so nothing is saved
    assert scenarios.open_scenario(there, Hands().of(), one.id).revision == 2


def test_a_shipped_scenario_is_not_kept_until_there_is_something_of_ones_own(
    there: Workspace,
) -> None:
    at = opened(where_we_are)
    assert kept(there) == []
    saved = (state.Saved("Two more", state.FIRST, {}, WhatIf({"months": 48})),)
    at.session_state["saved"] = saved
    run(at)
    assert [name for _, name, _ in kept(there)] == [SHIPPED]
    again = opened(where_we_are, work=work_of(at))
    assert again.session_state["saved"] == saved


@pytest.mark.parametrize("work", ["0" * 32, "x"])
def test_a_link_to_work_that_is_not_there_shows_no_figures_of_any_unit(
    work: str, there: Workspace
) -> None:
    at = opened(where_we_are, work=work)
    assert "This work cannot be opened" in said(at)
    assert "do not have access to this work, or it no longer exists" in said(at)
    assert SHIPPED not in said(at)
    assert set(at.query_params) == {"work"}  # so that a reload says the same
    assert work_of(at) == work
    at.selectbox(key="pick scenario").set_value(state.FIRST)
    assert SHIPPED in said(run(at))


def test_where_nothing_is_kept_a_link_to_kept_work_says_so() -> None:
    at = opened(where_we_are, work="0" * 32)  # the tests keep nothing unless they say so
    assert "turned keeping off" in said(at)
    assert SHIPPED not in said(at)
    assert "Nothing is kept here" in said(opened(our_work))


def test_one_unit_is_never_kept_with_the_figures_of_another(there: Workspace) -> None:
    at = with_scenario(where_we_are, OURS)
    theirs = toy().replace("A toy", "Their unit")
    at.session_state["uploads"] = {"toy.toml": OURS, "theirs.toml": theirs}
    at.session_state["saved"] = (
        state.Saved("Theirs", "theirs.toml", {"theirs.toml": theirs}, GROWTH),
        state.Saved("Ours", "toy.toml", {"toy.toml": OURS}, GROWTH),
    )
    run(at)
    (one,) = scenarios.scenarios(there, Hands().of())
    found = scenarios.open_scenario(there, Hands().of(), one.id)
    assert set(found.content.files) == {"toy.toml"}
    assert [option.name for option in found.content.options] == ["Ours"]
    at.selectbox(key="pick scenario").set_value("theirs.toml")
    run(at)
    assert [unit for unit, *_ in kept(there)] == ["Our own unit", "Their unit"]
    ours = scenarios.open_scenario(there, Hands().of(), one.id)
    assert ours.content == found.content


def test_two_pages_on_one_scenario_do_not_overwrite_each_other(there: Workspace) -> None:
    one = with_scenario(where_we_are, OURS)
    two = opened(where_we_are, work=work_of(one))
    two.session_state["what_if"] = WhatIf({"months": 36})
    run(two)
    one.session_state["what_if"] = GROWTH
    run(one)
    assert "Another page saved this scenario at" in said(one)
    assert "Your latest changes are not saved." in said(one)
    # The address has them meanwhile, so that a reload does not lose them.
    assert "0.1" in one.query_params["cohorts.a.growth_per_year"]
    pressed(one, "Keep mine as a copy")
    assert [name for _, name, _ in kept(there)] == ["Our own unit", "Our own unit (mine)"]
    assert one.session_state["what_if"] == GROWTH
    three = opened(where_we_are, work=work_of(two))
    assert three.session_state["what_if"] == WhatIf({"months": 36})


def test_a_scenario_is_renamed_copied_deleted_and_brought_back_on_the_page(
    there: Workspace,
) -> None:
    at = with_scenario(our_work, OURS, GROWTH)
    (name,) = [one for one in at.text_input if one.label == "Name"]
    name.set_value("Budget 2027")
    pressed(at, "Rename")
    assert "It has its new name." in said(at)
    pressed(at, "Copy")
    assert [name for _, name, _ in kept(there)] == ["Budget 2027", "Budget 2027 (copy)"]
    pressed(at, "Delete")
    assert [name for _, name, _ in kept(there)] == ["Budget 2027"]
    assert "For 30 days it can be brought back." in said(at)
    pressed(at, "Undo: bring “Budget 2027 (copy)” back")
    assert [name for _, name, _ in kept(there)] == ["Budget 2027", "Budget 2027 (copy)"]
    assert at.session_state["what_if"] == GROWTH
    (name,) = [one for one in at.text_input if one.label == "Name"]
    name.set_value("budget 2027")
    pressed(at, "Rename")
    assert "must be a name that no other scenario of the unit has" in said(at)


def test_a_version_is_named_and_an_earlier_one_brought_back(there: Workspace) -> None:
    at = with_scenario(our_work, OURS)
    (name,) = [one for one in at.text_input if one.label == "Name of this version"]
    name.set_value("For the board")
    pressed(at, "Save a named version")
    at.session_state["what_if"] = GROWTH
    run(at)
    (one,) = scenarios.scenarios(there, Hands().of())
    told = [(v.number, v.name) for v in scenarios.versions(there, Hands().of(), one.id)]
    assert told == [(3, ""), (2, "For the board"), (1, "")]
    pressed(at, "Bring this version back")  # the one before, to begin with
    assert at.session_state["what_if"] == WhatIf()
    found = scenarios.open_scenario(there, Hands().of(), one.id)
    assert (found.version.number, found.version.name) == (4, "Version 2 brought back")


# In a browser ------------------------------------------------------------------------------


def open_file(page: Page, path: Path) -> None:
    page.get_by_role("button", name="Open a scenario file").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("stFileUploader").locator("button:visible").last.click()
    chooser.value.set_files(path)
    expect(page.get_by_role("heading", name="Our own unit")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)  # a run that is cut off is run again, with the address
    page.locator(AT_REST).wait_for(timeout=60_000)


@pytest.mark.slow
def test_the_same_unit_is_there_after_a_reload_and_after_a_restart(
    page: Page, tmp_path: Path
) -> None:
    port, mine = free_port(), tmp_path / "mine.toml"
    mine.write_text(OURS, encoding="utf-8")
    where = {"CAPACITY_WORKSPACE": str(tmp_path / "kept")}
    with served(tmp_path / "before.log", port=port, **where) as server:
        page.goto(server.address)
        page.locator(AT_REST).wait_for(timeout=60_000)
        open_file(page, mine)
        expect(page.get_by_text("Kept as Our own unit")).to_be_visible(timeout=60_000)
        page.reload()
        expect(page.get_by_role("heading", name="Our own unit")).to_be_visible(timeout=60_000)
        page.locator(AT_REST).wait_for(timeout=60_000)
        server.process.kill()
        server.process.wait()
    with served(tmp_path / "after.log", port=port, **where):
        page.wait_for_timeout(6_000)  # the page connects again by itself
        page.get_by_role("link", name="Why").click()
        expect(page.get_by_text("Kept as Our own unit")).to_be_visible(timeout=60_000)
        page.locator(AT_REST).wait_for(timeout=60_000)
        assert SHIPPED not in page.get_by_test_id("stMain").inner_text()
        page.get_by_role("link", name="Answer").click()
        expect(page.get_by_role("heading", name="Our own unit")).to_be_visible(timeout=60_000)


def test_the_page_says_every_role() -> None:
    assert tuple(kept_page.ROLES) == people.ROLES


def test_days_and_months_of_what_is_kept_are_in_words(there: Workspace) -> None:
    at = with_scenario(our_work, OURS, GROWTH)
    (one,) = scenarios.scenarios(there, Hands().of())
    opened_ = scenarios.open_scenario(there, Hands().of(), one.id)
    hand = keeping.hand
    told = figures.decide(
        there, hand(), opened_.unit, "Two posts.", "2026-11-30", opened_.version.id
    )
    figures.sign(there, hand(), opened_.unit, told.id)
    with there.writing() as connection:
        figures.taken_in(connection, hand(), opened_.unit, "figures", "2026-10", {}, ())
    run(at)
    assert machine(texts(at)) == set()
    history = next(one.value for one in at.dataframe if "What" in one.value)
    assert "Import 1: figures as at October 2026" in set(history["What"])
    decisions = next(one.value for one in at.dataframe if "Decision" in one.value)
    assert list(decisions["Day"]) == [date(2026, 11, 30)]


def test_two_scenarios_of_one_name_are_told_apart_by_when_they_were_saved(there: Workspace) -> None:
    with_scenario(our_work, OURS)
    at = with_scenario(our_work, OURS)
    (kept_,) = [one for one in at.selectbox if one.label == "Scenario to open"]
    assert len(kept_.options) == 2
    saved = r"Our own unit, saved \d+ [A-Z][a-z]+ \d{4} at \d\d:\d\d UTC"
    assert all(re.fullmatch(saved, one) for one in kept_.options)


def history(first: str, last: str) -> bytes:
    """Months of the unit that does not exist, as it would send them."""
    file = REPOSITORY / "data" / "synthetic-history.csv"
    heading, *lines = file.read_text(encoding="utf-8").splitlines()
    kept_lines = [line for line in lines if first <= line[:7] <= last]
    return ("\n".join([heading, *kept_lines]) + "\n").encode()


def brought(at: AppTest, content: bytes) -> AppTest:
    """Bring a month's figures to the page, and do the round."""
    (file,) = [one for one in at.file_uploader if one.label.startswith("This month's figures")]
    file.set_value(("ours.csv", content, "text/csv"))
    run(at)
    return pressed(at, "Do the round")


@pytest.mark.slow
def test_a_round_on_the_page_compares_and_rolls_forward(there: Workspace) -> None:
    text = (REPOSITORY / "data" / "synthetic-scenario.toml").read_text(encoding="utf-8")
    at = with_scenario(our_figures, text)
    at.segmented_control(key="way in").set_value("This month")
    run(at)
    brought(at, history("2019-04", "2019-07"))
    assert "Figures to July 2019 are kept. There was no forecast of them yet" in said(at)
    brought(at, history("2019-08", "2019-08"))
    assert "lie within the range of 8 in 10 simulations" in said(at)
    assert "The scenario in view now starts after August 2019" in said(at)
    (one,) = scenarios.scenarios(there, Hands().of())
    found = scenarios.open_scenario(there, Hands().of(), one.id)
    assert found.version.name == "Round to August 2019"
    assert "2019-08,1,rso" in found.content.files["monthly-figures.csv"]
