"""What a kill at a random moment does: to a batch, to a round, to who writes into a workspace.

Run: `python benchmarks/kills.py`. Each is killed twenty times (`--times`); `--only round` kills one
of them. Nothing finished may be lost, nothing may be half-written, and the same command in the end
must give what it would have given undisturbed. The first thing that does not hold ends it.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_batch import batch, command, digest, what_ifs

from capacity.batch import keeping
from tests import postgres
from tests.workspace.test_faults import killed_rounds
from tests.workspace.test_lasting import killed

SEED = 8


def of_batch(place: Path, times: int) -> str:
    """Kill a batch of current posts so many times, and compare it with one left alone."""
    chance = random.Random(SEED)
    (place / "in").mkdir()
    what_ifs(place / "in", 2 * times)
    more = ("--fixed", "--no-report", "--jobs", "2")
    batch(place / "in", place / "alone", *more)
    out, before = place / "killed", dict[str, str]()
    for _ in range(times):
        with subprocess.Popen(
            command(place / "in", out, *more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            wanted = len(before) + chance.randint(0, 2)
            while run.poll() is None and len(list(out.glob("*/manifest.json"))) < wanted:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.3)
            run.send_signal(signal.SIGKILL)
        now = {}
        for manifest in out.glob("[!.]*/manifest.json"):
            whole = keeping.whole(manifest.parent)
            assert whole is not None, f"{manifest.parent.name} is half-written"
            now[manifest.parent.name] = whole[0]["sha256"]
        assert before.items() <= now.items(), "a finished run is lost"
        before = now
    batch(place / "in", out, *more)
    assert digest(out) == digest(place / "alone"), "other bytes than an undisturbed batch"
    return "no finished run lost, none half-written, in the end the bytes of an undisturbed batch"


def of_round(place: Path, times: int) -> str:
    """Kill so many rounds as they begin to write."""
    kept = killed_rounds(place, times)
    return f"figures, scenario and forecast kept together {kept} times, not at all {times - kept}"


def of_folder(place: Path, times: int) -> str:
    """Kill who saves versions into a folder's database."""
    killed(str(place / "workspace"), times)
    return "every version that was said to be saved is there, whole and in order"


def of_server(place: Path, times: int) -> str:
    """Kill who saves versions into a database of a server."""
    with postgres.served() as server, server.database() as where:
        killed(where, times)
    return "the same"


KILLED: dict[str, tuple[str, Callable[[Path, int], str]]] = {
    "batch": ("a batch of current posts, two processes", of_batch),
    "round": ("a monthly round, as it begins to write", of_round),
    "folder": ("who saves versions into a workspace in a folder", of_folder),
    "server": ("who saves versions into a workspace on PostgreSQL", of_server),
}


def main() -> None:
    """Kill what was asked for and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", choices=KILLED)
    asked = parser.parse_args()
    print("| killed | times | what came of it |\n|---|---:|---|", flush=True)
    for name, (what, kill) in KILLED.items():
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory() as place:
                print(f"| {what} | {asked.times} | {kill(Path(place), asked.times)} |", flush=True)


if __name__ == "__main__":
    main()
