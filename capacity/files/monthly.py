"""A force's own monthly figures, read from CSV, XLSX or ODS with the columns of `projection`."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from capacity.errors import Problem, TableError
from capacity.files.figures import (
    Mark,
    Marks,
    Unclear,
    amount,
    marks,
    month,
    month_of,
    number,
    quarter,
    suppressed,
    unmarked,
)
from capacity.files.headings import (
    ALL,
    FLOWS,
    MEASURES,
    NAMES,
    OF_A_QUEUE,
    OF_QUEUES,
    SHARES,
    column_of,
    plain,
    suggested,
)
from capacity.files.table_files import TypedSheet, Wanted, as_text, fetch, read_table, readable
from capacity.places import folder
from capacity.wording import as_typed, counted, listed

ALIKE = 0.015
"""By which a completion may differ from done ÷ due: rounding to whole per cent, and a little."""
LONGEST = 12
"""Months that one row may cover."""
REGULAR = (3, 6, 12)
"""Months between rows that look as if each covered all of them."""

HEADINGS_OF_LATE = ("overdue", "late", "overdue at month end")
"""Headings of what is past its deadline, where rows are of work that queues."""

WANTED = Wanted(column_of, (("month", "year"), MEASURES), "a month and figures of cases or visits")


@dataclass(frozen=True)
class Figure:
    """One figure of one month, or of several that end with it.

    No cohort, duty or tier: all of them together. Unit: cases, shares or months.
    """

    month: str
    cohort: str | None
    duty: str | None
    tier: str | None
    measure: str
    value: float
    compare: bool  # set beside what is projected, never fitted
    row: int
    months: int = 1  # that a count of what happened covers, the last of them `month`

    @property
    def series(self) -> tuple[str | None, str | None, str | None, str]:
        """What it is a figure of, whatever the month."""
        return self.cohort, self.duty, self.tier, self.measure


@dataclass(frozen=True)
class History:
    """Monthly figures, in order of months."""

    name: str
    figures: tuple[Figure, ...]
    sha256: str = ""
    notes: tuple[str, ...] = ()  # how the file was read

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

    Source: data/.
    """
    return tuple(sorted(path.stem for path in folder("data").glob("*-history.csv")))


def read_history(path: str | Path, sheet: str | None = None) -> History:
    """Return the monthly figures of a file, or of a shipped history by its name.

    Args:
        path: the file, or the name of a shipped history.
        sheet: name of the sheet to read, where the file has several.

    Raises:
        TableError: with every problem.
    """
    stem = str(path).removesuffix(".csv")
    if not Path(path).exists() and stem in shipped():
        path = folder("data") / f"{stem}.csv"
    return history_of(read_table(path, WANTED, sheet))


def shipped_text(name: str) -> str:
    """Return the text of a history that comes with the program."""
    return fetch(folder("data") / f"{name}.csv").decode("utf-8")


def history_of(sheet: TypedSheet) -> History:
    """Return the monthly figures of a table.

    Raises:
        TableError: with every problem.
    """
    return _Reading(sheet).history()


PLAIN = {*ALL} - {"source", "note", "option"}
"""Columns that hold nothing but months, names of a scenario and figures."""


def text_kept(sheet: TypedSheet, content: bytes, history: History) -> str:
    """Return the text of a history that is kept with a result, so that it can be repeated.

    A file that holds nothing else is kept as it is. Of any other the figures alone are kept, below
    a line that names the file and its hash: other columns and sheets may be about people.

    Args:
        sheet: the table as it was read.
        content: the file.
        history: its figures.
    """
    titles = [column_of(title) for title in sheet.header]
    if sheet.sheet is None and set(titles) <= PLAIN:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    rows: dict[int, dict[str, Any]] = {}
    for one in history.figures:
        names = {name: getattr(one, name) or "all" for name in NAMES}
        row = rows.setdefault(one.row, {"month": one.month, "months": 1, **names})
        row["months"] = max(row["months"], one.months)
        row["compare"] = "yes" if one.compare else "no"
        row[one.measure] = as_typed(one.value)
    columns = ["month", "months", *NAMES, "compare", *MEASURES]
    made = io.StringIO()
    made.write(f"Figures of {history.name} sha256 {history.sha256}\n")
    writer = csv.DictWriter(made, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: as_text(cell) for key, cell in row.items()} for row in rows.values())
    return made.getvalue()


