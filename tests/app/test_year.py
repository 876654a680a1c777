"""A year of monthly rounds in a real browser, as a unit's planner does them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from capacity.wording import month
from capacity.workspace import forecasts, scenarios
from capacity.workspace.place import open_workspace
from tests.serving import AT_REST, served
from tests.workspace import year
from tests.workspace.hands import Hands


def at_rest(page: Page) -> None:
    page.wait_for_timeout(700)
    page.locator(AT_REST).wait_for(timeout=120_000)


def bring(page: Page, place: int, name: str, text: str) -> None:
    """Upload a file: the figures are asked for first, the register second."""
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_test_id("stMain").locator("input[type=file]").nth(place).set_input_files(file)
    at_rest(page)


@pytest.mark.slow
def test_a_year_of_rounds_on_the_page(page: Page, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    where = {"CAPACITY_WORKSPACE": str(kept)}
    workspace = open_workspace(str(kept))
    text = year.SCENARIO.read_text(encoding="utf-8")
    content = scenarios.Content("ours.toml", {"ours.toml": text})
    work = scenarios.keep_new(workspace, Hands().of(), content, "Ours", unit_name="Our unit").id
    with served(tmp_path / "server.log", **where) as server:
        page.goto(f"{server.address}/our-figures?work={work}")
        at_rest(page)
        page.get_by_text("This month", exact=True).first.click()
        at_rest(page)
        for sent in (year.Sent("2020-03", year.first_year()), *year.months()):
            bring(page, 0, f"{sent.month}.csv", sent.figures)
            expect(page.get_by_text("What will be counted")).to_be_visible(timeout=60_000)
            if sent.register:
                bring(page, 1, "register.csv", sent.register)
                day = page.get_by_test_id("stDateInput").get_by_role("spinbutton")
                for part, value in zip(
                    range(3), reversed(f"{sent.month}-30".split("-")), strict=True
                ):
                    day.nth(part).fill(value)
                at_rest(page)
            page.get_by_role("button", name="Do the round").click()
            said = f"The scenario in view now starts after {month(sent.month)}"
            expect(page.get_by_text(said)).to_be_visible(timeout=120_000)
            at_rest(page)
            if sent.alert:
                expect(page.get_by_text(sent.alert).first).to_be_visible()
        expect(page.get_by_text("How every forecast has done so far").first).to_be_visible()
        expect(page.get_by_role("button", name="Paper, PDF")).to_be_visible()
    made = forecasts.forecasts(workspace, Hands().of(), work)
    assert [one.last_month for one in made] == ["2020-03", *(one.month for one in year.months())]
    workspace.close()
    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        content_ = path.read_bytes()
        assert year.MARK.encode() not in content_, path
        assert year.CODE.encode() not in content_, path
