"""The workbook's own sums: staffing, rates, cost month by month, costs and options as formulas.

Change a rate, a yearly cost or the posts of a year, and every total follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from capacity.costs import NO_MORE, options_rows
from capacity.model import Array, Model
from capacity.plan import Plan
from capacity.report.blocks import Sum
from capacity.report.facts import Facts, Way

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

ROWS_OF_TIERS = 20_000
"""Above this many rows the projection is shown by duty, all tiers together."""

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

    def formula(self, wanted: Sum) -> str | None:
        """Return a sum as a formula over the sheet Costs; none if nothing matches."""
        parts = []
        for term in wanted.terms:
            where = dict(term.where)
            found = [
                row for keys, row in self.rows if all(keys[name] == one for name, one in where.items())
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

    Shape: sheets Costs, Options, Staffing, Projection, Standards, Cost workings and Rates.
    Unit: £, FTE, duties. Source: docs/method.md, Money. Raises: nothing.
    """
    names = ("Costs", "Options", "Staffing", "Projection", "Standards", "Cost workings", "Rates")
    sheets = {name: book.add_worksheet(name) for name in names}
    rates = _rates(sheets["Rates"], styles, facts)
    staffing = _staffing(sheets["Staffing"], styles, facts)
    blocks = _blocks(facts)
    monthly = _monthly(sheets["Cost workings"], styles, facts, rates, staffing, blocks)
    costs = _costs(sheets["Costs"], styles, facts, blocks, monthly)
    done = _projection(sheets["Projection"], styles, facts)
    _options(sheets["Options"], styles, facts, costs, done)
    _standards(sheets["Standards"], styles, facts)
    return costs


class _Sheet:
    """Writes one table: headings in a row that stays, cells below."""

    def __init__(self, sheet: Any, styles: Styles, title: str, headings: Sequence[str], top: int = 2) -> None:
        self.sheet, self.styles, self.top = sheet, styles, top
        sheet.write_string(0, 0, title, styles.get(bold=True, font_size=12, font_color=styles.colour))
        for place, heading in enumerate(headings):
            sheet.write_string(top, place, heading, styles.heading)
        sheet.set_row(top, 42)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, len(headings) - 1, 13)
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        self.width = len(headings)

    def close(self, last: int, *, filters: bool = True) -> None:
        """Say what is printed, and let rows be filtered."""
        self.sheet.print_area(0, 0, max(last, self.top + 1), self.width - 1)
        if filters and last > self.top:
            self.sheet.autofilter(self.top, 0, last, self.width - 1)


def _day(label: str) -> date:
    return date.fromisoformat(f"{label}-01")


# Staffing ----------------------------------------------------------------------------------


def _staffing(sheet: Any, styles: Styles, facts: Facts) -> dict[tuple[str, int, int], int]:
    """Write posts and people by month; return the row of each option, grade and month, from 1."""
    headings = ["Option", "Team", "Grade", "Month", "Posts", "In post", "Joiners", "Leavers", "Released", "Effective FTE"]
    made = _Sheet(sheet, styles, "Posts and people by month", headings)
    text, month_style, fte = styles.get(), styles.get(num_format="mmm yyyy", align="left"), styles.number("people")
    posts_style = styles.number("people", **styles.input)
    row, found = made.top, {}
    for way in facts.ways:
        model, staff = way.plan.model, way.option.staff
        days = [_day(label) for label in model.calendar.labels]
        for g, (team, grade) in enumerate(model.grades):
            names = (way.label, _team(way.plan, team), _grade(way.plan, team, grade))
            columns = [
                series[0, :, g].tolist()
                for series in (staff.posts, staff.in_post, staff.joiners, staff.leavers, staff.releases, staff.effective)
            ]
            for t, day in enumerate(days):
                row += 1
                for place, name in enumerate(names):
                    sheet.write_string(row, place, name, text)
                sheet.write_datetime(row, 3, day, month_style)
                for place, column in enumerate(columns, start=4):
                    sheet.write_number(row, place, column[t], posts_style if place == 4 else fte)
                found[way.key, g, t] = row + 1
    made.close(row)
    return found


def _team(plan: Plan, team: str) -> str:
    return plan.scenario.settings.teams[team].label or team


def _grade(plan: Plan, team: str, grade: str) -> str:
    return plan.scenario.settings.teams[team].grades[grade].label or grade


