"""Measures of an activity that a standard may ask for (EQ17, EQ27): in a month, and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from capacity import kinds
from capacity.engine.model import Array, Flags, Number, Period, blank, summed
from capacity.engine.renewal import HALF_A_CASE

NOTHING = 1e-9
"""Less than this due, or short, counts as nothing."""

JUST_UNDER = 1e-4
"""How far below half a case those who wait too long must stay (EQ27)."""


@dataclass(frozen=True)
class Need:
    """What falls to a standard in a month. Shape: [draw, row], its rows alone."""

    due: Array
    cases: Array
    waited: Array  # of those due, who have waited as long as a longest wait allows
    clocked: Flags  # [row]
    late: Late | None = None


@dataclass(frozen=True)
class Late:
    """Those due in a queue who are late by its deadline, or will be if not done. [draw, row]."""

    already: Array
    unless_done: Array  # those who are late already among them


@dataclass(frozen=True)
class Served:
    """What became of an activity. One array for each row of a standard, [draw, month]."""

    due: tuple[Array, ...]
    done: tuple[Array, ...]
    waiting: tuple[Array, ...]
    cases: tuple[Array, ...]
    clocked: tuple[Flags, ...]  # [month]
    owes: tuple[Flags, ...]  # [draw, 1 or month]
    longest: tuple[Array, ...]
    over: tuple[Array, ...]  # cases that have waited too long; empty where no standard asks
    late: tuple[Array, ...] = ()  # of a queue, those due and not done within its deadline

    @property
    def all_due(self) -> Array:
        """What is due of all rows together. Shape: [draw, month]."""
        return _together(self.due)


class Measure(Protocol):
    """How a kind of standard on an activity is measured."""

    def least(self, need: Need, level: Number) -> Array:
        """Return how many must be done in a month for a standard to hold in it.

        Args:
            need: what falls to it.
            level: the standard's. Shape: scalar or [draw].

        Returns:
            Cases. Shape: [draw] of the rows together, or [draw, row] of each by itself.
        """
        ...

    def judged(
        self, course: Served, level: Array, periods: Sequence[Period]
    ) -> tuple[Array, Array]:
        """Return what was achieved and by how much the level is missed.

        Args:
            course: what became of the activity.
            level: the standard's. Shape: [draw, period].
            periods: those it is judged by.

        Returns:
            Two arrays. Shape: [draw, period].
        """
        ...


class _Completion:
    """Done ÷ due, over the period."""

    def least(self, need: Need, level: Number) -> Array:
        return level * summed(need.due)

    def judged(
        self, course: Served, level: Array, periods: Sequence[Period]
    ) -> tuple[Array, Array]:
        owed = added_up(course.all_due, periods)
        return _share(added_up(_together(course.done), periods), owed, level)


class _InDate:
    """Cases with none overdue ÷ cases owed one; of what is owed more than monthly, done ÷ due.

    Of a queue those done, or still waiting, within its deadline ÷ due (EQ26).
    """

    def least(self, need: Need, level: Number) -> Array:
        if need.late is not None:
            already, soon = summed(need.late.already), summed(need.late.unless_done)
            too_many = soon + already - (1.0 - level) * summed(need.due)
            return np.clip(too_many, 0.0, soon)
        share = np.reshape(np.asarray(level, dtype=float), (-1, 1))
        of_clock = need.due - (1.0 - share) * need.cases
        return np.maximum(0.0, summed(np.where(need.clocked, of_clock, share * need.due)))

    def judged(
        self, course: Served, level: Array, periods: Sequence[Period]
    ) -> tuple[Array, Array]:
        if course.late:
            due, late = course.all_due, _together(course.late)
            return _share(added_up(due - late, periods), added_up(due, periods), level)
        held, owed = [], []
        for row, clocked in enumerate(course.clocked):
            owes, cases = course.owes[row], course.cases[row]
            held.append(np.where(clocked, cases - course.waiting[row], course.done[row]) * owes)
            owed.append(np.where(clocked, cases, course.due[row]) * owes)
        part, whole = added_up(_together(held), periods), added_up(_together(owed), periods)
        return _share(part, whole, level)


class _Outstanding:
    """Overdue at the month's end, the mean of the period."""

    def least(self, need: Need, level: Number) -> Array:
        return np.maximum(0.0, summed(need.due) - level)

    def judged(
        self, course: Served, level: Array, periods: Sequence[Period]
    ) -> tuple[Array, Array]:
        achieved = added_up(_together(course.waiting), periods) / lengths(periods)
        return achieved, np.maximum(0.0, achieved - level)


class _LongestWait:
    """Months overdue, the largest of the period's months and of the tiers (EQ27)."""

    def least(self, need: Need, level: Number) -> Array:
        return need.waited

    def judged(
        self, course: Served, level: Array, periods: Sequence[Period]
    ) -> tuple[Array, Array]:
        achieved, over = (
            np.max([_largest(one, periods) for one in series], axis=0)
            for series in (course.longest, course.over)
        )
        return achieved, np.maximum(0.0, over - HALF_A_CASE + JUST_UNDER)


MEASURES: Mapping[str, Measure] = {
    kinds.COMPLETION.key: _Completion(),
    kinds.IN_DATE.key: _InDate(),
    kinds.OUTSTANDING.key: _Outstanding(),
    kinds.LONGEST_WAIT.key: _LongestWait(),
}
"""How each kind of standard on an activity is measured."""


def share_of(part: Array, whole: Array) -> Array:
    """Return part ÷ whole, and NaN where the whole is nothing."""
    some = whole >= NOTHING
    return np.where(some, part / np.where(some, whole, 1.0), np.nan)


def _share(part: Array, whole: Array, level: Array) -> tuple[Array, Array]:
    return share_of(part, whole), np.maximum(0.0, level * whole - part)


def _together(series: Sequence[Array]) -> Array:
    """Add up the rows of a standard. Shape: [draw, month]."""
    total = series[0]
    for one in series[1:]:
        total = total + one
    return total


def added_up(series: Array, periods: Sequence[Period]) -> Array:
    """Add up the months of every period. Shape: [draw, month] → [draw, period]."""
    by_month = [(n, n + 1) for n in range(periods[0].first, periods[-1].end)] if periods else []
    if [(period.first, period.end) for period in periods] == by_month:
        return series[:, len(by_month) and periods[0].first :][:, : len(by_month)]
    total = blank(len(series), len(periods))
    for n, period in enumerate(periods):
        total[:, n] = summed(series, range(period.first, period.end))
    return total


def lengths(periods: Sequence[Period]) -> Array:
    """Return the months of every period. Shape: [period]."""
    return np.array([period.end - period.first for period in periods], dtype=float)


def _largest(series: Array, periods: Sequence[Period]) -> Array:
    """Return the largest of the months of every period. Shape: [draw, month] → [draw, period]."""
    found = blank(len(series), len(periods))
    for n, period in enumerate(periods):
        found[:, n] = series[:, period.first : period.end].max(axis=1, initial=0.0)
    return found
