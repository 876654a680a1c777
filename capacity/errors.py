"""The error tree: what went wrong, told to the person who can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong (or suspicious) in the input, with the place where it stands.

    Attributes:
        file: the file, or the command or function that was given it.
        line: its line in the file; None where it has none.
        setting: the dotted name of the setting.
        must: what must hold.
        got: what was found.
        use: what to use in its place.
    """

    file: str
    line: int | None
    setting: str
    must: str
    got: str | None = None
    use: str | None = None

    def __str__(self) -> str:
        """Return `file:line: setting: must …, got …; use …` on one line."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = f"{place}: {self.setting}: {self.must}" if self.setting else f"{place}: {self.must}"
        if self.got is not None:
            text += f", got {self.got}"
        if self.use is not None:
            text += f"; use {self.use}"
        return text.replace("\n", " ")


class CapacityError(Exception):
    """Any error this package raises on purpose."""


class InputError(CapacityError):
    """Input that cannot be used.

    Attributes:
        problems: everything that is wrong with it, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems and make the message of them, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it again from its problems, where it came from another process."""
        return type(self), (self.problems,)


class ScenarioError(InputError):
    """A scenario file that cannot be used."""


class TableError(InputError):
    """A table (CSV, workbook, register) that cannot be used."""


class OutputError(CapacityError):
    """A result that could not be written; nothing was left half-written."""


NO_ANSWER = "the solver gave no proven answer"
"""How every message begins that says so."""


class SolverError(CapacityError):
    """The solver gave no proven answer.

    Attributes:
        status: what the solver said.
        doing: what was being solved.
    """

    def __init__(self, status: str, doing: str) -> None:
        """Keep the status and say what was being solved."""
        self.status, self.doing = status, doing
        super().__init__(f"{NO_ANSWER} while {doing}: {status}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it again from its parts, where it came from another process."""
        return type(self), (self.status, self.doing)
