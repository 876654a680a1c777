"""The bytes of one small file that a person named: never waited for, never more than allowed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def fetch(path: str | Path, most: int) -> bytes:
    """Return the bytes of a file, one more than allowed at most.

    A named pipe has no end until somebody writes into it and a device may have none at all, so
    neither is read.

    Args:
        path: the file.
        most: how many bytes it may have.

    Raises:
        OSError: if it cannot be read or is not a file.
    """
    with open(path, "rb", opener=_regular) as file:
        return file.read(most + 1)


def _regular(path: str, flags: int) -> int:
    """Open a file without waiting for a writer, and refuse what is not a file."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):  # reading a folder says that it is one
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
