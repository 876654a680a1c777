"""New cases expected from month to month, worked out without chance (EQ1-EQ3)."""

from __future__ import annotations

from tests.one_by_one.inputs import Inputs, Table


def entering(given: Inputs) -> Table:
    """Return the new cases expected by month and tier, one-off arrivals apart."""
    cases = list(given.opening)
    tiers = range(len(cases))
    path = dict.fromkeys(given.cohort_of, 0.0)
    for tier in tiers:
        path[given.cohort_of[tier]] += cases[tier]
    expected = []
    for month in range(given.months):
        gone = _events(given, month, cases)
        stayed = [cases[tier] * (1 - given.exits[month][tier]) for tier in tiers]
        for tier in tiers:
            cases[tier] = stayed[tier] * (1 - sum(p for _, p in given.moves[month][tier]))
        for tier in tiers:
            for to, p in given.moves[month][tier]:
                cases[to] += stayed[tier] * p
        fresh = list(given.given[month])
        for cohort, level in list(path.items()):
            growth = given.growth[month][cohort]
            if growth is None:
                continue
            mine = [tier for tier in tiers if given.cohort_of[tier] == cohort]
            arriving = sum(given.arrivals[month][tier] for tier in mine)
            held = max(0.0, level + arriving - gone.get(cohort, 0.0))
            path[cohort] = held * (1 + growth) ** (1 / 12)
            wanted = max(0.0, path[cohort] - sum(cases[tier] for tier in mine) - arriving)
            total = sum(given.mix[month][tier] for tier in mine)
            for tier in mine:
                fresh[tier] = wanted * given.mix[month][tier] / total if total else 0.0
        for tier in tiers:
            cases[tier] += fresh[tier] + given.arrivals[month][tier]
        expected.append(fresh)
    return expected


def _events(given: Inputs, month: int, cases: list[float]) -> dict[int, float]:
    """Move and take away the cases of one-off events; return those that left, by cohort."""
    gone: dict[int, float] = {}
    for origins, target, number in given.events[month]:
        there = sum(cases[tier] for tier in origins)
        share = min(number, there) / there if there else 0.0
        for tier in origins:
            taken = cases[tier] * share
            cases[tier] -= taken
            if target is None:
                cohort = given.cohort_of[tier]
                gone[cohort] = gone.get(cohort, 0.0) + taken
            else:
                cases[target] += taken
    return gone
