"""The solver, and the only place that knows one: PuLP holds the problem, HiGHS solves it.

A problem is built once; every question after that changes bounds and solves again. An answer is
taken only where HiGHS itself calls it optimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from threading import Thread
from typing import Any, NamedTuple

import highspy
import numpy as np
import pulp

from capacity.engine.model import Array, Whole
from capacity.errors import SolverError
from capacity.staffing.sheet import Formulation, RuleRow, Sheet

TIME_LIMIT = 60.0
"""Seconds after which the best verified plan is returned with its real gap."""

GRACE = 30.0
"""Seconds more after which the solver, which may not look at its clock for long, is left behind."""

FEASIBLE = 1e-9
"""How closely the solver must hold every row; with whole posts its own 1e-7, or it errs."""

FREE_POST = 0.01
"""What a year of a post that costs nothing counts for, in £, so that fewer are better."""

UNBOUNDED = 1e30
"""What HiGHS takes for infinity."""

DEVEX = {"simplex_dual_edge_weight_strategy": 1}
"""Weights of the dual simplex: up to eight times as fast here as HiGHS's own choice."""

HEURISTICS_OFF = {
    f"mip_heuristic_run_{name}": False
    for name in ("rins", "rens", "root_reduced_cost", "zi_round", "shifting")
}
"""Heuristics that cost time and find nothing here."""

NO_ANSWER = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)

MANY_POSTS = 200.0
"""No grade gets more added posts than this where nothing else bounds them."""

DUAL, PRIMAL = 1, 4
"""HiGHS's names for its two kinds of simplex."""

STEPS, NO_END = 20_000, 2**31 - 1
"""Steps that the dual simplex gets without presolve at first: as a number of steps, not of seconds,
so that the answer is the same on any machine."""

REACH = 1e-9
"""How far a level may lie above what access allows."""

KEPT_TO, BELIEVED = 1e-8, 1e-6
"""How far an answer may break a row, as a share of what stands in it, before it is asked for again
without short cuts; and how far the best of all these answers may."""

WHOLE = 1e-6
"""How far from a whole number still counts as whole."""


@dataclass(frozen=True)
class Answer:
    """A proven answer of the solver."""

    columns: Array
    objective: float
    bound: float


