"""The renewal clock of every duty (EQ4–EQ7): who falls due, who waits, and for how long.

Cases are carried as numbers: how many were done a months ago, and how many have been outstanding
for j whole months or longer. Kept so, doing the oldest first is one subtraction. The functions
here know no draws: each draw is worked out by itself, with the same steps alone or among many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from capacity.engine.caseload import Caseload
from capacity.engine.model import Array, Model, Transfer, Whole, blank, summed

HALF_A_CASE = 0.5

MOST_AT_ONCE = 255
"""Months whose number fits the smallest of numbers."""

FORGOTTEN = 1e-12
"""Fewer cases than this have no waiting time of their own."""


Waits = Mapping[int, Array]


@dataclass(frozen=True)
class Clocks:
    """The state at a month's end. Unit: cases."""

    done_ago: Array  # [draw, cell]; a cell is one age of one row, see Dial
    outstanding: Array  # [draw, row]
    older: Waits  # by row that has any: [draw, j], for j + 1 whole months or longer
    unclocked: Array | None = None
    """Cases of rows without a clock by the last row that had one, where they are followed into
    such tiers (EQ31); [draw, row, place of the former row in its block, see Dial]."""


@dataclass(frozen=True)
class _Sum:
    """Shares of some cases added up elsewhere: each part in turn, its places all different."""

    origin: tuple[Whole, ...]
    pair: tuple[Whole, ...]
    target: tuple[Whole, ...]

    def add(self, to: Array, cases: Array, share: Array, *, empty: bool = False) -> None:
        """Add the shares of cases to where they go, which may be empty. Shape: [draw, …]."""
        # Turned so that the draws of one place are copied as a block.
        for origin, pair, target in zip(self.origin, self.pair, self.target, strict=True):
            part = cases.T[origin]
            part = np.multiply(part, share.T[pair], out=part if len(cases) == len(to) else None)
            if empty:
                to.T[target] = part
                empty = False
            else:
                to.T[target] += part


def _sum_of(entries: list[tuple[int, int, int]]) -> _Sum:
    """Return how to add up entries of origin, pair and target, each target once in each part."""
    parts: list[list[tuple[int, int, int]]] = []
    times: Counter[int] = Counter()
    for entry in entries:
        place = times[entry[2]]
        if place == len(parts):
            parts.append([])
        parts[place].append(entry)
        times[entry[2]] += 1
    columns = [np.array(part, dtype=int).T for part in parts]
    return _Sum(*(tuple(column[n] for column in columns) for n in range(3)))


@dataclass(frozen=True)
class _Step:
    """What moves where in a month of given intervals."""

    clocked: Whole  # rows with a clock
    newest: Whole  # the cells of those just done, of every row that ever has a clock
    newest_row: Whole
    ageing: _Sum  # cell to cell
    last: Whole  # by pair of rows with someone who reaches the interval: cells, the first …
    more: tuple[tuple[int, int], ...]  # … and those older: place in `last`, cell
    reached: _Sum  # place in `last` to row
    fresh: _Sum  # tier without a clock to row
    waiting: _Sum  # row to row
    queues: tuple[tuple[int, int, int], ...]  # the same: pair, row, from row
    back: tuple[tuple[int, int, int], ...]  # those of `fresh`: pair, row, from row
    away: tuple[tuple[int, int, int], ...]  # to a row without a clock: pair, row, from row


