"""Every number a scenario rests on: its value, range and source, and how certain it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from capacity.catalogue import unit_of
from capacity.reading.naming import dotted, find
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import is_number, leaves
from capacity.settings import SOURCE_WORDS

NO_SOURCE = "given"
"""The kind of a number of which no source is said."""

KINDS = {
    "published": ("Published", "from a publication named beside it"),
    "local": ("The force's own", "counted or recorded by the force itself"),
    "policy": ("Policy", "a rule or decision: a choice, not a measurement"),
    "judgement": (
        "Professional judgement",
        "not published: replace it with the force's own",
    ),
    "assumed": ("Assumed", "not published and not judged by a professional: replace it first"),
    "fitted": ("Fitted to history", "set so that the model meets recorded history"),
    "measured": ("Measured", "timed by the force itself, with the range that the entries leave"),
    "default": ("Default", "the value that holds where nothing is typed"),
    NO_SOURCE: ("No source given", "typed without saying what it rests on"),
}
"""What each kind of number is called, and what that means."""


@dataclass(frozen=True)
class Assumption:
    """A number of a scenario, as typed."""

    setting: str
    value: float
    low: float | None
    high: float | None
    unit: str
    kind: str  # one of KINDS
    source: str | None  # as typed: an id of sources.csv, or one of the words
    note: str | None
    from_month: str | None  # of a dated change


def register(scenario: Scenario) -> tuple[Assumption, ...]:
    """Return every number of a scenario, then those of its dated changes."""
    return tuple(_register(scenario))


def _register(scenario: Scenario) -> Iterator[Assumption]:
    tree = scenario.tree
    for path, value in leaves(tree):
        if path[0] != "changes" and is_number(value):
            yield _assumption(dotted(tree, path), path, value, None)
    changes = sorted(tree.get("changes", ()), key=lambda change: change["from"])
    for change in changes:
        for name, new in change["set"].items():
            found, rest = find(tree, name)
            for path, value in leaves(new, (*found, *rest)):
                if is_number(value):
                    setting = ".".join(map(str, (name, *path[len(found) + len(rest) :])))
                    yield _assumption(setting, path, value, f"{change['from']:%Y-%m}")


def _assumption(setting: str, path: Keys, value: Any, month: str | None) -> Assumption:
    parts = value if isinstance(value, dict) else {"value": value}
    source = parts.get("source")
    kind = source if source in SOURCE_WORDS else "published" if source else NO_SOURCE
    return Assumption(
        setting=setting,
        value=parts["value"],
        low=parts.get("low"),
        high=parts.get("high"),
        unit=unit_of(path),
        kind=kind,
        source=source,
        note=parts.get("note"),
        from_month=month,
    )
