"""The outcome-based budget submission: need, outcome, options, posts, money, partners, risks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from capacity.engine.model import GradeKey
from capacity.report import answer
from capacity.report.answer import given_up, price_base, year_words
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
from capacity.report.facts import (
    OPTIONS,
    Facts,
    Way,
    minus,
    money,
    plus,
    posts_at_end,
    product,
    times,
)
from capacity.report.rates import KINDS
from capacity.results import phrases, summary
from capacity.risk import recommended
from capacity.settings import CostParts
from capacity.staffing import costs
from capacity.staffing.costs import budget_rows, options_rows
from capacity.staffing.worth import NONE_AVOIDED
from capacity.why import headlines
from capacity.why.headlines import Headline, Service
from capacity.wording import MONTHS, asked_share, counted, inside, listed, month, number, per_cent

EACH_POST = (
    *("step", "team", "grade", "year", "cost", "weighted_avoided", "cost_per_case_month"),
    "in_plan",
)
HEADINGS = {
    "Cost (£)": "Cost, discounted",
    "Weighted avoided": "Case-months avoided, weighted",
    "Cost per case month (£)": "Cost of one",
    "In plan": "In the team needed",
}
"""Columns of what each post lowers, as people read them."""

RATES = {
    "pension_rate": "officers' pension",
    "ni_rate": "the rate of National Insurance",
    "ni_threshold": "its threshold",
    "levy": "the apprenticeship levy",
}
"""Statutory rates, as they stand in a sentence."""

PRICES = (
    "Cash: what is paid in each year, with {awards}. {real} Discounted: real, less {rate} for each "
    "year from {start}."
)
REAL = {
    "pay": "Real: at {base} prices, without any later pay award.",
    "deflated": "Real: cash at {base} prices, less inflation of {inflation} each year.",
}
"""What real means, by the setting `prices`."""


def section(facts: Facts) -> Section:
    """Return the budget submission."""
    return Section("budget", "Outcome-based budget submission", "Budget", tuple(_blocks(facts)))


def _blocks(facts: Facts) -> Iterator[Block]:
    yield Heading("Need")
    yield Text(summary.answer(facts.said))
    yield standards(facts)
    yield Heading("Outcome asked for, and how success will be seen")
    yield from _measures(facts)
    yield Heading("Options appraisal")
    yield Text(
        "With no posts added, current posts stay as they are. Compare options by the discounted "
        f"cost, budget by cash. {prices(facts)}"
    )
    yield appraisal(facts)
    yield from _posts_and_cost(facts)
    yield Heading("Where the posts come from")
    yield Text(given_up(facts))
    yield from people_events(facts)
    yield Heading("Risks")
    yield Points(tuple(risks(facts)))


def central(facts: Facts) -> Section:
    """Return the plan for the central case, behind the recommended one: what it comes to, its cost.

    Its money is worked out by the workbook, so that what is changed there moves it.
    """
    blocks = (*answer.single_course(facts), appraisal(facts), *_posts_and_cost(facts))
    return Section("central", "The plan for the central case", "Central case", blocks)


def _posts_and_cost(facts: Facts) -> Iterator[Block]:
    """Yield the posts that the team needed adds, and what it costs and who pays."""
    yield Heading("Posts added")
    if facts.starts:
        yield _posts(facts)
    else:
        yield Text("No post is added.")
    yield from each_post(facts)
    yield Heading("Cost")
    if facts.said.sized is not None:
        yield _asked_for(facts)
        yield _above(facts)
    yield _by_year(facts)
    yield _by_team(facts)
    yield Heading("Partners' shares")
    yield from partners(facts)


# Need and outcome --------------------------------------------------------------------------


def standards(facts: Facts) -> Table:
    """Return every standard, what it asks for, and how each option fares."""
    said = facts.said
    names = [facts.label(option) for option in facts.plan.options]
    columns = (Column("Standard"), Column("Asks for"), *(Column(one, wide=True) for one in names))
    rows = []
    for place, one in enumerate(said.today.standings):
        fares = [phrases.fares(said.model, option.standings[place]) for option in said.options]
        rows.append((one.rule.name, phrases.asks(facts.settings, one.rule), *fares))
    title = "Standards, and whether they are met"
    return Table("standards-kept", title, columns, tuple(rows), facts.source)


def _measures(facts: Facts) -> Iterator[Block]:
    """Yield the measures that the options change, and how many they do not."""
    columns = [Column("Measure", wide=True)]
    columns += [Column(facts.label(one), "text") for one in facts.plan.options]
    rows: list[tuple[Cell, ...]] = []
    for service in facts.said.today.services:
        if service.ends is not None:
            rows += _measures_of(facts, service)
    alone = len(facts.plan.options) == 1
    some = [row for row in rows if alone or len({str(one).split(" (")[0] for one in row[1:]}) > 1]
    alike = len(rows) - len(some)
    note = " ".join(summary.MEANINGS.values())
    if alike and some:
        verb = "does" if alike == 1 else "do"
        note = f"{counted(alike, 'further measure')} {verb} not change. {note}"
    title = "What would be measured, and where it would stand"
    if some or not rows:
        yield Table("measures", title, tuple(columns), tuple(some), facts.source, note)
    else:
        yield Text(f"None of the {len(rows)} measures of activities changes.")


def _measures_of(facts: Facts, service: Service) -> Iterator[tuple[Cell, ...]]:
    """Yield the measures of an activity: its lowest month, the end, and what is overdue."""
    assert service.ends is not None
    name, end = phrases.name_of(facts.said, service), service.ends[1]
    mine = [(option, facts.service(option, service)) for option in facts.said.options]
    title = f"{name[:1].upper()}{name[1:]}"
    when = month(facts.labels[end])
    yield (f"{title} completed, lowest month", *(_lowest(facts, *one) for one in mine))
    yield (f"{title} completed, {when}", *(per_cent(float(one.completion[end])) for _, one in mine))
    yield (f"{title} in date, {when}", *(per_cent(float(one.in_date[end])) for _, one in mine))
    yield (
        f"{title} overdue, {month(facts.labels[-1])}",
        *(number(float(one.outstanding[-1])) for _, one in mine),
    )


def _lowest(facts: Facts, option: Headline, service: Service) -> str:
    """Return the lowest share completed in a month, and which month."""
    course = facts.course(service, option)
    assert course is not None
    return f"{per_cent(course.lowest.value)} ({month(facts.labels[course.lowest.month])})"


# Options -----------------------------------------------------------------------------------


def appraisal(facts: Facts) -> Table:
    """Return every way to staff side by side: posts, cost, standards and what is overdue."""
    base = facts.ways[0]
    sets = [
        (one.key, one.plan.model, one.option.projection, one.option.costs) for one in facts.ways
    ]
    found = options_rows(sets)
    pay = price_base(facts)
    columns = (
        Column("Option", wide=True),
        Column("Posts at the end", "people"),
        Column("Cost, cash", "pounds"),
        Column("Above the first, cash", "pounds"),
        Column(f"Cost, discounted, {pay} prices", "pounds"),
        Column(f"Above the first, discounted, {pay} prices", "pounds"),
        Column("Standards met"),
        Column("Most overdue", "number"),
        Column("Overdue at the end", "number"),
        Column("Case-months overdue", "number"),
        Column("Weighted by risk", "number"),
        Column("Cost per weighted one avoided", "pounds"),
    )
    rows = []
    for way, row in zip(facts.ways, found, strict=True):
        cash, total = money(way, "total_cash"), money(way, "total_discounted")
        more = (
            (minus(cash, money(base, "total_cash")), minus(total, money(base, "total_discounted")))
            if way is not base
            else (None, None)
        )
        overdue = way.option.projection.outstanding[0].sum(axis=1)
        rows.append(
            (
                way.label,
                posts_at_end(way),
                cash,
                more[0],
                total,
                more[1],
                _met(way),
                float(overdue.max()),
                row.outstanding_end,
                row.overdue_case_months,
                row.weighted_case_months,
                row.cost_per_case_month,
            )
        )
    note = (
        "Standards met: in every period in which they are judged, all tiers. Overdue: activities "
        "of all kinds at a month's end. Case-months overdue: those added up over the months; "
        "weighted by the risk of their tiers. Cost per weighted one avoided: against the first "
        "option, discounted."
    )
    title = f"Options side by side, over {counted(facts.model.months, 'month')}"
    return Table("appraisal", title, columns, tuple(rows), facts.source, note)


def _met(way: Way) -> str:
    """Return how many standards a way to staff meets, of those judged."""
    said = next(one for one in headlines.read_off(way.plan).options if one.name == way.option.name)
    judged = [one for one in said.standings if one.judged]
    return f"{sum(not one.missed for one in judged)} of {len(judged)}"


# Posts -------------------------------------------------------------------------------------


def _posts(facts: Facts) -> Table:
    """Return posts by team, grade and start month, each with the date by which to approve it."""
    pay = price_base(facts)
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Start", "month"),
        Column("Posts", "people"),
        Column(f"Cost of one per year, {pay} prices", "pounds"),
        Column(f"Full-year cost of all, {pay} prices", "pounds"),
        Column("Approve by", "month"),
    )
    dates = {(one.team, one.grade, one.start): one.agree_by for one in facts.decisions}
    rows = []
    for one in facts.starts:
        start = facts.labels[one.month]
        g = facts.model.grades.index(GradeKey(one.team, one.grade))
        added = facts.more_posts(g, one.month)
        if one.month:
            added = minus(added, facts.more_posts(g, one.month - 1))
        rate = facts.at(facts.last.name, "post_rate", g, one.month)
        rows.append(
            (
                facts.team(one.team),
                facts.grade(one.team, one.grade),
                start,
                added,
                rate,
                product(added, rate),
                dates.get((one.team, one.grade, start)),
            )
        )
    note = (
        "Approve by: the last month in which approving the posts still meets every standard that "
        "the plan meets, recruitment included. Below 0: posts that end."
    )
    body = rows_with_total(rows, "All", leave=(4,))
    return Table(
        "posts", "Posts by grade and start month", columns, body, facts.source, note, totals=True
    )


def each_post(facts: Facts) -> Iterator[Block]:
    """Yield what each further post buys, where it was worked out."""
    table = facts.table("marginal_posts")
    if table is None:
        return
    wanted = [one for one in EACH_POST if one in table.columns]
    some = table[table["weighted_avoided"].abs() >= NONE_AVOIDED]
    if some.empty:
        yield Text("No single post, added in turn, leaves fewer case-months overdue.")
        return
    yield Text(
        "What each post avoids, added in the order in which posts help most, should only some of "
        "them be approved:"
    )
    made = plain(facts, "marginal_posts", some[wanted], "What each further post avoids")
    columns = tuple(
        replace(one, heading=HEADINGS.get(one.heading, one.heading)) for one in made.columns
    )
    left = len(table) - len(some)
    note = (
        f"Cost: discounted, at {price_base(facts)} prices, over the whole time. Case-months "
        "overdue, by the risk weight of their tiers, with work done in the present order of "
        "priority."
    )
    if left:
        verb = "leaves" if left == 1 else "leave"
        note += f" {counted(left, 'further post')} {verb} as many overdue."
    yield replace(made, columns=columns, note=note)


def plain(facts: Facts, name: str, frame: pd.DataFrame, title: str, most: int = 200) -> Table:
    """Return an output table as it is, its column names as words."""
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
    words = "result" if name == "words" else name.replace("_", " ").replace("chance", "probability")
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
        return OPTIONS.get(words, words)
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
    """Return what real, cash and discounted mean in this scenario."""
    finance = facts.settings.finance
    inflation = asked_share(float(finance.inflation.value))
    awards = _awards(facts)
    if _rise_with_prices(facts):
        awards += f", and with training and non-pay rising by {inflation} each year"
    return PRICES.format(
        awards=awards,
        real=REAL[finance.prices].format(base=price_base(facts), inflation=inflation),
        rate=asked_share(float(facts.settings.finance.discount_rate.value)),
        start=month(facts.labels[0]),
    )


def _rise_with_prices(facts: Facts) -> bool:
    """Return whether any part of a post rises with prices and not with pay."""
    costs_ = [
        grade.cost_per_year
        for team in facts.settings.teams.values()
        for grade in team.grades.values()
    ]
    parts = [one for one in costs_ if isinstance(one, CostParts)]
    return any(one.training.value or one.non_pay.value for one in parts)


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
    """Return each option's cost by financial year, cash first."""
    pay = price_base(facts)
    columns = [Column("Option", wide=True), Column("Financial year"), Column("Posts", "people")]
    columns += [Column("Cash", "pounds"), Column(f"At {pay} prices", "pounds")]
    columns += [Column(f"Discounted, {pay} prices", "pounds")]
    columns += [Column(f"Joining, one-off, {pay} prices", "pounds")]
    rows: list[tuple[Cell, ...]] = []
    for way in facts.ways:
        calendar = way.plan.model.calendar
        for place, year in enumerate(calendar.years):
            rows.append(
                (
                    way.label,
                    year_words(facts, place) if way.plan is facts.plan else year,
                    money(way, "posts", year=year),
                    *(
                        money(way, column, year=year)
                        for column in ("total_cash", "total_real", "total_discounted", "joining")
                    ),
                )
            )
    note = (
        "Posts: the mean of the year. Joining: training and kit of those who join, not in the cost."
    )
    title = "Cost of posts and overtime by financial year"
    return Table("cost-by-year", title, tuple(columns), tuple(rows), facts.source, note)


