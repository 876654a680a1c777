"""The sizing problem without its duties: posts, people, their hours and their rules.

A tenth of the whole problem, so that whole posts, started in any month, are decided in it. What
duties need of the people stands in it as cuts: a sum of hours and people that every plan has, read
off the prices of an answer to the whole problem. With the cuts it costs no more than the whole
problem does, so its bound is one of the whole problem too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Flags, Whole
from capacity.staffing.rounding import Rounded, drawn_in
from capacity.staffing.scaling import Entries
from capacity.staffing.sheet import INFINITE, Sheet
from capacity.staffing.solver import Answer, LinearProblem, SmallProblem, entries

SLIGHT = 1e-9
"""Shares of a cut below this part of its largest are left out."""

ROUNDING = 1e-9
"""Part of a cut's bound that is given away, so that no rounding makes it cut off a plan."""

CERTAINLY = 1e-6
"""By how much of what stands in a row it must be broken for a plan to be ruled out."""


@dataclass(frozen=True)
class _DrawnIn:
    """What was found with some upper bounds: lower ones, which hold whatever rows are added."""

    upper: Array
    lower: Array
    rows: int
    rounded: Rounded | None


class Outline:
    """Posts and people of some teams, and what is known of the duties they are needed for."""

    def __init__(self, problem: LinearProblem, most_cases: float) -> None:
        """Take over what is no duty.

        Args:
            problem: the whole problem, rules missed or not as it stands.
            most_cases: more than any tier has, which bounds what is done and left waiting.
        """
        self.problem, places = problem, problem.formulation
        sheet = places.sheet
        columns = len(sheet.lower)
        duties = np.zeros(columns, dtype=bool)
        duties[places.of_duties] = True
        duties[places.short[places.short >= 0]] = True
        rows, at, _ = problem.entries
        of_duties = np.zeros(len(sheet.rows), dtype=bool)
        of_duties[rows[duties[at]]] = True
        for rule in places.rule_rows:
            duties[rule.missed] |= of_duties[rule.row]
        tied = duties.copy()
        tied[places.lent[places.lent >= 0]] = True  # who lends hours leaves own duties undone
        self.part_of_row, self.part_of_column = _parts(problem, tied, of_duties)
        self.misses = problem.misses_allowed
        self.lower, upper = problem.lower, problem.upper.copy()
        if not self.misses:
            upper[problem.missable] = 0.0
        self.upper = np.where(duties & np.isinf(upper), most_cases, upper)
        self.penalty = problem.penalty if self.misses else np.zeros(columns)
        self.duties = duties
        self.kept = np.flatnonzero(~duties)
        self._at = np.full(columns, -1)
        self._at[self.kept] = np.arange(len(self.kept))
        self.sheet = self._written(sheet, of_duties)
        self._entries: Entries | None = None
        self._known: _DrawnIn | None = None

    def _written(self, whole: Sheet, of_duties: Flags) -> Sheet:
        """Return columns and rows that speak of no duty, and last what duties miss, in £.

        What they miss has a column for each part.
        """
        sheet = Sheet()
        cost = self.problem.cost + self.problem.beside + self.penalty
        for column in self.kept.tolist():
            sheet.column(
                float(self.lower[column]),
                float(self.upper[column]),
                cost=float(cost[column]),
                whole=whole.whole[column],
            )
        for _ in range(self.part_of_row.max(initial=0) + 1):
            sheet.column(upper=INFINITE if self.misses else 0.0, cost=1.0)
        at = self._at.tolist()
        for place in np.flatnonzero(~of_duties).tolist():
            row = whole.rows[place]
            terms = {at[c]: value for c, value in zip(row.columns, row.coefficients, strict=True)}
            sheet.row(row.equation, terms, row.lower, row.upper)
        return sheet

    def cut(self, prices: Array) -> None:
        """Write down what duties need, by the prices that rows of the whole problem have.

        With any prices of the rows that speak of duties, what these rows ask for together is asked
        of every plan; with those of an answer, no plan with its posts and people costs less.
        """
        self._cut(prices, self.penalty, missed=self.misses)

    def cut_off(self, shares: Array) -> None:
        """Write down what duties need, by a proof that some posts and people cannot do them.

        Args:
            shares: of each row in a sum of rows that nothing fulfils, as either sign.
        """
        for sign in (1.0, -1.0):
            self._cut(sign * shares, np.zeros(len(self.penalty)), missed=False)

    def _cut(self, prices: Array, penalty: Array, *, missed: bool) -> None:
        """Write that what rows of duties ask for together, each at a price, must be had.

        Rows that share nothing are asked for apart: that says more than their sum.

        Args:
            prices: by row; those of other rows are left out.
            penalty: what a unit of each column costs.
            missed: whether what duties miss, in £, may stand in for it.
        """
        written = self.problem.formulation.sheet.rows
        lower = np.array([row.lower for row in written])
        upper = np.array([row.upper for row in written])
        for part in range(self.part_of_row.max(initial=0) + 1):
            mine = np.where(self.part_of_row == part, prices, 0.0)
            self._cut_part(part, mine, (lower, upper), penalty, missed=missed)

    def _cut_part(
        self, part: int, prices: Array, bounds: tuple[Array, Array], penalty: Array, *, missed: bool
    ) -> None:
        """Write what the rows of one part ask for together."""
        lower, upper = bounds
        ends = np.where(prices > 0, lower, upper)
        prices = np.where(np.isinf(ends), 0.0, prices)
        rows, places, values = self.problem.entries
        total = np.bincount(places, values * prices[rows], len(self.duties))
        mine = self.duties & (self.part_of_column == part)
        free = (penalty - total)[mine]
        at_least = np.where(free > 0, self.lower[mine], self.upper[mine])
        least = float(prices @ np.where(prices != 0, ends, 0.0)) + float(free @ at_least)
        shares = total[self.kept]
        size = max(1.0 if missed else 0.0, float(np.abs(shares).max(initial=0.0)))
        if size == 0.0:
            return
        some = np.flatnonzero(np.abs(shares) > SLIGHT * size)
        terms = dict(zip(some.tolist(), (shares[some] / size).tolist(), strict=True))
        if missed:
            terms[len(self.kept) + part] = 1.0 / size
        self.sheet.row("cut", terms, lower=least / size - ROUNDING * abs(least / size))

    def solve(
        self, most: Array, gap: float, seconds: float, below: float = np.inf
    ) -> tuple[Answer | None, float]:
        """Return the posts that cost least by all that is known, and the cost that none is below.

        None where none costs less than `below` by more than the gap.

        Args:
            most: bounds on added posts. Shape: [grade, start].
            gap: how far from the least it may be, in £; without end where any will do.
            seconds: the time limit, where counting does not end it before.
            below: what a plan that is known costs.

        Raises:
            SolverError: nothing was found.
        """
        rounding = self._rounded(most)
        if rounding is None:
            return None, np.inf
        answer, bound = rounding.whole_numbers(gap, below, seconds)
        if answer is None:
            return None, bound
        every = np.zeros(len(self.duties))
        every[self.kept] = answer.columns[: len(self.kept)]
        return Answer(every, answer.objective, bound), bound

    def _rounded(self, most: Array) -> Rounded | None:
        """Return the problem with its bounds drawn in; None where that leaves none.

        The same again, with what is known of it, while nothing was added.
        """
        added = self.problem.formulation.added
        columns = self._at[added[added >= 0]]
        lower, upper = np.array(self.sheet.lower), np.array(self.sheet.upper)
        upper[columns] = np.minimum(upper[columns], most[added >= 0])
        rows = len(self.sheet.rows)
        if self._known is not None and np.array_equal(self._known.upper, upper):
            if self._known.rows == rows:
                return self._known.rounded
            lower = self._known.lower
        problem = SmallProblem(self.sheet, lower, upper, self.problem.formulation.constant)
        # Where rules may be missed no post is needed.
        some = self.misses or drawn_in(problem, 1.0)
        found = Rounded(problem) if some else None
        self._known = _DrawnIn(upper, problem.lower.copy(), rows, found)
        return found

    def rules_out(self, held: Iterable[tuple[Whole, Array]]) -> bool:
        """Return whether some row cannot be kept with columns held at given numbers.

        Nothing is solved: each row is looked at by itself, the other columns within their bounds.
        Only rows that may not be missed tell.

        Args:
            held: columns, -1 where there is none, and their numbers.
        """
        lower, upper = np.array(self.sheet.lower), np.array(self.sheet.upper)
        for columns, numbers in held:
            there = columns >= 0
            places = self._at[columns[there]]
            lower[places] = upper[places] = np.broadcast_to(numbers, columns.shape)[there]
        if self._entries is None or self._entries.rows[-1] < len(self.sheet.rows) - 1:
            self._entries = entries(self.sheet)
        rows, at, shares = self._entries
        ends = np.stack([shares * lower[at], shares * upper[at]])
        count = len(self.sheet.rows)
        least, most = (np.bincount(rows, part, count) for part in (ends.min(0), ends.max(0)))
        size = np.bincount(rows, np.where(np.isfinite(ends), np.abs(ends), 0.0).max(0), count)
        broken = np.maximum(
            np.array([row.lower for row in self.sheet.rows]) - most,
            least - np.array([row.upper for row in self.sheet.rows]),
        )
        return bool((broken > CERTAINLY * np.maximum(1.0, size)).any())


