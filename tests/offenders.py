"""Offenders one by one: each leaves, moves, falls due and is visited by chance.

Written from the method, EQ1–EQ7 and EQ10–EQ13, knowing nothing of the engine. One unit is run many
times; the projection is of what it comes to on average.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

TIERS = ("high", "low", "watched")
MONTHS = 18
COUNTS = ("cases", "newly_due", "due", "done", "outstanding")

TEXT = """
title = "One by one"
start = 2025-04-01
months = 18
[cohorts.c]
team = "t"
entrants_per_month = { high = 2, low = 5 }
exits_per_year = { high = 0.3, low = 0.6, watched = 0.12 }
[cohorts.c.moves_per_year]
high = { low = 1.2 }
low = { high = 0.24, watched = 0.6 }
watched = { low = 0.36 }
[cohorts.c.tiers]
high = { cases = 30 }
low = { cases = 108 }
watched = { cases = 60 }
[cohorts.c.duties.visit]
every_months = { high = 2, low = 6 }
hours = { high = 3, low = 6 }
access_rate = { high = 0.8 }
overdue = { low = 12 }
[teams.t.grades.g]
in_post = 1
weekly_hours = 30
[priority]
rule = "strict"
[[events]]
at = 2025-11-01
cohort = "c"
from = "watched"
to = "low"
cases = 10
[[changes]]
from = 2026-04-01
set = { "cohorts.c.duties.visit.every_months.low" = 4 }
"""
"""High is always seen as far as its offenders can be; low gets what hours are left."""

HOURS = 52 * 30 / 12
LEAVE = {"high": 0.3 / 12, "low": 0.6 / 12, "watched": 0.12 / 12}
MOVE = {
    "high": {"low": 1.2 / 12},
    "low": {"high": 0.24 / 12, "watched": 0.6 / 12},
    "watched": {"low": 0.36 / 12},
}
EVENT_MONTH, CHANGE_MONTH = 7, 12


def interval(tier: str, month: int) -> int:
    """Months from one visit to the next; 0 for none."""
    return {"high": 2, "low": 4 if month >= CHANGE_MONTH else 6, "watched": 0}[tier]


@dataclass
class Offender:
    """One case: how long since the last visit, or how long outstanding."""

    tier: str
    age: int = 0
    late: bool = False
    waited: int = 0


@dataclass
class Unit:
    """The unit's offenders, month by month."""

    chance: random.Random
    people: list[Offender] = field(default_factory=list)

    def __post_init__(self) -> None:
        for n in range(30):
            self.people.append(Offender("high", age=n % 2))
        for n in range(108):
            self.people.append(Offender("low", age=n % 6, late=n >= 96))
        self.people += [Offender("watched") for _ in range(60)]

    def month(self, month: int) -> dict[tuple[str, str], float]:
        """One month, in the order of EQ4: events, exits, moves, ageing, entrants, visits."""
        if month == EVENT_MONTH:
            watched = [one for one in self.people if one.tier == "watched"]
            for one in self.chance.sample(watched, 10):
                one.tier, one.age = "low", interval("low", month) - 1
        self.people = [one for one in self.people if self.chance.random() >= LEAVE[one.tier]]
        newly = dict.fromkeys(TIERS, 0)
        for one in self.people:
            falls_due = self.live(one, month)
            newly[one.tier] += falls_due
        for tier, count in (("high", 2), ("low", 5)):
            self.people += [Offender(tier, late=True) for _ in range(count)]
            newly[tier] += count
        return self.visit(newly)

    def live(self, one: Offender, month: int) -> int:
        """Move and age one offender; 1 if a visit falls due, counted where it is now."""
        draw, came_without = self.chance.random(), one.tier == "watched"
        stayed_without = False
        for tier, share in MOVE[one.tier].items():
            if draw < share:
                one.tier = tier
                break
            draw -= share
        else:
            stayed_without = came_without
        every = interval(one.tier, month)
        if not every or stayed_without:
            one.late = False
            return 0
        if one.late:
            one.waited += 1
            return 0
        one.age += 1
        if not came_without and one.age < every:
            return 0
        one.late, one.waited = True, 0
        return 1

    def visit(self, newly: dict[str, int]) -> dict[tuple[str, str], float]:
        """Visit those who can be seen, high first and the oldest first, while hours last."""
        found: dict[tuple[str, str], float] = {}
        left = HOURS
        for tier, each, seen in (("high", 3, 0.8), ("low", 6, 1.0)):
            due = [one for one in self.people if one.tier == tier and one.late]
            due.sort(key=lambda one: -one.waited)
            there = [one for one in due if self.chance.random() < seen]
            # Part of a visit is one by that chance: on average the hours are all used.
            fit, part = divmod(left / each, 1)
            visited = there[: int(fit) + (self.chance.random() < part)]
            for one in visited:
                one.late, one.age = False, 0
            left = max(0.0, left - each * len(visited))
            found |= {
                ("cases", tier): sum(one.tier == tier for one in self.people),
                ("newly_due", tier): newly[tier],
                ("due", tier): len(due),
                ("done", tier): len(visited),
                ("outstanding", tier): len(due) - len(visited),
            }
        return found


def simulate(seed: int, runs: int) -> list[list[dict[tuple[str, str], float]]]:
    """Many histories of the unit, each by month."""
    chance = random.Random(seed)
    return [[unit.month(t) for t in range(MONTHS)] for unit in (Unit(chance) for _ in range(runs))]
