"""What the parts of a report are written from: a plan, its tables, and the names of things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from string import ascii_uppercase

import numpy as np
import pandas as pd

from capacity.engine.model import Array, Model, RowKey
from capacity.engine.projection import falls_due
from capacity.report.blocks import Cell, ChartLine, Sum, Term
from capacity.risk.recommended import Recommended
from capacity.settings import Settings
from capacity.staffing import costs
from capacity.staffing.costs import YearCosts
from capacity.stages import Option, PlanResult
from capacity.why import decisions, events, headlines
from capacity.why.decisions import Decision
from capacity.why.events import Course
from capacity.why.headlines import Headline, Headlines, Service, Standing
from capacity.wording import MONTHS, begun, inside

OPTIONS = {
    "today": "No posts added",
    "sized": "Team needed",
    "fixed_plan": "Posts fixed now",
    "reviewed": "Recommended plan",
}
"""What the options of a plan are called in papers."""

AMOUNTS = ("total_real", "total_cash", "total_discounted", "joining", "people_events")
"""Columns of the `costs` table that reports add up."""


@dataclass(frozen=True)
class Way:
    """One way to staff that a report speaks of, and what it is called there."""

    key: str  # `today`, `sized`; with the scenario's name where there are several
    label: str
    plan: PlanResult
    option: Option

    @cached_property
    def years(self) -> tuple[YearCosts, ...]:
        """Rows of its `costs` table."""
        return costs.yearly(self.plan.model, self.option.costs, self.key)


@dataclass(frozen=True)
class Start:
    """Posts of a grade that begin (or, below 0, end) in a month.

    Unit: posts, £ per year.
    """

    month: int
    team: str
    grade: str
    posts: float
    cost: float  # £ per year each
    lead: int  # months to fill one


@dataclass(frozen=True)
class FullYearSums:
    """What is asked for in a full year, as `costs.FullYear`, in sums that the workbook follows."""

    year: str
    posts: Sum
    posts_real: Sum
    posts_cash: Sum
    overtime_real: Sum
    overtime_cash: Sum


@dataclass(frozen=True)
class Facts:
    """A plan as the parts of a report read it."""

    plan: PlanResult
    tables: Mapping[str, pd.DataFrame]
    run_id: str
    others: tuple[PlanResult, ...] = field(default=())
    advice: Recommended | None = None  # what is recommended, where that was worked out

    @cached_property
    def said(self) -> Headlines:
        """What the plan comes to."""
        return headlines.read_off(self.plan)

    @property
    def model(self) -> Model:
        """The model that was planned."""
        return self.plan.model

    @property
    def settings(self) -> Settings:
        """The settings at the start."""
        return self.plan.scenario.settings

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the months."""
        return self.model.calendar.labels

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Every way to staff: this plan's, then those of other scenarios."""
        return ways(self.plan, self.others)

    @property
    def last(self) -> Headline:
        """The team needed, or current posts where sizing was left out."""
        return self.said.options[-1]

    @property
    def source(self) -> str:
        """Where figures of this plan come from, in words."""
        return f"scenario {self.plan.scenario.name}, projected by capacity"

    def table(self, name: str) -> pd.DataFrame | None:
        """Return an output table, none where it is missing or empty."""
        found = self.tables.get(name)
        return None if found is None or found.empty else found

    @cached_property
    def lead(self) -> Service | None:
        """The duty to speak of first: that of the first standard missed, else the first judged."""
        rules = [(one.rule, bool(one.missed)) for one in self.said.today.standings]
        for wanted in (True, False):
            for rule, lost in rules:
                key = self.settings.about(rule)
                if key and (lost or not wanted):
                    for one in self.said.today.services:
                        if (one.group, one.duty) == key and one.ends:
                            return one
        return next((one for one in self.said.today.services if one.ends), None)

    def service(self, option: Headline, like: Service) -> Service:
        """Return the same duty in another option."""
        key = (like.group, like.duty)
        return next(one for one in option.services if (one.group, one.duty) == key)

    def rows_of(self, service: Service) -> list[int]:
        """Return the places of an activity's tiers among the rows of the model."""
        wanted = (service.group, service.duty)
        return [
            n
            for n, key in enumerate(self.model.rows)
            if (self.model.group_of(key), key.duty) == wanted
        ]

    @cached_property
    def falls_due(self) -> Array:
        """What falls due if all is done in time: demand. Shape: [month, row]."""
        found: Array = falls_due(self.model, self.plan.caseload)[0]
        return found

    @property
    def hours_due(self) -> Array:
        """Hours that demand takes, without other work. Shape: [month, team]."""
        duties = self.model.duties
        hours = self.falls_due * duties.hours[0]
        mine = duties.team_of[:, None] == np.arange(len(self.model.teams))
        found: Array = hours @ mine.astype(float)
        return found

    @cached_property
    def full_year(self) -> FullYearSums:
        """What is asked for above no posts added in a full year, as sums of the workbook."""
        last, today = self.plan.options[-1], self.plan.today
        found = costs.full_year(self.model, last.costs, today.costs)
        end, grades = self.model.months - 1, range(len(self.model.grades))
        months = range(max(0, end - 11), end + 1)
        name = self.last.name
        more = [self.more_posts(g, end) for g in grades]
        asked = [product(one, self.at(name, "budgeted", g, end)) for g, one in enumerate(more)]
        real = [product(asked[g], self.at(name, "post_rate", g, end)) for g in grades]
        extra = [times(self.more_overtime(g, months), 12 / len(months)) for g in grades]
        in_cash = [product(asked[g], self.at(name, "cash_of_post", g, end)) for g in grades]
        extra_cash = [product(extra[g], self.at(name, "cash_of_overtime", g, end)) for g in grades]
        return FullYearSums(
            year=found.year,
            posts=Sum(found.posts, plus(more).terms),
            posts_real=Sum(found.posts_real, plus(real).terms),
            posts_cash=Sum(found.posts_cash, plus(in_cash).terms),
            overtime_real=Sum(found.overtime_real, plus(extra).terms),
            overtime_cash=Sum(found.overtime_cash, plus(extra_cash).terms),
        )

    def at(self, key: str, column: str, g: int, month: int) -> Sum:
        """Return a figure of a grade in a month, by the names of `Term`."""
        model, option = self.model, self.way(key).option
        if column == "posts_at":
            value = float(option.staff.posts[0, month, g])
        elif column == "post_rate":
            value = float(model.people.cost[0, month, g])
        elif column == "overtime_at":
            value = float(option.costs.overtime[month, g])
        elif column == "budgeted":
            value = 1 - float(np.ravel(model.money.vacancy_factor)[0])
        else:
            year = int(model.calendar.year_numbers[-1])
            cash = column == "cash_of_post"
            value = (costs.cash_of_post if cash else costs.cash_of_overtime)(model, g, year)
        team, grade = model.grades[g]
        where = (("option", key), ("team", team), ("grade", grade), ("month", self.labels[month]))
        return Sum(value, (Term(column, where),))

    def more_posts(self, g: int, month: int) -> Sum:
        """Return the posts of a grade above no posts added in a month."""
        return minus(
            self.at(self.last.name, "posts_at", g, month), self.at("today", "posts_at", g, month)
        )

    def more_overtime(self, g: int, months: Iterable[int]) -> Sum:
        """Return what overtime of a grade costs above no posts added in some months."""
        if self.last.name == "today" or not self.model.people.overtime_cost.any():
            return Sum(0.0, ())
        name = "overtime_at"
        last = self.last.name
        return plus(minus(self.at(last, name, g, t), self.at("today", name, g, t)) for t in months)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """By when each added post must be approved."""
        return decisions.decisions(self.plan)

    def course(self, service: Service, option: Headline) -> Course | None:
        """Return what happens to an activity in an option of this plan."""
        return events.course(service, self.standings(service, option))

    def standings(self, service: Service, option: Headline) -> tuple[Standing, ...]:
        """Return how the standards on an activity fare in an option."""
        key = (service.group, service.duty)
        return tuple(
            one for one in option.standings if one.judged and self.settings.about(one.rule) == key
        )

    # Names -----------------------------------------------------------------------------

    def label(self, option: Option) -> str:
        """Return what an option is called in a table."""
        return OPTIONS[option.name]

    def whose(self, option: Option) -> str:
        """Return an option as it stands in a sentence, `with …`."""
        words = inside(self.label(option))
        return f"with {words}" if option.name == "today" else f"with the {words}"

    def team(self, name: str) -> str:
        """Return a team's name as people know it."""
        return headlines.team_label(self.model, name)

    def grade(self, team: str, grade: str) -> str:
        """Return a grade's name as people know it."""
        return begun(self.settings.teams[team].grades[grade].label or _plain(grade))

    def cohort(self, name: str) -> str:
        """Return a cohort's name as people know it."""
        return (self.settings.cohorts[name].label or _plain(name)) if name else ""

    def tier(self, cohort: str, tier: str) -> str:
        """Return a tier's name as people know it."""
        if not cohort:
            return begun(self.settings.tier_label(cohort, tier))
        return begun(self.settings.cohorts[cohort].tiers[tier].label or _plain(tier))

    def duty(self, cohort: str, duty: str) -> str:
        """Return a duty's name as people know it."""
        label = self.settings.task_label(cohort, duty)
        return _plain(duty) if label == duty else begun(label)

    def row(self, key: RowKey) -> str:
        """Return a duty of a tier, or a class of a queue, in words; and whose, where it matters."""
        if not key.cohort:
            name = self.duty(key.cohort, key.duty)
            if self.settings.queues[key.duty].classes:
                name += f", {self.tier(key.cohort, key.tier)}"
            whose = self.settings.whose_label(None, key.duty)
            return f"{name} ({whose})" if len(self.settings.teams) > 1 else name
        name = f"{self.duty(key.cohort, key.duty)}, {self.tier(key.cohort, key.tier)}"
        return f"{name} ({self.cohort(key.cohort)})" if len(self.settings.cohorts) > 1 else name

    def lead_of(self, team: str, grade: str) -> int:
        """Return the months that it takes to fill a place of a grade, the longest of the plan."""
        place = [tuple(key) for key in self.model.grades].index((team, grade))
        lead = np.asarray(self.model.people.lead).reshape(-1, len(self.model.grades))
        return int(lead[:, place].max())

    # People and money ------------------------------------------------------------------

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """Posts that sizing adds or takes, in order of their months."""
        change = np.diff(self.said.added, axis=0, prepend=0.0)
        found = []
        for month, grade in np.argwhere(np.abs(change) > headlines.SAME).tolist():
            team, name = self.model.grades[grade]
            people = self.model.people
            cost = float(people.cost[0, month, grade])
            lead = int(np.asarray(people.lead).reshape(-1, len(self.model.grades))[month, grade])
            found.append(Start(month, team, name, float(change[month, grade]), cost, lead))
        return tuple(found)

    def money(self, way: Way | str, column: str, **where: str) -> Sum:
        """Return an amount of the `costs` table, added up over the rows that match."""
        one = self.way(way) if isinstance(way, str) else way
        return money(one, column, **where)

    def more(self, column: str, **where: str) -> Sum:
        """Return what the last way of this plan costs above current posts."""
        first, last = (
            self.money("today", column, **where),
            self.money(self.last.name, column, **where),
        )
        return minus(last, first)

    def way(self, key: str) -> Way:
        """Return a way to staff by its key."""
        return next(one for one in self.ways if one.key == key)


