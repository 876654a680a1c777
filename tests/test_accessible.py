"""Papers, report and monthly page can be read aloud: PDF/UA-1 checked apart from the typesetter."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests import accessible
from tests.test_papers import LIMIT, made, paper_of
from tests.toys import toy

PAPERS = ("board", "business-case", "inspection")


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_can_be_read_aloud(name: str) -> None:
    assert accessible.faults(made()[f"{name}.pdf"]) == []


def test_a_paper_without_simulations_can_be_read_aloud() -> None:
    for name, content in paper_of(toy(LIMIT, months=12, posts=2)).items():
        if name.endswith(".pdf"):
            assert accessible.faults(content) == [], name


def test_what_a_reader_is_told_of_is_all_there() -> None:
    """A board paper has its parts as headings, its tables and its picture as such."""
    file = pypdf.PdfReader(io.BytesIO(made()["board.pdf"]))
    kinds = Counter(kind for kind, _ in elements_of(file))
    page = made()["board.html"].decode()
    assert kinds["Table"] == page.count("<table")
    assert kinds["TH"] == page.count('<th scope="col"')
    assert kinds["Figure"] == page.count("<svg ")
    assert kinds["H1"] + kinds["H2"] + kinds["H3"] >= 5
    marks = [one for one in file.outline if not isinstance(one, list)]
    assert [str(one["/Title"]) for one in marks][:1] == ["Decision asked for"]


def elements_of(file: pypdf.PdfReader) -> list[tuple[str, Any]]:
    tree = file.trailer["/Root"]["/StructTreeRoot"]
    roles = {str(key)[1:]: str(one)[1:] for key, one in tree.get("/RoleMap", {}).items()}
    return list(accessible.elements(tree, roles))


# Broken on purpose -----------------------------------------------------------------------------


def first_of(root: Any, kind: str) -> Any:
    return next(
        one for name, one in accessible.elements(root["/StructTreeRoot"], {}) if name == kind
    )


def without(name: str) -> Callable[[Any, Any], None]:
    def spoil(root: Any, _: Any) -> None:
        del root[name]

    return spoil


def picture(root: Any, _: Any) -> None:
    first_of(root, "Figure")[NameObject("/Alt")] = TextStringObject(" ")


def heading(root: Any, _: Any) -> None:
    first_of(root, "TH")[NameObject("/A")] = DictionaryObject(
        {NameObject("/O"): NameObject("/Table")}
    )


def level(root: Any, _: Any) -> None:
    first_of(root, "H2")[NameObject("/S")] = NameObject("/H4")


def cell(root: Any, _: Any) -> None:
    row = first_of(root, "TR")
    row["/K"].pop()


def scribble(_: Any, file: Any) -> None:
    page = file.pages[0]
    content = page.get_contents()
    content.set_data(content.get_data() + b"\nBT (said by nobody) Tj ET\n")
    page[NameObject("/Contents")] = file._add_object(content)


def orphan(_: Any, file: Any) -> None:
    page = file.pages[0]
    content = page.get_contents()
    content.set_data(content.get_data() + b"\n/P <</MCID 9999>> BDC BT (lost) Tj ET EMC\n")
    page[NameObject("/Contents")] = file._add_object(content)


def claim(root: Any, _: Any) -> None:
    about = root["/Metadata"].get_object()
    about.set_data(re.sub(rb"pdfuaid:part", b"pdfuaid:gone", about.get_data()))


def font(_: Any, file: Any) -> None:
    fonts = file.pages[0]["/Resources"]["/Font"]
    del next(iter(fonts.values())).get_object()["/ToUnicode"]


BROKEN = [
    (without("/Lang"), "names no language"),
    (without("/MarkInfo"), "does not say that it is tagged"),
    (without("/StructTreeRoot"), "no structure tree"),
    (without("/Outlines"), "no bookmarks"),
    (without("/ViewerPreferences"), "title is not what a reader shows"),
    (picture, "picture has no words"),
    (heading, "does not say of what"),
    (level, "heading of level 4 follows"),
    (cell, "rows of a table have"),
    (scribble, "neither content nor decoration"),
    (orphan, "belongs to nothing"),
    (claim, "keeps to PDF/UA-1"),
    (font, "have no meaning"),
]


@pytest.mark.parametrize(("spoil", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_a_broken_paper_is_noticed(spoil: Callable[[Any, Any], None], words: str) -> None:
    file = pypdf.PdfWriter(clone_from=io.BytesIO(made()["board.pdf"]))
    spoil(file.root_object, file)
    out = io.BytesIO()
    file.write(out)
    assert any(words in one for one in accessible.faults(out.getvalue()))
