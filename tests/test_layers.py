"""What the posts asked for are for: the activities alone, then each limit in file order."""

from __future__ import annotations

import numpy as np
import pytest

from capacity import places, stages
from capacity.results import answers, tables
from capacity.why import headlines, layers
from tests.shipped import planned
from tests.toys import plan_of, toy, visits

SHIPPED = sorted(path.stem for path in places.folder("scenarios").glob("*.toml"))

LIMIT = """
[[standards]]
name = "Limit"
cohort = "a"
cases_per_officer = 20
from = 2026-01-01
"""

CAP = """
[[standards]]
name = "Cap"
team = "t"
max_posts = 4
"""


def test_layers_by_hand() -> None:
    """60 visits a month and 20 of those seen quarterly, 2 hours each: 160 of one post's 173.

    120 cases at 20 an officer ask for 6, 5 more. Of the 6, 4 are allowed. £50,000 each.
    """
    plan = plan_of(toy(visits(), LIMIT, CAP, posts=0))
    found = [
        (one.layer, one.rule, one.team, one.grade, one.posts, one.cost_per_year)
        for one in layers.layers(plan)
    ]
    assert found == [
        (1, "activities", "t", "pc", 1, 50_000),
        (2, "Limit", "t", "pc", 5, 250_000),
        (3, "Cap", "t", "pc", -2, -100_000),
    ]
    assert list(answers.what_asks_for_posts(headlines.read_off(plan))) == [
        "1 post is needed for the activities (£50,000 per year at 2025/26 prices); 5 more "
        "(£250,000) only for Limit (at most 20 cases per officer); 2 fewer (£100,000 less) for Cap "
        "(at most 4 posts)."
    ]


def test_a_limit_that_asks_for_nothing_has_its_row() -> None:
    """Six officers do for 120 cases: the limit adds none, and nothing is said of it."""
    plan = plan_of(toy(LIMIT, posts=6))
    assert [(one.rule, one.posts) for one in layers.layers(plan)] == [
        ("activities", 0),
        ("Limit", 0),
    ]
    assert list(answers.what_asks_for_posts(headlines.read_off(plan))) == []


def test_the_hours_of_supervisors_are_of_the_activities() -> None:
    """Of 960 visits a month 912 must be done: 1,824 hours, 10.5 posts. 2 sergeants at 6 each."""
    sergeant = "[teams.t.grades.sgt]\nin_post = 0\ncost_per_year = 60000\n"
    sergeant += "casework_share = 0\nsupervises = 6\n"
    text = toy(visits(), posts=0, cases=720, grade=sergeant)
    found = [(one.rule, one.grade, one.posts) for one in layers.layers(plan_of(text))]
    assert found == [("activities", "pc", 11), ("activities", "sgt", 2)]


LONG = ("fast-growth", "police-staff")
"""Those that take longest: sized and sized again with fewer rules."""

EACH = [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in SHIPPED]


@pytest.mark.parametrize("name", EACH)
def test_layers_add_up_to_the_plan(name: str) -> None:
    plan = planned(name)
    assert plan.sizing is not None
    rows = layers.layers(plan)
    model, added = plan.model, plan.sizing.posts[-1] - plan.model.people.posts[0, -1]
    for g, (team, grade) in enumerate(model.grades):
        mine = [one for one in rows if (one.team, one.grade) == (team, grade)]
        assert sum(one.posts for one in mine) == pytest.approx(added[g])
        cost = added[g] * model.people.cost[0, -1, g]
        assert sum(one.cost_per_year for one in mine) == pytest.approx(cost)
    numbers = list(dict.fromkeys(one.layer for one in rows))
    assert numbers == list(range(1, len(layers.limits(model)) + 2))
    assert [one.rule for one in layers.sums(layers.layers(plan))] == [
        "activities",
        *layers.limits(model),
    ]


@pytest.mark.parametrize("name", ["norfolk-2024", "police-staff"])
def test_a_layer_is_the_plan_with_the_limit_left_out(name: str) -> None:
    """Sized anew without the limit, as many posts at the end are proven to cost the least."""
    plan = planned(name)
    (limit,) = layers.limits(plan.model)
    settings = plan.scenario.settings
    place = next(n for n, rule in enumerate(settings.standards) if rule.name == limit)
    assert settings.standards[place].cases_per_officer is not None
    slack = plan.scenario.replace({f"standards.{limit}.cases_per_officer": 10_000})
    again = stages.run(slack)
    assert again.sizing is not None
    mine = [one for one in layers.layers(plan) if one.layer == 1]
    posts = sum(one.posts for one in mine)
    assert posts == np.asarray(again.sizing.added)[:, -1].sum()


def test_the_table_has_every_layer() -> None:
    plan = plan_of(toy(visits(), LIMIT, posts=0))
    table = tables.tables(plan)["layers"]
    assert table["posts"].tolist() == [1, 5]
    assert table["words"].tolist() == [
        "1 constable post (Team) for the activities.",
        "5 constable posts more (Team) for Limit.",
    ]
