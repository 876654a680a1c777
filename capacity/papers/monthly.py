"""The paper of a monthly round: one page for a superintendent, with what there is to decide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capacity import kinds
from capacity.files.headings import SHARES
from capacity.register.count import Register
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    ChartBand,
    ChartLine,
    Column,
    Heading,
    Kind,
    Points,
    Section,
    Table,
    Text,
)
from capacity.results import phrases
from capacity.results.fits import figure_of
from capacity.rounds import words
from capacity.rounds.assisting import ReportedBeside
from capacity.rounds.comparing import Series, earlier
from capacity.rounds.doing import Round
from capacity.rounds.naming import series_in_words
from capacity.settings import Standard
from capacity.wording import counted, listed, month, per_cent
from capacity.workspace.forecasts import Expected

ALERTS = 6
"""Alerts on the page, the most important first."""

BEHIND, AHEAD = 12, 12
"""Months of the chart before and after the last that is known."""

FAR_TOO_FEW, ENOUGH = 0.6, 10
"""Share of figures inside their ranges below which ranges are too narrow, of so many figures."""

SHOWN = ("cases", "completion", "outstanding")
"""Measures of the table, of all tiers together."""


@dataclass(frozen=True)
class MonthBrief:
    """What the paper is written from: a round, and what came with it."""

    found: Round
    held: tuple[ReportedBeside, ...] = ()
    register: Register | None = None


def section(brief: MonthBrief) -> Section:
    """Return the page."""
    return Section("month", "The month", "Month", tuple(_blocks(brief)), one_page=True)


def _blocks(brief: MonthBrief) -> Iterator[Block]:
    found = brief.found
    yield Text(words.headline(found), "lead")
    yield Heading("To decide")
    decide = decisions(brief)
    yield Points(decide) if decide else Text("Nothing needs a decision this month.")
    yield _changes(found)
    chart = _chart(found)
    if chart is not None:
        yield chart
    alerts = words.alerts(found)
    yield Heading("To look at")
    if not alerts:
        yield Text("Nothing stands out this month.")
    else:
        more = len(alerts) - ALERTS
        told = " ".join(alerts[:ALERTS]) + (
            f" And {counted(more, 'more alert')}." if more > 0 else ""
        )
        yield Text(told)
    yield Heading("Next twelve months, with current posts")
    yield _ahead(found)
    yield Text(
        "Ranges hold 8 of 10 simulations. Figures are the unit's own; registers come in as counts "
        "and no row is kept.",
        "note",
    )


# What to decide ----------------------------------------------------------------------------


def decisions(brief: MonthBrief) -> tuple[tuple[str, str], ...]:
    """Return what there is to decide after a round, each after what it is about."""
    return tuple(_decisions(brief))


def _decisions(brief: MonthBrief) -> Iterator[tuple[str, str]]:
    found = brief.found
    for rule in found.scenario.settings.standards:
        told = _at_risk(found, rule)
        if told:
            yield rule.name, told
    for one in brief.held:
        if one.figure is not None and not one.agrees:
            yield "Reported figure", f"{one.words} Settle which is right before it is reported."
    if found.corrected:
        months = listed([month(m) for m in sorted({one.month for one in found.corrected})], 6)
        yield (
            "Corrections",
            f"{counted(len(found.corrected), 'figure')} of {months} changed. Accept them, or have "
            "them corrected at the source.",
        )
    if found.missing:
        names = listed([month(one) for one in found.missing], 6)
        yield "Missing months", f"No figures of {names}. Say who finds them."
    for moved in found.assumptions:
        if moved.moved and not found.doubts:
            what = words.setting_called(moved.setting)
            yield (
                "Assumption",
                f"{what[:1].upper()}{what[1:]} has moved and is used from now on. Agree, or keep "
                "the value that was agreed.",
            )
    inside_ = sum(one.inside for one in found.came)
    if len(found.came) >= ENOUGH and inside_ < FAR_TOO_FEW * len(found.came):
        yield (
            "Forecast",
            f"Only {per_cent(inside_ / len(found.came))} of figures lie within their ranges, where "
            "80% should. Have the ranges of the settings looked at before the next decision.",
        )


def _at_risk(found: Round, rule: Standard) -> str:
    """Return from when a standard will probably not be met; empty where it probably is."""
    kind = rule.kind
    if kind not in (kinds.COMPLETION, kinds.OUTSTANDING) or rule.cohort is None:
        return ""
    measure = "completion" if kind is kinds.COMPLETION else "outstanding"
    level = float(rule.level.value)
    first = f"{rule.from_:%Y-%m}" if rule.from_ is not None else ""
    mine = [one for one in _of_rule(found.expected, rule, measure) if one.month >= first]
    missed = [one for one in mine if _misses(one.p50, level, measure)]
    if not missed:
        return ""
    when = min(one.month for one in missed)
    one = next(one for one in missed if one.month == when)
    sure = _misses(one.p90 if measure == "completion" else one.p10, level, measure)
    asks = kind.asked_for(level)
    return (
        f"{'Very likely' if sure else 'Probably'} not met from {month(when)}: expected "
        f"{figure_of(measure, one.p10)} to {figure_of(measure, one.p90)}, asked {asks}. Decide "
        "between more posts, help from another team, and whom to visit less often; the board "
        "paper says what to agree now."
    )


def _of_rule(expected: Sequence[Expected], rule: Standard, measure: str) -> list[Expected]:
    """Return what is forecast of a standard: all tiers together where that is what it asks."""
    mine = [one for one in expected if one.series[:2] == (rule.cohort, rule.duty)]
    mine = [one for one in mine if one.measure == measure]
    together = [one for one in mine if one.tier is None]
    if rule.pooled and together:
        return together
    return [
        one for one in mine if one.tier is not None and (not rule.tiers or one.tier in rule.tiers)
    ]


def _misses(value: float, level: float, measure: str) -> bool:
    if math.isnan(value):
        return False
    return value < level - 0.005 if measure == "completion" else value > level + 0.5


# What changed, and what comes ---------------------------------------------------------------


def _changes(found: Round) -> Table:
    """Return this month beside the last and the range forecast, of all tiers together."""
    ranges = {one.expected.series: one for one in found.came if one.expected.month == found.month}
    rows: list[tuple[Cell, ...]] = []
    for one in found.moved:
        _, _, tier, measure = one.series
        if tier is not None or measure not in (*SHOWN, "entrants", "exits", "done"):
            continue
        came = ranges.get(one.series)
        band = ""
        if came is not None:
            low, high = (
                figure_of(measure, value) for value in (came.expected.p10, came.expected.p90)
            )
            band = f"{low} to {high}" + ("" if came.inside else " (outside)")
        what = series_in_words(one.series, found.scenario)
        before = "" if one.before is None else figure_of(measure, one.before)
        rows.append((what[:1].upper() + what[1:], before, figure_of(measure, one.now), band))
    columns = (
        Column("", wide=True),
        Column(month(earlier(found.month))),
        Column(month(found.month)),
        Column("Forecast"),
    )
    title = f"What changed: {month(found.month)} beside the month before and the last forecast"
    return Table("changes", title, columns, tuple(rows))


def _ahead(found: Round) -> Table:
    """Return what is forecast of each activity in 3, 6 and 12 months."""
    months = sorted({one.month for one in found.expected})
    shown = [months[n - 1] for n in (3, 6, 12) if n <= len(months)] or months[-1:]
    by_series: dict[Series, dict[str, Expected]] = {}
    for one in found.expected:
        wanted = one.tier is None and one.duty is not None and one.measure in SHOWN[1:]
        if wanted and one.month in shown:
            by_series.setdefault(one.series, {})[one.month] = one
    rows: list[tuple[Cell, ...]] = []
    for series, of in by_series.items():
        what = series_in_words(series, found.scenario)
        cells = [_range(series[3], of.get(when)) for when in shown]
        rows.append((what[:1].upper() + what[1:], *cells, _standard(found, series)))
    columns = [Column("", wide=True), *(Column(month(one)) for one in shown)]
    columns.append(Column("Standard", wide=True))
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table("ahead", "What is expected, with ranges", tuple(columns), tuple(rows))


def _range(measure: str, one: Expected | None) -> str:
    if one is None or math.isnan(one.p50):
        return ""
    low, high = figure_of(measure, one.p10), figure_of(measure, one.p90)
    return low if low == high else f"{low} to {high}"


def _standard(found: Round, series: Series) -> str:
    """Return what is asked of a measure of an activity; empty where nothing is."""
    cohort, duty, _, measure = series
    wanted = kinds.COMPLETION if measure == "completion" else kinds.OUTSTANDING
    asked = [
        phrases.asks(found.scenario.settings, rule)
        for rule in found.scenario.settings.standards
        if (rule.cohort, rule.duty, rule.kind) == (cohort, duty, wanted)
    ]
    return "; ".join(asked)


def _chart(found: Round) -> Chart | None:
    """Return the first activity's overdue, or its completion: known, and as it is forecast."""
    for measure in ("outstanding", "completion"):
        for one in found.watched:
            cohort, duty, tier, what = one.series
            ahead = [
                e for e in found.expected if e.series == (cohort, duty, tier, measure)
            ][:AHEAD]  # fmt: skip
            if what == measure and duty is not None and len(one.chart.months) > 1 and ahead:
                known = dict(zip(one.chart.months, one.chart.values, strict=True))
                return _drawn(found, one.series, known, ahead)
    return None


