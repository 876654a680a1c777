"""The month in which each added post starts (EQ16): as late as will do, and no plan is cheaper."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from capacity import stages
from capacity.reading.scenario import read
from capacity.staffing import sizing
from capacity.staffing.mending import mended
from capacity.staffing.questions import Question
from capacity.why.decisions import decisions
from tests import comparing, making
from tests.reference import project as reference
from tests.reference import size as reference_size
from tests.shipped import FIRST
from tests.toys import plan_of, toy

EXACT = 1e-7

LIMIT = """
[[standards]]
name = "Limit"
cohort = "a"
cases_per_officer = 20
from = 2026-01-01
"""
"""120 cases at 20 an officer from January 2026: 6 officers, 3 more than the 3 there."""


def by(starts: str) -> str:
    return f'[sizing]\nstarts = "{starts}"'


def started(plan: stages.PlanResult) -> dict[str, float]:
    """Posts that start, by month."""
    assert plan.sizing is not None
    more = plan.sizing.posts.sum(axis=1) - plan.today.staff.posts[0].sum(axis=1)
    steps = np.diff(more, prepend=0.0)
    return {plan.model.calendar.labels[t]: float(steps[t]) for t in np.flatnonzero(steps)}


# In a fraction of the choices ---------------------------------------------------------------


def test_a_plan_by_financial_years_is_a_plan_by_months_too() -> None:
    """Three officers more from January 2026 start, by years, in April 2025, and stand ever after.

    It is what is left where posts that may start in any month cannot be searched to the end.
    """
    plan = plan_of(toy(LIMIT, by("month"), months=36))
    assert plan.question is not None
    (part,) = plan.question.parts
    found = sizing._by_year(part, 1.0)
    assert found is not None
    added, answer = found
    assert added.shape == (1, 36)
    assert added.tolist() == [[3.0] * 36]
    assert not part.misses(answer)
    yearly = plan_of(toy(LIMIT, by("year"), months=36)).question
    assert yearly is not None
    assert yearly.by_year() is None
    assert sizing._by_year(yearly.parts[0], 1.0) is None


def test_posts_that_just_miss_a_limit_are_brought_forward() -> None:
    """Three officers more are needed from January 2026, and one of these would come in February.

    The third is the only one to come too late, so it alone is brought forward, by one month.
    """
    part = _part(toy(LIMIT, by("month"), months=24))
    late = np.zeros((1, 24))
    late[0, 9:], late[0, 10:] = 2.0, 3.0
    missed = part.missing_least(late)
    assert missed is not None
    assert part.misses(missed)
    told: list[float] = []
    found = mended(part, late, missed, lambda answer: told.append(answer.objective))
    assert found is not None
    added, answer = found
    assert added.tolist() == [[0.0] * 9 + [3.0] * 15]
    assert not part.misses(answer)
    assert told == [missed.objective]  # one step


def test_posts_that_are_too_few_are_mended_by_more_of_them() -> None:
    """None of the three officers that are needed from January 2026 is there: three are added."""
    part = _part(toy(LIMIT, by("month"), months=12))
    missed = part.missing_least(np.zeros((1, 12)))
    assert missed is not None
    found = mended(part, np.zeros((1, 12)), missed, lambda _: None)
    assert found is not None
    assert found[0].tolist() == [[0.0] * 9 + [3.0] * 3]


def test_what_no_posts_can_mend_is_left_alone() -> None:
    """Six officers are wanted in the first month, and nobody can join in the first four."""
    limit = LIMIT.replace("2026-01-01", "2025-04-01")
    part = _part(toy(limit, by("month"), grade="recruitment_lead_months = 4"))
    missed = part.missing_least(np.zeros((1, 24)))
    assert missed is not None
    assert mended(part, np.zeros((1, 24)), missed, lambda _: None) is None


def _part(text: str) -> Question:
    question = plan_of(text).question
    assert question is not None
    (part,) = question.parts
    return part


# By hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "first", "months"),
    [("month", "2025-11", 17), ("quarter", "2025-10", 18), ("year", "2025-04", 24)],
)
def test_posts_start_as_late_as_training_allows(starts: str, first: str, months: int) -> None:
    """Who joins counts as half for two months: to count in full in January, join in November."""
    grade = "accreditation_months = 2\ntrainee_productivity = 0.5"
    plan = plan_of(toy(LIMIT, by(starts), "[finance]\ndiscount_rate = 0", grade=grade))
    assert started(plan) == {first: 3}
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    assert plan.sizing.cost == pytest.approx(3 * 100_000 + 3 * months * 50_000 / 12)
    assert plan.sizing.bound == pytest.approx(plan.sizing.cost)


def test_each_of_several_posts_has_its_own_month() -> None:
    """20 cases arrive in July, 20 in December and 20 in June: an officer for each 20, from then."""
    arrivals = "".join(
        f'[[events]]\nat = {month}-01\ncohort = "a"\narrivals = 20\n'
        for month in ("2025-07", "2025-12", "2026-06")
    )
    limit = LIMIT.replace("2026-01-01", "2025-04-01")
    plan = plan_of(toy(limit, arrivals, by("month"), cases=30))
    assert started(plan) == {"2025-07": 1, "2025-12": 1, "2026-06": 1}


def test_the_date_of_a_decision_is_the_start_less_the_lead() -> None:
    """Who is advertised for in September joins in January: four months' lead."""
    plan = plan_of(toy(LIMIT, by("month"), grade="recruitment_lead_months = 4"))
    (one,) = decisions(plan)
    assert (one.start, one.posts, one.agree_by) == ("2026-01", 3, "2025-09")
    assert (one.standard, one.missed_until) == ("Limit", "2026-01")


