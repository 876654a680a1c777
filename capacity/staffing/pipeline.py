"""The renewal clock as linear coefficients, for sizing.

What falls due is a fixed linear function of what was done before. The coefficients are read off
the clock itself, by sending single cases through `renewal.advance`, so that sizing and projection
can never drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.engine import renewal
from capacity.engine.caseload import Caseload
from capacity.engine.model import Array, Model, Whole

NEGLIGIBLE = 1e-12
"""Coefficients below this share of a case are left out."""


@dataclass(frozen=True)
class Pipeline:
    """Coefficients of due duties. Unit: cases per case."""

    fixed: Array  # [month, row], newly due whatever is done
    carried: Array  # [month, from row, to row], share of last month's outstanding
    carried_in: Array  # [row], outstanding before the first month
    # Newly due of each duty done earlier, as parallel lists:
    month: Whole
    row: Whole
    done_month: Whole
    done_row: Whole
    share: Array
    ahead: Whole  # 0 for one done in done_month; n for one n months before it falls due then
    early: Early


@dataclass(frozen=True)
class Early:
    """Who could be done before they fall due (EQ24), as a linear function of what was done.

    Attributes:
        most: months before it falls due that one may be done. Shape: [month, row].
        fixed: of those done before the first month, by months before they fall due, the first
            being 1. Shape: [month, row, months - 1].
        month, row, before: of which month, row and months before falling due an entry speaks.
        done_month, done_row, ahead, share: as in Pipeline.
    """

    most: Whole
    fixed: Array
    month: Whole
    row: Whole
    before: Whole
    done_month: Whole
    done_row: Whole
    ahead: Whole
    share: Array


def coefficients(model: Model, caseload: Caseload) -> Pipeline:
    """Return how newly due and carried-over duties follow from those done.

    EQ4–EQ7 as linear equalities.
    """
    dial = renewal.Dial(model, caseload, by_age=False)
    opening = renewal.opening(dial)
    rows = len(model.rows)
    clocked = np.flatnonzero(dial.size)
    newest = np.array(dial.first)[clocked]
    position, pairs = _position_in_block(model), _pairs(model)
    width = max(1, int(position.max(initial=-1)) + 1)
    # Single cases of different blocks never meet, so one draw carries one case in each block.
    single = (position[None, :] == np.arange(width)[:, None]).astype(float)
    base = np.array(opening.done_ago[:1])
    alive = np.zeros((0, dial.cells))
    born, kind = np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    most = np.minimum(model.duties.early, np.maximum(0, model.duties.interval - 1))
    longest = int(most.max(initial=0))
    could = np.zeros((model.months, rows, longest))
    there: list[tuple[Array, ...]] = []
    fixed = np.zeros((model.months, rows))
    carried = np.zeros((model.months, rows, rows))
    found: list[tuple[Array, ...]] = []
    for month in range(model.months):
        done_ago = np.concatenate([base, np.zeros((1 + width, dial.cells)), alive])
        waiting = np.zeros((len(done_ago), rows))
        waiting[2 : 2 + width] = single
        state = renewal.Clocks(done_ago, waiting, {})
        clocks, newly, stays = renewal.advance(dial, state, month)
        fixed[month] = newly[0]
        carried[month, pairs.origin, pairs.target] = stays[2 + pairs.place, pairs.target]
        response = newly[2 + width :] - newly[1]
        found.append(_entries(response, (born, kind), pairs, width, month))
        base = clocks.done_ago[:1]
        alive = clocks.done_ago[2 + width :] - clocks.done_ago[1]
        newborn = np.zeros((width, dial.cells))
        newborn[:, newest] = single[:, clocked]
        groups = [newborn]
        for ahead in range(1, longest + 1):
            may = np.flatnonzero(most[month] >= ahead)
            cells = np.array(dial.first)[may] + model.duties.interval[month, may] - ahead
            could[month, may, ahead - 1] = base[0, cells]
            here = _at_rows(alive, cells, may, rows)
            entries = _entries(here, (born, kind), pairs, width, month)
            there.append((*entries, np.full(len(entries[0]), ahead)))
            groups.append(_at_rows(single, may, cells, dial.cells))
        alive = np.concatenate([alive, *groups])
        born = np.concatenate([born, np.full(width * len(groups), month)])
        kind = np.concatenate([kind, np.repeat(np.arange(len(groups)), width)])
        # A group of single cases of one month is followed for as long as any of them is not due.
        some = alive.reshape(len(alive) // width, width, dial.cells).any(axis=(1, 2))
        kept = np.repeat(some, width)
        alive, born, kind = alive[kept], born[kept], kind[kept]
        found.append(_led_to(model, month))
    parts = [np.concatenate(column) for column in zip(*found, strict=True)]
    month_, row_, done_month, done_row, ahead_ = (part.astype(int) for part in parts[:5])
    return Pipeline(
        fixed,
        carried,
        opening.outstanding[0],
        month_,
        row_,
        done_month,
        done_row,
        parts[5],
        ahead_,
        _early(most, could, there),
    )


def _led_to(model: Model, month: int) -> tuple[Array, ...]:
    """Return what work completed in queues brings to queues this month, as entries (EQ26)."""
    queues = model.queues
    lists: list[tuple[float, ...]] = []
    for flow in queues.flows:
        then = month - flow.lag
        if then < 0:
            continue
        shares = flow.share[0, then] * flow.joins[0, month, queues.tiers.start :]
        lists += [
            (month, queues.rows[n], then, row, float(shares[n]), 0)
            for row in flow.rows
            for n in np.flatnonzero(shares > NEGLIGIBLE).tolist()
        ]
    columns = np.array(lists, dtype=float).reshape(-1, 6).T
    return columns[0], columns[1], columns[2], columns[3], columns[5], columns[4]


def _early(most: Whole, fixed: Array, found: list[tuple[Array, ...]]) -> Early:
    """Put together who could be done early."""
    parts = [np.concatenate(column) for column in zip(*found, strict=True)] or [np.zeros(0)] * 7
    month, row, done_month, done_row, ahead, before = (
        parts[n].astype(int) for n in (0, 1, 2, 3, 4, 6)
    )
    return Early(most, fixed, month, row, before, done_month, done_row, ahead, parts[5])


def _at_rows(cases: Array, origin: Whole, target: Whole, size: int) -> Array:
    """Return some columns at other places, the rest empty. Shape: [case, size]."""
    found = np.zeros((len(cases), size))
    found[:, target] = cases[:, origin]
    return found


@dataclass(frozen=True)
class _Pairs:
    """Every two rows of the same duty, row by row: between no others does anything move."""

    origin: Whole
    target: Whole
    place: Whole  # of the origin among the rows of its duty


def _pairs(model: Model) -> _Pairs:
    block, position = model.duties.block_of, _position_in_block(model)
    origin, target = np.nonzero(block[:, None] == block[None, :])
    return _Pairs(origin, target, position[origin])


def _position_in_block(model: Model) -> Whole:
    """Return each row's place among the rows of its duty."""
    blocks = model.duties.block_of
    return np.array([int((blocks[:n] == blocks[n]).sum()) for n in range(len(blocks))], dtype=int)


def _entries(
    response: Array,
    births: tuple[Whole, Whole],
    pairs: _Pairs,
    width: int,
    month: int,
) -> tuple[Any, ...]:
    """Return the nonzero responses as (month, row, month done, row done, months ahead, share)."""
    born, kind = (each[::width] for each in births)
    groups = response.reshape(len(born), width, response.shape[1])
    shares = groups[:, pairs.place, pairs.target]
    group, pair = np.nonzero(np.abs(shares) > NEGLIGIBLE)
    months = np.full(len(group), month)
    return (
        *(months, pairs.target[pair], born[group], pairs.origin[pair], kind[group]),
        shares[group, pair],
    )
