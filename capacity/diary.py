"""Two weeks of timings to hours per task, with ranges, as settings of a scenario.

A row is one activity that was done: how many minutes it took the lead officer without travel, the
travel of all attempts together, and how many attempts there were, the last of which met somebody.
Whose, of whom and where is not in it; a file that says so is refused as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from capacity.engine.model import Array
from capacity.errors import InputError, Problem, TableError
from capacity.files.figures import Marks, Unclear, number
from capacity.files.headings import plain
from capacity.files.table_files import TypedSheet, Wanted
from capacity.reading.naming import some
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import text_of
from capacity.register.personal import holding, titled
from capacity.results.fits import extended_from
from capacity.wording import counted
from capacity.wording import number as in_words

COLUMNS = ("activity", "minutes", "travel", "attempts")
OTHERS: Mapping[str, tuple[str, ...]] = {
    "activity": ("task", "duty", "type of work", "work type", "what"),
    "minutes": ("duration", "mins", "time", "minutes taken", "duration minutes", "time minutes"),
    "travel": ("travel minutes", "travel mins", "travel time", "minutes of travel", "driving"),
    "attempts": ("visits made", "number of attempts", "tries"),
}
"""Titles by which a column is known besides its own name."""

RESAMPLES, SEED = 2_000, 1
"""Draws of the bootstrap, the same each time."""

BAND = (10.0, 90.0)
"""Percentiles that are told, as everywhere else."""

LEAST = 5
"""Entries of a task from which a range is told and the scenario changed."""

MOST_MINUTES, MOST_ATTEMPTS = 24 * 60.0, 50
"""The most that one entry may say."""

ERRORS = 1.2816
"""Standard errors from the mean to the 10th and the 90th percentile."""

WITHIN = 0.10
"""By how much of itself an answer may be off to be near enough, unless said otherwise."""


@dataclass(frozen=True)
class DiaryEntry:
    """One activity that was done."""

    activity: str
    minutes: float
    travel: float = 0.0
    attempts: int = 1


@dataclass(frozen=True)
class TaskFigure:
    """A figure of a task: its mean and the range that the entries leave it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class TimedTask:
    """What the entries of one task say.

    `hours`: of one done, its own travel included. `failed`: the share of attempts that met nobody.
    `failed_hours`: of such an attempt, which is travel. `more`: how many more entries narrow the
    hours enough; 0 where they are narrow enough.
    """

    name: str
    entries: int
    hours: TaskFigure
    failed: TaskFigure
    failed_hours: TaskFigure
    more: int


def entries_of(sheet: TypedSheet, today: date) -> tuple[DiaryEntry, ...]:
    """Return the entries of a diary.

    Args:
        sheet: the table.
        today: the day on which it is read, by which dates of birth are known.

    Raises:
        TableError: with every problem, and never with what a cell about a person says.
    """
    places = {name: n for n, title in enumerate(sheet.header) if (name := column_of(title))}
    problems = list(_personal(sheet, places, today))
    problems += [
        Problem(sheet.file, sheet.first - 1, "", f"must have a column {name}")
        for name in ("activity", "minutes")
        if name not in places
    ]
    if problems:
        raise TableError(problems)
    found = []
    for n, row in enumerate(sheet.rows):
        if not any(cell not in (None, "") for cell in row):
            continue
        one = _entry(sheet, n, row, places, problems)
        found += [one] if one is not None else []
    if problems:
        raise TableError(problems[:50])
    if not found:
        raise TableError([Problem(sheet.file, None, "", "must have an entry")])
    return tuple(found)


def column_of(title: str) -> str | None:
    """Return which column of a diary a title is, none where it is not read."""
    word = plain(title)
    return next((name for name in COLUMNS if word == name or word in OTHERS[name]), None)


WANTED = Wanted(column_of, (("activity",), ("minutes",)), "columns activity and minutes")


