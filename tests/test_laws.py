"""What holds for every scenario, asked of scenarios made by chance.

A seed stands for a whole scenario (`making.scenario`): a law that fails names the seed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from capacity.engine import caseload, projection, renewal
from capacity.staffing import sizing
from capacity.staffing.questions import Question
from capacity.staffing.sizing import Sizing
from tests import making
from tests.chance import often

ROUNDING = 1e-9
SOLVER = 1e-6
"""What the solver's own rounding may come to."""

SEEDS = st.integers(0, 1_000_000)


# --- Nothing is lost ------------------------------------------------------------------------


@pytest.mark.slow
@often(30)
@hypothesis.given(SEEDS)
def test_cases_are_conserved(seed: int) -> None:
    """Opening + entrants + moved in − exits − moved out = closing, tier by tier."""
    run = making.stages(making.scenario(seed))
    cases = run.caseload
    opening = np.broadcast_to(run.model.caseloads.opening, cases.cases[:, 0].shape)
    before = np.concatenate([opening[:, None], cases.cases[:, :-1]], axis=1)
    moved = cases.moved_in - cases.moved_out
    change = cases.entrants - cases.exits + moved
    np.testing.assert_allclose(before + change, cases.cases, rtol=0, atol=ROUNDING * scale(cases))
    within = np.zeros((len(run.model.tiers), len(run.model.cohorts)))
    within[np.arange(len(within)), run.model.caseloads.cohort_of] = 1.0
    np.testing.assert_allclose(moved @ within, 0.0, atol=ROUNDING * scale(cases))


def scale(cases: caseload.Caseload) -> float:
    """The size of the numbers, for what rounding may come to."""
    return max(1.0, float(cases.cases.max()))


@often(30)
@hypothesis.given(SEEDS)
def test_every_case_owed_a_duty_is_on_its_clock(seed: int) -> None:
    """Law 1: done so long ago + outstanding = cases, for every tier with a clock, every month."""
    run = making.stages(making.scenario(seed))
    dial = renewal.Dial(run.model, run.caseload)
    clocks = renewal.opening(dial)
    for month in range(run.model.months):
        clocks, _, _ = renewal.advance(dial, clocks, month)
        clocked = run.model.duties.interval[month] > 0
        clocks = renewal.serve(
            dial, clocks, month, np.where(clocked, run.projection.done[:, month], 0.0)
        )
        for row in np.flatnonzero(clocked):
            ages = clocks.done_ago[:, dial.first[row] : dial.first[row] + dial.size[row]]
            held = ages.sum(axis=1) + clocks.outstanding[:, row]
            cases = run.projection.cases[:, month, row]
            np.testing.assert_allclose(held, cases, rtol=0, atol=ROUNDING * scale(run.caseload))
            assert (ages >= -ROUNDING).all()


@often(30)
@hypothesis.given(SEEDS)
def test_no_hour_is_worked_twice(seed: int) -> None:
    """EQ12, EQ6: hours used and lent are hours there; nothing is done that is not due."""
    run = making.stages(making.scenario(seed))
    made, duties = run.projection, run.model.duties
    used = made.duty_hours + made.other_work - made.short + made.lent
    there = made.own + made.received + made.overtime
    assert (used <= there + SOLVER * np.maximum(1.0, there)).all()
    assert (made.done <= duties.access * made.due * (1 + ROUNDING) + ROUNDING).all()
    np.testing.assert_allclose(made.done + made.outstanding, made.due, rtol=1e-9, atol=1e-9)


# --- What makes no difference ---------------------------------------------------------------


def figures(run: making.Stages) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """What is reported of a projection, by month."""
    for name in ("cases", "newly_due", "due", "done", "outstanding", "own", "overtime", "lent"):
        yield name, getattr(run.projection, name)
    for name in ("short", "received", "other_work", "officers"):
        yield name, getattr(run.projection, name)
    for name in ("in_post", "joiners", "leavers", "posts"):
        yield name, getattr(run.staff, name)


