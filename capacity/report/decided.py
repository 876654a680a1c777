"""The answer on one page where posts are recommended: what to agree, how sure, what is reviewed.

Sentences are those of `results.recommendation`; figures and tables are read off the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from capacity.report.answer import simulated
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
)
from capacity.report.facts import Facts
from capacity.results import recommendation, summary
from capacity.risk.recommended import PostsAgreed, Recommended, beside, firm, posts_by_year
from capacity.wording import counted, month, people, per_cent, posts, pounds


def section(facts: Facts, found: Recommended) -> Section:
    """Return the answer on one page."""
    return Section("answer", "The answer on one page", "Summary", tuple(_blocks(facts, found)))


def _blocks(facts: Facts, found: Recommended) -> Iterator[Block]:
    if facts.settings.question:
        yield Text(facts.settings.question, "lead")
    for words in recommendation.paragraphs(found):
        yield Text(words)
    yield Figures(tuple(_figures(facts, found)), facts.source)
    picture = simulated(facts, ("today", "reviewed"))
    if picture:
        yield picture
    posts_now = firm(found)
    if posts_now:
        yield _to_agree(facts, posts_now)
    yield Points((("How certain", summary.basis(facts.said).words),))


def review(facts: Facts, found: Recommended) -> Section:
    """Return how probable each standard is, what one post fewer would do, and the review rule."""
    title = "How certain it is"
    if found.decision.rule.reviews:
        title += ", and how posts are reviewed"
    return Section("review", title, "Review", tuple(_behind(facts, found)))


def _behind(facts: Facts, found: Recommended) -> Iterator[Block]:
    yield from _as_table(facts, "chances-by-year", recommendation.chance_tables(found))
    yield from _as_table(facts, "posts-by-year", recommendation.year_tables(found))
    fewer = [words for _, words in recommendation.one_fewer(found)]
    if fewer:
        yield Heading("What one post fewer would do")
        for words in fewer:
            yield Text(words)
    yield from turns_on(found)
    worth = list(recommendation.worth_knowing(found))
    if worth:
        yield Heading("What it is worth to find out before posts are agreed")
        for words in worth:
            yield Text(words)
    rules = list(_as_table(facts, "review-rule", recommendation.rule_tables(found)))
    if rules:
        yield Heading("Review rule")
        yield Text(recommendation.HOW_TO_READ)
        yield from rules


def turns_on(found: Recommended) -> Iterator[Block]:
    """Yield how sure the plan is where a setting turns out low or high."""
    lead, each = recommendation.turns_on(found)
    if lead:
        yield Heading("What the probability turns on")
        yield Text(lead)
    if each:
        yield Points(each)


def _figures(facts: Facts, found: Recommended) -> Iterator[tuple[str, Cell, Kind, str]]:
    here = beside(found)[0]
    posts_now = firm(found)
    end = month(facts.labels[-1])
    cash = sum(one.full_year_cash for one in posts_now)
    cost = f"{pounds(cash)} in a full year, cash" if cash else "no costs given" if posts_now else ""
    yield "Posts to agree now", here.agree_now, "people", cost
    last = posts_by_year(found)[-1]
    now = posts(float(facts.said.today.posts[-1]))
    spread = (
        f"{people(last.p10)} to {people(last.p90)} in 8 of 10 simulations; {now} with none added"
    )
    yield f"Posts in {end}", here.at_the_end, "people", spread
    if here.chance is not None and here.current_chance is not None:
        none = f"{per_cent(here.current_chance)} with no posts added"
        label = "Every standard met, worst year within reach"
        yield label, here.chance, "share", f"probability; {none}"
    if here.cost:
        time = counted(facts.model.months, "month")
        yield f"Expected cost over {time}", here.cost, "pounds", "posts and overtime, discounted"


def side_by_side(first: str, title: str, rows: Iterable[tuple[Cell, ...]], source: str) -> Table:
    """Return what to agree now in several plans, and what that comes to.

    Args:
        first: the heading of the first column, which says whose row it is.
        title: what stands over the table.
        rows: name, posts to agree now, their full-year cost in cash (£), posts at the end,
            expected discounted cost (£), probability, that with no posts added, years out of reach.
        source: the table the figures are from.
    """
    columns = (
        Column(first, wide=True),
        Column("Posts to agree now", "people"),
        Column("Full year, cash", "pounds"),
        Column("Posts at the end", "people"),
        Column("Expected cost, discounted", "pounds"),
        Column("Probability", "share"),
        Column("With no posts added", "share"),
        Column("Out of reach"),
    )
    note = (
        "Posts at the end: the middle of the simulations. Probability: that every standard is met "
        "in the worst year within reach. Out of reach: years that no number of posts reaches."
    )
    return Table("decisions", title, columns, tuple(rows), source, note)


def _to_agree(facts: Facts, posts_now: list[PostsAgreed]) -> Table:
    """Return what to agree now, by date."""
    columns = (
        Column("Team", wide=True),
        Column("Post", wide=True),
        Column("Posts", "people"),
        Column("Approve by"),
        Column("Starts"),
        Column("Full year, cash", "pounds"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            facts.team(one.team),
            facts.grade(one.team, one.grade),
            one.posts,
            month(one.agree_by),
            month(one.start),
            one.full_year_cash,
        )
        for one in posts_now
    ]
    rows.append(
        (
            "In all",
            "",
            sum(one.posts for one in posts_now),
            "",
            "",
            sum(one.full_year_cash for one in posts_now),
        )
    )
    return Table("to-agree", "To agree now", columns, tuple(rows), facts.source, totals=True)


def _as_table(
    facts: Facts, name: str, told: Iterator[recommendation.TableShown]
) -> Iterator[Table]:
    for n, (title, columns, rows) in enumerate(told):
        yield _table(facts, f"{name}-{n + 1}" if n else name, title, columns, rows)


def _table(
    facts: Facts, name: str, title: str, columns: list[tuple[str, bool]], rows: list[list[str]]
) -> Table:
    """Return a table as the terminal has it; figures are typed, so that they read the same."""
    heads = tuple(Column(head, "typed" if figure else "text") for head, figure in columns)
    return Table(name, title, heads, tuple(tuple(row) for row in rows), facts.source)
