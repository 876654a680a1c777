"""An opening position: a register's counts in a scenario of its month, as a short file."""

from __future__ import annotations

import copy
import re
from calendar import month_name
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from capacity.errors import Problem, ScenarioError, TableError
from capacity.files.table_files import TypedSheet
from capacity.history.rolling import happened, orders_within, rolled, unlinked
from capacity.reading.diffing import LIKE, alike, difference, plain
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_files import SourceFile, parse
from capacity.reading.scenario_text import text_of
from capacity.reading.tree import is_number, origin
from capacity.register.count import Asked, Register, count, spreads, values_of
from capacity.results.fits import extended_from
from capacity.version import __version__
from capacity.wording import counted, listed, number
from capacity.wording import month as month_words

DIGITS = 6
HEADING = "Opening position by capacity"
"""How a file begins that a register made, so that the next one extends what it extends."""
_AS_AT = re.compile(r", register as at (?:\d{4}-\d{2}-\d{2}|\d{1,2} \w+ \d{4})$")
_DAY = re.compile(rf"(?<=\bat )\d{{1,2}} (?:{'|'.join(month_name[1:])}) \d{{4}}\b")
"""The day that a title says the position is of."""


@dataclass(frozen=True)
class Position:
    """A register, the text of the scenario whose opening position it is, and what to say of it."""

    register: Register
    text: str
    notes: tuple[str, ...]
    hints: tuple[str, ...]  # options of the command that would make it otherwise


def position(
    sheet: TypedSheet, scenario: Scenario, asked: Asked, place: str | None = None
) -> Position:
    """Return the opening position that a register comes to.

    A scenario that started earlier is brought to the register's month first; the file extends it,
    or what it extends itself where it is an opening position too, so that no chain grows.

    Args:
        sheet: the register.
        scenario: whose opening position it is.
        asked: how the register is read.
        place: where the file will lie.

    Raises:
        TableError: with row numbers and never what stands in them.
    """
    now = rolled(scenario, asked.start, asked.in_post)
    found = count(sheet, now.scenario, asked)
    tree = plain(copy.deepcopy(dict(now.scenario.tree)))
    here = {cohort for cohort, _ in found.tiers}
    notes = [*now.notes, *now.queued, *happened(now.past, now.scenario, tree, here)]
    _lay(tree, found, now.scenario)
    notes += unlinked(tree, now.scenario, "the register counts")
    notes += _kept(tree, found, scenario)
    title = _DAY.sub(asked.day, _AS_AT.sub("", scenario.settings.title))[:150]
    tree["title"] = f"{title}, register as at {asked.day}"
    heading = [
        f"{HEADING} {__version__}, from a register as at {asked.day}: counts only.",
        *(notes if scenario.settings.start != asked.start else ()),
    ]
    text = written(tree, scenario, place, heading, sheet.file)
    hints = list(found.hints)
    if now.projected:
        hints.append(f"--in-post {now.projected[0]}=FTE gives your own figure of people in post.")
    return Position(found, text, tuple(notes), tuple(hints))


# What a register counts --------------------------------------------------------------------


def _lay(tree: dict[str, Any], register: Register, scenario: Scenario) -> None:
    """Put a register's counts in the place of an opening position."""
    for name, values in values_of(register, scenario).items():
        cohort = tree["cohorts"][name]
        for tier, one in values["tiers"].items():
            cohort["tiers"][tier].update(one)
        for duty, counts in values.get("duties", {}).items():
            for key in ("overdue", "opening_ages", "overdue_ages"):
                cohort["duties"][duty].pop(key, None)
            cohort["duties"][duty].update(counts)
    for team, spread in spreads(register).items():
        tree["teams"][team]["caseload_spread"] = spread


# What it leaves out ------------------------------------------------------------------------


def _kept(tree: dict[str, Any], register: Register, scenario: Scenario) -> Iterator[str]:
    """Yield what a register does not say, and fit it to the cases that there are now."""
    here = {cohort for cohort, _ in register.tiers}
    for name, cohort in tree.get("cohorts", {}).items():
        cases = {tier: _value(one["cases"]) for tier, one in cohort["tiers"].items()}
        late = {}
        cut = []
        for duty, one in cohort.get("duties", {}).items():
            if (name, duty) not in register.read:
                cut += [f"{duty} {words}" for words in _fit(one, cases)]
                late[duty] = sum(_value(n) for n in one.get("overdue", {}).values())
        also = f" At most as many as there are cases: {listed(cut, 20)}." if cut else ""
        overdue = [f"{number(n)} {duty} overdue" for duty, n in late.items() if n]
        if name not in here:
            since = _since(scenario, ("cohorts", name, "tiers", next(iter(cases)), "cases"))
            what = [counted(sum(cases.values()), "case"), *overdue]
            kept = f"not in the register, and left as it was in {since}"
            yield f"{name}: {kept} ({listed(what, 20)}).{also}"
            continue
        for duty in late:
            since = _since(scenario, ("cohorts", name, "duties", duty, "overdue"))
            what = [words for words in overdue if f" {duty} " in words] or ["none overdue"]
            kept = f"not in the register, and left as it was in {since}"
            yield f"{name}, {duty}: {kept} ({what[0]}).{also}"
            also = ""
        if not register.with_orders:
            yield from _orders(name, cohort["tiers"])