def _asked_for(facts: Facts) -> Table:
    """Return what is added costs in a full year, posts and overtime."""
    full, pay = facts.full_year, price_base(facts)
    columns = (
        Column("In a full year", wide=True),
        Column("Posts", "people"),
        Column(f"Cash, {full.year}", "pounds"),
        Column(f"At {pay} prices", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = [
        ("Posts above no posts added", full.posts, full.posts_cash, full.posts_real),
        ("Overtime above no posts added", None, full.overtime_cash, full.overtime_real),
    ]
    note = (
        f"All posts of {month(facts.labels[-1])}, twelve months of each, at the pay of "
        f"{full.year}; overtime of the last twelve months projected. Below 0: saved."
    )
    title = "Full-year cost of what is added"
    body = rows_with_total(rows, "All")
    return Table("full-year", title, columns, body, facts.source, note, totals=True)


def _above(facts: Facts) -> Table:
    """Return what the plan costs above no posts added by year: recurring, fixed-term, one-off."""
    pay = price_base(facts)
    model, calendar = facts.model, facts.model.calendar
    last, today = facts.plan.options[-1].costs, facts.plan.today.costs
    ending: dict[str, float] = {}
    for row in budget_rows(model, last, today, "sized"):
        ending[row.year] = ending.get(row.year, 0.0) + row.fixed_term
    ends = any(abs(amount) >= 0.5 for amount in ending.values())
    columns = [
        Column("Financial year"),
        Column("Above no posts added, cash", "pounds"),
        Column(f"Above no posts added, {pay} prices", "pounds"),
    ]
    columns += [Column(f"of it posts that end, {pay} prices", "pounds")] if ends else []
    columns += [
        Column(f"Joining, one-off, {pay} prices", "pounds"),
        Column(f"Full-year cost of posts so far, {pay} prices", "pounds"),
    ]
    rows: list[tuple[Cell, ...]] = []
    for place, year in enumerate(calendar.years):
        t = int(np.flatnonzero(calendar.year_of == place)[-1])
        full = plus(
            product(facts.more_posts(g, t), facts.at(facts.last.name, "post_rate", g, t))
            for g in range(len(model.grades))
        )
        amounts = [facts.more(one, year=year) for one in ("total_cash", "total_real")]
        part = [ending[year]] if ends else []
        rows.append(
            (year_words(facts, place), *amounts, *part, facts.more("joining", year=year), full)
        )
    note = (
        "All of it is recurring but for joining costs and posts that end within the time "
        "projected. The full-year cost counts twelve months of every added post there at the "
        "year's end, without overtime; it is above the year's own cost where posts start during "
        "the year, and where fewer than twelve of its months are projected."
    )
    body = rows_with_total(rows, "All years", leave=(len(columns) - 1,))
    title = "Cost above no posts added by financial year"
    return Table("cost-above", title, tuple(columns), body, facts.source, note, totals=True)


def _by_team(facts: Facts) -> Table:
    """Return cost by team and grade over the whole time."""
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Posts now", "people"),
        Column("Posts at the end", "people"),
        Column("Cash", "pounds"),
        Column(f"At {price_base(facts)} prices", "pounds"),
        Column(f"Discounted, {price_base(facts)} prices", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = []
    today, last = facts.plan.today.staff.posts[0], facts.plan.options[-1].staff.posts[0]
    for place, (team, grade) in enumerate(facts.model.grades):
        amounts = [
            facts.money(facts.last.name, one, team=team, grade=grade)
            for one in ("total_cash", "total_real", "total_discounted")
        ]
        counts = float(today[0, place]), float(last[-1, place])
        rows.append((facts.team(team), facts.grade(team, grade), *counts, *amounts))
    whose = facts.whose(facts.plan.options[-1])
    title = f"Cost by team and grade over {counted(facts.model.months, 'month')}, {whose}"
    return Table("cost-by-team", title, columns, rows_with_total(rows), facts.source, totals=True)


# Partners and people -----------------------------------------------------------------------


def partners(facts: Facts) -> Iterator[Block]:
    """Yield who pays for what, where a team is shared."""
    shares = facts.settings.finance.shares
    joint = {team: parts for team, parts in shares.items() if len(parts) > 1}
    if not joint:
        only = sorted({name for parts in shares.values() for name in parts})
        payer = f": {only[0]} pays in full" if len(only) == 1 else ""
        yield Text(f"No team is jointly funded{payer}.")
        return
    sized = facts.said.sized is not None
    columns = [Column("Team", wide=True), Column("Partner"), Column("Share", "share")]
    columns += [
        Column("Financial year"),
        Column("Cost, cash", "pounds"),
        Column(f"Cost, {price_base(facts)} prices", "pounds"),
    ]
    columns += [Column("Above no posts added, cash", "pounds")] if sized else []
    rows: list[tuple[Cell, ...]] = []
    for team, parts in joint.items():
        for name, share in parts.items():
            size = float(share.value)
            for place, year in enumerate(facts.model.calendar.years):
                amounts = [
                    times(facts.money(facts.last.name, one, year=year, team=team), size)
                    for one in ("total_cash", "total_real")
                ]
                amounts += (
                    [times(facts.more("total_cash", year=year, team=team), size)] if sized else []
                )
                rows.append((facts.team(team), name, size, year_words(facts, place), *amounts))
    body = rows_with_total(rows, "All", leave=(2,))
    title = "Who pays: partners' shares of jointly funded teams"
    yield Table("partners", title, tuple(columns), body, facts.source, totals=True)


def people_events(facts: Facts) -> Iterator[Block]:
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


def risks(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what could go wrong, each after a word on what it is about."""
    yield "Figures", summary.basis(facts.said).words
    leads = [facts.lead_of(*key) for key in _filled(facts)]
    if any(leads):
        most = max(leads)
        yield (
            "Recruitment",
            f"A place takes up to {counted(most, 'month')} to fill; every month later is a month "
            "with fewer people than planned.",
        )
    trained = _training(facts)
    if trained:
        yield "Training", trained
    if facts.plan.sizing is not None and facts.advice is None:
        missed = facts.plan.sizing.missed_in_strict_order
        if missed:
            yield (
                "Way of working",
                f"The plan says what to do month by month. Done strictly in order of priority the "
                f"same posts would not meet a standard {counted(missed, 'time')}.",
            )
        gap = facts.plan.sizing.gap
        if gap > 1e-4:
            yield "Proof", f"A cheaper plan, by at most {per_cent(gap)}, cannot be ruled out."
    if facts.advice is None:
        for words in phrases.shortfalls(facts.model, facts.last.missed)[:4]:
            yield "Not met", f"{words}."
    drivers = facts.table("drivers")
    if drivers is not None and {"setting", "share_of_variance"} <= set(drivers):
        first = drivers.sort_values("share_of_variance", ascending=False, kind="stable").head(3)
        yield "What matters most", f"{listed(first['setting'].astype(str).tolist())}."


def _filled(facts: Facts) -> set[tuple[str, str]]:
    """Return the grades, by team, of which posts are added: as recommended, else as needed."""
    if facts.advice is not None:
        added = recommended.agreed(facts.advice)
        return {(one.team, one.grade) for one in added if one.posts > headlines.SAME}
    return {(one.team, one.grade) for one in facts.starts if one.posts > 0}


def unsourced(facts: Facts) -> str:
    """Return which statutory rates are assumed after the last month a source gives them for."""
    payroll = costs.payroll(facts.model)
    known: dict[str, str] = {}
    for key in facts.model.grades:
        known |= payroll.unsourced(key)
    if not known:
        return ""
    told = [f"{RATES[name]} after {month(until)}" for name, until in known.items()]
    return f"Assumed to stay as they are, since no later rate is published: {listed(told)}."


def _training(facts: Facts) -> str:
    """Return how long new people take until they carry full work."""
    told = []
    for team, one in facts.settings.teams.items():
        for grade, found in one.grades.items():
            months = found.accreditation_months.value
            if months and (team, grade) in _filled(facts):
                name = inside(facts.grade(team, grade))
                told.append(
                    f"{name}s work at {per_cent(found.trainee_productivity.value)} for their first "
                    f"{counted(months, 'month')}"
                )
    said = listed(list(dict.fromkeys(told)))
    return f"{said[:1].upper()}{said[1:]}." if told else ""
