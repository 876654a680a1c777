"""What to agree now and at each review, as a stochastic program over the same simulations.

Written from docs/method.md (EQ30) alone, for one team under a limit on cases per officer whose
posts are filled as soon as they start. In simulation i and financial year p the limit holds when
there are at least need[i, p] posts. A plan has the same posts in every simulation until the first
review bears fruit; after it they may depend on the cases known at the reviews so far, and never
fall. Of the plans with the probability asked for in every year the cheapest is sought.

It is the extensive form, with a binary column for "at least so many posts" by simulation and year
(so that what may depend on what is a row of two columns), solved by HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pulp

Knows = Literal["nothing", "reviews", "everything"]
"""What posts after the first review may depend on: nothing (all are fixed now), the cases at the
reviews so far (more cases never mean fewer posts), or the whole of the future."""


@dataclass(frozen=True)
class Question:
    """A decision over so many simulations.

    Attributes:
        need: posts with which the limit holds. Shape: [simulation, year].
        known: cases at the review for a year; none for the first. Shape: [simulation, year - 1].
        price: discounted cost of one post. Shape: [year].
        least: posts that there are, which cannot be given back.
        asked: the probability asked for in every year.
    """

    need: np.ndarray
    known: np.ndarray
    price: np.ndarray
    least: int
    asked: float


@dataclass(frozen=True)
class Answer:
    """The cheapest plan: its posts by simulation and year, and its expected cost."""

    posts: np.ndarray
    cost: float


def solve(question: Question, knows: Knows) -> Answer:
    """Return the cheapest plan whose posts after the first review depend on what is known."""
    draws, years = question.need.shape
    counts = range(question.least + 1, int(question.need.max()) + 1)
    model = pulp.LpProblem("decision", pulp.LpMinimize)
    at_least = {  # posts of a simulation and year are at least so many
        (i, p, n): model.add_variable(f"u_{i}_{p}_{n}", cat=pulp.LpBinary)
        for i in range(draws)
        for p in range(years)
        for n in counts
    }
    holds = {
        (i, p): model.add_variable(f"z_{i}_{p}", cat=pulp.LpBinary)
        for i in range(draws)
        for p in range(years)
    }
    share = question.price / draws
    fixed = question.least * question.price.sum()
    model.setObjective(
        pulp.LpAffineExpression([(column, share[p]) for (_, p, _), column in at_least.items()])
    )
    for (i, p, n), column in at_least.items():
        if n + 1 in counts:
            model.addConstraint(column >= at_least[i, p, n + 1])
        if p:
            model.addConstraint(column >= at_least[i, p - 1, n])
    for (i, p), column in holds.items():
        need = int(question.need[i, p])
        if need in counts:
            model.addConstraint(column <= at_least[i, p, need])
    for p in range(years):
        met = pulp.lpSum(holds[i, p] for i in range(draws))
        model.addConstraint(met >= int(np.ceil(question.asked * draws - 1e-9)))
        for more, fewer in pairs(question, p, knows):
            for n in counts:
                model.addConstraint(at_least[more, p, n] >= at_least[fewer, p, n])
    status = model.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0.0, timeLimit=120))
    assert status == pulp.LpStatusOptimal
    posts = np.full((draws, years), question.least)
    for (i, p, _), column in at_least.items():
        posts[i, p] += round(column.value())
    return Answer(posts, float(model.objective.value()) + fixed)


def pairs(question: Question, year: int, knows: Knows) -> Iterator[tuple[int, int]]:
    """Yield pairs of simulations of which the first may not have fewer posts than the second.

    Pairs that follow from others are left out. Two that look alike are told both ways round, so
    that their posts are the same: nobody knows which of the two it is.
    """
    draws = len(question.need)
    if knows == "everything" and year:
        return
    if knows == "nothing" or not year:
        yield from ((i, (i + 1) % draws) for i in range(draws))  # round in a ring: all alike
        return
    seen, alike = np.unique(question.known[:, :year], axis=0, return_inverse=True)
    alike = alike.ravel()
    first = [int(np.flatnonzero(alike == k)[0]) for k in range(len(seen))]
    for k, one in enumerate(first):
        same = np.flatnonzero(alike == k).tolist()
        yield from ((i, j) for i, j in zip(same, same[1:] + same[:1], strict=True) if i != j)
        below = [j for j in range(len(seen)) if j != k and (seen[j] <= seen[k]).all()]
        for j in below:
            between = (seen[below] >= seen[j]).all(axis=1)
            if between.sum() == 1:  # j itself: nothing lies between the two
                yield one, first[j]


def followed(question: Question, answer: Answer, known: np.ndarray) -> np.ndarray:
    """Return the posts that a plan found has in other simulations, by the cases at their reviews.

    Those of the simulation with most posts of all that had no more cases at any review so far; as
    many as the least of all where every one had more.

    Args:
        question: that was asked, with what depends on reviews.
        answer: its plan.
        known: cases at the reviews. Shape: [other simulation, year - 1].
    """
    posts = np.zeros((len(known), question.need.shape[1]))
    for p in range(question.need.shape[1]):
        within = (question.known[None, :, :p] <= known[:, None, :p]).all(axis=2)
        mine = np.where(within, answer.posts[None, :, p], answer.posts[:, p].min())
        posts[:, p] = mine.max(axis=1)
    return np.maximum.accumulate(posts, axis=1)
