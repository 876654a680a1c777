"""Result → data frames: the output tables, whose names and columns other programs read.

Each table is one function of the plan; a further table is a function more and a line in TABLES.
All show the central case. Months are `YYYY-MM`, years `2025/26`, shares fractions, money pounds;
NaN or None where there is no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from capacity.engine import outcomes
from capacity.engine.measures import NOTHING, share_of
from capacity.engine.model import Array, Flags, Model
from capacity.engine.projection import falls_due
from capacity.engine.standards import counts_every_tier
from capacity.reading import assumptions
from capacity.reading.scenario import LastKnown
from capacity.results import agreeing, recommendation, summary
from capacity.results.frames import Tables
from capacity.results.summary import SummaryFigure
from capacity.risk import recommended
from capacity.risk.agreement import Agreed
from capacity.risk.bands import Band
from capacity.risk.chances import Chance
from capacity.risk.confident import PostsOfYear, Reached, TeamSize
from capacity.risk.decide import AskedAlone
from capacity.risk.drivers import Driver
from capacity.risk.knowing import Knowing
from capacity.risk.position import PositionFigure
from capacity.risk.recommended import Recommended
from capacity.risk.sensitivity import Sensitivity
from capacity.risk.simulated import ExpectedHours, ExpectedOverdue, FallingDue
from capacity.risk.uncertainty import Uncertainty
from capacity.staffing import backfill, costs, mtfp, outturn
from capacity.stages import Option, PlanResult
from capacity.why import decisions, layers, moves
from capacity.why.buying import Bought
from capacity.why.compare import Contribution, Difference, SideBySide, YearCost, YearEnd
from capacity.why.decisions import Decision
from capacity.why.explain import Explanation
from capacity.why.fixes import Fix
from capacity.why.frontier import Point
from capacity.why.headlines import missed
from capacity.why.headroom import Giving, Room
from capacity.why.prices import Price
from capacity.why.reasons import Reason

Columns = dict[str, Any]

DAYS_A_MONTH = 365.25 / 12
"""On average."""


KNOWN = ("month", "cohort", "duty", "tier", "measure", "value")
NARROWED = ["setting", "p10", "p50", "p90", "known_p10", "known_p50", "known_p90", "spread_left"]


def tables(
    plan: PlanResult, why: Explanation | None = None, advice: Recommended | Agreed | None = None
) -> dict[str, pd.DataFrame]:
    """Return every output table of a plan, by its name.

    Args:
        plan: the plan for the central case.
        why: what explains it; its tables are added.
        advice: the recommended plan, or why there is none; its tables are added.
    """
    return {name: make() for name, make in _makers(plan, why, advice).items()}


def lazily(
    plan: PlanResult, why: Explanation | None = None, advice: Recommended | Agreed | None = None
) -> Tables:
    """Return the same tables, each made when it is first asked for."""
    return Tables(_makers(plan, why, advice))


def _makers(
    plan: PlanResult, why: Explanation | None, advice: Recommended | Agreed | None
) -> dict[str, Callable[[], pd.DataFrame]]:
    """Return how each table is made."""
    made: dict[str, Callable[[], pd.DataFrame]] = {}
    made |= {name: partial(build, plan) for name, build in of_plan(plan).items()}
    if plan.scenario.known is not None:
        made["known"] = partial(known_figures, plan.scenario.known)
    if why is not None or advice is not None:
        made["summary"] = partial(summed_up, plan, why, advice)
    if why is not None:
        made |= {name: partial(build, why) for name, build in EXPLAINED.items()}
    if isinstance(advice, Agreed):
        made |= {name: partial(build, advice) for name, build in AGREED.items()}
    elif advice is not None:
        made |= {name: partial(build, advice) for name, build in RECOMMENDED.items()}
    return made


def of_plan(plan: PlanResult) -> dict[str, Callable[[PlanResult], pd.DataFrame]]:
    """Return how each table that a plan has is made.

    Those of queues, and of moves within a total, only where there are any.
    """
    there = {"queues": bool(plan.model.queues.keys), "moves": plan.model.keeps_total}
    return {name: build for name, build in TABLES.items() if there.get(name, True)}


def _stacked(plan: PlanResult, build: Callable[[Option], Columns]) -> pd.DataFrame:
    """Return a table with what every option gives, the option's name first."""
    parts = []
    for option in plan.options:
        columns = build(option)
        rows = len(next(iter(columns.values())))
        parts.append({"option": np.repeat(np.array([option.name], dtype=object), rows), **columns})
    return pd.DataFrame(
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, copy=False
    )


