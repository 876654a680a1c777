"""A unit's own figures as accountability papers show them: a year, the one before, the long term.

Last 12 months, previous 12 months, long-term average (the three years before the last 12 months,
or as many whole years as there are), and the difference to each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from capacity.files.headings import FLOWS
from capacity.files.monthly import History
from capacity.report.blocks import Cell, Column, Kind, Table
from capacity.report.facts import Facts
from capacity.wording import month, plural

YEAR = 12
LONG_TERM = 3
"""Whole years before the last 12 months, at most."""

Series = dict[str, float]
"""A figure by month."""

CASES = "cases at the end"
STOCKS = {"outstanding": "overdue at the end"}
COUNTS = {"due": "due", "done": "completed", "entrants": "new cases", "exits": "cases closed"}


def table(facts: Facts) -> Table | None:
    """Return the table, none where a unit's history has not two whole years."""
    known = facts.plan.scenario.known
    past = facts.plan.scenario.past
    history = known.history if known is not None else past.history if past is not None else None
    if history is None or len(history.months) < 2 * YEAR:
        return None
    rows = [row for name, series in lines(facts, history) if (row := _row(name, *series))]
    if not rows:
        return None
    last = history.months[-1]
    years = _years(history.months)
    columns = (
        Column("Indicator", wide=True),
        Column("Last 12 months", "typed"),
        Column("Previous 12 months", "typed"),
        Column("Long-term average", "typed"),
        Column("Difference to previous 12 months"),
        Column("Difference to long-term average"),
    )
    note = (
        f"Last 12 months: to {month(last)}. Long-term average: of the {years} "
        f"{'year' if years == 1 else 'years'} before them. Differences of shares are in "
        "percentage points."
    )
    return Table("quarterly", "This unit's figures", columns, tuple(rows), "", note)


def lines(facts: Facts, history: History) -> Iterator[tuple[str, tuple[Kind, Series, Series]]]:
    """Yield each indicator: name, kind, figures by month, and what they are shares of."""
    by_series: dict[tuple[str | None, str | None, str], Series] = {}
    for one in history.figures:
        if one.months == 1 and not one.compare:
            series = by_series.setdefault((one.cohort, one.duty, one.measure), {})
            series[one.month] = series.get(one.month, 0.0) + one.value
    counted = set()
    for (cohort, duty, measure), series in by_series.items():
        name = _name(facts, cohort, duty)
        if measure == "cases":  # those of each activity are the same people
            if cohort not in counted:
                yield f"{_name(facts, cohort, None)}: {CASES}", ("number", series, {})
            counted.add(cohort)
        elif measure in STOCKS:
            yield f"{name}: {STOCKS[measure]}", ("number", series, {})
        elif measure in FLOWS and measure in COUNTS:
            yield f"{name}: {COUNTS[measure]}", ("number", series, {"sum": 1.0})
        if measure == "done" and (cohort, duty, "due") in by_series:
            yield f"{name}: completion", ("share", series, by_series[cohort, duty, "due"])


def _name(facts: Facts, cohort: str | None, duty: str | None) -> str:
    cohorts = facts.settings.cohorts
    where = facts.cohort(cohort) if cohort in cohorts else "All"
    if duty is None:
        return where
    owners = [name for name, one in cohorts.items() if duty in one.duties]
    owner = cohort if cohort in owners else owners[0]
    words = plural(facts.duty(owner, duty))
    return f"{words} ({where})" if len(cohorts) > 1 else words


def _years(months: tuple[str, ...]) -> int:
    """Return how many whole years of the long term there are before the last 12 months."""
    return max(1, min(LONG_TERM, (len(months) - YEAR) // YEAR))


def _row(name: str, kind: Kind, series: Series, of: Mapping[str, float]) -> tuple[Cell, ...] | None:
    """Return the row of an indicator, none where a month of the last two years is missing."""
    months = sorted(series)
    if len(months) < 2 * YEAR or not _follow(months[-2 * YEAR :]):
        return None
    years = [months[-YEAR * (n + 1) : len(months) - YEAR * n] for n in range(1 + LONG_TERM)]
    whole = [one for one in years if len(one) == YEAR and _follow(one)]
    values = [_of_year(one, kind, series, of) for one in whole]
    last, previous = values[0], values[1]
    long_term = sum(values[1:]) / len(values[1:])
    shown = [_shown(value, kind) for value in (last, previous, long_term)]
    return (name, *shown, _difference(last, previous, kind), _difference(last, long_term, kind))


def _of_year(months: list[str], kind: Kind, series: Series, of: Mapping[str, float]) -> float:
    """Return the figure of a year: a share of sums, a sum, or what stands at its end."""
    total = sum(series[one] for one in months)
    if kind == "share":
        whole = sum(of.get(one, 0.0) for one in months)
        return total / whole if whole else 0.0
    return total if of else series[months[-1]]


def _follow(months: list[str]) -> bool:
    """Return whether months follow each other without a gap."""
    serial = [int(one[:4]) * 12 + int(one[5:]) for one in months]
    return serial == list(range(serial[0], serial[0] + len(serial)))


def _shown(value: float, kind: Kind) -> str:
    return f"{100 * value:.1f}%" if kind == "share" else f"{value:,.0f}"


def _difference(last: float, other: float, kind: Kind) -> str:
    """Return how far a year is from another: per cent, or percentage points of a share."""
    if kind == "share":
        return f"{100 * (last - other):+.1f} points"
    return f"{100 * (last / other - 1):+.1f}%" if other else "–"
