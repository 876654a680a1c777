"""Scenario → Model: read-only arrays on named axes.

This is the last place that converts units: rates in files are per year, everything here is per
month. Every coefficient carries a month index, and a leading draw axis of length one where it is
certain, so that the same code runs the plan and ten thousand futures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from capacity.scenario import Scenario, month_index
from capacity.settings import (
    EVERY_TIER,
    Cohort,
    CostParts,
    Duty,
    Grade,
    Quantity,
    Settings,
    Standard,
    Team,
)

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Number = float | Array

MONTHS_A_YEAR = 12
FIRST_MONTH_OF_YEAR = 4
"""Financial years start in April."""


class TierKey(NamedTuple):
    """A tier of a cohort."""

    cohort: str
    tier: str


class RowKey(NamedTuple):
    """A duty owed to a tier of a cohort."""

    cohort: str
    duty: str
    tier: str


class GradeKey(NamedTuple):
    """A grade of a team."""

    team: str
    grade: str


@dataclass(frozen=True)
class Calendar:
    """The months projected, their names and the financial years they lie in."""

    start: date
    months: int

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names of the months, `YYYY-MM`."""
        numbers = range(self._first, self._first + self.months)
        return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in numbers)

    @cached_property
    def year_numbers(self) -> Whole:
        """Calendar year in which each month's financial year starts. Shape: [month]."""
        months = np.arange(self._first, self._first + self.months)
        return (months - (FIRST_MONTH_OF_YEAR - 1)) // 12

    @cached_property
    def years(self) -> tuple[str, ...]:
        """Names of the financial years touched, such as `2025/26`, in order."""
        return tuple(year_name(n) for n in sorted(set(self.year_numbers.tolist())))

    @cached_property
    def year_of(self) -> Whole:
        """Place of each month's financial year in `years`. Shape: [month]."""
        return self.year_numbers - self.year_numbers[0]

    @property
    def _first(self) -> int:
        return self.start.year * 12 + self.start.month - 1

    def years_from(self, first: int, *, whole: bool = False) -> tuple[Period, ...]:
        """Return the financial years with a month from `first` on, and those months of them.

        `whole`: all months of these years, earlier ones too.

        EQ21. Shape: one a year. Unit: months. Source: docs/method.md, Sizing. Raises: nothing.
        """
        found = []
        for place, name in enumerate(self.years):
            months = np.flatnonzero(self.year_of == place)
            later = months[months >= first]
            months = months if whole else later
            if len(later):
                found.append(Period(name, int(months[0]), int(months[-1]) + 1))
        return tuple(found)

    def periods(self, judged: str, first: int) -> tuple[Period, ...]:
        """Return the periods a standard is judged on from month `first`: whole ones only.

        EQ17. Shape: one a month, whole calendar quarter or whole financial year. Unit: months.
        Source: docs/method.md, Sizing. Raises: nothing.
        """
        if judged == "month":
            return tuple(Period(self.labels[t], t, t + 1) for t in range(first, self.months))
        length = 3 if judged == "quarter" else 12
        offset = 0 if judged == "quarter" else FIRST_MONTH_OF_YEAR - 1
        found = []
        for t in range(max(first, 0), self.months - length + 1):
            if (self._first + t - offset) % length == 0:
                year, month = divmod(self._first + t, 12)
                name = f"{year}-Q{month // 3 + 1}" if length == 3 else year_name(year)
                found.append(Period(name, t, t + length))
        return tuple(found)


class Period(NamedTuple):
    """Months `first` up to but not including `end`, under one name."""

    name: str
    first: int
    end: int


def year_name(number: int) -> str:
    """Return the name of the financial year that starts in April of a calendar year.

    Shape: scalar. Unit: none. Source: docs/method.md, Money. Raises: nothing.
    """
    return f"{number:04d}/{(number + 1) % 100:02d}"


@dataclass(frozen=True)
class Transfer:
    """Cases moved from one tier to another in last month's state (an event)."""

    month: int
    origin: int
    target: int
    cases: Array


@dataclass(frozen=True)
class Caseloads:
    """What moves cases (EQ1–EQ3). Shapes: [draw, month, tier] unless said."""

    opening: Array  # [draw, tier]
    exits: Array  # probability a month
    moves: Array  # [draw, month, from, to], probability a month, diagonal 0
    growth: Array  # [draw, month, cohort], a year; NaN where entrants are given
    given: Array  # entrants a month, from settings or inflows
    inflows: Array  # [draw, month, inflow, tier]
    mix: Array  # shares by which entrants join
    arrivals: Array  # one-off cases
    transfers: tuple[Transfer, ...]
    cohort_of: Whole  # [tier]


