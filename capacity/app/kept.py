"""Our work: what is kept, opened, named, copied, deleted with undo, sent, and who may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from capacity.app import keeping, parts, results, state
from capacity.app.parts import shown_as_is
from capacity.errors import CapacityError, InputError
from capacity.reading.scenario import Scenario
from capacity.wording import day, without_iso

if TYPE_CHECKING:
    from capacity.app.keeping import KeptAt
    from capacity.workspace.place import Workspace
    from capacity.workspace.scenarios import Listed

ROLES = {"read": "see it", "edit": "see and change it", "own": "decide about it"}
"""What somebody may do in a unit, as a page says it."""

MOMENTS, DAYS = ("Saved (UTC)", "When (UTC)"), ("Day", "Signed on")
"""Columns of moments, and of days."""

_SAID, _UNDO = "kept said", "kept undo"


def show(base: Scenario | None) -> None:
    """Show the page."""
    st.header("Our work", anchor=False)
    there = keeping.workspace()
    if there is None:
        st.info(f"Nothing is kept here. {keeping.why_not()}", icon=":material/info:")
        return
    _outcome()
    place = state.kept()
    if base is not None and place is not None:
        _this(there, base, place)
    elif base is not None:
        st.button(
            "Keep the scenario in view",
            on_click=_done,
            args=("It is kept.", lambda: copy_mine(base)),
            icon=":material/save:",
        )
    _open(there)
    if place is not None:
        _unit(there, place)


def _outcome() -> None:
    """Say what came of the last button, and offer to undo a deletion."""
    if wrong := st.session_state.pop("kept wrong", ""):
        st.error(shown_as_is(wrong), icon=":material/error:")
    if said := st.session_state.pop(_SAID, ""):
        st.success(shown_as_is(said), icon=":material/check_circle:")
    if undo := st.session_state.get(_UNDO):
        st.button(
            f"Undo: bring “{undo[1]}” back",
            on_click=_bring_back,
            args=(undo[0],),
            icon=":material/undo:",
            key="undo delete",
        )


def _done(said: str, work: Callable[[], object]) -> None:
    """Do what a button says, and say what came of it."""
    try:
        work()
    except InputError as error:
        st.session_state["kept wrong"] = "; ".join(
            f"{one.setting} {one.must}" for one in error.problems
        )
    except CapacityError as error:
        st.session_state["kept wrong"] = str(error)
    else:
        st.session_state[_SAID] = said


# The scenario in view ----------------------------------------------------------------------


def copy_mine(base: Scenario) -> None:
    """Keep what is in view as a scenario of its own, in the same unit where that may be changed."""
    from capacity.workspace import scenarios

    there, place = keeping.workspace(), state.kept()
    if there is None:
        return
    mine = place is not None and place.role != "read"
    name = base.settings.title[:100] if place is None else f"{place.name} (mine)"
    made = scenarios.keep_new(
        there,
        keeping.hand(),
        keeping.content_of(base),
        name,
        unit=place.unit if mine else None,
        unit_name=base.settings.title[:100],
    )
    keeping.take(made)


def _this(there: Workspace, base: Scenario, place: KeptAt) -> None:
    """Show what can be done with the scenario in view."""
    from capacity.workspace import bundle, scenarios

    st.subheader(f"{shown_as_is(place.name)}", anchor=False)
    st.caption(f"In {shown_as_is(place.unit_name)}, version {place.number}. Saved by itself.")
    edits = place.role != "read"
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    name = f"name {place.id} {place.name}"
    left.text_input("Name", place.name, max_chars=150, key=name)
    left.button(
        "Rename",
        on_click=_rename,
        args=(there, place, name),
        disabled=not edits,
        icon=":material/edit:",
    )
    label = f"version {place.number}"
    middle.text_input("Name of this version", max_chars=150, key=label)
    middle.button(
        "Save a named version",
        on_click=lambda: _done("The version is kept.", lambda: _named(there, base, label)),
        disabled=not edits,
        icon=":material/bookmark:",
    )
    right.download_button(
        "One file to send",
        bundle.packed(place.name, keeping.content_of(base)),
        file_name=f"{_file_name(place.name)}{bundle.ENDING}",
        mime="application/json",
        on_click="ignore",
        icon=":material/send:",
        width="stretch",
        key="send",
    )
    first, second = right.columns(2)
    first.button(
        "Copy",
        on_click=lambda: _done("You are in the copy now.", lambda: _copy(there, place)),
        icon=":material/content_copy:",
        width="stretch",
    )
    second.button(
        "Delete",
        on_click=_delete,
        args=(there, place),
        disabled=not edits,
        icon=":material/delete:",
        width="stretch",
    )
    with st.expander("Versions"):
        found = scenarios.versions(there, keeping.hand(), place.id)
        rows = pd.DataFrame(
            [(v.number, v.name, _when(v.at), v.person, without_iso(v.words)) for v in found],
            columns=["Version", "Name", "Saved (UTC)", "By", "What was changed"],
        )
        _listed(rows, "Versions of this scenario")
        earlier = [one for one in found if one.number != place.number]
        if earlier and edits:
            number = f"earlier {place.number}"
            st.selectbox("Bring back", [one.number for one in earlier], key=number)
            st.button(
                "Bring this version back",
                on_click=lambda: _done(
                    "The version is the latest again.", lambda: _earlier(there, place, number)
                ),
                icon=":material/history:",
            )


def _rename(there: Workspace, place: KeptAt, key: str) -> None:
    """Rename: what is typed is read when the button is pressed, not when it was drawn."""
    from capacity.workspace import scenarios

    def work() -> None:
        scenarios.rename(there, keeping.hand(), place.id, st.session_state[key])
        keeping.open_kept(place.id)

    _done("It has its new name.", work)


def _named(there: Workspace, base: Scenario, key: str) -> None:
    name = str(st.session_state[key] or "").strip() or "Named version"
    keeping.save(there, keeping.content_of(base), "", name=name)


def _copy(there: Workspace, place: KeptAt) -> None:
    from capacity.workspace import scenarios

    unit = None
    if place.role == "read":
        from capacity.workspace import units

        unit = units.new_unit(there, keeping.hand(), f"{place.unit_name} (copy)")
    keeping.take(scenarios.copy(there, keeping.hand(), place.id, unit))


def _earlier(there: Workspace, place: KeptAt, key: str) -> None:
    from capacity.workspace import scenarios

    number = st.session_state[key]
    keeping.take(scenarios.bring_back(there, keeping.hand(), place.id, place.revision, number))


def _delete(there: Workspace, place: KeptAt) -> None:
    from capacity.workspace import scenarios

    def work() -> None:
        scenarios.remove(there, keeping.hand(), place.id)
        st.session_state[_UNDO] = (place.id, place.name)
        state.take(state.FIRST, {}, keeping.NOTHING, team=False, saved_=())

    _done(f"“{place.name}” is deleted. For 30 days it can be brought back.", work)


def _bring_back(scenario: str) -> None:
    from capacity.workspace import scenarios

    def work() -> None:
        there = keeping.workspace()
        if there is not None:
            keeping.take(scenarios.undo_remove(there, keeping.hand(), scenario))
            st.session_state[_UNDO] = None

    _done("It is back, as it was.", work)


def _file_name(name: str) -> str:
    return "".join(one if one.isalnum() else "-" for one in name).strip("-") or "scenario"


def _when(at: str) -> datetime:
    """Return a moment as a table sorts it and shows it in words."""
    return datetime.fromisoformat(at[:16])


def _day(given: str) -> date | None:
    return date.fromisoformat(given) if given else None


def _listed(rows: pd.DataFrame, words: str) -> None:
    """Show what is kept: dates in words, in the order of time where they are sorted by."""
    st.dataframe(rows, hide_index=True, width="stretch", alt=words, column_config=_dates(rows))


def _dates(rows: pd.DataFrame) -> dict[str, Any]:
    """Return how the columns of moments and days are shown."""
    moments = {one: parts.moment(one) for one in MOMENTS if one in rows}
    return moments | {one: parts.in_days(one) for one in DAYS if one in rows}


# Everything --------------------------------------------------------------------------------


def _open(there: Workspace) -> None:
    """List what is kept and open it; bring back what was deleted, and open what was sent."""
    from capacity.workspace import scenarios

    st.subheader("Everything that is kept", anchor=False)
    every = scenarios.scenarios(there, keeping.hand())
    if every:
        rows = pd.DataFrame(
            [
                (one.unit_name, one.name, _when(one.at), one.person, one.versions, one.options)
                for one in every
            ],
            columns=["Unit", "Scenario", "Saved (UTC)", "By", "Versions", "Saved what-ifs"],
        )
        _listed(rows, "Scenarios that are kept")
        called = _called(every)
        st.selectbox(
            "Scenario to open", list(called), format_func=called.__getitem__, key="open kept"
        )
        st.button(
            "Open",
            on_click=lambda: keeping.open_kept(st.session_state["open kept"]),
            icon=":material/folder_open:",
            type="primary",
        )
    else:
        st.write("Nothing yet. A scenario of your own is kept as soon as you make or open one.")
    left, right = st.columns(2, vertical_alignment="top")
    with left:
        st.file_uploader(
            "A scenario that was sent to you (.capacity)",
            type="capacity",
            key=f"sent {st.session_state.get('sent number', 0)}",
            on_change=_take_sent,
        )
    gone = scenarios.scenarios(there, keeping.hand(), removed=True)
    if gone:
        with right:
            lost = _called(gone)
            st.selectbox("Deleted", list(lost), format_func=lost.__getitem__, key="deleted")
            st.button(
                "Bring back",
                on_click=lambda: _bring_back(st.session_state["deleted"]),
                icon=":material/undo:",
            )


def _called(some: Sequence[Listed]) -> dict[str, str]:
    """Return what scenarios are called, and when they were saved where two are called the same."""

    def name(one: Listed) -> str:
        return one.name if one.unit_name == one.name else f"{one.unit_name}: {one.name}"

    names = Counter(map(name, some))
    return {
        one.id: f"{name(one)}, saved {day(one.at[:10])} at {one.at[11:16]} UTC"
        if names[name(one)] > 1
        else name(one)
        for one in some
    }


def _take_sent() -> None:
    """Take a scenario that was sent into view; it is kept as a new one."""
    number = st.session_state.get("sent number", 0)
    brought = st.session_state[f"sent {number}"]
    if brought is None:
        return
    st.session_state["sent number"] = number + 1
    from capacity.workspace import bundle, scenarios

    def work() -> None:
        name, content = bundle.unpacked(brought.name, brought.getvalue())
        base = results.base(content.chosen, content.files)
        for one in content.options:
            results.base(one.chosen, one.files)
        there = keeping.workspace()
        if there is not None:
            title = base.settings.title[:100]
            made = scenarios.keep_new(there, keeping.hand(), content, name, unit_name=title)
            keeping.take(made)

    _done("The scenario is open, and kept.", work)


# The unit ----------------------------------------------------------------------------------


def _unit(there: Workspace, place: KeptAt) -> None:
    """Show the unit of the scenario in view: its name, history, decisions and who has access."""
    from capacity.workspace import figures, units

    st.subheader(f"{shown_as_is(place.unit_name)}", anchor=False)
    mine = keeping.hand()
    if place.role == "own":
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = f"unit {place.unit_name}"
        left.text_input("Name of the unit", place.unit_name, max_chars=150, key=name)
        right.button("Rename the unit", on_click=_rename_unit, args=(there, place, name))
    with st.expander("Decisions"):
        found = figures.decisions(there, mine, place.unit)
        rows = pd.DataFrame(
            [
                (_day(d.decided_on), d.words, d.person, _day(d.signed_at[:10]), d.signed_by)
                for d in found
            ],
            columns=["Day", "Decision", "Kept by", "Signed on", "Signed by"],
        )
        if found:
            _listed(rows, "Decisions of this unit")
        if place.role != "read":
            _decide(there, place)
        unsigned = [one for one in found if not one.signed_at]
        if unsigned and place.role == "own":
            called = {one.id: f"{day(one.decided_on)}: {one.words[:80]}" for one in unsigned}
            st.selectbox("To sign", list(called), format_func=called.__getitem__, key="to sign")
            st.button("Sign it off", on_click=_sign, args=(there, place))
    with st.expander("Who changed what"):
        told = units.history(there, mine, place.unit)
        rows = pd.DataFrame(
            [(_when(one.at), one.person, one.scenario, without_iso(one.words)) for one in told],
            columns=["When (UTC)", "Who", "Scenario", "What"],
        )
        parts.table(
            rows,
            "history",
            place.unit_name,
            "history",
            words="Changes, the latest first",
            columns=_dates(rows),
        )
    if mine.person is not None:
        with st.expander("Who has access"):
            _access(there, place)


def _decide(there: Workspace, place: KeptAt) -> None:
    """Ask what was decided about the version in view."""
    from capacity.workspace import figures

    with st.form("decision", clear_on_submit=True, border=False):
        words = st.text_area("What was decided about this version", max_chars=2000)
        on = st.date_input("On", date.today(), format="DD/MM/YYYY")
        if st.form_submit_button("Keep the decision", icon=":material/gavel:"):
            _done(
                "The decision is kept.",
                lambda: figures.decide(
                    there, keeping.hand(), place.unit, words, on.isoformat(), place.version
                ),
            )
            st.rerun()


def _sign(there: Workspace, place: KeptAt) -> None:
    from capacity.workspace import figures

    decision = st.session_state["to sign"]
    _done("It is signed.", lambda: figures.sign(there, keeping.hand(), place.unit, decision))


def _rename_unit(there: Workspace, place: KeptAt, key: str) -> None:
    from capacity.workspace import units

    def work() -> None:
        units.rename_unit(there, keeping.hand(), place.unit, st.session_state[key])
        keeping.open_kept(place.id)

    _done("The unit has its new name.", work)


def _access(there: Workspace, place: KeptAt) -> None:
    """Show who has access to the unit, and let its owner give it or take it away."""
    from capacity.workspace import units

    found = units.access(there, keeping.hand(), place.unit)
    rows = pd.DataFrame(
        [(person, ROLES[role]) for person, role in found.items()], columns=["Who", "May"]
    )
    _listed(rows, "Who has access to this unit")
    if place.role != "own":
        return
    with st.form("access", clear_on_submit=True, border=False):
        person = st.text_input("Address of a colleague, or @ and the domain of a whole force")
        choices: dict[Any, str] = {**ROLES, None: "no longer see it"}
        role = st.selectbox("May", list(choices), format_func=choices.__getitem__)
        if st.form_submit_button("Give access", icon=":material/person_add:"):
            _done(
                "Access is changed.",
                lambda: units.grant(there, keeping.hand(), place.unit, person, role),
            )
            st.rerun()
