"""Any setting found by the words that a reader has for it, and changed where it is found."""

from __future__ import annotations

from collections.abc import Callable, Collection

import streamlit as st

from capacity.app import adding, inputs, results
from capacity.app.toml_text import WhatIf
from capacity.glossary import also_called
from capacity.reading.levers import Lever
from capacity.reading.scenario import Scenario

LONG = 50
"""Letters of a setting's meaning of which the explanation is left out."""


def _at_the_top(_: Scenario) -> None:
    st.caption("Choose it beside the answer, at the top of the page.")


ADDED: dict[str, tuple[str, Callable[[Scenario], None]]] = {
    "people": (
        "Somebody away or on loan (maternity, paternity, parental leave, long-term sick, part-time,"
        " flexible working, career break, secondment, attachment, restricted duties, retirement,"
        " transfer, losing officers)",
        adding.people,
    ),
    "event": (
        "Cases that arrive, leave or move in one month (surge, transfers in, one-off, backlog"
        " brought in)",
        adding.events,
    ),
    "dated": (
        "Another value from a month on (later, from April, change of policy)",
        lambda base: adding.dated(base, list(results.levers_of(base))),
    ),
    "ending": (
        "Posts that end (grant, fixed term, funding ends, uplift, cuts, savings)",
        adding.posts_that_end,
    ),
    "confidence": (
        "Confidence asked for (how certain, probability, risk appetite, 95%)",
        _at_the_top,
    ),
}
"""What can be added or chosen that is no single setting: what it is called, and what shows it."""


def show(base: Scenario) -> str | None:
    """Let a person find any setting by typing words of it; return what is shown here."""
    every = {one.name: one for one in results.levers_of(base)}
    offered = _offered(results.key_of(base, WhatIf()), base)
    chosen = st.selectbox(
        "Find any other setting",
        list(offered),
        index=None,
        format_func=offered.__getitem__,
        filter_mode="contains",
        placeholder="Type a word, such as maternity or overtime",
        key="setting found",
        persist_state="session",
    )
    if chosen in ADDED:
        ADDED[chosen][1](base)
    elif chosen is not None:
        inputs.lever(base, every[chosen])
    return chosen


@st.cache_resource(max_entries=4, show_spinner=False)
def _offered(key: str, _base: Scenario) -> dict[str, str]:
    """Return what can be found, those that matter most first, and what each is called."""
    levers, tiers = results.levers_of(_base), _tiers(_base)
    found = {name: words for name, (words, _) in ADDED.items()}
    return found | {one.name: called(one, tiers) for one in sorted(levers, key=_order)}


def _order(one: Lever) -> bool:
    return not one.first


def called(one: Lever, tiers: Collection[str]) -> str:
    """Return what a setting is, whose it is (a tier by its label too), and other words for it."""
    *whose, what = one.parts
    if whose and all(part in tiers for part in what.split(" to ")):
        *whose, what = *whose[:-1], what, whose[-1]
    short = what.partition(";")[0]
    short = short if len(short) <= LONG else short.partition(":")[0]
    words = " – ".join(filter(None, [short, ", ".join(whose)]))
    others = also_called(one.name)
    return f"{words} ({others})" if others else words


def _tiers(base: Scenario) -> set[str]:
    """Return what tiers and classes of work are called."""
    settings = base.settings
    names = {(name, tier) for name, one in settings.cohorts.items() for tier in one.tiers}
    classes = {one for queue in settings.queues.values() for one in queue.class_names}
    return {settings.tier_label(*key) for key in names} | {
        settings.tier_label(None, one) for one in classes
    }
