"""The Force Management Statement pack: its four steps, for this unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capacity.engine.model import Array
from capacity.reading.tree import as_typed
from capacity.report.answer import year_words
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Heading,
    Section,
    Series,
    Table,
    Text,
    rows_with_total,
)
from capacity.report.facts import Facts, year_ends
from capacity.results import summary
from capacity.settings import Event
from capacity.why.headlines import team_years
from capacity.wording import counted, listed, month, number, people

YEARS = 4
"""A Force Management Statement looks four years ahead."""


def section(facts: Facts) -> Section:
    """Return the four steps.

    Shape: one section. Unit: as said. Source: a plan. Raises: nothing.
    """
    return Section(
        "statement", "Force Management Statement pack", "Statement", tuple(_blocks(facts))
    )


def _blocks(facts: Facts) -> Iterator[Block]:
    yield Heading("Step 1: demand now and over four years")
    yield _caseload(facts)
    yield _demand(facts)
    yield _hours(facts)
    yield Heading("Step 2: condition and capacity of the workforce")
    yield _workforce(facts)
    yield Heading("Step 3: what will change")
    yield from _changes(facts)
    yield _posts(facts)
    yield Heading("Step 4: demand not expected to be met")
    yield Text(_unmet_words(facts))
    yield _unmet(facts)


def ahead(facts: Facts) -> list[int]:
    """Return the places of the first month and of each year after it, four at most, and the last.

    Shape: ascending. Unit: months. Source: none. Raises: nothing.
    """
    return sorted({min(12 * n, facts.model.months - 1) for n in range(YEARS + 1)})


# Step 1 ------------------------------------------------------------------------------------


def _caseload(facts: Facts) -> Table:
    """Return cases by cohort and tier, now and in later years."""
    places = ahead(facts)
    columns = [Column("Group", wide=True), Column("Tier")]
    columns += [Column(month_short(facts, t), "number") for t in places]
    columns += [Column("Growth a year", "share")]
    cases = facts.plan.caseload.cases[0]
    years = max(places[-1], 1) / 12
    rows: list[tuple[Cell, ...]] = []
    for place, key in enumerate(facts.model.tiers):
        series = [float(cases[t, place]) for t in places]
        growth = (series[-1] / series[0]) ** (1 / years) - 1 if series[0] > 0 else None
        rows.append((facts.cohort(key.cohort), facts.tier(*key), *series, growth))
    title = "Cases at the month's end, by tier"
    body = rows_with_total(rows, "All", leave=(len(columns) - 1,))
    return Table("cases", title, tuple(columns), body, facts.source, totals=True)


def month_short(facts: Facts, place: int) -> str:
    """Return a month as the heading of a column.

    Shape: scalar. Unit: none. Source: none. Raises: nothing.
    """
    return month(facts.labels[place])


def _demand(facts: Facts) -> Table:
    """Return duties newly due in each year of the projection, and the hours they take."""
    spans = _spans(facts)
    columns = [Column("Duty", wide=True)]
    columns += [Column(f"Due, {name}", "number") for name, _ in spans]
    columns += [Column("Hours for one", "number")]
    run, duties = facts.plan.today.projection, facts.model.duties
    rows: list[tuple[Cell, ...]] = []
    cohorts = facts.settings.cohorts
    for service in facts.said.today.services:
        mine = [
            n
            for n, key in enumerate(facts.model.rows)
            if (cohorts[key.cohort].group or key.cohort, key.duty) == (service.group, service.duty)
        ]
        newly = run.newly_due[0][:, mine]
        hours = (newly * duties.hours[0][:, mine]).sum()
        name = summary.name_of(facts.said, service)
        each = float(hours / newly.sum()) if newly.sum() > 0 else None
        sums = [float(newly[months].sum()) for _, months in spans]
        rows.append((name[:1].upper() + name[1:], *sums, each))
    title = "Duties that newly fall due, by year (with today's posts)"
    note = "A duty left undone does not fall due again until it is done, so a backlog lowers these."
    return Table("newly-due", title, tuple(columns), tuple(rows), facts.source, note)


def _spans(facts: Facts) -> list[tuple[str, Array]]:
    """Return the years of the projection, twelve months each from the start, four at most."""
    months = np.arange(facts.model.months)
    found = []
    for n in range(min(YEARS, -(-facts.model.months // 12))):
        keep = (months // 12) == n
        last = int(np.flatnonzero(keep)[-1])
        short = f" ({counted(int(keep.sum()), 'month')})" if keep.sum() < 12 else ""
        found.append((f"year to {month(facts.labels[last])}{short}", keep))
    return found


def _hours(facts: Facts) -> Chart:
    """Return the chart of hours that work takes against the hours that there are."""
    run, model = facts.plan.today.projection, facts.model
    duties = (run.newly_due[0] * model.duties.hours[0]).sum(axis=1)
    asked = run.other_work[0].sum(axis=1) + duties
    there = run.own[0].sum(axis=1)
    first, last = asked[0] - there[0], asked[-1] - there[-1]
    state = "are enough" if last <= 0 else f"fall short by {number(float(last))} a month"
    message = f"By {month(facts.labels[-1])} the hours of today's posts {state}"
    if first > 0 >= last:
        message += f" (in {month(facts.labels[0])} {number(float(first))} lack)"
    series = (
        Series("Hours of today's posts", tuple(map(float, there)), "sized"),
        Series("Work newly due", tuple(map(float, asked)), "today"),
    )
    columns = (
        Column("Month", "month"),
        Column("Hours there are", "number"),
        Column("Work newly due", "number"),
        Column("Difference", "number"),
    )
    rows = tuple(
        (facts.labels[t], float(there[t]), float(asked[t]), float(there[t] - asked[t]))
        for t in year_ends(facts.labels)
    )
    title = "Hours a month of today's posts, and hours that newly due work takes"
    note = "Without overtime and what is left over from before. All teams together."
    return Chart(
        "hours",
        message,
        facts.labels,
        "Hours a month",
        "number",
        series,
        Table("hours", title, columns, rows, facts.source, note),
    )


# Step 2 ------------------------------------------------------------------------------------


def _workforce(facts: Facts) -> Table:
    """Return each grade's posts, people, losses and hours."""
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Posts", "people"),
        Column("In post", "people"),
        Column("In training", "people"),
        Column("Leave a year", "share"),
        Column("Sickness", "share"),
        Column("Taken for other work", "share"),
        Column("Hours of one, a year", "number"),
        Column("Months to fill a place", "whole"),
    )
    rows: list[tuple[Cell, ...]] = []
    people_ = facts.model.people
    for place, (team, grade) in enumerate(facts.model.grades):
        one = facts.settings.teams[team].grades[grade]
        rows.append(
            (
                facts.team(team),
                facts.grade(team, grade),
                float(people_.undated_posts[0, place]),
                float(people_.opening[0, place]),
                float(people_.in_training[0, :, place].sum()),
                float(one.leavers_per_year.value),
                float(one.sickness.value),
                float(one.abstraction.value),
                12 * float(people_.hours[0, 0, place]),
                int(one.recruitment_lead_months.value),
            )
        )
    body = rows_with_total(rows, "All", leave=tuple(range(5, 10)))
    title = "The workforce at the start"
    note = (
        "Hours of one: contracted hours less leave, bank holidays, training, sickness and other "
        "police work."
    )
    return Table("workforce", title, columns, body, facts.source, note, totals=True)


