"""Nobody overdue for more than so many months (EQ27): judged, sized and said, worked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.engine.standards import judge
from capacity.stages import PlanResult
from tests import making
from tests.test_by_hand import HOURS_100, unit

VISITS = "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }"


def standard(months: int, **more: str) -> str:
    extra = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    return (
        '[[standards]]\nname = "Longest overdue"\ncohort = "c"\nduty = "visit"\n'
        f"longest_wait_months = {months}\n{extra}"
    )


def planned(text: str) -> PlanResult:
    return stages.run(making.read(text))


def test_a_longest_wait_is_judged_by_month_and_by_the_worst_of_a_quarter() -> None:
    """Nobody visits: overdue for 1, 2, 3, 4, 5 months from April on. At most 2: kept twice."""
    text = unit(VISITS, standard(2), months=6)
    parts = making.stages(text)
    by_month = judge(parts.model, parts.staff, parts.projection)
    assert [float(one.achieved[0]) for one in by_month] == [1, 2, 3, 4, 5, 6]
    assert [bool(one.met[0]) for one in by_month] == [True, True, False, False, False, False]
    # Of the 6 of April and 6 of May, 6 have waited longer than two months in June, 12 from July.
    assert [float(one.missed_by[0]) for one in by_month][2:] == pytest.approx(
        [5.5, 11.5, 11.5, 11.5], abs=1e-3
    )
    quarters = making.stages(unit(VISITS, standard(2, judged="quarter"), months=6))
    judged = judge(quarters.model, quarters.staff, quarters.projection)
    assert [(one.period.name, float(one.achieved[0])) for one in judged] == [
        ("2025-Q2", 3),
        ("2025-Q3", 6),
    ]


def test_less_than_half_a_case_may_wait() -> None:
    """0.4 of a case is nobody."""
    text = unit(
        "tiers.k = { cases = 0.4 }\nduties.visit = { per_year = 12, hours = 25 }",
        standard(1),
        months=4,
    )
    parts = making.stages(text)
    assert all(one.met[0] for one in judge(parts.model, parts.staff, parts.projection))


NOBODY = f"in_post = 0\nposts = 0\ncost_per_year = 1200\nweekly_hours = {HOURS_100}"


@pytest.mark.parametrize(("months", "posts"), [(1, 2), (3, 2), (4, 1)])
def test_a_team_is_sized_so_that_nobody_waits_too_long(months: int, posts: int) -> None:
    """One post does 2 a month: each of the 12 is seen every sixth month, four after the second.

    So with one post the longest overdue is 4 months, with two posts (every third) 1 month.
    """
    visits = VISITS.replace("hours = 25", "hours = 50")
    found = planned(unit(visits, standard(months), months=24, grade=NOBODY))
    assert found.sized is not None
    assert found.sizing is not None
    assert found.sizing.status == "meets every standard"
    assert found.sized.staff.posts[0, -1, 0] == posts
    assert found.sized.projection.longest_wait[0].max() <= months


def test_an_old_backlog_is_cleared_before_the_date_of_the_standard() -> None:
    """10 of 12 overdue for 3 months already; from July on nobody for more than 2 months."""
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25, "
        "overdue = { k = 10 }, overdue_ages = { k = [0, 0, 10] } }",
        standard(2) + "from = 2025-07-01\n",
        months=12,
        grade=NOBODY,
    )
    found = planned(text)
    assert found.sized is not None
    wait = found.sized.projection.longest_wait[0, :, 0]
    assert (wait[3:] <= 2).all()
    assert found.today.projection.longest_wait[0, 3, 0] == 7  # of April's 4 months, three later


@pytest.mark.parametrize("seed", [3001, 3007, 3014, 3016, 3021, 3029])
def test_random_plans_with_a_longest_wait_are_checked_on_the_projection(seed: int) -> None:
    """Moves between tiers, events and opening backlogs; the plan's own check would refuse it."""
    table = making.scenario(seed, making.SMALL)
    cohort, given = next((c, d) for c, d in table["cohorts"].items() if d["duties"])
    duty = next(iter(given["duties"]))
    rule = {"name": "Wait", "cohort": cohort, "duty": duty, "longest_wait_months": 3}
    table["standards"] = [rule]
    found = planned(making.toml(table))
    assert found.sizing is not None
    if found.sizing.status == "meets every standard":
        rows = [
            n for n, key in enumerate(found.model.rows) if (key.cohort, key.duty) == (cohort, duty)
        ]
        assert found.sized is not None
        assert found.sized.projection.longest_wait[0][:, rows].max(initial=0) <= 3
    assert np.isfinite(found.sizing.cost)


def test_it_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "unit.toml"
    path.write_text(unit(VISITS, standard(2), months=6), encoding="utf-8")
    run = CliRunner().invoke(app, ["plan", str(path), "--fixed"])
    assert run.exit_code == 0, run.output
    told = " ".join(run.output.split())
    assert "Longest overdue: nobody overdue for more than 2 months, each month" in told
    assert "not met in 4 of 6 months, first in June 2025" in told
