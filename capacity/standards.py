"""Standards judged against what was done (EQ17–EQ21), for a table and for our own check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.model import Array, CaseloadLimit, DutyStandard, Flags, Model, Number, Period
from capacity.projection import NOTHING, Projection, share_of
from capacity.workforce import Workforce

TOLERANCE = 1e-6
"""A standard missed by less than this share of what it asks for is met."""

POUNDS_AN_HOUR = 40.0
"""What an hour counts for when a budget is overspent."""


@dataclass(frozen=True)
class Judgement:
    """One rule, one tier, one period. Arrays have the shape [draw]."""

    standard: str
    kind: str
    cohort: str | None
    duty: str | None
    tier: str | None
    period: Period
    required: Number
    achieved: Array
    missed_by: Array
    unit: str
    hours_each: float  # casework hours that one unit missed counts for

    @property
    def met(self) -> Flags:
        """Whether the rule holds. Shape: [draw]."""
        scale = np.maximum(1.0, np.abs(np.asarray(self.required, dtype=float)))
        met: Flags = self.missed_by <= TOLERANCE * scale
        return met


def judge(model: Model, staff: Workforce, projection: Projection) -> tuple[Judgement, ...]:
    """Return every named standard judged in every period from its date.

    EQ17, EQ18, EQ21. Shape: one a standard, tier and period. Unit: see Judgement.unit.
    Source: docs/method.md, Sizing. Raises: nothing.
    """
    spending = spending_by_month(model, staff, projection)
    return (
        *(found for rule in model.rules.duties for found in _duty(model, projection, rule)),
        *(found for rule in model.rules.caseloads for found in _caseload(model, projection, rule)),
        *_budgets(model, spending),
        *_posts(model, staff),
    )


def establishment(model: Model, staff: Workforce) -> tuple[Judgement, ...]:
    """Return supervision and shares of grades judged by month.

    EQ19, EQ20. Shape: one a rule and month. Unit: posts. Source: docs/method.md, Sizing.
    Raises: nothing.
    """
    return (*_supervision(model, staff), *_shares(model, staff))


def spending_by_month(model: Model, staff: Workforce, projection: Projection) -> Array:
    """Return real, undiscounted spending on posts and overtime.

    EQ21. Shape: [draw, month, team]. Unit: £. Source: docs/method.md, Sizing. Raises: nothing.
    """
    people = model.people
    member = people.team_of[:, None] == np.arange(len(model.teams))
    posts = (staff.posts * people.cost / 12) @ member
    spent: Array = posts + projection.overtime * people.overtime_cost
    return spent


def _sum(series: Array, period: Period) -> Array:
    total: Array = series[:, period.first : period.end].sum(axis=1)
    return total


def _duty(model: Model, projection: Projection, rule: DutyStandard) -> Iterator[Judgement]:
    """Judge a standard on one duty of one tier."""
    row = rule.row
    key = model.rows[row]
    due, done = projection.due[:, :, row], projection.done[:, :, row]
    waiting = projection.outstanding[:, :, row]
    held, owed = done, due
    if rule.measure == "in_date":
        clocked = model.duties.interval[:, row] > 0
        cases = projection.cases[:, :, row]
        owes = model.duties.per_year[:, :, row] > 0
        held = np.where(clocked, cases - waiting, done)
        owed = np.where(clocked, cases, due) * owes
        held = held * owes
    hours = model.duties.hours[:, :, row].mean(axis=0)
    for period in rule.periods:
        if rule.measure == "outstanding":
            achieved = _sum(waiting, period) / (period.end - period.first)
            missed = np.maximum(0.0, achieved - rule.level)
        else:
            achieved = share_of(_sum(held, period), _sum(owed, period))
            missed = np.maximum(0.0, rule.level * _sum(owed, period) - _sum(held, period))
        nothing_due = _sum(due, period) < NOTHING
        yield Judgement(
            standard=rule.name,
            kind=rule.measure,
            cohort=key.cohort,
            duty=key.duty,
            tier=key.tier,
            period=period,
            required=rule.level,
            achieved=np.where(nothing_due & (rule.measure == "completion"), np.nan, achieved),
            missed_by=np.where(nothing_due, 0.0, missed),
            unit="duties" if rule.measure == "completion" else "cases",
            hours_each=float(hours[period.first : period.end].mean()),
        )


def _caseload(model: Model, projection: Projection, rule: CaseloadLimit) -> Iterator[Judgement]:
    """Judge cases an officer, month by month."""
    cases = cases_of(model, projection, rule)
    officers = projection.officers[:, :, rule.team]
    named = len(rule.tiers) < sum(key.cohort == model.cohorts[rule.cohort] for key in model.tiers)
    tiers = ", ".join(model.tiers[n].tier for n in rule.tiers) if named else None
    for period in model.calendar.periods("month", rule.first):
        here, there = cases[:, period.first], officers[:, period.first]
        some = there > NOTHING
        yield Judgement(
            standard=rule.name,
            kind="cases_per_officer",
            cohort=model.cohorts[rule.cohort],
            duty=None,
            tier=tiers,
            period=period,
            required=rule.level,
            achieved=np.where(some, here / np.where(some, there, 1.0), np.nan),
            missed_by=np.maximum(0.0, here / rule.level - there),
            unit="FTE",
            hours_each=float(model.team_hours[:, period.first, rule.team].mean()),
        )


def cases_of(model: Model, projection: Projection, rule: CaseloadLimit) -> Array:
    """Return the cases a caseload limit counts. Shape: [draw, month]. Unit: cases.

    EQ18. Source: docs/method.md, Sizing. Raises: nothing.
    """
    cases: Array = projection.caseload.cases[:, :, rule.tiers].sum(axis=2)
    return cases


def _budgets(model: Model, spending: Array) -> Iterator[Judgement]:
    """Judge spending by financial year, in the months from the standard's date."""
    for rule in model.rules.budgets:
        spent = spending.sum(axis=2) if rule.team is None else spending[:, :, rule.team]
        for period in model.calendar.years_from(rule.first):
            achieved = _sum(spent, period)
            required = rule.level * (period.end - period.first) / 12
            yield Judgement(
                standard=rule.name,
                kind="budget",
                cohort=None,
                duty=None,
                tier=None,
                period=period,
                required=required,
                achieved=achieved,
                missed_by=np.maximum(0.0, achieved - required),
                unit="£",
                hours_each=1 / POUNDS_AN_HOUR,
            )


