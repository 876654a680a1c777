"""The answer on one page: question, recommendation, what it costs, how certain, what is decided."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from capacity.engine.measures import NOTHING, share_of
from capacity.engine.model import Array, GradeKey, year_name
from capacity.kinds import CASELOAD_LIMIT, COMPLETION, REASONS, WORKLOAD
from capacity.report import events
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    ChartBand,
    ChartLine,
    Column,
    Figures,
    Kind,
    Points,
    Role,
    Section,
    Table,
    Text,
)
from capacity.report.facts import OPTIONS, Facts, Start, posts_at_end, year_ends
from capacity.results import answers, phrases, summary
from capacity.why import headlines
from capacity.why.headlines import Headline, Service
from capacity.wording import (
    asked_share,
    counted,
    inside,
    listed,
    month,
    number,
    people,
    per_cent,
    period,
    posts,
    pounds,
)

YEARS_SHOWN = 6
"""Rows of posts and pounds on the page; the budget has every year."""

MEANT = {
    "every month": "in every month to the end",
    "year": "all year",
    "average": "on the average of the year",
}
"""What is meant by a probability, by `confidence_of`."""

ALL_MET = "all met"
"""What is said of a team whose standards are all met."""

SINGLE = "single course (no chance)"
"""What the plan itself is called where simulations are shown."""

DATES_SHOWN = 3
"""Dates by which to decide on the page, soonest first; the budget has every one."""


def section(facts: Facts) -> Section:
    """Return the answer of a single course on one page."""
    return Section("answer", "The answer on one page", "Summary", tuple(_blocks(facts)))


def _blocks(facts: Facts) -> Iterator[Block]:
    if facts.settings.question:
        yield Text(facts.settings.question, "lead")
    yield from single_course(facts, completion(facts, low=True))


def single_course(facts: Facts, picture: Chart | None = None) -> Iterator[Block]:
    """Yield what the plan for the central case comes to."""
    yield Text(summary.SINGLE_COURSE, "note")
    for words in answers.paragraphs(facts.said):
        yield Text(words)
    yield Figures(tuple(_figures(facts)), facts.source)
    if picture:
        yield picture
    yield _years(facts)
    if len(facts.model.teams) > 1:
        yield _teams(facts)
    yield Points(tuple(_points(facts)))


# Figures -----------------------------------------------------------------------------------


def _figures(facts: Facts) -> Iterator[tuple[str, Cell, Kind, str]]:
    said, last = facts.said, facts.last
    end = month(facts.labels[-1])
    sized = said.sized is not None
    now = f"{posts(float(said.today.posts[-1]))} with no posts added"
    there = posts_at_end(facts.way(last.name))
    yield f"Posts in {end}", there, "people", now if sized else "no posts added"
    if sized:
        full = facts.full_year
        base = f"{pounds(full.posts_real.value)} at {price_base(facts)} prices"
        words = f"cash, {posts(full.posts.value)}; {base}"
        overtime = full.overtime_cash.value
        if abs(overtime) >= 0.5:
            saves = "saves" if overtime < 0 else "costs"
            words += f"; overtime {saves} {pounds(abs(overtime))} beside"
        label, cost = f"Full-year cost of all added posts, {full.year}", full.posts_cash
        if abs(full.posts.value) < headlines.SAME and abs(overtime) >= 0.5:
            label, cost = f"Full-year cost of overtime, {full.year}", full.overtime_cash
            words = "cash, above no posts added; no post is added"
        yield label, cost, "pounds", words
    lead = facts.lead
    now_ = facts.course(lead, said.today) if lead else None
    mine = facts.course(facts.service(last, lead), last) if lead else None
    if lead and now_ and mine:
        name = phrases.name_of(said, lead)
        title = f"{name[:1].upper()}{name[1:]}"
        when = month(facts.labels[mine.lowest.month])
        then = f"; {per_cent(now_.lowest.value)} with no posts added" if sized else ""
        yield f"{title} completed, lowest month", mine.lowest.value, "share", f"in {when}{then}"
        most, before = mine.most_overdue, now_.most_overdue
        when = f"in {month(facts.labels[most.month])}" if most else "in any month"
        then = f"; {number(before.value if before else 0.0)} with no posts added" if sized else ""
        yield f"{title} overdue, most", most.value if most else 0.0, "number", f"{when}{then}"
    for one in said.today.cuts:
        first = month(facts.labels[int(one.months[0])])
        words = f"hours per month, mean of the whole time, with no posts added; first in {first}"
        yield f"Work cut short, {one.label}", one.per_month, "number", words


def completion(facts: Facts, *, low: bool = False) -> Chart | None:
    """Return the chart of completion of the duty that matters most; none where nothing is due."""
    lead = facts.lead
    if lead is None or lead.ends is None:
        return None
    said = facts.said
    options = [said.today, *([said.sized] if said.sized is not None else [])]
    single = [
        ChartLine(OPTIONS[one.name], _floats(facts.service(one, lead).completion), _role(one.name))
        for one in options
    ]
    found = _simulated(facts, lead, [one.name for one in options])
    series = found or single
    message = _of_simulations(facts, lead, found) if found else _message(facts, lead)
    limits = [
        ChartLine(f"Standard ({asked_share(share)})", values, "limit")
        for share, values in _levels(facts, lead.group, lead.duty)
    ]
    bands = _bands(facts, lead, [one.name for one in options]) if found else ()
    # The single course too, for those who want to see what chance does.
    courses = [replace(one, name=f"{one.name}, {SINGLE}") for one in single] if bands else []
    return _chart(facts, lead, message, (*series, *limits), bands, courses, low=low)


def simulated(facts: Facts, names: Sequence[str]) -> Chart | None:
    """Return the same chart of options that were simulated; None where they were not."""
    lead = facts.lead
    if lead is None or lead.ends is None:
        return None
    found = _simulated(facts, lead, names)
    if not found:
        return None
    limits = [
        ChartLine(f"Standard ({asked_share(share)})", values, "limit")
        for share, values in _levels(facts, lead.group, lead.duty)
    ]
    message = _of_simulations(facts, lead, found)
    return _chart(facts, lead, message, (*found, *limits), _bands(facts, lead, names), [], low=True)


def _chart(
    facts: Facts,
    lead: Service,
    message: str,
    series: Sequence[ChartLine],
    bands: Sequence[ChartBand],
    courses: Sequence[ChartLine],
    *,
    low: bool,
) -> Chart:
    """Return a chart of completion; its table has the bands, and courses that are not drawn."""
    name = phrases.name_of(facts.said, lead)
    lines = [(one.name, one.values) for one in series]
    lines += [(f"{one.name}, low (1 in 10)", one.low) for one in bands]
    lines += [(f"{one.name}, high (9 in 10)", one.high) for one in bands]
    lines += [(one.name, one.values) for one in courses]
    columns = [Column("Month", "month"), *(Column(one, "share") for one, _ in lines)]
    rows: list[tuple[Cell, ...]] = [
        (facts.labels[t], *(values[t] for _, values in lines)) for t in year_ends(facts.labels)
    ]
    title = f"{name[:1].upper()}{name[1:]} done, of those due (overdue ones included), by month"
    title += ", middle of the simulations" if bands else ""
    return Chart(
        name="completion",
        message=message,
        along=facts.labels,
        up_title=f"{name[:1].upper()}{name[1:]} done, of those due (%)",
        kind="share",
        series=tuple(series),
        table=Table("completion", title, tuple(columns), tuple(rows), facts.source),
        bands=tuple(bands),
        low=low,
    )


def _message(facts: Facts, lead: Service) -> str:
    """Return what the chart of completion shows: the lowest month and the standard, by option."""
    said, name = facts.said, phrases.name_of(facts.said, lead)

    def told(option: Headline) -> str:
        mine = facts.service(option, lead)
        words = events.lowest(mine, facts.course(mine, option), facts.labels)
        lost = events.not_met(facts.standings(mine, option))
        return f"{words}; {lost}" if lost else words

    message = f"With no posts added, completion of {name} {told(said.today)}"
    if said.sized is not None:
        message += f". With the team needed it {told(said.sized)}"
    return message


def _floats(series: Array) -> tuple[float, ...]:
    return tuple(float(one) for one in series)


def _levels(facts: Facts, group: str, duty: str) -> Iterator[tuple[float, tuple[float, ...]]]:
    """Yield levels of completion that standards ask for, NaN before their dates."""
    model = facts.model
    first: dict[float, int] = {}
    for rule in model.rules.duties:
        key = model.rows[rule.rows[0]]
        mine = (model.group_of(key), key.duty) == (group, duty)
        if mine and rule.kind is COMPLETION:
            share = float(np.ravel(rule.level)[0])
            first[share] = min(rule.first, first.get(share, rule.first))
    for share, month_ in sorted(first.items())[-1:]:
        values = [share if t >= month_ else float("nan") for t in range(model.months)]
        yield share, tuple(values)


def _role(option: str) -> Role:
    return "today" if option == "today" else "sized"


def by_month(
    facts: Facts, lead: Service, option: str, measure: str = "completion"
) -> pd.DataFrame | None:
    """Return 10%, middle and 90% of the simulations of an option by month; None without any.

    Ranges do not add up, so cohorts that are shown together have none.
    """
    bands = facts.table("bands")
    cohorts = [
        name
        for name, one in facts.settings.cohorts.items()
        if (one.group or name) == lead.group and lead.duty in one.duties
    ]
    if bands is None or len(cohorts) > 1:
        return None
    keep = (bands["measure"] == measure) & (bands["duty"] == lead.duty)
    whose = bands["cohort"] == cohorts[0] if cohorts else bands["cohort"].isna()
    keep &= whose & (bands["option"] == option)
    mine = bands[keep]
    mine = mine[mine["tier"].isna()] if mine["tier"].isna().any() else mine
    by_month = mine.set_index("month").reindex(list(facts.labels))
    return None if by_month["p10"].isna().all() else by_month


def _simulated(facts: Facts, lead: Service, names: Sequence[str]) -> list[ChartLine]:
    """Return the middle of the simulations of each option; nothing unless all have some."""
    every = [by_month(facts, lead, one) for one in names]
    return [
        ChartLine(OPTIONS[name], _floats(found["p50"].to_numpy(dtype=float)), _role(name))
        for name, found in zip(names, every, strict=True)
        if found is not None and all(other is not None for other in every)
    ]


def _bands(facts: Facts, lead: Service, names: Sequence[str]) -> tuple[ChartBand, ...]:
    """Return between what 8 in 10 simulations of each option lie."""
    bands = []
    for name in names:
        found = by_month(facts, lead, name)
        if found is not None:
            low, high = (_floats(found[one].to_numpy(dtype=float)) for one in ("p10", "p90"))
            bands.append(ChartBand(OPTIONS[name], low, high, _role(name)))
    return tuple(bands)


def _of_simulations(facts: Facts, lead: Service, middle: Sequence[ChartLine]) -> str:
    """Return the lowest month of the middle of the simulations, by option."""
    name = phrases.name_of(facts.said, lead)
    told = []
    for line in middle:
        some = [(value, t) for t, value in enumerate(line.values) if math.isfinite(value)]
        if some:
            value, t = min(some)
            same = per_cent(value) == per_cent(max(some)[0])
            when = "every month" if same else month(facts.labels[t])
            told.append(f"{per_cent(value)} in {when} with {inside(line.name)}")
    lowest = "; ".join(told)
    for label, words in (
        ("team needed", "the team needed"),
        ("recommended plan", "the recommended plan"),
    ):
        lowest = lowest.replace(f"with {label}", f"with {words}")
    return (
        f"Lowest completion of {name} in the middle of the simulations: {lowest}; "
        "shaded: 8 in 10 simulations"
    )


def _years(facts: Facts) -> Table:
    """Return posts and pounds by financial year, all teams together, cash first."""
    sized, base = facts.said.sized is not None, price_base(facts)
    columns = [Column("Financial year")]
    columns += [Column("Posts, none added", "people")]
    columns += [Column("Posts, team needed", "people")] if sized else []
    columns += [Column("Cost, cash", "pounds")]
    columns += [Column("Above no posts added, cash", "pounds")] if sized else []
    columns += [Column(f"Above, at {base} prices", "pounds")] if sized else []
    columns += [] if sized else [Column(f"Cost, at {base} prices", "pounds")]
    rows: list[tuple[Cell, ...]] = []
    years = facts.model.calendar.years
    for place, year in enumerate(years[:YEARS_SHOWN]):
        row: list[Cell] = [year_words(facts, place), facts.money("today", "posts", year=year)]
        row += [facts.money(facts.last.name, "posts", year=year)] if sized else []
        row += [facts.money(facts.last.name, "total_cash", year=year)]
        row += (
            [facts.more("total_cash", year=year), facts.more("total_real", year=year)]
            if sized
            else [facts.money(facts.last.name, "total_real", year=year)]
        )
        rows.append(tuple(row))
    whose = facts.whose(facts.plan.options[-1])
    title = f"Posts (mean of the year) and cost of posts and overtime, {whose}"
    more = len(years) - YEARS_SHOWN
    notes = [f"{counted(more, 'further year')} in the budget."] if more > 0 else []
    notes += [summary.need_and_forecast(facts.plan.model)] if sized else []
    note = " ".join(notes)
    return Table("posts-and-pounds", title, tuple(columns), tuple(rows), facts.source, note)


def _teams(facts: Facts) -> Table:
    """Return posts of each team, and how its first activity fares, by option."""
    sized = facts.said.sized is not None
    columns = [Column("Team", wide=True), Column("Posts now", "people")]
    columns += [Column("Posts needed", "people")] if sized else []
    columns += [Column("Activity", wide=True), Column("Lowest month, no posts added", wide=True)]
    columns += [Column("Standards not met, no posts added", wide=True)]
    columns += [Column("Standards not met, team needed", wide=True)] if sized else []
    rows: list[tuple[Cell, ...]] = []
    team_of = facts.model.people.team_of
    for place, team in enumerate(facts.model.teams):
        mine = team_of == place
        row: list[Cell] = [facts.team(team), float(facts.plan.today.staff.posts[0, 0, mine].sum())]
        if sized:
            row.append(float(facts.plan.options[-1].staff.posts[0, -1, mine].sum()))
        row += list(_first_activity(facts, place))
        lost = [_not_met(facts, option, team) for option in facts.said.options]
        moved = bool(np.abs(facts.said.added[:, mine]).any())
        if moved or set(lost) != {ALL_MET}:
            rows.append((*row, *lost))
    title = f"Team by team: posts now and in {month(facts.labels[-1])}, and standards"
    left = len(facts.model.teams) - len(rows)
    word = "further team" if rows else "team"
    note = f"{counted(left, word)}: all standards met, no post added." if left else ""
    return Table("teams", title, tuple(columns), tuple(rows), facts.source, note)


def _first_activity(facts: Facts, team: int) -> tuple[Cell, Cell]:
    """Return the activity of a team that is done least in some month, and that month."""
    run, model = facts.plan.today.projection, facts.model
    found: dict[tuple[str, str], float] = {}
    when: dict[tuple[str, str], str] = {}
    for n, key in enumerate(model.rows):
        if model.duties.team_of[n] == team and (key.cohort, key.duty) not in found:
            rows = [m for m, k in enumerate(model.rows) if k[:2] == (key.cohort, key.duty)]
            done = share_of(run.done[0][:, rows].sum(axis=1), run.due[0][:, rows].sum(axis=1))
            if np.isfinite(done).any():
                low, most = float(np.nanmin(done)), float(np.nanmax(done))
                month_ = month(facts.labels[int(np.nanargmin(done))])
                alike = per_cent(low) == per_cent(most)
                when[key.cohort, key.duty] = "every month" if alike else month_
                found[key.cohort, key.duty] = low
    if not found:
        return None, None
    least = min(found, key=lambda key: found[key])
    return facts.duty(*least), f"{per_cent(found[least])} in {when[least]}"


def _not_met(facts: Facts, option: Headline, team: str) -> str:
    """Return which standards of a team are not met and from when."""
    told = [
        f"{one.rule.name} (from {period(one.periods_missed[0].name)})"
        for one in option.standings
        if one.missed
        and team in (one.rule.team, facts.settings.team_of(one.rule.cohort, one.rule.queue))
    ]
    return "; ".join(told) or ALL_MET


def price_base(facts: Facts) -> str:
    """Return the financial year whose pay real figures are in."""
    return year_name(facts.model.money.price_base)


def year_words(facts: Facts, place: int) -> str:
    """Return a financial year's name, and how many of its months are projected if not all."""
    months = int((facts.model.calendar.year_of == place).sum())
    name = facts.model.calendar.years[place]
    return name if months == 12 else f"{name} ({counted(months, 'month')})"


