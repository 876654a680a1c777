"""Read a valid scenario file into plain settings, month by month; nothing is validated.

Choices where the documents leave room:
- A value given "for all tiers" that is overridden for one tier keeps the number under the key "*".
- A table over a number spreads, except `entrants_per_month` and `cost_per_year`, where it replaces.
- `remove` names list items by name (standards, inflows) or `why` (people, events, changes).
- Default `entry_mix`, when no planned tier has cases: evenly over planned tiers; when no tier has
  a planned duty: the opening mix over all tiers (evenly when empty).
- Changes act in order of month, then of the files (parents first).
- A cohort with `entrants_per_month` uses it; else its inflows, if any; else the growth path.
- Cost from parts: pay × (1 + pension rate) + NI rate × max(0, pay − threshold) + other.
- A change may also set `inflows.<name>.<key>`, so that a lag can matter.
"""

from __future__ import annotations

import copy
import datetime
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Raw = dict[str, Any]
APPENDED = ("changes", "events", "people", "inflows", "flex")
REPLACED_BY_TABLE = ("entrants_per_month", "cost_per_year")


@dataclass
class DutyTier:
    """One duty in one tier in one month."""

    per_year: float
    interval: int | None  # months; None: no clock
    hours: float  # EQ10, of one done duty
    access: float
    no_answer: float
    focus: float  # log-odds, EQ13; 0 where nothing is owed
    in_turn: float
    early_months: int
    early_share: float
    gives_way: float
    reference: int  # EQ31; 0 where none is given


@dataclass
class Cohort:
    """A cohort's settings in one month."""

    team: str
    tiers: list[str]
    risk: dict[str, float | None]  # EQ31, as given
    counts: dict[str, float]  # EQ18
    exits: dict[str, float]
    moves: dict[tuple[str, str], float]
    growth: float
    entrants: float | dict[str, float] | None
    mix: dict[str, float]
    case_hours: dict[str, float]
    entry_hours: dict[str, float]
    work: dict[str, dict[str, float]]  # name → tier → hours per case a year
    gives_way: dict[str, float]  # by name of the work, with case_month and entry
    duties: dict[str, dict[str, DutyTier]]


@dataclass
class Grade:
    """A grade's settings in one month."""

    in_post: float
    posts: float
    share: float
    by_month: list[float]  # EQ8, of one FTE in January to December
    leavers: float
    cost: float
    accreditation: int
    productivity: float
    in_training: float
    recent_joiners: dict[int, float]  # by month, below 0
    max_joiners: float
    lead: int
    joiners_due: dict[int, float]
    may_shrink: bool
    supervises: float | None
    max_share: float | None


@dataclass
class Team:
    """A team's settings in one month."""

    overtime_limit: float
    overtime_in_use: float
    overtime_rate: float
    pooling: float
    spread: float
    grades: dict[str, Grade]


@dataclass
class Settings:
    """Everything under cohorts and teams in one month, and the inflows."""

    cohorts: dict[str, Cohort]
    teams: dict[str, Team]
    inflows: list[Raw]


@dataclass
class Scenario:
    """A scenario: settings by month, the undated ones, and what is not dated."""

    start: int  # months since year 0
    months: int
    undated: Settings
    by_month: list[Settings]
    opening: dict[str, dict[str, float]]
    overdue: dict[tuple[str, str, str], float]
    people: list[Raw]
    flex: list[Raw]
    events: list[Raw]
    standards: list[Raw]
    rule: str
    starts: str  # of added posts: any month, with a quarter or with a year
    order: list[str]
    give_focus: float | None  # EQ25
    discount: float

    def label(self, t: int) -> str:
        """Return month t as YYYY-MM."""
        year, month = divmod(self.start + t, 12)
        return f"{year:04d}-{month + 1:02d}"

    def year(self, t: int) -> str:
        """Return the financial year of month t, as 2025/26."""
        first = (self.start + t - 3) // 12
        return f"{first}/{(first + 1) % 100:02d}"

    def quarter(self, t: int) -> str:
        """Return the calendar quarter of month t, as 2025-Q2."""
        year, month = divmod(self.start + t, 12)
        return f"{year}-Q{month // 3 + 1}"

    def start_of(self, t: int) -> str:
        """Return the name of the start that posts added in month t go back to."""
        if self.starts == "month":
            year, month = divmod(self.start + t, 12)
            return f"{year}-{month + 1:02d}"
        return self.quarter(t) if self.starts == "quarter" else self.year(t)

    def hours(self, grade: Grade, t: int) -> float:
        """EQ8: return the hours of one FTE in month t."""
        return grade.by_month[(self.start + t) % 12]

    def at(self, t: int) -> Settings:
        """Return the settings of month t; before the start, the undated ones."""
        return self.undated if t < 0 else self.by_month[t]


