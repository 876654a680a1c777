"""One file, written complete or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from capacity.errors import InputError, OutputError, Problem


def check_new(path: str | Path, *, replace: bool) -> None:
    """Refuse a place where a file lies that may not be replaced.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    if not str(path).strip():
        raise InputError([Problem("-o", None, "", "must be the name of a file")])
    try:
        place = Path(path)
        is_folder, is_there, is_plain = place.is_dir(), place.exists(), place.is_file()
    except (OSError, ValueError) as error:
        raise InputError([Problem(str(path), None, "", "must be the name of a file")]) from error
    if is_folder:
        raise InputError([Problem(str(path), None, "", "must be a file, and this is a folder")])
    if is_there and not is_plain:  # as root a device could really be replaced
        must = "must be an ordinary file, and this is a device or a pipe"
        raise InputError([Problem(str(path), None, "", must, use="another name")])
    if is_there and not replace:
        must = "must be a new file: one of this name is there already"
        raise InputError([Problem(str(path), None, "", must, use="another name, or --replace")])


def save(path: str | Path, content: bytes, *, replace: bool, private: bool = False) -> None:
    """Write a file beside its place and rename it into it.

    `private`: only the account that writes it may read it.

    Raises:
        InputError: if the place is taken.
        OutputError: if it cannot be written.
    """
    check_new(path, replace=replace)
    place = Path(os.path.abspath(path))
    for_now = place.with_name(f".{place.name[:60]}.{os.getpid()}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if private else 0o666
        with open(for_now, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
        for_now.replace(place)
    except OSError as error:
        with suppress(OSError):
            for_now.unlink()
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{path}: cannot be written: {why}; nothing was written") from error
