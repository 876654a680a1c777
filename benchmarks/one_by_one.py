"""The same unit offender by offender, in SimPy: what the cohort engine is compared with.

Each offender is a process that leaves, moves, falls due and waits; each month the teams work
through those who wait. Hours, rates and orders of service are the model's own inputs; nothing of
how the engine projects is used. Settings are certain, chance is in people: who enters, leaves,
moves and can be seen. No dated changes of intervals, no events.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from capacity.engine.model import Array, Model
from capacity.engine.workforce import Workforce

Month = Iterator[Any]


@dataclass
class Offender:
    """One case: its tier, and by duty months since done, or how long it has waited."""

    tier: int
    age: dict[int, int] = field(default_factory=dict)
    waited: dict[int, int] = field(default_factory=dict)


class Unit:
    """All offenders and teams of a model's central case."""

    def __init__(self, model: Model, staff: Workforce, entering: Array, seed: int) -> None:
        self.model, self.staff, self.entering = model, staff, entering[0]
        self.chance = random.Random(seed)
        self.env = simpy.Environment()
        self.offenders: dict[int, Offender] = {}
        self.next = 0
        duties, flows = model.duties, model.caseloads
        self.rows = len(model.rows)
        self.row_of: dict[int, dict[int, int]] = {}
        for row in range(self.rows):
            tier, block = int(duties.tier_of[row]), int(duties.block_of[row])
            self.row_of.setdefault(tier, {})[block] = row
        self.interval = duties.interval.tolist()
        self.exits = flows.exits[0].tolist()
        targets = range(len(model.tiers))
        self.moves = [
            [
                [(s, float(p)) for s in targets if (p := flows.moves[0, t, f, s]) > 0]
                for f in targets
            ]
            for t in range(model.months)
        ]
        self.cases, self.due, self.done = (
            np.zeros((model.months, size)) for size in (len(model.tiers), self.rows, self.rows)
        )
        self.entered = [0] * len(model.tiers)

    def run(self) -> Unit:
        """Run all months."""
        self._open()
        self.env.process(self._months())
        self.env.run(until=self.model.months)
        return self

    def _open(self) -> None:
        """Put those there at the start in their places: the overdue waiting, the rest in turn."""
        duties = self.model.duties
        for tier, blocks in self.row_of.items():
            count = round(float(self.model.caseloads.opening[0, tier]))
            late = {b: round(float(duties.overdue[0, row])) for b, row in blocks.items()}
            for n in range(count):
                one = Offender(tier)
                for block, row in blocks.items():
                    every = int(duties.opening_interval[row])
                    if every and n < late[block]:
                        one.waited[block] = 0
                    elif every:
                        one.age[block] = n % every
                self._start(one, 0.0)

    def _start(self, one: Offender, wait: float) -> None:
        self.offenders[self.next] = one
        self.env.process(self._live(self.next, one, wait))
        self.next += 1

    def _live(self, name: int, one: Offender, wait: float) -> Month:
        """Leave, move and fall due, once a month."""
        yield self.env.timeout(wait)
        while True:
            month = int(self.env.now)
            if self.chance.random() < self.exits[month][one.tier]:
                del self.offenders[name]
                return
            self._month(one, month)
            yield self.env.timeout(1)

    def _month(self, one: Offender, month: int) -> None:
        old, draw = one.tier, self.chance.random()
        for tier, share in self.moves[month][one.tier]:
            if draw < share:
                one.tier = tier
                break
            draw -= share
        before = self.row_of.get(old, {})
        for block, row in self.row_of.get(one.tier, {}).items():
            every = self.interval[month][row]
            if not every:
                one.age.pop(block, None)
                one.waited.pop(block, None)
            elif not self.interval[month][before[block]]:
                one.waited[block] = 0
            elif block in one.waited:
                one.waited[block] += 1
            elif one.age[block] + 1 >= every:
                del one.age[block]
                one.waited[block] = 0
            else:
                one.age[block] += 1

    def _months(self) -> Month:
        """Let new cases enter and the teams work, after everyone's month has begun."""
        yield self.env.timeout(0.25)
        for month in range(self.model.months):
            self._enter(month)
            self._work(month)
            yield self.env.timeout(1)

    def _enter(self, month: int) -> None:
        """Let new cases enter, whose first own month is the next."""
        for tier in range(len(self.model.tiers)):
            self.entered[tier] = self._poisson(float(self.entering[month, tier]))
            for _ in range(self.entered[tier]):
                one = Offender(tier)
                for block, row in self.row_of.get(tier, {}).items():
                    if self.interval[month][row]:
                        one.waited[block] = 0
                self._start(one, 0.75)

    def _poisson(self, mean: float) -> int:
        count, passed = 0, self.chance.expovariate(1.0) if mean else mean + 1
        while passed < mean:
            count += 1
            passed += self.chance.expovariate(1.0)
        return count

    def _work(self, month: int) -> None:
        """Serve other work, then duties in their order, the longest waiting first."""
        model, duties = self.model, self.model.duties
        counts = [0] * len(model.tiers)
        waiting: list[list[Offender]] = [[] for _ in range(self.rows)]
        for one in self.offenders.values():
            counts[one.tier] += 1
            for block in one.waited:
                waiting[self.row_of[one.tier][block]].append(one)
        self.cases[month] = counts
        other = [0.0] * len(model.teams)
        for work in model.activities:
            for n, tier in enumerate(range(len(model.tiers))[work.tiers]):
                other[work.team] += float(work.per_case[0, month, n]) * counts[tier]
                other[work.team] += float(work.per_entrant[0, month, n]) * self.entered[tier]
        seen: dict[int, list[Offender]] = {}
        hours = duties.hours[0, month].tolist()
        need = list(other)
        for row in range(self.rows):
            access = float(duties.access[0, month, row])
            lapsing = float(duties.lapsing[0, month, row]) * counts[int(duties.tier_of[row])]
            self.due[month, row] = lapsing or len(waiting[row])
            seen[row] = [one for one in waiting[row] if self.chance.random() < access]
            can = access * lapsing if lapsing else len(seen[row])
            need[int(duties.team_of[row])] += can * hours[row]
        left = self._hours(month, need)
        for team in range(len(left)):
            left[team] -= other[team]
        for row in duties.order.tolist():
            self._serve(month, row, seen[row], hours[row], left)

    def _hours(self, month: int, need: list[float]) -> list[float]:
        """Return each team's hours after lending and overtime in use."""
        own = self.staff.own_hours[0, month].tolist()
        there = list(own)
        for rule in self.model.lending:
            efficiency = float(rule.efficiency[0, 0])
            spare = max(0.0, min(own[rule.lender], there[rule.lender]) - need[rule.lender])
            lacks = max(0.0, need[rule.borrower] - there[rule.borrower])
            lent = min(float(rule.max_share[0, 0]) * own[rule.lender], spare, lacks / efficiency)
            there[rule.lender] -= lent
            there[rule.borrower] += lent * efficiency
        people = self.model.people
        for team in range(len(there)):
            most = float(
                people.overtime_in_use[0, month, team] * self.staff.casework[0, month, team]
            )
            there[team] += min(most, max(0.0, need[team] - there[team]))
        return there

    def _serve(
        self, month: int, row: int, seen: list[Offender], hours: float, left: list[float]
    ) -> None:
        duties = self.model.duties
        team, block = int(duties.team_of[row]), int(duties.block_of[row])
        if duties.lapsing[0, month, row] > 0:
            can = float(duties.access[0, month, row]) * self.due[month, row]
            done = min(can, max(0.0, left[team]) / hours if hours else can)
            self.done[month, row] = done
            left[team] -= done * hours
            return
        seen.sort(key=lambda one: -one.waited[block])
        fit = len(seen) if not hours else int(max(0.0, left[team]) // hours)
        for one in seen[:fit]:
            del one.waited[block]
            one.age[block] = 0
        done = min(fit, len(seen))
        left[team] -= done * hours
        if done < len(seen) and hours and self.chance.random() < max(0.0, left[team]) / hours:
            one = seen[done]  # part of a visit is one by that chance
            del one.waited[block]
            one.age[block] = 0
            done += 1
            left[team] = 0.0
        self.done[month, row] = done
