"""What current posts can still carry, and what falls behind first when hours shrink.

Read off the projection of current posts, with work done in order of priority as it is today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from capacity.engine import caseload as caseloads
from capacity.engine import demand, projection, standards, workforce
from capacity.engine.measures import NOTHING
from capacity.engine.model import Array, Flags, Model, Period
from capacity.engine.projection import Projection
from capacity.engine.standards import Verdict
from capacity.engine.workforce import Workforce
from capacity.stages import PlanResult
from capacity.why.headlines import team_label
from capacity.wording import listed, number, per_cent, since

PRECISE = 2.0**-7
"""How closely the most is found, as a share of the way between what is kept and what breaks."""

CUTS = tuple(round(0.05 * step, 2) for step in range(1, 11))
"""Shares of all hours that are taken away to see what falls behind first."""

GIVES = 0.01
"""A duty gives when its completion falls by this much below what today's hours reach."""


@dataclass(frozen=True)
class Room:
    """A row of the `headroom` table.

    most: the most at which current posts meet every standard of the teams concerned; less than
        today where one is not met at present, NaN where none tried would do.
    breaks: the standard not met first at `breaks_at`; none where every one is met at all tried.
    breaks_at: the value tried at which `breaks` is not met; just beyond `most`, or the far end
        where no value would do.
    """

    what: str
    today: float
    most: float
    breaks: str | None
    unit: str
    words: str
    breaks_at: float = np.nan


@dataclass(frozen=True)
class Giving:
    """A row of the `gives_first` table: a duty of a tier, in the order in which they give."""

    order: int
    cohort: str
    duty: str
    tier: str
    cut: float  # share of all hours by which it falls behind first; NaN where none tried does it
    completion: float  # of the whole horizon, then
    not_done: float  # cases per month, more than today, on average, then
    outstanding_end: float  # then


@dataclass(frozen=True)
class _Ladder:
    """Something that current posts carry, and the model with another amount of it."""

    what: str
    unit: str
    teams: frozenset[int]
    today: float
    least: float
    far: float
    with_amount: Callable[[float], Model]
    say: Callable[[float], str]


class _NotMet(NamedTuple):
    """A standard that is not met, and the first period in which it is not."""

    standard: str
    period: Period


@dataclass
class _Halving:
    """The way between an amount at which all is met and one at which something is not."""

    ladder: _Ladder
    kept: float
    broken: float
    lost: tuple[_NotMet, ...]  # at `broken`
    precise: float

    @property
    def is_wide(self) -> bool:
        """Whether the most is not yet known closely."""
        return abs(self.broken - self.kept) > self.precise

    @property
    def middle(self) -> float:
        """The amount to try next."""
        return (self.kept + self.broken) / 2

    def narrow(self, lost: tuple[_NotMet, ...]) -> None:
        """Keep the half in which the most lies, by what is not met in the middle."""
        if lost:
            self.broken, self.lost = self.middle, lost
        else:
            self.kept = self.middle


def headroom(plan: PlanResult) -> tuple[Room, ...]:
    """Return how many more cases, how much growth and how many days away current posts can carry.

    Every ladder is halved at the same time, since to project several amounts side by side takes
    little longer than to project one.

    Returns:
        One for each cohort's cases and growth, and a team's abstraction, where a standard is set
        for them.
    """
    model, ladders = plan.model, tuple(_ladders(plan.model))
    if not ladders:
        return ()
    verdicts = _judged_at([model])
    now = [_not_met(model, verdicts, 0, one.teams) for one in ladders]
    ends = [one.least if lost else one.far for one, lost in zip(ladders, now, strict=True)]
    edges = _tried(model, ladders, ends)
    halvings: dict[str, _Halving] = {}
    for one, end, lost, edge in zip(ladders, ends, now, edges, strict=True):
        if bool(lost) != bool(edge):
            kept, broken = (end, one.today) if lost else (one.today, end)
            precise = PRECISE * abs(end - one.today)
            halvings[one.what] = _Halving(one, kept, broken, lost or edge, precise)
    while wide := [one for one in halvings.values() if one.is_wide]:
        found = _tried(model, [one.ladder for one in wide], [one.middle for one in wide])
        for halving, lost in zip(wide, found, strict=True):
            halving.narrow(lost)
    return tuple(
        _room(model, one, lost, edge, halvings.get(one.what))
        for one, lost, edge in zip(ladders, now, edges, strict=True)
    )


