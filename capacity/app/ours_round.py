"""The month: this month's figures in, what changed, how the last forecast did, the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from capacity.app import keeping, ours_messages, parts, state
from capacity.app.ours_register import DATES
from capacity.app.parts import shown_as_is
from capacity.charts import Picture
from capacity.charts.control import control_chart
from capacity.charts.drawing import ChartAxis
from capacity.errors import CapacityError, InputError
from capacity.files.headings import MEASURES, NAMES, SHARES
from capacity.reading.scenario import Scenario
from capacity.register.count import Asked

if TYPE_CHECKING:
    from capacity.rounds.comparing import Watched
    from capacity.rounds.keeping import KeptRound, Wish
    from capacity.workspace.place import Workspace

_DONE, _WRONG = "round done", "round wrong"


@dataclass(frozen=True)
class ShownRound:
    """What a round came to, and of which scenario and version it was."""

    work: str
    number: int
    done: KeptRound


def show(base: Scenario) -> None:
    """Show the round of the scenario in view."""
    there, place = keeping.workspace(), state.kept()
    if there is None:
        st.info(f"A round needs work that is kept. {keeping.why_not()}", icon=":material/info:")
        return
    if place is None or place.role == "read":
        st.info(
            "A round is done on a scenario of your own that is kept, and that you may change: make "
            "or open one first.",
            icon=":material/info:",
        )
        return
    _form(there, base)
    if wrong := st.session_state.get(_WRONG):
        if isinstance(wrong, str):
            st.error(shown_as_is(wrong), icon=":material/error:")
        else:
            ours_messages.show("What was brought", wrong, "Correct it and bring it again.")
    found: ShownRound | None = st.session_state.get(_DONE)
    if found is not None and found.work == place.id:
        _result(base, found.done)


def _form(there: Workspace, base: Scenario) -> None:
    """Ask for this month's files."""
    from capacity.workspace import figures as kept

    place = state.kept()
    known = kept.intakes(there, keeping.hand(), place.unit)
    if known:
        last = known[-1]
        st.caption(
            f"Last taken in: {last.kind} as at {last.as_at}, import {last.number}. How your titles "
            "and values are read is remembered."
        )
    number = st.session_state.get("round number", 0)
    with st.form(f"round {number}"):
        left, right = st.columns(2, gap="medium")
        with left:
            st.file_uploader(
                "This month's figures (CSV, XLSX or ODS)",
                ["csv", "xlsx", "ods"],
                key=f"round figures {number}",
                help="Columns such as month, tier, cases, due, done, outstanding. Earlier months "
                "may be in it too: what differs is taken as a correction.",
            )
        with right:
            st.file_uploader(
                "The register (CSV, XLSX or ODS)",
                ["csv", "xlsx", "ods"],
                key=f"round register {number}",
                help="Counted, and not kept.",
            )
            near, far = st.columns(2)
            near.date_input(
                "The day it stands at",
                date.today().replace(day=1) - timedelta(days=1),
                key="round as at",
                format="DD/MM/YYYY",
            )
            far.selectbox(
                "How dates are written",
                list(DATES),
                format_func=DATES.__getitem__,
                key="round dates",
            )
        with st.expander("Columns with other titles, and what values mean"):
            first, second = st.columns(2)
            columns = first.data_editor(
                pd.DataFrame({"what": ["month", *NAMES, *MEASURES], "title": ""}),
                hide_index=True,
                disabled=["what"],
                column_config={"what": "Column", "title": "Title in your figures"},
                key=f"round columns {number}",
                height=240,
                alt="Which column of the figures is what",
            )
            values = second.data_editor(
                pd.DataFrame({"typed": pd.Series(dtype=str), "means": pd.Series(dtype=str)}),
                num_rows="dynamic",
                hide_index=True,
                column_config={"typed": "In your figures", "means": "Means, such as very_high"},
                key=f"round values {number}",
                height=240,
                alt="What values of the figures mean",
            )
        if st.form_submit_button("Do the round", type="primary", icon=":material/event_repeat:"):
            said = _pairs(columns, "what", "title"), _pairs(values, "typed", "means")
            _do(there, base, _wish(number, *said))


