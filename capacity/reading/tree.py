"""A scenario file as a tree whose tables know where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from capacity.reading.toml_lines import Keys

PARTS_OF_NUMBER = ("value", "low", "high", "source", "note", "confirmed")
"""Keys of a number written with its range and source."""


@dataclass(frozen=True)
class Origin:
    """Where a setting stands; no line for one given outside any file."""

    file: str
    line: int | None


@dataclass(frozen=True)
class Finding:
    """Something wrong (or suspicious) at a place in a tree, file and line not yet looked up."""

    path: Keys
    must: str
    got: str | None = None
    use: str | None = None


class TomlTable(dict[str, Any]):
    """A table of a scenario file that knows where it and each of its keys stand."""

    def __init__(
        self, items: Mapping[str, Any], here: Origin, origins: Mapping[str, Origin]
    ) -> None:
        """Keep the items and their places."""
        super().__init__(items)
        self.here = here
        self.origins = dict(origins)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make an equal one, for pickling and copying."""
        return TomlTable, (dict(self), self.here, self.origins)

    def copy(self) -> TomlTable:
        """Return a table that can be altered without altering this one."""
        return TomlTable(self, self.here, self.origins)


def typed(tree: Any, file: str, lines: Mapping[Keys, int], path: Keys = ()) -> Any:
    """Return a parsed TOML tree whose tables know their places."""
    if isinstance(tree, dict):
        here = Origin(file, lines.get(path))
        origins = {key: Origin(file, lines.get((*path, key), here.line)) for key in tree}
        items = {key: typed(value, file, lines, (*path, key)) for key, value in tree.items()}
        return TomlTable(items, here, origins)
    if isinstance(tree, list | tuple):
        return [typed(item, file, lines, (*path, place)) for place, item in enumerate(tree)]
    return tree


def is_number(value: Any) -> bool:
    """Return whether a value is a number, plain or as `{ value … }`."""
    if isinstance(value, Mapping):
        return "value" in value
    return isinstance(value, int | float) and not isinstance(value, bool)


def at(tree: Any, path: Iterable[str | int]) -> Any:
    """Return what stands at a path.

    Raises:
        KeyError: if it is not there.
        IndexError: if there is no such item.
    """
    for step in path:
        tree = tree[step]
    return tree


def leaves(tree: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield every setting that is not a table of others, numbers with a range whole."""
    if isinstance(tree, Mapping) and not (path and is_number(tree)):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list) and any(isinstance(item, Mapping) for item in tree):
        for place, item in enumerate(tree):
            yield from leaves(item, (*path, place))
    else:
        yield path, tree


def depth(tree: Any) -> int:
    """Return how deep tables and lists are nested."""
    found, level = 0, [tree] if isinstance(tree, dict | list) else []
    while level:
        found += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return found


def texts(tree: Any, path: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """Yield every text of a tree, the notes of numbers and the names of sources included."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(tree, Mapping):
        items = tree.items()
    elif isinstance(tree, list):
        items = enumerate(tree)
    elif isinstance(tree, str):
        yield path, tree
    for step, inner in items:
        yield from texts(inner, (*path, step))


def origin(tree: Any, path: Iterable[str | int]) -> Origin:
    """Return where a setting stands, or the nearest table around it."""
    node: Any = tree
    place: Origin = tree.here
    for step in path:
        if isinstance(node, TomlTable) and step in node:
            place = node.origins[str(step)]
            node = node[str(step)]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
            place = node.here if isinstance(node, TomlTable) else place
        else:
            break
    return place
