"""The engine's tables beside those of the reference, which was written from the method alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from capacity.engine import measures, standards
from capacity.engine.projection import Programme
from tests import making
from tests.reference import project as reference
from tests.reference import read as reference_read

TOLERANCE = 1e-6
KEYS = ("month", "name", "cohort", "duty", "tier", "team", "grade", "from", "to")


class Difference(NamedTuple):
    """A figure on which the two do not agree."""

    table: str
    column: str
    row: tuple[Any, ...]
    ours: float | None
    theirs: float | None


def differ(ours: float | None, theirs: float | None) -> bool:
    """Whether two figures are further apart than rounding; none, NaN and None are one."""
    nothing = [one is None or bool(np.isnan(one)) for one in (ours, theirs)]
    if ours is None or theirs is None or any(nothing):
        return nothing[0] != nothing[1]
    return abs(ours - theirs) > TOLERANCE * max(1.0, abs(theirs))


def reference_of(table: making.Table, folder: Path) -> Any:
    """The scenario as the reference reads it."""
    path = folder / "made.toml"
    path.write_text(making.toml(table), encoding="utf-8")
    return reference_read.load(path)


def disagreements(table: making.Table, folder: Path) -> list[Difference]:
    """Every figure of current posts' projection on which engine and reference differ."""
    tables = reference.project(reference_of(table, folder))
    return [one for one in figures(making.stages(table), tables) if differ(one.ours, one.theirs)]


def figures(run: making.Stages, tables: dict[str, Any]) -> Iterator[Difference]:
    """Every figure of the reference's tables with the engine's for it."""
    model, made = run.model, run.projection
    month = {label: t for t, label in enumerate(model.calendar.labels)}
    row_of = {key: n for n, key in enumerate(model.rows)}
    tier_of = {key: n for n, key in enumerate(model.tiers)}
    grade_of = {key: n for n, key in enumerate(model.grades)}
    team_of = {key: n for n, key in enumerate(model.teams)}
    by_duty = {
        "cases": made.cases,
        "newly_due": made.newly_due,
        "due": made.due,
        "done": made.done,
        "outstanding": made.outstanding,
        "completion": made.completion,
        "in_date": made.in_date(model),
        "on_time": measures.share_of(made.on_time(), made.newly_due),
        "longest_wait_months": made.longest_wait,
        "attempts": (made.done + made.done_early) / (1 - model.duties.no_answer),
        "done_early": made.done_early,
    }
    by_team = {
        "available": made.own,
        "other_work": made.other_work,
        "duties": made.duty_hours,
        "overtime": made.overtime,
        "borrowed": made.borrowed,
        "lent": made.lent,
        "unused": made.unused,
        "short": made.short,
        "cut_short": made.cut_short,
        "not_shared": made.not_shared,
    }
    staff = run.staff
    by_grade = {name: getattr(staff, name) for name in ("posts", "in_post", "joiners", "leavers")}
    by_grade |= {"releases": staff.releases, "effective_fte": staff.effective}
    names = ("cases", "entrants", "exits", "moved_in", "moved_out")
    by_tier = {name: getattr(run.caseload, name) for name in names}
    places: list[tuple[str, dict[str, Any], Any]] = [
        ("projection", by_duty, lambda r: row_of[r["cohort"], r["duty"], r["tier"]]),
        ("hours", by_team, lambda r: team_of[r["team"]]),
        ("staffing", by_grade, lambda r: grade_of[r["team"], r["grade"]]),
        ("caseload", by_tier, lambda r: tier_of[r["cohort"], r["tier"]]),
    ]
    for name, columns, place in places:
        for row in tables[name]:
            t, n = month[row["month"]], place(row)
            for column, series in columns.items():
                ours = float(series[0, t, n])
                yield Difference(name, column, key_of(row), ours, row[column])
    yield from _others(run, tables, month)
    yield from _backlog(run, tables["backlog_age"], month)
    yield from _standards(run, tables["standards"])


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """What a row is about."""
    return tuple(row[key] for key in KEYS if key in row)


