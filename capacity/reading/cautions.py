"""What is legal but suspicious; distinguished from problems, and never stops a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capacity.kinds import COMPLETION
from capacity.reading.choosing import shares_considered, without_order
from capacity.reading.crosscheck import (
    MONTHS_OF,
    for_tier,
    month_index,
    never_judged,
    times_a_year,
)
from capacity.reading.naming import dotted, value_at
from capacity.reading.queueing import growing_loops
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, TomlTable, leaves
from capacity.reading.validating import Reading
from capacity.settings import (
    ESTIMATES,
    EVERY_TIER,
    Cohort,
    Duty,
    Grade,
    Settings,
    Standard,
    Team,
    show,
)
from capacity.wording import per_cent

Versions = Sequence[tuple[int, Settings]]
"""Settings from a month on; the undated ones come first, at 0."""

LONE_VISIT = (
    "one officer on a visit ({}): contrary to authorised professional practice "
    "(HMICFRS letter on Cambridgeshire, 9 December 2024)"
)

_FEW = 5

ALIKE = 0.05
"""Cases by which a list may differ from its total."""


def suspicions(reading: Reading, dated: Versions) -> list[Finding]:
    """Return what looks wrong in a scenario that is valid."""
    versions = [(0, reading.settings), *dated]
    return [
        *_standards(reading, versions),
        *_visits(versions),
        *_reactive(reading.settings),
        *_duties(reading.settings),
        *_ages(reading.settings),
        *_people(reading, versions),
        *_late(reading),
        *_moved_back(reading),
        *_estimates(reading.tree),
        *_leaving(reading),
        *_queues(reading.settings),
        *_links(reading),
        *_within_a_total(reading.settings),
        *_chance(reading),
    ]


def _within_a_total(settings: Settings) -> Iterator[Finding]:
    """Yield a total of posts within which none can be moved."""
    if not settings.sizing.keep_total:
        return
    gives = {grade.may_shrink for team in settings.teams.values() for grade in team.grades.values()}
    where = ("sizing", "keep_total")
    if True not in gives:
        yield Finding(where, "moves no post, since no grade may_shrink to give one")
    elif False not in gives:
        yield Finding(where, "moves no post, since every grade may_shrink: none can receive one")


def _from(versions: Versions, month: int) -> list[Settings]:
    """Return the settings in force in a month and every version after it."""
    first = max(n for n, (start, _) in enumerate(versions) if start <= month)
    return [settings for _, settings in versions[first:]]


def _standards(reading: Reading, versions: Versions) -> Iterator[Finding]:
    """Yield standards that ask for the impossible or for nothing."""
    undated = reading.settings
    for path, standard in reading.items("standards"):
        month = 0 if standard.from_ is None else month_index(undated, standard.from_)
        if month >= undated.months.value:
            yield Finding(
                (*path, "from"), "lies after the last month: the standard is never judged"
            )
        elif never := never_judged(undated, standard, int(undated.months.value)):
            yield Finding(
                (*path, "judged"), f"{never}: the standard is never judged", standard.judged
            )
        elif standard.cohort is not None and standard.duty is not None:
            duties = [
                settings.cohorts[standard.cohort].duties[standard.duty]
                for settings in _from(versions, month)
            ]
            tiers = standard.tiers or list(undated.cohorts[standard.cohort].tiers)
            yield from _of_duty(path, standard, duties, tiers)
            if month == 0:
                yield from _from_start(path, undated, standard, tiers)
            if standard.kind is COMPLETION:
                cases = {k: undated.cohorts[standard.cohort].tiers[k].cases.value for k in tiers}
                yield from _left_to_chance(path, standard, duties[0], cases)


def _of_duty(
    path: Keys, standard: Standard, duties: Sequence[Duty], tiers: Sequence[str]
) -> Iterator[Finding]:
    """Yield a standard above the access rate, or on a tier that is owed nothing."""
    asked = standard.completion
    low: dict[str, float] = {}
    for duty in duties:
        for tier in tiers:
            access = for_tier(duty.access_rate, tier, 1)
            if asked is not None and times_a_year(duty, tier) > 0 and access < asked.value:
                low[tier] = min(access, low.get(tier, 1))
    owed = [t for t in tiers if any(times_a_year(duty, t) > 0 for duty in duties)]
    enough_together = standard.pooled and len(low) < len(owed)  # others may make up for these
    if low and asked is not None and not enough_together:
        named = ", ".join(f"{tier} {show(rate)}" for tier, rate in low.items())
        yield Finding(
            (*path, "completion"),
            f"is more than the access_rate allows ({named})",
            show(asked.value),
        )
    owed_nothing = [t for t in tiers if t not in owed]
    if owed_nothing and standard.tiers is not None:
        verb = "is" if len(owed_nothing) == 1 else "are"
        must = f"{', '.join(owed_nothing)} {verb} owed no {standard.duty}: always met"
        yield Finding((*path, "tiers"), must)
    elif len(owed_nothing) == len(tiers):
        yield Finding(path, f"no tier is owed a {standard.duty}: always met")


OFTEN = 0.1
"""A standard that chance alone breaks in a larger share of its periods is asked about."""


def _left_to_chance(
    path: Keys, standard: Standard, duty: Duty, cases: Mapping[str, float]
) -> Iterator[Finding]:
    """Yield a standard on so few that chance alone breaks it, however many officers there are.

    Who can be reached is a matter of chance for each: of 18 due at an access rate of 0.98 all are
    done in 70 months of 100, and with one left undone 95% is not met.
    """
    months = MONTHS_OF[standard.judged]
    due = {k: n * times_a_year(duty, k) * months / 12 for k, n in cases.items()}
    owed = {k: n for k, n in due.items() if n >= 0.5}
    access = {k: for_tier(duty.access_rate, k, 1) for k in owed}
    groups = {k: (owed[k], access[k]) for k in owed}
    if standard.pooled and owed:
        every = sum(owed.values())
        groups = {"all tiers": (every, sum(owed[k] * access[k] for k in owed) / every)}
    level, low = standard.level.value, []
    for name, (number, rate) in groups.items():
        broken = 1 - chance_of_all_but_few(round(number), rate, level)
        if rate >= level and broken > OFTEN:
            low.append(
                f"in {name} {round(number)} fall due, and with {per_cent(rate)} of people reached "
                f"it is not met in {100 * broken:.0f} {standard.judged}s of 100"
            )
    if low:
        must = f"is left to chance where so few fall due in a {standard.judged}: {'; '.join(low)}"
        longer = {"month": "quarter", "quarter": "year"}.get(standard.judged)
        ways = [f'judged = "{longer}"'] if longer else []
        ways += [] if standard.pooled or len(owed) < 2 else ["pooled = true"]
        yield Finding((*path, "completion"), must, show(level), " or ".join(ways) or None)


def chance_of_all_but_few(due: int, rate: float, level: float) -> float:
    """Return the probability that at least a share of those due is done.

    Args:
        due: how many fall due, each done or not by itself.
        rate: the probability that one is done.
        level: the share that must be done.

    Returns:
        The binomial probability. Unit: share.
    """
    if rate <= 0 or rate >= 1:
        return float(rate >= level)
    most = math.floor(due * (1 - level) + 1e-9)
    return sum(
        math.exp(
            math.lgamma(due + 1)
            - math.lgamma(left + 1)
            - math.lgamma(due - left + 1)
            + left * math.log(1 - rate)
            + (due - left) * math.log(rate)
        )
        for left in range(most + 1)
    )


def _from_start(
    path: Keys, settings: Settings, standard: Standard, tiers: Sequence[str]
) -> Iterator[Finding]:
    """Yield a standard from the start on a duty with an opening backlog."""
    duty = settings.cohorts[str(standard.cohort)].duties[str(standard.duty)]
    late = [tier for tier in tiers if for_tier(duty.overdue, tier) > 0]
    if late:
        where = path if standard.from_ is None else (*path, "from")
        must = f"holds from the start, with some overdue in {', '.join(late)}"
        yield Finding(where, f"{must}: no plan can change month 0")


def _reactive(settings: Settings) -> Iterator[Finding]:
    """Yield shares managed reactively that take in cases under court orders."""
    for path, cohort, tier, share in shares_considered(settings):
        words = without_order(settings.cohorts[cohort], tier, share)
        if words:
            yield Finding(path, words)


def _visits(versions: Versions) -> Iterator[Finding]:
    """Yield visits by one officer, once for each cohort and duty."""
    alone: dict[Keys, dict[str, None]] = {}
    for _, settings in versions:
        for name, cohort in settings.cohorts.items():
            duty = cohort.duties.get("visit")
            for tier in cohort.tiers if duty else ():
                if duty and times_a_year(duty, tier) > 0 and for_tier(duty.crew, tier, 1) < 2:
                    path: Keys = ("cohorts", name, "duties", "visit", "crew")
                    alone.setdefault(path, {})[tier] = None
    for name, values in versions[0][1].choose.items():
        words = name.split(".")
        if words[2:5] == ["duties", "visit", "crew"] and min(values) < 2:
            alone.setdefault(("choose", name), {})[words[-1]] = None
    for path, tiers in alone.items():
        yield Finding(path, LONE_VISIT.format(", ".join(tiers)))


def _duties(settings: Settings) -> Iterator[Finding]:
    """Yield frequencies without effect, and court orders on cases that nobody visits."""
    for name, cohort in settings.cohorts.items():
        for key, duty in cohort.duties.items():
            yield from _frequencies(("cohorts", name, "duties", key), cohort, duty)
            both = set(duty.per_year) & set(duty.every_months) - {EVERY_TIER}
            if EVERY_TIER in duty.every_months:
                both |= set(duty.per_year)
            tiers = [tier for tier in cohort.tiers if tier in both]
            if both:
                named = f" in {', '.join(tiers)}" if tiers else ""
                path: Keys = ("cohorts", name, "duties", key, "per_year")
                yield Finding(path, f"has no effect{named}: every_months wins")
        visit = cohort.duties.get("visit")
        for tier, row in cohort.tiers.items():
            orders = 0 if row.court_orders is None else row.court_orders.value
            if orders > 0 and (visit is None or times_a_year(visit, tier) == 0):
                path = ("cohorts", name, "tiers", tier, "court_orders")
                must = "cases under a court order in a tier that is owed no visit"
                yield Finding(path, must, show(orders))


def _frequencies(path: Keys, cohort: Cohort, duty: Duty) -> Iterator[Finding]:
    """Yield a duty owed to nobody, and ranges of whole months, which are not drawn."""
    if not any(times_a_year(duty, tier) > 0 for tier in cohort.tiers):
        yield Finding(path, "is never due: it has no per_year or every_months above 0")
    for key in ("per_year", "every_months"):
        for tier, quantity in getattr(duty, key).items():
            told = quantity.source in ESTIMATES  # their range is always told, drawn or not
            if quantity.uncertain and not told and 0 < times_a_year(duty, tier) <= 12:
                own = (*path, key) if tier == EVERY_TIER else (*path, key, tier)
                must = "has a range that is not used: the months between are whole, never drawn"
                yield Finding(own, must)


def _ages(settings: Settings) -> Iterator[Finding]:
    """Yield real ages that add up to another number of cases than is given."""
    for name, cohort in settings.cohorts.items():
        for named, duty in cohort.duties.items():
            for tier, one in cohort.tiers.items():
                late, cases = for_tier(duty.overdue, tier), one.cases.value
                for key, given, what, total in (
                    ("opening_ages", duty.opening_ages, "cases not overdue", cases - late),
                    ("overdue_ages", duty.overdue_ages, "overdue", late),
                ):
                    if tier in given and abs(sum(given[tier]) - total) > ALIKE:
                        must = f"adds up to {show(sum(given[tier]))}, but {what} are {show(total)}"
                        path: Keys = ("cohorts", name, "duties", named, key, tier)
                        yield Finding(path, f"{must}: taken in proportion")


def _people(reading: Reading, versions: Versions) -> Iterator[Finding]:
    """Yield establishments that cannot be what they are said to be."""
    settings = reading.settings
    served = {one.team for one in settings.cohorts.values()}
    served |= {one.team for one in settings.queues.values()}
    lending = {rule.from_ for rule in settings.flex}
    for name, team in settings.teams.items():
        if name not in served | lending:
            yield Finding(("teams", name), "serves no cohort and lends to no team")
        if name in served and not any(g.casework_share.value > 0 for g in team.grades.values()):
            yield Finding(("teams", name, "grades"), "have no officer who carries cases")
        for key, grade in team.grades.items():
            path: Keys = ("teams", name, "grades", key)
            later = [version.teams[name].grades[key] for _, version in versions]
            yield from _establishment(path, settings, grade, later)
        yield from _too_soon(reading, name, team)


def _establishment(
    path: Keys, settings: Settings, grade: Grade, later: Sequence[Grade]
) -> Iterator[Finding]:
    """Yield people above posts and places that nobody can fill."""
    people = grade.in_post.value
    posts = people if grade.posts is None else grade.posts.value
    if people > posts:
        must = f"is above posts ({show(posts)}): those above are released in the first month"
        yield Finding((*path, "in_post"), must, show(people))
    most = grade.max_joiners_per_month
    leaving = grade.leavers_per_year.value * people
    if most is not None and most.value == 0 and (posts > people or leaving > 0):
        places = f"{show(round(max(0.0, posts - people), 2))} vacant posts"
        must = f"no one can join, with {places} and {show(round(leaving, 2))} leavers per year"
        yield Finding((*path, "max_joiners_per_month"), must)
    due = 0.0
    most_posts = max([posts, *(g.posts.value for g in later if g.posts is not None)])
    start = settings.start.year * 12 + settings.start.month - 1
    for month in sorted(grade.joiners_due):
        due += grade.joiners_due[month].value
        year, number = month.split("-")
        passed = int(year) * 12 + int(number) - start
        room = most_posts - people + leaving / 12 * passed
        if due > room + 1e-6:
            places = show(round(max(0.0, room), 2))
            must = f"more than the posts can take: about {places} places by then"
            yield Finding((*path, "joiners_due", month), must, show(due))
            break


def _too_soon(reading: Reading, name: str, team: Team) -> Iterator[Finding]:
    """Yield standards on a team's duties that hold before anyone new counts in full."""
    settings = reading.settings
    waits = [
        (int(g.recruitment_lead_months.value), int(g.accreditation_months.value))
        for g in team.grades.values()
        if g.casework_share.value > 0
    ]
    if not waits:
        return
    lead, training = min(waits, key=sum)
    soon = []
    for path, standard in reading.items("standards"):
        cohort = settings.cohorts.get(standard.cohort or "")
        month = 0 if standard.from_ is None else month_index(settings, standard.from_)
        if cohort is not None and cohort.team == name and month < lead + training:
            soon.append((path, standard))
    if soon:
        path, first = soon[0]
        also = (
            f" (so {'does' if len(soon) == 2 else 'do'} {len(soon) - 1} more)" if soon[1:] else ""
        )
        must = (
            f"holds before new people of {name} count in full, {lead} months to recruit and "
            f"{training} to accredit{also}: until then it depends on current officers and overtime"
        )
        yield Finding(path if first.from_ is None else (*path, "from"), must)


