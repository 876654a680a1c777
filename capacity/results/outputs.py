"""A result as files: tables, manifest and timings, complete or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.errors import InputError, OutputError, Problem
from capacity.files.fetching import fetch
from capacity.files.table_files import as_text
from capacity.limits import LARGEST_MANIFEST
from capacity.results.manifests import MANIFEST

if TYPE_CHECKING:
    import pandas as pd

TIMINGS = "timings.json"
LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that file managers leave in folders and nobody misses."""

# What is written ---------------------------------------------------------------------------


def contents(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], **more: bytes
) -> dict[str, bytes]:
    """Return the files of a result by name: a CSV a table, whatever else is given, the manifest.

    Numbers have all their digits; the same result gives the same bytes everywhere. The manifest
    lists the files and the hash of each other than itself.
    """
    files = {f"{name}.csv": as_csv(table) for name, table in tables.items()} | more
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    named = {**manifest, "outputs": sorted([*files, MANIFEST]), "sha256": hashes}
    return {**files, MANIFEST: as_json(named)}


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV, numbers in the fewest digits that keep them whole.

    No text in it can be taken for a formula.
    """
    texts = {}
    for name in table.columns:
        given = table[name].tolist() if table[name].dtype.kind == "O" else []
        # Most columns of text say the same few things thousands of times.
        said = dict.fromkeys(cell for cell in given if isinstance(cell, str))
        texts_of = {cell: as_text(cell) for cell in said}
        if any(cell != text for cell, text in texts_of.items()):
            texts[name] = [texts_of[cell] if isinstance(cell, str) else cell for cell in given]
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
    """Return a value as indented UTF-8 JSON."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


def records(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    """Return tables as lists of records that JSON can hold, None where there is no value.

    Returns:
        One list for each table.
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


# Writing -----------------------------------------------------------------------------------


def write(folder: str | Path, files: Mapping[str, bytes], timings: Mapping[str, float]) -> Path:
    """Write a result into a folder, complete or not at all, and return the folder.

    It is made beside its place and renamed into it; a folder that is there is replaced as a whole,
    and only if it is empty or holds nothing but an earlier result.

    Raises:
        InputError: if the place is taken.
        OutputError: if it cannot be written.
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

    Raises:
        InputError: if the place is taken.
        OutputError: if it cannot be looked at.
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
