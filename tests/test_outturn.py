"""The year in hand, worked by hand: budget, spent to date, forecast outturn, variance."""

import pytest

from capacity import stages
from capacity.errors import InputError
from capacity.reading.scenario import read
from capacity.results import tables

UNIT = """
title = "A unit in the middle of its year"
spend = "spend.csv"
start = 2025-10-01
months = 12

[cohorts.rso]
team = "ppu"
[cohorts.rso.tiers]
high = { cases = 12 }
[cohorts.rso.duties.visit]
per_year = 12
hours = 1

[teams.ppu]
label = "Public protection unit"
[teams.ppu.grades.constable]
in_post = 2
posts = 3
max_joiners_per_month = 0
cost_per_year = 36000

[finance]
vacancy_factor = 0.1
pay_awards = { officer = { 2026-01 = 0.1 } }
"""
SPEND = """Month,Team,Budget,Actual
Aug-25,ppu,"£8,000","£7,500"
Sep-25,Public protection unit,8000,9000
Oct-25,ppu,8000,
"""


def outturn(spend: str, text: str = UNIT):
    plan = stages.run(read("unit.toml", files={"unit.toml": text, "spend.csv": spend}), fixed=True)
    return tables.TABLES["outturn"](plan)


def test_the_year_is_what_was_spent_and_then_what_is_expected() -> None:
    """Two in post at £3,000 a month, 6,000, and 6,600 from January; three posts less 10%: 8,100.

    October's budget is the one given, 8,000; of April to July nothing is known.
    """
    found = outturn(SPEND).set_index("month")
    assert list(found.index) == [f"2025-{m:02d}" for m in range(4, 13)] + [
        f"2026-{m:02d}" for m in range(1, 4)
    ]
    assert found.loc["2025-04":"2025-07", "outturn"].isna().all()
    assert found.loc["2025-08", ["budget", "actual", "outturn", "variance"]].tolist() == [
        *(8000, 7500, 7500, -500)
    ]
    assert found.loc["2025-09", "variance"] == 1000
    assert found["forecast"].dropna().tolist() == pytest.approx([6000] * 3 + [6600] * 3)
    assert found["budget"].dropna().tolist() == pytest.approx([8000] * 3 + [8100] * 2 + [8910] * 3)
    assert found.loc["2025-10", "variance"] == pytest.approx(-2000)


def test_every_problem_of_a_file_of_spend_is_told() -> None:
    rows = [
        "2025-13,ppu,1,1",
        "2025-09,iom,1,x",
        "2025-09,ppu,,2",
        "2025-09,ppu,,3",
        "2025-10,ppu,5%,3",
    ]
    wrong = "\n".join(["month,team,budget,actual", *rows, ""])
    with pytest.raises(InputError) as refused:
        outturn(wrong)
    told = [str(one) for one in refused.value.problems]
    assert told == [
        "spend.csv:2: month: must be a month such as 2024-09, Sep-24 or September 2024, "
        "got 2025-13",
        "spend.csv:3: team: must be one of: ppu, got iom",
        "spend.csv:3: actual: must be a number, got x",
        "spend.csv:5: month: must be given once for a month and team, got 2025-09",
        "spend.csv:6: budget: must be a number, not a per cent, got 5%",
    ]


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(InputError, match="actual: must be the only column of this meaning"):
        outturn("month,team,actual,actual\n2025-09,ppu,1,2\n")


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError) as refused:
        read("unit.toml", files={"unit.toml": UNIT})
    assert "unit.toml:3: spend: must be given together with this file" in str(refused.value)


def test_a_scenario_without_spend_has_no_outturn() -> None:
    assert outturn(SPEND, UNIT.replace('spend = "spend.csv"\n', "")).empty
