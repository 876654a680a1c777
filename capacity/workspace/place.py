"""A workspace opened: where it is, its database, and the step to this edition's schema."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from capacity import places
from capacity.errors import CapacityError, InputError, Problem
from capacity.workspace.tables import REVISION

VARIABLE = "CAPACITY_WORKSPACE"
"""The environment's word for where work is kept."""

OFF = "off"
"""Said in place of a folder where nothing is to be kept."""

FILE = "workspace.sqlite3"
"""The database in the folder of a workspace."""

BEFORE = "before-{}.sqlite3"
"""A copy of the database as it was before a step to a later schema."""

WAIT = 20.0
"""Seconds that one writer waits for another."""

LOCK = 6_470_221
"""The advisory lock of a server: shared by writers, held alone to change the schema or to purge."""

SERVERS = ("postgresql://", "postgres://", "postgresql+psycopg://")


class WorkspaceError(CapacityError):
    """The workspace cannot be opened, read or written; nothing was half-written."""


class Workspace:
    """A database of the current schema. Transactions are whole or nothing."""

    def __init__(self, engine: Engine, where: str, folder: Path | None) -> None:
        """Keep the engine; `folder` is none on a server."""
        self._engine, self.where, self.folder = engine, where, folder

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give one view of everything, which other writers do not change meanwhile.

        Raises:
            WorkspaceError: if the database cannot be read.
        """
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """Write everything in the block or, after an error, nothing.

        Args:
            alone: whether no other program may write meanwhile; in a file none ever can.

        Raises:
            WorkspaceError: if the database cannot be written.
        """
        with self._transaction(writes=True) as connection:
            if self.folder is None:
                lock = (
                    sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
                )
                connection.execute(sa.select(lock(LOCK)))
            yield connection

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                if self.folder is None and not writes:  # one view, whatever others write
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.execution_options(writes=writes).begin():
                    yield connection
        except SQLAlchemyError as error:
            raise WorkspaceError(_words(self.where, error)) from error

    def compact(self) -> None:
        """Give back the space of what was deleted; a server does so by itself."""
        if self.folder is None:
            return
        try:
            with closing(sqlite3.connect(self.folder / FILE, timeout=WAIT)) as connection:
                connection.execute("VACUUM").close()
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        except sqlite3.OperationalError:
            return  # somebody is reading: the next one does it

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def default_place(environment: Mapping[str, str]) -> str:
    """Return where work is kept if nothing else is said: a folder of the person's own data.

    Nowhere (`off`) for an account without a home folder.
    """
    if given := environment.get(VARIABLE, "").strip():
        return given
    mine, own = places.home(environment), "XDG_DATA_HOME"
    if sys.platform == "win32":
        own, below = "LOCALAPPDATA", "AppData/Local"
    elif sys.platform == "darwin":
        own, below = "", "Library/Application Support"
    else:
        below = ".local/share"
    if chosen := environment.get(own):
        return str(Path(chosen) / "capacity")
    return OFF if mine is None else str(mine / below / "capacity")


def is_server(where: str) -> bool:
    """Return whether a place is a database server and not a folder."""
    return where.startswith(SERVERS)


def shown(where: str) -> str:
    """Return where a workspace is, without a password."""
    return (
        sa.make_url(_url(where)).render_as_string(hide_password=True) if "://" in where else where
    )


def open_workspace(where: str, *, new: bool = True) -> Workspace:
    """Open a workspace, made or brought to this edition's schema first where that is needed.

    Args:
        where: a folder, or the address of a PostgreSQL database.
        new: whether to make one where there is none.

    Raises:
        InputError: if it is no place for a workspace.
        WorkspaceError: if it cannot be opened, or is of a later edition.
    """
    folder = None if is_server(where) else _folder(where, new=new)
    engine = _engine(where, folder)
    opened = Workspace(engine, shown(where), folder)
    try:
        _bring_up_to_date(opened)
    except BaseException:
        engine.dispose()
        raise
    return opened


def _folder(where: str, *, new: bool) -> Path:
    """Return the folder of a workspace, made where it may be."""
    if "://" in where:
        must = "must be a folder, or an address that begins with postgresql://"
        raise InputError([Problem("workspace", None, "", must, where.partition("://")[0] + "://…")])
    folder = Path(where)
    if not new and not (folder / FILE).is_file():
        raise InputError([Problem(where, None, "", "must be a workspace: it has none")])
    return made_folder(where)


def made_folder(where: str) -> Path:
    """Return a folder that nobody else on the machine can look into, made if it is not there.

    Raises:
        WorkspaceError: if it cannot be made.
    """
    folder = Path(where)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise WorkspaceError(f"{where}: no work can be kept here: {why}") from error
    return folder


def _url(where: str) -> str:
    """Return an address with the driver that comes with the extra."""
    scheme, mark, rest = where.partition("://")
    return f"postgresql+psycopg{mark}{rest}" if scheme in ("postgresql", "postgres") else where


def _engine(where: str, folder: Path | None) -> Engine:
    if folder is None:
        try:
            return sa.create_engine(
                _url(where),
                pool_pre_ping=True,
                connect_args={"connect_timeout": 10},
            )
        except SQLAlchemyError as error:
            must = "must be an address such as postgresql://user@server/database"
            raise InputError([Problem("workspace", None, "", must)]) from error
    url = sa.URL.create("sqlite", database=str(folder / FILE))
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": WAIT})
    sa.event.listen(engine, "connect", _durable)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """Have a commit on the disk before it is said to be done, and let readers read meanwhile."""
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is purged is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Begin; a writer takes its turn at once, so that it cannot be refused half-way."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _words(where: str, error: SQLAlchemyError) -> str:
    """Return what went wrong without the statement, which may hold figures."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return f"{where}: the workspace cannot be used: {lines[0]}"


