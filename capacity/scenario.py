"""Read scenario files: extends, diffs, dated changes; collect every problem there is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from .crosscheck import across
from .errors import Problem, ScenarioError
from .merging import (
    Origin,
    Table,
    as_typed,
    dotted,
    find,
    leaves,
    merge,
    origin,
    put,
    typed,
    value_at,
    without,
)
from .scenario_files import Place, SourceFile, chain, fetch, place_of, shipped, shipped_place
from .settings import Settings
from .validating import Finding, unknown, validate

__all__ = [
    "Origin",
    "Scenario",
    "Source",
    "SourceFile",
    "differences",
    "month_index",
    "read",
    "shipped",
    "value_at",
    "with_values",
]

@dataclass(frozen=True)
class Source:
    """A row of sources.csv: where figures come from.

    Shape: scalars. Unit: none. Source: data/sources.csv. Raises: nothing.
    """

    title: str
    publisher: str
    date: str
    where: str


@dataclass(frozen=True)
class Scenario:
    """A scenario as read: its settings from every date on, and where each one stands.

    Shape: `dated` is one pair a month in which something changes, ascending, cumulative.
    Unit: as typed. Source: the scenario files. Raises: nothing.
    """

    name: str
    settings: Settings
    dated: tuple[tuple[int, Settings], ...]
    tree: Mapping[str, Any] = field(repr=False)
    files: tuple[SourceFile, ...]
    origins: Mapping[str, Origin] = field(repr=False)
    applied: tuple[str, ...]
    warnings: tuple[Problem, ...]
    sources: Mapping[str, Source] = field(repr=False)
    written: Table = field(repr=False, compare=False)
    """The tree before `like` is resolved: what `with_values` starts from."""


@dataclass
class _Report:
    """Problems as they are found, each placed by the tree it is about."""

    order: list[str]
    problems: list[Problem] = field(default_factory=list)

    def add(self, tree: Table, finding: Finding, where: Origin | None = None) -> None:
        """Note a finding at its nearest line."""
        place = where or origin(tree, finding.path)
        name = dotted(tree, finding.path)
        self.problems.append(
            Problem(place.file, place.line, name, finding.must, finding.got, finding.use)
        )

    def sorted(self) -> list[Problem]:
        """Return the problems in file order, the scenario before its parents, each once."""

        def key(problem: Problem) -> tuple[int, int]:
            known = problem.file in self.order
            place = self.order.index(problem.file) if known else len(self.order)
            return place, problem.line or 0

        return sorted(dict.fromkeys(self.problems), key=key)


def read(
    scenario: str | Path,
    *,
    files: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Scenario:
    """Return a scenario with everything it extends, or say all that is wrong with it.

    `files` are texts by name, read in place of the disk; `values` are laid over it by their
    dotted names as if typed in a diff.

    Shape: one Scenario. Unit: as typed. Source: docs/method.md, Input. Raises: ScenarioError.
    """
    links = chain(place_of(scenario, files), files)
    report = _Report([file.name for _, file, _ in links])
    tree = _extended([table for _, _, table in links], report)
    source_files, sources = _sources([place for place, _, _ in links], files)
    everything = (*(file for _, file, _ in links), *source_files)
    tree = _overlaid(tree, values or {}, everything[0].name, report)
    return _assembled(tree, everything, sources, report)


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Return the same scenario with settings replaced by their dotted names; None removes one.

    Shape: one Scenario. Unit: as typed. Source: docs/method.md, Input. Raises: ScenarioError.
    """
    report = _Report([file.name for file in scenario.files])
    tree = _overlaid(scenario.written, values, scenario.files[0].name, report)
    return _assembled(tree, scenario.files, scenario.sources, report)


def _extended(tables: list[Table], report: _Report) -> Table:
    """Return a scenario laid over those it extends, the last of the list first."""
    for table in tables:
        _check_file(table, report)
    tree = tables[-1]
    for table in reversed(tables[:-1]):
        tree = merge(_removed(tree, table, report), table)
    if "remove" in tables[-1]:
        report.add(tables[-1], Finding(("remove",), "must not be given without extends"))
    tree = tree.copy()
    for key in ("extends", "remove"):
        tree.pop(key, None)
    return tree


