"""Why: hours there and needed, what changes to the end, who waits, and what each post is for."""

from __future__ import annotations

import streamlit as st

from capacity import charts
from capacity.app import card, explained, of_queue, parts, sized, where
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.charts.balance import balance
from capacity.charts.steps import steps
from capacity.results import summary
from capacity.results.tables import TABLES
from capacity.why.headlines import team_label


def show(view: View) -> None:
    """Show the page: team by team, then activity by activity, then post by post."""
    st.header("Why", anchor=False)
    view = card.show(view)
    team = _pick_team(view)
    st.subheader("Are there enough hours?", anchor=False)
    _hours(view, team)
    _who_waits(view)
    _posts(view, team)


def _pick_team(view: View) -> str:
    """Let a person choose a team, or an office, where there are several."""
    teams = list(view.plan.model.teams)
    if len(teams) == 1:
        return teams[0]
    if st.session_state.get("team asked about") not in teams:
        st.session_state["team asked about"] = teams[0]
    chosen = st.segmented_control(
        "Team",
        teams,
        format_func=lambda name: team_label(view.plan.model, name),
        key="team asked about",
        required=True,
        wrap=True,
    )
    return chosen or teams[0]


def _hours(view: View, team: str) -> None:
    """Show the hours there are against those needed, and what changes between them."""
    shown = view.shown
    parts.picture(balance(shown, team), view.selections, view.stem)
    st.caption(
        "Needed: all other work, and every activity done when it falls due. There: the team's own "
        "hours and overtime, with help received and without help given."
    )
    drawn = steps(shown, team)
    if drawn is not None:
        parts.picture(drawn, view.selections, view.stem)
        st.caption(
            "From the mean of the first twelve months to that of the last: each bar is what one "
            "reason adds to the hours to spare, or takes from them. The bars add up."
        )
    left, right = st.columns(2, gap="medium")
    with left:
        parts.picture(charts.left_undone(shown, team), view.selections, view.stem)
    cut = charts.cut_short(shown, team)
    if cut is not None:
        with right:
            parts.picture(cut, view.selections, view.stem)


def _who_waits(view: View) -> None:
    """Show an activity by tier, and the cases that it is due to."""
    st.subheader("Who waits?", anchor=False)
    service = where.pick_duty(view, view.said.today)
    if service is None:
        st.info("No activity is due to any case in this scenario, so nothing can fall behind.")
        return
    if service.is_queue:
        of_queue.pictures(view, service.duty)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        drawn = charts.waiting(view.shown, service.group, service.duty)
        parts.picture(drawn, view.selections, view.stem)
    with right:
        cohort = where.cohort_of(view, service.group)
        parts.picture(charts.cases(view.shown, cohort), view.selections, view.stem)


def _posts(view: View, team: str) -> None:
    """Show what each post of the team needed is for, and which rule sets a team's posts."""
    st.subheader("What is each post for?", anchor=False)
    if view.plan.sized is None:
        sized.offer("Which rule sets the posts, and what is each of them for?")
        return
    layers = TABLES["layers"](view.plan)
    for words in layers["words"]:
        st.markdown(f"- {shown_as_is(str(words))}")
    if layers.empty:
        st.caption("No post is added, so there is none to explain.")
    why = explained.why_of(view)
    if why is None:
        return
    for words in summary.sets_the_size(view.plan, why):
        st.markdown(shown_as_is(words))
    explained.reasons(view, why, team)
