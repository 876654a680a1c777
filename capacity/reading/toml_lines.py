"""The line on which each key of a TOML text stands; tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Keys = tuple[str | int, ...]
"""Where a value stands in a tree: keys of tables and positions in arrays."""

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|("(?:\\.|[^"\\\n])*")|'([^'\n]*)')[ \t]*(\.?)""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\r\n#]*")


def lines(text: str) -> Mapping[Keys, int]:
    """Return the line of every key and array item in a text that tomllib has accepted.

    Source: TOML 1.0.

    Returns:
        One entry for each key, counted from 1.
    """
    return _Index(text).read()


class _Index:
    """One pass over a text that is known to be valid, so that it need not be checked again."""

    def __init__(self, text: str) -> None:
        """Start at the beginning, outside any table."""
        self.text = text
        self.at = 0
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.found: dict[Keys, int] = {}
        self.lengths: dict[Keys, int] = {}

    def read(self) -> Mapping[Keys, int]:
        """Walk the statements of the text: table headers and key = value."""
        table: Keys = ()
        while self._more():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _more(self) -> bool:
        """Go to the next thing that is neither space nor comment; return whether there is one."""
        match = _GAP.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def _line(self) -> int:
        return bisect_right(self.starts, self.at)

    def _key(self) -> list[str]:
        """Read a key, dotted or not."""
        parts: list[str] = []
        more = "."
        while more:
            match = _KEY.match(self.text, self.at)
            if match is None:
                raise ValueError(f"not a key at line {self._line()}")
            bare, basic, literal, more = match.groups()
            if basic is not None:
                bare = tomllib.loads(f"k = {basic}")["k"] if "\\" in basic else basic[1:-1]
            parts.append(literal if bare is None else bare)
            self.at = match.end()
        return parts

    def _header(self) -> Keys:
        """Read `[table]` or `[[array]]`; return where its keys belong."""
        line = self._line()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        parts = self._key()
        self.at += 2 if many else 1
        path: Keys = ()
        for part in parts[:-1]:
            path = self._enter((*path, part), line)
        path = (*path, parts[-1])
        if many:
            self.found.setdefault(path, line)
            self.lengths[path] = self.lengths.get(path, 0) + 1
            path = (*path, self.lengths[path] - 1)
        self.found[path] = line
        return path

    def _enter(self, path: Keys, line: int) -> Keys:
        """Return the table at a path, the latest one where it is an array of tables."""
        self.found.setdefault(path, line)
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def _pair(self, table: Keys) -> None:
        """Read `key = value` and note its line, and that of tables its dots imply."""
        line = self._line()
        parts = self._key()
        self.at += 1  # the equals sign
        for part in parts[:-1]:
            table = (*table, part)
            self.found.setdefault(table, line)
        path = (*table, parts[-1])
        self.found[path] = line
        self._value(path)

    def _value(self, path: Keys) -> None:
        """Go past a value, noting what stands inside it."""
        self._more()
        opening = self.text[self.at]
        if opening == "[":
            self.at += 1
            position = 0
            while self._inside("]"):
                self.found[(*path, position)] = self._line()
                self._value((*path, position))
                position += 1
        elif opening == "{":
            self.at += 1
            while self._inside("}"):
                self._pair(path)
        else:
            match = (_STRING if opening in "\"'" else _SCALAR).match(self.text, self.at)
            self.at = match.end() if match else len(self.text)

    def _inside(self, closing: str) -> bool:
        """Go to the next item of an array or inline table; return whether there is one."""
        self._more()
        if self.text[self.at] == ",":
            self.at += 1
            self._more()
        if self.text[self.at] == closing:
            self.at += 1
            return False
        return True
