"""What a post is worth: weighted case-months overdue that it avoids, and the price of one (EQ31).

A better team can do fewer visits on time than one that has stopped trying, since a case that
waits does not fall due again. So posts are priced by what they leave overdue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine import outcomes, projection, workforce
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Array, Model
from capacity.engine.workforce import Workforce
from capacity.staffing import costs

NONE_AVOIDED = 0.05
"""Fewer weighted case-months than this are none: they could not be told from rounding."""


@dataclass(frozen=True)
class Came:
    """What some posts come to in the scenario's order of service, overtime as in use today."""

    cost: float  # £ discounted, posts and overtime
    case_months: float  # overdue
    weighted: float  # the same, weighted by risk
    on_time: float  # duties
    outstanding: float  # at the end
    longest_wait: float  # at the end, any duty


@dataclass(frozen=True)
class LastPost:
    """The post of a plan that avoids least for its money."""

    grade: int
    start: int  # month
    cost: float  # £ discounted, to the end of the time projected
    avoided: float  # weighted case-months
    with_none: Came  # current posts
    with_all: Came  # the plan's

    @property
    def price(self) -> float:
        """£ for each weighted case-month avoided; NaN where none is."""
        return price(self.cost, self.avoided)


def price(cost: float, avoided: float) -> float:
    """Return £ for each weighted case-month avoided; NaN where none is."""
    return cost / avoided if avoided > NONE_AVOIDED else float("nan")


def came_to(model: Model, caseload: Caseload, demand: Demand, posts: Sequence[Array]) -> list[Came]:
    """Return what several ways to staff come to, projected side by side.

    Args:
        model: the scenario as arrays.
        caseload: its cases.
        demand: its other work.
        posts: of every grade, in each way. Shape: [month, grade].

    Returns:
        Cost and what is left overdue of each, in the central case.
    """
    staff = workforce.staff(model, np.stack(posts))
    run = projection.project(model, caseload, demand, staff)
    weighted, on_time = outcomes.weighted(model, run), run.on_time()
    return [
        Came(
            cost=float(costs.price(model, staff, run, way).total_discounted.sum()),
            case_months=float(run.outstanding[way].sum()),
            weighted=float(weighted[way].sum()),
            on_time=float(on_time[way].sum()),
            outstanding=float(run.outstanding[way, -1].sum()),
            longest_wait=float(run.longest_wait[way, -1].max(initial=0.0)),
        )
        for way in range(len(posts))
    ]


def last_post(
    model: Model, caseload: Caseload, demand: Demand, staff: Workforce
) -> LastPost | None:
    """Return the post that avoids least for its money: of each grade the last to start is tried.

    Posts of grades that carry no cases avoid nothing by themselves and are left out.

    Args:
        model: the scenario as arrays.
        caseload: its cases.
        demand: its other work.
        staff: the people of a plan.

    Returns:
        The post; None where the plan adds none that carries cases.
    """
    posts, people = staff.posts[0], model.people
    added = np.rint(posts - people.posts[0])
    carry = np.flatnonzero((added.max(axis=0) > 0) & people.share[0].any(axis=0)).tolist()
    if not carry:
        return None
    lasts = [added[:, g] == added[:, g].max() for g in carry]
    ways = [posts, people.posts[0]]
    for g, last in zip(carry, lasts, strict=True):
        fewer = posts.copy()
        fewer[last, g] -= 1.0
        ways.append(fewer)
    with_all, with_none, *without = came_to(model, caseload, demand, ways)
    found = []
    for g, last, one in zip(carry, lasts, without, strict=True):
        avoided = one.weighted - with_all.weighted
        cost = with_all.cost - one.cost
        start = int(np.flatnonzero(last)[0])
        found.append(LastPost(g, start, cost, avoided, with_none, with_all))
    return max(found, key=lambda one: (np.isnan(one.price), one.price, one.cost))
