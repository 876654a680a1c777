"""How long a batch takes, how well it shares the work out, what memory and handles it needs.

Run: `make bench` or `python benchmarks/bench_batch.py`. Prints Markdown tables. `--scenarios 200`
measures the target itself; `--soak` runs a thousand fixed-staff plans in one process and watches
its memory, with `--reports` a thousand reports; `--batches 1000` runs a thousand batches, one
after the other in one process, and watches memory and open files. `kills.py` kills them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from capacity import running
from capacity.batch import delivering, runs, telling
from capacity.reading import scenario
from capacity.report import looks
from tests import toys

NORFOLK = "norfolk-2024"
SOAK = 1_000
EVERY = 100
"""Runs after which memory is looked at."""


class Spent(NamedTuple):
    """Seconds on the clock and of all cores together."""

    clock: float
    cores: float


def what_ifs(folder: Path, number: int) -> None:
    """Write so many scenarios of a force: more growth, longer visits, another month more."""
    for n in range(number):
        growth, hours = 0.01 + 0.06 * (n % 10) / 9, 3.5 + 0.1 * (n // 10 % 10)
        title = f"Growth {growth:.3f}, {hours:.1f} hours per visit"
        text = (
            f'extends = "{NORFOLK}.toml"\ntitle = "{title}"\n'
            f"months = {60 - n // 100}\n[cohorts.rso]\ngrowth_per_year = {growth:.6f}\n"
            f"[cohorts.rso.duties.visit]\nhours = {hours:.1f}\n"
        )
        (folder / f"what-if-{n:04d}.toml").write_text(text, encoding="utf-8")


def command(folder: Path, out: Path, *more: str) -> list[str]:
    """Return the command of a batch."""
    command = [sys.executable, "-m", "capacity", "batch", str(folder), "--central"]
    return [*command, "--out", str(out), *more]


def batch(folder: Path, out: Path, *more: str) -> Spent:
    """Run a batch and return what it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command(folder, out, *more), check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def digest(folder: Path) -> dict[str, str]:
    """Return the hash of every file but those that say how long it took."""
    files = (one for one in folder.rglob("*") if one.is_file() and one.name != "timings.json")
    return {
        str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files
    }


def speed(number: int) -> None:
    """Print how long a batch takes, with and without reports, on one process and on all."""
    cores = running.cores()
    print(f"| {number} scenarios of {NORFOLK} | processes | clock | cores, each | 200 on 2 cores |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "in").mkdir()
        what_ifs(place / "in", number)
        made = {}
        for what, jobs, more in (
            ("tables and report", cores, ()),
            ("tables and report", 1, ()),
            ("tables", cores, ("--no-report",)),
            ("today's posts, tables", cores, ("--fixed", "--no-report")),
            ("tables, report and why", cores, ("--why",)),
        ):
            out = place / f"{what} {jobs}"
            took = batch(place / "in", out, "--jobs", str(jobs), *more)
            made[what, jobs] = (took, digest(out))
            each, whole = took.cores / number, took.cores / number * 200 / 2 / 60
            print(
                f"| {what} | {jobs} | {took.clock:.0f} s | {each:.2f} s | {whole:.1f} min |",
                flush=True,
            )
        many, one = made["tables and report", cores], made["tables and report", 1]
        same = "the same bytes" if many[1] == one[1] else "OTHER BYTES"
        print(
            f"\n{cores} processes: {one[0].clock / many[0].clock:.2f} times as fast as one, {same}."
        )


def soak() -> None:
    """Print the memory of a process that does one fixed-staff plan after another."""
    texts = {file.name: file.text for file in scenario.read(NORFOLK).files}
    first = next(iter(texts))
    print("\n| runs | resident memory, tables | with a report each |\n|---|---|---|")
    plain = delivering.Job(first, texts, {"fixed": True}, False, None)
    told = delivering.Job(first, texts, {"fixed": True}, False, looks(None, None))
    seen: list[tuple[int, int]] = []
    for n in range(1, SOAK + 1):
        delivering.make(plain)
        if n % EVERY == 0:
            seen.append((n, resident()))
    for n, before in seen:
        for _ in range(EVERY // 10):  # a tenth as many: each takes fifteen times as long
            delivering.make(told)
        print(f"| {n} | {before} MB | {resident()} MB (after {n // 10}) |", flush=True)


def soak_reports() -> None:
    """Print the memory of a process that makes one report after another."""
    texts = {file.name: file.text for file in scenario.read(NORFOLK).files}
    told = delivering.Job(next(iter(texts)), texts, {"fixed": True}, False, looks(None, None))
    print("\n| reports | resident memory | minutes |\n|---|---|---|")
    began = time.perf_counter()
    for n in range(1, SOAK + 1):
        delivering.make(told)
        if n % EVERY == 0:
            minutes = (time.perf_counter() - began) / 60
            print(f"| {n} | {resident()} MB | {minutes:.1f} |", flush=True)


def soak_batches(number: int) -> None:
    """Print memory and open files of a process that runs one small batch after another."""
    ask = partial(
        runs.BatchAsk,
        workers=1,
        scheduler=None,
        previous=None,
        options=delivering.options(fixed=False, central=True, draws=None),
        why=False,
        looks=None,
    )
    print("| batches | resident memory | open files | threads | seconds |\n|---|---|---|---|---|")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, open(os.devnull, "w", encoding="utf-8") as nothing:
        place = Path(name)
        for n in range(1, number + 1):
            for kind, months in (("short", 6 + n % 7), ("long", 18 + n % 7)):
                text = toys.toy(toys.visits(), months=months, posts=1 + n % 3)
                (place / f"{kind}.toml").write_text(text, encoding="utf-8")
            paths = tuple(str(place / f"{kind}.toml") for kind in ("short", "long"))
            with redirect_stderr(nothing), telling.progress() as progress:
                done = runs.run(ask(paths=paths, out=str(place / "out")), progress)
            assert {row.outcome for row in done.overview.rows} == {"planned"}
            if n % max(1, number // 10) == 0:
                files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
                spent = time.perf_counter() - began
                print(f"| {n} | {resident()} MB | {files} | {threads} | {spent:.0f} |", flush=True)


def resident() -> int:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=8, metavar="N")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--batches", type=int, metavar="N", help="N small batches in one process")
    parser.add_argument("--reports", action="store_true", help="with --soak: a thousand reports")
    asked = parser.parse_args()
    if asked.batches:
        soak_batches(asked.batches)
    elif asked.soak:
        soak_reports() if asked.reports else soak()
    else:
        speed(asked.scenarios)


if __name__ == "__main__":
    main()
