"""The inspection pack: backlog by tier and age, cases per officer, what falls behind first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capacity.engine.measures import NOTHING
from capacity.engine.model import Array
from capacity.engine.standards import (
    cases_per_officer,
    counts_every_tier,
    lowest_limits,
    most_cases,
)
from capacity.report import likely, shared, simulated
from capacity.report.blocks import (
    Block,
    Cell,
    ChartLine,
    Column,
    Heading,
    Role,
    Section,
    Table,
    Text,
    rows_with_total,
)
from capacity.report.facts import OPTIONS, Facts
from capacity.results import answers, benchmarks, phrases
from capacity.risk.position import AGES
from capacity.why import headlines
from capacity.why.headlines import Service
from capacity.wording import begun, inside, month, number, plural

SHOWN = 0.05
"""Fewer overdue than this are none."""

OUTCOMES = ("case_months", "weighted", "unseen", "weighted_unseen")
"""Columns of the outcomes that add up."""

ELIGIBLE = (
    "Managed reactively means without planned visits. The criteria of 2017: low risk for at least "
    "three years, no offence in that time, no civil order, no intelligence of offending; any "
    "intelligence brings a review, and the yearly notification at a station goes on. So nobody "
    "under a court order is eligible. (Reported by AOL and in the inspectorate's glossary: sources "
    "aol-2017 and hmicfrs-glossary of the data that come with capacity.)"
)


def section(facts: Facts) -> Section:
    """Return the inspection pack."""
    return Section("inspection", "Inspection pack", "Inspection", tuple(_blocks(facts)))


def _blocks(facts: Facts) -> Iterator[Block]:
    found = simulated.of(facts)
    yield Heading("Backlog by tier and age")
    yield Text(
        "Each activity by itself, so that assessments are never counted with visits. One that fell "
        "due in the month and was not done counts as one month overdue. Now: the end of the first "
        "month projected, with current posts."
    )
    if found is None:
        yield from _backlogs(facts)
    else:
        yield Text(likely.what_is_told(found), "note")
        yield from likely.backlog(found)
        yield from likely.overdue(found)
    yield from _outcomes(facts)
    yield Heading("Cases per officer")
    yield from _ratios(facts) if found is None else likely.ratios(found)
    yield Heading("What falls behind first")
    yield Text(_order_words(facts))
    yield _order(facts) if found is None else likely.order(found)
    yield from _cut_short(facts) if found is None else likely.cut_short(found)
    yield Heading("Reactive management")
    yield from _reactive(facts)
    yield from _others(facts)


# Backlog -----------------------------------------------------------------------------------


def _backlogs(facts: Facts) -> Iterator[Block]:
    """Yield the backlog of each activity, and which have none."""
    nothing, lapsed = [], []
    for place, service in enumerate(facts.said.today.services):
        table, name = _backlog(facts, service), inside(phrases.name_of(facts.said, service))
        most = max(float(one.services[place].outstanding.max()) for one in facts.said.options)
        if table.rows:
            yield table
        elif most < SHOWN:
            nothing.append(name)
        else:
            lapsed.append(f"{name} (up to {number(most)} in a month)")
    if nothing:
        yield Text(f"Nothing is overdue, now or later: {', '.join(nothing)}.")
    if lapsed:
        yield Text(
            "Not all done in the month in which they fall due, and without a backlog by age: "
            f"{', '.join(lapsed)}."
        )


def _backlog(facts: Facts, service: Service) -> Table:
    """Return what is outstanding of a duty by tier and age, in the first and last month."""
    mine = facts.rows_of(service)
    several = len({facts.model.rows[n].cohort for n in mine}) > 1
    ends = sorted({0, facts.model.months - 1})
    rows: list[tuple[Cell, ...]] = []
    for t in ends:
        for option in facts.plan.options:
            if t == 0 and option.name != "today":
                continue
            whose = facts.label(option)
            for n in mine:
                waiting = option.projection.waiting[t][0, n]
                if waiting.sum() < SHOWN:
                    continue
                key = facts.model.rows[n]
                tier = facts.tier(key.cohort, key.tier)
                tier = f"{tier}, {facts.cohort(key.cohort)}" if several else tier
                wait = int(option.projection.longest_wait[0][t, n])
                now = "Now" if t == 0 else whose
                rows.append(
                    (now, facts.labels[t], tier, float(waiting.sum()), *_by_age(waiting), wait)
                )
    columns = (
        Column("Posts"),
        Column("Month", "month"),
        Column("Tier", wide=True),
        Column(service.left.capitalize(), "number"),
        *(Column(words, "number") for _, _, words in AGES),
        Column(f"Longest {service.left}, months", "whole"),
    )
    name = begun(plural(service.duty_label))
    title = f"{name} ({service.cohort_label}) {service.left}, by months {service.left}"
    return Table(f"backlog-{service.key}", title, columns, tuple(rows), facts.source)


def _by_age(waiting: Array) -> list[float]:
    """Return the cases outstanding in each group of ages; place 0 is one month."""
    months = np.arange(1, len(waiting) + 1)
    return [float(waiting[(months >= low) & (months <= high)].sum()) for low, high, _ in AGES]


def _outcomes(facts: Facts) -> Iterator[Block]:
    """Yield what is left overdue and unseen by tier, weighted by risk (EQ31)."""
    found = facts.table("overdue")
    if found is None:
        return
    whole = facts.said.whole_year
    year = whole[0] if whole else facts.model.calendar.years[-1]
    mine = found[found["year"] == year]
    rows: list[tuple[Cell, ...]] = []
    for key in dict.fromkeys(facts.model.rows):
        of_row = mine[
            (mine["cohort"].fillna("") == key.cohort)
            & (mine["duty"] == key.duty)
            & (mine["tier"] == key.tier)
        ]
        if of_row[["case_months", "unseen"]].to_numpy().max(initial=0.0) < SHOWN:
            continue
        for one in of_row.to_dict("records"):
            if facts.advice is not None and one["option"] != "today":
                continue  # the team needed for the central case is not what is recommended
            days = float(one["mean_days_since_done"])
            rows.append(
                (
                    facts.row(key),
                    OPTIONS[str(one["option"])],
                    *(float(one[name]) for name in OUTCOMES),
                    None if np.isnan(days) else days,
                )
            )
    if not rows:
        return
    if facts.advice is None:
        yield Heading("Overdue and unseen, weighted by risk")
    columns = (
        Column("Activity and tier", wide=True),
        Column("Posts"),
        Column("Case-months overdue", "number"),
        Column("weighted", "number"),
        Column("Case-months unseen", "number"),
        Column("weighted ", "number"),
        Column("Days since last done, mean", "number"),
    )
    assumed = " Weights are assumed." if headlines.weights_assumed(facts.model) else ""
    note = (
        "Case-months overdue: cases overdue at the end of each month of the year, added up. "
        "Unseen: not seen for as long as the usual interval of their tier; cases made reactively "
        f"managed go on counting, with the weight of the tier they came from.{assumed}"
    )
    which = "" if facts.advice is None else " if everything goes as assumed"
    title = f"Overdue and unseen by tier{which}, {year}"
    yield Table("outcomes", title, columns, tuple(rows), facts.source, note)


# Cases per officer --------------------------------------------------------------------------


def _ratios(facts: Facts) -> Iterator[Block]:
    """Yield a chart of the cases that each limit per officer counts, and a table of all cases."""
    cases = facts.plan.cases.cases[0]
    for rule in lowest_limits(facts.model)[: shared.LIMITS_SHOWN]:
        lines = []
        for option in facts.plan.options:
            officers = option.projection.officers
            ratio = cases_per_officer(facts.model, facts.plan.cases.cases, officers, rule)[0]
            role: Role = "today" if option.name == "today" else "sized"
            lines.append(ChartLine(facts.label(option), tuple(map(float, ratio)), role))
        yield shared.ratio_chart(facts, rule, lines, "the team needed")
    yield _ratio_table(facts, cases)


def _ratio_table(facts: Facts, cases: Array) -> Table:
    """Return cases per officer with and without reactive cases, now and at the end."""
    columns = (
        Column("Group", wide=True),
        Column("Posts"),
        Column("Month", "month"),
        Column("Cases", "number"),
        Column("of them visited", "number"),
        Column("Officers, effective", "people"),
        Column("Cases per officer", "number"),
        Column("without those managed reactively", "number"),
        Column("Limit", "number"),
    )
    limits = {
        rule.cohort: most_cases(rule)
        for rule in lowest_limits(facts.model)
        if counts_every_tier(facts.model, rule)
    }
    rows: list[tuple[Cell, ...]] = []
    for place, cohort in enumerate(facts.model.cohorts):
        given = facts.model.caseloads
        mine = (given.cohort_of == place) & given.community
        for t in sorted({0, facts.model.months - 1}):
            for option in facts.plan.options:
                if t == 0 and option.name != "today":
                    continue
                every = float(cases[t, mine].sum())
                active = float((cases * facts.model.owed)[t, mine].sum())
                officers = float(
                    option.projection.officers[0][t, facts.model.team_of_cohort[place]]
                )
                some = officers > NOTHING
                who = "Now" if t == 0 else facts.label(option)
                rows.append(
                    (
                        facts.cohort(cohort),
                        who,
                        facts.labels[t],
                        every,
                        active,
                        officers,
                        every / officers if some else None,
                        active / officers if some else None,
                        limits.get(place),
                    )
                )
    title = "Cases for each officer, with and without those managed reactively"
    note = shared.OFFICERS
    if len(limits) < len({rule.cohort for rule in facts.model.rules.caseloads}):
        note += " A limit on some tiers is shown in the chart of those tiers."
    return Table("ratios", title, columns, tuple(rows), facts.source, note)


# What falls behind first --------------------------------------------------------------------


def _order_words(facts: Facts) -> str:
    """Return by which rule hours are given out."""
    rule = facts.model.duties.rule
    if rule == "soft":
        return (
            "Hours go to other work first, then to activities in the order of this table. When "
            "they are short every activity gets some, the first ones more (soft order of service)."
        )
    words = (
        "Hours go to other work first, then to activities in the order of this table; the last "
        "falls behind first."
    )
    if rule == "standards first":
        words += " Each first gets what its standard asks for, then, in the same order, the rest."
    return words


def _order(facts: Facts) -> Table:
    """Return duties in the order in which they are served, and when each starts to give."""
    columns = (
        Column("Served", "whole"),
        Column("Activity and tier", wide=True),
        Column("Completed in the first month", "share"),
        Column("Completed in the last month", "share"),
        Column("Overdue at the end", "number"),
        Column("First month below 95%", "month"),
    )
    run = facts.plan.today.projection
    rows: list[tuple[Cell, ...]] = []
    ever = facts.model.duties.per_year[0].max(axis=0) > 0
    order = [place for place in facts.model.duties.order.tolist() if ever[place]]
    for n, place in enumerate(order, start=1):
        completion = run.completion[0][:, place]
        low = np.flatnonzero(np.nan_to_num(completion, nan=1.0) < 0.95 - 1e-9)
        first = facts.labels[int(low[0])] if len(low) else None
        rows.append(
            (
                n,
                facts.row(facts.model.rows[place]),
                float(completion[0]),
                float(completion[-1]),
                float(run.outstanding[0][-1, place]),
                first,
            )
        )
    title = "Activities in the order in which they are served, with no posts added"
    return Table("order", title, columns, tuple(rows), facts.source)


def _cut_short(facts: Facts) -> Iterator[Block]:
    """Yield what completion hides: work cut short by team, and what is done early, where any is."""
    for words in answers.behaviour(facts.said, facts.said.today):
        yield Text(words)
    rows = [
        (
            one.label,
            phrases.whose(option),
            one.per_month,
            None if np.isnan(one.share) else one.share,
            facts.labels[int(one.months[0])],
            facts.labels[one.worst],
            float(one.hours[one.worst]),
        )
        for option in facts.said.options
        for one in option.cuts
    ]
    if rows:
        of = "mean of the whole time and the month with most"
        yield shared.cut_short(facts, rows, of)


# Reactive ----------------------------------------------------------------------------------


def _reactive(facts: Facts) -> Iterator[Block]:
    """Yield tiers that are owed nothing planned, and those in them who should be."""
    columns = (
        Column("Group", wide=True),
        Column("Tier"),
        Column("Cases at the start", "number"),
        Column("under a court order: not eligible", "number"),
        Column("eligible at most", "number"),
        Column(f"Cases in {month(facts.labels[-1])}", "number"),
    )
    rows: list[tuple[Cell, ...]] = []
    orders, found = 0.0, simulated.of(facts)
    for place in facts.model.community:
        key = facts.model.tiers[place]
        if facts.model.owed[0, place]:
            continue
        tier = facts.settings.cohorts[key.cohort].tiers[key.tier]
        cases = float(tier.cases.value)
        held = float(tier.court_orders.value) if tier.court_orders is not None else None
        orders += held or 0.0
        last: Cell = float(facts.plan.cases.cases[0][-1, place])
        if found is not None:
            last = likely.in_the_last_month(found, *key)
        left = cases - held if held is not None else None
        rows.append((facts.cohort(key.cohort), facts.tier(*key), cases, held, left, last))
    if not rows:
        yield Text("No case is managed without planned activities at the start.")
        return
    yield Text(ELIGIBLE)
    if orders:
        yield Text(
            f"{number(orders)} cases under a court order are in a tier that is owed no visit. "
            "They should be managed actively.",
            "warning",
        )
    body = rows_with_total(rows) if len(rows) > 1 else tuple(rows)
    title = "Cases without planned activities"
    yield Table("reactive", title, columns, body, facts.source, totals=len(rows) > 1)


# Other forces -------------------------------------------------------------------------------


def _others(facts: Facts) -> Iterator[Block]:
    """Yield what other forces have published beside this unit's own figures."""
    rows = benchmarks.in_rows(facts.plan)
    if not rows:
        return
    yield Heading("Other forces")
    yield Text(
        "Published figures are not of one day, and each counts in its own way. They show where a "
        "unit stands, and are no target."
    )
    columns = tuple(
        Column(title, wide=title in ("What it counts", "Source")) for title in benchmarks.HEADINGS
    )
    names: list[str] = []
    for row in rows:
        names.append(row[0] or names[-1])
    body = tuple((name, *row[1:]) for name, row in zip(names, rows, strict=True))
    title = "Published figures of other forces beside this unit's"
    yield Table("forces", title, columns, body)
