"""Whole numbers without branching: bounds drawn in, and answers rounded one number at a time.

Whole posts by month are hard to branch on and easy to round. In hardly any month can posts be as
few as the answer allowing part posts says: the fewest that a month can have, by that answer, are
rounded up month by month, and the least cost with these bounds comes close to that of whole posts.
From there one number after the other is made whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from capacity.engine.model import Array
from capacity.staffing.solver import WHOLE, Answer, SmallProblem

SURELY = 1e-5
"""How far above a whole number the end of a column must lie to be rounded beyond it."""

MOST_WORK = 6_000_000
"""Steps of the simplex, times rows, that drawing in bounds or one rounding may take."""


def whole_numbers(
    problem: SmallProblem, gap: float, below: float, seconds: float
) -> tuple[Answer | None, float]:
    """Return an answer in whole numbers, and the cost that none is below.

    None where none costs less than `below` by more than the gap; the bound says so. Branch and
    bound is asked only where rounding finds none, or is not proven to be near enough.

    Args:
        problem: its bounds drawn in already; they are drawn in further.
        gap: how far from the least it may be; without end where any answer will do.
        below: what a plan that is known costs.
        seconds: the time limit, where counting does not end it before.

    Raises:
        SolverError: neither an answer was found nor that there is none.
    """
    relaxed = problem.solve()
    bound = -np.inf if relaxed is None else relaxed.objective
    near = gap if np.isfinite(gap) else 0.0
    if bound >= below - near:
        return None, bound
    best = rounded(problem, relaxed, near, below) if relaxed is not None else None
    if best is not None and best.objective - bound <= gap:
        return best, bound
    if not np.isfinite(gap) and np.isfinite(below):
        return None, bound
    most = min(below, np.inf if best is None else best.objective)
    if np.isfinite(most):
        problem.cost_at_most(most)
        if not drawn_in(problem, 1.0):
            return best, most
        relaxed = problem.solve()
        bound = max(bound, min(most, relaxed.objective if relaxed else bound))
        if bound >= most - near:
            return best, bound
    found = problem.branched(best, gap, seconds)
    if found is None:
        return best, most
    return found, max(bound, found.bound)


def drawn_in(problem: SmallProblem, sign: float) -> bool:
    """Draw in the lower bounds of whole numbers, or with a sign of -1 the upper ones.

    No answer in whole numbers is lost. False where there is none at all.
    """
    ends = problem.work + MOST_WORK
    with problem.any_cost():
        for column in problem.whole.tolist():
            if problem.work > ends:
                break
            at = problem.end(column, sign)
            if at is None:
                continue
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


def rounded(problem: SmallProblem, relaxed: Answer, gap: float, below: float) -> Answer | None:
    """Return the best answer in whole numbers that rounding finds; None where it finds none.

    Args:
        problem: as it stands.
        relaxed: its answer allowing part ones.
        gap: how far from that is near enough.
        below: what it must cost less than.
    """
    best: Answer | None = None
    for found in _each_way(problem, relaxed, below):
        if best is None or found.objective < best.objective:
            best = found
        if best.objective - relaxed.objective <= gap:
            break
    return best


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
    problem: SmallProblem, at: Array, some: Array, above: Array, choose: Choice
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