class Dial:
    """Where rows and ages stand in memory, and what moves where in which month.

    `by_age`: whether to keep how long cases have been outstanding, and not only how many;
    `short`: whether to keep that in short numbers, good to a ten-millionth.
    """

    def __init__(
        self, model: Model, caseload: Caseload, *, by_age: bool = True, short: bool = False
    ) -> None:
        self.model, self.caseload, self.by_age = model, caseload, by_age
        self.kind: type[np.float64] = cast(Any, np.float32) if short else np.float64
        duties = model.duties
        longest = np.vstack([duties.opening_interval[None], duties.interval]).max(axis=0)
        longest[model.queues.rows.start :] = 0  # what is done in a queue never falls due again
        self.size: list[int] = longest.tolist()
        self.first: list[int] = np.concatenate([[0], np.cumsum(longest)]).astype(int).tolist()
        blocks = duties.block_of.tolist()
        self.place = [row - blocks.index(block) for row, block in enumerate(blocks)]
        self._known: dict[bytes, _Step] = {}

    @property
    def cells(self) -> int:
        """Cells in all."""
        return self.first[-1]

    @cached_property
    def pairs(self) -> list[tuple[int, int, int]]:
        """Pair of tiers, row and row of the same duty, each row with itself first."""
        duties, moving = self.model.duties, self.caseload.flows
        found = []
        for place, (origin, target) in enumerate(zip(moving.origin, moving.target, strict=True)):
            for source in np.flatnonzero(duties.tier_of == origin).tolist():
                block = duties.block_of == duties.block_of[source]
                here = np.flatnonzero(block & (duties.tier_of == target))
                found += [(place, source, int(row)) for row in here]
        return found

    def had(self, month: int) -> Whole:
        """Return last month's intervals. Shape: [row]. Unit: months."""
        duties = self.model.duties
        return duties.interval[month - 1] if month else duties.opening_interval

    def step(self, month: int) -> _Step:
        """Return what moves where in a month."""
        had, has = self.had(month) > 0, self.model.duties.interval[month]
        key = had.tobytes() + has.tobytes()
        if key not in self._known:
            self._known[key] = self._step(had.tolist(), has.tolist())
        return self._known[key]

    def early(self, month: int) -> tuple[tuple[int, int, int], ...]:
        """Return the cells of those who may be done early: row, first, end (EQ24)."""
        duties = self.model.duties
        most = np.minimum(duties.early[month], duties.interval[month] - 1)
        return tuple(
            (row, self.first[row] + interval - ahead, self.first[row] + interval)
            for row, (interval, ahead) in enumerate(
                zip(duties.interval[month].tolist(), most.tolist(), strict=True)
            )
            if ahead > 0
        )

    def _step(self, had: list[bool], has: list[int]) -> _Step:
        ageing: list[tuple[int, int, int]] = []
        last: list[int] = []
        more: list[tuple[int, int]] = []
        reached: list[tuple[int, int, int]] = []
        fresh: list[tuple[int, int, int]] = []
        queues: list[tuple[int, int, int]] = []
        back: list[tuple[int, int, int]] = []
        away: list[tuple[int, int, int]] = []
        for pair, source, row in self.pairs:
            if not has[row]:
                away.append((pair, row, source))
                continue
            if not had[source]:
                fresh.append((int(self.model.duties.tier_of[source]), pair, row))
                back.append((pair, row, source))
                continue
            start, end = self.first[source], self.first[source] + self.size[source]
            kept = min(self.size[source], has[row] - 1)
            there = self.first[row] + 1
            ageing += [(start + age, pair, there + age) for age in range(kept)]
            if start + kept < end:
                reached.append((len(last), pair, row))
                more += [(len(last), cell) for cell in range(start + kept + 1, end)]
                last.append(start + kept)
            queues.append((pair, row, source))
        rows = np.flatnonzero(self.size)
        return _Step(
            clocked=np.flatnonzero(has),
            newest=np.array(self.first)[rows],
            newest_row=rows,
            ageing=_sum_of(ageing),
            last=np.array(last, dtype=int),
            more=tuple(more),
            reached=_sum_of(reached),
            fresh=_sum_of(fresh),
            waiting=_sum_of([(source, pair, row) for pair, row, source in queues]),
            queues=tuple(queues),
            back=tuple(back),
            away=tuple(away),
        )


