"""Settings with some numbers replaced, by one value or by many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from capacity.catalogue import range_at
from capacity.errors import Problem, ScenarioError
from capacity.reading.naming import find
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.settings import EVERY_TIER, Quantity, Range, Settings


@dataclass(frozen=True)
class Spot:
    """A number of a scenario: its name, where it stands and what it may be.

    Shape: scalars. Unit: as the setting. Source: the scenario. Raises: nothing.
    """

    name: str
    path: Keys
    given: Quantity
    valid: Range


def spot(scenario: Scenario, name: str) -> Spot:
    """Return where a number stands, by its dotted name.

    Shape: scalar. Unit: as the setting. Source: docs/method.md, Input. Raises: ScenarioError.
    """
    found, rest = find(scenario.tree, name)
    path: Keys = (*found, *rest)
    valid = range_at(path)
    given = _at(scenario.settings, path)
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


def replaced(scenario: Scenario, values: Sequence[tuple[Spot, Any]], months: int) -> Scenario:
    """Return a scenario with numbers replaced, unchecked, and another horizon.

    Dated changes to the same setting stay. Shape: values are scalars or [draw]. Unit: as the
    setting. Source: none. Raises: nothing.
    """
    undated = scenario.settings

    def other(settings: Settings) -> Settings:
        for one, value in values:
            if _at(settings, one.path) == _at(undated, one.path):
                settings = _put(settings, one.path, Quantity.model_construct(value=value))
        return settings.model_copy(update={"months": Quantity(value=months)})

    dated = tuple((month, other(later)) for month, later in scenario.dated if month < months)
    return replace(scenario, settings=other(undated), dated=dated)


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


def columns(spots: Sequence[Spot], values: NDArray[np.float64]) -> list[tuple[Spot, Any]]:
    """Return each setting with its draws. Shape of values: [draw, setting]."""
    return [(one, values[:, place]) for place, one in enumerate(spots)]
