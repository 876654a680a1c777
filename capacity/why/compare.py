"""Options side by side, and what each changed setting contributes to the difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.engine.model import MONTHS_A_YEAR
from capacity.engine.projection import Projection
from capacity.reading.scenario import Scenario, differences
from capacity.staffing import costs, questions
from capacity.staffing.costs import OptionRow
from capacity.staffing.questions import Question
from capacity.staffing.varying import least, with_settings
from capacity.stages import PlanResult, run
from capacity.why import singles
from capacity.why.singles import NOT_SETTINGS, short
from capacity.wording import counted, pounds

A_POUND = 1.0
"""Less than half of it is no difference."""

GAP = 1e-4
"""Plans in whole posts are compared at this gap: at a wider one half a post is noise."""

INTERACTION = "interaction"
"""What is left of a difference when every setting has been changed by itself."""

MEASURES = {
    "cost": "£ discounted, team needed, allowing part posts",
    "hours_missed": "hours by which standards are not met, the same team",
    "on_time": "activities done on time with no posts added",
    "outstanding_end": "activities overdue at the end with no posts added",
}
"""What differences are taken of: never of whole posts, whose rounding is noise.

Where sizing is left out the cost is that of current posts, and no hours missed are told.
"""


@dataclass(frozen=True)
class Difference:
    """A setting that differs between the first option and another."""

    option: str
    setting: str
    from_: Any
    to: Any

    @property
    def words(self) -> str:
        """The change as `setting: old → new`."""
        return f"{self.setting}: {short(self.from_)} → {short(self.to)}"


@dataclass(frozen=True)
class Contribution:
    """A row of the `contributions` table: one setting changed, all others as in the first option.

    The row called `interaction` is what changing them together adds; the rows of a measure and
    option add up to the whole difference.
    """

    measure: str
    setting: str
    from_: Any
    to: Any
    effect: float
    option: str


@dataclass(frozen=True)
class YearEnd:
    """What an option has reached at the end of a financial year, or of the horizon."""

    option: str
    year: str
    cohort: str
    duty: str
    tier: str
    done: float  # in the year
    on_time: float  # in the year
    outstanding: float
    longest_wait_months: float


@dataclass(frozen=True)
class YearCost:
    """Posts and cost of an option in a financial year, all teams."""

    option: str
    year: str
    posts: float  # mean of the months
    in_post: float  # mean of the months
    cost: float  # real, posts and overtime
    standards_missed: int  # named standards that are not met in a period that ends in the year
    times_missed: int  # the same, each tier and period counted by itself


@dataclass(frozen=True)
class SideBySide:
    """Options side by side; the first is what the others are compared with."""

    plans: tuple[PlanResult, ...]
    names: tuple[str, ...]
    changes: tuple[Difference, ...]
    options: tuple[OptionRow, ...]
    year_costs: tuple[YearCost, ...]
    year_ends: tuple[YearEnd, ...]
    contributions: tuple[Contribution, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The comparison in sentences, the changed settings first."""
        return tuple(_in_words(self))


def compare(scenarios: Sequence[Scenario], gap: float = GAP, *, fixed: bool = False) -> SideBySide:
    """Return options side by side, with what each changed setting contributes.

    Each scenario is sized; its team needed is the option, under the scenario's name. `fixed` leaves
    sizing out: the options are current posts.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    found = beside([planned(scenario, gap, fixed=fixed) for scenario in scenarios])
    first, *others = found.plans
    parts = tuple(
        row
        for name, plan in zip(found.names[1:], others, strict=True)
        for row in contributions(first, plan, name)
    )
    return replace(found, contributions=parts)


def planned(scenario: Scenario, gap: float = GAP, *, fixed: bool = False) -> PlanResult:
    """Return the plan of one option, its sizing problem left behind: all that is compared.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    return replace(run(scenario, gap=gap, fixed=fixed), question=None)


