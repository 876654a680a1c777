"""A workspace to try things on: in a folder, and on a PostgreSQL server of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from capacity.workspace.place import Workspace, open_workspace
from tests import postgres
from tests.postgres import Postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres.served() as found:
        yield found


@pytest.fixture(params=["folder", pytest.param("server", marks=pytest.mark.database)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a workspace may be: an empty folder, then an empty database of a server."""
    if request.param == "folder":
        yield str(tmp_path / "workspace")
        return
    with request.getfixturevalue("server").database() as address:
        yield address


@pytest.fixture
def workspace(where: str) -> Iterator[Workspace]:
    with ExitStack() as closing:
        found = open_workspace(where)
        closing.callback(found.close)
        yield found
