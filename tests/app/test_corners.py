"""Scenarios with little in them, and what a page says where there is nothing to show."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity.app.state import Saved
from capacity.app.toml_text import WhatIf
from tests.app.pages import (
    comparing,
    how_sure,
    money,
    our_figures,
    report,
    run,
    said,
    team_size,
    what_if,
    where_we_are,
)
from tests.app.pages import with_scenario as opened
from tests.toys import toy, visits

HALF = toy(visits(0.9), months=6)
NO_STANDARD = toy(months=6)
NO_DUTY = NO_STANDARD.partition("[cohorts.a.duties")[0] + "[teams.t]\n[teams.t.grades.pc]\n"
NO_DUTY += "in_post = 3\ncost_per_year = 50000\n"
NO_CASEWORK = NO_STANDARD.replace("in_post = 3", "in_post = 3\ncasework_share = 0")
UNSURE = toy(visits(0.9, "2025-04-01"), months=12, cases=600, posts=10).replace(
    "hours = 2",
    "hours = { value = 2, low = 1.6, high = 2.9 }",
)


def asked(text: str) -> str:
    """A scenario that asks for 80% in each year."""
    return text.replace("[sizing]\n", '[sizing]\nconfidence = 0.8\nconfidence_of = "year"\n')


def columns(at: AppTest) -> set[str]:
    return {column for one in at.dataframe for column in one.value.columns}


# --- Nothing is owed, nothing is asked -----------------------------------------------------


def test_a_unit_that_owes_nobody_anything() -> None:
    at = opened(where_we_are, NO_DUTY)
    assert "No activity is due to any case in this scenario, so nothing can fall behind" in (
        said(at)
    )
    assert not at.selectbox(key="pick scenario").disabled
    text = said(opened(how_sure, NO_DUTY, futures=1_000))
    assert "Completion, all activities: nothing due" in text
    assert "Outstanding, all activities: nothing due" in text
    assert "No standard is set, so there is nothing to meet." in text
    text = said(opened(what_if, NO_DUTY))
    assert "Change a setting: the baseline stays" in text
    assert "nothing due" not in text


def test_a_unit_of_which_nothing_is_asked() -> None:
    text = said(opened(team_size, NO_STANDARD, team=True))
    assert "No standard is set, so the number of posts needed cannot be worked out." in text
    plain = NO_STANDARD.replace('[priority]\nrule = "strict"\n', "")
    at = opened(what_if, plain, group="Standards")
    at.segmented_control(key="group").set_value("Standards")
    assert "This scenario has nothing of the kind." in said(run(at))


def test_a_unit_in_which_nobody_carries_cases() -> None:
    text = said(opened(money, NO_CASEWORK, team=True))
    assert "No grade of this scenario carries cases, so that there is no post to buy." in text


def test_an_uploaded_scenario_that_cannot_be_opened_is_not_called_missing() -> None:
    at = opened(where_we_are, "months = 3")
    text = said(at)
    assert "This scenario cannot be opened" in text
    assert "title: must be given" in text
    assert "This scenario is not open" not in text


def test_a_team_without_anybody() -> None:
    text = said(opened(team_size, NO_DUTY.replace("in_post = 3", "in_post = 0"), team=True))
    assert "Nothing is asked of this team, so that nothing sets its size." in text


def test_the_position_at_the_start_is_shown_as_typed() -> None:
    text = HALF.replace("hours = 2", "hours = 2\noverdue = { hi = 7 }").replace(
        "cases = 60 }", "cases = 61.5 }", 1
    )
    at = opened(where_we_are, text, opening=True)
    table = next(one.value for one in at.dataframe if "overdue: Home visit" in one.value)
    assert table["cases"].tolist() == [60, 61.5]
    assert table["overdue: Home visit"].tolist()[0] == 7
    assert table["overdue: Home visit"].isna().tolist() == [False, True]


def test_changes_that_do_not_fit_on_a_page_without_levers() -> None:
    at = opened(where_we_are, HALF, WhatIf({"cohorts.a.duties.visit.per_year.hi": 5}))
    assert "This cannot be planned" in said(at)
    assert "must give a whole number of months between visits" in said(at)
    assert not at.metric


# --- Levers --------------------------------------------------------------------------------


def test_a_lever_that_is_yes_or_no() -> None:
    at = opened(what_if, HALF.replace("in_post = 3", "in_post = 3\nmay_shrink = true"))
    at.segmented_control(key="group").set_value("People")
    run(at)
    at.selectbox("section People").set_value("Team, Constable")
    at.session_state["more Team, Constable"] = True
    run(at)
    (box,) = [one for one in at.checkbox if one.key == "lever teams.t.grades.pc.may_shrink"]
    assert box.value is True
    box.uncheck()
    run(at)
    assert at.session_state["what_if"].values == {"teams.t.grades.pc.may_shrink": False}
    assert "Team, Constable, Posts may be taken away: yes → no" in said(at)


def test_a_standard_taken_away_leaves_other_changes_alone() -> None:
    other = {"cohorts.a.growth_per_year": 0.1, "standards.Visits.completion": 0.8}
    at = opened(what_if, HALF, WhatIf(other))
    at.segmented_control(key="group").set_value("Standards")
    run(at)
    at.checkbox("in force Visits").uncheck()
    run(at)
    assert at.session_state["what_if"].values == {
        "cohorts.a.growth_per_year": 0.1,
        "standards.Visits": None,
    }


def test_what_falls_behind_first_is_no_standard_to_be_removed() -> None:
    at = opened(what_if, HALF.replace('"strict"', '"standards first"'))
    at.segmented_control(key="group").set_value("Standards")
    run(at)
    at.selectbox("section Standards").set_value("What falls behind first")
    run(at)
    assert not [one for one in at.checkbox if str(one.key).startswith("in force")]
    at.selectbox("lever priority.rule").set_value("strict")
    run(at)
    assert at.session_state["what_if"].values == {"priority.rule": "strict"}
    assert "standards first → strict" in said(at)


def adding_event(what: str) -> AppTest:
    """The form for an event of 20 cases, not yet sent."""
    at = opened(what_if, HALF)
    at.segmented_control(key="group").set_value("Demand")
    run(at)
    at.segmented_control(key="event what").set_value(what)
    run(at)
    at.number_input("event cases").set_value(20.0)
    return at


def the_one_added(at: AppTest) -> tuple[str, dict[str, Any]]:
    """What the form adds to which list."""
    at.button("FormSubmitter:event-Add").click()
    run(at)
    (added,) = at.session_state["what_if"].added
    return added


def test_cases_are_moved_from_one_tier_to_another() -> None:
    """20 of 60 visited monthly move to the 60 visited quarterly."""
    at = adding_event("Cases moved")
    at.selectbox("from").set_value("hi")
    at.selectbox("to").set_value("lo")
    kind, item = the_one_added(at)
    moved = {name: item[name] for name in ("cohort", "from", "to", "cases")}
    assert (kind, moved) == ("events", {"cohort": "a", "from": "hi", "to": "lo", "cases": 20})
    assert "What if: 0 → 20 cases moved from high to lo in April 2025" in said(at)


def test_cases_leave_at_once() -> None:
    at = adding_event("Leavers")
    kind, item = the_one_added(at)
    left = {name: item[name] for name in ("cohort", "leavers")}
    assert (kind, left) == ("events", {"cohort": "a", "leavers": 20})
    assert "tier" not in item
    assert "What if: 0 → 20 cases leaving in April 2025" in said(at)


def test_a_link_may_add_what_no_form_offers() -> None:
    added = (("flex", {"from": "t", "to": "u", "max_share": 0.1}),)
    two = HALF + '[cohorts.b]\nteam = "u"\ntiers = { all = { cases = 9 } }\n'
    two += "[teams.u.grades.pc]\nin_post = 1\ncost_per_year = 50000\n"
    at = opened(where_we_are, two, WhatIf({}, added))
    assert not at.error
    assert "Team helping U, at most 10% of its hours" in said(at)


def test_a_tier_that_is_never_visited_has_none_overdue_at_the_start() -> None:
    """What is owed never cannot be overdue: both change in one step."""
    overdue = "overdue = { lo = 5 }\n"
    text = HALF.replace("[cohorts.a.duties.visit]\n", f"[cohorts.a.duties.visit]\n{overdue}")
    assert overdue in text
    at = opened(what_if, text)
    at.segmented_control(key="group").set_value("Policy")
    run(at)
    at.selectbox("lever cohorts.a.duties.visit.per_year.lo").set_value(0)
    run(at)
    visit = "cohorts.a.duties.visit"
    changes = {f"{visit}.per_year.lo": 0, f"{visit}.overdue.lo": 0}
    assert at.session_state["what_if"].values == changes
    assert "This cannot be planned" not in said(at)
    at.session_state["what_if"] = WhatIf()
    run(at)
    at.selectbox("lever cohorts.a.duties.visit.per_year.lo").set_value(1)
    run(at)
    assert at.session_state["what_if"].values == {f"{visit}.per_year.lo": 1}


def test_an_inflow_is_a_part_of_demand() -> None:
    flow = '[[inflows]]\nname = "Prison"\ncohort = "a"\nper_month = 3\n'
    at = opened(what_if, HALF.replace("growth_per_year = 0.0\n", "") + flow)
    at.segmented_control(key="group").set_value("Demand")
    run(at)
    at.selectbox("section Demand").set_value("New cases from named sources")
    run(at)
    at.number_input("lever inflows.Prison.per_month").set_value(4.0)
    run(at)
    assert at.session_state["what_if"].values == {"inflows.Prison.per_month": 4}


# --- How certain ------------------------------------------------------------------------------


def sizes(at: AppTest) -> AppTest:
    at.button("ask Probability by team size").click()
    return run(at)


def test_a_scenario_that_asks_for_no_chance_is_told_the_chance_of_every_size() -> None:
    at = opened(how_sure, UNSURE, team=True, futures=1_000)
    assert "The scenario asks for no level of confidence." in said(at)
    assert "posts every standard is met in " not in said(at)
    at = sizes(at)
    assert "posts every standard is met in " in said(at)
    at.segmented_control(key="size by").set_value("cost")
    assert "posts every standard is met in " in said(run(at))


@pytest.mark.slow
def test_the_fewest_posts_that_are_sure_enough_are_looked_for_when_asked() -> None:
    at = opened(how_sure, asked(UNSURE), team=True, futures=1_000)
    at.button("ask Posts needed for 80% confidence").click()
    run(at)
    tiles = {one.label: one.value for one in at.metric}
    assert tiles["Asked for"] == "80%"
    assert float(tiles["Posts needed for 80% confidence"]) >= 10
    assert "No number of posts is enough" not in said(at)
    table = next(one.value for one in at.dataframe if "within_reach" in one.value)
    assert table["period"].tolist() == ["2025/26"]
    at.segmented_control(key="driven").set_value("cost")
    at = run(at)
    at.button("ask Size the team again at each end").click()
    assert "matters most: " in said(run(at))


@pytest.mark.slow
def test_a_year_that_no_number_of_posts_makes_sure_is_named() -> None:
    never = UNSURE.replace(
        "hours = {", "access_rate = { value = 0.9, low = 0.8, high = 0.95 }\nhours = {"
    )
    at = opened(how_sure, asked(never), team=True, futures=1_000)
    at.button("ask Posts needed for 80% confidence").click()
    assert "No number of posts is enough in 2025/26." in said(run(at))


# --- Compare and money ---------------------------------------------------------------------


def saved(name: str, text: str, changes: WhatIf | None = None, file: str = "toy.toml") -> Saved:
    return Saved(name, file, {file: text}, changes or WhatIf())


def test_two_that_are_the_same_differ_in_nothing() -> None:
    at = opened(comparing, HALF, saved=(saved("Same", HALF),))
    assert "These two have the same settings, so that nothing differs between them." in said(at)


def test_years_side_by_side_when_asked_for() -> None:
    """Three constables at £50,000 for half a year, and then one more."""
    more = saved("More", HALF, WhatIf({"teams.t.grades.pc.posts": 4}))
    at = opened(comparing, HALF, saved=(more,), **{"compared by year": True})
    table = next(one.value for one in at.dataframe if "standards_missed" in one.value)
    assert table["option"].tolist() == ["Baseline", "More"]
    assert table["posts"].tolist() == [3, 4]
    assert table["cost"].tolist() == pytest.approx([75_000, 100_000])


def test_units_that_owe_nobody_anything_are_compared_by_cost() -> None:
    fewer = saved("Fewer", NO_DUTY, WhatIf({"teams.t.grades.pc.posts": 2}))
    at = opened(comparing, NO_DUTY, saved=(fewer,))
    table = next(one.value for one in at.dataframe if "cost_above_baseline" in one.value)
    assert table["completion_end"].isna().all()


def test_where_no_saved_one_can_be_read_there_is_no_archive() -> None:
    at = opened(comparing, HALF, saved=(saved("Broken", "title = ", file="y.toml"),))
    assert at.error
    assert not [one for one in at.dataframe if "cost_above_baseline" in one.value]
    assert "Download all as scenario files (ZIP)" not in [one.label for one in at.button]


def test_money_says_what_rests_on_another_scenario_and_how_near_each_plan_is() -> None:
    other = HALF.replace("A toy", "Another unit")
    kept = (saved("Theirs", other, file="y.toml"), saved("Broken", "title = ", file="z.toml"))
    at = opened(money, HALF, team=True, saved=kept)
    text = said(at)
    assert "Resting on another scenario: Theirs." in text
    assert "to within 0.01% of the least cost" in text
    table = next(one.value for one in at.table if "Loans paid for" in one.value.index)
    assert list(table) == ["No posts added", "Team needed", "Theirs, team needed"]


# --- Our figures ---------------------------------------------------------------------------


def with_history(rows: list[str], changes: WhatIf | None = None) -> AppTest:
    """The page of a history that has been brought."""
    at = opened(our_figures, toy(months=36, start="2025-04-01"), changes)
    at.segmented_control(key="way in").set_value("History")
    run(at)
    content = "\n".join(["month,cohort,duty,outstanding", *rows]).encode()
    at.file_uploader("history file 0").set_value(("ours.csv", content, "text/csv"))
    return run(at)


def months(count: int, first: int = 4, outstanding: float = 5) -> list[str]:
    return [
        f"{2025 + (n + first - 1) // 12}-{(n + first - 1) % 12 + 1:02d},a,visit,{outstanding}"
        for n in range(count)
    ]


def test_a_fit_needs_a_setting() -> None:
    at = with_history(months(3))
    at.multiselect[0].set_value([])
    at.button("FormSubmitter:fit-Fit").click()
    assert "Choose a setting to fit." in said(run(at))


def test_what_is_changed_is_put_right_before_a_fit() -> None:
    at = with_history(months(3), WhatIf({"cohorts.a.duties.visit.per_year.hi": 5}))
    assert "Correct your changes first, under *What is changed*." in said(at)
    assert not at.multiselect


HOURS = "cohorts.a.duties.visit.hours"


def fifteen_months() -> AppTest:
    """Nobody outstanding, as 80 visits of two hours take 160 hours of 520."""
    at = with_history(months(15, outstanding=0))
    at.multiselect[0].set_value([HOURS])
    return at


@pytest.mark.slow
def test_a_fit_to_months_of_which_some_are_held_out() -> None:
    at = fifteen_months()
    at.number_input("hold out ours.csv").set_value(3)
    at.button("FormSubmitter:fit-Fit").click()
    text = said(run(at))
    # All 80 visits of a month are done in 520 hours as long as one takes at most 6.5.
    assert "This calibration cannot be relied on by itself" in text
    assert f"this history says only that {HOURS} is at most 6.5" in text
    assert "Mean error over the last 3 months, which were not fitted" in text
    assert {"Figure", "Model", "Last value"} <= columns(at)


@pytest.mark.slow
def test_the_past_is_forecast_from_months_that_were_known() -> None:
    """Twelve months must be known, so that 13 to 15 are forecast: from the 12th month on."""
    at = fifteen_months()
    at.number_input("backtest every").set_value(1)
    at.button("FormSubmitter:fit-Test it on the past").click()
    text = said(run(at))
    assert "How it would have forecast the past" in text
    # From the 12th month three, from the 13th two, from the 14th one.
    assert "6 forecasts from 3 starts, March 2026 to May 2026" in text


@pytest.mark.slow
def test_a_past_of_which_nothing_can_be_forecast() -> None:
    """A gap of two years after the twelve months that must be known."""
    rows = [*months(12, outstanding=0), "2028-03,a,visit,0"]
    at = with_history([*rows[:11], rows[-1]])
    at.multiselect[0].set_value([HOURS])
    at.button("FormSubmitter:fit-Test it on the past").click()
    (told,) = [one.value for one in run(at).dataframe if "must" in one.value]
    assert told["must"].tolist() == ["must have more than 12 months from 2025-04 on"]
    at = with_history(rows)
    at.multiselect[0].set_value([HOURS])
    at.button("FormSubmitter:fit-Test it on the past").click()
    (told,) = [one.value for one in run(at).dataframe if "must" in one.value]
    assert told["must"].tolist() == [
        "must have a figure at most 12 months after two others like it"
    ]


# --- Report --------------------------------------------------------------------------------


def test_a_scenario_that_extends_another_is_kept_beside_it() -> None:
    child = 'extends = "parent.toml"\ntitle = "A child"\nmonths = 3\n'
    uploads = {"toy.toml": child, "parent.toml": HALF}
    at = opened(report, child, uploads=uploads, **{"figures in words": True})
    assert "Keep it in one folder with parent.toml." in said(at)
    assert "- No posts added: 3 posts in June 2025." in said(at)
    changed = opened(report, child, WhatIf({"cohorts.a.growth_per_year": 0.1}), uploads=uploads)
    assert "Keep it in one folder with toy.toml, parent.toml." in said(changed)
