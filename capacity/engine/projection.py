"""Month by month: what falls due, which hours there are, what is done (EQ10–EQ13, EQ24, EQ25)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from capacity import kinds
from capacity.engine import demand as demands
from capacity.engine import renewal, service
from capacity.engine.caseload import Caseload, Walk
from capacity.engine.demand import Demand
from capacity.engine.measures import MEASURES, NOTHING, Late, Need, share_of
from capacity.engine.model import Array, DutyStandard, Model, Whole, blank, summed
from capacity.engine.workforce import Workforce

ROUNDING = 1e-8
"""A programme may be short of this share of a team's hours: the solver's own rounding."""

Overtime = Literal["in use", "limit"]
Waits = Literal["by age", "longest", "none"]


@dataclass(frozen=True)
class Programme:
    """What a sized plan does: duties done, lending and overtime by month."""

    done: Array  # [month, row]
    lent: Array  # [month, lending]
    overtime: Array  # [month, team]
    early: Array | None = None  # [month, row, n - 1], done n months before they fall due (EQ24)


@dataclass(frozen=True)
class Record:
    """What was really done in months that are known.

    Attributes:
        last: the last month known, from 0.
        done: cases done that were due; NaN where not known. Shape: [month, row].
        done_early: cases done before they were due; NaN where not known. Shape: [month, row].
        outstanding: cases waiting at the month's end; NaN where not known. Shape: [month, row].
        drift: cases more than the clock says that fall due in each month after the last one
            known, taken from those not yet due; None: as the clock says. Shape: [row].
    """

    last: int
    done: Array
    done_early: Array
    outstanding: Array
    drift: Array | None = None


@dataclass(frozen=True)
class Projection:
    """Duties and hours by month. Shape: [draw, month, row] or [draw, month, team]."""

    caseload: Caseload
    tier_of: Whole  # [row]
    newly_due: Array
    due: Array
    done: Array
    done_early: Array  # apart from due and done (EQ24)
    outstanding: Array
    longest_wait: Array
    states: tuple[renewal.Clocks, ...]  # by month, where waits are kept by age
    own: Array
    other_work: Array
    duty_hours: Array
    overtime: Array
    received: Array  # after efficiency
    borrowed: Array  # as lent
    lent: Array
    short: Array
    cut_short: Array  # other work cut short before a duty was (EQ25)
    not_shared: Array  # hours over with officers who hold only their own cases
    not_worked: Array  # hours for duties that went to nothing the model knows (effort)
    lending: Array  # [draw, month, lending]
    officers: Array  # effective casework FTE that counts in the ratio, borrowed included
    in_turn: Array  # share of what is done that goes to the longest overdue (EQ7)
    over: Mapping[tuple[int, int], Array]  # by row and months: cases waiting longer (EQ27)
    clock_due: Array  # newly due by the clock, where a record says how many there were
    lapsed: Array  # [draw, month, class], what lapsed in queues before work began (EQ26)
    late: Array  # [draw, month, class], those due in queues and not done within the deadline
    past_deadline: Array  # [draw, month, class], those of `late` who still wait at the month's end

    @cached_property
    def cases(self) -> Array:
        """Cases by row at the month's end. Shape: [draw, month, row]."""
        return np.broadcast_to(self.caseload.cases[:, :, self.tier_of], self.due.shape)

    @cached_property
    def waiting(self) -> tuple[Array, ...]:
        """Cases outstanding by month. Shape of each: [draw, row, whole months outstanding]."""
        return tuple(renewal.by_age(state) for state in self.states)

    @property
    def unused(self) -> Array:
        """Hours neither used nor lent. Shape: [draw, month, team]."""
        used = self.other_work - self.cut_short - self.short + self.duty_hours
        gone = self.not_shared + self.not_worked
        return np.maximum(0.0, self.own + self.received + self.overtime - self.lent - used - gone)

    @property
    def completion(self) -> Array:
        """Done ÷ due; NaN where nothing is due. Shape: [draw, month, row]."""
        return share_of(self.done, self.due)

    def on_time(self) -> Array:
        """Return those newly due that were done in the month (EQ7)."""
        carried = self.due - self.newly_due
        if self.in_turn.min(initial=1.0) >= 1.0:
            return np.maximum(0.0, self.done - carried)
        turn = self.in_turn * self.done
        at_once = np.maximum(0.0, turn - carried)
        waiting = self.due - turn
        evenly = np.divide(
            self.done - turn, waiting, out=np.zeros_like(waiting), where=waiting > NOTHING
        )
        return at_once + evenly * (self.newly_due - at_once)

    def in_date(self, model: Model) -> Array:
        """Return cases not outstanding ÷ cases owed; NaN where there are none."""
        clocked = model.duties.interval[None] > 0
        by_case = share_of(self.cases - self.outstanding, self.cases)
        found = np.where(clocked, by_case, self.completion)
        if model.queues.keys:
            due = self.due[:, :, model.queues.rows.start :]
            within = share_of(due - self.late, due)
            found[:, :, model.queues.rows.start :] = np.where(
                model.queues.deadline >= 0, within, np.nan
            )
        return found

    def held_and_owed(self, model: Model) -> tuple[Array, Array]:
        """Return cases not outstanding, and cases owed an activity, both by row.

        Of work without a clock it is what is done and due; of work that queues what is due and not
        late, where it has a deadline. Shape of each: [draw, month, row].
        """
        clocked, owes = model.duties.interval > 0, model.duties.per_year > 0
        held = np.where(clocked, self.cases - self.outstanding, self.done) * owes
        owed = np.where(clocked, self.cases, self.due) * owes
        if model.queues.keys:
            rows, judged = slice(model.queues.rows.start, None), model.queues.deadline >= 0
            owed[:, :, rows] = self.due[:, :, rows] * judged
            held[:, :, rows] = (self.due[:, :, rows] - self.late) * judged
        return held, owed


