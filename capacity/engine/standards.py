"""Standards judged against what was done (EQ17–EQ21), for a table and for our own check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from capacity import kinds
from capacity.engine.measures import MEASURES, NOTHING, Served, added_up, lengths, share_of
from capacity.engine.model import (
    Array,
    CaseloadLimit,
    DutyStandard,
    Flags,
    Model,
    Number,
    Period,
    alike,
    blank,
    summed,
)
from capacity.engine.projection import Projection
from capacity.engine.workforce import Workforce
from capacity.settings import ONE_CLASS
from capacity.wording import inside

TOLERANCE = 1e-6
"""A standard missed by less than this share of what it asks for (of 1, where it asks for less)
is met: in duties, cases, months, FTE, posts or pounds."""

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
        return _held(self.missed_by, self.required)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One rule, one tier, in all its periods. Shape: [draw, period] unless said."""

    standard: str
    kind: str
    cohort: str | None = None
    duty: str | None = None
    tier: str | None = None
    periods: tuple[Period, ...]
    required: Array
    achieved: Array
    missed_by: Array
    unit: str
    hours_each: Array  # [period]

    @property
    def met(self) -> Flags:
        """Whether the rule holds. Shape: [draw, period]."""
        return _held(self.missed_by, self.required)

    def judgements(self) -> Iterator[Judgement]:
        """Yield the judgement of every period."""
        for n, period in enumerate(self.periods):
            required = self.required[:, n]
            yield Judgement(
                standard=self.standard,
                kind=self.kind,
                cohort=self.cohort,
                duty=self.duty,
                tier=self.tier,
                period=period,
                required=float(required[0]) if len(required) == 1 else required,
                achieved=self.achieved[:, n],
                missed_by=self.missed_by[:, n],
                unit=self.unit,
                hours_each=float(self.hours_each[n]),
            )


def _held(missed_by: Array, required: Number) -> Flags:
    """Return whether what is missed is less than rounding."""
    scale = np.maximum(1.0, np.abs(np.asarray(required, dtype=float)))
    held: Flags = missed_by <= TOLERANCE * scale
    return held


def judge(model: Model, staff: Workforce, projection: Projection) -> tuple[Judgement, ...]:
    """Return every named standard judged in every period from its date (EQ17, EQ18, EQ21).

    Returns:
        One for each standard, tier and period.
    """
    found = verdicts(model, staff, projection)
    return tuple(one for verdict in found for one in verdict.judgements())


def verdicts(
    model: Model, staff: Workforce, projection: Projection, *, on_average: bool = False
) -> tuple[Verdict, ...]:
    """Return every named standard judged in all its periods at once.

    `on_average`: by financial years from the standard's date, whatever it is judged by: duties
    and cases are added up over the months of a year.

    EQ17, EQ18, EQ21.

    Returns:
        One for each standard and tier.
    """
    return (
        *(_duty(model, projection, rule, on_average) for rule in model.rules.duties),
        *(_caseload(model, projection, rule, on_average) for rule in model.rules.caseloads),
        *_budgets(model, staff, projection),
        *_posts(model, staff),
    )


def establishment(model: Model, staff: Workforce) -> tuple[Judgement, ...]:
    """Return supervision and shares of grades judged by month (EQ19, EQ20).

    Returns:
        One for each rule and month.
    """
    return (*_supervision(model, staff), *_shares(model, staff))


def spending_by_month(model: Model, staff: Workforce, projection: Projection) -> Array:
    """Return real, undiscounted spending on posts and overtime (EQ21).

    Returns:
        In £. Shape: [draw, month, team].
    """
    people = model.people
    cost = staff.posts * people.cost / 12
    overtime = projection.overtime * people.overtime_cost
    spending = blank(max(len(cost), len(overtime)), *overtime.shape[1:])
    spending += overtime
    for grade, team in enumerate(people.team_of.tolist()):
        spending[:, :, team] += cost[:, :, grade]
    return spending