@dataclass(frozen=True)
class Duties:
    """What is owed. Shapes: [draw, month, row]; a row is a duty of a tier."""

    opening_interval: Whole  # [row], months; 0 without a clock
    interval: Whole  # [month, row]
    lapsing: Array  # due a month for each case, where owed more than monthly
    per_year: Array
    hours: Array  # EQ10
    no_answer: Array
    access: Array
    overdue: Array  # [draw, row]
    opening_shares: tuple[Array | None, ...]  # by row: [months since done], if a register gives it
    overdue_shares: tuple[Array | None, ...]  # by row: [whole months outstanding], the same
    tier_of: Whole  # [row]
    block_of: Whole  # [row], rows of one duty of one cohort share a block
    team_of: Whole  # [row]
    order: Whole  # rows in the order in which hours go to them
    standards_first: bool


@dataclass(frozen=True)
class Activity:
    """Other work of a team, by name (EQ11)."""

    team: int
    name: str
    tiers: slice
    per_case: Array  # [draw, month, tier of the cohort], hours a month
    per_entrant: Array  # [draw, month, tier of the cohort], hours


@dataclass(frozen=True)
class People:
    """Establishment, recruitment and hours. Shapes: [draw, month, grade] unless said."""

    team_of: Whole  # [grade]
    posts: Array
    undated_posts: Array  # [draw, grade]
    opening: Array  # [draw, grade], in post before the first month
    in_training: Array  # [draw, grade]
    share: Array  # casework share
    hours: Array  # EQ8
    leavers: Array  # probability a month
    joiners_due: Array
    joiners_due_all: Array  # [draw, grade], those after the horizon too
    max_joiners: Array
    lead: Whole
    accreditation: Whole
    productivity: Array
    events: Array  # FTE × productivity of people events
    events_counted: Array  # of those, the ones that count in the ratio
    events_cost: Array  # £ a month of funded ones
    cost: Array  # £ a year a post
    joining_cost: Array
    supervises: Array  # NaN where the grade supervises nobody
    max_share: Array  # NaN where there is none
    may_shrink: Flags  # [month, grade]
    overtime_limit: Array  # [draw, month, team], hours for each casework FTE
    overtime_in_use: Array  # [draw, month, team]
    overtime_cost: Array  # [draw, month, team], £ an hour


@dataclass(frozen=True)
class Lending:
    """One rule of who may help whom."""

    lender: int
    borrower: int
    max_share: Array  # [draw, 1]
    efficiency: Array  # [draw, 1]
    counts: bool


Measure = Literal["completion", "in_date", "outstanding"]


@dataclass(frozen=True)
class DutyStandard:
    """A standard on one duty of one tier (EQ17)."""

    name: str
    row: int
    measure: Measure
    level: Number
    first: int
    judged: str
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class CaseloadLimit:
    """Most cases for each effective casework FTE (EQ18)."""

    name: str
    cohort: int
    tiers: Whole
    team: int
    level: Number
    first: int


@dataclass(frozen=True)
class Budget:
    """Most to be spent in a financial year (EQ21)."""

    name: str
    team: int | None
    level: Number
    first: int


@dataclass(frozen=True)
class MostPosts:
    """Most posts of some grades of a team (EQ21)."""

    name: str
    team: int
    grades: Whole
    level: Number
    first: int


@dataclass(frozen=True)
class Rules:
    """Every standard, by kind, in file order within the kind."""

    duties: tuple[DutyStandard, ...]
    caseloads: tuple[CaseloadLimit, ...]
    budgets: tuple[Budget, ...]
    posts: tuple[MostPosts, ...]


@dataclass(frozen=True)
class Money:
    """How money is shown."""

    discount_rate: Number
    pay_award: Number
    vacancy_factor: Number
    price_base: int  # calendar year in which the price base starts
    shares: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Model:
    """A scenario as arrays; nothing in it changes."""

    scenario: Scenario
    calendar: Calendar
    cohorts: tuple[str, ...]
    tiers: tuple[TierKey, ...]
    rows: tuple[RowKey, ...]
    teams: tuple[str, ...]
    grades: tuple[GradeKey, ...]
    inflow_names: tuple[str, ...]
    team_of_cohort: Whole
    caseloads: Caseloads
    duties: Duties
    activities: tuple[Activity, ...]
    people: People
    lending: tuple[Lending, ...]
    rules: Rules
    money: Money

    @property
    def months(self) -> int:
        """Months projected."""
        return self.calendar.months

    @cached_property
    def owed(self) -> Flags:
        """Whether a tier is owed any planned duty in a month; if not it is reactive.

        Shape: [month, tier]. Unit: none. Source: docs/method.md, Words. Raises: nothing.
        """
        owed = np.zeros((self.months, len(self.tiers)), dtype=bool)
        for row in range(len(self.rows)):
            owed[:, self.duties.tier_of[row]] |= self.duties.per_year[:, :, row].max(axis=0) > 0
        return owed

    @cached_property
    def team_hours(self) -> Array:
        """Hours of one FTE of a team: those of its first grade with casework.

        EQ18. Shape: [draw, month, team]. Unit: hours a month. Source: docs/method.md, Sizing.
        Raises: nothing.
        """
        hours = np.zeros((*self.people.hours.shape[:2], len(self.teams)))
        for team in range(len(self.teams)):
            grades = np.flatnonzero(self.people.team_of == team)
            casework = [g for g in grades if self.people.share[:, :, g].max() > 0]
            hours[:, :, team] = self.people.hours[:, :, casework[0] if casework else grades[0]]
        return hours


