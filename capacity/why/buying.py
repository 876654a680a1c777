"""What each post buys: from current posts towards the sized plan and past it, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array
from capacity.engine.standards import casework_posts
from capacity.staffing import worth
from capacity.staffing.worth import Came
from capacity.stages import PlanResult
from capacity.why.headlines import team_label
from capacity.wording import inside

PAST = 3
"""How many posts past the sized plan are shown."""

MOST = 40
"""How many posts are shown at most."""


@dataclass(frozen=True)
class Bought:
    """A row of the `marginal_posts` table: one post more than the rows above.

    All against the row above, with work done in the scenario's order of service and overtime as in
    use today; no programme is followed.
    """

    step: int
    team: str
    grade: str
    year: str  # in which the post starts
    cost: float  # £ discounted over the horizon, posts and overtime
    on_time_gained: float  # duties over the horizon
    outstanding_avoided: float  # duties at the end
    longest_wait_months: float  # at the end, any duty
    in_plan: bool
    words: str  # whose post it is
    weighted_avoided: float  # case-months overdue, weighted by risk (EQ31)
    cost_per_case_month: float  # NaN where none is avoided


def marginal_posts(plan: PlanResult) -> tuple[Bought, ...]:
    """Return what posts buy one at a time, each the best of those left.

    First the posts of the sized plan, each from the month in which it starts there, then a few
    more; a supervisor comes when those added before ask for one. Best is least cost for each
    weighted case-month overdue that is avoided (EQ31).
    """
    if plan.sizing is None:
        return ()
    return tuple(_Buyer(plan, plan.sizing.added).buy())


class _Buyer:
    """Adds one post at a time."""

    def __init__(self, plan: PlanResult, planned: Array) -> None:
        self.plan, self.model = plan, plan.model
        self.added = np.zeros_like(planned)
        self.known: dict[bytes, Came] = {}
        steps = np.diff(planned, axis=1, prepend=0.0)
        self.left: Counter[tuple[int, int]] = Counter(
            {(g, s): round(steps[g, s]) for g, s in np.argwhere(steps > 0.5).tolist()}
        )

    def buy(self) -> Iterator[Bought]:
        """Yield posts in the best order."""
        step = 0
        while +self.left and step < MOST:
            step += 1
            g, start = self._supervisor(planned=True) or self._best(list(+self.left))
            self.left[g, start] -= 1
            yield self._bought(step, g, start, in_plan=True)
        first = min((start for _, start in np.argwhere(self.added > 0.5).tolist()), default=0)
        carry = [g for g in range(len(self.model.grades)) if self._carries(g)]
        for _ in range(PAST if carry else 0):
            step += 1
            g, start = self._supervisor(planned=False) or self._best([(g, first) for g in carry])
            yield self._bought(step, g, start, in_plan=False)

    def _carries(self, g: int) -> bool:
        people = self.model.people
        supervises = ~np.isnan(people.supervises[0, :, g])
        return bool(people.share[0, :, g].any() and not supervises.any())

    def _supervisor(self, *, planned: bool) -> tuple[int, int] | None:
        """Return the supervisor's post that the posts so far ask for, if any."""
        model, people = self.model, self.model.people
        for start, t in enumerate(np.flatnonzero(np.diff(model.start_of, append=-1)).tolist()):
            posts = people.posts[0, t] + self.added[:, start]
            for team in range(len(model.teams)):
                carry, supervisors = casework_posts(model, team, t)
                for g in supervisors:
                    if posts[carry].sum() / people.supervises[0, t, g] <= posts[g] + 1e-9:
                        continue
                    there = [s for s in range(start + 1) if self.left[g, s] > 0]
                    if there or not planned:
                        return g, there[-1] if planned else start
        return None

    def _best(self, choices: list[tuple[int, int]]) -> tuple[int, int]:
        """Return the post that costs least for each weighted case-month avoided."""
        now, *after = self._run(self.added, *(self._with(*one) for one in choices))
        came = dict(zip(choices, after, strict=True))

        def each(choice: tuple[int, int]) -> tuple[float, float, float]:
            then = came[choice]
            each = worth.price(then.cost - now.cost, now.weighted - then.weighted)
            avoided = now.outstanding - then.outstanding
            return np.inf if np.isnan(each) else each, -avoided, then.cost

        return min(choices, key=lambda choice: (*each(choice), choice[1], choice[0]))

    def _with(self, g: int, start: int) -> Array:
        more = self.added.copy()
        more[g, start:] += 1
        return more

    def _bought(self, step: int, g: int, start: int, *, in_plan: bool) -> Bought:
        """Buy a post and return what it brings."""
        before, self.added = self.added, self._with(g, start)
        now, then = self._run(before, self.added)
        cost, avoided = then.cost - now.cost, now.weighted - then.weighted
        team, grade = self.model.grades[g]
        calendar = self.model.calendar
        return Bought(
            step=step,
            team=team,
            grade=grade,
            year=calendar.years[calendar.year_of[self.model.starts[start]]],
            cost=cost,
            on_time_gained=then.on_time - now.on_time,
            outstanding_avoided=now.outstanding - then.outstanding,
            longest_wait_months=then.longest_wait,
            in_plan=in_plan,
            words=f"{self._grade(team, grade)}, {team_label(self.model, team)}",
            weighted_avoided=avoided,
            cost_per_case_month=worth.price(cost, avoided),
        )

    def _grade(self, team: str, grade: str) -> str:
        told = self.model.scenario.settings.teams[team].grades[grade]
        return inside(told.label or grade)

    def _run(self, *every: Array) -> list[Came]:
        """Return what some posts come to each, by today's rule of what falls behind first."""
        new = {added.tobytes(): added for added in every if added.tobytes() not in self.known}
        if new:
            plan, model = self.plan, self.model
            posts = [model.people.posts[0] + model.by_month(added) for added in new.values()]
            came = worth.came_to(model, plan.caseload, plan.demand, posts)
            self.known |= zip(new, came, strict=True)
        return [self.known[added.tobytes()] for added in every]
