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
from capacity.engine.apart import repeated_draws
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
        run: what is done, with waits kept by age. Of many draws the first is told.

    Returns:
        Outcomes by month and row.
    """
    return of_draws(model, caseload, run)[0]


def of_draws(model: Model, caseload: Caseload, run: Projection) -> list[Outcomes]:
    """Return the same for every draw, which takes little longer than for one."""
    follow = _Following(model, caseload, len(run.outstanding))
    months = [follow.step(month, run) for month in range(model.months)]
    unseen, weighed, known, since = (np.stack(part, axis=1) for part in zip(*months, strict=True))
    heavy = weighted(model, run)
    return [
        Outcomes(run.outstanding[n], heavy[n], unseen[n], weighed[n], known[n], since[n])
        for n in range(len(run.outstanding))
    ]


class _Following:
    """Runs the clock with cases parted by the months since they were done.

    Each draw has parts: cases done 0, 1, 2 … months ago, those done `far` months ago or longer, and
    last the months since they were done added up over all cases. What the clock does to cases it
    does to each of these, so for the clock they stand in place of draws. Shape of a state:
    [part, draw, …].
    """

    def __init__(self, model: Model, caseload: Caseload, draws: int) -> None:
        self.model, self.duties, self.draws = model, model.duties, draws
        self.far = max(1, int(model.duties.reference.max(initial=1)))
        self.parts = self.far + 2
        entrants = np.zeros((self.parts, draws, *caseload.entrants.shape[1:]))
        entrants[0] = caseload.entrants  # since they entered: 0 months
        self.caseload = replace(
            repeated_draws(caseload, draws, self.parts), entrants=self._flat(entrants)
        )
        self.cases = np.broadcast_to(caseload.cases, (draws, *caseload.cases.shape[1:]))
        self.dial = renewal.Dial(model, self.caseload)
        # By month and row: owed more than monthly, so that nothing is carried over.
        self.lapsing = model.duties.lapsing[0] > 0
        self._by_former_row()
        # By month and row: of a tier that is owed something, but not this.
        owed = model.owed[:, model.duties.tier_of]
        self.otherwise = owed & (model.duties.per_year.max(axis=0) <= 0)
        self.state = self._opening(renewal.opening(renewal.Dial(model, caseload)))

    def _flat(self, parts: Array) -> Array:
        """Return parts of draws one after the other, as the clock takes draws."""
        return parts.reshape(self.parts * self.draws, *parts.shape[2:])

    def _of_draws(self, flat: Array) -> Array:
        """Return the same by part and draw."""
        return flat.reshape(self.parts, self.draws, *flat.shape[1:])

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
        """Return cases by part. Shape: [draw, place], [place] → [part, draw, place]."""
        parts = np.zeros((self.parts, *cases.shape))
        months = np.minimum(since, self.far).tolist()
        for place in range(cases.shape[1]):  # nobody is there in a queue
            parts[months[place], :, place] = cases[:, place]
        parts[-1] = cases * since
        return parts

    def _opening(self, known: renewal.Clocks) -> renewal.Clocks:
        """Return the state before the first month.

        Who is overdue was done an interval, and the months overdue, before. Who has no clock
        counts from the start.
        """
        duties, shape = self.duties, (self.parts, self.draws)
        done_ago = np.zeros((*shape, self.dial.cells))
        waiting = renewal.by_age(known)
        parted = np.zeros((*shape, *waiting.shape[1:]))
        unclocked = np.zeros((*shape, *self.weight.shape))
        cases = self.model.caseloads.opening[:, duties.tier_of]
        for row, interval in enumerate(duties.opening_interval.tolist()):
            if interval:
                cells = slice(self.dial.first[row], self.dial.first[row] + interval)
                done_ago[:, :, cells] = self._parted(known.done_ago[:, cells], np.arange(interval))
                since = interval + np.arange(waiting.shape[2])
                parted[:, :, row] = self._parted(waiting[:, row], since)
            else:
                unclocked[0, :, row, self.place[row]] = cases[:, row]
        return _state(done_ago, parted, unclocked)

    def step(self, month: int, run: Projection) -> tuple[Array, Array, Array, Array]:
        """Carry the state through a month and return what is reported of it, by row."""
        due, _, _ = renewal.advance(self.dial, self._older(self.state), month)
        self.state = self._as_worked(due, run.states[month])
        self._own_rows(month)
        return self._reported(month, run)

    def _older(self, state: renewal.Clocks) -> renewal.Clocks:
        """Return the state with every case done a month longer ago, as the clock takes it."""

        def older(parts: Array) -> Array:
            later = np.zeros_like(parts)
            later[1:-1] = parts[:-2]
            later[-2] += parts[-2]
            later[-1] = parts[-1] + parts[:-1].sum(axis=0)
            return self._flat(later)

        assert state.unclocked is not None
        queues = {row: older(queue) for row, queue in state.older.items()}
        every = (state.done_ago, state.outstanding, state.unclocked)
        done_ago, outstanding, unclocked = (older(parts) for parts in every)
        return renewal.Clocks(done_ago, outstanding, queues, unclocked)

    def _as_worked(self, due: renewal.Clocks, end: renewal.Clocks) -> renewal.Clocks:
        """Return the state at the month's end: of each age as many as the projection left."""
        done_ago = _brought_to(self._of_draws(due.done_ago), end.done_ago)
        for first, size in zip(self.dial.first, self.dial.size, strict=False):
            if size:  # those done this month
                done_ago[:, :, first] = 0.0
                done_ago[0, :, first] = end.done_ago[:, first]
        assert due.unclocked is not None
        left, there = renewal.by_age(end), renewal.by_age(due)
        wide = max(left.shape[2], there.shape[2])
        left, there = (
            np.pad(one, ((0, 0), (0, 0), (0, wide - one.shape[2]))) for one in (left, there)
        )
        waiting = _brought_to(self._of_draws(there), left)
        return _state(done_ago, waiting, self._of_draws(due.unclocked))

    def _reported(self, month: int, run: Projection) -> tuple[Array, Array, Array, Array]:
        """Return what is unseen, that weighed, cases followed and months since they were done."""
        duties, state = self.duties, self.state
        assert state.unclocked is not None
        by_former = state.unclocked.copy()
        clocked = np.flatnonzero(duties.interval[month] > 0)
        by_former[:, :, clocked, self.place[clocked]] += self._clocked(state)[:, :, clocked]
        cases, months = by_former[:-1], by_former[-1]
        beyond = (cases * self.beyond[:, None]).sum(axis=0)
        known = (cases.sum(axis=0) * self.followed).sum(axis=2)
        since = (months * self.followed).sum(axis=2) + MIDDLE * known
        unseen, weighed = beyond.sum(axis=2), (beyond * self.weight).sum(axis=2)
        lapses = np.flatnonzero(self.lapsing[month])
        missed = run.outstanding[:, month, lapses] / duties.lapsing[:, month, lapses]
        unseen[:, lapses], weighed[:, lapses] = missed, missed * duties.risk_weight[lapses]
        known[:, lapses] = since[:, lapses] = 0.0
        return unseen, weighed, known, since

    def _clocked(self, state: renewal.Clocks) -> Array:
        """Return the cases of rows with a clock, due or not. Shape: [part, draw, row]."""
        ends = np.zeros((*state.done_ago.shape[:2], self.dial.cells + 1))
        np.cumsum(state.done_ago, axis=2, out=ends[:, :, 1:])
        first = np.array(self.dial.first)
        there: Array = ends[:, :, first[1:]] - ends[:, :, first[:-1]] + state.outstanding
        return there

    def _own_rows(self, month: int) -> None:
        """Follow no longer those who came to a tier that is seen for something else.

        Who is owed the duty more than monthly counts as seen this month.
        """
        unclocked = self.state.unclocked
        assert unclocked is not None
        for row in np.flatnonzero(self.otherwise[month]).tolist():
            every = unclocked[:, :, row].sum(axis=2)
            unclocked[:, :, row] = 0.0
            unclocked[:, :, row, self.place[row]] = every
        for row in np.flatnonzero(self.lapsing[month]).tolist():
            unclocked[:, :, row] = 0.0
            cases = self.cases[:, month, self.duties.tier_of[row]]
            unclocked[0, :, row, self.place[row]] = cases


def _state(done_ago: Array, waiting: Array, unclocked: Array) -> renewal.Clocks:
    """Return a state from cases waiting by age. Shape of these: [part, draw, row, months]."""
    longer = np.cumsum(waiting[..., ::-1], axis=3)[..., ::-1]
    older = {}
    for row in np.flatnonzero(longer[:-1, :, :, 1:].sum(axis=(0, 1, 3)) > NOBODY).tolist():
        months = np.flatnonzero(longer[:-1, :, row].sum(axis=(0, 1)) > NOBODY)
        older[row] = longer[:, :, row, 1 : months[-1] + 1].copy()
    return renewal.Clocks(done_ago, longer[..., 0], older, unclocked)


def _brought_to(parts: Array, left: Array) -> Array:
    """Return cases by part, evenly fewer, so that in all there are as many as are left."""
    there = parts[:-1].sum(axis=0)
    kept = np.divide(left, there, out=np.zeros_like(there), where=there > NOBODY)
    found: Array = parts * kept
    return found
