"""What papers are written from: a plan's facts, the recommended plan, and what both papers show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from capacity.catalogue import declared_at
from capacity.report import answer
from capacity.report.answer import price_base, year_words
from capacity.report.blocks import Block, Cell, Chart, Column, Figures, Table, rows_with_total
from capacity.report.facts import OPTIONS, Facts, Way
from capacity.results import recommendation
from capacity.results.recommendation import TableShown
from capacity.results.summary import SummaryFigure
from capacity.risk import chances, recommended
from capacity.risk.chances import VerdictRecord
from capacity.risk.recommended import Recommended
from capacity.staffing import costs, mtfp
from capacity.staffing.mtfp import MtfpRow, Staffed
from capacity.why import layers
from capacity.why.layers import ACTIVITIES, CONFIDENCE, LayerTotal
from capacity.wording import counted, inside, listed, month, people, per_cent, pounds

SAME = 1e-6
"""Posts that differ by less are the same."""

POUND = 0.5
"""A smaller sum of money is none."""


@dataclass(frozen=True)
class Brief:
    """A plan as papers read it; `advice` is the recommended plan, where one was worked out."""

    facts: Facts
    advice: Recommended | None

    @cached_property
    def staffed(self) -> Staffed:
        """Posts, overtime and people of the plan that the paper asks for."""
        if self.advice is not None:
            return recommended.staffed(self.advice)
        plan = self.facts.plan
        last = plan.options[-1]
        return mtfp.staffed(last.costs, last.staff.releases[0], plan.today.costs)

    @cached_property
    def nothing_added(self) -> Staffed:
        """Posts, overtime and people with no posts added, in the same simulations."""
        if self.advice is not None:
            return recommended.staffed(self.advice, "today")
        today = self.facts.plan.today
        return mtfp.staffed(today.costs, today.staff.releases[0], today.costs)

    @cached_property
    def lines(self) -> tuple[MtfpRow, ...]:
        """The financial plan of what the paper asks for."""
        return mtfp.rows(self.facts.model, self.staffed)

    @cached_property
    def lines_of_nothing_added(self) -> tuple[MtfpRow, ...]:
        """The financial plan with no posts added."""
        return mtfp.rows(self.facts.model, self.nothing_added)

    @cached_property
    def sentences(self) -> dict[str, SummaryFigure]:
        """The sentences of the recommended plan by name; none where nothing is recommended."""
        found = () if self.advice is None else recommendation.sentences(self.advice)
        return {one.name: one for one in found}

    @cached_property
    def layers(self) -> tuple[LayerTotal, ...]:
        """What the posts asked for are for, each limit by itself."""
        every = (
            layers.layers(self.facts.plan)
            if self.advice is None
            else layers.of_recommended(self.advice)
        )
        return layers.sums(every)


def worst(advice: Recommended) -> str:
    """Return which period the probabilities of options are of, in words."""
    decision = advice.decision
    period = "year" if decision.of != "every month" else "time"
    some = set(decision.periods) - set(decision.out_of_reach)
    if len(decision.periods) == 1:
        return decision.periods[0]
    return f"worst {period} within reach" if some else f"worst {period}; none is within reach"


def worst_year(advice: Recommended, record: VerdictRecord) -> float | None:
    """Return how probable it is that every standard is met in the worst year within reach.

    Where no year is within reach it is the worst of all.
    """
    decision, lost = advice.decision, advice.decision.out_of_reach
    if not decision.periods:
        return None
    some = set(decision.periods) - set(lost)
    return chances.worst(record, decision.of, leave_out=lost if some else ())[0]


# Options -----------------------------------------------------------------------------------


def options_table(brief: Brief) -> Table:
    """Return the options from doing nothing to the confident one: posts, cost, probability."""
    facts, pay = brief.facts, price_base(brief.facts)
    columns = [
        Column("Option", wide=True),
        Column("Posts at the end", "people"),
        Column(f"Cost, discounted, {pay} prices", "pounds"),
        Column("Above doing nothing", "pounds"),
    ]
    if brief.advice is not None:
        columns.append(Column(f"Every standard met, {worst(brief.advice)}", "share"))
    rows = list(_options(brief))
    base = rows[0][2]
    body: list[tuple[Cell, ...]] = []
    for label, posts, cost, chance in rows:
        more = None if cost is None or base is None or cost is base else cost - base
        body.append((label, posts, cost, more, *((chance,) if brief.advice is not None else ())))
    time = counted(facts.model.months, "month")
    note = f"Cost: posts and overtime over {time}."
    if brief.advice is not None:
        note = f"Cost: posts and overtime over {time}, the mean of the simulations."
        if len(facts.ways) > len(facts.plan.options):
            note += " Of other scenarios it is that of a single course, without chance."
    if any(row[2] is None for row in rows):
        note += " Of the activities alone only posts are worked out."
    return Table("options", "Options", tuple(columns), tuple(body), "", note)


def _options(brief: Brief) -> Iterator[tuple[str, float, float | None, float | None]]:
    """Yield each option: what it is called, posts at the end, cost and probability."""
    facts, advice = brief.facts, brief.advice
    today = facts.plan.today
    now = float(today.costs.posts[-1].sum())
    means = {} if advice is None else _means(advice)
    yield (
        "Do nothing: no posts added",
        now,
        means.get("today", float(today.costs.total_discounted.sum())),
        None if advice is None else worst_year(advice, advice.today),
    )
    found = brief.layers
    several = len([one for one in found if one.changes]) > 1
    if several and found[0].rule == ACTIVITIES and found[0].posts > SAME:
        yield "Do minimum: what the activities alone need", now + found[0].posts, None, None
    sized = facts.plan.sized
    if sized is not None:
        yield (
            "Team needed if everything goes as assumed",
            float(sized.costs.posts[-1].sum()),
            means.get("sized", float(sized.costs.total_discounted.sum())),
            None if advice is None else worst_year(advice, advice.sized),
        )
    for way in facts.ways[len(facts.plan.options) :]:
        if way.option.name != "today":
            yield _other(way)
    if advice is not None:
        sure = f"for {advice.confidence}" if advice.enough else f"short of {advice.confidence}"
        prices = {one.option: one.cost for one in recommended.rivals(advice)}
        ends = recommended.posts_at_the_end(advice)
        if advice.fixed is not advice.decision:
            yield (
                f"Posts fixed now, {sure}",
                float(advice.fixed.base[-1].sum()),
                prices[recommended.FIXED],
                worst_year(advice, advice.fixed.record),
            )
        how = "agreed now and reviewed" if advice.decision.rule.rows else "all agreed now"
        yield (
            f"Recommended: {how}, {sure}",
            float(ends.sum()),
            prices[recommended.REVIEWED],
            worst_year(advice, advice.decision.record),
        )


def _means(advice: Recommended) -> dict[str, float]:
    """Return the discounted cost of each option, the mean of the simulations."""
    found: dict[str, float] = {}
    for row in recommended.expected_cost(advice):
        found[row.option] = found.get(row.option, 0.0) + row.discounted
    return found


def _other(way: Way) -> tuple[str, float, float | None, float | None]:
    paid = way.option.costs
    return way.label, float(paid.posts[-1].sum()), float(paid.total_discounted.sum()), None


@dataclass(frozen=True)
class LeftOverdue:
    """What an option leaves overdue over all months, and its discounted cost in £."""

    label: str
    case_months: float
    weighted: float
    cost: float


def outcomes(brief: Brief) -> tuple[LeftOverdue, ...]:
    """Return what options leave overdue: no posts added, team needed, and recommended."""
    facts, advice = brief.facts, brief.advice
    if advice is None:
        rows = costs.options_rows(
            [(one.name, facts.model, one.projection, one.costs) for one in facts.plan.options]
        )
        return tuple(
            LeftOverdue(
                OPTIONS[one.option],
                one.overdue_case_months,
                one.weighted_case_months,
                one.cost_discounted,
            )
            for one in rows
        )
    means, found = _means(advice), advice.simulated.overdue
    return tuple(
        LeftOverdue(
            OPTIONS[name],
            sum(one.case_months for one in found if one.option == name),
            sum(one.weighted for one in found if one.option == name),
            cost,
        )
        for name, cost in means.items()
        if name != "sized" or facts.plan.sized is not None
    )


# What sets the size ------------------------------------------------------------------------


def layers_table(brief: Brief) -> Table | None:
    """Return what the posts asked for are for; none where no post is, or it is unknown."""
    found = [one for one in brief.layers if one.changes]
    if not found or sum(one.posts for one in found) < SAME:
        return None
    pay = price_base(brief.facts)
    columns = (
        Column("Set by", wide=True),
        Column("Posts", "people"),
        Column(f"Twelve months of them, {pay} prices", "pounds"),
    )
    names = {ACTIVITIES: "The activities and their standards", CONFIDENCE: "Confidence"}
    rows: list[tuple[Cell, ...]] = [
        (names.get(one.rule, one.rule), one.posts, one.cost_per_year) for one in found
    ]
    body = rows_with_total(rows) if len(rows) > 1 else tuple(rows)
    title = "What the added posts are for, each rule by itself"
    note = _later(brief, sum(one.posts for one in found))
    return Table("layers", title, columns, body, "", note, totals=len(rows) > 1)


def _later(brief: Brief, posts: float) -> str:
    """Return how many of some posts at the end are not to be approved now; nothing if all are."""
    if brief.advice is None:
        return ""
    now = recommended.beside(brief.advice)[0].agree_now
    ended = sum(one.posts for one in recommended.ending(brief.advice))
    later = posts - (now - ended)
    if abs(later) < SAME:
        return ""
    then = "add" if later > 0 else "end"
    verb = "ends" if people(ended) == "1" else "end"
    ends = f", {people(ended)} {verb} before the first review" if ended else ""
    return (
        f"Posts at the end of the time projected: {people(now)} are to be approved now{ends}, and "
        f"in the middle of the simulations later reviews {then} {people(abs(later))}."
    )


# Money -------------------------------------------------------------------------------------


def cash_table(brief: Brief) -> Table:
    """Return cash by financial year: no posts added, what is asked for, and who pays for it."""
    facts = brief.facts
    lines, none = brief.lines, brief.lines_of_nothing_added
    columns = [Column("Financial year"), Column("Posts", "people")]
    columns += [Column("No posts added", "pounds"), Column("As asked for", "pounds")]
    columns += [Column("Above no posts added", "pounds"), Column("Of it one-off", "pounds")]
    columns += [Column("Full-year effect", "pounds")]
    rows: list[tuple[Cell, ...]] = []
    calendar = facts.model.calendar
    for place, year in enumerate(calendar.years):
        last = int(np.flatnonzero(calendar.year_of == place)[-1])
        mine = [one for one in lines if one.year == year]
        theirs = [one for one in none if one.year == year]
        cash, before = (sum(one.cash for one in some) for some in (mine, theirs))
        once = sum(one.cash for one in mine if one.recurrence == mtfp.ONE_OFF)
        once -= sum(one.cash for one in theirs if one.recurrence == mtfp.ONE_OFF)
        full = sum(one.full_year_effect for one in mine)
        full -= sum(one.full_year_effect for one in theirs)
        posts = float(brief.staffed.posts[last].sum())
        rows.append((year_words(facts, place), posts, before, cash, cash - before, once, full))
    note = "Posts: at the year's end"
    note += ", the mean of the simulations." if brief.advice is not None else "."
    note += (
        " Full-year effect: twelve months of what stands at the year's end above no posts added, "
        "at the pay of the year."
    )
    vacancy = float(np.ravel(facts.model.money.vacancy_factor)[0])
    if vacancy:
        note += f" Posts less a vacancy factor of {per_cent(vacancy)}."
    body = rows_with_total(rows, "All years", leave=(1, 6)) if len(rows) > 1 else tuple(rows)
    title = "Cash by financial year"
    made = Table("cash", title, tuple(columns), body, "", note, totals=len(rows) > 1)
    return made if any(abs(float(str(row[5]))) >= POUND for row in rows) else _without(made, 5)


def _without(table: Table, place: int) -> Table:
    """Return a table without a column in which nothing stands."""
    rows = tuple(row[:place] + row[place + 1 :] for row in table.rows)
    columns = table.columns[:place] + table.columns[place + 1 :]
    return replace(table, columns=columns, rows=rows)


def payers_table(brief: Brief) -> Table | None:
    """Return who pays for the plan by financial year; none where it is the base budget alone."""
    years = brief.facts.model.calendar.years
    paid: dict[str, dict[str, float]] = {}
    for one in brief.lines:
        of = paid.setdefault(one.funding, dict.fromkeys(years, 0.0))
        of[one.year] += one.cash
    if set(paid) <= {mtfp.BASE_BUDGET}:
        return None
    columns = [Column("Who pays", wide=True)]
    columns += [Column(year_words(brief.facts, n), "pounds") for n in range(len(years))]
    rows: list[tuple[Cell, ...]] = [
        (f"{name[:1].upper()}{name[1:]}", *of.values())
        for name, of in paid.items()
        if max(of.values()) >= POUND
    ]
    body = rows_with_total(rows) if len(rows) > 1 else tuple(rows)
    title = "Who pays for the plan, cash"
    return Table("payers", title, tuple(columns), body, totals=len(rows) > 1)


def funding_table(brief: Brief) -> Table | None:
    """Return what each funding line pays, and the gap after its end; none without any."""
    found = [
        one
        for one in mtfp.funding(brief.facts.model, brief.staffed)
        if max(one.paid, one.gap, one.unused) >= POUND
    ]
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.source_of_funds, one.until, one.year, one.paid, one.unused, one.gap)
        for one in found
    ]
    if not rows:
        return None
    columns = (
        Column("Funding", wide=True),
        Column("From"),
        Column("Ends", "month"),
        Column("Financial year"),
        Column("Pays, cash", "pounds"),
        Column("Not used", "pounds"),
        Column("Gap after its end", "pounds"),
    )
    note = "Gap: what it paid for is still there and has to be paid for otherwise."
    if any(one.unused >= POUND for one in found):
        note += " Not used: no cost of its team or grade is left for it to pay."
    title = "Funding that ends, and what it leaves"
    body = rows_with_total(rows, "All", leave=(1, 2, 3)) if len(rows) > 1 else tuple(rows)
    made = Table("funding", title, columns, body, "", note, totals=len(rows) > 1)
    return made if any(one.unused >= POUND for one in found) else _without(made, 5)


def ending_words(brief: Brief) -> str:
    """Return which posts end and when, and what redundancy costs, in a sentence each."""
    facts = brief.facts
    if brief.advice is None:
        return ""
    told = [
        f"{counted(one.posts, f'{inside(facts.grade(one.team, one.grade))} post')} "
        f"({facts.team(one.team)}) in {month(one.month)}"
        for one in recommended.ending(brief.advice)
    ]
    if not told:
        return ""
    words = f"There until then and no longer: {listed(told)}."
    ended = [row for row in brief.lines if row.subjective == mtfp.ENDING]
    cost = sum(row.cash for row in ended)
    return f"{words} Redundancy comes to {pounds(cost)}, cash." if cost >= POUND else words


def funding_words(brief: Brief) -> str:
    """Return what each funding line leaves unpaid after its end, in a sentence each."""
    gaps: dict[str, list[str]] = {}
    ends: dict[str, str] = {}
    for one in mtfp.funding(brief.facts.model, brief.staffed):
        if one.gap >= POUND and one.until is not None:
            ends[one.name] = month(one.until)
            gaps.setdefault(one.name, []).append(f"{pounds(one.gap)} in {one.year}")
    return " ".join(
        f"{name} ends in {ends[name]}: nothing pays for {listed(years)} of what it paid for."
        for name, years in gaps.items()
    )


# Blocks ------------------------------------------------------------------------------------


def shown_table(name: str, told: TableShown) -> Table:
    """Return a table of the recommended plan as the terminal has it."""
    title, columns, rows = told
    heads = tuple(
        Column(head, "typed" if figure else "text", wide=not figure) for head, figure in columns
    )
    return Table(name, title, heads, tuple(tuple(row) for row in rows))


def without_sources(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks without where each comes from, which a paper says once, at its end.

    Tables without any row are left out.
    """
    for block in blocks:
        if isinstance(block, Table) and not block.rows:
            continue
        if isinstance(block, Table | Figures):
            yield replace(block, source="")
        elif isinstance(block, Chart):
            table = None if block.table is None else replace(block.table, source="")
            yield replace(block, table=table)
        else:
            yield block


