"""Settings of one tier, duty or grade as the numbers that equations use.

A number is a scalar, or its draws where it is uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from capacity.engine.model import (
    MONTHS_A_YEAR,
    Array,
    Award,
    Calendar,
    Number,
    RowKey,
)
from capacity.limits import MOST_PARTS
from capacity.settings import (
    EVERY_TIER,
    Cohort,
    Duty,
    Finance,
    Grade,
    PayKind,
    Quantity,
    Queue,
    Settings,
)
from capacity.wording import FIRST_MONTH_OF_YEAR


def amount(quantity: Quantity) -> Number:
    """Return the number of a quantity, or its draws.

    Returns:
        Shape: scalar or [draw].
    """
    return quantity.value


def by_tier(table: dict[str, Quantity], tier: str, default: Number = 0.0) -> Number:
    """Return a per-tier setting for one tier: its own, else the one for all, else the default.

    Returns:
        Shape: scalar or [draw].
    """
    quantity = table.get(tier, table.get(EVERY_TIER))
    return default if quantity is None else amount(quantity)


def times_a_year(duty: Duty, tier: str) -> Number:
    """Return how often a duty is owed to each case of a tier a year.

    Returns:
        Per year. Shape: scalar or [draw].
    """
    months = by_tier(duty.every_months, tier)
    return by_tier(duty.per_year, tier) if np.all(months == 0) else MONTHS_A_YEAR / months


def _shares(table: Mapping[str, Sequence[float]], tier: str) -> Array | None:
    """Return cases by month as shares of all of them. Shape: [month]."""
    given = np.array(table.get(tier, ()), dtype=float)
    return given / given.sum() if given.sum() > 0 else None


def clock_interval(duty: Duty, tier: str) -> int:
    """Return the months between one and the next; 0 where the tier has no clock."""
    rate = float(np.ravel(times_a_year(duty, tier))[0])
    return 0 if rate <= 0 or rate > MONTHS_A_YEAR else round(MONTHS_A_YEAR / rate)


def _lapsing_a_month(duty: Duty, tier: str) -> Number:
    """Return how many fall due in a month for each case where owed more than monthly, else 0."""
    rate = times_a_year(duty, tier)
    return np.where(np.asarray(rate) > MONTHS_A_YEAR, np.asarray(rate) / 12, 0.0)


FOCUS_BY_PLACE = (0.0, -0.4, -1.8, -2.6, -3.3)
"""Focus by a tier's place where none is given (EQ13).

Fitted on councils short of food inspectors, 2019/20: see docs/evidence.md. A sixth tier and later
ones stand as far behind the one before as the fifth behind the fourth.
"""


def focus_of(cohort: Cohort, row: RowKey) -> Number:
    """Return how far a row stands behind the first when hours are short (EQ13).

    Args:
        cohort: the settings of the row's cohort.
        row: a duty of one of its tiers.

    Returns:
        Log-odds, at most 0. Shape: scalar or [draw].
    """
    duty, tier = cohort.duties[row.duty], cohort.tiers[row.tier].focus
    owed = [name for name in cohort.tiers if np.any(times_a_year(duty, name) > 0)]
    if row.tier not in owed:  # it takes no hours, and no place before others
        return 0.0
    if row.tier in duty.focus or EVERY_TIER in duty.focus:
        return by_tier(duty.focus, row.tier)
    if tier is not None:
        return amount(tier)
    return _focus_at(owed.index(row.tier))


def _focus_at(place: int) -> float:
    """Return the focus of a place where none is given."""
    last = len(FOCUS_BY_PLACE) - 1
    further = FOCUS_BY_PLACE[last] - FOCUS_BY_PLACE[last - 1]
    return FOCUS_BY_PLACE[min(place, last)] + further * max(0, place - last)


def queue_focus(queue: Queue, row: RowKey) -> Number:
    """Return how far a class of a queue stands behind the first when hours are short (EQ13).

    Returns:
        Log-odds, at most 0. Shape: scalar or [draw].
    """
    by_place = _focus_at(queue.class_names.index(row.tier))
    return by_tier(queue.focus, row.tier, by_place)


RISK_BY_PLACE = (8.0, 4.0, 2.0, 1.0)
"""Weight of a case-month by a tier's place among those owed a duty, where none is given (EQ31).

