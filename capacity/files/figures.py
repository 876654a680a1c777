"""Numbers and dates as people type them: read one way or refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

GAPS = frozenset({"", "-", "–", "—", "..", "n/a", "na", "nan", "null", "none"})
"""What stands for no value, in small letters."""

Mark = Literal[".", ","]
DateForm = Literal["iso", "uk"]

_PLAIN = re.compile(r"[+-]?\d+(?:[eE][+-]?\d+)?")
_ONE_MARK = re.compile(r"[+-]?(\d+)([.,])(\d+)(?:[eE][+-]?\d+)?")
_BOTH = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+")
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_UK = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})(?: \d{2}:\d{2}(?::\d{2})?)?")


class Unclear(ValueError):
    """A cell that cannot be read one way only; the message says what must hold."""


@dataclass(frozen=True)
class Marks:
    """What point and comma mean in a file: the decimal mark, None where nothing shows it.

    Shape: scalar. Unit: none. Source: the file. Raises: nothing.
    """

    decimal: Mark | None


def marks(texts: Iterable[str], default: Mark | None) -> Marks:
    """Return the decimal mark that a file's numbers show; the default where none shows it.

    Shape: scalar. Unit: none. Source: the file. Raises: Unclear where numbers disagree.
    """
    shown = {mark for text in texts if (mark := _shown(text.strip()))}
    if len(shown) > 1:
        raise Unclear("must have one decimal mark: both 1.5 and 1,5 occur")
    return Marks(shown.pop() if shown else default)


def _shown(text: str) -> Mark | None:
    """Return the decimal mark that one number gives away."""
    text = text.removesuffix("%").strip().removeprefix("£")
    if found := _BOTH.fullmatch(text):
        return "." if found[2] == "." else ","
    if found := _GROUPS.fullmatch(text):
        return "," if found[1] == "." else "."
    found = _ONE_MARK.fullmatch(text)
    if found and (len(found[3]) != 3 or len(found[1]) > 3 or found[1].startswith("0")):
        return "." if found[2] == "." else ","
    return None


def number(cell: Any, known: Marks) -> float | None:
    """Return the number of a cell, None where it is blank; per cent become a share.

    Shape: scalar. Unit: as typed. Source: the file. Raises: Unclear.
    """
    if cell is None:
        return None
    if isinstance(cell, bool):
        raise Unclear("must be a number")
    if isinstance(cell, int | float):
        return _finite(float(cell))
    text = str(cell).strip().strip("\u00a0")
    if text.lower() in GAPS:
        return None
    share = text.endswith("%")
    digits = text.removesuffix("%").strip().removeprefix("£").strip()
    value = _finite(_digits(digits, known))
    return value / 100 if share else value


def _finite(value: float) -> float:
    if not abs(value) <= 1e12:
        raise Unclear("must be a number of ordinary size")
    return value


def _digits(text: str, known: Marks) -> float:
    """Return the number that digits and marks make."""
    if _PLAIN.fullmatch(text):
        return float(text)
    if _SPACED.fullmatch(text):
        text = re.sub(r"[ \u00a0\u2009\u202f]", "", text)
        if _PLAIN.fullmatch(text):
            return float(text)
    other = {".": ",", ",": "."}
    if found := _BOTH.fullmatch(text):
        decimal, thousands = found[2], found[1]
    elif found := _GROUPS.fullmatch(text):
        thousands, decimal = found[1], other[found[1]]
    elif found := _ONE_MARK.fullmatch(text):
        if known.decimal is None:
            both = f"{found[1]}{found[3]} or {found[1]}.{found[3]}"
            raise Unclear(f"must be a number that can be read one way only, not {both}")
        decimal, thousands = known.decimal, other[known.decimal]
        if found[2] == thousands and (len(found[3]) != 3 or len(found[1]) > 3):
            raise Unclear("must be a number with thousands in threes")
    else:
        raise Unclear("must be a number")
    if known.decimal is not None and decimal != known.decimal:
        raise Unclear(f"must be a number with the decimal mark {known.decimal} of this file")
    return float(text.replace(thousands, "").replace(decimal, "."))


def form_of(text: str) -> DateForm | None:
    """Return the form in which a date is written, None for neither of the two.

    Shape: scalar. Unit: none. Source: the file. Raises: nothing.
    """
    if _ISO.fullmatch(text):
        return "iso"
    return "uk" if _UK.fullmatch(text) else None


def day(cell: Any, form: DateForm | None) -> date | None:
    """Return the date of a cell in a known form, None where it is blank.

    Shape: scalar. Unit: none. Source: the file. Raises: Unclear.
    """
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    if text.lower() in GAPS:
        return None
    must = "must be a date such as 2024-09-30 or 30/09/2024"
    found = (_ISO if form == "iso" else _UK).fullmatch(text)
    if form is None or found is None:
        raise Unclear(must)
    year, month, number_ = (
        (found[1], found[2], found[3]) if form == "iso" else (found[4], found[3], found[1])
    )
    try:
        return date(int(year), int(month), int(number_))
    except ValueError:
        swapped = form == "uk" and int(found[3]) > 12 and int(found[1]) <= 12
        raise Unclear("must be day first: the month comes second" if swapped else must) from None


def month(cell: Any) -> str | None:
    """Return the month `YYYY-MM` of a cell, None where it is blank.

    Shape: scalar. Unit: none. Source: the file. Raises: Unclear.
    """
    if isinstance(cell, date | datetime):
        return f"{cell.year:04d}-{cell.month:02d}"
    text = "" if cell is None else str(cell).strip()
    if not text:
        return None
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return text
    found = day(text, form_of(text)) if form_of(text) else None
    if found is None:
        raise Unclear("must be a month such as 2024-09")
    return f"{found.year:04d}-{found.month:02d}"
