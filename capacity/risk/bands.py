"""Bands: between what limits cases, duties and waits will lie, by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capacity.engine.measures import share_of
from capacity.engine.model import Array, Model, summed
from capacity.risk import weights
from capacity.risk.futures import Future, side_by_side

LEVELS = (0.1, 0.5, 0.9)
"""The 10th, 50th and 90th percentile."""

MOST_DRAWS = 20_000
"""Bands are read off so many draws at most: they are wide, and memory is not endless."""

WAITS = "longest_wait_months"
MEASURES = ("cases", "due", "completion", "outstanding", WAITS)


@dataclass(frozen=True)
class Group:
    """Rows that are added up: a tier's duty, a duty, a cohort, or everything."""

    cohort: str | None
    duty: str | None
    tier: str | None
    rows: tuple[int, ...]
    tiers: tuple[int, ...]  # whose cases count, each once


@dataclass(frozen=True)
class Band:
    """The 10th, 50th and 90th percentile of a measure in a month, and their standard errors."""

    option: str
    month: str
    cohort: str | None
    duty: str | None
    tier: str | None
    measure: str
    p10: float
    p50: float
    p90: float
    p10_error: float
    p50_error: float
    p90_error: float


def groups(model: Model) -> tuple[Group, ...]:
    """Return what bands are given for: each row, each duty of several tiers, each cohort, all.

    Shape: one a group. Unit: none. Source: docs/method.md, Uncertainty. Raises: nothing.
    """
    owed = model.duties.per_year.max(axis=(0, 1)) > 0
    tier_of = model.duties.tier_of.tolist()
    found = [
        Group(key.cohort, key.duty, key.tier, (row,), (tier_of[row],))
        for row, key in enumerate(model.rows)
        if owed[row]
    ]
    by_duty: dict[tuple[str, str], list[int]] = {}
    for group in found:
        by_duty.setdefault((group.cohort or "", group.duty or ""), []).append(group.rows[0])
    for (cohort, duty), rows in by_duty.items():
        if len(rows) > 1:
            tiers = tuple(tier_of[row] for row in rows)
            found.append(Group(cohort, duty, None, tuple(rows), tiers))
    every = tuple(row for rows in by_duty.values() for row in rows)
    for cohort in model.cohorts if len(model.cohorts) > 1 else ():
        rows = [row for row in every if model.rows[row].cohort == cohort]
        tiers = tuple(n for n, key in enumerate(model.tiers) if key.cohort == cohort)
        found.append(Group(cohort, None, None, tuple(rows), tiers))
    found.append(Group(None, None, None, every, tuple(range(len(model.tiers)))))
    return tuple(found)


@dataclass(frozen=True)
class Traced:
    """Every measure of every group in some draws. Shape: [group, month, draw].

    In numbers good to a ten-millionth: all that a band needs, in half the memory.
    """

    cases: NDArray[np.float32]
    due: NDArray[np.float32]
    completion: NDArray[np.float32]
    outstanding: NDArray[np.float32]
    waits: NDArray[np.uint16]

    def part(self, first: int, end: int) -> Traced:
        """Return the room for some of the draws."""
        return Traced(*(getattr(self, field.name)[:, :, first:end] for field in fields(self)))


def room_for(groups: int, months: int, draws: int, measures: Sequence[str] = MEASURES) -> Traced:
    """Return room for what is traced; for no other measures.

    Shape: see Traced; no group for a measure left out. Unit: none. Source: none. Raises: nothing.
    """
    told = [groups if name in measures else 0 for name in MEASURES]
    a, b, c, d = (np.empty((number, months, draws), dtype=np.float32) for number in told[:-1])
    return Traced(a, b, c, d, np.empty((told[-1], months, draws), dtype=np.uint16))


def trace(future: Future, wanted: Sequence[Group], room: Traced | None = None) -> Traced:
    """Return every measure of every group in the draws of a future, in the room given.

    Shape: see Traced. Unit: cases, duties, share, months. Source: docs/method.md, Uncertainty.
    Raises: nothing.
    """
    run = future.projection
    draws, months = run.due.shape[:2]
    found = room or room_for(len(wanted), months, draws)
    kept = found.waits.shape[2]
    for place, group in enumerate(wanted):
        rows = group.rows
        if len(found.cases):
            found.cases[place] = _total(run.caseload.cases, group.tiers)[:kept].T
        if len(found.due) or len(found.completion):
            due = _total(run.due, rows)[:kept]
        if len(found.due):
            found.due[place] = due.T
        if len(found.completion):
            found.completion[place] = share_of(_total(run.done, rows)[:kept], due).T
        if len(found.outstanding):
            found.outstanding[place] = _total(run.outstanding, rows)[:kept].T
        if len(found.waits):
            found.waits[place] = _longest(run.longest_wait[:kept], rows).T
    return found


