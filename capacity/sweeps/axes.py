"""What is varied: settings with their values as typed, or everything wrong with them at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from numbers import Real
from typing import Any

from capacity.errors import InputError, Problem, ScenarioError
from capacity.reading.replacing import Spot, spot
from capacity.reading.scenario import Scenario, value_at
from capacity.reading.toml_lines import Keys
from capacity.settings import LARGEST

MOST_POINTS = 100_000
"""Points of a sweep at most; a hundred thousand plans of current posts take some minutes."""

NUMBER = re.compile(r"-?\d[\d_]{0,14}(\.\d{1,15})?")

FORM = "SETTING=FROM:TO:STEP or SETTING=A,B,C"

Value = int | float

Vary = Sequence[str] | Mapping[str, Sequence[float]]
"""What is varied: as typed, or the values of each setting."""


@dataclass(frozen=True)
class Axis:
    """A setting that is varied: its values, or between which numbers it is drawn."""

    name: str
    path: Keys
    whole: bool
    values: tuple[Value, ...]  # in order; the two ends where there is no step
    drawn: bool = False  # between its two ends, not at given values

    @property
    def tried(self) -> int:
        """How many values it has in a full grid."""
        return len(self.values)


class _Refused(Exception):
    """Why what is typed cannot be used."""

    def __init__(self, must: str, got: str | None = None, use: str | None = None) -> None:
        super().__init__(must)
        self.must, self.got, self.use = must, got, use


def asked(scenario: Scenario, vary: Vary, samples: int | None) -> tuple[Axis, ...]:
    """Return what is varied, or say all that is wrong with it.

    Args:
        scenario: the scenario whose settings they are.
        vary: one `SETTING=FROM:TO:STEP` or `SETTING=A,B,C` each, or the values by setting; with
            `samples` a range needs no step and is given as a pair.
        samples: how many points are drawn; None for every combination.

    Returns:
        One axis for each setting.

    Raises:
        InputError: with every problem.
    """
    found: list[Axis] = []
    problems: list[Problem] = []
    if not vary:
        problems.append(Problem("capacity sweep", None, "--vary", f"must be given, as {FORM}"))
    for name, given in _apart(vary):
        try:
            found.append(_axis(scenario, name, given, samples))
        except _Refused as wrong:
            problems.append(Problem("--vary", None, name, wrong.must, wrong.got, wrong.use))
    problems += _overlaps(found)
    problems += _too_many(found, samples)
    if problems:
        raise InputError(problems)
    return tuple(found)


def _apart(vary: Vary) -> Iterator[tuple[str, str | Sequence[float]]]:
    """Yield each setting and its values, as typed or as numbers."""
    if isinstance(vary, Mapping):
        yield from vary.items()
        return
    for typed in vary:
        name, _, given = (part.strip() for part in typed.rpartition("="))
        yield name, given


def _as_typed(name: str, given: str | Sequence[float]) -> str:
    """Return what stands in place of a setting and its values."""
    words = given if isinstance(given, str) else ",".join(map(str, given))
    return f"{name}={words}" if name else words


def _axis(scenario: Scenario, name: str, given: str | Sequence[float], samples: int | None) -> Axis:
    """Return one setting and its values."""
    if not name or len(given) == 0:
        raise _Refused(f"must be {FORM}", _as_typed(name, given))
    place = _place(scenario, name)
    if place.path[0] in ("links", "sizing"):
        raise _Refused("must be a setting of the plan; this one is about how certain it is", name)
    if not isinstance(given, str):
        values = _numbers(given)
        drawn = samples is not None and isinstance(given, tuple) and len(values) == 2
    elif ":" in given:
        values, drawn = _range(given, place.valid.whole, samples)
    else:
        values, drawn = _listed(given), False
    wrong = [show for show in values if abs(show) > LARGEST or not place.valid.holds(show)]
    if wrong:
        some = ", ".join(str(value) for value in wrong[:5]) + (" …" if len(wrong) > 5 else "")
        raise _Refused(f"must be {place.valid.words()}", some)
    return Axis(name, place.path, place.valid.whole, values, drawn)


def _place(scenario: Scenario, name: str) -> Spot:
    """Return where a number stands; dates and words are distinguished."""
    try:
        return spot(scenario, name)
    except ScenarioError as error:
        problem = error.problems[0]
        must, use = problem.must, problem.use
    try:
        stands = value_at(scenario.tree, name)
    except KeyError:
        stands = None
    if isinstance(stands, date):
        must = "must be a number; a date cannot be varied"
        use = "a scenario file for each date, and capacity batch"
    elif isinstance(stands, str | bool):
        must = "must be a number; words and yes or no cannot be varied"
        use = "a scenario file for each, and capacity batch"
    raise _Refused(must, None, use)


def _number(text: str) -> Decimal:
    """Return a number as typed, without a rounding of ours."""
    if not NUMBER.fullmatch(text.strip()):
        raise _Refused("must be numbers such as 12 or 0.08", text.strip() or "nothing")
    return Decimal(text.strip().replace("_", ""))


def _plain(number: Decimal) -> Value:
    """Return a number as a scenario file would have it: 0.03, never 0.030000000000000002."""
    return int(number) if number == number.to_integral_value() else float(number)


def _listed(given: str) -> tuple[Value, ...]:
    """Return values given one by one."""
    return _each_once(tuple(_plain(_number(part)) for part in given.split(",")))


def _numbers(given: Sequence[Any]) -> tuple[Value, ...]:
    """Return values given as numbers."""
    for value in given:
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise _Refused("must be numbers such as 12 or 0.08", repr(value))
    return _each_once(
        tuple(int(one) if float(one).is_integer() else float(f"{float(one):.15g}") for one in given)
    )


def _each_once(values: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise _Refused("must give each value once", str(twice))
    return values


def _range(given: str, whole: bool, samples: int | None) -> tuple[tuple[Value, ...], bool]:
    """Return the values of FROM:TO:STEP, or the ends of FROM:TO and that it is drawn between."""
    parts = given.split(":")
    if len(parts) not in (2, 3):
        raise _Refused("must be FROM:TO:STEP", given)
    first, last, *rest = (_number(part) for part in parts)
    if last < first:
        raise _Refused("must go from the lower to the higher number", given)
    if not rest:
        if samples is None:
            raise _Refused("must have a step (FROM:TO:STEP), or be drawn with --samples", given)
        ends = (_plain(first), _plain(last))
        if whole and any(end != int(end) for end in ends):
            raise _Refused("must begin and end with whole numbers", given)
        return (ends if last > first else ends[:1]), last > first
    return _stepped(first, last, rest[0], given), False


def _stepped(first: Decimal, last: Decimal, step: Decimal, given: str) -> tuple[Value, ...]:
    """Return every value from the first to the last; the step must lead there."""
    if step <= 0:
        raise _Refused("must have a step above 0", given)
    count = int((last - first) / step)
    if count >= MOST_POINTS:
        raise _Refused(f"must be at most {MOST_POINTS:,} points", f"{count + 1:,}")
    ends = first + count * step
    if ends != last:
        head = given.rpartition(":")[0].rpartition(":")[0]
        options = [f"{head}:{_plain(end)}:{_plain(step)}" for end in (ends, ends + step)]
        raise _Refused("must have a step that leads from FROM to TO", given, " or ".join(options))
    return tuple(_plain(first + place * step) for place in range(count + 1))


def _overlaps(found: Sequence[Axis]) -> Iterator[Problem]:
    """Yield settings varied twice, or of which one holds another."""
    for place, one in enumerate(found):
        for other in found[:place]:
            if one.path == other.path:
                yield Problem("--vary", None, one.name, "must be varied once")
            elif one.path[: len(other.path)] == other.path or (
                other.path[: len(one.path)] == one.path
            ):
                must = f"must not be varied together with {other.name}, which sets it too"
                yield Problem("--vary", None, one.name, must)


def _too_many(found: Sequence[Axis], samples: int | None) -> Iterator[Problem]:
    """Yield that there are more points than may be."""
    number = 1
    for axis in found:
        number *= axis.tried
    number = samples if samples is not None else number
    if number > MOST_POINTS:
        must = f"must be at most {MOST_POINTS:,} points in all"
        use = None if samples is not None else "larger steps, or --samples"
        yield Problem("capacity sweep", None, "", must, f"{number:,}", use)
    if samples is not None and samples < 1:
        yield Problem("capacity sweep", None, "--samples", "must be at least 1", str(samples))
