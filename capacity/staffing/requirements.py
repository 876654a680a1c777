"""What standards ask, as rows that may be missed at a price (EQ17–EQ21)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity import kinds
from capacity.engine.measures import JUST_UNDER
from capacity.engine.model import Budget, CaseloadLimit, DutyStandard, MostPosts, Period
from capacity.engine.renewal import HALF_A_CASE
from capacity.engine.standards import (
    POUNDS_AN_HOUR,
    casework_posts_by_month,
    counted_cases,
    hours_of_one,
    tier_of,
)
from capacity.staffing.operations import Operations
from capacity.staffing.sheet import INFINITE, POUNDS_AN_HOUR_MISSED, RuleRow, Terms, add

DUE_FOR_CERTAIN = 1e-6
"""Cases that fall due whatever is done, above which a completion must be reached."""


Owed = Sequence[tuple[int, int]]
"""Months and rows in which something is owed."""


@dataclass(frozen=True)
class Asks:
    """What a standard on a duty asks of the columns in a period: Σ terms ≥ lower.

    Attributes:
        terms: coefficients by column.
        lower: the least sum.
        share: change of `lower` for one unit more of the level.
        columns: those whose share falls by as much as the level rises.
        within_reach: no plan has a higher level.
    """

    terms: Terms
    lower: float
    share: float
    columns: tuple[int, ...] = ()
    within_reach: float = INFINITE


class Requirements:
    """Writes down every rule on the columns of what happens."""

    def __init__(self, on: Operations) -> None:
        self.on, self.model, self.sheet = on, on.model, on.sheet
        self.rule_rows: list[RuleRow] = []
        self._hours_each: dict[int, dict[Period, float]] = {}

    def write(self) -> None:
        """Write every rule."""
        self._duty_standards()
        self._caseload_limits()
        self._establishment()
        self._most_posts()
        self._budgets()

    def _missed(self, hours: float) -> int:
        """Add a column of what is missed; each unit counts for some hours, or for none."""
        column = self.sheet.column(penalty=POUNDS_AN_HOUR_MISSED * hours)
        self.sheet.missable.append(column)
        return column

    def _duty_standards(self) -> None:
        """Write standards on duties (EQ17); of several on the same tiers the strictest in force."""
        strictest: dict[tuple[tuple[int, ...], str, Period], DutyStandard] = {}
        for rule in self.model.rules.duties:
            if self.model.duties.team_of[rule.rows[0]] not in self.on.teams:
                continue
            sign = 1.0 if rule.kind.at_least else -1.0
            for period in rule.periods:
                key = (rule.rows, rule.kind.key, period)
                other = strictest.get(key)
                if other is None or sign * _level(rule) > sign * _level(other):
                    strictest[key] = rule
        for (_, _, period), rule in strictest.items():
            owed = [
                (t, r)
                for t in range(period.first, period.end)
                for r in rule.rows
                if self.on.done[t, r] >= 0
            ]
            if owed:
                self._duty_standard(rule, period, owed)

    def _duty_standard(self, rule: DutyStandard, period: Period, owed: Owed) -> None:
        if rule.kind.by_age:
            for t, r in owed:
                self._longest_wait(rule, period, t, r)
            return
        level = _level(rule)
        asks = TERMS[rule.kind.key](self, owed, level, period.end - period.first)
        missed = self._missed(self._hours_of_one(rule, period))
        row = self.sheet.row("EQ17", {**asks.terms, missed: 1.0}, lower=asks.lower)
        self._note(
            rule,
            period,
            row,
            missed,
            level=level,
            level_share=asks.share,
            level_columns=asks.columns,
            within_reach=asks.within_reach,
        )

    def _hours_of_one(self, rule: DutyStandard, period: Period) -> float:
        """Return the hours that one missed in a period counts for; all periods at once."""
        if id(rule) not in self._hours_each:
            hours = hours_of_one(self.model, rule, rule.periods).tolist()
            self._hours_each[id(rule)] = dict(zip(rule.periods, hours, strict=True))
        return self._hours_each[id(rule)][period]

    def _note(self, rule: DutyStandard, period: Period, row: int, missed: int, **more: Any) -> None:
        """Remember the row that a standard wrote."""
        tier = tier_of(self.model, rule)
        self.rule_rows.append(RuleRow(rule.name, rule.kind.key, tier, period, row, missed, **more))

    def _longest_wait(self, rule: DutyStandard, period: Period, t: int, r: int) -> None:
        """Write that less than half a case has waited for more than so many months (EQ27)."""
        months = round(_level(rule))
        waited = self.on.waited(t, r, months)
        if waited < 0:
            return
        missed = self._missed(float(self.model.duties.hours[0, t, r]))
        limit = HALF_A_CASE - 2 * JUST_UNDER
        row = self.sheet.row("EQ27", {waited: -1.0, missed: 1.0}, lower=-limit)
        # Another number of months is another row, so no change of the level moves this one.
        self._note(rule, period, row, missed, level=float(months), level_share=0.0)

    def completion(self, owed: Owed, level: float, length: int) -> Asks:
        """Write Σ done − level × Σ due ≥ 0."""
        terms: Terms = {}
        lower, lapsing = 0.0, 0.0
        columns: list[int] = []
        for t, r in owed:
            if self.on.clocked[t, r]:
                terms[int(self.on.done[t, r])] = 1.0 - level
                terms[int(self.on.outstanding[t, r])] = -level
                columns += [int(self.on.done[t, r]), int(self.on.outstanding[t, r])]
            else:
                terms[int(self.on.done[t, r])] = 1.0
                lower += level * self.on.lapsing_due(t, r)
                lapsing += self.on.lapsing_due(t, r)
        return Asks(terms, lower, lapsing, tuple(columns), self._within_reach(owed))

    def _within_reach(self, owed: Owed) -> float:
        """Return the highest completion that access allows (EQ6), where any is due for certain."""
        fixed = sum(
            float(self.on.pipeline.fixed[t, r])
            if self.on.clocked[t, r]
            else self.on.lapsing_due(t, r)
            for t, r in owed
        )
        if fixed <= DUE_FOR_CERTAIN:
            return INFINITE
        return max(float(self.model.duties.access[0, t, r]) for t, r in owed)

    def in_date(self, owed: Owed, level: float, length: int) -> Asks:
        """Write Σ cases not outstanding ≥ level × Σ cases; of a queue, see below."""
        if owed[0][1] in self.model.queues.rows:
            return self._within_deadline(owed, level)
        terms: Terms = {}
        lower, whole = 0.0, 0.0
        for t, r in owed:
            if self.on.clocked[t, r]:
                cases = float(self.on.caseload.cases[0, t, self.model.duties.tier_of[r]])
                terms[int(self.on.outstanding[t, r])] = -1.0
                lower += level * cases - cases
                whole += cases
            else:
                terms[int(self.on.done[t, r])] = 1.0
                lower += level * self.on.lapsing_due(t, r)
                whole += self.on.lapsing_due(t, r)
        return Asks(terms, lower, whole)

    def _within_deadline(self, owed: Owed, level: float) -> Asks:
        """Write Σ late ≤ (1 − level) × Σ due of a queue (EQ26)."""
        terms: Terms = {}
        lower = 0.0
        columns: list[int] = []
        for t, r in owed:
            late, known = self.on.late(t, r)
            for column, value in late.items():
                add(terms, column, -value)
            lower += known
            for column in (int(self.on.done[t, r]), int(self.on.outstanding[t, r])):
                add(terms, column, 1.0 - level)
                columns.append(column)
        return Asks(terms, lower, 0.0, tuple(columns))

    def outstanding(self, owed: Owed, level: float, length: int) -> Asks:
        """Write that mean outstanding ≤ level."""
        terms: Terms = {}
        lower = -level
        for t, r in owed:
            if self.on.clocked[t, r]:
                terms[int(self.on.outstanding[t, r])] = -1.0 / length
            else:
                terms[int(self.on.done[t, r])] = 1.0 / length
                lower += self.on.lapsing_due(t, r) / length
        return Asks(terms, lower, -1.0)

    def _caseload_limits(self) -> None:
        """Write cases ≤ limit × officers (EQ18); of several on the same tiers the lowest."""
        rules, lowest = self.model.rules.caseloads, dict[tuple[int, bytes, int], int]()
        counted = [counted_cases(self.model, self.on.caseload.cases, rule)[0] for rule in rules]
        for n, rule in enumerate(rules):
            for t in range(rule.first, self.on.months if rule.team in self.on.teams else 0):
                key = (rule.cohort, rule.tiers.tobytes(), t)
                if key not in lowest or _level(rule) < _level(rules[lowest[key]]):
                    lowest[key] = n
        for (_, _, t), n in lowest.items():
            rule = rules[n]
            level, cases = _level(rule), float(counted[n][t])
            terms, known = self.on.casework(t, rule.team, hours=False, counted=True)
            for place in self.on.lending:
                lending = self.model.lending[place]
                of_one = float(self.model.team_hours[0, t, lending.lender])
                if lending.counts and lending.borrower == rule.team and of_one > 0:
                    add(terms, int(self.on.lent[t, place]), 1.0 / of_one)
            missed = self._missed(float(self.model.team_hours[0, t, rule.team]))
            terms[missed] = 1.0
            row = self.sheet.row("EQ18", terms, lower=cases / level - known)
            period = Period(self.on.calendar.labels[t], t, t + 1)
            self.rule_rows.append(
                RuleRow(
                    rule.name,
                    kinds.CASES_PER_OFFICER.key,
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
        for t, posts_of in enumerate(casework_posts_by_month(self.model)):
            for team in self.on.teams:
                hours = float(self.model.team_hours[0, t, team])
                carry, supervisors = posts_of[team]
                for g in supervisors:
                    span = float(people.supervises[0, t, g])
                    terms = {self.on.added_at(t, c): -1.0 / span for c in carry}
                    terms[self.on.added_at(t, g)] = 1.0
                    lower = float(people.posts[0, t, carry].sum()) / span - float(
                        people.posts[0, t, g]
                    )
                    self._establishment_row(
                        "EQ19", kinds.SUPERVISION.key, g, t, terms, lower, hours
                    )
                for g in self.on.grades_of[team]:
                    most = float(people.max_share[0, t, g])
                    if not np.isnan(most):
                        self._grade_share(g, t, most, hours)

    def _grade_share(self, g: int, t: int, most: float, hours: float) -> None:
        people = self.model.people
        terms: Terms = {}
        lower = 0.0
        for other in np.flatnonzero(people.team_of == people.team_of[g]):
            share = float(people.share[0, t, other])
            part = most * share - (share if other == g else 0.0)
            add(terms, self.on.added_at(t, int(other)), part)
            lower -= part * float(people.posts[0, t, other])
        self._establishment_row("EQ20", kinds.GRADE_SHARE.key, g, t, terms, lower, hours)

    def _establishment_row(
        self,
        equation: str,
        kind: str,
        g: int,
        t: int,
        terms: Terms,
        lower: float,
        hours: float,
    ) -> None:
        missed = self._missed(hours)
        row = self.sheet.row(equation, {**terms, missed: 1.0}, lower=lower)
        key = self.model.grades[g]
        period = Period(self.on.calendar.labels[t], t, t + 1)
        self.rule_rows.append(
            RuleRow(f"{key.team}.{key.grade}", kind, None, period, row, missed, float("nan"), 0.0)
        )

    def _most_posts(self) -> None:
        """Write the most posts of grades (EQ21).

        A limit is kept: what may be missed of it is only what is in post beyond it already. Where
        it `may_give` it is missed at a price, as other rules are.
        """
        for rule in self.model.rules.posts:
            if rule.first >= self.on.months or rule.team not in self.on.teams:
                continue
            level = _level(rule)
            years = self.on.calendar.year_of
            for t in np.flatnonzero(years >= years[rule.first]).tolist():
                missed = self._missed(float(self.model.team_hours[0, t, rule.team]))
                terms = {self.on.added_at(t, int(g)): -1.0 for g in rule.grades}
                lower = float(self.model.people.posts[0, t, rule.grades].sum()) - level
                if not rule.may_give:
                    self.sheet.upper[missed] = max(0.0, lower)
                row = self.sheet.row("EQ21", {**terms, missed: 1.0}, lower=lower)
                period = Period(self.on.calendar.labels[t], t, t + 1)
                self.rule_rows.append(
                    RuleRow(rule.name, kinds.MOST_POSTS.key, None, period, row, missed, level, -1.0)
                )

    def _budgets(self) -> None:
        """Write spending by financial year ≤ budget (EQ21), real and undiscounted."""
        people = self.model.people
        for rule in self.model.rules.budgets:
            teams = self.on.teams if rule.team is None else {rule.team} & set(self.on.teams)
            if not teams:
                continue
            for period in self.on.calendar.years_from(rule.first):
                months = np.arange(period.first, period.end)
                missed = self._missed(1.0 / POUNDS_AN_HOUR)
                terms = {missed: 1.0}
                level = _level(rule)
                lower = -level * len(months) / 12
                for team in teams:
                    for g in np.flatnonzero(people.team_of == team):
                        each = people.cost[0, months, g] / 12
                        for place, cost in zip(months.tolist(), each.tolist(), strict=True):
                            add(terms, self.on.added_at(place, int(g)), -cost)
                        lower += float((each * people.posts[0, months, g]).sum())
                    for t in months:
                        terms[int(self.on.overtime[t, team])] = -float(
                            people.overtime_cost[0, t, team]
                        )
                row = self.sheet.row("EQ21", terms, lower=lower)
                self.rule_rows.append(
                    RuleRow(
                        rule.name,
                        kinds.BUDGET.key,
                        None,
                        period,
                        row,
                        missed,
                        level,
                        -len(months) / 12,
                    )
                )


TERMS: Mapping[str, Callable[[Requirements, Owed, float, int], Asks]] = {
    kinds.COMPLETION.key: Requirements.completion,
    kinds.IN_DATE.key: Requirements.in_date,
    kinds.OUTSTANDING.key: Requirements.outstanding,
}
"""What each kind of standard on a duty asks, but for the one on age (EQ27)."""


def _level(rule: DutyStandard | CaseloadLimit | MostPosts | Budget) -> float:
    """Return a rule's level in the central case."""
    return float(np.ravel(rule.level)[0])