# Points ------------------------------------------------------------------------------------


def _points(facts: Facts) -> Iterator[tuple[str, str]]:
    size = _what_sets(facts)
    if size:
        yield "What sets the size", size
    if facts.advice is None:  # else these are of the recommended plan, and stand there
        yield "Decision", _decision(facts)
    yield "Taken from elsewhere", given_up(facts)
    if facts.advice is None:
        yield "How certain", _how_sure(facts)


def _what_sets(facts: Facts) -> str:
    """Return which rules set the posts of the last year, and which posts each asks for."""
    found = facts.table("reasons")
    if found is None or not facts.starts:
        return ""
    last = facts.model.calendar.years[-1]
    added = {(one.team, one.grade) for one in facts.starts if one.posts > 0}
    mine = [
        row
        for row in found.to_dict("records")
        if row["year"] == last and (row["team"], row["grade"]) in added
    ]
    return " ".join(_set_by(facts, row) for row in mine)


def _set_by(facts: Facts, row: Mapping[Hashable, Any]) -> str:
    """Return which rule sets the posts of a grade, and how many fewer work alone would allow."""
    team, grade, rule = str(row["team"]), str(row["grade"]), str(row["rule"])
    place = facts.model.grades.index(GradeKey(team, grade))
    have = float(facts.plan.options[-1].staff.posts[0, -1, place])
    kind = f"{inside(facts.grade(team, grade))} post"
    words = f"{facts.team(team)}, {posts(have, kind)}"
    if rule not in REASONS or not REASONS[rule].last_post:
        return str(row["words"])
    words += f": {REASONS[rule].last_post}"
    slack = float(row["slack"])
    work = row["next_rule"] == WORKLOAD.name
    if rule == CASELOAD_LIMIT.name and work and slack > 0.05:
        more = float(facts.said.added[-1, place])
        only = min(more, float(np.floor(slack)))
        words += f". Workload alone would allow {number(slack)} fewer"
        if only >= 1:
            words += f": of the {people(more)} added, "
            words += f"{people(more - only) if more - only else 'none'} "
            words += "is" if more - only <= 1 else "are"
            words += f" for activities and {people(only)} only for the limit"
    return f"{words}."


