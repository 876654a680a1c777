"""A first scenario from a dozen numbers: the same as `capacity start` makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from capacity.app import parts, results, state
from capacity.app.parts import shown_as_is
from capacity.errors import InputError, Problem
from capacity.history.reported import MEANINGS, MEASURES
from capacity.reading.levers import month_words
from capacity.reading.scenario import Scenario, shipped
from capacity.start.asking import QUESTIONS
from capacity.start.first import RIGHT, TIERS, Known, first, to_find_out

WORDS = {one.option: one.words.partition(" (blank")[0] for one in QUESTIONS}
"""What `capacity start` asks."""

BLANK = {"year_ago": "not known", "posts": "as many as officers"}
"""What holds where nothing is given."""

_MADE, _DOUBTED = "first scenario", "first doubted"


def show(base: Scenario) -> None:
    """Show the form, and what it came to."""
    if (made := st.session_state.get(_MADE)) and made[0] == state.scenario():
        _taken(base, *made)
    wrong = st.session_state.pop("first wrong", ())
    if wrong:
        parts.problems(wrong)
    with st.form("first"):
        given = _asked()
        if st.session_state.get(_DOUBTED):
            st.checkbox("The numbers asked about above are right", key="first confirmed")
        if not st.form_submit_button(
            "Make a first scenario", type="primary", icon=":material/flag:"
        ):
            return
    missing = [
        Problem("", None, WORDS[name], "must be given")
        for name in WORDS
        if name not in BLANK and given.get(name) in (None, "")
    ]
    if missing:
        parts.problems(missing)
        return
    _make(given)


def _asked() -> dict[str, Any]:
    """Ask everything and return what was given."""
    given: dict[str, Any] = {}
    left, right = st.columns([2, 1])
    given["name"] = left.text_input(WORDS["name"], "Our unit", max_chars=150, key="first name")
    months = _months()
    given["first_month"] = right.selectbox(
        "First month to plan",
        months,
        index=months.index(_next_month()),
        format_func=month_words,
        key="first month",
    )
    st.markdown("**Cases**")
    for column, tier in zip(st.columns(5, vertical_alignment="bottom"), TIERS, strict=True):
        with column:
            given[tier] = _number(tier, 0 if tier == "reactive" else None)
    st.markdown("**People** (FTE)")
    three = st.columns(3, vertical_alignment="bottom")
    for column, name in zip(three, ("officers", "posts", "supervisors"), strict=True):
        with column:
            given[name] = _number(name, 0 if name == "supervisors" else None, step=0.5)
    st.markdown("**How it stands**")
    columns = st.columns([2, 2, 3], vertical_alignment="bottom")
    with columns[0]:
        given["year_ago"] = _number("year_ago", None)
    with columns[1]:
        given["overdue"] = _number("overdue", None)
    with columns[2]:
        share, measure = st.columns(2, vertical_alignment="bottom")
        with share:
            given["completion"] = st.number_input(
                "Last reported share of visits (%)", 0.0, 100.0, None, 1.0, "%g", key="first share"
            )
        with measure:
            given["measure"] = st.selectbox(
                "Which share that is",
                MEASURES,
                format_func=str.capitalize,
                key="first measure",
                help="  \n".join(
                    f"**{name.capitalize()}**: {words}." for name, words in MEANINGS.items()
                ),
            )
    return given


def _number(name: str, value: float | None, *, step: float = 1.0) -> float | None:
    """Ask a count."""
    found: float | None = st.number_input(
        WORDS[name].removesuffix(", FTE"),
        min_value=0.0,
        value=None if value is None else float(value),
        step=step,
        format="%g",
        key=f"first {name}",
        placeholder=BLANK.get(name),
    )
    return found


def _months() -> list[date]:
    """Return the months from which a unit may want to plan: two years back to three ahead."""
    now = _serial(date.today())
    return [date(n // 12, n % 12 + 1, 1) for n in range(now - 24, now + 37)]


def _next_month() -> date:
    now = _serial(date.today()) + 1
    return date(now // 12, now % 12 + 1, 1)


def _serial(day: date) -> int:
    return day.year * 12 + day.month - 1


def _make(given: dict[str, Any]) -> None:
    """Make the scenario of what was given and take it into view, or say what cannot be so."""
    known = Known(
        name=given["name"].strip(),
        start=given["first_month"],
        cases={tier: given[tier] for tier in TIERS},
        officers=given["officers"],
        overdue=given["overdue"],
        share=float(Decimal(repr(given["completion"])) / 100),
        measure=given["measure"],
        posts=given["posts"],
        supervisors=given["supervisors"],
        year_ago=given["year_ago"],
        confirmed=bool(st.session_state.get("first confirmed")),
    )
    try:
        found = first(known)
    except InputError as error:
        st.session_state["first wrong"] = [
            replace(one, file="", use=None) for one in error.problems
        ]
        st.session_state[_DOUBTED] = any(one.use == RIGHT for one in error.problems)
        st.rerun()
    st.session_state[_DOUBTED] = False
    name = new_name("our-unit")
    state.upload({name: found.text}, name)
    st.session_state[_MADE] = (name, found.cautions)
    st.rerun()


def new_name(stem: str) -> str:
    """Return a name for a new scenario file that no other has."""
    taken = {*state.uploads(), *(f"{name}.toml" for name in shipped())}
    name, number = f"{stem}.toml", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.toml"
    return name


# What it came to ---------------------------------------------------------------------------


def _taken(base: Scenario, name: str, cautions: tuple[str, ...]) -> None:
    """Say what was made, what to be careful with and what to find out next."""
    with st.container(border=True, key="first made"):
        st.success(
            f"**{shown_as_is(base.settings.title)}** is now the scenario in view. *Where we are* "
            "says what happens if nothing is done.",
            icon=":material/check_circle:",
        )
        for caution in cautions:
            st.warning(shown_as_is(caution), icon=":material/warning:")
        file(name)
        st.subheader("What to find out next: these were assumed", anchor=False)
        found = _to_find_out(base.files[0].sha256, base)
        parts.table(
            found,
            "to-find-out",
            base.settings.title,
            base.name,
            words="Settings that were assumed, those that affect most posts first",
            shown=_in_words(base, found),
            columns={
                "What": st.column_config.TextColumn(width="large"),
                "Posts that depend on it": st.column_config.NumberColumn(format="%.1f"),
            },
            height=400,
        )
        st.caption("Check too how often each tier is to be visited, and the standard to be met.")


def file(name: str) -> None:
    """Offer a scenario file of this session."""
    st.download_button(
        f"Download {name}",
        state.uploads()[name].encode(),
        file_name=name,
        mime="application/toml",
        on_click="ignore",
        icon=":material/download:",
        key=f"file {name}",
    )


def _in_words(base: Scenario, found: pd.DataFrame) -> pd.DataFrame:
    """Return what to find out as people say it: each setting by its title, with its unit."""
    known = {one.name: one for one in results.levers_of(base)}

    def said(row: pd.Series, column: str) -> str:
        one = known.get(row["setting"])
        return one.words(float(row[column])) if one else f"{row[column]:g}"

    rows = [row for _, row in found.iterrows()]
    titles = [one.title if (one := known.get(row["setting"])) else row["what"] for row in rows]
    return pd.DataFrame(
        {
            "What": [f"{title[:1].upper()}{title[1:]}" for title in titles],
            "Taken": [said(row, "taken") for row in rows],
            "May be": [f"{said(row, 'low')} to {said(row, 'high')}" for row in rows],
            "Posts that depend on it": found["posts"],
        }
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _to_find_out(key: str, _base: Scenario) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "setting": one.setting,
            "what": one.meaning,
            "taken": one.value,
            "low": one.low,
            "high": one.high,
            "posts": one.posts,
        }
        for one in to_find_out(_base)
    )