def test_a_budget_counts_a_post_from_the_month_it_starts() -> None:
    """3 posts of £50,000, and 3 more from January to March: £150,000 + £37,500 in 2025/26."""
    budget = '[[standards]]\nname = "Money"\nteam = "t"\nbudget = {}\nfrom = 2025-04-01\n'
    enough = plan_of(toy(LIMIT, budget.format(187_500), by("month"), months=12))
    assert enough.sizing is not None
    assert enough.sizing.status == "meets every standard"
    assert started(enough) == {"2026-01": 3}
    for starts, pounds in (("month", 187_499), ("quarter", 187_499), ("year", 187_500)):
        short = plan_of(toy(LIMIT, budget.format(pounds), by(starts), months=12))
        assert short.sizing is not None
        assert short.sizing.status == "misses least"


def test_posts_that_may_be_fewer_fall_with_a_financial_year_alone() -> None:
    """6 officers for 120 cases; of 80 from July 2025 on 4 are enough, and may be so from April."""
    leave = '[[events]]\nat = 2025-07-01\ncohort = "a"\nleavers = 40\n'
    limit = LIMIT.replace("2026-01-01", "2025-04-01")
    plan = plan_of(toy(limit, leave, by("month"), posts=6, grade="may_shrink = true"))
    assert started(plan) == {"2026-04": -2}


def test_the_first_edition_plans_as_it_did() -> None:
    """benchmarks/norfolk-2024-first.toml says that posts start in April: its figures stay."""
    plan = stages.run(read(FIRST))
    assert plan.sizing is not None
    assert plan.sizing.cost == pytest.approx(13_839_889, abs=1)
    assert plan.sizing.gap < 1e-4
    later = dict.fromkeys(("2026-04", "2027-04", "2028-04", "2029-04"), 1.0)
    assert started(plan) == {"2025-04": 5, **later}


# Others' sums ---------------------------------------------------------------------------------

TINY = replace(making.TINY, months=(4, 7))

MOST = 4
"""So many posts are tried at most."""

TRIED = (51, 55, 59, 73, 89, 94, 104, 131)
"""Seeds of tiny scenarios that meet every standard with at most 3 posts, not all from the start."""


@pytest.mark.parametrize("seed", TRIED)
def test_no_other_months_are_cheaper(seed: int, tmp_path: Path) -> None:
    """Every number of posts in every month, never falling, costed by the reference."""
    table = making.scenario(seed, TINY)
    theirs = comparing.reference_of(table, tmp_path)
    today = reference.run_all(theirs, full_hours=True)
    places = list(reference_size.Sizing(theirs, False, False, None, today).new_posts)
    best: tuple[float, tuple[int, ...]] = (np.inf, ())
    for path in itertools.combinations_with_replacement(range(MOST + 1), len(places)):
        added = {place: float(n) for place, n in zip(places, path, strict=True)}
        problem, answer, missed = reference_size.solved(theirs, False, added, today, 1e-9, 60)
        cost = reference_size.worth(problem.spend, answer.x)
        if not missed and cost < best[0] - 1e-6:
            best = cost, path
    found = sizing.size(making.stages(table).question(), EXACT)
    assert found.status == "meets every standard"
    assert found.cost == pytest.approx(best[0], rel=1e-6)
    assert tuple(found.added.ravel().astype(int)) == best[1]
    assert found.bound == pytest.approx(best[0], rel=1e-6)


LATER = (4000, 4007, 4009, 4011, 4016, 4026, 4031, 4039, 4005, 4021)
LATER += (4052, 4053, 4067, 4070, 4077, 4078, 4081, 4085, 4086, 4091, 4092, 4098, 4100, 4101)
LATER += (4104, 4107, 4108, 4112, 4115, 4132, 4149, 4152, 4154, 4156, 4160)
LATER += (4038, 4044, 4061, 4074, 4087)
"""Seeds of scenarios that buy posts; the last five and two of the first miss standards least."""


@pytest.mark.parametrize(
    "seed", [*LATER[:10], *(pytest.param(n, marks=pytest.mark.slow) for n in LATER[10:])]
)
def test_no_post_can_start_a_month_later(seed: int, tmp_path: Path) -> None:
    """Each post a month later misses a rule, or costs more in overtime, as the reference sees it.

    The posts are those of the usual gap: the last of all, each is moved on as far as will do.
    """
    table = making.scenario(seed, making.SMALL)
    run, theirs = making.stages(table), comparing.reference_of(table, tmp_path)
    found = sizing.size(run.question())
    today = reference.run_all(theirs, full_hours=True)
    labels = run.model.calendar.labels
    steps = np.diff(found.added, axis=1, prepend=0.0)
    assert (steps > 0).any()
    for grade, start in np.argwhere(steps > 0).tolist():
        later = found.added.copy()
        later[grade, start] -= 1
        added = {
            (*run.model.grades[g], labels[t]): float(later[g, t])
            for g, t in np.ndindex(later.shape)
        }
        problem, answer, missed = reference_size.solved(theirs, False, added, today, 1e-9, 60)
        if found.status == "meets every standard" and missed:
            continue
        value = reference_size.worth(problem.spend, answer.x)
        value += reference_size.worth(problem.penalty, answer.x)
        assert 1.001 * value >= found.objective if missed else value >= found.objective - 0.01
