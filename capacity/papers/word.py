"""A paper as a Word file that a force can edit: real headings, captions and tables.

Every word reaches the file as text, so nothing that was typed is read as a field or as markup.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from capacity.errors import InputError, Problem
from capacity.report.blocks import (
    Block,
    Chart,
    Figures,
    Heading,
    Points,
    Report,
    Section,
    Table,
    Text,
    shown,
    widths,
)
from capacity.report.numbering import numbers
from capacity.report.theme import Theme

if TYPE_CHECKING:
    from docx.document import Document

ACROSS = 17.4
"""Width of the text of an A4 page, in centimetres."""

ON_ITS_SIDE = 8
"""From so many columns on a table is set smaller."""

PALE, RULE = "F2F3F6", "BFBFBF"
"""Behind headings of columns, and between rows."""

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
"""The names of the format."""

WHOLE, REPEATS = "<w:trPr><w:cantSplit/></w:trPr>", "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
"""Of a row, which no page breaks, and of one of headings, which stands again on each page."""

KEPT = 16
"""Rows up to which a table stands on one page."""

SIDES = (
    '<w:tblCellMar><w:left w:w="55" w:type="dxa"/><w:right w:w="55" w:type="dxa"/></w:tblCellMar>'
)
"""Room beside what stands in a cell: Word's own would break headings of narrow columns."""

RIGHT = '<w:jc w:val="right"/>'
TWIPS = 1440 / 2.54
"""A centimetre, in twentieths of a point."""

PICTURE_SCALE = 2.0
"""Pixels of a picture for each point of its drawing."""


def render(report: Report, drawn: Mapping[str, str], theme: Theme, dated: datetime) -> bytes:
    """Return a paper as a Word file, dated as told, pictures by the names of their charts.

    Raises:
        InputError: if the package that writes Word files is not installed.
    """
    try:
        import docx
    except ImportError:
        must = "needs the package python-docx: install capacity with its extra `word`"
        raise InputError([Problem("Word files", None, "", must)]) from None
    return _Writer(docx.Document(), report, drawn, theme).written(dated)


