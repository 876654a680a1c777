"""Plans of the shipped scenarios, each worked out once in a run: they are only read."""

from __future__ import annotations

from functools import cache

from capacity import plan
from capacity.plan import Plan
from capacity.reading.scenario import read


@cache
def planned(name: str, fixed: bool = False) -> Plan:
    """The plan of a shipped scenario; `fixed`: of today's posts alone."""
    return plan.run(read(name), fixed=fixed)
