"""Follow groups of cases by the months since they were done, in plain dicts and loops (EQ31).

`outcomes(run)` of a finished reference run returns rows by cohort, duty, tier and month. A group
is where its cases stand (kind), how long (months since done by the clock, or overdue), how many
months ago they were really done or entered, and the tier that last owed them the duty.

Choices where the documents leave room:
1. Of those overdue equally long, and of those done early, everybody has the same chance.
2. Someone in a tier owed the duty more than monthly was seen this month; each one missed there
   counts as a share of a case-month, one over what a case is owed in a month.
3. Weights and references are those of the undated settings; a tier's place and its reference are
   those of the first month in which it is owed anything, if it is not owed it at the start.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .project import Key, Run
from .read import Cohort, DutyTier, Scenario

WEIGHTS = (8.0, 4.0, 2.0, 1.0)
Group = tuple[str, int, int, str]  # kind (x, y or none), months, months since done, former tier
Groups = dict[Group, float]


def outcomes(run: Run) -> list[dict[str, Any]]:
    """Return what is overdue and unseen in every month."""
    rows = []
    for c, cohort in run.s.undated.cohorts.items():
        weights = weights_of(run.s, c)
        for d in cohort.duties:
            tiers = opening(run, c, d)
            reference = {k: reference_of(run, c, d, k) for k in tiers}
            for t in range(run.s.months):
                tiers = month_of(run, c, d, t, tiers)
                rows += [
                    told(run, (c, d, k), t, groups, weights, reference)
                    for k, groups in tiers.items()
                ]
    return rows


def versions(s: Scenario, c: str) -> list[Cohort]:
    """Return a cohort's settings, the undated ones first, then month by month."""
    return [s.undated.cohorts[c], *(s.at(t).cohorts[c] for t in range(s.months))]


def weights_of(s: Scenario, c: str) -> dict[str, float]:
    """Return the weight of each tier: as given, else by its place among those ever owed a duty."""
    cohort, place, found = s.undated.cohorts[c], 0, {}
    for k in cohort.tiers:
        owed = any(d[k].per_year > 0 for v in versions(s, c) for d in v.duties.values())
        found[k] = WEIGHTS[min(place, 3)] if owed else 0.0
        place += owed
        if cohort.risk[k] is not None:
            found[k] = cohort.risk[k]
    return found


def reference_of(run: Run, c: str, d: str, k: str) -> int:
    """Return the months after which a case is unseen; 0 for never."""
    given = run.s.undated.cohorts[c].duties[d][k].reference
    for version in versions(run.s, c):
        duty = version.duties[d][k]
        if not given and duty.per_year > 0:
            given = duty.interval or 1
    return given


def opening(run: Run, c: str, d: str) -> dict[str, Groups]:
    """Return the state before the first month: overdue ones were done an interval ago."""
    found: dict[str, Groups] = {}
    for k, clock in run.opening[c, d].items():
        interval = run.s.undated.cohorts[c].duties[d][k].interval
        groups: Groups = defaultdict(float)
        for age, n in clock.x.items():
            groups["x", age, age, k] += n
        for j, n in clock.y.items():
            groups["y", j, (interval or 0) + j, k] += n
        groups["none", 0, 0, k] += clock.none
        found[k] = groups
    return found


def month_of(run: Run, c: str, d: str, t: int, tiers: dict[str, Groups]) -> dict[str, Groups]:
    """Return the groups at a month's end."""
    now, last = run.s.at(t).cohorts[c].duties[d], run.s.at(t - 1).cohorts[c].duties[d]
    cases = run.cases[c][t]
    older: dict[str, Groups] = {}
    for k, groups in tiers.items():
        older[k] = defaultdict(float)
        for (kind, months, since, former), n in groups.items():
            older[k][kind, months, since + 1, former] += n
    for a, b, share in cases.events:
        event(older, a, b, share, last, now)
    after: dict[str, Groups] = {k: defaultdict(float) for k in tiers}
    for (a, b), w in cases.weights.items():
        for group, n in older[a].items():
            after[b][moved(group, now[b])] += w * n
    for k, n in cases.entrants.items():
        after[k][("none", 0, 0, k) if now[k].interval is None else ("y", 0, 0, k)] += n
    for k, groups in after.items():
        end = after[k] = served(run, (c, d, k), t, groups)
        owed = any(duty[k].per_year > 0 for duty in run.s.at(t).cohorts[c].duties.values())
        if now[k].interval is None and owed:
            seen = now[k].per_year > 0
            together: Groups = defaultdict(float)
            for (kind, months, since, _), n in end.items():
                together[kind, months, 0 if seen else since, k] += n
            after[k] = together
    return after