@often(25)
@hypothesis.given(SEEDS, st.integers(1, 24))
def test_a_longer_horizon_changes_no_earlier_month(seed: int, more: int) -> None:
    table = making.scenario(seed)
    longer = making.stages(table | {"months": table["months"] + more})
    after = dict(figures(longer))
    for name, series in figures(making.stages(table)):
        np.testing.assert_array_equal(after[name][:, : table["months"]], series, err_msg=name)


@often(25)
@hypothesis.given(SEEDS)
def test_names_make_no_difference(seed: int) -> None:
    text = making.toml(making.scenario(seed))
    other = re.sub(r"duty(?=\d)", "task", text).replace("_tier", "_band")
    other = other.replace("grade0", "officer").replace("cohort0", "other").replace("team1", "unit")
    after = dict(figures(making.stages(other)))
    for name, series in figures(making.stages(text)):
        np.testing.assert_array_equal(after[name], series, err_msg=name)


PER_UNIT = {"in_post", "posts", "in_training", "max_joiners_per_month", "fte", "arrivals", "cases"}
PER_UNIT |= {"per_month", "entrants_per_month", "outstanding", "max_posts", "budget", "overdue"}
PER_UNIT |= {"joiners_due", "recent_joiners", "leavers"}
"""Settings that are so many, not so many for each."""


def doubled(table: Any, twice: bool = False) -> Any:
    """The scenario of a unit twice as large."""
    if isinstance(table, dict):
        return {
            key: doubled(value, twice or key.rpartition(".")[2] in PER_UNIT or is_entrants(key))
            for key, value in table.items()
        }
    if isinstance(table, list):
        return [doubled(value, twice) for value in table]
    return 2 * table if twice and isinstance(table, int | float) else table


def is_entrants(path: str) -> bool:
    """Whether a dated change is of the entrants of one tier."""
    return "entrants_per_month" in path


@often(25)
@hypothesis.given(SEEDS)
def test_doubling_everything_doubles_everything(seed: int) -> None:
    table = making.scenario(seed)
    after = dict(figures(making.stages(doubled(table))))
    for name, series in figures(making.stages(table)):
        np.testing.assert_allclose(after[name], 2 * series, rtol=1e-7, atol=1e-7, err_msg=name)


def split(table: making.Table) -> making.Table:
    """A scenario of one cohort and one duty, its first tier split into two of half its cases."""
    table = copy.deepcopy(table)
    (name, cohort), *_ = table["cohorts"].items()
    (duty,) = cohort["duties"].values()
    old = next(iter(cohort["tiers"]))
    halves = [f"{old}_a", f"{old}_b"]

    def apart(setting: Any, share: float = 1.0) -> Any:
        if not isinstance(setting, dict) or old not in setting:
            return setting
        each = dict.fromkeys(halves, setting[old] * share)
        return each | {tier: value for tier, value in setting.items() if tier != old}

    whole = cohort["tiers"][old]["cases"]
    rest = {tier: value for tier, value in cohort["tiers"].items() if tier != old}
    cohort["tiers"] = {half: {"cases": whole / 2} for half in halves} | rest
    for key in ("exits_per_year", "hours_per_case_month", "hours_per_entry"):
        if key in cohort:
            cohort[key] = apart(cohort[key])
    for key in ("entry_mix", "entrants_per_month"):
        if key in cohort:
            cohort[key] = apart(cohort[key], 0.5)
    for work in cohort.get("work", {}).values():
        work |= {key: apart(value) for key, value in work.items()}
    duty |= {key: apart(value, 0.5 if key == "overdue" else 1) for key, value in duty.items()}
    moves = {}
    for origin, there in cohort.get("moves_per_year", {}).items():
        for one in halves if origin == old else [origin]:
            moves[one] = apart(there, 0.5)
    if moves:
        cohort["moves_per_year"] = moves
    return {**table, "cohorts": {name: cohort}}


