"""Which scenarios a batch runs, and the name of each one's folder."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

from capacity.errors import InputError, Problem, ScenarioError
from capacity.reading.scenario_files import place_of

TAKEN = frozenset(
    {
        *("overview.html", "overview.xlsx", "overview.csv", "forecasts.csv"),
        *("figures.parquet", "batch.json"),
    }
)
"""Names beside the folders of runs."""

PATTERN = set("*?[")

LONGEST_TRAIL = 3
"""Parts of a path that are kept in a batch's record."""


@dataclass(frozen=True)
class Found:
    """A scenario of a batch: the name of its folder, and where it is read from."""

    folder: str
    path: str


def find(paths: Sequence[str]) -> tuple[Found, ...]:
    """Return the scenarios of files, folders, patterns and shipped names, each once.

    A folder stands for the files `*.toml` in it, those that others extend included. What a pattern
    finds is named by the path from where the pattern begins, whatever else it finds, so that next
    month's folder has the same name. Of the rest two of the same name get the names of their
    folders put before theirs.

    Returns:
        The scenarios in the order of their folders' names.

    Raises:
        InputError: with every folder and pattern that holds no scenario.
    """
    problems: list[Problem] = []
    files: dict[str, tuple[str, str]] = {}
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
        for one, name in inside:
            files.setdefault(_where(one), (one, name))
    if problems:
        raise InputError(problems)
    return _named(sorted(files.items()))


def _inside(path: str) -> Iterator[tuple[str, str]]:
    """Yield the scenarios that a path stands for, and their names where a pattern gives one."""
    place = Path(path)
    if place.is_dir():
        yield from ((str(one), "") for one in in_folder(place) if one.is_file())
    elif PATTERN.isdisjoint(path) or place.exists():
        yield path, ""
    else:
        begins = next(n for n, part in enumerate(place.parts) if not PATTERN.isdisjoint(part))
        for one in sorted(glob.glob(path, recursive=True)):
            here = Path(one)
            found = in_folder(here) if here.is_dir() else [here]
            for file in found:
                if file.suffix == ".toml":
                    yield str(file), "-".join(file.parts[begins:]).removesuffix(".toml")


def in_folder(place: Path) -> list[Path]:
    """Return what is named as a scenario in a folder.

    Raises:
        OSError: if the folder may not be read, which a pattern would take for an empty one.
    """
    return sorted(one for one in place.iterdir() if one.suffix == ".toml")


def trail(path: str) -> str:
    """Return the end of a path, by which the same scenario is known in another batch.

    Not all of it: the record of a batch says nothing of the machine it was made on.
    """
    return "/".join(Path(path.removesuffix(".toml")).parts[-LONGEST_TRAIL:])


def alike(trails: Mapping[str, str], path: str, folder: str) -> str:
    """Return which folder of another batch has a scenario of this path.

    The one whose path ends alike for longest; if there are several or none, that of the same name.

    Args:
        trails: the folders of the other batch, and the end of each one's path.
        path: the scenario's own.
        folder: the name of its folder in this batch.
    """
    own = trail(path).split("/")[::-1]
    shared = {name: _shared(own, other.split("/")[::-1]) for name, other in trails.items()}
    most = max(shared.values(), default=0)
    best = [name for name, number in shared.items() if number == most]
    return best[0] if most and len(best) == 1 else folder


def _shared(own: Sequence[str], other: Sequence[str]) -> int:
    """Return how many parts two paths have in common, counted from their ends."""
    pairs = zip(own, other, strict=False)
    return len(list(takewhile(lambda pair: pair[0].casefold() == pair[1].casefold(), pairs)))


def _where(path: str) -> str:
    """Return what tells a scenario from others: the file it is, however it was named."""
    try:
        place = place_of(path, None)
    except ScenarioError:
        return path
    return str((place.path or Path(path)).resolve())


def _named(files: Sequence[tuple[str, tuple[str, str]]]) -> tuple[Found, ...]:
    """Return scenarios with names of folders that are their own on any system."""
    names = [_plain(given or Path(where).name.removesuffix(".toml")) for where, (_, given) in files]
    often = Counter(name.casefold() for name in names)
    taken = set(TAKEN)
    found = []
    for name, (where, (path, given)) in zip(names, files, strict=True):
        if often[name.casefold()] > 1 and not given:
            name = _plain(f"{Path(where).parent.name}-{name}")
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
