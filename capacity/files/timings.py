"""Timings of activities, read: minutes, travel and attempts of each, and nothing about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capacity.errors import Problem, TableError
from capacity.files.figures import Marks, Unclear, amount
from capacity.files.headings import plain
from capacity.files.table_files import TypedSheet, Wanted, readable

COLUMNS = ("activity", "minutes", "travel", "attempts")
OTHERS: Mapping[str, tuple[str, ...]] = {
    "activity": ("task", "duty", "type of work", "work type", "what"),
    "minutes": ("duration", "mins", "time", "minutes taken", "duration minutes", "time minutes"),
    "travel": ("travel minutes", "travel mins", "travel time", "minutes of travel", "driving"),
    "attempts": ("visits made", "number of attempts", "tries"),
}
"""Titles by which a column is known besides its own name."""

MOST_MINUTES, MOST_ATTEMPTS = 24 * 60.0, 50
"""The most that one entry may say."""


@dataclass(frozen=True)
class Timing:
    """One activity that was done: minutes without travel, those of travel, and attempts."""

    activity: str
    minutes: float
    travel: float = 0.0
    attempts: int = 1


def column_of(title: str) -> str | None:
    """Return which column of a diary a title is, none where it is not read."""
    word = plain(title)
    return next((name for name in COLUMNS if word == name or word in OTHERS[name]), None)


WANTED = Wanted(column_of, (("activity",), ("minutes",)), "columns activity and minutes")


def lacking(sheet: TypedSheet) -> list[Problem]:
    """Return what is wrong with the columns of a file of timings."""
    there = [column_of(title) for title in sheet.header]
    problems = [
        Problem(sheet.file, sheet.first - 1, "", f"must have a column {name}")
        for name in ("activity", "minutes")
        if name not in there
    ]
    return [*problems, *sheet.twice(column_of)]


def timings_in(sheet: TypedSheet) -> tuple[Timing, ...]:
    """Return the timings of a file that has the columns it must.

    Raises:
        TableError: with every problem.
    """
    places = {name: n for n, title in enumerate(sheet.header) if (name := column_of(title))}
    found: list[Timing] = []
    problems: list[Problem] = []
    for n, row in enumerate(sheet.rows):
        if not any(cell not in (None, "") for cell in row):
            continue
        one = _entry(sheet, n, row, places, problems)
        found += [one] if one is not None else []
    if problems:
        raise TableError(readable(problems))
    if not found:
        raise TableError([Problem(sheet.file, None, "", "must have an entry")])
    return tuple(found)


def _entry(
    sheet: TypedSheet,
    n: int,
    row: Sequence[Any],
    places: Mapping[str, int],
    problems: list[Problem],
) -> Timing | None:
    """Return one entry, none where it is wrong, which is then noted."""
    before = len(problems)
    activity = str(row[places["activity"]] or "").strip()
    if not activity:
        problems.append(sheet.problem(n, places["activity"], "must be given"))
    said: dict[str, float] = {"minutes": 0.0, "travel": 0.0, "attempts": 1.0}
    limits = {"minutes": MOST_MINUTES, "travel": MOST_MINUTES, "attempts": float(MOST_ATTEMPTS)}
    for name, most in limits.items():
        if name not in places:
            continue
        try:
            value = amount(row[places[name]], Marks("."))
        except Unclear as error:
            problems.append(sheet.problem(n, places[name], str(error)))
            continue
        least = 1 if name == "attempts" else 0
        whole = name != "attempts" or value is None or float(value).is_integer()
        if value is None and name == "minutes":
            problems.append(sheet.problem(n, places[name], "must be given"))
        elif value is not None and not (least <= value <= most and whole):
            must = f"must be {'a whole number, ' if name == 'attempts' else ''}{least} to {most:g}"
            problems.append(sheet.problem(n, places[name], must, str(row[places[name]])))
        elif value is not None:
            said[name] = float(value)
    if len(problems) > before:
        return None
    return Timing(activity, said["minutes"], said["travel"], int(said["attempts"]))
