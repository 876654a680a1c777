"""What if: levers at the left, what they do beside them, the baseline in every chart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

import streamlit as st

from capacity import charts
from capacity.app import (
    card,
    five,
    inputs,
    of_queue,
    other_regimes,
    parts,
    results,
    state,
    where,
)
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.reading.levers import GROUPS, POSTS, Group, Lever, month_words
from capacity.reading.scenario import Scenario
from capacity.why import headlines
from capacity.why.headlines import Service
from capacity.wording import inside, listed, plural

PRESETS = {
    "Maternity leave": -1.0,
    "Long-term sickness": -1.0,
    "Loan in": 1.0,
    "Loan out": -1.0,
    "Transfer in": 1.0,
    "Transfer out": -1.0,
}
"""What happens to people from day to day, and what it does to a unit's officers."""


def head(view: View) -> View:
    """Show what the page is about, and the answer."""
    st.header("What if", anchor=False)
    return card.show(view)


def levers(base: Scenario) -> None:
    """Show every lever: found by a word, or by group."""
    five.any_setting(base)
    groups = list(GROUPS)
    group = st.segmented_control(
        "What to change", groups, default=groups[0], key="group", required=True, wrap=True
    )
    st.caption(GROUPS[group])
    mine = [one for one in results.levers_of(base) if one.group == group]
    _section(base, group, mine)
    if group == "People":
        _people(base)
    if group == "Demand":
        _events(base)
    if group in ("People", "Demand", "Policy", "Money"):
        _dated(base, mine)


def _section(base: Scenario, group: Group, mine: list[Lever]) -> None:
    """Show one section of a group: what matters first, the rest when asked for."""
    sections = list(dict.fromkeys(one.section for one in mine))
    if not sections:
        st.info("This scenario has nothing of the kind.")
        return
    key = f"section {group}"
    if st.session_state.get(key) not in sections:
        st.session_state[key] = sections[0]
    section = st.selectbox("About", sections, key=key, persist_state="session")
    if group == "Standards" and not _in_force(base, section):
        return
    chosen = [one for one in mine if one.section == section]
    changed = state.what_if().values
    first = [one for one in chosen if one.first or one.name in changed]
    rest = [one for one in chosen if one not in first]
    if not first:
        first, rest = rest, []
    _blocks(base, first)
    if rest:
        more = st.expander(f"{len(rest)} more", key=f"more {section}", on_change="rerun")
        if more.open:
            with more:
                _blocks(base, rest)


def _in_force(base: Scenario, section: str) -> bool:
    """Show whether a standard is in force, and return it."""
    name = f"standards.{section}"
    if section not in {one.name for one in base.settings.standards}:
        return True
    key = f"in force {section}"
    st.session_state[key] = name not in state.what_if().values
    return st.checkbox("In force", key=key, on_change=_switch, args=(name, key))


def _switch(name: str, key: str) -> None:
    """Take a standard away, with every change to it, or give it back."""
    if st.session_state[key]:
        state.undo(name)
        return
    for other in state.what_if().values:
        if other.startswith(f"{name}."):
            state.undo(other)
    state.take_away(name)


def _blocks(base: Scenario, chosen: list[Lever]) -> None:
    """Show levers under their headings, those of tiers two by two."""
    for block, found in groupby(chosen, key=lambda one: one.block):
        together = list(found)
        if not block:
            for one in together:
                inputs.lever(base, one)
            continue
        st.markdown(f"**{shown_as_is(block)}**")
        for pair in _pairs(together):
            for column, one in zip(st.columns(2, vertical_alignment="top"), pair, strict=False):
                with column:
                    inputs.lever(base, one)


def _pairs(found: list[Lever]) -> Iterator[list[Lever]]:
    if found and found[0].section == POSTS:
        found = sorted(found, key=lambda one: one.name.endswith("in_post"))
    return (found[n : n + 2] for n in range(0, len(found), 2))


# What can be added -------------------------------------------------------------------------


