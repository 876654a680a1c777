"""A manager's questions, in a real browser, from opening the page to the file for finance.

Figures are compared with the engine's own. Pictures go to out/pictures, to be looked at.
"""

import statistics
import time
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from capacity import plan
from capacity.reading.scenario import Scenario, read, with_values
from capacity.results import summary
from capacity.results.outputs import as_csv
from capacity.results.tables import tables

AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'
GROWTH = "cohorts.rso.growth_per_year"
FASTER = {GROWTH: 0.05}
SLOWEST_LEVER = 2.5
"""Seconds, with other work on the machine; the target of 0.7 is measured by the benchmark."""

STREAMLITS_OWN = {"stSidebar", "stHeader", "stToolbar"}
"""Nodes that Streamlit draws by itself and this project cannot mend."""


@pytest.fixture
def pictures(repository: Path) -> Path:
    folder = repository / "out" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def at_rest(page: Page) -> None:
    """Wait until the script has run and the page has drawn its charts."""
    page.locator(AT_REST).wait_for(timeout=60_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def visit(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    at_rest(page)


def picture(page: Page, path: Path) -> None:
    """Keep a picture of the whole page."""
    page.wait_for_timeout(400)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": 1280, "height": max(800, int(height) + 20)})
    page.wait_for_timeout(400)
    page.screenshot(path=path)
    page.set_viewport_size({"width": 1280, "height": 800})


def answer(page: Page) -> str:
    words = page.locator(".st-key-answer p").first.inner_text()
    return words.replace("\N{NO-BREAK SPACE}", " ")


def engine(values: dict[str, float] | None = None, *, fixed: bool = True) -> str:
    scenario = with_values(read("norfolk-2024"), values or {})
    return summary.figures(plan.run(scenario, fixed=fixed))[0].words


def test_what_happens_if_i_do_nothing(app_page: Page, pictures: Path) -> None:
    assert answer(app_page) == engine()
    expect(app_page.locator("canvas, .vega-embed svg").first).to_be_visible()
    expect(app_page.get_by_test_id("stMetric").first).to_contain_text("1,255")
    picture(app_page, pictures / "where-we-are.png")


def test_what_if_growth_is_five_per_cent(
    app_page: Page, app_address: str, browser: Browser, pictures: Path
) -> None:
    page = app_page
    page.get_by_role("link", name="What if").click()
    page.get_by_role("radio", name="Demand").click()
    field = page.get_by_role("spinbutton", name="Growth of the caseload (% a year)")
    field.fill("5")
    field.press("Enter")
    expect(page.get_by_text("(baseline 42\N{NO-BREAK SPACE}%)")).to_be_visible(timeout=20_000)
    at_rest(page)
    assert answer(page) == engine(FASTER)
    assert f"{GROWTH}=0.05" in page.url
    picture(page, pictures / "what-if.png")

    fresh = browser.new_page()
    visit(fresh, page.url, "")
    assert answer(fresh) == engine(FASTER)
    fresh.close()

    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Nothing: this is the scenario as it stands")).to_be_visible()
    at_rest(page)
    assert answer(page) == engine()
    assert GROWTH not in page.url


def test_how_many_officers_and_what_do_they_cost(
    page: Page, app_address: str, pictures: Path
) -> None:
    visit(page, app_address, "/team-size")
    page.get_by_role("button", name="Work out the team", exact=True).click()
    expect(page.get_by_text("Posts by year and grade", exact=True)).to_be_visible(timeout=60_000)
    at_rest(page)
    assert answer(page) == engine(fixed=False)
    picture(page, pictures / "team-size.png")
    page.get_by_role("link", name="Money").click()
    expect(page.get_by_text("Options side by side", exact=True)).to_be_visible()
    at_rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").last.click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    table = tables(plan.run(read("norfolk-2024")))["budget"]
    inputs = "Norfolk, position at 30 September 2024"
    assert text == as_csv(table.assign(inputs=inputs)).decode()
    picture(page, pictures / "money.png")


def test_what_is_downloaded_gives_the_same_figures(
    page: Page, app_address: str, tmp_path: Path, pictures: Path
) -> None:
    changed = f"/download?{GROWTH}=0.05&standards.{quote('Home visits')}.completion=0.9"
    visit(page, app_address, changed)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the scenario file").click()
    scenario = tmp_path / download.value.suggested_filename
    download.value.save_as(scenario)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all tables (ZIP)").click()
    picture(page, pictures / "download.png")

    found = tables(plan.run(read(scenario), fixed=True))
    with zipfile.ZipFile(download.value.path()) as archive:
        for name, table in found.items():
            if name != "assumptions":  # in the order of the file
                assert archive.read(f"{name}.csv") == as_csv(table), name


def test_my_own_scenario_can_be_opened_and_what_is_wrong_in_it_is_said(
    page: Page, app_address: str, tmp_path: Path
) -> None:
    visit(page, app_address, "/?scenario=mine.toml&cohorts.rso.growth_per_year=0.05")
    expect(page.get_by_text("This scenario cannot be opened")).to_be_visible()
    mine = tmp_path / "mine.toml"
    page.get_by_role("button", name="Open a scenario file").click()

    def open_file() -> None:
        with page.expect_file_chooser() as chooser:
            page.get_by_test_id("stFileUploader").locator("button:visible").last.click()
        chooser.value.set_files(mine)

    mine.write_text('extends = "norfolk-2024.toml"\ntitle = "Mine"\nmonts = 3\n', encoding="utf-8")
    open_file()
    expect(page.get_by_text("mine.toml:3")).to_be_visible()
    mine.write_text(
        'extends = "norfolk-2024.toml"\ntitle = "Mine"\nmonths = 36\n', encoding="utf-8"
    )
    open_file()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    at_rest(page)
    with_growth: Scenario = with_values(read(mine), FASTER)
    assert answer(page) == summary.figures(plan.run(with_growth, fixed=True))[0].words


LAST_CHART_CHANGED = """async ([before, most]) => {
  const end = performance.now() + most;
  const last = () => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')].pop();
  while (performance.now() < end) {
    if (last() && last().outerHTML !== before) return true;
    await new Promise(requestAnimationFrame);
  }
  return false;
}"""
LAST_CHART = "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')].pop().outerHTML"


def test_a_lever_redraws_the_charts_at_once(page: Page, app_address: str) -> None:
    """From the click until the last chart has changed."""
    visit(page, app_address, "/what-if")
    page.locator("[data-testid=stVegaLiteChart] svg").nth(3).wait_for()
    took = []
    for _ in range(4):
        page.wait_for_timeout(600)
        before = page.evaluate(LAST_CHART)
        begin = time.perf_counter()
        page.get_by_test_id("stNumberInputStepUp").first.click()
        assert page.evaluate(LAST_CHART_CHANGED, [before, 20_000])
        took.append(time.perf_counter() - begin)
        at_rest(page)
    print("seconds from lever to last chart:", [round(one, 2) for one in took])
    assert statistics.median(took) < SLOWEST_LEVER, took


@pytest.mark.parametrize("path", ["/", "/what-if", "/money", "/assumptions"])
def test_pages_can_be_read_by_everyone(page: Page, app_address: str, path: str) -> None:
    visit(page, app_address, path)
    page.wait_for_timeout(500)
    found = Axe().run(page).response["violations"]
    ours = [
        (rule["id"], node["html"][:200])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(name in node["html"] for name in STREAMLITS_OWN)
    ]
    assert ours == []


def test_dark(browser: Browser, app_address: str, pictures: Path) -> None:
    page = browser.new_page(color_scheme="dark", viewport={"width": 1280, "height": 800})
    visit(page, app_address, f"/what-if?{GROWTH}=0.05")
    colour = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert colour == "rgb(18, 23, 31)"
    picture(page, pictures / "dark.png")
    page.close()
