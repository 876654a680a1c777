"""The options paper: several plans side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from capacity.reading import in_words
from capacity.reading.in_words import InWords
from capacity.reading.scenario import differences
from capacity.report import decided
from capacity.report.answer import completion
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    ChartLine,
    Column,
    Figures,
    Heading,
    Kind,
    Points,
    Role,
    Section,
    Table,
    Text,
)
from capacity.report.budget import appraisal, prices
from capacity.report.facts import Facts, Way, letter, lines_of, money
from capacity.results import phrases, recommendation, summary
from capacity.risk.recommended import Recommended, beside, firm
from capacity.why import headlines
from capacity.wording import counted, month, per_cent, posts

SAME = 1e-9
"""Shares that differ by less are the same."""

SOURCE = "the scenarios named, projected by capacity"


def sections(every: Sequence[Facts]) -> tuple[Section, ...]:
    """Return the parts of an options paper; the first plan is what others are compared with."""
    return (
        Section("options", "Options side by side", "Summary", tuple(_blocks(every))),
        Section("differences", "How the options differ", "Differences", tuple(_differences(every))),
        Section("standards", "Standards", "Standards met", tuple(_standards(every))),
    )


def _blocks(every: Sequence[Facts]) -> Iterator[Block]:
    first = every[0]
    told = [one.advice for one in every if one.advice is not None]
    if len(told) == len(every):
        words = [recommendation.in_short(one) for one in told]
        yield Points(tuple((_name(n, one), words[n]) for n, one in enumerate(every)))
        yield _decisions(every, told)
        yield Heading("The plans for the central case")
        yield Text(summary.SINGLE_COURSE, "note")
    else:
        yield Text(summary.SINGLE_COURSE, "note")
        answers = [summary.answer(one.said) for one in every]
        yield Points(tuple((_name(n, one), answers[n]) for n, one in enumerate(every)))
    yield Figures(tuple(_figures(every)), SOURCE)
    yield appraisal(first)
    picture = _chart(first)
    if picture:
        yield picture
    yield Heading("Cost")
    yield Text(prices(first))
    yield _costs(first)


def _decisions(every: Sequence[Facts], told: Sequence[Recommended]) -> Table:
    """Return what to agree now in each option, and what that comes to."""
    rows: list[tuple[Cell, ...]] = []
    for place, (facts, found) in enumerate(zip(every, told, strict=True)):
        one = beside(found)[0]
        cash = sum(row.full_year_cash for row in firm(found))
        row = (one.agree_now, cash, one.at_the_end, one.cost, one.chance, one.current_chance)
        rows.append((_name(place, facts), *row, one.out_of_reach))
    return decided.side_by_side("Option", "What to agree now, option by option", rows, SOURCE)


def _name(place: int, facts: Facts) -> str:
    return f"{letter(place)}: {facts.settings.title}"


def _figures(every: Sequence[Facts]) -> Iterator[tuple[str, Cell, Kind, str]]:
    for facts in every[:4]:
        way = [one for one in every[0].ways if one.plan is facts.plan][-1]
        words = f"{posts(float(facts.last.posts[-1]))} in {month(facts.labels[-1])}"
        span = counted(facts.model.months, "month")
        yield f"{way.label}, cost over {span}, cash", money(way, "total_cash"), "pounds", words


def _chart(first: Facts) -> Chart | None:
    """Return completion of the first plan's main duty, every way to staff that differs."""
    base, lead = completion(first), first.lead
    if base is None or base.table is None or lead is None:
        return None
    drawn: list[ChartLine] = []
    for way in first.ways:
        if way.plan.model.calendar.labels != first.labels:
            continue
        said = first.said if way.plan is first.plan else headlines.read_off(way.plan)
        option = next(one for one in said.options if one.name == way.option.name)
        for one in option.services:
            if (one.group, one.duty) == (lead.group, lead.duty):
                values = tuple(float(value) for value in one.completion)
                if not any(_same(values, other.values) for other in drawn):
                    drawn.append(ChartLine(way.label, values, _role(way, first)))
    name = phrases.name_of(first.said, lead)
    message = f"Completion of {name}, option by option"
    lows = [(min(map(_or_all, one.values)), one) for one in drawn]
    if any(math.isfinite(value) for one in drawn for value in one.values):
        (low, worst), (high, _) = min(lows, key=_first), max(lows, key=_first)
        lowest = next(n for n, one in enumerate(worst.values) if one <= low + SAME)
        when = month(first.labels[lowest])
        message = f"Completion of {name} in its lowest month is {per_cent(low)}"
        if per_cent(low) == per_cent(high):
            message += " with every option"
        else:
            message += f" ({worst.name}, {when}) to {per_cent(high)}, depending on the option"
    columns = (Column("Month", "month"), *(Column(one.name, "share") for one in drawn))
    places = [first.labels.index(str(row[0])) for row in base.table.rows]
    rows = lines_of(first.labels, drawn, places)
    note = "Options with the same figures are shown once, as the first of them."
    table = Table("completion", base.table.title, columns, rows, SOURCE, note)
    return replace(base, message=message, series=tuple(drawn), bands=(), table=table)


