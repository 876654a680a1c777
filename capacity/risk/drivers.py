"""What matters most: what each uncertain setting's low and high do, and its share of the variance.

So that a force knows which number to go and measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine import building
from capacity.engine import caseload as caseloads
from capacity.engine.model import Array, Whole
from capacity.reading.scenario import Scenario
from capacity.risk import futures, weights
from capacity.risk.draws import Z90, Draws, Uncertain, value_of, with_draws
from capacity.risk.futures import World
from capacity.settings import Quantity, Range
from capacity.staffing import varying
from capacity.stages import PlanResult

COMPLETION, POSTS, COST = "completion at the end", "posts needed", "cost"
"""What a setting is said to move: current posts in the last month; the team needed."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Driver:
    """What a measure comes to with a setting at its low and at its high, all others central.

    share_of_variance: of completion over the draws; NaN for measures that no draw is made of.
    error: the standard error of the setting's rank correlation with completion.
    """

    setting: str
    low: float
    high: float
    measure: str
    at_low: float
    at_high: float
    share_of_variance: float
    central: float
    rank_correlation: float
    error: float


def drivers(
    plan: PlanResult,
    draws: Draws,
    numbers: Whole,
    completion: Array,
    resize: int | None = None,
    progress: Progress | None = None,
) -> tuple[Driver, ...]:
    """Return what every uncertain setting does to completion, posts needed and cost.

    `numbers`, `completion`: draws already made and what current posts complete in the last month
    of each. `resize`: of how many settings, those with the largest share of the variance first,
    the team is sized again; all where None. Posts needed and cost are those of the problem without
    whole posts.

    Returns:
        One for each setting and measure, the largest share first.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    settings = draws.uncertain
    if not settings:
        return ()
    ends = {one.name: (_end(one, -1), _end(one, 1)) for one in settings}
    at = completion_at_ends(plan, draws.scenario, settings)
    correlation, share = shares_of_variance(draws, numbers, completion)
    there = len(numbers) if draws.weigh is None else weights.effective(draws.weigh(numbers))
    error = 1.0 / np.sqrt(max(1.0, there - 1))
    order = sorted(range(len(settings)), key=lambda n: (-share[n], -_span(at[n]), n))
    central = _completion(plan.today.projection.done[0, -1], plan.today.projection.due[0, -1])
    base = least_with(plan, "", 0.0) if plan.question else (np.nan, np.nan)
    found = []
    sized = 0
    for n in order:
        one = settings[n]
        low, high = ends[one.name]
        found.append(
            Driver(
                one.name,
                low,
                high,
                COMPLETION,
                *at[n],
                float(share[n]),
                central,
                float(correlation[n]),
                float(error),
            )
        )
        if plan.question is not None and (resize is None or sized < resize):
            found += _resized(plan, one, low, high, base)
            sized += 1
            if progress:
                progress(sized, len(settings) if resize is None else min(resize, len(settings)))
    return tuple(found)


def _span(pair: tuple[float, float]) -> float:
    return abs(pair[1] - pair[0])


def _end(one: Uncertain, side: int) -> float:
    """Return a setting's low or high; its value where it has none on that side."""
    end = one.quantity.low if side < 0 else one.quantity.high
    number = float(one.quantity.value if end is None else end)
    return float(np.rint(number)) if one.valid.whole else number


def _completion(done: Array, due: Array) -> float:
    """Return done ÷ due over all duties; NaN where nothing is due."""
    total = float(due.sum())
    return float(done.sum()) / total if total > 0 else float("nan")


def completion_at_ends(
    plan: PlanResult, scenario: Scenario, settings: Sequence[Uncertain]
) -> list[tuple[float, float]]:
    """Return what current posts complete in the last month with each setting at low and high.

    All at once: one draw an end, without chance.

    Returns:
        One pair for each setting. A share.
    """
    place = {one.name: n for n, one in enumerate(settings)}
    ends = 2 * len(settings)

    def values(name: str, quantity: Quantity, valid: Range) -> Array:
        z = np.zeros(ends)
        z[2 * place[name] : 2 * place[name] + 2] = (-1.0, 1.0)
        return np.where(z == 0, float(quantity.value), _at_end(quantity, z, valid))

    built = building.build(with_draws(scenario, values))
    world = World(np.arange(ends), built, caseloads.project(built), seed=0)
    run = futures.without_chance(world, futures.todays(plan)).projection
    done, due = (np.broadcast_to(a, (ends, *a.shape[1:])) for a in (run.done, run.due))
    found = [_completion(done[n, -1], due[n, -1]) for n in range(ends)]
    return [(found[n], found[n + 1]) for n in range(0, ends, 2)]


def _at_end(quantity: Quantity, z: Array, valid: Range) -> Array:
    """Return a quantity's low where z is −1 and its high where it is 1."""
    return value_of(quantity, z * Z90, valid)


def shares_of_variance(draws: Draws, numbers: Whole, outcome: Array) -> tuple[Array, Array]:
    """Return each setting's rank correlation with an outcome, and its square's share of them all.

    Linked settings share what moves them, so each shows what they do together. Draws without an
    outcome are left out.

    Returns:
        Shape: [setting] twice.
    """
    there = ~np.isnan(outcome)
    z = draws.normal(numbers)
    target = _ranks(outcome[there])
    if draws.weigh is None:
        correlation = np.array(
            [_correlation(_ranks(z[o.name][there]), target) for o in draws.uncertain]
        )
    else:
        every = np.column_stack([z[one.name][there] for one in draws.uncertain])
        weight = draws.weigh(numbers)[there]
        correlation = weights.rank_correlations(every, outcome[there], weight)
    squares = correlation**2
    total = squares.sum()
    return correlation, squares / total if total > 0 else squares


def _ranks(numbers: Array) -> Array:
    """Return ranks, equal ones for equal numbers, around 0."""
    from scipy.stats import rankdata  # half a second to load, and wanted only here

    ranks = rankdata(numbers)
    return np.asarray(ranks - ranks.mean())


def _correlation(one: Array, other: Array) -> float:
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / spread if spread > 0 else 0.0


def _resized(
    plan: PlanResult, one: Uncertain, low: float, high: float, base: tuple[float, float]
) -> Iterator[Driver]:
    """Yield posts needed and cost with a setting at its low and high."""
    found = [least_with(plan, one.name, side) for side in (-1.0, 1.0)]
    nothing = float("nan")
    for n, measure in enumerate((POSTS, COST)):
        at_low, at_high = (pair[n] for pair in found)
        central = base[n]
        yield Driver(
            one.name, low, high, measure, at_low, at_high, nothing, central, nothing, nothing
        )


def least_with(plan: PlanResult, name: str, side: float) -> tuple[float, float]:
    """Return posts at the end and cost of the team needed with a setting at its low or high.

    Allowing part posts; where no plan meets every standard, of the one that misses them least.

    Returns:
        Posts, £.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    assert plan.question is not None

    def value(here: str, quantity: Quantity, valid: Range) -> Array:
        z = np.array([side if here == name else 0.0])
        return _at_end(quantity, z, valid).reshape(())

    built = building.build(with_draws(plan.scenario, value))
    question = varying.with_model(plan.question, built)
    least = varying.least(question) or varying.least(question, misses=True)
    if least is None:
        return float("nan"), float("nan")
    return float((built.people.posts[0, -1] + least.added[:, -1]).sum()), least.cost
