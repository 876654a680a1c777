"""Student officers in the places of people who fill added posts, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from capacity import stages
from capacity.reading.scenario import read
from capacity.staffing import backfill
from capacity.staffing.backfill import BackfillRow
from capacity.staffing.mtfp import Staffed
from tests.test_mtfp import UNIT
from tests.test_papers import paper_of, plain
from tests.toys import toy

STUDENTS = """backfill_share = 0.5
backfill_cost_per_year = 36000
backfill_training = 8000
backfill_months = 12
backfill_productivity = 0.25
"""


def found(grade: str, until: int = 24) -> list[BackfillRow]:
    """Two constables more from October 2025, to the end or for so many months from the start."""
    text = UNIT.replace("ending_cost = 900\n", f"ending_cost = 900\n{grade}", 1)
    model = stages.run(read("unit.toml", files={"unit.toml": text}), fixed=True).model
    baseline = np.ones((24, 2))
    posts = baseline.copy()
    posts[6:until, 0] += 2
    nothing = np.zeros((24, 2))
    return list(backfill.rows(model, Staffed(posts, baseline, nothing, nothing, nothing, posts)))


def test_half_of_two_posts_leave_one_place() -> None:
    """One place from October 2025: £3,000 a month, 5% more since the award of September.

    2025/26: 6 months, £18,900, and one course of £8,000; 6 months × 0.75 ÷ 12 = 0.375 FTE lacking.
    2026/27: 12 months, £37,800; learning to September 2026, so 0.375 FTE again.
    """
    first, second = found(STUDENTS)
    assert (first.year, first.team, first.grade) == ("2025/26", "ppu", "constable")
    assert [first.places, first.pay, first.training, first.fte_lost] == pytest.approx(
        [0.5, 18_900, 8_000, 0.375]
    )
    assert [second.places, second.pay, second.training, second.fte_lost] == pytest.approx(
        [1, 37_800, 0, 0.375]
    )


def test_a_place_that_ends_is_not_learnt_in() -> None:
    """Posts end after June 2026: 3 months of 2026/27 at £3,150, and 3 × 0.75 ÷ 12 FTE lacking."""
    _, second = found(STUDENTS, until=15)
    assert [second.pay, second.fte_lost] == pytest.approx([9_450, 0.1875])


def test_a_place_without_months_to_learn_lacks_nothing() -> None:
    rows = found(STUDENTS.replace("backfill_months = 12", "backfill_months = 0"))
    assert [row.fte_lost for row in rows] == [0, 0]


def test_posts_filled_from_outside_leave_no_place() -> None:
    assert found("") == []


def test_a_business_case_shows_what_student_officers_cost() -> None:
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 40\n'
    papers = paper_of(toy(limit, months=24, posts=2, grade=STUDENTS))
    assert "Student officers in the places left" in plain(papers["business-case.html"])
