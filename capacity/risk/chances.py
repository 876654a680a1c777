"""The chance that each standard holds, of every month, of a year or of a year's average."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from capacity.engine.model import Array, Calendar, Flags, Period
from capacity.engine.standards import Verdict
from capacity.risk import weights
from capacity.risk.futures import Future

EVERY_STANDARD = "Every standard"
EVERY_MONTH = "every month"

ConfidenceOf = Literal["every month", "year", "average"]


@dataclass(frozen=True)
class Rule:
    """A standard and, where it has one, the tier of a duty it is judged on."""

    standard: str
    cohort: str | None
    duty: str | None
    tier: str | None


@dataclass(frozen=True)
class Chance:
    """How often something holds, and how far that may be off by the luck of the draw."""

    option: str
    standard: str
    tier: str | None
    period: str
    chance: float
    error: float
    cohort: str | None = None
    duty: str | None = None


@dataclass(frozen=True)
class VerdictRecord:
    """Whether each standard held in each draw."""

    calendar: Calendar
    rules: tuple[Rule, ...]
    periods: tuple[tuple[Period, ...], ...]  # by rule; of every month and year
    met: tuple[Flags, ...]  # by rule: [draw, period]
    years: tuple[tuple[Period, ...], ...]  # by rule
    met_on_average: tuple[Flags, ...]  # by rule: [draw, year]
    weight: Array | None = None  # [draw], relative to each other; None: each the same (EQ29)

    @property
    def draws(self) -> int:
        """Draws in all."""
        return max((len(met) for met in (*self.met, *self.met_on_average)), default=0)

    def named(self, standard: str | None) -> tuple[int, ...]:
        """Return the rules of a standard, one a tier; all rules where none is named."""
        every = enumerate(self.rules)
        return tuple(n for n, rule in every if standard in (None, rule.standard))

    def always(self, rules: Iterable[int]) -> Flags:
        """Return whether rules hold in all their periods. Shape: [draw]."""
        held = np.ones(self.draws, dtype=bool)
        for n in rules:
            held &= np.all(self.met[n], axis=1)
        return held

    def in_months(self, rules: Iterable[int], first: int, end: int) -> Flags | None:
        """Return whether rules hold in all periods that touch some months; None without any."""
        held: Flags | None = None
        for n in rules:
            touch = [p.first < end and p.end > first for p in self.periods[n]]
            if any(touch):
                here: Flags = np.all(self.met[n][:, np.array(touch)], axis=1)
                held = here if held is None else held & here
        return held

    def on_average(self, rules: Iterable[int], year: str) -> Flags | None:
        """Return whether rules hold on a year's average; None where none is judged in it."""
        held: Flags | None = None
        for n in rules:
            for place, period in enumerate(self.years[n]):
                if period.name == year:
                    here = self.met_on_average[n][:, place]
                    held = here if held is None else held & here
        return held

    def held(self, of: ConfidenceOf, rules: Sequence[int]) -> dict[str, Flags]:
        """Return whether rules hold, by the periods that a chance is asked for.

        Returns:
            Shape: [draw] by the name of the period.
        """
        if of == "every month":
            judged = any(self.periods[n] for n in rules)
            return {EVERY_MONTH: self.always(rules)} if judged else {}
        found = {}
        for year in self.calendar.years_from(0):
            if of == "average":
                held = self.on_average(rules, year.name)
            else:
                held = self.in_months(rules, year.first, year.end)
            if held is not None:
                found[year.name + (" average" if of == "average" else "")] = held
        return found


def record(
    calendar: Calendar, futures: Iterable[Future], of: ConfidenceOf | None = None
) -> VerdictRecord:
    """Return whether each standard held in each draw of some futures.

    `of`: only what that chance needs. EQ17, EQ18, EQ21.
    """
    parts, given = [], []
    for future in futures:
        parts.append(judged(future, of))
        given.append(future.world.weight)
        del future  # before the next one is worked out
    told = [one for one in given if one is not None]
    return joined(calendar, parts, np.concatenate(told) if told else None)


@dataclass(frozen=True)
class Held:
    """A rule in all its periods. Shape of met: [draw, period]."""

    rule: Rule
    periods: tuple[Period, ...]
    met: Flags


Judged = tuple[tuple[Held, ...], tuple[Held, ...]]


def judged(future: Future, of: ConfidenceOf | None = None) -> Judged:
    """Return whether rules hold in a future, by period and on a year's average.

    EQ17, EQ18, EQ21.
    """
    by_period = () if of == "average" else _met(future.verdicts())
    by_year = () if of in ("every month", "year") else _met(future.verdicts(on_average=True))
    return by_period, by_year