def _how_sure(facts: Facts) -> str:
    """Return the chance that standards hold if it is known, and what the figures rest on."""
    words, chances = summary.basis(facts.said).words, facts.table("chances")
    if chances is not None and {"option", "standard", "period", "chance"} <= set(chances):
        mine = chances[chances["option"] == facts.last.name]
        every = mine[(mine["standard"] == "Every standard") & mine["tier"].isna()]
        of = facts.settings.sizing.confidence_of
        if of == "every month":
            told = every[every["period"] == "every month"]
        else:
            ends = " average" if of == "average" else ""
            told = every[every["period"].isin([f"{y}{ends}" for y in facts.model.calendar.years])]
        years = [
            f"{per_cent(float(row['chance']))} in {row['period']}"
            for row in told.to_dict("records")
        ]
        if years:
            meant = MEANT[of]
            return f"Probability that every standard is met {meant}: {listed(years, 8)}. {words}"
    return f"These are central figures, without simulations. {words}"


def _decision(facts: Facts) -> str:
    """Return what is to be decided and until when."""
    if facts.said.sized is None:
        return "None is asked for: this projects current posts only."
    fewer = [one for one in facts.starts if one.posts < 0]
    if not facts.starts:
        if headlines.keeps_everything(facts.plan):
            return "No posts are asked for."
        return "No post would help within the limits set: which standard is to give?"
    words = [one.words for one in facts.decisions]
    if len(words) > DATES_SHOWN:
        soonest = sorted(facts.decisions, key=lambda one: (one.agree_by, one.start))
        words = [one.words for one in soonest[:DATES_SHOWN]]
        words.append(f"{counted(len(soonest) - DATES_SHOWN, 'later date')} in the budget.")
    if fewer:
        asked = listed([_posts_of(facts, group) for group in _by_grade(fewer)])
        words.append(f"{asked} can end.")
    return " ".join(words)


