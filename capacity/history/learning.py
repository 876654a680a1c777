"""How a team worked in the months that are known, and what it would go on to do (EQ13, EQ24).

Each number is a weighted mean of the months known, recent ones counting more; nothing that came
later is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from capacity.engine import service
from capacity.engine.model import Array, Flags, Model, Rule, Whole
from capacity.engine.projection import Projection, Record
from capacity.files.monthly import Figure

WINDOW = 12
"""Months from which a way of working is learnt."""

HALF_LIFE = 12.0
"""Months after which a month counts half as much."""

LEAST_BEFORE = 3
"""Months from which anything can be said of a way of working."""

CHANGED = 5.0
LEAST_CHANGE = 0.05
"""A team has changed its ways where the logs of its effort before and after a month, at least
LEAST_BEFORE months each, lie so many standard errors apart, and so far. Of months that go together
as 0.3 of a difference does, one year in a hundred looks like a change that is none; of changes by
three times what months differ by seven in ten are found after half a year."""

YEAR = 12
YEARS = 2
"""That must be known before a season is told of: one year may differ for any reason."""
SEASON_SWING = 0.1
MONTHS_SWING = 0.1
"""What is expected, before any month is seen, of how far the months of a year lie from each other
for a season that comes again and for no such reason: standard deviations of the log of effort."""

RATES = (0.001, 0.999)
"""Between which shares done are taken, so that their log-odds are finite."""

LEAST_SEEN = 6
"""Months of newly due that must be known before early visits are read off them."""

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
        whole: whether all that the teams do was seen. Who is served first is learnt only then:
            what is not recorded may come before or after.
        seen: rows of which something done was seen. Shape: [row].
        effort_error: standard error of the log of effort. Shape: [team].
        focus_error: standard error of focus. Shape: [row].
        early_error: standard error of early. Shape: [row].
        months: those learnt from, from 0.
        season: log of how far effort of a month of the year lies above that of the others, as far
            as it is likely to come again. Shape: [month of the year from January, team].
        effort_by: each month's effort as a multiple of effort in its season. Shape: [month, team].
        effort_swing: how far the log of a month's effort lies from what could have been expected
            of it in other years: standard deviation. Shape: [team].
        focus_by: what each month's log-odds are above focus. Shape: [month, row].
        early_by: each month's early visits as a multiple of early. Shape: [month, row].
        focus_swing: how far focus of a month lies from the year's, beyond what few visits make of
            it by chance: standard deviation. Shape: [row].
        since: place among the months of the first one after a team changed how much it does; 0
            where it did not. What came before is not learnt from. Shape: [team].
        change: effort since then ÷ effort before; 1 where it did not change. Shape: [team].
    """

    effort: Array
    focus: Array
    early: Array
    effort_now: Array
    focus_now: Array
    lasting: Array
    whole: bool
    seen: Flags
    effort_error: Array
    focus_error: Array
    early_error: Array
    months: Whole
    season: Array
    effort_by: Array
    effort_swing: Array
    focus_by: Array
    early_by: Array
    focus_swing: Array
    since: Whole
    change: Array


def recorded(
    model: Model, figures: Sequence[Figure], places: Sequence[tuple[int, Whole]], last: int
) -> tuple[Record, Array]:
    """Return what figures of single rows say was done up to a month.

    Args:
        model: the scenario as arrays, from the history's first month.
        figures: monthly figures.
        places: by figure, its month, from 0, and the rows it is of.
        last: the last month known, from 0.

    Returns:
        A record, and who fell due each month; NaN where that is not known.
        Shape: [month, row].
    """
    shape = (model.months, len(model.rows))
    found = {name: np.full(shape, np.nan) for name in ("done", "done_early", "outstanding")}
    due, newly = np.full(shape, np.nan), np.full(shape, np.nan)
    for one, (month, rows) in zip(figures, places, strict=True):
        if len(rows) != 1 or one.months != 1 or one.compare or month > min(last, model.months - 1):
            continue
        if one.measure in found:
            found[one.measure][month, rows[0]] = one.value
        elif one.measure == "due":
            due[month, rows[0]] = one.value
        elif one.measure == "newly_due":
            newly[month, rows[0]] = one.value
    left = due - found["done"]
    found["outstanding"] = np.where(
        np.isnan(found["outstanding"]), np.maximum(0.0, left), found["outstanding"]
    )
    worked = due - found["outstanding"]
    found["done"] = np.where(np.isnan(found["done"]), np.maximum(0.0, worked), found["done"])
    return Record(last, **found), newly


