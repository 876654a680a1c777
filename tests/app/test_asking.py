"""Numbers that no unit has, whatever brings them: asked about, and nothing worked out till then."""

from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity.app.toml_text import WhatIf
from tests.app.pages import Page, said, what_if, where_we_are, with_scenario
from tests.toys import toy

HOURS = "cohorts.a.duties.visit.hours"
GROWTH = "cohorts.a.growth_per_year"


def linked(changes: WhatIf, page: Page = where_we_are) -> AppTest:
    return with_scenario(page, toy(), changes)


def kept(at: AppTest) -> WhatIf:
    found = at.session_state["what_if"]
    assert isinstance(found, WhatIf)
    return found


def press(at: AppTest, label: str) -> None:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception


def test_a_link_with_hours_that_no_unit_has_is_asked_about_and_nothing_is_worked_out() -> None:
    at = linked(WhatIf({HOURS: 275}))
    words = said(at)
    asked = "275 hours is outside what units usually have. Usual is 0 to 200. Is that right?"
    assert asked in words
    assert "Nothing has been worked out from these changes yet." in words
    assert "With no posts added" not in words
    assert not at.metric


def test_what_is_asked_about_is_kept_when_it_is_confirmed() -> None:
    at = linked(WhatIf({HOURS: 275}))
    press(at, "Keep 275 hours")
    assert kept(at).values == {HOURS: {"value": 275, "confirmed": True}}
    assert "With no posts added" in said(at)


def test_what_is_asked_about_is_left_as_it_was() -> None:
    at = linked(WhatIf({HOURS: 275}))
    press(at, "Leave as it was")
    assert not kept(at)
    assert "With no posts added" in said(at)


@pytest.mark.parametrize(
    ("changes", "meant"),
    [
        (WhatIf({GROWTH: 4.5}), WhatIf({GROWTH: 0.045})),
        (
            WhatIf({GROWTH: {"value": 0.03, "low": 0.01, "high": 5}}),
            WhatIf({GROWTH: {"value": 0.03, "low": 0.01, "high": 0.05}}),
        ),
    ],
)
def test_what_was_meant_is_taken(changes: WhatIf, meant: WhatIf) -> None:
    at = linked(changes)
    press(at, "Use 4.5%" if changes.values[GROWTH] == 4.5 else "Use 5%")
    assert kept(at) == meant


def dated(value: Any) -> WhatIf:
    item = {"from": date(2025, 6, 1), "why": "What if", "set": {GROWTH: value}}
    return WhatIf({}, (("changes", item),))


def test_a_change_from_a_month_on_is_asked_about() -> None:
    at = linked(dated(4.5), what_if)
    assert "450% is outside what units usually have. Did you mean 4.5%?" in said(at)
    press(at, "Use 4.5%")
    assert kept(at) == dated(0.045)


def test_an_event_of_more_cases_than_any_unit_has_is_asked_about() -> None:
    item = {"cohort": "a", "at": date(2025, 6, 1), "arrivals": 90_000, "why": "What if"}
    at = linked(WhatIf({}, (("events", item),)), what_if)
    assert "90,000 cases is outside what units usually have." in said(at)
    press(at, "Keep 90,000 cases")
    confirmed = {**item, "arrivals": {"value": 90_000, "confirmed": True}}
    assert kept(at).added == (("events", confirmed),)


def test_two_numbers_are_asked_about_one_by_one() -> None:
    at = linked(WhatIf({GROWTH: 4.5, HOURS: 275}))
    press(at, "Use 4.5%")
    assert "450%" not in said(at)
    assert "275 hours is outside" in said(at)


def test_what_units_have_is_not_asked_about() -> None:
    at = linked(WhatIf({HOURS: 4}))
    assert "outside what units usually have" not in said(at)
    assert "With no posts added" in said(at)
