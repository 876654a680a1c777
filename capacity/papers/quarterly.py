"""A unit's own figures as accountability papers show them: a year, the one before, the long term.

Last 12 months, previous 12 months, long-term average (the three years before the last 12 months,
or two where no more is known), and the % difference to each. What happened is added up over a
year, how things stand is averaged over its months, and shares differ by percentage points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from capacity.engine.model import Calendar
from capacity.files.headings import FLOWS
from capacity.files.monthly import History
from capacity.report.blocks import Cell, Column, Table
from capacity.report.facts import Facts
from capacity.wording import month, plural

YEAR = 12
SHORTEST, LONGEST = 2, 3
"""Whole years before the last 12 months that a long-term average is of."""

SAME = 0.05
"""A difference that rounds to less than 0.1 is none."""

NOT_KNOWN, NOT_WORKED_OUT = "Data not available", "Not applicable"
"""What stands for a figure, and for a difference, as accountability papers have it."""

Series = Mapping[str, float]
"""A figure by month."""

STOCKS = {"cases": "cases", "outstanding": "overdue"}
COUNTS = {"due": "due", "done": "completed", "entrants": "new cases", "exits": "cases closed"}


@dataclass(frozen=True)
class Indicator:
    """A row: what it is called, its figures by month, and what of them a year comes to.

    Attributes:
        name: as people know it.
        series: the figures.
        averaged: whether a year is the average of its months, else their sum.
        of: what the figures are shares of, month by month; none where they are no shares.
    """

    name: str
    series: Series
    averaged: bool = False
    of: Series | None = None

    def year(self, months: Sequence[str]) -> float | None:
        """Return the figure of a year; none where a month of it is not known."""
        parts = (self.series, *([] if self.of is None else [self.of]))
        if any(one not in part for part in parts for one in months):
            return None
        total = sum(self.series[one] for one in months)
        if self.of is not None:
            whole = sum(self.of[one] for one in months)
            return total / whole if whole else None
        return total / len(months) if self.averaged else total

    def shown(self, value: float | None) -> str:
        """Return a year's figure in words."""
        if value is None:
            return NOT_KNOWN
        if self.of is not None:
            return f"{100 * value:.1f}%"
        return f"{value:,.1f}" if self.averaged else f"{value:,.0f}"

    def difference(self, last: float, other: float | None) -> str:
        """Return how far a year is from another: per cent, or percentage points of a share."""
        if other is None or (other == 0 and self.of is None):
            return NOT_WORKED_OUT
        unit, far = ("pp", last - other) if self.of is not None else ("%", last / other - 1)
        return f"{0.0 if abs(100 * far) < SAME else 100 * far:.1f}{unit}"


def table(facts: Facts) -> Table | None:
    """Return the table, none where a unit's history has not two whole years."""
    known = facts.plan.scenario.known
    past = facts.plan.scenario.past
    history = known.history if known is not None else past.history if past is not None else None
    if history is None:
        return None
    years = _years(history)
    if len(years) < 2:
        return None
    longer = years[1:] if len(years) > SHORTEST else []
    rows = tuple(filter(None, (_row(one, years, longer) for one in indicators(facts, history))))
    if not rows:
        return None
    columns = (
        Column("Indicator", wide=True),
        Column("Last 12 months", "typed"),
        Column("Previous 12 months", "typed"),
        Column("Long-term average", "typed"),
        Column("% difference to previous 12 months", "typed"),
        Column("% difference to long-term average", "typed"),
    )
    spans = [("the last 12 months", years[0]), ("the previous 12 months", years[1])]
    if longer:
        spans.append(("the long-term average", [*longer[-1], *longer[0]]))
    told = [
        f"The date range for {name} was {month(months[0])} to {month(months[-1])}."
        for name, months in spans
    ]
    if not longer:
        told.append("A long-term average needs two years before the last 12 months.")
    told.append("Differences between percentages are in percentage points (pp).")
    return Table("quarterly", "This unit's figures", columns, rows, "", " ".join(told))


def indicators(facts: Facts, history: History) -> Iterator[Indicator]:
    """Yield each indicator of a history, in the order of its figures."""
    by_series: dict[tuple[str | None, str | None, str], dict[str, float]] = {}
    for one in history.figures:
        if one.months == 1 and not one.compare:
            series = by_series.setdefault((one.cohort, one.duty, one.measure), {})
            series[one.month] = series.get(one.month, 0.0) + one.value
    counted = set()
    for (cohort, duty, measure), series in by_series.items():
        if measure == "cases" and cohort in counted:
            continue  # those of each activity are the same people
        if measure == "cases":
            counted.add(cohort)
        name = _name(facts, cohort, None if measure == "cases" else duty)
        if measure in STOCKS:
            yield Indicator(f"{name}: {STOCKS[measure]} (monthly average)", series, averaged=True)
        elif measure in FLOWS and measure in COUNTS:
            yield Indicator(f"{name}: {COUNTS[measure]}", series)
        due = by_series.get((cohort, duty, "due"))
        if measure == "done" and due is not None:
            yield Indicator(f"{name}: % completed", series, of=due)


def _name(facts: Facts, cohort: str | None, duty: str | None) -> str:
    cohorts = facts.settings.cohorts
    where = facts.cohort(cohort) if cohort in cohorts else "All"
    if duty is None:
        return where
    owners = [name for name, one in cohorts.items() if duty in one.duties]
    owner = cohort if cohort in owners else owners[0]
    words = plural(facts.duty(owner, duty))
    return f"{words} ({where})" if len(cohorts) > 1 else words


def _years(history: History) -> list[list[str]]:
    """Return the months of each whole year known, the last first: four at most."""
    first, last = history.months[0], history.months[-1]
    calendar = Calendar(date(int(last[:4]), int(last[5:]), 1), 1)
    known = 1 - calendar.place(first)
    years = min(1 + LONGEST, known // YEAR)
    return [
        [calendar.label(place) for place in range(1 - YEAR * (n + 1), 1 - YEAR * n)]
        for n in range(years)
    ]


def _row(
    one: Indicator, years: Sequence[Sequence[str]], longer: Sequence[Sequence[str]]
) -> tuple[Cell, ...] | None:
    """Return the row of an indicator; none where a month of the last year is not known."""
    last, previous = one.year(years[0]), one.year(years[1])
    if last is None:
        return None
    each = [one.year(months) for months in longer]
    known = [value for value in each if value is not None]
    long_term = sum(known) / len(known) if known and len(known) == len(each) else None
    shown = [one.shown(value) for value in (last, previous, long_term)]
    return (
        one.name,
        *shown,
        one.difference(last, previous),
        one.difference(last, long_term),
    )