# Step 3 ------------------------------------------------------------------------------------


def _changes(facts: Facts) -> Iterator[Block]:
    """Yield dated changes, one-off events and people who come and go."""
    rows: list[tuple[Cell, ...]] = []
    for change in facts.settings.changes:
        words = "; ".join(f"{name}: {_typed(value)}" for name, value in change.set_.items())
        rows.append((f"{change.from_:%Y-%m}", change.why or "Settings change", words))
    for event in facts.settings.events:
        rows.append((f"{event.at:%Y-%m}", event.why or "One-off", _event(facts, event)))
    for person in facts.settings.people:
        until = f" to {month(f'{person.until:%Y-%m}')}" if person.until else ""
        size = f"{person.fte.value:+g} FTE in {facts.team(person.team)}{until}"
        rows.append((f"{person.from_:%Y-%m}", person.why, size))
    for team, one in facts.settings.teams.items():
        for grade, found in one.grades.items():
            for when, due in found.joiners_due.items():
                if due.value:
                    words = (
                        f"{people(due.value)} FTE, {facts.grade(team, grade)}, {facts.team(team)}"
                    )
                    rows.append((when, "Already appointed, join", words))
    if not rows:
        yield Text("No dated change, one-off event or move of people is planned.")
        return
    columns = (Column("From", "month"), Column("What", wide=True), Column("Change", wide=True))
    ordered = tuple(sorted(rows, key=lambda row: str(row[0])))
    yield Table("changes", "Changes already planned", columns, ordered, facts.source)


