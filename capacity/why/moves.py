"""What moving posts between teams within a total does at both ends (keep_total)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.engine import outcomes, projection, workforce
from capacity.engine.model import Array
from capacity.stages import PlanResult
from capacity.why.headlines import SAME


@dataclass(frozen=True)
class Move:
    """A row of the `moves` table: a team that gives posts, or receives some.

    What is overdue is that of two courses, with the moves and without any, both in the scenario's
    order of service with overtime as in use today.

    Attributes:
        posts: received, below 0 given, in the last month.
        cost_per_year: of these posts, in real terms, at what each costs in the last month.
        case_months: overdue more (or fewer) than without the moves, over all months.
        weighted: the same, weighted by risk (EQ31).
        overdue_at_end: more (or fewer) overdue at the end of the last month.
    """

    team: str
    posts: float
    cost_per_year: float
    case_months: float
    weighted: float
    overdue_at_end: float


def moves(plan: PlanResult) -> tuple[Move, ...]:
    """Return what each team that gives or receives posts within a total loses or gains.

    Teams that give come first, those with most posts first among either; none where the total of
    posts is not kept.
    """
    if plan.sized is None or not plan.model.keeps_total:
        return ()
    model, people = plan.model, plan.model.people
    added = plan.sized.staff.posts[0, -1] - people.posts[0, -1]
    cost = added * people.cost[0, -1]
    now = _left(plan, people.posts[0])
    then = _left(plan, plan.sized.staff.posts[0])
    found = []
    for place, team in enumerate(model.teams):
        mine, rows = people.team_of == place, model.duties.team_of == place
        if np.abs(added[mine]).max(initial=0.0) <= SAME:
            continue
        all_months, weighted, end = (
            float((after - before)[rows].sum()) for before, after in zip(now, then, strict=True)
        )
        posts = float(added[mine].sum())
        found.append(Move(team, posts, float(cost[mine].sum()), all_months, weighted, end))
    return tuple(sorted(found, key=lambda one: (one.posts > 0, -abs(one.posts), one.team)))


def _left(plan: PlanResult, posts: Array) -> tuple[Array, Array, Array]:
    """Return case-months overdue by row, the same weighted, and those overdue at the end."""
    model = plan.model
    staff = workforce.staff(model, posts[None])
    run = projection.project(model, plan.caseload, plan.demand, staff)
    weighted: Array = outcomes.weighted(model, run)[0].sum(axis=0)
    return run.outstanding[0].sum(axis=0), weighted, run.outstanding[0, -1]
