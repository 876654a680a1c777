"""Numbers that no unit is likely to have, asked about before anything is worked out from them.

The usual range of a setting is not its valid range: outside it a number may be right, and is
then confirmed. What is checked is what somebody typed; what the program tries by itself, in a
fit or a sweep, is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from capacity.catalogue import declared_at, range_at
from capacity.kinds import IN_FILES
from capacity.reading.crosscheck import for_tier, times_a_year
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, TomlTable, at, is_number, leaves
from capacity.settings import LARGEST, Settings, show

MANY = 500.0
"""Cases for each officer who carries cases, above which one of the two is likely a slip."""

TIMES_THE_HOURS = 3.0
"""So many cases are a slip only if their duties ask for so many times the hours there are:
inspectors of food premises hold nearly a thousand each."""

HOURS_OF_ONE = 140.0
"""Hours that a full-time officer works in a month at most, near enough."""


@dataclass(frozen=True)
class Usual:
    """Between which numbers a setting usually lies; 0 is usual too unless `zero` is false.

    Attributes:
        low: the lowest usual number, of the size alone where it may be negative.
        high: the highest.
        share: whether people write it as a per cent.
        below: the lowest usual number where negative ones are usual.
    """

    low: float
    high: float
    share: bool = False
    below: float | None = None

    def holds(self, number: float) -> bool:
        """Return whether a number is usual."""
        if self.below is not None and number < 0:
            return self.below <= number <= -self.low
        return number == 0 or self.low <= number <= self.high


def _share(low: float, high: float, below: float | None = None) -> Usual:
    return Usual(low, high, share=True, below=below)


_COHORT, _DUTY = "cohorts.NAME", "cohorts.NAME.duties.NAME"
_TEAM, _GRADE = "teams.NAME", "teams.NAME.grades.NAME"
_PARTS, _QUEUE = f"{_GRADE}.cost_per_year", "queues.NAME"
USUAL: Mapping[str, Usual] = {
    f"{_COHORT}.tiers.NAME.cases": Usual(0, 50_000),
    f"{_COHORT}.tiers.NAME.court_orders": Usual(0, 50_000),
    f"{_COHORT}.tiers.NAME.counts": _share(0.001, 1.0),
    f"{_COHORT}.tiers.NAME.risk_weight": Usual(0, 1_000),
    f"{_COHORT}.growth_per_year": _share(0.0005, 1.0, below=-0.9),
    f"{_COHORT}.entrants_per_month": Usual(0, 2_000),
    f"{_COHORT}.exits_per_year": _share(0.001, 6.0),
    f"{_COHORT}.hours_per_case_month": Usual(0, 200),
    f"{_COHORT}.hours_per_entry": Usual(0, 200),
    f"{_DUTY}.per_year": Usual(0, 366),
    f"{_DUTY}.every_months": Usual(0, 120),
    f"{_DUTY}.reference_months": Usual(0, 120),
    f"{_DUTY}.hours": Usual(0, 200),
    f"{_DUTY}.second_officer_hours": Usual(0, 200),
    f"{_DUTY}.no_answer_hours": Usual(0, 24),
    f"{_DUTY}.crew": Usual(1, 6),
    f"{_DUTY}.no_answer_share": _share(0.001, 0.9),
    f"{_DUTY}.access_rate": _share(0.001, 1.0),
    f"{_COHORT}.work.NAME.per_case_year": Usual(0, 366),
    f"{_COHORT}.work.NAME.hours": Usual(0, 300),
    f"{_GRADE}.in_post": Usual(0, 2_000),
    f"{_GRADE}.posts": Usual(0, 2_000),
    f"{_GRADE}.casework_share": _share(0.001, 1.0),
    f"{_GRADE}.weekly_hours": Usual(1, 72),
    f"{_GRADE}.leave_days": Usual(0, 60),
    f"{_GRADE}.bank_holidays": Usual(0, 20),
    f"{_GRADE}.training_days": Usual(0, 80),
    f"{_GRADE}.sickness": _share(0.001, 0.6),
    f"{_GRADE}.abstraction": _share(0.001, 0.8),
    f"{_GRADE}.leavers_per_year": _share(0.001, 3.0),
    f"{_PARTS}": Usual(1_000, 300_000),
    f"{_PARTS}.pay": Usual(1_000, 250_000),
    f"{_PARTS}.pension_rate": _share(0.001, 0.6),
    f"{_PARTS}.ni_rate": _share(0.001, 0.4),
    f"{_PARTS}.ni_threshold": Usual(0, 60_000),
    f"{_PARTS}.levy_rate": _share(0.001, 0.05),
    f"{_PARTS}.other": Usual(0, 100_000),
    f"{_PARTS}.training": Usual(0, 50_000),
    f"{_PARTS}.non_pay": Usual(0, 100_000),
    f"{_GRADE}.joining_cost": Usual(0, 200_000),
    f"{_GRADE}.ending_cost": Usual(0, 300_000),
    f"{_GRADE}.backfill_cost_per_year": Usual(10_000, 150_000),
    f"{_GRADE}.backfill_training": Usual(0, 100_000),
    f"{_GRADE}.backfill_months": Usual(0, 60),
    f"{_GRADE}.accreditation_months": Usual(0, 48),
    f"{_GRADE}.trainee_productivity": _share(0.001, 1.0),
    f"{_GRADE}.in_training": Usual(0, 500),
    f"{_GRADE}.recent_joiners": Usual(0, 500),
    f"{_GRADE}.max_joiners_per_month": Usual(0, 500),
    f"{_GRADE}.recruitment_lead_months": Usual(0, 48),
    f"{_GRADE}.joiners_due": Usual(0, 500),
    f"{_GRADE}.supervises": Usual(0, 60),
    f"{_TEAM}.overtime_hours_per_fte_month": Usual(0, 120),
    f"{_TEAM}.overtime_in_use": Usual(0, 120),
    f"{_TEAM}.overtime_cost_per_hour": Usual(0, 300),
    f"{_TEAM}.overtime_on_costs": _share(0.001, 0.5),
    f"{_QUEUE}.arrivals_per_month": Usual(0, 50_000),
    f"{_QUEUE}.growth_per_year": _share(0.0005, 1.0, below=-0.9),
    f"{_QUEUE}.arrivals_from.NAME.per_case_year": Usual(0, 366),
    f"{_QUEUE}.arrivals_from.NAME.share": _share(0.001, 1.0),
    f"{_QUEUE}.arrivals_from.NAME.lag_months": Usual(0, 120),
    f"{_QUEUE}.classes": _share(0.001, 1.0),
    f"{_QUEUE}.hours": Usual(0, 2_000),
    f"{_QUEUE}.second_officer_hours": Usual(0, 2_000),
    f"{_QUEUE}.no_answer_hours": Usual(0, 24),
    f"{_QUEUE}.crew": Usual(1, 6),
    f"{_QUEUE}.no_answer_share": _share(0.001, 0.9),
    f"{_QUEUE}.access_rate": _share(0.001, 1.0),
    f"{_QUEUE}.waiting": Usual(0, 100_000),
    f"{_QUEUE}.deadline_months": Usual(0, 60),
    f"{_QUEUE}.lapses_after_months": Usual(0, 120),
    f"{_QUEUE}.leads_to.NAME.share": _share(0.001, 1.0),
    f"{_QUEUE}.leads_to.NAME.lag_months": Usual(0, 120),
    f"{_QUEUE}.risk_weight": Usual(0, 1_000),
    "people.NAME.fte": Usual(0, 500, below=-500),
    "people.NAME.productivity": _share(0.001, 1.0),
    **{f"events.NAME.{key}": Usual(0, 5_000) for key in ("cases", "arrivals", "leavers")},
    "inflows.NAME.per_month": Usual(0, 5_000),
    "inflows.NAME.share": _share(0.001, 1.0),
    "inflows.NAME.lag_months": Usual(0, 120),
    **{
        f"standards.NAME.{key}": Usual(one.usual[0], one.usual[1], share=one.is_share)
        for key, one in IN_FILES.items()
        if one.usual is not None
    },
    "flex.NAME.max_share": _share(0.001, 1.0),
    "flex.NAME.efficiency": _share(0.001, 1.0),
    "sizing.confidence": _share(0.05, 1.0),
    "sizing.price_of_case_month": Usual(0, 100_000),
    "chance.sickness_long_term": _share(0.001, 1.0),
    "chance.sickness_spell_months": Usual(1, 24),
    "chance.sickness_shock": _share(0.001, 1.0),
    "chance.abstraction_shock": _share(0.001, 1.0),
    "chance.shock_persistence": _share(0.001, 1.0),
    "finance.discount_rate": _share(0.001, 0.15, below=-0.05),
    "finance.pay_award_per_year": _share(0.001, 0.2, below=-0.05),
    "finance.pay_awards": _share(0.001, 0.3, below=-0.1),
    "finance.inflation": _share(0.001, 0.2, below=-0.05),
    "finance.vacancy_factor": _share(0.001, 0.5),
    "finance.optimism_bias": _share(0.001, 0.7),
    "finance.contingency": _share(0.001, 0.5),
    "funding.NAME.posts": Usual(0, 2_000),
    "funding.NAME.pounds_per_year": Usual(100, 100_000_000),
}
"""Where numbers usually lie, by the pattern of the setting; of the others any valid one does."""


@dataclass(frozen=True)
class Doubt:
    """A number to be asked about.

    Attributes:
        value: the number as typed.
        words: what it would be, `450%`.
        meant: what may have been meant, None where nothing is likely.
        meant_words: that in words, `4.5%`.
        usual: the usual range in words.
    """

    value: float
    words: str
    meant: float | None
    meant_words: str
    usual: str

    @property
    def question(self) -> str:
        """The question to the person who typed it."""
        if self.meant is not None:
            return f"would be {self.words}. Did you mean {self.meant_words}?"
        return f"would be {self.words}; usual is {self.usual}. Is that right?"


def per_cent(share: float) -> str:
    """Return a share as a per cent in the fewest digits: 450% for 4.5."""
    return f"{show(float(f'{100 * share:.10g}'))}%"


def doubt(path: Sequence[str | int], value: float) -> Doubt | None:
    """Return what is to be asked about a number, None where it is a usual one."""
    entry = declared_at(path)
    usual = USUAL.get(entry.name) if entry is not None else None
    if entry is None or usual is None or not abs(value) <= LARGEST or usual.holds(value):
        return None
    if usual.share:
        meant = next(
            (near for near in (value / 100, value * 100) if near and usual.holds(near)), None
        )
        low = usual.low if usual.below is None else usual.below
        meant = None if meant is None else float(f"{meant:.10g}")
        return Doubt(
            value=value,
            words=per_cent(value),
            meant=meant,
            meant_words="" if meant is None else per_cent(meant),
            usual=f"{per_cent(low)} to {per_cent(usual.high)}",
        )
    unit = f" {entry.unit}" if entry.unit else ""
    words = f"{value:,.10g}{unit}"
    low = usual.low if usual.below is None else usual.below
    between = f"{low:,.10g} to {usual.high:,.10g}"
    if entry.unit.startswith("£"):
        words = f"£{value:,.10g}{entry.unit[1:]}"
        between = f"£{low:,.10g} to £{usual.high:,.10g}"
    return Doubt(value, words, None, "", between)


def confirmed(value: object) -> bool:
    """Return whether a number says that it is right as it stands."""
    return isinstance(value, Mapping) and value.get("confirmed") is True


def questions(tree: Mapping[str, Any], settings: Settings, *, valid: bool) -> Iterator[Finding]:
    """Yield what is to be asked about the numbers that a scenario gives.

    Args:
        tree: the scenario as typed.
        settings: the same as read, as far as it could be.
        valid: whether nothing is wrong with it.
    """
    for path, value in leaves(tree):
        if path[0] == "changes" and len(path) > 3 and path[2] == "set":
            names = str(path[3]).split(".")
            yield from _asked(path, (*names, *path[4:]), value)
        elif path[0] != "changes":
            yield from _asked(path, path, value)
    if valid:
        yield from _loads(tree, settings)


def explained(finding: Finding, tree: TomlTable) -> Finding:
    """Return what is not valid with what may have been meant: 0.045 for 4.5, typed as per cent."""
    try:
        value = at(tree, finding.path)
    except (KeyError, IndexError, TypeError):
        return finding
    value = value.get("value") if isinstance(value, Mapping) else value
    if finding.use or isinstance(value, bool) or not isinstance(value, int | float):
        return finding
    found = doubt(finding.path, value)
    if found is None or found.meant is None:
        return finding
    return replace(finding, use=f"{show(found.meant)} for {found.meant_words}")


def _asked(path: Keys, setting: Keys, value: object) -> Iterator[Finding]:
    """Yield the question about a number, its low and its high."""
    if not is_number(value) or confirmed(value):
        return
    parts = value if isinstance(value, Mapping) else {"value": value}
    limits = range_at(setting)
    for key in ("value", "low", "high"):
        number = parts.get(key)
        if not isinstance(number, int | float) or (limits and not limits.holds(number)):
            continue  # what is not valid is told as that
        found = doubt(setting, number)
        if found is not None:
            is_value = key == "value"
            yield Finding(
                path if is_value else (*path, key),
                f"{show(number)} {found.question}",
                use=in_file(found, value, is_value=is_value),
            )
            return


def in_file(found: Doubt, value: object, *, is_value: bool = True) -> str:
    """Return what to type in a scenario file: what was meant, or that it is right."""
    parts = dict(value) if isinstance(value, Mapping) else {"value": found.value}
    kept = ", ".join(
        f"{key} = {show(parts[key])}" for key in ("value", "low", "high") if key in parts
    )
    right = f"{{ {kept}, confirmed = true }} if it is right"
    return right if found.meant is None or not is_value else f"{show(found.meant)}, or {right}"


def _loads(tree: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    """Yield teams whose officers would have far more cases each than anybody has."""
    for name, team in settings.teams.items():
        officers = sum(
            grade.in_post.value * grade.casework_share.value for grade in team.grades.values()
        )
        rows = [
            (("cohorts", key, "tiers", tier, "cases"), row.cases)
            for key, cohort in settings.cohorts.items()
            if cohort.team == name
            for tier, row in cohort.tiers.items()
        ]
        cases = sum(given.value for _, given in rows)
        if officers < 1 or cases / officers <= MANY:
            continue
        if _hours_asked(settings, name) <= TIMES_THE_HOURS * HOURS_OF_ONE * officers:
            continue
        path, largest = max(rows, key=lambda row: row[1].value)
        if not largest.confirmed:
            found = slip(largest.value, cases, officers)
            right = f"{{ value = {show(largest.value)}, confirmed = true }} if it is right"
            yield Finding(path, found, use=right)


def _hours_asked(settings: Settings, team: str) -> float:
    """Return the hours per month that a team's duties ask for, second officers apart."""
    asked = 0.0
    for cohort in settings.cohorts.values():
        for name, tier in cohort.tiers.items() if cohort.team == team else ():
            each = sum(
                times_a_year(duty, name) / 12 * for_tier(duty.hours, name)
                for duty in cohort.duties.values()
            )
            asked += tier.cases.value * each
    return asked


def slip(number: float, cases: float, officers: float) -> str:
    """Return the question about a number of cases that would be too many for the officers.

    Args:
        number: the number that is asked about, the largest of several.
        cases: all cases of these officers, that number included.
        officers: FTE who carry cases.
    """
    each = f"{cases / officers:,.0f} cases for each of {officers:,.10g} officers"
    meant = number / 10
    likely = (cases - number + meant) / officers <= MANY
    asked = f"Did you mean {meant:,.10g}?" if likely else "Is that right?"
    return f"{number:,.10g} would be {each}. {asked}"