def _from_rows(rows: Iterable[Any], kind: type[Any], **renamed: str) -> pd.DataFrame:
    """Return a table of dataclass rows, columns in the order of its fields."""
    names = [field.name for field in fields(kind)]
    records = [tuple(getattr(row, name) for name in names) for row in rows]
    frame = pd.DataFrame.from_records(records, columns=names)
    return frame.rename(columns=renamed)


def _in_words(rows: Iterable[tuple[Any, str]], kind: type[Any]) -> pd.DataFrame:
    """Return a table of dataclass rows, each with its sentence in the last column."""
    told = list(rows)
    frame = _from_rows([row for row, _ in told], kind)
    return frame.assign(words=pd.Series([words for _, words in told], dtype=object))


class _Grid:
    """The rows of a table by month and something else, those kept by a mask."""

    def __init__(self, model: Model, keep: Flags) -> None:
        self.month, self.other = np.nonzero(keep)
        self.labels = _words(model.calendar.labels)[self.month]

    def pick(self, series: Array) -> Array:
        """Return the kept numbers of a series. Shape: [month, other] → [row]."""
        return np.asarray(series[self.month, self.other])

    def name(self, names: Iterable[str]) -> Any:
        """Return the kept rows' names of the other axis."""
        return _words(names)[self.other]


def _words(names: Iterable[str]) -> Any:
    return np.array(list(names), dtype=object)


def _every(model: Model, others: int) -> _Grid:
    return _Grid(model, np.ones((model.months, others), dtype=bool))


# Cases and duties --------------------------------------------------------------------------


def _projection(plan: PlanResult) -> pd.DataFrame:
    """Return duties by month, where any is owed."""
    model, duties = plan.model, plan.model.duties
    grid = _Grid(model, (duties.per_year[0] > 0)[:, : len(model.of_duties)])

    def columns(option: Option) -> Columns:
        run = option.projection
        newly, done = grid.pick(run.newly_due[0]), grid.pick(run.done[0])
        early = grid.pick(run.done_early[0])
        return {
            "month": grid.labels,
            "cohort": grid.name(row.cohort for row in model.rows),
            "duty": grid.name(row.duty for row in model.rows),
            "tier": grid.name(row.tier for row in model.rows),
            "cases": grid.pick(run.cases[0]),
            "newly_due": newly,
            "due": grid.pick(run.due[0]),
            "done": done,
            "outstanding": grid.pick(run.outstanding[0]),
            "completion": grid.pick(run.completion[0]),
            "in_date": grid.pick(run.in_date(model)[0]),
            "on_time": share_of(grid.pick(run.on_time()[0]), newly),
            "longest_wait_months": grid.pick(run.longest_wait[0]).astype(np.int64),
            "attempts": (done + early) / (1.0 - grid.pick(duties.no_answer[0])),
            "done_early": early,
        }

    return _stacked(plan, columns)


def _caseload(plan: PlanResult) -> pd.DataFrame:
    """Return cases and what moved them."""
    model, found = plan.model, plan.cases
    grid = _every(model, len(model.of_cohorts))
    return pd.DataFrame(
        {
            "month": grid.labels,
            "cohort": grid.name(key.cohort for key in model.tiers),
            "tier": grid.name(key.tier for key in model.tiers),
            "cases": grid.pick(found.cases[0]),
            "entrants": grid.pick(found.entrants[0]),
            "exits": grid.pick(found.exits[0]),
            "moved_in": grid.pick(found.moved_in[0]),
            "moved_out": grid.pick(found.moved_out[0]),
        }
    )


