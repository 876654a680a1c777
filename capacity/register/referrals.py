"""A list of referrals to an opening position: who waits and for how long, and how many arrive.

One row is one referral: when it was received, when it was closed, its class. Rows are counted and
forgotten; other columns are not read, and problems name rows by their numbers only.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from capacity.errors import InputError, Problem, TableError
from capacity.files.figures import DateForm, Unclear, day, form_of
from capacity.files.headings import plain
from capacity.files.table_files import TypedSheet, Wanted, readable
from capacity.history.rolling import rolled
from capacity.limits import LONGEST_INTERVAL
from capacity.reading.naming import some
from capacity.reading.scenario import Scenario
from capacity.register.count import Asked
from capacity.register.position import HEADING, written
from capacity.version import __version__
from capacity.wording import counted, number

TITLES: Mapping[str, tuple[str, ...]] = {
    "received": ("received", "date received", "received date", "referral date", "arrived"),
    "closed": ("closed", "date closed", "closed date", "completed", "completion date"),
    "class": ("class", "risk", "risk level", "band", "grade", "priority"),
}
"""Titles by which a column is known, in plain words."""

YEAR = 12
"""Whole months at most whose arrivals are averaged, and whose closures are told."""


@dataclass(frozen=True)
class Referrals:
    """A list of referrals counted, and the text of the scenario whose queue it opens."""

    waiting: Mapping[str, tuple[int, ...]]  # by class, those who wait 1, 2, 3 … months
    arrivals: float  # a month
    months: int  # that arrivals are the mean of
    text: str
    notes: tuple[str, ...]


WANTED = Wanted(
    known=lambda title: next((one for one, names in TITLES.items() if plain(title) in names), None),
    needed=(("received",),),
    words="a column of dates on which referrals were received",
)


def referrals(
    sheet: TypedSheet, scenario: Scenario, queue: str, asked: Asked, place: str | None = None
) -> Referrals:
    """Return the opening position of a queue that a list of referrals comes to.

    Args:
        sheet: the list.
        scenario: whose queue it is; one that started earlier is brought to the list's month.
        queue: the queue.
        asked: the day it stands at, and how dates are written.
        place: where the file will lie.

    Raises:
        InputError: if there is no such queue.
        TableError: with row numbers and never what stands in them.
    """
    if queue not in scenario.settings.queues:
        names = some(list(scenario.settings.queues)) or "there is none"
        raise InputError([Problem("--queue", None, "", f"must be a queue: {names}", queue)])
    classes = scenario.settings.queues[queue].class_names
    found = _counted(sheet, classes, asked)
    now = rolled(scenario, asked.start, asked.in_post)
    tree = copy.deepcopy(dict(now.scenario.tree))
    arrivals, months, by_class = found.arrivals()
    ages = {name: found.ages(name) for name in classes}
    words = f"{sheet.file}, as at {asked.day}"
    mine = tree["queues"][queue]
    note = {"source": "local", "note": words}
    mine["waiting"] = {name: {"value": sum(ages[name]), **note} for name in classes}
    mine["waiting_ages"] = {name: list(one) for name, one in ages.items() if sum(one)}
    if not mine["waiting_ages"]:
        del mine["waiting_ages"]
    if "arrivals_per_month" in mine and months:
        mine["arrivals_per_month"] = {"value": round(arrivals, 6), **note}
        if mine.get("classes") and arrivals:
            mine["classes"] = {
                name: {"value": by_class[name] / sum(by_class.values()), **note} for name in classes
            }
    done = found.done()
    if any(done):
        mine["completed_before"] = done
    late = sum(map(sum, ages.values()))
    notes = [
        f"{counted(late, 'referral')} waiting, {number(arrivals)} received per month "
        f"(mean of {counted(months, 'whole month')}).",
        *now.notes,
        *(one for one in now.queued if not one.startswith(f"{_label(scenario, queue)}: ")),
    ]
    tree["title"] = f"{scenario.settings.title[:110]}, referrals as at {asked.day}"
    heading = [f"{HEADING} {__version__}, from referrals as at {asked.day}: counts."]
    text = written(tree, scenario, place, heading, sheet.file)
    return Referrals(ages, arrivals, months, text, tuple(notes))


def _label(scenario: Scenario, queue: str) -> str:
    return scenario.settings.queues[queue].label or queue


@dataclass(frozen=True)
class _Counts:
    """Referrals by class: how many months ago they came, of those open and of all, and closed."""

    open: Mapping[str, Counter[int]]
    received: Mapping[str, Counter[int]]
    closed: Counter[int]

    def ages(self, name: str) -> tuple[int, ...]:
        """Return how many of a class wait 1, 2, 3 … months; what arrived last counts as one."""
        ago = self.open[name]
        most = min(LONGEST_INTERVAL, max(ago, default=-1) + 1)
        found = [ago[n] for n in range(most)]
        if found:
            found[-1] += sum(many for n, many in ago.items() if n >= most)
        return tuple(found)

    def arrivals(self) -> tuple[float, int, dict[str, int]]:
        """Return how many came a month, of how many whole months, and how many of each class."""
        first = max((n for one in self.received.values() for n in one), default=0)
        months = min(YEAR, first) or (1 if any(self.received.values()) else 0)
        by_class = {name: sum(one[n] for n in range(months)) for name, one in self.received.items()}
        return (sum(by_class.values()) / months if months else 0.0), months, by_class

    def done(self) -> list[int]:
        """Return how many were closed 1, 2, 3 … months before the start."""
        found = [self.closed[n] for n in range(YEAR)]
        while found and not found[-1]:
            found.pop()
        return found


def _counted(sheet: TypedSheet, classes: Sequence[str], asked: Asked) -> _Counts:
    """Count the rows of a list.

    Raises:
        TableError: with row numbers and never what stands in them.
    """
    places, several = _columns(sheet, classes), len(classes) > 1
    forms = {role: _form(sheet, places[role], asked.dates) for role in places if role != "class"}
    problems: list[Problem] = []
    opened: dict[str, Counter[int]] = {name: Counter() for name in classes}
    received: dict[str, Counter[int]] = {name: Counter() for name in classes}
    closed: Counter[int] = Counter()
    names = {plain(name.replace("_", " ")): name for name in classes}
    for at, row in enumerate(sheet.rows):
        if not any(cell not in (None, "") for cell in row):
            continue
        came, gone = (
            _day(sheet, at, row, places.get(role), forms.get(role), problems)
            for role in ("received", "closed")
        )
        name: str | None = classes[0]
        if several:
            name = names.get(plain(str(row[places["class"]] or "").replace("_", " ")))
            if name is None:
                must = f"must be a class: {some(list(classes))}"
                problems.append(sheet.problem(at, places["class"], must))
        wrong = _wrong(came, gone, asked.close)
        if wrong is not None:
            problems.append(sheet.problem(at, places[wrong[0]], wrong[1]))
        elif came is not None and name is not None:
            received[name][_ago(came, asked.close)] += 1
            if gone is None or gone > asked.close:
                opened[name][_ago(came, asked.close)] += 1
            else:
                closed[_ago(gone, asked.close)] += 1
    if problems:
        raise TableError(readable(problems))
    return _Counts(opened, received, closed)


def _columns(sheet: TypedSheet, classes: Sequence[str]) -> dict[str, int]:
    """Return the places of the columns that are read.

    Raises:
        TableError: if one is missing that must be there.
    """
    places: dict[str, int] = {}
    for place, title in enumerate(sheet.header):
        role = WANTED.known(title)
        if role is not None:
            places.setdefault(role, place)
    missing = []
    if "received" not in places:
        titled = ", ".join(TITLES["received"])
        missing.append(f"must have a column for the date received, titled one of: {titled}")
    if len(classes) > 1 and "class" not in places:
        missing.append(f"must have a column class: {some(list(classes))}")
    problems = [Problem(sheet.file, None, "", must) for must in missing]
    if problems := [*problems, *sheet.twice(WANTED.known)]:
        raise TableError(problems)
    return places


def _wrong(came: date | None, gone: date | None, close: date) -> tuple[str, str] | None:
    """Return which date of a referral is wrong and what must hold, none where both are right."""
    if came is None:
        return "received", "must be the date on which it was received"
    if came > close:
        must = f"must not be after the day that the list stands at ({close.isoformat()})"
        return "received", must
    if gone is not None and gone < came:
        return "closed", "must not be before it was received"
    return None


def _ago(when: date, close: date) -> int:
    """Return how many months a date lies before the month in which a list stands."""
    return (close.year - when.year) * 12 + close.month - when.month


def _form(sheet: TypedSheet, place: int, given: DateForm | None) -> DateForm | None:
    """Return how the dates of a column are written.

    Raises:
        TableError: if they are written in two ways.
    """
    texts = (row[place] for row in sheet.rows if isinstance(row[place], str))
    forms = {form_of(one.strip()) for one in texts} - {None}
    if given is None and len(forms) > 1:
        must = "must be written in one way, 2024-10-31 or 31/10/2024"
        raise TableError([sheet.problem(-1, place, must)])
    return given or next(iter(forms), None)


def _day(
    sheet: TypedSheet,
    at: int,
    row: Sequence[Any],
    place: int | None,
    form: DateForm | None,
    problems: list[Problem],
) -> date | None:
    """Return the date of a cell, None where it is blank or no date, which is then told."""
    if place is None or row[place] in (None, ""):
        return None
    try:
        return day(row[place], form)
    except Unclear as error:
        problems.append(sheet.problem(at, place, str(error)))
        return None
