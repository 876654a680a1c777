"""Weights of draws by how well they agree with what is known (EQ29).

Pure functions of arrays: what each draw makes of every known figure goes in, and weights come
out. A draw keeps its number, and what it says does not depend on its weight. The last section
holds statistics of weighted draws; without weights they are the plain ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.engine.model import Array, Flags, Whole

PERSISTENCE = 0.9
"""How much of a month's discrepancy is still there a month later, of the part that lasts."""

LASTING = 0.5
"""The part of the variance of a discrepancy that lasts; the rest is of each month alone."""

LEAST = 0.02
"""The share of draws that are left in effect, by tempering where need be: 200 of 10,000."""

FAR = 3.0
"""Discrepancies beyond which a figure does not agree."""

STEPS = 60
"""Halvings towards the power to which weights are tempered."""


@dataclass(frozen=True)
class Evidence:
    """Figures that are known, in order.

    Attributes:
        value: the figures. Shape: [figure].
        give: how far off each may be, one standard deviation. Shape: [figure].
        month: the month of each, as a number of months. Shape: [figure].
        series: what each is a figure of, from 0; figures of one series go together over months.
            Shape: [figure].
        place: where each was counted, from 0: a tier's duty. Several measures of one place say
            the same in other words, and count as one. Shape: [figure].
    """

    value: Array
    give: Array
    month: Whole
    series: Whole
    place: Whole

    def off(self, projected: Array) -> Array:
        """Return how far off draws are, in discrepancies; 0 where a draw has no value.

        Returns:
            Shape: [draw, figure], twice.
        """
        return np.nan_to_num((projected - self.value) / self.give, posinf=1e6, neginf=-1e6)


@dataclass(frozen=True)
class Weights:
    """Weights of draws, and how many they leave in effect.

    Attributes:
        weight: of each draw, adding up to 1. Shape: [draw].
        effective: draws that are left in effect before tempering: (Σ w)² ÷ Σ w².
        power: to which the likelihood was taken so that enough are left; 1 where none was needed.
        misfit: of the draw that agrees best: its largest root mean square discrepancy of a series.
    """

    weight: Array
    effective: float
    power: float
    misfit: float

    @property
    def agree(self) -> bool:
        """Whether some draw agrees with all that is known.

        How many do says nothing of that: with many settings few are left in effect, however well
        the figures go together.
        """
        return self.misfit <= FAR

    @property
    def number(self) -> float:
        """Draws in effect, as weighted."""
        return effective(self.weight)


def correlation(months: Whole) -> Array:
    """Return how discrepancies of one series in some months go together.

    A part that lasts, with PERSISTENCE a month, and a part of each month alone.

    Returns:
        Shape: [month, month].
    """
    apart = np.abs(months[:, None] - months[None])
    lasting: Array = LASTING * PERSISTENCE**apart
    return lasting + (1.0 - LASTING) * np.eye(len(months))


def log_likelihood(projected: Array, known: Evidence) -> Array:
    """Return the log-likelihood of what is known in each draw, but for a constant.

    Discrepancies of a series are normal and go together over months; those of several measures
    of one place are averaged over the measures.

    Args:
        projected: what each draw makes of every figure. Shape: [draw, figure].
        known: the figures.

    Returns:
        One number a draw. Shape: [draw].
    """
    off = known.off(projected)
    found = np.zeros(len(off))
    for place in np.unique(known.place):
        mine = [s for s in np.unique(known.series) if known.place[known.series == s][0] == place]
        for series in mine:
            which = np.flatnonzero(known.series == series)
            root = np.linalg.cholesky(correlation(known.month[which]))
            whitened = np.linalg.solve(root, off[:, which].T)
            found -= 0.5 * (whitened**2).sum(axis=0) / len(mine)
    return found


def misfits(projected: Array, known: Evidence) -> Array:
    """Return how far off each draw is in each series, root mean square. Shape: [draw, series]."""
    off = known.off(projected)
    series = np.unique(known.series)
    found = np.zeros((len(off), len(series)))
    for place, one in enumerate(series):
        found[:, place] = np.sqrt((off[:, known.series == one] ** 2).mean(axis=1))
    return found


def weigh(log: Array, misfit: Array) -> Weights:
    """Return the weights of draws, tempered where too few would be left in effect.

    Args:
        log: log-likelihood of each draw. Shape: [draw].
        misfit: how far off each is in each series. Shape: [draw, series].
    """
    least = LEAST * len(log)
    plain = _normal(log)
    there = effective(plain)
    power, weight = 1.0, plain
    if there < least:
        low, high = 0.0, 1.0
        for _ in range(STEPS):
            power = (low + high) / 2
            low, high = (power, high) if effective(_normal(power * log)) > least else (low, power)
        power = low
        weight = _normal(power * log)
    best = misfit.max(axis=1).min() if misfit.size else 0.0
    return Weights(weight, there, power, float(best))


def _normal(log: Array) -> Array:
    """Return weights that add up to 1."""
    weight: Array = np.exp(log - log.max())
    return np.asarray(weight / weight.sum())


