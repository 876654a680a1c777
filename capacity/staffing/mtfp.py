"""The lines of a medium-term financial plan: what is paid, for what, how long, and by whom.

Posts are budgeted less the vacancy factor. Funding lines pay first, in file order. After the end of
one, what it paid for and no other line pays is a gap. The rest is the base budget, or the partners'
by their shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.engine.model import Array, Flags, Model, Whole
from capacity.engine.rates import amount
from capacity.reading.scenario import month_index
from capacity.settings import Funding, Quantity
from capacity.staffing import costs
from capacity.staffing.costs import Costs

BASE_BUDGET = "base budget"
"""What pays for all that no funding line and no partner does."""

RECURRING, FIXED_TERM, ONE_OFF = "recurring", "fixed-term", "one-off"

OVERTIME, JOINING, ENDING, COVER = "overtime", "joining", "redundancy", "loans and cover"
"""What is paid beside posts, by the names of the table."""

NOTHING = 0.005
"""Below this a row is rounding, in £."""


@dataclass(frozen=True)
class Staffed:
    """Posts, overtime and people of one way to staff, and the posts it is compared with.

    Attributes:
        posts: Shape: [month, grade].
        baseline: posts with none added. Shape: [month, grade].
        overtime: real. Unit: £. Shape: [month, grade].
        joining: what joiners cost, real. Unit: £. Shape: [month, grade].
        releases: people released as posts end. Shape: [month, grade].
        in_post: people in post. Shape: [month, grade].
    """

    posts: Array
    baseline: Array
    overtime: Array
    joining: Array
    releases: Array
    in_post: Array


@dataclass(frozen=True)
class MtfpRow:
    """A row of the `mtfp` table, in £.

    Attributes:
        subjective: a part of a post's cost, overtime, joining, redundancy, or loans and cover
            (people events that this unit pays for).
        cash: of the months of the year that are projected.
        recurrence: recurring, fixed-term (posts above no posts added that end within the months
            projected) or one-off.
        full_year_effect: cash of twelve months of what stands at the year's end.
        funding: a funding line, the gap after one has ended, a partner, or the base budget.
    """

    year: str
    cost_centre: str
    team: str
    grade: str
    subjective: str
    real: float
    cash: float
    recurrence: str
    full_year_effect: float
    funding: str


@dataclass(frozen=True)
class FundingRow:
    """A row of the `funding` table: what a funding line pays in a year, and leaves after its end.

    Unit: £, cash.

    Attributes:
        gap: what it paid for and nobody pays.
        unused: what it would pay where its team or grade costs less.
    """

    year: str
    name: str
    source_of_funds: str
    team: str
    until: str | None
    paid: float
    gap: float
    unused: float


@dataclass(frozen=True)
class FundingStep:
    """What a funding line pays for, or after its end leaves unpaid, month by month.

    Attributes:
        grades: places of those that it pays for.
        when: in which months. Shape: [month].
        left: of each grade's cost before this step, as a share. Shape: [month, grade].
        wanted: what it would pay, in cash. Shape: [month].
        share: of each of its grades' cost. Shape: [month, its grade].
    """

    line: Funding
    ended: bool
    grades: tuple[int, ...]
    when: Flags
    left: Array
    wanted: Array
    share: Array

    @property
    def name(self) -> str:
        """Who pays, as in the `funding` column."""
        return gap_after(self.line.name) if self.ended else self.line.name


def staffed(option: Costs, releases: Array, baseline: Costs) -> Staffed:
    """Return what the plan of an option is made from."""
    return Staffed(
        posts=option.posts,
        baseline=baseline.posts,
        overtime=option.overtime,
        joining=option.joining,
        releases=releases,
        in_post=option.in_post,
    )


def rows(model: Model, staff: Staffed) -> tuple[MtfpRow, ...]:
    """Return the rows of the `mtfp` table, by year, team, grade and subjective."""
    return tuple(FinancialPlan(model, staff).rows())


def funding(model: Model, staff: Staffed) -> tuple[FundingRow, ...]:
    """Return what each funding line pays in each year, and the gap after its end."""
    return tuple(FinancialPlan(model, staff).funding())


class FinancialPlan:
    """A plan's money by month, cut into what it is for and who pays."""

    def __init__(self, model: Model, staff: Staffed) -> None:
        """Price the posts, overtime and people of a way to staff."""
        self.model, self.staff = model, staff
        self.payroll = costs.payroll(model)
        self.kept = 1 - float(np.ravel(model.money.vacancy_factor)[0])
        self.prices = self.payroll.price_levels(range(model.months))[0]
        self.ending = costs.ending(staff.posts - staff.baseline)

    def rows(self) -> Iterator[MtfpRow]:
        """Yield the rows of the `mtfp` table."""
        calendar = self.model.calendar
        for place, year in enumerate(calendar.years):
            months: Whole = np.flatnonzero(calendar.year_of == place)
            for g in range(len(self.model.grades)):
                for row in self._of_grade(g, year, months):
                    if max(abs(row.real), abs(row.cash), abs(row.full_year_effect)) >= NOTHING:
                        yield row

    def _of_grade(self, g: int, year: str, months: Whole) -> Iterator[MtfpRow]:
        """Yield the rows of a grade in a year: posts by part and term, overtime, one-offs."""
        key, last = self.model.grades[g], int(months[-1])
        whole = costs.months_of(self.model, self.model.calendar.financial_year(last))
        cash, full = (self._parts(g, those) for those in (range(self.model.months), whole))
        lasting = self.staff.posts[:, g] - self.ending[:, g]
        for recurrence, posts in ((RECURRING, lasting), (FIXED_TERM, self.ending[:, g])):
            for part, each in cash.items():
                paid = posts * each * self.kept / 12
                real = posts * self._real[g][part] * self.kept / 12
                of_year = full[part].mean() if part in full else 0.0
                after = float(posts[last] * of_year * self.kept)
                yield from self._paid(g, year, months, part, real, paid, recurrence, after)
        overtime = self.staff.overtime[:, g]
        paid = overtime * self.model.people.cash_of_overtime[:, g]
        after = float(paid[months].sum() * 12 / len(months))
        yield from self._paid(g, year, months, OVERTIME, overtime, paid, RECURRING, after)
        team = self.model.scenario.settings.teams[key.team]
        ended = _number(team.grades[key.grade].ending_cost)
        for name, real in (
            (JOINING, self.staff.joining[:, g]),
            (ENDING, self.staff.releases[:, g] * ended),
        ):
            yield from self._paid(g, year, months, name, real, real * self.prices, ONE_OFF, 0.0)
        yield from self._cover(g, year, months, whole)

    def _cover(self, g: int, year: str, months: Whole, whole: range) -> Iterator[MtfpRow]:
        """Yield what people events that this unit pays for cost, those with an end apart."""
        settings, key = self.model.scenario.settings, self.model.grades[g]
        real = self.model.people.cost[0] / 12 * np.ones((self.model.months, 1))
        cash = self.model.people.cash_cost / 12
        of_year = sum(float(one.mean()) for one in self._parts(g, whole).values())
        for recurrence, ends in ((RECURRING, False), (FIXED_TERM, True)):
            people = np.zeros(self.model.months)
            for event in settings.people:
                mine = event.funded and (event.team, event.grade) == (key.team, key.grade)
                if mine and (event.until is not None) is ends:
                    first = max(0, month_index(settings, event.from_))
                    last = self.model.months
                    if event.until is not None:
                        last = month_index(settings, event.until) + 1
                    people[first : max(0, last)] += _number(event.fte)
            after = float(people[months[-1]]) * of_year
            paid = people * real[:, g], people * cash[:, g]
            yield from self._paid(g, year, months, COVER, *paid, recurrence, after)

    def _paid(
        self,
        g: int,
        year: str,
        months: Whole,
        subjective: str,
        real: Array,
        cash: Array,
        recurrence: str,
        full_year_effect: float,
    ) -> Iterator[MtfpRow]:
        """Yield a line of cost, a row for each who pays."""
        key = self.model.grades[g]
        centre = self.model.scenario.settings.teams[key.team].cost_centre or key.team
        for funder, share in self.shares[g].items():
            own = recurrence == ONE_OFF or subjective == COVER  # no funding line pays for these
            if own and funder in self._lines:
                continue
            part = self._partners(key.team)[funder] if own else share
            yield MtfpRow(
                year=year,
                cost_centre=centre,
                team=key.team,
                grade=key.grade,
                subjective=subjective,
                real=float((real * part)[months].sum()),
                cash=float((cash * part)[months].sum()),
                recurrence=recurrence,
                full_year_effect=full_year_effect * float(part[months[-1]]),
                funding=funder,
            )

    @cached_property
    def _cash(self) -> tuple[dict[str, Array], ...]:
        """The parts of each grade's post in cash, to the last year's end. Shape: [month]."""
        until = range(costs.months_of(self.model, int(self.model.calendar.year_numbers[-1])).stop)
        return tuple(
            {name: one[0] for name, one in self.payroll.parts(key, until, cash=True).items()}
            for key in self.model.grades
        )

    def _parts(self, g: int, months: range) -> dict[str, Array]:
        """Return the parts of a grade's post in cash in months, also before the start."""
        if months.start >= 0:
            return {name: one[months.start : months.stop] for name, one in self._cash[g].items()}
        parts = self.payroll.parts(self.model.grades[g], months, cash=True)
        return {name: one[0] for name, one in parts.items()}

    @cached_property
    def _real(self) -> tuple[dict[str, Array], ...]:
        """The parts of each grade's post in real terms. Shape: [month] each."""
        months = range(self.model.months)
        found = []
        for g, key in enumerate(self.model.grades):
            if self.model.money.prices == "deflated":
                parts = {name: one / self.prices for name, one in self._parts(g, months).items()}
            else:
                drawn = self.payroll.parts(key, months, cash=False)
                parts = {name: one[0] for name, one in drawn.items()}
            found.append(parts)
        return tuple(found)

    # Who pays --------------------------------------------------------------------------------

    @property
    def given(self) -> tuple[Funding, ...]:
        """The funding lines, in file order."""
        return tuple(self.model.scenario.settings.funding)

    @cached_property
    def _lines(self) -> frozenset[str]:
        """Names of the funding lines, and of the gaps after them."""
        return frozenset(name for one in self.given for name in (one.name, gap_after(one.name)))

    def _partners(self, team: str) -> dict[str, Array]:
        """Return each partner's share of a team; of one without partners the base budget."""
        ones = np.ones(self.model.months)
        shares = self.model.money.shares.get(team) or {BASE_BUDGET: 1.0}
        return {name: share * ones for name, share in shares.items()}

    @cached_property
    def steps(self) -> tuple[FundingStep, ...]:
        """What each line pays, then what each leaves unpaid: a gap is what nobody pays."""
        cost = self.posts_cost + self.overtime_cost
        left = np.ones_like(cost)
        found = []
        for ended in (False, True):
            for line in self.given:
                mine = self.grades_of(line)
                wanted = self.wanted(line, mine)
                if ended:  # what it paid in another's place is the other's gap
                    for one in self.before(line):
                        wanted = wanted - self.wanted(one, mine)
                    wanted = np.maximum(0.0, wanted)
                there = (cost * left)[:, mine].sum(axis=1)
                when = self.ended(line) if ended else self.pays(line)
                share = left[:, mine] * np.minimum(1.0, _ratio(wanted, there))[:, None]
                share = np.where(when[:, None], share, 0.0)
                found.append(
                    FundingStep(line, ended, tuple(mine), when, left.copy(), wanted, share)
                )
                left[:, mine] -= share
        return tuple(found)

    @cached_property
    def shares(self) -> tuple[dict[str, Array], ...]:
        """Who pays for each grade and which share of it, by month. Shape: [month] each."""
        found: tuple[dict[str, Array], ...] = tuple({} for _ in self.model.grades)
        left = np.ones((self.model.months, len(self.model.grades)))
        for step in self.steps:
            for place, g in enumerate(step.grades):
                found[g][step.name] = step.share[:, place]
                left[:, g] -= step.share[:, place]
        for g, key in enumerate(self.model.grades):
            for name, part in self._partners(key.team).items():
                found[g][name] = found[g].get(name, 0.0) + part * left[:, g]
        return found

    def before(self, line: Funding) -> list[Funding]:
        """Return the lines that paid for the same posts and had ended when a line began."""
        return [
            one
            for one in self.given
            if (one.team, one.grade) == (line.team, line.grade)
            and one.until is not None
            and line.from_ is not None
            and one.until < line.from_
        ]

    def grades_of(self, line: Funding) -> list[int]:
        """Return the places of the grades that a line pays for."""
        return [
            g
            for g, key in enumerate(self.model.grades)
            if key.team == line.team and line.grade in (None, key.grade)
        ]

    def wanted(self, line: Funding, mine: list[int]) -> Array:
        """Return what a line would pay for, in cash. Shape: [month]."""
        if line.posts is None:
            pounds = 0.0 if line.pounds_per_year is None else _number(line.pounds_per_year)
            return np.full(self.model.months, pounds / 12)
        posts = self.staff.posts[:, mine].sum(axis=1)
        each = _ratio(self.posts_cost[:, mine].sum(axis=1), posts)
        return np.asarray(np.minimum(posts, _number(line.posts)) * each)

    def _offered(self, line: Funding) -> Array:
        """Return what a line pays at most, in cash: pounds, or as many posts. Shape: [month]."""
        if line.posts is None:
            return self.wanted(line, self.grades_of(line))
        mine = self.grades_of(line)
        posts = self.staff.posts[:, mine].sum(axis=1)
        each = _ratio(self.posts_cost[:, mine].sum(axis=1), posts)
        return np.asarray(_number(line.posts) * each)

    @cached_property
    def posts_cost(self) -> Array:
        """What posts cost in cash, less the vacancy factor. Shape: [month, grade]."""
        return np.asarray(self.staff.posts * self.model.people.cash_cost / 12 * self.kept)

    @cached_property
    def overtime_cost(self) -> Array:
        """What overtime costs in cash. Shape: [month, grade]."""
        return np.asarray(self.staff.overtime * self.model.people.cash_of_overtime)

    def pays(self, line: Funding) -> Flags:
        """Return in which months a line pays. Shape: [month]."""
        settings, months = self.model.scenario.settings, np.arange(self.model.months)
        first = 0 if line.from_ is None else month_index(settings, line.from_)
        pays: Flags = np.logical_and(months >= first, np.logical_not(self.ended(line)))
        return pays

    def ended(self, line: Funding) -> Flags:
        """Return which months come after a line's end. Shape: [month]."""
        settings, months = self.model.scenario.settings, np.arange(self.model.months)
        if line.until is None:
            return np.zeros(self.model.months, dtype=bool)
        return np.asarray(months > month_index(settings, line.until))

    def funding(self) -> Iterator[FundingRow]:
        """Yield the rows of the `funding` table."""
        calendar = self.model.calendar
        cost = self.posts_cost + self.overtime_cost

        def of(line: Funding, name: str) -> Array:
            mine = self.grades_of(line)
            shares = np.stack([self.shares[g][name] for g in mine], axis=1)
            return np.asarray((cost[:, mine] * shares).sum(axis=1))

        for line in self.given:
            paid, gap = of(line, line.name), of(line, gap_after(line.name))
            unused = np.where(self.pays(line), self._offered(line) - paid, 0.0)
            for place, year in enumerate(calendar.years):
                months = calendar.year_of == place
                yield FundingRow(
                    year=year,
                    name=line.name,
                    source_of_funds=line.source_of_funds,
                    team=line.team,
                    until=f"{line.until:%Y-%m}" if line.until else None,
                    paid=float(paid[months].sum()),
                    gap=float(gap[months].sum()),
                    unused=float(np.maximum(0.0, unused)[months].sum()),
                )


def gap_after(name: str) -> str:
    """Return what stands in the `funding` column once a line has ended."""
    return f"gap after {name}"


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _number(quantity: Quantity) -> float:
    return float(np.ravel(amount(quantity))[0])
