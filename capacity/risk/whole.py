"""Simulations in whole people and whole visits, one after the other: compiled (EQ28).

`simulate` carries each draw through all months: events, exits and moves, new cases, people,
access, failed attempts, hours, the order of service, and who is done. It is handed arrays one by
one, and writes into others, so that it needs nothing of Python while it runs and several threads
can work on different draws. What the arrays hold is said where they are laid out, in
`risk/laid_out`.

The state of a row with a clock stands in one stretch of whole numbers, the latest month first:
by the month in which they were last done, and after that, of those who wait, by the month in which
they fell due. Nobody is carried from place to place as months pass; where a stretch begins moves.
`here` holds where a row's stretch begins in the month before: at the months since done 0, 1, 2 …,
`size` of them; `late` where those waiting for 0, 1, 2 … whole months begin, `waits` of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types

from capacity.risk import queued, review_table
from capacity.risk.luck import (
    GOLDEN,
    ONE_BY_ONE,
    between,
    binomial,
    binomial_of,
    choose,
    compiled,
    even,
    failures,
    inlined,
    kept_compiled,
    mix,
    normal,
    of_draw,
    of_month,
    poisson,
    rarely,
)

# What is given of each row, tier, grade and team, by draw and month ---------------------------

ACCESS, LAPSING, HOURS, FAILED, NO_ANSWER = range(5)
BEHIND, GIVES_WAY, IN_TURN, EARLY_RATE, PER_YEAR = range(5, 10)
REACHED_LOG, ANSWERED_LOG = range(10, 12)
"""Logarithms of chances, which are worked out only when the chances change."""
EXITS, EXPECTED, ARRIVALS, PER_CASE, PER_ENTRANT, CASE_GIVES, ENTRANT_GIVES, NAMED = range(8)
STAY_LOG = 8
LEAVERS, JOINERS_DUE, MOST_JOINERS, LEAD, ACCREDITATION, PRODUCTIVITY = range(6)
SHARE, CONTRACTED, SICKNESS, ABSTRACTION, EVENTS, COUNTED = range(6, 12)
OVERTIME, POOLING, SPREAD, ONE_FTE, EFFORT = range(5)

# … of each pair of tiers between which cases move
SHARE_MOVED, CHANCE_MOVED, MOVED_LOG = range(3)

# … and of each draw alone
LONG_TERM, SPELL_MONTHS, SICKNESS_SHOCK, ABSTRACTION_SHOCK, PERSISTENCE, GIVES_WAY_FOCUS = range(6)

# What is kept of each -------------------------------------------------------------------------

NEWLY, DUE, DONE, EARLY, WAIT = range(5)
CASES, ENTRANTS, GONE = range(3)
OWN, OTHER, USED, EXTRA, RECEIVED, BORROWED, LENT, SHORT, CUT, IDLE, LOST = range(11)
OFFICERS, CASEWORK, UNCUT = range(11, 14)
POSTS, IN_POST, JOINERS, JOINED_DUE, LEFT, RELEASED, EFFECTIVE, IN_SPELL = range(8)

# … and what else is known of each in a month
REACHED, AHEAD, BEGUN, NUMBER, NEED, FULL, SHORTER, WANTED = range(8)
LEFT_NOW, STAY, SOME, TAKEN = range(3, 7)
GIVING, ASKED, SPARE, LACKING, LAST_U = range(14, 19)
TARGET, RECRUITED, LET_GO = range(8, 11)

# What is counted of a row's state: all, those who wait, those who have moved to it
THERE, WAITING = queued.THERE, queued.WAITING
JOINING, JOINING_WAITS = range(2, 4)

# What is drawn of each ------------------------------------------------------------------------

OF_FLOW = ("flows",)
OF_TIER = ("exits", "new cases", "arrivals")
OF_ROW = (
    "opening ages",
    "opening waits",
    "who leaves",
    "who moves",
    "falls due",
    "can be reached",
    "who cannot be reached",
    "failed attempts",
    "done",
    "in turn",
    "who is done",
    "could be early",
    "early",
    "who is early",
)
OF_GRADE = ("leavers", "part leavers", "in a spell", "spells begun", "spells ended")
SHOCKS = ("sickness shock", "abstraction shock")

SOFT, STRICT, STANDARDS_FIRST = range(3)
COMPLETION, IN_DATE, OUTSTANDING, LONGEST_WAIT, IN_TIME = range(5)
ANEW, NOTED, AS_BEFORE = range(3)
"""Whether cases come and go anew, are noted too, or do as was noted: posts change nothing there."""

LEFT_THEN, STAYED, CAME, WERE = range(4)
"""What is noted of a tier's month."""

NOTHING = 1e-9
CLOSE = 1e-10
"""The soft order may leave this share of the hours asked for over, or use that much more."""

MOST_STEPS = 100
FAR = 150.0
MONTHS_A_YEAR = 12

# The clock ------------------------------------------------------------------------------------

NOWHERE = 0
"""The interval of a row that owes nothing: who comes to it stands on no clock."""


@compiled
def spread(state: Any, first: int, number: int, added_up: Any, place: int, chance: float) -> int:
    """Put a number of cases at ages as shares of them say, in whole cases; return the ages used."""
    before, ages = 0, 0
    for age in range(added_up.shape[1]):
        up_to = min(number, math.floor(number * added_up[place, age] + chance))
        if added_up[place, age] >= 1.0:
            up_to = number
        state[first + age] = up_to - before
        if up_to > before:
            ages = age + 1
        before = up_to
        if added_up[place, age] >= 1.0:
            break
    return ages


@compiled
def line_up(row: int, here: Any, late: Any, size: Any, state: Any, waits: Any, lined: Any) -> Any:
    """Copy a row's cases by months since done and by months waited; return how many places."""
    ages = size[row]
    for age in range(ages):
        lined[age] = state[here[row] + age]
    for wait in range(waits[row]):
        lined[ages + wait] = state[late[row] + wait]
    return ages + waits[row]


@inlined
def take(row: int, place: int, number: int, here: Any, late: Any, size: Any, tally: Any) -> Any:
    """Take cases of one place out of what is counted of a row; return where they stand."""
    tally[THERE, row] -= number
    if place < size[row]:
        return here[row] + place
    tally[WAITING, row] -= number
    return late[row] + place - size[row]


@compiled
def transfer(
    month: int,
    event_month: Any,
    event_target: Any,
    event_from: Any,
    wanted: Any,
    event_keys: Any,
    interval: Any,
    rows_on: Any,
    tier_of: Any,
    partner: Any,
    here: Any,
    late: Any,
    size: Any,
    state: Any,
    waits: Any,
    tally: Any,
    cases: Any,
    gone: Any,
    lined: Any,
    took: Any,
    some: Any,
    taken: Any,
    row_keys: Any,
) -> None:
    """Move cases by a month's events in last month's state, in file order."""
    tiers = len(cases)
    for event in range(len(event_month)):
        if event_month[event] != month:
            continue
        there = 0
        for tier in range(tiers):
            some[tier] = cases[tier] if event_from[event, tier] else 0
            there += some[tier]
        number = min(int(np.rint(wanted[event])), there)
        stream = of_month(event_keys[event], month)
        choose(stream, some, number, taken)
        target = event_target[event]
        for tier in range(tiers):
            if taken[tier] == 0:
                continue
            for row in rows_on:
                if tier_of[row] != tier:
                    continue
                other = partner[row, target] if target >= 0 else -1
                into = other >= 0 and interval[month, other] > 0
                eldest = 0
                if into:
                    eldest = interval[month + 1, other]
                    eldest = (eldest if eldest > 0 else interval[month, other]) - 1
                    tally[THERE, other] += taken[tier]
                if interval[month, row] == 0:
                    if into:
                        state[here[other] + eldest] += taken[tier]
                    continue
                own = mix(stream ^ row_keys[row])
                end = line_up(row, here, late, size, state, waits, lined)
                choose(own, lined[:end], taken[tier], took[:end])
                for place in range(end):
                    number = took[place]
                    if number == 0:
                        continue
                    state[take(row, place, number, here, late, size, tally)] -= number
                    if not into:
                        continue
                    if place < size[row]:
                        state[here[other] + min(place, eldest)] += number
                    else:
                        waited = place - size[row]
                        state[late[other] + waited] += number
                        waits[other] = max(waits[other], waited + 1)
                        tally[WAITING, other] += number
            cases[tier] -= taken[tier]
            if target >= 0:
                cases[target] += taken[tier]
            else:
                gone[tier] += taken[tier]


