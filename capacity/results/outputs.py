"""A result as files: tables, manifest and timings, complete or not at all; and how to repeat it."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

from capacity.errors import InputError, OutputError, Problem
from capacity.files.fetching import fetch
from capacity.files.table_files import as_text
from capacity.limits import LARGEST_MANIFEST
from capacity.reading.scenario import Scenario, SourceFile, shipped
from capacity.settings import LARGEST
from capacity.stages import METHOD_VERSION, Plan
from capacity.version import __version__

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
TIMINGS = "timings.json"
LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that file managers leave in folders and nobody misses."""

OPTIONS = ("draws", "fixed")
"""What a run can be told beside its scenario: how many futures, and whether to leave sizing out."""

LEAST_DRAWS, MOST_DRAWS = 10, 1_000_000
"""Futures of one run."""


def _is_whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= LARGEST


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


SIMULATED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "draws": (_is_whole(LEAST_DRAWS, MOST_DRAWS), "must be a whole number from 10 to 1,000,000"),
    "until_error": (
        lambda value: value is None or (_is_number(value) and 0.0005 <= value <= 0.5),
        "must be a number from 0.0005 to 0.5, or null",
    ),
    "backlog": (
        lambda value: (
            isinstance(value, list) and 0 < len(value) <= 100 and all(map(_is_number, value))
        ),
        "must be a list of numbers",
    ),
    "fixed": (_is_flag, "must be true or false"),
    "enough": (_is_flag, "must be true or false"),
    "drivers": (_is_whole(0, 1000), "must be a whole number from 0 to 1000"),
}
"""What a simulation is told beside its scenario and seed: test, and what must hold."""


# What is written ---------------------------------------------------------------------------


def contents(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], **more: bytes
) -> dict[str, bytes]:
    """Return the files of a result by name: a CSV a table, whatever else is given, the manifest.

    Numbers have all their digits; the same result gives the same bytes everywhere. The manifest
    lists the files and the hash of each other than itself. Shape: bytes by file name. Unit: none.
    Source: docs/guide.md. Raises: nothing.
    """
    files = {f"{name}.csv": as_csv(table) for name, table in tables.items()} | more
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    named = {**manifest, "outputs": sorted([*files, MANIFEST]), "sha256": hashes}
    return {**files, MANIFEST: as_json(named)}


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV, numbers in the fewest digits that keep them whole.

    No text in it can be taken for a formula. Shape: bytes. Unit: none. Source: none.
    Raises: nothing.
    """
    texts = {}
    for name in table.columns:
        given = table[name].tolist() if table[name].dtype.kind == "O" else []
        cells = [as_text(cell) for cell in given]
        if any(cell is not old and cell != old for cell, old in zip(cells, given, strict=True)):
            texts[name] = cells
    held = table.assign(**texts) if texts else table
    return held.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")


def as_parquet(tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return tables as Parquet files by name, the same bytes for the same result.

    Args:
        tables: data frames by name. A column of numbers and words becomes one of words.

    Returns:
        The content of each file.
    """
    return {f"{name}.parquet": _parquet(table) for name, table in tables.items()}


def _parquet(table: pd.DataFrame) -> bytes:
    held = table.assign(**{str(name): _of_one_kind(table[name]) for name in table.columns})
    content: bytes = held.to_parquet(index=False, engine="pyarrow")
    return content


def _of_one_kind(column: pd.Series) -> pd.Series:
    """Return a column as it is, or as words where it holds several kinds of value."""
    kinds = {type(cell) for cell in column.dropna()} if column.dtype.kind == "O" else set()
    if kinds <= {int, float} or len(kinds) < 2:
        return column
    return column.map(str, na_action="ignore")


