"""What a standard, a case or an hour costs: one unit more and one less, solved again.

From the problem allowing part posts, in discounted £ over the horizon ÷ its years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from capacity.engine.model import CaseloadLimit, Flags, Model, People, TierKey
from capacity.errors import InputError
from capacity.kinds import KINDS
from capacity.settings import ONE_CLASS
from capacity.staffing.questions import Question
from capacity.staffing.sheet import RuleRow
from capacity.staffing.varying import (
    WithEach,
    least_of_part,
    part_of,
    with_people,
    with_settings,
    years,
)
from capacity.why.headlines import team_label
from capacity.wording import inside, plural, pounds

NUDGE = 0.01
"""Share of a unit by which a level is moved to find its price at the margin."""

AGREE = 0.01
"""Two prices that differ by a smaller share than this are one."""

NOTHING = 0.5
"""A price below so many £ per year is none."""


@dataclass(frozen=True)
class Price:
    """A row of the `prices` table.

    price_per_year: of one unit more (of one stricter), at the margin; NaN where the margin itself
        is different up and down, or there is no plan to compare with.
    checked_low, checked_high: what one whole unit less saves and one whole unit more costs, each
        solved again, the smaller first; NaN where there is no such plan.
    """

    standard: str
    tier: str | None
    unit: str
    price_per_year: float
    checked_low: float
    checked_high: float
    words: str
    cohort: str | None
    binds: bool


@dataclass(frozen=True)
class _Around:
    """Costs a year around a level: one unit less saves, one more costs; and at the margin."""

    saves: float
    costs: float
    margin: float

    @property
    def binds(self) -> bool:
        """Whether a unit either way changes any cost, or no plan has one more."""
        return bool(np.isnan(self.costs) or max(abs(self.saves), abs(self.costs)) >= NOTHING)


def prices(question: Question) -> Iterator[Price]:
    """Yield the price of every standard by tier, of a case of every tier, of an hour by team.

    And of counting cases that are not visited in a limit on cases per officer.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    yield from _of_standards(question)
    yield from _of_counting(question)
    yield from _of_cases(question)
    yield from _of_hours(question)


