"""The projection beside the average of many histories of single offenders."""

from __future__ import annotations

import numpy as np
import pytest

from tests import making, offenders

RUNS = 300
STANDARD_ERRORS = 4.0
"""Of 180 figures, the furthest by luck alone is some three standard errors away."""


@pytest.mark.slow
def test_the_projection_is_what_single_offenders_come_to_on_average() -> None:
    run = making.stages(offenders.TEXT)
    made, rows = run.projection, [key.tier for key in run.model.rows]
    histories = offenders.simulate(seed=20260401, runs=RUNS)
    far = {}
    for t in range(offenders.MONTHS):
        for (name, tier), first in histories[0][t].items():
            numbers = np.array([history[t][name, tier] for history in histories])
            expected = float(getattr(made, name)[0, t, rows.index(tier)])
            error = max(numbers.std(ddof=1) / np.sqrt(RUNS), 0.01)
            assert np.isfinite(first)
            far[t, name, tier] = abs(numbers.mean() - expected) / error
    worst = max(far, key=lambda key: far[key])
    assert far[worst] < STANDARD_ERRORS, f"{worst}: {far[worst]:.1f} standard errors apart"


def test_the_single_offenders_are_put_to_the_test() -> None:
    """The unit does run short from the first month on, and the dated change does show."""
    made = making.stages(offenders.TEXT).projection
    assert (made.outstanding[0, :, :2] > 3).all()
    assert (made.done[0, :, 1] > 5).all()
    assert made.newly_due[0, offenders.CHANGE_MONTH, 1] > 1.3 * made.newly_due[0, 11, 1]
