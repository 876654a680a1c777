"""The answer on one page: question, recommendation, what it costs, how sure, what is decided."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from capacity.engine.model import Array
from capacity.engine.projection import NOTHING
from capacity.report.blocks import (
    Band,
    Block,
    Cell,
    Chart,
    Column,
    Figures,
    Kind,
    Points,
    Section,
    Series,
    Table,
    Text,
)
from capacity.report.facts import Facts, Start, year_ends
from capacity.results import summary
from capacity.staffing.questions import NEVER_WORSE
from capacity.why import headlines
from capacity.wording import (
    asked_share,
    counted,
    inside,
    listed,
    month,
    number,
    per_cent,
    posts,
    pounds,
)

YEARS_SHOWN = 6
"""Rows of posts and pounds on the page; the budget has every year."""


def section(facts: Facts) -> Section:
    """Return the answer on one page.

    Shape: one section. Unit: as said. Source: a plan. Raises: nothing.
    """
    return Section("answer", "The answer on one page", "Summary", tuple(_blocks(facts)))


def _blocks(facts: Facts) -> Iterator[Block]:
    if facts.settings.question:
        yield Text(facts.settings.question, "lead")
    yield Text(summary.answer(facts.said))
    yield Figures(tuple(_figures(facts)), facts.source)
    picture = completion(facts, low=True)
    if picture:
        yield picture
    yield _years(facts)
    yield Points(tuple(_points(facts)))


# Figures -----------------------------------------------------------------------------------


def _figures(facts: Facts) -> Iterator[tuple[str, Cell, Kind, str]]:
    said, last = facts.said, facts.last
    end = month(facts.labels[-1])
    sized = said.sized is not None
    now = f"today {posts(float(said.today.posts[0]))}" if sized else "nothing is added"
    yield f"Posts in {end}", float(last.posts[-1]), "people", now
    if sized:
        year = said.whole_year
        more = facts.more("total_real", year=year[0]) if year else facts.more("total_real")
        when = f"in {year[0]}" if year else f"over {counted(facts.model.months, 'month')}"
        yield f"Cost above today's posts, {when}", more, "pounds", "real prices, posts and overtime"
    lead = facts.lead
    if lead and lead.ends:
        name = summary.name_of(said, lead)
        mine, place = facts.service(last, lead), lead.ends[1]
        then = per_cent(float(lead.completion[place]))
        words = f"{then} if nothing is done" if sized else f"in {month(facts.labels[place])}"
        yield f"Completion of {name}", float(mine.completion[place]), "share", words
        left = number(float(lead.outstanding[-1]))
        words = f"{left} if nothing is done" if sized else f"at the end of {end}"
        yield (
            f"{name[:1].upper()}{name[1:]} outstanding",
            float(mine.outstanding[-1]),
            "number",
            words,
        )


def completion(facts: Facts, *, low: bool = False) -> Chart | None:
    """Return the chart of completion of the duty that matters most; none where nothing is due.

    Shape: one chart. Unit: share. Source: docs/method.md, Words. Raises: nothing.
    """
    lead = facts.lead
    if lead is None or lead.ends is None:
        return None
    said, name = facts.said, summary.name_of(facts.said, lead)
    first, end = lead.ends
    begin, then = per_cent(lead.completion[first]), per_cent(lead.completion[end])
    falls = "stays at" if begin == then else f"goes from {begin} to"
    message = (
        f"With today's posts completion of {name} {falls} {then} by {month(facts.labels[end])}"
    )
    series = [Series("Today's posts", _floats(lead.completion), "today")]
    if said.sized is not None:
        mine = facts.service(said.sized, lead)
        series.append(Series("Sized team", _floats(mine.completion), "sized"))
        message += f"; with the sized team it is {per_cent(mine.completion[end])}"
    series += [
        Series(f"Standard ({asked_share(share)})", values, "limit")
        for share, values in _levels(facts, lead.group, lead.duty)
    ]
    band = _band(facts, lead.group, lead.duty)
    message += "; shaded: 8 futures in 10 with that team" if band else ""
    columns = [Column("Month", "month"), *(Column(one.name, "share") for one in series)]
    columns += [Column("Low (1 in 10)", "share"), Column("High (9 in 10)", "share")] if band else []
    rows = []
    for t in year_ends(facts.labels):
        row: list[Cell] = [facts.labels[t], *(one.values[t] for one in series)]
        rows.append(tuple([*row, band.low[t], band.high[t]] if band else row))
    title = f"Completion of {name} (done ÷ due, left-over ones included), by month"
    return Chart(
        name="completion",
        message=message,
        along=facts.labels,
        up_title=f"{name[:1].upper()}{name[1:]} done, of those due (%)",
        kind="share",
        series=tuple(series),
        table=Table("completion", title, tuple(columns), tuple(rows), facts.source),
        band=band,
        low=low,
    )


def _floats(series: Array) -> tuple[float, ...]:
    return tuple(float(one) for one in series)


def _levels(facts: Facts, group: str, duty: str) -> Iterator[tuple[float, tuple[float, ...]]]:
    """Yield levels of completion that standards ask for, NaN before their dates."""
    model, cohorts = facts.model, facts.settings.cohorts
    first: dict[float, int] = {}
    for rule in model.rules.duties:
        key = model.rows[rule.row]
        mine = (cohorts[key.cohort].group or key.cohort, key.duty) == (group, duty)
        if mine and rule.measure == "completion":
            share = float(np.ravel(rule.level)[0])
            first[share] = min(rule.first, first.get(share, rule.first))
    for share, month_ in sorted(first.items())[-1:]:
        values = [share if t >= month_ else float("nan") for t in range(model.months)]
        yield share, tuple(values)


def _band(facts: Facts, group: str, duty: str) -> Band | None:
    """Return the range of completion of the last option, where draws were made of it.

    Ranges do not add up, so cohorts that are shown together have none.
    """
    bands = facts.table("bands")
    cohorts = [
        name
        for name, one in facts.settings.cohorts.items()
        if (one.group or name) == group and duty in one.duties
    ]
    if bands is None or len(cohorts) > 1:
        return None
    keep = (bands["measure"] == "completion") & (bands["duty"] == duty)
    keep &= (bands["cohort"] == cohorts[0]) & (bands["option"] == facts.last.name)
    mine = bands[keep]
    mine = mine[mine["tier"].isna()] if mine["tier"].isna().any() else mine
    by_month = mine.set_index("month").reindex(list(facts.labels))
    if by_month["p10"].isna().all():
        return None
    low, high = (_floats(by_month[one].to_numpy(dtype=float)) for one in ("p10", "p90"))
    return Band("8 in 10 futures, sized team", low, high)


def _years(facts: Facts) -> Table:
    """Return posts and pounds by financial year, all teams together."""
    sized = facts.said.sized is not None
    columns = [Column("Financial year"), Column("Posts today", "people")]
    columns += [Column("Posts, sized team", "people")] if sized else []
    columns += [Column("Cost, real", "pounds")]
    columns += (
        [Column("Above today's, real", "pounds"), Column("Above today's, cash", "pounds")]
        if sized
        else []
    )
    rows: list[tuple[Cell, ...]] = []
    years = facts.model.calendar.years
    for place, year in enumerate(years[:YEARS_SHOWN]):
        months = facts.model.calendar.year_of == place
        row: list[Cell] = [year_words(facts, place), float(facts.said.today.posts[months].mean())]
        row += [float(facts.last.posts[months].mean())] if sized else []
        row += [facts.money(facts.last.name, "total_real", year=year)]
        row += (
            [facts.more("total_real", year=year), facts.more("total_cash", year=year)]
            if sized
            else []
        )
        rows.append(tuple(row))
    title = f"Posts (mean of the year) and cost, {'sized team' if sized else 'today’s posts'}"
    more = len(years) - YEARS_SHOWN
    note = f"{counted(more, 'further year')} in the budget." if more > 0 else ""
    return Table("posts-and-pounds", title, tuple(columns), tuple(rows), facts.source, note)


def year_words(facts: Facts, place: int) -> str:
    """Return a financial year's name, and how many of its months are projected if not all.

    Shape: scalar. Unit: none. Source: none. Raises: nothing.
    """
    months = int((facts.model.calendar.year_of == place).sum())
    name = facts.model.calendar.years[place]
    return name if months == 12 else f"{name} ({counted(months, 'month')})"


# Points ------------------------------------------------------------------------------------


def _points(facts: Facts) -> Iterator[tuple[str, str]]:
    yield "If nothing is done", _nothing_done(facts)
    yield "How sure", _how_sure(facts)
    yield "Decision", _decision(facts)
    yield "Given up elsewhere", given_up(facts)


def _nothing_done(facts: Facts) -> str:
    """Return what today's posts lead to at the end."""
    said = facts.said
    judged = [one for one in said.today.standings if one.judged]
    lost = [one.rule.name for one in judged if one.missed]
    parts = []
    if facts.lead and facts.lead.ends:
        lead = facts.lead
        waits = "nobody waits"
        if lead.longest_wait:
            waits = f"the longest wait is {counted(lead.longest_wait, 'month')}"
        left = number(float(lead.outstanding[-1]))
        name = summary.name_of(said, lead)
        parts.append(f"{left} {name} are outstanding in {month(facts.labels[-1])}; {waits}")
    if lost:
        parts.append(
            f"{len(lost)} of {counted(len(judged), 'standard')} missed ({listed(lost, 3)})"
        )
    elif judged:
        parts.append("every standard is kept")
    return (
        f"{'. '.join(one[:1].upper() + one[1:] for one in parts)}." if parts else "Nothing changes."
    )


