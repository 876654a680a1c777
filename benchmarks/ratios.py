"""Whether the main things have become slower: their time as a multiple of a fixed calculation's.

Run: `make speed` or `python benchmarks/ratios.py`; part of `make check`. Both are processor time of
this process, the least of several runs taken in turn, so that a slow or a busy machine slows both
alike. Each multiple is compared with the one stored in benchmarks/ratios.json. Ends with 1 if one
is twice as large in each of three measurements. `--update` stores the multiples as they are now:
run it on a quiet machine, with a change that is meant to cost time, and say so in the commit.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bench_plan
import numpy as np

from capacity import stages
from capacity.engine import building
from capacity.reading import scenario
from capacity.results import outputs, tables
from capacity.risk import futures
from capacity.risk.draws import Draws

STORED = Path(__file__).with_suffix(".json")

SLOWER = 2.0
"""A multiple this much larger than the stored one is a slowdown, and not another processor."""

ATTEMPTS = 3
ROUNDS = 3
SCENARIO = Path(__file__).with_name("norfolk-2024.toml")
SIMULATIONS = 100

Work = Callable[[], object]


def calibration() -> float:
    """Do what never changes: words and numbers in plain Python, and arrays."""
    found: dict[str, int] = {}
    for n in range(60_000):
        key = f"{n % 997}.{n % 13}"
        found[key] = found.get(key, 0) + n
    numbers = np.linspace(0.0, 1.0, 200_000)
    for _ in range(10):
        numbers = np.sort(np.sin(numbers * 1.7 + 0.3))
    small = np.ones((30, 30))
    for _ in range(3_000):
        small = np.minimum(small * 1.0001 + small.T, 2.0)
    return len(found) + float(numbers[0]) + float(small[0, 0])


def works() -> dict[str, Work]:
    """Return what is measured, by name; each is done once first, so that all is loaded."""
    read = scenario.read(str(SCENARIO))
    built = building.build(read)
    plan = stages.run(read, fixed=True)
    draws = Draws(read, 1)
    numbers = np.arange(1, SIMULATIONS + 1)
    found: dict[str, Work] = {
        "a scenario read": lambda: scenario.read(str(SCENARIO)),
        "current posts projected": lambda: bench_plan.fixed_staff(built),
        "the team needed, allowing part posts": lambda: bench_plan.without_whole_posts(read),
        "the team needed, in whole posts": lambda: bench_plan.whole_posts(read),
        f"{SIMULATIONS} simulations": lambda: futures.run(
            futures.world(draws, numbers), futures.todays(plan)
        ),
        "every table as CSV": lambda: [
            outputs.as_csv(table) for table in tables.tables(plan).values()
        ],
    }
    for work in found.values():
        work()
    return found


def spent(work: Work) -> float:
    """Return the seconds of processor time that something takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measured(every: dict[str, Work]) -> dict[str, float]:
    """Return each time as a multiple of the calibration's."""
    fixed = []
    least = dict.fromkeys(every, np.inf)
    for _ in range(ROUNDS):
        for name, work in every.items():
            fixed.append(spent(calibration))
            least[name] = min(least[name], spent(work))
    return {name: one / min(fixed) for name, one in least.items()}


def slowed(now: dict[str, float], before: dict[str, float]) -> list[str]:
    """Return the names of what takes much longer than it did."""
    return [name for name, one in now.items() if one > SLOWER * before.get(name, np.inf)]


def told(now: dict[str, float], before: dict[str, float]) -> str:
    """Return the multiples as a Markdown table."""
    lines = ["| what | times the calibration | stored | now ÷ stored |", "|---|--:|--:|--:|"]
    for name, one in now.items():
        known = before.get(name)
        beside = "| |" if known is None else f"{known:.2f} | {one / known:.2f} |"
        lines.append(f"| {name} | {one:.2f} | {beside}")
    return "\n".join(lines)


def main() -> int:
    """Measure, compare and tell."""
    before = json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}
    every = works()
    if "--update" in sys.argv:
        now = {name: round(one, 3) for name, one in measured(every).items()}
        STORED.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        print(told(now, before))
        return 0
    unknown = sorted(set(every) ^ set(before))
    if unknown:
        print(f"not the same as stored: {', '.join(unknown)}; run with --update")
        return 1
    least: dict[str, float] = {}
    for _ in range(ATTEMPTS):
        now = measured(every)
        least = {name: min(one, least.get(name, np.inf)) for name, one in now.items()}
        if not slowed(least, before):
            break
    print(told(least, before))
    late = slowed(least, before)
    if late:
        print(f"\nmore than {SLOWER:g} times as slow as stored: {', '.join(late)}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
