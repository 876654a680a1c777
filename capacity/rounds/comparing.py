"""This month beside the last, and beside what was forecast of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from capacity.files.headings import OF_CASES, SHARES
from capacity.files.monthly import Figure, History
from capacity.rounds.control import Control, control
from capacity.workspace.forecasts import Expected, KeptForecast

Series = tuple[str | None, str | None, str | None, str]

ADDED = ("cases", "entrants", "exits", "newly_due", "due", "done", "done_early", "outstanding")
"""Measures of tiers that add up to those of all."""


@dataclass(frozen=True)
class Moved:
    """One figure of this month and the last; None where there is none."""

    series: Series
    before: float | None
    now: float


@dataclass(frozen=True)
class AgainstForecast:
    """What came of one figure that was forecast."""

    expected: Expected
    value: float

    @property
    def inside(self) -> bool:
        """Whether it lies in the band of 8 in 10 simulations; rounding cannot put it outside."""
        near = 0.005 if self.expected.measure in SHARES else 0.5
        return self.expected.p10 - near <= self.value <= self.expected.p90 + near


@dataclass(frozen=True)
class Watched:
    """A series on a control chart."""

    series: Series
    chart: Control


@dataclass(frozen=True)
class Corrected:
    """A figure that was said otherwise before."""

    month: str
    series: Series
    before: float
    now: float


def by_series(history: History) -> dict[Series, dict[str, float]]:
    """Return the figures of single months by series, with the totals that tiers add up to.

    Completion is of done and due, where both are there.
    """
    found: dict[Series, dict[str, float]] = {}
    for one in history.figures:
        if one.months == 1 and not one.compare:
            duty = None if one.measure in OF_CASES else one.duty
            found.setdefault((one.cohort, duty, one.tier, one.measure), {})[one.month] = one.value
    parts: dict[Series, list[dict[str, float]]] = {}
    for (cohort, duty, tier, measure), months in found.items():
        if tier is not None and measure in ADDED:
            parts.setdefault((cohort, duty, None, measure), []).append(months)
    for series, tiers in parts.items():
        total = found.setdefault(series, {})
        for month in set.intersection(*map(set, tiers)):  # a tier that is missing is not none
            total.setdefault(month, sum(months[month] for months in tiers))
    for (cohort, duty, tier, measure), dues in list(found.items()):
        if measure != "due":
            continue
        done = found.get((cohort, duty, tier, "done"), {})
        shares = found.setdefault((cohort, duty, tier, "completion"), {})
        for month, due in dues.items():
            if month in done and due > 0:
                shares.setdefault(month, done[month] / due)
    return {series: months for series, months in found.items() if months}


def moved(figures: Mapping[Series, Mapping[str, float]], month: str) -> tuple[Moved, ...]:
    """Return the figures of a month beside those of the month before."""
    before = earlier(month)
    return tuple(
        Moved(series, months.get(before), months[month])
        for series, months in _ordered(figures)
        if month in months
    )


def came(
    forecast: KeptForecast | None,
    figures: Mapping[Series, Mapping[str, float]],
    months: Sequence[str],
) -> tuple[AgainstForecast, ...]:
    """Return what came of the months that a forecast was of."""
    if forecast is None:
        return ()
    found: dict[tuple[str, Series], AgainstForecast] = {}
    for one in forecast.figures:
        cohort, duty, tier, measure = one.series
        if measure == "cases" and tier is None:
            continue  # of the tiers that are visited: figures of a unit are of all
        series = (cohort, None if measure == "cases" else duty, tier, measure)
        value = figures.get(series, {}).get(one.month) if one.month in months else None
        if value is not None:
            found.setdefault(
                (one.month, series), AgainstForecast(replace(one, duty=series[1]), value)
            )
    return tuple(found.values())


def watched(figures: Mapping[Series, Mapping[str, float]], last: str) -> Iterator[Watched]:
    """Yield the control chart of each total: activities by cohort, and cases."""
    for series, months in _ordered(figures):
        _, _, tier, measure = series
        if tier is None and measure in ("cases", "completion", "outstanding", "entrants", "exits"):
            found = sorted((month, value) for month, value in months.items() if month <= last)
            highest = 1.0 if measure in SHARES else None
            yield Watched(series, control(found, highest=highest))


def corrected(before: History, now: Iterable[Figure]) -> tuple[Corrected, ...]:
    """Return the figures that were said otherwise before."""
    known = {(one.month, *one.series, one.compare): one.value for one in before.figures}
    return tuple(
        Corrected(one.month, one.series, known[key], one.value)
        for one in now
        if (key := (one.month, *one.series, one.compare)) in known and known[key] != one.value
    )


def missing(months: Sequence[str]) -> tuple[str, ...]:
    """Return the months without any figure between the first and the last that have some."""
    if not months:
        return ()
    found, month = [], min(months)
    while month < max(months):
        if month not in months:
            found.append(month)
        month = later(month)
    return tuple(found)


def later(month: str) -> str:
    """Return the month after one."""
    serial = int(month[:4]) * 12 + int(month[5:])
    return f"{serial // 12:04d}-{serial % 12 + 1:02d}"


def earlier(month: str) -> str:
    """Return the month before one."""
    serial = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{serial // 12:04d}-{serial % 12 + 1:02d}"


def _ordered(
    figures: Mapping[Series, Mapping[str, float]],
) -> list[tuple[Series, Mapping[str, float]]]:
    return sorted(figures.items(), key=lambda item: tuple(str(part or "") for part in item[0]))
