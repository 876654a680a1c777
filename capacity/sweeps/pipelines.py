"""How due duties follow from those done, for many points at once.

What falls due whatever is done differs with the cases of every point, and is worked out for all
of them together. How a duty done returns rests on who leaves and moves alone: it is worked out
once, and again only where that differs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from capacity.engine import renewal
from capacity.engine.caseload import Caseload
from capacity.engine.model import Array, Model, blank
from capacity.staffing import pipeline
from capacity.staffing.pipeline import Pipeline


class Pipelines:
    """The coefficients of due duties for every draw of a model."""

    def __init__(self, model: Model, caseload: Caseload) -> None:
        self.model, self.caseload = model, caseload
        self._known: tuple[bytes, Pipeline] | None = None
        self._fixed: Array | None = None
        self._waiting: Array | None = None

    def of(self, draw: int, model: Model, caseload: Caseload) -> Pipeline:
        """Return the coefficients of one draw, whose own model and caseload these are.

        EQ4–EQ7 as linear equalities.
        """
        key = caseload.flows.share.tobytes() + _moved(caseload)
        if self._known is None or self._known[0] != key:
            self._known = key, pipeline.coefficients(model, caseload)
            return self._known[1]
        if self._fixed is None or self._waiting is None:
            self._fixed, self._waiting = fixed(self.model, self.caseload)
        place = draw if len(self._fixed) > 1 else 0
        late = draw if len(self._waiting) > 1 else 0
        return replace(self._known[1], fixed=self._fixed[place], carried_in=self._waiting[late])


def _moved(caseload: Caseload) -> bytes:
    """Return what tells events that move other shares of cases apart."""
    if not caseload.given.transfers:
        return b""
    cases = [caseload.before(event.month) for event in caseload.given.transfers]
    return caseload.transferred.tobytes() + b"".join(one.tobytes() for one in cases)


def fixed(model: Model, caseload: Caseload) -> tuple[Array, Array]:
    """Return what newly falls due if nothing is ever done, and who waits at the start (EQ4).

    Returns:
        Cases. Shape: [draw, month, row], [draw, row].
    """
    dial = renewal.Dial(model, caseload, by_age=False)
    opening = renewal.opening(dial)
    draws = max(len(opening.done_ago), len(caseload.cases))
    found = blank(draws, model.months, len(model.rows))
    state = opening.done_ago
    if len(state) < draws:
        state = np.broadcast_to(state, (draws, state.shape[1]))
    nobody = blank(draws, len(model.rows))
    for month in range(model.months):
        clocks, newly, _ = renewal.advance(dial, renewal.Clocks(state, nobody, {}), month)
        found[:, month] = newly
        state = clocks.done_ago
    return found, opening.outstanding
