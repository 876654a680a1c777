"""What is left undone, weighed by risk, and how long since cases were last seen (EQ31).

The clock knows how long a case has been overdue, but not always when it was last seen: it may be
new, have come from another tier, or be where nothing is owed. So the clock is run once more with
cases parted by the months since each was done. Who is done when is not decided here: every age is
brought to what the projection left of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacity.engine import renewal
from capacity.engine.caseload import Caseload
from capacity.engine.model import Array, Model
from capacity.engine.projection import Projection

MIDDLE = 0.5
"""Of a month: when those who enter or are done in it do so, on average."""

NOBODY = 1e-15
"""Fewer cases than this are none."""


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of one way to staff, central case. Shape: [month, row]. Unit: case-months."""

    overdue: Array
    weighted: Array
    unseen: Array  # longer than the reference
    weighted_unseen: Array
    followed: Array  # cases whose months since they were done, or entered, are known
    months_since: Array  # those months, added up over the cases


def weighted(model: Model, run: Projection) -> Array:
    """Return case-months overdue, each weighed by the risk of its tier (EQ31).

    Args:
        model: the scenario as arrays.
        run: what is done.

    Returns:
        Weighted case-months. Shape: [draw, month, row].
    """
    return run.outstanding * model.duties.risk_weight


def outcomes(model: Model, caseload: Caseload, run: Projection) -> Outcomes:
    """Return what is left overdue and unseen, and the months since cases were done (EQ31).

    Args:
        model: the scenario as arrays.
        caseload: its cases.
        run: what is done, with waits kept by age. The first draw is followed.

    Returns:
        Outcomes by month and row.
    """
    follow = _Following(model, caseload)
    months = [follow.step(month, run) for month in range(model.months)]
    unseen, weighed, known, since = (np.stack(part) for part in zip(*months, strict=True))
    return Outcomes(
        overdue=run.outstanding[0],
        weighted=weighted(model, run)[0],
        unseen=unseen,
        weighted_unseen=weighed,
        followed=known,
        months_since=since,
    )


