"""Draws apart: one of what was worked out for many at once.

Many small variations of a scenario are worked out together as draws, which takes little longer
than one. What needs one by itself, such as the sizing problem, gets it from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any, TypeVar

import numpy as np

from capacity.engine.model import Array
from capacity.reading.scenario import Scenario

T = TypeVar("T")


def told_apart(wanted: int, *parts: Any) -> int:
    """Return a number of draws, at least as many as wanted, that no other axis has.

    So an array whose first axis is as long has the draws there.

    Args:
        wanted: how many there must be.
        parts: what is worked out for a single draw.
    """
    taken = {length for part in parts for length in _lengths(part)}
    return next(many for many in count(max(2, wanted)) if many not in taken)


def _lengths(part: Any) -> Iterator[int]:
    """Yield the length of the first axis of every array in something."""
    if isinstance(part, np.ndarray):
        yield from part.shape[:1]
    else:
        for one in _inside(part):
            yield from _lengths(one)


def _inside(part: Any) -> Iterator[Any]:
    """Yield what something is made of; a scenario is as it was read."""
    if isinstance(part, Scenario):
        return
    if is_dataclass(part) and not isinstance(part, type):
        yield from (getattr(part, field.name) for field in fields(part))
    elif isinstance(part, dict):
        yield from part.values()
    elif isinstance(part, list | tuple):
        yield from part


def of_draw(part: T, draw: int, draws: int) -> T:
    """Return one draw of something worked out for many.

    Args:
        part: arrays, and whatever holds them.
        draw: which one, from 0 on.
        draws: how many there are, as of `told_apart`.
    """
    return some_draws(part, draw, draw + 1, draws)


def some_draws(part: T, begin: int, end: int, draws: int) -> T:
    """Return some draws, one after the other, of something worked out for many.

    Args:
        part: arrays, and whatever holds them.
        begin: the first, from 0 on.
        end: the one after the last.
        draws: how many there are, as of `told_apart`.
    """
    return _each(part, draws, lambda array: array[begin:end])


def repeated_draws(part: T, draws: int, times: int) -> T:
    """Return something worked out for many draws with all of them so many times over."""
    if draws == 1:  # it stands for any number
        return part
    return _each(part, draws, lambda array: np.concatenate([array] * times))


def _each(part: T, draws: int, change: Callable[[Array], Array]) -> T:
    """Return something with every array that has draws changed."""
    found: Any = part
    if isinstance(part, np.ndarray):
        found = change(part) if part.shape[:1] == (draws,) else part
    elif isinstance(part, Scenario):
        pass
    elif is_dataclass(part) and not isinstance(part, type):
        old = {field.name: getattr(part, field.name) for field in fields(part) if field.init}
        new = {name: _each(value, draws, change) for name, value in old.items()}
        changed = {name: value for name, value in new.items() if value is not old[name]}
        found = replace(part, **changed) if changed else part
    elif isinstance(part, dict):
        found = {name: _each(value, draws, change) for name, value in part.items()}
    elif isinstance(part, list | tuple):
        items = [_each(value, draws, change) for value in part]
        if any(new is not old for new, old in zip(items, part, strict=True)):
            named = hasattr(part, "_fields")
            found = type(part)(*items) if named else type(part)(items)
    one: T = found
    return one
