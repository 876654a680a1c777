"""What a plan comes to in a few figures: posts, money, duties, standards.

The words for them are in `summary`. All are the central case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.engine import outcomes, standards
from capacity.engine.measures import NOTHING, share_of
from capacity.engine.model import NO_COHORT, Array, Flags, Model, Period, Whole
from capacity.engine.standards import Judgement
from capacity.settings import ESTIMATES, Standard
from capacity.staffing import costs
from capacity.stages import Option, PlanResult

SAME = 1e-6
"""Posts that differ by less are the same."""

AN_HOUR = 0.5
"""Fewer hours than this are none."""


@dataclass(frozen=True)
class TeamYear:
    """A team in a financial year: mean posts and people of the months projected, and cost."""

    team: str
    label: str
    year: str
    months: int
    posts_today: float
    posts_sized: float | None
    in_post: float  # of the team needed; of current posts where sizing was left out
    cost: float  # the same, real, posts and overtime


@dataclass(frozen=True)
class Service:
    """One duty of a cohort, or of the cohorts of one group, all tiers. Shape: [month]."""

    group: str
    duty: str
    cohort_label: str
    duty_label: str
    due: Array
    done: Array
    early: Array  # done before they fall due, apart from due and done (EQ24)
    held: Array
    owed: Array
    outstanding: Array
    longest_wait: float  # months, at the end
    longest_in: str  # tier or class, blank in a queue of one class

    @property
    def is_queue(self) -> bool:
        """Whether it is work that queues, not a duty."""
        return self.group == NO_COHORT

    @property
    def key(self) -> str:
        """Its name in one word."""
        return "-".join(filter(None, (self.group, self.duty)))

    @property
    def left(self) -> str:
        """What those not done are called."""
        return "waiting" if self.is_queue else "overdue"

    @property
    def completion(self) -> Array:
        """Done ÷ due, NaN where nothing is due."""
        return share_of(self.done, self.due)

    @property
    def in_date(self) -> Array:
        """Cases not outstanding ÷ cases owed, NaN where there are none."""
        return share_of(self.held, self.owed)

    @cached_property
    def ends(self) -> tuple[int, int] | None:
        """First and last month in which any is due; none where none ever is."""
        months = np.flatnonzero(self.due >= NOTHING)
        return (int(months[0]), int(months[-1])) if len(months) else None


@dataclass(frozen=True)
class CutShort:
    """Hours of work that a team cuts short when hours lack (EQ25). Shape: [month]."""

    team: str
    label: str
    hours: Array  # cut short
    there: Array  # the hours the team has: its own, overtime and help, less what it gives

    @property
    def months(self) -> Whole:
        """The months in which work is cut short, by as much as is seen in whole hours."""
        return np.flatnonzero(self.hours >= AN_HOUR)

    @property
    def per_month(self) -> float:
        """Hours cut short per month, the mean of the whole time."""
        return float(self.hours.mean())

    @property
    def share(self) -> float:
        """What is cut short ÷ the team's hours, over the whole time; NaN where it has none."""
        there = float(self.there.sum())
        return float(self.hours.sum()) / there if there > NOTHING else float("nan")

    @property
    def worst(self) -> int:
        """The first month in which most is cut short."""
        return int(np.flatnonzero(self.hours >= self.hours.max() - NOTHING)[0])


@dataclass(frozen=True)
class Standing:
    """How one named standard fares, all its tiers together."""

    rule: Standard
    judged: tuple[Period, ...]
    missed: tuple[Judgement, ...]

    @cached_property
    def periods_missed(self) -> tuple[Period, ...]:
        """Periods in which it is missed in some tier, in order."""
        return tuple(sorted({one.period for one in self.missed}, key=lambda period: period.first))

    @property
    def kept_from(self) -> Period | None:
        """The first period from which it is kept to the end; none if there is none."""
        lost = self.periods_missed
        later = [period for period in self.judged if not lost or period.first > lost[-1].first]
        return later[0] if later else None

    @property
    def worst(self) -> Judgement | None:
        """The tier and period in which most is missed, by the hours it counts for."""
        return max(self.missed, key=lambda one: one.missed_by[0] * one.hours_each, default=None)


@dataclass(frozen=True)
class Headline:
    """What one way to staff comes to."""

    name: str
    posts: Array  # [month]
    services: tuple[Service, ...]
    standings: tuple[Standing, ...]
    cost: Array  # [month], real, posts and overtime
    cost_discounted: float
    overtime: Array  # [month], hours
    overtime_cost: Array  # [month], real
    duty_hours: Array  # [month], hours worked on duties
    short: float  # hours that lack for other work
    missed: tuple[Judgement, ...]  # standards, supervision and shares of grades
    case_months: float  # overdue at the end of each month, added up
    weighted: float  # the same, weighted by risk (EQ31)
    cuts: tuple[CutShort, ...] = ()  # teams that cut work short in some month
    offices: tuple[Service, ...] = ()  # the duties of each cohort of a group of several


