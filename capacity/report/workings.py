"""The workbook's own sums: staffing, rates, cost month by month, costs and options as formulas.

Change a rate, a yearly cost or the posts of a year, and every total follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from capacity.engine.model import Array
from capacity.report import funding_sheet, ledgers, mtfp_sheet
from capacity.report import rates as rates_sheet
from capacity.report.blocks import Sum
from capacity.report.facts import Facts, Way
from capacity.report.ledgers import Ledger, first_day, grade_name, team_name
from capacity.report.mtfp_sheet import LINES, Balance, covering, line_formulas, lines_of
from capacity.report.rates import Rates, carrying_grade, full, post_formula, price_formula
from capacity.staffing.costs import options_rows, payroll

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
        Sheets Costs, MTFP, Options, Staffing, Projection, Standards, Cost workings, Rates,
        Funding (where there is any) and Check.
    """
    names = (
        *("Costs", "MTFP", "Options", "Staffing", "Projection", "Standards", "Cost workings"),
        *(("Rates", "Funding", "Check") if facts.settings.funding else ("Rates", "Check")),
    )
    sheets = {name: book.add_worksheet(name) for name in names}
    rates = rates_sheet.write(sheets["Rates"], styles, facts)
    staffing = ledgers.staffing(sheets["Staffing"], styles, facts)
    blocks = _blocks(facts)
    monthly, cells = _monthly(sheets["Cost workings"], styles, facts, rates, staffing, blocks)
    costs = replace(_costs(sheets["Costs"], styles, facts, blocks, monthly, staffing), cells=cells)
    last = facts.ways[len(facts.plan.options) - 1]
    funded: list[Balance] = []
    typed = list(rates.inputs)
    if "Funding" in sheets:
        found, check = funding_sheet.write(
            sheets["Funding"], styles, facts, last, _rows_of_months(blocks, monthly, last)
        )
        typed += [f"Funding!{one}" for one in found]
        funded.append(check)
    bad = _not_numbers(blocks, staffing, typed)
    _check(sheets["Costs"], styles, bad)
    planned = {(place, g): monthly[row] for way, place, g, _, row in blocks if way is last}
    lines = mtfp_sheet.write(sheets["MTFP"], styles, facts, planned)
    balances = [*_balances(facts, blocks, monthly, staffing, planned, lines, rates), *funded]
    mtfp_sheet.write_checks(sheets["Check"], styles, balances, bad)
    done = ledgers.projection(sheets["Projection"], styles, facts)
    _options(sheets["Options"], styles, facts, costs, done)
    ledgers.standards(sheets["Standards"], styles, facts)
    return costs


def _rows_of_months(
    blocks: Blocks, monthly: dict[int, tuple[int, int]], way: Way
) -> dict[tuple[int, int], int]:
    """Return the row in the sheet Cost workings of each grade and month of a way to staff."""
    return {
        (g, t): monthly[row][0] + place
        for one, _, g, months, row in blocks
        if one is way
        for place, t in enumerate(months)
    }


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


LINES_FROM = 23
"""First column of the lines of the financial plan in the sheet Cost workings, from 0."""

MONTHLY = (
    *("Option", "Team", "Grade", "Month", "Pay ÷ pay of the price base", "Months after start"),
    *("Posts", "In post", "Joiners", "Cost of a post per year", "Joining cost of one"),
    *("Overtime hours", "Overtime, £ per hour, real", "Budget", "Forecast", "Joining", "Overtime"),
    *("Total, real", "Total, cash", "Total, discounted", "Funded people events"),
    *("Cost of a post per year, cash", "Prices ÷ prices of the price base"),
    *(f"Financial plan: {name}" for name in LINES),
)
"""Columns of the sheet Cost workings."""

Cells = dict[tuple[str, tuple[tuple[str, str], ...]], str]
"""The cell of each figure of a month, by the names of `Term`."""