def _how_sure(facts: Facts) -> str:
    """Return the chance that standards hold if it is known, and what the figures rest on."""
    words, chances = summary.basis(facts.said).words, facts.table("chances")
    if chances is not None and {"option", "standard", "period", "chance"} <= set(chances):
        names = [one.name for one in facts.settings.standards]
        mine = chances[chances["option"] == facts.last.name]
        always = mine[mine["period"] == "every month"]
        mine = mine if always.empty else always
        every = mine[mine["standard"] == "Every standard"]["chance"].tolist()
        if every:
            held = f"All standards hold in every month in {per_cent(float(every[0]))} of futures"
            words = f"{held}. {words}"
        mine = mine[mine["standard"].isin(names)]
        if not mine.empty:
            least = min(mine.to_dict("records"), key=lambda row: float(row["chance"]))
            name, chance = least["standard"], per_cent(float(least["chance"]))
            return f"The least sure standard, {name}, holds with a chance of {chance}. {words}"
    return f"These are central figures, without draws of other futures. {words}"


def _decision(facts: Facts) -> str:
    """Return what is to be decided and until when."""
    if facts.said.sized is None:
        return "None is asked for: this projects today's posts only."
    more = [one for one in facts.starts if one.posts > 0]
    fewer = [one for one in facts.starts if one.posts < 0]
    if not facts.starts:
        if headlines.keeps_everything(facts.plan):
            return "No posts are asked for."
        return "No post would help within the limits set: which standard is to give?"
    words = []
    if more:
        when = month(facts.labels[more[0].month])
        asked = listed([_posts_of(facts, group) for group in _by_grade(more)])
        late = len({one.month for one in more}) > 1
        several = "they start" if sum(one.posts for one in more) > 1 else "it starts"
        words.append(f"Agree {asked}; {'the first starts' if late else several} in {when}")
        words.append(_last_date(facts, more))
    if fewer:
        asked = listed([_posts_of(facts, group) for group in _by_grade(fewer)])
        words.append(f"{asked} can end")
    return f"{'. '.join(filter(None, words))}."


