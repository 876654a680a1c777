"""Figures that an earlier run worked out, kept in the account's own cache folder.

They are found by a fingerprint of all that they depend on, the text of the program included, so
that what is found is what would be worked out again. Nothing else is kept: no name, nothing that
was typed. The folder can be deleted at any time.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np

from capacity import places
from capacity.errors import CapacityError
from capacity.files import saving

VARIABLE = "CAPACITY_CACHE"
"""The variable that names another folder for them; `off` where none are kept."""

MOST_KEPT = 500
"""Files at most, a few hundred bytes each; the oldest are removed."""

BITS = 16

Figure = float | str | None


def fingerprint(parts: Iterable[str | bytes]) -> str:
    """Return what names figures that depend on some parts, and on the program itself."""
    found = blake2b(_program(), digest_size=BITS)
    for part in parts:
        each = part.encode() if isinstance(part, str) else part
        found.update(f"{len(each)}/".encode() + each)
    return found.hexdigest()


@lru_cache(maxsize=1)
def _program() -> bytes:
    """Return a fingerprint of the program's text, and of what it calculates with."""
    found = blake2b(f"{np.__version__} {platform.machine()}".encode(), digest_size=BITS)
    package = Path(__file__).resolve().parent
    for path in sorted(package.rglob("*.py")):
        found.update(path.read_bytes())
    return found.digest()


def find(name: str) -> list[Figure] | None:
    """Return the figures of a name; None where there are none, or they cannot be read."""
    folder = _folder()
    if folder is None:
        return None
    try:
        found = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    right = isinstance(found, list) and all(
        one is None or isinstance(one, str | float) for one in found
    )
    return found if right else None


def keep(name: str, figures: Sequence[Figure]) -> None:
    """Keep the figures of a name, whole or not at all; where that cannot be, do nothing."""
    folder = _folder()
    if folder is None:
        return
    content = json.dumps(list(figures)).encode()
    with suppress(OSError, CapacityError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        saving.save(folder / f"{name}.json", content, replace=True, private=True)
        _forget(folder)


def _forget(folder: Path) -> None:
    """Remove the oldest files where there are too many."""
    there = list(folder.iterdir())
    if len(there) > MOST_KEPT:
        there.sort(key=lambda path: path.stat().st_mtime)
        for path in there[: len(there) - MOST_KEPT]:
            path.unlink(missing_ok=True)


def _folder() -> Path | None:
    """Return where figures are kept; None where nothing is to be kept, or nowhere can be."""
    asked = os.environ.get(VARIABLE, "")
    if asked:
        return None if asked.lower() == "off" else Path(asked)
    cache = places.cache(os.environ)
    return None if cache is None else cache / "figures"