def _monthly(
    sheet: Any,
    styles: Styles,
    facts: Facts,
    rates: Rates,
    staffing: dict[tuple[str, int, int], int],
    blocks: Blocks,
) -> tuple[dict[int, tuple[int, int]], Cells]:
    """Write cost by month as formulas.

    Returns:
        The rows, from 1, that each row of Costs adds up, and the cell of each figure of a month.
    """
    title = "Cost by month: posts × cost ÷ 12 + overtime; in cash; discounted at the real rate"
    made = Ledger(sheet, styles, title, MONTHLY)
    look = {"people": styles.number("people"), "rate": styles.number("rate")}
    look |= {"whole": styles.number("whole"), "level": styles.get(num_format="0.0000")}
    row, found = made.top, {}
    places: Cells = {}
    planned = facts.ways[len(facts.plan.options) - 1]
    for way, _, g, months, cost_row in blocks:
        line = _GradeMonths(way, g, cost_row, rates)
        first = row + 2
        for t in months:
            row += 1
            for place, name in enumerate(line.names):
                sheet.write_string(row, place, name, styles.get())
            sheet.write_datetime(row, 3, first_day(line.model.calendar.labels[t]), styles.month)
            cells = line.cells(t, row + 1, staffing[way.key, g, t])
            for place, (given, value, style) in enumerate(cells, start=4):
                if given is None:
                    sheet.write_number(row, place, value, look[style])
                else:
                    sheet.write_formula(row, place, f"={given}", look[style], value)
            if way is planned:
                lines = line.lines(t, row + 1, staffing[way.key, g, t])
                for place, (given, value) in enumerate(lines, start=LINES_FROM):
                    sheet.write_formula(row, place, f"={given}", look["rate"], value)
            places |= line.places(t, row + 1)
        found[cost_row] = (first, row + 1)
    made.close(row)
    return found, places


