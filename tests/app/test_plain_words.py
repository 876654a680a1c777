"""Pages speak the reader's language: no paths, options or dotted names; months in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from capacity.app import inputs
from capacity.app.finding import ADDED
from capacity.app.view import added_words
from capacity.errors import Problem, ScenarioError
from capacity.reading import in_words
from capacity.reading.levers import levers
from capacity.reading.naming import LISTS, named_leaves
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
    unseen = UNSEEN | (
        {"min", "max", "default"} if message.DESCRIPTOR.name == "DateInput" else set()
    )
    for field, value in message.ListFields():
        if field.name in unseen or field.name == "columns":
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


VARIED = ("norfolk-command", "norfolk-regimes", "three-offices", "court-orders-back", "vaws-2025")
"""Scenarios that have every kind of setting and of list."""

FILES_OF_THEIR_OWN = ("history", "spend")
"""Settings whose values are names that people gave to files."""


@pytest.mark.parametrize("name", VARIED)
def test_no_setting_is_said_in_machine_language(name: str) -> None:
    base = read(name)
    words = in_words.of(base)
    given = {one: value for one, _, value in named_leaves(base.tree)}
    tried = [*given.items(), *((one.name, one.today) for one in words.levers)]
    tried += [(one.name, choice) for one in words.levers for choice in one.choices]
    tried += [(one.name, month) for one in words.levers if one.kind == "month"
              for month in (date(2026, 4, 1), "2026-04")]  # fmt: skip
    tried += [(one, None) for one in given]
    said = {words.change(one, value) for one, value in tried if one not in FILES_OF_THEIR_OWN}
    assert machine(said) == set()
    assert not any("  " in one or ": :" in one or one.startswith(",") for one in said)


@pytest.mark.parametrize("name", VARIED)
def test_no_item_of_a_list_is(name: str) -> None:
    base = read(name)
    items = [(kind, item) for kind in LISTS for item in base.tree.get(kind, ())]
    assert machine(added_words(base, kind, item) for kind, item in items) == set()


@pytest.mark.parametrize(
    ("kind", "item", "said"),
    [
        ("people", {"why": "Loan", "fte": -1, "from": date(2025, 4, 1)},
         "Loan: 0 → −1 FTE, April 2025 on"),
        ("events", {"cohort": "rso", "from": "very_high", "to": "low", "cases": {"value": 5},
                    "at": "2025-04", "why": "Review"},
         "Review: 0 → 5 cases moved from very high to low in April 2025"),
        ("inflows", {"name": "Prison", "cohort": "rso", "per_month": 4},
         "Prison: 4 per month, registered sex offenders"),
        ("flex", {"from": "iom", "to": "ppu", "max_share": 0.25},
         "IOM team helping Public Protection Unit, at most 25% of its hours"),
        ("funding", {"name": "Uplift", "team": "ppu", "posts": 2, "until": date(2026, 3, 31)},
         "Uplift: pays for 2 posts of Public Protection Unit to March 2026"),
        ("known", {"month": "2024-09", "cohort": "rso", "duty": "visit", "measure": "in_date",
                   "value": 0.5},
         "Known of September 2024: in date 0.5 (Registered sex offenders, Home visit)"),
        ("changes", {"from": date(2025, 4, 1), "set": {"cohorts.rso.growth_per_year": 0.05}},
         "From April 2025: Registered sex offenders, Growth of the caseload: "
         "3% per year → 5% per year"),
        ("events", {}, "One-off event: 0 → an unknown number of cases in an unknown month"),
        ("changes", {"set": 3}, "From an unknown month: nothing"),
        ("standards", {"name": "Mine"}, "Mine (standard)"),
    ],
)  # fmt: skip
def test_what_is_added_is_said_in_words(kind: str, item: dict[str, Any], said: str) -> None:
    assert added_words(NORFOLK, kind, item) == said


@pytest.mark.parametrize("wrong", [-1e9, 1e12, "auto_x", None])
@pytest.mark.parametrize("name", VARIED[:3])
def test_no_change_that_cannot_be_planned_is_refused_in_machine_language(
    name: str, wrong: Any
) -> None:
    """Every lever at once is given what cannot be; each is told by what it is called."""
    base = read(name)
    words = in_words.of(base)
    with pytest.raises(ScenarioError) as refused:
        base.replace({one.name: wrong for one in words.levers})
    assert machine(words.problem(one) for one in refused.value.problems) == set()


@pytest.mark.parametrize("name", [*LISTS, "cohorts", "teams", "choose", "links", "x", "flex.9"])
def test_a_link_to_what_is_no_setting_is_said_all_the_same(name: str) -> None:
    assert machine([in_words.of(NORFOLK).change(name, 3)]) == set()


def test_a_link_to_a_setting_that_is_not_there_is_told_in_words() -> None:
    at = pages.opened(pages.how_sure, scenario="norfolk-2024", **{"cohorts.rso.growth": "0.05"})
    assert machine(texts(at)) == set()
    assert "Registered sex offenders, Growth: 0.05" in pages.said(at)
    assert "Registered sex offenders, Growth: unknown setting" in pages.said(at)


@pytest.mark.parametrize("what", ADDED)
def test_nothing_that_can_be_added_has(what: str) -> None:
    at = pages.opened(pages.where_we_are)
    at.selectbox("setting found").set_value(what)
    assert machine(texts(pages.run(at))) == set()


def test_what_is_to_be_checked_is_named_in_words() -> None:
    for base in map(read, shipped()):
        words = in_words.of(base)
        assert machine(words.problem(one) for one in base.warnings) == set()
    name = "teams.ppu.grades.constable.sickness"
    asked = Problem("any.toml", 4, name, "must be a share", "3", "0.03")
    whose = "Public Protection Unit, Offender manager, Hours lost to sickness"
    nameless = Problem("any.toml", 4, "events.1.cohort", "must be given")
    assert in_words.of(NORFOLK).problem(nameless).startswith("Event 1, Cohort it happens to: ")
    assert in_words.of(NORFOLK).problem(asked) == f"{whose}: must be a share, found 3; use 0.03"


@pytest.mark.parametrize(
    ("must", "got", "use", "said"),
    [
        ("must be a team (ppu, iom and dappa)", '"pp"', "ppu",
         "must be a team (Public Protection Unit, IOM team and DAPPA team), found “pp”; "
         "use Public Protection Unit"),
        ("must be another team than the lender", '"iom"', None,
         "must be another team than the lender, found “IOM team”"),
        ("rso is not in the register", None, None,
         "Registered sex offenders is not in the register"),
        ("must be at most the cases of low (3)", None, None,
         "must be at most the cases of low (3)"),
    ],
)  # fmt: skip
def test_what_is_named_in_a_problem_is_called_as_on_the_page(
    must: str, got: str | None, use: str | None, said: str
) -> None:
    assert in_words.of(NORFOLK).problem(Problem("any.toml", 4, "", must, got, use)) == said


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
