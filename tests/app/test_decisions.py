"""Team size and Money: why each post is needed, what would make it possible, what money buys."""

import math
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest

from capacity import stages
from capacity.app.toml_text import WhatIf
from capacity.charts import options
from capacity.reading import scenario
from capacity.results import summary
from capacity.results.outputs import as_csv
from capacity.results.tables import EXPLAINED, tables
from capacity.stages import PlanResult
from capacity.why import explain, frontier
from capacity.why.explain import Explanation
from capacity.why.headlines import read_off
from tests.app import pages
from tests.app.pages import money, on_one_line, said, team_size
from tests.toys import toy, visits

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 20\nfrom = 2026-04-01\n'
MOST = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 4\nmay_give = true\n'
BUDGET = '[[standards]]\nname = "Budget"\nbudget = 180000\n'

KEPT = toy(LIMIT, visits(0.9), months=12)
TIGHT = toy(LIMIT, visits(0.9))
LATE = toy(LIMIT, grade="recruitment_lead_months = 18")
FROZEN = toy(LIMIT, MOST)
HOPELESS = toy(LIMIT, MOST, BUDGET)
BUSY = toy(visits(0.7), months=12, duty="hours = 9")
"""Visits alone set the posts, so that completion has a price."""


def opened(page: pages.Page, text: str, what_if: WhatIf | None = None) -> AppTest:
    """A page with the team worked out."""
    return pages.with_scenario(page, text, what_if, team=True)


@cache
def planned(text: str) -> PlanResult:
    return stages.run(scenario.read("toy.toml", files={"toy.toml": text}))


@cache
def why(text: str) -> Explanation:
    return explain.explain(planned(text), full=True)


# --- Why, prices, dates --------------------------------------------------------------------


@pytest.mark.slow
def test_why_each_post_is_needed_is_said_as_the_engine_says_it() -> None:
    text = said(opened(team_size, TIGHT))
    found = why(TIGHT)
    assert found.reasons
    assert found.decisions
    for reason in found.reasons:
        assert reason.words.partition(": ")[2] in text
    for decision in found.decisions:
        assert decision.words in text


@pytest.mark.slow
def test_prices_are_those_of_the_engine() -> None:
    at = opened(team_size, TIGHT)
    shown = next(one.value for one in at.dataframe if "price" in one.value)
    found = {(one.standard, one.unit): one for one in why(TIGHT).prices if one.binds}
    assert ("Limit", "case per officer") in found
    row = shown[shown["what"] == "Limit"].iloc[0]
    limit = found["Limit", "case per officer"]
    assert row["price"] == pytest.approx(limit.price_per_year, nan_ok=True)
    assert (row["low"], row["high"]) == pytest.approx((limit.checked_low, limit.checked_high))
    assert limit.words in said(at)


def test_an_explanation_asked_for_again_is_the_same() -> None:
    """The page asks in another process, from the plan without its problem."""
    again = explain.explain_again(replace(planned(TIGHT), question=None), full=True)
    for name, build in EXPLAINED.items():
        ours, theirs = build(again), build(why(TIGHT))
        assert list(ours.get("words", [])) == list(theirs.get("words", [])), name
        numbers = ours.select_dtypes("number").to_numpy()
        assert numbers == pytest.approx(
            theirs.select_dtypes("number").to_numpy(), nan_ok=True, abs=1e-3, rel=1e-6
        ), name


def test_a_team_that_needs_nothing_says_so() -> None:
    text = said(opened(team_size, toy(visits(0.5), months=12)))
    assert "No post is added" in text
    assert "What would make it possible" not in text


# --- Fixes ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("text", [FROZEN, LATE], ids=["posts", "lead and date"])
def test_a_fix_applied_makes_the_plan_possible_as_it_said(text: str) -> None:
    at = opened(team_size, text)
    found = [fix for fix in why(text).fixes if fix.to is not None]
    assert found
    for fix in found:
        assert fix.words in said(at)
    for fix in found:
        at.button(f"apply {fix.change}").click().run()
        assert not at.exception
        what_if = at.session_state["what_if"]
        assert what_if.values == {fix.change: fix.to}
        assert "What cannot be met" not in said(at)
        again = stages.run(what_if.applied_to(planned(text).scenario))
        assert again.sizing is not None
        assert not again.sizing.missing
        beside = read_off(replace(again, before=planned(text)))
        assert " ".join(summary.paragraphs(beside)) in on_one_line(at)
        answer = summary.paragraphs(read_off(again))
        assert any("meet every standard" in words for words in answer)
        for words in answer:
            assert words in said(at)
        at.button(f"undo {fix.change}").click().run()
    assert "What cannot be met" in said(at)


