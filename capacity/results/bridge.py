"""From the first twelve months to the last: what changes between hours there and hours needed.

A waterfall whose bars add up: the difference at the start, one step for each reason, the
difference at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, alike
from capacity.engine.projection import falls_due
from capacity.stages import Option, PlanResult
from capacity.why.headlines import team_label
from capacity.wording import month, number

YEAR = 12
"""Months at each end that are averaged, so that the season is in neither."""


@dataclass(frozen=True)
class BridgeStep:
    """A bar of the waterfall: hours per month of one team.

    Attributes:
        name: start, end, or the reason.
        words: the same as people read it.
        hours: there less needed at the start and the end; of a reason, what it adds.
    """

    name: str
    words: str
    hours: float


def bridge(plan: PlanResult, option: Option, team: int) -> tuple[BridgeStep, ...]:
    """Return the waterfall of a team; none where there are too few months.

    Hours there are the team's own and overtime, with help received and without help given; hours
    needed are other work and every activity done when it falls due (EQ8, EQ9, EQ11 to EQ13).

    Args:
        plan: a plan.
        option: the way to staff that is shown.
        team: place of the team in the model.
    """
    months = plan.model.months
    ends = min(YEAR, months // 2)
    if not ends:
        return ()
    first, last = slice(0, ends), slice(months - ends, months)

    def moved(hours: Array) -> float:
        return float(hours[last].mean() - hours[first].mean())

    labels = plan.model.calendar.labels
    there, needed = _there(option, team), _needed(plan, option, team)
    steps = [
        BridgeStep(name, words, hours)
        for part in (_cases(plan, team, first, last), _people(plan, option, team, first, last))
        for name, words, hours in part
    ]
    run = option.projection
    steps.insert(2, BridgeStep("other_work", "Other work", -moved(run.other_work[0, :, team])))
    helped = run.received[0, :, team] - run.lent[0, :, team]
    steps.append(BridgeStep("help", _help(plan, team), moved(helped)))
    steps.append(BridgeStep("overtime", "Overtime", moved(run.overtime[0, :, team])))
    balance = there - needed
    return (
        BridgeStep("start", _span(labels[first]), float(balance[first].mean())),
        *steps,
        BridgeStep("end", _span(labels[last]), float(balance[last].mean())),
    )


def _there(option: Option, team: int) -> Array:
    """Return the hours there are. Shape: [month]."""
    run = option.projection
    hours: Array = (run.own + run.overtime + run.received - run.lent)[0, :, team]
    return hours


def _needed(plan: PlanResult, option: Option, team: int) -> Array:
    """Return the hours needed. Shape: [month]."""
    hours: Array = option.projection.other_work[0, :, team] + _due(plan, team).sum(axis=1)
    return hours


def _due(plan: PlanResult, team: int) -> Array:
    """Return the hours of the activities of a team that fall due. Shape: [month, row]."""
    duties = plan.model.duties
    mine = duties.team_of == team
    hours: Array = (falls_due(plan.model, plan.caseload) * duties.hours)[0][:, mine]
    return hours


def _cases(
    plan: PlanResult, team: int, first: slice, last: slice
) -> Iterator[tuple[str, str, float]]:
    """Yield what more cases need, at the hours of the start, and what each case needs more."""
    model = plan.model
    mine = model.duties.team_of == team
    due = _due(plan, team)
    more = float(due[last].sum(axis=1).mean() - due[first].sum(axis=1).mean())
    growth = 0.0
    for place, row in enumerate(np.flatnonzero(mine).tolist()):
        before, after = (float(due[span, place].mean()) for span in (first, last))
        tier = model.duties.tier_of[row]
        if not model.rows[row].cohort:  # of a queue: what arrives is all there is
            growth += after - before
            continue
        cases = plan.caseload.cases[0, :, tier]
        there = float(cases[first].mean())
        if there > 0:
            growth += before / there * (float(cases[last].mean()) - there)
    yield "growth", "More cases", -growth
    yield "each_case", "Work due for each case", -(more - growth)


def _people(
    plan: PlanResult, option: Option, team: int, first: slice, last: slice
) -> Iterator[tuple[str, str, float]]:
    """Yield what posts, leavers, leave and loans, and the hours of each officer change."""
    people, staff = plan.model.people, option.staff
    mine = people.team_of == team
    each = np.broadcast_to((alike(people.share) * alike(people.hours))[0], staff.in_post[0].shape)
    each = each[:, mine]
    posts, effective = staff.posts[0][:, mine], staff.effective[0][:, mine]
    events = np.broadcast_to(people.events[0], staff.in_post[0].shape)[:, mine]

    def moved(hours: Array) -> float:
        return float((hours[last].mean(axis=0) - hours[first].mean(axis=0)).sum())

    added = float(
        (each[first].mean(axis=0) * (posts[last].mean(axis=0) - posts[first].mean(axis=0))).sum()
    )
    own = option.projection.own[0, :, team]
    all_own = float(own[last].mean() - own[first].mean())
    vacant, away = moved(each * (effective - events - posts)), moved(each * events)
    yield "posts", "Posts", added
    yield "leavers", "Leavers, vacancies and training", vacant
    yield "leave", "Leave and loans", away
    yield "each_officer", "Hours of each officer", all_own - added - vacant - away


def _help(plan: PlanResult, team: int) -> str:
    """Return whose help it is."""
    lending = plan.model.lending
    lenders = {rule.lender for rule in lending if rule.borrower == team}
    if len(lenders) == 1:
        return f"Help from {team_label(plan.model, plan.model.teams[lenders.pop()])}"
    return "Help between teams"


def in_words(steps: tuple[BridgeStep, ...]) -> str:
    """Return how the difference changes, and the step that takes most."""
    start, *reasons, end = steps
    worst = min(reasons, key=lambda one: one.hours)
    said = f"{_spare(start.hours)} in {start.words}, {_spare(end.hours)} in {end.words}"
    if worst.hours > -0.5:
        return said
    return f"{said}; {worst.words[:1].lower()}{worst.words[1:]} takes most ({number(-worst.hours)})"


def _spare(hours: float) -> str:
    if abs(hours) < 0.5:
        return "as many hours per month as are needed"
    return f"{number(abs(hours))} hours per month {'to spare' if hours > 0 else 'too few'}"


def _span(labels: Sequence[str]) -> str:
    return f"{month(labels[0])} to {month(labels[-1])}"
