"""Random valid scenarios in the documented format, one for each seed.

`scenario(seed)` is a table as a file would give it, `toml(table)` the file's text, and `stages`
runs the stages on it. Every part of the format turns up sooner or later; numbers are kept short so
that a failing scenario can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.caseload import Caseload
from capacity.engine.demand import Demand
from capacity.engine.model import Model
from capacity.engine.projection import Projection
from capacity.engine.workforce import Workforce
from capacity.reading import scenario as scenarios
from capacity.staffing import questions

Table = dict[str, Any]

TIMES_A_YEAR = (0, 0.5, 1, 2, 3, 4, 6, 12, 26, 52)
HOURS_OF_ONE = 125.0
"""Roughly what one FTE has in a month, to make teams of about the right size."""


# --- Text ----------------------------------------------------------------------------------


def toml(table: Table) -> str:
    """The text of a scenario file that holds these tables."""
    return "\n".join(_section((), table)) + "\n"


def _section(path: tuple[str, ...], table: Table) -> Iterable[str]:
    """Lines of one table: what fits on a line first, then the tables below it."""
    below = {key: value for key, value in table.items() if _is_section(path, key, value)}
    if path:
        yield f"[{'.'.join(map(_key, path))}]"
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        if isinstance(value, list):
            for item in value:
                yield f"[[{_key(key)}]]"
                yield from (f"{_key(name)} = {_value(one)}" for name, one in item.items())
        else:
            yield from _section((*path, key), value)


def _is_section(path: tuple[str, ...], key: str, value: Any) -> bool:
    if isinstance(value, list):
        return not path and bool(value) and isinstance(value[0], dict)
    return isinstance(value, dict) and (
        len(path) < 2
        or key in ("duties", "work", "grades")
        or (len(path) == 3 and path[2] in ("duties", "work", "grades"))
    )


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


# --- Scenarios -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """How large scenarios get, and what they may hold. Numbers are the most there may be."""

    cohorts: int = 3
    teams: int = 3
    tiers: int = 4
    duties: int = 3
    grades: int = 3
    months: tuple[int, int] = (3, 30)
    changes: int = 6
    events: int = 4
    standards: int = 5
    people: int = 3
    rare: float = 0.3  # chance of each part that a plain scenario leaves out
    tight: bool = False  # rules close to what can be reached, on which solvers stumble


FULL = Size()
SMALL = Size(2, 2, 2, 2, 2, (3, 9), 2, 1, 3, 1, 0.15)
TINY = Size(1, 1, 2, 1, 1, (2, 5), 0, 0, 2, 0, 0.0)
TIGHT = Size(2, 3, 3, 2, 2, (6, 24), 3, 2, 4, 2, 0.25, tight=True)


def scenario(seed: int, size: Size = FULL) -> Table:
    """A random valid scenario; the same one for the same seed."""
    return _Maker(np.random.default_rng(seed), size).scenario()


class _Maker:
    """Makes the parts of one scenario, in the order in which they need each other."""

    def __init__(self, rng: np.random.Generator, size: Size) -> None:
        self.rng, self.size = rng, size
        self.start = 2024 * 12 + int(rng.integers(0, 12))
        self.months = int(rng.integers(size.months[0], size.months[1] + 1))
        self.cohorts: dict[str, Table] = {}
        self.teams: dict[str, Table] = {}
        self.inflows: list[Table] = []

    # Chance ---------------------------------------------------------------------------------

    def chance(self, share: float | None = None) -> bool:
        return bool(self.rng.random() < (self.size.rare if share is None else share))

    def count(self, most: int, least: int = 1) -> int:
        return int(self.rng.integers(least, most + 1)) if most >= least else 0

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def some(self, choices: Sequence[Any]) -> list[Any]:
        """At least one of the choices, in their order."""
        kept = [choice for choice in choices if self.chance(0.5)]
        return kept or [self.pick(choices)]

    def between(self, low: float, high: float, digits: int = 2) -> float:
        return round(float(self.rng.uniform(low, high)), digits)

    def month(self, first: int = 0, last: int | None = None) -> date:
        """A date in some month of the horizon."""
        t = int(self.rng.integers(first, max(first, self.months - 1 if last is None else last) + 1))
        year, month = divmod(self.start + t, 12)
        return date(year, month + 1, int(self.rng.integers(1, 29)))

    def spread(self, tiers: Sequence[str], low: float, high: float, digits: int = 2) -> Any:
        """A per-tier setting: one number for all tiers, or a table of some of them."""
        if self.chance(0.6):
            return self.ranged(self.between(low, high, digits))
        return {tier: self.between(low, high, digits) for tier in self.some(tiers)}

    def ranged(self, number: float) -> Any:
        """A number, now and then with its range and source."""
        if not self.chance(0.1):
            return number
        return {"value": number, "low": number, "high": number, "source": "judgement"}

    def mix(self, tiers: Sequence[str]) -> Table:
        """Shares that add up to 1."""
        parts = self.rng.multinomial(20, np.full(len(tiers), 1 / len(tiers)))
        return {tier: int(part) / 20 for tier, part in zip(tiers, parts, strict=True)}

    # Parts ----------------------------------------------------------------------------------

    def scenario(self) -> Table:
        names = [f"team{n}" for n in range(self.count(self.size.teams))]
        for n in range(self.count(self.size.cohorts)):
            self.cohorts[f"cohort{n}"] = self.cohort(f"cohort{n}", self.pick(names))
        for name in names:
            self.teams[name] = self.team(name)
        year, month = divmod(self.start, 12)
        whole: Table = {
            "title": "Made by chance",
            "start": date(year, month + 1, 1),
            "months": self.months,
            "cohorts": self.cohorts,
            "teams": self.teams,
        }
        parts: dict[str, Any] = {
            "flex": self.flex(names),
            "people": self.people_events(),
            "inflows": self.inflows,
            "standards": self.standards(),
            "changes": [self.change() for _ in range(self.count(self.size.changes, 0))],
            "events": self.events(),
        }
        whole |= {key: value for key, value in parts.items() if value}
        # The order of service is always said: a default says nothing of what is compared.
        whole["priority"] = {"rule": "strict", **(self.priority() if self.chance(0.6) else {})}
        if self.chance(0.3):
            whole["finance"] = {"discount_rate": self.pick([0.0, 0.035, 0.1])}
        return self.tightened(whole) if self.size.tight else whole

    def tightened(self, whole: Table) -> Table:
        """The scenario with more of what makes it hard to solve.

        Lending that counts in the ratio, standards close to the share that can be done, budgets
        and limits on posts near the present ones, limits that may give, posts that may shrink.
        """
        for rule in whole.get("flex", []):
            if self.chance(0.6):
                rule["counts_in_ratio"] = True
                rule["max_share"] = self.pick([0.1, 0.3, 0.5])
        for grades in (team["grades"] for team in self.teams.values()):
            for grade in grades.values():
                if self.chance(0.15):
                    grade["may_shrink"] = True
        rules: list[Table] = whole.setdefault("standards", [])
        for name, cohort in self.cohorts.items():
            for duty, told in cohort["duties"].items():
                if self.chance(0.5):
                    reached = min(
                        number(told.get("access_rate", 1), tier, 1.0) for tier in cohort["tiers"]
                    )
                    near = round(reached * self.pick([0.97, 0.99, 1.0]), 3)
                    rules.append({"cohort": name, "duty": duty, "completion": near})
            if self.chance(0.3):
                rules.append({"cohort": name, "cases_per_officer": self.between(20, 80, 0)})
        rules += [self.money() for _ in range(self.count(2, 0))]
        for n, rule in enumerate(rules):
            rule["name"] = f"Rule {n}"
            if "from" not in rule and self.chance(0.7):
                rule["from"] = self.month(1, self.months)
            if "max_posts" in rule and self.chance(0.4):
                rule["may_give"] = True
        if not rules:
            del whole["standards"]
        return whole

    def cohort(self, name: str, team: str) -> Table:
        tiers = [f"{name}_tier{n}" for n in range(self.count(self.size.tiers))]
        empty = self.chance(0.05)
        made: Table = {
            "team": team,
            "tiers": {
                tier: {"cases": 0 if empty or self.chance(0.07) else self.between(5, 200, 1)}
                for tier in tiers
            },
        }
        if self.chance(0.8):
            made["exits_per_year"] = self.spread(tiers, 0.0, 0.5)
        if len(tiers) > 1 and self.chance(0.8):
            made["moves_per_year"] = {
                a: {b: self.between(0, 2.5) for b in self.some([k for k in tiers if k != a])}
                for a in self.some(tiers)
            }
        self.arrivals(name, made, tiers)
        made["duties"] = {
            f"duty{n}": self.duty(made, tiers) for n in range(self.count(self.size.duties))
        }
        if self.chance(0.6):
            made["hours_per_case_month"] = self.spread(tiers, 0.0, 0.5)
        if self.chance(0.4):
            made["hours_per_entry"] = self.spread(tiers, 0.0, 10.0)
        if self.chance(0.4):
            made["work"] = {
                f"work{n}": {
                    "per_case_year": self.spread(tiers, 0, 0.5),
                    "hours": self.spread(tiers, 1, 15),
                }
                for n in range(self.count(2))
            }
        return made

    def arrivals(self, name: str, made: Table, tiers: list[str]) -> None:
        """How cases come: a growth path, entrants or inflows, and by which mix."""
        empty = not any(tier["cases"] for tier in made["tiers"].values())
        if empty or self.chance(0.4):
            made["entry_mix"] = self.mix(tiers)
        way = self.pick(["growth", "total", "by tier", "inflows", "none"])
        if way == "growth":
            made["growth_per_year"] = self.ranged(self.between(-0.3, 0.5))
        elif way == "total":
            made["entrants_per_month"] = self.between(0, 12, 1)
        elif way == "by tier":
            made["entrants_per_month"] = {tier: self.between(0, 5, 1) for tier in self.some(tiers)}
        elif way == "inflows":
            for _ in range(self.count(2)):
                flow: Table = {
                    "name": f"Stream {len(self.inflows)}",
                    "cohort": name,
                    "per_month": self.between(0, 10, 1),
                }
                if self.chance(0.5):
                    flow["tier"] = self.pick(tiers)
                if self.chance(0.5):
                    flow["share"] = self.between(0, 1)
                if self.chance(0.6):
                    flow["lag_months"] = self.count(15, 0)
                self.inflows.append(flow)

    def duty(self, cohort: Table, tiers: list[str]) -> Table:
        made: Table = {}
        if self.chance(0.2):
            made["every_months"] = {
                tier: self.pick([1, 2, 3, 5, 6, 7, 18]) for tier in self.some(tiers)
            }
        rates = {tier: self.pick(TIMES_A_YEAR) for tier in tiers}
        if "every_months" not in made or self.chance(0.7):
            made["per_year"] = self.pick(TIMES_A_YEAR) if self.chance(0.1) else rates
        made["hours"] = self.spread(tiers, 0.5, 8) if self.chance(0.95) else 0
        if self.chance(0.5):
            made["crew"] = self.pick([1, 2, 2, 1.5])
        if self.chance(0.4):
            made["second_officer_hours"] = self.spread(tiers, 0.5, 4)
        if self.chance(0.4):
            made["no_answer_share"] = self.spread(tiers, 0, 0.5)
            made["no_answer_hours"] = self.between(0.5, 2)
        if self.chance(0.5):
            made["access_rate"] = self.spread(tiers, 0.6, 1)
        late = {}
        for tier in tiers:
            cases = cohort["tiers"][tier]["cases"]
            if 0 < rate_of(made, tier) <= 12 and cases and self.chance(0.5):
                late[tier] = round(cases * self.between(0, 1), 1)
        if late:
            made["overdue"] = late
        return made

    def team(self, name: str) -> Table:
        mine = [cohort for cohort in self.cohorts.values() if cohort["team"] == name]
        asked = sum(hours_a_month(cohort) for cohort in mine)
        people = asked / HOURS_OF_ONE * self.between(0.6, 1.4) + self.pick([0, 0.5, 1])
        if not mine:
            people += self.count(5, 0)
        made: Table = {"grades": {}}
        count = self.count(self.size.grades)
        for n in range(count):
            made["grades"][f"grade{n}"] = self.grade(people / count)
        if self.chance():
            self.supervisor(made["grades"])
        if count > 1 and self.chance():
            made["grades"]["grade0"]["max_share"] = self.between(0.3, 1)
        if self.chance(0.5):
            made["overtime_hours_per_fte_month"] = self.between(1, 20, 1)
            made["overtime_cost_per_hour"] = self.between(20, 60, 0)
            if self.chance(0.6):
                made["overtime_in_use"] = round(
                    made["overtime_hours_per_fte_month"] * self.between(0, 1), 2
                )
        return made

    def supervisor(self, grades: dict[str, Table]) -> None:
        count = sum(grade.get("posts", grade["in_post"]) for grade in grades.values())
        span = self.pick([3, 6, 8.5])
        made = {"in_post": float(np.ceil(count / span)), "supervises": span}
        made |= {"cost_per_year": 70_000, "casework_share": self.pick([0, 0, 0.2])}
        grades["supervisor"] = made

    def grade(self, people: float) -> Table:
        in_post = round(people, self.pick([0, 0, 1]))
        made: Table = {"in_post": in_post}
        if self.chance(0.5):
            made["posts"] = max(0.0, round(in_post + self.between(-2, 3), self.pick([0, 0, 1])))
        made["cost_per_year"] = self.ranged(self.between(30_000, 80_000, 0))
        if self.chance(0.15):
            made["cost_per_year"] = {
                "pay": 42_000,
                "pension_rate": 0.31,
                "ni_rate": 0.138,
                "ni_threshold": 9_100,
            }
        rates: list[tuple[str, float, float, int, float]] = [
            ("casework_share", 0.4, 1, 2, 0.3),
            ("weekly_hours", 30, 42, 1, 0.3),
            ("leave_days", 20, 32, 0, 0.7),
            ("training_days", 0, 12, 0, 0.5),
            ("sickness", 0, 0.15, 3, 0.5),
            ("abstraction", 0, 0.2, 2, 0.5),
            ("leavers_per_year", 0, 0.6, 2, 0.8),
            ("joining_cost", 0, 5_000, 0, 0.3),
        ]
        made |= {
            key: self.between(low, high, digits)
            for key, low, high, digits, share in rates
            if self.chance(share)
        }
        if self.chance(0.6):
            made["recruitment_lead_months"] = self.count(6, 0)
        if self.chance(0.5):
            made["max_joiners_per_month"] = self.pick([0.5, 1, 2, 3])
        if self.chance(0.5):
            made["accreditation_months"] = self.count(8, 0)
            made["trainee_productivity"] = self.between(0, 1)
        if self.chance():
            made["in_training"] = round(in_post * self.between(0, 0.5), 1)
            if made["in_training"] > 1:
                made["recent_joiners"] = {
                    f"{n // 12}-{n % 12 + 1:02d}": 0.25 for n in (self.start - 3, self.start - 2)
                }
        if self.chance():
            made["joiners_due"] = {
                f"{self.month(0, self.months + 2):%Y-%m}": self.pick([1, 2, 0.5])
                for _ in range(self.count(2))
            }
        if self.chance():
            made["may_shrink"] = True
        return made

    def flex(self, names: list[str]) -> list[Table]:
        pairs = [(a, b) for a in names for b in names if a != b]
        found = []
        for a, b in pairs:
            if self.chance(0.4):
                rule: Table = {"from": a, "to": b}
                if self.chance(0.6):
                    rule["max_share"] = self.between(0, 1)
                if self.chance(0.6):
                    rule["efficiency"] = self.between(0.3, 1)
                if self.chance(0.4):
                    rule["counts_in_ratio"] = True
                found.append(rule)
        return found

    def people_events(self) -> list[Table]:
        found = []
        for n in range(self.count(self.size.people, 0)):
            team = self.pick(list(self.teams))
            first = self.count(self.months - 1, 0)
            made: Table = {
                "team": team,
                "grade": self.pick(list(self.teams[team]["grades"])),
                "fte": self.between(-3, 3, 1),
                "from": self.month(first, first),
                "why": f"Reason {n}",
            }
            if self.chance(0.6):
                made["until"] = self.month(first + 1, self.months + 3)
            if self.chance(0.5):
                made["productivity"] = self.between(0, 1)
            if self.chance(0.4):
                made["counts_in_ratio"] = False
            if self.chance(0.4):
                made["funded"] = True
            found.append(made)
        return found

    def standards(self) -> list[Table]:
        found = []
        for n in range(self.count(self.size.standards, 0)):
            name = self.pick(list(self.cohorts))
            cohort = self.cohorts[name]
            made: Table = {"name": f"Rule {n}"}
            kind = self.pick(
                ["completion"] * 3 + ["in_date"] * 2 + ["outstanding", "ratio", "money"]
            )
            if kind == "ratio":
                made |= {"cohort": name, "cases_per_officer": self.between(15, 120, 0)}
            elif kind == "money":
                made |= self.money()
            else:
                made |= {"cohort": name, "duty": self.pick(list(cohort["duties"]))}
                whole = sum(tier["cases"] for tier in cohort["tiers"].values())
                made[kind] = (
                    round(whole * self.between(0, 0.3), 1)
                    if kind == "outstanding"
                    else self.between(0.5, 1)
                )
                if self.chance(0.6):
                    made["judged"] = self.pick(["month", "quarter", "year"])
            if "cohort" in made and self.chance(0.4):
                made["tiers"] = self.some(list(cohort["tiers"]))
            if self.chance(0.7):
                made["from"] = self.month(0, self.months)
            found.append(made)
        return found

    def money(self) -> Table:
        team = self.pick(list(self.teams))
        grades = self.teams[team]["grades"]
        if self.chance(0.5):
            posts = sum(grade.get("posts", grade["in_post"]) for grade in grades.values())
            made: Table = {"team": team, "max_posts": max(0.0, round(posts + self.count(6, -2)))}
            if self.chance(0.4):
                made["grades"] = self.some(list(grades))
            return made
        whole = sum(
            50_000 * grade.get("posts", grade["in_post"])
            for one in self.teams.values()
            for grade in one["grades"].values()
        )
        made = {"budget": round(whole * self.between(0.5, 2))}
        if self.chance(0.5):
            made["team"] = team
        return made

    def events(self) -> list[Table]:
        found = []
        for _ in range(self.count(self.size.events, 0)):
            name = self.pick(list(self.cohorts))
            tiers = list(self.cohorts[name]["tiers"])
            made: Table = {"at": self.month(), "cohort": name}
            if len(tiers) > 1 and self.chance(0.65):
                a = self.pick(tiers)
                b = self.pick([tier for tier in tiers if tier != a])
                cases = self.cohorts[name]["tiers"][a]["cases"]
                made |= {"from": a, "to": b, "cases": round(cases * self.between(0, 1.2), 1)}
            else:
                made["arrivals"] = self.between(0, 30, 1)
                if self.chance(0.6):
                    made["tier"] = self.pick(tiers)
                if made["arrivals"] < 10:
                    made["leavers"] = made.pop("arrivals")
            found.append(made)
        return found

    def priority(self) -> Table:
        made: Table = {}
        if self.chance(0.5):
            made["rule"] = self.pick(["strict", "standards first", "standards first"])
        entries = []
        for name, cohort in self.cohorts.items():
            for duty in cohort["duties"]:
                entries += [f"{name}.{duty}.{tier}" for tier in cohort["tiers"]] + [
                    f"{name}.{duty}"
                ]
            entries.append(name)
        if self.chance(0.7):
            made["order"] = [str(e) for e in self.rng.permutation(entries)[: self.count(5)]]
        return made

    def change(self) -> Table:
        """A dated change of one or two settings."""
        settings = dict(self.lever() for _ in range(self.count(2)))
        return {"from": self.month(0, self.months), "set": settings}

    def lever(self) -> tuple[str, Any]:
        if self.inflows and self.chance(0.15):
            flow = self.pick(self.inflows)
            return f"inflows.{flow['name']}.per_month", self.between(0, 15, 1)
        return self.pick([self.duty_lever, self.duty_lever, self.cohort_lever, self.team_lever])()

    def duty_lever(self) -> tuple[str, Any]:
        name = self.pick(list(self.cohorts))
        cohort = self.cohorts[name]
        tiers = list(cohort["tiers"])
        tier, duty = self.pick(tiers), self.pick(list(cohort["duties"]))
        path = f"cohorts.{name}.duties.{duty}"
        if self.chance(0.6):  # how often: shorter, longer, a clock given or taken
            if tier in cohort["duties"][duty].get("every_months", {}):
                return f"{path}.every_months.{tier}", self.pick([1, 2, 3, 4, 6, 7, 12, 24])
            return f"{path}.per_year.{tier}", self.pick(TIMES_A_YEAR)
        key, value = self.pick(
            [
                ("crew", self.pick([1, 2, 3])),
                ("hours", self.between(0.5, 8)),
                ("second_officer_hours", self.between(0.5, 5)),
                ("no_answer_share", self.between(0, 0.5)),
                ("access_rate", self.between(0.5, 1)),
            ]
        )
        return (f"{path}.{key}.{tier}" if self.chance(0.4) else f"{path}.{key}"), value

    def cohort_lever(self) -> tuple[str, Any]:
        name = self.pick(list(self.cohorts))
        cohort = self.cohorts[name]
        tiers = list(cohort["tiers"])
        tier = self.pick(tiers)
        path = f"cohorts.{name}"
        ways: list[tuple[str, Any]] = [
            (f"{path}.exits_per_year", self.between(0, 1)),
            (f"{path}.exits_per_year.{tier}", self.between(0, 1)),
            (f"{path}.hours_per_case_month", self.between(0, 0.6)),
            (f"{path}.hours_per_entry.{tier}", self.between(0, 12)),
            (f"{path}.entry_mix", self.mix(tiers)),
        ]
        if len(tiers) > 1:
            other = self.pick([one for one in tiers if one != tier])
            ways.append((f"{path}.moves_per_year.{tier}.{other}", self.between(0, 4)))
        if "growth_per_year" in cohort:
            ways += [(f"{path}.growth_per_year", self.between(-0.3, 0.5))] * 2
        entrants = cohort.get("entrants_per_month")
        if isinstance(entrants, dict):
            ways += [(f"{path}.entrants_per_month.{tier}", self.between(0, 6, 1))] * 2
        elif entrants is not None:
            ways += [(f"{path}.entrants_per_month", self.between(0, 12, 1))] * 2
        for work in cohort.get("work", {}):
            ways.append((f"{path}.work.{work}.hours", self.between(0, 20)))
        return self.pick(ways)  # type: ignore[no-any-return]

    def team_lever(self) -> tuple[str, Any]:
        name = self.pick(list(self.teams))
        team = self.teams[name]
        grade = self.pick(list(team["grades"]))
        posts = team["grades"][grade].get("posts", team["grades"][grade]["in_post"])
        path = f"teams.{name}.grades.{grade}"
        ways: list[tuple[str, Any]] = [
            *[(f"{path}.posts", max(0.0, round(posts + self.between(-4, 4), 1)))] * 3,
            (f"{path}.recruitment_lead_months", self.count(6, 0)),
            (f"{path}.max_joiners_per_month", self.pick([0, 1, 2.5])),
            (f"{path}.leavers_per_year", self.between(0, 1)),
            (f"{path}.sickness", self.between(0, 0.2)),
            (f"{path}.casework_share", self.between(0, 1)),
            (f"{path}.accreditation_months", self.count(8, 0)),
            (f"{path}.trainee_productivity", self.between(0, 1)),
            (f"{path}.cost_per_year", self.between(30_000, 90_000, 0)),
        ]
        if "overtime_hours_per_fte_month" in team:
            most = team["overtime_hours_per_fte_month"]
            ways.append((f"teams.{name}.overtime_hours_per_fte_month", most + self.count(5, 0)))
            ways.append((f"teams.{name}.overtime_in_use", round(most * self.between(0, 1), 2)))
        return self.pick(ways)  # type: ignore[no-any-return]


def rate_of(duty: Table, tier: str) -> float:
    """Times a year that a duty is owed to a tier, at the start."""
    months = duty.get("every_months", {})
    months = months.get(tier) if isinstance(months, dict) else months
    if months:
        return 12 / float(months)
    given = duty.get("per_year", 0)
    return float(given.get(tier, 0) if isinstance(given, dict) else given)


def number(given: Any, tier: str, default: float = 0.0) -> float:
    """One tier's number of a per-tier setting."""
    if isinstance(given, dict) and "value" not in given:
        given = given.get(tier, default)
    return float(given["value"]) if isinstance(given, dict) else float(given)


