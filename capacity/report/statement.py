"""The Force Management Statement pack: its four steps, for this unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from capacity.engine.model import Array
from capacity.reading import in_words
from capacity.report import likely, simulated
from capacity.report.answer import year_words
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    ChartLine,
    Column,
    Heading,
    Kind,
    Section,
    Table,
    Text,
    rows_with_total,
    shown,
    value_of,
)
from capacity.report.facts import Facts
from capacity.results import phrases
from capacity.settings import Event
from capacity.why.headlines import AN_HOUR, team_years
from capacity.wording import counted, month, number, people

LATE = 0.5
"""Less than this overdue is nothing."""

YEARS = 4
"""A Force Management Statement looks four years ahead."""


def section(facts: Facts) -> Section:
    """Return the four steps."""
    return Section(
        "statement", "Force Management Statement pack", "Statement", tuple(_blocks(facts))
    )


def _blocks(facts: Facts) -> Iterator[Block]:
    found = simulated.of(facts)
    yield Heading("Step 1: demand now and over four years")
    if found is None:
        yield from (_caseload(facts), _demand(facts), _hours(facts))
    else:
        yield from (likely.cases(found), likely.demand(found), likely.hours(found))
    yield Heading("Step 2: condition and capacity of the workforce")
    yield _workforce(facts)
    yield Heading("Step 3: what will change")
    yield from _changes(facts)
    yield _posts(facts) if found is None else likely.posts(found)
    yield Heading("Step 4: demand not expected to be met")
    yield Text(_unmet_words(facts) if found is None else likely.unmet_words(found))
    yield _unmet(facts) if found is None else likely.unmet(found)


def ahead(facts: Facts) -> list[int]:
    """Return the places of the first month, of each year after it, four at most, and the last."""
    return sorted({min(12 * n, facts.model.months - 1) for n in range(YEARS + 1)})


# Step 1 ------------------------------------------------------------------------------------


def _caseload(facts: Facts) -> Table:
    """Return cases by cohort and tier, now and in later years."""
    places = ahead(facts)
    columns = [Column("Group", wide=True), Column("Tier")]
    columns += [Column(month_short(facts, t), "number") for t in places]
    columns += [Column("Growth per year", "share")]
    cases = facts.plan.cases.cases[0]
    years = max(places[-1], 1) / 12
    rows: list[tuple[Cell, ...]] = []
    for place in facts.model.community:
        key = facts.model.tiers[place]
        series = [float(cases[t, place]) for t in places]
        growth = (series[-1] / series[0]) ** (1 / years) - 1 if series[0] > 0 else None
        rows.append((facts.cohort(key.cohort), facts.tier(*key), *series, growth))
    title = "Cases at the month's end, by tier"
    body = rows_with_total(rows, "All", leave=(len(columns) - 1,))
    return Table("cases", title, tuple(columns), body, facts.source, totals=True)


def month_short(facts: Facts, place: int) -> str:
    """Return a month as the heading of a column."""
    return month(facts.labels[place])


def _demand(facts: Facts) -> Table:
    """Return what falls due in each year, and what is done of it and left overdue."""
    spans = _spans(facts)
    columns = [Column("Activity", wide=True), Column("What", wide=True)]
    columns += [Column(name[:1].upper() + name[1:], "number") for name, _ in spans]
    rows: list[tuple[Cell, ...]] = []
    for service in facts.said.today.services:
        mine = facts.rows_of(service)
        name = phrases.name_of(facts.said, service)
        title = name[:1].upper() + name[1:]
        due = facts.falls_due[:, mine].sum(axis=1)
        lines = list(_done(facts, mine, spans))
        what = "fall due" if lines else "fall due, all done in time"
        rows.append((title, what, *(float(due[months].sum()) for _, months in spans)))
        rows += [(title, *line) for line in lines]
    title = "Activities that fall due by year, and what is done of them"
    note = (
        "Fall due: with hours for everything, so that posts and backlog do not change it "
        "(due_in_time.csv). Done includes what was overdue at the start. What is overdue nowhere "
        "is left out."
    )
    return Table("demand", title, tuple(columns), tuple(rows), facts.source, note)


def _done(
    facts: Facts, mine: Sequence[int], spans: Sequence[tuple[str, Array]]
) -> Iterator[tuple[Cell, ...]]:
    """Yield what is done of an activity and left overdue, by option; nothing if none is late."""
    late = [option.projection.outstanding[0][:, mine].sum(axis=1) for option in facts.plan.options]
    if max(float(left.max()) for left in late) < LATE:
        return
    for option, left in zip(facts.plan.options, late, strict=True):
        run, whose = option.projection, facts.whose(option)
        done = (run.done + run.done_early)[0][:, mine].sum(axis=1)
        yield (f"done, {whose}", *(float(done[months].sum()) for _, months in spans))
        ends = [float(left[np.flatnonzero(months)[-1]]) for _, months in spans]
        if max(ends) >= LATE:
            yield (f"overdue at the end, {whose}", *ends)


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
    """Return the chart of hours that all work takes against the hours that there are."""
    run = facts.plan.today.projection
    asked = (run.other_work[0] + facts.hours_due).sum(axis=1)
    there = run.own[0].sum(axis=1)
    short = np.flatnonzero(asked - there > 0.5)
    end = month(facts.labels[-1])
    last = float(asked[-1] - there[-1])
    whose = facts.whose(facts.plan.today)
    message = f"The hours there are {whose} cover all work to {end}"
    if len(short):
        first = month(facts.labels[int(short[0])])
        message = f"All work takes more hours than there are {whose} from {first}"
        size = f"{number(abs(last))} hours per month"
        message += f": {size} short in {end}" if last > 0.5 else f", but not in {end}"
    series = (
        ChartLine("Hours there are", tuple(map(float, there)), "sized"),
        ChartLine("Hours all work takes", tuple(map(float, asked)), "today"),
    )
    columns = [Column("Team", wide=True), Column("Hours per month")]
    columns += [Column(name[:1].upper() + name[1:], "number") for name, _ in _spans(facts)]
    rows = tuple(_hours_by_team(facts))
    title = "Hours that all work takes and hours there are, means of the months"
    note = (
        "All work: other work, and activities if all are done in the month in which they fall due. "
        "Without overtime, help between teams and what is overdue at the start. The chart shows "
        "all teams together."
    )
    return Chart(
        "hours",
        message,
        facts.labels,
        "Hours per month",
        "number",
        series,
        Table("hours", title, tuple(columns), rows, facts.source, note),
    )


def _hours_by_team(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """Yield each team's mean hours per month, asked for and there, by year."""
    run, model = facts.plan.today.projection, facts.model
    asked = run.other_work[0] + facts.hours_due
    there = run.own[0]
    for place, team in enumerate(model.teams):
        lines = [
            ("all work takes", asked[:, place]),
            (f"there are, {facts.whose(facts.plan.today)}", there[:, place]),
            ("difference", there[:, place] - asked[:, place]),
        ]
        cut = run.cut_short[0][:, place]
        if cut.max() >= AN_HOUR:
            lines.append((f"cut short, {facts.whose(facts.plan.today)}", cut))
        for words, values in lines:
            means = (float(values[months].mean()) for _, months in _spans(facts))
            yield (facts.team(team), words, *means)


