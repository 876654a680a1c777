"""A sheet as it stands in its file: cells by row, what is hidden and what is merged."""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from capacity.errors import Problem, TableError
from capacity.limits import (
    LARGEST_BOOK,
    LARGEST_UNPACKED,
    MOST_CELLS_OF_SHEET,
    MOST_FILES_IN_BOOK,
    MOST_UNPACKED_TIMES,
)

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula."""


@dataclass(frozen=True)
class Fault:
    """A cell that holds an error such as #N/A."""


@dataclass(frozen=True)
class Merged:
    """Cells merged into one: rows from 1 and columns from 0, first and last."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """A sheet as it stands in its file.

    Attributes:
        title: name of the sheet, None for a CSV file.
        rows: the rows that hold anything, each with its number in the file.
        hidden: numbers of rows that a filter or a person hid.
        filled: row number and column of cells that stand in a merged cell and repeat its value.
        shown: whether the sheet itself is shown.
    """

    title: str | None
    rows: list[tuple[int, list[Any]]]
    hidden: frozenset[int] = frozenset()
    filled: frozenset[tuple[int, int]] = field(default=frozenset(), repr=False)
    shown: bool = True


def refuse(name: str, must: str, line: int | None = None, use: str | None = None) -> NoReturn:
    """Raise the one problem of a file.

    Raises:
        TableError: always.
    """
    raise TableError([Problem(name, line, "", must, None, use)])


def column_letter(place: int) -> str:
    """Return the letters of a column, counted from 0: A, B, … Z, AA."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def merged_of(reference: str) -> Merged | None:
    """Return the cells of a reference such as A2:A7, None where it is not one."""
    found = _RANGE.fullmatch(reference)
    if found is None:
        return None
    left, right = (_column(found[n]) for n in (1, 3))
    return Merged(int(found[2]), left, int(found[4]), right)


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place - 1


def fill_merged(
    name: str, rows: list[tuple[int, list[Any]]], merged: Iterable[Merged]
) -> frozenset[tuple[int, int]]:
    """Repeat the value of each merged cell in the cells that it covers, in place.

    A spreadsheet keeps the value in the first of them only; the others would be read as blank.

    Returns:
        Row number and column of each cell so filled.

    Raises:
        TableError: if there are more merged cells than a sheet may have cells.
    """
    numbers = [number for number, _ in rows]
    filled: set[tuple[int, int]] = set()
    count = 0
    for one in merged:
        first = bisect_left(numbers, one.top)
        if first == len(numbers) or numbers[first] != one.top:
            continue
        top = rows[first][1]
        value = top[one.left] if one.left < len(top) else None
        if value is None:
            continue
        for number, row in rows[first : bisect_left(numbers, one.bottom + 1)]:
            count += one.right - one.left + 1
            if count > MOST_CELLS_OF_SHEET:
                refuse(name, f"must have at most {MOST_CELLS_OF_SHEET:,} merged cells")
            if len(row) <= one.right:
                row += [None] * (one.right + 1 - len(row))
            for column in range(one.left, one.right + 1):
                if (number, column) != (one.top, one.left):
                    row[column] = value
                    filled.add((number, column))
    return frozenset(filled)


# Packed files ------------------------------------------------------------------------------


def check_packed(name: str, content: bytes, kind: str) -> None:
    """Refuse an archive that would unpack to too much, or defines entities.

    Args:
        name: name of the file.
        content: its bytes.
        kind: what it should be, XLSX or ODS.

    Raises:
        TableError: with the reason.
    """
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
        raise TableError([Problem(name, None, "", f"must be a sound {kind}")]) from error


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


def parts_of(content: bytes) -> frozenset[str]:
    """Return the names of the parts of an archive, none where it cannot be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except Exception:  # zipfile raises whatever its parts raise; whoever reads it says so
        return frozenset()
