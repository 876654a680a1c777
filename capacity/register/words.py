"""A register's counts in words, and as the opening position of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from capacity.console import say, table
from capacity.files.table_files import table_of
from capacity.reading.scenario import Scenario
from capacity.register.count import (
    OFFICES,
    Asked,
    Register,
    by_office,
    rows_of,
    spread,
    wanted,
)
from capacity.register.position import Position, position
from capacity.wording import counted, listed


@dataclass(frozen=True)
class Opening:
    """What is kept of a register: a scenario file, and its counts as people read them.

    Unit: cases.
    """

    text: str
    headline: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    offices: tuple[tuple[str, ...], ...] = ()  # how caseloads are spread, under OFFICES


def opening(name: str, content: bytes, scenario: Scenario, asked: Asked) -> Opening:
    """Return the opening position that the bytes of a register come to.

    Raises:
        TableError: with row numbers and never what stands in them.
    """
    sheet = table_of(name, content, wanted(scenario, asked), asked.sheet)
    made = position(sheet, scenario, asked)
    found = made.register
    return Opening(
        text=made.text,
        headline=headline(found),
        headings=headings(found),
        rows=tuple(tuple(row) for row in rows_of(found)),
        notes=(*notes(found, scenario), *made.notes),
        offices=tuple(tuple(row) for row in by_office(found)),
    )


def headline(register: Register) -> str:
    """Return how many cases there are, and when."""
    return f"{counted(register.rows, 'case')}, as at {register.asked.day}."


def headings(register: Register) -> tuple[str, ...]:
    """Return what stands above the columns of `rows_of`."""
    duties = list(dict.fromkeys(duty for _, duty in register.read))
    return ("Cohort", "Tier", "Cases", f"Overdue: {listed(duties)}", "Court orders")


def notes(register: Register, scenario: Scenario) -> Iterator[str]:
    """Yield what there is to say beside the counts: offices, caseloads, what was taken how."""
    below = register.asked.suppress_below
    if register.offices:
        shown = [
            f"{office} {f'fewer than {below}' if cases < below else f'{cases:,}'}"
            for office, cases in register.offices.items()
        ]
        yield f"By office: {listed(shown, 20)}."
    limits = [one.cases_per_officer for one in scenario.settings.standards]
    limit = min((float(one.value) for one in limits if one is not None), default=None)
    yield from spread(register, limit)
    yield from register.notes


def show(made: Position, scenario: Scenario) -> None:
    """Print the counts of a register, and nothing about any one case."""
    register = made.register
    say(headline(register))
    left = [(title, False) for title in headings(register)[:2]]
    right = [(title, True) for title in headings(register)[2:]]
    table("Opening position", [*left, *right], rows_of(register))
    if offices := by_office(register):
        titles = [(title, place > 0) for place, title in enumerate(OFFICES)]
        table("Cases per officer by office", titles, offices)
    for words in (*notes(register, scenario), *made.notes, *made.hints):
        say(words)
