"""Every setting of a scenario as people read it, and as a lever that they may move.

Title, unit and the value in words are read off its declaration and the labels of the file.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from capacity.catalogue import declared_at, range_at
from capacity.glossary import SHORT
from capacity.kinds import BESIDE, IN_FILES
from capacity.reading.naming import dotted, value_at
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import at, leaves
from capacity.reading.validating import default_at, fields_of, table_at
from capacity.settings import EVERY_TIER, LARGEST, Quantity, Range, Strict
from capacity.wording import begun, inside, month

Group = Literal["People", "Demand", "Policy", "Standards", "Money"]
Kind = Literal["number", "flag", "month", "choice"]

GROUPS: Mapping[Group, str] = {
    "People": "Posts, loans, leave, sickness: a manager's daily levers.",
    "Demand": "How many cases there are, come and go.",
    "Policy": "What is owed to a case, by how many officers, and how long it takes.",
    "Standards": "What the plan must meet: it changes the team needed, not what current posts do. "
    "What falls behind first, when hours are short, changes both.",
    "Money": "What people cost and how money is shown. No case or visit depends on it.",
}
"""Groups of levers, a manager's first, and what each is about."""

POSTS = "Posts and people in post"
EVENTS = "Loans, leave and sickness"
INFLOWS = "New cases from named sources"
FUNDING = "What pays for posts"
NAMED = (POSTS, EVENTS, INFLOWS, FUNDING)
"""Sections of things that have a name of their own, which says whose a setting is."""

REST = ": everything else"

FIRST = {
    *("posts", "in_post", "fte", "from", "until", "sickness", "abstraction", "leavers_per_year"),
    *("overtime_in_use", "max_share", "efficiency"),
    *("growth_per_year", "entrants_per_month", "exits_per_year", "per_month"),
    *("per_year", "every_months", "hours", "crew", "per_case_year"),
    *IN_FILES,
    *("judged", "rule", "cost_per_year", "pay", "discount_rate", "pay_award_per_year"),
}
"""Settings shown at once; the others of a section come when asked for."""

_MONEY = ("cost_per_year", "joining_cost", "overtime_cost_per_hour")
_OF_ONE = ("hours", "crew", "second_officer_hours", "no_answer_hours", "deadline_months")
_OWED = ("duties", "work", "hours_per_case_month", "hours_per_entry")
_LEFT_OUT = (
    "title",
    "question",
    "extends",
    "remove",
    "start",
    "links",
    "sizing",
    "changes",
    "chance",
    "choose",
)
_INSIDE = ("tiers", "duties", "work", "grades")
_TABLES = ("joiners_due", "shares", "moves_per_year", "entry_mix")

MOST_OF_A_SHARE = 12.0
"""Rates a year that may be more are times, not shares: at 12, all would go within a month."""


@dataclass(frozen=True)
class Lever:
    """One setting that can be changed, as shown to people.

    `today`, `low` and `high` are as typed in a file; `scale` turns them into what is shown.
    """

    name: str
    group: Group
    section: str
    block: str
    label: str
    kind: Kind
    meaning: str
    today: Any
    given: bool  # in the scenario, not a default
    unset: str  # what holds where nothing is given
    unit: str
    limits: Range
    scale: int
    low: float | None
    high: float | None
    source: str | None
    note: str | None
    choices: tuple[str, ...]
    first: bool

    def shown(self, value: Any) -> Any:
        """Return a typed number as it is shown: shares in per cent, exactly."""
        if self.scale == 1 or value is None or self.kind != "number":
            return value
        return float(Decimal(repr(value)) * self.scale)

    def typed(self, value: Any) -> Any:
        """Return a number from the screen as it is typed in a file, exactly."""
        if self.kind != "number" or value is None:
            return value
        exact = Decimal(repr(value)) / self.scale
        return int(exact) if exact == exact.to_integral_value() else float(exact)

    def words(self, value: Any) -> str:
        """Return a value with its unit."""
        if value is None:
            return self.unset
        if self.kind == "flag":
            return "yes" if value else "no"
        if self.kind == "month":
            return month_words(value)
        if self.kind == "choice":
            return str(value)
        number = plain(_read(self.shown(value)))
        if self.unit.startswith("£"):
            return f"£{number}{self.unit[1:]}"
        after = self.after
        if number == "1":
            noun, _, more = after.strip().partition(" ")
            after = f" {noun.removesuffix('s')} {more}".rstrip()
        return f"{number}{after}"

    @property
    def title(self) -> str:
        """What is changed, said so that it stands alone."""
        return ", ".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """Whose setting it is, outermost first, and last what it is."""
        parts = [self.section, self.block, self.label]
        if self.section in NAMED or self.block == self.section:
            parts = parts[1:]
        return tuple(dict.fromkeys(filter(None, parts)))

    @property
    def after(self) -> str:
        """What follows a number: its unit."""
        if self.scale == 100:
            return "%" if self.unit == "share" else f"% {self.unit}"
        return f" {self.unit}" if self.unit else ""

    @property
    def range_words(self) -> str:
        """The range that is allowed."""
        if self.kind != "number":
            return ""
        low, high = self.limits.ge if self.limits.gt is None else self.limits.gt, self.limits.le
        high = high if self.limits.lt is None else self.limits.lt
        bottom = f"above {plain(self.shown(low))}" if self.limits.gt is not None else ""
        bottom = bottom or ("" if low <= -LARGEST else f"at least {plain(self.shown(low))}")
        words = "below" if self.limits.lt is not None else "at most"
        top = "" if high >= LARGEST else f"{words} {plain(self.shown(high))}"
        return " and ".join(filter(None, [bottom, top])) or "any number"


