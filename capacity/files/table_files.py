"""Tables in CSV, XLSX and ODS files, as typed: read or refused with a reason.

What comes from outside may be hostile: sizes are limited before anything is unpacked, formulas
are never worked out, and no cell is ever run.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import re
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from capacity.errors import Problem, TableError
from capacity.files import excel, open_document
from capacity.files.grids import Fault, Formula, Grid, column_letter, refuse
from capacity.limits import LARGEST_TABLE, MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from capacity.wording import counted, listed

FORMULA = "must be a value, not a formula: copy it and paste values only"
FAULT = "must not be an error of the spreadsheet"
SAME = 4
"""Rows about which the same is told once."""
MOST_PROBLEMS = 50
"""Problems that are told one by one."""
SEARCHED = 40
"""Rows that hold something, from the top, in which the headings are looked for."""


def readable(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems of a table as people can read them.

    What is wrong with many rows of a column in the same way is told once, each unknown name by
    itself; what is beyond the most is counted.
    """
    groups: dict[tuple[Any, ...], list[tuple[int, Problem]]] = {}
    for n, one in enumerate(dict.fromkeys(problems)):
        named = one.got if one.must.startswith("unknown") else None
        groups.setdefault((one.setting, one.must, named), []).append((n, one))
    found: list[tuple[int, Problem]] = []
    for same in groups.values():
        n, first = same[0]
        if len(same) < SAME:
            found += same
        else:
            more = counted(len(same) - 1, "more row")
            must = f"{first.must} ({more} of this column likewise)"
            found.append((n, replace(first, must=must)))
    return at_most(MOST_PROBLEMS, [one for _, one in sorted(found, key=lambda pair: pair[0])])


def at_most(most: int, problems: Sequence[Problem]) -> list[Problem]:
    """Return so many problems, and how many there are beside."""
    left = len(problems) - most
    if left <= 0:
        return list(problems)
    rest = f"and {counted(left, 'more problem')}"
    return [*problems[:most], Problem(problems[0].file.partition(": ")[0], None, "", rest)]


@dataclass(frozen=True)
class Wanted:
    """The columns by which a table is found: on which sheet, and below which row.

    Attributes:
        known: gives what a column is by its heading, None where it is not read.
        needed: groups of columns; of each group one must be there.
        words: the columns in words, for a message.
    """

    known: Callable[[str], str | None]
    needed: tuple[Collection[str], ...]
    words: str

    def found(self, row: Sequence[Any]) -> set[str]:
        """Return the columns that a row has headings of."""
        titles = (_title(cell) for cell in row)
        return {column for title in titles if title and (column := self.known(title))}

    def enough(self, row: Sequence[Any]) -> bool:
        """Return whether a row has all the headings that are needed."""
        found = self.found(row)
        return all(found & set(group) for group in self.needed)


@dataclass(frozen=True)
class TypedSheet:
    """A table as typed, its headings apart.

    `rows` are as wide as the headings; row n of them stands in row `first + n` of the file.

    Attributes:
        file: name of the file.
        sheet: name of the sheet, None for a CSV file.
        header: the headings, line breaks in them as spaces.
        rows: cells as typed. A formula or an error of the spreadsheet stands only in columns
            that are not read (`Formula`, `Fault`).
        first: number of the first row in the file.
        separator: what separates the cells of a CSV file.
        sha256: hash of the file.
        hidden: rows, counted from 0, that are hidden in the spreadsheet; they are read too.
        filled: row and column, from 0, of cells that repeat the value of a merged cell.
        notes: sentences on how the table was found, which the reader should see.
    """

    file: str
    sheet: str | None
    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    first: int
    separator: str
    sha256: str = ""
    hidden: frozenset[int] = frozenset()
    filled: frozenset[tuple[int, int]] = frozenset()
    notes: tuple[str, ...] = ()

    def problem(
        self,
        row: int,
        column: int | None,
        must: str,
        got: str | None = None,
        use: str | None = None,
    ) -> Problem:
        """Return a problem at a row (counted from 0, −1 for the headings) and column."""
        name = self.header[column] if column is not None else ""
        if self.sheet is None:
            return Problem(self.file, self.first + row, name, must, got, use)
        at = f"{self.sheet}!{column_letter(column or 0)}{self.first + row}"
        return Problem(f"{self.file}: {at}" if self.file else at, None, name, must, got, use)

    def only_one(self, place: int, meaning: str, first: int) -> Problem:
        """Return the problem that a column means what one before it does."""
        must = "must be the only column of this meaning"
        return self.problem(-1, place, f'{must} ({meaning}): "{self.header[first]}" is one too')

    def twice(self, known: Callable[[str], str | None]) -> list[Problem]:
        """Return the columns that mean what one before them does."""
        meanings = [known(title) for title in self.header]
        return [
            self.only_one(place, name, meanings.index(name))
            for place, name in enumerate(meanings)
            if name is not None and name in meanings[:place]
        ]


