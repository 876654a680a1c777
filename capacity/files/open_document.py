"""OpenDocument spreadsheets (ODS) as grids of cells: formulas are seen and never worked out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

from capacity.errors import Problem, TableError
from capacity.files.grids import (
    Fault,
    Formula,
    Grid,
    Merged,
    check_packed,
    fill_merged,
    parts_of,
    refuse,
)
from capacity.limits import MOST_CELLS_OF_SHEET, MOST_ROWS

_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT, _STYLE = (
    f"{_NAMES}{part}:1.0}}" for part in ("table", "office", "text", "style")
)
_ERROR_KIND = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_MANIFEST = "META-INF/manifest.xml"
_MOST_SPACES = 1000
_SOUND = "must be a sound ODS spreadsheet"


def is_open_document(content: bytes) -> bool:
    """Return whether an archive is an OpenDocument file of any kind."""
    return "content.xml" in (parts := parts_of(content)) and "xl/workbook.xml" not in parts


def grids_of(name: str, content: bytes, most_rows: int = MOST_ROWS) -> list[Grid]:
    """Return the sheets of an OpenDocument spreadsheet.

    Raises:
        TableError: where it is protected, too large, broken or not a spreadsheet.
    """
    check_packed(name, content, "ODS spreadsheet")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.namelist()
            if _MANIFEST in parts and b"encryption-data" in archive.read(_MANIFEST):
                refuse(name, "must not be protected by a password: save it without one")
            with archive.open("content.xml") as part:
                found = list(_grids(name, part, most_rows))
    except TableError:
        raise
    except Exception as error:  # zipfile and the parser raise whatever the parts are
        raise TableError([Problem(name, None, "", _SOUND)]) from error
    if not found:
        refuse(name, "must have a sheet")
    return found


def _grids(name: str, part: Any, most_rows: int) -> Iterator[Grid]:
    """Yield the sheets of a document, read piece by piece."""
    hidden_styles: set[str] = set()
    path: list[str] = []
    reading: _SheetReader | None = None
    for event, element in ElementTree.iterparse(part, ("start", "end")):
        if event == "start":
            path.append(element.tag)
            if element.tag == f"{_TABLE}table" and reading is None:
                style = element.get(f"{_TABLE}style-name", "")
                title = element.get(f"{_TABLE}name") or "Sheet"
                reading = _SheetReader(name, title, most_rows, shown=style not in hidden_styles)
            continue
        path.pop()
        if element.tag == f"{_STYLE}style":
            for one in element.iter(f"{_STYLE}table-properties"):
                if one.get(f"{_TABLE}display") == "false":
                    hidden_styles.add(element.get(f"{_STYLE}name", ""))
        elif element.tag == f"{_TABLE}table-row" and reading is not None:
            reading.row(element)
            element.clear()
        elif element.tag == f"{_TABLE}table" and path.count(f"{_TABLE}table") == 0:
            if reading is not None:
                yield reading.grid()
            reading = None
            element.clear()


class _SheetReader:
    """A sheet as its rows come in."""

    def __init__(self, name: str, title: str, most_rows: int, *, shown: bool) -> None:
        self.name, self.title, self.most_rows, self.shown = name, title, most_rows, shown
        self.rows: list[tuple[int, list[Any]]] = []
        self.hidden: set[int] = set()
        self.merged: list[Merged] = []
        self.number = self.count = 0

    def row(self, element: ElementTree.Element) -> None:
        """Add a row as often as it is repeated; blank rows only move the number on."""
        times = max(1, int(element.get(f"{_TABLE}number-rows-repeated", "1")))
        values = self._cells(element)
        unseen = element.get(f"{_TABLE}visibility", "visible") != "visible"
        if any(value is not None for value in values):
            for number in range(self.number + 1, self.number + times + 1):
                self.count += len(values)
                if number > self.most_rows:
                    refuse(self.name, f"{self.title} must have at most {self.most_rows:,} rows")
                self._check_count()
                self.rows.append((number, list(values)))
                if unseen:
                    self.hidden.add(number)
        self.number += times

    def _cells(self, element: ElementTree.Element) -> list[Any]:
        values: list[Any] = []
        blank = 0  # cells to the right that hold nothing are not kept
        for cell in element:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            times = max(1, int(cell.get(f"{_TABLE}number-columns-repeated", "1")))
            value = _value(cell) if cell.tag == f"{_TABLE}table-cell" else None
            across = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
            down = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
            if value is None:
                blank += times
                continue
            if len(values) + blank + times > MOST_CELLS_OF_SHEET:
                self.count = MOST_CELLS_OF_SHEET + 1
                self._check_count()
            values += [None] * blank
            if (across > 1 or down > 1) and times == 1:
                top, left = self.number + 1, len(values)
                self.merged.append(Merged(top, left, top + down - 1, left + across - 1))
            values += [value] * times
            blank = 0
        return values

    def _check_count(self) -> None:
        if self.count > MOST_CELLS_OF_SHEET:
            must = f"must have at most {MOST_CELLS_OF_SHEET:,} cells; save larger ones as CSV"
            refuse(self.name, f"{self.title} {must}")

    def grid(self) -> Grid:
        """Return the sheet, its merged cells filled."""
        filled = fill_merged(self.name, self.rows, self.merged)
        return Grid(self.title, self.rows, frozenset(self.hidden), filled, shown=self.shown)


def _value(cell: ElementTree.Element) -> Any:
    """Return what a cell holds."""
    if cell.get(f"{_TABLE}formula") is not None:
        return Formula()
    if cell.get(_ERROR_KIND) == "error":
        return Fault()
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        value = float(cell.get(f"{_OFFICE}value", ""))
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if kind == "date":
        text = cell.get(f"{_OFFICE}date-value", "")
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    given = cell.get(f"{_OFFICE}string-value")
    text = given if given is not None else "\n".join(map(_text, cell.findall(f"{_TEXT}p")))
    return text.strip() or None


def _text(element: ElementTree.Element) -> str:
    """Return the text of a paragraph, its spaces and line breaks written out."""
    pieces = [element.text or ""]
    for one in element:
        if one.tag == f"{_TEXT}s":
            pieces.append(" " * min(_MOST_SPACES, int(one.get(f"{_TEXT}c", "1"))))
        elif one.tag == f"{_TEXT}line-break":
            pieces.append("\n")
        elif one.tag == f"{_TEXT}tab":
            pieces.append(" ")
        elif one.tag != f"{_OFFICE}annotation":
            pieces.append(_text(one))
        pieces.append(one.tail or "")
    return "".join(pieces)
