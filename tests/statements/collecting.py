"""What is said of a plan, on every surface, with the tables it was made from.

The texts are made here as a person gets them; what they claim is checked elsewhere, by code that
knows nothing of how they were made.
"""

from __future__ import annotations

import html.parser
import io
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from capacity import report, stages
from capacity.app import outlooks, working
from capacity.app.toml_text import WhatIf
from capacity.reading import in_words, scenario
from capacity.reading.scenario import Scenario, read, shipped
from capacity.report import html as on_screen
from capacity.report import theme
from capacity.report.blocks import Chart
from capacity.report.numbering import every_block
from capacity.results import manifests, outputs, tables, terminal
from capacity.risk import chances, recommended
from capacity.risk.chances import Chance
from capacity.risk.recommended import FirstNotMet
from capacity.stages import PlanResult
from capacity.why import explain, headlines, parents
from capacity.why.compare import SideBySide
from tests import making
from tests.app import pages
from tests.toys import toy, visits

WRITTEN = {
    "gives-way": toy(
        visits(),
        "[cohorts.a.work.checks]\nper_case_year = 12\nhours = 4\ngives_way = 0.5",
        posts=2.5,
        growth=0.1,
        duty="hours = 2\nearly_months = { lo = 1 }\nearly_share = 0.2",
    ),
    "out-of-time": toy(visits(), "[sizing]\ntime_limit_seconds = 0.001", posts=1, growth=0.1),
}
"""Scenarios of what no shipped one has: work that gives way and early visits (EQ24, EQ25); no
time to prove anything."""

EXPLAINED = ("norfolk-2021", "gives-way", "1", "9", "vaws-2025-seven")
"""Scenarios that are told why, and of which the pages are read: that takes the most time.

One that ships, one that cuts work short, one in which not every standard can be met, one with
dates to decide by, and one that extends another.
"""


@dataclass(frozen=True)
class Said:
    """A text: on which surface, where on it, and what it says."""

    surface: str
    place: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A table as a person sees it: its title, headings and cells."""

    surface: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass
class Collected:
    """A plan's tables, as its CSV files hold them, and all that is said of it."""

    name: str
    scenario: Scenario
    tables: dict[str, pd.DataFrame]
    said: list[Said] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)


@dataclass(frozen=True)
class Planned:
    """A plan as the command makes it, why it is so if that is told, and its output tables."""

    plan: PlanResult
    why: explain.Explanation | None
    frames: dict[str, pd.DataFrame]

    @property
    def manifest(self) -> dict[str, Any]:
        return manifests.manifest_of(self.plan, {"fixed": self.plan.sized is None})


def scenario_of(name: str) -> Scenario:
    """A shipped scenario, one written here, or one made by chance where the name is a seed."""
    if name in WRITTEN:
        return scenario.read(f"{name}.toml", files={f"{name}.toml": WRITTEN[name]})
    return read(name) if name in shipped() else made(int(name))


def made(seed: int) -> Scenario:
    """A scenario made by chance."""
    return making.read(making.scenario(seed, making.SMALL))


@cache
def planned(name: str) -> Planned:
    """A plan beside that of the scenario it extends, worked out once in a run."""
    found = parents.run(scenario_of(name))
    why = explain.explain(found, full=True) if name in EXPLAINED else None
    return Planned(replace(found, question=None), why, tables.tables(found, why))


def of_plan(name: str) -> Collected:
    """What terminal, tables and papers say of a plan."""
    one = planned(name)
    held = Collected(name, one.plan.scenario, as_written(one.frames))
    said, shown = from_terminal(one)
    held.said += said
    held.shown += shown
    held.said += in_tables(held.tables)
    content = report.content(one.plan, one.frames, one.manifest)
    unseen = {one.name: "" for one in every_block(content) if isinstance(one, Chart)}
    page = Page(on_screen.render(content, unseen, theme.Theme()))
    held.said += page.said
    held.shown += page.shown
    return held


def before_of(name: str) -> Collected | None:
    """The output tables of the scenario that one extends, none where it extends none."""
    before = planned(name).plan.before
    if before is None:
        return None
    return Collected(before.scenario.name, before.scenario, as_written(tables.tables(before)))


