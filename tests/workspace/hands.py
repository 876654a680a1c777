"""Who does something in a test, at a time that the test says, with identities in a known order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from capacity.workspace.people import Hand
from capacity.workspace.scenarios import Content, SavedWhatIf

FIRST = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ANALYST, MANAGER, EVE = "analyst@a.police.uk", "manager@a.police.uk", "eve@b.police.uk"


def counting(mark: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{mark}{next(numbers):031x}"


class Hands:
    """Hands of different people, each later than the one before by a minute.

    `mark`: how the identities that they make begin, other than those made before in a workspace.
    """

    def __init__(self, mark: str = "a") -> None:
        self.fresh, self.now = counting(mark), FIRST

    def of(self, person: str | None = None, **later: float) -> Hand:
        self.now += timedelta(**later) if later else timedelta(minutes=1)
        return Hand(person, self.now, self.fresh)


def content(text: str = "title = 1", **changes: str) -> Content:
    """A scenario of one file, one what-if saved with it."""
    told = {name: (value,) for name, value in changes.items()}
    option = SavedWhatIf("Two more", "ours.toml", {"ours.toml": text}, {"posts": ("2",)})
    return Content("ours.toml", {"ours.toml": text}, told, team=True, options=(option,))


def begun(log: Path) -> bool:
    """Whether something is written that the database has not taken into its file yet."""
    try:
        return log.stat().st_size > 0
    except FileNotFoundError:  # whoever closes the database last takes its log away
        return False
