"""The points of a sweep: every combination, or a Latin hypercube of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from capacity.sweeps.axes import Axis, Value

DIGITS = 9
"""A drawn number keeps so many digits of the width of its range, so that it can be typed."""

Point = tuple[Value, ...]


def full(axes: Sequence[Axis]) -> tuple[Point, ...]:
    """Return every combination of values, the last setting changing fastest.

    Returns:
        One value for each setting, one tuple for each point.
    """
    return tuple(product(*(axis.values for axis in axes)))


def latin_hypercube(axes: Sequence[Axis], samples: int, seed: int) -> tuple[Point, ...]:
    """Return a Latin hypercube: each setting's range in as many strata, each met once.

    A setting with given values has them equally often, as nearly as can be; whole numbers stay
    whole.

    Returns:
        One value for each setting, one tuple for each point.
    """
    from scipy.stats import qmc  # half a second to load, and wanted only here

    shares = qmc.LatinHypercube(d=len(axes), rng=np.random.default_rng(seed)).random(samples)
    columns = [
        [_drawn(axis, float(share)) for share in shares[:, place]]
        for place, axis in enumerate(axes)
    ]
    return tuple(zip(*columns, strict=True))


def _drawn(axis: Axis, share: float) -> Value:
    """Return the value that lies so far along a setting's range."""
    if not axis.drawn:
        return axis.values[min(int(share * len(axis.values)), len(axis.values) - 1)]
    low, high = axis.values
    if axis.whole:
        return min(int(low) + int(share * (high - low + 1)), int(high))
    digits = DIGITS - math.floor(math.log10(high - low))
    return min(max(round(low + share * (high - low), digits), low), high)
