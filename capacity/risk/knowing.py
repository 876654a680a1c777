"""What finding out an uncertain setting is worth before posts are agreed (EQ30).

Every plan that was tried is known in every draw that was searched on: what it costs, and in how
many periods some standard is not met. Of these the cheapest can be chosen that misses no more
periods than the recommended plan, one each for the low, middle and high third of a setting, or one
each for thirds taken at random, which know nothing. The difference in cost is what it is worth to
know the setting first: the same certainty for less.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    tried = [one for _, one in search.trials.every(search.choice)]
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
    orders = [np.argsort(one) for one in random]
    orders += [np.argsort(one, kind="stable") for one in values.values()]
    nothing, saved = np.split(plans.saved(np.stack(orders)), [AT_RANDOM])
    found = [_knowing(name, one, nothing) for name, one in zip(values, saved, strict=True)]
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

    def saved(self, orders: Whole) -> Array:
        """Return what thirds with a plan each cost less than the recommended plan.

        Args:
            orders: the draws in orders in which they fall into thirds. Shape: [order, draw].

        Returns:
            Pounds, with what is missed more or fewer at the price of a period.
            Shape: [order, draw].
        """
        draws = orders.shape[1]
        third = np.empty_like(orders)
        np.put_along_axis(third, orders, np.arange(draws)[None] * THIRDS // draws, axis=1)
        found = np.zeros(orders.shape)
        for on, half in self.halves:
            best, price = half.chosen(third[:, on])
            told = np.flatnonzero(~on)
            plan = np.take_along_axis(best, third[:, told], axis=1)
            found[:, told] = price[:, None] * (self.allowed[told] - self.missed[plan, told])
            found[:, told] -= self.cost[plan, told]
        return found

    def chosen(self, third: Whole) -> tuple[Whole, Array]:
        """Return the cheapest plan for each third of draws, missing no more than recommended.

        Args:
            third: in which each draw is, from 0, by the order that they are in.
                Shape: [order, draw].

        Returns:
            The plan of each third, and the price of a period at which they are the best: the
            least one at which no more are missed than the recommended plan misses. Where none is
            high enough, the plans that miss fewest. Shape: [order, third] and [order].
        """
        of_third = (third[:, :, None] == np.arange(THIRDS)).astype(float)
        cost = np.stack([self.cost @ one for one in of_third])
        missed = np.stack([self.missed @ one for one in of_third])
        most = self.allowed.sum() + NEAR

        def at(price: Array) -> Whole:
            found: Whole = np.argmin(cost + price[:, None, None] * missed, axis=1)
            return found

        def enough(plans: Whole) -> Flags:
            each = np.take_along_axis(missed, plans[:, None], axis=1)
            found: Flags = each.sum(axis=(1, 2)) <= most
            return found

        low, high = np.zeros(len(third)), np.ptp(cost, axis=(1, 2)) + 1.0
        free = enough(at(low))
        for _ in range(STEPS):
            middle = (low + high) / 2
            yes = enough(at(middle))
            low, high = np.where(yes, low, middle), np.where(yes, middle, high)
        price = np.where(free, 0.0, high)
        return at(price), price


def _knowing(name: str, saved: Array, nothing: Array) -> Knowing:
    """Return what it is worth to know one setting.

    Args:
        name: of the setting.
        saved: where its third is known. Shape: [draw].
        nothing: where a third at random is. Shape: [order, draw].
    """
    more = saved - np.mean(nothing, axis=0)
    chance = np.std(nothing.mean(axis=1), ddof=1)
    saving = float(more.mean())
    error = float(np.sqrt(more.var(ddof=1) / len(more) + chance**2))
    told = saving if saving > ERRORS * error else 0.0
    return Knowing(name, told, error, _words(told, error))


def _words(saving: float, error: float) -> str:
    if saving:
        return f"Worth {pounds(saving)} to know before posts are agreed (±{pounds(error)})"
    return "Worth nothing that can be told from chance"
