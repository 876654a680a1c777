"""Rows and columns of a problem brought to like sizes, by powers of two so that nothing is rounded.

No solver is known here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from capacity.engine.model import Array, Flags, Whole

ROUNDS = 4
"""How often rows and columns are evened out by turns."""

SLIGHT = 1e-9
"""Coefficients below this share of their row's largest are left out."""


class Entries(NamedTuple):
    """The coefficients of a problem: the row, column and value of each."""

    rows: Whole
    columns: Whole
    values: Array


class Scales(NamedTuple):
    """What each row and each column is multiplied by."""

    rows: Array
    columns: Array


def scales(entries: Entries, free: Flags) -> Scales:
    """Return the factors with which no coefficient of a row or column is far from its others.

    Args:
        entries: the coefficients.
        free: whether a column may still move; the rest are numbers and decide no scale. [column].
    """
    rows, columns, values = entries
    counts = (int(rows.max(initial=-1)) + 1, len(free))
    sizes = np.abs(values)
    some = (sizes > 0) & free[columns]
    factors = [np.ones(counts[0]), np.ones(counts[1])]
    for _ in range(ROUNDS):
        for axis, places in enumerate((rows, columns)):
            now = (sizes * factors[0][rows] * factors[1][columns])[some]
            most, least = np.zeros(counts[axis]), np.full(counts[axis], np.inf)
            np.maximum.at(most, places[some], now)
            np.minimum.at(least, places[some], now)
            there = most > 0
            factors[axis][there] /= np.sqrt(most[there] * least[there])
    by_row, by_column = (np.exp2(np.round(np.log2(factor))) for factor in factors)
    return Scales(by_row, by_column)


def scaled(entries: Entries, by: Scales) -> Entries:
    """Return the coefficients multiplied by their factors, without those that are slight."""
    rows, columns, values = entries
    sizes = values * by.rows[rows] * by.columns[columns]
    largest = np.zeros(len(by.rows))
    np.maximum.at(largest, rows, np.abs(sizes))
    kept = np.abs(sizes) > SLIGHT * largest[rows]
    return Entries(rows[kept], columns[kept], sizes[kept])