@dataclass
class _Reading:
    """Reads a table; gathers its figures, its problems and what there is to say about it."""

    sheet: TypedSheet
    problems: list[Problem] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    blank: set[tuple[int, str]] = field(default_factory=set)  # row of the file and name not given
    gaps: Counter[str] = field(default_factory=Counter)  # marks in place of a figure
    marked: Counter[str] = field(default_factory=Counter)  # marks after a figure

    def history(self) -> History:
        """Read."""
        sheet = self.sheet
        self.columns, notes = _columns(sheet)
        self.known = _marks(sheet, self.columns)
        seen: dict[tuple[Any, ...], int] = {}
        options: dict[str, int] = {}
        for place, row in enumerate(sheet.rows):
            if not any(cell not in (None, "") for cell in row):
                continue
            found = self._row(place, row)
            if "option" in self.columns:
                options.setdefault(_text(row[self.columns["option"]]) or "", place)
            for one in found:
                self._once(one, place, seen)
            self.figures += found
        if len(options) > 1:
            must = "must be one option: leave out the rows of the others"
            place = sorted(options.values())[1]
            self._wrong(place, "option", must, " and ".join(options))
        self._blank_names()
        self._regular()
        if self.problems:
            raise TableError(readable(self.problems))
        if not self.figures:
            must = f"must have a figure in one of the columns {', '.join(MEASURES)}"
            raise TableError([Problem(sheet.file, None, "", must)])
        figures = tuple(sorted(self.figures, key=lambda one: one.month))
        notes = [*sheet.notes, *notes, *self._notes()]
        return History(sheet.file, figures, sheet.sha256, tuple(notes))

    def _wrong(self, place: int, column: str, must: str, got: str | None = None) -> None:
        self.problems.append(self.sheet.problem(place, self.columns[column], must, got))

    def _once(self, one: Figure, place: int, seen: dict[tuple[Any, ...], int]) -> None:
        """Note a figure of months that another row has too."""
        for label in _covered(one):
            key = (label, *one.series, one.compare)
            if key in seen:
                must = f"must be given once for a month; row {seen[key]} has it too"
                self._wrong(place, one.measure, must)
                return
            seen[key] = one.row

    def _row(self, place: int, row: Sequence[Any]) -> list[Figure]:
        """Return the figures of one row."""
        columns = self.columns
        when = self._when(place, row)
        if when is None:
            return []
        compare = (_text(row[columns["compare"]]) if "compare" in columns else None) or "no"
        if compare.lower() not in ("yes", "no"):
            self._wrong(place, "compare", "must be yes or no", compare)
        names: dict[str, str | None] = {}
        for name in NAMES:
            given = _text(row[columns[name]]) if name in columns else None
            if given is None:
                self.blank.add((self.sheet.first + place, name))
            names[name] = None if given is None or given.lower() in _EVERY else given
        values = self._values(place, row)
        for measure, must in _contradictions(values):
            self._wrong(place, measure, must, as_typed(values[measure]))
        return [
            Figure(
                month=when[0],
                **names,
                measure=measure,
                value=value,
                compare=compare.lower() == "yes",
                row=self.sheet.first + place,
                months=when[1] if measure in (*FLOWS, "completion", "on_time") else 1,
            )
            for measure, value in values.items()
        ]

    def _when(self, place: int, row: Sequence[Any]) -> tuple[str, int] | None:
        """Return the last month that a row covers and how many it covers, None where unclear."""
        columns = self.columns
        cell = row[columns["month"]]
        try:
            year = row[columns["year"]] if "year" in columns else None
            typed = f"{cell or ''} {year}".strip() if year is not None else cell
            last = quarter(typed)
            covered = 1 if last is None else 3
            if last is None:
                last = month(cell) if year is None else month_of(year, cell)
        except Unclear as error:
            got = _text(cell)
            self._wrong(place, "month", str(error), None if got is None else as_typed(got))
            return None
        if last is None:
            self._wrong(place, "month", "must be given")
            return None
        if "months" not in columns or row[columns["months"]] in (None, ""):
            return last, covered
        try:
            given = number(row[columns["months"]], self.known)
        except Unclear:
            given = None
        if (
            given is None
            or given not in range(1, LONGEST + 1)
            or (covered > 1 and given != covered)
        ):
            must = f"must be the number of months that the row covers, 1 to {LONGEST}"
            self._wrong(place, "months", must, as_typed(row[columns["months"]]))
            return None
        return last, int(given)

    def _values(self, place: int, row: Sequence[Any]) -> dict[str, float]:
        """Return the figures of a row by measure."""
        values: dict[str, float] = {}
        for measure in MEASURES:
            if measure not in self.columns:
                continue
            column = self.columns[measure]
            cell = row[column]
            try:
                read = number if measure in SHARES else amount
                value = read(cell, self.known)
                if value is None:
                    self.gaps.update([_text(cell) or ""] if suppressed(cell) else [])
                    continue
                if (place, column) in self.sheet.filled:
                    raise Unclear("must be given row by row: this cell is merged with another")
                if isinstance(cell, str) and unmarked(cell) != cell.strip():
                    self.marked.update([cell.strip()])
                _check(measure, value)
                values[measure] = value
            except Unclear as error:
                self._wrong(place, measure, str(error), as_typed(cell))
        return values

    # What rows say together ----------------------------------------------------------------

    def _blank_names(self) -> None:
        """Refuse names left blank below others of the same measure, given in other months.

        Blank stands for all of them together, and is also what is left of a merged cell.
        """
        for name in NAMES:
            named: dict[str, dict[str, int]] = {}  # measure: month: first row that gives the name
            for one in self.figures:
                if getattr(one, name) is not None:
                    named.setdefault(one.measure, {}).setdefault(one.month, one.row)
            unclear = {
                one.row
                for one in self.figures
                if (one.row, name) in self.blank
                and one.month not in (given := named.get(one.measure, {}))
                and one.row > min(given.values(), default=one.row)
            }
            rows = sorted(unclear)
            if rows:
                must = f"must be given: it is blank in {_rows(rows)} and given above"
                must += f"; write the {name} in each row, or all for all of them together"
                self._wrong(rows[0] - self.sheet.first, name, must)

    def _regular(self) -> None:
        """Ask about counts that come every third, sixth or twelfth month only."""
        if "months" in self.columns:
            return
        series: dict[Any, list[Figure]] = {}
        for one in self.figures:
            if one.measure in FLOWS and not one.compare:
                series.setdefault(one.series, []).append(one)
        for items in series.values():
            months = sorted(_serial(one.month) for one in items if one.months == 1)
            gaps = {b - a for a, b in pairwise(months)}
            if len(months) > 2 and len(gaps) == 1 and (gap := gaps.pop()) in REGULAR:
                must = f"has a figure every {gap} months: is it of one month or of all {gap}?"
                must += f" Add a column months with 1 or {gap}; the month is then the last of them"
                first = min(items, key=lambda one: one.month)
                self._wrong(first.row - self.sheet.first, first.measure, must)
                return

    def _notes(self) -> Iterator[str]:
        """Yield what there is to say about the figures."""
        if self.gaps:
            count = sum(self.gaps.values())
            were = "was" if count == 1 else "were"
            yield (
                f"{counted(count, 'figure')} withheld or not available ({listed(list(self.gaps))})"
                f" {were} taken as {'a gap' if count == 1 else 'gaps'}."
            )
        if self.marked:
            count = sum(self.marked.values())
            marks_ = listed(list(self.marked))
            yield f"{counted(count, 'figure')} read without the mark after it ({marks_})."
        covered = {one.months for one in self.figures} - {1}
        if covered:
            example = next(one for one in self.figures if one.months > 1)
            first = _covered(example)[0]
            yield (
                f"Rows cover up to {max(covered)} months: row {example.row} is {first} to "
                f"{example.month}. Cases and what is overdue are those at the end."
            )


