"""What the probability of the recommended plan turns on: how sure it is at both ends of a setting.

The draws that the probability is told of are put in the order of a setting, low to high, and cut
into thirds. If the plan holds less often in one third than in another, then the probability turns
on that setting: it is what to watch, and what would have to turn out otherwise for the plan to
hold or fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Flags, Whole
from capacity.risk import chances
from capacity.risk.draws import Draws, quantile_of_normal, value_of
from capacity.risk.knowing import THIRDS

BY_CHANCE = 0.05
"""Probability that one of all settings is said to matter if none does (Bonferroni)."""


@dataclass(frozen=True)
class Sensitivity:
    """A row of the `sensitivity` table: how sure the recommended plan is by third of a setting.

    Attributes:
        setting: its dotted name.
        standard: the one that is asked for by itself; none where it is of every standard together.
        period: that within reach in which it is least likely to be met.
        low: the highest value of the setting's lowest third of draws, as in a scenario file.
        high: the lowest value of its highest third.
        chance_low: that it is met in the period, in the lowest third.
        chance_middle: the same in the middle one.
        chance_high: the same in the highest.
        error: standard error of the last less the first.
        told: whether the two differ by more than chance makes any of the settings differ.
    """

    setting: str
    standard: str | None
    period: str
    low: float
    high: float
    chance_low: float
    chance_middle: float
    chance_high: float
    error: float
    told: bool


def by_setting(
    draws: Draws,
    numbers: Whole,
    standard: str | None,
    period: str,
    held: Flags,
    weight: Array | None,
) -> tuple[Sensitivity, ...]:
    """Return how sure a plan is by third of each uncertain setting, the largest difference first.

    Args:
        draws: what is drawn.
        numbers: of the draws. Shape: [draw].
        standard: that is met or not; none for every standard together.
        period: in which it is.
        held: whether it is met. Shape: [draw].
        weight: of the draws; None where each weighs the same. Shape: [draw].
    """
    normal = draws.normal(numbers)
    sides = 2 * max(1, len(draws.uncertain))
    errors = float(quantile_of_normal(np.array([1 - BY_CHANCE / sides]))[0])
    found = []
    for one in draws.uncertain:
        values = np.asarray(value_of(one.quantity, normal[one.name], one.valid), dtype=float)
        third = thirds(normal[one.name], weight)
        parts = [
            chances.estimate(held[third == n], None if weight is None else weight[third == n])
            for n in range(THIRDS)
        ]
        (lowest, one_error), (middle, _), (highest, other_error) = parts
        error = float(np.hypot(one_error, other_error))
        found.append(
            Sensitivity(
                setting=one.name,
                standard=standard,
                period=period,
                low=float(values[third == 0].max()),
                high=float(values[third == THIRDS - 1].min()),
                chance_low=lowest,
                chance_middle=middle,
                chance_high=highest,
                error=error,
                told=abs(highest - lowest) > errors * error,
            )
        )
    return tuple(sorted(found, key=lambda one: -abs(one.chance_high - one.chance_low)))


def thirds(values: Array, weight: Array | None = None) -> Whole:
    """Return in which third of all weight each draw is by its value, from 0. Shape: [draw]."""
    order = np.argsort(values, kind="stable")
    each = np.ones(len(values)) if weight is None else weight
    before = np.cumsum(each[order]) - each[order] / 2
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.minimum(before / each.sum() * THIRDS, THIRDS - 1).astype(np.int64)
    return found