# Step 2 ------------------------------------------------------------------------------------


def _workforce(facts: Facts) -> Table:
    """Return each grade's posts, people, losses and hours."""
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Posts", "people"),
        Column("In post", "people"),
        Column("In training", "people"),
        Column("Leavers per year", "share"),
        Column("Sickness", "share"),
        Column("Taken for other work", "share"),
        Column("Hours of one, per year", "number"),
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
    scenario = facts.plan.scenario
    for change in facts.settings.changes:
        when = f"{change.from_:%Y-%m}"
        of_it = [
            one
            for one in scenario.applied
            if any(f"{one.setting}.".startswith(f"{name}.") for name in change.set_)
        ]
        said = "; ".join(w for begin, w in in_words.of(scenario).dated(of_it) if begin == when)
        rows.append((when, change.why or "Settings change", said))
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
    columns = [Column("Team", wide=True), Column("Financial years")]
    columns += [Column("Posts, none added", "people")]
    columns += [Column("Posts, team needed", "people")] if sized else []
    columns += [Column("In post", "people")]
    rows: list[tuple[Cell, ...]] = []
    for one in team_years(facts.plan):
        place = facts.model.calendar.years.index(one.year)
        row: list[Cell] = [one.label, year_words(facts, place), one.posts_today]
        row += [one.posts_sized] if sized else []
        rows.append((*row, one.in_post))
    title = "Posts and people by team, means of the year"
    merged = tuple(_merged(rows, [one.kind for one in columns]))
    return Table("posts-by-team", title, tuple(columns), merged, facts.source)