def shared_out(
    model: Model,
    run: Projection,
    record: Record,
    figures: Sequence[Figure],
    places: Sequence[tuple[int, Whole]],
) -> Record:
    """Return a record with figures of several rows shared out by the order of service (EQ13).

    What was due goes to the rows as in a projection, and what was done of it as the hours would:
    the share that the order gives each. Where only a share of one row is known, what was done is
    that share of what is due in the projection.

    Args:
        model: the scenario as arrays.
        run: the projection through the months known, as far as they are.
        record: what is known of single rows.
        figures: monthly figures.
        places: by figure, its month, from 0, and the rows it is of.
    """
    totals: dict[tuple[int, tuple[int, ...]], dict[str, float]] = {}
    for one, (month, rows) in zip(figures, places, strict=True):
        told = one.measure in ("due", "done", "outstanding", "completion")
        if told and one.months == 1 and not one.compare and month <= record.last and len(rows):
            totals.setdefault((month, tuple(rows.tolist())), {})[one.measure] = one.value
    done, outstanding = record.done.copy(), record.outstanding.copy()
    order = model.duties.order.tolist()
    rule: Rule = "soft" if model.duties.rule == "soft" else "strict"
    for (month, several), given in totals.items():
        if given.keys() == {"due"}:
            continue  # nothing says what was done of it
        places_ = [row for row in order if row in several]
        if np.isfinite(record.done[month, places_]).any():
            continue  # single rows have their own
        there = run.due[0, month, places_]
        every = float(there.sum())
        total = _total_due(given, every)
        if total is None or every <= 0:
            continue
        due = there * total / every
        asked = np.zeros((1, len(model.rows)))
        asked[0, places_] = model.duties.access[0, month, places_] * due
        of_all = given["done"] if "done" in given else total - _left(given, total)
        of_all = float(np.clip(of_all, 0.0, total))
        team = service.ServedTeam(places_, np.array([of_all]))
        focus = model.duties.focus[:1, month]
        share, _ = service.hand_out(rule, asked, np.ones_like(asked), [team], focus)
        done[month, places_] = share[0, places_]
        outstanding[month, places_] = due - share[0, places_]
    return replace(record, done=done, outstanding=outstanding)


def _total_due(given: Mapping[str, float], projected: float) -> float | None:
    """Return how many were due by what is known of a total; None where nothing says how many."""
    done, left, share = (given.get(name) for name in ("done", "outstanding", "completion"))
    if "due" in given:
        return given["due"]
    if done is not None and left is not None:
        return done + left
    if share is not None and share > 0 and done is not None:
        return done / share
    if share is not None and share < 1 and left is not None:
        return left / (1.0 - share)
    if done is not None:
        return max(projected, done)
    return max(projected, left) if left is not None else projected if share is not None else None


def _left(given: Mapping[str, float], due: float) -> float:
    """Return how many of those due were left, by what is known of a total."""
    return given["outstanding"] if "outstanding" in given else (1 - given["completion"]) * due


def with_early(
    model: Model, run: Projection, record: Record, newly: Array, counted: Flags
) -> Record:
    """Return a record with early visits where nobody counted them but fewer fell due than should.

    If a share e of those not yet due is done early each month, (1 - e)^(T - 1) of those done T
    months ago are left to fall due. So the share left tells e.

    Args:
        model: the scenario as arrays.
        run: the projection through the months known, by the record.
        record: what was done in them.
        newly: who fell due in them. Shape: [month, row].
        counted: whether early visits were counted. Shape: [row].

    Returns:
        The record, with early visits added where they were not known.
    """
    done_early = record.done_early.copy()
    months = np.arange(max(0, record.last + 1 - WINDOW), record.last + 1)
    weight = 0.5 ** ((record.last - months) / HALF_LIFE)
    every = np.arange(record.last + 1)
    for row, interval in enumerate(model.duties.interval[record.last].tolist()):
        seen = np.isfinite(newly[months, row])
        if interval < 2 or counted[row] or seen.sum() < LEAST_SEEN:
            continue
        joined = run.caseload.entrants[0, :, model.duties.tier_of[row]]
        reached = np.maximum(0.0, newly[months, row] - joined[months])[seen] @ weight[seen]
        expected = np.maximum(0.0, run.clock_due[0, months, row] - joined[months])[seen]
        left = _ratio(reached, expected @ weight[seen], nothing=1.0)
        early = 1.0 - float(np.clip(left, RATES[0], 1.0)) ** (1.0 / (interval - 1))
        not_due = run.cases[0, every, row] - run.outstanding[0, every, row]
        before = np.nan_to_num(run.done_early[0, every, row])
        done_early[every, row] = before + early * not_due * (interval - 1) / interval
    return replace(record, done_early=done_early)


