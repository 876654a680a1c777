"""Registers of offenders: what a steady number of new cases makes of later counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from capacity.files.table_files import read_table
from capacity.places import folder

LEAVING = 0.06
"""Share of cases that leave in a year, as the flagship scenario has it."""


@dataclass(frozen=True)
class Count:
    """Offenders counted on a day. `years`: since the first count."""

    date: str
    years: float
    cases: float


@dataclass(frozen=True)
class CountForecast:
    """A count forecast from the two before it, by the model and without one."""

    date: str
    ahead: float  # years
    actual: float
    model: float
    last_value: float
    straight_line: float
    constant_growth: float


def england_and_wales() -> tuple[Count, ...]:
    """Return the counts of data/register-england-wales.csv, in order."""
    table = read_table(folder("data") / "register-england-wales.csv")
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    when = [(str(row["date"]), _years(str(row["date"])), float(row["value"] or 0)) for row in rows]
    first = min(years for _, years, _ in when)
    return tuple(Count(date, years - first, cases) for date, years, cases in sorted(when))


def forecasts(counts: tuple[Count, ...]) -> Iterator[CountForecast]:
    """Yield each count from the third on as the two before it would forecast it."""
    for (first, last), later in zip(pairwise(counts), counts[2:], strict=False):
        known, ahead = last.years - first.years, later.years - last.years
        growth = (last.cases / first.cases) ** (1 / known)
        yield CountForecast(
            date=later.date,
            ahead=ahead,
            actual=later.cases,
            model=by_model(first.cases, last.cases, known, ahead),
            last_value=last.cases,
            straight_line=last.cases + (last.cases - first.cases) / known * ahead,
            constant_growth=last.cases * growth**ahead,
        )


def by_model(first: float, last: float, known: float, ahead: float) -> float:
    """Return a later count from two, with as many new cases each month as bring one to the other.

    EQ1 and EQ3: each month a twelfth of LEAVING leaves.

    Args:
        first: cases at the first count.
        last: cases at the second.
        known: years between the two.
        ahead: years from the second to the one forecast.
    """
    stay = 1.0 - LEAVING / 12
    kept = stay ** (12 * known)
    entering = (last - first * kept) * (1.0 - stay) / (1.0 - kept)
    later = stay ** (12 * ahead)
    return float(last * later + entering * (1.0 - later) / (1.0 - stay))


def _years(date: str) -> float:
    year, month, day = (int(part) for part in date.split("-"))
    return year + (month - 1) / 12 + (day - 1) / 365
