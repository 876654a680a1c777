"""A model laid out for the compiled simulation, and what it leaves as a projection (EQ28)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from capacity import kinds
from capacity.engine import demand
from capacity.engine.caseload import Caseload
from capacity.engine.model import Array, DutyStandard, Model, Number, Whole, alike
from capacity.engine.projection import Overtime, Projection, months_of
from capacity.engine.workforce import Workforce
from capacity.risk import luck, queued, whole
from capacity.risk.review_table import Review
from capacity.running import side_by_side

RULES = {"soft": whole.SOFT, "strict": whole.STRICT, "standards first": whole.STANDARDS_FIRST}
MEASURES = {
    kinds.COMPLETION.key: whole.COMPLETION,
    kinds.IN_DATE.key: whole.IN_DATE,
    kinds.OUTSTANDING.key: whole.OUTSTANDING,
    kinds.LONGEST_WAIT.key: whole.LONGEST_WAIT,
}

Short = NDArray[np.float32]
Uint = NDArray[np.uint64]
Counts = NDArray[np.int32]

MOST_NOTED = 16_000_000
"""Numbers of cases that are noted at most, to be used again: 64 MB of them."""


@dataclass(frozen=True)
class Counted(Caseload):
    """Cases of simulations: those who left are counted, not a share of all."""

    left: Array  # [draw, month, tier]

    @cached_property
    def exits(self) -> Array:
        """Cases that left, those of one-off events included."""
        return self.left


class Given(NamedTuple):
    """What is given of each row, tier, grade, team or pair of tiers.

    Attributes:
        series: what it is in each month in which it changes. Shape of each: [draw, change, …].
        changes: which of these, from 1, a month begins; 0 where it is as in the month before.
            Shape: [series, month].
    """

    series: tuple[Array, ...]
    changes: Whole


class ToKeep(NamedTuple):
    """What is kept of rows, tiers, teams and grades, of all that is known of them in a month."""

    rows: tuple[int, ...]
    tiers: tuple[int, ...]
    teams: tuple[int, ...]
    grades: tuple[int, ...]


ALL = ToKeep(tuple(range(5)), tuple(range(3)), tuple(range(14)), tuple(range(8)))
JUDGED = ToKeep(
    (whole.DUE, whole.DONE, whole.WAIT),
    (whole.CASES,),
    (whole.EXTRA, whole.OFFICERS),
    (whole.POSTS,),
)
"""What standards and costs are read off."""


class Ran(NamedTuple):
    """What a team's people get done in some draws, and what each review saw: [draw, look]."""

    staff: Workforce
    projection: Projection
    seen: Array


@dataclass(frozen=True)
class Written:
    """What the compiled simulation writes. Shape: [what, tier or row or …, draw, month]."""

    rows: Short
    tiers: Short
    over: Short
    teams: Array
    grades: Array
    lending: Array

    def at(self, draws: Whole) -> Written:
        """Return the same of other draws, by their places among these."""
        return Written(*(getattr(self, field.name)[:, :, draws] for field in fields(self)))


