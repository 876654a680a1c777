"""What a model would have forecast in the past, beside what came and what needs no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.engine.model import Array
from capacity.errors import Problem, TableError
from capacity.files.headings import SHARES
from capacity.files.monthly import Figure, History
from capacity.history.fit import NAIVE, asked, in_terms_of, known, naive, replay
from capacity.history.search import Search, serial
from capacity.reading.scenario import Scenario
from capacity.wording import counted

LEAST_MONTHS = 12
"""Months that must be known before a first forecast."""
HORIZON = 12
STARTS = 2

EXPECTED = 0.6
EXPECTED_WEIGHT = 0.5
"""The share of a forecast change expected to come, and the squared changes it counts for."""
NEAR_MONTHS = 2
"""Forecasts for so many months more or less ahead are taken together."""

Series = tuple[str | None, str | None, str | None, str]


@dataclass(frozen=True)
class Forecast:
    """One figure as forecast some months before."""

    origin: str  # the last month that was known
    month: str
    horizon: int
    series: Series
    actual: float
    projected: float
    corrected: float  # drawn towards the last value as far as earlier forecasts went too far
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
    months.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    history = in_terms_of(scenario, history)
    replayed, notes = replay(scenario, history)
    settings = [asked(replayed, one) for one in dict.fromkeys(fit)]
    every_one = [one for one in known(replayed, history) if not one.compare]
    together = pooled(replace(history, figures=tuple(every_one)))
    figures = list(together.figures)
    single = [one for one in every_one if one not in figures]
    months = sorted({one.month for one in figures})
    if not figures:
        must = f"must have figures from {replayed.settings.start:%Y-%m} on"
        raise TableError([Problem(history.name, None, "", must)])
    origins = [m for n, m in enumerate(months[:-1], start=1) if n >= least][::every]
    if not origins:
        must = f"must have more than {least} months from {replayed.settings.start:%Y-%m} on"
        raise TableError([Problem(history.name, None, "", must, str(len(months)))])
    ranges = [within for _, within in settings]
    spots = [one for one, _ in settings]
    search = Search(replayed, spots, ranges, figures, origins[0], single=single)
    near: Array | None = None if settings else np.zeros(0)
    drawn = _Drawn()
    forecasts: list[Forecast] = []
    fitted: list[tuple[str, str, float]] = []
    for origin in origins:
        search.until(origin)
        if settings:
            near, _ = search.best(STARTS, near)
        assert near is not None
        values = search.low + search.width * near
        fitted += [
            (origin, one.name, float(v)) for (one, _), v in zip(settings, values, strict=True)
        ]
        ahead = search.forecast(near)
        made = ahead or (search.predict(near[None])[0],) * 2
        past = drawn if ahead else None
        forecasts += _forecasts(search.figures, made, origin, horizon, past)
    of_all = {one.series for one in figures}
    errors = tuple(_errors([one for one in forecasts if one.series in of_all]))
    if not errors:
        must = f"must have a figure at most {counted(horizon, 'month')} after two others like it"
        raise TableError([Problem(history.name, None, "", must)])
    told = (*history.notes, *notes)
    return Backtest(history.name, tuple(forecasts), errors, tuple(fitted), told)


class _Drawn:
    """How far earlier forecasts should have been drawn towards the last value known.

    For each measure and so many months ahead: the share of the change forecast that came, by least
    squares over forecasts whose month has come, with a little weight on an expected share.
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[str, str, int, float, float]] = []
        self.sums: dict[tuple[str, int], tuple[float, float]] = {}

    def share(self, measure: str, ahead: int) -> float:
        """Return the share of a forecast change to be taken."""
        came, asked = 0.0, 0.0
        for (name, months), (part, whole) in self.sums.items():
            if name == measure and abs(months - ahead) <= NEAR_MONTHS:
                came, asked = came + part, asked + whole
        came, asked = came + EXPECTED * EXPECTED_WEIGHT, asked + EXPECTED_WEIGHT
        return min(1.0, max(0.0, came / asked))

    def note(self, month: str, measure: str, ahead: int, change: float, came: float) -> None:
        """Remember a forecast until its month is known; changes in units of the last value."""
        self.waiting.append((month, measure, ahead, change, came))

    def until(self, month: str) -> None:
        """Count the forecasts of months that are known now."""
        for one in [one for one in self.waiting if one[0] <= month]:
            self.waiting.remove(one)
            _, measure, ahead, change, came = one
            part, whole = self.sums.get((measure, ahead), (0.0, 0.0))
            self.sums[measure, ahead] = (part + change * came, whole + change * change)


def _forecasts(
    figures: Sequence[Figure],
    projected: tuple[Array, Array],
    origin: str,
    horizon: int,
    drawn: _Drawn | None,
) -> Iterator[Forecast]:
    """Yield what is forecast from one month on, beside what came.

    Args:
        figures: every figure of the history.
        projected: what the model makes of each, by the clock and with its drift.
        origin: the last month known.
        horizon: months ahead at most.
        drawn: how far to draw forecasts from a known state towards the last value; None where
            the state is not known, and the last misfit corrects instead.
    """
    if drawn is not None:
        drawn.until(origin)
    before: dict[Series, list[tuple[int, float]]] = {}
    misfits: dict[Series, list[float]] = {}
    every = zip(figures, *(part.tolist() for part in projected), strict=True)
    made = [one for one in every if not np.isnan(one[1])]  # a share of something
    for one, value, _ in made:
        if one.month <= origin:
            before.setdefault(one.series, []).append((serial(one.month), one.value))
            misfits.setdefault(one.series, []).append(one.value - value)
    for one, value, drifting in made:
        ahead = serial(one.month) - serial(origin)
        if not 0 < ahead <= horizon or one.series not in before:
            continue
        months = serial(one.month) - before[one.series][-1][0]
        corrected = value + misfits[one.series][-1] * _lasting(misfits[one.series]) ** months
        if one.measure == "cases":  # forecast from the cases that there really were already
            corrected = value
        elif drawn is not None:
            last = before[one.series][-1][1]
            size = max(1.0, abs(last)) if one.measure not in SHARES else 1.0
            change = drifting - last
            corrected = last + drawn.share(one.measure, ahead) * change
            came = one.value - last
            drawn.note(one.month, one.measure, ahead, change / size, came / size)
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
    """Return a history with the tiers of every duty added up, shares worked out again.

    Longest waits become the longest of them; shares by tier, which cannot be added, drop out.
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
