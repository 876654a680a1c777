"""How long a plan takes, and how that grows with months and teams.

Run: `make bench` or `python benchmarks/bench_plan.py`. Prints a Markdown table; times are the
least of several runs, since a busy machine only ever adds.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from capacity import stages
from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.model import Model
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.staffing import questions, sizing

NORFOLK = "norfolk-2024"


def least(run: Callable[[], object], times: int = 5) -> float:
    """Return the least seconds of several runs."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        spent.append(time.perf_counter() - began)
    return min(spent)


def fixed_staff(built: Model) -> None:
    """Project current posts."""
    cases = caseload.project(built)
    projection.project(built, cases, demand.other_work(built, cases), workforce.staff(built))


def question(read: Scenario) -> questions.Question:
    """Return the sizing problem of a scenario."""
    built = building.build(read)
    cases = caseload.project(built)
    asked, staff = demand.other_work(built, cases), workforce.staff(built)
    return questions.ask(built, cases, asked, staff, projection.project(built, cases, asked, staff))


def without_whole_posts(read: Scenario) -> None:
    """Solve the sizing problem allowing part posts, building included."""
    for part in question(read).parts:
        part.problem.solve(fresh=True)


def whole_posts(read: Scenario) -> float:
    """Size in whole posts, building included, and return the proven gap."""
    return sizing.size(question(read)).gap


def many_teams(copies: int) -> Scenario:
    """Return Norfolk with its three teams as often as said, each a force of its own."""
    lines = [f'extends = "{NORFOLK}"', 'title = "Many teams"']
    for copy in range(2, copies + 1):
        for name in ("rso", "iom", "dappa"):
            team = "ppu" if name == "rso" else name
            lines += [f"[teams.{team}_{copy}]", f'like = "{team}"']
            lines += [f"[cohorts.{name}_{copy}]", f'like = "{name}"', f'team = "{team}_{copy}"']
        lines += ["[[flex]]", f'from = "iom_{copy}"', f'to = "ppu_{copy}"', "max_share = 0.3"]
        lines += ["efficiency = 0.9"]
        lines += ["[[standards]]", f'name = "Home visits {copy}"', f'cohort = "rso_{copy}"']
        lines += ['duty = "visit"', "completion = 0.95", "from = 2025-10-01"]
        lines += ["[[standards]]", f'name = "Caseload limit {copy}"', f'cohort = "rso_{copy}"']
        lines += ["cases_per_officer = 50", "from = 2026-04-01"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return scenario.read(path)


def process(*arguments: str) -> Callable[[], object]:
    """Return a call of the command line as a process of its own."""
    command = [sys.executable, "-m", "capacity", *arguments]
    return lambda: subprocess.run(command, check=True, capture_output=True)


def row(what: str, seconds: float, target: str = "", note: str = "") -> None:
    """Print a line of the table."""
    shown = f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.2f} s"
    print(f"| {what} | {shown} | {target} | {note} |", flush=True)


def main() -> None:
    """Print the table."""
    read = scenario.read(NORFOLK)
    built = building.build(read)
    print("| what | time | target | note |\n|---|---|---|---|")
    row("fixed-staff projection of norfolk-2024", least(lambda: fixed_staff(built), 20), "≤ 50 ms")
    row("sizing without whole posts", least(lambda: without_whole_posts(read)), "≤ 0.6 s")
    gap = whole_posts(read)
    row("sizing in whole posts", least(lambda: whole_posts(read)), "≤ 2 s", f"gap {gap:.2%}")
    for months in (24, 60, 120):
        longer = read.replace({"months": months})
        gap = whole_posts(longer)
        row(f"… {months} months", least(lambda s=longer: whole_posts(s), 2), "", f"gap {gap:.2%}")  # type: ignore[misc]
    for copies in (1, 3, 9):
        wider = many_teams(copies)
        gap = whole_posts(wider)
        seconds = least(lambda s=wider: whole_posts(s), 1)  # type: ignore[misc]
        row(f"… {3 * copies} teams, 60 months", seconds, "", f"gap {gap:.2%}")
    row("a whole plan, tables apart", least(lambda: stages.run(read), 3))
    row("`capacity --help`", least(process("--help")), "≤ 0.4 s")
    row(
        "`capacity plan --fixed norfolk-2024`",
        least(process("plan", "--fixed", NORFOLK)),
        "≤ 1.5 s",
    )
    row("`capacity plan norfolk-2024`", least(process("plan", NORFOLK), 3))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"| peak memory of these processes | {peak:,.0f} MB | ≤ 400 MB | |")


if __name__ == "__main__":
    main()