def around(cost: Callable[[float], float | None], span: float, *, convex: bool = False) -> _Around:
    """Return what moving a level costs a year; `cost` is of so many units more than now.

    `convex`: one unit less never saves more than one more costs, so that where one more costs
    nothing the other way need not be tried.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    base = cost(0.0)
    if base is None:
        return _Around(np.nan, np.nan, np.nan)

    def by(units: float) -> float:
        found = cost(units)
        return np.nan if found is None else (found - base) / units / span

    costs = by(1.0)
    if convex and abs(costs) < NOTHING:
        return _Around(0.0, costs, costs)
    saves = by(-1.0)
    if _same(saves, costs):
        return _Around(saves, costs, (saves + costs) / 2)
    less, more = by(-NUDGE), by(NUDGE)
    margin = (less + more) / 2 if _same(less, more) else np.nan
    return _Around(saves, costs, margin)


def _same(one: float, other: float) -> bool:
    return bool(abs(one - other) <= max(NOTHING, AGREE * max(abs(one), abs(other))))


CASE = "One more case"
"""What the price of a case is called where standards have their names."""


# Standards ---------------------------------------------------------------------------------


def _of_standards(question: Question) -> Iterator[Price]:
    """Yield the price of every standard and tier, in file order."""
    order = {rule.name: n for n, rule in enumerate(question.model.scenario.settings.standards)}
    found: dict[tuple[str, str | None], tuple[Question, list[RuleRow]]] = {}
    for part in question.parts:
        for row in part.formulation.rule_rows:
            if row.rule in order:
                tier = None if KINDS[row.kind].by_age else row.tier  # asked anew of all tiers
                found.setdefault((row.rule, tier), (part, []))[1].append(row)
    for (name, tier), (part, rows) in sorted(found.items(), key=lambda item: order[item[0][0]]):
        yield _of_standard(question, part, name, tier, rows)


def _of_standard(
    question: Question, part: Question, name: str, tier: str | None, rows: list[RuleRow]
) -> Price:
    rule = next(s for s in part.model.scenario.settings.standards if s.name == name)
    kind = KINDS[rows[0].kind]
    assert kind.step is not None
    step, unit = kind.step.amount, kind.step.name

    def cost(units: float) -> float | None:
        level = rows[0].level + units * step
        if not kind.valid(level):
            return None
        if kind.by_age and units:
            return _asked_anew(question, f"standards.{name}.{kind.key}", level, part.teams[0])
        part.problem.shift_levels(rows, units * step)
        found = least_of_part(part)
        part.problem.shift_levels(rows, 0.0)
        return None if found is None else found.cost

    told = around(cost, years(part.model))
    words = _standard_in_words(part.model, rows[0], rule.cohort, rule.queue or rule.duty, told)
    return _price(name, tier, unit, told, words, rule.cohort)


def _of_counting(question: Question) -> Iterator[Price]:
    """Yield what it costs that a caseload limit counts the cases of a tier owed nothing (EQ18)."""
    model = question.model
    for rule in model.rules.caseloads:
        for tier in rule.tiers.tolist():
            if not model.owed[:, tier].any() and model.caseloads.opening[0, tier] > 0:
                yield _of_weight(question, rule, model.tiers[tier])


def _of_weight(question: Question, rule: CaseloadLimit, key: TierKey) -> Price:
    model, team = question.model, rule.team
    setting = f"cohorts.{key.cohort}.tiers.{key.tier}.counts"
    told = model.scenario.settings.cohorts[key.cohort].tiers[key.tier]
    full, none = (
        _least_of(question, team)
        if weight == told.counts.value
        else _asked_anew(question, setting, weight, team)
        for weight in (1.0, 0.0)
    )
    a_year = np.nan
    if full is not None and none is not None:
        a_year = (full - none) / years(model)
    found = _Around(a_year, a_year, a_year)
    label = inside(told.label or key.tier)
    head = f"{rule.name}: counting {label} cases in full"
    words = f"{head} has no price: not every standard can be met."
    if not np.isnan(a_year):
        words = f"{head} rather than leaving them out costs {_money(a_year)}."
    return _price(rule.name, key.tier, "weight of 1", found, words, key.cohort)


def _asked_anew(question: Question, setting: str, value: float, team: int) -> float | None:
    """Return the least cost of a team's part with a setting changed; None where there is none."""
    try:
        asked = with_settings(question, {setting: value})
    except InputError:
        return None
    return _least_of(asked, team)


def _least_of(question: Question, team: int) -> float | None:
    """Return the least cost of a team's part; None where there is no plan."""
    found = least_of_part(part_of(question, team))
    return None if found is None else found.cost


def _price(
    name: str, tier: str | None, unit: str, told: _Around, words: str, cohort: str | None
) -> Price:
    low, high = sorted((told.saves, told.costs))
    if np.isnan(told.costs) and not np.isnan(told.saves):
        low, high = told.saves, np.nan
    return Price(name, tier, unit, told.margin, low, high, words, cohort, told.binds)


