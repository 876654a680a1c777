"""The least-cost team that meets the standards (EQ15–EQ21), solved and proven.

The only file that knows a solver: PuLP holds the problem, HiGHS solves it. The problem is built
once; every question after that changes bounds and solves again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import highspy
import numpy as np
import pulp

from capacity import pipeline, standards, workforce
from capacity.caseload import Caseload
from capacity.demand import Demand
from capacity.errors import SolverError
from capacity.formulation import (
    POUNDS_AN_HOUR_MISSED,
    Formulation,
    RuleRow,
    Sheet,
    formulate,
)
from capacity.model import Array, Model, Period, Whole
from capacity.pipeline import Pipeline
from capacity.projection import Programme, Projection, project
from capacity.standards import Judgement
from capacity.workforce import Workforce

GAP = 0.005
"""A plan with whole posts is proven to cost at most this share more than the least."""

TIME_LIMIT = 60.0
"""Seconds after which the best verified plan is returned with its real gap."""

FEASIBLE = 1e-9
"""How closely the solver must hold every row; with whole posts its own 1e-7, or it errs."""

FREE_POST = 0.01
"""What a year of a post that costs nothing counts for, in £, so that fewer are better."""

UNBOUNDED = 1e30
"""What HiGHS takes for infinity."""

CHECKED_TO = 1e-5
"""How closely every equation must hold in our own check."""

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

REACH = 1e-9
"""How far a level may lie above what access allows."""

WHOLE = 1e-6
"""How far from a whole number still counts as whole."""

NEIGHBOURS = 100
"""How many plans near one that is not proven to cost the least may be tried."""

REPAIRS = 12
"""How often posts may be added to a plan whose people join later than the solver assumed."""

Status = Literal["meets every standard", "misses least"]


@dataclass(frozen=True)
class Answer:
    """A proven answer of the solver."""

    columns: Array
    objective: float
    bound: float


@dataclass(frozen=True)
class Sizing:
    """The least-cost team and what it does."""

    status: Status
    cost: float  # EQ15, £ discounted, misses apart
    bound: float  # no plan costs less, misses counted
    objective: float  # cost and what misses count for
    relaxed_cost: float  # without whole posts, misses apart
    added: Array  # [grade, year], posts
    posts: Array  # [month, grade]
    staff: Workforce
    programme: Programme
    projection: Projection
    judgements: tuple[Judgement, ...]
    missed_in_strict_order: int
    missing: tuple[int, ...] = ()  # teams sized together with one that misses a rule

    @property
    def gap(self) -> float:
        """How much more than the least the plan may cost, as a share of its cost."""
        return max(0.0, self.objective - self.bound) / self.cost if self.cost > 0 else 0.0


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
        self.highs: Any = _load(sheet) if like is None else _load_like(sheet, like.highs)
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
            written = dict(zip(row.columns.tolist(), row.coefficients.tolist(), strict=True))
            for column in rule.level_columns:
                self.highs.changeCoeff(rule.row, column, written.get(column, 0.0) - change)

    def loosest(self, rules: Sequence[RuleRow], *, whole: bool, seconds: float) -> float | None:
        """Return by how much the levels of limits must rise at least for any plan to exist.

        `rules`: limits on money or posts, all moved together. None where no rise is enough.
        """
        highs, rise = self.highs, self.highs.getNumCol()
        rows = np.array([rule.row for rule in rules], dtype=np.int32)
        shares = np.array([-rule.level_share for rule in rules])
        self.allow_misses(False)
        self.aim(np.zeros(len(self.cost)))
        highs.addCol(1.0, 0.0, np.inf, len(rows), rows, shares)
        if whole:
            posts = np.clip(self.upper[self.whole], None, MANY_POSTS)
            self.bind(self.whole, self.lower[self.whole], posts)
            answer = self.solve_whole(WHOLE, seconds, known=True)
            self.bind(self.whole, self.lower[self.whole], self.upper[self.whole])
        else:
            answer = self.solve(fresh=True)
        highs.deleteCols(1, np.array([rise], dtype=np.int32))
        self.allow_misses(False)
        return None if answer is None else answer.objective

    def most_spare(self, rows: Sequence[int]) -> float | None:
        """Return the most that the upper bounds of some rows could all fall by at once."""
        highs, fall = self.highs, self.highs.getNumCol()
        misses = self.misses_allowed
        self.allow_misses(False)
        self.aim(np.zeros(len(self.cost)))
        places = np.array(rows, dtype=np.int32)
        highs.addCol(-1.0, 0.0, np.inf, len(places), places, np.ones(len(places)))
        answer = self.solve()
        highs.deleteCols(1, np.array([fall], dtype=np.int32))
        self.allow_misses(misses)
        return None if answer is None else -answer.objective

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
        for strategy in (DUAL, PRIMAL):
            if status == highspy.HighsModelStatus.kOptimal:
                break
            # Its short cuts have called possible problems impossible, and a stale basis can leave
            # one undecided: ask again without either, in two ways, before believing it.
            highs.clearSolver()
            highs.setOptionValue("presolve", "off")
            highs.setOptionValue("simplex_strategy", strategy)
            status = self._run(TIME_LIMIT)
            highs.setOptionValue("presolve", "choose")
            highs.setOptionValue("simplex_strategy", DUAL)
            if status in NO_ANSWER:
                break
        if status in NO_ANSWER:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(highs.modelStatusToString(status), "sizing the team")
        objective = float(highs.getInfo().objective_function_value)
        return Answer(np.array(highs.getSolution().col_value), objective, objective)

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
        self.highs.run()
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
        terms = zip(row.columns.tolist(), row.coefficients.tolist(), strict=True)
        expression = pulp.LpAffineExpression([(columns[c], value) for c, value in terms])
        if row.lower == row.upper:
            sense, bound = pulp.LpConstraintEQ, row.lower
        elif row.lower > -np.inf:
            sense, bound = pulp.LpConstraintGE, row.lower
        else:
            sense, bound = pulp.LpConstraintLE, min(row.upper, UNBOUNDED)
        problem.addConstraint(pulp.LpConstraint(expression, sense, f"{row.equation}_{n}", bound))
    solver = pulp.HiGHS(msg=False, threads=1, **HEURISTICS_OFF, **DEVEX)
    solver.createAndConfigureSolver(problem)
    solver.buildSolverModel(problem)
    assert [column.index for column in columns] == list(range(len(columns)))
    for n, row in enumerate(sheet.rows):
        if -np.inf < row.lower < row.upper < np.inf:  # PuLP's rows have one bound only
            problem.solverModel.changeRowBounds(n, row.lower, row.upper)
    return problem.solverModel


def _load_like(sheet: Sheet, known: Any) -> Any:
    """Return HiGHS holding a problem, starting from the last answer to one of the same shape."""
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = len(sheet.lower), len(sheet.rows)
    problem.col_cost_, problem.col_lower_, problem.col_upper_ = (
        np.array(numbers) for numbers in (sheet.cost, sheet.lower, sheet.upper)
    )
    problem.row_lower_ = np.array([row.lower for row in sheet.rows])
    problem.row_upper_ = np.array([row.upper for row in sheet.rows])
    kinds = highspy.HighsVarType
    problem.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in sheet.whole]
    matrix = problem.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *(len(row.columns) for row in sheet.rows)]).astype(np.int32)
    matrix.index_ = np.concatenate([row.columns for row in sheet.rows]).astype(np.int32)
    matrix.value_ = np.concatenate([row.coefficients for row in sheet.rows])
    solver: Any = highspy.Highs  # it comes without types
    highs = solver()
    for name, value in {"output_flag": False, "threads": 1, **HEURISTICS_OFF, **DEVEX}.items():
        highs.setOptionValue(name, value)
    highs.passModel(problem)
    same = (known.getNumCol(), known.getNumRow()) == (problem.num_col_, problem.num_row_)
    if same and known.getBasis().valid:
        highs.setBasis(known.getBasis())
    return highs


@dataclass(frozen=True)
class Miss:
    """A rule missed in a period by some of its own units; of `short` hours, the team's name."""

    rule: str
    kind: str
    tier: str | None
    period: Period
    amount: float
    hours: float  # casework hours that it counts for


