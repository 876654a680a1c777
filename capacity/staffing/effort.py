"""How long a search may take, in seconds of work: the same on a slow and on a busy machine.

Work is counted, in steps of the solver above all, and told in the seconds that it takes on an
ordinary machine. A search that has a minute ends at the same point wherever it runs. The clock on
the wall ends only what counting did not, when several times as long has passed.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np

STEP, INSIDE = 4e-9, 3e-7
"""Seconds that a step of the simplex and one of the interior point method take, for each
coefficient of the problem."""

ASKED = 2e-3
"""Seconds that asking the solver takes before its first step, with what is done around it."""

PROJECTED = 5e-4
"""Seconds that a month of a projection takes."""

PATIENCE = 10.0
"""How many times as long by the clock a search may take as its work should."""

_done = threading.local()


def now() -> float:
    """Return the seconds of work that this thread has done so far."""
    return float(getattr(_done, "seconds", 0.0))


def spend(seconds: float) -> None:
    """Count work that was done."""
    _done.seconds = now() + seconds


@dataclass(frozen=True)
class TimeLimit:
    """When a search ends: after so much work, or if that takes too long, by the clock."""

    work: float = np.inf
    clock: float = np.inf

    @property
    def left(self) -> float:
        """The seconds of work that are left; 0 when it is over."""
        return 0.0 if time.monotonic() >= self.clock else max(0.0, self.work - now())

    def and_by(self, other: TimeLimit) -> TimeLimit:
        """Return the limit that both are kept by."""
        return TimeLimit(min(self.work, other.work), min(self.clock, other.clock))


def within(seconds: float) -> TimeLimit:
    """Return the limit of a search that begins now."""
    return TimeLimit(now() + seconds, time.monotonic() + PATIENCE * seconds)
