"""So many inputs at every way in, made by number: `python tests/fuzz/many.py 10000`.

Where `run.py` lets a fuzzer follow the lines it reaches and stops at the first find, this bends
valid inputs by seeded chance, goes on after a find and lists all of them, each once by the place
where it arose. Input number n of a door is the same on every run: `many.py --show scenario 17`
prints it. Scenarios are bent in one part at a time (queues, known figures, choices, custody …), so
that each part gets its share however small it is in the file.

Doors may be named; the number is of all inputs together. Ends with 1 if anything was found: no
input may end in anything but a result or an `InputError`, take longer than ten seconds of work, or
leave something half-written.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sys
import time
import tomllib
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1])]

import bending  # noqa: E402
import targets  # noqa: E402

from capacity.reading.scenario_text import text_of  # noqa: E402

HANGS = 600
"""Seconds by the clock after which an input is given up, on a machine that may be busy."""

SHARES = {"scenario": 14, "command": 3, "cells": 2, "address": 2}
"""Inputs of a door for each of another door."""

TREES = ("scenario", "command", "schema")
DOCUMENTS = ("cells", "manifest", "bundle")


class HangError(Exception):
    """An input that does not end."""


def bent(door: str, valid: bytes, chance: random.Random) -> bytes:
    """Return a valid input with something done to it."""
    choose = chance.choice
    times = choose([1, 1, 2, 4])
    try:
        if door in TREES and chance.random() < 0.8:
            files = targets.files_of(valid)
            tree = tomllib.loads(files["s.toml"])
            how = bending.bend if chance.random() < 0.4 else bending.nudge
            _in_part(tree, how, choose, times)
            return targets.together({**files, "s.toml": text_of(tree)})
        if door in DOCUMENTS and chance.random() < 0.8:
            return json.dumps(bending.bend(json.loads(valid), choose, times), default=str).encode()
        if door == "backup" and chance.random() < 0.8:
            rows = [json.loads(row) for row in valid.decode().split("\n")]
            made = bending.bend(rows, choose, times)
            return "\n".join(json.dumps(row, default=str) for row in made).encode()
    except (TypeError, ValueError, AttributeError, RecursionError):
        pass  # what is made so could stand in no file: the bytes are changed instead
    return _changed(valid, chance, times)


def _in_part(
    tree: dict[str, Any], how: Callable[..., Any], choose: bending.Choose, times: int
) -> None:
    """Change one part of a scenario, or all of it."""
    part = choose([*tree, None])
    if part is None or not isinstance(tree[part], dict | list) or not tree[part]:
        made = how(tree, choose, times)
        tree.clear()
        tree.update(made)
    else:
        tree[part] = how(tree[part], choose, times)


def _changed(valid: bytes, chance: random.Random, times: int) -> bytes:
    """Return bytes with lines, cells or single bytes changed."""
    made = valid
    for _ in range(times):
        at, word = chance.randrange(len(made) + 1), str(chance.choice(bending.VALUES))
        act, lines = chance.randrange(7), made.split(b"\n")
        line = chance.randrange(len(lines))
        if act == 0:
            made = made[:at] + bytes([chance.randrange(256)]) + made[at + 1 :]
        elif act == 1:
            made = made[:at]
        elif act == 2:
            del lines[line]
        elif act == 3:
            lines.insert(line, chance.choice(lines))
        elif act == 4:
            made = made[:at] + word.encode("utf-8", "replace") + made[at:]
        else:
            mark = next((one for one in (b",", b";", b"=") if one in lines[line]), b",")
            cells = lines[line].split(mark)
            cells[chance.randrange(len(cells))] = word.encode("utf-8", "replace")
            lines[line] = mark.join(cells)
        if act in (2, 3, 5, 6):
            made = b"\n".join(lines)
    return made


def made(door: str, number: int) -> bytes:
    """Return input number so much of a door."""
    chance = random.Random(f"{door} {number}")
    return bent(door, chance.choice(_valid(door)), chance)


_VALID: dict[str, list[bytes]] = {}


def _valid(door: str) -> list[bytes]:
    if door not in _VALID:
        _VALID[door] = targets.VALID[door]()
    return _VALID[door]


def tried(door: str, content: bytes) -> tuple[str, str]:
    """Return how an input ended, and its trace where it should not have ended so."""

    def late(*_: object) -> None:
        raise HangError(f"{HANGS} s and not at its end")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(HANGS)
    began = time.process_time()
    try:
        ended = targets.enter(door, content)
    except (Exception, HangError) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return f"{type(error).__name__} at {where}", traceback.format_exc()
    finally:
        signal.alarm(0)
    used = time.process_time() - began
    if used > targets.SECONDS:
        return f"slow (over {targets.SECONDS} s)", f"{used:.0f} s of work"
    return ended, ""


def main() -> int:
    """Try so many inputs, spread over the doors, and list what was found."""
    words = sys.argv[1:]
    if words[:1] == ["--show"]:
        sys.stdout.buffer.write(made(words[1], int(words[2])))
        return 0
    logging.disable(logging.CRITICAL)
    os.environ["CAPACITY_WORKSPACE"] = "off"
    numbers = [int(one) for one in words if one.isdigit()]
    total, first = (*numbers, 0)[:2] if numbers else (1000, 0)
    doors = [one for one in words if not one.isdigit()] or list(targets.DOORS)
    turns = [door for door in doors for _ in range(SHARES.get(door, 1))]
    finds: dict[tuple[str, str], list[int]] = defaultdict(list)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    spent: Counter[str] = Counter()
    for n in range(total):
        door = turns[n % len(turns)]
        number = first + n // len(turns) * SHARES.get(door, 1) + turns[: n % len(turns)].count(door)
        began = time.process_time()
        ended, trace = tried(door, made(door, number))
        spent[door] += time.process_time() - began
        ends[door][ended] += 1
        if trace:
            if (door, ended) not in finds:
                print(f"--- {door} {number}: {ended}\n{trace[-3000:]}", flush=True)
            finds[door, ended].append(number)
    print(f"seed of input: its door and number; {total:,} inputs, numbers from {first}")
    for door, counted in ends.items():
        said = ", ".join(f"{many} {how}" for how, many in counted.most_common())
        print(f"{door}: {said}; {spent[door]:.0f} s")
    for (door, how), where in finds.items():
        print(f"FOUND {door}: {how}: inputs {', '.join(map(str, where[:10]))}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
