"""Saved what-ifs as the files that say them, read back and planned."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from capacity.app import results, state, toml_text
from capacity.app.state import Saved
from capacity.app.view import View, changes_in_words
from capacity.app.working import worked_out
from capacity.errors import Problem, ScenarioError
from capacity.reading.scenario import Scenario, read, shipped
from capacity.stages import PlanResult
from capacity.why import compare

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive, so that equal contents give equal bytes."""


BASELINE = "Baseline"
"""What the scenario in view is called, as it stands in its file."""


@dataclass(frozen=True)
class Kept:
    """A saved what-if as its scenario file says it: what is downloaded is what is planned.

    `scenario` is none where it can no longer be read, `text` empty where no short file says it.
    """

    saved: Saved
    stem: str  # of its file
    key: str  # hash of everything that decides its figures
    base: Scenario | None
    scenario: Scenario | None
    text: str
    changes: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The name it was saved under."""
        return self.saved.name

    @property
    def rests_on(self) -> str:
        """The title of the scenario that it changes."""
        return self.saved.scenario if self.base is None else self.base.settings.title


@dataclass(frozen=True)
class ComparedPlan:
    """A column of the comparison: its name, what it rests on, its plan."""

    name: str
    rests_on: str
    key: str
    plan: PlanResult


def kept() -> list[Kept]:
    """Return the saved what-ifs, each as its file.

    Returns:
        One for each saved what-if, in order.
    """
    taken = {name.removesuffix(".toml") for name in (*shipped(), *state.uploads())}
    found = []
    for one in state.saved():
        stem = _stem(one.name, taken)
        taken.add(stem)
        address = toml_text.to_address(one.scenario, one.what_if, team=False)
        told = repr((one.name, stem, sorted(one.files.items()), list(address.items())))
        found.append(_read(hashlib.sha256(told.encode("utf-8", "replace")).hexdigest(), one, stem))
    return found


def _stem(name: str, taken: set[str]) -> str:
    """Return what a what-if's file is called: no other file's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "what-if"
    number = 2
    stem = plain
    while stem in taken:
        stem, number = f"{plain}-{number}", number + 1
    return stem


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(key: str, _saved: Saved, _stem: str) -> Kept:
    try:
        base = results.base(_saved.scenario, _saved.files)
    except ScenarioError as error:
        return Kept(_saved, _stem, key, None, None, "", (), tuple(error.problems))
    said = tuple(changes_in_words(base, _saved.what_if))
    try:
        changed = _saved.what_if.applied_to(base)
    except ScenarioError as error:
        return Kept(_saved, _stem, key, base, None, "", said, tuple(error.problems))
    try:
        text = toml_text.diff(base, _saved.what_if, _saved.name)
    except ScenarioError as error:  # it can be planned, but no short file says it
        named = replace(changed, name=_stem)
        return Kept(_saved, _stem, key, base, named, "", said, tuple(error.problems))
    name = f"{_stem}.toml"
    scenario = read(name, files={**_saved.files, name: text})
    return Kept(_saved, _stem, key, base, scenario, text, said)


def archive(every: Sequence[Kept]) -> bytes:
    """Return the scenario files of saved what-ifs, and those uploaded that they extend, as ZIP."""
    files = {name: text for one in every for name, text in one.saved.files.items()}
    files |= {f"{one.stem}.toml": one.text for one in every if one.text}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive_:
        for name, content in sorted(files.items()):
            archive_.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def inputs(view: View) -> str:
    """Return every option and what is changed in it, for every row of a file."""
    said = [f"{BASELINE}: {view.base.settings.title}"]
    for one in kept():
        said.append(f"{one.name}: {'; '.join([one.rests_on, *one.changes])}")
    return " | ".join(said)


# Plans -------------------------------------------------------------------------------------


def planned(name: str, key: str, scenario: Scenario, *, fixed: bool) -> PlanResult | None:
    """Return the plan of an option as `capacity compare` makes it; None while that is stopped.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    if fixed:
        return _fixed(key, scenario)
    return worked_out(f"Planning {name} …", key, compare.planned, scenario)


@st.cache_resource(max_entries=16, show_spinner=False)
def _fixed(key: str, _scenario: Scenario) -> PlanResult:
    return compare.planned(_scenario, fixed=True)
