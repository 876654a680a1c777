"""Simulations in whole people and whole visits (EQ28), held to the method's text and to laws."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from capacity.engine import building
from capacity.engine import caseload as caseloads
from capacity.engine.model import Model, Randomness
from capacity.risk import chances, futures, luck, uncertainty, whole
from capacity.risk.draws import Draws
from capacity.risk.futures import Future, Staffing, World
from capacity.risk.review_table import OF_CASES, OF_HOURS, OF_OVERDUE, Review
from capacity.stages import PlanResult
from tests import making
from tests.toys import plan_of, sure, toy, visits

CALM = "[chance]\nsickness_long_term = 0\nsickness_shock = 0\nabstraction_shock = 0\n"
"""No spells and no shocks."""


def world(plan: PlanResult, draws: int, seed: int = 1, first: int = 1) -> World:
    return futures.world(Draws(plan.scenario, seed), np.arange(first, first + draws))


def run(plan: PlanResult, draws: int, posts: float | None = None, seed: int = 1) -> Future:
    """What current posts, or so many of each grade, get done in some draws."""
    team = futures.todays(plan)
    if posts is not None:
        team = replace(team, posts=np.full_like(team.posts, posts))
    return futures.run(world(plan, draws, seed), team)


def near(seen: np.ndarray, wanted: float, errors: float = 4.0) -> bool:
    """Whether a mean over draws lies within some standard errors of what it should be."""
    error = seen.std(ddof=1) / np.sqrt(len(seen))
    return bool(abs(seen.mean() - wanted) <= errors * error + 1e-9)


# Random numbers ------------------------------------------------------------------------------

EVEN = np.random.default_rng(1).random(2_000)


def test_the_normal_quantile_is_the_normal_quantile() -> None:
    chances_ = np.concatenate([EVEN, [1e-300, 1e-15, 1e-5, 1 - 1e-5, 1 - 1e-12]])
    seen = np.array([luck.normal(one) for one in chances_])
    np.testing.assert_allclose(seen, special.ndtri(chances_), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("mean", [0.01, 3.0, 59.9, 61.0, 2_000.0])
def test_new_cases_are_poisson_and_beyond_60_at_most_one_off(mean: float) -> None:
    seen = np.array([luck.poisson(one, mean) for one in EVEN])
    off = np.abs(seen - stats.poisson.ppf(EVEN, mean)).max()
    assert off <= (0 if mean <= luck.EXACT_UP_TO else 1)


@pytest.mark.parametrize(
    ("number", "share"), [(18, 0.98), (100, 0.03), (5, 0.5), (200, 0.7), (4_000, 0.4)]
)
def test_counts_are_binomial(number: int, share: float) -> None:
    seen = np.array([luck.binomial(one, number, share) for one in EVEN])
    off = np.abs(seen - stats.binom.ppf(EVEN, number, share)).max()
    assert off <= (0 if number * min(share, 1 - share) <= luck.EXACT_UP_TO else 1)


@pytest.mark.parametrize(("times", "share"), [(20, 0.25), (3, 0.6), (150, 0.2), (2_000, 0.3)])
def test_failed_attempts_are_negative_binomial(times: int, share: float) -> None:
    log = math.log1p(-share)
    seen = np.array([luck.failures(one, times, share, log) for one in EVEN])
    off = np.abs(seen - stats.nbinom.ppf(EVEN, times, 1 - share)).max()
    assert off <= (0 if times * share / (1 - share) <= luck.EXACT_UP_TO else 1)


@pytest.mark.parametrize(
    ("all_", "some", "drawn"),
    [(50, 20, 10), (50, 40, 45), (50, 10, 45), (300, 250, 160), (10, 10, 3), (2_000, 900, 700)],
)
def test_who_is_drawn_of_an_age_is_hypergeometric(all_: int, some: int, drawn: int) -> None:
    seen = np.array([luck.marked(one, all_, some, drawn) for one in EVEN])
    wanted = stats.hypergeom.ppf(EVEN, all_, some, drawn)
    few = min(some, all_ - some) * min(drawn, all_ - drawn) / all_ <= luck.EXACT_UP_TO
    assert np.abs(seen - wanted).max() <= (0 if few else 1)


@pytest.mark.parametrize("drawn", [0, 1, 4, 12, 19, 20])
def test_everyone_is_as_likely_to_be_chosen(drawn: int) -> None:
    """Of 3, 0, 5, 2 and 10 at five ages, drawn by drawn of 20 each."""
    there, chosen, total = np.array([3, 0, 5, 2, 10]), np.zeros(5, dtype=np.int64), np.zeros(5)
    key = luck.keys(1, "who", ["a"])[0]
    for number in range(3_000):
        luck.choose(np.uint64(luck.of_draw(key, number)), there, drawn, chosen)
        assert chosen.sum() == drawn
        assert (chosen <= there).all()
        total += chosen
    np.testing.assert_allclose(total / 3_000, there * drawn / 20, atol=0.13)


def test_random_numbers_are_even_and_unlike_from_month_to_month_and_name_to_name() -> None:
    one, other = luck.keys(1, "exits", ["a.hi", "a.lo"])
    seen = np.array(
        [
            [luck.even(np.uint64(luck.of_draw(key, n)), t) for key in (one, other) for t in (0, 1)]
            for n in range(4_000)
        ]
    )
    assert (stats.kstest(seen, "uniform", axis=0).pvalue > 1e-3).all()
    apart = np.abs(np.corrcoef(seen.T) - np.eye(4)).max()
    assert apart < 0.06


def test_where_nothing_can_be_kept_it_is_compiled_anew_and_not_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    before = luck.numba.config.CACHE_DIR
    there, under_a_file = tmp_path / "folder", tmp_path / "file" / "below"
    for folder, can in ((under_a_file, False), (there, True), (None, False)):
        with luck._kept_in(folder) as kept:
            assert kept is can
    assert before == luck.numba.config.CACHE_DIR


def twice(number: float) -> float:
    return 2.0 * number


def test_it_is_compiled_when_first_called_and_there_for_the_next_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with monkeypatch.context() as there:
        for where in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
            there.setenv(where, str(home))
        of_a_number = luck.kept_compiled("float64(float64)")
        one, other = of_a_number(twice), of_a_number(twice)
    assert not list(tmp_path.rglob("*.nbi"))
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, (1.0, 1.5, 2.0, 2.5))) == [2.0, 3.0, 4.0, 5.0]
    assert len(list(home.rglob("*.nbi"))) == 1
    assert other(3.5) == 7.0
    hits = [sum(made.ready().stats.cache_hits.values()) for made in (one, other)]
    assert hits == [0, 1]


def test_an_account_without_a_home_has_nowhere_to_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    assert luck._folder("capacity.risk.whole", {}) is None
    elsewhere = {"XDG_CACHE_HOME": "/c", "LOCALAPPDATA": "/c", "HOME": "/c"}
    found = luck._folder("capacity.risk.whole", elsewhere)
    assert found is not None
    assert found.parts[1] == "c"


def test_it_is_compiled_again_when_any_module_that_it_takes_from_changes() -> None:
    beside = {f"capacity.risk.{name}" for name in ("luck", "queued", "review_table", "whole")}
    assert set(luck._beside("capacity.risk.whole")) == beside


def test_what_simulates_nothing_does_not_load_the_simulation() -> None:
    """It takes a second, more than all the rest of a plan with current posts."""
    loads = "import capacity.cli, capacity.results.terminal, capacity.batch.delivering"
    shown = f"{loads}, sys; print(sorted({{'numba', 'capacity.risk.whole'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Against the plan ----------------------------------------------------------------------------

BIG = 20_000_000.0


def enlarged(model: Model) -> Model:
    """The same unit with so many times the cases and people, and no shocks: chance evens out."""
    cases, people, duties = model.caseloads, model.people, model.duties
    rules = tuple(
        replace(one, level=np.asarray(one.level) * BIG) if one.kind.key == "outstanding" else one
        for one in model.rules.duties
    )

    def times(part: Any, *names: str) -> Any:
        return replace(part, **{name: getattr(part, name) * BIG for name in names})

    return replace(
        model,
        caseloads=replace(
            times(cases, "opening", "given", "inflows", "arrivals"),
            transfers=tuple(times(event, "cases") for event in cases.transfers),
        ),
        duties=times(duties, "overdue"),
        people=times(
            people,
            *("posts", "undated_posts", "opening", "in_training", "joiners_due"),
            *("joiners_due_all", "max_joiners", "events", "events_counted"),
        ),
        rules=replace(model.rules, duties=rules),
        chance=Randomness(True, 0.0, 3.0, 0.0, 0.0, 0.0),
    )


SERIES = (
    *("newly_due", "due", "done", "done_early", "outstanding", "own", "other_work", "duty_hours"),
    *("overtime", "received", "lent", "lending", "short", "cut_short", "not_shared", "not_worked"),
    "officers",
)


@pytest.mark.parametrize(
    "seed",
    [*range(1, 13), *(pytest.param(n, marks=pytest.mark.slow) for n in range(13, 120))],
)
def test_of_very_many_cases_and_people_simulations_are_the_plan(seed: int) -> None:
    """Every part of the format and every behaviour sooner or later; 20 million times the unit."""
    table = making.behaving(seed)
    for n, team in enumerate(table["teams"].values()):
        # Hours over are told apart from none at all, which rounding undoes at such a size.
        team |= {"effort": 0.9} if (seed + n) % 4 == 0 and "pooling" not in team else {}
    built = enlarged(building.build(making.read(table)))
    here = World(np.arange(1, 4), built, caseloads.project(built), seed)
    team = Staffing("any", built.people.posts[0], "in use" if seed % 2 else "limit")
    drawn, certain = futures.run(here, team), futures.without_chance(here, team)
    for name in SERIES:
        many, one = getattr(drawn.projection, name), getattr(certain.projection, name)
        if np.size(one):
            scale = max(np.abs(one).max(), BIG)
            np.testing.assert_allclose(many.mean(axis=0) / scale, one[0] / scale, atol=0.01)
    for name in ("cases", "entrants", "exits"):
        many, one = getattr(drawn.projection.caseload, name), getattr(here.expected, name)
        np.testing.assert_allclose(many.mean(axis=0) / BIG, one[0] / BIG, atol=0.1, rtol=0.002)
    people = drawn.staff.in_post.mean(axis=0) / BIG
    np.testing.assert_allclose(people, certain.staff.in_post[0] / BIG, atol=0.01, rtol=0.002)


def test_with_nothing_left_to_chance_every_simulation_is_the_plan() -> None:
    text = toy(visits(), "[chance]\nwhole = false", growth=0.04, duty="hours = 3", posts=2.5)
    plan = plan_of(text)
    for team, option in ((futures.todays(plan), plan.today), (futures.sized(plan), None)):
        here = world(plan, 5)
        seen = futures.run(here, team).projection
        wanted = option.projection if option else futures.without_chance(here, team).projection
        for name in ("due", "done", "outstanding", "longest_wait", "own"):
            whole_ = np.broadcast_to(getattr(wanted, name), getattr(seen, name).shape)
            np.testing.assert_allclose(getattr(seen, name), whole_, rtol=1e-9, atol=1e-9)


# Conservation --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(201, 213))
def test_cases_and_people_are_whole_and_conserved(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening + entrants − exits = closing, and the clocks hold exactly the cases there are."""
    plan = making.stages(making.behaving(seed))
    built = plan.model
    here = World(np.arange(1, 31), built, caseloads.project(built), seed)
    kept: list[Any] = []
    make = whole.workspace
    monkeypatch.setattr(whole, "workspace", lambda *a: kept.append(make(*a)) or kept[-1])
    found = futures.run(here, Staffing("any", built.people.posts[0], "in use"))
    cases, went = found.projection.caseload, found.staff
    for part in (cases.cases, cases.entrants, cases.exits, found.projection.done):
        np.testing.assert_array_equal(part, np.rint(part))
    assert cases.cases.min() >= 0
    opening = np.rint(built.caseloads.opening)
    for cohort in range(len(built.cohorts)):
        mine = np.flatnonzero(built.caseloads.cohort_of == cohort)
        total = cases.cases[:, :, mine].sum(axis=2)
        moved = (cases.entrants - cases.exits)[:, :, mine].sum(axis=2)
        before = np.concatenate([np.full((30, 1), opening[0, mine].sum()), total[:, :-1]], axis=1)
        np.testing.assert_array_equal(before + moved, total)
    people = np.concatenate(
        [np.broadcast_to(built.people.opening[:, None], (30, 1, len(built.grades))), went.in_post],
        axis=1,
    )
    gone = went.joiners - went.leavers - went.releases
    np.testing.assert_allclose(people[:, :-1] + gone, people[:, 1:], atol=1e-9)
    state, _, _, _, _, recent, late, waits, _ = kept[0][0]  # of the last draw
    size = here.laid_out.capacity[1]
    for row in np.flatnonzero(built.duties.interval[-1] > 0).tolist():
        held = state[recent[row] : recent[row] + size[row]].sum()
        held += state[late[row] : late[row] + waits[row]].sum()
        assert held == cases.cases[-1, -1, built.duties.tier_of[row]]
    run_ = found.projection
    assert (run_.done <= run_.due).all()
    clocked = built.duties.interval > 0
    carried = run_.due[:, 1:] - run_.newly_due[:, 1:]
    assert (carried * clocked[1:] >= 0).all()


