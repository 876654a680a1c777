"""Where shipped scenarios and data lie, and where an account keeps what is its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(kind: Literal["scenarios", "data"]) -> Path:
    """Return the folder of shipped scenarios or data.

    The wheel carries them in `capacity/shipped`; in a checkout they lie beside the package.

    Source: pyproject.toml, the wheel's contents.
    """
    installed = _PACKAGE / "shipped" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind


def home(environment: Mapping[str, str]) -> Path | None:
    """Return the home folder of the account that this runs as; none where it has none.

    An account of a container or a service may be a number that nothing is known about.
    """
    if given := environment.get("HOME") or environment.get("USERPROFILE"):
        return Path(given)
    try:
        return Path.home()
    except RuntimeError:
        return None


def cache(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of what can be made again at any time; none for an account without one."""
    own, below = "XDG_CACHE_HOME", ".cache"
    if sys.platform == "win32":
        own, below = "LOCALAPPDATA", "AppData/Local"
    elif sys.platform == "darwin":
        own, below = "", "Library/Caches"
    mine = home(environment)
    base = environment.get(own) or (None if mine is None else mine / below)
    return None if base is None else Path(base) / "capacity"