def project(
    model: Model,
    caseload: Caseload,
    demand: Demand,
    workforce: Workforce,
    programme: Programme | Record | None = None,
    overtime: Overtime = "in use",
    waits: Waits = "by age",
    full_hours: bool = False,
) -> Projection:
    """Return what given people get done by the order of service, or by a programme (EQ10–EQ13).

    Args:
        model: the scenario as arrays.
        caseload: its cases.
        demand: its other work.
        workforce: its people and their hours.
        programme: what a sized plan does, instead of the order of service; or a record of the
            months that are known, after which work goes on.
        overtime: whether current overtime or the limit is the most that is worked.
        waits: whether to keep overdue cases by age, only the longest wait, or neither.
        full_hours: leave out what teams do when hours are short or at hand: work that gives way
            (EQ25), early visits (EQ24), effort (EQ13), caseloads that are not shared, and work
            that lapses in queues (EQ26). This is the baseline that sizing is never worse than.

    Returns:
        Duties and hours by month.
    """
    run = _Run(model, caseload, demand, workforce, programme, overtime, waits, full_hours)
    for month in range(model.months):
        run.step(month)
    return run.result()


def falls_due(model: Model, caseload: Caseload) -> Array:
    """Return what falls due when hours have no limit and all is done that can be (EQ6).

    This is demand: it does not depend on posts. In a projection with too few hours less falls due,
    since a case that waits does not fall due again. What is overdue at the start is done in the
    first month and not counted.

    Returns:
        Shape: [draw, month, row].
    """
    dial = renewal.Dial(model, caseload, by_age=False)
    clocks, found = renewal.opening(dial), []
    if len(clocks.done_ago) < len(model.duties.access):  # cases are the same in all draws
        clocks = renewal.repeated(clocks, len(model.duties.access))
    for month in range(model.months):
        clocks, newly, _ = renewal.advance(dial, clocks, month)
        done = model.duties.access[:, month] * clocks.outstanding
        clocks = renewal.serve(dial, clocks, month, done)
        found.append(newly + _lapsing(model, caseload, month))
    return np.stack(np.broadcast_arrays(*found), axis=1)


def _lapsing(model: Model, caseload: Caseload, month: int) -> Array:
    """Return what is due of duties without a clock, which lapse with the month (EQ5)."""
    duties = model.duties
    cases = caseload.cases[:, month].T[duties.tier_of].T
    owed: Array = np.where(duties.interval[month] > 0, 0.0, duties.lapsing[:, month] * cases)
    return owed


def behaves(model: Model, demand: Demand) -> bool:
    """Return whether teams do anything that `full_hours` leaves out."""
    early = (model.duties.early > 0) & (model.duties.early_rate.max(axis=0) > 0)
    lapses = model.queues.lapses.any()
    apart = (model.people.pooling < 1.0) & (model.people.caseload_spread > 0.0)
    gives = demand.gives_way.any() or model.duties.gives_way.any()
    works = (model.people.effort != 1.0).any()
    return bool(early.any() or apart.any() or gives or works or lapses)


