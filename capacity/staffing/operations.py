"""What people and duties do, as rows: the clock, recruitment, hours (EQ4–EQ7, EQ12, EQ14–EQ16).

Written compactly. A duty of a tier has two columns a month, done and outstanding; what falls due
is a fixed linear function of what was done before (`pipeline`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from capacity.engine import renewal
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Array, Flags, Model, Whole
from capacity.engine.projection import Projection
from capacity.staffing.pipeline import Pipeline
from capacity.staffing.scaling import Entries
from capacity.staffing.sheet import INFINITE, POUNDS_AN_HOUR_MISSED, Sheet, Terms, add

Numbers = TypeVar("Numbers", float, Array)

GIVEN = 0.01
"""What a post that is given counts for in £, so that none is given for nothing."""

PRICE_OF_CASE_MONTH = 1.0
"""What a weighted case-month overdue in a team that gives posts counts for in £, where the scenario
says nothing: enough to choose between teams that may give."""

BETWEEN_EQUALS = 1e-4
"""What a time a year counts for beside a unit of risk weight: it decides between equals only."""

SHORT_FIRST = 1.001
"""Other work is served first (EQ11): an hour of it missed counts a little more than of duties."""


class Operations:
    """Writes down what happens, equation by equation, and keeps where its columns stand.

    `own_today`: hours of current posts before they are cut at 0, [month, team].
    """

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
        self.gives = gives(model)
        self.of_givers = np.isin(model.duties.team_of, model.people.team_of[self.gives])
        self.waiting_counts = np.where(self.of_givers, _price_of_waiting(model), 0.0).tolist()
        self.waiting_longer: dict[tuple[int, int, int], int] = {}
        duties = model.duties
        self.clocked: Flags = duties.interval > 0
        self.lapsing = duties.lapsing[0] > 0
        by_team = (self.months, len(model.teams))
        by_grade = (self.months, len(model.grades))
        self.done = np.full((self.months, len(model.rows)), -1)
        self.outstanding = self.done.copy()
        longest = int(pipeline.early.most.max(initial=0))
        self.early = np.full((*self.done.shape, longest), -1)
        self.added = np.full((len(model.grades), len(model.starts)), -1)
        self.in_post, self.joined, self.joined_due, self.released = (
            np.full(by_grade, -1) for _ in range(4)
        )
        self.overtime, self.short, self.spilt, self.balance = (
            np.full(by_team, -1) for _ in range(4)
        )
        self.lent = np.full((self.months, len(model.lending)), -1)

    def write(self) -> None:
        """Write every equation."""
        self._duties()
        self._posts()
        self._people()
        self._hours()

    # Duties --------------------------------------------------------------------------------

    def _duties(self) -> None:
        """Write the clock (EQ4–EQ7, EQ24), all months and rows at once.

        A row has columns in a month in which it is owed: done; and where what is not done is
        carried over, outstanding and those done 1, 2 … months early.
        """
        mine = np.isin(self.model.duties.team_of, self.teams)
        lapses = self.lapsing & mine
        clocked = self.clocked & ~lapses & mine
        ahead = np.where(clocked, self.pipeline.early.most, 0)
        width = lapses + clocked * (2 + ahead)
        base, first = len(self.sheet.lower), _starts(width)
        self.done = np.where(width > 0, base + first, -1)
        self.outstanding = np.where(clocked, base + first + 1, -1)
        before = 1 + np.arange(self.early.shape[2])
        self.early = np.where(
            before <= ahead[:, :, None], (base + first + 1)[:, :, None] + before, -1
        )
        lower, beside = np.zeros((2, int(width.sum())))
        upper = np.full(len(lower), INFINITE)
        for t, r in np.argwhere(lapses).tolist():
            place = first[t, r]
            lower[place], upper[place] = self._lapsing_bounds(t, r)
            beside[place] = -self.waiting_counts[r]
        waiting = first[clocked] + 1
        upper[waiting] = np.where(
            self._may_wait_longer, INFINITE, _at_most(self.today.outstanding[0])
        )[clocked]
        beside[waiting] = np.broadcast_to(self.waiting_counts, clocked.shape)[clocked]
        self.sheet.many_columns(lower, upper, beside)
        self._clocks(clocked, ahead)

    def _clocks(self, clocked: Flags, ahead: Whole) -> None:
        """Write the rows of what is carried over.

        EQ5: due = newly due + carried over = done + outstanding. EQ24: only those may be done
        early who are there. EQ6: some cannot be reached.
        """
        pipe, done, waiting = self.pipeline, self.done, self.outstanding
        access = np.broadcast_to(self.model.duties.access[0], clocked.shape)
        limited = clocked & (access < 1.0)
        count = clocked * (1 + ahead) + limited
        place = _starts(count)
        lower, upper = np.zeros((2, int(count.sum())))
        equations = np.full(len(lower), "EQ24", dtype=object)
        known = np.array(np.broadcast_to(pipe.fixed, clocked.shape))
        known[0] += [pipe.carried[0, :, r] @ pipe.carried_in for r in range(known.shape[1])]
        equations[place[clocked]] = "EQ5"
        lower[place[clocked]] = upper[place[clocked]] = known[clocked]
        month, origin, row = np.nonzero(pipe.carried[1:])
        left = (waiting[month, origin] >= 0) & clocked[month + 1, row]
        month, origin, row = (each[left] for each in (month, origin, row))
        ones = np.ones(int(clocked.sum()))
        parts = [
            Entries(place[clocked], done[clocked], ones),
            Entries(place[clocked], waiting[clocked], ones),
            Entries(
                place[month + 1, row], waiting[month, origin], -pipe.carried[month + 1, origin, row]
            ),
        ]
        here = np.flatnonzero(clocked[pipe.month, pipe.row])
        came = (pipe.done_month[here], pipe.done_row[here], pipe.ahead[here], pipe.share[here])
        entry, column, share = self._came(clocked, *came)
        parts.append(Entries(place[pipe.month, pipe.row][here][entry], column, -share))
        parts += self._early(clocked, place, access, lower, upper)
        last = (place + 1 + ahead)[limited]
        equations[last] = "EQ6"
        lower[last] = -INFINITE
        parts += [
            Entries(last, done[limited], 1.0 - access[limited]),
            Entries(last, waiting[limited], -access[limited]),
        ]
        self.sheet.many_rows(equations.tolist(), parts, lower, upper)

    def _early(
        self, clocked: Flags, place: Whole, access: Array, lower: Array, upper: Array
    ) -> list[Entries]:
        """Return that only those may be done early who are there (EQ24), with its bounds."""
        early = self.pipeline.early
        month, row, before = np.nonzero(self.early >= 0)
        at = place[month, row] + 1 + before
        lower[at] = -INFINITE
        upper[at] = access[month, row] * early.fixed[month, row, before]
        here = np.flatnonzero(
            clocked[early.month, early.row] & (early.before <= early.most[early.month, early.row])
        )
        came = (early.done_month[here], early.done_row[here], early.ahead[here], early.share[here])
        entry, column, share = self._came(clocked, *came)
        of = here[entry]
        rows = place[early.month[of], early.row[of]] + early.before[of]
        return [
            Entries(at, self.early[month, row, before], np.ones(len(at))),
            Entries(rows, column, -access[early.month[of], early.row[of]] * share),
        ]

    def _came(
        self, clocked: Flags, month: Whole, row: Whole, ahead: Whole, share: Array
    ) -> tuple[Whole, Whole, Array]:
        """Return what those done at some times bring, as entries: which time, column and share.

        One done in a month, due or early, brings `share`; one done early brings no more what it
        would have brought, had it been left.
        """
        could = (self.early[month, row] >= 0).sum(axis=1)
        each = np.where(ahead > 0, ahead <= could, (1 + could) * clocked[month, row])
        entry = np.repeat(np.arange(len(each)), each)
        nth = np.arange(len(entry)) - np.repeat(np.cumsum(each) - each, each)
        nth += ahead[entry]
        column = self.done[month, row][entry] + nth + (nth > 0)  # after what is outstanding
        return entry, column, np.where(ahead > 0, -share, share)[entry]

    def lapsing_due(self, t: int, r: int) -> float:
        """Return what falls due of a duty that is not carried over."""
        tier = self.model.duties.tier_of[r]
        return float(self.model.duties.lapsing[0, t, r] * self.caseload.cases[0, t, tier])

    def _lapsing_bounds(self, t: int, r: int) -> tuple[float, float]:
        """Return the fewest and the most that may be done of a duty that is not carried over."""
        due = self.lapsing_due(t, r)
        worst = _at_most(float(self.today.outstanding[0, t, r]))
        least = 0.0 if self._may_wait_longer[t, r] else max(0.0, due - worst)
        most = float(self.model.duties.access[0, t, r]) * due
        return min(least, most), most

    def waited(self, t: int, r: int, months: int) -> int:
        """Return the column of cases outstanding for so many whole months; −1 if none can be.

        The longest overdue are done first (EQ7), so of those carried over from the month before
        who had waited a month less, what is done is taken off: EQ27 is exact for in_turn = 1.
        """
        if not self.clocked[t, r]:
            return -1
        if months == 0:
            return int(self.outstanding[t, r])
        if (t, r, months) not in self.waiting_longer:
            terms: Terms = {int(self.done[t, r]): -1.0}
            known = 0.0
            for origin in np.flatnonzero(self.pipeline.carried[t, :, r]).tolist():
                share = float(self.pipeline.carried[t, origin, r])
                if t == 0:
                    known += share * self._waited_before(origin, months - 1)
                elif (before := self.waited(t - 1, origin, months - 1)) >= 0:
                    add(terms, before, share)
            column = -1
            if known > 0 or len(terms) > 1:
                column = self.sheet.column()
                terms[column] = -1.0
                self.sheet.row("EQ27", terms, upper=-known)
            self.waiting_longer[t, r, months] = column
        return self.waiting_longer[t, r, months]

    def _waited_before(self, r: int, months: int) -> float:
        """Return the cases outstanding for so many whole months before the first month."""
        opening = self._opening
        if months == 0:
            return float(opening.outstanding[0, r])
        return float(renewal.waited(opening, r, months)[0])

    @cached_property
    def _opening(self) -> renewal.Clocks:
        return renewal.opening(renewal.Dial(self.model, self.caseload))

    def late(self, t: int, r: int) -> tuple[Terms, float]:
        """Return at least those due in a queue and not done in its deadline: terms and a constant.

        Those late already when the month begins, and those who wait past the deadline at its end
        (EQ26). Where some of the former are left, they are counted twice.
        """
        queues = self.model.queues
        deadline = int(queues.deadline[t, r - queues.rows.start])
        terms: Terms = {}
        known = 0.0
        if (after := self.waited(t, r, deadline)) >= 0:
            add(terms, after, 1.0)
        if not t:
            known = self._waited_before(r, deadline)
        elif (before := self.waited(t - 1, r, deadline)) >= 0:
            add(terms, before, 1.0)
        return terms, known

    @cached_property
    def _may_wait_longer(self) -> Flags:
        """Whether more may be overdue than with current posts. Shape: [month, row].

        Where something judges the row, or decides what arrives, or its team gives posts away.
        """
        may = np.zeros(self.clocked.shape, dtype=bool)
        for rule in self.model.rules.duties:
            for period in rule.periods:
                may[period.first : period.end, list(rule.rows)] = True
        may[:, list(self.model.queues.fed)] = True
        may[:, self.of_givers] = True
        return may

    # Posts and people ----------------------------------------------------------------------

    def _posts(self) -> None:
        """Write added posts by grade and start (EQ15, EQ16): whole, never falling."""
        people, falling = self.model.people, may_fall(self.model)
        each = people.cost[0] / 12 * self.discount[:, None]
        cost = np.add.reduceat(each, self.model.starts, axis=0).T.tolist()
        least = _least_added(self.model)
        for g in self.grades:
            before = -1
            for s in range(len(self.model.starts)):
                if self.gives[g]:
                    column = self._given(least[g][s], cost[g][s], before)
                else:
                    column = self.sheet.column(least[g][s], cost=cost[g][s], whole=True)
                    if before >= 0 and not falling[g, s]:
                        self.sheet.row("EQ16", {column: 1.0, before: -1.0}, lower=0.0)
                self.added[g, s] = before = column
        if self.model.keeps_total:
            for columns in self.added.T.tolist():
                self.sheet.row("EQ16", dict.fromkeys(columns, 1.0), upper=0.0)

    def _given(self, least: float, cost: float, before: int) -> int:
        """Add the posts that a grade gives, at most 0: they do not come back (EQ16).

        Nothing is saved by giving one, since another grade has it; it is not given for nothing.
        """
        column = self.sheet.column(least, 0.0, cost=cost, beside=-cost - GIVEN, whole=True)
        if before >= 0:
            self.sheet.row("EQ16", {column: 1.0, before: -1.0}, upper=0.0)
        return column

    def added_at(self, t: int, g: int) -> int:
        """Return the column of the posts added to a grade in a month."""
        return int(self.added[g, self.model.start_of[t]])

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
        dated = self._cuts(g)
        starts = self.model.starts[may_fall(self.model)[g]]
        cuts = dated | {int(t): INFINITE for t in starts}
        unsettled = self._unsettled(g, list(dated if self.gives[g] else cuts))
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

    def _cuts(self, g: int) -> Terms:
        """Return the months in which posts of a grade end anyway, and how many people at most."""
        people = self.model.people
        posts, opening = people.posts[0, :, g], float(people.opening[0, g])
        falls = -np.diff(posts)
        cuts = {int(t) + 1: float(falls[t]) for t in np.flatnonzero(falls > 0)}
        if opening > posts[0]:
            cuts[0] = opening - float(posts[0])
        return cuts

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
        """Write that joiners need a place: new, vacant, left long enough ago, or released from.

        Where a grade gives posts, places may be fewer than those who have joined so far: not for
        longer than it takes to fill one, since nobody is in a post that is given. So there the
        posts are those of so long ago.
        """
        people = self.model.people
        places = float(people.posts[0, t, g]) - undated + vacant
        terms = {int(self.joined[t, g]): 1.0}
        if not self.gives[g]:
            terms[self.added_at(t, g)] = -1.0
        elif t >= lead:
            terms[self.added_at(t - lead, g)] = -1.0
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

    def effective(self, t: int, g: int, scale: float) -> tuple[Terms, float]:
        """Return effective FTE of a grade (EQ9) without people events, as terms and a constant."""
        people = self.model.people
        lost = scale * (1.0 - float(people.productivity[0, t, g]))
        terms = {int(self.in_post[t, g]): scale}
        known = 0.0
        first = t - int(people.accreditation[0, t, g])  # the last month whose joiners count in full
        if lost and first < t:
            add(terms, int(self.joined[t, g]), -lost)
            if first >= 0:
                add(terms, int(self.joined[first, g]), lost)
            for s in range(max(0, first + 1), t + 1):
                if self.joined_due[s, g] >= 0:
                    add(terms, int(self.joined_due[s, g]), -lost)
            for back in range(1, min(-first, people.in_training.shape[1] + 1)):
                known -= lost * float(people.in_training[0, back - 1, g])
        return terms, known

    def casework(
        self, t: int, team: int, *, hours: bool, counted: bool = False
    ) -> tuple[Terms, float]:
        """Return a team's effective casework FTE, or its own hours, as terms and a constant."""
        people = self.model.people
        events = people.events_counted if counted else people.events
        terms: Terms = {}
        known = 0.0
        for g in self.grades_of[team]:
            share = float(people.share[0, t, g])
            scale = share * float(people.hours[0, t, g]) if hours else share
            if not scale:
                continue
            more, constant = self.effective(t, g, scale)
            for column, value in more.items():
                add(terms, column, value)
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

    def _own_hours(self, t: int, team: int) -> tuple[Terms, float]:
        """Return a team's own hours; never below 0, however many are away."""
        terms, known = self.casework(t, team, hours=True)
        below = -float(self.own_today[t, team])
        shrinks = self.model.people.may_shrink[t, self.model.people.team_of == team].any()
        if shrinks:
            below = max(below, -known)  # nobody may be left in post
        if below > 0 or shrinks:
            # Where trainees are released they may take more than is left: known once people are.
            self.spilt[t, team] = self.sheet.column(upper=max(0.0, below))
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

    def _balance(self, t: int, team: int, own: Terms, known: float) -> None:
        duties = self.model.duties
        terms = {column: -value for column, value in own.items()}
        for r in self.rows_of[team]:
            if self.done[t, r] >= 0:
                terms[int(self.done[t, r])] = float(duties.hours[0, t, r])
                for column in self.early[t, r][self.early[t, r] >= 0].tolist():
                    terms[column] = float(duties.hours[0, t, r])
        terms[int(self.overtime[t, team])] = -1.0
        terms[int(self.short[t, team])] = -1.0
        for place in self.lending:
            rule = self.model.lending[place]
            if rule.borrower == team:
                add(terms, int(self.lent[t, place]), -float(rule.efficiency[0, 0]))
            if rule.lender == team:
                add(terms, int(self.lent[t, place]), 1.0)
        upper = known - float(self.demand.teams[0, t, team])
        self.balance[t, team] = self.sheet.row("EQ12", terms, upper=upper)

    # Rules ---------------------------------------------------------------------------------


