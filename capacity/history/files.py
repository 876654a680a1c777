"""A force's own monthly figures, read from CSV or XLSX with the columns of `projection`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from capacity.errors import Problem, TableError
from capacity.files.figures import Mark, Marks, Unclear, marks, month, number
from capacity.files.table_files import Sheet, read_table
from capacity.places import folder
from capacity.reading.tree import as_typed

SHARES = ("completion", "in_date", "on_time")
COUNTS = ("cases", "newly_due", "due", "done", "outstanding", "attempts")
MEASURES = (*COUNTS, *SHARES, "longest_wait_months")
"""Columns of figures; any of them, with any gaps."""
NAMES = ("cohort", "duty", "tier")
OTHERS = ("month", "option", "compare", "source", "note")
ALSO = {"longest_wait": "longest_wait_months", "notes": "note", "date": "month"}
ALIKE = 0.015
"""By which a completion may differ from done ÷ due: rounding to whole per cent, and a little."""
MOST_PROBLEMS = 50


@dataclass(frozen=True)
class Figure:
    """One figure of one month.

    No cohort, duty or tier: all of them together. Shape: scalars. Unit: cases, shares or months.
    Source: the file. Raises: nothing.
    """

    month: str
    cohort: str | None
    duty: str | None
    tier: str | None
    measure: str
    value: float
    compare: bool  # set beside what is projected, never fitted
    row: int

    @property
    def series(self) -> tuple[str | None, str | None, str | None, str]:
        """What it is a figure of, whatever the month."""
        return self.cohort, self.duty, self.tier, self.measure


@dataclass(frozen=True)
class History:
    """Monthly figures, in order of months.

    Shape: one entry a figure. Unit: see Figure. Source: the file. Raises: nothing.
    """

    name: str
    figures: tuple[Figure, ...]
    sha256: str = ""

    @property
    def months(self) -> tuple[str, ...]:
        """Months with a figure, ascending."""
        return tuple(sorted({one.month for one in self.figures}))

    def problem(self, figure: Figure, column: str, must: str, use: str | None = None) -> Problem:
        """Return a problem of one figure."""
        got = getattr(figure, column, None)
        return Problem(
            self.name, figure.row, column, must, None if got is None else as_typed(got), use
        )


def shipped() -> tuple[str, ...]:
    """Return the names of the histories that come with the package.

    Shape: one name a history. Unit: none. Source: data/. Raises: nothing.
    """
    return tuple(sorted(path.stem for path in folder("data").glob("*-history.csv")))


def read_history(path: str | Path) -> History:
    """Return the monthly figures of a file, or of a shipped history by its name.

    Shape: see History. Unit: see Figure. Source: the file. Raises: TableError with every problem.
    """
    stem = str(path).removesuffix(".csv")
    if not Path(path).exists() and stem in shipped():
        path = folder("data") / f"{stem}.csv"
    return history_of(read_table(path))


def history_of(sheet: Sheet) -> History:
    """Return the monthly figures of a table.

    Shape: see History. Unit: see Figure. Source: the table. Raises: TableError with every problem.
    """
    columns = _columns(sheet)
    known = _marks(sheet, columns)
    problems: list[Problem] = []
    figures: list[Figure] = []
    seen: dict[tuple[Any, ...], int] = {}
    options: dict[str, int] = {}
    for place, row in enumerate(sheet.rows):
        if not any(cell not in (None, "") for cell in row):
            continue
        found, wrong = _figures_of(sheet, columns, known, place, row)
        problems += wrong
        if "option" in columns:
            options.setdefault(_text(row[columns["option"]]) or "", place)
        for one in found:
            key = (one.month, *one.series, one.compare)
            if key in seen:
                must = f"must be given once for a month; row {seen[key]} has it too"
                problems.append(sheet.problem(place, columns[one.measure], must))
            seen.setdefault(key, one.row)
        figures += found
    if len(options) > 1:
        must = "must be one option: leave out the rows of the others"
        place = sorted(options.values())[1]
        problems.append(sheet.problem(place, columns["option"], must, " and ".join(options)))
    if problems:
        raise TableError(problems[:MOST_PROBLEMS])
    if not figures:
        must = f"must have a figure in one of the columns {', '.join(MEASURES)}"
        raise TableError([Problem(sheet.file, None, "", must)])
    figures.sort(key=lambda one: one.month)
    return History(sheet.file, tuple(figures), sheet.sha256)


def _columns(sheet: Sheet) -> dict[str, int]:
    """Return the place of every column, its name tidied."""
    columns: dict[str, int] = {}
    problems = []
    allowed = (*OTHERS, *NAMES, *MEASURES)
    for place, title in enumerate(sheet.header):
        name = "_".join(title.strip().lower().replace("-", " ").split())
        name = ALSO.get(name, name)
        if name not in allowed:
            close = get_close_matches(name, allowed, n=1)
            must = f"unknown column; must be one of: {', '.join(allowed)}"
            use = close[0] if close else None
            problems.append(Problem(sheet.file, sheet.first - 1, "", must, as_typed(title), use))
        elif name in columns:
            must = "must be the only column of this name"
            problems.append(Problem(sheet.file, sheet.first - 1, name, must))
        columns.setdefault(name, place)
    if "month" not in columns:
        problems.append(Problem(sheet.file, sheet.first - 1, "", "must have a column month"))
    if problems:
        raise TableError(problems)
    return columns


def _marks(sheet: Sheet, columns: Mapping[str, int]) -> Marks:
    """Return what point and comma mean in this file."""
    texts = (
        row[columns[name]]
        for name in MEASURES
        if name in columns
        for row in sheet.rows
        if isinstance(row[columns[name]], str)
    )
    default: Mark | None = None if sheet.separator == ";" else "."
    try:
        return marks(texts, default)
    except Unclear as error:
        raise TableError([Problem(sheet.file, None, "", str(error))]) from error


def _text(cell: Any) -> str | None:
    text = "" if cell is None else str(cell).strip()
    return text or None


def _figures_of(
    sheet: Sheet, columns: Mapping[str, int], known: Marks, place: int, row: Sequence[Any]
) -> tuple[list[Figure], list[Problem]]:
    """Return the figures of one row, and what is wrong with it."""
    problems: list[Problem] = []
    names = {name: _text(row[columns[name]]) if name in columns else None for name in NAMES}
    try:
        when = month(row[columns["month"]])
        if when is None:
            raise Unclear("must be given")
    except Unclear as error:
        got = _text(row[columns["month"]])
        typed = None if got is None else as_typed(got)
        return [], [sheet.problem(place, columns["month"], str(error), typed)]
    compare = (_text(row[columns["compare"]]) if "compare" in columns else None) or "no"
    if compare.lower() not in ("yes", "no"):
        problems.append(sheet.problem(place, columns["compare"], "must be yes or no", compare))
    values: dict[str, float] = {}
    for measure in MEASURES:
        if measure not in columns:
            continue
        cell = row[columns[measure]]
        try:
            value = number(cell, known)
            if value is not None:
                _check(measure, value)
                values[measure] = value
        except Unclear as error:
            problems.append(sheet.problem(place, columns[measure], str(error), as_typed(cell)))
    for measure, must in _contradictions(values):
        got = as_typed(values[measure])
        problems.append(sheet.problem(place, columns[measure], must, got))
    figures = [
        Figure(
            month=when,
            cohort=names["cohort"],
            duty=names["duty"],
            tier=names["tier"],
            measure=measure,
            value=value,
            compare=compare.lower() == "yes",
            row=sheet.first + place,
        )
        for measure, value in values.items()
    ]
    return figures, problems


def _check(measure: str, value: float) -> None:
    """Refuse a number that its column cannot hold."""
    if measure in SHARES and not 0 <= value <= 1:
        raise Unclear("must be a share from 0 to 1, or a per cent with its sign, such as 91 %")
    if value < 0:
        raise Unclear("must be at least 0")


def _contradictions(values: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Yield figures of one row that cannot all be true."""
    due, done = values.get("due"), values.get("done")
    if due is None or done is None:
        return
    if done > due + 1e-6:
        yield "done", f"must be at most due ({as_typed(due)})"
    elif due > 0 and abs(values.get("completion", done / due) - done / due) > ALIKE:
        must = f"must be done ÷ due ({done / due:.3f})"
        must += "; is it in_date or on_time? name its column so"
        yield "completion", must
