"""Plans a second in a sweep: beside building each point again, and on two workers.

Two processes, and two workers of a Dask scheduler on this machine. A plan a second and core is a
plan in so many CPU seconds. The sweep's figures are compared with those of points built again
before anything is timed.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from race_sizing import spent

from capacity import stages
from capacity.reading import scenario
from capacity.staffing import varying
from capacity.sweeps import Sweep, SweepAsk, files, sweep
from capacity.sweeps.points import Way
from capacity.why import headlines

NORFOLK = "norfolk-2024"
GROWTH, HOURS = "cohorts.rso.growth_per_year", "cohorts.rso.duties.visit.hours"

VARY: dict[Way, tuple[str, str]] = {
    "today's posts": (f"{GROWTH}=0:0.08:0.002", f"{HOURS}=3:5:0.04"),
    "without whole posts": (f"{GROWTH}=0.005:0.08:0.005", f"{HOURS}=3:5:0.05"),
    "whole posts": (f"{GROWTH}=0.01:0.05:0.02", f"{HOURS}=3,5"),
}
"""What is swept, by how points are staffed: 2,091, 656 and 6 points."""

FEWER: dict[Way, tuple[str, str]] = VARY | {
    "today's posts": (f"{GROWTH}=0:0.08:0.01", f"{HOURS}=3:5:0.04"),
    "without whole posts": (f"{GROWTH}=0.02:0.08:0.02", f"{HOURS}=3:5:0.1"),
}
"""The same in less time."""

ANEW = 20
"""Points built again to compare with."""

AIMS: dict[Way, str] = {"today's posts": "≥ 200", "without whole posts": "≥ 20", "whole posts": ""}

AGREE = 1e-9
"""How closely a figure of a sweep must agree with that of its point built again."""


def swept(way: Way, quick: bool, **more: Any) -> tuple[Sweep, float, float]:
    """Return a sweep, its CPU seconds and its seconds."""
    read = scenario.read(NORFOLK)
    began, started = spent(), time.perf_counter()
    made = sweep(read, SweepAsk(vary=(FEWER if quick else VARY)[way], way=way, **more))
    return made, spent() - began, time.perf_counter() - started


def anew(made: Sweep) -> tuple[float, float]:
    """Return the CPU seconds of a point built again, and the furthest figure from the sweep's."""
    rows = {row["point"]: row for row in made.rows}  # the last of a point: the needed team's
    places = range(0, len(made.points), max(1, len(made.points) // ANEW))
    read, total, furthest, tried = scenario.read(NORFOLK), 0.0, 0.0, 0
    for place in places:
        values = dict(zip((axis.name for axis in made.axes), made.points[place], strict=True))
        began = spent()
        there = read.replace(values)
        if made.way == "without whole posts":
            question = stages.run(there, fixed=True)
            ours = _relaxed(question)
        else:
            found = stages.run(there, fixed=made.way == "today's posts")
            ours = float(headlines.read_off(found).options[-1].cost_discounted)
        total += spent() - began
        tried += 1
        furthest = max(furthest, abs(rows[place + 1]["cost_discounted"] / ours - 1))
    return total / tried, furthest


def _relaxed(fixed: stages.PlanResult) -> float:
    """Return the least cost allowing part posts, its problem written and solved from nothing."""
    from capacity.staffing import questions

    asked = questions.ask(
        fixed.model, fixed.caseload, fixed.demand, fixed.today.staff, fixed.today.projection
    )
    least = varying.least(asked)
    assert least is not None
    return least.cost


@contextmanager
def two_workers() -> Iterator[str]:
    """Yield the address of a Dask scheduler with two workers, processes of their own."""
    import logging

    import distributed

    logging.getLogger("distributed").setLevel(logging.ERROR)
    untyped: Any = distributed
    with untyped.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def tables(*, quick: bool) -> str:
    """Return agreement, throughput and efficiency as Markdown."""
    ways: tuple[Way, ...] = ("today's posts", "without whole posts", "whole posts")
    agree = ["| points | compared | furthest apart |", "|---|---:|---:|"]
    pace = [
        "| points | plans a second and core, swept | aim | built anew | times as fast |",
        "|---|---:|---:|---:|---:|",
    ]
    for way in ways[: 2 if quick else 3]:
        made, cpu, _ = swept(way, quick)
        each, furthest = anew(made)
        assert furthest <= AGREE or math.isnan(furthest), (way, furthest)
        count = len(made.points)
        agree.append(f"| {count:,}, {way} | {min(ANEW + 1, count)} | {furthest:.1e} |")
        pace.append(
            f"| {count:,}, {way} | {count / cpu:,.0f} | {AIMS[way]} | {1 / each:,.1f} | "
            f"{each * count / cpu:.1f} |"
        )
    return "\n".join([*agree, "", *pace, "", *efficiency(quick=quick)])


def efficiency(*, quick: bool) -> list[str]:
    """Return how much faster two are than one, start-up included, and that the bytes are equal."""
    way: Way = "without whole posts"
    lines = [
        "| on | seconds | times as fast as one | aim | same bytes |",
        "|---|---:|---:|---:|---|",
    ]
    one, _, alone = swept(way, quick)
    kept = files.contents(one, files.manifest_of(one))
    lines.append(f"| one process | {alone:.1f} | 1.00 | | |")
    two, _, seconds = swept(way, quick, jobs=2)
    same = "yes" if files.contents(two, files.manifest_of(two)) == kept else "NO"
    lines.append(f"| two processes | {seconds:.1f} | {alone / seconds:.2f} | ≥ 1.7 | {same} |")
    with two_workers() as address:
        dask, _, seconds = swept(way, quick, scheduler=address)
    same = "yes" if files.contents(dask, files.manifest_of(dask)) == kept else "NO"
    lines.append(
        f"| Dask, two workers already there | {seconds:.1f} | {alone / seconds:.2f} | | {same} |"
    )
    return lines


if __name__ == "__main__":
    print(tables(quick="quick" in sys.argv))
