"""What every test may use."""

import gc
import os
import sys
from collections import Counter
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

LONGER = Path(__file__).with_name("longer.txt")
"""Tests that `make test` leaves to `make check`, and the option that has them listed anew."""

SECONDS = 0.2
"""What takes longer is one of them."""

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

    To look through all of them again and again took a tenth of the time; what tests themselves
    leave is looked through less often than a program would have it.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected results anew instead of comparing with them",
    )
    parser.addoption(
        "--update-longer",
        action="store_true",
        help=f"list the tests that take longer than {SECONDS} s in {LONGER.name}",
    )


class Timing:
    """How long each test takes, with what is set up for it, and a list of those that take long."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        names = sorted(name for name, taken in self.seconds.items() if taken > SECONDS)
        LONGER.write_text("\n".join([*names, ""]), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-longer") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Timing())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes longer, as it was last timed."""
    longer = set(LONGER.read_text(encoding="utf-8").splitlines())
    for item in items:
        if item.nodeid in longer:
            item.add_marker(pytest.mark.longer)


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
