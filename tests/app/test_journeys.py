"""A manager's questions, in a real browser, from opening the page to the file for finance.

Figures are compared with the engine's own. Pictures go to out/pictures, to be looked at.
"""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.reading.scenario import Scenario, read
from capacity.results import summary
from capacity.results.outputs import as_csv
from capacity.results.tables import tables
from tests.serving import AT_REST, STILL, barriers

GROWTH = "cohorts.rso.growth_per_year"
FASTER = {GROWTH: 0.05}
Keep = Callable[[Page, str], None]


def at_rest(page: Page) -> None:
    """Wait until the script has run and the page has drawn its charts."""
    page.wait_for_timeout(300)  # what was just done may not have reached the server yet
    page.locator(AT_REST).wait_for(timeout=60_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def visit(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    at_rest(page)


ALONE = (
    "An analyst's view. The central case: a single course, without chance. What to agree now tells "
    "the posts and the probability. "
)


def answer(page: Page) -> str:
    """The single course of a page on which what to agree was not asked for."""
    words = " ".join(page.locator(".st-key-single-course p").all_inner_texts())
    words = words.replace("\N{NO-BREAK SPACE}", " ")
    assert words.startswith(ALONE)
    return words.removeprefix(ALONE)


def engine(values: dict[str, float] | None = None, *, fixed: bool = True) -> str:
    return engine_beside(read("norfolk-2024"), values or {}, fixed=fixed)


def engine_beside(base: Scenario, values: dict[str, float], *, fixed: bool = True) -> str:
    """The answer, compared with the scenario before the changes where some are made."""
    before = stages.run(base, fixed=fixed)
    found = replace(stages.run(base.replace(values), fixed=fixed), before=before)
    return summary.figures(found if values else before)[0].words


def test_what_happens_if_i_do_nothing(app_page: Page, keep_picture: Keep) -> None:
    assert answer(app_page) == engine()
    expect(app_page.locator("canvas, .vega-embed svg").first).to_be_visible()
    expect(app_page.get_by_test_id("stMetric").first).to_contain_text("1,255")
    keep_picture(app_page, "where-we-are")


def test_what_if_growth_is_five_per_cent(
    app_page: Page, app_address: str, browser: Browser, keep_picture: Keep
) -> None:
    page = app_page
    page.get_by_role("link", name="What if").click()
    page.get_by_role("radio", name="Demand").click()
    field = page.get_by_role("spinbutton", name="Growth of the caseload (% per year)")
    field.fill("5")
    field.press("Enter")
    title = page.get_by_text("furthest from the baseline in September 2029").first
    expect(title).to_be_visible(timeout=20_000)
    at_rest(page)
    assert answer(page) == engine(FASTER)
    assert f"{GROWTH}=0.05" in page.url
    keep_picture(page, "what-if")

    fresh = browser.new_page()
    visit(fresh, page.url, "")
    assert answer(fresh) == engine(FASTER)
    fresh.close()

    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Nothing: this is the scenario as it stands")).to_be_visible()
    at_rest(page)
    assert answer(page) == engine()
    assert GROWTH not in page.url


CHARTS = "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')]"
LINES = (
    f"{CHARTS}.map(one => [...one.querySelectorAll('.mark-line path')]"
    ".map(line => line.getAttribute('d')).join())"
)


def test_a_lever_moves_the_lines_of_the_charts_that_are_there(page: Page, app_address: str) -> None:
    """Nothing flickers: the first change adds the baseline, every later one only new figures."""
    visit(page, f"{app_address}/what-if?{GROWTH}=0.05", "")
    page.get_by_role("radio", name="Demand").click()
    at_rest(page)
    before = page.evaluate(f"{CHARTS}.forEach(one => one.kept = true); {LINES}")
    assert len(before) == 5  # two of visits, cases per officer, work left undone, work cut short
    field = page.get_by_role("spinbutton", name="Growth of the caseload (% per year)")
    field.fill("7")
    field.press("Enter")
    first = engine({GROWTH: 0.07}).partition(". ")[0]
    expect(page.locator(".st-key-answer")).to_contain_text(first, timeout=20_000)
    at_rest(page)
    assert page.evaluate(f"{CHARTS}.map(one => one.kept === true)") == [True] * 5
    after = page.evaluate(LINES)
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_how_many_officers_and_what_do_they_cost(
    page: Page, app_address: str, keep_picture: Keep
) -> None:
    visit(page, app_address, "/team-size")
    page.get_by_role("button", name="Work out the team", exact=True).click()
    expect(page.get_by_text("Posts by year and grade", exact=True)).to_be_visible(timeout=60_000)
    at_rest(page)
    assert answer(page) == engine(fixed=False)
    keep_picture(page, "team-size")
    page.get_by_role("link", name="Money").click()
    expect(page.get_by_text("Options side by side", exact=True)).to_be_visible()
    at_rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").last.click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    table = tables(stages.run(read("norfolk-2024")))["budget"]
    inputs = "Norfolk, position at 30 September 2024"
    assert text == as_csv(table.assign(inputs=inputs)).decode()
    keep_picture(page, "money")


def test_what_if_iom_helps(page: Page, app_address: str, keep_picture: Keep) -> None:
    """With nothing lent against what IOM lends today."""
    visit(page, app_address, "/what-if")
    page.locator(".st-key-answer").wait_for()
    at_rest(page)
    about = page.get_by_role("combobox", name="About")
    about.click()
    about.fill("Lending")  # a long list shows what there is room for
    page.get_by_role("option", name="Lending between teams").click()
    field = page.get_by_role("spinbutton", name="Largest share of the lender's own hours")
    field.fill("0")
    field.press("Enter")
    page.get_by_role("button", name="Undo").first.wait_for()
    at_rest(page)
    assert answer(page) == engine({"flex.iom to ppu.max_share": 0})
    assert answer(page) != engine()
    keep_picture(page, "iom-helps")


def test_it_is_taken_to_finance(
    app_page: Page, app_address: str, tmp_path: Path, keep_picture: Keep
) -> None:
    """From opening the page to the report: every file is that of the command line to the byte."""
    page = app_page
    page.get_by_role("combobox", name="Scenario", exact=True).click()
    page.get_by_role("option", name="Norfolk, 2021 as published").click()
    at_rest(page)
    page.get_by_role("link", name="What if").click()
    at_rest(page)
    page.get_by_test_id("stNumberInputStepUp").first.click()
    page.get_by_role("button", name="Undo").first.wait_for()
    at_rest(page)
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_role("heading", name="What the report holds")).to_be_visible()
    at_rest(page)
    keep_picture(page, "report-before")
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_text("The report is ready")).to_be_visible(timeout=120_000)
    at_rest(page)
    inside = page.frame_locator("iframe[title='Preview of the report']")
    inside.get_by_role("link", name="Inspection pack").click()
    expect(inside.get_by_role("heading", name="Inspection pack")).to_be_in_viewport()
    keep_picture(page, "report")

    kept = {}
    for label in ("Download the scenario file", "HTML", "PDF", "Excel", "All tables (ZIP)"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        kept[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(kept[label])
    scenario = kept["Download the scenario file"]
    assert scenario.name == "norfolk-2021-what-if.toml"
    out = tmp_path / "out"
    outcome = CliRunner().invoke(app, ["plan", str(scenario), "--out", str(out)])
    assert outcome.exit_code == 0, outcome.output
    for label, name in (("HTML", "report.html"), ("PDF", "report.pdf"), ("Excel", "plan.xlsx")):
        assert kept[label].read_bytes() == (out / name).read_bytes(), label
    with zipfile.ZipFile(kept["All tables (ZIP)"]) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    written = {path.name: path.read_bytes() for path in out.iterdir()}
    written.pop("timings.json")
    assert packed == {**written, scenario.name: scenario.read_bytes()}


def test_a_bad_workbook_is_told_by_cell_and_a_mended_one_is_taken(
    page: Page, app_address: str, tmp_path: Path, keep_picture: Keep
) -> None:
    visit(page, app_address, "/our-figures")
    page.get_by_role("radio", name="Workbook").click()
    at_rest(page)
    ours = tmp_path / "ours.xlsx"
    with page.expect_download() as download:
        page.get_by_role("button", name="Filled with the scenario in view").click()
    download.value.save_as(ours)
    book = load_workbook(ours)
    cell = next(c for c in book["Tiers"]["D"] if c.row >= 7 and c.value is not None)
    right, cell.value = cell.value, "many"
    book.save(ours)

    def bring() -> None:
        with page.expect_file_chooser() as chooser:
            page.get_by_test_id("stFileUploader").locator("button:visible").last.click()
        chooser.value.set_files(ours)

    bring()
    expect(page.get_by_text("has 1 problem")).to_be_visible(timeout=30_000)
    at_rest(page)
    keep_picture(page, "bad-workbook")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    told = Path(download.value.path()).read_text(encoding="utf-8")
    assert f"Tiers,{cell.coordinate}," in told
    assert '""many""' in told or "many" in told
    assert "norfolk-2024" in page.url

    cell.value = right
    book.save(ours)
    bring()
    expect(page.get_by_text("is now the scenario in view")).to_be_visible(timeout=30_000)
    at_rest(page)
    keep_picture(page, "workbook")
    page.get_by_role("link", name="Answer").click()
    expect(page.locator(".st-key-answer")).to_be_visible()
    at_rest(page)
    assert answer(page) == engine()


def test_a_figure_is_corrected_in_the_table(
    page: Page, app_address: str, keep_picture: Keep
) -> None:
    """With the keyboard, as in a spreadsheet; it comes back as it was typed."""
    visit(page, app_address, "/our-figures")
    page.get_by_role("radio", name="Quick corrections").click()
    at_rest(page)
    table = page.get_by_test_id("stDataFrame").first
    table.get_by_test_id("data-grid-canvas").wait_for()
    cell = page.locator("#portal input")
    for _ in range(10):  # a table that is still being drawn takes no click
        assert page.evaluate(STILL)
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] - 40, box["y"] + 35 * 2 + 17)  # the second row
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        if cell.is_visible():
            break
    expect(cell).to_be_focused()  # or what is typed first is lost while it opens
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("230.5", delay=80)  # as fast as people do: the table keeps up with them
    expect(cell).to_have_value("230.5")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    changed = page.get_by_text("226 cases → 230.5 cases")
    for _ in range(40):  # a table says what was typed a moment later, longer on a busy machine
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Apply").click()
        at_rest(page)
        if changed.is_visible():
            break
    expect(changed).to_be_visible()
    at_rest(page)
    assert "cohorts.rso.tiers.high.cases=230.5" in page.url
    keep_picture(page, "corrections")
    page.get_by_role("link", name="Answer").click()
    expect(page.locator(".st-key-answer")).to_be_visible()
    at_rest(page)
    assert answer(page) == engine({"cohorts.rso.tiers.high.cases": 230.5})