def _or_all(value: float) -> float:
    return value if math.isfinite(value) else 1.0


def _first(pair: tuple[float, ChartLine]) -> float:
    return pair[0]


def _role(way: Way, first: Facts) -> Role:
    """Return how a way is drawn: those of the first plan as everywhere, the rest as they come."""
    if way.plan is not first.plan:
        return "other"
    return "today" if way.option.name == "today" else "sized"


def _same(a: Sequence[float], b: Sequence[float]) -> bool:
    pairs = zip(a, b, strict=True)
    return all(abs(x - y) < SAME or (math.isnan(x) and math.isnan(y)) for x, y in pairs)


def _costs(first: Facts) -> Table:
    """Return cost of every option by financial year, cash."""
    years = list(dict.fromkeys(y for way in first.ways for y in way.plan.model.calendar.years))
    columns = (Column("Option", wide=True), *(Column(year, "pounds") for year in years))
    rows: list[tuple[Cell, ...]] = []
    for way in first.ways:
        mine = way.plan.model.calendar.years
        costs = (money(way, "total_cash", year=year) if year in mine else None for year in years)
        rows.append((way.label, *costs))
    title = "Cost by financial year, cash: posts and overtime"
    return Table("cash-by-year", title, columns, tuple(rows), SOURCE)


def _differences(every: Sequence[Facts]) -> Iterator[Block]:
    """Yield the settings in which each plan differs from the first."""
    first = every[0].plan.scenario
    for facts in every[1:]:
        yield Heading(_name(every.index(facts), facts))
        if facts.settings.question:
            yield Text(facts.settings.question)
        here = facts.plan.scenario
        before, after = in_words.of(first), in_words.of(here)
        rows: list[tuple[Cell, ...]] = [
            (
                (before if new is None else after).title(name),
                _said(before, name, old),
                _said(after, name, new),
            )
            for name, old, new in differences(first, here)
            if name not in ("title", "question", "extends") and not name.endswith(".why")
        ]
        columns = (Column("Setting", wide=True), Column("in A"), Column("here"))
        title = f"Settings of {facts.settings.title} that differ"
        yield Table(f"differences-{facts.plan.scenario.name}", title, columns, tuple(rows))


def _said(words: InWords, name: str, value: Any) -> str:
    """Return a value of a setting in words, a range in brackets."""
    if value is None:
        return "–"
    said = words.value(name, value)
    if isinstance(value, dict) and "value" in value:
        ends = [words.value(name, value[end]) for end in ("low", "high") if end in value]
        said += f" ({' to '.join(ends)})" if ends else ""
    return said


def _standards(every: Sequence[Facts]) -> Iterator[Block]:
    """Yield how each way to staff fares against its standards."""
    columns = (Column("Option"), Column("Standard"), Column("Asks for"), Column("Met?", wide=True))
    rows: list[tuple[Cell, ...]] = []
    labels = {(id(way.plan), way.option.name): way.label for way in every[0].ways}
    for facts in every:
        for option in facts.said.options:
            label = labels[id(facts.plan), option.name]
            for one in option.standings:
                fares = phrases.fares(facts.model, one)
                asks = phrases.asks(facts.settings, one.rule)
                rows.append((label, one.rule.name, asks, fares))
            for words in phrases.shortfalls(facts.model, option.missed)[:3]:
                rows.append((label, "Furthest from met", None, words))
    yield Table("standards-kept", "Standards in every option", columns, tuple(rows), SOURCE)
