"""A plan beside that of the scenario it extends, so that what differs can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from capacity import stages
from capacity.errors import CapacityError
from capacity.history import known
from capacity.reading import scenario as scenarios
from capacity.reading.scenario import Scenario
from capacity.stages import PlanResult
from capacity.why import singles

FEWEST, MOST = 2, 4
"""So many items added to a scenario are each told by themselves too."""

ITEMS = {"people", "events", "inflows"}
"""Tables whose items are told by themselves, where nothing else differs."""

Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Alone:
    """One item that a scenario adds to the one it extends, by itself with current posts."""

    name: str
    plan: PlanResult


def run(scenario: Scenario, *, fixed: bool = False) -> PlanResult:
    """Return the plan of a scenario, with that of the scenario it extends as what was before.

    Raises:
        SolverError: if the solver gives no answer for the scenario itself.
    """
    return beside(stages.run(scenario, fixed=fixed))


def beside(plan: PlanResult) -> PlanResult:
    """Return a plan with that of the scenario it extends; as it is where there is none.

    None either where that scenario cannot be planned by itself, or covers other months.
    """
    parent = scenarios.parent(plan.scenario)
    if parent is None or not _same_months(parent, plan.scenario):
        return plan
    texts = tuple((file.name, file.text) for file in parent.files)
    return replace(plan, before=_plan_of(texts, plan.sizing is None))


def _same_months(parent: Scenario, child: Scenario) -> bool:
    """Return whether a scenario covers the months of a planned one that extends it."""
    try:
        there, here = known.opened(parent).settings, child.settings
    except CapacityError:
        return False
    return there.start == here.start and there.months == here.months


@lru_cache(maxsize=2)  # what-ifs of one scenario are often run one after the other
def _plan_of(texts: Texts, fixed: bool) -> PlanResult | None:
    """Return the plan of a scenario without its sizing problem; none where there is none."""
    try:
        found = stages.run(scenarios.read(texts[0][0], files=dict(texts)), fixed=fixed)
    except CapacityError:
        return None
    return replace(found, question=None)


def alone(plan: PlanResult) -> tuple[Alone, ...]:
    """Return what each of a few added people events, events and inflows does by itself."""
    if plan.before is None or singles.tables(plan.before.scenario, plan.scenario) - ITEMS:
        return ()
    changes = singles.changes(plan.before.scenario, plan.scenario)
    items = [one for one in changes if one.new == singles.ADDED and "." in one.setting]
    if len(items) != len(changes) or not FEWEST <= len(items) <= MOST:
        return ()
    return tuple(_alone(plan.before, items))


def _alone(before: PlanResult, items: list[singles.Single]) -> Iterator[Alone]:
    for one in items:
        scenario = before.scenario.replace(one.values)
        yield Alone(one.setting.partition(".")[2], stages.run(scenario, fixed=True))
