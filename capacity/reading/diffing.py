"""What a file must say, and take away, to make one scenario of another: `merging` backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capacity.reading.merging import APPENDED, ARRIVALS
from capacity.reading.naming import dotted, is_by_tier, tiers_at
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import is_number
from capacity.settings import EVERY_TIER

LIKE = ("cohorts", "teams")
"""Sections whose items may be like another item."""

_IN_ORDER = (*LIKE, "queues", "tiers", "duties", "work", "classes", "grades")
"""Tables whose order means something: what comes first is served first."""


def plain(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tree as plain tables, every number for all tiers said of each tier, no list empty.

    Args:
        tree: a scenario in which `like` is resolved.
    """
    return {key: _plain(tree, (key,), value) for key, value in tree.items() if value != []}


def _plain(tree: Any, path: Keys, value: Any) -> Any:
    if isinstance(value, Mapping) and EVERY_TIER in value and is_by_tier(path):
        value = {tier: value.get(tier, value[EVERY_TIER]) for tier in tiers_at(tree, path)}
    if isinstance(value, Mapping):
        return {key: _plain(tree, (*path, key), inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(tree, (*path, place), inner) for place, inner in enumerate(value)]
    return value


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return what a file that extends one scenario must say to make another of it.

    Args:
        old: the scenario that is extended, merged and before `like` is resolved.
        new: the scenario that is wanted, before `like` is resolved.

    Returns:
        Dotted names to `remove`, and what is set.
    """
    gone: list[Keys] = []
    found = _tables(old, new, (), gone)
    return [dotted(old, path) for path in gone], found


def alike(tree: Mapping[str, Any], likes: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return a tree in which cohorts and teams say only how they differ from those they are like.

    Args:
        tree: a scenario in which `like` is resolved.
        likes: what each item was like, by section and name. One that lacks something the other
            has stays as it is, and is no longer like it.
    """
    result = {**tree, **{section: dict(tree[section]) for section in LIKE if section in tree}}
    for (section, name), other in likes.items():
        base, item = tree[section][other], tree[section][name]
        own = _own(base, item, (section, name))
        named = any(one["cohort"] == name for one in tree.get("inflows", ()))
        if section == "cohorts" and own and (named or any(key in own for key in ARRIVALS)):
            base = {key: value for key, value in base.items() if key not in ARRIVALS}
            own = _own(base, item, (section, name))
        if own is not None:
            result[section][name] = {"like": other, **own}
    return result


def _own(base: Mapping[str, Any], item: Mapping[str, Any], path: Keys) -> dict[str, Any] | None:
    """Return what an item says beyond its base; None if it would have to take something away."""
    gone: list[Keys] = []
    found = _tables(base, item, path, gone)
    return None if gone else found


def _tables(
    old: Mapping[str, Any], new: Mapping[str, Any], path: Keys, gone: list[Keys]
) -> dict[str, Any]:
    """Return what is set in a table, and note what is taken from it."""
    for key in old:
        if key in new or key == EVERY_TIER:
            continue
        items = old[key] if not path and key in (*APPENDED, "standards") else None
        # Item by item, so that one that is added later where it is taken from stays.
        gone += [(*path, key)] if items is None else [(key, n) for n in range(len(items))]
    found = {}
    for key, value in new.items():
        here = (*path, key)
        if key not in old and (EVERY_TIER not in old or old[EVERY_TIER] != value):
            found[key] = value
        elif key not in old:
            continue
        elif old[key] != value:
            changed = _changed(old[key], value, here, gone)
            if changed is not None:
                found[key] = changed
    return found


def _changed(old: Any, new: Any, path: Keys, gone: list[Keys]) -> Any:
    """Return what is set where a setting is another; None if taking something away is enough."""
    if isinstance(old, list) and isinstance(new, list):
        if path == ("standards",):
            return _standards(old, new, gone) or None
        return _appended(old, new, path, gone) or None if path[0] in APPENDED else new
    tables = isinstance(old, Mapping) and isinstance(new, Mapping)
    if tables and not is_number(old) and not is_number(new):
        kept = [key for key in old if key in new]
        if path[-1] in _IN_ORDER and [*kept, *(key for key in new if key not in old)] != list(new):
            gone.append(path)
            return new
        return _tables(old, new, path, gone) or None
    return new


def _standards(old: list[Any], new: list[Any], gone: list[Keys]) -> list[Any]:
    """Return standards that are new or say something else; they merge by name."""
    wanted = {one["name"]: one for one in new}
    places = {one["name"]: place for place, one in enumerate(old)}
    gone += [("standards", place) for name, place in places.items() if name not in wanted]
    found = []
    for name, one in wanted.items():
        if name not in places:
            found.append(one)
        elif old[places[name]] != one:
            changed = _tables(old[places[name]], one, ("standards", places[name]), gone)
            found += [{"name": name, **changed}] if changed else []
    return found


def _appended(old: list[Any], new: list[Any], path: Keys, gone: list[Keys]) -> list[Any]:
    """Return items to append; those of the old list that do not come in this order go."""
    place, kept = 0, 0
    stay = set()
    for item in new:
        while place < len(old) and old[place] != item:
            place += 1
        if place == len(old):
            break
        stay.add(place)
        place, kept = place + 1, kept + 1
    gone += [(*path, n) for n in range(len(old)) if n not in stay]
    return new[kept:]
