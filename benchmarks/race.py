"""The race: the same questions put to us and to others, on one machine, in one run.

Run: `python benchmarks/race.py`. Prints Markdown; agreement of answers first. `--write` puts it
into docs/race.md too, `--quick` leaves the longest out, `--only decision` runs one part of it and
leaves the others as they are. About ten minutes on two quiet cores.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

# Before NumPy is loaded: every way has one thread.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

PAGE = Path(__file__).resolve().parents[1] / "docs" / "race.md"

FAIR = (
    "The same questions, put to us and to others by `python benchmarks/race.py`, each part in one "
    "run on one machine. Ratios say more than seconds: another machine will differ. Answers come "
    "before times.\n\n"
    "What is held the same in sizing: the scenario (`benchmarks/norfolk-2024-first.toml`, the "
    "first edition of `norfolk-2024`), one thread, whole posts proven to "
    "0.5%, each solver's own tolerances (primal 1e-7; ours asks 1e-9 without whole posts), CPU "
    "seconds with those of solvers run as processes, the quickest of two runs (whole posts: one). "
    "What differs: ours counts everything from the settings on (model, today's projection, "
    "problem, answer and, for whole posts, the people that recruitment really gives and our own "
    "check of every rule); theirs counts building in the modeller and solving rows that are "
    "already written. The rows are those of `tests/reference/size.py`, every duty month by month "
    "as the method has it. CBC is the one that PuLP brings."
)


def machine() -> str:
    """Return what all of it ran on."""
    packages = ("highspy", "pulp", "linopy", "simpy", "mesa", "numpy", "scipy", "distributed")
    there = [name for name in packages if importlib.util.find_spec(name)]
    found = ", ".join(f"{name} {version(name)}" for name in there)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"Measured on {time.strftime('%-d %B %Y')}: {cores} cores, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; {found}. "
        f"Load when it began: {os.getloadavg()[0]:.1f}."
    )


PARTS = {
    "sizing": "Sizing, beside PuLP and linopy",
    "decision": "The decision under uncertainty, beside the extensive form",
    "projection": "Projection and uncertainty, beside SimPy and Mesa",
    "throughput": "Throughput of a sweep",
}


def sections() -> dict[str, str]:
    """Return the sections that are written already, by title."""
    _, *parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return dict(part.split("\n", 1) for part in parts)


def main() -> None:
    """Run the race and print it, or write it down."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--write", action="store_true", help="write docs/race.md")
    asked.add_argument("--quick", action="store_true", help="leave the longest out")
    asked.add_argument("--only", choices=PARTS, help="run one part of it")
    given = asked.parse_args()
    told = sections()
    for name, title in PARTS.items():
        if given.only in (None, name):
            began = machine()
            part = importlib.import_module(f"race_{name}")
            told[title] = f"\n{began}\n\n{part.tables(quick=given.quick)}\n"
            print(f"## {title}\n{told[title]}", flush=True)
    if given.write:
        parts = [f"## {title}\n{told[title]}" for title in PARTS.values() if title in told]
        PAGE.write_text("\n".join([f"# The race\n\n{FAIR}\n", *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
