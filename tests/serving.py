"""The app served as a person does, on a free port of this machine, and the browser to see it in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

REPOSITORY = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'
"""What is there when no script of a page runs."""

STILL = f"""async () => {{
    const moves = () => !document.querySelector('{AT_REST}')
        || document.querySelector('[data-stale="true"]')
        || document.getAnimations().some(one => one.playState === 'running');
    const end = performance.now() + 30000;
    for (let since = performance.now(); performance.now() - since < 400;) {{
        await new Promise(resolve => setTimeout(resolve, 50));
        if (moves()) since = performance.now();
        if (performance.now() > end) return false;
    }}
    return true;
}}"""
"""Waits until nothing on a page has moved or faded for a while: what fades is pale for a moment."""

STREAMLITS_OWN = {"stSidebar", "stHeader", "stToolbar"}
"""Nodes that Streamlit draws by itself and this project cannot mend."""

SECONDS_TO_START = 180
"""A busy machine may take long, the more where the simulation is yet to be compiled."""


@dataclass(frozen=True)
class Server:
    """A server of the app: its process, and where it answers."""

    process: subprocess.Popen[bytes]
    address: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    log: Path, *options: str, port: int | None = None, **environment: str
) -> Iterator[Server]:
    """Serve the app with these options of Streamlit's until the block ends."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    command += [f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, *options],
            cwd=REPOSITORY,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        try:
            server = Server(process, f"http://127.0.0.1:{port}")
            _wait_until_healthy(server, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(server: Server, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the app's server stopped at once:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the app was not up after {SECONDS_TO_START} s:\n{log.read_text()}")


def browser(*flags: str) -> dict[str, Any]:
    """What Chromium is launched with: the machine's own where it has one, off the network."""
    every = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        *flags,
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        every.append("--no-sandbox")  # Chromium refuses to start as root with it
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return {"args": every} | ({"executable_path": found} if found else {})


def barriers(page: Page) -> list[tuple[str, str]]:
    """What keeps somebody from reading or using a page, as axe finds it; Streamlit's own apart."""
    from axe_playwright_python.sync_playwright import Axe

    assert page.evaluate(STILL)
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], node["html"][:200])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(name in node["html"] for name in STREAMLITS_OWN)
    ]