# Rates -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rates:
    """Rows of the sheet Rates, from 1."""

    finance: dict[int, int]  # by plan
    grades: dict[tuple[int, int, int], int]  # by plan, grade, month
    overtime: dict[tuple[int, int, int], int]  # by plan, team, month


def _rates(sheet: Any, styles: Styles, facts: Facts) -> _Rates:
    """Write every rate once, yellow where it may be changed."""
    plans = list({id(way.plan): way.plan for way in facts.ways}.values())
    sheet.write_string(0, 0, "Rates: change a yellow cell and every sheet of costs follows", styles.get(bold=True, font_size=12, font_color=styles.colour))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 8, 16)
    given = styles.input
    row = 2
    for place, heading in enumerate(("Scenario", "Discount rate a year, real", "Pay award a year", "Vacancy factor", "Price base: year from April")):
        sheet.write_string(row, place, heading, styles.heading)
    sheet.set_row(row, 30)
    finance = {}
    for plan in plans:
        row += 1
        money = plan.model.money
        sheet.write_string(row, 0, plan.scenario.settings.title, styles.get())
        for place, value in enumerate((money.discount_rate, money.pay_award, money.vacancy_factor), start=1):
            sheet.write_number(row, place, float(np.ravel(value)[0]), styles.get(num_format="0.00 %", **given))
        sheet.write_number(row, 4, money.price_base, styles.get(num_format="0", **given))
        finance[id(plan)] = row + 1
    row += 2
    for place, heading in enumerate(("Scenario", "Team", "Grade", "From", "Cost of a post a year, £", "Joining cost, £")):
        sheet.write_string(row, place, heading, styles.heading)
    sheet.set_row(row, 30)
    grades: dict[tuple[int, int, int], int] = {}
    overtime: dict[tuple[int, int, int], int] = {}
    pounds = styles.get(num_format="£#,##0.00", **given)
    for plan in plans:
        people, model = plan.model.people, plan.model
        for g, (team, grade) in enumerate(model.grades):
            both = np.stack([_full(people.cost, model)[:, g], _full(people.joining_cost, model)[:, g]], axis=1)
            for t in range(model.months):
                if t == 0 or (both[t] != both[t - 1]).any():
                    row += 1
                    names = (plan.scenario.settings.title, _team(plan, team), _grade(plan, team, grade))
                    for place, name in enumerate(names):
                        sheet.write_string(row, place, name, styles.get())
                    sheet.write_datetime(row, 3, _day(model.calendar.labels[t]), styles.get(num_format="mmm yyyy", align="left"))
                    sheet.write_number(row, 4, both[t, 0], pounds)
                    sheet.write_number(row, 5, both[t, 1], pounds)
                grades[id(plan), g, t] = row + 1
    row += 2
    for place, heading in enumerate(("Scenario", "Team", "", "From", "Overtime, £ an hour")):
        sheet.write_string(row, place, heading, styles.heading)
    for plan in plans:
        model = plan.model
        rate = _full(model.people.overtime_cost, model)
        for n, team in enumerate(model.teams):
            for t in range(model.months):
                if t == 0 or rate[t, n] != rate[t - 1, n]:
                    row += 1
                    sheet.write_string(row, 0, plan.scenario.settings.title, styles.get())
                    sheet.write_string(row, 1, _team(plan, team), styles.get())
                    sheet.write_datetime(row, 3, _day(model.calendar.labels[t]), styles.get(num_format="mmm yyyy", align="left"))
                    sheet.write_number(row, 4, rate[t, n], pounds)
                overtime[id(plan), n, t] = row + 1
    sheet.print_area(0, 0, row, 5)
    sheet.freeze_panes(1, 0)
    return _Rates(finance, grades, overtime)


