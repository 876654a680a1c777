"""A page whose session is no longer there says so; it never shows another unit's figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from capacity.app import state
from capacity.reading.scenario import read
from tests.app.pages import opened, run, said, where_we_are
from tests.serving import AT_REST, free_port, served
from tests.toys import toy

SHIPPED = read(state.FIRST).settings.title


def test_a_page_whose_session_ended_shows_no_figures_until_a_scenario_is_chosen() -> None:
    at = opened(where_we_are, session="ended")
    assert "This session has ended" in said(at)
    assert SHIPPED not in said(at)
    assert dict(at.query_params) == {"session": "ended"}  # so that it is still said after a reload
    assert at.selectbox(key="pick scenario").value is None
    at.selectbox(key="pick scenario").set_value(state.FIRST)
    assert SHIPPED in said(run(at))
    assert at.query_params["scenario"] == state.FIRST
    assert "session" not in dict(at.query_params)


def test_an_own_file_named_like_a_shipped_one_is_not_replaced_by_it() -> None:
    at = opened(where_we_are, scenario=f"{state.FIRST}.toml")
    assert "This scenario is not open" in said(at)
    assert SHIPPED not in said(at)


def test_a_page_that_names_what_was_open_says_that_its_session_ended_until_it_is_opened() -> None:
    at = opened(where_we_are, session="ended", scenario="mine.toml", growth="0.05")
    assert "This session has ended" in said(at)
    assert "mine.toml" in said(at)
    assert SHIPPED not in said(at)
    asked = {"session": "ended", "scenario": "mine.toml", "growth": "0.05"}
    assert dict(at.query_params) == asked  # so that it is still said after a reload
    at.selectbox(key="pick scenario").set_value(state.FIRST)
    assert SHIPPED in said(run(at))
    assert dict(at.query_params) == {"scenario": state.FIRST}


@pytest.mark.slow
def test_an_open_page_does_not_turn_into_another_unit_when_the_server_is_restarted(
    page: Page, tmp_path: Path
) -> None:
    port = free_port()
    mine = tmp_path / "mine.toml"
    mine.write_text(toy().replace("A toy", "Our own unit"), encoding="utf-8")
    lines: list[WebSocket] = []
    page.on("websocket", lambda line: lines.append(line))  # noqa: PLW0108 (playwright marks it)
    with served(tmp_path / "before.log", port=port) as server:
        page.goto(server.address)
        page.locator(AT_REST).wait_for(timeout=60_000)
        page.get_by_role("button", name="Open a scenario file").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_test_id("stFileUploader").locator("button:visible").last.click()
        chooser.value.set_files(mine)
        expect(page.get_by_role("heading", name="Our own unit")).to_be_visible(timeout=60_000)
        page.keyboard.press("Escape")
        page.wait_for_timeout(500)  # a run that is cut off is run again, with the address
        page.locator(AT_REST).wait_for(timeout=60_000)
    before = len(lines)
    with served(tmp_path / "after.log", port=port):
        # The page connects again by itself; a click before that would be a new page's.
        while len(lines) == before or lines[-1].is_closed():
            page.wait_for_timeout(100)
        page.wait_for_timeout(1_000)
        page.get_by_role("link", name="Team").click()
        expect(page.get_by_text("This session has ended")).to_be_visible(timeout=60_000)
        page.locator(AT_REST).wait_for(timeout=60_000)
        assert SHIPPED not in page.get_by_test_id("stMain").inner_text()
        page.reload()
        expect(page.get_by_text("This session has ended")).to_be_visible(timeout=60_000)
        # A new tab is nobody's lost session.
        other = page.context.new_page()
        other.goto(f"http://127.0.0.1:{port}")
        expect(other.get_by_role("heading", name=SHIPPED)).to_be_visible(timeout=60_000)