# Named random numbers ------------------------------------------------------------------------


@cache
def unsure() -> PlanResult:
    """A unit of two tiers whose hours and sickness nobody knows, short of hours."""
    text = toy(
        visits(),
        cases=90,
        growth=0.1,
        months=18,
        duty="hours = { value = 2, low = 1.5, high = 2.6 }\naccess_rate = 0.9\n"
        "no_answer_share = 0.2\nno_answer_hours = 0.5",
        grade="sickness = { value = 0.06, low = 0.03, high = 0.1 }\nleavers_per_year = 0.1\n"
        "abstraction = 0.1\nrecruitment_lead_months = 4",
    ).replace(
        "growth_per_year", "exits_per_year = 0.2\nmoves_per_year.hi.lo = 0.3\ngrowth_per_year"
    )
    return plan_of(text)


def parts(found: Future) -> Iterable[np.ndarray]:
    run_, people = found.projection, found.staff
    yield from (run_.due, run_.done, run_.longest_wait, run_.duty_hours, run_.own)
    yield from (run_.caseload.cases, people.in_post, people.posts)


def test_a_simulation_alone_is_that_simulation_among_many_on_any_number_of_threads() -> None:
    plan = unsure()
    team = futures.sized(plan)
    drawn = Draws(plan.scenario, 2)
    many = list(parts(uncertainty.run(drawn, team, np.arange(40))))
    for some in ([0], [1], [17], [25, 3, 39]):
        alone = parts(uncertainty.run(drawn, team, np.array(some)))
        for one, every in zip(alone, many, strict=True):
            np.testing.assert_array_equal(one, every[some])
    with ThreadPoolExecutor(3) as pool:
        chunks = [np.arange(first, first + 8) for first in range(0, 40, 8)]
        side = list(pool.map(lambda numbers: uncertainty.run(drawn, team, numbers), chunks))
    for n, every in enumerate(many):
        joined = np.concatenate([list(parts(found))[n] for found in side])
        np.testing.assert_array_equal(joined, every)


