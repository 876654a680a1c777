"""The position on a day, in words and as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from capacity import kinds
from capacity.reading.scenario import Scenario
from capacity.results import phrases
from capacity.results.fits import figure_of
from capacity.risk.on_a_day import JudgedOnDay, OnADay
from capacity.risk.position import AGES, OLDEST, ORDERS, OVERDUE, RATIO, PositionFigure
from capacity.settings import Cohort
from capacity.wording import inside, listed, month, per_cent, period, plural

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 0.5
"""Tiers with fewer overdue than this in nearly every simulation are not listed."""

OPTIONS = {"today": "no posts added", "sized": "team needed"}
"""What options are called."""

BACKLOG = ("Overdue", "Total", *(words for _, _, words in AGES), "Oldest, months")
"""Headings of the backlog by tier and age."""

JUDGED = ("Standard", "Asks for", "Period", "Likely", "Probability met")
"""Headings of standards."""


def likely(measure: str, p10: float, p50: float, p90: float) -> str:
    """Return a figure with its range: `12 (4 to 20)`; one figure where the range has no width."""
    whole = measure in (OVERDUE, OLDEST, ORDERS)
    low, middle, high = (
        "" if math.isnan(one) else f"{round(one):,}" if whole else figure_of(measure, one)
        for one in (p10, p50, p90)
    )
    return middle if low == high else f"{middle} ({low} to {high})"


def activity(scenario: Scenario, cohort: str | None, duty: str) -> str:
    """Return an activity in the plural, with whose it is where two cohorts have the same."""
    settings = scenario.settings
    home = settings.cohorts.get(cohort or "")
    if home is None:
        queue = settings.queues.get(duty)
        return (queue.label if queue is not None else None) or duty.replace("_", " ").capitalize()

    def called(where: Cohort) -> str | None:
        declared = where.duties.get(duty)
        return None if declared is None else declared.label or duty.replace("_", " ").capitalize()

    name = plural(called(home) or duty)
    same = [one for one in settings.cohorts.values() if called(one) == called(home)]
    return f"{name} ({home.label or cohort})" if len(same) > 1 else name


def tier_of(scenario: Scenario, cohort: str | None, tier: str) -> str:
    """Return what a tier is called."""
    home = scenario.settings.cohorts.get(cohort or "")
    level = home.tiers.get(tier) if home is not None else None
    return (level.label if level is not None else None) or tier.replace("_", " ").capitalize()


def lead(found: OnADay) -> str:
    """Return what the position is of."""
    day = f"{found.day.day} {month(f'{found.day:%Y-%m}')}"
    return (
        f"Inspection on {day}: the likely position at the end of {month(found.month)}, the nearest "
        f"month-end. In brackets the range of 8 in 10 of {found.number:,} simulations."
    )


def lines(found: OnADay, option: str = "today") -> tuple[str, ...]:
    """Return the position in sentences, what is least likely to be met first."""
    return tuple(_lines(found, option))


def _lines(found: OnADay, option: str) -> Iterator[str]:
    scenario = found.plan.scenario
    judged = sorted(
        (one for one in found.judged if one.option == option), key=lambda one: one.chance
    )
    for one in judged:
        kind = "Area for improvement" if one.area else "Standard"
        yield (
            f"{kind} “{_name(scenario, one)}”: probability met {per_cent(one.chance)} in "
            f"{period(one.period)}; likely {likely(one.kind, one.p10, one.p50, one.p90)}, asked "
            f"{_asked(found, one)}."
        )
    told = {one.name for one in judged}
    for rule in scenario.settings.standards:
        if rule.name not in told and rule.kind.about in (kinds.ACTIVITY, kinds.CASELOAD):
            yield f"{rule.name}: not judged, as it applies from a later month."
    mine = [figure for figure in found.found if figure.option == option]
    for figure in mine:
        if figure.measure == RATIO:
            home = scenario.settings.cohorts[figure.cohort or ""]
            yield (
                f"Cases per officer, {home.label or figure.cohort}: "
                f"{likely(RATIO, figure.p10, figure.p50, figure.p90)}."
            )
    for figure in mine:
        if figure.measure == ORDERS and figure.p90 >= SHOWN:
            home = scenario.settings.cohorts[figure.cohort or ""]
            tier = tier_of(scenario, figure.cohort, str(figure.tier))
            yield (
                f"{home.label or figure.cohort}, {inside(tier)}: "
                f"{likely(ORDERS, figure.p10, figure.p50, figure.p90)} under a court order and "
                "without planned visits, if their share stays as it is."
            )
    if not found.by_age:
        yield (
            "How long cases have been overdue is not told of single groups of months: in this "
            "scenario standards decide who is served first."
        )


def _name(scenario: Scenario, one: JudgedOnDay) -> str:
    """Return what a standard is called, with the tier where it is judged for each."""
    if one.area or one.tier is None or one.kind == kinds.CASES_PER_OFFICER.key:
        return one.name
    rule = next((r for r in scenario.settings.standards if r.name == one.name), None)
    if rule is None or rule.pooled:
        return one.name
    return f"{one.name}, {inside(tier_of(scenario, one.cohort, one.tier))}"


def _asked(found: OnADay, one: JudgedOnDay) -> str:
    rule = next(
        (r for r in found.plan.scenario.settings.standards if r.name == one.name and not one.area),
        None,
    )
    if rule is not None:
        return phrases.asks(found.plan.scenario.settings, rule)
    return kinds.KINDS[one.kind].asked_for(one.required)


def backlog(found: OnADay, option: str = "today") -> tuple[list[str], list[list[str]]]:
    """Return the backlog by tier and age: headings, and a row for each that has some.

    Ages at which nothing is overdue are left out, and so is an activity with nothing overdue.
    """
    figures = {
        (one.cohort, one.duty, one.tier, one.measure, one.age): one
        for one in found.found
        if one.option == option and one.duty is not None
    }
    rows = []
    for (cohort, duty, tier, measure, age), total in figures.items():
        if measure != OVERDUE or age or total.p90 < SHOWN:
            continue
        ages = [figures.get((cohort, duty, tier, OVERDUE, words)) for _, _, words in AGES]
        oldest = figures[(cohort, duty, tier, OLDEST, "")]
        name = activity(found.plan.scenario, cohort, str(duty))
        alone = (cohort, duty, None, OVERDUE, "") not in figures
        if tier is not None:
            level = tier_of(found.plan.scenario, cohort, tier)
            name = f"{name}, {inside(level)}" if alone else f"– {level}"
        rows.append([name, *map(_cell, (total, *ages, oldest))])
    some = [n for n in range(len(BACKLOG)) if any(row[n] not in ("", "0") for row in rows)]
    return [BACKLOG[n] for n in some], [[row[n] for n in some] for row in rows]


def _cell(one: PositionFigure | None) -> str:
    if one is None:
        return ""
    return "0" if one.p90 < SHOWN else likely(one.measure, one.p10, one.p50, one.p90)


def judged(found: OnADay, option: str = "today") -> list[list[str]]:
    """Return standards and areas for improvement, each with its range and probability."""
    return [
        [
            _name(found.plan.scenario, one) + (" (area for improvement)" if one.area else ""),
            _asked(found, one),
            period(one.period),
            likely(one.kind, one.p10, one.p50, one.p90),
            per_cent(one.chance),
        ]
        for one in found.judged
        if one.option == option
    ]


def nothing_overdue(found: OnADay, option: str = "today") -> str:
    """Return which activities have nothing overdue; empty where every one may have some."""
    scenario = found.plan.scenario
    names = [
        inside(activity(scenario, one.cohort, str(one.duty)))
        for one in found.found
        if one.option == option and one.measure == OVERDUE and not one.age and one.tier is None
        and one.p90 < SHOWN
    ]  # fmt: skip
    return f"Nothing overdue: {listed(names)}." if names else ""


def tables(found: OnADay) -> dict[str, pd.DataFrame]:
    """Return the position as tables: `position` and `judged`."""
    import pandas as pd

    position = pd.DataFrame([asdict(one) for one in found.found])
    standards = pd.DataFrame([asdict(one) for one in found.judged])
    return {
        "position": position,
        "judged": standards if len(standards) else pd.DataFrame(columns=["option", "name"]),
    }
