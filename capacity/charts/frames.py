"""Plan → the table behind a chart: one row a month and series, the same figures as the tables.

A plan may be shown beside the one it is compared with; every frame then holds both. Columns
`series` (in words) and `role` (how it is drawn) say which is which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from capacity.engine.measures import share_of
from capacity.engine.model import Model, RowKey
from capacity.history import backtest
from capacity.results.tables import TABLES
from capacity.risk.foreseen import Foreseen, Seen
from capacity.stages import Option, PlanResult
from capacity.why import headlines
from capacity.why.headlines import Headlines, Service

Ahead = Mapping[str, Foreseen]
"""What is foreseen, by option; empty while it is not known yet."""

Role = Literal["recorded", "today", "sized", "today before", "sized before"]

RECORDED = "As recorded"
BEFORE: tuple[Role, Role] = ("today before", "sized before")
NOW: tuple[Role, Role] = ("today", "sized")

MEASURES: Mapping[str, str] = {
    "completion": "Completion",
    "in_date": "In date",
    "on_time": "On time",
    "outstanding": "Overdue",
}
"""Measures of a duty and what they are called."""


@dataclass(frozen=True)
class Shown:
    """What a chart shows: a plan, and the baseline it is compared with if it is a what-if."""

    plan: PlanResult
    before: PlanResult | None = None
    said: Headlines | None = None  # what the plan comes to, where that is known already
    said_before: Headlines | None = None
    ahead: Ahead | None = None  # None: the single course alone is drawn
    ahead_before: Ahead | None = None

    @property
    def model(self) -> Model:
        """The model of the plan itself."""
        return self.plan.model

    @cached_property
    def services(self) -> Mapping[Role, Sequence[Service]]:
        """The duties of each series, all tiers together."""
        found: dict[Role, Sequence[Service]] = {}
        if self.before is not None:
            before = self.said_before or headlines.read_off(self.before)
            found |= {r: one.services for r, one in zip(BEFORE, before.options, strict=False)}
        said = self.said or headlines.read_off(self.plan)
        found |= {r: one.services for r, one in zip(NOW, said.options, strict=False)}
        return found

    def series(self) -> Iterator[tuple[str, Role, PlanResult, Option]]:
        """Yield every way to staff that is shown, the baseline's first."""
        now = "What if, " if self.before else ""
        for plan, prefix, roles in ((self.before, "Baseline, ", BEFORE), (self.plan, now, NOW)):
            if plan is not None:
                for role, option in zip(roles, plan.options, strict=False):
                    yield _called(prefix, option), role, plan, option


def _called(prefix: str, option: Option) -> str:
    words = "no posts added" if option.name == "today" else "team needed"
    return f"{prefix}{words}" if prefix else f"{words[:1].upper()}{words[1:]}"


def stacked(
    shown: Shown, build: Callable[[PlanResult, Option, Role], pd.DataFrame]
) -> pd.DataFrame:
    """Return what every series gives, one under the other."""
    parts = []
    for series, role, plan, option in shown.series():
        part = build(plan, option, role)
        part.insert(0, "series", series)
        part["role"] = role
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


PERCENTILES = ("p10", "p50", "p90")
"""Columns of what is foreseen, after the name of the measure."""


def foreseen(shown: Shown, frame: pd.DataFrame, seen: Seen) -> pd.DataFrame:
    """Return a frame by month and series with what is foreseen of a measure beside it.

    What was recorded is known, so that all of its simulations are the same.
    """
    roles = frame["role"].to_numpy()
    ends = np.full((len(frame), len(PERCENTILES)), np.nan)
    for _, role, _, option in shown.series():
        ahead = shown.ahead_before if role in BEFORE else shown.ahead
        mine = roles == role
        limits = ahead[option.name].bands.get(seen) if ahead and option.name in ahead else None
        if limits is not None and mine.sum() == len(limits):
            ends[mine] = limits
    known = roles == "recorded"
    ends[known, 1] = frame[seen.measure].to_numpy(dtype=float)[known]
    names = (f"{seen.measure}_{level}" for level in PERCENTILES)
    return frame.assign(**dict(zip(names, ends.T, strict=True)))


