"""Two forces whose visits overdue were published: does one way of working make both?

Norfolk in 2021 had about 77 cases per officer and 59 visits overdue; Merseyside in 2018 about 100
and 98. The hours that a visit ought to take, worked in full, leave eight to ten times as many. So
one number of behaviour, how far work that gives way stands behind the first tier (EQ25), is fitted
to one force and the other is predicted with it, all else being the flagship scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import brentq

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.reading.scenario import Scenario, read

FLAGSHIP = "norfolk-2024"
COHORT, VISIT, TEAM, OFFICER = "rso", "visit", "ppu", "constable"
SETTLED = 24
"""Months after which the backlog is read: it has settled by then."""
FURTHEST = -30.0
CLOSEST = -0.001
"""Log-odds between which work that gives way is looked for."""


@dataclass(frozen=True)
class Force:
    """A force as published.

    Attributes:
        name: of the force and year.
        cases: registered sex offenders managed in the community.
        per_officer: cases per officer.
        overdue: visits overdue.
        shares: share of all cases in the tiers that are published; the others divide the rest as
            in the flagship.
    """

    name: str
    cases: float
    per_officer: float
    overdue: float
    shares: Mapping[str, float]


NORFOLK = Force("Norfolk 2021", 1163, 77, 59, {})
MERSEYSIDE = Force("Merseyside 2018", 1769, 100, 98, {"very_high": 6 / 1769, "high": 277 / 1769})


def unit_of(force: Force, behind: float | None, base: Scenario | None = None) -> Scenario:
    """Return the flagship's unit with a force's cases and officers.

    Args:
        force: as published.
        behind: log-odds of work that gives way; None leaves out that anything does.
        base: the scenario to start from; default the flagship.
    """
    base = base or read(FLAGSHIP)
    tiers = base.settings.cohorts[COHORT].tiers
    opening = {name: float(tier.cases.value) for name, tier in tiers.items()}
    rest = {name: n for name, n in opening.items() if name not in force.shares}
    left = 1.0 - sum(force.shares.values())
    shares = {
        name: force.shares.get(name, left * n / sum(rest.values())) for name, n in opening.items()
    }
    officers = force.cases / force.per_officer
    values: dict[str, Any] = {
        "months": SETTLED,
        "priority.rule": "soft",
        "priority.gives_way_focus": behind,
        f"teams.{TEAM}.grades.{OFFICER}.in_post": officers,
        f"teams.{TEAM}.grades.{OFFICER}.posts": officers,
        f"teams.{TEAM}.grades.{OFFICER}.in_training": 0,
        f"teams.{TEAM}.grades.{OFFICER}.joiners_due": None,
    }
    for name, share in shares.items():
        values[f"cohorts.{COHORT}.tiers.{name}.cases"] = force.cases * share
        if tiers[name].court_orders is not None:
            values[f"cohorts.{COHORT}.tiers.{name}.court_orders"] = 0
        for duty in base.settings.cohorts[COHORT].duties:
            values[f"cohorts.{COHORT}.duties.{duty}.overdue.{name}"] = 0
    return base.replace(values)


def overdue(scenario: Scenario, *, full_hours: bool = False) -> float:
    """Return the visits overdue once a unit has settled, by itself: nobody helps it out.

    Args:
        scenario: the unit.
        full_hours: as if nothing gave way.
    """
    model = building.build(scenario)
    helped = model.teams.index(TEAM)
    model = replace(model, lending=tuple(rule for rule in model.lending if rule.borrower != helped))
    cases = caseload.project(model)
    run = projection.project(
        model,
        cases,
        demand.other_work(model, cases),
        workforce.staff(model),
        full_hours=full_hours,
    )
    rows = [n for n, row in enumerate(model.rows) if (row.cohort, row.duty) == (COHORT, VISIT)]
    return float(run.outstanding[0, -1, rows].sum())


def fitted(force: Force, base: Scenario | None = None) -> float | None:
    """Return the log-odds with which a unit leaves as many overdue as were published.

    None where no number does.
    """

    def off(behind: float) -> float:
        return overdue(unit_of(force, behind, base)) - force.overdue

    if off(FURTHEST) * off(CLOSEST) > 0:
        return None
    return float(brentq(off, FURTHEST, CLOSEST, xtol=1e-3))


def factor(found: float, published: float) -> float:
    """Return how many times too many or too few a forecast is, at least 1."""
    return (
        float(np.inf) if min(found, published) <= 0 else max(found / published, published / found)
    )
