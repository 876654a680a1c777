"""Check a merged tree against the declared settings and say in plain words what is wrong."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo

from capacity.kinds import IN_FILES
from capacity.reading.naming import LISTS, unknown
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, TomlTable, is_number
from capacity.settings import LARGEST, Cohort, Horizon, Quantity, Settings, Team, show
from capacity.wording import as_typed

_WORDS = {
    "missing": "must be given",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "int_type": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_too_short": "must not be empty",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_STAND_IN: dict[str, Any] = {
    "cases": LARGEST,
    "in_post": 1,
    "per_year": 1,
    "every_months": 1,
    "overtime_hours_per_fte_month": LARGEST,
    **{key: one.stand_in for key, one in IN_FILES.items()},
    "fte": 1,
    "per_month": 1,
    "why": "?",
}
"""What stands in for a faulty setting, such that no rule across settings finds fault with it."""

_PARTS = {"cohorts": ("duties", "work", "tiers"), "teams": ("grades",)}


class _Partial(Settings):
    """What can be read of a scenario in which something is wrong."""

    title: str = "?"
    start: date = date.min
    months: Horizon = Quantity(value=600)
    cohorts: dict[str, Cohort] = Field(default_factory=dict)
    teams: dict[str, Team] = Field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """Settings read from a tree, as much of them as can be, and what is wrong with the rest.

    `places` gives for each list the places of the items that were kept.
    """

    tree: TomlTable
    settings: Settings
    findings: tuple[Finding, ...] = ()
    places: Mapping[str, tuple[int, ...]] | None = None

    def items(self, key: str) -> Iterator[tuple[Keys, Any]]:
        """Yield the items of a list that could be read, each with its path in the tree."""
        items = getattr(self.settings, key)
        places = range(len(items)) if self.places is None else self.places.get(key, ())
        for place, item in zip(places, items, strict=True):
            yield (key, place), item


def validate(tree: TomlTable) -> Reading:
    """Return the settings, or as much of them as can be read, and what is wrong with the rest.

    A faulty setting is taken away, or stood in for where something must stand, so that rules
    across settings can still be checked; a part (a duty, a grade, a standard) that cannot be
    read even so is left out.
    """
    try:
        return Reading(tree, Settings.model_validate(tree))
    except ValidationError as error:
        findings = tuple(_findings(tree, error))
        mended = _mended(tree, error)
    spoilt: set[Keys] = set()
    for _ in range(4):
        kept, places = _without_parts(mended, spoilt)
        try:
            return Reading(tree, _Partial.model_validate(kept), findings, places)
        except ValidationError as error:
            paths = {_path(mended, one) for one in error.errors()}
            spoilt |= {_part(path) for path in paths} if not spoilt else {p[:2] for p in paths}
    return Reading(tree, _Partial(), findings, {})


def _mended(tree: TomlTable, error: ValidationError) -> dict[str, Any]:
    """Return a copy of a tree in which every fault is taken away or stood in for."""
    copy: dict[str, Any] = _copied(tree)
    for one in error.errors():
        path = _path(tree, one)
        *above, last = path or (None,)
        node: Any = copy
        for step in above:
            node = node[step] if _has(node, step) else None
        if not isinstance(node, dict):
            continue
        node.pop(last, None)
        wanted = [step for step in path if step in _STAND_IN]
        if wanted and one["type"] != "extra_forbidden":
            node[last] = _STAND_IN[str(wanted[-1])]
        elif last == "team" and len(path) == 3 and isinstance(copy.get("teams"), dict):
            node[last] = next(iter(copy["teams"]), None)
        elif above and above[-1] == "entry_mix":  # what is left of it no longer adds up to 1
            tiers = copy["cohorts"][path[1]].get("tiers")
            node.clear()
            node.update({"*": 1 / max(1, len(tiers) if isinstance(tiers, dict) else 1)})
    return copy


def _copied(value: Any) -> Any:
    """Return plain tables and lists that can be changed."""
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _has(node: Any, step: int | str) -> bool:
    """Return whether a table or list has a place."""
    if isinstance(node, list):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, dict) and step in node


def _path(tree: Any, error: Any) -> Keys:
    """Return where an error stands in the tree; pydantic's own steps (tags, `[key]`) drop out."""
    path: list[int | str] = []
    node = tree
    for step in error["loc"]:
        if (isinstance(node, Mapping) and step in node) or (
            isinstance(node, list) and isinstance(step, int) and step < len(node)
        ):
            node = node[step]
        else:
            continue
        path.append(step)
    if len(path) > 1 and path[-1] == "value":  # a number is named by what it is of
        path.pop()
    if error["type"] == "missing":
        path.append(error["loc"][-1])
    return tuple(path)


