"""The workbook that a unit fills: the empty form, a filled example, and any scenario in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from capacity.files import workbooks
from capacity.files.grids import column_letter
from capacity.files.monthly import History
from capacity.files.spending import Spend
from capacity.reading.assumptions import NO_SOURCE
from capacity.reading.naming import item_names
from capacity.reading.scenario import Scenario
from capacity.reading.scenario_text import literal
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import is_number, leaves
from capacity.settings import EVERY_TIER, LARGEST
from capacity.workbook.forms import (
    ALL,
    EVERY,
    EXAMPLE,
    FIRST_ROW,
    FORMS,
    HEADER_ROW,
    HISTORY,
    HORIZON,
    MORE,
    RANGES,
    SPEND,
    TIER_OR_ALL,
    UNIT,
    UNIT_SHEET,
    Form,
    FormColumn,
    range_words,
    unit_words,
)

Cells = Mapping[str, list[list[Any]]]
"""Rows of every sheet, each as wide as its form."""

HOW = (
    "Fill the white sheets; grey ones show Norfolk as an example and are not read.",
    "Start with Cohorts, Tiers, Duties, Teams and Grades; leave blank what you do not know.",
    "Work that arrives and waits, such as referrals, goes on Queues and Queue classes.",
    "Rows 5 and 6 of a sheet say in which unit and what is valid. Values only, no formulas.",
    "Per cent: type 4.5% or 0.045.",
    "Short names (rso, very_high, ppu) tie the sheets together: the drop-downs offer them.",
    "No name, date of birth or record of any person belongs in here.",
    "Then: capacity import THIS.xlsx -o our-unit.toml, and capacity plan our-unit.toml",
)
_WIDTHS = {"text": 26, "id": 16, "literal": 90, "names": 24}


def cells_of(scenario: Scenario, history: History | None = None) -> Cells:
    """Return what a scenario says, as the rows of every sheet."""
    own = scenario.past or scenario.known
    if history is None and own is not None:
        history = own.history
    return _Filler(scenario.tree, history, scenario.spend).cells()


class _Filler:
    """Puts a scenario's tree into sheets and keeps account of what has a cell."""

    def __init__(
        self, tree: Mapping[str, Any], history: History | None, spend: Sequence[Spend]
    ) -> None:
        self.tree, self.history, self.spend = tree, history, spend
        self.taken: set[Keys] = set()
        self.ranges: list[list[Any]] = []

    def cells(self) -> Cells:
        """Fill every sheet."""
        found: dict[str, list[list[Any]]] = {
            UNIT_SHEET: [[self._plain(tuple(one.key.split(".")))] for one in UNIT]
        }
        for form in FORMS:
            found[form.sheet] = [row for row in self._rows(form) if any(c is not None for c in row)]
        found[MORE.sheet] = list(self._more())
        found[RANGES.sheet] = self.ranges
        found[HISTORY.sheet] = list(_history_rows(self.history)) if self.history else []
        found[SPEND.sheet] = [[one.month, one.team, one.budget, one.actual] for one in self.spend]
        return found

    def _at(self, path: Keys) -> Any:
        node: Any = self.tree
        for step in path:
            if isinstance(node, list) and isinstance(step, int):
                node = node[step]
            elif isinstance(node, Mapping) and not is_number(node):
                node = node.get(step)
            else:
                return None
        return node

    def _plain(self, path: Keys, name: str = "") -> Any:
        """Return a setting without its range, which is put on its own sheet."""
        value = self._at(path)
        if isinstance(value, Mapping) and not is_number(value):
            return None
        if is_number(value) and (path != HORIZON or isinstance(value, Mapping)):
            number = value if isinstance(value, Mapping) else {"value": value}
            self._range(name or ".".join(str(step) for step in path), number)
            value = number["value"]
        if value is not None:
            self.taken.add(path)
        return value

    def _range(self, name: str, number: Mapping[str, Any]) -> None:
        """Note what is known of a number; of the unit's own, without a range, it is nothing."""
        low, high, note = (number.get(key) for key in ("low", "high", "note"))
        source, confirmed = number.get("source", NO_SOURCE), number.get("confirmed") or None
        if source != "local" or any(one is not None for one in (low, high, note, confirmed)):
            self.ranges.append([name, low, high, source, note, "yes" if confirmed else None])

    def _rows(self, form: Form) -> Iterator[list[Any]]:
        """Yield the rows of a form."""
        if form.keys == 0:
            yield from self._items(form)
        elif form.listed:
            yield from self._lists(form)
        elif form.sheet == "Moves":
            yield from self._moves()
        elif form.by_tier:
            for owner in self._owners(form):
                yield from self._tier_rows(form, owner)
        else:
            for path in self._owners(form):
                names = [str(step) for step in path[1::2]]
                row = [self._one(form, column, path) for column in form.columns[form.keys :]]
                yield [*names, *row]

    def _owners(self, form: Form) -> Iterator[Keys]:
        """Yield where the items of a form stand."""
        steps = form.pattern.rstrip(".").split(".")
        found: list[Keys] = [()]
        for step in steps:
            if step == "NAME":
                found = [
                    (*path, name)
                    for path in found
                    for name, item in (self._at(path) or {}).items()
                    if isinstance(item, Mapping)
                ]
            else:
                found = [(*path, step) for path in found]
        yield from found

    def _one(self, form: Form, column: FormColumn, path: Keys) -> Any:
        middle = (column.part,) if column.part else ()
        value = self._plain((*path, *middle, column.key))
        return _shown(column, value)

    def _tier_rows(self, form: Form, owner: Keys) -> Iterator[list[Any]]:
        """Yield a row for all tiers of a cohort, duty or work, then one for each tier.

        A queue has classes in place of tiers.
        """
        names = [str(step) for step in owner[1::2]]
        its = "classes" if owner[0] == "queues" else "tiers"
        for tier in (ALL, *(self._at((*owner[:2], its)) or {})):
            row: list[Any] = []
            for column in form.columns[form.keys :]:
                path: Keys = (*owner, column.key)
                table = self._at(path)
                if table is None and tier == ALL and column.key == "hours_per_case_month":
                    row.append(0)  # blank asks for it
                    continue
                total = column.key == "entrants_per_month"
                if is_number(table):
                    here = tier == ALL and not total
                    row.append(self._plain(path) if here else None)
                elif tier == ALL:
                    row.append(self._plain((*path, EVERY_TIER), ".".join(map(str, path))))
                else:
                    row.append(self._plain((*path, tier)))
            if any(value is not None for value in row):
                yield [*names, tier, *row]

    def _moves(self) -> Iterator[list[Any]]:
        for cohort in self.tree.get("cohorts", {}):
            table = self._at(("cohorts", cohort, "moves_per_year")) or {}
            for origin, row in table.items():
                for target in row:
                    path = ("cohorts", cohort, "moves_per_year", origin, target)
                    yield [cohort, origin, target, self._plain(path)]

    def _items(self, form: Form, path: Keys = ()) -> Iterator[list[Any]]:
        """Yield the items of a list."""
        path = path or (form.pattern.partition(".")[0],)
        called = ".".join(str(step) for step in path)
        for place, name in enumerate(item_names(self._at(path) or [])):
            yield [
                _shown(
                    column, self._plain((*path, place, column.key), f"{called}.{name}.{column.key}")
                )
                for column in form.columns[form.keys :]
            ]

    def _lists(self, form: Form) -> Iterator[list[Any]]:
        """Yield the items of the lists that lie in named tables, each after its table's name."""
        table, _, key = form.pattern.rstrip(".").split(".")
        for name in self.tree.get(table) or {}:
            for row in self._items(form, (table, name, key)):
                yield [name, *row]

    def _more(self) -> Iterator[list[Any]]:
        """Yield what has no cell of its own, as in a scenario file."""
        left: dict[Keys, Any] = {}
        for path, value in leaves(self.tree):
            if path in self.taken or path[-1] == "like":
                continue
            depth = 2 if path[0] in ("changes", "events", "links") else len(path)
            depth = 1 if path[0] in ("sizing",) else depth
            left.setdefault(path[:depth], self._at(path[:depth]) if depth < len(path) else value)
        for path, value in left.items():
            name = ".".join(str(step) for step in path if not isinstance(step, int))
            yield [name, literal(value)]


