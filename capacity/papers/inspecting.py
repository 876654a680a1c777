"""The inspection pack: what inspectors ask for, and the Force Management Statement's four steps."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.papers import quarterly
from capacity.report import evidence, inspection, statement
from capacity.report.blocks import Block, Section, Text
from capacity.report.brief import Brief, basis, without_sources


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
    first = found[0]
    found[0] = Section(first.name, first.title, first.sheet, (*_basis(brief), *first.blocks))
    return tuple(found)


def _basis(brief: Brief) -> Iterator[Block]:
    """Yield what the figures rest on, first: a note at the end may stand on a page by itself."""
    yield Text(basis(brief.facts), "note")