def _by_period(level: Number, periods: Sequence[Period]) -> Array:
    """Return a level that is the same in every period. Shape: [draw, period]."""
    one = np.reshape(np.asarray(level, dtype=float), (-1, 1))
    return np.broadcast_to(one, (len(one), len(periods)))


def _means(series: Array, periods: Sequence[Period]) -> Array:
    """Return the central case's means by period. Shape: [1, month] → [period]."""
    months = {period.end - period.first for period in periods}
    if len(months) == 1 and all(a.end == b.first for a, b in pairwise(periods)):
        span = series[0, periods[0].first : periods[-1].end]
        return np.asarray(span.reshape(len(periods), -1).mean(axis=1), dtype=float)
    return np.array([series[:, p.first : p.end].mean() for p in periods], dtype=float)


def _duty(model: Model, projection: Projection, rule: DutyStandard, on_average: bool) -> Verdict:
    """Judge a standard on one duty of one tier, or of some tiers together."""
    key = model.rows[rule.rows[0]]
    periods = model.calendar.years_from(rule.first) if on_average else rule.periods
    level = _by_period(rule.level, periods)
    course = _course(model, projection, rule)
    achieved, missed = MEASURES[rule.kind.key].judged(course, level, periods)
    # A share of less than may be missed unnoticed says nothing: nothing is due.
    nothing_due = added_up(course.all_due, periods) < TOLERANCE
    return Verdict(
        standard=rule.name,
        kind=rule.kind.key,
        cohort=key.cohort or None,
        duty=key.duty,
        tier=tier_of(model, rule),
        periods=periods,
        required=level,
        achieved=np.where(nothing_due & (rule.kind == kinds.COMPLETION), np.nan, achieved),
        missed_by=np.where(nothing_due, 0.0, missed),
        unit=rule.kind.missed,
        hours_each=hours_of_one(model, rule, periods),
    )


def _course(model: Model, projection: Projection, rule: DutyStandard) -> Served:
    """Return what became of the activity that a standard is about."""
    rows, duties = rule.rows, model.duties
    owed = alike(duties.per_year)
    months = round(float(np.ravel(rule.level)[0]))
    return Served(
        due=tuple(projection.due[:, :, row] for row in rows),
        done=tuple(projection.done[:, :, row] for row in rows),
        waiting=tuple(projection.outstanding[:, :, row] for row in rows),
        cases=tuple(projection.caseload.cases[:, :, projection.tier_of[row]] for row in rows),
        clocked=tuple(duties.interval[:, row] > 0 for row in rows),
        owes=tuple(owed[:, :, row] > 0 for row in rows),
        longest=tuple(projection.longest_wait[:, :, row] for row in rows),
        over=tuple(projection.over[row, months] for row in rows if rule.kind.by_age),
        late=tuple(
            projection.late[:, :, row - model.queues.rows.start]
            for row in rows
            if row in model.queues.rows
        ),
    )


def tier_of(model: Model, rule: DutyStandard) -> str | None:
    """Return the tier that a standard on a duty is about; none where it is of all together."""
    key = model.rows[rule.rows[0]]
    if len(rule.rows) == 1:
        return key.tier
    per_year = alike(model.duties.per_year)
    same = [row for row, other in enumerate(model.rows) if other[:2] == key[:2]]
    if all(row in rule.rows or not per_year[:, :, row].any() for row in same):
        return None
    return ", ".join(model.rows[row].tier for row in rule.rows)


def in_brackets(tier: str | None) -> str:
    """Return a tier behind what is said of it; nothing of many, or of a queue without classes."""
    return "" if tier is None or tier == ONE_CLASS else f" ({inside(tier.replace('_', ' '))})"


def hours_of_one(model: Model, rule: DutyStandard, periods: Sequence[Period]) -> Array:
    """Return the hours that one missed counts for: the mean of a period's months.

    Of several tiers the mean, weighted by what each is owed of its cases at the start.

    Returns:
        Hours. Shape: [period].
    """
    duties = model.duties
    by_row = [_means(duties.hours[:1, :, row], periods) for row in rule.rows]
    if len(by_row) == 1:
        return by_row[0]
    owed = np.array(
        [
            model.caseloads.opening[0, duties.tier_of[row]] * duties.per_year[0, :, row].mean()
            for row in rule.rows
        ]
    )
    weights = owed / owed.sum() if owed.sum() > 0 else np.full(len(owed), 1 / len(owed))
    found: Array = weights @ np.array(by_row)
    return found