def _standard_in_words(
    model: Model, row: RuleRow, cohort: str | None, duty: str | None, told: _Around
) -> str:
    settings = model.scenario.settings
    level, kind = row.level, KINDS[row.kind]
    assert kind.step is not None
    more, less = level + kind.step.amount, level - kind.step.amount
    name = f"{row.rule}: the limit of {kind.figure(level)} {kind.limit}"
    if kind.is_share:
        assert duty is not None
        things = plural(inside(settings.task_label(cohort, duty)))
        name = f"{row.rule}: {kind.figure(level)}"
        if cohort is None and row.tier is not None:
            if row.tier != ONE_CLASS:  # else the queue has no classes
                tier = settings.tier_label(cohort, row.tier)
                name = f"{row.rule}, {tier}: {kind.figure(level)}"
                things = f"{things} ({tier})"
        elif cohort is not None and row.tier in settings.cohorts[cohort].tiers:
            tier = _tier(model, TierKey(cohort, row.tier))
            name = f"{row.rule}, {tier}: {kind.figure(level)}"
            things = f"{tier} {things}"
        else:
            things = f"{things}, tiers together,"
        if kind.strictest(level):
            fewer = f"({kind.figure(level)} to {kind.figure(less)})"
            return _say_less(f"{kind.doing} one point less of {things} {fewer}", name, told)
        return _say(
            f"{kind.doing} one more point of {things} "
            f"({kind.figure(level)} to {kind.figure(more)})",
            "one point less",
            name,
            told,
        )
    if kind.strictest(level):
        rise = f"{row.rule}: raising the limit from {kind.figure(level)} to {kind.figure(less)}"
        return _say_less(f"{rise} {kind.limit}", name, told)
    return _say(
        f"{row.rule}: lowering the limit from {kind.figure(level)} to {kind.figure(more)} "
        f"{kind.limit}",
        f"raising it to {kind.figure(less)}",
        name,
        told,
    )


def _say_less(less: str, name: str, told: _Around) -> str:
    """Return the price of a standard that cannot be stricter."""
    if np.isnan(told.saves):
        return f"{name} has no price: not every standard can be met."
    if not told.binds:
        return f"{name} does not affect the cost at present."
    return f"{less} saves {_money(told.saves)}."


def _say(more: str, less: str, name: str, told: _Around) -> str:
    """Return a price as a sentence."""
    if np.isnan(told.saves) and np.isnan(told.costs):
        return f"{name} has no price: not every standard can be met."
    if not told.binds:
        return f"{name} does not affect the cost at present."
    if told.costs <= -NOTHING:  # more demand, and so a worse today that must not be made worse
        return (
            f"{more} saves {_money(-told.costs)}: current posts would leave more overdue, and "
            "until a standard begins the plan need only be no worse than they are."
        )
    if np.isnan(told.costs):
        return f"{more} cannot be met; {less} saves {_money(told.saves)}."
    if np.isnan(told.saves) or _same(told.saves, told.costs):
        return f"{more} costs {_money(told.costs)}."
    return f"{more} costs {_money(told.costs)}; {less} saves {_money(told.saves)}."


def _money(a_year: float) -> str:
    return "nothing" if abs(a_year) < NOTHING else f"{pounds(a_year)} per year"


def _tier(model: Model, key: TierKey) -> str:
    """Return a tier's name as it stands before a noun."""
    tiers = model.scenario.settings.cohorts[key.cohort].tiers
    label = inside(tiers[key.tier].label or key.tier).replace("_", " ")
    return f"“{label}”" if " " in label.removeprefix("very ") else f"{label}-tier"


# Cases and hours ---------------------------------------------------------------------------


def _of_cases(question: Question) -> Iterator[Price]:
    """Yield what one more case of each tier at the start costs."""
    model = question.model
    known = _MoreCases(question)
    for place in model.of_cohorts:
        yield _of_case(question, model.tiers[place], known)


class _MoreCases:
    """The questions of a scenario with a little more or fewer cases in a tier, for every tier.

    Those that differ by as much are worked out together, when the first of them is asked.
    """

    def __init__(self, question: Question) -> None:
        model = question.model
        self.question = question
        self.cases = {_cases_of(model, n): _opening(model, n) for n in model.of_cohorts}
        self.fewest = {_cases_of(model, n): _fewest(model, n) for n in model.of_cohorts}
        self.known: dict[float, tuple[list[str], WithEach]] = {}

    def least(self, name: str, units: float, team: int) -> float | None:
        """Return the least cost of a team's part with so many more cases; None without a plan."""
        if self.cases[name] + units < self.fewest[name]:  # told by who reads such a file
            return _asked_anew(self.question, name, self.cases[name] + units, team)
        if units not in self.known:
            settings = [
                (one, cases + units)
                for one, cases in self.cases.items()
                if cases + units >= self.fewest[one]
            ]
            names = [one for one, _ in settings]
            self.known[units] = names, WithEach(self.question, settings)
        names, every = self.known[units]
        return _least_of(every[names.index(name)], team)