# ---------------------------------------------------------------- merging


def is_value(raw: Any) -> bool:
    """Return whether this is a `{ value, low, high }`."""
    return isinstance(raw, dict) and "value" in raw


def number(raw: Any) -> float:
    """Return a number, a `{ value, ... }` at its value."""
    return float(raw["value"] if is_value(raw) else raw)


def merged(key: str, old: Any, new: Any) -> Any:
    """Return `new` laid over `old`."""
    if isinstance(new, list) and key == "standards":
        return by_name(old or [], new)
    if isinstance(new, list) and key in APPENDED:
        return (old or []) + new
    if not isinstance(new, dict) or is_value(new) or old is None:
        return copy.deepcopy(new)
    if not isinstance(old, dict) or is_value(old):
        return dict(new) if key in REPLACED_BY_TABLE else {"*": old, **new}
    result = dict(old)
    for name, value in new.items():
        result[name] = merged(name, old.get(name), value)
    return result


def by_name(old: list[Raw], new: list[Raw]) -> list[Raw]:
    """Return standards merged by name, new ones last."""
    result = [dict(item) for item in old]
    for item in new:
        same = [i for i, have in enumerate(result) if have.get("name") == item.get("name")]
        if same and item.get("name") is not None:
            result[same[0]] = {**result[same[0]], **item}
        else:
            result.append(dict(item))
    return result


def removed(raw: Raw, path: str) -> None:
    """Take away a dotted key or a named list item."""
    head, _, rest = path.partition(".")
    inside = raw.get(head)
    if not rest:
        raw.pop(head, None)
    elif isinstance(inside, list):
        for item in list(inside):
            name = item.get("name", item.get("why"))
            if name == rest:
                inside.remove(item)
            elif name is not None and rest.startswith(f"{name}."):
                removed(item, rest[len(name) + 1 :])
    elif isinstance(inside, dict):
        removed(inside, rest)


def read_file(path: Path) -> Raw:
    """Return a file's table with its parents merged in."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    parent = raw.pop("extends", None)
    away = raw.pop("remove", [])
    if parent is None:
        return raw
    base = read_file(path.parent / parent)
    for name in away:
        removed(base, name)
    result: Raw = merged("", base, raw)
    return result


def alike(tables: Raw) -> Raw:
    """Return cohorts or teams with `like` resolved."""

    def one(name: str) -> Raw:
        own = dict(tables[name])
        other = own.pop("like", None)
        return own if other is None else merged("", one(other), own)

    return {name: one(name) for name in tables}


def changed(raw: Raw, settings: Raw) -> Raw:
    """Return the table with one change's `set` laid over it."""
    for path, value in settings.items():
        if path.startswith("inflows."):
            name, _, key = path[len("inflows.") :].rpartition(".")
            items = [{**i, key: value} if i.get("name") == name else i for i in raw["inflows"]]
            raw = {**raw, "inflows": items}
            continue
        for part in reversed(path.split(".")):
            value = {part: value}
        raw = merged("", raw, value)
    return raw


# ---------------------------------------------------------------- settings


def month_of(when: Any) -> int:
    """Return a date's month, counted from year 0."""
    if isinstance(when, str):
        year, month = when.split("-")[:2]
        return int(year) * 12 + int(month) - 1
    assert isinstance(when, datetime.date)
    return when.year * 12 + when.month - 1


def tier_number(raw: Any, tier: str, default: float) -> float:
    """Return one tier's number of a per-tier setting."""
    if raw is None:
        return default
    if not isinstance(raw, dict) or is_value(raw):
        return number(raw)
    found = raw.get(tier, raw.get("*"))
    return default if found is None else number(found)


PLACES = (0.0, -0.4, -1.8, -2.6, -3.3)


