"""The solver, and the only place that knows one: PuLP holds the problem, HiGHS solves it.

A problem is built once; every question after that changes bounds and solves again. An answer is
taken only where HiGHS itself calls it optimal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from threading import Thread
from typing import Any

import highspy
import numpy as np
import pulp

from capacity.engine.model import Array, Whole
from capacity.errors import SolverError
from capacity.kinds import KINDS
from capacity.staffing import effort, scaling
from capacity.staffing.effort import PATIENCE, TimeLimit
from capacity.staffing.scaling import Entries, Scales
from capacity.staffing.sheet import Formulation, RuleRow, Sheet

TIME_LIMIT = 60.0
"""Seconds of work that the solver may take over one question where nothing else is said."""

GRACE = 10.0
"""Seconds of work more after which the solver is left, which may not look at its clock for long."""

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

STOPPED = (highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kSolutionLimit)
"""What HiGHS says where its time or its nodes are over, whether or not it has an answer."""

STEPS_A_NODE = 100
"""Steps of the simplex that a node of branch and bound takes."""

MANY_POSTS = 200.0
"""No grade gets more added posts than this where nothing else bounds them."""

DUTIES = ("EQ5", "EQ6", "EQ17", "EQ24", "EQ27")
"""The rows that say what is done and left waiting."""

DUAL, PRIMAL = 1, 4
"""HiGHS's names for its two kinds of simplex."""

STEPS, NO_END = 10_000, 2**31 - 1
"""Steps that the dual simplex gets without presolve at first: as a number of steps, not of seconds,
so that the answer is the same on any machine."""

NODES, IN_NODES = (50, 2_000), 3e6
"""Nodes of branch and bound at least and at most; and how many, times the coefficients of a
problem. As a number of nodes, not of seconds, for the same reason."""

BRANCHING: Mapping[str, Any] = {"mip_heuristic_effort": 0.0, "mip_pscost_minreliable": 1}
"""How a small problem is branched: half of the time went to trying columns before one was chosen,
where whole numbers are mostly known to begin with."""

MANY_COLUMNS = 5_000
"""Columns from which a problem solved from nothing goes to the interior point method: 240 months
of three teams took the simplex 32 seconds and this method 4."""

INTERIOR: Mapping[str, Any] = {"solver": "ipm"}

INSIDE: Mapping[str, Any] = {**INTERIOR, "run_crossover": "off"}
"""The same without going on to a corner: 600 months took 6 seconds, where the way to a corner did
not end in the time limit."""

CLOSE = 1e-7
"""How far, as a share, the least may lie below an answer that is no corner."""

WITHOUT_SHORT_CUTS: Mapping[str, Any] = {
    "presolve": "off",
    "simplex_strategy": DUAL,
    "simplex_iteration_limit": STEPS,
}
"""How a question is asked again where the usual way ends without a believable answer."""

AS_WRITTEN: tuple[Mapping[str, Any], ...] = (
    {"simplex_scale_strategy": 0},
    {"simplex_scale_strategy": 0, "presolve": "off", "simplex_iteration_limit": STEPS},
)
"""How it is asked next: HiGHS's own scaling has called best what breaks rows by a ten-thousandth of
a case, where the numbers as they are written are kept to a millionth of a millionth."""

WITHOUT_END: tuple[Mapping[str, Any], ...] = tuple(
    {"presolve": "off", "simplex_strategy": strategy} for strategy in (PRIMAL, DUAL)
)
"""How it is asked at last, until the time is over."""

SCALED: tuple[Mapping[str, Any], ...] = (
    {**INTERIOR, "presolve": "off"},
    INTERIOR,
    {},
    {"presolve": "off"},
    {"presolve": "off", "simplex_strategy": PRIMAL},
    {"presolve": "off", "user_bound_scale": -5},
)
"""How a copy of the problem with numbers of like sizes is asked, one way after the other."""

USUAL: Mapping[str, Any] = {
    "solver": "choose",
    "run_crossover": "on",
    "presolve": "choose",
    "simplex_strategy": DUAL,
    "simplex_scale_strategy": 2,
    "simplex_iteration_limit": NO_END,
}
"""What these options are when nothing else is said."""

REACH = 1e-9
"""How far a level may lie above what access allows."""

