"""The draws of every uncertain setting (EQ22), made first.

A setting's numbers come from a stream of its own, named after it. The i-th number of a stream can
be had without those before it, so that draw i is the same alone, in a batch, or in any process;
and a setting more or a month more changes no other number. Draw 0 is the central case.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import blake2b
from itertools import pairwise
from typing import Any, TypeVar, cast, get_args

import numpy as np
from numpy.random import PCG64DXSM, Generator
from pydantic import AfterValidator

from capacity.engine.model import MONTHS_A_YEAR, Array, Whole
from capacity.engine.rates import amount, by_tier
from capacity.kinds import IN_FILES
from capacity.reading.naming import item_names
from capacity.reading.replacing import versions
from capacity.reading.scenario import Scenario
from capacity.settings import (
    EVERY_TIER,
    LARGEST,
    Cohort,
    Duty,
    Grade,
    Quantity,
    Range,
    Settings,
    Strict,
)

S = TypeVar("S", bound=Strict)

Z90 = 1.28155
"""How many standard deviations the 90th percentile lies above the median."""

NOT_DRAWN = re.compile(
    "".join(rf"standards\..*\.{key}$|" for key, one in IN_FILES.items() if one.by_age)
    + r"months$|pay_award_month$|links\.|sizing\.|funding\.|"
    r"finance\.(shares\.|optimism_bias|contingency)|"
    r"teams\.[^.]+\.grades\.[^.]+\.(posts|backfill_\w+)$|"
    r"choose\.|cohorts\.[^.]+\.(reactive_share|may_be_reactive)(\.|$)|"
    r"cohorts\.[^.]+\.tiers\.[^.]+\.(court_orders|counts|risk_weight)$|"
    r"cohorts\.[^.]+\.duties\.[^.]+\.(every|early|reference)_months(\.|$)|"
    r"queues\.[^.]+\.(deadline_months|lapses_after_months|risk_weight)(\.|$)|"
    r"queues\..*\.lag_months$"
)
"""What is decided or only told: not part of an uncertain world."""

OFTEN = re.compile(r"cohorts\.[^.]+\.duties\.[^.]+\.per_year(\.|$)")
"""How often a duty is owed in a year."""


def quantile_of_normal(chance: Array) -> Array:
    """Return the standard normal's quantiles (EQ22)."""
    from scipy.special import ndtri  # a tenth of a second to load, and wanted only here

    return np.asarray(ndtri(chance))


@dataclass(frozen=True)
class Uncertain:
    """A setting with a range. The number is its first, before dated changes."""

    name: str
    quantity: Quantity
    valid: Range


def value_of(quantity: Quantity, z: Array, valid: Range) -> Array:
    """Return a setting's values for standard normal numbers, cut to its valid range (EQ22).

    Returns:
        Shape: [draw].
    """
    middle = float(quantity.value)
    low = middle if quantity.low is None else float(quantity.low)
    high = middle if quantity.high is None else float(quantity.high)
    spread = np.where(z < 0, middle - low, high - middle) / Z90
    values = np.clip(middle + z * spread, valid.low, valid.high)
    return np.rint(values) if valid.whole else values


# Streams of numbers ------------------------------------------------------------------------


def uniform(seed: int, name: str, numbers: Whole) -> Array:
    """Return the numbers at some places of a named stream, evenly between 0 and 1, neither met.

    Returns:
        Shape: [draw].
    """
    key = int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=16).digest(), "little")
    found = np.empty(len(numbers))
    for first, end in _runs(numbers):
        stream = PCG64DXSM(key)
        stream.advance(int(numbers[first]))
        found[first:end] = Generator(stream).random(end - first)
    return found + 2.0**-54


def _runs(numbers: Whole) -> Iterator[tuple[int, int]]:
    """Yield where consecutive numbers start and end."""
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    places = [0, *breaks.tolist(), len(numbers)]
    yield from ((a, b) for a, b in pairwise(places) if b > a)


