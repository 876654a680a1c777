"""The answer as a manager would want it: one sentence, then every headline figure in words.

Terminal, app and report show these and no others. All are the central case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.engine.model import Array, Model
from capacity.engine.projection import NOTHING
from capacity.engine.standards import Judgement
from capacity.plan import Plan
from capacity.reading import assumptions
from capacity.settings import ESTIMATES, Standard
from capacity.why import decisions, headlines
from capacity.why.explain import Explanation, sentences
from capacity.why.headlines import Headline, Headlines, Service, Standing, team_label
from capacity.wording import (
    asked,
    asked_share,
    counted,
    inside,
    listed,
    month,
    number,
    people,
    per_cent,
    period,
    plural,
    posts,
    pounds,
    since,
)

MEANINGS = {
    "completion": "Completion: done ÷ due in the month, those carried over included.",
    "in_date": "In date: cases with none outstanding at the month's end ÷ cases owed one.",
}
"""What the two measures mean, shown wherever one is quoted."""


@dataclass(frozen=True)
class Figure:
    """A headline figure and the sentence that says it; no value where it is words alone."""

    name: str
    value: float | None
    unit: str
    words: str


def figures(plan: Plan, why: Explanation | None = None) -> tuple[Figure, ...]:
    """Return every headline figure of a plan with its sentence, the answer first.

    With `why`, what explains the plan follows. Shape: one a figure. Unit: as said in each.
    Source: docs/guide.md. Raises: nothing.
    """
    said = headlines.read_off(plan)
    told = () if why is None else sentences(why)
    dates = enumerate(decisions.decisions(plan), start=1)
    return (
        *_figures(said),
        *(Figure(f"decision.{n}", one.posts, "posts", one.words) for n, one in dates),
        *(Figure(name, value, "", words) for name, value, words in told),
    )


def _figures(said: Headlines) -> Iterator[Figure]:
    yield Figure("answer", None, "", answer(said))
    for option in said.options:
        there, end = float(option.posts[-1]), month(said.model.calendar.labels[-1])
        words = f"{posts(there)} in {end}, {whose(option)}."
        yield Figure(f"posts.{option.name}", there, "posts", words)
    yield from costs(said)
    for option in said.options:
        for service in option.services:
            yield from _service(said, option, service)
    for option in said.options:
        for standing in option.standings:
            yield _standing(said, option, standing)
        if option.short > NOTHING:
            words = f"{_short(option)}, {whose(option)}."
            yield Figure(f"hours_short.{option.name}", option.short, "hours", words)
    if said.sized is not None:
        for n, words in enumerate(shortfalls(said.model, said.sized.missed), start=1):
            yield Figure(f"shortfall.{n}", None, "", f"{words}.")
        yield _strict_order(said)
    yield basis(said)
    for name, words in MEANINGS.items():
        yield Figure(f"{name}_means", None, "", words)


# The one sentence --------------------------------------------------------------------------


def answer(said: Headlines) -> str:
    """Return the answer in one sentence: what today's posts lead to, and what would do.

    Shape: scalar. Unit: none. Source: docs/guide.md. Raises: nothing.
    """
    first, *rest = filter(None, [_of_today(said), _of_sized(said)])
    return "; ".join([first[:1].upper() + first[1:], *rest]) + "."


def _verb(amount: float, verb: str) -> str:
    """Return a verb as it goes with a number of posts: one post keeps, two keep."""
    return f"{verb}s" if people(amount) == "1" else verb


def _posts_today(said: Headlines) -> str:
    """Return today's posts, with what they become if that is another number."""
    there, labels = said.today.posts, said.model.calendar.labels
    changes = np.flatnonzero(np.abs(np.diff(there)) > headlines.SAME)
    words = f"today's {posts(there[0])}"
    if not len(changes):
        return words
    return f"{words} ({people(there[-1])} from {month(labels[changes[-1] + 1])})"


