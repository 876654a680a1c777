"""Write docs/settings.md from what capacity.catalogue says of every setting (`make docs`)."""

from collections.abc import Iterator
from pathlib import Path

from capacity.catalogue import COST, Entry, entries
from capacity.reading.naming import LISTS
from capacity.reading.validating import table_at
from capacity.settings import CostParts, Settings

PAGE = Path(__file__).with_name("settings.md")

INTRODUCTION = """\
# Settings

Made by `make docs` from `capacity/settings.py`; a change made here would be lost.

- A setting's name is its path in the file. `NAME` stands for a name of your choice: a cohort,
  tier, duty, kind of work, team, grade or link. Items of a list are called by their `name` or
  `why`, a rule of lending as `iom to ppu`, others by their place, from 1.
- Any number may be written plainly or as
  `{ value = 6, low = 4, high = 8, source = "…", note = "…" }`: the median with the 10th and 90th
  percentile around it, all three within the range. A source is an id of `sources.csv` or one of
  `policy`, `local`, `judgement`, `assumed`, `default`, `fitted`, `measured`. `judgement` and
  `assumed` need a range: without one, a warning.
- *By tier*: one number for all tiers, or a table by tier; tiers left out get the default.
- *Must be given*: here, in the scenario that is extended, or in the cohort or team that this one
  is `like`.
- `[[changes]]` may set from a date what stands under `cohorts` and `teams`, but not `cases`,
  `in_post`, `in_training`, `recent_joiners`, `team`, `group`, `like`,
  `reference_months`, `reactive_share`, `effort_before`, `focus_before`, `lasting` or what
  stands under `tiers`; of an inflow `per_month` and `share`. `overdue` and
  `joiners_due` matter at the start only.
- A number that no unit usually has is asked about; `{ value = 4.5, confirmed = true }` says that it
  is right.
- Rates are per year unless the unit says otherwise. Shares are fractions: 0.95 is 95%. A date
  means the month it lies in.

How each is used: [method.md](method.md).
"""


def page() -> str:
    """Return the whole page."""
    tables: dict[str, list[Entry]] = {}
    for entry in entries():
        tables.setdefault(entry.name.rpartition(".")[0], []).append(entry)
    sections = ("\n".join(section(table, rows)) for table, rows in tables.items())
    return "\n".join((INTRODUCTION, *sections))


def section(table: str, rows: list[Entry]) -> Iterator[str]:
    """One table of settings under its heading."""
    yield f"## {heading(table)}"
    yield ""
    yield meaning_of(table)
    yield ""
    yield "| setting | unit | range | default | meaning |"
    yield "|---|---|---|---|---|"
    for entry in rows:
        meaning, _, default = entry.meaning.partition("; default: ")
        name = f"`{entry.name.rpartition('.')[2]}`" + (", by tier" if entry.by_tier else "")
        cells = (name, entry.unit, entry.range, default or entry.default or "none", meaning)
        yield f"| {' | '.join(cells)} |"
    yield ""


def heading(table: str) -> str:
    """How a table is written in a file."""
    if table.partition(".")[0] in LISTS:
        return f"`[[{table.removesuffix('.NAME')}]]`"
    return f"`[{table}]`" if table else "At the top of the file"


def meaning_of(table: str) -> str:
    """The first line of the class that declares a table."""
    place = tuple(table.removesuffix(".NAME").split("."))
    kind = CostParts if table == COST else table_at(place) if table else Settings
    assert kind is not None
    return (kind.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
