"""What every test may use."""

import gc
import os
import sys
from collections.abc import Generator
from functools import cache
from pathlib import Path

import hypothesis
import pytest
import typer.testing

# No test keeps work among that of whoever runs the tests; those about keeping say where.
os.environ["CAPACITY_WORKSPACE"] = "off"
# Nor figures for later runs, or take those of an earlier one.
os.environ["CAPACITY_CACHE"] = "off"

# The same examples on every run and every machine: a red check is never luck, nor a slow machine.
steady = hypothesis.settings(derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("steady", steady)
# The first fifth of them, for a look in passing: make test asks for it.
hypothesis.settings.register_profile("quick", steady, max_examples=20)
hypothesis.settings.load_profile("steady")

# Many tests type commands: what can be typed is worked out once, not for each of them.
typer.testing._get_command = cache(typer.testing._get_command)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Have the simulation compiled before tests are shared out: some end what would compile it."""
    if getattr(session.config.option, "numprocesses", None):
        from capacity.risk.whole import simulate

        simulate.ready()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Have the garbage collector leave alone modules and tests, which last to the end.

    To look through all of them again and again took a tenth of the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected results anew instead of comparing with them",
    )


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back the main module that AppTest replaces; processes started later run it again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's top folder."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected results are to be written (make golden), not compared with."""
    return bool(request.config.getoption("--update-golden"))
