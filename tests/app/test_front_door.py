"""The app opens, stays on this machine and shows a person no fault."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from capacity.app import addresses, pages
from capacity.app.door import letters_of


def test_the_first_page_opens_without_a_fault(app_page: Page) -> None:
    assert app_page.get_by_role("heading").count() > 0
    assert app_page.get_by_test_id("stException").count() == 0


def test_nothing_is_asked_of_any_other_machine(page: Page, app_address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_address)
    page.get_by_role("heading").first.wait_for()
    hosts = {urlsplit(url).hostname for url in asked if url.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("typed", "address", "title"),
    [
        ("where-we-are", "", "Norfolk, position at 30 September 2024"),
        ("Where_we_are?scenario=norfolk-2021", "?scenario=norfolk-2021", "Norfolk, 2021"),
        ("answer", "", "Norfolk, position at 30 September 2024"),
        ("Money", "money", "Money"),
        ("team?scenario=norfolk-2021", "team-size?scenario=norfolk-2021", "Team size"),
        ("what_if/", "what-if", "What if"),
        ("how certain", "how-certain", "How certain"),
    ],
)
def test_an_address_typed_from_memory_leads_to_its_page(
    page: Page, app_address: str, typed: str, address: str, title: str
) -> None:
    page.goto(f"{app_address}/{typed}")
    expect(page.get_by_role("heading", name=title).first).to_be_visible(timeout=60_000)
    assert page.url.startswith(f"{app_address}/{address}")
    assert page.get_by_text("Page not found").count() == 0


def test_every_page_is_known_by_its_address_and_by_its_names() -> None:
    known = addresses()
    for one in (one for group in pages() for one in group):
        for words in (one.path, one.title):
            assert known[letters_of(words)] in (one.path, ""), words
