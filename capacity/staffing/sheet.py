"""The sizing problem on paper: columns, rows under the name of their equation, and their places.

No solver is known here, nor what any equation says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from capacity.engine.model import Array, Period, Whole
from capacity.staffing.scaling import Entries

POUNDS_AN_HOUR_MISSED = 1_000.0
"""What an hour missed costs when standards cannot all be met."""

INFINITE = float("inf")

Terms = dict[int, float]
"""Coefficients by column."""


def add(terms: Terms, column: int, share: float) -> None:
    """Add to the coefficient of a column."""
    terms[column] = terms.get(column, 0.0) + share


class Row(NamedTuple):
    """lower ≤ Σ coefficient × column ≤ upper, under the name of its equation."""

    equation: str
    columns: tuple[int, ...]
    coefficients: tuple[float, ...]
    lower: float
    upper: float


@dataclass
class Sheet:
    """Columns and rows as they are written, one after the other."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    penalty: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)  # what counts in the aim and is no cost
    whole: list[bool] = field(default_factory=list)
    missable: list[int] = field(default_factory=list)  # columns of what rules are missed by
    rows: list[Row] = field(default_factory=list)

    def column(
        self,
        lower: float = 0.0,
        upper: float = INFINITE,
        *,
        cost: float = 0.0,
        penalty: float = 0.0,
        beside: float = 0.0,
        whole: bool = False,
    ) -> int:
        """Add a column and return its place."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.cost.append(cost)
        self.penalty.append(penalty)
        self.beside.append(beside)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(
        self,
        equation: str,
        terms: Terms,
        lower: float = -INFINITE,
        upper: float = INFINITE,
    ) -> int:
        """Add a row and return its place."""
        if 0.0 in terms.values():
            terms = {column: share for column, share in terms.items() if share != 0.0}
        self.rows.append(Row(equation, tuple(terms), tuple(terms.values()), lower, upper))
        return len(self.rows) - 1

    def many_columns(self, lower: Array, upper: Array, beside: Array) -> None:
        """Add many columns at once that cost nothing."""
        count = len(lower)
        self.lower += lower.tolist()
        self.upper += upper.tolist()
        self.beside += beside.tolist()
        self.cost += [0.0] * count
        self.penalty += [0.0] * count
        self.whole += [False] * count

    def many_rows(
        self, equations: Sequence[str], parts: Sequence[Entries], lower: Array, upper: Array
    ) -> None:
        """Add many rows at once, each with its coefficients in the order of the parts.

        Those of one row and column are added up.
        """
        rows, columns, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        by_row = np.argsort(rows, kind="stable")
        rows, columns, values = _added_up(rows[by_row], columns[by_row], values[by_row])
        some = values != 0.0
        ends = np.cumsum(np.bincount(rows[some], minlength=len(equations))).tolist()
        every, all_values = columns[some].tolist(), values[some].tolist()
        start = 0
        for equation, end, low, high in zip(
            equations, ends, lower.tolist(), upper.tolist(), strict=True
        ):
            own = tuple(every[start:end]), tuple(all_values[start:end])
            self.rows.append(Row(equation, *own, low, high))
            start = end


def _added_up(rows: Whole, columns: Whole, values: Array) -> Entries:
    """Return sorted entries with those of one place added up where the first of them stands."""
    order = np.lexsort((columns, rows))
    apart = np.ones(len(order), dtype=bool)
    apart[1:] = (np.diff(rows[order]) != 0) | (np.diff(columns[order]) != 0)
    if apart.all():
        return Entries(rows, columns, values)
    first = order[apart]
    total = np.add.reduceat(values[order], np.flatnonzero(apart))
    back = np.argsort(first)
    return Entries(rows[first[back]], columns[first[back]], total[back])


@dataclass(frozen=True)
class RuleRow:
    """A row that a named rule wrote: what prices and fixes are read from."""

    rule: str
    kind: str
    tier: str | None
    period: Period
    row: int
    missed: int  # the column of what is missed
    level: float  # NaN where a rule on posts has none
    level_share: float  # change of the row's lower bound for one unit more of the level
    level_columns: tuple[int, ...] = ()  # columns whose share falls by as much as the level rises
    within_reach: float = INFINITE  # no plan has a higher level (EQ6)


@dataclass(frozen=True)
class Formulation:
    """The problem and where its parts stand. Column places; −1 where there is none."""

    sheet: Sheet
    constant: float  # cost of current posts
    done: Whole  # [month, row]
    outstanding: Whole  # [month, row]
    waited: Mapping[tuple[int, int, int], int]  # by month, row and whole months waited (EQ27)
    early: Whole  # [month, row, n - 1], done n months before they fall due
    added: Whole  # [grade, start], posts
    in_post: Whole  # [month, grade]
    joined: Whole  # [month, grade], running total of joiners but those due
    joined_due: Whole  # [month, grade]
    released: Whole  # [month, grade], running total
    overtime: Whole  # [month, team]
    lent: Whole  # [month, lending]
    short: Whole  # [month, team]
    spilt: Whole  # [month, team], people events beyond the hours a team has
    rule_rows: tuple[RuleRow, ...]
    balance_rows: Whole  # [month, team]
    teams: tuple[int, ...]

    @property
    def of_duties(self) -> Whole:
        """The columns of what is done and left waiting."""
        waited = np.array(list(self.waited.values()), dtype=np.int64)
        places = [self.done.ravel(), self.outstanding.ravel(), self.early.ravel(), waited]
        columns = np.concatenate(places)
        there: Whole = columns[columns >= 0].astype(np.int64)
        return there
