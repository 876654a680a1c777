"""What can be added: people who come and go, one-off events, and changes from a month on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import streamlit as st

from capacity.app import inputs, state
from capacity.reading.levers import Lever, month_words
from capacity.reading.scenario import Scenario

PRESETS = {
    "Maternity leave": -1.0,
    "Long-term sickness": -1.0,
    "Loan in": 1.0,
    "Loan out": -1.0,
    "Transfer in": 1.0,
    "Transfer out": -1.0,
}
"""What happens to people from day to day, and what it does to a unit's officers."""


SHORTENED = 3
"""Letters of a month's name that are enough to know it."""

BEFORE_MAY = ("from", "in", "since", "by", "of")
"""After one of these words may is a month."""

FIXED = (
    *("cases", "risk_weight", "in_post", "in_training", "overdue", "court_orders"),
    *("joiners_due", "reference_months"),
)
"""Settings of the start, or that stay as they are."""


def datable(mine: Iterable[Lever]) -> list[Lever]:
    """Return the settings that may be another from a month on."""
    return [
        one
        for one in mine
        if one.kind == "number"
        and one.name.startswith(("cohorts.", "teams."))
        and not set(FIXED) & set(one.name.split("."))
    ]


def people(base: Scenario, question: str = "") -> None:
    """Add a loan, leave or sickness: people more or less from a month on.

    Args:
        base: the scenario as it stands.
        question: what was asked, whose month is the one offered first.
    """
    teams = base.settings.teams
    grades = [(team, grade) for team in teams for grade in teams[team].grades]
    months = inputs.months_of(base)
    named = month_named(question, months)
    if named is not None and st.session_state.get("people asked") != question:
        st.session_state["people asked"], st.session_state["people from"] = question, named
    with st.form("people", border=False):
        what = st.selectbox("What", list(PRESETS), key="people what")
        who = st.selectbox(
            "Who", grades, format_func=lambda key: _grade_of(base, *key), key="people who"
        )
        fte = st.number_input("How many (FTE)", 0.1, 100.0, 1.0, 0.5, key="people fte")
        left, right = st.columns(2)
        begin = left.selectbox("First month", months, format_func=month_words, key="people from")
        lasting = right.number_input(
            "For how many months", 1, None, None, 1, key="people months", placeholder="to the end"
        )
        work = st.number_input(
            "Work done by each, against a full officer (%)",
            0.0,
            100.0,
            100.0,
            10.0,
            key="people work",
        )
        counts = st.checkbox("They count as officers in the caseload limit", True, key="people in")
        if st.form_submit_button("Add", icon=":material/add:"):
            sign = 1 if PRESETS[what] > 0 else -1
            item: dict[str, Any] = {"team": who[0], "grade": who[1], "fte": sign * fte}
            item |= {"from": begin}
            if lasting is not None and months.index(begin) + lasting <= len(months):
                item |= {"until": months[months.index(begin) + int(lasting) - 1]}
            item |= {"productivity": work / 100} if work < 100 else {}
            item |= {} if counts else {"counts_in_ratio": False}
            _add("people", {**item, "why": what})


def month_named(question: str, months: Sequence[date]) -> date | None:
    """Return the first month of those given that a question names, such as March or March 2026."""
    words = re.findall(r"[a-z]+|\d{4}", question.lower())
    for place, word in enumerate(words):
        if word == "may" and words[max(0, place - 1)] not in BEFORE_MAY:
            continue
        year = words[place + 1] if words[place + 1 : place + 2] else ""
        for day in months:
            name, of = month_words(day).lower().split()
            short = len(word) >= SHORTENED and name.startswith(word)
            if short and (year == of or not year.isdigit()):
                return day
    return None


