"""What standards ask, as rows that may be missed at a price (EQ17–EQ21)."""

from __future__ import annotations

import numpy as np

from capacity.engine.model import CaseloadLimit, DutyStandard, Period
from capacity.engine.renewal import HALF_A_CASE
from capacity.engine.standards import JUST_UNDER, POUNDS_AN_HOUR, casework_posts
from capacity.staffing.operations import Operations
from capacity.staffing.sheet import INFINITE, POUNDS_AN_HOUR_MISSED, RuleRow, Terms, add

DUE_FOR_CERTAIN = 1e-6
"""Cases that fall due whatever is done, above which a completion must be reached."""


class Requirements:
    """Writes down every rule on the columns of what happens."""

    def __init__(self, on: Operations) -> None:
        self.on, self.model, self.sheet = on, on.model, on.sheet
        self.rule_rows: list[RuleRow] = []

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
        """Write standards on duties (EQ17); per tier and period the highest in force."""
        highest: dict[tuple[int, str, Period], DutyStandard] = {}
        for rule in self.model.rules.duties:
            if self.model.duties.team_of[rule.row] not in self.on.teams:
                continue
            sign = 1.0 if rule.measure in ("completion", "in_date") else -1.0
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
        owed = [t for t in months if self.on.done[t, r] >= 0]
        if not owed:
            return
        terms: Terms = {}
        columns: tuple[int, ...] = ()
        if rule.measure == "longest_wait_months":
            for t in owed:
                self._longest_wait(rule, period, t, round(level))
            return
        if rule.measure == "outstanding":
            lower, share = self._outstanding_terms(rule, owed, len(months), level, terms)
        elif rule.measure == "in_date":
            lower, share = self._in_date_terms(r, owed, level, terms)
        else:
            lower, share = self._completion_terms(r, owed, level, terms)
            columns = tuple(
                int(column)
                for t in owed
                for column in (self.on.done[t, r], self.on.outstanding[t, r])
                if self.on.clocked[t, r]
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

    def _longest_wait(self, rule: DutyStandard, period: Period, t: int, months: int) -> None:
        """Write that less than half a case has waited for more than so many months (EQ27)."""
        waited = self.on.waited(t, rule.row, months)
        if waited < 0:
            return
        missed = self._missed(float(self.model.duties.hours[0, t, rule.row]))
        limit = HALF_A_CASE - 2 * JUST_UNDER
        row = self.sheet.row("EQ27", {waited: -1.0, missed: 1.0}, lower=-limit)
        self.rule_rows.append(
            RuleRow(
                rule.name,
                rule.measure,
                self.model.rows[rule.row].tier,
                period,
                row,
                missed,
                level=float(months),
                level_share=0.0,  # another number of months is another row
            )
        )

    def _within_reach(self, rule: DutyStandard, months: list[int]) -> float:
        """Return the highest completion that access allows (EQ6), where any is due for certain."""
        if rule.measure != "completion":
            return INFINITE
        fixed = sum(
            float(self.on.pipeline.fixed[t, rule.row])
            if self.on.clocked[t, rule.row]
            else self.on.lapsing_due(t, rule.row)
            for t in months
        )
        if fixed <= DUE_FOR_CERTAIN:
            return INFINITE
        return max(float(self.model.duties.access[0, t, rule.row]) for t in months)

    def _completion_terms(
        self, r: int, months: list[int], level: float, terms: Terms
    ) -> tuple[float, float]:
        """Write Σ done − level × Σ due ≥ 0."""
        lower, lapsing = 0.0, 0.0
        for t in months:
            if self.on.clocked[t, r]:
                terms[int(self.on.done[t, r])] = 1.0 - level
                terms[int(self.on.outstanding[t, r])] = -level
            else:
                terms[int(self.on.done[t, r])] = 1.0
                lower += level * self.on.lapsing_due(t, r)
                lapsing += self.on.lapsing_due(t, r)
        return lower, lapsing

    def _in_date_terms(
        self, r: int, months: list[int], level: float, terms: Terms
    ) -> tuple[float, float]:
        """Write Σ cases not outstanding ≥ level × Σ cases."""
        lower, owed = 0.0, 0.0
        tier = self.model.duties.tier_of[r]
        for t in months:
            if self.on.clocked[t, r]:
                cases = float(self.on.caseload.cases[0, t, tier])
                terms[int(self.on.outstanding[t, r])] = -1.0
                lower += level * cases - cases
                owed += cases
            else:
                terms[int(self.on.done[t, r])] = 1.0
                lower += level * self.on.lapsing_due(t, r)
                owed += self.on.lapsing_due(t, r)
        return lower, owed

    def _outstanding_terms(
        self,
        rule: DutyStandard,
        months: list[int],
        length: int,
        level: float,
        terms: Terms,
    ) -> tuple[float, float]:
        """Write that mean outstanding ≤ level."""
        lower = -level
        for t in months:
            if self.on.clocked[t, rule.row]:
                terms[int(self.on.outstanding[t, rule.row])] = -1.0 / length
            else:
                terms[int(self.on.done[t, rule.row])] = 1.0 / length
                lower += self.on.lapsing_due(t, rule.row) / length
        return lower, -1.0

    def _caseload_limits(self) -> None:
        """Write cases ≤ limit × officers (EQ18); of several on the same tiers the lowest."""
        lowest: dict[tuple[int, bytes, int], CaseloadLimit] = {}
        for rule in self.model.rules.caseloads:
            for t in range(rule.first, self.on.months if rule.team in self.on.teams else 0):
                key = (rule.cohort, rule.tiers.tobytes(), t)
                if key not in lowest or np.ravel(rule.level)[0] < np.ravel(lowest[key].level)[0]:
                    lowest[key] = rule
        for (_, _, t), rule in lowest.items():
            level = float(np.ravel(rule.level)[0])
            cases = float(self.on.caseload.cases[0, t, rule.tiers].sum())
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
        for t in range(self.on.months):
            for team in self.on.teams:
                hours = float(self.model.team_hours[0, t, team])
                carry, supervisors = casework_posts(self.model, team, t)
                for g in supervisors:
                    span = float(people.supervises[0, t, g])
                    terms = {self.on.added_at(t, c): -1.0 / span for c in carry}
                    terms[self.on.added_at(t, g)] = 1.0
                    lower = float(people.posts[0, t, carry].sum()) / span - float(
                        people.posts[0, t, g]
                    )
                    self._establishment_row("EQ19", "supervision", g, t, terms, lower, hours)
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
        self._establishment_row("EQ20", "grade share", g, t, terms, lower, hours)

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
            level = float(np.ravel(rule.level)[0])
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
                    RuleRow(rule.name, "max_posts", None, period, row, missed, level, -1.0)
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
                y = int(self.on.calendar.year_of[period.first])
                missed = self._missed(1.0 / POUNDS_AN_HOUR)
                terms = {missed: 1.0}
                level = float(np.ravel(rule.level)[0])
                lower = -level * len(months) / 12
                for team in teams:
                    for g in np.flatnonzero(people.team_of == team):
                        each = people.cost[0, months, g] / 12
                        terms[int(self.on.added[g, y])] = -float(each.sum())
                        lower += float((each * people.posts[0, months, g]).sum())
                    for t in months:
                        terms[int(self.on.overtime[t, team])] = -float(
                            people.overtime_cost[0, t, team]
                        )
                row = self.sheet.row("EQ21", terms, lower=lower)
                self.rule_rows.append(
                    RuleRow(
                        rule.name, "budget", None, period, row, missed, level, -len(months) / 12
                    )
                )