@inlined
def one_out(
    which: int,
    row: int,
    here: Any,
    late: Any,
    size: Any,
    state: Any,
    tally: Any,
) -> int:
    """Take one case out of a row, the `which`th of them all from 0, and return its place."""
    young = tally[THERE, row] - tally[WAITING, row]
    tally[THERE, row] -= 1
    place, first = 0, here[row]
    if which >= young:
        which -= young
        first = late[row]
        tally[WAITING, row] -= 1
    while which >= state[first + place]:
        which -= state[first + place]
        place += 1
    state[first + place] -= 1
    return place if first == here[row] else size[row] + place


@inlined
def one_by_one(row: int, number: int, size: Any, waits: Any, tally: Any) -> bool:
    """Return whether so many of a row are few enough to be chosen one by one, as `choose` says."""
    few_places = number <= ONE_BY_ONE * (size[row] + waits[row])
    return bool(few_places and 2 * number <= tally[THERE, row])


@compiled
def move(
    stream: Any,
    row: int,
    number: int,
    other: int,
    interval: int,
    here: Any,
    late: Any,
    size: Any,
    state: Any,
    waits: Any,
    tally: Any,
    coming: Any,
    newly: Any,
    lined: Any,
    took: Any,
) -> None:
    """Take so many out of a row, and have them come to another; all are equally likely.

    As `choose` does, but on the spot where few go. With the interval NOWHERE they come to no row.
    """
    if one_by_one(row, number, size, waits, tally):
        for _ in range(number):
            stream += GOLDEN
            which = int(between(mix(stream)) * tally[THERE, row])
            place = one_out(which, row, here, late, size, state, tally)
            come(place, size[row], 1, other, interval, here, late, tally, coming, newly)
        return
    end = line_up(row, here, late, size, state, waits, lined)
    choose(stream, lined[:end], number, took[:end])
    for place in range(end):
        if took[place] > 0:
            state[take(row, place, took[place], here, late, size, tally)] -= took[place]
            come(place, size[row], took[place], other, interval, here, late, tally, coming, newly)


@inlined
def come(
    place: int,
    ages: int,
    number: int,
    row: int,
    interval: int,
    here: Any,
    late: Any,
    tally: Any,
    coming: Any,
    newly: Any,
) -> None:
    """Have some cases of one age, or one wait, come to a row a month later."""
    if interval == NOWHERE:
        return
    if place >= ages:
        waited = place - ages
        coming[late[row] + waited] += number
        tally[JOINING, row] += number
        tally[JOINING_WAITS, row] = max(tally[JOINING_WAITS, row], waited + 1)
    elif place + 1 < interval:
        coming[here[row] + place] += number
        tally[JOINING, row] += number
    else:
        newly[row] += number


@inlined
def let_pass(
    month: int,
    stay: Any,
    left: Any,
    moved: Any,
    pair_first: Any,
    pair_to: Any,
    pair_keys: Any,
    interval: Any,
    rows_on: Any,
    tier_of: Any,
    partner: Any,
    here: Any,
    late: Any,
    size: Any,
    state: Any,
    waits: Any,
    tally: Any,
    coming: Any,
    newly: Any,
    lined: Any,
    took: Any,
    leave_keys: Any,
    move_keys: Any,
) -> None:
    """Take out who leaves, move who moves, and let a month pass for everyone (EQ4).

    Who moves waits in `coming`, at the place where they will stand, until all who move are chosen.
    """
    for row in rows_on:
        newly[row] = 0
    for row in rows_on:
        tier = tier_of[row]
        clock = interval[month, row] > 0
        if clock and left[tier] > 0:
            stream = of_month(leave_keys[row], month)
            move(
                stream,
                row,
                left[tier],
                row,
                NOWHERE,
                here,
                late,
                size,
                state,
                waits,
                tally,
                coming,
                newly,
                lined,
                took,
            )
        elif not clock and interval[month + 1, row] > 0:
            newly[row] += stay[tier]
        for pair in range(pair_first[tier], pair_first[tier + 1]):
            other = partner[row, pair_to[pair]]
            has = interval[month + 1, other]
            if moved[pair] == 0 or not (clock or has > 0):
                continue
            if not clock:
                newly[other] += moved[pair]
                continue
            stream = mix(of_month(move_keys[row], month) ^ pair_keys[pair])
            move(
                stream,
                row,
                moved[pair],
                other,
                has,
                here,
                late,
                size,
                state,
                waits,
                tally,
                coming,
                newly,
                lined,
                took,
            )
    for row in rows_on:
        has, before = interval[month + 1, row], waits[row]
        waits[row] = 1
        if has == 0:
            if tally[THERE, row] > 0:
                for place in range(size[row]):
                    state[here[row] + place] = 0
                for place in range(before):
                    state[late[row] + place] = 0
                tally[THERE, row] = tally[WAITING, row] = 0
        elif interval[month, row] > 0:
            for place in range(here[row] + has - 1, here[row] + size[row]):
                newly[row] += state[place]
                tally[THERE, row] -= state[place]
                state[place] = 0
            waits[row] = before + 1
        if tally[JOINING, row] > 0:
            arrive(row, here, late, size, state, waits, tally, coming)
        here[row] -= 1
        late[row] -= 1


@compiled
def arrive(
    row: int, here: Any, late: Any, size: Any, state: Any, waits: Any, tally: Any, coming: Any
) -> None:
    """Put those who have moved into a row where they will stand."""
    tally[THERE, row] += tally[JOINING, row]
    for place in range(here[row], here[row] + size[row]):
        state[place] += coming[place]
        coming[place] = 0
    for place in range(late[row], late[row] + tally[JOINING_WAITS, row]):
        state[place] += coming[place]
        tally[WAITING, row] += coming[place]
        coming[place] = 0
    waits[row] = max(waits[row], tally[JOINING_WAITS, row] + 1)
    tally[JOINING, row] = tally[JOINING_WAITS, row] = 0


@inlined
def serve(
    row: int,
    month: int,
    done: int,
    early: int,
    ahead: int,
    interval: int,
    in_turn: float,
    here: Any,
    late: Any,
    state: Any,
    waits: Any,
    tally: Any,
    missed: Any,
    took: Any,
    turn_key: Any,
    who_key: Any,
    early_key: Any,
) -> int:
    """Start again those who are done, the longest overdue of them in turn; return the waits left.

    `missed` holds those who cannot be reached this month, at the places of the state; it is left
    with those reached.
    """
    first = late[row]
    overdue, reached = state[first : first + waits[row]], missed[first : first + waits[row]]
    if done > 0:
        turn = done
        if in_turn < 1.0:
            turn = math.floor(in_turn * done + even(turn_key, month))
        rest, place = done - turn, len(overdue)
        while place > 0 and (turn > 0 or rest > 0):
            place -= 1
            can = overdue[place] - reached[place]
            some = min(can, turn)
            turn -= some
            overdue[place] -= some
            reached[place] = can - some
        if rest > 0:
            chosen = took[: len(overdue)]
            choose(of_month(who_key, month), reached, rest, chosen)
            for place in range(len(overdue)):
                overdue[place] -= chosen[place]
        tally[WAITING, row] -= done
    if early > 0:
        young = state[here[row] + interval - ahead : here[row] + interval]
        chosen = took[: len(young)]
        choose(of_month(early_key, month), young, early, chosen)
        for place in range(len(young)):
            young[place] -= chosen[place]
    state[here[row]] += done + early
    length = len(overdue)
    while length > 0 and overdue[length - 1] == 0:
        length -= 1
    return length


# Hours ----------------------------------------------------------------------------------------


