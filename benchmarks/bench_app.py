"""How soon the pages answer in a real Chromium, and what a session costs in memory.

Run: `make bench` or `python benchmarks/bench_app.py` (about a minute; prints a Markdown table).
`python benchmarks/bench_app.py --sessions 25 --minutes 10` keeps so many sessions at work, each
moving a lever every 5 to 10 seconds, compares what they show with the engine's own figures, and
ends with status 1 if anything was wrong. `--browsers 2` of them are real; the others send and
receive what a browser would, because 25 browsers would take the machine from the server.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import sessions
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError
from streamlit.proto.Common_pb2 import StringArray

from capacity import stages
from capacity.reading.scenario import read
from capacity.results import summary
from tests import serving
from tests.serving import AT_REST, Server, served

REPOSITORY = Path(__file__).resolve().parents[1]
GROWTH = "cohorts.rso.growth_per_year"
FIELD = "Growth of the caseload (% per year)"
MOVES, SIZED_MOVES, SEEDS, SESSIONS, LONG = 9, 5, 3, 6, 40
GROWTHS = [tenth / 10 for tenth in range(1, 90)]
MOST = 120_000
"""Milliseconds after which an answer is taken for none."""

WATCH = """() => {
  const chart = '[data-testid=stVegaLiteChart]';
  window.asked = window.drawn = 0;
  for (const kind of ['keydown', 'click'])
    addEventListener(kind, () => { window.asked = performance.now(); }, true);
  new MutationObserver(changes => {
    for (const {target} of changes) {
      const at = target.nodeType === 1 ? target : target.parentElement;
      if (at && at.closest(chart)) window.drawn = performance.now();
    }
  }).observe(document.body,
             {subtree: true, childList: true, attributes: true, characterData: true});
}"""
"""Notes when a person last did something, and when a chart was last drawn."""

DONE = f"""() => window.drawn > window.asked
  && document.querySelector('{AT_REST}') && performance.now() - window.drawn > 400"""


def held(server: Server) -> float:
    """MB held by the server itself."""
    return memory("-p", server.process.pid)


def held_by_workers(server: Server) -> float:
    """MB held by the processes that work for it."""
    return memory("--ppid", server.process.pid)


def memory(which: str, pid: int) -> float:
    """Return the MB that processes hold, as `ps` tells."""
    command = ["ps", "-o", "rss=", which, str(pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # 1 where none is
    return sum(map(int, told.stdout.split())) / 1024


@cache
def engine(growth: float) -> str:
    """The answer of the engine itself."""
    scenario = read("norfolk-2024").replace({GROWTH: growth / 100})
    return summary.figures(stages.run(scenario, fixed=True))[0].words


async def opened(browser: Browser, address: str) -> Page:
    """Return a page of its own session, watched, at rest with its charts drawn."""
    page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
    await page.goto(address)
    await page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for(timeout=MOST)
    await page.locator(AT_REST).wait_for(timeout=MOST)
    await page.evaluate(WATCH)
    return page


async def lever(page: Page, value: float) -> float:
    """Move a lever and return the seconds until the last chart was drawn."""
    box = page.get_by_role("spinbutton", name=FIELD)
    await box.fill(f"{value:.1f}")
    await box.press("Enter")
    return await redrawn(page)


async def redrawn(page: Page) -> float:
    await page.wait_for_function(DONE, timeout=MOST, polling=50)
    return float(await page.evaluate("(window.drawn - window.asked) / 1000"))


async def demand(browser: Browser, server: Server, more: str = "") -> Page:
    page = await opened(browser, f"{server.address}/what-if{more}")
    await page.get_by_role("radio", name="Demand").click()
    await page.get_by_role("spinbutton", name=FIELD).wait_for()
    await page.locator(AT_REST).wait_for()
    return page


def values(seed: int) -> Iterator[float]:
    """Yield growths in no order, never the same twice running."""
    chance, last = random.Random(seed), 3.0  # as the scenario has it
    while True:
        value = chance.choice(GROWTHS)
        if value != last:
            yield value
        last = value


async def quick(browser: Browser, server: Server) -> None:
    """Print what one person waits for, and what sessions hold."""
    print("| what | measured | target |\n|---|---:|---:|")

    def told(what: str, measured: str, target: str) -> None:
        print(f"| {what} | {measured} | {target} |", flush=True)

    began = time.perf_counter()
    page = await opened(browser, server.address)
    told("first page drawn, server just up", f"{time.perf_counter() - began:.2f} s", "≤ 3 s")
    await page.context.close()

    page, growth = await demand(browser, server), values(1)
    took = [await lever(page, next(growth)) for _ in range(MOVES)]
    median = statistics.median(took)
    told(f"lever to last chart, fixed staff, median of {MOVES}", f"{median:.2f} s", "≤ 0.7 s")

    sized = await demand(browser, server, "?team=yes")
    took = [await lever(sized, next(growth)) for _ in range(SIZED_MOVES)]
    median = statistics.median(took)
    told(f"… with re-sizing, median of {SIZED_MOVES}", f"{median:.2f} s", "≤ 2.5 s")
    await sized.context.close()

    sure, took = await opened(browser, f"{server.address}/how-certain"), []
    for seed in range(2, 2 + SEEDS):
        box = sure.get_by_role("spinbutton", name="Random numbers")
        if not await box.is_visible():
            await sure.get_by_role("button", name="Advanced").click()
        await box.fill(str(seed))
        await box.press("Enter")
        took.append(await redrawn(sure))
    median = statistics.median(took)
    told(f"10,000 draws to last chart, median of {SEEDS}", f"{median:.2f} s", "≤ 4 s")
    await sure.context.close()

    before = held(server)
    for value in GROWTHS:
        engine(value)  # before anything is timed: it shares the machine
    pages = [await demand(browser, server) for _ in range(SESSIONS)]
    for one in pages:
        await lever(one, next(growth))
    each = (held(server) - before) / SESSIONS
    told(f"memory a session, of {SESSIONS} more", f"{each:.0f} MB", "≤ 60 MB")
    for one in pages:
        await one.context.close()
    first = held(server)
    for _ in range(LONG):
        await lever(page, next(growth))
    grown = held(server) - first
    told(f"memory of the server, {LONG} levers later", f"{grown:+.0f} MB of {first:.0f}", "flat")


@dataclass
class Tally:
    """What many sessions met."""

    in_browsers: list[float] = field(default_factory=list)
    in_sessions: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    checked: int = 0

    def check(self, who: str, growth: float, shown: list[str], faults: int) -> None:
        """Hold what is shown against the engine's own figures."""
        self.checked += 1
        if faults:
            self.wrong.append(f"{who}: a fault is shown")
        if engine(growth) not in shown:
            self.wrong.append(f"{who}, growth {growth}: {shown[:1]!r}, not {engine(growth)!r}")


