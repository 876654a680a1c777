"""The PDF says what the page says, and the workbook's money is that of the tables."""

from __future__ import annotations

import io
import re
from functools import cache

import openpyxl
import pandas as pd
import pypdf
import pytest
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from capacity import report
from tests.statements.collecting import EXPLAINED, Page, as_written, planned

some = pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow) if one != "9" else one for one in EXPLAINED]
)

BROKEN = re.compile(r"[\s\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}]+")
"""What lines are broken by, which a sentence is read without."""

SUM = re.compile(r"SUM\(Costs!([A-Z]+)(\d+):\1(\d+)\)")


@cache
def papers(name: str) -> dict[str, bytes]:
    one = planned(name)
    return report.files(one.plan, one.frames, one.manifest)


def together(text: str) -> str:
    return BROKEN.sub("", text)


def answer_pages(name: str) -> str:
    """The text of the pages before the contents."""
    told = []
    for page in pypdf.PdfReader(io.BytesIO(papers(name)["report.pdf"])).pages:
        text = page.extract_text()
        if text.lstrip().startswith("Contents"):
            break
        told.append(text)
    return together(" ".join(told))


@some
def test_the_pdf_answers_in_the_same_sentences_as_the_page(name: str) -> None:
    printed = answer_pages(name)
    page = Page(papers(name)["report.html"])
    texts = [one for one in page.said if one.place.startswith("answer ")]
    texts = [one for one in texts if one.place.split()[1] in ("p", "dd", "figcaption")]
    assert len(texts) > 10
    lacking = []
    for one in texts:
        for sentence in re.split(r"(?<=\.) (?=[A-Z])|: (?=[£\d])", one.text):
            if together(sentence) not in printed:
                lacking.append(sentence)
    assert not lacking


def sheet(name: str, title: str, *, held: bool) -> Worksheet:
    content = papers(name)["plan.xlsx"]
    return openpyxl.load_workbook(io.BytesIO(content), data_only=held)[title]


def costs_of(name: str) -> tuple[pd.DataFrame, int, dict[int, str]]:
    """The table of costs, the row of the sheet that it begins in, and its columns there."""
    table = as_written(planned(name).frames)["costs"]
    found = sheet(name, "Costs", held=True)
    first = next(n for n in range(1, 10) if found.cell(n, 1).value in ("today", "No posts added"))
    assert found.max_row - first + 1 == len(table)
    by_column = {}
    for place in range(1, found.max_column + 1):
        values = [found.cell(first + n, place).value for n in range(len(table))]
        if all(isinstance(one, (int, float)) for one in values):
            fits = [
                str(column)
                for column in table.select_dtypes("number")
                if values == pytest.approx(table[column].tolist(), rel=1e-9, abs=1e-6)
            ]
            if fits:
                by_column[place] = fits[0]
    return table, first, by_column


@some
def test_every_column_of_costs_is_in_the_workbook(name: str) -> None:
    table, _, by_column = costs_of(name)
    money = [c for c in table.select_dtypes("number") if c not in ("posts", "average_in_post")]
    alike = {c: tuple(table[c].round(6)) for c in table.select_dtypes("number")}
    held = {alike[column] for column in by_column.values()}
    assert not [column for column in money if alike[column] not in held]


@some
def test_sums_of_money_in_the_workbook_are_those_of_the_tables(name: str) -> None:
    """What a cell shows before anyone recalculates it, worked out again from the CSV table."""
    table, first, by_column = costs_of(name)
    checked, wrong = 0, []
    for title in ("Summary", "Budget", "Options"):
        live, kept = (sheet(name, title, held=held) for held in (False, True))
        for row in live.iter_rows():
            for cell in row:
                text = str(cell.value)
                signs = SUM.sub("", text.removeprefix("="))
                if not SUM.search(text) or not re.fullmatch(r"[-+]*", signs):
                    continue
                total = 0.0
                for sign, letters, begin, end in re.findall(
                    r"([-+=])SUM\(Costs!([A-Z]+)(\d+):[A-Z]+(\d+)\)", text
                ):
                    column = by_column[column_index_from_string(letters)]
                    part = table[column].iloc[int(begin) - first : int(end) - first + 1].sum()
                    total += float(part) * (-1 if sign == "-" else 1)
                checked += 1
                there = kept[cell.coordinate].value
                if there != pytest.approx(total, rel=1e-9, abs=1e-6):
                    wrong.append(f"{title} {cell.coordinate}: {there}, and it is {total}")
    assert checked > 10
    assert not wrong