@compiled
def not_shared(load: float, there: float, pooling: float, width: float) -> float:
    """Return hours that cannot be used because officers hold their own cases (EQ12)."""
    if there <= 0.0 or pooling >= 1.0 or width <= 0.0:
        return 0.0
    mean = load / there
    wide = max(mean * width, 1e-12)
    away = (1.0 - mean) / wide
    density = math.exp(-0.5 * min(away * away, 1400.0)) / math.sqrt(2.0 * math.pi)
    below = 0.5 * math.erfc(-away / math.sqrt(2.0))
    used = 1.0 - ((1.0 - mean) * below + wide * density)
    return (1.0 - pooling) * max(0.0, min(mean, 1.0) - used) * there


@compiled
def kept_softly(
    start: float,
    wanted: Any,
    parts: Any,
    behind: Any,
    rows: Any,
    first: int,
    end: int,
    giving: float,
    giving_behind: float,
    there: float,
) -> float:
    """Return u = e^θ at which work that gives way and duties use up the hours (EQ25).

    The share of a row is u ÷ (u + v) with v = e^−focus, and so is that of work that gives way.
    Below 0 where the hours are enough for all or nothing gives way.

    Args:
        start: a guess of u.
        wanted: hours of each row in full.
        parts: share of them that gives way.
        behind: v of each row.
        rows: of all teams; those of this one stand from `first` to `end`.
        first: its first.
        end: after its last.
        giving: hours of other work that gives way.
        giving_behind: v of it.
        there: hours for all of that.
    """
    total, parted = giving, giving
    for n in range(first, end):
        total += wanted[rows[n]]
        parted += wanted[rows[n]] * parts[rows[n]]
    if there >= total * (1.0 - CLOSE) or parted <= 0.0:
        return -1.0
    if there <= 0.0:
        return 0.0
    low, high, u = math.exp(-FAR), math.exp(2.0 * FAR), start
    for _ in range(MOST_STEPS):
        each = 1.0 / (u + giving_behind)
        left, rest = u * each, giving_behind * each
        over, steep = giving * left - there, giving * left * rest
        for n in range(first, end):
            row = rows[n]
            each = 1.0 / (u + behind[row])
            share = wanted[row] * u * each
            whole = 1.0 - parts[row] * rest
            over += share * whole
            steep += share * (behind[row] * each * whole + parts[row] * left * rest)
        if abs(over) <= CLOSE * total:
            break
        if over < 0.0:
            low = u
        else:
            high = u
        if high <= low * (1.0 + 1e-13):
            break
        step = u * math.exp(-over / steep) if steep > 0.0 else low
        u = step if low < step < high else math.sqrt(low) * math.sqrt(high)
    return u


@compiled
def soft(
    start: float, need: Any, behind: Any, rows: Any, first: int, end: int, there: float
) -> float:
    """Return u = e^θ at which the soft order uses up the hours; below 0 where they are enough.

    What is undone is Σ need × v ÷ (u + v). One over that is nearly a straight line in u, and
    concave: see `engine/service`.
    """
    total = 0.0
    for n in range(first, end):
        total += need[rows[n]]
    lacking = total - there
    if lacking <= CLOSE * total:
        return -1.0
    if there <= 0.0:
        return 0.0
    u = start
    for _ in range(MOST_STEPS):
        over, steep = 0.0, 0.0
        for n in range(first, end):
            each = 1.0 / (u + behind[rows[n]])
            undone = need[rows[n]] * behind[rows[n]] * each
            over += undone
            steep += undone * each
        if abs(over - lacking) <= CLOSE * total or steep <= 0.0:
            break
        u = max(0.0, u + over * (over - lacking) / (lacking * steep))
    return u


@inlined
def hand_out(
    rule: int, rows: Any, first: int, end: int, there: float, start: float, behind: Any, real: Any
) -> float:
    """Write how many of each of a team's rows are done by the order of service (EQ13).

    Args:
        rule: the order.
        rows: of all teams, first-served first; those of this one stand from `first` to `end`.
        first: its first.
        end: after its last.
        there: hours for duties.
        start: a guess of u in the soft order.
        behind: e^−focus of each row.
        real: what is known of each row this month, and what is done.

    Returns:
        u in the soft order; below 0 where all is done.
    """
    left, u = there, -1.0
    for n in range(first, end):
        row = rows[n]
        begun, hours = real[BEGUN, row], real[SHORTER, row]
        some = min(left, begun * hours)
        left -= some
        real[NUMBER, row] = begun if some >= begun * hours else some / hours
        rest = real[REACHED, row] - begun
        real[NEED, row] = (rest + (real[AHEAD, row] if rest > 0.0 else 0.0)) * hours
    if rule == SOFT:
        u = soft(start, real[NEED], behind, rows, first, end, left)
    for n in range(first, end):
        row = rows[n]
        rest, need = real[REACHED, row] - real[BEGUN, row], real[NEED, row]
        if rule == SOFT:
            share = 1.0 if u < 0.0 or need <= 0.0 else u / (u + behind[row])
        else:
            some = min(left, need)
            left -= some
            share = 1.0 if some >= need else some / need
        real[NUMBER, row] += rest * share
    return u


# People ---------------------------------------------------------------------------------------


@compiled
def in_spells(
    begins: float, ends: float, before: int, people: int, ill: float, months: float
) -> int:
    """Return how many people are in a long spell of sickness this month (EQ28).

    Args:
        begins: the chance number of who begins one.
        ends: the chance number of who ends one.
        before: how many were in one last month.
        people: in post.
        ill: share of days lost to long spells.
        months: how long one lasts on average.
    """
    begin = 1.0 if ill >= 1.0 else min(1.0, ill / ((1.0 - ill) * months))
    number = before - binomial(ends, before, 1.0 / months)
    return max(0, min(people, number + binomial(begins, people - before, begin)))


@compiled
def reviewed_posts(given: float, target: float, before: float, people: float, may: bool) -> float:
    """Return a grade's posts of a month under a review: up at once, down only as people leave.

    Args:
        given: posts where no review has been yet.
        target: posts of the last review; below 0 where there was none.
        before: posts of last month.
        people: in post, without those who left this month.
        may: whether the grade may shrink.
    """
    if target < 0.0:
        return given
    if target >= before:
        return target
    return max(target, min(before, math.ceil(people - NOTHING))) if may else before


# The parts of a month -------------------------------------------------------------------------


@inlined
def fill(now: Any, place: int, series: Any, draw: int, change: int) -> None:
    """Copy what is given of a draw from a change on."""
    for n in range(now.shape[1]):
        now[place, n] = series[draw, change, n]


@inlined
def fill_all(now: Any, every: Any, changes: Any, draw: int, month: int) -> None:
    """Copy all that is given of a draw and month and differs from the month before.

    `changes` holds which change, from 1, a month begins; 0 where nothing changes.
    """
    for place in range(len(every)):
        if changes[place, month]:
            fill(now, place, every[place], draw, changes[place, month] - 1)


@compiled
def chances_of_rows(now: Any) -> None:
    """Work out what follows from the chances of rows."""
    for row in range(now.shape[1]):
        now[REACHED_LOG, row] = rarely(now[ACCESS, row])
        now[ANSWERED_LOG, row] = math.log1p(-now[NO_ANSWER, row])


@compiled
def chances_of_moves(now: Any, pair_first: Any) -> None:
    """Work out the chance of each move for those who have not moved elsewhere."""
    for tier in range(len(pair_first) - 1):
        others = 1.0
        for pair in range(pair_first[tier], pair_first[tier + 1]):
            share = now[SHARE_MOVED, pair]
            chance = min(1.0, share / others) if others > 0.0 else 0.0
            now[CHANCE_MOVED, pair], now[MOVED_LOG, pair] = chance, rarely(chance)
            others -= share


@inlined
def fill_rows_and_tiers(
    row_now: Any, tier_now: Any, rows: Any, tiers: Any, changes: Any, draw: int, month: int
) -> None:
    """Copy what is given of rows and tiers, and work out what follows from it."""
    fill_all(row_now, rows, changes[0], draw, month)
    fill_all(tier_now, tiers, changes[1], draw, month)
    if changes[0][ACCESS, month] or changes[0][NO_ANSWER, month]:
        chances_of_rows(row_now)
    if changes[1][EXITS, month]:
        for tier in range(tier_now.shape[1]):
            tier_now[STAY_LOG, tier] = rarely(tier_now[EXITS, tier])


