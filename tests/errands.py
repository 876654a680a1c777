"""Jobs for workers in other processes, which find them by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from capacity.errors import InputError, Problem, SolverError


class AwkwardError(Exception):
    """An error that does not survive a journey: it needs two words to be made, and keeps one."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def square(number: int) -> int:
    return number * number


def late(number: int) -> int:
    """Answer the sooner, the larger the number."""
    time.sleep(0.3 / (1 + number))
    return number


def fail(kind: str) -> str:
    problem = Problem("a.toml", 3, "months", "must be whole", "2.5")
    errors: dict[str, Exception] = {
        "input": InputError([problem, problem]),
        "solver": SolverError("unknown", "trying"),
        "value": ValueError("no"),
        "awkward": AwkwardError("a", "b"),
    }
    if kind in errors:
        raise errors[kind]
    return kind


def threads(_: int) -> list[str | None]:
    return [os.environ.get(f"{name}_NUM_THREADS") for name in ("OMP", "OPENBLAS", "MKL")]


def note(folder: str) -> int:
    """Leave a note of being here, and stay until told to go."""
    Path(folder, str(os.getpid())).touch()
    while not Path(folder, "go").exists():
        time.sleep(0.02)
    return os.getpid()


def die_once(marker: str) -> str:
    """Die as if out of memory the first time, answer the second."""
    if marker and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return marker


def die(marker: str) -> str:
    """Die whenever asked to, leaving a mark each time."""
    if marker:
        with Path(marker).open("a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    return marker


def hold(size: int) -> int:
    """Hold so many bytes for a moment."""
    return len(b"x" * size)
