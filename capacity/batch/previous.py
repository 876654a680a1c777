"""An earlier batch's forecasts beside what has happened since: today's opening positions.

A scenario that starts in month S is compared with the run of the same name in the earlier batch,
at the end of month S − 1, for the posts that were there then:

    cases        EQ3 of a tier          beside  the cases it opens with
    outstanding  EQ7 of a duty, a tier  beside  the overdue duties it opens with
    error        = what happened − forecast
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capacity.batch import keeping
from capacity.engine import building
from capacity.errors import InputError, Problem
from capacity.reading.scenario import Scenario

OPTION = "today"
"""The forecast that is compared with what happened: that of the posts there were."""

Measured = tuple[str, str, str | None, str | None]
"""What is measured, cohort, duty if it is about one, and tier; none where all are added up."""


@dataclass(frozen=True)
class ForecastRow:
    """A row of the `forecasts` table: a forecast and what happened.

    p10, p90: the band of the forecast, NaN where the earlier run drew no futures. inside: whether
    what happened lies in it, none where there is no band.
    """

    scenario: str
    month: str
    measure: str
    cohort: str
    duty: str | None
    tier: str | None
    forecast: float
    actual: float
    error: float
    error_share: float  # of what happened; NaN where that is nothing
    p10: float
    p90: float
    inside: bool | None


@dataclass(frozen=True)
class EarlierForecast:
    """What an earlier forecast of a scenario comes to, or why there is nothing to compare."""

    scenario: str
    rows: tuple[ForecastRow, ...]
    why_not: str
    left_out: tuple[str, ...]
    """What only the forecast or only the opening position knows."""


def check(folder: str, out: str) -> None:
    """Refuse a folder that is no batch, or the one to be written.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    place, must = Path(folder), ""
    if not (place / keeping.RECORD).is_file():
        must = "must be the folder of an earlier batch"
    elif place.resolve() == Path(out).resolve():
        must = "must not be the folder that is written"
    if must:
        raise InputError([Problem("capacity batch", None, "--previous", must, folder)])


def compare(name: str, now: Scenario, there: Path) -> EarlierForecast:
    """Return an earlier batch's forecast of a scenario beside the position it opens with.

    Args:
        name: what the scenario is called.
        now: the scenario.
        there: the folder of its run in the earlier batch.

    Returns:
        A row for the cases of each tier and each duty of a tier, and one for all tiers of each.
    """
    if not there.is_dir():
        return EarlierForecast(name, (), "no run of this name in the earlier batch", ())
    found = keeping.whole(there)
    if found is None:
        return EarlierForecast(name, (), "its earlier run is not whole", ())
    start = now.settings.start
    month = f"{start.year - (start.month == 1)}-{(start.month - 2) % 12 + 1:02d}"
    tables = found[1]
    forecast = _forecast(tables, month)
    if not forecast:
        span = f"its earlier run says nothing of the end of {month}"
        return EarlierForecast(name, (), span, ())
    actual = _opening(now)
    bands = _bands(tables.get("bands.csv"), month, {key[1] for key in forecast})
    left_out = forecast.keys() ^ actual.keys()
    both = _with_totals({key: (forecast[key], actual[key]) for key in actual if key in forecast})
    torn = {(*key[:3], None) for key in left_out}  # a band of all tiers is not that of some
    rows = [
        _row(name, month, key, *pair, None if key in torn else bands.get(key))
        for key, pair in both.items()
    ]
    return EarlierForecast(name, tuple(rows), "", tuple(sorted(_words(key) for key in left_out)))


def _with_totals(
    tiers: Mapping[Measured, tuple[float, float]],
) -> dict[Measured, tuple[float, float]]:
    """Return forecasts and what happened by tier, all tiers of each before them."""
    found: dict[Measured, tuple[float, float]] = {}
    for key in tiers:
        alike = [pair for other, pair in tiers.items() if other[:3] == key[:3]]
        whole: Measured = (*key[:3], None)
        found[whole] = (sum(one for one, _ in alike), sum(other for _, other in alike))
        found[key] = tiers[key]
    ordered = [
        key
        for first in dict.fromkeys(key[:3] for key in found)
        for key in sorted((k for k in found if k[:3] == first), key=lambda k: k[3] or "")
    ]
    return {key: found[key] for key in ordered}


def _row(
    name: str,
    month: str,
    key: Measured,
    forecast: float,
    actual: float,
    band: tuple[float, float] | None,
) -> ForecastRow:
    error = actual - forecast
    p10, p90 = band or (np.nan, np.nan)
    return ForecastRow(
        name,
        month,
        *key,
        forecast,
        actual,
        error,
        error / actual if actual else np.nan,
        p10,
        p90,
        None if band is None else bool(p10 <= actual <= p90),
    )


def _words(key: Measured) -> str:
    return " ".join(part.replace("_", " ") for part in key if part)


# The forecast ------------------------------------------------------------------------------


def _forecast(tables: Mapping[str, bytes], month: str) -> dict[Measured, float]:
    """Return what was forecast for the end of a month, by tier."""
    found: dict[Measured, float] = {}
    for row in _rows(tables["caseload.csv"]):
        if row["month"] == month:
            found["cases", row["cohort"], None, row["tier"]] = float(row["cases"])
    for row in _rows(tables["projection.csv"]):
        if row["month"] == month and row["option"] == OPTION:
            key = ("outstanding", row["cohort"], row["duty"], row["tier"])
            found[key] = float(row["outstanding"])
    return found


def _bands(
    table: bytes | None, month: str, cohorts: Set[str]
) -> dict[Measured, tuple[float, float]]:
    """Return the bands of a month; a tier's cases are the same whatever duty they stand by.

    Where there is one cohort, the bands of everything are its own.
    """
    (only,) = cohorts if len(cohorts) == 1 else ("",)
    found: dict[Measured, tuple[float, float]] = {}
    for row in _rows(table or b""):
        measure, duty, tier = row["measure"], row["duty"] or None, row["tier"] or None
        cohort = row["cohort"] or only
        if row["month"] != month or row["option"] != OPTION or not cohort:
            continue
        if measure == "outstanding" and duty:
            key: Measured = (measure, cohort, duty, tier)
        elif measure == "cases" and (tier or not duty):
            key = (measure, cohort, None, tier)
        else:
            continue
        found[key] = (float(row["p10"]), float(row["p90"]))
    return found


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(io.StringIO(table.decode("utf-8"), newline="")))


# What happened -----------------------------------------------------------------------------


def _opening(now: Scenario) -> dict[Measured, float]:
    """Return the position that a scenario opens with, by tier."""
    model = building.build(now)
    found: dict[Measured, float] = {}
    for place in model.of_cohorts:
        tier = model.tiers[place]
        found["cases", tier.cohort, None, tier.tier] = float(model.caseloads.opening[0, place])
    owed = model.duties.per_year[0, 0] > 0
    for place, row in enumerate(model.rows):
        overdue = float(model.duties.overdue[0, place])
        if owed[place] or overdue:
            found["outstanding", row.cohort, row.duty, row.tier] = overdue
    return found