def may_be_early(model: Model, record: Record) -> Model:
    """Return the model in which a row may be done early if it was, and nothing says how much.

    Args:
        model: the scenario as arrays.
        record: what was done in the months known.
    """
    duties = model.duties
    early = (np.nan_to_num(record.done_early) > 0).any(axis=0) & (duties.early == 0).all(axis=0)
    most = np.maximum(duties.interval - 1, 0)
    return replace(model, duties=replace(duties, early=np.where(early, most, duties.early)))


def learn(
    model: Model, run: Projection, record: Record, alone: Flags | None = None, first: int = 0
) -> Learnt:
    """Return how the teams worked in the last months that a record knows.

    Args:
        model: the scenario as arrays.
        run: the projection through the months known.
        record: what was done in them.
        alone: rows that have figures of their own; None: all. Who is served first is not read off
            what was shared out by an order. Shape: [row].
        first: the first month to learn from.

    Returns:
        Effort, focus and early visits, and how the last month differed.
    """
    every = np.arange(max(0, first), record.last + 1)
    months = every[-WINDOW:]
    recorded_months = _Worked.of(model, run, record, every)
    year = recorded_months.last(len(months))
    can, done, ahead = year.can, year.done, year.ahead
    known = np.isfinite(record.done[months])
    duties = model.duties
    counted = np.isfinite(record.done_early[months]).any(axis=0)
    rows, teams = len(model.rows), len(model.teams)
    found = Learnt(
        effort=np.ones(teams),
        focus=duties.focus[0, record.last].copy(),
        early=duties.early_rate[0, record.last].copy(),
        effort_now=np.zeros(teams),
        focus_now=np.zeros(rows),
        lasting=np.full(teams, PRIOR_LASTING),
        whole=False,
        seen=np.asarray(can.any(axis=0)),
        effort_error=np.zeros(teams),
        focus_error=np.zeros(rows),
        early_error=np.zeros(rows),
        months=months,
        season=np.zeros((YEAR, teams)),
        effort_by=np.ones((len(months), teams)),
        effort_swing=np.zeros(teams),
        focus_by=np.zeros((len(months), rows)),
        early_by=np.ones((len(months), rows)),
        focus_swing=np.zeros(rows),
        since=np.zeros(teams, dtype=np.int64),
        change=np.ones(teams),
    )
    owed = duties.per_year[0, record.last] > 0
    rows_seen = found.seen if alone is None else found.seen & alone
    of_them = np.isin(duties.team_of, duties.team_of[rows_seen]) & owed
    found = replace(found, whole=bool(rows_seen[of_them].all()))
    for team in range(teams):
        mine = [r for r in duties.order.tolist() if duties.team_of[r] == team]
        seen = [r for r in mine if can[:, r].any()]
        if not seen:
            continue
        weight = 0.5 ** ((record.last - months) / HALF_LIFE)
        since = _learn_effort(
            found, team, recorded_months.hours_of(team, mine), weight, of_year(model)[every]
        )
        weight[:since] = 0.0
        early = _ratio(weight @ ahead, weight @ done, nothing=0.0)
        found.early[mine] = np.where(counted, early, found.early)[mine]
        odds = _log_odds(_ratio(weight @ done, weight @ can))
        found.focus[seen] = odds[seen] - odds[seen[0]]
        _learn_rows(found, seen, _Year(can, done, ahead, weight), odds)
        last = [r for r in seen if known[-1, r] and can[-1, r] > 0]
        if last:
            usual = _log_odds(_ratio(done[-1], can[-1]))[last] - odds[last]
            found.focus_now[last] = usual - float(np.mean(usual))
    return found


