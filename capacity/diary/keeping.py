"""What a unit's diary measured, put into its kept scenario: below what a round rolls forward."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from capacity.diary.hours import put_in
from capacity.errors import InputError, Problem
from capacity.reading.scenario import read
from capacity.reading.scenario_text import text_of
from capacity.rounds.doing import NEXT
from capacity.rounds.keeping import ORIGIN
from capacity.wording import counted
from capacity.workspace import figures as kept_figures
from capacity.workspace import scenarios
from capacity.workspace.people import Hand
from capacity.workspace.place import Workspace
from capacity.workspace.scenarios import Opened, save_in

MEASURED = "measured.toml"
"""The file of what was measured: it extends what a scenario was before its first round."""


def put_into(
    workspace: Workspace, hand: Hand, scenario: str, said: Mapping[str, Mapping[str, Any]]
) -> Opened:
    """Put what a diary measured into a kept scenario, as its latest version.

    It goes below what the monthly rounds made, so that the next round keeps it. Where a round had
    fitted one of these settings, what was measured takes its place until the next.

    Raises:
        InputError: if nothing was measured, or the scenario is not valid with it.
        NoAccess: if somebody may not change the scenario.
        Changed: if somebody else saved it meanwhile.
    """
    if not said:
        must = "must have enough timings of an activity to change the scenario"
        raise InputError([Problem("diary", None, "", must)])
    there = scenarios.open_scenario(workspace, hand, scenario)
    mark = f"{ORIGIN} {scenario}"
    known = kept_figures.remembered(workspace, hand, there.unit, "round")
    origin, content = known.get(mark, there.content.chosen), there.content
    files = dict(content.files)
    files[MEASURED] = _layer(files, origin, said)
    chosen = MEASURED
    if content.chosen != origin and content.chosen == NEXT:
        files[NEXT], chosen = _on_top(files[NEXT], said), NEXT
    read(chosen, files=files)
    with workspace.writing() as connection:
        kept_figures.remember(connection, there.unit, "round", {mark: MEASURED})
        return save_in(
            connection,
            hand,
            scenario,
            there.revision,
            replace(content, chosen=chosen, files=files),
            name="Hours measured",
            words=f"{counted(len(said), 'setting')} from the diary",
        )


def _layer(files: Mapping[str, str], origin: str, said: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the file of what was measured, with what it had before of other settings."""
    tree: dict[str, Any] = {
        "extends": origin if origin.endswith(".toml") else f"{origin}.toml",
        "title": read(origin, files=files).settings.title,
    }
    if origin == MEASURED:
        tree = tomllib.loads(files[MEASURED])
    put_in(tree, said)
    return text_of(tree)


def _on_top(text: str, said: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what a round made, on top of what was measured and without saying it otherwise."""
    tree = {**tomllib.loads(text), "extends": MEASURED}
    for name in said:
        here: Any = tree
        *path, end = name.split(".")
        for step in path:
            here = here.get(step, {})
        here.pop(end, None)
    return text_of(tree)
