"""A batch from end to end: found, done where it is not done yet, looked over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from capacity import running
from capacity.batch import delivering, finding, keeping, long_table, overview, previous, rows
from capacity.batch.delivering import Job, Made
from capacity.batch.finding import Found
from capacity.batch.overview import Overview
from capacity.batch.rows import OverviewRow
from capacity.errors import InputError, OutputError, SolverError
from capacity.files import saving
from capacity.reading import scenario as scenarios
from capacity.reading.scenario import Scenario
from capacity.results import manifests, outputs

CODES = {"bad input": 2, "no answer": 3, "fault": 1}
"""Exit code of what could not be planned; the first of these that there is any of counts."""

MISSED = 4


class Progress(Protocol):
    """What is told while a batch runs."""

    def begins(self, todo: int, kept: int, bad: Sequence[str]) -> None:
        """Tell how many runs are to be done, how many are finished, and what cannot be read."""

    def ends(self, scenario: str, words: str) -> None:
        """Tell that a run has ended, and how."""


@dataclass(frozen=True)
class BatchAsk:
    """What a batch is asked to do."""

    paths: tuple[str, ...]
    out: str
    workers: int
    scheduler: str | None
    previous: str | None
    options: Mapping[str, Any]
    why: bool
    looks: Mapping[str, Any] | None


@dataclass(frozen=True)
class Done:
    """What a batch came to."""

    overview: Overview
    renamed: tuple[Found, ...]
    """Scenarios whose folders are not called like them."""
    kept: int
    """Runs that were finished already."""
    left: tuple[str, ...]
    """Folders of earlier batches that are not in this one."""
    warnings: Mapping[str, int]
    """How many warnings each scenario has."""

    def exit_code(self, *, strict: bool) -> int:
        """Return the exit code that says the worst of it."""
        outcomes = {row.outcome for row in self.overview.rows}
        for outcome, code in CODES.items():
            if outcome in outcomes:
                return code
        return MISSED if strict and any(row.falls_short for row in self.overview.planned) else 0


@dataclass
class _UnderWay:
    """A scenario on its way: what it is, and its row once there is one."""

    found: Found
    title: str = ""
    warnings: int = 0
    wanted: Mapping[str, Any] | None = None
    texts: Mapping[str, str] | None = None
    row: OverviewRow | None = None
    compared: previous.EarlierForecast | None = None


def run(ask: BatchAsk, progress: Progress) -> Done:
    """Plan what is not planned yet, write each into its folder and the overview beside them.

    Raises:
        InputError: if what was asked cannot be begun.
        OutputError: if it cannot be written.
    """
    found = finding.find(ask.paths)
    if ask.previous is not None:
        previous.check(ask.previous, ask.out)
    with keeping.held(ask.out) as place:
        folders = [one.folder for one in found]
        keeping.record(place, found)
        every = [_read(one, ask) for one in found]
        todo = []
        for one in every:
            if one.row is not None:
                keeping.forget(place / one.found.folder)
            elif not _is_kept(one, place):
                todo.append(one)
        bad = [one.found.folder for one in every if one.texts is None]
        kept = len(every) - len(todo) - len(bad)
        progress.begins(len(todo), kept, bad)
        try:
            _run(todo, ask, place, progress)
        except OutputError as error:
            words = "runs finished before are kept, and the same command goes on from them"
            raise OutputError(f"{error}; {words}") from error
        ordered = rows.ranked([one.row for one in every if one.row is not None])
        compared = None
        if ask.previous is not None:
            compared = tuple(one.compared for one in every if one.compared is not None)
        made = Overview(ordered, compared, ask.looks is not None)
        long_table.write(place, ordered)
        _write(place, overview.files(made, ask.looks))
        left = tuple(sorted({*keeping.earlier(place)} - {*folders}))
    renamed = tuple(one for one in found if Path(one.path).name.removesuffix(".toml") != one.folder)
    return Done(
        made, renamed, kept, left, {one.found.folder: one.warnings for one in every if one.warnings}
    )


def _read(found: Found, ask: BatchAsk) -> _UnderWay:
    """Return a scenario read and checked, with what its manifest will say; or with its problems."""
    run_ = _UnderWay(found)
    try:
        read = scenarios.read(found.path)
    except InputError as error:
        words = "\n".join(str(problem) for problem in error.problems)
        run_.row = rows.failed(found.folder, "bad input", "", words)
        return run_
    run_.title, run_.warnings = read.settings.title, len(read.warnings)
    run_.texts = {file.name: file.text for file in read.files}
    run_.wanted = _manifest(read, ask)
    if ask.previous is not None:
        there = Path(ask.previous)
        earlier = finding.alike(keeping.trails(there), found.path, found.folder)
        run_.compared = previous.compare(found.folder, read, there / earlier)
    return run_


def _manifest(read: Scenario, ask: BatchAsk) -> dict[str, Any]:
    """Return what the manifest of a run must say for it to be the one asked for."""
    seed = delivering.seed_of(ask.options)
    inputs = manifests.inputs_of(read, ask.options, seed=seed)
    wanted = {key: inputs[key] for key in ("version", "method_version", "options", "seed")}
    return {**wanted, "run_id": manifests.run_id(inputs), "report": ask.looks, "why": ask.why}


def _is_kept(run_: _UnderWay, place: Path) -> bool:
    """Return whether a run is finished; if so its row is read off its files."""
    assert run_.wanted is not None
    files = keeping.finished(place / run_.found.folder, run_.wanted)
    if files is None:
        return False
    run_.row = rows.planned(run_.found.folder, run_.title, files)
    return True


def _run(todo: Sequence[_UnderWay], ask: BatchAsk, place: Path, progress: Progress) -> None:
    """Do what is to be done, each written as soon as it is finished."""
    if not todo:
        return
    jobs = [_job(one, ask) for one in todo]
    workers = min(ask.workers, len(jobs))
    each = running.each(delivering.make, jobs, workers=workers, scheduler=ask.scheduler)
    with closing(each):  # whatever stops this stops the workers too
        for n, outcome in each:
            one = todo[n]
            one.row = _ended(one, outcome, place)
            progress.ends(one.found.folder, one.row.outcome)


def _ended(run_: _UnderWay, outcome: Made | Exception, place: Path) -> OverviewRow:
    """Return the row of a run that has ended, its files written; those it had before are gone."""
    folder, title = run_.found.folder, run_.title
    if isinstance(outcome, Made):
        outputs.write(place / folder, outcome.files, outcome.timings)
        return rows.planned(folder, title, outcome.files)
    keeping.forget(place / folder)
    if isinstance(outcome, InputError):
        words = "\n".join(str(problem) for problem in outcome.problems)
        return rows.failed(folder, "bad input", title, words)
    if isinstance(outcome, SolverError):
        return rows.failed(folder, "no answer", title, str(outcome))
    return rows.failed(folder, "fault", title, f"{type(outcome).__name__}: {outcome}")


def _job(run_: _UnderWay, ask: BatchAsk) -> Job:
    assert run_.texts is not None
    return Job(next(iter(run_.texts)), run_.texts, ask.options, ask.why, ask.looks)


def _write(place: Path, files: Mapping[str, bytes]) -> None:
    """Write the overview, and take away what an earlier one had and this has not."""
    for name, content in files.items():
        saving.save(place / name, content, replace=True)
    for name in finding.TAKEN - files.keys() - {keeping.RECORD, long_table.NAME}:
        with suppress(OSError):
            (place / name).unlink(missing_ok=True)