@dataclass(frozen=True)
class _Worked:
    """Known months: what could be done, what was, and the hours there were for it.

    Attributes:
        can: whom visits could reach of those due. Shape: [month, row].
        done: of those due. Shape: [month, row].
        ahead: done early. Shape: [month, row].
        hours: that one takes. Shape: [month, row].
        offered: hours there were for duties. Shape: [month, team].
    """

    can: Array
    done: Array
    ahead: Array
    hours: Array
    offered: Array

    @classmethod
    def of(cls, model: Model, run: Projection, record: Record, months: Whole) -> _Worked:
        """Return what is known of some months."""
        known = np.isfinite(record.done[months])
        there = run.own + run.received + run.overtime - run.lent - run.not_shared
        return cls(
            can=np.where(known, (model.duties.access[0] * run.due[0])[months], 0.0),
            done=np.where(known, run.done[0, months], 0.0),
            ahead=np.where(known, run.done_early[0, months], 0.0),
            hours=model.duties.hours[0, months],
            offered=(there - (run.other_work - run.cut_short))[0, months],
        )

    def last(self, months: int) -> _Worked:
        """Return the last so many of the months."""
        return _Worked(*(getattr(self, one.name)[-months:] for one in fields(self)))

    def hours_of(self, team: int, mine: Sequence[int]) -> tuple[Array, Array]:
        """Return the hours that a team worked on its rows, and those there were for them.

        Returns:
            Shape of each: [month].
        """
        worked = ((self.done + self.ahead) * self.hours)[:, mine].sum(axis=1)
        # What was asked for counts those whom the team would have done early with the rest.
        year = self.last(WINDOW)
        along = _ratio(year.ahead.sum(axis=0), year.done.sum(axis=0), nothing=0.0)
        asked = (self.can * (1.0 + along) * self.hours)[:, mine].sum(axis=1)
        return worked, np.clip(self.offered[:, team], 0.0, asked)


def _learn_effort(
    found: Learnt, team: int, hours: tuple[Array, Array], weight: Array, of_year: Whole
) -> int:
    """Learn how much of its hours a team worked, in which season, and since when.

    Args:
        found: what is learnt; it is added to.
        team: its place.
        hours: worked, and there to be worked, in all months known. Shape of each: [month].
        weight: of the months learnt from, the last ones. Shape: [month].
        of_year: which month of the year each month known is, from 0. Shape: [month].

    Returns:
        The place, among the months learnt from, from which on the team has worked as it does now.
    """
    worked, there = hours
    logs = np.log(np.maximum(_ratio(worked, there, nothing=1.0), RATES[0]))
    level = np.where(there > 0, logs, np.nan)
    earlier, now = len(logs) - len(weight), of_year[-len(weight) :]
    # A change in the last year is judged by the seasons of the years before.
    apart = logs[earlier:] - season(level[:earlier], of_year[:earlier])[now]
    since = changed(apart)
    if since:
        found.since[team] = since
        found.change[team] = float(np.exp(apart[since:].mean() - apart[:since].mean()))
        level[: earlier + since] += np.log(found.change[team])
    found.season[:, team] = season(level, of_year)
    weight = np.where(np.arange(len(weight)) < since, 0.0, weight)
    usual = there[earlier:] * np.exp(found.season[now, team])
    effort = float(_ratio(weight @ worked[earlier:], weight @ usual, nothing=1.0))
    found.effort[team] = effort
    differences = logs[earlier:] - found.season[now, team] - np.log(max(RATES[0], effort))
    found.effort_now[team] = float(differences[-1])
    found.lasting[team] = _lasting(differences[since:])
    found.effort_error[team] = _error(differences[since:], weight[since:])
    found.effort_by[:, team] = np.exp(differences)
    others = np.array(
        [
            season(np.where(np.arange(len(logs)) == month, np.nan, level), of_year, YEARS - 1)[
                of_year[month]
            ]
            for month in range(earlier + since, len(logs))
        ]
    )
    found.effort_swing[team] = float(np.std(logs[earlier + since :] - others))
    return since


@dataclass(frozen=True)
class _Year:
    """The months learnt from. Shape: [month, row], of the weights [month]."""

    can: Array
    done: Array
    ahead: Array
    weight: Array