def _longest(waits: Array, rows: tuple[int, ...]) -> Array:
    """Return the longest wait of some rows. Shape: [draw, month]."""
    longest = np.zeros(waits.shape[:2])
    for row in rows:
        longest = np.maximum(longest, waits[:, :, row])
    return longest


class Tracks:
    """Every measure of every group, gathered portion by portion of draws."""

    def __init__(
        self, option: str, model: Model, draws: int, measures: Sequence[str] = MEASURES
    ) -> None:
        self.option, self.labels, self.measures = option, model.calendar.labels, measures
        self.groups = groups(model)
        self.draws = min(draws, MOST_DRAWS)
        self.filled = 0
        self.kept = room_for(len(self.groups), model.months, self.draws, measures)

    def room(self, draws: int) -> Traced:
        """Return the room for the next draws, as far as there is any."""
        end = min(self.draws, self.filled + draws)
        room = self.kept.part(self.filled, end)
        self.filled = end
        return room

    def add(self, traced: Traced) -> None:
        """Keep a portion of draws worked out elsewhere."""
        room = self.room(traced.due.shape[2])
        for field in fields(Traced):
            here = getattr(room, field.name)
            here[:] = getattr(traced, field.name)[:, :, : here.shape[2]]

    def bands(self, threads: int = 1, weight: Array | None = None) -> Iterator[Band]:
        """Yield the bands of every measure, by group and month, read off on so many threads.

        Args:
            threads: how many.
            weight: of the draws; None: each the same (EQ29). Shape: [draw].
        """
        every: list[NDArray[Any]] = [getattr(self.kept, field.name) for field in fields(Traced)]
        wanted = [
            (group, name, numbers[place])
            for place, group in enumerate(self.groups)
            for name, numbers in zip(MEASURES, every, strict=True)
            if name in self.measures and (name == "cases" or group.rows)
        ]
        of_draws = partial(quantiles, weight=weight)
        read = side_by_side(threads, of_draws, (numbers for _, _, numbers in wanted))
        for (group, name, _), (at, errors) in zip(wanted, read, strict=True):
            for month, label in enumerate(self.labels):
                yield Band(
                    self.option,
                    label,
                    group.cohort,
                    group.duty,
                    group.tier,
                    name,
                    *at[month].tolist(),
                    *errors[month].tolist(),
                )


def _total(series: Array, places: tuple[int, ...]) -> Array:
    """Add up some columns. Shape: [draw, month]."""
    return series[:, :, places[0]] if len(places) == 1 else summed(series, places)


def quantiles(numbers: NDArray[Any], weight: Array | None = None) -> tuple[Array, Array]:
    """Return the 10th, 50th and 90th percentile of draws and their standard errors.

    The error is half the span of the percentiles one standard error of their rank to either
    side. Draws without a value are left out. Shapes: [series, draw] → [series, 3], twice.
    Unit: as given. Source: docs/method.md, Uncertainty. Raises: nothing.
    """
    if weight is not None:
        return weights.bands(numbers, weight[: numbers.shape[1]], LEVELS)
    ordered = np.sort(numbers, axis=1)  # NaN last
    counts = numbers.shape[1] - np.isnan(ordered[:, -1:]).sum(axis=1)
    if counts.min() < numbers.shape[1]:
        counts = numbers.shape[1] - np.isnan(ordered).sum(axis=1)
    at, error = np.full((len(ordered), 3), np.nan), np.full((len(ordered), 3), np.nan)
    some = counts > 0
    last = np.maximum(counts - 1.0, 0.0)
    for n, level in enumerate(LEVELS):
        off = np.sqrt(counts * level * (1 - level))
        at[some, n] = _at(ordered, level * last)[some]
        above, below = level * last + off, level * last - off
        span = _at(ordered, np.minimum(last, above)) - _at(ordered, np.maximum(0.0, below))
        error[some, n] = span[some] / 2
    return at, error


def _at(ordered: NDArray[Any], place: Array) -> Array:
    """Return the numbers at places between ranks. Shape: [series]."""
    series, low = np.arange(len(ordered)), np.floor(place).astype(int)
    high = np.minimum(low + 1, ordered.shape[1] - 1)
    first = ordered[series, low].astype(float)
    share = place - low
    after = ordered[series, high].astype(float)
    between: Array = np.where(share > 0, first + share * (after - first), first)
    return between