def may_shrink(model: Model) -> Flags:
    """Return whether posts may be taken away from a grade in a financial year. [grade, year].

    Within a total they do not come back, so there they may from a year on only.
    """
    may = model.people.may_shrink
    years = [model.calendar.year_of == y for y in range(len(model.calendar.years))]
    each = np.array([[may[months, g].all() for months in years] for g in range(may.shape[1])])
    if not model.keeps_total:
        return each
    from_then_on: Flags = np.logical_and.accumulate(each[:, ::-1], axis=1)[:, ::-1]
    return from_then_on


def gives(model: Model) -> Flags:
    """Return whether a grade may give posts to others within a total. [grade]."""
    return np.asarray(may_shrink(model).any(axis=1) & model.keeps_total)


def _price_of_waiting(model: Model) -> Array:
    """Return what one case overdue at a month's end counts for in £, by row (EQ31)."""
    given = model.scenario.settings.sizing.price_of_case_month
    price = PRICE_OF_CASE_MONTH if given is None else given.value
    return np.asarray(price * weight_of_waiting(model)[0])


def weight_of_waiting(model: Model) -> Array:
    """Return what one case overdue at a month's end counts for (EQ31). Shape: [month or 1, row]."""
    duties = model.duties
    weight: Array = duties.risk_weight + BETWEEN_EQUALS * duties.per_year[0]
    return weight