@compiled
def own_keys(own: Any, every: Any, number: int) -> None:
    """Write the keys of a draw."""
    for what in range(every.shape[0]):
        for n in range(every.shape[1]):
            own[what, n] = of_draw(every[what, n], number)


@inlined
def keep(kept: Any, now: Any, which: Any, of: Any, month: int) -> None:
    """Keep some of what is known of a month until the draw has ended."""
    for place in range(len(which)):
        for n in of:
            kept[place, n, month] = now[which[place], n]


@compiled
def write(out: Any, kept: Any, of: Any, draw: int) -> None:
    """Write what was kept of a draw, month beside month."""
    for what in range(kept.shape[0]):
        for n in of:
            for month in range(kept.shape[2]):
                out[what, n, draw, month] = kept[what, n, month]


@compiled
def open_cases(
    cases: Any,
    overdue: Any,
    interval: Any,
    tier_of: Any,
    at: Any,
    size: Any,
    months: int,
    ages_up_to: Any,
    waits_up_to: Any,
    row_keys: Any,
    tier_whole: Any,
    here: Any,
    late: Any,
    state: Any,
    waits: Any,
    tally: Any,
) -> None:
    """Put the cases of the opening where they stand, in whole numbers."""
    for tier in range(len(cases)):
        tier_whole[CASES, tier] = int(np.rint(cases[tier]))
    for place in range(len(state)):
        state[place] = 0
    for row in range(len(tier_of)):
        here[row] = at[row] + months
        late[row] = here[row] + size[row] + 1 + months
        waits[row] = tally[JOINING, row] = tally[JOINING_WAITS, row] = 0
        tally[THERE, row] = tally[WAITING, row] = 0
        if interval[0, row] == 0:
            continue
        there = tier_whole[CASES, tier_of[row]]
        waiting = min(there, int(np.rint(overdue[row])))
        tally[THERE, row], tally[WAITING, row] = there, waiting
        spread(state, here[row], there - waiting, ages_up_to, row, even(row_keys[0, row], 0))
        chance = even(row_keys[1, row], 0)
        waits[row] = spread(state, late[row], waiting, waits_up_to, row, chance)


@compiled
def open_people(
    opening: Any,
    trained: Any,
    posts: Any,
    real: Any,
    left_up_to: Any,
    joined_up_to: Any,
    scheduled: Any,
) -> None:
    """Put the people of the opening where they stand."""
    back = len(trained)
    for grade in range(len(opening)):
        real[IN_POST, grade] = opening[grade]
        real[POSTS, grade] = posts[grade]
        real[RECRUITED, grade] = real[LET_GO, grade] = real[IN_SPELL, grade] = 0.0
        real[TARGET, grade] = -1.0
        joined_up_to[grade, 0] = left_up_to[grade, 0] = 0.0
        for month in range(back):
            joined_up_to[grade, month + 1] = (
                joined_up_to[grade, month] + trained[back - 1 - month, grade]
            )
        for month in range(scheduled.shape[1]):
            scheduled[grade, month] = -1.0


@compiled
def seen_at_review(
    measure: int,
    team: int,
    month: int,
    of_cohorts: int,
    tier_team: Any,
    tier_of: Any,
    waiting: Any,
    tier_whole: Any,
    tier_now: Any,
    row_now: Any,
    entry_hours: Any,
) -> float:
    """Return a measure of a team at last month's end, in this draw alone."""
    seen = 0.0
    for tier in range(of_cohorts):
        if tier_team[tier] == team:
            each = 1.0 if measure == review_table.OF_CASES else tier_now[PER_CASE, tier]
            seen += tier_whole[CASES, tier] * (0.0 if measure == review_table.OF_OVERDUE else each)
    if measure == review_table.OF_CASES:
        return seen
    if measure == review_table.OF_HOURS:
        for past in range(min(month, MONTHS_A_YEAR)):
            seen += entry_hours[team, past] / min(month, MONTHS_A_YEAR)
    for row in range(len(tier_of)):
        tier, hours = tier_of[row], row_now[HOURS, row]
        if tier_team[tier] != team:
            continue
        if measure == review_table.OF_OVERDUE:
            seen += waiting[row] * hours
        else:
            owed = row_now[PER_YEAR, row] * tier_whole[CASES, tier]
            seen += (owed + waiting[row]) * hours / MONTHS_A_YEAR
    return seen


@inlined
def leave_and_move(
    month: int,
    tier_now: Any,
    moves: Any,
    tiers_on: Any,
    pair_first: Any,
    tier_keys: Any,
    pair_keys: Any,
    tier_whole: Any,
    moved: Any,
) -> None:
    """Draw how many leave, move and stay (EQ1, EQ2)."""
    for tier in tiers_on:
        there, left, exits = tier_whole[CASES, tier], 0, tier_now[EXITS, tier]
        if there > 0 and exits > 0.0:
            chance = even(tier_keys[0, tier], month)
            left = binomial_of(chance, there, exits, tier_now[STAY_LOG, tier])
        tier_whole[LEFT_NOW, tier] = left
        tier_whole[GONE, tier] += left
        there -= left
        for pair in range(pair_first[tier], pair_first[tier + 1]):
            moved[pair] = 0
            if there > 0 and moves[CHANCE_MOVED, pair] > 0.0:
                chance = even(pair_keys[pair], month)
                share, log = moves[CHANCE_MOVED, pair], moves[MOVED_LOG, pair]
                moved[pair] = binomial_of(chance, there, share, log)
            there -= moved[pair]
        tier_whole[STAY, tier] = there


@compiled
def new_cases(
    month: int,
    begin: int,
    end: int,
    by_flow: Any,
    tier_now: Any,
    tiers_on: Any,
    pair_first: Any,
    pair_to: Any,
    tier_keys: Any,
    tier_whole: Any,
    moved: Any,
) -> None:
    """Draw new cases of some tiers, and add up the month's cases (EQ3, EQ23, EQ26)."""
    for tier in tiers_on:
        if not begin <= tier < end:
            continue
        mean = tier_now[EXPECTED, tier] * by_flow[queued.SHRINK, tier]
        mean += tier_now[NAMED, tier] + by_flow[queued.MORE, tier]
        new = poisson(even(tier_keys[1, tier], month), mean) + int(by_flow[queued.COMING, tier])
        arrive = tier_now[ARRIVALS, tier]
        if arrive > 0.0:
            new += math.floor(arrive + even(tier_keys[2, tier], month))
        tier_whole[ENTRANTS, tier] = new
        tier_whole[CASES, tier] = tier_whole[STAY, tier] + new
    for tier in tiers_on:
        if not begin <= tier < end:
            continue
        for pair in range(pair_first[tier], pair_first[tier + 1]):
            tier_whole[CASES, pair_to[pair]] += moved[pair]


@inlined
def note(noted: Any, tiers_on: Any, pair_first: Any, tier_whole: Any, moved: Any) -> None:
    """Note how the cases of a month came and went."""
    place = 0
    for tier in tiers_on:
        noted[place + LEFT_THEN] = tier_whole[LEFT_NOW, tier]
        noted[place + STAYED] = tier_whole[STAY, tier]
        noted[place + CAME] = tier_whole[ENTRANTS, tier]
        noted[place + WERE] = tier_whole[CASES, tier]
        place += 4
        for pair in range(pair_first[tier], pair_first[tier + 1]):
            noted[place] = moved[pair]
            place += 1


@inlined
def as_noted(noted: Any, tiers_on: Any, pair_first: Any, tier_whole: Any, moved: Any) -> None:
    """Have the cases of a month come and go as was noted."""
    place = 0
    for tier in tiers_on:
        left = noted[place + LEFT_THEN]
        tier_whole[LEFT_NOW, tier] = left
        tier_whole[GONE, tier] += left
        tier_whole[STAY, tier] = noted[place + STAYED]
        tier_whole[ENTRANTS, tier] = noted[place + CAME]
        tier_whole[CASES, tier] = noted[place + WERE]
        place += 4
        for pair in range(pair_first[tier], pair_first[tier + 1]):
            moved[pair] = noted[place]
            place += 1


