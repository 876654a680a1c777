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
from capacity.files.headings import plain
from capacity.files.table_files import TypedSheet
from capacity.files.timings import Timing, column_of, lacking, timings_in
from capacity.reading.naming import some
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import text_of
from capacity.register.personal import holding, titled
from capacity.results.fits import extended_from
from capacity.wording import counted
from capacity.wording import number as in_words

RESAMPLES, SEED = 2_000, 1
"""Draws of the bootstrap, the same each time."""

BAND = (10.0, 90.0)
"""Percentiles that are told, as everywhere else."""

LEAST = 5
"""Entries of a task from which a range is told and the scenario changed."""

ERRORS = 1.2816
"""Standard errors from the mean to the 10th and the 90th percentile."""

WITHIN = 0.10
"""By how much of itself an answer may be off to be near enough, unless said otherwise."""


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
    spread: float  # standard deviation of the hours of one entry; infinite with a single one


def entries_of(sheet: TypedSheet, today: date) -> tuple[Timing, ...]:
    """Return the entries of a diary.

    Args:
        sheet: the table.
        today: the day on which it is read, by which dates of birth are known.

    Raises:
        TableError: with every problem, and never with what a cell about a person says.
    """
    problems = [*_personal(sheet, today), *lacking(sheet)]
    if problems:
        raise TableError(problems)
    return timings_in(sheet)


def _personal(sheet: TypedSheet, today: date) -> Iterator[Problem]:
    """Yield what in a diary tells who somebody is, without saying it."""
    for n, title in enumerate(sheet.header):
        if column_of(title) is not None:
            continue
        values = {row[n] for row in sheet.rows if row[n] not in (None, "")}
        kind = titled(title) or holding(values, len(sheet.rows), today, dates=False)
        if kind is not None:
            must = f"must not be in a diary of timings: it looks like {kind}"
            yield sheet.problem(-1, n, must, use="the same file without this column")


# What they say -----------------------------------------------------------------------------


def tasks(entries: Iterable[Timing], within: float = WITHIN) -> tuple[TimedTask, ...]:
    """Return what a diary says of each task, by name.

    Ranges are those of the bootstrap: entries are drawn again from the entries, as many as there
    are, and the figure worked out each time.

    Args:
        entries: the diary.
        within: how near is near enough, as a share of the hours.
    """
    by_task: dict[str, list[Timing]] = {}
    for one in entries:
        by_task.setdefault(plain(one.activity), []).append(one)
    return tuple(_task(items, within) for _, items in sorted(by_task.items()))


def _task(items: Sequence[Timing], within: float) -> TimedTask:
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
        spread=spread,
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
    for task in sorted(found, key=lambda one: one.entries):  # of two for one setting, the longer
        places = places_of(task, scenario, meant)
        if not places:
            every = sorted({label for label, _ in activities(scenario)})
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


def places_of(task: TimedTask, scenario: Scenario, meant: Mapping[str, str]) -> list[str]:
    """Return what a task is in the scenario, by dotted name; nothing where it is no activity."""
    named = {plain(typed): name for typed, name in meant.items()}.get(plain(task.name))
    return [named] if named else list(_activities(scenario, task.name))


def _measured(one: TaskFigure, task: TimedTask, note: str) -> dict[str, Any]:
    return {
        "value": round(one.value, 4),
        "low": round(one.low, 4),
        "high": round(one.high, 4),
        "source": "measured",
        "note": f"{note}, {counted(task.entries, 'entry')}",
    }


def activities(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what each activity may be called, with its dotted name."""
    for cohort, one in scenario.settings.cohorts.items():
        for duty, declared in one.duties.items():
            for label in dict.fromkeys((declared.label or duty, duty)):
                yield label, f"cohorts.{cohort}.duties.{duty}"


def names_of(scenario: Scenario) -> list[str]:
    """Return what activities are called where somebody chooses one, each name once."""
    return list(
        dict.fromkeys(
            declared.label or duty.capitalize()
            for one in scenario.settings.cohorts.values()
            for duty, declared in one.duties.items()
        )
    )


def likely(task: TimedTask, scenario: Scenario) -> str | None:
    """Return the activity that shares most words with a task that no activity is called after."""
    words = set(plain(task.name).split())
    shared = {
        place: len(words & set(plain(label).split())) for label, place in activities(scenario)
    }
    best = max(shared, key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] else None


def _activities(scenario: Scenario, name: str) -> Iterator[str]:
    yield from dict.fromkeys(
        place for label, place in activities(scenario) if plain(label) == plain(name)
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
    put_in(tree, said)
    text = text_of(tree)
    texts = {Path(one.name).name: one.text for one in scenario.files}
    read("measured.toml", files={**texts, "measured.toml": text})
    return text


def put_in(tree: dict[str, Any], said: Mapping[str, Mapping[str, Any]]) -> None:
    """Put settings by dotted name into the tree of a scenario file."""
    for name, value in said.items():
        here = tree
        *path, end = name.split(".")
        for step in path:
            here = here.setdefault(step, {})
        here[end] = dict(value)


# In words and as tables --------------------------------------------------------------------


def in_rows(found: Sequence[TimedTask]) -> list[list[str]]:
    """Return what a diary says, a row for each task."""
    return [
        [
            one.name,
            str(one.entries),
            _range(one.hours, one.entries),
            _share(one.failed),
            _range(one.failed_hours, one.entries) if one.failed.high > 0 else "",
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
