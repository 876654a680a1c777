"""What added posts cost the force if its own people fill them: student officers take their places.

Whoever fills an added post brings what they cost along. What the force pays more is the student
officer who takes the place left, and the training; what it lacks meanwhile is the work of those who
left, until students do as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Model
from capacity.engine.rates import amount
from capacity.settings import Quantity
from capacity.staffing import costs
from capacity.staffing.mtfp import Staffed

NONE = 1e-6
"""Fewer places are none."""


@dataclass(frozen=True)
class BackfillRow:
    """A row of the `backfill` table: places taken by student officers, in £ cash.

    Attributes:
        places: mean of the year.
        pay: of the student officers.
        training: of those who begin in the year, at its prices.
        fte_lost: work that the force's other teams lack, mean of the year.
    """

    year: str
    team: str
    grade: str
    places: float
    pay: float
    training: float
    fte_lost: float


def rows(model: Model, staff: Staffed) -> Iterator[BackfillRow]:
    """Yield the rows of the `backfill` table: none where no grade says that places are left."""
    payroll, months = costs.payroll(model), range(model.months)
    prices = payroll.price_levels(months)[0]
    for g, (team, name) in enumerate(model.grades):
        grade = model.scenario.settings.teams[team].grades[name]
        share = _number(grade.backfill_share)
        places = share * np.maximum(0.0, staff.posts[:, g] - staff.baseline[:, g])
        if places.max(initial=0.0) < NONE:
            continue
        begin = np.maximum(0.0, np.diff(places, prepend=0.0))
        begun = np.concatenate([np.zeros(model.months), np.cumsum(begin)])
        late = min(model.months, int(_number(grade.backfill_months)))
        learnt = begun[model.months - late :][: model.months]
        learning = np.cumsum(begin) - learnt
        # Of places that end again none is learnt in.
        lost = np.minimum(learning, places) * (1 - _number(grade.backfill_productivity))
        level = payroll.pay_levels(grade.kind, months)[0]
        pay = places * _number(grade.backfill_cost_per_year) / 12 * level
        training = begin * _number(grade.backfill_training) * prices
        for place, year in enumerate(model.calendar.years):
            mine = model.calendar.year_of == place
            if places[mine].max() >= NONE:
                yield BackfillRow(
                    year=year,
                    team=team,
                    grade=name,
                    places=float(places[mine].mean()),
                    pay=float(pay[mine].sum()),
                    training=float(training[mine].sum()),
                    fte_lost=float(lost[mine].mean()),
                )


def _number(quantity: Quantity) -> float:
    return float(np.ravel(amount(quantity))[0])