def as_json(value: Any) -> bytes:
    """Return a value as indented UTF-8 JSON.

    Shape: bytes. Unit: none. Source: none. Raises: nothing.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


def records(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    """Return tables as lists of records that JSON can hold, None where there is no value.

    Shape: one list a table. Unit: as in the tables. Source: none. Raises: nothing.
    """
    return {name: list(_records(table)) for name, table in tables.items()}


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    columns = [
        [
            None if isinstance(one, float) and math.isnan(one) else one
            for one in table[name].tolist()
        ]
        for name in names
    ]
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def manifest_of(
    plan: Plan, options: Mapping[str, Any], *, seed: int | None = None
) -> dict[str, Any]:
    """Return everything to repeat a run to the byte, and nothing that differs between repeats.

    Shape: a JSON object. Unit: none. Source: docs/guide.md. Raises: nothing.
    """
    inputs = inputs_of(plan.scenario, options, seed=seed)
    solved = plan.sizing is not None
    return {
        "run_id": run_id(inputs),
        **inputs,
        "solver": "HiGHS" if solved else None,
        "solver_version": version("highspy") if solved else None,
        "status": plan.sizing.status if plan.sizing else None,
        "gap": plan.sizing.gap if plan.sizing else None,
    }


def inputs_of(
    scenario: Scenario, options: Mapping[str, Any], *, seed: int | None = None
) -> dict[str, Any]:
    """Return what decides the result of a scenario, before it is planned.

    Shape: a JSON object. Unit: none. Source: docs/guide.md. Raises: nothing.
    """
    named = without_places(scenario)
    scenarios = [one for one in named if not one.name.endswith(".csv")]
    data = [one for one in named if one.name.endswith(".csv")]
    return {
        "version": __version__,
        "method_version": METHOD_VERSION,
        "options": dict(options),
        "scenario": named[0].name,
        "files": [_entry(one) for one in scenarios],
        "data": [_entry(one) for one in data],
        "seed": seed,
    }


def _entry(file: SourceFile) -> dict[str, str]:
    return {"name": file.name, "sha256": file.sha256, "text": file.text}


def run_id(inputs: Mapping[str, Any]) -> str:
    """Return a hash of everything that decides a result.

    Shape: 16 characters. Unit: none. Source: none. Raises: nothing.
    """
    decides = dict(inputs)
    for key in ("files", "data"):
        decides[key] = [[one["name"], one["sha256"]] for one in decides[key]]
    text = json.dumps(decides, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without_places(scenario: Scenario) -> tuple[SourceFile, ...]:
    """Return a scenario's files under names that tell nothing of the machine they lie on.

    Names become relative to the scenario's own folder, in which all but shipped files lie.
    Shape: one a file. Unit: none. Source: none. Raises: nothing.
    """
    first = PurePath(scenario.files[0].name)
    if first.parts[:1] == ("scenarios",) and first.stem in shipped():
        return scenario.files
    renamed = []
    for file in scenario.files:
        path = PurePath(file.name)
        near = path.is_relative_to(first.parent) and first.parent.parts
        name = path.relative_to(first.parent).as_posix() if near else file.name
        renamed.append(SourceFile(name, file.sha256, file.text))
    return tuple(renamed)


# Writing -----------------------------------------------------------------------------------


def write(folder: str | Path, files: Mapping[str, bytes], timings: Mapping[str, float]) -> Path:
    """Write a result into a folder, complete or not at all, and return the folder.

    It is made beside its place and renamed into it; a folder that is there is replaced as a whole,
    and only if it is empty or holds nothing but an earlier result. Shape: one path. Unit: none.
    Source: docs/guide.md. Raises: InputError if the place is taken, OutputError if it cannot be
    written.
    """
    target = Path(os.path.abspath(folder))
    with _told(target), _made(target.parent):
        place = target.resolve()
        check_free(folder)
        for_now = _sibling(place, "partial")
        for_now.mkdir()
        try:
            for name, content in {**files, TIMINGS: as_json(dict(timings))}.items():
                (for_now / name).write_bytes(content)
            _swap(for_now, place)
        finally:
            shutil.rmtree(for_now, ignore_errors=True)
    return target


def _sibling(place: Path, word: str) -> Path:
    """Return a name beside a folder that is not taken."""
    for n in count():
        path = place.with_name(f".{place.name[:60]}.{os.getpid()}-{n}.{word}")
        if not path.exists():
            return path
    raise AssertionError("there is always another number")


def _swap(new: Path, place: Path) -> None:
    """Put a new folder in the place of an old one, or leave the old one as it was."""
    if not place.exists():
        new.rename(place)
        return
    if not os.access(place, os.W_OK | os.X_OK):  # renamed it could be, but not emptied afterwards
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
    old = _sibling(place, "replaced")
    place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def check_free(folder: str | Path) -> None:
    """Refuse a place that holds anything but an earlier result.

    Shape: none. Unit: none. Source: docs/guide.md. Raises: InputError if the place is taken,
    OutputError if it cannot be looked at.
    """
    place = Path(os.path.abspath(folder))
    with _told(place):
        _refuse_others(place.resolve(), str(folder))


def _refuse_others(place: Path, shown: str) -> None:
    """Refuse a place that holds anything but an earlier result."""
    if not place.exists():
        return
    must = ""
    if not place.is_dir():
        must = "must be a folder, and this is a file"
    elif Path.cwd().resolve().is_relative_to(place):
        must = "must not be the folder that you are in, nor one around it"
    else:
        found = {one.name for one in place.iterdir()} - LEFT_BY_SYSTEMS
        others = sorted(found - _written_before(place))
        if others:
            some = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
            must = f"must be empty or hold an earlier result alone, and this holds {some}"
    if must:
        raise InputError([Problem(shown, None, "--out", must, use="another folder")])


def _written_before(place: Path) -> set[str]:
    """Return the names of the files of an earlier result; none if there is no manifest of ours."""
    try:
        known = json.loads(fetch(place / MANIFEST, LARGEST_MANIFEST))
    except (OSError, ValueError, RecursionError):
        return set()
    if not isinstance(known, dict) or not {"run_id", "method_version"} <= known.keys():
        return set()
    names = known.get("outputs")
    listed = {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
    return listed | {MANIFEST, TIMINGS}


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those around it, and take them away again if what follows fails."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
        yield
    except BaseException:
        for one in missing:
            with suppress(OSError):
                one.rmdir()
        raise


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say in plain words why something could not be written."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{folder}: {_why(error)}; nothing was written") from error


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return (
            "cannot be written: a file in it is open in another program, or you may not write there"
        )
    return {
        errno.ENOSPC: "cannot be written: the disk is full",
        getattr(errno, "EDQUOT", -1): "cannot be written: your share of the disk is full",
        errno.EROFS: "cannot be written: the disk is read-only",
        errno.ENOTDIR: "cannot be written: a part of this path is a file, not a folder",
        errno.EEXIST: "cannot be written: a part of this path is a file, not a folder",
        errno.ENAMETOOLONG: "cannot be written: the name is too long",
    }.get(error.errno or 0, f"cannot be written: {(error.strerror or str(error)).lower()}")


# Repeating ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Repeat:
    """What a manifest says about a run: enough to do it again."""

    scenario: str
    texts: Mapping[str, str]
    options: Mapping[str, Any]
    run_id: str
    warnings: tuple[str, ...]
    report: Mapping[str, Any] | None
    """How its report was to be; none if there was none."""
    why: bool
    """Whether it said why."""
    seed: int | None = None
    """What its futures were drawn with; none if there were none."""


def read_manifest(path: str | Path, command: str = "plan") -> Repeat:
    """Return what a manifest says about a run of a command, its texts checked by their hashes.

    Shape: see Repeat. Unit: none. Source: docs/guide.md. Raises: InputError with every problem.
    """
    shown = str(path)
    try:
        file = Path(path)
        file = file / MANIFEST if file.is_dir() else file
        content = fetch(file, LARGEST_MANIFEST)
        large = len(content) > LARGEST_MANIFEST
        given = None if large else json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Problem(shown, None, "", f"cannot be read: {why}")]) from error
    except json.JSONDecodeError as error:
        must = f"must be a manifest written by capacity: {error.msg.lower()}"
        raise InputError([Problem(shown, error.lineno, "", must)]) from error
    except (ValueError, RecursionError) as error:
        must = "must be a manifest written by capacity, in UTF-8"
        raise InputError([Problem(shown, None, "", must)]) from error
    if large:
        raise InputError([Problem(shown, None, "", "must be at most 50 MB")])
    problems = [Problem(shown, None, *one) for one in _faults(given, command)]
    if problems:
        raise InputError(problems)
    return _repeat(dict(given or {}))


def _faults(given: Any, command: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a manifest: key, and what must hold."""
    if not isinstance(given, dict):
        yield "", "must be a manifest written by capacity: a JSON object"
        return
    for key in ("version", "method_version", "scenario", "run_id"):
        if not isinstance(given.get(key), str):
            yield key, "must be given, as text"
    if given.get("command", "plan") != command:
        yield "command", f"must be {command}: it is of another, which can repeat it"
        return
    if command == "simulate":
        yield from _faults_of_simulation(given)
    else:
        yield from _faults_of_options(given.get("options"))
    if not isinstance(given.get("report"), dict | None):
        yield "report", "must be a table, or null where there was none"
    names: list[str] = []
    for key in ("files", "data"):
        entries = given.get(key)
        if not isinstance(entries, list) or (key == "files" and not entries):
            yield key, "must be a list of files with name, sha256 and text"
            continue
        for n, entry in enumerate(entries, start=1):
            yield from _faults_of_file(f"{key}.{n}", entry, names)
    if isinstance(given.get("scenario"), str) and given["scenario"] not in names:
        yield "scenario", "must be the name of one of its files"


