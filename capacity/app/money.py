"""Money: cost by year, the options side by side, and the budget table to take to finance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

import pandas as pd
import streamlit as st

from capacity import charts
from capacity.app import card, parts, results, sized
from capacity.app import saved as kept_
from capacity.app.view import View
from capacity.app.working import worked_out
from capacity.charts import options as pictures
from capacity.kinds import COMPLETION
from capacity.results.tables import TABLES
from capacity.staffing import costs
from capacity.stages import PlanResult
from capacity.why import explain, frontier
from capacity.why.explain import Explanation
from capacity.why.frontier import Point
from capacity.wording import counted, listed, number, per_cent, pounds

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
    view = card.show(view)
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
            sized.offer("What would the team needed cost, compared with no posts added?")
    st.subheader("Options side by side", anchor=False)
    st.caption(
        "Over the whole time. Cost is that of posts and overtime, at constant prices, discounted; "
        "joining costs and loans stand beside it. Activities of all kinds are counted alike."
    )
    beside = st.container(key="options")
    below = st.container(key="buying")
    st.subheader("For the budget", anchor=False)
    st.caption(
        "Part-year and full-year effect of posts that start or end in a year, recurring and "
        "one-off costs compared with no posts added, and who pays. Constant prices."
    )
    _budget(view)
    with beside:
        if not _options(view) or view.plan.sized is None:
            return
    with below:
        why = worked_out(
            "Asking what each post and each budget buys …",
            results.key_of(view.base, view.what_if),
            explain.what_money_buys,
            replace(view.plan, question=None),
        )
        if why is not None:
            _buying(view, why)
            _frontier(view, why)


# Options -----------------------------------------------------------------------------------


def _options(view: View) -> bool:
    """Show every way to staff beside the first, and the saved what-ifs; False while stopped."""
    found = [(name, plan.model, option) for name, _, plan, option in view.shown.series()]
    for name, plan in _saved(view):
        if plan is None:
            return False
        found.append((name, plan.model, plan.options[-1]))
    rows = costs.options_rows(
        [(name, model, one.projection, one.costs) for name, model, one in found]
    )
    parts.side_by_side(
        pd.DataFrame([asdict(row) for row in rows]),
        "options",
        view.selections,
        view.stem,
        {
            "cost_discounted": ("Cost", pounds),
            "joining": ("Joining", pounds),
            "people_events": ("Loans paid for", pounds),
            "done": ("Activities completed", "{:,.0f}".format),
            "on_time": ("On time", "{:,.0f}".format),
            "outstanding_end": ("Overdue at the end", "{:,.0f}".format),
            "weighted_case_months": ("Case-months overdue, weighted", "{:,.0f}".format),
        },
    )
    if view.plan.sized is not None:
        st.caption(
            "Each option works its own overtime, and the team needed mostly less than is worked "
            "now. What the added posts avoid, and at what price, is reckoned in the answer and "
            "below with overtime as at present, so that it differs from what this table shows."
        )
    kept = [one for one in kept_.kept() if one.scenario is not None]
    foreign = [one.name for one in kept if one.rests_on != view.base.settings.title]
    if kept and view.plan.sizing is not None:
        st.caption(
            "Saved what-ifs are planned as on *Compare*, to within 0.01% of the least cost; the "
            f"team in view to within {100 * view.plan.sizing.gap:.2f}%."
        )
    if foreign:
        st.caption(parts.shown_as_is(f"Resting on another scenario: {listed(foreign)}."))
    return True


def _saved(view: View) -> Iterator[tuple[str, PlanResult | None]]:
    """Yield the saved what-ifs, each with its plan; None while that is stopped."""
    for one in kept_.kept():
        if one.scenario is not None:
            fixed = view.plan.sized is None
            plan = kept_.planned(one.name, one.key, one.scenario, fixed=fixed)
            whose = "no posts added" if fixed else "team needed"
            yield f"{one.name}, {whose}", plan


# What money buys ---------------------------------------------------------------------------


def _buying(view: View, why: Explanation) -> None:
    """Show what each post buys, the best first."""
    if not why.marginal_posts:
        st.subheader("What each post buys", anchor=False)
        st.caption("No grade of this scenario carries cases, so that there is no post to buy.")
        return
    parts.picture(pictures.bought(why.marginal_posts, view.plan), view.selections, view.stem)
    st.caption(
        "One post at a time, the best of those left first, from current posts to the team needed "
        "and a few beyond it. Work is done in the present order of priority, with overtime as at "
        "present; "
        "a supervisor comes when those added before ask for one. A post may leave as much "
        "overdue and still be needed, for a caseload limit or for supervision. A case-month is one "
        "case overdue at the end of one month, counted by the risk weight of its tier."
    )


def _frontier(view: View, why: Explanation) -> None:
    """Show what completion costs, and the most that a budget buys."""
    if not why.frontier:
        st.subheader("What completion costs", anchor=False)
        st.caption("No standard of this scenario asks for a completion.")
        return
    known = [point for point in why.frontier if point.cost == point.cost]
    standards = [
        float(rule.level.value)
        for rule in view.plan.scenario.settings.standards
        if rule.kind is COMPLETION
    ]
    place = st.container(key="frontier")
    chosen = _budget_buys(view, why, known) if known else None
    with place:
        picture = pictures.frontier(why.frontier, standards, chosen)
        parts.picture(picture, view.selections, view.stem)


def _budget_buys(view: View, why: Explanation, known: list[Point]) -> Point:
    """Let a person say a budget, and show the most that it buys."""
    months = counted(view.plan.model.months, "month")
    least, most = known[0].cost, known[-1].cost
    budget = st.number_input(
        f"A budget for {months} (£, discounted)",
        min_value=0,
        value=round(most / 1000) * 1000 + 1000,
        step=50_000,
        key=f"budget for {results.key_of(view.base, view.what_if)[:12]}",
        help="For posts and overtime of all teams over the whole time, as the costs above: real "
        "and discounted.",
    )
    chosen = frontier.bought_for(why.frontier, float(budget))
    if chosen.cost != chosen.cost:
        st.warning(
            f"{pounds(float(budget))} buys none of these: even {per_cent(known[0].completion)} of "
            f"everything that falls due, the other standards as they are, costs {pounds(least)}.",
            icon=":material/savings:",
        )
    else:
        spare = float(budget) - chosen.cost
        rest = f", with {pounds(spare)} to spare" if spare >= 0.001 * budget else ""
        st.success(
            f"The most that {pounds(float(budget))} buys: completion of "
            f"**{_share(chosen.completion)}** on every activity that a standard asks it of, with "
            f"**{number(chosen.posts)} posts** at the end{rest}.",
            icon=":material/savings:",
        )
    st.caption(
        "Read off the line, between its points in proportion; allowing part posts, so that a plan "
        "in whole posts costs a little more. All other standards stay as they are."
    )
    return chosen


def _share(share: float) -> str:
    """Return a share to a tenth of a point, as the frontier has it between whole points."""
    text = f"{100 * share:.1f}".removesuffix(".0")
    return f"{text}%"


# The budget table --------------------------------------------------------------------------


def _budget(view: View) -> None:
    """Show the rows of the budget table that have an amount, and offer them all."""
    table = TABLES["budget"](view.plan)
    amounts = ["part_year", "full_year_effect", "recurring", "one_off"]
    moving = table[table[amounts].abs().max(axis=1) > 0.5]
    if moving.empty:
        st.info(
            "No post is added, so there is nothing to ask for. Work out the "
            "team to see what the standards need."
            if view.plan.sized is None
            else "The team needed has current posts, so there is nothing to ask for."
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
        option=moving["option"].map({"today": "no posts added", "sized": "team needed"}),
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
