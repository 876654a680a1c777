"""Money: what posts, overtime and joiners cost, by financial year (EQ15, EQ21).

All of it is the central case, in real prices unless called cash or discounted. Joining costs and
funded people events stand beside the totals, which are the sum that sizing minimises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import (
    Array,
    Calendar,
    GradeKey,
    Model,
    Number,
)
from capacity.engine.outcomes import weighted
from capacity.engine.pay import Payroll
from capacity.engine.projection import Projection
from capacity.engine.rates import amount
from capacity.engine.workforce import Workforce
from capacity.reading.scenario import month_index
from capacity.wording import FIRST_MONTH_OF_YEAR

NO_FEWER = 1e-6
"""A difference in case-months below this share of them is rounding of the solver."""


@dataclass(frozen=True)
class Costs:
    """What one way to staff costs, central case. Shape: [month, grade]. Unit: £, or FTE."""

    calendar: Calendar
    grades: tuple[GradeKey, ...]
    posts: Array  # FTE
    in_post: Array  # FTE
    budget: Array  # posts × cost, less the vacancy factor
    forecast: Array  # in post × cost
    joining: Array  # joiners × joining cost, beside the total
    overtime: Array  # a team's, spread over its grades
    people_events: Array  # funded loans and the like, beside the total
    total_real: Array  # posts × cost + overtime, in prices of the price base
    total_cash: Array  # the same in each month's money
    total_discounted: Array  # the same discounted (EQ15)


@dataclass(frozen=True)
class YearCosts:
    """A row of the `costs` table: sums of the year's months within the horizon."""

    option: str
    year: str
    team: str
    grade: str
    posts: float  # mean of the months
    average_in_post: float  # mean of the months
    budget: float
    forecast: float
    joining: float
    overtime: float
    total_real: float
    total_cash: float
    total_discounted: float
    people_events: float


@dataclass(frozen=True)
class FullYear:
    """What is asked for above a baseline, in a full year: all posts of the last month together.

    Cash is at the pay of the financial year of the last month, overtime that of the last twelve
    months projected.
    """

    year: str
    posts: float
    posts_real: float
    posts_cash: float
    overtime_real: float  # below 0 where overtime is saved
    overtime_cash: float

    @property
    def real(self) -> float:
        """Posts and overtime together, at the pay of the price base."""
        return self.posts_real + self.overtime_real

    @property
    def cash(self) -> float:
        """Posts and overtime together, at the pay of the year."""
        return self.posts_cash + self.overtime_cash


@dataclass(frozen=True)
class BudgetRow:
    """A row of the `budget` table: posts of a grade, or one people event, and who pays.

    Rows of posts (`event` empty):
        part_year: cost within the year, as far as projected, of posts that start in it: those
            above the same option's posts at the end of the year before, or above the undated
            posts in the first year. Less than 0 where posts end.
        full_year_effect: twelve months of those that are still there at the year's end.
        recurring: posts and overtime of the year above those of the baseline option, without
            posts that end within the horizon.
        fixed_term: posts of the year above the baseline's that end within the horizon.
        one_off: joining costs of the year above those of the baseline option.

    Rows of a people event stand for the event itself, which every option of a scenario has, and
    are 0 unless this unit pays for it:
        part_year: cost within the year in which it starts.
        full_year_effect: twelve months of it in that year; 0 if it has an end, for then nothing
            carries on.
        one_off, recurring: cost of the year, one-off if it has an end, else recurring.
        term_end: its last month.

    Amounts are real, the funder's share of them. A team without shares has one funder, unnamed.
    """

    option: str
    year: str
    team: str
    grade: str
    part_year: float
    full_year_effect: float
    recurring: float
    one_off: float
    term_end: str | None
    funder: str | None
    share: float
    displaced_from: str | None
    event: str | None
    fixed_term: float = 0.0


@dataclass(frozen=True)
class OptionRow:
    """A row of the `options` table: totals over all duties and months.

    overdue_case_months: cases overdue at the end of each month, added up over the months.
    weighted_case_months: the same, weighted by the risk of their tiers (EQ31).
    cost_per_case_month: extra cost ÷ weighted case-months fewer than in the first option; none
        for the first itself, nor where there are no fewer.
    """

    option: str
    cost_discounted: float  # EQ15
    done: float
    on_time: float
    outstanding_end: float  # at the end of the last month
    joining: float  # real, beside the cost
    people_events: float  # real, beside the cost
    overdue_case_months: float
    weighted_case_months: float
    cost_per_case_month: float | None