def _faults_of_options(options: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the options of a manifest."""
    if not isinstance(options, dict):
        yield "options", "must be a table of options"
        return
    for name, value in options.items():
        if name not in OPTIONS:
            yield f"options.{name}", f"unknown option; must be one of: {', '.join(OPTIONS)}"
        elif name == "draws":
            if type(value) is not int or not 10 <= value <= 1_000_000:
                yield f"options.{name}", "must be a whole number from 10 to 1,000,000"
        elif not isinstance(value, bool):
            yield f"options.{name}", "must be true or false"


def _faults_of_simulation(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the options and the seed of a simulation."""
    options = given.get("options")
    if not _is_whole(0, 2**128)(given.get("seed")):
        yield "seed", "must be a whole number, at least 0"
    if not isinstance(options, dict):
        yield "options", "must be a table of options"
        return
    for name in options.keys() - SIMULATED.keys():
        yield f"options.{name}", f"unknown option; must be one of: {', '.join(SIMULATED)}"
    for name, (holds, must) in SIMULATED.items():
        if name not in options or not holds(options[name]):
            yield f"options.{name}", must


def _faults_of_file(place: str, entry: Any, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one file of a manifest, and note its name."""
    parts = [entry.get(k) if isinstance(entry, dict) else None for k in ("name", "sha256", "text")]
    name, digest, text = parts
    if not isinstance(name, str) or not isinstance(digest, str) or not isinstance(text, str):
        yield place, "must have a name, a sha256 and a text"
        return
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        yield f"{place}.name", "must be a relative name without .."
    if name in names:
        yield f"{place}.name", "must be a name of its own"
    names.append(name)
    if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != digest:
        yield f"{place}.sha256", f"must be that of the text: {name} has been altered"


def _repeat(given: Mapping[str, Any]) -> Repeat:
    warnings = []
    if given["version"] != __version__:
        warnings.append(
            f"the manifest was written by capacity {given['version']}, this is {__version__}: "
            "figures may differ"
        )
    if given["method_version"] != METHOD_VERSION:
        warnings.append(
            f"the manifest follows method {given['method_version']}, this is {METHOD_VERSION}: "
            "figures will differ"
        )
    entries: Iterable[Mapping[str, str]] = [*given["files"], *given["data"]]
    return Repeat(
        scenario=given["scenario"],
        texts={one["name"]: one["text"] for one in entries},
        options=given["options"],
        run_id=given["run_id"],
        warnings=tuple(warnings),
        report=given.get("report"),
        why=given.get("why") is True,
        seed=given.get("seed"),
    )
