"""How a team's hours go to its rows: what gives way, own cases, the order (EQ12, EQ13, EQ25)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.one_by_one.inputs import Inputs

Work = list[tuple[float, float]]
"""Other work: hours, and the share of them that gives way."""


@dataclass
class Asked:
    """A row in one month: what can be reached, what one takes, and what the rule gives it."""

    row: int
    reached: int
    hours: float  # of one done
    way: float  # share of those hours that gives way
    early: float = 0.0  # most that may be done early
    wanted: int = 0  # what standards ask for
    number: float = 0.0
    second: float = 0.0  # of that, beyond what standards ask for

    @property
    def all_hours(self) -> float:
        """Hours of everybody who can be reached, and of the early ones that go with them."""
        return self.hours * (self.reached + self.early) if self.reached else 0.0


def wanted_hours(here: list[Asked], other: Work) -> float:
    """Return the hours that other work and all duties ask for."""
    return sum(work for work, _ in other) + sum(ask.all_hours for ask in here)


def share_out(
    given: Inputs, month: int, team: int, here: list[Asked], hours: float, other: Work
) -> None:
    """Give each row of a team its number."""
    want = wanted_hours(here, other)
    hours = _not_lost(hours, want, given.pooling[month][team], given.spread[month][team])
    if hours >= want - 1e-9:
        for ask in here:
            ask.number, ask.second = ask.reached, ask.reached - ask.wanted
        return
    if given.rule == "soft" and given.gives_way_focus is not None:
        _softly(given, month, here, hours, other, given.gives_way_focus)
        return
    way = sum(work * part for work, part in other)
    way += sum(ask.all_hours * ask.way for ask in here)
    cut = min(1.0, (want - hours) / way) if way else 0.0
    for ask in here:
        ask.hours *= 1 - cut * ask.way
    left = hours - sum(work * (1 - cut * part) for work, part in other)
    if left <= 0:
        return
    if given.rule == "soft":
        _softly(given, month, here, left, [], None)
    else:
        _in_order(here, left, standards_first=given.rule == "standards first")


def _in_order(here: list[Asked], left: float, *, standards_first: bool) -> None:
    for ask in here if standards_first else []:
        served = min(ask.wanted, left / ask.hours) if ask.hours else ask.wanted
        left -= served * ask.hours
        ask.number = served
    for ask in here:
        rest = ask.reached - (ask.wanted if standards_first else 0)
        each = ask.hours * (1 + ask.early / rest) if rest else 0.0
        ask.second = min(rest, max(0.0, left) / each) if each else rest
        left -= ask.second * each
        ask.number += ask.second


def _not_lost(hours: float, want: float, pooling: float, spread: float) -> float:
    """Return the hours that can be used where officers hold their own cases."""
    if pooling >= 1 or spread <= 0 or hours <= 0 or want <= 0:
        return hours
    mean = want / hours
    width = spread * mean
    edge = (1 - mean) / width
    below = 0.5 * (1 + math.erf(edge / math.sqrt(2)))
    density = math.exp(-edge * edge / 2) / math.sqrt(2 * math.pi)
    used = hours * (mean * below - width * density + 1 - below)
    return min(hours, want) - (1 - pooling) * max(0.0, min(hours, want) - used)


def _softly(
    given: Inputs,
    month: int,
    here: list[Asked],
    hours: float,
    other: Work,
    behind: float | None,
) -> None:
    """Serve every row its share at once: find the number at which hours are used up."""
    focus = given.focus[month]
    fixed = sum(work * (1 - part) for work, part in other)
    way = sum(work * part for work, part in other)
    asking = [(ask.all_hours, focus[ask.row], ask.way) for ask in here]

    def used(theta: float) -> float:
        kept = 1.0 if behind is None else _logistic(theta + behind)
        total = fixed + way * kept
        for full, place, part in asking:
            cut = 0.0 if behind is None else part * (1 - kept)
            total += full * _logistic(theta + place) * (1 - cut)
        return total

    low, high = -60.0, 60.0
    if used(low) >= hours:
        return
    for _ in range(50):
        middle = (low + high) / 2
        if used(middle) < hours:
            low = middle
        else:
            high = middle
    for ask in here:
        ask.number = ask.reached * _logistic(high + focus[ask.row])


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))