def _parts(problem: LinearProblem, tied: Flags, of_duties: Flags) -> tuple[Whole, Whole]:
    """Return which rows of duties, and which of their columns, have to do with each other.

    Args:
        problem: the whole problem.
        tied: columns that tie the rows in which they stand.
        of_duties: rows that speak of duties.

    Returns:
        The number of the part by row and by column, -1 for those of none.
    """
    rows, at, _ = problem.entries
    some = of_duties[rows] & tied[at]
    size = len(of_duties) + len(tied)
    ends = rows[some], at[some] + len(of_duties)
    found = _connected(*ends, size)
    there = np.zeros(size, dtype=bool)
    there[ends[0]] = there[ends[1]] = True
    number = np.full(size, -1)
    number[there] = np.unique(found[there], return_inverse=True)[1]
    return number[: len(of_duties)], number[len(of_duties) :]


def _connected(one: Whole, other: Whole, size: int) -> Whole:
    """Return the least of the numbers that each hangs together with, itself too. Shape: [size].

    SciPy does the same, but takes a tenth of a second to load, and is wanted only here.

    Args:
        one: numbers, from 0, that hang together.
        other: with which each of them does.
        size: how many numbers there are.
    """
    least = np.arange(size)
    while True:
        before = least.copy()
        both = np.minimum(least[one], least[other])
        for ends in (one, other):
            np.minimum.at(least, ends, both)
        least = least[least]  # what is least for that one is so for this
        if np.array_equal(least, before):
            return least