@often(30)
@hypothesis.given(SEEDS)
def test_splitting_a_tier_changes_nothing(seed: int) -> None:
    table = making.scenario(seed, making.TINY)
    for key in ("standards", "inflows"):
        table.pop(key, None)
    table["priority"] = {"rule": "strict"}
    one, two = making.stages(table), making.stages(split(table))
    for name, series in figures(one):
        other = dict(figures(two))[name]
        if name in {"cases", "newly_due", "due", "done", "outstanding"}:
            other = np.concatenate([other[..., :2].sum(axis=-1, keepdims=True), other[..., 2:]], -1)
        np.testing.assert_allclose(other, series, rtol=1e-9, atol=1e-9, err_msg=name)


# --- People ---------------------------------------------------------------------------------


@often(12)
@hypothesis.given(
    posts=st.integers(1, 500),
    turnover=st.floats(0.01, 1.0),
    lead=st.integers(0, 24),
)
def test_in_the_long_run_each_leaver_leaves_a_gap_of_the_lead_time(
    posts: int, turnover: float, lead: int
) -> None:
    """Law 3 in general: posts ÷ (1 + turnover × lead time in years)."""
    run = making.stages(
        f"""
        title = "Long run"
        start = 2025-04-01
        months = 480
        [cohorts.c]
        team = "t"
        tiers = {{ k = {{ cases = 0 }} }}
        [teams.t.grades.g]
        in_post = {posts}
        leavers_per_year = {turnover}
        recruitment_lead_months = {lead}
        """
    )
    expected = posts / (1 + turnover * lead / 12)
    # Those who wait swing at first where many leave; the mean settles soonest.
    assert run.staff.in_post[0, -240:, 0].mean() == pytest.approx(expected, rel=2e-3)


@often(30)
@hypothesis.given(SEEDS)
def test_people_are_conserved_and_have_posts(seed: int) -> None:
    staff = making.stages(making.scenario(seed)).staff
    change = staff.joiners - staff.leavers - staff.releases
    np.testing.assert_allclose(
        np.diff(staff.in_post, axis=1), change[:, 1:], rtol=0, atol=ROUNDING * 100
    )
    assert (staff.in_post <= staff.posts + ROUNDING * 100).all()
    assert (change[:, 0] + staff.leavers[:, 0] >= -staff.releases[:, 0] - ROUNDING).all()


# --- Sizing ---------------------------------------------------------------------------------


def sized(table: making.Table) -> tuple[Question, Sizing]:
    """The sizing problem and its answer."""
    question = making.stages(table).question()
    return question, sizing.size(question)


@often(30)
@hypothesis.given(SEEDS)
def test_the_projection_is_the_programmes_own(seed: int) -> None:
    """Law 2: given the programme's people and duties done, the same due and outstanding."""
    question, found = sized(making.scenario(seed, making.SMALL))
    for part in question.parts:
        places, problem = part.formulation, part.problem
        problem.allow_misses(set(part.teams) <= set(found.missing))
        answer = part.programme(found.added)
        assert answer is not None
        there = places.outstanding >= 0
        done = np.where(places.done >= 0, answer.columns[places.done], 0.0)
        programme = projection.Programme(
            done=done,
            lent=np.where(places.lent >= 0, answer.columns[places.lent], 0.0),
            overtime=np.where(places.overtime >= 0, answer.columns[places.overtime], 0.0),
        )
        run = projection.project(
            question.model, question.caseload, question.demand, found.staff, programme
        )
        outstanding = answer.columns[places.outstanding]
        size = SOLVER * max(1.0, float(run.due.max(initial=0.0)))
        np.testing.assert_allclose(run.outstanding[0][there], outstanding[there], atol=size)
        np.testing.assert_allclose(run.due[0][there], (outstanding + done)[there], atol=size)
        part.free_people()
        part.free_posts()