Assumed: nobody has published one. Later tiers weigh as much as the fourth.
"""


def risk_weights(versions: Sequence[Cohort]) -> dict[str, float]:
    """Return what a case-month overdue or unseen counts for in each tier of a cohort (EQ31).

    Args:
        versions: the cohort's settings, the undated ones first. Weights do not change with time,
            so a tier that is owed a duty from a later date only has its place too.

    Returns:
        Weights by tier; 0 for a tier that is never owed a duty, unless one is given.
    """
    owed = [
        tier
        for tier in versions[0].tiers
        if any(
            np.any(times_a_year(duty, tier) > 0)
            for version in versions
            for duty in version.duties.values()
        )
    ]
    by_place = {tier: RISK_BY_PLACE[min(n, len(RISK_BY_PLACE) - 1)] for n, tier in enumerate(owed)}
    given = {tier: one.risk_weight for tier, one in versions[0].tiers.items()}
    return {
        tier: by_place.get(tier, 0.0) if weight is None else float(weight.value)
        for tier, weight in given.items()
    }


def queue_weights(queue: Queue) -> dict[str, float]:
    """Return what one of each class that waits for a month counts for (EQ31)."""
    last = len(RISK_BY_PLACE) - 1
    by_place = [RISK_BY_PLACE[min(n, last)] for n in range(len(queue.classes))] or [1.0]
    return {
        name: float(np.ravel(by_tier(queue.risk_weight, name, weight))[0])
        for name, weight in zip(queue.class_names, by_place, strict=True)
    }


def reference_of(versions: Sequence[Duty], tier: str) -> int:
    """Return the months after which a case of a tier counts as unseen (EQ31).

    Args:
        versions: the duty's settings, the undated ones first.
        tier: one of its tiers.

    Returns:
        What is given, else the first interval that the tier has: 1 where it is owed the duty more
        than monthly, 0 where it is never owed it.
    """
    given = round(float(np.ravel(by_tier(versions[0].reference_months, tier))[0]))
    owed = [duty for duty in versions if np.any(times_a_year(duty, tier) > 0)]
    if given or not owed:
        return given
    return clock_interval(owed[0], tier) or 1


def early_rate(duty: Duty, tier: str) -> Number:
    """Return how many are done early for each one done that was due (EQ24).

    Args:
        duty: a duty.
        tier: one of its tiers; one that may be done no month early has a rate of 0.

    Returns:
        early_share ÷ (1 − early_share). Shape: scalar or [draw].
    """
    share = by_tier(duty.early_share, tier)
    allowed = np.asarray(by_tier(duty.early_months, tier)) > 0
    return np.where(allowed, share / (1 - share), 0.0)


def hours_of_one(grade: Grade, month: int = 0) -> Number:
    """Return the hours of one FTE in a month (EQ8).

    Args:
        grade: people of one grade.
        month: of the year, 1 to 12; 0 leaves the seasons out.

    Returns:
        Hours per month. Shape: scalar or [draw].
    """
    away = np.minimum(1.0, abstraction_of(grade, month))
    return contracted_hours(grade, month) * ((1 - amount(grade.sickness)) * (1 - away))


def contracted_hours(grade: Grade, month: int = 0) -> Number:
    """Return the hours of one FTE in a month before sickness and abstraction (EQ8).

    Args:
        grade: people of one grade.
        month: of the year, 1 to 12; 0 leaves the season out.

    Returns:
        Hours per month. Shape: scalar or [draw].
    """
    week = amount(grade.weekly_hours)
    leave = amount(grade.leave_days) * in_season(grade.leave_season, month)
    days = leave + amount(grade.bank_holidays) + amount(grade.training_days)
    return np.maximum(0.0, (52 * week - days * week / 5) / MONTHS_A_YEAR)


def abstraction_of(grade: Grade, month: int = 0) -> Number:
    """Return the share of hours taken for other police work in a month, its season included (EQ8).

    Args:
        grade: people of one grade.
        month: of the year, 1 to 12; 0 leaves the season out.

    Returns:
        Share, above 1 where a season asks for more than all. Shape: scalar or [draw].
    """
    return amount(grade.abstraction) * in_season(grade.abstraction_season, month)


def in_season(profile: Sequence[float] | None, month: int) -> float:
    """Return how many times its yearly mean something is in a month."""
    return 1.0 if profile is None or not month else 12 * profile[month - 1] / sum(profile)


def hours_of_one_done(duty: Duty | Queue, tier: str) -> Number:
    """Return the officer hours that one done duty takes, failed attempts included (EQ10).

    Returns:
        Hours. Shape: scalar or [draw].
    """
    lead = by_tier(duty.hours, tier)
    second = by_tier(duty.second_officer_hours, tier, lead)
    crew = by_tier(duty.crew, tier, 1.0)
    nobody = by_tier(duty.no_answer_share, tier)
    return lead + (crew - 1) * second + nobody / (1 - nobody) * hours_of_one_failed(duty, tier)


def hours_of_one_failed(duty: Duty | Queue, tier: str) -> Number:
    """Return the officer hours that one failed attempt takes (EQ10).

    Args:
        duty: a duty.
        tier: one of its tiers.

    Returns:
        Hours. Shape: scalar or [draw].
    """
    return by_tier(duty.no_answer_hours, tier) * by_tier(duty.crew, tier, 1.0)


def opening_mix(cohort: Cohort) -> dict[str, Number]:
    """Return the shares by which new cases join a cohort that gives no entry mix.

    EQ3: the opening mix over tiers with a planned duty; over all tiers where none has one, and
    evenly where there are no cases.

    Returns:
        One share for each tier.
    """
    planned = [
        tier
        for tier in cohort.tiers
        if any(np.any(times_a_year(duty, tier) > 0) for duty in cohort.duties.values())
    ] or [tier for tier in cohort.tiers if tier not in cohort.in_custody]
    cases = {tier: amount(cohort.tiers[tier].cases) for tier in planned}
    total = sum(cases.values(), np.zeros(()))
    nobody = np.all(total == 0)
    return {
        tier: (
            0.0
            if tier not in cases
            else 1 / len(planned)
            if nobody
            else cases[tier] / np.where(total == 0, 1.0, total)
        )
        for tier in cohort.tiers
    }


def priority_order(settings: Settings, rows: Sequence[RowKey]) -> list[int]:
    """Return the rows in the order in which hours go to them.

    EQ13: those named, as named; the rest by place of the tier in its cohort, or of the class in its
    queue, then duty, queues last, then cohort or queue.

    Returns:
        Shape: [row].
    """

    def default(row: int) -> tuple[int, int, int]:
        cohort, duty, tier = rows[row]
        if not cohort:
            classes, queues = settings.queues[duty].class_names, list(settings.queues)
            return classes.index(tier), MOST_PARTS["duties"], queues.index(duty)
        inside = settings.cohorts[cohort]
        return (
            list(inside.tiers).index(tier),
            list(inside.duties).index(duty),
            list(settings.cohorts).index(cohort),
        )

    ordered: dict[int, None] = {}
    for entry in [*settings.priority.order, ""]:
        parts = entry.split(".") if entry else []
        named = [
            n
            for n, row in enumerate(rows)
            if list((row if row.cohort else row[1:])[: len(parts)]) == parts
        ]
        ordered |= dict.fromkeys(sorted(named, key=default))
    return list(ordered)


def pay_awards(
    finance: Finance, calendar: Calendar, priced_at: int
) -> dict[str, tuple[Award, ...]]:
    """Return the pay awards from the price base to the end of the last year, by kind of grade.

    Known awards come on their dates. Every financial year after that of the last known one has
    the assumed award, in its month; years before it have none but those that are known.

    Args:
        finance: what the scenario says of money.
        calendar: the months projected.
        priced_at: the month whose pay the given costs are in, counted from the start.

    Returns:
        Awards in order of their months, none of `priced_at` or before it unless the start is
        earlier still.
    """
    end = calendar.place(f"{int(calendar.year_numbers[-1]) + 1:04d}-{FIRST_MONTH_OF_YEAR - 1:02d}")
    first, last = min(0, priced_at) + 1, max(end, priced_at)
    found = {}
    for kind in get_args(PayKind):
        known = [
            Award(calendar.place(when), amount(rate), known=True)
            for when, rate in sorted(finance.pay_awards.get(kind, {}).items())
        ]
        year = _next_year(calendar, known[-1].month if known else first - 1, bool(known))
        assumed = []
        while (month := _month_of_award(finance, calendar, year)) <= last:
            assumed.append(Award(month, amount(finance.pay_award_per_year), known=False))
            year += 1
        found[kind] = tuple(one for one in (*known, *assumed) if first <= one.month <= last)
    return found


def _next_year(calendar: Calendar, month: int, after: bool) -> int:
    """Return the calendar year in which a month's financial year starts, or the next one does."""
    number = calendar.start.year * 12 + calendar.start.month - 1 + month
    return (number - (FIRST_MONTH_OF_YEAR - 1)) // 12 + after


def _month_of_award(finance: Finance, calendar: Calendar, year: int) -> int:
    """Return the month of a financial year's assumed award, counted from the start."""
    month = int(finance.pay_award_month.value)
    return calendar.place(f"{year + (month < FIRST_MONTH_OF_YEAR):04d}-{month:02d}")
