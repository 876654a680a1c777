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
from capacity.staffing import questions, sizing
from capacity.staffing.questions import CHECKED_TO, NEVER_WORSE, Miss, Question
from capacity.staffing.varying import part_of, with_settings
from capacity.stages import PlanResult
from capacity.why.headlines import SAME, team_label
from capacity.wording import inside, month, period, posts

KNOWN = "decisions"
"""Where a plan remembers its dates, so that every page and paper reads the same ones."""


@dataclass(frozen=True)
class Decision:
    """A row of the `decisions` table: posts of a grade that start together.

    start: the month from which the plan costs them.
    agree_by: the month of the latest start that will do, less the recruitment lead: the last in
        which approving them keeps every rule that the plan keeps at no higher cost, all other
        posts approved on their own dates. The first month where it would have to be earlier.
    standard: what would not be met a month later; none where no rule needs the posts (they save
        overtime).
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


def decisions(plan: PlanResult) -> tuple[Decision, ...]:
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


def _decided(plan: PlanResult) -> tuple[Decision, ...]:
    if plan.sizing is None:
        return ()
    months = _Months(plan)
    return tuple(months.decision(step) for step in sorted(months.steps()))


@dataclass(frozen=True, order=True)
class _Start:
    """Posts of a grade that start in a month, and the latest that will do."""

    start: int
    grade: int
    latest: int  # of all of them
    posts: int
    last: int  # how many cannot be put off any longer


@dataclass(frozen=True)
class _Lost:
    """A rule that is not met in a period."""

    rule: str
    kind: str
    tier: str | None
    period: Period
    hours: float


class _Months:
    """The months in which the posts of a plan start, and can start at the latest."""

    def __init__(self, plan: PlanResult) -> None:
        assert plan.sizing is not None
        self.plan, self.sizing, self.model = plan, plan.sizing, plan.model
        today = plan.today
        self.question = plan.question or questions.ask(
            plan.model, plan.caseload, plan.demand, today.staff, today.projection
        )
        self.added: Array = self.sizing.posts - today.staff.posts[0]
        self.latest = self.added
        if (np.diff(self.added, axis=0, prepend=0.0) > SAME).any() and self._starts_are_coarse():
            by_month = with_settings(self.question, {"sizing.starts": "month"})
            self.latest = sizing.latest_starts(by_month, self.sizing).T
        self.known: dict[int, dict[tuple[str, str | None, Period], float]] = {}

    def _starts_are_coarse(self) -> bool:
        return len(self.model.starts) < self.model.months

    def steps(self) -> Iterator[_Start]:
        """Yield the posts of a grade that start together."""
        for grade in range(len(self.model.grades)):
            together: dict[int, list[int]] = {}
            for start, latest in _starts(self.added[:, grade], self.latest[:, grade]):
                together.setdefault(start, []).append(latest)
            for start, late in together.items():
                yield _Start(start, grade, min(late), len(late), late.count(min(late)))

    def _lead(self, step: _Start) -> int:
        return int(self.model.people.lead[0, step.start, step.grade])

    def _lost(self, step: _Start) -> tuple[_Lost, ...]:
        """Return what is not met with a step a month later than the latest, but is in the plan."""
        people, team = self.model.people, int(self.model.people.team_of[step.grade])
        later = people.posts[0] + self.latest
        later[step.latest, step.grade] -= step.last
        staff = workforce.staff(self.model, later[None])
        found = [
            _Lost(one.standard, one.kind, one.tier, one.period, float(one.missed_by[0]))
            for one in standards.establishment(self.model, staff)
            if not one.met[0]
        ]
        if people.share[0, :, step.grade].any():
            part = part_of(self.question, team)
            missed = part.misses_with(self.sizing.added, staff, since=step.latest)
            found += [_of(miss) for miss in missed]
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

    def decision(self, step: _Start) -> Decision:
        """Return by when posts must be approved, and what a month later would not be met."""
        model, lost = self.model, self._lost(step)
        labels = model.calendar.labels
        team, grade = model.grades[step.grade]
        told = model.scenario.settings.teams[team].grades[grade]
        kind = f"{inside(told.label or grade)} post"
        who = f"{posts(step.posts, kind)} ({team_label(model, team)})"
        agreed = step.latest - self._lead(step)
        label, costed = labels[max(0, agreed)], labels[step.start]
        when = month(label) if agreed >= 0 else f"the start of the plan ({month(label)})"
        late = step.latest > step.start
        they = "it" if step.posts == 1 else "they"
        begins = f"can start as late as {month(labels[step.latest])}" if late else ""
        begins = begins or f"{'starts' if they == 'it' else 'start'} in {month(costed)}"
        words = [f"Approve {who} by {when}"]
        words += [f"; {they} {begins}"] if step.latest != max(0, agreed) or late else []
        words += [f" (costed from {month(costed)})"] if late else []
        rule = tier = until = None
        if lost:
            rule, tier, until, end = _told(lost)
            words.append(f". {end}")
        else:
            words.append(f". No standard needs {they.replace('they', 'them')}: overtime would do")
        return Decision(
            team=team,
            grade=grade,
            year=model.calendar.years[model.calendar.year_of[step.start]],
            start=costed,
            posts=step.posts,
            agree_by=label,
            standard=rule,
            tier=tier,
            missed_until=until,
            words=f"{''.join(words)}.",
        )


def _starts(added: Array, latest: Array) -> list[tuple[int, int]]:
    """Return when each added post of a grade starts, and when it can start at the latest."""
    starts, late = (
        np.repeat(
            np.arange(len(path)), np.maximum(0, np.rint(np.diff(path, prepend=0.0))).astype(int)
        )
        for path in (added, latest)
    )
    # Posts that are given back in a later year may not be needed at all.
    return list(
        zip(starts.tolist(), (late if len(late) == len(starts) else starts).tolist(), strict=True)
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
    name = f"{worst.rule}{standards.in_brackets(worst.tier)}"
    name = KINDS[worst.kind].called or name
    span = period(worst.period.name)
    when = f"in {span}" if len(same) == 1 else f"from {span} to {period(last.name)}"
    return worst.rule, worst.tier, last.name, f"A month later {name} would not be met {when}"