def hours_a_month(cohort: Table) -> float:
    """Roughly the hours a cohort asks for in a month."""
    asked = 0.0
    for tier, table in cohort["tiers"].items():
        asked += table["cases"] * number(cohort.get("hours_per_case_month", 0), tier)
        for duty in cohort["duties"].values():
            each = number(duty["hours"], tier) * number(duty.get("crew", 1), tier)
            asked += table["cases"] * rate_of(duty, tier) / 12 * each
    return asked


# --- Behaviour -----------------------------------------------------------------------------


def behaving(seed: int) -> Table:
    """The scenario of a seed with teams that behave: every kind of behaviour sooner or later."""
    whole = scenario(seed)
    rng = np.random.default_rng([seed, 25])

    def chance(share: float) -> bool:
        return bool(rng.random() < share)

    def share(high: float) -> float:
        return float(np.round(rng.uniform(0.0, high), 2))

    priority = whole.setdefault("priority", {})
    priority["rule"] = ["soft", "soft", "soft", "strict", "standards first"][int(rng.integers(5))]
    if chance(0.4):
        priority["gives_way_focus"] = -share(4.0)
    dated = [key for change in whole.get("changes", []) for key in change["set"]]
    for cohort_name, cohort in whole["cohorts"].items():
        tiers = cohort["tiers"]
        for name, tier in tiers.items():
            if chance(0.3):
                given = tier if isinstance(tier, dict) and "value" not in tier else {"cases": tier}
                tiers[name] = {**given, "focus": -share(5.0)}
        for name, duty in cohort["duties"].items():
            _behave(duty, list(tiers), rng)
            path = f"cohorts.{cohort_name}.duties.{name}"
            if any(key.startswith((f"{path}.per_year", f"{path}.every")) for key in dated):
                duty.pop("early_months", None)  # the interval may become too short for it
        for work in cohort.get("work", {}).values():
            if chance(0.4):
                work["gives_way"] = share(1.0)
        if chance(0.4):
            cohort["hours_per_case_month_gives_way"] = share(1.0)
        if chance(0.3):
            cohort["hours_per_entry_gives_way"] = share(1.0)
    for team in whole["teams"].values():
        if chance(0.3):
            team |= {"pooling": share(1.0), "caseload_spread": share(0.5)}
        for grade in team["grades"].values():
            for key in ("leave_season", "abstraction_season"):
                if chance(0.2):
                    grade[key] = [*rng.integers(0, 5, 11).tolist(), 1]
    return whole