# The schema --------------------------------------------------------------------------------


def steps() -> Config:
    """Return Alembic's settings: where the steps are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def latest() -> str:
    """Return the schema of this edition."""
    head = ScriptDirectory.from_config(steps()).get_current_head()
    assert head is not None
    return head


def schema_of(connection: Connection) -> str:
    """Return the schema of a database, empty where it has none."""
    if not sa.inspect(connection).has_table(REVISION.name):
        return ""
    found: Any = connection.execute(sa.select(REVISION.c.version_num)).scalar()
    return str(found or "")


def upgrade(connection: Connection, revision: str) -> None:
    """Bring a database to a schema, in the transaction that is under way."""
    config = steps()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_schemas() -> tuple[str, ...]:
    """Return every schema there was, oldest first."""
    every = ScriptDirectory.from_config(steps()).walk_revisions()
    return tuple(reversed([one.revision for one in every]))


def _bring_up_to_date(workspace: Workspace) -> None:
    """Make the schema, or bring it to this edition's; one program at a time."""
    with workspace.reading() as connection:
        before = schema_of(connection)
    if before == latest():
        return
    if before and before not in known_schemas():
        raise WorkspaceError(
            f"{workspace.where}: this workspace was written by a later edition of capacity "
            f"(schema {before}; this one knows {latest()}). Use that edition, or another workspace."
        )
    if before and workspace.folder is not None:
        _copy(workspace.folder, before)
    with workspace.writing(alone=True) as connection:
        upgrade(connection, "head")


def _copy(folder: Path, before: str) -> None:
    """Keep the database as it was, complete or not at all."""
    place = folder / BEFORE.format(before)
    for_now = place.with_name(f".{place.name}.{os.getpid()}.partial")
    with (
        closing(sqlite3.connect(folder / FILE)) as there,
        closing(sqlite3.connect(for_now)) as copy,
    ):
        there.backup(copy)
    for_now.replace(place)