def _of_today(said: Headlines) -> str:
    """Return what today's posts lead to."""
    who, judged = _posts_today(said), [one for one in said.today.standings if one.judged]
    lost = [one for one in judged if one.missed]
    lead = _lead(said, lost) if judged else _least_complete(said)
    trend = _trend(said, lead) if lead else ""
    if not judged:
        none = "judged in this time" if said.today.standings else "set"
        words = f"no standard is {none}, so nothing says how many posts are needed"
        return f"{words}; {who} {trend}" if trend else words
    missed = _missed_today(said, lost, len(judged))
    if trend:
        return f"{who} {trend} and {missed}"
    if lost:
        return f"{who} {missed}"
    end = month(said.model.calendar.labels[-1])
    keep = _verb(said.today.posts[0], "keep")
    kept = f"{who} {keep} every standard {'in' if said.model.months == 1 else 'to'} {end}"
    if said.today.short > NOTHING:
        return f"{kept}, but {_short(said.today)}"
    rules = list(dict.fromkeys(one.standard for one in said.today.missed))
    return f"{kept}, but not {listed(rules, 3)}" if rules else kept


def _missed_today(said: Headlines, lost: Sequence[Standing], judged: int) -> str:
    """Return how many standards are missed and, where few are, which and from when."""
    miss = f"miss{'es' if people(said.today.posts[0]) == '1' else ''}"
    if len(lost) > 2:
        return f"{miss} {len(lost)} of {judged} standards"
    names = [f"{one.rule.name} (first in {period(one.periods_missed[0].name)})" for one in lost]
    return f"{miss} {listed(names)}"


def _lead(said: Headlines, lost: Sequence[Standing]) -> Service | None:
    """Return the duty to speak of: that of the first standard in the file that is missed."""
    cohorts = said.model.scenario.settings.cohorts
    for standing in lost:
        cohort, duty = standing.rule.cohort, standing.rule.duty
        if cohort and duty:
            key = (cohorts[cohort].group or cohort, duty)
            return next((s for s in said.today.services if (s.group, s.duty) == key), None)
    return None


def _least_complete(said: Headlines) -> Service | None:
    """Return the duty of which least is done at the end."""
    some = [service for service in said.today.services if service.ends]
    return min(some, key=lambda s: s.completion[s.ends[1]] if s.ends else 1.0, default=None)


def _trend(said: Headlines, service: Service) -> str:
    """Return how a duty goes, by both measures."""
    first, last = service.ends or (0, -1)
    labels, name, one = said.model.calendar.labels, name_of(said, service), said.today.posts[0]
    begin, end = per_cent(service.completion[first]), per_cent(service.completion[last])
    date_begin, date_end = per_cent(service.in_date[first]), per_cent(service.in_date[last])
    if first == last:
        when = month(labels[last])
        return (
            f"{_verb(one, 'get')} {end} of the {name} due done in {when} "
            f"({date_end} of cases are in date)"
        )
    when = f"{month(labels[first])} to {month(labels[last])}"
    if begin == end:
        dates = f"at {date_end}" if date_begin == date_end else f"from {date_begin} to {date_end}"
        return (
            f"{_verb(one, 'leave')} completion of {name} at {end}, {when} (cases in date: {dates})"
        )
    falls = service.completion[last] < service.completion[first]
    way = f"completion of {name} fall" if falls else f"completion of {name} rise"
    return (
        f"{_verb(one, 'let')} {way} from {begin} to {end} by {month(labels[last])} "
        f"(cases in date: from {date_begin} to {date_end})"
    )


def name_of(said: Headlines, service: Service) -> str:
    """Return a duty's name in the plural, with whose it is where two have the same.

    Shape: scalar. Unit: none. Source: the scenario. Raises: nothing.
    """
    name = plural(inside(service.duty_label))
    same = [one for one in said.today.services if one.duty_label == service.duty_label]
    return f"{name} ({service.cohort_label})" if len(same) > 1 else name


def _of_sized(said: Headlines) -> str:
    """Return what the sized team changes, or how near it comes."""
    if said.sized is None or not (said.sized.standings or said.sized.missed or said.today.missed):
        return ""
    change, cost = _posts_change(said), _cost_change(said)
    if not headlines.keeps_everything(said.plan):
        team = f"with {change}{cost}" if change else f"with no more posts{cost}"
        return f"not every standard can be kept: {team}, {_worst_shortfall(said, said.sized)}"
    if not said.today.missed and said.today.short <= NOTHING:
        return f"{change} would do{cost}" if change else ""
    if change:
        return f"{change} {_kept(said)}{cost}"
    hours = float(said.sized.overtime.max())
    overtime = f", with up to {counted(hours, 'hour')} of overtime a month" if hours > 0.5 else ""
    return f"followed month by month, the plan {_kept(said)} with no more posts{overtime}{cost}"


