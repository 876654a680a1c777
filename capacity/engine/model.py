"""A scenario as read-only arrays on named axes.

Rates in files are per year, everything here is per month. Every coefficient carries a month
index, and a leading draw axis of length one where it is certain, so that the same code runs the
plan and ten thousand futures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from capacity.kinds import Kind
from capacity.reading.crosscheck import MONTHS_OF, whole_periods
from capacity.reading.scenario import Scenario
from capacity.wording import FIRST_MONTH_OF_YEAR

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Number = float | Array

MONTHS_A_YEAR = 12


NO_COHORT = ""
"""The cohort of a queue's rows and of the tiers in which its work waits."""

NO_PLACE = -1
"""Its place among the cohorts."""


class TierKey(NamedTuple):
    """A tier of a cohort."""

    cohort: str
    tier: str


class RowKey(NamedTuple):
    """A duty owed to a tier of a cohort; or, without a cohort, a queue and one of its classes."""

    cohort: str
    duty: str
    tier: str

    @property
    def task(self) -> str:
        """The dotted name of the duty, or of the queue, in a scenario."""
        return f"cohorts.{self.cohort}.duties.{self.duty}" if self.cohort else f"queues.{self.duty}"

    @property
    def in_order(self) -> str:
        """What it is called in an order of priority."""
        return ".".join(filter(None, self))


class QueueKey(NamedTuple):
    """A class of a queue."""

    queue: str
    name: str


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
        return tuple(self.label(place) for place in range(self.months))

    @cached_property
    def year_numbers(self) -> Whole:
        """Calendar year in which each month's financial year starts. Shape: [month]."""
        months = np.arange(self._first, self._first + self.months)
        years: Whole = (months - (FIRST_MONTH_OF_YEAR - 1)) // 12
        return years

    @cached_property
    def years(self) -> tuple[str, ...]:
        """Names of the financial years touched, such as `2025/26`, in order."""
        return tuple(year_name(n) for n in sorted(set(self.year_numbers.tolist())))

    @cached_property
    def year_of(self) -> Whole:
        """Place of each month's financial year in `years`. Shape: [month]."""
        place: Whole = self.year_numbers - self.year_numbers[0]
        return place

    def start_of(self, starts: str) -> Whole:
        """Return the place of the start that posts of each month go back to, counted from 0.

        Args:
            starts: when posts may start: in any `month`, or in the first month and with each
                `quarter` or financial `year`.
        """
        if starts == "year":
            return self.year_of
        if starts == "month":
            return np.arange(self.months)
        quarters: Whole = np.arange(self._first, self._first + self.months) // 3
        place: Whole = quarters - quarters[0]
        return place

    def place(self, label: str) -> int:
        """Return the place of a month `YYYY-MM`, counted from the start; below 0 before it."""
        return int(label[:4]) * 12 + int(label[5:]) - 1 - self._first

    def financial_year(self, place: int) -> int:
        """Return the calendar year in which the financial year of a month starts."""
        return (self._first + place - (FIRST_MONTH_OF_YEAR - 1)) // 12

    def label(self, place: int) -> str:
        """Return the name `YYYY-MM` of a month counted from the start, also outside the horizon."""
        year, month = divmod(self._first + place, 12)
        return f"{year:04d}-{month + 1:02d}"

    @property
    def _first(self) -> int:
        return self.start.year * 12 + self.start.month - 1

    def years_from(self, first: int, *, whole: bool = False) -> tuple[Period, ...]:
        """Return the financial years with a month from `first` on, and those months of them.

        `whole`: all months of these years, earlier ones too.

        EQ21.
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
        """Return the periods a standard is judged on from month `first`: whole ones only (EQ17).

        Returns:
            One for each month, whole calendar quarter or whole financial year.
        """
        if judged == "month":
            return tuple(Period(self.labels[t], t, t + 1) for t in range(first, self.months))
        length = MONTHS_OF[judged]
        found = []
        for t in whole_periods(judged, self.start, first, self.months):
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
    """Return the name of the financial year that starts in April of a calendar year."""
    return f"{number:04d}/{(number + 1) % 100:02d}"


@dataclass(frozen=True)
class Transfer:
    """Cases moved to another tier, or out of the cohort, in last month's state (an event)."""

    month: int
    origins: tuple[int, ...]  # tiers they are taken from, in proportion to their cases
    target: int | None  # None where they leave
    cases: Array


