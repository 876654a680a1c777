"""Work that queues in a simulation, in whole ones: what lapses, flows and is late; compiled.

EQ26, EQ28. `simulate` calls these once a month; what their arrays hold is said in `risk/laid_out`.
"""

from __future__ import annotations

from typing import Any

from capacity.risk.luck import binomial, compiled, even

DONE, LEFT, OF_CASES = range(3)
"""Where a flow comes from: what queues complete, who leaves tiers, the cases of tiers."""

KIND, LAG, COHORT, BESIDE, SOURCES, SOURCES_END, TARGETS, TARGETS_END = range(8)

THERE, WAITING = range(2)
"""What is counted of a row: all, and those who wait."""

COMING, MORE, SHRINK = range(3)
"""Of a tier this month: who come by flows, more expected, and the share of those expected left."""


@compiled
def lapse(
    lapses: Any,
    first: int,
    tier_of: Any,
    late: Any,
    state: Any,
    waits: Any,
    tally: Any,
    stay: Any,
    out: Any,
) -> None:
    """Take out of queues what lapses before work begins.

    Args:
        lapses: months waited after which it does, by class; 0 for never.
        first: the first row of a queue.
        tier_of: by row.
        late: where those waiting begin in the state, by row.
        state: as in `whole`.
        waits: by row, how many months waited are kept.
        tally: how many there are, and how many of them wait, by row.
        stay: cases who are still there, by tier; those that lapse are taken off.
        out: how many lapse, by class.
    """
    for place in range(len(lapses)):
        row, months, gone = first + place, lapses[place], 0
        if months > 0 and waits[row] > months:
            for at in range(late[row] + months, late[row] + waits[row]):
                gone += state[at]
                state[at] = 0
            waits[row] = months
            tally[THERE, row] -= gone
            tally[WAITING, row] -= gone
            stay[tier_of[row]] -= gone
        out[place] = gone


@compiled
def come(
    month: int,
    flows: Any,
    sources: Any,
    targets: Any,
    cohort_of: Any,
    share: Any,
    joins: Any,
    flow_keys: Any,
    target_keys: Any,
    done: Any,
    left: Any,
    expected: Any,
    growing: Any,
    exits: Any,
    cases: Any,
    by_tier: Any,
    of_cohort: Any,
) -> None:
    """Draw who comes by what queues completed, and by who left, in earlier months.

    Each of them leads to something by chance, and to one of the tiers or classes that it may join.
    What is part of a cohort's growth stands in for as many of those expected. What comes beside it
    raises the growth path, so that as many more are expected as keep it there.

    Args:
        month: the month, from 0.
        flows: one row each, see KIND and so on.
        sources: rows or tiers of all flows.
        targets: tiers of all flows.
        cohort_of: by tier.
        share: of this month, by flow.
        joins: of this month, by target.
        flow_keys: of this draw.
        target_keys: of this draw.
        done: what is done, by row and month.
        left: who left, by tier and month.
        expected: new cases expected, by tier.
        growing: how many times a cohort is a month later.
        exits: share that leaves in a month, by tier.
        cases: of last month, by tier.
        by_tier: what is found, see COMING and so on.
        of_cohort: who come as part of growth, who come beside it, and how far that has raised the
            path, by cohort.
    """
    for tier in range(by_tier.shape[1]):
        by_tier[COMING, tier] = by_tier[MORE, tier] = 0.0
        by_tier[SHRINK, tier] = 1.0
    if len(flows) == 0:
        return
    within, beside, raised = of_cohort[0], of_cohort[1], of_cohort[2]
    for cohort in range(len(within)):
        within[cohort] = beside[cohort] = 0.0
        if month == 0:
            raised[cohort] = 0.0
    for n in range(len(flows)):
        then, number = month - flows[n, LAG], 0
        if flows[n, KIND] == OF_CASES or (then < 0 and flows[n, KIND] == DONE):
            continue
        for place in range(flows[n, SOURCES], flows[n, SOURCES_END]):
            if flows[n, KIND] == DONE:
                number += done[sources[place], then]
            else:
                number += left[sources[place], max(0, then)]
        rest = binomial(even(flow_keys[n], month), number, share[n])
        if flows[n, COHORT] >= 0:
            within[flows[n, COHORT]] += rest
        if flows[n, BESIDE] >= 0:
            beside[flows[n, BESIDE]] += rest
        others = 1.0
        for place in range(flows[n, TARGETS], flows[n, TARGETS_END]):
            chance = min(1.0, joins[place] / others) if others > 0.0 else 0.0
            some = binomial(even(target_keys[place], month), rest, chance)
            by_tier[COMING, targets[place]] += some
            rest -= some
            others -= joins[place]
    for cohort in range(len(within)):
        before = raised[cohort]
        raised[cohort] = (before + beside[cohort]) * growing[cohort]
        if within[cohort] == 0.0 and raised[cohort] == 0.0:
            continue
        total, there, gone = 0.0, 0.0, 0.0
        for tier in range(len(cohort_of)):
            if cohort_of[tier] == cohort:
                total += expected[tier]
                there += cases[tier]
                gone += cases[tier] * exits[tier]
        stay = 1.0 - gone / there if there > 0.0 else 1.0
        more = raised[cohort] - beside[cohort] - before * stay - within[cohort]
        for tier in range(len(cohort_of)):
            if cohort_of[tier] == cohort:
                by_tier[SHRINK, tier] = max(0.0, 1.0 + more / total) if total > 0.0 else 0.0


@compiled
def come_with_cases(
    flows: Any, sources: Any, targets: Any, share: Any, joins: Any, cases: Any, by_tier: Any
) -> None:
    """Add what is expected to arrive in queues with the cases of this month."""
    for n in range(len(flows)):
        if flows[n, KIND] != OF_CASES:
            continue
        number = 0
        for place in range(flows[n, SOURCES], flows[n, SOURCES_END]):
            number += cases[sources[place]]
        for place in range(flows[n, TARGETS], flows[n, TARGETS_END]):
            by_tier[MORE, targets[place]] += number * share[n] * joins[place]


@compiled
def waited(row: int, months: int, late: Any, state: Any, waits: Any) -> int:
    """Return how many of a row wait for so many whole months or longer."""
    number = 0
    for at in range(late[row] + months, late[row] + waits[row]):
        number += state[at]
    return number


@compiled
def late_already(deadline: Any, first: int, late: Any, state: Any, waits: Any, out: Any) -> None:
    """Count those due who were late when the month began, by class; none without a deadline."""
    for place in range(len(deadline)):
        out[place] = 0
        if deadline[place] >= 0:
            out[place] = waited(first + place, deadline[place] + 1, late, state, waits)


@compiled
def late_now(
    deadline: Any, first: int, late: Any, state: Any, waits: Any, out: Any, past: Any
) -> None:
    """Add those who become late at the month's end, by class, and count all who then are."""
    for place in range(len(deadline)):
        row, months = first + place, deadline[place]
        past[place] = 0
        if 0 <= months < waits[row]:
            out[place] += state[late[row] + months]
            past[place] = waited(row, months, late, state, waits)
