"""A PostgreSQL server of the tests' own, on a socket in a folder that goes with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

GIVEN = "CAPACITY_TEST_POSTGRES"
"""An address of a server on which the tests may make databases."""


@dataclass
class Postgres:
    """A server: where its programs and its data are; none where an address was given."""

    address: str
    programs: Path | None = None
    folder: Path | None = None

    def run(self, program: str, *words: str) -> None:
        """Run one of the server's programs, as another user where we are root."""
        assert self.programs is not None
        options: dict[str, Any] = {}
        if os.geteuid() == 0:
            other = pwd.getpwnam("postgres")
            options = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [self.programs / program, *words],
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            check=False,
            **options,
        )
        assert done.returncode == 0, (program, done.stdout)

    def start(self) -> None:
        assert self.folder is not None
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=40"
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self.run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")

    def stop(self, how: str) -> None:
        """Stop it; `immediate` is as if the power failed."""
        assert self.folder is not None
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", how, "-w", "stop")

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database and give its address."""
        name = f"capacity_{uuid.uuid4().hex}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(self.address)._replace(path=f"/{name}").geturl()
        finally:
            with psycopg.connect(self.address, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def served() -> Iterator[Postgres]:
    """Start a server until the block ends, or take the one whose address was given."""
    if given := os.environ.get(GIVEN):
        yield Postgres(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="capacity-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = Postgres(f"postgresql://postgres@/postgres?host={folder}", _programs(), folder)
    try:
        words = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        server.run("initdb", "-D", str(folder / "data"), *words)
        server.start()
        yield server
    finally:
        with contextlib.suppress(AssertionError):
            server.stop("fast")
        shutil.rmtree(folder)


def _programs() -> Path:
    """Where initdb and pg_ctl are; Debian keeps them off the path."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    every = [Path(on_path).resolve(), *found] if on_path else found
    assert every, f"no PostgreSQL: .ci/postgres installs it, or give an address in {GIVEN}"
    return every[-1].parent
