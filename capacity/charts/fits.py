"""A fit to history as a chart: what happened, what the model makes of it, what was held out."""

from __future__ import annotations

import altair as alt
import pandas as pd

from capacity.charts import Picture, drawing
from capacity.charts.drawing import BLUE, GREY, HEIGHT, ORANGE, WORDS, Drawn, Layer
from capacity.files.headings import COUNTS, SHARES
from capacity.history.fit import NAIVE, Calibration, naive
from capacity.history.search import Compared, serial
from capacity.reading.scenario import Scenario
from capacity.wording import counted, inside

Series = tuple[str | None, str | None, str | None, str]

FIRST = ("completion", "in_date", "on_time", "outstanding", "cases")
"""Measures that people ask for first."""

LOOKS = {"history": (GREY, [1, 0]), "model": (BLUE, [1, 0]), "model, not fitted": (ORANGE, [6, 3])}
"""Colour and dashes of what is drawn."""


def series_of(found: Calibration) -> list[Series]:
    """Return what a fit has figures of: those first that people ask for first, sums before parts.

    Counts given by tier alone have a series of all tiers together, too.
    """
    given = dict.fromkeys(one.figure.series for one in found.compared)
    sums: dict[Series, None] = {}
    for cohort, duty, tier, measure in given:
        total = (cohort, duty, None, measure)
        parts = [one for one in given if (*one[:2], one[3]) == (cohort, duty, measure)]
        if tier is not None and measure in COUNTS and total not in given and len(parts) > 1:
            sums[total] = None
    order = {measure: place for place, measure in enumerate(FIRST)}
    every = [*sums, *given]
    return sorted(every, key=lambda one: (order.get(one[3], len(order)), one[2] is not None))


def called(scenario: Scenario, series: Series) -> str:
    """Return what a series is of, in the scenario's own words."""
    cohort, duty, tier, measure = series
    cohorts = scenario.settings.cohorts
    of = []
    one = cohorts.get(cohort or "")
    if one is not None and len(cohorts) > 1:
        of.append(one.label or str(cohort))
    if duty is not None and measure != "cases":
        owed = next((c.duties[duty] for c in cohorts.values() if duty in c.duties), None)
        of.append(inside((owed and owed.label) or duty))
    if tier is None:
        of.append("all tiers")
    else:
        band = next((c.tiers[tier] for c in cohorts.values() if tier in c.tiers), None)
        of.append(inside((band and band.label) or tier))
    return f"{measure.replace('_', ' ').capitalize()}: {', '.join(of)}"


def history(found: Calibration, series: Series) -> Picture:
    """Show one series of a history beside what the fitted model makes of it."""
    table = _table(found, series)
    title = called(found.scenario, series)
    name = "fit-" + "-".join(part or "all" for part in series)
    return Picture(name, title + _verdict(table, series), _drawn(table, series), table)


def _table(found: Calibration, series: Series) -> pd.DataFrame:
    """Return history and model by month, all tiers added up where the series is their sum."""
    mine = [one for one in found.compared if one.figure.series == series]
    if not mine:
        mine = [one for one in found.compared if _inside(one.figure.series, series)]
    tiers = len({one.figure.tier for one in mine})
    months: dict[str, list[Compared]] = {}
    for one in mine:
        months.setdefault(one.figure.month, []).append(one)
    rows = [
        {
            "month": pd.Timestamp(f"{month}-01"),
            "history": sum(one.figure.value for one in ones),
            "model": sum(one.projected for one in ones),
            "use": ones[0].use,
        }
        for month, ones in sorted(months.items())
        if len(ones) == tiers
    ]
    return pd.DataFrame(rows, columns=["month", "history", "model", "use"])


def _inside(one: Series, total: Series) -> bool:
    return (*one[:2], one[3]) == (*total[:2], total[3]) and one[2] is not None


def _verdict(table: pd.DataFrame, series: Series) -> str:
    """Return how far off the model was over the months held out, beside the best naive one."""
    held = table[table["use"] == "held out"]
    if held.empty:
        return ""
    own = float((held["model"] - held["history"]).abs().mean())
    words = (
        f". Over the {counted(len(held), 'month')} kept back the model is off by "
        f"{_off(series, own)} on average"
    )
    fitted = table[table["use"] == "fitted"]
    known = [(_serial(row.month), float(str(row.history))) for row in fitted.itertuples()]
    others: dict[str, float] = {}
    for name in NAIVE:
        made = [naive(known, _serial(when))[name] for when in held["month"]]
        off = [
            abs(value - truth)
            for value, truth in zip(made, held["history"], strict=True)
            if value is not None
        ]
        if len(off) == len(held):
            others[name] = sum(off) / len(off)
    if not others:
        return words
    best = min(others, key=lambda name: others[name])
    return f"{words}, {best} by {_off(series, others[best])}"


def _serial(when: object) -> int:
    return serial(str(when)[:7])


def _off(series: Series, value: float) -> str:
    return f"{100 * value:.1f} points" if series[3] in SHARES else f"{value:.1f}"


def _drawn(table: pd.DataFrame, series: Series) -> Drawn:
    """Draw history as points on a line, the model over it, in dashes where it was not fitted."""
    share = series[3] in SHARES
    lines = _lines(table)
    names = [name for name in LOOKS if (lines["series"] == name).any()]
    colours = alt.Scale(domain=names, range=[LOOKS[name][0] for name in names])
    dashes = alt.Scale(domain=names, range=[LOOKS[name][1] for name in names])
    legend = alt.Legend(
        title=None, orient="top", symbolType="stroke", symbolSize=300, symbolStrokeWidth=2.5
    )
    title = series[3].replace("_", " ").capitalize() + (" (%)" if share else "")
    few = not share and (lines.empty or float(lines["value"].max()) < 5)
    form = ".0%" if share else ",.1f" if few else ",.0f"
    base = alt.Chart(lines).encode(
        x=alt.X("month:T", axis=drawing.months()),
        y=alt.Y(
            "value:Q",
            title=title,
            axis=drawing.ticks(form, titlePadding=10),
            scale=alt.Scale(zero=not share),
        ),
        color=alt.Color("series:N", scale=colours, legend=legend),
        tooltip=[
            alt.Tooltip("month:T", title="Month", format="%B %Y"),
            alt.Tooltip("series:N", title=" "),
            alt.Tooltip("value:Q", title=title, format=".1%" if share else ",.1f"),
        ],
    )
    layers: list[Layer] = [
        base.mark_line(strokeWidth=2.5).encode(
            strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=legend)
        ),
        base.mark_point(size=35, filled=True).transform_filter(alt.datum.series == "history"),
    ]
    held = table[table["use"] == "held out"]
    if not held.empty:
        begin = alt.Chart(pd.DataFrame({"month": [held["month"].min()]})).encode(x="month:T")
        layers += [
            begin.mark_rule(strokeDash=[2, 2], color=WORDS),
            begin.mark_text(
                text="kept back from here", align="right", dx=-5, y=-6, color=WORDS, fontSize=12
            ),
        ]
    return drawing.drawn(*layers, height=HEIGHT)


def _lines(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn; the dashed line begins where the other ends, so that none breaks."""
    fitted = table["use"] == "fitted"
    every = [
        table.assign(series="history", value=table["history"]),
        table[fitted].assign(series="model", value=table["model"]),
    ]
    if not fitted.all():
        joined = pd.concat([table[fitted].tail(1), table[~fitted]])
        every.append(joined.assign(series="model, not fitted", value=joined["model"]))
    return pd.concat(every)[["month", "series", "value"]].reset_index(drop=True)
