"""Project a scenario month by month in plain floats, dicts and loops (EQ1–EQ14).

`project(load(path))` returns the tables of the interface as lists of dicts.

Choices where the documents leave room:
1. Ordinary movers into a tier given a clock this month keep their age; those that were in it (or
   were put in it by an event) fall due. Each case is read on its own: a case without a clock last
   month, in a tier with a clock now, falls due; a case with an age keeps it.
2. `added_posts` is the number above current posts in that financial year, not an increase on the
   year before.
3. `joiners_due` are not held to `max_joiners_per_month`, and neither count in its limit.
4. Officers in the ratio: casework share × people events × productivity, where they count; borrowed
   hours as lent (before efficiency); the lender's officers are not lowered.
5. `available` is the team's own hours, floored at 0; overtime is beside it.
6. Overtime's casework FTE is share × in post: people events and trainees make no difference.
7. `limit` is the lowest limit on the cohort in force; `cases` are all tiers'; a standard that names
   tiers is judged on those tiers in `standards`. Without reactive: tiers with a duty this month.
8. `moved_in` and `moved_out` count events too.
9. `inflows`: one row per tier that an inflow can join. `backlog_age`: rows above 1e-12 only, none
   for duties more often than monthly. `work`: names are cohort.work, cohort.case_month and
   cohort.entry.
10. `standards`: periods are a month 2025-10, a calendar quarter 2025-Q4, a year 2025/26; only whole
    quarters and years; no row where the tier has no such duty in the whole period; met to 1e-6.
    A maximum of posts is judged in every month (largest) of every year with a month from its date.
11. in_date is blank where a tier has no cases; on_time where nothing is newly due.
12. A programme's done quantities are run as given, at most what is due.
13. A mix that names no tier for some cases loses none: mixes are taken to add up to 1.
14. When other work does not fit, duties that take no hours are not done either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .read import Cohort, DutyTier, Scenario

Table = list[dict[str, Any]]
Key = tuple[str, str, str]  # cohort, duty, tier
Posts = dict[tuple[str, str, str], float]  # team, grade, start
TINY = 1e-9


# ---------------------------------------------------------------- caseload (EQ1–EQ3)


@dataclass
class CaseMonth:
    """What happens to one cohort's cases in one month."""

    # from, to (None: out of the cohort), share of the tier's cases of that moment
    events: list[tuple[str, str | None, float]]
    weights: dict[tuple[str, str], float]  # EQ1 and EQ2: share of a's cases that are in b
    entrants: dict[str, float]
    cases: dict[str, float]
    rows: Table
    inflows: Table


def caseload(s: Scenario) -> dict[str, list[CaseMonth]]:
    """Return every cohort's cases by month."""
    return {c: cohort_cases(s, c) for c in s.undated.cohorts}


def cohort_cases(s: Scenario, name: str) -> list[CaseMonth]:
    """Return one cohort's cases by month."""
    cases = dict(s.opening[name])
    path = sum(cases.values())
    result = []
    for t in range(s.months):
        cohort = s.at(t).cohorts[name]
        arrivals = arriving(s, name, cohort, t)
        moves = one_off_moves(s, name, cohort, t, cases)
        left = sum(n for _, to, n in moves if to is None)
        path = max(0.0, path + sum(arrivals.values()) - left) * (1 + cohort.growth) ** (1 / 12)
        month = one_month(s, name, t, cases, arrivals, path)
        cases = month.cases
        result.append(month)
    return result


def arriving(s: Scenario, name: str, cohort: Cohort, t: int) -> dict[str, float]:
    """Return the month's one-off arrivals by tier."""
    result = dict.fromkeys(cohort.tiers, 0.0)
    for event in s.events:
        if event["t"] == t and event["cohort"] == name and "arrivals" in event:
            mix = {event["tier"]: 1.0} if event.get("tier") else cohort.mix
            for k, share in mix.items():
                result[k] += event["arrivals"] * share
    return result


def one_off_moves(
    s: Scenario, name: str, cohort: Cohort, t: int, cases: dict[str, float]
) -> list[tuple[str, str | None, float]]:
    """Return what the month's events take from each tier: from, to (None: they leave), cases."""
    n = dict(cases)
    result: list[tuple[str, str | None, float]] = []
    for event in s.events:
        if event["t"] != t or event["cohort"] != name or "arrivals" in event:
            continue
        if "cases" in event:
            tiers, wanted, to = [event["from"]], event["cases"], event.get("to")
        else:
            tiers = [event["tier"]] if event.get("tier") else list(cohort.tiers)
            wanted, to = event["leavers"], None
        there = sum(n[k] for k in tiers)
        fraction = min(1.0, wanted / there) if there > 0 else 0.0
        for k in tiers:
            m = n[k] * fraction
            result.append((k, to, m))
            n[k] -= m
            if to is not None:
                n[to] += m
    return result


