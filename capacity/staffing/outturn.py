"""The year in hand: budget, what was spent to date, what the rest is expected to cost, variance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Model
from capacity.files.spending import Spend
from capacity.staffing import costs
from capacity.staffing.mtfp import Staffed


@dataclass(frozen=True)
class OutturnRow:
    """A row of the `outturn` table: a team in a month of the financial year in hand, in £ cash.

    Attributes:
        budget: the one given; of projected months without one, posts × cost less the vacancy
            factor.
        actual: what was spent; empty in months to come.
        forecast: of months not yet spent: people in post, overtime, joiners and funded people
            events.
        outturn: actual, else forecast; empty in a month of which neither is known.
        variance: outturn less budget; above 0 where more is spent.
    """

    month: str
    team: str
    budget: float | None
    actual: float | None
    forecast: float | None
    outturn: float | None
    variance: float | None


def rows(model: Model, staff: Staffed) -> Iterator[OutturnRow]:
    """Yield the rows of the `outturn` table; none where a scenario names no spend.

    Args:
        model: the scenario as arrays.
        staff: the way to staff whose cost is forecast.
    """
    given = {(one.month, one.team): one for one in model.scenario.spend}
    known = [one.month for one in model.scenario.spend if one.actual is not None]
    if not known:
        return
    calendar = model.calendar
    year = calendar.financial_year(calendar.place(max(known)))
    budget, forecast = _by_team(model, staff)
    for place in costs.months_of(model, year):
        for n, team in enumerate(model.teams):
            projected = 0 <= place < model.months
            yield _row(
                calendar.label(place),
                team,
                given.get((calendar.label(place), team)),
                float(budget[place, n]) if projected else None,
                float(forecast[place, n]) if projected else None,
            )


def _row(
    month: str, team: str, spent: Spend | None, budget: float | None, forecast: float | None
) -> OutturnRow:
    if spent is not None and spent.budget is not None:
        budget = spent.budget
    actual = None if spent is None else spent.actual
    outturn = forecast if actual is None else actual
    variance = None if outturn is None or budget is None else outturn - budget
    return OutturnRow(
        month, team, budget, actual, forecast if actual is None else None, outturn, variance
    )


def _by_team(model: Model, staff: Staffed) -> tuple[Array, Array]:
    """Return budget and forecast in cash. Shape: [month, team] each."""
    people = model.people
    kept = 1 - float(np.ravel(model.money.vacancy_factor)[0])
    prices = costs.payroll(model).price_levels(range(model.months))[0][:, None]
    in_cash = np.divide(
        people.cash_cost,
        people.cost[0],
        out=np.ones_like(people.cash_cost),
        where=np.broadcast_to(people.cost[0] > 0, people.cash_cost.shape),
    )
    paid = staff.in_post * people.cash_cost / 12 + staff.overtime * people.cash_of_overtime
    paid = paid + staff.joining * prices + people.events_cost[0] * in_cash
    budget = staff.posts * people.cash_cost / 12 * kept
    mine = (people.team_of[:, None] == np.arange(len(model.teams))).astype(float)
    return budget @ mine, paid @ mine
