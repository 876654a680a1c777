"""What happens when, in the words of titles and headline figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacity.engine.model import Array, Calendar
from capacity.results.phrases import when_not_met
from capacity.why.events import Course
from capacity.why.headlines import Service, Standing
from capacity.wording import counted, listed, month, per_cent

MOST_YEARS = 6
"""Years named at most in a sentence."""


def lowest(service: Service, course: Course | None, labels: Sequence[str]) -> str:
    """Return the lowest month of completion in words, or that it stays the same."""
    if course is None:
        return "has none due"
    low = per_cent(course.lowest.value)
    if per_cent(float(np.nanmax(service.completion))) == low:
        return f"stays at {low}"
    return f"is lowest in {month(labels[course.lowest.month])}, at {low}"


def not_met(standings: Sequence[Standing]) -> str:
    """Return which of some standards are not met and when; empty where all are."""
    lost = [one for one in standings if one.missed]
    told = [f"{one.rule.name} {when_not_met(one)}" for one in lost]
    return f"not met: {'; '.join(told)}" if told else ""


def by_year(values: Array, calendar: Calendar, unit: str) -> str:
    """Return sums by financial year in words, years without any left out; empty if none has.

    `587 hours in 2025/26 and 146 hours in 2026/27`. A year that the horizon cuts says its months.
    """
    told = []
    for place, name in enumerate(calendar.years):
        months = calendar.year_of == place
        total = float(values[months].sum())
        if total >= 0.5:
            size = int(months.sum())
            part = "" if size == 12 else f" ({counted(size, 'month')})"
            told.append((f"{counted(round(total), unit)} in {name}{part}", place))
    if not told:
        return ""
    words = [one for one, _ in told]
    if len(words) > MOST_YEARS:
        more = counted(len(words) - MOST_YEARS, "later year")
        return f"{', '.join(words[:MOST_YEARS])} and more in {more}"
    end = "" if told[-1][1] == len(calendar.years) - 1 else ", none after"
    return f"{listed(words)}{end}"
