"""What must not be in a register: columns that tell who somebody is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from capacity.files.figures import Unclear, day, form_of

WORDS = {
    "a name": "name names person persons individual surname surnames forename forenames firstname "
    "lastname fullname alias aliases nominal nominals subject offender nickname initials",
    "a date of birth": "dob birth born birthday birthdate",
    "an address": "address addresses addr street road house postcode postcodes postal town village "
    "uprn coordinates latitude longitude easting northing",
    "a PNC number": "pnc pncid pncno",
    "a ViSOR number": "visor visorid visorno mappa_id",
    "a criminal record number": "cro crono",
    "a National Insurance number": "nino nin insurance",
    "a number of a person": "passport nhs prison pnomis noms nomis niche athena urn licence",
    "contact details": "phone telephone tel mobile email mail contact",
    "a description of a person": "photo photograph gender sex ethnicity nationality religion age "
    "occupation employer vehicle vrm victim partner children",
    "free text": "notes note comment comments remarks text narrative details description history "
    "reason summary",
}
"""Words in the title of a column, by what it then looks like."""
_KIND = {word: kind for kind, words in WORDS.items() for word in words.split()}
_NUMBERED = re.compile(
    "("
    + "|".join(
        word
        for kind in (
            "a date of birth",
            "a PNC number",
            "a ViSOR number",
            "a criminal record number",
            "a National Insurance number",
            "a number of a person",
        )
        for word in WORDS[kind].split()
    )
    + ")(?:s|no|nos|nr|num|number|numbers|id|ids|ref|refs|reference|code|codes)?"
)
"""A title, its words joined, that is a number of a person: visornumber."""
_PAIRS = {
    "ni number": "a National Insurance number",
    "ni no": "a National Insurance number",
    "post code": "an address",
    "national insurance": "a National Insurance number",
}

_PATTERNS = (
    ("a PNC number", re.compile(r"(?<!\d)(?:\d{2}|\d{4})/\d{1,7}[A-Z](?![A-Za-z])")),
    ("a criminal record number", re.compile(r"(?<!\d)\d{1,6}/\d{2}[A-Z](?![A-Za-z])")),
    ("an address", re.compile(r"(?i)\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")),
    ("a National Insurance number", re.compile(r"(?i)\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")),
    (
        "contact details",
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
    """Return what a column looks like by its title, None if it is harmless."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", title)
    whole = re.findall(r"[a-z]+", title.lower())
    words = re.findall(r"[a-z]+", spaced.lower()) + whole
    text = " ".join(words)
    for pair, kind in _PAIRS.items():
        if pair in text:
            return kind
    if words and words[0] in ("officer", "manager", "om") and words[-1] in ("code", "no", "id"):
        return None
    known = next((_KIND[word] for word in words if word in _KIND), None)
    if known is None:  # visornumber, N.H.S. number
        found = (_NUMBERED.fullmatch(word) for word in (*whole, "".join(whole)))
        known = next((_KIND[one[1]] for one in found if one), None)
    return known


def holding(values: Collection[Any], rows: int, as_at: date, *, dates: bool) -> str | None:
    """Return what a column looks like by its distinct values, None if it is harmless.

    `dates`: whether the column is known to hold dates of visits.
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
    born = sum(1 for text in texts[:_LOOKED_AT] if _born(text, as_at))
    if born and born > 0.3 * len(texts[:_LOOKED_AT]):
        return "names with dates of birth"
    sample = texts[:_LOOKED_AT]
    two = sum(1 for text in sample if _NAME.fullmatch(text) and text[0].isupper())
    if len(sample) >= 3 and two > len(sample) * 0.5 and _varied(len(texts), rows):
        return "names"
    one = sum(1 for text in sample if _WORD.fullmatch(text))
    if len(sample) >= 10 and one > len(sample) * 0.8 and len(texts) > max(40, rows * 0.5):
        return "names"
    return None


_DATED = re.compile(
    r"(?<!\d)(?:\d{1,2}[/.\- ](?:\d{1,2}|[A-Za-z]{3,9})[/.\- ](\d{4}|\d{2})|"
    r"(\d{4})-\d{2}-\d{2})(?!\d)"
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def _born(text: str, as_at: date) -> bool:
    """Return whether a text holds words and a date long ago."""
    found = _DATED.search(text)
    if found is None or not _LETTERS.search(text[: found.start()] + " " + text[found.end() :]):
        return False
    year = int(found[1] or found[2])
    if year < 100:
        year += 1900 if year > as_at.year % 100 else 2000
    return year < as_at.year - OLD


_RANKED = re.compile(
    r"(?i:\b(?:mr|mrs|ms|miss|mx|dr|pc|dc|ps|ds|sgt|sergeant|insp|inspector|di|dci|ci|supt|pcso|"
    r"constable|wpc|wdc)\b\.?) +(?!(?i:leave|loan|post|posts|role|cover)\b)[A-Z][a-z’'-]+"
)
_SURNAME_FIRST = re.compile(r"[A-Z][A-Za-z’'-]+, [A-Z][a-z]+(?: [A-Z][a-z]*\.?)?")
_CAPITALISED = re.compile(r"[A-Z][a-z’'-]+(?:[A-Z][a-z]+)?(?: [A-Z]\.?)?(?: [A-Z][a-z’'-]+){1,2}")
_OF_WORK = (
    "leave loan maternity paternity parental adoption shared sick sickness long term restricted "
    "duty duties career break secondment transfer response team unit major crime investigation "
    "training course attachment temporary acting promotion retirement recruit recruits student "
    "officer officers constable sergeant neighbourhood policing operation op custody safeguarding "
    "public protection offender management from to in out on until local force district area "
    "north south east west central office station support cover return phased suspension "
    "absence study annual unpaid compassionate flexible working hours part time job share"
)
"""Words of what a loan or leave is, which may be capitals and are no names."""
_NO_NAMES = frozenset(_OF_WORK.split())


def person_in(text: str, *, free: bool) -> bool:
    """Return whether a text of a scenario names a person: PC Smith, or Smith, John.

    Args:
        text: the text.
        free: whether it says what something is, so that capitals alone are a name: Jane Smith.
    """
    if _RANKED.search(text) or _SURNAME_FIRST.fullmatch(text.strip()):
        return True
    if not free:
        return False
    parts = (part.strip() for part in re.split(r"[,;:()\[\]/]| [-–] |\b(?:for|of|by)\b", text))
    return any(
        _CAPITALISED.fullmatch(part) and not _NO_NAMES & set(part.lower().split()) for part in parts
    )


def names_of_people(values: Collection[Any]) -> bool:
    """Return whether codes of officers are names after all."""
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
