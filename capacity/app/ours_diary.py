"""The diary for its planner: the link for officers, a file, hours per task, into the scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from capacity.app import keeping, ours_messages, outlooks, parts, results, state, timing, working
from capacity.app.parts import shown_as_is
from capacity.app.toml_text import WhatIf
from capacity.diary import hours
from capacity.errors import CapacityError, InputError
from capacity.files import timings as timings_file
from capacity.files.table_files import table_of
from capacity.reading.assumptions import register
from capacity.reading.scenario import Scenario
from capacity.wording import counted

if TYPE_CHECKING:
    from capacity.app.keeping import KeptAt
    from capacity.diary.hours import TimedTask
    from capacity.workspace.place import Workspace

_WRONG, _SAID, _NUMBER = "diary wrong", "diary said", "diary number"

NONE = "Nothing in the scenario"


def show(base: Scenario) -> None:
    """Show the diary of the unit of the scenario in view."""
    found = keeping.own_place(
        "A diary needs work that is kept.",
        "A diary belongs to a unit of your own: make or open a scenario that you may change first.",
    )
    if found is None:
        return
    there, place = found
    _outcome()
    _ways_in(there, place)
    _found(there, place, base)


def _outcome() -> None:
    if said := st.session_state.pop(_SAID, ""):
        st.success(shown_as_is(said), icon=":material/check_circle:")
    if wrong := st.session_state.pop(_WRONG, None):
        if isinstance(wrong, str):
            st.error(shown_as_is(wrong), icon=":material/error:")
        else:
            ours_messages.show("The diary", wrong, "Correct the file and upload it again.")


# In ----------------------------------------------------------------------------------------


def _ways_in(there: Workspace, place: KeptAt) -> None:
    """Show the link for officers, and take a file."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("##### On a phone")
        st.write(
            "Send officers this link. They press *Start* and *Stop*, and add travel and attempts. "
            "Two weeks are usually enough."
        )
        st.link_button(
            "Open the phone page",
            f"{timing.PATH}?{state.WORK}={place.id}",
            icon=":material/timer:",
            width="stretch",
        )
    with right, st.container(border=True, height="stretch"):
        st.markdown("##### As a file")
        number = st.session_state.get(_NUMBER, 0)
        st.file_uploader(
            "Timings (CSV, XLSX or ODS)",
            ["csv", "xlsx", "ods"],
            key=f"diary file {number}",
            on_change=_take_file,
            args=(there, place),
            help="A row for each activity done: activity, minutes, travel, attempts. A file that "
            "says who, whom or where is refused.",
        )


def _take_file(there: Workspace, place: KeptAt) -> None:
    """Keep the timings of a file: all of them, or none."""
    from capacity.workspace import timings

    number = st.session_state.get(_NUMBER, 0)
    brought = st.session_state[f"diary file {number}"]
    if brought is None:
        return
    st.session_state[_NUMBER] = number + 1
    try:
        table = table_of(brought.name, brought.getvalue(), timings_file.WANTED)
        found = hours.entries_of(table, date.today())
        made = timings.keep_file(there, keeping.hand(), place.unit, found)
    except InputError as error:
        st.session_state[_WRONG] = error.problems
    except CapacityError as error:
        st.session_state[_WRONG] = str(error)
    else:
        st.session_state[_SAID] = f"{counted(len(made), 'timing')} of {brought.name} kept."


# What they say -----------------------------------------------------------------------------


def _found(there: Workspace, place: KeptAt, base: Scenario) -> None:
    """Show hours per task with their ranges, and put them into the scenario."""
    from capacity.workspace import figures, timings

    mine = timings.timings_of(there, keeping.hand(), place.unit)
    if not mine:
        st.caption(
            "No timings yet. Hours per task are among the largest inputs, and most are "
            "professional judgement until they are timed."
        )
        return
    found = hours.tasks(mine)
    st.subheader("Hours per task", anchor=False)
    rows = hours.in_rows(found)
    frame = pd.DataFrame(rows, columns=list(hours.HEADINGS))
    pooled = pd.DataFrame(hours.pooled(found, 0))
    parts.table(
        pooled,
        "diary",
        place.unit_name,
        base.name,
        words="Hours per task with ranges of 8 in 10 bootstrap samples",
        shown=frame,
    )
    st.caption(
        f"{hours.advice(found, hours.WITHIN)} Ranges hold 8 of 10 samples drawn again from the "
        "timings. The file has counts, means and ranges alone and may be pooled with other forces."
    )
    meant = figures.remembered(there, keeping.hand(), place.unit, "diary")
    meant = _asked(there, place, base, found, meant)
    _worth(base, found, meant)
    _put(there, place, base, found, meant)