KEPT_TO, BELIEVED = 1e-8, 1e-6
"""How far an answer may break a row, as a share of what stands in it, before it is asked for again
without short cuts; and how far the best of all these answers may."""

PRICED = 1e-6
"""Reduced costs and prices of rows nearer to 0 than this, in £, hold nothing where it is."""

MISSED_IN_ALL = 1.0
"""Least penalty, in £, that proves that rules cannot all be met: 3.6 seconds missed."""

WHOLE = 1e-6
"""How far from a whole number still counts as whole."""


@dataclass(frozen=True)
class Answer:
    """A proven answer of the solver."""

    columns: Array
    objective: float
    bound: float
    prices: Array | None = None  # reduced costs by column; none of whole posts
    row_prices: Array | None = None


@dataclass(frozen=True)
class _Told:
    """What the solver says when asked, and by how much its answer breaks a row, multiplied out."""

    status: Any
    answer: Answer | None = None  # where it calls one optimal
    broken: float = np.inf


class LinearProblem:
    """A formulation in the solver, built once and solved again with other bounds."""

    def __init__(self, formulation: Formulation, like: LinearProblem | None = None) -> None:
        """`like`: a problem of the same shape, from whose last answer this one starts."""
        self.formulation = formulation
        sheet = formulation.sheet
        self.lower, self.upper = np.array(sheet.lower), np.array(sheet.upper)
        self.cost, self.penalty = np.array(sheet.cost), np.array(sheet.penalty)
        # Posts that cost nothing are still not to be had for nothing.
        free = np.array(sheet.whole) & (self.cost == 0)
        self.beside = np.array(sheet.beside) + np.where(free, FREE_POST, 0.0)
        self.whole = np.flatnonzero(sheet.whole)
        self.missable = np.array(sheet.missable, dtype=np.int64)
        self.entries = entries(sheet)  # the coefficients as they are written
        self._as_written = True  # no coefficient has been changed since
        self.highs: Any = (
            _load(sheet) if like is None else _load_like(sheet, self.entries, like.highs)
        )
        self._rows_of: dict[str, Any] = {}
        self._shifts: dict[int, float] = {}
        # When the time of whoever asks is over.
        self.ends: TimeLimit = TimeLimit() if like is None else like.ends
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
        objective = self.cost + self.beside + (self.penalty if allowed else 0.0)
        self.aim(objective, self.formulation.constant)

    @contextmanager
    def without(self, names: Collection[str]) -> Iterator[None]:
        """Leave rules out for a while: what is missed of them is not counted."""
        rules = [rule.missed for rule in self.formulation.rule_rows if rule.rule in names]
        waived = np.array(rules, dtype=np.int64)
        upper, penalty, missable = self.upper.copy(), self.penalty.copy(), self.missable
        self.upper[waived], self.penalty[waived] = np.inf, 0.0
        self.missable = np.setdiff1d(missable, waived)
        self.bind(waived, self.lower[waived], self.upper[waived])
        try:
            yield
        finally:
            self.upper, self.penalty, self.missable = upper, penalty, missable
            self.allow_misses(False)

    def shift_levels(self, rules: Sequence[RuleRow], change: float) -> None:
        """Ask so much more of some rules than was written; 0 takes it back (EQ17, EQ18, EQ21)."""
        for rule in rules:
            row = self.formulation.sheet.rows[rule.row]
            more = rule.level_share * change
            if KINDS[rule.kind].divides:
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

    @property
    def size(self) -> int:
        """How many coefficients the problem has."""
        return len(self.entries.values)

    @property
    def least_cost(self) -> float:
        """No plan costs less: every column at its lower bound."""
        some = self.cost != 0
        return float(self.cost[some] @ self.lower[some]) + self.formulation.constant

    @property
    def seconds_left(self) -> float:
        """The time that whoever asks has left."""
        return self.ends.left

    @contextmanager
    def until(self, ends: TimeLimit) -> Iterator[TimeLimit]:
        """Answer, for a while, only until then, or earlier if asked before.

        Gives when that is.
        """
        before = self.ends
        self.ends = before.and_by(ends)
        try:
            yield self.ends
        finally:
            self.ends = before

    @contextmanager
    def at_the_cost_of(self, answer: Answer, aim: Array) -> Iterator[None]:
        """Aim at something else, for a while, among the plans that cost what an answer does.

        These are the plans in which every column with a reduced cost stays at its bound and every
        row with a price at its limit. A row that holds the cost itself would say the same, but its
        numbers run from pence to millions, and the solver loses its way on them.
        """
        assert answer.prices is not None
        assert answer.row_prices is not None
        highs, misses = self.highs, self.misses_allowed
        problem = highs.getLp()
        lower, upper = np.array(problem.col_lower_), np.array(problem.col_upper_)
        low, high = np.array(problem.row_lower_), np.array(problem.row_upper_)
        at = np.where(answer.prices > 0, lower, upper)
        end = np.where(answer.row_prices > 0, low, high)
        held = np.flatnonzero((np.abs(answer.prices) > PRICED) & (np.abs(at) < UNBOUNDED))
        priced = (np.abs(answer.row_prices) > PRICED) & (np.abs(end) < UNBOUNDED)
        tight = np.flatnonzero(priced).astype(np.int32)
        self.bind(held, at[held], at[held])
        highs.changeRowsBounds(len(tight), tight, end[tight], end[tight])
        self.aim(aim)
        try:
            yield
        finally:
            if self.highs is highs:  # else it was left to a run without end
                highs.changeRowsBounds(len(tight), tight, low[tight], high[tight])
                self.bind(held, lower[held], upper[held])
            self.allow_misses(misses)

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

    def solve(self, *, fresh: bool = False, corner: bool = True) -> Answer | None:
        """Return a proven answer allowing part posts, or None where there is none to be had.

        Args:
            fresh: forget the last answer: faster when what is minimised has changed.
            corner: whether the answer must be a corner, so that its prices say which columns and
                rows stand at their bounds. Of a large problem any other answer comes much sooner.

        Raises:
            SolverError: neither an answer nor that there is none could be proven in the time.
        """
        if self._out_of_reach():
            return None
        self.highs.setOptionValue("solve_relaxation", True)
        self.highs.setOptionValue("primal_feasibility_tolerance", FEASIBLE)
        if fresh:
            self.highs.clearSolver()
        best = told = _Told(None)
        for told, believed in self._ways(fresh=fresh, corner=corner):
            best = min(best, told, key=lambda one: one.broken)
            if best.broken <= KEPT_TO:
                break
            if believed and best.answer is None and told.status in NO_ANSWER:
                return None
        if best.answer is None:
            raise SolverError(self.highs.modelStatusToString(told.status), "sizing the team")
        if best.broken > BELIEVED:
            raise SolverError("an answer that breaks rows", "sizing the team")
        return best.answer

    def multiplied_out(self, columns: Array, free: str, unbound: Whole) -> Answer | None:
        """Return a plan that was made without the solver, if it keeps every row; None if not.

        Args:
            columns: the plan, but for what rules are missed by, which is worked out here.
            free: the equation whose rows are not looked at.
            unbound: columns whose bounds are not looked at.
        """
        sheet, (rows, places, values) = self.formulation.sheet, self.entries
        columns = columns.copy()
        for rule in self.formulation.rule_rows:
            row = sheet.rows[rule.row]
            kept = float(np.dot(row.coefficients, columns[list(row.columns)]))
            columns[rule.missed] = max(0.0, row.lower - kept)
        terms = values * columns[places]
        total = np.bincount(rows, terms, len(sheet.rows))
        size = np.maximum(1.0, np.bincount(rows, np.abs(terms), len(sheet.rows)))
        lower = np.array([row.lower for row in sheet.rows])
        upper = np.array([row.upper for row in sheet.rows])
        broken = np.maximum(lower - total, total - upper) / size
        broken[self.rows_of(free)] = 0.0
        beyond = np.maximum(self.lower - columns, columns - self.upper)
        beyond /= np.maximum(1.0, np.abs(columns))
        beyond[unbound] = 0.0
        if max(broken.max(initial=0.0), beyond.max(initial=0.0)) > BELIEVED:
            return None
        objective = float((self.cost + self.penalty) @ columns) + self.formulation.constant
        return Answer(columns, objective, objective)

    def least_cost_of_people(self) -> float:
        """Return a cost that no plan is below which meets the rules on people and cases alone.

        Quick to find, also where the whole problem is too large to be solved in the time.
        """
        self.allow_misses(False)
        with self._without_duties():
            answer = self.try_solve(fresh=True, corner=False)
        return self.least_cost if answer is None else max(self.least_cost, answer.bound)

    def people_miss_rules(self) -> bool:
        """Return whether rules on people, posts and money are proven missed, whatever is done.

        Nothing that is asked of duties, and nothing that bounds what is done, is looked at. False
        where nothing is proven: the whole problem may have no answer all the same.
        """
        columns = self.formulation.of_duties
        self.allow_misses(True)
        self.aim(self.penalty)
        self.bind(columns, np.zeros(len(columns)), np.full(len(columns), np.inf))
        try:
            with self._without_duties():
                least = self.try_solve(fresh=True, corner=False)
        finally:
            self.bind(columns, self.lower[columns], self.upper[columns])
            self.allow_misses(False)
        return least is not None and least.bound > MISSED_IN_ALL

    @contextmanager
    def _without_duties(self) -> Iterator[None]:
        """Let the rows that say what is done and left waiting be broken for a while."""
        freed = [name for name in DUTIES if len(self.rows_of(name))]
        for name in freed:
            self.free_rows(name)
        try:
            yield
        finally:
            for name in freed:
                self.hold_rows(name)

    def try_solve(self, *, fresh: bool = False, corner: bool = True) -> Answer | None:
        """Return what `solve` does; None also where nothing could be proven in the time."""
        try:
            return self.solve(fresh=fresh, corner=corner)
        except SolverError:
            return None

    def proof_of_none(self) -> Array | None:
        """Return the share of each row in a sum of rows that nothing fulfils, as either sign.

        None where the solver does not find that there is no answer.
        """
        self.highs.setOptionValue("solve_relaxation", True)
        self.highs.clearSolver()
        if self._asked(WITHOUT_SHORT_CUTS).status not in NO_ANSWER:
            return None
        _, there, shares = self.highs.getDualRay()
        return np.array(shares) if there else None

    def _ways(self, *, fresh: bool, corner: bool) -> Iterator[tuple[_Told, bool]]:
        """Yield what the solver says, one way of asking after the other.

        With each, whether it is believed where it says that there is no answer. With its short
        cuts it has called possible problems impossible and left rows broken that it said were
        kept, and a stale basis can leave one undecided: it is asked again without either, in
        several ways. The dual simplex is the quickest to prove that there is nothing, but has
        wandered for 40 seconds too. "Unknown" is mostly scaling: numbers of unlike size in one
        row, and shares down to a billionth. So last comes a copy brought to numbers of like size.
        """
        large = fresh and len(self.cost) >= MANY_COLUMNS
        first = self._asked((INTERIOR if corner else INSIDE) if large else {})
        yield first, False
        if first.answer is None and self._cannot_be_met():
            yield _Told(NO_ANSWER[0]), True
        if self.seconds_left > 0:
            self.highs.clearSolver()
            yield self._asked(WITHOUT_SHORT_CUTS), True
        for options in AS_WRITTEN:
            if self.seconds_left > 0:
                self.highs.clearSolver()
                yield self._asked(options), options.get("presolve") == "off"
        problem = self.highs.getLp()
        free = np.array(problem.col_lower_) < np.array(problem.col_upper_)
        by = scaling.scales(self._entries_now(problem), free)
        for options in SCALED:
            if self.seconds_left > 0:
                yield self._asked_of_copy(options, by), options.get("presolve") == "off"
        for options in WITHOUT_END:
            if self.seconds_left > 0:
                self.highs.clearSolver()
                yield self._asked(options), True

    def _asked(self, options: Mapping[str, Any]) -> _Told:
        """Return what the solver says with some options, which are put back to the usual ones."""
        highs = self.highs
        for name, value in options.items():
            highs.setOptionValue(name, value)
        try:
            status = self._run(highs, TIME_LIMIT)
        finally:
            for name in options:
                highs.setOptionValue(name, USUAL[name])
        if status != highspy.HighsModelStatus.kOptimal:
            return _Told(status)
        found, problem = highs.getSolution(), highs.getLp()
        objective = float(highs.getInfo().objective_function_value)
        columns = np.array(found.col_value)
        prices, row_prices = np.array(found.col_dual), np.array(found.row_dual)
        inside = options.get("run_crossover") == "off"
        bound = objective - (CLOSE * abs(objective) if inside else 0.0)
        answer = Answer(columns, objective, bound, prices, row_prices)
        return _Told(status, answer, self._broken(problem, columns))

    def _asked_of_copy(self, options: Mapping[str, Any], by: Scales) -> _Told:
        """Return what the solver says of a copy whose rows and columns are scaled."""
        problem = self.highs.getLp()
        cost = np.array(problem.col_cost_)
        unit = 2.0 ** -np.round(np.log2(max(np.abs(cost * by.columns).max(initial=0.0), 1e-9)))
        highs = _silent()
        for name, value in {"primal_feasibility_tolerance": FEASIBLE, **options}.items():
            highs.setOptionValue(name, value)
        highs.passModel(
            _highs_problem(
                cost * by.columns * unit,
                (
                    np.array(problem.col_lower_) / by.columns,
                    np.array(problem.col_upper_) / by.columns,
                ),
                (np.array(problem.row_lower_) * by.rows, np.array(problem.row_upper_) * by.rows),
                scaling.scaled(self._entries_now(problem), by),
            )
        )
        status = self._run(highs, TIME_LIMIT)
        if status != highspy.HighsModelStatus.kOptimal:
            return _Told(status)
        found = highs.getSolution()
        lower, upper = np.array(problem.col_lower_), np.array(problem.col_upper_)
        columns = np.clip(np.array(found.col_value) * by.columns, lower, upper)
        prices = np.array(found.col_dual) / by.columns / unit
        row_prices = np.array(found.row_dual) * by.rows / unit
        objective = float(cost @ columns) + float(problem.offset_)
        answer = Answer(columns, objective, objective, prices, row_prices)
        return _Told(status, answer, self._broken(problem, columns))

    def _entries_now(self, problem: Any) -> Entries:
        """Return the coefficients that the solver holds, without asking it where they are known."""
        return self.entries if self._as_written else _entries_of(problem)

    def _broken(self, problem: Any, columns: Array) -> float:
        """Return by how much an answer breaks a row, as a share of what stands in it."""
        rows, places, values = self._entries_now(problem)
        terms = values * columns[places]
        total = np.bincount(rows, terms, problem.num_row_)
        size = np.maximum(1.0, np.bincount(rows, np.abs(terms), problem.num_row_))
        lower, upper = np.array(problem.row_lower_), np.array(problem.row_upper_)
        return float((np.maximum(lower - total, total - upper) / size).max(initial=0.0))

    def _cannot_be_met(self) -> bool:
        """Return whether it is proven that rules which may not be missed cannot all be met.

        Where the solver cannot decide, the least that they are missed by in all does: that
        question always has an answer, and has one that is not 0 only if they cannot be met.
        """
        if self.misses_allowed or self.seconds_left <= 0:
            return False
        highs, problem = self.highs, self.highs.getLp()
        aim, offset = np.array(problem.col_cost_), float(problem.offset_)
        self.allow_misses(True)
        self.aim(self.penalty)
        try:
            least = self.solve(fresh=True)
        except SolverError:
            return False
        finally:
            self.allow_misses(False)
            if self.highs is highs:
                self.aim(aim, offset)
        return least is None or least.bound > MISSED_IN_ALL

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
            status = self._run(highs, seconds)
            if status not in NO_ANSWER:
                break
        highs.setOptionValue("presolve", "choose")
        info = highs.getInfo()
        if status in NO_ANSWER and not known:
            return None
        stopped = status in STOPPED
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

    def _run(self, highs: Any, seconds: float) -> Any:
        """Run a solver for so long at most, or for as long as is left, and return its status."""
        seconds = min(seconds, self.seconds_left)
        size = len(self.entries.values)
        steps = int(min(NO_END, seconds / (effort.STEP * max(1, size))))
        _, asked = highs.getOptionValue("simplex_iteration_limit")
        highs.setOptionValue("simplex_iteration_limit", min(asked, steps))
        highs.setOptionValue("mip_max_nodes", steps // STEPS_A_NODE)
        highs.setOptionValue("time_limit", highs.getRunTime() + PATIENCE * seconds)
        # In a thread of its own, so that ctrl-C is heard and a run without end can be left.
        running = Thread(target=highs.run, daemon=True, name="solver")
        running.start()
        running.join(PATIENCE * (seconds + GRACE))
        if running.is_alive():
            if highs is self.highs:
                self.highs = _load(self.formulation.sheet)  # the run goes on with the old one
                self._as_written = True
                self._shifts.clear()
                self.allow_misses(self.misses_allowed)
            waited = PATIENCE * (seconds + GRACE)
            raise SolverError(f"no answer after {waited:g} seconds", "sizing the team")
        _count(highs, size)
        highs.setOptionValue("simplex_iteration_limit", asked)
        return highs.getModelStatus()


def _count(highs: Any, size: int) -> None:
    """Count the work that a run of the solver was, of a problem with so many coefficients."""
    told = highs.getInfo()
    simplex, inside = max(0, told.simplex_iteration_count), max(0, told.ipm_iteration_count)
    simplex += max(0, told.crossover_iteration_count)
    effort.spend(effort.ASKED + size * (effort.STEP * simplex + effort.INSIDE * inside))


class SmallProblem:
    """A small problem in whole numbers, whose bounds are moved and which is solved again at will.

    How long it may take is counted in steps of the simplex and in nodes, not in seconds, so that
    the same problem has the same answer on any machine, however busy. The clock only ends what
    counting did not.
    """

    def __init__(self, sheet: Sheet, lower: Array, upper: Array, offset: float) -> None:
        """Take over a sheet with bounds of its own; `offset` is added to what is minimised."""
        rows = (
            np.array([row.lower for row in sheet.rows]),
            np.array([row.upper for row in sheet.rows]),
        )
        self.cost, self.whole = np.array(sheet.cost), np.flatnonzero(sheet.whole)
        self.lower, self.upper = lower.copy(), upper.copy()
        self.work = 0
        self._kinds = _kinds(sheet)
        self._written = _highs_problem(self.cost, (lower, upper), rows, entries(sheet))
        self._written.offset_ = offset
        self._rows, self._size = len(sheet.rows), max(1, len(self._written.a_matrix_.value_))
        self._highs = _silent()
        self._highs.passModel(self._written)
        options = {"presolve": "off", "simplex_iteration_limit": STEPS, "time_limit": NO_END}
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        paid = np.flatnonzero(self.cost).astype(np.int32)
        self._highs.addRow(-np.inf, np.inf, len(paid), paid, self.cost[paid])

    def bind(self, column: int, lower: float, upper: float) -> None:
        """Set the bounds of a column, allowing part ones and in whole numbers."""
        self.lower[column], self.upper[column] = lower, upper
        self._highs.changeColBounds(column, lower, upper)

    def cost_at_most(self, most: float) -> None:
        """Look only at answers that cost no more, allowing part ones."""
        self._highs.changeRowBounds(self._rows, -np.inf, self._spent(most))

    def solve(self) -> Answer | None:
        """Return the least cost allowing part ones; None where none is found."""
        if self._run(DUAL) != highspy.HighsModelStatus.kOptimal:
            return None
        objective = float(self._highs.getInfo().objective_function_value)
        return Answer(np.array(self._highs.getSolution().col_value), objective, objective)

    @contextmanager
    def any_cost(self) -> Iterator[None]:
        """Ask for ends of columns for a while, instead of the least cost."""
        places = np.arange(len(self.cost), dtype=np.int32)
        self._highs.changeColsCost(len(places), places, np.zeros(len(places)))
        try:
            yield
        finally:
            self._highs.changeColsCost(len(places), places, self.cost)

    def end(self, column: int, sign: float) -> Array | None:
        """Return an answer with the least that a column can be, or with a sign of -1 the most."""
        self._highs.changeColCost(column, sign)
        status = self._run(PRIMAL)
        found = np.array(self._highs.getSolution().col_value)
        self._highs.changeColCost(column, 0.0)
        return found if status == highspy.HighsModelStatus.kOptimal else None

    def branched(self, known: Answer | None, gap: float, seconds: float) -> Answer | None:
        """Return an answer in whole numbers by branch and bound; None if proven to have none.

        Args:
            known: an answer in whole numbers, to begin with.
            gap: how far from the least it may be.
            seconds: the time limit, where nodes do not end it before.

        Raises:
            SolverError: neither was found.
        """
        problem = self._written
        problem.col_lower_, problem.col_upper_ = self.lower, self.upper
        problem.integrality_ = self._kinds
        highs = _silent()
        highs.passModel(problem)
        nodes = int(np.clip(IN_NODES / self._size, *NODES))
        limits = {"mip_max_nodes": nodes, "time_limit": PATIENCE * seconds, "mip_abs_gap": gap}
        for name, value in {**limits, "mip_rel_gap": 0.0, **BRANCHING}.items():
            highs.setOptionValue(name, value)
        if known is not None:
            start = highspy.HighsSolution()
            start.col_value = known.columns.tolist()
            highs.setSolution(start)
        running = Thread(target=highs.run, daemon=True, name="solver")
        running.start()
        running.join(PATIENCE * (seconds + GRACE))
        status = None if running.is_alive() else highs.getModelStatus()
        if status is not None:
            _count(highs, self._size)
        if status in NO_ANSWER:
            return None
        info = None if status is None else highs.getInfo()
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        if not info or info.primal_solution_status != feasible:
            raise SolverError("no answer in the time", "sizing the team in whole posts")
        found = np.array(highs.getSolution().col_value)
        return Answer(found, float(info.objective_function_value), float(info.mip_dual_bound))

    def _spent(self, cost: float) -> float:
        return cost - float(self._written.offset_)

    def _run(self, strategy: int) -> Any:
        """Run the simplex from the last answer, and again from nothing if it loses its way."""
        highs = self._highs
        highs.setOptionValue("simplex_strategy", strategy)
        highs.run()
        steps = max(0, int(highs.getInfo().simplex_iteration_count))
        self.work += steps * self._rows
        effort.spend(effort.STEP * self._size * steps)
        return highs.getModelStatus()


def _kinds(sheet: Sheet) -> list[Any]:
    """Return HiGHS's names for whole numbers and others, column by column."""
    kinds = highspy.HighsVarType
    kind_of = {True: kinds.kInteger, False: kinds.kContinuous}  # looked up once, not every time
    return [kind_of[whole] for whole in sheet.whole]


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


class _Silent(highspy.Highs):
    """HiGHS told to print nothing before it does anything.

    From 1.16 on it prints a banner to standard output when callbacks are set, which its own
    `__init__` does: too early for any option that is set afterwards.
    """

    def enableCallbacks(self) -> None:
        """Turn its output off, then do as HiGHS does."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _silent() -> Any:
    """Return an empty HiGHS with our options, which prints nothing."""
    highs: Any = _Silent()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, **HEURISTICS_OFF, **DEVEX}.items():
        highs.setOptionValue(name, value)
    return highs


def entries(sheet: Sheet) -> Entries:
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


def _load_like(sheet: Sheet, written: Entries, known: Any) -> Any:
    """Return HiGHS holding a problem, starting from the last answer to one of the same shape."""
    rows = np.array([row.lower for row in sheet.rows]), np.array([row.upper for row in sheet.rows])
    columns = np.array(sheet.lower), np.array(sheet.upper)
    problem = _highs_problem(np.array(sheet.cost), columns, rows, written)
    problem.integrality_ = _kinds(sheet)
    highs = _silent()
    highs.passModel(problem)
    same = (known.getNumCol(), known.getNumRow()) == (problem.num_col_, problem.num_row_)
    if same and known.getBasis().valid:
        highs.setBasis(known.getBasis())
    return highs


def _highs_problem(
    cost: Array, columns: tuple[Array, Array], rows: tuple[Array, Array], entries: Entries
) -> Any:
    """Return a problem as HiGHS takes it, its coefficients sorted by row."""
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = len(cost), len(rows[0])
    problem.col_cost_ = cost
    problem.col_lower_, problem.col_upper_ = columns
    problem.row_lower_, problem.row_upper_ = rows
    matrix = problem.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    order = np.argsort(entries.rows, kind="stable")
    lengths = np.bincount(entries.rows, minlength=len(rows[0]))
    matrix.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    matrix.index_ = np.asarray(entries.columns, dtype=np.int32)[order]
    matrix.value_ = entries.values[order]
    return problem