@dataclass
class Question:
    """The sizing problem of some teams of a model: built when first asked, solved at will."""

    model: Model
    caseload: Caseload
    demand: Demand
    today: Projection
    today_staff: Workforce
    teams: tuple[int, ...]
    like: Question | None = None  # one of the same shape, whose answers are near

    @cached_property
    def pipeline(self) -> Pipeline:
        """How due duties follow from those done."""
        return pipeline.coefficients(self.model, self.caseload)

    @cached_property
    def problem(self) -> Problem:
        """The problem in the solver."""
        uncut = self.today_staff.uncut_hours[0]
        written = formulate(
            self.model, self.caseload, self.demand, self.pipeline, self.today, uncut, self.teams
        )
        return Problem(written, self.like.problem if self.like else None)

    @cached_property
    def parts(self) -> tuple[Question, ...]:
        """The same question for teams that nothing links, each by itself."""
        groups = linked_teams(self.model)
        if len(groups) == 1:
            return (self,)
        known = {part.teams: part for part in self.like.parts} if self.like else {}
        parts = tuple(replace(self, teams=group, like=known.get(group)) for group in groups)
        for part in parts:
            part.__dict__["pipeline"] = self.pipeline
        return parts

    @property
    def formulation(self) -> Formulation:
        """Where the columns and rows of the problem stand."""
        return self.problem.formulation

    def posts_of(self, answer: Answer) -> Array:
        """Return added posts of an answer, 0 for other teams' grades. Shape: [grade, year]."""
        added = self.formulation.added
        return np.where(added >= 0, answer.columns[added], 0.0)

    def cost_of(self, answer: Answer) -> float:
        """Return the discounted cost of an answer, misses apart (EQ15)."""
        return float(self.problem.cost @ answer.columns) + self.formulation.constant

    def fix_posts(self, added: Array) -> None:
        """Hold added posts at given numbers."""
        there = self.formulation.added >= 0
        self.problem.bind(self.formulation.added[there], added[there], added[there])

    def free_posts(self) -> None:
        """Let added posts be decided again."""
        columns = self.formulation.added[self.formulation.added >= 0]
        problem = self.problem
        problem.bind(columns, problem.lower[columns], problem.upper[columns])

    def staff(self, added: Array) -> Workforce:
        """Return the people that follow from added posts (EQ14)."""
        by_month = added[:, self.model.calendar.year_of].T
        return workforce.staff(self.model, self.model.people.posts + by_month[None])

    def fix_people(self, staff: Workforce) -> None:
        """Hold people at what recruitment gives, so that none is held back or brought forward."""
        places = self.formulation
        joined = np.cumsum(staff.joiners - staff.joined_due, axis=1)[0]
        released = np.cumsum(staff.releases, axis=1)[0]
        for columns, numbers in (
            (places.in_post, staff.in_post[0]),
            (places.joined, joined),
            (places.joined_due, staff.joined_due[0]),
            (places.released, released),
        ):
            there = columns >= 0
            self.problem.bind(columns[there], numbers[there], numbers[there])
        away = np.maximum(0.0, -staff.uncut_hours[0])
        there = places.spilt >= 0
        self.problem.bind(places.spilt[there], away[there], away[there])
        self.problem.free_rows("EQ14")  # the people held are its very answer

    def free_people(self) -> None:
        """Let people follow from the inequalities of EQ14 again."""
        places, problem = self.formulation, self.problem
        held = (places.in_post, places.joined, places.joined_due, places.released, places.spilt)
        for columns in held:
            there = columns[columns >= 0]
            problem.bind(there, problem.lower[there], problem.upper[there])
        problem.hold_rows("EQ14")

    def misses_with(self, added: Array, staff: Workforce | None = None) -> tuple[Miss, ...]:
        """Return what is missed least with given posts and people, most hours first.

        By default the people of EQ14 for these posts.
        """
        problem, places = self.problem, self.formulation
        allowed = problem.misses_allowed
        problem.allow_misses(True)
        self.fix_posts(added)
        self.fix_people(staff or self.staff(added))
        answer = problem.solve(fresh=True)
        self.free_people()
        self.free_posts()
        problem.allow_misses(allowed)
        if answer is None:
            raise SolverError("infeasible although every rule may be missed", "trying other posts")
        hours = answer.columns * problem.penalty / POUNDS_AN_HOUR_MISSED
        found = [
            Miss(
                row.rule,
                row.kind,
                row.tier,
                row.period,
                float(answer.columns[row.missed]),
                float(hours[row.missed]),
            )
            for row in places.rule_rows
            if hours[row.missed] > CHECKED_TO
        ]
        for (t, team), column in np.ndenumerate(places.short):
            if column >= 0 and hours[column] > CHECKED_TO:
                period = Period(self.model.calendar.labels[t], t, t + 1)
                short = float(answer.columns[column])
                found.append(Miss(self.model.teams[team], "short", None, period, short, short))
        return tuple(sorted(found, key=lambda miss: -miss.hours))

    def programme(self, added: Array) -> Answer | None:
        """Return what is done at least cost with given posts, then with least left waiting.

        The people are those of EQ14 for these posts. Posts and people stay held.
        """
        self.fix_posts(added)
        self.fix_people(self.staff(added))
        problem = self.problem
        least = problem.solve(fresh=True)
        if least is None:
            return None
        row, misses = self.formulation.cost_row, problem.misses_allowed
        bound = least.objective - self.formulation.constant
        problem.highs.changeRowBounds(row, -np.inf, bound + 1e-8 * max(1.0, abs(bound)))
        problem.aim(problem.weight)
        best = problem.solve(fresh=True)
        problem.highs.changeRowBounds(row, -np.inf, np.inf)
        problem.allow_misses(misses)
        if best is None:
            return least
        return Answer(best.columns, least.objective, least.bound)


