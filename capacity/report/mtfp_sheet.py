"""The workbook's financial plan, line by line as formulas, and the checks that come to 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.engine.model import Array
from capacity.engine.pay import PARTS, WHOLE
from capacity.report.facts import Facts, Way
from capacity.report.ledgers import Ledger, grade_name, team_name
from capacity.report.rates import ending_cost
from capacity.settings import CostParts
from capacity.staffing import costs
from capacity.staffing.mtfp import COVER, ENDING, JOINING, OVERTIME

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

CHECKED = 0.01
"""A difference below this is rounding, in £."""

LINES = (*PARTS, OVERTIME, JOINING, ENDING, COVER)
"""Lines of a grade in a year, each a column of the sheet Cost workings."""


@dataclass(frozen=True)
class Balance:
    """Two amounts that must be the same, as formulas, and what they are in the plan."""

    words: str
    one: str
    other: str
    value: float


def lines_of(way: Way, g: int) -> dict[str, Array]:
    """Return what each line of a grade comes to by month, in cash. Shape: [month] each."""
    model, option = way.plan.model, way.option.costs
    payroll = costs.payroll(model)
    months = range(model.months)
    kept = 1 - float(np.ravel(model.money.vacancy_factor)[0])
    parts = payroll.parts(model.grades[g], months, cash=True)
    found: dict[str, Array] = {name: np.zeros(model.months) for name in LINES}
    for name, each in parts.items():
        found["pay" if name == WHOLE else name] += option.posts[:, g] * each[0] / 12 * kept
    found[OVERTIME] = option.overtime[:, g] * model.people.cash_of_overtime[:, g]
    prices = payroll.price_levels(months)[0]
    found[JOINING] = option.joining[:, g] * prices
    found[ENDING] = way.option.staff.releases[0, :, g] * ending_cost(way.plan, g) * prices
    found[COVER] = covering(way, g) * model.people.cash_cost[:, g] / 12
    return found


def covering(way: Way, g: int) -> Array:
    """Return the people whom the unit pays for beside its posts, FTE. Shape: [month]."""
    model = way.plan.model
    cost = np.broadcast_to(model.people.cost[0, :, g] / 12, (model.months,))
    paid = way.option.costs.people_events[:, g]
    return np.divide(paid, cost, out=np.zeros(model.months), where=cost > 0)


def line_formulas(
    n: int, post: int, finance: int, in_cash: str, staff: int, cover: float
) -> dict[str, str]:
    """Return each line of a month as a formula.

    Args:
        n: its row in the sheet Cost workings.
        post: that of the build-up of the post, in Rates.
        finance: that of the scenario, in Rates.
        in_cash: the column that brings overtime to cash.
        staff: its row in Staffing.
        cover: people beside posts whom the unit pays for, FTE.
    """
    e, f, g, h, i, j, k, m = (f"N(Rates!{column}{post})" for column in "EFGHIJKL")
    pay, posts = f"{e}*E{n}", f"*G{n}/12*(1-N(Rates!D{finance}))"
    return {
        "pay": f"N(Rates!E{post})*E{n}{posts}",
        "pension": f"{f}*{pay}{posts}",
        "national insurance": f"{g}*MAX(0,{pay}-{h}){posts}",
        "apprenticeship levy": f"{i}*{pay}{posts}",
        "allowances": f"{j}*E{n}{posts}",
        "training": f"{k}*W{n}{posts}",
        "non-pay": f"{m}*W{n}{posts}",
        OVERTIME: f"Q{n}*{in_cash}{n}",
        JOINING: f"P{n}*W{n}",
        ENDING: f"N(Staffing!I{staff})*N(Rates!O{post})*W{n}",
        COVER: f"V{n}*{cover!r}/12",
    }


def write(
    sheet: Any, styles: Styles, facts: Facts, rows: Mapping[tuple[int, int], tuple[int, int]]
) -> tuple[int, int]:
    """Write the financial plan of the team needed by year, grade and line.

    Args:
        sheet: to write on.
        styles: of the workbook.
        facts: of the plan.
        rows: first and last row of each year and grade in the sheet Cost workings, from 1.

    Returns:
        First and last row, from 1.
    """
    way = facts.ways[len(facts.plan.options) - 1]
    headings = ("Financial year", "Cost centre", "Team", "Grade", "Line", "Cash")
    title = f"Financial plan in cash, {facts.whose(way.option)}, posts less the vacancy factor"
    made = Ledger(sheet, styles, title, headings)
    model, row = way.plan.model, made.top
    teams = facts.settings.teams
    for (place, g), (first, last) in rows.items():
        team, grade = model.grades[g]
        whole = not isinstance(teams[team].grades[grade].cost_per_year, CostParts)
        months = np.flatnonzero(model.calendar.year_of == place)
        for column, (name, amounts) in zip(COLUMNS, lines_of(way, g).items(), strict=True):
            value = float(amounts[months].sum())
            if whole and name in PARTS[1:]:
                continue
            if name in (ENDING, COVER) and not amounts.any() and not _may_be(way, g, name):
                continue
            row += 1
            words = (
                model.calendar.years[place],
                teams[team].cost_centre or team,
                team_name(way.plan, team),
                grade_name(way.plan, team, grade),
                WHOLE if whole and name == "pay" else name,
            )
            for at, word in enumerate(words):
                sheet.write_string(row, at, word, styles.get())
            formula = f"=SUM('Cost workings'!{column}{first}:{column}{last})"
            sheet.write_formula(row, 5, formula, styles.number("pounds"), value)
    made.close(row)
    return made.top + 2, row + 1


def _may_be(way: Way, g: int, name: str) -> bool:
    """Return whether a line without money now may have some once a rate is changed."""
    return name == ENDING and bool(way.option.staff.releases[0, :, g].any())


COLUMNS = ("X", "Y", "Z", "AA", "AB", "AC", "AD", "AE", "AF", "AG", "AH")
"""Columns of the lines in the sheet Cost workings, in the order of `LINES`."""


def write_checks(sheet: Any, styles: Styles, balances: Sequence[Balance], not_numbers: str) -> None:
    """Write each pair of amounts that must be the same, their differences, and the total of all."""
    headings = ("Check", "One way", "Another way", "Difference")
    made = Ledger(sheet, styles, "Checks: every difference must be 0", headings)
    sheet.set_column(0, 0, 70)
    row = made.top
    pounds = styles.number("rate")
    for one in balances:
        row += 1
        sheet.write_string(row, 0, one.words, styles.get())
        sheet.write_formula(row, 1, f"={one.one}", pounds, one.value)
        sheet.write_formula(row, 2, f"={one.other}", pounds, one.value)
        rounded = f"=IF(ABS(B{row + 1}-C{row + 1})<{CHECKED},0,B{row + 1}-C{row + 1})"
        sheet.write_formula(row, 3, rounded, pounds, 0)
    row += 1
    sheet.write_string(row, 0, "Input cells that hold no number and count as 0", styles.get())
    sheet.write_formula(row, 3, f"={not_numbers}", styles.number("whole"), 0)
    row += 1
    sheet.write_string(row, 0, "All differences", styles.get(bold=True, top=1))
    total = f"=SUMPRODUCT(ABS(D{made.top + 2}:D{row}))"
    sheet.write_formula(row, 3, total, styles.number("rate", bold=True, top=1), 0)
    bad = styles.book.add_format({"bg_color": "#F4C7C3", "font_color": "#8A0000"})
    rule = {"type": "cell", "criteria": "!=", "value": 0, "format": bad}
    sheet.conditional_format(made.top + 1, 3, row, 3, rule)
    made.close(row, filters=False)
