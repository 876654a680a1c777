"""How well draws agree with what is known of a unit: its history, and single known figures (EQ29).

The months before the start are worked out for each draw by the model from the history's first
month on, with the draw's own settings; known figures of later months by its projection. Chance is
left out of both, since it is part of what a figure may be off. What each draw makes of every
figure is weighed by `weights`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.model import Array, Model, Whole
from capacity.files.headings import OF_CASES, OF_QUEUES_TABLE, SHARES
from capacity.files.monthly import Figure
from capacity.history.known import last_year
from capacity.history.search import Reader, index_of, serial
from capacity.reading.replacing import replaced
from capacity.reading.scenario import Scenario, Swing
from capacity.risk import weights
from capacity.risk.draws import Draws, value_of
from capacity.risk.futures import chunks
from capacity.risk.weights import Evidence, Weights

LEVELS = (0.1, 0.5, 0.9)
PORTION = 500
"""Draws worked out together."""

GIVE_OF_SHARES = 0.05
GIVE: dict[str, tuple[float, float]] = {
    "cases": (2.0, 0.02),
    "due": (3.0, 0.2),
    "outstanding": (3.0, 0.2),
    "longest_wait_months": (2.0, 0.25),
}
GIVE_OF_COUNTS = (3.0, 0.3)
"""How far off a figure may be where nothing is said: at least so many, and at least this share."""


@dataclass(frozen=True)
class Fact:
    """A figure that is known, and how far off it may be."""

    figure: Figure
    give: float
    measure: str  # as it was named


def give_of(figure: Figure) -> float:
    """Return how far off a figure may be, one standard deviation, where nothing says so.

    5 points for a share; for cases 2% and at least 2; for what is due or overdue 20% and at least
    3; for the longest wait a quarter and at least 2 months; for what happened in a month 30% and
    at least 3, since a month's work swings so; and no count nearer than its square root, which
    chance alone makes of it.
    """
    if figure.measure in SHARES:
        return GIVE_OF_SHARES
    least, share = GIVE.get(figure.measure, GIVE_OF_COUNTS)
    chance = 0.0 if figure.measure == "longest_wait_months" else float(np.sqrt(figure.value))
    return max(least, share * figure.value, chance)


def known_figures(scenario: Scenario) -> tuple[Fact, ...]:
    """Return every figure that simulations of a scenario must agree with, in order of months.

    Those of its history that are not only set beside, and its single known figures; where both
    give the same the single one counts.

    Args:
        scenario: brought to its start.
    """
    past = scenario.known
    found: dict[tuple[str | None, ...], Fact] = {}
    for one in past.history.figures if past else ():
        if not one.compare:
            found[one.month, *one.series] = Fact(one, give_of(one), one.measure)
    for place, given in enumerate(scenario.settings.known, start=1):
        figure = Figure(
            month=given.month,
            cohort=given.cohort,
            duty=given.duty or given.queue,
            tier=given.tier,
            measure=OF_QUEUES_TABLE.get(given.measure, given.measure),
            value=given.value,
            compare=False,
            row=place,
        )
        give = give_of(figure) if given.give is None else given.give
        found[figure.month, *figure.series] = Fact(figure, give, given.measure)
    return tuple(sorted(found.values(), key=lambda one: one.figure.month))


@dataclass(frozen=True)
class Checked:
    """A known figure, what draws that agree make of it, and whether that is near enough.

    Attributes:
        known: the figure.
        middle: the weighted median of the draws.
        low: their 10th percentile.
        high: their 90th percentile.
        agrees: whether their median is within FAR discrepancies of it.
    """

    known: Fact
    middle: float
    low: float
    high: float
    agrees: bool


@dataclass(frozen=True)
class Narrowed:
    """An uncertain setting, before and after what is known; `left` of its spread is left."""

    setting: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    left: float


@dataclass(frozen=True)
class Agreed:
    """How well draws agree with what is known.

    Attributes:
        weigh: gives the weights of any draws.
        weights: of the draws that were asked about.
        figures: every figure, in order of months.
        settings: every uncertain setting, the most narrowed first.
        apart: figures that cannot be right together, where no draw agrees with all.
    """

    weigh: Weigher
    weights: Weights
    figures: tuple[Checked, ...]
    settings: tuple[Narrowed, ...]
    apart: tuple[Fact, ...]


@dataclass(frozen=True)
class Weigher:
    """Gives the weights of draws by their numbers, as an agreement found for others.

    Attributes:
        agreement: with what is known.
        power: to which likelihoods are taken.
        highest: log-likelihood of the draw that agrees best.
        seen: log-likelihoods that are known, by the draw's number.
    """

    agreement: Agreement
    power: float
    highest: float
    seen: dict[int, float]

    def __call__(self, numbers: Whole) -> Array:
        """Return weights relative to the draw that agreed best. Shape: [draw]."""
        missing = np.array([n for n in numbers.tolist() if n not in self.seen], dtype=np.int64)
        if len(missing):
            found = self.agreement.log_likelihood(missing).tolist()
            self.seen.update(zip(missing.tolist(), found, strict=True))
        log = np.array([self.seen[n] for n in numbers.tolist()])
        return np.exp(self.power * (log - self.highest))


def agreed(draws: Draws, number: int) -> Agreed | None:
    """Return how well the first draws agree with what is known; None where nothing is.

    Args:
        draws: of a scenario that is brought to its start.
        number: how many draws, from 1 on.
    """
    agreement = Agreement(draws.scenario, draws.seed)
    if not agreement.known:
        return None
    numbers = np.arange(1, number + 1)
    projected = agreement.projected(numbers)
    evidence = agreement.evidence
    log = weights.log_likelihood(projected, evidence)
    found = weights.weigh(log, weights.misfits(projected, evidence))
    wrong = weights.cannot_be_right(projected, evidence)
    weigher = Weigher(
        agreement, found.power, float(log.max()), dict(zip(numbers.tolist(), log, strict=True))
    )
    return Agreed(
        weigher,
        found,
        tuple(_judged(agreement, projected, found.weight)),
        tuple(_narrowed(draws, numbers, found.weight)),
        tuple(agreement.known[place] for place in wrong),
    )


def _judged(agreement: Agreement, projected: Array, weight: Array) -> Iterator[Checked]:
    """Yield what draws make of every figure."""
    at = weights.quantiles(projected.T, weight, LEVELS)
    for place, one in enumerate(agreement.known):
        low, middle, high = at[place].tolist()
        near = abs(middle - one.figure.value) <= weights.FAR * one.give
        yield Checked(one, middle, low, high, near)


def _narrowed(draws: Draws, numbers: Whole, weight: Array) -> Iterator[Narrowed]:
    """Yield every uncertain setting, the most narrowed first."""
    if not draws.uncertain:
        return
    z = draws.normal(numbers)
    values = np.column_stack(
        [value_of(one.quantity, z[one.name], one.valid) for one in draws.uncertain]
    )
    left = weights.narrowed(values, weight)
    before = weights.quantiles(values.T, np.ones(len(numbers)), LEVELS)
    after = weights.quantiles(values.T, weight, LEVELS)
    for place in np.argsort(left, kind="stable").tolist():
        name = draws.uncertain[place].name
        was, now = (tuple(one[place].tolist()) for one in (before, after))
        yield Narrowed(name, was, now, float(left[place]))


class Agreement:
    """Weighs draws of a scenario by what is known; each by itself, whatever others there are."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        """Take what is known of a scenario that is brought to its start."""
        every = known_figures(scenario)
        swings = scenario.known.swings if scenario.known else {}
        parts: tuple[tuple[Scenario | None, Mapping[str, Swing]], ...] = (
            (_earlier(scenario, every), swings),
            (scenario, {}),
        )
        told = np.any([_Part(one, seed, every).which for one, _ in parts], axis=0)
        self.known = tuple(one for one, here in zip(every, told, strict=True) if here)
        self.before, self.after = (_Part(one, seed, self.known, how) for one, how in parts)

    @cached_property
    def evidence(self) -> Evidence:
        """The figures as arrays."""
        figures = [one.figure for one in self.known]
        return Evidence(
            value=np.array([one.value for one in figures]),
            give=np.array([one.give for one in self.known]),
            month=np.array([serial(one.month) for one in figures], dtype=np.int64),
            series=_numbered([one.series for one in figures]),
            place=_numbered([_place_of(one) for one in figures]),
        )

    def projected(self, numbers: Whole) -> Array:
        """Return what draws make of every figure. Shape: [draw, figure]."""
        found = np.full((len(numbers), len(self.known)), np.nan)
        for part in (self.before, self.after):
            if part.which.any():
                found[:, part.which] = part.projected(numbers)
        return found

    def log_likelihood(self, numbers: Whole) -> Array:
        """Return the log-likelihood of what is known in draws. Shape: [draw]."""
        return weights.log_likelihood(self.projected(numbers), self.evidence)


class _Part:
    """The figures of the months that one scenario covers."""

    def __init__(
        self,
        scenario: Scenario | None,
        seed: int,
        known: tuple[Fact, ...],
        swings: Mapping[str, Swing] | None = None,
    ) -> None:
        self.scenario, self.swings = scenario, swings or {}
        self.which = np.zeros(len(known), dtype=bool)
        if scenario is None:
            return
        months = scenario.months
        self.which[:] = [
            one.figure.months - 1 <= index_of(scenario, one.figure.month) < months for one in known
        ]
        self.figures = [one.figure for one, here in zip(known, self.which, strict=True) if here]
        last = max((index_of(scenario, one.month) for one in self.figures), default=0)
        self.draws = Draws(replaced(scenario, [], last + 1), seed)

    @cached_property
    def reader(self) -> Reader:
        """Where each figure is found in a projection."""
        plain = building.build(self.draws.scenario)
        return Reader(plain, self.draws.scenario, self.figures)

    def projected(self, numbers: Whole) -> Array:
        """Return what draws make of the figures, without chance. Shape: [draw, figure]."""
        parts = [self._projected(numbers[first]) for first in chunks(0, len(numbers), PORTION)]
        return np.concatenate(parts)

    def _projected(self, numbers: Whole) -> Array:
        built = self._swung(building.build(self.draws.scenario_of(numbers)))
        cases = caseload.project(built)
        asked, staff = demand.other_work(built, cases), workforce.staff(built)
        run = projection.project(built, cases, asked, staff, waits="longest")
        found: Array = self.reader.read(run, built)
        return np.broadcast_to(found, (len(numbers), found.shape[1]))

    def _swung(self, model: Model) -> Model:
        """Return a model that works each month as much above or below its year as was seen."""
        if not self.swings:
            return model
        effort, focus, early = model.people.effort, model.duties.focus, model.duties.early_rate
        effort, focus, early = (one.copy(order="K") for one in (effort, focus, early))
        for month, label in enumerate(model.calendar.labels):
            if label in self.swings:
                swing = self.swings[label]
                effort[:, month] *= swing.effort
                focus[:, month] += swing.focus
                early[:, month] *= swing.early
        duties = replace(model.duties, focus=focus, early_rate=early)
        return replace(model, duties=duties, people=replace(model.people, effort=effort))


def _earlier(scenario: Scenario, known: tuple[Fact, ...]) -> Scenario | None:
    """Return the scenario by which months before the start are worked out; None without any."""
    months = [one.figure.month for one in known if index_of(scenario, one.figure.month) < 0]
    if scenario.known is not None:
        return last_year(scenario)
    if not months:
        return None
    first = min(months)
    start = scenario.settings.start.replace(year=int(first[:4]), month=int(first[5:]))
    return scenario.replace({"start": start, "months": -index_of(scenario, first)})


def _place_of(figure: Figure) -> tuple[str | None, ...]:
    """Return where a figure was counted: a tier's cases, or what is owed to them."""
    duty = None if figure.measure in OF_CASES else figure.duty
    return figure.cohort, duty, figure.tier, "cases" if figure.measure in OF_CASES else "duty"


def _numbered(names: list[tuple[str | None, ...]]) -> Whole:
    """Return the same number for the same name, from 0. Shape: [name]."""
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([places[name] for name in names], dtype=np.int64)
