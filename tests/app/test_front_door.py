"""The app opens, stays on this machine and shows a person no fault."""

from urllib.parse import urlsplit

from playwright.sync_api import Page


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
