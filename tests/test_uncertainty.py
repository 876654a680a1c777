"""Draws, bands, chances and the team that is enough."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from capacity import cli, stages
from capacity.results import tables
from capacity.risk import bands, chances, confident, drivers, futures, uncertainty
from capacity.risk.draws import Draws, mixing, uniform, value_of, with_draws
from capacity.settings import Quantity, Range
from capacity.stages import PlanResult
from tests.shipped import benchmark, planned
from tests.toys import plan_of, toy, visits


def unsure(*more: str, posts: float = 9, growth: str = "0.05", months: int = 24) -> str:
    """A toy whose hours, growth and sickness nobody knows for sure."""
    text = toy(*more, duty="", cases=600, posts=posts, months=months)
    text = text.replace(
        "growth_per_year = 0.0", f"growth_per_year = {growth}\nexits_per_year = 0.3"
    )
    hours = "hours = { value = 2, low = 1.6, high = 2.9 }"
    text = text.replace(
        "per_year = { hi = 12, lo = 4 }", f"per_year = {{ hi = 12, lo = 4 }}\n{hours}"
    )
    sick = "sickness = { value = 0.05, low = 0.03, high = 0.09 }"
    return text.replace('label = "Constable"', f'label = "Constable"\n{sick}')


@cache
def norfolk() -> PlanResult:
    return planned("norfolk-2024")


@cache
def small() -> PlanResult:
    return plan_of(unsure(visits()))


# Settings (EQ22) ---------------------------------------------------------------------------


def test_low_value_and_high_are_the_10th_50th_and_90th_percentile() -> None:
    given = Quantity(value=6.0, low=4.5, high=8.0)
    z = np.array([-1.28155, 0.0, 1.28155, -2.5631, 2.5631])
    values = value_of(given, z, Range())
    np.testing.assert_allclose(values, [4.5, 6.0, 8.0, 3.0, 10.0], rtol=1e-12)


def test_draws_are_cut_to_the_valid_range_and_rounded_where_whole() -> None:
    z = np.array([-5.0, -1.0, 0.0, 1.0, 5.0])
    share = value_of(Quantity(value=0.9, low=0.5, high=0.99), z, Range(le=1))
    assert share.min() == 0.0
    assert share.max() == 1.0
    months = value_of(Quantity(value=3, low=1, high=7), z, Range(whole=True))
    np.testing.assert_array_equal(months, [0, 1, 3, 6, 19])


def test_a_range_on_one_side_leaves_the_other_at_the_value() -> None:
    values = value_of(Quantity(value=2.0, high=3.0), np.array([-2.0, 0.0, 1.28155]), Range())
    np.testing.assert_allclose(values, [2.0, 2.0, 3.0])


def test_drawn_settings_have_the_percentiles_they_were_given() -> None:
    drawn = Draws(small().scenario, seed=3)
    hours = drawn.scenario_of(np.arange(1, 20_001)).settings.cohorts["a"].duties["visit"].hours
    low, middle, high = np.quantile(np.asarray(hours["*"].value), [0.1, 0.5, 0.9])
    assert low == pytest.approx(1.6, abs=0.02)
    assert middle == pytest.approx(2.0, abs=0.02)
    assert high == pytest.approx(2.9, abs=0.04)


@pytest.mark.slow
def test_what_is_decided_or_must_be_whole_is_not_drawn() -> None:
    names = {one.name for one in Draws(norfolk().scenario, 1).uncertain}
    assert "cohorts.rso.duties.visit.hours" in names
    assert not [name for name in names if name.startswith(("links.", "sizing."))]
    often = {name for name in names if "per_year." in name and ".duties." in name}
    assert often == {  # owed more often than monthly
        "cohorts.iom.duties.contact.per_year.red",
        "cohorts.iom.duties.contact.per_year.amber",
        "cohorts.dappa.duties.session.per_year.live",
    }
    assert not [name for name in names if name.endswith((".posts", ".court_orders"))]


def test_months_between_two_are_never_drawn_and_frequent_duties_stay_frequent() -> None:
    text = unsure(visits()).replace(
        "per_year = { hi = 12, lo = 4 }",
        "per_year = { hi = { value = 26, low = 6, high = 52 } }\n"
        "every_months = { lo = { value = 24, low = 12, high = 36 } }",
    )
    plan = plan_of(text, fixed=True)
    drawn = Draws(plan.scenario, 1)
    names = [one.name for one in drawn.uncertain]
    assert "cohorts.a.duties.visit.per_year.hi" in names
    assert not [name for name in names if "every_months" in name]
    often = futures.world(drawn, np.arange(500)).model.duties.per_year[:, 0, 0]
    assert often.min() > 12
    assert np.ptp(often) > 20
    batch = kept(uncertainty.run(drawn, futures.todays(plan), np.arange(30)))
    alone = kept(uncertainty.run(drawn, futures.todays(plan), np.array([9])))
    for one, many in zip(alone, batch, strict=True):
        np.testing.assert_array_equal(one[0], many[9])


def test_an_entry_mix_in_draws_still_adds_up() -> None:
    built = futures.world(Draws(norfolk().scenario, 1), np.arange(50)).model
    rso = built.caseloads.cohort_of == 0
    np.testing.assert_allclose(built.caseloads.mix[:, 0, rso].sum(axis=1), 1.0, rtol=1e-12)
    assert np.ptp(built.caseloads.mix[:, 0, 1]) > 0.05


def test_linked_settings_move_together_and_others_do_not() -> None:
    z = Draws(norfolk().scenario, seed=11).normal(np.arange(1, 20_001))
    visit = "cohorts.rso.duties.visit."
    linked = stats.spearmanr(z[visit + "hours"], z[visit + "second_officer_hours"]).statistic
    apart = stats.spearmanr(z[visit + "hours"], z["cohorts.rso.duties.arms.hours"]).statistic
    assert linked == pytest.approx(0.8, abs=0.01)
    assert apart == pytest.approx(0.0, abs=0.025)


KEPT = """
[links.tiers]
settings = ["cohorts.a.tiers.hi.cases", "cohorts.a.tiers.lo.cases"]
keep_total = true
"""


def test_a_link_can_keep_a_total() -> None:
    """Two tiers of 100 and 500; where they are drawn as 150 and 400 the total would be 550.

    By hand: multiplied by 600 / 550 they are 163.64 and 436.36, and 600 together.
    """
    ranged = (
        "tiers = { hi = { cases = { value = 100, low = 80, high = 150 } }, "
        "lo = { cases = { value = 500, low = 400, high = 600 } } }"
    )
    text = re.sub(r"tiers = \{ hi.*", ranged, toy(KEPT))
    scenario = plan_of(text, fixed=True).scenario
    ends = {"cohorts.a.tiers.hi.cases": 150.0, "cohorts.a.tiers.lo.cases": 400.0}
    drawn = with_draws(scenario, lambda name, quantity, valid: np.array([ends[name]]))
    tiers = drawn.settings.cohorts["a"].tiers
    assert tiers["hi"].cases.value == pytest.approx([163.636363], abs=1e-5)
    assert tiers["lo"].cases.value == pytest.approx([436.363636], abs=1e-5)
    opening = futures.world(Draws(scenario, 3), np.arange(200)).model.caseloads.opening
    np.testing.assert_allclose(opening.sum(axis=1), 600.0, rtol=1e-12)
    assert opening[0].tolist() == [100.0, 500.0]  # draw 0 is the plan's own
    assert np.ptp(opening[:, 0]) > 50


@pytest.mark.parametrize("rank", [-0.5, 0.0, 0.7, 1.0])
def test_a_mixture_has_the_rank_correlation_asked_for(rank: float) -> None:
    own = np.random.default_rng(5).standard_normal((40_000, 2))
    one, other = (own @ mixing(2, rank).T).T
    assert stats.spearmanr(one, other).statistic == pytest.approx(rank, abs=0.015)
    assert one.std() == pytest.approx(1.0, abs=0.015)


# New cases (EQ23) --------------------------------------------------------------------------


def test_new_cases_lie_around_those_expected_and_are_not_made_up_for() -> None:
    central = small().caseload.entrants[0]
    certain = small().scenario.replace(
        {"cohorts.a.duties.visit.hours": 2, "teams.t.grades.pc.sickness": 0.05}
    )
    world = futures.world(Draws(certain, 4), np.arange(1, 4_001))
    new = futures.run(world, futures.todays(small())).projection.caseload.entrants
    np.testing.assert_allclose(new.mean(axis=0), central, rtol=0.12)
    np.testing.assert_allclose(new.var(axis=0), central, rtol=0.2)
    assert abs(np.corrcoef(new[:, 0, 0], new[:, 1, 0])[0, 1]) < 0.06


# Draws by number ---------------------------------------------------------------------------


def test_a_stream_can_be_read_anywhere() -> None:
    whole = uniform(9, "a stream", np.arange(40))
    some = np.array([7, 8, 9, 3, 30, 31])
    np.testing.assert_array_equal(uniform(9, "a stream", some), whole[some])
    assert 0 < whole.min() < whole.max() < 1
    assert not np.array_equal(whole, uniform(9, "another", np.arange(40)))
    assert not np.array_equal(whole, uniform(8, "a stream", np.arange(40)))


def kept(future: futures.Future) -> list[np.ndarray]:
    """What a future comes to, for every draw also where no draw alters it."""
    run = future.projection
    parts = [run.due, run.done, run.longest_wait, run.lending]
    parts += [run.caseload.cases, future.staff.in_post]
    return [np.broadcast_to(part, (len(future.world.numbers), *part.shape[1:])) for part in parts]


@pytest.mark.slow
@pytest.mark.parametrize("option", ["today", "sized"])
def test_draw_i_alone_is_draw_i_in_a_batch(option: str) -> None:
    plan = norfolk()
    team = futures.todays(plan) if option == "today" else futures.sized(plan)
    drawn = Draws(plan.scenario, seed=2)
    batch = kept(uncertainty.run(drawn, team, np.arange(40)))
    for number in (0, 1, 17):
        alone = kept(uncertainty.run(drawn, team, np.array([number])))
        for one, many in zip(alone, batch, strict=True):
            np.testing.assert_array_equal(one[0], many[number])
    mixed = kept(uncertainty.run(drawn, team, np.array([25, 3, 39])))
    for one, many in zip(mixed, batch, strict=True):
        np.testing.assert_array_equal(one, many[[25, 3, 39]])


def test_draw_0_is_the_central_case() -> None:
    plan = norfolk()
    zero = uncertainty.run(Draws(plan.scenario, 1), futures.todays(plan), np.arange(3)).projection
    np.testing.assert_allclose(zero.due[0], plan.today.projection.due[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(zero.done[0], plan.today.projection.done[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(zero.longest_wait[0], plan.today.projection.longest_wait[0])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_processes() -> None:
    plan = small()
    drawn, team = Draws(plan.scenario, 6), futures.todays(plan)
    one = uncertainty.outlook(plan, drawn, team, 1_100)
    two = uncertainty.outlook(plan, drawn, team, 1_100, uncertainty.Ask(jobs=2))
    assert one.bands == two.bands
    assert one.chances == two.chances
    assert one.completion.tobytes() == two.completion.tobytes()
    other = uncertainty.outlook(plan, Draws(plan.scenario, 7), team, 1_100)
    assert one.bands != other.bands


def test_more_months_change_no_earlier_one() -> None:
    short, long = (plan_of(unsure(visits(), months=months), fixed=True) for months in (12, 24))
    runs = [
        uncertainty.run(Draws(plan.scenario, 1), futures.todays(plan), np.arange(9))
        for plan in (short, long)
    ]
    np.testing.assert_array_equal(runs[0].projection.done, runs[1].projection.done[:, :12])


# What a team gets done in draws ------------------------------------------------------------


def test_every_team_works_by_the_scenarios_order_of_service_not_by_a_programme() -> None:
    """Two monthly visits of an hour for the first tier and the second, hours for 90 of 120.

    In strict order the first tier has all of its visits; what a plan did plays no part.
    """
    text = toy(visits(), duty="hours = { value = 2, low = 2, high = 2 }", posts=1.2)
    text = text.replace("per_year = { hi = 12, lo = 4 }", "per_year = 12")
    plan = plan_of(text)
    run = uncertainty.run(Draws(plan.scenario, 3), futures.todays(plan), np.arange(1, 50))
    hi, lo = (run.projection.done[:, 1:, n] for n in range(2))
    np.testing.assert_array_equal(hi, run.projection.due[:, 1:, 0])
    assert (lo < run.projection.due[:, 1:, 1]).all()


def test_other_teams_work_overtime_up_to_the_limit_and_current_posts_up_to_what_is_in_use() -> None:
    """Three officers may work 10 hours each, and work 2: 30 and 6 where hours are short."""
    team = "overtime_hours_per_fte_month = 10\novertime_in_use = 2"
    plan = plan_of(toy(visits(), team=team, cases=400, duty="hours = 2"))
    assert plan.sizing is not None
    here = futures.world(Draws(plan.scenario, 3), np.arange(1, 20))
    nobody = np.zeros_like(plan.sizing.added)
    for team_, hours in ((futures.todays(plan), 6.0), (futures.sized(plan, nobody), 30.0)):
        seen = futures.run(here, team_).projection.overtime
        np.testing.assert_allclose(seen, hours)


def test_the_team_needed_or_one_with_other_posts_added() -> None:
    """3 there; 2 more in the first year and 4 in the second."""
    plan = plan_of(toy(visits(), cases=100))
    assert plan.sizing is not None
    assert (futures.sized(plan).posts == plan.sizing.posts).all()
    team = futures.sized(plan, np.array([[2.0, 4.0]]))
    assert team.posts[:, 0].tolist() == [5.0] * 12 + [7.0] * 12
    assert futures.todays(plan).posts[:, 0].tolist() == [3.0] * 24


def test_draws_come_in_portions_of_a_size() -> None:
    found = [part.tolist() for part in futures.chunks(1, 8, 3)]
    assert found == [[1, 2, 3], [4, 5, 6], [7]]
    assert [part.tolist() for part in futures.chunks(4, 4, 3)] == []


def test_a_world_has_as_many_draws_as_they_weigh() -> None:
    here = futures.world(Draws(plan_of(toy(visits())).scenario, 3), np.arange(1, 6))
    assert (here.weight, here.number) == (None, 5)
    weighed = replace(here, weigh=lambda numbers: numbers / 2.0)
    assert weighed.weight is not None
    assert weighed.weight.tolist() == [0.5, 1.0, 1.5, 2.0, 2.5]
    assert weighed.number == 7.5


def test_a_group_of_teams_is_judged_on_what_is_theirs() -> None:
    """Budgets of the unit are everybody's; what is due, a limit or most posts are of a team."""
    more = """
[cohorts.b]
team = "u"
growth_per_year = 0
tiers = { only = { cases = 40 } }
duties.check = { per_year = 12, hours = 1 }
[teams.u.grades.pc]
in_post = 1
cost_per_year = 50000
[[standards]]
name = "Checks"
cohort = "b"
duty = "check"
completion = 0.9
[[standards]]
name = "Limit of t"
cohort = "a"
cases_per_officer = 60
[[standards]]
name = "Most of u"
team = "u"
max_posts = 9
[[standards]]
name = "Money of all"
budget = 900000
[[standards]]
name = "Money of t"
team = "t"
budget = 500000
"""
    here = futures.world(Draws(plan_of(toy(visits(), more), fixed=True).scenario, 3), np.arange(3))
    told = {}
    for teams in ((0,), (1,), (0, 1)):
        seen = futures.seen_by(here, teams)
        assert seen.teams == teams
        rules = seen.model.rules
        every = (*rules.duties, *rules.caseloads, *rules.budgets, *rules.posts)
        told[teams] = {rule.name for rule in every}
    mine, theirs = {"Visits", "Limit of t", "Money of t"}, {"Checks", "Most of u"}
    assert told[0,] == mine | {"Money of all"}
    assert told[1,] == theirs | {"Money of all"}
    assert told[0, 1] == mine | theirs | {"Money of all"}