def test_a_cohort_or_a_month_more_changes_no_other_number() -> None:
    more = (
        '[cohorts.b]\nteam = "u"\ntiers.k = { cases = 40 }\nexits_per_year = 0.3\n'
        "[cohorts.b.duties.visit]\nper_year = 4\nhours = 1\naccess_rate = 0.8\n"
        "[teams.u.grades.pc]\nin_post = 2\ncost_per_year = 50000\n"
    )
    text = toy(cases=50, growth=0.1, duty="hours = 2\naccess_rate = 0.9", posts=2)
    alone = run(plan_of(text, fixed=True), 50)
    beside = run(plan_of(text + more, fixed=True), 50)
    longer = run(plan_of(text.replace("months = 24", "months = 36"), fixed=True), 50)
    np.testing.assert_array_equal(alone.projection.done, beside.projection.done[:, :, :2])
    np.testing.assert_array_equal(alone.staff.in_post, beside.staff.in_post[:, :, :1])
    np.testing.assert_array_equal(alone.projection.done, longer.projection.done[:, :24])
    np.testing.assert_array_equal(alone.staff.in_post, longer.staff.in_post[:, :24])


def test_the_worlds_of_all_options_are_the_same_and_more_hours_leave_less_undone() -> None:
    plan = unsure()
    here = world(plan, 400)
    team = futures.todays(plan)
    runs = [futures.run(here, replace(team, posts=team.posts + n)) for n in range(4)]
    for one in runs[1:]:
        cases = one.projection.caseload
        np.testing.assert_array_equal(cases.entrants, runs[0].projection.caseload.entrants)
        np.testing.assert_array_equal(cases.cases, runs[0].projection.caseload.cases)
    left = [one.projection.outstanding.mean(axis=0).sum() for one in runs]
    assert left[0] > left[1] > left[2] > left[3]


