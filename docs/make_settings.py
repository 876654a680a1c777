"""Write docs/settings.md from the declarations in capacity/settings.py (`make docs`)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from capacity.naming import LISTS, is_by_tier
from capacity.settings import CostParts, Quantity, Range, Settings, Strict, declarations, show

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
  `policy`, `local`, `judgement`, `default`, `fitted`.
- *By tier*: one number for all tiers, or a table by tier; tiers left out get the default.
- *Must be given*: here, in the scenario that is extended, or in the cohort or team that this one
  is `like`.
- `[[changes]]` may set from a date what stands under `cohorts` and `teams`, but not `cases`,
  `in_post`, `in_training`, `team`, `group`, `like` or the list of tiers; of an inflow `per_month`
  and `share`. `overdue` and `joiners_due` matter at the start only.
- Rates are per year unless the unit says otherwise. Shares are fractions: 0.95 is 95 %. A date
  means the month it lies in.

How each is used: [method.md](method.md).
"""

KINDS = {date: "date", bool: "true or false", str: "text"}


def page() -> str:
    """Return the whole page."""
    tables: dict[str, list[tuple[str, FieldInfo]]] = {}
    for key, field in every_setting():
        table, _, name = key.rpartition(".")
        tables.setdefault(table, []).append((name, field))
    sections = ("\n".join(section(table, rows)) for table, rows in tables.items())
    return "\n".join((INTRODUCTION, *sections))


def every_setting() -> Iterator[tuple[str, FieldInfo]]:
    """All settings with their dotted names, the parts of a cost after the grade they belong to."""
    cost: list[tuple[str, FieldInfo]] = []
    for key, field in declarations():
        if not key.startswith("teams."):
            yield from cost
            cost = []
        yield key, field
        if CostParts in said_of(field):
            cost = list(declarations(CostParts, f"{key}."))


def section(table: str, rows: list[tuple[str, FieldInfo]]) -> Iterator[str]:
    """One table of settings under its heading."""
    yield f"## {heading(table)}"
    yield ""
    yield (class_at(table).__doc__ or "").partition("\n")[0]
    yield ""
    yield "| setting | unit | range | default | meaning |"
    yield "|---|---|---|---|---|"
    for name, field in rows:
        meaning, _, worded = (field.description or "").partition("; default: ")
        by_tier = is_by_tier((*table.split("."), name))
        unit = str(extra_of(field).get("unit", ""))
        cells = [
            f"`{name}`" + (", by tier" if by_tier else ""),
            unit,
            allowed(field),
            worded or default(field),
            meaning,
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def heading(table: str) -> str:
    """How a table is written in a file."""
    if table.partition(".")[0] in LISTS:
        return f"`[[{table.removesuffix('.NAME')}]]`"
    return f"`[{table}]`" if table else "At the top of the file"


def class_at(table: str) -> type[Strict]:
    """The class that declares a table."""
    found: type[Strict] = Settings
    for step in table.split(".") if table else []:
        if step != "NAME":
            fields = {field.alias or name: field for name, field in found.model_fields.items()}
            found = next(
                part
                for part in said_of(fields[step])
                if isinstance(part, type) and issubclass(part, Strict) and part is not Quantity
            )
    return found


def parts_of(annotation: Any) -> Iterator[Any]:
    """An annotation, what it is made of, and what it is annotated with."""
    yield annotation
    for part in get_args(annotation):
        yield from parts_of(part)


def said_of(field: FieldInfo) -> list[Any]:
    """Everything a field's type says."""
    return [*field.metadata, *parts_of(field.annotation)]


def extra_of(field: FieldInfo) -> dict[str, Any]:
    """The unit, and the default of what may differ by tier."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def range_of(field: FieldInfo) -> Range | None:
    """The range that a number must lie in."""
    found = (getattr(part, "func", None) for part in said_of(field))
    return next((each for each in found if isinstance(each, Range)), None)


def allowed(field: FieldInfo) -> str:
    """The values a setting may have, in words."""
    said, numbers = said_of(field), range_of(field)
    if numbers:
        return numbers.words() + ("; or its parts, below" if CostParts in said else "")
    for part in said:
        if get_origin(part) is Literal:
            return ", ".join(f"`{choice}`" for choice in get_args(part))
    origins = {get_origin(part) for part in said}
    if dict in origins:
        return "names and values"
    if list in origins:
        return "list of names"
    return next(word for kind, word in KINDS.items() if kind in said)


def default(field: FieldInfo) -> str:
    """What a setting is when it is left out."""
    if "by_tier" in extra_of(field):
        value, numbers = extra_of(field)["default"], range_of(field)
        return show(value) if numbers is None or numbers.holds(value) else "none"
    if field.is_required():
        return "must be given"
    if field.default_factory is not None or field.default is None:
        return "none"
    value = field.default.value if isinstance(field.default, Quantity) else field.default
    if isinstance(value, bool):
        return str(value).lower()
    return f"`{value}`" if isinstance(value, str) else show(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
