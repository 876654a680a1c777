"""What today's posts can still carry, and what gives first when hours shrink.

Read off the projection of today's posts, with work done in order of priority as it is today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from capacity.engine import caseload as caseloads
from capacity.engine import demand, projection, standards, workforce
from capacity.engine.model import Array, Flags, Model
from capacity.engine.projection import NOTHING, Projection
from capacity.engine.standards import Judgement
from capacity.engine.workforce import Workforce
from capacity.plan import Plan
from capacity.why.headlines import team_label
from capacity.wording import inside, number, per_cent, period

PRECISE = 2.0**-7
"""How closely the most is found, as a share of the way between what is kept and what breaks."""

CUTS = tuple(round(0.05 * step, 2) for step in range(1, 11))
"""Shares of all hours that are taken away to see what gives first."""

GIVES = 0.01
"""A duty gives when its completion falls by this much below what today's hours reach."""


@dataclass(frozen=True)
class Room:
    """A row of the `headroom` table.

    most: the most at which today's posts keep every standard of the teams concerned; less than
        today where one is broken already, NaN where none would do.
    breaks: the standard that breaks first beyond it; none where nothing tried breaks any.
    """

    what: str
    today: float
    most: float
    breaks: str | None
    unit: str
    words: str


@dataclass(frozen=True)
class Giving:
    """A row of the `gives_first` table: a duty of a tier, in the order in which they give."""

    order: int
    cohort: str
    duty: str
    tier: str
    cut: float  # share of all hours by which it gives first; NaN where none tried does it
    completion: float  # of the whole horizon, then
    not_done: float  # cases a month, more than today, on average, then
    outstanding_end: float  # then


@dataclass(frozen=True)
class _Ladder:
    """Something that today's posts carry, and the model with another amount of it."""

    what: str
    unit: str
    teams: frozenset[int]
    today: float
    least: float
    far: float
    with_amount: Callable[[float], Model]
    say: Callable[[float], str]


def headroom(plan: Plan) -> tuple[Room, ...]:
    """Return how many more cases, how much growth and how many days away today's posts can carry.

    Shape: one a cohort's cases and growth, and a team's abstraction, where a standard is set for
    them. Unit: see each. Source: docs/method.md, Why. Raises: nothing.
    """
    return tuple(_room(plan.model, ladder) for ladder in _ladders(plan.model))


def gives_first(plan: Plan) -> tuple[Giving, ...]:
    """Return in which order duties and tiers go unserved as every team's hours shrink.

    Shape: one a duty and tier that is owed. Unit: cases. Source: docs/method.md, Why.
    Raises: nothing.
    """
    model = plan.model
    now = plan.today.projection
    owed = np.flatnonzero((model.duties.per_year[0] > 0).any(axis=0))
    base = _completion(now)
    first = np.full(len(model.rows), np.nan)
    then: dict[int, Projection] = {}
    for cut in CUTS:
        hours = model.people.hours * (1 - cut)
        _, run = _run(replace(model, people=replace(model.people, hours=hours)))
        gave = np.isnan(first) & (_completion(run) < base - GIVES)
        first[gave] = cut
        then |= {int(row): run for row in np.flatnonzero(gave)}
    served = {int(row): n for n, row in enumerate(model.duties.order)}
    ranked = sorted(owed.tolist(), key=lambda r: (np.isnan(first[r]), first[r], -served.get(r, 0)))
    return tuple(
        _giving(model, now, then.get(row, now), row, n, float(first[row]))
        for n, row in enumerate(ranked, start=1)
    )


def _completion(run: Projection) -> Array:
    """Return done ÷ due of the whole horizon. Shape: [row]."""
    due = run.due[0].sum(axis=0)
    whole: Array = np.where(due > NOTHING, run.done[0].sum(axis=0) / np.maximum(due, NOTHING), 1.0)
    return whole


def _giving(
    model: Model, now: Projection, then: Projection, row: int, order: int, cut: float
) -> Giving:
    key = model.rows[row]
    fewer = float((now.done[0, :, row] - then.done[0, :, row]).mean())
    return Giving(
        order=order,
        cohort=key.cohort,
        duty=key.duty,
        tier=key.tier,
        cut=cut,
        completion=float(_completion(then)[row]),
        not_done=max(0.0, fewer),
        outstanding_end=float(then.outstanding[0, -1, row]),
    )


# Headroom ----------------------------------------------------------------------------------


def _run(model: Model) -> tuple[Workforce, Projection]:
    """Run today's posts."""
    cases = caseloads.project(model)
    staff = workforce.staff(model)
    return staff, projection.project(model, cases, demand.other_work(model, cases), staff)


def _broken(model: Model, teams: frozenset[int]) -> Judgement | None:
    """Return the first standard on cases of some teams that today's posts miss, if any."""
    staff, run = _run(model)
    team_of = model.team_of_cohort.tolist()
    cohorts = {name for name, team in zip(model.cohorts, team_of, strict=True) if team in teams}
    lost = [
        one
        for one in standards.judge(model, staff, run)
        if one.cohort in cohorts and not one.met[0]
    ]
    by_hours = {id(one): float(one.missed_by[0]) * one.hours_each for one in lost}
    return min(lost, key=lambda one: (one.period.first, -by_hours[id(one)]), default=None)


