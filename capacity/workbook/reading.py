"""A filled workbook to a scenario: what is wrong with it is told by sheet and cell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import numpy as np

from capacity.catalogue import range_at
from capacity.errors import Problem, ScenarioError, TableError
from capacity.files.figures import Marks, Unclear, day, form_of, number
from capacity.files.grids import Fault, Formula, Grid, column_letter
from capacity.files.monthly import history_of
from capacity.files.spending import spend_of
from capacity.files.table_files import FAULT, FORMULA, TypedSheet, as_text, at_most, grids_of
from capacity.history.reported import Measure, first_month, other_work
from capacity.limits import MOST_COLUMNS, MOST_ROWS_OF_FORM
from capacity.reading.assumptions import NO_SOURCE
from capacity.reading.naming import LISTS, OF_SETTINGS, item_names
from capacity.reading.plausible import doubt, per_cent
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import text_of
from capacity.reading.tree import is_number
from capacity.register.personal import person_in
from capacity.settings import EVERY_TIER
from capacity.wording import as_typed
from capacity.workbook.forms import (
    ALL,
    EVERY,
    FIRST_ROW,
    FORMS,
    HEADER_ROW,
    HISTORY,
    HORIZON,
    MORE,
    RANGES,
    REPORTED_MEASURE,
    REPORTED_SHARE,
    SPEND,
    UNIT,
    UNIT_SHEET,
    Form,
    FormColumn,
)

MOST_PROBLEMS = 200
_PLAIN = Marks(".")


@dataclass(frozen=True)
class Imported:
    """A workbook as a scenario file and, if it has them, a history and what was spent."""

    text: str
    scenario: Scenario
    history: str | None
    notes: tuple[str, ...]
    spend: str | None = None


@dataclass(frozen=True)
class FilledRow:
    """A row of a sheet: cells by column, and where it stands."""

    sheet: str
    number: int
    places: Mapping[str, int]
    cells: Mapping[str, Any]

    def at(self, key: str) -> str:
        """Return a cell's address, `Duties!D7`."""
        return f"{self.sheet}!{column_letter(self.places.get(key, 0))}{self.number}"


@dataclass
class _WorkbookTree:
    """A tree as it grows, the cell of every setting, and what is wrong."""

    tree: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)  # setting: cell, words
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reported: dict[str, Any] = field(default_factory=dict)
    as_typed: list[str] = field(default_factory=list)  # settings of the sheet More
    files: dict[str, str] = field(default_factory=dict)  # that the scenario names

    def wrong(
        self, where: str, words: str, must: str, got: Any = None, use: str | None = None
    ) -> None:
        """Note a problem of a cell."""
        shown = None if got is None else as_typed(got)
        self.problems.append(Problem(where, None, words, must, shown, use))


def read_workbook(name: str, content: bytes, stem: str) -> Imported:
    """Return the scenario that a filled workbook describes; `stem` names its file.

    Raises:
        TableError: with every problem, named by sheet and cell.
    """
    grids = grids_of(name, content, MOST_ROWS_OF_FORM)
    sheets = {grid.title or "": grid.rows for grid in grids}
    found = _WorkbookTree()
    _missing_sheets(found, sheets)
    if UNIT_SHEET in sheets:
        _unit(found, sheets[UNIT_SHEET])
    rows = {form.sheet: _rows(found, form, sheets.get(form.sheet, [])) for form in EVERY}
    for form in EVERY:
        for grid in grids:
            if grid.title == form.sheet:
                _hidden_or_merged(found, form, grid, rows[form.sheet])
    for form in FORMS:
        _form(found, form, rows)
    _more(found, rows[MORE.sheet])
    _ranges(found, rows[RANGES.sheet])
    history = _figures(found, HISTORY, rows[HISTORY.sheet], history_of)
    teams = {name: team.get("label") for name, team in (found.tree.get("teams") or {}).items()}
    spend = _figures(found, SPEND, rows[SPEND.sheet], lambda sheet: spend_of(sheet, teams))
    _named(found, stem, history, spend)
    share = _share(found)
    blank = _without_other_work(found, rows, share)
    heading = [f"Made by capacity import from {name}."]
    text = text_of(_tidied(found.tree), heading)
    scenario = _validated(found, text, stem)
    if share is not None:
        fitted = _fit_other_work(found, scenario, blank, share)
        if fitted:
            text = text_of(_tidied(found.tree), heading)
            scenario = _validated(found, text, stem)
    return Imported(text, scenario, history, tuple(found.notes), spend)


