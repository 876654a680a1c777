"""Charts: their message is what the tables say, and they can be printed."""

import json
import re
from collections.abc import Callable
from functools import cache

import altair as alt
import pytest

from capacity import charts, plan
from capacity.charts import Picture, Shown, frames
from capacity.reading.scenario import read, with_values
from capacity.results.tables import tables
from tests.shipped import planned


@cache
def alone() -> Shown:
    return Shown(planned("norfolk-2024", fixed=True))


@cache
def compared() -> Shown:
    """A caseload that grows by 5 % a year beside the one that grows by 3 %."""
    faster = with_values(read("norfolk-2024"), {"cohorts.rso.growth_per_year": 0.05})
    return Shown(plan.run(faster, fixed=True), planned("norfolk-2024", fixed=True))


def every(shown: Shown) -> list[Picture]:
    return [
        charts.completion(shown, "rso", "visit"),
        charts.completion(shown, "rso", "arms", "in_date"),
        charts.completion(shown, "iom", "contact", "on_time"),
        charts.outstanding(shown, "rso", "visit"),
        charts.waiting(shown, "rso", "visit"),
        charts.cases_per_officer(shown, "rso"),
        charts.cases(shown, "rso"),
        charts.people(shown, "ppu"),
        charts.left_undone(shown, "ppu"),
        charts.spending(shown, "total_real", "Real cost"),
        charts.posts(shown),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("shown", [alone, pytest.param(compared, marks=pytest.mark.slow)])
def test_every_chart_can_be_printed(shown: Callable[[], Shown]) -> None:
    for picture in every(shown()):
        drawn = picture.on_paper("3 % → 5 %")
        alt.Chart.from_dict(drawn.to_dict())  # as Vega-Lite has it
        assert drawn.svg().startswith("<svg"), picture.name
        assert not picture.table.empty
        assert "role" not in picture.table


def test_a_message_says_how_it_goes() -> None:
    assert charts.completion(alone(), "rso", "visit").title == (
        "Completion of home visits falls from 86 % to 42 % by September 2029"
    )
    assert charts.completion(compared(), "rso", "visit").title == (
        "Completion of home visits falls from 83 % to 31 % by September 2029 (baseline 42 %)"
    )


def test_all_tiers_together_are_the_sum_of_the_table() -> None:
    table = tables(planned("norfolk-2024", fixed=True))["projection"]
    mine = table[(table["cohort"] == "rso") & (table["duty"] == "visit")]
    sums = mine.groupby("month")[["due", "done", "outstanding"]].sum()
    frame = frames.duty(alone(), "rso", "visit")
    assert frame["outstanding"].to_numpy() == pytest.approx(sums["outstanding"].to_numpy())
    assert frame["completion"].to_numpy() == pytest.approx((sums["done"] / sums["due"]).to_numpy())
    timely = (mine["on_time"] * mine["newly_due"]).groupby(mine["month"]).sum()
    newly = mine.groupby("month")["newly_due"].sum()
    assert frame["on_time"].to_numpy() == pytest.approx((timely / newly).to_numpy())


def test_offices_of_a_group_are_shown_together() -> None:
    shown = Shown(planned("three-offices", fixed=True))
    frame = frames.tiers(shown, "rso", "visit")
    assert frame["tier"].nunique() == 12  # four visited tiers in each of three offices
    assert charts.waiting(shown, "rso", "visit").title == (
        "46 % of the home visits outstanding at the end are in low, Sex offenders, Great Yarmouth; "
        "the longest wait is 39 months"
    )
    last = frame[frame["month"] == frame["month"].max()]
    worst = last.loc[last["outstanding"].idxmax()]
    assert round(100 * worst["outstanding"] / last["outstanding"].sum()) == 46


def test_standards_are_drawn_from_their_date() -> None:
    spec = json.dumps(charts.completion(alone(), "rso", "visit").chart.to_dict())
    assert "Home visits: 95 % in each tier" in spec
    assert "2025-10-01" in spec


def test_other_figures_are_other_rows_of_the_same_chart() -> None:
    faster = with_values(read("norfolk-2024"), {"cohorts.rso.growth_per_year": 0.08})
    now, then = alone(), Shown(plan.run(faster, fixed=True))
    for one, other in zip(every(now), every(then), strict=True):
        assert one.chart.spec == other.chart.spec, one.name
        assert list(one.chart.rows) == list(other.chart.rows)
    line, moved = (charts.completion(shown, "rso", "visit").chart for shown in (now, then))
    assert not line.rows["rows"].equals(moved.rows["rows"])
    assert line.measures == "Completion (%)"


def test_numbers_along_an_axis_are_written_as_in_text() -> None:
    money = charts.spending(alone(), "total_real", "Real cost").chart.svg()
    assert set(re.findall(r">(£[^<]*)<", money)) == {
        "£0",
        "£500,000",
        "£1m",
        "£1.5m",
        "£2m",
        "£2.5m",
    }
    shares = charts.completion(alone(), "rso", "visit").chart.svg()
    assert {"0 %", "20 %", "100 %"} <= set(re.findall(r">(\d+ %)<", shares))
    assert not re.search(r">\d+%<", shares)


def test_what_is_compared_is_never_told_apart_by_colour_alone() -> None:
    spec = charts.completion(compared(), "rso", "visit").chart.to_dict()
    scale = spec["layer"][0]["encoding"]["strokeDash"]["scale"]
    assert scale["domain"] == ["Baseline, today's posts", "What if, today's posts"]
    assert scale["range"][0] != scale["range"][1]
