"""Another regime: how often to visit with the posts there are, and what each choice would cost."""

from __future__ import annotations

import streamlit as st

from capacity.app import parts, results
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.app.working import when_asked
from capacity.charts import options as pictures
from capacity.reading.choosing import usual_choices
from capacity.sweeps import regime_words, regimes
from capacity.wording import counted


def show(view: View) -> None:
    """Show what another regime would do, once it is asked for."""
    settings = view.plan.scenario.given.settings
    choices = settings.choose or usual_choices(settings)
    if not choices:
        return
    st.subheader("Without more posts: another regime", anchor=False)
    st.caption(
        "How often each tier is visited, by how many officers, and who is managed reactively is a "
        "force's decision. Every combination is compared: what it leaves unseen with current "
        "posts, and what meeting the standards would cost under it."
    )
    with st.expander("What is compared", key="regimes compared"):
        if not settings.choose:
            st.markdown(
                "The scenario lists no choices of its own, so these are tried. The first value of "
                "each is how it is now."
            )
        for name, values in choices.items():
            st.markdown(f"- {shown_as_is(regime_words.choice(view.plan.scenario, name, values))}")
    made = when_asked(
        "Compare regimes",
        f"{counted(regimes.number(choices), 'regime')}, about half a second each.",
        "Comparing regimes …",
        results.key_of(view.base, view.what_if),
        regimes.with_usual_choices,
        (view.plan.scenario.given,),
    )
    if made is None:
        return
    for words in regime_words.sentences(made):
        st.markdown(shown_as_is(words))
    table = regime_words.in_words(made)
    parts.picture(pictures.regimes(table, regime_words.ON_THE_FRONTIER), view.selections, view.stem)
    _table(view, table)


def _table(view: View, table: object) -> None:
    """Show every regime in words, those with fewest unseen first."""
    whole, number = parts.whole, st.column_config.NumberColumn
    parts.table(
        table,  # type: ignore[arg-type]
        "regimes",
        view.selections,
        view.stem,
        words="Every regime: posts and cost to meet the standards, and what is left unseen",
        columns={
            "regime": st.column_config.TextColumn("Regime", width="large"),
            "current": whole("Unseen, weighted: current posts"),
            "unseen": whole("Unseen, weighted: team needed"),
            "posts": number("Posts needed", format="%.1f"),
            "cost": parts.pounds("Cost"),
            "which": "Compared as",
            "practice": "Authorised practice",
        },
    )
