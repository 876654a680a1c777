"""What is foreseen of the posts in view: some hundred simulations beside every page.

A page is shown at once with the single course. Simulations take longer, so that they are run
beside it and fill in: first in every chart, and in the answer.
"""

from __future__ import annotations

from dataclasses import replace

from capacity.app import outlooks, results, working
from capacity.app.outlooks import Ahead
from capacity.app.toml_text import WhatIf
from capacity.app.view import View
from capacity.errors import CapacityError
from capacity.risk.foreseen import DRAWS
from capacity.stages import PlanResult

RUNNING = f"Running {DRAWS} simulations …"

NOTHING = Ahead({}, "")

PATIENCE = 0.5
"""Seconds for which a page waits for simulations, so that its charts are drawn once."""


def asked_for(view: View) -> View:
    """Return the view with what is foreseen, as far as it is known; have the rest worked out."""
    now = _of(view.plan, results.key_of(view.base, view.what_if))
    before = None
    if view.baseline is not None:
        before = _of(view.baseline.plan, results.key_of(view.base, WhatIf()), "")
    return replace(view, ahead=now, ahead_before=before)


def is_known(view: View) -> bool:
    """Return whether what is foreseen of the posts in view is there without any work."""
    name = _name(view.plan, results.key_of(view.base, view.what_if))
    return working.is_known(name, outlooks.ahead)


def _name(plan: PlanResult, key: str) -> str:
    return f"{key} {'sized' if plan.sized is not None else 'today'}"


def _of(plan: PlanResult, key: str, what: str = RUNNING) -> Ahead | None:
    """Return what is foreseen of a plan; None while it is not known, and `what` is said."""
    alone = replace(plan, question=None, before=None)
    try:
        return working.filled_in(
            what,
            _name(plan, key),
            outlooks.ahead,
            alone,
            patience=PATIENCE,
            quiet=True,
        )
    except CapacityError:
        return NOTHING  # what is wrong is said where it is asked for
