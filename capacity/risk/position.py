"""Where a unit stands at the end of a month, in many simulations: backlog by tier and age, ratio.

What inspectors look at first: who is overdue and for how long, how many cases each officer has,
and who under a court order is owed no visit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity import kinds
from capacity.engine.measures import NOTHING
from capacity.engine.model import Array, DutyStandard, Flags, Model, RowKey
from capacity.risk import bands
from capacity.risk.futures import Future, World

AGES = ((1, 1, "1 month"), (2, 3, "2–3"), (4, 6, "4–6"), (7, 12, "7–12"), (13, 10_000, "over 12"))
"""Months overdue, put together as people ask for them; one that fell due this month counts 1."""

CASES, OVERDUE, OLDEST, RATIO, ACTIVE_RATIO, ORDERS = (
    "cases",
    "outstanding",
    "longest_wait_months",
    "cases_per_officer",
    "cases_per_officer_without_reactive",
    "court_orders",
)
"""Measures of the position."""


@dataclass(frozen=True)
class PositionFigure:
    """A row of the `position` table: one figure, with its range; `age` in words where of some."""

    option: str
    month: str
    cohort: str | None
    duty: str | None
    tier: str | None
    measure: str
    age: str
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class PositionSeen:
    """The position at the end of a month, in some simulations. Shape: [draw] and more."""

    overdue: Array  # [draw, row]
    older: Mapping[tuple[int, int], Array]  # by row and months: overdue for more months
    longest: Array  # [draw, row]
    cases: Array  # [draw, tier]
    officers: Array  # [draw, team]


def by_age(model: Model) -> bool:
    """Return whether ages can be counted: not where standards decide who is served first."""
    return model.duties.rule != "standards first"


def counting_ages(here: World) -> World:
    """Return a world whose simulations count those overdue for longer than each group of ages."""
    model, rules = here.model, here.model.rules
    if not by_age(model):
        return here
    known = tuple(
        DutyStandard("", (row,), kinds.LONGEST_WAIT, float(most), 0, "month", ())
        for row in range(len(model.rows))
        for _, most, _ in AGES[:-1]
    )
    return replace(here, model=replace(model, rules=replace(rules, duties=(*rules.duties, *known))))


def seen(future: Future, place: int) -> PositionSeen:
    """Return the position at the end of a month of some simulations."""
    run = future.projection  # copied: a view would keep every month of it in memory
    return PositionSeen(
        overdue=run.outstanding[:, place].copy(),
        older={key: over[:, place].copy() for key, over in run.over.items()},
        longest=run.longest_wait[:, place].astype(float),
        cases=run.caseload.cases[:, place].copy(),
        officers=run.officers[:, place].copy(),
    )


def figures(
    model: Model,
    option: str,
    place: int,
    parts: Sequence[PositionSeen],
    weight: Array | None = None,
) -> Iterator[PositionFigure]:
    """Yield the figures of the position at the end of a month.

    Args:
        model: the scenario as arrays.
        option: whose posts.
        place: the month.
        parts: what was seen in each portion of the simulations.
        weight: of the draws; None: each the same (EQ29). Shape: [draw].
    """
    label = model.calendar.labels[place]

    def told(
        values: Array,
        cohort: str | None,
        duty: str | None,
        tier: str | None,
        what: str,
        age: str = "",
    ) -> PositionFigure:
        p10, p50, p90 = bands.quantiles(values[None], weight)[0][0].tolist()
        return PositionFigure(option, label, cohort, duty, tier, what, age, p10, p50, p90)

    overdue = np.concatenate([one.overdue for one in parts])
    longest = np.concatenate([one.longest for one in parts])
    cases = np.concatenate([one.cases for one in parts])
    officers = np.concatenate([one.officers for one in parts])
    owed = model.duties.per_year[0, place] > 0
    older = {
        key: np.concatenate([one.older[key] for one in parts])
        for key in (parts[0].older if parts else ())
    }
    for cohort, duty in dict.fromkeys(key[:2] for key in model.rows):
        mine = [n for n, key in enumerate(model.rows) if key[:2] == (cohort, duty) and owed[n]]
        for tier, rows in _groups(model.rows, mine):
            name = cohort or None
            yield told(overdue[:, rows].sum(axis=1), name, duty, tier, OVERDUE)
            yield from (
                told(values, name, duty, tier, OVERDUE, words)
                for words, values in _of_each_age(overdue, older, rows)
            )
            yield told(longest[:, rows].max(axis=1), name, duty, tier, OLDEST)
    for n, cohort in enumerate(model.cohorts):
        tiers = [t for t in model.community if model.caseloads.cohort_of[t] == n]
        visited = [t for t in tiers if model.owed[place, t]]
        if len(tiers) > 1:
            yield told(cases[:, tiers].sum(axis=1), cohort, None, None, CASES)
        there = officers[:, model.team_of_cohort[n]]
        for what, counted in ((RATIO, tiers), (ACTIVE_RATIO, visited)):
            ratio = _ratio(cases[:, counted].sum(axis=1), there)
            if not np.isnan(ratio).all():
                yield told(ratio, cohort, None, None, what)
        for t in tiers:
            yield told(cases[:, t], cohort, None, model.tiers[t].tier, CASES)
            orders = _orders(model, t)
            if orders is not None:
                yield told(orders * cases[:, t], cohort, None, model.tiers[t].tier, ORDERS)


def _ratio(cases: Array, officers: Array) -> Array:
    """Return cases for each officer; no number where there is none."""
    there: Flags = officers > NOTHING
    return np.where(there, cases / np.maximum(officers, NOTHING), np.nan)


def _groups(keys: Sequence[RowKey], rows: Sequence[int]) -> Iterator[tuple[str | None, list[int]]]:
    """Yield each tier of an activity and, where there are several, all together first."""
    if len(rows) > 1:
        yield None, list(rows)
    yield from ((keys[n].tier, [n]) for n in rows)


def _of_each_age(
    overdue: Array, older: Mapping[tuple[int, int], Array], rows: Sequence[int]
) -> Iterator[tuple[str, Array]]:
    """Yield those overdue in each group of ages. Shape: [draw]."""
    if any((row, AGES[0][1]) not in older for row in rows):
        return
    before = overdue[:, rows].sum(axis=1)
    for _, most, words in AGES:
        longer = (
            np.zeros_like(before)
            if (rows[0], most) not in older
            else np.sum([older[row, most] for row in rows], axis=0)
        )
        yield words, np.maximum(0.0, before - longer)
        before = longer


def _orders(model: Model, place: int) -> float | None:
    """Return the share of a tier's cases under a court order who are owed no visit, if known."""
    key = model.tiers[place]
    tier = model.scenario.settings.cohorts[key.cohort].tiers.get(key.tier)
    if tier is None or tier.court_orders is None or model.owed[0, place]:
        return None
    cases = float(np.ravel(tier.cases.value)[0])
    return float(np.ravel(tier.court_orders.value)[0]) / cases if cases > 0 else None