def test_the_central_case_among_others_is_without_chance_and_they_are_as_alone() -> None:
    """Of draws 4, 0 and 7 the middle one is the plan's, in cases, people and visits alike."""
    plan = plan_of(unsure(visits(), posts=8), fixed=True)
    drawn, team = Draws(plan.scenario, 3), futures.todays(plan)
    mixed = uncertainty.run(drawn, team, np.array([4, 0, 7]))
    alone = uncertainty.run(drawn, team, np.array([4, 7]))
    for of in (
        lambda run: run.projection.done,
        lambda run: run.projection.outstanding,
        lambda run: run.projection.caseload.cases,
        lambda run: run.projection.caseload.entrants,
        lambda run: run.staff.in_post,
    ):
        np.testing.assert_array_equal(of(mixed)[[0, 2]], of(alone))
    np.testing.assert_allclose(mixed.projection.done[1], plan.today.projection.done[0])
    np.testing.assert_allclose(mixed.projection.caseload.cases[1], plan.caseload.cases[0])
    np.testing.assert_allclose(mixed.staff.in_post[1], plan.today.staff.in_post[0])
    whole = alone.projection.done
    assert (whole == np.rint(whole)).all()


# Bands -------------------------------------------------------------------------------------


def test_percentiles_and_their_errors() -> None:
    numbers = np.random.default_rng(1).permutation(np.arange(10_001.0))[None]
    at, error = bands.quantiles(numbers)
    np.testing.assert_allclose(at, [[1_000, 5_000, 9_000]])
    np.testing.assert_allclose(error, [[30, 50, 30]], rtol=0.01)


