"""Every page and kind of lever, without a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from capacity import stages
from capacity.app import working
from capacity.reading.scenario import read, shipped
from capacity.results import summary
from tests.app.pages import (
    assumptions,
    money,
    on_one_line,
    opened,
    our_figures,
    report,
    said,
    team_size,
    what_if,
    where_we_are,
)
from tests.shipped import planned

GROWTH = "cohorts.rso.growth_per_year"


PAGES = [where_we_are, what_if, team_size, money, our_figures, assumptions, report]


def linked(page: Callable[[], None], address: dict[str, Any]) -> AppTest:
    return opened(page, **address)


def answer(values: dict[str, Any] | None = None, *, fixed: bool = True) -> str:
    if not values:
        return summary.figures(planned("norfolk-2024", fixed))[0].words
    scenario = read("norfolk-2024").replace(values)
    return summary.figures(stages.run(scenario, fixed=fixed))[0].words


# --- Pages ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.__name__)
def test_every_page_opens_for_someone_who_has_never_seen_it(shown: Callable[[], None]) -> None:
    at = opened(shown)
    assert not at.error
    assert len(at.header) == 1


QUICK = {"norfolk-2021", "three-offices"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in shipped()],
)
def test_every_shipped_scenario_opens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is that of a single course where nobody has asked what to agree."""
    monkeypatch.setattr(working, "KEPT_RESULTS", working.Results(working.KEPT))
    assert summary.figures(planned(name, fixed=True))[0].words in on_one_line(
        opened(where_we_are, scenario=name)
    )


@pytest.mark.slow
def test_doing_nothing_is_said_as_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "KEPT_RESULTS", working.Results(working.KEPT))
    assert answer() in said(opened(where_we_are))


@pytest.mark.slow
def test_day_nought_is_what_was_typed() -> None:
    at = opened(where_we_are)
    tiles = {tile.label: tile.value for tile in at.metric}
    assert tiles["Cases at the start"] == "1,255"  # 25 + 226 + 377 + 241 + 386


@pytest.mark.slow
def test_the_team_is_worked_out_when_asked_for() -> None:
    at = opened(team_size)
    assert not at.metric
    at.button("work out here").click().run()
    assert answer(fixed=False) in on_one_line(at)
    assert {tile.label: tile.value for tile in at.metric}["Standards met"] == "5 of 5"
    assert dict(at.query_params)["team"] == "yes"


@pytest.mark.slow
def test_assumptions_can_be_narrowed_to_judgements() -> None:
    at = opened(assumptions)
    assert len(at.dataframe[0].value) == 302
    at.pills(key="kinds").set_value(["judgement"]).run()
    assert len(at.dataframe[0].value) == 145
    at.text_input("words").set_value("visit hours").run()
    assert 0 < len(at.dataframe[0].value) < 10


def test_money_shows_options_and_says_when_there_is_nothing_to_ask_for() -> None:
    at = opened(money)
    assert list(at.table[0].value) == ["No posts added"]
    assert "nothing to ask for" in said(at)


# --- Levers --------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_lever_in_per_cent_changes_the_answer_the_list_and_the_address() -> None:
    at = opened(what_if)
    at.segmented_control(key="group").set_value("Demand").run()
    at.number_input(f"lever {GROWTH}").set_value(5.0).run()
    text = said(at)
    assert answer({GROWTH: 0.05}) in text
    # Cases grow to (1.05 ÷ 1.03)⁵ = 1.1 times those of the baseline, with the same officers.
    assert "(furthest from the baseline in September 2029: 72, baseline 65)" in text
    assert "Compared with “Norfolk, position at 30 September 2024”, with no posts added" in text
    assert "Registered sex offenders, Growth of the caseload: 3% per year → 5% per year" in text
    assert dict(at.query_params)[GROWTH] == "0.05"


@pytest.mark.slow
def test_every_change_is_undone_with_one_click() -> None:
    at = linked(what_if, {GROWTH: "0.05", "teams.ppu.grades.constable.posts": "25"})
    at.button(f"undo {GROWTH}").click().run()
    assert answer({"teams.ppu.grades.constable.posts": 25}) in said(at)
    at.number_input("lever teams.ppu.grades.constable.posts").set_value(23.0).run()
    assert "Nothing: this is the scenario as it stands" in said(at)
    assert set(dict(at.query_params)) == {"scenario"}


