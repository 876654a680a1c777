"""A report as one HTML file: nothing is fetched, everything a reader typed stays text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from capacity.report.blocks import Report, shown
from capacity.report.numbering import numbers
from capacity.report.theme import Theme

TEMPLATES = Path(__file__).parent / "templates"


def render(report: Report, pictures: Mapping[str, str], theme: Theme) -> bytes:
    """Return a report as HTML, pictures by the names of their charts."""
    drawn = {name: Markup(svg) for name, svg in pictures.items()}
    text = _template().render(
        report=report,
        pictures=drawn,
        theme=theme,
        numbers=numbers(report),
        shown=shown,
        kind_of=lambda block: type(block).__name__,
        key=id,
    )
    return f"{text.strip()}\n".encode("utf-8", "replace")


@cache
def _template() -> Template:
    """Return the one template, compiled once."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