def test_draws_without_a_value_are_left_out_of_a_band() -> None:
    numbers = np.array([[1.0, np.nan, 3.0, 2.0], [np.nan] * 4])
    at, _ = bands.quantiles(numbers)
    np.testing.assert_allclose(at[0], [1.2, 2.0, 2.8])
    assert np.isnan(at[1]).all()


def test_bands_are_ordered_and_lie_where_they_should() -> None:
    found = uncertainty.outlook(small(), Draws(small().scenario, 5), futures.todays(small()), 600)
    assert {band.measure for band in found.bands} == set(bands.MEASURES)
    for band in found.bands:
        assert band.p10 <= band.p50 <= band.p90
        assert min(band.p10_error, band.p50_error, band.p90_error) >= 0
        if band.measure == "completion":
            assert 0 <= band.p10 <= band.p90 <= 1
    groups = {(band.cohort, band.duty, band.tier) for band in found.bands}
    assert groups == {
        ("a", "visit", "hi"),
        ("a", "visit", "lo"),
        ("a", "visit", None),
        (None, None, None),
    }


@pytest.mark.slow
def test_the_80_per_cent_band_holds_80_per_cent_of_the_time() -> None:
    """500 worlds that were not used for the bands; 3.5 standard errors are 6 points."""
    plan = norfolk()
    drawn, team = Draws(plan.scenario, 8), futures.todays(plan)
    found = uncertainty.outlook(plan, drawn, team, 2_000)
    world = uncertainty.run(drawn, team, np.arange(50_001, 50_501))
    seen = bands.room_for(plan.model, 500)
    bands.trace(world, seen)
    month = plan.model.calendar.labels[30]
    for measure in ("cases", "due", "completion", "outstanding"):
        numbers = seen.of(bands.groups(plan.model)[-1], measure)
        band = next(
            one
            for one in found.bands
            if (one.measure, one.month, one.cohort) == (measure, month, None)
        )
        inside = (numbers[30] >= band.p10) & (numbers[30] <= band.p90)
        assert inside.mean() == pytest.approx(0.8, abs=0.06), measure


