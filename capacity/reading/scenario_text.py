"""A scenario as the text of its file: what is read from workbooks, registers and fits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from capacity.reading.toml_lines import Keys
from capacity.reading.tree import is_number

WIDTH = 100
_IN_ORDER = (("grades",), ("duties",), ("work",))
"""Tables whose order means something: all on one line each, or all as tables of their own."""


def text_of(tree: Mapping[str, Any], heading: Sequence[str] = ()) -> str:
    """Return the text of a scenario file, its heading as comments.

    Source: TOML 1.0.

    Raises:
        TypeError: for what TOML has not.
    """
    comments = [f"# {_one_line(line)}".rstrip() for line in heading]
    lines = [*comments, *([""] if comments else []), *_table((), tree)]
    return "\n".join(lines).rstrip() + "\n"


def literal(value: Any) -> str:
    """Return a value as TOML on one line.

    Source: TOML 1.0.

    Raises:
        TypeError: for what TOML has not.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        return repr(int(value) if whole else value)
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key(name)} = {literal(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(item) for item in value)}]"
    raise TypeError(type(value).__name__)


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def key(name: str) -> str:
    """Return a name as a TOML key.

    Source: TOML 1.0.
    """
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else literal(name)


def _table(path: Keys, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table: what fits on a line first, then the tables below it."""
    below: dict[str, Any] = {}
    lines = {name: f"{key(name)} = {literal(value)}" for name, value in table.items()}
    own = {name: _is_below(path, name, value, lines[name]) for name, value in table.items()}
    together = path[-1:] in _IN_ORDER and any(own.values())
    for name, value in table.items():
        line = lines[name]
        if own[name] or (together and isinstance(value, Mapping)):
            below[name] = value
        else:
            yield line
    for name, value in below.items():
        here = (*path, name)
        header = ".".join(key(str(step)) for step in here)
        if isinstance(value, list):
            for item in value:
                yield ""
                yield f"[[{header}]]"
                yield from _table((*here, 0), item)
            continue
        inner = list(_table(here, value))
        if inner and inner[0] != "":
            yield ""
            yield f"[{header}]"
        yield from inner


def _is_below(path: Keys, name: str, value: Any, line: str) -> bool:
    """Return whether a value is written as a table of its own."""
    if isinstance(value, list):
        return not path and bool(value) and all(isinstance(one, Mapping) for one in value)
    if not isinstance(value, Mapping) or is_number(value) or 0 in path:
        return False
    if len(path) >= 2 and path[-1] == "tiers":
        return False
    holds_tables = any(isinstance(one, Mapping) and not is_number(one) for one in value.values())
    return not path or len(path) == 1 or holds_tables or len(line) > WIDTH
