"""Whether each standard held in a run, by financial year (EQ17, EQ18, EQ27)."""

from __future__ import annotations

from tests.one_by_one.inputs import DutyRule
from tests.one_by_one.unit import Unit

CLOSE = 1e-6
"""A standard missed by less than this share of its level is met."""

Held = dict[str, dict[str, bool]]
"""By standard and financial year."""


def held(unit: Unit) -> Held:
    """Return whether each standard held in every period of each year."""
    given, found = unit.given, {}  # type: ignore[var-annotated]
    for rule in given.duty_rules:
        verdict = found.setdefault(rule.name, {})
        for year, first, end in rule.periods:
            verdict[year] = verdict.get(year, True) and met(unit, rule, first, end)
    for limit in given.case_rules:
        verdict = found.setdefault(limit.name, {})
        for month in range(max(0, limit.first), given.months):
            year = given.years[month]
            cases = sum(unit.cases[month][tier] for tier in limit.tiers)
            most = limit.level * unit.staff.counted[month][limit.team] * (1 + CLOSE)
            verdict[year] = verdict.get(year, True) and cases <= most
    return found


def met(unit: Unit, rule: DutyRule, first: int, end: int) -> bool:
    """Judge one period of a standard on a duty."""
    given = unit.given
    at = [(month, row) for month in range(first, end) for row in rule.rows]
    due, done = (sum(of[m][row] for m, row in at) for of in (unit.due, unit.done))
    if rule.measure == "completion":
        return due < 0.5 or done >= (rule.level - CLOSE) * due
    if rule.measure == "outstanding":
        mean = sum(unit.outstanding[m][row] for m, row in at) / (end - first)
        return mean <= rule.level + CLOSE * max(1.0, rule.level)
    if rule.measure == "longest_wait_months":
        return max(unit.longest[m][row] for m, row in at) <= rule.level
    cases = late = 0.0
    for m, row in at:
        if given.interval[m][row] or given.lapsing[m][row]:
            clocked = given.interval[m][row]
            cases += unit.cases[m][given.tier_of[row]] if clocked else unit.due[m][row]
            late += unit.outstanding[m][row]
    return cases < 0.5 or cases - late >= (rule.level - CLOSE) * cases
