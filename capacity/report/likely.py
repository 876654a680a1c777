"""Tables of the packs for inspectors and for the force's statement, as the simulations have them.

With no posts added and as recommended: the middle of the simulations, and 8 in 10 of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

import numpy as np

from capacity.engine.model import Array, CaseloadLimit
from capacity.engine.standards import (
    lowest_limits,
    tiers_named,
)
from capacity.report import shared
from capacity.report.answer import year_words
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    ChartBand,
    ChartLine,
    Column,
    Heading,
    Role,
    Table,
    Text,
)
from capacity.report.simulated import TODAY, EightInTen, InSimulations, Where
from capacity.results import phrases
from capacity.risk.position import (
    ACTIVE_RATIO,
    AGES,
    CASES,
    OLDEST,
    OVERDUE,
    RATIO,
)
from capacity.risk.recommended import REVIEWED
from capacity.risk.simulated import looked_at, spans
from capacity.why import headlines
from capacity.why.headlines import AN_HOUR, Service
from capacity.wording import begun, inside, month, number, people, per_cent, plural

SEEN = 0.5
"""Fewer than this in nearly every simulation are nothing."""

STANDARD = 0.95
"""A share completed below which an activity falls behind."""

ROLES: Mapping[str, Role] = {TODAY: "today", REVIEWED: "sized"}

MIDDLE = "The middle of the simulations; 8 in 10 of them lie in the range."


def what_is_told(found: InSimulations) -> str:
    """Return what the figures of a pack are of."""
    return (
        f"Figures are the middle of {found.how_many} of the same kind as those that the "
        "recommended plan was chosen on, with the range of 8 in 10 beside them; so parts need not "
        "add up to a total."
    )


def between(one: EightInTen) -> str:
    """Return a range of counts in words."""
    low, high = (f"{round(end):,}" for end in (one.low, one.high))
    return low if low == high else f"{low} to {high}"


def _with(found: InSimulations, option: str) -> str:
    label = inside(found.label(option))
    return f"with {label}" if option == TODAY else f"with the {label}"


# Cases and what falls due ------------------------------------------------------------------


def cases(found: InSimulations) -> Table:
    """Return cases by cohort and tier, now and in later years."""
    facts = found.facts
    places = looked_at(facts.model)
    columns = [Column("Group", wide=True), Column("Tier")]
    columns += [Column(month(facts.labels[t]), "typed") for t in places]
    columns += [Column("8 in 10 at the end", "typed")]
    rows: list[tuple[Cell, ...]] = []
    for cohort in facts.model.cohorts:
        tiers = [
            facts.model.tiers[n].tier
            for n in facts.model.community
            if facts.model.tiers[n].cohort == cohort
        ]
        for tier in [*tiers, *([None] if len(tiers) > 1 else [])]:
            mine = [found.at(TODAY, t, (cohort, None, tier), CASES) for t in places]
            there = [one for one in mine if one is not None]
            if len(there) == len(places) and max(one.high for one in there) >= SEEN:
                name = "All" if tier is None else facts.tier(cohort, tier)
                middles = (f"{round(one.middle):,}" for one in there)
                rows.append((facts.cohort(cohort), name, *middles, between(there[-1])))
    title = "Cases at the month's end by tier, in the simulations"
    note = f"{MIDDLE} The middle of all tiers is not the sum of theirs."
    return Table("cases", title, tuple(columns), tuple(rows), facts.source, note)


def demand(found: InSimulations) -> Table:
    """Return what falls due in each year, and what is left overdue of it by option."""
    facts = found.facts
    years = spans(facts.model)
    columns = [Column("Activity", wide=True), Column("What", wide=True)]
    for first, last in years:
        short = f" ({last - first + 1} months)" if last - first < 11 else ""
        columns.append(Column(f"Year to {month(facts.labels[last])}{short}", "typed"))
    rows: list[tuple[Cell, ...]] = []
    for whose, each in groupby(found.falling_due, key=lambda one: (one.cohort, one.duty)):
        due = [EightInTen(one.p10, one.p50, one.p90) for one in each]
        if max(one.high for one in due) < SEEN:
            continue
        name = activity(found, *whose)
        rows.append((name, "fall due", *(f"{round(one.middle):,}" for one in due)))
        rows.append((name, "fall due, 8 in 10", *map(between, due)))
        for option in found.options:
            late = found.by_month(option, (*whose, None), OVERDUE)
            ends = [late[last] for _, last in years] if late else []
            if ends and max(one.middle for one in ends) >= SEEN:
                what = f"overdue at the end, {_with(found, option)}"
                rows.append((name, what, *(f"{round(one.middle):,}" for one in ends)))
    title = "Activities that fall due by year, and what is left overdue"
    note = (
        "The middle of the simulations. Fall due: with hours for everything, so that posts and "
        "backlog do not change it. Where nothing is overdue in the middle of the simulations that "
        "is left out."
    )
    return Table("demand", title, tuple(columns), tuple(rows), facts.source, note)


def activity(found: InSimulations, cohort: str | None, duty: str) -> str:
    """Return an activity in the plural, and whose it is where several have one of that name."""
    facts = found.facts
    name = begun(plural(facts.duty(cohort or "", duty)))
    same = [
        key
        for key in dict.fromkeys(one[:2] for one in facts.model.rows)
        if facts.duty(*key) == facts.duty(cohort or "", duty)
    ]
    return f"{name} ({facts.cohort(cohort)})" if cohort and len(same) > 1 else name


# Hours -------------------------------------------------------------------------------------


def hours(found: InSimulations) -> Chart:
    """Return the chart of hours that all work takes against those there are, and its table."""
    facts = found.facts

    def of(option: str, name: str) -> Array:
        every = [
            [getattr(found.hours[option, label, team], name) for team in facts.model.teams]
            for label in facts.labels
        ]
        found_: Array = np.array(every, dtype=float)
        return found_

    there, needed = of(TODAY, "there").sum(axis=1), of(TODAY, "asked").sum(axis=1)
    as_recommended = of(REVIEWED, "there").sum(axis=1)
    short = np.flatnonzero(needed - there >= AN_HOUR)
    end, last = month(facts.labels[-1]), float(needed[-1] - there[-1])
    message = f"The hours there are with no posts added cover all work to {end}"
    if len(short):
        first = month(facts.labels[int(short[0])])
        message = f"All work takes more hours than there are with no posts added from {first}"
        size = f"{number(abs(last))} hours per month"
        message += f": {size} short in {end}" if last >= AN_HOUR else f", but not in {end}"
    message += "; mean of the simulations"
    series = (
        ChartLine("Hours there are, no posts added", tuple(map(float, there)), "today"),
        ChartLine("Hours there are, recommended", tuple(map(float, as_recommended)), "sized"),
        ChartLine("Hours all work takes", tuple(map(float, needed)), "other"),
    )
    title = "Hours that all work takes and hours there are, means of the simulations"
    columns = [Column("Team", wide=True), Column("Hours per month", wide=True)]
    columns += [
        Column(f"Year to {month(facts.labels[last])}", "number") for _, last in spans(facts.model)
    ]
    rows: list[tuple[Cell, ...]] = []
    each = {
        option: {name: of(option, name) for name in ("there", "asked", "cut_short")}
        for option in found.options
    }
    for place, team in enumerate(facts.model.teams):
        lines = [("all work takes", each[TODAY]["asked"])]
        lines += [(f"there are, {_with(found, one)}", each[one]["there"]) for one in found.options]
        lines += [
            (f"cut short, {_with(found, one)}", each[one]["cut_short"])
            for one in found.options
            if each[one]["cut_short"][:, place].max() >= AN_HOUR
        ]
        for words, values in lines:
            means = (
                float(values[first : last + 1, place].mean()) for first, last in spans(facts.model)
            )
            rows.append((facts.team(team), words, *means))
    note = (
        "All work: other work, and activities if all are done in the month in which they fall due. "
        "Without overtime, help between teams and what is overdue at the start. The chart shows "
        "all teams together."
    )
    table = Table("hours", title, tuple(columns), tuple(rows), facts.source, note)
    return Chart("hours", message, facts.labels, "Hours per month", "number", series, table)


def cut_short(found: InSimulations) -> Iterator[Block]:
    """Yield by how much other work is cut short, team by team, where any is."""
    facts = found.facts
    rows: list[tuple[Cell, ...]] = []
    for option in found.options:
        for team in facts.model.teams:
            mine = [found.hours[option, label, team] for label in facts.labels]
            cut = np.array([one.cut_short for one in mine])
            some = np.flatnonzero(cut >= AN_HOUR)
            if len(some):
                there, worst = sum(one.there for one in mine), int(cut.argmax())
                share = float(cut.sum()) / there if there > 0 else None
                when = (facts.labels[int(some[0])], facts.labels[worst], float(cut[worst]))
                row = (facts.team(team), found.label(option), float(cut.mean()), share, *when)
                rows.append(row)
    if rows:
        yield shared.cut_short(facts, rows, "mean of the simulations")


# Posts and what is not done ----------------------------------------------------------------


def posts(found: InSimulations) -> Table:
    """Return posts by team, grade and financial year, current and recommended."""
    facts = found.facts
    model, now = facts.model, facts.plan.today.staff.posts[0]
    columns = (
        Column("Team", wide=True),
        Column("Grade", wide=True),
        Column("At the end of", wide=True),
        Column("No posts added", "people"),
        Column("Recommended plan", "typed"),
        Column("8 in 10", "typed"),
    )
    body: list[tuple[Cell, ...]] = []
    planned = found.posts
    for g, (team, grade) in enumerate(model.grades):

        def told(place: int, g: int = g, key: tuple[str, str] = (team, grade)) -> tuple[Cell, ...]:
            last = int(np.flatnonzero(model.calendar.year_of == place)[-1])
            one = planned[model.calendar.years[place], *key]
            ends = [people(end) for end in (one.low, one.high)]
            spread = ends[0] if ends[0] == ends[1] else " to ".join(ends)
            return float(now[last, g]), people(one.middle), spread

        for row, run in groupby(range(len(model.calendar.years)), key=told):
            years = [year_words(facts, place).split(" (")[0] for place in run]
            name = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
            body.append((facts.team(team), facts.grade(team, grade), name, *row))
    title = "Posts by team and grade at the end of each financial year"
    note = "Recommended plan: posts agreed now and by reviews, the middle of the simulations."
    return Table("posts-by-team", title, columns, tuple(body), facts.source, note)


def unmet_words(found: InSimulations) -> str:
    """Return what is not expected to be done, in a sentence for each option."""
    facts, told = found.facts, []
    end = month(facts.labels[-1])
    for option in found.options:
        all_ = found.by_month(option, (None, None, None), OVERDUE)
        last = all_[-1] if all_ else EightInTen(0.0, 0.0, 0.0)
        whose = begun(_with(found, option))
        if last.high < SEEN:
            told.append(f"{whose}, nothing is overdue at the end of {end} in 8 of 10 simulations.")
            continue
        many = f"{round(last.middle):,}"
        activities = "activity is" if many == "1" else "activities are"
        words = f"{whose}, {many} {activities} overdue at the end of {end}"
        told.append(f"{words} ({between(last)} in 8 of 10 simulations).")
    return " ".join(told)


def unmet(found: InSimulations) -> Table:
    """Return what is overdue by tier at year ends."""
    facts = found.facts
    places = looked_at(facts.model)[1:] or [0]
    columns = [Column("Activity and tier", wide=True), Column("Posts")]
    columns += [Column(month(facts.labels[t]), "typed") for t in places]
    columns += [Column("8 in 10 at the end", "typed"), Column("Longest overdue, months", "typed")]
    rows: list[tuple[Cell, ...]] = []
    for place in facts.model.duties.order.tolist():
        key = facts.model.rows[place]
        where: Where = (key.cohort or None, key.duty, key.tier)
        for option in found.options:
            late = found.by_month(option, where, OVERDUE)
            if not late or max(late[t].high for t in places) < SEEN:
                continue
            longest = found.at(option, places[-1], where, OLDEST)
            wait = "–" if longest is None else f"{round(longest.middle)}"
            middles = (f"{round(late[t].middle):,}" for t in places)
            ends = between(late[places[-1]])
            rows.append((facts.row(key), found.label(option), *middles, ends, wait))
    title = "Activities not expected to be done: overdue at the month's end, in the simulations"
    note = (
        "The middle of the simulations. Rows are in the order in which hours are given; those with "
        "nothing overdue in nearly every simulation are left out. Longest: in the last month."
    )
    return Table("unmet", title, tuple(columns), tuple(rows), facts.source, note)


# Backlog -----------------------------------------------------------------------------------


def backlog(found: InSimulations) -> Iterator[Block]:
    """Yield what is overdue of each activity by tier and age, at the beginning and at the end."""
    nothing = []
    for service in found.facts.said.today.services:
        table = _backlog(found, service)
        if table.rows:
            yield table
        else:
            nothing.append(inside(phrases.name_of(found.facts.said, service)))
    if nothing:
        yield Text(
            "Nothing is overdue in nearly every simulation, at the beginning or at the end: "
            f"{', '.join(nothing)}."
        )


def _backlog(found: InSimulations, service: Service) -> Table:
    facts = found.facts
    keys = [facts.model.rows[n] for n in facts.rows_of(service)]
    several = len({key.cohort for key in keys}) > 1
    last = facts.model.months - 1
    looked = [("Now", TODAY, 0)]
    looked += [(found.label(option), option, last) for option in found.options if last]
    rows: list[tuple[Cell, ...]] = []
    for whose, option, t in looked:
        for key in keys:
            where: Where = (key.cohort or None, key.duty, key.tier)
            left = found.at(option, t, where, OVERDUE)
            if left is None or left.high < SEEN:
                continue
            tier = facts.tier(key.cohort, key.tier)
            tier = f"{tier}, {facts.cohort(key.cohort)}" if several else tier
            ages = [found.at(option, t, where, OVERDUE, words) for _, _, words in AGES]
            by_age = ["–" if one is None else f"{round(one.middle):,}" for one in ages]
            wait = found.at(option, t, where, OLDEST)
            longest = "–" if wait is None else f"{round(wait.middle)}"
            many = f"{round(left.middle):,}"
            rows.append((whose, facts.labels[t], tier, many, between(left), *by_age, longest))
    columns = (
        Column("Posts"),
        Column("Month", "month"),
        Column("Tier", wide=True),
        Column(service.left.capitalize(), "typed"),
        Column("8 in 10", "typed"),
        *(Column(words, "typed") for _, _, words in AGES),
        Column(f"Longest {service.left}, months", "typed"),
    )
    name = begun(plural(service.duty_label))
    title = f"{name} ({service.cohort_label}) {service.left} in the simulations, by months "
    title += service.left
    return Table(f"backlog-{service.key}", title, columns, tuple(rows), facts.source)


def overdue(found: InSimulations) -> Iterator[Block]:
    """Yield what is left overdue by year, weighted by risk (EQ31)."""
    facts = found.facts
    each = {(one.option, one.year): one for one in found.advice.simulated.overdue}
    columns = [Column("Financial year", wide=True)]
    for option in found.options:
        columns += [Column(f"{found.label(option)}: case-months overdue", "number")]
        columns += [Column(f"{found.label(option)}: weighted by risk", "number")]
    rows: list[tuple[Cell, ...]] = []
    for place, year in enumerate(facts.model.calendar.years):
        mine = [each[option, year] for option in found.options]
        row = [figure for one in mine for figure in (one.case_months, one.weighted)]
        rows.append((year_words(facts, place), *row))
    yield Heading("Overdue, weighted by risk")
    weights = " Weights are assumed." if headlines.weights_assumed(facts.model) else ""
    note = (
        "Cases overdue at the end of each month of the year, added up: the mean of the "
        f"simulations.{weights}"
    )
    title = "Case-months overdue by financial year"
    yield Table("outcomes", title, tuple(columns), tuple(rows), facts.source, note)


# Cases per officer -------------------------------------------------------------------------


def ratios(found: InSimulations) -> Iterator[Block]:
    """Yield a chart of the cases that each limit per officer counts, and a table of all cases."""
    facts = found.facts
    for rule in lowest_limits(facts.model)[: shared.LIMITS_SHOWN]:
        made = _ratio_chart(found, rule)
        if made is not None:
            yield made
    yield _ratio_table(found)


def _ratio_chart(found: InSimulations, rule: CaseloadLimit) -> Chart | None:
    facts = found.facts
    where: Where = (facts.model.cohorts[rule.cohort], None, tiers_named(facts.model, rule))
    each = {option: found.by_month(option, where, RATIO) for option in found.options}
    if not all(each.values()):
        return None
    lines, bands = [], []
    for option, values in each.items():
        label, role = found.label(option), ROLES[option]
        lines.append(ChartLine(label, tuple(one.middle for one in values), role))
        low, high = tuple(one.low for one in values), tuple(one.high for one in values)
        bands.append(ChartBand(label, low, high, role))
    return shared.ratio_chart(facts, rule, lines, "the recommended plan", bands)


def _ratio_table(found: InSimulations) -> Table:
    """Return cases per officer with and without reactive cases, now and at the end."""
    facts, last = found.facts, found.facts.model.months - 1
    columns = (
        Column("Group", wide=True),
        Column("Posts"),
        Column("Month", "month"),
        Column("Cases", "typed"),
        Column("Cases per officer", "typed"),
        Column("8 in 10", "typed"),
        Column("without those managed reactively", "typed"),
    )
    rows: list[tuple[Cell, ...]] = []
    looked = [("Now", TODAY, 0)]
    looked += [(found.label(option), option, last) for option in found.options if last]
    for cohort in facts.model.cohorts:
        tiers = [
            key.tier
            for n, key in enumerate(facts.model.tiers)
            if n in facts.model.community and key.cohort == cohort
        ]
        every = tiers[0] if len(tiers) == 1 else None
        for whose, option, t in looked:
            many = found.at(option, t, (cohort, None, every), CASES)
            ratio, active = (
                found.at(option, t, (cohort, None, None), one) for one in (RATIO, ACTIVE_RATIO)
            )
            if many is None:
                continue
            if ratio is not None and np.isnan(ratio.middle):
                ratio = active = None
            rows.append(
                (
                    facts.cohort(cohort),
                    whose,
                    facts.labels[t],
                    f"{round(many.middle):,}",
                    shared.NO_OFFICER if ratio is None else number(ratio.middle),
                    None if ratio is None else f"{number(ratio.low)} to {number(ratio.high)}",
                    None if active is None else number(active.middle),
                )
            )
    title = "Cases for each officer in the simulations, with and without those managed reactively"
    note = f"{MIDDLE} {shared.OFFICERS}"
    return Table("ratios", title, columns, tuple(rows), facts.source, note)


# What falls behind first -------------------------------------------------------------------


def order(found: InSimulations) -> Table:
    """Return activities in the order in which they are served, and when each falls behind."""
    facts = found.facts
    columns = (
        Column("Served", "whole"),
        Column("Activity and tier", wide=True),
        Column("Completed in the first month", "typed"),
        Column("Completed in the last month", "typed"),
        Column("Overdue at the end", "typed"),
        Column("First month below 95%", "month"),
    )
    rows: list[tuple[Cell, ...]] = []
    ever = facts.model.duties.per_year[0].max(axis=0) > 0
    served = [place for place in facts.model.duties.order.tolist() if ever[place]]
    for n, place in enumerate(served, start=1):
        key = facts.model.rows[place]
        where: Where = (key.cohort or None, key.duty, key.tier)
        done = [one.middle for one in found.by_month(TODAY, where, "completion")]
        left = found.by_month(TODAY, where, OVERDUE)
        below = [t for t, share in enumerate(done) if share < STANDARD - 1e-9]
        first = facts.labels[below[0]] if below else None
        ends = ["–" if np.isnan(one) else per_cent(one) for one in (done[0], done[-1])]
        rows.append((n, facts.row(key), *ends, f"{round(left[-1].middle):,}", first))
    title = "Activities in the order in which they are served, in the simulations"
    return Table(
        "order", title, columns, tuple(rows), facts.source, "The middle of the simulations."
    )


def in_the_last_month(found: InSimulations, cohort: str, tier: str) -> Cell:
    """Return the cases of a tier at the end of the last month, with their range."""
    one = found.at(TODAY, found.facts.model.months - 1, (cohort, None, tier), CASES)
    return None if one is None else f"{round(one.middle):,} ({between(one)})"
