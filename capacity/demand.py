"""Other work that comes with cases (EQ11), by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.caseload import Caseload
from capacity.model import Array, Model


@dataclass(frozen=True)
class Demand:
    """Hours of other work asked for."""

    teams: Array  # [draw, month, team]
    names: tuple[tuple[int, str], ...]  # team and activity
    by_name: Array  # [draw, month, activity]


def other_work(model: Model, caseload: Caseload) -> Demand:
    """Return the hours of other work by team and activity.

    EQ11. Shape: see Demand. Unit: hours a month. Source: docs/method.md, Hours. Raises: nothing.
    """
    hours: dict[tuple[int, str], Array] = {}
    for work in model.activities:
        asked = np.einsum(
            "dtk,dtk->dt", *np.broadcast_arrays(work.per_case, caseload.cases[..., work.tiers])
        )
        asked = asked + np.einsum(
            "dtk,dtk->dt",
            *np.broadcast_arrays(work.per_entrant, caseload.entrants[..., work.tiers]),
        )
        key = (work.team, work.name)
        hours[key] = hours[key] + asked if key in hours else asked
    by_name = np.stack(np.broadcast_arrays(*hours.values()), axis=-1)
    team = np.array([team for team, _ in hours])
    member = team[:, None] == np.arange(len(model.teams))
    return Demand(by_name @ member, tuple(hours), by_name)