def per_year_of(raw: Raw, tier: str) -> float:
    """Return how often one duty is owed to a tier a year."""
    every = tier_number(raw.get("every_months"), tier, 0.0)
    return 12 / every if every > 0 else tier_number(raw.get("per_year"), tier, 0.0)


def focus_of(raw: Raw, tiers: Raw, tier: str) -> float:
    """Return EQ13's focus: the duty's, the tier's, or that of its place among those owed."""
    owed = [k for k in tiers if per_year_of(raw, k) > 0]
    if tier not in owed:
        return 0.0
    own = raw.get("focus")
    if own is not None:
        given = tier_number(own, tier, float("nan"))
        if not math.isnan(given):
            return given
    table = tiers[tier]
    if isinstance(table, dict) and "focus" in table:
        return number(table["focus"])
    place = owed.index(tier)
    return PLACES[place] if place < 5 else PLACES[4] - 0.7 * (place - 4)


def duty_tier(raw: Raw, tiers: Raw, tier: str) -> DutyTier:
    """Return one duty in one tier, its clock (EQ4) and hours (EQ10)."""

    def get(key: str, default: float) -> float:
        return tier_number(raw.get(key), tier, default)

    per_year = per_year_of(raw, tier)
    interval = round(12 / per_year) if 0 < per_year <= 12 + 1e-9 else None
    lead, q, crew = get("hours", 0.0), get("no_answer_share", 0.0), get("crew", 1.0)
    hours = lead + (crew - 1) * get("second_officer_hours", lead)
    hours += q / (1 - q) * get("no_answer_hours", 0.0) * crew
    return DutyTier(
        per_year,
        interval,
        hours,
        get("access_rate", 1.0),
        q,
        focus=focus_of(raw, tiers, tier),
        in_turn=get("in_turn", 1.0),
        early_months=round(get("early_months", 0.0)),
        early_share=get("early_share", 0.0),
        gives_way=get("gives_way", 0.0),
        reference=round(get("reference_months", 0.0)),
    )


def tier_cases(raw: Any) -> float:
    """Return a tier's opening cases."""
    return (
        number(raw.get("cases", 0)) if isinstance(raw, dict) and not is_value(raw) else number(raw)
    )


def risk_weight(raw: Any) -> float | None:
    """Return the weight that a tier is given."""
    given = isinstance(raw, dict) and "risk_weight" in raw
    return number(raw["risk_weight"]) if given else None


def tier_counts(raw: Any) -> float:
    """Return the weight of a tier's cases in a caseload limit."""
    given = isinstance(raw, dict) and "counts" in raw
    return number(raw["counts"]) if given else 1.0


def cohort(raw: Raw, default_mix: dict[str, float] | None) -> Cohort:
    """Return a cohort's settings from its table."""
    tiers = list(raw["tiers"])
    duties = {
        name: {k: duty_tier(table, raw["tiers"], k) for k in tiers}
        for name, table in raw.get("duties", {}).items()
    }
    entrants: Any = raw.get("entrants_per_month")
    if isinstance(entrants, dict) and not is_value(entrants):
        entrants = {k: tier_number(entrants, k, 0.0) for k in tiers}
    elif entrants is not None:
        entrants = number(entrants)
    mix = {k: tier_number(raw["entry_mix"], k, 0.0) for k in tiers} if "entry_mix" in raw else None
    if mix is None:
        mix = default_mix or opening_mix(raw, tiers, duties)
    return Cohort(
        team=raw["team"],
        tiers=tiers,
        risk={k: risk_weight(raw["tiers"][k]) for k in tiers},
        counts={k: tier_counts(raw["tiers"][k]) for k in tiers},
        exits={k: tier_number(raw.get("exits_per_year"), k, 0.0) for k in tiers},
        moves={
            (a, b): number(rate)
            for a, row in raw.get("moves_per_year", {}).items()
            for b, rate in row.items()
        },
        growth=number(raw.get("growth_per_year", 0.0)),
        entrants=entrants,
        mix=mix,
        case_hours={k: tier_number(raw.get("hours_per_case_month"), k, 0.0) for k in tiers},
        entry_hours={k: tier_number(raw.get("hours_per_entry"), k, 0.0) for k in tiers},
        work={
            name: {
                k: tier_number(w.get("per_case_year"), k, 0.0) * tier_number(w.get("hours"), k, 0.0)
                for k in tiers
            }
            for name, w in raw.get("work", {}).items()
        },
        gives_way={
            **{n: number(w.get("gives_way", 0)) for n, w in raw.get("work", {}).items()},
            "case_month": number(raw.get("hours_per_case_month_gives_way", 0)),
            "entry": number(raw.get("hours_per_entry_gives_way", 0)),
        },
        duties=duties,
    )