# Known by hand -------------------------------------------------------------------------------


@pytest.mark.parametrize(("cases", "level"), [(18, 0.95), (200, 0.95), (60, 0.9)])
def test_with_ample_staff_completion_is_binomial(cases: int, level: float) -> None:
    """Each of 18 is due every month and can be reached with 98%; 95% are 17.1, so all 18 must be.

    The probability is 0.98 to the power of 18 = 69.5% in each month.
    """
    text = toy(visits(level, "2025-04-01"), CALM, cases=cases, months=12, posts=40)
    text = text.replace("hours = 2", "hours = 2\naccess_rate = 0.98")
    found = run(plan_of(text, fixed=True), 4_000)
    record = chances.record(found.world.model.calendar, [found])
    met = record.met[0]
    wanted = stats.binom.sf(np.ceil(level * cases - 1e-9) - 1, cases, 0.98)
    if cases == 18:
        assert wanted == pytest.approx(0.98**18)
    assert near(met.mean(axis=1), float(wanted))
    together = np.all(met, axis=1)
    assert near(together * 1.0, float(wanted**12))


def test_officers_leave_one_by_one() -> None:
    """Ten, 12% a year, nobody joins: after a year Binomial(10, 0.99 to the power of 12)."""
    grade = f"leavers_per_year = 0.12\nrecruitment_lead_months = {sure(600)}"
    found = run(plan_of(toy(CALM, posts=10, grade=grade, months=12), fixed=True), 6_000)
    there = found.staff.in_post[:, -1, 0]
    wanted = stats.binom.pmf(np.arange(11), 10, 0.99**12)
    seen = np.bincount(there.astype(int), minlength=11) / len(there)
    np.testing.assert_allclose(seen, wanted, atol=4 * np.sqrt(0.25 / 6_000))


