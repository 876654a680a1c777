"""What a file that is brought holds: its headings and values are matched, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from capacity.app import ours_messages
from capacity.app.parts import shown_as_is
from capacity.errors import InputError
from capacity.files.headings import ALL, NAMES
from capacity.files.monthly import History
from capacity.reading.scenario import Scenario
from capacity.register.count import Asked
from capacity.rounds import assisting, mapping
from capacity.rounds.assisting import FigurePreview, OfferedHeading, OfferedValue

NOT_READ = "not read"

HOW = {
    "chosen": "chosen now",
    "remembered": "as last time",
    "known": "by its title",
    "suggested": "please check",
    NOT_READ: "",
}
"""How it is known what a heading means."""


def figures(
    given: Any, base: Scenario, remembered: Mapping[str, str], before: History, key: str
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]] | None:
    """Show what a file of figures holds; return columns, values and what is not read.

    None where it is no table.

    What is chosen below is read in the same run, so the preview is of what is chosen.
    """
    try:
        first = assisting.figures_offered(given.name, given.getvalue(), base, remembered, {})
        columns, ignored = _headings(first.headings, ALL, f"figures {key}")
        said = mapping.of_figures(columns, {}, ignored)
        second = assisting.figures_offered(given.name, given.getvalue(), base, remembered, said)
        values: dict[str, str] = {}
        for role in NAMES:
            mine = [one for one in second.values if one.role == role]
            values |= _values(mine, second.choices[role], f"{role} {key}")
        said = mapping.of_figures(columns, values, ignored)
        found = assisting.figures_offered(given.name, given.getvalue(), base, remembered, said)
    except InputError as error:
        ours_messages.show(given.name, error.problems, "Correct it and upload it again.")
        return None
    _counted(given.name, found, before, base)
    return columns, values, ignored


def register(
    given: Any, base: Scenario, asked: Asked, remembered: Mapping[str, str], key: str
) -> tuple[dict[str, str], dict[str, str]] | None:
    """Show the headings of a register, and values of tiers that are not known."""
    content = given.getvalue()
    try:
        first = assisting.register_offered(given.name, content, base, asked, remembered)
        columns, _ = _headings(first.headings, first.roles, f"register {key}")
        asked = Asked(asked.as_at, columns=columns, dates=asked.dates)
        second = assisting.register_offered(given.name, content, base, asked, remembered)
        tiers = _values(second.values, second.tiers, f"register tiers {key}")
    except InputError as error:
        ours_messages.show(given.name, error.problems, "Correct it and upload it again.")
        return None
    return columns, tiers


def _headings(
    found: Sequence[OfferedHeading], meanings: Sequence[str], key: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Offer every heading with what it means.

    Returns:
        Titles by column, of those that are not known by themselves; and titles that a person
        said are not to be read.
    """
    unsure = [one for one in found if one.how == "suggested"]
    label = f"Headings: {len(found)}"
    label += f", {len(unsure)} to check" if unsure else ""
    frame = pd.DataFrame(
        [(one.title, one.meant or NOT_READ, HOW[one.how]) for one in found],
        columns=["title", "meant", "how"],
    )
    with st.expander(label, expanded=bool(unsure)):
        edited = st.data_editor(
            frame,
            hide_index=True,
            disabled=["title", "how"],
            column_config={
                "title": "Heading in your file",
                "meant": st.column_config.SelectboxColumn(
                    "Means", options=[NOT_READ, *meanings], required=True
                ),
                "how": "How it is known",
            },
            key=f"headings {key}",
            width="stretch",
            height=min(420, 38 + 35 * max(1, len(frame))),
            alt="What each heading of the file means",
        )
    chosen, ignored = {}, []
    for one, meant in zip(found, edited["meant"], strict=True):
        if meant == NOT_READ:
            ignored += [one.title] if one.meant else []
        elif one.how == "suggested" or meant != one.meant:
            chosen[str(meant)] = one.title
    return chosen, tuple(ignored)


def _values(found: Sequence[OfferedValue], meanings: Sequence[str], key: str) -> dict[str, str]:
    """Offer the values that are not known with what they may mean; return what each means."""
    if not found:
        return {}
    frame = pd.DataFrame(
        [(one.typed, one.times, one.meant or None) for one in found],
        columns=["typed", "times", "meant"],
    )
    role = found[0].role.replace("duty", "activity")
    st.markdown(f"**Values of {role} that the scenario does not have**")
    edited = st.data_editor(
        frame,
        hide_index=True,
        disabled=["typed", "times"],
        column_config={
            "typed": "In your file",
            "times": "Rows",
            "meant": st.column_config.SelectboxColumn("Means", options=list(meanings)),
        },
        key=f"values {key}",
        width="stretch",
        alt=f"What each value of {role} means",
    )
    return {
        one.typed: str(meant)
        for one, meant in zip(found, edited["meant"], strict=True)
        if isinstance(meant, str) and meant
    }


def _counted(name: str, found: FigurePreview, before: History, base: Scenario) -> None:
    """Show what will be counted, or what still stops it."""
    if found.history is None:
        ours_messages.show(
            name, found.problems, "Say above what headings and values mean, or correct the file."
        )
        return
    headings, rows = assisting.preview(found.history, base)
    st.markdown(f"**What will be counted**: {shown_as_is(assisting.in_all(found))}")
    st.dataframe(
        pd.DataFrame(rows, columns=headings),
        hide_index=True,
        width="stretch",
        alt="What will be counted of the last months in the file",
    )
    told = assisting.doubts(found.history, before, base)
    if told:
        st.warning(
            "Please check:\n\n" + "\n".join(f"- {shown_as_is(one)}" for one in told[:8]),
            icon=":material/warning:",
        )