@dataclass(frozen=True)
class Caseloads:
    """What moves cases (EQ1–EQ3). Shape: [draw, month, tier] unless said."""

    opening: Array  # [draw, tier]
    exits: Array  # probability a month
    moves: Array  # [draw, month, from, to], probability a month, diagonal 0
    growth: Array  # [draw, month, cohort], a year; NaN where entrants are given
    given: Array  # entrants a month, from settings or inflows
    inflows: Array  # [draw, month, inflow, tier]
    within: Array  # of these, part of the growth that a cohort is given
    on_top: Array  # and beside it
    community: Flags  # [tier], whether cases are not in custody
    mix: Array  # shares by which entrants join
    arrivals: Array  # one-off cases
    transfers: tuple[Transfer, ...]
    cohort_of: Whole  # [tier]
    counts: Array  # weight of a case in a cases-per-officer limit (EQ18)


@dataclass(frozen=True)
class Flow:
    """What leads to new cases, or new work of a queue (EQ26).

    Attributes:
        rows: queue classes whose completed work it is; else none.
        tiers: tiers whose cases, or whose leavers, it is; else none.
        of_cases: whether it comes with the cases of the month, not with those who leave.
        share: of each completed, or left; or how many a month for each case. [draw, month].
        joins: the shares by which it joins tiers, those of queues too. [draw, month, tier].
        lag: whole months until it arrives.
        cohort: that it joins, if it is part of the growth that this is given; else none.
        beside: that it joins on top of the growth that this is given; else none.
        before: how many were completed 1, 2, 3 … months before the start.
    """

    rows: tuple[int, ...]
    tiers: tuple[int, ...]
    of_cases: bool
    share: Array
    joins: Array
    lag: int
    cohort: int | None
    beside: int | None
    before: tuple[float, ...] = ()


@dataclass(frozen=True)
class Queues:
    """Work that queues (EQ26): the last rows, each with a tier of its own for what waits in it.

    Shape: [draw, month, class] unless said.
    """

    keys: tuple[QueueKey, ...]
    rows: range
    tiers: range
    arrivals: Array  # a month, those from elsewhere apart
    deadline: Whole  # [month, class], months; -1 where there is none
    lapses: Whole  # [month, class], months; 0 where nothing lapses
    flows: tuple[Flow, ...]

    @cached_property
    def coupled(self) -> bool:
        """Whether completed work leads to anything."""
        return any(flow.rows for flow in self.flows)

    @cached_property
    def into_cohorts(self) -> bool:
        """Whether completed work leads to cases of a cohort."""
        first = self.tiers.start
        return any(flow.rows and flow.joins[..., :first].any() for flow in self.flows)

    @cached_property
    def fed(self) -> frozenset[int]:
        """Rows of queues that completed work of a queue leads to."""
        found: set[int] = set()
        for flow in self.flows:
            if flow.rows:
                joined = flow.joins.max(axis=(0, 1))[self.tiers.start :] > 0
                found |= {self.rows.start + int(n) for n in np.flatnonzero(joined)}
        return frozenset(found)


Rule = Literal["strict", "standards first", "soft"]


@dataclass(frozen=True)
class Duties:
    """What is owed. Shape: [draw, month, row]; a row is a duty of a tier."""

    opening_interval: Whole  # [row], months; 0 without a clock
    interval: Whole  # [month, row]
    lapsing: Array  # due a month for each case, where owed more than monthly
    per_year: Array
    hours: Array  # EQ10
    failed_hours: Array  # of one failed attempt
    no_answer: Array
    access: Array
    overdue: Array  # [draw, row]
    opening_shares: tuple[Array | None, ...]  # by row: [months since done], if a register gives it
    overdue_shares: tuple[Array | None, ...]  # by row: [whole months outstanding], the same
    tier_of: Whole  # [row]
    block_of: Whole  # [row], rows of one duty of one cohort share a block
    team_of: Whole  # [row]
    order: Whole  # rows in the order in which hours go to them
    rule: Rule
    focus_shock: Array  # [draw, row], standard deviation of focus in a simulation
    focus: Array  # log-odds against the first, never rising in the team's order (EQ13)
    gives_way: Array  # share of the hours of one that is cut short (EQ25)
    gives_way_focus: Number | None  # None: cut short before any duty is missed
    in_turn: Array  # share of what is done that goes to the longest overdue (EQ7)
    early: Whole  # [month, row], months before it falls due that one may be done (EQ24)
    early_rate: Array  # done early for each one done that was due
    risk_weight: Array  # [row], of a case-month overdue or unseen (EQ31)
    reference: Whole  # [row], months after which a case counts as unseen; 0 where it never does