def _full(series: Array, model: Model) -> Array:
    """Return the central case of a series with a value in every month."""
    shape = (model.months, series.shape[-1])
    return np.broadcast_to(series[0], shape)


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
    rates: _Rates,
    staffing: dict[tuple[str, int, int], int],
    blocks: Blocks,
) -> dict[int, tuple[int, int]]:
    """Write cost by month as formulas; return the first and last row of each row of Costs, from 1."""
    headings = ["Option", "Team", "Grade", "Month", "Years after price base", "Months after start"]
    headings += ["Posts", "In post", "Joiners", "Cost of a post a year", "Joining cost of one"]
    headings += ["Overtime hours", "Overtime, £ an hour", "Budget", "Forecast", "Joining", "Overtime"]
    headings += ["Total, real", "Total, cash", "Total, discounted", "Funded people events"]
    made = _Sheet(sheet, styles, "Cost month by month: posts × cost ÷ 12 + overtime; cash with pay awards, discounted at the real rate", headings)
    text, month_style = styles.get(), styles.get(num_format="mmm yyyy", align="left")
    fte, pounds = styles.number("people"), styles.number("rate")
    whole = styles.number("whole")
    row, found = made.top, {}
    for way, _, g, months, cost_row in blocks:
        plan, model, costs = way.plan, way.plan.model, way.option.costs
        team_place = int(model.people.team_of[g])
        team, grade = model.grades[g]
        names = (way.label, _team(plan, team), _grade(plan, team, grade))
        rate = _full(model.people.overtime_cost, model)[:, team_place]
        at_finance = rates.finance[id(plan)]
        base = model.money.price_base
        first = row + 2
        for t in months:
            row += 1
            n = row + 1
            staff = staffing[way.key, g, t]
            grade_row, over_row = rates.grades[id(plan), g, t], rates.overtime[id(plan), team_place, t]
            for place, name in enumerate(names):
                sheet.write_string(row, place, name, text)
            sheet.write_datetime(row, 3, _day(model.calendar.labels[t]), month_style)
            year = int(model.calendar.year_numbers[t])
            sheet.write_formula(row, 4, f"={year}-Rates!E{at_finance}", whole, year - base)
            sheet.write_number(row, 5, t, whole)
            hours = float(costs.overtime[t, g] / rate[t]) if rate[t] > 0 else 0.0
            cells: list[tuple[str, float, Any]] = [
                (f"=Staffing!E{staff}+Costs!{xl_col_to_name(TRY)}{cost_row}", costs.posts[t, g], fte),
                (f"=Staffing!F{staff}", costs.in_post[t, g], fte),
                (f"=Staffing!G{staff}", way.option.staff.joiners[0, t, g], fte),
                (f"=Rates!E{grade_row}", _full(model.people.cost, model)[t, g], pounds),
                (f"=Rates!F{grade_row}", _full(model.people.joining_cost, model)[t, g], pounds),
            ]
            for place, (formula, value, style) in enumerate(cells, start=6):
                sheet.write_formula(row, place, formula, style, float(value))
            sheet.write_number(row, 11, hours, fte)
            sheet.write_formula(row, 12, f"=Rates!E{over_row}", pounds, float(rate[t]))
            sums = [
                (f"=G{n}*J{n}/12*(1-Rates!D{at_finance})", costs.budget[t, g]),
                (f"=H{n}*J{n}/12", costs.forecast[t, g]),
                (f"=I{n}*K{n}", costs.joining[t, g]),
                (f"=L{n}*M{n}", costs.overtime[t, g]),
                (f"=G{n}*J{n}/12+Q{n}", costs.total_real[t, g]),
                (f"=R{n}*(1+Rates!C{at_finance})^E{n}", costs.total_cash[t, g]),
                (f"=R{n}*(1+Rates!B{at_finance})^(-F{n}/12)", costs.total_discounted[t, g]),
            ]
            for place, (formula, value) in enumerate(sums, start=13):
                sheet.write_formula(row, place, formula, pounds, float(value))
            sheet.write_number(row, 20, float(costs.people_events[t, g]), pounds)
        found[cost_row] = (first, row + 1)
    made.close(row)
    return found


# Costs by year -----------------------------------------------------------------------------

FROM_MONTHS = {"posts": "G", "average_in_post": "H", "budget": "N", "forecast": "O", "joining": "P", "overtime": "Q"}
FROM_MONTHS |= {"total_real": "R", "total_cash": "S", "total_discounted": "T", "people_events": "U"}
"""Columns of the sheet Cost workings, by those of the `costs` table."""