def _by_grade(starts: list[Start]) -> list[list[Start]]:
    def key(one: Start) -> tuple[str, str]:
        return one.team, one.grade

    return [list(group) for _, group in groupby(sorted(starts, key=key), key=key)]


def _posts_of(facts: Facts, group: list[Start]) -> str:
    one, count = group[0], abs(sum(start.posts for start in group))
    kind = f"{inside(facts.grade(one.team, one.grade))} post"
    return f"{posts(count, kind)} ({facts.team(one.team)})"


def _last_date(facts: Facts, more: list[Start]) -> str:
    """Return the last date by which posts must be agreed: for a standard, or to start in time."""
    tried = facts.table("decisions")
    needed = [] if tried is None else tried.dropna(subset=["agree_by"]).to_dict("records")
    if needed:
        soonest = min(needed, key=lambda row: str(row["agree_by"]))
        rule, latest = str(soonest["standard"]), month(str(soonest["agree_by"]))
        lost = "more is left waiting than today" if rule == NEVER_WORSE else f"{rule} is missed"
        return f"Agreed after {latest}, {lost}"
    first = min(more, key=lambda one: (one.month - one.lead, one.month))
    place = first.month - first.lead
    if not first.lead:
        return ""
    takes = f"it takes {counted(first.lead, 'month')} to fill a place"
    if place <= 0:
        return f"Decide at once: {takes}"
    return f"Decide before {month(facts.labels[place])}: {takes}"


def given_up(facts: Facts) -> str:
    """Return what the plan takes from elsewhere: people, hours, money.

    Shape: scalar. Unit: as said. Source: a plan. Raises: nothing.
    """
    words = []
    for event in facts.settings.people:
        if event.displaced_from:
            size = number(abs(event.fte.value))
            words.append(f"{event.displaced_from} gives up {size} FTE ({inside(event.why)})")
    lent = facts.plan.options[-1].projection.lending[0]
    for place, rule in enumerate(facts.model.lending):
        hours = float(lent[:, place].sum()) * 12 / facts.model.months
        if hours > 0.5:
            lender, borrower = facts.model.teams[rule.lender], facts.model.teams[rule.borrower]
            words.append(
                f"{facts.team(lender)} lends {facts.team(borrower)} {number(hours)} hours a year"
            )
    overtime = float(facts.last.overtime.sum()) * 12 / facts.model.months
    if overtime > 0.5:
        words.append(f"{number(overtime)} hours of overtime a year are worked")
    if facts.said.sized is not None:
        more = facts.more("total_discounted").value
        if more > NOTHING:
            time = counted(facts.model.months, "month")
            words.append(f"{pounds(more)} over {time} (discounted) goes to this and nothing else")
    moved = any(event.displaced_from for event in facts.settings.people)
    start = "" if moved else "Nobody is moved from another unit. "
    said = "".join(f"{one[:1].upper()}{one[1:]}. " for one in words)
    return f"{start}{said}".strip()