def linked_teams(model: Model) -> tuple[tuple[int, ...], ...]:
    """Return the teams in groups that share no lending and no budget.

    Shape: one tuple of teams a group. Unit: none. Source: docs/method.md, Sizing. Raises: nothing.
    """
    group = list(range(len(model.teams)))
    pairs = [(rule.lender, rule.borrower) for rule in model.lending]
    if any(rule.team is None for rule in model.rules.budgets):
        pairs += [(0, team) for team in group]
    for one, other in pairs:
        old, new = group[other], group[one]
        group = [new if place == old else place for place in group]
    return tuple(
        tuple(team for team, place in enumerate(group) if place == name)
        for name in dict.fromkeys(group)
    )


def ask(
    model: Model,
    caseload: Caseload,
    demand: Demand,
    staff: Workforce,
    today: Projection,
    like: Question | None = None,
) -> Question:
    """Return the sizing problem of a model, ready to be solved.

    `like`: the question of a scenario that differs in a few settings. Shape: see Question.
    Unit: £, posts. Source: docs/method.md, Sizing. Raises: nothing.
    """
    return Question(model, caseload, demand, today, staff, tuple(range(len(model.teams))), like)


@dataclass(frozen=True)
class _Found:
    """What one group of teams comes to. Shapes as in the whole model, 0 for other teams."""

    misses: bool
    cost: float
    bound: float
    objective: float
    relaxed_cost: float
    added: Array
    programme: Programme


