"""A national exercise: 43 made-up forces, 25 what-ifs each, run as one batch.

No force here exists. Their sizes add up to the published total for England and Wales
(`data/national.csv`), in seeded random shares; their tiers follow the published mix, their growth
and cases per officer lie in published ranges. Everything else is assumed and says so.

Run: `python benchmarks/national.py FOLDER` writes the scenarios into FOLDER/scenarios and runs
them into FOLDER/results, growing from 5 to 43 forces, with the time of each step: on the clock, and
of the processors, which other work on the machine changes little. `--decision` asks for the
recommended plan too. `--sample 4` takes four forces from large to small, and every fourth what-if
of each (`--every 8`: every eighth), another one first in each force; what all would take is
reckoned from that. `--only-write` writes the scenarios alone; `--report` adds every report, which
takes about three times as long.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORCES, SEED = 43, 43
STEPS = (5, 10, 20, 43)
SPREAD = 0.75
"""Of the logarithms of sizes: the largest of 43 is then about ten times the middle one."""

DATA = Path(__file__).resolve().parents[1] / "data" / "national.csv"

WHAT_IFS: dict[str, str] = {
    "no-growth": "cohorts.rso.growth_per_year = 0",
    "slow-growth": "cohorts.rso.growth_per_year = 0.015",
    "fast-growth": "cohorts.rso.growth_per_year = 0.05",
    "fastest-growth": "cohorts.rso.growth_per_year = 0.08",
    "short-visits": "cohorts.rso.duties.visit.hours = 3",
    "long-visits": "cohorts.rso.duties.visit.hours = 5",
    "lone-visits": "cohorts.rso.duties.visit.crew.low = 1",
    "few-at-home": "cohorts.rso.duties.visit.no_answer_share = 0.3",
    "high-more-often": "cohorts.rso.duties.visit.per_year.high = 6",
    "low-more-often": "cohorts.rso.duties.visit.per_year.low = 2",
    "reactive-visited": "cohorts.rso.duties.visit.per_year.reactive = 1",
    "long-assessments": "cohorts.rso.duties.arms.hours = 9",
    "less-sickness": "teams.ppu.grades.constable.sickness = 0.03",
    "more-sickness": "teams.ppu.grades.constable.sickness = 0.07",
    "less-abstraction": "teams.ppu.grades.constable.abstraction = 0.06",
    "more-abstraction": "teams.ppu.grades.constable.abstraction = 0.2",
    "many-leavers": "teams.ppu.grades.constable.leavers_per_year = 0.16",
    "slow-recruitment": "teams.ppu.grades.constable.recruitment_lead_months = 9",
    "no-overtime": "teams.ppu.overtime_hours_per_fte_month = 0\nteams.ppu.overtime_in_use = 0",
    "completion-90": '[[standards]]\nname = "Home visits"\ncompletion = 0.90',
    "completion-98": '[[standards]]\nname = "Home visits"\ncompletion = 0.98',
    "limit-40": '[[standards]]\nname = "Caseload limit"\ncases_per_officer = 40',
    "limit-60": '[[standards]]\nname = "Caseload limit"\ncases_per_officer = 60',
    "no-limit": 'remove = ["standards.Caseload limit"]',
}
"""With the force's own position they are 25."""


SMALL = """\
title = "Next to nothing"
start = 2024-10-01
months = 24
[cohorts.a]
team = "t"
tiers = { all = { cases = 20 } }
duties = { visit = { per_year = 2, hours = 3 } }
[teams.t.grades.pc]
in_post = 1
cost_per_year = 50000
[[standards]]
name = "Limit"
cohort = "a"
cases_per_officer = 50
"""
"""What a batch of it takes is its start, which a sample's scenarios are not charged with."""


@dataclass(frozen=True)
class Force:
    """A force that does not exist."""

    number: int
    cases: dict[str, int]
    growth: float
    officers: int

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Synthetic force {self.number:02d}"

    @property
    def stem(self) -> str:
        """What its files are called."""
        return f"force-{self.number:02d}"


