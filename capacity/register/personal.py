"""What must not be in a register: columns that tell who somebody is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from capacity.files.figures import Unclear, day, form_of

WORDS = {
    "a name": "name names surname surnames forename forenames firstname lastname fullname alias "
    "aliases nominal nominals subject offender nickname initials",
    "a date of birth": "dob birth born birthday birthdate",
    "an address": "address addresses addr street road house postcode postcodes postal town village "
    "uprn coordinates latitude longitude easting northing",
    "a PNC number": "pnc pncid pncno",
    "a ViSOR number": "visor visorid visorno mappa_id",
    "a criminal record number": "cro crono",
    "a National Insurance number": "nino nin insurance",
    "a number of a person": "passport nhs prison pnomis noms nomis niche athena urn licence",
    "a way to reach somebody": "phone telephone tel mobile email mail contact",
    "a description of a person": "photo photograph gender sex ethnicity nationality religion age "
    "occupation employer vehicle vrm victim partner children",
    "free text": "notes note comment comments remarks text narrative details description history "
    "reason summary",
}
"""Words in the title of a column, by what it then looks like."""
_KIND = {word: kind for kind, words in WORDS.items() for word in words.split()}
_PAIRS = {"post code": "an address", "national insurance": "a National Insurance number"}

_PATTERNS = (
    ("a PNC number", re.compile(r"(?<!\d)(?:\d{2}|\d{4})/\d{1,7}[A-Z](?![A-Za-z])")),
    ("a criminal record number", re.compile(r"(?<!\d)\d{1,6}/\d{2}[A-Z](?![A-Za-z])")),
    ("an address", re.compile(r"(?i)\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")),
    ("a National Insurance number", re.compile(r"(?i)\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")),
    (
        "a way to reach somebody",
        re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}|(?<!\d)0\d{9,10}(?!\d)"),
    ),
    (
        "an address",
        re.compile(r"(?i)^\d+[a-z]?,? .*\b(?:road|rd|street|st|lane|close|avenue|way)\b"),
    ),
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?:,? +|, ?)[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*)*")
_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]{2,}")
_LOOKED_AT = 3000
OLD = 12
"""Years: dates as far back as this are of birth, not of visits."""


def titled(title: str) -> str | None:
    """Return what a column looks like by its title, None if it is harmless.

    Shape: scalar. Unit: none. Source: docs/guide.md. Raises: nothing.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title)
    words = re.findall(r"[a-z]+", spaced.lower()) + re.findall(r"[a-z]+", title.lower())
    text = " ".join(words)
    for pair, kind in _PAIRS.items():
        if pair in text:
            return kind
    if words and words[0] in ("officer", "manager", "om") and words[-1] in ("code", "no", "id"):
        return None
    return next((_KIND[word] for word in words if word in _KIND), None)


def holding(values: Collection[Any], rows: int, as_at: date, *, dates: bool) -> str | None:
    """Return what a column looks like by its distinct values, None if it is harmless.

    `dates`: whether the column is known to hold dates of visits. Shape: scalar. Unit: none.
    Source: docs/guide.md. Raises: nothing.
    """
    texts = [one.strip() for one in values if isinstance(one, str) and one.strip()]
    if _old(values, texts, as_at):
        return "dates of birth"
    if dates:
        return None
    for kind, pattern in _PATTERNS:
        found = sum(1 for text in texts if pattern.search(text))
        if found and found >= max(1, len(texts) // 100):
            return kind
    sample = texts[:_LOOKED_AT]
    two = sum(1 for text in sample if _NAME.fullmatch(text) and text[0].isupper())
    if len(sample) >= 3 and two > len(sample) * 0.5 and _varied(len(texts), rows):
        return "names"
    one = sum(1 for text in sample if _WORD.fullmatch(text))
    if len(sample) >= 10 and one > len(sample) * 0.8 and len(texts) > max(40, rows * 0.5):
        return "names"
    return None


def names_of_people(values: Collection[Any]) -> bool:
    """Return whether codes of officers are names after all.

    Shape: scalar. Unit: none. Source: docs/guide.md. Raises: nothing.
    """
    texts = [str(one).strip() for one in values if one not in (None, "")]
    named = sum(
        1 for text in texts if _NAME.fullmatch(text) or (_WORD.fullmatch(text) and len(text) > 4)
    )
    return bool(texts) and named > 0.2 * len(texts)


def _varied(distinct: int, rows: int) -> bool:
    """Return whether there are too many values for tiers or offices."""
    return distinct > max(12, rows * 0.02) or (rows < 200 and distinct > rows * 0.3)


def _old(values: Collection[Any], texts: Sequence[str], as_at: date) -> bool:
    """Return whether most of a column are dates long ago."""
    found = [one for one in values if isinstance(one, date)]
    for text in texts[:_LOOKED_AT]:
        if text.isdigit() and len(text) == 5:
            continue  # a reference as well as a serial number that stands for a date
        try:
            if (when := day(text, form_of(text))) is not None:
                found.append(when)
        except Unclear:
            continue
    if len(found) < 3 or len(found) < 0.5 * min(len(values), _LOOKED_AT):
        return False
    old = sum(1 for when in found if when.year < as_at.year - OLD)
    return old > 0.5 * len(found)