def _learn_rows(found: Learnt, seen: Sequence[int], year: _Year, odds: Array) -> None:
    """Learn of a team's rows how each month differed, and how sure focus and early visits are.

    Args:
        found: what is learnt, with focus and early visits; it is added to.
        seen: rows of the team of which something was seen, first-served first.
        year: the months.
        odds: log-odds of each row's share done over the year. Shape: [row].
    """
    monthly = _log_odds(_ratio(year.done, year.can))
    apart = monthly - monthly[:, seen[:1]] - (odds - odds[seen[0]])
    for row in seen:
        both = (year.can[:, row] > 0) & (year.can[:, seen[0]] > 0)
        done, ahead, early = year.done[:, row], year.ahead[:, row], found.early[row]
        found.focus_by[both, row] = apart[both, row]
        found.focus_swing[row] = _swing(apart[both, row], year.can[both, row], odds[row])
        found.focus_error[row] = _error(apart[both, row], year.weight[both])
        share = _ratio(ahead, done, nothing=np.nan)
        multiple = _ratio(share, np.full(len(share), early), nothing=1.0)
        found.early_by[:, row] = np.where(np.isnan(multiple), 1.0, multiple)
        usual_done = float(year.weight @ done) / float(year.weight.sum())
        error = _error(ahead - early * done, year.weight)
        found.early_error[row] = error / usual_done if usual_done > 0 else 0.0


def drift(run: Projection, record: Record) -> Array:
    """Return how many cases more than the clock says fell due in a month of the last year.

    The clock leaves things out: a new case that is not owed a visit at once, cases closed because
    a visit found nobody. What it misses month after month is likely to go on. It is drawn towards
    nothing by how unsure it is.

    Args:
        run: the projection through the months known, by the record.
        record: what was done in them.

    Returns:
        Cases; 0 where too little is known. Shape: [row].
    """
    first = max(1, record.last + 1 - WINDOW)  # the first month is counted from the file's opening
    months = np.arange(first, record.last + 1)
    counted = np.isfinite(record.done + record.outstanding)
    more = run.newly_due[0] - run.clock_due[0]
    found = np.zeros(more.shape[1])
    for row in range(len(found)):
        known = months[counted[months, row] & counted[months - 1, row]]
        if len(known) < LEAST_BEFORE:
            continue
        weight = 0.5 ** ((record.last - known) / HALF_LIFE)
        mean = float(_ratio(weight @ more[known, row], weight.sum(), nothing=0.0))
        square = mean * mean
        error = _error(more[known, row] - mean, weight)
        found[row] = mean * square / (square + error * error) if square else 0.0
    return found


def in_full_hours(model: Model) -> Model:
    """Return the model in which all hours for duties are worked, to see how many really were."""
    return replace(model, people=replace(model.people, effort=np.ones_like(model.people.effort)))


def as_learnt(model: Model, record: Record, learnt: Learnt) -> Model:
    """Return the model with which teams go on working as they did.

    Args:
        model: the scenario as arrays.
        record: what was done in the months known.
        learnt: how the teams worked in them.

    Returns:
        The model with effort, focus and early visits as learnt.
    """
    ahead = np.maximum(0, np.arange(model.months) - record.last)[:, None]
    fading = learnt.lasting[None] ** ahead
    usual = learnt.effort * np.exp(learnt.season[of_year(model)])
    effort = usual * np.exp(learnt.effort_now * fading)
    lasting = fading[:, model.duties.team_of]
    duties = model.duties
    rate = np.broadcast_to(learnt.early, (1, *duties.early.shape))
    changed = replace(duties, early_rate=np.where(duties.early > 0, rate, 0.0))
    if learnt.whole:
        focus = (learnt.focus + learnt.focus_now * lasting)[None]
        changed = replace(changed, rule="soft", focus=focus)
    people = replace(model.people, effort=effort[None])
    return replace(model, duties=changed, people=people)


def as_settings(model: Model, record: Record, learnt: Learnt) -> dict[str, float]:
    """Return a way of working as settings by their dotted names.

    Args:
        model: the scenario as arrays.
        record: what was done in the months known.
        learnt: how the teams worked in them.

    Returns:
        Focus of every tier that was seen, and early visits where there were any.
    """
    year = record.done[max(0, record.last + 1 - WINDOW) : record.last + 1]
    seen = np.asarray(np.isfinite(year).any(axis=0))
    found: dict[str, float] = {}
    for place, row in enumerate(model.rows):
        if not (seen[place] and learnt.whole):
            continue
        duty = row.task
        found[f"{duty}.focus.{row.tier}"] = round(min(0.0, float(learnt.focus[place])), 3)
        rate, ahead = float(learnt.early[place]), int(model.duties.early[record.last, place])
        if rate > 0 and ahead > 0:
            found[f"{duty}.early_share.{row.tier}"] = round(rate / (1 + rate), 4)
            found[f"{duty}.early_months.{row.tier}"] = ahead
    return found


