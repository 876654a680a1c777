"""The workbook's rates: each written once, yellow where it may be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from capacity.engine.model import Array, Model, year_name
from capacity.report.facts import Facts
from capacity.report.ledgers import first_day, grade_name, team_name
from capacity.staffing import costs
from capacity.stages import PlanResult

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

FINANCE = (
    *("Scenario", "Discount, real", "Pay award per year", "Vacancy factor", "Price base"),
    "Inflation per year",
)
AWARDS = ("Scenario", "Pay awards of", "", "From", "Pay award", "Pay ÷ pay of the price base")
POSTS = (
    *("Scenario", "Team", "Grade", "From", "Pay, or the whole cost, £ per year"),
    *("Pension, of pay", "National Insurance, of pay above threshold", "Threshold, £"),
    *("Apprenticeship levy, of pay", "Allowances, £ per year", "Training, £ per year"),
    *("Non-pay, £ per year", "Cost of a post at constant pay, £ per year", "Joining cost, £"),
    "Ending cost, £",
)
CASH_POSTS = (
    *("Scenario", "Team", "Grade", "Financial year from", "", "", "", "", "", "", "", ""),
    "Cost of a post in cash, mean of the last financial year",
)
OVERTIME = ("Scenario", "Team", "", "From", "Overtime, £ per hour", "On-costs of overtime")
KINDS = {"officer": "Police officers", "staff": "Police staff"}

SHARES = ((0.0, 0.2), (-0.1, 0.25), (0.0, 0.9))
"""Plausible discount rates, pay awards and vacancy factors."""
MOST_POST, MOST_JOINER, MOST_HOUR = 500_000.0, 200_000.0, 1_000.0
"""More than any post costs a year, a joiner once, or an hour of overtime."""
BUILD_UP = (MOST_POST, 1.0, 0.5, 100_000.0, 0.1, 200_000.0, 100_000.0, 200_000.0)
"""More than any part of a post: those of `rates_of_post`, in order."""
IS_SHARE = (False, True, True, False, True, False, False, False)
"""Which of them are shares."""


@dataclass(frozen=True)
class Rates:
    """Rows of the sheet Rates, from 1, by the identity of a plan, a grade or team, and a month."""

    finance: dict[int, int]
    pay: dict[tuple[int, int, int], int]
    grades: dict[tuple[int, int, int], int]
    overtime: dict[tuple[int, int, int], int]
    last_year: dict[tuple[int, int], int]  # by plan and grade: its mean pay of the last year
    last_cost: dict[tuple[int, int], int]  # by plan and grade: its post in cash in the last year
    inputs: tuple[str, ...]  # ranges of cells that may be changed


def write(sheet: Any, styles: Styles, facts: Facts) -> Rates:
    """Write every rate, with a row more where it changes from a month."""
    plans = list({id(way.plan): way.plan for way in facts.ways}.values())
    title = "Rates: change a yellow cell and every sheet of costs follows"
    look = styles.get(bold=True, font_size=12, font_color=styles.colour)
    sheet.write_string(0, 0, title, look)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(POSTS) - 1, 14)
    writer = _RatesWriter(sheet, styles)
    finance = _finance(writer, plans)
    pay, last_year = _awards(writer, plans, finance)
    grades, last_cost = _grades(writer, plans, pay, finance)
    overtime = _overtime(writer, plans)
    found = Rates(finance, pay, grades, overtime, last_year, last_cost, tuple(writer.inputs))
    sheet.print_area(0, 0, writer.row, len(POSTS) - 1)
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
    """Write discount rate, pay award, vacancy factor, price base and inflation of each scenario."""
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
        inflation = float(np.ravel(money.inflation)[0])
        writer.given(5, inflation, style, SHARES[1], "A rate")
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
        money = plan.model.money
        for kind in dict.fromkeys(money.kinds):
            rows = _awards_of(writer, plan, kind, finance[id(plan)])
            mean = _last_year(writer, plan, kind, rows)
            for g in (n for n, one in enumerate(money.kinds) if one == kind):
                last_year[id(plan), g] = mean
                for t in _paid_months(plan):
                    held = [row for month, row in rows if month <= t]
                    found[id(plan), g, t] = max(held, default=rows[0][1])
    return found, last_year


def _paid_months(plan: PlanResult) -> range:
    """Return the months whose pay is written: those projected, and the rest of their last year."""
    model = plan.model
    last = costs.months_of(model, int(model.calendar.year_numbers[-1]))
    return range(min(0, last[0]), last[-1] + 1)


def _last_year(
    writer: _RatesWriter, plan: PlanResult, kind: str, rows: Sequence[tuple[int, int]]
) -> int:
    """Write the mean pay of the last financial year, whose cash is asked for; return its row."""
    calendar = plan.model.calendar
    months = costs.months_of(plan.model, int(calendar.year_numbers[-1]))
    first, top = months[0], rows[0][1]
    held = [max([row for month, row in rows if month <= t], default=top) for t in months]
    parts = "+".join(f"{held.count(row)}*F{row}" for row in dict.fromkeys(held))
    title = plan.scenario.settings.title
    writer.named((title, KINDS[kind], f"mean of {calendar.years[-1]}"), calendar.label(first))
    level = writer.styles.get(num_format="0.0000")
    value = float(costs.payroll(plan.model).pay_levels(kind, months)[0].mean())
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


def _grades(
    writer: _RatesWriter,
    plans: Sequence[PlanResult],
    pay: dict[tuple[int, int, int], int],
    finance: dict[int, int],
) -> tuple[dict[tuple[int, int, int], int], dict[tuple[int, int], int]]:
    """Write how the cost of a post is built up, and what a joiner costs.

    Returns:
        The row of each grade by month, and of its cost in cash in the last financial year.
    """
    writer.headings(POSTS)
    writer.sheet.set_row(writer.row, 58)
    found = {}
    for plan in plans:
        model = plan.model
        joining = full(model.people.joining_cost, model)
        for g in range(len(model.grades)):
            parts = rates_of_post(plan, g)
            names, ending = _whose(plan, g), ending_cost(plan, g)
            before: list[float] | None = None
            for t in range(parts.shape[1]):
                now = [*parts[:, t].tolist(), float(joining[min(t, len(joining) - 1), g]), ending]
                if now != before:
                    _post(writer, names, model.calendar.label(t), now)
                before, found[id(plan), g, t] = now, writer.row + 1
    writer.headings(CASH_POSTS)
    writer.sheet.set_row(writer.row, 45)
    in_cash = {}
    for plan in plans:
        for g in range(len(plan.model.grades)):
            _cash_of_last_year(writer, plan, g, found, pay, finance[id(plan)])
            in_cash[id(plan), g] = writer.row + 1
    return found, in_cash


def _whose(plan: PlanResult, g: int) -> tuple[str, str, str]:
    """Return the names of a grade's row: scenario, team and grade."""
    team, grade = plan.model.grades[g]
    return (plan.scenario.settings.title, team_name(plan, team), grade_name(plan, team, grade))


