"""What is printed: any console, any width, any language of the machine."""

from __future__ import annotations

import codecs
import io
import json
import logging
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

PLAIN = {
    "→": "->",
    "×": "x",
    "÷": "/",
    "£": "GBP ",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "·": "-",
    "•": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "\u00a0": " ",
}
"""What stands for a character that a console cannot print."""


def plainly(error: UnicodeError) -> tuple[str, int]:
    """Return plain characters for those that a console cannot print.

    Raises:
        UnicodeError: the one given, if it is not about printing.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(one) for one in error.object[error.start : error.end]), error.end


def _plain(character: str) -> str:
    if character in PLAIN:
        return PLAIN[character]
    if unicodedata.category(character) == "No":
        return "?"  # ½ is not 1, and 10² is not 102
    parts = unicodedata.normalize("NFKD", character)
    bare = "".join(one for one in parts if not unicodedata.category(one).startswith("M"))
    return bare if bare.isascii() else "?"


def prepare() -> None:
    """Make both streams print whatever they are given."""
    codecs.register_error("capacity", plainly)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us, so that nobody reads it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="capacity")


def reserve_output() -> None:
    """Keep standard output for the answer: what a library prints there goes to the error stream.

    Compiled libraries print to the descriptor itself, past `sys.stdout`, and one line of theirs in
    front of the JSON would make it unreadable.
    """
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):
        return
    try:
        ours = os.dup(stream.fileno())
        os.dup2(sys.stderr.fileno(), stream.fileno())
    except (OSError, ValueError, AttributeError):
        return  # one of them is closed or is no file: there is nothing to keep apart
    sys.stdout = os.fdopen(
        ours,
        "w",
        buffering=1 if stream.line_buffering else -1,
        encoding=stream.encoding,
        errors=stream.errors,
    )
    sys.__stdout__ = sys.stdout  # type: ignore[misc]  # whose width is asked for


def safe(text: str) -> str:
    """Return a text on one line, without the characters that steer a terminal."""
    kept = (" " if one in "\n\r\t" else one for one in text)
    return "".join("?" if unicodedata.category(one) in ("Cc", "Cf") else one for one in kept)


LOG = logging.getLogger("capacity")
"""What is written to the error stream: errors, warnings, progress and, if asked for, each stage."""


class _Handler(logging.Handler):
    """Write to whatever the error stream is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record as one line."""
        print(safe(self.format(record)), file=sys.stderr)


class _AsJson(logging.Formatter):
    """Give a record as JSON, for what collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line of JSON."""
        told = {
            "time": self.formatTime(record, TIME),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        return json.dumps(told)


TIME = "%Y-%m-%dT%H:%M:%S%z"

_HANDLER = _Handler()
LOG.addHandler(_HANDLER)
LOG.propagate = False


def set_level(*, quiet: bool, verbose: bool, as_json: bool = False) -> None:
    """Choose what is printed.

    Args:
        quiet: errors only, and what was asked for as JSON.
        verbose: each stage as well, every line with its time and level, for the log of a scheduled
            job.
        as_json: every line of the error stream as JSON, with its time and level.
    """
    LOG.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO)
    form = "%(asctime)s %(levelname)-7s %(message)s" if verbose else "%(message)s"
    _HANDLER.setFormatter(_AsJson() if as_json else logging.Formatter(form, TIME))


set_level(quiet=False, verbose=False)


def is_quiet() -> bool:
    """Return whether nothing but errors is to be printed."""
    return not LOG.isEnabledFor(logging.INFO)


def draws_bars() -> bool:
    """Return whether somebody watches the error stream and its lines need no times."""
    return sys.stderr.isatty() and LOG.level == logging.INFO and not _tells_levels()


def _tells_levels() -> bool:
    """Return whether each line of the error stream has its level."""
    return LOG.level == logging.DEBUG or isinstance(_HANDLER.formatter, _AsJson)


def complain(*lines: str) -> None:
    """Print errors to the error stream, each a line however long."""
    for line in lines:
        LOG.error("%s", safe(line))


def warn(*lines: str) -> None:
    """Print warnings to the error stream, unless it is to be quiet."""
    word = "" if _tells_levels() else "warning: "
    for line in lines:
        LOG.warning("%s%s", word, safe(line))


def note(*lines: str) -> None:
    """Print progress to the error stream, unless it is to be quiet."""
    for line in lines:
        LOG.info("%s", safe(line))


def detail(text: str) -> None:
    """Print what is being done to the error stream, if each stage was asked for."""
    LOG.debug("%s", safe(text))


def answer(value: Mapping[str, Any]) -> None:
    """Print tables as JSON."""
    print(json.dumps(value, allow_nan=False))


def line(text: str) -> None:
    """Print one line, however long."""
    if not is_quiet():
        print(safe(text))


def say(text: str = "", *, indent: int = 0) -> None:
    """Print a paragraph, wrapped to the console."""
    if is_quiet():
        return
    width = max(20, shutil.get_terminal_size().columns)
    margin = " " * indent
    lines = textwrap.wrap(
        safe(text), width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
    )
    print("\n".join(lines))


WORD = 16
"""Characters up to which a word keeps its line in a table."""


GAP = 2
"""Spaces between columns."""


def table(title: str, columns: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; columns are a heading and whether they hold numbers."""
    if is_quiet():
        return
    from rich.console import Console
    from rich.text import Text

    made, columns, cells = _table(), list(columns), [[*row] for row in rows]
    wide = Console(highlight=False)
    # Names are not broken within a word; numbers take what is left, and more lines if need be.
    words = [
        0
        if numbers
        else max((len(word) for row in cells for word in row[place].split()), default=0)
        for place, (_, numbers) in enumerate(columns)
    ]
    longest = [min(one, WORD) for one in words]
    left = wide.width - sum(longest) - GAP * len(columns)
    each = max(GAP, left // max(1, sum(numbers for _, numbers in columns)))
    for (heading, numbers), least in zip(columns, longest, strict=True):
        if numbers:
            made.add_column(Text(heading), justify="right", overflow="fold", max_width=each)
        else:
            made.add_column(Text(heading), overflow="fold", min_width=least)
    for row in cells:
        made.add_row(*(Text(safe(cell)) for cell in row))
    if title:
        say()
        say(title)
    wide.print(made)


def _table() -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