def gives_first(plan: PlanResult) -> tuple[Giving, ...]:
    """Return in which order duties and tiers go unserved as every team's hours shrink.

    Returns:
        One for each duty and tier that is owed.
    """
    model = plan.model
    now = plan.today.projection
    owed = np.flatnonzero((model.duties.per_year[0] > 0).any(axis=0))
    base = _completion(now)[0]
    hours = np.concatenate([model.people.hours * (1 - cut) for cut in CUTS])
    _, run = _run(replace(model, people=replace(model.people, hours=hours)))
    reached = _completion(run)
    gave = reached < base - GIVES
    first = np.where(gave.any(axis=0), gave.argmax(axis=0), len(CUTS))
    served = {int(row): n for n, row in enumerate(model.duties.order)}
    ranked = sorted(owed.tolist(), key=lambda r: (first[r], -served.get(r, 0)))
    return tuple(
        _giving(model, now, run, row, n, int(first[row])) for n, row in enumerate(ranked, start=1)
    )


def _completion(run: Projection) -> Array:
    """Return done ÷ due of the whole horizon. Shape: [draw, row]."""
    due = run.due.sum(axis=1)
    whole: Array = np.where(due > NOTHING, run.done.sum(axis=1) / np.maximum(due, NOTHING), 1.0)
    return whole


def _giving(
    model: Model, now: Projection, cuts: Projection, row: int, order: int, first: int
) -> Giving:
    """Return what becomes of a row at the first cut at which it gives; as now where it never does.

    Args:
        model: the scenario as arrays.
        now: what is done with all hours.
        cuts: the same with each cut, as draws.
        row: the place of the duty of a tier.
        order: the place in which it gives.
        first: the place of the cut; past the last where none does it.
    """
    key = model.rows[row]
    gives = first < len(CUTS)
    then, place = (cuts, first) if gives else (now, 0)
    fewer = float((now.done[0, :, row] - then.done[place, :, row]).mean())
    return Giving(
        order=order,
        cohort=key.cohort,
        duty=key.duty,
        tier=key.tier,
        cut=CUTS[first] if gives else np.nan,
        completion=float(_completion(then)[place, row]),
        not_done=max(0.0, fewer),
        outstanding_end=float(then.outstanding[place, -1, row]),
    )


# Headroom ----------------------------------------------------------------------------------


def _run(model: Model) -> tuple[Workforce, Projection]:
    """Run current posts."""
    cases = caseloads.project(model)
    staff = workforce.staff(model)
    return staff, projection.project(model, cases, demand.other_work(model, cases), staff)


def _tried(
    model: Model, ladders: Sequence[_Ladder], amounts: Sequence[float]
) -> list[tuple[_NotMet, ...]]:
    """Return what is not met with an amount of each ladder, all projected side by side."""
    given = [one.with_amount(much) for one, much in zip(ladders, amounts, strict=True)]
    verdicts = _judged_at(given)
    return [_not_met(model, verdicts, n, one.teams) for n, one in enumerate(ladders)]


def _judged_at(models: Sequence[Model]) -> tuple[Verdict, ...]:
    """Return the standards judged in models that differ in what ladders change, each as a draw."""
    first = models[0]
    together = replace(
        first,
        caseloads=replace(
            first.caseloads,
            opening=np.concatenate([one.caseloads.opening for one in models]),
            growth=np.concatenate([one.caseloads.growth for one in models]),
        ),
        duties=replace(
            first.duties, overdue=np.concatenate([one.duties.overdue for one in models])
        ),
        people=replace(first.people, hours=np.concatenate([one.people.hours for one in models])),
    )
    return standards.verdicts(together, *_run(together))


def _not_met(
    model: Model, verdicts: Sequence[Verdict], draw: int, teams: frozenset[int]
) -> tuple[_NotMet, ...]:
    """Return the standards on cases and queues of some teams that are not met in a draw.

    The first period in which each is not met, in the order of these periods; in the same period
    the one first by which most hours are missed.
    """
    lost: list[tuple[int, float, _NotMet]] = []
    for one in verdicts:
        if _team_judged(model, one) not in teams:
            continue
        broken = np.flatnonzero(~one.met[min(draw, len(one.met) - 1)])
        if broken.size:
            n = int(broken[0])
            missed = one.missed_by[min(draw, len(one.missed_by) - 1), n]
            hours = float(missed * one.hours_each[n])
            lost.append((one.periods[n].first, -hours, _NotMet(one.standard, one.periods[n])))
    first: dict[str, _NotMet] = {}
    for *_, found in sorted(lost, key=lambda one: one[:2]):
        first.setdefault(found.standard, found)
    return tuple(first.values())