@dataclass(frozen=True)
class Activity:
    """Other work of a team, by name (EQ11)."""

    team: int
    name: str
    tiers: slice
    per_case: Array  # [draw, month, tier of the cohort], hours per month
    per_entrant: Array  # [draw, month, tier of the cohort], hours
    gives_way: Array  # [draw, month, 1], share cut short before a duty is (EQ25)


@dataclass(frozen=True)
class People:
    """Establishment, recruitment and hours. Shape: [draw, month, grade] unless said."""

    team_of: Whole  # [grade]
    posts: Array
    undated_posts: Array  # [draw, grade]
    opening: Array  # [draw, grade], in post before the first month
    in_training: Array  # [draw, month before the first, grade], the last one first: who joined
    share: Array  # casework share
    hours: Array  # EQ8
    contracted: Array  # the same before sickness and abstraction
    sickness: Array
    abstraction: Array  # by season, not cut at 1
    leavers: Array  # probability a month
    joiners_due: Array
    joiners_due_all: Array  # [draw, grade], those after the horizon too
    max_joiners: Array
    lead: Whole
    accreditation: Whole
    productivity: Array
    events: Array  # FTE × productivity of people events
    events_counted: Array  # of those, the ones that count in the ratio
    events_cost: Array  # £ per month of funded ones
    cost: Array  # £ per year a post, real
    cash_cost: Array  # [month, grade], £ per year a post in each month's money, central case
    cash_of_overtime: Array  # [month, grade], what a real pound of overtime is in cash
    joining_cost: Array
    supervises: Array  # NaN where the grade supervises nobody
    max_share: Array  # NaN where there is none
    may_shrink: Flags  # [month, grade]
    overtime_limit: Array  # [draw, month, team], hours for each casework FTE
    overtime_in_use: Array  # [draw, month, team]
    overtime_cost: Array  # [draw, month, team], £ per hour
    pooling: Array  # [draw, month, team]
    caseload_spread: Array  # [draw, month, team], relative to the mean
    effort: Array  # [draw, month, team], hours worked on duties ÷ hours there are for them
    effort_shock: Array  # [draw, team], standard deviation of its logarithm in a simulation
    lasting: Array  # [draw, team], share of a month's difference that is there a month later


@dataclass(frozen=True)
class Lending:
    """One rule of who may help whom."""

    lender: int
    borrower: int
    max_share: Array  # [draw, 1]
    efficiency: Array  # [draw, 1]
    counts: bool


@dataclass(frozen=True)
class DutyStandard:
    """A standard on one duty of one tier, or of some tiers together (EQ17)."""

    name: str
    rows: tuple[int, ...]
    kind: Kind
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
    may_give: bool = False  # whether a plan may add more, at a price


@dataclass(frozen=True)
class Rules:
    """Every standard, by kind, in file order within the kind."""

    duties: tuple[DutyStandard, ...]
    caseloads: tuple[CaseloadLimit, ...]
    budgets: tuple[Budget, ...]
    posts: tuple[MostPosts, ...]


@dataclass(frozen=True)
class Award:
    """A pay award: from which month, counted from the start, and by how much."""

    month: int  # below 0 before the start
    rate: Number
    known: bool  # a dated one; else the award that is assumed for every later year


