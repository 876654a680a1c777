"""The outcome-based budget submission: need, outcome, options, posts, money, partners, risks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from capacity.engine.model import year_name
from capacity.report.answer import given_up, year_words
from capacity.report.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Points,
    Section,
    Table,
    Text,
    rows_with_total,
)
from capacity.report.facts import Facts, minus, money, times
from capacity.report.rates import KINDS
from capacity.results import outputs, summary
from capacity.staffing.costs import options_rows
from capacity.why import headlines
from capacity.wording import MONTHS, asked_share, counted, inside, listed, month, number, per_cent

EACH_POST: tuple[str, ...] = ("step", "team", "grade", "year", "cost", "on_time_gained")
EACH_POST = (*EACH_POST, "outstanding_avoided", "cost_per_on_time", "in_plan")
PRICES = (
    "Cash: what is paid in each year, with {awards}. Real: at {base} pay, without any later pay "
    "award. Discounted: real, less {rate} for each year from {start}."
)


def section(facts: Facts) -> Section:
    """Return the budget submission.

    Shape: one section. Unit: as said. Source: docs/method.md, Money. Raises: nothing.
    """
    return Section("budget", "Outcome-based budget submission", "Budget", tuple(_blocks(facts)))


def _blocks(facts: Facts) -> Iterator[Block]:
    yield Heading("Need")
    yield Text(summary.answer(facts.said))
    yield standards(facts)
    yield Heading("Outcome asked for, and how success will be seen")
    yield _measures(facts)
    yield Heading("Options appraisal")
    yield Text(
        "Doing nothing keeps today's posts. Costs are those of posts and overtime over the whole "
        "time, in today's money. An extra duty on time is one done in the month it fell due that "
        "would not be with the first option."
    )
    yield appraisal(facts)
    yield Heading("Posts asked for")
    if facts.starts:
        yield _posts(facts)
    else:
        yield Text("No post is asked for.")
    yield from _each_post(facts)
    yield Heading("Cost")
    yield Text(prices(facts))
    yield _by_year(facts)
    if facts.said.sized is not None:
        yield _above(facts)
    yield _by_team(facts)
    yield Heading("Partners' shares")
    yield from _partners(facts)
    yield Heading("Where the posts come from")
    yield Text(given_up(facts))
    yield from _people(facts)
    yield Heading("Risks")
    yield Points(tuple(_risks(facts)))


# Need and outcome --------------------------------------------------------------------------


def standards(facts: Facts) -> Table:
    """Return every standard, what it asks for, and how each option fares.

    Shape: one table. Unit: as said. Source: the scenario. Raises: nothing.
    """
    said = facts.said
    names = ["With today's posts", "With the sized team"][: len(said.options)]
    columns = (Column("Standard"), Column("Asks for"), *(Column(one, wide=True) for one in names))
    rows = []
    for place, one in enumerate(said.today.standings):
        fares = [summary.fares(said.model, option.standings[place]) for option in said.options]
        rows.append((one.rule.name, summary.asks(one.rule), *fares))
    title = "Standards, and whether they are kept"
    return Table("standards-kept", title, columns, tuple(rows), facts.source)


def _measures(facts: Facts) -> Table:
    """Return each duty's measures at the end, today's posts beside the sized team."""
    names = ["today"] if facts.said.sized is None else ["today", "sized"]
    columns = [Column("Measure", wide=True)]
    columns += [Column("Do nothing" if one == "today" else "Sized team", "text") for one in names]
    rows: list[tuple[Cell, ...]] = []
    for place, service in enumerate(facts.said.today.services):
        if service.ends is None:
            continue
        end = service.ends[1]
        mine = [option.services[place] for option in facts.said.options]
        name = summary.name_of(facts.said, service)
        when = month(facts.labels[end])
        rows.append(
            (f"Completion of {name}, {when}", *(per_cent(one.completion[end]) for one in mine))
        )
        rows.append((f"In date: {name}, {when}", *(per_cent(one.in_date[end]) for one in mine)))
        left = [number(float(one.outstanding[-1])) for one in mine]
        rows.append((f"Outstanding {name}, {month(facts.labels[-1])}", *left))
    note = " ".join(summary.MEANINGS.values())
    title = "What would be measured, and where it would stand"
    return Table("measures", title, tuple(columns), tuple(rows), facts.source, note)


# Options -----------------------------------------------------------------------------------


def appraisal(facts: Facts) -> Table:
    """Return every way to staff side by side: cost, posts, what is done, what an extra one costs.

    Shape: one table. Unit: £, duties. Source: docs/method.md, Money. Raises: nothing.
    """
    base = facts.ways[0]
    sets = [(one.key, one.option.projection, one.option.costs) for one in facts.ways]
    found = options_rows(sets)
    columns = (
        Column("Option", wide=True),
        Column("Posts at the end", "people"),
        Column("Cost, discounted", "pounds"),
        Column("Above the first", "pounds"),
        Column("Done", "number"),
        Column("On time", "number"),
        Column("Outstanding at the end", "number"),
        Column("Rules missed", "whole"),
        Column("Cost per extra duty on time", "rate"),
    )
    rows = []
    for way, row in zip(facts.ways, found, strict=True):
        total = money(way, "total_discounted")
        rows.append(
            (
                way.label,
                float(way.option.staff.posts[0, -1].sum()),
                total,
                minus(total, money(base, "total_discounted")) if way is not base else None,
                row.done,
                row.on_time,
                row.outstanding_end,
                len({(one.standard, one.tier) for one in headlines.missed(way.plan, way.option)}),
                row.cost_per_extra_on_time,
            )
        )
    note = "Rules missed: standards (tier by tier) and rules on posts missed in any period."
    title = f"Options side by side, over {counted(facts.model.months, 'month')}"
    return Table("appraisal", title, columns, tuple(rows), facts.source, note)


# Posts -------------------------------------------------------------------------------------


def _posts(facts: Facts) -> Table:
    """Return posts by team, grade and start month."""
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Start", "month"),
        Column("Posts", "people"),
        Column("Cost of one, a year", "pounds"),
        Column("Cost of all, a year", "pounds"),
        Column("Decide by the start of", "month"),
    )
    rows = []
    for one in facts.starts:
        place = one.month - one.lead
        due = (
            facts.labels[place]
            if place > 0 and one.posts > 0
            else ("at once" if one.posts > 0 else None)
        )
        rows.append(
            (
                facts.team(one.team),
                facts.grade(one.team, one.grade),
                facts.labels[one.month],
                one.posts,
                one.cost,
                one.posts * one.cost,
                due,
            )
        )
    note = "Decide by: the start less the months it takes to fill a place. Below 0: posts that end."
    body = rows_with_total(rows, "All", leave=(4,))
    return Table(
        "posts", "Posts by grade and start month", columns, body, facts.source, note, totals=True
    )


def _each_post(facts: Facts) -> Iterator[Block]:
    """Yield what each further post buys, where it was worked out."""
    table = facts.table("marginal_posts")
    if table is None:
        return
    yield Text(
        "What each post buys, in the order in which posts help most, should only part of them be "
        "agreed:"
    )
    wanted = [one for one in EACH_POST if one in table.columns]
    yield plain(facts, "marginal_posts", table[wanted], "What each further post buys")


def plain(facts: Facts, name: str, frame: pd.DataFrame, title: str, most: int = 200) -> Table:
    """Return an output table as it is, its column names as words.

    Shape: one table. Unit: by the names of columns. Source: a plan. Raises: nothing.
    """
    columns = tuple(_column(str(column), frame[column]) for column in frame.columns)
    cut = frame.head(most)
    rows = tuple(
        tuple(_cell(facts, str(column), one, row) for column, one in row.items())
        for row in cut.to_dict("records")
    )
    more = len(frame) - len(cut)
    note = f"The first {most} of {len(frame):,} rows; all are in {name}.csv." if more else ""
    return Table(name.replace("_", "-"), title, columns, rows, facts.source, note)


def _column(name: str, values: pd.Series) -> Column:
    """Return a column of an output table, its kind guessed from name and numbers."""
    words = name.replace("_", " ")
    heading = words[:1].upper() + words[1:]
    if values.dtype == bool or not pd.api.types.is_numeric_dtype(values):
        return Column(heading, "month" if name == "month" else "text", wide=name == "words")
    if "cost" in name or "price" in name or name.startswith("total"):
        return Column(f"{heading} (£)", "rate" if "_per_" in name else "pounds")
    shares = ("chance", "error", "completion", "in_date", "on_time", "share", "share_of_variance")
    if name in shares:
        return Column(heading, "share")
    typed = ("step", "low", "high", "at_low", "at_high", "central", "from", "to", "today", "most")
    return Column(heading, "people" if name == "posts" else "typed" if name in typed else "number")


def _cell(facts: Facts, name: str, value: object, row: Mapping[Hashable, object]) -> Cell:
    """Return a value of a row of an output table as a cell, names in words."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, int | float | np.number):
        return float(value)
    words = str(value)
    settings = facts.settings
    if name == "team" and words in settings.teams:
        return facts.team(words)
    if name == "option":
        return {"today": "Do nothing", "sized": "Sized team"}.get(words, words)
    if name == "grade":
        return facts.grade(str(row["team"]), words)
    if name == "tier":
        whose = {rule.name: rule.cohort for rule in settings.standards}
        of = whose.get(str(row.get("standard")))
        labels = {
            tier: facts.tier(cohort, tier)
            for cohort, one in settings.cohorts.items()
            for tier in one.tiers
            if of in (None, cohort)
        }
        return ", ".join(labels.get(one, one) for one in words.split(", "))  # limits name several
    return words