def _pairs(table: pd.DataFrame, left: str, right: str) -> dict[str, str]:
    pairs = zip(table[left].fillna(""), table[right].fillna(""), strict=True)
    return {str(a).strip(): str(b).strip() for a, b in pairs if str(a).strip() and str(b).strip()}


def _wish(number: int, columns: dict[str, str], values: dict[str, str]) -> Wish:
    """Return what was brought."""
    from capacity.rounds.keeping import Brought, Wish

    def brought(kind: str) -> Any:
        file = st.session_state.get(f"round {kind} {number}")
        return None if file is None else Brought(file.name, file.getvalue())

    register = brought("register")
    asked = None
    if register is not None:
        asked = Asked(as_at=st.session_state["round as at"], dates=st.session_state["round dates"])
    return Wish(
        figures=brought("figures"), columns=columns, values=values, register=register, asked=asked
    )


def _do(there: Workspace, base: Scenario, wish: Wish) -> None:
    """Do the round: kept as a whole, or not at all."""
    from capacity.rounds import keeping as rounds

    place = state.kept()
    st.session_state[_WRONG] = None
    try:
        with st.spinner("Comparing, fitting and forecasting …", show_time=True):
            done = rounds.round_in(there, keeping.hand(), place.id, wish)
    except InputError as error:
        st.session_state[_WRONG] = error.problems
        st.rerun()
    except CapacityError as error:
        st.session_state[_WRONG] = str(error)
        st.rerun()
    keeping.take(done.opened)
    st.session_state[_DONE] = ShownRound(place.id, done.opened.version.number, done)
    st.session_state["round number"] = st.session_state.get("round number", 0) + 1
    st.rerun()


# What it came to ---------------------------------------------------------------------------


def _result(base: Scenario, done: KeptRound) -> None:
    """Show what a round found."""
    from capacity.rounds import words
    from capacity.wording import month

    found = done.found
    with st.container(border=True, key="answer"):
        st.markdown(shown_as_is(words.headline(found)))
        st.caption(
            f"The scenario in view now starts after {month(found.month)}, with current posts "
            "working as they did. " + shown_as_is(words.next_in_words(found))
        )
    alerts = words.alerts(found)
    st.subheader("To look at", anchor=False)
    for line in alerts or ("Nothing stands out this month.",):
        st.markdown(f"- {shown_as_is(line)}")
    st.subheader("What changed since last month", anchor=False)
    rows = pd.DataFrame(
        words.in_rows(found), columns=["What", "Last month", month(found.month), "Forecast"]
    )
    frames = words.tables(found)
    parts.table(
        frames["changes"],
        "changes",
        found.month,
        base.name,
        words="This month beside the last and the range forecast",
        shown=rows,
        height=600,
    )
    st.subheader("Control charts", anchor=False)
    st.caption(
        "Between the dashed limits months vary by chance. A filled point in another colour is a "
        "signal: outside them, seven in a row on one side of the mean, or seven in a row rising or "
        "falling."
    )
    for number, one in enumerate(found.watched):
        parts.picture(_picture(one, found.scenario, number), found.month, base.name)
    for name, told in (("against", "The last forecast against what happened"),
                       ("assumptions", "Settings fitted to what is known"),
                       ("forecast", "The next forecast, month by month")):  # fmt: skip
        if not frames[name].empty:
            st.subheader(told, anchor=False)
            parts.table(frames[name], name, found.month, base.name, words=told, height=300)
    for line in (*words.remarks(found), *done.notes):
        st.caption(shown_as_is(line))


def _picture(one: Watched, scenario: Scenario, number: int) -> Picture:
    """Return the control chart of a series with what it says."""
    from capacity.rounds import words

    measure, chart = one.series[3], one.chart
    share = measure in SHARES
    what = words.series_in_words(one.series, scenario)
    axis = ChartAxis("value", f"{what[:1].upper()}{what[1:]}", ".0%" if share else ",.0f")
    made = control_chart(
        chart.months,
        chart.values,
        (chart.mean, chart.low, chart.high),
        [signal.month for signal in chart.signals],
        axis,
    )
    table = pd.DataFrame({"month": chart.months, "value": chart.values})
    table = table.assign(mean=chart.mean, low=chart.low, high=chart.high)
    return Picture(f"control-{number}", words.watched_in_words(one, scenario), made, table)
