"""What becomes of an option in simulations, figure by figure, as papers ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from capacity.report.facts import OPTIONS, Facts
from capacity.risk.bands import Band
from capacity.risk.position import PositionFigure
from capacity.risk.recommended import REVIEWED, Recommended, reviewed
from capacity.risk.simulated import ExpectedHours, FallingDue

TODAY = "today"

Where = tuple[str | None, str | None, str | None]
"""A cohort, one of its activities, and a tier; None: all of them, or a queue."""


@dataclass(frozen=True)
class EightInTen:
    """The middle of the simulations, and between what 8 in 10 lie."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class InSimulations:
    """A plan's facts, and the simulations of current posts and of the recommended plan."""

    facts: Facts
    advice: Recommended

    options = (TODAY, REVIEWED)

    def label(self, option: str) -> str:
        """Return what an option is called in a table."""
        return OPTIONS[option]

    @property
    def how_many(self) -> str:
        """How many simulations there are, in words."""
        return f"{self.advice.number:,} simulations"

    @cached_property
    def _bands(self) -> dict[tuple[str, Where, str], dict[str, Band]]:
        found: dict[tuple[str, Where, str], dict[str, Band]] = {}
        for one in self.advice.simulated.bands:
            key = (one.option, (one.cohort, one.duty, one.tier), one.measure)
            found.setdefault(key, {})[one.month] = one
        return found

    @cached_property
    def _position(self) -> dict[tuple[str, str, Where, str, str], PositionFigure]:
        return {
            (one.option, one.month, (one.cohort, one.duty, one.tier), one.measure, one.age): one
            for one in self.advice.simulated.position
        }

    @cached_property
    def hours(self) -> dict[tuple[str, str, str], ExpectedHours]:
        """A team's hours in a month, by option, month and team."""
        return {(one.option, one.month, one.team): one for one in self.advice.simulated.hours}

    def by_month(self, option: str, where: Where, measure: str) -> list[EightInTen]:
        """Return a measure month by month; nothing where it has no range.

        An activity of one tier has its range under that tier.
        """
        found = self._bands.get((option, where, measure))
        if found is None and where[2] is None:
            alone = [key for key in self._bands if _same(key, option, where, measure)]
            found = self._bands[alone[0]] if len(alone) == 1 else None
        if found is None:
            return []
        rows = (found[label] for label in self.facts.labels)
        return [EightInTen(one.p10, one.p50, one.p90) for one in rows]

    def at(
        self, option: str, place: int, where: Where, measure: str, age: str = ""
    ) -> EightInTen | None:
        """Return a figure of the position at the end of a month; None where it has none."""
        key = (option, self.facts.labels[place], where, measure, age)
        one = self._position.get(key)
        return None if one is None else EightInTen(one.p10, one.p50, one.p90)

    @property
    def falling_due(self) -> tuple[FallingDue, ...]:
        """What falls due by year, whatever the posts."""
        return self.advice.simulated.falling_due

    @cached_property
    def posts(self) -> dict[tuple[str, str, str], EightInTen]:
        """Posts of the recommended plan at a financial year's end, by year, team and grade."""
        return {
            (one.year, one.team, one.grade): EightInTen(one.p10, one.p50, one.p90)
            for one in reviewed(self.advice)
            if one.team is not None and one.grade is not None
        }


def _same(key: tuple[str, Where, str], option: str, where: Where, measure: str) -> bool:
    """Return whether a band is of a tier of an activity."""
    return key[0] == option and key[1][:2] == where[:2] and key[2] == measure and bool(key[1][2])


def of(facts: Facts) -> InSimulations | None:
    """Return the simulations of a plan; None where nothing is recommended."""
    return None if facts.advice is None else InSimulations(facts, facts.advice)
