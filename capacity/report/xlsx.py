"""A report as a workbook: a sheet a part, and the costs as formulas that can be followed.

Words are always written as text, so that nothing typed is ever read as a formula. Every formula
carries its value, so that readers that do not calculate show the same.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from xlsxwriter.utility import xl_range

from capacity.files import workbooks
from capacity.files.workbooks import clean
from capacity.report import workings
from capacity.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Figures,
    Heading,
    Kind,
    Points,
    Report,
    Section,
    Sum,
    Table,
    Text,
    value_of,
)
from capacity.report.facts import Facts
from capacity.report.numbering import every_block, numbers
from capacity.report.pictures import GREY, LOOKS, OTHERS
from capacity.report.theme import Theme

FORMATS: dict[Kind, str] = {
    "pounds": "£#,##0;−£#,##0",
    "rate": "£#,##0.00;−£#,##0.00",
    "share": "0.0%",
    "number": "#,##0.0",
    "people": "#,##0.0",
    "months": "#,##0",
    "whole": "#,##0",
    "month": "mmm yyyy",
    "typed": "General",
    "text": "General",
}
"""How numbers are shown; they are kept whole."""

WIDTH, FIRST_WIDTH = 16, 34
"""Of columns, in letters."""

ACROSS = 7
"""Columns that a paragraph goes across."""

UNLOCKED = {
    "autofilter": True,
    "sort": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
}
"""What may still be done on a sheet whose cells are kept from being changed by accident."""

OF_MONEY = ("answer", "central", "budget", "prices", "options")
"""Parts whose sentences quote money: as text it would not follow a changed cell."""

FOLLOWS = (
    "Yellow cells on Rates, Staffing and Costs may be changed; all money in this workbook follows. "
    "Activities, backlog and standards are as planned. Sentences with figures, and money that only "
    "a new plan can work out, are in report.html and report.pdf."
)

CHART_DATA = "Chart data"


def render(report: Report, facts: Facts, theme: Theme, dated: datetime) -> bytes:
    """Return a report as a workbook, dated as told."""
    return workbooks.written(
        lambda book: _ReportWriter(book, report, facts, theme).write(),
        dated,
        title=report.title[:250],
        author=theme.name or "capacity",
        comments=f"{report.scenario}, run {report.run_id}, capacity {report.version}",
    )


class Styles:
    """Cell formats, each made once."""

    def __init__(self, book: Any, theme: Theme) -> None:
        """Take the workbook that formats belong to."""
        self.book, self.colour = book, theme.colour
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **wanted: Any) -> Any:
        """Return a format with these properties."""
        key = tuple(sorted(wanted.items()))
        if key not in self.made:
            base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
            self.made[key] = self.book.add_format({**base, **wanted})
        return self.made[key]

    def number(self, kind: Kind, **more: Any) -> Any:
        """Return the format of numbers of a kind."""
        return self.get(num_format=FORMATS[kind], align="right", **more)

    @property
    def heading(self) -> Any:
        """Return the format of column headings."""
        return self.get(
            bold=True,
            text_wrap=True,
            bg_color="#F2F3F6",
            bottom=2,
            bottom_color=self.colour,
            valign="bottom",
        )

    @property
    def month(self) -> Any:
        """Return the format of months."""
        return self.get(num_format=FORMATS["month"], align="left")

    @property
    def input(self) -> dict[str, Any]:
        """Return the looks of cells that are meant to be changed."""
        return {"bg_color": "#FFF7D6", "font_color": "#1F3A8A", "locked": False}


class _ReportWriter:
    """Writes the sheets of a report one after the other."""

    def __init__(self, book: Any, report: Report, facts: Facts, theme: Theme) -> None:
        self.book, self.report, self.facts, self.theme = book, report, facts, theme
        self.styles = Styles(book, theme)
        self.numbers = numbers(report)
        self.sheets = [(one, book.add_worksheet(one.sheet)) for one in report.sections]
        self.costs = workings.write(book, self.styles, facts)
        charts = [block for block in every_block(report) if isinstance(block, Chart)]
        self.data = {}
        if charts:
            self.data = _chart_data(book, self.styles, charts)

    def write(self) -> None:
        """Write every part on its sheet, then how each sheet prints."""
        for section, sheet in self.sheets:
            self._section(section, sheet)
        label = f"{self.report.scenario} · as at {self.report.as_at}".replace("&", "&&")
        for sheet in self.book.worksheets():
            workbooks.printed_across(sheet)
            sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
            run = "" if sheet.get_name() == "Summary" else f" · run {self.report.run_id}"
            sheet.protect("", UNLOCKED)  # no password: against slips, not against people
            sheet.set_footer(f"&L&8{label[:150]}{run}&R&8&A, &P of &N")
        if self.sheets:
            self.sheets[0][1].activate()

    def _section(self, section: Section, sheet: Any) -> None:
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, FIRST_WIDTH)
        sheet.set_column(1, 30, WIDTH)
        colour = self.theme.colour
        sheet.write_string(0, 0, clean(self.report.title), self.styles.get(font_color="#505050"))
        sheet.write_string(
            1,
            0,
            section.title,
            self.styles.get(bold=True, font_size=16, font_color=colour, valign="vcenter"),
        )
        sheet.set_row(1, 26)
        at, widest = 3, ACROSS
        if section.name in OF_MONEY:
            at = self._words(sheet, FOLLOWS, at, 0, font_color="#505050")
        for block in _without_empty_headings(tuple(_followed(section))):
            at = self._block(sheet, block, at) + 1
            tables = [block] if isinstance(block, Table) else []
            tables += [block.table] if isinstance(block, Chart) and block.table else []
            widest = max([widest, *(len(table.columns) for table in tables)])
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(0, 1)
        sheet.print_area(0, 0, max(at, 3), widest - 1)
        if self.theme.logo and section is self.sheets[0][0]:
            image = io.BytesIO(self.theme.logo)
            scale = {"image_data": image, "x_scale": 0.4, "y_scale": 0.4, "decorative": True}
            sheet.insert_image(0, ACROSS - 1, f"logo.{self.theme.logo_kind}", scale)

    def _block(self, sheet: Any, block: Block, at: int) -> int:
        """Write a block from a row on, and return the row after it."""
        if isinstance(block, Heading):
            style = self.styles.get(bold=True, font_size=12, font_color=self.theme.colour)
            sheet.write_string(at, 0, clean(block.words), style)
            return at + 1
        if isinstance(block, Text):
            looks = {"bold": True} if block.look in ("lead", "warning") else {}
            return self._words(sheet, block.words, at, 0, **looks)
        if isinstance(block, Points):
            for label, words in block.items:
                sheet.write_string(at, 0, clean(label), self.styles.get(bold=True, text_wrap=True))
                at = self._words(sheet, words, at, 1)
            return at
        if isinstance(block, Figures):
            return self._figures(sheet, block, at)
        if isinstance(block, Chart):
            return self._chart(sheet, block, at)
        return self._table(sheet, block, at)

    def _words(self, sheet: Any, words: str, at: int, first: int, **looks: Any) -> int:
        """Write a paragraph across columns, its row as high as it needs."""
        style = self.styles.get(text_wrap=True, **looks)
        letters = WIDTH * (ACROSS - first) + (FIRST_WIDTH - WIDTH if first == 0 else 0)
        lines = max(1, math.ceil(len(words) * 1.08 / letters))
        sheet.merge_range(at, first, at, ACROSS - 1, "", style)
        sheet.write_string(at, first, clean(words), style)
        sheet.set_row(at, min(400, 13.5 * lines + 2))
        return at + 1

    def _figures(self, sheet: Any, block: Figures, at: int) -> int:
        for label, cell, kind, words in block.items:
            sheet.write_string(at, 0, clean(label), self.styles.get(bold=True, text_wrap=True))
            self._cell(sheet, at, 1, cell, kind, bold=True)
            self._words(sheet, words, at, 2)
            if len(label) > FIRST_WIDTH:
                sheet.set_row(at, 28)
            at += 1
        return self._note(sheet, f"Source: {block.source}." if block.source else "", at)

    def _note(self, sheet: Any, words: str, at: int) -> int:
        if not words:
            return at
        return self._words(sheet, words, at, 0, font_size=8, font_color="#505050")

    def _table(self, sheet: Any, block: Table, at: int) -> int:
        title = f"Table {self.numbers[id(block)]}. {block.title}"
        sheet.write_string(at, 0, clean(title), self.styles.get(bold=True))
        at += 1
        for place, column in enumerate(block.columns):
            sheet.write_string(at, place, clean(column.heading), self.styles.heading)
        longest = max((len(one.heading) for one in block.columns[1:]), default=0)
        sheet.set_row(at, 15 * max(1, math.ceil(longest * 1.15 / WIDTH)))
        top = at + 1
        for n, row in enumerate(block.rows):
            at += 1
            total = block.totals and n == len(block.rows) - 1
            self._row(sheet, at, row, block.columns, top if total else None)
        at += 1
        return self._note(
            sheet,
            " ".join(
                filter(None, [block.note, f"Source: {block.source}." if block.source else ""])
            ),
            at,
        )

    def _row(
        self, sheet: Any, at: int, row: Sequence[Cell], columns: Sequence[Column], top: int | None
    ) -> None:
        """Write a row; with `top`, the first row added up, it is one of totals."""
        looks: dict[str, Any] = {} if top is None else {"bold": True, "top": 1}
        lines = 1
        for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
            value = value_of(cell)
            if isinstance(value, str):
                width = FIRST_WIDTH if place == 0 else WIDTH
                lines = max(lines, math.ceil(len(value) * 0.95 / width))
            if top is not None and isinstance(value, int | float):
                name = xl_range(top, place, at - 1, place)
                style = self.styles.number(column.kind, **looks)
                sheet.write_formula(at, place, f"=SUM({name})", style, value)
            else:
                self._cell(sheet, at, place, cell, column.kind, **looks)
        if lines > 1:
            sheet.set_row(at, min(400, 13.5 * lines))

    def _cell(self, sheet: Any, at: int, place: int, cell: Cell, kind: Kind, **looks: Any) -> None:
        """Write a cell: a sum as a formula, a month as a date, words as text."""
        value = value_of(cell)
        if isinstance(cell, Sum) and isinstance(value, int | float):
            formula = self.costs.formula(cell)
            style = self.styles.number(kind, **looks)
            if formula is None:
                sheet.write_number(at, place, value, style)
            else:
                sheet.write_formula(at, place, formula, style, value)
        elif value is None or value == "":
            sheet.write_blank(at, place, None, self.styles.get(**looks))
        elif isinstance(value, str) and kind == "month" and _is_month(value):
            style = self.styles.get(num_format=FORMATS["month"], align="left", **looks)
            sheet.write_datetime(at, place, date.fromisoformat(f"{value}-01"), style)
        elif isinstance(value, str):
            sheet.write_string(at, place, clean(value), self.styles.get(text_wrap=True, **looks))
        else:
            sheet.write_number(at, place, value, self.styles.number(kind, **looks))

    # Charts ----------------------------------------------------------------------------

    def _chart(self, sheet: Any, block: Chart, at: int) -> int:
        """Insert a native chart, then its table."""
        message = f"Figure {self.numbers[id(block)]}. {block.table.title if block.table else ''}"
        at = self._words(sheet, message, at, 0, bold=True)
        first, columns, last = self.data[id(block)]
        drawn = self.book.add_chart({"type": "line"})
        others = 0
        for place, series in enumerate(block.series):
            colour, dash, width = LOOKS.get(series.role, (*OTHERS[others % len(OTHERS)], 2.0))
            others += series.role not in LOOKS
            looks: dict[str, Any] = {"color": colour, "width": width}
            looks |= (
                {"dash_type": "dash" if series.role == "today" else "round_dot"}
                if dash[0] > 1
                else {}
            )
            drawn.add_series(
                {
                    "name": [CHART_DATA, first - 1, columns + 1 + place],
                    "categories": [CHART_DATA, first, columns, last, columns],
                    "values": [CHART_DATA, first, columns + 1 + place, last, columns + 1 + place],
                    "line": looks,
                }
            )
        form = "0%" if block.kind == "share" else "#,##0"
        units = 6 if len(block.along) <= 72 else 12
        along: dict[str, Any] = {
            "num_font": {"size": 9},
            "date_axis": True,
            "num_format": "mmm yyyy",
            "major_unit": units if len(block.along) > 14 else 1,
            "major_unit_type": "months",
        }
        drawn.set_x_axis(along)
        up: dict[str, Any] = {
            "name": block.up_title[:250],
            "num_format": form,
            "name_font": {"size": 9, "bold": False},
        }
        up |= {"major_gridlines": {"visible": True, "line": {"color": "#E3E3E3"}}}
        up |= {"min": 0, "max": 1} if block.kind == "share" else {}
        drawn.set_y_axis(up)
        drawn.set_title({"none": True})
        drawn.set_legend({"position": "top", "font": {"size": 9, "color": GREY}})
        drawn.set_size({"width": 860, "height": 300})
        drawn.show_na_as_empty_cell()
        sheet.insert_chart(
            at, 0, drawn, {"description": f"{message}. The figures are below."[:250]}
        )
        at += 17
        return at if block.table is None else self._table(sheet, block.table, at)


def _chart_data(
    book: Any, styles: Styles, charts: Sequence[Chart]
) -> dict[int, tuple[int, int, int]]:
    """Write the figures behind charts on a sheet; return first row, first column and last row."""
    sheet = book.add_worksheet(CHART_DATA)
    sheet.write_string(0, 0, "The figures behind the charts, month by month", styles.get(bold=True))
    found, column = {}, 0
    for chart in charts:
        title = chart.table.title if chart.table else chart.up_title
        sheet.write_string(1, column, clean(title), styles.get(italic=True))
        sheet.write_string(2, column, "Month", styles.heading)
        sheet.set_column(column, column + len(chart.series), 14)
        for n, label in enumerate(chart.along, start=3):
            style = styles.get(num_format=FORMATS["month"], align="left")
            sheet.write_datetime(n, column, date.fromisoformat(f"{label}-01"), style)
        for place, series in enumerate(chart.series, start=1):
            sheet.write_string(2, column + place, clean(series.name), styles.heading)
            for n, value in enumerate(series.values, start=3):
                if math.isfinite(value):
                    sheet.write_number(n, column + place, value, styles.number(chart.kind))
        found[id(chart)] = (3, column, 2 + len(chart.along))
        column += len(chart.series) + 2
    sheet.freeze_panes(3, 0)
    return found


def _followed(section: Section) -> Iterator[Block]:
    """Yield the blocks of a part without what would not follow a changed cell."""
    for block in section.blocks:
        if isinstance(block, Table) and stands_still(block):
            continue
        if section.name not in OF_MONEY:
            yield block
        elif isinstance(block, Text):
            if block.look == "lead" or not _figure(block.words):
                yield block
        elif isinstance(block, Points):
            items = tuple(one for one in block.items if not _figure(one[1]))
            if items:
                yield replace(block, items=items)
        elif isinstance(block, Figures):
            items_ = tuple(
                (label, cell, kind, "" if _figure(words) else words)
                for label, cell, kind, words in block.items
            )
            yield replace(block, items=items_)
        else:
            yield block


def _without_empty_headings(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks but for headings with nothing under them."""
    for place, block in enumerate(blocks):
        last = place == len(blocks) - 1
        if isinstance(block, Heading) and (last or isinstance(blocks[place + 1], Heading)):
            continue
        yield block


def _figure(words: str) -> bool:
    return any(one.isdigit() for one in words)


def stands_still(table: Table) -> bool:
    """Return whether a table holds money that the workbook cannot work out again."""
    for place, column in enumerate(table.columns):
        for row in table.rows:
            value = value_of(row[place])
            if column.kind in ("pounds", "rate"):
                typed = isinstance(value, int | float) and not isinstance(row[place], Sum)
                if typed and abs(float(value or 0.0)) >= 0.005:
                    return True
            if column.heading == "Result" and isinstance(value, str) and "£" in value:
                return True
    return False


def _is_month(words: str) -> bool:
    return len(words) == 7 and words[4] == "-" and words[:4].isdigit() and words[5:].isdigit()
