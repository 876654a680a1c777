"""What a model would have forecast in the past, beside what came and what needs no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.errors import Problem, TableError
from capacity.history.files import Figure, History
from capacity.history.fit import NAIVE, asked, in_terms_of, known, naive, replay
from capacity.history.headings import SHARES
from capacity.history.search import Search, serial
from capacity.reading.scenario import Scenario
from capacity.wording import counted

LEAST_MONTHS = 12
"""Months that must be known before a first forecast."""
HORIZON = 12
STARTS = 2

Series = tuple[str | None, str | None, str | None, str]


@dataclass(frozen=True)
class Forecast:
    """One figure as forecast some months before. Unit: as the figure."""

    origin: str  # the last month that was known
    month: str
    horizon: int
    series: Series
    actual: float
    projected: float
    corrected: float  # by the last known misfit, fading as misfits did
    last_value: float | None
    straight_line: float | None
    same_month_last_year: float | None


@dataclass(frozen=True)
class HorizonError:
    """Mean absolute errors of one measure so many months ahead, over the same forecasts."""

    measure: str
    horizon: int
    forecasts: int
    projected: float
    corrected: float
    last_value: float
    straight_line: float
    same_month_last_year: float | None  # where every forecast has one


@dataclass(frozen=True)
class Backtest:
    """Every forecast that the history allows, and the settings that each was made with."""

    history: str
    forecasts: tuple[Forecast, ...]
    errors: tuple[HorizonError, ...]
    fitted: tuple[tuple[str, str, float], ...]  # origin, setting, value
    notes: tuple[str, ...]


def backtest(
    scenario: Scenario,
    history: History,
    fit: Sequence[str],
    horizon: int = HORIZON,
    least: int = LEAST_MONTHS,
    every: int = 1,
) -> Backtest:
    """Return forecasts from every month of a history, each fitted on what was known then.

    Dated changes and people events of the scenario count as known. `every`: only each so many
    months. Shape: see Backtest. Unit: as the figures. Source: docs/method.md, Fit to history.
    Raises: InputError.
    """
    history = in_terms_of(scenario, history)
    replayed, notes = replay(scenario, history)
    settings = [asked(replayed, one) for one in dict.fromkeys(fit)]
    figures = [one for one in known(replayed, history) if not one.compare]
    months = sorted({one.month for one in figures})
    origins = [m for n, m in enumerate(months[:-1], start=1) if n >= least][::every]
    if not origins:
        must = f"must have more than {least} months from {replayed.settings.start:%Y-%m} on"
        raise TableError([Problem(history.name, None, "", must, str(len(months)))])
    ranges = [within for _, within in settings]
    search = Search(replayed, [one for one, _ in settings], ranges, figures, origins[0])
    near = None
    forecasts: list[Forecast] = []
    fitted: list[tuple[str, str, float]] = []
    for origin in origins:
        search.until(origin)
        near, _ = search.best(STARTS, near)
        values = search.low + search.width * near
        fitted += [
            (origin, one.name, float(v)) for (one, _), v in zip(settings, values, strict=True)
        ]
        projected = search.predict(near[None])[0]
        forecasts += _forecasts(figures, projected.tolist(), origin, horizon)
    errors = tuple(_errors(forecasts))
    if not errors:
        must = f"must have a figure at most {counted(horizon, 'month')} after two others like it"
        raise TableError([Problem(history.name, None, "", must)])
    told = (*history.notes, *notes)
    return Backtest(history.name, tuple(forecasts), errors, tuple(fitted), told)


def _forecasts(
    figures: Sequence[Figure], projected: Sequence[float], origin: str, horizon: int
) -> Iterator[Forecast]:
    """Yield what is forecast from one month on, beside what came."""
    before: dict[Series, list[tuple[int, float]]] = {}
    misfits: dict[Series, list[float]] = {}
    every = zip(figures, projected, strict=True)
    pairs = [(one, value) for one, value in every if not np.isnan(value)]  # a share of something
    for one, value in pairs:
        if one.month <= origin:
            before.setdefault(one.series, []).append((serial(one.month), one.value))
            misfits.setdefault(one.series, []).append(one.value - value)
    for one, value in pairs:
        ahead = serial(one.month) - serial(origin)
        if not 0 < ahead <= horizon or one.series not in before:
            continue
        months = serial(one.month) - before[one.series][-1][0]
        corrected = value + misfits[one.series][-1] * _lasting(misfits[one.series]) ** months
        if one.measure == "cases":  # forecast from the cases that there really were already
            corrected = value
        corrected = min(max(0.0, corrected), 1.0 if one.measure in SHARES else np.inf)
        other = naive(before[one.series], serial(one.month))
        yield Forecast(
            origin,
            one.month,
            ahead,
            one.series,
            one.value,
            value,
            corrected,
            *(other[name] for name in NAIVE),
        )


def _lasting(misfits: Sequence[float]) -> float:
    """Return the share of a month's misfit that was still there the month after."""
    now, then = np.array(misfits[1:]), np.array(misfits[:-1])
    size = float(then @ then)
    return min(0.98, max(0.0, float(now @ then) / size)) if size > 0 else 0.0


def _errors(forecasts: Sequence[Forecast]) -> Iterator[HorizonError]:
    """Yield errors by measure and horizon, every method on the same forecasts."""
    groups: dict[tuple[str, int], list[Forecast]] = {}
    for one in forecasts:
        if one.straight_line is not None:
            groups.setdefault((one.series[3], one.horizon), []).append(one)
    for (measure, horizon), items in sorted(groups.items()):

        def off(name: str, items: list[Forecast] = items) -> float:
            return float(np.mean([abs(getattr(one, name) - one.actual) for one in items]))

        yearly = all(one.same_month_last_year is not None for one in items)
        yield HorizonError(
            measure=measure,
            horizon=horizon,
            forecasts=len(items),
            projected=off("projected"),
            corrected=off("corrected"),
            last_value=off("last_value"),
            straight_line=off("straight_line"),
            same_month_last_year=off("same_month_last_year") if yearly else None,
        )


def pooled(history: History) -> History:
    """Return a history with the tiers of every duty added up, shares worked out anew.

    Longest waits become the longest of them; shares by tier, which cannot be added, drop out.
    Shape: see History. Unit: see Figure. Source: the history. Raises: nothing.
    """
    groups: dict[Any, list[Figure]] = {}
    for one in history.figures:
        key = (one.month, one.cohort, one.duty, one.measure, one.compare)
        groups.setdefault(key, []).append(one)
    found: dict[Any, Figure] = {}
    for key, items in groups.items():
        by_tier = [one for one in items if one.tier is not None]
        first = items[0]
        if not by_tier:
            found[key] = first
        elif first.measure == "longest_wait_months":
            found[key] = _with(first, max(one.value for one in by_tier))
        elif first.measure not in SHARES:
            found[key] = _with(first, sum(one.value for one in by_tier))
    for key in list(found):
        month, cohort, duty, measure, compare = key
        due = found.get((month, cohort, duty, "due", compare))
        share = (month, cohort, duty, "completion", compare)
        if measure == "done" and due is not None and due.value > 0 and share not in found:
            found[share] = _with(found[key], found[key].value / due.value, "completion")
    figures = tuple(sorted(found.values(), key=lambda one: one.month))
    return History(history.name, figures, history.sha256, history.notes)


def _with(one: Figure, value: float, measure: str = "") -> Figure:
    name = measure or one.measure
    return replace(one, tier=None, measure=name, value=value)
