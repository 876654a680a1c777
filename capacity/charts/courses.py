"""What a chart says above it: how a measure goes, and between what limits simulations lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from capacity import wording
from capacity.charts.frames import PERCENTILES

BAD_WHEN_LOW = ("completion", "in_date", "on_time", "in_post")
"""Measures of which the lowest month is told; of the others the highest."""

DIP = 0.25
"""A fall that recovers by more than this share of a measure's whole range is told."""


Words = Callable[[float], str]
"""How a number is written."""

Array = np.ndarray[Any, Any]


def course(
    frame: pd.DataFrame,
    column: str,
    subject: str,
    words: Callable[[float], str],
    *,
    many: bool = False,
) -> str:
    """Return how a measure goes with no posts added, its events, and where the others are.

    Events are a month lower or higher than both ends, a dip that recovers, and the month in which
    the baseline is furthest away; "as in the baseline" is said only where none is seen.
    """
    series = _lines(frame, column)
    now = series.get("today")
    if now is None:
        return f"{subject}: nothing due"
    begin, end = words(now.first), words(now.last)
    verb = "stay" if begin == end else "fall" if now.last < now.first else "rise"
    verb = verb if many else f"{verb}s"
    title = f"{subject} {verb} from {begin} to {end} by {now.month(-1)}"
    if begin == end:
        title = f"{subject} {verb} at {end} to {now.month(-1)}"
    turns = _turns(now, words, lowest=column in BAD_WHEN_LOW)
    extra = [f"{what} {words(float(now.values[at]))} in {now.month(at)}" for what, at in turns]
    before, sized = series.get("today before"), series.get("sized")
    if before is not None:
        extra.append(_from_baseline(now, before, words))
    if sized is not None:
        extra.append(f"team needed {words(sized.last)}")
    return f"{title} ({'; '.join(extra)})" if extra else title


@dataclass(frozen=True)
class Line:
    """What is measured of one series in the months in which there is something."""

    months: Array
    values: Array

    @property
    def first(self) -> float:
        """Its first value."""
        return float(self.values[0])

    @property
    def last(self) -> float:
        """Its last value."""
        return float(self.values[-1])

    def month(self, place: int) -> str:
        """Return a month of it in words."""
        return wording.month(str(np.datetime64(self.months[place], "M")))


def _lines(frame: pd.DataFrame, column: str, *more: str) -> dict[str, Line]:
    """Return the series of a frame that have values, by role; `more`: columns that must have too.

    Of each chart on each run: in arrays, since pandas took most of the time.
    """
    roles, months = frame["role"].to_numpy(dtype=object), frame["month"].to_numpy()
    values = frame[column].to_numpy(dtype=float)
    there = ~np.isnan(values)
    for name in more:
        there &= ~np.isnan(frame[name].to_numpy(dtype=float))
    found = {}
    for role in dict.fromkeys(roles):
        mine = there & (roles == role)
        if mine.any():
            found[str(role)] = Line(months[mine], values[mine])
    return found


def _turns(now: Line, words: Callable[[float], str], *, lowest: bool) -> list[tuple[str, int]]:
    """Return the lowest (or highest) month where it lies beyond both ends, and a dip between."""
    values = now.values
    ends = {words(now.first), words(now.last)}
    found = []
    what, at = ("lowest", _top(-values)) if lowest else ("highest", _top(values))
    if words(float(values[at])) not in ends:
        found.append((what, at))
    if not lowest:
        return found
    later = np.maximum.accumulate(values[::-1])[::-1]  # the highest from each month on
    dip = _top(later - values)
    told = {at for _, at in found}
    deep = float((later - values)[dip]) > DIP * float(values.max() - values.min())
    if deep and dip not in told and words(float(values[dip])) not in ends:
        found.insert(0, ("dipping to", dip))
    return found


def _from_baseline(now: Line, before: Line, words: Callable[[float], str]) -> str:
    """Return where the baseline is furthest away."""
    _, mine, other = np.intersect1d(now.months, before.months, return_indices=True)
    if not mine.size:
        return "the baseline is of other months"
    at = _top(np.abs(now.values[mine] - before.values[other]))
    here, there = words(float(now.values[mine[at]])), words(float(before.values[other[at]]))
    if here == there:
        return "as in the baseline"
    return f"furthest from the baseline in {now.month(mine[at])}: {here}, baseline {there}"


def _top(values: Array) -> int:
    """Return the first place of the highest value, rounding of the last digits apart."""
    return int(np.argmax(values >= values.max() - 1e-9))


def top(values: pd.Series) -> pd.Timestamp:
    """Return the first month of the highest value, rounding of the last digits apart."""
    return pd.Timestamp(values[values >= values.max() - 1e-9].index[0])


def month(day: pd.Timestamp) -> str:
    """Return a month in words."""
    return wording.month(f"{day:%Y-%m}")


def foreseen(frame: pd.DataFrame, column: str, subject: str, words: Words) -> str:
    """Return between what limits a measure lies in 8 of 10 simulations; empty while not known.

    In the last month, in the lowest (or highest) between, in the baseline and with the team needed.
    """
    low, middle, high = (f"{column}_{level}" for level in PERCENTILES)
    lows, highs = _lines(frame, low, high), _lines(frame, high, low)
    now = lows.get("today")
    if now is None:
        return ""

    def span(role: str, at: int) -> str:
        ends = words(float(lows[role].values[at])), words(float(highs[role].values[at]))
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"

    half = _lines(frame, middle, low, high)["today"]
    turns = _turns(half, words, lowest=column in BAD_WHEN_LOW)
    extra = [f"{what} {span('today', at)} in {now.month(at)}" for what, at in turns]
    for role, who in (("today before", "baseline"), ("sized", "team needed")):
        other = lows.get(role)
        same = [] if other is None else [*np.flatnonzero(other.months == now.months[-1])]
        if same:
            extra.append(f"{who} {span(role, int(same[0]))}")
    title = f"{subject} in {now.month(-1)}: {span('today', -1)} in 8 of 10 simulations"
    return f"{title} ({'; '.join(extra)})" if extra else title