def _read(number: float) -> float:
    """Return a number as it is read: of a hundred and more no more than one decimal.

    A smaller one stands as it was typed; one with more digits than anybody types was calculated.
    """
    if abs(number) >= 100:
        return round(number, 1)
    return number if number == float(f"{number:.10g}") else float(f"{number:.5g}")


def month_words(day: Any) -> str:
    """Return a date as its month in words, what is none as it stands."""
    return month(f"{day:%Y-%m}") if isinstance(day, date) else str(day)


def plain(number: float) -> str:
    """Return a number in the fewest digits that keep it whole."""
    exact = Decimal(repr(number))
    whole = exact == exact.to_integral_value()
    return f"{int(exact):,}" if whole else f"{exact.normalize():,f}"


def levers(scenario: Scenario) -> tuple[Lever, ...]:
    """Return every lever of a scenario, in the order of groups, sections and the file."""
    found = [_lever(scenario, path) for path in _paths(scenario)]
    kept = [lever for lever in found if lever is not None]
    groups, sections = list(GROUPS), list(dict.fromkeys((one.group, one.section) for one in kept))

    def place(lever: Lever) -> tuple[int, int, bool, int]:
        section = lever.section
        behind = sections.index((lever.group, section))
        front = 0 if section == POSTS else 1 if section == EVENTS else 2
        return groups.index(lever.group), front, section.endswith(REST), behind

    return tuple(sorted(kept, key=place))


def known(found: tuple[Lever, ...], name: str) -> Lever | None:
    """Return the lever of a dotted name, if there is one."""
    return next((lever for lever in found if lever.name == name), None)


def _paths(scenario: Scenario) -> Iterator[Keys]:
    """Yield the path of every setting that is given, and of those declared but not given."""
    tree = scenario.tree
    given = [path for path, _ in leaves(tree) if path[0] not in _LEFT_OUT]
    tables: dict[Keys, list[Keys]] = {}
    for path in given:
        for table in _tables_of(path):
            tables.setdefault(table, [])
        tables[_table_of(path)].append(path)
    for table, own in tables.items():
        yield from own
        kind = table_at(table)
        if kind is not None and issubclass(kind, Strict):
            here = at(tree, table)
            yield from ((*table, key) for key in fields_of(kind) if key not in here)


def _tables_of(path: Keys) -> Iterator[Keys]:
    """Yield the tables of settings that a path leads through, outermost first."""
    deepest = _table_of(path)
    if len(deepest) == 4:
        yield deepest[:2]
    yield deepest


def _table_of(path: Keys) -> Keys:
    """Return the innermost table of settings that a path belongs to."""
    if path[0] in ("cohorts", "teams"):
        return path[:4] if len(path) > 4 and path[2] in _INSIDE else path[:2]
    if len(path) == 1:
        return ()
    if path[0] == "queues":
        return path[:2]
    return path[:2] if isinstance(path[1], int) else path[:1]