@dataclass(frozen=True)
class Draws:
    """What is drawn for a scenario, for any numbers of draws.

    Attributes:
        scenario: whose settings are drawn.
        seed: of every stream.
        weigh: gives the weights of draws by their numbers, relative to each other (EQ29); None
            where each weighs the same.
    """

    scenario: Scenario
    seed: int
    weigh: Callable[[Whole], Array] | None = None

    @cached_property
    def uncertain(self) -> tuple[Uncertain, ...]:
        """Every setting that is drawn, each once, in the order of the file."""
        found: dict[str, Uncertain] = {}
        for settings in versions(self.scenario):
            for name, quantity, valid in uncertain_settings(settings):
                found.setdefault(name, Uncertain(name, quantity, valid))
        return tuple(found.values())

    @cached_property
    def links(self) -> tuple[tuple[tuple[str, ...], Array], ...]:
        """Names of settings that move together, and how to mix them. Shape: [name, name]."""
        known = {one.name for one in self.uncertain}
        found = []
        for link in self.scenario.settings.links.values():
            names = tuple(dict.fromkeys(filter(None, (_known(n, known) for n in link.settings))))
            if len(names) > 1 and link.correlation is not None:
                found.append((names, mixing(len(names), float(link.correlation.value))))
        return tuple(found)

    def normal(self, numbers: Whole) -> dict[str, Array]:
        """Return a standard normal number for each setting and draw; 0 for draw 0 (EQ22).

        Returns:
            Shape: [draw] each.
        """
        central = numbers == 0
        z = {}
        for one in self.uncertain:
            z[one.name] = np.where(
                central, 0.0, quantile_of_normal(uniform(self.seed, one.name, numbers))
            )
        for names, mix in self.links:
            own = [z[name] for name in names]
            for place, name in enumerate(names):
                mixed = np.zeros(len(numbers))
                for share, other in zip(mix[place], own, strict=True):
                    mixed += share * other
                z[name] = mixed
        return z

    def scenario_of(self, numbers: Whole) -> Scenario:
        """Return the scenario with each uncertain setting's draws in place of its number (EQ22).

        Returns:
            Shape: [draw] each.
        """
        z = self.normal(numbers)
        return with_draws(self.scenario, lambda name, q, valid: value_of(q, z[name], valid))


def mixing(settings: int, rank_correlation: float) -> Array:
    """Return how to mix independent normal numbers so that all pairs have a rank correlation.

    Returns:
        Shape: [setting, setting].
    """
    pearson = 2.0 * math.sin(math.pi * rank_correlation / 6.0)
    wanted = np.full((settings, settings), pearson)
    np.fill_diagonal(wanted, 1.0)
    values, vectors = np.linalg.eigh(wanted)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    mix: Array = root / np.sqrt((root**2).sum(axis=1, keepdims=True))
    return mix


# Settings in draws -------------------------------------------------------------------------

Draw = Callable[[str, Quantity, Range], Quantity]


def uncertain_settings(settings: Settings) -> Iterator[tuple[str, Quantity, Range]]:
    """Yield every setting that is drawn: its name, number and valid range."""
    found: list[tuple[str, Quantity, Range]] = []

    def note(name: str, quantity: Quantity, valid: Range) -> Quantity:
        found.append((name, quantity, valid))
        return quantity

    _drawn(settings, "", note)
    yield from found


def with_draws(scenario: Scenario, values: Callable[[str, Quantity, Range], Array]) -> Scenario:
    """Return a scenario whose uncertain settings have values by draw, undated and dated alike.

    Shape of values: [draw].
    """
    totals = _scales(scenario, values)

    def draw(name: str, quantity: Quantity, valid: Range) -> Quantity:
        drawn = values(name, quantity, valid)
        if name in totals:
            drawn = np.clip(drawn * totals[name], valid.low, valid.high)
        return quantity.model_copy(update={"value": drawn})

    scenario = scenario.given
    dated = tuple((month, _drawn(later, "", draw)) for month, later in scenario.dated)
    return replace(scenario, settings=_drawn(scenario.settings, "", draw), dated=dated)


def _scales(
    scenario: Scenario, values: Callable[[str, Quantity, Range], Array]
) -> dict[str, Array]:
    """Return by what each drawn setting is multiplied so that linked totals stay as planned.

    Only settings of links that keep their total are there.

    Returns:
        Shape: [draw] each.
    """
    kept = [link.settings for link in scenario.settings.links.values() if link.keep_total]
    if not kept:
        return {}
    drawn = {name: (q, valid) for name, q, valid in uncertain_settings(scenario.given.settings)}
    found: dict[str, Array] = {}
    for names in kept:
        uncertain = list(dict.fromkeys(filter(None, (_known(name, drawn) for name in names))))
        central, total = 0.0, np.zeros(())
        for name in uncertain:
            quantity, valid = drawn[name]
            central += float(quantity.value)
            total = total + np.asarray(values(name, quantity, valid), dtype=float)
        scale = np.where(total > 0, central / np.where(total > 0, total, 1.0), 1.0)
        found |= dict.fromkeys(uncertain, scale)
    return found


def _drawn(table: S, path: str, draw: Draw) -> S:
    """Return a table with its uncertain numbers drawn, those in tables inside it too."""
    changed: dict[str, Any] = {}
    for name, (key, valid) in _fields(type(table)).items():
        before = getattr(table, name)
        after = _drawn_value(before, f"{path}{key}", valid, draw)
        if after is not before:
            changed[name] = after
    if not changed:
        return table
    new = table.model_copy(update=changed)
    if isinstance(new, Cohort):
        return cast(S, _consistent(cast(Cohort, table), new))
    if isinstance(new, Grade) and new.posts is None:  # posts stay as planned
        return cast(S, new.model_copy(update={"posts": cast(Grade, table).in_post}))
    return new