def _check_file(table: Table, report: _Report) -> None:
    """Report names given twice within one file."""
    for key, name in (("standards", "name"), ("inflows", "name"), ("people", "why")):
        items = table.get(key)
        seen: dict[Any, int] = {}
        for place, item in enumerate(items if isinstance(items, list) else []):
            given = item.get(name) if isinstance(item, Table) else None
            if isinstance(given, str) and given in seen:
                must = f"must have a {name} of its own"
                report.add(table, Finding((key, place), must, as_typed(given)))
            elif isinstance(given, str):
                seen[given] = place


def _removed(tree: Table, child: Table, report: _Report) -> Table:
    """Return the parent's tree without what a child takes away."""
    names = child.get("remove", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        must = "must be a list of dotted names"
        report.add(child, Finding(("remove",), must, as_typed(names)))
        return tree
    for place, name in enumerate(names):
        path, rest = find(tree, name)
        if rest or not path:
            report.add(child, Finding(("remove", place), "must be in the scenario that this one extends", as_typed(name)))
        else:
            tree = without(tree, path)
    return tree


def _overlaid(tree: Table, values: Mapping[str, Any], file: str, report: _Report) -> Table:
    """Return a tree with values laid over it by their dotted names."""
    for name, value in values.items():
        path, rest = find(tree, name)
        try:
            if value is None:
                tree = tree if rest else without(tree, path)
            else:
                where = Origin(file, None)
                tree = put(tree, (*path, *rest), typed(value, file, {}), where)
        except (KeyError, IndexError):
            problem = Problem(file, None, name, "no such setting")
            report.problems.append(problem)
    return tree


def _liked(tree: Table, report: _Report) -> Table:
    """Return a tree in which cohorts and teams have what they take from those they are like."""
    result = tree.copy()
    for section in ("cohorts", "teams"):
        items = tree.get(section)
        if isinstance(items, Table):
            done = items.copy()
            for name in items:
                done[name] = _like(tree, section, (name,), report)
            result[section] = done
    return result


def _like(tree: Table, section: str, trail: tuple[str, ...], report: _Report) -> Any:
    """Return one cohort or team with what it takes from another, and that from others."""
    items, name = tree[section], trail[-1]
    item = items[name]
    other = item.get("like") if isinstance(item, Table) else None
    if not isinstance(other, str):
        return item
    path = (section, trail[0], "like")
    if other in trail:
        if other == trail[0]:
            must = f"must not lead back to itself: {' → '.join((*trail, other))}"
            report.add(tree, Finding(path, must))
        return item
    if other not in items:
        if len(trail) == 1:
            finding = unknown((*path[:2], other), section[:-1], [k for k in items if k != name])
            report.add(tree, replace(finding, path=path, got=as_typed(other)))
        return item
    base = _like(tree, section, (*trail, other), report)
    if not isinstance(base, Table):
        return item
    base = base.copy()
    arrivals = {"growth_per_year", "entrants_per_month"}
    if section == "cohorts" and (arrivals & item.keys() or _has_inflows(tree, name)):
        for key in arrivals:
            base.pop(key, None)
    return merge(base, item, (section, name))


def _has_inflows(tree: Table, cohort: str) -> bool:
    items = tree.get("inflows")
    items = items if isinstance(items, list) else []
    return any(isinstance(item, Table) and item.get("cohort") == cohort for item in items)


def _sources(
    places: list[Place], texts: Mapping[str, str] | None
) -> tuple[list[SourceFile], dict[str, Source]]:
    """Return the sources.csv in use and their rows by id; those nearer the scenario win."""
    wanted = [Place((p.folder / "sources.csv").as_posix(), p.path and p.path.parent / "sources.csv") for p in places]
    wanted.append(shipped_place("data", "sources.csv"))
    files: dict[str, SourceFile] = {}
    rows: dict[str, Source] = {}
    for place in wanted:
        own = texts is not None and place.name in texts
        on_disk = (texts is None or place is wanted[-1]) and place.path and place.path.is_file()
        if place.name in files or not (own or on_disk):
            continue
        files[place.name] = fetch(place, texts)
        text = files[place.name].text.removeprefix("\ufeff")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            if row.get("id"):
                columns = ("title", "publisher", "date", "where")
                rows.setdefault(str(row["id"]), Source(*(row.get(c) or "" for c in columns)))
    return list(files.values()), rows


def month_index(settings: Settings, when: date) -> int:
    """Return the month in which a date lies, counted from the start.

    Shape: scalar. Unit: months, 0 is the start. Source: docs/method.md. Raises: nothing.
    """
    start = settings.start
    return (when.year - start.year) * 12 + when.month - start.month


def _assembled(
    written: Table, files: tuple[SourceFile, ...], sources: Mapping[str, Source], report: _Report
) -> Scenario:
    """Return the scenario of a merged tree, or raise all its problems."""
    tree = _liked(written, report)
    settings, findings = validate(tree)
    if settings is not None:
        findings += across(settings, tree)
    for finding in findings:
        report.add(tree, finding)
    dated: tuple[tuple[int, Settings], ...] = ()
    applied: list[str] = []
    if settings is not None:
        dated = tuple(_dated(tree, settings, applied, set(findings), report))
    if report.problems or settings is None:
        raise ScenarioError(report.sorted())
    origins = {dotted(tree, path): origin(tree, path) for path, _ in leaves(tree)}
    return Scenario(
        PurePath(files[0].name).stem,
        settings, dated, tree, files, origins, tuple(applied), (), sources, written,
    )


def _dated(
    tree: Table, settings: Settings, applied: list[str], known: set[Finding], report: _Report
) -> Iterator[tuple[int, Settings]]:
    """Yield the settings from each month on in which some change, and note what changes."""
    by_month: dict[int, list[int]] = {}
    given = tree.get("changes")
    for place, change in enumerate(given if isinstance(given, list) else []):
        when = change.get("from") if isinstance(change, Table) else None
        if type(when) is date and isinstance(change.get("set"), Table):
            by_month.setdefault(month_index(settings, when), []).append(place)
    for month in sorted(by_month):
        where: Origin | None = None
        for place in by_month[month]:
            change = tree["changes"][place]["set"]
            for name, value in change.items():
                where = change.origins[name]
                path, rest = find(tree, name)
                try:
                    after = put(tree, (*path, *rest), value, where)
                except KeyError:
                    report.add(tree, Finding(("changes", place, "set", name), "no such setting"))
                    continue
                for leaf, new in leaves(value, (*path, *rest)):
                    setting = dotted(after, leaf)
                    try:
                        old = as_typed(value_at(tree, setting))
                    except KeyError:
                        old = "default"
                    applied.append(f"{setting}: {old} → {as_typed(new)}")
                tree = after
        version, findings = validate(tree)
        if version is not None:
            findings += across(version, tree)
        for finding in findings:
            if finding not in known:
                report.add(tree, finding, where)
        if version is not None:
            yield month, version


def differences(a: Scenario, b: Scenario) -> tuple[tuple[str, Any, Any], ...]:
    """Return the settings that differ between two scenarios: name, old, new.

    Shape: one triple a setting, in the order of `b`, then those only in `a`; None where
    a setting is absent. Unit: as typed. Source: none. Raises: nothing.
    """
    names: dict[str, None] = {}
    for tree in (b.tree, a.tree):
        for path, _ in leaves(tree):
            names.setdefault(dotted(tree, path))
    pairs = ((name, _or_none(a.tree, name), _or_none(b.tree, name)) for name in names)
    return tuple((name, old, new) for name, old, new in pairs if old != new)


def _or_none(tree: Any, setting: str) -> Any:
    try:
        return value_at(tree, setting)
    except KeyError:
        return None