# Money -------------------------------------------------------------------------------------


def prices(facts: Facts) -> str:
    """Return what real, cash and discounted mean in this scenario.

    Shape: scalar. Unit: none. Source: docs/method.md, Money. Raises: nothing.
    """
    return PRICES.format(
        awards=_awards(facts),
        base=price_base(facts),
        rate=per_cent(float(facts.settings.finance.discount_rate.value)),
        start=month(facts.labels[0]),
    )


def price_base(facts: Facts) -> str:
    """Return the financial year whose pay real figures are in."""
    return year_name(facts.model.money.price_base)


def _awards(facts: Facts) -> str:
    """Return which pay awards cash figures have, by kind of grade where they differ."""
    money = facts.model.money
    kinds = list(dict.fromkeys(money.kinds))
    if len({money.awards[kind] for kind in kinds}) == 1:
        return _awards_of(facts, kinds[0])
    told = [f"for {KINDS[kind].lower()} {_awards_of(facts, kind)}" for kind in kinds]
    return listed(told)


def _awards_of(facts: Facts, kind: str) -> str:
    """Return the pay awards of a kind in words: the known ones, then the assumed one."""
    finance, awards = facts.settings.finance, facts.model.money.awards[kind]
    each = float(finance.pay_award_per_year.value)
    when = MONTHS[int(finance.pay_award_month.value) - 1]
    named = facts.model.calendar.label
    known = [
        f"{asked_share(float(np.ravel(one.rate)[0]))} in {month(named(one.month))}"
        for one in awards
        if one.known
    ]
    words = f"pay awards of {listed(known)}" if known else ""
    if each == 0:
        return words or "no pay award assumed"
    if not known:
        return f"pay awards of {asked_share(each)} each {when}"
    if all(one.known for one in awards):
        return words
    return f"{words}, then {asked_share(each)} each {when}"