class _Writer:
    """Writes the blocks of a report one after the other."""

    def __init__(
        self, document: Document, report: Report, drawn: Mapping[str, str], theme: Theme
    ) -> None:
        self.document, self.report, self.drawn, self.theme = document, report, drawn, theme
        self.numbers = numbers(report)
        self.tight = False  # whether all of a section should stand on one page

    def written(self, dated: datetime) -> bytes:
        """Return the whole file."""
        self._styles()
        self._page()
        self._head()
        for place, section in enumerate(self.report.sections):
            self._section(section, first=place == 0)
        properties = self.document.core_properties
        properties.title, properties.author = self.report.title, self.theme.author
        properties.subject, properties.comments = self.report.kind, ""
        properties.last_modified_by = ""
        properties.created = properties.modified = dated.replace(tzinfo=None)
        out = io.BytesIO()
        self.document.save(out)
        return _same_bytes(out.getvalue(), dated)

    def _styles(self) -> None:
        from docx.shared import Pt, RGBColor

        colour = RGBColor.from_string(self.theme.colour.removeprefix("#").upper())
        sizes = (
            ("Normal", 10),
            ("Title", 20),
            ("Heading 1", 15),
            ("Heading 2", 12),
            ("Caption", 9),
        )
        for name, size in sizes:
            style: Any = self.document.styles[name]
            style.font.name, style.font.size = "Arial", Pt(size)
            _set_font(style.element)
            if name != "Normal":
                style.font.color.rgb = colour
        normal: Any = self.document.styles["Normal"]
        normal.paragraph_format.space_after = Pt(5)

    def _page(self) -> None:
        """Set the paper, the marking above each page, the title and page number below."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm

        page = self.document.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(1.8)
        page.top_margin, page.bottom_margin = Cm(1.8), Cm(1.8)
        if self.report.marking:
            above = page.header.paragraphs[0]
            above.alignment = WD_ALIGN_PARAGRAPH.CENTER
            above.add_run(self.report.marking).bold = True
        below = page.footer.paragraphs[0]
        words = [self.report.title, self.report.kind, self.report.marking]
        below.add_run(" · ".join(filter(None, words)) + " · page ")
        _field(below, "PAGE")
        for run in below.runs:
            run.font.size = _points(8)

    def _head(self) -> None:
        if self.theme.logo:
            from docx.shared import Cm

            picture = self.document.add_picture(io.BytesIO(self.theme.logo), height=Cm(1.5))
            _describe(picture, self.theme.name or "Logo")
        if self.theme.name:
            self.document.add_paragraph(self.theme.name)
        self.document.add_paragraph(self.report.title, style="Title")
        about = f"{self.report.kind}. Position as at {self.report.as_at}."
        self.document.add_paragraph(about)
        if self.report.details:
            line = self.document.add_paragraph()
            for label, words in self.report.details:
                line.add_run(f"{label}: ").bold = True
                line.add_run(f"{words}    ")

    def _section(self, section: Section, *, first: bool) -> None:
        self.tight = section.one_page
        heading = self.document.add_heading(section.title, level=1)
        heading.paragraph_format.page_break_before = self.report.sections[0].one_page and not first
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            self.document.add_heading(block.words, level=2)
        elif isinstance(block, Text):
            run = self.document.add_paragraph().add_run(block.words)
            run.bold = block.look in ("lead", "warning")
            run.font.size = self._size
        elif isinstance(block, Points):
            for label, words in block.items:
                line = self.document.add_paragraph()
                line.add_run(f"{label}. ").bold = True
                line.add_run(words)
                line.paragraph_format.space_after = _points(2 if self.tight else 5)
                for run in line.runs:
                    run.font.size = self._size
        elif isinstance(block, Figures):
            self._figures(block)
        elif isinstance(block, Chart):
            self._chart(block)
        else:
            self._table(block)

    @property
    def _size(self) -> Any:
        """The size of running text."""
        return _points(8.5 if self.tight else 10)

    def _figures(self, block: Figures) -> None:
        """Write a few figures side by side: label, figure, words."""
        if not block.items:
            return
        table = self.document.add_table(rows=1, cols=len(block.items))
        for cell, (label, value, kind, words) in zip(table.rows[0].cells, block.items, strict=True):
            first = cell.paragraphs[0]
            first.add_run(label).font.size = _points(8)
            large = cell.add_paragraph().add_run(shown(value, kind))
            large.bold, large.font.size = True, _points(15)
            cell.add_paragraph().add_run(words).font.size = _points(8)
            for line in cell.paragraphs:
                line.paragraph_format.space_after = _points(0)
            _shade(cell, PALE)
        _small(self.document.add_paragraph())

    def _chart(self, block: Chart) -> None:
        import vl_convert
        from docx.shared import Cm

        caption = f"Figure {self.numbers[id(block)]}. {block.message}"
        self._caption(caption)
        picture = vl_convert.svg_to_png(self.drawn[block.name], scale=PICTURE_SCALE)
        added = self.document.add_picture(io.BytesIO(picture), width=Cm(ACROSS - 1))
        after = " The figures are in the table below." if block.table else ""
        _describe(added, f"{block.message}.{after}")
        if block.table is not None:
            self._table(block.table)

    def _table(self, block: Table) -> None:
        self._caption(f"Table {self.numbers[id(block)]}. {block.title}")
        if not block.rows:
            self.document.add_paragraph("Nothing to show.")
            return
        self._grid(block)
        source = f"Source: {block.source}." if block.source else ""
        words = " ".join(filter(None, [block.note, source]))
        after = self.document.add_paragraph()
        if words:
            after.add_run(words).font.size = _points(7 if self.tight else 8)
        else:
            _small(after)

    def _grid(self, block: Table) -> None:
        """Write the cells of a table, its headings again on each page.

        All of it is read as one piece: cell by cell it takes a second where there are many rows.
        """
        from docx.oxml import parse_xml

        points = 7 if self.tight or len(block.columns) >= ON_ITS_SIDE else 8
        sizes = [round(ACROSS * TWIPS * one) for one in widths(block)]
        heads, colour = [one.heading for one in block.columns], self.theme.colour.removeprefix("#")
        lines = [(heads, _CellLook(points, bold=True, rule=colour, thick=8, behind=PALE))]
        plain = _CellLook(points, bold=False, rule=RULE, thick=4)
        for n, row in enumerate(block.rows, start=1):
            cells = [
                shown(one, column.kind) for one, column in zip(row, block.columns, strict=True)
            ]
            total = block.totals and n == len(block.rows)
            lines.append((cells, replace(plain, bold=True) if total else plain))
        right = [one.is_number for one in block.columns]
        rows = "".join(
            f"<w:tr>{WHOLE if n else REPEATS}"
            + "".join(map(look.cell, cells, sizes, right, repeat(n + 1 < len(lines) <= KEPT)))
            + "</w:tr>"
            for n, (cells, look) in enumerate(lines)
        )
        grid = "".join(f'<w:gridCol w:w="{size}"/>' for size in sizes)
        kind = f'<w:tblW w:type="auto" w:w="0"/><w:tblLayout w:type="fixed"/>{SIDES}'
        table = parse_xml(
            f'<w:tbl xmlns:w="{W}"><w:tblPr>{kind}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
            f"{rows}</w:tbl>"
        )
        self.document.element.body.insert_element_before(table, "w:sectPr")

    def _caption(self, words: str) -> None:
        line: Any = self.document.add_paragraph(style="Caption")
        line.add_run(words)
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_after = _points(2)


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


@dataclass(frozen=True)
class _CellLook:
    """How the cells of a row look: size of letters in points, rule below in eighths of one."""

    points: float
    bold: bool
    rule: str
    thick: int
    behind: str = ""

    def cell(self, words: str, width: int, right: bool, kept: bool) -> str:
        """Return a cell as Word has it, in the order that the format asks for.

        Args:
            words: what it says.
            width: in twentieths of a point.
            right: whether it is a number.
            kept: whether it stands on the page of the row below.
        """
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{self.behind}"/>'
        text = "<w:br/>".join(
            f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in words.split("\n")
        )
        return (
            f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/><w:tcBorders>'
            f'<w:bottom w:val="single" w:sz="{self.thick}" w:color="{self.rule}"/></w:tcBorders>'
            f"{shade if self.behind else ''}</w:tcPr>"
            f"<w:p><w:pPr>{'<w:keepNext/>' if kept else ''}"
            f'<w:spacing w:after="20"/>{RIGHT if right else ""}</w:pPr>'
            f"<w:r><w:rPr>{'<w:b/>' if self.bold else ''}"
            f'<w:sz w:val="{round(2 * self.points)}"/></w:rPr>{text}</w:r></w:p></w:tc>'
        )


def _small(paragraph: Any) -> None:
    """Have an empty paragraph take little room: one must follow each table."""
    paragraph.paragraph_format.space_after = _points(0)
    paragraph.add_run(" ").font.size = _points(4)


def _set_font(element: Any) -> None:
    """Have every kind of letter of a style in the same font."""
    from docx.oxml.ns import qn

    fonts = element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), "Arial")
    for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        fonts.attrib.pop(qn(kind), None)


def _shade(cell: Any, colour: str) -> None:
    """Give a cell a background."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _field(paragraph: Any, code: str) -> None:
    """Add a field that Word works out, such as the page number."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)


def _describe(picture: Any, words: str) -> None:
    """Say what a picture shows, for readers who do not see it."""
    picture._inline.docPr.set("descr", words)


def _same_bytes(content: bytes, dated: datetime) -> bytes:
    """Return a file with every part of it dated as told: the same bytes for the same content."""
    moment = (max(1980, dated.year), dated.month, dated.day, 0, 0, 0)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            part = zipfile.ZipInfo(name, moment)
            part.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(part, given.read(name))
    return out.getvalue()
