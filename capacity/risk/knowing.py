"""What finding out an uncertain setting is worth before posts are agreed (EQ30).

Every plan that was tried is known in every draw that was searched on: what it costs, and in how
many periods some standard is not met. With a price on such a period the best plan can be chosen
for all draws alike, or for the low, middle and high third of one setting apart. The difference is
what it is worth to know the setting first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Whole
from capacity.risk.decide import PostSearch
from capacity.risk.trials import Tried
from capacity.wording import pounds

THIRDS = 3
"""Into so many groups, from its low to its high, the values of a setting are told apart."""

HALVES = 2
"""A plan is chosen on one half of the draws and its cost told of the other, and the reverse."""

ERRORS = 2.0
"""A saving less than so many of its standard errors is nothing that can be told from chance."""


@dataclass(frozen=True)
class Knowing:
    """A row of the `value_of_knowing` table.

    Attributes:
        setting: its dotted name.
        saving: expected cost saved if it were known before posts are agreed, with what periods
            that are not met count for, in pounds over the plan (discounted); 0 where it cannot be
            told from chance.
        error: its standard error.
        words: the same in a sentence.
    """

    setting: str
    saving: float
    error: float
    words: str


def value_of_knowing(search: PostSearch, chosen: Tried) -> tuple[Knowing, ...]:
    """Return what it is worth to know each uncertain setting, the most first.

    Args:
        search: the search for the recommended plan, with all that it tried.
        chosen: what the recommended plan comes to in its draws.
    """
    within = search.within_reach()
    tried = [one for _, one in search.trials.every()]
    cost = np.stack([one.costs for one in tried])
    missed = np.stack([one.missed[:, within].sum(axis=1) for one in tried]).astype(float)
    price = price_of_a_period(tried, missed, chosen)
    loss = cost + price * missed
    numbers = search.sample.numbers
    z = search.draws.normal(numbers)
    weight = np.ones(len(numbers)) if chosen.weight is None else chosen.weight
    found = [_knowing(name, loss, z[name], numbers, weight / weight.mean()) for name in z]
    return tuple(sorted(found, key=lambda one: -one.saving))


def price_of_a_period(tried: Sequence[Tried], missed: Array, chosen: Tried) -> float:
    """Return what a period in which some standard is not met counts for.

    It is the price at which the recommended plan is the best of those tried: halfway between
    what the cheapest further way to miss fewer costs and what the dearest way to miss more saves.

    Shape of missed: [plan, draw].
    """
    mean = np.average(missed, axis=1, weights=chosen.weight)
    place = next(n for n, one in enumerate(tried) if one is chosen)
    dearer, cheaper = [], []
    for n, one in enumerate(tried):
        more, fewer = one.cost - chosen.cost, mean[place] - mean[n]
        if more > 0 and fewer > 0:
            dearer.append(more / fewer)
        elif more < 0 and fewer < 0:
            cheaper.append(more / fewer)
    low = max(cheaper, default=0.0)
    high = max(min(dearer, default=low), low)
    return (low + high) / 2


def _knowing(name: str, loss: Array, z: Array, numbers: Whole, weight: Array) -> Knowing:
    """Return what it is worth to know one setting. Shape: [plan, draw], [draw]."""
    loss = loss * weight
    group = np.minimum(np.argsort(np.argsort(z)) * THIRDS // len(z), THIRDS - 1)
    half = numbers % HALVES
    saved = np.zeros(len(z))
    for side in range(HALVES):
        chosen_on, told_of = half != side, half == side
        alike = int(np.argmin(loss[:, chosen_on].mean(axis=1)))
        for third in range(THIRDS):
            best = int(np.argmin(loss[:, chosen_on & (group == third)].mean(axis=1)))
            here = told_of & (group == third)
            saved[here] = loss[alike, here] - loss[best, here]
    saving, error = float(saved.mean()), float(saved.std(ddof=1) / np.sqrt(len(saved)))
    told = saving if saving > ERRORS * error else 0.0
    return Knowing(name, told, error, _words(told, error))


def _words(saving: float, error: float) -> str:
    if saving:
        return f"Worth {pounds(saving)} to know before posts are agreed (± {pounds(error)})"
    return "Worth nothing that can be told from chance"