# Chances -----------------------------------------------------------------------------------


def test_a_chance_and_its_error() -> None:
    held = np.arange(10_000) < 8_000
    chance, error = chances.estimate(held)
    assert chance == 0.8
    assert error == pytest.approx(0.004, rel=0.01)
    assert chances.estimate(np.ones(100, dtype=bool))[1] > 0.01


def test_every_month_is_harder_than_a_year_and_a_year_than_a_month() -> None:
    plan = small()
    found = uncertainty.outlook(plan, Draws(plan.scenario, 5), futures.sized(plan), 800)
    told = {(c.standard, c.tier, c.period): c.chance for c in found.chances}
    for tier in ("hi", "lo", None):
        always = told["Visits", tier, "every month"]
        year = told["Visits", tier, "2025/26"]
        assert always <= year <= told["Visits", tier, "2025-10"]
    assert told["Visits", None, "2025/26"] == told[chances.EVERY_STANDARD, None, "2025/26"]
    assert told["Visits", None, "2025/26"] <= min(
        told["Visits", "hi", "2025/26"], told["Visits", "lo", "2025/26"]
    )
    assert ("Visits", "lo", "2026/27 average") in told
    assert (
        told["Backlog above 100", None, "any month"] >= told["Backlog above 100", None, "2027-03"]
    )