def one_month(
    s: Scenario, name: str, t: int, cases: dict[str, float], arrivals: dict[str, float], path: float
) -> CaseMonth:
    """Return one cohort's month: events, exits, moves, entrants."""
    cohort = s.at(t).cohorts[name]
    n = dict(cases)
    moved_in, moved_out = dict.fromkeys(n, 0.0), dict.fromkeys(n, 0.0)
    gone = dict.fromkeys(n, 0.0)
    events: list[tuple[str, str | None, float]] = []
    for a, to, m in one_off_moves(s, name, cohort, t, cases):
        events.append((a, to, m / n[a] if n[a] > 0 else 0.0))
        n[a] -= m
        if to is None:
            gone[a] += m
            continue
        n[to] += m
        moved_out[a] += m
        moved_in[to] += m
    weights = {}
    left = dict.fromkeys(n, 0.0)
    for a in cohort.tiers:
        survive = 1 - cohort.exits[a] / 12
        away = 0.0
        for b in cohort.tiers:
            rate = cohort.moves.get((a, b), 0.0) / 12
            if b == a or rate == 0:
                continue
            weights[a, b] = survive * rate
            away += rate
            moved_out[a] += n[a] * weights[a, b]
            moved_in[b] += n[a] * weights[a, b]
        weights[a, a] = survive * (1 - away)
    for (a, b), w in weights.items():
        left[b] += n[a] * w
    total = path - sum(left.values()) - sum(arrivals.values())
    joined, inflow_rows = entering(s, name, cohort, t, max(0.0, total))
    entrants = {k: joined[k] + arrivals[k] for k in cohort.tiers}
    closing = {k: left[k] + entrants[k] for k in cohort.tiers}
    rows = [
        {
            "month": s.label(t),
            "cohort": name,
            "tier": k,
            "cases": closing[k],
            "entrants": entrants[k],
            "exits": n[k] * cohort.exits[k] / 12 + gone[k],
            "moved_in": moved_in[k],
            "moved_out": moved_out[k],
        }
        for k in cohort.tiers
    ]
    return CaseMonth(events, weights, entrants, closing, rows, inflow_rows)


def entering(
    s: Scenario, name: str, cohort: Cohort, t: int, growth_entrants: float
) -> tuple[dict[str, float], Table]:
    """Return EQ3's entrants by tier, arrivals apart, and the rows of `inflows`."""
    inflows = [i for i in s.at(t).inflows if i["cohort"] == name]
    result = dict.fromkeys(cohort.tiers, 0.0)
    rows: Table = []
    if isinstance(cohort.entrants, dict):
        result.update(cohort.entrants)
    elif inflows and cohort.entrants is None:
        for inflow in inflows:
            # an inflow's rate of `lag` months ago; before the start, the undated one
            then = s.at(t - inflow["lag"]).inflows
            rate = next(
                i["rate"] for i in then if i["name"] == inflow["name"] and i["cohort"] == name
            )
            mix = {inflow["tier"]: 1.0} if inflow["tier"] else cohort.mix
            for k, share in mix.items():
                if share > 0:
                    result[k] += rate * share
                    rows.append(
                        {
                            "month": s.label(t),
                            "name": inflow["name"],
                            "cohort": name,
                            "tier": k,
                            "entrants": rate * share,
                        }
                    )
    else:
        total = growth_entrants if cohort.entrants is None else cohort.entrants
        for k in cohort.tiers:
            result[k] += total * cohort.mix[k]
    return result, rows


# ---------------------------------------------------------------- the clock (EQ4–EQ7)


@dataclass
class Clock:
    """One duty's cases in one tier: done `a` months ago, outstanding `j` months, or no clock."""

    x: dict[int, float] = field(default_factory=dict)
    y: dict[int, float] = field(default_factory=dict)
    none: float = 0.0

    def total(self) -> float:
        """Return all cases of the tier."""
        return sum(self.x.values()) + sum(self.y.values()) + self.none


def put(where: dict[int, float], age: int, n: float) -> None:
    """Add cases at an age."""
    where[age] = where.get(age, 0.0) + n


def opening_clocks(s: Scenario, c: str, d: str) -> dict[str, Clock]:
    """Return the opening state: overdue given, the rest evenly over the interval."""
    result = {}
    for k, duty in s.undated.cohorts[c].duties[d].items():
        cases = s.opening[c][k]
        if duty.interval is None:
            result[k] = Clock(none=cases)
            continue
        late = min(s.overdue[c, d, k], cases)
        spread = dict.fromkeys(range(duty.interval), (cases - late) / duty.interval)
        result[k] = Clock(x=spread, y={0: late})
    return result


def apply_event(
    clocks: dict[str, Clock],
    a: str,
    b: str | None,
    share: float,
    last: dict[str, DutyTier],
    now: dict[str, DutyTier],
) -> None:
    """Move a share of tier a's cases to b, or out of the cohort, in last month's state."""
    here = clocks[a]
    moved = Clock(
        {age: n * share for age, n in here.x.items()},
        {age: n * share for age, n in here.y.items()},
        here.none * share,
    )
    clocks[a] = Clock(
        {age: n - moved.x[age] for age, n in here.x.items()},
        {age: n - moved.y[age] for age, n in here.y.items()},
        here.none - moved.none,
    )
    if b is None:
        return
    there = clocks[b]
    if last[b].interval is None:  # falls due with the rest if b is given a clock, else owes nothing
        there.none += moved.total()
        return
    most = (now[b].interval or last[b].interval or 1) - 1
    for age, n in moved.x.items():
        put(there.x, min(age, most), n)
    for age, n in moved.y.items():
        put(there.y, age, n)
    put(there.x, most, moved.none)


def step(
    clocks: dict[str, Clock], month: CaseMonth, last: dict[str, DutyTier], now: dict[str, DutyTier]
) -> tuple[dict[str, Clock], dict[str, float]]:
    """EQ4: return the state before anything is done, and what is newly due (also in y[0])."""
    clocks = {k: Clock(dict(c.x), dict(c.y), c.none) for k, c in clocks.items()}
    for a, b, share in month.events:
        apply_event(clocks, a, b, share, last, now)
    after = {k: Clock() for k in clocks}
    newly = dict.fromkeys(clocks, 0.0)
    for (a, b), w in month.weights.items():
        interval, here, there = now[b].interval, clocks[a], after[b]
        if interval is None:
            there.none += w * here.total()
            continue
        newly[b] += w * here.none
        for j, n in here.y.items():
            put(there.y, j + 1, w * n)
        for age, n in here.x.items():
            if age + 1 >= interval:
                newly[b] += w * n
            else:
                put(there.x, age + 1, w * n)
    for k, n in month.entrants.items():
        if now[k].interval is None:
            after[k].none += n
        else:
            newly[k] += n
    for k, duty in now.items():
        if duty.interval is not None:
            put(after[k].y, 0, newly[k])
        elif duty.per_year > 0:  # more often than monthly: falls due for every case held
            newly[k] = duty.per_year / 12 * after[k].none
    return after, newly