def as_written(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables as whoever opens their CSV files reads them."""
    return {
        name: pd.read_csv(io.BytesIO(outputs.as_csv(frame)), low_memory=False)
        for name, frame in frames.items()
    }


# --- Terminal ------------------------------------------------------------------------------


def from_terminal(one: Planned) -> tuple[list[Said], list[Shown]]:
    """The summary on the terminal: paragraphs, however long, and tables."""
    shown: list[Shown] = []

    def keep(title: str, columns: Any, rows: Any) -> None:
        headings = tuple(heading for heading, _ in columns)
        shown.append(Shown("terminal", title, headings, tuple(tuple(row) for row in rows)))
        if title:
            print(title)

    with pytest.MonkeyPatch.context() as patched, redirect_stdout(io.StringIO()) as printed:
        patched.setenv("COLUMNS", "100000")
        patched.setattr(terminal, "table", keep)
        terminal.show(headlines.read_off(one.plan), one.why)
    said, over = [], ""
    for line in printed.getvalue().splitlines():
        indent = len(line) - len(line.lstrip())
        text = line.strip()
        if indent == 2:
            over = text
        if indent == 4:  # how a standard fares, below what it asks for
            text = f"{over}, {text}"
        if text:
            said.append(Said("terminal", f"{indent}", text))
    return said, shown


def from_comparison(found: SideBySide) -> tuple[list[Said], list[Shown]]:
    """What `capacity compare` prints and writes; how events differ is placed by its option."""
    shown: list[Shown] = []

    def keep(title: str, columns: Any, rows: Any) -> None:
        headings = tuple(heading for heading, _ in columns)
        shown.append(Shown("compare", title, headings, tuple(tuple(row) for row in rows)))

    with pytest.MonkeyPatch.context() as patched, redirect_stdout(io.StringIO()) as printed:
        patched.setenv("COLUMNS", "100000")
        patched.setattr(terminal, "table", keep)
        terminal.show_comparison(found)
    told = [*printed.getvalue().splitlines(), *tables.comparison(found)["summary"]["words"]]
    said = []
    for line in told:
        whose, events, rest = line.strip().partition(", with no posts added. ")
        if events and whose in found.names:
            said.append(Said("compare", whose, rest))
        elif line.strip():
            said.append(Said("compare", "", line.strip()))
    return said, shown


# --- Tables --------------------------------------------------------------------------------


def in_tables(frames: dict[str, pd.DataFrame]) -> list[Said]:
    """The sentences that output tables hold."""
    return [
        Said("tables", name, text)
        for name, frame in frames.items()
        if "words" in frame and name != "marginal_posts"  # names of posts
        for text in frame["words"].dropna().astype(str)
    ]


# --- Papers --------------------------------------------------------------------------------


TEXTS = {"p", "dt", "dd", "h1", "h2", "h3", "caption", "figcaption", "li", "title"}


class Page(html.parser.HTMLParser):
    """The texts and tables of a report as a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.said: list[Said] = []
        self.shown: list[Shown] = []
        self.section = self.text = self.label = self.kind = ""
        self.rows: list[list[str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.section = dict(attrs).get("id") or ""
        if tag == "table":
            self.rows = []
        if tag == "tr":
            self.rows.append([])
        if tag in TEXTS or tag in ("td", "th"):
            self.text, self.kind = "", dict(attrs).get("class") or ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        text = " ".join(self.text.split())
        if tag in ("td", "th"):
            self.rows[-1].append(text)
        if tag == "caption":
            self.label = text
        if tag == "dt":
            self.label = text
        if tag == "dd" and self.kind == "value":
            text = f"{self.label}: {text}"
        if tag == "table":
            head, *body = self.rows
            self.shown.append(
                Shown("html", self.label, tuple(head), tuple(tuple(row) for row in body))
            )
        elif tag in TEXTS and text:
            self.said.append(Said("html", f"{self.section} {tag}", text))


# --- Pages ---------------------------------------------------------------------------------

PAGES: tuple[Callable[[], None], ...] = (
    pages.where_we_are,
    pages.what_if,
    pages.team_size,
    pages.money,
    pages.assumptions,
    pages.report,
)


def of_pages(name: str) -> list[Said]:
    """What the planning pages say, the team worked out."""
    one = planned(name)

    def run(_: str, job: Any, seconds: float, touch: Any) -> tuple[str, Any]:
        function, arguments, _ = job
        if function in (stages.run, parents.run):
            return "done", one.plan
        if function is outlooks.ahead:
            return "done", foreseen(name)
        if function.__module__ == explain.__name__:
            return "done", one.why
        return "done", function(*arguments)

    found = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(working, "outcome_of", run)
        patched.setattr(working, "filled_in", at_once)
        for page in PAGES:
            at = AppTest.from_function(page, default_timeout=120)
            with_team(at, name)
            pages.run(at)
            found += [Said("page", page.__name__, text) for text in on_page(at)]
    checked = to_be_checked(name)
    return [one for one in found if one.text not in checked]


def to_be_checked(name: str) -> set[str]:
    """What is suspicious in a scenario, as pages say it: said of what was typed, of no plan."""
    base = planned(name).plan.scenario
    words = in_words.of(base)
    return {plainly(f"- {words.problem(one)}") for one in base.warnings}


def at_once(what: str, key: str, function: Callable[..., Any], *arguments: Any, **how: Any) -> Any:
    """What fills in on a page, waited for."""
    return working.worked_out(what, key, function, *arguments)


@cache
def foreseen(name: str) -> outlooks.Ahead:
    """What is foreseen of a plan: some simulations, the first of those told of elsewhere."""
    return outlooks.ahead(planned(name).plan)


def foreseen_tables(name: str) -> dict[str, pd.DataFrame]:
    """The same as tables: the limits by month or year, and when standards are first not met."""
    limits, money, first, chance = [], [], [], []
    calendar = planned(name).plan.model.calendar
    labels = calendar.labels
    for option, one in foreseen(name).found.items():
        for seen, bands in one.bands.items():
            if not seen.place:  # money, by year
                for year, some in zip(calendar.years, bands.tolist(), strict=True):
                    money.append((option, seen.measure, year, *some))
                continue
            for month, (low, middle, high) in zip(labels, bands.tolist(), strict=True):
                limits.append((option, seen.measure, *_two(seen.place), month, low, middle, high))
        first += recommended.first_not_met_by(option, one.record)
        chance += chances.table(option, one.record)
    columns = ["option", "measure", "whose", "what", "month", "p10", "p50", "p90"]
    return {
        "foreseen": pd.DataFrame(limits, columns=columns),
        "foreseen_money": pd.DataFrame(
            money, columns=["option", "measure", "year", "p10", "p50", "p90"]
        ),
        "first_not_met": pd.DataFrame([*map(vars, first)], columns=_fields(FirstNotMet)),
        "chances": pd.DataFrame([*map(vars, chance)], columns=_fields(Chance)),
    }


def _fields(kind: type[Any]) -> list[str]:
    return [one.name for one in fields(kind)]


def _two(place: tuple[str, ...]) -> tuple[str, str]:
    return place[0], place[1] if len(place) > 1 else ""


def how_certain(name: str) -> tuple[list[Said], dict[str, pd.DataFrame]]:
    """What the page How certain says of a plan, and the tables of its simulations."""
    one, held = planned(name), dict[str, pd.DataFrame]()

    def run(name: str, job: Any, seconds: float, touch: Any) -> tuple[str, Any]:
        function, arguments, _ = job
        if function in (stages.run, parents.run):
            return "done", one.plan
        if function is outlooks.ahead:
            return "done", outlooks.Ahead({}, "")
        found = function(*arguments)
        held.update(found)
        return "done", found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(working, "outcome_of", run)
        patched.setattr(working, "filled_in", at_once)
        at = AppTest.from_function(pages.how_sure, default_timeout=120)
        with_team(at, name)
        pages.run(at)
    checked = to_be_checked(name)
    said = [Said("page", "how_sure", text) for text in on_page(at) if text not in checked]
    return said, as_written(held)


def with_team(at: AppTest, name: str) -> None:
    """Have a page show a scenario with the team worked out."""
    if name in shipped():
        at.query_params["scenario"] = name
        at.query_params["team"] = "yes"
        return
    at.session_state["team"] = True
    at.session_state["what_if"] = WhatIf()
    at.session_state["scenario"] = "made.toml"
    at.session_state["uploads"] = {"made.toml": planned(name).plan.scenario.files[0].text}


def on_page(at: AppTest) -> Iterator[str]:
    """Every text of a page, a paragraph each."""
    parts = [*at.header, *at.subheader, *at.markdown, *at.caption, *at.info, *at.success]
    parts += [*at.error, *at.warning]
    for part in parts:
        for line in str(part.value).split("\n\n"):
            if line.strip():
                yield plainly(line)
    for tile in at.metric:
        beside = f" ({tile.delta})" if tile.delta else ""
        yield plainly(f"{tile.label}: {tile.value}{beside}")


def plainly(text: str) -> str:
    """A text as it is read: markdown's signs and escapes taken out."""
    text = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", text)
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("**", "").strip()
