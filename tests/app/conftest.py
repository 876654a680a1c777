"""The app in a real browser: `app_page` is a page with the app open and at rest."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import serving
from tests.serving import AT_REST, SECONDS_TO_START


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever uses a browser, so that the quick run can never meet one."""
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Take the machine's own Chromium where it has one, and keep it off the network."""
    return {**browser_type_launch_args, **serving.browser()}


@pytest.fixture(scope="session")
def app_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app as a person does, on a free loopback port, for the whole session."""
    with serving.served(tmp_path_factory.mktemp("app") / "server.log") as server:
        yield server.address


@pytest.fixture
def app_page(page: Page, app_address: str) -> Page:
    """A fresh page with the app's first view drawn to its end."""
    page.goto(app_address)
    page.locator(AT_REST).wait_for(timeout=SECONDS_TO_START * 1000)
    return page


@pytest.fixture(scope="session")
def keep_picture(repository: Path) -> Callable[[Page, str], None]:
    """Keep a picture of a whole page in out/pictures, which git ignores, to be looked at."""
    folder = repository / "out" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.wait_for_timeout(400)
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        before = page.viewport_size or {"width": 1280, "height": 800}
        page.set_viewport_size({**before, "height": max(before["height"], int(height) + 20)})
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"{name}.png")
        page.set_viewport_size(before)

    return keep