def size(question: Question, gap: float = GAP, seconds: float = TIME_LIMIT) -> Sizing:
    """Return the least-cost team that meets the standards, or misses them least.

    EQ15–EQ21. Teams that nothing links are sized apart. Shape: see Sizing. Unit: £, posts.
    Source: docs/method.md, Sizing. Raises: SolverError if the solver proves nothing, or our own
    check finds the plan wanting.
    """
    found = [_size_part(part, gap, seconds) for part in question.parts]
    model = question.model
    staff = question.staff(_total([part.added for part in found]))
    programme = Programme(
        done=_total([part.programme.done for part in found]),
        lent=_total([part.programme.lent for part in found]),
        overtime=_total([part.programme.overtime for part in found]),
    )
    run = project(model, question.caseload, question.demand, staff, programme)
    strict = project(model, question.caseload, question.demand, staff, overtime="limit")
    sizing = Sizing(
        status="misses least" if any(part.misses for part in found) else "meets every standard",
        cost=sum(part.cost for part in found),
        bound=sum(part.bound for part in found),
        objective=sum(part.objective for part in found),
        relaxed_cost=sum(part.relaxed_cost for part in found),
        added=_total([part.added for part in found]),
        posts=staff.posts[0],
        staff=staff,
        programme=programme,
        projection=run,
        judgements=standards.judge(model, staff, run),
        missed_in_strict_order=sum(
            not judgement.met.all() for judgement in standards.judge(model, staff, strict)
        ),
        missing=tuple(
            team
            for part, one in zip(question.parts, found, strict=True)
            for team in part.teams
            if one.misses
        ),
    )
    check(question, sizing)
    return sizing