def _costs(
    sheet: Any, styles: Styles, facts: Facts, blocks: Blocks, monthly: dict[int, tuple[int, int]]
) -> CostSheet:
    """Write cost by year, team and grade as sums of its months."""
    headings = ["Option", "Financial year", "Team", "Grade", "Posts (mean)", "In post (mean)", "Budget", "Forecast"]
    headings += ["Joining, one-off", "Overtime", "Total, real", "Total, cash", "Total, discounted", "Funded people events"]
    headings += ["Try: posts more or fewer"]
    made = _Sheet(sheet, styles, "Cost by financial year, team and grade (type posts into the yellow column and see)", headings)
    rows: list[tuple[dict[str, str], int]] = []
    by_key = {(way.key, row.year, row.team, row.grade): row for way in facts.ways for row in way.years}
    text, fte, pounds = styles.get(), styles.number("people"), styles.number("pounds")
    for way, place, g, _, row in blocks:
        model = way.plan.model
        team, grade = model.grades[g]
        year = model.calendar.years[place]
        values = by_key[way.key, year, team, grade]
        names = (way.label, year, _team(way.plan, team), _grade(way.plan, team, grade))
        for column, name in enumerate(names):
            sheet.write_string(row - 1, column, name, text)
        first, last = monthly[row]
        for name, column in COLUMNS.items():
            mean = name in ("posts", "average_in_post")
            letter = FROM_MONTHS[name]
            formula = f"={'AVERAGE' if mean else 'SUM'}('Cost workings'!{letter}{first}:{letter}{last})"
            style = fte if mean else pounds
            sheet.write_formula(row - 1, column, formula, style, float(getattr(values, name)))
        sheet.write_number(row - 1, TRY, 0, styles.number("people", **styles.input))
        rows.append(({"option": way.key, "year": year, "team": team, "grade": grade}, row))
    made.close(blocks[-1][4] - 1)
    return CostSheet(tuple(rows))


# What is done, options, standards ----------------------------------------------------------


def _projection(sheet: Any, styles: Styles, facts: Facts) -> dict[str, tuple[int, int]]:
    """Write duties by month; return the first and last row of each option, from 1."""
    headings = ["Option", "Group", "Duty", "Tier", "Month", "Cases", "Newly due", "Due", "Done", "On time"]
    headings += ["Outstanding", "Completion", "In date", "Longest wait, months"]
    made = _Sheet(sheet, styles, "Duties by month", headings)
    many = sum(len(way.plan.model.rows) * way.plan.model.months for way in facts.ways) > ROWS_OF_TIERS
    row, found = made.top, {}
    text, month_style = styles.get(), styles.get(num_format="mmm yyyy", align="left")
    number, share, whole = styles.number("number"), styles.number("share"), styles.number("whole")
    for way in facts.ways:
        model, run = way.plan.model, way.option.projection
        named = Facts(way.plan, {}, "")
        first = row + 2
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, key in enumerate(model.rows):
            if model.duties.per_year[0][:, place].max() > 0:
                groups.setdefault((key.cohort, key.duty) if many else tuple(key), []).append(place)
        days = [_day(label) for label in model.calendar.labels]
        for key_, places in groups.items():
            names = (way.label, named.cohort(key_[0]), named.duty(key_[0], key_[1]), "all" if many else named.tier(key_[0], key_[2]))
            sums = [
                series[0][:, places].sum(axis=1).tolist()
                for series in (run.cases, run.newly_due, run.due, run.done, run.on_time(), run.outstanding)
            ]
            dates = _in_date(run.cases[0][:, places], run.outstanding[0][:, places], sums, bool((model.duties.interval[:, places] > 0).all()))
            waits = run.longest_wait[0][:, places].max(axis=1).tolist()
            for t, day in enumerate(days):
                row += 1
                for place, name in enumerate(names):
                    sheet.write_string(row, place, name, text)
                sheet.write_datetime(row, 4, day, month_style)
                for place, series in enumerate(sums, start=5):
                    sheet.write_number(row, place, series[t], number)
                n = row + 1
                due, done = sums[2][t], sums[3][t]
                value: Any = done / due if due >= 1e-9 else ""
                sheet.write_formula(row, 11, f'=IF(H{n}<0.000000001,"",I{n}/H{n})', share, value)
                if np.isfinite(dates[t]):
                    sheet.write_number(row, 12, dates[t], share)
                sheet.write_number(row, 13, int(waits[t]), whole)
        found[way.key] = (first, row + 1)
    made.close(row)
    return found


def _in_date(cases: Array, waiting: Array, sums: list[list[float]], clocked: bool) -> list[float]:
    """Return the share of cases in date: by cases, or done ÷ due where duties lapse."""
    if clocked:
        some = cases.sum(axis=1) > 0
        held = (cases - waiting).sum(axis=1)
        return np.where(some, held / np.where(some, cases.sum(axis=1), 1.0), np.nan).tolist()
    due, done = np.array(sums[2]), np.array(sums[3])
    return np.where(due > 1e-9, done / np.where(due > 1e-9, due, 1.0), np.nan).tolist()


