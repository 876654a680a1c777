"""The diary on a phone: start and stop an activity, and nothing about whom, by whom or where.

What is under way is in the address and nowhere else, so that a phone that sleeps, or a server that
is restarted, loses nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from capacity.app import keeping, results, state
from capacity.app.parts import shown_as_is
from capacity.diary.hours import names_of
from capacity.errors import CapacityError
from capacity.files.timings import MOST_ATTEMPTS, MOST_MINUTES, Timing
from capacity.wording import counted

if TYPE_CHECKING:
    from capacity.app.keeping import KeptAt
    from capacity.workspace.place import Workspace

ACTIVITY, SINCE, UNTIL = "activity", "since", "until"
"""Names in the address: what is timed, and the seconds at which it began and ended."""

PATH = "diary"
"""The address of the page."""

OTHER = "Other work"
LONGEST = 60
"""Letters of the name of other work."""

_LAST, _SAID = "timing kept", "timing said"


def show() -> None:
    """Show the page."""
    keeping.begin()
    there, place = keeping.workspace(), state.kept()
    if there is None or place is None:
        st.header("Diary", anchor=False)
        st.info(
            "Open the link to this page that your planner sent you, or a scenario of your own "
            f"first. {keeping.why_not()}",
            icon=":material/info:",
        )
        return
    st.header("Time an activity", anchor=False)
    if place.role == "read":
        st.info("You can see this unit's work but not add to its diary.", icon=":material/info:")
        return
    under_way = _under_way()
    _write(place, under_way)
    if said := st.session_state.pop(_SAID, ""):
        st.success(shown_as_is(said), icon=":material/check_circle:")
    if under_way is None:
        _start(place)
    elif under_way[2] is None:
        _running(place, under_way)
    else:
        _stopped(there, place, under_way)
    _kept(there, place)


Run = tuple[str, int, int | None]
"""What is timed: the activity, and the seconds at which it began and, once stopped, ended."""


def _under_way() -> Run | None:
    """Return what is being timed, as the address says."""
    said = {name: st.query_params.get(name, "") for name in (ACTIVITY, SINCE, UNTIL)}
    if not said[ACTIVITY] or not said[SINCE].isdecimal():
        return None
    now, since = int(time.time()), int(said[SINCE][:12])
    if not 0 <= now - since <= MOST_MINUTES * 60:
        return None
    until = int(said[UNTIL][:12]) if said[UNTIL].isdecimal() else None
    until = None if until is None else min(max(since, until), now)
    return " ".join(said[ACTIVITY].split())[:LONGEST], since, until


def _write(place: KeptAt, under_way: Run | None) -> None:
    """Put where the diary is kept, and what is under way, into the address."""
    wanted = {state.WORK: [place.id]}
    if under_way is not None:
        activity, since, until = under_way
        wanted |= {ACTIVITY: [activity], SINCE: [str(since)]}
        wanted |= {} if until is None else {UNTIL: [str(until)]}
    if state.asked_for() != wanted:
        st.query_params.from_dict(wanted)


def _go(place: KeptAt, under_way: Run | None) -> None:
    _write(place, under_way)
    st.rerun()


def _start(place: KeptAt) -> None:
    """Ask what is to be timed."""
    base = results.base(place.content.chosen, place.content.files)
    names = [*names_of(base), OTHER]
    chosen = st.selectbox("Activity", names, key="timed activity")
    if chosen == OTHER:
        typed = st.text_input("What kind of work, no names", max_chars=LONGEST, key="timed other")
        chosen = " ".join(typed.split())
    now = int(time.time())
    if st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch"):
        if chosen:
            _go(place, (chosen, now, None))
        st.error("Say what kind of work it is.", icon=":material/error:")
    if st.button("I know the minutes already", width="stretch") and chosen:
        _go(place, (chosen, now, now))


def _running(place: KeptAt, under_way: Run) -> None:
    """Show how long it has run, and stop it."""
    activity, since, _ = under_way
    st.subheader(shown_as_is(activity), anchor=False)
    _clock(since)
    if st.button("Stop", type="primary", icon=":material/stop:", width="stretch"):
        _go(place, (activity, since, int(time.time())))
    if st.button("Discard", icon=":material/close:", width="stretch"):
        _go(place, None)


@st.fragment(run_every=20)
def _clock(since: int) -> None:
    """Say how long it has run."""
    st.metric("Running for", counted(_minutes(since, int(time.time())), "minute"))
    st.caption("You may lock the phone: the time runs on. Stop when the activity itself ends.")


def _minutes(since: int, until: int) -> int:
    return round((until - since) / 60)


def _stopped(there: Workspace, place: KeptAt, under_way: Run) -> None:
    """Ask for what the clock does not know, and keep it."""
    activity, since, until = under_way
    assert until is not None
    st.subheader(shown_as_is(activity), anchor=False)
    with st.form("timing"):
        minutes = st.number_input(
            "Minutes, without travel",
            0,
            int(MOST_MINUTES),
            _minutes(since, until),
            help="Of the lead officer, recording included.",
        )
        travel = st.number_input("Minutes of travel, of all attempts", 0, int(MOST_MINUTES), 0)
        attempts = st.number_input(
            "Attempts", 1, MOST_ATTEMPTS, 1, help="2: nobody was met at the first, and then done."
        )
        if st.form_submit_button(
            "Keep", type="primary", icon=":material/check:", width="stretch"
        ) and _keep(there, place, Timing(activity, minutes, travel, attempts)):
            _go(place, None)
    if st.button("Discard", icon=":material/close:", width="stretch"):
        _go(place, None)


def _keep(there: Workspace, place: KeptAt, timing: Timing) -> bool:
    """Keep a timing; whether it was."""
    from capacity.workspace import timings

    if not timing.minutes:
        st.error("Say how many minutes it took.", icon=":material/error:")
        return False
    try:
        made = timings.keep_timing(there, keeping.hand(), place.unit, timing)
    except CapacityError as error:
        st.error(shown_as_is(str(error)), icon=":material/error:")
        return False
    st.session_state[_LAST] = made
    st.session_state[_SAID] = f"Kept: {timing.activity}, {counted(int(timing.minutes), 'minute')}."
    return True


def _kept(there: Workspace, place: KeptAt) -> None:
    """Say how many timings the unit has, and take the last one back."""
    from capacity.workspace import timings

    last = st.session_state.get(_LAST)
    if last and st.button("Undo the last one", icon=":material/undo:", type="tertiary"):
        timings.take_back(there, keeping.hand(), place.unit, [last])
        st.session_state[_LAST] = None
        st.session_state[_SAID] = "The last timing was deleted."
        st.rerun()
    found = Counter(one.activity for one in timings.timings_of(there, keeping.hand(), place.unit))
    many = "; ".join(f"{shown_as_is(name)} {n}" for name, n in sorted(found.items()))
    st.caption(
        f"{shown_as_is(place.unit_name)}. " + (f"Timings so far: {many}." if many else "")
        + " Only the activity, its minutes, travel, attempts and the month are kept: not who, "
        "whom, where or on which day."
    )  # fmt: skip
