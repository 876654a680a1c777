"""What a report is made of: few kinds of block, which every renderer knows and nothing else.

Cells keep their numbers whole; `shown` is the one place that rounds them for people, so that
paper and screen say the same and the workbook holds what was rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Literal, TypeVar, cast

from capacity.wording import MONTHS, people

T = TypeVar("T")
Kind = Literal[
    "text", "pounds", "share", "number", "people", "months", "month", "rate", "typed", "whole"
]
"""What a cell holds, which decides how it is rounded and aligned."""

LEAST, NOUGHT = 0.1, 0.005
"""Below the first a number of cases or people is shown as less than that, below the second as 0."""

SHORT_MONTHS = tuple(name[:3] for name in MONTHS)


@dataclass(frozen=True)
class Term:
    """A part of a sum: rows of the `costs` table that match, or one month's figure, × a factor.

    `where` is pairs of column and value. With a month the column is `posts_at`, `post_rate`
    (£ per year), `overtime_at` (£), `budgeted` (the share of posts), or of its financial year
    `cash_of_post` (£ per year) or `cash_of_overtime`. `times` are further such figures to multiply.
    """

    column: str
    where: tuple[tuple[str, str], ...]
    factor: float = 1.0
    times: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Sum:
    """A number that the workbook works out from its own cost sheet, so that it follows changes.

    Unit: £.
    """

    value: float
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class FileLink:
    """Words that lead to another file, named from the folder in which the report lies."""

    words: str
    to: str


Cell = str | float | int | None | Sum | FileLink


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading and what its cells hold."""

    heading: str
    kind: Kind = "text"
    wide: bool = False  # gets what room is left

    @property
    def is_number(self) -> bool:
        """Whether it is set to the right."""
        return self.kind not in ("text", "month")


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str
    look: Literal["plain", "lead", "note", "warning"] = "plain"


@dataclass(frozen=True)
class Points:
    """Short statements, one below the other, each after a word or two on what it is about."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    words: str


@dataclass(frozen=True)
class Figures:
    """A few figures that matter most: label, figure, words below, and where they come from."""

    items: tuple[tuple[str, Cell, Kind, str], ...]
    source: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its title, what it shows and where that comes from.

    `totals`: the last row is the sum of those above, in the columns of numbers.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str = ""
    note: str = ""
    totals: bool = False


Role = Literal["today", "sized", "limit", "band", "other"]


@dataclass(frozen=True)
class ChartLine:
    """One line of a chart; NaN where there is no value."""

    name: str
    values: tuple[float, ...]
    role: Role = "other"


@dataclass(frozen=True)
class ChartBand:
    """A range around a line, low and high for each place along the bottom, in the line's colour."""

    name: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    role: Role


@dataclass(frozen=True)
class Chart:
    """A picture of lines whose title is its message, with a table of its figures under it.

    `along`: months, `YYYY-MM`.
    """

    name: str
    message: str
    along: tuple[str, ...]
    up_title: str
    kind: Kind
    series: tuple[ChartLine, ...]
    table: Table | None
    bands: tuple[ChartBand, ...] = ()
    low: bool = False  # takes little height


Block = Text | Points | Heading | Figures | Table | Chart


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    name: str
    title: str
    sheet: str  # its name in the workbook
    blocks: tuple[Block, ...]
    wide: bool = False  # pages on their side
    one_page: bool = False  # set as small as it must be to stand on one page


@dataclass(frozen=True)
class Report:
    """A whole report: what it is about and its parts."""

    title: str
    question: str
    as_at: str
    scenario: str
    run_id: str
    version: str
    year: int
    sections: tuple[Section, ...]
    kind: str = "Planning report"
    warnings: tuple[str, ...] = field(default=())
    details: tuple[tuple[str, str], ...] = ()  # such as author and meeting
    marking: str = ""  # above and below each page
    is_paper: bool = False  # for a meeting: nothing of files and runs, no contents


def cleaned(part: T) -> T:
    """Return a report, or a part of one, without the characters that no document may hold.

    Source: XML 1.0, characters.
    """
    if isinstance(part, str):
        kept = "".join(" " if one < " " else one for one in part if not _forbidden(one))
        return cast(T, kept if kept != part else part)
    if isinstance(part, tuple):
        return cast(T, tuple(cleaned(one) for one in part))
    if is_dataclass(part) and not isinstance(part, type | Sum):
        values = {one.name: cleaned(getattr(part, one.name)) for one in fields(part)}
        return replace(part, **values)
    return part


