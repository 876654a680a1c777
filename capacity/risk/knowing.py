"""What finding out an uncertain setting is worth before posts are agreed (EQ30).

Every plan that was tried is known in every draw that was searched on: what it costs, and in how
many periods some standard is not met. Of these the cheapest can be chosen that misses no more
periods than the recommended plan, one each for the low, middle and high third of a setting, or one
each for thirds taken at random, which know nothing. The difference in cost is what it is worth to
know the setting first: the same certainty for less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.engine.model import Array, Flags, Whole
from capacity.risk.decide import PostSearch
from capacity.risk.draws import uniform
from capacity.risk.trials import Tried
from capacity.wording import pounds

THIRDS = 3
"""Into so many groups, from its low to its high, the values of a setting are told apart."""

HALVES = 2
"""Plans are chosen on one half of the draws and their cost told of the other, and the reverse."""

STEPS = 60
"""Halvings in which the price of a period that is not met is found."""

NEAR = 1e-9

AT_RANDOM = 20
"""Groupings at random that settings are set beside."""

ERRORS = 3.0
"""A saving less than so many of its standard errors is nothing that can be told from chance: of a
hundred settings that are worth nothing, one in ten times one would seem to be."""


@dataclass(frozen=True)
class Knowing:
    """A row of the `value_of_knowing` table.

    Attributes:
        setting: its dotted name.
        saving: expected cost saved at the same certainty if it were known before posts are
            agreed, in pounds over the plan (discounted); 0 where it cannot be told from chance.
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
    weight = np.ones(len(chosen.costs)) if chosen.weight is None else chosen.weight
    weight = weight / weight.mean()
    plans = Plans(
        cost=np.stack([one.costs for one in tried]) * weight,
        missed=np.stack([one.missed[:, within].sum(axis=1) for one in tried]) * weight,
        allowed=chosen.missed[:, within].sum(axis=1) * weight,
    )
    return known_first(plans, search.draws.normal(search.sample.numbers), search.draws.seed)


def known_first(plans: Plans, values: Mapping[str, Array], seed: int) -> tuple[Knowing, ...]:
    """Return what it is worth to know each setting, by what plans come to in draws.

    Args:
        plans: those to choose from.
        values: of each setting in the draws, on any scale. Shape of each: [draw].
        seed: of the groupings at random.
    """
    numbers = np.arange(len(plans.allowed))
    random = (uniform(seed, f"nothing known {n}", numbers) for n in range(AT_RANDOM))
    nothing = [plans.saved(np.argsort(one)) for one in random]
    found = [
        _knowing(name, plans.saved(np.argsort(one, kind="stable")), nothing)
        for name, one in values.items()
    ]
    return tuple(sorted(found, key=lambda one: -one.saving))


@dataclass(frozen=True)
class Plans:
    """What plans cost, and how many periods they miss, in some draws.

    Attributes:
        cost: discounted, times the weight of the draw. Shape: [plan, draw].
        missed: periods in which some standard is not met, likewise. Shape: [plan, draw].
        allowed: those that the recommended plan misses, likewise. Shape: [draw].
    """

    cost: Array
    missed: Array
    allowed: Array

    @cached_property
    def halves(self) -> tuple[tuple[Flags, Plans], ...]:
        """Which draws each half has, and what plans come to in them."""
        draws = np.arange(len(self.allowed))
        sides = [draws % HALVES == side for side in range(HALVES)]
        return tuple(
            (on, Plans(self.cost[:, on], self.missed[:, on], self.allowed[on])) for on in sides
        )

    def saved(self, order: Whole) -> Array:
        """Return what thirds with a plan each cost less than the recommended plan.

        Args:
            order: the draws in the order in which they fall into thirds. Shape: [draw].

        Returns:
            Pounds, with what is missed more or fewer at the price of a period. Shape: [draw].
        """
        third = np.empty(len(order), dtype=np.int64)
        third[order] = np.arange(len(order)) * THIRDS // len(order)
        found = np.zeros(len(order))
        for on, half in self.halves:
            best, price = half.chosen(third[on])
            told = np.flatnonzero(~on)
            plan = best[third[told]]
            found[told] = price * (self.allowed[told] - self.missed[plan, told])
            found[told] -= self.cost[plan, told]
        return found

    def chosen(self, third: Whole) -> tuple[Whole, float]:
        """Return the cheapest plan for each third of draws, missing no more than recommended.

        Args:
            third: in which each draw is, from 0. Shape: [draw].

        Returns:
            The plan of each third, and the price of a period at which they are the best: the
            least one at which no more are missed than the recommended plan misses. Where none is
            high enough, the plans that miss fewest.
        """
        of_third = (third[:, None] == np.arange(THIRDS)).astype(float)
        cost, missed = self.cost @ of_third, self.missed @ of_third
        most = self.allowed.sum() + NEAR

        def at(price: float) -> Whole:
            found: Whole = np.argmin(cost + price * missed, axis=0)
            return found

        def enough(plans: Whole) -> bool:
            return bool(missed[plans, range(THIRDS)].sum() <= most)

        low, high = 0.0, float(np.ptp(cost)) + 1.0
        if enough(at(low)):
            return at(low), low
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if enough(at(middle)) else (middle, high)
        return at(high), high


def _knowing(name: str, saved: Array, nothing: Sequence[Array]) -> Knowing:
    """Return what it is worth to know one setting.

    Args:
        name: of the setting.
        saved: where its third is known. Shape: [draw].
        nothing: where a third at random is. Shape of each: [draw].
    """
    more = saved - np.mean(nothing, axis=0)
    chance = np.std([one.mean() for one in nothing], ddof=1)
    saving = float(more.mean())
    error = float(np.sqrt(more.var(ddof=1) / len(more) + chance**2))
    told = saving if saving > ERRORS * error else 0.0
    return Knowing(name, told, error, _words(told, error))


def _words(saving: float, error: float) -> str:
    if saving:
        return f"Worth {pounds(saving)} to know before posts are agreed (±{pounds(error)})"
    return "Worth nothing that can be told from chance"
