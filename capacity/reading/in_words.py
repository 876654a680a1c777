"""Any setting, value or item of a list in words, whether or not it is a lever.

Nobody who reads a page should have to know how a scenario file names things: what a change is
about is said by title, by label and by month.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from capacity.catalogue import Entry, declared_at
from capacity.errors import Problem
from capacity.glossary import SHORT
from capacity.reading import levers
from capacity.reading.dated import Applied
from capacity.reading.levers import Lever
from capacity.reading.naming import LISTS, find, item_names
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import at
from capacity.wording import as_typed, day, inside, listed, per_cent, posts, without_iso

MEANT = {
    "priority.order": "order in which work is served when hours are short",
    "links.NAME.settings": "settings that move together",
    "extends": "scenario this one differs from",
    "history": "the unit's own monthly figures",
    "spend": "what the unit's teams were given and spent",
}
"""What settings are called whose meaning is written for those who write files."""

NAMED = ("teams", "cohorts", "queues", "tiers", "duties", "grades", "work")
"""Tables of things with a name, those first by which a name is understood."""

OF_A_FIGURE = (("cohort", "cohorts"), ("duty", "duties"), ("queue", "queues"), ("tier", "tiers"))
"""Whose a known figure may be, and the table that each stands in."""

DOTTED = re.compile(r"\b[a-z]\w*(?:\.[\w*]+)+|\b[a-z]+(?:_[a-z0-9]+)+\b")
"""What only a file calls anything: names with dots or underscores."""

QUOTED = re.compile(r'"([\w-]+)"')
LISTED = re.compile(r"\(([\w-]+(?:(?:, | and )[\w-]+)*)\)")
"""A name as typed, and names that there are."""

WORD = re.compile(r"(?<![\w“-])[a-z]+(?![\w-])")


@dataclass(frozen=True)
class InWords:
    """A scenario's settings in words.

    Attributes:
        scenario: whose they are.
        levers: every lever of it.
    """

    scenario: Scenario
    levers: tuple[Lever, ...]

    @cached_property
    def _by_name(self) -> Mapping[str, Lever]:
        return {one.name: one for one in self.levers}

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        """What things are called, by the table that they stand in and their names."""
        found: dict[str, dict[str, str]] = {table: {} for table in NAMED}
        for table, name, label in _labels_in(self.scenario.tree):
            found[table].setdefault(name, label)
        return found

    def title(self, name: str) -> str:
        """Return what a setting is called: whose it is, and what it is."""
        lever, tier = self._lever(name)
        if lever is not None:
            return ", ".join(filter(None, [lever.title, tier]))
        what, inner = _around(name)
        if inner:
            return f"{what}: {self.title(inner)}"
        path = self._path(name)
        words = _meaning(declared_at(path), path)
        parts = [*self._whose(path), _upper(words)]
        return ", ".join(dict.fromkeys(filter(None, parts)))

    def change(self, name: str, value: Any) -> str:
        """Return what a setting was and is."""
        lever, _ = self._lever(name)
        if lever is not None:
            return f"{self.title(name)}: {lever.words(lever.today)} → {self.value(name, value)}"
        return f"{self.title(name)}: {self.value(name, value)}"

    def value(self, name: str, value: Any) -> str:
        """Return a value of a setting, with its unit."""
        name = _around(name)[1] or name
        lever, _ = self._lever(name)
        if isinstance(value, Mapping) and "value" in value:
            value = value["value"]
        if lever is not None:
            try:
                return lever.words(value if lever.kind != "month" else _as_day(value))
            except (ArithmeticError, TypeError, ValueError):
                return self._plainly(value)
        path = self._path(name)
        declared = declared_at(path)
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if declared is not None and numeric and declared.unit:
            return per_cent(value) if declared.unit == "share" else f"{value:g} {declared.unit}"
        return self._plainly(value, _table_of(path))

    def _plainly(self, value: Any, table: str = "") -> str:
        """Return a value by itself: months, names and settings as people say them.

        `table`: that a name stands in, where it is known.
        """
        if value is None:
            return "taken away"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, date):
            return levers.month_words(value)
        if isinstance(value, Mapping):
            inner = [f"{self.called(str(k))} {self._plainly(v, table)}" for k, v in value.items()]
            return "; ".join(inner) or "nothing"
        if isinstance(value, list | tuple):
            return listed([self._plainly(one, table) for one in value]) or "nothing"
        if not isinstance(value, str):
            return as_typed(value)
        if value in self._by_name:
            return self.title(value)
        parts = value.split(".")
        if len(parts) > 1 and all(any(one in some for some in self._labels.values())
                                  for one in parts):  # fmt: skip
            return ": ".join(map(self.called, parts))
        return self.called(value, table)

    def called(self, name: str, table: str = "") -> str:
        """Return what a team, cohort, tier, grade, activity or queue is called."""
        for some in (self._labels.get(table, {}), *self._labels.values()):
            if name in some:
                return some[name]
        return day(name).replace("_", " ")

    def added(self, kind: str, item: Mapping[str, Any]) -> str:
        """Return what was added to a list."""
        say = {
            "people": self._people,
            "changes": self._dated,
            "events": self._event,
            "inflows": self._inflow,
            "flex": self._lending,
            "funding": self._funding,
            "known": self._known,
        }.get(kind)
        return say(item) if say else f"{item.get('name', 'One more')} ({LISTS.get(kind, kind)})"

    def _people(self, item: Mapping[str, Any]) -> str:
        fte = item.get("fte")
        signed = isinstance(fte, int | float) and not isinstance(fte, bool)
        sign = f"{fte:+g}".replace("-", "−") if signed else self._plainly(fte)
        when = self._month(item, "from")
        end = f" to {self._month(item, 'until')}" if item.get("until") else " on"
        return f"{item.get('why', 'People')}: 0 → {sign} FTE, {when}{end}"

    def _dated(self, item: Mapping[str, Any]) -> str:
        given = item.get("set")
        said = [self.change(*pair) for pair in given.items()] if isinstance(given, Mapping) else []
        return f"From {self._month(item, 'from')}: {'; '.join(said) or 'nothing'}"

    def _event(self, item: Mapping[str, Any]) -> str:
        key = next((key for key in ("cases", "arrivals", "leavers") if key in item), "cases")
        moved = ""
        if {"from", "to"} <= set(item):
            ends = (self._plainly(item[end], "tiers") for end in ("from", "to"))
            moved = " moved from {} to {}".format(*(inside(one) for one in ends))
        moved = " leaving" if key == "leavers" else moved
        number = self._number(item.get(key))
        why = item.get("why") or "One-off event"
        return f"{why}: 0 → {number} cases{moved} in {self._month(item, 'at')}"

    def _inflow(self, item: Mapping[str, Any]) -> str:
        whom = inside(self._plainly(item.get("cohort", "the cohort"), "cohorts"))
        per_month = self._number(item.get("per_month"))
        return f"{item.get('name', 'New cases')}: {per_month} per month, {whom}"

    def _lending(self, item: Mapping[str, Any]) -> str:
        lender, helped = (self._plainly(item.get(end, "a team"), "teams") for end in ("from", "to"))
        most = _bare(item.get("max_share", 1))
        share = f", at most {per_cent(most)} of its hours" if isinstance(most, int | float) else ""
        return f"{lender} helping {helped}{share}"

    def _funding(self, item: Mapping[str, Any]) -> str:
        paid = _bare(item.get("posts"))
        what = posts(paid) if isinstance(paid, int | float) else "part of its cost"
        team = self._plainly(item.get("team", "a team"), "teams")
        end = f" to {self._month(item, 'until')}" if item.get("until") else ""
        return f"{item.get('name', 'Funding')}: pays for {what} of {team}{end}"

    def _known(self, item: Mapping[str, Any]) -> str:
        whose = [self._plainly(item[key], table) for key, table in OF_A_FIGURE if key in item]
        what = self._plainly(item.get("measure", "figure"))
        about = f" ({', '.join(whose)})" if whose else ""
        when = self._month(item, "month")
        return f"Known of {when}: {what} {self._number(item.get('value'))}{about}"

    def _number(self, given: Any) -> str:
        given = _bare(given)
        return "an unknown number of" if given is None else self._plainly(given)

    def _month(self, item: Mapping[str, Any], key: str) -> str:
        given = item.get(key)
        return "an unknown month" if given is None else self._plainly(given)

    def dated(self, changes: Iterable[Applied]) -> list[tuple[str, str]]:
        """Return what dated changes do, each with its month; what several share is said once.

        Returns:
            Month (2025-04) and words, such as "Basic pay: £40,000 → £41,000 (IOM team, Sergeant)".
        """
        said: dict[tuple[str, str], list[str]] = {}
        for one in changes:
            lever, tier = self._lever(one.setting)
            old, new = (
                "none" if end is None else self.value(one.setting, end)
                for end in (one.old, one.new)
            )
            parts = lever.parts if lever is not None else (self.title(one.setting),)
            whose, *rest = (*parts, *filter(None, [tier])) if len(parts) > 1 else ("", *parts)
            what = rest[-1] if one.setting.startswith("inflows.") else ", ".join(rest)
            said.setdefault((one.month, f"{what}: {old} → {new}"), []).append(whose)
        return [(month, words + _owners(whose)) for (month, words), whose in said.items()]

    def problem(self, one: Problem) -> str:
        """Return what is wrong, or to be checked, in a scenario that is open."""
        got = f", found {self._without_dots(one.got)}" if one.got is not None else ""
        use = f"; use {self._without_dots(one.use)}" if one.use is not None else ""
        said = f"{self._without_dots(one.must)}{got}{use}"
        return f"{self.title(one.setting)}: {said}" if one.setting else said

    def _without_dots(self, text: str) -> str:
        """Return a sentence with settings and names in it as people say them."""
        for name in sorted(self._by_name, key=len, reverse=True):
            if "." in name and name in text:
                text = text.replace(name, f"“{self.title(name)}”")
        text = DOTTED.sub(lambda found: self._named(found[0]), text)
        text = QUOTED.sub(lambda found: f"“{self.called(found[1])}”", text)
        text = LISTED.sub(lambda found: self._those(found[1]), text)
        text = WORD.sub(lambda found: self._acronyms.get(found[0], found[0]), text)
        return without_iso(text)

    def _those(self, names: str) -> str:
        """Return names in brackets as people say them, what is none as it stands."""
        found = re.split(r", | and ", names)
        known = all(any(one in some for some in self._labels.values()) for one in found)
        return f"({listed([self.called(one) for one in found])})" if known else f"({names})"

    @cached_property
    def _acronyms(self) -> Mapping[str, str]:
        """Names that are no words, such as ppu, and what they are called."""
        return {
            name: label
            for labels in self._labels.values()
            for name, label in labels.items()
            if name.upper() in SHORT or _is_short(name, label)
        }

    def _named(self, name: str) -> str:
        called = self.called(name)
        if called != name.replace("_", " "):
            return called
        if "." in name and declared_at(self._path(name)) is not None:
            return f"“{self.title(name)}”"
        return name.replace("_", " ").replace(".", ": ")

    def _lever(self, name: str) -> tuple[Lever | None, str]:
        """Return the lever of a name; of a tier that has none, that of all tiers, and the tier."""
        found = self._by_name.get(name)
        if found is not None:
            return found, ""
        around, _, tier = name.rpartition(".")
        found = self._by_name.get(around)
        return found, self.called(tier) if found is not None else ""

    def _path(self, name: str) -> Keys:
        path, rest = find(self.scenario.tree, name)
        return (*path, *rest)

    def _whose(self, path: Keys) -> Iterator[str]:
        """Yield whose a setting is, outermost first."""
        tree = self.scenario.tree
        if path[0] == "flex" and len(path) > 1 and isinstance(path[1], int):
            yield self._lending({**tree["flex"][path[1]], "max_share": None})
        elif len(path) > 1 and path[0] in LISTS:
            items = tree.get(str(path[0]), ())
            item = item_names(items)[path[1]] if isinstance(path[1], int) else path[1]
            yield f"{_upper(LISTS[str(path[0])])} {item}" if item.isdigit() else self.called(item)
        elif path[0] in NAMED:
            for end in range(2, len(path), 2):
                table, name = str(path[end - 2]), path[end - 1]
                if isinstance(name, str) and table in NAMED:
                    with contextlib.suppress(KeyError):
                        yield levers.label_of(at(tree, path[:end]), name)


def of(scenario: Scenario) -> InWords:
    """Return a scenario's settings in words."""
    return InWords(scenario, levers.levers(scenario))


