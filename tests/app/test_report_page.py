"""A report in a real browser: readable by everyone, on any width, asking nobody anything."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from capacity import plan, report
from capacity.reading.scenario import read
from capacity.results import outputs, tables


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = plan.run(read("vaws-2025"))
    manifest = outputs.manifest_of(found, {"fixed": False})
    files = report.files(found, tables.tables(found), manifest)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(files["report.html"])
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_nobody_is_shut_out(page: Page, report_file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report_file.as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_never_runs_off_the_screen(page: Page, report_file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_asked_of_anyone(page: Page, report_file: Path) -> None:
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.goto(report_file.as_uri())
    page.get_by_role("heading", level=1).wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert told == []


def test_the_contents_lead_to_each_part(page: Page, report_file: Path) -> None:
    page.goto(report_file.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the report"
    page.get_by_role("link", name="Inspection pack").click()
    assert page.url.endswith("#inspection")