@pytest.mark.slow
def test_undo_all() -> None:
    at = linked(what_if, {GROWTH: "0.05", "teams.ppu.grades.constable.posts": "25"})
    at.button("undo all").click().run()
    assert "Nothing: this is the scenario as it stands" in said(at)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "section", "key", "value", "typed"),
    [
        ("People", "Posts and people in post", "teams.iom.grades.constable.posts", 6.0, 6),
        (
            "People",
            "Public Protection Unit, Offender manager",
            "teams.ppu.grades.constable.sickness",
            6.5,
            0.065,
        ),
        ("Policy", "Registered sex offenders: Home visit", "cohorts.rso.duties.visit.hours", 3.5,
         3.5),
        ("Money", "How money is shown", "finance.discount_rate", 2.0, 0.02),
        ("Money", "Time", "months", 36, 36),
    ],
)  # fmt: skip
def test_levers_that_are_numbers(
    group: str, section: str, key: str, value: Any, typed: Any
) -> None:
    at = opened(what_if)
    at.segmented_control(key="group").set_value(group).run()
    at.selectbox(f"section {group}").set_value(section).run()
    at.number_input(f"lever {key}").set_value(value).run()
    assert not at.exception
    assert answer({key: typed}) in said(at)
    assert dict(at.query_params)[key] == repr(typed)


@pytest.mark.slow
def test_a_lever_that_is_a_choice_of_regular_intervals() -> None:
    at = opened(what_if)
    at.segmented_control(key="group").set_value("Policy").run()
    at.selectbox("lever cohorts.rso.duties.visit.per_year.high").set_value(6).run()
    assert answer({"cohorts.rso.duties.visit.per_year.high": 6}) in said(at)


@pytest.mark.slow
def test_a_standard_can_be_moved_loosened_and_taken_away() -> None:
    at = opened(what_if)
    at.segmented_control(key="group").set_value("Standards").run()
    at.selectbox("section Standards").set_value("Home visits").run()
    at.number_input("lever standards.Home visits.completion").set_value(90.0).run()
    assert "changes what is asked for, not the results of current posts" in said(at)
    at.selectbox("lever standards.Home visits.judged").set_value("year").run()
    assert dict(at.query_params)["standards.Home visits.judged"] == '"year"'
    at.checkbox("in force Home visits").uncheck().run()
    assert dict(at.query_params)["standards.Home visits"] == ""
    assert "standards.Home visits.judged" not in dict(at.query_params)
    at.checkbox("in force Home visits").check().run()
    assert "Nothing: this is the scenario as it stands" in said(at)


@pytest.mark.slow
def test_a_lever_that_moves_money_only_says_so() -> None:
    at = linked(what_if, {"finance.discount_rate": "0.02"})
    assert "By itself it changes money only: no case, visit or post." in said(at)


@pytest.mark.slow
def test_a_lever_that_changes_nothing_says_so() -> None:
    at = linked(what_if, {"teams.ppu.grades.sergeant.supervises": "6"})
    assert "does not change the results of current posts" in said(at)


@pytest.mark.slow
def test_an_event_of_people_can_be_cut_short() -> None:
    at = opened(what_if, scenario="leave-and-loan")
    at.selectbox("section People").set_value("Loans, leave and sickness").run()
    at.selectbox("lever people.Maternity leave.until").set_value(
        read("leave-and-loan").settings.people[0].from_
    ).run()
    assert "people.Maternity leave.until" in dict(at.query_params)
    assert not at.error


@pytest.mark.slow
def test_a_loan_can_be_added_and_taken_back() -> None:
    at = opened(what_if)
    at.selectbox("people what").set_value("Loan in")
    at.number_input("people fte").set_value(2.0)
    at.button("FormSubmitter:people-Add").click().run()
    assert "Loan in: 0 → +2 FTE, October 2024 on" in said(at)
    assert 'why = "Loan in"' in dict(at.query_params)["people"]
    at.button("undo 0").click().run()
    assert "Nothing: this is the scenario as it stands" in said(at)


@pytest.mark.slow
def test_a_change_from_a_month_can_be_added() -> None:
    at = opened(what_if)
    at.segmented_control(key="group").set_value("Policy").run()
    at.selectbox("dated setting Policy").set_value("cohorts.rso.duties.visit.hours").run()
    at.number_input("dated cohorts.rso.duties.visit.hours").set_value(3.0)
    at.button("FormSubmitter:dated-Add").click().run()
    assert "From October 2024: Registered sex offenders: Home visit" in said(at)
    assert not at.error


def dated_growth(at: AppTest, shown: float) -> AppTest:
    """Type growth from a month on into the form, as per cent, and add it."""
    at.segmented_control(key="group").set_value("Demand").run()
    at.selectbox("dated setting Demand").set_value(GROWTH).run()
    at.number_input(f"dated {GROWTH}").set_value(shown)
    return at.button("FormSubmitter:dated-Add").click().run()


