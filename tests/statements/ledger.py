"""A plan's output tables asked as an auditor would, with nothing but pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from tests.statements.figures import first_month, folded, year_of

TINY = 1e-6
"""Below this a duty or an hour is the dust of a sum."""


@dataclass(frozen=True)
class Service:
    """A duty of a group by month, all tiers together."""

    group: str
    duty: str
    option: str
    rows: pd.DataFrame
    clocked: frozenset[tuple[str, str]]
    """Cohorts and tiers in which it has a clock: more often than monthly there is none."""

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """Sums by month, completion and in date worked out again."""
        rows = self.rows
        keys = zip(rows["cohort"], rows["tier"], strict=True)
        clocked = np.array([key in self.clocked for key in keys], dtype=bool)
        held = rows.assign(owed=np.where(clocked, rows["cases"], rows["due"]))
        held["held"] = np.where(clocked, rows["cases"] - rows["outstanding"], rows["done"])
        if not self.group:  # of a queue: within the deadline, where it has one
            judged = rows["in_date"].notna()
            held["owed"] = np.where(judged, rows["due"], 0.0)
            held["held"] = np.where(judged, rows["due"] * rows["in_date"].fillna(0.0), 0.0)
        columns = ["newly_due", "due", "done", "done_early", "outstanding", "held", "owed"]
        sums = held.groupby("month")[columns].sum()
        sums["completion"] = np.where(sums["due"] > TINY, sums["done"] / sums["due"], np.nan)
        sums["in_date"] = np.where(sums["owed"] > TINY, sums["held"] / sums["owed"], np.nan)
        return sums

    @property
    def ends(self) -> tuple[str, str] | None:
        """The first and last month in which any is due."""
        due = self.monthly.index[self.monthly["due"] > TINY]
        return (str(due[0]), str(due[-1])) if len(due) else None

    @property
    def waits(self) -> pd.DataFrame:
        """The longest wait by month."""
        return self.rows.groupby("month")["longest_wait_months"].max()


Asked = ParamSpec("Asked")
Found = TypeVar("Found")


def once(
    method: Callable[Concatenate[Ledger, Asked], Found],
) -> Callable[Concatenate[Ledger, Asked], Found]:
    """Have a ledger look something up once, however often it is asked."""

    @wraps(method)
    def held(self: Ledger, *asked: Asked.args, **more: Asked.kwargs) -> Found:
        key = (method.__name__, asked, tuple(more.items()))
        if key not in self.found:
            self.found[key] = method(self, *asked, **more)
        found: Found = self.found[key]
        return found

    return held


def with_queues(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables in which work that queues stands among the activities, of no cohort."""
    rows = tables.get("queues")
    if rows is None or not len(rows) or "projection" not in tables:
        return tables
    blank = {  # of no cohort
        name: frame.assign(cohort=frame["cohort"].astype(object).fillna(""))
        for name, frame in tables.items()
        if "cohort" in frame
    }
    names = {"queue": "duty", "class": "tier", "arrivals": "newly_due", "waiting": "outstanding"}
    more = rows.rename(columns=names).assign(cohort="", done_early=0.0, cases=np.nan)
    more = more.reindex(columns=tables["projection"].columns)
    parts = [one for one in (blank["projection"], more) if len(one)]
    return {**tables, **blank, "projection": pd.concat(parts, ignore_index=True)}