def _late(reading: Reading) -> Iterator[Finding]:
    """Yield what happens only after the last month."""
    settings = reading.settings
    for key, name in (("events", "at"), ("people", "from"), ("changes", "from")):
        for path, item in reading.items(key):
            when = getattr(item, "from_" if name == "from" else name)
            if month_index(settings, when) >= settings.months.value:
                yield Finding((*path, name), "lies after the last month: nothing comes of it")


def _leaving(reading: Reading) -> Iterator[Finding]:
    """Yield events whose cases leave because no tier is named that they join."""
    for path, event in reading.items("events"):
        if event.cases is not None and event.to is None:
            must = "has from and no to: these cases leave the cohort at once"
            use = f'leavers = {show(event.cases.value)} and tier = "{event.from_}" to say so'
            yield Finding(path, must, use=use)


def _moved_back(reading: Reading) -> Iterator[Finding]:
    """Yield one-off moves out of a tier that is owed nothing, to which the cases drift back."""
    for path, event in reading.items("events"):
        if event.from_ is None or event.to is None:
            continue
        cohort = reading.settings.cohorts[event.cohort]
        back = cohort.moves_per_year.get(event.to, {}).get(event.from_)
        owed = any(times_a_year(duty, event.from_) > 0 for duty in cohort.duties.values())
        if back is not None and back.value > 0 and not owed:
            must = (
                f"these cases go back to {event.from_} at {show(back.value)} per year, as all of "
                f"{event.to} do; give them a tier of their own if they must not"
            )
            yield Finding((*path, "to"), must, event.to)


