"""Read scenario files: extends, diffs, dated changes; collect every problem there is."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from numbers import Integral, Real
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from capacity.catalogue import declared_at
from capacity.errors import InputError, Problem, ScenarioError
from capacity.files.monthly import History
from capacity.files.spending import Spend
from capacity.limits import strange
from capacity.reading.cautions import suspicions
from capacity.reading.choosing import choices
from capacity.reading.crosscheck import across, month_index
from capacity.reading.dated import Applied, follow
from capacity.reading.merging import like, merge, overlay, remove
from capacity.reading.naming import dotted, find, named_leaves, stranger, value_at
from capacity.reading.plausible import explained, questions
from capacity.reading.references import duplicate_names
from capacity.reading.scenario_files import (
    Place,
    SourceFile,
    beside,
    chain,
    fetch,
    history_of,
    parse,
    place_of,
    shipped,
    shipped_place,
    spend_of,
)
from capacity.reading.tree import Finding, Origin, TomlTable, is_number, leaves, origin, typed
from capacity.reading.validating import validate
from capacity.settings import Settings
from capacity.wording import counted

__all__ = [
    "Origin",
    "Scenario",
    "Source",
    "SourceFile",
    "differences",
    "month_index",
    "parent",
    "read",
    "shipped",
    "value_at",
    "with_tree",
]


@dataclass(frozen=True)
class Source:
    """A row of sources.csv: where figures come from.

    Source: data/sources.csv.
    """

    title: str
    publisher: str
    date: str
    where: str


@dataclass(frozen=True)
class Past:
    """What a scenario's history says, before it is learnt from.

    Attributes:
        history: the monthly figures.
        beneath: the tree of the file that names them. What is laid over it, in files that extend
            it or on a page, is about what comes after.
    """

    history: History
    beneath: TomlTable = field(repr=False, compare=False)


class Swing(NamedTuple):
    """How teams worked in a month, against the year."""

    effort: NDArray[np.float64]  # [team]
    focus: NDArray[np.float64]  # [row]
    early: NDArray[np.float64]  # [row]


@dataclass(frozen=True)
class LastKnown:
    """Where a scenario that starts from what is known comes from.

    Attributes:
        history: the monthly figures, names as the scenario has them.
        last: the last month known, `YYYY-MM`.
        notes: how the state at the start was found, one sentence each.
        first: the scenario as it was when the history began.
        ways: how the teams worked in the last year, as settings by their dotted names.
        swings: by month, how each differed from that: effort and early visits as multiples by
            team and by duty of a tier, focus in log-odds.
    """

    history: History
    last: str
    notes: tuple[str, ...]
    first: Scenario = field(repr=False, compare=False)
    ways: Mapping[str, Any] = field(repr=False, compare=False)
    swings: Mapping[str, Swing] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Scenario:
    """A scenario as read: its settings from every date on, and where each one stands.

    Settings are read by their dotted names, `scenario["cohorts.rso.growth_per_year"]`, and varied
    with `replace`; `settings` has them all as objects.

    Attributes:
        name: the name of its file, without the ending.
        settings: every setting at the start.
        dated: month and settings for each month in which something changes, ascending, cumulative.
        warnings: what is valid but should be checked.
        past: its history, where it names one that it has not been brought forward from yet.
        known: where its start comes from, once it has been.
        spend: what its teams were given and spent, month by month, where it names that.
    """

    name: str
    settings: Settings
    dated: tuple[tuple[int, Settings], ...]
    tree: Mapping[str, Any] = field(repr=False)
    files: tuple[SourceFile, ...]
    origins: Mapping[str, Origin] = field(repr=False)
    applied: tuple[Applied, ...]
    warnings: tuple[Problem, ...]
    sources: Mapping[str, Source] = field(repr=False)
    written: TomlTable = field(repr=False, compare=False)
    """The tree before `like` is resolved: what `replace` starts from."""
    past: Past | None = None
    known: LastKnown | None = None
    spend: tuple[Spend, ...] = ()
    undivided: Scenario | None = field(default=None, repr=False, compare=False)
    """As it was read, where shares that are managed reactively are tiers of their own here."""

    @property
    def given(self) -> Scenario:
        """The scenario as it was read: that whose numbers are replaced."""
        return self.undivided or self

    @property
    def title(self) -> str:
        """Its title."""
        return self.settings.title

    @property
    def question(self) -> str | None:
        """The question it answers, if it states one."""
        return self.settings.question

    def at(self, month: int) -> Settings:
        """Return the settings of a month.

        Args:
            month: counted from the start; before it the settings are those of the start.

        Returns:
            Every setting, as it stands in that month.
        """
        settings = self.settings
        for first, later in self.dated:
            if max(first, 0) <= month:
                settings = later
        return settings

    @property
    def months(self) -> int:
        """How many months are projected."""
        return int(self.settings.months.value)

    def __getitem__(self, name: str) -> Any:
        """Return a setting by its dotted name, or its default.

        Args:
            name: such as `cohorts.rso.duties.visit.hours.low`; items of a list by their names.

        Returns:
            The number (without its range), text, date, list or table; None where it is not given
            and has no default.

        Raises:
            KeyError: if there is no such setting.
        """
        every = self.settings.model_dump(by_alias=True)
        for tree in (self.tree, every):
            with suppress(KeyError):
                found = value_at(tree, name)
                if found != {}:
                    return _without_ranges(found)
        path, rest = find(every, name)
        declared = declared_at((*path, *rest))
        if declared is None or not declared.by_tier or stranger(every, (*path, *rest)):
            close = get_close_matches(name, [one for one, _, _ in named_leaves(self.tree)], n=1)
            hint = f"; is it {close[0]}?" if close else ""
            raise KeyError(f"{self.name} has no setting {name}{hint}")
        return float(declared.default) if declared.default else None

    def __iter__(self) -> Iterator[str]:
        """Yield the dotted name of every setting that is given, in the order of the file."""
        return (name for name, _, _ in named_leaves(self.tree))

    def replace(self, values: Mapping[str, Any], *, name: str | None = None) -> Scenario:
        """Return the same scenario with some settings replaced; this one stays as it is.

        Args:
            values: what each setting becomes, by its dotted name: a number, or
                `{"value": …, "low": …, "high": …, "source": …}`, text, a date, a list or a table.
                None removes the setting, so that its default holds.
            name: what the new scenario is called beside others; default: as this one.

        Returns:
            A new scenario, checked as a file is.

        Raises:
            ScenarioError: with everything that is wrong with it.
        """
        report = _Report([file.name for file in self.files])
        given = {key: _plain(value) for key, value in values.items()}
        changed = _assembled(
            _overlaid(self.written, given, report), self.files, self.sources, report
        )
        name = self.name if name is None else name
        return replace(changed, name=name, past=self.past, known=self.known, spend=self.spend)

    def __repr__(self) -> str:
        """Return its name, its title, the months and how much there is in it."""
        months, start = counted(self.months, "month"), f"{self.settings.start:%B %Y}"
        parts = [
            counted(len(self.settings.cohorts), "cohort"),
            counted(len(self.settings.teams), "team"),
            counted(len(self.settings.standards), "standard"),
            *([counted(len(self.warnings), "warning")] if self.warnings else []),
        ]
        return f"<Scenario {self.name}: {self.title}\n {months} from {start}; {', '.join(parts)}>"


def _without_ranges(found: Any) -> Any:
    """Return a setting as plain data that is nobody else's, its numbers without their ranges."""
    if isinstance(found, Mapping):
        if "value" in found:
            return found["value"]
        return {name: _without_ranges(inner) for name, inner in found.items()}
    return [_without_ranges(inner) for inner in found] if isinstance(found, list) else found


