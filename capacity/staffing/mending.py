"""Posts that just miss a rule, brought forward one at a time until every rule is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from capacity.engine.model import Array, Whole
from capacity.staffing.questions import Question
from capacity.staffing.solver import FREE_POST, Answer

STEPS = 40
"""How many posts are brought forward at most."""

TRIED = 10
"""How many ways to bring one forward are tried where the best does not help."""

HELPS = 1e-3
"""By how much, in £, what is missed must fall for a step to help."""


def mended(
    question: Question, added: Array, answer: Answer, tell: Callable[[Answer], None]
) -> tuple[Array, Answer] | None:
    """Return a plan near some posts that meets every rule; None where none was found.

    Posts by the outline of a problem miss a rule by a trifle where real people join or leave a
    little otherwise than the solver assumes, or where duties need a few hours more. Each step
    brings one post forward, or adds one, where the prices of what is missed say that it is worth
    most for its money.

    Args:
        question: some teams. Where posts move within a total nothing is mended.
        added: posts by grade and start.
        answer: what is missed least with them.
        tell: is told what is missed on the way.
    """
    if question.model.keeps_total:
        return None
    missed = _missed(question, answer)
    for _ in range(STEPS):
        if not question.misses(answer):
            return added, answer
        tell(answer)
        for trial in _brought_forward(question, added, answer, missed):
            if question.problem.seconds_left <= 0:
                return None
            found = question.missing_least(trial)
            if found is not None and (less := _missed(question, found)) < missed - HELPS:
                added, answer, missed = trial, found, less
                break
        else:
            return None
    return None


def _missed(question: Question, answer: Answer) -> float:
    """Return what a plan misses, in £."""
    return float(question.problem.penalty @ answer.columns)


def _brought_forward(
    question: Question, added: Array, answer: Answer, missed: float
) -> Iterator[Array]:
    """Yield posts with one of them from an earlier start, the most useful for its money first."""
    worth, cost = _worth(question, answer), _cost(question)
    steps = np.diff(added, axis=1, prepend=0.0)
    found = []
    for grade in np.flatnonzero((question.formulation.added >= 0).any(axis=1)).tolist():
        ends = [*np.flatnonzero(steps[grade] > 0).tolist(), added.shape[1]]
        for end in ends:
            gain = np.cumsum(worth[grade, :end][::-1])
            spent = np.cumsum(cost[grade, :end][::-1])
            if not len(gain):
                continue
            share = np.minimum(gain, missed) / spent
            best = int(np.argmax(share))
            if gain[best] > HELPS:
                found.append((-float(share[best]), grade, end - 1 - best, end))
    for _, grade, start, end in sorted(found)[:TRIED]:
        trial = added.copy()
        trial[grade, start:end] += 1.0
        if question.may_be(trial):
            yield trial


def _cost(question: Question) -> Array:
    """Return what a post costs from each start to the next, in £. Shape: [grade, start]."""
    places = question.formulation.added
    return np.asarray(np.where(places >= 0, question.problem.cost[places], 0.0) + FREE_POST)


def _worth(question: Question, answer: Answer) -> Array:
    """Return how much less is missed, at most, with one more post from each start to the next.

    Read off the reduced costs of the posts and people that are held.

    Returns:
        In £. Shape: [grade, start].
    """
    places = question.formulation
    prices = answer.prices
    assert prices is not None

    def of(columns: Whole) -> Array:
        return np.asarray(np.where(columns >= 0, prices[columns], 0.0))

    people = (of(places.in_post) + of(places.joined)).T
    by_start = np.add.reduceat(people, question.model.starts, axis=1)
    return np.asarray(_cost(question) - of(places.added) - by_start)
