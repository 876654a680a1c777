"""Work that queues, as arrays (EQ26): what arrives by itself, and what flows from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import (
    Array,
    Flow,
    Number,
    QueueKey,
    Queues,
    TierKey,
    Whole,
    alike,
)
from capacity.engine.rates import amount, by_tier
from capacity.settings import EVERY_TIER, ArrivesFrom, LeadsTo, Queue, Settings

Monthly = Callable[[Callable[[Settings], Iterable[Number]]], Array]
"""What a function of the settings gives, by month. Shape: [draw, month, number]."""


@dataclass(frozen=True)
class Places:
    """Where everything stands in a model."""

    months: int
    rows: range
    tiers: Sequence[TierKey]
    of_cohorts: int
    cohorts: Sequence[str]
    growing: frozenset[str]  # cohorts that have a growth path
    keys: tuple[QueueKey, ...]
    mix: Array  # [draw, month, tier], shares by which cases join their cohort
    before: Mapping[str, tuple[float, ...]]  # completed 1, 2, 3 … months before the start


def shares(queue: Queue) -> dict[str, Number]:
    """Return the share of each class in what arrives; they add up to 1 in every draw."""
    given = {name: amount(one) for name, one in queue.classes.items()}
    total = sum(given.values(), np.zeros(()))
    return {name: one / total for name, one in given.items()} or {queue.class_names[0]: 1.0}


def waiting(queue: Queue, name: str) -> Number:
    """Return how many of a class wait at the start."""
    if name in queue.waiting:
        return amount(queue.waiting[name])
    if EVERY_TIER in queue.waiting:
        return amount(queue.waiting[EVERY_TIER]) * shares(queue)[name]
    return float(sum(queue.waiting_ages.get(name, ())))


def queues(settings: Settings, monthly: Monthly, places: Places) -> Queues:
    """Return the queues of a scenario."""

    def each(number: Callable[[Queue, str], Number]) -> Array:
        return monthly(lambda s: [number(s.queues[key.queue], key.name) for key in places.keys])

    def whole(number: Callable[[Queue, str], Number]) -> Whole:
        found: Whole = np.rint(each(number)[0]).astype(np.int64)
        return found

    return Queues(
        keys=places.keys,
        rows=places.rows,
        tiers=range(places.of_cohorts, len(places.tiers)),
        arrivals=_arrivals(each),
        deadline=whole(lambda queue, name: by_tier(queue.deadline_months, name, -1.0)),
        lapses=whole(lambda queue, name: by_tier(queue.lapses_after_months, name)),
        flows=tuple(_flows(settings, monthly, places)),
    )


def _arrivals(each: Callable[[Callable[[Queue, str], Number]], Array]) -> Array:
    """Return what arrives by itself, growing from what it is at the start."""
    given = each(
        lambda queue, name: (
            0.0
            if queue.arrivals_per_month is None
            else amount(queue.arrivals_per_month) * shares(queue)[name]
        )
    )
    growth = each(lambda queue, name: amount(queue.growth_per_year))
    if not growth.any():
        return given
    factor = np.broadcast_to((1.0 + alike(growth)) ** (1 / 12), growth.shape)
    grown = np.cumprod(factor, axis=1)
    before = np.concatenate([np.ones_like(grown[:, :1]), grown[:, :-1]], axis=1)
    arrivals: Array = given * before
    return arrivals


def _flows(settings: Settings, monthly: Monthly, places: Places) -> Iterator[Flow]:
    """Yield what leads to work of queues, then what the completed work of queues leads to."""
    for name, queue in settings.queues.items():
        joins = _classes(queue, name, places)
        for n, source in enumerate(queue.arrivals_from):

            def share(s: Settings, name: str = name, n: int = n) -> list[Number]:
                one: ArrivesFrom = s.queues[name].arrivals_from[n]
                if one.per_case_year is not None:
                    return [amount(one.per_case_year) / 12]
                assert one.share is not None
                return [amount(one.share)]

            yield _flow(
                places,
                source=source.queue,
                tiers=_tiers(places, source.cohort, source.tier),
                of_cases=source.per_case_year is not None,
                share=monthly(share)[:, :, 0],
                joins=joins,
                lag=_months(source),
            )
    for name, queue in settings.queues.items():
        for n, flow in enumerate(queue.leads_to):

            def out(s: Settings, name: str = name, n: int = n) -> list[Number]:
                return [amount(s.queues[name].leads_to[n].share)]

            if flow.queue is not None:
                joins = _classes(settings.queues[flow.queue], flow.queue, places)
            else:
                joins = _joins(places, str(flow.cohort), flow.tier)
            yield _flow(
                places,
                source=name,
                share=monthly(out)[:, :, 0],
                joins=joins,
                lag=_months(flow),
                growing=(flow.cohort, flow.within_growth)
                if flow.cohort in places.growing
                else None,
            )


def _flow(
    places: Places,
    *,
    source: str | None,
    share: Array,
    joins: Array,
    lag: int,
    tiers: tuple[int, ...] = (),
    of_cases: bool = False,
    growing: tuple[str, bool] | None = None,
) -> Flow:
    """Return a flow; what a queue completes arrives in the next month at the earliest.

    `growing`: a cohort that has a growth path, and whether what joins it is part of that.
    """
    cohort, within = growing or (None, False)
    place = None if cohort is None else places.cohorts.index(cohort)
    rows = tuple(
        row for row, key in zip(places.rows, places.keys, strict=True) if key.queue == source
    )
    return Flow(
        rows=rows,
        tiers=tiers,
        of_cases=of_cases,
        share=share,
        joins=joins,
        lag=max(1, lag) if rows else lag,
        cohort=place if within else None,
        beside=None if within else place,
        before=places.before.get(source, ()) if source else (),
    )


def _months(flow: ArrivesFrom | LeadsTo) -> int:
    return round(float(np.ravel(amount(flow.lag_months))[0]))


def _tiers(places: Places, cohort: str | None, tier: str | None) -> tuple[int, ...]:
    """Return a tier of a cohort, or all of them; none without a cohort."""
    return tuple(
        n
        for n, key in enumerate(places.tiers[: places.of_cohorts])
        if key.cohort == cohort and tier in (None, key.tier)
    )


def _classes(queue: Queue, name: str, places: Places) -> Array:
    """Return the shares by which work joins the classes of a queue. Shape: [draw, month, tier]."""
    by_class: Mapping[str, Number] = shares(queue)
    draws = max(np.size(one) for one in by_class.values())
    joins = np.zeros((draws, 1, len(places.tiers)))
    for place, key in enumerate(places.keys):
        if key.queue == name:
            joins[:, 0, places.of_cohorts + place] = by_class[key.name]
    return np.broadcast_to(joins, (draws, places.months, len(places.tiers)))


def _joins(places: Places, cohort: str, tier: str | None) -> Array:
    """Return the shares by which cases join a cohort: one tier, or its entry mix."""
    mine = np.zeros(len(places.tiers))
    mine[list(_tiers(places, cohort, tier))] = 1.0
    if tier is not None:
        return np.broadcast_to(mine, (1, places.months, len(places.tiers)))
    return np.where(mine > 0, places.mix, 0.0)
