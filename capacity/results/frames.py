"""Data frames by name, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Tables(Mapping[str, "pd.DataFrame"]):
    """Data frames by name, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        """Keep how each table is made."""
        self._makers = dict(makers)
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table by its name, the same one each time.

        Raises:
            KeyError: with the names there are.
        """
        if name not in self._makers:
            raise KeyError(f"no table {name}; there are: {', '.join(self)}")
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._makers)

    def __repr__(self) -> str:
        """Return the names."""
        return f"<Tables: {', '.join(self)}>"
