"""What a page shows: the scenario, what is changed in it, and the plans of both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from capacity.app import results
from capacity.app.outlooks import Ahead
from capacity.app.results import Result
from capacity.app.toml_text import WhatIf
from capacity.catalogue import Entry, declared_at
from capacity.charts import Shown, frames
from capacity.errors import Problem
from capacity.reading import levers
from capacity.reading.naming import find
from capacity.reading.scenario import Scenario
from capacity.reading.scenario_text import literal
from capacity.results.phrases import asks
from capacity.settings import Standard
from capacity.stages import PlanResult
from capacity.why.headlines import Headlines
from capacity.wording import as_typed, per_cent


@dataclass(frozen=True)
class View:
    """What a page shows: the scenario, what is changed, and the plans of both."""

    base: Scenario
    what_if: WhatIf
    result: Result
    baseline: Result | None  # where something is changed
    ahead: Ahead | None = None  # None: not known yet
    ahead_before: Ahead | None = None

    @property
    def plan(self) -> PlanResult:
        """The plan of the scenario with its changes."""
        return self.result.plan

    @property
    def said(self) -> Headlines:
        """What the plan comes to."""
        return self.result.said

    @cached_property
    def shown(self) -> Shown:
        """What charts draw."""
        before = self.baseline
        return Shown(
            self.plan,
            None if before is None else before.plan,
            self.said,
            None if before is None else before.said,
            _drawn(self.ahead),
            _drawn(self.ahead_before),
        )

    @cached_property
    def selections(self) -> str:
        """The scenario and what is changed, for every output."""
        return "; ".join([self.base.settings.title, *changes_in_words(self.base, self.what_if)])

    @property
    def stem(self) -> str:
        """What downloaded files are called."""
        return f"{self.base.name}-what-if" if self.what_if else self.base.name


def _drawn(ahead: Ahead | None) -> frames.Ahead | None:
    """Return what charts draw of it: a place kept for what is not known yet."""
    return {} if ahead is None else ahead.found or None


# Words -------------------------------------------------------------------------------------


def changes_in_words(base: Scenario, what_if: WhatIf) -> list[str]:
    """Return what is changed, each as `setting: old → new`."""
    said = [setting_words(base, name, value) for name, value in what_if.values.items()]
    return [*said, *(added_words(base, kind, item) for kind, item in what_if.added)]


def setting_words(base: Scenario, name: str, value: Any) -> str:
    """Return what a setting was and is, in words."""
    every = results.levers_of(base)
    found, tier = levers.known(every, name), ""
    if found is None:  # of a tier, in the place of one number for all
        around, _, last = name.rpartition(".")
        found, tier = levers.known(every, around), f", {last.replace('_', ' ')}"
    if isinstance(value, dict):
        value = value.get("value")
    if found is None:
        return _undeclared(base, name, value)
    today = found.words(found.today)
    try:
        return f"{found.title}{tier}: {today} → {found.words(value)}"
    except (ArithmeticError, TypeError, ValueError):
        return f"{found.title}{tier}: {today} → {as_typed(value)}"


def _undeclared(base: Scenario, name: str, value: Any) -> str:
    """Return what a setting without a lever is now, named by its meaning where it has one."""
    declared = _declared(base, name)
    share = declared is not None and declared.unit == "share" and isinstance(value, int | float)
    said = "taken away" if value is None else per_cent(value) if share else as_typed(value)
    return f"{named_by_meaning(base, name)}: {said}"


def named_by_meaning(base: Scenario, name: str) -> str:
    """Return what a setting without a lever is called: its meaning, its last name without one."""
    declared = _declared(base, name)
    words = name.rpartition(".")[2].replace("_", " ")
    meaning = words if declared is None else declared.meaning.partition(";")[0]
    return f"{meaning[:1].upper()}{meaning[1:]}"


def _declared(base: Scenario, name: str) -> Entry | None:
    path, rest = find(base.tree, name)
    return declared_at((*path, *rest))


def problem_words(base: Scenario, one: Problem) -> str:
    """Return what is to be checked in a scenario that is open, its setting in words."""
    lever = levers.known(results.levers_of(base), one.setting)
    what = named_by_meaning(base, one.setting) if lever is None else lever.title
    found = f", found {one.got}" if one.got is not None else ""
    use = f"; use {one.use}" if one.use is not None else ""
    return f"{what}: {one.must}{found}{use}" if one.setting else f"{one.must}{found}{use}"


def added_words(base: Scenario, kind: str, item: Any) -> str:
    """Return what was added to a list."""
    when = levers.month_words(item.get("at" if kind == "events" else "from"))
    if kind == "people":
        until = item.get("until")
        end = f" to {levers.month_words(until)}" if until else " on"
        fte = item.get("fte")
        sign = f"{fte:+g}".replace("-", "−") if isinstance(fte, int | float) else as_typed(fte)
        return f"{item.get('why', 'People')}: 0 → {sign} FTE, {when}{end}"
    if kind == "changes" and isinstance(item.get("set"), dict):
        said = [setting_words(base, name, value) for name, value in item["set"].items()]
        return f"From {when}: {'; '.join(said)}"
    if kind == "standards":
        return f"{item.get('name')}: {asks(base.settings, Standard.model_validate(item))}"
    if kind == "events":
        why = item.get("why") or "One-off event"
        given = next(item[key] for key in ("cases", "arrivals", "leavers") if key in item)
        number = as_typed(given)
        moved = f" moved from {item['from']} to {item['to']}" if {"from", "to"} <= set(item) else ""
        moved = " leaving" if "leavers" in item else moved
        return f"{why}: 0 → {number} cases{moved} in {when}"
    return f"{kind}: {literal(item)}"
