"""A force's own spend by month and team, read from CSV, XLSX or ODS."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capacity.errors import Problem, TableError
from capacity.files.figures import Marks, Unclear, amount, marks, month
from capacity.files.table_files import TypedSheet, Wanted, readable

COLUMNS = ("month", "team", "budget", "actual")
OTHER_NAMES = {
    **{"period": "month", "cost centre": "team", "unit": "team"},
    **{"spend": "actual", "actuals": "actual", "spent": "actual", "budgeted": "budget"},
}
"""Headings that finance systems have, and what they are."""


def column_of(title: str) -> str | None:
    """Return which column a heading is of."""
    name = title.strip().lower().replace("_", " ")
    name = OTHER_NAMES.get(name, name)
    return name if name in COLUMNS else None


WANTED = Wanted(column_of, (("month",), ("actual", "budget")), "a month, a team and what was spent")


@dataclass(frozen=True)
class Spend:
    """What one team was given and spent in a month; None where it is not said.

    Unit: £.
    """

    month: str
    team: str | None
    budget: float | None
    actual: float | None


def spend_of(sheet: TypedSheet, teams: Mapping[str, str | None]) -> tuple[Spend, ...]:
    """Return the spend of a table, in order of months and teams.

    Args:
        sheet: the table.
        teams: the teams there are, by id, with their names in full.

    Raises:
        TableError: with every problem.
    """
    found, problems = _SpendSheet(sheet, teams).rows()
    if problems:
        raise TableError(readable(problems))
    return tuple(sorted(found, key=lambda one: (one.month, one.team or "")))


def as_text(spend: Sequence[Spend]) -> str:
    """Return spend as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in spend:
        writer.writerow([one.month, one.team, one.budget, one.actual])
    return out.getvalue()


class _SpendSheet:
    """Reads the rows of one table, collecting what is wrong."""

    def __init__(self, sheet: TypedSheet, teams: Mapping[str, str | None]) -> None:
        self.sheet, self.teams = sheet, teams
        self.places = {
            name: place
            for place, title in enumerate(sheet.header)
            if (name := column_of(title)) is not None
        }
        self.problems: list[Problem] = sheet.twice(column_of)

    def rows(self) -> tuple[list[Spend], list[Problem]]:
        known = self._marks()
        found: list[Spend] = []
        seen: set[tuple[str, str | None]] = set()
        for place, row in enumerate(self.sheet.rows):
            when, team = self._month(place, row), self._team(place, row)
            amounts = [self._amount(place, row, name, known) for name in ("budget", "actual")]
            if when is None or amounts == [None, None]:
                continue
            if (when, team) in seen:
                self._wrong(place, "month", "must be given once for a month and team", when)
            seen.add((when, team))
            found.append(Spend(when, team, *amounts))
        return found, self.problems

    def _cell(self, row: Sequence[Any], name: str) -> Any:
        return row[self.places[name]] if name in self.places else None

    def _marks(self) -> Marks:
        texts = (
            cell
            for row in self.sheet.rows
            for name in ("budget", "actual")
            if isinstance(cell := self._cell(row, name), str)
        )
        try:
            return marks(texts, None if self.sheet.separator == ";" else ".")
        except Unclear as error:
            raise TableError([Problem(self.sheet.file, None, "", str(error))]) from error

    def _month(self, place: int, row: Sequence[Any]) -> str | None:
        cell = self._cell(row, "month")
        try:
            return month(cell)
        except Unclear as error:
            self._wrong(place, "month", str(error), cell)
            return None

    def _team(self, place: int, row: Sequence[Any]) -> str | None:
        cell = self._cell(row, "team")
        words = "" if cell is None else str(cell).strip()
        if not words:
            if len(self.teams) == 1:
                return next(iter(self.teams))
            if any(one not in (None, "") for one in row):
                self._wrong(place, "team", f"must be given, one of: {', '.join(self.teams)}", cell)
            return None
        for name, label in self.teams.items():
            if words.lower() in (name.lower(), (label or "").lower()):
                return name
        self._wrong(place, "team", f"must be one of: {', '.join(self.teams)}", cell)
        return None

    def _amount(self, place: int, row: Sequence[Any], name: str, known: Marks) -> float | None:
        cell = self._cell(row, name)
        try:
            return amount(cell, known)
        except Unclear as error:
            self._wrong(place, name, str(error), cell)
            return None

    def _wrong(self, place: int, name: str, must: str, got: Any) -> None:
        at = self.places.get(name, 0)
        self.problems.append(self.sheet.problem(place, at, must, None if got is None else str(got)))
