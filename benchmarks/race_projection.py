"""Projection and uncertainty, ours beside every offender simulated one by one in SimPy and Mesa.

The same unit, hours, rates and order of service (`one_by_one.py`); chance is in people in all.
Means are shown first; the times are CPU seconds of one simulation, one core each. Mesa takes part
where it is installed (`pip install mesa` into an environment of its own; nothing of ours needs it).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from bench_uncertainty import NORFOLK, SEED, WHERE, cohorts, of_simpy
from one_by_one import Unit

from capacity import stages
from capacity.engine import projection
from capacity.reading import scenario
from capacity.risk.draws import Draws


def tables(*, quick: bool) -> str:
    """Return agreement and times as Markdown."""
    runs = 4 if quick else 16
    certain = of_simpy(scenario.read(NORFOLK))
    found = stages.run(certain, fixed=True)
    ways: dict[str, Callable[..., Unit]] = {"SimPy": Unit}
    if find_spec("mesa"):
        from one_by_one_mesa import AgentUnit

        ways["Mesa"] = AgentUnit
    units, each = {}, {}
    for way, made in ways.items():
        began = time.process_time()
        units[way] = [
            made(found.model, found.today.staff, found.caseload.entrants, seed).run()
            for seed in range(runs)
        ]
        each[way] = (time.process_time() - began) / runs
    central = min(_project(found) for _ in range(5))
    future, sums = cohorts(Draws(certain, SEED), found)
    heads = "".join(f" {way}, mean of {runs} ± error | apart |" for way in ways)
    lines = [
        f"| month | measure | ours, 10,000 simulations |{heads}",
        "|---|---|---:|" + "---:|---:|" * len(ways),
    ]
    for month, name in WHERE:
        ours = sums[month, name] / 10_000
        cells = ""
        for one in units.values():
            seen = np.array([getattr(unit, name)[month].sum() for unit in one])
            mean, error = seen.mean(), seen.std(ddof=1) / np.sqrt(runs)
            cells += f" {mean:,.1f} ± {error:,.1f} | {100 * (ours - mean) / mean:+.1f}% |"
        lines.append(f"| {found.model.calendar.labels[month]} | {name} | {ours:,.1f} |{cells}")
    lines += [
        "",
        f"| question | ours |{''.join(f' {way} | times as long |' for way in ways)}",
        "|---|---:|" + "---:|---:|" * len(ways),
    ]
    for question, own in (("one simulation of many", future), ("the central case, once", central)):
        told = f"{own * 1e6:,.0f} µs" if own < 1e-3 else f"{own * 1e3:,.0f} ms"
        cells = "".join(f" {one * 1e3:,.0f} ms | {one / own:,.0f} |" for one in each.values())
        lines.append(f"| {question} | {told} |{cells}")
    return "\n".join(lines)


def _project(found: stages.PlanResult) -> float:
    """Return the CPU seconds of one projection of current posts."""
    began = time.process_time()
    projection.project(found.model, found.caseload, found.demand, found.today.staff)
    return time.process_time() - began


if __name__ == "__main__":
    print(tables(quick="quick" in sys.argv))
