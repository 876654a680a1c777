"""What happens when: first month below standard, lowest month, most overdue, recovery.

Titles and headline figures say these and not only how the first and last month compare, since most
of what goes wrong goes wrong in between.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Calendar
from capacity.why.headlines import Headline, Service, Standing
from capacity.wording import counted, month, number, per_cent, period, since

SAME = 1e-9
"""Shares and cases that differ by less are the same, and the earlier month counts."""

MOST_YEARS = 6
"""Years named at most in a sentence."""


@dataclass(frozen=True)
class Course:
    """How one activity goes in one option."""

    labels: tuple[str, ...]
    service: Service
    standings: tuple[Standing, ...]  # the standards on it that are judged

    @property
    def lowest(self) -> int | None:
        """The month in which the smallest share of those due is done; none where none is due."""
        done = self.service.completion
        if not np.isfinite(done).any():
            return None
        return int(np.flatnonzero(done <= np.nanmin(done) + SAME)[0])

    @property
    def low(self) -> float:
        """The smallest share done in a month."""
        return float("nan") if self.lowest is None else float(self.completion[self.lowest])

    @property
    def completion(self) -> Array:
        """Done ÷ due by month."""
        return self.service.completion

    @property
    def most(self) -> int:
        """The month at whose end most are overdue."""
        waiting = self.service.outstanding
        return int(np.flatnonzero(waiting >= waiting.max() - SAME)[0])

    @property
    def overdue(self) -> float:
        """The most that are overdue at a month's end."""
        return float(self.service.outstanding[self.most])

    @property
    def first_missed(self) -> str | None:
        """The first period in which a standard is not met, none if all are."""
        lost = [one.periods_missed[0] for one in self.standings if one.missed]
        return min(lost, key=lambda one: one.first).name if lost else None

    @property
    def met_again(self) -> str | None:
        """The period from which all are met to the end after some were not, if there is one."""
        lost = [one for one in self.standings if one.missed]
        kept = [one.kept_from for one in lost]
        if not lost or any(one is None for one in kept):
            return None
        return max((one for one in kept if one), key=lambda one: one.first).name

    def lowest_words(self) -> str:
        """Return the lowest month in words, or that the share stays the same."""
        if self.lowest is None:
            return "none fall due"
        low = per_cent(self.low)
        if per_cent(float(np.nanmax(self.completion))) == low:
            return f"stays at {low}"
        return f"is lowest in {month(self.labels[self.lowest])}, at {low}"

    def standard_words(self) -> str:
        """Return from when the standards on it are not met, and from when again; empty if met."""
        first = self.first_missed
        if first is None:
            return ""
        again = self.met_again
        end = f"met again from {since(again)}" if again else "not met at the end"
        return f"the standard is first not met in {period(first)} and {end}"

    def overdue_words(self) -> str:
        """Return the most that are overdue, and when."""
        if self.overdue < 0.5:
            return "nothing is overdue"
        left = float(self.service.outstanding[-1])
        words = f"most are overdue in {month(self.labels[self.most])}: {number(self.overdue)}"
        if self.most == len(self.labels) - 1:
            return words
        return f"{words}, {number(left)} in {month(self.labels[-1])}"


def course(
    option: Headline, calendar: Calendar, service: Service, cohorts: Collection[str]
) -> Course | None:
    """Return how an activity of some cohorts goes in an option; none where it does not have it."""
    mine = [
        one for one in option.services if (one.group, one.duty) == (service.group, service.duty)
    ]
    if not mine:
        return None
    judged = [one for one in option.standings if one.judged and one.rule.duty == service.duty]
    return Course(
        calendar.labels, mine[0], tuple(one for one in judged if one.rule.cohort in cohorts)
    )


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
    some = words if len(words) <= MOST_YEARS else words[:MOST_YEARS]
    end = "" if told[-1][1] == len(calendar.years) - 1 else ", none after"
    end = f" and more in {len(words) - MOST_YEARS} later years" if len(words) > MOST_YEARS else end
    joined = some[0] if len(some) == 1 else f"{', '.join(some[:-1])} and {some[-1]}"
    return f"{joined}{end}"