def due_of(clock: Clock, duty: DutyTier, newly: float) -> float:
    """EQ5: return what is due."""
    return newly if duty.interval is None else sum(clock.y.values())


def do(clock: Clock, done: float, in_turn: float = 1.0) -> float:
    """EQ7: serve the outstanding; return how many of those newly due were among them.

    A share goes to the longest outstanding first, the rest evenly; they start again at age 0.
    """
    new = clock.y.get(0, 0.0)
    left = done * in_turn
    for j in sorted(clock.y, reverse=True):
        take = min(left, clock.y[j])
        clock.y[j] -= take
        left -= take
    rest, waiting = done * (1 - in_turn), sum(clock.y.values())
    if rest > 0 and waiting > 0:
        for j in clock.y:
            clock.y[j] *= max(0.0, 1 - rest / waiting)
    put(clock.x, 0, done)
    return new - clock.y.get(0, 0.0)


def may_be_early(clock: Clock, duty: DutyTier) -> dict[int, float]:
    """EQ24: return cases by age that fall due within the months allowed."""
    if duty.interval is None or duty.early_months == 0 or duty.early_share == 0:
        return {}
    first = duty.interval - min(duty.early_months, duty.interval - 1)
    return {age: n for age, n in clock.x.items() if first <= age < duty.interval}


def do_early(clock: Clock, duty: DutyTier, early: float) -> None:
    """EQ24: take early ones evenly from all who may be; they start again at age 0."""
    there = may_be_early(clock, duty)
    total = sum(there.values())
    if early <= 0 or total <= 0:
        return
    for age, n in there.items():
        clock.x[age] = n * max(0.0, 1 - early / total)
    put(clock.x, 0, early)


def sigma(z: float) -> float:
    """Return the logistic function."""
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def halved(rises: Callable[[float], float], wanted: float) -> float:
    """Return where a rising function reaches a value, by halving."""
    low, high = -200.0, 400.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) < wanted else (low, middle)
    return (low + high) / 2


def longest_wait(clock: Clock) -> int:
    """Return the most months that at least half a case has been outstanding."""
    total = 0.0
    for j in sorted(clock.y, reverse=True):
        total += clock.y[j]
        if total >= 0.5:
            return j + 1
    return 0


# ---------------------------------------------------------------- people (EQ9, EQ14)


@dataclass
class GradeMonth:
    """One grade in one month."""

    posts: float
    in_post: float
    joiners: float
    leavers: float
    releases: float
    trained: float  # in post less trainees' lost part, people events apart
    effective: float  # EQ9


def posts_of(s: Scenario, team: str, grade: str, t: int, added: Posts | None) -> float:
    """Return the posts of a month: today's and those added by its start."""
    return s.at(t).teams[team].grades[grade].posts + (added or {}).get(
        (team, grade, s.start_of(t)), 0.0
    )


def people_events(s: Scenario, team: str, grade: str, t: int, counted: bool) -> float:
    """Return the FTE of people events × productivity; only those that count, if asked."""
    return sum(
        float(p["fte"] * p["productivity"])
        for p in s.people
        if (p["team"], p["grade"]) == (team, grade)
        and p["from"] <= t <= p["until"]
        and (p["counts"] or not counted)
    )


def grade_people(s: Scenario, team: str, grade: str, added: Posts | None) -> list[GradeMonth]:
    """EQ14 and EQ9: return one grade's people by month."""
    first = s.undated.teams[team].grades[grade]
    vacancies = max(0.0, first.posts - first.in_post - sum(first.joiners_due.values()))
    people, others = first.in_post, 0.0
    joined = dict(first.recent_joiners)
    joined[-1] = joined.get(-1, 0.0) + first.in_training
    left: list[float] = []
    released: list[float] = []
    result = []
    for t in range(s.months):
        g = s.at(t).teams[team].grades[grade]
        posts = posts_of(s, team, grade, t, added)
        leavers = g.leavers / 12 * people
        people -= leavers
        release = max(0.0, people - posts)
        people -= release
        left.append(leavers)
        released.append(release)
        due = min(g.joiners_due.get(t, 0.0), posts - people)
        people += due
        more = 0.0
        if t >= g.lead:
            so_far = posts - first.posts + vacancies + sum(left[: max(0, t - g.lead + 1)])
            so_far += sum(released)
            more = max(0.0, min(g.max_joiners, so_far - others, posts - people))
        people += more
        others += more
        joined[t] = due + more
        trainees = sum(n for m, n in joined.items() if t - g.accreditation < m <= t)
        trained = people - (1 - g.productivity) * trainees
        effective = trained + people_events(s, team, grade, t, counted=False)
        result.append(GradeMonth(posts, people, due + more, leavers, release, trained, effective))
    return result


def staffing(s: Scenario, added: Posts | None) -> dict[tuple[str, str], list[GradeMonth]]:
    """Return every grade's people by month."""
    return {
        (team, grade): grade_people(s, team, grade, added)
        for team, table in s.undated.teams.items()
        for grade in table.grades
    }


def own_hours(
    s: Scenario, people: dict[tuple[str, str], list[GradeMonth]], team: str, t: int
) -> float:
    """EQ12: return a team's own casework hours, never below 0."""
    grades = s.at(t).teams[team].grades
    return max(
        0.0, sum(g.share * s.hours(g, t) * people[team, n][t].effective for n, g in grades.items())
    )


