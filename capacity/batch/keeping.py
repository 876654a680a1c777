"""The folder of a batch: what in it is ours, what is finished, and what a killed run left."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from capacity.batch.finding import TAKEN, Found, trail
from capacity.errors import InputError, OutputError, Problem
from capacity.files import saving
from capacity.files.fetching import fetch
from capacity.limits import LARGEST_MANIFEST
from capacity.results import manifests, outputs
from capacity.version import __version__

RECORD = "batch.json"
LOCK = ".batch.lock"
LEFT = re.compile(r"\..+\.\d+(-\d+)?\.(partial|replaced)")
"""Names of what is being written; after a run was killed, of what it left."""


@contextmanager
def held(out: str) -> Iterator[Path]:
    """Hold a folder for one batch alone, made if need be and cleaned of what was left.

    Raises:
        InputError: if it holds other things or another batch is at it.
        OutputError: if it cannot be written.
    """
    place = Path(os.path.abspath(out))
    check(place, out)
    with ExitStack() as stack:
        try:
            place.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((place / LOCK).open("a"))
            _lock(lock.fileno(), out)
            stack.callback((place / LOCK).unlink, missing_ok=True)
            _clean(place)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise OutputError(f"{out}: cannot be written: {why}; nothing was written") from error
        yield place


def _lock(descriptor: int, out: str) -> None:
    """Take a lock that goes with this process, however it ends."""
    if sys.platform == "win32":
        return
    import fcntl

    must = "must not be the folder of another batch that is running"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError([Problem(out, None, "--out", must)]) from error
    if not os.fstat(descriptor).st_nlink:  # let go and taken away just now
        raise InputError([Problem(out, None, "--out", must)])


def _clean(place: Path) -> None:
    """Take away what killed runs left half-written."""
    for one in place.iterdir():
        if not LEFT.fullmatch(one.name):
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


def check(place: Path, out: str) -> None:
    """Refuse a folder that holds anything but an earlier batch.

    Raises:
        InputError: if the place is taken.
        OutputError: if it cannot be looked at.
    """
    try:
        must = _taken(place)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{out}: cannot be read: {why}; nothing was written") from error
    if must:
        raise InputError([Problem(out, None, "--out", must, use="another folder")])
    for name in earlier(place):
        if (place / name).exists():
            outputs.check_free(place / name)


def _taken(place: Path) -> str:
    """Return what is against writing a batch into a folder, empty if nothing is."""
    if not place.exists():
        return ""
    if not place.is_dir():
        return "must be a folder, and this is a file"
    if Path.cwd().resolve().is_relative_to(place.resolve()):
        return "must not be the folder that you are in, nor one around it"
    known = {LOCK} | outputs.LEFT_BY_SYSTEMS
    if (place / RECORD).exists():
        known |= TAKEN | set(earlier(place))
    names = (one.name for one in place.iterdir())
    others = sorted(name for name in names if name not in known and not LEFT.fullmatch(name))
    if not others:
        return ""
    some = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
    return f"must be empty or hold an earlier batch alone, and this holds {some}"


def earlier(place: Path) -> tuple[str, ...]:
    """Return the names of the folders that a batch has written, or was to write, in a place."""
    names = _record_of(place).get("folders")
    if not isinstance(names, list):
        return ()
    return tuple(name for name in names if isinstance(name, str) and name == Path(name).name)


def _record_of(place: Path) -> dict[str, Any]:
    """Return what the record of a batch says, empty if there is none that can be read."""
    try:
        known = json.loads(fetch(place / RECORD, LARGEST_MANIFEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def trails(place: Path) -> dict[str, str]:
    """Return the end of the path of each scenario that a batch has run, by the folder it is in."""
    known = _record_of(place).get("paths")
    if not isinstance(known, dict):
        return {}
    return {name: path for name, path in known.items() if isinstance(path, str)}


def record(place: Path, found: Sequence[Found]) -> None:
    """Note which folders of a place are a batch's own, before any of them is there.

    Raises:
        OutputError: if it cannot be written.
    """
    there = [name for name in earlier(place) if (place / name).exists()]
    paths = {name: path for name, path in trails(place).items() if name in there}
    paths |= {one.folder: trail(one.path) for one in found}
    folders = sorted({*there, *(one.folder for one in found)})
    content = {"version": __version__, "folders": folders, "paths": dict(sorted(paths.items()))}
    saving.save(place / RECORD, outputs.as_json(content), replace=True)


def whole(folder: Path) -> tuple[Mapping[str, Any], dict[str, bytes]] | None:
    """Return the manifest and files of a finished run, none if any is missing or altered."""
    try:
        content = (folder / manifests.MANIFEST).read_bytes()
        manifest = json.loads(content)
        hashes = manifest["sha256"]
        names = set(manifest["outputs"]) - {manifests.MANIFEST}
        if names != set(hashes):
            return None
        files = {name: (folder / name).read_bytes() for name in sorted(names)}
        there = {one.name for one in folder.iterdir()} - outputs.LEFT_BY_SYSTEMS
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if there - {outputs.TIMINGS, manifests.MANIFEST} != names:
        return None
    altered = (hashlib.sha256(files[name]).hexdigest() != hashes[name] for name in names)
    return None if any(altered) else (manifest, {**files, manifests.MANIFEST: content})


def finished(folder: Path, wanted: Mapping[str, Any]) -> dict[str, bytes] | None:
    """Return the files of a run if it is finished and is the one wanted, else none.

    `wanted`: what its manifest must say.
    """
    found = whole(folder)
    if found is None:
        return None
    manifest, files = found
    if any(manifest.get(key) != value for key, value in wanted.items()):
        return None
    solver = manifest.get("solver")
    if solver is not None and manifest.get("solver_version") != version("highspy"):
        return None
    return files


def forget(folder: Path) -> None:
    """Take away the folder of a run whose scenario can no longer be planned.

    Raises:
        InputError: if it holds other things.
        OutputError: if it cannot be written.
    """
    if not folder.exists():
        return
    outputs.check_free(folder)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{folder}: cannot be taken away: {why}") from error
