"""Whole numbers without branching: bounds drawn in, and answers rounded one number at a time.

Whole posts by month are hard to branch on and easy to round. In hardly any month can posts be as
few as the answer allowing part posts says: the fewest that a month can have, by that answer, are
rounded up month by month, and the least cost with these bounds comes close to that of whole posts.
From there one number after the other is made whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from capacity.engine.model import Array, Whole
from capacity.staffing.solver import WHOLE, Answer, SmallProblem

SURELY = 1e-5
"""How far above a whole number the end of a column must lie to be rounded beyond it."""

MOST_WORK = 6_000_000
"""Steps of the simplex, times rows, that drawing in bounds or one rounding may take."""


class Rounded:
    """A small problem and what rounding says of it: more is asked only where that is not enough.

    Its bounds are drawn in already, as far as they can be whatever an answer costs.
    """

    def __init__(self, problem: SmallProblem) -> None:
        """Solve it allowing part numbers."""
        self.problem = problem
        self.relaxed = problem.solve()
        self.bound = -np.inf if self.relaxed is None else self.relaxed.objective
        self.best: Answer | None = None
        self._looked = False
        self._within = np.inf  # what answers cost at most, by which bounds were drawn in

    def whole_numbers(
        self, gap: float, below: float, seconds: float
    ) -> tuple[Answer | None, float]:
        """Return an answer in whole numbers, and the cost that none is below.

        None where none costs less than `below` by more than the gap; the bound says so. Branch and
        bound is asked only where rounding finds none, or is not proven to be near enough.

        Args:
            gap: how far from the least it may be; without end where any answer will do.
            below: what a plan that is known costs.
            seconds: the time limit, where counting does not end it before.

        Raises:
            SolverError: neither an answer was found nor that there is none.
        """
        near = gap if np.isfinite(gap) else 0.0
        if self.bound >= below - near:
            return None, self.bound
        if not self._looked and self.relaxed is not None:
            self.best = rounded(self.problem, self.relaxed, below)
        self._looked = True
        if self.best is not None and self.best.objective - self.bound <= gap:
            return self.best, self.bound
        if not np.isfinite(gap) and np.isfinite(below):
            return None, self.bound
        most = min(below, np.inf if self.best is None else self.best.objective)
        if not self._drawn_in_within(most):
            return self.best, most
        if self.bound >= most - near:
            return self.best, self.bound
        found = self.problem.branched(self.best, gap, seconds)
        if found is None:
            return self.best, most
        self.best, self.bound = found, max(self.bound, found.bound)
        return found, self.bound

    def _drawn_in_within(self, most: float) -> bool:
        """Draw in the bounds by what an answer may cost; False where there is none."""
        if most < self._within:
            self._within = most
            self.problem.cost_at_most(most)
            if not drawn_in(self.problem, 1.0):
                return False
            relaxed = self.problem.solve()
            if relaxed is not None:
                self.bound = max(self.bound, min(most, relaxed.objective))
        return True


def drawn_in(problem: SmallProblem, sign: float) -> bool:
    """Draw in the lower bounds of whole numbers, or with a sign of -1 the upper ones.

    No answer in whole numbers is lost. False where there is none at all. A column that stands at
    its bound in some answer, allowing part numbers, has nothing to be drawn in.
    """
    ends = problem.work + MOST_WORK
    relaxed = problem.solve()
    at_bound = np.zeros(len(problem.cost), dtype=bool)

    def look(at: Array) -> None:
        bound = problem.lower if sign > 0 else -problem.upper
        at_bound[sign * at <= bound + SURELY] = True

    if relaxed is not None:
        look(relaxed.columns)
    with problem.any_cost():
        for column in problem.whole.tolist():
            if problem.work > ends:
                break
            found = None if at_bound[column] else problem.end(column, sign)
            if found is None:
                continue
            look(found)
            at = found[column]
            lower, upper = problem.lower[column], problem.upper[column]
            if sign > 0:
                lower = max(lower, float(np.ceil(at - SURELY)))
            else:
                upper = min(upper, float(np.floor(at + SURELY)))
            if lower > upper:
                return False
            problem.bind(column, lower, upper)
    return True


Choice = Callable[[Array], tuple[int, bool]]
"""From how far each number that is not whole lies above one: its place, and whether it rises."""


def _nearest_above(above: Array) -> tuple[int, bool]:
    return int(np.argmax(above)), True


def _earliest(above: Array) -> tuple[int, bool]:
    return 0, bool(above[0] >= 0.5)


def _nearest_above_or_below(above: Array) -> tuple[int, bool]:
    place = int(np.argmax(above))
    return place, bool(above[place] >= 0.3)


WAYS: tuple[Choice, ...] = (_nearest_above, _earliest, _nearest_above_or_below)
"""Ways to round, none always the best: together they come within 0.1% of it nearly always."""


def rounded(problem: SmallProblem, relaxed: Answer, below: float) -> Answer | None:
    """Return the best answer in whole numbers that rounding finds; None where it finds none.

    Args:
        problem: as it stands.
        relaxed: its answer allowing part ones.
        below: what it must cost less than.
    """
    found = list(_each_way(problem, relaxed, below))
    return found[-1] if found else None


def _each_way(problem: SmallProblem, relaxed: Answer, below: float) -> Iterator[Answer]:
    """Yield what each way to round comes to, each below the last."""
    columns = problem.whole
    lower, upper = problem.lower[columns].copy(), problem.upper[columns].copy()
    for choose in WAYS:
        found = _rounded_by(problem, relaxed, choose, below)
        for column, least, most in zip(columns.tolist(), lower, upper, strict=True):
            problem.bind(column, least, most)
        if found is not None:
            below = found.objective
            yield found


def _rounded_by(
    problem: SmallProblem, answer: Answer, choose: Choice, below: float
) -> Answer | None:
    """Return an answer in whole numbers by one way to round; None where that leads nowhere."""
    ends = problem.work + MOST_WORK
    while answer.objective < below and problem.work < ends:
        at = answer.columns[problem.whole]
        above = at - np.floor(at + WHOLE)
        some = np.flatnonzero(above > WHOLE)
        if not len(some):
            return answer
        following = _one_more(problem, at, some, above, choose)
        if following is None:
            return None
        answer = following
    return None


def _one_more(
    problem: SmallProblem, at: Array, some: Whole, above: Array, choose: Choice
) -> Answer | None:
    """Return the least cost with one number more made whole, the other way if the first is none."""
    place, up = choose(above[some])
    column = int(problem.whole[some[place]])
    lower, upper = float(problem.lower[column]), float(problem.upper[column])
    least = float(np.floor(at[some[place]] + WHOLE))
    for rises in (up, not up):
        problem.bind(column, *((least + 1.0, upper) if rises else (lower, least)))
        found = problem.solve()
        if found is not None:
            return found
    return None
