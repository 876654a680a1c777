"""What is printed: any console, any width, any language of the machine."""

from __future__ import annotations

import codecs
import io
import itertools
import json
import logging
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

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
    """Print a table; columns are a heading and whether they hold numbers.

    No word and no number is broken. Where the columns do not fit beside each other the table goes
    on below, with its first columns again.
    """
    if is_quiet():
        return
    from rich.console import Console

    headed = [*columns]
    cells = [[safe(cell) for cell in row] for row in rows]
    wide = Console(highlight=False)
    if title:
        say()
        say(title)
    for part, places in enumerate(_parts(headed, cells, wide.width)):
        if part:
            say()
        made = _table()
        some = [headed[place] for place in places]
        shown = [[row[place] for place in places] for row in cells]
        _fill(made, some, shown, wide.width)
        wide.print(made)


def _parts(
    columns: list[tuple[str, bool]], cells: list[list[str]], width: int
) -> Iterator[list[int]]:
    """Yield the columns of each part of a table that goes on below where it is too wide."""
    names = [place for place, (_, numbers) in enumerate(columns) if not numbers]
    first = list(itertools.takewhile(lambda place: not columns[place][1], range(len(columns))))
    least = [_longest_word(columns, cells, place) + GAP for place in range(len(columns))]
    if not first or first != names or sum(least) <= width:
        yield [*range(len(columns))]
        return
    there = room = width - sum(least[place] for place in first)
    part: list[int] = []
    for place in range(len(first), len(columns)):
        whole = max(len(text) for text in _column(columns, cells, place)) + GAP
        if part and room < whole:
            yield [*first, *part]
            part, room = [], there
        part.append(place)
        room -= whole
    yield [*first, *part]


def _fill(made: Table, columns: list[tuple[str, bool]], cells: list[list[str]], width: int) -> None:
    """Put columns and rows into a table, each column at least as wide as its longest word.

    What width is left keeps numbers on one line, then names, then the headings of numbers.
    """
    from rich.text import Text

    every = range(len(columns))
    widths = [_longest_word(columns, cells, place) for place in every]
    left = max(0, width - sum(widths) - GAP * len(columns))
    for numbers, headings in ((True, False), (False, True), (True, True)):
        wanted = {
            place: max(map(len, _column(columns, cells, place)[0 if headings else 1 :]), default=0)
            for place in every
            if columns[place][1] is numbers
        }
        for done, place in enumerate(sorted(wanted, key=lambda one: wanted[one] - widths[one])):
            more = min(max(0, wanted[place] - widths[place]), left // (len(wanted) - done))
            widths[place] += more
            left -= more
    for (heading, numbers), each in zip(columns, widths, strict=True):
        side: Literal["left", "right"] = "right" if numbers else "left"
        made.add_column(Text(heading), justify=side, overflow="fold", width=max(1, each))
    for row in cells:
        made.add_row(*(Text(cell) for cell in row))


def _column(columns: list[tuple[str, bool]], cells: list[list[str]], place: int) -> list[str]:
    """Return the heading of a column and what stands below it."""
    return [columns[place][0], *(row[place] for row in cells)]


def _longest_word(columns: list[tuple[str, bool]], cells: list[list[str]], place: int) -> int:
    """Return how wide a column must be at least; long names may be broken within a word."""
    _, numeric = columns[place]
    texts = _column(columns, cells, place)[0 if numeric else 1 :]
    longest = max((len(word) for text in texts for word in text.split()), default=1)
    return longest if numeric else min(longest, WORD)


def _table() -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