def _room(model: Model, ladder: _Ladder) -> Room:
    """Find the most that is kept, by halving."""
    now = _broken(model, ladder.teams)
    kept, breaks = (ladder.today, ladder.far) if now is None else (ladder.least, ladder.today)
    edge = _broken(ladder.with_amount(ladder.far if now is None else ladder.least), ladder.teams)
    if now is None and edge is None:
        words = f"{ladder.what}: up to {ladder.say(ladder.far)} no standard breaks."
        return Room(ladder.what, ladder.today, ladder.far, None, ladder.unit, words)
    if now is not None and edge is not None:
        words = (
            f"{ladder.what}: today's posts break {_named(model, now)}, and would with "
            f"{ladder.say(ladder.least)} too."
        )
        return Room(ladder.what, ladder.today, np.nan, now.standard, ladder.unit, words)
    first = now if now is not None else edge
    span = abs(breaks - kept)
    while abs(breaks - kept) > PRECISE * span:
        middle = (kept + breaks) / 2
        found = _broken(ladder.with_amount(middle), ladder.teams)
        if found is None:
            kept = middle
        else:
            breaks, first = middle, found
    assert first is not None
    some = "can carry up to" if now is None else "would keep every standard at"
    some = f"today's posts {some}"
    words = (
        f"{ladder.what}: {some} {ladder.say(kept)} ({ladder.say(ladder.today)} today); beyond that "
        f"{_named(model, first)} breaks first."
    )
    return Room(ladder.what, ladder.today, kept, first.standard, ladder.unit, words)


def _named(model: Model, one: Judgement) -> str:
    """Return a standard missed, with its tier and when."""
    tiers = model.scenario.settings.cohorts[one.cohort].tiers if one.cohort else {}
    label = inside(tiers[one.tier].label or one.tier) if one.tier in tiers else ""
    tier = f", {label}," if label else ""
    return f"{one.standard}{tier} ({period(one.period.name)})"


def _ladders(model: Model) -> Iterator[_Ladder]:
    """Yield cases and growth of cohorts and abstraction of teams that a standard is about."""
    judged = {
        int(model.team_of_cohort[model.cohorts.index(rule.cohort)])
        for rule in model.scenario.settings.standards
        if rule.cohort is not None
    }
    for place in range(len(model.cohorts)):
        team = int(model.team_of_cohort[place])
        if team in judged:
            yield _cases(model, place, team)
            if not np.isnan(model.caseloads.growth[0, :, place]).any():
                yield _growth(model, place, team)
    for team in sorted(judged):
        yield _days(model, team)


def _cohort(model: Model, place: int) -> str:
    name = model.cohorts[place]
    return model.scenario.settings.cohorts[name].label or name


def _cases(model: Model, place: int, team: int) -> _Ladder:
    mine = model.caseloads.cohort_of == place
    today = float(model.caseloads.opening[0, mine].sum())

    def with_amount(cases: float) -> Model:
        share = np.where(mine, cases / today if today else 1.0, 1.0)
        given = replace(model.caseloads, opening=model.caseloads.opening * share)
        of_row = share[model.duties.tier_of]
        late = replace(model.duties, overdue=model.duties.overdue * np.minimum(1.0, of_row))
        return replace(model, caseloads=given, duties=late)

    what = f"Cases at the start, in today's mix of tiers ({_cohort(model, place)})"
    far = max(10.0, 2 * today)
    teams = frozenset({team})
    return _Ladder(
        what, "cases", teams, today, 0.0, far, with_amount, lambda n: f"{number(n)} cases"
    )


def _growth(model: Model, place: int, team: int) -> _Ladder:
    today = float(model.caseloads.growth[0, 0, place])

    def with_amount(rate: float) -> Model:
        growth = model.caseloads.growth.copy()
        growth[:, :, place] += rate - today
        return replace(model, caseloads=replace(model.caseloads, growth=growth))

    what = f"Growth a year ({_cohort(model, place)})"
    teams = frozenset({team})
    return _Ladder(what, "share", teams, today, -0.3, today + 0.5, with_amount, per_cent_signed)


def per_cent_signed(share: float) -> str:
    """Return a rate that may be negative in per cent.

    Shape: scalar. Unit: share. Source: none. Raises: nothing.
    """
    return f"−{per_cent(-share)}" if share < 0 else f"{100 * share:.1f} %"


def _days(model: Model, team: int) -> _Ladder:
    people, settings = model.people, model.scenario.settings
    mine: Flags = people.team_of == team
    a_day = np.array(
        [
            float(np.ravel(settings.teams[t].grades[g].weekly_hours.value)[0]) / 5
            for t, g in model.grades
        ]
    )
    first = next(g for g in range(len(model.grades)) if mine[g] and people.share[0, :, g].any())
    team_name, grade = model.grades[first]
    told = settings.teams[team_name].grades[grade]
    away = float(np.ravel(told.abstraction.value)[0])
    present = float(people.hours[0, 0, first]) * 12 / float(a_day[first])
    today = present / max(1e-9, 1 - away) * away

    def with_amount(days: float) -> Model:
        lost = np.where(mine, (days - today) * a_day / 12, 0.0)
        hours = np.maximum(0.0, people.hours - lost)
        return replace(model, people=replace(people, hours=hours))

    what = f"Days of abstraction a year for each officer ({team_label(model, model.teams[team])})"
    teams = frozenset({team})
    return _Ladder(
        what,
        "days a year",
        teams,
        today,
        0.0,
        today + 120.0,
        with_amount,
        lambda n: f"{n:.1f} days",
    )
