"""Tables in CSV and XLSX files, as typed: read or refused with a reason.

What comes from outside may be hostile: sizes are limited before anything is unpacked, formulas
are never worked out, and no cell is ever run.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any, NoReturn

from capacity.errors import Problem, TableError
from capacity.limits import (
    LARGEST_BOOK,
    LARGEST_TABLE,
    LARGEST_UNPACKED,
    MOST_CELLS,
    MOST_CELLS_OF_SHEET,
    MOST_COLUMNS,
    MOST_FILES_IN_BOOK,
    MOST_ROWS,
    MOST_UNPACKED_TIMES,
)

FORMULA = "must be a value, not a formula: copy it and paste values only"


@dataclass(frozen=True)
class Sheet:
    """A table as typed, its header apart.

    `rows` are as wide as the header; row n of them stands in row `first + n` of the file.
    Shape: one row a line. Unit: as typed. Source: the file. Raises: nothing.
    """

    file: str
    sheet: str | None  # None for CSV
    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    first: int
    separator: str
    sha256: str = ""

    def problem(self, row: int, column: int | None, must: str, got: str | None = None) -> Problem:
        """Return a problem at a row (counted from 0) and column.

        Shape: scalar. Unit: none. Source: none. Raises: nothing.
        """
        name = self.header[column] if column is not None else ""
        if self.sheet is None:
            return Problem(self.file, self.first + row, name, must, got)
        at = f"{column_letter(column or 0)}{self.first + row}"
        return Problem(f"{self.file}: {self.sheet}!{at}", None, name, must, got)


def column_letter(place: int) -> str:
    """Return the letters of a column, counted from 0: A, B, … Z, AA.

    Shape: scalar. Unit: none. Source: none. Raises: nothing.
    """
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_table(path: str | Path) -> Sheet:
    """Return the table of a CSV file, or of the first sheet of an XLSX file.

    Shape: see Sheet. Unit: as typed. Source: the file. Raises: TableError.
    """
    return table_of(Path(path).name, fetch(path))


def table_of(name: str, content: bytes) -> Sheet:
    """Return the table of the bytes of a CSV file, or of the first sheet of an XLSX file.

    Shape: see Sheet. Unit: as typed. Source: the file. Raises: TableError.
    """
    _check_kind(name, content)
    if content[:4] == b"PK\x03\x04":
        with workbook(name, content) as book:
            found = _of_sheet(name, book.worksheets[0])
    else:
        found = _of_csv(name, content)
    return replace(found, sha256=hashlib.sha256(content).hexdigest())


def fetch(path: str | Path) -> bytes:
    """Return the bytes of a file, if they are not too many.

    Shape: bytes. Unit: none. Source: the disk. Raises: TableError.
    """
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_TABLE + 1)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "no such file").lower()
        refuse(name, f"cannot be read: {why}")
    if len(content) > LARGEST_TABLE:
        refuse(name, f"must be at most {LARGEST_TABLE // 1_000_000} MB")
    _check_kind(name, content)
    return content


def _check_kind(name: str, content: bytes) -> None:
    """Refuse what is empty, and spreadsheets of the kind before XLSX."""
    if not content.strip():
        refuse(name, "must not be empty")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        refuse(name, "must be CSV or XLSX: this is an old or an encrypted Excel file")


def refuse(name: str, must: str, line: int | None = None) -> NoReturn:
    """Raise the one problem of a file.

    Shape: none. Unit: none. Source: none. Raises: TableError.
    """
    raise TableError([Problem(name, line, "", must)])


# CSV ---------------------------------------------------------------------------------------


def _of_csv(name: str, content: bytes) -> Sheet:
    """Return the table of a CSV text."""
    text = _decoded(name, content)
    if not text.strip():  # blanks that only text has
        refuse(name, "must not be empty")
    separator = _separator(name, text)
    rows, count = [], 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for row in reader:
            rows.append(row)
            count += len(row)
            if count > MOST_CELLS:
                refuse(name, f"must have at most {MOST_CELLS:,} cells", reader.line_num)
            if len(rows) > MOST_ROWS:
                refuse(name, f"must have at most {MOST_ROWS:,} rows", reader.line_num)
    except csv.Error as error:
        refuse(name, f"must be valid CSV: {error}", reader.line_num)
    start = next((n for n, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)
    header = tuple(cell.strip() for cell in rows[start])
    while header and not header[-1]:
        header = header[:-1]
    return _sheet(name, None, header, rows[start + 1 :], start + 2, separator)


def _decoded(name: str, content: bytes) -> str:
    """Return the text of UTF-8 or Windows-1252 bytes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:100_000]:
        refuse(name, "must be text in UTF-8 or Windows-1252: save it as CSV UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        refuse(name, "must be text in UTF-8 or Windows-1252: save it as CSV UTF-8", line)


def _separator(name: str, text: str) -> str:
    """Return what stands between the cells of the header: comma, semicolon or tab."""
    first = next(line for line in text.splitlines() if line.strip())
    found = {}
    for mark in ",;\t":
        try:
            found[mark] = len(next(csv.reader([first], delimiter=mark, strict=True)))
        except (csv.Error, StopIteration):
            found[mark] = 0
    most = max(found.values())
    best = [mark for mark in found if found[mark] == most]
    if most > 1 and len(best) > 1:
        refuse(name, "must have one kind of separator in its first row: comma or semicolon", 1)
    return best[0]


# XLSX --------------------------------------------------------------------------------------


@contextmanager
def workbook(name: str, content: bytes) -> Iterator[Any]:
    """Give an openpyxl workbook of bytes that were found harmless, formulas as formulas.

    Shape: one workbook. Unit: none. Source: the file. Raises: TableError.
    """
    _check_parts(name, content)
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


def _check_parts(name: str, content: bytes) -> None:
    """Refuse an archive that would unpack to too much, or defines entities."""
    if len(content) > LARGEST_BOOK:
        refuse(name, f"must be at most {LARGEST_BOOK // 1_000_000} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len({part.filename for part in parts}) < len(parts):
                refuse(name, "must not have two parts of one name")
            if len(parts) > MOST_FILES_IN_BOOK:
                refuse(name, f"must have at most {MOST_FILES_IN_BOOK} parts")
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                refuse(name, f"must unpack to at most {LARGEST_UNPACKED // 1_000_000} MB")
            for part in parts:
                if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    refuse(name, "must be packed as spreadsheets are")
                packed = max(1, part.compress_size)
                if part.file_size > 5_000_000 and part.file_size / packed > MOST_UNPACKED_TIMES:
                    refuse(name, "must not unpack to hundreds of times its size")
                if _defines_entities(archive, part):
                    refuse(name, "must not define entities")
    except TableError:
        raise
    except Exception as error:  # zipfile raises whatever its parts raise
        raise TableError([Problem(name, None, "", "must be a sound XLSX workbook")]) from error


def _defines_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Return whether a part is XML that defines entities, wherever in it that stands."""
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    with archive.open(part) as opened:
        before = b""
        while piece := opened.read(1 << 20):
            here = before + piece.replace(b"\0", b"").upper()
            if b"<!DOCTYPE" in here or b"<!ENTITY" in here:
                return True
            before = here[-10:]
    return False


def cells(name: str, sheet: Any, most_rows: int = MOST_ROWS) -> list[tuple[int, list[Any]]]:
    """Return the rows of a sheet that hold anything, each with its number in the sheet.

    Formulas become `Formula`, errors of the spreadsheet `Fault`.
    Shape: pairs of row number and cells. Unit: as typed. Source: the file. Raises: TableError.
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
    except TableError:
        raise
    except Exception as error:
        must = f"{sheet.title} must be a sound sheet"
        raise TableError([Problem(name, None, "", must)]) from error
    return found


CALCULATED = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""First letters of a cell that a spreadsheet may take for a formula."""

MIDNIGHT = time()
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_text(cell: Any) -> Any:
    """Return a cell of a CSV file that a spreadsheet takes for text, never for a formula.

    A text that begins like a formula gets an apostrophe before it; numbers stay as they are.
    Shape: scalar. Unit: as given. Source: docs/security.md. Raises: nothing.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")  # which CSV would end the row with
    return f"'{text}" if text.startswith(CALCULATED) and not _NUMBER.fullmatch(text) else text


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula."""


@dataclass(frozen=True)
class Fault:
    """A cell that holds an error such as #N/A."""


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


def _of_sheet(name: str, sheet: Any) -> Sheet:
    """Return the table of a sheet, its first row that holds anything as header."""
    found = cells(name, sheet)
    if not found:
        refuse(name, f"{sheet.title} must not be empty")
    number, top = found[0]
    header = tuple("" if cell is None else str(cell) for cell in top)
    while header and not header[-1]:
        header = header[:-1]
    blank: list[Any] = []
    rows: list[Sequence[Any]] = []
    for place, row in found[1:]:
        rows += [blank] * (place - number - 1 - len(rows))
        rows.append(row)
    made = _sheet(name, sheet.title, header, rows, number + 1, ",")
    wrong = [
        made.problem(n, k, FORMULA if isinstance(cell, Formula) else "must not be an error")
        for n, row in enumerate(made.rows)
        for k, cell in enumerate(row)
        if isinstance(cell, Formula | Fault)
    ]
    if wrong:
        raise TableError(wrong[:50])
    return made


def _sheet(
    name: str,
    sheet: str | None,
    header: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    first: int,
    separator: str,
) -> Sheet:
    """Return a table whose rows are all as wide as the header, blank ones at the end left out."""
    width = len(header)
    if not width:
        refuse(name, "must have a first row with the names of its columns")
    if width > MOST_COLUMNS:
        refuse(name, f"must have at most {MOST_COLUMNS} columns")
    even: list[Sequence[Any]] = []
    wrong = []
    for n, row in enumerate(rows):
        if len(row) == width:
            even.append(row)
            continue
        extra = row[width:]
        if any(cell not in (None, "") for cell in extra):
            must = f"must have {width} cells like the first row"
            wrong.append(Problem(name, first + n, "", must, str(len(row))))
        even.append([*row[:width], *[None] * (width - len(row))])
    if wrong:
        raise TableError(wrong[:50])
    while even and not any(cell not in (None, "") for cell in even[-1]):
        even.pop()
    return Sheet(name, sheet, header, even, first, separator)