@dataclass(frozen=True)
class Headlines:
    """What a plan comes to: current posts and, unless left out, the team needed."""

    plan: PlanResult
    today: Headline
    sized: Headline | None
    before: Headlines | None = None  # what the plan is compared with

    @property
    def model(self) -> Model:
        """The model that was planned."""
        return self.plan.model

    @property
    def options(self) -> tuple[Headline, ...]:
        """Current posts first, then the team needed if there is one."""
        return (self.today,) if self.sized is None else (self.today, self.sized)

    @cached_property
    def added(self) -> Array:
        """Posts that sizing adds. Shape: [month, grade]."""
        today, last = self.plan.today.staff.posts[0], self.plan.options[-1].staff.posts[0]
        return np.where(np.abs(last - today) < SAME, 0.0, last - today)

    @cached_property
    def full_year(self) -> tuple[float, float]:
        """Twelve months of every post added by the end: in real terms, and in cash.

        Cash is at the pay of the last financial year, all twelve months of it.
        """
        full = costs.full_year(self.model, self.plan.options[-1].costs, self.plan.today.costs)
        return full.posts_real, full.posts_cash

    @property
    def whole_year(self) -> tuple[str, Flags] | None:
        """The last financial year that lies wholly in the horizon, and its months."""
        calendar = self.model.calendar
        for place in reversed(range(len(calendar.years))):
            months = calendar.year_of == place
            if months.sum() == 12:
                return calendar.years[place], months
        return None


def read_off(plan: PlanResult) -> Headlines:
    """Return what a plan comes to."""
    today, *rest = (_headline(plan, option) for option in plan.options)
    before = None if plan.before is None else read_off(plan.before)
    return Headlines(plan, today, rest[0] if rest else None, before)


def moved(before: Headlines, after: Headlines) -> tuple[Service, ...]:
    """Return the duties whose course differs between two plans, those of the second.

    Returns:
        One for each duty and group.
    """
    if len(before.options) != len(after.options):
        return after.today.services
    found: dict[tuple[str, str], Service] = {}
    for old, new in zip(before.options, after.options, strict=True):
        known = {(one.group, one.duty): one for one in old.services}
        for one in new.services:
            key = one.group, one.duty
            if key not in known or not _same_course(known[key], one):
                found.setdefault(key, one)
    return tuple(found.values())


def _same_course(one: Service, other: Service) -> bool:
    """Return whether a duty falls due, is done and waits in the same way."""
    names = ("due", "done", "held", "outstanding")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def missed(plan: PlanResult, option: Option | None = None) -> tuple[Judgement, ...]:
    """Return the rules that an option misses: standards, supervision and shares of grades.

    By default those of the team needed; of current posts where sizing was left out.

    Returns:
        One for each rule, tier and period.
    """
    option = option or plan.options[-1]
    every = (*option.judgements, *standards.establishment(plan.model, option.staff))
    return tuple(one for one in every if not one.met[0])


def keeps_everything(plan: PlanResult) -> bool:
    """Return whether the plan keeps every standard and rule, and no hours lack."""
    short = plan.options[-1].projection.short[0] > NOTHING
    return not missed(plan) and not short.any()


def team_years(plan: PlanResult) -> tuple[TeamYear, ...]:
    """Return posts, people and cost of each team by financial year.

    Returns:
        One for each team and year.
    """
    model, last = plan.model, plan.options[-1]
    rows = []
    for place, team in enumerate(model.teams):
        mine = np.flatnonzero(model.people.team_of == place)
        for n, year in enumerate(model.calendar.years):
            months = np.flatnonzero(model.calendar.year_of == n)
            of_team = np.ix_(months, mine)
            means = [
                None if series is None else float(series[0][of_team].sum(axis=1).mean())
                for series in (
                    plan.today.staff.posts,
                    plan.sized.staff.posts if plan.sized else None,
                    last.staff.in_post,
                )
            ]
            cost = float(last.costs.total_real[of_team].sum())
            today, sized, in_post = means
            assert today is not None
            assert in_post is not None
            rows.append(
                TeamYear(
                    team, team_label(model, team), year, len(months), today, sized, in_post, cost
                )
            )
    return tuple(rows)