def weighing(seed: int) -> Table:
    """The scenario of a seed whose tiers and duties say what being unseen counts for (EQ31)."""
    whole = behaving(seed)
    rng = np.random.default_rng([seed, 31])
    for cohort in whole["cohorts"].values():
        tiers = cohort["tiers"]
        for name, tier in tiers.items():
            if rng.random() < 0.3:
                given = tier if isinstance(tier, dict) and "value" not in tier else {"cases": tier}
                tiers[name] = {**given, "risk_weight": float(rng.integers(0, 20)) / 2}
        for duty in cohort["duties"].values():
            if rng.random() < 0.3:
                duty["reference_months"] = {name: int(rng.integers(1, 19)) for name in tiers}
    return whole


def together(seed: int, size: Size = FULL) -> Table:
    """The scenario of a seed with tiers judged together, and tiers that a limit counts in part."""
    whole = scenario(seed, size)
    rng = np.random.default_rng([seed, 17])
    for cohort in whole["cohorts"].values():
        tiers = cohort["tiers"]
        for name, tier in tiers.items():
            if rng.random() < 0.4:
                given = tier if isinstance(tier, dict) and "value" not in tier else {"cases": tier}
                tiers[name] = {**given, "counts": float(rng.integers(0, 5)) / 4}
    for rule in whole.get("standards", []):
        if "duty" in rule:
            rule["pooled"] = bool(rng.random() < 0.7)
    if rng.random() < 0.5:
        whole["priority"]["rule"] = "standards first"
    return whole


