"""How many cases each tier has, month by month (EQ1–EQ3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    held: bool = field(
        default=False, kw_only=True
    )  # whether what queues lead to in cohorts is among the entrants already

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
    """Return the caseload of every month (EQ1–EQ3), and what arrives in queues (EQ26).

    What work completed before the start leads to is in it. What queues lead to afterwards is not:
    that follows from what is done, month by month (Walk).
    """
    return _walked(Walk(model, flows(model)))


def with_entrants(model: Model, expected: Caseload, entrants: Array) -> Caseload:
    """Return the caseload when these cases enter, arrivals included, instead of those expected.

    EQ1, EQ2.

    Args:
        model: the scenario as arrays.
        expected: whose cases leave and move as they do.
        entrants: cases. Shape: [draw, month, tier].
    """
    return _walked(Walk(model, expected.flows, entrants))


def _walked(walk: Walk) -> Caseload:
    """Carry the cases through all months."""
    for month in range(walk.model.months):
        walk.step(month)
    return walk.caseload()


class Walk:
    """Carries the cases from month to month.

    Args:
        model: the scenario as arrays.
        moving: shares of cases that stay and move.
        entering: cases that enter, instead of those expected. Shape: [draw, month, tier].
        draws: how many there are at least.
    """

    def __init__(
        self, model: Model, moving: Flows, entering: Array | None = None, draws: int = 1
    ) -> None:
        self.model, self.moving, self.entering = model, moving, entering
        self.given = given = model.caseloads
        parts = (
            *(given.opening, moving.share, given.growth, given.given, given.mix, given.arrivals),
            *(given.within, given.on_top),
        )
        queues = model.queues
        of_queues = (queues.arrivals, *(a for f in queues.flows for a in (f.share, f.joins)))
        draws = max(draws, *(len(part) for part in (*parts, *of_queues)))
        draws = max([draws, *(len(event.cases) for event in given.transfers)])
        draws = max(draws, 0 if entering is None else len(entering))
        tiers = len(model.tiers)
        self.cases, self.entrants = (blank(draws, model.months, tiers) for _ in range(2))
        self.after_events: dict[int, Array] = {}
        self.transferred = np.zeros((draws, len(given.transfers), tiers))
        self.now = blank(draws, tiers)
        self.now[:] = given.opening
        self.growing = None if entering is not None else _GrowthPath(model, self.now)

    def step(self, month: int, done: Array | None = None) -> None:
        """Carry the cases through a month.

        Args:
            month: the month, from 0.
            done: what was done in the months before; without it completed work leads to nothing.
                Shape: [draw, month, row].
        """
        now = self.now
        if any(event.month == month for event in self.given.transfers):
            now = self.after_events[month] = now.copy(order="K")
            for place, taken in transfer(self.model, month, now):
                self.transferred[:, place] = taken
        left, entrants = self.cases[:, month], self.entrants[:, month]
        for origin, target, share in self.moving.month(month):
            left[:, target] += now[:, origin] * share
        led = self._led_to(month, done, before=self.growing is not None)
        if self.growing is not None:
            entrants[:] = self.growing.entrants(month, left, self.transferred, *led)
            left += entrants
            if self.model.queues.keys:
                arrivals = self._arriving(month, now, left)
                entrants += arrivals
                left += arrivals
        elif self.entering is not None:
            entrants[:] = self.entering[:, month]
            entrants[:, self.model.queues.tiers.start :] += led[0][
                :, self.model.queues.tiers.start :
            ]
            left += entrants
        self.now = left

    def _led_to(
        self, month: int, done: Array | None, *, before: bool
    ) -> tuple[Array, dict[int, Array]]:
        """Return what completed work leads to this month: on top, and as part of growth.

        `before`: with what was completed before the start.

        Returns:
            Cases. Shape: [draw, tier] on top; the same by cohort.
        """
        on_top = blank(len(self.cases), self.cases.shape[2])
        within: dict[int, Array] = {}
        for flow in self.model.queues.flows:
            then = month - flow.lag
            if flow.rows and then >= 0 and done is not None:
                number = summed(done[:, then], flow.rows) * flow.share[:, then]
            elif flow.rows and before and -len(flow.before) <= then < 0:
                number = flow.before[-then - 1] * flow.share[:, 0]
            else:
                continue
            joins = number[:, None] * flow.joins[:, month]
            if flow.cohort is None:
                on_top += joins
            else:
                within[flow.cohort] = joins + within.get(flow.cohort, 0.0)
        return on_top, within

    def _arriving(self, month: int, before: Array, cases: Array) -> Array:
        """Return what arrives in queues by itself and from cohorts. Shape: [draw, tier]."""
        queues = self.model.queues
        found = blank(*cases.shape)
        found[:, queues.tiers.start :] = queues.arrivals[:, month]
        for flow in queues.flows:
            if flow.rows:
                continue
            if flow.of_cases:
                number = summed(cases, flow.tiers)
            else:
                number = self._left(month - flow.lag, flow.tiers, before if not flow.lag else None)
            found += (number * flow.share[:, month])[:, None] * flow.joins[:, month]
        return found

    def _left(self, month: int, tiers: Sequence[int], before: Array | None) -> Array:
        """Return who left some tiers in a month; before the start, as in its first. [draw]."""
        if before is None:
            before = self.caseload().before(max(0, month))
        gone = summed(before * self.given.exits[:, max(0, month)], tiers)
        for place, event in enumerate(self.given.transfers):
            if event.target is None and event.month == month:
                gone = gone + summed(self.transferred[:, place], tiers)
        return gone

    def caseload(self) -> Caseload:
        """Return the cases so far."""
        return Caseload(
            self.given,
            self.moving,
            self.cases,
            self.entrants,
            self.after_events,
            self.transferred,
        )


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
            np.flatnonzero((self.given.cohort_of == n) & self.given.community).tolist()
            for n in range(len(model.cohorts))
        ]
        self.within = {
            cohort
            for tier, cohort in enumerate(self.given.cohort_of.tolist())
            if self.given.within[:, :, tier].any()
        }
        self.path = [summed(opening, tiers) for tiers in self.tiers]

    def entrants(
        self,
        month: int,
        left: Array,
        transferred: Array,
        on_top: Array,
        within: Mapping[int, Array],
    ) -> Array:
        """Return those who enter, arrivals on top. Shape: [draw, tier].

        Args:
            month: the month, from 0.
            left: cases of the month before who are still there. Shape: [draw, tier].
            transferred: as in Caseload; who leaves by an event leaves the path too.
            on_top: what completed work of queues leads to beside growth. Shape: [draw, tier].
            within: what it leads to as part of the growth of a cohort, by cohort.
        """
        arrivals = self.given.arrivals[:, month] + self.given.on_top[:, month] + on_top
        entrants = blank(len(left), left.shape[1])
        entrants += self.given.given[:, month] + arrivals
        mix = self.given.mix[:, month]
        for cohort, tiers in enumerate(self.tiers):
            on_path = self.on_path[:, month, cohort]
            known = self._known(month, cohort, within)
            if known is not None:
                entrants += known
            if not on_path.any():
                continue
            arriving = summed(arrivals, tiers)
            start = self.path[cohort] + arriving - self._leaving(month, tiers, transferred)
            self.path[cohort] = np.maximum(0.0, start) * self.factor[:, month, cohort]
            needed = self.path[cohort] - summed(left, tiers) - arriving
            if known is not None:
                needed = needed - summed(known, tiers)
            needed = np.maximum(0.0, needed) * on_path
            for tier in tiers:
                entrants[:, tier] += needed * mix[:, tier]
        return entrants

    def _known(self, month: int, cohort: int, within: Mapping[int, Array]) -> Array | None:
        """Return cases that are part of a cohort's growth and come from somewhere named."""
        led = within.get(cohort)
        if cohort not in self.within:
            return led
        mine = self.given.cohort_of == cohort
        named: Array = np.where(mine, self.given.within[:, month], 0.0)
        return named if led is None else named + led

    def _leaving(self, month: int, tiers: Sequence[int], transferred: Array) -> Array:
        """Return how many of some tiers leave them all by the month's events. Shape: [draw].

        Out of the cohort, or into custody; who is released by an event comes.
        """
        gone = np.zeros(len(transferred))
        for place, event in enumerate(self.given.transfers):
            if event.month != month:
                continue
            came = event.target in tiers
            inside = [n for n in event.origins if n in tiers]
            if not came:
                gone += summed(transferred[:, place], inside)
            elif len(inside) < len(event.origins):
                outside = [n for n in event.origins if n not in tiers]
                gone -= summed(transferred[:, place], outside)
        return gone
