"""Two minutes for somebody who is here for the first time: questions to try, and where to look."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from capacity.app import card, five, state
from capacity.reading.scenario import Scenario

STEPS = (
    "**The box at the top is the answer**: what happens if nothing is added, first in bold. It is "
    "the same on every page.",
    "***What to agree now*** says how many posts, by when, at what cost and how probable it is "
    "that every standard is then met. It takes half a minute; go on meanwhile.",
    "**Move a slider** and the answer and every chart follow, with the scenario as it stands "
    "beside them. *Undo* takes it back, and so does the browser's *Back*.",
    "***Why*** shows the hours there are against those needed, and what changes between them. "
    "***Team*** has posts by year and grade, money and probabilities.",
    "***Compare*** sets saved what-ifs side by side; ***Report*** makes the papers. "
    "***Our figures*** puts your own unit in the place of this one.",
)

_CLOSED = "tour closed"


def show(base: Scenario) -> None:
    """Show example questions, until they are closed or something was changed before."""
    if st.session_state.get(_CLOSED) or not state.arrived():
        return
    with st.container(horizontal=True, key="tour", gap="small", vertical_alignment="center"):
        with st.popover("New here? Two minutes", icon=":material/explore:"):
            for number, words in enumerate(STEPS, start=1):
                st.markdown(f"{number}. {words}")
        for label, ask in _questions(base):
            st.button(label, key=f"question {label}", on_click=ask, type="tertiary")
        st.button(
            "Close",
            key="close the tour",
            icon=":material/close:",
            on_click=st.session_state.__setitem__,
            args=(_CLOSED, True),
            type="tertiary",
        )


def _questions(base: Scenario) -> list[tuple[str, Callable[[], None]]]:
    """Return example questions and what asks them of the scenario."""
    found: list[tuple[str, Callable[[], None]]] = [
        ("How many posts, and by when?", lambda: card.ask(card.AGREE, base)),
    ]
    sliders = {one.lever.name.rpartition(".")[2]: one for one in five.sliders(base)}
    if growth := sliders.get("growth_per_year"):
        found.append(("What if growth is 5%?", lambda: _change(growth, 0.05)))
    if share := sliders.get("max_share"):
        found.append(("What if no help is lent?", lambda: _change(share, 0)))
    leave = next(iter(five.shortcuts(base)), None)
    if leave is not None:
        found.append(("What if two go on leave?", leave.press))
    return found


def _change(one: five.Slider, value: float) -> None:
    state.change(one.lever.name, value, one.lever.today)
