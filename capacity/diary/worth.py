"""How many more timings of a task are worth their time, by what finding out is worth.

What it is worth to know the hours of a task before posts are agreed is known of the recommended
plan (EQ30). More timings find out a part of it: the variance of a mean falls as one over their
number, so that with m more beside the n there are, m ÷ (n + m) of it is found out. The worth is
taken to go with that share, which is an approximation. They are worth it as long as the next one
finds out more than it costs: m = √(worth × n ÷ cost) − n.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capacity.diary.hours import ERRORS, LEAST, TimedTask, places_of
from capacity.reading.assumptions import Assumption, register
from capacity.reading.scenario import Scenario
from capacity.wording import counted, pounds

A_TIMING = 2.0
"""Pounds that one timing costs: three minutes of an officer's time at £40 per hour."""


@dataclass(frozen=True)
class Worthwhile:
    """What it is worth to know the hours of a task, and how many more timings that pays for."""

    task: str
    setting: str
    saving: float
    more: int

    @property
    def words(self) -> str:
        """The same in a sentence."""
        if not self.saving:
            return (
                f"{self.task}: worth nothing that can be told from chance, so no more timings are "
                "needed for this decision."
            )
        more = (
            f"{counted(self.more, 'more timing')} pay for themselves"
            if self.more
            else "the timings there are say enough"
        )
        return f"{self.task}: worth {pounds(self.saving)} to know before posts are agreed; {more}."


def worthwhile(
    found: Sequence[TimedTask],
    scenario: Scenario,
    meant: Mapping[str, str],
    savings: Mapping[str, float],
) -> tuple[Worthwhile, ...]:
    """Return how many more timings of each task are worth it for the decision in hand.

    Args:
        found: what the diary says.
        scenario: on which the decision was worked out.
        meant: which setting a task is, where no activity is called so.
        savings: what it is worth to know each setting with a range, in pounds.
    """
    ranges = {one.setting: one for one in register(scenario) if one.from_month is None}
    told = []
    for task in found:
        names = [
            f"{place}.hours" if ".duties." in place else place
            for place in places_of(task, scenario, meant)
        ]
        known = [name for name in names if name in savings and name in ranges]
        if known:
            name = max(known, key=savings.__getitem__)
            more = further(task, savings[name], ranges[name])
            told.append(Worthwhile(task.name, name, savings[name], more))
    return tuple(told)


def further(task: TimedTask, saving: float, now: Assumption) -> int:
    """Return how many more timings of a task are worth what they cost.

    The range that the scenario has is worth so many timings as would leave the same; those of the
    diary are among them only once they are what the range comes from.
    """
    if saving <= 0 or not 0 < task.spread < math.inf or now.low is None or now.high is None:
        return 0
    error = (now.high - now.low) / (2 * ERRORS)
    if error <= 0:
        return 0
    there = (task.spread / error) ** 2
    wanted = math.ceil(math.sqrt(saving * there / A_TIMING) - there)
    done = 0 if now.kind == "measured" else task.entries
    return max(0, wanted - done, LEAST - task.entries if wanted > 0 else 0)
