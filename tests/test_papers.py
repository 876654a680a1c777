"""Papers for a board, a challenge panel and inspectors: what they hold, in each form."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import docx
import pypdf
import pytest
from typer.testing import CliRunner

from capacity import papers, stages
from capacity.cli import app
from capacity.errors import InputError
from capacity.papers import quarterly
from capacity.reading.scenario import read
from capacity.report.blocks import Table
from capacity.report.facts import Facts
from capacity.report.theme import Theme
from capacity.risk import recommended
from capacity.risk.recommended import Recommended
from capacity.why import explain
from tests.test_mtfp import GRANT, UNIT
from tests.toys import toy, visits

GROWTH = "{ value = 0.05, low = -0.05, high = 0.2, source = 'judgement' }"
LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
LOOK = Theme(
    name="Any Constabulary",
    marking="OFFICIAL",
    meeting="Resourcing Board",
    date="12 January 2026",
    author="Head of Public Protection",
    owner="Assistant Chief Constable",
)
NOT_KNOWN, NONE = "Data not available", "Not applicable"
FORMS = ("html", "pdf", "docx")


def paper_of(text: str, *, decide: bool = False, theme: Theme = LOOK) -> dict[str, bytes]:
    plan = stages.run(read("unit.toml", files={"unit.toml": text}))
    advice = recommended.recommend(plan, number=50) if decide else None
    assert advice is None or isinstance(advice, Recommended)
    why = explain.explain(plan, full=True)
    return papers.files(plan, advice=advice, why=why, theme=theme)


@cache
def made() -> dict[str, bytes]:
    return paper_of(toy(LIMIT, visits(), months=36, posts=2, growth=GROWTH), decide=True)


def pages(content: bytes) -> list[str]:
    return [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(content)).pages]


def words_of(content: bytes) -> str:
    """Every word of a Word file, tables, header and footer included."""
    file = docx.Document(io.BytesIO(content))
    parts = [one.text for one in file.paragraphs]
    parts += [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    for section in file.sections:
        parts += [one.text for one in (*section.header.paragraphs, *section.footer.paragraphs)]
    return "\n".join(parts)


def plain(content: bytes) -> str:
    text = re.sub(r"<(?:style|svg).*?</(?:style|svg)>", " ", content.decode(), flags=re.S)
    return re.sub(r"<[^>]+>", "\n", text)


def test_three_papers_come_in_three_forms() -> None:
    names = ("board", "business-case", "inspection")
    assert sorted(made()) == sorted(f"{name}.{form}" for name in names for form in FORMS)


def test_each_form_has_marking_meeting_date_author_and_owner() -> None:
    given = [*LOOK.details.values(), LOOK.name]
    for file, content in made().items():
        text = (
            words_of(content)
            if file.endswith("docx")
            else " ".join(pages(content))
            if file.endswith("pdf")
            else plain(content)
        )
        joined = re.sub(r"\s+", "", text)
        lacking = [one for one in given if re.sub(r"\s+", "", one) not in joined]
        assert lacking == [], file


def test_a_word_file_says_what_the_page_says() -> None:
    """Every cell and every paragraph of the page stands in the Word file."""
    for name in ("board", "business-case", "inspection"):
        content = made()[f"{name}.html"]
        page = plain(content[content.index(b"<main") : content.index(b"</main>")])
        body, words = html.unescape(page), words_of(made()[f"{name}.docx"])
        there = re.sub(r"\s+", "", words)
        parts = [re.sub(r"\s+", "", one) for one in body.splitlines()]
        assert [one for one in parts if one and one.rstrip(":") not in there][:5] == []


def test_the_board_paper_decides_on_its_first_page_and_has_at_most_three_more() -> None:
    told = pages(made()["board.pdf"])
    assert len(told) <= 4
    assert "Recommendation" in told[0]
    assert "Options" in told[0]
    assert "What is behind it" in told[1]


def test_a_board_page_names_no_file_and_no_run() -> None:
    for form in FORMS:
        content = made()[f"board.{form}"]
        text = words_of(content) if form == "docx" else plain(content) if form == "html" else ""
        text = text or " ".join(pages(content))
        assert not re.search(r"\.toml|\.csv|/tmp|scenarios/|\b[0-9a-f]{12,}\b", text), form


def test_many_teams_and_many_months_stay_on_the_pages_of_a_board_paper() -> None:
    """27 teams of long names, ten years, without simulations: at most four pages."""
    teams = "".join(
        f'[cohorts.c{n}]\nteam = "t{n}"\n[cohorts.c{n}.tiers]\nhi = {{ cases = 60 }}\n'
        f'[teams.t{n}]\nlabel = "Public protection unit of the northern district number {n}"\n'
        f"[teams.t{n}.grades.pc]\nin_post = 2\ncost_per_year = 50000\n"
        for n in range(26)
    )
    plan = stages.run(read("u.toml", files={"u.toml": toy(LIMIT, teams, months=120, posts=2)}))
    made_ = papers.files(plan, names=["board"], theme=LOOK)
    assert len(pages(made_["board.pdf"])) <= 4
    words = words_of(made_["board.docx"])
    assert "20 further rules" not in words  # one limit asks for posts


def test_a_page_that_decides_shows_the_largest_rules_and_adds_up_the_rest() -> None:
    """Eleven limits that ask for a post each beside the activities: six, and five in one row.

    Sixty cases for each of two officers, 25 allowed: three posts for each team, £150,000 per year.
    """
    teams = "".join(
        f'[cohorts.c{n}]\nteam = "t{n}"\n[cohorts.c{n}.tiers]\nhi = {{ cases = 120 }}\n'
        f"[teams.t{n}.grades.pc]\nin_post = 2\ncost_per_year = 50000\n"
        f'[[standards]]\nname = "Limit {n}"\ncohort = "c{n}"\ncases_per_officer = 25\n'
        for n in range(11)
    )
    plan = stages.run(read("u.toml", files={"u.toml": toy(teams, months=12, posts=9)}))
    told = plain(papers.files(plan, names=["board"])["board.html"])
    lines = [one.strip() for one in told.splitlines() if one.strip()]
    place = next(n for n, one in enumerate(lines) if "further rules" in one)
    assert lines[place : place + 3] == ["4 further rules", "12", "£600,000"]


def test_a_grant_that_ends_is_in_the_papers() -> None:
    text = UNIT + GRANT + '[[standards]]\nname = "Visits"\ncohort = "rso"\nduty = "visit"\n'
    found = paper_of(text + "completion = 0.5\nfrom = 2025-06-01\n")
    for name in ("board", "business-case"):
        told = plain(found[f"{name}.html"])
        assert "Funding that ends, and what it leaves" in told
        assert "Uplift" in told


def test_the_same_papers_are_the_same_bytes() -> None:
    text = toy(LIMIT, months=12, posts=2)
    one, other = paper_of(text), paper_of(text)
    assert [name for name in one if one[name] != other[name]] == []


def test_nothing_typed_becomes_a_field_or_markup_of_a_word_file() -> None:
    nasty = '{ PAGE } <w:p/> & "quotes" =1+1'
    text = toy(LIMIT, months=12, posts=2).replace('title = "A toy"', f"title = '{nasty}'")
    content = paper_of(text)["board.docx"]
    assert nasty in words_of(content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        body = file.read("word/document.xml").decode()
    assert "<w:p/>" not in body
    assert 'instr="PAGE"' not in body  # the page number is in the footer alone


def test_unknown_papers_are_told() -> None:
    with pytest.raises(InputError) as refused:
        papers.chosen(["board", "poster"])
    assert "must be one of: board, business-case, inspection" in str(refused.value)


def test_the_command_writes_papers_and_what_they_were_made_from(tmp_path: Path) -> None:
    (tmp_path / "unit.toml").write_text(toy(LIMIT, months=12, posts=2), encoding="utf-8")
    out = tmp_path / "papers"
    command = ["papers", str(tmp_path / "unit.toml"), "--central", "--papers", "board"]
    found = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert found.exit_code == 0, found.output
    names = sorted(path.name for path in out.iterdir())
    assert names == ["board.docx", "board.html", "board.pdf", "manifest.json", "timings.json"]


# Figures of a unit ---------------------------------------------------------------------------

HISTORY_OF = """
title = "A unit with a history"
history = "ours.csv"
start = 2025-04-01
months = 12
[cohorts.a]
team = "t"
[cohorts.a.tiers]
hi = { cases = 100 }
[cohorts.a.duties.visit]
per_year = 12
hours = 1
[teams.t.grades.pc]
in_post = 3
cost_per_year = 50000
"""


def own_figures(
    done: Mapping[str, float], months: int = 48, without: Collection[str] = ()
) -> Table | None:
    """The table of some months to March 2025: 100 of 100 due each month, as many done as told.

    Args:
        done: by the last year of a financial year, such as 2025.
        months: how many there are.
        without: months in which what was done is not known.
    """
    rows = ["month,cohort,duty,tier,cases,due,done,outstanding"]
    for n in range(48 - months, 48):
        year, month_ = 2021 + (n + 3) // 12, (n + 3) % 12 + 1
        label, much = f"{year}-{month_:02d}", done[str(2022 + n // 12)]
        told = "" if label in without else f"{much:g}"
        rows.append(f"{label},a,visit,hi,{100 + n},100,{told},{100 - much:g}")
    files = {"unit.toml": HISTORY_OF, "ours.csv": "\n".join([*rows, ""])}
    return quarterly.table(Facts(stages.run(read("unit.toml", files=files), fixed=True), {}, ""))


BY_YEAR = {"2022": 80.0, "2023": 85.0, "2024": 90.0, "2025": 95.0}


def test_a_quarterly_table_is_in_the_form_of_accountability_papers() -> None:
    """Four years to March 2025. Done: 80, 85, 90 and 95 of 100 due each month, year by year.

    Last 12 months 1,140, previous 1,080 (+5.6%), long-term average of the three years before
    (960 + 1,020 + 1,080) ÷ 3 = 1,020 (+11.8%). Completion 95%, 90% (+5 points), 85% (+10). Due
    1,200 in every year. Cases rise by one a month from 100 to 147: on average 141.5 in the last
    year, 129.5 in the one before (+9.3%), (129.5 + 117.5 + 105.5) ÷ 3 = 117.5 (+20.4%) before.
    """
    table = own_figures(BY_YEAR)
    assert table is not None
    assert [column.heading for column in table.columns] == [
        *("Indicator", "Last 12 months", "Previous 12 months", "Long-term average"),
        *("% difference to previous 12 months", "% difference to long-term average"),
    ]
    told = {str(row[0]): row[1:] for row in table.rows}
    assert told == {
        "A: cases (monthly average)": ("141.5", "129.5", "117.5", "9.3%", "20.4%"),
        "Visits: due": ("1,200", "1,200", "1,200", "0.0%", "0.0%"),
        "Visits: completed": ("1,140", "1,080", "1,020", "5.6%", "11.8%"),
        "Visits: % completed": ("95.0%", "90.0%", "85.0%", "5.0pp", "10.0pp"),
        "Visits: overdue (monthly average)": ("5.0", "10.0", "15.0", "-50.0%", "-66.7%"),
    }
    assert table.note == (
        "The date range for the last 12 months was April 2024 to March 2025. The date range for "
        "the previous 12 months was April 2023 to March 2024. The date range for the long-term "
        "average was April 2021 to March 2024. Differences between percentages are in percentage "
        "points (pp)."
    )


@pytest.mark.parametrize(
    ("months", "without", "row"),
    [
        # three years: the long term is (1,020 + 1,080) ÷ 2 = 1,050, and 1,140 ÷ 1,050 = 1.0857
        (36, (), ("1,140", "1,080", "1,050", "5.6%", "8.6%")),
        # two and a half: the long term would be the year before, once more
        (30, (), ("1,140", "1,080", NOT_KNOWN, "5.6%", NONE)),
        # a month of the year before is not known, so neither it nor the long term is
        (48, ("2023-09",), ("1,140", NOT_KNOWN, NOT_KNOWN, NONE, NONE)),
        (48, ("2021-09",), ("1,140", "1,080", NOT_KNOWN, "5.6%", NONE)),
    ],
)
def test_a_quarterly_table_says_what_is_not_known(
    months: int, without: tuple[str, ...], row: tuple[str, ...]
) -> None:
    table = own_figures(BY_YEAR, months, without)
    assert table is not None
    assert {str(one[0]): one[1:] for one in table.rows}["Visits: completed"] == row
    assert ("needs two years before" in table.note) == (months == 30)


def test_a_quarterly_table_has_no_difference_to_nothing() -> None:
    """None overdue in the year before: 5 is no percentage of 0; 100% is 5 points above 95%."""
    table = own_figures(BY_YEAR | {"2024": 100.0}, 24)
    assert table is not None
    told = {str(row[0]): row[1:] for row in table.rows}
    assert told["Visits: overdue (monthly average)"] == ("5.0", "0.0", NOT_KNOWN, NONE, NONE)
    assert told["Visits: % completed"] == ("95.0%", "100.0%", NOT_KNOWN, "-5.0pp", NONE)


def test_a_year_that_ended_early_is_not_the_last() -> None:
    """What was done is not known in March 2025, the last month of the year shown."""
    table = own_figures(BY_YEAR, 48, ("2025-03",))
    assert table is not None
    names = {str(row[0]) for row in table.rows}
    assert "Visits: due" in names
    assert "Visits: completed" not in names


def test_without_two_years_of_history_there_is_no_quarterly_table() -> None:
    plan = stages.run(read("u.toml", files={"u.toml": toy(months=12)}), fixed=True)
    assert quarterly.table(Facts(plan, {}, "")) is None


# LibreOffice ---------------------------------------------------------------------------------


@pytest.mark.office
def test_libreoffice_opens_a_word_file_and_prints_what_it_says(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office is not None, "needs LibreOffice: .ci/libreoffice installs it"
    for name in ("board", "business-case", "inspection"):
        (tmp_path / f"{name}.docx").write_bytes(made()[f"{name}.docx"])
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    files = sorted(map(str, tmp_path.glob("*.docx")))
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=180)
    for name in ("board", "business-case", "inspection"):
        printed = pages((tmp_path / f"{name}.pdf").read_bytes())
        assert all("OFFICIAL" in one for one in printed)
        there = re.sub(r"\s+", "", " ".join(printed))
        table = docx.Document(io.BytesIO(made()[f"{name}.docx"])).tables[-1]
        for row in table.rows:
            for cell in row.cells:
                assert re.sub(r"\s+", "", cell.text) in there
    assert len(pages((tmp_path / "board.pdf").read_bytes())) <= 4
