"""What would make a plan possible: for every limit that blocks, the smallest single change.

Each is found by solving again with that one change, first allowing part posts, then with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from capacity import kinds
from capacity.engine.model import MONTHS_A_YEAR, Model
from capacity.errors import InputError, SolverError
from capacity.settings import EVERY_TIER, Duty, Standard
from capacity.staffing.questions import Question
from capacity.staffing.sheet import RuleRow
from capacity.staffing.sizing import GAP, cost_of_meeting
from capacity.staffing.varying import Least, least_of_part, with_settings, years
from capacity.stages import PlanResult
from capacity.why.headlines import team_label
from capacity.wording import counted, inside, month, number, per_cent, pounds

MOST_STEPS = 2**20
"""A ladder is climbed no further than this."""

WHOLE_STRIDE = 128
"""Beyond the step that is enough allowing part posts, strides double up to this."""

ANY = 1.0
"""A gap at which the first plan in whole posts that meets every rule is good enough."""

SECONDS = 10.0
"""How long one search for whole posts may take."""

HELPS = 1e-3
"""A change that takes away a smaller share of the hours missed does not help."""

NOTHING = 1e-6
"""A smaller share of the hours missed is none."""


@dataclass(frozen=True)
class Fix:
    """A row of the `fixes` table: one setting changed, all others as they are.

    to: the nearest value at which every rule can be met; none where no value is enough.
    cost_per_year: of the least-cost plan with it above the plan that misses least, without whole
        posts, discounted £ over the horizon ÷ its years; NaN where it is not enough.
    left: share of the hours missed that stays when the change goes as far as it can.
    """

    change: str
    from_: Any
    to: Any
    cost_per_year: float
    words: str
    left: float


@dataclass(frozen=True)
class Limit:
    """A setting that may block, and the steps by which it is eased: 0 is today's value."""

    setting: str
    name: str
    value: Callable[[int], Any]
    last: int
    say: Callable[[Any], str]
    rows: tuple[RuleRow, ...] = ()  # of a budget or of most posts
    rules: frozenset[str] | None = None  # names of rules: of people, posts or money none but these


