"""Sizing, ours beside the same problem written out plainly in PuLP and in linopy.

The plain formulation is that of `tests/reference/size.py`: every duty month by month as the method
has it, written from the method alone. Its rows are handed to each modeller. Theirs counts from
there: building in the modeller and solving. Ours counts everything from the scenario's settings on.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import linopy
import numpy as np
import pulp
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.staffing import questions, sizing
from tests.reference import project, read, size

FIRST = "norfolk-2024-first"
"""The first edition of norfolk-2024, kept here so that costs stay comparable."""

ONE = size.ONE
GAP = 0.005
"""The same for all: whole posts proven to half a per cent, one thread, each solver's own checks."""

SECONDS = 300
"""After this long a solver is stopped, and has no answer."""

Written = tuple[size.Sizing, size.Expr]


@dataclass(frozen=True)
class Run:
    """What one way to solve a question took and found."""

    name: str
    cost: float | None
    building: float  # CPU seconds
    solving: float

    @property
    def seconds(self) -> float:
        """CPU seconds in all."""
        return self.building + self.solving


def spent() -> float:
    """Return the CPU seconds of this process and of the solvers it has run."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def least(run: Callable[[], Run], times: int) -> Run:
    """Return the quickest of several runs: a busy machine only ever adds."""
    return min((run() for _ in range(times)), key=lambda one: one.seconds)


# Ours --------------------------------------------------------------------------------------


def ours(given: Scenario, *, whole: bool) -> Run:
    """Size from the settings on: model, today's projection, problem, answer, our own check."""
    began = spent()
    built = building.build(given)
    cases = caseload.project(built)
    asked, staff = demand.other_work(built, cases), workforce.staff(built)
    today = projection.project(built, cases, asked, staff)
    question = questions.ask(built, cases, asked, staff, today)
    for part in question.parts:
        part.problem  # noqa: B018, built now
    middle = spent()
    if whole:
        cost = sizing.size(question, GAP).cost
    else:
        cost = 0.0
        for part in question.parts:
            answer = part.problem.solve(fresh=True)
            assert answer is not None
            cost += part.cost_of(answer)
    return Run("ours", cost, middle - began, spent() - middle)


# The plain formulation ---------------------------------------------------------------------


def written(path: Path, *, whole: bool) -> tuple[Written, float]:
    """Return the plain problem and its cost, and the CPU seconds that writing them down took."""
    plain = read.load(path)
    today = project.run_all(plain)
    began = spent()
    problem = size.Sizing(plain, whole, False, None, today)
    cost = size.total((1, problem.spend), (1, problem.penalty))
    return (problem, cost), spent() - began


def in_pulp(made: Written, solver: str) -> Run:
    """Build in PuLP, expressions from pairs as its documentation advises, and solve."""
    problem, cost = made
    lp = problem.lp
    began = spent()
    model = pulp.LpProblem("sizing", pulp.LpMinimize)
    whole = [pulp.LpInteger if w else pulp.LpContinuous for w in lp.whole]
    columns = [
        model.add_variable(f"x{n:06d}", low, None if high == np.inf else high, kind)
        for n, (low, high, kind) in enumerate(zip(lp.low, lp.high, whole, strict=True))
    ]
    terms = [(columns[v], a) for v, a in cost.items() if v != ONE]
    model.setObjective(pulp.LpAffineExpression(terms))
    for n, (_, row, low, high) in enumerate(lp.rows):
        pairs = [(columns[v], a) for v, a in row.items() if v != ONE and a != 0]
        known = row.get(ONE, 0.0)
        if low == high:
            sense, bound = pulp.LpConstraintEQ, low - known
        elif low > -np.inf:
            sense, bound = pulp.LpConstraintGE, low - known
        else:
            sense, bound = pulp.LpConstraintLE, high - known
        expression = pulp.LpAffineExpression(pairs)
        model.addConstraint(pulp.LpConstraint(expression, sense, f"r{n}", bound))
    middle = spent()
    options: dict[str, Any] = {"msg": False, "threads": 1, "gapRel": GAP, "timeLimit": SECONDS}
    status = model.solve(pulp.getSolver(solver, **options))
    found = None
    if status == pulp.LpStatusOptimal and model.sol_status == pulp.LpSolutionOptimal:
        found = sum(a * columns[v].value() for v, a in cost.items() if v != ONE)
        found += cost.get(ONE, 0.0)
    name = {"PULP_CBC_CMD": "PuLP with CBC", "HiGHS": "PuLP with HiGHS"}[solver]
    return Run(name, found, middle - began, spent() - middle)