@inlined
def people_and_hours(
    month: int,
    back: int,
    given: Any,
    alone: Any,
    posts: Any,
    opening: Any,
    undated: Any,
    vacant: Any,
    may_shrink: Any,
    grades_on: Any,
    grade_team: Any,
    grade_keys: Any,
    shock_keys: Any,
    shock: Any,
    real: Any,
    left_up_to: Any,
    joined_up_to: Any,
    scheduled: Any,
    team_real: Any,
) -> None:
    """Let people leave, join and fall ill, and count their hours (EQ8, EQ9, EQ14)."""
    persistence = alone[PERSISTENCE]
    fresh = 1.0 if month == 0 else math.sqrt(max(0.0, 1.0 - persistence * persistence))
    for which in range(2):
        width = alone[SICKNESS_SHOCK + which]
        z = normal(even(shock_keys[which, 0], month))
        before = 0.0 if month == 0 else persistence * shock[which]
        shock[which] = before + fresh * width * z
    sicker = math.exp(shock[0] - 0.5 * alone[SICKNESS_SHOCK] * alone[SICKNESS_SHOCK])
    busier = math.exp(shock[1] - 0.5 * alone[ABSTRACTION_SHOCK] * alone[ABSTRACTION_SHOCK])
    for team in range(team_real.shape[1]):
        team_real[UNCUT, team] = team_real[OFFICERS, team] = team_real[CASEWORK, team] = 0.0
    for grade in grades_on:
        before, share = real[IN_POST, grade], given[LEAVERS, grade]
        people = math.floor(before + NOTHING)
        leave = 1.0 * binomial(even(grade_keys[0, grade], month), people, share)
        part = before - people
        if part > NOTHING and even(grade_keys[1, grade], month) < share:
            leave += part
        left_up_to[grade, month + 1] = left_up_to[grade, month] + leave
        now = before - leave
        if scheduled[grade, month] >= 0.0:
            real[TARGET, grade] = scheduled[grade, month]
        real[POSTS, grade] = reviewed_posts(
            posts[grade], real[TARGET, grade], real[POSTS, grade], now, may_shrink[grade] != 0
        )
        real[RELEASED, grade] = max(0.0, now - real[POSTS, grade])
        now -= real[RELEASED, grade]
        appointed = min(given[JOINERS_DUE, grade], max(0.0, real[POSTS, grade] - now))
        now += appointed
        real[LET_GO, grade] += real[RELEASED, grade]
        lead = int(given[LEAD, grade])
        others = 0.0
        if month >= lead:
            places = real[POSTS, grade] - undated[grade] + vacant[grade] + real[LET_GO, grade]
            places += left_up_to[grade, month - lead + 1]
            room = min(places - real[RECRUITED, grade], real[POSTS, grade] - now)
            others = max(0.0, min(room, given[MOST_JOINERS, grade]))
        real[RECRUITED, grade] += others
        now += others
        last = back + month + 1
        joined_up_to[grade, last] = joined_up_to[grade, last - 1] + appointed + others
        since = max(0, last - int(given[ACCREDITATION, grade]))
        training = joined_up_to[grade, last] - joined_up_to[grade, since]
        able = now - (1.0 - given[PRODUCTIVITY, grade]) * training

        people = int(np.rint(now))
        ill = given[SICKNESS, grade] * alone[LONG_TERM]
        if month == 0:
            there = int(np.rint(opening[grade]))
            real[IN_SPELL, grade] = binomial(even(grade_keys[2, grade], 0), there, ill)
        spells = in_spells(
            even(grade_keys[3, grade], month),
            even(grade_keys[4, grade], month),
            int(real[IN_SPELL, grade]),
            people,
            ill,
            alone[SPELL_MONTHS],
        )
        away = ill if people == 0 else spells / people
        short = (given[SICKNESS, grade] - ill) / (1.0 - ill) if ill < 1.0 else 0.0
        hours = given[CONTRACTED, grade] * (1.0 - min(1.0, short * sicker))
        hours *= 1.0 - min(1.0, given[ABSTRACTION, grade] * busier)
        effective = able + given[EVENTS, grade]
        team, share = grade_team[grade], given[SHARE, grade]
        team_real[UNCUT, team] += share * hours * effective * (1.0 - away)
        team_real[OFFICERS, team] += share * (able + given[COUNTED, grade])
        team_real[CASEWORK, team] += share * now
        real[IN_POST, grade] = now
        real[JOINERS, grade] = appointed + others
        real[JOINED_DUE, grade] = appointed
        real[LEFT, grade] = leave
        real[EFFECTIVE, grade] = effective
        real[IN_SPELL, grade] = spells


@inlined
def other_work(
    month: int,
    tier_team: Any,
    tier_now: Any,
    tier_whole: Any,
    team_real: Any,
    entry_hours: Any,
) -> None:
    """Count the hours of other work (EQ11), and start a month of each team."""
    for team in range(team_real.shape[1]):
        team_real[OWN, team] = max(0.0, team_real[UNCUT, team])
        team_real[OTHER, team] = team_real[GIVING, team] = 0.0
        team_real[RECEIVED, team] = team_real[BORROWED, team] = team_real[LENT, team] = 0.0
        entry_hours[team, month % MONTHS_A_YEAR] = 0.0
    for tier in range(len(tier_team)):
        team = tier_team[tier]
        cases, new = tier_whole[CASES, tier], tier_whole[ENTRANTS, tier]
        team_real[OTHER, team] += (
            cases * tier_now[PER_CASE, tier] + new * tier_now[PER_ENTRANT, tier]
        )
        team_real[GIVING, team] += cases * tier_now[CASE_GIVES, tier]
        team_real[GIVING, team] += new * tier_now[ENTRANT_GIVES, tier]
        entry_hours[team, month % MONTHS_A_YEAR] += new * tier_now[PER_ENTRANT, tier]
    for team in range(team_real.shape[1]):
        team_real[ASKED, team] = team_real[OTHER, team]


@inlined
def who_is_due(
    month: int,
    interval: Any,
    ahead: Any,
    rows_on: Any,
    tier_of: Any,
    team_of: Any,
    here: Any,
    late: Any,
    row_now: Any,
    row_keys: Any,
    tier_whole: Any,
    state: Any,
    waits: Any,
    tally: Any,
    missed: Any,
    row_whole: Any,
    row_real: Any,
    team_real: Any,
) -> None:
    """Count who is due, draw who can be reached and what that takes (EQ5, EQ6, EQ10, EQ24)."""
    for row in rows_on:
        tier, has, first = tier_of[row], interval[row], late[row]
        access, q = row_now[ACCESS, row], row_now[NO_ANSWER, row]
        for what in range(row_real.shape[0]):
            row_real[what, row] = 0.0
        due = 0
        if has > 0:
            row_whole[NEWLY, row] += tier_whole[ENTRANTS, tier]
            state[first] = row_whole[NEWLY, row]
            tally[THERE, row] += row_whole[NEWLY, row]
            tally[WAITING, row] += row_whole[NEWLY, row]
            due = tally[WAITING, row]
        else:
            waits[row] = 0
            owed = row_now[LAPSING, row] * tier_whole[CASES, tier]
            if owed > 0.0:
                due = math.floor(owed + even(row_keys[4, row], month))
            row_whole[NEWLY, row] = due
        row_whole[DUE, row] = due
        can = due
        if due > 0 and access < 1.0:
            chance = even(row_keys[5, row], month)
            can = binomial_of(chance, due, access, row_now[REACHED_LOG, row])
        if has > 0:
            end = first + waits[row]
            if can == due:
                for place in range(first, end):
                    missed[place] = 0
            else:
                stream = of_month(row_keys[6, row], month)
                choose(stream, state[first:end], due - can, missed[first:end])
        if can == 0:
            continue
        hours = row_now[HOURS, row]
        if q > 0.0:
            tries = failures(even(row_keys[7, row], month), can, q, row_now[ANSWERED_LOG, row])
            hours += (tries / can - q / (1.0 - q)) * row_now[FAILED, row]
        if ahead[row] > 0 and row_now[EARLY_RATE, row] > 0.0:
            could = 0
            for place in range(here[row] + has - ahead[row], here[row] + has):
                could += state[place]
            chance = even(row_keys[11, row], month)
            could = binomial_of(chance, could, access, row_now[REACHED_LOG, row])
            row_real[AHEAD, row] = min(row_now[EARLY_RATE, row] * can, could)
        row_real[REACHED, row] = can
        row_real[FULL, row] = hours
        row_real[WANTED, row] = (can + row_real[AHEAD, row]) * hours
        team_real[ASKED, team_of[row]] += row_real[WANTED, row]


