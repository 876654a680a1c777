"""Compare: saved what-ifs beside the baseline, and what each change makes of the difference."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from capacity import charts
from capacity.app import card, differing, parts, results, state, where
from capacity.app import saved as kept_
from capacity.app.parts import shown_as_is
from capacity.app.saved import BASELINE, ComparedPlan, Kept
from capacity.app.toml_text import WhatIf
from capacity.app.view import View
from capacity.charts import options as pictures
from capacity.charts.options import Named
from capacity.results import tables
from capacity.why import compare, headlines
from capacity.why.compare import SideBySide
from capacity.wording import counted, inside, listed, plural


def show(view: View) -> None:
    """Show the page."""
    st.header("Compare", anchor=False)
    view = card.show(view)
    _save(view)
    every = kept_.kept()
    if not every:
        st.info(
            "Nothing is saved yet. Change something under *What if*, come back, give it a name "
            "and save it. Up to five can then be set against the scenario as it stands.",
            icon=":material/balance:",
        )
        return
    _saved(every)
    found = _options(view, [one for one in every if one.scenario is not None])
    if found is None or len(found) < 2:
        return
    comparison = compare.beside([one.plan for one in found])
    service = where.pick_duty(view, view.said.today)
    _side_by_side(view, found, comparison, service)
    _by_year(view, found, comparison)
    if service is not None:
        _courses(view, found, service)
    differing.show(view, found)


# What is saved -----------------------------------------------------------------------------


def _save(view: View) -> None:
    """Offer to keep what is in view under a name."""
    with st.container(border=True, key="save"):
        many = len(view.what_if.values) + len(view.what_if.added)
        what = counted(many, "change") if many else "as it stands"
        st.markdown(f"**In view:** {shown_as_is(view.base.settings.title)}, {what}")
        with st.form("save what-if", border=False):
            left, right = st.columns([4, 1], vertical_alignment="bottom")
            left.text_input(
                "Name of this what-if",
                key="name to save",
                max_chars=state.LONGEST_NAME,
                placeholder="such as Faster growth",
            )
            right.form_submit_button(
                "Save", icon=":material/bookmark_add:", on_click=_keep, width="stretch"
            )
        if wrong := st.session_state.pop("wrong name", ""):
            st.error(shown_as_is(wrong), icon=":material/error:")
        st.caption(
            f"{len(state.saved())} of {state.MOST_SAVED} saved. They last as long as this page "
            "stays open; their files last longer."
        )


def _keep() -> None:
    """Save what is in view under the name that was typed."""
    wrong = state.save(st.session_state["name to save"])
    st.session_state["wrong name"] = wrong
    if not wrong:
        st.session_state["name to save"] = ""


def _saved(every: Sequence[Kept]) -> None:
    """Show what is saved, each to be taken back into view, renamed, removed, downloaded."""
    st.subheader("Saved what-ifs", anchor=False)
    for place, one in enumerate(every):
        with st.container(border=True, key=f"saved {place}", gap="xsmall"):
            changes = "; ".join(one.changes) or "as it stands"
            said = shown_as_is(f"{one.rests_on}: {changes}")
            st.markdown(f"**{shown_as_is(one.name)}** · :small[{said}]")
            if one.problems:
                parts.problems(one.problems)
            _buttons(one, place)
    files = [one for one in every if one.text]
    if files:
        st.download_button(
            "Download all as scenario files (ZIP)",
            kept_.archive(every),
            file_name="what-ifs.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            key="all saved",
        )


def _buttons(one: Kept, place: int) -> None:
    """Show what can be done with a saved what-if."""
    with st.container(horizontal=True, gap="small", key=f"do saved {place}"):
        st.button(
            "Take into view",
            key=f"load {place}",
            on_click=state.load,
            args=(one.name,),
            icon=":material/visibility:",
            type="tertiary",
            help="Makes it the what-if in view on every page.",
        )
        with st.popover("Rename", icon=":material/edit:", type="tertiary"):
            st.text_input(
                "New name",
                value=one.name,
                max_chars=state.LONGEST_NAME,
                key=f"rename {place} {one.name}",
                on_change=_rename,
                args=(one.name, f"rename {place} {one.name}"),
            )
        st.download_button(
            "Scenario file",
            one.text.encode(),
            file_name=f"{one.stem}.toml",
            mime="application/toml",
            on_click="ignore",
            icon=":material/download:",
            disabled=not one.text,
            type="tertiary",
            key=f"file {place}",
        )
        st.button(
            "Remove",
            key=f"remove {place}",
            on_click=state.forget,
            args=(one.name,),
            icon=":material/delete:",
            type="tertiary",
        )


def _rename(old: str, key: str) -> None:
    """Give a saved what-if the name that was typed."""
    st.session_state["wrong name"] = state.rename(old, st.session_state[key])


# Options -----------------------------------------------------------------------------------


def _options(view: View, every: Sequence[Kept]) -> list[ComparedPlan] | None:
    """Return the baseline and every saved what-if, planned; None while that is stopped."""
    fixed = view.plan.sized is None
    key = results.key_of(view.base, WhatIf())
    with st.container(key="planning"):
        first = kept_.planned("the baseline", key, view.base, fixed=fixed)
        if first is None:
            return None
        found = [ComparedPlan(BASELINE, view.base.settings.title, key, first)]
        for one in every:
            assert one.scenario is not None
            plan = kept_.planned(one.name, one.key, one.scenario, fixed=fixed)
            if plan is None:
                return None
            found.append(ComparedPlan(one.name, one.rests_on, one.key, plan))
    return found


def _side_by_side(
    view: View,
    found: Sequence[ComparedPlan],
    comparison: SideBySide,
    service: headlines.Service | None,
) -> None:
    """Show every option against the baseline in a table."""
    st.subheader("Against the baseline", anchor=False)
    _what_is_compared(view, found)
    rows = []
    first = comparison.options[0]
    for one, row in zip(found, comparison.options, strict=True):
        last = headlines.read_off(one.plan).options[-1]
        kept = sum(not standing.missed for standing in last.standings)
        rows.append(
            {
                "option": one.name,
                "rests_on": one.rests_on,
                "months": one.plan.model.months,
                "posts_end": round(float(last.posts[-1]), 6),
                "cost_discounted": row.cost_discounted,
                "cost_above_baseline": row.cost_discounted - first.cost_discounted,
                "completion_end": _completion(last, service),
                "on_time": row.on_time,
                "outstanding_end": row.outstanding_end,
                "weighted_case_months": row.weighted_case_months,
                "cost_per_case_month": row.cost_per_case_month,
                "standards_kept": kept,
                "standards": len(last.standings),
            }
        )
    table = pd.DataFrame(rows)
    kept_of = [f"{row['standards_kept']} of {row['standards']}" for row in rows]
    shown = table.assign(
        standards_kept=kept_of, completion_end=100 * table["completion_end"].astype(float)
    )
    shown = shown[["option", "posts_end", "cost_discounted", "cost_above_baseline",
                   "completion_end", "outstanding_end", "weighted_case_months",
                   "standards_kept"]]  # fmt: skip
    parts.table(
        table,
        "compared",
        kept_.inputs(view),
        "compare",
        words="Options side by side against the baseline",
        shown=shown,
        columns={
            "option": st.column_config.TextColumn("Option", width=170),
            "posts_end": st.column_config.NumberColumn("Posts", format="plain"),
            "cost_discounted": parts.pounds("Cost"),
            "cost_above_baseline": parts.pounds("Difference"),
            "completion_end": st.column_config.NumberColumn("Completion", format="%.1f%%"),
            "outstanding_end": parts.whole("Overdue at the end"),
            "standards_kept": "Standards met",
            "weighted_case_months": parts.whole("Case-months overdue, weighted"),
        },
    )
    whose = "" if service is None else f" of {plural(inside(service.duty_label))}"
    st.caption(
        "Cost and difference: real and discounted, the whole time, posts and overtime. Posts, "
        f"completion{shown_as_is(whose)}, overdue: in the last month. Overdue: activities of all "
        "kinds. Case-months: cases overdue at the end of each month, by the risk of their tiers. "
        f"{shown_as_is(comparison.words[-1])}"
    )


def _completion(last: headlines.Headline, service: headlines.Service | None) -> float:
    """Return the completion of a duty in the last month in which any is due."""
    for one in last.services:
        if service and (one.group, one.duty) == (service.group, service.duty) and one.ends:
            return float(one.completion[one.ends[1]])
    return float("nan")


def _what_is_compared(view: View, found: Sequence[ComparedPlan]) -> None:
    """Say whose figures these are, and which options rest on another scenario."""
    team = "no posts added" if view.plan.sized is None else "the team needed"
    title = shown_as_is(found[0].rests_on)
    st.caption(
        f"Every option with {team}. Baseline: {title}, as it stands in its file"
        + ("." if view.plan.sized else "; turn on *Work out the team* to compare the teams needed.")
    )
    foreign = [one for one in found[1:] if one.rests_on != found[0].rests_on]
    for one in foreign:
        st.caption(
            f"**{shown_as_is(one.name)}** changes another scenario, {shown_as_is(one.rests_on)}: "
            "what differs between the two scenarios is part of the difference."
        )
    lengths = {one.name: one.plan.model.months for one in found}
    if len(set(lengths.values())) > 1:
        told = listed([f"{name} {counted(months, 'month')}" for name, months in lengths.items()])
        st.warning(
            f"The options do not cover the same time ({shown_as_is(told)}): totals cannot be set "
            "against each other.",
            icon=":material/warning:",
        )


def _by_year(view: View, found: Sequence[ComparedPlan], comparison: SideBySide) -> None:
    """Show posts, cost and standards missed of every option by financial year."""
    below = st.expander("By financial year", key="compared by year", on_change="rerun")
    if not below.open:
        return
    names = dict(zip(comparison.names, (one.name for one in found), strict=True))
    table = tables.comparison(comparison)["year_costs"]
    table = table.assign(option=table["option"].map(names))
    with below:
        parts.table(
            table,
            "compared-by-year",
            kept_.inputs(view),
            "compare",
            words="Options by financial year",
            columns={
                "option": "Option",
                "year": "Year",
                "posts": st.column_config.NumberColumn("Posts (mean)", format="%,.2f"),
                "in_post": st.column_config.NumberColumn("In post (mean)", format="%,.2f"),
                "cost": parts.pounds("Cost, real"),
                "standards_missed": parts.whole("Standards not met"),
                "times_missed": parts.whole("Times not met (tiers and periods)"),
            },
            height=500,
        )


def _courses(view: View, found: Sequence[ComparedPlan], service: headlines.Service) -> None:
    """Show completion and backlog of every option over time, single courses all."""
    st.caption("An analyst's view: each line is a single course, without chance.")
    measure = where.pick_measure()
    sized = view.plan.sized is not None
    named = [Named(one.name, one.plan, sized) for one in found]
    shown = charts.Shown(found[0].plan)
    group, duty = service.group, service.duty
    for one in (measure, "outstanding"):
        levels = charts.levels(shown, group, duty, one)
        picture = pictures.overlaid(named, group, duty, one, service.duty_label, levels)
        parts.picture(picture, kept_.inputs(view), "compare")