def casework_fte(
    s: Scenario, people: dict[tuple[str, str], list[GradeMonth]], team: str, t: int
) -> float:
    """Return casework share × in post."""
    return sum(g.share * people[team, n][t].in_post for n, g in s.at(t).teams[team].grades.items())


def officers(
    s: Scenario,
    people: dict[tuple[str, str], list[GradeMonth]],
    lent: dict[int, float],
    team: str,
    t: int,
) -> float:
    """EQ18: return effective casework FTE, people events and borrowing where they count."""
    total = 0.0
    for name, g in s.at(t).teams[team].grades.items():
        events = people_events(s, team, name, t, counted=True)
        total += g.share * (people[team, name][t].trained + events)
    for i, rule in enumerate(s.flex):
        if rule["to"] == team and rule["counts"]:
            total += lent.get(i, 0.0) / hours_of_fte(s, rule["from"], t)
    return total


def hours_of_fte(s: Scenario, team: str, t: int) -> float:
    """Return a team's h: of its first grade with casework, else of its first."""
    grades = list(s.at(t).teams[team].grades.values())
    return s.hours(next((g for g in grades if g.share > 0), grades[0]), t)


# ---------------------------------------------------------------- hours (EQ10–EQ13)


def other_work(
    s: Scenario, cases: dict[str, list[CaseMonth]], team: str, t: int
) -> dict[str, float]:
    """EQ11: return a team's other work in hours, by name."""
    result = {}
    for c, cohort in s.at(t).cohorts.items():
        if cohort.team != team:
            continue
        month = cases[c][t]
        for name, rates in cohort.work.items():
            result[f"{c}.{name}"] = sum(rates[k] * n / 12 for k, n in month.cases.items())
        for label, rate, count in (
            ("case_month", cohort.case_hours, month.cases),
            ("entry", cohort.entry_hours, month.entrants),
        ):
            if any(rate.values()):
                result[f"{c}.{label}"] = sum(rate[k] * n for k, n in count.items())
    return result


def giving_way(s: Scenario, work: dict[str, float], t: int) -> float:
    """EQ25: return the hours of other work that may be cut short."""
    total = 0.0
    for name, hours in work.items():
        c, _, kind = name.partition(".")
        total += hours * s.at(t).cohorts[c].gives_way[kind]
    return total


def priority(s: Scenario) -> list[Key]:
    """EQ13: return cohort, duty and tier in the order in which hours go."""
    keys = [
        (i, j, n, (c, d, k))
        for n, (c, cohort) in enumerate(s.undated.cohorts.items())
        for j, d in enumerate(cohort.duties)
        for i, k in enumerate(cohort.tiers)
    ]
    default = [key for *_, key in sorted(keys)]
    result: list[Key] = []
    for entry in [*s.order, ""]:
        parts = tuple(entry.split(".")) if entry else ()
        result += [key for key in default if key[: len(parts)] == parts and key not in result]
    return result


def level_of(standard: dict[str, Any], duty: DutyTier, cases: float, due: float) -> float:
    """Return how much must be done this month to be at a standard's level."""
    if "outstanding" in standard:
        return due - float(standard["outstanding"])
    if "in_date" in standard and duty.interval is not None:
        return due - (1 - float(standard["in_date"])) * cases
    return float(standard.get("completion", standard.get("in_date", 0.0))) * due


def on_duty(standard: dict[str, Any], key: Key) -> bool:
    """Return whether a standard is on this cohort, duty and tier."""
    c, d, k = key
    return (
        standard.get("cohort") == c
        and standard.get("duty") == d
        and k in standard.get("tiers", [k])
        and any(m in standard for m in ("completion", "in_date", "outstanding"))
    )


@dataclass
class TeamMonth:
    """One team's hours in one month."""

    own: float
    other: float
    overtime: float = 0.0
    lent: float = 0.0
    borrowed: float = 0.0
    received: float = 0.0
    duties: float = 0.0
    cut: float = 0.0
    lost: float = 0.0  # hours that officers with few cases have over


def share_hours(
    s: Scenario, t: int, teams: dict[str, TeamMonth], need: dict[str, float], most: dict[str, float]
) -> dict[int, float]:
    """EQ12 with staff fixed: lend in file order, then overtime; return hours by lending rule."""
    spare = {n: max(0.0, m.own - need[n]) for n, m in teams.items()}
    lack = {n: max(0.0, need[n] - m.own) for n, m in teams.items()}
    result = {}
    for i, rule in enumerate(s.flex):
        a, b, e = rule["from"], rule["to"], rule["efficiency"]
        wanted = lack[b] / e if e > 0 else 0.0
        hours = max(0.0, min(rule["max_share"] * teams[a].own, spare[a], wanted))
        spare[a] -= hours
        lack[b] -= hours * e
        result[i] = hours
    for n, m in teams.items():
        m.overtime = max(0.0, min(most[n], lack[n]))
    return result


def record_lending(s: Scenario, teams: dict[str, TeamMonth], lent: dict[int, float]) -> None:
    """Enter lent hours with lender and borrower."""
    for i, rule in enumerate(s.flex):
        hours = lent.get(i, 0.0)
        teams[rule["from"]].lent += hours
        teams[rule["to"]].borrowed += hours
        teams[rule["to"]].received += hours * rule["efficiency"]


# ---------------------------------------------------------------- the month


