"""Hours there are against hours needed, and the tables below charts in words."""

import pandas as pd
import pytest

from capacity.charts.balance import balance
from capacity.charts.frames import Shown
from capacity.charts.headings import readable
from tests.test_summary import CHECKS
from tests.toys import plan_of, toy, visits


def test_hours_needed_and_there() -> None:
    """120 checks of 4 hours and 80 visits of 2 need 640; 3 posts of 173⅓ hours have 520."""
    plan = plan_of(toy(visits(), CHECKS), fixed=True)
    picture = balance(Shown(plan), "t")
    assert picture.title == (
        "Team, no posts added: too few hours in 24 of 24 months; most in April 2025, 640 needed "
        "and 520 there"
    )
    first = picture.table.iloc[0]
    assert [first["needed"], first["there"], first["cut_short"]] == pytest.approx([640, 520, 120])


def test_a_table_is_shown_in_words_and_rounded() -> None:
    table = pd.DataFrame({"month": ["2024-10"], "in_date": [0.8642], "done_early": [1.26]})
    shown = readable(table)
    assert list(shown.columns) == ["Month", "In date, %", "Done early"]
    assert list(shown.iloc[0]) == ["October 2024", pytest.approx(86.4), 1.3]
