"""Whether a PDF can be read aloud: what PDF/UA-1 asks for, as far as a program can tell.

Beside the checks that the typesetter makes itself, so that a fault of either is seen. Clauses are
those of ISO 14289-1.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
from pypdf.generic import ContentStream

PAINTS = {b"Tj", b"TJ", b"'", b'"', b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"Do"}
"""Operators that leave something on a page, but for inline images and shadings."""

HEADING = re.compile(r"H([1-6])")


def faults(content: bytes) -> list[str]:
    """What keeps a PDF from being read aloud, in words."""
    file = pypdf.PdfReader(io.BytesIO(content))
    found = [*_document(file), *_fonts(file)]
    root = file.trailer["/Root"]
    if "/StructTreeRoot" not in root:
        return [*found, "7.1: there is no structure tree"]
    tree = root["/StructTreeRoot"]
    roles = {str(key)[1:]: str(one)[1:] for key, one in tree.get("/RoleMap", {}).items()}
    return [*found, *_pages(file, tree), *_structure(tree, roles)]


def _document(file: pypdf.PdfReader) -> Iterator[str]:
    root = file.trailer["/Root"]
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "6.2: it does not say that it is tagged"
    if not str(root.get("/Lang", "")):
        yield "7.2: it names no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "7.1: its title is not what a reader shows"
    if not root.get("/Outlines", {}).get("/First"):
        yield "7.17: it has no bookmarks"
    about = root["/Metadata"].get_object().get_data().decode() if "/Metadata" in root else ""
    if not re.search(r"pdfuaid:part(?:>|=\")1", about):
        yield "5: it does not say that it keeps to PDF/UA-1"
    if not re.search(r"<dc:title>.*\S.*</dc:title>", about, re.S):
        yield "7.1: it has no title"


def _fonts(file: pypdf.PdfReader) -> Iterator[str]:
    seen = set()
    for page in file.pages:
        for name, one in page.get("/Resources", {}).get("/Font", {}).items():
            font = one.get_object()
            base = str(font.get("/BaseFont", name))
            if base in seen:
                continue
            seen.add(base)
            if "/ToUnicode" not in font:
                yield f"7.21.7: letters of {base} have no meaning"
            inner = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
            inside = inner.get_object().get("/FontDescriptor", {}).get_object()
            if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(inside):
                yield f"7.21.4: {base} is not in the file"


def _pages(file: pypdf.PdfReader, tree: Any) -> Iterator[str]:
    parents = dict(_numbers(tree.get("/ParentTree", {})))
    for number, page in enumerate(file.pages, start=1):
        for one in page.get("/Annots", []):
            note = one.get_object()
            if "/StructParent" not in note:
                yield f"7.18: a link on page {number} is not in the structure"
            if note.get("/Subtype") == "/Link" and not str(note.get("/Contents", "")).strip():
                yield f"7.18.5: a link on page {number} has no words"
            if page.get("/Tabs") != "/S":
                yield f"7.18.3: page {number} is not gone through in the order of its structure"
        mine = parents.get(page.get("/StructParents"), [])
        loose = False
        for marked in _painted(file, page):
            loose = loose or marked is None
            there = (
                marked is None or marked < 0 or (marked < len(mine) and mine[marked] is not None)
            )
            if not there:
                yield f"7.1: content {marked} of page {number} belongs to nothing"
        if loose:
            yield f"7.1: something on page {number} is neither content nor decoration"


def _painted(file: pypdf.PdfReader, page: Any) -> Iterator[int | None]:
    """Whose each thing painted is: the number of its content, below 0 if decoration, else none."""
    stack: list[int | None] = []
    given = page.get_contents()
    for operands, operator in ContentStream(given, file).operations if given is not None else []:
        if operator == b"BMC":
            stack.append(-1 if operands[0] == "/Artifact" else None)
        elif operator == b"BDC":
            about = operands[1]
            number = about.get("/MCID") if hasattr(about, "get") else None
            decoration = operands[0] == "/Artifact"
            stack.append(-1 if decoration else None if number is None else int(number))
        elif operator == b"EMC":
            stack.pop()
        elif operator in PAINTS or operator in (b"sh", b"INLINE IMAGE"):
            yield next((one for one in reversed(stack) if one is not None), None)


def _numbers(node: Any) -> Iterator[tuple[int, Any]]:
    """The entries of a number tree."""
    given = node.get_object()
    flat = given.get("/Nums", [])
    for place in range(0, len(flat), 2):
        yield int(flat[place]), flat[place + 1].get_object()
    for kid in given.get("/Kids", []):
        yield from _numbers(kid)


# The structure --------------------------------------------------------------------------------


def _structure(tree: Any, roles: dict[str, str]) -> Iterator[str]:
    level = 0
    for kind, one in elements(tree, roles):
        if heading := HEADING.fullmatch(kind):
            now = int(heading[1])
            if now > level + 1:
                yield f"7.4.2: a heading of level {now} follows one of level {level}"
            level = now
        if kind == "Figure" and not str(one.get("/Alt", "")).strip():
            yield "7.3: a picture has no words in its place"
        if kind == "Table":
            yield from _table(one, roles)
        if kind == "L" and {name for name, _ in _kids(one, roles)} - {"LI", "Caption", "L"}:
            yield "7.6: a list holds something that is no item"
    if level == 0:
        yield "7.4: there is no heading"


def _table(table: Any, roles: dict[str, str]) -> Iterator[str]:
    rows = [one for kind, one in elements(table, roles) if kind == "TR"]
    lengths = set()
    heads = 0
    for row in rows:
        cells = [(kind, one) for kind, one in _kids(row, roles) if kind in ("TH", "TD")]
        lengths.add(sum(int(_attribute(one, "/ColSpan") or 1) for _, one in cells))
        for kind, one in cells:
            heads += kind == "TH"
            if kind == "TH" and _attribute(one, "/Scope") not in ("/Column", "/Row", "/Both"):
                yield "7.5: a heading of a table does not say of what"
    if len(lengths) != 1:
        yield f"7.2: rows of a table have {sorted(lengths)} cells"
    if not heads:
        yield "7.5: a table has no headings"


def elements(node: Any, roles: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Every element of a structure below a node, in reading order, and its kind."""
    for kind, one in _kids(node, roles):
        yield kind, one
        yield from elements(one, roles)


def _kids(node: Any, roles: dict[str, str]) -> Iterator[tuple[str, Any]]:
    given = node.get("/K", [])
    given = given.get_object() if hasattr(given, "get_object") else given
    for one in given if isinstance(given, list) else [given]:
        kid = one.get_object() if hasattr(one, "get_object") else one
        if hasattr(kid, "get") and "/S" in kid:
            name = str(kid["/S"])[1:]
            yield roles.get(name, name), kid


def _attribute(element: Any, name: str) -> Any:
    given = element.get("/A", [])
    given = given.get_object() if hasattr(given, "get_object") else given
    for one in given if isinstance(given, list) else [given]:
        about = one.get_object() if hasattr(one, "get_object") else one
        if hasattr(about, "get") and name in about:
            return about[name]
    return None