def weights_assumed(model: Model) -> bool:
    """Return whether some tier's risk weight is a default or an estimate (EQ31)."""
    settings = model.scenario.settings
    weights = [
        settings.cohorts[row.cohort].tiers[row.tier].risk_weight
        if row.cohort
        else settings.queues[row.duty].risk_weight.get(row.tier)
        for row, weight in zip(model.rows, model.duties.risk_weight, strict=True)
        if weight > 0
    ]
    return any(weight is None or weight.source in ESTIMATES for weight in weights)


def team_label(model: Model, team: str) -> str:
    """Return a team's name as shown to people."""
    return model.scenario.settings.teams[team].label or team


def _headline(plan: PlanResult, option: Option) -> Headline:
    run = option.projection
    return Headline(
        name=option.name,
        posts=option.staff.posts[0].sum(axis=1),
        services=tuple(_services(plan.model, option)),
        offices=tuple(_offices(plan.model, option)),
        standings=tuple(_standings(plan.model, option)),
        cost=option.costs.total_real.sum(axis=1),
        cost_discounted=float(option.costs.total_discounted.sum()),
        overtime=run.overtime[0].sum(axis=1),
        overtime_cost=option.costs.overtime.sum(axis=1),
        duty_hours=run.duty_hours[0].sum(axis=1),
        short=float(run.short[0].sum()),
        missed=missed(plan, option),
        case_months=float(run.outstanding[0].sum()),
        weighted=float(outcomes.weighted(plan.model, run)[0].sum()),
        cuts=tuple(_cuts(plan.model, option)),
    )


def _cuts(model: Model, option: Option) -> Iterator[CutShort]:
    """Yield the teams that cut work short in some month."""
    run = option.projection
    there = run.own + run.overtime + run.received - run.lent
    for place, team in enumerate(model.teams):
        one = CutShort(
            team, team_label(model, team), run.cut_short[0, :, place], there[0, :, place]
        )
        if len(one.months):
            yield one


def _offices(model: Model, option: Option) -> Iterator[Service]:
    """Yield every duty that is ever owed of each cohort whose group has several."""
    cohorts = model.scenario.settings.cohorts
    sizes = Counter(cohorts[name].group or name for name in model.cohorts)
    if max(sizes.values(), default=0) > 1:
        for one in _services(model, option, apart=True):
            if sizes.get(one.group, 0) > 1:
                yield one


def _services(model: Model, option: Option, *, apart: bool = False) -> Iterator[Service]:
    """Yield every duty that is ever owed, cohorts of one group added up unless `apart`; queues."""
    settings = model.scenario.settings
    owes = model.duties.per_year[0] > 0
    rows_of: dict[tuple[str, str, str], list[int]] = {}
    for row in np.flatnonzero(owes.any(axis=0)).tolist():
        key = model.rows[row]
        whose = key.cohort if apart else ""
        rows_of.setdefault((model.group_of(key), whose, key.duty), []).append(row)
    run = option.projection
    due, done, waiting = run.due[0], run.done[0], run.outstanding[0]
    early = run.done_early[0]
    held, owed = (one[0] for one in run.held_and_owed(model))
    for (group, _, duty), rows in rows_of.items():
        members = list(dict.fromkeys(model.rows[row].cohort for row in rows))
        alone = len(members) == 1
        waits = run.longest_wait[0, -1, rows]
        longest = model.rows[rows[int(np.argmax(waits))]]
        tier = settings.tier_label(longest.cohort, longest.tier)
        if not longest.cohort and len(rows) == 1:
            tier = ""
        yield Service(
            group=group,
            duty=duty,
            cohort_label=settings.whose_label(members[0], duty) if alone else group,
            duty_label=settings.task_label(members[0], duty),
            due=due[:, rows].sum(axis=1),
            done=done[:, rows].sum(axis=1),
            early=early[:, rows].sum(axis=1),
            held=held[:, rows].sum(axis=1),
            owed=owed[:, rows].sum(axis=1),
            outstanding=waiting[:, rows].sum(axis=1),
            longest_wait=float(waits.max()),
            longest_in=tier if alone else f"{tier}, {settings.whose_label(longest.cohort, duty)}",
        )


def _standings(model: Model, option: Option) -> Iterator[Standing]:
    """Yield how each named standard fares, in file order."""
    judged: dict[str, list[Judgement]] = {}
    for one in option.judgements:
        judged.setdefault(one.standard, []).append(one)
    for rule in model.scenario.settings.standards:
        found = judged.get(rule.name, [])
        periods = sorted({one.period for one in found}, key=lambda period: period.first)
        yield Standing(rule, tuple(periods), tuple(one for one in found if not one.met[0]))