def _personal(sheet: TypedSheet, places: Mapping[str, int], today: date) -> Iterator[Problem]:
    """Yield what in a diary tells who somebody is, without saying it."""
    for n, title in enumerate(sheet.header):
        if n in places.values():
            continue
        values = {row[n] for row in sheet.rows if row[n] not in (None, "")}
        kind = titled(title) or holding(values, len(sheet.rows), today, dates=False)
        if kind is not None:
            must = f"must not be in a diary of timings: it looks like {kind}"
            yield sheet.problem(-1, n, must, use="the same file without this column")


def _entry(
    sheet: TypedSheet,
    n: int,
    row: Sequence[Any],
    places: Mapping[str, int],
    problems: list[Problem],
) -> DiaryEntry | None:
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
            value = number(row[places[name]], Marks("."))
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
    return DiaryEntry(activity, said["minutes"], said["travel"], int(said["attempts"]))


# What they say -----------------------------------------------------------------------------


def tasks(entries: Iterable[DiaryEntry], within: float = WITHIN) -> tuple[TimedTask, ...]:
    """Return what a diary says of each task, by name.

    Ranges are those of the bootstrap: entries are drawn again from the entries, as many as there
    are, and the figure worked out each time.

    Args:
        entries: the diary.
        within: how near is near enough, as a share of the hours.
    """
    by_task: dict[str, list[DiaryEntry]] = {}
    for one in entries:
        by_task.setdefault(plain(one.activity), []).append(one)
    return tuple(_task(items, within) for _, items in sorted(by_task.items()))


def _task(items: Sequence[DiaryEntry], within: float) -> TimedTask:
    minutes = np.array([one.minutes for one in items])
    travel = np.array([one.travel for one in items])
    attempts = np.array([float(one.attempts) for one in items])
    hours = (minutes + travel / attempts) / 60
    draws = np.random.default_rng(SEED).integers(0, len(items), (RESAMPLES, len(items)))
    mean, spread = float(hours.mean()), float(hours.std(ddof=1)) if len(items) > 1 else math.inf
    known = mean > 0 and spread < math.inf
    needed = math.ceil((ERRORS * spread / (within * mean)) ** 2) if known else 0
    return TimedTask(
        name=items[0].activity,
        entries=len(items),
        hours=_estimate(mean, hours[draws].mean(axis=1)),
        failed=_estimate(
            1 - len(items) / float(attempts.sum()),
            1 - len(items) / attempts[draws].sum(axis=1),
        ),
        failed_hours=_estimate(
            float(travel.sum() / attempts.sum()) / 60,
            travel[draws].sum(axis=1) / attempts[draws].sum(axis=1) / 60,
        ),
        more=max(0, max(LEAST, needed) - len(items)),
    )


def _estimate(value: float, again: Array) -> TaskFigure:
    low, high = np.percentile(again, BAND)
    return TaskFigure(value, min(value, float(low)), max(value, float(high)))


# Into the scenario -------------------------------------------------------------------------


def settings_of(
    found: Sequence[TimedTask], scenario: Scenario, meant: Mapping[str, str], note: str
) -> dict[str, dict[str, Any]]:
    """Return what a diary says as settings by dotted name, each `measured` with its range.

    Args:
        found: what it says of each task.
        scenario: whose activities they are.
        meant: which setting a task is, where no activity is called so: a dotted name of hours, or
            an activity as `cohorts.NAME.duties.NAME`.
        note: where they are from.

    Raises:
        InputError: if a task is no activity of the scenario.
    """
    said: dict[str, dict[str, Any]] = {}
    problems = []
    for task in found:
        named = {plain(typed): name for typed, name in meant.items()}.get(plain(task.name))
        places = [named] if named else list(_activities(scenario, task.name))
        if not places:
            every = sorted({label for label, _ in _every(scenario)})
            must = f"must be an activity of the scenario: {some(every)}"
            use = f'--as "{task.name}=SETTING"'
            problems.append(Problem("diary", None, task.name, must, None, use))
        if task.entries < LEAST:
            continue
        for place in places:
            if ".duties." not in place:
                said[place] = _measured(task.hours, task, note)
                continue
            said[f"{place}.hours"] = _measured(task.hours, task, note)
            said[f"{place}.no_answer_share"] = _measured(task.failed, task, note)
            said[f"{place}.no_answer_hours"] = _measured(task.failed_hours, task, note)
    if problems:
        raise InputError(problems)
    return said


