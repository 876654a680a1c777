"""A small decision, posed to the search of the engine and as a stochastic program."""

from __future__ import annotations

import numpy as np

from capacity.risk import futures
from capacity.risk.decide import PostSearch
from capacity.risk.draws import Draws
from capacity.risk.futures import World
from tests.reference.decide import Question
from tests.toys import plan_of, toy

LIMIT = 50
"""Cases per officer."""

COST = 50_000
"""Of a post for a year."""

DISCOUNT = 1.035
"""A year, where a scenario says nothing else."""


def unit(*, posts: int, cases: int, months: int = 36) -> str:
    """A team under one limit whose cases may grow by -5% to 20% a year; posts start in April."""
    return toy(
        f'[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = {LIMIT}\n',
        months=months,
        growth="{ value = 0.05, low = -0.05, high = 0.2, source = 'judgement' }",
        posts=posts,
        cases=cases,
    )


def search_of(text: str, number: int, seed: int = 1) -> PostSearch:
    """A search on so many simulations, with its choice made."""
    plan = plan_of(text)
    search = PostSearch(plan, Draws(plan.scenario, seed), searched=number)
    search.choice = search.chosen(search.within_reach())
    return search


def searched(search: PostSearch) -> list[World]:
    """The worlds that a search is on, of its one team."""
    (parts,) = search.sample.worlds
    return [world for part in parts for world in part]


def posed(search: PostSearch, worlds: list[World]) -> Question:
    """The same decision for a stochastic program: nothing but the cases is the engine's."""
    model = search.model
    assert search.choice is not None
    team, _ = search.team(search.choice)
    ran = [futures.run(world, team).projection.caseload.cases for world in worlds]
    cases = np.concatenate(ran).sum(axis=2)
    months = np.arange(model.months)
    years = [months // 12 == year for year in range(model.months // 12)]
    worth = DISCOUNT ** (-months / 12) * COST / 12
    return Question(
        need=np.stack([np.ceil(cases[:, year].max(axis=1) / LIMIT - 1e-9) for year in years], 1),
        known=cases[:, [date.month - 1 for date in search.maker.reviews]],
        price=np.array([worth[year].sum() for year in years]),
        least=int(model.people.posts[0, 0, 0]),
        asked=search.asked,
    )
