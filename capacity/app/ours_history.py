"""History: what happened, and what is to be asked of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from capacity import stages
from capacity.app import keeping, ours_fit, ours_messages, parts, results, state
from capacity.app.ours_start import new_name
from capacity.app.parts import shown_as_is
from capacity.app.working import worked_out
from capacity.errors import InputError, ScenarioError, TableError
from capacity.files.monthly import (
    WANTED,
    History,
    history_of,
    read_history,
    shipped_text,
    text_kept,
)
from capacity.files.table_files import table_of
from capacity.history.backtest import HORIZON, LEAST_MONTHS, backtest
from capacity.history.fit import HELD_OUT, Calibration, asked, calibrate
from capacity.history.fit import suggested as usual_fit
from capacity.history.proofs import SYNTHETIC, SYNTHETIC_FIT, synthetic_scenario
from capacity.reading.levers import Lever
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import literal
from capacity.results.fits import setting_of, span, values_of
from capacity.wording import counted

EVERY = 6
"""Months between the starts of a backtest, to begin with."""

MOST = 6
"""Settings fitted at once; more cannot be distinguished by any history."""

_HISTORY, _WRONG, _ASKED, _TAKEN = "history", "history wrong", "history asked", "history taken"
_TEXT, _NAMED = "history text", "history named"


def keep(history: History, text: str) -> None:
    """Keep a history in this session; it holds totals by month and tier, nobody's record.

    Args:
        history: the figures.
        text: the same as a CSV file.
    """
    st.session_state[_HISTORY], st.session_state[_TEXT] = history, text
    st.session_state[_ASKED] = None


def show(base: Scenario) -> None:
    """Show the history, the fit of the scenario to it, and how it would have forecast."""
    _bring()
    history: History | None = st.session_state.get(_HISTORY)
    if wrong := st.session_state.get(_WRONG):
        name, problems = wrong
        ours_messages.show(name, problems, "Correct it and upload it again.")
    if history is None:
        return
    try:
        scenario = state.what_if().applied_to(base)
    except ScenarioError:
        st.info("Correct your changes first, under *What is changed*.", icon=":material/info:")
        return
    _about(history)
    _offer(base)
    wanted = _ask(base, scenario, history)
    if wanted is None:
        if st.session_state.get(_TAKEN) == _key(base, history):
            st.success(
                "The fitted values are changes of the what-if now, listed under *What is changed*; "
                "*Report* has them as a scenario file.",
                icon=":material/check_circle:",
            )
        return
    kind, names, hold_out, every = wanted
    key = _key(base, history, *wanted)
    try:
        if kind == "fit":
            fit = worked_out(
                "Fitting to the history …", key, calibrate, scenario, history, names, hold_out
            )
            if fit is not None:
                ours_fit.show(base, fit, lambda: _take(base, history, fit))
        else:
            tested = worked_out(
                "Forecasting the past …",
                key,
                backtest,
                scenario,
                history,
                names,
                HORIZON,
                LEAST_MONTHS,
                every,
            )
            if tested is not None:
                ours_fit.tested(base, tested)
    except TableError as error:
        ours_messages.show(history.name, error.problems, "It does not go with this scenario.")
    except InputError as error:
        parts.problems(error.problems)


def _key(base: Scenario, history: History, *asked_: object) -> str:
    """Return a hash of everything that decides a fit."""
    said = repr((results.key_of(base, state.what_if()), history.name, history.sha256, asked_))
    return hashlib.sha256(said.encode()).hexdigest()


# The history itself ------------------------------------------------------------------------


def _bring() -> None:
    """Ask for a history, or offer the one that comes with the program."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        number = st.session_state.get("history number", 0)
        st.text_input(
            "Sheet to read",
            key="history sheet",
            placeholder="only where several sheets have figures",
        )
        st.file_uploader(
            "Monthly figures (CSV, XLSX or ODS)",
            ["csv", "xlsx", "ods"],
            key=f"history file {number}",
            on_change=_read,
            args=(f"history file {number}",),
            help="Columns: month, cohort, duty, tier, and any of cases, entrants (new cases), "
            "exits (leavers), newly_due, due, done, outstanding (overdue), completion, in_date, "
            "on_time. Any of them, with any gaps.",
        )
    with right:
        st.caption("None at hand? Look at a unit that does not exist, whose true values are known.")
        st.button(
            "Take the example",
            key="history example",
            on_click=_example,
            icon=":material/science:",
            help="Takes the example's scenario into view, and its history.",
        )


