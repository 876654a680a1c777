"""How long ten thousand futures take, beside a simulation of single offenders in SimPy.

Run: `make bench` or `python benchmarks/bench_uncertainty.py`. Prints Markdown tables; times are
the least of several runs, since a busy machine only ever adds. One core, no other process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from one_by_one import Unit

from capacity import stages
from capacity.engine.model import Whole
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.risk import chances, confident, futures, uncertainty
from capacity.risk.draws import Draws
from capacity.running import side_by_side
from capacity.stages import PlanResult

NORFOLK = "norfolk-2024"
SEED = 1
RUNS = 16
"""Single-offender simulations whose mean is compared."""

WHERE = [(month, name) for month in (11, 35, 59) for name in ("cases", "due", "done")]
"""What is compared: months, and sums over all tiers."""


def seconds(draws: Draws, found: PlanResult, number: int, threads: int = 1) -> float:
    """Return the least seconds in which simulations are drawn, worked out and judged."""
    team, best = futures.todays(found), float("inf")

    def work(numbers: Whole) -> None:
        chances.judged(uncertainty.run(draws, team, numbers))

    for _ in range(5):
        began = time.perf_counter()
        chunks = futures.chunks(1, number + 1, uncertainty.PORTION)
        list(side_by_side(threads, work, chunks))
        best = min(best, time.perf_counter() - began)
    return best


def shorter(months: int) -> PlanResult:
    """Return the plan of fewer months."""
    read = scenario.read(NORFOLK).replace({"months": months})
    return stages.run(read, fixed=True)


def linear() -> None:
    """Print how time grows with draws and months."""
    print("| simulations | months | drawn, worked out and judged, s | on two threads |")
    print("|---:|---:|---:|---:|")
    whole = shorter(60)
    for number, found in (
        (2_500, whole),
        (5_000, whole),
        (10_000, whole),
        (20_000, whole),
        (10_000, shorter(30)),
        (10_000, shorter(120)),
    ):
        draws = Draws(found.scenario, SEED)
        one, two = (seconds(draws, found, number, threads) for threads in (1, 2))
        print(f"| {number:,} | {found.model.months} | {one:.2f} | {two:.2f} |")


def everything() -> None:
    """Print time and memory of 10,000 futures with bands and chances, in a process of its own."""
    began = time.perf_counter()
    found = stages.run(scenario.read(NORFOLK), fixed=True)
    planned = time.perf_counter()
    uncertainty.outlook(found, Draws(found.scenario, SEED), futures.todays(found), 10_000)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"10,000 futures with all bands and chances: {time.perf_counter() - planned:.2f} s, "
        f"{memory:.0f} MB at most (planning {planned - began:.2f} s before)\n"
    )


def enough() -> None:
    """Print how long the team for which the chance is 80% takes to find."""
    found = stages.run(scenario.read(NORFOLK))
    draws = Draws(found.scenario, SEED)
    began = time.perf_counter()

    def check(team: futures.Staffing) -> chances.VerdictRecord:
        return uncertainty.outlook(found, draws, team, 10_000, first=confident.FRESH).record

    of, asked = uncertainty.asked_for(found)
    assert asked is not None
    sure = confident.size(found, draws, asked, of, check)
    print(f"\nConfident sizing: {time.perf_counter() - began:.1f} s, {sure.tried} teams tried\n")


def cohorts(draws: Draws, found: PlanResult) -> tuple[float, dict[tuple[int, str], float]]:
    """Return the seconds of one future of 10,000, and sums over all of them."""
    team, best = futures.todays(found), float("inf")
    for _ in range(3):
        spent, sums = 0.0, dict.fromkeys(WHERE, 0.0)
        for numbers in futures.chunks(1, 10_001):
            began = time.process_time()
            run = uncertainty.run(draws, team, numbers)
            spent += time.process_time() - began
            for month, name in WHERE:
                part = run.projection.caseload if name == "cases" else run.projection
                sums[month, name] += float(getattr(part, name)[:, month].sum())
        best = min(best, spent / 10_000)
    return best, sums


def of_simpy(read: Scenario) -> Scenario:
    """Return a scenario with the rules that the simulation in SimPy knows.

    Settings are certain, work is done in strict order, none of it gives way, and nobody is ill by
    chance.
    """
    names = [one.name for one in Draws(read, SEED).uncertain]
    values = {name: scenario.value_at(read.tree, name)["value"] for name in names}
    shocks = ("sickness_long_term", "sickness_shock", "abstraction_shock")
    return read.replace(
        values
        | dict.fromkeys(giving_way(read.tree), 0.0)
        | {f"chance.{name}": 0.0 for name in shocks}
        | {"priority.rule": "strict"}
    )


def giving_way(tree: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield the names of the settings that say what gives way (EQ25)."""
    for key, value in tree.items():
        if key.endswith("gives_way"):
            yield f"{before}{key}"
        elif isinstance(value, Mapping):
            yield from giving_way(value, f"{before}{key}.")


def beside_simpy() -> None:
    """Print the means of both, and how much longer a single-offender future takes."""
    certain = of_simpy(scenario.read(NORFOLK))
    found = stages.run(certain, fixed=True)
    model = found.model
    entering = found.caseload.entrants
    began = time.process_time()
    units = [Unit(model, found.today.staff, entering, seed).run() for seed in range(RUNS)]
    each = (time.process_time() - began) / RUNS
    ours, sums = cohorts(Draws(certain, SEED), found)
    print("| month | measure | single offenders, mean ± standard error | cohorts, mean | apart |")
    print("|---|---|---:|---:|---:|")
    for month, name in WHERE:
        seen = np.array([getattr(unit, name)[month].sum() for unit in units])
        mean, error = seen.mean(), seen.std(ddof=1) / np.sqrt(RUNS)
        other = sums[month, name] / 10_000
        print(
            f"| {model.calendar.labels[month]} | {name} | {mean:,.1f} ± {error:,.1f} | "
            f"{other:,.1f} | {100 * (other - mean) / mean:+.1f}% |"
        )
    print(
        f"\nOne future: {1000 * each:,.0f} ms in SimPy, {1e6 * ours:,.0f} µs here, "
        f"{each / ours:,.0f} times as fast."
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["everything"]:
        everything()
    else:
        linear()
        print(flush=True)
        subprocess.run([sys.executable, __file__, "everything"], check=True)
        beside_simpy()
        enough()