def price(model: Model, staff: Workforce, projection: Projection, way: int = 0) -> Costs:
    """Return what given people and their overtime cost, month by month, in the central case.

    EQ15, EQ21.

    Args:
        model: the scenario as arrays.
        staff: its people.
        projection: what they do.
        way: which of several ways to staff that were projected at once.

    Returns:
        In £. Shape: [month, grade].
    """
    people, money = model.people, model.money
    a_month = people.cost[0] / 12
    posts, in_post = staff.posts[way], staff.in_post[way]
    overtime = overtime_by_grade(model, in_post, projection.overtime[way])
    total = posts * a_month + overtime
    return Costs(
        calendar=model.calendar,
        grades=model.grades,
        posts=posts,
        in_post=in_post,
        budget=posts * a_month * (1 - _central(money.vacancy_factor)),
        forecast=in_post * a_month,
        joining=staff.joiners[way] * people.joining_cost[0],
        overtime=overtime,
        people_events=people.events_cost[0],
        total_real=total,
        total_cash=posts * people.cash_cost / 12 + overtime * people.cash_of_overtime,
        total_discounted=total * discount_factors(model)[:, None],
    )


def discount_factors(model: Model) -> Array:
    """Return what a pound of each month is worth at the start, at the real discount rate (EQ15).

    Returns:
        Shape: [month].
    """
    rate = _central(model.money.discount_rate)
    return (1 + rate) ** (-np.arange(model.months) / 12)


def payroll(model: Model) -> Payroll:
    """Return what posts of a model cost, part by part, in any month."""
    return Payroll(model.scenario, model.calendar, model.money)


def full_year(model: Model, costs: Costs, baseline: Costs) -> FullYear:
    """Return what everything above a baseline costs in a full year, as at the last month.

    Posts are budgeted less the vacancy factor.
    """
    last = int(model.calendar.year_numbers[-1])
    kept = 1 - _central(model.money.vacancy_factor)
    added = (costs.posts[-1] - baseline.posts[-1]) * kept
    extra = costs.overtime[-12:] - baseline.overtime[-12:]
    overtime = extra.sum(axis=0) * 12 / len(extra)
    grades = range(len(model.grades))
    cash = np.array([cash_of_post(model, g, last) for g in grades])
    cash_overtime = np.array([cash_of_overtime(model, g, last) for g in grades])
    return FullYear(
        year=model.calendar.years[-1],
        posts=float((costs.posts[-1] - baseline.posts[-1]).sum()),
        posts_real=float((added * model.people.cost[0, -1]).sum()),
        posts_cash=float((added * cash).sum()),
        overtime_real=float(overtime.sum()),
        overtime_cash=float((overtime * cash_overtime).sum()),
    )


def months_of(model: Model, year: int) -> range:
    """Return the twelve months of the financial year that starts in a calendar year."""
    first = model.calendar.place(f"{year:04d}-{FIRST_MONTH_OF_YEAR:02d}")
    return range(first, first + 12)


def cash_of_post(model: Model, grade: int, year: int) -> float:
    """Return what a post of a grade costs in cash in a whole financial year, in £."""
    months = months_of(model, year)
    return float(payroll(model).cost(model.grades[grade], months, cash=True)[0].mean())


def cash_of_overtime(model: Model, grade: int, year: int) -> float:
    """Return what a real pound of a grade's overtime is in cash in a financial year."""
    months, money, every = months_of(model, year), model.money, payroll(model)
    if money.prices == "deflated":
        return float(every.price_levels(months)[0].mean())
    return float(every.pay_levels(money.kinds[grade], months)[0].mean())