@pytest.mark.slow
def test_a_dated_per_cent_is_what_was_typed_however_often_the_page_is_drawn() -> None:
    at = opened(what_if, scenario="norfolk-2021")
    at.segmented_control(key="group").set_value("Demand").run()
    at.selectbox("dated setting Demand").set_value(GROWTH).run()
    before = at.number_input(f"dated {GROWTH}").value
    at.number_input(f"lever {GROWTH}").set_value(4.0).run()  # another lever, the box open
    at.number_input(f"lever {GROWTH}").set_value(6.0).run()
    assert at.number_input(f"dated {GROWTH}").value == before
    dated_growth(at, 5.0)
    assert f'"{GROWTH}" = 0.05 ' in str(dict(at.query_params)["changes"])
    assert not at.error


@pytest.mark.slow
def test_a_dated_slip_is_asked_about_before_it_is_added() -> None:
    at = dated_growth(opened(what_if, scenario="norfolk-2021"), 450.0)
    assert "450% is outside what units usually have. Did you mean 4.5%?" in said(at)
    assert "changes" not in dict(at.query_params)
    at.button(f"meant dated {GROWTH}").click().run()
    assert f'"{GROWTH}" = 0.045' in str(dict(at.query_params)["changes"])


@pytest.mark.slow
def test_a_slip_of_a_lever_is_asked_about_and_changes_nothing_until_it_is_confirmed() -> None:
    at = opened(what_if, scenario="norfolk-2021")
    at.segmented_control(key="group").set_value("Demand").run()
    at.number_input(f"lever {GROWTH}").set_value(450.0).run()
    assert "450% is outside what units usually have. Did you mean 4.5%?" in said(at)
    assert GROWTH not in dict(at.query_params)
    at.button(f"keep lever {GROWTH}").click().run()
    kept = str(dict(at.query_params)[GROWTH])
    assert "value = 4.5" in kept
    assert "confirmed = true" in kept
    at.number_input(f"lever {GROWTH}").set_value(300.0).run()
    at.button(f"meant lever {GROWTH}").click().run()
    assert "0.03" in str(dict(at.query_params)[GROWTH])
    assert not at.error


@pytest.mark.slow
def test_an_event_can_be_added() -> None:
    at = opened(what_if)
    at.segmented_control(key="group").set_value("Demand").run()
    at.number_input("event cases").set_value(40.0)
    at.button("FormSubmitter:event-Add").click().run()
    assert "0 → 40 cases in October 2024" in said(at)


# --- What is wrong -------------------------------------------------------------------------


@pytest.mark.slow
def test_changes_that_do_not_fit_are_said_and_nothing_stale_is_shown() -> None:
    at = linked(what_if, {"cohorts.rso.duties.visit.per_year.high": "5"})
    assert "use 4 or 6" in said(at)
    assert answer() not in said(at)
    assert not at.metric
    at.button("undo cohorts.rso.duties.visit.per_year.high").click().run()
    assert answer() in said(at)


def test_a_link_to_a_scenario_that_is_not_here_says_what_to_do() -> None:
    at = opened(where_we_are, scenario="my-force")
    assert "my-force" in said(at)
    assert "Open the file again at the left" in said(at)
    assert not at.metric


def test_a_link_can_make_no_file_be_read(repository: Path) -> None:
    """Only shipped scenarios and those that were opened: never a path on this machine."""
    for path in (repository / "pyproject.toml", repository / "scenarios" / "fast-growth.toml"):
        at = opened(where_we_are, scenario=str(path))
        assert "This scenario is not open" in said(at)


def test_text_from_a_link_is_shown_and_not_read_as_markdown() -> None:
    at = linked(where_we_are, {"scenario": "<b>x</b> [a](http://x.y)"})
    shown = "".join(str(one.value) for one in at.markdown)
    assert "\\<b\\>" in shown


@pytest.mark.slow
def test_choosing_another_scenario_starts_without_changes() -> None:
    at = linked(where_we_are, {GROWTH: "0.05"})
    at.selectbox("pick scenario").set_value("posts-frozen").run()
    assert set(dict(at.query_params)) == {"scenario"}
    assert not at.error


def test_work_that_queues_has_its_own_figures_and_charts() -> None:
    """Thirty referrals arrive in October 2022, of which those at high risk may not wait."""
    at = opened(where_we_are, scenario="online-child-abuse-2022")
    tiles = {one.label: one.value for one in at.metric}
    assert tiles["Arrive, October 2022"] == "30"
    assert "Waiting past the deadline, October 2022" in tiles
    assert not any(label.startswith("Cases per officer") for label in tiles)