def _queues(plan: PlanResult) -> pd.DataFrame:
    """Return work that queues by month and class (EQ26).

    opening + arrivals = done + lapsed + waiting, each added up from the start.
    """
    model, queues = plan.model, plan.model.queues
    grid = _every(model, len(queues.keys))
    mine = slice(queues.rows.start, None)

    def columns(option: Option) -> Columns:
        run = option.projection
        return {
            "month": grid.labels,
            "queue": grid.name(key.queue for key in queues.keys),
            "class": grid.name(key.name for key in queues.keys),
            "arrivals": grid.pick(run.newly_due[0, :, mine]),
            "due": grid.pick(run.due[0, :, mine]),
            "done": grid.pick(run.done[0, :, mine]),
            "lapsed": grid.pick(run.lapsed[0]),
            "waiting": grid.pick(run.outstanding[0, :, mine]),
            "in_date": grid.pick(run.in_date(model)[0, :, mine]),
            "longest_wait_months": grid.pick(run.longest_wait[0, :, mine]).astype(np.int64),
            "completion": grid.pick(run.completion[0, :, mine]),
            "past_deadline": grid.pick(run.past_deadline[0]),
        }

    return _stacked(plan, columns)


def _due_in_time(plan: PlanResult) -> pd.DataFrame:
    """Return demand: what falls due when all is done in time, and the hours that it takes."""
    model = plan.model
    grid = _every(model, len(model.rows))
    due = falls_due(model, plan.caseload)[0]
    return pd.DataFrame(
        {
            "month": grid.labels,
            "team": grid.name(model.teams[n] for n in model.duties.team_of),
            "cohort": grid.name(key.cohort or None for key in model.rows),  # type: ignore[misc]
            "duty": grid.name(key.duty for key in model.rows),
            "tier": grid.name(key.tier for key in model.rows),
            "falls_due": grid.pick(due),
            "hours": grid.pick(due * model.duties.hours[0]),
        }
    )


def known_figures(known: LastKnown) -> pd.DataFrame:
    """Return what a history says, figure by figure.

    What a model that agrees with them makes of each (middle, low, high, agrees) is blank here.
    """
    rows = [{name: getattr(one, name) for name in KNOWN} for one in known.history.figures]
    blank = dict.fromkeys(("middle", "low", "high"), np.nan)
    frame = pd.DataFrame(rows, columns=[*KNOWN]).assign(**blank)
    return frame.assign(agrees=None)


def _inflows(plan: PlanResult) -> pd.DataFrame:
    """Return new cases by named inflow, for the tiers that it may join."""
    model = plan.model
    named = model.scenario.settings.inflows
    joins = np.array(
        [
            [key.cohort == flow.cohort and flow.tier in (None, key.tier) for key in model.tiers]
            for flow in named
        ],
        dtype=bool,
    ).reshape(len(named), len(model.tiers))
    month, flow, tier = np.nonzero(np.broadcast_to(joins, (model.months, *joins.shape)))
    return pd.DataFrame(
        {
            "month": _words(model.calendar.labels)[month],
            "name": _words(model.inflow_names)[flow],
            "cohort": _words(key.cohort for key in model.tiers)[tier],
            "tier": _words(key.tier for key in model.tiers)[tier],
            "entrants": model.caseloads.inflows[0][month, flow, tier],
        }
    )


def _backlog_age(plan: PlanResult) -> pd.DataFrame:
    """Return outstanding duties by the months that they have been so."""
    model = plan.model
    labels = _words(model.calendar.labels)
    cohorts = _words(key.cohort or None for key in model.rows)  # type: ignore[misc]
    duties = _words(key.duty for key in model.rows)
    tiers = _words(key.tier for key in model.rows)

    def columns(option: Option) -> Columns:
        found = []
        for t, waiting in enumerate(option.projection.waiting):
            row, age = np.nonzero(waiting[0] > NOTHING)
            found.append((np.full(len(row), t), row, age, waiting[0][row, age]))
        month, row, age, cases = (np.concatenate(part) for part in zip(*found, strict=True))
        return {
            "month": labels[month],
            "cohort": cohorts[row],
            "duty": duties[row],
            "tier": tiers[row],
            "months_outstanding": age + 1,
            "cases": cases,
        }

    return _stacked(plan, columns)


