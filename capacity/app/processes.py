"""Worker processes: as many as there are processors, lent to one piece of work at a time.

Not those of `capacity.running`, which serve a list of jobs to its end: here each piece of work is
somebody's click, is told how it goes, and is ended by itself when that person clicks elsewhere.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from capacity import running
from capacity.app import worker
from capacity.risk.whole import simulate

HEAVY = 300_000_000
"""Bytes: a worker that has held more is replaced, since it may not have given all of them back."""

ENDING = 5.0
"""Seconds to wait for the thread that reads a worker which has been ended."""

MODULES = (
    "capacity.stages",
    "capacity.app.outlooks",
    "capacity.risk.laid_out",
    "capacity.why.explain",
    "scipy.stats",
    "capacity.risk.whole:simulate.ready",
)
"""What a worker imports, or calls, while it waits for work."""

Job = tuple[Callable[..., Any], tuple[Any, ...], bool]
"""What is to be worked out: function, arguments, whether it says how it goes."""

Answer = tuple[str, Any]
"""`said` and a line, `done` and the result, `refused` and the error, `fault` and its name."""


class Process:
    """A worker: a process that waits for work."""

    def __init__(self) -> None:
        simulate.ready()  # for a worker that is ended while it compiles the next would begin again
        self.peak = 0
        self.answers: SimpleQueue[bytes | None] = SimpleQueue()
        # Started by hand: multiprocessing would run Streamlit's own front door again.
        self.process = subprocess.Popen(
            [sys.executable, "-P", worker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=sys.platform != "win32",
        )
        self._listening = Thread(target=self._listen, daemon=True)
        self._listening.start()
        self.send((sys.path, MODULES))

    def send(self, message: object) -> None:
        """Send a message; where the process has gone the answer tells it."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            worker.send(self.process.stdin, message)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            while (message := worker.receive(stream)) is not None:
                self.answers.put(message)
        self.answers.put(None)

    @property
    def alive(self) -> bool:
        """Whether it can still be sent work."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process, and whatever it has started."""
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        # What it says is closed by the thread that reads it: closed from here, a read under way
        # would lose its buffer. Nobody holds the other end any more, so the read ends.
        self._listening.join(ENDING)


class Workers:
    """As many workers as there are processors, and those who wait for one, first come first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock, self._numbers = Lock(), itertools.count()
        self._idle: list[Process] = []
        self._busy: dict[str, Process] = {}
        self._waiting: dict[int, str] = {}

    @contextlib.contextmanager
    def turn(self, name: str) -> Iterator[Turn]:
        """Wait for a turn, and give it back in the end, however that comes."""
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = name
        turn = Turn(self, number, name)
        try:
            yield turn
        finally:
            with self._lock:
                self._waiting.pop(number, None)
            turn.give_back()

    def take(self, number: int) -> Process | None:
        """Return a worker if it is this one's turn; nothing is worked out twice at a time."""
        with self._lock:
            ready = (n for n, name in self._waiting.items() if name not in self._busy)
            if len(self._busy) >= self.most or next(ready, None) != number:
                return None
            name = self._waiting.pop(number)
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    break
                process.end()
            else:
                process = Process()
            self._busy[name] = process
            return process

    def give_back(self, name: str, process: Process, *, done: bool) -> None:
        """Take a worker back, or end it where its work was not done."""
        keep = done and process.peak < HEAVY and process.alive
        if not keep:
            process.end()
        with self._lock:
            self._busy.pop(name, None)
            if keep:
                self._idle.append(process)
        # The next one starts when the page has been shown, and not beside its charts.

    def make_ready(self) -> None:
        """Have a worker waiting if none is there."""
        with self._lock:
            if not self._idle and not self._busy:
                self._idle.append(Process())

    def end(self) -> None:
        """End every worker."""
        with self._lock:
            for process in [*self._idle, *self._busy.values()]:
                process.end()
            self._idle.clear()


@dataclass
class Turn:
    """One piece of work, waiting or under way."""

    workers: Workers
    number: int
    name: str
    process: Process | None = None
    done: bool = False
    size: int = 0  # of the latest answer, bytes

    def begin(self, job: Job) -> bool:
        """Return whether the work has begun."""
        self.process = self.workers.take(self.number)
        if self.process is None:
            return False
        self.process.send(job)
        return True

    def answer(self, seconds: float) -> Answer:
        """Return what the worker says within so many seconds, `nothing` if it says nothing."""
        assert self.process is not None
        try:
            message = self.process.answers.get(timeout=seconds)
        except Empty:
            return "nothing", None
        if message is None:
            return "fault", "the process ended, perhaps because memory ran out"
        kind, found, peak = pickle.loads(message)
        self.process.peak = max(self.process.peak, peak)
        self.done, self.size = kind != "said", len(message)
        return kind, found

    def give_back(self) -> None:
        """Give the worker back."""
        if self.process is not None:
            self.workers.give_back(self.name, self.process, done=self.done)


WORKERS = Workers(running.cores())
atexit.register(WORKERS.end)