def _kept(said: Headlines) -> str:
    """Return from when every standard is kept."""
    starts = sorted({one.judged[0].first for one in said.today.standings if one.judged})
    labels, moved = said.model.calendar.labels, np.abs(said.added).max(axis=0).sum()
    keep = _verb(moved if moved > 0 else 1.0, "keep")
    if not starts:
        return f"{keep} every rule on posts"
    if len(starts) == 1:
        return f"{keep} every standard from {month(labels[starts[0]])}"
    return f"{keep} every standard, each from its date and all from {month(labels[starts[-1]])}"


def _posts_change(said: Headlines) -> str:
    """Return posts added and taken away, by team and grade, and from when."""
    added, labels = said.added, said.model.calendar.labels
    moving = np.flatnonzero(np.diff(added, axis=0, prepend=0.0).any(axis=1))
    if not len(moving):
        return ""
    parts = [_posts_moved(said, added, "more"), _posts_moved(said, -added, "fewer")]
    words = " and ".join(filter(None, parts))
    begin, end = month(labels[moving[0]]), month(labels[moving[-1]])
    when = f"from {begin}" if begin == end else f"starting between {begin} and {end}"
    return f"{words} {when}"


def _posts_moved(said: Headlines, moved: Array, word: str) -> str:
    """Return the most posts added (or taken away), by team and grade."""
    model = said.model
    most = np.maximum(0.0, moved.max(axis=0))
    if not most.any():
        return ""
    teams = []
    for place, team in enumerate(model.teams):
        mine = np.flatnonzero((model.people.team_of == place) & (most > 0))
        grades = [posts(most[g], _grade_label(model, g)) for g in mine.tolist()]
        teams += [f"{team_label(model, team)}: {', '.join(grades)}"] if grades else []
    return f"{posts(most.sum(), f'{word} post')} ({'; '.join(teams)})"


def _grade_label(model: Model, grade: int) -> str:
    team, name = model.grades[grade]
    return inside(model.scenario.settings.teams[team].grades[name].label or name)


def _cost_change(said: Headlines) -> str:
    """Return what the sized team costs more or less than today's posts."""
    more = said.options[-1].cost - said.today.cost
    year = said.whole_year
    amount = float(more[year[1]].sum() if year else more.sum())
    if abs(amount) < 0.5:
        return ""
    size = f"{pounds(abs(amount))} {'more' if amount > 0 else 'less'}"
    return f", for {size} {_span(said)}"


def _span(said: Headlines) -> str:
    year = said.whole_year
    return f"in {year[0]}" if year else f"over {counted(said.model.months, 'month')}"


def _worst_shortfall(said: Headlines, option: Headline) -> str:
    """Return what is missed most, and how much else is."""
    words = list(shortfalls(said.model, option.missed))
    words += [_short(option)] if option.short > NOTHING else []
    others = counted(len(words) - 1, "other miss") + ("es" if len(words) > 2 else "")
    return f"{words[0]} (and {others})" if len(words) > 1 else words[0]


def _short(option: Headline) -> str:
    return f"{counted(option.short, 'hour')} lack in all for work that comes before duties"


# Standards ---------------------------------------------------------------------------------


def asks(rule: Standard) -> str:
    """Return what a standard asks for.

    Shape: scalar. Unit: none. Source: the scenario. Raises: nothing.
    """
    each = f"each {rule.judged}"
    if rule.completion is not None:
        return f"at least {asked_share(_central(rule.completion.value))} of those due done, {each}"
    if rule.in_date is not None:
        return f"at least {asked_share(_central(rule.in_date.value))} of cases in date, {each}"
    if rule.outstanding is not None:
        return f"at most {asked(_central(rule.outstanding.value))} outstanding, {each}"
    if rule.cases_per_officer is not None:
        return f"at most {asked(_central(rule.cases_per_officer.value))} cases an officer"
    if rule.budget is not None:
        return f"at most {pounds(_central(rule.budget.value))} a year"
    assert rule.max_posts is not None
    return f"at most {posts(_central(rule.max_posts.value))}"


