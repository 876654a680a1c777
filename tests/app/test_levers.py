"""Levers and the text of a what-if: what is shown, typed, linked and filed says the same."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity import stages
from capacity.app.toml_text import WhatIf, diff, from_address, to_address
from capacity.errors import ScenarioError
from capacity.reading.levers import Lever, known, levers
from capacity.reading.scenario import Scenario, differences, read
from capacity.reading.scenario_text import literal
from capacity.results.tables import tables

BASE = read("norfolk-2024")
LEAVE = read("leave-and-loan")


def lever(name: str, base: Scenario = BASE) -> Lever:
    found = known(levers(base), name)
    assert found is not None, name
    return found


def moved(one: Lever) -> Any:
    """Another value that the lever allows."""
    if one.kind == "flag":
        return not one.today
    if one.kind == "month":
        return date(2025, 9, 1)
    if one.kind == "choice":
        return next(choice for choice in one.choices if choice != one.today)
    shown = 1.0 if one.today is None else one.shown(one.today)
    up = one.typed(shown + (1 if one.scale == 1 or one.limits.whole else 0.5))
    return up if one.limits.holds(up) else one.typed(shown - 0.5)


GROWTH = lever("cohorts.rso.growth_per_year")


# --- What is shown -------------------------------------------------------------------------


def test_every_number_of_a_scenario_is_a_lever() -> None:
    from capacity.reading.assumptions import register

    names = {one.name for one in levers(BASE)}
    fixed = {"links.", "sizing.", "chance."}  # about uncertainty, for pages to come
    missing = {one.setting for one in register(BASE)} - names
    assert {name for name in missing if not name.startswith(tuple(fixed))} == set()


def test_a_lever_says_its_unit_range_source_and_todays_value() -> None:
    assert GROWTH.words(GROWTH.today) == "3% per year"
    visit = lever("cohorts.rso.duties.visit.hours")
    assert visit.words(2.75 + 1 / 3) == "3.0833 hours"  # twenty minutes longer
    assert visit.words(3.0833333) == "3.0833333 hours"  # as typed
    assert GROWTH.range_words == "above -100 and at most 1,000"
    assert (GROWTH.low, GROWTH.high, GROWTH.source) == (0.015, 0.05, "pcc-2025-01")
    assert GROWTH.group == "Demand"
    assert GROWTH.title == "Registered sex offenders, Growth of the caseload"


def test_a_default_is_shown_as_such() -> None:
    limit = lever("teams.iom.grades.sergeant.max_joiners_per_month")
    assert not limit.given
    assert limit.words(limit.today) == "no limit"


def test_a_managers_daily_levers_come_first() -> None:
    first = levers(LEAVE)
    assert [one.section for one in first[:13]] == [  # posts and people of six grades
        *["Posts and people in post"] * 12,
        "Loans, leave and sickness",
    ]


@pytest.mark.parametrize("number", [0.03, 0.045, 0.1, 0.07, 0.0181, 0.98, 2.0, 0.015])
def test_a_share_survives_being_shown_in_per_cent(number: float) -> None:
    assert GROWTH.typed(GROWTH.shown(number)) == number


@given(st.integers(-99_999, 900_000))
def test_what_is_typed_on_screen_is_what_a_file_would_say(thousandths: int) -> None:
    assert GROWTH.typed(thousandths / 1000) == float(f"{thousandths}e-5")


# --- What is said in a link and a file -----------------------------------------------------


@pytest.mark.parametrize("base", [BASE, LEAVE], ids=lambda base: base.name)
def test_every_lever_says_the_same_in_a_link(base: Scenario) -> None:
    for one in levers(base):
        what_if = WhatIf({one.name: moved(one)})
        asked = to_address(base.name, what_if, team=True)
        assert from_address(asked) == (base.name, what_if, True), one.name


PARTS = [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, 4))]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_every_lever_says_the_same_in_a_file(part: int) -> None:
    """`diff` compares its file with the what-if itself; here: that it never has to give up."""
    for one in levers(BASE)[part::24]:
        what_if = WhatIf({one.name: moved(one)})
        try:
            what_if.applied_to(BASE)
        except ScenarioError:
            continue  # a rule across settings: a mix that adds up to 1, one way to say growth
        text = diff(BASE, what_if, "A question")
        again = read("mine.toml", files={"mine.toml": text})
        changed = [name for name, _, _ in differences(BASE, again) if name != "title"]
        assert changed == [one.name], text


AWKWARD = WhatIf(
    {
        "cohorts.rso.growth_per_year": 0.05,
        "cohorts.rso.duties.visit.crew.low": 1,
        "standards.Home visits.completion": 0.9,
        "standards.Home visits.from": date(2026, 1, 1),
        "standards.Caseload limit": None,
        "people.Maternity leave.fte": -1.5,
        "flex.iom to ppu.max_share": 0.1,
        "teams.ppu.grades.constable.may_shrink": True,
        "teams.ppu.grades.constable.cost_per_year.pay": 50_000,
        "priority.rule": "standards first",
        "months": 24,
    },
    (
        ("people", {"team": "ppu", "grade": "constable", "fte": -1, "from": date(2025, 3, 1),
                    "why": 'Long-term "sickness"'}),
        ("changes", {"from": date(2026, 4, 1), "why": "What if",
                     "set": {"cohorts.rso.duties.visit.hours": 3.5}}),
        ("events", {"at": date(2025, 4, 1), "cohort": "rso", "arrivals": 12, "why": "Arrests"}),
    ),
)  # fmt: skip


def test_an_awkward_what_if_gives_the_same_figures_from_its_link_and_its_file() -> None:
    """To the last digit, as the promise is."""
    _, linked, _ = from_address(to_address("leave-and-loan", AWKWARD, team=False))
    assert linked == AWKWARD
    files = {"mine.toml": diff(LEAVE, AWKWARD, "A question")}
    from_file = stages.run(read("mine.toml", files=files), fixed=True)
    on_screen = stages.run(AWKWARD.applied_to(LEAVE), fixed=True)
    filed = tables(from_file)
    for name, table in tables(on_screen).items():
        order = ["setting", "from"] if name == "assumptions" else []  # else in the file's order
        ours, theirs = (
            one.sort_values(order).reset_index(drop=True) if order else one
            for one in (table, filed[name])
        )
        assert ours.equals(theirs), name


def test_a_diff_is_short() -> None:
    text = diff(BASE, WhatIf({"cohorts.rso.growth_per_year": 0.05}), "Faster growth")
    assert text.splitlines() == [
        'extends = "norfolk-2024.toml"',
        'title = "Faster growth"',
        'question = "What do the PPU, IOM and DAPPA teams need to keep visits in date to 2029?"',
        "",
        "[cohorts.rso]",
        "growth_per_year = 0.05",
    ]


def test_a_setting_that_is_taken_away_is_removed_in_the_file() -> None:
    text = diff(BASE, WhatIf({"standards.Caseload limit": None}), "No limit")
    assert 'remove = ["standards.Caseload limit"]' in text


@given(
    st.recursive(
        st.booleans()
        | st.integers(-(10**15), 10**15)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(blacklist_categories=["Cs"])) | st.dates(),
        lambda inner: st.dictionaries(st.text("ab-. ", min_size=1), inner, max_size=3)
        | st.lists(inner, max_size=3),
        max_leaves=6,
    )
)  # fmt: skip
def test_any_value_survives_as_text(value: Any) -> None:
    import tomllib

    assert tomllib.loads(f"x = {literal(value)}") == {"x": value}


def test_nonsense_in_an_address_harms_nothing() -> None:
    asked = {
        "scenario": ["norfolk-2024"],
        "cohorts.rso.growth_per_year": ["0.05\nmonths = 3"],
        "people": ["7"],
        "x": ["["],
        "long": ["1" * 5000],
        "embed": ["true"],
    }
    name, what_if, team = from_address(asked)
    assert (name, team) == ("norfolk-2024", False)
    assert what_if.values == {
        "cohorts.rso.growth_per_year": "0.05\nmonths = 3",
        "people": 7,
        "x": "[",
    }
    with pytest.raises(ScenarioError):
        what_if.applied_to(BASE)
