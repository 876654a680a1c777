"""How scenario files are put together: extends, remove, like, and single values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from capacity.limits import DEEPEST, LONGEST_TEXT
from capacity.reading.naming import find, is_by_tier, stranger, unknown
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, Origin, TomlTable, depth, is_number, typed
from capacity.settings import EVERY_TIER
from capacity.wording import as_typed

APPENDED = ("changes", "events", "people", "inflows", "flex", "known", "funding")
"""Lists to which a diff adds; other lists it replaces, standards it merges by name."""

ARRIVALS = ("growth_per_year", "entrants_per_month")
"""Ways to say how many new cases a cohort has, beside named inflows; one of them at most."""


def merge(old: TomlTable, new: TomlTable, path: Keys = ()) -> TomlTable:
    """Return a table with a diff laid over it.

    Tables merge by key; a number replaces; lists replace or append; one number for all tiers
    stays for those that are not overridden.
    """
    result = old.copy()
    result.here = new.here
    for key, value in new.items():
        result[key] = _merged(old[key], value, (*path, key)) if key in old else value
        result.origins[key] = new.origins[key]
    return result


def _merged(old: Any, new: Any, path: Keys) -> Any:
    """Return what a setting becomes when a diff gives it again."""
    if isinstance(old, list) and isinstance(new, list):
        if path == ("standards",):
            return _merge_named(old, new)
        return [*old, *new] if len(path) == 1 and path[0] in APPENDED else new
    if not isinstance(new, TomlTable) or is_number(new):
        return new
    if isinstance(old, TomlTable) and not is_number(old):
        return merge(old, new, path)
    if is_number(old) and is_by_tier(path) and path[-1] != "entrants_per_month":
        return merge(_for_every_tier(old, new.here), new, path)
    return new


def _for_every_tier(number: Any, here: Origin) -> TomlTable:
    where = number.here if isinstance(number, TomlTable) else here
    return TomlTable({EVERY_TIER: number}, where, {EVERY_TIER: where})


def _merge_named(old: list[Any], new: list[Any]) -> list[Any]:
    """Return standards with those of the same name merged, others added."""
    result = list(old)
    places = {str(item.get("name")): n for n, item in enumerate(old) if isinstance(item, TomlTable)}
    for item in new:
        name = item.get("name") if isinstance(item, TomlTable) else None
        if isinstance(name, str) and name in places:
            place = places[name]
            result[place] = merge(result[place], item, ("standards", place))
        else:
            result.append(item)
    return result


def put(tree: Any, path: Keys, value: Any, where: Origin, trail: Keys = ()) -> Any:
    """Return a tree with one value laid over it, as a diff would.

    Raises:
        KeyError: if the path leads through something that is not a table.
    """
    if not path:
        return value if tree is None else _merged(tree, value, trail)
    step = path[0]
    if isinstance(tree, list) and isinstance(step, int):
        changed = list(tree)
        changed[step] = put(tree[step], path[1:], value, where, (*trail, step))
        return changed
    if tree is None or (is_number(tree) and trail[-1:] == ("cost_per_year",)):
        tree = TomlTable({}, where, {})
    elif is_number(tree) and is_by_tier(trail) and not _is_part(tree, step):
        total = trail[-1] == "entrants_per_month"
        tree = TomlTable({}, where, {}) if total else _for_every_tier(tree, where)
    if not isinstance(tree, TomlTable) or not isinstance(step, str):
        raise KeyError(step)
    result = tree.copy()
    result[step] = put(tree.get(step), path[1:], value, where, (*trail, step))
    result.origins[step] = where
    return result


def _is_part(number: Any, step: str | int) -> bool:
    """Return whether a step leads to a part of a number that no tier is called."""
    return isinstance(number, TomlTable) and step in ("value", "source", "note")


def without(tree: Any, path: Keys) -> Any:
    """Return a tree with what stands at a path taken away.

    Raises:
        KeyError: if it is not there.
    """
    step = path[0]
    changed: Any = list(tree) if isinstance(tree, list) else tree.copy()
    if len(path) == 1:
        del changed[step]
    else:
        changed[step] = without(tree[step], path[1:])
    return changed


def remove(tree: TomlTable, child: TomlTable) -> tuple[TomlTable, list[Finding]]:
    """Return a parent's tree without what a child takes away, and what was not there to take."""
    names = child.get("remove", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        wrong = Finding(("remove",), "must be a list of dotted names", as_typed(names))
        return tree, [wrong]
    gone = []
    found = []
    for place, name in enumerate(names):
        path, rest = find(tree, name)
        if rest or not path:
            must = "must name a setting of the scenario that this one extends"
            gone.append(Finding(("remove", place), must, as_typed(name)))
        else:
            found.append(path)
    for path in sorted(set(found), key=_last_first, reverse=True):
        tree = without(tree, path)
    return tree, gone


def _last_first(path: Keys) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts items by place and parts after their whole.

    From last to first, removing one then neither moves nor takes with it any to come.
    """
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in path)


def overlay(
    tree: TomlTable, values: Mapping[str, Any], file: str
) -> tuple[TomlTable, list[tuple[str, Finding]]]:
    """Return a tree with values laid over it by their dotted names; None takes one away."""
    wrong = []
    for name, value in values.items():
        if len(name) > LONGEST_TEXT or depth(value) > DEEPEST:
            wrong.append((f"{name[:60]}…", Finding((), "must be a setting of this scenario")))
            continue
        if name in ("extends", "remove"):
            wrong.append((name, Finding((), "must stand in a scenario file")))
            continue
        path, rest = find(tree, name)
        full: Keys = (*path, *rest)
        if value is None:
            tree = tree if rest or not path else without(tree, path)
            continue
        finding = stranger(like(tree)[0], full)  # an office has what it is like
        if finding and not (isinstance(value, Mapping) and finding.path == full):
            wrong.append((name, finding))
            continue
        try:
            tree = put(tree, full, typed(value, file, {}), Origin(file, None))
        except (KeyError, IndexError):
            wrong.append((name, Finding(full, "unknown setting")))
    return tree, wrong


def like(tree: TomlTable) -> tuple[TomlTable, list[Finding]]:
    """Return a tree in which cohorts and teams have what they take from those they are like."""
    findings: list[Finding] = []
    result = tree.copy()
    for section in ("cohorts", "teams"):
        items = tree.get(section)
        if isinstance(items, TomlTable):
            done = items.copy()
            for name in items:
                done[name] = _like(tree, section, (name,), findings)
            result[section] = done
    return result, findings


def _like(tree: TomlTable, section: str, trail: tuple[str, ...], findings: list[Finding]) -> Any:
    """Return one cohort or team with what it takes from another, and that from others."""
    items, name = tree[section], trail[-1]
    item = items[name]
    other = item.get("like") if isinstance(item, TomlTable) else None
    if not isinstance(other, str):
        return item
    path = (section, trail[0], "like")
    if other in trail:
        if other == trail[0]:
            way = " → ".join((*trail, other))
            findings.append(Finding(path, f"must not lead back to itself: {way}"))
        return item
    if other not in items:
        if len(trail) == 1:
            others = [key for key in items if key != name]
            finding = unknown((*path[:2], other), section[:-1], others)
            findings.append(replace(finding, path=path, got=as_typed(other)))
        return item
    base = _like(tree, section, (*trail, other), findings)
    if not isinstance(base, TomlTable):
        return item
    if section == "cohorts" and _has_own_arrivals(tree, name, item):
        base = base.copy()
        for key in ARRIVALS:
            if key not in item or not isinstance(item[key], TomlTable):
                base.pop(key, None)
    return merge(base, item, (section, name))


def _has_own_arrivals(tree: TomlTable, cohort: str, item: TomlTable) -> bool:
    """Return whether a cohort says itself how many new cases it has."""
    given = tree.get("inflows")
    inflows = given if isinstance(given, list) else []
    named = any(isinstance(one, TomlTable) and one.get("cohort") == cohort for one in inflows)
    return named or any(key in item for key in ARRIVALS)
