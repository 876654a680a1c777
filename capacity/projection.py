"""Month by month: what falls due, which hours there are, what is done (EQ10–EQ13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from capacity import renewal
from capacity.caseload import Caseload
from capacity.demand import Demand
from capacity.model import Array, DutyStandard, Flags, Model
from capacity.workforce import Workforce

NOTHING = 1e-9
"""Less than this due, or short, counts as nothing."""

ROUNDING = 1e-8
"""A programme may be short of this share of a team's hours: the solver's own rounding."""

Overtime = Literal["in use", "limit"]


@dataclass(frozen=True)
class Programme:
    """What a sized plan does: duties done, lending and overtime by month."""

    done: Array  # [month, row]
    lent: Array  # [month, lending]
    overtime: Array  # [month, team]


@dataclass(frozen=True)
class Projection:
    """Duties and hours by month. Shapes: [draw, month, row] or [draw, month, team]."""

    caseload: Caseload
    cases: Array  # by row
    newly_due: Array
    due: Array
    done: Array
    outstanding: Array
    longest_wait: Array
    waiting: tuple[Array, ...]  # by month: [draw, row, whole months outstanding]
    own: Array
    other_work: Array
    duty_hours: Array
    overtime: Array
    received: Array  # after efficiency
    borrowed: Array  # as lent
    lent: Array
    short: Array
    lending: Array  # [draw, month, lending]
    officers: Array  # effective casework FTE that counts in the ratio, borrowed included

    @property
    def unused(self) -> Array:
        """Hours neither used nor lent. Shape: [draw, month, team]."""
        used = self.other_work - self.short + self.duty_hours
        return np.maximum(0.0, self.own + self.received + self.overtime - self.lent - used)

    @property
    def completion(self) -> Array:
        """Done ÷ due; NaN where nothing is due. Shape: [draw, month, row]."""
        return share_of(self.done, self.due)

    def on_time(self) -> Array:
        """Return those newly due that were done in the month, the oldest first."""
        return np.maximum(0.0, self.done - (self.due - self.newly_due))

    def in_date(self, model: Model) -> Array:
        """Return cases not outstanding ÷ cases owed; NaN where there are none."""
        clocked = model.duties.interval[None] > 0
        by_case = share_of(self.cases - self.outstanding, self.cases)
        return np.where(clocked, by_case, self.completion)


def share_of(part: Array, whole: Array) -> Array:
    """Return part ÷ whole, and NaN where the whole is nothing.

    Shape: as given. Unit: share. Source: docs/method.md, Words. Raises: nothing.
    """
    some = whole >= NOTHING
    return np.where(some, part / np.where(some, whole, 1.0), np.nan)


def project(
    model: Model,
    caseload: Caseload,
    demand: Demand,
    workforce: Workforce,
    programme: Programme | None = None,
    overtime: Overtime = "in use",
) -> Projection:
    """Return what given people get done: by the rule of what gives first, or a programme.

    EQ10–EQ13. Shape: see Projection. Unit: duties, hours. Source: docs/method.md, Hours.
    Raises: nothing.
    """
    run = _Run(model, caseload, demand, workforce, programme, overtime)
    for month in range(model.months):
        run.step(month)
    return run.result()


class _Run:
    """Carries the clocks from month to month and keeps what is reported."""

    def __init__(
        self,
        model: Model,
        caseload: Caseload,
        demand: Demand,
        workforce: Workforce,
        programme: Programme | None,
        overtime: Overtime,
    ) -> None:
        self.model, self.caseload, self.demand = model, caseload, demand
        self.workforce, self.programme = workforce, programme
        people = model.people
        limit = people.overtime_in_use if overtime == "in use" else people.overtime_limit
        self.overtime_most = np.maximum(0.0, limit * workforce.casework)
        self.clocks = renewal.opening(model)
        duties = model.duties
        self.rows_of_team = [
            duties.order[duties.team_of[duties.order] == team] for team in range(len(model.teams))
        ]
        self.draws = max(
            len(a) for a in (caseload.cases, demand.teams, workforce.own_hours, duties.hours)
        )
        by_row = (self.draws, model.months, len(model.rows))
        by_team = (self.draws, model.months, len(model.teams))
        self.newly, self.due, self.done, self.outstanding, self.wait = (
            np.zeros(by_row) for _ in range(5)
        )
        self.received, self.borrowed, self.lent, self.extra, self.short, self.used = (
            np.zeros(by_team) for _ in range(6)
        )
        self.lending = np.zeros((self.draws, model.months, len(model.lending)))
        self.waiting: list[Array] = []

    def step(self, month: int) -> None:
        """Run one month."""
        duties = self.model.duties
        self.clocks, newly = renewal.advance(self.model, self.caseload, self.clocks, month)
        clocked = duties.interval[month] > 0
        cases = self.caseload.cases[:, month, duties.tier_of]
        lapsing = duties.lapsing[:, month] * cases
        newly = np.where(clocked, newly, lapsing)
        due = np.where(clocked, self.clocks.waiting.sum(axis=2), lapsing)
        can = duties.access[:, month] * due  # EQ6
        done = (
            self._run_programme(month, can) if self.programme else self._hand_out(month, due, can)
        )
        self.clocks = renewal.serve(self.clocks, np.where(clocked, done, 0.0))
        self.newly[:, month], self.due[:, month], self.done[:, month] = newly, due, done
        self.outstanding[:, month] = np.maximum(0.0, due - done)
        self.wait[:, month] = renewal.longest_wait(self.clocks.waiting)
        self.waiting.append(self.clocks.waiting)

    def _run_programme(self, month: int, can: Array) -> Array:
        """Do what the programme says, as far as it can be done."""
        assert self.programme is not None
        done = np.clip(self.programme.done[month], 0.0, can)
        hours = done * self.model.duties.hours[:, month]
        self._lend(month, np.broadcast_to(self.programme.lent[month], self.lending[:, month].shape))
        other = self.demand.teams[:, month]
        for team, rows in enumerate(self.rows_of_team):
            self.used[:, month, team] = hours[:, rows].sum(axis=1)
        self.extra[:, month] = self.programme.overtime[month]
        there = self._there(month) + self.extra[:, month]
        lacking = np.maximum(0.0, other + self.used[:, month] - there)
        self.short[:, month] = np.where(lacking > ROUNDING * np.maximum(1.0, there), lacking, 0.0)
        return done

    def _lend(self, month: int, lending: Array) -> None:
        """Book hours lent, borrowed and received."""
        for place, rule in enumerate(self.model.lending):
            hours = lending[:, place]
            self.lending[:, month, place] = hours
            self.lent[:, month, rule.lender] += hours
            self.borrowed[:, month, rule.borrower] += hours
            self.received[:, month, rule.borrower] += hours * rule.efficiency[:, 0]

    def _there(self, month: int) -> Array:
        """Return own and received hours less those lent. Shape: [draw, team]."""
        own = self.workforce.own_hours[:, month]
        return own + self.received[:, month] - self.lent[:, month]

    def _hand_out(self, month: int, due: Array, can: Array) -> Array:
        """Return what is done when hours go in priority order (EQ12, EQ13)."""
        hours = self.model.duties.hours[:, month]
        other = self.demand.teams[:, month]
        need = np.stack(
            [
                other[:, team] + (can * hours)[:, rows].sum(axis=1)
                for team, rows in enumerate(self.rows_of_team)
            ],
            axis=1,
        )
        self._lend_what_is_left(month, need)
        lacking = np.maximum(0.0, need - self._there(month))
        self.extra[:, month] = np.minimum(self.overtime_most[:, month], lacking)
        there = self._there(month) + self.extra[:, month]
        missing = other - there
        self.short[:, month] = np.where(missing > NOTHING, missing, 0.0)
        first = self._up_to_standard(month, due, can) if self.model.duties.standards_first else None
        done = np.zeros_like(can)
        for team, rows in enumerate(self.rows_of_team):
            left = np.maximum(0.0, there[:, team] - other[:, team])
            share = _in_order(
                can[:, rows],
                np.broadcast_to(hours[:, rows], can[:, rows].shape),
                left,
                None if first is None else first[:, rows],
            )
            done[:, rows] = np.where(self.short[:, month, team, None] > 0, 0.0, share)
            self.used[:, month, team] = (done[:, rows] * hours[:, rows]).sum(axis=1)
        return done

    def _lend_what_is_left(self, month: int, need: Array) -> None:
        """Lend by the rules in file order, from what a team's own hours leave it."""
        own = self.workforce.own_hours[:, month]
        spare = np.maximum(0.0, own - need)
        lacking = np.maximum(0.0, need - own)
        lending = np.zeros((self.draws, len(self.model.lending)))
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
                asked = least_done(self.model, rule, month, due[:, rule.row], cases[:, rule.row])
                wanted[:, rule.row] = np.maximum(wanted[:, rule.row], asked)
        return np.minimum(wanted, can)

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
        return Projection(
            caseload=self.caseload,
            cases=np.broadcast_to(
                self.caseload.cases[:, :, self.model.duties.tier_of], self.due.shape
            ),
            newly_due=self.newly,
            due=self.due,
            done=self.done,
            outstanding=self.outstanding,
            longest_wait=self.wait,
            waiting=tuple(self.waiting),
            own=np.broadcast_to(self.workforce.own_hours, shape),
            other_work=np.broadcast_to(self.demand.teams, shape),
            duty_hours=self.used,
            overtime=self.extra,
            received=self.received,
            borrowed=self.borrowed,
            lent=self.lent,
            short=self.short,
            lending=self.lending,
            officers=self.workforce.officers + lent_as_people,
        )