def _total(arrays: Sequence[Array]) -> Array:
    """Add up what groups of teams come to."""
    total: Array = np.sum(np.stack(arrays), axis=0)
    return total


def _size_part(question: Question, gap: float, seconds: float) -> _Found:
    """Size one group of teams: meeting every standard if any plan does, else missing least."""
    found = _attempt(question, gap, seconds, misses=False)
    found = found or _attempt(question, gap, seconds, misses=True)
    if found is None:
        raise SolverError("infeasible although every rule may be missed", "sizing the team")
    return found


def cost_of_meeting(question: Question, gap: float = GAP, seconds: float = TIME_LIMIT) -> float:
    """Return what one group of teams costs in whole posts if it meets every rule; NaN if none does.

    Found as `size` finds it. Shape: scalar. Unit: £ discounted. Source: docs/method.md, Why.
    Raises: SolverError.
    """
    found = _attempt(question, gap, seconds, misses=False)
    return float("nan") if found is None else found.cost


def _attempt(question: Question, gap: float, seconds: float, *, misses: bool) -> _Found | None:
    """Return one group of teams sized, rules missed or not; None if there is no such plan."""
    problem, places = question.problem, question.formulation
    problem.allow_misses(misses)
    relaxed = problem.solve(fresh=True)
    if relaxed is None:
        return None
    whole = _whole_posts(question, relaxed, gap * question.cost_of(relaxed), seconds)
    if whole is None:
        return None
    added, answer, bound = whole
    return _Found(
        misses=misses,
        cost=question.cost_of(answer),
        bound=bound,
        objective=answer.objective,
        relaxed_cost=question.cost_of(relaxed),
        added=added,
        programme=Programme(
            done=_read(answer, places.done),
            lent=_read(answer, places.lent),
            overtime=_read(answer, places.overtime),
        ),
    )


def _whole_posts(
    question: Question, relaxed: Answer, gap: float, seconds: float
) -> tuple[Array, Answer, float] | None:
    """Return whole posts, their programme and the proven bound; None if there are none.

    Rounding up is often good enough already. If not, the fewest posts that any plan has in each
    year, rounded up, nearly always make it so; what is left goes to branch and bound.
    """
    problem, places = question.problem, question.formulation.added
    there = places >= 0
    columns = places[there]
    bound = relaxed.objective
    rounded, ceiling = _rounded_up(question, relaxed)
    if not problem.misses_allowed and not _proven(ceiling, bound, gap):
        fewest = _fewest_posts(question, relaxed)[there]
        problem.bind(columns, fewest, problem.upper[columns])
        tight = problem.solve(fresh=True)
        if tight is None:
            question.free_posts()
            return None
        bound = tight.objective
        rounded, ceiling = _rounded_up(question, tight)
        problem.bind(columns, fewest, problem.upper[columns])
    added: Array | None = rounded
    if not _proven(ceiling, bound, gap):
        lower = np.array(problem.highs.getLp().col_lower_)[columns]
        problem.bind(columns, lower, _most_posts(question, rounded, ceiling)[there])
        answer = problem.solve_whole(gap, seconds, known=ceiling is not None)
        bound = max(bound, answer.bound) if answer else bound
        if answer and (ceiling is None or answer.objective < ceiling.objective):
            added = np.rint(question.posts_of(answer))
        elif ceiling is None:
            added = None
    question.free_posts()
    held = None if added is None else _repaired(question, added)
    if held is not None and not _proven(held[1], bound, gap):
        held = _improved(question, *held)
    return None if held is None else (*held, bound)


def _proven(answer: Answer | None, bound: float, gap: float) -> bool:
    return answer is not None and answer.objective - bound <= gap


def _rounded_up(question: Question, relaxed: Answer) -> tuple[Array, Answer | None]:
    """Return posts rounded up to whole ones, and what they cost if they meet every rule."""
    rounded = np.ceil(question.posts_of(relaxed) - WHOLE) + 0.0
    question.fix_posts(rounded)
    answer = question.problem.solve(fresh=True)
    question.free_posts()
    return rounded, answer