class Problem:
    """A formulation in the solver, built once and solved again with other bounds."""

    def __init__(self, formulation: Formulation, like: Problem | None = None) -> None:
        """`like`: a problem of the same shape, from whose last answer this one starts."""
        self.formulation = formulation
        sheet = formulation.sheet
        self.lower, self.upper = np.array(sheet.lower), np.array(sheet.upper)
        self.cost, self.penalty = np.array(sheet.cost), np.array(sheet.penalty)
        # Posts that cost nothing are still not to be had for nothing.
        self.tie_break = np.where(np.array(sheet.whole) & (self.cost == 0), FREE_POST, 0.0)
        self.weight = np.array(sheet.waiting_weight)
        self.whole = np.flatnonzero(sheet.whole)
        self.missable = np.array(sheet.missable, dtype=np.int64)
        self._entries = _entries(sheet)
        self._as_written = True  # no coefficient has been changed since
        self.highs: Any = (
            _load(sheet) if like is None else _load_like(sheet, self._entries, like.highs)
        )
        self._rows_of: dict[str, Any] = {}
        self._shifts: dict[int, float] = {}
        self.misses_allowed = True
        self.allow_misses(False)

    def aim(self, objective: Array, offset: float = 0.0) -> None:
        """Set what is minimised."""
        places = np.arange(len(objective), dtype=np.int32)
        self.highs.changeColsCost(len(places), places, objective)
        self.highs.changeObjectiveOffset(offset)

    def bind(self, columns: Whole, lower: Array, upper: Array) -> None:
        """Set bounds of columns."""
        places = np.asarray(columns, dtype=np.int32)
        self.highs.changeColsBounds(len(places), places, lower, upper)

    def free_rows(self, equation: str) -> None:
        """Let the rows of an equation be broken."""
        rows = self.rows_of(equation)
        endless = np.full(len(rows), np.inf)
        self.highs.changeRowsBounds(len(rows), rows, -endless, endless)

    def hold_rows(self, equation: str) -> None:
        """Make the rows of an equation hold again."""
        rows = self.rows_of(equation)
        written = [self.formulation.sheet.rows[row] for row in rows]
        lower = np.array([row.lower for row in written], dtype=float)
        upper = np.array([row.upper for row in written], dtype=float)
        self.highs.changeRowsBounds(len(rows), rows, lower, upper)

    def rows_of(self, equation: str) -> Any:
        """Return the places of an equation's rows."""
        if equation not in self._rows_of:
            rows = enumerate(self.formulation.sheet.rows)
            found = [place for place, row in rows if row.equation == equation]
            self._rows_of[equation] = np.array(found, dtype=np.int32)
        return self._rows_of[equation]

    def allow_misses(self, allowed: bool) -> None:
        """Let standards be missed at a price, or not."""
        self.misses_allowed = allowed
        most = self.upper[self.missable] if allowed else np.zeros(len(self.missable))
        self.bind(self.missable, self.lower[self.missable], most)
        objective = self.cost + self.tie_break + (self.penalty if allowed else 0.0)
        self.aim(objective, self.formulation.constant)

    def shift_levels(self, rules: Sequence[RuleRow], change: float) -> None:
        """Ask so much more of some rules than was written; 0 takes it back (EQ17, EQ18, EQ21)."""
        for rule in rules:
            row = self.formulation.sheet.rows[rule.row]
            more = rule.level_share * change
            if rule.kind == "cases_per_officer":  # its level divides
                more *= rule.level / (rule.level + change)
            self.highs.changeRowBounds(rule.row, row.lower + more, row.upper)
            self._shifts[rule.row] = change
            self._as_written &= not rule.level_columns
            written = dict(zip(row.columns, row.coefficients, strict=True))
            for column in rule.level_columns:
                self.highs.changeCoeff(rule.row, column, written.get(column, 0.0) - change)

    def loosest(self, rules: Sequence[RuleRow], *, whole: bool, seconds: float) -> float | None:
        """Return by how much the levels of limits must rise at least for any plan to exist.

        `rules`: limits on money or posts, all moved together. None where no rise is enough.
        """
        shares = np.array([-rule.level_share for rule in rules])
        self.allow_misses(False)
        self.aim(np.zeros(len(self.cost)))
        with self._one_more_column(1.0, [rule.row for rule in rules], shares):
            if whole:
                posts = np.clip(self.upper[self.whole], None, MANY_POSTS)
                self.bind(self.whole, self.lower[self.whole], posts)
                answer = self.solve_whole(WHOLE, seconds, known=True)
                self.bind(self.whole, self.lower[self.whole], self.upper[self.whole])
            else:
                answer = self.solve(fresh=True)
        self.allow_misses(False)
        return None if answer is None else answer.objective

    def most_spare(self, rows: Sequence[int]) -> float | None:
        """Return the most that the upper bounds of some rows could all fall by at once."""
        misses = self.misses_allowed
        self.allow_misses(False)
        self.aim(np.zeros(len(self.cost)))
        with self._one_more_column(-1.0, rows, np.ones(len(rows))):
            answer = self.solve()
        self.allow_misses(misses)
        return None if answer is None else -answer.objective

    @contextmanager
    def _one_more_column(self, cost: float, rows: Sequence[int], shares: Array) -> Iterator[None]:
        """Have one more column in some rows for a while, whatever comes of it."""
        highs, place, written = self.highs, self.highs.getNumCol(), self._as_written
        self._as_written = False
        highs.addCol(cost, 0.0, np.inf, len(rows), np.array(rows, dtype=np.int32), shares)
        try:
            yield
        finally:
            if self.highs is highs:  # else it was left to a run without end
                highs.deleteCols(1, np.array([place], dtype=np.int32))
                self._as_written = written

    def solve(self, *, fresh: bool = False) -> Answer | None:
        """Return a proven answer without whole posts, or None where there is none to be had.

        `fresh` forgets the last answer: faster when what is minimised has changed.
        """
        if self._out_of_reach():
            return None
        highs = self.highs
        highs.setOptionValue("solve_relaxation", True)
        highs.setOptionValue("primal_feasibility_tolerance", FEASIBLE)
        if fresh:
            highs.clearSolver()
        status = self._run(TIME_LIMIT)
        found = self._read(status)
        for strategy, steps in (DUAL, STEPS), (PRIMAL, NO_END), (DUAL, NO_END):
            if found and found[0] <= KEPT_TO:
                break
            # Its short cuts have called possible problems impossible and left rows broken that it
            # said were kept, and a stale basis can leave one undecided: ask again without either,
            # in several ways, before believing it. The dual simplex is the quickest to prove that
            # there is nothing, but has wandered for 40 seconds too.
            highs.clearSolver()
            highs.setOptionValue("presolve", "off")
            highs.setOptionValue("simplex_strategy", strategy)
            highs.setOptionValue("simplex_iteration_limit", steps)
            status = self._run(TIME_LIMIT)
            other = self._read(status)
            highs.setOptionValue("presolve", "choose")
            highs.setOptionValue("simplex_strategy", DUAL)
            highs.setOptionValue("simplex_iteration_limit", NO_END)
            if status in NO_ANSWER and not found:
                return None
            found = min(filter(None, (found, other)), key=lambda one: one[0], default=None)
        if not found:
            raise SolverError(highs.modelStatusToString(status), "sizing the team")
        if found[0] > BELIEVED:
            raise SolverError("an answer that breaks rows", "sizing the team")
        return found[1]

    def _read(self, status: Any) -> tuple[float, Answer] | None:
        """Return an answer called optimal, and by how much it really breaks a row, else None."""
        if status != highspy.HighsModelStatus.kOptimal:
            return None
        problem, columns = self.highs.getLp(), np.array(self.highs.getSolution().col_value)
        rows, places, values = self._entries if self._as_written else _entries_of(problem)
        terms = values * columns[places]
        total = np.bincount(rows, terms, problem.num_row_)
        size = np.maximum(1.0, np.bincount(rows, np.abs(terms), problem.num_row_))
        lower, upper = np.array(problem.row_lower_), np.array(problem.row_upper_)
        broken = np.maximum(lower - total, total - upper) / size
        objective = float(self.highs.getInfo().objective_function_value)
        return float(broken.max(initial=0.0)), Answer(columns, objective, objective)

    def _out_of_reach(self) -> bool:
        """Return whether some rule that must hold asks for more than access allows.

        The solver can be long in finding that out.
        """
        return not self.misses_allowed and any(
            rule.level + self._shifts.get(rule.row, 0.0) > rule.within_reach + REACH
            for rule in self.formulation.rule_rows
        )

    def solve_whole(self, gap: float, seconds: float, known: bool) -> Answer | None:
        """Return an answer with whole posts proven to a gap in £, or the best within the time.

        `known`: whether some plan with whole posts is known to exist, so that "none" is an error
        of the solver; it is asked again without its short cuts before it is believed.
        """
        highs = self.highs
        highs.setOptionValue("solve_relaxation", False)
        highs.setOptionValue("primal_feasibility_tolerance", 1e-7)
        highs.setOptionValue("mip_abs_gap", gap)
        for presolve in ("choose", "off"):
            highs.setOptionValue("presolve", presolve)
            highs.clearSolver()
            status = self._run(seconds)
            if status not in NO_ANSWER:
                break
        highs.setOptionValue("presolve", "choose")
        info = highs.getInfo()
        if status in NO_ANSWER and not known:
            return None
        stopped = status == highspy.HighsModelStatus.kTimeLimit
        if status != highspy.HighsModelStatus.kOptimal and not stopped and not known:
            raise SolverError(highs.modelStatusToString(status), "sizing the team in whole posts")
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            if known:
                return None
            raise SolverError(highs.modelStatusToString(status), "sizing the team in whole posts")
        return Answer(
            np.array(highs.getSolution().col_value),
            float(info.objective_function_value),
            float(info.mip_dual_bound),
        )

    def _run(self, seconds: float) -> Any:
        """Run the solver for so long at most and return its own status."""
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + seconds)
        # In a thread of its own, so that ctrl-C is heard and a run without end can be left.
        running = Thread(target=self.highs.run, daemon=True, name="solver")
        running.start()
        running.join(seconds + GRACE)
        if running.is_alive():
            self.highs = _load(self.formulation.sheet)  # the run goes on with the old one
            self._as_written = True
            self._shifts.clear()
            self.allow_misses(False)
            raise SolverError(f"no answer after {seconds + GRACE:g} seconds", "sizing the team")
        return self.highs.getModelStatus()


