"""Other work that comes with cases (EQ11), by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.engine.caseload import Caseload
from capacity.engine.model import Activity, Array, Model, alike, blank


@dataclass(frozen=True)
class Demand:
    """Hours of other work asked for."""

    teams: Array  # [draw, month, team]
    gives_way: Array  # [draw, month, team], of these, the most that can be cut short (EQ25)
    activities: tuple[Activity, ...]
    caseload: Caseload

    @cached_property
    def names(self) -> tuple[tuple[int, str], ...]:
        """Team and name of every activity."""
        return tuple(dict.fromkeys((work.team, work.name) for work in self.activities))

    @cached_property
    def by_name(self) -> Array:
        """Hours by activity. Shape: [draw, month, activity]."""
        hours = np.zeros((*self.teams.shape[:2], len(self.names)))
        for work in self.activities:
            place = self.names.index((work.team, work.name))
            cases = self.caseload.cases[..., work.tiers] * work.per_case
            entering = self.caseload.entrants[..., work.tiers] * work.per_entrant
            hours[:, :, place] += (cases + entering).sum(axis=2)
        return hours


def other_work(model: Model, caseload: Caseload) -> Demand:
    """Return the hours of other work by team and activity (EQ11)."""
    every, giving = rates(model)
    return Demand(
        _hours(model, caseload, every), _hours(model, caseload, giving), model.activities, caseload
    )


Rates = dict[tuple[int, int, bool], Array]
"""Hours by team, tier, and whether they are for each new case. Shape: [draw, 1 or month]."""


def rates(model: Model) -> tuple[Rates, Rates]:
    """Return the hours of other work for each case, and how many of them can be cut short.

    EQ11, EQ25.
    """
    every: Rates = {}
    giving: Rates = {}
    for work in model.activities:
        way = alike(work.gives_way)[:, :, 0]
        for place, tier in enumerate(range(len(model.tiers))[work.tiers]):
            for entering, rate in ((False, work.per_case), (True, work.per_entrant)):
                key, one = (work.team, tier, entering), alike(rate)[:, :, place]
                every[key] = one + every.get(key, 0.0)
                if way.any():
                    giving[key] = one * way + giving.get(key, 0.0)
    return every, giving


def of_month(model: Model, caseload: Caseload, rates: Rates, month: int) -> Array:
    """Return the hours of one month, whose cases are known. Shape: [draw, team]."""
    teams = blank(len(caseload.cases), len(model.teams))
    for (team, tier, entering), rate in rates.items():
        of = caseload.entrants if entering else caseload.cases
        teams[:, team] += of[:, month, tier] * rate[:, month if rate.shape[1] > 1 else 0]
    return teams


def _hours(model: Model, caseload: Caseload, rates: Rates) -> Array:
    """Return hours by team. Shape: [draw, month, team]."""
    draws = max([len(caseload.cases), *(len(rate) for rate in rates.values())])
    teams = blank(draws, model.months, len(model.teams))
    for (team, tier, entering), rate in rates.items():
        if rate.any():
            of = caseload.entrants if entering else caseload.cases
            teams[:, :, team] += of[:, :, tier] * rate
    return teams
