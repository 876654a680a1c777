"""The least cost of every completion standard from 70% to 99%, and the best for a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from capacity.kinds import COMPLETION
from capacity.staffing.questions import Question
from capacity.staffing.varying import Least, least_of_part

LEVELS = tuple(round(0.70 + 0.01 * step, 2) for step in range(30))
"""The completion standards tried."""


@dataclass(frozen=True)
class Point:
    """A row of the `frontier` table: all completion standards at one level, others as they are.

    Allowing part posts. NaN where no plan meets them.
    """

    completion: float
    cost: float  # EQ15, £ discounted over the horizon
    posts: float  # at the end, all teams


def frontier(question: Question, levels: Sequence[float] = LEVELS) -> tuple[Point, ...]:
    """Return what completion costs at least; nothing where no standard is about completion.

    Each level is the same problem with other coefficients, solved from the last answer.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    every = [row for part in question.parts for row in part.formulation.rule_rows]
    if not any(row.kind == COMPLETION.key for row in every):
        return ()
    by_part = [_of_part(part, levels) for part in question.parts]
    today = float(question.model.people.posts[0, -1].sum())
    found = []
    for level, costs in zip(levels, zip(*by_part, strict=True), strict=True):
        some = [one for one in costs if one is not None]
        there = len(some) == len(costs)
        cost = sum(one.cost for one in some) if there else np.nan
        added = sum(float(one.added[:, -1].sum()) for one in some) if there else np.nan
        found.append(Point(level, cost, today + added))
    return tuple(found)


def _of_part(part: Question, levels: Sequence[float]) -> list[Least | None]:
    """Return what one part of the question comes to at every level."""
    rows = [row for row in part.formulation.rule_rows if row.kind == COMPLETION.key]
    if not rows:
        return [least_of_part(part)] * len(levels)
    found = []
    for level in levels:
        for row in rows:
            part.problem.shift_levels([row], level - row.level)
        found.append(least_of_part(part))
    part.problem.shift_levels(rows, 0.0)
    return found


def best_for(points: Sequence[Point], budget: float) -> float:
    """Return the best completion that a budget pays for, read sideways; NaN if it buys none.

    `budget`: £ discounted over the horizon, as the frontier's cost. Between two points it is read
    off the straight line.

    Returns:
        A share.
    """
    return bought_for(points, budget).completion


def bought_for(points: Sequence[Point], budget: float) -> Point:
    """Return what a budget buys: the best completion, its cost and its posts; NaN if none.

    Read off as `best_for` says; what a budget has beyond the dearest point is not spent.
    """
    known = [point for point in points if not np.isnan(point.cost)]
    if not known or budget < known[0].cost:
        return Point(np.nan, np.nan, np.nan)
    for one, other in pairwise(known):
        if other.cost > budget:
            part = (budget - one.cost) / (other.cost - one.cost)
            return Point(
                one.completion + part * (other.completion - one.completion),
                budget,
                one.posts + part * (other.posts - one.posts),
            )
    return known[-1]
