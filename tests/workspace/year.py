"""Twelve months of a unit that does not exist, as a unit sends them: titles change, months lack.

The figures are those of data/synthetic-history.csv, which a simulation of every offender made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SCENARIO = REPOSITORY / "data" / "synthetic-scenario.toml"

MARK, CODE = "MARK", "CODEX"
"""How references of cases and codes of officers begin, which must be nowhere on the disk."""


@dataclass(frozen=True)
class Sent:
    """What a unit sends for a month, and what it says of it on the command line."""

    month: str
    figures: str
    said: tuple[str, ...] = ()
    register: str = ""
    alert: str = ""  # what the round must say


TITLES = {"done": "VISITS MADE BY US", "tier": "RAG"}
LATE = {**TITLES, "outstanding": "Late ones"}


def first_year() -> str:
    """The year that is known before the first round of the twelve."""
    return table("2019-04", "2020-03")


def table(first: str, last: str, titles: dict[str, str] | None = None) -> str:
    """The figures of some months, under their own titles or others."""
    text = (REPOSITORY / "data" / "synthetic-history.csv").read_text(encoding="utf-8")
    heading, *lines = text.splitlines()
    kept = [line for line in lines if first <= line[:7] <= last]
    columns = ",".join((titles or {}).get(one, one) for one in heading.split(","))
    if titles:
        kept = [line.replace("very_high", "VH") for line in kept]
    return "\n".join([columns, *kept]) + "\n"


def columns(titles: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        word for name, title in titles.items() for word in ("--columns", f"{name}={title}")
    )


def months() -> Iterator[Sent]:
    """April 2020 to March 2021: ten rounds, and no figures of July at all."""
    yield Sent("2020-04", table("2020-04", "2020-04"))
    said = (*columns(TITLES), "--values", "VH=very_high")
    yield Sent("2020-05", table("2020-05", "2020-05", TITLES), said)
    yield Sent("2020-06", table("2020-06", "2020-06", TITLES))  # read as last month
    yield Sent(
        "2020-08",
        table("2020-08", "2020-08", LATE),
        columns({"outstanding": "Late ones"}),
        alert="No figures of July 2020.",
    )
    corrected = table("2020-08", "2020-09", LATE).replace(
        "2020-08,rso,visit,VH,", "2020-08,rso,visit,VH,9", 1
    )
    yield Sent("2020-09", corrected, alert="of August 2020 differ from what was said before")
    under_a_title = "Monthly return of the unit\n\n" + table("2020-10", "2020-10")
    yield Sent("2020-10", under_a_title)
    yield Sent("2020-11", table("2020-11", "2020-11"), register=register("2020-11"))
    yield Sent("2021-01", table("2020-12", "2021-01"))  # December comes late
    yield Sent("2021-02", table("2021-02", "2021-02"))
    yield Sent("2021-03", table("2021-03", "2021-03"), ("--reported", "completion=50%"))


def register(month: str) -> str:
    """A register with as many cases of each tier as the figures say, all visited this month."""
    lines = []
    for row in table(month, month).splitlines()[1:]:
        _, _, _, tier, cases, *_ = row.split(",")
        lines += [f"{tier},{month}-15,North" for _ in range(int(cases))]
    head = "Tier,Last visit,Office,Officer code,Case"
    return "\n".join(
        [head, *(f"{one},{CODE}{n % 9:03d},{MARK}{n:05d}" for n, one in enumerate(lines))]
    )