def _missing_sheets(found: _WorkbookTree, sheets: Mapping[str, Any]) -> None:
    """Note sheets that are not there, which may have been renamed."""
    needed = (UNIT_SHEET, "Cohorts", "Tiers", "Duties", "Teams", "Grades")
    known = [UNIT_SHEET, *(form.sheet for form in EVERY), "Read me"]
    own = [title for title in sheets if not title.endswith(")")]
    for title in needed:
        if title not in sheets:
            close = get_close_matches(title, [one for one in own if one not in known], n=1)
            use = f'the name "{title}" for "{close[0]}"' if close else "capacity template"
            found.wrong(title, "", "must be a sheet of the workbook", use=use)
    others = [title for title in own if title not in known]
    if others:
        found.notes.append(f"Sheets not read: {', '.join(others)}.")


# Cells -------------------------------------------------------------------------------------


def _unit(found: _WorkbookTree, lines: Sequence[tuple[int, Sequence[Any]]]) -> None:
    """Read the sheet that goes down."""
    by_title = {
        _title(row[0]): (number_, row[1] if len(row) > 1 else None)
        for number_, row in lines
        if row and isinstance(row[0], str)
    }
    for place, column in enumerate(UNIT):
        line, cell = by_title.get(column.title.lower(), (FIRST_ROW + place, None))
        where = f"{UNIT_SHEET}!B{line}"
        if column.later and column.title.lower() not in by_title:
            continue
        if column.title.lower() not in by_title:
            must = f'must be "{column.title}", as in the template'
            found.wrong(f"{UNIT_SHEET}!A{line}", "", must)
            continue
        found.places[column.key] = (where, column.title)
        value = _value(found, where, column.title, column, cell)
        if value is None:
            continue
        if column.key in (REPORTED_SHARE, REPORTED_MEASURE):
            found.reported[column.key] = value
        else:
            _put(found.tree, column.key.split("."), value)


def _rows(
    found: _WorkbookTree, form: Form, lines: Sequence[tuple[int, Sequence[Any]]]
) -> list[FilledRow]:
    """Return the rows of a form, its columns found by their titles."""
    if not lines:
        return []
    first = form.columns[0].title.lower()
    header = next(
        (
            (line, row)
            for line, row in lines
            if line <= 3 * HEADER_ROW and any(_same(cell, first) for cell in row)
        ),
        None,
    )
    if header is None:
        must = f'must have a row of titles that begins with "{form.columns[0].title}"'
        found.wrong(f"{form.sheet}!A{HEADER_ROW}", "", must)
        return []
    places: dict[str, int] = {}
    for column in form.columns:
        at = [n for n, cell in enumerate(header[1]) if _same(cell, column.title.lower())]
        if column.later and not at:
            at = [MOST_COLUMNS]
        if len(at) != 1:
            must = f'must have one column "{column.title}"'
            found.wrong(f"{form.sheet}!A{header[0]}", "", must, len(at))
        places[column.key if not column.part else f"{column.part}.{column.key}"] = (
            at[0] if at else 0
        )
    taken = set(places.values())
    for line, row in lines:
        stray = [n for n, cell in enumerate(row) if cell is not None and n not in taken]
        if line >= header[0] and stray:
            named = f"{form.sheet}!{column_letter(stray[0])}{line}"
            found.notes.append(f"Not read: {named} and whatever else stands outside the columns.")
            break
    below = header[0] + FIRST_ROW - HEADER_ROW
    return [
        FilledRow(form.sheet, line, places, {key: _cell(row, n) for key, n in places.items()})
        for line, row in lines
        if line >= below and any(_cell(row, n) is not None for n in taken)
    ]