@pytest.mark.slow
def test_a_fix_is_written_as_a_person_would_type_it() -> None:
    at = opened(team_size, FROZEN)
    at.button("apply standards.Most.max_posts").click().run()
    assert at.query_params["standards.Most.max_posts"] == "6"


@pytest.mark.slow
def test_a_fix_that_is_todays_value_takes_the_change_back() -> None:
    changed = WhatIf({"standards.Limit.from": date(2025, 6, 1)})
    slow = toy(LIMIT, grade="recruitment_lead_months = 12")
    at = opened(team_size, slow, what_if=changed)
    at.button("apply standards.Limit.from").click().run()
    assert at.session_state["what_if"] == WhatIf()
    assert "What cannot be met" not in said(at)


@pytest.mark.slow
def test_where_no_single_change_is_enough_none_can_be_applied() -> None:
    at = opened(team_size, HOPELESS)
    assert "No single change makes it possible to meet every standard." in said(at)
    assert "nothing has a price" in said(at)
    assert not [one for one in at.button if one.key and one.key.startswith("apply ")]


# --- Money ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_most_that_a_budget_buys() -> None:
    at = opened(money, BUSY)
    points = why(BUSY).frontier
    known = [point for point in points if point.cost == point.cost]
    middle = round((known[3].cost + known[12].cost) / 2)
    box = next(one for one in at.number_input if one.key and one.key.startswith("budget for"))
    box.set_value(middle).run()
    best = frontier.best_for(points, middle)
    assert known[3].completion < best < known[12].completion
    assert f"completion of {100 * best:.1f}%" in said(at)
    box = next(one for one in at.number_input if one.key and one.key.startswith("budget for"))
    box.set_value(1000).run()
    assert "£1,000 buys none of these" in said(at)


def test_what_a_budget_buys_is_between_two_points() -> None:
    """Half the way in cost is half the way in completion and posts."""
    points = [frontier.Point(0.7, 100.0, 4.0), frontier.Point(0.8, 200.0, 6.0)]
    assert frontier.bought_for(points, 150) == frontier.Point(pytest.approx(0.75), 150, 5.0)
    assert frontier.bought_for(points, 500) == points[1]
    assert math.isnan(frontier.best_for(points, 99))


def test_the_budget_table_is_ready_to_download() -> None:
    at = opened(money, BUSY)
    table = tables(planned(BUSY))["budget"]
    assert (table["recurring"] > 0).any()
    shown = next(one.value for one in at.dataframe if "recurring" in one.value)
    assert shown["recurring"].sum() == pytest.approx(table["recurring"].sum())
    assert as_csv(table.assign(inputs="A toy")).startswith(b"option,year,team,grade")


def test_what_posts_buy_is_drawn_as_the_engine_says() -> None:
    found = why(BUSY).marginal_posts
    picture = options.bought(found, planned(BUSY))
    assert list(picture.table["weighted_avoided"]) == [row.weighted_avoided for row in found]
    assert set(picture.table["team"]) == {"Team"}
    assert picture.title in said(opened(money, BUSY))


def test_money_without_completion_standards_says_so() -> None:
    assert "No standard of this scenario asks for a completion." in said(opened(money, FROZEN))


def test_the_frontier_says_where_it_is_flat_and_where_it_ends() -> None:
    flat = [frontier.Point(0.7, 1e6, 4.0), frontier.Point(0.8, 1e6, 4.0)]
    ends = frontier.Point(0.9, float("nan"), float("nan"))
    title = options.frontier([*flat, ends], [0.75]).title
    assert title == (
        "Completion of 80% costs no more than 70%: other standards set the posts; "
        "90% cannot be reached"
    )
    rising = options.frontier([flat[0], frontier.Point(0.8, 1.5e6, 6.0)], [])
    assert rising.title == "Raising every completion standard from 70% to 80% costs £500,000"


# --- What if -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_change_that_does_not_reach_the_duty_in_view_says_what_it_reaches() -> None:
    def what_if() -> None:
        from capacity.app import frame, what_if

        frame.with_levers(what_if.head, what_if.levers, what_if.show)

    at = AppTest.from_function(what_if, default_timeout=60)
    at.query_params["teams.dappa.grades.constable.sickness"] = "0.5"
    at.run()
    assert not at.exception
    text = said(at)
    assert "What is changed makes no difference to home visits (registered sex offenders)" in text
    assert "It does change" in text
    at.selectbox("duty in view").select_index(len(at.selectbox("duty in view").options) - 1).run()
    assert "What is changed makes no difference" not in said(at)