def ending_cost(plan: PlanResult, g: int) -> float:
    """Return the one-off cost of a person released when a post ends."""
    team, grade = plan.model.grades[g]
    return float(plan.scenario.settings.teams[team].grades[grade].ending_cost.value)


def rates_of_post(plan: PlanResult, g: int) -> Array:
    """Return what a grade's post is built up from, to the end of the last financial year.

    Returns:
        Pay (or the whole cost), rates of pension, National Insurance, its threshold and the levy,
        allowances, training and non-pay. Shape: [those, month].
    """
    model, key = plan.model, plan.model.grades[g]
    last = costs.months_of(model, int(model.calendar.year_numbers[-1]))[-1]
    months = range(last + 1)
    return costs.payroll(model).build_up(key, months)


def _post(writer: _RatesWriter, names: Sequence[str], label: str, now: Sequence[float]) -> None:
    """Write a row of the build-up of a post: what it is made of, and its cost at constant pay."""
    writer.named(names, label)
    money = writer.styles.get(num_format="£#,##0.00", **writer.styles.input)
    share = writer.styles.get(num_format="0.00%", **writer.styles.input)
    for place, (value, most, is_share) in enumerate(
        zip(now[:-2], BUILD_UP, IS_SHARE, strict=True), start=4
    ):
        what = "A rate" if is_share else "An amount in £"
        writer.given(place, value, share if is_share else money, (0.0, most), what)
    n = writer.row + 1
    pay, pension, ni, threshold, levy, other, training, non_pay = now[:-2]
    value = pay + pay * pension + ni * max(0.0, pay - threshold) + pay * levy
    value += other + training + non_pay
    writer.sheet.write_formula(
        writer.row, 12, f"={post_formula(str(n))}", writer.styles.number("rate"), value
    )
    for place, value in enumerate(now[-2:], start=13):
        writer.given(place, value, money, (0.0, MOST_JOINER), "An amount in £")


