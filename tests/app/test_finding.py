"""Any setting is found by the words that a manager has for it."""

from datetime import date
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest

from capacity.app import five
from capacity.app.adding import month_named
from capacity.app.finding import ADDED, NEAREST, _offered, called, nearest
from capacity.app.toml_text import WhatIf
from capacity.catalogue import declared_at
from capacity.glossary import ALSO_CALLED, also_called
from capacity.reading.levers import levers
from capacity.reading.scenario import read, shipped
from tests.app.pages import opened, run, said, what_if, where_we_are, with_scenario
from tests.app.test_first_page import NORFOLK, TOY

FOUND = {
    "maternity": "Somebody away or on loan",
    "secondment": "Somebody away or on loan",
    "part-time": "Somebody away or on loan",
    "surge": "Cases that arrive, leave or move in one month",
    "grant": "Posts that end",
    "certain": "Confidence asked for",
    "sick": "Hours lost to sickness – Public Protection Unit, Offender manager",
    "overtime": "Most overtime that current posts work – Public Protection Unit",
    "court": "Hours taken for other police work – Public Protection Unit, Offender manager",
    "orders": "Cases under a court order",
    "growth": "Growth of the caseload – Registered sex offenders",
    "travel": "Lead officer's time for one",
    "hours": "Contracted hours – Public Protection Unit, Offender manager",
    "holiday": "Annual leave – Public Protection Unit, Offender manager",
    "training": "Training – Public Protection Unit, Offender manager",
    "vacancies": "In post – Public Protection Unit: Offender manager",
    "establishment": "Posts – Public Protection Unit: Offender manager",
    "leavers": "Share of people who leave – Public Protection Unit, Offender manager",
    "recruit": "Months from advertising a post to a joiner",
    "double": "Officers needed – Registered sex offenders: Home visit",
    "no answer": "Failed attempts – Registered sex offenders: Home visit",
    "backlog": "Home visit: overdue at the start – Registered sex offenders, Very high",
    "how often": "Times due per case per year – Registered sex offenders: Home visit",
    "loan": "Largest share of the lender's own hours – Lending between teams, IOM team helping",
    "span of control": "Span of control",
    "aid": "Hours taken for other police work – Public Protection Unit, Offender manager",
    "salary": "Basic pay – Public Protection Unit, Offender manager",
    "pay rise": "Pay award of later years",
    "target": "Least completion – Home visits",
    "reactive": "Share of a tier managed reactively by policy – Registered sex offenders",
    "priority": "How hours are shared out when they are short",
}
"""What somebody types, and what they mean by it in the shipped scenario."""


@pytest.mark.parametrize("typed", FOUND)
def test_a_word_finds_what_is_meant_by_it(typed: str) -> None:
    settings = NORFOLK.settings
    tiers = {
        settings.tier_label(name, t) for name, one in settings.cohorts.items() for t in one.tiers
    }
    every = [words for words, _ in ADDED.values()]
    every += [called(one, tiers) for one in levers(NORFOLK)]
    hits = [words for words in every if typed in words.lower()]
    assert any(words.startswith(FOUND[typed]) for words in hits), hits[:5]


ASKED = {
    "What if two officers go off sick for six months?": "Somebody away or on loan",
    "What if we visit low risk every 18 months?": "Times due per case per year",
    "Can one officer visit alone?": "Officers needed",
    "What if more people are convicted?": "Growth of the caseload",
    "what if the pay award is 5%": "Pay award of later years",
    "What if sergeants supervise more?": "Span of control",
    "Nobody is at home when we call": "Failed attempts",
    "what if the government grant ends in 2026": "Posts that end",
    "how many would we need if the caseload limit was 40": "Most cases per officer",
    "What if we stop overtime?": "Most overtime that current posts work",
    "What if recruiting takes a year?": "Months from advertising a post to a joiner",
    "What if the IOM team stops helping?": "Largest share of the lender's own hours",
    "what if a visit takes an hour longer": "Lead officer's time for one",
    "officers taken for football and public order": "Hours taken for other police work",
    "what if employer national insurance goes up": "Employer's National Insurance",
    "retention of staff gets worse": "Share of people who leave",
    "inflation at 4%": "Rise in prices each financial year",
}
"""Questions in people's own words, and what they are about."""


