"""What may come in: the most of everything, and the letters that a name may have.

Real units are far inside. The table of docs/security.md says the same (tested).
"""

from __future__ import annotations

import unicodedata

# Scenario files ----------------------------------------------------------------------------

LARGEST_SCENARIO = 2_000_000
"""Bytes of a scenario file or a sources.csv; the largest real one is a hundredth of it."""

DEEPEST = 20
"""Tables inside tables; a scenario needs seven."""

LONGEST_TEXT = 2000
"""Characters of one text or name."""

MOST_IN_A_TABLE = 1000
"""Entries of one table or list."""

MOST_KEYS = 100_000
"""Settings in one file."""

LONGEST_CHAIN = 10
"""Scenarios that extend one another."""

MOST_PARTS = {
    **{"cohorts": 200, "teams": 200, "tiers": 30, "duties": 30, "work": 60, "grades": 30},
    **{"queues": 200, "classes": 30},
}
"""Parts of a scenario, each inside its own; real ones have a tenth."""

MOST_ITEMS = 1000
"""Standards, events, changes and so on, each."""

MOST_LINKED = 200
"""Settings that move together, in one link."""

MOST_CHOICES = 50
"""Values of one setting that may be chosen."""

MOST_REGIMES = 1000
"""Combinations of all values that may be chosen."""

YEARS = (1990, 2100)
"""Years in which a scenario may start, and of which there may be monthly figures."""

LONGEST_INTERVAL = 600
"""Months between one duty and the next, and projected."""

MOST_ROW_MONTHS = 300_000
"""Tiers and their duties × months: every force in England and Wales by itself, four times over."""

BYTES_OF_AN_AGE, BYTES_OF_A_PAIR = 220.0, 8.0
"""Memory of a plan with its tables: for each month overdue of each duty of a tier in each month, as
measured with 4,662 of them over 60 months in soft order; and for each pair of tiers in each month,
since moves between tiers may change, as measured with 300 to 2,400 tiers."""

MOST_GRADE_MONTHS = 60_000
"""Grades × months."""

MOST_DATED = 250_000
"""Settings × months in which some of them change."""

# Tables ------------------------------------------------------------------------------------

LARGEST_TABLE = 40_000_000
"""Bytes of a CSV file; a row for every case in the country is a tenth of it."""

LARGEST_BOOK = 20_000_000
"""Bytes of an XLSX file."""

LARGEST_UNPACKED = 60_000_000
"""Bytes of everything in an XLSX file, unpacked."""

MOST_UNPACKED_TIMES = 200
"""How much larger a part of an XLSX file may be unpacked, if it is large at all."""

MOST_FILES_IN_BOOK = 2_000
MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
MOST_CELLS = 5_000_000
"""Cells of a CSV file."""

MOST_CELLS_OF_SHEET = 600_000
"""Cells of a sheet of an XLSX file, which takes far longer to read."""

MOST_ROWS_OF_FORM = 20_000
"""Rows of a sheet of the workbook that a unit fills."""

# What is written ---------------------------------------------------------------------------

LARGEST_BUNDLE = 20_000_000
"""Bytes of a scenario sent as one file."""

LARGEST_BACKUP = 2_000_000_000
"""Bytes of a backup of a workspace, unpacked."""

LARGEST_MANIFEST = 50_000_000
"""Bytes; a real one is a few hundred thousand."""

# Letters -----------------------------------------------------------------------------------

HIDDEN = {
    "Cc": "control characters",
    "Cf": "invisible characters, or such as turn the direction of the text",
    "Cs": "halves of characters",
    "Co": "characters without a meaning of their own",
    "Cn": "characters that there are not",
    "Zl": "line breaks",
    "Zp": "line breaks",
}
"""Kinds of characters that a name must not have, by their Unicode category."""

MOST_ACCENTS = 4
"""Marks on one letter; more of them cover the lines above and below."""

ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE")
"""Alphabets with letters that look alike."""


def strange(text: str) -> tuple[str, str] | None:
    """Return why a name could deceive its reader, and which character; None if it could not.

    Source: Unicode TR 36, TR 39.

    Returns:
        What must hold and the character, or none.
    """
    if text.isascii() and text.isprintable():
        return None
    accents = 0
    for one in text:
        kind = unicodedata.category(one)
        if kind in HIDDEN:
            return f"must not have {HIDDEN[kind]}", f"U+{ord(one):04X}"
        accents = accents + 1 if kind.startswith("M") else 0
        if accents > MOST_ACCENTS:
            return f"must have at most {MOST_ACCENTS} accents on a letter", f"U+{ord(one):04X}"
    for word in "".join(one if one.isalpha() else " " for one in text).split():
        found = {_alphabet(one): one for one in word} if not word.isascii() else {}
        if len(found.keys() - {""}) > 1:
            odd = next(one for one in word if not one.isascii() and _alphabet(one) != "LATIN")
            return "must not mix alphabets in a word", f"U+{ord(odd):04X}"
    return None


def _alphabet(letter: str) -> str:
    """Return the alphabet of a letter, of those that look alike."""
    first = unicodedata.name(letter, "").partition(" ")[0]
    return first if first in ALPHABETS else ""