def in_linopy(made: Written) -> Run:
    """Build in linopy, one array of variables and rows of like length at a time, and solve."""
    problem, cost = made
    lp = problem.lp
    began = spent()
    model = linopy.Model()
    place = xr.DataArray(np.arange(len(lp.low)), dims="v").to_index().rename("v")
    whole = np.array(lp.whole, dtype=bool)
    labels = np.full(len(whole), -1)
    for name, mask, kind in (("y", whole, True), ("x", ~whole, False)):
        if mask.any():
            mine = place[mask]
            made_here = model.add_variables(
                xr.DataArray(np.array(lp.low)[mask], coords={"v": mine}, dims="v"),
                xr.DataArray(np.array(lp.high)[mask], coords={"v": mine}, dims="v"),
                name=name,
                integer=kind,
            )
            labels[mask] = made_here.labels.values
    buckets: dict[tuple[str, int], list[tuple[size.Expr, float]]] = {}
    for _, row, low, high in lp.rows:
        sense = "=" if low == high else ">=" if low > -np.inf else "<="
        bound = (high if sense == "<=" else low) - row.get(ONE, 0.0)
        pairs = {v: a for v, a in row.items() if v != ONE and a != 0}
        length = 1 << max(0, len(pairs) - 1).bit_length()
        buckets.setdefault((sense, length), []).append((pairs, bound))
    for (sense, length), rows in buckets.items():
        variables = np.full((len(rows), length), -1)
        shares = np.full((len(rows), length), np.nan)
        for n, (pairs, _) in enumerate(rows):
            variables[n, : len(pairs)] = labels[list(pairs)]
            shares[n, : len(pairs)] = list(pairs.values())
        left = expression(model, variables, shares)
        right = xr.DataArray([bound for _, bound in rows], dims="row")
        model.add_constraints(left, sense, right)
    terms = {v: a for v, a in cost.items() if v != ONE}
    aim = expression(model, labels[list(terms)][None], np.array(list(terms.values()))[None])
    model.add_objective(aim.sum())
    middle = spent()
    options = {"threads": 1, "mip_rel_gap": GAP, "time_limit": SECONDS, "output_flag": False}
    status, condition = model.solve("highs", io_api="direct", progress=False, **options)
    good = status == "ok" and condition == "optimal"
    found = float(model.objective.value) + cost.get(ONE, 0.0) if good else None
    return Run("linopy with HiGHS", found, middle - began, spent() - middle)


def expression(model: linopy.Model, variables: Any, shares: Any) -> Any:
    """Return rows of terms as linopy keeps them."""
    parts = {"coeffs": (("row", "_term"), shares), "vars": (("row", "_term"), variables)}
    return linopy.LinearExpression(xr.Dataset(parts), model)


# The race ----------------------------------------------------------------------------------


def race(name: str, months: int, *, whole: bool, times: int) -> tuple[list[Run], float]:
    """Return what every way took for one question, ours first, and what plain writing took."""
    path = Path(__file__).resolve().with_name(f"{name}.toml")
    given = scenario.read(str(path)).replace({"months": months})
    made, writing = shorter(path, months, whole=whole)
    found = [least(lambda: ours(given, whole=whole), times)]
    for solver in ("PULP_CBC_CMD", "HiGHS"):
        if solver in pulp.listSolvers(onlyAvailable=True):
            found.append(least(lambda s=solver: in_pulp(made, s), times))  # type: ignore[misc]
    found.append(least(lambda: in_linopy(made), times))
    return found, writing


def shorter(path: Path, months: int, *, whole: bool) -> tuple[Written, float]:
    """Return the plain problem over fewer months, through a diff file beside the scenario."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        for one in (*path.parent.glob("*.toml"), *path.parent.parent.glob("data/sources.csv")):
            (there / one.name).write_bytes(one.read_bytes())
        asked = there / "asked.toml"
        asked.write_text(
            f'extends = "{path.name}"\ntitle = "Shorter"\nmonths = {months}\n', encoding="utf-8"
        )
        return written(asked, whole=whole)


def tables(*, quick: bool) -> str:
    """Return agreement and times as Markdown."""
    questions_asked = [(FIRST, 24, False), (FIRST, 24, True)]
    if not quick:
        questions_asked += [(FIRST, 60, False), (FIRST, 60, True)]
    lines: list[str] = []
    agreed: list[str] = []
    for name, months, whole in questions_asked:
        runs, writing = race(name, months, whole=whole, times=1 if whole else 2)
        what = f"{name}, {months} months, {'whole posts' if whole else 'without whole posts'}"
        mine = runs[0]
        assert mine.cost is not None
        for run in runs:
            cost = "none in time" if run.cost is None else f"£{run.cost:,.0f}"
            apart = "" if run.cost is None else f"{run.cost / mine.cost - 1:+.6%}"
            agreed.append(f"| {what} | {run.name} | {cost} | {apart} |")
            ratio = f"{run.seconds / mine.seconds:.1f}"
            lines.append(
                f"| {what} | {run.name} | {run.building:.2f} | {run.solving:.2f} | {ratio} |"
            )
        lines.append(f"| {what} | writing the plain rows, in none of these | {writing:.2f} | | |")
    agree = ["| question | way | discounted cost | apart from ours |", "|---|---|---:|---:|"]
    took = [
        "| question | way | building, s | solving, s | times ours |",
        "|---|---|---:|---:|---:|",
    ]
    return "\n".join([*agree, *agreed, "", *took, *lines])


if __name__ == "__main__":
    print(tables(quick="quick" in sys.argv))
