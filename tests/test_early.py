"""Visits before they fall due, as a choice of the plan (EQ24): never dearer, and checked."""

from __future__ import annotations

import pytest

from capacity import stages
from capacity.engine import projection
from capacity.staffing import sizing
from capacity.stages import PlanResult
from tests import making
from tests.test_by_hand import unit

HOURS_100 = "in_post = 0\nposts = 0\nweekly_hours = 23.076923076923077\ncost_per_year = 12000"
STANDARD = '[[standards]]\nname = "Visits"\ncohort = "c"\nduty = "visit"\ncompletion = 1.0'


def bunched(ahead: int) -> str:
    """1,200 cases every twelfth month who all fall due in June; a visit takes an hour.

    Hours of one post are 100 a month, joiners come at once.
    """
    ages = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1200, 0, 0]  # June is the third month
    return unit(
        "tiers.k = { cases = 1200 }\n[cohorts.c.duties.visit]\nevery_months = 12\nhours = 1\n"
        f"early_months = {ahead}\nopening_ages = {{ k = {ages} }}",
        STANDARD,
        months=12,
        grade=HOURS_100,
    )


def planned(text: str) -> PlanResult:
    return stages.run(making.read(text))


@pytest.mark.parametrize(("ahead", "posts"), [(0, 12), (1, 6), (2, 4)])
def test_early_visits_flatten_due_dates_that_come_together(ahead: int, posts: int) -> None:
    """All 1,200 in June take 12 posts; over May and June 6, from April on 4."""
    found = planned(bunched(ahead))
    assert found.sized is not None
    assert found.sized.staff.posts[0, -1, 0] == pytest.approx(posts)
    run = found.sized.projection
    assert run.done[0].sum() + run.done_early[0].sum() == pytest.approx(1200)
    assert (run.duty_hours[0] <= 100 * posts + 1e-6).all()
    assert run.outstanding[0].max() == pytest.approx(0, abs=1e-6)


def test_nothing_is_done_early_where_it_helps_nobody() -> None:
    text = unit(
        "tiers.k = { cases = 120 }\nduties.visit = { every_months = 12, hours = 1, "
        "early_months = 3 }",
        STANDARD,
        months=12,
        grade=HOURS_100,
    )
    found = planned(text)
    assert found.sized is not None
    assert found.sized.projection.done_early[0].max() == pytest.approx(0, abs=1e-9)


SEEDS: tuple[object, ...] = (3001, 3007, 3014, 3016)
SEEDS += tuple(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3017, 3060, 3))


@pytest.mark.parametrize("seed", SEEDS)
def test_early_visits_as_a_choice_never_raise_the_least_cost(seed: int) -> None:
    """Random small scenarios, moves, events and dated changes among them; every plan is checked."""
    table = making.scenario(seed, making.SMALL)
    plain = making.stages(table)
    dated = [key for change in table.get("changes", []) for key in change["set"]]
    for name, cohort in table["cohorts"].items():
        for duty, given in cohort["duties"].items():
            path = f"cohorts.{name}.duties.{duty}"
            if not any(key.startswith((f"{path}.per_year", f"{path}.every")) for key in dated):
                months = {tier: making.interval(given, tier) for tier in cohort["tiers"]}
                given["early_months"] = {t: min(2, m - 1) for t, m in months.items() if m > 1} or 0
    early = making.stages(table)
    without = plain.question().problem.solve()
    with_ = early.question().problem.solve()
    if without is None:
        return  # not every rule can be met; with early visits perhaps
    assert with_ is not None
    assert with_.objective <= without.objective * (1 + 1e-7) + 1e-3
    sized = sizing.size(early.question())  # raises where the projection does not agree
    question = early.question()
    for part in question.parts:
        answer = part.programme(sized.added)
        if answer is None:
            continue
        columns = part.formulation.outstanding
        mine = columns >= 0
        run = projection.project(
            early.model,
            early.caseload,
            early.demand,
            sized.staff,
            sizing.programme_of(part, answer),
        )
        there = answer.columns[columns[mine]]
        assert run.outstanding[0][mine] == pytest.approx(there, abs=1e-5, rel=1e-6)