def beside(plans: Sequence[PlanResult]) -> SideBySide:
    """Return plans side by side, without what each changed setting contributes."""
    scenarios = [plan.scenario for plan in plans]
    names = _distinct([scenario.name for scenario in scenarios])
    told = list(zip(names, plans, strict=True))
    changes = tuple(
        Difference(name, setting, old, new)
        for name, scenario in zip(names[1:], scenarios[1:], strict=True)
        for setting, old, new in differences(scenarios[0], scenario)
        if setting not in NOT_SETTINGS
    )
    return SideBySide(
        plans=tuple(plans),
        names=names,
        changes=changes,
        options=costs.options_rows(
            [
                (name, plan.model, plan.options[-1].projection, plan.options[-1].costs)
                for name, plan in told
            ]
        ),
        year_costs=tuple(row for name, plan in told for row in _year_costs(name, plan)),
        year_ends=tuple(row for name, plan in told for row in _year_ends(name, plan)),
        contributions=(),
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return names with their place where two are the same."""
    return tuple(
        f"{name} ({n})" if names.count(name) > 1 else name for n, name in enumerate(names, start=1)
    )


# Side by side ------------------------------------------------------------------------------


def _year_costs(name: str, plan: PlanResult) -> Iterator[YearCost]:
    option, calendar = plan.options[-1], plan.model.calendar
    for place, year in enumerate(calendar.years):
        months = calendar.year_of == place
        lost = [
            one.standard
            for one in option.judgements
            if calendar.year_of[one.period.end - 1] == place and not one.met[0]
        ]
        yield YearCost(
            option=name,
            year=year,
            posts=float(option.staff.posts[0][months].sum(axis=1).mean()),
            in_post=float(option.staff.in_post[0][months].sum(axis=1).mean()),
            cost=float(option.costs.total_real[months].sum()),
            standards_missed=len(set(lost)),
            times_missed=len(lost),
        )


def _year_ends(name: str, plan: PlanResult) -> Iterator[YearEnd]:
    option, model = plan.options[-1], plan.model
    project = option.projection
    for place, year in enumerate(model.calendar.years):
        months = np.flatnonzero(model.calendar.year_of == place)
        for row, key in enumerate(model.rows):
            if model.duties.per_year[0, months, row].any():
                yield YearEnd(
                    option=name,
                    year=year,
                    cohort=key.cohort,
                    duty=key.duty,
                    tier=key.tier,
                    done=float(project.done[0, months, row].sum()),
                    on_time=float(project.on_time()[0, months, row].sum()),
                    outstanding=float(project.outstanding[0, months[-1], row]),
                    longest_wait_months=float(project.longest_wait[0, months[-1], row]),
                )


# Contributions -----------------------------------------------------------------------------


def contributions(first: PlanResult, other: PlanResult, name: str = "") -> tuple[Contribution, ...]:
    """Return what each changed setting by itself makes of the difference, and the interaction.

    Settings that mean nothing by themselves are changed together. The sizing problems are asked
    afresh, so that nothing depends on what was asked of them before; where sizing was left out,
    current posts are all that is compared.

    Returns:
        One for each measure and setting, then one interaction for each measure.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    sized = first.sizing is not None and other.sizing is not None
    base = _question(first)
    before, after = _measures(base, sized=sized), _measures(_question(other), sized=sized)
    found: list[Contribution] = []
    total = dict.fromkeys(before, 0.0)
    for one in singles.changes(first.scenario, other.scenario):
        then = _measures(with_settings(base, one.values), sized=sized)
        for measure in before:
            effect = then[measure] - before[measure]
            total[measure] += effect
            found.append(Contribution(measure, one.setting, one.old, one.new, effect, name))
    for measure in before:
        rest = after[measure] - before[measure] - total[measure]
        found.append(Contribution(measure, INTERACTION, None, None, rest, name))
    order = list(before)
    return tuple(sorted(found, key=lambda row: order.index(row.measure)))


def _question(plan: PlanResult) -> Question:
    """Return the sizing problem of a plan, not yet solved."""
    return questions.ask(
        plan.model, plan.caseload, plan.demand, plan.today.staff, plan.today.projection
    )


def _measures(question: Question, *, sized: bool = True) -> dict[str, float]:
    """Return every measure of a scenario."""
    measured: dict[str, float] = {}
    today: Projection = question.today
    if sized:
        found = least(question) or least(question, misses=True)
        assert found is not None
        measured |= {"cost": found.cost, "hours_missed": found.missed}
    else:
        priced = costs.price(question.model, question.today_staff, today)
        measured["cost"] = float(priced.total_discounted.sum())
    return measured | {
        "on_time": float(today.on_time()[0].sum()),
        "outstanding_end": float(today.outstanding[0, -1].sum()),
    }


# Words -------------------------------------------------------------------------------------


def _in_words(comparison: SideBySide) -> Iterator[str]:
    first = comparison.names[0]
    base = comparison.options[0]
    for name, row, plan in zip(comparison.names, comparison.options, comparison.plans, strict=True):
        if name == first:
            continue
        changes = [change for change in comparison.changes if change.option == name]
        if not changes:
            yield f"{name} has the same settings as {first}."
        yield from (f"{name}: {change.words}" for change in changes)
        more = row.cost_discounted - base.cost_discounted
        time = counted(plan.model.months, "month")
        if abs(more) < A_POUND / 2:
            yield f"{name} costs the same as {first} over {time}."
        else:
            word = "more" if more > 0 else "less"
            a_year = abs(more) / plan.model.months * MONTHS_A_YEAR
            yield (
                f"{name} costs {pounds(abs(more))} {word} than {first} over {time} (discounted), "
                f"or {pounds(a_year)} per year."
            )
        yield from _explained(comparison, name)
    for name, plan in zip(comparison.names, comparison.plans, strict=True):
        if plan.unanswered is not None:
            yield f"{name}: no plan could be worked out; its current posts are shown instead."
    words = "Only differences between options mean anything: all rest on the same assumptions."
    if comparison.plans[0].sizing is None:
        yield f"{words} The posts of each scenario are compared, with none added."
    else:
        yield (
            f"{words} The teams needed are compared, each proven to within 0.01% of the least "
            "cost; contributions allow part posts."
        )


def _explained(comparison: SideBySide, name: str) -> Iterator[str]:
    """Yield what each change contributes to the cost, the largest first."""
    rows = [
        row
        for row in comparison.contributions
        if row.option == name and row.measure == "cost" and abs(row.effect) >= A_POUND / 2
    ]
    for row in sorted(rows, key=lambda row: -abs(row.effect)):
        money, more = pounds(abs(row.effect)), row.effect > 0
        if row.setting == INTERACTION:
            verb = "add" if more else "save"
            yield f"All changes together {verb} {money} beyond the sum of each by itself."
            continue
        what = f"{row.setting} ({short(row.from_)} → {short(row.to)}) by itself"
        yield f"{what} {'adds' if more else 'saves'} {money}."
