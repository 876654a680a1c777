"""XLSX files written: the same bytes for the same content, and text never taken for a formula."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

A4 = 9
LONGEST = 32_000
"""Letters that a cell takes."""


def written(fill: Callable[[Any], None], created: datetime, **properties: str) -> bytes:
    """Return a workbook as a file.

    Args:
        fill: given the workbook of XlsxWriter, adds its sheets.
        created: when it is said to have been made.
        properties: title, author and comments of the file.

    Returns:
        The content of an XLSX file.
    """
    import xlsxwriter

    into = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(into, options) as book:
        book.set_properties({**properties, "created": created.replace(tzinfo=None)})
        fill(book)
    return into.getvalue()


def printed_across(sheet: Any) -> None:
    """Have a sheet printed on A4, landscape, as wide as a page and as long as it takes."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def clean(words: str) -> str:
    """Return a text as a cell can hold it: no control characters, not too long."""
    kept = "".join(one for one in words if one in "\t\n" or ord(one) >= 32)
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]} …"
