"""Posts that follow what is known at a review, as rows of a table (EQ30).

The compiled simulation takes it; it stands by itself because that takes a second to load, and most
commands simulate nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.engine.model import Array, Whole

OF_CASES, OF_HOURS, OF_OVERDUE = range(3)
"""What the posts of a review can follow: a team's cases, the hours they ask for, hours overdue."""


@dataclass(frozen=True)
class Review:
    """Posts that follow what is known at a review, as rows of a table.

    The posts of a grade from a month on are the most of its rows whose measure has reached what
    the row says; without one they stay as they are. They rise at once. They fall only where the
    grade may shrink, and only as people leave.

    Attributes:
        month: of the review, from 0; what is known is last month's end. Shape: [row].
        start: month from which the posts hold. Shape: [row].
        team: whose measure is looked at. Shape: [row].
        grade: whose posts they are. Shape: [row].
        measure: what is looked at: `OF_CASES`, the team's cases; `OF_HOURS`, hours a
            month that they ask for, other work and duties at their frequency, and a twelfth of
            the hours overdue; `OF_OVERDUE`, hours overdue. Shape: [row].
        at_least: what the measure must reach. Shape: [row].
        posts: posts then. Shape: [row].
    """

    month: Whole
    start: Whole
    team: Whole
    grade: Whole
    measure: Whole
    at_least: Array
    posts: Array

    @classmethod
    def none(cls) -> Review:
        """Return the table without a row: posts stay as they are given."""
        nothing, numbers = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(nothing, nothing, nothing, nothing, nothing, numbers, numbers)

    @cached_property
    def looks(self) -> tuple[int, Whole]:
        """How often a review looks at a measure of a team, and which of these a row is about."""
        every = np.stack([self.month, self.team, self.measure], axis=1)
        found, which = np.unique(every, axis=0, return_inverse=True)
        return len(found), which.reshape(-1)

    def wanted(self, seen: Array) -> Array:
        """Return the posts that the reviews ask for, by what they saw.

        Args:
            seen: what it was at each look. Shape: [draw, look].

        Returns:
            Shape: [draw, look and grade].
        """
        looks = self.looks[1]
        each = []
        for look, grade in sorted(set(zip(looks.tolist(), self.grade.tolist(), strict=True))):
            rows = (looks == look) & (self.grade == grade)
            each.append(most_reached(self.at_least[rows], self.posts[rows], seen[:, look]))
        return np.stack(each, axis=1) if each else np.zeros((len(seen), 0))


def most_reached(at_least: Array, posts: Array, seen: Array) -> Array:
    """Return the most posts of the rows whose value is reached; 0 where none is.

    Args:
        at_least: the value of each row. Shape: [row].
        posts: of each row. Shape: [row].
        seen: what was seen. Shape: [draw].

    Returns:
        Shape: [draw].
    """
    order = np.argsort(at_least, kind="stable")
    most = np.concatenate([[0.0], np.maximum.accumulate(posts[order])])
    found: Array = most[np.searchsorted(at_least[order], seen, side="right")]
    return found