@compiled
def asked_of_row(
    row: int,
    measure: int,
    level: float,
    months: int,
    interval: int,
    due: int,
    cases: int,
    late: Any,
    state: Any,
    waits: Any,
) -> tuple[float, float]:
    """Return how many of a row a standard asks for, and the most that it can (EQ17, EQ27)."""
    begin, end = late[row], late[row] + waits[row]
    if measure == OUTSTANDING:
        return 1.0 * due, 1.0 * due
    if measure in (LONGEST_WAIT, IN_TIME):
        over, already = 0.0, 0.0
        for place in range(begin + months, end):
            over += state[place]
            already += state[place] if place > begin + months else 0.0
        if measure == LONGEST_WAIT:
            return over, over
        return over + already - (1.0 - level) * due, over
    if measure == IN_DATE and interval > 0:
        return due - (1.0 - level) * cases, 1.0 * due
    return level * due, 1.0 * due


@compiled
def up_to_standards(
    month: int,
    interval: Any,
    asked_rule: Any,
    asked_row: Any,
    asked_measure: Any,
    asked_first: Any,
    asked_months: Any,
    levels: Any,
    tier_of: Any,
    late: Any,
    state: Any,
    waits: Any,
    tier_whole: Any,
    row_whole: Any,
    row_real: Any,
) -> None:
    """Write how many of each row its standards ask for, in whole cases (EQ13, EQ17, EQ27).

    What is asked of rows together falls to the first served, as far as they can be reached.
    """
    begin = 0
    while begin < len(asked_row):
        measure, level = asked_measure[begin], levels[begin]
        end, least, most = begin, 0.0, 0.0
        if measure == OUTSTANDING:
            least = -level
        while end < len(asked_row) and asked_rule[end] == asked_rule[begin]:
            row = asked_row[end]
            asked, can = asked_of_row(
                row,
                measure,
                level,
                asked_months[end],
                interval[row],
                row_whole[DUE, row],
                tier_whole[CASES, tier_of[row]],
                late,
                state,
                waits,
            )
            least += asked
            most += can
            end += 1
            if measure == LONGEST_WAIT:  # of each by itself
                break
        if asked_first[begin] <= month:
            left = max(0.0, math.ceil(min(least, most) - NOTHING))
            for n in range(begin, end):
                row = asked_row[n]
                part = min(left, row_real[REACHED, row])
                row_real[BEGUN, row] = max(row_real[BEGUN, row], part)
                left -= part
        begin = end


@inlined
def lend(
    lend_from: Any,
    lend_to: Any,
    lend_counts: Any,
    most: Any,
    efficiency: Any,
    team_now: Any,
    team_real: Any,
    out: Any,
    draw: int,
    month: int,
) -> None:
    """Lend hours by the rules in file order, from what a team's own hours leave it (EQ12)."""
    for team in range(team_real.shape[1]):
        left = team_real[OWN, team] - team_real[ASKED, team]
        team_real[SPARE, team], team_real[LACKING, team] = max(0.0, left), max(0.0, -left)
    for n in range(len(lend_from)):
        lender, borrower = lend_from[n], lend_to[n]
        hours = 0.0
        if efficiency[n] > 0.0:
            wanted = team_real[LACKING, borrower] / efficiency[n]
            hours = min(most[n] * team_real[OWN, lender], team_real[SPARE, lender], wanted)
        team_real[SPARE, lender] -= hours
        left = team_real[LACKING, borrower] - hours * efficiency[n]
        team_real[LACKING, borrower] = max(0.0, left)
        team_real[LENT, lender] += hours
        team_real[BORROWED, borrower] += hours
        team_real[RECEIVED, borrower] += hours * efficiency[n]
        if lend_counts[n] and team_now[ONE_FTE, lender] > 0.0:
            team_real[OFFICERS, borrower] += hours / team_now[ONE_FTE, lender]
        out[0, n, draw, month] = hours


@inlined
def share_out(
    rule: int,
    month: int,
    giving_focus: float,
    teams_on: Any,
    team_rows: Any,
    team_first: Any,
    team_now: Any,
    row_now: Any,
    row_keys: Any,
    row_whole: Any,
    row_real: Any,
    team_real: Any,
) -> None:
    """Share each team's hours out among its rows, and round what is done (EQ12, EQ13, EQ25)."""
    together = rule == SOFT and not math.isnan(giving_focus)
    giving_behind = math.exp(-giving_focus) if together else 1.0
    behind, parts = row_now[BEHIND], row_now[GIVES_WAY]
    for team in teams_on:
        first, end = team_first[team], team_first[team + 1]
        asked, giving = team_real[ASKED, team], team_real[GIVING, team]
        there = team_real[OWN, team] + team_real[RECEIVED, team] - team_real[LENT, team]
        most = max(0.0, team_now[OVERTIME, team] * team_real[CASEWORK, team])
        extra = min(most, max(0.0, asked - there))
        there += extra
        idle = not_shared(asked, there, team_now[POOLING, team], team_now[SPREAD, team])
        if idle > NOTHING:
            there = min(there, asked) - idle
        cut, start = 0.0, team_real[LAST_U, team]
        if together:
            fixed = team_real[OTHER, team] - giving
            u = kept_softly(
                start,
                row_real[WANTED],
                parts,
                behind,
                team_rows,
                first,
                end,
                giving,
                giving_behind,
                there - fixed,
            )
            if u >= 0.0:
                cut = giving_behind / (u + giving_behind)
                start = u
        else:
            gives = giving
            for n in range(first, end):
                gives += row_real[WANTED, team_rows[n]] * parts[team_rows[n]]
            if gives > 0.0:
                cut = min(max(0.0, asked - there), gives) / gives
        for n in range(first, end):
            row = team_rows[n]
            row_real[SHORTER, row] = row_real[FULL, row] * (1.0 - parts[row] * cut)
        missing = team_real[OTHER, team] - giving * cut - there
        short = missing if missing > NOTHING else 0.0
        had, effort = max(0.0, -missing), team_now[EFFORT, team]
        if short == 0.0:
            u = hand_out(rule, team_rows, first, end, had * effort, start, behind, row_real)
            if u > 0.0:
                team_real[LAST_U, team] = u
        used, worked, saved = 0.0, 0.0, giving * cut
        for n in range(first, end):
            row = team_rows[n]
            done, early = 0, 0
            if row_real[REACHED, row] > 0.0:
                here = row_real[NUMBER, row] + even(row_keys[8, row], month)
                done = int(min(row_real[REACHED, row], math.floor(here)))
            if row_real[AHEAD, row] > 0.0:
                rest = row_real[REACHED, row] - row_real[BEGUN, row]
                part = max(0.0, done - row_real[BEGUN, row]) / rest if rest > 0.0 else 0.0
                here = row_real[AHEAD, row] * part + even(row_keys[12, row], month)
                early = math.floor(here)
            row_whole[DONE, row], row_whole[EARLY, row] = done, early
            used += (done + early) * row_real[FULL, row]
            worked += (done + early) * row_real[SHORTER, row]
        saved += used - worked
        lost = 0.0
        if effort != 1.0:  # hours that went to nothing known, or more done than there were hours
            lost = (worked / effort if effort > 0.0 else had) - worked
            saved += max(0.0, -lost)
        team_real[USED, team], team_real[EXTRA, team] = used, extra
        team_real[SHORT, team], team_real[CUT, team], team_real[IDLE, team] = short, saved, idle
        team_real[LOST, team] = max(0.0, lost)


