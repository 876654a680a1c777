"""How a team worked in the months that are known, and what it would go on to do (EQ13, EQ24).

Each number is a weighted mean of the months known, recent ones counting more; nothing that came
later is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.engine.model import Array, Model, Whole
from capacity.engine.projection import Projection, Record
from capacity.history.files import Figure

WINDOW = 12
"""Months from which a way of working is learnt."""

HALF_LIFE = 12.0
"""Months after which a month counts half as much."""

RATES = (0.001, 0.999)
"""Between which shares done are taken, so that their log-odds are finite."""

PRIOR_MONTHS = 6.0
PRIOR_LASTING = 0.6
"""What is expected of how long a change lasts, and for how many months of evidence it counts."""


@dataclass(frozen=True)
class Learnt:
    """How a team worked up to a month.

    Attributes:
        effort: hours worked on duties ÷ hours there were for them, at most those asked for.
            Shape: [team].
        focus: log-odds against the first row of the team. Shape: [row].
        early: cases done early for each one done that was due. Shape: [row].
        effort_now: log of the last month's effort over the mean. Shape: [team].
        focus_now: the same of each row's log-odds. Shape: [row].
        lasting: share of a month's difference that is still there a month later. Shape: [team].
    """

    effort: Array
    focus: Array
    early: Array
    effort_now: Array
    focus_now: Array
    lasting: Array


def recorded(model: Model, figures: Sequence[Figure], places: Sequence[Whole], last: int) -> Record:
    """Return what figures of single rows say was done up to a month.

    Args:
        model: the scenario as arrays, from the history's first month.
        figures: monthly figures.
        places: by figure, its month and the rows it is of: month first.
        last: the last month known, from 0.

    Returns:
        A record without behaviour.
    """
    shape = (model.months, len(model.rows))
    found = {name: np.full(shape, np.nan) for name in ("done", "done_early", "outstanding")}
    due = np.full(shape, np.nan)
    for one, place in zip(figures, places, strict=True):
        month, rows = int(place[0]), place[1:]
        if len(rows) != 1 or one.compare or month > last or month >= model.months:
            continue
        if one.measure in found:
            found[one.measure][month, rows[0]] = one.value
        elif one.measure == "due":
            due[month, rows[0]] = one.value
    left = due - found["done"]
    found["outstanding"] = np.where(
        np.isnan(found["outstanding"]), np.maximum(0.0, left), found["outstanding"]
    )
    worked = due - found["outstanding"]
    found["done"] = np.where(np.isnan(found["done"]), np.maximum(0.0, worked), found["done"])
    return Record(last, **found, effort=np.ones((model.months, len(model.teams))))


def learn(model: Model, run: Projection, record: Record) -> Learnt:
    """Return how the teams worked in the last months that a record knows.

    Args:
        model: the scenario as arrays.
        run: the projection through the months known.
        record: what was done in them.

    Returns:
        Effort, focus and early visits, and how the last month differed.
    """
    months = np.arange(max(0, record.last + 1 - WINDOW), record.last + 1)
    weight = 0.5 ** ((record.last - months) / HALF_LIFE)
    duties = model.duties
    known = np.isfinite(record.done[months])
    can = np.where(known, (duties.access[0] * run.due[0])[months], 0.0)
    done = np.where(known, run.done[0, months], 0.0)
    odds = _log_odds(_ratio(weight @ done, weight @ can))
    by_month = _log_odds(_ratio(done, can))
    early = _ratio(weight @ run.done_early[0, months], weight @ done, nothing=0.0)
    known_early = np.isfinite(record.done_early[months]).any(axis=0)
    early = np.where(known_early, early, duties.early_rate[0, record.last])
    focus, focus_now = np.zeros(len(model.rows)), np.zeros(len(model.rows))
    teams = len(model.teams)
    effort, effort_now, lasting = np.ones(teams), np.zeros(teams), np.full(teams, PRIOR_LASTING)
    offered = (
        run.own + run.received + run.overtime - run.lent - run.not_shared
        - (run.other_work - run.cut_short)
    )[0, months]  # fmt: skip
    hours = duties.hours[0, months]
    for team in range(teams):
        rows = [r for r in duties.order.tolist() if duties.team_of[r] == team]
        seen = [r for r in rows if (weight @ can)[r] > 0]
        if not seen:
            continue
        first = seen[0]
        for row in rows:
            focus[row] = odds[row] - odds[first] if row in seen else duties.focus[0, -1, row]
        asked = (can * (1.0 + early) * hours)[:, rows].sum(axis=1)
        worked = ((done + run.done_early[0, months]) * hours)[:, rows].sum(axis=1)
        there = np.clip(offered[:, team], 0.0, asked)
        effort[team] = float(_ratio(weight @ worked, weight @ there, nothing=1.0))
        logs = np.log(np.maximum(_ratio(worked, there, nothing=1.0), RATES[0]) / effort[team])
        effort_now[team] = float(logs[-1])
        lasting[team] = _lasting(logs)
        usual = by_month[-1] - odds
        usual = np.where(known[-1] & (can[-1] > 0), usual, 0.0)
        together = float(np.mean(usual[seen]))
        focus_now[seen] = usual[seen] - together
    return Learnt(effort, focus, early, effort_now, focus_now, lasting)


def as_learnt(model: Model, record: Record, learnt: Learnt) -> tuple[Model, Record]:
    """Return the model and record with which teams go on working as they did.

    Args:
        model: the scenario as arrays.
        record: what was done in the months known.
        learnt: how the teams worked in them.

    Returns:
        The model with early visits as learnt, and the record with effort and focus by month.
    """
    ahead = np.maximum(0, np.arange(model.months) - record.last)[:, None]
    fading = learnt.lasting[None] ** ahead
    effort = learnt.effort * np.exp(learnt.effort_now * fading)
    lasting = fading[:, model.duties.team_of]
    focus = learnt.focus + learnt.focus_now * lasting
    duties = model.duties
    may = np.where(duties.early > 0, duties.early, duties.interval - 1)
    early = np.where((learnt.early > 0) & (duties.interval > 1), may, duties.early)
    rate = np.broadcast_to(learnt.early, (1, *early.shape))
    changed = replace(duties, early=early, early_rate=np.where(early > 0, rate, 0.0))
    return replace(model, duties=changed), replace(record, effort=effort, focus=focus)


def _ratio(part: Array, whole: Array, nothing: float = np.nan) -> Array:
    """Return part ÷ whole, and a given number where the whole is nothing."""
    some = np.asarray(whole) > 0
    return np.where(some, part / np.where(some, whole, 1.0), nothing)


def _log_odds(share: Array) -> Array:
    """Return log-odds of shares kept off 0 and 1; 0 where there is no share."""
    inside = np.clip(np.nan_to_num(share, nan=0.5), *RATES)
    return np.log(inside / (1.0 - inside))


def _lasting(differences: Array) -> float:
    """Return the share of a month's difference that is still there the month after."""
    now, before = differences[1:], differences[:-1]
    size = float(before @ before)
    seen = float(now @ before) / size if size > 0 else PRIOR_LASTING
    seen = min(0.95, max(0.0, seen))
    months = len(now)
    return (months * seen + PRIOR_MONTHS * PRIOR_LASTING) / (months + PRIOR_MONTHS)
