"""What is foreseen of a plan's posts: the same simulations as elsewhere, shown first in charts."""

import numpy as np
import pandas as pd
import pytest

from capacity import charts
from capacity.charts import Shown, courses, headings
from capacity.results.recommendation import nothing_added
from capacity.results.tables import TABLES
from capacity.risk import chances, futures, uncertainty
from capacity.risk.confident import FRESH
from capacity.risk.draws import Draws
from capacity.risk.foreseen import Foreseen, Seen, foresee
from capacity.why import events
from capacity.wording import number, per_cent
from tests.shipped import planned
from tests.toys import plan_of, toy, visits

FEW = 60
SEEN = Seen("completion", ("rso", "visit"))


def test_the_bands_are_those_of_the_same_simulations_worked_out_elsewhere() -> None:
    plan = planned("norfolk-2024", fixed=True)
    ask = uncertainty.Ask(measures=("cases", "completion", "outstanding"))
    draws = Draws(plan.scenario, 1)
    other = uncertainty.outlook(plan, draws, futures.todays(plan), FEW, ask, FRESH)
    found = foresee(plan, FEW)["today"]
    for measure in ("completion", "outstanding"):
        rows = [
            (one.p10, one.p50, one.p90)
            for one in other.bands
            if (one.cohort, one.duty, one.tier, one.measure) == ("rso", "visit", None, measure)
        ]
        mine = found.bands[Seen(measure, ("rso", "visit"))]
        assert mine == pytest.approx(np.array(rows), abs=1e-5)  # theirs are kept to seven digits
    assert found.number == FEW
    said = [one.words for one in nothing_added(found.record)]
    assert said == [one.words for one in nothing_added(other.record)]
    assert f"the middle of {FEW} simulations" in said[0]


def ahead(**bands: list[tuple[float, float, float]]) -> dict[str, Foreseen]:
    """What is foreseen with no posts added, given month by month."""
    months = planned("norfolk-2024", fixed=True).model.months
    limits = {
        Seen(name, ("rso", "visit")): np.array((some * months)[:months])
        for name, some in bands.items()
    }
    record = chances.VerdictRecord(
        planned("norfolk-2024", fixed=True).model.calendar, (), (), (), (), ()
    )
    return {"today": Foreseen(500, limits, record)}


def test_simulations_come_first_and_the_single_course_is_an_analysts_view() -> None:
    plan = planned("norfolk-2024", fixed=True)
    alone = charts.completion(Shown(plan), "rso", "visit")
    found = ahead(completion=[(0.7, 0.9, 0.97)])
    drawn = charts.completion(Shown(plan, ahead=found), "rso", "visit")
    assert (
        drawn.title
        == "Completion of home visits in September 2029: 70% to 97% in 8 of 10 simulations"
    )
    assert alone.title.startswith("Completion of home visits ")
    single = f"{alone.title}, in the single course."
    assert f"the single course without chance, an analyst's view.\n\n{single}" in drawn.aside
    rows = drawn.chart.rows["rows"]
    assert (rows[["p10", "p50", "p90"]] == [0.7, 0.9, 0.97]).all(axis=None)
    assert list(rows["completion"]) == list(alone.chart.rows["rows"]["completion"])
    assert drawn.chart.spec["layer"][0]["mark"]["type"] == "area"


def test_money_is_certain_where_nothing_varies() -> None:
    """Without ranges and chance every simulation costs what the costs table says of each year."""
    text = toy(visits(first="2025-10-01"), months=18) + "\n[chance]\nwhole = false\n"
    plan = plan_of(text, fixed=True)
    found = foresee(plan, 20)["today"].bands
    table = TABLES["costs"](plan)
    for amount in ("total_real", "total_discounted", "overtime", "forecast"):
        sums = table.groupby("year", sort=False)[amount].sum().to_numpy()
        assert found[Seen(amount, ())] == pytest.approx(np.repeat(sums[:, None], 3, axis=1))


