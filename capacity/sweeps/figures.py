"""What a way to staff comes to in a few figures, for one draw or for many at once.

The same figures as `why.headlines` for one plan; here each is a column over the points of a sweep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from capacity.engine import standards
from capacity.engine.measures import NOTHING, share_of
from capacity.engine.model import MONTHS_A_YEAR, Array, Model, summed
from capacity.engine.projection import Projection
from capacity.engine.standards import Judgement, Verdict
from capacity.engine.workforce import Workforce

MEETS, MISSES = "meets every standard", "misses standards"

Columns = dict[str, list[Any]]
"""Figures by name, one a draw; None where there is no value."""


def figures(model: Model, staff: Workforce, run: Projection, draws: int = 1) -> Columns:
    """Return the headline figures of a way to staff, in so many draws.

    Returns:
        One number, text or None a draw in each column.
    """
    found: dict[str, Any] = {}
    found |= _people(model, staff)
    found |= _money(model, standards.spending_by_month(model, staff, run))
    found |= _standards(model, staff, run, draws)
    found |= _duties(model, run)
    found["hours_short"] = _total(run.short)
    found["overtime_hours"] = _total(run.overtime)
    return {name: _listed(numbers, draws) for name, numbers in found.items()}


def _listed(numbers: Any, draws: int) -> list[Any]:
    """Return one entry a draw, None where there is no number."""
    if isinstance(numbers, list):
        return numbers * draws if len(numbers) == 1 else numbers
    spread = np.broadcast_to(np.asarray(numbers, dtype=float), (draws,))
    return [None if np.isnan(one) else one for one in spread.tolist()]


def _total(series: Array) -> Array:
    """Add up months and columns. Shape: [draw, month, …] → [draw]."""
    return summed(summed(series)[:, :])


def _people(model: Model, staff: Workforce) -> dict[str, Any]:
    posts = summed(staff.posts)
    found = {"posts_start": posts[:, 0], "posts_end": posts[:, -1]}
    found |= by_year(model, posts)
    found["in_post_end"] = summed(staff.in_post)[:, -1]
    return found


def by_year(model: Model, posts: Array) -> dict[str, Array]:
    """Return the posts at the end of each financial year, or of the horizon in it.

    Returns:
        Posts. Shape: [draw, month] → [draw] each.
    """
    calendar = model.calendar
    ends = {
        name: np.flatnonzero(calendar.year_of == n)[-1] for n, name in enumerate(calendar.years)
    }
    return {f"posts_{name}": posts[:, month] for name, month in ends.items()}


def _money(model: Model, spending: Array) -> dict[str, Any]:
    """Return what posts and overtime cost over the horizon, and in its last whole year."""
    by_month = summed(spending)
    return {
        "cost_real": summed(by_month),
        "cost_discounted": discounted(model, by_month),
        "cost_last_year": _last_year(model, by_month),
    }


def discounted(model: Model, by_month: Array) -> Array:
    """Return a cost discounted over the horizon (EQ15).

    Returns:
        In £. Shape: [draw, month] → [draw].
    """
    rate = np.reshape(np.asarray(model.money.discount_rate, dtype=float), (-1, 1))
    months = np.arange(model.months)[None, :]
    return summed(by_month * (1.0 + rate) ** (-months / MONTHS_A_YEAR))


def _last_year(model: Model, by_month: Array) -> Array:
    """Return the cost of the last financial year that lies wholly in the horizon."""
    years = model.calendar.year_of
    whole = [n for n in range(len(model.calendar.years)) if (years == n).sum() == MONTHS_A_YEAR]
    if not whole:
        return np.full(len(by_month), np.nan)
    return summed(by_month, np.flatnonzero(years == whole[-1]).tolist())


# Standards ---------------------------------------------------------------------------------


def _standards(model: Model, staff: Workforce, run: Projection, draws: int) -> dict[str, Any]:
    """Return how many standards are met and missed, which is missed first, and when."""
    verdicts = standards.verdicts(model, staff, run)
    names = [rule.name for rule in model.scenario.settings.standards]
    first = np.full((draws, len(names)), np.inf)  # month in which each is first missed
    periods = np.zeros(draws)
    for verdict in verdicts:
        missed = np.broadcast_to(~verdict.met, (draws, len(verdict.periods)))
        starts = np.array([period.first for period in verdict.periods], dtype=float)
        if len(starts):
            when = np.where(missed, starts, np.inf).min(axis=1)
            place = names.index(verdict.standard)
            first[:, place] = np.minimum(first[:, place], when)
            periods += missed.sum(axis=1)
    lost = np.isfinite(first)
    others = _any_missed(standards.establishment(model, staff), draws)
    short = (run.short > NOTHING).any(axis=(1, 2))
    kept = ~lost.any(axis=1) & ~others & ~np.broadcast_to(short, (draws,))
    return {
        "status": [MEETS if one else MISSES for one in kept.tolist()],
        "standards_met": (~lost).sum(axis=1),
        "standards_missed": lost.sum(axis=1),
        "periods_missed": periods,
        **_first_missed(model, verdicts, names, first),
    }


def _any_missed(judged: Sequence[Judgement], draws: int) -> Any:
    missed = np.zeros(draws, dtype=bool)
    for one in judged:
        missed = missed | ~one.met
    return missed


def _first_missed(
    model: Model, verdicts: Sequence[Verdict], names: Sequence[str], first: Array
) -> dict[str, Any]:
    """Return the standard that is missed first, and the month; of several the first in the file."""
    which: list[str | None] = []
    when: list[str | None] = []
    labels = model.calendar.labels
    for row in first:
        place = int(np.argmin(row)) if len(row) else -1
        some = place >= 0 and np.isfinite(row[place])
        which.append(names[place] if some else None)
        when.append(labels[int(row[place])] if some else None)
    return {"first_missed": which, "first_missed_in": when}


# Duties ------------------------------------------------------------------------------------


def services(model: Model) -> Mapping[str, list[int]]:
    """Return the rows of every duty that is ever owed, cohorts of one group together.

    Returns:
        Rows by `group.duty`.
    """
    found: dict[str, list[int]] = {}
    for row, key in enumerate(model.rows):
        if (model.duties.per_year[:, :, row] > 0).any():
            group = model.group_of(key)
            found.setdefault(f"{group}.{key.duty}" if group else key.duty, []).append(row)
    return found


def _duties(model: Model, run: Projection) -> dict[str, Any]:
    """Return completion and what is outstanding, at the end and at worst."""
    named = services(model)
    waiting = _added(run.outstanding, [row for rows in named.values() for row in rows])
    found: dict[str, Any] = {}
    ends, worsts = [], []
    for name, rows in named.items():
        due, done = _added(run.due, rows), _added(run.done, rows)
        share = share_of(done, due)
        end, worst = _last(share), _least(share)
        ends.append(end)
        worsts.append(worst)
        found[f"completion_end.{name}"] = end
        found[f"completion_worst.{name}"] = worst
        found[f"outstanding_end.{name}"] = _added(run.outstanding, rows)[:, -1]
    overall: dict[str, Any] = {
        "completion_end": _lowest(ends, len(waiting)),
        "completion_worst": _lowest(worsts, len(waiting)),
        "completion_worst_of": list(_which(list(named), worsts)),
        "outstanding_end": waiting[:, -1],
        "outstanding_worst": waiting.max(axis=1),
        "longest_wait_months": run.longest_wait[:, -1].max(axis=1, initial=0.0),
    }
    return overall | found


def _added(series: Array, rows: Sequence[int]) -> Array:
    """Add up rows. Shape: [draw, month, row] → [draw, month]."""
    return summed(series, rows)


def _last(share: Array) -> Array:
    """Return the share of the last month that has one. Shape: [draw, month] → [draw]."""
    known = ~np.isnan(share)
    place = share.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    last: Array = np.take_along_axis(share, place[:, None], axis=1)[:, 0]
    return last


def _least(share: Array) -> Array:
    """Return the lowest share of any month, NaN where there is none. Shape: [draw]."""
    least = np.where(np.isnan(share), np.inf, share).min(axis=1)
    return np.where(np.isinf(least), np.nan, least)


def _lowest(columns: Sequence[Array], draws: int) -> Array:
    return _least(np.stack(columns, axis=1)) if columns else np.full(draws, np.nan)


def _which(names: Sequence[str], columns: Sequence[Array]) -> Iterator[str | None]:
    """Yield which column is lowest in each draw, the first of equals."""
    for row in zip(*(column.tolist() for column in columns), strict=True):
        known = [(value, n) for n, value in enumerate(row) if not np.isnan(value)]
        yield names[min(known)[1]] if known else None
