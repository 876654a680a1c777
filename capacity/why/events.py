"""What happens to a duty or a standard over time: the months that a headline must name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from capacity.engine.model import Array, Period
from capacity.why.headlines import Service, Standing

SAME = 1e-9
"""Shares and cases that differ by less are the same, and the earlier month counts."""

SEEN = 0.005
"""A difference of completion that shows in whole per cent."""

A_CASE = 0.5
"""Fewer overdue than this are none."""


@dataclass(frozen=True)
class Moment:
    """A month and what is reached in it."""

    month: int
    value: float


@dataclass(frozen=True)
class Course:
    """What happens to one duty, all its tiers together.

    lowest: the first month in which least is completed, of what is due.
    most_overdue: the first month at whose end most are overdue; none where fewer than half a case
        ever are.
    dip, recovery: the lowest month of a first spell in which a standard on the duty is not met,
        and the highest after it, where it is met again and not met once more.
    """

    first: Moment
    lowest: Moment
    last: Moment
    most_overdue: Moment | None
    dip: Moment | None = None
    recovery: Moment | None = None


@dataclass(frozen=True)
class Spell:
    """Periods on end in which a standard is not met."""

    first: Period
    last: Period
    to_the_end: bool


def first_below(limits: Array, level: float) -> list[int | None]:
    """Return the first month in which each percentile of a measure is below a level, if any is.

    Shape of limits: [month, percentile].
    """
    below = limits < level  # where nothing is due there is no value, and nothing is below
    return [int(np.argmax(one)) if one.any() else None for one in below.T]


def course(service: Service, standings: tuple[Standing, ...] = ()) -> Course | None:
    """Return what happens to a duty; none where none is ever due.

    Args:
        service: the duty.
        standings: how the standards on it fare; the spells of the first that is not met tell
            where it dips and recovers.
    """
    if service.ends is None:
        return None
    first, last = service.ends
    done = service.completion
    lowest = _extreme(-done)
    most = _extreme(service.outstanding)
    spells = next((found for one in standings if (found := spells_of(one))), ())
    dip = recovery = None
    if len(spells) > 1:
        dip = _within(-done, spells[0].first.first, spells[0].last.end)
        recovery = _within(done, spells[0].last.end, spells[1].first.first)
    return Course(
        first=Moment(first, float(done[first])),
        lowest=Moment(lowest, float(done[lowest])),
        last=Moment(last, float(done[last])),
        most_overdue=Moment(most, float(service.outstanding[most]))
        if service.outstanding[most] >= A_CASE
        else None,
        dip=None if dip is None or dip == lowest else Moment(dip, float(done[dip])),
        recovery=None if recovery is None else Moment(recovery, float(done[recovery])),
    )


def _extreme(values: Array) -> int:
    """Return the first place of the largest value."""
    return int(np.flatnonzero(values >= np.nanmax(values) - SAME)[0])


def _within(values: Array, begin: int, end: int) -> int | None:
    """Return the first place of the largest value within a span; none where it has none."""
    span = values[begin:end]
    return begin + _extreme(span) if len(span) and not np.isnan(span).all() else None


def spells_of(standing: Standing) -> tuple[Spell, ...]:
    """Return the spells in which a standard is not met in some tier, in order."""
    return tuple(_spells(standing))


def _spells(standing: Standing) -> Iterator[Spell]:
    lost = set(standing.periods_missed)
    run: list[Period] = []
    judged = sorted(standing.judged, key=lambda period: period.first)
    for period, following in pairwise([*judged, None]):
        assert period is not None
        if period in lost:
            run.append(period)
            if following is None or following not in lost:
                yield Spell(run[0], run[-1], following is None)
                run = []


def widest_gap(before: Service, after: Service) -> Moment | None:
    """Return the month in which completion differs most between two plans, and by how much.

    None where it never differs by as much as is seen in whole per cent.
    """
    gap = after.completion - before.completion
    if np.isnan(gap).all() or np.nanmax(np.abs(gap)) < SEEN:
        return None
    place = _extreme(np.abs(gap))
    return Moment(place, float(gap[place]))
