"""Tables as people save them: which sheet, which row, which cells, or the reason why not."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from capacity.errors import TableError
from capacity.files.figures import Marks, Unclear, day, marks, month, month_of, number, quarter
from capacity.files.grids import Formula, column_letter, merged_of
from capacity.files.table_files import TypedSheet, Wanted, grids_of, read_table, table_of

KNOWN = {"month": "month", "tier": "tier", "cases": "cases", "due": "due", "done": "done"}
WANTED = Wanted(
    lambda title: KNOWN.get(title.lower()),
    (("month",), ("cases", "due", "done")),
    "a month and figures",
)
OPEN = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
    "{styles}<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    "</office:document-content>"
)


def book(*sheets: tuple[str, list[list[Any]]], **more: Any) -> bytes:
    """An XLSX file; `hidden` are rows and `merged` cells of the last sheet, `unseen` a sheet."""
    made, held = Workbook(), BytesIO()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for number_ in more.get("hidden", ()):
        sheet.row_dimensions[number_].hidden = True
    for cells in more.get("merged", ()):
        sheet.merge_cells(cells)
    if "unseen" in more:
        made[more["unseen"]].sheet_state = "hidden"
    made.save(held)
    return held.getvalue()


def cell(value: Any = None, more: str = "") -> str:
    """A cell of an ODS file: a number, a text, or nothing."""
    if value is None:
        return f"<table:table-cell {more}/>"
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}" {more}/>'
    text = f"<text:p>{value}</text:p></table:table-cell>"
    return f'<table:table-cell office:value-type="string" {more}>{text}'


def row(*cells: str, more: str = "") -> str:
    """A row of an ODS file."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def ods(*tables: str, styles: str = "", **parts: str) -> bytes:
    """An ODS file of these sheets."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", OPEN.format(tables="".join(tables), styles=styles))
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return held.getvalue()


def sheet(title: str, *rows: str, more: str = "") -> str:
    """A sheet of an ODS file."""
    return f'<table:table table:name="{title}" {more}>{"".join(rows)}</table:table>'


def refused(name: str, content: bytes, *more: Any) -> str:
    with pytest.raises(TableError) as told:
        table_of(name, content, *more)
    return str(told.value)


HEAD, FIRST, SECOND = ["month", "cases"], ["2024-10", 270], ["2024-11", 272]


# --- Which sheet ---------------------------------------------------------------------------


def test_the_only_sheet_with_the_columns_is_read_and_the_others_are_named() -> None:
    content = book(("Cover", [["Our unit"]]), ("Cases", [HEAD, FIRST]), ("Notes", [["Mind"]]))
    found = table_of("h.xlsx", content, WANTED)
    assert (found.sheet, found.header, found.rows) == ("Cases", ("month", "cases"), [FIRST])
    assert found.notes == ("Sheet Cases was read. Not read: Cover and Notes.",)


def test_a_sheet_is_read_by_its_name() -> None:
    content = book(("North", [HEAD, FIRST]), ("South", [HEAD, SECOND]))
    assert table_of("h.xlsx", content, WANTED, "south").rows == [SECOND]
    must = 'h.xlsx: must have a sheet "East"; its sheets are North and South'
    assert refused("h.xlsx", content, WANTED, "East") == must
    assert "CSV files have none" in refused("h.csv", b"month,cases\n2024-10,1\n", WANTED, "East")


def test_two_sheets_with_the_same_columns_are_asked_about() -> None:
    content = book(("North", [HEAD, FIRST]), ("South", [HEAD, SECOND]))
    assert refused("h.xlsx", content, WANTED) == (
        "h.xlsx: must say which sheet to read: North and South both have the columns; "
        'use one of them (--sheet "North"), or put them on one sheet'
    )


def test_a_hidden_sheet_gives_way_to_the_one_that_is_shown() -> None:
    content = book(("Old", [HEAD, FIRST]), ("New", [HEAD, SECOND]), unseen="Old")
    found = table_of("h.xlsx", content, WANTED)
    assert (found.sheet, found.notes) == ("New", ("Sheet New was read. Not read: Old.",))


def test_where_no_sheet_has_the_columns_all_that_were_looked_at_are_named() -> None:
    content = book(("Cover", [["Our unit"]]), ("Data", [["when", "cases"], FIRST]))
    must = "must have a sheet with a month and figures in one row; looked at Cover and Data"
    assert must in refused("h.xlsx", content, WANTED)


def test_a_second_sheet_is_named_where_nothing_says_what_is_wanted() -> None:
    found = table_of("h.xlsx", book(("A", [HEAD, FIRST]), ("B", [HEAD, SECOND])))
    assert (found.sheet, found.notes) == ("A", ("Sheet A was read. Not read: B.",))


# --- Which row -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b'Table 1: home visits,,\n"Provisional, team",,\n,,\nmonth,cases,\n2024-10,270,\n',
        b"Table 1: visits; due, done and open\n\n\nmonth;cases\n2024-10;270\n",
        book(("Sheet", [["Table 1"], ["Provisional"], [], HEAD, ["2024-10", "270"]])),
    ],
    ids=["commas", "semicolons", "workbook"],  # the bytes of a workbook hold the time of day
)
def test_headings_below_other_lines_are_found(content: bytes) -> None:
    found = table_of("h", content, WANTED)
    assert (found.header, found.first, len(found.rows)) == (("month", "cases"), 5, 1)
    assert [str(one) for one in found.rows[0]] == ["2024-10", "270"]
    above = {b"Table 1: home": 2, b"Table 1: visi": 1}.get(content[:13], 2)
    assert found.notes[-1].startswith("The headings were found in row 4; ")
    assert f"{above} row" in found.notes[-1]


def test_a_table_without_known_headings_is_told_once_which_row_looks_like_them() -> None:
    lines = "Table 1\nwhen,a,b\n" + "".join(f"2024-{m:02d},1,2\n" for m in range(1, 13))
    assert refused("h.csv", lines.encode()) == (
        "h.csv:2: row 2 has 3 columns but the heading row (1) has 1; so have 12 more rows. "
        "Is there a title line above the headings?; use row 2, which looks like the headings"
    )
    assert table_of("h.csv", lines.encode(), WANTED).header == ("when", "a", "b")


def test_a_line_break_in_a_heading_is_a_space() -> None:
    found = table_of("r.csv", b'Tier,"Last\nvisit",Office\nHigh,2024-08-12,North\n')
    assert found.header == ("Tier", "Last visit", "Office")
    assert found.problem(0, 1, "must be so").line == 2  # as a spreadsheet counts rows
    assert table_of("h.xlsx", book(("S", [["Last\nvisit"], [1]]))).header == ("Last visit",)


def test_headings_merged_over_two_rows_are_read_once() -> None:
    rows = [["month", "Visits", None], [None, "due", "done"], ["2024-10", 42, 38]]
    found = table_of("h.xlsx", book(("S", rows), merged=["A1:A2", "B1:C1"]), WANTED)
    assert (found.header, found.first) == (("month", "due", "done"), 3)
    rows = [["month", "due", "done"], [None, None, "(in the month)"], ["2024-10", 42, 38]]
    found = table_of("h.xlsx", book(("S", rows), merged=["A1:A2", "B1:B2"]), WANTED)
    assert (found.header[2], found.rows, found.first) == ("(in the month)", [rows[2]], 3)


# --- Which cells ---------------------------------------------------------------------------


def test_hidden_rows_are_read_and_told() -> None:
    content = book(("S", [HEAD, FIRST, SECOND, ["2024-12", 274]]), hidden=[3, 4])
    found = table_of("h.xlsx", content, WANTED)
    assert (found.hidden, len(found.rows)) == ({1, 2}, 3)
    assert found.notes == ("2 of 3 rows are hidden in the spreadsheet; all were read.",)


def test_merged_cells_are_filled_and_told() -> None:
    rows = [["month", "tier", "cases"], ["2024-10", "high", 1], ["2024-11", None, 2]]
    content = book(("S", [*rows, ["2024-12", None, 3]]), merged=["B2:B4"])
    found = table_of("h.xlsx", content, WANTED)
    assert [one[1] for one in found.rows] == ["high"] * 3
    assert found.filled == {(1, 1), (2, 1)}
    must = 'Merged cells in column "tier": their value was taken for 2 more rows.'
    assert found.notes == (must,)


def test_more_merged_cells_than_a_sheet_may_have_are_refused() -> None:
    rows = [[1, 2]] * 800
    ranges = "".join('<mergeCell ref="A1:XFD800"/>' for _ in range(3))
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(book(("S", rows)))) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                cells = f"</sheetData><mergeCells>{ranges}</mergeCells>".encode()
                part = part.replace(b"</sheetData>", cells)
            new.writestr(name, part)
    assert "600,000 merged cells" in refused("h.xlsx", held.getvalue())


def test_formulas_are_refused_only_where_they_are_read_and_once_for_a_column() -> None:
    rows = [[*HEAD, "days since"], ["2024-10", 1, "=B2*2"], ["2024-11", 2, "=B3*2"]]
    found = table_of("h.xlsx", book(("S", rows)), WANTED)
    assert [one[2] for one in found.rows] == [Formula(), Formula()]
    rows = [HEAD, ["2024-10", "=1"], ["2024-11", "=2"], ["2024-12", "=3"]]
    assert refused("h.xlsx", book(("S", rows)), WANTED) == (
        "h.xlsx: S!B2: cases: must be a value, not a formula: copy it and paste values only "
        "(2 more cells of this column likewise)"
    )
    assert "S!C2" in refused("h.xlsx", book(("S", [["a", "b", "c"], [1, 2, "=1"]])))


# --- OpenDocument --------------------------------------------------------------------------


def test_an_open_document_is_read_as_any_other() -> None:
    wide = cell(None, 'table:number-columns-repeated="16384"')
    rows = [
        row(cell("month"), cell("tier"), cell("cases")),
        row(cell("2024-10"), cell("high", 'table:number-rows-spanned="2"'), cell(270)),
        row(
            cell("2024-11"), '<table:covered-table-cell office:value-type="string"/>', cell(272.5),
            more='table:visibility="filter"',
        ),
        row(wide, more='table:number-rows-repeated="2"'),
        row(cell("2024-12"), cell("low"), cell(3)),
        row(wide, more='table:number-rows-repeated="1048570"'),
    ]  # fmt: skip
    found = table_of("h.ods", ods(sheet("Table 1", *rows)), WANTED)
    assert [list(one) for one in found.rows] == [
        ["2024-10", "high", 270],
        ["2024-11", "high", 272.5],
        [None] * 3,
        [None] * 3,
        ["2024-12", "low", 3],
    ]
    assert (found.sheet, found.first) == ("Table 1", 2)
    assert (found.hidden, found.filled) == ({1}, {(1, 1)})
    assert str(found.problem(4, 2, "must be so")) == "h.ods: Table 1!C6: cases: must be so"


def test_every_kind_of_cell_of_an_open_document() -> None:
    cells = [
        '<table:table-cell office:value-type="percentage" office:value="0.91"/>',
        '<table:table-cell office:value-type="date" office:date-value="2024-10-31"/>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
        '<table:table-cell office:value-type="string"><office:annotation><text:p>who</text:p>'
        '</office:annotation><text:p>a<text:s text:c="2"/>b</text:p><text:p>c</text:p>'
        "</table:table-cell>",
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>',
        cell("x", 'table:number-columns-repeated="2"'),
    ]
    (grid,) = grids_of("h.ods", ods(sheet("S", row(*cells))))
    assert grid.rows == [(1, [0.91, date(2024, 10, 31), True, "a  b\nc", Formula(), "x", "x"])]


def test_a_hidden_sheet_of_an_open_document() -> None:
    styles = (
        '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    table = row(cell("month"), cell("cases")), row(cell("2024-10"), cell(1))
    content = ods(
        sheet("Old", *table, more='table:style-name="ta2"'), sheet("New", *table), styles=styles
    )
    assert table_of("h.ods", content, WANTED).sheet == "New"


@pytest.mark.parametrize(
    ("content", "must"),
    [
        (ods(sheet("S")), "S must not be empty"),
        (ods(), "must have a sheet"),
        (ods(sheet("S", row(cell(1), more='table:number-rows-repeated="x"'))), "a sound ODS"),
        (
            ods(sheet("S", row(cell(1), more='table:number-rows-repeated="1048576"'))),
            "S must have at most",
        ),
        (
            ods(sheet("S", row(cell(1, 'table:number-columns-repeated="900000000"')))),
            "S must have at most 600,000 cells",
        ),
        (
            ods(sheet("S"), META_INF__manifest_xml="x").replace(b"META.INF", b"META-INF"),
            "S must not be empty",
        ),
        (
            ods(META_INF__manifest_xml="<encryption-data/>").replace(b"META.INF", b"META-INF"),
            "must not be protected by a password",
        ),
        (ods(sheet("S"), extra_xml="<!DOCTYPE a>"), "must not define entities"),
    ],
    ids=[
        *("empty", "no sheet", "no number", "rows without end", "columns without end"),
        *("not protected", "protected", "entities"),
    ],
)  # fmt: skip
def test_an_open_document_that_cannot_be_read_is_refused(content: bytes, must: str) -> None:
    assert f"h.ods: {must}" in refused("h.ods", content).replace("must be a sound", "a sound")


# --- What is no table ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "must"),
    [
        (b"%PDF-1.7", "must be CSV, XLSX or ODS: this is a PDF document"),
        (b"<html><table>", "must be CSV, XLSX or ODS: this is a web page or XML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "must be CSV, XLSX or ODS: this is a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or an encrypted Excel file"),
        (b"PAR1", "this is a Parquet file"),
    ],
)
def test_files_of_another_kind_are_named(content: bytes, must: str) -> None:
    assert must in refused("h.xls", content)


def test_a_binary_workbook_is_named() -> None:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    assert "a binary workbook (XLSB)" in refused("h.xlsb", held.getvalue())


def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(TableError, match="must be a file, not a pipe or a device"):
            read_table(path)


def test_names_of_cells() -> None:
    assert [column_letter(n) for n in (0, 25, 26, 701)] == ["A", "Z", "AA", "ZZ"]
    assert merged_of("A2:B7") == merged_of("$A$2:$B$7")
    assert merged_of("A2") is None


def test_a_problem_without_a_column_names_the_first_cell_of_its_row() -> None:
    found = TypedSheet("h.xlsx", "S", ("a",), [[1]], 2, ",")
    assert str(found.problem(0, None, "must be so")) == "h.xlsx: S!A2: must be so"


# --- Figures and dates ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".91", 0.91), ("-.5", -0.5), (".910", 0.91), ("124 [p]", 124),
        ("124 (p)", 124), ("(c)", None), ("Suppressed", None), ("1,234 [r]", 1234),
        ("91% [p]", 0.91), ("[c]", None), ("[x]", None), ("[z]", None), ("[low]", None),
        ("*", None), (":", None), ("<5", None), ("< 5", None), ("~", None), ("..", None),
    ],
)  # fmt: skip
def test_marks_of_published_tables(text: str, value: float | None) -> None:
    assert number(text, Marks(".")) == value


@pytest.mark.parametrize("text", ["124p", "124*", "5.", "<", "[", "[c] 5", "five"])
def test_what_is_neither_a_figure_nor_a_mark_is_refused(text: str) -> None:
    with pytest.raises(Unclear, match="must be a number"):
        number(text, Marks("."))


def test_a_decimal_without_a_digit_before_it_shows_the_mark() -> None:
    assert marks([".91", "1,234"], None).decimal == "."
    assert marks([",910"], None).decimal == ","
    assert marks(["1.5 [p]"], None).decimal == "."


@pytest.mark.parametrize(
    "cell",
    ["Oct-24", "Oct 24", "Oct '24", "October 2024", "OCTOBER-2024", "2024 Oct", "31 Oct 2024",
     "31-Oct-24", "31st October 2024", "Oct 31, 2024", "Thursday, 31 October 2024", "202410",
     202410, "20241031", "2024/10", "10/2024", "45596", 45596, 45566.5, date(2024, 10, 1)],
    ids=repr,
)  # fmt: skip
def test_months_that_can_be_read_in_one_way_only(cell: Any) -> None:
    # 45566 is 1 October 2024 in Excel, 45596 the 31st.
    assert month(cell) == "2024-10"


@pytest.mark.parametrize(
    "cell",
    ["24-Oct", "Oct", "10-24", "2024", 2024, "202413", "99999", 20240, True, "Q3 2024/25"],
    ids=repr,
)
def test_months_that_cannot_be_read_are_refused(cell: Any) -> None:
    with pytest.raises(Unclear, match="must be a month such as 2024-09, Sep-24 or September 2024"):
        month(cell)


@pytest.mark.parametrize(
    "read",
    [
        lambda: month("1899-12"),
        lambda: month("Dec 2101"),
        lambda: month(date(1900, 1, 1)),
        lambda: month("1989-12"),
        lambda: month_of("2101", "4"),
        lambda: month_of("1988/89", "Mar"),
        lambda: quarter("Q4 1988/89"),
        lambda: quarter("Oct to Dec 1989"),
    ],
    ids=range(8),
)
def test_a_month_of_no_year_that_figures_may_be_of_is_refused(read: Callable[[], str]) -> None:
    """Excel's first day is in 1900, so that an empty cell may come out as one of its dates."""
    with pytest.raises(Unclear, match=r"must be a month from 1990 to 2100"):
        read()
    assert (month("1990-01"), month("2100-12")) == ("1990-01", "2100-12")