def opening_mix(
    raw: Raw, tiers: list[str], duties: dict[str, dict[str, DutyTier]]
) -> dict[str, float]:
    """Return EQ3's default mix: opening cases over tiers with a planned duty."""
    planned = [k for k in tiers if any(d[k].per_year > 0 for d in duties.values())] or tiers
    cases = {k: tier_cases(raw["tiers"][k]) for k in planned}
    total = sum(cases.values())
    return {
        k: (cases[k] / total if total > 0 else 1 / len(planned)) if k in cases else 0.0
        for k in tiers
    }


def yearly_cost(raw: Any) -> float:
    """Return the cost of one post a year, from its parts if given so."""
    if not isinstance(raw, dict) or is_value(raw):
        return number(raw)
    part = {key: number(value) for key, value in raw.items()}
    pay = part.get("pay", 0.0)
    insurance = part.get("ni_rate", 0.0) * max(0.0, pay - part.get("ni_threshold", 0.0))
    return pay * (1 + part.get("pension_rate", 0.0)) + insurance + part.get("other", 0.0)


def grade(raw: Raw, start: int) -> Grade:
    """Return a grade's settings from its table, with EQ8."""

    def get(key: str, default: float = 0.0) -> float:
        return number(raw.get(key, default))

    weekly = get("weekly_hours", 40)
    by_month = []
    for month in range(12):
        leave, away = get("leave_days"), get("abstraction")
        for key in ("leave_season", "abstraction_season"):
            if key in raw:
                times = raw[key][month] / (sum(raw[key]) / 12)
                leave = leave * times if key == "leave_season" else leave
                away = min(1.0, away * times) if key == "abstraction_season" else away
        off = (leave + get("bank_holidays") + get("training_days")) * weekly / 5
        by_month.append(max(0.0, (52 * weekly - off) * (1 - get("sickness")) * (1 - away) / 12))
    due = {month_of(m) - start: number(n) for m, n in raw.get("joiners_due", {}).items()}
    return Grade(
        in_post=get("in_post"),
        posts=get("posts", get("in_post")),
        share=get("casework_share", 1),
        by_month=by_month,
        leavers=get("leavers_per_year"),
        cost=yearly_cost(raw.get("cost_per_year", 0.0)),
        accreditation=round(get("accreditation_months")),
        productivity=get("trainee_productivity", 1),
        in_training=get("in_training"),
        recent_joiners={
            month_of(m) - start: number(n) for m, n in raw.get("recent_joiners", {}).items()
        },
        max_joiners=get("max_joiners_per_month", float("inf")),
        lead=round(get("recruitment_lead_months")),
        joiners_due=due,
        may_shrink=bool(raw.get("may_shrink", False)),
        supervises=number(raw["supervises"]) if "supervises" in raw else None,
        max_share=number(raw["max_share"]) if "max_share" in raw else None,
    )


def team(raw: Raw, start: int) -> Team:
    """Return a team's settings from its table."""
    return Team(
        overtime_limit=number(raw.get("overtime_hours_per_fte_month", 0)),
        overtime_in_use=number(raw.get("overtime_in_use", 0)),
        overtime_rate=number(raw.get("overtime_cost_per_hour", 0)),
        pooling=number(raw.get("pooling", 1)),
        spread=number(raw.get("caseload_spread", 0)),
        grades={name: grade(table, start) for name, table in raw.get("grades", {}).items()},
    )


