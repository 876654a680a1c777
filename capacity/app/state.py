"""What a session holds: scenario, what is changed, and whether to work out the team.

The address says the same, so that every what-if is a link. It is read once, when the session
opens, and written on every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from capacity.app.toml_text import WhatIf, from_address, to_address
from capacity.reading.scenario import shipped

FIRST = "norfolk-2024"
"""The scenario shown to someone who has chosen none."""

MOST_SAVED = 5
"""What-ifs that a session keeps: more lines than these cannot be distinguished in a chart."""

LONGEST_NAME = 40
"""Letters of the name of a saved what-if."""

_SCENARIO, _WHAT_IF, _TEAM, _UPLOADS = "scenario", "what_if", "team", "uploads"
_SAVED = "saved"
_ENDED = "ended"
_LOST = "lost session"
_KEPT = "kept"
_ARRIVED = "arrived without a link"
_PAST, _FUTURE, _WRITTEN = "past", "future", "written addresses"

STEPS = 50
"""Changes that can be undone one by one."""

ENDED = {"session": ["ended"]}
"""The address of a page whose session ended, so that reloading it still says so."""

WORK = "work"
"""The name in an address under which a scenario is kept in the workspace."""


@dataclass(frozen=True)
class Saved:
    """A what-if kept under a name, with the files that its scenario needs."""

    name: str
    scenario: str
    files: Mapping[str, str]  # uploaded ones, as they were when it was saved
    what_if: WhatIf


def begin() -> None:
    """Take scenario and changes from the address when a session opens.

    An open page whose session ended (the server was restarted, or the page was out of reach for
    too long) asks for it by name when it connects again. The address may still say what the page
    was about. If it does not, then nothing does: the first scenario must not take its place.
    """
    if begun():
        return
    parameters = asked_for()
    st.session_state[_ARRIVED] = not parameters
    scenario, what_if, team = from_address(parameters)
    lost = bool(session_asked_for()) or parameters.get("session") == ENDED["session"]
    if lost and scenario is None:
        st.session_state[_ENDED] = "ended"
    st.session_state[_LOST] = lost
    st.session_state[_SCENARIO] = scenario or FIRST
    st.session_state[_WHAT_IF] = what_if
    st.session_state[_TEAM] = team
    st.session_state[_UPLOADS] = {}


def arrived() -> bool:
    """Return whether somebody came without a link: for the first time, as far as is known."""
    return bool(st.session_state.get(_ARRIVED))


def begun() -> bool:
    """Return whether this session has what it shows."""
    return _WHAT_IF in st.session_state


def is_lost() -> bool:
    """Return whether the scenario in view was open in a session that has ended."""
    return bool(st.session_state.get(_LOST)) and is_missing()


def asked_for() -> dict[str, list[str]]:
    """Return what the address says."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def session_asked_for() -> str:
    """Return the session in which the page was open before and that is no longer there.

    The third entry of this header is the session that the browser wants to go on with. Streamlit
    opens a new one where it has gone, without a word to the page.
    """
    entries = (st.context.headers.get("Sec-WebSocket-Protocol") or "").split(",")
    return entries[2].strip() if len(entries) > 2 else ""


def ended() -> str:
    """Return why nothing is shown until something is chosen: the session ended, or is closed.

    `closed` is work that somebody has no access to; empty where there is something to show.
    """
    return str(st.session_state.get(_ENDED) or "")


def close(address: str) -> None:
    """Show nothing until something is chosen: the work of this address is not theirs to see."""
    take(FIRST, {}, WhatIf(), team=False, saved_=())
    st.session_state[_ENDED] = f"closed {address}"


def take(
    scenario_: str,
    uploads_: Mapping[str, str],
    what_if_: WhatIf,
    *,
    team: bool,
    saved_: Iterable[Saved],
    kept: object = None,
) -> None:
    """Take everything into view that belongs to a scenario, in place of what was there."""
    _forget_steps()
    st.session_state[_SCENARIO] = scenario_
    st.session_state[_UPLOADS] = {**st.session_state.get(_UPLOADS, {}), **uploads_}
    st.session_state[_WHAT_IF] = what_if_
    st.session_state[_TEAM] = team
    st.session_state[_SAVED] = tuple(saved_)
    st.session_state[_ENDED] = ""
    st.session_state[_KEPT] = kept


