"""How many cases each tier has, month by month (EQ1–EQ3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.engine.model import Array, Caseloads, Model, Whole, alike, blank, summed


@dataclass(frozen=True)
class Flows:
    """The share of each tier's cases found in another, or the same, a month later.

    Only pairs of tiers between which some case may move, each tier with itself first.
    """

    origin: Whole  # [pair]
    target: Whole  # [pair]
    share: Array  # [draw, month, pair]

    def month(self, month: int) -> list[tuple[int, int, Array]]:
        """Return origin, target and share of every pair. Shape of a share: [draw].

        EQ1, EQ2. Unit: share.
        """
        share = self.share[:, month]
        pairs = zip(self.origin.tolist(), self.target.tolist(), strict=True)
        return [(f, s, share[:, n]) for n, (f, s) in enumerate(pairs)]


@dataclass(frozen=True)
class Caseload:
    """Cases and what moved them. Shape: [draw, month, tier] unless said. Unit: cases."""

    given: Caseloads
    flows: Flows
    cases: Array  # at the month's end
    entrants: Array  # arrivals included
    after_events: Mapping[int, Array]  # by month that has any: [draw, tier], last month's cases
    transferred: Array  # [draw, transfer, tier], cases an event really took from each tier

    def before(self, month: int) -> Array:
        """Return last month's cases after events, before exits and moves.

        Returns:
            Shape: [draw, tier].
        """
        if month in self.after_events:
            return self.after_events[month]
        return self.cases[:, month - 1] if month else self.given.opening

    @cached_property
    def survivors(self) -> Array:
        """Last month's cases after events, before exits and moves."""
        before = blank(*self.cases.shape)
        for month in range(self.cases.shape[1]):
            before[:, month] = self.before(month)
        return before

    @cached_property
    def exits(self) -> Array:
        """Cases that left, those of one-off events included."""
        left = self.survivors * self.given.exits
        for n, event in enumerate(self.given.transfers):
            if event.target is None:
                left[:, event.month] += self.transferred[:, n]
        return left

    @cached_property
    def moved_in(self) -> Array:
        """Cases that came from another tier."""
        return self._moved(inwards=True)

    @cached_property
    def moved_out(self) -> Array:
        """Cases that went to another tier."""
        return self._moved(inwards=False)

    def _moved(self, inwards: bool) -> Array:
        moved = np.zeros(self.cases.shape)
        for n, (origin, target) in enumerate(
            zip(self.flows.origin, self.flows.target, strict=True)
        ):
            if origin != target:
                place = target if inwards else origin
                moved[:, :, place] += self.survivors[:, :, origin] * self.flows.share[:, :, n]
        for n, event in enumerate(self.given.transfers):
            if event.target is None:
                continue
            for origin in event.origins:
                place = event.target if inwards else origin
                moved[:, event.month, place] += self.transferred[:, n, origin]
        return moved


def flows(model: Model) -> Flows:
    """Return the share of each tier's cases found in each tier a month later (EQ1, EQ2)."""
    moves, exits = alike(model.caseloads.moves), 1.0 - alike(model.caseloads.exits)
    tiers = moves.shape[-1]
    away = (moves > 0).any(axis=(0, 1)) & ~np.eye(tiers, dtype=bool)
    origin, target = np.nonzero(away)
    shares = [exits[:, :, k] * (1.0 - summed(moves[:, :, k])) for k in range(tiers)]
    pairs = zip(origin.tolist(), target.tolist(), strict=True)
    shares += [exits[:, :, f] * moves[:, :, f, s] for f, s in pairs]
    full = np.stack([share.T for share in np.broadcast_arrays(*shares)]).transpose(2, 1, 0)
    if full.shape[1] == 1:
        full = np.broadcast_to(full, (len(full), model.months, full.shape[2]))
    own = np.arange(tiers)
    return Flows(np.concatenate([own, origin]), np.concatenate([own, target]), full)


def project(model: Model) -> Caseload:
    """Return the caseload of every month (EQ1–EQ3)."""
    return _walk(model, flows(model))


def with_entrants(model: Model, expected: Caseload, entrants: Array) -> Caseload:
    """Return the caseload when these cases enter, arrivals included, instead of those expected.

    EQ1, EQ2.

    Args:
        model: the scenario as arrays.
        expected: whose cases leave and move as they do.
        entrants: cases. Shape: [draw, month, tier].
    """
    return _walk(model, expected.flows, entrants)