@pytest.mark.slow
def test_more_posts_do_not_lower_the_chance_on_the_same_draws() -> None:
    """Who leaves and who can be reached is drawn anew for other people and other visits.

    So the chance rises on average only: it may fall by what sampling alone explains.
    """
    for plan in (small(), norfolk()):
        assert plan.sizing is not None
        worlds = [futures.world(Draws(plan.scenario, 5), np.arange(1, 401))]
        points = list(confident.curve(plan, worlds, "year"))
        for standard in {point.standard for point in points}:
            mine = [point for point in points if point.standard == standard]
            assert all(one.posts <= more.posts for one, more in pairwise(mine))
            assert all(one.cost < more.cost for one, more in pairwise(mine))
            for one, more in pairwise(mine):
                assert one.chance <= more.chance + 2 * more.error, standard
            assert mine[0].posts == plan.model.people.posts[0, -1].sum()


# The team that is enough -------------------------------------------------------------------


@pytest.mark.slow
def test_the_confident_team_is_the_smallest_that_is_sure_enough() -> None:
    plan = small()
    drawn = Draws(plan.scenario, 5)

    def check(team: futures.Staffing) -> chances.VerdictRecord:
        return uncertainty.outlook(plan, drawn, team, 1_500, first=confident.FRESH).record

    found = confident.size(plan, drawn, 0.8, "year", check, searched=1_000)
    worlds = [futures.world(drawn, numbers) for numbers in futures.chunks(1, 1_001)]

    def least_chance(added: np.ndarray) -> float:
        team = futures.sized(plan, added)
        runs = [futures.run(world, team) for world in worlds]
        return float(chances.by_period(chances.record(plan.model.calendar, runs), "year").min())

    assert found.out_of_reach == ()
    assert least_chance(found.added) >= 0.8
    assert (np.diff(found.added, axis=1) >= 0).all()
    for year in range(found.added.shape[1]):
        fewer = found.added.copy()
        fewer[0, year] -= 1
        if fewer[0, year] >= (fewer[0, year - 1] if year else 0):
            assert least_chance(fewer) < 0.8
    assert found.draws == 1_500
    assert (found.chance > 0.8 - 4 * found.error).all()
    assert (found.error > 0).all()


