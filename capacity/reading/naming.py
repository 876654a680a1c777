"""One way to name a setting: its dotted path, list items by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from capacity.reading.toml_lines import Keys
from capacity.reading.tree import PARTS_OF_NUMBER, Finding, at, is_number, leaves
from capacity.settings import EVERY_TIER, ONE_CLASS, Cohort, Duty, Queue, Work

BY_TIER = {
    table: frozenset(
        name
        for name, field in fields.model_fields.items()
        if (isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("by_tier"))
        or name in ("entrants_per_month", "entry_mix")
    )
    for table, fields in (
        ("cohorts", Cohort),
        ("duties", Duty),
        ("work", Work),
        ("queues", Queue),
    )
}
"""Settings that may be one number for all tiers or a table by tier."""

NAMED = {
    "cohorts": "cohort",
    "cohorts.tiers": "tier",
    "cohorts.duties": "duty",
    "cohorts.work": "work",
    "teams": "team",
    "teams.grades": "grade",
    "queues": "queue",
    "links": "link",
}
"""Tables whose keys are names that the user chose."""

OF_SETTINGS = ("choose.",)
"""Tables whose keys are themselves the dotted names of settings."""

LISTS = {
    "standards": "standard",
    "people": "people event",
    "inflows": "inflow",
    "flex": "rule of lending",
    "changes": "change",
    "events": "event",
    "known": "known figure",
    "funding": "funding line",
}
"""Lists of tables, and what one item is called."""


def is_by_tier(path: Keys) -> bool:
    """Return whether a setting may be one number for all tiers or a table by tier."""
    if path and path[0] == "queues":
        return len(path) == 3 and path[-1] in BY_TIER["queues"]
    if not path or path[0] != "cohorts" or len(path) not in (3, 5):
        return False
    return path[-1] in BY_TIER.get(str(path[0 if len(path) == 3 else 2]), ())


def item_names(items: Sequence[Any]) -> list[str]:
    """Return the names by which items of a list are called, no two the same.

    A name or a reason (`why`); for rules of lending `iom to ppu`; else the place, from 1.
    """
    names: list[str] = []
    taken: set[str] = set()
    for place, item in enumerate(items, start=1):
        name = str(place)
        if isinstance(item, Mapping):
            if isinstance(item.get("from"), str) and isinstance(item.get("to"), str):
                name = f"{item['from']} to {item['to']}"
            given = item.get("name", item.get("why"))
            name = given if isinstance(given, str) and given else name
        names.append(f"{name} ({place})" if name in taken else name)
        taken.add(names[-1])
    return names


def dotted(tree: Any, path: Keys) -> str:
    """Return the name of a setting, list items by their names."""
    words: list[str] = []
    node = tree
    for step in path:
        if isinstance(step, int):
            known = isinstance(node, list) and step < len(node)
            plain = not known or not isinstance(node[step], Mapping)
            words.append(str(step + 1) if plain else item_names(node)[step])
            node = node[step] if known else None
        else:
            if step != EVERY_TIER:
                words.append(step)
            node = node.get(step) if isinstance(node, Mapping) else None
    return ".".join(words)


def named_leaves(tree: Any) -> Iterator[tuple[str, Keys, Any]]:
    """Yield every setting that is not a table of others: name, place and value."""
    words: dict[Keys, tuple[str, ...]] = {(): ()}

    def words_of(path: Keys) -> tuple[str, ...]:
        if path not in words:
            step, around = path[-1], words_of(path[:-1])
            if isinstance(step, int):  # all of the list at once: it may be long
                items = at(tree, path[:-1])
                names = item_names(items)
                for place, item in enumerate(items):
                    word = names[place] if isinstance(item, Mapping) else str(place + 1)
                    words[(*path[:-1], place)] = (*around, word)
            else:
                words[path] = around if step == EVERY_TIER else (*around, step)
        return words[path]

    for path, value in leaves(tree):
        yield ".".join(words_of(path)), path, value


def find(tree: Any, setting: str) -> tuple[Keys, tuple[str, ...]]:
    """Return where a dotted name leads: the keys there are, and the words left over.

    Names may contain dots; the longest that is there wins. A tier of a setting that is one
    number for all tiers is left over.
    """
    best: tuple[Keys, str] = ((), setting)
    for path, rest in _walk(tree, setting, ()):
        if path and not rest:
            return path, ()
        if len(rest) < len(best[1]):
            best = path, rest
    return best[0], tuple(best[1].split("."))


def _walk(node: Any, rest: str, path: Keys) -> Iterator[tuple[Keys, str]]:
    """Yield every way to follow a dotted name, those with longer names first."""
    steps: list[tuple[str, str | int]] = []
    if isinstance(node, Mapping) and not (is_number(node) and is_by_tier(path)):
        steps = [(key, key) for key in node]
    elif isinstance(node, list):
        steps = [(name, place) for place, name in enumerate(item_names(node))]
    begins = [one for one in steps if rest.startswith(one[0])]
    for name, step in sorted(begins, key=lambda pair: -len(pair[0])):
        if rest == name:
            yield (*path, step), ""
        elif rest[len(name)] == ".":
            yield from _walk(node[step], rest[len(name) + 1 :], (*path, step))
    yield path, rest


def value_at(tree: Any, setting: str) -> Any:
    """Return a setting by its dotted name, as typed.

    A tier of a setting that is one number for all tiers is that number.

    Raises:
        KeyError: if nothing stands there.
    """
    path, rest = find(tree, setting)
    found = at(tree, path)
    if not rest and path:
        return found
    if len(rest) == 1 and is_by_tier(path):
        table = found if isinstance(found, Mapping) else {}
        if rest[0] in tiers_at(tree, path) and (is_number(found) or EVERY_TIER in table):
            return found if is_number(found) else table[EVERY_TIER]
        if is_number(found) and rest[0] in table:
            return table[rest[0]]
    raise KeyError(setting)


def tiers_at(tree: Any, path: Keys) -> list[str]:
    """Return the tiers of the cohort, or the classes of the queue, to which a setting belongs."""
    if path[0] == "queues":
        return classes_of(tree, str(path[1]))
    tiers = tree["cohorts"][path[1]].get("tiers")
    return list(tiers) if isinstance(tiers, Mapping) else []


def classes_of(tree: Any, queue: str) -> list[str]:
    """Return the classes of a queue."""
    return names(tree, "queues", queue, "classes") or [ONE_CLASS]


def stranger(tree: Any, path: Keys) -> Finding | None:
    """Return a finding if a path leads through a cohort, duty, item … that is not there."""
    node = tree
    for place, step in enumerate(path):
        upto, here = path[: place + 1], path[:place]
        table = ".".join(str(key) for key in here[::2]) if place % 2 else ""
        if isinstance(node, list) or (place == 1 and here[0] in LISTS):
            items = node if isinstance(node, list) else []
            if not isinstance(step, int):
                return unknown(upto, LISTS.get(str(here[-1]), "item"), item_names(items))
        elif is_by_tier(here):
            tiers = tiers_at(tree, here)
            known = step in tiers or step in (EVERY_TIER, *PARTS_OF_NUMBER)
            return None if known else unknown(upto, "tier", tiers)
        elif table in NAMED and not (isinstance(node, Mapping) and step in node):
            return unknown(upto, NAMED[table], node if isinstance(node, Mapping) else ())
        if isinstance(node, list):
            node = node[int(step)]
        else:
            node = node.get(step) if isinstance(node, Mapping) else None
    return None


def unknown(path: Keys, what: str, allowed: Iterable[str]) -> Finding:
    """Return the finding that a name is not known, with those that are and the likeliest."""
    names = list(allowed)
    close = get_close_matches(str(path[-1]), names, n=1) if path else []
    must = f"unknown {what}; must be one of: {some(names)}" if names else f"unknown {what}"
    return Finding(path, must, None, close[0] if close else None)


def some(names: Sequence[str], most: int = 30) -> str:
    """Return names in a row, the first of them where there are very many."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def names(tree: Any, *path: str) -> list[str]:
    """Return the names in a table of the tree, none where there is no such table."""
    for step in path:
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return list(tree) if isinstance(tree, Mapping) else []