def _lever(scenario: Scenario, path: Keys) -> Lever | None:
    """Return the lever of a path, none for what is no number, flag, month or choice."""
    tree = scenario.tree
    table = _table_of(path)
    entry, field = declared_at(path), _field_of(path)
    if entry is None or field is None or (EVERY_TIER in path and _differs_by_tier(tree, path)):
        return None
    name = dotted(tree, path)
    value, given = _typed_at(tree, name)
    kind, limits, choices = _kind_of(path, field)
    if kind is None or (path[0] == "standards" and path[2] in IN_FILES and not given):
        return None
    if path[0] == "standards" and path[2] in BESIDE and not _fits(at(tree, table), str(path[2])):
        return None
    if not given and path[-1] in _TABLES:
        return None
    meaning, _, default = entry.meaning.partition("; default: ")
    parts = value if isinstance(value, Mapping) else {"value": value}
    today = parts.get("value") if given else _default(path)
    if not given and limits and isinstance(today, int | float) and not limits.holds(today):
        today = None
    group, section = _place(scenario, path)
    block, label = _labels(scenario, path, meaning)
    percent = entry.unit == "share" or (
        entry.unit == "per year" and limits is not None and limits.le <= MOST_OF_A_SHARE
    )
    return Lever(
        name=name,
        group=group,
        section=section,
        block=block,
        label=label,
        kind=kind,
        meaning=meaning,
        today=today,
        given=given,
        unset=default or "none",
        unit=entry.unit,
        limits=limits or Range(),
        scale=100 if percent else 1,
        low=parts.get("low"),
        high=parts.get("high"),
        source=parts.get("source"),
        note=parts.get("note"),
        choices=choices,
        first=_is_first(path, given),
    )


def _fits(standard: Mapping[str, Any], key: str) -> bool:
    """Return whether a standard of this kind may have a setting beside its level."""
    about = next(kind.about for name, kind in IN_FILES.items() if name in standard)
    return about is not None and key in (*about.needs, *about.may)


def _is_first(path: Keys, given: bool) -> bool:
    rest = path[len(_table_of(path)) :]
    return rest[0] in FIRST and (given or rest[0] in ("posts", "overtime_in_use"))


def _differs_by_tier(tree: Any, path: Keys) -> bool:
    """Return whether a number for all tiers has others beside it, each a lever of its own."""
    return isinstance(at(tree, path[:-1]), Mapping) and len(at(tree, path[:-1])) > 1


def _typed_at(tree: Any, name: str) -> tuple[Any, bool]:
    try:
        return value_at(tree, name), True
    except KeyError:
        return None, False


def _default(path: Keys) -> Any:
    """Return the default as it would be typed; none where nothing holds but for a rule."""
    found = default_at(path)
    found = getattr(found, "value", found)
    if isinstance(found, float) and math.isnan(found):
        return None
    if isinstance(found, str | bool) or found is None:
        return found
    return found if isinstance(found, int | float) else None


def _field_of(path: Keys) -> Any:
    """Return the declaration of a setting, that of all tiers for one of a tier."""
    for end in range(len(path), len(path) - 3, -1):
        kind = table_at(path[: end - 1]) if end > 0 else None
        if kind is not None and kind is not Quantity:
            field = fields_of(kind).get(str(path[end - 1]))
            if field is not None:
                return field
    return None


def _kind_of(path: Keys, field: Any) -> tuple[Kind | None, Range | None, tuple[str, ...]]:
    """Return what widget a declaration asks for, its range and its choices."""
    limits = range_at(path)
    if limits is not None:
        return "number", limits, ()
    bare = [one for one in _options(field.annotation) if one is not types.NoneType]
    if bare == [bool]:
        return "flag", None, ()
    if bare == [date]:
        return "month", None, ()
    if len(bare) == 1 and get_origin(bare[0]) is Literal:
        return "choice", None, tuple(map(str, get_args(bare[0])))
    return None, None, ()


def _options(annotation: Any) -> list[Any]:
    union = get_origin(annotation) in (Union, types.UnionType)
    return list(get_args(annotation)) if union else [annotation]


# Words -------------------------------------------------------------------------------------


def label_of(table: Any, name: str | int) -> str:
    """Return what a thing of a scenario is called: its label, its name where it has none."""
    given = table.get("label") if isinstance(table, Mapping) else None
    words = str(name).replace("_", " ")
    return given or (words.upper() if words.upper() in SHORT else words.capitalize())


_PLACES: Mapping[str, tuple[Group, str]] = {
    "people": ("People", EVENTS),
    "flex": ("People", "Lending between teams"),
    "inflows": ("Demand", INFLOWS),
    "events": ("Demand", "One-off events"),
    "funding": ("Money", FUNDING),
    "finance": ("Money", "How money is shown"),
}
"""Group and section of lists and tables whose settings stand together."""