class Ledger:
    """The tables of one plan and the settings they rest on."""

    def __init__(
        self, tables: dict[str, pd.DataFrame], settings: Any, before: Ledger | None = None
    ) -> None:
        self.tables, self.settings = with_queues(tables), settings
        self.found: dict[Any, Any] = {}
        self.before = before
        """The plan of the scenario that this one extends, where there is one."""
        self.sides: dict[str, Ledger] = {}
        """The plans compared, by their names, where several are."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    # Time and options --------------------------------------------------------------------

    @cached_property
    def months(self) -> list[str]:
        return sorted(self["staffing"]["month"].unique())

    @cached_property
    def years(self) -> list[str]:
        return list(dict.fromkeys(year_of(month) for month in self.months))

    @property
    def whole_years(self) -> list[str]:
        counts = pd.Series([year_of(month) for month in self.months]).value_counts()
        return [year for year in self.years if counts[year] == 12]

    @cached_property
    def options(self) -> list[str]:
        return list(dict.fromkeys(self["staffing"]["option"]))

    def months_of(self, year: str) -> list[str]:
        return [month for month in self.months if year_of(month) == year]

    # Names -------------------------------------------------------------------------------

    def team(self, label: str) -> str:
        for name, team in self.settings.teams.items():
            if folded(label) in (folded(team.label or name), folded(name)):
                return str(name)
        raise KeyError(f"no team is called {label!r}")

    def grade(self, team: str, label: str) -> str:
        for name, grade in self.settings.teams[team].grades.items():
            if folded(label) in (folded(grade.label or name), folded(name)):
                return str(name)
        raise KeyError(f"no grade of {team} is called {label!r}")

    def cohort(self, label: str) -> str:
        for name, cohort in self.settings.cohorts.items():
            if folded(label) in (folded(cohort.label or name), folded(name)):
                return str(name)
        raise KeyError(f"no cohort is called {label!r}")

    def group(self, cohort: str) -> str:
        return str(self.settings.cohorts[cohort].group or cohort) if cohort else ""

    def members(self, group: str) -> list[str]:
        if not group:
            return [""]
        return [name for name in self.settings.cohorts if self.group(name) == group]

    def tiers(self, label: str, cohorts: list[str] | None = None) -> list[str]:
        """The tiers, of any cohort, that are called so."""
        return [
            str(name)
            for key, cohort in self.settings.cohorts.items()
            if cohorts is None or key in cohorts
            for name, tier in cohort.tiers.items()
            if folded(label) in (folded(tier.label or name), folded(name))
        ]

    def duties(self, label: str) -> list[tuple[str, str]]:
        """The group and duty of whatever is called so, all there are."""
        whose = ""
        if label.endswith(")"):
            label, _, whose = label[:-1].rpartition(" (")
        found = dict.fromkeys(
            (self.group(key), str(name))
            for key, cohort in self.settings.cohorts.items()
            for name, duty in cohort.duties.items()
            if folded(label) in (folded(duty.label or name), folded(name))
            and whose in ("", cohort.label or key, self.group(key), key)
        )
        teams = self.settings.teams
        found |= dict.fromkeys(
            ("", str(name))
            for name, queue in self.settings.queues.items()
            if folded(label) in (folded(queue.label or name), folded(name))
            and whose in ("", teams[queue.team].label or queue.team, queue.team)
        )
        if not found:
            raise KeyError(f"no duty is called {label!r}")
        return list(found)

    def is_of(self, team: str, rows: pd.DataFrame) -> pd.Series:
        """Which rows of activities are those of a team: of its cohorts, and of its queues."""
        cohorts = [name for name, one in self.settings.cohorts.items() if one.team == team]
        queues = [name for name, one in self.settings.queues.items() if one.team == team]
        return rows["cohort"].isin(cohorts) | ((rows["cohort"] == "") & rows["duty"].isin(queues))

    # Duties ------------------------------------------------------------------------------

    @once
    def service(self, group: str, duty: str, option: str) -> Service:
        """A duty of a group, its rows picked out."""
        rows = self["projection"]
        mine = rows["cohort"].isin(self.members(group)) & (rows["duty"] == duty)
        kept = rows[mine & (rows["option"] == option)]
        clocked = frozenset(
            (cohort, tier)
            for cohort in self.members(group)
            if cohort
            for tier in self.settings.cohorts[cohort].tiers
            if duty in self.settings.cohorts[cohort].duties
            and self.is_clocked(self.settings.cohorts[cohort].duties[duty], tier)
        )
        return Service(group, duty, option, kept, clocked)

    @staticmethod
    def per_tier(setting: Any, tier: str, otherwise: float) -> float:
        """A per-tier setting as it stands in the file, before any dated change."""
        given = setting.get(tier, setting.get("*")) if isinstance(setting, dict) else setting
        return otherwise if given is None else float(getattr(given, "value", given))

    @classmethod
    def is_clocked(cls, duty: Any, tier: str) -> bool:
        """Whether a duty comes round in whole months, not several times in each."""
        if cls.per_tier(duty.every_months, tier, 0.0):
            return True
        return cls.per_tier(duty.per_year, tier, 0.0) <= 12

    def hours_of_one(self, cohort: str, duty: str, tier: str) -> float:
        """Hours that one done takes, attempts without an answer included (EQ10)."""
        settings = self.settings
        one = settings.cohorts[cohort].duties[duty] if cohort else settings.queues[duty]
        lead = self.per_tier(one.hours, tier, 0.0)
        crew = self.per_tier(one.crew, tier, 1.0)
        second = self.per_tier(one.second_officer_hours, tier, lead)
        missed = self.per_tier(one.no_answer_share, tier, 0.0)
        each = self.per_tier(one.no_answer_hours, tier, 0.0)
        return lead + (crew - 1) * second + missed / (1 - missed) * each * crew

    def is_dated(self, *names: str) -> bool:
        """Whether a dated change sets a setting whose name holds all of these."""
        keys = [key for change in self.settings.changes for key in change.set_]
        return any(all(name in key for name in names) for key in keys)

    @cached_property
    def services(self) -> list[tuple[str, str]]:
        rows = self["projection"][["cohort", "duty"]].drop_duplicates()
        return list(dict.fromkeys((self.group(c), d) for c, d in rows.itertuples(index=False)))

    def weight_of_class(self, queue: str, name: str) -> float:
        """What one waiting for a month counts for: as given, else by its class's place."""
        one = self.settings.queues[queue]
        given = self.per_tier(one.risk_weight, name, float("nan"))
        if not np.isnan(given):
            return given
        classes = list(one.classes)
        return (8.0, 4.0, 2.0, 1.0)[min(classes.index(name), 3)] if classes else 1.0

    @once
    def risk_weight(self, cohort: str, tier: str, duty: str = "") -> float:
        """What a case-month counts for: as given, else by the place among tiers that are visited.

        Source: docs/method.md, Outcomes.
        """
        if not cohort:
            return self.weight_of_class(duty, tier)
        tiers = self.settings.cohorts[cohort].tiers
        if tiers[tier].risk_weight is not None:
            return float(tiers[tier].risk_weight.value)
        rows = self["projection"]
        visited = set(rows.loc[rows["cohort"] == cohort, "tier"])
        place = [name for name in tiers if name in visited].index(tier)
        return (8.0, 4.0, 2.0, 1.0)[min(place, 3)]

    def case_months(self, option: str, *, weighted: bool = False) -> float:
        """What is overdue at the end of each month, added up."""
        rows = self["projection"]
        keys = ["cohort", "tier", "duty"]
        mine = rows[rows["option"] == option].groupby(keys)["outstanding"].sum()
        return sum(
            float(cases) * (self.risk_weight(*key) if weighted else 1.0)
            for key, cases in mine.items()
        )

    # People and money --------------------------------------------------------------------

    @once
    def staff(self, column: str, option: str, month: str, **where: str) -> float:
        rows = self["staffing"]
        kept = (rows["option"] == option) & (rows["month"] == month)
        for name, value in where.items():
            kept &= rows[name] == value
        return float(rows.loc[kept, column].sum())

    def posts(self, option: str, month: str, **where: str) -> float:
        return self.staff("posts", option, month, **where)

    @once
    def added(self, team: str, grade: str) -> pd.Series:
        """Posts of a grade in the team found, above those there are, by month."""
        rows = self["staffing"]
        mine = rows[(rows["team"] == team) & (rows["grade"] == grade)]
        wide = mine.pivot(index="month", columns="option", values="posts")
        return wide[self.options[-1]] - wide[self.options[0]]

    def starts(self, team: str, grade: str) -> bool:
        """Whether some post of a grade is asked for, perhaps one that was taken away before."""
        if "decision" in self.tables:
            rows = self["decision"]
            mine = rows[(rows["team"] == team) & (rows["grade"] == grade)]
            return bool((mine["posts"] > 1e-6).any())
        added = self.added(team, grade)
        return bool(added.diff().fillna(added).max() > 1e-6)

    @cached_property
    def grades(self) -> list[tuple[str, str]]:
        rows = self["staffing"][["team", "grade"]].drop_duplicates()
        return [(str(team), str(grade)) for team, grade in rows.itertuples(index=False)]

    @once
    def cost(self, column: str, option: str, year: str | None = None, **where: str) -> float:
        rows = self["costs"]
        kept = rows["option"] == option
        for name, value in {**({"year": year} if year else {}), **where}.items():
            kept &= rows[name] == value
        return float(rows.loc[kept, column].sum())

    # Standards ---------------------------------------------------------------------------

    @once
    def periods(self, name: str, option: str) -> pd.DataFrame:
        """Each period of a standard, in order: whether it is met in every tier."""
        rows = self["standards"]
        mine = rows[(rows["name"] == name) & (rows["option"] == option)]
        met = mine.groupby("period", sort=False)["met"].all().reset_index()
        return met.sort_values("period", key=lambda column: column.map(first_month))

    @once
    def rules(self, option: str) -> list[str]:
        """The standards that are judged at all."""
        rows = self["standards"]
        return list(dict.fromkeys(rows.loc[rows["option"] == option, "name"]))

    @once
    def missed(self, option: str) -> list[str]:
        """The standards that are not met in some period."""
        return [name for name in self.rules(option) if not self.periods(name, option)["met"].all()]

    def hours_short(self, option: str) -> float:
        rows = self["hours"]
        return float(rows.loc[rows["option"] == option, "short"].sum())

    # Assumptions -------------------------------------------------------------------------

    @cached_property
    def kinds(self) -> dict[str, int]:
        """How many settings there are of each kind, those merely given left out."""
        counts = self["assumptions"]["kind"].fillna("no source").value_counts().to_dict()
        return {str(kind): int(number) for kind, number in counts.items()}
