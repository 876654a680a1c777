"""What to agree now: worked out when a person asks for it, and then the answer of every page."""

from __future__ import annotations

import streamlit as st

from capacity.app import outlooks, results, working
from capacity.app.frame import View
from capacity.app.outlooks import Advice
from capacity.app.parts import shown_as_is
from capacity.results import summary
from capacity.risk import recommended
from capacity.stages import PlanResult
from capacity.why import layers


def known(view: View) -> Advice | None:
    """Return what is recommended, if it was worked out before."""
    if view.plan.sized is None or not working.is_known(_key(view), outlooks.advice):
        return None
    return working.worked_out("", _key(view), outlooks.advice, *_given(view))


def asked(view: View) -> Advice | None:
    """Offer to work out what is recommended; return it once a person has asked for it."""
    return working.when_asked(
        "What to agree now",
        f"{recommended.DRAWS:,} simulations, and many plans tried: half a minute or more. The "
        "figures below are of a single course without chance.",
        "Looking for the posts to agree now …",
        _key(view),
        outlooks.advice,
        _given(view),
    )


def single_course(view: View) -> None:
    """Say that the figures below have no probability, and where to find one."""
    where = "*What to agree now*, on *Team size*, tells the posts and the probability."
    st.caption(f"{shown_as_is(summary.SINGLE_COURSE)} {where}")


def _key(view: View) -> str:
    return f"{results.key_of(view.base, view.what_if)} advice"


def _given(view: View) -> tuple[PlanResult]:
    """Return the plan without its sizing problem, which cannot leave its process."""
    return (layers.without_question(view.plan),)
