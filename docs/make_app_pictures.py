"""Take docs/pictures from the real app, as a manager goes through it (`make pictures`).

The app is served on a free port of this machine and opened in Chromium; each picture is cut to
what the guide tells about and kept in a palette of colours.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests import serving
from tests.serving import AT_REST

REPOSITORY = Path(__file__).resolve().parents[1]
PICTURES = Path(__file__).with_name("pictures")
WIDTH, HEIGHT = 1280, 800
COLOURS = 128
LARGEST = 120_000  # bytes
SECONDS = 300
"""The longest that one step may take."""

GROWTH = "cohorts.rso.growth_per_year"
LOAN = (
    '{team="ppu",grade="constable",fte=2,from=2025-02-01,until=2025-10-01,'
    'productivity=0.6,counts_in_ratio=false,why="Loan in"}'
)


# The app and the browser -------------------------------------------------------------------


@contextmanager
def opened() -> Iterator[Page]:
    """Open a browser with one empty page."""
    with sync_playwright() as play:
        browser = play.chromium.launch(**serving.browser("--force-color-profile=srgb"))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
        page.set_default_timeout(SECONDS * 1000)
        yield page
        browser.close()


def at_rest(page: Page) -> None:
    """Wait until the script has run, and nothing that can be stopped is being worked out."""
    page.wait_for_timeout(500)  # what was just done may not have reached the server yet
    page.locator(AT_REST).wait_for()
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
    page.get_by_text("Running 500 simulations").wait_for(state="detached")
    page.locator(AT_REST).wait_for()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def visit(page: Page, address: str) -> None:
    """Open an address of the app in a new session."""
    page.goto("about:blank")
    page.goto(address)
    at_rest(page)


# A picture ---------------------------------------------------------------------------------


def take(page: Page, name: str, first: Locator | None, last: Locator | None) -> None:
    """Keep what lies between two parts of the page; all of its width and top where none is named.

    With `first` the left side of the page, which is the same in every picture, is cut off.
    """
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": max(HEIGHT, int(height) + 20)})
    page.mouse.move(2, 2)  # no hint hangs over the page
    page.wait_for_timeout(800)
    side = page.get_by_test_id("stSidebar").bounding_box()
    left = 0.0 if first is None or side is None else side["x"] + side["width"] + 1
    top = 0.0 if first is None else _box(first)[0] - 14
    bottom = HEIGHT if last is None else _box(last)[1] + 14
    shot = page.screenshot(
        clip={"x": left, "y": top, "width": WIDTH - left, "height": bottom - top}
    )
    kept = io.BytesIO()
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    written = kept.getvalue()
    if len(written) > LARGEST:
        raise SystemExit(f"{name}: {len(written):,} bytes, at most {LARGEST:,}")
    (PICTURES / f"{name}.png").write_bytes(written)
    sys.stdout.write(f"{name}.png {picture.width} × {picture.height}, {len(written):,} bytes\n")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def _box(part: Locator) -> tuple[float, float]:
    found = part.bounding_box()
    if found is None:
        raise SystemExit(f"not on the page: {part}")
    return found["y"], found["y"] + found["height"]


def chart(page: Page, number: int) -> Locator:
    """Return one of the page's charts, the first being 0."""
    return page.get_by_test_id("stVegaLiteChart").nth(number)


def heading(page: Page, words: str) -> Locator:
    """Return a heading of the page."""
    return page.get_by_role("heading", name=words, exact=True)


# The way through the app -------------------------------------------------------------------


def where_we_are(page: Page, address: str) -> None:
    """What happens if nothing is done."""
    visit(page, address)
    take(page, "where-we-are", None, chart(page, 0))


def what_if(page: Page, address: str) -> None:
    """Growth of 5% typed in, two officers on loan added."""
    visit(page, f"{address}/what-if?people={LOAN}")
    page.get_by_role("radio", name="Demand").click()
    field = page.get_by_role("spinbutton", name="Growth of the caseload (% per year)")
    field.fill("5")
    field.press("Enter")
    page.get_by_role("button", name="Undo all").wait_for()
    at_rest(page)
    take(page, "what-if", None, chart(page, 1))


