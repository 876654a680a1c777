"""What the posts asked for are for: the activities alone, then each limit, last confidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capacity import kinds
from capacity.engine.model import Array, Model
from capacity.errors import SolverError
from capacity.risk.recommended import Recommended, posts_at_the_end
from capacity.staffing import sizing
from capacity.staffing.questions import Question
from capacity.stages import PlanResult
from capacity.why.headlines import SAME, team_label
from capacity.wording import inside, posts

KNOWN = "layers"
"""Where a plan remembers its layers, so that every page and paper reads the same ones."""

ACTIVITIES = "activities"
"""The rule of the first layer: every standard on an activity, the hours that work takes, and what
holds within a team, such as officers per supervisor. Other rules are limits, in file order."""

CONFIDENCE = "confidence"
"""The rule of the last layer of a recommended plan: the posts that it has at the end, the median
of the simulations for each grade, beyond those of the plan for the central case."""


@dataclass(frozen=True)
class Layer:
    """A row of the `layers` table: posts of a grade that one more rule asks for.

    A layer that asks for none has one row, of no grade. The layers of a grade add up to its posts
    added at the end of the plan; with the last, to those of the recommended plan.

    layer: 1 for the activities alone, then one for each limit in file order, last confidence.
    rule: the name of the limit.
    posts: at the end, more than in the layer before; below 0 where the rule takes posts away.
    cost_per_year: of twelve months, in real terms.
    """

    layer: int
    rule: str
    team: str | None
    grade: str | None
    posts: float
    cost_per_year: float
    words: str


def layers(plan: PlanResult) -> tuple[Layer, ...]:
    """Return the posts added by the end of a plan, by what asks for them.

    Sized again with fewer rules: each layer is the least-cost team with one more of them, and the
    last is the plan itself. Worked out once for each plan; none where a layer cannot be.
    """
    if KNOWN not in vars(plan):
        try:
            vars(plan)[KNOWN] = tuple(_layers(plan))
        except SolverError:
            vars(plan)[KNOWN] = ()
    found: tuple[Layer, ...] = vars(plan)[KNOWN]
    return found


@dataclass(frozen=True)
class LayerTotal:
    """A layer in all: posts, their cost for twelve months, and whether any grade has others."""

    rule: str
    posts: float
    cost_per_year: float
    changes: bool


def of_recommended(found: Recommended) -> tuple[Layer, ...]:
    """Return the same for the recommended plan: its last layer is confidence.

    None where a layer of the plan for the central case cannot be worked out.
    """
    plan = found.plan
    central = layers(plan)
    if not central or plan.sizing is None:
        return ()
    extra = posts_at_the_end(found) - plan.sizing.posts[-1]
    last = central[-1].layer + 1
    return (*central, *_rows(plan.model, last, CONFIDENCE, extra, found.confidence))


def sums(rows: Iterable[Layer]) -> tuple[LayerTotal, ...]:
    """Return each layer in all, in order."""
    found: dict[int, list[Layer]] = {}
    for row in rows:
        found.setdefault(row.layer, []).append(row)
    return tuple(
        LayerTotal(
            rows[0].rule,
            sum(row.posts for row in rows),
            sum(row.cost_per_year for row in rows),
            any(row.posts for row in rows),
        )
        for rows in found.values()
    )


def limits(model: Model) -> tuple[str, ...]:
    """Return the names of the standards that are on no activity, in file order."""
    rules = model.scenario.settings.standards
    return tuple(rule.name for rule in rules if rule.kind.about is not kinds.ACTIVITY)


def _layers(plan: PlanResult) -> Iterator[Layer]:
    if plan.sizing is None or plan.question is None:
        return
    before = np.zeros(len(plan.model.grades))
    for number, (rule, added) in enumerate(_sized(plan), 1):
        yield from _rows(plan.model, number, rule, added - before)
        before = added


def _sized(plan: PlanResult) -> Iterator[tuple[str, Array]]:
    """Yield posts added at the end with one rule more each time. Shape: [grade]."""
    assert plan.sizing is not None
    names = (ACTIVITIES, *limits(plan.model))
    for place, name in enumerate(names[:-1], 1):
        yield name, _without(plan, names[place:])
    yield names[-1], plan.sizing.added[:, -1]


def _without(plan: PlanResult, names: Sequence[str]) -> Array:
    """Return the posts added at the end without some limits. Shape: [grade]."""
    assert plan.sizing is not None
    assert plan.question is not None
    found = plan.sizing.added[:, -1].copy()
    for part in plan.question.parts:
        mine = np.isin(plan.model.people.team_of, part.teams)
        if _asks_less(plan, part, found[mine], names):
            found[mine] = sizing.posts_without(part, names, plan.sizing.added)[mine]
    return found


def _asks_less(plan: PlanResult, part: Question, added: Array, names: Sequence[str]) -> bool:
    """Return whether teams may need other posts without some limits.

    Teams that need none for a caseload limit too need none without it.
    """
    rules = plan.model.rules
    held = [(one.name, one.team) for one in rules.budgets]
    held += [(one.name, one.team) for one in rules.posts]
    asked = [(one.name, one.team) for one in rules.caseloads] if added.any() else []
    return any(name in names and team in (None, *part.teams) for name, team in [*held, *asked])


def _rows(
    model: Model, number: int, rule: str, more: Array, called: str | None = None
) -> Iterator[Layer]:
    """Yield the rows of a layer; `called`: what its rule is called in words."""
    named = called or rule
    changed = np.flatnonzero(np.abs(more) > SAME).tolist()
    for g in changed:
        team, grade = model.grades[g]
        told = model.scenario.settings.teams[team].grades[grade]
        kind = f"{inside(told.label or grade)} post"
        count = posts(abs(more[g]), kind) + _than(float(more[g]), number)
        words = f"{count} ({team_label(model, team)}) {_for(named, number)}."
        cost = float(more[g] * model.people.cost[0, -1, g])
        yield Layer(number, rule, team, grade, float(more[g]), cost, words)
    if not changed:
        yield Layer(number, rule, None, None, 0.0, 0.0, f"No posts {_for(named, number)}.")


def _than(more: float, number: int) -> str:
    if more < 0:
        return " fewer"
    return " more" if number > 1 else ""


def _for(rule: str, number: int) -> str:
    return "for the activities" if number == 1 else f"for {rule}"
