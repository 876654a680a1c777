"""Scenario and changes → plan: a pure function with a bounded cache.

The key is everything that decides the figures (the text of every file, the changes, whether the
team is sized), so a result of earlier inputs can never be shown for later ones.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from capacity import stages
from capacity.app.toml_text import WhatIf
from capacity.app.working import worked_out
from capacity.errors import ScenarioError
from capacity.places import folder
from capacity.reading import in_words
from capacity.reading.in_words import InWords
from capacity.reading.levers import Lever
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import literal
from capacity.results import summary
from capacity.stages import PlanResult
from capacity.why import parents
from capacity.why.headlines import Headlines, read_off

Work = Callable[..., Any]
"""`worked_out`, which the page waits for, or `filled_in`, which it does not."""

LONGEST = 300.0
"""Seconds that working out a team may take; far more than any scenario that comes with this."""


def base(name: str, uploads: Mapping[str, str]) -> Scenario:
    """Return a shipped scenario, or one that was uploaded; no other file is ever read.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    parts = [name, *(f"{file} {text}" for file, text in sorted(uploads.items())), *_on_disk()]
    key = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
    return _read(key, name, uploads)


def _on_disk() -> Iterator[str]:
    """Yield the state of every file that a scenario may be read from."""
    for path in (*sorted(folder("scenarios").glob("*.toml")), folder("data") / "sources.csv"):
        there = path.stat()
        yield f"{path} {there.st_mtime_ns} {there.st_size}"


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(key: str, _name: str, _uploads: Mapping[str, str]) -> Scenario:
    return read(_name, files=_uploads)


@dataclass(frozen=True)
class Result:
    """A plan, what it comes to, and the answer in paragraphs."""

    plan: PlanResult
    said: Headlines
    answer: str

    @classmethod
    def of(cls, plan: PlanResult) -> Result:
        """Return a plan with what it comes to."""
        said = read_off(plan)
        return cls(plan, said, "\n\n".join(summary.paragraphs(said)))


def result_of(base_: Scenario, what_if: WhatIf) -> Result:
    """Return the plan of a scenario with its changes for current posts, and what it comes to.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    return _fixed(key_of(base_, what_if), base_, what_if)


def sized_of(
    base_: Scenario, what_if: WhatIf, whose: str = "the", work: Work = worked_out
) -> Result | None:
    """Return the same with the team needed, worked out by `work`; None while there is none.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
        SolverError: if the solver gives no proven answer.
    """
    key = key_of(base_, what_if)
    scenario = result_of(base_, what_if).plan.scenario
    words = f"Working out {whose} team needed …"
    run = stages.run if what_if else parents.run
    plan: PlanResult | None = work(words, key, run, scenario, seconds=LONGEST)
    if plan is None:
        return None
    if not what_if:
        return _said(key, plan)
    before = sized_of(base_, WhatIf(), "the baseline's", work)
    # The baseline's may be there later: what was said without it is not said again.
    return _said(f"{key} {before is not None}", _against(plan, before))


def _against(plan: PlanResult, before: Result | None) -> PlanResult:
    """Return a plan to be compared with the baseline's."""
    return plan if before is None else replace(plan, before=replace(before.plan, before=None))


def key_of(base_: Scenario, what_if: WhatIf) -> str:
    """Return a hash of everything that decides the figures."""
    # Names are in results too: one person's must not be shown for another's equal file.
    parts = [f"{file.sha256} {literal(file.name)}" for file in base_.files]
    parts += [f"{literal(name)}={_text(value)}" for name, value in what_if.values.items()]
    parts += [f"{literal(name)}+{literal(item)}" for name, item in what_if.added]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def _text(value: object) -> str:
    return "" if value is None else literal(value)


def changed(base_: Scenario, what_if: WhatIf) -> Scenario:
    """Return a scenario with its changes.

    Raises:
        ScenarioError: with everything that is wrong with them.
    """
    return _changed(key_of(base_, what_if), base_, what_if) if what_if else base_


@st.cache_resource(max_entries=16, show_spinner=False)
def _changed(key: str, _base: Scenario, _what_if: WhatIf) -> Scenario:
    return _what_if.applied_to(_base)


@st.cache_resource(max_entries=16, show_spinner=False)
def _fixed(key: str, _base: Scenario, _what_if: WhatIf) -> Result:
    if not _what_if:
        return Result.of(parents.run(_base, fixed=True))
    found = stages.run(changed(_base, _what_if), fixed=True)
    return Result.of(_against(found, result_of(_base, WhatIf())))


@st.cache_resource(max_entries=8, show_spinner=False)
def _said(key: str, _plan: PlanResult) -> Result:
    return Result.of(_plan)


def levers_of(base_: Scenario) -> tuple[Lever, ...]:
    """Return every lever of a scenario."""
    return words_of(base_).levers


def words_of(base_: Scenario) -> InWords:
    """Return the settings of a scenario in words."""
    return _words(key_of(base_, WhatIf()), base_)


@st.cache_resource(max_entries=4, show_spinner=False)
def _words(key: str, _base: Scenario) -> InWords:
    return in_words.of(_base)


def titles_of(texts: Mapping[str, str | None]) -> Mapping[str, str]:
    """Return the titles of scenarios, by name; `texts`: those that were uploaded, others None."""
    return _titles(tuple(texts.items()))


@st.cache_resource(max_entries=8, show_spinner=False)
def _titles(texts: tuple[tuple[str, str | None], ...]) -> Mapping[str, str]:
    return {name: _title_of(name, text) for name, text in texts}


@st.cache_data(max_entries=32, show_spinner=False)
def _title_of(name: str, text: str | None) -> str:
    """Return a scenario's title, its name where it cannot be read."""
    try:
        return read(name, files={} if text is None else {name: text}).settings.title
    except ScenarioError:
        return _said_title(text) or name  # as far as it can be told without what it extends


def _said_title(text: str | None) -> str:
    try:
        return str(tomllib.loads(text or "").get("title") or "")
    except tomllib.TOMLDecodeError:
        return ""


def effect(base_: Scenario, what_if: WhatIf, alone: WhatIf, rest: WhatIf) -> str:
    """Return that a change does nothing in view, empty where it does.

    Tried by leaving it out of all the others, which was planned before as a rule, then by itself.
    """
    try:
        words = _difference(result_of(base_, rest).plan, result_of(base_, what_if).plan)
        if not words or rest == WhatIf():
            return words
        by_itself = _difference(result_of(base_, WhatIf()).plan, result_of(base_, alone).plan)
        return words if by_itself else ""
    except ScenarioError:
        return ""


def _difference(a: PlanResult, b: PlanResult) -> str:
    """Return what two plans of current posts have in common although a setting differs."""
    here, there = a.today, b.today
    same = (
        here.projection.done.shape == there.projection.done.shape
        and a.model.calendar == b.model.calendar
        and np.array_equal(here.projection.due, there.projection.due)
        and np.array_equal(here.projection.done, there.projection.done)
        and np.array_equal(a.cases.cases, b.cases.cases)
        and np.array_equal(here.staff.in_post, there.staff.in_post)
        and np.array_equal(here.projection.officers, there.projection.officers)
    )
    if not same:
        return ""
    if not np.array_equal(here.costs.total_cash, there.costs.total_cash) or not np.array_equal(
        here.costs.total_discounted, there.costs.total_discounted
    ):
        return "changes money only: no case, visit or post"
    if a.scenario.settings.standards != b.scenario.settings.standards:
        return "changes what is asked for, not the results of current posts"
    return "does not change the results of current posts"
