"""A fit and a backtest in words, as tables and as a scenario diff."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from capacity.console import say, table
from capacity.errors import InputError, Problem
from capacity.files.fetching import fetch
from capacity.files.headings import SHARES
from capacity.history.backtest import Backtest, Forecast, HorizonError
from capacity.history.fit import NAIVE, Calibration, series_name
from capacity.history.proofs import Guess
from capacity.limits import LARGEST_TABLE
from capacity.places import folder
from capacity.reading.naming import value_at
from capacity.reading.scenario import Scenario, shipped
from capacity.reading.scenario_text import text_of
from capacity.results import manifests
from capacity.stages import METHOD_VERSION
from capacity.version import __version__
from capacity.wording import counted, month, number, per_cent

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 30
"""Figures shown one by one, at most."""
READING_2021 = (
    "How to read it: two settings fitted to two figures always fit. At 73% completed, "
    "overdue is 27/73 of what is done, so arithmetic alone gives 62; other plausible mixes of "
    "tiers give 46 to 83. It supports what completion means and how often people are visited, and "
    "shows that hours 1 to 2% short are enough.",
    "It says nothing about the time that work takes: with 10.6 officers (if 77 active cases each "
    "leaves out reactive ones) or 18.4 (if it counts those in custody) it fits as well, at 0.07 or "
    "0.88 hours per case per month, and leaves 61 again.",
)
SHOWN_HORIZONS = (1, 3, 6, 12)
MEASURES_SHOWN = ("cases", "completion", "outstanding")


def figure_of(measure: str, value: float | None) -> str:
    """Return a figure as people read it: a share in per cent, a count in whole cases."""
    if value is None or math.isnan(value):
        return ""
    return per_cent(value) if measure in SHARES else number(value)


def setting_of(value: float) -> str:
    """Return a setting's value to three figures."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def show_fit(found: Calibration) -> None:
    """Print a fit: settings, errors, what stands beside, and whether to trust it."""
    fitted = [one for one in found.compared if one.use == "fitted"]
    months = sorted({one.figure.month for one in fitted})
    say(f"{found.scenario.settings.title}, fitted to {found.history}")
    say(f"{counted(len(fitted), 'figure')} of {counted(len(months), 'month')}, {span(months)}.")
    rows = [
        [
            one.spot.name,
            setting_of(float(one.spot.given.value)),
            setting_of(one.value),
            f"{setting_of(one.low)} to {setting_of(one.high)}" if not one.open else "any",
            f"{setting_of(one.within.low)} to {setting_of(one.within.high)}",
        ]
        for one in found.settings
    ]
    headings = [("Setting", False), ("Was", True), ("Fitted", True)]
    headings += [("Fits nearly as well", True), ("Looked for within", True)]
    if rows:
        table("Settings", headings, rows)
    if found.learnt:
        ways = [[name, setting_of(value)] for name, value in found.learnt.items()]
        table("Ways of working, last months fitted", [("Setting", False), ("Learnt", True)], ways)
    _figures(found)
    _held_out(found)
    for one in found.compared:
        if one.use == "beside":
            measure = one.figure.measure
            off = one.projected - one.figure.value
            sign = "+" if off >= 0 else "−"
            error = f" (error {sign}{figure_of(measure, abs(off))})" if not math.isnan(off) else ""
            say()
            say(
                f"{series_name(one.figure.series).capitalize()}, not fitted: projected "
                f"{figure_of(measure, one.projected) or 'nothing due'} for "
                f"{month(one.figure.month)}, published "
                f"{figure_of(measure, one.figure.value)}{error}."
            )
    say()
    if found.doubts:
        say("This fit cannot be trusted by itself:")
        for doubt in found.doubts:
            say(f"- {doubt}", indent=2)
    else:
        say("No problems found with this calibration.")
    for note in found.notes:
        say(note)
    if found.scenario.name == "norfolk-2021":
        for words in READING_2021:
            say(words)


