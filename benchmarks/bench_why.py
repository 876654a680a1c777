"""How long it takes to say why: prices, reasons, fixes and the rest, beyond the plan.

Run: `make bench` or `python benchmarks/bench_why.py`. Prints a Markdown table; each plan is made
again, so that nothing kept from an earlier answer helps.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from capacity import stages
from capacity.reading.scenario import read
from capacity.stages import PlanResult
from capacity.why import buying, decisions, fixes, frontier, headroom, prices, reasons

RUNS = 3


def least(ask: Callable[[PlanResult], object], name: str) -> float:
    """Return the least seconds of asking new plans of a scenario."""
    spent = []
    for _ in range(RUNS):
        made = stages.run(read(name))
        began = time.perf_counter()
        ask(made)
        spent.append(time.perf_counter() - began)
    return min(spent)


def main() -> None:
    """Print the table."""

    def points(made: PlanResult) -> object:
        assert made.question is not None
        return frontier.frontier(made.question, list(np.linspace(0.70, 0.99, 30)))

    def first(made: PlanResult) -> object:
        assert made.question is not None
        return prices.prices(made.question), reasons.reasons(made), fixes.fixes(made)

    def priced(made: PlanResult) -> object:
        assert made.question is not None
        return prices.prices(made.question)

    print("| what | time | target |\n|---|---|---|")
    for what, ask, name, target in (
        ("prices, reasons and fixes of norfolk-2024", first, "norfolk-2024", "≤ 5 s"),
        ("… prices alone", priced, "norfolk-2024", ""),
        ("… reasons alone", reasons.reasons, "norfolk-2024", ""),
        ("a frontier of 30 points", points, "norfolk-2024", "≤ 10 s"),
        ("decision dates", decisions.decisions, "norfolk-2024", ""),
        ("what each post buys", buying.marginal_posts, "norfolk-2024", ""),
        ("headroom", headroom.headroom, "norfolk-2024", ""),
        ("fixes of posts-frozen", fixes.fixes, "posts-frozen", ""),
    ):
        print(f"| {what} | {least(ask, name):.2f} s | {target} |", flush=True)


if __name__ == "__main__":
    main()