def build(scenario: Scenario) -> Model:
    """Return the model of a valid scenario.

    Shape: see the classes of this module. Unit: months, hours, cases, FTE, £.
    Source: docs/method.md, Words. Raises: nothing; the scenario is already valid.
    """
    return _Builder(scenario).model()


def amount(quantity: Quantity) -> Number:
    """Return the number of a quantity, or its draws.

    Shape: scalar or [draw]. Unit: as the setting. Source: none. Raises: nothing.
    """
    return quantity.value


def blank(draws: int, *shape: int, kind: type[np.floating[Any]] = np.float64) -> Array:
    """Return zeros whose draws lie next to each other in memory, which is fast for many.

    Shape: [draw, …]. Unit: none. Source: none. Raises: nothing.
    """
    last = len(shape)
    return np.zeros((*shape, draws), dtype=kind).transpose(last, *range(last))


def alike(series: Array) -> Array:
    """Return one month of a series that is the same in every month, else all of it.

    Shape: [draw, 1 or month, …]. Unit: as given. Source: none. Raises: nothing.
    """
    return series[:, :1] if series.shape[1] and series.strides[1] == 0 else series


def summed(parts: Array, places: Iterable[int] | None = None) -> Array:
    """Add up some columns, or all, one after the other: the same for one draw or for many.

    Shape: […, column] → […]. Unit: as given. Source: none. Raises: nothing.
    """
    every = list(range(parts.shape[-1]) if places is None else places)
    if not every:
        return np.zeros(parts.shape[:-1])
    total = parts[..., every[0]].copy(order="K")
    for place in every[1:]:
        total += parts[..., place]
    return total


def _column(numbers: Sequence[Number]) -> Array:
    """Stack scalars and draws. Shape: [draw, number], draws next to each other in memory."""
    if not numbers:
        return np.zeros((1, 0))
    if all(np.ndim(number) == 0 for number in numbers):
        return np.array([numbers], dtype=float)
    full = np.broadcast_arrays(*[np.atleast_1d(n).astype(float) for n in numbers])
    return np.stack(full).T


def _along(parts: Sequence[Array], axis: int) -> Array:
    """Stack arrays whose draw axes are 1 or all equal, draws next to each other in memory."""
    draws = max(part.shape[0] for part in parts)
    full = [np.moveaxis(np.broadcast_to(part, (draws, *part.shape[1:])), 0, -1) for part in parts]
    return np.moveaxis(np.stack(full, axis=axis - 1), -1, 0)


def by_tier(table: dict[str, Quantity], tier: str, default: Number = 0.0) -> Number:
    """Return a per-tier setting for one tier: its own, else the one for all, else the default.

    Shape: scalar or [draw]. Unit: as the setting. Source: docs/settings.md. Raises: nothing.
    """
    quantity = table.get(tier, table.get(EVERY_TIER))
    return default if quantity is None else amount(quantity)


def times_a_year(duty: Duty, tier: str) -> Number:
    """Return how often a duty is owed to each case of a tier a year.

    Shape: scalar or [draw]. Unit: a year. Source: docs/method.md, Duties. Raises: nothing.
    """
    months = by_tier(duty.every_months, tier)
    return by_tier(duty.per_year, tier) if np.all(months == 0) else MONTHS_A_YEAR / months


def _shares(table: Mapping[str, Sequence[float]], tier: str) -> Array | None:
    """Return cases by month as shares of all of them. Shape: [month]."""
    given = np.array(table.get(tier, ()), dtype=float)
    return given / given.sum() if given.sum() > 0 else None


def clock_interval(duty: Duty, tier: str) -> int:
    """Return the months between one and the next; 0 where the tier has no clock.

    Shape: scalar. Unit: months. Source: docs/method.md, Duties. Raises: nothing.
    """
    rate = float(np.ravel(times_a_year(duty, tier))[0])
    return 0 if rate <= 0 or rate > MONTHS_A_YEAR else round(MONTHS_A_YEAR / rate)


