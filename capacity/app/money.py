"""Money: cost by year, the options side by side, and the budget table to take to finance."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import streamlit as st

from capacity import charts
from capacity.app import parts, sized
from capacity.app.frame import View
from capacity.results.tables import TABLES
from capacity.staffing import costs

AMOUNTS = {
    "total_real": "Real cost",
    "total_cash": "Cash cost",
    "total_discounted": "Discounted cost",
    "budget": "Budget for posts",
    "forecast": "Forecast for people in post",
    "joining": "Joining cost",
    "overtime": "Overtime",
}
"""Columns of the costs table and what they are called."""


def show(view: View) -> None:
    """Show the page."""
    st.header("Money", anchor=False)
    amount = st.selectbox(
        "Amount",
        list(AMOUNTS),
        format_func=AMOUNTS.__getitem__,
        key="amount",
        persist_state="session",
        help="Real: prices of the base year. Cash: with pay awards. Discounted: real, less what a "
        "later year counts for. Budget: posts × cost, less the vacancy factor. Forecast: people "
        "in post × cost.",
    )
    parts.picture(charts.spending(view.shown, amount, AMOUNTS[amount]), view.selections, view.stem)
    if view.plan.sized is None:
        with st.container(border=True):
            sized.offer("What would the team that keeps the standards cost, against today's posts?")
    st.subheader("Options side by side", anchor=False)
    st.caption(
        "Over the whole time. Cost is real and discounted, posts and overtime; joining costs and "
        "loans stand beside it. Duties of all kinds are counted alike."
    )
    _options(view)
    st.subheader("For the budget", anchor=False)
    st.caption(
        "Part-year and full-year effect of posts that start or end in a year, recurring and "
        "one-off costs against today's posts, and who pays. Real prices."
    )
    _budget(view)


def _options(view: View) -> None:
    """Show every way to staff beside the first, baseline and what-if."""
    rows = costs.options_rows(
        [(name, option.projection, option.costs) for name, _, _, option in view.shown.series()]
    )
    parts.table(
        pd.DataFrame([asdict(row) for row in rows]),
        "options",
        view.selections,
        view.stem,
        words="Options side by side",
        columns={
            "option": "Option",
            "cost_discounted": parts.pounds("Cost"),
            "done": parts.whole("Duties done"),
            "on_time": parts.whole("On time"),
            "outstanding_end": parts.whole("Outstanding at the end"),
            "cost_per_extra_on_time": parts.pounds("Cost of one more on time"),
            "joining": parts.pounds("Joining"),
            "people_events": parts.pounds("Loans paid for"),
        },
    )


def _budget(view: View) -> None:
    """Show the rows of the budget table that have an amount, and offer them all."""
    table = TABLES["budget"](view.plan)
    amounts = ["part_year", "full_year_effect", "recurring", "one_off"]
    moving = table[table[amounts].abs().max(axis=1) > 0.5]
    if moving.empty:
        st.info(
            "Nothing changes against today's posts, so there is nothing to ask for. Work out the "
            "team to see what the standards need."
            if view.plan.sized is None
            else "The sized team has today's posts, so there is nothing to ask for."
        )
        return
    teams = view.plan.scenario.settings.teams
    grades = [
        teams[team].grades[grade].label or grade
        for team, grade in zip(moving["team"], moving["grade"], strict=True)
    ]
    shown = moving.assign(
        team=[teams[team].label or team for team in moving["team"]],
        grade=grades,
        option=moving["option"].map({"today": "today's posts", "sized": "sized team"}),
    ).dropna(axis=1, how="all")
    parts.table(
        table,
        "budget",
        view.selections,
        view.stem,
        words="Budget table",
        shown=shown.drop(columns=["share"] if (shown["share"] == 1).all() else []),
        columns={
            "option": "Option",
            "year": "Year",
            "team": "Team",
            "grade": "Grade",
            "part_year": parts.pounds("Part year"),
            "full_year_effect": parts.pounds("Full-year effect"),
            "recurring": parts.pounds("Recurring"),
            "one_off": parts.pounds("One-off"),
            "term_end": "Ends",
            "funder": "Paid by",
            "share": st.column_config.NumberColumn("Share", format="percent"),
            "displaced_from": "From",
            "event": "What",
        },
        height=460,
    )
    st.caption("Rows without an amount are left out on the page; the CSV has them all.")
