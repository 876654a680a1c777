"""What a yearly review is worth, and how long the whole answer takes.

Run: `make bench` or `python benchmarks/bench_decide.py [SCENARIO]`. Prints Markdown tables: the
recommended plan beside fixed posts that are as sure, beside fixed posts that cost as much, and the
plan for the central case, each on simulations that nothing was searched on; and the time each
takes. The scenario is a copy that is kept as it is, so that figures stay comparable.
"""

from __future__ import annotations

import sys
import time
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capacity import stages
from capacity.engine.model import Flags
from capacity.reading.scenario import read
from capacity.risk import chances, futures
from capacity.risk.decide import PostSearch, ReviewedPlan
from capacity.risk.draws import Draws
from capacity.risk.trials import Choice
from capacity.stages import PlanResult

SCENARIO = Path(__file__).parent / "norfolk-2024.toml"
FRESH = 10_000
SEED = 1


@dataclass(frozen=True)
class Row:
    """An option: what it costs on average, and how probable every standard is by period."""

    option: str
    cost: float
    periods: dict[str, float]


def of_plan(option: str, found: ReviewedPlan) -> Row:
    """Return the row of a plan that was searched for."""
    return Row(option, found.cost, dict(zip(found.periods, found.chance.tolist(), strict=True)))


def as_dear(search: PostSearch, cost: float, late: Flags, number: int) -> Row:
    """Return the surest fixed posts found that cost no more on average.

    From the fixed plan posts are taken away, each time the one that is missed least, until they
    cost no more; then one is exchanged for another as long as that makes them surer.

    Args:
        search: of fixed posts.
        cost: the most that they may cost.
        late: the periods in which they are to be sure. Shape: [period].
        number: of fresh simulations.
    """
    choice = search.choice
    assert choice is not None
    places = [(kind, place) for kind in ("firm", "spare") for place in range(len(search.teams))]

    def sure(one: Choice) -> float:
        return float(search.tried(one).chance[late].min())

    def fits(one: Choice) -> bool:
        return search.tried(one).cost <= cost

    while not fits(choice):
        choice = max((choice.step(*place, -1) for place in places), key=sure)
    while True:
        near = [choice.step(*more, 1) for more in places]
        near += [one.step(*less, -1) for one in near for less in places]
        best = max(filter(fits, near), key=sure, default=choice)
        if sure(best) <= sure(choice):
            return of_plan("fixed posts of that cost", answered(search, choice, number))
        choice = best


def answered(search: PostSearch, choice: Choice, number: int) -> ReviewedPlan:
    """Return what is told of a choice."""
    one = copy(search)
    one.choice = choice
    return one.told(number)


def central(plan: PlanResult, draws: Draws, number: int) -> Row:
    """Return the plan for the central case."""
    ran = [
        futures.run(futures.world(draws, part), futures.sized(plan))
        for part in futures.chunks(FRESH, FRESH + number)
    ]
    found = chances.record(plan.model.calendar, ran)
    held = found.held(plan.scenario.settings.sizing.confidence_of, found.named(None))
    return Row(
        "the plan for the central case",
        float(plan.sized.costs.total_discounted.sum()) if plan.sized else np.nan,
        {name: float(flags.mean()) for name, flags in held.items()},
    )


def main() -> None:
    """Print the tables."""
    began = time.perf_counter()
    plan = stages.run(read(sys.argv[1] if len(sys.argv) > 1 else str(SCENARIO)))
    draws = Draws(plan.scenario, SEED)
    planned = time.perf_counter()
    search = PostSearch(plan, draws)
    search.choice = search.chosen(search.within_reach())
    mine = search.told(FRESH)
    decided = time.perf_counter()
    without = search.without_reviews()
    without.choice = without.chosen(without.within_reach())
    fixed = without.told(FRESH)
    done = time.perf_counter()
    rows = [
        of_plan("reviewed each year", mine),
        of_plan("fixed posts as sure", fixed),
        as_dear(without, search.tried(search.choice).cost, ~search.early, FRESH),
        central(plan, draws, FRESH),
    ]
    names = list(mine.periods)
    print(f"| {plan.scenario.name} | expected cost, £m | {' | '.join(names)} |")
    print("|---|---" + "|---" * len(names) + "|")
    for row in rows:
        shares = [f"{100 * row.periods[name]:.1f}%" for name in names]
        print(f"| {row.option} | {row.cost / 1e6:.2f} | {' | '.join(shares)} |")
    never = ", ".join(mine.out_of_reach) or "none"
    print(f"\nOut of reach of twice the current posts: {never}. Asked for: {mine.asked:.0%}.\n")
    print("| what | time |\n|---|---|")
    print(f"| the plan for the central case | {planned - began:.1f} s |")
    for name, one, seconds in (
        ("the reviewed plan", mine, decided - planned),
        ("the fixed plan", fixed, done - decided),
    ):
        told = f"{name} ({one.tried} tried) and {FRESH:,} simulations"
        print(f"| {told} | {seconds:.1f} s |")


if __name__ == "__main__":
    main()