def ways(plan: PlanResult, others: Sequence[PlanResult] = ()) -> tuple[Way, ...]:
    """Return every way to staff of some plans, by keys that tell them apart."""
    return tuple(_ways((plan, *others)))


def _ways(plans: Sequence[PlanResult]) -> Iterator[Way]:
    for place, plan in enumerate(plans):
        for option in plan.options:
            words = OPTIONS[option.name]
            if len(plans) == 1:
                yield Way(option.name, words, plan, option)
            else:
                label = f"{letter(place)}: {inside(words)}"
                yield Way(f"{plan.scenario.name} {option.name}", label, plan, option)


def letter(place: int) -> str:
    """Return what a scenario is called in an options paper: A, B, … Z, A2, B2, … in turn."""
    again = place // 26
    return f"{ascii_uppercase[place % 26]}{again + 1 if again else ''}"


def money(way: Way, column: str, **where: str) -> Sum:
    """Return an amount of a way's `costs` table, added up over the rows that match."""
    value = sum(
        getattr(row, column)
        for row in way.years
        if all(getattr(row, name) == wanted for name, wanted in where.items())
    )
    return Sum(float(value), (Term(column, (("option", way.key), *where.items())),))


def posts_at_end(way: Way) -> Sum:
    """Return the posts of a way to staff in its last month."""
    model, posts = way.plan.model, way.option.staff.posts[0, -1]
    month = model.calendar.labels[-1]
    terms = tuple(
        Term("posts_at", (("option", way.key), ("team", team), ("grade", grade), ("month", month)))
        for team, grade in model.grades
    )
    return Sum(float(posts.sum()), terms)


