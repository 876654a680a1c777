"""Scenario → Model: the last place that converts units.

Rates in files are per year; in the model everything is per month, on named axes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from capacity import kinds
from capacity.engine import queueing, reactive
from capacity.engine.model import (
    MONTHS_A_YEAR,
    NO_COHORT,
    NO_PLACE,
    Activity,
    Array,
    Budget,
    Calendar,
    CaseloadLimit,
    Caseloads,
    Duties,
    DutyStandard,
    GradeKey,
    Lending,
    Model,
    Money,
    MostPosts,
    Number,
    People,
    QueueKey,
    Queues,
    Randomness,
    RowKey,
    Rules,
    TierKey,
    Transfer,
    Whole,
    alike,
)
from capacity.engine.pay import Payroll
from capacity.engine.rates import (
    _lapsing_a_month,
    _shares,
    abstraction_of,
    amount,
    by_tier,
    clock_interval,
    contracted_hours,
    early_rate,
    focus_of,
    hours_of_one,
    hours_of_one_done,
    hours_of_one_failed,
    in_season,
    opening_mix,
    pay_awards,
    priority_order,
    queue_focus,
    queue_weights,
    reference_of,
    risk_weights,
    times_a_year,
)
from capacity.kinds import Subject
from capacity.reading.scenario import Scenario, month_index
from capacity.settings import (
    EVERY_TIER,
    Cohort,
    Duty,
    Event,
    Grade,
    PeopleEvent,
    Quantity,
    Settings,
    Standard,
    Team,
)


def build(scenario: Scenario) -> Model:
    """Return the model of a valid scenario."""
    return _Builder(reactive.apart(scenario)).model()


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
        of_cohorts = [TierKey(c, k) for c in cohorts for k in cohorts[c].tiers]
        of_duties = [
            RowKey(c, d, k) for c in cohorts for d in cohorts[c].duties for k in cohorts[c].tiers
        ]
        every = self.settings.queues
        self.queue_keys = tuple(QueueKey(q, c) for q in every for c in every[q].class_names)
        self.tiers = (*of_cohorts, *(TierKey(NO_COHORT, f"{q}.{c}") for q, c in self.queue_keys))
        self.rows = (*of_duties, *(RowKey(NO_COHORT, q, c) for q, c in self.queue_keys))
        self.of_cohorts, self.of_duties = len(of_cohorts), len(of_duties)
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
            queues=self.queues(),
            activities=tuple(self.activities()),
            people=self.people(),
            lending=tuple(self.lending()),
            rules=self.rules(),
            chance=self.chance(),
            money=self.payroll.money,
        )

    @cached_property
    def payroll(self) -> Payroll:
        """What posts cost, part by part."""
        money = self.settings.finance
        first = int(self.calendar.year_numbers[0])
        base = int(money.price_base[:4]) if money.price_base else first
        # Costs in prices of the first year are those paid at the start; of another, at its end.
        priced_at = 0 if base == first else self.calendar.place(f"{base + 1}-03")
        there = Money(
            discount_rate=amount(money.discount_rate),
            vacancy_factor=amount(money.vacancy_factor),
            price_base=base,
            priced_at=priced_at,
            awards=pay_awards(money, self.calendar, priced_at),
            kinds=tuple(self.settings.teams[k.team].grades[k.grade].kind for k in self.grades),
            prices=money.prices,
            inflation=amount(money.inflation),
            shares={
                team: {who: float(np.mean(amount(q))) for who, q in parts.items()}
                for team, parts in money.shares.items()
            },
        )
        return Payroll(self.scenario, self.calendar, there)

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
        growing = {n for n, c in self.settings.cohorts.items() if c.growth_per_year is not None}

        def joining(*, growth: bool, within: bool | None = None) -> Array:
            places = [
                n
                for n, flow in enumerate(self.settings.inflows)
                if (flow.cohort in growing) == growth and within in (None, flow.within_growth)
            ]
            found: Array = inflows[:, :, places].sum(axis=2)
            return found

        arrivals, transfers = self.events()
        moves = self.monthly(self._moves)
        return Caseloads(
            opening=_column([*self._opening()]),
            exits=self.by_tier(lambda s, c, k: by_tier(s.cohorts[c].exits_per_year, k) / 12),
            moves=moves.reshape(*moves.shape[:2], size, size),
            growth=self.monthly(self._growth),
            given=entrants + joining(growth=False),
            inflows=inflows,
            within=joining(growth=True, within=True),
            on_top=joining(growth=True, within=False),
            community=np.array(
                [not c or k not in self.settings.cohorts[c].in_custody for c, k in self.tiers],
                dtype=bool,
            ),
            mix=self.monthly(self._mix),
            arrivals=arrivals,
            transfers=transfers,
            cohort_of=np.array(
                [self.cohorts.index(c) if c else NO_PLACE for c, _ in self.tiers], dtype=int
            ),
            counts=self.by_tier(lambda s, c, k: amount(s.cohorts[c].tiers[k].counts)),
        )

    def _opening(self) -> Iterable[Number]:
        """Yield the cases of every tier at the start, and what waits in every queue."""
        for name, tier in self.tiers[: self.of_cohorts]:
            yield amount(self.settings.cohorts[name].tiers[tier].cases)
        for key in self.queue_keys:
            yield queueing.waiting(self.settings.queues[key.queue], key.name)

    def by_tier(self, number: Callable[[Settings, str, str], Number]) -> Array:
        """Return a number of each tier of a cohort by month, 0 for what waits in queues."""
        of_cohorts = self.tiers[: self.of_cohorts]
        nothing = [0.0] * len(self.queue_keys)
        return self.monthly(lambda s: (*(number(s, c, k) for c, k in of_cohorts), *nothing))

    def queues(self) -> Queues:
        """Return work that queues."""
        places = queueing.Places(
            months=self.calendar.months,
            rows=range(self.of_duties, len(self.rows)),
            tiers=self.tiers,
            of_cohorts=self.of_cohorts,
            cohorts=self.cohorts,
            growing=frozenset(
                name
                for name, growth in zip(self.cohorts, self._growth(self.settings), strict=True)
                if not np.isnan(growth).any()
            ),
            keys=self.queue_keys,
            mix=self.monthly(self._mix),
            before={
                name: tuple(map(float, queue.completed_before or ()))
                for name, queue in self.settings.queues.items()
            },
        )
        return queueing.queues(self.settings, self.monthly, places)

    def _moves(self, settings: Settings) -> Iterable[Number]:
        for origin in self.tiers:
            cohort = settings.cohorts.get(origin.cohort)
            table = cohort.moves_per_year.get(origin.tier, {}) if cohort else {}
            for target in self.tiers:
                quantity = table.get(target.tier) if target.cohort == origin.cohort else None
                yield 0.0 if quantity is None else amount(quantity) / 12

    def _growth(self, settings: Settings) -> Iterable[Number]:
        flowing = {flow.cohort for flow in self.settings.inflows}
        for name in self.cohorts:
            cohort = settings.cohorts[name]
            given = cohort.entrants_per_month is not None or name in flowing
            given &= cohort.growth_per_year is None
            if given:
                yield np.nan
            else:
                yield 0.0 if cohort.growth_per_year is None else amount(cohort.growth_per_year)

    def _entrants_given(self, settings: Settings) -> Iterable[Number]:
        for name, tier in self.tiers:
            cohort = settings.cohorts.get(name)
            table = None if cohort is None else cohort.entrants_per_month
            if table is None:
                yield 0.0
            elif EVERY_TIER in table:
                yield amount(table[EVERY_TIER]) * self._share_joining(settings, name, tier)
            else:
                yield by_tier(table, tier)

    def _mix(self, settings: Settings) -> Iterable[Number]:
        return (self._share_joining(settings, cohort, tier) for cohort, tier in self.tiers)

    def _share_joining(self, settings: Settings, cohort: str, tier: str) -> Number:
        if not cohort:
            return 0.0
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
        """Return one-off arrivals, and the moves between tiers and leavers in file order."""
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
            else:
                transfers.append(self._transfer(event, month))
        return arrivals, tuple(transfers)

    def _transfer(self, event: Event, month: int) -> Transfer:
        """Return the cases that an event moves to another tier, or that leave by it."""
        given = event.cases if event.leavers is None else event.leavers
        assert given is not None
        one = event.from_ or event.tier
        tiers = self.settings.cohorts[event.cohort].tiers if one is None else (one,)
        origins = tuple(self.tier_index[TierKey(event.cohort, tier)] for tier in tiers)
        target = self.tier_index[TierKey(event.cohort, event.to)] if event.to else None
        cases = np.atleast_1d(np.asarray(amount(given), dtype=float))
        return Transfer(month, origins, target, cases)

    # Duties and other work -----------------------------------------------------------------

    def duties(self) -> Duties:
        """Return what is owed."""
        block_names = list(dict.fromkeys((row.cohort, row.duty) for row in self.rows))

        def each(setting: Callable[[Duty, str], Number], queued: float | None = None) -> Array:
            return self.monthly(
                lambda s: (
                    setting(_task(s, r), r.tier) if r.cohort or queued is None else queued
                    for r in self.rows
                )
            )

        def owed(row: RowKey) -> Duty:
            settings: Duty = _task(self.settings, row)
            return settings

        # A queue's work falls due as it arrives and never again: a clock that no case starts anew.
        per_year = each(times_a_year, queued=MONTHS_A_YEAR)
        intervals = each(clock_interval, queued=1)[0].astype(np.int64)
        opening = [clock_interval(owed(r), r.tier) if r.cohort else 1 for r in self.rows]
        teams = [
            self.team_index[
                self.settings.cohorts[r.cohort].team
                if r.cohort
                else self.settings.queues[r.duty].team
            ]
            for r in self.rows
        ]
        order = np.array(priority_order(self.settings, self.rows), dtype=int)
        behind = self.settings.priority.gives_way_focus
        return Duties(
            opening_interval=np.array(opening, dtype=int),
            interval=intervals,
            lapsing=each(_lapsing_a_month, queued=0),
            per_year=per_year,
            hours=each(hours_of_one_done),
            failed_hours=each(hours_of_one_failed),
            no_answer=each(lambda duty, tier: by_tier(duty.no_answer_share, tier)),
            access=each(lambda duty, tier: by_tier(duty.access_rate, tier, 1.0)),
            overdue=_column(self._waiting()),
            opening_shares=tuple(
                _shares(owed(row).opening_ages, row.tier) if row.cohort else None
                for row in self.rows
            ),
            overdue_shares=tuple(
                _shares(
                    owed(row).overdue_ages
                    if row.cohort
                    else self.settings.queues[row.duty].waiting_ages,
                    row.tier,
                )
                for row in self.rows
            ),
            tier_of=np.array(
                [
                    *(self.tier_index[TierKey(c, k)] for c, _, k in self.rows[: self.of_duties]),
                    *range(self.of_cohorts, len(self.tiers)),
                ],
                dtype=int,
            ),
            block_of=np.array(
                [block_names.index((r.cohort, r.duty)) for r in self.rows], dtype=int
            ),
            team_of=np.array(teams, dtype=int),
            order=order,
            rule=self.settings.priority.rule,
            focus_shock=_column([by_tier(owed(r).focus_shock, r.tier) for r in self.rows]),
            focus=self._focus(order, np.array(teams, dtype=int)),
            gives_way=each(lambda duty, tier: by_tier(duty.gives_way, tier)),
            gives_way_focus=None if behind is None else amount(behind),
            in_turn=each(lambda duty, tier: by_tier(duty.in_turn, tier, 1.0)),
            early=np.rint(each(lambda duty, tier: by_tier(duty.early_months, tier), queued=0))[
                0
            ].astype(np.int64),
            early_rate=each(early_rate, queued=0),
            risk_weight=self._risk_weight(),
            reference=np.array(
                [reference_of(self._owed(row), row.tier) if row.cohort else 0 for row in self.rows],
                int,
            ),
        )

    def _waiting(self) -> list[Number]:
        """Return how many of each row are overdue, or wait, at the start."""
        return [
            by_tier(_task(self.settings, r).overdue, r.tier)
            if r.cohort
            else queueing.waiting(self.settings.queues[r.duty], r.tier)
            for r in self.rows
        ]

    def _owed(self, row: RowKey) -> tuple[Duty, ...]:
        """Return a row's duty in every version of the settings, the undated one first."""
        return tuple(version.cohorts[row.cohort].duties[row.duty] for version in self.versions)

    def _risk_weight(self) -> Array:
        """Return what a case-month of each row counts for (EQ31). Shape: [row]."""
        by_cohort = {
            name: risk_weights([version.cohorts[name] for version in self.versions])
            for name in self.cohorts
        }
        by_queue = {name: queue_weights(queue) for name, queue in self.settings.queues.items()}
        return np.array(
            [
                by_cohort[row.cohort][row.tier] if row.cohort else by_queue[row.duty][row.tier]
                for row in self.rows
            ],
            dtype=float,
        )

    def _focus(self, order: Whole, team_of: Whole) -> Array:
        """Return each row's focus, nowhere above that of a row its team puts before it.

        EQ13: the order says which comes first, the focus how far apart.

        Returns:
            Shape: [draw, month, row].
        """
        given = self.monthly(
            lambda s: (
                focus_of(s.cohorts[r.cohort], r) if r.cohort else queue_focus(s.queues[r.duty], r)
                for r in self.rows
            )
        )
        before = _column(
            [
                by_tier(_task(self.settings, r).focus_before, r.tier, np.nan)
                if r.cohort
                else np.nan
                for r in self.rows
            ]
        )
        off = np.nan_to_num(before - given[:, 0])
        focus = np.array(alike(given))
        for team in range(len(self.teams)):
            mine = order[team_of[order] == team]
            focus[..., mine] = np.minimum.accumulate(focus[..., mine], axis=-1)
        focus = np.broadcast_to(focus, given.shape)
        if not off.any():
            return focus
        return focus + off[:, None] * self._fading()[:, :, team_of]

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
                way = self.monthly(
                    lambda s, name=name, work=work: (  # type: ignore[misc]
                        [amount(s.cohorts[name].work[work].gives_way)]
                    )
                )
                yield Activity(team, work, span, each, nothing, way)
            case = hours(lambda cohort, tier: by_tier(cohort.hours_per_case_month, tier))
            way = self.monthly(
                lambda s, name=name: [amount(s.cohorts[name].hours_per_case_month_gives_way)]  # type: ignore[misc]
            )
            yield Activity(team, "hours_per_case_month", span, case, nothing, way)
            entry = hours(lambda cohort, tier: by_tier(cohort.hours_per_entry, tier))
            way = self.monthly(
                lambda s, name=name: [amount(s.cohorts[name].hours_per_entry_gives_way)]  # type: ignore[misc]
            )
            yield Activity(team, "hours_per_entry", span, nothing, entry, way)

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
        teams = self.settings.teams.values()
        cost, cash_cost = self._cost(cash=False), self._cost(cash=True)[0]
        overtime_cost, cash_of_overtime = self._overtime()
        events, counted, paid = self._people_events(cost)
        return People(
            team_of=np.array([self.team_index[key.team] for key in self.grades], dtype=int),
            posts=each(_posts),
            undated_posts=undated(_posts),
            opening=undated(lambda grade: amount(grade.in_post)),
            in_training=self._in_training(),
            share=each(lambda grade: amount(grade.casework_share)),
            hours=self._by_season(hours_of_one),
            contracted=self._by_season(contracted_hours),
            sickness=each(lambda grade: amount(grade.sickness)),
            abstraction=self._by_season(abstraction_of),
            leavers=each(lambda grade: amount(grade.leavers_per_year) / 12),
            joiners_due=self._joiners_due(),
            joiners_due_all=due_all,
            max_joiners=each(lambda grade: _or(grade.max_joiners_per_month, np.inf)),
            lead=_whole(each(lambda grade: amount(grade.recruitment_lead_months))),
            accreditation=_whole(each(lambda grade: amount(grade.accreditation_months))),
            productivity=each(lambda grade: amount(grade.trainee_productivity)),
            events=events,
            events_counted=counted,
            events_cost=paid,
            cost=cost,
            cash_cost=cash_cost,
            cash_of_overtime=cash_of_overtime,
            joining_cost=each(lambda grade: amount(grade.joining_cost)),
            supervises=each(lambda grade: _or(grade.supervises, np.nan)),
            max_share=each(lambda grade: _or(grade.max_share, np.nan)),
            may_shrink=each(lambda grade: float(grade.may_shrink))[0] > 0,
            overtime_limit=team(lambda t: t.overtime_hours_per_fte_month),
            overtime_in_use=team(lambda t: t.overtime_in_use),
            overtime_cost=overtime_cost,
            pooling=team(lambda t: t.pooling),
            caseload_spread=team(lambda t: t.caseload_spread),
            effort=self._effort(),
            effort_shock=_column([amount(one.effort_shock) for one in teams]),
            lasting=_column([amount(one.lasting) for one in teams]),
        )

    def _cost(self, *, cash: bool) -> Array:
        """Return what a post costs a year, by grade. Shape: [draw, month, grade]."""
        months = range(self.calendar.months)
        every = [self.payroll.cost(key, months, cash=cash) for key in self.grades]
        draws = max(len(one) for one in every)
        even = [np.broadcast_to(one, (draws, one.shape[1])) for one in every]
        found = np.stack(even, axis=2)
        alike = (found == found[:, :1]).all()  # one month stands for all
        return np.broadcast_to(found[:, :1], found.shape) if alike else found

    def _overtime(self) -> tuple[Array, Array]:
        """Return what an hour of overtime costs, real, and what a real pound of it is in cash.

        Overtime rises with the pay of the first grade of the team that carries cases.

        Returns:
            In £ per hour. Shape: [draw, month, team] and [month, grade].
        """
        months, payroll = range(self.calendar.months), self.payroll
        rate = self.monthly(
            lambda s: (
                amount(t.overtime_cost_per_hour) * (1 + np.asarray(amount(t.overtime_on_costs)))
                for t in s.teams.values()
            )
        )
        levels = {kind: payroll.pay_levels(kind, months) for kind in payroll.money.awards}
        if payroll.money.prices == "pay":
            return rate, np.stack([levels[kind][0] for kind in payroll.money.kinds], axis=1)
        prices = payroll.price_levels(months)
        kinds = [_kind_of_overtime(team) for team in self.settings.teams.values()]
        pay = np.stack(np.broadcast_arrays(*[levels[kind] for kind in kinds]), axis=2)
        return rate * pay / prices[:, :, None], np.repeat(prices[:1].T, len(self.grades), axis=1)

    def _fading(self) -> Array:
        """Return what is left of what was different before the start.

        The month before the first is the one in which all of it was there.

        Returns:
            Shape: [draw, month, team].
        """
        lasting = _column([amount(one.lasting) for one in self.settings.teams.values()])
        months = np.arange(1, self.calendar.months + 1, dtype=float)[None, :, None]
        return np.asarray(lasting[:, None] ** months)

    def _effort(self) -> Array:
        """Return effort by month and team, that of the month before the start fading (EQ13)."""
        teams = self.settings.teams.values()
        usual = self._through_the_year(
            lambda s, month: (
                amount(one.effort) * in_season(one.effort_season, month) for one in s.teams.values()
            ),
            any(one.effort_season for version in self.versions for one in version.teams.values()),
        )
        if all(one.effort_before is None for one in teams):
            return usual
        before = _column(
            [
                amount(one.effort if one.effort_before is None else one.effort_before)
                for one in teams
            ]
        )
        first = _column([amount(one.effort) for one in teams])
        off = np.divide(before, first, out=np.ones_like(before + first), where=first > 0)
        return np.asarray(usual * off[:, None] ** self._fading())

    def _in_training(self) -> Array:
        """Return who joined in each month before the first, the last of them first."""
        grades = [self.settings.teams[key.team].grades[key.grade] for key in self.grades]
        earliest = min((m for one in grades for m in one.recent_joiners), default=None)
        columns = []
        for back in range(1, 2 if earliest is None else max(2, 1 - self.calendar.place(earliest))):
            month = self.calendar.label(-back)
            joined = [_or(one.recent_joiners.get(month), 0.0) for one in grades]
            if back == 1:
                joined = [
                    n + amount(one.in_training) for n, one in zip(joined, grades, strict=True)
                ]
            columns.append(_column(joined))
        return _along(columns, axis=1)

    def _by_season(self, setting: Callable[[Grade, int], Number]) -> Array:
        """Return a number by month and grade, leave and abstraction by their seasons (EQ8)."""
        grades = [
            version.teams[key.team].grades[key.grade]
            for version in self.versions
            for key in self.grades
        ]
        return self._through_the_year(
            lambda s, month: (
                setting(s.teams[key.team].grades[key.grade], month) for key in self.grades
            ),
            any(g.leave_season or g.abstraction_season for g in grades),
        )

    def _through_the_year(
        self, numbers: Callable[[Settings, int], Iterable[Number]], seasonal: bool
    ) -> Array:
        """Return numbers by month.

        Args:
            numbers: of the settings in force, in a month of the year; in 0 they have no season.
            seasonal: whether any of them has one.
        """
        if not seasonal:
            return self.monthly(lambda s: numbers(s, 0))
        months = [int(label[5:]) for label in self.calendar.labels]
        pairs = list(zip(list(self.version_of), months, strict=True))
        found = {
            (place, month): _column(list(numbers(self.versions[place], month)))
            for place, month in set(pairs)
        }
        return _along([found[pair] for pair in pairs], axis=1)

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
            donor = self._donor(event)
            if donor is not None:
                away = np.reshape(amount(event.fte), (-1, 1, 1)) * np.roll(
                    here, donor - self.grade_index[GradeKey(event.team, event.grade)], axis=2
                )
                every, counted = every - away, counted - away
            effective = fte * np.reshape(amount(event.productivity), (-1, 1, 1))
            every = every + effective
            counted = counted + effective * event.counts_in_ratio
            paid = paid + fte * cost / 12 * event.funded
        return every, counted, paid

    def _donor(self, event: PeopleEvent) -> int | None:
        """Return the grade that people come from, if it is one of this scenario."""
        team, _, grade = (event.displaced_from or "").partition(".")
        if team not in self.settings.teams:
            return None
        grades = self.settings.teams[team].grades
        carry = [key for key, one in grades.items() if one.casework_share.value > 0]
        name = grade or (carry or list(grades))[0]
        return self.grade_index[GradeKey(team, name)] if name in grades else None

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

    # Chance and rules ------------------------------------------------------------------------

    def chance(self) -> Randomness:
        """Return what is left to chance in a simulation."""
        given = self.settings.chance
        return Randomness(
            whole=given.whole,
            sickness_long_term=amount(given.sickness_long_term),
            sickness_spell_months=amount(given.sickness_spell_months),
            sickness_shock=amount(given.sickness_shock),
            abstraction_shock=amount(given.abstraction_shock),
            shock_persistence=amount(given.shock_persistence),
        )

    def rules(self) -> Rules:
        """Return the standards by what they are about."""
        found: dict[Subject, list[Any]] = {about: [] for about in _RULES}
        for standard in self.settings.standards:
            about = standard.kind.about
            assert about is not None
            first = 0 if standard.from_ is None else month_index(self.settings, standard.from_)
            found[about].extend(_RULES[about](self, standard, first))
        return Rules(*(tuple(rules) for rules in found.values()))

    def duty_standards(self, standard: Standard, first: int) -> Iterable[DutyStandard]:
        """Yield what a standard on a duty asks: of each tier by itself, or of all together."""
        periods = self.calendar.periods(standard.judged, first)
        level, named = amount(standard.level), standard.tiers
        about = (standard.cohort, standard.duty)
        if standard.queue is not None:
            about = (NO_COHORT, standard.queue)
        rows = [
            row
            for row, key in enumerate(self.rows)
            if (key.cohort, key.duty) == about
            and (key.tier in named if named else row in self.ever_owed)
        ]
        for some in [tuple(rows)] if standard.pooled and rows else [(row,) for row in rows]:
            yield DutyStandard(
                standard.name, some, standard.kind, level, first, standard.judged, periods
            )

    @cached_property
    def ever_owed(self) -> frozenset[int]:
        """Rows whose duty is owed in some month."""
        owed = self.duties().per_year.max(axis=(0, 1)) > 0
        return frozenset(np.flatnonzero(owed).tolist())

    def caseload_limits(self, standard: Standard, first: int) -> Iterable[CaseloadLimit]:
        """Yield a caseload limit."""
        named, cohort = standard.tiers, str(standard.cohort)
        tiers = [
            n
            for n, key in enumerate(self.tiers)
            if key.cohort == cohort and (named is None or key.tier in named)
        ]
        yield CaseloadLimit(
            standard.name,
            self.cohorts.index(cohort),
            np.array(tiers, dtype=int),
            self.team_index[self.settings.cohorts[cohort].team],
            amount(standard.level),
            first,
        )

    def budgets(self, standard: Standard, first: int) -> Iterable[Budget]:
        """Yield a budget."""
        team = None if standard.team is None else self.team_index[standard.team]
        yield Budget(standard.name, team, amount(standard.level), first)

    def most_posts(self, standard: Standard, first: int) -> Iterable[MostPosts]:
        """Yield the most posts of some grades."""
        team = str(standard.team)
        grades = [
            n
            for n, key in enumerate(self.grades)
            if key.team == team and (standard.grades is None or key.grade in standard.grades)
        ]
        level = amount(standard.level)
        places = np.array(grades, dtype=int)
        give = standard.may_give
        yield MostPosts(standard.name, self.team_index[team], places, level, first, give)