def _read(key: str) -> None:
    """Read an uploaded history; keep it, or what is wrong with it."""
    brought = st.session_state[key]
    if brought is None:
        return
    st.session_state[_WRONG] = st.session_state[_NAMED] = None
    try:
        sheet = str(st.session_state.get("history sheet") or "").strip() or None
        table = table_of(brought.name, brought.getvalue(), WANTED, sheet)
        found = history_of(table)
        keep(found, text_kept(table, brought.getvalue(), found))
    except InputError as error:
        st.session_state[_HISTORY] = None
        st.session_state[_WRONG] = (brought.name, error.problems)
    st.session_state["history number"] = st.session_state.get("history number", 0) + 1


def _example() -> None:
    """Take the made-up unit into view, with its history."""
    scenario = read(synthetic_scenario())
    name = "synthetic-scenario.toml"
    state.upload({name: scenario.files[0].text}, name)
    st.session_state[_WRONG] = None
    keep(read_history(SYNTHETIC), shipped_text(SYNTHETIC))


def _about(history: History) -> None:
    """Say what a history holds."""
    months = history.months
    series = dict.fromkeys(one.series for one in history.figures)
    measures = dict.fromkeys(one.measure.replace("_", " ") for one in history.figures)
    st.markdown(
        f"**{shown_as_is(history.name)}**: {counted(len(months), 'month')}, {span(months)}; "
        f"{counted(len(series), 'series')} of {', '.join(measures)}."
    )
    if history.notes:
        st.caption(shown_as_is(" ".join(history.notes)))


def _offer(base: Scenario) -> None:
    """Offer to plan from the last month of the figures, or say that the scenario does."""
    if base.past is not None:
        st.info(
            "This scenario is planned from the last month of its own history, and simulations "
            "that do not agree with it count for less.",
            icon=":material/history:",
        )
        return
    left, right = st.columns([1, 2], vertical_alignment="center")
    left.button(
        "Plan from these figures",
        key="plan from history",
        on_click=_name_in,
        args=(base,),
        icon=":material/history:",
        width="stretch",
    )
    right.caption(
        "The scenario in view with these figures as its history: planned from the month after the "
        "last one, with simulations that agree with what happened."
    )
    if wrong := st.session_state.get(_NAMED):
        parts.problems(wrong)


def _name_in(base: Scenario) -> None:
    """Take into view the scenario that names the history, or keep what is wrong with it."""
    stem = base.name.removesuffix(".toml")
    name = new_name(f"{stem}-from-history")
    figures = f"{name.removesuffix('.toml')}.csv"
    title = f"{base.settings.title}, from its history"
    text = (
        f"extends = {literal(base.files[0].name.rpartition('/')[2])}\n"
        f"title = {literal(title)}\nhistory = {literal(figures)}\n"
    )
    texts = {name: text, figures: str(st.session_state[_TEXT])}
    st.session_state[_NAMED] = None
    try:
        found = read(name, files={**state.uploads(), **texts})
        stages.run(found, fixed=True)
    except InputError as error:
        st.session_state[_NAMED] = error.problems
        return
    keeping.stay_in_unit()
    what_if = state.what_if()
    state.upload(texts, name)
    state.apply(what_if.values, what_if.added, back=False)


# What is asked -----------------------------------------------------------------------------