def _overdue(plan: PlanResult) -> pd.DataFrame:
    """Return by year what is left overdue and unseen, weighed by risk (EQ31).

    A tier without a duty has a row where somebody in it was owed one before.
    """
    model, years = plan.model, plan.model.calendar.year_of
    by_year = (years == np.arange(len(model.calendar.years))[:, None]).astype(float)
    owed = by_year @ (model.duties.per_year[0] > 0) > 0
    parts = []
    for option in plan.options:
        found = outcomes.outcomes(model, option.projection.caseload, option.projection)
        known, since = by_year @ found.followed, by_year @ found.months_since
        year, row = np.nonzero(owed | (known > NOTHING))
        keys = [model.rows[n] for n in row]

        def pick(series: Array, year: Any = year, row: Any = row) -> Array:
            return np.asarray((by_year @ series)[year, row])

        parts.append(
            pd.DataFrame(
                {
                    "option": option.name,
                    "year": _words(model.calendar.years)[year],
                    "cohort": _words(key.cohort or None for key in keys),  # type: ignore[misc]
                    "duty": _words(key.duty for key in keys),
                    "tier": _words(key.tier for key in keys),
                    "case_months": pick(found.overdue),
                    "weighted": pick(found.weighted),
                    "unseen": pick(found.unseen),
                    "weighted_unseen": pick(found.weighted_unseen),
                    "mean_days_since_done": share_of(since, known)[year, row] * DAYS_A_MONTH,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


# People and hours --------------------------------------------------------------------------


def _staffing(plan: PlanResult) -> pd.DataFrame:
    """Return posts and people by grade."""
    model = plan.model
    grid = _every(model, len(model.grades))

    def columns(option: Option) -> Columns:
        staff = option.staff
        return {
            "month": grid.labels,
            "team": grid.name(key.team for key in model.grades),
            "grade": grid.name(key.grade for key in model.grades),
            "posts": grid.pick(staff.posts[0]),
            "in_post": grid.pick(staff.in_post[0]),
            "joiners": grid.pick(staff.joiners[0]),
            "leavers": grid.pick(staff.leavers[0]),
            "releases": grid.pick(staff.releases[0]),
            "effective_fte": grid.pick(staff.effective[0]),
        }

    return _stacked(plan, columns)


def _hours(plan: PlanResult) -> pd.DataFrame:
    """Return where each team's hours come from and go; both sides add up to the same.

    available + overtime + received − lent = other_work − cut_short − short + duties + not_shared
    + not_worked + unused; what is borrowed, as lent, yields what is received.
    """
    model = plan.model
    grid = _every(model, len(model.teams))

    def columns(option: Option) -> Columns:
        run = option.projection
        return {
            "month": grid.labels,
            "team": grid.name(model.teams),
            "available": grid.pick(run.own[0]),
            "other_work": grid.pick(run.other_work[0]),
            "duties": grid.pick(run.duty_hours[0]),
            "overtime": grid.pick(run.overtime[0]),
            "borrowed": grid.pick(run.borrowed[0]),
            "lent": grid.pick(run.lent[0]),
            "unused": grid.pick(run.unused[0]),
            "short": grid.pick(run.short[0]),
            "cut_short": grid.pick(run.cut_short[0]),
            "not_shared": grid.pick(run.not_shared[0]),
            "not_worked": grid.pick(run.not_worked[0]),
            "received": grid.pick(run.received[0]),
        }

    return _stacked(plan, columns)


def _lending(plan: PlanResult) -> pd.DataFrame:
    """Return hours lent, as lent, by rule."""
    model = plan.model
    grid = _every(model, len(model.lending))

    def columns(option: Option) -> Columns:
        return {
            "month": grid.labels,
            "from": grid.name(model.teams[rule.lender] for rule in model.lending),
            "to": grid.name(model.teams[rule.borrower] for rule in model.lending),
            "hours": grid.pick(option.projection.lending[0]),
        }

    return _stacked(plan, columns)


def _work(plan: PlanResult) -> pd.DataFrame:
    """Return hours by activity: other work as asked for, then duties done, early ones too."""
    model = plan.model
    asked = [(model.teams[team], name, "other work") for team, name in plan.demand.names]
    of_row = [
        (model.teams[team], key.duty, "duty" if key.cohort else "queue")
        for team, key in zip(model.duties.team_of, model.rows, strict=True)
    ]
    duties = list(dict.fromkeys(of_row))
    place = np.array([duties.index(one) for one in of_row], dtype=int)
    member = (place[:, None] == np.arange(len(duties))).astype(float)
    names = [*asked, *duties]
    grid = _every(model, len(names))

    def columns(option: Option) -> Columns:
        run = option.projection
        other = replace(plan.demand, caseload=run.caseload).by_name[0]
        hours = (run.done[0] + run.done_early[0]) * model.duties.hours[0]
        return {
            "month": grid.labels,
            "team": grid.name(team for team, _, _ in names),
            "activity": grid.name(activity for _, activity, _ in names),
            "hours": grid.pick(np.concatenate([other, hours @ member], axis=1)),
            "kind": grid.name(kind for _, _, kind in names),
        }

    return _stacked(plan, columns)


def _ratios(plan: PlanResult) -> pd.DataFrame:
    """Return cases for each officer, with and without those who are owed nothing planned."""
    model = plan.model
    grid = _every(model, len(model.cohorts))
    here = model.caseloads.cohort_of[:, None] == np.arange(len(model.cohorts))
    every = here.astype(float)
    member = (here & model.caseloads.community[:, None]).astype(float)
    cases = plan.cases.cases[0]
    counted = cases * model.caseloads.counts[0]
    active = cases * model.owed
    limit = _limits(model)

    def columns(option: Option) -> Columns:
        officers = option.projection.officers[0][:, model.team_of_cohort]
        return {
            "month": grid.labels,
            "cohort": grid.name(model.cohorts),
            "cases": grid.pick(cases @ member),
            "cases_without_reactive": grid.pick(active @ member),
            "officers": grid.pick(officers),
            "cases_per_officer": grid.pick(share_of(counted @ every, officers)),
            "limit": grid.pick(limit),
            "cases_per_officer_without_reactive": grid.pick(share_of(active @ member, officers)),
        }

    return _stacked(plan, columns)


def _limits(model: Model) -> Array:
    """Return the lowest limit in force on all cases, else NaN.

    A limit on some tiers is left out: it is not to be compared with cases of every tier.

    Returns:
        Shape: [month, cohort].
    """
    limit = np.full((model.months, len(model.cohorts)), np.nan)
    for rule in model.rules.caseloads:
        if not counts_every_tier(model, rule):
            continue
        level = float(np.ravel(rule.level)[0])
        limit[rule.first :, rule.cohort] = np.fmin(limit[rule.first :, rule.cohort], level)
    return limit


# Standards and sizing ----------------------------------------------------------------------


def _first(numbers: Sequence[Any]) -> Any:
    """Return the central case of numbers that may have draws."""
    return np.array([np.ravel(number)[0] for number in numbers])


def _standards(plan: PlanResult) -> pd.DataFrame:
    """Return every standard judged in every period."""

    def columns(option: Option) -> Columns:
        judged = option.judgements
        return {
            "name": _words(one.standard for one in judged),
            "cohort": _words(one.cohort for one in judged),  # type: ignore[misc]
            "duty": _words(one.duty for one in judged),  # type: ignore[misc]
            "tier": _words(one.tier for one in judged),  # type: ignore[misc]
            "period": _words(one.period.name for one in judged),
            "required": _first([one.required for one in judged]).astype(float),
            "achieved": _first([one.achieved for one in judged]).astype(float),
            "met": _first([one.met for one in judged]).astype(bool),
        }

    return _stacked(plan, columns)


def _shortfalls(plan: PlanResult) -> pd.DataFrame:
    """Return by how much the plan misses what it misses, hours that lack for other work last."""
    found = [
        (
            one.standard,
            one.tier,
            one.period.name,
            one.unit,
            float(one.missed_by[0]),
            one.cohort,
            one.duty,
            None,
        )
        for one in missed(plan)
    ]
    model, short = plan.model, plan.options[-1].projection.short[0]
    for month, team in np.argwhere(short > NOTHING):
        label = model.calendar.labels[month]
        found.append(
            (
                "Hours for other work",
                None,
                label,
                "hours",
                float(short[month, team]),
                None,
                None,
                model.teams[team],
            )
        )
    names = ["standard", "tier", "period", "unit", "missed_by", "cohort", "duty", "team"]
    return pd.DataFrame.from_records(found, columns=names)


def _sizing(plan: PlanResult) -> pd.DataFrame:
    """Return how the team needed was found; no row where sizing was left out."""
    found = plan.sizing
    names = ["status", "gap", "cost", "missed_in_strict_order", "bound", "relaxed_cost"]
    rows = [] if found is None else [[getattr(found, name) for name in names]]
    return pd.DataFrame(rows, columns=names)


def _last_post(plan: PlanResult) -> pd.DataFrame:
    """Return the post that avoids least for its money, and what one case-month costs (EQ31)."""
    names = ["team", "grade", "start", "cost", "weighted_avoided", "cost_per_case_month"]
    names += ["all_cost", "all_case_months_avoided", "all_weighted_avoided"]
    last, model = plan.last_post, plan.model
    if last is None:
        return pd.DataFrame(columns=names)
    start = model.calendar.labels[last.start]
    row = [*model.grades[last.grade], start, last.cost, last.avoided, last.price]
    none, every = last.with_none, last.with_all
    row += [every.cost - none.cost, none.case_months - every.case_months]
    row.append(none.weighted - every.weighted)
    return pd.DataFrame([row], columns=names)


# Money, assumptions and words --------------------------------------------------------------


def _costs(plan: PlanResult) -> pd.DataFrame:
    """Return costs by year, team and grade."""
    rows = [
        row
        for option in plan.options
        for row in costs.yearly(plan.model, option.costs, option.name)
    ]
    return _from_rows(rows, costs.YearCosts)


def _budget(plan: PlanResult) -> pd.DataFrame:
    """Return part-year and full-year effects, one-off and recurring costs, and who pays."""
    rows = [
        row
        for option in plan.options
        for row in costs.budget_rows(plan.model, option.costs, plan.today.costs, option.name)
    ]
    return _from_rows(rows, costs.BudgetRow)


def staffed(plan: PlanResult) -> mtfp.Staffed:
    """Return what the financial plan of the team needed is made from, else of current posts."""
    last = plan.options[-1]
    return mtfp.staffed(last.costs, last.staff.releases[0], plan.today.costs)


def _options(plan: PlanResult) -> pd.DataFrame:
    """Return the options side by side."""
    rows = costs.options_rows([(o.name, plan.model, o.projection, o.costs) for o in plan.options])
    return _from_rows(rows, costs.OptionRow)


def _assumptions(plan: PlanResult) -> pd.DataFrame:
    """Return the assumptions register, numbers as typed."""
    rows = assumptions.register(plan.scenario)
    frame = _from_rows(rows, assumptions.Assumption, from_month="from")
    for name in ("value", "low", "high"):
        frame[name] = pd.Series([getattr(row, name) for row in rows], dtype=object)
    return frame


def decided(rows: Iterable[Decision]) -> pd.DataFrame:
    """Return by when each added post must be approved, as a table."""
    return _from_rows(rows, Decision)


def summed_up(
    plan: PlanResult, why: Explanation | None = None, advice: Recommended | Agreed | None = None
) -> pd.DataFrame:
    """Return the headline figures and sentences.

    Args:
        plan: the plan for the central case.
        why: what explains it, which is told too.
        advice: the recommended plan, which is told first.
    """
    rows: list[SummaryFigure] = []
    if isinstance(advice, Agreed):
        rows += agreeing.figures(advice)
    elif advice is not None:
        rows += recommendation.sentences(advice)
    return _from_rows([*rows, *summary.figures(plan, why)], SummaryFigure)


# Why ---------------------------------------------------------------------------------------


def _plainly(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return a table with settings of any kind as numbers and text, dates as `YYYY-MM-DD`."""
    for name in names:
        plain = [_plain(value) for value in frame[name]]
        frame[name] = pd.Series(plain, dtype=object)
    return frame


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain(value["value"]) if "value" in value else str(dict(value))
    if isinstance(value, date):
        return value.isoformat()
    missing = isinstance(value, float) and np.isnan(value)
    return None if missing else value


def _fixes(why: Explanation) -> pd.DataFrame:
    """Return the smallest single changes that would make the plan possible."""
    return _plainly(_from_rows(why.fixes, Fix, from_="from"), "from", "to")


EXPLAINED: Mapping[str, Callable[[Explanation], pd.DataFrame]] = {
    "prices": lambda why: _from_rows(why.prices, Price),
    "reasons": lambda why: _from_rows(why.reasons, Reason),
    "fixes": _fixes,
    "marginal_posts": lambda why: _from_rows(why.marginal_posts, Bought),
    "headroom": lambda why: _from_rows(why.headroom, Room),
    "frontier": lambda why: _from_rows(why.frontier, Point),
    "gives_first": lambda why: _from_rows(why.gives_first, Giving),
}
"""Every table that explains a plan, and the function that makes it."""


def _figures_agreed(found: Agreed) -> pd.DataFrame:
    """Return known figures beside what simulations make of them."""
    facts = [
        {
            **{name: getattr(one.known.figure, name) for name in KNOWN},
            "measure": one.known.measure,
            "middle": one.middle,
            "low": one.low,
            "high": one.high,
            "agrees": one.agrees,
        }
        for one in found.figures
    ]
    return pd.DataFrame(facts)


def _narrowed(found: Agreed) -> pd.DataFrame:
    """Return the settings that known figures narrow."""
    rows = [
        {
            "setting": one.setting,
            **dict(zip(("p10", "p50", "p90"), one.before, strict=True)),
            **dict(zip(("known_p10", "known_p50", "known_p90"), one.after, strict=True)),
            "spread_left": one.left,
        }
        for one in found.settings
    ]
    return pd.DataFrame(rows, columns=NARROWED)


AGREED: Mapping[str, Callable[[Agreed], pd.DataFrame]] = {
    "known": _figures_agreed,
    "narrowed": _narrowed,
    "agreement": lambda found: _from_rows(tuple(agreeing.figures(found)), SummaryFigure),
}
"""Every table of how well simulations agree with what is known, and the function that makes it."""


RECOMMENDED: Mapping[str, Callable[[Recommended], pd.DataFrame]] = {
    "mtfp": lambda found: _from_rows(
        mtfp.rows(found.plan.model, recommended.staffed(found)), mtfp.MtfpRow
    ),
    "backfill": lambda found: _from_rows(
        backfill.rows(found.plan.model, recommended.staffed(found)), backfill.BackfillRow
    ),
    "funding": lambda found: _from_rows(
        mtfp.funding(found.plan.model, recommended.staffed(found)), mtfp.FundingRow
    ),
    "outturn": lambda found: _from_rows(
        tuple(outturn.rows(found.plan.model, recommended.staffed(found))), outturn.OutturnRow
    ),
    "decision": lambda found: _in_words(
        recommendation.agreed_in_words(found), recommended.PostsAgreed
    ),
    "ending": lambda found: _from_rows(recommended.ending(found), recommended.PostsEnding),
    "decision_beside": lambda found: _from_rows(
        recommended.beside(found), recommended.RecommendedFor
    ),
    "one_post_fewer": lambda found: _in_words(
        recommendation.one_fewer(found), recommended.OnePostFewer
    ),
    "layers": lambda found: _from_rows(layers.of_recommended(found), layers.Layer),
    "reviewed": lambda found: _from_rows(recommended.reviewed(found), recommended.ReviewedPosts),
    "reviewed_cost": lambda found: _from_rows(
        recommended.reviewed_cost(found), recommended.ReviewedCost
    ),
    "expected_cost": lambda found: _from_rows(
        recommended.expected_cost(found), recommended.ExpectedCost
    ),
    "expected_overdue": lambda found: _from_rows(found.simulated.overdue, ExpectedOverdue),
    "expected_hours": lambda found: _from_rows(found.simulated.hours, ExpectedHours),
    "falling_due": lambda found: _from_rows(found.simulated.falling_due, FallingDue),
    "position": lambda found: _from_rows(found.simulated.position, PositionFigure),
    "reached": lambda found: _from_rows(recommended.reached(found), recommended.ReachedBy),
    "reached_alone": lambda found: _from_rows(found.decision.alone, AskedAlone),
    "first_not_met": lambda found: _from_rows(
        recommended.first_not_met(found), recommended.FirstNotMet
    ),
    "review_rule": lambda found: _from_rows(recommended.review_rule(found), recommended.ReviewRow),
    "reviewed_beside": lambda found: _from_rows(recommended.rivals(found), recommended.Rival),
    "sensitivity": lambda found: _in_words(recommendation.by_third(found), Sensitivity),
    "value_of_knowing": lambda found: _from_rows(found.knowing, Knowing),
    "chances": lambda found: _from_rows(found.chances(), Chance),
    "bands": lambda found: _from_rows(found.simulated.bands, Band),
}
"""Every table of the recommended plan, and the function that makes it."""


def uncertain(found: Uncertainty) -> dict[str, pd.DataFrame]:
    """Return the tables of a simulation, by their names."""
    enough = [] if found.confident is None else list(found.confident.reached())
    posts = [] if found.confident is None else found.confident.by_year(found.plan)
    agreed = {}
    if found.agreed is not None:
        agreed = {name: build(found.agreed) for name, build in AGREED.items()}
    return agreed | {
        "bands": _from_rows(found.bands, Band),
        "chances": _from_rows(found.chances, Chance),
        "chance_by_posts": _from_rows(found.curve, TeamSize),
        "drivers": _from_rows(found.drivers, Driver),
        "confident": _from_rows(enough, Reached),
        "confident_posts": _from_rows(posts, PostsOfYear),
    }


def comparison(found: SideBySide) -> dict[str, pd.DataFrame]:
    """Return the tables of a comparison, by their names."""
    changes = _plainly(_from_rows(found.changes, Difference, from_="from"), "from", "to")
    parts = _plainly(_from_rows(found.contributions, Contribution, from_="from"), "from", "to")
    judged = []
    for name, plan in zip(found.names, found.plans, strict=True):
        table = _standards(plan)
        last = table["option"] == plan.options[-1].name
        judged.append(table[last].assign(option=name))
    told = [summary.SINGLE_COURSE, *found.words, *summary.events_beside(found.plans, found.names)]
    words = pd.DataFrame({"words": told})
    return {
        "changes": changes,
        "options": _from_rows(found.options, costs.OptionRow),
        "year_costs": _from_rows(found.year_costs, YearCost),
        "year_ends": _from_rows(found.year_ends, YearEnd),
        "standards": pd.concat(judged, ignore_index=True),
        "contributions": parts,
        "summary": words,
    }


TABLES: Mapping[str, Callable[[PlanResult], pd.DataFrame]] = {
    "projection": _projection,
    "caseload": _caseload,
    "queues": _queues,
    "due_in_time": _due_in_time,
    "inflows": _inflows,
    "backlog_age": _backlog_age,
    "overdue": _overdue,
    "staffing": _staffing,
    "hours": _hours,
    "lending": _lending,
    "work": _work,
    "ratios": _ratios,
    "standards": _standards,
    "shortfalls": _shortfalls,
    "costs": _costs,
    "budget": _budget,
    "mtfp": lambda plan: _from_rows(mtfp.rows(plan.model, staffed(plan)), mtfp.MtfpRow),
    "funding": lambda plan: _from_rows(mtfp.funding(plan.model, staffed(plan)), mtfp.FundingRow),
    "backfill": lambda plan: _from_rows(
        backfill.rows(plan.model, staffed(plan)), backfill.BackfillRow
    ),
    "outturn": lambda plan: _from_rows(
        tuple(outturn.rows(plan.model, staffed(plan))), outturn.OutturnRow
    ),
    "options": _options,
    "assumptions": _assumptions,
    "sizing": _sizing,
    "last_post": _last_post,
    "moves": lambda plan: _from_rows(moves.moves(plan), moves.Move),
    "layers": lambda plan: _from_rows(layers.layers(plan), layers.Layer),
    "decisions": lambda plan: decided(decisions.decisions(plan)),
    "summary": summed_up,
}
"""Every output table by name, and the function that makes it."""
