"""The regime as a choice, and a share of a tier that policy manages reactively (EQ32)."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import capacity
from capacity import stages
from capacity.cli import app
from capacity.engine import building, caseload, outcomes
from capacity.errors import InputError, ScenarioError
from capacity.reading import replacing, scenario
from capacity.sweeps import regime_words, regimes
from tests.toys import toy, visits

CHOOSE = """
[choose]
"cohorts.a.duties.visit.every_months.lo" = [3, 6]
"cohorts.a.duties.visit.crew.lo" = [2, 1]
"cohorts.a.reactive_share.lo" = [0.0, 0.5]
"""

CREW = "hours = 8\ncrew = 2"


def _toy(*more: str, **settings: object) -> scenario.Scenario:
    return scenario.read("toy.toml", files={"toy.toml": toy(*more, **settings)})  # type: ignore[arg-type]


def _unseen(plan: stages.PlanResult) -> outcomes.Outcomes:
    return outcomes.outcomes(plan.model, plan.caseload, plan.today.projection)


# A share managed reactively ------------------------------------------------------------------


def test_a_share_managed_reactively_is_unseen_with_the_weight_and_reference_of_its_tier():
    """Worked by hand: 30 of 60 cases of the lower tier are never visited.

    They count from the start: at the ends of months 3 to 24 they have been unseen for 3 months,
    the tier's interval, or longer. 30 × 22 = 660 case-months, of weight 4. Three officers have 520
    hours for 60 × 2 + 10 × 2, so nobody else is unseen.
    """
    one = _toy().replace({"cohorts.a.reactive_share.lo": 0.5})
    came = _unseen(stages.run(one, fixed=True))
    assert came.unseen.sum() == pytest.approx(660)
    assert came.weighted_unseen.sum() == pytest.approx(2640)


def test_a_share_managed_reactively_takes_visits_and_nothing_else():
    """60 cases monthly and 30 quarterly: 60 + 10 visits a month; 120 cases as before."""
    one = _toy().replace({"cohorts.a.reactive_share.lo": 0.5})
    plan = stages.run(one, fixed=True)
    assert plan.today.projection.done[0].sum(axis=1) == pytest.approx(np.full(24, 70.0))
    assert plan.caseload.cases[0].sum(axis=1) == pytest.approx(np.full(24, 120.0))


def test_a_share_managed_reactively_stays_the_same_share_with_growth_exits_and_moves():
    more = "[cohorts.a.moves_per_year]\nhi = { lo = 0.5 }\nlo = { hi = 0.2 }"
    given = _toy(more, growth=0.1).replace(
        {"cohorts.a.exits_per_year": 0.2, "cohorts.a.reactive_share.lo": 0.25}
    )
    model = building.build(given)
    cases = caseload.project(model).cases[0]
    names = [key.tier for key in model.tiers]
    assert names == ["hi", "lo", "lo_reactive"]
    assert cases[:, 2] / cases[:, 1:].sum(axis=1) == pytest.approx(np.full(24, 0.25))
    whole = caseload.project(building.build(given.replace({"cohorts.a.reactive_share.lo": 0})))
    assert cases.sum(axis=1) == pytest.approx(whole.cases[0].sum(axis=1))


def test_a_share_of_nothing_changes_nothing():
    one = _toy()
    assert building.build(one.replace({"cohorts.a.reactive_share.lo": 0})).tiers == (
        building.build(one).tiers
    )


def test_numbers_replaced_in_a_plan_are_divided_once():
    """100 cases, of which a quarter is managed reactively: 75 and 25."""
    one = _toy().replace({"cohorts.a.reactive_share.lo": 0.25})
    built = building.build(one).scenario
    spot = replacing.spot(built, "cohorts.a.tiers.lo.cases")
    assert spot.given.value == 60
    again = building.build(replacing.replaced(built, [(spot, 100.0)], 24))
    assert again.caseloads.opening[0] == pytest.approx([60, 75, 25])


def test_overdue_at_the_start_are_those_of_the_share_that_is_visited():
    one = _toy(duty="hours = 2\noverdue = { lo = 12 }")
    built = building.build(one.replace({"cohorts.a.reactive_share.lo": 0.25}))
    assert built.duties.overdue[0] == pytest.approx([0, 9, 0])


def test_a_reactive_share_cannot_change_from_a_date():
    change = '[[changes]]\nfrom = 2025-10-01\n[changes.set]\n"cohorts.a.reactive_share.lo" = 0.5'
    with pytest.raises(ScenarioError, match="reactive_share"):
        _toy(change)


def test_a_reactive_share_that_takes_in_cases_under_court_orders_is_asked_about():
    one = _toy().replace(
        {"cohorts.a.tiers.lo.court_orders": 24, "cohorts.a.reactive_share.lo": 0.7}
    )
    assert any("24 cases of 60 in lo have one" in str(said) for said in one.warnings)
    fewer = one.replace({"cohorts.a.reactive_share.lo": 0.6})
    assert not any("court orders" in str(said) for said in fewer.warnings)


def test_who_may_be_managed_reactively_is_limited_by_policy_and_by_court_orders():
    """Policy allows 40% of the tier. 24 of 60 cases have an order: 60% have none."""
    given = {"cohorts.a.tiers.lo.court_orders": 24, "cohorts.a.reactive_share.lo": 0.5}
    assert _toy().replace(given).settings.cohorts["a"].orders_visited is False
    with pytest.raises(ScenarioError, match=r"reactive_share.lo: must be at most 0.4: policy"):
        _toy().replace({**given, "cohorts.a.may_be_reactive.lo": 0.4})
    switched = _toy().replace({**given, "cohorts.a.orders_visited": True})
    with pytest.raises(ScenarioError, match=r"must be at most 0.6: the others are under a court"):
        switched.replace({"cohorts.a.reactive_share.lo": 0.61})
    text = '[choose]\n"cohorts.a.reactive_share.lo" = [0.0, 0.6, 0.7]'
    with pytest.raises(ScenarioError, match=r"lo.3: must be at most 0.65: policy allows no more"):
        _toy(text, "[cohorts.a.may_be_reactive]\nlo = 0.65")


def test_nobody_under_a_court_order_stays_where_nobody_visits():
    """Nine cases of a tier without visits are under an order, and events move eight of them."""
    none = {"cohorts.a.duties.visit.per_year.lo": 0, "cohorts.a.tiers.lo.court_orders": 9}
    asked = {**none, "cohorts.a.orders_visited": True}
    with pytest.raises(ScenarioError, match=r"tiers.lo.court_orders: must be no more than events"):
        _toy().replace(asked)
    moved = '[[events]]\nat = 2025-04-01\ncohort = "a"\nfrom = "lo"\nto = "hi"\ncases = {}'
    with pytest.raises(ScenarioError, match=r"managed reactively \(orders_visited\), got 9"):
        _toy(moved.format(8)).replace(asked)
    assert _toy(moved.format(9)).replace(asked).settings.cohorts["a"].orders_visited is True


def test_what_a_reactive_share_saves_and_risks_is_told_in_a_sentence():
    """Half of 60 cases that are owed a visit of eight hours every third month.

    Ten visits a month fewer are 80 hours, of 173.3 an officer has: 0.46 posts. Unseen are 30 cases
    at the ends of months 3 to 24, of weight 4: 2,640.
    """
    text = '[choose]\n"cohorts.a.reactive_share.lo" = [0.0, 0.5]'
    allowed = "[cohorts.a.may_be_reactive]\nlo = 0.6"
    one = _toy(text, visits(1.0), allowed, duty="hours = 8")
    made = regimes.regimes(one)
    all_seen, half = made.bounds
    assert all_seen.posts - half.posts == pytest.approx(80 / (2080 / 12))
    (said,) = [words for words in regime_words.sentences(made) if words.startswith("Managing")]
    assert said.startswith(
        "Managing 50% of the tier lo reactively (30 of 60 cases) instead of none"
    )
    assert "saves 0.5 posts at the end and £" in said
    assert "adds 2,640 weighted case-months unseen with the team that each needs" in said
    assert "At most 60% may be: policy allows no more (may_be_reactive)." in said


# What may be chosen ----------------------------------------------------------------------------


def test_everything_wrong_with_choices_is_told_at_once():
    wrong = """
