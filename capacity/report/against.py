"""What a scenario changes of the one that it extends, and what that does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from capacity.reading.scenario import differences
from capacity.reading.tree import as_typed
from capacity.report.events import Course, course
from capacity.report.facts import Facts
from capacity.results import summary
from capacity.wording import inside, listed, month, number, per_cent, period

SAME = 0.0005
"""Shares that differ by less than this are the same."""


def words(facts: Facts) -> tuple[str, str] | None:
    """Return how the scenario differs from the one that it extends, with no posts added."""
    there, lead = facts.baseline, facts.lead
    if there is None:
        return None
    name = there.model.scenario.settings.title
    parts = [f"changed: {listed(list(dict.fromkeys(_changes(facts))), 4)}"]
    now, then = facts.said.today, there.today
    mine = facts.course(now, lead) if lead else None
    theirs = course(then, there.model.calendar, lead, facts.cohorts_of(lead)) if lead else None
    if mine and theirs:
        which = summary.name_of(facts.said, mine.service)
        parts.append(
            f"completion of {which} {mine.lowest_words()}; there it {theirs.lowest_words()}"
        )
        first, before = mine.first_missed, theirs.first_missed
        if first != before:
            here = f"first not met in {period(first)}" if first else "met throughout"
            once = f"first not met in {period(before)}" if before else "met throughout"
            parts.append(f"the standard is {here}; there it is {once}")
        parts.append(f"at most {number(mine.overdue)} are overdue; there {number(theirs.overdue)}")
        parts += list(_gap(mine, theirs))
    ways = [[one for one in way.standings if one.judged] for way in (now, then)]
    met, whole = [sum(not one.missed for one in way) for way in ways], [len(way) for way in ways]
    parts.append(f"{met[0]} of {whole[0]} standards met; there {met[1]} of {whole[1]}")
    told = ". ".join(one[:1].upper() + one[1:] for one in parts)
    return f"Compared with “{name}”, no posts added", f"{told}."


def _gap(mine: Course, theirs: Course) -> Iterator[str]:
    """Yield the month in which completion differs most from that of the other scenario."""
    there = dict(zip(theirs.labels, theirs.completion.tolist(), strict=True))
    gaps = {
        label: float(value) - there[label]
        for label, value in zip(mine.labels, mine.completion, strict=True)
        if label in there and np.isfinite(value) and np.isfinite(there[label])
    }
    most = max(gaps, key=lambda label: abs(gaps[label]), default=None)
    if most is None or abs(gaps[most]) < SAME:
        yield "completion is the same in every month"
        return
    here = there[most] + gaps[most]
    yield (
        f"the largest difference is in {month(most)}: {per_cent(here)}, there "
        f"{per_cent(there[most])}"
    )


def _changes(facts: Facts) -> Iterator[str]:
    """Yield what a scenario changes in words: people, events, changes, rules, else its settings."""
    there = facts.baseline
    assert there is not None
    old, new = there.model.scenario, facts.plan.scenario
    known = {(one.why, one.team, one.from_) for one in old.settings.people}
    for person in new.settings.people:
        if (person.why, person.team, person.from_) not in known:
            until = f" to {month(f'{person.until:%Y-%m}')}" if person.until else ""
            begin = month(f"{person.from_:%Y-%m}")
            yield f"{inside(person.why)} ({_signed(person.fte.value)} FTE, {begin}{until})"
    rules = {one.name for one in old.settings.standards}
    for rule in new.settings.standards:
        if rule.name not in rules:
            yield f"{rule.name} ({summary.asks(rule)})"
    cohorts, teams = set(old.settings.cohorts), set(old.settings.teams)
    for team in new.settings.teams:
        if team not in teams:
            yield f"{facts.team(team)} is a team of its own"
    for event in new.settings.events:
        if event not in old.settings.events:
            yield f"{inside(event.why or 'one-off')} ({month(f'{event.at:%Y-%m}')})"
    told = ("people", "standards", "events", "title", "question", "extends", "changes")
    for name, before, after in differences(old, new):
        head, _, rest = name.partition(".")
        added = (head == "cohorts" and rest.split(".")[0] not in cohorts) or (
            head == "teams" and rest.split(".")[0] not in teams
        )
        if head not in told and not added:
            yield f"{setting_words(facts, name)} {typed(before)} → {typed(after)}"
    for change in new.settings.changes:
        if change not in old.settings.changes:
            begin = month(f"{change.from_:%Y-%m}")
            yield f"{inside(change.why or 'settings change')} (from {begin})"


def _signed(size: float) -> str:
    return f"{size:+g}".replace("-", "−")


def setting_words(facts: Facts, name: str) -> str:
    """Return a setting in words: whose it is, and its name."""
    parts = name.split(".")
    settings = facts.settings
    if parts[0] == "cohorts" and parts[1] in settings.cohorts:
        tier = parts[-1] if parts[-1] in settings.cohorts[parts[1]].tiers else None
        rest = [one for one in parts[2:] if one not in ("tiers", "duties", "work", tier)]
        where = f"{facts.cohort(parts[1])}, {facts.tier(parts[1], tier)}" if tier else ""
        where = where or facts.cohort(parts[1])
        return f"{' '.join(rest).replace('_', ' ')} ({where})"
    if parts[0] == "teams" and parts[1] in settings.teams:
        rest = [one for one in parts[2:] if one != "grades"]
        return f"{' '.join(rest).replace('_', ' ')} ({facts.team(parts[1])})"
    return name.replace("_", " ").replace(".", " ")


def typed(value: Any) -> str:
    """Return a setting as typed, a range in brackets."""
    if value is None:
        return "–"
    if isinstance(value, dict) and "value" in value:
        ends = [as_typed(value[end]) for end in ("low", "high") if end in value]
        return as_typed(value["value"]) + (f" ({' to '.join(ends)})" if ends else "")
    return as_typed(value)