def _ask(base: Scenario, scenario: Scenario, history: History) -> tuple[Any, ...] | None:
    """Let a person choose what to fit, and return what was asked last for this history."""
    can = {one.name: one for one in fittable(results.levers_of(base))}
    key = f"fit {base.name} {history.name}"
    with st.form("fit"):
        names = st.multiselect(
            "Settings to fit",
            list(can),
            default=[name for name in suggested(scenario, history) if name in can],
            format_func=lambda name: can[name].title,
            max_selections=MOST,
            key=key,
            help="Those that were not measured. Two with the same effect on the figures cannot be "
            "distinguished; the calibration says so.",
        )
        left, right = st.columns(2, vertical_alignment="bottom")
        months = len(history.months)
        hold_out = left.number_input(
            "Last months not fitted, to test the fit on",
            0,
            max(0, months - 1),
            HELD_OUT if months >= 3 * HELD_OUT else 0,
            key=f"hold out {history.name}",
        )
        every = right.number_input(
            "For the test on the past: a forecast from each so many months",
            1,
            60,
            EVERY,
            key="backtest every",
        )
        with st.expander("Between which values to look"):
            ranges = _ranges(scenario, can, names)
        left, right = st.columns([1, 2])
        fit = left.form_submit_button(
            "Fit", type="primary", icon=":material/target:", width="stretch"
        )
        test = right.form_submit_button("Test it on the past", icon=":material/history:")
    if fit or test:
        if not names:
            st.error("Choose a setting to fit.", icon=":material/error:")
            st.session_state[_ASKED] = None
            return None
        given = [f"{name}={ranges[name]}" if ranges.get(name) else name for name in names]
        kind = "fit" if fit else "test"
        wanted = (kind, tuple(given), int(hold_out), int(every))
        st.session_state[_ASKED] = (_key(base, history), wanted)
    of, found = st.session_state.get(_ASKED) or (None, None)
    return found if of == _key(base, history) else None  # nothing of what was in view before


def _ranges(scenario: Scenario, can: Mapping[str, Lever], names: list[str]) -> dict[str, str]:
    """Ask between which values settings are looked for; where nothing is given, as usual."""
    st.caption(
        "Empty: the range that the scenario gives, else from 0 to four times the value. As typed "
        "in a file: shares as fractions."
    )
    table = pd.DataFrame(
        {
            "setting": [can[name].title for name in names],
            "usual": [_usual(scenario, name) for name in names],
            "low": pd.Series([None] * len(names), dtype=float),
            "high": pd.Series([None] * len(names), dtype=float),
        }
    )
    typed = st.data_editor(
        table,
        hide_index=True,
        disabled=["setting", "usual"],
        column_config={
            "setting": "Setting",
            "usual": "Usually",
            "low": st.column_config.NumberColumn("From", format="%.10g"),
            "high": st.column_config.NumberColumn("To", format="%.10g"),
        },
        key=f"ranges {hashlib.sha256(repr(names).encode()).hexdigest()[:8]}",
        alt="Between which values each setting is looked for",
    )
    found = {}
    rows = zip(names, typed["low"].tolist(), typed["high"].tolist(), strict=True)
    for name, low, high in rows:
        if not pd.isna(low) or not pd.isna(high):
            ends = ["" if pd.isna(one) else repr(float(one)) for one in (low, high)]
            found[name] = ":".join(ends)
    return found


def _usual(scenario: Scenario, name: str) -> str:
    try:
        _, within = asked(scenario, name)
    except InputError:
        return "give both ends"
    return f"{setting_of(within.low)} to {setting_of(within.high)}"


def fittable(levers: tuple[Lever, ...]) -> Iterator[Lever]:
    """Yield the settings that a fit may look for: numbers of any value that a projection feels."""
    for one in levers:
        often = {"per_year", "every_months"} & set(one.name.split("."))
        felt = one.group not in ("Standards", "Money") and one.today is not None
        if one.kind == "number" and felt and not often and not one.limits.whole:
            yield one


def suggested(scenario: Scenario, history: History) -> list[str]:
    """Return what is offered to be fitted first: for the example, what it is an example of."""
    if history.name.removesuffix(".csv") == SYNTHETIC:
        return list(SYNTHETIC_FIT)
    return usual_fit(scenario, history)


def _take(base: Scenario, history: History, found: Calibration) -> None:
    """Take the fitted values as changes of what is in view."""
    for name, value in values_of(found).items():
        state.change(name, value, None)
    st.session_state[_TAKEN] = _key(base, history)