def _lapsing_a_month(duty: Duty, tier: str) -> Number:
    """Return how many fall due in a month for each case where owed more than monthly, else 0."""
    rate = times_a_year(duty, tier)
    return np.where(np.asarray(rate) > MONTHS_A_YEAR, np.asarray(rate) / 12, 0.0)


def yearly_cost(grade: Grade) -> Number:
    """Return what a post costs a year: pay, pension, National Insurance and the rest.

    Shape: scalar or [draw]. Unit: £ a year. Source: docs/method.md, Money. Raises: nothing.
    """
    cost = grade.cost_per_year
    if not isinstance(cost, CostParts):
        return amount(cost)
    pay = amount(cost.pay)
    insured = np.maximum(0.0, pay - amount(cost.ni_threshold))
    pension = pay * amount(cost.pension_rate)
    return pay + pension + amount(cost.ni_rate) * insured + amount(cost.other)


def hours_of_one(grade: Grade) -> Number:
    """Return the hours of one FTE in a month.

    EQ8. Shape: scalar or [draw]. Unit: hours a month. Source: docs/method.md, Hours.
    Raises: nothing.
    """
    week = amount(grade.weekly_hours)
    days = amount(grade.leave_days) + amount(grade.bank_holidays) + amount(grade.training_days)
    present = (1 - amount(grade.sickness)) * (1 - amount(grade.abstraction))
    hours = (52 * week - days * week / 5) * present / MONTHS_A_YEAR
    return np.maximum(0.0, hours)


def hours_of_one_done(duty: Duty, tier: str) -> Number:
    """Return the officer hours that one done duty takes, failed attempts included.

    EQ10. Shape: scalar or [draw]. Unit: hours. Source: docs/method.md, Hours. Raises: nothing.
    """
    lead = by_tier(duty.hours, tier)
    second = by_tier(duty.second_officer_hours, tier, lead)
    crew = by_tier(duty.crew, tier, 1.0)
    nobody = by_tier(duty.no_answer_share, tier)
    failed = nobody / (1 - nobody) * by_tier(duty.no_answer_hours, tier) * crew
    return lead + (crew - 1) * second + failed


