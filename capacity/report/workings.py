"""The workbook's own sums: staffing, rates, cost month by month, costs and options as formulas.

Change a rate, a yearly cost or the posts of a year, and every total follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from capacity.report import ledgers
from capacity.report import rates as rates_sheet
from capacity.report.blocks import Sum
from capacity.report.facts import Facts, Way
from capacity.report.ledgers import Ledger, first_day, grade_name, team_name
from capacity.report.rates import Rates, full
from capacity.staffing.costs import cash_factors, options_rows

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

COLUMNS = {
    "posts": 4,
    "average_in_post": 5,
    "budget": 6,
    "forecast": 7,
    "joining": 8,
    "overtime": 9,
    "total_real": 10,
    "total_cash": 11,
    "total_discounted": 12,
    "people_events": 13,
}
"""Columns of the sheet Costs, by those of the `costs` table."""

TRY = 14
"""Column of the sheet Costs in which posts are tried."""


@dataclass(frozen=True)
class CostSheet:
    """Where each row of the `costs` table stands in the workbook."""

    rows: tuple[tuple[dict[str, str], int], ...]  # option, year, team, grade; row from 1
    cells: Mapping[tuple[str, tuple[tuple[str, str], ...]], str] = field(default_factory=dict)

    def formula(self, wanted: Sum) -> str | None:
        """Return a sum as a formula over the sheet Costs; none if nothing matches."""
        parts = []
        for term in wanted.terms:
            if (term.column, term.where) in self.cells:
                where_ = [(one.column, one.where) for one in (term, *term.times)]
                factor = "" if abs(term.factor) == 1 else f"{abs(term.factor)!r}*"
                cell = "*".join(self.cells[one] for one in where_)
                parts.append(f"{'-' if term.factor < 0 else '+'}{factor}{cell}")
                continue
            where = dict(term.where)
            found = [
                row
                for keys, row in self.rows
                if all(keys[name] == one for name, one in where.items())
            ]
            if found and term.column in COLUMNS:
                column = xl_col_to_name(COLUMNS[term.column])
                ranges = ",".join(_ranges(found, column))
                factor = "" if abs(term.factor) == 1 else f"{abs(term.factor)!r}*"
                parts.append(f"{'-' if term.factor < 0 else '+'}{factor}SUM({ranges})")
        formula = f"={''.join(parts).removeprefix('+')}"
        return formula if parts and len(formula) < 8000 else None


def _ranges(rows: Sequence[int], column: str) -> list[str]:
    """Return rows of a column as few ranges."""
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return [
        f"Costs!{column}{first}" if first == last else f"Costs!{column}{first}:{column}{last}"
        for first, last in found
    ]


def write(book: Any, styles: Styles, facts: Facts) -> CostSheet:
    """Write the sheets of sums, and return where each row of the `costs` table stands.

    Returns:
        Sheets Costs, Options, Staffing, Projection, Standards, Cost workings and Rates.
    """
    names = ("Costs", "Options", "Staffing", "Projection", "Standards", "Cost workings", "Rates")
    sheets = {name: book.add_worksheet(name) for name in names}
    rates = rates_sheet.write(sheets["Rates"], styles, facts)
    staffing = ledgers.staffing(sheets["Staffing"], styles, facts)
    blocks = _blocks(facts)
    monthly, cells = _monthly(sheets["Cost workings"], styles, facts, rates, staffing, blocks)
    costs = replace(_costs(sheets["Costs"], styles, facts, blocks, monthly, staffing), cells=cells)
    _check(sheets["Costs"], styles, blocks, staffing, rates)
    done = ledgers.projection(sheets["Projection"], styles, facts)
    _options(sheets["Options"], styles, facts, costs, done)
    ledgers.standards(sheets["Standards"], styles, facts)
    return costs


# Costs by month ----------------------------------------------------------------------------

Blocks = list[tuple[Way, int, int, list[int], int]]
"""Way, place of the year, place of the grade, its months, and the row in the sheet Costs."""


def _blocks(facts: Facts) -> Blocks:
    """Return the rows of the sheet Costs in order, each with its months."""
    found: Blocks = []
    row = 3
    for way in facts.ways:
        calendar = way.plan.model.calendar
        for place in range(len(calendar.years)):
            months = np.flatnonzero(calendar.year_of == place).tolist()
            for g in range(len(way.plan.model.grades)):
                row += 1
                found.append((way, place, g, months, row))
    return found


def _monthly(
    sheet: Any,
    styles: Styles,
    facts: Facts,
    rates: Rates,
    staffing: dict[tuple[str, int, int], int],
    blocks: Blocks,
) -> tuple[dict[int, tuple[int, int]], dict[tuple[str, tuple[tuple[str, str], ...]], str]]:
    """Write cost by month as formulas.

    Returns:
        The rows, from 1, that each row of Costs adds up, and the cell of each figure of a month.
    """
    headings = [
        "Option",
        "Team",
        "Grade",
        "Month",
        "Pay ÷ pay of the price base",
        "Months after start",
    ]
    headings += ["Posts", "In post", "Joiners", "Cost of a post per year", "Joining cost of one"]
    headings += [
        "Overtime hours",
        "Overtime, £ per hour",
        "Budget",
        "Forecast",
        "Joining",
        "Overtime",
    ]
    headings += ["Total, real", "Total, cash", "Total, discounted", "Funded people events"]
    made = Ledger(
        sheet,
        styles,
        "Cost by month: posts × cost ÷ 12 + overtime; with pay awards; discounted at the real rate",
        headings,
    )
    text, month_style = styles.get(), styles.month
    fte, pounds = styles.number("people"), styles.number("rate")
    whole, level = styles.number("whole"), styles.get(num_format="0.0000")
    row, found = made.top, {}
    places: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    for way, _, g, months, cost_row in blocks:
        plan, model, costs = way.plan, way.plan.model, way.option.costs
        team_place = int(model.people.team_of[g])
        team, grade = model.grades[g]
        names = (way.label, team_name(plan, team), grade_name(plan, team, grade))
        rate = full(model.people.overtime_cost, model)[:, team_place]
        at_finance = rates.finance[id(plan)]
        pay = cash_factors(model)[:, g]
        first = row + 2
        for t in months:
            row += 1
            n = row + 1
            staff = staffing[way.key, g, t]
            grade_row, over_row = (
                rates.grades[id(plan), g, t],
                rates.overtime[id(plan), team_place, t],
            )
            for place, name in enumerate(names):
                sheet.write_string(row, place, name, text)
            sheet.write_datetime(row, 3, first_day(model.calendar.labels[t]), month_style)
            at_pay = rates.pay[id(plan), g, t]
            sheet.write_formula(row, 4, f"=Rates!F{at_pay}", level, float(pay[t]))
            sheet.write_number(row, 5, t, whole)
            hours = float(costs.overtime[t, g] / rate[t]) if rate[t] > 0 else 0.0
            cells: list[tuple[str, float, Any]] = [
                (
                    f"=MAX(0,N(Staffing!E{staff})+N(Costs!{xl_col_to_name(TRY)}{cost_row}))",
                    costs.posts[t, g],
                    fte,
                ),
                (_in_post(n, staff, float(costs.posts[t, g])), costs.in_post[t, g], fte),
                (f"=Staffing!G{staff}", way.option.staff.joiners[0, t, g], fte),
                (f"=N(Rates!E{grade_row})", full(model.people.cost, model)[t, g], pounds),
                (f"=N(Rates!F{grade_row})", full(model.people.joining_cost, model)[t, g], pounds),
            ]
            for place, (formula, value, style) in enumerate(cells, start=6):
                sheet.write_formula(row, place, formula, style, float(value))
            sheet.write_number(row, 11, hours, fte)
            sheet.write_formula(row, 12, f"=N(Rates!E{over_row})", pounds, float(rate[t]))
            sums = [
                (f"=G{n}*J{n}/12*(1-N(Rates!D{at_finance}))", costs.budget[t, g]),
                (f"=H{n}*J{n}/12", costs.forecast[t, g]),
                (f"=I{n}*K{n}", costs.joining[t, g]),
                (f"=L{n}*M{n}", costs.overtime[t, g]),
                (f"=G{n}*J{n}/12+Q{n}", costs.total_real[t, g]),
                (f"=R{n}*E{n}", costs.total_cash[t, g]),
                (f"=R{n}*(1+N(Rates!B{at_finance}))^(-F{n}/12)", costs.total_discounted[t, g]),
            ]
            for place, (formula, value) in enumerate(sums, start=13):
                sheet.write_formula(row, place, formula, pounds, float(value))
            sheet.write_number(row, 20, float(costs.people_events[t, g]), pounds)
            month = model.calendar.labels[t]
            where = (("option", way.key), ("team", team), ("grade", grade), ("month", month))
            places["posts_at", where] = f"'Cost workings'!G{n}"
            places["post_rate", where] = f"'Cost workings'!J{n}"
            places["overtime_at", where] = f"'Cost workings'!Q{n}"
            places["pay_of_year", where] = f"Rates!F{rates.last_year[id(plan), g]}"
        found[cost_row] = (first, row + 1)
    made.close(row)
    return found, places


def _in_post(row: int, staff: int, planned: float) -> str:
    """Return the formula of people in post: as many of the posts as are filled in the plan."""
    if planned <= 0:
        return f"=N(Staffing!F{staff})"
    return f"=N(Staffing!F{staff})*G{row}/{planned!r}"


# Costs by year -----------------------------------------------------------------------------

FROM_MONTHS = {
    "posts": "G",
    "average_in_post": "H",
    "budget": "N",
    "forecast": "O",
    "joining": "P",
    "overtime": "Q",
}
FROM_MONTHS |= {"total_real": "R", "total_cash": "S", "total_discounted": "T", "people_events": "U"}
"""Columns of the sheet Cost workings, by those of the `costs` table."""


def _costs(
    sheet: Any,
    styles: Styles,
    facts: Facts,
    blocks: Blocks,
    monthly: dict[int, tuple[int, int]],
    staffing: dict[tuple[str, int, int], int],
) -> CostSheet:
    """Write cost by year, team and grade as sums of its months."""
    headings = [
        "Option",
        "Financial year",
        "Team",
        "Grade",
        "Posts (mean)",
        "In post (mean)",
        "Budget",
        "Forecast",
    ]
    headings += [
        "Joining, one-off",
        "Overtime",
        "Total, real",
        "Total, cash",
        "Total, discounted",
        "Funded people events",
    ]
    headings += ["Try: posts more or fewer"]
    made = Ledger(
        sheet,
        styles,
        "Cost by financial year, team and grade. Type posts more or fewer into the yellow column: "
        "money follows, people in post in proportion; overtime and joiners stay as planned.",
        headings,
    )
    rows: list[tuple[dict[str, str], int]] = []
    by_key = {
        (way.key, row.year, row.team, row.grade): row for way in facts.ways for row in way.years
    }
    text, fte, pounds = styles.get(), styles.number("people"), styles.number("pounds")
    for way, place, g, months, row in blocks:
        model = way.plan.model
        team, grade = model.grades[g]
        year = model.calendar.years[place]
        values = by_key[way.key, year, team, grade]
        names = (way.label, year, team_name(way.plan, team), grade_name(way.plan, team, grade))
        for column, name in enumerate(names):
            sheet.write_string(row - 1, column, name, text)
        first, last = monthly[row]
        for name, column in COLUMNS.items():
            mean = name in ("posts", "average_in_post")
            letter = FROM_MONTHS[name]
            formula = (
                f"={'AVERAGE' if mean else 'SUM'}('Cost workings'!{letter}{first}:{letter}{last})"
            )
            style = fte if mean else pounds
            sheet.write_formula(row - 1, column, formula, style, float(getattr(values, name)))
        sheet.write_number(row - 1, TRY, 0, styles.number("people", **styles.input))
        own = f"Staffing!$E${staffing[way.key, g, months[0]]}:$E${staffing[way.key, g, months[-1]]}"
        _whole_posts(sheet, row, own)
        rows.append(({"option": way.key, "year": year, "team": team, "grade": grade}, row))
    made.close(blocks[-1][4] - 1)
    return CostSheet(tuple(rows))


def _whole_posts(sheet: Any, row: int, posts: str) -> None:
    """Let a cell take whole posts only, no fewer than there are."""
    cell = f"{xl_col_to_name(TRY)}{row}"
    rule = f"=AND(ISNUMBER({cell}),{cell}=INT({cell}),ABS({cell})<=1000,MIN({posts})+{cell}>=0)"
    sheet.data_validation(
        f"{cell}:{cell}",
        {
            "validate": "custom",
            "value": rule,
            "error_title": "Not a number of posts",
            "error_message": "Whole posts more or fewer, at least as many as take posts to 0.",
        },
    )


def _check(
    sheet: Any,
    styles: Styles,
    blocks: Blocks,
    staffing: dict[tuple[str, int, int], int],
    rates: Rates,
) -> None:
    """Write how many cells for input hold no number: those count as 0."""
    tried = xl_col_to_name(TRY)
    ranges = [f"{tried}{blocks[0][4]}:{tried}{blocks[-1][4]}"]
    ranges += [f"Staffing!E{min(staffing.values())}:E{max(staffing.values())}"]
    ranges += [f"Rates!{one}" for one in rates.inputs]
    formula = f"=SUM({','.join(f'COUNTA({one})-COUNT({one})' for one in ranges)})"
    words = "Input cells that hold no number and count as 0 (must be 0):"
    sheet.write_string(1, 0, words, styles.get(bold=True))
    sheet.write_formula(1, 6, formula, styles.number("whole", bold=True), 0)
    bad = styles.book.add_format({"bg_color": "#F4C7C3", "font_color": "#8A0000"})
    sheet.conditional_format("G2", {"type": "cell", "criteria": "!=", "value": 0, "format": bad})


def _options(
    sheet: Any, styles: Styles, facts: Facts, costs: CostSheet, done: dict[str, tuple[int, int]]
) -> None:
    """Write the options side by side, all from the other sheets."""
    headings = [
        "Option",
        "Cost, real",
        "Cost, cash",
        "Cost, discounted",
        "Above the first, discounted",
    ]
    headings += [
        "Done",
        "On time",
        "Overdue at the end",
        "Case-months overdue",
        "Joining, one-off",
        "Funded people events",
        "Case-months overdue, weighted",
        "Cost per weighted case-month avoided",
    ]
    made = Ledger(sheet, styles, "Options side by side, over the whole time", headings)
    sets = [
        (way.key, way.plan.model, way.option.projection, way.option.costs) for way in facts.ways
    ]
    for place, (way, row) in enumerate(zip(facts.ways, options_rows(sets), strict=True)):
        at = made.top + 1 + place
        n, top = at + 1, made.top + 2
        sheet.write_string(at, 0, way.label, styles.get())
        amounts = [
            ("total_real", 1),
            ("total_cash", 2),
            ("total_discounted", 3),
            ("joining", 9),
            ("people_events", 10),
        ]
        for name, column in amounts:
            total = _total(way, name, costs)
            sheet.write_formula(at, column, total[0], styles.number("pounds"), total[1])
        above = row.cost_discounted - options_rows(sets[:1])[0].cost_discounted
        sheet.write_formula(at, 4, f"=D{n}-D${top}", styles.number("pounds"), above)
        first, last = done[way.key]
        number = styles.number("number")
        sheet.write_formula(at, 5, f"=SUM(Projection!I{first}:I{last})", number, row.done)
        sheet.write_formula(at, 6, f"=SUM(Projection!J{first}:J{last})", number, row.on_time)
        end = first_day(way.plan.model.calendar.labels[-1])
        is_end = f"Projection!E{first}:E{last},DATE({end.year},{end.month},1)"
        formula = f"=SUMIFS(Projection!K{first}:K{last},{is_end})"
        sheet.write_formula(at, 7, formula, number, row.outstanding_end)
        formula = f"=SUM(Projection!K{first}:K{last})"
        sheet.write_formula(at, 8, formula, number, row.overdue_case_months)
        sheet.write_number(at, 11, row.weighted_case_months, number)
        each = row.cost_per_case_month
        formula = f'=IF(L${top}-L{n}>0.000001*L${top},E{n}/(L${top}-L{n}),"")'
        there = "" if each is None else each
        sheet.write_formula(at, 12, formula, styles.number("pounds"), there)
    made.close(made.top + len(facts.ways), filters=False)
    sheet.set_column(0, 0, 44)


def _total(way: Way, name: str, costs: CostSheet) -> tuple[str, float]:
    """Return a way's total of a column of Costs, as formula and value."""
    rows = [row for keys, row in costs.rows if keys["option"] == way.key]
    column = xl_col_to_name(COLUMNS[name])
    value = float(sum(getattr(row, name) for row in way.years))
    return f"=SUM(Costs!{column}{min(rows)}:{column}{max(rows)})", value