class Run:
    """A projection under way: its state, its people, and the tables so far."""

    def __init__(
        self,
        s: Scenario,
        added: Posts | None,
        rule: str | None,
        overtime: str,
        programme: dict[str, dict[Any, float]] | None,
        option: str,
        full_hours: bool = False,
    ) -> None:
        """Set up the state before the first month."""
        self.s, self.rule, self.overtime = s, rule or s.rule, overtime
        self.full_hours = full_hours
        self.programme, self.option = programme, option
        self.cases = caseload(s)
        self.people = staffing(s, added)
        self.order = priority(s)
        self.clocks = {
            (c, d): opening_clocks(s, c, d) for c, x in s.undated.cohorts.items() for d in x.duties
        }
        self.opening = dict(self.clocks)
        self.told: dict[tuple[Key, int], dict[str, Any]] = {}
        self.lent: dict[int, dict[int, float]] = {}
        self.teams: dict[int, dict[str, TeamMonth]] = {}
        self.newly: dict[Key, float] = {}
        self.early: dict[Key, float] = {}
        self.due: dict[Key, float] = {}
        self.done: dict[Key, float] = {}
        self.facts: dict[tuple[Key, int], dict[str, float]] = {}
        names = (
            "projection caseload inflows backlog_age staffing hours lending work ratios standards"
        )
        self.tables: dict[str, Table] = {name: [] for name in names.split()}

    def duty(self, key: Key, t: int) -> DutyTier:
        """Return the settings of one duty in one tier."""
        return self.s.at(t).cohorts[key[0]].duties[key[1]][key[2]]

    def fall_due(self, t: int) -> None:
        """EQ4 and EQ5 for every cohort and duty."""
        self.newly, self.due, self.done, self.early = {}, {}, {}, {}
        for c, d in self.clocks:
            last, now = (self.s.at(m).cohorts[c].duties[d] for m in (t - 1, t))
            self.clocks[c, d], newly = step(self.clocks[c, d], self.cases[c][t], last, now)
            for k, clock in self.clocks[c, d].items():
                self.newly[c, d, k] = newly[k]
                self.due[c, d, k] = due_of(clock, now[k], newly[k])

    def team_keys(self, team: str, t: int) -> list[Key]:
        """Return a team's duties in priority order."""
        return [k for k in self.order if self.s.at(t).cohorts[k[0]].team == team]

    def allocate(self, t: int) -> None:
        """EQ6, EQ12, EQ13: what is done, by the rule or by the programme."""
        teams = {}
        need, most = {}, {}
        for name, team in self.s.at(t).teams.items():
            other = sum(other_work(self.s, self.cases, name, t).values())
            teams[name] = TeamMonth(own_hours(self.s, self.people, name, t), other)
            limit = team.overtime_limit if self.overtime == "limit" else team.overtime_in_use
            most[name] = limit * casework_fte(self.s, self.people, name, t)
            caps = {k: self.duty(k, t).access * self.due[k] for k in self.team_keys(name, t)}
            early = {k: self.early_at_most(k, n, t) for k, n in caps.items()}
            need[name] = other + sum(
                self.duty(k, t).hours * (n + early[k]) for k, n in caps.items()
            )
        if self.programme is None:
            lent = share_hours(self.s, t, teams, need, most)
        else:
            lent = {i: self.programme["lending"].get((i, t), 0.0) for i in range(len(self.s.flex))}
            for name, m in teams.items():
                m.overtime = self.programme["overtime"].get((name, t), 0.0)
        record_lending(self.s, teams, lent)
        for name, m in teams.items():
            self.do_duties(name, m, t, need[name])
        self.lent[t], self.teams[t] = lent, teams

    def early_at_most(self, key: Key, cap: float, t: int) -> float:
        """EQ24: return how many are done early if all that can be done is."""
        duty = self.duty(key, t)
        if self.full_hours or self.programme is not None:
            return 0.0
        there = sum(may_be_early(self.clocks[key[0], key[1]][key[2]], duty).values())
        return min(duty.early_share / (1 - duty.early_share) * cap, duty.access * there)

    def do_duties(self, team: str, m: TeamMonth, t: int, need: float) -> None:
        """EQ13: give a team's hours to its duties."""
        keys = self.team_keys(team, t)
        caps = {k: self.duty(k, t).access * self.due[k] for k in keys}
        for k in keys:
            self.done[k], self.early[k] = 0.0, 0.0
            if self.programme is not None:
                self.done[k] = min(self.programme["done"].get((*k, t), 0.0), self.due[k])
                m.duties += self.done[k] * self.duty(k, t).hours
        if self.programme is not None:
            return
        early = {k: self.early_at_most(k, caps[k], t) for k in keys}
        have = m.own + m.received + m.overtime - m.lent
        settings = self.s.at(t).teams[team]
        if not self.full_hours and settings.pooling < 1 and settings.spread > 0 and have > 0:
            load = need / have
            width = load * settings.spread
            used = load
            if width > 0:
                z = (1 - load) / width
                normal = 0.5 * (1 + math.erf(z / math.sqrt(2)))
                density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
                used = 1 - ((1 - load) * normal + width * density)
            m.lost = (1 - settings.pooling) * max(0.0, min(load, 1.0) - used) * have
            have = min(have, need) - m.lost
        hours = {k: self.duty(k, t).hours for k in keys}
        work = other_work(self.s, self.cases, team, t)
        giving = 0.0 if self.full_hours else giving_way(self.s, work, t)
        parts = {k: 0.0 if self.full_hours else self.duty(k, t).gives_way for k in keys}
        asked = {k: (caps[k] + early[k]) * hours[k] for k in keys}
        cut = self.cut_share(asked, parts, giving, m.other, have, need, t)
        short_hours = {k: hours[k] * (1 - parts[k] * cut) for k in keys}
        left = have - (m.other - giving * cut)
        m.cut = giving * cut
        if left < -TINY:
            return
        left = max(0.0, left)
        if self.rule == "standards first":
            for k in keys:
                more = min(self.target(k, t), left / short_hours[k] if short_hours[k] > 0 else 1e99)
                self.done[k] += more
                left = max(0.0, left - more * short_hours[k])
        rest = {k: max(0.0, caps[k] - self.done[k]) for k in keys}
        rate = {k: early[k] / rest[k] if rest[k] > 0 else 0.0 for k in keys}
        each = {k: short_hours[k] * (1 + rate[k]) for k in keys}
        share = self.shares({k: rest[k] * each[k] for k in keys}, left, t)
        for k in keys:
            more = rest[k] * share[k]
            self.done[k] += more
            self.early[k] = more * rate[k]
            both = self.done[k] + self.early[k]
            m.duties += both * hours[k]
            m.cut += both * (hours[k] - short_hours[k])

    def focus(self, keys: list[Key], t: int) -> dict[Key, float]:
        """EQ13: return focus, nowhere above that of a row earlier in the order."""
        result, lowest = {}, 0.0
        for k in keys:
            lowest = min(lowest, self.duty(k, t).focus)
            result[k] = lowest
        return result

    def cut_share(
        self,
        asked: dict[Key, float],
        parts: dict[Key, float],
        giving: float,
        other: float,
        have: float,
        need: float,
        t: int,
    ) -> float:
        """EQ25: return the share that is cut of what gives way."""
        every = giving + sum(asked[k] * parts[k] for k in asked)
        if every <= 0:
            return 0.0
        if self.rule != "soft" or self.s.give_focus is None:
            return min(1.0, max(0.0, need - have) / every)
        there, behind = have - (other - giving), self.s.give_focus
        if there >= (sum(asked.values()) + giving) * (1 - 1e-13):
            return 0.0
        if there <= 0:
            return 1.0
        focus = self.focus(list(asked), t)

        def taken(theta: float) -> float:
            kept = sigma(theta + behind)
            rows = sum(
                n * sigma(theta + focus[k]) * (1 - parts[k] * (1 - kept)) for k, n in asked.items()
            )
            return rows + giving * kept

        return 1 - sigma(halved(taken, there) + behind)

    def shares(self, asked: dict[Key, float], left: float, t: int) -> dict[Key, float]:
        """EQ13: return the share of each row that the hours left are enough for."""
        if self.rule == "soft":
            if left >= sum(asked.values()) * (1 - 1e-13):
                return dict.fromkeys(asked, 1.0)
            if left <= 0:
                return {k: 0.0 if n > 0 else 1.0 for k, n in asked.items()}
            focus = self.focus(list(asked), t)
            theta = halved(lambda z: sum(n * sigma(z + focus[k]) for k, n in asked.items()), left)
            return {k: sigma(theta + focus[k]) if n > 0 else 1.0 for k, n in asked.items()}
        result = {}
        for k, n in asked.items():
            result[k] = min(1.0, left / n) if n > 0 else 1.0
            left = max(0.0, left - n * result[k])
        return result

    def target(self, key: Key, t: int) -> float:
        """EQ13: return what `standards first` does of a duty in a tier in its first pass."""
        most = self.duty(key, t).access * self.due[key]
        return min(max([0.0, *self.levels(key, t)]), most)

    def levels(self, key: Key, t: int) -> Iterator[float]:
        """Yield what each standard in force asks of a duty in a tier this month."""
        for x in self.s.standards:
            if not on_duty(x, key) or x["from"] > t:
                continue
            for keys, _ in judged_together(self.s, x):
                if key in keys:
                    yield self.part_of(x, keys, key, t)

    def part_of(self, standard: dict[str, Any], keys: list[Key], key: Key, t: int) -> float:
        """Return one tier's part of what a standard asks; of several the first served first."""
        keys = [k for k in priority(self.s) if k in keys and k in self.due]
        asked = [
            level_of(standard, self.duty(k, t), self.cases[k[0]][t].cases[k[2]], self.due[k])
            for k in keys
        ]
        left = max(0.0, sum(asked))
        if "outstanding" in standard:
            left = max(0.0, sum(self.due[k] for k in keys) - float(standard["outstanding"]))
        if len(keys) == 1:
            return left
        for k in keys:
            part = min(left, self.duty(k, t).access * self.due[k])
            if k == key:
                return part
            left -= part
        return 0.0

    def close_month(self, t: int) -> None:
        """EQ7, and the rows of the month."""
        for (c, d), clocks in self.clocks.items():
            for k, clock in clocks.items():
                key = (c, d, k)
                duty = self.duty(key, t)
                at_once = self.done[key]
                if duty.interval is not None:
                    do_early(clock, duty, self.early.get(key, 0.0))
                    at_once = do(clock, self.done[key], duty.in_turn)
                if duty.per_year > 0:
                    self.duty_rows(key, clock, duty, t, at_once)
        for c in self.s.at(t).cohorts:
            self.tables["caseload"] += self.cases[c][t].rows
            self.tables["inflows"] += self.cases[c][t].inflows
            self.ratio_row(c, t)
        self.team_rows(t)

    def duty_rows(self, key: Key, clock: Clock, duty: DutyTier, t: int, at_once: float) -> None:
        """Add the rows of `projection` and `backlog_age`."""
        due, done, newly = self.due[key], self.done[key], self.newly[key]
        cases = self.cases[key[0]][t].cases[key[2]]
        outstanding = due - done
        completion = done / due if due >= TINY else None
        if duty.interval is None:
            in_date = completion
        else:
            in_date = 1 - outstanding / cases if cases >= TINY else None
        head = {
            "option": self.option,
            "month": self.s.label(t),
            "cohort": key[0],
            "duty": key[1],
            "tier": key[2],
        }
        on_time = at_once / newly if newly >= TINY else None
        self.facts[key, t] = {"cases": cases, "due": due, "done": done, "outstanding": outstanding}
        self.tables["projection"].append(
            {
                **head,
                "cases": cases,
                "newly_due": newly,
                "due": due,
                "done": done,
                "outstanding": outstanding,
                "completion": completion,
                "in_date": in_date,
                "on_time": on_time,
                "longest_wait_months": longest_wait(clock),
                "attempts": (done + self.early.get(key, 0.0)) / (1 - duty.no_answer),
                "done_early": self.early.get(key, 0.0),
            }
        )
        self.told[key, t] = self.tables["projection"][-1]
        for j in sorted(clock.y):
            if clock.y[j] > 1e-12:
                self.tables["backlog_age"].append(
                    {**head, "months_outstanding": j + 1, "cases": clock.y[j]}
                )

    def ratio_row(self, c: str, t: int) -> None:
        """EQ18: add the row of `ratios`."""
        cohort, cases = self.s.at(t).cohorts[c], self.cases[c][t].cases
        limits = [
            x["cases_per_officer"]
            for x in self.s.standards
            if x.get("cohort") == c and "cases_per_officer" in x and x["from"] <= t
        ]
        planned = [k for k in cases if any(d[k].per_year > 0 for d in cohort.duties.values())]
        total = sum(cases.values())
        fte = officers(self.s, self.people, self.lent[t], cohort.team, t)
        self.tables["ratios"].append(
            {
                "option": self.option,
                "month": self.s.label(t),
                "cohort": c,
                "cases": total,
                "cases_without_reactive": sum(cases[k] for k in planned),
                "officers": fte,
                "cases_per_officer": counted(self.s, c, cases, t) / fte if fte > TINY else None,
                "limit": min(limits) if limits else None,
            }
        )

    def team_rows(self, t: int) -> None:
        """Add the rows of `staffing`, `hours`, `work` and `lending`."""
        head = {"option": self.option, "month": self.s.label(t)}
        for (team, grade), months in self.people.items():
            g = months[t]
            self.tables["staffing"].append(
                {
                    **head,
                    "team": team,
                    "grade": grade,
                    "posts": g.posts,
                    "in_post": g.in_post,
                    "joiners": g.joiners,
                    "leavers": g.leavers,
                    "releases": g.releases,
                    "effective_fte": g.effective,
                }
            )
        for team, m in self.teams[t].items():
            have = m.own + m.received + m.overtime - m.lent
            used = m.other - m.cut + m.duties
            short = max(0.0, used + m.lost - have)
            self.tables["hours"].append(
                {
                    **head,
                    "team": team,
                    "available": m.own,
                    "other_work": m.other,
                    "duties": m.duties,
                    "overtime": m.overtime,
                    "borrowed": m.borrowed,
                    "lent": m.lent,
                    "unused": max(0.0, have - used - m.lost),
                    "cut_short": m.cut,
                    "not_shared": m.lost,
                    "short": short if short > TINY else 0.0,
                }
            )
            for name, hours in other_work(self.s, self.cases, team, t).items():
                self.tables["work"].append({**head, "team": team, "activity": name, "hours": hours})
        for i, rule in enumerate(self.s.flex):
            self.tables["lending"].append(
                {**head, "from": rule["from"], "to": rule["to"], "hours": self.lent[t][i]}
            )


