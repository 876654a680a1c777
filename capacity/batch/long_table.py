"""Every figure of a batch in one Parquet table, which a dashboard reads without glue.

A row is one figure. `scenario` and `run_id` say whose it is, `table` and `measure` where it is
published (the table and its column), the columns of `PLACES` which row of that table it stands in,
and `value` how much it is. Places that a table does not have are empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from capacity.batch.rows import OverviewRow
from capacity.errors import OutputError

NAME = "figures.parquet"

PLACES = (
    *("option", "month", "year", "period", "team", "grade", "cohort", "duty", "tier"),
    *("name", "activity", "from", "to", "queue", "class"),
)
"""Columns of tables that say where a figure stands; each is a column here."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "projection": {},
    "caseload": {},
    "inflows": {},
    "backlog_age": {},
    "staffing": {},
    "hours": {},
    "lending": {},
    "work": {},
    "ratios": {},
    "standards": {},
    "overdue": {},
    "queues": {},
    "costs": {},
    "options": {},
    "bands": {"measure": "name"},
    "chances": {"standard": "name"},
}
"""Tables whose numbers are taken, as far as a run has them, with columns that are places here."""

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("scenario", "run_id", "table", *PLACES, "measure")),
        ("value", pa.float64()),
    ]
)


def write(place: Path, rows: Sequence[OverviewRow]) -> None:
    """Write the figures of all runs that were planned, one run after the other.

    Args:
        place: the folder of the batch, with the folders of its runs.
        rows: the batch's runs.

    Raises:
        OutputError: if it cannot be written; an earlier table is then left as it was.
    """
    for_now = place / f".{NAME}.{os.getpid()}.partial"
    try:
        with pq.ParquetWriter(for_now, SCHEMA, compression="zstd") as written:
            for row in sorted(rows, key=lambda one: one.scenario):
                if row.outcome == "planned":
                    written.write_table(_figures(place / row.scenario, row))
        for_now.replace(place / NAME)
    except OSError as error:
        with suppress(OSError):
            for_now.unlink()
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{place / NAME}: cannot be written: {why}") from error


def _figures(folder: Path, row: OverviewRow) -> pa.Table:
    """Return the figures of one run."""
    return pa.concat_tables(
        _as_figures(held, {"scenario": row.scenario, "run_id": row.run_id, "table": table})
        for table, held in _tables(folder)
    ).combine_chunks()


def _tables(folder: Path) -> Iterator[tuple[str, pa.Table]]:
    """Yield the tables of a run, places as text."""
    for table, renamed in TABLES.items():
        path = folder / f"{table}.csv"
        if path.is_file():
            typed = dict.fromkeys((*PLACES, *renamed), pa.string())
            options = arrow_csv.ConvertOptions(column_types=typed, strings_can_be_null=True)
            held = arrow_csv.read_csv(path, convert_options=options)
            yield (
                table,
                held.rename_columns([renamed.get(name, name) for name in held.column_names]),
            )


def _as_figures(held: pa.Table, of: Mapping[str, str]) -> pa.Table:
    """Return a table with a row for each of its numbers."""

    def same(text: str | None) -> pa.Array:
        return pa.repeat(pa.scalar(text, pa.string()), len(held))

    where = [
        held[name] if name in PLACES and name in held.column_names else same(of.get(name))
        for name in SCHEMA.names[:-2]
    ]
    parts = [SCHEMA.empty_table()]
    for measure in held.column_names:
        numbers = held[measure]
        kind = numbers.type
        if measure in PLACES or not (pa.types.is_floating(kind) or _is_whole(kind)):
            continue
        part = pa.table([*where, same(measure), numbers.cast(pa.float64())], SCHEMA)
        parts.append(part.filter(numbers.is_valid()) if numbers.null_count else part)
    return pa.concat_tables(parts)


def _is_whole(kind: pa.DataType) -> bool:
    """Return whether a column has whole numbers, or yes and no, which are 1 and 0."""
    return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind))
