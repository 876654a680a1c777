"""Find, read and parse scenario files and those they extend."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, Literal, NoReturn

from capacity.errors import Problem, ScenarioError
from capacity.files import monthly, spending, table_files
from capacity.files.monthly import History
from capacity.files.spending import Spend
from capacity.limits import (
    DEEPEST,
    LARGEST_SCENARIO,
    LONGEST_CHAIN,
    LONGEST_TEXT,
    MOST_IN_A_TABLE,
    MOST_KEYS,
)
from capacity.places import folder
from capacity.reading.toml_lines import Keys, lines
from capacity.reading.tree import TomlTable, depth, typed
from capacity.wording import as_typed


@dataclass(frozen=True)
class SourceFile:
    """A file that was read, under the name a person would give it."""

    name: str
    sha256: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """Where a text is to be had: by name from a caller's texts, else from the disk."""

    name: str
    path: Path | None

    @property
    def folder(self) -> PurePath:
        """The folder as a person would name it."""
        return PurePath(self.name).parent


def shipped() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package."""
    return tuple(sorted(path.stem for path in folder("scenarios").glob("*.toml")))


def shipped_place(kind: Literal["scenarios", "data"], file: str) -> Place:
    """Return the place of a file that comes with the package."""
    return Place(f"{kind}/{file}", folder(kind) / file)


def place_of(scenario: str | Path, texts: Mapping[str, str] | None) -> Place:
    """Return where a scenario lies: a text in memory, a file, or one that is shipped.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    name = PurePath(scenario).as_posix()
    if texts is not None and name in texts:
        return Place(name, None)
    stem = name.removesuffix(".toml").removeprefix("scenarios/")
    try:
        path = Path(scenario)
        if texts is None and path.is_file():
            ours = path.resolve().parent == folder("scenarios")
            return shipped_place("scenarios", path.name) if ours else Place(name, path)
        if stem in shipped():
            return shipped_place("scenarios", f"{stem}.toml")
        there = texts is None and path.exists()
    except (OSError, ValueError) as error:
        _refuse(as_typed(name), None, f"cannot be read: {_why(error)}")
    if there:
        _refuse(name, None, "must be a file, not a folder" if path.is_dir() else "must be a file")
    ready = ", ".join(shipped()) or "none"
    _refuse(name, None, f"no such file, nor a shipped scenario ({ready})")


def fetch(place: Place, texts: Mapping[str, str] | None) -> SourceFile:
    """Return a text, from memory where it is given there, and its hash.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    in_memory = texts is not None and place.name in texts
    if texts is not None and in_memory:
        content = texts[place.name].encode("utf-8", "replace")
    else:
        content = _content(place)
    if len(content) > LARGEST_SCENARIO:
        _refuse(place.name, None, f"must be at most {LARGEST_SCENARIO // 1_000_000} MB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _refuse(place.name, line, "must be UTF-8 text", f"byte 0x{content[error.start]:02x}")
    return SourceFile(place.name, hashlib.sha256(content).hexdigest(), text)


def _content(place: Place) -> bytes:
    """Return the bytes of a file, one more than allowed at most."""
    try:
        with (place.path or Path(place.name)).open("rb") as file:
            return file.read(LARGEST_SCENARIO + 1)
    except (OSError, ValueError) as error:
        _refuse(place.name, None, f"cannot be read: {_why(error)}")


def parse(file: SourceFile) -> TomlTable:
    """Return the tree of a scenario file, each table knowing where it stands.

    Source: TOML 1.0.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    name = file.name
    text = file.text.removeprefix("\ufeff")
    if "\0" in text:
        _refuse(name, text.count("\n", 0, text.index("\0")) + 1, "must not have NUL characters")
    if not text.strip():
        _refuse(name, None, "must not be empty")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", told)
        line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
        words = told[: found.start()] if found else told
        _refuse(name, line, f"must be valid TOML: {words[:1].lower()}{words[1:]}")
    except RecursionError:
        _refuse(name, None, f"must not have tables or lists more than {DEEPEST} deep")
    except ValueError as error:
        _refuse(name, None, f"must be valid TOML: {error}")
    if depth(tree) > DEEPEST:
        _refuse(name, None, f"must not have tables or lists more than {DEEPEST} deep")
    where = lines(text)
    for path, must, got in _excesses(tree):
        setting = ".".join(str(step)[:60] for step in path)
        raise ScenarioError([Problem(name, where.get(path), setting, must, got)])
    table: TomlTable = typed(tree, file.name, where)
    return table