def duty(shown: Shown, group: str, name: str) -> pd.DataFrame:
    """Return a duty by month, all tiers together: the three measures, and how many wait.

    Returns:
        One row for each month and series.
    """

    def build(plan: PlanResult, option: Option, role: Role) -> pd.DataFrame:
        services = shown.services[role]
        service = next((s for s in services if (s.group, s.duty) == (group, name)), None)
        columns: dict[str, object] = {"month": _months(plan)}
        if service is None:
            nothing = np.full(plan.model.months, np.nan)
            return pd.DataFrame({**columns, **dict.fromkeys((*MEASURES, "due", "done"), nothing)})
        run, rows = option.projection, rows_of(plan.model, group, name)
        newly = run.newly_due[0][:, rows].sum(axis=1)
        return pd.DataFrame(
            {
                **columns,
                "completion": service.completion,
                "in_date": service.in_date,
                "on_time": share_of(run.on_time()[0][:, rows].sum(axis=1), newly),
                "outstanding": service.outstanding,
                "due": service.due,
                "done": service.done,
            }
        )

    made, before = stacked(shown, build), recorded(shown.plan, group, name)
    return made if before is None else pd.concat([before, made], ignore_index=True)


def recorded(plan: PlanResult, group: str, name: str) -> pd.DataFrame | None:
    """Return what a history says of a duty in the months before the start, all tiers together.

    Args:
        plan: whose scenario may name a history.
        group: a cohort or a group of cohorts.
        name: of the duty.

    Returns:
        One row a month; None where there is nothing of it.
    """
    columns = ["series", "month", *MEASURES, "due", "done", "role"]
    known = plan.scenario.known
    cohorts = plan.scenario.settings.cohorts
    mine = [key for key, one in cohorts.items() if (one.group or key) == group]
    rows: dict[str, dict[str, Any]] = {}
    for one in backtest.pooled(known.history).figures if known else ():
        ours = one.cohort in mine or (one.cohort is None and len(cohorts) == 1)
        if ours and one.duty in (None, name) and one.months == 1 and one.measure in columns:
            row = rows.setdefault(one.month, {"month": pd.Timestamp(f"{one.month}-01")})
            row[one.measure] = one.value + (row.get(one.measure, 0.0) if len(mine) > 1 else 0.0)
    if not rows:
        return None
    found = pd.DataFrame(list(rows.values()), columns=columns)
    shares = found["done"].astype(float) / found["due"].astype(float)
    found["completion"] = shares if len(mine) > 1 else found["completion"].fillna(shares)
    numbers = [*MEASURES, "due", "done"]
    found[numbers] = found[numbers].astype(float)
    return found.assign(series=RECORDED, role="recorded")


def tiers(shown: Shown, group: str, name: str) -> pd.DataFrame:
    """Return a duty by month and tier.

    Returns:
        One row for each month, tier and series.
    """

    def build(plan: PlanResult, option: Option, _: Role) -> pd.DataFrame:
        settings = plan.model.scenario.settings
        cohorts = settings.cohorts
        table = _of_queue(plan, option, name) if not group else None
        mine = {cohort for cohort, one in cohorts.items() if (one.group or cohort) == group}
        if table is None:
            table = _of_option(plan, option, "projection")
            table = table[table["cohort"].isin(mine) & (table["duty"] == name)]
        labels = [
            settings.tier_label(cohort, tier)
            for cohort, tier in zip(table["cohort"], table["tier"], strict=True)
        ]
        table = table.assign(tier=labels, month=pd.to_datetime(table["month"]))
        if len(mine) > 1:
            names = [cohorts[cohort].label or cohort for cohort in table["cohort"]]
            table["tier"] = [f"{t}, {c}" for t, c in zip(labels, names, strict=True)]
        return table.drop(columns=["cohort", "duty"]).reset_index(drop=True)

    return stacked(shown, build)


def _of_queue(plan: PlanResult, option: Option, name: str) -> pd.DataFrame:
    """Return an option's rows of a queue under the columns of an activity by tier."""
    table = _of_option(plan, option, "queues")
    table = table[table["queue"] == name]
    renamed = {"queue": "duty", "class": "tier", "waiting": "outstanding", "arrivals": "newly_due"}
    return table.rename(columns=renamed).assign(cohort="")


def past_deadline(shown: Shown, queue: str) -> pd.DataFrame:
    """Return how many wait in a queue past their deadline at each month's end, by class (EQ26).

    Returns:
        One row for each month, class that has a deadline, and series.
    """
    table = tiers(shown, "", queue)
    return table.loc[table["in_date"].notna(), ["series", "role", "month", "tier", "past_deadline"]]


def ratios(shown: Shown, cohort: str) -> pd.DataFrame:
    """Return cases for each officer of a cohort's team by month, and the limit in force (EQ18).

    Returns:
        One row for each month and series.
    """
    return stacked(shown, lambda plan, option, _: _dated(plan, option, "ratios", cohort=cohort))