def _cases_of(model: Model, place: int) -> str:
    """Return the setting of a tier's cases at the start."""
    key = model.tiers[place]
    return f"cohorts.{key.cohort}.tiers.{key.tier}.cases"


def _opening(model: Model, place: int) -> float:
    return float(model.caseloads.opening[0, place])


def _fewest(model: Model, place: int) -> float:
    """Return the fewest cases that a tier may have: those overdue, or under court orders."""
    key = model.tiers[place]
    ordered = model.scenario.settings.cohorts[key.cohort].tiers[key.tier].court_orders
    overdue = model.duties.overdue[0, model.duties.tier_of == place].max(initial=0.0)
    return max(float(overdue), 0.0 if ordered is None else float(ordered.value))


def _of_case(question: Question, key: TierKey, known: _MoreCases) -> Price:
    model = question.model
    team = int(model.team_of_cohort[model.cohorts.index(key.cohort)])
    name_of_cases = _cases_of(model, model.tiers.index(key))

    def cost(units: float) -> float | None:
        if units:
            return known.least(name_of_cases, units, team)
        return _least_of(question, team)

    told = around(cost, years(model), convex=True)
    label = model.scenario.settings.cohorts[key.cohort].label or key.cohort
    name = f"{_tier(model, key)} case ({inside(label)}) at the start"
    words = _say(f"One more {name}", "one fewer", f"One {name}", told)
    return _price(CASE, key.tier, "case at the start", told, words, key.cohort)


def _of_hours(question: Question) -> Iterator[Price]:
    """Yield what an hour a month costs that each officer of a team loses."""
    people = question.model.people
    known: dict[tuple[int, float], Question] = {}
    for team in range(len(question.model.teams)):
        if _carries(people, team).any():
            yield _of_hour(question, team, known)


def _carries(people: People, team: int) -> Flags:
    """Return the grades of a team that carry cases. Shape: [grade]."""
    mine: Flags = (people.team_of == team) & (people.share[0] > 0).any(axis=0)
    return mine


def _of_hour(question: Question, team: int, known: dict[tuple[int, float], Question]) -> Price:
    """Return the price of an hour a month of a team.

    Teams that are sized apart lose it together, one of each part, which changes nothing for any.
    """
    model, place = question.model, part_of(question, team).teams.index(team)

    def cost(units: float) -> float | None:
        if units and (place, units) not in known:
            teams = [part.teams[place] for part in question.parts if place < len(part.teams)]
            mine = np.any([_carries(model.people, one) for one in teams], axis=0)
            hours = np.maximum(0.0, model.people.hours - units * mine)
            known[place, units] = with_people(question, replace(model.people, hours=hours))
        return _least_of(known[place, units] if units else question, team)

    told = around(cost, years(model))
    label = team_label(model, model.teams[team])
    words = _hours_in_words(label, told)
    unit = "hour per month for each officer"
    return _price(f"Abstraction or sickness ({label})", None, unit, told, words, None)


def _hours_in_words(label: str, told: _Around) -> str:
    lost = f"hour per month lost to abstraction or sickness by each officer of {label}"
    if np.isnan(told.saves) or np.isnan(told.costs) or not told.binds:
        return _say(f"One more {lost}", f"one {lost} fewer", f"One {lost}", told)
    return f"One {lost} fewer saves {_money(told.saves)}; one more costs {_money(told.costs)}."
