"""By when each added post must be approved, and what a month later would cost.

One date per post, the same on every page, paper and terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engine import standards, workforce
from capacity.engine.model import Array, Period
from capacity.kinds import KINDS
from capacity.staffing import questions
from capacity.staffing.questions import CHECKED_TO, NEVER_WORSE, Miss, Question
from capacity.staffing.varying import part_of
from capacity.stages import Plan
from capacity.why.headlines import SAME, team_label
from capacity.wording import inside, month, period, posts

KNOWN = "decisions"
"""Where a plan remembers its dates, so that every page and paper reads the same ones."""

TOO_FEW = 1e-3
"""Officers that must be lacking for a limit to be lost without asking the solver."""


@dataclass(frozen=True)
class Decision:
    """A row of the `decisions` table: posts of a grade that start together.

    start: the month from which the plan costs them.
    agree_by: the last month in which approving them keeps every rule that the plan keeps, all
        other posts approved on their own dates; where no rule needs them (they save overtime),
        the month that has them start when the plan costs them. The first month where it would
        have to be earlier.
    standard: what would not be met a month later; none where no rule needs the posts.
    missed_until: last period in which it would not be met.
    """

    team: str
    grade: str
    year: str
    start: str
    posts: float
    agree_by: str
    standard: str | None
    tier: str | None
    missed_until: str | None
    words: str


def decisions(plan: Plan) -> tuple[Decision, ...]:
    """Return by when the added posts of a plan must be approved.

    Posts start when they are approved + the recruitment lead; approved later, everything about
    them is later by as much. The dates hold together: with all posts approved on their dates,
    every rule that the plan keeps is kept. Worked out once for each plan.

    Returns:
        One row per grade and month from which posts are added, in order of the months.

    Raises:
        SolverError: if the solver gives no answer.
    """
    if KNOWN not in vars(plan):
        vars(plan)[KNOWN] = _decided(plan)
    found: tuple[Decision, ...] = vars(plan)[KNOWN]
    return found


def _decided(plan: Plan) -> tuple[Decision, ...]:
    if plan.sizing is None:
        return ()
    added = plan.sizing.posts - plan.today.staff.posts[0]
    steps = np.diff(added, axis=0, prepend=0.0)
    found = [_Step(int(t), int(g), float(steps[t, g])) for t, g in np.argwhere(steps > SAME)]
    return tuple(_Delays(plan).dates(found)) if found else ()


@dataclass(frozen=True)
class _Step:
    """Posts of a grade that start in a month."""

    first: int
    grade: int
    posts: float


@dataclass(frozen=True)
class _Lost:
    """A rule that is not met in a period."""

    rule: str
    kind: str
    tier: str | None
    period: Period
    hours: float


class _Delays:
    """Tries later starts, those found so far kept."""

    def __init__(self, plan: Plan) -> None:
        assert plan.sizing is not None
        self.plan, self.sizing, self.model = plan, plan.sizing, plan.model
        today = plan.today
        self.question = plan.question or questions.ask(
            plan.model, plan.caseload, plan.demand, today.staff, today.projection
        )
        self.path: Array = self.sizing.posts.copy()
        self.known: dict[int, dict[tuple[str, str | None, Period], float]] = {}

    def dates(self, steps: list[_Step]) -> Iterator[Decision]:
        """Yield the date of every step; supervisors last, who follow those they supervise."""
        share = self.model.people.share[0]
        alone = [step for step in steps if not share[:, step.grade].any()]
        late: dict[_Step, int | None] = {}
        for step in [one for one in steps if one not in alone] + alone:
            late[step] = self._latest(step)
            self.path = self._delayed(step, late[step] or 0)
        for step in steps:
            months = late[step]
            lost = () if months is None else self._lost(step, months + 1, from_=months)
            yield self._decision(step, months, lost)

    def _latest(self, step: _Step) -> int | None:
        """Return how many months later does no harm; none where not having them does none."""
        kept, broken = 0, self.model.months - self._begin(step)
        if broken <= 0 or not (self._too_few(step, broken) or self._lost(step, broken)):
            return None
        while broken - kept > 1:
            middle = (kept + broken) // 2
            if self._too_few(step, middle) or self._lost(step, middle):
                broken = middle
            else:
                kept = middle
        return kept

    def _begin(self, step: _Step) -> int:
        """Return when posts approved in the first month can start, or they do in the plan."""
        return max(step.first, self._lead(step))

    def _lead(self, step: _Step) -> int:
        return int(self.model.people.lead[0, step.first, step.grade])

    def _delayed(self, step: _Step, months: int, from_: int = 0) -> Array:
        """Return the path of posts with a step so many months later; it has been delayed before."""
        path = self.path.copy()
        start = self._begin(step)
        before = step.first if not from_ else start + from_
        path[before : start + months, step.grade] -= step.posts if months else 0.0
        return path

    def _too_few(self, step: _Step, months: int) -> bool:
        """Return whether so many months later a caseload limit is lost by the people alone.

        No solver is needed for that, and it is what sets most dates.
        """
        model, team = self.model, int(self.model.people.team_of[step.grade])
        if any(rule.counts and rule.borrower == team for rule in model.lending):
            return False
        staff = workforce.staff(model, self._delayed(step, months)[None])
        for rule in model.rules.caseloads:
            if rule.team == team:
                cases = self.plan.caseload.cases[0][rule.first :, rule.tiers].sum(axis=1)
                needed = cases / np.mean(rule.level)
                missed, already = (
                    np.maximum(0.0, needed - people.officers[0, rule.first :, team])
                    for people in (staff, self.sizing.staff)
                )
                if (missed - already).max(initial=0.0) > TOO_FEW:
                    return True
        return False

    def _lost(self, step: _Step, months: int, from_: int = 0) -> tuple[_Lost, ...]:
        """Return what is not met with a step so many months later and is met in the plan."""
        people, team = self.model.people, int(self.model.people.team_of[step.grade])
        staff = workforce.staff(self.model, self._delayed(step, months, from_)[None])
        found = [
            _Lost(one.standard, one.kind, one.tier, one.period, float(one.missed_by[0]))
            for one in standards.establishment(self.model, staff)
            if not one.met[0]
        ]
        if people.share[0, :, step.grade].any():
            part = part_of(self.question, team)
            found += [_of(miss) for miss in part.misses_with(self.sizing.added, staff)]
        already = self._already(team)
        return tuple(
            one
            for one in found
            if one.hours > already.get((one.rule, one.tier, one.period), 0.0) + CHECKED_TO
        )

    def _already(self, team: int) -> dict[tuple[str, str | None, Period], float]:
        """Return what the plan itself does not meet."""
        if team not in self.known:
            found = [
                _Lost(one.standard, one.kind, one.tier, one.period, float(one.missed_by[0]))
                for one in standards.establishment(self.model, self.sizing.staff)
                if not one.met[0]
            ]
            part: Question = part_of(self.question, team)
            if set(part.teams) & set(self.sizing.missing):
                found += [_of(miss) for miss in part.misses_with(self.sizing.added)]
            self.known[team] = {(one.rule, one.tier, one.period): one.hours for one in found}
        return self.known[team]

    # Words ---------------------------------------------------------------------------------

    def _decision(self, step: _Step, late: int | None, lost: tuple[_Lost, ...]) -> Decision:
        model, lead = self.model, self._lead(step)
        labels = model.calendar.labels
        team, grade = model.grades[step.grade]
        told = model.scenario.settings.teams[team].grades[grade]
        kind = f"{inside(told.label or grade)} post"
        who = f"{posts(step.posts, kind)} ({team_label(model, team)})"
        start = self._begin(step) + late if late else step.first
        agreed = start - lead
        label, costed = labels[max(0, agreed)], labels[step.first]
        when = month(label) if agreed >= 0 else f"the start of the plan ({month(label)})"
        they = "it" if step.posts <= 1 + SAME else "they"
        begins = f"can start as late as {month(labels[start])}" if late else ""
        begins = begins or f"{'starts' if they == 'it' else 'start'} in {month(costed)}"
        words = [f"Approve {who} by {when}"]
        words += [f"; {they} {begins}"] if start != max(0, agreed) or late else []
        words += [f" (costed from {month(costed)})"] if late else []
        rule = tier = until = None
        if lost:
            rule, tier, until, end = _told(lost)
            words.append(f". {end}")
        elif late is None:
            words.append(f". No standard needs {they.replace('they', 'them')}: overtime would do")
        return Decision(
            team=team,
            grade=grade,
            year=model.calendar.years[model.calendar.year_of[step.first]],
            start=costed,
            posts=step.posts,
            agree_by=label,
            standard=rule,
            tier=tier,
            missed_until=until,
            words=f"{''.join(words)}.",
        )


def _of(miss: Miss) -> _Lost:
    return _Lost(miss.rule, miss.kind, miss.tier, miss.period, miss.hours)


def _told(lost: tuple[_Lost, ...]) -> tuple[str, str | None, str | None, str]:
    """Return the rule lost first, its tier, the last period without it, and the sentence."""
    worst = min(lost, key=lambda one: (one.period.first, -one.hours))
    if worst.rule == NEVER_WORSE:
        return worst.rule, worst.tier, None, "A month later more would be overdue than now"
    same = {one.period for one in lost if (one.rule, one.tier) == (worst.rule, worst.tier)}
    last = max(same, key=lambda one: one.end)
    name = f"{worst.rule} ({worst.tier.replace('_', ' ')})" if worst.tier else worst.rule
    name = KINDS[worst.kind].called or name
    span = period(worst.period.name)
    when = f"in {span}" if len(same) == 1 else f"from {span} to {period(last.name)}"
    return worst.rule, worst.tier, last.name, f"A month later {name} would not be met {when}"
