"""Sweeps: points as typed, figures as `capacity plan` has them, however they are worked out."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.engine import building, caseload
from capacity.errors import InputError
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.staffing import pipeline
from capacity.sweeps import Sweep, SweepAsk, axes, files, grid, places, points, sweep
from capacity.sweeps.pipelines import Pipelines
from capacity.sweeps.points import PointsOfJob
from capacity.sweeps.table import heats, sentences
from capacity.why import headlines
from tests import making, toys
from tests.toys import toy, visits

GROWTH = "cohorts.rso.growth_per_year"
HOURS = "cohorts.rso.duties.visit.hours"
SICKNESS = "teams.ppu.grades.constable.sickness"


def read(text: str) -> Scenario:
    return scenario.read("toy.toml", files={"toy.toml": text})


@pytest.fixture(scope="module")
def small() -> Scenario:
    """Three tiers of the toy's questions in a year."""
    return read(toy(visits(), months=12, posts=1))


@pytest.fixture(scope="module")
def norfolk() -> Scenario:
    """Norfolk over eighteen months: every kind of rule, in little time."""
    return scenario.read("norfolk-2024").replace({"months": 18})


def diff(base: Scenario, values: dict[str, float]) -> Scenario:
    """The same scenario through a diff file with these values in it."""
    lines = ['extends = "norfolk-2024.toml"', 'title = "A point"', "months = 18"]
    for name, value in values.items():
        *above, last = name.split(".")
        lines += [f"[{'.'.join(above)}]", f"{last} = {value!r}"]
    texts = {file.name: file.text for file in base.files}
    parent = Path(base.files[0].name).parent
    return scenario.read(
        (parent / "point.toml").as_posix(),
        files={**texts, (parent / "point.toml").as_posix(): "\n".join(lines)},
    )