def read_table(
    path: str | Path, wanted: Wanted | None = None, sheet: str | None = None
) -> TypedSheet:
    """Return the table of a CSV, XLSX or ODS file; see `table_of`.

    Raises:
        TableError: with the reason why it cannot be read.
    """
    return table_of(Path(path).name, fetch(path), wanted, sheet)


def table_of(
    name: str, content: bytes, wanted: Wanted | None = None, sheet: str | None = None
) -> TypedSheet:
    """Return the table of the bytes of a CSV, XLSX or ODS file.

    Args:
        name: name of the file, for messages.
        content: its bytes.
        wanted: the columns that it should have, by which its sheet and the row of its headings
            are found, and which alone may hold no formula. Without it: the first sheet that
            holds anything, its first row that holds anything, and no formula anywhere.
        sheet: name of the sheet to read, where a file has several.

    Raises:
        TableError: with every reason why it cannot be read.
    """
    separator = ","
    if is_book(content):
        _check_kind(name, content)
        grids = grids_of(name, content)
    else:
        _check_kind(name, content)
        if sheet is not None:
            refuse(name, f'must be XLSX or ODS to have a sheet "{sheet}": CSV files have none')
        separator, grid = _of_csv(name, content, wanted)
        grids = [grid]
    grid, notes = _chosen(name, grids, wanted, sheet)
    found = _table(name, grid, wanted, separator)
    _check_formulas(found, wanted)
    return replace(found, sha256=hashlib.sha256(content).hexdigest(), notes=(*notes, *found.notes))


def is_book(content: bytes) -> bool:
    """Return whether bytes are a packed spreadsheet, XLSX or ODS."""
    return content[:4] == b"PK\x03\x04"


def grids_of(name: str, content: bytes, most_rows: int = MOST_ROWS) -> list[Grid]:
    """Return the sheets of an XLSX or ODS file.

    Raises:
        TableError: where it is too large or broken.
    """
    if open_document.is_open_document(content):
        return open_document.grids_of(name, content, most_rows)
    with excel.workbook(name, content) as book:
        return [excel.grid_of(name, sheet, most_rows) for sheet in book.worksheets]


def fetch(path: str | Path) -> bytes:
    """Return the bytes of a file, if they are not too many.

    Raises:
        TableError: where there is no such file, or what is there is a pipe or a device, which
            might never end.
    """
    name = Path(path).name
    try:
        kind = Path(path).stat().st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            refuse(name, "must be a file, not a pipe or a device: save it as a file first")
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_TABLE + 1)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "no such file").lower()
        refuse(name, f"cannot be read: {why}")
    if len(content) > LARGEST_TABLE:
        refuse(name, f"must be at most {LARGEST_TABLE // 1_000_000} MB")
    _check_kind(name, content)
    return content


_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or an encrypted Excel file"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
)
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|table|meta|head)\b", re.IGNORECASE)


def _check_kind(name: str, content: bytes) -> None:
    """Refuse what is empty, and files that hold tables in another form."""
    if not content.strip():
        refuse(name, "must not be empty")
    for mark, kind in _OTHERS:
        if content.startswith(mark):
            refuse(name, f"must be CSV, XLSX or ODS: this is {kind}")
    if _MARKUP.match(content.removeprefix(b"\xef\xbb\xbf")):
        must = "must be CSV, XLSX or ODS: this is a web page or XML"
        refuse(name, f"{must}; open it in a spreadsheet and save it as XLSX")


# Which sheet -------------------------------------------------------------------------------


def _chosen(
    name: str, grids: Sequence[Grid], wanted: Wanted | None, sheet: str | None
) -> tuple[Grid, list[str]]:
    """Return the sheet to read, and what there is to say about the others."""
    if sheet is not None:
        named = [one for one in grids if (one.title or "").casefold() == sheet.strip().casefold()]
        if not named:
            has = listed([one.title or "" for one in grids], 20)
            refuse(name, f'must have a sheet "{sheet}"; its sheets are {has}')
        if not named[0].rows:
            refuse(name, f"{named[0].title} must not be empty")
        return named[0], []
    full = [one for one in grids if one.rows]
    if not full:
        refuse(name, f"{grids[0].title} must not be empty")
    if len(full) == 1:
        return full[0], []
    if wanted is None:
        return full[0], _left_out(full[0], full)
    fitting = [one for one in full if _heading(one, wanted) is not None]
    shown = [one for one in fitting if one.shown] or fitting
    if len(shown) == 1:
        return shown[0], _left_out(shown[0], full)
    said = listed([one.title or "" for one in shown or full], 20)
    if not shown:
        must = f"must have a sheet with {wanted.words} in one row; looked at {said}"
        refuse(name, must, use="the name of the sheet to see what it lacks (--sheet NAME)")
    have = "both have" if len(shown) == 2 else "all have"
    must = f"must say which sheet to read: {said} {have} the columns"
    refuse(name, must, use=f'one of them (--sheet "{shown[0].title}"), or put them on one sheet')


