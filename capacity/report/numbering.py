"""Figures and tables in order, numbered the same on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.report.blocks import Block, Chart, Report, Section, Table


def numbers(report: Report) -> dict[int, int]:
    """Return the number of each chart and each table, by the identity of the block."""
    found: dict[int, int] = {}
    charts = tables = 0
    for block in every_block(report):
        if isinstance(block, Chart):
            charts += 1
            found[id(block)] = charts
        elif isinstance(block, Table):
            tables += 1
            found[id(block)] = tables
    return found


def every_block(report: Report) -> Iterator[Block]:
    """Yield every block in order, the table of a chart after it."""
    for section in report.sections:
        yield from blocks_of(section)


def blocks_of(section: Section) -> Iterator[Block]:
    """Yield a section's blocks in order, the table of a chart after it."""
    for block in section.blocks:
        yield block
        if isinstance(block, Chart) and block.table is not None:
            yield block.table


def tables_of(report: Report) -> Iterator[Table]:
    """Yield every table in order."""
    return (block for block in every_block(report) if isinstance(block, Table))
