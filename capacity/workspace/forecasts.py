"""What was forecast from a scenario, round by round, so that it can be compared with what came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.workspace.people import Hand, unit_of
from capacity.workspace.place import Workspace
from capacity.workspace.scenarios import written
from capacity.workspace.tables import FORECAST, FORECAST_FIGURE


@dataclass(frozen=True)
class Expected:
    """What is expected of one figure: 8 in 10 simulations lie from `p10` to `p90`."""

    month: str
    cohort: str | None
    duty: str | None
    tier: str | None
    measure: str
    p10: float
    p50: float
    p90: float

    @property
    def series(self) -> tuple[str | None, str | None, str | None, str]:
        """What it is a figure of, whatever the month."""
        return self.cohort, self.duty, self.tier, self.measure


@dataclass(frozen=True)
class KeptForecast:
    """One forecast: from which last known month, and what was fitted to what was known then."""

    number: int
    last_month: str
    at: str
    fitted: Mapping[str, tuple[float, float, float]]  # value, low and high by setting
    figures: tuple[Expected, ...]


def keep_forecast(
    connection: Connection,
    hand: Hand,
    scenario: str,
    last_month: str,
    fitted: Mapping[str, tuple[float, float, float]],
    figures: Iterable[Expected],
) -> int:
    """Keep a forecast in a transaction under way; return its number.

    Raises:
        NoAccess: if somebody may not change the scenario.
    """
    unit_of(connection, hand, scenario, "edit")
    query = sa.select(sa.func.max(FORECAST.c.number)).where(FORECAST.c.scenario_id == scenario)
    number = int(connection.execute(query).scalar() or 0) + 1
    made = hand.fresh()
    connection.execute(
        FORECAST.insert().values(
            id=made,
            scenario_id=scenario,
            number=number,
            last_month=last_month,
            made_at=hand.at,
            fitted=written({name: list(values) for name, values in fitted.items()}),
        )
    )
    rows = [
        {
            "forecast_id": made,
            "month": one.month,
            "cohort": one.cohort or "",
            "duty": one.duty or "",
            "tier": one.tier or "",
            "measure": one.measure,
            "p10": one.p10,
            "p50": one.p50,
            "p90": one.p90,
        }
        for one in figures
    ]
    if rows:
        connection.execute(FORECAST_FIGURE.insert(), rows)
    return number


def forecasts(workspace: Workspace, hand: Hand, scenario: str) -> tuple[KeptForecast, ...]:
    """Return what was forecast from a scenario, the first first.

    Raises:
        NoAccess: if somebody may not see it.
    """
    with workspace.reading() as connection:
        unit_of(connection, hand, scenario, "read")
        query = sa.select(FORECAST).where(FORECAST.c.scenario_id == scenario)
        rows = connection.execute(query.order_by(FORECAST.c.number)).mappings().all()
        return tuple(_kept(connection, row) for row in rows)


def _kept(connection: Connection, row: Any) -> KeptForecast:
    query = sa.select(FORECAST_FIGURE).where(FORECAST_FIGURE.c.forecast_id == row["id"])
    found = [
        Expected(
            month=one["month"],
            cohort=one["cohort"] or None,
            duty=one["duty"] or None,
            tier=one["tier"] or None,
            measure=one["measure"],
            p10=float(one["p10"]),
            p50=float(one["p50"]),
            p90=float(one["p90"]),
        )
        for one in connection.execute(query).mappings()
    ]
    ordered = sorted(found, key=lambda one: (one.month, *(str(part or "") for part in one.series)))
    fitted = {name: tuple(values) for name, values in json.loads(row["fitted"]).items()}
    return KeptForecast(
        int(row["number"]), row["last_month"], row["made_at"], fitted, tuple(ordered)
    )