class _Run:
    """Carries the clocks from month to month and keeps what is reported."""

    def __init__(
        self,
        model: Model,
        caseload: Caseload,
        demand: Demand,
        workforce: Workforce,
        programme: Programme | Record | None,
        overtime: Overtime,
        waits: Waits,
        full_hours: bool,
    ) -> None:
        self.model, self.caseload, self.demand = model, caseload, demand
        self.workforce, self.waits, self.full_hours = workforce, waits, full_hours
        self.programme = programme if isinstance(programme, Programme) else None
        self.record = record = programme if isinstance(programme, Record) else None
        self.rule, self.focus = model.duties.rule, model.duties.focus
        people, duties = model.people, model.duties
        limit = people.overtime_in_use if overtime == "in use" else people.overtime_limit
        self.overtime_most = np.maximum(0.0, limit * workforce.casework)
        aged = [rule for rule in model.rules.duties if rule.kind.by_age]
        queues = model.queues
        self.lapses = bool(queues.lapses.any()) and not full_hours
        self.deadlines = bool((queues.deadline >= 0).any())
        if (aged or self.lapses or self.deadlines) and waits == "none":
            self.waits = waits = "longest"
        self.dial = renewal.Dial(model, caseload, by_age=waits != "none", short=waits == "longest")
        self.clocks = renewal.opening(self.dial)
        self.rows_of_team = [
            duties.order[duties.team_of[duties.order] == team].tolist()
            for team in range(len(model.teams))
        ]
        self.draws = max(
            len(self.clocks.done_ago),
            *(len(a) for a in (caseload.cases, demand.teams, workforce.own_hours, duties.hours)),
            *(len(a) for a in (duties.access, duties.lapsing, self.overtime_most)),
            *(len(a) for a in (self.focus, duties.in_turn, duties.early_rate, duties.gives_way)),
            np.size(duties.gives_way_focus if duties.gives_way_focus is not None else 0.0),
            *(len(a) for a in (demand.gives_way, people.pooling, people.caseload_spread)),
            len(people.effort),
            *(len(a) for rule in model.lending for a in (rule.max_share, rule.efficiency)),
            *(
                np.size(rule.level)
                for rule in model.rules.duties
                if duties.rule == "standards first"
            ),
        )
        if len(self.clocks.done_ago) < self.draws:  # only hours differ between draws
            self.clocks = renewal.repeated(self.clocks, self.draws)
        self.walk: Walk | None = None
        if queues.coupled:
            entering = caseload.entrants if caseload.held else None
            self.walk = Walk(model, caseload.flows, entering, self.draws)
            self.caseload = self.dial.caseload = self.walk.caseload()
            self.rates = demands.rates(model)
            self.demand = replace(
                demand,
                caseload=self.caseload,
                teams=blank(self.draws, model.months, len(model.teams)),
                gives_way=blank(self.draws, model.months, len(model.teams)),
            )
        self.gone, self.late, self.past = (
            blank(self.draws, model.months, len(queues.keys)) for _ in range(3)
        )
        rows, teams = len(model.rows), len(model.teams)
        self.newly, self.due, self.done, self.early, self.wait = (
            blank(self.draws, model.months, rows) for _ in range(5)
        )
        self.by_clock = self.newly if record is None else blank(self.draws, model.months, rows)
        self.received, self.borrowed, self.lent, self.extra, self.short, self.used = (
            blank(self.draws, model.months, teams) for _ in range(6)
        )
        self.over = {
            (row, months_of(rule)): blank(self.draws, model.months)
            for rule in aged
            for row in rule.rows
        }
        self.cut, self.idle, self.lost = (blank(self.draws, model.months, teams) for _ in range(3))
        # A team needed works the hours it has; how much current posts do with theirs is known.
        as_given = full_hours or overtime == "limit" or (people.effort == 1.0).all()
        self.works = None if as_given else people.effort
        self.lending = blank(self.draws, model.months, len(model.lending))
        self.states: list[renewal.Clocks] = []

    def step(self, month: int) -> None:
        """Run one month."""
        duties = self.model.duties
        if self.walk is not None:
            self._follow(self.walk, month)
        clocks, newly, carried = renewal.advance(self.dial, self.clocks, month)
        clocks = self._lapse(clocks, month)
        known = self.record is not None and month <= self.record.last
        self.clocks = clocks
        if self.record is not None:
            self.by_clock[:, month] = newly
            clocks, newly = self._counted(self.record, clocks, month, newly, carried)
        due = clocks.outstanding
        if duties.lapsing[:, month].any():
            owed = _lapsing(self.model, self.caseload, month)
            newly, due = newly + owed, due + owed  # EQ5
        can = duties.access[:, month] * due  # EQ6
        early = None
        if self.programme:
            clocks, early = self._planned_early(clocks, month)
            done = self._run_programme(month, can, early)
        else:
            ahead = self._ahead(clocks, month, can)
            done, early = self._hand_out(month, due, can, ahead)
            self.early[:, month] = early
            early = None if ahead is None else early
        if known:
            done, early = self._recorded(clocks, month, due, done, early)
        if early is not None and not self.programme:
            clocks = renewal.taken_evenly(self.dial, clocks, month, early)
        self.clocks = renewal.serve(self.dial, clocks, month, done, early)
        if self.deadlines:
            already = self._late(clocks, month, 1)
            past = self.past[:, month] = self._late(self.clocks, month, 0)
            self.late[:, month] = already + past - self._late(self.clocks, month, 1)
        self.newly[:, month], self.due[:, month], self.done[:, month] = newly, due, done
        if self.waits != "none":
            self.wait[:, month] = renewal.longest_wait(self.clocks)
        if self.waits == "by age":
            self.states.append(self.clocks)
        for rule, over in self.over.items():
            over[:, month] = renewal.waited(self.clocks, *rule)

    def _follow(self, walk: Walk, month: int) -> None:
        """Carry the cases, and with them other work, into a month that follows what was done."""
        walk.step(month, self.done)
        every, giving = self.rates
        self.demand.teams[:, month] = demands.of_month(self.model, self.caseload, every, month)
        self.demand.gives_way[:, month] = demands.of_month(self.model, self.caseload, giving, month)

    def _lapse(self, clocks: renewal.Clocks, month: int) -> renewal.Clocks:
        """Return the state without what lapses in queues before work begins (EQ26)."""
        if not self.lapses:
            return clocks
        clocks, gone = renewal.lapsed(self.dial, clocks, month)
        self.gone[:, month] = gone[:, self.model.queues.rows.start :]
        return clocks

    def _late(self, clocks: renewal.Clocks, month: int, more: int) -> Array:
        """Return who has waited in a queue for its deadline and some months more (EQ26).

        Returns:
            Cases; none of a queue without a deadline. Shape: [draw, class].
        """
        queues = self.model.queues
        found = blank(self.draws, len(queues.keys))
        for place in np.flatnonzero(queues.deadline[month] >= 0).tolist():
            months = int(queues.deadline[month, place]) + more
            found[:, place] = renewal.waited(clocks, queues.rows[place], months)
        return found

    def _counted(
        self, record: Record, clocks: renewal.Clocks, month: int, newly: Array, carried: Array
    ) -> tuple[renewal.Clocks, Array]:
        """Return the state with as many due as were done and left, and who of them is new.

        After the last month known as many as by the clock, and its drift.
        """
        if month <= record.last:
            due = record.done[month] + record.outstanding[month]
        elif record.drift is not None:
            due = clocks.outstanding + record.drift
        else:
            return clocks, newly
        clocks = renewal.set_outstanding(self.dial, clocks, month, due)
        return clocks, np.maximum(0.0, clocks.outstanding - carried)

    def _recorded(
        self,
        clocks: renewal.Clocks,
        month: int,
        due: Array,
        done: Array,
        early: Array | None,
    ) -> tuple[Array, Array | None]:
        """Return what was done and done early in a month, as recorded where it was."""
        record = self.record
        assert record is not None
        left = due - record.outstanding[month]
        by_record = np.where(np.isnan(record.done[month]), left, record.done[month])
        done = np.where(np.isnan(by_record), done, np.clip(by_record, 0.0, due))
        there = renewal.could_be_early(self.dial, clocks, month)
        given = record.done_early[month]
        if there is not None:
            before = blank(*done.shape) if early is None else early
            early = np.where(np.isnan(given), before, np.minimum(given, there))
            self.early[:, month] = early
        worked = (done if early is None else done + early) * self.model.duties.hours[:, month]
        for team, mine in enumerate(self.rows_of_team):
            self.used[:, month, team] = summed(worked, mine)
        return done, early

    def _planned_early(
        self, clocks: renewal.Clocks, month: int
    ) -> tuple[renewal.Clocks, Array | None]:
        """Do early what the programme says, as far as it can be done (EQ24)."""
        assert self.programme is not None
        if self.programme.early is None:
            return clocks, None
        clocks, early = renewal.taken(self.dial, clocks, month, self.programme.early[month])
        self.early[:, month] = early
        return clocks, early

    def _run_programme(self, month: int, can: Array, early: Array | None) -> Array:
        """Do what the programme says, as far as it can be done."""
        assert self.programme is not None
        done: Array = np.clip(self.programme.done[month], 0.0, can)
        both = done if early is None else done + early
        hours = both * self.model.duties.hours[:, month]
        self._lend(month, np.broadcast_to(self.programme.lent[month], self.lending[:, month].shape))
        other = self.demand.teams[:, month]
        for team, rows in enumerate(self.rows_of_team):
            self.used[:, month, team] = summed(hours, rows)
        self.extra[:, month] = self.programme.overtime[month]
        there = self._there(month) + self.extra[:, month]
        lacking = np.maximum(0.0, other + self.used[:, month] - there)
        self.short[:, month] = np.where(lacking > ROUNDING * np.maximum(1.0, there), lacking, 0.0)
        return done

    def _lend(self, month: int, lending: Array) -> None:
        """Book hours lent, borrowed and received."""
        for place, rule in enumerate(self.model.lending):
            hours = lending[:, place]
            self.lending[:, month, place] += hours
            self.lent[:, month, rule.lender] += hours
            self.borrowed[:, month, rule.borrower] += hours
            self.received[:, month, rule.borrower] += hours * rule.efficiency[:, 0]

    def _there(self, month: int) -> Array:
        """Return own and received hours less those lent. Shape: [draw, team]."""
        own = self.workforce.own_hours[:, month]
        return own + self.received[:, month] - self.lent[:, month]

    def _ahead(self, clocks: renewal.Clocks, month: int, can: Array) -> Array | None:
        """Return the cases done early if all that are due and can be done are (EQ24)."""
        there = None if self.full_hours else renewal.could_be_early(self.dial, clocks, month)
        if there is None:
            return None
        duties = self.model.duties
        most = duties.access[:, month] * there
        return np.minimum(duties.early_rate[:, month] * can, most)

    def _hand_out(
        self, month: int, due: Array, can: Array, ahead: Array | None
    ) -> tuple[Array, Array]:
        """Return what is done, and early, by the order of service (EQ12, EQ13, EQ24, EQ25)."""
        duties = self.model.duties
        hours = duties.hours[:, month]
        first = None
        if duties.rule == "standards first":
            first = self._up_to_standard(month, due, can)
        need = self._need(month, (can if ahead is None else can + ahead) * hours)
        self._lend_what_is_left(month, need)
        lacking = np.maximum(0.0, need - self._there(month))
        self.extra[:, month] = np.minimum(self.overtime_most[:, month], lacking)
        there = self._there(month) + self.extra[:, month]
        other, full = self.demand.teams[:, month], hours
        cut = None
        if not self.full_hours:
            wanted = (can if ahead is None else can + ahead) * hours
            there, cut = self._as_worked(month, need, wanted, there)
            if cut is not None:
                other = other - self.demand.gives_way[:, month] * cut
                hours = hours * (1.0 - duties.gives_way[:, month] * cut[:, duties.team_of])
        missing = other - there
        self.short[:, month] = np.where(missing > NOTHING, missing, 0.0)
        left = np.where(missing > NOTHING, 0.0, np.maximum(0.0, -missing))
        had = left
        if self.works is not None:
            left = left * self.works[:, month]
        teams = [
            service.ServedTeam(mine, left[:, team]) for team, mine in enumerate(self.rows_of_team)
        ]
        done, early = service.hand_out(
            self.rule, can, hours, teams, self.focus[:, month], first, ahead
        )
        for team, mine in enumerate(self.rows_of_team):
            short = self.short[:, month, team] > 0
            if short.any():  # other work comes first, to the last hour
                done[:, mine] = np.where(short[:, None], 0.0, done[:, mine])
                early[:, mine] = np.where(short[:, None], 0.0, early[:, mine])
        worked = (done + early) * full
        for team, mine in enumerate(self.rows_of_team):
            self.used[:, month, team] = summed(worked, mine)
            if cut is not None:
                shorter = summed((done + early) * (full - hours), mine)
                giving = self.demand.gives_way[:, month, team] * cut[:, team]
                self.cut[:, month, team] = giving + shorter
            if self.works is not None:
                taken = summed((done + early) * hours, mine)
                self._by_effort(month, team, taken, had[:, team])
        return done, early

    def _by_effort(self, month: int, team: int, taken: Array, had: Array) -> None:
        """Book what effort made of the hours there were for duties (EQ13).

        Args:
            month: the month, from 0.
            team: the team.
            taken: hours that the duties done take as they were worked. Shape: [draw].
            had: hours there were for duties. Shape: [draw].
        """
        assert self.works is not None
        effort = self.works[:, month, team]
        gone = np.divide(taken, effort, out=had.copy(), where=effort > 0) - taken
        self.lost[:, month, team] = np.maximum(0.0, gone)
        self.cut[:, month, team] += np.maximum(0.0, -gone)  # more was done than there were hours

    def _as_worked(
        self, month: int, need: Array, wanted: Array, there: Array
    ) -> tuple[Array, Array | None]:
        """Return the hours that can be used, and the share cut of work that gives way (EQ25).

        Hours that stay with officers who hold only their own cases cannot be used.

        Args:
            month: the month, from 0.
            need: hours that other work and duties ask for. Shape: [draw, team].
            wanted: of these, hours of each row. Shape: [draw, row].
            there: hours there are. Shape: [draw, team].

        Returns:
            Hours and share. Shape: [draw, team] both. No share where no work gives way.
        """
        people, duties = self.model.people, self.model.duties
        pooling, spread = people.pooling[:, month], people.caseload_spread[:, month]
        if pooling.min(initial=1.0) < 1.0 and spread.max(initial=0.0) > 0.0:
            self.idle[:, month] = service.not_shared(need, there, pooling, spread)
            idle = self.idle[:, month]
            there = np.where(idle > NOTHING, np.minimum(there, need) - idle, there)
        giving, parts = self.demand.gives_way[:, month], duties.gives_way[:, month]
        if not (giving.any() or parts.any()):
            return there, None
        cut = blank(*need.shape)
        for team, mine in enumerate(self.rows_of_team):
            if self.rule == "soft" and duties.gives_way_focus is not None:
                other = self.demand.teams[:, month, team] - giving[:, team]
                left = service.kept_softly(
                    wanted[:, mine],
                    np.broadcast_to(parts, wanted.shape)[:, mine],
                    self.focus[:, month, mine],
                    np.broadcast_to(giving, need.shape)[:, team],
                    np.broadcast_to(duties.gives_way_focus, len(need)),
                    there[:, team] - other,
                )
            else:
                every = giving[:, team] + summed(wanted * parts, mine)
                left = service.kept(every, need[:, team] - there[:, team])
            cut[:, team] = 1.0 - left
        return there, cut

    def _need(self, month: int, hours: Array) -> Array:
        """Return hours for other work and duties. Shape: [draw, row] → [draw, team]."""
        need = blank(self.draws, len(self.rows_of_team))
        need += self.demand.teams[:, month]
        for team, rows in enumerate(self.rows_of_team):
            for row in rows:
                need[:, team] += hours[:, row]
        return need

    def _lend_what_is_left(self, month: int, need: Array) -> None:
        """Lend by the rules in file order, from what a team's own hours leave it."""
        own = self.workforce.own_hours[:, month]
        spare = np.maximum(0.0, own - need)
        lacking = np.maximum(0.0, need - own)
        lending = blank(self.draws, len(self.model.lending))
        for place, rule in enumerate(self.model.lending):
            efficiency = rule.efficiency[:, 0]
            useful = np.where(efficiency > 0, efficiency, 1.0)
            wanted = np.where(efficiency > 0, lacking[:, rule.borrower] / useful, 0.0)
            most = rule.max_share[:, 0] * own[:, rule.lender]
            hours = np.minimum(np.minimum(most, spare[:, rule.lender]), wanted)
            spare[:, rule.lender] -= hours
            lacking[:, rule.borrower] = np.maximum(
                0.0, lacking[:, rule.borrower] - hours * efficiency
            )
            lending[:, place] = hours
        self._lend(month, lending)

    def _up_to_standard(self, month: int, due: Array, can: Array) -> Array:
        """Return how many of each duty its standards in force ask for."""
        wanted = np.zeros_like(can)
        cases = self.caseload.cases[:, month, self.model.duties.tier_of]
        for rule in self.model.rules.duties:
            if rule.first <= month:
                rows = list(rule.rows)
                waited = [renewal.waited(self.clocks, row, months_of(rule)) for row in rows]
                need = Need(
                    due=due[:, rows],
                    cases=cases[:, rows],
                    waited=np.stack(waited, axis=-1),
                    clocked=self.model.duties.interval[month, rows] > 0,
                    late=self._due_late(month, rows) if rule.kind is kinds.IN_DATE else None,
                )
                asked = MEASURES[rule.kind.key].least(need, rule.level)
                wanted[:, rows] = np.maximum(wanted[:, rows], self._by_row(rows, asked, can))
        return np.minimum(wanted, can)

    def _due_late(self, month: int, rows: list[int]) -> Late | None:
        """Return who of those due in queues is late, or will be; none of duties."""
        first = self.model.queues.rows.start
        if rows[0] < first:
            return None
        places = [row - first for row in rows]
        return Late(
            *(self._late(self.clocks, month, more)[:, places] for more in (1, 0)),
        )

    def _by_row(self, rows: list[int], asked: Array, can: Array) -> Array:
        """Return what a standard asks of each of its rows; of all together the first served first.

        Args:
            rows: the standard's.
            asked: cases. Shape: [draw] of all together, or [draw, row].
            can: of every row, what can be done. Shape: [draw, row].

        Returns:
            Cases. Shape: [draw, row], its rows alone.
        """
        if asked.ndim == 2 or len(rows) == 1:
            return np.reshape(asked, (len(asked), -1))
        found, left = np.zeros((len(asked), len(rows))), asked
        for row in self.model.duties.order.tolist():
            if row in rows:
                part = np.minimum(left, can[:, row])
                found[:, rows.index(row)] = part
                left = left - part
        return found

    def result(self) -> Projection:
        """Return what was kept."""
        shape = self.lent.shape
        member = np.array([rule.counts for rule in self.model.lending], dtype=bool)
        lent_as_people = np.zeros(shape)
        for place, rule in enumerate(self.model.lending):
            if member[place]:
                of_one = self.model.team_hours[:, :, rule.lender]
                hours = self.lending[:, :, place]
                lent_as_people[:, :, rule.borrower] += np.divide(
                    hours,
                    of_one,
                    out=np.zeros_like(hours),
                    where=np.broadcast_to(of_one > 0, hours.shape),
                )
        outstanding = np.maximum(0.0, self.due - self.done)
        return Projection(
            caseload=self._with_queues(outstanding),
            tier_of=self.model.duties.tier_of,
            newly_due=self.newly,
            due=self.due,
            done=self.done,
            done_early=self.early,
            outstanding=outstanding,
            longest_wait=self.wait,
            states=tuple(self.states),
            own=np.broadcast_to(self.workforce.own_hours, shape),
            other_work=np.broadcast_to(self.demand.teams, shape),
            duty_hours=self.used,
            overtime=self.extra,
            received=self.received,
            borrowed=self.borrowed,
            lent=self.lent,
            short=self.short,
            cut_short=self.cut,
            not_shared=self.idle,
            not_worked=self.lost,
            lending=self.lending,
            officers=self.workforce.officers + lent_as_people,
            clock_due=self.by_clock,
            over=self.over,
            lapsed=self.gone,
            late=self.late,
            past_deadline=self.past,
            in_turn=np.broadcast_to(self.model.duties.in_turn, self.due.shape),
        )

    def _with_queues(self, outstanding: Array) -> Caseload:
        """Return the cases with what waits in queues as theirs."""
        queues = self.model.queues
        if not queues.keys:
            return self.caseload
        cases = blank(self.draws, *self.caseload.cases.shape[1:])
        cases[:] = self.caseload.cases
        cases[:, :, queues.tiers.start :] = outstanding[:, :, queues.rows.start :]
        return replace(self.caseload, cases=cases)


def months_of(rule: DutyStandard) -> int:
    """Return the months that a longest wait allows (EQ27)."""
    return round(float(np.ravel(rule.level)[0]))
