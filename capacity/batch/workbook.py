"""The overview as a workbook: what is added up follows the rows that a filter leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from capacity.batch.previous import ForecastRow
from capacity.batch.rows import OverviewRow
from capacity.files import workbooks
from capacity.report.blocks import Kind, Report
from capacity.report.theme import Theme
from capacity.report.xlsx import Styles

Columns = tuple[tuple[str, str, Kind, int], ...]
"""Heading, field, kind of number, width in letters."""

OVERVIEW: Columns = (
    ("Rank", "rank", "whole", 7),
    ("Scenario", "scenario", "text", 26),
    ("Title", "title", "text", 40),
    ("Outcome", "outcome", "text", 12),
    ("Starts", "start", "text", 10),
    ("Months", "months", "whole", 8),
    ("Current posts", "posts_today", "people", 10),
    ("Posts needed", "posts_needed", "people", 10),
    ("More", "posts_added", "people", 10),
    ("Cost per year, current posts", "cost_today", "pounds", 14),
    ("Cost per year, team needed", "cost_needed", "pounds", 14),
    ("More per year", "cost_added", "pounds", 14),
    ("Whole time, discounted, current posts", "cost_discounted_today", "pounds", 15),
    ("Whole time, discounted, team needed", "cost_discounted_needed", "pounds", 15),
    ("Standards judged", "standards", "whole", 10),
    ("Standards met, current posts", "kept_today", "whole", 10),
    ("Standards met, team needed", "kept_needed", "whole", 10),
    ("Worst backlog, current posts", "worst_backlog_today", "number", 12),
    ("Worst backlog, team needed", "worst_backlog_needed", "number", 12),
    ("Case-months overdue, weighted, current posts", "weighted_today", "number", 14),
    ("Case-months overdue, weighted, team needed", "weighted_needed", "number", 14),
    ("Last post: cost per case-month avoided", "last_post", "pounds", 14),
    ("Posts to agree now", "agree_now", "people", 10),
    ("Full year of them, cash", "agree_now_cash", "pounds", 14),
    ("Posts at the end, recommended", "posts_recommended", "people", 14),
    ("Expected cost, recommended, discounted", "cost_recommended", "pounds", 15),
    ("Probability that every standard is met", "chance", "share", 14),
    ("Probability with no posts added", "chance_today", "share", 14),
    ("Years out of reach", "out_of_reach", "text", 16),
    ("In words", "words", "text", 90),
    ("Run", "run_id", "text", 18),
)
ADDED = {
    *("posts_today", "posts_needed", "posts_added", "cost_today", "cost_needed", "cost_added"),
    *("cost_discounted_today", "cost_discounted_needed"),
}
"""What is added up below; it says something where no two rows are of the same people."""

LESS = {"posts_added": ("posts_needed", "posts_today"), "cost_added": ("cost_needed", "cost_today")}
"""What is one column less another."""

FORECASTS: Columns = (
    ("Scenario", "scenario", "text", 26),
    ("End of", "month", "text", 10),
    ("What", "measure", "text", 14),
    ("Cohort", "cohort", "text", 16),
    ("Duty", "duty", "text", 16),
    ("Tier; empty: all", "tier", "text", 16),
    ("Forecast", "forecast", "number", 12),
    ("Happened", "actual", "number", 12),
    ("Error", "error", "number", 12),
    ("Error, share of what happened", "error_share", "share", 14),
    ("Band from", "p10", "number", 12),
    ("to", "p90", "number", 12),
    ("In the band", "inside", "text", 12),
)


def render(
    page: Report, rows: Sequence[OverviewRow], forecasts: Sequence[ForecastRow], theme: Theme
) -> bytes:
    """Return the overview as a workbook."""

    def fill(book: Any) -> None:
        styles = Styles(book, theme)
        if forecasts:
            _Sheet(book.add_worksheet("Forecasts"), styles, FORECASTS).write(forecasts)
        sheet = _Sheet(book.add_worksheet("Overview"), styles, OVERVIEW)
        sheet.write(rows)
        sheet.totals(rows)

    return workbooks.written(
        fill,
        datetime(page.year or 2000, 1, 1, tzinfo=UTC),
        title=page.title,
        author=theme.name or "capacity",
        comments=f"run {page.run_id}, capacity {page.version}",
    )


class _Sheet:
    """Writes rows below a line of headings."""

    def __init__(self, sheet: Any, styles: Styles, columns: Columns) -> None:
        self.sheet, self.styles, self.columns = sheet, styles, columns
        self.place = {field: n for n, (_, field, _, _) in enumerate(columns)}

    def write(self, rows: Sequence[Any]) -> None:
        """Write headings and rows, to be filtered and printed."""
        sheet = self.sheet
        for place, (heading, _, _, width) in enumerate(self.columns):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, self.styles.heading)
        sheet.set_row(0, 45)
        for at, row in enumerate(rows, start=1):
            for place, (_, field, kind, _) in enumerate(self.columns):
                self._cell(at, place, field, getattr(row, field), kind)
        sheet.autofilter(0, 0, max(len(rows), 1), len(self.columns) - 1)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        workbooks.printed_across(sheet)

    def _cell(self, at: int, place: int, field: str, value: Any, kind: Kind) -> None:
        sheet = self.sheet
        if value is None or value == "" or (isinstance(value, float) and not isfinite(value)):
            return
        if isinstance(value, bool):
            value = "inside" if value else "outside"
        if isinstance(value, str):
            style = self.styles.get(text_wrap=True)
            sheet.write_string(at, place, workbooks.clean(value), style)
        elif field in LESS:
            one, other = (xl_rowcol_to_cell(at, self.place[name]) for name in LESS[field])
            sheet.write_formula(at, place, f"={one}-{other}", self.styles.number(kind), value)
        else:
            sheet.write_number(at, place, value, self.styles.number(kind))

    def totals(self, rows: Sequence[Any]) -> None:
        """Write the totals of what the filter leaves, two rows below."""
        at = len(rows) + 2
        bold = self.styles.get(bold=True)
        label = "Rows shown, added up: only where they are different units"
        self.sheet.write_string(at, 1, label, bold)
        for place, (_, field, kind, _) in enumerate(self.columns):
            if field not in ADDED:
                continue
            name = xl_col_to_name(place)
            values = [getattr(row, field) for row in rows]
            total = sum(value for value in values if isfinite(value))
            formula = f"=SUBTOTAL(109,{name}2:{name}{len(rows) + 1})"
            style = self.styles.number(kind, bold=True, top=1)
            self.sheet.write_formula(at, place, formula, style, total)