@inlined
def who_is_done(
    month: int,
    rows_on: Any,
    interval: Any,
    ahead: Any,
    here: Any,
    late: Any,
    row_now: Any,
    row_keys: Any,
    state: Any,
    waits: Any,
    tally: Any,
    missed: Any,
    took: Any,
    row_whole: Any,
) -> None:
    """Start again those who are done (EQ7)."""
    for row in rows_on:
        done = row_whole[DONE, row]
        row_whole[WAIT, row] = 1 if row_whole[DUE, row] > done else 0
        if interval[row] > 0:
            waits[row] = serve(
                row,
                month,
                done,
                row_whole[EARLY, row],
                ahead[row],
                interval[row],
                row_now[IN_TURN, row],
                here,
                late,
                state,
                waits,
                tally,
                missed,
                took,
                row_keys[9, row],
                row_keys[10, row],
                row_keys[13, row],
            )
            row_whole[WAIT, row] = waits[row]


# All of it --------------------------------------------------------------------------------------


@compiled
def gone_from_queues(
    month: int,
    first: int,
    tier_of: Any,
    team_of: Any,
    here: Any,
    row_now: Any,
    row_whole: Any,
    state: Any,
    tally: Any,
    done: Any,
    cases: Any,
    entry_hours: Any,
) -> None:
    """Take out what is done in queues, and count the hours that arrivals ask for (EQ26)."""
    for row in range(len(tier_of)):
        done[row, month] = row_whole[DONE, row]
        if row >= first:
            tally[THERE, row] -= state[here[row]]
            state[here[row]] = 0
            cases[tier_of[row]] -= row_whole[DONE, row]
            hours = row_whole[NEWLY, row] * row_now[HOURS, row]
            entry_hours[team_of[row], month % MONTHS_A_YEAR] += hours


def workspace(
    rows: int,
    tiers: int,
    teams: int,
    grades: int,
    pairs: int,
    cells: int,
    months: int,
    back: int,
    cohorts: int,
) -> tuple[Any, ...]:
    """Return the arrays in which `simulate` works."""
    tables = [(12, rows), (9, tiers), (12, grades), (5, teams), (3, pairs)]
    tables += [(8, rows), (19, teams), (11, grades), (2, 1)]
    tables += [(grades, months + 1), (grades, back + months + 1), (grades, months), (teams, 12)]
    tables += [(3, tiers), (3, cohorts)]
    return (
        tuple(np.zeros(size, dtype=np.int64) for size in [*[cells] * 5, *[rows] * 3, pairs]),
        tuple(
            np.zeros(shape, dtype=np.int64)
            for shape in [(5, rows), (7, tiers), (4, rows), (rows, months), (tiers, months)]
        ),
        tuple(np.zeros(shape) for shape in tables),
    )


_NUMBERS = types.Array(types.float64, 3, "A", readonly=True)
_WHOLE_1 = types.Array(types.int64, 1, "C", readonly=True)
_WHOLE_2 = types.Array(types.int64, 2, "C", readonly=True)
_REAL_2 = types.Array(types.float64, 2, "C", readonly=True)
_KEYS = types.Array(types.uint64, 2, "C", readonly=True)


def _tuple_of(kind: Any, number: int) -> Any:
    """Return the type of a tuple of so many arrays."""
    return types.UniTuple(kind, number)  # type: ignore[no-untyped-call]


SIGNATURE = types.void(
    types.int64,
    types.int64,
    types.int64,
    types.int64,
    _WHOLE_1,  # which
    _WHOLE_1,  # numbers
    _tuple_of(_NUMBERS, 10),
    _tuple_of(_NUMBERS, 8),
    _tuple_of(_NUMBERS, 12),
    _tuple_of(_NUMBERS, 5),
    _tuple_of(_NUMBERS, 16),
    _tuple_of(_WHOLE_2, 5),  # changes
    _tuple_of(_WHOLE_1, 30),
    _tuple_of(_WHOLE_2, 11),
    _tuple_of(_REAL_2, 3),
    _tuple_of(_KEYS, 8),
    _tuple_of(types.Array(types.float32, 4, "C"), 3),
    _tuple_of(types.Array(types.float64, 4, "C"), 3),
    types.Array(types.float64, 2, "C"),  # seen_then
    types.Array(types.int32, 3, "C"),
    _tuple_of(types.Array(types.int64, 1, "C"), 9),
    _tuple_of(types.Array(types.int64, 2, "C"), 5),
    _tuple_of(types.Array(types.float64, 2, "C"), 15),
    _tuple_of(types.Array(types.uint64, 2, "C"), 8),
    _tuple_of(types.Array(types.float32, 3, "C"), 2),
    _tuple_of(types.Array(types.float64, 3, "C"), 2),
)