def _met(verdicts: Sequence[Verdict]) -> tuple[Held, ...]:
    """Keep of verdicts whether the rule is met, for every draw."""
    draws = max((len(verdict.missed_by) for verdict in verdicts), default=0)
    return tuple(
        Held(
            Rule(one.standard, one.cohort, one.duty, one.tier),
            one.periods,
            np.broadcast_to(one.met, (draws, len(one.periods))),
        )
        for one in verdicts
    )


def joined(
    calendar: Calendar, parts: Sequence[Judged], weight: Array | None = None
) -> VerdictRecord:
    """Return the record of the verdicts on portions of draws, in their order.

    Args:
        calendar: the months projected.
        parts: what each portion's verdicts are.
        weight: of all draws, relative to each other; None: each the same. Shape: [draw].
    """
    first = parts[0]
    rules = first[0] or first[1]

    def met(which: int, n: int) -> Flags:
        return np.concatenate([part[which][n].met for part in parts])

    return VerdictRecord(
        calendar,
        tuple(held.rule for held in rules),
        tuple(held.periods for held in first[0]),
        tuple(met(0, n) for n in range(len(first[0]))),
        tuple(held.periods for held in first[1]),
        tuple(met(1, n) for n in range(len(first[1]))),
        weight,
    )


def estimate(held: Flags, weight: Array | None = None) -> tuple[float, float]:
    """Return a chance and its standard error, which is never 0 however sure it looks.

    The error is that of the estimate with two successes and two failures more (Agresti and
    Coull). Where draws have weights, both are of as many draws as are left in effect (EQ29).

    Args:
        held: whether it holds in each draw. Shape: [draw].
        weight: of the draws. Shape: [draw].

    Returns:
        Two shares.
    """
    if weight is not None:
        return weights.chance(held, weight)
    draws, times = len(held), int(np.count_nonzero(held))
    near = (times + 2) / (draws + 4)
    return times / draws, float(np.sqrt(near * (1 - near) / (draws + 4)))


def table(option: str, found: VerdictRecord) -> Iterator[Chance]:
    """Yield the chance of each standard by tier, of all its tiers, and of every standard.

    Of every month, of each year, of each year's average, and period by period.

    Yields:
        One for each standard, tier and period.
    """
    for n, rule in enumerate(found.rules):
        yield from _chances(option, found, rule, (n,))
    for standard in dict.fromkeys(rule.standard for rule in found.rules):
        rules = found.named(standard)
        if len(rules) > 1:
            first = found.rules[rules[0]]
            yield from _chances(
                option, found, Rule(standard, first.cohort, first.duty, None), rules
            )
    every = found.named(None)
    if every:
        yield from _chances(option, found, Rule(EVERY_STANDARD, None, None, None), every)


def _chances(
    option: str, found: VerdictRecord, rule: Rule, rules: Sequence[int]
) -> Iterator[Chance]:
    """Yield the chances of some rules together."""
    periods: dict[str, Flags] = {EVERY_MONTH: found.always(rules)}
    periods |= found.held("year", rules) | found.held("average", rules)
    own = {period for n in rules for period in found.periods[n]}
    if len(rules) > 1:
        labels = found.calendar.labels
        own = {Period(label, month, month + 1) for month, label in enumerate(labels)}
    for period in sorted(own, key=lambda p: p.first):
        held = found.in_months(rules, period.first, period.end)
        if held is not None:
            periods.setdefault(period.name, held)
    for name, held in periods.items():
        chance, error = estimate(held, found.weight)
        yield Chance(option, rule.standard, rule.tier, name, chance, error, rule.cohort, rule.duty)


def worst(
    found: VerdictRecord,
    of: ConfidenceOf,
    standard: str | None = None,
    leave_out: Collection[str] = (),
) -> tuple[float, float]:
    """Return the chance asked for, in its worst year, and its error; 1 where nothing is judged.

    Args:
        found: whether each standard held in each draw.
        of: which chance is asked for.
        standard: of which it is asked; of all together where none is named.
        leave_out: periods that do not count, such as those that no number of posts reaches.
    """
    held = found.held(of, found.named(standard))
    every = [estimate(one, found.weight) for name, one in held.items() if name not in leave_out]
    return min(every, default=(1.0, 0.0))


def by_period(found: VerdictRecord, of: ConfidenceOf) -> Array:
    """Return the chance that every standard holds, by the periods asked for. Shape: [period]."""
    every = found.held(of, found.named(None)).values()
    return np.array([np.average(held, weights=found.weight) for held in every])
