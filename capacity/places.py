"""Where shipped scenarios and data lie, in an installed package or a checkout."""

from __future__ import annotations

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