@dataclass(frozen=True)
class Money:
    """How money is shown."""

    discount_rate: Number
    vacancy_factor: Number
    price_base: int  # calendar year in which the price base starts
    priced_at: int  # month from the start whose pay the given costs are in
    awards: dict[str, tuple[Award, ...]]  # by kind of grade, those that move cash figures
    kinds: tuple[str, ...]  # of each grade
    prices: str  # what real means: constant `pay`, or cash `deflated`
    inflation: Number  # of prices, per year
    shares: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Randomness:
    """What is left to chance in a simulation (EQ28). Shape of a number: scalar or [draw]."""

    whole: bool  # whole people and whole visits; else nothing but settings is drawn
    sickness_long_term: Number  # share of sickness in long spells
    sickness_spell_months: Number
    sickness_shock: Number
    abstraction_shock: Number
    shock_persistence: Number


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
    queues: Queues
    activities: tuple[Activity, ...]
    people: People
    lending: tuple[Lending, ...]
    rules: Rules
    chance: Randomness
    money: Money

    @property
    def keeps_total(self) -> bool:
        """Whether posts are moved between teams and none is added in all (keep_total)."""
        return self.scenario.settings.sizing.keep_total

    @property
    def months(self) -> int:
        """Months projected."""
        return self.calendar.months

    @property
    def of_cohorts(self) -> range:
        """Places of the tiers that are a cohort's; what waits in queues follows them."""
        return range(self.queues.tiers.start)

    @cached_property
    def community(self) -> tuple[int, ...]:
        """Places of the tiers that are a cohort's and not in custody."""
        return tuple(n for n in self.of_cohorts if self.caseloads.community[n])

    @property
    def of_duties(self) -> range:
        """Places of the rows that are a duty of a tier; queues follow them."""
        return range(self.queues.rows.start)

    def group_of(self, row: RowKey) -> str:
        """Return the group of a row's cohort, or the cohort; nothing for a queue."""
        return self.scenario.settings.group_of(row.cohort)

    @cached_property
    def team_of_tier(self) -> Whole:
        """The team that has the cases of a tier, or the work of a queue. Shape: [tier]."""
        teams = self.team_of_cohort[self.caseloads.cohort_of[: len(self.of_cohorts)]]
        found: Whole = np.concatenate([teams, self.duties.team_of[self.queues.rows.start :]])
        return found.astype(np.int64)

    @cached_property
    def start_of(self) -> Whole:
        """Place of the start that posts added in a month go back to, counted from 0 (EQ16).

        Shape: [month].
        """
        return self.calendar.start_of(self.scenario.settings.sizing.starts)

    @cached_property
    def starts(self) -> Whole:
        """The months in which added posts may start (EQ16). Shape: [start]."""
        return np.flatnonzero(np.diff(self.start_of, prepend=-1))

    def by_month(self, added: Array) -> Array:
        """Return added posts by month. Shape: [grade, start] → [month, grade]."""
        posts: Array = added[:, self.start_of].T
        return posts

    def by_year(self, added: Array) -> Array:
        """Return added posts at the end of each financial year. [grade, start] → [grade, year]."""
        last = np.flatnonzero(np.diff(self.calendar.year_of, append=-1))
        posts: Array = added[:, self.start_of[last]]
        return posts

    @cached_property
    def owed(self) -> Flags:
        """Whether a tier is owed any planned duty in a month; if not it is reactive.

        Shape: [month, tier].
        """
        owed = np.zeros((self.months, len(self.tiers)), dtype=bool)
        for row in range(len(self.rows)):
            owed[:, self.duties.tier_of[row]] |= self.duties.per_year[:, :, row].max(axis=0) > 0
        return owed

    @cached_property
    def team_hours(self) -> Array:
        """Hours of one FTE of a team: those of its first grade with casework.

        EQ18. Shape: [draw, month, team]. Unit: hours per month.
        """
        hours = np.zeros((*self.people.hours.shape[:2], len(self.teams)))
        for team in range(len(self.teams)):
            grades = np.flatnonzero(self.people.team_of == team)
            casework = [g for g in grades if self.people.share[:, :, g].max() > 0]
            hours[:, :, team] = self.people.hours[:, :, casework[0] if casework else grades[0]]
        return hours


def blank(draws: int, *shape: int, kind: type[np.floating[Any]] = np.float64) -> Array:
    """Return zeros whose draws lie next to each other in memory, which is fast for many.

    Returns:
        Shape: [draw, …].
    """
    last = len(shape)
    return np.zeros((*shape, draws), dtype=kind).transpose(last, *range(last))


S = TypeVar("S", bound=NDArray[Any])


def alike(series: S) -> S:
    """Return one month of a series that is the same in every month, else all of it.

    Returns:
        Shape: [draw, 1 or month, …].
    """
    one = series[:, :1] if series.shape[1] and series.strides[1] == 0 else series
    return cast(S, one)


MANY_COLUMNS = 6
"""Columns of one draw from which it is quicker to add them up in one go."""


def summed(parts: Array, places: Iterable[int] | None = None) -> Array:
    """Add up some columns, or all, one after the other: the same for one draw or for many.

    Returns:
        Shape: […, column] → […].
    """
    every = list(range(parts.shape[-1]) if places is None else places)
    if not every:
        return np.zeros(parts.shape[:-1])
    if parts.shape[0] == 1 and len(every) >= MANY_COLUMNS:  # in one go, in the same order
        mine = parts if places is None else parts[..., every]
        return cast(Array, np.add.accumulate(mine, axis=-1)[..., -1])
    total = parts[..., every[0]].copy(order="K")
    for place in every[1:]:
        total += parts[..., place]
    return total