def _hidden_or_merged(
    found: _WorkbookTree, form: Form, grid: Grid, rows: Sequence[FilledRow]
) -> None:
    """Say which rows are hidden, and refuse figures that are merged over several rows."""
    hidden = [row for row in rows if row.number in grid.hidden]
    if hidden:
        were = "row is" if len(hidden) == 1 else "rows are"
        words = f"{form.sheet}: {len(hidden)} {were} hidden in the workbook; all were read."
        found.notes.append(words)
    names = 0
    for row in rows:
        for column in form.columns:
            key = f"{column.part}.{column.key}" if column.part else column.key
            if (row.number, row.places[key]) in grid.filled and row.cells[key] is not None:
                if column.kind == "number":
                    must = "must be given row by row: this cell is merged with another"
                    found.wrong(row.at(key), column.title, must, row.cells[key])
                names += column.kind != "number"
    if names:
        cells = "1 cell was" if names == 1 else f"{names} cells were"
        them = "it" if names == 1 else "them"
        found.notes.append(f"{form.sheet}: {cells} filled from the merged cell that covers {them}.")


BEFORE = {
    "what gives first": "what falls behind first",
    "attempts that find nobody": "failed attempts",
    "most outstanding": "most overdue",
    "longest wait months": "longest overdue, months",
}
"""Titles of earlier templates, in small letters, and what they are called now."""


def _title(cell: str) -> str:
    """Return a title in small letters, one of an earlier template as it is called now."""
    title = " ".join(cell.lower().split())
    title = BEFORE.get(title, title)
    title = title.replace(" in a year", " per year")
    for unit in ("year", "month", "case"):
        title = title.replace(f" a {unit}", f" per {unit}")
    return title.replace(" an officer", " per officer")


def _same(cell: Any, title: str) -> bool:
    return isinstance(cell, str) and _title(cell) == title


def _cell(row: Sequence[Any], place: int) -> Any:
    return row[place] if place < len(row) else None


def _value(found: _WorkbookTree, where: str, words: str, column: FormColumn, cell: Any) -> Any:
    """Return what a cell says, None where it is blank or wrong."""
    if cell is None:
        return None
    if isinstance(cell, Formula):
        return found.wrong(where, words, FORMULA)
    if isinstance(cell, Fault):
        return found.wrong(where, words, FAULT)
    if column.kind == "number":
        return _number(found, where, words, cell)
    if column.kind == "date":
        try:
            return day(cell, form_of(str(cell).strip()) if isinstance(cell, str) else None)
        except Unclear:
            must = "must be a date such as 2024-09-30 or 30/09/2024"
            return found.wrong(where, words, must, cell)
    if column.kind == "flag":
        if isinstance(cell, bool):
            return cell
        known = {"yes": True, "no": False}.get(str(cell).strip().lower())
        return known if known is not None else found.wrong(where, words, "must be yes or no", cell)
    if isinstance(cell, bool | date) or (isinstance(cell, float) and not cell.is_integer()):
        return found.wrong(where, words, "must be text", cell)
    cell = int(cell) if isinstance(cell, float) else cell
    text = str(cell).strip()
    if column.kind == "names":
        return [one.strip() for one in text.split(",") if one.strip()]
    if column.choices and text not in column.choices:
        must = f"must be one of: {', '.join(column.choices)}"
        return found.wrong(where, words, must, text)
    if not column.choices and person_in(text, free=column.key == "why"):
        return found.wrong(where, words, "must say what it is and not who: it looks like a name")
    return text