def _load(sheet: Sheet) -> Any:
    """Build the problem with PuLP and return HiGHS holding it, columns in their places."""
    problem = pulp.LpProblem("sizing", pulp.LpMinimize)
    columns = [
        problem.add_variable(
            f"x{n:07d}",  # PuLP sorts columns by name
            None if lower == -np.inf else lower,
            None if upper == np.inf else upper,
            pulp.LpInteger if whole else pulp.LpContinuous,
        )
        for n, (lower, upper, whole) in enumerate(
            zip(sheet.lower, sheet.upper, sheet.whole, strict=True)
        )
    ]
    problem.setObjective(pulp.LpAffineExpression(list(zip(columns, sheet.cost, strict=True))))
    for n, row in enumerate(sheet.rows):
        terms = zip(row.columns, row.coefficients, strict=True)
        expression = pulp.LpAffineExpression([(columns[c], value) for c, value in terms])
        if row.lower == row.upper:
            sense, bound = pulp.LpConstraintEQ, row.lower
        elif row.lower > -np.inf:
            sense, bound = pulp.LpConstraintGE, row.lower
        else:
            sense, bound = pulp.LpConstraintLE, min(row.upper, UNBOUNDED)
        problem.addConstraint(pulp.LpConstraint(expression, sense, f"{row.equation}_{n}", bound))
    problem.solverModel = _silent()
    pulp.HiGHS().buildSolverModel(problem)
    assert [column.index for column in columns] == list(range(len(columns)))
    for n, row in enumerate(sheet.rows):
        if -np.inf < row.lower < row.upper < np.inf:  # PuLP's rows have one bound only
            problem.solverModel.changeRowBounds(n, row.lower, row.upper)
    return problem.solverModel