[choose]
"cohorts.a.duties.visit.every_months.hi" = [1, 2]
"cohorts.a.reactive_share.hi" = [0.0, 0.1]
"cohorts.a.reactive_share.low" = [0.0]
"cohorts.a.reactive_share.lo" = [0.0, 1.5, 0.0]
"cohorts.a.duties.visit.hours" = [1]
"cohorts.a.team" = [1]
"months" = [12]
"nothing" = [1]
"""
    with pytest.raises(ScenarioError) as found:
        _toy(wrong)
    said = [str(one) for one in found.value.problems]
    assert len(said) == 9, said
    for words in (
        "every_months.hi.2: must be at most 1: the highest risk (hi) is never visited less often",
        "reactive_share.hi.2: must be 0",
        "reactive_share.low: must name a tier, as in cohorts.a.reactive_share.TIER; tiers are",
        "reactive_share.lo.2: must be at least 0 and at most 1, got 1.5",
        "reactive_share.lo.3: must be given once only",
        "visit.hours: must name a tier",
        "cohorts.a.team: must be the dotted name of a number",
        "choose.months: must be the dotted name of a number",
        "choose.nothing: must be the dotted name of a number",
    ):
        assert any(words in one for one in said), words


QUEUE = """
[queues.refs]
label = "referrals"
team = "t"
hours = 8
arrivals_per_month = 5
classes = { urgent = 0.4, routine = 0.6 }
"""


def test_a_choice_of_a_queue_names_a_class():
    with pytest.raises(ScenarioError, match=r"must name a class, as in queues.refs.hours.CLASS; "):
        _toy(QUEUE, '[choose]\n"queues.refs.hours" = [8, 6]')


def test_settings_that_are_not_of_a_cohort_are_said_in_words():
    text = '[choose]\n"queues.refs.hours.urgent" = [8, 6]'
    made = regimes.regimes(_toy(QUEUE, text, visits(0.9), months=12))
    assert regime_words.in_words(made)["regime"].tolist() == [
        "referrals, Lead officer's time for one, urgent: 8 hours",
        "referrals, Lead officer's time for one, urgent: 6 hours",
    ]
    said = regime_words.choice(made.scenario, "queues.refs.hours.urgent", [8, 6])
    assert said == "Referrals, Lead officer's time for one, urgent: 8 hours or 6 hours"


def test_too_many_combinations_are_refused_with_their_number():
    values = ", ".join(str(n / 100) for n in range(40))
    names = ("cohorts.a.reactive_share.lo", "cohorts.a.exits_per_year.lo")
    listed = "\n".join(f'"{name}" = [{values}]' for name in names)
    with pytest.raises(ScenarioError, match=r"at most 1,000 combinations.*got 1,600"):
        _toy(f"[choose]\n{listed}")


def test_one_officer_on_a_visit_is_warned_of_where_it_may_be_chosen():
    one = _toy('[choose]\n"cohorts.a.duties.visit.crew.lo" = [2, 1]', duty=CREW)
    assert any("choose" in str(said) and "contrary to" in str(said) for said in one.warnings)


def test_a_scenario_that_lists_nothing_has_no_regimes():
    with pytest.raises(InputError, match="choose: must list settings"):
        regimes.regimes(_toy())


# The regimes -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> regimes.Regimes:
    one = _toy(CHOOSE, visits(0.95), duty=CREW, posts=6, growth=0.05)
    return regimes.regimes(one)


def test_every_combination_is_answered_in_the_order_of_the_lists(small: regimes.Regimes):
    values = [tuple(one.values.values()) for one in small.every]
    assert values == list(product([3, 6], [2, 1], [0.0, 0.5]))


def test_regimes_are_those_of_planning_each_by_itself(small: regimes.Regimes):
    """Brute force: every combination planned by itself, weights and reference given."""
    fixed = {
        "cohorts.a.duties.visit.reference_months": {"hi": 1, "lo": 3},
        "cohorts.a.tiers.hi.risk_weight": 8,
        "cohorts.a.tiers.lo.risk_weight": 4,
    }
    plans = [stages.run(small.scenario.replace({**fixed, **one.values})) for one in small.every]
    unseen = [float(_unseen(plan).weighted_unseen.sum()) for plan in plans]
    assert [one.now.weighted_unseen for one in small.every] == pytest.approx(unseen)
    assert small.best_now == int(np.argmin(unseen))
    sizes = [plan.sizing for plan in plans]
    costs = [one.cost for one in sizes if one is not None]
    assert len(costs) == len(plans)
    assert all(one.meets for one in small.every)
    for one, cost in zip(small.every, costs, strict=True):
        assert one.cost <= cost * (1 + 1e-6)  # a bound, or whole posts
    least = small.every[small.least_cost]
    assert least.proven
    assert least.cost <= min(costs) * 1.005


def test_no_regime_beside_the_frontier_leaves_less_at_no_more_cost(small: regimes.Regimes):
    on = [small.every[place] for place in small.frontier]
    assert all(one.proven for one in on)
    for one, other in pairwise(on):
        assert other.needed.weighted_unseen > one.needed.weighted_unseen
        assert other.cost < one.cost


def test_the_frontier_by_hand():
    """Unseen and cost: (10, 100), (20, 99.9), (20, 80), (30, 80), (40, 60); the last misses."""
    none = regimes.Left(0, 0, 0)
    rows = [(10, 100, True), (20, 99.9, True), (20, 80, True), (30, 80, True), (40, 60, False)]
    every = [
        regimes.Regime({}, none, regimes.Left(unseen, 0, 0), 0, cost, meets)
        for unseen, cost, meets in rows
    ]
    assert regimes.frontier(every) == (0, 2)
    assert regimes.frontier(every[4:]) == (0,)


def test_a_post_fewer_is_on_the_frontier_however_little_it_saves():
    """£99.90 for a post fewer, £99.80 for half a post fewer still, and £99.95 for two fewer.

    The first needs 10 posts and costs £100. The third saves as little as the second beside it, and
    no whole post; the fourth costs more than the second.
    """
    none = regimes.Left(0, 0, 0)
    rows = [(10, 100, 10.0), (20, 99.9, 9.0), (30, 99.8, 8.5), (40, 99.95, 7.0), (50, 99.7, 8.0)]
    every = [
        regimes.Regime({}, none, regimes.Left(unseen, 0, 0), posts, cost, True)
        for unseen, cost, posts in rows
    ]
    assert regimes.frontier(every) == (0, 1, 4)


def test_the_tables_have_a_row_for_every_regime_and_setting(small: regimes.Regimes):
    tables = regime_words.tables(small)
    assert list(tables["regimes"])[:6] == [
        *("regime", "posts", "cost", "weighted_unseen", "frontier", "proven"),
    ]
    assert tables["regimes"]["regime"].tolist() == list(range(1, 9))
    assert len(tables["regime_settings"]) == 8 * 3
    assert tables["regimes"]["contrary_to_practice"].sum() == 4


def test_the_sentences_say_the_best_regime_and_what_practice_says(small: regimes.Regimes):
    said = list(regime_words.sentences(small))
    table = regime_words.tables(small)["regimes"]
    least = table["current_posts_weighted_unseen"].min()
    assert f"are {capacity.wording.number(least)}, with" in said[0]
    allowed = table[~table["contrary_to_practice"]]["current_posts_weighted_unseen"].min()
    assert capacity.wording.number(allowed) in " ".join(said)
    assert any(words.startswith("One officer on a visit (lo): contrary to") for words in said)
    cost = table[table["frontier"]]["cost"].min()
    assert any(capacity.wording.pounds(cost) in words for words in said)


AS_BEFORE = [
    (6, 12, 2, 0, 10656.64, 223.202, 10478.96, 43.9837, 13563216),
    (6, 12, 2, 0.2, 15526.30, 242.963, 15401.91, 43.9837, 13563215),
    (6, 12, 1, 0, 10572.75, 223.132, 10466.76, 43.9837, 13563215),
    (6, 12, 1, 0.2, 15471.24, 242.920, 15394.26, 43.9837, 13563182),
    (6, 24, 2, 0, 17812.91, 249.329, 17714.51, 43.9837, 13563215),
    (6, 24, 2, 0.2, 21265.17, 264.061, 21193.55, 43.9837, 13563191),
    (6, 24, 1, 0, 17777.69, 249.297, 17708.53, 43.9837, 13563181),
    (6, 24, 1, 0.2, 21247.31, 264.046, 21190.68, 43.9837, 13562508),
    (12, 12, 2, 0, 33876.39, 239.080, 33853.88, 43.9837, 13562160),
    (12, 12, 2, 0.2, 38842.00, 259.497, 38829.39, 43.9837, 13561582),
    (12, 12, 1, 0, 33864.34, 239.065, 33853.88, 43.9837, 13561582),
    (12, 12, 1, 0.2, 38836.26, 259.491, 38829.39, 43.9837, 13561582),
    (12, 24, 2, 0, 41295.09, 266.126, 41285.56, 43.9837, 13561582),
    (12, 24, 2, 0.2, 44781.77, 281.328, 44775.38, 43.9837, 13561582),
    (12, 24, 1, 0, 41291.45, 266.122, 41285.56, 43.9837, 13561582),
    (12, 24, 1, 0.2, 44779.41, 281.325, 44775.38, 43.9837, 13561582),
]
"""Regimes of `norfolk-2024` as they were answered when each was read, written and solved apart:
months between visits of medium and low, officers on a low-tier visit and the share of that tier
managed reactively; unseen and days since seen with current posts, unseen with the team needed, and
its posts and cost allowing part posts."""


def test_the_answers_are_those_of_regimes_worked_out_apart():
    settings = ("every_months.medium", "every_months.low", "crew.low")
    names = [f"cohorts.rso.duties.visit.{name}" for name in settings]
    values = [[6, 12], [12, 24], [2, 1], [0, 0.2]]
    choose = dict(zip([*names, "cohorts.rso.reactive_share.low"], values, strict=True))
    made = regimes.regimes(scenario.read("norfolk-2024").replace({"choose": choose}))
    found = [
        (
            *one.values.values(),
            *(one.now.weighted_unseen, one.now.days_since_seen, one.needed.weighted_unseen),
            *(one.posts, one.cost),
        )
        for one in made.bounds
    ]
    assert np.array(found) == pytest.approx(np.array(AS_BEFORE), rel=1e-5)
    assert made.frontier == (2,)
    assert made.every[2].cost == pytest.approx(13768006.11, abs=1)


def test_combinations_are_held_to_who_may_be_managed_reactively():
    """Of 60 cases 24 are under an order, and 36 may be; of 30 cases only 6, a fifth."""
    text = """
