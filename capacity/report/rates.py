"""The workbook's rates: each written once, yellow where it may be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.engine.model import Array, Model
from capacity.plan import Plan
from capacity.report.facts import Facts
from capacity.report.ledgers import first_day, grade_name, team_name

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

FINANCE = ("Scenario", "Discount, real", "Pay award a year", "Vacancy factor", "Price base")
POSTS = ("Scenario", "Team", "Grade", "From", "Cost of a post a year, £", "Joining cost, £")
OVERTIME = ("Scenario", "Team", "", "From", "Overtime, £ an hour")


@dataclass(frozen=True)
class Rates:
    """Rows of the sheet Rates, from 1, by the identity of a plan.

    Shape: one a plan; a plan, grade or team, and month. Unit: none. Source: none. Raises: nothing.
    """

    finance: dict[int, int]
    grades: dict[tuple[int, int, int], int]
    overtime: dict[tuple[int, int, int], int]


def write(sheet: Any, styles: Styles, facts: Facts) -> Rates:
    """Write every rate, with a row more where it changes from a month.

    Shape: see Rates. Unit: £, shares. Source: docs/method.md, Money. Raises: nothing.
    """
    plans = list({id(way.plan): way.plan for way in facts.ways}.values())
    title = "Rates: change a yellow cell and every sheet of costs follows"
    look = styles.get(bold=True, font_size=12, font_color=styles.colour)
    sheet.write_string(0, 0, title, look)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 8, 16)
    writer = _Writer(sheet, styles)
    found = Rates(_finance(writer, plans), _grades(writer, plans), _overtime(writer, plans))
    sheet.print_area(0, 0, writer.row, 5)
    sheet.freeze_panes(1, 0)
    return found


def full(series: Array, model: Model) -> Array:
    """Return the central case of a series with a value in every month.

    Shape: [month, other]. Unit: as the series. Source: none. Raises: nothing.
    """
    return np.broadcast_to(series[0], (model.months, series.shape[-1]))


class _Writer:
    """Writes one table below the other."""

    def __init__(self, sheet: Any, styles: Styles) -> None:
        self.sheet, self.styles, self.row = sheet, styles, 0

    def headings(self, words: Sequence[str]) -> None:
        """Leave a row free and write headings."""
        self.row += 2
        for place, heading in enumerate(words):
            self.sheet.write_string(self.row, place, heading, self.styles.heading)
        self.sheet.set_row(self.row, 30)

    def from_month(self, names: Sequence[str], label: str, amounts: Sequence[float]) -> None:
        """Write a row of amounts that hold from a month on."""
        self.row += 1
        for place, name in enumerate(names):
            self.sheet.write_string(self.row, place, name, self.styles.get())
        self.sheet.write_datetime(self.row, 3, first_day(label), self.styles.month)
        style = self.styles.get(num_format="£#,##0.00", **self.styles.input)
        for place, amount in enumerate(amounts, start=4):
            self.sheet.write_number(self.row, place, float(amount), style)


def _finance(writer: _Writer, plans: Sequence[Plan]) -> dict[int, int]:
    """Write discount rate, pay award, vacancy factor and price base of each scenario."""
    writer.headings(FINANCE)
    given, sheet, found = writer.styles.input, writer.sheet, {}
    for plan in plans:
        writer.row += 1
        money = plan.model.money
        sheet.write_string(writer.row, 0, plan.scenario.settings.title, writer.styles.get())
        shares = (money.discount_rate, money.pay_award, money.vacancy_factor)
        style = writer.styles.get(num_format="0.00 %", **given)
        for place, value in enumerate(shares, start=1):
            sheet.write_number(writer.row, place, float(np.ravel(value)[0]), style)
        style = writer.styles.get(num_format="0", **given)
        sheet.write_number(writer.row, 4, money.price_base, style)
        found[id(plan)] = writer.row + 1
    return found


def _grades(writer: _Writer, plans: Sequence[Plan]) -> dict[tuple[int, int, int], int]:
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
                        (*names, grade_name(plan, team, grade)), label, both[t].tolist()
                    )
                found[id(plan), g, t] = writer.row + 1
    return found


def _overtime(writer: _Writer, plans: Sequence[Plan]) -> dict[tuple[int, int, int], int]:
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
                    writer.from_month(names, label, (rate[t, n],))
                found[id(plan), n, t] = writer.row + 1
    return found
