"""Standards and prices, uncertainty, fit to history: what was worked out, when it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from capacity.report.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Kind,
    Section,
    Table,
    Text,
    shown,
)
from capacity.report.budget import plain, standards
from capacity.report.facts import OPTIONS, Facts
from capacity.results import phrases, summary
from capacity.wording import month

Shown = tuple[str, str, str, tuple[str, ...]]
"""An output table: its name, title, a sentence on what it says, and columns (all if none)."""

PRICES: Sequence[Shown] = (
    (
        "fixes",
        "Single changes that would make the plan possible",
        "The smallest change of each limit that would, found by solving again.",
        ("words", "cost_per_year"),
    ),
    (
        "prices",
        "What each standard costs",
        "What the standard adds to the yearly cost of the cheapest plan, for one unit of it. "
        "Worked out allowing part posts; the checked range is that of plans solved again.",
        ("words", "price_per_year", "checked_low", "checked_high"),
    ),
    (
        "reasons",
        "What sets the size of each team",
        "The rule that asks for the posts of each year.",
        ("words",),
    ),
    ("headroom", "What current posts can carry", "", ("words",)),
    (
        "frontier",
        "What each level of completion costs",
        "The cheapest plan for each level over the whole time, discounted, allowing part posts.",
        (),
    ),
    ("contributions", "What each changed setting does", "Changed one after the other.", ()),
)

UNCERTAINTY: Sequence[Shown] = (
    (
        "chances",
        "Probability that each standard is met",
        "The share of simulations in which it is met in the period, with the posts of each option. "
        "A year: in every month, quarter or year of it that is judged. 80% means four in five.",
        ("option", "standard", "tier", "period", "chance", "error"),
    ),
    (
        "chance_by_posts",
        "Probability by number of posts",
        "The same probability in the worst of the periods named, by the size of the team.",
        (),
    ),
    (
        "drivers",
        "Settings that matter most",
        "A result with a setting at its low and at its high, all others as they are; those that "
        "move it most come first.",
        ("setting", "low", "high", "measure", "at_low", "at_high"),
    ),
)

HISTORY: Sequence[Shown] = (
    ("fit", "Fit to history", "Fitted settings, and how near the model comes.", ()),
    ("fitted", "Fitted settings", "Values that come nearest to what was recorded.", ()),
    ("calibration", "Fit to history", "Values that come nearest to what was recorded.", ()),
    ("backtest", "Months held back", "How far the model was out in months not shown to it.", ()),
)

MEASURES: dict[str, Kind] = {"completion": "share", "outstanding": "number"}
MOST = 12
"""Settings shown for each result."""

ALIKE = 1e-4
"""Plans whose cost and posts differ by less than this share are the same."""

ROWS = 60
"""Most rows of such a table on paper; the CSV has all."""


def prices(facts: Facts) -> Section:
    """Return the standards, what each costs, and what would have to change."""
    alone = [] if facts.advice is None else [Text(summary.SINGLE_COURSE, "note")]
    blocks: list[Block] = [*alone, standards(facts), *_missed(facts), *_tables(facts, PRICES)]
    return Section("prices", "Standards and what they cost", "Standards met", tuple(blocks))


def _missed(facts: Facts) -> Iterator[Block]:
    """Yield what the plan misses, most hours first."""
    words = phrases.shortfalls(facts.model, facts.last.missed)
    if words:
        yield Heading("What is not met")
        rows = tuple((one,) for one in words[:ROWS])
        columns = (Column("Standard, tier, when, by how much", wide=True),)
        yield Table("missed", "What is not met, most hours first", columns, rows, facts.source)


def uncertainty(facts: Facts) -> Section | None:
    """Return how certain the plan is and what matters most; none if no future was drawn."""
    # Where posts are recommended, probabilities by year stand beside the review rule.
    told = [one for one in UNCERTAINTY if facts.advice is None or one[0] != "chances"]
    blocks = (*_agreement(facts), *_tables(facts, told), *_ranges(facts))
    title = "How certain, and what matters most"
    return Section("uncertainty", title, "Uncertainty", blocks) if blocks else None


def _agreement(facts: Facts) -> Iterator[Block]:
    """Yield how well simulations agree with what is known, where anything is."""
    told = facts.table("agreement")
    for words in () if told is None else told["words"]:
        yield Text(str(words))


def _ranges(facts: Facts) -> Iterator[Block]:
    """Yield between what limits each duty lies in the last month."""
    bands = facts.table("bands")
    if bands is None:
        return
    last = bands[(bands["month"] == facts.labels[-1]) & bands["measure"].isin(list(MEASURES))]
    last = last[last["duty"].notna()].sort_values("tier", na_position="first", kind="stable")
    keys = ["option", "cohort", "duty", "measure"]  # of one tier: its row is that of all
    last = last.drop_duplicates(keys).sort_index()
    rows: list[tuple[Cell, ...]] = []
    for row in last.to_dict("records"):
        cohort = "" if pd.isna(row["cohort"]) else str(row["cohort"])  # of a queue there is none
        duty = str(row["duty"])
        kind = MEASURES[str(row["measure"])]
        whose = OPTIONS[str(row["option"])]
        name = facts.duty(cohort, duty)
        name += f" ({facts.cohort(cohort)})" if cohort else ""
        ends = (shown(float(row[one]), kind) for one in ("p10", "p50", "p90"))
        rows.append((name, str(row["measure"]).capitalize(), whose, *ends))
    if rows:
        yield Heading("Ranges at the end")
        yield Text(
            "In 1 simulation in 10 the figure is below the first, in 9 in 10 below the last."
        )
        heads = ("Activity", "Measure", "Posts", "1 in 10 below", "Middle", "9 in 10 below")
        columns = tuple(Column(one, wide=one == "Activity") for one in heads)
        title = f"Ranges in {month(facts.labels[-1])}"
        yield Table("ranges", title, columns, tuple(rows), facts.source)


def history(facts: Facts) -> Section | None:
    """Return how well the model fits what was recorded; none if there is no history."""
    blocks = tuple(_tables(facts, HISTORY))
    return Section("history", "Fit to history", "Fit", blocks) if blocks else None


def _tables(facts: Facts, known: Sequence[Shown]) -> Iterator[Block]:
    """Yield those of some tables that are there, each with a sentence on what it says."""
    for name, title, words, columns in known:
        frame = facts.table(name)
        if frame is None:
            continue
        picked = PICKED[name](frame, facts) if name in PICKED else frame
        left = LEFT[name].format(len(frame) - len(picked)) if name in LEFT else ""
        left = "" if len(frame) == len(picked) else left
        frame = picked
        wanted = [one for one in columns if one in frame.columns] or list(frame.columns)
        some = frame[wanted].dropna(how="all", subset=_results(wanted)).drop_duplicates()
        if some.empty:
            continue
        yield Heading(title)
        if words:
            yield Text(words)
        made = plain(facts, name, some, title, ROWS)
        yield replace(made, note=" ".join(filter(None, [made.note, left])))


def _asked_for(chances: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Return the probabilities of the kind that the scenario asks for, named in the table."""
    of = facts.settings.sizing.confidence_of
    if "period" not in chances:
        return chances
    every = chances["period"] == "every month"
    average = chances["period"].astype(str).str.contains("average")
    year = chances["period"].astype(str).str.fullmatch(r"\d{4}/\d{2}")
    mine = chances[{"every month": every, "average": average}.get(of, year)]
    return chances if mine.empty else mine


