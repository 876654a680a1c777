"""Every setting in words: unit, range, default and meaning, read off its declaration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from capacity.settings import CostParts, Quantity, Range, Settings, declarations, show

COST = "teams.NAME.grades.NAME.cost_per_year"


@dataclass(frozen=True)
class Entry:
    """A setting as declared; `NAME` stands for names that the user chooses."""

    name: str
    unit: str
    range: str
    default: str
    meaning: str
    by_tier: bool


@cache
def entries() -> tuple[Entry, ...]:
    """Return every setting, in the order of a full file."""
    return tuple(_entries())


def _entries() -> Iterator[Entry]:
    for name, field in declarations(Settings):
        yield _entry(name, field)
        if name == COST:
            for part, inner in declarations(CostParts, f"{COST}."):
                yield _entry(part, inner)


def _entry(name: str, field: Any) -> Entry:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return Entry(
        name=name,
        unit=str(extra.get("unit", "")),
        range=_range(field),
        default=_default(field, extra),
        meaning=field.description or "",
        by_tier=bool(extra.get("by_tier")) or name.endswith(("entrants_per_month", "entry_mix")),
    )


def _range(field: Any) -> str:
    """Return the valid range of a setting in words."""
    for one in _constraints(field):
        if isinstance(one, Range):
            return one.words()
    kinds = str(field.annotation)
    if "Literal" in kinds:
        return "one of: " + ", ".join(get_args(field.annotation))
    for kind, words in (("bool", "true or false"), ("date", "a date"), ("list", "a list")):
        if kind in kinds:
            return words
    return "text" if "str" in kinds and "dict" not in kinds else "a table"


def _constraints(field: Any) -> Iterator[Any]:
    """Yield what constrains a setting, however deep its type holds it."""
    yield from (getattr(one, "func", one) for one in field.metadata)
    waiting = [field.annotation]
    while waiting:
        kind = waiting.pop(0)
        yield from (getattr(one, "func", one) for one in getattr(kind, "__metadata__", ()))
        waiting += list(getattr(kind, "__args__", ()))


def _default(field: Any, extra: dict[str, Any]) -> str:
    """Return the default of a setting in words, empty where its meaning says it."""
    if "default" in extra:
        number = float(extra["default"])
        ranges = [one for one in _constraints(field) if isinstance(one, Range)]
        unset = math.isnan(number) or not all(one.holds(number) for one in ranges)
        return "" if unset else show(number)
    if field.is_required():
        return "must be given"
    given = field.get_default(call_default_factory=False)
    if isinstance(given, Quantity):
        return show(given.value)
    if isinstance(given, bool):
        return "true" if given else "false"
    return given if isinstance(given, str) else ""


def unit_of(path: Sequence[str | int]) -> str:
    """Return the unit of a setting, empty where it has none."""
    found = declared_at(path)
    return "" if found is None else found.unit


def range_at(path: Sequence[str | int]) -> Range | None:
    """Return the valid range of the number at a path, None where no number stands."""
    entry = declared_at(path)
    return None if entry is None else _ranges().get(entry.name)


@cache
def _ranges() -> dict[str, Range]:
    """Return the valid range of every setting that is a number, by its pattern."""
    declared = (*declarations(Settings), *declarations(CostParts, f"{COST}."))
    found = ((name, _constraints(field)) for name, field in declared)
    ranges = ((name, [one for one in every if isinstance(one, Range)]) for name, every in found)
    return {name: first[0] for name, first in ranges if first}


def declared_at(path: Sequence[str | int]) -> Entry | None:
    """Return the setting declared for a path, or for the one around it (a tier of it)."""
    node, found = _tree(), None
    for step in path:
        branch = node.get(str(step)) or node.get("NAME")
        if not isinstance(branch, dict):
            break
        node = branch
        found = node.get("") or found
    return found


@cache
def _tree() -> dict[str, Any]:
    """Return all settings as a tree of their dotted patterns; an entry stands under ''."""
    tree: dict[str, Any] = {}
    for entry in entries():
        node = tree
        for step in entry.name.split("."):
            node = node.setdefault(step, {})
        node[""] = entry
    return tree


def matching(name: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return the settings that a name may mean and, where there are none, the likeliest names.

    A dotted name of a scenario, a pattern with `NAME`, or any part of a name.
    """
    wanted = name.strip().lower()
    exact = [one for one in entries() if one.name.lower() == wanted]
    last = [one for one in entries() if one.name.split(".")[-1].lower() == wanted]
    declared = declared_at(name.strip().split(".")) if "." in name else None
    part = [one for one in entries() if wanted and wanted in one.name.lower()]
    found = exact or last or ([declared] if declared else []) or part
    keys = list(dict.fromkeys(one.name.split(".")[-1] for one in entries()))
    return tuple(found), tuple(() if found else get_close_matches(wanted.split(".")[-1], keys, n=3))