def _ratio(part: Array, whole: Array, nothing: float = np.nan) -> Array:
    """Return part ÷ whole, and a given number where the whole is nothing."""
    some = np.asarray(whole) > 0
    return np.where(some, part / np.where(some, whole, 1.0), nothing)


def _swing(apart: Array, can: Array, odds: float) -> float:
    """Return how far monthly log-odds lie from their mean beyond what chance makes of few cases."""
    if len(apart) < LEAST_BEFORE:
        return 0.0
    share = 1.0 / (1.0 + np.exp(-odds))
    by_chance = float(np.mean(1.0 / np.maximum(1.0, can * share * (1.0 - share))))
    return float(np.sqrt(max(0.0, float(np.var(apart)) - by_chance)))


def _error(differences: Array, weight: Array) -> float:
    """Return the standard error of a weighted mean of months that go together.

    The months count for fewer, by the share of a month's difference that lasts. With fewer than
    three months nothing can be said, and the error is 0.
    """
    if len(differences) < LEAST_BEFORE or not weight.any():
        return 0.0
    share = weight / weight.sum()
    middle = float(share @ differences)
    spread = float(share @ (differences - middle) ** 2)
    lasting = _lasting(differences)
    return float(np.sqrt(spread * (share @ share) * (1 + lasting) / (1 - lasting)))


def _log_odds(share: Array) -> Array:
    """Return log-odds of shares kept off 0 and 1; 0 where there is no share."""
    inside = np.clip(np.nan_to_num(share, nan=0.5), *RATES)
    return np.log(inside / (1.0 - inside))


def of_year(model: Model) -> Whole:
    """Return which month of the year each month is, from 0 for January. Shape: [month]."""
    return np.array([int(label[5:]) - 1 for label in model.calendar.labels])


def season(logs: Array, months: Whole, years: int = YEARS) -> Array:
    """Return how far effort of each month of the year is expected to lie above that of others.

    Each month is set beside the mean of the twelve around it. What is left is averaged over years
    and drawn towards nothing, the more the fewer they are.

    Args:
        logs: of each month's effort, with no change of level among them; NaN where it is not to
            be looked at. Shape: [month].
        months: which month of the year each is, from 0. Shape: [month].
        years: times that each month of the year must be there.

    Returns:
        Logs of multiples whose mean is 1; 0 where too little is known. Shape: [month of the year].
    """
    found = np.zeros(YEAR)
    if np.bincount(months[np.isfinite(logs)], minlength=YEAR).min() < years:
        return found
    middle = np.clip(np.arange(len(logs)) - YEAR // 2, 0, len(logs) - YEAR)
    after = np.clip(middle + 1, 0, len(logs) - YEAR)
    around = [np.nanmean(logs[first : first + YEAR]) for first in range(len(logs) - YEAR + 1)]
    apart = logs - (np.take(around, middle) + np.take(around, after)) / 2
    against = (MONTHS_SWING / SEASON_SWING) ** 2
    for month in range(YEAR):
        seen = apart[(months == month) & np.isfinite(apart)]
        found[month] = seen.sum() / (len(seen) + against)
    return np.asarray(found - np.log(np.exp(found).mean()))


def changed(logs: Array) -> int:
    """Return the place of the first month after a team changed how much it does; 0 if it did not.

    Args:
        logs: of each month's effort.
    """
    most, found = CHANGED, 0
    for n in range(LEAST_BEFORE, len(logs) - LEAST_BEFORE + 1):
        before, after = logs[:n], logs[n:]
        apart = abs(float(after.mean() - before.mean()))
        squares = len(before) * float(before.var()) + len(after) * float(after.var())
        error = (squares / (len(logs) - 2) * (1 / len(before) + 1 / len(after))) ** 0.5
        errors = apart / max(error, RATES[0])
        if apart > LEAST_CHANGE and errors > most:
            most, found = errors, n
    return found


def _lasting(differences: Array) -> float:
    """Return the share of a month's difference that is still there the month after."""
    now, before = differences[1:], differences[:-1]
    size = float(before @ before)
    seen = float(now @ before) / size if size > 0 else PRIOR_LASTING
    seen = min(0.95, max(0.0, seen))
    months = len(now)
    return (months * seen + PRIOR_MONTHS * PRIOR_LASTING) / (months + PRIOR_MONTHS)
