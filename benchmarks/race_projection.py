"""Projection and uncertainty, ours beside every offender simulated one by one in SimPy.

The same unit, hours, rates and order of service (`one_by_one.py`); chance is in people in both.
Means are shown first; the times are CPU seconds of one future, one core each.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from bench_uncertainty import NORFOLK, SEED, WHERE, cohorts
from one_by_one import Unit

from capacity import stages
from capacity.engine import projection
from capacity.reading import scenario
from capacity.risk.draws import Draws


def tables(*, quick: bool) -> str:
    """Return agreement and times as Markdown."""
    runs = 4 if quick else 16
    read = scenario.read(NORFOLK)
    names = [one.name for one in Draws(read, SEED).uncertain]
    certain = read.replace({name: scenario.value_at(read.tree, name)["value"] for name in names})
    found = stages.run(certain, fixed=True)
    began = time.process_time()
    units = [
        Unit(found.model, found.today.staff, found.caseload.entrants, seed).run()
        for seed in range(runs)
    ]
    each = (time.process_time() - began) / runs
    central = min(_project(found) for _ in range(5))
    future, sums = cohorts(Draws(certain, SEED), found)
    lines = [
        f"| month | measure | SimPy, mean of {runs} ± error | ours, 10,000 futures | apart |",
        "|---|---|---:|---:|---:|",
    ]
    for month, name in WHERE:
        seen = np.array([getattr(unit, name)[month].sum() for unit in units])
        mean, error = seen.mean(), seen.std(ddof=1) / np.sqrt(runs)
        ours = sums[month, name] / 10_000
        lines.append(
            f"| {found.model.calendar.labels[month]} | {name} | {mean:,.1f} ± {error:,.1f} | "
            f"{ours:,.1f} | {100 * (ours - mean) / mean:+.1f}% |"
        )
    lines += [
        "",
        "| question | SimPy | ours | times as fast |",
        "|---|---:|---:|---:|",
        f"| one future of many | {each * 1e3:,.0f} ms | {future * 1e6:,.0f} µs | "
        f"{each / future:,.0f} |",
        f"| the central case, once | {each * 1e3:,.0f} ms | {central * 1e3:,.0f} ms | "
        f"{each / central:,.0f} |",
    ]
    return "\n".join(lines)


def _project(found: stages.PlanResult) -> float:
    """Return the CPU seconds of one projection of current posts."""
    began = time.process_time()
    projection.project(found.model, found.caseload, found.demand, found.today.staff)
    return time.process_time() - began


if __name__ == "__main__":
    print(tables(quick="quick" in sys.argv))