def follow_back() -> None:
    """Take what the address said before where the browser's Back or Forward leads there.

    An address of before that nobody went back to is only late: the page had not received the
    newest one when it asked for this run.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation:
        return
    asked = asked_for()
    written: list[dict[str, list[str]]] = st.session_state.get(_WRITTEN, [])
    if not written or asked == written[-1] or asked not in written or ended():
        return
    if to_address(scenario(), what_if(), team=team()) != written[-1]:
        return  # a lever was moved: the address is only late
    scenario_, what_if_, team_ = from_address(asked)
    if scenario_ == scenario():
        st.session_state[_TEAM] = team_
        if what_if_ != what_if():
            _keep(what_if_)


def kept() -> Any:
    """Return where the scenario in view is kept; none while it is not."""
    return st.session_state.get(_KEPT)


def keep_at(place: object) -> None:
    """Say where the scenario in view is kept; none says that it is not."""
    st.session_state[_KEPT] = place


def write_address(wanted: dict[str, list[str]]) -> None:
    """Put scenario and changes into the address, or where they are kept."""
    if ended().startswith("closed"):
        wanted = {WORK: [ended().partition(" ")[2]]}
    elif ended():
        wanted = ENDED
    elif is_lost():
        wanted = wanted | ENDED
    if asked_for() != wanted:
        st.query_params.from_dict(wanted)
    written = [one for one in st.session_state.get(_WRITTEN, []) if one != wanted]
    st.session_state[_WRITTEN] = [*written, dict(wanted)][-STEPS:]


def scenario() -> str:
    """Return the name of the scenario."""
    return str(st.session_state[_SCENARIO])


def uploads() -> dict[str, str]:
    """Return the texts of uploaded files by name; they are in memory only."""
    return cast("dict[str, str]", st.session_state[_UPLOADS])


def what_if() -> WhatIf:
    """Return what is changed."""
    return cast("WhatIf", st.session_state[_WHAT_IF])


def team() -> bool:
    """Return whether the team is to be worked out."""
    return bool(st.session_state[_TEAM])


def names() -> list[str]:
    """Return the scenarios that can be chosen, uploaded ones first."""
    missing = [scenario()] if is_missing() else []
    return [*missing, *(name for name in uploads() if not is_figures(name)), *ready()]


def is_figures(name: str) -> bool:
    """Return whether a file holds the monthly figures that a scenario names, and no scenario."""
    return name.lower().endswith(".csv")


def is_missing() -> bool:
    """Return whether the scenario was neither uploaded nor comes with the program."""
    return scenario() not in uploads() and scenario() not in ready()


def ready() -> list[str]:
    """Return the scenarios that come with the program, the one shown first at the top."""
    return sorted(shipped(), key=lambda name: name != FIRST)


def choose(name: str) -> None:
    """Take another scenario, without changes."""
    if name != scenario() or ended():
        _forget_steps()
        st.session_state[_SCENARIO] = name
        st.session_state[_WHAT_IF] = WhatIf()
        st.session_state[_ENDED] = ""
        st.session_state[_KEPT] = None


def upload(texts: Mapping[str, str], chosen: str, *, keep_changes: bool = False) -> None:
    """Take an uploaded scenario, with the changes of a link that was about it."""
    _forget_steps()
    st.session_state[_KEPT] = None  # a file is a scenario of its own, whatever it is called
    st.session_state[_UPLOADS] = {**uploads(), **texts}
    if not (keep_changes and chosen == scenario()):
        st.session_state[_WHAT_IF] = WhatIf()
    st.session_state[_SCENARIO] = chosen
    st.session_state[_ENDED] = ""


def work_out(wanted: bool) -> None:
    """Say whether the team is to be worked out."""
    st.session_state[_TEAM] = wanted


def change(name: str, value: Any, today: Any) -> None:
    """Change a setting, or undo the change where it is today's value again."""
    if value == today:
        undo(name)
    else:
        _keep(replace(what_if(), values={**what_if().values, name: value}))


def take_away(name: str) -> None:
    """Take a setting or an item of a list away."""
    _keep(replace(what_if(), values={**what_if().values, name: None}))


def add(kind: str, item: Mapping[str, Any]) -> None:
    """Add an item to a list: a people event, a dated change, a one-off event."""
    _keep(replace(what_if(), added=(*what_if().added, (kind, item))))