def test_part_of_an_officer_leaves_as_one() -> None:
    """2.5 FTE, 24% a year: half a post is left over and leaves with 2% a month like the others."""
    grade = f"leavers_per_year = 0.24\nrecruitment_lead_months = {sure(600)}"
    found = run(plan_of(toy(CALM, posts=2.5, grade=grade, months=6), fixed=True), 6_000)
    there = found.staff.in_post[:, -1, 0]
    assert set(np.unique(there)) <= {0.0, 0.5, 1.0, 1.5, 2.0, 2.5}
    assert near(there, 2.5 * 0.98**6)
    assert near((there % 1 > 0) * 1.0, 0.98**6)


def test_sickness_in_spells_and_shocks_has_the_hours_of_the_plan_on_average() -> None:
    grade = "sickness = 0.08\nabstraction = 0.15\nleave_days = 25"
    plan = plan_of(toy(posts=12, grade=grade, months=24), fixed=True)
    found = run(plan, 3_000)
    assert near(found.projection.own.mean(axis=(1, 2)), float(plan.today.staff.own_hours.mean()))
    first = found.projection.own[:, 0, 0]
    assert near(first, float(plan.today.staff.own_hours[0, 0, 0]))
    without = run(plan_of(toy(CALM, posts=12, grade=grade, months=24), fixed=True), 3)
    np.testing.assert_allclose(
        without.projection.own, plan.today.staff.own_hours[:, :, :] + 0 * without.projection.own
    )


