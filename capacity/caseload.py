"""How many cases each tier has, month by month (EQ1–EQ3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.model import Array, Model


@dataclass(frozen=True)
class Caseload:
    """Cases and what moved them. Shapes: [draw, month, tier] unless said. Unit: cases."""

    cases: Array  # at the month's end
    entrants: Array  # arrivals included
    exits: Array
    moved_in: Array
    moved_out: Array
    survivors: Array  # last month's cases after events, before exits and moves
    staying: Array  # [draw, month, from, to], share of those who are there next month
    transferred: Array  # [draw, transfer], cases an event really moved


def survivors_by_tier(model: Model) -> Array:
    """Return the share of each tier's cases found in each tier a month later.

    EQ1, EQ2. Shape: [draw, month, from, to]. Unit: share. Source: docs/method.md, Caseload.
    Raises: nothing.
    """
    moves, exits = model.caseloads.moves, model.caseloads.exits
    size = moves.shape[-1]
    stay = (1.0 - moves.sum(axis=-1))[..., None] * np.eye(size)
    return (1.0 - exits)[..., None] * (moves + stay)


def project(model: Model) -> Caseload:
    """Return the caseload of every month.

    EQ1–EQ3. Shape: see Caseload. Unit: cases. Source: docs/method.md, Caseload. Raises: nothing.
    """
    given = model.caseloads
    staying = survivors_by_tier(model)
    draws = max(
        a.shape[0]
        for a in (given.opening, staying, given.growth, given.given, given.mix, given.arrivals)
    )
    shape = (draws, model.months, len(model.tiers))
    cases, entrants, exits, moved_in, moved_out, before = (np.empty(shape) for _ in range(6))
    transferred = np.zeros((draws, len(given.transfers)))
    now = np.broadcast_to(given.opening, (draws, shape[2])).copy()
    path = _by_cohort(model, now)
    for month in range(model.months):
        came, went = _transfer(model, month, now, transferred)
        before[:, month] = now
        exits[:, month] = now * given.exits[:, month]
        flows = now[:, :, None] * staying[:, month]
        left = flows.sum(axis=1)
        stayed = np.einsum("dkk->dk", flows)
        moved_in[:, month] = left - stayed + came
        moved_out[:, month] = flows.sum(axis=2) - stayed + went
        arrivals = given.arrivals[:, month]
        path, joining = _growth_path(model, month, path, left, arrivals)
        entrants[:, month] = joining + given.given[:, month] + arrivals
        now = left + entrants[:, month]
        cases[:, month] = now
    return Caseload(cases, entrants, exits, moved_in, moved_out, before, staying, transferred)


def _transfer(model: Model, month: int, now: Array, transferred: Array) -> tuple[Array, Array]:
    """Move cases by events in last month's state, in file order; at most what a tier has."""
    came, went = np.zeros_like(now), np.zeros_like(now)
    for place, event in enumerate(model.caseloads.transfers):
        if event.month != month:
            continue
        cases = np.minimum(event.cases, now[:, event.origin])
        transferred[:, place] = cases
        now[:, event.origin] -= cases
        now[:, event.target] += cases
        went[:, event.origin] += cases
        came[:, event.target] += cases
    return came, went


def _by_cohort(model: Model, cases: Array) -> Array:
    """Add tiers up to cohorts. Shape: [draw, cohort]."""
    member = model.caseloads.cohort_of[:, None] == np.arange(len(model.cohorts))
    return cases @ member


def _growth_path(
    model: Model, month: int, path: Array, left: Array, arrivals: Array
) -> tuple[Array, Array]:
    """Return the path a month on, and the entrants by tier that keep the cohort on it (EQ3)."""
    growth = model.caseloads.growth[:, month]
    on_path = ~np.isnan(growth)
    rate = np.where(on_path, growth, 0.0)
    arriving = _by_cohort(model, np.broadcast_to(arrivals, left.shape))
    path = (path + arriving) * (1.0 + rate) ** (1 / 12)
    needed = np.maximum(0.0, path - _by_cohort(model, left) - arriving) * on_path
    return path, needed[:, model.caseloads.cohort_of] * model.caseloads.mix[:, month]
