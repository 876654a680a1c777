"""Team size: posts by year and grade, and which standards they meet."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from capacity import charts
from capacity.app import card, explained, parts, state, working
from capacity.app.parts import Tile, shown_as_is
from capacity.app.view import View
from capacity.engine.model import Model, year_name
from capacity.results import phrases, summary
from capacity.why.headlines import Headline
from capacity.wording import month, number, pounds


def show(view: View) -> None:
    """Show the page: what the plan itself says first, then what has to be worked out."""
    st.header("Team size", anchor=False)
    if view.plan.sized is None:
        card.show(view)
        offer("How many officers are needed, in which year and grade, and what would they meet?")
        return
    view = card.show(view)
    _rules(view)
    front = st.container(key="size set by")
    said = view.said
    assert said.sized is not None
    _tiles(view, said.today, said.sized)
    lost = summary.shortfalls(view.plan.model, said.sized.missed)
    if lost:
        st.subheader("What cannot be met", anchor=False)
        for words in lost:
            st.markdown(f"- {shown_as_is(words)}")
    top = st.container(key="fixes")
    parts.picture(charts.posts(view.shown), view.selections, view.stem)
    _by_grade(view)
    _standards(view, said.today, said.sized)
    team = _pick_team(view)
    parts.picture(charts.people(view.shown, team), view.selections, view.stem)
    below = st.container(key="why")
    st.caption(shown_as_is(f"{summary.need_and_forecast(view.plan.model)} {_proof(view)}"))
    with top if lost else below:
        why = explained.why_of(view)
    if why is None:
        return
    if lost:
        with top:
            explained.offered_fixes(view, why)
    with front:
        for words in summary.sets_the_size(view.plan, why):
            st.markdown(shown_as_is(words))
    with below:
        explained.reasons(view, why, team)
        explained.dates(view, why)
        explained.prices(view, why)


def _rules(view: View) -> None:
    """Show what the probability turns on and how posts are reviewed, where it was worked out."""
    found = card.advice(view)
    if found is not None:
        lead, each = found.turns_on
        if lead:
            with st.expander("What the probability turns on", expanded=bool(each)):
                st.markdown(shown_as_is(lead))
                for what, does in each:
                    st.markdown(f"- **{shown_as_is(what)}**: {shown_as_is(does)}")
        for title, rule in found.rules:
            with st.expander(title):
                st.dataframe(rule, hide_index=True, width="stretch")
    st.subheader("The plan for the central case", anchor=False)


def offer(question: str) -> None:
    """Offer to work out the team, where a page needs it and it is not being worked out."""
    st.write(question)
    if state.team() and not working.was_stopped():
        st.caption("The team needed is being worked out, and is shown here when it is there.")
        return
    st.button(
        "Work out the team",
        type="primary",
        icon=":material/groups:",
        key="work out here",
        on_click=state.work_out,
        args=(True,),
    )
    st.caption(
        "Finds the team that meets every standard at the least cost, each post starting as late as "
        "will do. It takes a few seconds, longer where the standards cannot all be met."
    )


def _tiles(view: View, today: Headline, sized: Headline) -> None:
    said = view.said
    more = float(sized.posts[-1] - today.posts[-1])
    real, cash = said.full_year
    base = year_name(view.plan.model.money.price_base)
    year = said.whole_year
    yearly = float(sized.cost[year[1]].sum()) if year else float(sized.cost.sum())
    today_yearly = float(today.cost[year[1]].sum()) if year else float(today.cost.sum())
    when = f"in {year[0]}" if year else "over the time projected"
    end = month(view.plan.model.calendar.labels[-1])
    judged = [one for one in sized.standings if one.judged]
    kept = sum(not one.missed for one in judged)
    tiles = [
        Tile(
            f"Posts, {end}",
            number(float(sized.posts[-1])),
            f"no posts added: {number(float(today.posts[-1]))}; {'+' if more >= 0 else '−'}"
            f"{number(abs(more))}",
            "Team needed",
        ),
        Tile(
            "Full-year cost of the posts asked for",
            pounds(cash),
            f"cash at {view.plan.model.calendar.years[-1]} pay; {pounds(real)} at {base} prices",
            "Real, cash, discounted",
        ),
        Tile(
            f"Cost {when}",
            pounds(yearly),
            f"no posts added: {pounds(today_yearly)}; {base} prices",
        ),
        Tile("Standards met", f"{kept} of {len(judged)}", "", "Standard"),
    ]
    parts.tiles(tiles)


def _by_grade(view: View) -> None:
    """Show posts by year, team and grade: with none added and those needed."""
    table = charts.frames.posts(view.shown)
    keys = ["team", "grade", "series"]
    wide = table.pivot_table(index=keys, columns="year", values="posts", sort=False).reset_index()
    places = {
        key: {name: n for n, name in enumerate(dict.fromkeys(table[key]))}
        for key in ("team", "series")
    }
    order = wide.assign(**{key: wide[key].map(found) for key, found in places.items()})
    shown = wide.loc[order.sort_values(["team", "grade", "series"], kind="stable").index]
    st.subheader("Posts by year and grade", anchor=False)
    st.caption(
        "Mean of the months of each financial year; a fraction means that a post starts in it."
    )
    parts.table(
        shown.round(2),
        "posts-by-grade",
        view.selections,
        view.stem,
        words="Posts by year, team and grade",
        height=500,
    )


def _standards(view: View, today: Headline, sized: Headline) -> None:
    """Show every standard: what it asks, and how both ways to staff fare."""
    model: Model = view.plan.model
    rows = [
        {
            "Standard": ours.rule.name,
            "Asks for": summary.asks(model.scenario.settings, ours.rule),
            "No posts added": summary.fares(model, ours),
            "Team needed": summary.fares(model, theirs),
        }
        for ours, theirs in zip(today.standings, sized.standings, strict=True)
    ]
    st.subheader("Standards", anchor=False)
    if not rows:
        st.info("No standard is set, so the number of posts needed cannot be worked out.")
        return
    st.table(pd.DataFrame(rows).set_index("Standard"))


def _pick_team(view: View) -> str:
    """Let a person choose a team."""
    teams = view.plan.scenario.settings.teams
    return st.selectbox(
        "Team in view",
        list(teams),
        format_func=lambda name: teams[name].label or name,
        key="team in view",
        persist_state="session",
    )


def _proof(view: View) -> str:
    found = view.plan.sizing
    assert found is not None
    gap = f"{100 * found.gap:.2f}%"
    plans = f"any plan {phrases.with_starts(view.plan.model)}"
    words = f"Proven to cost at most {gap} more than {plans}. "
    figures = {figure.name: figure.words for figure in summary.figures(view.plan)}
    return words + figures["missed_in_strict_order"]
