"""The board paper: one page that decides, and what is behind it on at most three more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from capacity.report import budget
from capacity.report.blocks import (
    Block,
    Cell,
    Column,
    Figures,
    Heading,
    Kind,
    Points,
    Section,
    Table,
    Text,
    rows_with_total,
)
from capacity.report.brief import (
    Brief,
    basis,
    cash_table,
    ending_words,
    funding_table,
    funding_words,
    layers_table,
    options_table,
    picture_of,
    setting_words,
    shown_table,
    taken_from,
    without_sources,
    worst,
    worst_year,
)
from capacity.report.facts import Facts
from capacity.results import answers, recommendation, summary
from capacity.results.recommendation import TableShown
from capacity.risk import chances, recommended
from capacity.risk.recommended import Recommended
from capacity.wording import counted, month

DATES_SHOWN = 8
"""Rows of posts to approve on the page that decides; of more each date is one row."""

RULES_SHOWN = 8
"""Rules that posts are for, on the page that decides; of more the smallest are one row."""

STANDARDS_SHOWN = 10
"""Standards whose probability is shown; of more those least likely to be met."""

ALL_WITHIN_REACH = "No year is out of reach."
"""A sentence of the recommended plan that the page that decides has no need of."""

KNOWING_SHOWN = 3
"""Settings that are worth finding out, the most valuable first."""


def sections(brief: Brief) -> tuple[Section, ...]:
    """Return the page that decides and the pages behind it."""
    return (
        Section("decision", "Decision asked for", "Decision", tuple(_page(brief)), one_page=True),
        Section("behind", "What is behind it", "Behind", tuple(without_sources(_behind(brief)))),
    )


# The page that decides ---------------------------------------------------------------------


def _page(brief: Brief) -> Iterator[Block]:
    if brief.facts.settings.question:
        yield Text(brief.facts.settings.question, "lead")
    if brief.advice is None:
        yield Text(summary.SINGLE_COURSE, "note")
        for words in answers.paragraphs(brief.facts.said):
            yield Text(words)
    else:
        yield Figures(tuple(_figures(brief.advice)))
        yield Points(tuple(_recommendation(brief)))
    yield options_table(brief)
    layers = layers_table(brief)
    if layers is not None:
        yield _shortened(layers)
    dates = _dates(brief)
    if dates is not None:
        yield dates if len(dates.rows) <= DATES_SHOWN else _by_date(brief)


def _shortened(layers: Table) -> Table:
    """Return what the posts are for with the smallest rules in one row, where there are many."""
    body = layers.rows[:-1] if layers.totals else layers.rows
    if len(body) <= RULES_SHOWN:
        return layers
    first, *others = body  # the activities come first
    others.sort(key=lambda row: -abs(float(str(row[1]))))
    kept, rest = others[: RULES_SHOWN - 2], others[RULES_SHOWN - 2 :]
    sums = (sum(float(str(row[n])) for row in rest) for n in (1, 2))
    more: tuple[Cell, ...] = (f"{len(rest)} further rules", *sums)
    return replace(layers, rows=rows_with_total([first, *kept, more]))


def _least_likely(advice: Recommended, told: TableShown) -> tuple[TableShown, str]:
    """Return the standards least likely to be met, where there are many, and how many are left."""
    title, columns, rows = told
    *each, last = rows
    if len(rows) <= STANDARDS_SHOWN + 1:
        return told, ""
    of, record = advice.decision.of, advice.decision.record
    names = [str(row[0]) for row in each]
    lowest = {
        name: min(
            chances.estimate(held, record.weight)[0]
            for held in record.held(of, record.named(name)).values()
        )
        for name in names
    }
    kept = sorted(names, key=lambda name: lowest[name])[:STANDARDS_SHOWN]
    more = counted(len(names) - len(kept), "further standard")
    words = f"{more} no less likely to be met than these are in the report."
    return (title, columns, [*(row for row in each if row[0] in kept), last]), words


def _figures(advice: Recommended) -> Iterator[tuple[str, Cell, Kind, str]]:
    here = recommended.beside(advice)[0]
    posts_now = recommended.firm(advice)
    soonest = min((one.agree_by for one in posts_now), default=None)
    none = "none before the first review" if advice.decision.rule.reviews else "none"
    words = f"the first by {month(soonest)}" if soonest else none
    yield "Posts to approve now", here.agree_now, "people", words
    if any(one.full_year_cash for one in posts_now):
        total = sum(one.full_year_cash for one in posts_now)
        yield "Their cost in a full year", total, "pounds", "cash"
    sure = worst_year(advice, advice.decision.record)
    if sure is not None:
        words = f"probability, {worst(advice)}"
        yield "Every standard met", sure, "share", words
        now = worst_year(advice, advice.today)
        yield "With no posts added", now, "share", "the same probability"


def _recommendation(brief: Brief) -> Iterator[tuple[str, str]]:
    """Yield what to decide, why, and what then, each in sentences of the recommended plan."""
    said = brief.sentences

    def of(*names: str) -> str:
        found = dict.fromkeys(said[name].words for name in names if name in said)
        return " ".join(one for one in found if one != ALL_WITHIN_REACH)

    first = [name for name in said if name.startswith(("first_month_below", "current_probability"))]
    for label, names in (
        ("Recommendation", ("agree_now", "agree_now.full_year_cash", "posts_at_the_end")),
        ("Why now", tuple(first[:1]) or ("first_below",)),
        ("What it achieves", ("recommended_probability",)),
        ("Limits", ("years_out_of_reach", "alone.least", "alone.lacks", *_short_of(brief))),
    ):
        words = of(*names)
        if words:
            yield label, words
    for label, words in (
        ("Posts that end", ending_words(brief)),
        ("Funding that ends", funding_words(brief)),
    ):
        if words:
            yield label, words


def _short_of(brief: Brief) -> tuple[str, ...]:
    """Return the sentence on the confidence asked for, where a year within reach falls short."""
    return () if brief.advice is None or brief.advice.enough else ("confidence",)


def _dates(brief: Brief) -> Table | None:
    """Return by when to approve which posts; none where none is asked for."""
    facts = brief.facts
    columns = (
        Column("Approve by", "month"),
        Column("Posts", "people"),
        Column("Team", wide=True),
        Column("Grade"),
        Column("Start", "month"),
        Column("Full year, cash", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = []
    if brief.advice is not None:
        rows = [
            (
                one.agree_by,
                one.posts,
                facts.team(one.team),
                facts.grade(one.team, one.grade),
                one.start,
                one.full_year_cash,
            )
            for one in recommended.firm(brief.advice)
        ]
    if not rows:
        return None
    rows.sort(key=lambda row: (str(row[0]), str(row[4])))
    body = rows_with_total(rows) if len(rows) > 1 else tuple(rows)
    title = "What to approve, and by when"
    return Table("approve", title, columns, body, totals=len(rows) > 1)


def _by_date(brief: Brief) -> Table:
    """Return how many posts to approve by each date."""
    assert brief.advice is not None
    columns = (
        Column("Approve by", "month"),
        Column("Posts", "people"),
        Column("Teams", "whole"),
        Column("Full year, cash", "pounds"),
    )
    posts_now = recommended.firm(brief.advice)
    rows: list[tuple[Cell, ...]] = []
    for date in sorted({one.agree_by for one in posts_now}):
        mine = [one for one in posts_now if one.agree_by == date]
        rows.append(
            (
                date,
                sum(one.posts for one in mine),
                len({one.team for one in mine}),
                sum(one.full_year_cash for one in mine),
            )
        )
    body = rows_with_total(rows, leave=(2,)) if len(rows) > 1 else tuple(rows)
    note = "Each post, its team and its start are on the next page."
    title = "What to approve, and by when"
    return Table("approve", title, columns, body, "", note, totals=len(rows) > 1)


# Behind it ---------------------------------------------------------------------------------


def _behind(brief: Brief) -> Iterator[Block]:
    facts = brief.facts
    yield Heading("Cost")
    yield Text(budget.prices(facts))
    yield cash_table(brief)
    funding = funding_table(brief)
    if funding is not None:
        yield funding
    yield Heading("How certain")
    if brief.advice is not None:
        for n, told in enumerate(recommendation.chance_tables(brief.advice)):
            some, words = _least_likely(brief.advice, told)
            yield shown_table(f"probability-{n}", some)
            if words:
                yield Text(words, "note")
        yield from _knowing(facts, brief.advice)
    else:
        yield budget.standards(facts)
    picture = picture_of(brief)
    if picture is not None:
        yield picture
    yield Heading("Risks")
    yield Points(tuple(_risks(brief)))
    dates = _dates(brief)
    if dates is not None and len(dates.rows) > DATES_SHOWN:
        yield Heading("Posts to approve")
        yield replace(dates, name="approve-each", title="Each post to approve")
    yield Text(basis(facts), "note")


def _knowing(facts: Facts, advice: Recommended) -> Iterator[Block]:
    """Yield what it is worth to find out, the most valuable first."""
    worth = sorted((one for one in advice.knowing if one.saving > 0), key=lambda one: -one.saving)
    if worth:
        items = tuple(
            (setting_words(facts, one.setting), one.words) for one in worth[:KNOWING_SHOWN]
        )
        yield Heading("What is worth finding out first")
        yield Points(items)


def _risks(brief: Brief) -> Iterator[tuple[str, str]]:
    """Yield what could go wrong, and what the posts are taken from."""
    if brief.advice is not None:
        fewer = [words for _, words in recommendation.one_fewer(brief.advice)]
        if fewer:
            yield "Fewer posts than asked for", " ".join(fewer[:2])
        lead, turned = recommendation.turns_on(brief.advice)
        if turned:
            first = ": ".join(turned[0])
            yield "What the probability turns on", f"{lead.removesuffix(':')}. {first}"
    yield from budget.risks(brief.facts)
    yield "Taken from elsewhere", taken_from(brief)
    unsourced = budget.unsourced(brief.facts)
    if unsourced:
        yield "Rates not yet known", unsourced
