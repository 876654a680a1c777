"""A file brought by a person: worked on, not kept, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from capacity.app import ours_messages, parts, state
from capacity.app.ours_start import file
from capacity.app.parts import shown_as_is
from capacity.errors import InputError, Problem


@dataclass(frozen=True)
class Outcome:
    """What came of a file: a scenario of this session, or what is wrong with the file."""

    file: str
    scenario: str = ""
    lines: tuple[str, ...] = ()
    table: pd.DataFrame | None = None
    offices: pd.DataFrame | None = None
    problems: tuple[Problem, ...] = ()


def bring(kind: str, label: str, types: list[str]) -> None:
    """Ask for a file. A new number drops the one before, also from the server's memory."""
    st.file_uploader(label, types, key=_place(kind))


def _place(kind: str) -> str:
    return f"{kind} file {st.session_state.get(f'{kind} number', 0)}"


def brought(kind: str) -> Any:
    """Return the file that was brought, None without one."""
    return st.session_state.get(_place(kind))


def take(kind: str, name: str, work: Callable[[], Outcome | None]) -> None:
    """Work on a file, which is not kept, whatever came of it."""
    st.session_state[f"{kind} outcome"] = None
    try:
        found = work()
    except InputError as error:
        found = Outcome(name, problems=error.problems)
    if found is not None:
        st.session_state[f"{kind} outcome"] = found
        st.session_state[f"{kind} asked"] = None
        st.session_state[f"{kind} number"] = st.session_state.get(f"{kind} number", 0) + 1
        st.rerun()


def leaves_changes() -> None:
    """Say that what is changed will not be part of what is brought."""
    if state.what_if():
        st.caption(
            "Your changes are not carried over. Save them first, as a link or under *Report*."
        )


def outcome(kind: str, then: str) -> None:
    """Show what came of the last file; `then` says what to do about a wrong one."""
    found: Outcome | None = st.session_state.get(f"{kind} outcome")
    if found is None:
        return
    if found.problems:
        ours_messages.show(found.file, found.problems, then)
        return
    if found.scenario != state.scenario():
        return
    with st.container(border=True, key=f"{kind} taken"):
        st.success(
            f"**{shown_as_is(found.file)}** was read; **{shown_as_is(found.scenario)}** is "
            "now the scenario in view.",
            icon=":material/check_circle:",
        )
        st.markdown("\n".join(f"- {_said(line)}" for line in found.lines))
        if found.table is not None:
            parts.table(
                found.table,
                "register",
                found.scenario,
                found.scenario.removesuffix(".toml"),
                words="Opening position by cohort and tier: counts",
                height=600,
            )
        if found.offices is not None:
            show_offices(found.offices)
        file(found.scenario)


def show_offices(offices: pd.DataFrame) -> None:
    """Show how caseloads are spread in each office. It is shown, and never kept."""
    st.markdown("##### Cases per officer by office")
    st.dataframe(offices, hide_index=True, width="stretch", alt="Cases per officer by office")
    st.caption(
        "Worked out from the codes in the file, which are not kept. Of an office with fewer than "
        "three officers the cases alone are shown."
    )


def _said(line: str) -> str:
    return line if line.endswith("under *History*.") else shown_as_is(line)
