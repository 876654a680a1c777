"""What is shown of a batch: how far it is, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from time import perf_counter
from typing import TYPE_CHECKING, Any

from capacity import console
from capacity.batch.overview import Overview, frames, in_words
from capacity.batch.runs import Done, Progress
from capacity.report.blocks import shown
from capacity.results import outputs, summary
from capacity.wording import counted

if TYPE_CHECKING:
    from rich.progress import TaskID

SHOWN = 20
"""Rows that the terminal shows."""


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield what tells how far a batch is: a bar on a terminal, else a line a scenario."""
    if not console.draws_bars():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("gone"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _Bar(bars)


class _Bar:
    """A bar on the terminal."""

    def __init__(self, bars: Any) -> None:
        self.bars = bars
        self.task: TaskID | None = None

    def begins(self, todo: int, kept: int, bad: Sequence[str]) -> None:
        self._say(*_before(kept, bad))
        self.task = self.bars.add_task("planning", total=todo)

    def ends(self, scenario: str, words: str) -> None:
        if words != "planned":
            self._say(f"{scenario}: {words}")
        self.bars.advance(self.task)

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.bars.console.print(console.safe(line), markup=False, highlight=False)


class _Lines:
    """A line a scenario, for logs."""

    def __init__(self) -> None:
        self.begun, self.total, self.gone = perf_counter(), 0, 0

    def begins(self, todo: int, kept: int, bad: Sequence[str]) -> None:
        self.begun, self.total = perf_counter(), todo
        console.note(*_before(kept, bad))

    def ends(self, scenario: str, words: str) -> None:
        tell = console.note if words == "planned" else console.warn
        self.gone += 1
        spent = perf_counter() - self.begun
        left = spent / self.gone * max(self.total - self.gone, 0)
        time = f", about {left:,.0f} s left" if self.total > self.gone else ""
        tell(f"{self.gone} of {self.total}: {scenario}: {words}{time}")


def _before(kept: int, bad: Sequence[str]) -> Iterator[str]:
    """Yield what is known before anything is run."""
    yield from (f"{name}: bad input" for name in bad)
    if kept:
        yield f"{counted(kept, 'run')} finished before"


def tables(done: Done) -> dict[str, list[dict[str, Any]]]:
    """Return the overview, and the forecasts if there was an earlier batch, as records."""
    return outputs.records(frames(done.overview))


def complain(done: Done) -> None:
    """Say on the error stream what could not be planned, and why."""
    for row in done.overview.failed:
        console.complain(*(f"{row.scenario}: {row.outcome}: {w}" for w in row.words.split("\n")))


def show(done: Done, out: str) -> None:
    """Show what a batch came to."""
    overview = done.overview
    if overview.compared is not None:
        console.say(in_words(overview))
    _decisions(overview)
    heads = [("Scenario", False), ("Posts", True), ("Needed", True), ("Cost per year", True)]
    heads += [("Needed", True), ("Standards met", True), ("Worst backlog", True)]
    body = [
        [
            row.scenario,
            shown(row.posts_today, "people"),
            shown(row.posts_needed, "people"),
            shown(row.cost_today, "pounds"),
            shown(row.cost_needed, "pounds"),
            f"{row.kept_today} of {row.standards}",
            shown(row.worst_backlog_today, "number"),
        ]
        for row in overview.planned[:SHOWN]
    ]
    if body:
        console.table(summary.SINGLE_COURSE, heads, body)
    more = len(overview.planned) - len(body)
    console.say()
    count = counted(len(overview.planned), "scenario")
    kept = f" ({done.kept} finished before)" if done.kept else ""
    shown_ = f", {more} not shown here" if more else ""
    console.say(f"{count} planned{kept}{shown_}; {len(overview.failed)} not.")
    for found in done.renamed:
        console.say(f"{found.path} is in the folder {found.folder}.")
    if done.left:
        names = ", ".join(done.left[:5]) + (" …" if len(done.left) > 5 else "")
        console.say(f"From earlier batches and not in the overview: {names}.")
    if done.warnings:
        total = counted(sum(done.warnings.values()), "warning")
        console.say(f"{total} about the scenarios; `capacity check` shows them.")
    console.say(f"The overview is {out}/overview.html.")


def _decisions(overview: Overview) -> None:
    """Show what to agree now, scenario by scenario, where that was worked out."""
    told = [row for row in overview.planned if not isnan(row.agree_now)]
    heads = [("Scenario", False), ("Agree now", True), ("Full year, cash", True)]
    heads += [("At the end", True), ("Probability", True), ("None added", True)]
    heads += [("Out of reach", False)]
    body = [
        [
            row.scenario,
            shown(row.agree_now, "people"),
            shown(row.agree_now_cash, "pounds"),
            shown(row.posts_recommended, "people"),
            shown(row.chance, "share"),
            shown(row.chance_today, "share"),
            row.out_of_reach,
        ]
        for row in told[:SHOWN]
    ]
    if body:
        title = "Posts to agree now, and how probable it is that every standard is met"
        console.table(title, heads, body)
