"""The business case: outcome-based budgeting in the five cases, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from capacity.engine.model import GradeKey
from capacity.report import answer, budget, decided
from capacity.report.answer import year_words
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
from capacity.report.brief import (
    SAME,
    Brief,
    basis,
    cash_table,
    ending_words,
    funding_table,
    layers_table,
    options_table,
    outcomes,
    payers_table,
    picture_of,
    setting_words,
    shown_table,
    taken_from,
    without_sources,
)
from capacity.report.facts import OPTIONS, Facts, year_ends
from capacity.results import answers, phrases, recommendation, summary
from capacity.risk import recommended
from capacity.staffing import backfill, outturn
from capacity.staffing.outturn import OutturnRow
from capacity.why import headlines
from capacity.why.headlines import Service
from capacity.wording import asked_share, counted, month, number, per_cent, pounds

POUND = 0.5
"""A smaller sum of money is none."""

HALF_A_CASE = 0.5
"""Fewer case-months are none."""

CHANGES = 0.005
"""A measure that differs by less, or by fewer than half a case, does not change."""


def sections(brief: Brief) -> tuple[Section, ...]:
    """Return the five cases."""
    cases = (
        ("strategic", "Strategic case: why change is needed", _strategic),
        ("economic", "Economic case: which option is best value", _economic),
        ("commercial", "Commercial case: how posts are filled", _commercial),
        ("financial", "Financial case: what it costs and who pays", _financial),
        ("management", "Management case: how it is delivered and judged", _management),
    )
    return tuple(
        Section(name, title, name.capitalize(), tuple(without_sources(make(brief))))
        for name, title, make in cases
    )


def submission(brief: Brief) -> Section:
    """Return the same as a budget submission, without what a report has elsewhere."""
    return Section("budget", "Outcome-based budget submission", "Budget", tuple(_submission(brief)))


def _submission(brief: Brief) -> Iterator[Block]:
    facts = brief.facts
    yield Heading("Need")
    yield Text(_need(brief))
    yield _standards(facts)
    yield Heading("Outcome asked for, and how success will be seen")
    yield from _measured_benefits(brief)
    yield from _outcomes(brief)
    yield Heading("Options appraisal")
    yield from _appraisal(brief)
    yield Heading("Posts asked for")
    yield from _delivery(brief)
    yield from _commercial(brief)
    yield Heading("Cost")
    yield from _cost(brief)
    yield Heading("Who pays")
    yield from _funding(brief)
    yield from _in_year(brief)
    yield Heading("Where the posts come from")
    yield from _displacement(brief)
    yield from budget.people_events(facts)
    yield Heading("Risks")
    yield Points(tuple(budget.risks(facts)))


# Strategic ---------------------------------------------------------------------------------


def _strategic(brief: Brief) -> Iterator[Block]:
    facts = brief.facts
    if facts.settings.question:
        yield Text(facts.settings.question, "lead")
    if brief.advice is None:
        yield Text(summary.SINGLE_COURSE, "note")
        yield Text(answers.paragraphs(facts.said)[0])
    else:
        yield Text(_need(brief))
    picture = picture_of(brief)
    if picture is not None:
        yield picture
    yield Heading("Outcomes asked for")
    yield _standards(facts)


def _need(brief: Brief) -> str:
    """Return what becomes of current posts in the simulations."""
    need = ("first_month_below", "first_below", "current_probability")
    return " ".join(one.words for name, one in brief.sentences.items() if name.startswith(need))


def _standards(facts: Facts) -> Table:
    """Return every standard and what it asks for."""
    columns = (
        Column("Standard", wide=True),
        Column("Asks for", wide=True),
        Column("From", "month"),
    )
    rows = [
        (
            rule.name,
            phrases.asks(facts.settings, rule),
            f"{rule.from_:%Y-%m}" if rule.from_ else facts.labels[0],
        )
        for rule in facts.settings.standards
    ]
    return Table("standards", "Standards that the plan must meet", columns, tuple(rows))


# Economic ----------------------------------------------------------------------------------


def _economic(brief: Brief) -> Iterator[Block]:
    facts = brief.facts
    yield Heading("Options")
    yield from _appraisal(brief)
    yield Heading("Benefits: measures, where they stand and where they would go")
    yield from _measured_benefits(brief)
    yield from _outcomes(brief)
    yield from _switching(brief)
    yield Heading("If the bid is granted in part")
    yield from budget.each_post(facts)
    if brief.advice is not None:
        fewer = [words for _, words in recommendation.one_fewer(brief.advice)]
        if fewer:
            yield Points((("One post fewer than recommended", " ".join(fewer[:4])),))


def _appraisal(brief: Brief) -> Iterator[Block]:
    """Yield the options, what their posts are for, and their cost with what may come on top."""
    for table in (options_table(brief), layers_table(brief), _allowance(brief)):
        if table is not None:
            yield table


def _measured_benefits(brief: Brief) -> Iterator[Block]:
    """Yield each measure by option: in the simulations, else in the central case."""
    simulated = _benefits_simulated(brief)
    if simulated is not None:
        yield simulated
    else:
        yield from _benefits(brief.facts)


def _allowance(brief: Brief) -> Table | None:
    """Return the cost above doing nothing with optimism bias and contingency; none without."""
    finance = brief.facts.settings.finance
    bias, held = (float(one.value) for one in (finance.optimism_bias, finance.contingency))
    if not bias and not held:
        return None
    table = options_table(brief)
    columns = (
        Column("Option", wide=True),
        Column("Above doing nothing, discounted", "pounds"),
        Column(f"Optimism bias, {asked_share(bias)}", "pounds"),
        Column(f"Contingency, {asked_share(held)}", "pounds"),
        Column("With both", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = []
    for row in table.rows:
        more = row[3]
        if isinstance(more, float) and more > POUND:
            both = (more * bias, more * held)
            rows.append((row[0], more, *both, more + sum(both)))
    title = "Cost with optimism bias and contingency"
    return Table("allowance", title, columns, tuple(rows)) if rows else None


def _benefits_simulated(brief: Brief) -> Table | None:
    """Return each measure with no posts added and as recommended; none without simulations."""
    facts = brief.facts
    if brief.advice is None:
        return None
    ends = [place for place in year_ends(facts.labels) if place]
    rows: list[tuple[Cell, ...]] = []
    for service in facts.said.today.services:
        for what, measure in (("completed", "completion"), ("overdue", "outstanding")):
            rows += _benefit_simulated(facts, service, what, measure, ends)
    if not rows:
        return None
    columns = [Column("Measure", wide=True), Column("Posts", wide=True)]
    columns += [Column(month(facts.labels[place]), "typed") for place in (0, *ends)]
    columns += [Column("8 in 10 at the end", "typed"), Column("Target")]
    note = (
        "The middle of the simulations in each month shown. Completed: of those due in the month, "
        "those carried over included. Overdue: at the month's end."
    )
    title = "Benefits: the middle of the simulations"
    return Table("benefits", title, tuple(columns), tuple(rows), "", note)


def _benefit_simulated(
    facts: Facts, service: Service, what: str, measure: str, ends: Sequence[int]
) -> Iterator[tuple[Cell, ...]]:
    """Yield a measure of an activity by option, where the options differ at the middle or edge."""
    name = phrases.name_of(facts.said, service)
    said = f"{name[:1].upper()}{name[1:]} {what}"
    found = {one: answer.by_month(facts, service, one, measure) for one in ("today", "reviewed")}
    bands = [one for one in found.values() if one is not None]
    if len(bands) < len(found):
        return
    shown = [0, *ends]
    least = CHANGES if what == "completed" else 0.5
    parts = [one[["p10", "p50", "p90"]].to_numpy(dtype=float)[shown] for one in bands]
    if not (np.abs(parts[0] - parts[1]) >= least).any():
        return
    asks = _asked_of(facts, service) if what == "completed" else ""
    for option, part in zip(found, parts, strict=True):
        middle = [_measured(one, what) for one in part[:, 1].tolist()]
        span = f"{_measured(float(part[-1, 0]), what)} to {_measured(float(part[-1, 2]), what)}"
        yield (said, OPTIONS[option], *middle, span, asks)
        asks = ""


def _measured(value: float, what: str) -> str:
    if not np.isfinite(value):
        return "–"
    return per_cent(value) if what == "completed" else f"{value:,.0f}"


def _asked_of(facts: Facts, service: Service) -> str:
    """Return what the standards on an activity ask for."""
    rules = [one.rule for one in facts.standings(service, facts.said.today)]
    return "; ".join(dict.fromkeys(phrases.asks(facts.settings, one) for one in rules))


def _benefits(facts: Facts) -> Iterator[Block]:
    """Yield each measure that the options change: baseline, trajectory by year, target."""
    calendar = facts.model.calendar
    whole = [
        place
        for place in range(len(calendar.years))
        if np.count_nonzero(calendar.year_of == place) == 12
    ] or [0]
    columns = [Column("Measure", wide=True), Column("Posts", wide=True)]
    columns += [Column("First month", "typed")]
    columns += [Column(calendar.years[place], "typed") for place in whole]
    columns += [Column("Target")]
    rows: list[tuple[Cell, ...]] = []
    for service in facts.said.today.services:
        if service.ends is not None:
            rows += _benefits_of(facts, service, whole)
    if not rows:
        yield Text("No measure of an activity differs between the options.")
        return
    note = (
        "Completion: completed ÷ due over the year, those carried over included. Overdue: at the "
        "year's end. The course of the central case, without chance."
    )
    yield Table("benefits", "Benefits by year", tuple(columns), tuple(rows), "", note)


def _benefits_of(facts: Facts, service: Service, years: list[int]) -> Iterator[tuple[Cell, ...]]:
    """Yield completion and overdue of an activity by option, where the options differ."""
    name = phrases.name_of(facts.said, service)
    title = f"{name[:1].upper()}{name[1:]}"
    calendar, mine = facts.model.calendar, facts.rows_of(service)
    target = _asked_of(facts, service)
    found: dict[str, list[list[float]]] = {"completed": [], "overdue": []}
    for option in facts.plan.options:
        run = option.projection
        due, done, late = (
            one[0][:, mine].sum(axis=1) for one in (run.due, run.done, run.outstanding)
        )
        spans = [np.flatnonzero(calendar.year_of == place) for place in years]
        shares = [
            float(done[one].sum() / due[one].sum()) if due[one].sum() else 1.0 for one in spans
        ]
        first = float(done[0] / due[0]) if due[0] else 1.0
        found["completed"].append([first, *shares])
        found["overdue"].append([float(late[0]), *(float(late[one[-1]]) for one in spans)])
    for what, each in found.items():
        least = CHANGES if what == "completed" else 0.5
        if len(each) > 1 and np.abs(np.array(each[0]) - np.array(each[1])).max() < least:
            continue
        for option, values in zip(facts.plan.options, each, strict=True):
            told = [_measured(one, what) for one in values]
            asks = target if what == "completed" else ""
            yield (f"{title} {what}", facts.label(option), *told, asks)
            target = ""


def _outcomes(brief: Brief) -> Iterator[Block]:
    """Yield what is left overdue, weighed by risk, and what avoiding it is worth if that is given.

    The value of harm avoided is the user's own, with its source: none is assumed.
    """
    facts, worth = brief.facts, brief.facts.settings.sizing.price_of_case_month
    found = outcomes(brief)
    if not found or found[0].weighted < HALF_A_CASE:
        return
    columns = [Column("Option", wide=True)]
    columns += [Column("Case-months overdue", "number"), Column("Weighted by risk", "number")]
    columns += [Column("Fewer, weighted", "number"), Column("Above doing nothing", "pounds")]
    columns += [Column("For each weighted one", "pounds")]
    if worth is not None:
        columns += [Column("Value of harm avoided", "pounds"), Column("Value less cost", "pounds")]
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        fewer, more = found[0].weighted - one.weighted, one.cost - found[0].cost
        first = one is found[0]
        priced = not first and fewer >= HALF_A_CASE and more >= POUND
        row: list[Cell] = [one.label, one.case_months, one.weighted]
        row += [None if first else fewer, None if first else more]
        row += [more / fewer if priced else None]
        if worth is not None:
            value = fewer * worth.value
            row += [None, None] if first else [value, value - more]
        rows.append(tuple(row))
    note = "Case-months overdue: cases overdue at the end of each month, added up over all months"
    note += ", the mean of the simulations." if brief.advice is not None else "."
    if headlines.weights_assumed(facts.model):
        note += " The weights of tiers are assumed."
    if worth is not None:
        note += f" Value of harm avoided: {pounds(worth.value)} for each weighted case-month"
        if worth.low is not None and worth.high is not None:
            note += f" ({pounds(worth.low)} to {pounds(worth.high)})"
        said = ", ".join(filter(None, (worth.source, worth.note)))
        note += f", entered for this plan ({said or 'without a source'}). It is not discounted."
    title = "What is left overdue, and what avoiding it costs"
    yield Table("outcomes", title, tuple(columns), tuple(rows), "", note)


def _switching(brief: Brief) -> Iterator[Block]:
    """Yield at what value of a setting current posts would be enough, and what matters most."""
    room = brief.facts.table("headroom")
    columns = (
        Column("What", wide=True),
        Column("Now", "typed"),
        Column("Current posts are enough up to", "typed"),
        Column("What is then not met", wide=True),
    )
    rows: list[tuple[Cell, ...]] = []
    if room is not None:
        for row in room.to_dict("records"):
            now, most, breaks = row.get("today"), row.get("most"), row.get("breaks")
            words = breaks if isinstance(breaks, str) else None
            unit = str(row["unit"])
            there = _in_unit(float(str(now)), unit) if _is_number(now) else None
            enough = (
                _in_unit(_carried(float(str(most)), unit), unit) if _is_number(most) else "none"
            )
            rows.append((str(row["what"]), there, enough, words))
    worth = [] if brief.advice is None else [one for one in brief.advice.knowing if one.saving > 0]
    turned = [] if brief.advice is None else list(decided.turns_on(brief.advice))
    if not rows and not worth and not turned:
        return
    yield Heading("Sensitivity: what would change the answer")
    yield from turned
    if rows:
        title = "Switching values: how far current posts would do, without chance"
        yield Table("switching", title, columns, tuple(rows))
    if worth:
        best = sorted(worth, key=lambda one: -one.saving)[:5]
        yield Points(tuple((setting_words(brief.facts, one.setting), one.words) for one in best))


def _in_unit(value: float, unit: str) -> str:
    """Return a switching value as people write it."""
    if unit == "share":
        sign = "−" if value < -0.0005 else ""
        return f"{sign}{100 * abs(value):.1f}%"
    return number(value)


def _carried(most: float, unit: str) -> float:
    """Return how far current posts would do, cases in whole ones that they can still carry."""
    return float(np.floor(most)) if unit == "cases" else most


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and bool(np.isfinite(value))


# Commercial --------------------------------------------------------------------------------


def _commercial(brief: Brief) -> Iterator[Block]:
    facts = brief.facts
    yield Text("No contract is let: posts are filled by the force itself.")
    columns = (
        Column("Team", wide=True),
        Column("Grade"),
        Column("Kind"),
        Column("Months to fill a place", "whole"),
        Column("Months until full work", "whole"),
        Column("Most joiners per month", "people"),
        Column("One-off cost of a joiner", "pounds"),
    )
    people = facts.model.people
    added = brief.staffed.posts - brief.nothing_added.posts
    rows: list[tuple[Cell, ...]] = []
    for g, (team, grade) in enumerate(facts.model.grades):
        if np.abs(added[:, g]).max() < 1e-6:
            continue
        most = float(people.max_joiners[0, 0, g])
        rows.append(
            (
                facts.team(team),
                facts.grade(team, grade),
                {"officer": "officer", "staff": "police staff"}[facts.model.money.kinds[g]],
                float(people.lead[0, 0, g]),
                float(people.accreditation[0, 0, g]),
                most if np.isfinite(most) else None,
                float(people.joining_cost[0, 0, g]),
            )
        )
    if rows:
        yield Table("filling", "How the posts asked for are filled", columns, tuple(rows))
    else:
        yield Text("No post is asked for.")


# Financial ---------------------------------------------------------------------------------


def _financial(brief: Brief) -> Iterator[Block]:
    yield from _cost(brief)
    yield Heading("Affordability and funding")
    yield from _funding(brief)
    yield from _in_year(brief)
    yield Heading("Displacement")
    yield from _displacement(brief)


def _cost(brief: Brief) -> Iterator[Block]:
    """Yield cash by year and by line, and what is meant by cash, real and discounted."""
    yield Text(budget.prices(brief.facts))
    yield cash_table(brief)
    yield _by_subjective(brief)
    unsourced = budget.unsourced(brief.facts)
    if unsourced:
        yield Text(unsourced)


def _funding(brief: Brief) -> Iterator[Block]:
    """Yield who pays, and what funding that ends leaves."""
    funding = funding_table(brief)
    if funding is not None:
        yield funding
    else:
        yield Text("No funding line is given: all of it falls to the base budget or to partners.")
    payers = payers_table(brief)
    if payers is not None:
        yield payers


def _displacement(brief: Brief) -> Iterator[Block]:
    """Yield what is taken from elsewhere, and what that costs there."""
    yield Text(taken_from(brief))
    yield from _displaced(brief.facts)
    yield from _backfilled(brief)


def _by_subjective(brief: Brief) -> Table:
    """Return what is asked for above no posts added, by what it is for and by year."""
    facts = brief.facts
    lines, none = brief.lines, brief.lines_of_nothing_added
    years = facts.model.calendar.years
    more: dict[str, dict[str, float]] = {}
    for sign, some in ((1, lines), (-1, none)):
        for one in some:
            of = more.setdefault(one.subjective, dict.fromkeys(years, 0.0))
            of[one.year] += sign * one.cash
    columns = [Column("Line", wide=True)]
    columns += [Column(year_words(facts, place), "pounds") for place in range(len(years))]
    rows: list[tuple[Cell, ...]] = [
        (f"{name[:1].upper()}{name[1:]}", *of.values())
        for name, of in more.items()
        if max(map(abs, of.values())) >= POUND
    ]
    body = rows_with_total(rows) if len(rows) > 1 else tuple(rows)
    title = "Above no posts added by line, cash"
    note = "Every line by team, grade, recurrence and funding is in mtfp.csv."
    return Table("lines", title, tuple(columns), body, "", note, totals=len(rows) > 1)


def _in_year(brief: Brief) -> Iterator[Block]:
    """Yield budget, spend and forecast of the year in hand by team, where spend is known."""
    facts = brief.facts
    found = list(outturn.rows(facts.model, brief.staffed))
    if not found:
        return
    none = list(outturn.rows(facts.model, brief.nothing_added))
    yield Heading("The year in hand")
    if len(facts.model.teams) > 1:
        yield _year_by_team(facts, found, none)
    columns = (
        Column("Month", "month"),
        Column("Team", wide=True),
        Column("Budget", "pounds"),
        Column("Spent", "pounds"),
        Column("Forecast", "pounds"),
        Column("Variance", "pounds"),
        Column("With no posts added", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.month, facts.team(one.team), one.budget, one.actual, one.forecast),
            *(one.variance, other.variance),
        )
        for one, other in zip(found, none, strict=True)
        if one.outturn is not None
    ]
    missing = sorted({one.month for one in found if one.outturn is None})
    note = (
        "Forecast: people in post, overtime and joiners as asked for. Variance: spent or forecast, "
        "less budget; above 0 where more is spent. The last column is the variance with no posts "
        "added."
    )
    if missing:
        note += f" Nothing is known of {counted(len(missing), 'month')} of the year."
    title = "Budget, spend to date and forecast by month, cash"
    yield Table("outturn", title, columns, rows_with_total(rows), "", note, totals=True)


def _year_by_team(facts: Facts, found: Sequence[OutturnRow], none: Sequence[OutturnRow]) -> Table:
    """Return what each team is to spend in the year, as asked for and with no posts added."""

    def of(rows: Sequence[OutturnRow], team: str, name: str) -> float:
        mine = [getattr(one, name) for one in rows if one.team == team and one.outturn is not None]
        return float(sum(one for one in mine if one is not None))

    columns = (
        Column("Team", wide=True),
        Column("Budget", "pounds"),
        Column("Spent to date", "pounds"),
        Column("Forecast of the rest", "pounds"),
        Column("Outturn", "pounds"),
        Column("Variance", "pounds"),
        Column("Variance, no posts added", "pounds"),
    )
    names = ("budget", "actual", "forecast", "outturn", "variance")
    rows: list[tuple[Cell, ...]] = [
        (
            facts.team(team),
            *(of(found, team, name) for name in names),
            of(none, team, "variance"),
        )
        for team in facts.model.teams
    ]
    title = "Forecast outturn of the year by team, cash"
    return Table("year", title, columns, rows_with_total(rows), "", "", totals=True)


def _displaced(facts: Facts) -> Iterator[Block]:
    """Yield what people taken from elsewhere cost there, at the pay of the grade they come as."""
    rows: list[tuple[Cell, ...]] = []
    for event in facts.settings.people:
        if not event.displaced_from:
            continue
        g = facts.model.grades.index(GradeKey(event.team, event.grade))
        first = max(0, facts.model.calendar.place(f"{event.from_:%Y-%m}"))
        end = facts.model.months - 1
        if event.until is not None:
            end = min(end, facts.model.calendar.place(f"{event.until:%Y-%m}"))
        fte = float(event.fte.value)
        cash = facts.model.people.cash_cost[first : end + 1, g] / 12
        rows.append(
            (
                event.why,
                event.displaced_from,
                fte,
                facts.labels[first],
                facts.labels[end],
                float(cash.sum() * fte),
            )
        )
    if rows:
        columns = (
            Column("What", wide=True),
            Column("Donor", wide=True),
            Column("FTE", "people"),
            Column("From", "month"),
            Column("To", "month"),
            Column("Worth to the donor, cash", "pounds"),
        )
        note = "At the cost of the grade that they join; the donor's own work is not followed."
        body = rows_with_total(rows, leave=(2,)) if len(rows) > 1 else tuple(rows)
        title = "People taken from elsewhere"
        yield Table("displaced", title, columns, body, "", note, totals=len(rows) > 1)


def _backfilled(brief: Brief) -> Iterator[Block]:
    """Yield what student officers cost who take the places of people from elsewhere."""
    facts = brief.facts
    found = list(backfill.rows(facts.model, brief.staffed))
    if not found:
        return
    columns = (
        Column("Financial year"),
        Column("For posts of", wide=True),
        Column("Places", "people"),
        Column("Pay and on-costs", "pounds"),
        Column("Training", "pounds"),
        Column("Work lacking there, FTE", "people"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.year,
            f"{facts.grade(one.team, one.grade)}, {facts.team(one.team)}",
            one.places,
            one.pay,
            one.training,
            one.fte_lost,
        )
        for one in found
    ]
    note = (
        "People who fill the posts bring what they cost with them; student officers take the "
        "places that they leave, and are what the force pays more. Places and work: means of the "
        "year."
    )
    body = rows_with_total(rows, "All", leave=(1, 2, 5)) if len(rows) > 1 else tuple(rows)
    title = "Student officers in the places left, cash"
    yield Table("backfill", title, columns, body, "", note, totals=len(rows) > 1)


# Management --------------------------------------------------------------------------------


def _management(brief: Brief) -> Iterator[Block]:
    yield Heading("Delivery")
    yield from _delivery(brief)
    if brief.advice is not None:
        for n, told in enumerate(recommendation.rule_tables(brief.advice)):
            yield shown_table(f"rule-{n}", told)
    yield Heading("Evaluation")
    yield Text(
        "The measures of the economic case are reported each quarter beside this paper's figures; "
        "the review asks whether cases, hours and what is overdue are as projected."
    )
    yield Heading("Risks")
    yield Points(tuple(budget.risks(brief.facts)))
    yield Text(basis(brief.facts), "note")


def _delivery(brief: Brief) -> Iterator[Block]:
    """Yield which posts are decided, and when."""
    facts = brief.facts
    rows: list[tuple[Cell, ...]] = []
    if brief.advice is not None:
        rows = [
            (
                one.agree_by,
                "approve" if one.when == "firm" else "review",
                one.posts,
                facts.team(one.team),
                facts.grade(one.team, one.grade),
                one.start,
            )
            for one in recommended.agreed(brief.advice)
            if one.posts > SAME
        ]
    else:
        rows = [
            (
                one.agree_by,
                "approve",
                one.posts,
                facts.team(one.team),
                facts.grade(one.team, one.grade),
                one.start,
            )
            for one in facts.decisions
        ]
    columns = (
        Column("By", "month"),
        Column("What"),
        Column("Posts", "people"),
        Column("Team", wide=True),
        Column("Grade"),
        Column("Start", "month"),
    )
    if rows:
        rows.sort(key=lambda row: (str(row[0]), str(row[5])))
        reviews = any(row[1] == "review" for row in rows)
        note = "Posts of a review: the middle of the simulations." if reviews else ""
        yield Table("delivery", "What is decided, and when", columns, tuple(rows), "", note)
    elif brief.advice is not None and brief.advice.decision.rule.rows:
        yield Text("No post is to be approved now. Each review sets posts by the rule below.")
    else:
        yield Text("No post is asked for.")
    ends = ending_words(brief)
    if ends:
        yield Points((("Posts that end", ends),))
