"""How many examples of a law are looked at."""

from __future__ import annotations

import hypothesis

FULL = 100
"""Examples of a full run where a law asks for no number of its own."""


def often(examples: int, *, shrink: bool = False) -> hypothesis.settings:
    """So many examples of a full run, and their share of a quick one.

    Seeds of scenarios are not shrunk: a smaller seed is no simpler a scenario.
    """
    seeds = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    share = hypothesis.settings().max_examples / FULL
    return hypothesis.settings(
        max_examples=max(3, round(examples * share)),
        phases=tuple(hypothesis.Phase) if shrink else seeds,
    )
