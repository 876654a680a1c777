"""Bands: between what limits cases, duties and waits will lie, by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capacity.engine.measures import share_of
from capacity.engine.model import Array, Model
from capacity.risk import weights
from capacity.risk.futures import Future
from capacity.running import side_by_side

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
    """Return what bands are given for: each row, each duty of several tiers, each cohort, all."""
    owed = model.duties.per_year.max(axis=(0, 1)) > 0
    tier_of = model.duties.tier_of.tolist()
    found = [
        Group(key.cohort or None, key.duty, key.tier, (row,), (tier_of[row],))
        for row, key in enumerate(model.rows)
        if owed[row]
    ]
    by_duty: dict[tuple[str, str], list[int]] = {}
    for group in found:
        by_duty.setdefault((group.cohort or "", group.duty or ""), []).append(group.rows[0])
    for (cohort, duty), rows in by_duty.items():
        if len(rows) > 1:
            tiers = tuple(tier_of[row] for row in rows)
            found.append(Group(cohort or None, duty, None, tuple(rows), tiers))
    every = tuple(row for rows in by_duty.values() for row in rows)
    for cohort in model.cohorts if len(model.cohorts) > 1 else ():
        rows = [row for row in every if model.rows[row].cohort == cohort]
        tiers = tuple(n for n in model.community if model.tiers[n].cohort == cohort)
        found.append(Group(cohort, None, None, tuple(rows), tiers))
    found.append(Group(None, None, None, every, model.community))
    return tuple(found)


@dataclass(frozen=True)
class Traced:
    """What bands are read off, in some draws: only rows that are owed and what is asked for.

    In numbers good to a ten-millionth: all that a band needs, in half the memory.

    Attributes:
        places: where each row stands.
        cases: of each tier. Shape: [tier, month, draw].
        due: of each row. Shape: [row, month, draw].
        done: of each row. Shape: [row, month, draw].
        waits: months of the longest wait of each row. Shape: [row, month, draw].
    """

    places: Mapping[int, int]
    cases: NDArray[np.float32]
    due: NDArray[np.float32]
    done: NDArray[np.float32]
    waits: NDArray[np.uint16]

    @property
    def series(self) -> tuple[NDArray[Any], ...]:
        """All of it."""
        return self.cases, self.due, self.done, self.waits

    def part(self, first: int, end: int) -> Traced:
        """Return the room for some of the draws."""
        return Traced(self.places, *(one[:, :, first:end] for one in self.series))

    def of(self, group: Group, measure: str) -> NDArray[Any]:
        """Return a measure of a group. Shape: [month, draw]."""
        if measure == "cases":
            return _together(self.cases, group.tiers)
        rows = [self.places[row] for row in group.rows]
        if measure == WAITS:
            longest: NDArray[Any] = self.waits[rows].max(axis=0)
            return longest
        due = _together(self.due, rows)
        if measure == "due":
            return due
        done = _together(self.done, rows)
        return np.maximum(0, due - done) if measure == "outstanding" else share_of(done, due)


def room_for(model: Model, draws: int, measures: Sequence[str] = MEASURES) -> Traced:
    """Return room for what bands of some measures are read off."""
    every = groups(model)
    rows = sorted({row for group in every for row in group.rows})

    def room(number: int, kind: type[Any], *needed_by: str) -> NDArray[Any]:
        wanted = any(measure in measures for measure in needed_by)
        return np.empty((number * wanted, model.months, draws), dtype=kind)

    share = ("completion", "outstanding")
    return Traced(
        {row: place for place, row in enumerate(rows)},
        room(len(model.tiers), np.float32, "cases"),
        room(len(rows), np.float32, "due", *share),
        room(len(rows), np.float32, *share),
        room(len(rows), np.uint16, WAITS),
    )


def trace(future: Future, room: Traced) -> None:
    """Write what bands are read off of a future into the room given, as many draws as it holds."""
    run = future.projection
    rows = list(room.places)
    series = (
        (room.cases, run.caseload.cases, list(range(run.caseload.cases.shape[2]))),
        (room.due, run.due, rows),
        (room.done, run.done, rows),
        (room.waits, run.longest_wait, rows),
    )
    for kept, every, places in series:
        if len(kept):
            for here, place in zip(kept, places, strict=True):
                here[:] = every[: here.shape[1], :, place].T


def _together(series: NDArray[Any], places: Sequence[int]) -> NDArray[Any]:
    """Add up some series. Shape: [month, draw]."""
    if not places:
        return np.zeros(series.shape[1:], dtype=series.dtype)
    total: NDArray[Any] = series[places[0]]
    for place in places[1:]:
        total = total + series[place]
    return total


class Tracks:
    """Every measure of every group, gathered portion by portion of draws."""

    def __init__(
        self, option: str, model: Model, draws: int, measures: Sequence[str] = MEASURES
    ) -> None:
        self.option, self.labels, self.measures = option, model.calendar.labels, measures
        self.groups = groups(model)
        self.draws = min(draws, MOST_DRAWS)
        self.filled = 0
        self.kept = room_for(model, self.draws, measures)

    def room(self, draws: int) -> Traced:
        """Return the room for the next draws, as far as there is any."""
        end = min(self.draws, self.filled + draws)
        room = self.kept.part(self.filled, end)
        self.filled = end
        return room

    def add(self, traced: Traced) -> None:
        """Keep a portion of draws worked out elsewhere."""
        room = self.room(max(one.shape[2] for one in traced.series))
        for here, there in zip(room.series, traced.series, strict=True):
            here[:] = there[:, :, : here.shape[2]]

    def undone(self, weight: Array | None = None) -> dict[int, Array]:
        """Return the mean number overdue at each month's end, by row. Shape: [month] each."""
        every = self.kept
        return {
            row: np.average(
                np.maximum(0, every.due[place] - every.done[place]), axis=1, weights=weight
            )
            for row, place in every.places.items()
        }

    def bands(self, threads: int = 1, weight: Array | None = None) -> Iterator[Band]:
        """Yield the bands of every measure, by group and month, read off on so many threads.

        Args:
            threads: how many.
            weight: of the draws; None: each the same (EQ29). Shape: [draw].
        """
        wanted = [
            (group, name)
            for group in self.groups
            for name in MEASURES
            if name in self.measures and (name == "cases" or group.rows)
        ]

        def read(one: tuple[Group, str]) -> tuple[Array, Array]:
            return quantiles(self.kept.of(*one), weight)

        found = side_by_side(threads, read, wanted)
        for (group, name), (at, errors) in zip(wanted, found, strict=True):
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


def quantiles(numbers: NDArray[Any], weight: Array | None = None) -> tuple[Array, Array]:
    """Return the 10th, 50th and 90th percentile of draws and their standard errors.

    The error is half the span of the percentiles one standard error of their rank to either side.
    Draws without a value are left out.

    Returns:
        Shape: [series, draw] → [series, 3], twice.
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