def least_done(model: Model, rule: DutyStandard, month: int, due: Array, cases: Array) -> Array:
    """Return how many must be done in a month for a standard to hold in it.

    EQ17 read for one month. Shape: [draw]. Unit: duties. Source: docs/method.md, Hours.
    Raises: nothing.
    """
    if rule.measure == "outstanding":
        return np.maximum(0.0, due - rule.level)
    if rule.measure == "in_date" and model.duties.interval[month, rule.row] > 0:
        return np.maximum(0.0, due - (1.0 - rule.level) * cases)
    return rule.level * due


def _in_order(can: Array, hours: Array, left: Array, first: Array | None) -> Array:
    """Return what is done when hours go down the rows, once or (standards first) twice.

    EQ13. Shapes: [draw, row in order], [draw] for the hours left. Unit: duties.
    """
    asked = can if first is None else np.concatenate([first, can - first], axis=1)
    each = hours if first is None else np.concatenate([hours, hours], axis=1)
    need = asked * each
    before = np.cumsum(need, axis=1) - need
    served = np.clip(left[:, None] - before, 0.0, need)
    whole: Flags = served >= need
    done = np.where(whole, asked, served / np.where(each > 0, each, 1.0))
    if first is None:
        return done
    half = can.shape[1]
    return np.where(whole[:, :half] & whole[:, half:], can, done[:, :half] + done[:, half:])
