"""The workbook's rates: each written once, yellow where it may be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from capacity.engine.model import FIRST_MONTH_OF_YEAR, Array, Model, year_name
from capacity.report.facts import Facts
from capacity.report.ledgers import first_day, grade_name, team_name
from capacity.staffing import costs
from capacity.stages import PlanResult

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

FINANCE = ("Scenario", "Discount, real", "Pay award per year", "Vacancy factor", "Price base")
AWARDS = ("Scenario", "Pay awards of", "", "From", "Pay award", "Pay ÷ pay of the price base")
POSTS = ("Scenario", "Team", "Grade", "From", "Cost of a post, £ per year", "Joining cost, £")
OVERTIME = ("Scenario", "Team", "", "From", "Overtime, £ per hour")
KINDS = {"officer": "Police officers", "staff": "Police staff"}

SHARES = ((0.0, 0.2), (-0.1, 0.25), (0.0, 0.9))
"""Plausible discount rates, pay awards and vacancy factors."""
MOST_POST, MOST_JOINER, MOST_HOUR = 500_000.0, 200_000.0, 1_000.0
"""More than any post costs a year, a joiner once, or an hour of overtime."""


@dataclass(frozen=True)
class Rates:
    """Rows of the sheet Rates, from 1, by the identity of a plan, a grade or team, and a month."""

    finance: dict[int, int]
    pay: dict[tuple[int, int, int], int]
    grades: dict[tuple[int, int, int], int]
    overtime: dict[tuple[int, int, int], int]
    last_year: dict[tuple[int, int], int]  # by plan and grade: its mean pay of the last year
    inputs: tuple[str, ...]  # ranges of cells that may be changed


def write(sheet: Any, styles: Styles, facts: Facts) -> Rates:
    """Write every rate, with a row more where it changes from a month."""
    plans = list({id(way.plan): way.plan for way in facts.ways}.values())
    title = "Rates: change a yellow cell and every sheet of costs follows"
    look = styles.get(bold=True, font_size=12, font_color=styles.colour)
    sheet.write_string(0, 0, title, look)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 8, 16)
    writer = _RatesWriter(sheet, styles)
    finance = _finance(writer, plans)
    pay, last_year = _awards(writer, plans, finance)
    grades, overtime = _grades(writer, plans), _overtime(writer, plans)
    found = Rates(finance, pay, grades, overtime, last_year, tuple(writer.inputs))
    sheet.print_area(0, 0, writer.row, 5)
    sheet.freeze_panes(1, 0)
    return found


def full(series: Array, model: Model) -> Array:
    """Return the central case of a series with a value in every month.

    Returns:
        Shape: [month, other].
    """
    return np.broadcast_to(series[0], (model.months, series.shape[-1]))


def allow(sheet: Any, row: int, place: int, ends: tuple[float, float], what: str) -> None:
    """Let a cell take numbers between two ends only, and say so where another is typed."""
    low, high = ends
    said = f"{what} between {low:,.12g} and {high:,.12g}"
    sheet.data_validation(
        row,
        place,
        row,
        place,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": low,
            "maximum": high,
            "error_title": "Not a plausible number",
            "error_message": f"{said}, such as 0.03 or 3%." if high <= 1 else f"{said}.",
        },
    )


class _RatesWriter:
    """Writes one table below the other."""

    def __init__(self, sheet: Any, styles: Styles) -> None:
        self.sheet, self.styles, self.row = sheet, styles, 0
        self.inputs: list[str] = []

    def headings(self, words: Sequence[str]) -> None:
        """Leave a row free and write headings."""
        self.row += 2
        for place, heading in enumerate(words):
            self.sheet.write_string(self.row, place, heading, self.styles.heading)
        self.sheet.set_row(self.row, 30)

    def from_month(
        self, names: Sequence[str], label: str, amounts: Sequence[float], most: Sequence[float]
    ) -> None:
        """Write amounts that hold from a month on, each with the most that is plausible."""
        self.named(names, label)
        style = self.styles.get(num_format="£#,##0.00", **self.styles.input)
        for place, (amount, limit) in enumerate(zip(amounts, most, strict=True), start=4):
            self.given(place, float(amount), style, (0.0, limit), "An amount in £")

    def named(self, names: Sequence[str], label: str) -> None:
        """Begin a row: whose it is, and from which month."""
        self.row += 1
        for place, name in enumerate(names):
            self.sheet.write_string(self.row, place, name, self.styles.get())
        self.sheet.write_datetime(self.row, 3, first_day(label), self.styles.month)

    def given(
        self, place: int, value: float, style: Any, ends: tuple[float, float], what: str
    ) -> None:
        """Write a number that may be changed, within ends wide enough for the number there."""
        self.sheet.write_number(self.row, place, value, style)
        self.inputs.append(xl_rowcol_to_cell(self.row, place))
        allow(self.sheet, self.row, place, (min(ends[0], value), max(ends[1], value)), what)


def _finance(writer: _RatesWriter, plans: Sequence[PlanResult]) -> dict[int, int]:
    """Write discount rate, pay award, vacancy factor and price base of each scenario."""
    writer.headings(FINANCE)
    given, sheet, found = writer.styles.input, writer.sheet, {}
    for plan in plans:
        writer.row += 1
        money = plan.model.money
        sheet.write_string(writer.row, 0, plan.scenario.settings.title, writer.styles.get())
        award = plan.scenario.settings.finance.pay_award_per_year.value
        shares = (money.discount_rate, award, money.vacancy_factor)
        style = writer.styles.get(num_format="0.00%", **given)
        for place, (value, ends) in enumerate(zip(shares, SHARES, strict=True), start=1):
            writer.given(place, float(np.ravel(value)[0]), style, ends, "A rate")
        sheet.write_string(writer.row, 4, year_name(money.price_base), writer.styles.get())
        found[id(plan)] = writer.row + 1
    return found


def _awards(
    writer: _RatesWriter, plans: Sequence[PlanResult], finance: dict[int, int]
) -> tuple[dict[tuple[int, int, int], int], dict[tuple[int, int], int]]:
    """Write each pay award and the pay after it.

    Returns:
        The row of each grade's pay by month, and of its mean pay in the last financial year.
    """
    writer.headings(AWARDS)
    writer.sheet.set_row(writer.row, 45)
    found, last_year = {}, {}
    for plan in plans:
        money, calendar = plan.model.money, plan.model.calendar
        for kind in dict.fromkeys(money.kinds):
            rows = _awards_of(writer, plan, kind, finance[id(plan)])
            mean = _last_year(writer, plan, kind, rows)
            for g in (n for n, one in enumerate(money.kinds) if one == kind):
                last_year[id(plan), g] = mean
                for t in range(calendar.months):
                    found[id(plan), g, t] = max(row for month, row in rows if month <= t)
    return found, last_year


def _last_year(
    writer: _RatesWriter, plan: PlanResult, kind: str, rows: Sequence[tuple[int, int]]
) -> int:
    """Write the mean pay of the last financial year, whose cash is asked for; return its row."""
    calendar = plan.model.calendar
    first = calendar.place(f"{int(calendar.year_numbers[-1]):04d}-{FIRST_MONTH_OF_YEAR:02d}")
    top = rows[0][1]
    months = range(first, first + 12)
    held = [max([row for month, row in rows if month <= t], default=top) for t in months]
    parts = "+".join(f"{held.count(row)}*F{row}" for row in dict.fromkeys(held))
    title = plan.scenario.settings.title
    writer.named((title, KINDS[kind], f"mean of {calendar.years[-1]}"), calendar.label(first))
    level = writer.styles.get(num_format="0.0000")
    value = costs.pay_of_last_year(plan.model, kind)
    writer.sheet.write_formula(writer.row, 5, f"=1/({len(held)})*({parts})", level, value)
    return writer.row + 1


def _awards_of(
    writer: _RatesWriter, plan: PlanResult, kind: str, finance: int
) -> list[tuple[int, int]]:
    """Write the pay awards of a kind; return the month and row, from 1, of each level of pay."""
    money, calendar = plan.model.money, plan.model.calendar
    awards = money.awards[kind]
    names = plan.scenario.settings.title, KINDS[kind]
    level = writer.styles.get(num_format="0.0000")
    first = min(0, money.priced_at)
    writer.named(names, calendar.label(first))
    top = writer.row + 1
    earlier = sum(one.month <= money.priced_at for one in awards)
    base = 1.0
    for one in awards[:earlier]:
        base /= 1 + float(np.ravel(one.rate)[0])
    factors = "*".join(f"(1+E{top + 1 + n})" for n in range(earlier))
    if factors:
        writer.sheet.write_formula(writer.row, 5, f"=1/({factors})", level, base)
    else:
        writer.sheet.write_number(writer.row, 5, base, level)
    rows = [(first, top)]
    look = writer.styles.get(num_format="0.00%", **writer.styles.input)
    follows = writer.styles.get(num_format="0.00%")
    for one in awards:
        rate = float(np.ravel(one.rate)[0])
        base *= 1 + rate
        writer.named(names, calendar.label(one.month))
        n = writer.row + 1
        if one.known:
            writer.given(4, rate, look, SHARES[1], "A pay award")
        else:
            writer.sheet.write_formula(writer.row, 4, f"=N(C{finance})", follows, rate)
        writer.sheet.write_formula(writer.row, 5, f"=F{n - 1}*(1+N(E{n}))", level, base)
        rows.append((one.month, n))
    return rows


def _grades(writer: _RatesWriter, plans: Sequence[PlanResult]) -> dict[tuple[int, int, int], int]:
    """Write what a post and a joiner of each grade cost."""
    writer.headings(POSTS)
    found = {}
    for plan in plans:
        model = plan.model
        cost, joining = full(model.people.cost, model), full(model.people.joining_cost, model)
        for g, (team, grade) in enumerate(model.grades):
            both = np.stack([cost[:, g], joining[:, g]], axis=1)
            names = plan.scenario.settings.title, team_name(plan, team)
            for t, label in enumerate(model.calendar.labels):
                if t == 0 or (both[t] != both[t - 1]).any():
                    writer.from_month(
                        (*names, grade_name(plan, team, grade)),
                        label,
                        both[t].tolist(),
                        (MOST_POST, MOST_JOINER),
                    )
                found[id(plan), g, t] = writer.row + 1
    return found


def _overtime(writer: _RatesWriter, plans: Sequence[PlanResult]) -> dict[tuple[int, int, int], int]:
    """Write what an hour of overtime costs in each team."""
    writer.headings(OVERTIME)
    found = {}
    for plan in plans:
        model = plan.model
        rate = full(model.people.overtime_cost, model)
        for n, team in enumerate(model.teams):
            names = plan.scenario.settings.title, team_name(plan, team)
            for t, label in enumerate(model.calendar.labels):
                if t == 0 or rate[t, n] != rate[t - 1, n]:
                    writer.from_month(names, label, (rate[t, n],), (MOST_HOUR,))
                found[id(plan), n, t] = writer.row + 1
    return found
