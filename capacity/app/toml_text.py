"""A what-if as text: values as TOML, a scenario diff, and the address that says the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from capacity.errors import Problem, ScenarioError
from capacity.reading.merging import APPENDED
from capacity.reading.naming import find
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import key, literal
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import TomlTable, is_number

ADDED = (*APPENDED, "standards")
"""Lists to which a what-if may add an item; a standard of its own is one too."""

MOST = 200
"""Changes that an address may carry."""

LONGEST = 2000
"""Characters of one value in an address."""


@dataclass(frozen=True)
class WhatIf:
    """What is changed in a scenario: settings by dotted name, and items added to lists.

    `values` are by name, None where a setting is taken away; `added` are pairs of list and item.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    added: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return bool(self.values or self.added)

    def overlay(self) -> dict[str, Any]:
        """Return the changes as `Scenario.replace` takes them."""
        lists: dict[str, Any] = {}
        for name, item in self.added:
            lists.setdefault(name, []).append(dict(item))
        return {**self.values, **lists}

    def applied_to(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the changes."""
        return scenario.replace(self.overlay()) if self else scenario


# Values ------------------------------------------------------------------------------------


def _value(text: str) -> Any:
    """Return the value of a TOML literal; text that is none stands for itself."""
    try:
        found = tomllib.loads(f"x = {text}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text
    return found["x"] if len(found) == 1 else text


# The address -------------------------------------------------------------------------------


def to_address(scenario: str, what_if: WhatIf, *, team: bool) -> dict[str, list[str]]:
    """Return a what-if as the parameters of an address.

    Returns:
        A list for each name.
    """
    found: dict[str, list[str]] = {"scenario": [scenario]}
    if team:
        found["team"] = ["yes"]
    for name, value in what_if.values.items():
        found[name] = ["" if value is None else literal(value)]
    for name, item in what_if.added:
        found.setdefault(name, []).append(literal(item))
    return found


def from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[str | None, WhatIf, bool]:
    """Return the scenario, the what-if and whether to work out the team, as an address says."""
    values: dict[str, Any] = {}
    added: list[tuple[str, Mapping[str, Any]]] = []
    for name, texts in parameters.items():
        if name in ("scenario", "team", "session", "work") or name.startswith("embed"):
            continue
        for text in texts:
            if len(values) + len(added) >= MOST or len(text) > LONGEST:
                break
            value = _value(text) if text else None
            if name in ADDED and isinstance(value, Mapping):
                added.append((name, value))
            else:
                values[name] = value
    chosen = [*parameters.get("scenario", ())]
    team = [*parameters.get("team", ())] == ["yes"]
    return (chosen[-1] if chosen else None), WhatIf(values, tuple(added)), team


# The file ----------------------------------------------------------------------------------


def diff(base: Scenario, what_if: WhatIf, title: str) -> str:
    """Return a what-if as a scenario file: `extends`, and only what differs.

    Raises:
        ScenarioError: where the what-if is not valid, or no diff says the same.
    """
    changed = what_if.applied_to(base)
    parent = base.files[0].name
    named = parent.removeprefix("scenarios/")
    lines = [f"extends = {literal(named)}", f"title = {literal(title)}"]
    question = changed.settings.question
    lines += [f"question = {literal(question)}"] if question else []
    text = "\n".join([*lines, *_body(base, what_if, changed)]) + "\n"
    _check(base, changed, text)
    return text


@dataclass
class _Parts:
    """What a diff says, gathered by where it stands in the file."""

    gone: list[str] = field(default_factory=list)
    tables: dict[Keys, dict[str, Any]] = field(default_factory=dict)
    standards: dict[int, dict[Keys, Any]] = field(default_factory=dict)
    rewritten: list[str] = field(default_factory=list)  # lists to which a diff can only add

    def put(self, name: str, path: Keys, value: Any, *, there: bool) -> None:
        """Note one changed setting."""
        if path[0] in APPENDED and len(path) > 1:
            self.rewritten += [str(path[0])] if path[0] not in self.rewritten else []
        elif value is None:
            self.gone += [name] if there else []
        elif path[0] == "standards" and len(path) > 1:
            self.standards.setdefault(int(path[1]), {})[path[2:]] = value
        else:
            self.tables.setdefault(path[:-1], {})[str(path[-1])] = value


def _body(base: Scenario, what_if: WhatIf, changed: Scenario) -> Iterator[str]:
    """Yield what is taken away, then what differs, table by table."""
    parts = _Parts()
    for name, value in what_if.values.items():
        path, rest = find(base.written, name)
        parts.put(name, (*path, *rest), value, there=bool(path) and not rest)
    gone = parts.gone + [name for name in parts.rewritten if name in base.written]
    if gone:
        yield f"remove = {literal(gone)}"
    yield from _lines(parts.tables.pop((), {}))
    for path, items in parts.tables.items():
        yield f"\n[{'.'.join(key(str(step)) for step in path)}]"
        yield from _lines(items)
    for place, settings in parts.standards.items():
        yield "\n[[standards]]"
        yield f"name = {literal(base.written['standards'][place]['name'])}"
        for path, value in settings.items():
            yield f"{'.'.join(key(str(step)) for step in path)} = {literal(value)}"
    for name in parts.rewritten:
        for item in changed.written.get(name, ()):
            yield from _item(name, item)
    for name, item in what_if.added:
        if name not in parts.rewritten:
            yield from _item(name, item)


def _lines(items: Mapping[str, Any]) -> Iterator[str]:
    """Yield one setting a line."""
    yield from (f"{key(name)} = {literal(value)}" for name, value in items.items())


def _item(name: str, item: Mapping[str, Any]) -> Iterator[str]:
    """Yield one item of a list."""
    yield f"\n[[{name}]]"
    yield from _lines(item)


def _check(base: Scenario, changed: Scenario, text: str) -> None:
    """Raise if the text does not say exactly what was changed."""
    name = "this what-if.toml"
    texts = {file.name.removeprefix("scenarios/"): file.text for file in base.files}
    again = read(name, files={**texts, name: text})
    if _plain(again.written) != _plain(changed.written):
        must = "cannot be written as a short file: make this change in the scenario itself"
        raise ScenarioError([Problem("", None, "What you changed", must)])


def _plain(tree: TomlTable) -> dict[str, Any]:
    """Return a tree without its title, numbers given plainly where nothing else is said."""
    return {name: _tidy(value) for name, value in tree.items() if name != "title"}


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        if is_number(value) and set(value) == {"value"}:
            return value["value"]
        return {name: _tidy(item) for name, item in value.items()}
    return [_tidy(item) for item in value] if isinstance(value, list) else value
