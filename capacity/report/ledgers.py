"""The workbook's lists: posts and people, duties and standards, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.engine.measures import share_of
from capacity.engine.model import Array
from capacity.report.facts import Facts
from capacity.stages import PlanResult

if TYPE_CHECKING:
    from capacity.report.xlsx import Styles

MOST_POSTS = 1_000
"""More posts than a grade of a unit has."""

POSTS_FROM_0 = "Whole posts, 0 or more."

ROWS_OF_TIERS = 20_000
"""Above this many rows duties are listed with all tiers together."""


class Ledger:
    """Writes one table: headings in a row that stays, cells below."""

    def __init__(
        self, sheet: Any, styles: Styles, title: str, headings: Sequence[str], top: int = 2
    ) -> None:
        self.sheet, self.styles, self.top = sheet, styles, top
        sheet.write_string(
            0, 0, title, styles.get(bold=True, font_size=12, font_color=styles.colour)
        )
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


def first_day(label: str) -> date:
    """Return the first day of a month `YYYY-MM`."""
    return date.fromisoformat(f"{label}-01")


# Staffing ----------------------------------------------------------------------------------


def staffing(sheet: Any, styles: Styles, facts: Facts) -> dict[tuple[str, int, int], int]:
    """Write posts and people by month; return the row of each option, grade and month, from 1."""
    headings = [
        "Option",
        "Team",
        "Grade",
        "Month",
        "Posts",
        "In post",
        "Joiners",
        "Leavers",
        "Released",
        "Effective FTE",
    ]
    made = Ledger(sheet, styles, "Posts and people by month", headings)
    text, month_style, fte = (
        styles.get(),
        styles.month,
        styles.number("people"),
    )
    posts_style = styles.number("people", **styles.input)
    row, found = made.top, {}
    for way in facts.ways:
        model, staff = way.plan.model, way.option.staff
        days = [first_day(label) for label in model.calendar.labels]
        for g, (team, grade) in enumerate(model.grades):
            names = (way.label, team_name(way.plan, team), grade_name(way.plan, team, grade))
            columns = [
                series[0, :, g].tolist()
                for series in (
                    staff.posts,
                    staff.in_post,
                    staff.joiners,
                    staff.leavers,
                    staff.releases,
                    staff.effective,
                )
            ]
            for t, day in enumerate(days):
                row += 1
                for place, name in enumerate(names):
                    sheet.write_string(row, place, name, text)
                sheet.write_datetime(row, 3, day, month_style)
                for place, column in enumerate(columns, start=4):
                    sheet.write_number(row, place, column[t], posts_style if place == 4 else fte)
                most = max(MOST_POSTS, 10 * columns[0][t])
                ends = {"criteria": "between", "minimum": 0, "maximum": most}
                kind = "integer" if float(columns[0][t]).is_integer() else "decimal"
                told = {"error_title": "Not a number of posts", "error_message": POSTS_FROM_0}
                sheet.data_validation(row, 4, row, 4, {"validate": kind, **ends, **told})
                found[way.key, g, t] = row + 1
    made.close(row)
    return found


def team_name(plan: PlanResult, team: str) -> str:
    """Return a team's name as people know it."""
    return plan.scenario.settings.teams[team].label or team


def grade_name(plan: PlanResult, team: str, grade: str) -> str:
    """Return a grade's name as people know it."""
    return plan.scenario.settings.teams[team].grades[grade].label or grade


# What is done, options, standards ----------------------------------------------------------


def projection(sheet: Any, styles: Styles, facts: Facts) -> dict[str, tuple[int, int]]:
    """Write duties by month; return the first and last row of each option, from 1."""
    headings = [
        "Option",
        "Group",
        "Activity",
        "Tier",
        "Month",
        "Cases",
        "Newly due",
        "Due",
        "Done",
        "On time",
    ]
    headings += ["Overdue", "Completion", "In date", "Longest overdue, months"]
    made = Ledger(sheet, styles, "Activities by month", headings)
    many = (
        sum(len(way.plan.model.rows) * way.plan.model.months for way in facts.ways) > ROWS_OF_TIERS
    )
    row, found = made.top, {}
    text, month_style = styles.get(), styles.month
    number, share, whole = styles.number("number"), styles.number("share"), styles.number("whole")
    for way in facts.ways:
        model, run = way.plan.model, way.option.projection
        named = Facts(way.plan, {}, "")
        first = row + 2
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, key in enumerate(model.rows):
            if model.duties.per_year[0][:, place].max() > 0:
                groups.setdefault((key.cohort, key.duty) if many else tuple(key), []).append(place)
        days = [first_day(label) for label in model.calendar.labels]
        for key_, places in groups.items():
            names = (
                way.label,
                named.cohort(key_[0]),
                named.duty(key_[0], key_[1]),
                "all" if many else named.tier(key_[0], key_[2]),
            )
            sums = [
                series[0][:, places].sum(axis=1).tolist()
                for series in (
                    run.cases,
                    run.newly_due,
                    run.due,
                    run.done,
                    run.on_time(),
                    run.outstanding,
                )
            ]
            dates = _in_date(
                run.cases[0][:, places],
                run.outstanding[0][:, places],
                sums,
                bool((model.duties.interval[:, places] > 0).all()),
            )
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
    part, whole = np.array(sums[3]), np.array(sums[2])
    if clocked:
        part, whole = (cases - waiting).sum(axis=1), cases.sum(axis=1)
    return [float(one) for one in share_of(part, whole)]


def standards(sheet: Any, styles: Styles, facts: Facts) -> None:
    """Write every standard in every period."""
    headings = [
        "Option",
        "Standard",
        "Group",
        "Activity",
        "Tier",
        "Period",
        "Asked for",
        "Reached",
        "Kept",
    ]
    made = Ledger(sheet, styles, "Standards in every period", headings)
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
                named.duty(one.cohort or "", one.duty) if one.duty else "",
                named.tier(str(one.cohort), tier) if known else tier,
                one.period.name,
            )
            for place, word in enumerate(words):
                sheet.write_string(row, place, word, text)
            achieved = float(one.achieved[0])
            sheet.write_number(
                row, 6, float(np.ravel(one.required)[0]), styles.get(num_format="#,##0.00")
            )
            if np.isfinite(achieved):
                sheet.write_number(row, 7, achieved, styles.get(num_format="#,##0.00"))
            sheet.write_string(row, 8, "yes" if one.met[0] else "no", text)
    made.close(row)
