"""Coverage of bands and score of forecasts on a real service: Chicago's food premises.

From every month after the first year the later months are simulated from what was known then, as
`capacity plan` does of a scenario that names its history: the months known are left off at that
month, ways of working are learnt from those before, and draws are weighed by how well they agree
with them. A band should hold what came in 80% of months. `benchmarks/bench_scores.py` has the same
on synthetic histories, and says what the score is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.bench_scores import Numbers, crps, held, naive
from capacity import stages
from capacity.places import folder
from capacity.reading.scenario import read
from capacity.risk import agreement, futures
from capacity.risk.draws import Draws

RESULT = Path(__file__).with_name("chicago.json")
DRAWS = 2_000
SEED = 1
LEAST = 12
"""Months known before a first forecast."""

LEAST_ERRORS = 3
NAIVE = ("last value", "straight line")
"""Forecasts without a model are scored from so many earlier errors on; a year ago has too few."""

SPANS = {"1–3": (0, 3), "4–6": (3, 6), "7–12": (6, 12)}
TIERS = ("high", "medium", "low")

Score = tuple[str, str, int, float]
"""Forecast and what is told of it, tier, months ahead from 0, value."""


def overdue() -> Numbers:
    """Return premises overdue as counted. Shape: [month, tier]."""
    header, *rows = _history()
    place = {name: n for n, name in enumerate(header.split(","))}
    every = [row.split(",") for row in rows]
    return np.array(
        [
            [float(row[place["outstanding"]]) for row in every if row[place["tier"]] == tier]
            for tier in TIERS
        ]
    ).T


def forecast(known: int) -> Numbers:
    """Return draws of premises overdue in the months after so many, alike in weight.

    Returns:
        Shape: [draw, month, tier].
    """
    header, *rows = _history()
    months = sorted({row[:7] for row in rows})[:known]
    text = (folder("data") / "chicago.toml").read_text(encoding="utf-8")
    files = {
        "chicago.toml": f'history = "ours.csv"\n{text}',
        "ours.csv": "\n".join([header, *(row for row in rows if row[:7] in months), ""]),
    }
    plan = stages.run(read("chicago.toml", files=files), fixed=True)
    draws, numbers = Draws(plan.scenario, SEED), np.arange(1, DRAWS + 1)
    agreed = agreement.agreed(draws, DRAWS)
    assert agreed is not None
    weight = np.cumsum(agreed.weigh(numbers))
    made = futures.run(futures.world(draws, numbers), futures.todays(plan)).projection.outstanding
    alike = np.searchsorted(weight, (np.arange(DRAWS) + 0.5) / DRAWS * weight[-1])
    places = [[key.tier for key in plan.model.rows].index(tier) for tier in TIERS]
    return np.asarray(made[alike][:, :, places], dtype=float)


def _history() -> list[str]:
    path = folder("data") / "chicago-history.csv"
    return path.read_text(encoding="utf-8").splitlines()


def scores() -> Iterator[Score]:
    """Yield whether each month was in its band, and every forecast's score."""
    came = overdue()
    for known in range(LEAST, len(came)):
        draws, ahead = forecast(known), min(12, len(came) - known)
        for place, tier in enumerate(TIERS):
            later = came[known:, place][:ahead]
            here = draws[:, :ahead, place]
            within = held(here, later, 100 * known + place)
            ways = naive("outstanding", came[:known, place], ahead, LEAST_ERRORS)
            for n in range(ahead):
                yield "the model|held", tier, n, float(within[n])
                if all(len(ways[name][n]) >= LEAST_ERRORS for name in NAIVE):
                    yield "the model|crps", tier, n, crps(here[:, n], later[n])
                    for name in NAIVE:
                        yield f"{name}|crps", tier, n, crps(ways[name][n], later[n])


def table(found: list[Score]) -> list[dict[str, Any]]:
    """Return coverage and score by forecast, tier and span of months."""
    rows = []
    for key in dict.fromkeys(one[0] for one in found):
        name, what = key.split("|")
        for figure in ("all tiers", *TIERS):
            row: dict[str, Any] = {"forecast": name, "figure": figure, "what": what}
            for span, (first, end) in SPANS.items():
                mine = [
                    value
                    for one, tier, n, value in found
                    if one == key and figure in (tier, "all tiers") and first <= n < end
                ]
                row[span] = round(float(np.mean(mine)), 4)
            rows.append(row)
    return rows


def main() -> None:
    """Score all forecasts and store the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows = table(list(scores()))
    for row in rows:
        print(row)
    stored = {"draws": DRAWS, "rows": rows}
    RESULT.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
