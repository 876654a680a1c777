"""Dated changes: the settings from every month on in which some of them change."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from capacity.limits import MOST_DATED
from capacity.reading.crosscheck import across, month_index
from capacity.reading.merging import put
from capacity.reading.naming import dotted, find, stranger, value_at
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, Origin, TomlTable, leaves
from capacity.reading.validating import Reading, default_at, validate
from capacity.settings import EVERY_TIER, Quantity, Settings
from capacity.wording import as_typed

_FIXED = {
    "cohorts": {
        *("like", "team", "group", "tiers"),
        *("reactive_share", "may_be_reactive", "orders_visited"),
    },
    "teams": {"like", "effort_before", "lasting"},
    "queues": {
        *("team", "classes", "arrivals_from", "leads_to"),
        *("waiting", "waiting_ages", "completed_before", "risk_weight"),
    },
    "grades": {"in_post", "in_training", "recent_joiners"},
    "duties": {"reference_months", "focus_before"},
}

_OF_TIERS = {"counts"}
"""Settings of tiers that can, unlike their cases at the start."""


@dataclass(frozen=True)
class Applied:
    """One number that a dated change puts in the place of another.

    Args:
        month: the first in which it holds, such as 2025-04.
        setting: its dotted name.
        old: what it was, as given or by default.
        new: what it is from then on.
    """

    month: str
    setting: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.setting}: {shortly(self.old)} → {shortly(self.new)}"


@dataclass
class Timeline:
    """What dated changes make of a scenario, gathered change by change."""

    tree: TomlTable
    versions: list[tuple[int, Settings]] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    problems: list[tuple[TomlTable, Finding, Origin | None]] = field(default_factory=list)
    warnings: list[tuple[TomlTable, Finding, Origin | None]] = field(default_factory=list)


def follow(undated: Reading, findings: Collection[Finding], sources: Collection[str]) -> Timeline:
    """Return the settings from every month on in which some change, and what changes.

    Changes apply by month, those of one month in file order, parents first.
    """
    line = Timeline(undated.tree)
    known = set(findings)
    by_month: dict[int, list[tuple[Keys, Any]]] = {}
    if type(undated.tree.get("start")) is date:
        for path, change in undated.items("changes"):
            # A date before the start is reported with the other dates; the rest is still checked.
            month = max(0, month_index(undated.settings, change.from_))
            by_month.setdefault(month, []).append((path, undated.tree["changes"][path[1]]))
    asked = len(by_month) * sum(1 for _ in leaves(undated.tree)) if by_month else 0
    if asked > MOST_DATED:
        must = f"must be at most {MOST_DATED:,} settings × months in which some change"
        line.problems.append((undated.tree, Finding(("changes",), must, f"{asked:,}"), None))
        return line
    for month in sorted(by_month):
        late = month >= undated.settings.months.value
        last: Origin | None = None
        for path, change in by_month[month]:
            begin = None if late else f"{change['from']:%Y-%m}"
            for name, value in change["set"].items():
                last = change["set"].origins[name]
                _apply(line, (*path, "set", name), value, last, begin)
        reading = validate(line.tree)
        for finding in (*reading.findings, *across(reading, sources, opening=False)):
            if finding not in known:
                line.problems.append((line.tree, finding, last))
                known.add(finding)
        if not late:
            line.versions.append((month, reading.settings))
    return line


def _apply(line: Timeline, path: Keys, value: Any, where: Origin, month: str | None) -> None:
    """Lay one changed setting over the tree, or say why it cannot be; no month is after the end."""
    before, name = line.tree, str(path[-1])
    found, rest = find(before, name)
    target: Keys = (*found, *rest)
    changed = list(leaves(value, target))
    wrong = next((f for leaf, _ in changed if (f := _refusal(before, leaf))), None)
    try:
        after = before if wrong else put(before, target, value, where)
    except (KeyError, IndexError):
        wrong = Finding(target, "unknown setting")
    if wrong:
        line.problems.append((before, wrong, where))
        return
    line.tree = after
    for leaf, new in changed:
        setting = dotted(after, leaf)
        old = _before(before, leaf, setting)
        if month is not None:
            line.applied.append(Applied(month, setting, old, new))
        if leaf[4:5] in (("overdue",), ("opening_ages",), ("overdue_ages",)):
            must = "matters only at the start: a later change alters nothing"
            line.warnings.append((after, Finding(leaf, must), where))
        elif shortly(old) == shortly(new):
            must = f"is {shortly(old)} already: the change alters nothing"
            line.warnings.append((after, Finding(leaf, must), where))


def _refusal(tree: TomlTable, path: Keys) -> Finding | None:
    """Return why a setting cannot change from a date, if it cannot."""
    section = path[0]
    if section not in ("cohorts", "teams", "queues", "inflows"):
        return Finding(path, "must be a setting under cohorts, teams, queues or inflows")
    strange = stranger(tree, path)
    if strange:
        return strange
    if len(path) < 3:
        return Finding(path, "must name a setting, not a whole " + str(section)[:-1])
    if section == "inflows" and path[2] not in ("per_month", "share"):
        return Finding(path, "cannot change from a date; of an inflow only per_month and share can")
    if path[2] == "tiers" and path[4:] and path[4] in _OF_TIERS:
        return None
    fixed = path[2] in _FIXED.get(str(section), ()) or (
        path[2] in ("grades", "duties") and len(path) > 4 and path[4] in _FIXED[str(path[2])]
    )
    return Finding(path, "cannot change from a date") if fixed else None


def _before(tree: TomlTable, path: Keys, setting: str) -> Any:
    """Return what a setting was before a change: as given, else its default."""
    try:
        return value_at(tree, setting)
    except KeyError:
        default = default_at(path)
    if path[-1] == "posts":
        return _before(tree, (*path[:-1], "in_post"), setting.removesuffix("posts") + "in_post")
    if isinstance(default, float) and math.isnan(default):  # of a second officer: the first's
        hours = dotted(tree, path[:4]) + ".hours" + "".join(f".{tier}" for tier in path[5:])
        return _before(tree, (*path[:4], "hours", *path[5:]), hours)
    if isinstance(default, Quantity):
        return default.value
    return default if isinstance(default, int | float | str) else None


def shortly(value: Any) -> str:
    """Return a value in a few characters, a range in brackets."""
    if value is None:
        return "none"
    if isinstance(value, TomlTable) and "value" in value:
        ends = [as_typed(value[end]) for end in ("low", "high") if end in value]
        return as_typed(value["value"]) + (f" ({' to '.join(ends)})" if ends else "")
    if isinstance(value, TomlTable):
        pairs = (
            f"{shortly(one)}" if key == EVERY_TIER else f"{key} {shortly(one)}"
            for key, one in value.items()
        )
        return ", ".join(pairs)
    return value if isinstance(value, str) else as_typed(value)