def _by_year(facts: Facts) -> Table:
    """Return each option's cost by financial year."""
    columns = [Column("Option", wide=True), Column("Financial year"), Column("Posts", "people")]
    columns += [Column(one, "pounds") for one in ("Real", "Cash", "Discounted", "Joining, one-off")]
    rows: list[tuple[Cell, ...]] = []
    for way in facts.ways:
        calendar = way.plan.model.calendar
        for place, year in enumerate(calendar.years):
            months = calendar.year_of == place
            rows.append(
                (
                    way.label,
                    year_words(facts, place) if way.plan is facts.plan else year,
                    float(way.option.staff.posts[0][months].sum(axis=1).mean()),
                    *(
                        money(way, column, year=year)
                        for column in ("total_real", "total_cash", "total_discounted", "joining")
                    ),
                )
            )
    note = (
        "Recurring: posts and overtime. One-off: training and kit of those who join, beside the "
        "total."
    )
    title = "Cost by financial year: posts and overtime"
    return Table("cost-by-year", title, tuple(columns), tuple(rows), facts.source, note)


def _above(facts: Facts) -> Table:
    """Return what the plan costs above today's posts, recurring and one-off, by year."""
    headings = ("Recurring, real", "Recurring, cash", "Recurring, discounted", "One-off, real")
    columns = [Column("Financial year"), *(Column(one, "pounds") for one in headings)]
    columns += [Column("Full-year effect", "pounds")]
    effect = _full_year(facts)
    rows: list[tuple[Cell, ...]] = []
    for place, year in enumerate(facts.model.calendar.years):
        amounts = [
            facts.more(one, year=year)
            for one in ("total_real", "total_cash", "total_discounted", "joining")
        ]
        rows.append((year_words(facts, place), *amounts, effect.get(year, 0.0)))
    note = "Full-year effect: twelve months of the posts that begin in the year, real."
    body = rows_with_total(rows, "All years", leave=(5,))
    title = "What is asked for: cost above today's posts"
    return Table("cost-above", title, tuple(columns), body, facts.source, note, totals=True)