def _people(base: Scenario) -> None:
    """Add a loan, leave or sickness: people more or less between two months."""
    adding = st.expander("Add a loan, leave or sickness", icon=":material/add:", key="add people")
    teams = base.settings.teams
    grades = [(team, grade) for team in teams for grade in teams[team].grades]
    months = inputs.months_of(base)

    def called(key: tuple[str, str]) -> str:
        team, grade = teams[key[0]], teams[key[0]].grades[key[1]]
        return f"{team.label or key[0]}: {grade.label or key[1]}"

    with adding, st.form("people", border=False):
        what = st.selectbox("What", list(PRESETS), key="people what")
        who = st.selectbox("Who", grades, format_func=called, key="people who")
        fte = st.number_input("How many (FTE)", 0.1, 100.0, 1.0, 0.5, key="people fte")
        left, right = st.columns(2)
        begin = left.selectbox("First month", months, format_func=month_words, key="people from")
        end = right.selectbox(
            "Last month",
            [None, *months],
            format_func=lambda day: month_words(day) if day else "to the end",
            key="people until",
        )
        work = st.number_input(
            "Work of one against a full officer (%)", 0.0, 100.0, 100.0, 10.0, key="people work"
        )
        counts = st.checkbox("They count as officers in the caseload limit", True, key="people in")
        if st.form_submit_button("Add", icon=":material/add:"):
            sign = 1 if PRESETS[what] > 0 else -1
            item: dict[str, Any] = {"team": who[0], "grade": who[1], "fte": sign * fte}
            item |= {"from": begin} | ({"until": end} if end else {})
            item |= {"productivity": work / 100} if work < 100 else {}
            item |= {} if counts else {"counts_in_ratio": False}
            _add("people", {**item, "why": what})


def _events(base: Scenario) -> None:
    """Add arrivals, leavers, or a move of cases from one tier to another, in one month."""
    cohorts = base.settings.cohorts
    adding = st.expander("Add a one-off event", icon=":material/add:", key="add event")
    with adding:
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
            item["why"] = (
                st.text_input("Why", "What if", max_chars=100, key="event why") or "What if"
            )
            if st.form_submit_button("Add", icon=":material/add:"):
                _add("events", item)


def _dated(base: Scenario, mine: list[Lever]) -> None:
    """Add a change of a setting from a month on."""
    fixed = (
        *("cases", "risk_weight", "in_post", "in_training", "overdue", "court_orders"),
        *("joiners_due", "reference_months"),
    )
    found = [
        one
        for one in mine
        if one.kind == "number"
        and one.name.startswith(("cohorts.", "teams."))
        and not set(fixed) & set(one.name.split("."))
    ]
    if not found:
        return
    adding = st.expander("Add a change from a month on", icon=":material/add:", key="add dated")
    with adding:
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


# What it does ------------------------------------------------------------------------------


def show(view: View) -> None:
    """Show what the changes do: baseline and what-if together in every chart."""
    if not view.what_if:
        st.caption("Change something at the left: the baseline stays in every chart to compare.")
    service = where.pick_duty(view, view.said.today)
    shown = view.shown
    if service is not None:
        _untouched(view, service)
        measure = where.pick_measure()
        group, duty = service.group, service.duty
        for picture in (
            charts.completion(shown, group, duty, measure),
            charts.outstanding(shown, group, duty),
        ):
            parts.picture(picture, view.selections, view.stem)
        if service.is_queue:
            team = of_queue.team_of(view, duty)
            beside = charts.past_deadline(shown, duty)
        else:
            cohort = where.cohort_of(view, group)
            team = where.team_of(view, cohort)
            beside = charts.cases_per_officer(shown, cohort)
        if beside is not None:
            parts.picture(beside, view.selections, view.stem)
        for found in (charts.left_undone(shown, team), charts.cut_short(shown, team)):
            if found is not None:
                parts.picture(found, view.selections, view.stem)
    other_regimes.show(view)


def _untouched(view: View, service: Service) -> None:
    """Say so where nothing that is changed reaches the duty in view, and what it does reach."""
    if view.baseline is None:
        return
    found = headlines.moved(view.baseline.said, view.said)
    if (service.group, service.duty) in {(one.group, one.duty) for one in found}:
        return
    others = [f"{plural(inside(one.duty_label))} ({inside(one.cohort_label)})" for one in found]
    rest = f" It does change {listed(others)}: choose one above." if others else ""
    label = f"{plural(inside(service.duty_label))} ({inside(service.cohort_label)})"
    st.info(
        shown_as_is(f"What is changed makes no difference to {label}.{rest}"),
        icon=":material/info:",
    )