def test_long_spells_last_as_long_as_they_do() -> None:
    """Of 200 people 8% are ill, 30% of that in spells of 3 months: 4.8 in one, 2/3 a month later.

    The correlation of how many are in one from month to month is 1 − 1/3 − begun among those who
    are not: 0.024 ÷ 0.976 ÷ 3 = 0.0082, so 0.6585.
    """
    calm = "[chance]\nsickness_shock = 0\nabstraction_shock = 0\n"
    found = run(
        plan_of(toy(calm, posts=200, grade="sickness = 0.08", months=24), fixed=True), 4_000
    )
    hours = found.projection.own[:, :, 0]
    short = 0.08 * 0.7 / (1 - 0.024)
    in_spell = 200 * (1 - hours / (52 * 40 / 12 * 200 * (1 - short)))
    np.testing.assert_allclose(in_spell, np.rint(in_spell), atol=1e-6)
    assert near(in_spell.mean(axis=1), 4.8)
    assert in_spell.var(axis=0).mean() == pytest.approx(200 * 0.024 * 0.976, rel=0.05)
    ahead = np.mean([np.corrcoef(in_spell[:, t], in_spell[:, t + 1])[0, 1] for t in range(23)])
    assert ahead == pytest.approx(0.6585, abs=0.02)


def test_shocks_are_shared_and_last() -> None:
    """Two teams meet the same shock; its logarithm has spread 0.15 and half is there a month on."""
    chance = "[chance]\nsickness_long_term = 0\nabstraction_shock = 0\n"
    second = "[teams.u.grades.pc]\nin_post = 5\ncost_per_year = 50000\nsickness = 0.1\n"
    text = toy(chance, second, posts=5, grade="sickness = 0.05", months=12)
    hours = run(plan_of(text, fixed=True), 4_000).projection.own
    one, other = (1 - hours[:, :, n] / (52 * 40 / 12 * 5) for n in range(2))
    np.testing.assert_allclose(2 * one, other, rtol=1e-6)
    v = np.log(one / 0.05) + 0.15**2 / 2
    assert v.std() == pytest.approx(0.15, rel=0.02)
    assert near(one.mean(axis=1), 0.05)
    ahead = np.mean([np.corrcoef(v[:, t], v[:, t + 1])[0, 1] for t in range(11)])
    assert ahead == pytest.approx(0.5, abs=0.03)


def test_failed_attempts_take_the_hours_of_the_plan_on_average() -> None:
    """60 + 20 visits a month of 2 hours, a quarter of all tries failing at half an hour each.

    A third of a failed attempt behind each one done: 80 × (2 + 1/6) hours, with the spread of
    80 × 0.25 ÷ 0.75² failures.
    """
    text = toy(CALM, duty="hours = 2\nno_answer_share = 0.25\nno_answer_hours = 0.5", posts=20)
    used = run(plan_of(text, fixed=True), 4_000).projection.duty_hours[:, :, 0]
    assert near(used.mean(axis=1), 80 * (2 + 1 / 6))
    assert used.std(axis=0).mean() == pytest.approx(0.5 * np.sqrt(80 * 0.25 / 0.75**2), rel=0.03)


def test_exits_and_moves_are_whole_and_binomial() -> None:
    text = toy(cases=100, months=1).replace(
        "growth_per_year = 0.0",
        "entrants_per_month = 0\nexits_per_year = 0.6\nmoves_per_year = { hi = { lo = 1.2 } }",
    )
    found = run(plan_of(text, fixed=True), 5_000)
    hi, lo = found.projection.caseload.cases[:, 0].T
    for seen, wanted in (
        (hi, stats.binom(100, 0.95 * 0.9)),
        (found.projection.caseload.exits[:, 0, 1], stats.binom(100, 0.05)),
    ):
        assert near(seen, float(wanted.mean()))
        assert seen.var() == pytest.approx(wanted.var(), rel=0.08)
    assert near(lo, 100 * 0.95 + 100 * 0.95 * 0.1)


def test_arrivals_of_a_mix_are_not_lost_to_rounding() -> None:
    """One arrival a quarter, by a mix of 30 and 70 in a hundred."""
    events = "".join(
        f'[[events]]\nat = 2025-{n:02d}-01\ncohort = "a"\narrivals = 1\n' for n in (4, 7, 10)
    )
    text = toy(events, cases=50, months=12).replace(
        "growth_per_year = 0.0", "entrants_per_month = 0\nentry_mix = { hi = 0.3, lo = 0.7 }"
    )
    new = run(plan_of(text, fixed=True), 4_000).projection.caseload.entrants
    assert near(new[:, :, 0].sum(axis=1), 0.9)
    assert near(new[:, :, 1].sum(axis=1), 2.1)


