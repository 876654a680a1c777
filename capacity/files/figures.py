"""Numbers and dates as people type them: read one way or refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from capacity.limits import YEARS

GAPS = frozenset({"", "-", "–", "—", "..", "n/a", "na", "nan", "null", "none"})
"""What stands for no value, in small letters."""

_SIGN = r"\[[a-z]{1,4}\d?\]|\([a-z]{1,4}\)"
_MARK = re.compile(
    rf"{_SIGN}|\*+|[:~.†‡]|<\s*\d{{1,3}}|[…]|suppressed|withheld|not available|confidential",
    re.IGNORECASE,
)
"""A mark of published tables in place of a figure: [c] confidential, [x] not available, <5."""
_MARKED = re.compile(rf"(.*\d.*?)\s*(?:{_SIGN})", re.IGNORECASE)
"""A figure with a mark after it: 124 [p] or 124 (p), provisional."""

Mark = Literal[".", ","]
DateForm = Literal["iso", "uk"]

_PLAIN = re.compile(r"[+-]?\d+(?:[eE][+-]?\d+)?")
_ONE_MARK = re.compile(r"[+-]?(\d*)([.,])(\d+)(?:[eE][+-]?\d+)?")
_BOTH = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+")
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_UK = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})(?: \d{2}:\d{2}(?::\d{2})?)?")


class Unclear(ValueError):
    """A cell that cannot be read one way only; the message says what must hold."""


@dataclass(frozen=True)
class Marks:
    """What point and comma mean in a file: the decimal mark, None where nothing shows it."""

    decimal: Mark | None


def marks(texts: Iterable[str], default: Mark | None) -> Marks:
    """Return the decimal mark that a file's numbers show; the default where none shows it.

    Raises:
        Unclear: where numbers disagree.
    """
    shown = {mark for text in texts if (mark := _shown(text.strip()))}
    if len(shown) > 1:
        raise Unclear("must have one decimal mark: both 1.5 and 1,5 occur")
    return Marks(shown.pop() if shown else default)


def _shown(text: str) -> Mark | None:
    """Return the decimal mark that one number gives away."""
    text = unmarked(text).removesuffix("%").strip().removeprefix("£")
    if found := _BOTH.fullmatch(text):
        return "." if found[2] == "." else ","
    if found := _GROUPS.fullmatch(text):
        return "," if found[1] == "." else "."
    found = _ONE_MARK.fullmatch(text)
    if found and (len(found[3]) != 3 or not 0 < len(found[1]) <= 3 or found[1][0] == "0"):
        return "." if found[2] == "." else ","
    return None


def suppressed(cell: Any) -> bool:
    """Return whether a mark of published tables stands in place of a figure: [c], *, <5."""
    return isinstance(cell, str) and _MARK.fullmatch(cell.strip()) is not None


def unmarked(text: str) -> str:
    """Return the text of a figure without the mark after it: 124 for `124 [p]`."""
    text = text.strip().strip("\u00a0").strip()
    found = _MARKED.fullmatch(text)
    return found[1].strip() if found else text


def number(cell: Any, known: Marks) -> float | None:
    """Return the number of a cell, None where it is blank or suppressed; per cent become a share.

    Raises:
        Unclear: where it is not a number, or can be read in two ways.
    """
    if cell is None:
        return None
    if isinstance(cell, bool):
        raise Unclear("must be a number")
    if isinstance(cell, int | float):
        return _finite(float(cell))
    text = unmarked(str(cell))
    if text.lower() in GAPS or suppressed(text):
        return None
    share = text.endswith("%")
    digits = text.removesuffix("%").strip().removeprefix("£").strip()
    value = _finite(_digits(digits, known))
    return value / 100 if share else value


def amount(cell: Any, known: Marks) -> float | None:
    """Return the count, minutes or pounds that a cell says, None where it is blank.

    Raises:
        Unclear: where it is not a number, or a per cent: 5% of something is not an amount.
    """
    if isinstance(cell, str) and unmarked(cell).endswith("%"):
        raise Unclear("must be a number, not a per cent")
    return number(cell, known)


def share(cell: Any, known: Marks) -> float | None:
    """Return the share that a cell says where a share is asked for, None where it is blank.

    The rule for everything that people type as a per cent: with the sign it is a per cent as it
    stands (4.5% is 0.045, 104% is 1.04); without it a number below 1 is a share (0.85) and one
    above 1 a per cent (85). Nothing is divided twice.

    Raises:
        Unclear: where it is not a number, or 1, which may be 1% or all.
    """
    value = number(cell, known)
    if value is None or str(cell).strip().endswith("%"):
        return value
    if value == 1:
        raise Unclear("must be written with its sign: 1 may be 1% or 100%")
    return value / 100 if value > 1 else value


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
        if found[2] == thousands and (len(found[3]) != 3 or not 0 < len(found[1]) <= 3):
            raise Unclear("must be a number with thousands in threes")
    else:
        raise Unclear("must be a number")
    if known.decimal is not None and decimal != known.decimal:
        raise Unclear(f"must be a number with the decimal mark {known.decimal} of this file")
    return float(text.replace(thousands, "").replace(decimal, "."))


# Dates and months --------------------------------------------------------------------------

_MONTHS: tuple[str, ...] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
)
_MONTHS += ("september", "october", "november", "december")
_BY_NAME = {name[:3]: n for n, name in enumerate(_MONTHS, start=1)}
_BY_NAME |= {name: n for n, name in enumerate(_MONTHS, start=1)} | {"sept": 9}
_NAMED_DAY = re.compile(
    r"(?:[a-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[ \-/.]+([a-z]+)\.?[ \-/.,]+(\d{4}|\d{2})"
)
_DAY_AFTER = re.compile(r"([a-z]+)\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
_NAMED_MONTH = re.compile(r"([a-z]+)\.?[ \-/,]*(\d{4}|['’]?\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[ \-/]*([a-z]+)\.?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
FIRST_SERIAL, LAST_SERIAL = 29221, 73050
"""Serial numbers by which Excel stores the dates from 1980-01-01 to 2099-12-31."""
_EPOCH = date(1899, 12, 30)
DATES = "must be a date such as 2024-09-30 or 30/09/2024"


def form_of(text: str) -> DateForm | None:
    """Return the form in which a date is written, None for neither of the two.

    A month's name, eight digits or a serial number of Excel can be read in one way only and are
    of neither form.
    """
    if _ISO.fullmatch(text):
        return "iso"
    return "uk" if _UK.fullmatch(text) else None


def day(cell: Any, form: DateForm | None) -> date | None:
    """Return the date of a cell in a known form, None where it is blank.

    Dates that can be read in one way only are read whatever the form: 31 Oct 2024, 20241031, and
    the serial numbers by which Excel stores dates (45596).

    Raises:
        Unclear: where it is not a date, or not in that form.
    """
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        raise Unclear(DATES)
    text = " ".join(str(cell).split())
    if text.lower() in GAPS or suppressed(text):
        return None
    if (plain := _plain_day(text.lower())) is not None:
        return plain
    found = (_ISO if form == "iso" else _UK).fullmatch(text)
    if form is None or found is None:
        raise Unclear(DATES)
    year, month, number_ = (
        (found[1], found[2], found[3]) if form == "iso" else (found[4], found[3], found[1])
    )
    try:
        return date(int(year), int(month), int(number_))
    except ValueError:
        swapped = form == "uk" and int(found[3]) > 12 and int(found[1]) <= 12
        raise Unclear("must be day first: the month comes second" if swapped else DATES) from None


def _plain_day(text: str) -> date | None:
    """Return a date that is read in one way only, None where it is written in another."""
    parts: tuple[str, int | None, str] | None = None
    if found := _NAMED_DAY.fullmatch(text):
        parts = found[3], _BY_NAME.get(found[2]), found[1]
    elif found := _DAY_AFTER.fullmatch(text):
        parts = found[3], _BY_NAME.get(found[1]), found[2]
    elif (found := _COMPACT.fullmatch(text)) and found[3]:
        parts = found[1], int(found[2]), found[3]
    elif _SERIAL.fullmatch(text):
        serial = int(float(text))
        if not FIRST_SERIAL <= serial <= LAST_SERIAL:
            raise Unclear(DATES)
        return _EPOCH + timedelta(days=serial)
    if parts is None:
        return None
    year, month_, day_ = parts
    if month_ is None:
        return None
    try:
        return date(_year(year), month_, int(day_))
    except ValueError:
        raise Unclear(DATES) from None


def _year(text: str) -> int:
    """Return a year of four or two digits; two are of this century."""
    digits = text.strip("'’")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def month(cell: Any) -> str | None:
    """Return the month `YYYY-MM` of a cell, None where it is blank.

    A name can be read in one way only, and so can six digits: Oct-24, October 2024, 202410. So
    can any date in the month, and the serial numbers by which Excel stores dates.

    Raises:
        Unclear: where it is not a month.
    """
    if isinstance(cell, date | datetime):
        return _named(cell.year, cell.month)
    text = "" if cell is None else " ".join(str(cell).split())
    if not text:
        return None
    must = "must be a month such as 2024-09, Sep-24 or September 2024"
    if isinstance(cell, bool):
        raise Unclear(must)
    year: str | None = None
    number_: int | None = None
    if found := _NAMED_MONTH.fullmatch(text.lower()):
        year, number_ = found[2], _BY_NAME.get(found[1])
    elif found := _YEAR_FIRST.fullmatch(text.lower()):
        year, number_ = found[1], _BY_NAME.get(found[2])
    elif found := re.fullmatch(r"(\d{4})[-/.]?(0[1-9]|1[0-2])", text):
        year, number_ = found[1], int(found[2])
    elif found := re.fullmatch(r"(0?[1-9]|1[0-2])[/.\-](\d{4})", text):
        year, number_ = found[2], int(found[1])
    if year is not None and number_ is not None:
        return _named(_year(year), number_)
    try:
        one = day(cell, form_of(text))
    except Unclear as error:
        raise Unclear(str(error) if "day first" in str(error) else must) from None
    if one is None:
        raise Unclear(must)
    return _named(one.year, one.month)


def _named(year: int, month_: int) -> str:
    """Return a month `YYYY-MM`, of a year that figures may be of."""
    if not YEARS[0] <= year <= YEARS[1]:
        raise Unclear(f"must be a month from {YEARS[0]} to {YEARS[1]}")
    return f"{year:04d}-{month_:02d}"


def month_of(year: Any, name: Any) -> str | None:
    """Return the month `YYYY-MM` of two cells, a year and a month; None where both are blank.

    The year may be a financial one (2024/25), whose months run from April to March.

    Raises:
        Unclear: where they are not a year and a month.
    """
    texts = ["" if cell is None else " ".join(str(cell).split()).lower() for cell in (year, name)]
    if not any(texts):
        return None
    must = "must be a year and a month, such as 2024 or 2024/25 and October or 10"
    number_ = _BY_NAME.get(texts[1].strip("."))
    if number_ is None and re.fullmatch(r"0?[1-9](?:\.0)?|1[0-2](?:\.0)?", texts[1]):
        number_ = int(float(texts[1]))
    if number_ is None:
        raise Unclear(must)
    if found := re.fullmatch(r"(\d{4})(?:\.0)?", texts[0]):
        return _named(int(found[1]), number_)
    if (first := _financial(texts[0])) is None:
        raise Unclear(must)
    return _named(first + (number_ < 4), number_)


def _financial(text: str) -> int | None:
    """Return the year in which a financial year such as 2024/25 begins, None where it is none."""
    found = re.fullmatch(r"(?:fy ?)?(\d{4}|\d{2})\s*[/\-–]\s*(\d{4}|\d{2})", text)
    if found is None or int(found[2]) % 100 != (int(found[1]) + 1) % 100:
        return None
    return _year(found[1])


_QUARTER = re.compile(r"q(?:uarter|tr)?\.? ?([1-4])[ ,/\-]*(.+)")
_QUARTER_LAST = re.compile(r"(.+?)[ ,/\-]*q(?:uarter|tr)?\.? ?([1-4])")
_SPAN = re.compile(r"([a-z]+)\.? ?(?:to|-|–) ?([a-z]+)\.?[ ,]*(\d{4})")


def quarter(cell: Any) -> str | None:
    """Return the last month `YYYY-MM` of a quarter, None where a cell is not a quarter.

    Quarters of a financial year (Q3 2024/25) and spans of three months (Oct to Dec 2024).

    Raises:
        Unclear: where the quarter may be of the calendar or of the financial year.
    """
    if not isinstance(cell, str):
        return None
    text = " ".join(cell.lower().split())
    if found := _SPAN.fullmatch(text):
        first, last = _BY_NAME.get(found[1]), _BY_NAME.get(found[2])
        if first is None or last is None or (last - first) % 12 != 2:
            return None
        return _named(int(found[3]), last)
    found = _QUARTER.fullmatch(text)
    which, year = (found[1], found[2]) if found else ("", "")
    if found is None and (found := _QUARTER_LAST.fullmatch(text)):
        which, year = found[2], found[1]
    if not which:
        return None
    if (first_year := _financial(year)) is not None:
        place = 3 * int(which) + 2  # months after January in which the quarter ends, from 0
        return _named(first_year + place // 12, place % 12 + 1)
    if re.fullmatch(r"\d{4}", year):
        after = f"{(int(year) + 1) % 100:02d}"
        begin, end = (_MONTHS[3 * int(which) - n][:3].capitalize() for n in (3, 1))
        must = f"must say which quarter: Q{which} {year}/{after} of the financial year"
        raise Unclear(f"{must}, or {begin} to {end} {year}")
    return None