@pytest.mark.parametrize("question", ASKED)
def test_a_question_finds_what_it_is_about(question: str) -> None:
    """Among the settings that it may be about, few enough to be read."""
    tiers = {one.label for cohort in NORFOLK.settings.cohorts.values()
             for one in cohort.tiers.values() if one.label}  # fmt: skip
    offered = {name: words for name, (words, _) in ADDED.items()}
    offered |= {one.name: called(one, tiers) for one in levers(NORFOLK)}
    found = [offered[name] for name in nearest(question, offered)]
    assert len(found) <= NEAREST
    assert any(words.startswith(ASKED[question]) for words in found), found


FIRST = {
    "caseload of 60": "Most cases per officer",
    "what if each officer carries 60 offenders": "Most cases per officer",
    "how many offenders can one officer manage": "Most cases per officer",
    "probationers": "Months before a joiner counts in full",
    "student officers": "Months before a joiner counts in full",
    "how long does training take before they can work alone": "Months before a joiner",
    "new starters": "Months before a joiner counts in full",
    "what if two people go part time": "Somebody away or on loan",
    "reduced hours": "Somebody away or on loan",
    "agile working": "Somebody away or on loan",
    "officers on light duties": "Somebody away or on loan",
    "overtime": "Most overtime that current posts work",
    "ban overtime": "Most overtime that current posts work",
    "more work from courts": "Hours taken for other police work",
    "the council wants to cut our budget": "Posts that end",
    "cost of living": "Rise in prices each financial year",
    "stress and burnout": "Hours lost to sickness",
    "long drives to rural addresses": "Lead officer's time for one",
    "what if visits take longer": "Lead officer's time for one",
    "what if visits in pairs": "Officers needed",
    "hiring takes longer": "Months from advertising a post to a joiner",
    "what if overtme is banned": "Most overtime that current posts work",
}
"""Questions in a manager's words, and what is offered first."""


@pytest.mark.parametrize("scenario", ["norfolk-2024", "three-offices", "norfolk-command"])
@pytest.mark.parametrize("question", FIRST)
def test_what_is_meant_is_offered_first(question: str, scenario: str) -> None:
    """Also where a unit has twice as many settings, and where somebody types in haste."""
    offered = _offered(scenario, shipped_as(scenario))
    assert offered[nearest(question, offered)[0]].startswith(FIRST[question])


shipped_as = cache(read)


@pytest.mark.parametrize(
    ("asked", "name", "other"),
    [
        ("courts", "Court and warrants", "Courses and CPD"),
        ("cuts", "Where work is cut", "Cutlery"),
        ("part time", "Part-time hours", "Time, or a part"),
        ("caseload of 60", "Caseload", "Growth of the caseload"),
        ("overtme", "Overtime", "Time over"),
    ],
)
def test_a_word_is_known_by_its_stem_and_words_by_standing_together(
    asked: str, name: str, other: str
) -> None:
    offered = {"other": other, "this": name, "more": "Months projected"}
    assert nearest(asked, offered)[0] == "this"


def test_a_question_is_answered_with_what_it_may_be_about() -> None:
    asked = "What if two go off sick?"
    at = with_scenario(where_we_are, TOY, **{"setting found": asked})
    (offered,) = [one for one in at.radio if one.label == "It may be about"]
    assert offered.options[0].startswith("Somebody away or on loan")
    at = with_scenario(where_we_are, TOY, **{"setting found": asked, f"meant by {asked}": "people"})
    assert at.number_input("people fte").value == 1


@pytest.mark.parametrize(
    ("asked", "button"),
    [
        ("visit low-risk every 18 months", "Home visits to low every 18 months"),
        ("two on leave", "Two on leave"),
        ("manage low risk reactively", "20% of low managed reactively"),
        ("what if recruitment is frozen, a freeze", "No new posts"),
    ],
)
def test_a_question_finds_the_button_that_answers_it(asked: str, button: str) -> None:
    offered = {one.label: f"{one.label} ({one.help})" for one in five.shortcuts(NORFOLK)}
    offered |= _offered("norfolk-2024", NORFOLK)
    assert button in nearest(asked, offered)