def _central(number_: Any) -> float:
    return float(np.ravel(number_)[0])


def fares(model: Model, standing: Standing) -> str:
    """Return how a standard fares: from when it is kept, or where and when it is missed.

    Shape: scalar. Unit: none. Source: docs/guide.md. Raises: nothing.
    """
    if not standing.judged:
        return "not judged within the time projected"
    lost, kept, worst = standing.periods_missed, standing.kept_from, standing.worst
    if worst is None:
        return f"kept from {since(standing.judged[0].name)}"
    of = f"{len(lost)} of {counted(len(standing.judged), _span_of(lost[0].name))}"
    words = f"missed in {of}, first in {period(lost[0].name)}, worst {_worst(model, worst)}"
    return f"{words}; kept from {since(kept.name)}" if kept else words


def _span_of(name: str) -> str:
    return "quarter" if "-Q" in name else "year" if "/" in name else "month"


def _worst(model: Model, one: Judgement) -> str:
    """Return how bad the worst period is."""
    achieved, required = float(one.achieved[0]), _central(one.required)
    if one.kind in ("completion", "in_date"):
        size = per_cent(achieved, beside=required)
    elif one.kind == "budget":
        size = pounds(achieved)
    elif one.kind == "cases_per_officer":
        size = (
            "no officer" if np.isnan(achieved) else f"{number(achieved, required)} cases an officer"
        )
    else:
        size = number(achieved, required)
    tier = tier_label(model, one)
    return f"{size}{f' ({tier})' if tier else ''} in {period(one.period.name)}"


def tier_label(model: Model, one: Judgement) -> str:
    """Return the tier that a judgement is about as shown to people, empty where it is of many.

    Shape: scalar. Unit: none. Source: the scenario. Raises: nothing.
    """
    tiers = model.scenario.settings.cohorts[one.cohort].tiers if one.cohort else {}
    if one.tier not in tiers:
        return ""
    return inside(tiers[one.tier].label or one.tier)