def test_those_in_turn_have_waited_longest() -> None:
    """Ten of 120 quarterly cases can be done a month: whoever is done in turn has waited most.

    Served in turn nobody waits much longer than everybody; evenly, some are forgotten.
    """
    text = toy(CALM, cases=60, duty="hours = 2\nin_turn = {}", posts=0.4)
    turn, evenly = (
        run(plan_of(text.replace("in_turn = {}", f"in_turn = {{ lo = {n} }}"), fixed=True), 300)
        for n in (1, 0)
    )
    waits = [one.projection.longest_wait[:, -1, 1].mean() for one in (turn, evenly)]
    assert waits[0] <= waits[1]


# Reviews -------------------------------------------------------------------------------------


def test_what_tiers_must_have_together_is_done_in_the_order_of_service() -> None:
    """Ten of each tier are due every month, and there are hours for ten visits and a little more.

    Of the 20 half must be done, and high comes first: its ten. Each by itself had five of ten.
    """
    text = toy(
        CALM,
        visits(0.5, "2025-04-01") + "pooled = true\n",
        '[priority]\nrule = "standards first"',
        cases=10,
        posts=1,
        duty="hours = 17",
    ).replace("lo = 4", "lo = 12")
    done = run(plan_of(text, fixed=True), 50).projection.done
    assert (done[:, :, 0] == 10).all()
    assert done[:, :, 1].max() <= 1


def reviewed(text: str, rows: list[tuple[int, int, int, float, float]], draws: int = 200) -> Future:
    """Posts of the only grade by a review: month, first month, measure, at least, posts."""
    plan = plan_of(text, fixed=True)
    team = replace(futures.todays(plan), review=rule(rows))
    return futures.run(world(plan, draws), team)


def rule(rows: list[tuple[int, int, int, float, float]]) -> Review:
    """The same rows as a table for the only grade of the only team."""
    month, start, measure, at_least, posts = (np.array(one) for one in zip(*rows, strict=True))
    none = np.zeros(len(rows), dtype=np.int64)
    return Review(month, start, none, none, measure, at_least * 1.0, posts * 1.0)


def test_posts_follow_the_cases_at_the_review() -> None:
    """Reviewed in month 6 for month 9: 4 posts from 120 cases at the end of month 5, else 3."""
    text = toy(CALM, cases=60, posts=3, months=12).replace(
        "growth_per_year = 0.0", "entrants_per_month = 2\nexits_per_year = 0.2"
    )
    found = reviewed(text, [(6, 9, OF_CASES, 0, 3), (6, 9, OF_CASES, 120, 4)])
    cases = found.projection.caseload.cases[:, 5].sum(axis=1)
    assert 0.1 < (cases >= 120).mean() < 0.9
    np.testing.assert_array_equal(found.staff.posts[:, :9, 0], 3.0)
    np.testing.assert_array_equal(found.staff.posts[:, 9, 0], np.where(cases >= 120, 4.0, 3.0))


def test_what_a_review_saw_is_told_and_gives_the_posts_that_it_asked_for() -> None:
    """In month 6 the cases of month 5 are looked at once, and their hours are for months 15 on."""
    rows = [
        (6, 9, OF_CASES, 0, 3),
        (6, 9, OF_CASES, 120, 4),
        (12, 15, OF_HOURS, 0, 3),
        (12, 15, OF_HOURS, 1e9, 8),
    ]
    text = toy(CALM, cases=60, posts=3, months=18).replace(
        "growth_per_year = 0.0", "entrants_per_month = 2\nexits_per_year = 0.2"
    )
    found = reviewed(text, rows)
    assert found.seen is not None
    cases = found.projection.caseload.cases[:, 5].sum(axis=1)
    np.testing.assert_array_equal(found.seen[:, 0], cases)
    wanted = rule(rows).wanted(found.seen)
    np.testing.assert_array_equal(wanted[:, 0], np.where(cases >= 120, 4.0, 3.0))
    np.testing.assert_array_equal(wanted[:, 1], 3.0)