class LaidOut:
    """Some draws of a model, as arrays that the compiled simulation takes.

    Args:
        model: the scenario in these draws.
        expected: its cases without chance (EQ1–EQ3).
        numbers: of the draws.
        seed: of all of them.
        teams: that are worked out; what is told of others is nothing.
        kept: what is told of them.
        threads: that work on the draws at once; the numbers are the same on any.
    """

    def __init__(
        self,
        model: Model,
        expected: Caseload,
        numbers: Whole,
        seed: int,
        teams: Sequence[int] | None = None,
        kept: ToKeep = ALL,
        threads: int = 1,
    ) -> None:
        self.model, self.expected, self.seed, self.kept = model, expected, seed, kept
        self.threads = threads
        self.noted: Counts | None = None  # how cases come and go, once that is known
        self.teams = range(len(model.teams)) if teams is None else teams
        self.numbers = np.ascontiguousarray(numbers, dtype=np.int64)
        duties, people = model.duties, model.people
        self.pairs = self._pairs()
        served = {row: place for place, row in enumerate(duties.order.tolist())}
        self.asked = [
            (rule, row)
            for rule in model.rules.duties
            for row in sorted(rule.rows, key=lambda row: served.get(row, 0))
        ]
        aged = ((row, months_of(rule)) for rule, row in self.asked if rule.kind.by_age)
        self.aged = list(dict.fromkeys(aged))
        self.rows = self._given(
            *(duties.access, duties.lapsing, duties.hours, duties.failed_hours),
            *(duties.no_answer, np.exp(-alike(duties.focus)), duties.gives_way, duties.in_turn),
            *(duties.early_rate, self._per_year()),
        )
        self.tiers = self._given(
            model.caseloads.exits,
            self._expected(),
            model.caseloads.arrivals,
            *self._other_work(),
            model.caseloads.within + model.caseloads.on_top,
        )
        self.grades = self._given(
            *(people.leavers, people.joiners_due, people.max_joiners, people.lead),
            *(people.accreditation, people.productivity, people.share, people.contracted),
            *(people.sickness, people.abstraction, people.events, people.events_counted),
        )
        self.shapes = (len(model.rows), len(model.tiers), len(model.teams), len(model.grades))

    def _per_year(self) -> Array:
        """Return how often a duty is owed a case; of a queue its arrivals are counted instead."""
        per_year = np.array(alike(self.model.duties.per_year))
        per_year[:, :, self.model.queues.rows.start :] = 0.0
        return per_year

    def _expected(self) -> Array:
        """Return new cases expected and what arrives in queues by itself.

        One-off cases, and those of named flows beside growth, are told apart.
        """
        queues = self.model.queues
        given = self.model.caseloads
        found = self.expected.entrants - given.arrivals
        if given.within.any() or given.on_top.any():
            found = np.maximum(0.0, found - given.within - given.on_top)
        if not queues.keys:
            return found
        of_cohorts = found[:, :, : queues.tiers.start]
        draws = max(len(found), len(queues.arrivals))
        shape = (draws, self.model.months)
        return np.concatenate(
            [
                np.broadcast_to(of_cohorts, (*shape, of_cohorts.shape[2])),
                np.broadcast_to(queues.arrivals, (*shape, len(queues.keys))),
            ],
            axis=2,
        )

    @cached_property
    def flow_places(self) -> tuple[Whole, list[int], list[tuple[int, int]]]:
        """Flows as rows of a table, their sources, and their targets: flow and tier each."""
        table: list[list[int]] = []
        sources: list[int] = []
        targets: list[tuple[int, int]] = []
        for n, flow in enumerate(self.model.queues.flows):
            kind = queued.DONE if flow.rows else queued.OF_CASES if flow.of_cases else queued.LEFT
            first, begin = len(sources), len(targets)
            sources += flow.rows or flow.tiers
            targets += [(n, int(t)) for t in np.flatnonzero(flow.joins.max(axis=(0, 1)) > 0)]
            cohort = -1 if flow.cohort is None else flow.cohort
            beside = -1 if flow.beside is None else flow.beside
            ends = [first, len(sources), begin, len(targets)]
            table.append([kind, flow.lag, cohort, beside, *ends])
        return np.array(table, dtype=np.int64).reshape(-1, 8), sources, targets

    def _flows(self) -> tuple[Array, Array]:
        """Return the share of every flow and those by which it joins. Shape: [draw, month, …]."""
        flows, targets = self.model.queues.flows, self.flow_places[2]
        nothing = np.zeros((len(self.numbers), 1, 0))
        if not flows:
            return nothing, nothing
        shares = [self._drawn(one.share) for one in flows]
        joins = [self._drawn(flows[n].joins)[:, :, tier] for n, tier in targets]
        return np.stack(shares, axis=2), np.stack(joins, axis=2) if joins else nothing

    def _growing(self) -> Array:
        """Return how many times a cohort is a month later. Shape: [draw, month, cohort]."""
        growth = np.nan_to_num(alike(self.model.caseloads.growth))
        return self._drawn((1.0 + growth) ** (1 / 12))

    def _given(self, *series: Array | Whole) -> Given:
        """Return series of every draw in the months in which they change."""
        parts = [_in_changes(alike(one), self.model.months) for one in series]
        every = tuple(self._drawn(one) for one, _ in parts)
        return Given(every, np.stack([when for _, when in parts]))

    def _drawn(self, series: Array | Whole) -> Array:
        """Return a series of every draw. Shape: [draw, …]."""
        return np.broadcast_to(
            np.asarray(series, dtype=float), (len(self.numbers), *series.shape[1:])
        )

    def _alone(self, *numbers: Number) -> Array:
        """Return numbers of every draw. Shape: [draw, 1, number]."""
        columns = [np.broadcast_to(np.ravel(one), len(self.numbers)) for one in numbers]
        return np.stack(columns, axis=1)[:, None].astype(float)

    def _pairs(self) -> list[tuple[int, int]]:
        """Return tiers between which some case may move, by the first."""
        moves = alike(self.model.caseloads.moves)
        away = (moves > 0).any(axis=(0, 1)) & ~np.eye(moves.shape[-1], dtype=bool)
        return [(int(a), int(b)) for a, b in np.argwhere(away)]

    def _other_work(self) -> Iterable[Array]:
        """Yield hours of other work for each case and each new one, and what can be cut of both."""
        model = self.model
        for found in demand.rates(model):
            for entering in (False, True):
                parts = [
                    found.get((int(team), tier, entering), np.zeros((1, 1)))
                    for tier, team in enumerate(model.team_of_tier)
                ]
                shape = (max(len(p) for p in parts), max(p.shape[1] for p in parts))
                full = [np.broadcast_to(part, shape) for part in parts]
                yield np.stack(full).transpose(1, 2, 0)

    @cached_property
    def moves(self) -> Given:
        """The share of a tier's cases that moves, by pair of tiers."""
        moves = alike(self.model.caseloads.moves)
        if not self.pairs:
            return self._given(np.zeros((1, 1, 0)))
        return self._given(np.stack([moves[:, :, a, b] for a, b in self.pairs], axis=2))

    @cached_property
    def others(self) -> tuple[Array, ...]:
        """What is given of the opening, of lending, standards and each draw."""
        model = self.model
        people, given = model.people, model.caseloads
        vacant = np.maximum(0.0, people.undated_posts - people.opening - people.joiners_due_all)
        chance = model.chance
        behind = model.duties.gives_way_focus
        return (
            *(self._drawn(one[:, None]) for one in (given.opening, model.duties.overdue)),
            *(self._drawn(one[:, None]) for one in (people.opening, people.undated_posts, vacant)),
            self._drawn(people.in_training),
            self._several([rule.max_share[:, 0] for rule in model.lending]),
            self._several([rule.efficiency[:, 0] for rule in model.lending]),
            self._several([rule.level for rule, _ in self.asked]),
            self._several([event.cases for event in given.transfers]),
            self._alone(
                chance.sickness_long_term,
                chance.sickness_spell_months,
                chance.sickness_shock,
                chance.abstraction_shock,
                chance.shock_persistence,
                np.nan if behind is None else behind,
            ),
        )

    @cached_property
    def of_queues(self) -> tuple[Whole, ...]:
        """Flows, and deadlines and months after which work lapses, by month and class."""
        queues = self.model.queues
        return (
            self.flow_places[0],
            *(
                np.ascontiguousarray(one, dtype=np.int64)
                for one in (queues.deadline, queues.lapses)
            ),
        )

    def _several(self, numbers: Sequence[Number]) -> Array:
        """Return numbers of every draw, of which there may be none. Shape: [draw, 1, number]."""
        return self._alone(*numbers) if numbers else np.zeros((len(self.numbers), 1, 0))

    @cached_property
    def capacity(self) -> tuple[Whole, Whole]:
        """Where each row's stretch begins, and the most months since one was done. Shape: [row]."""
        duties = self.model.duties
        intervals = np.vstack([duties.opening_interval[None], duties.interval])
        size = intervals.max(axis=0).astype(np.int64)
        longest = max((len(s) for s in duties.overdue_shares if s is not None), default=1)
        each = size + longest + 2 * (self.model.months + 1)
        return np.concatenate([[0], np.cumsum(each)]).astype(np.int64), size

    @cached_property
    def lists(self) -> tuple[Whole, ...]:
        """Whole numbers by row, pair, team, grade, rule and event."""
        model = self.model
        duties, transfers = model.duties, model.caseloads.transfers
        at, size = self.capacity
        order = sorted(duties.order.tolist(), key=lambda row: int(duties.team_of[row]))
        counts = np.bincount(duties.team_of, minlength=len(model.teams))
        by_tier = np.bincount([a for a, _ in self.pairs], minlength=len(model.tiers))
        on = [
            np.flatnonzero(np.isin(of, self.teams))
            for of in (duties.team_of, model.team_of_tier, model.people.team_of)
        ]
        return tuple(
            np.ascontiguousarray(one, dtype=np.int64)
            for one in (
                *(duties.tier_of, duties.team_of, at, size),
                np.concatenate([[0], np.cumsum(by_tier)]),
                [b for _, b in self.pairs],
                order,
                np.concatenate([[0], np.cumsum(counts)]),
                model.people.team_of,
                model.team_of_tier,
                [rule.lender for rule in model.lending],
                [rule.borrower for rule in model.lending],
                [rule.counts for rule in model.lending],
                [row for _, row in self.asked],
                [self._measure(rule, row) for rule, row in self.asked],
                [rule.first for rule, _ in self.asked],
                [event.month for event in transfers],
                [-1 if event.target is None else event.target for event in transfers],
                self.flow_places[1],
                [tier for _, tier in self.flow_places[2]],
                model.caseloads.cohort_of,
                *(*on, self.teams),
                *self.kept,
                [n for n, rule in enumerate(model.rules.duties) for _ in rule.rows],
            )
        )

    @cached_property
    def tables(self) -> tuple[Whole, ...]:
        """Whole numbers by month and row, by row and tier, and so on; without reviews."""
        model = self.model
        duties, transfers = model.duties, model.caseloads.transfers
        intervals = np.vstack([duties.opening_interval[None], duties.interval])
        ahead = np.clip(np.minimum(duties.early, duties.interval - 1), 0, None)
        partner = np.full((len(model.rows), len(model.tiers)), -1)
        for row in range(len(model.rows)):
            for other in np.flatnonzero(duties.block_of == duties.block_of[row]).tolist():
                partner[row, duties.tier_of[other]] = other
        comes_from = np.zeros((len(transfers), len(model.tiers)))
        for place, event in enumerate(transfers):
            comes_from[place, list(event.origins)] = 1
        waits = [self._months(rule, row) for rule, row in self.asked]
        return tuple(
            np.ascontiguousarray(one, dtype=np.int64)
            for one in (
                *(intervals, ahead, partner),
                np.reshape(waits, (1, -1)),
                np.reshape(self.aged, (-1, 2)).T,
                *(comes_from, model.people.may_shrink),
            )
        )

    def _measure(self, rule: DutyStandard, row: int) -> int:
        """Return what a standard asks for; of a queue in date is within its deadline."""
        if row in self.model.queues.rows and rule.kind is kinds.IN_DATE:
            return whole.IN_TIME
        return MEASURES[rule.kind.key]

    def _months(self, rule: DutyStandard, row: int) -> int:
        """Return the months that a standard allows, or the deadline; 0 where there are none."""
        if self._measure(rule, row) == whole.IN_TIME:
            return int(self.model.queues.deadline[0, row - self.model.queues.rows.start])
        return months_of(rule) if rule.kind.by_age else 0

    @cached_property
    def shares(self) -> tuple[Array, Array]:
        """Shares of the opening by months since done, and by months overdue, added up."""
        duties = self.model.duties
        ages = [
            np.full(max(1, interval), 1.0 / max(1, interval)) if given is None else given
            for interval, given in zip(
                duties.opening_interval.tolist(), duties.opening_shares, strict=True
            )
        ]
        waits = [np.ones(1) if given is None else given for given in duties.overdue_shares]
        return _added_up(ages), _added_up(waits)

    @cached_property
    def keys(self) -> tuple[Uint, ...]:
        """The keys of what is drawn. Shape: [what, name]."""
        model = self.model
        tiers = [f"{key.cohort}.{key.tier}" for key in model.tiers]
        rows = [f"{key.cohort}.{key.duty}.{key.tier}" for key in model.rows]
        grades = [f"{key.team}.{key.grade}" for key in model.grades]
        pairs = [f"{tiers[a]} {tiers[b]}" for a, b in self.pairs]
        return (
            self._named(whole.OF_TIER, tiers),
            self._named(whole.OF_ROW, rows),
            self._named(whole.OF_GRADE, grades),
            self._named(("moves",), pairs),
            self._named(("event",), self._event_names(tiers)),
            self._named(whole.SHOCKS, [""]),
            self._named(whole.OF_FLOW, self._flow_names()),
            self._named(("flow joins",), self._flow_names(tiers)),
        )

    def _named(self, whats: Sequence[str], names: Sequence[str]) -> Uint:
        """Return a key for each purpose and name. Shape: [what, name]."""
        return np.stack([luck.keys(self.seed, what, names) for what in whats])

    def _flow_names(self, tiers: Sequence[str] | None = None) -> list[str]:
        """Return a name for each flow, or for each flow and tier that it joins."""
        queues = self.model.queues
        names: list[str] = []
        for flow in queues.flows:
            rows = [".".join(self.model.rows[row][1:]) for row in flow.rows]
            name = f"{rows or [self.model.tiers[n] for n in flow.tiers]} {flow.lag}"
            names.append(f"{name} {sum(other.startswith(name) for other in names)}")
        if tiers is None:
            return names
        return [f"{names[n]} {tiers[tier]}" for n, tier in self.flow_places[2]]

    def _event_names(self, tiers: Sequence[str]) -> list[str]:
        """Return a name for each event that moves cases: from where to where, and which of them."""
        names: list[str] = []
        for event in self.model.caseloads.transfers:
            to = "" if event.target is None else tiers[event.target]
            name = f"{[tiers[n] for n in event.origins]} {to}"
            names.append(f"{name} {sum(other.startswith(name) for other in names)}")
        return names

    def run(
        self,
        posts: Array,
        overtime: Overtime,
        review: Review | None = None,
        only: Whole | None = None,
    ) -> Ran:
        """Return what a team's people get done in these draws.

        Args:
            posts: by month. Shape: [month, grade].
            overtime: whether current overtime or the limit is the most that is worked.
            review: how posts change by what is known at reviews.
            only: the places of the draws that are worked out, at least one; the numbers of one of
                them stand in for all others.
        """
        people, chosen = self.model.people, review or Review.none()
        limit = people.overtime_in_use if overtime == "in use" else people.overtime_limit
        # A team needed works the hours it has; how much current posts do with theirs is known.
        effort = people.effort if overtime == "in use" else np.ones((1, 1, self.shapes[2]))
        teams = self._given(
            limit, people.pooling, people.caseload_spread, self.model.team_hours, effort
        )
        *others, alone = self.others
        moves = self.moves.series
        every = (*moves, *others, self._drawn(posts[None]), *self._flows(), self._growing(), alone)
        rows, tiers, of_teams, grades = self.shapes
        which = np.arange(len(self.numbers)) if only is None else only
        draws, months = len(which), self.model.months
        lent, classes = len(self.model.lending), len(self.model.queues.keys)
        kept = Written(
            rows=np.zeros((len(self.kept.rows), rows, draws, months), dtype=np.float32),
            tiers=np.empty((len(self.kept.tiers), tiers, draws, months), dtype=np.float32),
            over=np.empty((1, len(self.aged) + 3 * classes, draws, months), dtype=np.float32),
            teams=np.empty((len(self.kept.teams), of_teams, draws, months)),
            grades=np.empty((len(self.kept.grades), grades, draws, months)),
            lending=np.empty((1, lent, draws, months)),
        )
        many, looks = chosen.looks
        seen = np.zeros((draws, many))
        table = np.array(
            [chosen.month, chosen.start, chosen.team, chosen.grade, chosen.measure, looks],
            dtype=np.int64,
        ).T
        numbers = np.array([chosen.at_least, chosen.posts], dtype=float).T
        within = table[:, 1] < months
        by_month = np.flatnonzero(within)[np.argsort(table[within, 0], kind="stable")]
        course, noted = self._course(draws)
        changes = self._changes_in(course, teams.changes)
        tables = (*self.tables, np.ascontiguousarray(table[by_month]), *self.of_queues)
        shares = (*self.shares, np.ascontiguousarray(numbers[by_month]))

        def simulate(begin: int, end: int) -> None:
            whole.simulate(
                RULES[self.model.duties.rule],
                course,
                begin,
                end,
                which,
                self.numbers,
                self.rows.series,
                self.tiers.series,
                self.grades.series,
                teams.series,
                every,
                changes,
                self.lists,
                tables,
                shares,
                self.keys,
                (kept.rows, kept.tiers, kept.over),
                (kept.teams, kept.grades, kept.lending),
                seen,
                noted,
                *self._workspace(kept),
            )

        ends = np.linspace(0, draws, min(self.threads, draws) + 1).astype(int).tolist()
        for _ in side_by_side(self.threads, simulate, ends[:-1], ends[1:]):
            pass
        if course == whole.NOTED:
            self.noted = noted
        if only is None:
            return Ran(*self._told(kept), seen)
        at = np.zeros(len(self.numbers), dtype=np.int64)
        at[only] = np.arange(draws)
        return Ran(*self._told(kept.at(at)), seen[at])

    def _workspace(self, kept: Written) -> tuple[Any, ...]:
        """Return the arrays in which one thread works."""
        rows, tiers, teams, grades = self.shapes
        return (
            *whole.workspace(
                *(rows, tiers, teams, grades, len(self.pairs), int(self.capacity[0][-1])),
                self.model.months,
                self.model.people.in_training.shape[1],
                len(self.model.cohorts),
            ),
            tuple(np.zeros_like(one) for one in self.keys),
            tuple(_of_a_draw(one) for one in (kept.rows, kept.tiers)),
            tuple(_of_a_draw(one) for one in (kept.teams, kept.grades)),
        )

    def _course(self, draws: int) -> tuple[int, Counts]:
        """Return whether cases come and go as was noted, and room for it.

        It is noted when all draws are worked out, not some of them.

        They do so without regard to posts, unless what is done leads to cases or one-off events
        move some.
        """
        if self.noted is not None:
            return whole.AS_BEFORE, self.noted
        of_tier = np.isin(self.model.team_of_tier, self.teams)
        each = 4 * int(of_tier.sum()) + sum(bool(of_tier[a]) for a, _ in self.pairs)
        shape = (len(self.numbers), self.model.months, each)
        tied = self.model.queues.keys or self.model.queues.flows or self.model.caseloads.transfers
        if tied or np.prod(shape) > MOST_NOTED or draws < len(self.numbers):
            return whole.ANEW, np.empty((0, 0, 0), dtype=np.int32)
        return whole.NOTED, np.empty(shape, dtype=np.int32)

    def _changes_in(self, course: int, of_teams: Whole) -> tuple[Whole, ...]:
        """Return when rows, tiers, grades, teams and moves change, where that is looked at."""
        rows, grades = self.rows.changes, self.grades.changes
        tiers, moves = self.tiers.changes, self.moves.changes
        if course == whole.AS_BEFORE:
            tiers, moves = tiers.copy(), np.zeros_like(moves)
            tiers[[whole.EXITS, whole.EXPECTED, whole.ARRIVALS, whole.NAMED]] = 0
        return rows, tiers, grades, of_teams, moves

    def _told(self, kept: Written) -> tuple[Workforce, Projection]:
        """Return people and projection of what was kept."""
        newly, due, done, early, wait = _told(kept.rows, self.kept.rows, ALL.rows)
        cases, entrants, gone = _told(kept.tiers, self.kept.tiers, ALL.tiers)
        of_teams = _told(kept.teams, self.kept.teams, ALL.teams)
        own, other, used, extra, received, borrowed, lent = of_teams[:7]
        short, cut, idle, lost, officers, casework, uncut = of_teams[7:]
        of_grades = _told(kept.grades, self.kept.grades, ALL.grades)
        posts, in_post, joiners, due_joined, left, released, effective = of_grades[:7]
        staff = Workforce(
            posts=posts,
            in_post=in_post,
            joiners=joiners,
            joined_due=due_joined,
            leavers=left,
            releases=released,
            effective=effective,
            own_hours=own,
            uncut_hours=uncut,
            casework=casework,
            officers=officers,
        )
        expected = self.expected
        caseload = Counted(
            expected.given, expected.flows, cases, entrants, {}, np.zeros((1, 0, 0)), gone
        )
        over, aged, classes = _by_draw(kept.over[0]), len(self.aged), len(self.model.queues.keys)
        projection = Projection(
            caseload=caseload,
            tier_of=self.model.duties.tier_of,
            newly_due=newly,
            due=due,
            done=done,
            done_early=early,
            outstanding=due - done,
            longest_wait=wait,
            states=(),
            own=own,
            other_work=other,
            duty_hours=used,
            overtime=extra,
            received=received,
            borrowed=borrowed,
            lent=lent,
            short=short,
            cut_short=cut,
            not_shared=idle,
            not_worked=lost,
            lending=_by_draw(kept.lending[0]),
            officers=officers,
            in_turn=np.broadcast_to(self.model.duties.in_turn, due.shape),
            over={key: over[:, :, place] for place, key in enumerate(self.aged)},
            clock_due=newly,
            late=over[:, :, aged : aged + classes],
            lapsed=over[:, :, aged + classes : aged + 2 * classes],
            past_deadline=over[:, :, aged + 2 * classes :],
        )
        return staff, projection


