"""The first page: five sliders, what happens from day to day, undo, and the answer card."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity import stages
from capacity.app import five, results, working
from capacity.app.toml_text import WhatIf, from_address, to_address
from capacity.errors import SolverError
from capacity.reading.scenario import read, shipped
from capacity.results import recommendation
from capacity.risk import recommended
from tests.app.pages import money, opened, run, said, sound, team_size, where_we_are, with_scenario
from tests.toys import toy, visits

NORFOLK = read("norfolk-2024")
TOY = toy(visits(first="2025-04-01"), months=12, growth="0.03", grade="sickness = 0.05")


def first_page(text: str = TOY, **state: Any) -> AppTest:
    return with_scenario(where_we_are, text, **state)


def changed(at: AppTest) -> WhatIf:
    found: WhatIf = at.session_state["what_if"]
    return found


def test_a_team_is_compared_with_the_baselines_as_soon_as_that_is_there() -> None:
    """Its own is worked out first: what is said of it then is not all that is ever said."""
    base = read("toy.toml", files={"toy.toml": TOY})
    change = WhatIf({"cohorts.a.growth_per_year": 0.5})

    def its_own(what: str, _: str, function: Any, *given: Any, **__: Any) -> Any:
        return None if "the baseline's" in what else function(*given)

    def every(_: str, __: str, function: Any, *given: Any, **___: Any) -> Any:
        return function(*given)

    first = results.sized_of(base, change, work=its_own)
    assert first is not None
    assert not first.answer.startswith("Compared with")
    both = results.sized_of(base, change, work=every)
    assert both is not None
    assert both.answer.startswith("Compared with “A toy”, ")


# --- Sliders -------------------------------------------------------------------------------


def test_the_five_levers_that_matter_are_those_of_the_first_standard() -> None:
    assert [one.lever.name for one in five.sliders(NORFOLK)] == [
        "cohorts.rso.growth_per_year",
        "teams.ppu.grades.constable.posts",
        "cohorts.rso.duties.visit.hours",
        "flex.iom to ppu.max_share",
        "teams.ppu.grades.constable.sickness",
    ]


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_has_sliders_that_hold_its_values(name: str) -> None:
    found = five.sliders(read(name))
    assert len(found) >= 3
    for one in found:
        assert one.low <= one.lever.shown(one.lever.today) <= one.high


def test_a_slider_changes_the_setting_and_says_so() -> None:
    at = first_page()
    at.slider("slider teams.t.grades.pc.in_post").set_value(2)
    run(at)
    assert changed(at) == WhatIf({"teams.t.grades.pc.in_post": 2})
    assert "Team: Constable, In post: 3 FTE → 2 FTE" in said(at)


def test_a_slider_of_per_cent_is_typed_as_a_share() -> None:
    at = first_page()
    at.slider("slider cohorts.a.growth_per_year").set_value(5.0)
    run(at)
    assert changed(at) == WhatIf({"cohorts.a.growth_per_year": 0.05})


def test_a_value_beyond_the_ends_of_a_slider_is_held() -> None:
    at = first_page(changes=WhatIf({"cohorts.a.growth_per_year": 0.4}))
    assert at.slider("slider cohorts.a.growth_per_year").value == 40.0


# --- Undo, redo ----------------------------------------------------------------------------


def test_undo_and_redo_go_step_by_step() -> None:
    at = first_page()
    assert at.button("step Undo").disabled
    for value in (5.0, 7.0):
        at.slider("slider cohorts.a.growth_per_year").set_value(value)
        run(at)
    at.button("step Undo").click()
    run(at)
    assert changed(at).values == {"cohorts.a.growth_per_year": 0.05}
    assert at.slider("slider cohorts.a.growth_per_year").value == 5.0
    at.button("step Undo").click()
    run(at)
    assert not changed(at)
    assert at.button("step Undo").disabled
    at.button("step Redo").click()
    run(at)
    assert changed(at).values == {"cohorts.a.growth_per_year": 0.05}
    at.button("as it stands").click()
    run(at)
    assert not changed(at)


# --- Buttons -------------------------------------------------------------------------------


def test_two_on_leave_is_one_click_and_the_next_takes_it_back() -> None:
    at = first_page()
    at.button("shortcut Two on leave").click()
    run(at)
    [(kind, item)] = changed(at).added
    assert (kind, item["fte"], item["team"], item["grade"]) == ("people", -2, "t", "pc")
    assert "Two on leave: 0 → −2 FTE, April 2025 to March 2026" in said(at)
    at.button("shortcut Two on leave").click()
    run(at)
    assert not changed(at)


def test_people_are_away_for_as_many_months_as_are_typed() -> None:
    at = first_page()
    at.number_input("buttons for months").set_value(3)
    run(at)
    at.button("shortcut One on loan").click()
    run(at)
    assert "One on loan: 0 → −1 FTE, April 2025 to June 2025" in said(at)


def test_visits_further_apart_is_one_click() -> None:
    found = {one.label: one for one in five.shortcuts(NORFOLK)}
    apart = found["Home visits to low every 18 months"]
    assert apart.values == {"cohorts.rso.duties.visit.every_months.low": 18}
    rule = NORFOLK.replace(apart.values).settings.cohorts["rso"].duties["visit"]
    assert rule.every_months["low"].value == 18


def test_no_new_posts_is_a_limit_for_each_team_of_the_posts_that_there_are() -> None:
    found = {one.label: one for one in five.shortcuts(NORFOLK)}
    items = [item for _, item in found["No new posts"].added]
    # 23 offender managers and 3 sergeants; 5 and 1; 3 and 1.
    assert [(one["team"], one["max_posts"]) for one in items] == [
        ("ppu", 26),
        ("iom", 6),
        ("dappa", 4),
    ]


def test_a_standard_of_its_own_survives_in_the_address() -> None:
    item = {"name": "No new posts, Team", "team": "t", "max_posts": 3}
    what_if = WhatIf({}, (("standards", item),))
    assert from_address(to_address("x", what_if, team=False))[1] == what_if
    at = first_page(changes=what_if)
    assert "No new posts, Team: at most 3 posts" in said(at)


def test_any_setting_is_found_by_a_word_and_changed_where_it_is_found() -> None:
    at = first_page()
    at.selectbox("setting found").set_value("teams.t.grades.pc.sickness")
    run(at)
    at.number_input("lever teams.t.grades.pc.sickness").set_value(10.0)
    run(at)
    assert changed(at).values == {"teams.t.grades.pc.sickness": 0.1}


# --- The answer card -----------------------------------------------------------------------


def asked(at: AppTest, button: str, wanted: Callable[[AppTest], bool]) -> AppTest:
    """A page on which what takes long was asked for, as soon as it has filled in."""
    sound(at.button(button).click().run())
    ends = time.monotonic() + 300
    while not wanted(at) and time.monotonic() < ends:
        time.sleep(0.5)
        run(at)
    return at


@pytest.mark.slow
def test_what_to_agree_now_fills_in_and_is_what_the_command_says() -> None:
    at = opened(money, scenario="vaws-2025")
    assert "A probability of" not in said(at)
    asked(at, "ask What to agree now", lambda at: "A probability of" in said(at))
    found = recommended.recommend(stages.run(read("vaws-2025")))
    assert isinstance(found, recommended.Recommended)
    shown = " ".join(said(at).split())
    for words in recommendation.paragraphs(found):
        assert " ".join(words.split()) in shown
    shown = said(opened(team_size, scenario="vaws-2025", team="yes"))
    lead, each = recommendation.turns_on(found)
    assert lead in shown
    for what, does in each:
        assert f"- {what}: {does}" in shown


@pytest.mark.slow
def test_levels_of_confidence_are_those_of_scenarios_that_ask_for_them() -> None:
    text = toy(visits(first="2025-10-01"), months=24, growth="{ value = 0.1, low = 0, high = 0.3 }")
    at = first_page(text)
    asked(
        at, "ask Posts at 50, 80 and 95%", lambda at: any(len(one.value) == 3 for one in at.table)
    )
    table = at.table[0].value
    assert list(table.index) == ["50%", "80%", "95%"]
    assert [float(one) for one in table["At the end"]] == sorted(map(float, table["At the end"]))


def test_confidence_is_chosen_beside_the_answer() -> None:
    at = first_page()
    at.segmented_control("confidence chosen").set_value(0.95)
    run(at)
    assert changed(at).values == {"sizing.confidence": 0.95}
    assert "sizing.confidence" not in said(at)
    at.segmented_control("confidence chosen").set_value(0.8)
    run(at)
    assert not changed(at)


# --- A first visit -------------------------------------------------------------------------


def test_a_newcomer_has_questions_to_try_until_they_are_closed() -> None:
    at = opened(where_we_are)
    at.button("question What if growth is 5%?").click()
    run(at)
    assert changed(at).values == {"cohorts.rso.growth_per_year": 0.05}
    at.button("close the tour").click()
    run(at)
    assert "question What if growth is 5%?" not in {one.key for one in at.button}


def test_who_comes_by_a_link_is_not_shown_round() -> None:
    at = opened(where_we_are, scenario="norfolk-2021")
    assert not [one for one in at.button if str(one.key).startswith("question")]


def test_where_no_answer_is_found_the_card_says_so_and_the_page_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise SolverError("time limit", "looking for the posts to agree now")

    monkeypatch.setattr(working, "filled_in", fails)
    at = first_page()
    at.button("ask What to agree now").click()
    run(at)
    assert "No answer was found: " in said(at)
    assert "looking for the posts to agree now: time limit" in said(at)
    assert at.slider


# --- What is foreseen ----------------------------------------------------------------------


def test_simulations_fill_in_first_with_the_scenario_as_it_stands_beside_them() -> None:
    at = first_page(changes=WhatIf({"teams.t.grades.pc.in_post": 1}))
    ends = time.monotonic() + 60
    while "of 500 simulations" not in said(at) and time.monotonic() < ends:
        time.sleep(0.2)
        run(at)
    words = said(at)
    assert "With no posts added, " in words
    assert "as it stands" in words.lower()
    assert "8 in 10 of 500 simulations; line: their middle." in words
    assert "the single course without chance, an analyst's view." in words