class _Silent(highspy.Highs):  # type: ignore[misc]  # it comes without types
    """HiGHS told to print nothing before it does anything.

    From 1.16 on it prints a banner to standard output when callbacks are set, which its own
    `__init__` does: too early for any option that is set afterwards.
    """

    def enableCallbacks(self) -> None:
        """Turn its output off, then do as HiGHS does."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


def _silent() -> Any:
    """Return an empty HiGHS with our options, which prints nothing."""
    highs: Any = _Silent()
    for name, value in {"output_flag": False, "threads": 1, **HEURISTICS_OFF, **DEVEX}.items():
        highs.setOptionValue(name, value)
    return highs


class Entries(NamedTuple):
    """The coefficients of a problem: the row, column and value of each."""

    rows: Whole
    columns: Whole
    values: Array


def _entries(sheet: Sheet) -> Entries:
    """Return the coefficients as they are written, row by row."""
    lengths = [len(row.columns) for row in sheet.rows]
    columns = chain.from_iterable(row.columns for row in sheet.rows)
    values = chain.from_iterable(row.coefficients for row in sheet.rows)
    return Entries(
        np.repeat(np.arange(len(lengths)), lengths),
        np.fromiter(columns, dtype=np.int32),
        np.fromiter(values, dtype=float),
    )


def _entries_of(problem: Any) -> Entries:
    """Return the coefficients that the solver itself holds."""
    matrix = problem.a_matrix_
    along = np.repeat(np.arange(len(matrix.start_) - 1), np.diff(matrix.start_))
    across, values = np.array(matrix.index_, dtype=int), np.array(matrix.value_)
    by_row = matrix.format_ == highspy.MatrixFormat.kRowwise
    return Entries(along, across, values) if by_row else Entries(across, along, values)


def _load_like(sheet: Sheet, entries: Entries, known: Any) -> Any:
    """Return HiGHS holding a problem, starting from the last answer to one of the same shape."""
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = len(sheet.lower), len(sheet.rows)
    problem.col_cost_, problem.col_lower_, problem.col_upper_ = (
        np.array(numbers) for numbers in (sheet.cost, sheet.lower, sheet.upper)
    )
    problem.row_lower_ = np.array([row.lower for row in sheet.rows])
    problem.row_upper_ = np.array([row.upper for row in sheet.rows])
    kinds = highspy.HighsVarType
    kind_of = {True: kinds.kInteger, False: kinds.kContinuous}  # looked up once, not every time
    problem.integrality_ = [kind_of[whole] for whole in sheet.whole]
    matrix = problem.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *(len(row.columns) for row in sheet.rows)]).astype(np.int32)
    matrix.index_, matrix.value_ = entries.columns, entries.values
    highs = _silent()
    highs.passModel(problem)
    same = (known.getNumCol(), known.getNumRow()) == (problem.num_col_, problem.num_row_)
    if same and known.getBasis().valid:
        highs.setBasis(known.getBasis())
    return highs