def _number(found: _WorkbookTree, where: str, words: str, cell: Any) -> Any:
    """Return the number of a cell; text that is none is left for what checks scenarios."""
    if isinstance(cell, bool | date | datetime):
        return found.wrong(where, words, "must be a number", cell)
    try:
        value = number(cell, _PLAIN)
    except Unclear as error:
        if isinstance(cell, str) and str(error) == "must be a number":
            return cell  # what checks scenarios says so, and knows what else hangs on it
        return found.wrong(where, words, str(error), cell)
    if value is None:
        return found.wrong(where, words, "must be a number, or blank", cell)
    return int(value) if value == int(value) and abs(value) < 1e15 else value


# Rows to settings --------------------------------------------------------------------------


def _form(found: _WorkbookTree, form: Form, rows: Mapping[str, Sequence[FilledRow]]) -> None:
    """Put the rows of a form into the tree."""
    seen: dict[tuple[str, ...], str] = {}
    own = form.columns[max(0, form.keys - 1)].key  # the last of the names that say which it is
    for row in rows[form.sheet]:
        if form.keys == 0:
            _item(found, form, row, (form.pattern.partition(".")[0],))
            continue
        names = _names(found, form, row, rows)
        if names is None:
            continue
        if form.listed:
            table, _, key = form.pattern.rstrip(".").split(".")
            _item(found, form, row, (table, *names, key))
            continue
        if names in seen:
            found.wrong(row.at(own), "", f"must be given once: {seen[names]} has it")
            continue
        seen[names] = row.at(own)
        _settings(found, form, row, names)


def _names(
    found: _WorkbookTree, form: Form, row: FilledRow, rows: Mapping[str, Sequence[FilledRow]]
) -> tuple[str, ...] | None:
    """Return which item a row is about, None if it does not say so rightly."""
    names: list[str] = []
    for column in form.columns[: form.keys]:
        where = row.at(column.key)
        value = _value(found, where, column.title, column, row.cells[column.key])
        if value is None:
            if row.cells[column.key] is None:
                found.wrong(where, column.title, "must be given")
            return None
        text = str(value)
        if column.names and not (text == ALL and form.by_tier):
            known = _known(column, names, rows)
            if text not in known:
                close = get_close_matches(text.lower().replace(" ", "_"), known, n=1)
                sheet = column.names.partition(".")[0]
                must = f"must be one of those on {sheet}: {', '.join(known) or 'none yet'}"
                found.wrong(where, column.title, must, text, close[0] if close else None)
                return None
        names.append(text)
    return tuple(names)


def _known(
    column: FormColumn, names: Sequence[str], rows: Mapping[str, Sequence[FilledRow]]
) -> list[str]:
    """Return the names on another sheet that a cell may refer to, of the same cohort or team."""
    sheet, key = column.names.split(".")
    found = []
    for row in rows[sheet]:
        owner = row.cells.get("cohort" if "cohort" in row.cells else "team")
        if key in ("cohort", "team") or not names or owner == names[0]:
            value = row.cells.get(key)
            found += [str(value)] if value is not None else []
    return list(dict.fromkeys(found))


_NOT_FOR_ALL = {
    "entrants_per_month": "must be given on Cohorts where it is for all tiers",
    "classes": "must be given class by class, or left blank where there is one class",
}
"""What is said of a figure that cannot stand in a row for all tiers or classes."""