def settings(raw: Raw, start: int, mixes: dict[str, dict[str, float]] | None) -> Settings:
    """Return one month's settings from the whole table."""
    mixes = mixes or {}
    inflows = [
        {
            "name": i.get("name"),
            "cohort": i["cohort"],
            "tier": i.get("tier"),
            "rate": number(i.get("per_month", 0)) * number(i.get("share", 1)),
            "lag": round(number(i.get("lag_months", 0))),
        }
        for i in raw.get("inflows", [])
    ]
    return Settings(
        cohorts={name: cohort(table, mixes.get(name)) for name, table in raw["cohorts"].items()},
        teams={name: team(table, start) for name, table in raw["teams"].items()},
        inflows=inflows,
    )


def monthly(raw: Raw, start: int, months: int, undated: Settings) -> list[Settings]:
    """Return the settings of every month, dated changes applied in order."""
    changes = sorted(raw.get("changes", []), key=lambda c: month_of(c["from"]))
    # the default mix stays the undated one even where a change gives or takes duties
    mixes = {
        name: opening_mix(raw["cohorts"][name], c.tiers, c.duties)
        for name, c in undated.cohorts.items()
    }
    result: list[Settings] = []
    current, done = raw, 0
    for t in range(months):
        before = done
        while done < len(changes) and month_of(changes[done]["from"]) <= start + t:
            current = changed(current, changes[done]["set"])
            done += 1
        fresh = done > before or t == 0
        result.append(settings(current, start, mixes) if fresh else result[-1])
    return result


def person(raw: Raw, start: int, months: int) -> Raw:
    """Return a people event with months in place of dates."""
    until = month_of(raw["until"]) - start if "until" in raw else months - 1
    return {
        "team": raw["team"],
        "grade": raw["grade"],
        "fte": number(raw["fte"]),
        "from": month_of(raw["from"]) - start,
        "until": until,
        "productivity": number(raw.get("productivity", 1)),
        "counts": bool(raw.get("counts_in_ratio", True)),
    }


def event(raw: Raw, start: int) -> Raw:
    """Return a one-off event with its month."""
    result = {**raw, "t": month_of(raw["at"]) - start}
    for key in ("cases", "arrivals", "leavers"):
        if key in raw:
            result[key] = number(raw[key])
    return result


def standard(raw: Raw, start: int) -> Raw:
    """Return a standard with its month and plain numbers."""
    result = {**raw, "from": month_of(raw["from"]) - start if "from" in raw else 0}
    result.setdefault("judged", "month")
    for key in ("completion", "in_date", "outstanding", "cases_per_officer", "budget", "max_posts"):
        if key in raw:
            result[key] = number(raw[key])
    return result


def lending_rule(raw: Raw) -> Raw:
    """Return a flex rule with its defaults."""
    return {
        "from": raw["from"],
        "to": raw["to"],
        "max_share": number(raw.get("max_share", 1)),
        "efficiency": number(raw.get("efficiency", 1)),
        "counts": bool(raw.get("counts_in_ratio", False)),
    }


def load(path: str | Path) -> Scenario:
    """Return the scenario in a file, its parents merged in."""
    raw = read_file(Path(path))
    raw = {**raw, "cohorts": alike(raw["cohorts"]), "teams": alike(raw["teams"])}
    start, months = month_of(raw["start"]), int(number(raw["months"]))
    undated = settings(raw, start, None)
    opening = {
        c: {k: tier_cases(raw["cohorts"][c]["tiers"][k]) for k in table.tiers}
        for c, table in undated.cohorts.items()
    }
    overdue = {
        (c, d, k): tier_number(raw["cohorts"][c]["duties"][d].get("overdue"), k, 0.0)
        for c, table in undated.cohorts.items()
        for d in table.duties
        for k in table.tiers
    }
    priority = raw.get("priority", {})
    return Scenario(
        start=start,
        months=months,
        undated=undated,
        by_month=monthly(raw, start, months, undated),
        opening=opening,
        overdue=overdue,
        people=[person(p, start, months) for p in raw.get("people", [])],
        flex=[lending_rule(f) for f in raw.get("flex", [])],
        events=[event(e, start) for e in raw.get("events", [])],
        standards=[standard(s, start) for s in raw.get("standards", [])],
        rule=priority.get("rule", "soft"),
        starts=raw.get("sizing", {}).get("starts", "month"),
        order=list(priority.get("order", [])),
        give_focus=number(priority["gives_way_focus"]) if "gives_way_focus" in priority else None,
        discount=number(raw.get("finance", {}).get("discount_rate", 0.035)),
    )
