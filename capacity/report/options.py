"""The options paper: several plans side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from capacity import headlines, summary
from capacity.plan import Plan
from capacity.report.answer import completion
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Figures,
    Heading,
    Points,
    Section,
    Series,
    Table,
    Text,
)
from capacity.report.budget import appraisal, prices
from capacity.report.facts import Facts, money
from capacity.scenario import differences
from capacity.tree import as_typed
from capacity.wording import month, per_cent, posts


def sections(every: Sequence[Facts]) -> tuple[Section, ...]:
    """Return the parts of an options paper; the first plan is what others are held against.

    Shape: sections in order. Unit: as said. Source: the plans. Raises: nothing.
    """
    return (
        Section("options", "Options side by side", "Summary", tuple(_blocks(every))),
        Section("differences", "How the options differ", "Differences", tuple(_differences(every))),
        Section("standards", "Standards", "Standards kept", tuple(_standards(every))),
    )


def _blocks(every: Sequence[Facts]) -> Iterator[Block]:
    first = every[0]
    yield Points(tuple((one.settings.title, summary.answer(one.said)) for one in every))
    yield Figures(tuple(_figures(every)), "the scenarios named, projected by capacity")
    yield appraisal(first)
    picture = _chart(every)
    if picture:
        yield picture
    yield Heading("Cost")
    yield Text(prices(first))
    yield _costs(first)


def _figures(every: Sequence[Facts]) -> Iterator[Any]:
    for facts in every[:4]:
        total = money(_last_way(every[0], facts.plan), "total_discounted")
        words = f"{posts(float(facts.last.posts[-1]))} in {month(facts.labels[-1])}"
        yield f"{facts.settings.title}: cost, discounted", total, "pounds", words


def _last_way(first: Facts, plan: Plan) -> Any:
    return [one for one in first.ways if one.plan is plan][-1]


def _chart(every: Sequence[Facts]) -> Chart | None:
    """Return completion of the first plan's main duty in every option."""
    first = every[0]
    base = completion(first)
    lead = first.lead
    if base is None or lead is None:
        return None
    series = [Series("Do nothing", base.series[0].values, "today")]
    ends = []
    for facts in every:
        if facts.labels != first.labels:
            continue
        mine = [one for one in facts.last.services if (one.group, one.duty) == (lead.group, lead.duty)]
        if mine and mine[0].ends:
            values = tuple(float(one) for one in mine[0].completion)
            role = "sized" if facts is first else "other"
            series.append(Series(facts.settings.title, values, role))
            ends.append(per_cent(mine[0].completion[mine[0].ends[1]]))
    name = summary.name_of(first.said, lead)
    message = f"Completion of {name} ends between {min(ends, key=_size)} and {max(ends, key=_size)}"
    columns = (Column("Month", "month"), *(Column(one.name, "share") for one in series))
    assert base.table is not None
    places = [first.labels.index(str(row[0])) for row in base.table.rows]
    rows = tuple((first.labels[t], *(one.values[t] for one in series)) for t in places)
    table = Table("completion", base.table.title, columns, rows, "the scenarios named")
    return Chart(
        "completion", message, "lines", base.along, "Month", base.up_title, "share", tuple(series), table
    )


def _size(words: str) -> float:
    number = "".join(one for one in words if one.isdigit() or one == ".")
    return float(number or 0)


def _costs(first: Facts) -> Table:
    """Return cost of every option by financial year, cash."""
    years = list(dict.fromkeys(y for way in first.ways for y in way.plan.model.calendar.years))
    columns = (Column("Option", wide=True), *(Column(year, "pounds") for year in years))
    rows = tuple(
        (way.label, *(money(way, "total_cash", year=year) for year in years)) for way in first.ways
    )
    title = "Cost by financial year, cash: posts and overtime"
    return Table("cash-by-year", title, columns, rows, "the scenarios named")


def _differences(every: Sequence[Facts]) -> Iterator[Block]:
    """Yield the settings in which each plan differs from the first."""
    first = every[0].plan.scenario
    for facts in every[1:]:
        yield Heading(facts.settings.title)
        if facts.settings.question:
            yield Text(facts.settings.question)
        rows: list[tuple[Cell, ...]] = []
        for name, old, new in differences(first, facts.plan.scenario):
            if name not in ("title", "question", "extends"):
                rows.append((name, _typed(old), _typed(new)))
        columns = (Column("Setting", wide=True), Column(every[0].settings.title), Column("Here"))
        title = f"Settings of {facts.settings.title} that differ"
        yield Table(f"differences-{facts.plan.scenario.name}", title, columns, tuple(rows))


def _typed(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict) and "value" in value:
        return as_typed(value["value"])
    return as_typed(value) if isinstance(value, int | float | str) else str(value)


def _standards(every: Sequence[Facts]) -> Iterator[Block]:
    """Yield how each plan fares against its standards."""
    columns = (Column("Option", wide=True), Column("Standard"), Column("Asks for"), Column("With it", wide=True))
    rows: list[tuple[Cell, ...]] = []
    for facts in every:
        for standing in facts.last.standings:
            rows.append(
                (
                    facts.settings.title,
                    standing.rule.name,
                    summary.asks(standing.rule),
                    summary.fares(facts.model, standing),
                )
            )
        if not headlines.keeps_everything(facts.plan):
            for words in summary.shortfalls(facts.model, facts.last.missed)[:5]:
                rows.append((facts.settings.title, "missed most", "", words))
    yield Table("standards-kept", "Standards in every option", columns, tuple(rows))
