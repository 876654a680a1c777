"""Runs of a unit, one a line: `python -m tests.one_by_one.runs` reads jobs and writes what came.

Nothing here needs more than Python itself, so that another interpreter can do it: PyPy takes half
the time.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

from tests.one_by_one.inputs import CaseRule, Chance, DutyRule, Inputs, ReviewRow
from tests.one_by_one.officers import Officers
from tests.one_by_one.unit import Unit
from tests.one_by_one.verdicts import held


def run(given: Inputs, seed: str, *, certain: bool = False) -> Unit:
    """Follow one unit once.

    Args:
        given: the settings.
        seed: names every random number of this run.
        certain: leavers and failed attempts as in the plan, to compare with it.
    """
    luck = random.Random(seed)
    officers = Officers(given, luck, certain=certain)
    return Unit(given, officers, luck, certain=certain).run()


def story(unit: Unit) -> dict[str, Any]:
    """Return of one run which standards held, and each duty's figures by month."""
    given = unit.given
    figures: dict[str, dict[str, list[float]]] = {}
    for duty in dict.fromkeys(given.duties):
        rows = [row for row, name in enumerate(given.duties) if name == duty]
        figures[duty] = {
            name: [sum(month[row] for row in rows) for month in numbers]
            for name, numbers in (
                ("due", unit.due),
                ("done", unit.done),
                ("outstanding", unit.outstanding),
            )
        }
    return {"held": held(unit), "figures": figures}


def from_plain(plain: dict[str, Any]) -> Inputs:
    """Return settings as they were before they were written as JSON."""
    given = Inputs(**plain)
    given.chance = Chance(**plain["chance"])
    given.duty_rules = [DutyRule(**rule) for rule in plain["duty_rules"]]
    given.case_rules = [CaseRule(**rule) for rule in plain["case_rules"]]
    given.reviews = [ReviewRow(**row) for row in plain["reviews"]]
    return given


def main() -> None:
    """Read jobs, `{"given": …, "seeds": […]}` a line, and write a story a line."""
    for line in sys.stdin:
        job = json.loads(line)
        given = from_plain(job["given"])
        for seed in job["seeds"]:
            print(json.dumps(story(run(given, seed))), flush=True)


if __name__ == "__main__":
    main()