# ---------------------------------------------------------------- standards (EQ17, EQ18, EQ21)


def periods(s: Scenario, standard: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """Return the periods a standard on a duty is judged in: name and months."""
    judged, first = standard["judged"], standard["from"]
    if judged == "month":
        return [(s.label(t), [t]) for t in range(first, s.months)]
    name, length = (s.quarter, 3) if judged == "quarter" else (s.year, 12)
    groups: dict[str, list[int]] = {}
    for t in range(first, s.months):
        groups.setdefault(name(t), []).append(t)
    return [(label, months) for label, months in groups.items() if len(months) == length]


def years_from(s: Scenario, first: int, whole: bool = False) -> list[tuple[str, list[int]]]:
    """Return financial years with a month from a date on: the months from it, or all of them."""
    names = list(dict.fromkeys(s.year(t) for t in range(first, s.months)))
    begin = 0 if whole else first
    return [(n, [t for t in range(begin, s.months) if s.year(t) == n]) for n in names]


def judged_keys(s: Scenario, standard: dict[str, Any]) -> list[Key]:
    """Return the cohort, duty and tiers a standard on a duty is on."""
    if (
        "duty" not in standard
        or standard["duty"] not in s.undated.cohorts[standard["cohort"]].duties
    ):
        return []
    c, d = standard["cohort"], standard["duty"]
    return [(c, d, k) for k in s.undated.cohorts[c].tiers if on_duty(standard, (c, d, k))]


def counted(s: Scenario, c: str, cases: dict[str, float], t: int) -> float:
    """EQ18: return cases as a limit counts them."""
    weights = s.at(t).cohorts[c].counts
    return sum(weights[k] * one for k, one in cases.items())


def judged_together(s: Scenario, standard: dict[str, Any]) -> list[tuple[list[Key], str | None]]:
    """EQ17: return the keys that a standard judges as one, and what they are called."""
    keys = judged_keys(s, standard)
    if not standard.get("pooled") or not keys:
        return [([key], key[2]) for key in keys]
    c, d, _ = keys[0]
    every = {
        k
        for k in s.undated.cohorts[c].tiers
        if any(s.at(t).cohorts[c].duties[d][k].per_year > 0 for t in range(s.months))
    }
    if "tiers" not in standard:
        keys = [key for key in keys if key[2] in every]
    named = [key[2] for key in keys]
    if len(keys) > 1 and every <= set(named):
        return [(keys, None)]
    return [(keys, ", ".join(named))] if keys else []


def judge_duty(run: Run, standard: dict[str, Any]) -> Table:
    """EQ17: return the rows of one standard on a duty."""
    rows: Table = []
    for keys, tier in judged_together(run.s, standard):
        for label, months in periods(run.s, standard):
            facts = [
                (key, t, run.facts[key, t]) for t in months for key in keys if (key, t) in run.facts
            ]
            if facts:
                key = (*keys[0][:2], tier)
                rows.append(duty_verdict(run, standard, key, label, facts, len(months)))
    return rows


def duty_verdict(
    run: Run,
    standard: dict[str, Any],
    about: tuple[str, str, str | None],
    label: str,
    facts: list[tuple[Key, int, dict[str, float]]],
    months: int,
) -> dict[str, Any]:
    """Return one row: what was required in a period and what was achieved."""
    due = sum(f["due"] for *_, f in facts)
    achieved: float | None
    if "outstanding" in standard:
        required = standard["outstanding"]
        achieved = sum(f["outstanding"] for *_, f in facts) / months
        met = achieved <= required + 1e-6
    else:
        required = standard.get("completion", standard.get("in_date", 0.0))
        top = bottom = 0.0
        for key, t, f in facts:
            clocked = "in_date" in standard and run.duty(key, t).interval is not None
            top += f["cases"] - f["outstanding"] if clocked else f["done"]
            bottom += f["cases"] if clocked else f["due"]
        least = 1e-6 if "completion" in standard else TINY  # of less than a millionth, no share
        achieved = top / bottom if due >= least and bottom >= TINY else None
        met = achieved is None or achieved >= required - 1e-6
    return verdict(run, standard, *about, label, required, achieved, met)


def verdict(
    run: Run,
    standard: dict[str, Any],
    cohort: str | None,
    duty: str | None,
    tier: str | None,
    period: str,
    required: float,
    achieved: float | None,
    met: bool,
) -> dict[str, Any]:
    """Return a row of `standards`."""
    return {
        "option": run.option,
        "name": standard.get("name"),
        "cohort": cohort,
        "duty": duty,
        "tier": tier,
        "period": period,
        "required": required,
        "achieved": achieved,
        "met": met,
    }


def judge_ratio(run: Run, standard: dict[str, Any]) -> Table:
    """EQ18: return the rows of a caseload limit."""
    s, c, rows = run.s, standard["cohort"], []
    for t in range(standard["from"], s.months):
        named = standard.get("tiers", s.undated.cohorts[c].tiers)
        cases = counted(s, c, {k: run.cases[c][t].cases[k] for k in named}, t)
        fte = officers(s, run.people, run.lent[t], s.at(t).cohorts[c].team, t)
        limit = standard["cases_per_officer"]
        met = cases <= limit * fte + 1e-6
        achieved = cases / fte if fte > TINY else None
        rows.append(verdict(run, standard, c, None, None, s.label(t), limit, achieved, met))
    return rows


def spending(run: Run, team: str, t: int) -> float:
    """Return posts × cost and overtime of a team in a month, real and undiscounted."""
    grades = run.s.at(t).teams[team].grades
    posts = sum(run.people[team, n][t].posts * g.cost / 12 for n, g in grades.items())
    return posts + run.teams[t][team].overtime * run.s.at(t).teams[team].overtime_rate


def judge_budget(run: Run, standard: dict[str, Any]) -> Table:
    """EQ21: return the rows of a budget."""
    rows = []
    teams = [standard["team"]] if standard.get("team") else list(run.s.undated.teams)
    for year, months in years_from(run.s, standard["from"]):
        spent = sum(spending(run, team, t) for team in teams for t in months)
        most = standard["budget"] * len(months) / 12
        rows.append(
            verdict(run, standard, None, None, None, year, most, spent, spent <= most + 1e-4)
        )
    return rows


def judge_posts(run: Run, standard: dict[str, Any]) -> Table:
    """EQ21: return the rows of a maximum of posts."""
    rows = []
    grades = standard.get("grades") or list(run.s.undated.teams[standard["team"]].grades)
    for year, months in years_from(run.s, standard["from"], whole=True):
        posts = max(sum(run.people[standard["team"], g][t].posts for g in grades) for t in months)
        most = standard["max_posts"]
        rows.append(
            verdict(run, standard, None, None, None, year, most, posts, posts <= most + 1e-6)
        )
    return rows


def judge(run: Run) -> Table:
    """Return every standard's rows."""
    rows: Table = []
    for standard in run.s.standards:
        if "cases_per_officer" in standard:
            rows += judge_ratio(run, standard)
        elif "budget" in standard:
            rows += judge_budget(run, standard)
        elif "max_posts" in standard:
            rows += judge_posts(run, standard)
        else:
            rows += judge_duty(run, standard)
    return rows


# ---------------------------------------------------------------- the whole


def run_all(
    scenario: Scenario,
    added_posts: Posts | None = None,
    rule: str | None = None,
    overtime: str = "in_use",
    programme: dict[str, dict[Any, float]] | None = None,
    option: str = "today",
    full_hours: bool = False,
) -> Run:
    """Return the finished run, with its state, for tests that look inside."""
    run = Run(scenario, added_posts, rule, overtime, programme, option, full_hours)
    for t in range(scenario.months):
        run.fall_due(t)
        run.allocate(t)
        run.close_month(t)
    run.tables["standards"] = judge(run)
    return run


def project(
    scenario: Scenario,
    added_posts: Posts | None = None,
    rule: str | None = None,
    overtime: str = "in_use",
    programme: dict[str, dict[Any, float]] | None = None,
    option: str = "today",
) -> dict[str, Table]:
    """Return the projection's tables (EQ1–EQ14).

    `programme` has `done` by (cohort, duty, tier, t), `lending` by (place of the rule in the file,
    t) and `overtime` by (team, t); t counts months from the start.
    """
    return run_all(scenario, added_posts, rule, overtime, programme, option).tables
