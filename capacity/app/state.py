"""What a session holds: scenario, what is changed, and whether to work out the team.

The address says the same, so that every what-if is a link. It is read once, when the session
opens, and written on every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import streamlit as st

from capacity.app.toml_text import WhatIf, from_address, to_address
from capacity.reading.scenario import shipped

FIRST = "norfolk-2024"
"""The scenario shown to someone who has chosen none."""

_SCENARIO, _WHAT_IF, _TEAM, _UPLOADS = "scenario", "what_if", "team", "uploads"


def begin() -> None:
    """Take scenario and changes from the address when a session opens."""
    if _WHAT_IF in st.session_state:
        return
    parameters = {name: st.query_params.get_all(name) for name in st.query_params}
    scenario, what_if, team = from_address(parameters)
    st.session_state[_SCENARIO] = scenario or FIRST
    st.session_state[_WHAT_IF] = what_if
    st.session_state[_TEAM] = team
    st.session_state[_UPLOADS] = {}


def write_address() -> None:
    """Put scenario and changes into the address."""
    wanted = to_address(scenario(), what_if(), team=team())
    if {name: st.query_params.get_all(name) for name in st.query_params} != wanted:
        st.query_params.from_dict(wanted)


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
    ready = list(shipped())
    ready.sort(key=lambda name: name != FIRST)
    here = scenario()
    missing = [] if here in ready or here in uploads() else [here]
    return [*missing, *uploads(), *ready]


def choose(name: str) -> None:
    """Take another scenario, without changes."""
    if name != scenario():
        st.session_state[_SCENARIO] = name
        st.session_state[_WHAT_IF] = WhatIf()


def upload(texts: Mapping[str, str], chosen: str, *, keep_changes: bool = False) -> None:
    """Take an uploaded scenario, with the changes of a link that was about it."""
    st.session_state[_UPLOADS] = {**uploads(), **texts}
    if not (keep_changes and chosen == scenario()):
        st.session_state[_WHAT_IF] = WhatIf()
    st.session_state[_SCENARIO] = chosen


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


def undo(name: str) -> None:
    """Undo the change of a setting."""
    values = {key: value for key, value in what_if().values.items() if key != name}
    _keep(replace(what_if(), values=values))


def take_back(place: int) -> None:
    """Take back an item that was added."""
    added = tuple(item for n, item in enumerate(what_if().added) if n != place)
    _keep(replace(what_if(), added=added))


def undo_all() -> None:
    """Undo every change."""
    _keep(WhatIf())


def held(key: str, otherwise: Any) -> Any:
    """Return what a widget of a form holds, or what it starts with."""
    return st.session_state.get(key, otherwise)


def _keep(changed: WhatIf) -> None:
    st.session_state[_WHAT_IF] = changed
