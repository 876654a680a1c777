"""The workbook's funding: what each line pays and leaves unpaid after its end, as formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.report.facts import Facts, Way
from capacity.report.ledgers import Ledger, first_day, grade_name, team_name
from capacity.report.mtfp_sheet import Balance
from capacity.report.rates import allow
from capacity.settings import Funding
from capacity.staffing import mtfp
from capacity.staffing.mtfp import FinancialPlan, FundingStep

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

MOST_POSTS, MOST_POUNDS = 10_000.0, 1e9
"""More than any line pays for."""

GIVEN = ("Funding", "From", "Team", "Grade", "First month", "Last month", "Posts", "£ per year")
YEARS = ("Funding", "Financial year", "Pays, cash", "Gap after its end, cash")
MONTHS = (
    *("Funding", "Grade", "Month", "Pays, or a gap", "Posts", "Cost of posts, cash"),
    *("Cost with overtime, cash", "Share not yet paid for", "Left to pay for, all grades"),
    *("Would pay", "Share paid", "Pays, cash", "Gap, cash", "Share left"),
)

Cells = Mapping[tuple[int, int], int]
"""The row in the sheet Cost workings, from 1, of each grade and month."""


def write(
    sheet: Any, styles: Styles, facts: Facts, way: Way, cells: Cells
) -> tuple[list[str], Balance]:
    """Write the funding lines of the team needed, what they pay by year, and how that is found.

    Args:
        sheet: to write on.
        styles: of the workbook.
        facts: of the plan.
        way: the team needed.
        cells: rows of the sheet Cost workings.

    Returns:
        Ranges of cells that may be changed, and a pair of amounts that must be the same.
    """
    option = way.option
    staff = mtfp.staffed(option.costs, option.staff.releases[0], facts.plan.today.costs)
    plan = FinancialPlan(way.plan.model, staff)
    title = "Funding: what each line pays, and what it leaves unpaid after its end"
    Ledger(sheet, styles, title, GIVEN, top=2)
    inputs = {one.name: _given(sheet, styles, way, one, 3 + n) for n, one in enumerate(plan.given)}
    years = len(way.plan.model.calendar.years)
    top = 3 + len(plan.given) + 2
    first = top + 1 + years * len(plan.given) + 2
    last = _months(sheet, styles, way, plan, cells, inputs, first)
    totals = _years(sheet, styles, way, plan, top, (first + 2, last + 1))
    sheet.freeze_panes(0, 1)
    sheet.print_area(0, 0, last, len(MONTHS) - 1)
    rows = mtfp.funding(way.plan.model, staff)
    check = Balance(
        "Funding lines: what they pay and leave unpaid, by year and by month",
        f"SUM(Funding!C{totals[0]}:D{totals[1]})",
        f"SUM(Funding!L{first + 2}:M{last + 1})",
        float(sum(one.paid + one.gap for one in rows)),
    )
    return list(inputs.values()), check


def _given(sheet: Any, styles: Styles, way: Way, line: Funding, row: int) -> str:
    """Write a funding line; return the cell of the posts or pounds that may be changed."""
    model, team = way.plan.model, team_name(way.plan, line.team)
    grade = grade_name(way.plan, line.team, line.grade) if line.grade else "every grade"
    for place, words in enumerate((line.name, line.source_of_funds, team, grade)):
        sheet.write_string(row, place, words, styles.get())
    first = f"{line.from_:%Y-%m}" if line.from_ else model.calendar.labels[0]
    sheet.write_datetime(row, 4, first_day(first), styles.month)
    if line.until is not None:
        sheet.write_datetime(row, 5, first_day(f"{line.until:%Y-%m}"), styles.month)
    if line.posts is not None:
        value, place, most, what = float(line.posts.value), 6, MOST_POSTS, "Posts"
        look = styles.number("people", **styles.input)
    else:
        assert line.pounds_per_year is not None
        value, place, most = float(line.pounds_per_year.value), 7, MOST_POUNDS
        what, look = "An amount in £", styles.get(num_format="£#,##0.00", **styles.input)
    sheet.write_number(row, place, value, look)
    allow(sheet, row, place, (0.0, max(most, value)), what)
    return f"{'GH'[place - 6]}{row + 1}"


def _years(
    sheet: Any, styles: Styles, way: Way, plan: FinancialPlan, top: int, months: tuple[int, int]
) -> tuple[int, int]:
    """Write what each line pays and leaves by year; return the first and last row, from 1."""
    for place, heading in enumerate(YEARS):
        sheet.write_string(top, place, heading, styles.heading)
    begin, end = months
    row, calendar = top, way.plan.model.calendar
    found = {(one.name, one.year): one for one in plan.funding()}
    for line in plan.given:
        for place, year in enumerate(calendar.years):
            row += 1
            sheet.write_string(row, 0, line.name, styles.get())
            sheet.write_string(row, 1, year, styles.get())
            mine = np.flatnonzero(calendar.year_of == place)
            since, until = (first_day(calendar.labels[int(mine[n])]) for n in (0, -1))
            where = (
                f'$A${begin}:$A${end},A{row + 1},$C${begin}:$C${end},">="&'
                f"DATE({since.year},{since.month},1),$C${begin}:$C${end},"
                f'"<="&DATE({until.year},{until.month},1)'
            )
            one = found[line.name, year]
            for at, column, value in ((2, "L", one.paid), (3, "M", one.gap)):
                formula = f"=SUMIFS(${column}${begin}:${column}${end},{where})"
                sheet.write_formula(row, at, formula, styles.number("pounds"), value)
    return top + 2, row + 1


def _months(
    sheet: Any,
    styles: Styles,
    way: Way,
    plan: FinancialPlan,
    cells: Cells,
    inputs: Mapping[str, str],
    top: int,
) -> int:
    """Write how each line's share is found, month by month; return the last row, from 0."""
    for place, heading in enumerate(MONTHS):
        sheet.write_string(top, place, heading, styles.heading)
    sheet.set_row(top, 45)
    left: dict[tuple[int, int], str] = {}  # the cell of the share that is left
    row = top
    for step in plan.steps:
        for t in np.flatnonzero(step.when).tolist():
            for place, (words, values) in enumerate(_block(way, plan, step, t)):
                row += 1
                block = row + 1 - place, row - place + len(step.grades)
                g = step.grades[place]
                formulas = _formulas(
                    plan, step, row + 1, cells[g, t], block, left.get((g, t), "1"), inputs
                )
                for at, text in enumerate(words):
                    sheet.write_string(row, at if at < 2 else 3, text, styles.get())
                month = first_day(way.plan.model.calendar.labels[t])
                sheet.write_datetime(row, 2, month, styles.month)
                for at, (formula, value) in enumerate(zip(formulas, values, strict=True), start=4):
                    look = styles.number("people" if at in (4, 7, 10, 13) else "rate")
                    sheet.write_formula(row, at, f"={formula}", look, value)
                left[g, t] = f"N{row + 1}"
    return row