@pytest.mark.slow
def test_a_chance_that_no_number_of_posts_reaches_is_said_so() -> None:
    text = unsure(visits(0.95)).replace(
        "hours = { value = 2",
        "access_rate = { value = 0.95, low = 0.9, high = 1 }\nhours = { value = 2",
    )
    plan = plan_of(text)
    drawn = Draws(plan.scenario, 5)

    def check(team: futures.Staffing) -> chances.VerdictRecord:
        return uncertainty.outlook(plan, drawn, team, 500, first=confident.FRESH).record

    found = confident.size(plan, drawn, 0.9, "year", check, searched=500)
    assert found.out_of_reach == ("2025/26", "2026/27")
    assert plan.sizing is not None
    np.testing.assert_array_equal(found.added, plan.sizing.added)


def sure_enough(text: str, of: chances.ConfidenceOf, asked: float = 0.8) -> confident.Confident:
    """The team that is sure enough, looked for in a few hundred futures."""
    plan = plan_of(text)
    drawn = Draws(plan.scenario, 5)

    def check(team: futures.Staffing) -> chances.VerdictRecord:
        return uncertainty.outlook(plan, drawn, team, 400, first=confident.FRESH).record

    return confident.size(plan, drawn, asked, of, check, searched=400)


def test_every_month_at_once_asks_for_as_many_posts_as_a_month_or_more() -> None:
    text = unsure(visits())
    together, by_year = sure_enough(text, "every month"), sure_enough(text, "year")
    assert together.periods == (chances.EVERY_MONTH,)
    assert len(by_year.periods) == 2
    assert together.out_of_reach == ()
    assert (together.added >= by_year.added).all()
    assert together.added[0, -1] > by_year.added[0, 0]


def test_no_more_posts_than_there_may_be_are_looked_for() -> None:
    """More than ten are sure enough, ten may be there: then a year is out of reach."""
    found = sure_enough(unsure(visits()), "year")
    assert found.posts[-1, 0] > 10
    most = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 10\n'
    held = sure_enough(unsure(visits(), most), "year")
    assert held.posts.max() <= 10
    assert "2026/27" in held.out_of_reach
    assert held.chance[-1] < 0.8 <= found.chance[-1] + 3 * found.error[-1]


def test_no_sergeant_is_taken_away_from_the_constables_that_there_are() -> None:
    more = "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 4\n"
    text = unsure(visits()) + more + "cost_per_year = 60000\n"
    found = sure_enough(text, "year")
    constables, sergeants = found.posts[-1]
    assert constables > 9
    assert sergeants == np.ceil(constables / 4)


def test_sizes_of_a_team_that_needs_no_more_go_a_quarter_beyond_it() -> None:
    """Twelve are enough: 3 more are a quarter, and half as many again with one beyond them 6."""
    plan = plan_of(unsure(visits(0.5), posts=12))
    assert plan.sizing is not None
    assert not plan.sizing.added.any()
    tried = confident.sizes(plan.model, plan.sizing.added, None, 16)
    assert [one[0, -1] for one in tried] == [0, 1, 2, 3, 4, 5, 6]