def _posts(model: Model, staff: Workforce) -> Iterator[Judgement]:
    """Judge the most posts in every financial year with a month from the standard's date."""
    for rule in model.rules.posts:
        posts = staff.posts[:, :, rule.grades].sum(axis=2)
        for period in model.calendar.years_from(rule.first, whole=True):
            achieved = posts[:, period.first : period.end].max(axis=1)
            yield Judgement(
                standard=rule.name,
                kind="max_posts",
                cohort=None,
                duty=None,
                tier=None,
                period=period,
                required=rule.level,
                achieved=achieved,
                missed_by=np.maximum(0.0, achieved - rule.level),
                unit="posts",
                hours_each=float(model.team_hours[:, period.first, rule.team].mean()),
            )


def casework_posts(model: Model, team: int, month: int) -> tuple[list[int], list[int]]:
    """Return a team's grades that carry cases and supervise nobody, and those that supervise.

    EQ19. Shape: two lists of grades. Unit: none. Source: docs/method.md, Sizing. Raises: nothing.
    """
    people = model.people
    mine = np.flatnonzero(people.team_of == team)
    supervises = ~np.isnan(people.supervises[0, month])
    carry = [int(g) for g in mine if not supervises[g] and people.share[0, month, g] > 0]
    return carry, [int(g) for g in mine if supervises[g]]


def _supervision(model: Model, staff: Workforce) -> Iterator[Judgement]:
    """Judge casework posts for each supervising post."""
    people = model.people
    for period in model.calendar.periods("month", 0):
        t = period.first
        for team, name in enumerate(model.teams):
            carry, supervisors = casework_posts(model, team, t)
            posts = staff.posts[:, t, carry].sum(axis=1)
            for grade in supervisors:
                span = people.supervises[:, t, grade]
                there = staff.posts[:, t, grade]
                some = there > 0
                yield Judgement(
                    standard=f"Supervision by {model.grades[grade].grade} ({name})",
                    kind="supervision",
                    cohort=None,
                    duty=None,
                    tier=None,
                    period=period,
                    required=float(span.mean()),
                    achieved=np.where(some, posts / np.where(some, there, 1.0), np.nan),
                    missed_by=np.maximum(0.0, posts / span - there),
                    unit="posts",
                    hours_each=float(model.team_hours[:, t, team].mean()),
                )


def _shares(model: Model, staff: Workforce) -> Iterator[Judgement]:
    """Judge a grade's share of its team's casework posts."""
    people = model.people
    casework = people.share * staff.posts
    for grade in np.flatnonzero(~np.isnan(people.max_share).all(axis=(0, 1))):
        team = int(people.team_of[grade])
        mine = np.flatnonzero(people.team_of == team)
        for period in model.calendar.periods("month", 0):
            t = period.first
            level = people.max_share[:, t, grade]
            if np.isnan(level).any():
                continue
            whole = casework[:, t, mine].sum(axis=1)
            yield Judgement(
                standard=f"Share of {model.grades[grade].grade} ({model.teams[team]})",
                kind="grade share",
                cohort=None,
                duty=None,
                tier=None,
                period=period,
                required=float(level.mean()),
                achieved=share_of(casework[:, t, grade], whole),
                missed_by=np.maximum(0.0, casework[:, t, grade] - level * whole),
                unit="posts",
                hours_each=float(model.team_hours[:, t, team].mean()),
            )