def in_short(meaning: str) -> str:
    """Return what a setting is called: how its meaning begins, of a yes or no what is so."""
    return begun(meaning.partition(";")[0].removeprefix("whether "))


def _place(scenario: Scenario, path: Keys) -> tuple[Group, str]:
    """Return the group and the section in which a lever is shown."""
    tree, first = scenario.tree, path[0]
    if first == "teams":
        team = label_of(at(tree, path[:2]), path[1])
        grade = f", {label_of(at(tree, path[:4]), path[3])}" if len(path) > 4 else ""
        if path[-1] in _MONEY or "cost_per_year" in path:
            return "Money", f"{team}{grade}"
        return "People", POSTS if path[-1] in ("posts", "in_post") else f"{team}{grade}"
    if first == "cohorts":
        cohort = label_of(at(tree, path[:2]), path[1])
        if path[2] in ("duties", "work"):
            if path[4] == "overdue":
                return "Demand", cohort
            return "Policy", f"{cohort}: {label_of(at(tree, path[:4]), path[3])}"
        if path[2] in _OWED:
            return "Policy", f"{cohort}{REST}"
        return "Demand", cohort
    if first == "queues":
        return "Policy" if path[2] in _OF_ONE else "Demand", _queue(tree, path[1])
    if first in ("standards", "priority"):
        name = dotted(tree, path[:2]).partition(".")[2] if first == "standards" else ""
        return "Standards", name or "What falls behind first"
    return _PLACES.get(str(first), ("Money", "Time"))


_FLOWS = {"leads_to": "Leads to", "arrivals_from": "Comes from"}
"""Lists of what flows between queues and cohorts, and how each item is introduced."""


def _queue(tree: Any, name: str | int) -> str:
    """Return what a queue is called, with its team where another queue is called the same."""
    label = label_of(tree["queues"][name], name)
    if [label_of(one, key) for key, one in tree["queues"].items()].count(label) < 2:
        return label
    team = tree["queues"][name].get("team", "")
    return f"{label} ({label_of(tree.get('teams', {}).get(team), team)})"


def _flow(tree: Any, path: Keys, kind: str) -> str:
    """Return what a flow leads to or comes from, in words."""
    item = at(tree, path[:-1])
    if "queue" in item:
        other = _queue(tree, item["queue"]) if item["queue"] in tree["queues"] else item["queue"]
    else:
        cohort = item.get("cohort", "")
        other = label_of(tree.get("cohorts", {}).get(cohort), cohort)
    return f"{_FLOWS[kind]} {inside(other)}"


def _labels(scenario: Scenario, path: Keys, meaning: str) -> tuple[str, str]:
    """Return the block that a lever stands in and its own label."""
    tree, table = scenario.tree, _table_of(path)
    rest = path[len(table) :]
    said = in_short(meaning)
    if path[-1] in ("posts", "in_post") and path[0] == "teams":
        team = label_of(at(tree, path[:2]), path[1])
        short = "Posts" if path[-1] == "posts" else "In post"
        return f"{team}: {label_of(at(tree, path[:4]), path[3])}", short
    if path[0] == "flex":
        ends = (at(tree, path[:2])[end] for end in ("from", "to"))
        lender, helped = (label_of(tree["teams"].get(name), name) for name in ends)
        return f"{lender} helping {helped}", said
    if path[0] == "queues" and len(rest) > 1:
        if rest[0] in _FLOWS:
            return _flow(tree, path, str(rest[0])), said
        return said, " ".join(str(step).replace("_", " ") for step in rest[1:]).capitalize()
    if path[0] in ("people", "inflows", "events", "funding"):
        return dotted(tree, path[:2]).partition(".")[2], said
    if path[0] == "cohorts":
        tiers = at(tree, path[:2]).get("tiers", {})
        if path[2] == "moves_per_year":
            to = [label_of(tiers.get(tier), tier) for tier in path[3:]]
            return said, " to ".join(to)
        if path[2] == "tiers":
            return said, label_of(tiers.get(path[3]), path[3])
        if path[2] == "duties" and rest[0] == "overdue":
            duty = label_of(at(tree, path[:4]), path[3])
            said = f"{duty}: {inside(said)}"
        if len(rest) > 1 and rest[-1] != EVERY_TIER:
            return said, label_of(tiers.get(rest[-1]), rest[-1])
        return (said if rest[0] == "overdue" else ""), said
    return (said, month(str(rest[-1]))) if rest[0] == "joiners_due" else ("", said)