async def in_browser(page: Page, number: int, until: float, tally: Tally) -> None:
    """Move a lever every 5 to 10 seconds in a browser and look at what is shown."""
    chance = random.Random(number)
    for growth in values(number):
        await asyncio.sleep(chance.uniform(5, 10))
        if time.monotonic() > until:
            return
        try:
            tally.in_browsers.append(await lever(page, growth))
            shown = await page.locator(".st-key-single-course p").all_inner_texts()
            faults = await page.get_by_test_id("stException").count()
        except BrowserError as error:
            tally.wrong.append(f"browser {number}: {str(error).splitlines()[0]}")
            return
        words = [one.replace("\N{NO-BREAK SPACE}", " ") for one in shown]
        tally.check(f"browser {number}", growth, words, faults)


async def in_session(server: Server, number: int, until: float, tally: Tally) -> None:
    """Do the same without a browser."""
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, 10))
    async with sessions.opened(server.address, "what-if") as session:
        await session.set("What to change", string_array_value=StringArray(data=["Demand"]))
        for growth in values(number):
            await asyncio.sleep(chance.uniform(5, 10))
            if time.monotonic() > until:
                return
            took = await session.set(FIELD, double_value=growth)
            tally.in_sessions.append(took)
            tally.check(f"session {number}", growth, session.words, session.faults)


async def many(browser: Browser, server: Server, asked: argparse.Namespace) -> int:
    """Print what many sessions at once wait for, and what the server holds."""
    for value in GROWTHS:
        engine(value)  # before anything is timed: it shares the machine
    pages = [await demand(browser, server) for _ in range(asked.browsers)]  # one by one
    tally, until = Tally(), time.monotonic() + 60 * asked.minutes
    work = [in_browser(page, number, until, tally) for number, page in enumerate(pages)]
    work += [
        in_session(server, number, until, tally) for number in range(len(pages), asked.sessions)
    ]
    together = asyncio.gather(*work, return_exceptions=True)
    await asyncio.sleep(min(60.0, 15 * asked.minutes))
    start = held(server)
    for one in await together:
        if isinstance(one, BaseException):
            tally.wrong.append(f"{type(one).__name__}: {str(one).splitlines()[:1]}")
    rows = [("levers moved, each compared with the engine", f"{tally.checked:,}", "")]
    for what, took in (
        ("the last chart, in a browser", tally.in_browsers),
        ("the last word from the server", tally.in_sessions),
    ):
        if took:
            took.sort()
            late = took[min(len(took) - 1, int(0.95 * len(took)))]
            rows.append(
                (f"{len(took):,} times to {what}: median", seconds(took[len(took) // 2]), "")
            )
            rows.append(("… 95th percentile", seconds(late), "≤ 3 s"))
            rows.append(("… longest", seconds(took[-1]), ""))
    rows += [
        ("errors", f"{len(tally.wrong)}", "0"),
        ("memory of the server, all sessions open", f"{start:.0f} MB", ""),
        ("… at the end", f"{held(server):.0f} MB", "flat"),
        ("… of its workers", f"{held_by_workers(server):.0f} MB", ""),
    ]
    title = (
        f"{asked.sessions} sessions, {asked.browsers} of them browsers, {asked.minutes:g} minutes"
    )
    print(f"| {title} | measured | target |\n|---|---:|---:|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    for words in tally.wrong[:20]:
        print(words, file=sys.stderr)
    return int(bool(tally.wrong))


def seconds(amount: float) -> str:
    return f"{amount:.2f} s"


async def main() -> int:
    """Measure, in one browser."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sessions", type=int, default=0)
    asked.add_argument("--browsers", type=int, default=2)
    asked.add_argument("--minutes", type=float, default=10.0)
    options = asked.parse_args()
    awake = (
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
    )
    async with async_playwright() as started:
        browser = await started.chromium.launch(**serving.browser(*awake))
        with tempfile.TemporaryDirectory() as folder, served(Path(folder, "log")) as server:
            if options.sessions:
                return await many(browser, server, options)
            await quick(browser, server)
        await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