def moved(group: Group, duty: DutyTier) -> Group:
    """Return the group of cases that are in a tier a month later."""
    kind, months, since, former = group
    if duty.interval is None:
        return "none", 0, since, former
    if kind == "y":
        return "y", months + 1, since, former
    due = kind == "none" or months + 1 >= duty.interval
    return ("y", 0, since, former) if due else ("x", months + 1, since, former)


def event(
    tiers: dict[str, Groups],
    a: str,
    b: str | None,
    share: float,
    last: dict[str, DutyTier],
    now: dict[str, DutyTier],
) -> None:
    """Move a share of tier a to b, or out of the cohort, in last month's state."""
    for group, n in list(tiers[a].items()):
        tiers[a][group] = n * (1 - share)
        if b is None:
            continue
        kind, months, since, former = group
        if last[b].interval is None:
            to: Group = "none", 0, since, former
        elif kind == "y":
            to = "y", months, since, b
        else:
            most = (now[b].interval or last[b].interval or 1) - 1
            to = "x", most if kind == "none" else min(months, most), since, b
        tiers[b][to] += n * share


def served(run: Run, key: Key, t: int, groups: Groups) -> Groups:
    """Do what the run did: early ones evenly, the longest overdue in turn, the rest evenly."""
    duty, k = run.duty(key, t), key[2]
    if duty.interval is None:
        return groups
    row = run.told[key, t]
    end: Groups = defaultdict(float)
    first = duty.interval - min(duty.early_months, duty.interval - 1)
    early = {g for g in groups if g[0] == "x" and first <= g[1] < duty.interval}
    there = sum(groups[g] for g in early)
    kept = 1 - row["done_early"] / there if row["done_early"] > 0 and there > 0 else 1.0
    for g, n in groups.items():
        if g[0] == "x":
            end[*g[:3], k] += n * (max(0.0, kept) if g in early else 1.0)
    left = row["done"] * duty.in_turn
    waiting: Groups = {g: n for g, n in groups.items() if g[0] == "y"}
    for j in sorted({g[1] for g in waiting}, reverse=True):
        these = [g for g in waiting if g[1] == j]
        total = sum(waiting[g] for g in these)
        take = min(left, total)
        left -= take
        for g in these:
            waiting[g] *= 1 - take / total if total > 0 else 1.0
    rest, total = row["done"] * (1 - duty.in_turn), sum(waiting.values())
    for g, n in waiting.items():
        end[*g[:3], k] += n * (max(0.0, 1 - rest / total) if rest > 0 and total > 0 else 1.0)
    end["x", 0, 0, k] += row["done"] + row["done_early"]
    return end


def told(
    run: Run,
    key: Key,
    t: int,
    groups: Groups,
    weights: dict[str, float],
    reference: dict[str, int],
) -> dict[str, Any]:
    """Return a row: case-months overdue and unseen, weighted, and cases with their months."""
    duty, k = run.duty(key, t), key[2]
    row = run.told.get((key, t), {"outstanding": 0.0})
    found = {
        "month": run.s.label(t),
        "cohort": key[0],
        "duty": key[1],
        "tier": k,
        "overdue": row["outstanding"],
        "weighted": row["outstanding"] * weights[k],
        "followed": 0.0,
        "months_since": 0.0,
    }
    if duty.interval is None and duty.per_year > 0:
        missed = row["outstanding"] / (duty.per_year / 12)
        return found | {"unseen": missed, "weighted_unseen": missed * weights[k]}
    unseen = weighed = 0.0
    for (_, _, since, former), n in groups.items():
        if reference[former]:
            found["followed"] += n
            found["months_since"] += n * (since + 0.5)
            if since >= reference[former]:
                unseen += n
                weighed += n * weights[former]
    return found | {"unseen": unseen, "weighted_unseen": weighed}
