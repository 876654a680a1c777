"""XLSX workbooks as grids of cells: formulas are seen and never worked out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any
from xml.parsers import expat

from capacity.errors import Problem, TableError
from capacity.files.grids import (
    Fault,
    Formula,
    Grid,
    Merged,
    check_packed,
    fill_merged,
    merged_of,
    parts_of,
    refuse,
)
from capacity.limits import MOST_CELLS_OF_SHEET, MOST_ROWS

MIDNIGHT = time()
_HIDES = ("1", "true")


@contextmanager
def workbook(name: str, content: bytes) -> Iterator[Any]:
    """Give an openpyxl workbook of bytes that were found harmless, formulas as formulas.

    Raises:
        TableError: with the reason why it cannot be read.
    """
    if "xl/workbook.bin" in parts_of(content):
        refuse(name, "must be CSV, XLSX or ODS: this is a binary workbook (XLSB)")
    check_packed(name, content, "XLSX workbook")
    import warnings

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not read: styles, drop-downs
            book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            found = list(book.worksheets)
    except Exception as error:  # openpyxl raises whatever its parts raise
        raise TableError([Problem(name, None, "", "must be a sound XLSX workbook")]) from error
    if not found:
        refuse(name, "must have a sheet")
    try:
        yield book
    finally:
        book.close()


def grid_of(name: str, sheet: Any, most_rows: int = MOST_ROWS) -> Grid:
    """Return a sheet of a workbook: formulas become `Formula`, errors `Fault`.

    Raises:
        TableError: where it is too large or broken.
    """
    found: list[tuple[int, list[Any]]] = []
    try:
        sheet.reset_dimensions()
        count = 0
        for number, row in enumerate(sheet.iter_rows(), start=1):
            count += len(row)
            if number > most_rows:
                refuse(name, f"{sheet.title} must have at most {most_rows:,} rows")
            if count > MOST_CELLS_OF_SHEET:
                must = f"must have at most {MOST_CELLS_OF_SHEET:,} cells; save larger ones as CSV"
                refuse(name, f"{sheet.title} {must}")
            values = [_value(cell) for cell in row]
            if any(value is not None for value in values):
                found.append((number, values))
        hidden, merged = _hidden_and_merged(sheet)
        filled = fill_merged(name, found, merged)
    except TableError:
        raise
    except Exception as error:
        must = f"{sheet.title} must be a sound sheet"
        raise TableError([Problem(name, None, "", must)]) from error
    return Grid(sheet.title, found, hidden, filled, shown=sheet.sheet_state == "visible")


def _value(cell: Any) -> Any:
    kind = getattr(cell, "data_type", None)
    if kind == "f":
        return Formula()
    if kind == "e":
        return Fault()
    value = cell.value
    if isinstance(value, str):
        value = value.strip()
        return value or None
    if isinstance(value, datetime) and value.time() == MIDNIGHT:  # how openpyxl gives a date
        return value.date()
    return value


def _hidden_and_merged(sheet: Any) -> tuple[frozenset[int], list[Merged]]:
    """Return the numbers of hidden rows and the merged cells, which openpyxl leaves out.

    It gives them only for a workbook held in memory as a whole, at several times the cost.
    """
    hidden: set[int] = set()
    merged: list[Merged] = []
    row = 0

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row
        kind = tag.rpartition(" ")[2]
        if kind == "row":
            row = int(float(attributes.get("r", row + 1)))
            if attributes.get("hidden") in _HIDES:
                hidden.add(row)
        elif kind == "mergeCell" and (found := merged_of(attributes.get("ref", ""))):
            merged.append(found)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = started
    with sheet._get_source() as part:
        parser.ParseFile(part)
    return frozenset(hidden), merged