def _full_year(facts: Facts) -> dict[str, float]:
    found: dict[str, float] = {}
    calendar = facts.model.calendar
    for one in facts.starts:
        year = calendar.years[int(calendar.year_of[one.month])]
        found[year] = found.get(year, 0.0) + one.posts * one.cost
    return found


def _by_team(facts: Facts) -> Table:
    """Return cost by team and grade over the whole time."""
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Posts today", "people"),
        Column("Posts at the end", "people"),
        Column("Real", "pounds"),
        Column("Cash", "pounds"),
        Column("Discounted", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = []
    today, last = facts.plan.today.staff.posts[0], facts.plan.options[-1].staff.posts[0]
    for place, (team, grade) in enumerate(facts.model.grades):
        amounts = [
            facts.money(facts.last.name, one, team=team, grade=grade)
            for one in ("total_real", "total_cash", "total_discounted")
        ]
        counts = float(today[0, place]), float(last[-1, place])
        rows.append((facts.team(team), facts.grade(team, grade), *counts, *amounts))
    whose = "sized team" if facts.said.sized is not None else "today's posts"
    title = f"Cost by team and grade over {counted(facts.model.months, 'month')}, {whose}"
    return Table("cost-by-team", title, columns, rows_with_total(rows), facts.source, totals=True)


# Partners and people -----------------------------------------------------------------------


def _partners(facts: Facts) -> Iterator[Block]:
    """Yield who pays for what, where a team is shared."""
    shares = facts.settings.finance.shares
    joint = {team: parts for team, parts in shares.items() if len(parts) > 1}
    if not joint:
        only = sorted({name for parts in shares.values() for name in parts})
        yield Text(f"No team is joint{f': {listed(only)} pays in full' if len(only) == 1 else ''}.")
        return
    sized = facts.said.sized is not None
    columns = [Column("Team", wide=True), Column("Partner"), Column("Share", "share")]
    columns += [
        Column("Financial year"),
        Column("Cost, real", "pounds"),
        Column("Cost, cash", "pounds"),
    ]
    columns += [Column("Above today's, real", "pounds")] if sized else []
    rows: list[tuple[Cell, ...]] = []
    for team, parts in joint.items():
        for name, share in parts.items():
            size = float(share.value)
            for place, year in enumerate(facts.model.calendar.years):
                amounts = [
                    times(facts.money(facts.last.name, one, year=year, team=team), size)
                    for one in ("total_real", "total_cash")
                ]
                amounts += (
                    [times(facts.more("total_real", year=year, team=team), size)] if sized else []
                )
                rows.append((facts.team(team), name, size, year_words(facts, place), *amounts))
    body = rows_with_total(rows, "All", leave=(2,))
    title = "Who pays: partners' shares of joint teams"
    yield Table("partners", title, tuple(columns), body, facts.source, totals=True)


def _people(facts: Facts) -> Iterator[Block]:
    """Yield people events: loans, leave, and what they are taken from."""
    if not facts.settings.people:
        return
    columns = (
        Column("What", wide=True),
        Column("Team"),
        Column("Grade"),
        Column("FTE", "people"),
        Column("From", "month"),
        Column("Until", "month"),
        Column("Taken from"),
        Column("Paid by this unit"),
    )
    rows = [
        (
            event.why,
            facts.team(event.team),
            facts.grade(event.team, event.grade),
            float(event.fte.value),
            f"{event.from_:%Y-%m}",
            f"{event.until:%Y-%m}" if event.until else "the end",
            event.displaced_from,
            "yes" if event.funded else "no",
        )
        for event in facts.settings.people
    ]
    yield Table("people-events", "Loans, leave and moves", columns, tuple(rows), facts.source)


# Risks -------------------------------------------------------------------------------------


def _risks(facts: Facts) -> Iterator[tuple[str, str]]:
    yield "Figures", summary.basis(facts.said).words
    leads = [one for one in facts.starts if one.posts > 0 and one.lead]
    if leads:
        most = max(one.lead for one in leads)
        yield (
            "Recruitment",
            f"A place takes up to {counted(most, 'month')} to fill; every month later is a month "
            "with fewer people than planned.",
        )
    trained = _training(facts)
    if trained:
        yield "Training", trained
    if facts.plan.sizing is not None:
        missed = facts.plan.sizing.missed_in_strict_order
        if missed:
            yield (
                "Way of working",
                f"The plan lays work out month by month. Done strictly in order of priority the "
                f"same posts would miss standards {counted(missed, 'time')}.",
            )
        gap = facts.plan.sizing.gap
        if gap > 1e-4:
            yield "Proof", f"A cheaper plan, by at most {per_cent(gap)}, cannot be ruled out."
    for words in summary.shortfalls(facts.model, facts.last.missed)[:4]:
        yield "Not kept", f"{words}."
    drivers = facts.table("drivers")
    if drivers is not None and {"setting", "share_of_variance"} <= set(drivers):
        first = drivers.sort_values("share_of_variance", ascending=False, kind="stable").head(3)
        yield "What matters most", f"{listed(first['setting'].astype(str).tolist())}."
    scenario = facts.plan.scenario
    told = [file.name for file in outputs.without_places(scenario)]
    names = dict(zip([file.name for file in scenario.files], told, strict=True))
    for warning in scenario.warnings[:3]:
        yield "Check", f"{replace(warning, file=names.get(warning.file, warning.file))}."


def _training(facts: Facts) -> str:
    """Return how long new people take until they carry full work."""
    told = []
    for team, one in facts.settings.teams.items():
        for grade, found in one.grades.items():
            months = found.accreditation_months.value
            if months and any(
                (s.team, s.grade) == (team, grade) and s.posts > 0 for s in facts.starts
            ):
                name = inside(facts.grade(team, grade))
                told.append(
                    f"{name}s work at {per_cent(found.trainee_productivity.value)} for their first "
                    f"{counted(months, 'month')}"
                )
    return f"{listed(told)[:1].upper()}{listed(told)[1:]}." if told else ""