def span(months: Sequence[str]) -> str:
    """Return from which month to which, in words; one month once."""
    return month(months[0]) + (f" to {month(months[-1])}" if len(months) > 1 else "")


def _figures(found: Calibration) -> None:
    """Print figures one by one, if they are few."""
    if len(found.compared) > SHOWN:
        return
    rows = [
        [
            one.figure.month,
            series_name(one.figure.series),
            figure_of(one.figure.measure, one.figure.value),
            figure_of(one.figure.measure, one.projected),
            one.use,
        ]
        for one in found.compared
    ]
    headings = [("Month", False), ("Figure", False), ("History", True), ("Projected", True)]
    table("Figures", [*headings, ("", False)], rows)


def _held_out(found: Calibration) -> None:
    """Print errors over the months held out, beside naive forecasts."""
    if not found.errors:
        return
    rows = []
    for one in found.errors:
        measure = one.series[3]
        rows.append(
            [
                series_name(one.series),
                error_of(measure, one.projected),
                *(error_of(measure, one.naive[name]) for name in NAIVE),
            ]
        )
    headings = [("Figure", False), ("Model", True)]
    headings += [(name.capitalize(), True) for name in NAIVE]
    count = counted(found.errors[0].months, "month")
    table(f"Mean error over the last {count}, kept back", headings, rows)


def error_of(measure: str, value: float | None) -> str:
    """Return an error as people read it: points for shares."""
    if value is None:
        return ""
    return f"{100 * value:.1f} points" if measure in SHARES else f"{value:.1f}"


def show_backtest(found: Backtest) -> None:
    """Print errors by horizon, model against naive."""
    origins = sorted({one.origin for one in found.forecasts})
    say(
        f"{found.history}: {counted(len(found.forecasts), 'forecast')} from "
        f"{counted(len(origins), 'start')}, {span(origins)}; each fitted on what was known then."
    )
    for note in found.notes:
        say(note)
    measures = list(dict.fromkeys(one.measure for one in found.errors))
    wanted = [one for one in MEASURES_SHOWN if one in measures] or measures
    rows = []
    for one in found.errors:
        if one.measure in wanted and one.horizon in SHOWN_HORIZONS:
            names = ("projected", "corrected", "last_value", "straight_line")
            values = [getattr(one, name) for name in (*names, "same_month_last_year")]
            shown = [error_of(one.measure, value) for value in values]
            rows.append([one.measure, f"{one.horizon}", f"{one.forecasts}", *shown])
    headings = [("Figure", False), ("Months ahead", True), ("Forecasts", True), ("Model", True)]
    headings += [("Model, corrected", True), ("Last value", True), ("Straight line", True)]
    table("Mean error by horizon", [*headings, ("Same month last year", True)], rows)
    say(
        "Corrected: drawn towards the last value by as much as would have made earlier forecasts "
        "better, or by the last known misfit where the state of single tiers is not known. Changes "
        "and people events of the scenario count as known in advance."
    )
    for words in verdicts(found):
        say(words)


def verdicts(found: Backtest) -> Iterator[str]:
    """Yield where the model was nearer than every naive forecast, and where it was not.

    Yields:
        One sentence for each measure.
    """
    by_measure: dict[str, list[HorizonError]] = {}
    for one in found.errors:
        by_measure.setdefault(one.measure, []).append(one)
    for measure, items in by_measure.items():
        won = [one.horizon for one in items if _ahead(one) > 0]
        lost = [one.horizon for one in items if _ahead(one) < 0]
        name = measure.replace("_", " ")
        if len(won) == len(items):
            yield f"{name}: the model is nearer than every naive forecast at every horizon."
        elif won:
            yield (
                f"{name}: the model is nearer than every naive forecast at {_horizons(won, items)}."
            )
        elif len(lost) == len(items):
            yield f"{name}: some naive forecast is nearer than the model at every horizon."
        elif lost:
            yield (
                f"{name}: some naive forecast is nearer than the model at {_horizons(lost, items)},"
                " and as near at the others."
            )
        else:
            yield f"{name}: the model and the best naive forecast are as near at every horizon."