def test_some_simulations_are_the_same_as_among_all() -> None:
    rows = [(6, 9, OF_CASES, 0, 3), (6, 9, OF_CASES, 61, 4)]
    text = toy(CALM, cases=60, posts=3, months=12, growth=0.1)
    plan = plan_of(text, fixed=True)
    team = replace(futures.todays(plan), review=rule(rows))
    here = world(plan, 40)
    every = futures.run(here, team)
    some = np.array([3, 17, 30])
    for made, found in zip(parts(every), parts(futures.run(here, team, some)), strict=True):
        assert len(found) == 40, "as many as there are, so that they can be judged together"
        np.testing.assert_array_equal(found[some], made[some])


def test_posts_follow_hours_asked_for_and_hours_overdue() -> None:
    """60 monthly visits and 60 quarterly ones of 2 hours ask for 60 × 2 + 60 × 2 ÷ 3 = 160 hours.

    Other work of an hour a case makes it 280, and a twelfth of what is overdue comes on top. With
    no officer the hours overdue grow until everybody waits: 240.
    """
    text = toy(CALM, cases=60, posts=0, months=12).replace(
        "growth_per_year = 0.0", "entrants_per_month = 0\nhours_per_case_month = 1"
    )
    overdue = 2 * (60 + 20 * 3)  # by the end of the third month all of them
    asked = 280 + overdue / 12
    for measure, reached in ((OF_HOURS, asked), (OF_OVERDUE, overdue)):
        found = reviewed(
            text, [(3, 6, measure, reached - 0.01, 5), (3, 6, measure, reached + 1, 9)]
        )
        np.testing.assert_array_equal(found.staff.posts[:, 5, 0], 0.0)
        np.testing.assert_array_equal(found.staff.posts[:, 6:, 0], 5.0)


@pytest.mark.parametrize("may", [True, False])
def test_posts_fall_only_where_they_may_and_as_people_leave(may: bool) -> None:
    grade = f"may_shrink = {str(may).lower()}\nleavers_per_year = 0.6"
    found = reviewed(toy(CALM, posts=10, grade=grade, months=24), [(2, 3, OF_CASES, 0, 4)], 100)
    posts, people = found.staff.posts[:, :, 0], found.staff.in_post[:, :, 0]
    np.testing.assert_array_equal(posts[:, :3], 10.0)
    if not may:
        np.testing.assert_array_equal(posts, 10.0)
        return
    np.testing.assert_array_equal(found.staff.releases, 0.0)
    left = people[:, 2:-1] - found.staff.leavers[:, 3:, 0]
    np.testing.assert_array_equal(posts[:, 3:], np.maximum(4.0, np.minimum(posts[:, 2:-1], left)))
    assert posts[:, -1].min() == 4.0


def test_a_review_knows_nothing_of_what_comes_after_it() -> None:
    """The world is changed from the month of the review on; posts until the next are the same."""
    rows = [
        (6, 9, OF_HOURS, 0.0, 2),
        (6, 9, OF_HOURS, 165.0, 4),
        (18, 21, OF_OVERDUE, 0.0, 2),
        (18, 21, OF_OVERDUE, 30.0, 6),
    ]
    text = toy(CALM, cases=60, posts=2, months=30).replace(
        "growth_per_year = 0.0", "entrants_per_month = 2\nexits_per_year = 0.2"
    )
    changed = (
        text + '[[changes]]\nfrom = 2026-10-01\nset = { "cohorts.a.entrants_per_month" = 20, '
        '"cohorts.a.duties.visit.hours" = 5, "teams.t.grades.pc.leavers_per_year" = 0.9, '
        '"cohorts.a.exits_per_year" = 0 }\n'
    )
    one, other = reviewed(text, rows), reviewed(changed, rows)
    np.testing.assert_array_equal(one.staff.posts[:, :21], other.staff.posts[:, :21])
    assert len(np.unique(one.staff.posts[:, 21, 0])) > 1
    assert not np.array_equal(one.projection.due[:, 18:], other.projection.due[:, 18:])
