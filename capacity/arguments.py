"""What several commands take, each said once."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

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