_EVERY = ("all", "total", "any", "every", "all tiers", "all risk levels")


def _rows(rows: Sequence[int]) -> str:
    """Return numbers of rows in words: `rows 3 to 7`, `rows 3 and 5`."""
    if len(rows) > 2 and rows[-1] - rows[0] == len(rows) - 1:
        return f"rows {rows[0]} to {rows[-1]}"
    return f"{'rows' if len(rows) > 1 else 'row'} {listed([str(one) for one in rows])}"


def _serial(label: str) -> int:
    return int(label[:4]) * 12 + int(label[5:]) - 1


def _covered(one: Figure) -> list[str]:
    """Return the months that a figure covers, first to last."""
    last = _serial(one.month)
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(last - one.months + 1, last + 1)]


def _columns(sheet: TypedSheet) -> tuple[dict[str, int], list[str]]:
    """Return the place of every column, and how headings were understood."""
    columns: dict[str, int] = {}
    problems = []
    understood, ignored = [], []
    queued = any(plain(title) in OF_QUEUES for title in sheet.header)
    for place, title in enumerate(sheet.header):
        name = column_of(title)
        if queued and plain(title) != (name or "").replace("_", " "):
            late = name == "outstanding" and plain(title) in HEADINGS_OF_LATE
            name = "past_deadline" if late else OF_A_QUEUE.get(name or "", name)
        if name is None:
            use = suggested(title)
            if use is None and title:
                ignored.append(title)
            elif title:
                must = f"unknown column; must be one of: {', '.join(ALL)}"
                problems.append(sheet.problem(-1, place, must, None, use))
            elif any(row[place] not in (None, "") for row in sheet.rows):
                ignored.append(f"column {place + 1}")
            continue
        if name in columns:
            problems.append(sheet.only_one(place, name, columns[name]))
        elif title.strip().lower().replace("_", " ") != name.replace("_", " "):
            understood.append(f'"{title}" as {name}')
        columns.setdefault(name, place)
    if "month" not in columns:
        must = "must have a column month"
        use = "a column month beside the column year" if "year" in columns else None
        problems.append(Problem(sheet.file, sheet.first - 1, "", must, None, use))
    if problems:
        raise TableError(problems)
    notes = [f"Headings read: {listed(understood, 20)}."] if understood else []
    notes += [f"Columns not read: {listed(ignored, 20)}."] if ignored else []
    return columns, notes


def _marks(sheet: TypedSheet, columns: Mapping[str, int]) -> Marks:
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


def _check(measure: str, value: float) -> None:
    """Refuse a number that its column cannot hold."""
    if measure in SHARES and not 0 <= value <= 1:
        raise Unclear("must be a share from 0 to 1, or a per cent with its sign, such as 91%")
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