def _merged(rows: Sequence[tuple[Cell, ...]], kinds: Sequence[Kind]) -> Iterator[tuple[Cell, ...]]:
    """Yield rows of a team and year; years in a row that read the same but for people as one."""

    def same(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        posts = [shown(cell, kind) for cell, kind in zip(row[2:-1], kinds[2:-1], strict=True)]
        return row[0], *posts

    for _, run in groupby(rows, key=same):
        group = list(run)
        years = str(group[0][1])
        if len(group) > 1:
            years = f"{years.split(' (', maxsplit=1)[0]} to {str(group[-1][1]).split(' (')[0]}"
        people = [float(value_of(row[-1]) or 0.0) for row in group]
        ends = {shown(one, "people") for one in (min(people), max(people))}
        there: Cell = people[0]
        if len(ends) > 1:
            there = f"{shown(min(people), 'people')} to {shown(max(people), 'people')}"
        yield (group[0][0], years, *group[0][2:-1], there)


# Step 4 ------------------------------------------------------------------------------------


def _unmet_words(facts: Facts) -> str:
    """Return what is not expected to be done, in a sentence for each option."""
    parts = []
    end = month(facts.labels[-1])
    for option, said in zip(facts.plan.options, facts.said.options, strict=True):
        left = sum(float(one.outstanding[-1]) for one in said.services)
        whose = facts.whose(option)
        whose = f"{whose[:1].upper()}{whose[1:]}"
        if left < 0.5:
            parts.append(f"{whose}, nothing is overdue at the end of {end}.")
        else:
            worst = max(said.services, key=lambda one: float(one.outstanding[-1]))
            parts.append(
                f"{whose}, {number(left)} activities are overdue at the end of {end}, most of "
                f"them {phrases.name_of(facts.said, worst)}."
            )
    return " ".join(parts)


def _unmet(facts: Facts) -> Table:
    """Return what is outstanding by tier at year ends, and the cases behind it."""
    places = ahead(facts)[1:] or [0]
    columns = [Column("Activity and tier", wide=True), Column("Option")]
    columns += [Column(month_short(facts, t), "number") for t in places]
    columns += [Column("Share of cases", "share"), Column("Longest overdue, months", "whole")]
    rows: list[tuple[Cell, ...]] = []
    for place in facts.model.duties.order.tolist():
        key = facts.model.rows[place]
        for option in facts.plan.options:
            run = option.projection
            left = run.outstanding[0][:, place]
            if max(left[t] for t in places) < 0.05:
                continue
            cases = float(run.cases[0][-1, place])
            share = min(1.0, float(left[-1]) / cases) if cases > 0 and key.cohort else None
            wait = int(run.longest_wait[0][-1, place])
            rows.append(
                (
                    facts.row(key),
                    facts.label(option),
                    *(float(left[t]) for t in places),
                    share,
                    wait,
                )
            )
    title = "Activities not expected to be done: overdue at the month's end"
    note = (
        "Share of cases and longest overdue: in the last month. Rows are in the order in which "
        "hours are given; those with nothing overdue are left out."
    )
    return Table("unmet", title, tuple(columns), tuple(rows), facts.source, note)
