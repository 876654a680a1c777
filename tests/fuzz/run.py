"""Let a fuzzer at one way in, or at all: `make fuzz`, or `python tests/fuzz/run.py scenario 600`.

atheris mutates bytes, guided by which lines of ours they reach; for scenarios half of the time it
bends a valid file instead. Whatever ends in anything but a result or an `InputError`, takes more
than ten seconds or more than a gigabyte is a find: its bytes are left in the folder named at the
end, and belong in `corpus/` with the fault mended.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TOP = FOLDER.parents[1]
SECONDS = 60
COMPILED = ("capacity.risk.luck", "capacity.risk.queued", "capacity.risk.whole")
"""Modules compiled to machine code, in which no line can be counted."""

MOST_BYTES = {"workbook": 60_000, "cells": 8_000, "bundle": 30_000, "backup": 60_000}


def main() -> int:
    """Run a door for so many seconds, each in a process of its own."""
    names = [one for one in sys.argv[1:] if not one.isdigit()]
    seconds = next((int(one) for one in sys.argv[1:] if one.isdigit()), SECONDS)
    if names[:1] == ["--inside"]:
        return inside(names[1], sys.argv[3:])
    sys.path[:0] = [str(FOLDER), str(TOP)]
    import targets

    wrong = []
    for door in names or list(targets.DOORS):
        finds = Path(tempfile.mkdtemp(prefix=f"fuzz-{door}-"))
        seeds = finds / "seeds"
        seeds.mkdir()
        for n, content in enumerate(targets.seeds(door)):
            (seeds / f"{n:03d}").write_bytes(content)
        command = [sys.executable, str(FOLDER / "run.py"), "--inside", door, str(seeds)]
        command += [
            f"-max_total_time={seconds}",
            f"-timeout={6 * targets.SECONDS}",
            "-rss_limit_mb=1000",
        ]
        command += [f"-max_len={MOST_BYTES.get(door, 20_000)}", "-print_final_stats=1"]
        command += [
            f"-artifact_prefix={finds}/find-",
            "-verbosity=0",
            f"-dict={words(finds, door)}",
        ]
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
        told = (done.stdout + done.stderr).splitlines()
        runs = next((line.split()[-1] for line in told if "number_of_executed" in line), "?")
        most = next((line.split()[-1] for line in told if "peak_rss_mb" in line), "?")
        print(f"{door}: {runs} inputs in {seconds} s, {most} MB at most", flush=True)
        if done.returncode:
            wrong.append(door)
            ours = [line for line in told if not line.startswith("INFO")]
            print("\n".join(ours[-40:]), f"\nended with {done.returncode}; see {finds}", flush=True)
    return 1 if wrong else 0


def words(folder: Path, door: str) -> Path:
    """Return a dictionary of the words that a door knows."""
    from capacity import settings

    found = {name.rpartition(".")[2] for name, _ in settings.declarations()}
    found |= {"extends", "remove", "like", "value", "low", "high", "source", "inf", "nan", "1e308"}
    found |= {"cohorts.a.", "teams.t.", "standards.", "2025-06-01", "#=== p.toml", '"""', "[["}
    if door in ("history", "register"):
        found |= {"month", "completion", "tier", "visit.last", "last visit", "next visit due"}
    if door in ("diary", "spend"):
        found |= {"activity", "minutes", "travel", "attempts", "team", "budget", "actual"}
    path = folder / "words"
    escaped = (one.replace("\\", "\\\\").replace('"', '\\"') for one in sorted(found))
    path.write_text("".join(f'"{one}"\n' for one in escaped))
    return path


def inside(door: str, options: list[str]) -> int:
    """Fuzz one door in this process."""
    sys.path[:0] = [str(FOLDER), str(TOP)]
    import logging

    import atheris

    logging.disable(logging.CRITICAL)
    with atheris.instrument_imports(include=["capacity"], exclude=list(COMPILED)):
        import targets
    import bending

    from capacity.reading.scenario_text import text_of

    def once(data: bytes) -> None:
        started = time.process_time()
        targets.enter(door, data)
        used = time.process_time() - started
        if used > targets.SECONDS:
            raise TimeoutError(f"{used:.0f} s of work")

    def bent(data: bytes, most: int, seed: int) -> bytes:
        choose = random.Random(seed).choice
        try:
            if door == "scenario" and choose([True, False]):
                files = targets.files_of(data)
                tree = tomllib.loads(files["s.toml"])
                files["s.toml"] = text_of(bending.bend(tree, choose, choose([1, 1, 2, 4])))
                made = targets.together(files)
            elif door == "backup" and choose([True, False]):
                rows = [json.loads(row) for row in data.decode().split("\n")]
                bent = bending.bend(rows, choose, choose([1, 1, 2]))
                made = "\n".join(map(json.dumps, bent)).encode()
            elif door == "cells" or (door in ("bundle", "manifest") and choose([True, False])):
                tree = json.loads(data)
                made = json.dumps(bending.bend(tree, choose, choose([1, 1, 2, 4]))).encode()
            else:
                made = b""
        except (ValueError, TypeError, RecursionError, AttributeError):
            made = b""
        if not made or len(made) > most:
            return bytes(atheris.Mutate(data, most))
        return made

    atheris.Setup([sys.argv[0], *options], once, custom_mutator=bent)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