def published() -> tuple[float, dict[str, float], float, tuple[float, float]]:
    """Return the total, the mix of tiers, the share fit for reactive management, and growth."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def value(measure: str, tier: str = "") -> float:
        found = [row for row in rows if row["measure"] == measure and row["tier"] == tier]
        return float(max(found, key=lambda row: row["date"])["value"])

    mix = {tier: value("share of cases", tier) for tier in ("very_high", "high", "medium", "low")}
    reactive = value("share fit for reactive management", "reactive")
    growth = (value("growth in a year: least"), value("growth in a year: most"))
    return value("in the community"), mix, reactive, growth


def forces() -> tuple[Force, ...]:
    """Return the forces: the same on every run."""
    total, mix, reactive, growth = published()
    chance = np.random.default_rng(SEED)
    sizes = np.exp(SPREAD * chance.standard_normal(FORCES))
    sizes = np.sort(sizes / sizes.sum() * total)[::-1]
    found = []
    for number, size in enumerate(sizes.tolist(), start=1):
        share = {**mix, "low": mix["low"] - reactive, "reactive": reactive}
        tilt = {
            tier: part * float(np.exp(0.15 * chance.standard_normal()))
            for tier, part in share.items()
        }
        whole = sum(tilt.values())
        cases = {tier: round(size * part / whole) for tier, part in tilt.items()}
        each = float(chance.uniform(50, 100))  # cases per officer, as inspectors found
        officers = max(2, round(sum(cases.values()) / each))
        found.append(Force(number, cases, round(float(chance.uniform(*growth)), 3), officers))
    return tuple(found)


def position(force: Force) -> str:
    """Return a force's own scenario."""
    tiers = "\n".join(f"{tier} = {{ cases = {cases} }}" for tier, cases in force.cases.items())
    overdue = {
        tier: round(0.06 * cases) for tier, cases in force.cases.items() if tier != "reactive"
    }
    late = ", ".join(f"{tier} = {cases}" for tier, cases in overdue.items())
    supervisors = max(1, -(-force.officers // 8))
    return f"""\
title = "{force.name}"
question = "Who is needed to keep visits and assessments in date?"
start = 2024-10-01
months = 60

[cohorts.rso]
label = "Registered sex offenders"
team = "ppu"
growth_per_year = {{ value = {force.growth}, low = 0.0, high = 0.08, source = "creedon-2023" }}
exits_per_year = 0.06
hours_per_case_month = 0.6
hours_per_entry = 8

[cohorts.rso.tiers]
{tiers}

[cohorts.rso.duties.visit]
per_year = {{ very_high = 12, high = 4, medium = 2, low = 1, reactive = 0 }}
hours = {{ value = 4.0, low = 3.0, high = 5.5, source = "judgement" }}
crew = 2
second_officer_hours = 2.5
no_answer_share = 0.15
no_answer_hours = 1.5
access_rate = 0.99
overdue = {{ {late} }}

[cohorts.rso.duties.arms]
per_year = {{ very_high = 1, high = 1, medium = 1, low = 1, reactive = 0 }}
hours = 6

[teams.ppu]
overtime_hours_per_fte_month = 6
overtime_in_use = 2
overtime_cost_per_hour = 35

[teams.ppu.grades.constable]
in_post = {force.officers}
weekly_hours = 40
leave_days = 27
bank_holidays = 8
training_days = 8
sickness = {{ value = 0.045, low = 0.03, high = 0.07, source = "judgement" }}
abstraction = {{ value = 0.12, low = 0.06, high = 0.2, source = "judgement" }}
leavers_per_year = 0.08
cost_per_year = 70657
joining_cost = 3500
accreditation_months = 4
trainee_productivity = 0.5
max_joiners_per_month = {max(2, force.officers // 8)}
recruitment_lead_months = 3

[teams.ppu.grades.sergeant]
in_post = {supervisors}
casework_share = 0
supervises = 8
cost_per_year = 80000

[[standards]]
name = "Home visits"
cohort = "rso"
duty = "visit"
tiers = ["very_high", "high", "medium", "low"]
completion = 0.95
from = 2025-10-01

[[standards]]
name = "Caseload limit"
cohort = "rso"
cases_per_officer = 50
from = 2026-04-01

[priority]
rule = "strict"
"""


def scenarios(force: Force) -> Iterator[tuple[str, str]]:
    """Yield the files of a force: its position and the what-ifs, each a diff of it."""
    yield f"{force.stem}.toml", position(force)
    for name, lines in WHAT_IFS.items():
        title = f'title = "{force.name}: {name.replace("-", " ")}"'
        yield f"{force.stem}-{name}.toml", f'extends = "{force.stem}.toml"\n{title}\n{lines}\n'


def write(folder: Path) -> list[Path]:
    """Write every force into a folder of its own and return them, the largest first."""
    made = []
    for force in forces():
        here = folder / force.stem
        here.mkdir(parents=True, exist_ok=True)
        for name, text in scenarios(force):
            (here / name).write_text(text, encoding="utf-8")
        made.append(here)
    return made


def command(out: Path, jobs: int, *, decision: bool, report: bool) -> list[str]:
    """Return the command of a batch, to which paths are added."""
    more = [] if decision else ["--central"]
    more += [] if report else ["--no-report", "--no-why"]
    words = [sys.executable, "-m", "capacity", "batch", "--out", str(out), "--jobs", str(jobs)]
    return [*words, *more]


def timed(words: list[str]) -> tuple[float, float]:
    """Run a command and return its seconds, on the clock and of all processors."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
        raise SystemExit(done.returncode)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def headed(jobs: int, *, report: bool) -> int:
    """Print what it is measured on, and return how many cores there are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(
        f"{cores} cores, {jobs} at once, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {'with' if report else 'without'} reports, load "
        f"{os.getloadavg()[0]:.1f} when it began\n",
        flush=True,
    )
    return cores or 1


def run(folders: list[Path], words: list[str]) -> None:
    """Run the batch and print how long each step took, from a few forces to all of them."""
    print("| forces | scenarios | seconds so far | of processors | a scenario |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    # Largest and smallest by turns, so that each step has forces of all sizes.
    turns = [folders[n // 2] if n % 2 == 0 else folders[-1 - n // 2] for n in range(len(folders))]
    clock = processors = 0.0
    for step in STEPS:
        # What was finished in earlier steps is not done again.
        more = timed([*words, *map(str, turns[:step])])
        clock, processors = clock + more[0], processors + more[1]
        count = step * (1 + len(WHAT_IFS))
        print(
            f"| {step} | {count:,} | {clock:,.0f} | {processors:,.0f} | {processors / count:.2f} |",
            flush=True,
        )


def sampled(folders: list[Path], words: list[str], number: int, apart: int, cores: int) -> None:
    """Run so many forces of all sizes, some what-ifs of each, and say what all would take.

    A force that is asked for stands for those next to it in size. Its own scenario is always among
    those asked for.

    Args:
        folders: of the forces, the largest first.
        words: the command, to which paths are added.
        number: forces asked for.
        apart: how far apart the what-ifs asked for are.
        cores: of the machine.
    """
    print("| stands for forces | cases | scenarios | seconds | of processors | a scenario |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    every = forces()
    names = list(WHAT_IFS)
    whole = 0.0
    (start := folders[0].parent / "start").mkdir(exist_ok=True)
    (start / "small.toml").write_text(SMALL, encoding="utf-8")
    _, begins = timed([*words, str(start / "small.toml")])
    for n in range(number):
        first, last = n * FORCES // number, (n + 1) * FORCES // number
        one = every[(first + last) // 2]
        chosen = [one.stem, *(f"{one.stem}-{name}" for name in names[n % apart :: apart])]
        paths = [str(folders[one.number - 1] / f"{name}.toml") for name in chosen]
        clock, processors = timed([*words, *paths])
        each = max(0.0, processors - begins) / len(paths)
        whole += each * (last - first) * (1 + len(names))
        print(
            f"| {first + 1} to {last} | {sum(one.cases.values()):,} | {len(paths)} | {clock:,.0f} "
            f"| {processors:,.0f} | {each:.2f} |",
            flush=True,
        )
    print(
        f"\nAll {FORCES * (1 + len(names)):,} would take {whole:,.0f} seconds of processors: "
        f"{whole / cores / 60:.1f} minutes on {cores} cores with nothing else to do. A scenario is "
        f"told without the {begins:.0f} seconds of a command that has next to nothing to plan."
    )


def main() -> None:
    """Write the scenarios, and run them unless told not to."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--decision", action="store_true", help="the recommended plan too")
    asked.add_argument("--sample", type=int, metavar="N", help="N forces and some what-ifs")
    asked.add_argument("--every", type=int, default=4, metavar="K", help="every K-th what-if")
    asked.add_argument("--report", action="store_true", help="write every report too")
    asked.add_argument("--only-write", action="store_true", help="run nothing")
    given = asked.parse_args()
    folders = write(given.folder / "scenarios")
    if given.only_write:
        return
    out = given.folder / ("decisions" if given.decision else "results")
    words = command(out, given.jobs, decision=given.decision, report=given.report)
    cores = headed(given.jobs, report=given.report)
    if given.sample:
        sampled(folders, words, given.sample, given.every, cores)
    else:
        run(folders, words)


if __name__ == "__main__":
    main()
