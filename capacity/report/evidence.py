"""Standards and prices, uncertainty, fit to history: what was worked out, when it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from capacity.report.blocks import Block, Heading, Section, Table, Text
from capacity.report.budget import plain, standards
from capacity.report.facts import Facts

Shown = tuple[str, str, str]
"""An output table: its name, its title, and a sentence on what it says."""

PRICES: Sequence[Shown] = (
    ("shortfalls", "What is missed", "By how much, in which tier and period."),
    (
        "prices",
        "What each standard costs",
        "What the standard adds to the yearly cost of the cheapest plan, for one unit of it. "
        "Worked out without whole posts; the checked range is that of plans solved again.",
    ),
    ("reasons", "Why posts are added", "The rule that asks for the posts of each year."),
    (
        "fixes",
        "Single changes that would make the plan possible",
        "The smallest change of each limit, found by solving again.",
    ),
    ("headroom", "How far a setting may go", "Up to which value the plan still holds."),
    ("frontier", "What each level of completion costs", "The cheapest plan for each level."),
    ("contributions", "What each changed setting does", "Changed one after the other."),
)

UNCERTAINTY: Sequence[Shown] = (
    (
        "chances",
        "Chance that each standard holds",
        "The share of futures in which it does, with the posts of each option. A chance of 80 % "
        "means four futures in five.",
    ),
    ("chance_by_posts", "Chance by number of posts", "What more posts add to the chance."),
    (
        "drivers",
        "Settings that matter most",
        "The measure with a setting at its low and at its high, all others as they are.",
    ),
    ("bands", "Ranges of outcomes", "Nine futures in ten lie above p10, one in ten above p90."),
)

HISTORY: Sequence[Shown] = (
    ("fit", "Fit to history", "Fitted settings, and how near the model comes."),
    ("fitted", "Fitted settings", "Values that come nearest to what was recorded."),
    ("calibration", "Fit to history", "Values that come nearest to what was recorded."),
    ("backtest", "Months held back", "How far the model was out in months that it was not shown."),
)

ROWS = 60
"""Most rows of such a table on paper; the CSV has all."""


def prices(facts: Facts) -> Section:
    """Return the standards, what each costs, and what would have to change.

    Shape: one section. Unit: as said. Source: a plan. Raises: nothing.
    """
    blocks: list[Block] = [standards(facts), *_tables(facts, PRICES)]
    return Section("prices", "Standards and what they cost", "Standards kept", tuple(blocks))


def uncertainty(facts: Facts) -> Section | None:
    """Return how sure the plan is and what matters most; none if no future was drawn.

    Shape: one section. Unit: as said. Source: a plan. Raises: nothing.
    """
    blocks = tuple(_tables(facts, UNCERTAINTY))
    title = "How sure, and what matters most"
    return Section("uncertainty", title, "Uncertainty", blocks) if blocks else None


def history(facts: Facts) -> Section | None:
    """Return how well the model fits what was recorded; none if there is no history.

    Shape: one section. Unit: as said. Source: a plan. Raises: nothing.
    """
    blocks = tuple(_tables(facts, HISTORY))
    return Section("history", "Fit to history", "Fit", blocks) if blocks else None


def _tables(facts: Facts, known: Sequence[Shown]) -> Iterator[Block]:
    """Yield those of some tables that are there, each with a sentence on what it says."""
    for name, title, words in known:
        frame = facts.table(name)
        if frame is None:
            continue
        table: Table = plain(facts, name, frame, title, ROWS)
        yield Heading(title)
        yield Text(words)
        yield table
