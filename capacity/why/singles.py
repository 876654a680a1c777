"""Changes that make another scenario of one, each valid by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from capacity.errors import InputError
from capacity.reading.naming import LISTS, find, item_names
from capacity.reading.scenario import Scenario, differences
from capacity.wording import as_typed, listed

NOT_SETTINGS = ("title", "question")

ADDED, THERE = "added", "there"
"""What a part of a scenario becomes, or was, that only one of two has."""


JOINED = ", "
"""Between the names of settings that mean something only together."""


class Single(NamedTuple):
    """A change: its setting, from what to what, and the values to be laid over the first.

    Several settings that mean something only together are one, named one after the other.
    """

    setting: str
    old: Any
    new: Any
    values: dict[str, Any]

    @property
    def is_part(self) -> bool:
        """Whether it adds or takes away a cohort, a team or an item of a list."""
        return bool(self.new == ADDED or self.old == THERE)

    def is_named_by(self, other: Single) -> bool:
        """Return whether another change names the part that this one adds or takes away."""
        return self.is_part and self.setting.partition(".")[2] in repr(other)


def tables(first: Scenario, other: Scenario) -> set[str]:
    """Return the tables in which two scenarios differ, without trying any change."""
    named = (setting for setting, _, _ in differences(first, other))
    return {name.partition(".")[0] for name in named if name not in NOT_SETTINGS}


def changes(first: Scenario, other: Scenario) -> list[Single]:
    """Return every change that makes a valid scenario by itself, as values to be laid over.

    Changes that do not are joined with those under the same table, then with the part that they
    need (a cohort with its team, a standard with its cohort), then with all that are left; what
    means nothing even then is left out.
    """
    left = _every(first, other)
    found: list[Single] = []
    count = 0
    while len(left) != count:
        waiting: list[Single] = []
        for one in left:
            (found if _is_valid(first, one) else waiting).append(one)
        count, left = len(waiting), _by_table(waiting)
    count = 0
    while len(left) != count:
        count = len(left)
        left = [one for one in left if not _goes_with(first, found, one)]
    if left and _is_valid(first, (together := _joined(left))):
        found.append(together)
    return found


def _every(first: Scenario, other: Scenario) -> list[Single]:
    """Return every difference as values to be laid over the first scenario."""
    every = [
        _of_setting(first, other, Single(setting, old, new, {setting: new}))
        for setting, old, new in differences(first, other)
        if setting not in NOT_SETTINGS
    ]
    whole = {f"{one.setting}." for one in every if one.new is not None}
    return [
        one  # a part of a setting that is now one number goes with that number
        for one in {one.setting: one for one in every}.values()
        if one.new is not None or not any(one.setting.startswith(table) for table in whole)
    ]


def _of_setting(first: Scenario, other: Scenario, one: Single) -> Single:
    """Return a change of a setting; of the whole part that it is in, if only one has that."""
    here, there = find(first.tree, one.setting), find(other.tree, one.setting)
    path = there[0] if not there[1] else here[0]
    tree = other.tree if not there[1] else first.tree
    section = str(path[0]) if path else ""
    if section in LISTS and len(path) > 1 and isinstance(path[1], int):
        name = item_names(tree[section])[path[1]]
        mine, theirs = (scenario.tree.get(section, []) for scenario in (first, other))
        if name not in item_names(mine):
            item = theirs[item_names(theirs).index(name)]
            return Single(f"{section}.{name}", None, ADDED, {section: [item]})
        if name not in item_names(theirs):
            return _gone(f"{section}.{name}")
    if section in ("cohorts", "queues", "teams") and len(path) > 1:
        part = f"{section}.{path[1]}"
        if path[1] not in first.tree.get(section, {}):
            return Single(part, None, ADDED, {part: other.tree[section][path[1]]})
        if path[1] not in other.tree.get(section, {}):
            return _gone(part)
    return one


def _gone(part: str) -> Single:
    return Single(part, THERE, None, {part: None})


def _is_valid(scenario: Scenario, one: Single) -> bool:
    try:
        scenario.replace(one.values)
    except InputError:
        return False
    return True


def _by_table(waiting: Sequence[Single]) -> list[Single]:
    """Return changes joined with those under the same table."""
    tables: dict[str, list[Single]] = {}
    for one in waiting:
        tables.setdefault(one.setting.rpartition(".")[0] or one.setting, []).append(one)
    return [
        _joined(members)._replace(setting=name) if len(members) > 1 else members[0]
        for name, members in tables.items()
    ]


def _goes_with(first: Scenario, found: list[Single], one: Single) -> bool:
    """Return whether a change is valid with one of those found, and join it to that."""
    for place, valid in enumerate(found):
        parts = one.is_part and valid.is_part
        if parts or one.is_named_by(valid) or valid.is_named_by(one):
            both = _joined([valid, one])
            if _is_valid(first, both):
                found[place] = both
                return True
    return False


def _joined(members: Sequence[Single]) -> Single:
    values: dict[str, Any] = {}
    for one in sorted(members, key=lambda one: one.new is not None):  # removals first
        for key, value in one.values.items():
            both = isinstance(value, list) and isinstance(values.get(key), list)
            values[key] = [*values[key], *value] if both else value
    return Single(
        JOINED.join(one.setting for one in members),
        listed(list(dict.fromkeys(short(one.old) for one in members))),
        listed(list(dict.fromkeys(short(one.new) for one in members))),
        values,
    )


def short(value: Any) -> str:
    """Return a setting's value in a few characters."""
    if value is None:
        return "none"
    if isinstance(value, Mapping) and "value" in value:
        return as_typed(value["value"])
    return value if isinstance(value, str) else as_typed(value)
