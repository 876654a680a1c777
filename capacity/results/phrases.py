"""How duties, options and standards are called in a sentence, and how a standard fares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from capacity import kinds
from capacity.engine.measures import NOTHING
from capacity.engine.model import Model
from capacity.engine.standards import Judgement
from capacity.reading import crosscheck
from capacity.settings import Settings, Standard
from capacity.why.events import A_CASE, Spell, spells_of
from capacity.why.headlines import CutShort, Headline, Headlines, Service, Standing
from capacity.wording import (
    FIRST_MONTH_OF_YEAR,
    counted,
    inside,
    listed,
    month,
    number,
    per_cent,
    period,
    plural,
    since,
    until,
    up_to,
)


def whose(option: Headline) -> str:
    """Return what an option is called."""
    return "no posts added" if option.name == "today" else "team needed"


def name_of(said: Headlines, service: Service) -> str:
    """Return a duty's name in the plural, with whose it is where two have the same."""
    name = plural(inside(service.duty_label))
    same = [one for one in said.today.services if one.duty_label == service.duty_label]
    return f"{name} ({service.cohort_label})" if len(same) > 1 else name


def grade_label(model: Model, grade: int) -> str:
    """Return a grade's name as shown to people, within a sentence."""
    team, name = model.grades[grade]
    return inside(model.scenario.settings.teams[team].grades[name].label or name)


def with_starts(model: Model) -> str:
    """Return the months in which posts may start, of the plans that one is the cheapest of."""
    starts = model.scenario.settings.sizing.starts
    if starts == "month":
        return "with posts starting in any month"
    if starts == "quarter":
        return "whose posts start with a quarter"
    begins_a_year = model.calendar.labels[0].endswith(f"-{FIRST_MONTH_OF_YEAR:02d}")
    return f"whose posts start in April{'' if begins_a_year else ' or in the first month'}"


def short_words(option: Headline) -> str:
    """Return that hours lack for work that comes before duties."""
    return (
        f"{counted(option.short, 'hour')} are lacking in all for work that comes before activities"
    )


# What teams do when hours are short (EQ24, EQ25) --------------------------------------------


def cut_short(model: Model, one: CutShort) -> str:
    """Return by how much a team cuts work short, first and most: `in PPU, by 310 hours …`.

    EQ25.
    """
    labels, first, worst = model.calendar.labels, int(one.months[0]), one.worst
    most = counted(float(one.hours[worst]), "hour")
    if len(one.months) == 1:
        return f"in {one.label} in {month(labels[worst])}, by {most}"
    words = f"in {one.label}, by {counted(one.per_month, 'hour')} per month on average"
    if not np.isnan(one.share):
        words += f" ({per_cent(one.share)} of the team's hours)"
    when = f"first in {month(labels[first])} and most in {month(labels[worst])}"
    if first == worst:
        when = f"first and most in {month(labels[worst])}"
    return f"{words}, {when} ({most})"


def done_early(said: Headlines, option: Headline) -> str:
    """Return what an option completes before it falls due; empty where there is none (EQ24)."""
    parts = []
    for one in option.services:
        early = float(one.early.sum())
        if early >= A_CASE:
            size = number(early / said.model.months)
            share = per_cent(early / (early + float(one.done.sum())))
            parts.append(f"{size} {name_of(said, one)} per month ({share} of those completed)")
    return listed(parts)


# Standards ---------------------------------------------------------------------------------


def asks(settings: Settings, rule: Standard) -> str:
    """Return what a standard asks for."""
    kind = rule.kind
    words = kind.asked_for(_central(rule.level.value), of_queue=rule.queue is not None)
    if kind.about is kinds.ACTIVITY:
        return f"{words}, each {rule.judged}{_pooled(rule)}"
    weights = weighed(settings, rule)
    return f"{words} ({weights})" if weights else words


def _pooled(rule: Standard) -> str:
    """Return that a standard holds for tiers, or classes of a queue, together."""
    if not rule.pooled:
        return ""
    return ", tiers together" if rule.queue is None else ", classes together"


def weighed(settings: Settings, rule: Standard) -> str:
    """Return how a limit counts tiers that it does not count in full; empty if there are none."""
    if rule.kind is not kinds.CASES_PER_OFFICER or rule.cohort is None:
        return ""
    parts = []
    for name, tier in settings.cohorts[rule.cohort].tiers.items():
        weight = _central(tier.counts.value)
        if weight < 1 and (rule.tiers is None or name in rule.tiers):
            label = inside(tier.label or name)
            parts.append(f"{label} {f'counted as {weight:g}' if weight else 'not counted'}")
    return listed(parts)