def _queues(settings: Settings) -> Iterator[Finding]:
    """Yield loops without end, deadlines that lapse first, and ages that do not add up."""
    yield from growing_loops(settings)
    for name, queue in settings.queues.items():
        path: Keys = ("queues", name)
        for one in queue.class_names:
            lapses, late = (
                for_tier(table, one) for table in (queue.lapses_after_months, queue.deadline_months)
            )
            if 0 < lapses <= late:
                must = f"is at most the deadline of {one} ({show(late)}): none is ever done late"
                yield Finding((*path, "lapses_after_months"), must, show(lapses))
            if for_tier(queue.hours, one) == 0:
                yield Finding((*path, "hours"), f"is 0 for {one}: done as soon as it arrives")
            ages, number = queue.waiting_ages.get(one), queue.waiting.get(one)
            if ages and number and abs(sum(ages) - number.value) > ALIKE:
                must = f"adds up to {show(sum(ages))}, but waiting are {show(number.value)}"
                yield Finding((*path, "waiting_ages", one), f"{must}: taken in proportion")


def _links(reading: Reading) -> Iterator[Finding]:
    """Yield links of settings that cannot move."""
    for name, link in reading.settings.links.items():
        for place, setting in enumerate(link.settings):
            value = value_at(reading.tree, setting)
            ends = [value.get(end) for end in ("low", "high")] if isinstance(value, dict) else []
            if all(end in (None, value["value"]) for end in ends):
                path: Keys = ("links", name, "settings", place)
                yield Finding(path, f"has no low and high, so the link does nothing: {setting}")


def _chance(reading: Reading) -> Iterator[Finding]:
    """Yield simulations that leave visits and people out of chance."""
    if not reading.settings.chance.whole:
        yield Finding(
            ("chance", "whole"),
            "simulations draw settings alone; with visits and people certain, probabilities come "
            "out too near 0% and 100%",
        )


def _estimates(tree: TomlTable) -> Iterator[Finding]:
    """Yield the estimates without a range, in one finding for each kind."""
    for kind, words in (("judgement", "is professional judgement"), ("assumed", "is assumed")):
        bare: list[Keys] = [path for path, value in leaves(tree) if _is_bare(value, kind)]
        if bare:
            named = ", ".join(dotted(tree, path) for path in bare[1:_FEW])
            more = f" and {len(bare) - _FEW} more" if len(bare) > _FEW else ""
            also = f"; so are {named}{more}" if named else ""
            yield Finding(bare[0], f"{words} without low and high{also}")


def _is_bare(value: Any, kind: str) -> bool:
    """Return whether a number of a kind that is estimated is given as if it were exact."""
    return (
        isinstance(value, Mapping)
        and value.get("source") == kind
        and "low" not in value
        and "high" not in value
    )