def test_a_button_that_is_found_is_pressed_where_it_is_found() -> None:
    at = with_scenario(where_we_are, TOY, **{"setting found": "button Two on leave"})
    at.button("found Two on leave").click()
    run(at)
    ((_, item),) = at.session_state["what_if"].added
    assert item["fte"] == -2


def test_a_question_about_nothing_here_says_so() -> None:
    at = with_scenario(where_we_are, TOY, **{"setting found": "zebra"})
    assert "Nothing has a word of “zebra”. Try another word." in said(at)


def test_other_words_are_of_settings_that_there_are() -> None:
    names = {
        part for one in shipped() for lever in levers(read(one)) for part in lever.name.split(".")
    }
    more = {name for name in ALSO_CALLED if name not in names}
    assert all(
        declared_at(("queues", "any", name)) or declared_at(("finance", name)) for name in more
    )
    assert (
        also_called("teams.ppu.grades.constable.sickness")
        == "absence, illness, sick leave, stress, burnout"
    )
    assert also_called("months") == ""


def test_what_is_found_is_changed_where_it_is_found_and_shown_once() -> None:
    """Also on the page of all settings, where it stands in its group too."""
    name = "teams.ppu.grades.constable.in_post"
    for page in (where_we_are, what_if):
        at = opened(page)
        at.selectbox("setting found").set_value(name)
        run(at)
        at.number_input(f"lever {name}").set_value(20)
        run(at)
        assert at.session_state["what_if"] == WhatIf({name: 20})


def test_a_setting_of_a_tier_that_is_found_says_whose_it_is() -> None:
    name = "cohorts.rso.duties.visit.per_year.low"
    at = opened(where_we_are)
    at.selectbox("setting found").set_value(name)
    run(at)
    whose = "Registered sex offenders: Home visit, Times due per case per year, Low"
    assert whose in said(at)


def test_leave_is_added_where_it_is_found() -> None:
    at = opened(what_if)
    at.selectbox("setting found").set_value("people")
    run(at)
    at.number_input("people fte").set_value(2)
    at.button("FormSubmitter:people-Add").click()
    run(at)
    ((kind, item),) = at.session_state["what_if"].added
    assert (kind, item["fte"], item["why"]) == ("people", -2, "Maternity leave")


def test_leave_lasts_as_many_months_as_are_typed_from_the_month_that_a_question_names() -> None:
    at = AppTest.from_function(losing_an_officer, default_timeout=60)
    at.session_state["what_if"] = WhatIf()
    run(at)
    at.number_input("people months").set_value(7)
    at.button("FormSubmitter:people-Add").click()
    run(at)
    ((_, item),) = at.session_state["what_if"].added
    assert (item["from"], item["until"]) == (date(2026, 3, 1), date(2026, 9, 1))


def losing_an_officer() -> None:
    from capacity.app import adding
    from capacity.reading.scenario import read

    adding.people(read("norfolk-2024"), "What if we lose an officer in March 2026?")


@pytest.mark.parametrize(
    ("question", "month"),
    [
        ("two on leave from sept", date(2025, 9, 1)),
        ("sick in January 2027", date(2027, 1, 1)),
        ("We may lose one in may 2026", date(2026, 5, 1)),
        ("what may happen", None),
        ("from March 2040", None),
    ],
)
def test_the_month_that_a_question_names_is_known(question: str, month: date | None) -> None:
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(36)]
    assert month_named(question, months) == month


def test_posts_that_a_grant_pays_for_end() -> None:
    """23 posts in the file, 2 fewer from the first month chosen on."""
    at = opened(where_we_are)
    at.selectbox("setting found").set_value("ending")
    run(at)
    at.number_input("ending posts").set_value(2)
    at.button("FormSubmitter:posts that end-Add").click()
    run(at)
    ((kind, item),) = at.session_state["what_if"].added
    assert (kind, item["set"]) == ("changes", {"teams.ppu.grades.constable.posts": 21})
    assert "Offender manager, Posts: 23 posts → 21 posts" in said(at)