def _left_out(chosen: Grid, full: Sequence[Grid]) -> list[str]:
    others = [one.title or "" for one in full if one is not chosen]
    return [f"Sheet {chosen.title} was read. Not read: {listed(others, 20)}."] if others else []


# Which row has the headings ----------------------------------------------------------------


def _title(cell: Any) -> str:
    """Return a heading, line breaks and doubled spaces in it as one space."""
    return "" if cell is None else " ".join(str(cell).split())


def _filled(row: Sequence[Any]) -> int:
    return sum(1 for cell in row if cell not in (None, ""))


def _heading(grid: Grid, wanted: Wanted) -> int | None:
    """Return which of the rows has all the headings that are needed, None where none has."""
    rows = grid.rows[:SEARCHED]
    place = next((n for n, (_, row) in enumerate(rows) if wanted.enough(row)), None)
    while place is not None and place + 1 < len(rows):
        number, row = rows[place + 1]
        merged = any((number, column) in grid.filled for column in range(len(row)))
        if not (merged and wanted.enough(row)):
            break
        place += 1  # headings merged over several rows
    return place


_DIGIT = re.compile(r"[+-]?[.,]?\d")
"""How a figure or a date begins, and no heading."""


def _likely(grid: Grid, wanted: Wanted | None) -> int:
    """Return which of the rows is most like headings, where none has all that are needed."""
    rows = [row for _, row in grid.rows[:SEARCHED]]
    if wanted is not None:
        known = [len(wanted.found(row)) for row in rows]
        if max(known):
            return known.index(max(known))
    widths = Counter(_filled(row) for row in rows[1:]) or Counter([1])
    usual = max(widths, key=lambda width: (widths[width], width))
    if _filled(rows[0]) >= usual:
        return 0
    fits = (
        n
        for n, row in enumerate(rows)
        if _filled(row) >= usual and not any(_DIGIT.match(_title(cell)) for cell in row)
    )
    return next(fits, 0)


def _table(name: str, grid: Grid, wanted: Wanted | None, separator: str) -> TypedSheet:
    """Return the table below the headings of a sheet, all its rows equally wide."""
    place = _heading(grid, wanted) if wanted else 0
    if place is None:
        place = _likely(grid, wanted)
    number, top = grid.rows[place]
    header = [_title(cell) for cell in top]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    if not width:
        refuse(name, "must have a first row with the names of its columns")
    if width > MOST_COLUMNS:
        refuse(name, f"must have at most {MOST_COLUMNS} columns")
    below = grid.rows[place + 1 :]
    blank: list[Any] = [None] * width
    rows: list[Sequence[Any]] = []
    wide = []
    for at, row in below:
        rows += [blank] * (at - number - 1 - len(rows))
        if len(row) > width and any(cell not in (None, "") for cell in row[width:]):
            wide.append((at, len(row)))
        rows.append(row if len(row) == width else [*row[:width], *blank[len(row) : width]])
    if wide:
        _too_wide(name, grid, wide, place, width)
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    first = number + 1
    numbers = range(first, first + len(rows))
    hidden = frozenset(at - first for at in grid.hidden if at in numbers)
    notes = []
    if place:
        above = counted(place, "row")
        notes.append(
            f"The headings were found in row {grid.rows[place][0]}; {above} above not read."
        )
    if hidden:
        were = "is" if len(hidden) == 1 else "are"
        all_ = counted(len(rows), "row")
        notes.append(f"{len(hidden)} of {all_} {were} hidden in the spreadsheet; all were read.")
    filled = frozenset(
        (at - first, column) for at, column in grid.filled if at in numbers and column < width
    )
    notes += _merged_notes(header, filled)
    return TypedSheet(
        file=name,
        sheet=grid.title,
        header=tuple(header),
        rows=rows,
        first=first,
        separator=separator,
        hidden=hidden,
        filled=filled,
        notes=tuple(notes),
    )


def _merged_notes(header: Sequence[str], filled: Collection[tuple[int, int]]) -> Iterator[str]:
    """Yield in which columns merged cells were taken for every row that they cover."""
    for column, rows in sorted(Counter(column for _, column in filled).items()):
        named = f'"{header[column]}"' if header[column] else column_letter(column)
        more = counted(rows, "more row")
        yield f"Merged cells in column {named}: their value was taken for {more}."