def opening(dial: Dial) -> Clocks:
    """Return the state before the first month: the overdue waiting, the rest spread evenly.

    A register's real ages and months outstanding take the place of both, where they are given.
    """
    model, duties = dial.model, dial.model.duties
    cases = model.caseloads.opening[:, duties.tier_of]
    draws = max(len(cases), len(duties.overdue))
    done_ago, outstanding = blank(draws, dial.cells), blank(draws, len(dial.size))
    older: dict[int, Array] = {}
    for row, interval in enumerate(duties.opening_interval.tolist()):
        if not interval:
            continue
        outstanding[:, row] = duties.overdue[:, row]
        first, ages = dial.first[row], duties.opening_shares[row]
        if dial.size[row] and ages is None:  # in a queue all who are there wait
            each = (cases[:, row] - outstanding[:, row]) / interval
            done_ago[:, first : first + interval] = each[:, None]
        elif ages is not None:
            rest = cases[:, row] - outstanding[:, row]
            done_ago[:, first : first + len(ages)] = rest[:, None] * ages
        months = duties.overdue_shares[row]
        if months is not None and len(months) > 1 and dial.by_age:
            longer = np.cumsum(months[::-1])[::-1][1:]
            older[row] = (outstanding[:, row, None] * longer).astype(dial.kind)
    return Clocks(done_ago, outstanding, older)


def repeated(clocks: Clocks, draws: int) -> Clocks:
    """Return the same state for many draws."""

    def spread(one: Array) -> Array:
        many = blank(draws, one.shape[1])
        many[:] = one
        return many

    older = {row: spread(queue).astype(queue.dtype) for row, queue in clocks.older.items()}
    return Clocks(spread(clocks.done_ago), spread(clocks.outstanding), older)


def advance(dial: Dial, clocks: Clocks, month: int) -> tuple[Clocks, Array, Array]:
    """Return the state with this month's due cases waiting, the newly due and those carried over.

    EQ4, in its order: events in last month's state, exits and moves, ageing, entrants. In the state
    returned those who fell due this month wait too.

    Returns:
        Cases. Shape: Clocks, [draw, row].
    """
    duties, caseload = dial.model.duties, dial.caseload
    clocks = _transferred(dial, clocks, month)
    step = dial.step(month)
    share = caseload.flows.share[:, month]
    draws = max(len(clocks.done_ago), len(caseload.cases))
    aged = blank(draws, dial.cells)
    newly, carried = blank(draws, len(dial.size)), blank(draws, len(dial.size))
    step.ageing.add(aged, clocks.done_ago, share, empty=True)
    reached = clocks.done_ago.T[step.last].T
    for place, cell in step.more:
        reached[:, place] += clocks.done_ago[:, cell]
    step.reached.add(newly, reached, share, empty=True)
    if clocks.unclocked is None:
        step.fresh.add(newly, caseload.before(month), share)
    else:
        for pair, row, origin in step.back:
            newly[:, row] += summed(clocks.unclocked[:, origin]) * share[:, pair]
    newly.T[step.clocked] += caseload.entrants[:, month].T[duties.tier_of[step.clocked]]
    step.waiting.add(carried, clocks.outstanding, share, empty=True)
    older = _queues(dial, clocks, step, share, carried) if dial.by_age else {}
    unclocked = None if clocks.unclocked is None else _without_clock(dial, clocks, month)
    return Clocks(aged, newly + carried, older, unclocked), newly, carried


def _without_clock(dial: Dial, clocks: Clocks, month: int) -> Array:
    """Return the followed cases of rows without a clock, after exits, moves and entrants."""
    assert clocks.unclocked is not None
    step, had = dial.step(month), dial.had(month)
    share = dial.caseload.flows.share[:, month]
    found = np.zeros_like(clocks.unclocked)
    for pair, row, origin in step.away:
        if had[origin]:
            former = dial.place[origin]
            found[:, row, former] += _cases_of(dial, clocks, origin) * share[:, pair]
        else:
            found[:, row] += clocks.unclocked[:, origin] * share[:, pair, None]
    for row in np.flatnonzero(dial.model.duties.interval[month] == 0).tolist():
        entrants = dial.caseload.entrants[:, month, dial.model.duties.tier_of[row]]
        found[:, row, dial.place[row]] += entrants
    return found


