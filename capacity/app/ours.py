"""Our figures: a force's own numbers taken in, and compared with its own past."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from capacity.app import (
    ours_book,
    ours_diary,
    ours_edit,
    ours_history,
    ours_register,
    ours_round,
    ours_start,
)
from capacity.app.view import View
from capacity.reading.scenario import Scenario

WAYS: Mapping[str, tuple[str, Callable[[Scenario], None]]] = {
    "First scenario": (
        "A dozen numbers that every unit knows; all else is a default, marked as one.",
        ours_start.show,
    ),
    "Workbook": (
        "Every figure of a unit in one Excel workbook: download it, fill it in, upload it.",
        ours_book.show,
    ),
    "Register": (
        "One row per case, and nothing that identifies a person: counted here and not kept.",
        ours_register.show,
    ),
    "Quick corrections": (
        "Cases by tier and people by grade, typed over as in a spreadsheet.",
        ours_edit.show,
    ),
    "This month": (
        "Each month: the register and last month's figures in, and the next forecast out.",
        ours_round.show,
    ),
    "Diary": (
        "Two weeks of timings: measured hours per task in place of professional judgement.",
        ours_diary.show,
    ),
    "History": (
        "Does the model make of our past what happened? What does that say about the settings?",
        ours_history.show,
    ),
}
"""Ways in for a force's own figures: what each is for, and what shows it."""


def show(view: View) -> None:
    """Show the page."""
    alone(view.base)


def alone(base: Scenario) -> None:
    """Show the page of a scenario, whether or not what is changed in it can be planned."""
    st.header("Our figures", anchor=False)
    ways = list(WAYS)
    way = st.segmented_control(
        "How",
        ways,
        default=ways[0],
        key="way in",
        required=True,
        wrap=True,
        label_visibility="collapsed",
    )
    words, shown = WAYS[way or ways[0]]
    st.caption(f"{words} The file itself is not kept.")
    shown(base)