def test_my_own_scenario_can_be_opened_and_what_is_wrong_in_it_is_said(
    page: Page, app_address: str, tmp_path: Path
) -> None:
    visit(page, app_address, "/?scenario=mine.toml&cohorts.rso.growth_per_year=0.05")
    expect(page.get_by_text("This scenario is not open")).to_be_visible()
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
    assert answer(page) == engine_beside(read(mine), FASTER)


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


def test_a_lever_redraws_every_chart(page: Page, app_address: str) -> None:
    """Until the last chart has changed; how long that takes is measured by the benchmark."""
    visit(page, app_address, "/what-if")
    page.locator("[data-testid=stVegaLiteChart] svg").nth(4).wait_for()
    for _ in range(4):
        page.wait_for_timeout(600)
        before = page.evaluate(LAST_CHART)
        page.get_by_test_id("stNumberInputStepUp").first.click()
        assert page.evaluate(LAST_CHART_CHANGED, [before, 20_000])
        at_rest(page)


PAGES = ["/", "/what-if", "/why", "/team-size", "/how-certain", "/money", "/compare"]
PAGES += ["/our-figures", "/assumptions", "/report", "/our-work"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_read_by_everyone_and_ask_no_other_machine(
    page: Page, app_address: str, path: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, app_address, path)
    assert barriers(page) == []
    hosts = {urlsplit(url).hostname for url in asked if url.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}


@pytest.mark.parametrize("way", ["Workbook", "Register", "Quick corrections", "History"])
def test_every_way_in_can_be_used_by_everyone(page: Page, app_address: str, way: str) -> None:
    visit(page, app_address, "/our-figures")
    page.get_by_role("radio", name=way).click()
    at_rest(page)
    assert barriers(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_dark(browser: Browser, app_address: str, path: str, keep_picture: Keep) -> None:
    page = browser.new_page(color_scheme="dark", viewport={"width": 1024, "height": 700})
    visit(page, app_address, f"{path}?{GROWTH}=0.05")
    colour = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert colour == "rgb(18, 23, 31)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    keep_picture(page, f"dark-{path.strip('/') or 'where-we-are'}")
    page.close()
