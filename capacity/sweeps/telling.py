"""A sweep from the terminal: what is checked first, written and said."""

from __future__ import annotations

import sys
from time import perf_counter

from capacity import console
from capacity.errors import InputError, Problem
from capacity.reading import scenario as scenarios
from capacity.results import outputs, summary
from capacity.sweeps import Progress, SweepAsk, files, sweep
from capacity.sweeps.figures import MEETS
from capacity.sweeps.table import Sweep, sentences
from capacity.wording import counted

SHOWN = 24
"""Points up to which the terminal shows each."""

FEW = ("posts_end", "cost_discounted", "completion_end", "outstanding_end", "standards_missed")
"""Figures shown of each."""


def check(out: str | None, *, fixed: bool, relaxed: bool) -> None:
    """Refuse what can be told to be wrong before anything is read.

    Raises:
        InputError: if what was given cannot be used, with every problem.
        OutputError: if it cannot be written.
    """
    if fixed and relaxed:
        must = "must not be given with --fixed, which leaves sizing out"
        raise InputError([Problem("capacity sweep", None, "--relaxed", must)])
    if out:
        outputs.check_free(out)


def run(name: str, ask: SweepAsk, *, out: str | None, json: bool) -> Sweep:
    """Work out a sweep, write its files and say what it shows; return it.

    Raises:
        InputError: what is asked for cannot be used.
        OutputError: the files cannot be written.
    """
    read = scenarios.read(name)
    started = perf_counter()
    made = sweep(read, ask, _progress(started) if console.draws_bars() and not json else None)
    manifest = files.manifest_of(made)
    if out:
        spent = {"sweeping": round(perf_counter() - started, 4)}
        outputs.write(out, files.contents(made, manifest), spent)
    if json:
        console.answer({**outputs.records({"sweep": made.table}), "manifest": manifest})
        return made
    show(made)
    if out:
        console.say(f"The table and what was asked are in {out}.")
    return made


def show(made: Sweep) -> None:
    """Print what a sweep shows."""
    console.say(made.scenario.settings.title)
    console.say(summary.SINGLE_COURSE)
    for words in sentences(made):
        console.say(words)
    if len(made.points) <= SHOWN:
        _points(made)


def _points(made: Sweep) -> None:
    """Print each point in a line."""
    told = made.told
    some = [name for name in FEW if name in told and told[name].notna().any()]
    columns = [(made.short[axis.name], True) for axis in made.axes]
    columns += [(name.replace("_", " "), True) for name in some]
    columns += [("", False)]
    rows = []
    for row in told.to_dict("records"):
        cells = [f"{row[axis.name]:g}" for axis in made.axes]
        cells += [
            f"{row[name]:,.4g}" if abs(row[name]) < 1e4 else f"{row[name]:,.0f}" for name in some
        ]
        rows.append([*cells, "" if row["status"] == MEETS else str(row["status"])])
    console.table("", columns, rows)
    wrong = made.table[made.table["error"].notna()]
    for row in wrong.to_dict("records"):
        where = ", ".join(f"{made.short[axis.name]} {row[axis.name]:g}" for axis in made.axes)
        console.complain(f"{where}: {row['error']}")


def _progress(started: float) -> Progress:
    def told(done: int, of: int) -> None:
        left = (perf_counter() - started) / done * (of - done)
        text = f"{done:,} of {counted(of, 'point')}, about {left:,.0f} s left"
        end = "\n" if done == of else "\r"
        print(f"{text:<60}", end=end, file=sys.stderr, flush=True)

    return told
