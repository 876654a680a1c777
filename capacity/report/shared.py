"""What the inspection pack shows alike of a single course and of simulations.

Cases per officer against a limit, and work that is cut short.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacity.engine.model import CaseloadLimit
from capacity.engine.standards import counts_every_tier, most_cases
from capacity.report.blocks import Cell, Chart, ChartBand, ChartLine, Column, Table
from capacity.report.facts import Facts, lines_of, year_ends
from capacity.results import phrases
from capacity.wording import asked, listed, number

LIMITS_SHOWN = 3
"""Limits of cases per officer that have a chart."""

OFFICERS = (
    "Officers: people with cases in full-time equivalents, those in training at their productivity."
)

NO_OFFICER = "no officer"
"""In the place of cases per officer, where a team has none."""


def ratio_chart(
    facts: Facts,
    rule: CaseloadLimit,
    lines: Sequence[ChartLine],
    plan: str,
    bands: Sequence[ChartBand] = (),
) -> Chart:
    """Return the chart of the cases that a limit per officer counts, and its table.

    Args:
        facts: the plan.
        rule: the limit.
        lines: cases per officer with no posts added and, if it is known, with a plan.
        plan: what that plan is called in a sentence.
        bands: between what limits 8 in 10 simulations lie, for each line, where there are any.
    """
    name, key = _limited(facts, rule)
    level = most_cases(rule)
    held = tuple(level if t >= rule.first else float("nan") for t in range(facts.model.months))
    drawn = (*lines, ChartLine(f"Limit ({asked(level)})", held, "limit"))
    message = f"{name}: {_course(lines[0])}"
    if len(lines) > 1:
        end = lines[1].values[-1]
        many = "is no officer" if np.isnan(end) else f"are {number(end)}"
        message += f"; with {plan} there {many} at the end"
    message += f"; the limit is {asked(level)}"
    message += "; shaded: 8 in 10 simulations" if bands else ""
    every = (
        *drawn,
        *(ChartLine(f"{one.name}, low (1 in 10)", one.low) for one in bands),
        *(ChartLine(f"{one.name}, high (9 in 10)", one.high) for one in bands),
    )
    columns = (Column("Month", "month"), *(Column(one.name, "number") for one in every))
    asked_for = next(one for one in facts.settings.standards if one.name == rule.name)
    title = f"Cases for each officer{' in the simulations' if bands else ''}, {name}, "
    title += phrases.weighed(facts.settings, asked_for) or "reactively managed cases included"
    rows = lines_of(facts.labels, every, year_ends(facts.labels))
    table = Table(key, title, columns, rows, facts.source)
    axis = "Cases per officer"
    return Chart(key, message, facts.labels, axis, "number", drawn, table, tuple(bands))


def _course(line: ChartLine) -> str:
    """Return from how many cases per officer to how many it goes with no posts added."""
    if np.isnan(line.values).any():
        return "with no posts added there is no officer at some time"
    begin, end = (number(line.values[place]) for place in (0, -1))
    go = f"stay at {end}" if begin == end else f"go from {begin} to {end}"
    return f"cases per officer {go} with no posts added"


def _limited(facts: Facts, rule: CaseloadLimit) -> tuple[str, str]:
    """Return whose cases a limit counts, in words, and the name of its chart."""
    cohort = facts.model.cohorts[rule.cohort]
    name, key = facts.cohort(cohort), f"ratio-{cohort}"
    if counts_every_tier(facts.model, rule):
        return name, key
    tiers = [facts.model.tiers[n].tier for n in rule.tiers]
    labels = listed([facts.tier(cohort, one) for one in tiers])
    return f"{name} ({labels})", "-".join([key, *tiers])


def cut_short(facts: Facts, rows: Sequence[tuple[Cell, ...]], of: str) -> Table:
    """Return the table of work that teams cut short.

    Args:
        facts: the plan.
        rows: team, posts, hours per month, share of the team's hours, the first month, the month
            with most, and the hours in it.
        of: what the figures are of.
    """
    columns = (
        Column("Team", wide=True),
        Column("Posts"),
        Column("Hours cut short per month", "number"),
        Column("Share of the team's hours", "share"),
        Column("First", "month"),
        Column("Most", "month"),
        Column("Hours cut short then", "number"),
    )
    title = f"Work cut short by team, {of}"
    note = "Work that is done in part only when hours are short, so that activities are not."
    return Table("cut-short", title, columns, tuple(rows), facts.source, note)