def _measured(one: TaskFigure, task: TimedTask, note: str) -> dict[str, Any]:
    return {
        "value": round(one.value, 4),
        "low": round(one.low, 4),
        "high": round(one.high, 4),
        "source": "measured",
        "note": f"{note}, {counted(task.entries, 'entry')}",
    }


def _every(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what each activity may be called, with its dotted name."""
    for cohort, one in scenario.settings.cohorts.items():
        for duty, declared in one.duties.items():
            for label in dict.fromkeys((declared.label or duty, duty)):
                yield label, f"cohorts.{cohort}.duties.{duty}"


def _activities(scenario: Scenario, name: str) -> Iterator[str]:
    yield from dict.fromkeys(
        place for label, place in _every(scenario) if plain(label) == plain(name)
    )


def diff_of(
    said: Mapping[str, Mapping[str, Any]], scenario: Scenario, place: str | Path | None
) -> str:
    """Return a scenario file that puts what was measured in the place of what was believed.

    Raises:
        InputError: if nothing was measured often enough, or the file would not be valid.
    """
    if not said:
        must = f"must have {LEAST} entries of an activity or more to change the scenario"
        raise InputError([Problem("diary", None, "", must)])
    tree: dict[str, Any] = {
        "extends": extended_from(scenario, place),
        "title": f"{scenario.settings.title}, hours measured"[:150],
    }
    for name, value in said.items():
        here = tree
        *path, end = name.split(".")
        for step in path:
            here = here.setdefault(step, {})
        here[end] = dict(value)
    text = text_of(tree)
    texts = {Path(one.name).name: one.text for one in scenario.files}
    read("measured.toml", files={**texts, "measured.toml": text})
    return text


# In words and as tables --------------------------------------------------------------------


def in_rows(found: Sequence[TimedTask]) -> list[list[str]]:
    """Return what a diary says, a row for each task."""
    return [
        [
            one.name,
            str(one.entries),
            _range(one.hours, one.entries),
            _share(one.failed),
            _range(one.failed_hours, one.entries),
            "enough" if not one.more else f"{one.more:,} more",
        ]
        for one in found
    ]


HEADINGS = (
    *("Task", "Entries", "Hours of one done", "No answer", "Hours of a failed attempt"),
    "For the range",
)


def _range(one: TaskFigure, entries: int) -> str:
    if entries < LEAST:
        return f"{one.value:.2f}"
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _share(one: TaskFigure) -> str:
    said = f"{one.value:.0%}"
    return said if one.high <= 0 else f"{said} ({one.low:.0%} to {one.high:.0%})"


def pooled(found: Sequence[TimedTask], least: int = LEAST) -> list[dict[str, Any]]:
    """Return a diary as what may be pooled with other forces': counts, means and ranges.

    Tasks with fewer entries than `least` are left out.
    """
    return [
        {
            "activity": one.name,
            "entries": one.entries,
            "hours": round(one.hours.value, 3),
            "hours_low": round(one.hours.low, 3),
            "hours_high": round(one.hours.high, 3),
            "no_answer_share": round(one.failed.value, 3),
        }
        for one in found
        if one.entries >= least
    ]


def advice(found: Sequence[TimedTask], within: float) -> str:
    """Return what to time next."""
    short = [one for one in found if one.more]
    if not short:
        return f"Every range is within {within:.0%} of its hours: no more entries are needed."
    most = max(short, key=lambda one: one.more)
    return (
        f"For a range within {within:.0%} of the hours: {in_words(sum(one.more for one in short))} "
        f"more entries in all, most of {most.name} ({most.more:,})."
    )