class _GradeMonths:
    """What a row of the sheet Cost workings holds: a grade of one way to staff, in one month."""

    def __init__(self, way: Way, g: int, cost_row: int, rates: Rates) -> None:
        self.way, self.g, self.cost_row, self.rates = way, g, cost_row, rates
        self.plan, self.model = way.plan, way.plan.model
        team, grade = self.model.grades[g]
        self.names = (way.label, team_name(self.plan, team), grade_name(self.plan, team, grade))
        self.team = int(self.model.people.team_of[g])
        months, paid = range(self.model.months), payroll(self.model)
        self.pay = paid.pay_levels(self.model.money.kinds[g], months)[0]
        self.prices = paid.price_levels(months)[0]
        self.hour = full(self.model.people.overtime_cost, self.model)[:, self.team]
        self.deflated = self.model.money.prices == "deflated"
        self.cover = covering(way, g)

    def cells(self, t: int, n: int, staff: int) -> list[tuple[str | None, float, str]]:
        """Return a formula (none: a number), its value and its look for each column from E on."""
        model, costs, g, rates = self.model, self.way.option.costs, self.g, self.rates
        people, finance = model.people, rates.finance[id(self.plan)]
        post, over = rates.grades[id(self.plan), g, t], rates.overtime[id(self.plan), self.team, t]
        hour, each = f"N(Rates!E{over})*(1+N(Rates!F{over}))", f"N(Rates!M{post})"
        in_cash = "E"
        if self.deflated:  # what is paid in cash, in the prices of the base
            of_team = carrying_grade(self.plan, self.team)
            hour += f"*Rates!F{rates.pay[id(self.plan), of_team, t]}/W{n}"
            each, in_cash = f"V{n}/W{n}", "W"
        tried = f"N(Staffing!E{staff})+N(Costs!{xl_col_to_name(TRY)}{self.cost_row})"
        discount = f"(1+N(Rates!B{finance}))^(-F{n}/12)"
        years = model.calendar.financial_year(t) - model.money.price_base
        worked = float(costs.overtime[t, g] / self.hour[t]) if self.hour[t] > 0 else 0.0
        in_post = _in_post(n, staff, float(costs.posts[t, g]))
        rows: list[tuple[str | None, float, str]] = [
            (f"Rates!F{rates.pay[id(self.plan), g, t]}", self.pay[t], "level"),
            (None, t, "whole"),
            (f"MAX(0,{tried})", costs.posts[t, g], "people"),
            (in_post, costs.in_post[t, g], "people"),
            (f"Staffing!G{staff}", self.way.option.staff.joiners[0, t, g], "people"),
            (each, full(people.cost, model)[t, g], "rate"),
            (f"N(Rates!N{post})", full(people.joining_cost, model)[t, g], "rate"),
            (None, worked, "people"),
            (hour, self.hour[t], "rate"),
            (f"G{n}*J{n}/12*(1-N(Rates!D{finance}))", costs.budget[t, g], "rate"),
            (f"H{n}*J{n}/12", costs.forecast[t, g], "rate"),
            (f"I{n}*K{n}", costs.joining[t, g], "rate"),
            (f"L{n}*M{n}", costs.overtime[t, g], "rate"),
            (f"G{n}*J{n}/12+Q{n}", costs.total_real[t, g], "rate"),
            (f"G{n}*V{n}/12+Q{n}*{in_cash}{n}", costs.total_cash[t, g], "rate"),
            (f"R{n}*{discount}", costs.total_discounted[t, g], "rate"),
            (
                f"J{n}*{float(self.cover[t])!r}/12" if self.cover[t] else None,
                costs.people_events[t, g],
                "rate",
            ),
            (
                post_formula(str(post), f"E{n}", f"W{n}", "Rates!"),
                people.cash_cost[t, g],
                "rate",
            ),
            (price_formula(finance, years) if years else None, self.prices[t], "level"),
        ]
        return [(formula, float(value), style) for formula, value, style in rows]

    @cached_property
    def paid(self) -> dict[str, Array]:
        """What each line of the financial plan comes to. Shape: [month] each."""
        return lines_of(self.way, self.g)

    def lines(self, t: int, n: int, staff: int) -> list[tuple[str, float]]:
        """Return the lines of the financial plan in a month: formula and value."""
        post = self.rates.grades[id(self.plan), self.g, t]
        finance = self.rates.finance[id(self.plan)]
        in_cash, cover = "W" if self.deflated else "E", float(self.cover[t])
        formulas = line_formulas(n, post, finance, in_cash, staff, cover)
        return [(formulas[name], float(self.paid[name][t])) for name in LINES]

    def places(self, t: int, n: int) -> Cells:
        """Return the cells of a row that other sheets add up."""
        finance, g, model = self.rates.finance[id(self.plan)], self.g, self.model
        team, grade = model.grades[g]
        month = model.calendar.labels[t]
        where = (("option", self.way.key), ("team", team), ("grade", grade), ("month", month))
        overtime = f"Rates!F{self.rates.last_year[id(self.plan), g]}"
        if self.deflated:
            years = int(model.calendar.year_numbers[-1]) - model.money.price_base
            overtime = price_formula(finance, years)
        cells = {
            "posts_at": f"'Cost workings'!G{n}",
            "post_rate": f"'Cost workings'!J{n}",
            "overtime_at": f"'Cost workings'!Q{n}",
            "cash_of_post": f"Rates!M{self.rates.last_cost[id(self.plan), g]}",
            "cash_of_overtime": overtime,
            "budgeted": f"(1-N(Rates!D{finance}))",
        }
        return {(name, where): cell for name, cell in cells.items()}


def _in_post(row: int, staff: int, planned: float) -> str:
    """Return the formula of people in post: as many of the posts as are filled in the plan."""
    if planned <= 0:
        return f"N(Staffing!F{staff})"
    return f"N(Staffing!F{staff})*G{row}/{planned!r}"


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


