"""A report: in a browser readable by everyone; from its page the bytes of the command line."""

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from capacity import report, stages
from capacity.app import paper
from capacity.app.paper import PARTS, PaperChoices
from capacity.app.toml_text import WhatIf, diff
from capacity.batch import delivering
from capacity.cli import app
from capacity.reading.scenario import read
from capacity.report.theme import Theme
from capacity.results import manifests, outputs, tables
from tests.app import pages
from tests.app.pages import said, sound


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = stages.run(read("vaws-2025"))
    manifest = manifests.manifest_of(found, {"fixed": False})
    files = report.files(found, tables.tables(found), manifest)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(files["report.html"])
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_nobody_is_shut_out(page: Page, report_file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report_file.as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_never_runs_off_the_screen(page: Page, report_file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_asked_of_anyone(page: Page, report_file: Path) -> None:
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.goto(report_file.as_uri())
    page.get_by_role("heading", level=1).wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert told == []


def test_the_contents_lead_to_each_part(page: Page, report_file: Path) -> None:
    page.goto(report_file.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the report"
    page.get_by_role("link", name="Inspection pack").click()
    assert page.url.endswith("#inspection")


# --- The page it is made on ----------------------------------------------------------------

SMALL = {"scenario": "norfolk-2021", "months": "9"}
EVERY = tuple(PARTS)
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one dot."""


def opened(**address: str) -> AppTest:
    return pages.opened(pages.report, **address)


def make(at: AppTest, kind: str = "today") -> AppTest:
    at.radio("report kind").set_value(kind)
    return sound(at.button("FormSubmitter:report-Make the report").click().run())


def by_command(folder: Path, texts: dict[str, str], *options: str) -> dict[str, bytes]:
    """What `capacity plan` writes for the first of some files, timings apart."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    typed = [
        "plan",
        str(folder / next(iter(texts))),
        "--out",
        str(folder / "out"),
        *options,
    ]
    outcome = CliRunner().invoke(app, typed)
    assert outcome.exit_code == 0, outcome.output
    every = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    every.pop(outputs.TIMINGS)
    return every


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "options"),
    [
        (PaperChoices("today", ("answer",), None), ["--fixed", "--no-why", "--sections", "answer"]),
        pytest.param(PaperChoices("why", EVERY, None), [], marks=pytest.mark.slow),
        pytest.param(
            PaperChoices("today", EVERY, None, sure=True),
            ["--fixed", "--no-why", "--draws 10000"],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            PaperChoices("team", ("answer", "budget"), None),
            ["--central", "--no-why", "--sections", "answer,budget"],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_files_are_those_of_the_command_to_the_byte(
    tmp_path: Path, asked: PaperChoices, options: list[str]
) -> None:
    base = read("norfolk-2021")
    changes = WhatIf({"months": 9, "cohorts.rso.hours_per_case_month": 0.6})
    text = diff(base, changes, "What if")
    scenario = read("mine-what-if.toml", files={"mine-what-if.toml": text})
    _, why = paper.OPTIONS[asked.kind]
    made = delivering.made(scenario, asked.options, why, asked.looks).files
    typed = [word for option in options for word in option.split()]
    assert made == by_command(tmp_path, {"mine-what-if.toml": text}, *typed)


def test_a_theme_is_that_of_a_theme_file(tmp_path: Path) -> None:
    (tmp_path / "crest.png").write_bytes(DOT)
    given = 'name = "Any Constabulary"\ncolour = "#123456"\nlogo = "crest.png"\n'
    (tmp_path / "force.toml").write_text(given, encoding="utf-8")
    text = (read("norfolk-2021")).files[0].text.replace("months = 12", "months = 6")
    options = ["--fixed", "--no-why", "--sections", "answer", "--theme"]
    wanted = by_command(tmp_path, {"mine.toml": text}, *options, str(tmp_path / "force.toml"))
    asked = PaperChoices("today", ("answer",), Theme("Any Constabulary", "#123456", DOT, "png"))
    scenario = read("mine.toml", files={"mine.toml": text})
    assert delivering.made(scenario, {"fixed": True}, False, asked.looks).files == wanted


@pytest.mark.slow
def test_the_page_offers_the_report_of_what_is_in_view(tmp_path: Path) -> None:
    at = make(opened(**SMALL))
    assert "The report is ready" in said(at)
    text = diff(read("norfolk-2021"), WhatIf({"months": 9}), _title("norfolk-2021"))
    scenario = read("norfolk-2021-what-if.toml", files={"norfolk-2021-what-if.toml": text})
    found = stages.run(scenario, fixed=True)
    run_id = manifests.manifest_of(found, {"fixed": True})["run_id"]
    assert f"Run {run_id}. The manifest, in the ZIP, records all that is needed" in said(at)
    assert "All tables (ZIP)" in [one.proto.label for one in at.get("download_button")]
    looks = PaperChoices("today", EVERY, None).looks
    kept = tmp_path / manifests.MANIFEST
    kept.write_bytes(delivering.made(scenario, {"fixed": True}, False, looks).files[kept.name])
    repeat = manifests.read_manifest(kept)
    assert repeat.run_id == run_id
    assert repeat.texts[repeat.scenario] == text
    assert repeat.options == {"fixed": True}
    assert not repeat.why


def _title(name: str) -> str:
    return f"{read(name).settings.title}: what if"


@pytest.mark.slow
def test_a_report_of_earlier_inputs_is_never_shown() -> None:
    at = make(opened(**SMALL))
    sound(at.button("undo months").click().run())
    assert "The report is ready" not in said(at)
    assert "Something was changed since the report was made" in said(at)
    sound(at.run())
    assert "What the report holds" in said(at)


def test_before_a_report_the_page_says_what_it_holds_and_works_nothing_out() -> None:
    at = opened(**SMALL)
    assert "the answer on one page" in said(at)
    assert "The report is ready" not in said(at)


def test_a_report_without_a_part_is_refused() -> None:
    at = opened(**SMALL)
    at.pills("report parts").set_value([])
    make(at)
    assert "Choose at least one part" in said(at)


def test_what_is_wrong_with_a_look_is_said() -> None:
    at = opened(**SMALL)
    at.color_picker("report colour").set_value("#ffff00")
    at.file_uploader("report logo").set_value(("crest.png", b"no picture", "image/png"))
    make(at)
    assert "must be dark enough to be read on white" in said(at)
    assert "must be a PNG or JPEG picture" in said(at)
    assert "The report is ready" not in said(at)


def test_the_archive_is_the_folder_of_the_command_with_its_scenario() -> None:
    files = {"a.csv": b"1", "report.html": b"2"}
    packed = paper.archive(files, {"x.toml": "title"})
    assert packed == paper.archive(dict(reversed(files.items())), {"x.toml": "title"})
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {"a.csv": b"1", "report.html": b"2", "x.toml": b"title"}


def test_links_of_a_preview_lead_to_its_own_parts_and_nothing_else_is_changed() -> None:
    page = '<a class="skip" href="#x">x</a><use href="#y"/><p>href="#z"</p>'
    wanted = '<a class="skip" href="about:srcdoc#x">x</a><use href="#y"/><p>href="#z"</p>'
    assert paper.framed(page.encode()) == wanted


def test_a_preview_is_shut_off_from_the_network(report_file: Path) -> None:
    policy = "default-src 'none'"
    assert policy in paper.framed(report_file.read_bytes())[:1500]


def test_a_manifest_says_what_was_asked(tmp_path: Path) -> None:
    asked = PaperChoices("today", ("answer", "budget"), None)
    scenario: Any = read("norfolk-2021")
    made = delivering.made(scenario, {"fixed": True}, False, asked.looks).files
    told = json.loads(made[manifests.MANIFEST])
    assert told["report"] == {"sections": ["answer", "budget"], "theme": None}
    assert told["why"] is False
    assert told["options"] == {"fixed": True}