def _walk(model: Model, moving: Flows, entering: Array | None = None) -> Caseload:
    """Carry the cases from month to month."""
    given = model.caseloads
    parts = (given.opening, moving.share, given.growth, given.given, given.mix, given.arrivals)
    draws = max(len(part) for part in (*parts, *(event.cases for event in given.transfers)))
    draws = max(draws, 0 if entering is None else len(entering))
    tiers = len(model.tiers)
    cases, entrants = (blank(draws, model.months, tiers) for _ in range(2))
    after_events = {}
    transferred = np.zeros((draws, len(given.transfers), tiers))
    now = blank(draws, tiers)
    now[:] = given.opening
    growing = None if entering is not None else _GrowthPath(model, now)
    for month in range(model.months):
        if any(event.month == month for event in given.transfers):
            now = after_events[month] = now.copy(order="K")
            for place, taken in transfer(model, month, now):
                transferred[:, place] = taken
        left = cases[:, month]
        for origin, target, share in moving.month(month):
            left[:, target] += now[:, origin] * share
        if growing is not None:
            entrants[:, month] = growing.entrants(month, left, transferred)
        elif entering is not None:
            entrants[:, month] = entering[:, month]
        left += entrants[:, month]
        now = left
    return Caseload(given, moving, cases, entrants, after_events, transferred)


def transfer(model: Model, month: int, now: Array) -> list[tuple[int, Array]]:
    """Move cases by a month's events in last month's state, in file order; at most what there are.

    Args:
        model: whose events.
        month: the month, from 0.
        now: cases, changed in place. Shape: [draw, tier].

    Returns:
        Each event's place among all, and what it took from every tier. Shape: [draw, tier].
    """
    found = []
    for place, event in enumerate(model.caseloads.transfers):
        if event.month != month:
            continue
        there = summed(now, event.origins)
        cases = np.minimum(event.cases, there)
        taken = np.zeros_like(now)
        for origin in event.origins:
            share = np.divide(now[:, origin], there, out=np.zeros_like(there), where=there > 0)
            taken[:, origin] = np.minimum(cases * share, now[:, origin])
        now -= taken
        if event.target is not None:
            now[:, event.target] += summed(taken, event.origins)
        found.append((place, taken))
    return found


class _GrowthPath:
    """The paths that growing cohorts keep to, and who must enter for that (EQ3)."""

    def __init__(self, model: Model, opening: Array) -> None:
        self.given = model.caseloads
        growth = alike(self.given.growth)
        on_path = ~np.isnan(growth)
        factor = (1.0 + np.where(on_path, growth, 0.0)) ** (1 / 12)
        months = (model.months, len(model.cohorts))
        self.on_path = np.broadcast_to(on_path, (len(growth), *months))
        self.factor = np.broadcast_to(factor, (len(growth), *months))
        self.tiers = [
            np.flatnonzero(self.given.cohort_of == n).tolist() for n in range(len(model.cohorts))
        ]
        self.path = [summed(opening, tiers) for tiers in self.tiers]

    def entrants(self, month: int, left: Array, transferred: Array) -> Array:
        """Return those who enter, arrivals on top. Shape: [draw, tier].

        Args:
            month: the month, from 0.
            left: cases of the month before who are still there. Shape: [draw, tier].
            transferred: as in Caseload; who leaves by an event leaves the path too.
        """
        arrivals = self.given.arrivals[:, month]
        entrants = blank(len(left), left.shape[1])
        entrants += self.given.given[:, month] + arrivals
        mix = self.given.mix[:, month]
        for cohort, tiers in enumerate(self.tiers):
            on_path = self.on_path[:, month, cohort]
            if not on_path.any():
                continue
            arriving = summed(arrivals, tiers)
            start = self.path[cohort] + arriving - self._leaving(month, tiers, transferred)
            self.path[cohort] = np.maximum(0.0, start) * self.factor[:, month, cohort]
            needed = self.path[cohort] - summed(left, tiers) - arriving
            needed = np.maximum(0.0, needed) * on_path
            for tier in tiers:
                entrants[:, tier] += needed * mix[:, tier]
        return entrants

    def _leaving(self, month: int, tiers: Sequence[int], transferred: Array) -> Array:
        """Return how many of some tiers leave by the month's events. Shape: [draw]."""
        gone = np.zeros(len(transferred))
        for place, event in enumerate(self.given.transfers):
            if event.month == month and event.target is None:
                gone += summed(transferred[:, place], tiers)
        return gone