def _is_short(name: str, label: str) -> bool:
    """Return whether a name is made of the first letters of a label; a letter or two are words."""
    return len(name) > 2 and name == "".join(one[0] for one in label.lower().split())


def _owners(whose: Iterable[str]) -> str:
    """Return in brackets whose settings are meant, those of one team or cohort together."""
    inside_: dict[str, list[str]] = {}
    for one in filter(None, whose):
        first, _, rest = one.partition(", ")
        inside_.setdefault(first, []).extend([rest] if rest else [])
    words = "; ".join(f"{one}: {listed(some)}" if some else one for one, some in inside_.items())
    return f" ({words})" if words else ""


def _upper(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _bare(value: Any) -> Any:
    """Return the number of one that is given with a range or a source."""
    return value.get("value") if isinstance(value, Mapping) else value


def _as_day(value: Any) -> Any:
    """Return a date or, of a month as text, its words."""
    return day(value) if isinstance(value, str) else value


def _around(name: str) -> tuple[str, str]:
    """Return what is said before a setting that is named within another, and its name."""
    table, _, rest = name.partition(".")
    if table == "choose":
        return "Values to choose among", rest
    item, _, inner = rest.partition(".set.")
    return (item, inner) if table == "changes" else ("", "")


def _table_of(path: Keys) -> str:
    """Return the table in which names stand that are the value of a setting; empty for others."""
    last = next((str(one) for one in reversed(path) if not isinstance(one, int)), "")
    if last in ("from", "to"):
        return "teams" if path[0] == "flex" else "tiers"
    return {"displaced_from": "teams", "duty": "duties"}.get(last, f"{last.removesuffix('s')}s")


def _meaning(entry: Entry | None, path: Sequence[str | int]) -> str:
    """Return what a setting means in short, its last name where it is not declared."""
    if entry is None:
        return str(path[-1] if path else "").replace("_", " ")
    return MEANT.get(entry.name) or levers.in_short(entry.meaning)


def _labels_in(node: Any, table: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield things that have a name and perhaps a label: table, name, and what each is called."""
    if not isinstance(node, Mapping):
        return
    for name, one in node.items():
        if table in NAMED and isinstance(one, Mapping):
            yield table, name, levers.label_of(one, name)
            for inner, more in one.items():
                yield from _labels_in(more, inner)
        elif name in NAMED and not table:
            yield from _labels_in(one, name)