def team_size(page: Page, address: str) -> None:
    """The team needed, and why it has its size."""
    visit(page, f"{address}/team-size?team=yes")
    heading(page, "Why each post is needed").wait_for()
    at_rest(page)
    take(page, "team-size", heading(page, "Team size"), chart(page, 0))
    take(page, "reasons", heading(page, "Why each post is needed"), page.locator(".st-key-dates"))


def fixes(page: Page, address: str) -> None:
    """Standards that cannot be met, and what would make them possible."""
    visit(page, f"{address}/team-size?scenario=posts-frozen&team=yes")
    heading(page, "What would make it possible").wait_for()
    at_rest(page)
    take(page, "fixes", heading(page, "Team size"), page.locator(".st-key-fixes"))


def how_sure(page: Page, address: str) -> None:
    """Bands of what happens, and the chance that each standard is kept."""
    visit(page, f"{address}/how-certain?team=yes")
    chances = heading(page, "Probability that standards are met")
    chances.wait_for()
    at_rest(page)
    bands = page.get_by_role("heading", name="In 8 of 10 simulations completion")
    take(page, "how-sure", bands, chart(page, 0))
    take(page, "chances", chances, chart(page, 2))


def money(page: Page, address: str) -> None:
    """The options, what each post buys, and the least cost from 70% to 99% completion."""
    visit(page, f"{address}/money?team=yes")
    chart(page, 2).wait_for()
    at_rest(page)
    take(page, "money", heading(page, "Options side by side"), chart(page, 1))
    visit(page, f"{address}/money?team=yes&standards.Caseload%20limit=")
    chart(page, 2).wait_for()
    at_rest(page)
    title = page.get_by_role("heading", name="Completion").last
    take(page, "frontier", title, chart(page, 2))


def compare(page: Page, address: str) -> None:
    """Two what-ifs saved and compared with the scenario as it stands."""
    visit(page, f"{address}/compare?{GROWTH}=0.05")
    _save(page, "Growth of 5%")
    page.get_by_role("button", name="Undo").first.click()
    at_rest(page)
    page.get_by_role("link", name="Answer").first.click()
    page.get_by_role("link", name="What if").first.click()
    page.get_by_role("radio", name="People").click()
    at_rest(page)
    page.get_by_text("Add a loan, leave or sickness").click()
    page.get_by_role("combobox", name="What", exact=True).click()
    page.get_by_role("option", name="Loan in").click()
    page.get_by_role("spinbutton", name="How many (FTE)").fill("2")
    page.get_by_role("button", name="Add", exact=True).first.click()
    page.get_by_text("Loan in: 0 →").wait_for()
    at_rest(page)
    page.get_by_role("link", name="Compare").first.click()
    heading(page, "Compare").wait_for()
    at_rest(page)
    _save(page, "Two on loan")
    take(page, "compare", heading(page, "Saved what-ifs"), chart(page, 0))


def _save(page: Page, name: str) -> None:
    field = page.get_by_role("textbox", name="Name of this what-if")
    field.fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text(name, exact=True).first.wait_for()
    at_rest(page)


def our_figures(page: Page, address: str) -> None:
    """Cases by tier and people by grade, typed over."""
    visit(page, f"{address}/our-figures")
    page.get_by_role("radio", name="Quick corrections").click()
    at_rest(page)
    take(page, "our-figures", heading(page, "Our figures"), None)


def report(page: Page, address: str) -> None:
    """The report, made."""
    visit(page, f"{address}/report?scenario=leave-and-loan")
    page.get_by_text("Current posts only").click()
    at_rest(page)
    page.get_by_role("button", name="Make the report").click()
    page.get_by_text("The report is ready").wait_for()
    at_rest(page)
    inside = page.frame_locator("iframe[title='Preview of the report']")
    take(page, "report", heading(page, "Report"), inside.get_by_text("Source: scenario").first)


WAY: tuple[Callable[[Page, str], None], ...] = (
    where_we_are,
    what_if,
    team_size,
    fixes,
    how_sure,
    money,
    compare,
    our_figures,
    report,
)
"""The pages in the guide's order."""


def main(names: list[str]) -> None:
    """Take the pictures named, or all of them."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.served(Path(folder, "server.log")) as server,
        opened() as page,
    ):
        for step in WAY:
            if not names or step.__name__ in names:
                step(page, server.address)


if __name__ == "__main__":
    main(sys.argv[1:])