def test_supervisors_come_with_those_they_supervise() -> None:
    text = unsure(visits(), posts=9) + "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\n"
    plan = plan_of(text + "supervises = 11\ncost_per_year = 60000\n")
    added = np.array([[1.0, 3.0], [0.0, 0.0]])
    years = len(plan.model.calendar.years)
    assert years == 2
    np.testing.assert_array_equal(confident.supervised(plan.model, added), [[1, 3], [0, 1]])


# What matters most -------------------------------------------------------------------------


@pytest.mark.slow
def test_what_matters_most_comes_first_and_shares_add_up() -> None:
    plan = plan_of(unsure(visits(), growth="{ value = 0.02, low = 0.019, high = 0.021 }"))
    drawn = Draws(plan.scenario, 5)
    numbers = np.arange(1, 2_001)
    seen = uncertainty.at_the_end(uncertainty.run(drawn, futures.todays(plan), numbers))
    found = drivers.drivers(plan, drawn, numbers, seen)
    of_completion = [one for one in found if one.measure == drivers.COMPLETION]
    assert of_completion[0].setting == "cohorts.a.duties.visit.hours"
    assert sum(one.share_of_variance for one in of_completion) == pytest.approx(1.0)
    hours = of_completion[0]
    assert hours.at_low > hours.central > hours.at_high
    cost = next(
        one for one in found if one.measure == drivers.COST and one.setting == hours.setting
    )
    assert cost.at_low < cost.central < cost.at_high


def test_a_setting_at_its_low_is_what_the_scenario_with_that_number_comes_to() -> None:
    plan = small()
    drawn = Draws(plan.scenario, 5)
    place = next(n for n, one in enumerate(drawn.uncertain) if one.name.endswith("visit.hours"))
    pairs = drivers.completion_at_ends(plan, plan.scenario, drawn.uncertain)
    for value, seen in zip((1.6, 2.9), pairs[place], strict=True):
        other = plan.scenario.replace({"cohorts.a.duties.visit.hours": value})
        run = stages.run(other, fixed=True).today.projection
        assert seen == pytest.approx(run.done[0, -1].sum() / run.due[0, -1].sum(), rel=1e-9)


# All together ------------------------------------------------------------------------------


@pytest.mark.slow
def test_simulate_tells_everything_and_draws_until_the_error_asked_for() -> None:
    text = unsure(visits(), "[sizing]\nconfidence = 0.7")
    said: list[str] = []
    ask = uncertainty.Ask(number=300, until_error=0.02, curve=True, backlog=(5.0, 50.0))
    found = uncertainty.simulate(plan_of(text), 1, ask, said.append)
    assert found.number > 300
    assert [one.team.name for one in found.outlooks] == ["today", "sized", "confident"]
    worst = [chances.worst(one.record, "year")[1] for one in found.outlooks[:2]]
    assert max(worst) <= 0.02
    assert found.confident is not None
    assert found.curve
    assert found.drivers
    assert any("until the error" in one for one in said)
    again = uncertainty.simulate(plan_of(text), 1, ask)
    assert again.bands == found.bands
    assert again.chances == found.chances
    assert again.curve == found.curve


def test_a_scenario_without_standards_or_ranges_can_be_simulated() -> None:
    plan = plan_of(toy(growth=0.1), fixed=True)
    found = uncertainty.simulate(plan, 1, uncertainty.Ask(number=50))
    assert found.drivers == ()
    assert found.curve == ()
    assert {one.standard for one in found.chances} == {"Backlog above 100"}


def test_bands_are_of_tiers_duties_groups_and_all() -> None:
    """A group that owes no duty has bands of its cases alone; 10 cases that nothing moves stay."""
    still = '[cohorts.b]\nteam = "t"\ntiers.k = { cases = 10 }\n'
    plan = plan_of(toy(months=6) + still, fixed=True)
    groups = [(one.cohort, one.duty, one.tier) for one in bands.groups(plan.model)]
    assert groups == [
        ("a", "visit", "hi"),
        ("a", "visit", "lo"),
        ("a", "visit", None),
        ("a", None, None),
        ("b", None, None),
        (None, None, None),
    ]
    found = uncertainty.simulate(plan, 1, uncertainty.Ask(number=20))
    mine = [one for one in found.bands if one.cohort == "b"]
    assert {one.measure for one in mine} == {"cases"}
    assert [one.month for one in mine] == list(plan.model.calendar.labels)
    assert {(one.p10, one.p50, one.p90) for one in mine} == {(10.0, 10.0, 10.0)}