def _horizons(some: Sequence[int], items: Sequence[HorizonError]) -> str:
    """Return at how many of the horizons, and which: `2 of 12 horizons (1 to 2 months)`."""
    last = counted(some[-1], "month")
    between = len(some) < some[-1] - some[0] + 1
    span = f"between {some[0]} and {last}" if between else f"{some[0]} to {last}"
    return f"{len(some)} of {len(items)} horizons ({span if len(some) > 1 else last})"


def _ahead(one: HorizonError) -> float:
    """Return by how much the model is nearer than the best naive forecast; 0 where as near."""
    naive = (one.last_value, one.straight_line, one.same_month_last_year)
    model, best = min(one.projected, one.corrected), min(off for off in naive if off is not None)
    return 0.0 if math.isclose(model, best, rel_tol=1e-9, abs_tol=1e-9) else best - model


def show_register(guesses: Sequence[Guess]) -> None:
    """Print forecasts of the register of September 2024.

    Source: data/register.csv.
    """
    rows = []
    for one in guesses:
        sign = "+" if one.error >= 0 else "−"
        share = f"{sign}{100 * abs(one.error) / one.actual:.1f}%"
        rows.append([one.method, number(one.forecast), f"{sign}{number(abs(one.error))}", share])
    headings = [("Method", False), ("Forecast", True), ("Error", True), ("Error, %", True)]
    actual = number(guesses[0].actual)
    table(
        f"Norfolk's register in September 2024 ({actual}), forecast from 2016 to 2021",
        headings,
        rows,
    )
    say(
        "The model takes a steady number of new cases, fitted to the counts of 2016 and March "
        "2021, of whom a share leaves every year. That share is professional judgement, so its "
        "range is shown too; nothing after March 2021 was used."
    )


# As a scenario -----------------------------------------------------------------------------


