"""What a page keeps in the workspace, by itself, and takes from there when it opens again.

A scenario of one's own, or a saved what-if, is kept from the moment it is there: each change is
saved when the page has been drawn. What is only a change of a shipped scenario is in the address.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from capacity.app import door, state
from capacity.app.state import Saved
from capacity.app.toml_text import WhatIf, from_address, to_address
from capacity.errors import CapacityError
from capacity.reading.scenario import Scenario
from capacity.wording import installing

if TYPE_CHECKING:
    from capacity.workspace.people import Hand
    from capacity.workspace.place import Workspace
    from capacity.workspace.scenarios import Content, Opened

_log = logging.getLogger(__name__)

NOTHING = WhatIf()
"""No change."""

_NEXT = "unit of the next"

NEEDED = ("sqlalchemy", "alembic")
"""Packages without which nothing is kept."""


@dataclass(frozen=True)
class KeptAt:
    """Where the scenario in view is kept, and what of it was saved last.

    `wrong` is why the latest change was not saved; `clash` whether somebody else saved since.
    """

    id: str
    name: str
    unit: str
    unit_name: str
    role: str
    revision: int
    version: str  # identity of the version
    number: int
    at: str
    content: Content
    wrong: str = ""
    clash: bool = False

    @classmethod
    def of(cls, opened: Opened) -> KeptAt:
        """Return the place of a scenario that was opened or saved."""
        return cls(
            id=opened.id,
            name=opened.name,
            unit=opened.unit,
            unit_name=opened.unit_name,
            role=opened.role,
            revision=opened.revision,
            version=opened.version.id,
            number=opened.version.number,
            at=opened.version.at,
            content=opened.content,
        )


# The workspace -----------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def _opened(where: str) -> Workspace | str:
    """Return the workspace of the server, or why there is none."""
    if not all(map(importlib.util.find_spec, NEEDED)):
        return f"It needs more packages: {installing('workspace')}."
    from capacity.workspace.place import open_workspace

    try:
        return open_workspace(where)
    except CapacityError as error:
        _log.error("%s", error)
        return "The workspace cannot be opened. An administrator can find the reason in the log."


def _where() -> str:
    """Return where work is kept; empty where it is not to be kept."""
    given = os.environ.get("CAPACITY_WORKSPACE", "").strip()
    if given == "off" or not all(map(importlib.util.find_spec, NEEDED)):
        return given
    from capacity.workspace.place import default_place

    return default_place(os.environ)


def workspace() -> Workspace | None:
    """Return the workspace, none where nothing is kept."""
    where = _where()
    if where == "off" or isinstance(found := _opened(where), str):
        return None
    try:
        door.person()
    except door.NoPerson:
        return None
    return found


def own_place(needs: str, belongs: str) -> tuple[Workspace, KeptAt] | None:
    """Return where the scenario in view is kept, if it may be changed; else say what is missing.

    Args:
        needs: what is said, before the reason, where nothing is kept.
        belongs: what is said where the scenario is not kept, or may only be read.
    """
    there, place = workspace(), state.kept()
    if there is None:
        st.info(f"{needs} {why_not()}", icon=":material/info:")
    elif place is None or place.role == "read":
        st.info(belongs, icon=":material/info:")
    else:
        return there, place
    return None


def why_not() -> str:
    """Return why nothing is kept, empty where it is."""
    where = _where()
    if where == "off" and os.environ.get("CAPACITY_WORKSPACE", "").strip() == "off":
        return "The administrator has turned keeping off."
    if where == "off":
        return "An administrator must say where work is kept (CAPACITY_WORKSPACE)."
    if isinstance(found := _opened(where), str):
        return found
    try:
        door.person()
    except door.NoPerson:
        return "These pages are not told who you are, so nothing can be kept for you alone."
    return ""


def hand() -> Hand:
    """Return who is there, now.

    Raises:
        NoPerson: if people are asked who they are, and it is not known who this is.
    """
    from capacity.workspace.people import Hand

    return Hand(door.person(), datetime.now(UTC), lambda: uuid.uuid4().hex)


def prune_at_start() -> None:
    """Purge what is kept for no longer; the server does so when it starts."""
    where = _where()
    if where == "off" or isinstance(found := _opened(where), str):
        return
    from capacity.workspace import retention
    from capacity.workspace.people import Hand

    now = Hand(None, datetime.now(UTC), lambda: uuid.uuid4().hex)
    try:
        retention.prune(found, now)
    except CapacityError as error:
        _log.error("%s", error)


# When a page opens -------------------------------------------------------------------------


def begin() -> None:
    """Take what the page is about: from the workspace where it is kept, else from the address."""
    if state.begun():
        return
    asked = state.asked_for()
    if asked.get(state.WORK):
        open_kept(asked[state.WORK][-1], asked)
        return
    if not asked or asked == state.ENDED:
        old = state.session_asked_for()
        if old and (page := _page_of(old)):
            if page.get(state.WORK):
                open_kept(page[state.WORK][-1], page)
            else:
                scenario, what_if, team = from_address(page)
                state.take(scenario or state.FIRST, {}, what_if, team=team, saved_=())
            return
    state.begin()


def open_kept(work: str, asked: Mapping[str, list[str]] | None = None) -> None:
    """Take a kept scenario into view, with changes that only the address says."""
    from_here = workspace()
    if from_here is None:
        state.close(work)
        return
    from capacity.workspace import scenarios

    try:
        opened = scenarios.open_scenario(from_here, hand(), work)
    except CapacityError as error:
        _log.info("%s", error)
        state.close(work)
        return
    take(opened)
    scenario, what_if, _ = from_address(asked or {})
    if scenario == opened.content.chosen and what_if:
        st.session_state["what_if"] = what_if


def take(opened: Opened) -> None:
    """Take a scenario that was opened into view."""
    content = opened.content
    state.take(
        content.chosen,
        content.files,
        _what_if(content.changes),
        team=content.team,
        saved_=[
            Saved(one.name, one.chosen, dict(one.files), _what_if(one.changes))
            for one in content.options
        ],
        kept=KeptAt.of(opened),
    )


def _what_if(changes: Mapping[str, tuple[str, ...]]) -> WhatIf:
    return from_address({name: list(texts) for name, texts in changes.items()})[1]


def _changes(what_if: WhatIf) -> dict[str, tuple[str, ...]]:
    said = to_address("", what_if, team=False)
    said.pop("scenario")
    return {name: tuple(texts) for name, texts in said.items()}


# After a page was drawn --------------------------------------------------------------------


def content_of(base: Scenario) -> Content:
    """Return what is to be kept of the session: nothing of other scenarios that are open in it."""
    from capacity.workspace.scenarios import Content, SavedWhatIf

    chosen, uploads = state.scenario(), state.uploads()
    mine = {file.name for file in base.files}
    files = {name: text for name, text in uploads.items() if name in mine}
    options = tuple(
        SavedWhatIf(one.name, one.scenario, dict(one.files), _changes(one.what_if))
        for one in state.saved()
        if one.scenario == chosen or one.scenario in state.ready()
    )
    return Content(chosen, files, _changes(state.what_if()), state.team(), options)


def keep(base: Scenario, words: str) -> None:
    """Save the scenario in view, where it is one's own or has a saved what-if, and has changed."""
    there = workspace()
    if there is None:
        return
    content, place = content_of(base), state.kept()
    if place is None:
        if content.files or content.options:
            _try(lambda: _kept_new(there, base, content, words))
    elif content != place.content and place.role != "read" and not place.clash:
        _try(lambda: save(there, content, words))


