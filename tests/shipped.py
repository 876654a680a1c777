"""What comes with the project: plans of its scenarios, worked out once in a run; its benchmarks."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from capacity import stages
from capacity.reading.scenario import read
from capacity.stages import PlanResult

FIRST = str(Path(__file__).resolve().parents[1] / "benchmarks" / "norfolk-2024-first.toml")
"""The first edition of norfolk-2024, kept as it was: nothing gives way in it, order is strict."""


@cache
def planned(name: str, fixed: bool = False) -> PlanResult:
    """The plan of a shipped scenario; `fixed`: of current posts alone."""
    return stages.run(read(name), fixed=fixed)


def benchmark(name: str) -> ModuleType:
    """A script of the benchmarks, as a module."""
    path = Path(__file__).resolve().parents[1] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