def _shown(column: FormColumn, value: Any) -> Any:
    """Return a value as it stands in a cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return value


def _history_rows(history: History) -> Iterator[list[Any]]:
    """Yield a history, one row a month and what it is of."""
    rows: dict[Any, dict[str, Any]] = {}
    for one in history.figures:
        if not one.compare:
            key = (one.month, one.cohort, one.duty, one.tier)
            rows.setdefault(key, {})[one.measure] = one.value
    names = [column.key for column in HISTORY.columns[4:]]
    for (month, cohort, duty, tier), values in rows.items():
        yield [month, cohort, duty, tier, *(values.get(name) for name in names)]


# Writing -----------------------------------------------------------------------------------


def made(filled: Cells | None, example: Cells | None) -> bytes:
    """Return the workbook as a file: the form, empty or filled, and an example beside it."""

    def fill(book: Any) -> None:
        writer = _FormWriter(book)
        writer.front()
        writer.unit(UNIT_SHEET, (filled or {}).get(UNIT_SHEET))
        for form in EVERY:
            writer.sheet(form, (filled or {}).get(form.sheet))
        if example is not None:
            writer.unit(UNIT_SHEET, example[UNIT_SHEET], example=True)
            for form in EVERY:
                if example[form.sheet]:
                    writer.sheet(form, example[form.sheet], example=True)

    return workbooks.written(fill, datetime(2025, 1, 1))  # the same bytes every time


class _FormWriter:
    """Writes sheets with their titles, units, ranges and drop-downs."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True, "font_size": 14})
        self.title = book.add_format(
            {"bold": True, "text_wrap": True, "bottom": 1, "valign": "top", "bg_color": "#DCE6F1"}
        )
        self.small = book.add_format(
            {"italic": True, "text_wrap": True, "font_color": "#595959", "valign": "top"}
        )
        self.formats = {
            "percent": book.add_format({"num_format": "0.0##%"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "#,##0.####"}),
            "text": book.add_format({"num_format": "@"}),
        }

    def front(self) -> None:
        """Write how to fill the workbook."""
        sheet = self.book.add_worksheet("Read me")
        sheet.set_column(0, 0, 110)
        sheet.write_string(0, 0, "A unit's own figures", self.bold)
        for place, words in enumerate(HOW, start=2):
            sheet.write_string(place, 0, words)

    def unit(
        self, name: str, rows: Sequence[Sequence[Any]] | None, *, example: bool = False
    ) -> None:
        """Write the sheet that goes down."""
        sheet = self._new(name, "The unit, the months to plan and how money is shown.", example)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 44)
        sheet.set_column(2, 2, 44)
        for place, words in enumerate(("Setting", "Value", "What is valid")):
            sheet.write_string(HEADER_ROW - 1, place, words, self.title)
        form = Form(UNIT_SHEET, "", "", 0, UNIT)
        for place, column in enumerate(UNIT):
            row = FIRST_ROW - 1 + place
            sheet.write_string(row, 0, column.title)
            said = (unit_words(form, column), range_words(form, column))
            sheet.write_string(row, 2, "; ".join(one for one in said if one), self.small)
            self._put(sheet, row, 1, column, rows[place][0] if rows else None)
            self._validate(sheet, form, column, row, row, 1)

    def sheet(
        self, form: Form, rows: Sequence[Sequence[Any]] | None, *, example: bool = False
    ) -> None:
        """Write one form."""
        sheet = self._new(form.sheet, form.about, example)
        sheet.freeze_panes(FIRST_ROW - 1, max(1, form.keys))
        last = FIRST_ROW - 1 + max(form.rows, len(rows or ()))
        for place, column in enumerate(form.columns):
            look = self._look(column)
            sheet.set_column(place, place, _WIDTHS.get(column.kind, 14), look)
            sheet.write_string(HEADER_ROW - 1, place, column.title, self.title)
            sheet.write_string(HEADER_ROW, place, unit_words(form, column), self.small)
            sheet.write_string(HEADER_ROW + 1, place, range_words(form, column), self.small)
            if not example:
                self._validate(sheet, form, column, FIRST_ROW - 1, last, place)
        for n, row in enumerate(rows or ()):
            for place, column in enumerate(form.columns):
                self._put(sheet, FIRST_ROW - 1 + n, place, column, row[place])

    def _new(self, name: str, about: str, example: bool) -> Any:
        sheet = self.book.add_worksheet(name + (EXAMPLE if example else ""))
        if example:
            sheet.set_tab_color("#A6A6A6")
            about = f"EXAMPLE, not read. {about}"
        sheet.write_string(0, 0, name, self.bold)
        sheet.write_string(1, 0, about)
        return sheet

    def _look(self, column: FormColumn) -> Any:
        if column.percent:
            return self.formats["percent"]
        return self.formats.get(column.kind, self.formats["text"])

    def _put(self, sheet: Any, row: int, place: int, column: FormColumn, value: Any) -> None:
        look = self._look(column)
        if value is None:
            sheet.write_blank(row, place, None, look)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self.formats["date"])
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value, look)
        else:
            sheet.write_string(row, place, str(value), look)

    def _validate(
        self, sheet: Any, form: Form, column: FormColumn, first: int, last: int, place: int
    ) -> None:
        """Let the spreadsheet refuse what is not valid, and offer what there is."""
        rule: dict[str, Any] | None = None
        if column.names:
            rule = {"validate": "list", "source": _offered(column.names)}
            rule |= (
                {"error_type": "information"} if column == TIER_OR_ALL or form == HISTORY else {}
            )
        elif column.choices or column.kind == "flag":
            rule = {"validate": "list", "source": list(column.choices or ("yes", "no"))}
        elif column.kind == "date":
            rule = {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1)}
        elif column.kind == "number":
            rule = _numbers(form, column)
        if rule is not None:
            words = range_words(form, column) or "a number"
            rule |= {
                "ignore_blank": True,
                "error_title": column.title[:32],
                "error_message": f"Must be {words}."[:255],
            }
            sheet.data_validation(first, place, last, place, rule)


def _offered(names: str) -> str:
    """Return the cells that a drop-down offers."""
    sheet, key = names.split(".")
    form = next(one for one in FORMS if one.sheet == sheet)
    letter = column_letter(next(n for n, one in enumerate(form.columns) if one.key == key))
    return f"='{sheet}'!${letter}${FIRST_ROW}:${letter}${FIRST_ROW + form.rows}"


def _numbers(form: Form, column: FormColumn) -> dict[str, Any]:
    """Return the rule for a number."""
    valid = form.valid(column)
    low = valid.low if valid is not None else -LARGEST
    high = valid.high if valid is not None else LARGEST
    kind = "integer" if valid is not None and valid.whole else "decimal"
    # Open ends as Excel can tell them: nothing nearer to them than a millionth.
    low = low + 1e-6 if valid is not None and valid.gt is not None else low
    high = high - 1e-6 if valid is not None and valid.lt is not None else high
    return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
