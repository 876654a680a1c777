"""The assumptions register: every number, how certain it is, where it comes from, what it does."""

from __future__ import annotations

import math
from collections.abc import Iterator

from capacity.reading.assumptions import KINDS
from capacity.report.blocks import Block, Cell, Column, Heading, Section, Table, Text
from capacity.report.evidence import four_figures
from capacity.report.facts import Facts
from capacity.results import summary


def section(facts: Facts) -> Section:
    """Return the assumptions register."""
    return Section(
        "assumptions", "Assumptions register", "Assumptions", tuple(_blocks(facts)), wide=True
    )


def _blocks(facts: Facts) -> Iterator[Block]:
    yield Text(summary.basis(facts.said).words)
    past = facts.plan.scenario.known
    if past is not None:
        yield Heading("What the history says")
        for words in past.notes:
            yield Text(words)
    columns = (Column("Kind"), Column("Means", wide=True))
    yield Table("kinds", "Kinds of assumption", columns, tuple(KINDS.values()))
    yield Heading("Every number")
    ends = _at_ends(facts)
    if not ends:
        yield Text(
            "Low and high are the 10th and 90th percentile. What a result would be with a setting "
            "at its low or high is added when simulations are run (capacity simulate).",
            "note",
        )
    yield _register(facts, ends)
    yield Heading("Sources")
    yield _sources(facts)


Ends = dict[str, tuple[str, float, float]]


def _at_ends(facts: Facts) -> Ends:
    """Return what a result is with a setting at its low and high, where it was worked out."""
    drivers = facts.table("drivers")
    if drivers is None or not {"setting", "measure", "at_low", "at_high"} <= set(drivers):
        return {}
    found: Ends = {}
    names = ["setting", "measure", "at_low", "at_high"]
    for setting, measure, low, high in drivers[names].itertuples(index=False):
        ends = (four_figures(float(low)), four_figures(float(high)))
        found.setdefault(str(setting), (str(measure), *ends))
    return found


def _register(facts: Facts, ends: Ends) -> Table:
    columns = [
        Column("Setting", wide=True),
        Column("Value", "typed"),
        Column("Low", "typed"),
        Column("High", "typed"),
        Column("Unit"),
        Column("Kind"),
        Column("Source"),
        Column("Note", wide=True),
    ]
    if ends:
        columns += [
            Column("Measure"),
            Column("at its low", "typed"),
            Column("at its high", "typed"),
        ]
    rows: list[tuple[Cell, ...]] = []
    for row in facts.tables["assumptions"].to_dict("records"):
        setting, when = str(row["setting"]), row.get("from")
        cells: list[Cell] = [_number(row[name]) for name in ("value", "low", "high")]
        kind = KINDS[str(row["kind"])][0]
        cells += [_text(row["unit"]), kind, *(_text(row[name]) for name in ("source", "note"))]
        if ends:
            cells += list(ends.get(setting, (None, None, None)))
        rows.append((f"{setting} (from {when})" if isinstance(when, str) else setting, *cells))
    title = "Every number of the scenario"
    return Table("assumptions", title, tuple(columns), tuple(rows), facts.source)


def _number(value: object) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(value)


def _text(value: object) -> Cell:
    return value if isinstance(value, str) and value else None


def _sources(facts: Facts) -> Table:
    """Return the publications that the numbers rest on."""
    used = {str(one) for one in facts.tables["assumptions"]["source"].dropna()}
    columns = (
        Column("Source"),
        Column("Title", wide=True),
        Column("Publisher"),
        Column("Date"),
        Column("Where in it", wide=True),
    )
    rows = tuple(
        (name, one.title, one.publisher, one.date, one.where)
        for name, one in sorted(facts.plan.scenario.sources.items())
        if name in used
    )
    return Table("sources", "Publications", columns, rows)
