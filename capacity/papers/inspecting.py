"""The inspection pack: what inspectors ask for, and the Force Management Statement's four steps."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.papers import quarterly
from capacity.papers.brief import Brief, basis, without_sources
from capacity.report import evidence, inspection, statement
from capacity.report.blocks import Block, Section, Text


def sections(brief: Brief) -> tuple[Section, ...]:
    """Return the parts of the pack; those with nothing to say are left out."""
    facts = brief.facts
    figures = quarterly.table(facts)
    parts = [inspection.section(facts), statement.section(facts)]
    told = evidence.history(facts)
    found = []
    if figures is not None:
        found.append(Section("quarterly", "This unit's own figures", "Figures", (figures,)))
    for part in [*parts, *([told] if told is not None else [])]:
        blocks = tuple(without_sources(part.blocks))
        found.append(Section(part.name, part.title, part.sheet, blocks))
    last = found[-1]
    found[-1] = Section(last.name, last.title, last.sheet, tuple(_with_basis(brief, last.blocks)))
    return tuple(found)


def _with_basis(brief: Brief, blocks: tuple[Block, ...]) -> Iterator[Block]:
    yield from blocks
    yield Text(basis(brief.facts), "note")
