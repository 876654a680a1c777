"""What if: levers at the left, what they do beside them, the baseline in every chart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import streamlit as st

from capacity import charts
from capacity.app import (
    adding,
    card,
    finding,
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
from capacity.reading.levers import GROUPS, POSTS, Group, Lever
from capacity.reading.scenario import Scenario
from capacity.why import headlines
from capacity.why.headlines import Service
from capacity.wording import inside, listed, plural


def head(view: View) -> View:
    """Show what the page is about, and the answer."""
    st.header("What if", anchor=False)
    return card.show(view)


def levers(base: Scenario) -> None:
    """Show every lever: found by a word, or by group."""
    found = finding.show(base)
    groups = list(GROUPS)
    group = st.segmented_control(
        "What to change", groups, default=groups[0], key="group", required=True, wrap=True
    )
    st.caption(GROUPS[group])
    mine = [one for one in results.levers_of(base) if one.group == group]
    _section(base, group, [one for one in mine if one.name != found])
    if group == "People" and found != "people":
        with _adding("Add a loan, leave or sickness", "people"):
            adding.people(base)
    if group == "Demand" and found != "event":
        with _adding("Add a one-off event", "event"):
            adding.events(base)
    if group != "Standards" and found != "dated" and adding.datable(mine):
        with _adding("Add a change from a month on", "dated"):
            adding.dated(base, mine)


def _adding(label: str, what: str) -> Any:
    return st.expander(label, icon=":material/add:", key=f"add {what}")


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


# What it does ------------------------------------------------------------------------------


def show(view: View) -> None:
    """Show what the changes do: baseline and what-if together in every chart."""
    if not view.what_if:
        st.caption("Change a setting: the baseline stays in every chart to compare.")
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