def test_dates_by_name_and_by_number_need_no_form() -> None:
    for form in (None, "iso", "uk"):
        for text in ("31 Oct 2024", "20241031", "45596", 45596, "31-Oct-24"):
            assert day(text, form) == date(2024, 10, 31)  # type: ignore[arg-type]
        for text in ("31 Nov 2024", "31 Okt 2024", "20241131", "4559", True):
            with pytest.raises(Unclear, match="must be a date"):
                day(text, form)  # type: ignore[arg-type]
    assert day("[x]", "iso") is None


def test_a_year_and_a_month_in_two_cells() -> None:
    assert month_of(2024, "October") == month_of("2024", 10) == month_of("2024/25", "oct.")
    assert month_of("2024/25", "Jan") == month_of("2024-2025", "01") == "2025-01"
    assert month_of("", None) is None
    for year, name in (("2024", "13"), ("2024/26", "Oct"), ("24", "Oct"), ("2024", "")):
        with pytest.raises(Unclear, match="must be a year and a month"):
            month_of(year, name)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Q3 2024/25", "2024-12"), ("Q4 2024-25", "2025-03"), ("2024/25 Q1", "2024-06"),
        ("Quarter 2 2024/2025", "2024-09"), ("Q3 24/25", "2024-12"),
        ("Oct to Dec 2024", "2024-12"), ("Nov-Jan 2025", "2025-01"), ("2024-10", None),
        ("Oct to Nov 2024", None), ("Q3", None),
    ],
)  # fmt: skip
def test_quarters_end_in_a_month(text: str, last: str | None) -> None:
    assert quarter(text) == last


def test_a_quarter_of_two_years_is_asked_about() -> None:
    must = "must say which quarter: Q3 2024/25 of the financial year, or Jul to Sep 2024"
    with pytest.raises(Unclear, match=must):
        quarter("Q3 2024")