def readings(said: Headlines, option: Headline, rule: Standard) -> str:
    """Return cases per officer at the end, with and without those owed nothing planned (EQ18).

    Empty where the standard is no such limit, or counts nobody who is owed nothing.
    """
    model = said.model
    limit = next((one for one in model.rules.caseloads if one.name == rule.name), None)
    plan = next(one for one in said.plan.options if one.name == option.name)
    if limit is None:
        return ""
    tiers = [tier for tier in limit.tiers.tolist() if tier in model.community]
    cases = plan.projection.caseload.cases[0, -1, tiers]
    every, visited = float(cases.sum()), float(cases[model.owed[-1, tiers]].sum())
    officers = float(plan.projection.officers[0, -1, limit.team])
    if every - visited < A_CASE or officers < NOTHING:
        return ""
    full, some = number(every / officers), number(visited / officers)
    end = month(model.calendar.labels[-1])
    return f"{full} in {end} with every case counted, {some} without those managed reactively"


def _central(number_: Any) -> float:
    return float(np.ravel(number_)[0])


def fares(model: Model, standing: Standing) -> str:
    """Return how a standard fares: from when it is met, or where and when it is not."""
    if not standing.judged:
        return "not judged within the time projected"
    lost, kept, worst = standing.periods_missed, standing.kept_from, standing.worst
    if worst is None:
        return f"met from {since(standing.judged[0].name)}"
    of = f"{len(lost)} of {counted(len(standing.judged), span_of(lost[0].name))}"
    words = f"not met in {of}, first in {period(lost[0].name)}, worst {_worst(model, worst)}"
    return f"{words}; met from {since(kept.name)}" if kept else words


def never_judged(model: Model) -> Iterator[tuple[str, str]]:
    """Yield the standards that are never judged for want of a whole period, each said (EQ17)."""
    settings = model.scenario.settings
    for rule in settings.standards:
        why = crosscheck.never_judged(settings, rule, model.months)
        if why:
            yield rule.name, f"{rule.name} is never judged: {why}."


def when_not_met(standing: Standing) -> str:
    """Return the spells in which a standard is not met, such as "from May 2026"; empty if none."""
    spells = spells_of(standing)
    if len(spells) > 2:
        last = until(spells[-1].last.name)
        return f"at times from {since(spells[0].first.name)} to {last}"
    return " and again ".join(_spell(one) for one in spells)


def _spell(one: Spell) -> str:
    if one.first == one.last:
        return f"in {period(one.first.name)}"
    if one.to_the_end:
        return f"from {since(one.first.name)}"
    return f"from {since(one.first.name)} to {period(one.last.name)}"


def span_of(name: str) -> str:
    """Return what kind of period a name is of."""
    return "quarter" if "-Q" in name else "year" if "/" in name else "month"


def _worst(model: Model, one: Judgement) -> str:
    """Return how bad the worst period is."""
    size = kinds.KINDS[one.kind].reached(float(one.achieved[0]), _central(one.required))
    tier = tier_label(model, one)
    return f"{size}{f' ({tier})' if tier else ''} in {period(one.period.name)}"


def tier_label(model: Model, one: Judgement) -> str:
    """Return the tier that a judgement is about as shown to people, empty where it is of many."""
    settings = model.scenario.settings
    if one.cohort is None and one.duty in settings.queues:
        one_class = len(settings.queues[one.duty].class_names) == 1
        return "" if one.tier is None or one_class else settings.tier_label(None, one.tier)
    tiers = settings.cohorts[one.cohort].tiers if one.cohort else {}
    if one.tier not in tiers:
        return ""
    return inside(tiers[one.tier].label or one.tier)


def shortfalls(model: Model, lost: Sequence[Judgement]) -> tuple[str, ...]:
    """Return what is not met, most hours first: which, in which tier, when, by how much.

    Returns:
        One for each rule and tier.
    """
    groups: dict[tuple[str, str | None, str | None], list[Judgement]] = {}
    for one in lost:
        groups.setdefault((one.standard, one.cohort, one.tier), []).append(one)
    ranked = sorted(
        groups.values(), key=lambda group: -sum(float(o.missed_by[0]) * o.hours_each for o in group)
    )
    return tuple(_shortfall(model, group) for group in ranked)


def _shortfall(model: Model, group: Sequence[Judgement]) -> str:
    one, last = group[0], group[-1]
    tier = tier_label(model, one)
    name = f"{one.standard} ({tier})" if tier else one.standard
    most = max(float(each.missed_by[0]) for each in group)
    amount = kinds.missing(one.unit, most)
    first = period(one.period.name)
    if len(group) == 1:
        return f"{name} is not met in {first}, by {amount}"
    times = counted(len(group), span_of(one.period.name))
    apart = any(after.period.first > one.period.end for one, after in pairwise(group))
    until = period(last.period.name)
    span = f"between {first} and {until}" if apart else f"{first} to {until}"
    return f"{name} is not met in {times} ({span}), by {up_to(amount)}"