def stay_in_unit() -> None:
    """Have the next scenario of one's own kept in the unit of the one in view."""
    place = state.kept()
    if place is not None and place.role != "read":
        st.session_state[_NEXT] = place.unit


def _kept_new(there: Workspace, base: Scenario, content: Content, words: str) -> None:
    from capacity.workspace import scenarios

    unit = st.session_state.pop(_NEXT, None)
    title = base.settings.title[:100]
    made = scenarios.keep_new(
        there, hand(), content, title, unit=unit, unit_name=title, words=words
    )
    state.keep_at(KeptAt.of(made))


def save(there: Workspace, content: Content, words: str, name: str = "") -> None:
    """Save the scenario in view as its latest version.

    Raises:
        CapacityError: if it was not saved.
    """
    from capacity.workspace import scenarios

    place: KeptAt = state.kept()
    found = scenarios.save(
        there, hand(), place.id, place.revision, content, name=name, words=words[:2000]
    )
    state.keep_at(KeptAt.of(found))


def _try(work: Callable[[], None]) -> None:
    """Save; what goes wrong is said beside the scenario, and the page stays as it is."""
    from capacity.workspace.scenarios import Changed

    place = state.kept()
    try:
        work()
    except Changed as error:
        state.keep_at(replace(place, wrong=str(error), clash=True))
    except CapacityError as error:
        _log.error("%s", error)
        if place is not None:
            state.keep_at(replace(place, wrong=str(error)))


def address() -> dict[str, list[str]]:
    """Return the address of the page: where the scenario is kept, or what it is."""
    place = state.kept()
    said = to_address(state.scenario(), state.what_if(), team=state.team())
    if place is None:
        return said
    unsaved = place.role == "read" or place.wrong
    return {state.WORK: [place.id], **(said if unsaved else {})}


def remember_page() -> None:
    """Keep what this page is about under its session, for the time when the server is restarted."""
    there, context = workspace(), get_script_run_ctx()
    if there is None or context is None or state.ended():
        return
    wanted = address()
    if st.session_state.get("page kept") == wanted:
        return
    from capacity.workspace import pages

    try:
        pages.remember(there, hand(), _token(context.session_id), json.dumps(wanted))
        st.session_state["page kept"] = wanted
    except CapacityError as error:
        _log.error("%s", error)


def _page_of(session: str) -> dict[str, list[str]]:
    """Return what the page of a session was about, nothing where that is not known."""
    there = workspace()
    if there is None:
        return {}
    from capacity.workspace import pages

    try:
        found: Any = json.loads(pages.remembered(there, hand(), _token(session)) or "{}")
    except CapacityError as error:
        _log.error("%s", error)
        return {}
    return dict(found)


def _token(session: str) -> str:
    """Return what stands for a session: from it nobody can go on with the session."""
    return hashlib.sha256(f"page {session}".encode()).hexdigest()
