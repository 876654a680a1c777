"""Hostile and broken input: whatever comes in, out comes a result or what is wrong with it.

The fuzzers themselves are in `tests/fuzz` (`make fuzz`); here the same ways in are tried with what
they found, with valid files bent out of shape, and with what is hostile by design.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
import tomllib
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from typer.testing import CliRunner

from capacity import catalogue, limits
from capacity.app.toml_text import from_address
from capacity.cli import app
from capacity.errors import InputError, ScenarioError, TableError
from capacity.files import saving
from capacity.files.table_files import read_table, table_of
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import text_of
from capacity.report import theme
from capacity.results import outputs
from tests.fuzz import bending, targets
from tests.toys import sure, toy, visits

PLAIN: dict[str, Any] = tomllib.loads(targets.plain())
NEWER: dict[str, Any] = tomllib.loads(targets.newer()["s.toml"])


def told(text: str, **more: str) -> list[str]:
    """What is said of a scenario that cannot be read."""
    with pytest.raises(ScenarioError) as caught:
        read("s.toml", files={"s.toml": text, **{f"{k}.toml": v for k, v in more.items()}})
    return [str(problem) for problem in caught.value.problems]


def seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


BY_BYTES = (
    *("history", "register", "theme", "address", "diary", "spend", "bundle", "backup", "word"),
    *("offered", "waiting", "names", "schema"),
)
"""Doors that any bytes may be brought to."""


def test_every_setting_there_is_occurs_in_what_is_bent() -> None:
    """By the last part of its name; a setting that nothing bends is not tried at all."""
    text = targets.plain() + targets.newer()["s.toml"]
    names = {one.name.rpartition(".")[2] for one in catalogue.entries()}
    assert len(names) > 150
    assert sorted(one for one in names if not re.search(rf"\b{re.escape(one)}\b", text)) == []


# What was found, and what is bent ----------------------------------------------------------

FOUND = [(door, why, content) for door in targets.DOORS for why, content in targets.corpus(door)]


@pytest.mark.parametrize(
    ("door", "content"), [(d, c) for d, _, c in FOUND], ids=[f"{d}: {w}" for d, w, _ in FOUND]
)
def test_what_was_found_is_mended(door: str, content: bytes) -> None:
    before = seconds()
    targets.enter(door, content)
    assert seconds() - before < targets.SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("door", targets.DOORS)
def test_valid_input_passes_every_door(door: str) -> None:
    ends = {targets.enter(door, content) for content in targets.VALID[door]()}
    assert "fine" in ends


@pytest.mark.slow
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([1, 1, 2, 4]),
    st.booleans(),
    st.sampled_from([PLAIN, NEWER]),
)
@settings(max_examples=60)
def test_a_bent_scenario_is_planned_or_refused(
    chance: random.Random, times: int, sized: bool, whole: dict[str, Any]
) -> None:
    tree = bending.bend(whole, chance.choice, times)
    try:
        text = text_of(tree)
    except TypeError:  # nothing that a file could hold
        return
    try:
        scenario = read("s.toml", files={**targets.newer(), "s.toml": text})
    except InputError:
        return
    targets.planned(scenario, sized=sized)


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_a_bent_link_is_followed_or_refused(chance: random.Random) -> None:
    names = [".".join(map(str, path)) for path in bending.places(PLAIN)]
    value = chance.choice([*bending.VALUES, {"team": "t", "fte": chance.choice(bending.NUMBERS)}])
    try:
        line = f"{chance.choice(names)}={text_of({'x': value})[4:]}"
    except TypeError:
        return
    targets.enter("address", line.encode("utf-8", "replace"))


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_a_bent_manifest_is_repeated_or_refused(chance: random.Random) -> None:
    tree = json.loads(targets.VALID["manifest"]()[0])
    bent = bending.bend(tree, chance.choice, chance.choice([1, 2, 3]))
    try:
        content = json.dumps(bent, default=str).encode()
    except ValueError:
        return
    targets.enter("manifest", content)


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_a_bent_workbook_is_read_or_refused(chance: random.Random) -> None:
    tree = json.loads(targets.VALID["cells"]()[0])
    bent = bending.bend(tree, chance.choice, 5)
    targets.enter("cells", json.dumps(bent, default=str).encode())


@pytest.mark.slow
@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(BY_BYTES))
def test_any_bytes_are_read_or_refused(content: bytes, door: str) -> None:
    targets.enter(door, content)


# Too much of it ----------------------------------------------------------------------------

MANY = "".join(
    f"[[changes]]\nfrom = {2026 + n // 12}-{n % 12 + 1:02d}-01\n"
    'set = { "cohorts.a.duties.visit.hours" = 1 }\n'
    for n in range(800)
)
EXCESS = {
    "bytes": ("#" * 2_000_001, "must be at most 2 MB"),
    "nested": ("a = " + "[" * 500_000, "must not have tables or lists more than 20 deep"),
    "dotted": ("a." * 2000 + "b = 1", "must not have tables or lists more than 20 deep"),
    "one name": (
        toy('[[standards]]\nname = "x"\n' * 1_500),
        "standards: must be at most 1000, got 1500",
    ),
    "long list": (toy(f"[priority]\norder = [{'1, ' * 2_000}]"), "must be at most 1000"),
    "keys": (
        toy(*(f"[k{n}]\n" + "\n".join(f"a{i} = 1" for i in range(900)) for n in range(120))),
        "must have at most 100,000 settings",
    ),
    "text": (toy().replace('"A toy"', f'"{"x" * 3000}"'), "must be at most 2000 characters"),
    "a name": (
        toy(f'[[changes]]\nfrom = 2025-06-01\nset = {{ "{"cohorts." * 1000}" = 1 }}'),
        "must have names of at most 2000 characters",
    ),
    "changes": (toy(MANY, months=600), "must be at most 250,000 settings × months in which"),
    "rows": (
        toy(
            *(f'[cohorts.c{n}]\nlike = "a"' for n in range(190)),
            duty="\n".join(
                ["hours = 2", *(f"[cohorts.a.duties.d{n}]\nhours = 1" for n in range(25))]
            ),
            months=600,
        ),
        "must be at most 300,000 tiers, each with its duties, work and standards, × months",
    ),
    "linked": (
        toy("[links.x]\ncorrelation = 0\nsettings = [" + '"months", ' * 300 + "]"),
        "links.x.settings: must be at most 200, got 300",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "said"), EXCESS.values(), ids=EXCESS)
def test_more_than_there_may_be_is_refused_at_once(text: str, said: str) -> None:
    before = seconds()
    problems = told(text)
    assert any(said in problem for problem in problems), problems[:3]
    assert seconds() - before < targets.SECONDS


def test_a_thousand_standards_are_read() -> None:
    many = (visits().replace('"Visits"', f'"V{n}"') for n in range(990))
    before = seconds()
    assert len(read("s.toml", files={"s.toml": toy(*many)}).settings.standards) == 990
    assert seconds() - before < targets.SECONDS


@pytest.mark.slow
def test_the_largest_scenario_stays_within_time_and_memory() -> None:
    code = (
        "import sys, time; from capacity import stages;"
        "from capacity.reading.scenario import read; text = sys.stdin.read();"
        "stages.run(read('s.toml', files={'s.toml': text}), fixed=True);"
        "hwm = [line.split()[1] for line in open('/proc/self/status') if line[:5] == 'VmHWM'];"
        "print(time.process_time(), int(hwm[0]) / 1024)"
    )
    duties = [f"[cohorts.a.duties.d{n}]\nevery_months = {n + 1}\nhours = 1" for n in range(20)]
    like = (f'[cohorts.c{n}]\nlike = "a"' for n in range(110))
    text = toy(*duties, *like, months=60, cases=sure(60))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    used, megabytes = map(float, done.stdout.split())
    assert used < 3 * targets.SECONDS  # a quarter of a million rows, month by month
    assert megabytes < 1000


# Numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["1e308", "-1e308", "5e-324", "1e-200", "1e13", "9" * 4000, "inf", "-inf", "nan"]
)
def test_numbers_out_of_this_world_are_refused(number: str) -> None:
    problems = told(toy(duty=f"hours = {number}"))
    assert any("must be a" in one and "number" in one for one in problems)


def test_a_scenario_that_is_no_more_than_a_number_is_refused() -> None:
    """`value` at the top of a file is a setting that there is not, and nothing else."""
    assert any("s.toml:1: value: " in one for one in told("value = 3\n"))
    assert any("value: " in one for one in told(toy().replace("title =", "value = 3\ntitle =")))


@pytest.mark.parametrize("season", ["leave_season", "abstraction_season"])
@pytest.mark.parametrize("many", [1, 11, 13])
def test_a_season_of_other_than_twelve_months_is_refused(season: str, many: int) -> None:
    (said,) = told(toy(grade=f"{season} = {[1] * many}"))
    assert said.endswith(
        f"teams.t.grades.pc.{season}: must have 12 numbers, from January to December, "
        f"got {many} of them"
    )


def test_a_number_just_above_its_open_end_is_refused() -> None:
    limit = '[[standards]]\nname = "x"\ncohort = "a"\ncases_per_officer = 1e-12'
    assert "must be a number of ordinary size, got 1e-12" in told(toy(limit))[0]


# Letters -----------------------------------------------------------------------------------

DECEIVING = {
    "right to left": ("\\u202E", "U+202E"),
    "isolate": ("\\u2066", "U+2066"),
    "zero width": ("\\u200B", "U+200B"),
    "tag": ("\\U000E0041", "U+E0041"),
    "escape": ("\\u001b", "U+001B"),
    "NUL": ("\\u0000", "U+0000"),
    "new line": ("\\n", "U+000A"),
    "private": ("\\uE000", "U+E000"),
    "line separator": ("\\u2028", "U+2028"),
    "accents": ("e" + "\\u0301" * 6, "U+0301"),
    "another alphabet": ("V\\u0456sit", "U+0456"),
}


@pytest.mark.parametrize(("letters", "got"), DECEIVING.values(), ids=DECEIVING)
def test_letters_that_deceive_are_refused_in_every_text(letters: str, got: str) -> None:
    places = {
        "title": toy().replace('"A toy"', f'"x{letters}x"'),
        "cohorts.a.tiers.hi.label": toy().replace('"High"', f'"x{letters}x"'),
        "standards": toy(visits().replace('"Visits"', f'"x{letters}x"')),
        "people": toy(
            f'[[people]]\nteam = "t"\ngrade = "pc"\nfte = 1\nfrom = 2025-05-01\nwhy = "x{letters}x"'
        ),
        "finance.shares.t": toy(f'[finance.shares.t]\n"x{letters}x" = 1'),
    }
    for setting, text in places.items():
        problems = told(text)
        assert any(setting in one and f"got {got}" in one for one in problems), (setting, problems)


def test_words_of_any_language_and_ordinary_signs_are_not() -> None:
    words = "Łódź – Ärzte, naïve “Δ” ½ £ ÷ 中文 Київ ÉTÉ"
    scenario = read("s.toml", files={"s.toml": toy().replace("A toy", words)})
    assert scenario.settings.title == words


def test_a_question_and_a_note_may_have_several_lines() -> None:
    note = 'cost_per_year = { value = 50000, note = """one\ntwo""" }'
    text = toy('question = """\nWhat\nif?"""').replace("cost_per_year = 50000", note)
    assert told(text)[0].startswith("s.toml:")  # a question stands at the top of a file
    text = f'question = """\nWhat\nif?"""\n{toy().replace("cost_per_year = 50000", note)}'
    assert read("s.toml", files={"s.toml": text}).settings.question == "What\nif?"


# Ways out of the folder --------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    ["../p.toml", "/p.toml", "C:\\p.toml", "C:p.toml", "\\\\host\\share\\p.toml", "..\\p.toml",
     "a/../../p.toml", "//host/p.toml", "p.toml:stream", "/dev/zero", "/etc/passwd"],
)  # fmt: skip
def test_no_parent_lies_outside_the_folder(way: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(toy())
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "s.toml").write_text(f"extends = {json.dumps(way)}\n")
    with pytest.raises(ScenarioError, match=r"extends: (must lie in the folder|no such scenario)"):
        read(inside / "s.toml")


def test_a_list_of_sources_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "away" / "sources.csv").write_text("id,title,publisher,date,where\nx,a,b,c,d\n")
    (tmp_path / "in" / "s.toml").write_text(toy())
    (tmp_path / "in" / "sources.csv").symlink_to(tmp_path / "away" / "sources.csv")
    assert "x" not in read(tmp_path / "in" / "s.toml").sources
    (tmp_path / "in" / "sources.csv").unlink()
    (tmp_path / "in" / "sources.csv").symlink_to(tmp_path / "in" / "own.csv")
    (tmp_path / "in" / "own.csv").write_text("id,title,publisher,date,where\nx,a,b,c,d\n")
    assert "x" in read(tmp_path / "in" / "s.toml").sources


def test_a_logo_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "theme.toml"
    for way in ("../logo.png", str(tmp_path / "logo.png"), "/dev/zero", "link.png"):
        (tmp_path / "in" / "link.png").unlink(missing_ok=True)
        (tmp_path / "in" / "link.png").symlink_to(tmp_path / "logo.png")
        path.write_text(f"logo = {json.dumps(way)}\n")
        with pytest.raises(InputError, match="logo: must be a picture in the folder"):
            theme.read(path)
    path.write_text("a = " + "[" * 100_000)
    with pytest.raises(InputError, match="must have few settings"):
        theme.read(path)


# Formulas and broken archives --------------------------------------------------------------

FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0")


def test_no_cell_of_a_csv_file_is_a_formula() -> None:
    table = pd.DataFrame(
        {
            "words": [*FORMULAS, "plain", None],
            "mixed": [1, 2.5, -3, "-4", "+5e3", "-", "-x", None, "=", 0],
            "number": [float(n) for n in range(-5, 5)],
        }
    )
    rows = table_of("t.csv", outputs.as_csv(table)).rows
    texts = (one.replace("\r", "\n") for one in FORMULAS)
    assert [row[0] for row in rows] == [*(f"'{one}" for one in texts), "plain", ""]
    assert [row[1] for row in rows] == (
        ["1", "2.5", "-3", "-4", "+5e3", "'-", "'-x", "", "'=", "0"]
    )
    assert [row[2] for row in rows] == [f"{n}.0" for n in range(-5, 5)]


@pytest.mark.slow
def test_a_plan_with_formulas_for_names_writes_none(tmp_path: Path) -> None:
    text = toy(visits().replace('"Visits"', "\"=HYPERLINK('x')\""), months=12)
    (tmp_path / "s.toml").write_text(text.replace('"High"', '"@SUM(A1)"'), encoding="utf-8")
    run = CliRunner().invoke(
        app, ["plan", str(tmp_path / "s.toml"), "--out", str(tmp_path / "o"), "--no-report"]
    )
    assert run.exit_code == 0, run.output
    quoted = 0
    for path in (tmp_path / "o").glob("*.csv"):
        for row in table_of(path.name, path.read_bytes()).rows if path.stat().st_size else ():
            for cell in row:
                quoted += str(cell).startswith(("'=", "'@"))
                assert not str(cell).startswith(("=", "@"))
    assert quoted


def packed(parts: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(targets.VALID["workbook"]()[0])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def late_entity() -> bytes:
    return packed({**parts(), "xl/extra.xml": b" " * 9000 + b'<!DOCTYPE a [<!ENTITY b "c">]>'})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "must"),
    [
        (lambda: packed(parts(), zipfile.ZIP_BZIP2), "must be packed as spreadsheets are"),
        (lambda: packed({**parts(), "x.bin": bytes(61_000_000)}), "must unpack to at most 60 MB"),
        (late_entity, "must not define entities"),
    ],
)
def test_archives_that_are_no_spreadsheet_are_refused(content: Any, must: str) -> None:
    for name in ("w.xlsx", "r.xlsx"):
        with pytest.raises(TableError, match=must):
            targets.workbook(content()) if name[0] == "w" else table_of(name, content())


def test_a_size_that_is_a_lie_is_found_out() -> None:
    content = bytearray(packed(parts()))
    at = content.index(b"PK\x01\x02")  # the first entry of the directory, its unpacked size
    content[at + 24 : at + 28] = (7).to_bytes(4, "little")
    with pytest.raises(TableError, match=r"must be a sound (XLSX workbook|sheet)"):
        targets.workbook(bytes(content))


# Tables that are too much, or none ---------------------------------------------------------


def book_of(*cells: tuple[int, int]) -> bytes:
    """A workbook with a 1 in each cell, by row and column."""
    book, held = Workbook(), BytesIO()
    for row, column in cells:
        book.active.cell(row, column, 1)
    book.save(held)
    return held.getvalue()


def only_a_chart() -> bytes:
    book, held = Workbook(), BytesIO()
    data, chart = book.active, BarChart()
    data.append([1])
    chart.add_data(Reference(data, 1, 1, 1, 1))
    book.create_chartsheet().add_chart(chart)
    book.remove(data)
    book.save(held)
    return held.getvalue()


def twice_the_same_part() -> bytes:
    held = BytesIO(book_of((1, 1)))
    with zipfile.ZipFile(held, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of what is done here on purpose
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return held.getvalue()


TOO_MUCH: dict[str, tuple[Any, str]] = {
    "a million rows and one": (
        lambda: b"a" + b"\n" * 1_000_001,
        "t.csv:1000001: must have at most 1,000,000 rows",
    ),
    "five million cells and one": (
        lambda: b"a\n" + b"," * 5_000_000,
        "t.csv:2: must have at most 5,000,000 cells",
    ),
    "501 columns": (lambda: b"a," * 500 + b"a\n", "t.csv: must have at most 500 columns"),
    "a workbook of 20 MB and more": (
        lambda: b"PK\x03\x04" + bytes(20_000_000),
        "t.xlsx: must be at most 20 MB",
    ),
    "37 rows as wide as can be": (
        lambda: book_of(*((row, 16_384) for row in range(1, 38))),
        "t.xlsx: Sheet must have at most 600,000 cells; save larger ones as CSV",
    ),
    "a workbook without a cell": (book_of, "t.xlsx: Sheet must not be empty"),
    "a workbook without a sheet": (only_a_chart, "t.xlsx: must have a sheet"),
    "a workbook with a part twice": (
        twice_the_same_part,
        "t.xlsx: must not have two parts of one name",
    ),
}


@pytest.mark.parametrize(("content", "must"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_table_that_is_too_much_or_none_is_refused(content: Any, must: str) -> None:
    before = seconds()
    with pytest.raises(TableError) as caught:
        table_of(must.partition(":")[0], content())
    assert str(caught.value) == must
    assert seconds() - before < targets.SECONDS


def test_a_picture_in_a_workbook_may_hold_any_bytes() -> None:
    held = BytesIO(book_of((1, 1), (2, 1)))
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("xl/media/image1.png", b'<!DOCTYPE a [<!ENTITY b "c">]>')
    assert table_of("t.xlsx", held.getvalue()).rows == [[1]]


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(40_000_001)
    for name, must in (
        ("large.csv", "large.csv: must be at most 40 MB"),
        ("none.csv", "none.csv: cannot be read: no such file or directory"),
        ("nul\0.csv", "nul .csv: cannot be read: no such file"),
    ):
        with pytest.raises(TableError) as caught:
            read_table(tmp_path / name)
        assert str(caught.value).replace("\0", " ") == must


@pytest.mark.parametrize("value", [None, {1, 2}, object()])
def test_what_toml_has_not_is_never_written(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        text_of({"a": {"b": value}})


# Links and limits --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known() -> Scenario:
    return targets.known()


def test_a_link_cannot_carry_what_a_file_cannot(known: Scenario) -> None:
    deep = "{ a = " * 200 + "1" + " }" * 200
    for name, value in (
        ("cohorts.a.duties.visit.hours", deep),
        ("cohorts." + "a" * 3000, "1"),
        ("title", '"x\\u202Ex"'),
        ("cohorts.a.tiers.hi.cases", "1e300"),
        ("extends", '"../../x.toml"'),
        ("months", "1000000"),
    ):
        _, what_if, _ = from_address({name: [value]})
        with pytest.raises(InputError):
            what_if.applied_to(known)


def test_the_page_on_security_states_every_limit(repository: Path) -> None:
    page = (repository / "docs" / "security.md").read_text(encoding="utf-8").replace(",", "")
    for name, value in vars(limits).items():
        if not name.isupper() or not isinstance(value, int):
            continue
        shown = f"{value // 1_000_000} MB" if name.startswith("LARGEST") else str(value)
        assert shown in page, name
    for part, most in limits.MOST_PARTS.items():
        assert f"{most} {part}" in page


def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="must be an ordinary file"):
        saving.save(pipe, b"text", replace=True)
    assert pipe.is_fifo()