def _drawn(
    found: Round, series: Series, known: dict[str, float], ahead: Sequence[Expected]
) -> Chart:
    """Return the chart of a series, and the month of the last figure in both of its parts."""
    nothing = float("nan")
    before = [one for one in sorted(known) if one <= found.month][-BEHIND:]
    along = [*_between(before[0], before[-1]), *(one.month for one in ahead)]
    then = {one.month: one for one in ahead}

    def line(name: str) -> tuple[float, ...]:
        return tuple(getattr(then[m], name) if m in then else nothing for m in along)

    kind: Kind = "share" if series[3] in SHARES else "number"
    what = series_in_words(series, found.scenario)
    last = figure_of(series[3], known[before[-1]])
    end = ahead[-1]
    low, high = figure_of(series[3], end.p10), figure_of(series[3], end.p90)
    message = (
        f"{what[:1].upper()}{what[1:]} {last} in {month(before[-1])}; expected {low} to {high} in "
        f"{month(end.month)}"
    )
    return Chart(
        "month-ahead",
        message,
        tuple(along),
        f"{what[:1].upper()}{what[1:]}",
        kind,
        (
            ChartLine("Known", tuple(known.get(m, nothing) for m in along), "sized"),
            ChartLine("Expected", line("p50"), "today"),
        ),
        None,
        (ChartBand("8 in 10 simulations", line("p10"), line("p90"), "today"),),
        low=True,
    )


def _between(first: str, last: str) -> list[str]:
    """Return the months from one to another."""
    found = [last]
    while found[0] > first:
        found.insert(0, earlier(found[0]))
    return found