def _fewest_posts(question: Question, relaxed: Answer) -> Array:
    """Return the fewest whole posts that any plan has, by grade and year.

    Least posts without whole ones, rounded up, hold for every plan; each year is asked only where
    rounding up could tell more than is known. Shape: [grade, year].
    """
    problem, columns = question.problem, question.formulation.added
    wanted = np.ceil(question.posts_of(relaxed) - WHOLE)
    fewest = np.where(columns >= 0, problem.lower[columns], 0.0)
    for grade, year in np.ndindex(*columns.shape):
        if wanted[grade, year] <= fewest[grade, year]:
            continue
        only = np.zeros(len(problem.cost))
        only[columns[grade, year]] = 1.0
        problem.aim(only)
        answer = problem.solve(fresh=True)
        if answer is None:
            continue
        least = np.ceil(answer.objective - WHOLE)
        later = slice(year, year + 1 if fewest[grade, year] < 0 else None)
        fewest[grade, later] = np.maximum(fewest[grade, later], least)
        problem.bind(columns[grade], fewest[grade], problem.upper[columns[grade]])
    problem.allow_misses(problem.misses_allowed)
    return fewest


def _most_posts(question: Question, rounded: Array, ceiling: Answer | None) -> Array:
    """Return a bound on added posts: more of them alone cost more than a plan already known.

    Shape: [grade, year].
    """
    problem, columns = question.problem, question.formulation.added
    there = columns >= 0
    cost = np.where(there, problem.cost[columns], 0.0)
    lower = np.where(there, problem.lower[columns], 0.0)
    generous = 2.0 * np.maximum(rounded.max(axis=1, keepdims=True), 0.0) + 20.0
    if ceiling is None:
        return np.broadcast_to(generous, cost.shape)
    # Posts never fall, so those of one year stand in every later one too.
    each = np.where(lower < 0, cost, np.cumsum(cost[:, ::-1], axis=1)[:, ::-1])
    spare = ceiling.objective - question.formulation.constant - float((lower * cost).sum())
    proven = np.where(each > 0, np.floor(spare / np.where(each > 0, each, 1.0) + WHOLE), generous)
    return np.maximum(proven, rounded)


def _repaired(question: Question, added: Array) -> tuple[Array, Answer] | None:
    """Return posts and programme with the people of EQ14; posts are added where those fall short.

    The solver may hold a joiner back so that fewer have left by a standard's date; nobody does.
    """
    for _ in range(REPAIRS):
        answer = question.programme(added)
        if answer is not None:
            question.free_people()
            question.free_posts()
            return added, answer
        added = _one_more(question, added)
    question.free_people()
    question.free_posts()
    return None


def _one_more(question: Question, added: Array) -> Array:
    """Return posts with one more where it removes most of what is missed, then costs least."""
    problem = question.problem
    misses = problem.misses_allowed
    best, least = None, (np.inf, np.inf)
    problem.allow_misses(True)
    for grade in np.flatnonzero(question.formulation.added[:, 0] >= 0):
        for year in range(added.shape[1]):
            trial = added.copy()
            trial[grade, year] += 1
            trial[grade, year:] = np.maximum(trial[grade, year:], trial[grade, year])
            question.fix_posts(trial)
            question.fix_people(question.staff(trial))
            answer = problem.solve()
            if answer is None:
                continue
            missed = round(float(problem.penalty @ answer.columns))
            if (missed, answer.objective) < least:
                best, least = trial, (missed, answer.objective)
    problem.allow_misses(misses)
    if best is not None:
        return best
    # Not even one post more keeps what today's posts do: give back posts that were taken away.
    return np.where(added < 0, added + 1, added) if (added < 0).any() else added + 1


def _improved(question: Question, added: Array, answer: Answer) -> tuple[Array, Answer]:
    """Return a cheaper plan a post or two away, and again from there, while few have been tried.

    What repairs a plan goes by one post at a time, and may have passed a cheaper one.
    """
    tried, best, started = {added.tobytes()}, answer.objective, added
    better: Array | None = added
    while better is not None:
        added, better = better, None
        for trial in _neighbours(question, added):
            if trial.tobytes() in tried or len(tried) > NEIGHBOURS:
                continue
            tried.add(trial.tobytes())
            question.fix_posts(trial)
            question.fix_people(question.staff(trial))
            found = question.problem.solve()
            if found is not None and found.objective < best - WHOLE * max(1.0, abs(best)):
                best, better = found.objective, trial
                break
    cheaper = question.programme(added) if added is not started else None
    question.free_people()
    question.free_posts()
    return (started, answer) if cheaper is None else (added, cheaper)