def _options(sheet: Any, styles: Styles, facts: Facts, costs: CostSheet, done: dict[str, tuple[int, int]]) -> None:
    """Write the options side by side, all from the other sheets."""
    headings = ["Option", "Cost, real", "Cost, cash", "Cost, discounted", "Above the first, discounted"]
    headings += ["Done", "On time", "Outstanding at the end", "Cost per extra duty on time", "Joining, one-off", "Funded people events"]
    made = _Sheet(sheet, styles, "Options side by side, over the whole time", headings)
    sets = [(way.key, way.option.projection, way.option.costs) for way in facts.ways]
    for place, (way, row) in enumerate(zip(facts.ways, options_rows(sets), strict=True)):
        at = made.top + 1 + place
        n, top = at + 1, made.top + 2
        sheet.write_string(at, 0, way.label, styles.get())
        amounts = [("total_real", 1), ("total_cash", 2), ("total_discounted", 3), ("joining", 9), ("people_events", 10)]
        for name, column in amounts:
            total = _total(way, name, costs)
            sheet.write_formula(at, column, total[0], styles.number("pounds"), total[1])
        above = row.cost_discounted - options_rows(sets[:1])[0].cost_discounted
        sheet.write_formula(at, 4, f"=D{n}-D${top}", styles.number("pounds"), above)
        first, last = done[way.key]
        number = styles.number("number")
        sheet.write_formula(at, 5, f"=SUM(Projection!I{first}:I{last})", number, row.done)
        sheet.write_formula(at, 6, f"=SUM(Projection!J{first}:J{last})", number, row.on_time)
        end = _day(way.plan.model.calendar.labels[-1])
        formula = f"=SUMIFS(Projection!K{first}:K{last},Projection!E{first}:E{last},DATE({end.year},{end.month},1))"
        sheet.write_formula(at, 7, formula, number, row.outstanding_end)
        each: Any = "" if row.cost_per_extra_on_time is None else row.cost_per_extra_on_time
        least = f"{NO_MORE:.6f}*MAX(1,G${top})"
        formula = f'=IF(G{n}-G${top}>{least},(D{n}-D${top})/(G{n}-G${top}),"")'
        sheet.write_formula(at, 8, formula, styles.number("rate"), each)
    made.close(made.top + len(facts.ways), filters=False)
    sheet.set_column(0, 0, 44)


def _total(way: Way, name: str, costs: CostSheet) -> tuple[str, float]:
    """Return a way's total of a column of Costs, as formula and value."""
    rows = [row for keys, row in costs.rows if keys["option"] == way.key]
    column = xl_col_to_name(COLUMNS[name])
    value = float(sum(getattr(row, name) for row in way.years))
    return f"=SUM(Costs!{column}{min(rows)}:{column}{max(rows)})", value


def _standards(sheet: Any, styles: Styles, facts: Facts) -> None:
    """Write every standard in every period."""
    headings = ["Option", "Standard", "Group", "Duty", "Tier", "Period", "Asked for", "Reached", "Kept"]
    made = _Sheet(sheet, styles, "Standards in every period", headings)
    row = made.top
    text = styles.get()
    for way in facts.ways:
        named = Facts(way.plan, {}, "")
        cohorts = way.plan.scenario.settings.cohorts
        for one in way.option.judgements:
            row += 1
            tier = one.tier or ""
            known = one.cohort is not None and tier in cohorts[one.cohort].tiers
            words = (
                way.label,
                one.standard,
                named.cohort(one.cohort) if one.cohort else "",
                named.duty(one.cohort, one.duty) if one.cohort and one.duty else "",
                named.tier(str(one.cohort), tier) if known else tier,
                one.period.name,
            )
            for place, word in enumerate(words):
                sheet.write_string(row, place, word, text)
            achieved = float(one.achieved[0])
            sheet.write_number(row, 6, float(np.ravel(one.required)[0]), styles.get(num_format="#,##0.00"))
            if np.isfinite(achieved):
                sheet.write_number(row, 7, achieved, styles.get(num_format="#,##0.00"))
            sheet.write_string(row, 8, "yes" if one.met[0] else "no", text)
    made.close(row)