def setting_words(facts: Facts, name: str) -> str:
    """Return a setting as people know it: what it is, and whose."""
    path = name.split(".")
    entry = declared_at(path)
    if entry is None:
        return name
    labels = [_label(facts, path[:place]) for place in range(2, len(path) + 1)]
    whose = ", ".join(dict.fromkeys(label for label in labels if label))
    words = f"{entry.meaning[:1].upper()}{entry.meaning[1:]}".split(";")[0]
    return f"{words} ({whose})" if whose else words


def _label(facts: Facts, path: Sequence[str]) -> str:
    """Return what a cohort, tier, duty, team or grade at the end of a path is called."""
    cohorts, teams = facts.settings.cohorts, facts.settings.teams
    match path:
        case ["cohorts", cohort] if cohort in cohorts:
            return facts.cohort(cohort)
        case ["cohorts", cohort, "tiers", tier] if tier in cohorts[cohort].tiers:
            return facts.tier(cohort, tier)
        case ["cohorts", cohort, "duties", duty] if duty in cohorts[cohort].duties:
            return facts.duty(cohort, duty)
        case ["cohorts", cohort, *_, tier] if cohort in cohorts and tier in cohorts[cohort].tiers:
            return facts.tier(cohort, tier)
        case ["teams", team] if team in teams:
            return facts.team(team)
        case ["teams", team, "grades", grade] if grade in teams[team].grades:
            return facts.grade(team, grade)
        case ["cohorts" | "teams", _, "work", work]:
            return work.replace("_", " ")
    return ""


def taken_from(brief: Brief) -> str:
    """Return what the plan asked for takes from elsewhere."""
    if brief.advice is None:
        return answer.given_up(brief.facts)
    moved = [one for one in brief.facts.settings.people if one.displaced_from]
    if not moved:
        return "No officer is moved from another unit."
    told = [f"{people(abs(one.fte.value))} FTE from {one.displaced_from}" for one in moved]
    return f"{listed(told)}."


def picture_of(brief: Brief) -> Chart | None:
    """Return the chart of completion: the middle of the simulations, else the single course."""
    facts = brief.facts
    told = None if brief.advice is None else answer.simulated(facts, ("today", "reviewed"))
    return told or answer.completion(facts, low=True)


def basis(facts: Facts) -> str:
    """Return what the figures of a paper rest on, in one sentence."""
    return (
        f"Figures are projections of the plan “{facts.settings.title}”. Its assumptions, with "
        "their ranges and sources, and the method are in the report that goes with this paper."
    )
