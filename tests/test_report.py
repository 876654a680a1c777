"""Reports: the same figures on screen, on paper and in the workbook, whatever was typed."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from openpyxl.utils import get_column_letter
from typer.testing import CliRunner

from capacity import report, stages
from capacity.cli import app
from capacity.errors import InputError
from capacity.reading.scenario import read
from capacity.report import options
from capacity.report import theme as themes
from capacity.report.blocks import (
    Chart,
    Figures,
    Points,
    Report,
    Table,
    Text,
    rows_with_total,
    shown,
    value_of,
)
from capacity.report.facts import Facts, minus, times
from capacity.report.numbering import every_block, numbers, tables_of
from capacity.report.pictures import svg
from capacity.report.workings import COLUMNS
from capacity.report.xlsx import stands_still
from capacity.results import manifests, outputs, tables
from capacity.risk import recommended, uncertainty
from capacity.risk.recommended import Recommended
from capacity.stages import PlanResult
from capacity.why import explain
from tests.shipped import planned
from tests.toys import plan_of, toy, visits

NASTY = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "#panic(1) $x$ *b* _i_ @ref <label> \\ `raw` [x] // no",
    "{{ 7 * 7 }} {% raw %}",
    '+1+1 &C&"Arial" \U0001f600',
)
BLANK = re.compile(r"[\s\u200b\u00ad]+")


def told(found: PlanResult) -> tuple[dict[str, Any], dict[str, Any]]:
    manifest = manifests.manifest_of(found, {"fixed": found.sized is None})
    return tables.tables(found), manifest


@cache
def made(name: str, fixed: bool = False) -> tuple[Report, dict[str, bytes]]:
    found = planned(name, fixed)
    frames, manifest = told(found)
    return report.content(found, frames, manifest), report.files(found, frames, manifest)


@cache
def book(name: str, fixed: bool = False, *, held: bool) -> openpyxl.Workbook:
    """The workbook of a shipped scenario's report: the numbers held, or the formulas."""
    content = made(name, fixed)[1]["plan.xlsx"]
    return openpyxl.load_workbook(io.BytesIO(content), data_only=held)


@cache
def pages(name: str, fixed: bool = False) -> list[str]:
    """The pages of a shipped scenario's report on paper."""
    return paper(made(name, fixed)[1]["report.pdf"])


class Page(HTMLParser):
    """The tables of a page by their numbers, its elements and its words."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tables: dict[int, list[list[str]]] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.cells: list[list[str]] = []
        self.caption, self.inside = "", ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "table":
            self.caption, self.cells = "", []
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.inside == "caption":
            self.caption += data
        if self.inside in ("td", "th"):
            self.cells[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            number = re.match(r"Table (\d+)\.", self.caption)
            assert number is not None
            self.tables[int(number[1])] = self.cells[1:]
        self.inside = ""


def paper(content: bytes) -> list[str]:
    """The text of each page, without what merely breaks lines."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return [BLANK.sub("", page.extract_text()) for page in pages]


@cache
def in_workbook(name: str, fixed: bool = False) -> dict[int, list[list[Any]]]:
    """The tables of the report's sheets by their numbers, cells as they are held."""
    wanted, _ = made(name, fixed)
    sheets = book(name, fixed, held=True)
    sizes = {numbers(wanted)[id(one)]: one for one in tables_of(wanted)}
    found = {}
    for section in wanted.sections:
        rows = list(sheets[section.sheet].iter_rows(values_only=True))
        for place, row in enumerate(rows):
            title = re.match(r"Table (\d+)\. ", str(row[0]))
            if title:
                number = int(title[1])
                table = sizes[number]
                first = place + 2
                body = rows[first : first + len(table.rows)]
                found[number] = [list(one[: len(table.columns)]) for one in body]
    return found


def as_shown(value: Any, kind: Any) -> str:
    if isinstance(value, datetime):
        value = f"{value:%Y-%m}"
    return shown(value, kind)