def _block(
    way: Way, plan: FinancialPlan, step: FundingStep, t: int
) -> Iterator[tuple[tuple[str, str, str], list[float]]]:
    """Yield the words and values of each grade of a line in a month."""
    cost = plan.posts_cost[t] + plan.overtime_cost[t]
    mine = list(step.grades)
    there = float((cost[mine] * step.left[t, mine]).sum())
    for place, g in enumerate(mine):
        share, before = float(step.share[t, place]), float(step.left[t, g])
        paid = share * float(cost[g])
        words = (
            step.line.name,
            grade_name(way.plan, *way.plan.model.grades[g]),
            "gap" if step.ended else "pays",
        )
        values = [float(plan.staff.posts[t, g]), float(plan.posts_cost[t, g]), float(cost[g])]
        values += [before, there, float(step.wanted[t]), share]
        values += [0.0 if step.ended else paid, paid if step.ended else 0.0, before - share]
        yield words, values


def _formulas(
    plan: FinancialPlan,
    step: FundingStep,
    n: int,
    at: int,
    block: tuple[int, int],
    left: str,
    inputs: Mapping[str, str],
) -> Sequence[str]:
    """Return the formulas of a row: of a line, a grade and a month.

    Args:
        plan: the financial plan.
        step: the line, paying or ended.
        n: the row, from 1.
        at: that of the grade and month in the sheet Cost workings.
        block: first and last row of the line's grades in the month.
        left: the cell of the share that is left.
        inputs: the cell of each line's posts or pounds.
    """

    def over(column: str) -> str:
        return f"${column}${block[0]}:${column}${block[1]}"

    def wanted(line: Funding) -> str:
        given = f"N(${inputs[line.name][0]}${inputs[line.name][1:]})"
        if line.posts is None:
            return f"{given}/12"
        each = f"IF(SUM({over('E')})>0,SUM({over('F')})/SUM({over('E')}),0)"
        return f"MIN(SUM({over('E')}),{given})*{each}"

    would = wanted(step.line)
    if step.ended:
        would = "MAX(0," + "-".join([would, *(wanted(one) for one in plan.before(step.line))]) + ")"
    paid = f"K{n}*G{n}"
    return (
        f"'Cost workings'!G{at}",
        f"SUM('Cost workings'!X{at}:AD{at})",
        f"F{n}+'Cost workings'!AE{at}",
        left,
        f"SUMPRODUCT({over('G')},{over('H')})",
        would,
        f"H{n}*MIN(1,IF(I{n}>0,J{n}/I{n},0))",
        "0" if step.ended else paid,
        paid if step.ended else "0",
        f"H{n}-K{n}",
    )