def _caseload(
    model: Model, projection: Projection, rule: CaseloadLimit, on_average: bool
) -> Verdict:
    """Judge cases per officer, month by month or on a year's average."""
    calendar = model.calendar
    periods = (
        calendar.years_from(rule.first) if on_average else calendar.periods("month", rule.first)
    )
    here = added_up(counted_cases(model, projection.caseload.cases, rule), periods)
    here = here / lengths(periods)
    there = added_up(projection.officers[:, :, rule.team], periods) / lengths(periods)
    some = there > NOTHING
    level = _by_period(rule.level, periods)
    return Verdict(
        standard=rule.name,
        kind=kinds.CASES_PER_OFFICER.key,
        cohort=model.cohorts[rule.cohort],
        duty=None,
        tier=tiers_named(model, rule),
        periods=periods,
        required=level,
        achieved=np.where(some, here / np.where(some, there, 1.0), np.nan),
        missed_by=np.maximum(0.0, here / level - there),
        unit=kinds.CASES_PER_OFFICER.missed,
        hours_each=_means(model.team_hours[:1, :, rule.team], periods),
    )


def lowest_limits(model: Model) -> list[CaseloadLimit]:
    """Return the caseload limits, the lowest where several are on the same tiers."""
    found: dict[tuple[int, tuple[int, ...]], CaseloadLimit] = {}
    for rule in model.rules.caseloads:
        key = (rule.cohort, tuple(rule.tiers.tolist()))
        if key not in found or most_cases(rule) < most_cases(found[key]):
            found[key] = rule
    return list(found.values())


def most_cases(rule: CaseloadLimit) -> float:
    """Return the cases per officer that a limit allows in the first draw."""
    return float(np.ravel(rule.level)[0])


def cases_per_officer(model: Model, cases: Array, officers: Array, rule: CaseloadLimit) -> Array:
    """Return the cases that a limit counts, for each officer of its team.

    Args:
        model: the scenario as arrays.
        cases: of every tier. Shape: [draw, month, tier].
        officers: of every team. Shape: [draw, month, team].
        rule: the limit.

    Returns:
        Cases per officer, no number where there is no officer. Shape: [draw, month].
    """
    there = officers[:, :, rule.team]
    some = there > NOTHING
    ratio: Array = counted_cases(model, cases, rule) / np.where(some, there, 1.0)
    return np.where(some, ratio, np.nan)


def counts_every_tier(model: Model, rule: CaseloadLimit) -> bool:
    """Return whether a caseload limit counts all cases of its cohort, not those of some tiers."""
    return len(rule.tiers) == sum(key.cohort == model.cohorts[rule.cohort] for key in model.tiers)


def tiers_named(model: Model, rule: CaseloadLimit) -> str | None:
    """Return the tiers that a caseload limit counts; None where it counts its whole cohort."""
    if counts_every_tier(model, rule):
        return None
    return ", ".join(model.tiers[place].tier for place in rule.tiers)


def counted_cases(model: Model, cases: Array, rule: CaseloadLimit) -> Array:
    """Return the cases that a caseload limit counts, each tier by its weight (EQ18).

    Args:
        model: the scenario as arrays.
        cases: of every tier. Shape: [draw, month, tier].
        rule: the limit.

    Returns:
        Cases. Shape: [draw, month].
    """
    weights = alike(model.caseloads.counts)
    if (weights[:, :, rule.tiers] == 1).all():
        return summed(cases, rule.tiers.tolist())
    return summed(cases * weights, rule.tiers.tolist())