[choose]
"cohorts.a.tiers.lo.cases" = [60, 30]
"cohorts.a.reactive_share.lo" = [0.0, 0.5]
"""
    ordered = {"cohorts.a.tiers.lo.court_orders": 24, "cohorts.a.orders_visited": True}
    with pytest.raises(InputError, match=r"reactive_share.*must be at most 0.2") as found:
        regimes.regimes(_toy(text).replace(ordered))
    said = [str(one) for one in found.value.problems]
    assert any("cases = 30, cohorts.a.reactive_share.lo = 0.5" in one for one in said)
    assert not any("cases = 60" in one for one in said)


def test_a_combination_that_does_not_fit_is_refused_with_its_values():
    """Three months early is allowed of a visit every six months, not of one every two."""
    text = '[choose]\n"cohorts.a.duties.visit.every_months.lo" = [6, 2]'
    one = _toy(text, duty="hours = 2\nearly_months = { lo = 3 }\nevery_months = { lo = 6 }")
    with pytest.raises(InputError, match=r"choose .*every_months.lo = 2"):
        regimes.regimes(one)


def test_the_command_prints_and_writes_the_regimes(tmp_path: Path):
    text = toy('[choose]\n"cohorts.a.reactive_share.lo" = [0.0, 0.5]', visits(0.9), months=12)
    (tmp_path / "toy.toml").write_text(text)
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["regimes", str(tmp_path / "toy.toml"), "--out", str(out), "--jobs", "1"]
    )
    assert done.exit_code == 0, done.output
    assert "none of 2 regimes leaves fewer weighted case-months" in " ".join(done.output.split())
    assert {"regimes.csv", "regime_settings.csv"} <= {one.name for one in out.iterdir()}


def test_the_command_refuses_a_scenario_without_choices(tmp_path: Path):
    (tmp_path / "toy.toml").write_text(toy())
    done = CliRunner().invoke(app, ["regimes", str(tmp_path / "toy.toml")])
    assert done.exit_code == 2
