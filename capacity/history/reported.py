"""The share of visits that a unit reports, and the time for other work that goes with it.

Other work is what nobody measures. With what is known beside it, the share that was last
reported shows how much of it there must be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.measures import share_of
from capacity.engine.model import Array
from capacity.glossary import meaning
from capacity.reading.replacing import replaced, spot
from capacity.reading.scenario import Scenario

Measure = Literal["completion", "in date", "on time"]
MEASURES: tuple[Measure, ...] = ("completion", "in date", "on time")
MEANINGS: Mapping[str, str] = {
    name: meaning(name.capitalize()).rstrip(".").lower() for name in MEASURES
}
MOST = 12.0
"""Hours per case per month: the most other work that is looked at."""
UNSURE = 0.02
"""By which a share that a unit reports may be off."""


def other_work(
    scenario: Scenario, settings: Sequence[str], share: float, measure: Measure
) -> tuple[dict[str, Any], list[str]]:
    """Return the time for other work at which the first month has the share that is reported.

    Args:
        scenario: what is known beside it.
        settings: the settings that get this time, `cohorts.NAME.hours_per_case_month`.
        share: the share of visits that was reported.
        measure: which share that is.

    Returns:
        The number as it stands in a scenario file, and what to be careful with.
    """
    hours = np.linspace(0.0, MOST, 2401)
    shares = first_month(scenario, settings, hours)[measure]
    ends = [min(1.0, share + UNSURE), share, max(0.0, share - UNSURE)]
    low, value, high = (_where(hours, shares, end) for end in ends)
    words = f"So that the first month has {measure} {100 * share:g}%"
    if shares[0] < share - UNSURE:
        told = (
            f"Even with no other work at all these officers could not reach {measure} "
            f"{100 * share:g}%, only {100 * shares[0]:.0f}%: the time a visit takes, how "
            "often people are visited, or the definition must be otherwise."
        )
        return {"value": 0, "low": 0, "high": 0.2, "source": "fitted", "note": words}, [told]
    if shares.min() >= share - 1e-9 or share > 1 - UNSURE / 2:
        most = high
        value = round(min(0.5, most / 2), 3)
        told = (
            f"At {100 * share:g}% nothing shows how much time other work takes: anything "
            f"up to {most:.1f} hours per case per month fits. {value:g} is assumed."
        )
        found = {"value": value, "low": 0, "high": round(max(most, value), 3)}
        note = "Hours are not short, so not fitted"
        return {**found, "source": "assumed", "note": note}, [told]
    found = {"value": value, "low": min(low, value), "high": max(high, value)}
    return {**found, "source": "fitted", "note": words}, []


def _where(hours: Array, shares: Array, wanted: float) -> float:
    """Return the most hours at which a share is still reached."""
    reached = np.flatnonzero(shares >= wanted - 1e-9)
    return round(float(hours[reached[-1]]) if len(reached) else 0.0, 3)


def first_month(scenario: Scenario, settings: Sequence[str], hours: Array) -> dict[str, Array]:
    """Return every measure of visits in the first month, at so many hours of other work.

    Args:
        scenario: the unit.
        settings: the settings that get these hours, none to leave them as they are.
        hours: hours per case per month. Shape: [draw].

    Returns:
        The shares by measure. Shape: [draw].
    """
    values = [(spot(scenario, one), hours) for one in settings]
    built = building.build(replaced(scenario, values, 1))
    cases = caseload.project(built)
    run = projection.project(built, cases, demand.other_work(built, cases), workforce.staff(built))
    rows = np.array([key.duty == "visit" for key in built.rows])
    rows &= built.duties.interval[0] > 0
    due, done, newly = (part[:, 0][:, rows] for part in (run.due, run.done, run.newly_due))
    late, held = run.outstanding[:, 0][:, rows].sum(axis=1), run.cases[:, 0][:, rows].sum(axis=1)
    on_time = run.on_time()[:, 0][:, rows].sum(axis=1)
    return {
        "completion": share_of(done.sum(axis=1), due.sum(axis=1)),
        "in date": share_of(held - late, held),
        "on time": share_of(on_time, newly.sum(axis=1)),
    }
