"""Which scenarios a batch runs, and the name of each one's folder."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from capacity.errors import InputError, Problem, ScenarioError
from capacity.reading.scenario_files import place_of

TAKEN = frozenset({"overview.html", "overview.xlsx", "overview.csv", "forecasts.csv", "batch.json"})
"""Names beside the folders of runs."""

PATTERN = set("*?[")


@dataclass(frozen=True)
class Found:
    """A scenario of a batch: the name of its folder, and where it is read from."""

    folder: str
    path: str


def find(paths: Sequence[str]) -> tuple[Found, ...]:
    """Return the scenarios of files, folders, patterns and shipped names, each once.

    A folder stands for the files `*.toml` in it, those that others extend included. Two of the
    same name get the names of their folders put before theirs. Shape: one a scenario, in the
    order of their folders' names. Unit: none. Source: docs/guide.md, Many scenarios.
    Raises: InputError with every folder and pattern that holds no scenario.
    """
    problems: list[Problem] = []
    files: dict[str, str] = {}
    for path in paths:
        try:
            inside = list(_inside(path))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            problems.append(Problem(path, None, "", f"cannot be read: {why}"))
            continue
        if not inside:
            must = "must be, or hold, scenario files (*.toml)"
            problems.append(Problem(path, None, "", must))
        for one in inside:
            files.setdefault(_where(one), one)
    if problems:
        raise InputError(problems)
    return _named(sorted(files.items()))


def _inside(path: str) -> Iterator[str]:
    """Yield the scenarios that a path stands for."""
    place = Path(path)
    if place.is_dir():
        yield from (str(one) for one in sorted(place.glob("*.toml")) if one.is_file())
    elif PATTERN.isdisjoint(path) or place.exists():
        yield path
    else:
        for one in sorted(glob.glob(path, recursive=True)):
            if Path(one).is_dir():
                yield from (str(file) for file in sorted(Path(one).glob("*.toml")))
            elif one.endswith(".toml"):
                yield one


def _where(path: str) -> str:
    """Return what tells a scenario from others: the file it is, however it was named."""
    try:
        place = place_of(path, None)
    except ScenarioError:
        return path
    return str((place.path or Path(path)).resolve())


def _named(files: Sequence[tuple[str, str]]) -> tuple[Found, ...]:
    """Return scenarios with names of folders that are their own on any system."""
    stems = [_plain(Path(where).name.removesuffix(".toml")) for where, _ in files]
    often = Counter(stem.casefold() for stem in stems)
    taken = set(TAKEN)
    found = []
    for stem, (where, path) in zip(stems, files, strict=True):
        name = stem
        if often[stem.casefold()] > 1:
            name = _plain(f"{Path(where).parent.name}-{stem}")
        for n in count(2):
            if name.casefold() not in taken:
                break
            name = f"{name.removesuffix(f'-{n - 1}')}-{n}"
        taken.add(name.casefold())
        found.append(Found(name, path))
    return tuple(sorted(found, key=lambda one: one.folder))


def _plain(name: str) -> str:
    """Return a name that a folder can have anywhere; a leading dot would hide it."""
    kept = "".join("_" if one in '<>:"/\\|?*' or one < " " else one for one in name)
    kept = kept.rstrip(". ")[:100] or "scenario"
    return f"_{kept[1:]}" if kept.startswith(".") else kept