def yearly(model: Model, costs: Costs, option: str = "today") -> tuple[YearCosts, ...]:
    """Return the rows of the `costs` table, one a financial year, team and grade."""
    rows = []
    for place, year in enumerate(model.calendar.years):
        months = model.calendar.year_of == place
        for g, (team, grade) in enumerate(model.grades):
            rows.append(
                YearCosts(
                    option=option,
                    year=year,
                    team=team,
                    grade=grade,
                    posts=float(costs.posts[months, g].mean()),
                    average_in_post=float(costs.in_post[months, g].mean()),
                    budget=float(costs.budget[months, g].sum()),
                    forecast=float(costs.forecast[months, g].sum()),
                    joining=float(costs.joining[months, g].sum()),
                    overtime=float(costs.overtime[months, g].sum()),
                    total_real=float(costs.total_real[months, g].sum()),
                    total_cash=float(costs.total_cash[months, g].sum()),
                    total_discounted=float(costs.total_discounted[months, g].sum()),
                    people_events=float(costs.people_events[months, g].sum()),
                )
            )
    return tuple(rows)


def budget_rows(
    model: Model, costs: Costs, baseline: Costs | None = None, option: str = "today"
) -> tuple[BudgetRow, ...]:
    """Return the rows of the `budget` table: what changes, from when, and who pays.

    The baseline is what current posts cost; without one the option is itself the baseline, and
    nothing is recurring or one-off. With a baseline of another scenario, recurring and one-off
    count the months that both cover, and posts that only the baseline has get rows too.
    """
    against = costs if baseline is None else baseline
    return (*_posts_rows(model, costs, against, option), *_event_rows(model, option))


def options_rows(options: Sequence[tuple[str, Model, Projection, Costs]]) -> tuple[OptionRow, ...]:
    """Return the rows of the `options` table; the first option is the baseline."""
    rows: list[OptionRow] = []
    for name, model, projection, costs in options:
        cost = float(costs.total_discounted.sum())
        overdue = float(weighted(model, projection)[0].sum())
        each = None
        if rows:
            fewer = rows[0].weighted_case_months - overdue
            some = fewer > NO_FEWER * max(1.0, rows[0].weighted_case_months)
            each = (cost - rows[0].cost_discounted) / fewer if some else None
        rows.append(
            OptionRow(
                option=name,
                cost_discounted=cost,
                done=float(projection.done[0].sum()),
                on_time=float(projection.on_time()[0].sum()),
                outstanding_end=float(projection.outstanding[0, -1].sum()),
                joining=float(costs.joining.sum()),
                people_events=float(costs.people_events.sum()),
                overdue_case_months=float(projection.outstanding[0].sum()),
                weighted_case_months=overdue,
                cost_per_case_month=each,
            )
        )
    return tuple(rows)


def _central(number: Number) -> float:
    """Return the number of the central case."""
    return float(np.ravel(number)[0])


def overtime_by_grade(model: Model, in_post: Array, hours: Array) -> Array:
    """Return what overtime costs, spread over a team's grades by casework in post.

    Where nobody in post carries cases it is booked to the first grade that ever may, else to the
    first.

    Returns:
        In £. Shape: [month, grade], [month, team] → [month, grade].
    """
    people = model.people
    cost = hours * people.overtime_cost[0]
    weights = people.share[0] * in_post
    spread = np.zeros_like(weights)
    for team in range(len(model.teams)):
        mine = np.flatnonzero(people.team_of == team)
        carry = [g for g in mine if people.share[0, :, g].max() > 0]
        whole = weights[:, mine].sum(axis=1)
        some = whole > 0
        spread[:, mine] = weights[:, mine] / np.where(some, whole, 1.0)[:, None]
        spread[~some, carry[0] if carry else mine[0]] = 1.0
    by_grade: Array = spread * cost[:, people.team_of]
    return by_grade


def _funders(model: Model, team: str) -> list[tuple[str | None, float]]:
    """Return who pays for a team and which share of it."""
    return list(model.money.shares.get(team, {}).items()) or [(None, 1.0)]


