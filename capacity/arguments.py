"""What several commands take, each said once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from capacity.errors import InputError, Problem

ScenarioName = Annotated[
    str | None,
    typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Replace a file that is there already.")]
Output = Annotated[
    str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")
]
Tables = Annotated[
    str | None, typer.Option("--out", metavar="DIR", help="Write all tables into this folder.")
]
Format = Annotated[
    Literal["csv", "parquet"],
    typer.Option(
        "--format", help="With --out: tables as CSV alone, or as Parquet as well for databases."
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=10,
        max=1_000_000,
        help="Add ranges and probabilities from N simulations to what is written or printed.",
    ),
]
Fixed = Annotated[
    bool, typer.Option("--fixed", "--current-posts", help="Current posts only; leave sizing out.")
]
Central = Annotated[
    bool,
    typer.Option(
        "--central", help="The plan for the central case alone, without simulations; fast."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print tables as JSON, and nothing else.")]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="End with exit code 4 if the probability stays below the one asked for in a year "
        "within reach; with --central or --fixed if any standard is not met.",
    ),
]
Manifest = Annotated[
    str | None, typer.Option(metavar="MANIFEST", help="Do the run of a manifest.json again.")
]
WithReport = Annotated[
    bool, typer.Option("--report/--no-report", help="Write the report too, or only tables.")
]
Sections = Annotated[
    str | None, typer.Option(metavar="A,B", help="Parts of the report; all if left out.")
]
Theme = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        envvar="CAPACITY_THEME",
        help="The report's name, colour and logo, TOML.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1, max=256, envvar="CAPACITY_JOBS", help="Processes at once. [default: one a core]"
    ),
]


# What is typed as text --------------------------------------------------------------------


def day(option: str, given: str) -> Any:
    """Return the date that an option gives."""
    from capacity.files import figures
    from capacity.files.figures import Unclear

    try:
        found = figures.day(given, figures.form_of(given))
    except Unclear as error:
        raise InputError([Problem(option, None, "", str(error), given)]) from error
    if found is None:
        raise InputError([Problem(option, None, "", "must be a date", given)])
    return found


def rows(option: str, given: list[str] | None) -> dict[str, tuple[str, ...]]:
    """Return the values of each column that are counted; a column may be named repeatedly."""
    found: dict[str, tuple[str, ...]] = {}
    for text in given or []:
        title, mark, value = text.partition("=")
        if not (title.strip() and mark and value.strip()):
            must = "must be a column and a value such as Location=Community"
            raise InputError([Problem(option, None, "", must, text)])
        found[title.strip()] = (*found.get(title.strip(), ()), value.strip())
    return found


def form(given: str | None) -> Any:
    """Return how dates are written, as an option gives it."""
    if given not in (None, "iso", "uk"):
        raise InputError([Problem("--dates", None, "", "must be iso or uk", given)])
    return given


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """Return `a=b` pairs, several to an option where commas part them."""
    found = {}
    for text in given or []:
        for pair in text.split(",") if text.count("=") > 1 else [text]:
            left, mark, right = pair.partition("=")
            if not (left.strip() and mark and right.strip()):
                must = "must be pairs such as tier=TITLE"
                raise InputError([Problem(option, None, "", must, pair)])
            found[left.strip()] = right.strip()
    return found