def _too_wide(
    name: str, grid: Grid, wide: Sequence[tuple[int, int]], place: int, width: int
) -> None:
    """Refuse rows that are wider than the headings: once, with the row that looks like them."""
    at, cells = wide[0]
    must = f"has {counted(cells, 'column')} but the heading row ({grid.rows[place][0]}) has {width}"
    must += f"; so have {counted(len(wide) - 1, 'more row')}" if len(wide) > 1 else ""
    must = must.replace("so have 1 more row", "so has 1 more row")
    likely = _likely(grid, None)
    use = None
    if likely != place:
        must += ". Is there a title line above the headings?"
        use = f"row {grid.rows[likely][0]}, which looks like the headings"
    where = name if grid.title is None else f"{name}: {grid.title}!A{at}"
    line = at if grid.title is None else None
    raise TableError([Problem(where, line, "", f"row {at} {must}", None, use)])


def _check_formulas(sheet: TypedSheet, wanted: Wanted | None) -> None:
    """Refuse formulas and errors in columns that are read, once for each column."""
    if sheet.sheet is None:
        return
    first: dict[tuple[int, str], int] = {}
    count: Counter[tuple[int, str]] = Counter()
    reads = [wanted is None or wanted.known(title) is not None for title in sheet.header]
    for n, row in enumerate(sheet.rows):
        for k, cell in enumerate(row):
            if isinstance(cell, Formula | Fault) and reads[k]:
                key = (k, FORMULA if isinstance(cell, Formula) else FAULT)
                first.setdefault(key, n)
                count[key] += 1
    wrong = []
    for (column, must), n in sorted(first.items(), key=lambda item: (item[1], item[0])):
        more = count[column, must] - 1
        also = f" ({counted(more, 'more cell')} of this column likewise)" if more else ""
        wrong.append(sheet.problem(n, column, must + also))
    if wrong:
        raise TableError(wrong)


# CSV ---------------------------------------------------------------------------------------


def _of_csv(name: str, content: bytes, wanted: Wanted | None) -> tuple[str, Grid]:
    """Return the separator and the cells of a CSV text."""
    text = _decoded(name, content)
    if not text.strip():  # blanks that only text has
        refuse(name, "must not be empty")
    separator = _separator(name, text, wanted)
    rows: list[tuple[int, list[Any]]] = []
    count = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for number, row in enumerate(reader, start=1):
            count += len(row)
            if count > MOST_CELLS:
                refuse(name, f"must have at most {MOST_CELLS:,} cells", reader.line_num)
            if number > MOST_ROWS:
                refuse(name, f"must have at most {MOST_ROWS:,} rows", reader.line_num)
            if any(cell.strip() for cell in row):
                rows.append((number, list(row)))
    except csv.Error as error:
        refuse(name, f"must be valid CSV: {error}", reader.line_num)
    if not rows:
        refuse(name, "must have a first row with the names of its columns")
    return separator, Grid(None, rows)


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


_TOP = 200_000
"""Characters at the top of a text that show its separator."""


def _separator(name: str, text: str, wanted: Wanted | None) -> str:
    """Return what separates the cells: comma, semicolon or tab."""
    tops = {mark: _top(text[:_TOP], mark) for mark in ",;\t"}
    if wanted is not None:
        known = {
            mark: max((len(wanted.found(row)) for row in rows), default=0)
            for mark, rows in tops.items()
        }
        best = [mark for mark in known if known[mark] == max(known.values())]
        if len(best) == 1:
            return best[0]
    widths = {mark: len(rows[0]) if rows else 0 for mark, rows in tops.items()}
    most = max(widths.values())
    best = [mark for mark in widths if widths[mark] == most]
    if most > 1 and len(best) > 1:
        refuse(name, "must have one kind of separator in its first row: comma or semicolon", 1)
    return best[0]


def _top(text: str, mark: str) -> list[list[str]]:
    """Return the first rows of a text with more than one cell or anything in it."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        rows = (row for row in reader if len(row) > 1 or any(cell.strip() for cell in row))
        found += itertools.islice(rows, SEARCHED)
    except csv.Error:
        pass
    return found


CALCULATED = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""First letters of a cell that a spreadsheet may take for a formula."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_text(cell: Any) -> Any:
    """Return a cell of a CSV file that a spreadsheet takes for text, never for a formula.

    A text that begins like a formula gets an apostrophe before it; numbers stay as they are.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")  # which CSV would end the row with
    return f"'{text}" if text.startswith(CALCULATED) and not _NUMBER.fullmatch(text) else text