def _posts_rows(model: Model, costs: Costs, baseline: Costs, option: str) -> Iterator[BudgetRow]:
    """Yield the rows of posts; grades that only the baseline has come last."""
    calendar = model.calendar
    grades = tuple(dict.fromkeys((*costs.grades, *baseline.grades)))
    gone = np.zeros(len(grades) - len(costs.grades))
    above = _above(costs, baseline, costs.total_real, baseline.total_real)
    ends = _ending(costs, baseline)
    a_month = np.zeros(ends.shape)
    a_month[:, : len(costs.grades)] = model.people.cost[0] / 12
    fixed_term = ends * a_month
    recurring = above - fixed_term
    one_off = _above(costs, baseline, costs.joining, baseline.joining)
    before = model.people.undated_posts[0]
    for place, year in enumerate(calendar.years):
        months = np.flatnonzero(calendar.year_of == place)
        a_year = model.people.cost[0, months]
        started = costs.posts[months] - before
        before = costs.posts[months[-1]]
        part_year = np.append((started * a_year / 12).sum(axis=0), gone)
        full_year = np.append(started[-1] * a_year[-1], gone)
        for g, (team, grade) in enumerate(grades):
            for funder, share in _funders(model, team):
                yield BudgetRow(
                    option=option,
                    year=year,
                    team=team,
                    grade=grade,
                    part_year=float(share * part_year[g]),
                    full_year_effect=float(share * full_year[g]),
                    recurring=float(share * recurring[months, g].sum()),
                    one_off=float(share * one_off[months, g].sum()),
                    term_end=None,
                    funder=funder,
                    share=share,
                    displaced_from=None,
                    event=None,
                    fixed_term=float(share * fixed_term[months, g].sum()),
                )


def ending(added: Array) -> Array:
    """Return the posts above a baseline's that do not last to the last month.

    Below 0 for posts that the baseline has and that come back.

    Args:
        added: posts above the baseline's. Shape: [month, grade].
    """
    covered = added[::-1]
    more = np.minimum.accumulate(np.maximum(0.0, covered))
    fewer = np.maximum.accumulate(np.minimum(0.0, covered))
    found: Array = (covered - more - fewer)[::-1]
    return found


def _ending(costs: Costs, baseline: Costs) -> Array:
    """Return the posts above the baseline's that end within the months that both cover."""
    added = _above(costs, baseline, costs.posts, baseline.posts)
    there = np.isin(costs.calendar.labels, baseline.calendar.labels)
    found = np.zeros_like(added)
    found[there] = ending(added[there])
    return found


def _above(costs: Costs, baseline: Costs, here: Array, there: Array) -> Array:
    """Return an amount above the baseline's, in the months that both cover; 0 in the others.

    Returns:
        In £. Shape: [month, grade]: months of the option, grades of the option and then of the
        baseline alone.
    """
    grades = list(dict.fromkeys((*costs.grades, *baseline.grades)))
    months_there = {label: t for t, label in enumerate(baseline.calendar.labels)}
    columns = [grades.index(key) for key in baseline.grades]
    above = np.zeros((len(here), len(grades)))
    for t, label in enumerate(costs.calendar.labels):
        if label in months_there:
            above[t, : len(costs.grades)] = here[t]
            above[t, columns] -= there[months_there[label]]
    return above


def _event_rows(model: Model, option: str) -> Iterator[BudgetRow]:
    """Yield the rows of people events, in file order, of the years that they touch."""
    settings = model.scenario.settings
    for event in settings.people:
        first = month_index(settings, event.from_)
        ends = event.until is not None
        last = month_index(settings, event.until) if event.until else model.months - 1
        happening = range(first, min(last + 1, model.months))
        grade = model.grades.index(GradeKey(event.team, event.grade))
        fte = _central(amount(event.fte)) if event.funded else 0.0
        a_year = fte * model.people.cost[0, :, grade]
        for place in sorted({int(model.calendar.year_of[t]) for t in happening}):
            months = [t for t in happening if model.calendar.year_of[t] == place]
            cost = float(a_year[months].sum()) / 12
            starts = first in months
            carries_on = float(a_year[months[-1]]) if starts and not ends else 0.0
            for funder, share in _funders(model, event.team):
                yield BudgetRow(
                    option=option,
                    year=model.calendar.years[place],
                    team=event.team,
                    grade=event.grade,
                    part_year=share * cost if starts else 0.0,
                    full_year_effect=share * carries_on,
                    recurring=0.0 if ends else share * cost,
                    one_off=share * cost if ends else 0.0,
                    term_end=f"{event.until:%Y-%m}" if event.until else None,
                    funder=funder,
                    share=share,
                    displaced_from=event.displaced_from,
                    event=event.why,
                )
