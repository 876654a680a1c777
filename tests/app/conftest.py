"""The app in a real browser: `app_page` is a page with the app open and at rest."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SECONDS_TO_START = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever uses a browser, so that the quick run can never meet one."""
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back the main module that AppTest replaces; processes started later run it again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Take the machine's own Chromium where it has one, and keep it off the network."""
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium refuses to start as root with it
    launch = {**browser_type_launch_args, "args": flags}
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return {**launch, "executable_path": found} if found else launch


@pytest.fixture(scope="session")
def app_address(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app as a person does, on a free loopback port, for the whole session."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    options = [f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none"]
    log = tmp_path_factory.mktemp("app") / "server.log"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [*command, *options], cwd=repository, stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_healthy(server, address, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


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


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the app's server stopped at once:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the app was not up after {SECONDS_TO_START} s:\n{log.read_text()}")