def test_cases_are_those_of_the_single_course_in_custody_too() -> None:
    """A chart has one basis: at the end of the first month the simulations are around its line."""
    plan = planned("norfolk-command", fixed=True)
    low, middle, high = foresee(plan, FEW)["today"].bands[Seen("cases", ("rso",))][0]
    table = TABLES["caseload"](plan)
    first = table[(table["month"] == plan.model.calendar.labels[0]) & (table["cohort"] == "rso")]
    assert first["cases"].sum() > 1_450  # 251 of them in custody
    assert low < first["cases"].sum() < high
    assert middle == pytest.approx(first["cases"].sum(), rel=0.05)


def test_a_range_of_money_is_told_beside_the_central_case() -> None:
    plan = planned("norfolk-2024", fixed=True)
    years = len(plan.model.calendar.years)
    limits = np.tile([1_500_000.0, 1_600_000.0, 1_750_000.0], (years, 1))
    record = chances.VerdictRecord(plan.model.calendar, (), (), (), (), ())
    found = {"today": Foreseen(500, {Seen("total_real", ()): limits}, record)}
    drawn = charts.spending(Shown(plan, ahead=found), "total_real", "Real cost")
    alone = charts.spending(Shown(plan), "total_real", "Real cost")
    assert drawn.title == f"{alone.title}, £1.50 million to £1.75 million in 8 of 10 simulations"
    assert "central case" in drawn.aside
    assert not alone.aside
    assert len(alone.chart.spec["layer"]) + 1 == len(drawn.chart.spec["layer"])


def test_a_chart_is_drawn_the_same_way_before_simulations_are_there() -> None:
    """So that a page is sent rows alone when they come, and nothing jumps."""
    plan = planned("norfolk-2024", fixed=True)
    waiting = charts.outstanding(Shown(plan, ahead={}), "rso", "visit")
    there = charts.outstanding(
        Shown(plan, ahead=ahead(outstanding=[(1.0, 8.0, 90.0)])), "rso", "visit"
    )
    assert waiting.chart.spec is there.chart.spec
    assert waiting.name == there.name
    assert waiting.title == charts.outstanding(Shown(plan), "rso", "visit").title
    assert "being run" in waiting.aside


def test_a_title_names_the_lowest_month_and_the_others() -> None:
    """Lowest is that whose middle is lowest, told where it lies beyond both ends."""
    months = pd.date_range("2025-04-01", periods=3, freq="MS")
    bands = {
        "today": [(0.8, 0.9, 1.0), (0.4, 0.5, 0.6), (0.7, 0.8, 0.9)],
        "today before": [(0.8, 0.9, 1.0)] * 3,
        "sized": [(0.95, 0.96, 0.97)] * 3,
    }
    frame = pd.concat(
        pd.DataFrame(
            some, columns=[f"completion_{level}" for level in ("p10", "p50", "p90")]
        ).assign(role=role, month=months)
        for role, some in bands.items()
    )
    assert courses.foreseen(frame, "completion", "Completion", per_cent) == (
        "Completion in June 2025: 70% to 90% in 8 of 10 simulations (lowest 40% to 60% in May 2025;"
        " baseline 80% to 100%; team needed 95% to 97%)"
    )
    empty = frame.assign(completion_p10=np.nan)
    assert courses.foreseen(empty, "completion", "Completion", number) == ""


def test_when_a_measure_is_first_below_a_level() -> None:
    """Of four months: a tenth of simulations below 80% in the second, half in the fourth."""
    limits = np.array([[0.8, 0.9, 1], [0.7, 0.85, 1], [np.nan] * 3, [0.5, 0.79, 0.95]])
    assert events.first_below(limits, 0.8) == [1, 3, None]


def test_percentiles_have_headings_in_words_and_shares_in_per_cent() -> None:
    table = pd.DataFrame({"completion_p10": [0.7004], "outstanding_p50": [8.04]})
    shown = headings.readable(table)
    assert shown.to_dict("list") == {
        "Completion, %: 1 in 10 simulations below": [70.0],
        "Overdue: middle of the simulations": [8.0],
    }
