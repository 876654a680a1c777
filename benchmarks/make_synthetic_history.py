"""Make data/synthetic-history.csv: a unit that does not exist, every offender followed by himself.

Nothing here uses the engine's caseload, clock or projection; settings are read from the model only.
Offenders leave, move and arrive by chance, officers' hours vary from month to month, and the
longest outstanding are visited first, tier by tier. Run it again and it writes the same bytes.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from capacity.engine import building, workforce
from capacity.reading.scenario import read

DATA = Path(__file__).resolve().parents[1] / "data"
SCENARIO = DATA / "synthetic-scenario.toml"
TRUE = {
    "cohorts.rso.entrants_per_month": 5.5,
    "cohorts.rso.hours_per_case_month": 0.70,
    "cohorts.rso.duties.visit.hours": 4.0,
}
HOURS_VARY = 0.02
"""Standard deviation of a month's hours, as a share of them."""


@dataclass
class Offender:
    """One offender: tier, months since the last visit, and how long one has been outstanding."""

    tier: int
    age: int
    waiting: int | None = None


def simulate(values: dict[str, Any], seed: int, vary: float = HOURS_VARY) -> list[dict[str, Any]]:
    """Return the rows of a history, one a month and tier that is owed visits."""
    rng = np.random.default_rng(seed)
    built = building.build(read(SCENARIO).replace(values))
    hours = workforce.staff(built).own_hours[0, :, 0]
    given, duties = built.caseloads, built.duties
    names = [key.tier for key in built.tiers]
    cohort = built.scenario.settings.cohorts["rso"]
    other = cohort.hours_per_case_month["*"].value
    entry = cohort.hours_per_entry["*"].value
    people: list[Offender] = []
    for tier, cases in enumerate(given.opening[0]):
        interval, late = int(duties.opening_interval[tier]), round(float(duties.overdue[0, tier]))
        for n in range(round(float(cases))):
            people.append(Offender(tier, n % interval if interval else 0, 0 if n < late else None))
    rows = []
    for month in range(built.months):
        interval = duties.interval[month]
        people = [one for one in people if rng.random() >= given.exits[0, month, one.tier]]
        for one in people:
            moves = given.moves[0, month, one.tier]
            drawn, target = rng.random(), one.tier
            for place in np.flatnonzero(moves):
                drawn -= moves[place]
                if drawn < 0:
                    target = int(place)
                    break
            fresh = interval[one.tier] == 0 and interval[target] > 0
            one.tier = target
            if interval[target] == 0:
                one.waiting, one.age = None, 0
            elif one.waiting is not None:
                one.waiting += 1
            else:
                one.age += 1
                if fresh or one.age >= interval[target]:
                    one.waiting = 0
        arriving = rng.poisson(given.given[0, month].sum())
        joins = given.given[0, month] / given.given[0, month].sum()
        for tier in rng.choice(len(names), arriving, p=joins):
            people.append(Offender(int(tier), 0, 0 if interval[tier] else None))
        left = hours[month] * (1 + vary * rng.standard_normal()) - other * len(people)
        left -= entry * arriving
        for tier, name in enumerate(names):
            if not interval[tier]:
                continue
            mine = [one for one in people if one.tier == tier]
            queue = sorted(
                (one for one in mine if one.waiting is not None),
                key=lambda one: -(one.waiting or 0),
            )
            each = float(duties.hours[0, month, tier])
            can = min(
                rng.binomial(len(queue), duties.access[0, month, tier]), max(0.0, left) / each
            )
            count = int(can) + int(rng.random() < can % 1)
            left -= count * each
            newly = sum(one.waiting == 0 for one in queue)
            for one in queue[:count]:
                one.waiting, one.age = None, 0
            waits = [one.waiting + 1 for one in queue[count:] if one.waiting is not None]
            rows.append(
                {
                    "month": built.calendar.labels[month],
                    "cohort": "rso",
                    "duty": "visit",
                    "tier": name,
                    "cases": len(mine),
                    "newly_due": newly,
                    "due": len(queue),
                    "done": count,
                    "outstanding": len(queue) - count,
                    "longest_wait_months": max(waits, default=0),
                }
            )
    return rows


def text(rows: list[dict[str, Any]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    (DATA / "synthetic-history.csv").write_text(text(simulate(TRUE, seed=41)), encoding="utf-8")