def _typed(value: object) -> str:
    """Return a changed setting as typed, a table by its parts."""
    if isinstance(value, dict):
        if "value" in value:
            return _typed(value["value"])
        return listed([f"{name} {_typed(one)}" for name, one in value.items()])
    return as_typed(value)


def _event(facts: Facts, event: Event) -> str:
    """Return what a one-off event does."""
    found = event.arrivals or event.leavers or event.cases
    assert found is not None
    count = counted(float(found.value), "case")
    s = "s" if count == "1 case" else ""
    if event.arrivals is not None:
        where = f" ({facts.tier(event.cohort, event.tier)})" if event.tier else ""
        return f"{count} arrive{s} in {facts.cohort(event.cohort)}{where}"
    if event.to is None:
        one = event.from_ or event.tier
        where = f" ({facts.tier(event.cohort, one)})" if one else ""
        return f"{count} leave{s} {facts.cohort(event.cohort)}{where}"
    origin, target = (facts.tier(event.cohort, str(one)) for one in (event.from_, event.to))
    return f"{count} move{s} from {origin} to {target}"


def _posts(facts: Facts) -> Table:
    """Return posts and people by team and year."""
    sized = facts.said.sized is not None
    columns = [Column("Team", wide=True), Column("Financial year"), Column("Posts today", "people")]
    columns += [Column("Posts, sized team", "people")] if sized else []
    columns += [Column("In post", "people")]
    rows: list[tuple[Cell, ...]] = []
    for one in team_years(facts.plan):
        place = facts.model.calendar.years.index(one.year)
        row: list[Cell] = [one.label, year_words(facts, place), one.posts_today]
        row += [one.posts_sized] if sized else []
        rows.append((*row, one.in_post))
    title = "Posts and people by team, means of the year"
    return Table("posts-by-team", title, tuple(columns), tuple(rows), facts.source)


# Step 4 ------------------------------------------------------------------------------------


def _unmet_words(facts: Facts) -> str:
    """Return what is not expected to be done, in a sentence for each option."""
    parts = []
    for option in facts.said.options:
        left = sum(float(one.outstanding[-1]) for one in option.services)
        whose = summary.whose(option)
        end = month(facts.labels[-1])
        if left < 0.5:
            parts.append(f"With {_the(whose)} nothing is left undone at the end of {end}.")
        else:
            worst = max(option.services, key=lambda one: float(one.outstanding[-1]))
            parts.append(
                f"With {_the(whose)} {number(left)} duties are left undone at the end of {end}, "
                f"most of them {summary.name_of(facts.said, worst)}."
            )
    if _unmet(facts).rows:
        risk = "the risk that is carried is that of these cases"
        parts.append(f"The table says in which tiers: {risk}.")
    return " ".join(parts)


def _the(whose: str) -> str:
    return whose if whose.startswith("today") else f"the {whose}"


def _unmet(facts: Facts) -> Table:
    """Return what is outstanding by tier at year ends, and the cases behind it."""
    places = ahead(facts)[1:] or [0]
    columns = [Column("Duty and tier", wide=True), Column("Option")]
    columns += [Column(month_short(facts, t), "number") for t in places]
    columns += [Column("Share of cases", "share"), Column("Longest wait, months", "whole")]
    rows: list[tuple[Cell, ...]] = []
    for place in facts.model.duties.order.tolist():
        key = facts.model.rows[place]
        for option in facts.plan.options:
            run = option.projection
            left = run.outstanding[0][:, place]
            if max(left[t] for t in places) < 0.05:
                continue
            cases = float(run.cases[0][-1, place])
            share = min(1.0, float(left[-1]) / cases) if cases > 0 else None
            wait = int(run.longest_wait[0][-1, place])
            name = "Do nothing" if option.name == "today" else "Sized team"
            rows.append((facts.row(key), name, *(float(left[t]) for t in places), share, wait))
    title = "Duties not expected to be done, outstanding at the month's end"
    note = (
        "Share of cases and longest wait: in the last month. Rows in the order in which hours are "
        "given."
    )
    return Table("unmet", title, tuple(columns), tuple(rows), facts.source, note)