def minus(a: Sum, b: Sum) -> Sum:
    """Return the difference of two sums."""
    return Sum(a.value - b.value, (*a.terms, *times(b, -1.0).terms))


def plus(parts: Iterable[Sum]) -> Sum:
    """Return several sums added up."""
    every = list(parts)
    return Sum(sum(one.value for one in every), tuple(t for one in every for t in one.terms))


def product(a: Sum, b: Sum) -> Sum:
    """Return a sum times a single figure."""
    (by,) = b.terms
    terms = tuple(Term(t.column, t.where, t.factor, (*t.times, by)) for t in a.terms)
    return Sum(a.value * b.value, terms)


def times(a: Sum, factor: float) -> Sum:
    """Return a sum times a factor, such as a partner's share."""
    terms = tuple(Term(one.column, one.where, factor * one.factor, one.times) for one in a.terms)
    return Sum(factor * a.value, terms)


def as_at(plan: PlanResult) -> str:
    """Return the day that the opening position is of: the last before the first month."""
    day = plan.scenario.settings.start.replace(day=1) - timedelta(days=1)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def year_ends(labels: Sequence[str]) -> list[int]:
    """Return the places of the first month, every March and the last month."""
    marches = [n for n, label in enumerate(labels) if label.endswith("-03")]
    if len(labels) <= 12:
        marches = list(range(2, len(labels) - 1, 3))
    return sorted({0, *marches, len(labels) - 1})


def lines_of(
    labels: Sequence[str], drawn: Sequence[ChartLine], places: Sequence[int]
) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows of the table under a chart of lines: some months, every series.

    Returns:
        A row for each place.
    """
    return tuple((labels[t], *(one.values[t] for one in drawn)) for t in places)


def _plain(name: str) -> str:
    """Return a name of a file's key as words."""
    return name.replace("_", " ").capitalize()