class _Following:
    """Runs the clock with cases parted by the months since they were done.

    In place of draws stand parts: cases done 0, 1, 2 … months ago, those done `far` months ago or
    longer, and last the months since they were done added up over all cases. What the clock does
    to cases it does to each of these.
    """

    def __init__(self, model: Model, caseload: Caseload) -> None:
        self.model, self.duties = model, model.duties
        self.far = max(1, int(model.duties.reference.max(initial=1)))
        entrants = np.zeros((self.far + 2, *caseload.entrants.shape[1:]))
        entrants[0] = caseload.entrants[0]  # since they entered: 0 months
        self.caseload = replace(caseload, entrants=entrants)
        self.dial = renewal.Dial(model, self.caseload)
        # By month and row: owed more than monthly, so that nothing is carried over.
        self.lapsing = model.duties.lapsing[0] > 0
        self._by_former_row()
        # By month and row: of a tier that is owed something, but not this.
        owed = model.owed[:, model.duties.tier_of]
        self.otherwise = owed & (model.duties.per_year.max(axis=0) <= 0)
        self.state = self._opening(renewal.opening(renewal.Dial(model, caseload)))

    def _by_former_row(self) -> None:
        """Lay out what belongs to former rows: those of a row's own block, by their places."""
        duties, self.place = self.duties, np.array(self.dial.place, dtype=int)
        places = np.arange(1 + self.place.max(initial=0))
        former = np.arange(len(self.place))[:, None] - self.place[:, None] + places
        former = np.minimum(former, len(self.place) - 1)
        mine = duties.block_of[former] == duties.block_of[:, None]
        reference = duties.reference[former] * mine  # of no row: never
        self.weight: Array = duties.risk_weight[former] * mine
        self.followed = reference > 0
        longer = reference <= np.arange(self.far + 1)[:, None, None]
        self.beyond = longer & self.followed  # [part, row, place]

    def _parted(self, cases: Array, since: Array) -> Array:
        """Return cases by part. Shape: [place], [place] → [part, place]."""
        parts = np.zeros((self.far + 2, len(cases)))
        parts[np.minimum(since, self.far), np.arange(len(cases))] = cases
        parts[-1] = cases * since
        return parts

    def _opening(self, known: renewal.Clocks) -> renewal.Clocks:
        """Return the state before the first month.

        Who is overdue was done an interval, and the months overdue, before. Who has no clock
        counts from the start.
        """
        duties, parts = self.duties, self.far + 2
        done_ago = np.zeros((parts, self.dial.cells))
        waiting = renewal.by_age(known)[0]
        parted = np.zeros((parts, *waiting.shape))
        unclocked = np.zeros((parts, *self.weight.shape))
        cases = self.model.caseloads.opening[0, duties.tier_of]
        for row, interval in enumerate(duties.opening_interval.tolist()):
            if interval:
                cells = slice(self.dial.first[row], self.dial.first[row] + interval)
                done_ago[:, cells] = self._parted(known.done_ago[0, cells], np.arange(interval))
                since = interval + np.arange(waiting.shape[1])
                parted[:, row] = self._parted(waiting[row], since)
            else:
                unclocked[0, row, self.place[row]] = cases[row]
        return _state(done_ago, parted, unclocked)

    def step(self, month: int, run: Projection) -> tuple[Array, Array, Array, Array]:
        """Carry the state through a month and return what is reported of it, by row."""
        older = self._older(self.state)
        due, _, _ = renewal.advance(self.dial, older, month)
        self.state = self._as_worked(due, run.states[month])
        self._own_rows(month)
        return self._reported(month, run)

    def _older(self, state: renewal.Clocks) -> renewal.Clocks:
        """Return the state with every case done a month longer ago."""

        def older(parts: Array) -> Array:
            later = np.zeros_like(parts)
            later[1:-1] = parts[:-2]
            later[-2] += parts[-2]
            later[-1] = parts[-1] + parts[:-1].sum(axis=0)
            return later

        assert state.unclocked is not None
        queues = {row: older(queue) for row, queue in state.older.items()}
        every = (state.done_ago, state.outstanding, state.unclocked)
        done_ago, outstanding, unclocked = (older(parts) for parts in every)
        return renewal.Clocks(done_ago, outstanding, queues, unclocked)

    def _as_worked(self, due: renewal.Clocks, end: renewal.Clocks) -> renewal.Clocks:
        """Return the state at the month's end: of each age as many as the projection left."""
        done_ago = _brought_to(due.done_ago, end.done_ago[0])
        for first, size in zip(self.dial.first, self.dial.size, strict=False):
            if size:  # those done this month
                done_ago[:, first] = 0.0
                done_ago[0, first] = end.done_ago[0, first]
        assert due.unclocked is not None
        left, there = renewal.by_age(end)[0], renewal.by_age(due)
        wide = max(left.shape[1], there.shape[2])
        left = np.pad(left, ((0, 0), (0, wide - left.shape[1])))
        there = np.pad(there, ((0, 0), (0, 0), (0, wide - there.shape[2])))
        return _state(done_ago, _brought_to(there, left), due.unclocked)

    def _reported(self, month: int, run: Projection) -> tuple[Array, Array, Array, Array]:
        """Return what is unseen, that weighed, cases followed and months since they were done."""
        duties, state = self.duties, self.state
        assert state.unclocked is not None
        by_former = state.unclocked.copy()
        clocked = np.flatnonzero(duties.interval[month] > 0)
        by_former[:, clocked, self.place[clocked]] += self._clocked(state)[:, clocked]
        cases, months = by_former[:-1], by_former[-1]
        beyond = (cases * self.beyond).sum(axis=0)
        known = (cases.sum(axis=0) * self.followed).sum(axis=1)
        since = (months * self.followed).sum(axis=1) + MIDDLE * known
        unseen, weighed = beyond.sum(axis=1), (beyond * self.weight).sum(axis=1)
        lapses = self.lapsing[month]
        missed = run.outstanding[0, month, lapses] / duties.lapsing[0, month, lapses]
        unseen[lapses], weighed[lapses] = missed, missed * duties.risk_weight[lapses]
        known[lapses] = since[lapses] = 0.0
        return unseen, weighed, known, since

    def _clocked(self, state: renewal.Clocks) -> Array:
        """Return the cases of rows with a clock, due or not. Shape: [part, row]."""
        ends = np.zeros((len(state.done_ago), self.dial.cells + 1))
        np.cumsum(state.done_ago, axis=1, out=ends[:, 1:])
        first = np.array(self.dial.first)
        there: Array = ends[:, first[1:]] - ends[:, first[:-1]] + state.outstanding
        return there

    def _own_rows(self, month: int) -> None:
        """Follow no longer those who came to a tier that is seen for something else.

        Who is owed the duty more than monthly counts as seen this month.
        """
        unclocked = self.state.unclocked
        assert unclocked is not None
        for row in np.flatnonzero(self.otherwise[month]).tolist():
            every = unclocked[:, row].sum(axis=1)
            unclocked[:, row] = 0.0
            unclocked[:, row, self.place[row]] = every
        for row in np.flatnonzero(self.lapsing[month]).tolist():
            unclocked[:, row] = 0.0
            cases = self.caseload.cases[0, month, self.duties.tier_of[row]]
            unclocked[0, row, self.place[row]] = cases


def _state(done_ago: Array, waiting: Array, unclocked: Array) -> renewal.Clocks:
    """Return a state from cases waiting by age. Shape of these: [part, row, months]."""
    longer = np.cumsum(waiting[:, :, ::-1], axis=2)[:, :, ::-1]
    older = {}
    for row in np.flatnonzero(longer[:-1, :, 1:].sum(axis=(0, 2)) > NOBODY).tolist():
        months = np.flatnonzero(longer[:-1, row].sum(axis=0) > NOBODY)
        older[row] = longer[:, row, 1 : months[-1] + 1].copy()
    return renewal.Clocks(done_ago, longer[:, :, 0], older, unclocked)


def _brought_to(parts: Array, left: Array) -> Array:
    """Return cases by part, evenly fewer, so that in all there are as many as are left."""
    there = parts[:-1].sum(axis=0)
    kept = np.divide(left, there, out=np.zeros_like(there), where=there > NOBODY)
    found: Array = parts * kept
    return found