def _cases_of(dial: Dial, clocks: Clocks, row: int) -> Array:
    """Return the cases of a row with a clock, due or not. Shape: [draw]."""
    ages = range(dial.first[row], dial.first[row] + dial.size[row])
    return summed(clocks.done_ago, ages) + clocks.outstanding[:, row]


def _queues(dial: Dial, clocks: Clocks, step: _Step, share: Array, carried: Array) -> Waits:
    """Return how long those waiting have waited, a month later."""
    queues: dict[int, Array] = {}
    shares = share.astype(dial.kind, copy=False)
    sources: dict[int, list[tuple[int, Array]]] = {row: [] for row in step.clocked.tolist()}
    for pair, row, origin in step.queues:
        if origin in clocks.older:
            sources[row].append((pair, clocks.older[origin]))
    for row, parts in sources.items():
        longest = max((before.shape[1] for _, before in parts), default=0)
        queue = np.empty((1 + longest, len(carried)), dtype=dial.kind).T
        queue[:, 0] = carried[:, row]
        filled = 1
        for pair, before in parts:
            end = 1 + before.shape[1]
            here, new = min(filled, end), queue[:, filled:end]
            if here > 1:
                queue[:, 1:here] += before[:, : here - 1] * shares[:, pair, None]
            if end > filled:
                np.multiply(before[:, filled - 1 :], shares[:, pair, None], out=new)
            filled = max(filled, end)
        queues[row] = queue
    return queues


def lapsed(dial: Dial, clocks: Clocks, month: int) -> tuple[Clocks, Array]:
    """Return the state without what lapses before work begins, and how much that is (EQ26).

    Args:
        dial: where rows and ages stand, with ages.
        clocks: the state after `advance`.
        month: the month, from 0.

    Returns:
        The state, and cases by row. Shape: [draw, row].
    """
    queues = dial.model.queues
    gone = blank(*clocks.outstanding.shape)
    outstanding, older = clocks.outstanding.copy(order="K"), dict(clocks.older)
    for place in np.flatnonzero(queues.lapses[month]).tolist():
        row, months = queues.rows[place], int(queues.lapses[month, place])
        gone[:, row] = waited(clocks, row, months)
        outstanding[:, row] = np.maximum(0.0, outstanding[:, row] - gone[:, row])
        if row in older and months == 1:
            del older[row]
        elif row in older:
            kept = older[row][:, : months - 1]
            older[row] = np.maximum(0.0, kept - gone[:, row].astype(dial.kind)[:, None])
    return Clocks(clocks.done_ago, outstanding, older, clocks.unclocked), gone


def could_be_early(dial: Dial, clocks: Clocks, month: int) -> Array | None:
    """Return the cases not yet due that may be done this month already (EQ24).

    Args:
        dial: where rows and ages stand.
        clocks: the state after `advance`.
        month: the month, from 0.

    Returns:
        Cases. Shape: [draw, row]. None where no row may be done early.
    """
    spans = dial.early(month)
    if not spans:
        return None
    cases = blank(len(clocks.done_ago), len(dial.size))
    for row, first, end in spans:
        cases[:, row] = summed(clocks.done_ago, range(first, end))
    return cases


