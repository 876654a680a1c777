"""Whether every scenario ends with a plan, and one as good as its gap says.

`python benchmarks/answers.py random` sizes 500 scenarios made by chance (`tests/making.py`, the
size TIGHT, seeds 50000 to 50499) and solves each again with the reference, which was written from
the method alone and uses scipy. `python benchmarks/answers.py sweep` sizes the shipped
`norfolk-2024` at 184 points of growth, hours of a visit and caseload limit.

Counted are scenarios without an answer, with a bound above the plan itself or above one that the
reference checked, said to miss rules that the reference meets, and not proven in the time.
`--first`, `--count` and `--seconds` choose others; every scenario found wanting is named.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from capacity.errors import CapacityError, InputError
from capacity.reading.scenario import read
from capacity.staffing import sizing
from tests import comparing, making
from tests.reference import size as reference

FIRST, COUNT = 50_000, 500
SECONDS = 60.0
SHORT_COUNTS = 1.001
"""The engine counts an hour of other work short a little more than the reference does."""

LOW = "below its bound"

GROWTH = np.round(np.linspace(0.0, 0.07, 8), 3)
HOURS = (3.0, 3.5, 4.0, 4.5, 5.0, 5.5)
LIMITS = (40.0, 50.0, 60.0, 70.0)
MOST_POINTS = 184


def of_seed(seed: int, seconds: float) -> dict[str, Any]:
    """Return what a scenario made by chance comes to, ours beside the reference's."""
    table = making.scenario(seed, making.TIGHT)
    found: dict[str, Any] = {"seed": seed}
    try:
        run = making.stages(table)
    except InputError as error:
        return found | {"invalid": str(error).splitlines()[0]}
    started = time.perf_counter()
    try:
        question = run.question()
        groups = len(question.parts)
        ours = sizing.size(question, seconds=seconds)
    except CapacityError as error:
        return found | {"none": str(error)}
    found |= {
        "seconds": time.perf_counter() - started,
        "status": ours.status,
        "objective": ours.objective,
        "bound": ours.bound,
        "gap": ours.gap,
        "unproven": bool(ours.unproven),
        LOW: ours.objective < ours.bound * (1 - 1e-9),
    }
    with tempfile.TemporaryDirectory() as folder:
        try:
            theirs = reference.size(comparing.reference_of(table, Path(folder)), seconds=seconds)
        except Exception as error:  # a witness, not under test
            return found | {"reference": repr(error)}
    if theirs.get("programme") is None:
        return found | {"reference": theirs.get("programme_status", theirs["status"])}
    least = theirs["programme_cost"] + theirs["programme_penalty"]
    meets = not theirs["programme_elastic"]
    rounding = 1e-5 * max(1_000.0, abs(least))
    # Groups of teams that nothing links meet their rules each if they can, whatever others miss.
    alike = meets == (ours.status == "meets every standard") and (meets or groups == 1)
    return found | {
        "theirs": least,
        "meets": meets,
        "dearer": alike and ours.bound > SHORT_COUNTS * least + rounding,
        "wrongly missed": meets and ours.status != "meets every standard",
    }


def of_points(seconds: float) -> list[dict[str, Any]]:
    """Return what the points of a sweep of the shipped scenario come to."""
    from capacity import stages

    shipped = read("norfolk-2024")
    points = list(itertools.product(GROWTH, HOURS, LIMITS))[:MOST_POINTS]
    rows = []
    for growth, hours, limit in points:
        values = {
            "cohorts.rso.growth_per_year": float(growth),
            "cohorts.rso.duties.visit.hours": hours,
            "standards.Caseload limit.cases_per_officer": limit,
            "sizing.time_limit_seconds": seconds,
        }
        row: dict[str, Any] = {"point": [float(growth), hours, limit]}
        started = time.perf_counter()
        try:
            ours = stages.run(shipped.replace(values)).sizing
        except CapacityError as error:
            row["none"] = str(error)
        else:
            assert ours is not None
            row |= {"status": ours.status, "gap": ours.gap, "unproven": bool(ours.unproven)}
            row["seconds"] = time.perf_counter() - started
        rows.append(row)
        print(json.dumps(row), file=sys.stderr, flush=True)
    return rows


def tell(rows: list[dict[str, Any]]) -> None:
    """Print how many scenarios came to what."""
    counts: Counter[str] = Counter(row["status"] for row in rows if "status" in row)
    for key in ("invalid", "none", "reference", "unproven", "dearer", "wrongly missed", LOW):
        counts[key] = sum(bool(row.get(key)) for row in rows)
    times = [row["seconds"] for row in rows if "seconds" in row]
    gaps = [row["gap"] for row in rows if "gap" in row]
    print(f"{len(rows)} scenarios")
    for name, count in counts.items():
        print(f"  {name}: {count}")
    if times:
        print(f"  seconds: median {np.median(times):.2f}, most {max(times):.1f}")
        print(f"  gap: median {np.median(gaps):.3%}, most {max(gaps):.2%}")
    for row in rows:
        if row.get("none") or row.get("dearer") or row.get("wrongly missed") or row.get(LOW):
            print(f"  {json.dumps(row)}")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("random", "sweep"))
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    if asked.what == "sweep":
        tell(of_points(asked.seconds))
        return
    rows = []
    for seed in range(asked.first, asked.first + asked.count):
        rows.append(of_seed(seed, asked.seconds))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    tell(rows)


if __name__ == "__main__":
    main()
