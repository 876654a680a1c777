"""Control charts (statistical process control): which months are signals and not noise.

An XmR chart, as the NHS and forces use it: the mean of the months, and limits 2.66 mean moving
ranges from it (three standard deviations, taken from one month to the next).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 2.66
"""3 ÷ 1.128: limits in mean moving ranges, for ranges of two."""

LEAST = 8
"""Months from which limits are told; fewer say too little."""

RUN = 7
"""Months in a row on one side of the mean, or each above or below the last, that are a signal."""


@dataclass(frozen=True)
class Signal:
    """A month that is a signal, and why."""

    month: str
    value: float
    why: str


@dataclass(frozen=True)
class Control:
    """A series with its mean, its limits and its signals; no limits where months are too few."""

    months: tuple[str, ...]
    values: tuple[float, ...]
    mean: float
    low: float | None
    high: float | None
    signals: tuple[Signal, ...]


def control(
    series: Sequence[tuple[str, float]], lowest: float = 0.0, highest: float | None = None
) -> Control:
    """Return the control chart of a series, in order of months.

    Args:
        series: months and values; gaps are left out.
        lowest: the least that a value can be.
        highest: the most, None without an end.
    """
    months = tuple(month for month, _ in series)
    values = tuple(value for _, value in series)
    mean = sum(values) / len(values) if values else 0.0
    if len(values) < LEAST:
        return Control(months, values, mean, None, None, ())
    ranges = [abs(b - a) for a, b in pairwise(values)]
    width = WIDTH * sum(ranges) / len(ranges)
    low = max(lowest, mean - width)
    high = mean + width if highest is None else min(highest, mean + width)
    found = sorted(_signals(months, values, mean, low, high), key=lambda one: one.month)
    return Control(months, values, mean, low, high, tuple(found))


def _signals(
    months: Sequence[str], values: Sequence[float], mean: float, low: float, high: float
) -> Iterator[Signal]:
    """Yield every signal once, a run in the month that makes it one."""
    side = steps = 0
    for place, (month, value) in enumerate(zip(months, values, strict=True)):
        if value > high or value < low:
            yield Signal(
                month, value, "above the upper limit" if value > high else "below the lower limit"
            )
        sign = (value > mean) - (value < mean)
        side = side + sign if sign and side * sign >= 0 else sign
        if abs(side) == RUN:
            where = "above" if side > 0 else "below"
            yield Signal(month, value, f"{RUN} months in a row {where} the mean")
        before = values[place - 1] if place else value
        step = (value > before) - (value < before)
        steps = steps + step if step and steps * step >= 0 else step
        if abs(steps) == RUN - 1:
            yield Signal(
                month, value, f"{RUN} months in a row {'rising' if steps > 0 else 'falling'}"
            )