def _asked(
    there: Workspace,
    place: KeptAt,
    base: Scenario,
    found: Sequence[TimedTask],
    known: Mapping[str, str],
) -> dict[str, str]:
    """Ask what tasks are that no activity is called after; what is said is remembered."""
    from capacity.workspace import figures

    unknown = [one for one in found if not hours.places_of(one, base, {})]
    if not unknown:
        return {}
    choices = {NONE: NONE}
    choices |= {place_: f"Activity: {label}" for label, place_ in hours.activities(base)}
    choices |= {
        one.setting: one.setting
        for one in register(base)
        if one.unit.startswith("hours") and ".duties." not in one.setting and not one.from_month
    }
    st.markdown("##### What these are in the scenario")
    said: dict[str, str] = {}
    columns = st.columns(3)
    for number, one in enumerate(unknown):
        before = known.get(one.name) or hours.likely(one, base) or NONE
        said[one.name] = columns[number % 3].selectbox(
            shown_as_is(one.name),
            list(choices),
            index=list(choices).index(before) if before in choices else 0,
            format_func=choices.__getitem__,
            key=f"diary meant {one.name}",
        )
    if any(known.get(name) != value for name, value in said.items()):
        with there.writing() as connection:
            figures.remember(connection, place.unit, "diary", said)
    return {name: value for name, value in said.items() if value != NONE}


def _worth(base: Scenario, found: Sequence[TimedTask], meant: Mapping[str, str]) -> None:
    """Say how many more timings the decision in hand pays for, when asked."""
    from capacity.diary.worth import worthwhile

    result = results.sized_of(base, WhatIf()) if state.team() else None
    if result is None:
        st.caption(
            "Turn on *Work out the team*, below the scenario, to see how many more timings the "
            "decision about posts pays for."
        )
        return
    savings = working.when_asked(
        "What more timings are worth",
        "How much of the cost of a wrong number of posts could be saved if these hours were "
        "known: about a minute.",
        "Working out what finding out is worth …",
        results.key_of(base, WhatIf()),
        outlooks.savings,
        (result.plan,),
    )
    if savings is None:
        return
    told = worthwhile(found, base, meant, savings)
    if not told:
        st.caption(
            "None of these hours has a range in the scenario yet: put the timings in first, then "
            "ask again."
        )
    for one in told:
        st.markdown(f"- {shown_as_is(one.words)}")


def _put(
    there: Workspace,
    place: KeptAt,
    base: Scenario,
    found: Sequence[TimedTask],
    meant: Mapping[str, str],
) -> None:
    """Put what was measured into the scenario."""
    known = [one for one in found if hours.places_of(one, base, meant)]
    said = hours.settings_of(known, base, meant, "diary")
    left, right = st.columns(2)
    left.button(
        "Put these hours into the scenario",
        type="primary",
        icon=":material/input:",
        disabled=not said,
        on_click=_do_put,
        args=(there, place, said),
        help=f"Tasks with {hours.LEAST} timings or more. They become kind measured, with their "
        "ranges, in a new version that can be undone under Our work.",
    )
    if place.role == "own":
        with right.popover("Begin the diary again", icon=":material/delete:"):
            st.write("Deletes all timings of this unit. What is in the scenario stays.")
            st.button("Delete all timings", on_click=_clear, args=(there, place))


def _do_put(there: Workspace, place: KeptAt, said: Mapping[str, Mapping[str, object]]) -> None:
    from capacity.diary.keeping import put_into

    try:
        keeping.take(put_into(there, keeping.hand(), place.id, said))
    except InputError as error:
        st.session_state[_WRONG] = error.problems
    except CapacityError as error:
        st.session_state[_WRONG] = str(error)
    else:
        st.session_state[_SAID] = (
            f"{counted(len(said), 'setting')} measured. The scenario has a new version."
        )


def _clear(there: Workspace, place: KeptAt) -> None:
    from capacity.workspace import timings

    number = timings.clear(there, keeping.hand(), place.unit)
    st.session_state[_SAID] = f"{counted(number, 'timing')} deleted."
