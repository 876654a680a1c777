"""Rules that hold between settings."""

from __future__ import annotations

from collections.abc import Iterator

from .merging import Table
from .settings import Settings
from .validating import Finding


def across(settings: Settings, tree: Table) -> Iterator[Finding]:
    """Yield every rule between settings that is broken."""
    yield from ()
