"""Follow the units of `cases` many times and store what came: `python -m tests.one_by_one.make`.

Run again it writes the same numbers. `--python pypy3` lets PyPy follow them, in half the time;
what is written does not depend on it. `--options reviewed fixed` follows these alone, in the
scenario that is stored, and keeps what came of the others.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capacity import stages
from capacity.engine import building
from capacity.reading import scenario as scenarios
from capacity.reading.scenario import Scenario
from capacity.risk import recommended
from capacity.risk.draws import Draws
from tests.one_by_one.cases import CASES, OPTIONS, ROOT, STORED, Case
from tests.one_by_one.inputs import Inputs, ReviewRow
from tests.one_by_one.of_model import inputs_of

SHARES = (0.1, 0.5, 0.9)
BATCH = 100
"""Settings drawn that one process is given at a time."""

DRAWS_SEED = 2024
"""Of the settings drawn, where they are: the product is asked for the same draws."""

Story = dict[str, Any]


@dataclass
class Staffed:
    """The posts of an option by month and grade, and how they are reviewed."""

    posts: list[list[float]]
    reviews: list[ReviewRow] = field(default_factory=list)


def staffed(scenario: Scenario, options: Sequence[str]) -> dict[str, Staffed]:
    """Return what each option's posts are.

    The larger team has two posts more than the team needed in every grade with casework, from the
    first month on. Reviewed posts are those of the recommended plan; fixed ones are as probable.
    """
    plan = stages.run(scenario)
    today = plan.model.people.posts[0]
    found = {"today": Staffed(today.tolist())}
    if plan.sizing is not None:
        needed = today + plan.sizing.added[:, plan.model.calendar.year_of].T
        casework = plan.model.people.share[0].max(axis=0) > 0
        found["needed"] = Staffed(needed.tolist())
        found["larger"] = Staffed((needed + 2 * casework).tolist())
    if {"reviewed", "fixed"} & set(options):
        advised = recommended.recommend(plan, number=1_000)
        assert isinstance(advised, recommended.Recommended)
        rule = advised.decision.rule
        found["reviewed"] = Staffed(
            advised.decision.base.tolist(),
            [
                ReviewRow(
                    rule.reviews[row.review].month,
                    rule.reviews[row.review].first,
                    *(row.team, row.grade, row.measure, row.at_least, row.posts),
                )
                for row in rule.rows
            ],
        )
        found["fixed"] = Staffed(advised.fixed.base.tolist())
    return {name: found[name] for name in options}


def jobs(case: Case, name: str, scenario: Scenario, option: str, team: Staffed) -> Iterator[Any]:
    """Yield the settings of some runs and their seeds."""
    seeds = [f"{name} {option} {number}" for number in range(1, case.runs + 1)]
    if not case.drawn:
        given = _with_team(inputs_of(building.build(scenario)), option, team)
        half = -(-case.runs // 2)  # few and long: PyPy takes a second or two to get going
        for first in range(0, case.runs, half):
            yield [{"given": given, "seeds": seeds[first : first + half]}]
        return
    draws = Draws(scenario, DRAWS_SEED)
    for first in range(1, case.runs + 1, BATCH):
        numbers = np.arange(first, min(first + BATCH, case.runs + 1))
        model = building.build(draws.scenario_of(numbers))
        yield [
            {
                "given": _with_team(inputs_of(model, place), option, team),
                "seeds": [seeds[number - 1]],
            }
            for place, number in enumerate(numbers.tolist())
        ]


def _with_team(given: Inputs, option: str, team: Staffed) -> dict[str, Any]:
    """Return settings with an option's posts; all but current ones work overtime to the limit."""
    plain = {**asdict(given), **asdict(team)}
    if option != "today":
        plain["overtime"] = plain["most_overtime"]
    return plain


def stories(python: str, batch: list[Any]) -> list[Story]:
    """Return what came of some runs, made by a process of their own."""
    lines = "\n".join(json.dumps(job) for job in batch)
    command = [python, "-m", "tests.one_by_one.runs"]
    made = subprocess.run(
        command, input=lines, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [json.loads(line) for line in made.stdout.splitlines()]


def counted(told: Iterable[Story]) -> dict[str, Any]:
    """Return in how many runs each standard held by year, in every year, and all of them."""
    found: dict[str, Counter[str]] = {}
    for one in told:
        years = {year for verdict in one["held"].values() for year in verdict}
        together = {
            year: all(verdict.get(year, True) for verdict in one["held"].values()) for year in years
        }
        for name, verdict in {**one["held"], "*": together}.items():
            count = found.setdefault(name, Counter())
            count.update({year: int(held) for year, held in verdict.items()})
            count["*"] += all(verdict.values())
    return {name: dict(sorted(count.items())) for name, count in found.items()}


def spread(told: list[Story]) -> dict[str, Any]:
    """Return by duty, month and figure the 10th, 50th and 90th percentile of the runs."""
    found: dict[str, Any] = {}
    for duty in told[0]["figures"]:
        due, done, left = (
            np.array([one["figures"][duty][name] for one in told])
            for name in ("due", "done", "outstanding")
        )
        found[duty] = {"outstanding": _percentiles(left)}
        if (due > 0).all():
            found[duty]["completion"] = _percentiles(done / due)
    return found


def _percentiles(numbers: NDArray[np.float64]) -> list[list[float]]:
    found: list[list[float]] = np.round(np.quantile(numbers, SHARES, axis=0).T, 4).tolist()
    return found


def store(name: str, case: Case, python: str, workers: int, only: Sequence[str] = ()) -> None:
    """Follow one unit with each of its options and write what came.

    Args:
        name: of the unit.
        case: the unit.
        python: the interpreter that follows it.
        workers: processes at once.
        only: these options alone, the others as they are stored.
    """
    text, options = case.text(), {}
    if only:
        before = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
        text, options = "\n".join(before["scenario"]), before["options"]
    scenario = scenarios.read("unit.toml", files={"unit.toml": text})
    for option, team in staffed(scenario, only or case.options).items():
        with ThreadPoolExecutor(workers) as pool:
            parts = pool.map(
                lambda batch: stories(python, batch), jobs(case, name, scenario, option, team)
            )
            told = [story for part in parts for story in part]
        options[option] = {**asdict(team), "held": counted(told), "figures": spread(told)}
        print(f"{name}, {option}: {len(told)} runs", flush=True)
    whole = {
        "runs": case.runs,
        "seeds": f"{name} OPTION NUMBER",
        "draws_seed": DRAWS_SEED if case.drawn else None,
        "options": options,
        "scenario": text.splitlines(),
    }
    STORED.mkdir(exist_ok=True)
    lines = re.sub(
        r' ("(options|needed|larger|reviewed|fixed|held|figures|scenario)":)',
        r"\n\1",
        json.dumps(whole),
    )
    (STORED / f"{name}.json").write_text(lines + "\n", encoding="utf-8")


def main() -> None:
    """Follow the units asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], default=[])
    parser.add_argument("--options", nargs="*", default=[], choices=OPTIONS)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    for name in asked.cases or CASES:
        store(name, CASES[name], asked.python, asked.workers, asked.options)


if __name__ == "__main__":
    main()
