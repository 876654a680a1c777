"""The same unit as agents of Mesa: each offender an agent that is stepped once a month.

What an offender and the teams do in a month is that of `one_by_one.py`; the agents, their order and
their months are Mesa's.
"""

from __future__ import annotations

from typing import Any

import mesa
from one_by_one import Offender, Unit


class Case(mesa.Agent):
    """An offender of a unit."""

    def __init__(self, world: UnitInMesa, name: int, one: Offender) -> None:
        super().__init__(world)
        self.name, self.one = name, one

    def step(self) -> None:
        """Leave, move and fall due."""
        unit, month = self.model.unit, self.model.month
        if unit.chance.random() < unit.exits[month][self.one.tier]:
            del unit.offenders[self.name]
            self.remove()
        else:
            unit.lives(self.one, month)


class UnitInMesa(mesa.Model):
    """A model of Mesa whose agents are a unit's offenders."""

    def __init__(self, unit: AgentUnit) -> None:
        super().__init__(seed=1)
        self.unit, self.month = unit, 0

    def step(self) -> None:
        """Let a month pass: everyone's own, then who enters and what the teams do."""
        self.agents.do("step")
        self.unit.works(self.month)
        self.month += 1


class AgentUnit(Unit):
    """All offenders and teams of a model's central case, in Mesa."""

    def run(self) -> AgentUnit:
        """Run all months."""
        self.world: Any = UnitInMesa(self)
        self._open()
        for _ in range(self.model.months):
            self.world.step()
        return self

    def _start(self, one: Offender, wait: float) -> None:
        self.offenders[self.next] = one
        Case(self.world, self.next, one)
        self.next += 1

    def lives(self, one: Offender, month: int) -> None:
        """Let an offender's month pass."""
        self._month(one, month)

    def works(self, month: int) -> None:
        """Let new cases enter and the teams work."""
        self._enter(month)
        self._work(month)