def set_outstanding(dial: Dial, clocks: Clocks, month: int, wanted: Array) -> Clocks:
    """Return the state with as many cases waiting as were really counted.

    The difference is taken evenly from, or given evenly to, those not yet due, so that cases stay
    as many as they are; in a queue, where all are due, more are more that arrived and fewer are
    gone. Fewer waiting are fewer of every age of wait.

    Args:
        dial: where rows and ages stand.
        clocks: a state.
        month: the month, from 0.
        wanted: cases waiting; NaN leaves a row as it is. Shape: [row] or [draw, row].

    Returns:
        The state that agrees, as far as there are cases.
    """
    done_ago, outstanding = clocks.done_ago.copy(order="K"), clocks.outstanding.copy(order="K")
    older = dict(clocks.older)
    intervals = dial.model.duties.interval[month]
    given = np.isfinite(np.atleast_2d(wanted)).all(axis=0)
    for row in np.flatnonzero(given & (intervals > 0)).tolist():
        if row in dial.model.queues.rows:
            now = np.broadcast_to(np.maximum(0.0, wanted[..., row]), outstanding[:, row].shape)
        else:
            first, end = dial.first[row], dial.first[row] + int(intervals[row])
            there = summed(done_ago, range(first, end))
            now = np.clip(wanted[..., row], 0.0, there + outstanding[:, row])
            more = now - outstanding[:, row]
            kept = np.divide(there - more, there, out=np.zeros_like(there), where=there > 0)
            done_ago[:, first:end] *= kept[:, None]
            nobody = there <= 0
            done_ago[nobody, first] = -more[nobody]
        if row in older:
            fewer = np.divide(
                now, outstanding[:, row], out=np.ones_like(now), where=outstanding[:, row] > now
            )
            older[row] = older[row] * fewer.astype(dial.kind, copy=False)[:, None]
        outstanding[:, row] = now
    return Clocks(done_ago, outstanding, older)


def taken_evenly(dial: Dial, clocks: Clocks, month: int, early: Array) -> Clocks:
    """Return the state without those done early, taken evenly from all who may be (EQ24).

    Args:
        dial: where rows and ages stand.
        clocks: the state after `advance`.
        month: the month, from 0.
        early: cases. Shape: [draw, row].
    """
    done_ago = clocks.done_ago.copy(order="K")
    for row, first, end in dial.early(month):
        there = summed(done_ago, range(first, end))
        share = np.divide(early[:, row], there, out=np.zeros_like(there), where=there > 0)
        done_ago[:, first:end] *= np.maximum(0.0, 1.0 - share)[:, None]
    return Clocks(done_ago, clocks.outstanding, clocks.older)


def taken(dial: Dial, clocks: Clocks, month: int, early: Array) -> tuple[Clocks, Array]:
    """Return the state without those done early by a programme, and how many they are (EQ24).

    Args:
        dial: where rows and ages stand.
        clocks: the state after `advance`.
        month: the month, from 0.
        early: cases done n months before they fall due. Shape: [row, n - 1].

    Returns:
        The state, and cases by row, as far as they can be reached. Shape: [draw, row].
    """
    duties = dial.model.duties
    done_ago = clocks.done_ago.copy(order="K")
    number = blank(len(done_ago), len(dial.size))
    for row, _, end in dial.early(month):
        access = duties.access[:, month, row]
        for ahead in np.flatnonzero(early[row]).tolist():
            cell = end - 1 - ahead
            some = np.minimum(early[row, ahead], access * done_ago[:, cell])
            done_ago[:, cell] -= some
            number[:, row] += some
    return Clocks(done_ago, clocks.outstanding, clocks.older), number