def _plain(value: Any) -> Any:
    """Return numbers of NumPy or pandas as Python's own, which are what a file can hold."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


@dataclass
class _Report:
    """Problems as they are found, each placed by the tree it is about."""

    order: list[str]
    problems: list[Problem] = field(default_factory=list)

    def add(self, tree: TomlTable, finding: Finding, where: Origin | None = None) -> None:
        """Note a finding at its nearest line."""
        place = where or origin(tree, finding.path)
        name = dotted(tree, finding.path)
        self.problems.append(
            Problem(place.file, place.line, name, finding.must, finding.got, finding.use)
        )

    def extend(self, tree: TomlTable, findings: Iterable[Finding]) -> None:
        """Note findings, but not again where a cohort or team took them from another."""
        given = list(findings)
        every = set(given)
        for finding in given:
            twin = _twin(tree, finding)
            same_place = twin and origin(tree, twin.path) == origin(tree, finding.path)
            if not (twin in every and same_place):
                self.add(tree, finding)

    def in_order(self) -> tuple[Problem, ...]:
        """Return the problems in file order, the scenario before its parents, each once."""
        places = {name: place for place, name in enumerate(self.order)}

        def key(problem: Problem) -> tuple[int, int]:
            return places.get(problem.file, len(places)), problem.line or 0

        return tuple(sorted(dict.fromkeys(self.problems), key=key))


def _twin(tree: TomlTable, finding: Finding) -> Finding | None:
    """Return the same finding in the cohort or team that this one is like."""
    section, name = (*finding.path, "", "")[:2]
    items = tree.get(str(section))
    if section not in ("cohorts", "teams") or not isinstance(items, TomlTable):
        return None
    item = items.get(str(name))
    other = item.get("like") if isinstance(item, TomlTable) else None
    if not isinstance(other, str) or other == name:
        return None
    return replace(finding, path=(section, other, *finding.path[2:]))


def read(
    scenario: str | Path,
    *,
    files: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Scenario:
    """Return a scenario with everything it extends, or say all that is wrong with it.

    Args:
        scenario: a file, or the name of a scenario that comes with capacity.
        files: texts by file name, read in place of the disk.
        values: what is laid over the scenario by dotted names as if typed in a diff; None takes
            a setting away.

    Returns:
        The scenario, its settings checked.

    Raises:
        ScenarioError: with every problem, each with its file and line.
    """
    links = chain(place_of(scenario, files), files)
    report = _Report([file.name for _, file, _ in links])
    tree = _extended([table for _, _, table in links], report)
    source_files, sources = _sources([place for place, _, _ in links], files)
    everything = (*(file for _, file, _ in links), *source_files)
    past = _past(links, files, report)
    spent = _spent(links, files, tree, report)
    everything = (*everything, *(one[0] for one in (past, spent) if one is not None))
    tree = _overlaid(tree, values or {}, report)
    found = _assembled(tree, everything, sources, report, typed=True)
    found = found if past is None else replace(found, past=past[1])
    return found if spent is None else replace(found, spend=spent[1])


def _past(
    links: list[tuple[Place, SourceFile, TomlTable]],
    texts: Mapping[str, str] | None,
    report: _Report,
) -> tuple[SourceFile, Past] | None:
    """Return the history that a scenario or the nearest it extends names; None without one."""
    for nth, (place, _, table) in enumerate(links):
        if "history" in table:
            try:
                file, history = history_of(place, table, texts)
            except InputError as error:
                report.problems += error.problems
                return None
            beneath = _extended([one for _, _, one in links[nth:]], _Report(report.order))
            return file, Past(history, beneath)
    return None


def _spent(
    links: list[tuple[Place, SourceFile, TomlTable]],
    texts: Mapping[str, str] | None,
    tree: TomlTable,
    report: _Report,
) -> tuple[SourceFile, tuple[Spend, ...]] | None:
    """Return the spend that a scenario or the nearest it extends names; None without one."""
    named = next(((place, table) for place, _, table in links if "spend" in table), None)
    teams = tree.get("teams")
    if named is None or not isinstance(teams, Mapping):
        return None
    labels = {
        name: str(team["label"]) if isinstance(team, Mapping) and team.get("label") else None
        for name, team in teams.items()
    }
    try:
        return spend_of(*named, labels, texts)
    except InputError as error:
        report.problems += error.problems
        return None


def parent(scenario: Scenario) -> Scenario | None:
    """Return the scenario that another extends, from the files that were read with it.

    None where it extends none, or where that one is not valid by itself.
    """
    if "extends" not in parse(scenario.files[0]):
        return None
    texts = {file.name: file.text for file in scenario.files[1:]}
    try:
        return read(scenario.files[1].name, files=texts)
    except ScenarioError:
        return None


def with_tree(scenario: Scenario, tree: Mapping[str, Any]) -> Scenario:
    """Return a scenario of the same files with another tree.

    Raises:
        ScenarioError: with everything that is wrong with it.
    """
    report = _Report([file.name for file in scenario.files])
    written = typed(tree, report.order[0], {})
    return _assembled(written, scenario.files, scenario.sources, report)


def _extended(tables: list[TomlTable], report: _Report) -> TomlTable:
    """Return a scenario laid over those it extends, the last of the list first."""
    for table in tables:
        report.extend(table, duplicate_names(table))
    tree = tables[-1]
    if "remove" in tree:
        report.add(tree, Finding(("remove",), "must not be given without extends"))
    for table in reversed(tables[:-1]):
        parent, findings = remove(tree, table)
        report.extend(table, findings)
        tree = merge(parent, table)
    tree = tree.copy()
    for key in ("extends", "remove"):
        tree.pop(key, None)
    return tree


def _overlaid(tree: TomlTable, values: Mapping[str, Any], report: _Report) -> TomlTable:
    """Return a tree with values laid over it, noting those that have no place."""
    tree, wrong = overlay(tree, values, report.order[0])
    for name, finding in wrong:
        got = None if finding.path == () else finding.got
        report.problems.append(Problem(report.order[0], None, name, finding.must, got, finding.use))
    return tree


def _sources(
    places: list[Place], texts: Mapping[str, str] | None
) -> tuple[list[SourceFile], dict[str, Source]]:
    """Return the sources.csv in use and their rows by id; those nearer the scenario win."""
    wanted = [
        Place((place.folder / "sources.csv").as_posix(), place.path and beside(place.path))
        for place in places
    ]
    wanted.append(shipped_place("data", "sources.csv"))
    files: dict[str, SourceFile] = {}
    rows: dict[str, Source] = {}
    for place in wanted:
        in_memory = texts is not None and place.name in texts
        on_disk = (texts is None or place is wanted[-1]) and place.path and place.path.is_file()
        if place.name in files or not (in_memory or on_disk):
            continue
        files[place.name] = fetch(place, texts)
        for key, row in _rows(files[place.name]):
            rows.setdefault(key, row)
    return list(files.values()), rows


def _rows(file: SourceFile) -> Iterable[tuple[str, Source]]:
    """Yield the rows of a sources.csv by id."""
    columns = ("title", "publisher", "date", "where")
    try:
        table = csv.DictReader(
            io.StringIO(file.text.removeprefix("\ufeff"), newline=""), strict=True
        )
        missing = [name for name in ("id", *columns) if name not in (table.fieldnames or ())]
        if missing:
            must = f"must have the columns id, {', '.join(columns)}"
            raise ScenarioError([Problem(file.name, 1, "", must, f"no {', '.join(missing)}")])
        for row in table:
            for text in row.values():
                wrong = strange(text) if isinstance(text, str) else None
                if wrong:
                    raise ScenarioError([Problem(file.name, table.line_num, "", *wrong)])
            if row["id"]:
                yield row["id"], Source(*(row[name] or "" for name in columns))
    except csv.Error as error:
        must = f"must be valid CSV: {error}"
        raise ScenarioError([Problem(file.name, table.line_num, "", must)]) from error


def _assembled(
    written: TomlTable,
    files: tuple[SourceFile, ...],
    sources: Mapping[str, Source],
    report: _Report,
    *,
    typed: bool = False,
) -> Scenario:
    """Return the scenario of a merged tree, or raise all its problems.

    `typed`: whether somebody typed it, so that unlikely numbers are asked about.
    """
    tree, findings = like(written)
    undated = validate(tree)
    findings += [*undated.findings, *across(undated, sources.keys())]
    findings += choices(undated)
    report.extend(tree, [explained(one, tree) for one in findings])
    if typed:
        report.extend(tree, questions(tree, undated.settings, valid=not findings))
    timeline = follow(undated, findings, sources.keys())
    for version, finding, where in timeline.problems:
        report.add(version, finding, where)
    if report.problems:
        raise ScenarioError(report.in_order())
    warnings = _Report(report.order)
    warnings.extend(tree, suspicions(undated, timeline.versions))
    warnings.problems += _inherited(written, files)
    for version, finding, where in timeline.warnings:
        warnings.add(version, finding, where)
    return Scenario(
        name=PurePath(files[0].name).stem,
        settings=undated.settings,
        dated=tuple(timeline.versions),
        tree=tree,
        files=files,
        origins={name: origin(tree, path) for name, path, _ in named_leaves(tree)},
        applied=tuple(timeline.applied),
        warnings=warnings.in_order(),
        sources=sources,
        written=written,
    )


def _inherited(tree: TomlTable, files: tuple[SourceFile, ...]) -> Iterator[Problem]:
    """Yield what a scenario has from those it extends and should have of its own."""
    own = files[0].name
    line = tree.origins["extends"].line if "extends" in tree.origins else None
    if tree.origins["title"].file != own:
        yield Problem(own, line, "title", "is that of the scenario this one extends")
    ready = {shipped_place("scenarios", f"{name}.toml").name for name in shipped()}
    if own in ready:
        return
    places = Counter(origin(tree, path).file for path, value in leaves(tree) if is_number(value))
    for name in sorted(ready & places.keys()):
        must = f"{places[name]} numbers are those of {name}, not this force's own"
        yield Problem(own, line, "extends", must)


def differences(a: Scenario, b: Scenario) -> tuple[tuple[str, Any, Any], ...]:
    """Return the settings that differ between two scenarios: name, old, new.

    Returns:
        One triple for each setting, in the order of `b`, then those only in `a`; None where a
        setting is absent.
    """
    old, new = _flat(a.tree), _flat(b.tree)
    triples = (
        (name, _known(old, a.tree, name), _known(new, b.tree, name)) for name in {**new, **old}
    )
    return tuple((name, before, after) for name, before, after in triples if before != after)


def _flat(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, _, value in named_leaves(tree)}


def _known(flat: Mapping[str, Any], tree: Any, name: str) -> Any:
    """Return a setting, that of all tiers where a tier has none of its own, else None."""
    if name in flat:
        return flat[name]
    try:
        value = value_at(tree, name)
    except KeyError:
        return None
    whole = isinstance(value, Mapping) and "value" not in value
    return None if whole else value
