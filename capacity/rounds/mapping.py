"""How a unit's own titles and values are read, remembered from one month to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from capacity.errors import InputError, Problem
from capacity.files.figures import DateForm
from capacity.files.headings import ALL, NAMES, column_of, plain
from capacity.files.monthly import WANTED
from capacity.files.table_files import TypedSheet, Wanted
from capacity.register.count import Asked

COLUMN, VALUE, ONLY, OFFICE, DATES, COHORT = "column", "value", "only", "office", "dates", "cohort"
LEFT_OUT = "left out"
"""How the names of what is remembered begin."""


def of_figures(
    columns: Mapping[str, str], values: Mapping[str, str], ignored: Sequence[str] = ()
) -> dict[str, str]:
    """Return what is to be remembered of a file of figures: titles by column, values by meaning.

    Args:
        columns: the title of each column that the file calls otherwise.
        values: what each value means that the scenario does not know.
        ignored: titles that are not to be read.

    Raises:
        InputError: if there is no such column.
    """
    wrong = [
        Problem("--columns", None, name, f"must be one of: {', '.join(ALL)}")
        for name in columns
        if name not in ALL
    ]
    if wrong:
        raise InputError(wrong)
    said = {f"{COLUMN} {name}": title for name, title in columns.items()}
    said |= {f"{LEFT_OUT} {plain(title)}": title for title in ignored}
    return said | {f"{VALUE} {plain(typed)}": meaning for typed, meaning in values.items()}


def known_columns(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return what each remembered title is, by the title in plain words."""
    return {
        plain(title): name.removeprefix(f"{COLUMN} ")
        for name, title in mapping.items()
        if name.startswith(f"{COLUMN} ")
    }


def left_out(mapping: Mapping[str, str]) -> set[str]:
    """Return the titles that are not read, in plain words."""
    mark = f"{LEFT_OUT} "
    return {name.removeprefix(mark) for name in mapping if name.startswith(mark)}


def wanted(mapping: Mapping[str, str]) -> Wanted:
    """Return the columns by which a file of figures is found, remembered titles too."""
    known = known_columns(mapping)
    return replace(WANTED, known=lambda title: known.get(plain(title)) or column_of(title))


def understood(sheet: TypedSheet, mapping: Mapping[str, str]) -> TypedSheet:
    """Return a sheet with its titles and values as the program calls them."""
    known = known_columns(mapping)
    header = tuple(known.get(plain(title), title) for title in sheet.header)
    values = {
        name.removeprefix(f"{VALUE} "): meaning
        for name, meaning in mapping.items()
        if name.startswith(f"{VALUE} ")
    }
    places = {n for n, title in enumerate(header) if column_of(title) in NAMES}
    gone = left_out(mapping)
    kept = [n for n, title in enumerate(sheet.header) if plain(title) not in gone]
    rows = [
        [
            values.get(plain(row[n]), row[n]) if n in places and isinstance(row[n], str) else row[n]
            for n in kept
        ]
        for row in sheet.rows
    ]
    return replace(sheet, header=tuple(header[n] for n in kept), rows=rows)


def of_register(asked: Asked) -> dict[str, str]:
    """Return what is to be remembered of how a register was read; no value of a row is in it."""
    said = {f"{COLUMN} {role}": title for role, title in asked.columns.items()}
    said |= {f"{OFFICE} {office}": cohort for office, cohort in asked.offices.items()}
    said |= {f"{ONLY} {title}": "\t".join(kept) for title, kept in asked.only.items()}
    said |= {f"{VALUE} {typed}": tier for typed, tier in asked.tiers.items()}
    said |= {DATES: asked.dates} if asked.dates else {}
    return said | ({COHORT: asked.cohort} if asked.cohort else {})


def asked_again(asked: Asked, mapping: Mapping[str, str]) -> Asked:
    """Return how a register is to be read: as it is said now, else as it was read last."""

    def some(kind: str) -> dict[str, str]:
        mark = f"{kind} "
        return {
            name.removeprefix(mark): text for name, text in mapping.items() if name.startswith(mark)
        }

    dates: DateForm | None = "uk" if mapping.get(DATES) == "uk" else None
    dates = "iso" if mapping.get(DATES) == "iso" else dates
    only = {title: tuple(kept.split("\t")) for title, kept in some(ONLY).items()}
    return replace(
        asked,
        columns={**some(COLUMN), **asked.columns},
        offices={**some(OFFICE), **asked.offices},
        tiers={**some(VALUE), **asked.tiers},
        only=asked.only or only,
        dates=asked.dates or dates,
        cohort=asked.cohort or mapping.get(COHORT),
    )