# The same figures --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fixed"),
    [
        ("norfolk-2024", False),
        ("posts-frozen", True),
        ("leave-and-loan", True),
        ("vaws-2025", False),
    ],
)
def test_screen_paper_and_workbook_say_the_same(name: str, fixed: bool) -> None:
    wanted, files = made(name, fixed)
    order = numbers(wanted)
    page, text = Page(files["report.html"]), "".join(pages(name, fixed))
    sheets = in_workbook(name, fixed)
    count = 0
    for table in tables_of(wanted):
        number = order[id(table)]
        rows = [
            [shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ]
        assert page.tables[number] == rows, table.title
        for row in rows:
            assert BLANK.sub("", "".join(row)) in text, (table.title, row)
            count += len(row)
        if stands_still(table):  # money that only a new plan can work out
            assert number not in sheets, table.title
            continue
        held = [
            [as_shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
            for row in sheets[number]
        ]
        assert held == rows, table.title
    assert count > 150


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vaws-2025", "norfolk-2024"])
def test_the_workbook_holds_numbers_whole(name: str) -> None:
    wanted, _ = made(name)
    sheets = in_workbook(name)
    for table in (one for one in tables_of(wanted) if not stands_still(one)):
        for row, held in zip(table.rows, sheets[numbers(wanted)[id(table)]], strict=True):
            for cell, there in zip(row, held, strict=True):
                value = value_of(cell)
                if isinstance(value, float):
                    assert there == pytest.approx(value, rel=1e-12, abs=1e-9), table.title


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vaws-2025", "norfolk-2024"])
def test_costs_are_formulas_that_hold_our_numbers(name: str) -> None:
    live, held = (book(name, held=one)["Costs"] for one in (False, True))
    frames, _ = told(planned(name))
    for row, expected in enumerate(frames["costs"].itertuples(), start=4):
        for measure, column in COLUMNS.items():
            assert str(live.cell(row, column + 1).value).startswith(("=SUM(", "=AVERAGE("))
            there = held.cell(row, column + 1).value
            assert there == pytest.approx(getattr(expected, measure), abs=0.005)


def test_a_sum_becomes_a_formula_over_the_rows_it_adds_up() -> None:
    from capacity.report.workings import CostSheet

    found = planned("vaws-2025")
    frames, manifest = told(found)
    facts = Facts(found, frames, manifest["run_id"])
    keys = [
        {"option": one, "year": "2025/26", "team": "vaws", "grade": "officer"}
        for one in ("today", "sized")
    ]
    sheet = CostSheet(((keys[0], 4), (keys[1], 5)))
    more = times(minus(facts.money("sized", "total_real"), facts.money("today", "total_real")), 0.5)
    assert sheet.formula(more) == "=0.5*SUM(Costs!K5)-0.5*SUM(Costs!K4)"
    assert sheet.formula(facts.money("sized", "total_real", year="2031/32")) is None


# The published submission ------------------------------------------------------------------


def test_the_published_submission_comes_out_as_published() -> None:
    wanted, _ = made("vaws-2025")
    by_name = {table.name: table for table in tables_of(wanted)}
    partners = {str(row[1]): value_of(row[4]) for row in by_name["partners"].rows}
    assert partners["Norfolk"] == pytest.approx(197_202, abs=0.005)
    assert partners["Suffolk"] == pytest.approx(349_340 - 197_202, abs=0.005)
    total = by_name["cost-above"].rows[-1]
    assert value_of(total[1]) == pytest.approx(349_340, abs=0.005)
    (asked,) = by_name["posts"].rows[:-1]
    assert value_of(asked[3]) == 11
    assert value_of(asked[4]) == pytest.approx(31_758, abs=0.5)


def test_what_seven_posts_mean_instead_of_eleven() -> None:
    facts = []
    for name in ("vaws-2025", "vaws-2025-seven"):
        found = planned(name)
        facts.append(Facts(found, told(found)[0], "run"))
    files = report.options_paper(facts)
    words = " ".join(Page(files["report.html"]).words)
    assert "166" in words  # cases each: 6,150 among 37 people
    seven = planned("vaws-2025-seven").today
    assert seven.costs.total_real.sum() == pytest.approx(7 / 11 * 349_340)
    ending = planned("vaws-2025").today  # the same cases among 30 people: contacts fall behind
    assert (seven.projection.done[0, -1] / seven.projection.due[0, -1]).sum() > 0.999
    assert (ending.projection.done[0, -1] / ending.projection.due[0, -1]).sum() < 0.9
    assert "Options side by side" in words


# One page, one order -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fixed"),
    [
        ("vaws-2025", False),
        pytest.param("norfolk-2024", False, marks=pytest.mark.slow),
        pytest.param("posts-frozen", True, marks=pytest.mark.slow),
        pytest.param("leave-and-loan", True, marks=pytest.mark.slow),
    ],
)
def test_the_answer_is_one_page_and_names_no_run(name: str, fixed: bool) -> None:
    wanted, _ = made(name, fixed)
    found = pages(name, fixed)
    assert "Theanswerononepage" in found[0]
    assert "Takenfromelsewhere" in found[0]
    assert found[1].startswith("Contents")
    assert wanted.run_id not in found[0]
    assert ".toml" not in found[0]
    assert wanted.run_id in found[2]
    bases = re.sub(r"\d{4}/\d\dprices", "", found[0].lower())
    assert "price" not in bases


def test_the_paper_is_tagged_and_titled() -> None:
    _, files = made("vaws-2025")
    found = pypdf.PdfReader(io.BytesIO(files["report.pdf"]))
    root: Any = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert found.metadata is not None
    assert found.metadata.title == planned("vaws-2025").scenario.settings.title


@pytest.mark.slow
def test_every_picture_has_its_message_and_a_table() -> None:
    wanted, files = made("norfolk-2024")
    charts = [block for block in every_block(wanted) if isinstance(block, Chart)]
    assert len(charts) >= 3
    elements = Page(files["report.html"]).elements
    said = [attrs["aria-label"] for tag, attrs in elements if attrs.get("role") == "img"]
    assert said == [f"{chart.message}. The figures are in the table below." for chart in charts]
    for chart in charts:
        assert chart.table is not None
        assert chart.up_title


def test_parts_can_be_picked() -> None:
    found = planned("vaws-2025")
    frames, manifest = told(found)
    some = report.content(found, frames, manifest, ["budget", "method"])
    assert [one.name for one in some.sections] == ["budget", "method"]
    with pytest.raises(InputError, match=r"--sections: pink: unknown part; must be one of: answer"):
        report.content(found, frames, manifest, ["pink"])


@pytest.mark.slow
def test_what_others_work_out_is_shown_when_it_is_there() -> None:
    import pandas as pd

    found = planned("vaws-2025")
    frames, manifest = told(found)
    row = {"option": "sized", "standard": "Every standard", "tier": None, "period": "2025/26"}
    frames["chances"] = pd.DataFrame([{**row, "chance": 0.83, "error": 0.004}])
    frames["drivers"] = pd.DataFrame(
        [
            {
                "setting": "cohorts.witnesses.growth_per_year",
                "low": -0.05,
                "high": 0.15,
                "measure": "completion",
                "at_low": 1.0,
                "at_high": 0.7,
                "share_of_variance": 0.6,
            }
        ]
    )
    wanted = report.content(found, frames, manifest)
    assert "uncertainty" in [one.name for one in wanted.sections]
    words = " ".join(Page(report.files(found, frames, manifest)["report.html"]).words)
    assert "Probability that every standard is met all year: 83% in 2025/26." in words
    register = next(one for one in tables_of(wanted) if one.name == "assumptions")
    assert register.columns[-1].heading == "at its high"
    assert any(row[-1] == 0.7 for row in register.rows)


@pytest.mark.parametrize(
    "name", ["norfolk-2021", pytest.param("norfolk-2024", marks=pytest.mark.slow)]
)
def test_the_register_names_every_setting_in_every_form(name: str) -> None:
    """Each row of assumptions.csv stands in the page, the paper and the workbook by its name.

    The names are those typed in the scenario, read from the table that is written to CSV.
    """
    rows = tables.TABLES["assumptions"](planned(name, fixed=True))
    wanted, files = made(name, fixed=True)
    names = [
        setting if not isinstance(when, str) else f"{setting} (from {when})"
        for setting, when in zip(rows["setting"], rows["from"], strict=True)
    ]
    register = next(one for one in tables_of(wanted) if one.name == "assumptions")
    number = numbers(wanted)[id(register)]
    page = Page(files["report.html"]).tables[number]
    assert [row[0].replace("\u200b", "") for row in page] == names
    assert [row[0] for row in in_workbook(name, fixed=True)[number]] == names
    printed = "".join(pages(name, fixed=True))
    assert [one for one in names if BLANK.sub("", one) not in printed] == []
    values = [row[1] for row in in_workbook(name, fixed=True)[number]]
    assert values == pytest.approx(rows["value"].tolist())


# Whatever was typed ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, dict[str, bytes]]:
    """A plan whose every label tries to be something else."""
    folder = tmp_path_factory.mktemp("nasty")
    quoted = [one.replace("\\", "\\\\").replace('"', '\\"') for one in NASTY]
    long = "Very-long-" + "n" * 180
    text = f'''
        title = "{quoted[1]}"
        question = "{quoted[2]}"
        start = 2025-04-01
        months = 24
        [cohorts.a]
        label = "{quoted[0]}"
        team = "t"
        tiers.one = {{ label = "{quoted[3]}", cases = {{ value = 100, note = "{quoted[0]}" }} }}
        duties.visit = {{ label = "{quoted[4]}", per_year = 4, hours = 10 }}
        [teams.t]
        label = "{long}"
        grades.g = {{ label = "{quoted[0]}", in_post = 1, cost_per_year = 50000 }}
        [[standards]]
        name = "{quoted[0]}"
        cohort = "a"
        duty = "visit"
        completion = 0.9
        from = 2025-10-01
        [[standards]]
        name = "{quoted[2]}"
        cohort = "a"
        cases_per_officer = 40
        from = 2025-10-01
        [[people]]
        team = "t"
        grade = "g"
        fte = 1
        from = 2025-06-01
        until = 2025-09-01
        why = "{quoted[1]}"
        displaced_from = "{quoted[3]}"
    '''
    path = folder / "nasty.toml"
    path.write_text("\n".join(line.strip() for line in text.splitlines()), encoding="utf-8")
    found = stages.run(read(str(path)))
    frames, manifest = told(found)
    return report.content(found, frames, manifest), report.files(found, frames, manifest)


def test_nothing_typed_becomes_markup(nasty: tuple[Report, dict[str, bytes]]) -> None:
    page = Page(nasty[1]["report.html"])
    names = {tag for tag, _ in page.elements}
    assert "script" not in names
    assert not any(key.startswith("on") for _, attrs in page.elements for key in attrs)
    words = " ".join(page.words)
    for one in NASTY[:4]:
        assert one in words
    assert "49" not in re.findall(r"\{\{.*?\}\}", words)


def test_nothing_is_fetched(nasty: tuple[Report, dict[str, bytes]]) -> None:
    for files in (nasty[1], made("vaws-2025")[1]):
        page = Page(files["report.html"])
        links = [
            value
            for _, attrs in page.elements
            for key, value in attrs.items()
            if key in ("src", "href", "xlink:href", "action", "data", "srcset")
        ]
        assert all(str(one).startswith(("#", "data:")) for one in links)
        assert b"url(http" not in files["report.html"]
        assert b"@import" not in files["report.html"]


def test_nothing_typed_becomes_a_formula(nasty: tuple[Report, dict[str, bytes]]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(nasty[1]["plan.xlsx"]))
    ours = re.compile(
        r"=(SUM|AVERAGE|IF|SUMIFS|-?[\d.]+\*SUM|[A-Z]+\$?\d|1/\(|N\(|MAX\(0,N\(|"
        r"Staffing!|Rates!|\(1\+N\(Rates!|\(\d+\*\(N\(|-?[\d.]*\*?'Cost workings'!)"
    )
    texts = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert ours.match(str(cell.value)), (sheet.title, cell.coordinate, cell.value)
                    assert "cmd" not in str(cell.value)
                elif cell.data_type == "s":
                    texts.add(cell.value)
    assert NASTY[0] in texts
    assert not zipfile.ZipFile(io.BytesIO(nasty[1]["plan.xlsx"])).testzip()


@pytest.mark.slow
def test_nothing_typed_becomes_typesetting(nasty: tuple[Report, dict[str, bytes]]) -> None:
    printed = paper(nasty[1]["report.pdf"])
    for one in NASTY[:4]:
        assert BLANK.sub("", one) in "".join(printed)
    found = pypdf.PdfReader(io.BytesIO(nasty[1]["report.pdf"]))
    assert len([page for page in printed if "Takenfromelsewhere" in page]) == 1
    assert "/JavaScript" not in str(found.trailer["/Root"])


def test_every_letter_that_is_set_can_be_set_and_others_are_boxes() -> None:
    import unicodedata

    from capacity.report.blocks import Section, Text
    from capacity.report.pdf import LETTERS, printable, render

    every = [chr(n) for first, last in LETTERS for n in range(first, last + 1)]
    known = [one for one in every if unicodedata.category(one) not in ("Cn", "Cc")]
    assert [one for one in known if printable(one) != unicodedata.normalize("NFC", one)] == [
        "\u0374"
    ]
    words = " ".join(known) + " \U0001f600 \u5b57 \ufb01 e\u0301 \u0e01\u0e34"
    section = Section("x", "Letters", "Letters", (Text(words),))
    only = Report("\U0001f600", words, "", "x", "run", "1", 2025, (section,))
    text = "".join(paper(render(only, {}, themes.Theme(), 0)))
    assert "□□fié□" in text


# The same bytes ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vaws-2025", "norfolk-2024"])
def test_the_same_plan_gives_the_same_bytes(name: str) -> None:
    found = planned(name)
    frames, manifest = told(found)
    assert report.files(found, frames, manifest) == made(name)[1]


@pytest.mark.slow
def test_no_time_zone_and_no_order_of_sets_changes_a_byte(tmp_path: Path) -> None:
    code = (
        "import hashlib, sys; from capacity import stages, report;"
        "from capacity.results import manifests, tables;"
        "from capacity.reading.scenario import read; found = stages.run(read('vaws-2025'));"
        "files = report.files(found, tables.tables(found), manifests.manifest_of(found, {}));"
        "print({name: hashlib.sha256(one).hexdigest() for name, one in sorted(files.items())})"
    )
    runs = []
    for zone, seed in (("Asia/Tokyo", "1"), ("America/New_York", "2")):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        runs.append(done.stdout)
    assert runs[0] == runs[1]


def test_files_are_dated_by_the_scenario() -> None:
    _, files = made("vaws-2025")
    with zipfile.ZipFile(io.BytesIO(files["plan.xlsx"])) as parts:
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = book("vaws-2025", held=False).properties
    assert properties.created == datetime(2025, 4, 1)
    paper_of = pypdf.PdfReader(io.BytesIO(files["report.pdf"])).metadata
    assert paper_of is not None
    assert "20250401" in str(paper_of["/CreationDate"])


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.name != outputs.TIMINGS:
            yield path.name, path.read_bytes()


@pytest.mark.slow
def test_a_run_can_be_repeated_with_its_theme_and_parts(tmp_path: Path) -> None:
    (tmp_path / "theme.toml").write_text('name = "Any Force"\ncolour = "#204020"\n')
    first, again = tmp_path / "first", tmp_path / "again"
    theme = str(tmp_path / "theme.toml")
    options = ["--no-why", "--sections", "answer,method", "--theme", theme]
    assert run("plan", "vaws-2025", "--out", str(first), *options).exit_code == 0
    repeat = ["--repeat", str(first / "manifest.json")]
    assert run("plan", *repeat, "--out", str(again)).exit_code == 0
    assert dict(contents(first)) == dict(contents(again))
    assert b"Any Force" in (again / "report.html").read_bytes()
    refused = run("plan", *repeat, "--out", str(again), "--sections", "answer")
    assert refused.exit_code == 2
    assert "must not be given with --repeat" in refused.output


def test_the_report_can_be_left_out(tmp_path: Path) -> None:
    done = run("plan", "vaws-2025", "--out", str(tmp_path / "out"), "--no-report", "--no-why")
    assert done.exit_code == 0
    assert not {"report.html", "report.pdf", "plan.xlsx"} & {
        one.name for one in (tmp_path / "out").iterdir()
    }


@pytest.mark.slow
def test_an_options_paper_is_written(tmp_path: Path) -> None:
    done = run("report", "vaws-2025", "vaws-2025-seven", "--out", str(tmp_path / "paper"))
    assert done.exit_code == 0
    there = {one.name for one in (tmp_path / "paper").iterdir()}
    assert there == {"report.html", "report.pdf", "plan.xlsx", "manifest.json", "timings.json"}
    twice = run("report", "vaws-2025", "vaws-2025", "--out", str(tmp_path / "two"))
    assert twice.exit_code == 2
    assert "must have names of their own: two scenarios are called the same" in twice.output


# Whatever is planned -----------------------------------------------------------------------

FLEX = '[[flex]]\nfrom = "u"\nto = "t"\n'
SECOND = """\
[cohorts.b]
team = "u"
growth_per_year = 0.0
tiers = {{ hi = {{ cases = 60, label = "Priority" }} }}
[cohorts.b.duties.call]
label = "Call"
per_year = {{ hi = 12 }}
hours = 1
[teams.u]
label = "Unit"
[teams.u.grades.pc]
label = "Caller"
in_post = {posts}
cost_per_year = 40000
"""


def draws_of(found: PlanResult) -> dict[str, Any]:
    """What `--draws` adds to the tables of a plan."""
    ask = uncertainty.Ask(number=20, curve=False, size=False, drivers=False)
    made = tables.uncertain(uncertainty.simulate(found, 1, ask))
    return {name: made[name] for name in ("bands", "chances")}


def report_of(
    text: str, *parts: str, fixed: bool = False, why: bool = False, draws: bool = False
) -> Report:
    """The report of a small scenario, some of its parts."""
    found = plan_of(text, fixed=fixed)
    frames = tables.tables(found, explain.explain(found, full=True) if why else None)
    frames |= draws_of(found) if draws else {}
    manifest = manifests.manifest_of(found, {"fixed": fixed})
    return report.content(found, frames, manifest, parts)


def points(made_: Report) -> dict[str, str]:
    """The short statements of a report; the last where one is made twice."""
    blocks = [one for section in made_.sections for one in section.blocks]
    return {what: words for one in blocks if isinstance(one, Points) for what, words in one.items}


def texts(made_: Report) -> list[str]:
    """The paragraphs of a report."""
    blocks = [one for section in made_.sections for one in section.blocks]
    return [one.words for one in blocks if isinstance(one, Text)]


def pictures_of(made_: Report) -> dict[str, Chart]:
    return {one.name: one for one in every_block(made_) if isinstance(one, Chart)}


def rows_of(made_: Report, name: str) -> list[list[str]]:
    """The rows of a table of a report as they are read."""
    table = next(one for one in tables_of(made_) if one.name == name)
    return [
        [shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]


def test_where_nothing_ever_falls_due_no_duty_is_spoken_of() -> None:
    found = plan_of(toy(visits(), cases=0, months=12))
    frames, manifest = told(found)
    made_ = report.content(found, frames, manifest)
    assert [name for name in pictures_of(made_) if name == "completion"] == []
    figures = next(one for one in made_.sections[0].blocks if isinstance(one, Figures))
    assert [label for label, *_ in figures.items] == [
        "Posts in March 2026",
        "Full-year cost of all added posts, 2025/26",
    ]
    assert "With no posts added (3 posts), every standard is met to March 2026." in texts(made_)
    assert points(made_)["Decision"] == "No posts are asked for."
    assert rows_of(made_, "measures") == []
    assert any("nothing is overdue at the end of March 2026." in one for one in texts(made_))
    assert not any("in which tiers" in one for one in texts(made_))


def test_a_workbook_leaves_the_share_in_date_empty_where_there_is_no_case() -> None:
    found = plan_of(toy(visits(), cases=0, months=3), fixed=True)
    files = report.files(found, *told(found), ["answer"])
    sheets = openpyxl.load_workbook(io.BytesIO(files["plan.xlsx"]), data_only=True)
    head, *rows = [
        row for row in sheets["Projection"].iter_rows(values_only=True) if row[4] is not None
    ]
    assert (head[5], head[12]) == ("Cases", "In date")
    assert [(row[5], row[12]) for row in rows] == [(0, None)] * 6  # two tiers, three months
    assert "Chart data" not in sheets.sheetnames  # nothing is drawn where nothing is due


def test_a_part_with_nothing_to_say_leaves_a_report_without_parts() -> None:
    found = plan_of(toy(visits(), months=3), fixed=True)
    files = report.files(found, *told(found), ["uncertainty"])
    page = Page(files["report.html"])
    assert page.tables == {}
    assert "A toy" in [one.strip() for one in page.words]
    assert "Atoy" in "".join(paper(files["report.pdf"]))
    sheets = openpyxl.load_workbook(io.BytesIO(files["plan.xlsx"])).sheetnames
    assert sheets[0] == "Costs"


LATE = toy(
    visits(first="2025-04-01"),
    months=12,
    posts=1,
    duty="hours = 4",
    grade="recruitment_lead_months = 3",
)
"""A post too few, and three months to fill one."""


def test_posts_that_must_be_decided_at_once() -> None:
    """320 hours of visits a month, 173⅓ there: a second post, and three months to fill it."""
    assert points(report_of(LATE, "answer"))["Decision"] == (
        "Approve 1 constable post (Team) by April 2025; it can start as late as July 2025 (costed "
        "from April 2025). A month later Visits (hi) would not be met from June 2025 to July 2025."
    )


def test_posts_that_can_end() -> None:
    """160 hours of visits a month: one post has 173⅓."""
    text = toy(visits(), posts=6, grade="may_shrink = true")
    assert points(report_of(text, "answer"))["Decision"] == "5 constable posts (Team) can end."


def test_no_post_helps_where_too_few_can_be_seen() -> None:
    text = toy(visits(), duty="hours = 2\naccess_rate = 0.9", months=12)
    assert points(report_of(text, "answer"))["Decision"] == (
        "No post would help within the limits set: which standard is to give?"
    )


def test_hours_that_may_be_lent_and_are_not_are_not_given_up() -> None:
    """120 hours of the team's own work of 520: nothing is lent to it."""
    text = toy(visits(), SECOND.format(posts=2), FLEX, months=6)
    assert points(report_of(text, "answer", fixed=True))["Taken from elsewhere"] == (
        "No officer is moved from another unit."
    )


def test_what_strict_order_would_miss_is_a_risk() -> None:
    """The second post is filled in July: 346⅔ hours, 86⅔ visits of 4 hours.

    Strictly in order all hours go to the 60 of the high tier first. April to June 43⅓ visits: both
    tiers miss, 6 times. July 26⅔ of the 60 outstanding in the low tier, August 26⅔ of 33⅓: missed
    twice more. Then all is done.
    """
    for rule in ("strict", "soft"):  # the order of service is another matter
        text = LATE.replace('rule = "strict"', f'rule = "{rule}"')
        assert points(report_of(text, "budget"))["Way of working"].endswith(
            "the same posts would not meet a standard 8 times."
        )


def test_a_cheaper_plan_that_cannot_be_ruled_out_is_a_risk() -> None:
    """12,000 cases ÷ 33 = 363.6 officers: 364 are dearer than that by 0.1%."""
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 33\n'
    text = toy(limit, cases=6000, posts=300, months=12)
    assert points(report_of(text, "budget"))["Proof"] == (
        "A cheaper plan, by at most 0.1%, cannot be ruled out."
    )


def test_what_each_post_buys_names_a_grade_as_its_own_team_does() -> None:
    """Each team has a `pc`: constables in one, callers in the other."""
    limit = '[[standards]]\nname = "Calls"\ncohort = "b"\ncases_per_officer = 30\n'
    text = toy(limit, SECOND.format(posts=0.25), months=12)  # 43⅓ hours for 60 calls
    rows = rows_of(report_of(text, "budget", why=True), "marginal-posts")
    named = {(row[1], row[2]) for row in rows}
    assert ("Unit", "Caller") in named
    assert named <= {("Unit", "Caller"), ("Team", "Constable")}
    idle = report_of(toy(limit, SECOND.format(posts=1), months=12), "budget", why=True)
    assert "No single post, added in turn, leaves fewer case-months overdue." in texts(idle)


def test_hours_that_go_to_standards_first_are_told_so() -> None:
    first = '[priority]\nrule = "standards first"\n'
    soft = '[priority]\nrule = "soft"\n'
    words = "Each first gets what its standard asks for, then, in the same order, the rest."
    some = "When they are short every activity gets some, the first ones more"
    strict, eased, shared = (
        " ".join(texts(report_of(toy(rule, visits(), months=3), "inspection", fixed=True)))
        for rule in ("", first, soft)
    )
    assert words in eased
    assert words not in strict + shared
    assert some in shared
    assert some not in strict + eased


def test_what_is_already_planned_is_told_in_words() -> None:
    planned_ = """\
[[changes]]
from = 2025-09-01
why = "Fewer visits"
[changes.set]
"cohorts.a.duties.visit.per_year" = { hi = 6, lo = { value = 2, low = 1, high = 4 } }
"cohorts.a.duties.visit.hours" = { value = 3, low = 2, high = 4 }
[[changes]]
from = 2025-10-01
set = { "teams.t.grades.pc.posts" = 2 }
[[events]]
at = 2025-06-01
cohort = "a"
arrivals = 1
tier = "hi"
[[events]]
at = 2025-07-01
cohort = "a"
arrivals = 12
why = "A prison closes"
[[events]]
at = 2025-08-01
cohort = "a"
cases = 5
from = "hi"
to = "lo"
[[events]]
at = 2025-08-01
cohort = "a"
leavers = 1
[[events]]
at = 2025-08-01
cohort = "a"
leavers = 3
tier = "hi"
"""
    text = toy(planned_, months=12, grade='joiners_due = { "2025-05" = 1, "2025-06" = 0 }')
    assert rows_of(report_of(text, "statement", fixed=True), "changes") == [
        ["May 2025", "Already appointed, join", "1 FTE, Constable, Team"],
        ["Jun 2025", "One-off", "1 case arrives in A (High)"],
        ["Jul 2025", "A prison closes", "12 cases arrive in A"],
        ["Aug 2025", "One-off", "5 cases move from High to Lo"],
        ["Aug 2025", "One-off", "1 case leaves A"],
        ["Aug 2025", "One-off", "3 cases leave A (High)"],
        [
            "Sep 2025",
            "Fewer visits",
            "Times due per case per year, High: 12 per year → 6 per year (A: Home visit); "
            "Times due per case per year, Lo: 4 per year → 2 per year (A: Home visit); "
            "Lead officer's time for one: 2 hours → 3 hours (A: Home visit)",
        ],
        ["Oct 2025", "Settings change", "Posts: 3 posts → 2 posts (Team: Constable)"],
    ]


def test_a_manifest_whose_parts_are_no_list_is_told_so() -> None:
    found = plan_of(toy(visits(), months=3), fixed=True)
    frames, manifest = told(found)
    for wrong in ("answer", None):
        with pytest.raises(InputError, match=r"report\.sections: must be a list of parts"):
            report.as_told(found, frames, manifest | {"report": {"sections": wrong}})


# How certain ----------------------------------------------------------------------------------


def test_standards_kept_in_every_future_are_told_so() -> None:
    """Three posts have 520 hours and the visits take 160, whoever comes and goes."""
    made_ = report_of(toy(visits(), months=12), "answer", "uncertainty", draws=True)
    assert points(made_)["How certain"].startswith(
        "Probability that every standard is met all year: 100% in 2025/26. "
    )
    assert [row[:5] for row in rows_of(made_, "chances")[:4]] == [
        ["No posts added", "Visits", "High", "2025/26", "100%"],
        ["No posts added", "Visits", "Lo", "2025/26", "100%"],
        ["No posts added", "Visits", "–", "2025/26", "100%"],
        ["No posts added", "Every standard", "–", "2025/26", "100%"],
    ]
    assert pictures_of(made_)["completion"].message == (
        "Lowest completion of home visits in the middle of the simulations: 100% in every month "
        "with no posts added; 100% in every month with the team needed; shaded: 8 in 10 simulations"
    )


def test_a_tier_is_named_as_the_cohort_of_the_standard_does() -> None:
    """Both cohorts have a tier `hi`: High in one, Priority in the other."""
    limit = '[[standards]]\nname = "Calls"\ncohort = "b"\nduty = "call"\ncompletion = 0.9\n'
    both = '[[standards]]\nname = "Each"\ncohort = "a"\ncases_per_officer = 90\ntiers = {}\n'
    third = (
        'tiers = { hi = { cases = 60, label = "High" }, lo = { cases = 60 }, no = { cases = 5 } }'
    )
    text = toy(limit, both.format('["hi", "lo"]'), SECOND.format(posts=2), months=3)
    text = re.sub(r"tiers = \{ hi = .*lo = .*\}", third, text, count=1)
    rows = rows_of(report_of(text, "uncertainty", fixed=True, draws=True), "chances")
    assert {(row[1], row[2]) for row in rows if row[2] != "–"} == {
        ("Calls", "Priority"),
        ("Each", "High, Lo"),
    }


def test_a_duty_of_one_tier_has_its_range_too() -> None:
    text = toy(visits(), months=12).replace("lo = 4", "lo = 0")
    assert rows_of(report_of(text, "uncertainty", fixed=True, draws=True), "ranges") == [
        ["Home visit (A)", "Completion", "No posts added", "100%", "100%", "100%"],
        ["Home visit (A)", "Outstanding", "No posts added", "0", "0", "0"],
    ]


def test_where_no_duty_is_owed_only_chances_are_told() -> None:
    """120 cases and three posts: 40 an officer."""
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 40.5\n'
    text = toy(limit, months=6).replace("hi = 12, lo = 4", "hi = 0, lo = 0")
    made_ = report_of(text, "inspection", "uncertainty", fixed=True, draws=True)
    assert {one.name for one in tables_of(made_)} >= {"chances"}
    assert "ranges" not in {one.name for one in tables_of(made_)}
    assert [one.message for one in pictures_of(made_).values()] == [
        "A: cases per officer stay at 40 with no posts added; the limit is 40.5"
    ]


@pytest.mark.parametrize("simulated", [False, True])
def test_a_team_without_officers_has_words_in_the_place_of_a_ratio(simulated: bool) -> None:
    """Nobody is in post, and no post may be added."""
    limits = """
        [[standards]]
        name = "Limit"
        cohort = "a"
        cases_per_officer = 50

        [[standards]]
        name = "No new posts"
        team = "t"
        max_posts = 0
    """
    plan = plan_of(toy(limits, "[chance]\nwhole = false", months=6, posts=0), fixed=not simulated)
    found = recommended.recommend(plan, number=60) if simulated else None
    assert found is None or isinstance(found, Recommended)
    manifest = manifests.manifest_of(plan, {})
    made_ = report.content(plan, tables.tables(plan), manifest, ["inspection"], advice=found)
    (chart,) = pictures_of(made_).values()
    told = "A: with no posts added there is no officer at some time; "
    if simulated:
        told += "with the recommended plan there is no officer at the end; "
    shaded = "; shaded: 8 in 10 simulations" if simulated else ""
    assert chart.message == f"{told}the limit is 50{shaded}"
    assert "nan" not in svg(chart).lower()
    if simulated:
        rows = rows_of(made_, "ratios")
        assert [(row[4], row[5]) for row in rows] == 3 * [("no officer", "–")]


def test_cohorts_shown_together_have_no_range_of_one_of_them() -> None:
    other = '[cohorts.b]\nlike = "a"\ngroup = "{}"\n'
    together, apart = (
        pictures_of(report_of(toy(visits(), other.format(group), months=3), "answer", draws=True))
        for group in ("a", "b")
    )
    assert together["completion"].bands == ()
    assert "shaded" not in together["completion"].message
    assert [one.role for one in apart["completion"].bands] == ["today", "sized"]


def test_the_middle_of_the_simulations_is_the_picture_and_the_single_course_stands_beside_it() -> (
    None
):
    """Of 20 futures the middle is the mean of the tenth and the eleventh of each month."""
    text = toy(visits(), months=12, cases=90, duty="hours = 2\naccess_rate = 0.9")
    found = plan_of(text)
    made_ = pictures_of(report_of(text, "answer", draws=True))["completion"]
    assert made_.message.startswith(
        "Lowest completion of home visits in the middle of the simulations: "
    )
    assert made_.message.endswith("; shaded: 8 in 10 simulations")
    futures_ = draws_of(found)["bands"]
    mine = futures_[(futures_["measure"] == "completion") & (futures_["duty"] == "visit")]
    mine = mine[mine["tier"].isna() & (mine["option"] == "today")]
    line, band = made_.series[0], made_.bands[0]
    assert line.name == band.name == "No posts added"
    assert list(line.values) == mine["p50"].tolist()
    assert list(band.low) == mine["p10"].tolist()
    assert made_.table is not None
    heads = [column.heading for column in made_.table.columns]
    assert "No posts added, single course (no chance)" in heads
    run = found.today.projection
    single = run.done[0, -1].sum() / run.due[0, -1].sum()
    assert made_.table.rows[-1][heads.index("No posts added, single course (no chance)")] == single


def test_a_duty_that_falls_due_in_no_future_drawn_has_no_range() -> None:
    """One new case in 1,600 years: none in any of 20 futures of half a year."""
    text = toy(visits(), months=6, cases=0).replace(
        "growth_per_year = 0.0", "entrants_per_month = 0.00005\nentry_mix = { hi = 1 }"
    )
    made_ = report_of(text, "answer", "uncertainty", fixed=True, draws=True)
    assert pictures_of(made_)["completion"].bands == ()
    assert rows_of(made_, "ranges")[0] == [
        *("Home visit (A)", "Completion", "No posts added", "–", "–", "–"),
    ]


def test_levels_that_cannot_be_reached_have_no_table() -> None:
    """At most 65% can be seen in a month, and the levels begin at 70%."""
    duty = "hours = 2\naccess_rate = {}"
    names = [
        {
            one.name
            for one in tables_of(
                report_of(toy(visits(0.6), months=12, duty=duty.format(rate)), "prices", why=True)
            )
        }
        for rate in (1.0, 0.65)
    ]
    assert "frontier" in names[0]
    assert "frontier" not in names[1]


# Options side by side ----------------------------------------------------------------------


def paper_of(*given: str) -> Report:
    """What an options paper of some scenarios says: current posts of each."""
    texts_ = {f"{name}.toml": text for name, text in zip("abc", given, strict=False)}
    plans = [stages.run(read(name, files=texts_), fixed=True) for name in texts_]
    every = [Facts(one, {}, "run") for one in plans]
    first = Facts(plans[0], {}, "run", tuple(plans[1:]))
    parts = options.sections([first, *every[1:]])
    return Report("Options", "", "", "a", "run", "1", 2025, parts)


def test_a_year_that_an_option_does_not_reach_has_no_cost() -> None:
    made_ = paper_of(toy(visits(), months=24), toy(visits(), months=12))
    assert rows_of(made_, "cash-by-year") == [
        ["A: no posts added", "£150,000", "£150,000"],
        ["B: no posts added", "£150,000", "–"],
    ]
    chart = pictures_of(made_)["completion"]
    assert [one.name for one in chart.series] == ["A: no posts added"]  # the other ends before


def test_options_that_end_alike_are_told_so() -> None:
    """One post has 173⅓ hours and the visits take 160; half a post does 43⅓ of them.

    From June 60 of the high tier fall due a month and all 60 of the low one wait: 36%.
    """
    alike = paper_of(toy(visits(), months=6), toy(visits(), months=6, posts=1))
    assert pictures_of(alike)["completion"].message == (
        "Completion of home visits in its lowest month is 100% with every option"
    )
    apart = paper_of(toy(visits(), months=6), toy(visits(), months=6, posts=0.5))
    assert pictures_of(apart)["completion"].message == (
        "Completion of home visits in its lowest month is 36% (B: no posts added, June 2025) to "
        "100%, depending on the option"
    )


def test_options_of_which_nothing_is_due_have_no_chart() -> None:
    made_ = paper_of(toy(visits(), months=3, cases=0), toy(visits(), months=3, cases=0, posts=2))
    assert pictures_of(made_) == {}
    assert [row[0] for row in rows_of(made_, "cash-by-year")] == [
        "A: no posts added",
        "B: no posts added",
    ]


def test_a_duty_that_is_due_no_more_at_the_end_is_compared_month_by_month() -> None:
    """Visits end in June, those of the second duty go on."""
    extra = '[cohorts.a.duties.call]\nlabel = "Call"\nper_year = { lo = 12 }\nhours = 1\n'
    ended = (
        "[[changes]]\nfrom = 2025-06-01\n"
        'set = { "cohorts.a.duties.visit.per_year" = { hi = 0, lo = 0 } }\n'
    )
    text = toy(visits(first="2025-04-01"), extra, ended, months=4)
    other = toy(visits(first="2025-04-01"), extra, ended, months=4, posts=0.5)
    chart = pictures_of(paper_of(text, other))["completion"]
    # Half a post does 43⅓ visits a month: of 80 in April, of 60 + 40 in May.
    assert chart.message == (
        "Completion of home visits in its lowest month is 43% (B: no posts added, May 2025) to "
        "100%, depending on the option"
    )
    assert [one.name for one in chart.series] == ["A: no posts added", "B: no posts added"]
    assert [shown(value, "share") for value in chart.series[0].values] == [
        *("100%", "100%", "–", "–"),
    ]


def test_settings_that_differ_are_said_in_words() -> None:
    more = """\
[priority]
rule = "strict"
order = ["a.visit.lo", "a"]
[[people]]
team = "t"
grade = "pc"
fte = 1
from = 2025-06-01
why = "Loan"
"""
    hours = "hours = { value = 2, low = 1, high = 3 }"
    made_ = paper_of(
        toy(visits(), months=6),
        'question = "What if?"\n' + toy(visits(), more, months=6, duty=hours),
        toy(visits(), months=6, posts=2),
    )
    assert sorted(rows_of(made_, "differences-b")) == [
        ["A: Home visit, Lead officer's time for one", "2 hours", "2 hours (1 hour to 3 hours)"],
        ["Loan, Change in people", "–", "1 FTE"],
        ["Loan, First month", "–", "June 2025"],
        ["Loan, Grade it happens to", "–", "Constable"],
        ["Loan, Team it happens to", "–", "Team"],
        ["Order in which work is served when hours are short", "–", "A: Home visit: Lo and A"],
    ]
    assert texts(made_)[-1:] == ["What if?"]
    assert rows_of(made_, "differences-c") == [["Team: Constable, In post", "3 FTE", "2 FTE"]]


# LibreOffice -------------------------------------------------------------------------------

RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""


def recalculated(content: bytes, folder: Path) -> bytes:
    """A workbook as LibreOffice works it out again."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office is not None, "needs LibreOffice: .ci/libreoffice installs it"
    (folder / "profile" / "user").mkdir(parents=True, exist_ok=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    (folder / "plan.xlsx").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    form = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "anew")]
    command = [office, profile, "--headless", *form, str(folder / "plan.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return (folder / "anew" / "plan.xlsx").read_bytes()


def formulas(content: bytes) -> dict[tuple[str, str], Any]:
    """The value of every cell with a formula."""
    live = openpyxl.load_workbook(io.BytesIO(content))
    held = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {
        (sheet.title, cell.coordinate): held[sheet.title][cell.coordinate].value
        for sheet in live
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


# openpyxl cannot read the charts that LibreOffice writes; their cells it can.
@pytest.mark.filterwarnings("ignore:Unable to read chart:UserWarning")
@pytest.mark.office
@pytest.mark.parametrize("name", ["norfolk-2024", "vaws-2025"])
def test_libreoffice_works_out_our_numbers(name: str, tmp_path: Path) -> None:
    content = made(name)[1]["plan.xlsx"]
    ours, theirs = formulas(content), formulas(recalculated(content, tmp_path))
    assert len(ours) > (10_000 if name == "norfolk-2024" else 200)
    for place, value in ours.items():
        if value in (None, ""):
            assert theirs[place] in (None, ""), place
        else:
            assert theirs[place] == pytest.approx(value, abs=0.005), place


@pytest.mark.filterwarnings("ignore:Unable to read chart:UserWarning")
@pytest.mark.office
def test_a_changed_rate_or_post_moves_every_total(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made("vaws-2025")[1]["plan.xlsx"]))
    book["Rates"]["C4"] = 0.1  # pay award, from September: the last 7 of 12 months
    book["Rates"]["B4"] = 0.0  # discount rate
    book["Costs"]["O7"] = -4  # temporary posts of the team needed: seven instead of eleven
    changed = io.BytesIO()
    book.save(changed)
    anew = recalculated(changed.getvalue(), tmp_path)
    found = openpyxl.load_workbook(io.BytesIO(anew), data_only=True)
    assert found["Costs"]["K7"].value == pytest.approx(7 / 11 * 349_340, abs=0.005)
    assert found["Options"]["D5"].value == pytest.approx(7 / 11 * 349_340, abs=0.005)
    sheet = found["Budget"]
    rows = {str(row[1]): row for row in sheet.iter_rows(values_only=True) if row[1]}
    in_cash = (5 + 7 * 1.1) / 12
    assert rows["Norfolk"][4] == pytest.approx(7 / 11 * 197_202 * in_cash, abs=0.005)
    assert rows["Norfolk"][5] == pytest.approx(7 / 11 * 197_202, abs=0.005)


@pytest.mark.filterwarnings("ignore:Unable to read chart:UserWarning")
@pytest.mark.office
def test_money_follows_what_is_typed_and_text_does_no_harm(tmp_path: Path) -> None:
    """Eleven posts from April 2025 for a year, a cost of £40,000 per year each, one post fewer.

    Ten posts: £400,000 for the year and for a full year. All ten are filled, as all eleven were.
    Text in a cell for input counts as 0 and is told of; no cell shows an error.
    """
    book = openpyxl.load_workbook(io.BytesIO(made("vaws-2025")[1]["plan.xlsx"]))
    officer, _ = [row for row in book["Rates"].iter_rows() if "Temporary" in str(row[2].value)]
    officer[4].value = 40_000
    rows = {(row[0].value, row[3].value): row for row in book["Costs"].iter_rows(min_row=4)}
    (mine,) = [row for names, row in rows.items() if names == ("Team needed", officer[2].value)]
    mine[14].value = -1
    book["Rates"]["B4"] = "three and a half"
    changed = io.BytesIO()
    book.save(changed)
    anew = openpyxl.load_workbook(
        io.BytesIO(recalculated(changed.getvalue(), tmp_path)), data_only=True
    )
    values = [c.value for sheet in anew for row in sheet.iter_rows() for c in row]
    assert [one for one in values if str(one).startswith(("#", "Err:"))] == []
    costs_ = anew["Costs"]
    assert costs_["G2"].value == 1
    place = mine[0].row
    assert costs_.cell(place, COLUMNS["total_real"] + 1).value == pytest.approx(400_000)
    assert costs_.cell(place, COLUMNS["budget"] + 1).value == pytest.approx(400_000)
    assert costs_.cell(place, COLUMNS["forecast"] + 1).value == pytest.approx(400_000)
    tables_ = {
        str(row[0]): [one for one in row if one is not None]
        for row in anew["Budget"].iter_rows(values_only=True)
    }
    assert tables_["Posts above no posts added"][1] == 10
    assert tables_["Posts above no posts added"][3] == pytest.approx(400_000)


EDITED = """
title = "Edited"
start = 2025-01-01
months = 27

[cohorts.rso]
team = "ppu"
[cohorts.rso.tiers]
high = { cases = 30 }
[cohorts.rso.duties.visit]
per_year = 12
hours = 20
[queues.referrals]
team = "ppu"
arrivals_per_month = 4
hours = 6

[teams.ppu]
overtime_hours_per_fte_month = 10
overtime_in_use = 10
overtime_cost_per_hour = 40
overtime_on_costs = 0.1
[teams.ppu.grades.constable]
in_post = 2
posts = 3
max_joiners_per_month = 0.25
joining_cost = 500
ending_cost = 900
[teams.ppu.grades.constable.cost_per_year]
pay = 30000
pension_rate = 0.3
ni_rate = 0.1
ni_threshold = 5000
levy_rate = 0.01
other = 100
training = 200
non_pay = 300
[teams.ppu.grades.clerk]
kind = "staff"
in_post = 1
casework_share = 0
joining_cost = 50
ending_cost = 60
cost_per_year = 24000
[teams.ppu.grades.sergeant]
in_post = 1
casework_share = 0
joining_cost = 70
ending_cost = 80
cost_per_year = { pay = 50000, on_costs = "statutory" }

[[changes]]
from = 2026-10-01
set = { "teams.ppu.grades.constable.posts" = 2, "teams.ppu.grades.clerk.posts" = 0 }
[[changes]]
from = 2025-04-01
set = { "teams.ppu.grades.sergeant.cost_per_year.other" = 0 }

[[people]]
team = "ppu"
grade = "constable"
fte = 0.5
from = 2025-06-01
until = 2025-11-30
why = "Cover"
funded = true

[[funding]]
name = "Grant"
team = "ppu"
grade = "constable"
posts = 1
until = 2025-12-31
source_of_funds = "grant"
[[funding]]
name = "Reserve"
team = "ppu"
grade = "constable"
pounds_per_year = 20000
from = 2026-01-01
until = 2026-06-30
source_of_funds = "reserve"
[[funding]]
name = "Precept"
team = "ppu"
pounds_per_year = 10000
source_of_funds = "precept"

[finance]
discount_rate = 0.03
pay_award_per_year = 0.02
vacancy_factor = 0.1
inflation = 0.05
prices = "pay"
pay_awards = { officer = { 2025-09 = 0.05 } }
"""

POST_PARTS = ("pay", "pension_rate", "ni_rate", "ni_threshold", "levy_rate", "other", "training")
POST_PARTS += ("non_pay",)


def _set(grade: str, **parts: float) -> str:
    """A dated change of a grade's cost, by its parts."""
    name = f"teams.ppu.grades.{grade}.cost_per_year"
    return ", ".join(f'"{name}.{key}" = {value}' for key, value in parts.items())


EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "discount": (("discount_rate = 0.03", "discount_rate = 0.06"),),
    "award": (("pay_award_per_year = 0.02", "pay_award_per_year = 0.04"),),
    "vacancy": (("vacancy_factor = 0.1", "vacancy_factor = 0.2"),),
    "inflation": (("inflation = 0.05", "inflation = 0.1"),),
    "known award": (("2025-09 = 0.05", "2025-09 = 0.07"),),
    "hour": (("overtime_cost_per_hour = 40", "overtime_cost_per_hour = 50"),),
    "on-costs": (("overtime_on_costs = 0.1", "overtime_on_costs = 0.2"),),
    "Grant": (('"constable"\nposts = 1', '"constable"\nposts = 1.5'),),
    "Reserve": (("pounds_per_year = 20000", "pounds_per_year = 14000"),),
    "Precept": (("pounds_per_year = 10000", "pounds_per_year = 25000"),),
}
"""What each cell for input becomes in the file, but for those of the grades."""

CELLS = {
    **{"discount": 0.06, "award": 0.04, "vacancy": 0.2, "inflation": 0.1, "known award": 0.07},
    **{"hour": 50, "on-costs": 0.2, "Grant": 1.5, "Reserve": 14_000, "Precept": 25_000},
}
"""And what is typed into the cell."""

CONSTABLE = (33_000, 0.35, 0.15, 9_000, 0.02, 150, 260, 350)
CLERK = 26_000
TO_MARCH = (52_000, 0.36, 0.14, 9_500, 0.006, 10, 20, 30)
FROM_APRIL = (52_000, 0.37, 0.16, 5_500, 0.007, 10, 20, 30)
"""Of the sergeant: statutory rates to March 2025, and from April 2025 on."""


def edited() -> str:
    """The scenario with every cell for input changed."""
    text = EDITED
    for swaps in EDITS.values():
        for old, new in swaps:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
    old = dict(zip(POST_PARTS, (30_000, 0.3, 0.1, 5_000, 0.01, 100, 200, 300), strict=True))
    for key, value in zip(POST_PARTS, CONSTABLE, strict=True):
        assert f"{key} = {old[key]}\n" in text
        text = text.replace(f"{key} = {old[key]}\n", f"{key} = {value}\n", 1)
    early = ", ".join(f"{key} = {value}" for key, value in zip(POST_PARTS, TO_MARCH, strict=True))
    late = _set("sergeant", **dict(zip(POST_PARTS, FROM_APRIL, strict=True)))
    for before, after in (
        ("cost_per_year = 24000", f"cost_per_year = {CLERK}"),
        ('{ pay = 50000, on_costs = "statutory" }', f"{{ {early} }}"),
        (_set("sergeant", other=0), late),
        *(("joining_cost = 500", "joining_cost = 700"), ("ending_cost = 900", "ending_cost = 950")),
        *(("joining_cost = 50\n", "joining_cost = 55\n"), ("ending_cost = 60", "ending_cost = 65")),
        *(("joining_cost = 70\n", "joining_cost = 75\n"), ("ending_cost = 80", "ending_cost = 85")),
    ):
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def fill(book: openpyxl.Workbook) -> None:
    """Type into every cell for input of the sheets Rates and Funding."""
    rates, funding = book["Rates"], book["Funding"]
    typed = {"Rates": set(), "Funding": set()}

    def put(sheet: Any, place: str, value: float) -> None:
        sheet[place] = value
        typed[sheet.title].add(place)

    for column, name in zip("BCDF", ("discount", "award", "vacancy", "inflation"), strict=True):
        put(rates, f"{column}4", CELLS[name])
    seen: dict[str, int] = {}
    for row in rates.iter_rows(min_row=5):
        place, grade = row[0].row, str(row[2].value)
        if str(row[3].value).startswith("2025-09") and not row[4].protection.locked:
            put(rates, f"E{place}", CELLS["known award"])
        elif row[13].value is not None and not row[13].protection.locked:
            seen[grade] = seen.get(grade, 0) + 1
            sergeant = TO_MARCH if seen[grade] == 1 else FROM_APRIL
            given = {"constable": CONSTABLE, "clerk": (CLERK, *(0,) * 7)}.get(grade, sergeant)
            one_offs = {"constable": (700, 950), "clerk": (55, 65)}.get(grade, (75, 85))
            for column, value in zip("EFGHIJKL", given, strict=True):
                put(rates, f"{column}{place}", value)
            for column, value in zip("NO", one_offs, strict=True):
                put(rates, f"{column}{place}", value)
        elif not row[5].protection.locked:
            put(rates, f"E{place}", CELLS["hour"])
            put(rates, f"F{place}", CELLS["on-costs"])
    for row in funding.iter_rows(min_row=4, max_row=6):
        column = "G" if row[6].value is not None else "H"
        put(funding, f"{column}{row[0].row}", CELLS[str(row[0].value)])
    for title, places in typed.items():
        open_ = {
            cell.coordinate
            for row in book[title].iter_rows()
            for cell in row
            if not cell.protection.locked
        }
        assert places == open_, title


@pytest.mark.filterwarnings("ignore:Unable to read chart:UserWarning")
@pytest.mark.office
@pytest.mark.parametrize("prices", ["pay", "deflated"])
def test_a_workbook_with_every_cell_edited_agrees_with_a_new_run(
    prices: str, tmp_path: Path
) -> None:
    """Every cell for input of the sheets Rates and Funding: none is left out."""
    before, after = (
        stages.run(
            read(
                "edited.toml",
                files={"edited.toml": one.replace('prices = "pay"', f'prices = "{prices}"')},
            ),
            fixed=True,
        )
        for one in (EDITED, edited())
    )
    book = openpyxl.load_workbook(io.BytesIO(report.files(before, *told(before))["plan.xlsx"]))
    fill(book)
    out = io.BytesIO()
    book.save(out)
    anew = openpyxl.load_workbook(
        io.BytesIO(recalculated(out.getvalue(), tmp_path)), data_only=True
    )
    fresh = openpyxl.load_workbook(
        io.BytesIO(report.files(after, *told(after))["plan.xlsx"]), data_only=True
    )
    count = 0
    for title in ("Costs", "MTFP", "Options", "Funding", "Check", "Cost workings", "Rates"):
        for mine, theirs in zip(anew[title].iter_rows(), fresh[title].iter_rows(), strict=False):
            for cell, expected in zip(mine, theirs, strict=False):
                if isinstance(expected.value, int | float):
                    there = (title, cell.coordinate)
                    assert cell.value == pytest.approx(expected.value, rel=1e-6, abs=0.01), there
                    count += 1
    assert count > 1_500
    checks = anew["Check"]
    assert [row[3].value for row in checks.iter_rows(min_row=4) if row[0].value][-1] == 0
    paid = {
        (str(row[0]), str(row[1])): row[2:4]
        for row in anew["Funding"].iter_rows(values_only=True)
        if str(row[1]).startswith("202")
    }
    for one in tables.TABLES["funding"](after).to_dict("records"):
        assert paid[one["name"], one["year"]] == pytest.approx((one["paid"], one["gap"]), abs=0.01)
    lines = tables.TABLES["mtfp"](after)
    by_line = {}
    for row in anew["MTFP"].iter_rows(min_row=4, values_only=True):
        if isinstance(row[5], int | float):
            by_line[str(row[4])] = by_line.get(str(row[4]), 0.0) + row[5]
    for name, total in lines.groupby("subjective")["cash"].sum().items():
        assert by_line[str(name)] == pytest.approx(total, abs=0.01), name


BY_MONTH = """
title = "Posts by month"
start = 2025-01-01
months = 27
[cohorts.rso]
team = "ppu"
[cohorts.rso.tiers]
high = { cases = 30 }
[cohorts.rso.duties.visit]
per_year = 12
hours = 2
[teams.ppu.grades.constable]
in_post = 4
cost_per_year = { pay = 40000, on_costs = "statutory", other = 900, training = 200, non_pay = 300 }
[teams.ppu.grades.clerk]
kind = "staff"
in_post = 5
casework_share = 0
cost_per_year = 27000
[[funding]]
name = "Grant"
team = "ppu"
grade = "clerk"
posts = 1
until = 2025-12-31
source_of_funds = "grant"
[[funding]]
name = "Reserve"
team = "ppu"
pounds_per_year = 20000
from = 2026-01-01
source_of_funds = "reserve"
[finance]
discount_rate = 0.03
pay_award_per_year = 0.02
vacancy_factor = 0.1
"""
"""Nobody leaves, joins for money or is paid to go: people in post follow posts in the month."""

TYPED = {
    "constable": {"2025-07": 6, "2026-01": 3, "2026-06": 5},
    "clerk": {"2025-04": 7, "2025-11": 2, "2026-09": 0},
}
"""Posts from each month on."""


@pytest.mark.filterwarnings("ignore:Unable to read chart:UserWarning")
@pytest.mark.office
def test_posts_typed_by_month_agree_with_a_new_run(tmp_path: Path) -> None:
    """Every month's posts on the sheet Staffing: all money is that of a run with these posts."""
    changes = "".join(
        f'[[changes]]\nfrom = {when}-01\nset = {{ "teams.ppu.grades.{grade}.posts" = {posts} }}\n'
        for grade, dated in TYPED.items()
        for when, posts in dated.items()
    )
    before, after = (
        stages.run(read("m.toml", files={"m.toml": text}), fixed=True)
        for text in (BY_MONTH, BY_MONTH + changes)
    )
    book = openpyxl.load_workbook(io.BytesIO(report.files(before, *told(before))["plan.xlsx"]))
    typed = 0
    for row in book["Staffing"].iter_rows(min_row=2):
        dated = TYPED.get(str(row[2].value))
        if dated is None:
            continue
        assert not row[4].protection.locked
        since = [posts for when, posts in dated.items() if when <= f"{row[3].value:%Y-%m}"]
        if since:
            row[4].value = since[-1]
            typed += 1
    assert typed == (27 - 6) + (27 - 3)
    out = io.BytesIO()
    book.save(out)
    anew = openpyxl.load_workbook(
        io.BytesIO(recalculated(out.getvalue(), tmp_path)), data_only=True
    )
    fresh = openpyxl.load_workbook(
        io.BytesIO(report.files(after, *told(after))["plan.xlsx"]), data_only=True
    )
    count = 0
    for title in ("Costs", "Funding", "Check", "Cost workings"):
        for mine, theirs in zip(anew[title].iter_rows(), fresh[title].iter_rows(), strict=True):
            for cell, expected in zip(mine, theirs, strict=True):
                joiners = title == "Cost workings" and expected.column_letter == "I"
                if isinstance(expected.value, int | float) and not joiners:  # they cost nothing
                    there = (title, cell.coordinate)
                    assert cell.value == pytest.approx(expected.value, rel=1e-6, abs=0.01), there
                    count += 1
    assert count > 1_000
    lines = tables.TABLES["mtfp"](after).groupby(["year", "subjective"])["cash"].sum()
    by_line: dict[tuple[str, str], float] = {}
    for row in anew["MTFP"].iter_rows(min_row=4, values_only=True):
        if isinstance(row[5], int | float):
            key = (str(row[0]), str(row[4]))
            by_line[key] = by_line.get(key, 0.0) + row[5]
    for key, total in lines.items():
        assert by_line[key] == pytest.approx(total, abs=0.01), key
    paid = tables.TABLES["costs"](after)["total_cash"].sum()
    held = tables.TABLES["costs"](before)["total_cash"].sum()
    assert abs(paid - held) > 10_000  # what is typed is not what was there


def test_cells_for_input_take_plausible_numbers_only_and_others_are_kept() -> None:
    live = book("vaws-2025", held=False)
    for sheet in live:
        assert sheet.protection.sheet, sheet.title
        assert sheet.protection.password is None
        rules = sheet.data_validations.dataValidation
        spans = [span for rule in rules for span in rule.sqref.ranges]
        checked = {
            f"{get_column_letter(column)}{row}" for span in spans for row, column in span.cells
        }
        open_ = {
            cell.coordinate
            for row in sheet.iter_rows()
            for cell in row
            if not cell.protection.locked
        }
        assert open_ <= checked, sheet.title


def test_no_sentence_of_the_workbook_quotes_money_that_would_not_follow() -> None:
    live = book("vaws-2025", held=False)
    for title in ("Summary", "Budget", "Standards met"):
        told_ = [str(cell.value) for row in live[title].iter_rows() for cell in row if cell.value]
        prose = [
            one for one in told_ if not one.startswith(("=", "Table", "Figure")) and "£" in one
        ]
        assert prose == [], title


# Theme and cells ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('colour = "blue"', "colour: must be a colour such as #1F3A5F"),
        ('colour = "#FFFF00"', "colour: must be dark enough to be read on white"),
        ("pink = 1\nname = 3", "name: must be text of at most 100 letters"),
        (
            "pink = 1",
            "pink: unknown setting; must be one of: name, colour, logo, "
            "marking, meeting, date, author, owner",
        ),
        ('logo = "no.png"', "logo: cannot be read, got no.png"),
        ('logo = "theme.toml"', "logo: must be a PNG or JPEG picture"),
        ("name = ", "must be TOML in UTF-8"),
    ],
)
def test_a_theme_that_is_wrong_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "theme.toml"
    path.write_text(text)
    with pytest.raises(InputError) as told_:
        themes.read(path)
    assert message in str(told_.value)