@often(30)
@hypothesis.given(SEEDS)
def test_a_sized_plan_keeps_its_word(seed: int) -> None:
    """It meets every rule or says which it misses, and is never worse than current posts."""
    question, found = sized(making.scenario(seed, making.SMALL))
    missed = [one for one in found.judgements if not one.met.all()]
    short = float(found.projection.short.sum())
    if found.status == "meets every standard":
        assert missed == []
        assert short == 0
    assert found.missing or not missed
    judged = np.zeros(found.projection.outstanding.shape[1:], dtype=bool)
    for rule in question.model.rules.duties:
        for period in rule.periods:
            judged[period.first : period.end, list(rule.rows)] = True
    worse = found.projection.outstanding[0] - question.today.outstanding[0]
    most = np.maximum(1.0, question.today.due[0])
    assert (worse <= 1e-5 * most)[~judged].all()
    shrinks = question.model.people.may_shrink.any(axis=0)
    assert (found.added[~shrinks] >= 0).all()
    assert (np.diff(found.added[~shrinks], axis=1) >= 0).all()
    assert (found.added == np.rint(found.added)).all()
    assert found.bound <= found.objective + SOLVER * max(1_000.0, found.objective)


@often(10)
@hypothesis.given(SEEDS)
def test_the_same_scenario_gives_the_same_bytes(seed: int) -> None:
    table = making.scenario(seed, making.SMALL)
    (_, one), (_, two) = sized(table), sized(table)
    assert one.added.tobytes() == two.added.tobytes()
    assert (one.cost, one.bound, one.objective) == (two.cost, two.bound, two.objective)
    for name in ("due", "done", "outstanding", "overtime", "lent", "short", "officers"):
        first, second = getattr(one.projection, name), getattr(two.projection, name)
        assert first.tobytes() == second.tobytes(), name


def relaxed_cost(table: making.Table) -> float:
    """The least cost allowing part posts, what is missed counted in."""
    problem = making.stages(table).question().problem
    problem.allow_misses(True)
    answer = problem.solve(fresh=True)
    assert answer is not None
    return answer.objective


def strict(seed: int) -> making.Table:
    """A small scenario in which no standard changes what current posts do."""
    table = making.scenario(seed, making.SMALL)
    table["priority"]["rule"] = "strict"
    return table


@often(25)
@hypothesis.given(SEEDS, st.integers(0, 100).map(lambda percent: percent / 100))
def test_a_looser_rule_never_costs_more(seed: int, share: float) -> None:
    """Law 4. Each rule asks for part of what it asked for, or a limit rises."""
    table = strict(seed)
    looser = copy.deepcopy(table)
    for rule in looser.get("standards", []):
        for key in ("completion", "in_date"):
            if key in rule:
                rule[key] *= share
        for key in ("outstanding", "cases_per_officer", "budget", "max_posts"):
            if key in rule:
                rule[key] *= 1 + share
    before = relaxed_cost(table)
    assert relaxed_cost(looser) <= before + SOLVER * max(1_000.0, abs(before))


@often(25)
@hypothesis.given(SEEDS, st.floats(1.0, 2.0))
def test_more_demand_never_costs_less(seed: int, factor: float) -> None:
    """Law 4, where every duty is judged from the first month on.

    Where nothing judges it, a duty need only be done as well as current posts do it, and with more
    demand they do it worse.
    """
    table = strict(seed)
    kept = [rule for rule in table.get("standards", []) if "duty" not in rule]
    for name, cohort in table["cohorts"].items():
        for duty in cohort["duties"]:
            rule = {"name": f"{name} {duty}", "cohort": name, "duty": duty}
            kept.append(rule | {"completion": 0.9})
    table["standards"] = kept
    busier = copy.deepcopy(table)
    for cohort in busier["cohorts"].values():
        for duty in cohort["duties"].values():
            duty["hours"] = times(duty["hours"], factor)
        if "hours_per_case_month" in cohort:
            cohort["hours_per_case_month"] = times(cohort["hours_per_case_month"], factor)
    before = relaxed_cost(table)
    assert relaxed_cost(busier) >= before - SOLVER * max(1_000.0, abs(before))


def times(setting: Any, factor: float) -> Any:
    """A setting, or each tier's, so many times as large."""
    if isinstance(setting, dict):
        return {
            key: value if isinstance(value, str) else times(value, factor)
            for key, value in setting.items()
        }
    return setting * factor
