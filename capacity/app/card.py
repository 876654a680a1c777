"""The answer card of every page: the answer, what to agree now, and how certain it should be.

What takes long is worked out beside the page when a person asks for it, and fills in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pandas as pd
import streamlit as st

from capacity.app import ahead, outlooks, results, state, working
from capacity.app.outlooks import Advice, Ahead
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.errors import CapacityError
from capacity.reading.scenario import Scenario
from capacity.results import summary
from capacity.risk import recommended
from capacity.risk.decide import ASKED
from capacity.wording import people, per_cent, pounds

LEVELS = (0.5, 0.8, 0.95)
"""Levels of confidence that can be chosen."""

CONFIDENCE = "sizing.confidence"

AGREE, LEVELS_ASKED = "What to agree now", "Posts at 50, 80 and 95%"
"""What can be asked for."""


def show(view: View) -> View:
    """Show the answer, the same as on the terminal, with the choice of confidence beside it.

    It is what to agree now where that was worked out; else when standards are first not met in
    simulations, and a single course below it. Return the view with what is foreseen.
    """
    return _begun(view)()


def around(view: View, show: Callable[[], None]) -> None:
    """Show the card of a page that works out something of its own, and the page below it.

    The page's own work is asked for first: it need not wait for the simulations of the card, which
    have their place. Where they are known already the card is whole at once.
    """
    fill_in = _begun(view)
    known = ahead.is_known(view)
    if known:
        fill_in()
    show()
    if not known:
        fill_in()


def _begun(view: View) -> Callable[[], View]:
    """Show the card but for what is foreseen; return what fills that in, and the view with it."""
    left, right = st.columns([7, 3], gap="medium")
    with left, st.container(border=True, key="answer"):
        # Its place is kept until what to agree now says more.
        foreseen = st.container(key=None if advice(view) else "foreseen")
        _answer(view)
    with right, st.container(border=True, key="confidence", gap="small"):
        try:
            _confidence(view)
        except CapacityError as error:
            st.warning(shown_as_is(f"No answer was found: {error}"))

    def fill_in() -> View:
        with foreseen:
            found = ahead.asked_for(view)
            if found.ahead is not None and advice(view) is None:
                st.markdown(_first_bold(found.ahead.words))
                _without_changes(found, found.ahead)
        return found

    return fill_in


def _without_changes(view: View, now: Ahead) -> None:
    """Say the same of the scenario as it stands, where something is changed."""
    before = view.ahead_before
    if before is None or not now.words:
        return
    same = "This is as in the scenario as it stands."
    st.caption(same if before.words == now.words else shown_as_is(f"As it stands: {before.words}"))


def _answer(view: View) -> None:
    found = advice(view)
    if found is not None:
        for words in found.words:
            st.markdown(_first_bold(words))
        return
    with st.container(key="single course", gap="xsmall"):
        st.caption(
            f"An analyst's view. {shown_as_is(summary.SINGLE_COURSE)} *{AGREE}* tells the posts "
            "and the probability."
        )
        for words in view.result.answer.split("\n\n"):
            st.markdown(shown_as_is(words))


def _first_bold(words: str) -> str:
    """Return a paragraph with its first sentence in bold, for those who read no further."""
    first, stop, rest = words.partition(". ")
    return f"**{shown_as_is(first)}{stop.strip()}** {shown_as_is(rest)}".strip()


# What to agree now -------------------------------------------------------------------------


def advice(view: View) -> Advice | None:
    """Return what is recommended, if it was worked out before and an answer was found."""
    if not working.is_known(_key(view), outlooks.advised):
        return None
    try:
        return working.worked_out("", _key(view), outlooks.advised, *_given(view))
    except CapacityError:
        return None  # said beside the answer


def _confidence(view: View) -> None:
    """Show how certain the posts should make it, and offer what takes long."""
    settings = view.plan.scenario.settings
    if not settings.standards:
        st.caption("No standard is set, so there is nothing to meet.")
        return
    asked = settings.sizing.confidence
    _choose(view.base, ASKED if asked is None else float(asked.value))
    known = advice(view) is not None
    asked_for = _button(
        AGREE,
        view,
        "2,000 simulations, and many plans tried: about half a minute. You can go on meanwhile.",
        "It is said in the answer, for the settings as they are.",
        done=known,
    )
    if asked_for and not known:
        working.filled_in(
            "Looking for the posts to agree now …",
            _key(view),
            outlooks.advised,
            *_given(view),
            patience=0.0,
        )
    if _button(
        LEVELS_ASKED,
        view,
        "Posts and cost at each level of confidence, one after the other.",
        "They stand below, for the settings as they are.",
        done=all(working.is_known(_key_at(view, level), recommended.alone) for level in LEVELS),
    ):
        _levels(view)


def _choose(base: Scenario, now: float) -> None:
    given = base.settings.sizing.confidence
    today = None if given is None else float(given.value)
    key = "confidence chosen"
    options = sorted({*LEVELS, now})
    if st.session_state.get(key) != now:
        st.session_state[key] = now

    def chosen() -> None:
        value = st.session_state[key]
        unchanged = value == (ASKED if today is None else today)
        state.change(CONFIDENCE, today if unchanged else value, today)

    st.segmented_control(
        "Confidence asked for",
        options,
        default=now,
        format_func=per_cent,
        key=key,
        required=True,
        on_change=chosen,
        help="The probability with which every standard is to be met in each year within reach.",
    )


def _button(label: str, view: View, before: str, after: str, *, done: bool = False) -> bool:
    """Offer what takes long; return whether it was asked for with the inputs in view.

    The button stays where it is when it was pressed, and of one kind: the keyboard's place would
    be lost with it.
    """
    asked = done or _asked().get(label) == results.key_of(view.base, view.what_if)
    st.button(
        label,
        help=after if asked else before,
        key=f"ask {label}",
        on_click=ask,
        args=(label, view.base),
        type="primary" if label == AGREE else "secondary",
        icon=f":material/{'check' if done else 'hourglass_top' if asked else 'play_arrow'}:",
        width="stretch",
    )
    return asked


def ask(label: str, base: Scenario) -> None:
    """Ask for what takes long, with the inputs in view."""
    _asked()[label] = results.key_of(base, state.what_if())


def _asked() -> dict[str, str]:
    """Return with which inputs a person has asked for what takes long."""
    return cast("dict[str, str]", st.session_state.setdefault("asked on the card", {}))


def _levels(view: View) -> None:
    """Show posts and cost for each level of confidence, each as soon as it is known."""
    rows: list[dict[str, Any]] = []
    base, changed = _given(view)
    for level in LEVELS:
        scenario = (changed or base).replace({CONFIDENCE: level})
        key = _key_at(view, level)
        found = working.filled_in(
            f"Posts at {per_cent(level)} …", key, recommended.alone, scenario, patience=0.0
        )
        if found is None:
            break  # one after the other: other people wait for the same processors
        rows.append(
            {
                "Confidence": per_cent(level),
                "Agree now": people(found.agree_now),
                "At the end": people(found.at_the_end),
                "Cost": pounds(found.cost),
                "Out of reach": found.out_of_reach or "no year",
            }
        )
    if rows:
        st.table(pd.DataFrame(rows).set_index("Confidence"))
        st.caption(
            "Posts; cost of all posts and overtime, expected, discounted, the whole time. In years "
            "out of reach no number of posts is enough, and no posts are added for them: a higher "
            "confidence may cost less where it leaves more years out."
        )


def _key(view: View) -> str:
    return f"{results.key_of(view.base, view.what_if)} advice"


def _key_at(view: View, level: float) -> str:
    return f"{_key(view)} {level}"


def _given(view: View) -> tuple[Scenario, Scenario | None]:
    """Return the scenario as it stands, and with its changes where there are any."""
    return view.base, results.changed(view.base, view.what_if) if view.what_if else None