class _Builder:
    """Turns settings by month into arrays; thrown away afterwards."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.settings = scenario.settings
        self.calendar = Calendar(self.settings.start, int(self.settings.months.value))
        self.versions = [self.settings, *(later for _, later in scenario.dated)]
        starts = [0, *(max(first, 0) for first, _ in scenario.dated)]
        months = np.arange(self.calendar.months)
        self.version_of = np.searchsorted(starts, months, side="right") - 1
        cohorts = self.settings.cohorts
        self.cohorts = tuple(cohorts)
        self.tiers = tuple(TierKey(c, k) for c in cohorts for k in cohorts[c].tiers)
        self.rows = tuple(
            RowKey(c, d, k) for c in cohorts for d in cohorts[c].duties for k in cohorts[c].tiers
        )
        self.teams = tuple(self.settings.teams)
        self.grades = tuple(
            GradeKey(team, grade)
            for team in self.teams
            for grade in self.settings.teams[team].grades
        )
        self.tier_index = {key: n for n, key in enumerate(self.tiers)}
        self.team_index = {team: n for n, team in enumerate(self.teams)}
        self.grade_index = {key: n for n, key in enumerate(self.grades)}

    def model(self) -> Model:
        """Put the parts together."""
        money = self.settings.finance
        base = money.price_base
        return Model(
            scenario=self.scenario,
            calendar=self.calendar,
            cohorts=self.cohorts,
            tiers=self.tiers,
            rows=self.rows,
            teams=self.teams,
            grades=self.grades,
            inflow_names=tuple(flow.name for flow in self.settings.inflows),
            team_of_cohort=np.array(
                [self.team_index[self.settings.cohorts[c].team] for c in self.cohorts], dtype=int
            ),
            caseloads=self.caseloads(),
            duties=self.duties(),
            activities=tuple(self.activities()),
            people=self.people(),
            lending=tuple(self.lending()),
            rules=self.rules(),
            money=Money(
                discount_rate=amount(money.discount_rate),
                pay_award=amount(money.pay_award_per_year),
                vacancy_factor=amount(money.vacancy_factor),
                price_base=int(base[:4]) if base else int(self.calendar.year_numbers[0]),
                shares={
                    team: {who: float(np.mean(amount(q))) for who, q in parts.items()}
                    for team, parts in money.shares.items()
                },
            ),
        )

    def monthly(self, numbers: Callable[[Settings], Iterable[Number]]) -> Array:
        """Return what a function of the settings gives, by month. Shape: [draw, month, number]."""
        columns = [_column(list(numbers(version))) for version in self.versions]
        first = columns[0]
        if all(np.array_equal(first, later, equal_nan=True) for later in columns[1:]):
            shape = (len(first), self.calendar.months, first.shape[1])
            return np.broadcast_to(first[:, None], shape)  # one month stands for all: see alike
        return _along([columns[version] for version in self.version_of], axis=1)

    # Caseload ------------------------------------------------------------------------------

    def caseloads(self) -> Caseloads:
        """Return what moves cases."""
        size = len(self.tiers)
        inflows = self.inflows()
        entrants = self.monthly(self._entrants_given)
        with_inflows = inflows.sum(axis=2)
        arrivals, transfers = self.events()
        moves = self.monthly(self._moves)
        return Caseloads(
            opening=_column(
                [amount(self.settings.cohorts[c].tiers[k].cases) for c, k in self.tiers]
            ),
            exits=self.monthly(
                lambda s: (by_tier(s.cohorts[c].exits_per_year, k) / 12 for c, k in self.tiers)
            ),
            moves=moves.reshape(*moves.shape[:2], size, size),
            growth=self.monthly(self._growth),
            given=entrants + with_inflows,
            inflows=inflows,
            mix=self.monthly(self._mix),
            arrivals=arrivals,
            transfers=transfers,
            cohort_of=np.array([self.cohorts.index(c) for c, _ in self.tiers], dtype=int),
        )

    def _moves(self, settings: Settings) -> Iterable[Number]:
        for origin in self.tiers:
            table = settings.cohorts[origin.cohort].moves_per_year.get(origin.tier, {})
            for target in self.tiers:
                quantity = table.get(target.tier) if target.cohort == origin.cohort else None
                yield 0.0 if quantity is None else amount(quantity) / 12

    def _growth(self, settings: Settings) -> Iterable[Number]:
        flowing = {flow.cohort for flow in self.settings.inflows}
        for name in self.cohorts:
            cohort = settings.cohorts[name]
            given = cohort.entrants_per_month is not None or name in flowing
            if given:
                yield np.nan
            else:
                yield 0.0 if cohort.growth_per_year is None else amount(cohort.growth_per_year)

    def _entrants_given(self, settings: Settings) -> Iterable[Number]:
        for name, tier in self.tiers:
            table = settings.cohorts[name].entrants_per_month
            if table is None:
                yield 0.0
            elif EVERY_TIER in table:
                yield amount(table[EVERY_TIER]) * self._share_joining(settings, name, tier)
            else:
                yield by_tier(table, tier)

    def _mix(self, settings: Settings) -> Iterable[Number]:
        return (self._share_joining(settings, cohort, tier) for cohort, tier in self.tiers)

    def _share_joining(self, settings: Settings, cohort: str, tier: str) -> Number:
        mix = settings.cohorts[cohort].entry_mix
        return self.default_mix[cohort][tier] if mix is None else by_tier(mix, tier)

    @cached_property
    def default_mix(self) -> dict[str, dict[str, Number]]:
        """The opening mix over tiers with a planned duty, from undated settings (EQ3)."""
        return {name: opening_mix(cohort) for name, cohort in self.settings.cohorts.items()}

    def inflows(self) -> Array:
        """Return entrants by named inflow. Shape: [draw, month, inflow, tier]."""
        flows = self.settings.inflows
        mix = self.monthly(self._mix)
        parts = []
        for place, flow in enumerate(flows):
            at_source = self.monthly(
                lambda s, n=place: [amount(s.inflows[n].per_month) * amount(s.inflows[n].share)]  # type: ignore[misc]
            )
            # The rate is also held before the start, so month t looks back at month t − lag.
            before = np.ravel(amount(flow.per_month) * amount(flow.share))[:, None]
            lag = np.atleast_1d(np.rint(amount(flow.lag_months))).astype(int)
            rate = np.stack(
                np.broadcast_arrays(
                    *[
                        np.where(t - lag >= 0, _pick(at_source[..., 0], t - lag), before[:, 0])
                        for t in range(self.calendar.months)
                    ]
                ),
                axis=1,
            )
            joins = self._joining(flow.cohort, flow.tier, mix)
            parts.append(rate[:, :, None] * joins)
        if not parts:
            return np.zeros((1, self.calendar.months, 0, len(self.tiers)))
        return _along(parts, axis=2)

    def _joining(self, cohort: str, tier: str | None, mix: Array) -> Array:
        """Return the shares by which cases join: one tier, or the cohort's entry mix."""
        if tier is None:
            mine = np.array([key.cohort == cohort for key in self.tiers])
            return np.where(mine, mix, 0.0)
        joins = np.zeros_like(mix[:1])
        joins[:, :, self.tier_index[TierKey(cohort, tier)]] = 1.0
        return joins

    def events(self) -> tuple[Array, tuple[Transfer, ...]]:
        """Return one-off arrivals and the moves between tiers, in file order."""
        mix = self.monthly(self._mix)
        arrivals = np.zeros((1, self.calendar.months, len(self.tiers)))
        transfers = []
        for event in self.settings.events:
            month = month_index(self.settings, event.at)
            if month >= self.calendar.months:
                continue
            if event.arrivals is not None:
                joins = self._joining(event.cohort, event.tier, mix)[:, month]
                extra = np.atleast_1d(amount(event.arrivals))[:, None] * joins
                arrivals = np.broadcast_to(
                    arrivals, (max(len(arrivals), len(extra)), *arrivals.shape[1:])
                ).copy()
                arrivals[:, month] += extra
            elif event.cases is not None and event.from_ and event.to:
                origin = self.tier_index[TierKey(event.cohort, event.from_)]
                target = self.tier_index[TierKey(event.cohort, event.to)]
                cases = np.atleast_1d(np.asarray(amount(event.cases), dtype=float))
                transfers.append(Transfer(month, origin, target, cases))
        return arrivals, tuple(transfers)

    # Duties and other work -----------------------------------------------------------------

    def duties(self) -> Duties:
        """Return what is owed."""
        block_names = list(dict.fromkeys((row.cohort, row.duty) for row in self.rows))

        def each(setting: Callable[[Duty, str], Number]) -> Array:
            return self.monthly(
                lambda s: (setting(s.cohorts[r.cohort].duties[r.duty], r.tier) for r in self.rows)
            )

        def owed(row: RowKey) -> Duty:
            return self.settings.cohorts[row.cohort].duties[row.duty]

        per_year = each(times_a_year)
        intervals = each(clock_interval)[0].astype(np.int64)
        opening = [
            clock_interval(self.settings.cohorts[r.cohort].duties[r.duty], r.tier)
            for r in self.rows
        ]
        teams = [self.team_index[self.settings.cohorts[r.cohort].team] for r in self.rows]
        return Duties(
            opening_interval=np.array(opening, dtype=int),
            interval=intervals,
            lapsing=each(_lapsing_a_month),
            per_year=per_year,
            hours=each(hours_of_one_done),
            no_answer=each(lambda duty, tier: by_tier(duty.no_answer_share, tier)),
            access=each(lambda duty, tier: by_tier(duty.access_rate, tier, 1.0)),
            overdue=_column(
                [
                    by_tier(self.settings.cohorts[r.cohort].duties[r.duty].overdue, r.tier)
                    for r in self.rows
                ]
            ),
            opening_shares=tuple(_shares(owed(row).opening_ages, row.tier) for row in self.rows),
            overdue_shares=tuple(_shares(owed(row).overdue_ages, row.tier) for row in self.rows),
            tier_of=np.array(
                [self.tier_index[TierKey(r.cohort, r.tier)] for r in self.rows], dtype=int
            ),
            block_of=np.array(
                [block_names.index((r.cohort, r.duty)) for r in self.rows], dtype=int
            ),
            team_of=np.array(teams, dtype=int),
            order=np.array(priority_order(self.settings, self.rows), dtype=int),
            standards_first=self.settings.priority.rule == "standards first",
        )

    def activities(self) -> Iterable[Activity]:
        """Yield other work by name: named work, other time for cases, time for new cases."""
        for name in self.cohorts:
            keys = [key for key in self.tiers if key.cohort == name]
            first = self.tier_index[keys[0]]
            span = slice(first, first + len(keys))
            team = self.team_index[self.settings.cohorts[name].team]

            def hours(
                rate: Callable[[Cohort, str], Number],
                name: str = name,
                keys: list[TierKey] = keys,
            ) -> Array:
                return self.monthly(lambda s: [rate(s.cohorts[name], key.tier) for key in keys])

            nothing = np.zeros((1, self.calendar.months, len(keys)))
            for work in self.settings.cohorts[name].work:
                each = hours(
                    lambda cohort, tier, work=work: (  # type: ignore[misc]
                        by_tier(cohort.work[work].per_case_year, tier)
                        * by_tier(cohort.work[work].hours, tier)
                        / 12
                    )
                )
                yield Activity(team, work, span, each, nothing)
            case = hours(lambda cohort, tier: by_tier(cohort.hours_per_case_month, tier))
            yield Activity(team, "hours_per_case_month", span, case, nothing)
            entry = hours(lambda cohort, tier: by_tier(cohort.hours_per_entry, tier))
            yield Activity(team, "hours_per_entry", span, nothing, entry)

    # People --------------------------------------------------------------------------------

    def people(self) -> People:
        """Return establishment, recruitment and hours."""

        def each(setting: Callable[[Grade], Number]) -> Array:
            return self.monthly(
                lambda s: (setting(s.teams[key.team].grades[key.grade]) for key in self.grades)
            )

        def team(setting: Callable[[Team], Quantity]) -> Array:
            return self.monthly(lambda s: (amount(setting(s.teams[name])) for name in self.teams))

        def undated(setting: Callable[[Grade], Number]) -> Array:
            return _column(
                [setting(self.settings.teams[key.team].grades[key.grade]) for key in self.grades]
            )

        last = self.versions[-1]
        due_all = _column(
            [
                sum(
                    (amount(q) for q in last.teams[k.team].grades[k.grade].joiners_due.values()),
                    0.0,
                )
                for k in self.grades
            ]
        )
        cost = each(yearly_cost)
        events, counted, paid = self._people_events(cost)
        return People(
            team_of=np.array([self.team_index[key.team] for key in self.grades], dtype=int),
            posts=each(_posts),
            undated_posts=undated(_posts),
            opening=undated(lambda grade: amount(grade.in_post)),
            in_training=undated(lambda grade: amount(grade.in_training)),
            share=each(lambda grade: amount(grade.casework_share)),
            hours=each(hours_of_one),
            leavers=each(lambda grade: amount(grade.leavers_per_year) / 12),
            joiners_due=self._joiners_due(),
            joiners_due_all=due_all,
            max_joiners=each(lambda grade: _or(grade.max_joiners_per_month, np.inf)),
            lead=np.rint(each(lambda g: amount(g.recruitment_lead_months))).astype(np.int64),
            accreditation=np.rint(each(lambda g: amount(g.accreditation_months))).astype(np.int64),
            productivity=each(lambda grade: amount(grade.trainee_productivity)),
            events=events,
            events_counted=counted,
            events_cost=paid,
            cost=cost,
            joining_cost=each(lambda grade: amount(grade.joining_cost)),
            supervises=each(lambda grade: _or(grade.supervises, np.nan)),
            max_share=each(lambda grade: _or(grade.max_share, np.nan)),
            may_shrink=each(lambda grade: float(grade.may_shrink))[0] > 0,
            overtime_limit=team(lambda t: t.overtime_hours_per_fte_month),
            overtime_in_use=team(lambda t: t.overtime_in_use),
            overtime_cost=team(lambda t: t.overtime_cost_per_hour),
        )

    def _joiners_due(self) -> Array:
        """Return those already appointed, in their months."""
        columns = []
        for month, label in enumerate(self.calendar.labels):
            teams = self.versions[self.version_of[month]].teams
            columns.append(
                _column(
                    [_or(teams[t].grades[g].joiners_due.get(label), 0.0) for t, g in self.grades]
                )
            )
        return _along(columns, axis=1)

    def _people_events(self, cost: Array) -> tuple[Array, Array, Array]:
        """Return effective FTE of people events, those that count, and what the unit pays."""
        shape = (1, self.calendar.months, len(self.grades))
        every, counted, paid = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for event in self.settings.people:
            first = month_index(self.settings, event.from_)
            until = None if event.until is None else month_index(self.settings, event.until) + 1
            here = np.zeros(shape)
            here[0, first:until, self.grade_index[GradeKey(event.team, event.grade)]] = 1.0
            fte = np.reshape(amount(event.fte), (-1, 1, 1)) * here
            effective = fte * np.reshape(amount(event.productivity), (-1, 1, 1))
            every = every + effective
            counted = counted + effective * event.counts_in_ratio
            paid = paid + fte * cost / 12 * event.funded
        return every, counted, paid

    def lending(self) -> Iterable[Lending]:
        """Yield who may help whom, in file order."""
        for flex in self.settings.flex:
            yield Lending(
                lender=self.team_index[flex.from_],
                borrower=self.team_index[flex.to],
                max_share=np.reshape(np.asarray(amount(flex.max_share), dtype=float), (-1, 1)),
                efficiency=np.reshape(np.asarray(amount(flex.efficiency), dtype=float), (-1, 1)),
                counts=flex.counts_in_ratio,
            )

    # Rules ---------------------------------------------------------------------------------

    def rules(self) -> Rules:
        """Return the standards by kind."""
        found: tuple[list[Any], list[Any], list[Any], list[Any]] = ([], [], [], [])
        for standard in self.settings.standards:
            first = 0 if standard.from_ is None else month_index(self.settings, standard.from_)
            if standard.cases_per_officer is not None and standard.cohort:
                found[1].append(self._caseload_limit(standard, standard.cohort, first))
            elif standard.budget is not None:
                team = None if standard.team is None else self.team_index[standard.team]
                found[2].append(Budget(standard.name, team, amount(standard.budget), first))
            elif standard.max_posts is not None and standard.team:
                found[3].append(self._most_posts(standard, standard.team, first))
            else:
                found[0].extend(self._duty_standards(standard, first))
        return Rules(tuple(found[0]), tuple(found[1]), tuple(found[2]), tuple(found[3]))

    def _duty_standards(self, standard: Standard, first: int) -> Iterable[DutyStandard]:
        measure, level = measure_of(standard)
        periods = self.calendar.periods(standard.judged, first)
        for row, key in enumerate(self.rows):
            if (key.cohort, key.duty) != (standard.cohort, standard.duty):
                continue
            named = standard.tiers
            if (key.tier not in named) if named else row not in self.ever_owed:
                continue
            yield DutyStandard(
                standard.name, row, measure, amount(level), first, standard.judged, periods
            )

    @cached_property
    def ever_owed(self) -> frozenset[int]:
        """Rows whose duty is owed in some month."""
        owed = self.duties().per_year.max(axis=(0, 1)) > 0
        return frozenset(np.flatnonzero(owed).tolist())

    def _caseload_limit(self, standard: Standard, cohort: str, first: int) -> CaseloadLimit:
        named = standard.tiers
        tiers = [
            n
            for n, key in enumerate(self.tiers)
            if key.cohort == cohort and (named is None or key.tier in named)
        ]
        assert standard.cases_per_officer is not None
        return CaseloadLimit(
            standard.name,
            self.cohorts.index(cohort),
            np.array(tiers, dtype=int),
            self.team_index[self.settings.cohorts[cohort].team],
            amount(standard.cases_per_officer),
            first,
        )

    def _most_posts(self, standard: Standard, team: str, first: int) -> MostPosts:
        grades = [
            n
            for n, key in enumerate(self.grades)
            if key.team == team and (standard.grades is None or key.grade in standard.grades)
        ]
        assert standard.max_posts is not None
        level = amount(standard.max_posts)
        return MostPosts(
            standard.name, self.team_index[team], np.array(grades, dtype=int), level, first
        )


