"""How many people an offender-management unit needs to keep its visits within standard.

Everything a script or a notebook needs is here; docs/python.md shows it in use:

    import capacity as cap

    scenario = cap.read("norfolk-2024")
    plan = cap.plan(scenario)
    plan.tables["options"]
    cap.compare(scenario, scenario.replace({"cohorts.rso.growth_per_year": 0.05}))

Names are loaded when they are first used, so that `import capacity` itself takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from capacity.version import __version__

if TYPE_CHECKING:
    from capacity.api import Comparison, Plan, Simulation, compare, plan, regimes, simulate, sweep
    from capacity.errors import (
        CapacityError,
        InputError,
        ScenarioError,
        SolverError,
        TableError,
    )
    from capacity.reading.scenario import Scenario, read
    from capacity.sweeps.table import Sweep

__all__ = [
    "CapacityError",
    "Comparison",
    "InputError",
    "Plan",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "SolverError",
    "Sweep",
    "TableError",
    "__version__",
    "compare",
    "plan",
    "read",
    "regimes",
    "simulate",
    "sweep",
]

_HOMES = {
    "capacity.api": (
        *("Comparison", "Plan", "Simulation"),
        *("compare", "plan", "regimes", "simulate", "sweep"),
    ),
    "capacity.errors": (
        *("CapacityError", "InputError", "ScenarioError", "SolverError", "TableError"),
    ),
    "capacity.reading.scenario": ("Scenario", "read"),
    "capacity.sweeps.table": ("Sweep",),
}


def __getattr__(name: str) -> Any:
    """Load what is asked for from its module, once."""
    for module, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(module), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the names of the interface, whether loaded or not."""
    return sorted({*globals(), *__all__})
