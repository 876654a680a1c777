"""Quick corrections: cases by tier and people by grade, typed over in a table."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from capacity.app import parts, results, state
from capacity.errors import Problem, ScenarioError
from capacity.reading.levers import Lever, plain
from capacity.reading.scenario import Scenario

Cell = tuple[int, str]
"""A row and a column of a table."""

Values = Mapping[Cell, Any]
"""What stands in the cells that can be changed."""


def show(base: Scenario) -> None:
    """Show the tables; what is typed becomes a change like any other."""
    st.write(
        "Type over a figure and press *Apply*: it becomes a change of the what-if, listed "
        "under *What is changed*, each undone with one click."
    )
    known = {one.name: one for one in results.levers_of(base)}
    cases, people = (
        {cell: name for cell, name in names.items() if name in known}
        for names in (case_names(base), people_names(base))
    )
    shown_cases = _table(base, known, cases, _case_rows(base))
    shown_people = _table(base, known, people, _people_rows(base))
    state_of = hashlib.sha256(
        (shown_cases.to_json() + shown_people.to_json() + base.files[0].sha256).encode()
    ).hexdigest()[:12]
    with st.form("corrections", border=False):
        st.subheader("Cases by tier", anchor=False)
        typed_cases = _editor(
            shown_cases, f"cases {state_of}", {"cases": "Cases"}, "Cases by cohort and tier"
        )
        st.subheader("People by grade", anchor=False)
        typed_people = _editor(
            shown_people,
            f"people {state_of}",
            {"posts": "Posts", "in_post": "In post (FTE)"},
            "Posts and people in post by team and grade",
        )
        if not st.form_submit_button("Apply", type="primary", icon=":material/check:"):
            return
    wanted: dict[str, Any] = {}
    wrong: list[Problem] = []
    for names, before, after in (
        (cases, shown_cases, typed_cases),
        (people, shown_people, typed_people),
    ):
        changed, told = corrections(known, names, _cells(names, before), _cells(names, after))
        wanted |= changed
        wrong += told
    if wrong:
        parts.problems(wrong)
    elif not wanted:
        st.info("Nothing was typed over.", icon=":material/info:")
    else:
        _apply(base, known, wanted)


def _editor(table: pd.DataFrame, key: str, numbers: Mapping[str, str], words: str) -> pd.DataFrame:
    """Show a table in which the columns of numbers can be typed over."""
    text = st.column_config.TextColumn
    columns: dict[str, Any] = {
        name: text(name.capitalize()) for name in table.columns if name not in numbers
    }
    for name, label in numbers.items():
        columns[name] = st.column_config.NumberColumn(label, width="small")
    return st.data_editor(
        table,
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=[name for name in table.columns if name not in numbers],
        column_config=columns,
        width="stretch",
        height=38 + 35 * max(1, len(table)),
        alt=words,
    )


# What stands where -------------------------------------------------------------------------


def case_names(base: Scenario) -> dict[Cell, str]:
    """Return the setting of every cell of cases."""
    every = [
        f"cohorts.{cohort}.tiers.{tier}.cases"
        for cohort, one in base.settings.cohorts.items()
        for tier in one.tiers
    ]
    return {(row, "cases"): name for row, name in enumerate(every)}


def people_names(base: Scenario) -> dict[Cell, str]:
    """Return the setting of every cell of posts and of people in post."""
    every = [
        f"teams.{team}.grades.{grade}"
        for team, one in base.settings.teams.items()
        for grade in one.grades
    ]
    return {
        (row, column): f"{name}.{column}"
        for row, name in enumerate(every)
        for column in ("posts", "in_post")
    }


def _case_rows(base: Scenario) -> list[dict[str, str]]:
    return [
        {"cohort": one.label or cohort, "tier": tier.label or name}
        for cohort, one in base.settings.cohorts.items()
        for name, tier in one.tiers.items()
    ]


def _people_rows(base: Scenario) -> list[dict[str, str]]:
    return [
        {"team": one.label or team, "grade": grade.label or name}
        for team, one in base.settings.teams.items()
        for name, grade in one.grades.items()
    ]


def _table(
    base: Scenario,
    known: Mapping[str, Lever],
    names: Mapping[Cell, str],
    rows: Sequence[Mapping[str, str]],
) -> pd.DataFrame:
    """Return a table of what holds now, changes of the what-if included."""
    table = pd.DataFrame(rows)
    for column in dict.fromkeys(column for _, column in names):
        every = [names.get((row, column)) for row in range(len(rows))]
        values = [None if name is None else _now(known[name]) for name in every]
        table[column] = pd.Series(values, dtype=float)
    return table


def _now(one: Lever) -> float | None:
    value = state.what_if().values.get(one.name, one.today)
    value = value.get("value") if isinstance(value, dict) else value
    return float(value) if isinstance(value, int | float) else None


def _cells(names: Mapping[Cell, str], table: pd.DataFrame) -> dict[Cell, Any]:
    return {cell: table[cell[1]].tolist()[cell[0]] for cell in names}


# What was typed ----------------------------------------------------------------------------


def corrections(
    known: Mapping[str, Lever], names: Mapping[Cell, str], before: Values, after: Values
) -> tuple[dict[str, Any], list[Problem]]:
    """Return what was typed over by setting, as it would be typed in a file, and what cannot be."""
    found: dict[str, Any] = {}
    problems = []
    for cell, name in names.items():
        old, new = _given(before[cell]), _given(after[cell])
        if new == old:
            continue
        one = known[name]
        if new is None:
            if one.unset == "none":
                problems.append(Problem("", None, one.title, "must be given"))
            else:
                found[name] = None
            continue
        if not math.isfinite(new) or not one.limits.holds(new):
            must = f"must be {one.range_words}" if math.isfinite(new) else "must be a number"
            problems.append(Problem("", None, one.title, must, plain(new)))
            continue
        found[name] = one.typed(new)
    return found, problems


def _given(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _apply(base: Scenario, known: Mapping[str, Lever], wanted: Mapping[str, Any]) -> None:
    """Apply all that was typed, or say why it does not fit together and apply nothing."""
    now = state.what_if()
    values = {name: value for name, value in now.values.items() if name not in wanted}
    moved = {name: v for name, v in wanted.items() if v != known[name].today}
    try:
        replace(now, values={**values, **moved}).applied_to(base)
    except ScenarioError as error:
        parts.problems(error.problems)
        return
    for name, value in wanted.items():
        state.change(name, value, known[name].today)
    st.rerun()