def fixes(plan: PlanResult) -> tuple[Fix, ...]:
    """Return the smallest single changes that make a plan possible, the cheapest first.

    Where none is enough: those that help, the most helpful first. Nothing if every rule is met.

    Returns:
        One for each limit that blocks.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    if plan.question is None or plan.sizing is None or not plan.sizing.missing:
        return ()
    search = _FixSearch(plan.question, frozenset(plan.sizing.missing))
    limits = list(_limits(search))
    enough = [fix for limit in limits if (fix := search.fix(limit))]
    if enough:
        return tuple(sorted(enough, key=lambda fix: fix.cost_per_year))
    helping = [fix for limit in limits if (fix := search.farthest(limit))]
    return tuple(sorted(helping, key=lambda fix: fix.left))


def summary(found: tuple[Fix, ...]) -> str:
    """Return whether some single change would make the plan possible; nothing if none is needed."""
    count = sum(fix.to is not None for fix in found)
    if count > 1:
        return f"Any one of {number(count)} changes would make it possible to meet every standard."
    if count:
        return "One change would make it possible to meet every standard."
    return "No single change makes it possible to meet every standard." if found else ""


class _FixSearch:
    """Tries changes on the parts of a question that miss a rule."""

    def __init__(self, question: Question, missing: frozenset[int]) -> None:
        self.question, self.missing = question, missing
        self.model: Model = question.model
        self.costs: dict[tuple[str, int], float | None] = {}  # by setting and step
        self._people_miss: dict[tuple[tuple[int, ...], frozenset[str]], bool] = {}
        self._enough: tuple[tuple[str, int], Question] | None = None  # met allowing part posts

    def parts(self, question: Question) -> list[Question]:
        """Return the parts in which teams that miss a rule are sized."""
        return [part for part in question.parts if self.missing & set(part.teams)]

    @cached_property
    def base(self) -> Least:
        """What the plan that misses least comes to.

        Raises:
            SolverError: it could not be proven in the time.
        """
        found = self._least(self.question, misses=True)
        if found is None:
            raise SolverError("no plan that misses least", "sizing the team")
        return found

    def least(self, question: Question, *, misses: bool) -> Least | None:
        """Return what the parts come to allowing part posts; None if nothing is proven to.

        Raises:
            SolverError: the time is over.
        """
        try:
            return self._least(question, misses=misses)
        except SolverError:  # undecided: no fix is printed that is not proven
            if any(part.problem.seconds_left <= 0 for part in self.parts(self.question)):
                raise
            return None

    def _least(self, question: Question, *, misses: bool) -> Least | None:
        cost, missed, added = 0.0, 0.0, np.zeros(())
        if not misses and any(part.problem.people_miss_rules() for part in self.parts(question)):
            return None
        for part in self.parts(question):
            one = least_of_part(part, misses=misses)
            if one is None:
                return None
            cost, missed, added = cost + one.cost, missed + one.missed, added + one.added
        return Least(cost, missed, added)

    def asked(self, limit: Limit, step: int) -> Question | None:
        """Return the question with a limit eased; None where no such scenario is valid."""
        if step == 0:
            return self.question
        if self._enough is not None and self._enough[0] == (limit.setting, step):
            return self._enough[1]
        try:
            return with_settings(self.question, {limit.setting: limit.value(step)})
        except InputError:
            return None

    def cost(self, limit: Limit, step: int) -> float | None:
        """Return the least cost allowing part posts at a step; None if a rule is missed."""
        place = limit.setting, step
        if place not in self.costs:
            asked = self.asked(limit, step)
            found = None if asked is None else self.least(asked, misses=False)
            self.costs[place] = None if found is None else found.cost
            if asked is not None and found is not None:
                self._enough = place, asked
        return self.costs[place]

    def in_whole_posts(self, limit: Limit, step: int, gap: float) -> bool:
        """Return whether every rule is met in whole posts at a step, by a plan within a gap."""
        asked = self.asked(limit, step)
        if asked is None:
            return False
        near = self._enough is not None and self._enough[1] is asked
        self._enough = None  # from now on other things are asked of it
        try:
            found = [cost_of_meeting(part, gap, SECONDS, near=near) for part in self.parts(asked)]
        except SolverError:
            return False
        return not np.isnan(found).any()

    def fix(self, limit: Limit) -> Fix | None:
        """Return the smallest step that is enough; None if not even the last is."""
        step = self._first_step(limit)
        cost = None if step is None else self.cost(limit, step)
        if step is None or cost is None:
            return None
        a_year = (cost - self.base.cost) / years(self.model)
        now, to = limit.value(0), limit.value(step)
        way = "more" if a_year > 0 else "less"
        money = f"{pounds(abs(a_year))} per year {way} (allowing part posts) than"
        words = (
            f"{limit.name}: {limit.say(to)} instead of {limit.say(now)} would make it possible to "
            f"meet every standard, {'at the cost of' if abs(a_year) < 0.5 else 'for ' + money} "
            "the plan that comes nearest."
        )
        return Fix(limit.setting, now, to, a_year, words, 0.0)

    def _first_step(self, limit: Limit) -> int | None:
        """Return the first step at which every rule is met, in whole posts too."""
        if self._beyond(limit):
            return None
        first = self._relaxed_limit(limit) if limit.rows else self._relaxed(limit)
        if first is None:
            return None
        start = max(1, first)
        if self.in_whole_posts(limit, start, GAP):
            return start
        step = self._from(limit, start, ANY)
        # The plan itself is sought at the usual gap, and may fail where a dearer one does not.
        return None if step is None else self._from(limit, step, GAP)

    def _beyond(self, limit: Limit) -> bool:
        """Return whether people are too few by other rules, however far a limit is eased.

        What a queue completes may be cases, so there a limit on duties is one on people too.
        """
        if limit.rules is None or self.model.queues.keys:
            return False
        return any(self._miss_without(part, limit.rules) for part in self.parts(self.question))

    def _miss_without(self, part: Question, rules: frozenset[str]) -> bool:
        """Return whether rules on people are missed, some left out; asked once of the same."""
        asked = part.teams, rules & {row.rule for row in part.formulation.rule_rows}
        if asked not in self._people_miss:
            with part.problem.without(asked[1]):
                self._people_miss[asked] = part.problem.people_miss_rules()
        return self._people_miss[asked]

    def _from(self, limit: Limit, step: int, gap: float) -> int | None:
        """Return the first step from a given one on that is enough in whole posts."""
        failed, stride = step - 1, 1
        while not self.in_whole_posts(limit, step, gap):
            if step >= limit.last or stride > WHOLE_STRIDE:
                return None
            failed, step, stride = step, min(limit.last, step + stride), 2 * stride
        while step - failed > 1 and stride > 1:
            middle = (failed + step) // 2
            if self.in_whole_posts(limit, middle, gap):
                step = middle
            else:
                failed = middle
        return step

    def _relaxed(self, limit: Limit) -> int | None:
        """Return the first step that is enough allowing part posts, by halving."""
        if self.cost(limit, limit.last) is None:
            return None
        failed, enough = -1, limit.last
        while enough - failed > 1:
            middle = (failed + enough) // 2
            if self.cost(limit, middle) is None:
                failed = middle
            else:
                enough = middle
        return enough

    def _relaxed_limit(self, limit: Limit) -> int | None:
        """Return the first step of a budget or of most posts that may do in whole posts."""
        rise = 0.0
        for part in self.parts(self.question):
            rows = [row for row in limit.rows if row in part.formulation.rule_rows]
            if not rows:
                if least_of_part(part) is None:
                    return None
                continue
            least = part.problem.loosest(rows, whole=False, seconds=SECONDS)
            if least is None:
                return None
            whole = part.problem.loosest(rows, whole=True, seconds=SECONDS)
            rise = max(rise, least, whole or 0.0)
        each = float(limit.value(1)) - float(limit.value(0))
        step = int(np.ceil(rise / each - 1e-6))
        return step if step <= limit.last else None

    def farthest(self, limit: Limit) -> Fix | None:
        """Return how far the last step goes; None if it does not help."""
        asked = self.asked(limit, limit.last)
        found = None if asked is None else self.least(asked, misses=True)
        before = self.base.missed
        if found is None or before <= 0 or found.missed > before * (1 - HELPS):
            return None
        now, to = limit.value(0), limit.value(limit.last)
        even = "without it" if limit.rows else f"with {limit.say(to)} instead of {limit.say(now)}"
        left = f"{number(found.missed)} of {counted(before, 'hour')} would still be lacking"
        if found.missed < NOTHING * before:
            left = "something would not be met, because posts are whole"
        words = f"{limit.name}: not enough by itself; even {even} {left}."
        return Fix(limit.setting, now, None, float("nan"), words, found.missed / before)


# Limits ------------------------------------------------------------------------------------


def _limits(search: _FixSearch) -> Iterator[Limit]:
    """Yield every limit that may block the teams that miss a rule."""
    model = search.model
    yield from _of_recruitment(search)
    for rule in model.scenario.settings.standards:
        if _concerns(search, rule):
            yield from _of_standard(search, rule)
    yield from _of_counting(search)
    for name, cohort in model.scenario.settings.cohorts.items():
        if model.teams.index(cohort.team) in search.missing:
            for duty, told in cohort.duties.items():
                yield from _of_access(model, name, duty, told)


def _concerns(search: _FixSearch, rule: Standard) -> bool:
    """Return whether a standard is about the teams that miss a rule."""
    model = search.model
    team = model.scenario.settings.team_of(rule.cohort, rule.queue)
    if team is not None:
        return model.teams.index(team) in search.missing
    return rule.team is None or model.teams.index(rule.team) in search.missing


def _of_recruitment(search: _FixSearch) -> Iterator[Limit]:
    """Yield joiners a month, recruitment lead and accreditation time of grades with cases."""
    model = search.model
    for place, (team, grade) in enumerate(model.grades):
        people = model.people
        if int(people.team_of[place]) not in search.missing or not people.share[0, :, place].any():
            continue
        told = model.scenario.settings.teams[team].grades[grade]
        path = f"teams.{team}.grades.{grade}"
        who = f"{team_label(model, team)}, {inside(told.label or grade)}"
        if told.max_joiners_per_month is not None:
            now = _central(told.max_joiners_per_month.value)
            yield Limit(
                f"{path}.max_joiners_per_month",
                f"Joiners per month ({who})",
                lambda step, now=now: round(now + 0.1 * step, 6),  # type: ignore[misc]
                200,
                lambda most: f"{most:g} per month",
            )
        for key, what, months in (
            ("recruitment_lead_months", "Recruitment lead", told.recruitment_lead_months),
            ("accreditation_months", "Accreditation", told.accreditation_months),
        ):
            least = int(_central(months.value))
            if least > 0:
                yield Limit(
                    f"{path}.{key}",
                    f"{what} ({who})",
                    lambda step, least=least: least - step,  # type: ignore[misc]
                    least,
                    lambda length: counted(length, "month"),
                )


def _of_standard(search: _FixSearch, rule: Standard) -> Iterator[Limit]:
    """Yield the date of a standard, and its level where that may be eased.

    A limit on posts that may not give is no such thing: whoever set it wants to know what follows.
    """
    if rule.kind is kinds.MOST_POSTS and not rule.may_give:
        return
    model, path = search.model, f"standards.{rule.name}"
    start = rule.from_ or model.calendar.start
    first = (start.year - model.calendar.start.year) * MONTHS_A_YEAR
    first += start.month - model.calendar.start.month
    last = _last_start(model, rule)
    if last > first:
        yield Limit(
            f"{path}.from",
            f"Date of {rule.name}",
            lambda step: start if step == 0 else _months_on(start, step),
            last - first,
            lambda day: f"{month(f'{day:%Y-%m}')}",
            rules=frozenset({rule.name}),
        )
    rows = tuple(
        row
        for part in search.parts(search.question)
        for row in part.formulation.rule_rows
        if row.rule == rule.name
    )
    kind = rule.kind
    if kind.eased and rows:
        assert kind.step is not None
        level, each = _central(rule.level.value), -kind.step.amount
        yield Limit(
            f"{path}.{kind.key}",
            f"{rule.name}",
            lambda step: level + each * step,
            MOST_STEPS,
            kind.eased.format,
            rows,
            frozenset({rule.name}),
        )


def _of_counting(search: _FixSearch) -> Iterator[Limit]:
    """Yield how far a caseload limit counts the cases of tiers that are owed nothing (EQ18)."""
    model = search.model
    counted_ = {
        tier
        for rule in model.rules.caseloads
        if rule.team in search.missing
        for tier in rule.tiers.tolist()
    }
    for place in sorted(counted_):
        key = model.tiers[place]
        told = model.scenario.settings.cohorts[key.cohort].tiers[key.tier]
        now = _central(told.counts.value)
        if now > 0 and not model.owed[:, place].any() and model.caseloads.opening[0, place] > 0:
            label = inside(told.label or key.tier)
            yield Limit(
                f"cohorts.{key.cohort}.tiers.{key.tier}.counts",
                f"Weight of {label} cases in cases per officer",
                lambda step, now=now: max(0.0, round(now - 0.25 * step, 6)),  # type: ignore[misc]
                int(np.ceil(now / 0.25 - 1e-6)),
                lambda weight: f"{weight:g}",
            )


def _last_start(model: Model, rule: Standard) -> int:
    """Return the last month from which a standard is still judged at least once."""
    if rule.judged == "month":
        return model.months - 1
    periods = model.calendar.periods(rule.judged, 0)
    return periods[-1].first if periods else -1


def _months_on(start: date, months: int) -> date:
    year, month_ = divmod(start.year * MONTHS_A_YEAR + start.month - 1 + months, MONTHS_A_YEAR)
    return date(year, month_ + 1, 1)


def _of_access(model: Model, cohort: str, duty: str, told: Duty) -> Iterator[Limit]:
    """Yield the share of due duties that can be done, of all tiers together."""
    rates = told.access_rate
    now = {
        tier: _central(rates[tier].value if tier in rates else rates[EVERY_TIER].value)
        for tier in model.scenario.settings.cohorts[cohort].tiers
        if tier in rates or EVERY_TIER in rates
    }
    label = inside(told.label or duty)
    path = f"cohorts.{cohort}.duties.{duty}.access_rate"
    ladders: list[tuple[str, str, float]] = []
    if rates and set(rates) == {EVERY_TIER}:
        ladders.append((path, "", _central(rates[EVERY_TIER].value)))
    else:
        ladders += [(f"{path}.{tier}", f", {tier}", rate) for tier, rate in now.items()]
    for setting, which, rate in ladders:
        if rate < 1:
            yield Limit(
                setting,
                f"Access rate ({label}{which})",
                lambda step, rate=rate: min(1.0, round(rate + 0.001 * step, 6)),  # type: ignore[misc]
                int(np.ceil((1 - rate) / 0.001 - 1e-6)),
                per_cent,
                rules=frozenset(),
            )


def _central(number_: Any) -> float:
    return float(np.ravel(number_)[0])