def close(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def _values(varied: Sequence[axes.Axis]) -> dict[str, tuple[float, ...]]:
    return {axis.name: axis.values for axis in varied}


def work(base: Scenario, vary: list[str], way: points.Way, *, anew: bool = False) -> list[Any]:
    """The rows of a sweep in one portion; `again` reads every point from its diff."""
    varied = axes.asked(base, vary, None)
    every = grid.full(varied)
    made = places.template(base, _values(varied), every)
    if anew:
        made = places.Template(base, made.names, None)
    return points.work_out(PointsOfJob(made, 0, every, way))


def compare(ours: list[Any], theirs: list[Any]) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        differing = {
            name: (one.get(name), other.get(name))
            for name in {*one, *other}
            if not close(one.get(name), other.get(name))
        }
        assert not differing, one["point"]


# What is typed -----------------------------------------------------------------------------


def test_values_are_exactly_those_typed(norfolk: Scenario) -> None:
    [axis] = axes.asked(norfolk, [f"{GROWTH}=0:0.08:0.01"], None)
    assert axis.values == (0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08)
    [axis] = axes.asked(norfolk, [f"{HOURS}=3,4.25,2_0"], None)
    assert axis.values == (3, 4.25, 20)
    [axis] = axes.asked(norfolk, ["standards.Home visits.completion=0.9:0.96:0.03"], None)
    assert axis.values == (0.9, 0.93, 0.96)


@pytest.mark.parametrize(
    ("typed", "samples", "said"),
    [
        ("growth", None, "must be SETTING=FROM:TO:STEP or SETTING=A,B,C, got growth"),
        ("cohorts.rso.growth=1,2", None, "must be the dotted name of a number of this scenario"),
        (f"{GROWTH}=0:0.1:0.03", None, "leads from FROM to TO, got 0:0.1:0.03; use 0:0.09:0.03"),
        (f"{GROWTH}=0.1:0:0.01", None, "must go from the lower to the higher number"),
        (f"{GROWTH}=0:0.1:0", None, "must have a step above 0"),
        (f"{GROWTH}=0:0.1", None, "must have a step (FROM:TO:STEP), or be drawn with --samples"),
        (f"{GROWTH}=0:0.1:0.1:1", None, "must be FROM:TO:STEP"),
        (f"{GROWTH}=0:1:0.000001", None, "must be at most 100,000 points, got 1,000,001"),
        (f"{GROWTH}=0,x", None, "must be numbers such as 12 or 0.08, got x"),
        (f"{GROWTH}=1e9", None, "must be numbers such as 12 or 0.08, got 1e9"),
        (f"{GROWTH}=0.1,0.2,0.1", None, "must give each value once, got 0.1"),
        (f"{SICKNESS}=0.1,-1,2", None, "must be at least 0 and at most 1, got -1, 2"),
        ("months=12.5,24", None, "must be a whole number, at least 1 and at most 600, got 12.5"),
        ("start=2024", None, "must be a number; a date cannot be varied"),
        ("title=1", None, "must be a number; words and yes or no cannot be varied"),
        ("links.visit_time.correlation=0.5", None, "this one is about how certain it is"),
        (f"{GROWTH}=0:0.1", 0, "--samples: must be at least 1, got 0"),
        (f"{GROWTH}=0:0.1", 100_001, "must be at most 100,000 points in all, got 100,001"),
        ("months=12.5:24", 5, "must begin and end with whole numbers"),
        ("cohorts.rso.duties.visit.per_year=1,2", None, "must be one number: name a tier of it"),
    ],
)
def test_what_cannot_be_varied_is_said(
    norfolk: Scenario, typed: str, samples: int | None, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        axes.asked(norfolk, [typed], samples)
    assert said in str(caught.value)


def test_every_problem_is_told_at_once(norfolk: Scenario) -> None:
    arms = "cohorts.rso.duties.arms.hours"
    typed = ["nothing=1", f"{GROWTH}=0,0.1", f"{GROWTH}=0.2", f"{arms}=1,2", f"{arms}.high=1"]
    with pytest.raises(InputError) as caught:
        axes.asked(norfolk, [*typed, f"{HOURS}=0:1:0.3"], None)
    words = [str(one) for one in caught.value.problems]
    assert len(words) == 4
    assert words[2] == f"--vary: {GROWTH}: must be varied once"
    assert f"must not be varied together with {arms}" in words[3]


def test_too_many_points_together_are_refused(norfolk: Scenario) -> None:
    with pytest.raises(InputError, match=r"100,000 points in all, got 251,001; use larger steps"):
        axes.asked(norfolk, [f"{GROWTH}=0:0.5:0.001", f"{HOURS}=1:6:0.01"], None)


# Points ------------------------------------------------------------------------------------


def test_a_full_grid_has_every_combination_the_last_setting_fastest(norfolk: Scenario) -> None:
    varied = axes.asked(norfolk, [f"{GROWTH}=0,0.1", f"{HOURS}=3:5:1"], None)
    assert grid.full(varied) == ((0, 3), (0, 4), (0, 5), (0.1, 3), (0.1, 4), (0.1, 5))


def test_a_latin_hypercube_meets_every_stratum_once(norfolk: Scenario) -> None:
    vary = [f"{GROWTH}=0:0.1", "months=12:31", f"{HOURS}=3,4,5,6", f"{SICKNESS}=0.02:0.06:0.01"]
    varied = axes.asked(norfolk, vary, 20)
    drawn = grid.latin_hypercube(varied, 20, seed=7)
    growth, months, hours, sickness = zip(*drawn, strict=True)
    assert sorted(int(value / 0.005) for value in growth) == list(range(20))
    assert sorted(months) == list(range(12, 32))  # as many whole numbers as points
    assert sorted(hours) == sorted([3, 4, 5, 6] * 5)
    assert sorted(sickness) == sorted([0.02, 0.03, 0.04, 0.05, 0.06] * 4)
    assert grid.latin_hypercube(varied, 20, seed=7) == drawn
    assert grid.latin_hypercube(varied, 20, seed=8) != drawn
    assert all(value == round(value, 12) for value in growth)  # short enough to be typed


# Figures -----------------------------------------------------------------------------------


def test_small_points_by_hand(small: Scenario) -> None:
    """One officer has 173 1/3 hours per month; a visit takes two.

    Each month all of `hi` fall due and, at first, a third of the 60 in `lo`: hi goes first. With 60
    in hi 80 visits take 160 hours. With 80 in hi, 200 hours: 6 2/3 of lo are done and 13 1/3 wait.
    With 100 in hi only 86 2/3 are done, and none of lo.
    """
    one_month = small.replace({"months": 1})
    rows = work(one_month, ["cohorts.a.tiers.hi.cases=60:100:20"], "today's posts")
    assert [row["completion_end"] for row in rows] == pytest.approx(
        [1, (80 + 20 / 3) / 100, (260 / 3) / 120], rel=1e-12
    )
    assert [row["outstanding_end"] for row in rows] == pytest.approx(
        [0, 40 / 3, 100 / 3], rel=1e-12, abs=1e-9
    )
    assert [row["cost_real"] for row in rows] == pytest.approx([50_000 / 12] * 3, rel=1e-12)
    assert [row["posts_end"] for row in rows] == [1.0] * 3
    assert [row["option"] for row in rows] == ["today"] * 3


def test_figures_of_todays_posts_are_those_of_plan(norfolk: Scenario) -> None:
    vary = [f"{GROWTH}=0:0.06:0.03", f"{SICKNESS}=0.02,0.05"]
    rows = work(norfolk, vary, "today's posts")
    for row, (growth, sickness) in zip(
        rows, grid.full(axes.asked(norfolk, vary, None)), strict=True
    ):
        plan = stages.run(diff(norfolk, {GROWTH: growth, SICKNESS: sickness}), fixed=True)
        said = headlines.read_off(plan).today
        services = said.services
        assert row["posts_end"] == said.posts[-1]
        assert close(row["cost_real"], float(said.cost.sum()))
        assert close(row["cost_discounted"], said.cost_discounted)
        assert close(row["outstanding_end"], float(sum(s.outstanding[-1] for s in services)))
        assert row["longest_wait_months"] == max(s.longest_wait for s in services)
        assert row["standards_missed"] == sum(bool(one.missed) for one in said.standings)
        assert row["periods_missed"] == sum(len(one.missed) for one in said.standings)
        assert (row["status"] == "meets every standard") == headlines.keeps_everything(plan)
        assert close(row["hours_short"], said.short)
        assert close(row["overtime_hours"], float(said.overtime.sum()))
        ends = [s.completion[s.ends[1]] for s in services if s.ends]
        assert close(row["completion_end"], float(min(ends)))
        worst = min(float(np.nanmin(s.completion)) for s in services if s.ends)
        assert close(row["completion_worst"], worst)
        visit = next(s for s in services if s.duty == "visit")
        assert close(row["completion_end.rso.visit"], float(visit.completion[-1]))


@pytest.mark.slow
def test_plans_without_whole_posts_are_those_that_sizing_starts_from(norfolk: Scenario) -> None:
    vary = [f"{GROWTH}=0,0.05", f"{SICKNESS}=0.02,0.05"]
    rows = work(norfolk, vary, "without whole posts")
    assert [row["option"] for row in rows] == ["today", "sized"] * 4
    for row, (growth, sickness) in zip(
        rows[1::2], grid.full(axes.asked(norfolk, vary, None)), strict=True
    ):
        plan = stages.run(diff(norfolk, {GROWTH: growth, SICKNESS: sickness}))
        assert plan.sizing is not None
        assert row["status"] == plan.sizing.status == "meets every standard"
        assert close(row["cost_discounted"], plan.sizing.relaxed_cost)


@pytest.mark.slow
def test_plans_in_whole_posts_are_those_of_plan(norfolk: Scenario) -> None:
    rows = work(norfolk, [f"{GROWTH}=0.02,0.05"], "whole posts")
    for place, growth in enumerate((0.02, 0.05)):
        plan = stages.run(diff(norfolk, {GROWTH: growth}))
        assert plan.sizing is not None
        said = headlines.read_off(plan)
        today, sized = rows[2 * place : 2 * place + 2]
        assert said.sized is not None
        assert (today["option"], sized["option"]) == ("today", "sized")
        assert today["posts_end"] == said.today.posts[-1]
        assert sized["posts_end"] == said.sized.posts[-1]
        assert sized["posts_2024/25"] == said.sized.posts[5]  # March
        assert (sized["status"], sized["gap"]) == (plan.sizing.status, plan.sizing.gap)
        assert close(sized["cost_real"], float(said.sized.cost.sum()))
        assert close(sized["cost_discounted"], said.sized.cost_discounted)
        assert sized["standards_missed"] == sum(bool(one.missed) for one in said.sized.standings)


def test_a_standard_that_cannot_be_met_is_missed_by_as_many_hours(small: Scenario) -> None:
    """A standard that no plan can meet, as access allows half of what is due."""
    text = toy(visits(first="2025-04-01"), months=12, posts=1, duty="hours = 2\naccess_rate = 0.5")
    vary = ["standards.Visits.completion=0.4,0.6"]
    met, missed = work(read(text), vary, "without whole posts")[1::2]
    plan = stages.run(read(text).replace({"standards.Visits.completion": 0.6}))
    assert plan.sizing is not None
    assert (met["status"], met["hours_missed"]) == ("meets every standard", 0)
    assert missed["status"] == plan.sizing.status == "misses least"
    assert close(missed["cost_discounted"], plan.sizing.relaxed_cost)
    assert missed["hours_missed"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["three-offices", "lone-visits-low", "leave-and-loan"])
def test_many_at_once_are_as_one_by_one(name: str) -> None:
    """With offices like another, dated changes, and people away."""
    base = scenario.read(name).replace({"months": 14})
    vary = [f"{GROWTH}=0,0.02,0.04", "cohorts.rso.duties.visit.per_year.high=4,6"]
    vary += ["cohorts.rso.duties.visit.crew.low=1,2"]
    compare(work(base, vary, "today's posts"), work(base, vary, "today's posts", anew=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 4, 9])
def test_random_scenarios_at_once_are_as_one_by_one(seed: int) -> None:
    text = making.toml(making.scenario(seed))
    base = read(text).replace({"months": 10})
    cohort, team = next(iter(base.settings.cohorts)), next(iter(base.settings.teams))
    tier = next(iter(base.settings.cohorts[cohort].tiers))
    grade = next(iter(base.settings.teams[team].grades))
    cases = int(base.settings.cohorts[cohort].tiers[tier].cases.value)
    vary = [f"cohorts.{cohort}.tiers.{tier}.cases={cases + 1},{cases + 10},{cases + 25}"]
    vary += [f"teams.{team}.grades.{grade}.abstraction=0,0.1,0.2"]
    compare(work(base, vary, "today's posts"), work(base, vary, "today's posts", anew=True))
    ours, theirs = (work(base, vary, "without whole posts", anew=anew) for anew in (False, True))
    assert [row.get("status") for row in ours] == [row.get("status") for row in theirs]
    for one, other in zip(ours[1::2], theirs[1::2], strict=True):
        assert one["cost_discounted"] == pytest.approx(other["cost_discounted"], rel=1e-8)


def test_setting_standards_first_is_worked_out_apart() -> None:
    """What a standard asks for then decides what is done."""
    rule = '[priority]\nrule = "standards first"\n'
    base = read(toy(visits(first="2025-04-01"), rule, months=6, posts=0.7))
    vary = ["standards.Visits.completion=0.5:0.9:0.2"]
    rows = work(base, vary, "today's posts")
    compare(rows, work(base, vary, "today's posts", anew=True))
    assert len({row["completion_worst.a.visit"] for row in rows}) == 3


@pytest.mark.parametrize("name", ["norfolk-2024", "court-orders-back"])
def test_pipelines_of_many_points_are_those_of_each(name: str) -> None:
    base = scenario.read(name).replace({"months": 14})
    varied = axes.asked(base, [f"{GROWTH}=0.01:0.03:0.01"], None)
    made = places.template(base, _values(varied), grid.full(varied))
    built = building.build(made.replaced([np.array([0.01, 0.02, 0.03])]))
    pipelines = Pipelines(built, caseload.project(built))
    for draw, value in enumerate((0.01, 0.02, 0.03)):
        one = building.build(made.point((value,)))
        cases = caseload.project(one)
        ours, theirs = pipelines.of(draw, one, cases), pipeline.coefficients(one, cases)
        for part in ("fixed", "carried", "carried_in", "month", "row", "share"):
            assert getattr(ours, part) == pytest.approx(getattr(theirs, part), rel=0, abs=1e-10)


# Points that cannot be ---------------------------------------------------------------------


def test_a_point_with_more_managed_reactively_than_may_be_says_so() -> None:
    """Policy allows 40% of the lower tier."""
    allowed = "[cohorts.a.may_be_reactive]\nlo = 0.4\n[cohorts.a.reactive_share]\nlo = 0.1"
    base = read(toy(allowed, months=6))
    made = work(base, ["cohorts.a.reactive_share.lo=0.2,0.3,0.5"], "today's posts")
    wrong = {row["point"]: row["error"] for row in made if "error" in row}
    assert list(wrong) == [3]
    assert "must be at most 0.4: policy allows no more" in wrong[3]


def test_a_point_that_cannot_be_says_why_and_stops_no_other(norfolk: Scenario) -> None:
    vary = ["cohorts.rso.duties.visit.per_year.high=4:6:1", f"{GROWTH}=0.02,0.04"]
    made = sweep(norfolk, SweepAsk(vary=vary, way="today's posts"))
    assert made.failed == 2
    wrong = made.table[made.table["error"].notna()]
    assert wrong["point"].tolist() == [3, 4]
    assert (
        "must give a whole number of months between visits (12 ÷ 5 = 2.4)" in wrong["error"].iloc[0]
    )
    assert wrong["completion_end"].isna().all()
    assert made.told["point"].tolist() == [1, 2, 5, 6]
    assert "2 could not be planned; the column error says why." in list(sentences(made))


def test_no_point_that_can_be_is_an_error(norfolk: Scenario) -> None:
    vary = ["cohorts.rso.duties.visit.per_year.high=5,7"]
    with pytest.raises(InputError, match="whole number of months"):
        sweep(norfolk, SweepAsk(vary=vary, way="today's posts"))


# The table and its files -------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(norfolk: Scenario) -> Sweep:
    vary = [f"{GROWTH}=0:0.08:0.02", f"{HOURS}=3:5:1", f"{SICKNESS}=0.03,0.05"]
    return sweep(norfolk, SweepAsk(vary=vary, way="today's posts"))


def test_the_table_is_tidy(made: Sweep) -> None:
    table = made.table
    assert list(table.columns)[:8] == [
        "point", GROWTH, HOURS, SICKNESS, "option", "status", "gap", "error",
    ]  # fmt: skip
    assert len(table) == 30
    assert table["point"].tolist() == list(range(1, 31))
    assert table[GROWTH].tolist() == [v for v in (0, 0.02, 0.04, 0.06, 0.08) for _ in range(6)]


@pytest.mark.slow
def test_files_hold_the_same_and_never_differ(made: Sweep) -> None:
    manifest = files.manifest_of(made)
    written = files.contents(made, manifest)
    assert sorted(written) == [
        "heat.html", "heat.svg", "manifest.json", "sweep.csv", "sweep.parquet",
    ]  # fmt: skip
    csv = pd.read_csv(io.BytesIO(written["sweep.csv"]))
    parquet = pd.read_parquet(io.BytesIO(written["sweep.parquet"]))
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)
    assert files.contents(made, files.manifest_of(made)) == written
    assert manifest["options"]["vary"][HOURS] == {"values": [3, 4, 5]}
    assert b"http" not in written["heat.html"].replace(b"http://www.w3.org", b"")
    assert "mean of the points in each cell" in written["heat.html"].decode()


def test_heat_maps_are_of_the_first_two_settings(made: Sweep) -> None:
    found = heats(made)
    assert {(one.across, one.up) for one in found} == {("growth_per_year", "hours")}
    by_name = {one.name: one for one in found}
    cell = by_name["completion_end"].frame.set_index(["growth_per_year", "hours"])["completion_end"]
    table = made.table
    mine = table[(table[GROWTH] == 0.08) & (table[HOURS] == 5)]["completion_end"]
    assert cell["0.08", "5"] == pytest.approx(mine.mean())
    assert "posts_end" not in by_name  # the same at every point


def test_sentences_say_extremes_and_where_standards_are_missed(small: Scenario) -> None:
    vary = ["cohorts.a.tiers.hi.cases=40:80:20"]
    words = list(sentences(sweep(small, SweepAsk(vary=vary, way="today's posts"))))
    assert words[0] == "3 points, today's posts: cohorts.a.tiers.hi.cases 40 to 80 (3 values)."
    assert "Every standard is met at 2 of 3 points." in words
    assert "Not met first: Visits at 1." in words
    assert "cases: one is not met from 80 to 80, all are met from 40 to 60." in words


def test_drawn_settings_are_mapped_in_ten_bands(small: Scenario) -> None:
    """Each of 20 strata of 40 to 60 cases is met once, so each band of two has two points."""
    vary = ["cohorts.a.tiers.hi.cases=40:60", "cohorts.a.duties.visit.hours=4:5"]
    found = sweep(small, SweepAsk(vary=vary, way="today's posts", samples=20))
    heat = next(one for one in heats(found) if one.name == "completion_end")
    low, *_, high = heat.orders[0]
    assert (low, high, len(heat.orders[0])) == ("40–42", "58–60", 10)
    assert heat.orders[1][0] == "4–4.1"
    assert set(heat.frame["cases"]) == set(heat.orders[0])
    told = found.told
    first = told[told["cohorts.a.tiers.hi.cases"] < 42]
    assert len(first) == 2
    cell = heat.frame[heat.frame["cases"] == "40–42"]
    assert cell["completion_end"].mean() == pytest.approx(first["completion_end"].mean())


def test_one_setting_has_no_heat_map_and_one_value_no_range(small: Scenario) -> None:
    vary = ["cohorts.a.tiers.hi.cases=40", "cohorts.a.growth_per_year=0,0.1"]
    found = sweep(small, SweepAsk(vary=vary, way="today's posts"))
    assert heats(found) == ()
    words = next(iter(sentences(found)))
    assert "cohorts.a.tiers.hi.cases 40; cohorts.a.growth_per_year 0 to 0.1 (2 values)." in words


def test_names_are_cut_as_short_as_tells_them_apart() -> None:
    both = '[cohorts.b]\nteam = "t"\ngrowth_per_year = 0\ntiers = { all = { cases = 9 } }\n'
    vary = ["cohorts.a.growth_per_year=0,0.1", "cohorts.b.growth_per_year=0,0.1", "months=6,7"]
    found = sweep(read(toy(both, months=6)), SweepAsk(vary=vary, way="today's posts"))
    assert list(found.short.values()) == ["a.growth_per_year", "b.growth_per_year", "months"]


def test_months_are_varied_past_a_dated_change() -> None:
    """From the ninth month on a visit takes 4 hours instead of 2: eight months see none of it."""
    later = '[[changes]]\nfrom = 2025-12-01\nset = { "cohorts.a.duties.visit.hours" = 4 }\n'
    base = read(toy(later, months=6, posts=1))
    rows = work(base, ["months=8,12"], "today's posts")
    compare(rows, work(base, ["months=8,12"], "today's posts", anew=True))
    ends = [row["completion_end"] for row in rows]
    # 173⅓ hours of one: all 80 visits take 160 of 2 hours, and 43⅓ of 4 are done of 80 or more.
    assert ends[0] == pytest.approx(1.0)
    assert ends[1] < 43.34 / 80


@pytest.mark.slow
@pytest.mark.parametrize("way", ["today's posts", "without whole posts"])
def test_jobs_never_change_a_byte(small: Scenario, way: points.Way) -> None:
    vary = ["cohorts.a.tiers.hi.cases=40:80:0.2", "cohorts.a.growth_per_year=0:0.04:0.02"]
    if way == "without whole posts":
        vary = [vary[0].replace("0.2", "1"), vary[1]]
    one, two = (sweep(small, SweepAsk(vary=vary, way=way, jobs=jobs)) for jobs in (1, 2))
    assert files.contents(one, files.manifest_of(one)) == files.contents(
        two, files.manifest_of(two)
    )


# The command -------------------------------------------------------------------------------


@pytest.fixture
def toy_file(tmp_path: Path) -> Path:
    path = tmp_path / "toy.toml"
    path.write_text(toy(visits(), months=12, posts=1), encoding="utf-8")
    return path


def run(*typed: str) -> Any:
    return CliRunner().invoke(app, ["sweep", *typed, "--jobs", "1"])


def test_the_command_writes_prints_and_repeats(toy_file: Path, tmp_path: Path) -> None:
    typed = [str(toy_file), "--vary", "cohorts.a.tiers.hi.cases=40:60", "--samples", "5"]
    typed += ["--vary", "cohorts.a.duties.visit.hours=1.5,2", "--fixed", "--seed", "3"]
    outs = [tmp_path / name for name in ("one", "two")]
    for out in outs:
        done = run(*typed, "--out", str(out))
        assert done.exit_code == 0, done.output
        assert "5 points, today's posts" in done.output
    same = [
        {path.name: path.read_bytes() for path in out.iterdir() if path.name != "timings.json"}
        for out in outs
    ]
    assert same[0] == same[1]
    again = run(*typed, "--out", str(outs[0]))  # an earlier result may be replaced
    assert again.exit_code == 0, again.output
    told = json.loads(run(*typed, "--json").output)
    assert len(told["sweep"]) == 5
    assert told["sweep"][0]["error"] is None
    assert told["manifest"]["seed"] == 3
    kept = json.loads(same[0]["manifest.json"])
    assert told["manifest"] == {name: kept[name] for name in told["manifest"]}


def test_the_command_names_the_points_that_cannot_be(toy_file: Path) -> None:
    done = run(str(toy_file), "--vary", "cohorts.a.duties.visit.per_year.lo=4,5", "--fixed")
    assert done.exit_code == 2, done.output
    assert "1 could not be planned; the column error says why." in done.stdout
    assert "lo 5: " in done.stderr
    assert "must give a whole number of months between visits (12 ÷ 5 = 2.4)" in done.stderr


def test_more_points_than_a_screen_holds_are_not_printed(toy_file: Path) -> None:
    typed = [str(toy_file), "--vary", "cohorts.a.tiers.hi.cases=40:60:0.5", "--fixed"]
    lines = run(*typed).stdout.splitlines()
    assert "41 points, today's posts" in " ".join(lines)
    assert not any(line.startswith("40.5 ") for line in lines)
    few = run(*typed[:2], "cohorts.a.tiers.hi.cases=40:41:0.5", "--fixed").stdout.splitlines()
    assert any(line.split()[:1] == ["40.5"] for line in few)


def test_the_command_refuses_before_it_writes(toy_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    wrong = run(str(toy_file), "--vary", "a=1", "--vary", "months=0,1", "--out", str(out))
    assert wrong.exit_code == 2
    assert len(wrong.stderr.splitlines()) == 2
    assert not out.exists()
    both = run(str(toy_file), "--vary", "months=12,13", "--fixed", "--relaxed")
    assert both.exit_code == 2
    assert "--relaxed: must not be given with --fixed" in both.stderr
    nothing = run(str(toy_file))
    assert nothing.exit_code == 2
    assert "--vary: must be given" in nothing.stderr


def test_a_point_without_an_answer_has_current_posts_and_its_own_exit_code(
    toy_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solver answers at one of two points, which differ in growth."""
    toys.no_answer_where_cases_grow(monkeypatch)
    done = run(str(toy_file), "--vary", "cohorts.a.growth_per_year=0,0.1", "--jobs", "1", "--json")
    assert done.exit_code == 3, done.output
    rows = json.loads(done.stdout)["sweep"]
    assert [(row["point"], row["option"], row["error"]) for row in rows] == [
        (1, "today", None),
        (1, "sized", None),
        (2, "today", None),
        (2, None, "the solver gave no proven answer while sizing the team: Unknown"),
    ]