def _binding(prices: pd.DataFrame, _: Facts) -> pd.DataFrame:
    """Return the prices of what affects the cost, all where nothing says so."""
    return prices[prices["binds"].astype(bool)] if "binds" in prices else prices


def _levels(frontier: pd.DataFrame, _: Facts) -> pd.DataFrame:
    """Return levels of completion in a row with the same plan as one row, its span in words."""
    found: list[dict[str, Any]] = []
    for given in frontier.to_dict("records"):
        row = {str(name): value for name, value in given.items()}
        alike = bool(found) and all(
            bool(np.isclose(float(row[name]), float(found[-1][name]), rtol=ALIKE, equal_nan=True))
            for name in row
            if name != "completion"
        )
        if alike:
            found[-1]["last"] = row["completion"]
        else:
            found.append({**row, "last": row["completion"]})
    spans = [
        shown(one["completion"], "share")
        if one["completion"] == one["last"]
        else f"{shown(one['completion'], 'share')} to {shown(one['last'], 'share')}"
        for one in found
    ]
    return pd.DataFrame(found, columns=list(frontier.columns)).assign(completion=spans)


def _not_current(reasons: pd.DataFrame, _: Facts) -> pd.DataFrame:
    """Return the reasons of posts that a rule sets; none of those that are there already."""
    return reasons[~reasons["rule"].isin(["today's posts", "current posts"])]


def _strongest(drivers: pd.DataFrame, _: Facts) -> pd.DataFrame:
    """Return the settings that move each result most, numbers to four figures."""
    moved = (drivers["at_high"] - drivers["at_low"]).abs()
    ranked = drivers.assign(moved=moved).dropna(subset=["moved"])
    ranked = ranked[ranked["moved"] > 0].sort_values("moved", ascending=False, kind="stable")
    first = ranked.groupby("measure", sort=True).head(MOST).sort_values("measure", kind="stable")
    numbers = {one: first[one].map(four_figures) for one in ("low", "high", "at_low", "at_high")}
    return first.assign(**numbers)


def four_figures(number: float) -> float:
    """Return a number to four figures."""
    return float(f"{number:.4g}")


PICKED = {
    "chances": _asked_for,
    "drivers": _strongest,
    "prices": _binding,
    "frontier": _levels,
    "reasons": _not_current,
}
"""Which rows of an output table say something on paper."""

LEFT = {
    "prices": "{} further prices do not affect the cost at present; all are in prices.csv.",
    "reasons": "In {} further rows current posts are enough; all are in reasons.csv.",
}
"""What is said of the rows left out."""


def _results(columns: Sequence[str]) -> list[str]:
    """Return the columns of which at least one must have a value for a row to be shown."""
    return [one for one in columns if one not in ("completion", "option", "step")] or list(columns)