@kept_compiled(SIGNATURE)
def simulate(
    rule: int,
    course: int,
    begin: int,
    end: int,
    which: Any,
    numbers: Any,
    rows_given: Any,
    tiers_given: Any,
    grades_given: Any,
    teams_given: Any,
    others_given: Any,
    changes: Any,
    lists: Any,
    tables: Any,
    shares: Any,
    keys: Any,
    kept_short: Any,
    kept_long: Any,
    seen_then: Any,
    noted: Any,
    work_lists: Any,
    work_whole: Any,
    work_real: Any,
    work_keys: Any,
    work_short: Any,
    work_long: Any,
) -> None:
    """Carry some draws through all months: `which` from `begin` to `end` (EQ1–EQ14, EQ23–EQ28).

    The arguments are laid out and explained in `risk/laid_out`.
    """
    moves, cases, overdue, people, undated, vacant, trained, lend_most = others_given[:8]
    efficiency, levels, event_cases, posts = others_given[8:12]
    flow_share, flow_joins, growing, alone = others_given[12:]
    tier_of, team_of, at, size, pair_first, pair_to, team_rows, team_first = lists[:8]
    grade_team, tier_team, lend_from, lend_to, lend_counts = lists[8:13]
    asked_row, asked_measure, asked_first, event_month, event_target = lists[13:18]
    flow_sources, flow_targets, cohort_of = lists[18:21]
    rows_on, tiers_on, grades_on, teams_on = lists[21:25]
    rows_kept, tiers_kept, teams_kept, grades_kept, asked_rule = lists[25:]
    interval, ahead, partner, asked_months, aged, event_from, may_shrink, review = tables[:8]
    flows, deadline, lapses = tables[8:]
    ages_up_to, waits_up_to, review_numbers = shares
    tier_keys, row_keys, grade_keys, pair_keys, event_keys, shock_keys = work_keys[:6]
    flow_keys, target_keys = work_keys[6:]
    state, coming, took, missed, lined, here, late, waits, moved = work_lists
    row_whole, tier_whole, tally, done_log, left_log = work_whole
    row_now, tier_now, grade_now, team_now, moves_now, row_real, team_real = work_real[:7]
    grade_real, shock, left_up_to, joined_up_to, scheduled, entry_hours = work_real[7:13]
    by_flow, of_cohort = work_real[13:]
    classes = deadline.shape[1]
    of_duties, of_cohorts = len(tier_of) - classes, len(tier_team) - classes
    for place in range(begin, end):
        draw = which[place]
        for n in range(len(keys)):
            own_keys(work_keys[n], keys[n], numbers[draw])
        open_cases(
            cases[draw, 0],
            overdue[draw, 0],
            interval,
            tier_of,
            at,
            size,
            len(ahead),
            ages_up_to,
            waits_up_to,
            row_keys,
            tier_whole,
            here,
            late,
            state,
            waits,
            tally,
        )
        open_people(
            people[draw, 0],
            trained[draw],
            posts[draw, 0],
            grade_real,
            left_up_to,
            joined_up_to,
            scheduled,
        )
        for team in range(len(team_first) - 1):
            team_real[LAST_U, team] = 1.0
        line = 0  # of the review: they are in the order of their months
        for month in range(len(ahead)):
            if month == 0:
                fill_rows_and_tiers(
                    row_now, tier_now, rows_given, tiers_given, changes, draw, month
                )
            seen, seen_team, seen_measure = 0.0, -1, -1
            while line < len(review) and review[line, 0] == month:
                team, measure = review[line, 2], review[line, 4]
                if team != seen_team or measure != seen_measure:
                    seen_team, seen_measure = team, measure
                    seen = seen_at_review(
                        measure,
                        team,
                        month,
                        of_cohorts,
                        tier_team,
                        tier_of,
                        tally[WAITING],
                        tier_whole,
                        tier_now,
                        row_now,
                        entry_hours,
                    )
                    seen_then[place, review[line, 5]] = seen
                grade, start = review[line, 3], review[line, 1]
                if seen >= review_numbers[line, 0]:
                    scheduled[grade, start] = max(scheduled[grade, start], review_numbers[line, 1])
                line += 1
            if month > 0:
                fill_rows_and_tiers(
                    row_now, tier_now, rows_given, tiers_given, changes, draw, month
                )
            fill_all(grade_now, grades_given, changes[2], draw, month)
            fill_all(team_now, teams_given, changes[3], draw, month)
            if changes[4][0, month]:
                fill(moves_now, SHARE_MOVED, moves, draw, changes[4][0, month] - 1)
                chances_of_moves(moves_now, pair_first)
            for tier in range(len(tier_team)):
                tier_whole[GONE, tier] = 0
            if len(event_month) > 0:
                transfer(
                    month,
                    event_month,
                    event_target,
                    event_from,
                    event_cases[draw, 0],
                    event_keys[0],
                    interval,
                    rows_on,
                    tier_of,
                    partner,
                    here,
                    late,
                    size,
                    state,
                    waits,
                    tally,
                    tier_whole[CASES],
                    tier_whole[GONE],
                    lined,
                    took,
                    tier_whole[SOME],
                    tier_whole[TAKEN],
                    row_keys[3],
                )
            if course == AS_BEFORE:
                as_noted(noted[draw, month], tiers_on, pair_first, tier_whole, moved)
            else:
                leave_and_move(
                    month,
                    tier_now,
                    moves_now,
                    tiers_on,
                    pair_first,
                    tier_keys,
                    pair_keys[0],
                    tier_whole,
                    moved,
                )
            let_pass(
                month,
                tier_whole[STAY],
                tier_whole[LEFT_NOW],
                moved,
                pair_first,
                pair_to,
                pair_keys[0],
                interval,
                rows_on,
                tier_of,
                partner,
                here,
                late,
                size,
                state,
                waits,
                tally,
                coming,
                row_whole[NEWLY],
                lined,
                took,
                row_keys[2],
                row_keys[3],
            )
            out = kept_short[2][0, :, place, month]
            if classes > 0:
                queued.lapse(
                    lapses[month],
                    of_duties,
                    tier_of,
                    late,
                    state,
                    waits,
                    tally,
                    tier_whole[STAY],
                    out[aged.shape[1] + classes :],
                )
            for tier in range(of_cohorts):
                left_log[tier, month] = tier_whole[GONE, tier]
            share_now = flow_share[draw, min(month, flow_share.shape[1] - 1)]
            joins_now = flow_joins[draw, min(month, flow_joins.shape[1] - 1)]
            if month == 0 or len(flows) > 0:
                queued.come(
                    month,
                    flows,
                    flow_sources,
                    flow_targets,
                    cohort_of,
                    share_now,
                    joins_now,
                    flow_keys[0],
                    target_keys[0],
                    done_log,
                    left_log,
                    tier_now[EXPECTED],
                    growing[draw, min(month, growing.shape[1] - 1)],
                    tier_now[EXITS],
                    tier_whole[CASES],
                    by_flow,
                    of_cohort,
                )
            if course != AS_BEFORE:
                new_cases(
                    month,
                    0,
                    of_cohorts,
                    by_flow,
                    tier_now,
                    tiers_on,
                    pair_first,
                    pair_to,
                    tier_keys,
                    tier_whole,
                    moved,
                )
            if course == NOTED:
                note(noted[draw, month], tiers_on, pair_first, tier_whole, moved)
            if classes > 0:
                queued.come_with_cases(
                    flows,
                    flow_sources,
                    flow_targets,
                    share_now,
                    joins_now,
                    tier_whole[CASES],
                    by_flow,
                )
                new_cases(
                    month,
                    of_cohorts,
                    len(tier_team),
                    by_flow,
                    tier_now,
                    tiers_on,
                    pair_first,
                    pair_to,
                    tier_keys,
                    tier_whole,
                    moved,
                )
            people_and_hours(
                month,
                trained.shape[1],
                grade_now,
                alone[draw, 0],
                posts[draw, month],
                people[draw, 0],
                undated[draw, 0],
                vacant[draw, 0],
                may_shrink[month],
                grades_on,
                grade_team,
                grade_keys,
                shock_keys,
                shock[:, 0],
                grade_real,
                left_up_to,
                joined_up_to,
                scheduled,
                team_real,
            )
            other_work(month, tier_team, tier_now, tier_whole, team_real, entry_hours)
            who_is_due(
                month,
                interval[month + 1],
                ahead[month],
                rows_on,
                tier_of,
                team_of,
                here,
                late,
                row_now,
                row_keys,
                tier_whole,
                state,
                waits,
                tally,
                missed,
                row_whole,
                row_real,
                team_real,
            )
            if rule == STANDARDS_FIRST:
                up_to_standards(
                    month,
                    interval[month + 1],
                    asked_rule,
                    asked_row,
                    asked_measure,
                    asked_first,
                    asked_months[0],
                    levels[draw, 0],
                    tier_of,
                    late,
                    state,
                    waits,
                    tier_whole,
                    row_whole,
                    row_real,
                )
            lend(
                lend_from,
                lend_to,
                lend_counts,
                lend_most[draw, 0],
                efficiency[draw, 0],
                team_now,
                team_real,
                kept_long[2],
                place,
                month,
            )
            share_out(
                rule,
                month,
                alone[draw, 0, GIVES_WAY_FOCUS],
                teams_on,
                team_rows,
                team_first,
                team_now,
                row_now,
                row_keys,
                row_whole,
                row_real,
                team_real,
            )
            of_class = out[aged.shape[1] :]
            if classes > 0:
                queued.late_already(deadline[month], of_duties, late, state, waits, of_class)
            who_is_done(
                month,
                rows_on,
                interval[month + 1],
                ahead[month],
                here,
                late,
                row_now,
                row_keys,
                state,
                waits,
                tally,
                missed,
                took,
                row_whole,
            )
            past = out[aged.shape[1] + 2 * classes :]
            if classes > 0:
                queued.late_now(deadline[month], of_duties, late, state, waits, of_class, past)
            if classes > 0 or len(flows) > 0:
                gone_from_queues(
                    month,
                    of_duties,
                    tier_of,
                    team_of,
                    here,
                    row_now,
                    row_whole,
                    state,
                    tally,
                    done_log,
                    tier_whole[CASES],
                    entry_hours,
                )
            for n in range(aged.shape[1]):
                first, number = late[aged[0, n]], 0
                for cell in range(first + aged[1, n], first + waits[aged[0, n]]):
                    number += state[cell]
                kept_short[2][0, n, place, month] = number
            keep(work_short[0], row_whole, rows_kept, rows_on, month)
            keep(work_short[1], tier_whole, tiers_kept, range(len(tier_team)), month)
            keep(work_long[0], team_real, teams_kept, range(team_real.shape[1]), month)
            keep(work_long[1], grade_real, grades_kept, range(len(grade_team)), month)
        write(kept_short[0], work_short[0], rows_on, place)
        write(kept_short[1], work_short[1], range(len(tier_team)), place)
        write(kept_long[0], work_long[0], range(team_real.shape[1]), place)
        write(kept_long[1], work_long[1], range(len(grade_team)), place)