def _not_numbers(
    blocks: Blocks, staffing: dict[tuple[str, int, int], int], inputs: Sequence[str]
) -> str:
    """Return how many cells for input hold no number, as a formula: those count as 0."""
    tried = xl_col_to_name(TRY)
    ranges = [f"Costs!{tried}{blocks[0][4]}:{tried}{blocks[-1][4]}"]
    ranges += [f"Staffing!E{min(staffing.values())}:E{max(staffing.values())}"]
    ranges += [one if "!" in one else f"Rates!{one}" for one in inputs]
    return f"SUM({'+'.join(f'COUNTA({one})-COUNT({one})' for one in _joined(ranges))})"


def _joined(cells: Sequence[str]) -> list[str]:
    """Return cells below each other as ranges, since a formula holds 8,000 letters at most."""
    found: list[tuple[str, int, int]] = []
    for cell in cells:
        whole = re.fullmatch(r"Rates!([A-Z]+)(\d+)", cell)
        if whole is None:
            continue
        column, row = whole[1], int(whole[2])
        last = next(
            (n for n, one in enumerate(found) if one[0] == column and one[2] == row - 1), None
        )
        if last is None:
            found.append((column, row, row))
        else:
            found[last] = (column, found[last][1], row)
    rest = [cell for cell in cells if not re.fullmatch(r"Rates!([A-Z]+)(\d+)", cell)]
    return [*rest, *(f"Rates!{column}{first}:{column}{last}" for column, first, last in found)]


def _balances(
    facts: Facts,
    blocks: Blocks,
    monthly: dict[int, tuple[int, int]],
    staffing: dict[tuple[str, int, int], int],
    planned: Mapping[tuple[int, int], tuple[int, int]],
    lines: tuple[int, int],
    rates: Rates,
) -> Iterator[Balance]:
    """Yield the pairs of amounts that the sheet Check compares."""
    first, last = monthly[blocks[0][4]][0], monthly[blocks[-1][4]][1]
    top, bottom = blocks[0][4], blocks[-1][4]
    every = [way.option.costs for way in facts.ways]
    for words, name, column in (
        ("Cost of every option in real terms: by year and by month", "total_real", "R"),
        ("Cost of every option in cash: by year and by month", "total_cash", "S"),
        ("Cost of every option, discounted: by year and by month", "total_discounted", "T"),
    ):
        of_year = xl_col_to_name(COLUMNS[name])
        value = float(sum(getattr(one, name).sum() for one in every))
        yield Balance(
            words,
            f"SUM(Costs!{of_year}{top}:{of_year}{bottom})",
            f"SUM('Cost workings'!{column}{first}:{column}{last})",
            value,
        )
    for place, way in enumerate(facts.ways):
        rows = [row for one, _, _, _, row in blocks if one is way]
        yield Balance(
            f"{way.label}, cash: options side by side and by year",
            f"SUM(Options!C{4 + place})",
            f"SUM(Costs!L{rows[0]}:L{rows[-1]})",
            float(way.option.costs.total_cash.sum()),
        )
    way = facts.ways[len(facts.plan.options) - 1]
    grades = range(len(way.plan.model.grades))
    value = float(sum(sum(one.sum() for one in lines_of(way, g).values()) for g in grades))
    begin = min(one for one, _ in planned.values())
    end = max(one for _, one in planned.values())
    kept = f"(1-N(Rates!D{rates.finance[id(way.plan)]}))"
    span = "SUM('Cost workings'!{0}" + str(begin) + ":{0}" + str(end) + ")"
    s, overtime = span.format("S"), span.format("AE")
    beside = "+".join(span.format(one) for one in ("AF", "AG", "AH"))
    yield Balance(
        "Financial plan: its lines, and the cash of posts less vacancies, overtime and what is "
        "paid beside them",
        f"SUM(MTFP!F{lines[0]}:F{lines[1]})",
        f"{overtime}+{beside}+({s}-{overtime})*{kept}",
        value,
    )


def _check(sheet: Any, styles: Styles, bad_cells: str) -> None:
    """Write how many cells for input hold no number: those count as 0."""
    formula = f"={bad_cells}"
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