def effective(weight: Array) -> float:
    """Return how many draws of equal weight would say as much: (Σ w)² ÷ Σ w²."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def cannot_be_right(projected: Array, known: Evidence) -> tuple[int, ...]:
    """Return the figures that no draw brings together, where none agrees with all.

    First those that no draw comes near; then pairs of series that no draw comes near together; and
    where each pair goes together, those that the draw nearest to all is far from.

    Args:
        projected: what each draw makes of every figure. Shape: [draw, figure].
        known: the figures.

    Returns:
        Places of figures, ascending; none if a draw agrees with all of them.
    """
    far = misfits(projected, known)
    series = np.unique(known.series)
    if not far.size or far.max(axis=1).min() <= FAR:
        return ()
    alone = set(np.flatnonzero(far.min(axis=0) > FAR).tolist())
    wrong = set(alone)
    rest = [n for n in range(far.shape[1]) if n not in alone]
    for place, one in enumerate(rest):
        for other in rest[place + 1 :]:
            if np.maximum(far[:, one], far[:, other]).min() > FAR:
                wrong |= {one, other}
    if not wrong:
        nearest = int(far.max(axis=1).argmin())
        wrong = set(np.flatnonzero(far[nearest] > FAR).tolist())
    names = series[sorted(wrong)]
    return tuple(np.flatnonzero(np.isin(known.series, names)).tolist())


# Statistics of weighted draws --------------------------------------------------------------


def quantiles(numbers: NDArray[np.floating], weight: Array, levels: Sequence[float]) -> Array:
    """Return weighted quantiles of series; draws without a value are left out.

    The quantile at a level lies where the weight below it, with half of each draw's own, is that
    share of all; between draws it is a straight line. With equal weights that is the plain one, to
    half a rank.

    Args:
        numbers: Shape: [series, draw].
        weight: Shape: [draw].
        levels: shares.

    Returns:
        Shape: [series, level]; NaN where no draw has a value.
    """
    found = np.full((len(numbers), len(levels)), np.nan)
    for place, row in enumerate(numbers):
        some = ~np.isnan(row) & (weight > 0)
        if not some.any():
            continue
        order = np.argsort(row[some], kind="stable")
        values, share = row[some][order].astype(float), weight[some][order]
        middle = (np.cumsum(share) - share / 2) / share.sum()
        found[place] = np.interp(levels, middle, values)
    return found


def bands(
    numbers: NDArray[np.floating], weight: Array, levels: Sequence[float]
) -> tuple[Array, Array]:
    """Return weighted quantiles of series and their standard errors.

    The error is half the span between the levels one standard error to either side, with as many
    draws as are left in effect.

    Args:
        numbers: Shape: [series, draw].
        weight: Shape: [draw].
        levels: shares.

    Returns:
        Shape: [series, level], twice.
    """
    at = np.array(levels)
    off = np.sqrt(at * (1 - at) / effective(weight))
    wanted = np.concatenate([at, np.maximum(0.0, at - off), np.minimum(1.0, at + off)])
    found = quantiles(numbers, weight, wanted.tolist())
    middle, below, above = np.split(found, 3, axis=1)
    return middle, (above - below) / 2


def chance(held: Flags, weight: Array) -> tuple[float, float]:
    """Return a weighted probability and its sampling error.

    The error is that of (times + 2) ÷ (draws + 4), both as many as are left in effect.

    Args:
        held: whether it holds in each draw. Shape: [draw].
        weight: Shape: [draw].
    """
    share = float(weight[held].sum() / weight.sum())
    number = effective(weight)
    near = (share * number + 2) / (number + 4)
    return share, float(np.sqrt(near * (1 - near) / (number + 4)))


def narrowed(values: Array, weight: Array) -> Array:
    """Return how much of each setting's spread is left: weighted ÷ plain standard deviation.

    Args:
        values: of the settings. Shape: [draw, setting].
        weight: Shape: [draw].

    Returns:
        1 where nothing was learnt. Shape: [setting].
    """
    plain = values.std(axis=0)
    mean = weight @ values / weight.sum()
    spread = np.sqrt(weight @ (values - mean) ** 2 / weight.sum())
    found: Array = np.divide(spread, plain, out=np.ones_like(spread), where=plain > 0)
    return found


def rank_correlations(values: Array, outcome: Array, weight: Array) -> Array:
    """Return the weighted rank correlation of each setting with an outcome. Shape: [setting]."""
    ranks = _ranks(np.column_stack([values, outcome]), weight)
    mean = weight @ ranks / weight.sum()
    off = ranks - mean
    both = (weight[:, None] * off).T @ off
    size = np.sqrt(np.diag(both))
    with_outcome, scale = both[:-1, -1], size[:-1] * size[-1]
    found: Array = np.divide(with_outcome, scale, out=np.zeros_like(scale), where=scale > 0)
    return found


def _ranks(values: Array, weight: Array) -> Array:
    """Return weighted ranks, those of equal values the same. Shape: [draw, column]."""
    found = np.empty_like(values)
    for place in range(values.shape[1]):
        _, inverse = np.unique(values[:, place], return_inverse=True)
        share = np.bincount(inverse, weight)
        found[:, place] = (np.cumsum(share) - share / 2)[inverse]
    return found