def _findings(tree: TomlTable, error: ValidationError) -> Iterator[Finding]:
    """Yield what pydantic found in plain words, each place once."""
    for one in error.errors():
        if one["loc"][-1] != "int":  # its twin for `float` says the same
            yield _finding(_path(tree, one), one)


def _finding(path: Keys, error: Any) -> Finding:
    """Return one error of pydantic's in plain words."""
    kind, context = error["type"], error.get("ctx", {})
    got = context.get("got") or (None if kind == "missing" else as_typed(error["input"]))
    if kind == "extra_forbidden":
        table: Any = Quantity if "number" in error["loc"] else table_at(path[:-1])
        return unknown(path, "setting", list(fields_of(table)) if table else [])
    if kind == "string_pattern_mismatch":
        if path[-1:] == ("price_base",):
            return Finding(path, "must be a financial year such as 2024/25", got)
        return Finding(path, "must be a name of letters, digits, - and _", got)
    if kind == "string_too_long":
        return Finding(path, f"must be at most {context['max_length']} characters", got)
    if kind in ("too_short", "too_long") and path and str(path[-1]).endswith("_season"):
        many = f"{context['actual_length']} of them"
        return Finding(path, "must have 12 numbers, from January to December", many)
    if kind == "too_short":
        return Finding(path, f"must have at least {('one', 'two')[context['min_length'] - 1]}")
    if kind == "literal_error":
        names = context["expected"].replace(" or ", ", ").replace("'", "")
        return Finding(path, f"must be one of: {names}", got)
    if kind.startswith("date"):
        return Finding(path, "must be a date such as 2024-10-01", got)
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return Finding(path, f"must be {words} {show(context[bound])}", got)
    return Finding(path, _WORDS.get(kind) or error["msg"], got)


def table_at(path: Keys) -> type[BaseModel] | None:
    """Return the class that declares the settings of the table at a path, if there is one."""
    kind = _kind_at(path)
    while get_origin(kind) in (dict, list):
        kind = _bare(get_args(kind)[-1])
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def default_at(path: Keys) -> Any:
    """Return the default of a setting, None where it has none."""
    for end in (-1, -2):
        table = _kind_at(path[:end])
        if isinstance(table, type) and issubclass(table, BaseModel):
            field = fields_of(table).get(str(path[end]))
            if field is not None:
                extra = field.json_schema_extra
                by_tier = extra if isinstance(extra, dict) and "by_tier" in extra else {}
                return by_tier.get("default", field.get_default())
    return None


@cache
def fields_of(table: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return the declaration of every setting of a table, by its name in files."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _kind_at(path: Keys) -> Any:
    """Return the declared type of what stands at a path."""
    kind: Any = Settings
    for step in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = fields_of(kind).get(str(step))
            kind = None if field is None else _bare(field.annotation)
        elif get_origin(kind) in (dict, list):
            kind = _bare(get_args(kind)[-1])
        else:
            return None
    return kind


def _bare(kind: Any) -> Any:
    """Return a type without its constraints and without None; of a number or parts, the parts."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            kind = [option for option in get_args(kind) if option is not types.NoneType][-1]
        else:
            return kind


def _without_parts(
    tree: Mapping[str, Any], spoilt: Iterable[Keys]
) -> tuple[dict[str, Any], Mapping[str, tuple[int, ...]]]:
    """Return a tree without its spoilt parts, and the places of the list items kept."""
    kept: dict[str, Any] = {}
    places = {}
    for key, value in tree.items():
        if (key,) in spoilt:
            continue
        if isinstance(value, list):
            places[key] = tuple(n for n in range(len(value)) if (key, n) not in spoilt)
            kept[key] = [value[n] for n in places[key]]
        elif isinstance(value, Mapping) and not is_number(value):
            kept[key] = {
                name: _sound(inner, (key, name), spoilt)
                for name, inner in value.items()
                if (key, name) not in spoilt
            }
        else:
            kept[key] = value
    return kept, places


def _sound(value: Any, path: Keys, spoilt: Iterable[Keys]) -> Any:
    """Return a cohort or team without its spoilt duties, work, tiers or grades."""
    if not isinstance(value, Mapping) or path[0] not in _PARTS:
        return value
    return {
        key: {name: one for name, one in inner.items() if (*path, key, name) not in spoilt}
        if isinstance(inner, Mapping) and key in _PARTS[str(path[0])]
        else inner
        for key, inner in value.items()
    }


def _part(path: Keys) -> Keys:
    """Return the smallest part that can be left out without harm to its neighbours."""
    if path and path[0] in _PARTS:
        inside = len(path) > 3 and path[2] in _PARTS[str(path[0])]
        return path[:4] if inside else path[:2]
    return path[:2] if path and path[0] in (*LISTS, "links", "queues") else path[:1]