def diff_of(found: Calibration, place: str | Path | None) -> str:
    """Return a scenario diff with the fitted values, to lie at a place beside the scenario.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    scenario = found.scenario
    tree: dict[str, Any] = {"extends": extended_from(scenario, place)}
    tree["title"] = f"{scenario.settings.title[:150]}, fitted"
    values = values_of(found)
    gone: list[str] = []
    items: dict[str, list[Any]] = {}
    for one in found.settings:
        value, path = values[one.spot.name], one.spot.path
        if isinstance(path[1], int):
            name = one.spot.name.rpartition(".")[0]
            gone.append(name)
            item = {**value_at(scenario.tree, name), str(path[-1]): value}
            items.setdefault(str(path[0]), []).append(item)
            continue
        node = tree
        for step in path[:-1]:
            node = node.setdefault(str(step), {})
        node[str(path[-1])] = value
    months = sorted({one.figure.month for one in found.compared if one.use == "fitted"})
    for name, learnt in found.learnt.items():
        node = tree
        *steps, last = name.split(".")
        for step in steps:
            node = node.setdefault(step, {})
        note = f"{found.history}, the year to {months[-1]}"
        node[last] = {"value": learnt, "source": "fitted", "note": note}
    if found.learnt and scenario.settings.priority.rule != "soft":
        tree["priority"] = {"rule": "soft"}
    if gone:
        tree["remove"] = gone
    heading = [f"Fitted by capacity {__version__} to {found.history}."]
    heading += [f"Cannot be trusted by itself: {doubt}." for doubt in found.doubts]
    return text_of({**tree, **items}, heading)


def values_of(found: Calibration) -> dict[str, dict[str, Any]]:
    """Return the fitted values by dotted name, each with its range and what it rests on."""
    months = sorted({one.figure.month for one in found.compared if one.use == "fitted"})
    note = f"{found.history}, {months[0]} to {months[-1]}"
    return {
        one.spot.name: {
            "value": one.value,
            "low": min(one.low, one.value),
            "high": max(one.high, one.value),
            "source": "fitted",
            "note": note,
        }
        for one in found.settings
    }


def extended_from(scenario: Scenario, place: str | Path | None, parent: int = 0) -> str:
    """Return how a diff at a place names the scenario that it extends.

    Args:
        scenario: the scenario.
        place: where the diff will lie.
        parent: which of its files is extended, the scenario itself or one that it extends.

    Raises:
        InputError: if the place is not in the folder of that file or above it.
    """
    name = PurePath(scenario.files[parent].name)
    if name.parts[:1] == ("scenarios",) and name.stem in shipped():
        there = Path(name).resolve()
        if not there.is_file() or there.parent == folder("scenarios"):
            return name.name
    if place is None:
        return name.name
    home, there = Path(place).resolve().parent, Path(name).resolve()
    if not there.is_relative_to(home):
        must = f"must lie in the folder of the scenario that it extends ({name.parent})"
        raise InputError([Problem(str(place), None, "", must)])
    return there.relative_to(home).as_posix()


# As files ----------------------------------------------------------------------------------


def fit_tables(found: Calibration) -> dict[str, pd.DataFrame]:
    """Return a fit as tables: settings, figures, errors, doubts."""
    settings = [
        {
            "setting": one.spot.name,
            "was": float(one.spot.given.value),
            "fitted": one.value,
            "low": one.low,
            "high": one.high,
            "determined": not one.open,
            "at_edge": one.at_edge,
            "from": one.within.low,
            "to": one.within.high,
        }
        for one in found.settings
    ]
    figures = [
        {
            "month": one.figure.month,
            **_series(one.figure.series),
            "history": one.figure.value,
            "projected": one.projected,
            "use": one.use,
        }
        for one in found.compared
    ]
    errors = [
        {
            **_series(one.series),
            "months": one.months,
            "model": one.projected,
            **{name.replace(" ", "_"): one.naive[name] for name in NAIVE},
        }
        for one in found.errors
    ]
    doubts = [{"words": words} for words in found.doubts]
    return {
        "calibration": _frame(settings),
        "calibration_figures": _frame(figures),
        "calibration_errors": _frame(errors),
        "calibration_doubts": _frame(doubts, "words"),
    }


def backtest_tables(found: Backtest) -> dict[str, pd.DataFrame]:
    """Return a backtest as tables: errors by horizon, every forecast, every fit."""
    forecasts = []
    for one in found.forecasts:
        row = asdict(one)
        series = _series(row.pop("series"))
        forecasts.append({"origin": row.pop("origin"), "month": row.pop("month"), **series, **row})
    names = [field.name for field in fields(HorizonError)]
    return {
        "backtest": _frame([asdict(one) for one in found.errors], *names),
        "backtest_forecasts": _frame(forecasts, *[f.name for f in fields(Forecast)]),
        "backtest_settings": _frame(
            [dict(zip(("origin", "setting", "fitted"), one, strict=True)) for one in found.fitted]
        ),
    }


def _series(series: Sequence[str | None]) -> dict[str, str | None]:
    return dict(zip(("cohort", "duty", "tier", "measure"), series, strict=True))


def _frame(rows: Iterable[Mapping[str, Any]], *names: str) -> pd.DataFrame:
    import pandas as pd

    found = list(rows)
    return pd.DataFrame(found) if found else pd.DataFrame(columns=list(names))


def manifest_of(scenario: Scenario, history: str, sha256: str, asked: Mapping[str, Any]) -> Any:
    """Return what a fit or a backtest was made from."""
    inputs = manifests.inputs_of(scenario, asked)
    return manifests.stamped({**inputs, "history": {"name": history, "sha256": sha256}})


def manifest_of_data(names: Sequence[str]) -> Any:
    """Return what proofs were made from: files of data/ by name.

    Args:
        names: of the files.

    Returns:
        An object for JSON.
    """
    files = [
        {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
        for name in names
        for content in [fetch(folder("data") / name, LARGEST_TABLE)]
    ]
    versions = {"version": __version__, "method_version": METHOD_VERSION}
    return manifests.stamped({**versions, "files": files, "data": []})
