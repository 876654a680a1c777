"""By when posts must be agreed, and what a month later costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engine import workforce
from capacity.engine.model import Model
from capacity.plan import Plan
from capacity.staffing.questions import NEVER_WORSE, Miss, Question
from capacity.staffing.varying import part_of
from capacity.why.headlines import team_label
from capacity.wording import inside, month, period, posts

LATEST = 12
"""Posts are tried to be agreed so many months later at most."""


@dataclass(frozen=True)
class Decision:
    """A row of the `decisions` table: posts that start in a year, and a standard that needs them.

    agree_by: the last month in which agreeing them keeps every standard; none where agreeing them
        a year later would do too.
    missed_until: last period in which the standard is missed if they are agreed a month later.
    """

    team: str
    grade: str
    year: str
    posts: float
    agree_by: str | None
    standard: str | None
    tier: str | None
    missed_until: str | None
    words: str


def decisions(plan: Plan) -> tuple[Decision, ...]:
    """Return by when the posts of the sized plan must be agreed for each standard to hold.

    Posts start when they are agreed + the recruitment lead; agreed later, everything about them
    is later by as much. Shape: one a grade, year in which posts start, and standard that a month
    more would miss. Unit: months. Source: docs/method.md, Why. Raises: SolverError.
    """
    if plan.question is None or plan.sizing is None or plan.sizing.missing:
        return ()
    steps = np.diff(plan.sizing.added, axis=1, prepend=0.0)
    found = []
    for y, g in np.argwhere(steps.T > 0.5).tolist():
        if plan.model.people.share[0, :, g].any():
            found += list(_of_posts(plan, plan.question, g, y, float(steps[g, y])))
    return tuple(found)


def _of_posts(plan: Plan, question: Question, g: int, y: int, count: float) -> Iterator[Decision]:
    """Yield by when some posts must be agreed."""
    model = plan.model
    first = int(np.flatnonzero(model.calendar.year_of == y)[0])
    lead = int(model.people.lead[0, first, g])
    part = part_of(question, int(model.people.team_of[g]))
    late, lost = _latest(plan, part, g, first, count)
    team, grade = model.grades[g]
    told = model.scenario.settings.teams[team].grades[grade]
    who = f"{posts(count, inside(told.label or grade) + ' post')} ({team_label(model, team)})"
    year = model.calendar.years[y]
    if not lost:
        words = f"{who} of {year}: agreed a year later, every standard would still be met."
        yield Decision(team, grade, year, count, None, None, None, None, words)
        return
    agreed = max(0, first + late - lead)
    label = _label(model, agreed)
    for rule, tier in dict.fromkeys((miss.rule, miss.tier) for miss in lost):
        periods = [miss.period for miss in lost if (miss.rule, miss.tier) == (rule, tier)]
        last = max(periods, key=lambda one: one.end)
        if rule == NEVER_WORSE:
            words = f"Agree {who} by {month(label)}; later, more is left waiting than today."
            yield Decision(team, grade, year, count, label, rule, tier, None, words)
            continue
        name = f"{rule} ({tier.replace('_', ' ')})" if tier else rule
        when = month(label) if first + late - lead >= 0 else f"at once ({month(label)})"
        words = (
            f"Agree {who} by {when}; a month later, {name} is missed "
            f"{'in' if len(periods) == 1 else 'until'} {period(last.name)}."
        )
        yield Decision(team, grade, year, count, label, rule, tier, last.name, words)


def _latest(
    plan: Plan, part: Question, g: int, first: int, count: float
) -> tuple[int, tuple[Miss, ...]]:
    """Return how many months later does no harm, and what one more month misses."""
    kept, breaks = 0, LATEST
    lost = _late(plan, part, g, first, count, LATEST)
    if not lost:
        return LATEST, ()
    while breaks - kept > 1:
        middle = (kept + breaks) // 2
        found = _late(plan, part, g, first, count, middle)
        if found:
            breaks, lost = middle, found
        else:
            kept = middle
    return kept, lost


def _late(
    plan: Plan, part: Question, g: int, first: int, count: float, months: int
) -> tuple[Miss, ...]:
    """Return what is missed if some posts start so many months later."""
    assert plan.sizing is not None
    # The first joiners of a post agreed at the start come a lead time after it.
    lead = int(plan.model.people.lead[0, first, g])
    start = first if first >= lead else lead
    path = plan.sizing.posts.copy()
    path[first : start + months, g] -= count
    return part.misses_with(plan.sizing.added, workforce.staff(plan.model, path[None]))


def _label(model: Model, months: int) -> str:
    """Return the name of a month of the horizon."""
    return model.calendar.labels[min(months, model.months - 1)]
