"""Why the team has its size: reasons, prices, decision dates, and what would make it possible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from capacity.app import parts, results, state
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.app.working import worked_out
from capacity.reading import levers
from capacity.results.outputs import as_csv
from capacity.results.tables import EXPLAINED, decided
from capacity.why import explain, fixes
from capacity.why import prices as prices_of
from capacity.why.explain import Explanation
from capacity.why.fixes import Fix
from capacity.why.headlines import team_label
from capacity.why.reasons import Reason
from capacity.wording import month, number


def why_of(view: View) -> Explanation | None:
    """Return why the plan in view is as it is; None while that is stopped.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    return worked_out(
        "Asking why each post is needed and what each standard costs …",
        results.key_of(view.base, view.what_if),
        explain.explain_again,
        replace(view.plan, question=None),
    )


# What would make it possible ---------------------------------------------------------------


def offered_fixes(view: View, why: Explanation) -> None:
    """Show the smallest changes that make the plan possible, each with a button to apply it."""
    st.subheader("What would make it possible", anchor=False)
    told = fixes.summary(why.fixes)
    if not told:
        st.info("No change of a date, a limit or recruitment was found that helps.")
        return
    enough = any(fix.to is not None for fix in why.fixes)
    st.markdown(shown_as_is(told) + (" These would help:" if not enough else ""))
    for fix in why.fixes:
        with st.container(border=True, key=f"fix {fix.change}"):
            left, right = st.columns([6, 1], vertical_alignment="center")
            left.markdown(shown_as_is(fix.words))
            if fix.to is not None:
                right.button(
                    "Apply",
                    key=f"apply {fix.change}",
                    on_click=apply,
                    args=(view, fix),
                    icon=":material/build:",
                    width="stretch",
                    help="Makes it part of the what-if.",
                )
    if enough:
        st.caption(
            "Each is the smallest change of one setting that is enough, all else as it is. "
            "Applied, it is listed under *What is changed* and can be undone there."
        )
    _csv(view, EXPLAINED["fixes"](why), "fixes")


def apply(view: View, fix: Fix) -> None:
    """Make a fix part of the what-if."""
    lever = levers.known(results.levers_of(view.base), fix.change)
    value: Any = fix.to
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    state.change(fix.change, value, None if lever is None else lever.today)


# Reasons and dates -------------------------------------------------------------------------


def reasons(view: View, why: Explanation, team: str) -> None:
    """Show which rule sets a team's posts in each year and grade."""
    st.subheader("Why each post is needed", anchor=False)
    mine = [one for one in why.reasons if one.team == team]
    if not mine:
        st.caption("Nothing is asked of this team, so that nothing sets its size.")
        return
    grades = view.plan.scenario.settings.teams[team].grades
    label = team_label(view.plan.model, team)
    rows = [
        {
            "Grade": shown_as_is(grades[one.grade].label or one.grade),
            "Years": years,
            "Set by": one.rule.capitalize(),
            "Why": shown_as_is(one.words.removeprefix(f"{label}, {one.year}: ")),
        }
        for one, years in _runs(mine)
    ]
    with st.container(key="reasons"):
        st.table(pd.DataFrame(rows).set_index("Grade"))
    _csv(view, EXPLAINED["reasons"](why), "reasons")


def _runs(found: list[Reason]) -> list[tuple[Reason, str]]:
    """Return reasons with their years, those of years that say the same joined."""
    joined: list[tuple[Reason, list[str]]] = []
    for one in found:
        said = one.words.partition(": ")[2] or one.words
        last = joined[-1] if joined else None
        if last and last[0].grade == one.grade and last[0].words.endswith(said):
            last[1].append(one.year)
        else:
            joined.append((one, [one.year]))
    return [
        (one, years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}")
        for one, years in joined
    ]


def dates(view: View, why: Explanation) -> None:
    """Show by when posts must be approved."""
    st.subheader("When to decide", anchor=False)
    if not why.decisions:
        st.caption("No post is added, so there is nothing to approve.")
        return
    rows = [
        {
            "Approve by": month(one.agree_by),
            "Costed from": month(one.start),
            "What": shown_as_is(one.words),
        }
        for one in why.decisions
    ]
    with st.container(key="dates"):
        st.table(pd.DataFrame(rows).set_index("Approve by"))
    _csv(view, decided(why.decisions), "decisions")


# Prices ------------------------------------------------------------------------------------


def prices(view: View, why: Explanation) -> None:
    """Show what a standard, a case and an hour cost, those that change a cost first."""
    st.subheader("What a standard, a case and an hour cost", anchor=False)
    priced = [one for one in why.prices if not np.isnan([one.checked_low, one.checked_high]).all()]
    binding = [one for one in priced if one.binds]
    cases = [one for one in binding if one.standard == prices_of.CASE]
    dearest = sorted(cases, key=lambda one: -one.checked_high)[:1]
    for one in [*(one for one in binding if one not in cases), *dearest]:
        st.markdown(f"- {shown_as_is(one.words)}")
    if len(priced) < len(why.prices):
        st.info(
            "Where not every standard can be met, nothing has a price: there is no plan to compare "
            "with. Apply a change that makes it possible, above, to see prices.",
            icon=":material/info:",
        )
    elif not binding:
        st.markdown(
            "No standard, case or hour affects the cost at present: current posts are enough."
        )
    if not priced:
        return
    idle = len(priced) - len(binding)
    st.caption(
        "£ per year, averaged over the whole time and discounted, allowing part posts. Checked: "
        "one whole unit less and one whole unit more, each solved again. "
        + (f"{number(idle)} of them change no cost as things stand." if idle else "")
    )
    cohorts = view.plan.scenario.settings.cohorts

    def tier(cohort: str | None, name: str | None) -> str:
        if name is None:
            return ""
        if cohort is None:
            return name.replace("_", " ")
        tiers = cohorts[cohort].tiers
        return ", ".join(tiers[one].label or one for one in name.split(", "))

    rows = sorted(priced, key=lambda one: not one.binds)
    shown = pd.DataFrame(
        {
            "what": [one.standard for one in rows],
            "tier": [tier(one.cohort, one.tier) for one in rows],
            "unit": [one.unit for one in rows],
            "price": [_pounds(one.price_per_year) for one in rows],
            "low": [_pounds(one.checked_low) for one in rows],
            "high": [_pounds(one.checked_high) for one in rows],
            "words": [one.words for one in rows],
        }
    )
    column = st.column_config.TextColumn
    parts.table(
        EXPLAINED["prices"](why),
        "prices",
        view.selections,
        view.stem,
        words="What one more of each standard, case and hour costs per year",
        shown=shown,
        columns={
            "what": column("Standard, case or hour", width="medium"),
            "tier": column("Tier", width="small"),
            "unit": column("One unit", width="medium"),
            "price": parts.pounds("Per year"),
            "low": parts.pounds("Checked from"),
            "high": parts.pounds("to"),
            "words": column("In words", width="large"),
        },
        height=400,
    )


def _pounds(amount: float) -> float:
    """Return an amount without the noise of a solver."""
    return 0.0 if abs(amount) < 0.5 else amount


def _csv(view: View, table: pd.DataFrame, name: str) -> None:
    """Offer a table of the explanation as CSV."""
    st.download_button(
        "Download CSV",
        as_csv(table.assign(inputs=view.selections)),
        file_name=f"{view.stem}-{name}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"csv {name}",
    )