def chain(
    place: Place, texts: Mapping[str, str] | None
) -> list[tuple[Place, SourceFile, TomlTable]]:
    """Return a scenario and those it extends, itself first.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    found: list[tuple[Place, SourceFile, TomlTable]] = []
    while True:
        file = fetch(place, texts)
        tree = parse(file)
        found.append((place, file, tree))
        if "extends" not in tree:
            return found
        place = _parent(found, texts)


def _parent(
    found: list[tuple[Place, SourceFile, TomlTable]], texts: Mapping[str, str] | None
) -> Place:
    """Return the place of the scenario that the last one extends."""
    place, file, tree = found[-1]
    given = tree["extends"]
    names = [one.name for _, one, _ in found]

    def refuse(must: str, got: str | None = None) -> NoReturn:
        line = tree.origins["extends"].line
        raise ScenarioError([Problem(file.name, line, "extends", must, got)])

    if not isinstance(given, str) or not given.strip() or "\0" in given:
        refuse("must be the name of a scenario file", as_typed(given))
    parent = _beside(place, given, texts) or _shipped_parent(given)
    if parent is None and not _stays_inside(given):
        refuse("must lie in the folder of this file, or be a shipped scenario", as_typed(given))
    way = " → ".join([*names, parent.name if parent else given])
    if parent is None:
        refuse(f"no such scenario beside this one, nor a shipped one: {way}")
    if parent.name in names:
        refuse(f"must not lead back to a scenario of the chain: {way}")
    if len(names) > LONGEST_CHAIN:
        refuse(f"must not be a chain of more than {LONGEST_CHAIN} scenarios: {way}")
    return parent


def _stays_inside(given: str) -> bool:
    """Return whether a parent's path stays in the folder of the file that names it."""
    ways = (PurePosixPath(given), PureWindowsPath(given))
    return not any(way.anchor or ".." in way.parts for way in ways)


def _beside(place: Place, given: str, texts: Mapping[str, str] | None) -> Place | None:
    """Return the place of a parent that lies in the folder of its child, if it is there."""
    if "\\" in given or ":" in given:  # another system's way out of the folder
        return None
    name = (place.folder / given).as_posix()
    if texts is not None:
        return Place(name, None) if name in texts and _stays_inside(given) else None
    try:
        home = (place.path or Path(place.name)).resolve().parent
        path = (home / given).resolve()
        if not path.is_file() or not path.is_relative_to(home):
            return None
        if path.parent == folder("scenarios"):
            return shipped_place("scenarios", path.name)
    except (OSError, ValueError):
        return None
    # By the file's own name, so that one that leads back in a roundabout way is known again.
    return Place((place.folder / path.relative_to(home)).as_posix(), path)


def history_of(
    place: Place, tree: TomlTable, texts: Mapping[str, str] | None
) -> tuple[SourceFile, History]:
    """Return the history that a scenario file names, and what of it is kept with a result.

    Args:
        place: of the scenario file.
        tree: what it says.
        texts: by file name, read in place of the disk.

    Raises:
        InputError: with everything that is wrong with it.
    """
    name, content = _named("history", place, tree, texts)
    sheet = table_files.table_of(PurePath(name).name, content, monthly.WANTED)
    found = monthly.history_of(sheet)
    text = monthly.text_kept(sheet, content, found)
    return SourceFile(name, hashlib.sha256(text.encode()).hexdigest(), text), found