def caseload(shown: Shown, cohort: str) -> pd.DataFrame:
    """Return a cohort's cases by month and tier, those of current posts: staff change none.

    EQ1–EQ3.

    Returns:
        One row for each month, tier and scenario.
    """
    parts = []
    for series, role, plan, option in shown.series():
        if option.name == "today":
            table = TABLES["caseload"](plan)
            table = table[table["cohort"] == cohort]
            words = series.partition(", ")[0] if shown.before else "Cases"
            table = table.assign(series=words, role=role, month=pd.to_datetime(table["month"]))
            parts.append(table)
    return pd.concat(parts, ignore_index=True)


def people(shown: Shown, team: str) -> pd.DataFrame:
    """Return a team's posts and people by month, all grades together.

    Returns:
        One row for each month and series.
    """

    def build(plan: PlanResult, option: Option, _: Role) -> pd.DataFrame:
        table = _dated(plan, option, "staffing", team=team)
        sums = table.drop(columns=["team", "grade"]).groupby("month", as_index=False)
        return sums.sum(numeric_only=True)

    return stacked(shown, build)


def hours(shown: Shown, team: str) -> pd.DataFrame:
    """Return where a team's hours come from and go by month, and those that duties left lack.

    Returns:
        One row for each month and series.
    """

    def build(plan: PlanResult, option: Option, _: Role) -> pd.DataFrame:
        table = _dated(plan, option, "hours", team=team).drop(columns=["team"])
        model, run = plan.model, option.projection
        mine = model.duties.team_of == model.teams.index(team)
        left = (run.outstanding[0] * model.duties.hours[0])[:, mine].sum(axis=1)
        return table.assign(left_undone=left)

    return stacked(shown, build)


def costs(shown: Shown, amount: str) -> pd.DataFrame:
    """Return an amount of the `costs` table by financial year and team.

    Returns:
        One row for each year, team and series.
    """

    def build(plan: PlanResult, option: Option, _: Role) -> pd.DataFrame:
        table = _of_option(plan, option, "costs")
        sums = table.groupby(["year", "team"], as_index=False, sort=False)[[amount]].sum()
        months = pd.Series(plan.model.calendar.year_of).value_counts().sort_index().to_numpy()
        in_year = dict(zip(plan.model.calendar.years, months, strict=True))
        teams = [headlines.team_label(plan.model, team) for team in sums["team"]]
        return sums.assign(team=teams, months=[int(in_year[year]) for year in sums["year"]])

    return stacked(shown, build)


def posts(shown: Shown) -> pd.DataFrame:
    """Return mean posts and people by financial year, team and grade.

    Returns:
        One row for each year, team, grade and series.
    """

    def build(plan: PlanResult, option: Option, _: Role) -> pd.DataFrame:
        table = _of_option(plan, option, "costs")[
            ["year", "team", "grade", "posts", "average_in_post"]
        ]
        teams = plan.model.scenario.settings.teams
        grades = [
            teams[team].grades[grade].label or grade
            for team, grade in zip(table["team"], table["grade"], strict=True)
        ]
        named = [headlines.team_label(plan.model, team) for team in table["team"]]
        return table.assign(team=named, grade=grades).reset_index(drop=True)

    return stacked(shown, build)


def rows_of(model: Model, group: str, name: str) -> list[int]:
    """Return the rows of a duty of a group of cohorts."""

    def belongs(key: RowKey) -> bool:
        return model.group_of(key) == group and key.duty == name

    return [place for place, key in enumerate(model.rows) if belongs(key)]


def labels(months: pd.Series) -> list[str]:
    """Return months as tables have them, `2025-04`."""
    return [str(one) for one in np.datetime_as_string(months.to_numpy("datetime64[M]"))]


def _months(plan: PlanResult) -> pd.DatetimeIndex:
    return pd.to_datetime(list(plan.model.calendar.labels))


def _of_option(plan: PlanResult, option: Option, name: str) -> pd.DataFrame:
    """Return an output table's rows of one option."""
    table = TABLES[name](plan)
    return table[table["option"] == option.name].drop(columns=["option"])


def _dated(plan: PlanResult, option: Option, name: str, **where: str) -> pd.DataFrame:
    """Return an output table's rows of one option and place, months as dates."""
    table = _of_option(plan, option, name)
    for column, value in where.items():
        table = table[table[column] == value]
    return table.assign(month=pd.to_datetime(table["month"])).reset_index(drop=True)
