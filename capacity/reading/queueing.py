"""Rules about work that queues (EQ26): names, classes, arrivals, and where completed work goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from capacity.limits import LONGEST_INTERVAL
from capacity.reading.naming import BY_TIER, classes_of, is_by_tier, names, unknown
from capacity.reading.references import NEAR, QUEUE, TEAM, among, tier_of
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, is_number
from capacity.reading.validating import Reading
from capacity.settings import EVERY_TIER, ArrivesFrom, LeadsTo, Queue, Settings, show

_WAYS = "must have one of cohort and queue"


def queues(reading: Reading, *, opening: bool = True) -> Iterator[Finding]:
    """Yield everything that is wrong with queues and what flows between them.

    Args:
        reading: the settings.
        opening: whether they are those of the start.
    """
    for name, queue in reading.settings.queues.items():
        path: Keys = ("queues", name)
        yield from among((*path, "team"), queue.team, TEAM, names(reading.tree, "teams"))
        if name in names(reading.tree, "cohorts"):
            must = "must have another name: a cohort is called so, and orders of priority name both"
            yield Finding(path, must)
        yield from _classes(reading.tree, path, queue)
        yield from _arrivals(reading, path, queue)
        for place, flow in enumerate(queue.leads_to):
            yield from _outcome(reading.tree, (*path, "leads_to", place), flow)
        if opening:
            yield from _waiting(path, queue)
    yield from _loops(reading.settings)


def _classes(tree: Any, path: Keys, queue: Queue) -> Iterator[Finding]:
    """Yield shares that do not add up to 1, and settings of a class that is not there."""
    total = sum(share.value for share in queue.classes.values())
    if queue.classes and abs(total - 1) > NEAR:
        yield Finding((*path, "classes"), "must add up to 1", show(round(total, 9)))
    classes = classes_of(tree, str(path[1]))
    for key in (*BY_TIER["queues"], "waiting_ages"):
        table = tree["queues"][path[1]].get(key)
        given = names(tree, *(str(step) for step in path), key)
        spread = is_by_tier((*path, key))
        for one in () if spread and is_number(table) else given:
            if one not in classes and not (spread and one == EVERY_TIER):
                yield unknown((*path, key, one), "class", classes)


def _arrivals(reading: Reading, path: Keys, queue: Queue) -> Iterator[Finding]:
    """Yield a queue that nothing joins, and arrivals from what is not there."""
    name, settings = str(path[1]), reading.settings
    fed = any(flow.queue == name for other in settings.queues.values() for flow in other.leads_to)
    waits = any(one.value for one in queue.waiting.values())
    own = queue.arrivals_per_month is not None
    if not (own or queue.arrivals_from or fed or waits):
        must = "must be given, or arrivals_from, or a queue that leads to this one"
        yield Finding((*path, "arrivals_per_month"), must)
    if queue.growth_per_year.value and not own:
        must = "must not be given without arrivals_per_month: what comes from elsewhere grows there"
        yield Finding((*path, "growth_per_year"), must, show(queue.growth_per_year.value))
    for place, source in enumerate(queue.arrivals_from):
        yield from _source(reading.tree, (*path, "arrivals_from", place), source)


def _source(tree: Any, path: Keys, source: ArrivesFrom) -> Iterator[Finding]:
    """Yield a source of arrivals that is none or two, or that is not there."""
    if (source.cohort is None) == (source.queue is None):
        yield Finding(path, _WAYS, "both" if source.cohort else "none of them")
        return
    if source.queue is not None:
        yield from among((*path, "queue"), source.queue, QUEUE, names(tree, "queues"))
        for key in ("tier", "per_case_year"):
            if getattr(source, key) is not None:
                yield Finding((*path, key), "must not be given for what comes from a queue")
        if source.share is None:
            yield Finding((*path, "share"), "must be given: the share of what the queue completes")
        return
    yield from tier_of(tree, path, str(source.cohort), {"tier": source.tier})
    if (source.per_case_year is None) == (source.share is None):
        must = "must have one of per_case_year (of the cases) and share (of those who leave)"
        yield Finding(path, must, "both" if source.share else "none of them")
    if source.per_case_year is not None and source.lag_months.value:
        must = "must not be given with per_case_year: it comes with the cases of the month"
        yield Finding((*path, "lag_months"), must, show(source.lag_months.value))


def _outcome(tree: Any, path: Keys, flow: LeadsTo) -> Iterator[Finding]:
    """Yield an outcome that leads to nothing, to two things, or to what is not there."""
    if (flow.cohort is None) == (flow.queue is None):
        yield Finding(path, _WAYS, "both" if flow.cohort else "none of them")
    elif flow.queue is not None:
        yield from among((*path, "queue"), flow.queue, QUEUE, names(tree, "queues"))
        if flow.tier is not None:
            yield Finding((*path, "tier"), "must not be given for what joins a queue")
    else:
        yield from tier_of(tree, path, str(flow.cohort), {"tier": flow.tier})


def _waiting(path: Keys, queue: Queue) -> Iterator[Finding]:
    """Yield ages of those who wait that are none, or too many."""
    for name, ages in queue.waiting_ages.items():
        place: Keys = (*path, "waiting_ages", name)
        if len(ages) > LONGEST_INTERVAL:
            yield Finding(place, f"must be at most {LONGEST_INTERVAL} months", show(len(ages)))
        elif not sum(ages):
            yield Finding(place, "must not all be 0", use="no list")


# Flows from queue to queue, through cohorts too ---------------------------------------------


def flows(settings: Settings) -> dict[tuple[str, str], tuple[float, float]]:
    """Return what one done in a queue leads to in another: queue, queue → how many, least months.

    Through a cohort it is what a case of it leads to for as long as it stays.
    """
    found: dict[tuple[str, str], tuple[float, float]] = {}

    def add(one: str, other: str, gain: float, lag: float) -> None:
        before, least = found.get((one, other), (0.0, lag))
        found[one, other] = before + gain, min(least, lag)

    for name, queue in settings.queues.items():
        for source in queue.arrivals_from:
            if source.queue is not None and source.share is not None:
                add(source.queue, name, source.share.value, source.lag_months.value)
    for name, queue in settings.queues.items():
        for flow in queue.leads_to:
            if flow.queue is not None:
                add(name, flow.queue, flow.share.value, flow.lag_months.value)
            for other, its in settings.queues.items() if flow.cohort else ():
                for source in its.arrivals_from:
                    if source.cohort == flow.cohort:
                        gain = flow.share.value * _of_a_case(settings, source)
                        lag = flow.lag_months.value + source.lag_months.value
                        add(name, other, gain, lag)
    return found


def _of_a_case(settings: Settings, source: ArrivesFrom) -> float:
    """Return how many arrive for each case of a cohort while it stays there."""
    if source.share is not None:
        return float(source.share.value)
    cohort = settings.cohorts.get(str(source.cohort))
    if cohort is None or source.per_case_year is None:
        return 0.0
    tiers = [source.tier] if source.tier else list(cohort.tiers)
    rates = [cohort.exits_per_year.get(t, cohort.exits_per_year.get(EVERY_TIER)) for t in tiers]
    leave = min((rate.value for rate in rates if rate is not None and rate.value > 0), default=0.0)
    return float(source.per_case_year.value / leave) if leave else 0.0


def _loops(settings: Settings) -> Iterator[Finding]:
    """Yield a loop of flows in which nothing takes any time."""
    at_once: dict[str, list[str]] = {}
    for (one, other), (gain, lag) in flows(settings).items():
        if lag == 0 and gain > 0:
            at_once.setdefault(one, []).append(other)
    told: set[str] = set()
    for name in at_once:
        way = _way_back(at_once, name)
        if way and not told & set(way):
            told |= set(way)
            must = f"must not lead back to itself with no lag: {' → '.join(way)}"
            yield Finding(("queues", name), must, use="lag_months of 1 or more in one of them")


def _way_back(edges: Mapping[str, Sequence[str]], name: str) -> list[str] | None:
    """Return the shortest way from a name back to it, if there is one."""
    ways, seen = [[name]], set[str]()
    while ways:
        way = ways.pop(0)
        for other in edges.get(way[-1], ()):
            if other == name:
                return [*way, other]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return None


def growing_loops(settings: Settings) -> Iterator[Finding]:
    """Yield loops in which one leads to one or more: they never come to an end."""
    found = flows(settings)
    for name in settings.queues:
        inside = [
            other
            for other in settings.queues
            if other == name or (_reaches(found, name, other) and _reaches(found, other, name))
        ]
        if inside[0] != name or not _reaches(found, name, name):
            continue  # told of the first of a loop
        gains = np.array([[found.get((a, b), (0.0, 0.0))[0] for a in inside] for b in inside])
        gain = float(np.abs(np.linalg.eigvals(gains)).max())
        if gain >= 1 - NEAR:
            way = ", ".join(inside)
            must = f"leads back to itself ({way}): one completed leads to {gain:.2g} more, for ever"
            yield Finding(("queues", name), must)


def _reaches(found: Mapping[tuple[str, str], tuple[float, float]], one: str, other: str) -> bool:
    """Return whether something done in one queue leads to work in another."""
    edges: dict[str, list[str]] = {}
    for (a, b), (gain, _) in found.items():
        if gain > 0:
            edges.setdefault(a, []).append(b)
    waiting, seen = [*edges.get(one, ())], set[str]()
    while waiting:
        here = waiting.pop()
        if here == other:
            return True
        if here not in seen:
            seen.add(here)
            waiting += edges.get(here, ())
    return False