def _forbidden(one: str) -> bool:
    return "\ud800" <= one <= "\udfff" or one in "\x7f\ufffe\uffff"


# Cells in words ----------------------------------------------------------------------------


def value_of(cell: Cell) -> str | float | int | None:
    """Return what a cell holds, None where there is no value."""
    if isinstance(cell, FileLink):
        return cell.words
    value = cell.value if isinstance(cell, Sum) else cell
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shown(cell: Cell, kind: Kind) -> str:
    """Return a cell as people read it, rounded by its kind; a dash where there is no value."""
    value = value_of(cell)
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        return _short_month(value) if kind == "month" else value
    return _signed(float(value), kind)


def widths(table: Table) -> list[float]:
    """Return the share of the width that each column gets: by its longest words, within bounds.

    A heading may break between its words; columns of words get more than columns of figures.
    """
    wanted = []
    for place, column in enumerate(table.columns):
        cells = [len(shown(row[place], column.kind)) for row in table.rows]
        longest_word = max((len(word) for word in column.heading.split()), default=1)
        most = 34 if column.wide else 16
        wanted.append(max(6, longest_word + 1, min(most, max([*cells, len(column.heading) / 2]))))
    return [one / sum(wanted) for one in wanted]


def _signed(value: float, kind: Kind) -> str:
    words = _size(abs(value), kind)
    zero = not any(digit in words for digit in "123456789")
    return f"−{words}" if value < 0 and not zero else words


def _size(value: float, kind: Kind) -> str:
    """Return a number that is not negative in words."""
    if kind == "pounds":
        return f"£{value:,.0f}"
    if kind == "rate":
        return f"£{value:,.2f}"
    if kind == "share":
        return _per_cent(value)
    if kind in ("people", "number") and value < LEAST / 2:
        return "0" if value < NOUGHT else f"<{LEAST}"
    if kind == "people":
        return people(value)
    if kind in ("months", "whole"):
        return f"{value:,.0f}"
    if kind == "typed":
        return f"{value:,.12g}" if value < 1e12 else f"{value:.6g}"
    whole = value >= 99.95 or math.isclose(value, round(value), rel_tol=1e-9, abs_tol=1e-9)
    return f"{value:,.0f}" if whole else f"{value:,.1f}"


def _per_cent(value: float) -> str:
    """Return a share to one place, and never as all where some lacks."""
    words = f"{100 * value:.1f}"
    if words == "100.0" and not math.isclose(value, 1, abs_tol=1e-6):
        words = "99.9" if value < 1 else words
    return f"{words.removesuffix('.0')}%"


def _short_month(label: str) -> str:
    year, _, number = label.partition("-")
    known = number.isdigit() and 1 <= int(number) <= 12
    return f"{SHORT_MONTHS[int(number) - 1]} {year}" if known else label


def rows_with_total(
    rows: Sequence[Sequence[Cell]], label: str = "All", leave: Sequence[int] = ()
) -> tuple[tuple[Cell, ...], ...]:
    """Return rows and the sum of each column of numbers, but for the columns in `leave`."""
    body = [tuple(row) for row in rows]
    if not body:
        return ()
    last: list[Cell] = []
    for place in range(len(body[0])):
        cells = [row[place] for row in body]
        numbers = [value for cell in cells if isinstance(value := value_of(cell), int | float)]
        texts = any(isinstance(cell, str) for cell in cells)
        if place == 0:
            last.append(label)
        elif texts or place in leave or not numbers:
            last.append(None)
        else:
            last.append(_total(cells, float(sum(numbers))))
    return (*body, tuple(last))


def _total(cells: Sequence[Cell], total: float) -> Cell:
    """Return a total, as a sum that the workbook can work out where all its parts are."""
    if all(isinstance(cell, Sum) for cell in cells):
        terms = tuple(term for cell in cells if isinstance(cell, Sum) for term in cell.terms)
        return Sum(total, terms)
    return total