def _budgets(model: Model, staff: Workforce, projection: Projection) -> Iterator[Verdict]:
    """Judge spending by financial year, in the months from the standard's date."""
    if not model.rules.budgets:
        return
    spending = spending_by_month(model, staff, projection)
    for rule in model.rules.budgets:
        spent = summed(spending) if rule.team is None else spending[:, :, rule.team]
        periods = model.calendar.years_from(rule.first)
        achieved = added_up(spent, periods)
        required = _by_period(rule.level, periods) * lengths(periods) / 12
        yield Verdict(
            standard=rule.name,
            kind=kinds.BUDGET.key,
            periods=periods,
            required=required,
            achieved=achieved,
            missed_by=np.maximum(0.0, achieved - required),
            unit=kinds.BUDGET.missed,
            hours_each=np.full(len(periods), 1 / POUNDS_AN_HOUR),
        )


def _posts(model: Model, staff: Workforce) -> Iterator[Verdict]:
    """Judge the most posts in every financial year with a month from the standard's date."""
    for rule in model.rules.posts:
        posts = summed(staff.posts, rule.grades.tolist())
        periods = model.calendar.years_from(rule.first)
        achieved = blank(len(posts), len(periods))
        for n, period in enumerate(periods):
            achieved[:, n] = posts[:, period.first : period.end].max(axis=1)
        level = _by_period(rule.level, periods)
        hours = model.team_hours[0, :, rule.team]
        yield Verdict(
            standard=rule.name,
            kind=kinds.MOST_POSTS.key,
            periods=periods,
            required=level,
            achieved=achieved,
            missed_by=np.maximum(0.0, achieved - level),
            unit=kinds.MOST_POSTS.missed,
            hours_each=np.array([hours[period.first] for period in periods], dtype=float),
        )


def casework_posts(model: Model, team: int, month: int) -> tuple[list[int], list[int]]:
    """Return a team's grades that carry cases and supervise nobody, and those that supervise.

    EQ19.
    """
    people = model.people
    mine = np.flatnonzero(people.team_of == team)
    supervises = ~np.isnan(people.supervises[0, month])
    carry = [int(g) for g in mine if not supervises[g] and people.share[0, month, g] > 0]
    return carry, [int(g) for g in mine if supervises[g]]


def casework_posts_by_month(model: Model) -> Iterator[list[tuple[list[int], list[int]]]]:
    """Yield for each month what `casework_posts` says of every team, looked up when it changes."""
    people, last = model.people, b""
    found: list[tuple[list[int], list[int]]] = []
    for month in range(model.months):
        now = np.isnan(people.supervises[0, month]).tobytes()
        now += (people.share[0, month] > 0).tobytes()
        if now != last:
            last = now
            found = [casework_posts(model, team, month) for team in range(len(model.teams))]
        yield found


def _supervision(model: Model, staff: Workforce) -> Iterator[Judgement]:
    """Judge casework posts for each supervising post."""
    people = model.people
    for period, posts_of in zip(
        model.calendar.periods("month", 0), casework_posts_by_month(model), strict=True
    ):
        t = period.first
        for team, name in enumerate(model.teams):
            carry, supervisors = posts_of[team]
            if not supervisors:
                continue
            posts = staff.posts[:, t, carry].sum(axis=1)
            for grade in supervisors:
                span = people.supervises[:, t, grade]
                there = staff.posts[:, t, grade]
                some = there > 0
                yield Judgement(
                    standard=f"Supervision by {model.grades[grade].grade} ({name})",
                    kind=kinds.SUPERVISION.key,
                    cohort=None,
                    duty=None,
                    tier=None,
                    period=period,
                    required=float(span.mean()),
                    achieved=np.where(some, posts / np.where(some, there, 1.0), np.nan),
                    missed_by=np.maximum(0.0, posts / span - there),
                    unit=kinds.SUPERVISION.missed,
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
                kind=kinds.GRADE_SHARE.key,
                cohort=None,
                duty=None,
                tier=None,
                period=period,
                required=float(level.mean()),
                achieved=share_of(casework[:, t, grade], whole),
                missed_by=np.maximum(0.0, casework[:, t, grade] - level * whole),
                unit=kinds.GRADE_SHARE.missed,
                hours_each=float(model.team_hours[:, t, team].mean()),
            )
