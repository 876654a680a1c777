"""Pages speak the reader's language: no paths, options or dotted names; months in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from capacity.app import inputs
from capacity.app.finding import ADDED
from capacity.app.view import problem_words
from capacity.errors import Problem
from capacity.reading.levers import levers
from capacity.reading.scenario import read, shipped
from capacity.wording import day
from tests.app import pages
from tests.app.test_first_page import NORFOLK

MACHINE = re.compile(
    r"\b(?:cohorts|teams|flex|sizing|finance|standards|queues|chance|links|priority)\.[\w*]"
    r"|\w\.(?:toml|csv|py|xlsx)\b"
    r"|(?<!\S)--[a-z]"
    r"|`"
    r"|\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])\b"
    r"|\b[a-z]+_[a-z_]+\b"
)
"""What stands in files and on command lines: names with dots or underscores, options, months."""

UNSEEN = {"id", "form_id", "key", "url", "icon", "page_script_hash", "query_string", "spec"}
"""Parts of what a page is sent that nobody reads."""


def texts(at: AppTest) -> Iterator[str]:
    """Every text of a page: labels, options, help, headings and cells of tables."""
    for element in within(at._tree.children.values()):
        proto = getattr(element, "proto", None)
        if isinstance(proto, Message):
            yield from strings(proto)
        if element.type in ("dataframe", "arrow_data_frame", "table", "arrow_table"):
            frame = element.value
            headed = json.loads(getattr(proto, "columns", "") or "{}")
            for name in frame.columns:
                if not headed.get(str(name), {}).get("hidden"):
                    yield headed.get(str(name), {}).get("label", str(name))
                yield from (one for one in frame[name] if isinstance(one, str))


def within(found: Iterable[Any]) -> Iterator[Any]:
    for one in found:
        yield one
        yield from within(getattr(one, "children", {}).values())


def strings(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.name in UNSEEN or field.name == "columns":
            continue
        alone = isinstance(value, str | bytes | Message | int | float)
        for one in [value] if alone else value:
            if isinstance(one, str):
                yield one
            elif isinstance(one, Message):
                yield from strings(one)


def machine(some: Iterable[str]) -> set[str]:
    """Texts with what a machine reads, each as far as it needs to be known."""
    found = set()
    for text in some:
        for hit in MACHINE.finditer(text.replace("\\", "")):
            around = text[max(0, hit.start() - 40) : hit.end() + 20]
            found.add(f"{hit[0]!r} in {around!r}")
    return found


PAGES = (
    *(pages.where_we_are, pages.what_if, pages.team_size, pages.money, pages.comparing),
    *(pages.our_figures, pages.our_work, pages.assumptions, pages.report),
)


@pytest.mark.parametrize("shown", PAGES)
def test_a_page_has_no_machine_language(shown: Callable[[], None]) -> None:
    assert machine(texts(pages.opened(shown, scenario="norfolk-2024"))) == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["three-offices", "domestic-abuse-units-2007", "norfolk-command"])
def test_no_page_of_other_units_has(name: str) -> None:
    for shown in PAGES:
        assert machine(texts(pages.opened(shown, scenario=name))) == set(), shown.__name__


@pytest.mark.parametrize("name", ["norfolk-2024", "three-offices", "domestic-abuse-units-2007"])
def test_no_lever_is_explained_in_machine_language(name: str) -> None:
    base = read(name)
    for one in levers(base):
        assert machine([one.title, inputs.helped(base, one), inputs.today(base, one)]) == set()


@pytest.mark.parametrize("what", ADDED)
def test_nothing_that_can_be_added_has(what: str) -> None:
    at = pages.opened(pages.where_we_are)
    at.selectbox("setting found").set_value(what)
    assert machine(texts(pages.run(at))) == set()


def test_what_is_to_be_checked_is_named_in_words() -> None:
    for base in map(read, shipped()):
        assert machine(problem_words(base, one) for one in base.warnings) == set()
    name = "teams.ppu.grades.constable.sickness"
    asked = Problem("any.toml", 4, name, "must be a share", "3", "0.03")
    whose = "Public Protection Unit, Offender manager, Hours lost to sickness"
    assert problem_words(NORFOLK, asked) == f"{whose}: must be a share, found 3; use 0.03"


@pytest.mark.parametrize(
    ("as_in_files", "words"),
    [
        ("2025-01-29", "29 January 2025"),
        ("2022-10", "October 2022"),
        ("2007", "2007"),
        ("autumn 2018", "autumn 2018"),
    ],
)
def test_a_date_is_said_in_words(as_in_files: str, words: str) -> None:
    assert day(as_in_files) == words