def apply(
    values: Mapping[str, Any], added: Iterable[tuple[str, Mapping[str, Any]]], *, back: bool
) -> None:
    """Change several things in one step, or take them `back`."""
    now, items = what_if(), list(added)
    rest = {name: value for name, value in now.values.items() if name not in values}
    others = tuple(one for one in now.added if one not in items)
    _keep(WhatIf(rest, others) if back else WhatIf({**now.values, **values}, (*now.added, *items)))


def undo(name: str) -> None:
    """Undo the change of a setting."""
    values = {key: value for key, value in what_if().values.items() if key != name}
    _keep(replace(what_if(), values=values))


def take_back(place: int) -> None:
    """Take back an item that was added."""
    added = tuple(item for n, item in enumerate(what_if().added) if n != place)
    _keep(replace(what_if(), added=added))


def replace_value(name: str, value: Any) -> None:
    """Give a changed setting another value."""
    _keep(replace(what_if(), values={**what_if().values, name: value}))


def replace_added(place: int, item: Mapping[str, Any]) -> None:
    """Give an item that was added in another form."""
    added = list(what_if().added)
    added[place] = (added[place][0], item)
    _keep(replace(what_if(), added=tuple(added)))


def undo_all() -> None:
    """Undo every change."""
    _keep(WhatIf())


def can_step(*, back: bool) -> bool:
    """Return whether there is a change to undo, or one undone to make again."""
    return bool(_steps(_PAST if back else _FUTURE))


def step(*, back: bool) -> None:
    """Undo the latest change, or make the one again that was undone last."""
    source, other = (_PAST, _FUTURE) if back else (_FUTURE, _PAST)
    if steps := _steps(source):
        st.session_state[other] = [*_steps(other), what_if()]
        st.session_state[source] = steps[:-1]
        st.session_state[_WHAT_IF] = steps[-1]


def _steps(which: str) -> list[WhatIf]:
    return cast("list[WhatIf]", st.session_state.get(which, []))


def _forget_steps() -> None:
    """Forget what can be undone: it belongs to another scenario."""
    st.session_state[_PAST], st.session_state[_FUTURE] = [], []


# What is saved -----------------------------------------------------------------------------


def saved() -> tuple[Saved, ...]:
    """Return the saved what-ifs, in the order in which they were saved."""
    return cast("tuple[Saved, ...]", st.session_state.get(_SAVED, ()))


def save(name: str) -> str:
    """Keep what is in view under a name; return what is wrong, empty where nothing is."""
    if len(saved()) >= MOST_SAVED:
        return f"{MOST_SAVED} what-ifs are saved, which is the most. Remove one, then save this."
    wrong = _wrong_name(name, saved())
    if not wrong:
        files = uploads() if scenario() in uploads() else {}
        one = Saved(name.strip(), scenario(), dict(files), what_if())
        st.session_state[_SAVED] = (*saved(), one)
    return wrong


def rename(old: str, name: str) -> str:
    """Give a saved what-if another name; return what is wrong, empty where nothing is."""
    others = [one for one in saved() if one.name != old]
    wrong = _wrong_name(name, others)
    if not wrong:
        st.session_state[_SAVED] = tuple(
            replace(one, name=name.strip()) if one.name == old else one for one in saved()
        )
    return wrong


def forget(name: str) -> None:
    """Remove a saved what-if."""
    st.session_state[_SAVED] = tuple(one for one in saved() if one.name != name)


def load(name: str) -> None:
    """Take a saved what-if back into view, with its scenario as it was."""
    for one in saved():
        if one.name == name:
            if one.scenario != scenario():
                _forget_steps()
                st.session_state[_KEPT] = None
            else:
                _keep(one.what_if)
            st.session_state[_UPLOADS] = {**uploads(), **one.files}
            st.session_state[_SCENARIO] = one.scenario
            st.session_state[_WHAT_IF] = one.what_if


def _wrong_name(name: str, others: Iterable[Saved]) -> str:
    """Return what is wrong with a name."""
    if not name.strip():
        return "Give it a name first."
    if name.strip().casefold() in {one.name.casefold() for one in others}:
        return f"“{name.strip()}” is there already. Choose another name, or remove that one."
    return ""


def _keep(changed: WhatIf) -> None:
    st.session_state[_PAST] = [*_steps(_PAST), what_if()][-STEPS:]
    st.session_state[_FUTURE] = []
    st.session_state[_WHAT_IF] = changed
