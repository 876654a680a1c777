"""Papers as pages: readable by everyone, at a desk and on a telephone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.test_mtfp import GRANT, UNIT
from tests.test_papers import made, paper_of

PAPERS = ("board", "business-case", "inspection")
VISITS = '[[standards]]\nname = "Visits"\ncohort = "rso"\nduty = "visit"\ncompletion = 0.5\n'


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Papers with simulations, and beside them those of a unit with a grant that ends."""
    place = tmp_path_factory.mktemp("papers")
    for kind, files in (
        ("decided", made()),
        ("granted", paper_of(f"{UNIT}{GRANT}{VISITS}from = 2025-06-01\n")),
    ):
        for name in PAPERS:
            (place / f"{kind}-{name}.html").write_bytes(files[f"{name}.html"])
    return place


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("kind", ["decided", "granted"])
def test_nobody_is_shut_out_of_a_paper(
    page: Page, folder: Path, kind: str, name: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((folder / f"{kind}-{name}.html").as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