_RULES: Mapping[Subject, Callable[[_Builder, Standard, int], Iterable[Any]]] = {
    kinds.ACTIVITY: _Builder.duty_standards,
    kinds.CASELOAD: _Builder.caseload_limits,
    kinds.SPENDING: _Builder.budgets,
    kinds.ESTABLISHMENT: _Builder.most_posts,
}
"""What a standard becomes, by what it is about, in the order of Rules."""


def _task(settings: Settings, row: RowKey) -> Any:
    """Return the settings of a row's duty, or of its queue: most of them are called the same."""
    if row.cohort:
        return settings.cohorts[row.cohort].duties[row.duty]
    return settings.queues[row.duty]


def _whole(series: Array) -> Whole:
    """Return a series in whole numbers; where months are all the same they stay so."""
    return np.broadcast_to(np.rint(alike(series)).astype(np.int64), series.shape)


def _pick(series: Array, months: Whole) -> Array:
    """Return each draw's number of its own month. Shape: [draw, month], [draw] → [draw]."""
    inside = np.clip(months, 0, series.shape[1] - 1)
    draws = max(len(series), len(inside))
    rows = np.broadcast_to(series, (draws, series.shape[1]))
    return rows[np.arange(draws), np.broadcast_to(inside, draws)]


def _kind_of_overtime(team: Team) -> str:
    """Return the kind of grade whose pay a team's overtime rises with."""
    grades = list(team.grades.values())
    carry = [one for one in grades if np.max(amount(one.casework_share)) > 0]
    return (carry or grades)[0].kind


def _posts(grade: Grade) -> Number:
    return amount(grade.in_post if grade.posts is None else grade.posts)


def _or(quantity: Quantity | None, default: float) -> Number:
    return default if quantity is None else amount(quantity)
