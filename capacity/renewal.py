"""The renewal clock of every duty (EQ4–EQ7): who falls due, who waits, and for how long.

Cases are carried as numbers: `done_ago[…, a]` were done a months ago, `waiting[…, j]` have been
outstanding for j whole months. Pure array functions, for one draw or many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.caseload import Caseload
from capacity.model import Array, Model, Transfer, Whole

HALF_A_CASE = 0.5


@dataclass(frozen=True)
class Clocks:
    """The state at a month's end. Shape: [draw, row, age]. Unit: cases."""

    done_ago: Array
    waiting: Array


def opening(model: Model) -> Clocks:
    """Return the state before the first month: the overdue waiting, the rest spread evenly.

    Shape: see Clocks. Unit: cases. Source: docs/method.md, Duties. Raises: nothing.
    """
    duties = model.duties
    interval = duties.opening_interval
    ages = max(1, int(interval.max(initial=0)), int(duties.interval.max(initial=0)))
    cases = model.caseloads.opening[:, duties.tier_of]
    draws = max(len(cases), len(duties.overdue))
    clocked = interval > 0
    overdue = np.broadcast_to(np.where(clocked, duties.overdue, 0.0), (draws, len(interval)))
    each = np.where(clocked, cases - overdue, 0.0) / np.maximum(interval, 1)
    done_ago = np.where(np.arange(ages) < interval[:, None], each[:, :, None], 0.0)
    return Clocks(done_ago, overdue[:, :, None].copy())


def advance(model: Model, caseload: Caseload, clocks: Clocks, month: int) -> tuple[Clocks, Array]:
    """Return the state with this month's due cases waiting, and the newly due.

    EQ4, in its order: events in last month's state, exits and moves, ageing, entrants. In the
    state returned `waiting[…, 0]` fell due this month. Shapes: Clocks, [draw, row]. Unit: cases.
    Source: docs/method.md, Duties. Raises: nothing.
    """
    duties = model.duties
    had = duties.opening_interval if month == 0 else duties.interval[month - 1]
    has = duties.interval[month]
    clocks = _transferred(model, caseload, clocks, month, had)
    # A case leaves with its source's clock and arrives under its target's.
    share = _staying_rows(model, caseload, month)
    share = np.where(has > 0, share, 0.0)
    from_clocks = np.swapaxes(np.where((had > 0)[:, None], share, 0.0), 1, 2)
    done_ago = from_clocks @ clocks.done_ago
    waiting = from_clocks @ clocks.waiting
    without = np.where(had > 0, 0.0, caseload.survivors[:, month, duties.tier_of])
    newly = np.einsum(
        "dr,drs->ds", without, np.broadcast_to(share, (len(without), *share.shape[1:]))
    )
    reached = np.arange(1, done_ago.shape[2] + 1) >= has[:, None]
    newly = newly + np.where(reached, done_ago, 0.0).sum(axis=2)
    newly = newly + np.where(has > 0, caseload.entrants[:, month, duties.tier_of], 0.0)
    aged = np.zeros_like(done_ago)
    aged[:, :, 1:] = np.where(reached, 0.0, done_ago)[:, :, :-1]
    return Clocks(aged, np.concatenate([newly[:, :, None], waiting], axis=2)), newly


def serve(clocks: Clocks, done: Array) -> Clocks:
    """Return the state after `done` of those waiting were done, the oldest first.

    EQ7. Shapes: Clocks, [draw, row]. Unit: cases. Source: docs/method.md, Duties.
    Raises: nothing.
    """
    oldest_first = clocks.waiting[:, :, ::-1]
    before = np.cumsum(oldest_first, axis=2) - oldest_first
    served = np.clip(done[:, :, None] - before, 0.0, oldest_first)
    waiting = (oldest_first - served)[:, :, ::-1]
    last = waiting.shape[2] - 1
    while last > 0 and not waiting[:, :, last].any():
        last -= 1
    done_ago = clocks.done_ago.copy()
    done_ago[:, :, 0] = served.sum(axis=2)
    return Clocks(done_ago, waiting[:, :, : last + 1])


def longest_wait(waiting: Array) -> Array:
    """Return the most months that at least half a case has been outstanding.

    A case that fell due this month and is not done counts as one month. Shape: [draw, row].
    Unit: months. Source: docs/method.md, Duties. Raises: nothing.
    """
    at_least = np.cumsum(waiting[:, :, ::-1], axis=2)[:, :, ::-1]
    return (at_least >= HALF_A_CASE).sum(axis=2).astype(float)


def _staying_rows(model: Model, caseload: Caseload, month: int) -> Array:
    """Return the share of each row's cases found in each row a month later."""
    tier, block = model.duties.tier_of, model.duties.block_of
    share = caseload.staying[:, month][:, tier[:, None], tier[None, :]]
    return np.where(block[:, None] == block[None, :], share, 0.0)


def _transferred(
    model: Model, caseload: Caseload, clocks: Clocks, month: int, had: Whole
) -> Clocks:
    """Return last month's state with the month's events applied, in file order."""
    events = [(n, e) for n, e in enumerate(model.caseloads.transfers) if e.month == month]
    if not events:
        return clocks
    draws = max(len(clocks.done_ago), len(caseload.cases))
    done_ago = np.broadcast_to(clocks.done_ago, (draws, *clocks.done_ago.shape[1:])).copy()
    waiting = np.broadcast_to(clocks.waiting, (draws, *clocks.waiting.shape[1:])).copy()
    # The caseload has moved all of the month's events already: take them back, then replay.
    cases = caseload.survivors[:, month].copy()
    for place, event in reversed(events):
        cases[:, event.origin] += caseload.transferred[:, place]
        cases[:, event.target] -= caseload.transferred[:, place]
    for place, event in events:
        moved = caseload.transferred[:, place]
        share = np.divide(moved, cases[:, event.origin], out=np.zeros_like(moved), where=moved > 0)
        _move_rows(model, event, month, had, share, moved, done_ago, waiting)
        cases[:, event.origin] -= moved
        cases[:, event.target] += moved
    return Clocks(done_ago, waiting)


def _move_rows(
    model: Model,
    event: Transfer,
    month: int,
    had: Whole,
    share: Array,
    moved: Array,
    done_ago: Array,
    waiting: Array,
) -> None:
    """Move a share of one tier's clocks to another's, in every duty of the cohort."""
    duties = model.duties
    for origin in np.flatnonzero(duties.tier_of == event.origin):
        block = duties.block_of == duties.block_of[origin]
        target = int(np.flatnonzero(block & (duties.tier_of == event.target))[0])
        # Age at most one month short of the new tier's interval, so that it falls due next.
        eldest = int(duties.interval[month, target] or had[target]) - 1
        if had[origin]:
            ages, waits = done_ago[:, origin] * share[:, None], waiting[:, origin] * share[:, None]
            done_ago[:, origin] -= ages
            waiting[:, origin] -= waits
        else:
            ages, waits = np.zeros_like(done_ago[:, 0]), np.zeros_like(waiting[:, 0])
            ages[:, -1] = moved
        if had[target]:
            done_ago[:, target, :eldest] += ages[:, :eldest]
            done_ago[:, target, eldest] += ages[:, eldest:].sum(axis=1)
            waiting[:, target] += waits