def _fit(duty: dict[str, Any], cases: Mapping[str, float]) -> Iterator[str]:
    """Yield where more is overdue than there are cases, and cut it; ages go in proportion."""
    late = duty.get("overdue", 0)
    table = dict.fromkeys(cases, late) if is_number(late) else dict(late)
    if is_number(late) and not _value(late):
        table = {}
    for tier, given in table.items():
        was, most = _value(given), cases[tier]
        highest = max(was, given.get("high", was) if isinstance(given, Mapping) else was)
        if highest > most:
            parts = dict(given) if isinstance(given, Mapping) else {"value": given}
            ends = {end: min(parts[end], most) for end in ("value", "low", "high") if end in parts}
            table[tier] = {**parts, **ends}
        if was > most:
            yield f"{tier} {number(most)} (was {number(was)})"
    if table:
        duty["overdue"] = table
    for key in ("opening_ages", "overdue_ages"):
        for tier, ages in list(duty.get(key, {}).items()):
            overdue = _value(table.get(tier, 0))
            total = overdue if key == "overdue_ages" else cases[tier] - overdue
            if total <= 0:
                del duty[key][tier]
            elif abs(total - sum(ages)) > 10**-DIGITS:
                duty[key][tier] = [round(n * total / sum(ages), DIGITS) for n in ages]


def _orders(cohort: str, tiers: dict[str, Any]) -> Iterator[str]:
    """Yield that court orders are kept, at most as many as there are cases."""
    orders_within(tiers)
    for tier, one in tiers.items():
        if "court_orders" in one:
            shown = number(_value(one["court_orders"]))
            left = f"are not in the register, and left as they were ({shown})"
            yield f"{cohort}, {tier}: court orders {left}."


def _since(scenario: Scenario, path: tuple[str, ...]) -> str:
    """Return the month at whose beginning a setting stood: the start of the file that gives it."""
    files = _chain(scenario)
    names = [file.name for file in files]
    given = origin(scenario.tree, path).file
    first = names.index(given) if given in names else 0
    starts = [tree["start"] for tree in map(parse, files[first:]) if "start" in tree]
    when = starts[0] if starts and isinstance(starts[0], date) else scenario.settings.start
    return month_words(f"{when:%Y-%m}")


def _value(given: Any) -> float:
    return float(given["value"] if isinstance(given, Mapping) else given)


# As a file ---------------------------------------------------------------------------------


def _chain(scenario: Scenario) -> list[SourceFile]:
    """Return a scenario's own file and those it extends."""
    return [file for file in scenario.files if file.name.endswith(".toml")]


def _parent(scenario: Scenario) -> int:
    """Return which file of the chain to extend: the first that is no opening position itself."""
    files = _chain(scenario)
    made = [file.text.startswith(f"# {HEADING}") for file in files[:-1]]
    return made.index(False) if False in made else len(made)


def written(
    tree: dict[str, Any], scenario: Scenario, place: str | None, heading: list[str], file: str
) -> str:
    """Return the text of a file that makes a tree of a scenario, read again and compared.

    Raises:
        TableError: if what the register makes of the scenario is not valid.
    """
    texts = {PurePath(one.name).name: one.text for one in reversed(scenario.files)}
    chain, parent = _chain(scenario), _parent(scenario)
    names = [PurePath(one.name).name for one in chain]
    likes = {
        (section, name): one["like"]
        for section in LIKE
        for name, one in scenario.written.get(section, {}).items()
        if "like" in one
    }
    ways: list[tuple[int, bool]] = [(parent, True), (parent, False), (0, True), (0, False)]
    if len(set(names)) < len(names):
        ways = []
    for nth, short in ways:
        try:
            base = read(names[nth], files=texts).written
        except ScenarioError:  # a file that is complete only with the one that extends it
            continue
        gone, said = difference(base, alike(tree, likes) if short else tree)
        body: dict[str, Any] = {"title": tree["title"], "start": tree["start"]}
        body |= {"remove": gone} if gone else {}
        body |= said
        if _same({"extends": names[nth], **body}, texts, tree, file):
            return text_of({"extends": extended_from(scenario, place, nth), **body}, heading)
    _same(tree, texts, tree, file)
    return text_of(tree, heading)


def _same(body: dict[str, Any], texts: Mapping[str, str], tree: dict[str, Any], file: str) -> bool:
    """Return whether a file makes the scenario that it should.

    Raises:
        TableError: if it makes one that is not valid.
    """
    name = "opening-position.toml"
    try:
        made = read(name, files={**texts, name: text_of(body)})
    except ScenarioError as error:
        raise TableError(
            [
                Problem(file, None, f"makes {one.setting}", one.must, one.got, one.use)
                for one in error.problems
            ]
        ) from error
    found = plain(made.tree)
    for section in LIKE:
        for item in found.get(section, {}).values():
            item.pop("like", None)
    return found == tree and _orders_of(found) == _orders_of(tree)


def _orders_of(tree: Mapping[str, Any]) -> list[list[str]]:
    """Return the names of everything that is served, or told, in its order."""
    parts = {"cohorts": ("tiers", "duties", "work"), "queues": ("classes",), "teams": ("grades",)}
    found = [list(tree.get(section, ())) for section in parts]
    for section, inner in parts.items():
        items = tree.get(section, {}).values()
        found += [list(one.get(part, ())) for one in items for part in inner]
    return found
