"""A round in words and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from capacity.catalogue import matching
from capacity.reading.scenario import Scenario
from capacity.results.fits import figure_of, setting_of
from capacity.rounds.comparing import AgainstForecast, Series, Watched
from capacity.rounds.control import LEAST
from capacity.rounds.doing import ENOUGH, FittedNow, Round
from capacity.rounds.naming import series_in_words
from capacity.rounds.scoring import Score
from capacity.wording import counted, listed, month, per_cent

if TYPE_CHECKING:
    import pandas as pd


def headline(found: Round) -> str:
    """Return in one sentence how the last forecast did."""
    if not found.came:
        return (
            f"Figures to {month(found.month)} are kept. There was no forecast of them yet; the "
            "next round compares."
        )
    within = sum(one.inside for one in found.came)
    share = within / len(found.came)
    return (
        f"Of {counted(len(found.came), 'figure')} forecast for this round, {within} lie within the "
        f"range of 8 in 10 simulations ({per_cent(share)}; 80% is what a good forecast has)."
    )


def alerts(found: Round) -> tuple[str, ...]:
    """Return what should be looked at, the most important first."""
    return tuple(_alerts(found))


def _alerts(found: Round) -> Iterator[str]:
    scenario = found.scenario
    for came in found.came:
        if not came.inside and came.expected.tier is None:
            yield f"{_outside(came, scenario)}."
    tiers = [came for came in found.came if not came.inside and came.expected.tier is not None]
    if tiers:
        names = [series_in_words(came.expected.series, scenario) for came in tiers]
        yield f"Outside the range forecast, by tier: {listed(names, 8)}."
    for one in found.watched:
        for signal in one.chart.signals:
            if signal.month == found.month:
                what = series_in_words(one.series, scenario)
                shown = figure_of(one.series[3], signal.value)
                yield f"Signal in {month(signal.month)}: {what} {shown}, {signal.why}."
    for moved in found.assumptions:
        if moved.moved:
            yield f"{_assumption(moved)}."
    if found.corrected:
        many = counted(len(found.corrected), "figure")
        months = listed([month(m) for m in sorted({one.month for one in found.corrected})], 6)
        yield f"{many} of {months} differ from what was said before; the latest are used."
    if found.missing:
        yield f"No figures of {listed([month(one) for one in found.missing], 8)}."


def _outside(came: AgainstForecast, scenario: Scenario) -> str:
    one = came.expected
    where = "above" if came.value > one.p90 else "below"
    what = series_in_words(one.series, scenario)
    shown = figure_of(one.measure, came.value)
    low, high = figure_of(one.measure, one.p10), figure_of(one.measure, one.p90)
    return f"{month(one.month)}, {what}: {shown}, {where} the {low} to {high} forecast"


def setting_called(name: str) -> str:
    """Return what a setting is, in words; its name where that is not known."""
    entries, _ = matching(name)
    return entries[0].meaning if len(entries) == 1 else name


def _assumption(one: FittedNow) -> str:
    assert one.before is not None
    what = setting_called(one.setting)
    return (
        f"{one.setting} ({what}) moved from {setting_of(one.before[0])} "
        f"({setting_of(one.before[1])} to {setting_of(one.before[2])}) to {setting_of(one.now[0])}"
    )


def remarks(found: Round) -> tuple[str, ...]:
    """Return what there is to say about how the round was done."""
    said = []
    if not found.assumptions:
        said.append(
            f"No setting was fitted: that needs {ENOUGH} months of figures, and settings with a "
            "range that figures of the kind can tell."
        )
    if found.doubts:
        said.append(
            f"The fitted values are not used in the next forecast: {'; '.join(found.doubts)}."
        )
    short = [one for one in found.watched if one.chart.low is None]
    if short:
        said.append(f"Control limits need {LEAST} months; some series have fewer.")
    return tuple(said)


def tables(found: Round, scores: Iterable[Score] = ()) -> dict[str, pd.DataFrame]:
    """Return a round as tables, with how forecasts have done."""
    import pandas as pd

    def row(series: Series, **more: Any) -> dict[str, Any]:
        return dict(zip(("cohort", "duty", "tier", "measure"), series, strict=True)) | more

    def frame(rows: list[dict[str, Any]], *columns: str) -> pd.DataFrame:
        names = ("cohort", "duty", "tier", "measure")
        return pd.DataFrame(rows, columns=[*columns[:1], *names, *columns[1:]])

    return {
        "changes": frame(
            [
                row(one.series, month=found.month, before=one.before, now=one.now)
                for one in found.moved
            ],
            *("month", "before", "now"),
        ),
        "against": frame(
            [
                row(
                    one.expected.series,
                    month=one.expected.month,
                    p10=one.expected.p10,
                    p50=one.expected.p50,
                    p90=one.expected.p90,
                    actual=one.value,
                    inside=one.inside,
                )
                for one in found.came
            ],
            *("month", "p10", "p50", "p90", "actual", "inside"),
        ),
        "signals": frame(
            [
                row(one.series, month=signal.month, value=signal.value, why=signal.why)
                for one in found.watched
                for signal in one.chart.signals
            ],
            *("month", "value", "why"),
        ),
        "control": frame(
            [
                row(
                    one.series,
                    month=when,
                    value=value,
                    mean=one.chart.mean,
                    low=one.chart.low,
                    high=one.chart.high,
                )
                for one in found.watched
                for when, value in zip(one.chart.months, one.chart.values, strict=True)
            ],
            *("month", "value", "mean", "low", "high"),
        ),
        "assumptions": pd.DataFrame(
            [
                (one.setting, *(one.before or (None, None, None)), *one.now, one.moved)
                for one in found.assumptions
            ],
            columns=[
                *("setting", "before", "before_low", "before_high"),
                *("value", "low", "high", "moved"),
            ],
        ),
        "forecast": frame(
            [
                row(one.series, month=one.month, p10=one.p10, p50=one.p50, p90=one.p90)
                for one in found.expected
            ],
            *("month", "p10", "p50", "p90"),
        ),
        "scores": pd.DataFrame(
            [asdict(one) for one in scores], columns=[one.name for one in fields(Score)]
        ),
    }


def in_rows(found: Round) -> list[tuple[str, str, str, str]]:
    """Return the totals of this month: what, last month, now, and the range that was forecast."""
    ranges = {(one.expected.month, one.expected.series): one for one in found.came}
    rows = []
    for one in found.moved:
        _, _, tier, measure = one.series
        if tier is not None and measure != "cases":
            continue
        came = ranges.get((found.month, one.series))
        band = ""
        if came is not None:
            low, high = (
                figure_of(measure, value) for value in (came.expected.p10, came.expected.p90)
            )
            band = f"{low} to {high}" + ("" if came.inside else ", outside")
        before = "" if one.before is None else figure_of(measure, one.before)
        what = series_in_words(one.series, found.scenario)
        rows.append((what, before, figure_of(measure, one.now), band))
    return rows


def next_in_words(found: Round) -> str:
    """Return what is expected at the end of what is forecast."""
    totals = [
        one
        for one in found.expected
        if one.tier is None
        and one.duty is not None
        and one.measure in ("completion", "outstanding")
    ]
    if not totals:
        return "No activity is due, so nothing was forecast."
    last = max(one.month for one in totals)
    said = [
        f"{series_in_words(one.series, found.scenario)} {figure_of(one.measure, one.p10)} to "
        f"{figure_of(one.measure, one.p90)}"
        for one in totals
        if one.month == last
    ]
    return f"Expected in {month(last)} with current posts: {'; '.join(said)}."


def watched_in_words(one: Watched, scenario: Scenario) -> str:
    """Return what a control chart says."""
    what = series_in_words(one.series, scenario)
    what = what[:1].upper() + what[1:]
    if one.chart.low is None or one.chart.high is None:
        return f"{what}: {counted(len(one.chart.months), 'month')}, too few for limits"
    ends = [figure_of(one.series[3], value) for value in (one.chart.low, one.chart.high)]
    if not one.chart.signals:
        return f"{what}: no signal; months vary between {ends[0]} and {ends[1]} by chance"
    last = one.chart.signals[-1]
    return f"{what}: {last.why} in {month(last.month)} (usual: {ends[0]} to {ends[1]})"
