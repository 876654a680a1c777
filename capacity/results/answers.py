"""The answer in a few sentences: with no posts added, with the team needed, and what differs.

Every figure in them stands in the output tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from capacity.engine.measures import NOTHING
from capacity.engine.model import Array, year_name
from capacity.reading.scenario import differences
from capacity.results.phrases import (
    asks,
    cut_short,
    done_early,
    grade_label,
    name_of,
    never_judged,
    short_words,
    shortfalls,
    weighed,
    when_not_met,
    with_starts,
)
from capacity.settings import Standard
from capacity.staffing.worth import NONE_AVOIDED
from capacity.stages import PlanResult
from capacity.why import events, headlines, layers, moves, parents
from capacity.why.headlines import Headline, Headlines, Service, Standing, team_label
from capacity.why.layers import LayerTotal
from capacity.why.singles import NOT_SETTINGS
from capacity.wording import (
    counted,
    inside,
    listed,
    month,
    number,
    people,
    per_cent,
    posts,
    pounds,
)

NAMED = 5
"""So many standards that are not met are named; the others are counted."""

STARTS = 12
"""In so many months posts start at most that all are named."""

DIP = 0.05
"""A completion that falls and recovers by less is not told of."""

LOST = 3
"""So many rules that the plan needed does not meet are told in full."""

DUTIES = 2
"""So many duties that differ are told of."""

OF_OVERDUE = 0.02
"""A smaller change of the most overdue is not told."""

OF_HOURS = 0.005
"""A smaller change of the hours worked is not told."""


def answer(said: Headlines) -> str:
    """Return the answer: what happens with no posts added, what the team needed changes.

    Where the plan has another to be compared with, what differs from it is told too.
    """
    return " ".join(paragraphs(said))


def paragraphs(said: Headlines) -> tuple[str, ...]:
    """Return the answer in paragraphs.

    What differs from the plan it is compared with, in short; no posts added; what happens at
    other times or otherwise than there; the team needed.
    """
    before = said.before if said.before and _comparable(said, said.before) else None
    parts = [
        list(known(said.plan)),
        [] if before is None else [difference(said, before)],
        list(_nothing_added(said)),
        [] if before is None else [compared(said, before)],
        list(_needed(said)),
    ]
    return tuple(" ".join(filter(None, part)) for part in parts if any(part))


def central(said: Headlines) -> tuple[str, ...]:
    """Return the answer for the central case where the recommended plan is told first.

    What starts from a history, no posts added, the team needed.
    """
    parts = [list(known(said.plan)), list(_nothing_added(said)), list(_needed(said))]
    return tuple(" ".join(filter(None, part)) for part in parts if any(part))


def known(plan: PlanResult) -> Iterator[str]:
    """Yield that a plan starts from what is known, where its scenario names its history."""
    past = plan.scenario.known
    if past is not None:
        start = month(plan.model.calendar.labels[0])
        yield (
            f"{past.history.name} says what happened up to {month(past.last)}; the figures here "
            f"start from there, in {start}. Current posts go on working as they did in its last "
            "year."
        )


# No posts added ----------------------------------------------------------------------------


def _now(said: Headlines) -> Iterator[str]:
    """Yield what happens with no posts added."""
    judged = [one for one in said.today.standings if one.judged]
    lost = sorted(
        (one for one in judged if one.missed), key=lambda one: one.periods_missed[0].first
    )
    who = f"With no posts added ({_posts_now(said)})"
    if not judged:
        none = "applies in this time" if said.today.standings else "is set"
        yield f"No standard {none}, so the number of posts needed cannot be worked out."
    elif not lost:
        end = month(said.model.calendar.labels[-1])
        met = f"{who}, every standard is met {'in' if said.model.months == 1 else 'to'} {end}"
        rules = list(dict.fromkeys(one.standard for one in said.today.missed))
        if said.today.short > NOTHING:
            yield f"{met}, but {short_words(said.today)}."
        else:
            yield f"{met}, but not {listed(rules, 3)}." if rules else f"{met}."
        return
    else:
        named = [f"{one.rule.name} {when_not_met(one)}" for one in lost]
        some = named[: NAMED if len(named) <= NAMED else NAMED - 1]
        rest = len(named) - len(some)
        some += [f"and {number(rest)} more"] if rest else []
        of = f"{len(lost)} of {counted(len(judged), 'standard')}"
        verb = "is" if len(lost) == 1 else "are"
        if len(judged) == 1:
            yield f"{who}, {lost[0].rule.name} is not met {when_not_met(lost[0])}."
        else:
            yield f"{who}, {of} {verb} not met: {'; '.join(some)}."
    lead = lead_of(said)
    told = _course(said, lead) if lead else ""
    if told:
        yield told if judged else f"{who}, {told[:1].lower()}{told[1:]}"


def _nothing_added(said: Headlines) -> Iterator[str]:
    """Yield what happens with no posts added, by standard, by office, and to other work."""
    yield from _now(said)
    yield from (words for _, words in never_judged(said.model))
    yield from _offices(said)
    yield from behaviour(said, said.today)


def _posts_now(said: Headlines) -> str:
    """Return the posts there are, with what they become if that is another number."""
    there, labels = said.today.posts, said.model.calendar.labels
    changes = np.flatnonzero(np.abs(np.diff(there)) > headlines.SAME)
    if not len(changes):
        return posts(there[0])
    return f"{posts(there[0])}, {people(there[-1])} from {month(labels[changes[-1] + 1])}"


def lead_of(said: Headlines) -> Service | None:
    """Return the duty to speak of: that of the first standard in the file that is not met.

    Where every one is met or none is set, that of which least is completed at the end.
    """
    settings = said.model.scenario.settings
    for standing in said.today.standings:
        key = settings.about(standing.rule)
        if standing.missed and key:
            found = next((s for s in said.today.services if (s.group, s.duty) == key), None)
            if found is not None:
                return found
    judged = any(one.judged for one in said.today.standings)
    some = [service for service in said.today.services if service.ends] if not judged else []
    return min(some, key=lambda s: s.completion[s.ends[1]] if s.ends else 1.0, default=None)


def standings_of(said: Headlines, service: Service) -> tuple[Standing, ...]:
    """Return how the standards on a duty fare with no posts added, those not met first."""
    about = said.model.scenario.settings.about
    key = (service.group, service.duty)
    mine = [one for one in said.today.standings if about(one.rule) == key]
    return tuple(sorted(mine, key=lambda one: not one.missed))


def _course(said: Headlines, service: Service) -> str:
    """Return the events of a duty: its lowest month, the most overdue, dips and recoveries."""
    found = events.course(service, standings_of(said, service))
    if found is None:
        return ""
    labels, name = said.model.calendar.labels, name_of(said, service)

    def in_date(place: int) -> str:
        share = float(service.in_date[place])
        if np.isnan(share):
            return ""
        what = "within the deadline" if service.is_queue else "of cases in date"
        return f"{per_cent(share)} {what}"

    held = in_date(found.lowest.month)
    beside = f" ({held})" if held else ""
    low, begin = per_cent(found.lowest.value), per_cent(found.first.value)
    words = f"Completion of {name} "
    dips = found.dip and found.recovery and found.recovery.value - found.dip.value > DIP
    if dips and found.dip and found.recovery:
        words += (
            f"falls to {per_cent(found.dip.value)} in {month(labels[found.dip.month])}, recovers "
            f"to {per_cent(found.recovery.value)} in {month(labels[found.recovery.month])} and "
        )
    flat = False
    if said.model.months == 1:
        words += f"is {low} in {month(labels[0])}{beside}"
    elif float(service.completion[found.first.month : found.last.month + 1].max()) - (
        found.lowest.value
    ) < (events.SAME):
        flat = True
        held = in_date(found.last.month)
        beside = f" ({held} in {month(labels[-1])})" if held else ""
        words += f"is {low} throughout{beside}"
    else:
        words += f"is lowest in {month(labels[found.lowest.month])}, at {low}{beside}"
    if found.most_overdue:
        most = number(found.most_overdue.value)
        same = found.most_overdue.month == found.lowest.month and said.model.months > 1 and not flat
        words += f", when most are {service.left} ({most})" if same else ""
        if not same:
            words += (
                f"; most are {service.left} in {month(labels[found.most_overdue.month])} ({most})"
            )
    others = []
    if found.first.month != found.lowest.month and begin != low:
        others.append(f"it was {begin} in {month(labels[found.first.month])}")
    end = per_cent(found.last.value)
    if found.last.month != found.lowest.month and end not in (low, begin):
        others.append(f"{'' if others else 'it '}is {end} in {month(labels[found.last.month])}")
    return f"{words}{'; ' if others else ''}{' and '.join(others)}."


def _offices(said: Headlines) -> Iterator[str]:
    """Yield which of several offices does worst on the duty in view, where they are grouped."""
    lead = lead_of(said)
    if lead is None:
        return
    mine = [one for one in said.today.offices if (one.group, one.duty) == (lead.group, lead.duty)]
    if len(mine) < 2:
        return
    told = [(one, found) for one in mine if (found := events.course(one))]
    worst, found = min(told, key=lambda pair: pair[1].lowest.value)
    labels = said.model.calendar.labels
    most = f", with up to {number(found.most_overdue.value)} overdue" if found.most_overdue else ""
    best = max(pair[1].lowest.value for pair in told)
    yield (
        f"Of {counted(len(mine), 'office')}, {worst.cohort_label} does worst: completion is lowest "
        f"at {per_cent(found.lowest.value)} in {month(labels[found.lowest.month])}{most}; the best "
        f"never falls below {per_cent(best)}."
    )


def behaviour(said: Headlines, option: Headline) -> Iterator[str]:
    """Yield what completion hides: work cut short (EQ25), and what is done early (EQ24)."""
    with_team = "" if option is said.today else "With the team needed, "
    for one in option.cuts:
        words = f"{with_team}work is cut short {cut_short(said.model, one)}."
        yield words[:1].upper() + words[1:]
    early = done_early(said, option)
    if early:
        words = f"{with_team}on average {early} are completed before they fall due."
        yield words[:1].upper() + words[1:]


# The team needed ---------------------------------------------------------------------------


def _may_be_met(said: Headlines) -> bool:
    """Return whether it is not proven that every standard cannot be met."""
    return said.plan.sizing is not None and said.plan.sizing.status == "misses standards"


def _needed(said: Headlines) -> Iterator[str]:
    """Yield what the team needed changes, or how near it comes, and its cost."""
    if said.sized is None or not (said.sized.standings or said.sized.missed or said.today.missed):
        return
    change = _posts_change(said)
    if not headlines.keeps_everything(said.plan):
        team = f"with {change}" if change else "with no posts added"
        lost = _not_met(said, said.sized)
        some = [*lost[:LOST], *([f"and {number(len(lost) - LOST)} more"] if lost[LOST:] else [])]
        nearest = "No plan can meet every standard. The plan that comes nearest"
        if _may_be_met(said):
            nearest = "No plan that meets every standard was found. The best one found"
        yield f"{nearest}, {team}, leaves this: {'; '.join(some)}."
    elif change:
        size = _moved(said) if said.model.keeps_total else _size(said)
        verb = "meets" if people(size) == "1" else "meet"
        needless = not (said.today.missed or said.today.cuts) and said.today.short <= NOTHING
        would = f"{change} would do" if needless else f"{change} {verb} {_kept(said)}"
        would += " with no work cut short" if said.today.cuts and not said.sized.cuts else ""
        yield f"{would}{_no_others(said)}."
        yield from _starts(said)
        yield _least_cost(said)
    elif said.today.missed or said.today.short > NOTHING:
        hours = float(said.sized.overtime.max())
        extra = (
            f", with up to {counted(hours, 'hour')} of overtime per month" if hours > 0.5 else ""
        )
        yield (
            "No post is needed if work is planned month by month: current posts then meet "
            f"{_kept(said)}{extra}."
        )
    yield from behaviour(said, said.sized)
    yield from cost_of_posts(said)
    yield from what_asks_for_posts(said)
    yield from what_posts_avoid(said)


def _moved(said: Headlines) -> float:
    """Return how many posts other teams have in the end than now, where the total stays."""
    return float(said.added[-1].clip(min=0.0).sum())


def _size(said: Headlines) -> float:
    return float(np.abs(said.added).max(axis=0).sum())


def _least_cost(said: Headlines) -> str:
    """Return what the plan is the cheapest of."""
    sizing = said.plan.sizing
    assert sizing is not None
    gap = f", to within {100 * sizing.gap:.2f}%" if sizing.gap >= 1e-4 else ""
    if said.model.keeps_total:
        return f"No other moves cost the teams that receive posts less{gap} of all costs."
    return f"No plan {with_starts(said.model)} costs less{gap}."


def _starts(said: Headlines) -> Iterator[str]:
    """Yield in which months posts start, where it is not in one; nothing where some end again."""
    steps = np.diff(said.added, axis=0, prepend=0.0).sum(axis=1)
    there = np.flatnonzero(steps > NOTHING)
    if len(there) > 1 and not _come_and_go(said.added) and (said.added >= 0).all():
        labels = said.model.calendar.labels
        parts = [f"{people(steps[t])} in {month(labels[t])}" for t in there.tolist()]
        yield f"Posts start: {listed(parts, STARTS)}."


def _not_met(said: Headlines, option: Headline) -> list[str]:
    """Return what is not met, the most first."""
    words = list(shortfalls(said.model, option.missed))
    return words + ([short_words(option)] if option.short > NOTHING else [])


def _kept(said: Headlines) -> str:
    """Return from when every standard is met."""
    starts = sorted({one.judged[0].first for one in said.today.standings if one.judged})
    labels = said.model.calendar.labels
    if not starts:
        return "every rule on posts"
    if len(starts) == 1:
        return f"every standard from {month(labels[starts[0]])}"
    return f"every standard, each from its date and all from {month(labels[starts[-1]])}"


def _posts_change(said: Headlines) -> str:
    """Return posts added and taken away, by team and grade, and from when."""
    added, labels = said.added, said.model.calendar.labels
    moving = np.flatnonzero(np.diff(added, axis=0, prepend=0.0).any(axis=1))
    if not len(moving):
        return ""
    begin, end = month(labels[moving[0]]), month(labels[moving[-1]])
    if said.model.keeps_total:
        when = f"in {begin}" if begin == end else f"from {begin} to {end}"
        return f"{posts(_moved(said))} moved between teams {when}"
    parts = [_posts_moved(said, added, "more"), _posts_moved(said, -added, "fewer")]
    words = " and ".join(filter(None, parts))
    when = f"from {begin}" if begin == end else f"starting between {begin} and {end}"
    return f"{words} {when}{', not all at one time,' if _come_and_go(added) else ''}"


def _come_and_go(added: Array) -> bool:
    """Return whether some of the posts added or taken away are not so at the end."""
    return float(np.abs(added).max(axis=0).sum() - np.abs(added[-1]).sum()) > NOTHING


def _posts_moved(said: Headlines, moved: Array, word: str) -> str:
    """Return the most posts added (or taken away), by team and grade."""
    model = said.model
    most = np.maximum(0.0, moved.max(axis=0))
    if not most.any():
        return ""
    teams = []
    for place, team in enumerate(model.teams):
        mine = np.flatnonzero((model.people.team_of == place) & (most > 0))
        grades = [posts(most[g], grade_label(model, g)) for g in mine.tolist()]
        teams += [f"{team_label(model, team)}: {', '.join(grades)}"] if grades else []
    return f"{posts(most.sum(), f'{word} post')} ({'; '.join(teams)})"


def _no_others(said: Headlines) -> str:
    """Return the teams that need no more posts, where others do."""
    model, added = said.model, said.added
    none = [
        team_label(model, team)
        for place, team in enumerate(model.teams)
        if not np.abs(added[:, model.people.team_of == place]).any()
    ]
    which = "to or from" if model.keeps_total else "for"
    return f"; none {which} {listed(none, 4)}" if none else ""


def cost_of_posts(said: Headlines) -> Iterator[str]:
    """Yield the full-year cost of every post asked for, cash first, and of overtime beside it."""
    if said.sized is None:
        return
    real, cash = said.full_year
    year, base = said.model.calendar.years[-1], year_name(said.model.money.price_base)
    if abs(real) >= 0.5:
        verb = "cost" if real > 0 else "save"
        count = float(said.added[-1].sum())
        one = people(abs(count)) == "1"
        who = {"1": "It", "2": "Both"}.get(people(abs(count)), f"All {people(abs(count))}")
        if _come_and_go(said.added) or (said.added[-1] > 0).any() == (said.added[-1] < 0).any():
            # Some have ended by then, or posts of one grade stand in the place of another's.
            net = "as many posts" if abs(count) <= NOTHING else _count(count)
            who = f"At the end there {'is' if one else 'are'} {net} in all; that"
            one = True
        words = f"{who} {verb}{'s' if one else ''} {pounds(abs(cash))} in a full year"
        both = f"{words}, in cash at {year} pay ({pounds(abs(real))} at {base} prices)."
        yield both if abs(cash - real) >= 0.5 else f"{words} ({base} prices)."
    whole = said.whole_year
    if whole is not None:
        more = float((said.sized.overtime_cost - said.today.overtime_cost)[whole[1]].sum())
        if abs(more) >= 0.5:
            word = "more" if more > 0 else "less"
            yield f"Overtime costs {pounds(abs(more))} {word} in {whole[0]} ({base} prices)."


def what_asks_for_posts(
    said: Headlines, totals: Sequence[LayerTotal] | None = None, certainty: str = ""
) -> Iterator[str]:
    """Yield how many posts the activities need, and how many more each limit asks for.

    Args:
        said: the plan for the central case.
        totals: the layers of the recommended plan; else they are those of the central case.
        certainty: what the last layer is for, where it is confidence.
    """
    if said.model.keeps_total:
        return
    if totals is None:
        totals = layers.sums(layers.layers(said.plan))
    activities, *limits = totals or (None,)
    told = [one for one in limits if one.changes]
    if activities is None or not told:
        return
    base = year_name(said.model.money.price_base)
    per_year = f" per year at {base} prices"
    parts = ["No posts are needed for the activities"]
    if activities.changes:
        count = posts(abs(activities.posts), "post" if activities.posts >= 0 else "fewer post")
        verb = "is" if people(abs(activities.posts)) == "1" else "are"
        cost = pounds(activities.cost_per_year)
        parts = [f"{count} {verb} needed for the activities ({cost}{per_year})"]
        per_year = ""
    for one in told:
        why = certainty if one.rule == layers.CONFIDENCE else _what_for(said, one.rule)
        cost = pounds(abs(one.cost_per_year))
        less = " less" if one.cost_per_year < 0 else ""
        if abs(one.posts) <= NOTHING:
            parts.append(f"as many of other grades ({cost}{per_year}{less or ' more'}) {why}")
        elif one.posts < 0:
            parts.append(f"{people(-one.posts)} fewer ({cost}{per_year}{less}) {why}")
        else:
            parts.append(f"{people(one.posts)} more ({cost}{per_year}{less}) only {why}")
        per_year = ""
    yield f"{'; '.join(parts)}."


def _what_for(said: Headlines, rule: str) -> str:
    """Return what a layer of posts is for that a limit asks for."""
    limit = next(one for one in said.model.scenario.settings.standards if one.name == rule)
    return f"for {rule} ({_limit(said, limit)})"


def _limit(said: Headlines, rule: Standard) -> str:
    """Return what a limit asks for, and whether reactively managed cases count in it."""
    settings = said.model.scenario.settings
    weights = weighed(settings, rule)
    words = asks(settings, rule).removesuffix(f" ({weights})")
    words += f", {weights}" if weights else ""
    for one in said.model.rules.caseloads:
        if one.name == rule.name:
            reactive = one.tiers[~said.model.owed[-1, one.tiers]]
            cases = said.plan.cases.cases[0, -1]
            weights = said.model.caseloads.counts[0, -1]
            if cases[reactive] @ weights[reactive] > NOTHING:
                return f"{words}, reactively managed cases counted"
    return words


def what_posts_avoid(said: Headlines) -> Iterator[str]:
    """Yield the case-months overdue that the posts avoid, and the price of the last (EQ31)."""
    if said.model.keeps_total:
        yield from _both_ends(said)
        return
    last = said.plan.last_post
    if last is None:
        return
    none, every = last.with_none, last.with_all
    avoided, weighed = none.case_months - every.case_months, none.weighted - every.weighted
    time = counted(said.model.months, "month")
    if weighed <= NONE_AVOIDED or avoided <= NONE_AVOIDED:
        yield f"Over {time} the posts added leave no fewer case-months overdue, weighted by risk."
        return
    weights = "; assumed weights" if headlines.weights_assumed(said.model) else ""
    more = every.cost - none.cost
    each = f", at {pounds(more / weighed)} for each weighted one" if more >= 0.5 else ""
    yield (
        f"Over {time} the posts added avoid {counted(avoided, 'case-month')} overdue "
        f"({number(weighed)} weighted by risk{weights}){each}."
    )
    yield from last_post(said)


def _both_ends(said: Headlines) -> Iterator[str]:
    """Yield what each team that gives or receives posts loses or gains by it."""
    time = counted(said.model.months, "month")
    weights = "; assumed weights" if headlines.weights_assumed(said.model) else ""
    for n, one in enumerate(moves.moves(said.plan)):
        words = f"{team_label(said.model, one.team)} {_changes(said, one)}"
        words += f" ({pounds(abs(one.cost_per_year))} per year)"
        if max(abs(one.case_months), abs(one.weighted)) <= NONE_AVOIDED:
            yield f"{words}: as many are overdue."
            continue
        than = "more" if one.case_months > 0 else "fewer"
        count = counted(abs(one.case_months), f"{than} case-month")
        over, assumed = (f" over {time}", weights) if n == 0 else ("", "")
        end = _at_the_end(one.overdue_at_end)
        weighed = f"{number(abs(one.weighted))} weighted by risk{assumed}"
        yield f"{words}: {count} overdue{over} ({weighed}){end}."


def _changes(said: Headlines, one: moves.Move) -> str:
    """Return what a team gives or receives, grade by grade."""
    model = said.model
    some = []
    for verb, way in (("gives", -1.0), ("receives", 1.0)):
        grades = [
            posts(way * float(said.added[-1, g]), f"{grade_label(model, g)} post")
            for g, key in enumerate(model.grades)
            if key.team == one.team and way * said.added[-1, g] > headlines.SAME
        ]
        some += [f"{verb} {listed(grades)}"] if grades else []
    return " and ".join(some)


def _at_the_end(more: float) -> str:
    """Return how many more or fewer are overdue at the end; nothing where there are as many."""
    count = number(abs(more))
    return "" if count == "0" else f", {count} {'more' if more > 0 else 'fewer'} at the end"


def last_post(said: Headlines) -> Iterator[str]:
    """Yield what the last post pays for each weighted case-month that it avoids."""
    last, model = said.plan.last_post, said.model
    if last is None:
        return
    label = grade_label(model, last.grade)
    team = team_label(model, model.grades[last.grade].team)
    who = f"The last post ({team}: {inside(label)})"
    if last.price != last.price:
        yield f"{who} avoids none: as many would be overdue without it."
        return
    words = f"{who} avoids one weighted case-month for {pounds(last.price)}"
    worth = model.scenario.settings.sizing.price_of_case_month
    if worth is not None:
        words += f"; the price set for one is {pounds(float(worth.value))}"
    yield f"{words}."


# Compared with another plan ----------------------------------------------------------------


def _comparable(said: Headlines, before: Headlines) -> bool:
    """Return whether two plans cover the same months."""
    return said.model.calendar.labels == before.model.calendar.labels


OF_ACTIVITIES = re.compile(r"cohorts\.[^.]+\.duties\..+")
OF_POSTS = re.compile(r"teams\.[^.]+\.grades\.[^.]+\.(?:posts|in_post)")
"""Settings that are about the work of activities, and about the posts and people there are."""

ASKED_ALONE = "only what is asked for is changed, on which the posts needed depend"
"""Said where a change of standards makes no difference without posts."""

ABOUT_PEOPLE = {"people"}
"""Sections of a scenario file that are about people who come and go."""


def about(plan: PlanResult) -> str:
    """Return what a scenario asks of the one that it extends, by what it changes.

    Where only people come and go it is what is done (`activities`), where only the work of
    activities changes it is `hours`, where only the posts there are do it is what each officer
    carries (`caseloads`), else `posts`.
    """
    if plan.before is None:
        return "posts"
    changed = _changed(plan, plan.before)
    if {name.partition(".")[0] for name in changed} == ABOUT_PEOPLE:
        return "activities"
    for what, one in (("hours", OF_ACTIVITIES), ("caseloads", OF_POSTS)):
        if changed and all(one.fullmatch(name) for name in changed):
            return what
    return "posts"


def _changed(plan: PlanResult, before: PlanResult) -> list[str]:
    """Return the settings in which two plans differ."""
    found = differences(before.scenario, plan.scenario)
    return [name for name, _, _ in found if name not in NOT_SETTINGS]


def difference(said: Headlines, before: Headlines) -> str:
    """Return in short how a plan differs: posts needed, activities completed, hours worked.

    What the scenario is about comes first.
    """
    title = f"Compared with “{before.plan.scenario.settings.title}”"
    posts_ = [*_teams_compared(said, before)]
    hours = [*hours_compared(said, before)] if posts_ else []
    parts = {"posts": posts_, "hours": hours, "activities": [*_completed(said, before)]}
    asked_of = about(said.plan)
    if asked_of == "caseloads":
        parts["caseloads"] = [*caseloads_compared(said, before)]
    order = sorted(parts, key=lambda name: name != asked_of)
    first, *rest = [one for name in order for one in parts[name]] or [_as_many(said, before)]
    first = f"{first[:1].lower()}{first[1:]}"
    others = [f"{one[:1].upper()}{one[1:]}." for one in rest]
    return " ".join([f"{title}, {first}.", *others, *_each_alone(said)])


def activities_compared(said: Headlines, before: Headlines, *, even_if_same: bool) -> Iterator[str]:
    """Yield what is completed more or less than before, with no posts added."""
    gaps = _gaps(said, before)
    if gaps or even_if_same:
        yield from [*_completed(said, before)] or ([_as_many(said, before)] if even_if_same else [])
    yield from (words.removesuffix(".") for words in _each_alone(said))


def caseloads_compared(said: Headlines, before: Headlines) -> Iterator[str]:
    """Yield how many cases each officer carries at the end, where that is limited (EQ18)."""
    end = month(said.model.calendar.labels[-1])
    for cohort in dict.fromkeys(one.cohort for one in said.model.rules.caseloads):
        name = said.model.cohorts[cohort]
        both = [_cases_each(one, name) for one in (said, before)]
        if None not in both:
            now, then = (number(one or 0.0) for one in both)
            label = inside(said.model.scenario.settings.cohorts[name].label or name)
            instead = ", as there" if now == then else f" instead of {then}"
            each = f"each officer carries {now} cases ({label}) in {end}{instead}"
            yield f"With no posts added {each}"


def _cases_each(said: Headlines, cohort: str) -> float | None:
    """Return cases per officer of a cohort in the last month, each tier by its weight."""
    model = said.model
    if cohort not in model.cohorts:
        return None
    place = model.cohorts.index(cohort)
    officers = float(said.plan.today.projection.officers[0, -1, model.team_of_cohort[place]])
    mine = model.caseloads.cohort_of == place
    cases = said.plan.caseload.cases[0, -1, mine] @ model.caseloads.counts[0, -1, mine]
    return float(cases) / officers if officers > NOTHING else None


def _teams_compared(said: Headlines, before: Headlines) -> Iterator[str]:
    """Yield how the teams needed differ: posts and cost."""
    if said.sized is None or before.sized is None:
        return
    now, then = (float(one.added[-1].sum()) for one in (said, before))
    met = [headlines.keeps_everything(one.plan) for one in (said, before)]
    if met == [False, True]:
        none = "was found that meets" if _may_be_met(said) else "can meet"
        yield f"no plan {none} every standard; there, {_count(then)} would"
    elif met == [True, False]:
        none = "no plan was found" if _may_be_met(before) else "no plan can"
        yield f"every standard can be met, with {_count(now)}; there {none}"
    elif said.model.keeps_total or before.model.keeps_total:
        yield f"{_asked_for(said)}; there, {_asked_for(before)}"
    elif abs(now - then) < headlines.SAME:
        yield f"as many posts are needed ({_count(now)})"
    else:
        cost = said.full_year[1] - before.full_year[1]
        money = f": {pounds(abs(cost))} {'more' if cost > 0 else 'less'} in a full year, in cash"
        needed = _asked_for(said)
        there = people(abs(then)) if now * then > 0 else "none" if not then else _count(then)
        yield f"{needed} instead of {there}{money if abs(cost) >= 0.5 else ''}"


def _asked_for(said: Headlines) -> str:
    """Return how many posts are needed, or moved within a total."""
    if said.model.keeps_total:
        moved = float(said.added[-1].clip(min=0.0).sum())
        return f"{posts(moved)} {'is' if people(moved) == '1' else 'are'} moved and none is added"
    now = float(said.added[-1].sum())
    count = "no posts" if abs(now) < headlines.SAME else _count(now)
    return f"{count} {'is' if people(abs(now)) == '1' else 'are'} needed"


def hours_compared(said: Headlines, before: Headlines) -> Iterator[str]:
    """Yield how many hours more or fewer the activities of the teams needed take."""
    year = said.whole_year
    if year is None or said.sized is None or before.sized is None:
        return
    if all(headlines.keeps_everything(one.plan) for one in (said, before)):
        hours = [float(one.sized.duty_hours[year[1]].sum()) for one in (said, before) if one.sized]
        more = hours[0] - hours[1]
        if abs(more) > OF_HOURS * hours[1]:
            size = f"{number(abs(more))} {_word(more)} hours in {year[0]} ({number(hours[0])})"
            yield f"The activities of the team needed take {size}"


def _completed(said: Headlines, before: Headlines) -> Iterator[str]:
    """Yield how many more or fewer of the duties most apart are completed, no posts added."""
    gaps = _gaps(said, before)
    words = [f"{more} {name_of(said, one)}" for one, old, _ in gaps if (more := _more(one, old))]
    if words:
        time = counted(said.model.months, "month")
        yield f"With no posts added, {listed(words[:DUTIES])} are completed in {time}"
    elif not gaps:
        standards = list(_standards_compared(said, before))
        same = "the same activities are completed" if standards else "all is the same"
        changed = _changed(said.plan, before.plan)
        if not standards and changed and all(one.startswith("standards.") for one in changed):
            same += f": {ASKED_ALONE}"
        yield f"With no posts added, {same}"


def _as_many(said: Headlines, before: Headlines) -> str:
    """Return that as many of the duties most apart are completed, no posts added."""
    names = listed([name_of(said, one) for one, _, _ in _gaps(said, before)][:DUTIES])
    time = counted(said.model.months, "month")
    return f"With no posts added, as many {names} are completed in {time}"


def compared(said: Headlines, before: Headlines) -> str:
    """Return the events that differ between two plans with no posts added; empty if none do."""
    if not _comparable(said, before):
        return ""
    rules = list(_standards_compared(said, before))
    there = f"as in “{before.plan.scenario.settings.title}”"
    found = [f"Not {there}: {'; '.join(rules)}."] if rules else []
    return " ".join([*found, *_duties_compared(said, before)])


def events_beside(plans: Sequence[PlanResult], names: Sequence[str]) -> tuple[str, ...]:
    """Return how the events of each plan differ from those of the first, no posts added."""
    first, *others = (headlines.read_off(plan) for plan in plans)
    words = []
    for name, said in zip(names[1:], others, strict=True):
        told = compared(said, first)
        if not told and _comparable(said, first):
            told = f"Every event is as in “{first.plan.scenario.settings.title}”."
        words += [f"{name}, with no posts added. {told}"] if told else []
    return tuple(words)


def _standards_compared(said: Headlines, before: Headlines) -> Iterator[str]:
    """Yield the standards that are not met in other periods."""
    known = {one.rule.name: one for one in before.today.standings}
    for one in said.today.standings:
        old = known.get(one.rule.name)
        if old is None or not (one.judged and old.judged and _of_the_same(said, before, one)):
            continue
        now, then = when_not_met(one), when_not_met(old)
        if now and then and now != then:
            yield f"{one.rule.name} is not met {now}, instead of {then}"
        elif now != then:
            yield f"{one.rule.name} is not met {now}" if now else f"{one.rule.name} is always met"


def _of_the_same(said: Headlines, before: Headlines, one: Standing) -> bool:
    """Return whether a standard is about a cohort that has the same name in both plans."""
    cohort = one.rule.cohort
    if cohort is None:
        return True
    both = [plan.model.scenario.settings.cohorts.get(cohort) for plan in (said, before)]
    return all(both) and len({found.label for found in both if found}) == 1


def _gaps(said: Headlines, before: Headlines) -> list[tuple[Service, Service, events.Moment]]:
    """Return the duties whose completion differs, as now and before, the widest gap first."""
    known = {(one.group, one.duty): one for one in before.today.services}
    found = [
        (one, old, gap)
        for one in said.today.services
        if (old := known.get((one.group, one.duty))) and (gap := events.widest_gap(old, one))
    ]
    return sorted(found, key=lambda gap: -abs(gap[2].value))


def _duties_compared(said: Headlines, before: Headlines) -> Iterator[str]:
    """Yield where completion differs most, and the events that differ, of the duties most apart."""
    labels = said.model.calendar.labels
    for service, old, gap in _gaps(said, before)[:DUTIES]:
        t, name = gap.month, name_of(said, service)
        now, then = (per_cent(float(one.completion[t])) for one in (service, old))
        words = [
            f"Completion of {name} differs most in {month(labels[t])}: {now} instead of {then}"
        ]
        yield "; ".join([*words, *_events_compared(labels, service, old, t)]) + "."


def _events_compared(
    labels: Sequence[str], service: Service, old: Service, told: int
) -> Iterator[str]:
    """Yield lowest month and most overdue where they differ."""
    now, then = events.course(service), events.course(old)
    if now is None or then is None:
        return
    low, before = now.lowest, then.lowest
    ends = per_cent(low.value), per_cent(before.value)
    here = tuple(per_cent(float(one.completion[told])) for one in (service, old))
    if low.month != told and ends != here and _differs(low, before, events.SEEN):
        words = _both(labels, low, before, *ends)
        yield f"it is lowest at {words}"
    most, then_most = now.most_overdue, then.most_overdue
    if most and then_most and _differs(most, then_most, OF_OVERDUE * then_most.value):
        words = _both(labels, most, then_most, number(most.value), number(then_most.value))
        yield f"the most overdue are {words}"
    elif bool(most) != bool(then_most):
        some = most or then_most
        assert some is not None
        count = f"{number(some.value)} in {month(labels[some.month])}"
        yield (
            f"the most overdue are {count}, there none"
            if most
            else f"none are overdue, there {count}"
        )


def _differs(one: events.Moment, other: events.Moment, least: float) -> bool:
    return abs(one.value - other.value) > least


def _both(
    labels: Sequence[str], one: events.Moment, other: events.Moment, size: str, then: str
) -> str:
    """Return an event of both plans, the month once where it is the same."""
    when = month(labels[one.month])
    if one.month == other.month:
        return f"{size} instead of {then} in {when}"
    return f"{size} in {when} instead of {then} in {month(labels[other.month])}"


def _more(service: Service, old: Service) -> str:
    """Return how many more or fewer of a duty are completed; empty if as many."""
    more = float(service.done.sum() - old.done.sum())
    return "" if abs(more) < events.A_CASE else f"{number(abs(more))} {_word(more)}"


def _word(more: float) -> str:
    return "more" if more > 0 else "fewer"


def _each_alone(said: Headlines) -> Iterator[str]:
    """Yield what each of a few items added does by itself to the duty that differs most."""
    gaps = _gaps(said, said.before) if said.before else []
    if not gaps:
        return
    service, old, _ = gaps[0]
    words = []
    for one in parents.alone(said.plan):
        option = headlines.read_off(one.plan).today
        mine = next(s for s in option.services if (s.group, s.duty) == (old.group, old.duty))
        words.append(f"“{one.name}” means {_more(mine, old) or 'as many'}")
    if words:
        yield (
            f"Of the {name_of(said, service)} completed, each by itself: {listed(words)}; together "
            f"they mean {_more(service, old) or 'as many'}."
        )


def _count(added: float) -> str:
    """Return a number of posts added or taken away."""
    if abs(added) < headlines.SAME:
        return "no posts added"
    word = "more" if added > 0 else "fewer"
    return posts(abs(added), f"{word} post")
