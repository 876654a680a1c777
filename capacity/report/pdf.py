"""A report as PDF: typeset by typst from data, tagged for screen readers (PDF/UA-1).

The template is fixed and every word reaches it as JSON, so nothing that was typed is ever read as
markup. Only fonts inside the typst package are used: the same bytes on every machine.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from capacity.report.blocks import (
    Block,
    Chart,
    Figures,
    Heading,
    Points,
    Report,
    Table,
    Text,
    shown,
    widths,
)
from capacity.report.html import TEMPLATES
from capacity.report.theme import Theme

LETTERS = (
    *((0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x4FF), (0x1E00, 0x1EFF), (0x200B, 0x200B)),
    *((0x2010, 0x2027), (0x2030, 0x203F), (0x2044, 0x2052), (0x2070, 0x209C)),
    *((0x20A0, 0x20BF), (0x2190, 0x22FF), (0x25A0, 0x25FF)),
)
"""First and last of the characters that the typst package's own fonts have."""

NO_LETTER = "□"
KEPT_FOR = 11
"""Documents after which typst has not kept what it kept for one."""

LONGEST_WORD = 18
"""Letters after which a word may break wherever it must."""


def render(report: Report, pictures: Mapping[str, str], theme: Theme, timestamp: int) -> bytes:
    """Return a report as PDF, pictures by the names of their charts, dated as told."""
    import typst

    data = {
        "title": report.title,
        "question": report.question,
        "kind": report.kind,
        "as_at": report.as_at,
        "scenario": report.scenario,
        "run_id": report.run_id,
        "version": report.version,
        "force": theme.name,
        "colour": theme.colour,
        "logo_bytes": list(theme.logo),
        "details": [list(pair) for pair in report.details],
        "marking": report.marking,
        "is_paper": report.is_paper,
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "wide": section.wide,
                "one_page": section.one_page or section.name == "answer",
                "blocks": [_block(block, pictures) for block in section.blocks],
            }
            for section in report.sections
        ],
    }
    made: bytes = typst.compile(
        (TEMPLATES / "report.typ").read_bytes(),
        sys_inputs={"data": printable(json.dumps(data, ensure_ascii=False))},
        pdf_standards="ua-1",
        timestamp=timestamp,
        ignore_system_fonts=True,
    )
    return made


def forget() -> None:
    """Let go of what typst keeps of the last documents, for processes that make many.

    It keeps what has served in its last ten documents, some 70 MB each: ten empty ones push that
    out.
    """
    import typst

    for _ in range(KEPT_FOR):
        typst.compile(b"", ignore_system_fonts=True)


def _block(block: Block, pictures: Mapping[str, str]) -> dict[str, Any]:
    """Return a block as the template reads it, its numbers in words."""
    if isinstance(block, Heading):
        return {"is": "heading", "words": block.words}
    if isinstance(block, Text):
        return {"is": "text", "words": breakable(block.words), "look": block.look}
    if isinstance(block, Points):
        items = [[label, breakable(words)] for label, words in block.items]
        return {"is": "points", "items": items}
    if isinstance(block, Figures):
        items = [[label, shown(value, kind), words] for label, value, kind, words in block.items]
        return {"is": "figures", "items": items, "source": block.source}
    if isinstance(block, Chart):
        return {
            "is": "chart",
            "message": block.message,
            "svg": pictures[block.name],
            "table": _table(block.table) if block.table else None,
        }
    return _table(block)


def _table(block: Table) -> dict[str, Any]:
    columns = block.columns
    return {
        "is": "table",
        "title": block.title,
        "headings": [breakable(column.heading) for column in columns],
        "numbers": [column.is_number for column in columns],
        "widths": widths(block),
        "rows": [
            [
                breakable(shown(cell, column.kind))
                if not column.is_number
                else shown(cell, column.kind)
                for cell, column in zip(row, columns, strict=True)
            ]
            for row in block.rows
        ],
        "note": breakable(block.note),
        "source": breakable(block.source),
        "totals": block.totals,
    }


def printable(words: str) -> str:
    """Return a text in characters that can be set: others by their like, else as a box."""
    if words.isascii():
        return words
    whole = unicodedata.normalize("NFC", words)
    odd = {ord(one): _like(one) for one in set(whole) if not _has(one)}
    return whole.translate(odd)


def _has(one: str) -> bool:
    known = any(first <= ord(one) <= last for first, last in LETTERS) or one in "\n\t"
    return known and unicodedata.category(one) != "Cn"


def _like(one: str) -> str:
    """Return what stands for a character that cannot be set."""
    if unicodedata.category(one)[0] == "M":
        return ""
    bare = [part for part in unicodedata.normalize("NFKD", one) if part not in '"\\']
    kept = "".join(part for part in bare if unicodedata.category(part)[0] != "M")
    return kept if kept and kept != one and all(map(_has, kept)) else NO_LETTER


def breakable(words: str) -> str:
    """Return a text whose very long words may break: after dots and underscores, else anywhere."""

    def broken(found: re.Match[str]) -> str:
        word = re.sub(r"([._/])", "\\1\u200b", found[0])
        return re.sub(rf"([^\u200b]{{{LONGEST_WORD}}})(?=[^\u200b])", "\\1\u200b", word)

    return re.sub(rf"\S{{{LONGEST_WORD},}}", broken, words)