def _in_changes(series: Array | Whole, months: int) -> tuple[Any, Whole]:
    """Return a series in the months in which it changes, and the number of the change by month.

    Returns:
        Shape: [draw, change, …] and [month].
    """
    when = np.zeros(months, dtype=np.int64)
    when[0] = 1
    if series.shape[1] == 1:
        return series, when
    one = series if series.strides[0] else series[:1]  # the same in every draw
    differs = (one[:, 1:] != one[:, :-1]).any(axis=(0, 2))
    places = np.flatnonzero(np.concatenate([[True], differs]))
    when[places] = np.arange(1, len(places) + 1)
    return (one if len(places) == months else np.ascontiguousarray(one[:, places])), when


def _added_up(shares: Sequence[Array]) -> Array:
    """Return shares added up, 1 from each one's last. Shape: [row, most of them]."""
    full = np.ones((len(shares), max((len(one) for one in shares), default=1)))
    for place, one in enumerate(shares):
        full[place, : len(one) - 1] = np.cumsum(one)[:-1]
    return full


def _of_a_draw(kept: Any) -> Any:
    """Return room for what is kept of one draw. Shape: [what, …, month]."""
    return np.zeros((*kept.shape[:2], kept.shape[3]), dtype=kept.dtype)


def _by_draw(written: Any) -> Any:
    """Return what was written with draws first. Shape: [draw, month, …]."""
    return written.transpose(1, 2, 0)


def _told(written: Any, kept: Sequence[int], every: Sequence[int]) -> list[Any]:
    """Return all that there is to know of something; 0 where it was not kept.

    Returns:
        Shape of each: [draw, month, …].
    """
    found = dict(zip(kept, written, strict=True))
    nothing = np.broadcast_to(written.dtype.type(0), written.shape[1:])
    return [_by_draw(found.get(what, nothing)) for what in every]