def _team_judged(model: Model, one: Verdict) -> int | None:
    """Return the team whose cases or queue a standard is about; none where it is about neither."""
    queue = one.duty if one.cohort is None else None
    team = model.scenario.settings.team_of(one.cohort, queue)
    return None if team is None else model.teams.index(team)


def _room(
    model: Model,
    ladder: _Ladder,
    now: tuple[_NotMet, ...],
    edge: tuple[_NotMet, ...],
    halving: _Halving | None,
) -> Room:
    """Return the most at which all is met.

    What is not met is named with the value at which that was found, and with no other.

    Args:
        model: the scenario as arrays.
        ladder: what current posts carry.
        now: what is not met at present.
        edge: what is not met at the far end.
        halving: where the most lies, if it lies between the two.
    """
    what, today, teams = ladder.what, ladder.today, ladder.teams
    every = _every(model, teams)
    end = ladder.least if now else ladder.far
    if not now and not edge:
        words = f"{what}: up to {ladder.say(end)} {every} stays met."
        return Room(what, today, end, None, ladder.unit, words)
    if halving is None:
        words = (
            f"{what}: at present ({ladder.say(today)}) {_named(now)} not met; with "
            f"{ladder.say(end)} {_named(edge)} {'still ' if _same(now, edge) else ''}not met."
        )
        return Room(what, today, np.nan, edge[0].standard, ladder.unit, words, end)
    kept, broken, lost = halving.kept, halving.broken, halving.lost
    shown = float(np.floor(kept)) if ladder.unit == "cases" and kept > 10 else kept
    if now:
        words = (
            f"{what}: at present ({ladder.say(today)}) {_named(now)} not met; {every} would be "
            f"met up to {ladder.say(shown)}."
        )
    else:
        words = (
            f"{what}: {every} stays met up to {ladder.say(shown)} ({ladder.say(today)} at "
            f"present); just above that {_named(lost)} not met."
        )
    return Room(what, today, kept, lost[0].standard, ladder.unit, words, broken)


def _every(model: Model, teams: frozenset[int]) -> str:
    """Return what is asked of the teams concerned; others may miss theirs meanwhile."""
    if teams == _judged(model):
        return "every standard"
    return f"every standard of the {listed([team_label(model, model.teams[t]) for t in teams])}"


def _same(now: tuple[_NotMet, ...], edge: tuple[_NotMet, ...]) -> bool:
    """Return whether all that is not met at the far end is not met at present either."""
    return {one.standard for one in edge} <= {one.standard for one in now}


def _named(lost: tuple[_NotMet, ...]) -> str:
    """Return standards with the first period in which each is not met, and the verb."""
    names = [f"{one.standard} ({_first(one)})" for one in lost]
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'}"


def _first(one: _NotMet) -> str:
    name = one.period.name
    return f"{'in' if '/' in name else 'from'} {since(name)}"


def _judged(model: Model) -> frozenset[int]:
    """Return the teams of the cohorts that a standard is about."""
    settings = model.scenario.settings
    teams = [settings.team_of(rule.cohort, rule.queue) for rule in settings.standards]
    return frozenset(model.teams.index(team) for team in teams if team is not None)


def _ladders(model: Model) -> Iterator[_Ladder]:
    """Yield cases and growth of cohorts and abstraction of teams that a standard is about."""
    judged = _judged(model)
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

    what = f"Cases at the start, in the present mix of tiers ({_cohort(model, place)})"
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

    what = f"Growth per year ({_cohort(model, place)})"
    teams = frozenset({team})
    return _Ladder(what, "share", teams, today, -0.3, today + 0.5, with_amount, per_cent_signed)


def per_cent_signed(share: float) -> str:
    """Return a rate that may be negative in per cent."""
    return f"−{per_cent(-share)}" if share < 0 else f"{100 * share:.1f}%"


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

    what = f"Days of abstraction per year for each officer ({team_label(model, model.teams[team])})"
    teams = frozenset({team})
    return _Ladder(
        what,
        "days per year",
        teams,
        today,
        0.0,
        today + 120.0,
        with_amount,
        lambda n: f"{n:.1f} days",
    )