def serve(
    dial: Dial, clocks: Clocks, month: int, done: Array, early: Array | None = None
) -> Clocks:
    """Return the state after some cases were done (EQ7, EQ24).

    A share `in_turn` of those done goes to the longest overdue, the rest evenly to all who are
    still waiting.

    Args:
        dial: where rows and ages stand.
        clocks: the state after `advance`, without those done early.
        month: the month, from 0.
        done: cases done that were due. Shape: [draw, row].
        early: cases done before they were due, who start again. Shape: [draw, row].

    Returns:
        The state at the month's end.
    """
    step = dial.step(month)
    done_ago = clocks.done_ago.copy(order="K")
    newest = np.minimum(done, clocks.outstanding)
    if early is not None:
        newest = newest + early
    done_ago.T[step.newest] = newest.T[step.newest_row]
    outstanding = np.maximum(0.0, clocks.outstanding - done)
    older = {}
    in_turn = dial.model.duties.in_turn[:, month]
    for row, queue in clocks.older.items():
        turn = done[:, row] * in_turn[:, row]
        served = turn.astype(dial.kind, copy=False)
        if (queue[:, 0] - served).max() < FORGOTTEN:
            continue
        length = queue.shape[1]
        while (queue[:, length - 1] - served).max() < FORGOTTEN:
            length -= 1
        left = queue[:, :length] - served[:, None]
        np.maximum(left, 0.0, out=left)
        if in_turn[:, row].min() < 1.0:
            waiting = clocks.outstanding[:, row] - turn
            kept = np.divide(
                outstanding[:, row], waiting, out=np.zeros_like(waiting), where=waiting > 0
            )
            left *= np.minimum(kept, 1.0).astype(dial.kind, copy=False)[:, None]
        older[row] = left
    return Clocks(done_ago, outstanding, older)


def waited(clocks: Clocks, row: int, months: int) -> Array:
    """Return the cases of a row outstanding for so many whole months or longer.

    A case that fell due this month has waited no whole month and is reported as 1. So these are
    the ones reported as overdue for more than `months`.

    Args:
        clocks: a state.
        row: a row.
        months: whole months; for 0 all who are outstanding.

    Returns:
        Cases. Shape: [draw].
    """
    if not months:
        return clocks.outstanding[:, row]
    queue = clocks.older.get(row)
    if queue is None or queue.shape[1] < months:
        return np.zeros(len(clocks.outstanding))
    return queue[:, months - 1].astype(float)


def longest_wait(clocks: Clocks) -> Array:
    """Return the most months that at least half a case has been outstanding.

    A case that fell due this month and is not done counts as one month.

    Returns:
        Months. Shape: [draw, row].
    """
    longest = (clocks.outstanding >= HALF_A_CASE).astype(float)
    for row, queue in clocks.older.items():
        waited = (queue >= HALF_A_CASE).view(np.uint8)  # small numbers are quick to add up
        for first in range(0, waited.shape[1], MOST_AT_ONCE):
            months = waited[:, first : first + MOST_AT_ONCE]
            longest[:, row] += np.add.reduce(months, axis=1, dtype=np.uint8)
    return longest


def by_age(clocks: Clocks) -> Array:
    """Return the cases outstanding by the whole months that they have been so.

    Returns:
        Cases. Shape: [draw, row, whole months].
    """
    ages = 1 + max((queue.shape[1] for queue in clocks.older.values()), default=0)
    waiting = np.zeros((*clocks.outstanding.shape, ages))
    waiting[:, :, 0] = clocks.outstanding
    for row, queue in clocks.older.items():
        length = queue.shape[1]
        waiting[:, row, 1 : 1 + length] = queue
        waiting[:, row, :length] -= queue
    return waiting


def _transferred(dial: Dial, clocks: Clocks, month: int) -> Clocks:
    """Return last month's state with the month's events applied, in file order."""
    caseload = dial.caseload
    transfers = dial.model.caseloads.transfers
    events = [(n, event) for n, event in enumerate(transfers) if event.month == month]
    if not events:
        return clocks
    draws = max(len(clocks.done_ago), len(caseload.cases))
    done_ago = blank(draws, dial.cells)
    done_ago[:] = clocks.done_ago
    outstanding = blank(draws, len(dial.size))
    outstanding[:] = clocks.outstanding
    older = dict(clocks.older)
    unclocked = None if clocks.unclocked is None else clocks.unclocked.copy(order="K")
    # The caseload has moved all of the month's events already: take them back, then replay.
    cases = caseload.before(month).copy(order="K")
    for place, event in reversed(events):
        _replay(event, caseload.transferred[:, place], cases, -1.0)
    for place, event in events:
        taken = caseload.transferred[:, place]
        state = Clocks(done_ago, outstanding, older, unclocked)
        for origin in event.origins:
            moved, there = taken[:, origin], cases[:, origin]
            share = np.divide(moved, there, out=np.zeros_like(moved), where=moved > 0)
            if event.target is None:
                _drop_rows(dial, origin, month, share, state)
            else:
                _move_rows(dial, (origin, event.target), month, share, moved, state)
        _replay(event, taken, cases, 1.0)
    return Clocks(done_ago, outstanding, older, unclocked)


