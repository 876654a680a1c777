"""A register: counted for the scenario in view, and forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from capacity.app import keeping, results, state
from capacity.app.ours_brought import Outcome, bring, brought, leaves_changes, outcome, take
from capacity.app.ours_start import new_name
from capacity.app.toml_text import WhatIf
from capacity.app.working import worked_out
from capacity.files.figures import DateForm
from capacity.reading.scenario import Scenario, read
from capacity.register.count import OFFICES, ROLES, Asked
from capacity.register.words import Opening, opening

DATES: Mapping[DateForm | None, str] = {
    None: "as found",
    "uk": "31/12/2024",
    "iso": "2024-12-31",
}
"""Forms of dates and how they are shown."""


def show(base: Scenario) -> None:
    """Show how a register is brought: counted for the scenario in view, and forgotten."""
    with st.container(border=True):
        with st.form("register", border=False):
            _form(base)
        leaves_changes()
    given, asked = brought("register"), st.session_state.get("register asked")
    if given is not None and asked is not None:
        take("register", given.name, lambda: _counted(base, given, asked))
    outcome("register", "The file was not kept. Correct it and upload it again.")


def _form(base: Scenario) -> None:
    """Ask for the register and how it is to be read."""
    st.write(
        "Columns: tier, the date of the last visit or of the next one due, last assessment; if "
        "you like an office, an officer's code, and whether a court order is in force. A file "
        "with names, dates of birth, addresses or numbers of people is refused as a whole."
    )
    bring(
        "register",
        f"Register (CSV, XLSX or ODS), for {base.settings.title}",
        ["csv", "xlsx", "ods"],
    )
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    as_at = left.date_input(
        "The day it stands at",
        date.today().replace(day=1) - timedelta(days=1),
        key="register as at",
        format="DD/MM/YYYY",
        min_value=date(1990, 1, 1),
        max_value=date(2100, 1, 1),
    )
    below = middle.number_input(
        "Counts below this become ranges",
        0,
        1000,
        0,
        key="register below",
        help="5 before a scenario made so is shared: no count below 5 is shown or written.",
    )
    dates = right.selectbox(
        "How dates are written", list(DATES), format_func=DATES.__getitem__, key="register dates"
    )
    cohorts = base.settings.cohorts
    cohort = None
    if len(cohorts) > 1:
        cohort = st.selectbox(
            "Whose register it is, where no column says so",
            list(cohorts),
            format_func=lambda name: cohorts[name].label or name,
            key="register cohort",
        )
    with st.expander("Columns with other titles, and offices"):
        left, right = st.columns(2)
        titles = left.data_editor(
            pd.DataFrame({"what": _roles(base), "title": ""}),
            hide_index=True,
            disabled=["what"],
            column_config={"what": "What", "title": "Title in your file"},
            key="register titles",
            height=240,
            alt="Which column of the register is what",
        )
        offices = right.data_editor(
            pd.DataFrame({"office": pd.Series(dtype=str), "cohort": pd.Series(dtype=str)}),
            num_rows="dynamic",
            hide_index=True,
            column_config={
                "office": st.column_config.TextColumn("Office"),
                "cohort": st.column_config.SelectboxColumn("Cohort", options=list(cohorts)),
            },
            key="register offices",
            height=240,
            alt="Which office's cases are of which cohort",
        )
    with st.expander("Another sheet, some rows only, people in post"):
        left, middle, right = st.columns(3)
        sheet = left.text_input("Sheet, where the file has several", key="register sheet")
        only = middle.data_editor(
            pd.DataFrame({"title": pd.Series(dtype=str), "value": pd.Series(dtype=str)}),
            num_rows="dynamic",
            hide_index=True,
            column_config={"title": "Count only rows where", "value": "is"},
            key="register only",
            alt="Which rows of the register are counted",
        )
        grades = [
            f"{team}.{grade}" for team, one in base.settings.teams.items() for grade in one.grades
        ]
        people = right.data_editor(
            pd.DataFrame({"grade": grades, "fte": pd.Series([None] * len(grades), dtype=float)}),
            hide_index=True,
            disabled=["grade"],
            column_config={
                "grade": "Team and grade",
                "fte": st.column_config.NumberColumn(
                    "In post, FTE", min_value=0.0, help="Blank: as projected for that day."
                ),
            },
            key="register people",
            alt="People in post on the day of the register",
        )
    if st.form_submit_button("Count it", type="primary", icon=":material/calculate:"):
        st.session_state["register outcome"] = None
        st.session_state["register asked"] = Asked(
            as_at=as_at,
            cohort=cohort,
            columns=_pairs(titles, "what", "title"),
            offices=_pairs(offices, "office", "cohort"),
            dates=dates,
            suppress_below=int(below),
            sheet=sheet.strip() or None,
            only=_several(only),
            in_post={
                grade: float(fte)
                for grade, fte in zip(grades, people["fte"].tolist(), strict=True)
                if pd.notna(fte)
            },
        )
        if brought("register") is None:
            st.error("Choose the file of the register first.", icon=":material/error:")
            st.session_state["register asked"] = None


def _roles(base: Scenario) -> list[str]:
    duties = dict.fromkeys(duty for one in base.settings.cohorts.values() for duty in one.duties)
    return [*ROLES, *(f"{duty}.{kind}" for duty in duties for kind in ("last", "due"))]


def _pairs(table: pd.DataFrame, left: str, right: str) -> dict[str, str]:
    """Return the rows of a small table in which both cells are filled."""
    pairs = zip(table[left].fillna(""), table[right].fillna(""), strict=True)
    return {str(a).strip(): str(b).strip() for a, b in pairs if str(a).strip() and str(b).strip()}


def _several(table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the values of each column that are counted."""
    found: dict[str, tuple[str, ...]] = {}
    for title, value in zip(table["title"].fillna(""), table["value"].fillna(""), strict=True):
        if str(title).strip() and str(value).strip():
            found[str(title).strip()] = (*found.get(str(title).strip(), ()), str(value).strip())
    return found


def _counted(base: Scenario, given: Any, asked: Asked) -> Outcome | None:
    """Count a register and take its counts into view; None while stopped."""
    content = given.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    key = hashlib.sha256(f"{digest} {asked} {results.key_of(base, WhatIf())}".encode()).hexdigest()
    found: Opening | None = worked_out(
        "Counting the register …", key, opening, given.name, content, base, asked
    )
    if found is None:
        return None
    name = new_name(f"{base.name}-{asked.close:%Y-%m-%d}")
    read(name, files={**state.uploads(), name: found.text})
    keeping.stay_in_unit()
    state.upload({name: found.text}, name)
    table = pd.DataFrame(list(found.rows), columns=list(found.headings))
    filled = [title for title in table.columns if (table[title] != "").any()]
    offices = pd.DataFrame(list(found.offices), columns=list(OFFICES)) if found.offices else None
    return Outcome(given.name, name, (found.headline, *found.notes), table[filled], offices)
