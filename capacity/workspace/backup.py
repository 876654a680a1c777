"""Everything in a workspace as one file, and a workspace made of it: also on the other database.

The file is compressed lines of JSON: the schema, each row with its table, and how many there were,
by which one that was cut short is known.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from capacity.errors import InputError, Problem
from capacity.files.saving import save
from capacity.limits import LARGEST_BACKUP
from capacity.workspace.place import (
    FILE,
    Workspace,
    WorkspaceError,
    is_server,
    known_schemas,
    made_folder,
    open_workspace,
    schema_of,
    upgrade,
)
from capacity.workspace.tables import IN_ORDER

FORMAT = "capacity workspace backup 1"

NO_ROW = (
    *(sa.exc.CompileError, sa.exc.DataError, sa.exc.IntegrityError, sa.exc.InterfaceError),
    *(sa.exc.ProgrammingError, OverflowError, UnicodeError),
)
"""What a database says of a row that is none of its table; a full disk is another matter."""


def backup(workspace: Workspace, path: str, *, replace: bool) -> int:
    """Write everything into one file, as it was at one moment; return the number of rows.

    Raises:
        InputError: if the place is taken.
        OutputError: if it cannot be written.
        WorkspaceError: if the workspace cannot be read.
    """
    with workspace.reading() as connection:
        lines = list(_lines(connection))
    content = "".join(f"{line}\n" for line in lines).encode()
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb", mtime=0) as packed:
        packed.write(content)
    # All that the workspace keeps to the account, a copy of it keeps too.
    save(path, held.getvalue(), replace=replace, private=True)
    return len(lines) - 2


def _lines(connection: Connection) -> Iterator[str]:
    """Yield the heading, every row in one order on any database, and the end."""
    yield _line({"format": FORMAT, "schema": schema_of(connection)})
    seal, number = hashlib.sha256(), 0
    for table in IN_ORDER:
        rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        keys = [column.name for column in table.primary_key]
        for row in sorted(rows, key=lambda one: [str(one[key]) for key in keys]):
            line = _line({"table": table.name, "row": row})
            seal.update(line.encode())
            number += 1
            yield line
    yield _line({"rows": number, "sha256": seal.hexdigest()})


def _line(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def restore(path: str, where: str) -> int:
    """Make a workspace of a backup, complete or not at all; return the number of rows.

    Args:
        path: the backup; one of an earlier edition is brought to this one's schema.
        where: a folder or a database without a workspace.

    Raises:
        InputError: if it is no whole backup, or there is a workspace already.
        WorkspaceError: if it cannot be written.
    """
    schema, rows = _read(path)
    if not is_server(where):
        return _restore_folder(Path(where), where, schema, rows)
    workspace = open_workspace(where)
    try:
        with workspace.writing(alone=True) as connection:
            if any(connection.execute(sa.select(table).limit(1)).first() for table in IN_ORDER):
                raise InputError([_taken(workspace.where)])
            _empty(connection)
            _fill(connection, schema, rows)
    finally:
        workspace.close()
    return len(rows)


def _restore_folder(folder: Path, where: str, schema: str, rows: list[Any]) -> int:
    """Build the database beside its place and rename it into it."""
    if (folder / FILE).exists():
        raise InputError([_taken(where)])
    for_now = made_folder(where) / f".restoring.{os.getpid()}"
    workspace = open_workspace(str(for_now))
    try:
        try:
            with workspace.writing() as connection:
                _empty(connection)
                _fill(connection, schema, rows)
            workspace.compact()
        finally:
            workspace.close()
        (for_now / FILE).replace(folder / FILE)
    finally:
        for left in for_now.iterdir():
            left.unlink()
        for_now.rmdir()
    return len(rows)


def _taken(where: str) -> Problem:
    must = "must be a place without a workspace: there is one, and nothing was written over it"
    return Problem(where, None, "", must)


def _empty(connection: Connection) -> None:
    """Take this edition's tables away, so that those of the backup's schema can be made."""
    for table in reversed(IN_ORDER):
        table.drop(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")


def _fill(connection: Connection, schema: str, rows: list[Any]) -> None:
    """Make the tables as they were, fill them, and bring them to this edition's schema."""
    upgrade(connection, schema)
    found = sa.MetaData()
    found.reflect(connection)
    for number, (name, row) in enumerate(rows, start=2):
        if name not in found.tables:
            raise WorkspaceError(f"the backup has a table that its schema does not: {name}")
        table = found.tables[name]
        must = f"must have rows of its schema: what is in line {number} is none of {name}"
        keys = {column.name for column in table.primary_key.columns}
        if not keys <= set(row) <= set(table.columns.keys()):  # which the database is not told of
            raise InputError([Problem("backup", None, "", must)])
        try:
            connection.execute(table.insert(), row)
        except NO_ROW as error:
            raise InputError([Problem("backup", None, "", must)]) from error
    upgrade(connection, "head")


def _read(path: str) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Return the schema and the rows of a backup.

    Raises:
        InputError: if it is none, or not whole.
    """
    try:
        with gzip.open(path) as packed:
            content = packed.read(LARGEST_BACKUP + 1)
    except (OSError, EOFError, zlib.error) as error:
        must = "must be a backup made by `capacity workspace backup`"
        must = must if not isinstance(error, FileNotFoundError) else "must be a file: there is none"
        raise InputError([Problem(path, None, "", must)]) from error
    if len(content) > LARGEST_BACKUP:
        must = f"must have at most {LARGEST_BACKUP // 1_000_000:,} MB unpacked"
        raise InputError([Problem(path, None, "", must)])
    lines = content.decode("utf-8", "replace").splitlines()
    try:
        heading, *middle, end = (json.loads(line) for line in lines)
        rows = [(str(one["table"]), dict(one["row"])) for one in middle]
        seal = hashlib.sha256("".join(lines[1:-1]).encode()).hexdigest()
        whole = end == {"rows": len(rows), "sha256": seal} and heading["format"] == FORMAT
        schema = str(heading["schema"])
    except (ValueError, TypeError, KeyError) as error:
        must = "must be a whole backup: it is none, or it was cut short"
        raise InputError([Problem(path, None, "", must)]) from error
    if not whole:
        must = "must be a whole backup: it was cut short or changed"
        raise InputError([Problem(path, None, "", must)])
    if schema not in known_schemas():
        must = "must be of this edition of capacity or an earlier one"
        raise InputError([Problem(path, None, "", must, f"schema {schema}")])
    return schema, rows
