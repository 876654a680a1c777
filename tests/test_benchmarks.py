"""One's own figures beside those that other forces published."""

from __future__ import annotations

import pytest

from capacity import stages
from capacity.places import folder
from capacity.reading.scenario import read
from capacity.results import benchmarks
from capacity.results.benchmarks import published
from capacity.stages import PlanResult
from tests.toys import plan_of, toy


@pytest.fixture(scope="module")
def norfolk() -> PlanResult:
    return stages.run(read("norfolk-2024"), fixed=True)


def test_published_figures_have_dates_definitions_and_sources(norfolk: PlanResult) -> None:
    for one in published():
        assert one.force
        assert one.date
        assert one.definition
        assert one.source in norfolk.scenario.sources
    told = {(one.what, one.force, one.date): one for one in published()}
    # data/forces.csv: 98 visits outstanding and 1,769 in the community in April 2018.
    merseyside = told["visits overdue per case", "Merseyside", "2018-04"]
    assert merseyside.value == pytest.approx(98 / 1769)
    assert merseyside.definition == "derived: 98 ÷ 1,769 in the community"


def test_ones_own_figure_stands_beside_them_with_what_it_counts(norfolk: PlanResult) -> None:
    own = {one.what: one.own for one in benchmarks.benchmarks(norfolk)}
    run, model = norfolk.today.projection, norfolk.model
    team = model.team_of_cohort[model.cohorts.index("rso")]
    tiers = [n for n in model.community if model.tiers[n].cohort == "rso"]
    cases = float(run.caseload.cases[0, 0, tiers].sum())
    assert own["cases in the community"] == cases
    assert own["cases per officer"] == cases / float(run.officers[0, 0, team])
    later = float(run.caseload.cases[0, 12, tiers].sum())
    assert own["growth per year"] == pytest.approx(later / cases - 1)
    rows = benchmarks.in_rows(norfolk)
    assert all(row[1] == "This unit" for row in rows if row[0])
    assert rows[0][2] == "2024-10"
    assert [row[0] for row in rows if row[0]] == [
        *("Cases per officer", "Visits overdue", "Visits overdue per case", "Visits completed"),
        *("Cases in the community", "Growth per year", "Share at very high risk"),
        *("Share at high risk", "Share at medium risk", "Share at low risk"),
    ]


def test_a_unit_of_another_kind_has_none() -> None:
    assert benchmarks.benchmarks(plan_of(toy(), fixed=True)) == ()
    assert benchmarks.table(plan_of(toy(), fixed=True)).empty


def test_a_unit_without_a_rate_of_growth_has_that_of_its_projection() -> None:
    unit = read(str(folder("data") / "synthetic-scenario.toml"))
    own = {one.what: one.own for one in benchmarks.benchmarks(stages.run(unit, fixed=True))}
    assert own["growth per year"] is not None
