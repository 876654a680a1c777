"""The tables as this edition has them; the steps of `migrations` lead to the same (tested).

Times are text in UTC and order as text does; months are `YYYY-MM`. What is not given is empty, not
NULL, and small documents are JSON as text, so that SQLite and PostgreSQL hold and answer the same.
No table has a row about an offender or an officer: registers come in as counts.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Integer, MetaData, String, Table, Text

METADATA = MetaData()


def _table(name: str, *columns: str, keys: int = 1, **kinds: type) -> Table:
    """Return a table of texts, but for columns of another kind; the first `keys` are its key."""
    return Table(
        name,
        METADATA,
        *(
            Column(one, kinds.get(one, Text), primary_key=place < keys)
            for place, one in enumerate(columns)
        ),
    )


UNIT = _table("unit", "id", "name", "key", "made_at", "made_by", "removed_at")
ACCESS = _table("access", "unit_id", "person", "role", keys=2)
SCENARIO = _table(
    *("scenario", "id", "unit_id", "name", "key", "revision", "made_at", "made_by", "removed_at"),
    revision=Integer,
)
TEXT = _table("text", "sha256", "content")
"""Texts of files by their hash: a version names those that it has."""

VERSION = _table(
    *("version", "id", "scenario_id", "number", "made_at", "made_by", "name", "words"),
    *("chosen", "files", "changes", "team"),
    number=Integer,
    team=Integer,
)
"""A scenario at one time. `name` is empty where it was saved by itself."""

WHAT_IF = _table(
    *("what_if", "version_id", "place", "name", "chosen", "files", "changes"),
    keys=2,
    place=Integer,
)
INTAKE = _table(
    *("intake", "id", "unit_id", "number", "kind", "as_at", "made_at", "made_by", "counts"),
    number=Integer,
)
"""One import: when, of what kind, and how many; never the file."""

FIGURE = _table(
    *("figure", "intake_id", "month", "months", "cohort", "duty", "tier", "measure", "compare"),
    "value",
    keys=8,
    months=Integer,
    compare=Integer,
    value=Double,
)
MAPPING = _table("mapping", "unit_id", "kind", "role", "typed", keys=3)
"""What a unit's own titles and values mean."""

DECISION = _table(
    *("decision", "id", "unit_id", "version_id", "words", "decided_on", "made_at", "made_by"),
    *("signed_at", "signed_by"),
)
EVENT = _table("event", "id", "unit_id", "scenario_id", "at", "person", "words")
"""Who changed what and when."""

PAGE = _table("page", "token", "person", "at", "content")
"""What an open page was about, by a hash of its session, so that a restart can go on with it."""

FORECAST = _table(
    *("forecast", "id", "scenario_id", "number", "last_month", "made_at", "fitted"),
    number=Integer,
)
"""What was forecast from the last month known, and the settings fitted to what was known."""

FORECAST_FIGURE = _table(
    *("forecast_figure", "forecast_id", "month", "cohort", "duty", "tier", "measure"),
    *("p10", "p50", "p90"),
    keys=6,
    p10=Double,
    p50=Double,
    p90=Double,
)

TIMING = _table(
    *("timing", "id", "unit_id", "month", "activity", "minutes", "travel", "attempts"),
    minutes=Double,
    travel=Double,
    attempts=Integer,
)
"""One activity of the diary. It has no day, no person and no place, and nobody's name is noted."""

REVISION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Which schema a database has; kept by Alembic."""

IN_ORDER = tuple(METADATA.tables.values())
"""Every table, each after those that it refers to."""
