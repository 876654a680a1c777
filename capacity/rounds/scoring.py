"""How every forecast that was kept has done, by how far ahead it was.

Beside its error stands that of the last figure known when it was made: a forecast that does worse
than that says no more than the past does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.files.headings import SHARES
from capacity.files.monthly import History
from capacity.rounds.comparing import AgainstForecast, Series, by_series, came
from capacity.workspace.forecasts import KeptForecast

AHEAD = ((1, 1, "1 month"), (2, 3, "2–3 months"), (4, 6, "4–6 months"), (7, 12, "7–12 months"))
"""Months from the last that was known, put together."""

ASKED = 0.8
"""The share of figures that should lie within their ranges."""


@dataclass(frozen=True)
class Score:
    """How forecasts of a measure have done, so many months ahead.

    Attributes:
        measure: such as outstanding; empty where it is all of them.
        ahead: how far ahead, in words.
        figures: how many there were.
        inside: the share within the range of 8 in 10 simulations.
        error: mean distance from the middle of the simulations; None of all measures together.
        of_last: the same from the last figure known, where there was one; None without any.
    """

    measure: str
    ahead: str
    figures: int
    inside: float
    error: float | None
    of_last: float | None


def scores(forecasts: Iterable[KeptForecast], known: History) -> tuple[Score, ...]:
    """Return how every forecast has done, all measures together first.

    Corrections count: a forecast is compared with what is known now.
    """
    figures = by_series(known)
    found: dict[tuple[str, str], list[tuple[AgainstForecast, float | None]]] = {}
    for forecast in forecasts:
        months = [month for month in known.months if month > forecast.last_month]
        for one in came(forecast, figures, months):
            words = _ahead(forecast.last_month, one.expected.month)
            last = _last(figures, one, forecast.last_month)
            for measure in ("", one.expected.measure):
                found.setdefault((measure, words), []).append((one, last))
    return tuple(_score(*key, items) for key, items in _ordered(found))


def _ordered(
    found: Mapping[tuple[str, str], list[tuple[AgainstForecast, float | None]]],
) -> Iterator[tuple[tuple[str, str], list[tuple[AgainstForecast, float | None]]]]:
    order = [words for *_, words in AHEAD]
    for key in sorted(found, key=lambda key: (key[0], order.index(key[1]))):
        yield key, found[key]


def _ahead(last: str, month: str) -> str:
    months = (int(month[:4]) - int(last[:4])) * 12 + int(month[5:]) - int(last[5:])
    return next(
        words for low, high, words in AHEAD if low <= months <= high or high == AHEAD[-1][1]
    )


def _last(
    figures: Mapping[Series, Mapping[str, float]], one: AgainstForecast, month: str
) -> float | None:
    return figures.get(one.expected.series, {}).get(month)


def _score(
    measure: str, ahead: str, items: Sequence[tuple[AgainstForecast, float | None]]
) -> Score:
    inside = sum(one.inside for one, _ in items) / len(items)
    if not measure:
        return Score("", ahead, len(items), inside, None, None)
    error = float(np.mean([abs(one.value - one.expected.p50) for one, _ in items]))
    naive = [abs(one.value - last) for one, last in items if last is not None]
    return Score(
        measure, ahead, len(items), inside, error, float(np.mean(naive)) if naive else None
    )


HEADINGS = ("Measure", "Ahead", "Figures", "Within the range", "Mean error", "Of the last figure")


def in_rows(found: Iterable[Score], called: Mapping[str, str]) -> list[list[str]]:
    """Return scores as people read them.

    Args:
        found: the scores.
        called: what measures are called.
    """

    def size(measure: str, value: float | None) -> str:
        if value is None:
            return ""
        return f"{100 * value:.1f} points" if measure in SHARES else f"{value:.1f}"

    return [
        [
            called.get(one.measure, one.measure).capitalize() if one.measure else "All measures",
            one.ahead,
            f"{one.figures:,}",
            f"{one.inside:.0%}",
            size(one.measure, one.error),
            size(one.measure, one.of_last),
        ]
        for one in found
    ]