def spend_of(
    place: Place, tree: TomlTable, teams: Mapping[str, str | None], texts: Mapping[str, str] | None
) -> tuple[SourceFile, tuple[Spend, ...]]:
    """Return the spend that a scenario file names, and what of it is kept with a result.

    Args:
        place: of the scenario file.
        tree: what it says.
        teams: the teams there are, by id, with their names in full.
        texts: by file name, read in place of the disk.

    Raises:
        InputError: with everything that is wrong with it.
    """
    name, content = _named("spend", place, tree, texts)
    sheet = table_files.table_of(PurePath(name).name, content, spending.WANTED)
    found = spending.spend_of(sheet, teams)
    text = spending.as_text(found)
    return SourceFile(name, hashlib.sha256(text.encode()).hexdigest(), text), found


def _named(
    setting: str, place: Place, tree: TomlTable, texts: Mapping[str, str] | None
) -> tuple[str, bytes]:
    """Return the name and content of a file of monthly figures that a scenario file names.

    Raises:
        ScenarioError: if there is no such file in its folder.
    """
    given, line = tree[setting], tree.origins[setting].line

    def refuse(must: str) -> NoReturn:
        raise ScenarioError([Problem(place.name, line, setting, must, as_typed(given))])

    if not isinstance(given, str) or not given.strip() or "\0" in given:
        refuse("must be the name of a file of monthly figures")
    if not _stays_inside(given) or "\\" in given or ":" in given:
        refuse("must lie in the folder of this file")
    name = (place.folder / given).as_posix()
    if texts is not None and name in texts:
        content = texts[name].encode("utf-8", "replace")
    elif texts is not None and place.path is None:
        refuse("must be given together with this file")
    else:
        home = (place.path or Path(place.name)).resolve().parent
        path = (home / given).resolve()
        if not path.is_file() or not path.is_relative_to(home):
            refuse("must be a file in the folder of this one, and there is none of this name")
        content = table_files.fetch(path)
    return name, content


def beside(scenario: Path) -> Path | None:
    """Return the sources.csv in the folder of a scenario, if there is one that stays in it."""
    try:
        path = (scenario.parent / "sources.csv").resolve()
        inside = path.is_relative_to(scenario.parent.resolve())
        return path if inside and path.is_file() else None
    except (OSError, ValueError):
        return None


def _shipped_parent(given: str) -> Place | None:
    """Return the place of a shipped parent, if there is one of that name."""
    stem = given.removesuffix(".toml")
    return shipped_place("scenarios", f"{stem}.toml") if stem in shipped() else None


def _refuse(name: str, line: int | None, must: str, got: str | None = None) -> NoReturn:
    raise ScenarioError([Problem(name, line, "", must, got)])


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _excesses(tree: Any) -> Iterator[tuple[Keys, str, str]]:
    """Yield where there is more of something than there may be: place, what must hold, found."""
    keys = 0
    waiting: list[tuple[Keys, Any]] = [((), tree)]
    while waiting:
        path, held = waiting.pop()
        if isinstance(held, str) and len(held) > LONGEST_TEXT:
            yield path, f"must be at most {LONGEST_TEXT} characters", str(len(held))
        if not isinstance(held, dict | list):
            continue
        keys += len(held)
        if len(held) > MOST_IN_A_TABLE:
            yield path, f"must be at most {MOST_IN_A_TABLE}", str(len(held))
        if keys > MOST_KEYS:
            yield (), f"must have at most {MOST_KEYS:,} settings", "more"
        items: Any = held.items() if isinstance(held, dict) else enumerate(held)
        for step, inner in items:
            if isinstance(step, str) and len(step) > LONGEST_TEXT:
                yield path, f"must have names of at most {LONGEST_TEXT} characters", str(len(step))
            waiting.append(((*path, step), inner))
