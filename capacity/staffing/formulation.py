"""The sizing problem written out: columns, rows and their equations (EQ12, EQ14–EQ21).

Written compactly. A duty of a tier has two columns a month, done and outstanding; what falls due
is a fixed linear function of what was done before (`pipeline`). No solver is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Array, CaseloadLimit, DutyStandard, Flags, Model, Period, Whole
from capacity.engine.projection import Projection
from capacity.engine.standards import POUNDS_AN_HOUR, casework_posts
from capacity.staffing.pipeline import Pipeline

POUNDS_AN_HOUR_MISSED = 1_000.0
"""What an hour missed costs when standards cannot all be met."""

SHORT_FIRST = 1.001
"""Other work is served first (EQ11): an hour of it missed counts a little more than of duties."""

INFINITE = float("inf")

DUE_FOR_CERTAIN = 1e-6
"""Cases that fall due whatever is done, above which a completion must be reached."""


class Row(NamedTuple):
    """lower ≤ Σ coefficient × column ≤ upper, under the name of its equation."""

    equation: str
    columns: tuple[int, ...]
    coefficients: tuple[float, ...]
    lower: float
    upper: float


@dataclass
class Sheet:
    """Columns and rows as they are written, one after the other."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    penalty: list[float] = field(default_factory=list)
    waiting_weight: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    missable: list[int] = field(default_factory=list)  # columns of what rules are missed by
    rows: list[Row] = field(default_factory=list)

    def column(
        self,
        lower: float = 0.0,
        upper: float = INFINITE,
        *,
        cost: float = 0.0,
        penalty: float = 0.0,
        weight: float = 0.0,
        whole: bool = False,
    ) -> int:
        """Add a column and return its place."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.cost.append(cost)
        self.penalty.append(penalty)
        self.waiting_weight.append(weight)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(
        self,
        equation: str,
        terms: dict[int, float],
        lower: float = -INFINITE,
        upper: float = INFINITE,
    ) -> int:
        """Add a row and return its place."""
        if 0.0 in terms.values():
            terms = {column: share for column, share in terms.items() if share != 0.0}
        self.rows.append(Row(equation, tuple(terms), tuple(terms.values()), lower, upper))
        return len(self.rows) - 1


@dataclass(frozen=True)
class RuleRow:
    """A row that a named rule wrote: what prices and fixes are read from."""

    rule: str
    kind: str
    tier: str | None
    period: Period
    row: int
    missed: int  # the column of what is missed
    level: float  # NaN where a rule on posts has none
    level_share: float  # change of the row's lower bound for one unit more of the level
    level_columns: tuple[int, ...] = ()  # columns whose share falls by as much as the level rises
    within_reach: float = INFINITE  # no plan has a higher level (EQ6)


@dataclass(frozen=True)
class Formulation:
    """The problem and where its parts stand. Column places; −1 where there is none."""

    sheet: Sheet
    constant: float  # cost of today's posts
    done: Whole  # [month, row]
    outstanding: Whole  # [month, row]
    added: Whole  # [grade, year], posts
    in_post: Whole  # [month, grade]
    joined: Whole  # [month, grade], running total of joiners but those due
    joined_due: Whole  # [month, grade]
    released: Whole  # [month, grade], running total
    overtime: Whole  # [month, team]
    lent: Whole  # [month, lending]
    short: Whole  # [month, team]
    spilt: Whole  # [month, team], people events beyond the hours a team has
    rule_rows: tuple[RuleRow, ...]
    balance_rows: Whole  # [month, team]
    teams: tuple[int, ...]
    cost_row: int  # EQ15: cost and penalties, to hold them while less is left waiting


def formulate(
    model: Model,
    caseload: Caseload,
    demand: Demand,
    pipeline: Pipeline,
    today: Projection,
    own_today: Array,
    teams: Sequence[int],
) -> Formulation:
    """Return the sizing problem of some teams of a model.

    `own_today`: hours of today's posts before they are cut at 0, [month, team]. Shape: see
    Formulation. Unit: £, hours, cases, FTE. Source: docs/method.md, Sizing. Raises: nothing.
    """
    writer = _Writer(model, caseload, demand, pipeline, today, own_today, teams)
    return writer.formulation()


class _Numbers:
    """What duties are written from, as plain numbers: picking them out of arrays takes longer."""

    def __init__(self, model: Model, pipeline: Pipeline, today: Projection) -> None:
        duties, shape = model.duties, (model.months, len(model.rows))
        every = (today.outstanding[0], duties.per_year[0], duties.access[0], pipeline.fixed)
        self.waiting_today, self.per_year, self.access, self.fixed = (
            np.broadcast_to(part, shape).tolist() for part in every
        )
        self.done_month, self.done_row = pipeline.done_month.tolist(), pipeline.done_row.tolist()
        self.share = pipeline.share.tolist()
        self.carried: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for t, origin, r in np.argwhere(pipeline.carried).tolist():
            share = float(pipeline.carried[t, origin, r])
            self.carried.setdefault((t, r), []).append((origin, share))
        self.done, self.waiting = (np.full(shape, -1).tolist() for _ in range(2))


class _Writer:
    """Writes the problem down, equation by equation."""

    def __init__(
        self,
        model: Model,
        caseload: Caseload,
        demand: Demand,
        pipeline: Pipeline,
        today: Projection,
        own_today: Array,
        teams: Sequence[int],
    ) -> None:
        self.model, self.caseload, self.demand = model, caseload, demand
        self.pipeline, self.today, self.own_today = pipeline, today, own_today
        self.sheet = Sheet()
        self.teams = tuple(teams)
        self.grades = [g for g in range(len(model.grades)) if model.people.team_of[g] in teams]
        self.grades_of, self.rows_of = (
            [np.flatnonzero(places == team).tolist() for team in range(len(model.teams))]
            for places in (model.people.team_of, model.duties.team_of)
        )
        self.lending = [n for n, rule in enumerate(model.lending) if rule.lender in teams]
        self.months = model.months
        self.calendar = model.calendar
        months = np.arange(self.months)
        self.discount = (1 + float(np.ravel(model.money.discount_rate)[0])) ** (-months / 12)
        self.rule_rows: list[RuleRow] = []
        self._judged: dict[int, Flags] = {}
        duties = model.duties
        self.clocked: Flags = duties.interval > 0
        self.lapsing = duties.lapsing[0] > 0
        by_team = (self.months, len(model.teams))
        by_grade = (self.months, len(model.grades))
        self.done = np.full((self.months, len(model.rows)), -1)
        self.outstanding = self.done.copy()
        self.added = np.full((len(model.grades), len(self.calendar.years)), -1)
        self.in_post, self.joined, self.joined_due, self.released = (
            np.full(by_grade, -1) for _ in range(4)
        )
        self.overtime, self.short, self.spilt, self.balance = (
            np.full(by_team, -1) for _ in range(4)
        )
        self.lent = np.full((self.months, len(model.lending)), -1)

    def formulation(self) -> Formulation:
        """Write every equation."""
        self._duties()
        self._posts()
        self._people()
        self._hours()
        self._duty_standards()
        self._caseload_limits()
        self._establishment()
        self._most_posts()
        self._budgets()
        people = self.model.people
        posts_cost = (people.posts[0] * people.cost[0] / 12)[:, self.grades]
        return Formulation(
            sheet=self.sheet,
            constant=float((posts_cost.sum(axis=1) * self.discount).sum()),
            done=self.done,
            outstanding=self.outstanding,
            added=self.added,
            in_post=self.in_post,
            joined=self.joined,
            joined_due=self.joined_due,
            released=self.released,
            overtime=self.overtime,
            lent=self.lent,
            short=self.short,
            spilt=self.spilt,
            rule_rows=tuple(self.rule_rows),
            balance_rows=self.balance,
            teams=self.teams,
            cost_row=self._cost(),
        )

    def _cost(self) -> int:
        """Write cost and penalties as a row (EQ15), free until it is held."""
        both = np.array(self.sheet.cost) + np.array(self.sheet.penalty)
        terms = {int(c): float(both[c]) for c in np.flatnonzero(both)}
        return self.sheet.row("EQ15", terms)

    # Duties --------------------------------------------------------------------------------

    def _duties(self) -> None:
        """Write the clock (EQ4–EQ7): due = newly due + carried over = done + outstanding."""
        pipe = self.pipeline
        order = np.lexsort((pipe.row, pipe.month))
        starts = np.searchsorted(
            (pipe.month * len(self.model.rows) + pipe.row)[order],
            np.arange(self.months * len(self.model.rows) + 1),
        )
        numbers = _Numbers(self.model, pipe, self.today)
        mine = np.flatnonzero(np.isin(self.model.duties.team_of, self.teams)).tolist()
        lapsing, clocked = self.lapsing.tolist(), self.clocked.tolist()
        for t in range(self.months):
            for r in mine:
                if lapsing[t][r]:
                    self._lapsing_duty(t, r)
                elif clocked[t][r]:
                    at = t * len(self.model.rows) + r
                    entries = order[starts[at] : starts[at + 1]].tolist()
                    self._clocked_duty(t, r, entries, numbers)

    def lapsing_due(self, t: int, r: int) -> float:
        """Return what falls due of a duty that is not carried over."""
        tier = self.model.duties.tier_of[r]
        return float(self.model.duties.lapsing[0, t, r] * self.caseload.cases[0, t, tier])

    def _lapsing_duty(self, t: int, r: int) -> None:
        due = self.lapsing_due(t, r)
        worst = _at_most(float(self.today.outstanding[0, t, r]))
        least = 0.0 if self._is_judged(r)[t] else max(0.0, due - worst)
        most = float(self.model.duties.access[0, t, r]) * due
        weight = float(self.model.duties.per_year[0, t, r])
        self.done[t, r] = self.sheet.column(min(least, most), most, weight=-weight)

    def _clocked_duty(self, t: int, r: int, entries: list[int], numbers: _Numbers) -> None:
        # Never worse than today where nothing judges the tier.
        worst = _at_most(numbers.waiting_today[t][r])
        most = INFINITE if self._is_judged(r)[t] else worst
        done = self.sheet.column()
        waiting = self.sheet.column(upper=most, weight=numbers.per_year[t][r])
        self.done[t, r], self.outstanding[t, r] = done, waiting
        numbers.done[t][r], numbers.waiting[t][r] = done, waiting
        terms = {done: 1.0, waiting: 1.0}
        known = numbers.fixed[t][r]
        if t == 0:
            known += float(self.pipeline.carried[0, :, r] @ self.pipeline.carried_in)
        else:
            for origin, share in numbers.carried.get((t, r), ()):
                column = numbers.waiting[t - 1][origin]
                if column >= 0:
                    terms[column] = -share
        for n in entries:
            column = numbers.done[numbers.done_month[n]][numbers.done_row[n]]
            if column >= 0:
                terms[column] = terms.get(column, 0.0) - numbers.share[n]
        self.sheet.row("EQ5", terms, known, known)
        access = numbers.access[t][r]
        if access < 1.0:
            self.sheet.row("EQ6", {done: 1.0 - access, waiting: -access}, upper=0.0)

    def _is_judged(self, r: int) -> Flags:
        """Return the months in which a standard on the row is judged."""
        if r not in self._judged:
            months = np.zeros(self.months, dtype=bool)
            for rule in self.model.rules.duties:
                for period in rule.periods if rule.row == r else ():
                    months[period.first : period.end] = True
            self._judged[r] = months
        return self._judged[r]

    # Posts and people ----------------------------------------------------------------------

    def _posts(self) -> None:
        """Write added posts by grade and year (EQ15, EQ16): whole, never falling."""
        people = self.model.people
        for g in self.grades:
            before = -1
            for y in range(len(self.calendar.years)):
                months = self.calendar.year_of == y
                shrinks = bool(people.may_shrink[months, g].all())
                least = -float(people.posts[0, months, g].min()) if shrinks else 0.0
                each = people.cost[0, months, g] / 12 * self.discount[months]
                column = self.sheet.column(least, cost=float(each.sum()), whole=True)
                if before >= 0 and not shrinks:
                    self.sheet.row("EQ16", {column: 1.0, before: -1.0}, lower=0.0)
                self.added[g, y] = before = column

    def added_at(self, t: int, g: int) -> int:
        """Return the column of the posts added to a grade in a month."""
        return int(self.added[g, self.calendar.year_of[t]])

    def _people(self) -> None:
        """Write recruitment (EQ14) for grades that carry cases; the rest cost but do not count."""
        share = self.model.people.share[0]
        for g in self.grades:
            if share[:, g].max() > 0:
                self._recruitment(g)

    def _recruitment(self, g: int) -> None:
        people = self.model.people
        posts, opening = people.posts[0, :, g], float(people.opening[0, g])
        undated = float(people.undated_posts[0, g])
        vacant = max(0.0, undated - opening - float(people.joiners_due_all[0, g]))
        cuts = self._cuts(g)
        unsettled = self._unsettled(g, list(cuts))
        for t in range(self.months):
            due = float(people.joiners_due[0, t, g])
            most = float(people.max_joiners[0, t, g])
            lead = int(people.lead[0, t, g])
            before = int(self.joined[t - 1, g]) if t else -1
            now = self.in_post[t, g] = self.sheet.column()
            joined = self.joined[t, g] = self.sheet.column()
            added = self.added_at(t, g)
            terms = {now: 1.0, joined: -1.0}
            known = 0.0
            if due > 0:
                self.joined_due[t, g] = self.sheet.column(upper=due)
                terms[int(self.joined_due[t, g])] = -1.0
            if cuts:
                self.released[t, g] = self.sheet.column(upper=INFINITE if t else cuts.get(0, 0.0))
                terms[int(self.released[t, g])] = 1.0
            if t:
                terms[int(self.in_post[t - 1, g])] = -(1.0 - float(people.leavers[0, t, g]))
                terms[before] = terms.get(before, 0.0) + 1.0
                if cuts:
                    terms[int(self.released[t - 1, g])] = -1.0
                    step = {int(self.released[t, g]): 1.0, int(self.released[t - 1, g]): -1.0}
                    self.sheet.row("EQ14", step, 0.0, cuts.get(t, 0.0))
            else:
                known = opening * (1.0 - float(people.leavers[0, 0, g]))
            self.sheet.row("EQ14", terms, known, known)
            steps = {joined: 1.0} if not t else {joined: 1.0, before: -1.0}
            self.sheet.row("EQ14", steps, 0.0, 0.0 if t < lead else most)
            if t >= lead:
                # Just after a cut EQ14 lets nobody join while the places are negative, which is
                # no linear rule: until that is over those who left count at once here. The
                # programme's people are those of EQ14 itself.
                spare = float(people.joiners_due_all[0, g]) if unsettled[t] else 0.0
                self._places(t, g, 0 if unsettled[t] else lead, undated, vacant + spare, opening)
            self.sheet.row("EQ16", {now: 1.0, added: -1.0}, upper=float(posts[t]))

    def _cuts(self, g: int) -> dict[int, float]:
        """Return the months in which people of a grade may be released, and the most of them."""
        people = self.model.people
        posts, opening = people.posts[0, :, g], float(people.opening[0, g])
        falls = -np.diff(posts)
        cuts = {int(t) + 1: float(falls[t]) for t in np.flatnonzero(falls > 0)}
        if opening > posts[0]:
            cuts[0] = opening - float(posts[0])
        starts = np.flatnonzero(np.diff(self.calendar.year_of, prepend=-1))
        return cuts | {int(t): INFINITE for t in starts if people.may_shrink[:, g].any()}

    def _unsettled(self, g: int, cuts: list[int]) -> Flags:
        """Return the months in which the places of EQ14 may be negative.

        They may after a cut, and after the lead time grows.
        """
        people = self.model.people
        unsettled = np.zeros(self.months, dtype=bool)
        if people.posts[0, 0, g] < people.undated_posts[0, g]:  # a cut at the very start
            cuts = [0, *cuts]
        # Those due after the horizon, or with no post to join, take a place to its end.
        last_due = self.months if people.joiners_due_all[0, g] > 0 else -1
        longer = np.flatnonzero(np.diff(people.lead[0, :, g], prepend=people.lead[0, 0, g]) > 0)
        for cut in [*cuts, *longer.tolist()]:
            lead = int(people.lead[0, cut:, g].max())
            unsettled[cut : max(cut + lead, last_due) + 1] = True
        return unsettled

    def _places(
        self, t: int, g: int, lead: int, undated: float, vacant: float, opening: float
    ) -> None:
        """Write that joiners need a place: new, vacant, left long enough ago, or released from."""
        people = self.model.people
        places = float(people.posts[0, t, g]) - undated + vacant
        terms = {int(self.joined[t, g]): 1.0, self.added_at(t, g): -1.0}
        for s in range(t - lead + 1):
            rate = float(people.leavers[0, s, g])
            if s == 0:
                places += rate * opening
            elif rate:
                column = int(self.in_post[s - 1, g])
                terms[column] = terms.get(column, 0.0) - rate
        if self.released[t, g] >= 0:
            terms[int(self.released[t, g])] = -1.0
        self.sheet.row("EQ14", terms, upper=places)

    def effective(self, t: int, g: int, scale: float) -> tuple[dict[int, float], float]:
        """Return effective FTE of a grade (EQ9) without people events, as terms and a constant."""
        people = self.model.people
        lost = scale * (1.0 - float(people.productivity[0, t, g]))
        terms = {int(self.in_post[t, g]): scale}
        known = 0.0
        first = t - int(people.accreditation[0, t, g])  # the last month whose joiners count in full
        if lost and first < t:
            self._add(terms, int(self.joined[t, g]), -lost)
            if first >= 0:
                self._add(terms, int(self.joined[first, g]), lost)
            for s in range(max(0, first + 1), t + 1):
                if self.joined_due[s, g] >= 0:
                    self._add(terms, int(self.joined_due[s, g]), -lost)
            if first < -1:
                known = -lost * float(people.in_training[0, g])
        return terms, known

    @staticmethod
    def _add(terms: dict[int, float], column: int, share: float) -> None:
        terms[column] = terms.get(column, 0.0) + share

    def _casework(
        self, t: int, team: int, *, hours: bool, counted: bool = False
    ) -> tuple[dict[int, float], float]:
        """Return a team's effective casework FTE, or its own hours, as terms and a constant."""
        people = self.model.people
        events = people.events_counted if counted else people.events
        terms: dict[int, float] = {}
        known = 0.0
        for g in self.grades_of[team]:
            share = float(people.share[0, t, g])
            scale = share * float(people.hours[0, t, g]) if hours else share
            if not scale:
                continue
            more, constant = self.effective(t, g, scale)
            for column, value in more.items():
                self._add(terms, column, value)
            known += constant + scale * float(events[0, t, g])
        return terms, known

    # Hours ---------------------------------------------------------------------------------

    def _hours(self) -> None:
        """Write overtime, lending and the balance of hours (EQ12)."""
        people = self.model.people
        for t in range(self.months):
            own = {team: self._own_hours(t, team) for team in self.teams}
            for place in self.lending:
                rule = self.model.lending[place]
                self.lent[t, place] = self.sheet.column()
                terms, known = own[rule.lender]
                most = float(rule.max_share[0, 0])
                limit = {column: -most * value for column, value in terms.items()}
                limit[int(self.lent[t, place])] = 1.0
                self.sheet.row("EQ12", limit, upper=most * known)
            for team in self.teams:
                rate = float(people.overtime_cost[0, t, team] * self.discount[t])
                limit_ = float(people.overtime_limit[0, t, team])
                self.overtime[t, team] = self.sheet.column(
                    upper=INFINITE if limit_ else 0.0, cost=rate
                )
                if limit_:
                    self._overtime_limit(t, team, limit_)
                self.short[t, team] = self.sheet.column(
                    upper=float(self.demand.teams[0, t, team]),
                    penalty=POUNDS_AN_HOUR_MISSED * SHORT_FIRST,
                )
                self.sheet.missable.append(int(self.short[t, team]))
                self._balance(t, team, *own[team])

    def _own_hours(self, t: int, team: int) -> tuple[dict[int, float], float]:
        """Return a team's own hours; never below 0, however many are away."""
        terms, known = self._casework(t, team, hours=True)
        below = -float(self.own_today[t, team])
        if self.model.people.may_shrink[t, self.model.people.team_of == team].any():
            below = max(below, -known)  # nobody may be left in post
        if below > 0:
            self.spilt[t, team] = self.sheet.column(upper=below)
            terms[int(self.spilt[t, team])] = 1.0
        return terms, known

    def _overtime_limit(self, t: int, team: int, limit: float) -> None:
        people = self.model.people
        terms = {int(self.overtime[t, team]): 1.0}
        for g in self.grades_of[team]:
            share = float(people.share[0, t, g])
            if share:
                terms[int(self.in_post[t, g])] = -limit * share
        self.sheet.row("EQ12", terms, upper=0.0)

    def _balance(self, t: int, team: int, own: dict[int, float], known: float) -> None:
        duties = self.model.duties
        terms = {column: -value for column, value in own.items()}
        for r in self.rows_of[team]:
            if self.done[t, r] >= 0:
                terms[int(self.done[t, r])] = float(duties.hours[0, t, r])
        terms[int(self.overtime[t, team])] = -1.0
        terms[int(self.short[t, team])] = -1.0
        for place in self.lending:
            rule = self.model.lending[place]
            if rule.borrower == team:
                self._add(terms, int(self.lent[t, place]), -float(rule.efficiency[0, 0]))
            if rule.lender == team:
                self._add(terms, int(self.lent[t, place]), 1.0)
        upper = known - float(self.demand.teams[0, t, team])
        self.balance[t, team] = self.sheet.row("EQ12", terms, upper=upper)

    # Rules ---------------------------------------------------------------------------------

    def _missed(self, hours: float) -> int:
        """Add a column of what is missed; each unit counts for some hours, or for none."""
        column = self.sheet.column(penalty=POUNDS_AN_HOUR_MISSED * hours)
        self.sheet.missable.append(column)
        return column

    def _duty_standards(self) -> None:
        """Write standards on duties (EQ17); per tier and period the highest in force."""
        highest: dict[tuple[int, str, Period], DutyStandard] = {}
        for rule in self.model.rules.duties:
            if self.model.duties.team_of[rule.row] not in self.teams:
                continue
            sign = -1.0 if rule.measure == "outstanding" else 1.0
            level = sign * float(np.ravel(rule.level)[0])
            for period in rule.periods:
                key = (rule.row, rule.measure, period)
                other = highest.get(key)
                if other is None or level > sign * float(np.ravel(other.level)[0]):
                    highest[key] = rule
        for (_, _, period), rule in highest.items():
            self._duty_standard(rule, period)

    def _duty_standard(self, rule: DutyStandard, period: Period) -> None:
        r, level = rule.row, float(np.ravel(rule.level)[0])
        months = range(period.first, period.end)
        owed = [t for t in months if self.done[t, r] >= 0]
        if not owed:
            return
        terms: dict[int, float] = {}
        columns: tuple[int, ...] = ()
        if rule.measure == "outstanding":
            lower, share = self._outstanding_terms(rule, owed, len(months), level, terms)
        elif rule.measure == "in_date":
            lower, share = self._in_date_terms(r, owed, level, terms)
        else:
            lower, share = self._completion_terms(r, owed, level, terms)
            columns = tuple(
                int(column)
                for t in owed
                for column in (self.done[t, r], self.outstanding[t, r])
                if self.clocked[t, r]
            )
        each = self.model.duties.hours[0, period.first : period.end, r]
        hours = float(each[0] if len(each) == 1 else each.mean())
        missed = self._missed(hours)
        terms[missed] = 1.0
        row = self.sheet.row("EQ17", terms, lower=lower)
        key = self.model.rows[r]
        self.rule_rows.append(
            RuleRow(
                rule.name,
                rule.measure,
                key.tier,
                period,
                row,
                missed,
                level,
                share,
                columns,
                self._within_reach(rule, owed),
            )
        )

    def _within_reach(self, rule: DutyStandard, months: list[int]) -> float:
        """Return the highest completion that access allows (EQ6), where any is due for certain."""
        if rule.measure != "completion":
            return INFINITE
        fixed = sum(
            float(self.pipeline.fixed[t, rule.row])
            if self.clocked[t, rule.row]
            else self.lapsing_due(t, rule.row)
            for t in months
        )
        if fixed <= DUE_FOR_CERTAIN:
            return INFINITE
        return max(float(self.model.duties.access[0, t, rule.row]) for t in months)

    def _completion_terms(
        self, r: int, months: list[int], level: float, terms: dict[int, float]
    ) -> tuple[float, float]:
        """Write Σ done − level × Σ due ≥ 0."""
        lower, lapsing = 0.0, 0.0
        for t in months:
            if self.clocked[t, r]:
                terms[int(self.done[t, r])] = 1.0 - level
                terms[int(self.outstanding[t, r])] = -level
            else:
                terms[int(self.done[t, r])] = 1.0
                lower += level * self.lapsing_due(t, r)
                lapsing += self.lapsing_due(t, r)
        return lower, lapsing

    def _in_date_terms(
        self, r: int, months: list[int], level: float, terms: dict[int, float]
    ) -> tuple[float, float]:
        """Write Σ cases not outstanding ≥ level × Σ cases."""
        lower, owed = 0.0, 0.0
        tier = self.model.duties.tier_of[r]
        for t in months:
            if self.clocked[t, r]:
                cases = float(self.caseload.cases[0, t, tier])
                terms[int(self.outstanding[t, r])] = -1.0
                lower += level * cases - cases
                owed += cases
            else:
                terms[int(self.done[t, r])] = 1.0
                lower += level * self.lapsing_due(t, r)
                owed += self.lapsing_due(t, r)
        return lower, owed

    def _outstanding_terms(
        self,
        rule: DutyStandard,
        months: list[int],
        length: int,
        level: float,
        terms: dict[int, float],
    ) -> tuple[float, float]:
        """Write that mean outstanding ≤ level."""
        lower = -level
        for t in months:
            if self.clocked[t, rule.row]:
                terms[int(self.outstanding[t, rule.row])] = -1.0 / length
            else:
                terms[int(self.done[t, rule.row])] = 1.0 / length
                lower += self.lapsing_due(t, rule.row) / length
        return lower, -1.0

    def _caseload_limits(self) -> None:
        """Write cases ≤ limit × officers (EQ18); of several on the same tiers the lowest."""
        lowest: dict[tuple[int, bytes, int], CaseloadLimit] = {}
        for rule in self.model.rules.caseloads:
            for t in range(rule.first, self.months if rule.team in self.teams else 0):
                key = (rule.cohort, rule.tiers.tobytes(), t)
                if key not in lowest or np.ravel(rule.level)[0] < np.ravel(lowest[key].level)[0]:
                    lowest[key] = rule
        for (_, _, t), rule in lowest.items():
            level = float(np.ravel(rule.level)[0])
            cases = float(self.caseload.cases[0, t, rule.tiers].sum())
            terms, known = self._casework(t, rule.team, hours=False, counted=True)
            for place in self.lending:
                lending = self.model.lending[place]
                of_one = float(self.model.team_hours[0, t, lending.lender])
                if lending.counts and lending.borrower == rule.team and of_one > 0:
                    self._add(terms, int(self.lent[t, place]), 1.0 / of_one)
            missed = self._missed(float(self.model.team_hours[0, t, rule.team]))
            terms[missed] = 1.0
            row = self.sheet.row("EQ18", terms, lower=cases / level - known)
            period = Period(self.calendar.labels[t], t, t + 1)
            self.rule_rows.append(
                RuleRow(
                    rule.name,
                    "cases_per_officer",
                    None,
                    period,
                    row,
                    missed,
                    level,
                    -cases / level**2,
                )
            )

    def _establishment(self) -> None:
        """Write supervision (EQ19) and shares of grades (EQ20), month by month."""
        people = self.model.people
        for t in range(self.months):
            for team in self.teams:
                hours = float(self.model.team_hours[0, t, team])
                carry, supervisors = casework_posts(self.model, team, t)
                for g in supervisors:
                    span = float(people.supervises[0, t, g])
                    terms = {self.added_at(t, c): -1.0 / span for c in carry}
                    terms[self.added_at(t, g)] = 1.0
                    lower = float(people.posts[0, t, carry].sum()) / span - float(
                        people.posts[0, t, g]
                    )
                    self._establishment_row("EQ19", "supervision", g, t, terms, lower, hours)
                for g in self.grades_of[team]:
                    most = float(people.max_share[0, t, g])
                    if not np.isnan(most):
                        self._grade_share(g, t, most, hours)

    def _grade_share(self, g: int, t: int, most: float, hours: float) -> None:
        people = self.model.people
        terms: dict[int, float] = {}
        lower = 0.0
        for other in np.flatnonzero(people.team_of == people.team_of[g]):
            share = float(people.share[0, t, other])
            part = most * share - (share if other == g else 0.0)
            self._add(terms, self.added_at(t, int(other)), part)
            lower -= part * float(people.posts[0, t, other])
        self._establishment_row("EQ20", "grade share", g, t, terms, lower, hours)

    def _establishment_row(
        self,
        equation: str,
        kind: str,
        g: int,
        t: int,
        terms: dict[int, float],
        lower: float,
        hours: float,
    ) -> None:
        missed = self._missed(hours)
        row = self.sheet.row(equation, {**terms, missed: 1.0}, lower=lower)
        key = self.model.grades[g]
        period = Period(self.calendar.labels[t], t, t + 1)
        self.rule_rows.append(
            RuleRow(f"{key.team}.{key.grade}", kind, None, period, row, missed, float("nan"), 0.0)
        )

    def _most_posts(self) -> None:
        """Write the most posts of grades (EQ21)."""
        for rule in self.model.rules.posts:
            if rule.first >= self.months or rule.team not in self.teams:
                continue
            level = float(np.ravel(rule.level)[0])
            years = self.calendar.year_of
            for t in np.flatnonzero(years >= years[rule.first]).tolist():
                missed = self._missed(float(self.model.team_hours[0, t, rule.team]))
                terms = {self.added_at(t, int(g)): -1.0 for g in rule.grades}
                lower = float(self.model.people.posts[0, t, rule.grades].sum()) - level
                row = self.sheet.row("EQ21", {**terms, missed: 1.0}, lower=lower)
                period = Period(self.calendar.labels[t], t, t + 1)
                self.rule_rows.append(
                    RuleRow(rule.name, "max_posts", None, period, row, missed, level, -1.0)
                )

    def _budgets(self) -> None:
        """Write spending by financial year ≤ budget (EQ21), real and undiscounted."""
        people = self.model.people
        for rule in self.model.rules.budgets:
            teams = self.teams if rule.team is None else {rule.team} & set(self.teams)
            if not teams:
                continue
            for period in self.calendar.years_from(rule.first):
                months = np.arange(period.first, period.end)
                y = int(self.calendar.year_of[period.first])
                missed = self._missed(1.0 / POUNDS_AN_HOUR)
                terms = {missed: 1.0}
                level = float(np.ravel(rule.level)[0])
                lower = -level * len(months) / 12
                for team in teams:
                    for g in np.flatnonzero(people.team_of == team):
                        each = people.cost[0, months, g] / 12
                        terms[int(self.added[g, y])] = -float(each.sum())
                        lower += float((each * people.posts[0, months, g]).sum())
                    for t in months:
                        terms[int(self.overtime[t, team])] = -float(
                            people.overtime_cost[0, t, team]
                        )
                row = self.sheet.row("EQ21", terms, lower=lower)
                self.rule_rows.append(
                    RuleRow(
                        rule.name, "budget", None, period, row, missed, level, -len(months) / 12
                    )
                )


def _at_most(number: float) -> float:
    """Return a bound that rounding in the last digit cannot break."""
    return number * (1 + 1e-9) + 1e-6