def may_fall(model: Model) -> Flags:
    """Return whether posts may be fewer than at the start before (EQ16).

    They may with a financial year, whenever posts may start; within a total at any start. It does
    not show in how many may be taken away: a grade that has no posts at present may be given some
    for a year only.

    Returns:
        Shape: [grade, start].
    """
    year_of = model.calendar.year_of
    with_a_year = (np.diff(year_of, prepend=-1)[model.starts] > 0) | model.keeps_total
    falls: Flags = may_shrink(model)[:, year_of[model.starts]] & with_a_year
    return falls


def _least_added(model: Model) -> list[list[float]]:
    """Return the fewest posts that may be added, below 0 where some may be taken away (EQ16)."""
    year_of, posts = model.calendar.year_of, model.people.posts[0]
    first = np.flatnonzero(np.diff(year_of, prepend=-1))
    lowest = np.minimum.reduceat(posts, first, axis=0).T  # [grade, year]
    least = np.where(may_shrink(model), -lowest, 0.0)
    by_start: list[list[float]] = least[:, year_of[model.starts]].tolist()
    return by_start


def _starts(lengths: Whole) -> Whole:
    """Return where each of some parts begins, laid one after the other. Shape: as they have."""
    ends: Whole = np.cumsum(lengths).reshape(lengths.shape)
    return ends - lengths


def _at_most(number: Numbers) -> Numbers:
    """Return a bound that rounding in the last digit cannot break."""
    return number * (1 + 1e-9) + 1e-6