def _pick(series: Array, months: Whole) -> Array:
    """Return each draw's number of its own month. Shapes: [draw, month], [draw] → [draw]."""
    inside = np.clip(months, 0, series.shape[1] - 1)
    draws = max(len(series), len(inside))
    rows = np.broadcast_to(series, (draws, series.shape[1]))
    return rows[np.arange(draws), np.broadcast_to(inside, draws)]


def _posts(grade: Grade) -> Number:
    return amount(grade.in_post if grade.posts is None else grade.posts)


def _or(quantity: Quantity | None, default: float) -> Number:
    return default if quantity is None else amount(quantity)


def measure_of(standard: Standard) -> tuple[Measure, Quantity]:
    """Return which measure a standard on a duty is about, and its level.

    Shape: a pair. Unit: share, or cases. Source: docs/method.md, Sizing. Raises: ValueError if
    the standard is not about a duty.
    """
    measures: tuple[Measure, ...] = ("completion", "in_date", "outstanding")
    for measure in measures:
        level: Quantity | None = getattr(standard, measure)
        if level is not None:
            return measure, level
    raise ValueError(f"{standard.name} is not a standard on a duty")


def opening_mix(cohort: Cohort) -> dict[str, Number]:
    """Return the shares by which new cases join a cohort that gives no entry mix.

    EQ3: the opening mix over tiers with a planned duty; over all tiers where none has one, and
    evenly where there are no cases. Shape: one share a tier. Unit: share.
    Source: docs/method.md, Caseload. Raises: nothing.
    """
    planned = [
        tier
        for tier in cohort.tiers
        if any(np.any(times_a_year(duty, tier) > 0) for duty in cohort.duties.values())
    ] or list(cohort.tiers)
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

    EQ13: those named, as named; the rest by place of the tier in its cohort, then duty, then
    cohort. Shape: [row]. Unit: none. Source: docs/method.md, Hours. Raises: nothing.
    """

    def default(row: int) -> tuple[int, int, int]:
        cohort, duty, tier = rows[row]
        inside = settings.cohorts[cohort]
        return (
            list(inside.tiers).index(tier),
            list(inside.duties).index(duty),
            list(settings.cohorts).index(cohort),
        )

    ordered: dict[int, None] = {}
    for entry in [*settings.priority.order, ""]:
        parts = entry.split(".") if entry else []
        named = [n for n, row in enumerate(rows) if list(row[: len(parts)]) == parts]
        ordered |= dict.fromkeys(sorted(named, key=default))
    return list(ordered)