def _drawn_value(value: Any, path: str, valid: Range, draw: Draw) -> Any:
    """Return a value with the uncertain numbers in it drawn; itself where there are none."""
    if isinstance(value, Quantity):
        return _drawn_number(value, path, valid, draw) if value.uncertain else value
    if isinstance(value, Strict):
        return _drawn(value, f"{path}.", draw)
    if isinstance(value, dict):
        names = [path if key == EVERY_TIER else f"{path}.{key}" for key in value]
        items = zip(names, value.values(), strict=True)
        new = [_drawn_value(item, name, valid, draw) for name, item in items]
        same = all(a is b for a, b in zip(new, value.values(), strict=True))
        return value if same else dict(zip(value, new, strict=True))
    if isinstance(value, list) and value and isinstance(value[0], Strict):
        names = item_names([_as_written(item) for item in value])
        new = [
            _drawn(item, f"{path}.{name}.", draw) for name, item in zip(names, value, strict=True)
        ]
        return value if all(a is b for a, b in zip(new, value, strict=True)) else new
    return value


def _drawn_number(quantity: Quantity, path: str, valid: Range, draw: Draw) -> Quantity:
    """Return a number drawn, unless it is one of those that are decided or must be whole."""
    if NOT_DRAWN.match(path):
        return quantity
    if OFTEN.match(path):
        # Months between two must be whole, so only what is owed more than monthly is drawn.
        if quantity.value <= MONTHS_A_YEAR:
            return quantity
        valid = Range(gt=MONTHS_A_YEAR)
    return draw(path, quantity, valid)


def _as_written(item: Strict) -> dict[str, Any]:
    """Return what a list item is called by, under the keys of the file."""
    return {key: getattr(item, name) for name, (key, _) in _fields(type(item)).items()}


@cache
def _fields(table: type[Strict]) -> dict[str, tuple[str, Range]]:
    """Return the keys of a table's settings in the file and their valid ranges, by attribute."""
    found = {}
    for name, field in table.model_fields.items():
        if not (table is Settings and name == "changes"):  # they are in the dated settings
            found[name] = (field.alias or name, _range_in((field.annotation, *field.metadata)))
    return found


def _range_in(parts: Iterable[Any]) -> Range:
    """Return the valid range declared in a field's type; any number where there is none."""
    return next(_ranges(parts), Range(ge=-LARGEST))


def _ranges(parts: Iterable[Any]) -> Iterator[Range]:
    for part in parts:
        if isinstance(part, AfterValidator) and isinstance(part.func, Range):
            yield part.func
        else:
            yield from _ranges(get_args(part))


def _consistent(planned: Cohort, drawn: Cohort) -> Cohort:
    """Return a drawn cohort whose shares add up and whose parts are not above their wholes."""
    changed: dict[str, Any] = {}
    if drawn.entry_mix is not None and drawn.entry_mix is not planned.entry_mix:
        mix = drawn.entry_mix
        shares = {tier: np.asarray(by_tier(mix, tier), dtype=float) for tier in drawn.tiers}
        total = sum(shares.values(), np.zeros(()))
        central = {tier: by_tier(planned.entry_mix or {}, tier) for tier in drawn.tiers}
        changed["entry_mix"] = {
            tier: _of(np.where(total > 0, share / np.where(total > 0, total, 1.0), central[tier]))
            for tier, share in shares.items()
        }
    if drawn.moves_per_year is not planned.moves_per_year:
        changed["moves_per_year"] = {
            tier: _at_most_all(table) for tier, table in drawn.moves_per_year.items()
        }
    duties = {name: _no_more_than_cases(drawn, duty) for name, duty in drawn.duties.items()}
    return drawn.model_copy(update={**changed, "duties": duties})


def _at_most_all(moves: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Return moves out of a tier, scaled down where more than all of it would move in a month."""
    total = sum((np.asarray(amount(q), dtype=float) for q in moves.values()), np.zeros(()))
    scale = np.minimum(1.0, MONTHS_A_YEAR / np.maximum(total, 1.0))
    return {tier: _of(amount(quantity) * scale) for tier, quantity in moves.items()}


def _no_more_than_cases(cohort: Cohort, duty: Duty) -> Duty:
    """Return a duty of which no more are overdue than there are cases."""
    overdue = {
        tier: _of(np.minimum(by_tier(duty.overdue, tier), amount(cohort.tiers[tier].cases)))
        for tier in cohort.tiers
    }
    return duty.model_copy(update={"overdue": overdue})


def _of(values: Any) -> Quantity:
    """Return a number that stands for its draws."""
    return Quantity.model_construct(value=values, low=None, high=None, source=None, note=None)


def _known(name: str, known: Container[str]) -> str | None:
    """Return the setting that a link means: itself, or the one for all tiers; none if certain."""
    whole = name.rpartition(".")[0]
    return name if name in known else whole if whole in known else None