# Tables and the command --------------------------------------------------------------------

COLUMNS = {
    "bands": "option month cohort duty tier measure p10 p50 p90",
    "chances": "option standard tier period chance error",
    "chance_by_posts": "posts cost standard chance error",
    "drivers": "setting low high measure at_low at_high share_of_variance",
    "confident": "of period asked chance error",
    "confident_posts": "team grade year today sized confident",
}


@pytest.mark.slow
@pytest.mark.parametrize("fixed", [False, True])
def test_tables_have_the_published_columns(fixed: bool) -> None:
    plan = plan_of(unsure(visits(), "[sizing]\nconfidence = 0.7"), fixed=fixed)
    found = tables.uncertain(uncertainty.simulate(plan, 1, uncertainty.Ask(number=60)))
    assert list(found) == list(COLUMNS)
    for name, table in found.items():
        published = COLUMNS[name].split()
        assert list(table.columns)[: len(published)] == published
    sized = {"chance_by_posts", "confident", "confident_posts"}
    assert {name for name, table in found.items() if table.empty} == (sized if fixed else set())


@pytest.mark.slow
def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(unsure(visits(), "[sizing]\nconfidence = 0.7"), encoding="utf-8")
    say = ["simulate", str(file), "--draws", "50", "--drivers", "1", "--seed", "3"]
    told = CliRunner().invoke(cli.app, [*say, "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert "50 simulations (seed 3)" in told.output
    assert "Posts needed for 70% confidence: every standard met" in told.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *(f"{name}.csv" for name in COLUMNS),
        "manifest.json",
        "timings.json",
    }
    told = CliRunner().invoke(cli.app, [*say, "--json"])
    printed = json.loads(told.stdout)
    assert printed["manifest"]["seed"] == 3
    written = (tmp_path / "out" / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(written)["run_id"] == printed["manifest"]["run_id"]
    assert len(printed["chances"]) > 100


@pytest.mark.slow
def test_the_curve_leaves_out_the_years_that_no_number_of_posts_reaches() -> None:
    """A limit that four officers meet in 2025/26; 95% of visits in 2026/27, of which 92% can be.

    Over both years no size of team has any chance; in the first four posts always meet the limit.
    """
    duty = "hours = 2\naccess_rate = { value = 0.92, low = 0.91, high = 0.93 }"
    ratio = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 30\n'
    asked = "[sizing]\nconfidence = 0.8\n"
    found = uncertainty.simulate(
        plan_of(toy(visits(0.95, "2026-04-01"), ratio, asked, duty=duty, posts=4)),
        1,
        uncertainty.Ask(number=50, drivers=False),
    )
    assert found.confident is not None
    assert found.confident.out_of_reach == ("2026/27",)
    every = [size.chance for size in found.curve if size.standard == chances.EVERY_STANDARD]
    assert every
    assert min(every) > 0.4
    worst = chances.worst(found.outlooks[0].record, "year")
    assert worst[0] < 0.2


def test_single_offenders_come_to_the_same_on_average() -> None:
    """Cases, due and done of 40 histories, each within four standard errors."""
    one_by_one = benchmark("one_by_one")
    text = toy(cases=120, growth=0.06, duty="hours = 2.5\naccess_rate = 0.95", posts=2.2)
    text = text.replace("growth_per_year = 0.06", "growth_per_year = 0.06\nexits_per_year = 0.5")
    plan = plan_of(text, fixed=True)
    world = futures.world(Draws(plan.scenario, 1), np.arange(1, 2_001))
    run = futures.run(world, futures.todays(plan)).projection
    units = [
        one_by_one.Unit(plan.model, plan.today.staff, plan.caseload.entrants, seed).run()
        for seed in range(40)
    ]
    for month in (3, 12, 23):
        for name, drawn in (("cases", run.caseload.cases), ("due", run.due), ("done", run.done)):
            seen = np.array([getattr(unit, name)[month].sum() for unit in units])
            error = seen.std(ddof=1) / np.sqrt(len(units))
            expected = drawn[:, month].sum(axis=1).mean()
            assert abs(seen.mean() - expected) < 4 * error, (name, month, seen.mean(), expected)