def _replay(event: Transfer, taken: Array, cases: Array, sign: float) -> None:
    """Take an event's cases from where they were, or with sign −1 give them back."""
    for origin in event.origins:
        cases[:, origin] -= sign * taken[:, origin]
        if event.target is not None:
            cases[:, event.target] += sign * taken[:, origin]


def _move_rows(
    dial: Dial, tiers: tuple[int, int], month: int, share: Array, moved: Array, state: Clocks
) -> None:
    """Move a share of one tier's clocks to another's, in every duty of the cohort."""
    duties, had = dial.model.duties, dial.had(month)
    done_ago, outstanding = state.done_ago, state.outstanding
    for origin in np.flatnonzero(duties.tier_of == tiers[0]).tolist():
        block = duties.block_of == duties.block_of[origin]
        target = int(np.flatnonzero(block & (duties.tier_of == tiers[1]))[0])
        # Age at most one month short of the new tier's interval, so that it falls due next.
        there, eldest = dial.first[target], int(duties.interval[month, target] or had[target]) - 1
        if had[origin]:
            ages, waits = _taken(dial, origin, share, state)
            if had[target]:
                for age in range(dial.size[origin]):
                    done_ago[:, there + min(age, eldest)] += ages[:, age]
                outstanding[:, target] += waits
            elif state.unclocked is not None:
                state.unclocked[:, target, dial.place[origin]] += summed(ages) + waits
            _move_queue(state, origin, target if had[target] else None, share)
        elif state.unclocked is None:
            if had[target]:
                done_ago[:, there + eldest] += moved
        else:
            gone = _taken_unclocked(state.unclocked, origin, share)
            if had[target]:
                done_ago[:, there + eldest] += summed(gone)
            else:
                state.unclocked[:, target] += gone


def _drop_rows(dial: Dial, tier: int, month: int, share: Array, state: Clocks) -> None:
    """Take a share of a tier's clocks away, in every duty of the cohort."""
    had = dial.had(month)
    for origin in np.flatnonzero(dial.model.duties.tier_of == tier).tolist():
        if had[origin]:
            _taken(dial, origin, share, state)
            _move_queue(state, origin, None, share)
        elif state.unclocked is not None:
            _taken_unclocked(state.unclocked, origin, share)


def _taken(dial: Dial, origin: int, share: Array, state: Clocks) -> tuple[Array, Array]:
    """Take a share of a row's cases out of the state and return it, by age and outstanding."""
    first, size = dial.first[origin], dial.size[origin]
    ages = state.done_ago[:, first : first + size] * share[:, None]
    waits = state.outstanding[:, origin] * share
    state.done_ago[:, first : first + size] -= ages
    state.outstanding[:, origin] -= waits
    return ages, waits


def _taken_unclocked(unclocked: Array, origin: int, share: Array) -> Array:
    """Take a share of a row's cases without a clock and return it, by former row."""
    gone: Array = unclocked[:, origin] * share[:, None]
    unclocked[:, origin] -= gone
    return gone


def _move_queue(state: Clocks, origin: int, target: int | None, share: Array) -> None:
    """Move a share of those who have waited longest."""
    if origin not in state.older:
        return
    older = cast(dict[int, Array], state.older)
    waits = older[origin] * share[:, None]
    older[origin] = older[origin] - waits
    if target is not None:
        long, short = waits, older.get(target, waits[:, :0])
        if long.shape[1] < short.shape[1]:
            long, short = short.copy(order="K"), long
        long[:, : short.shape[1]] += short
        older[target] = long