def test_a_crest_too_large_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "crest.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(600_000))
    (tmp_path / "theme.toml").write_text('logo = "crest.png"\n')
    with pytest.raises(InputError, match="logo: must be at most 500 kB"):
        themes.read(tmp_path / "theme.toml")


def test_a_theme_goes_through_a_manifest(tmp_path: Path) -> None:
    logo = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
        "6460f85f0f0002870180eb47ba920000000049454e44ae426082"
    )
    (tmp_path / "crest.png").write_bytes(logo)
    (tmp_path / "theme.toml").write_text('name = "Any Force"\nlogo = "crest.png"\n')
    theme = themes.read(tmp_path / "theme.toml")
    assert themes.from_options(theme.as_options(), "x") == theme
    found = planned("vaws-2025")
    files = report.files(found, *told(found), ["answer"], theme)
    assert theme.logo_address.encode() in files["report.html"]
    names = zipfile.ZipFile(io.BytesIO(files["plan.xlsx"])).namelist()
    assert any("media/image1" in name for name in names)


def test_cells_are_rounded_for_people() -> None:
    assert shown(1234.5, "pounds") == "£1,234"
    assert shown(-1234.6, "pounds") == "−£1,235"
    assert shown(-0.2, "pounds") == "£0"
    assert shown(0.9999, "share") == "99.9%"
    assert shown(0.035, "share") == "3.5%"
    assert shown(1.0, "share") == "100%"
    assert shown(float("nan"), "share") == "–"
    assert shown(None, "number") == "–"
    assert shown("2025-10", "month") == "Oct 2025"
    assert shown("at once", "month") == "at once"
    assert shown(12.34, "number") == "12.3"
    assert [shown(0.0, one) for one in ("number", "people")] == ["0", "0"]
    assert [shown(0.001, one) for one in ("number", "people")] == ["0", "0"]
    assert [shown(0.02, one) for one in ("number", "people")] == ["<0.1", "<0.1"]
    assert shown(1255.2, "number") == "1,255"


def test_totals_add_up_columns_of_numbers() -> None:
    body = rows_with_total([("a", 1.0, "x", 5.0), ("b", 2.5, "y", 6.0)], "All", leave=(3,))
    assert body[-1] == ("All", 3.5, None, None)
    assert rows_with_total([]) == ()


@pytest.mark.parametrize(
    ("name", "fixed"),
    [
        ("vaws-2025", False),
        pytest.param("norfolk-2024", False, marks=pytest.mark.slow),
        pytest.param("leave-and-loan", True, marks=pytest.mark.slow),
    ],
)
def test_every_table_has_cells_for_its_columns(name: str, fixed: bool) -> None:
    tables_found = [one for one in every_block(made(name, fixed)[0]) if isinstance(one, Table)]
    assert len(tables_found) > 5
    for table in tables_found:
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.title