def shortfalls(model: Model, lost: Sequence[Judgement]) -> tuple[str, ...]:
    """Return what is missed, most hours first: which, in which tier, when, by how much.

    Shape: one a rule and tier. Unit: as said. Source: docs/method.md, Sizing. Raises: nothing.
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
    nouns = {"duties": "duty", "FTE": "officer", "posts": "post", "cases": "case"}
    amount = pounds(most) if one.unit == "£" else counted(most, nouns.get(one.unit, one.unit))
    first = period(one.period.name)
    if len(group) == 1:
        return f"{name} is missed in {first} by {amount}"
    times = counted(len(group), _span_of(one.period.name))
    return f"{name} is missed in {times} ({first} to {period(last.period.name)}) by up to {amount}"


# Figure by figure --------------------------------------------------------------------------


def whose(option: Headline) -> str:
    """Return what an option is called.

    Shape: scalar. Unit: none. Source: none. Raises: nothing.
    """
    return "today's posts" if option.name == "today" else f"{option.name} team"


def costs(said: Headlines) -> Iterator[Figure]:
    """Yield what each option costs: in the last whole year, and over the whole time.

    Shape: one a figure. Unit: £. Source: docs/method.md, Money. Raises: nothing.
    """
    year, time = said.whole_year, counted(said.model.months, "month")
    for option in said.options:
        name, who = option.name, whose(option)
        if year:
            cost = float(option.cost[year[1]].sum())
            words = f"{pounds(cost)} in {year[0]} for posts and overtime, real, {who}."
            yield Figure(f"cost_a_year.{name}", cost, "£", words)
        cost = option.cost_discounted
        words = f"{pounds(cost)} over {time} for posts and overtime, real, discounted, {who}."
        yield Figure(f"cost_discounted.{name}", cost, "£", words)


def cost_words(said: Headlines) -> Iterator[str]:
    """Yield the same costs in a sentence for each span of time.

    Shape: one or two sentences. Unit: £. Source: docs/method.md, Money. Raises: nothing.
    """
    spans = [
        (f"over {counted(said.model.months, 'month')}, discounted", "cost_discounted."),
        (f"in {said.whole_year[0]}" if said.whole_year else "", "cost_a_year."),
    ]
    every = tuple(costs(said))
    for span, start in reversed(spans):
        amounts = [
            f"{pounds(one.value or 0.0)} {whose(option)}"
            for option in said.options
            for one in every
            if one.name == f"{start}{option.name}"
        ]
        if amounts:
            yield f"Posts and overtime {span}, real: {listed(amounts)}."


def _service(said: Headlines, option: Headline, service: Service) -> Iterator[Figure]:
    """Yield completion, in date, outstanding and the longest wait of a duty at the end."""
    if service.ends is None:
        return
    labels, (first, last) = said.model.calendar.labels, service.ends
    place, name = f"{service.group}.{service.duty}.{option.name}", name_of(said, service)
    when, end, who = month(labels[last]), month(labels[-1]), whose(option)

    def then(series: Array) -> str:
        return "" if first == last else f" ({per_cent(series[first])} in {month(labels[first])})"

    done, held = service.completion, service.in_date
    words = f"{per_cent(done[last])} of the {name} due were done in {when}{then(done)}, {who}."
    yield Figure(f"completion.{place}", float(done[last]), "share", words)
    words = (
        f"{per_cent(held[last])} of cases were in date with {name} in {when}{then(held)}, {who}."
    )
    yield Figure(f"in_date.{place}", float(held[last]), "share", words)
    waiting, wait = float(service.outstanding[-1]), service.longest_wait
    words = f"{number(waiting)} {name} outstanding at the end of {end}, {who}."
    yield Figure(f"outstanding.{place}", waiting, "duties", words)
    longest = f"{counted(wait, 'month')} ({inside(service.longest_in)})" if wait else "nobody waits"
    words = f"Longest wait for {name} at the end of {end}: {longest}, {who}."
    yield Figure(f"longest_wait.{place}", wait, "months", words)


def _standing(said: Headlines, option: Headline, standing: Standing) -> Figure:
    """Return the share of periods in which a standard is kept, and where it is not."""
    rule, judged = standing.rule, len(standing.judged)
    share = 1 - len(standing.periods_missed) / judged if judged else None
    words = f"{rule.name} ({asks(rule)}), {whose(option)}: {fares(said.model, standing)}."
    return Figure(f"standard.{rule.name}.{option.name}", share, "share of periods", words)


def _strict_order(said: Headlines) -> Figure:
    """Return what strict order would miss with the sized team's posts."""
    count = said.plan.sizing.missed_in_strict_order if said.plan.sizing else 0
    words = "The same posts keep every standard when work is done strictly in order of priority."
    if count:
        words = (
            "The plan says what to do month by month. Done strictly in order of priority instead, "
            f"the same posts would miss standards {counted(count, 'time')} (tier by tier, period "
            "by period)."
        )
    return Figure("missed_in_strict_order", float(count), "standards", words)


def basis(said: Headlines) -> Figure:
    """Return how many settings are estimates, and what the others rest on.

    Shape: scalar. Unit: settings. Source: the scenario. Raises: nothing.
    """
    kinds = Counter(one.kind for one in assumptions.register(said.plan.scenario))
    others = [
        f"{kinds[kind]} {words}"
        for kind, words in (
            ("published", "published"),
            ("local", "the force's own"),
            ("fitted", "fitted to history"),
            ("policy", "policy"),
            ("default", "defaults"),
            (assumptions.NO_SOURCE, "without a source"),
        )
        if kinds[kind]
    ]
    judged, assumed = (kinds[kind] for kind in ESTIMATES)
    words = f"{judged + assumed} of the {counted(kinds.total(), 'input')} are estimates"
    parts = ((judged, "professional judgement"), (assumed, "assumed"))
    if told := [f"{count} {kind}" for count, kind in parts if count]:
        words += f" ({', '.join(told)})"
    rest = f"; the others: {listed(others)}" if others else ""
    return Figure("judgement", float(judged + assumed), "settings", f"{words}{rest}.")