def _others(
    run: making.Stages, tables: dict[str, Any], month: dict[str, int]
) -> Iterator[Difference]:
    """Lending, inflows, other work and the ratio."""
    model, made = run.model, run.projection
    teams = list(model.teams)
    pairs = [(teams[rule.lender], teams[rule.borrower]) for rule in model.lending]
    for row in tables["lending"]:
        place = pairs.index((row["from"], row["to"]))
        ours = float(made.lending[0, month[row["month"]], place])
        yield Difference("lending", "hours", key_of(row), ours, row["hours"])
    for row in tables["inflows"]:
        place = model.inflow_names.index(row["name"])
        tier = model.tiers.index((row["cohort"], row["tier"]))
        ours = float(model.caseloads.inflows[0, month[row["month"]], place, tier])
        yield Difference("inflows", "entrants", key_of(row), ours, row["entrants"])
    for row in tables["ratios"]:
        t, cohort = month[row["month"]], model.cohorts.index(row["cohort"])
        mine = model.caseloads.cohort_of == cohort
        pairs_ = {
            "officers": made.officers[0, t, model.team_of_cohort[cohort]],
            "cases": run.caseload.cases[0, t, mine].sum(),
            "cases_without_reactive": run.caseload.cases[0, t, mine & model.owed[t]].sum(),
        }
        for column, value in pairs_.items():
            yield Difference("ratios", column, key_of(row), float(value), row[column])


def _backlog(run: making.Stages, rows: Any, month: dict[str, int]) -> Iterator[Difference]:
    """Outstanding by age, both ways: no age may be missing in either."""
    theirs = {
        (month[r["month"]], run.model.rows.index((r["cohort"], r["duty"], r["tier"])),
         r["months_outstanding"]): r["cases"]
        for r in rows
    }  # fmt: skip
    ours = {
        (t, int(n), int(j) + 1): float(waiting[0, n, j])
        for t, waiting in enumerate(run.projection.waiting)
        for n, j in zip(*np.nonzero(waiting[0] > 1e-12), strict=True)
    }
    for key in sorted(ours.keys() | theirs.keys()):
        yield Difference("backlog_age", "cases", key, ours.get(key, 0.0), theirs.get(key, 0.0))


def _standards(run: making.Stages, rows: Any) -> Iterator[Difference]:
    """What standards require, what is achieved, and whether they are met, both ways."""
    judged = standards.judge(run.model, run.staff, run.projection)
    ours = {
        (j.standard, j.cohort, j.duty, j.tier if j.duty else None, j.period.name): j for j in judged
    }
    theirs = {(r["name"], r["cohort"], r["duty"], r["tier"], r["period"]): r for r in rows}
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        mine, other = ours.get(key), theirs.get(key)
        if other is None:  # the tier owes no such duty in the period: met, if there is a row
            yield Difference("standards", "met", key, float(mine is None or mine.met[0]), 1.0)
        if mine is None:
            yield Difference("standards", "there", key, 0.0, 1.0)
        if mine is not None and other is not None:
            required = float(np.ravel(mine.required)[0])
            yield Difference("standards", "required", key, required, other["required"])
            theirs_is = other["achieved"]
            if theirs_is is None and mine.kind == "in_date":  # nothing due: all cases are in date
                theirs_is = 1.0 if mine.achieved[0] == 1.0 else None
            yield Difference("standards", "achieved", key, float(mine.achieved[0]), theirs_is)
            yield Difference("standards", "met", key, float(mine.met[0]), float(other["met"]))


def programme_of(model: Any, programme: Programme) -> dict[str, dict[Any, float]]:
    """An engine's programme as the reference takes it."""
    return {
        "done": {
            (*key, t): float(programme.done[t, n])
            for n, key in enumerate(model.rows)
            for t in range(model.months)
        },
        "lending": {
            (n, t): float(programme.lent[t, n])
            for n in range(len(model.lending))
            for t in range(model.months)
        },
        "overtime": {
            (team, t): float(programme.overtime[t, n])
            for n, team in enumerate(model.teams)
            for t in range(model.months)
        },
    }