def _behave(duty: Table, tiers: Sequence[str], rng: np.random.Generator) -> None:
    """Give one duty behaviour of its own."""
    kinds = {"in_turn": 1.0, "gives_way": 0.9, "early_share": 0.6}
    for key, high in kinds.items():
        if rng.random() < 0.4:
            duty[key] = float(np.round(rng.uniform(0.0, high), 2))
    if rng.random() < 0.3:
        duty["focus"] = {tier: -float(np.round(rng.uniform(0.0, 5.0), 2)) for tier in tiers[:2]}
    if "early_share" in duty:
        months = {tier: interval(duty, tier) for tier in tiers}
        allowed = {t: int(rng.integers(0, m)) for t, m in months.items() if m > 1}
        duty["early_months"] = allowed or 0


def interval(duty: Table, tier: str) -> int:
    """Months between one and the next of a tier; 0 without a clock."""
    numbers = []
    for key in ("every_months", "per_year"):
        given = duty.get(key, 0)
        by_tier = isinstance(given, dict) and "value" not in given
        one = given.get(tier, given.get("*", 0)) if by_tier else given
        numbers.append(float(one["value"] if isinstance(one, dict) else one))
    every, often = numbers
    rate = 12 / every if every else often
    return round(12 / rate) if 0 < rate <= 12 else 0


# --- Running -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stages:
    """Current posts projected, with every stage on the way."""

    model: Model
    caseload: Caseload
    demand: Demand
    staff: Workforce
    projection: Projection

    def question(self) -> questions.Question:
        """The sizing problem."""
        return questions.ask(self.model, self.caseload, self.demand, self.staff, self.projection)


def read(given: Table | str) -> scenarios.Scenario:
    """A scenario as the engine reads it."""
    text = given if isinstance(given, str) else toml(given)
    return scenarios.read("made.toml", files={"made.toml": text})


def stages(given: Table | str | scenarios.Scenario) -> Stages:
    """Current posts projected."""
    whole = given if isinstance(given, scenarios.Scenario) else read(given)
    built = building.build(whole)
    cases = caseload.project(built)
    asked = demand.other_work(built, cases)
    staff = workforce.staff(built)
    return Stages(built, cases, asked, staff, projection.project(built, cases, asked, staff))
