"""Some numbers of a checked scenario replaced in place, each by one value or by one per draw.

`Scenario.replace` is how people and programs vary a scenario: whatever it is given is checked as a
file is. This is for numbers by the thousand and for one value per draw, neither of which a file can
hold; whoever calls it keeps to `Spot.valid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from capacity.catalogue import range_at
from capacity.errors import Problem, ScenarioError
from capacity.reading.naming import find
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.settings import EVERY_TIER, Quantity, Range, Settings

Places = Sequence[tuple[int, Keys]]
"""Where one number stands: 0 for undated settings, n for those of the n-th date; and the path."""


@dataclass(frozen=True)
class Spot:
    """A number of a scenario: its name, where it stands and what it may be."""

    name: str
    path: Keys
    given: Quantity
    valid: Range


def spot(scenario: Scenario, name: str) -> Spot:
    """Return where a number stands, by its dotted name.

    Raises:
        ScenarioError: if it is not the name of one number of this scenario.
    """
    found, rest = find(scenario.tree, name)
    path: Keys = (*found, *rest)
    valid = range_at(path)
    given = _at(scenario.given.settings, path)
    if isinstance(given, Mapping) and EVERY_TIER in given and len(given) == 1:
        given = given[EVERY_TIER]
    if isinstance(given, Mapping) and given and valid is not None:
        tiers = " or ".join(f"{name}.{tier}" for tier in given if tier != EVERY_TIER)
        _refuse(scenario, name, "must be one number: name a tier of it", tiers)
    if not isinstance(given, Quantity) or valid is None or not found:
        _refuse(scenario, name, "must be the dotted name of a number of this scenario", None)
    assert isinstance(given, Quantity)
    assert valid is not None
    return Spot(name, path, given, valid)


def _refuse(scenario: Scenario, name: str, must: str, use: str | None) -> None:
    raise ScenarioError([Problem(scenario.files[0].name, None, name, must, use=use)])


def versions(scenario: Scenario) -> tuple[Settings, ...]:
    """Return undated settings, then those from each date on."""
    return (scenario.given.settings, *(later for _, later in scenario.given.dated))


def put(scenario: Scenario, values: Iterable[tuple[Places, Any]]) -> Scenario:
    """Return a scenario with numbers put in their places, unchecked.

    Args:
        scenario: stays as it is.
        values: where each number stands, and what it becomes: a number, or an array of [draw].
    """
    scenario = scenario.given
    changed = list(versions(scenario))
    for places, value in values:
        for version, path in places:
            number = Quantity.model_construct(value=value)
            changed[version] = _put(changed[version], path, number)
    dates = (month for month, _ in scenario.dated)
    return replace(scenario, settings=changed[0], dated=tuple(zip(dates, changed[1:], strict=True)))


def replaced(scenario: Scenario, values: Iterable[tuple[Spot, Any]], months: int) -> Scenario:
    """Return a scenario with numbers replaced, unchecked, and another horizon.

    Dated changes to the same setting stay.

    Args:
        scenario: stays as it is.
        values: what each number becomes: a number, or an array of [draw].
        months: the new horizon; dated changes beyond it are left out.
    """
    scenario = scenario.given
    dated = tuple((month, later) for month, later in scenario.dated if month < months)
    shorter = replace(scenario, dated=dated)
    every = versions(shorter)
    length: Places = [(place, ("months",)) for place in range(len(every))]
    return put(shorter, [*((_undated(every, one.path), v) for one, v in values), (length, months)])


def _undated(every: Sequence[Settings], path: Keys) -> Places:
    """Return where a setting stands as it does before any date."""
    first = _at(every[0], path)
    return [(place, path) for place, one in enumerate(every) if _at(one, path) == first]


def _at(node: Any, path: Keys) -> Any:
    """Return what stands at a path of the settings; the default where nothing is given."""
    for place, step in enumerate(path):
        if isinstance(node, BaseModel):
            node = getattr(node, _field(node, str(step)), None)
        elif isinstance(node, Mapping):
            last = place == len(path) - 1
            node = node.get(step, node.get(EVERY_TIER) if last else None)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def _field(model: BaseModel, key: str) -> str:
    """Return the field that a key of a file stands for."""
    fields = type(model).model_fields
    return next((name for name, field in fields.items() if (field.alias or name) == key), key)


def _put(node: Any, path: Keys, value: Quantity) -> Any:
    """Return settings with one number in the place of another."""
    if not path:
        if isinstance(node, Mapping):  # one number for all tiers
            return {**node, EVERY_TIER: value}
        return value
    step = path[0]
    if isinstance(node, BaseModel):
        name = _field(node, str(step))
        return node.model_copy(update={name: _put(getattr(node, name), path[1:], value)})
    if isinstance(node, Mapping):
        return {**node, step: _put(node.get(step), path[1:], value)}
    changed = list(node)
    changed[int(step)] = _put(changed[int(step)], path[1:], value)
    return changed