def post_formula(row: str, level: str = "1", price: str = "1", sheet: str = "") -> str:
    """Return the cost of a post as a formula: by its row of the build-up, pay and prices."""
    e, f, g, h, i, j, k, m = (f"N({sheet}{column}{row})" for column in "EFGHIJKL")
    paid = e if level == "1" else f"{e}*{level}"
    total = f"{paid}*(1+{f}+{i})+{g}*MAX(0,{paid}-{h})"
    total += f"+{j}" if level == "1" else f"+{j}*{level}"
    return total + (f"+{k}+{m}" if price == "1" else f"+({k}+{m})*{price}")


def _cash_of_last_year(
    writer: _RatesWriter,
    plan: PlanResult,
    g: int,
    posts: dict[tuple[int, int, int], int],
    pay: dict[tuple[int, int, int], int],
    finance: int,
) -> None:
    """Write what a post costs in cash in the last financial year, the mean of its twelve months."""
    model, year = plan.model, int(plan.model.calendar.year_numbers[-1])
    months = costs.months_of(model, year)
    rows = [(posts[id(plan), g, max(0, t)], pay[id(plan), g, t]) for t in months]
    price = price_formula(finance, year - model.money.price_base, "")
    parts = [
        f"{rows.count(one)}*({post_formula(str(one[0]), f'N(F{one[1]})', price)})"
        for one in dict.fromkeys(rows)
    ]
    writer.named(_whose(plan, g), model.calendar.label(months[0]))
    value = costs.cash_of_post(model, g, year)
    writer.sheet.write_formula(
        writer.row, 12, f"=({'+'.join(parts)})/12", writer.styles.number("rate"), value
    )


def carrying_grade(plan: PlanResult, team: int) -> int:
    """Return the grade whose pay a team's overtime rises with: its first that carries cases."""
    people = plan.model.people
    mine = np.flatnonzero(people.team_of == team)
    carry = [g for g in mine.tolist() if people.share[0, 0, g] > 0]
    return int(carry[0] if carry else mine[0])


def price_formula(finance: int, years: int, sheet: str = "Rates!") -> str:
    """Return what prices are after some years, as a formula over the scenario's inflation."""
    return f"(1+N({sheet}F{finance}))^({years})" if years else "1"


def _overtime(writer: _RatesWriter, plans: Sequence[PlanResult]) -> dict[tuple[int, int, int], int]:
    """Write what an hour of overtime costs in each team, and the on-costs on it."""
    writer.headings(OVERTIME)
    share = writer.styles.get(num_format="0.00%", **writer.styles.input)
    found = {}
    for plan in plans:
        model = plan.model
        for n, team in enumerate(model.teams):
            names = plan.scenario.settings.title, team_name(plan, team)
            before: tuple[float, float] | None = None
            for t in range(model.months):
                now = overtime_rates(plan, team, t)
                if now != before:
                    writer.from_month(names, model.calendar.label(t), now[:1], (MOST_HOUR,))
                    writer.given(5, now[1], share, (0.0, 1.0), "A rate")
                before, found[id(plan), n, t] = now, writer.row + 1
    return found


def overtime_rates(plan: PlanResult, team: str, month: int) -> tuple[float, float]:
    """Return the cost of an hour of overtime as given, and the on-costs on it, in a month."""
    one = plan.scenario.at(month).teams[team]
    hour, more = one.overtime_cost_per_hour.value, one.overtime_on_costs.value
    return float(np.ravel(hour)[0]), float(np.ravel(more)[0])
