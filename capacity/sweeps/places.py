"""One scenario for all points: read and checked once, then only its numbers replaced.

Where a setting's number stands is found by trial: the scenario is read with two values of it, as
a diff would give them, and whatever differs is that setting (with `like`, dated changes and tables
by tier, it may stand in several places). Anything else that differs, and every point is read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from capacity.errors import ScenarioError
from capacity.reading import replacing
from capacity.reading.choosing import shares_refused
from capacity.reading.crosscheck import between_numbers
from capacity.reading.queueing import queues
from capacity.reading.replacing import Places, versions
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, TomlTable
from capacity.reading.validating import Reading
from capacity.settings import Quantity
from capacity.sweeps.axes import Value
from capacity.sweeps.grid import Point

TRIED = 200
"""Points looked at, at most, to find one that can be read."""


@dataclass(frozen=True)
class Template:
    """A scenario in which some numbers are replaced.

    `spots`: where each setting stands; None where every point must be read again.
    """

    scenario: Scenario
    names: tuple[str, ...]
    spots: tuple[Places, ...] | None

    def read(self, point: Sequence[Value]) -> Scenario:
        """Return the scenario of a point as a diff would make it.

        Raises:
            ScenarioError: if the scenario cannot be used, with every problem.
        """
        return self.scenario.replace(dict(zip(self.names, point, strict=True)))

    def replaced(self, numbers: Sequence[Any]) -> Scenario:
        """Return the scenario with other numbers, unchecked, each one or an array of [draw]."""
        assert self.spots is not None
        return replacing.put(self.scenario, zip(self.spots, numbers, strict=True))

    def point(self, point: Point) -> Scenario:
        """Return the scenario of a point, checked.

        Raises:
            ScenarioError: if the scenario cannot be used, with every problem.
        """
        if self.spots is None:
            return self.read(point)
        there = self.replaced(point)
        tree = self.scenario.tree
        assert isinstance(tree, TomlTable)
        for place, settings in enumerate(versions(there)):
            changed = any(version == place for spots in self.spots for version, _ in spots)
            if changed and any(_broken(Reading(tree, settings), opening=not place)):
                return self.read(point)  # which says what is wrong
        return there


def _broken(reading: Reading, *, opening: bool) -> Iterator[Finding]:
    """Yield every rule that other numbers alone can break, and is broken."""
    yield from between_numbers(reading, opening=opening)
    yield from queues(reading, opening=opening)
    if opening:
        yield from shares_refused(reading.settings)


def template(
    scenario: Scenario, values: Mapping[str, Sequence[Value]], points: Sequence[Point]
) -> Template:
    """Return a scenario in which the numbers of some settings can be replaced.

    Args:
        scenario: stays as it is.
        values: those of each setting.
        points: every combination of them that is to be read.

    Raises:
        ScenarioError: if no point can be read.
    """
    names = tuple(values)
    asis = Template(scenario, names, None)
    first: tuple[Point, Scenario] | None = None
    problem: ScenarioError | None = None
    for point in points[:TRIED]:
        try:
            first = point, asis.read(point)
            break
        except ScenarioError as error:
            problem = problem or error
    if first is None:
        if problem is not None and len(points) <= TRIED:
            raise problem
        return asis
    spots = tuple(_spots(asis, each, place, *first) for place, each in enumerate(values.values()))
    known = tuple(one for one in spots if one is not None)
    return Template(first[1], names, known if len(known) == len(spots) else None)


def _spots(
    asis: Template, values: Sequence[Value], place: int, point: Point, there: Scenario
) -> Places | None:
    """Return where a setting stands; none if more than numbers differ, or no other can be read."""
    others = [value for value in values if value != point[place]]
    if not others:
        return ()
    for other in others[:TRIED]:
        changed = (*point[:place], other, *point[place + 1 :])
        try:
            read = asis.read(changed)
        except ScenarioError:
            continue
        before, after = versions(there), versions(read)
        if [month for month, _ in there.dated] != [month for month, _ in read.dated]:
            return None
        found: list[tuple[int, Keys]] = []
        for version, (a, b) in enumerate(zip(before, after, strict=True)):
            for path, one, two in _differing(a, b, ()):
                pair = (getattr(one, "value", None), getattr(two, "value", None))
                if pair != (point[place], other):
                    return None
                found.append((version, path))
        return tuple(found)
    return None


def _differing(a: Any, b: Any, path: Keys) -> Iterator[tuple[Keys, Any, Any]]:
    """Yield where two versions of settings differ, numbers whole, and what stands there."""
    if a is b:
        return
    if isinstance(a, Quantity) or type(a) is not type(b):
        if a != b:
            yield path, a, b
    elif isinstance(a, BaseModel):
        for name in type(a).model_fields:
            yield from _differing(getattr(a, name), getattr(b, name), (*path, name))
    elif isinstance(a, Mapping) and list(a) == list(b):
        for key in a:
            yield from _differing(a[key], b[key], (*path, key))
    elif isinstance(a, list) and len(a) == len(b):
        for n, (one, two) in enumerate(zip(a, b, strict=True)):
            yield from _differing(one, two, (*path, n))
    elif a != b:
        yield path, a, b