def _by_grade(starts: list[Start]) -> list[list[Start]]:
    def key(one: Start) -> tuple[str, str]:
        return one.team, one.grade

    return [list(group) for _, group in groupby(sorted(starts, key=key), key=key)]


def _posts_of(facts: Facts, group: list[Start]) -> str:
    one, count = group[0], abs(sum(start.posts for start in group))
    kind = f"{inside(facts.grade(one.team, one.grade))} post"
    return f"{posts(count, kind)} ({facts.team(one.team)})"


def given_up(facts: Facts) -> str:
    """Return what the plan takes from elsewhere: people, hours, money."""
    words = []
    for event in facts.settings.people:
        if event.displaced_from:
            size = number(abs(event.fte.value))
            from_ = facts.settings.teams.get(event.displaced_from)
            unit = (from_.label if from_ else None) or event.displaced_from
            words.append(f"{unit} gives up {size} FTE ({inside(event.why)})")
    calendar, run = facts.model.calendar, facts.plan.options[-1].projection
    for place, rule in enumerate(facts.model.lending):
        hours = events.by_year(run.lending[0][:, place], calendar, "hour")
        if hours:
            lender, borrower = facts.model.teams[rule.lender], facts.model.teams[rule.borrower]
            words.append(f"{facts.team(lender)} officers help {facts.team(borrower)}: {hours}")
    overtime = events.by_year(facts.last.overtime, calendar, "hour")
    if overtime:
        words.append(f"overtime worked: {overtime}")
    if facts.said.sized is not None:
        more = facts.more("total_discounted").value
        if more > NOTHING:
            time = counted(facts.model.months, "month")
            words.append(
                f"opportunity cost: {pounds(more)} over {time} (discounted, at "
                f"{price_base(facts)} prices)"
            )
    moved = any(event.displaced_from for event in facts.settings.people)
    start = "" if moved else "No officer is moved from another unit. "
    said = "".join(f"{one[:1].upper()}{one[1:]}. " for one in words)
    return f"{start}{said}".strip()