def events(base: Scenario) -> None:
    """Add arrivals, leavers, or a move of cases from one tier to another, in one month."""
    cohorts = base.settings.cohorts
    if not cohorts:
        st.caption("Nobody is managed in this scenario: change how many arrive in a queue.")
        return
    cohort = st.selectbox(
        "Of whom",
        list(cohorts),
        format_func=lambda name: cohorts[name].label or name,
        key="event cohort",
    )
    tiers = cohorts[cohort].tiers

    moved = st.segmented_control(
        "What",
        ["Arrivals", "Leavers", "Cases moved"],
        default="Arrivals",
        key="event what",
        required=True,
    )
    anyone = "all tiers, in proportion" if moved == "Leavers" else "as new cases do"

    def called(tier: str | None) -> str:
        return anyone if tier is None else tiers[tier].label or tier

    with st.form("event", border=False):
        cases = st.number_input("Cases", 1.0, 100_000.0, 10.0, 1.0, key="event cases")
        item: dict[str, Any] = {"cohort": cohort}
        if moved == "Cases moved":
            item["from"] = st.selectbox("From", list(tiers), format_func=called, key="from")
            item["to"] = st.selectbox("To", list(tiers), format_func=called, key="to")
            item["cases"] = cases
        else:
            tier = st.selectbox("Tier", [None, *tiers], format_func=called, key="event tier")
            item |= {"leavers" if moved == "Leavers" else "arrivals": cases}
            item |= {"tier": tier} if tier else {}
        item["at"] = st.selectbox(
            "Month", inputs.months_of(base), format_func=month_words, key="event month"
        )
        item["why"] = st.text_input("Why", "What if", max_chars=100, key="event why") or "What if"
        if st.form_submit_button("Add", icon=":material/add:"):
            _add("events", item)


def dated(base: Scenario, mine: list[Lever]) -> None:
    """Add a change of a setting from a month on."""
    found = datable(mine)
    if not found:
        return
    by_name = {one.name: one for one in found}
    name = st.selectbox(
        "Setting",
        list(by_name),
        format_func=lambda key: by_name[key].title,
        key=f"dated setting {mine[0].group if mine else ''}",
    )
    one = by_name[name]
    with st.form("dated", border=False):
        key = f"dated {name}"
        unit = f" ({one.after.strip()})" if one.after.strip() else ""
        held = st.session_state.get(key)  # as shown: 3 where 0.03 is meant
        current = one.today if held is None else one.typed(held)
        inputs.number(one, f"New value{unit}", key, current)
        begin = st.selectbox(
            "From", inputs.months_of(base), format_func=month_words, key="dated from"
        )
        asked = f"asked {key}"
        if st.form_submit_button("Add", icon=":material/add:"):
            value = one.typed(st.session_state[key])
            st.session_state[asked] = None
            if value is not None and inputs.doubt_of(one, value) is not None:
                st.session_state[asked] = (value, begin)
            elif value is not None:
                _add_change(name, value, begin)
    if waiting := st.session_state.get(asked):
        value, begin = waiting
        chosen = inputs.asked_about(one, value, key)
        if chosen is not None:
            st.session_state[asked] = None
            _add_change(name, chosen, begin)


def _add_change(name: str, value: Any, begin: date) -> None:
    """Add a change of a setting from a month on."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    _add("changes", {"from": begin, "why": "What if", "set": {name: value}})


def _add(kind: str, item: dict[str, Any]) -> None:
    """Add an item, numbers as they would be typed, and show what it does."""
    tidy = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in item.items()
    }
    state.add(kind, tidy)
    st.rerun()


def posts_that_end(base: Scenario) -> None:
    """Add that posts end in a month, such as those that a grant pays for."""
    teams = base.settings.teams
    grades = [
        (team, grade, float(one.posts.value))
        for team in teams
        for grade, one in teams[team].grades.items()
        if one.posts is not None
    ]
    if not grades:
        st.caption("No grade of this scenario has posts apart from the people in post.")
        return
    with st.form("posts that end", border=False):
        team, grade, posts = st.selectbox(
            "Whose posts",
            grades,
            format_func=lambda key: _grade_of(base, key[0], key[1]),
            key="ending who",
        )
        fewer = st.number_input("How many end", 0.5, 1_000.0, 1.0, 0.5, key="ending posts")
        begin = st.selectbox(
            "First month without them",
            inputs.months_of(base),
            format_func=month_words,
            key="ending from",
        )
        if st.form_submit_button("Add", icon=":material/add:"):
            _add_change(f"teams.{team}.grades.{grade}.posts", max(0.0, posts - fewer), begin)


def _grade_of(base: Scenario, team: str, grade: str) -> str:
    one = base.settings.teams[team]
    return f"{one.label or team}: {one.grades[grade].label or grade}"