def _neighbours(question: Question, added: Array) -> Iterator[Array]:
    """Yield posts with one fewer, one more, or one moved from a grade or year to another."""
    columns = question.formulation.added
    least = np.where(columns >= 0, question.problem.lower[columns], np.inf)
    shrinks = least < 0
    places = [(int(g), int(y)) for g, y in np.argwhere(columns >= 0)]

    def moved(posts: Array, place: tuple[int, int], step: int) -> Array:
        grade, year = place
        trial = posts.copy()
        trial[place] += step
        if not shrinks[place]:  # posts never fall from year to year
            others, nearest = (
                (slice(year, None), np.maximum) if step > 0 else (slice(None, year), np.minimum)
            )
            trial[grade, others] = nearest(trial[grade, others], trial[place])
        return trial

    fewer = [(place, moved(added, place, -1)) for place in places]
    fewer = [(place, trial) for place, trial in fewer if (trial >= least)[columns >= 0].all()]
    yield from (trial for _, trial in fewer)
    yield from (moved(added, place, 1) for place in places)
    for place, trial in fewer:
        yield from (moved(trial, other, 1) for other in places if other != place)


def _read(answer: Answer, columns: Whole) -> Array:
    """Return an answer's numbers at some columns, 0 where there is none."""
    return np.where(columns >= 0, np.maximum(0.0, answer.columns[columns]), 0.0)


def check(question: Question, sizing: Sizing) -> None:
    """Check a sized plan against every rule, on the projection and not on the solver's word.

    Shape: none. Unit: none. Source: docs/method.md, Sizing. Raises: SolverError naming the
    equation that does not hold.
    """
    model, run, staff = question.model, sizing.projection, sizing.staff
    people, today = model.people, question.today
    held = np.ones(len(model.rows), dtype=bool)
    judged = np.zeros((model.months, len(model.rows)), dtype=bool)
    for rule in model.rules.duties:
        for period in rule.periods:
            judged[period.first : period.end, rule.row] = True
    worse = np.where(judged, 0.0, run.outstanding[0] - today.outstanding[0])
    used = run.duty_hours + run.other_work - run.short + run.lent
    there = run.own + run.received + run.overtime
    most_overtime = np.maximum(0.0, people.overtime_limit * staff.casework)
    lent_too_much = [
        (run.lending[0, :, n] - rule.max_share[0, 0] * run.own[0, :, rule.lender]).max()
        for n, rule in enumerate(model.lending)
    ]
    shrinks = np.array(
        [people.may_shrink[:, g].all() for g in range(len(model.grades))], dtype=bool
    )
    fallen = np.where(shrinks[:, None], 0.0, -np.diff(sizing.added, axis=1, prepend=0.0))
    differences = {
        "EQ6": (run.done - model.duties.access * run.due).max(initial=0.0),
        "EQ12": max(
            (used - there).max(), (run.overtime - most_overtime).max(), *lent_too_much, 0.0
        ),
        "EQ16": max(
            (staff.in_post - staff.posts).max(initial=0.0),
            fallen.max(initial=0.0),
            np.abs(sizing.added - np.rint(sizing.added)).max(initial=0.0),
        ),
        "never worse than today": worse[:, held].max(initial=0.0),
    }
    for equation, most in differences.items():
        if most > CHECKED_TO * max(1.0, np.abs(there).max(initial=0.0)):
            raise SolverError(f"{equation} is off by {most:.2g}", "checking the sized plan")
    missed = sum(
        float(judgement.missed_by[0]) * (judgement.hours_each or 1.0)
        for judgement in (*sizing.judgements, *standards.establishment(model, staff))
        if not judgement.met.all()
    )
    missed += float(run.short.sum())
    rounding = CHECKED_TO * max(1, len(sizing.judgements))
    if sizing.status == "meets every standard" and missed > rounding:
        raise SolverError(f"standards missed by {missed:.2g} hours", "checking the sized plan")