def _settings(found: _WorkbookTree, form: Form, row: FilledRow, names: tuple[str, ...]) -> None:
    """Put the settings of a row into the tree."""
    pieces = iter(names)
    steps = [
        next(pieces) if step == "NAME" else step for step in form.pattern.rstrip(".").split(".")
    ]
    rest = list(pieces)
    for n in range(2, len(steps) + 1, 2):
        named = form.columns[min(n // 2, form.keys) - 1].key
        found.places.setdefault(".".join(steps[:n]), (row.at(named), ""))
    if not form.by_tier and form.sheet != "Moves":
        _put(found.tree, steps, {})
    said = " ".join(names)
    for column in form.columns[form.keys :]:
        key = f"{column.part}.{column.key}" if column.part else column.key
        where, words = row.at(key), f"{column.title} ({said})"
        path = [*steps, *key.split(".")] if key else list(steps)
        if form.by_tier:
            path += [EVERY_TIER] if rest == [ALL] else rest
        elif rest:
            path += rest
        total = _NOT_FOR_ALL.get(column.key) if rest == [ALL] else None
        name = ".".join(step for step in path if step != EVERY_TIER)
        if not total:
            found.places[name] = (where, words)
        value = _value(found, where, words, column, row.cells[key])
        if value is None:
            continue
        if total:
            found.wrong(where, words, total)
            continue
        if column.part and not isinstance(_get(found.tree, path[:-1]), dict | None):
            found.wrong(where, words, "must not be given beside the cost of a post")
            continue
        _put(found.tree, path, value)


def _item(found: _WorkbookTree, form: Form, row: FilledRow, path: Sequence[str]) -> None:
    """Put an item of the list at a path into the tree."""
    item: dict[str, Any] = {}
    items = _get(found.tree, path)
    if items is None:
        items = []
        _put(found.tree, path, items)
    items.append(item)
    columns = form.columns[form.keys :]
    for column in columns:
        value = _value(found, row.at(column.key), column.title, column, row.cells[column.key])
        if value is not None:
            item[column.key] = value
    name = f"{'.'.join(path)}.{item_names(items)[-1]}"
    found.places[name] = (row.at(form.columns[0].key), "")
    for column in columns:
        found.places[f"{name}.{column.key}"] = (row.at(column.key), column.title)


def _get(tree: Any, path: Sequence[str]) -> Any:
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _put(tree: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value into a tree, beside what stands there already."""
    for step in path[:-1]:
        if not isinstance(tree.get(step), dict) or is_number(tree[step]):
            tree[step] = {}
        tree = tree[step]
    if value == {} and isinstance(tree.get(path[-1]), dict):
        return
    tree[path[-1]] = value


def _more(found: _WorkbookTree, rows: Sequence[FilledRow]) -> None:
    """Read settings that have no sheet of their own."""
    for row in rows:
        name, literal = row.cells["setting"], row.cells["value"]
        where, at = row.at("value"), row.at("setting")
        if not isinstance(name, str) or not isinstance(literal, str):
            found.wrong(at if not isinstance(name, str) else where, "", "must be given, as text")
            continue
        try:
            value = tomllib.loads(f"x = {literal}")
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            found.wrong(where, name, "must be a value as in a scenario file, text in quotes")
            continue
        if list(value) != ["x"]:
            found.wrong(where, name, "must be one value")
            continue
        steps = name.split(".", 1 if name.startswith(OF_SETTINGS) else -1)
        if steps[0] in LISTS:
            items = found.tree.setdefault(steps[0], [])
            if len(steps) > 1 or not isinstance(items, list):
                found.wrong(at, "", f"must be {steps[0]} alone, its items one a row", name)
                continue
            items.append(value["x"])
            name = f"{steps[0]}.{item_names(items)[-1]}"
            found.places[name] = (where, steps[0])
            found.as_typed.append(name)
            continue
        if _get(found.tree, steps) not in (None, {}):
            found.wrong(at, "", "must not be given twice: it has a cell of its own", name)
            continue
        _put(found.tree, steps, value["x"])
        found.places[name] = (where, name)
        found.as_typed.append(name)


def _ranges(found: _WorkbookTree, rows: Sequence[FilledRow]) -> None:
    """Give numbers their ranges and sources; all others are the unit's own.

    But for those of the sheet More, which say themselves what they rest on, as in a scenario file.
    """
    given: dict[str, dict[str, Any]] = {}
    texts = {found.places[name][0] for name, value in _texts(found.tree) if name in found.places}
    for row in rows:
        name, at = row.cells["setting"], row.at("setting")
        if not isinstance(name, str):
            found.wrong(at, "Setting", "must be given, as text")
            continue
        parts: dict[str, Any] = {}
        ranged = any(row.cells[key] is not None for key in ("low", "high"))
        for column in RANGES.columns[1:]:
            words = f"{column.title} ({name})"
            value = _value(found, row.at(column.key), words, column, row.cells[column.key])
            if value is not None and value is not False:  # confirmed: no
                parts[column.key] = value
            if ranged or row.cells[column.key] is not None:
                found.places[f"{name}.{column.key}"] = (row.at(column.key), words)
        if name in given:
            found.wrong(at, "Setting", "must be given once", name)
        elif name not in found.places:
            found.wrong(at, "Setting", "must name a number of this workbook", name)
        elif not any(path == name for path, _, _ in _numbers(found.tree)):
            told = {one.file for one in found.problems} | texts
            if found.places[name][0] not in told:
                found.wrong(at, "Setting", "must name a number that is given", name)
        given[name] = parts
    for name, table, key in list(_numbers(found.tree)):
        rest = given.get(name)
        if rest is None and (name == HORIZON[0] or _of_more(found, name)):
            continue
        value = table[key]["value"] if isinstance(table[key], dict) else table[key]
        whole = {"value": value, "source": "local", **(rest or {})}
        if whole["source"] == NO_SOURCE:
            del whole["source"]
        table[key] = whole if len(whole) > 1 else value


def _of_more(found: _WorkbookTree, name: str) -> bool:
    """Return whether a number was given on the sheet More."""
    return any(name == one or name.startswith(f"{one}.") for one in found.as_typed)


# What a unit reports -----------------------------------------------------------------------

APART = 0.05
"""By which the first month may differ from what was reported before it is said."""


def _share(found: _WorkbookTree) -> tuple[float, Measure] | None:
    """Return the share of visits that was last reported and which it is, None where not given."""
    share, measure = (found.reported.get(key) for key in (REPORTED_SHARE, REPORTED_MEASURE))
    if share is None and measure is None:
        return None
    cells = {column.key: place for place, column in enumerate(UNIT)}
    at = {key: f"{UNIT_SHEET}!B{FIRST_ROW + cells[key]}" for key in found.reported}
    if share is None or measure is None:
        missing = REPORTED_SHARE if share is None else REPORTED_MEASURE
        title = UNIT[cells[missing]].title
        found.wrong(next(iter(at.values())), "", f'must be given with "{title}"')
        return None
    words = UNIT[cells[REPORTED_SHARE]].title
    if not isinstance(share, int | float) or not 0 < share <= 1:
        must = "must be above 0% and at most 100%, typed with its sign, such as 85%"
        found.wrong(at[REPORTED_SHARE], words, must, share)
        return None
    if (asked := doubt(("standards", "NAME", "completion"), share)) is not None:
        found.wrong(at[REPORTED_SHARE], words, asked.question)
        return None
    return float(share), measure


def _without_other_work(
    found: _WorkbookTree,
    rows: Mapping[str, Sequence[FilledRow]],
    share: tuple[float, Measure] | None,
) -> list[str]:
    """Return the cohorts whose other work is to be worked out; refuse or tell the other blanks.

    Blank would count as no hours at all, and a unit that is short of time would seem to have
    enough.
    """
    blank = []
    for name, cohort in found.tree.get("cohorts", {}).items():
        given = cohort.get("hours_per_case_month")
        tiers = list(cohort.get("tiers", {}))
        column = next(
            one for form in FORMS for one in form.columns if one.key == "hours_per_case_month"
        )
        mine = [row for row in rows["Flow"] if row.cells.get("cohort") == name]
        where = mine[0].at(column.key) if mine else f"Flow!A{FIRST_ROW}"
        words = f"{column.title} ({name})"
        if given is None and share is not None and "visit" in cohort.get("duties", {}):
            blank.append(name)
            _put(found.tree, ["cohorts", name, "hours_per_case_month"], 0)  # until worked out
        elif given is None and cohort.get("work"):
            found.notes.append(f"{where}: {words} is blank: no time beyond the work on Work.")
        elif given is None:
            must = "must be given: blank would count as no hours"
            use = "the hours, 0 if there are none, or the last reported share of visits on Unit, "
            found.wrong(where, words, must, use=f"{use}from which they are then worked out")
        elif isinstance(given, dict) and EVERY_TIER not in given and not is_number(given):
            left = [tier for tier in tiers if tier not in given]
            if left:
                named = ", ".join(left)
                found.notes.append(f"{where}: {words} is blank for {named}: counted as no hours.")
    return blank


def _fit_other_work(
    found: _WorkbookTree, scenario: Scenario, blank: Sequence[str], share: tuple[float, Measure]
) -> bool:
    """Put the other work that goes with the reported share into the tree, or compare the two."""
    settings = [f"cohorts.{name}.hours_per_case_month" for name in blank]
    if settings:
        value, cautions = other_work(scenario, settings, *share)
        for name in blank:
            _put(found.tree, ["cohorts", name, "hours_per_case_month"], dict(value))
        hours = value["value"]
        named = ", ".join(blank)
        found.notes.append(
            f"Other time per case per month ({named}) was blank: {hours:g} hours, so that the "
            f"first month has the reported {share[1]} of {per_cent(share[0])}."
        )
        found.notes += cautions
        return True
    model = float(first_month(scenario, [], np.zeros(1))[share[1]][0])
    if abs(model - share[0]) > APART:
        found.notes.append(
            f"By these figures the first month has {share[1]} of {100 * model:.0f}%, but "
            f"{per_cent(share[0])} was reported: the hours, the people or the definition differ."
        )
    return False


def _numbers(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """Yield the numbers of a tree: name, table and key."""
    items: Iterator[tuple[Any, Any]]
    if isinstance(tree, dict):
        items = iter(tree.items())
    else:
        items = iter(zip(item_names(tree), tree, strict=True))
    for key, value in items:
        here = path if key == EVERY_TIER else (*path, str(key))
        if isinstance(value, dict) and not is_number(value):
            yield from _numbers(value, here)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            if key not in ("changes", "events"):
                yield from _numbers(value, here)
        elif is_number(value) and isinstance(tree, dict):
            yield ".".join(here), tree, key


def _texts(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield the texts of a tree of tables: name and text."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        here = path if key == EVERY_TIER else (*path, str(key))
        if isinstance(value, str):
            yield ".".join(here), value
        else:
            yield from _texts(value, here)


def _tidied(tree: Any) -> Any:
    """Return a tree with one number for all tiers as a number."""
    if isinstance(tree, dict):
        if list(tree) == [EVERY_TIER]:
            return tree[EVERY_TIER]
        return {key: _tidied(value) for key, value in tree.items()}
    return [_tidied(one) for one in tree] if isinstance(tree, list) else tree


# History and the whole ---------------------------------------------------------------------


def _figures(
    found: _WorkbookTree,
    form: Form,
    rows: Sequence[FilledRow],
    check: Callable[[TypedSheet], object],
) -> str | None:
    """Return a sheet of monthly figures as CSV, checked as such a file is."""
    if not rows:
        return None
    names = [column.key for column in form.columns]
    grid: list[list[Any]] = []
    first = rows[0].number
    for row in rows:
        grid += [[None] * len(names)] * (row.number - first - len(grid))
        grid.append([row.cells[name] for name in names])
    told = len(found.problems)
    for row in rows:
        for name in names:
            if isinstance(row.cells[name], Formula | Fault):
                must = FORMULA if isinstance(row.cells[name], Formula) else FAULT
                found.wrong(row.at(name), name, must)
    if len(found.problems) > told:
        return None
    try:
        check(TypedSheet("", form.sheet, tuple(names), grid, first, ","))
    except TableError as error:
        found.problems += error.problems
        return None
    text = [",".join(names)]
    for values in grid:
        if any(value is not None for value in values):
            text.append(",".join(_csv(value) for value in values))
    return "\n".join(text) + "\n"


def _named(found: _WorkbookTree, stem: str, history: str | None, spend: str | None) -> None:
    """Have the scenario name the files that the workbook carries the figures of.

    A history is named only where the scenario named one: without that it is for a fit.
    """
    for setting, text, sheet in (("history", history, HISTORY), ("spend", spend, SPEND)):
        if text is not None and (setting in found.tree or setting == "spend"):
            found.tree[setting] = f"{stem}-{setting}.csv"
            found.files[found.tree[setting]] = text
        elif setting in found.tree:
            where = found.places.get(setting, (f"{sheet.sheet}!A{FIRST_ROW}", ""))[0]
            if not any(one.file.startswith(f"{sheet.sheet}!") for one in found.problems):
                must = f"must have its figures on the sheet {sheet.sheet}"
                found.wrong(where, setting, must, use="no such setting where there are none")
            del found.tree[setting]


def _csv(value: Any) -> str:
    """Return a cell as CSV; what a spreadsheet would take for a formula as text."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f"{value.year:04d}-{value.month:02d}"
    text = repr(value) if isinstance(value, float) else as_text(" ".join(str(value).split()))
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if "," in text or '"' in text else text


def _validated(found: _WorkbookTree, text: str, stem: str) -> Scenario:
    """Return the scenario of a text, or raise everything that is wrong, by cell."""
    scenario = None
    try:
        scenario = read(f"{stem}.toml", files={f"{stem}.toml": text, **found.files})
    except ScenarioError as error:
        known = {(one.file) for one in found.problems}
        for problem in error.problems:
            where, words = _place(found, problem.setting)
            if where not in known:
                must = problem.must.replace(", or a table of numbers by tier", "")
                use = _in_words((problem.use or "").partition("; a diff")[0])
                got = problem.got
                if slip := _SLIP.fullmatch(use or ""):
                    use = slip[1]
                    must, got = _in_per_cent(problem, must, use), None
                one = Problem(where, None, words, must, got, use)
                found.problems.append(one)
    if found.problems:
        order = [UNIT_SHEET, *(form.sheet for form in EVERY)]

        def key(problem: Problem) -> tuple[int, int]:
            sheet, _, cell = problem.file.rpartition(": ")[2].partition("!")
            digits = "".join(one for one in cell if one.isdigit())
            return order.index(sheet) if sheet in order else len(order), int(digits or 0)

        unique = dict.fromkeys(sorted(found.problems, key=key))
        raise TableError(at_most(MOST_PROBLEMS, list(unique)))
    assert scenario is not None
    return scenario


_CONFIRM = re.compile(r"(?:([\d.eE+-]+), or )?\{ value = .*, confirmed = true \} if it is right")


_SLIP = re.compile(r"[\d.eE+-]+ for ([\d.]+%)")


def _in_per_cent(problem: Problem, must: str, meant: str) -> str:
    """Return what must hold of a share as people type it: in per cent."""
    limits = range_at(problem.setting.split("."))
    if limits is None or problem.got is None:
        return must
    ends, typed = limits.words(per_cent), per_cent(float(problem.got))
    return f"must be {ends}: {problem.got} would be {typed}. Did you mean {meant}?"


def _in_words(use: str) -> str | None:
    """Return what to type in a cell, in place of what to type in a scenario file."""
    found = _CONFIRM.fullmatch(use)
    if found is None:
        return use or None
    right = 'yes under "Right as it stands" on the sheet Ranges'
    return f"{per_cent(float(found[1]))}, or {right}" if found[1] else right


def _place(found: _WorkbookTree, setting: str) -> tuple[str, str]:
    """Return the cell of a setting, or the nearest around it, and what to call it."""
    name, cut = setting, ""
    while name:
        if name in found.places:
            where, words = found.places[name]
            said = words or cut
            return where, said
        name, _, last = name.rpartition(".")
        cut = f"{last}.{cut}" if cut else last
    sheets = {"cohorts": "Cohorts", "queues": "Queues", "teams": "Teams"}
    sheet = sheets.get(setting.partition(".")[0], UNIT_SHEET)
    return f"{sheet}!A{FIRST_ROW}", setting
