"""Why each team has its size: which rule sets it in each year, and how much slack the next has.

Read off the sized plan by taking one post away and solving again: what is then missed is why the
post is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from capacity import kinds
from capacity.engine.measures import NOTHING
from capacity.engine.model import Model
from capacity.engine.standards import Judgement, casework_posts, counted_cases, in_brackets
from capacity.kinds import KINDS, REASONS
from capacity.staffing.operations import may_fall
from capacity.staffing.questions import Miss, Question
from capacity.staffing.varying import part_of
from capacity.stages import PlanResult
from capacity.why.headlines import SAME, team_label
from capacity.wording import asked, counted, inside, listed, month, number, posts, up_to


@dataclass(frozen=True)
class Reason:
    """A row of the `reasons` table; a grade of a team in a financial year."""

    team: str
    year: str
    grade: str
    rule: str
    words: str
    slack: float  # of the next rule, in officers (posts for supervision); NaN where there is none
    next_rule: str | None
    added: float  # posts above current posts


@dataclass(frozen=True)
class _Slack:
    """How far a rule is from being missed in a year."""

    rule: str
    name: str
    officers: float


def reasons(plan: PlanResult) -> tuple[Reason, ...]:
    """Return which rule sets the posts of each grade in each year of the sized plan.

    Returns:
        One for each team, year and grade that has posts.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    if plan.question is None or plan.sizing is None:
        return ()
    return tuple(_RowReader(plan, plan.question).read())


def sets_the_size(plan: PlanResult, found: Sequence[Reason]) -> tuple[str, ...]:
    """Return what sets the posts added in the last year: a rule, and what workload would allow."""
    last = max((one.year for one in found), default="")
    mine = [one for one in found if one.year == last and one.added > SAME and one.rule in REASONS]
    return tuple(
        _of_team(plan.model, team, last, [one for one in mine if one.team == team])
        for team in dict.fromkeys(one.team for one in mine)
    )


def _of_team(model: Model, team: str, year: str, mine: list[Reason]) -> str:
    parts = []
    for one in mine:
        told = model.scenario.settings.teams[team].grades[one.grade]
        kind = f"{inside(told.label or one.grade)} post"
        words = f"{REASONS[one.rule].setting} {posts(one.added, kind)}"
        if one.next_rule == kinds.WORKLOAD.name != one.rule:
            spare = max(0.0, one.slack)
            only = min(one.added, float(np.floor(spare)))
            words += f" (workload alone would allow {number(spare)} fewer"
            words += f", so {number(only)} of them are there only for that limit)" if only else ")"
        parts.append(words)
    return f"What sets the posts added in {year}, {team_label(model, team)}: {listed(parts)}."


class _RowReader:
    """Reads the reasons off one plan."""

    def __init__(self, plan: PlanResult, question: Question) -> None:
        assert plan.sizing is not None
        self.plan, self.question = plan, question
        self.model: Model = plan.model
        self.sizing = plan.sizing
        self.added = plan.model.by_year(plan.sizing.added)
        self.spare = {team: self._spare_hours(team) for team in range(len(self.model.teams))}

    def read(self) -> Iterator[Reason]:
        """Yield every reason."""
        for place, (team, grade) in enumerate(self.model.grades):
            for y, year in enumerate(self.model.calendar.years):
                months = np.flatnonzero(self.model.calendar.year_of == y)
                have = float(self.sizing.posts[months, place].max())
                if have > SAME:
                    rule, words, following = self._reason(place, y, have)
                    slack = float("nan") if following is None else following.officers
                    name = None if following is None else following.rule
                    added = float(self.added[place, y])
                    yield Reason(team, year, grade, rule, words, slack, name, added)

    def _reason(self, g: int, y: int, have: float) -> tuple[str, str, _Slack | None]:
        """Return rule, sentence and the next rule's slack."""
        model = self.model
        team = int(model.people.team_of[g])
        who = f"{team_label(model, model.teams[team])}, {model.calendar.years[y]}"
        head = f"{who}: {posts(have, self._label(g))}"
        slacks = sorted(self._slacks(g, y), key=lambda slack: slack.officers)
        added = float(self.added[g, y])
        held = self._held_down(g, y)
        if held:
            return held[0], f"{head}; {held[1]} allows no more.", slacks[0] if slacks else None
        if added <= SAME:
            word = (
                "current posts are enough" if added > -SAME else "fewer than at present are enough"
            )
            return "today's posts", f"{head}; {word}{_next(slacks)}.", slacks[0] if slacks else None
        rule, words = self._why_added(g, y)
        others = [slack for slack in slacks if slack.rule != rule]
        return rule, f"{head}; {words}{_next(others)}.", others[0] if others else None

    def _label(self, g: int) -> str:
        team, grade = self.model.grades[g]
        told = self.model.scenario.settings.teams[team].grades[grade]
        return f"{inside(told.label or grade)} post"

    def _held_down(self, g: int, y: int) -> tuple[str, str] | None:
        """Return the limit on posts or money that a team which misses a rule has reached."""
        model = self.model
        team = int(model.people.team_of[g])
        if team not in self.sizing.missing:
            return None
        months = np.flatnonzero(model.calendar.year_of == y)
        latest = months[model.start_of[months] == model.start_of[months[-1]]]
        for rule in model.rules.posts:
            if g in rule.grades and months[-1] >= rule.first:
                left = float(np.ravel(rule.level)[0])
                words = f"{rule.name} ({asked(left)})"
                left -= float(self.sizing.posts[months][:, rule.grades].sum(axis=1).max())
                if -SAME <= left < 1 - SAME:  # one that is missed itself holds nobody down
                    return kinds.POSTS_ALLOWED.name, words
        for one in self._budgets(team, y):
            left = float(np.ravel(one.required)[0]) - float(one.achieved[0])
            if one.met.all() and left < float(model.people.cost[0, latest, g].sum()) / 12:
                return kinds.MONEY.name, one.standard
        return None

    def _budgets(self, team: int, y: int) -> Iterator[Judgement]:
        """Yield the budgets that a team's spending counts towards in a year."""
        names = {r.name for r in self.model.rules.budgets if r.team in (None, team)}
        for one in self.sizing.judgements:
            year = int(self.model.calendar.year_of[one.period.first])
            if one.kind == kinds.BUDGET.key and one.standard in names and year == y:
                yield one

    def _why_added(self, g: int, y: int) -> tuple[str, str]:
        """Return why the last post added is there: what is missed without it."""
        team = int(self.model.people.team_of[g])
        if not self.model.people.share[0, :, g].any():
            return self._why_supervisor(g, y)
        part = part_of(self.question, team)
        fewer = self.sizing.added.copy()
        # Where posts never fall, without one this year there is none before.
        last = int(self.model.start_of[self.model.calendar.year_of == y][-1])
        falls = np.flatnonzero(may_fall(self.model)[g, : last + 1])
        until = slice(int(falls[-1]) if len(falls) else 0, last + 1)
        fewer[g, until] = np.minimum(fewer[g, until], fewer[g, last] - 1)
        already = {(m.rule, m.tier, m.period): m.hours for m in self._missed_now(part)}
        found = [
            miss
            for miss in part.misses_with(fewer)
            if miss.hours > already.get((miss.rule, miss.tier, miss.period), 0.0) + NOTHING
        ]
        if not found:
            return "overtime", "one fewer would also do, with more overtime, at a higher cost"
        worst = found[0]
        reason = KINDS[worst.kind].reason
        if worst.kind == kinds.WORSE.key:
            return (
                reason.name,
                f"{reason.sets}: with one fewer, more would be overdue than with current posts",
            )
        first = min(miss.period.first for miss in found if KINDS[miss.kind].reason == reason)
        there = int(self.model.calendar.year_of[first])
        if there > y:
            return self._in_the_pipeline(g, there, first, worst)
        told = f"with one fewer, {_missed_in_words(found, worst)}"
        if self.model.calendar.year_of[worst.period.first] < y:
            since = self.model.calendar.years[there]
            return (
                reason.name,
                f"{reason.sets} since {since}, as posts never fall from year to year: {told}",
            )
        return reason.name, f"{reason.sets}: {told}"

    def _why_supervisor(self, g: int, y: int) -> tuple[str, str]:
        """Return why a post that carries no cases was added: only supervision asks for any."""
        people, team = self.model.people, int(self.model.people.team_of[g])
        t = int(np.flatnonzero(self.model.calendar.year_of == y)[-1])
        carry, _ = casework_posts(self.model, team, t)
        held, span = float(self.sizing.posts[t, carry].sum()), float(people.supervises[0, t, g])
        most = span * (float(self.sizing.posts[t, g]) - 1)
        reason = kinds.OFFICERS_PER_SUPERVISOR
        words = f"{reason.sets}: with one fewer, there could be {counted(most, 'officer')}"
        return reason.name, f"{words} instead of {number(held)}"

    def _missed_now(self, part: Question) -> tuple[Miss, ...]:
        """Return what the plan itself misses."""
        if not set(part.teams) & set(self.sizing.missing):
            return ()
        return part.misses_with(self.sizing.added)

    def _in_the_pipeline(self, g: int, y: int, missed: int, worst: Miss) -> tuple[str, str]:
        """Return that a post is there for a later year's sake."""
        people, staff = self.model.people, self.sizing.staff
        first = int(np.flatnonzero(self.model.calendar.year_of == y)[0])
        at_most = staff.joiners[0, first, g] >= people.max_joiners[0, first, g] - SAME
        learns = people.accreditation[0, first, g] > 0 and people.productivity[0, first, g] < 1
        rule = "training in the pipeline" if learns and not at_most else "recruitment"
        word = "trained" if rule.startswith("training") else "recruited"
        need = f"{worst.rule} in {month(self.model.calendar.labels[missed])}"
        return rule, f"some must be {word} in time for {need}"

    # Slack -----------------------------------------------------------------------------------

    def _slacks(self, g: int, y: int) -> Iterator[_Slack]:
        """Yield the slack of every rule on a grade's team in a year."""
        model, people = self.model, self.model.people
        team = int(people.team_of[g])
        months = np.flatnonzero(model.calendar.year_of == y)
        if people.share[0, months, g].max() > 0:
            yield from self._casework_slacks(team, y)
        for t in months[-1:]:
            carry, supervisors = casework_posts(model, team, int(t))
            if g in supervisors:
                held = float(self.sizing.posts[t, carry].sum())
                span = float(people.supervises[0, t, g])
                spare = span * float(self.sizing.posts[t, g]) - held
                yield _Slack(
                    kinds.OFFICERS_PER_SUPERVISOR.name, f"{number(span)} officers to each", spare
                )

    def _casework_slacks(self, team: int, y: int) -> Iterator[_Slack]:
        model, run = self.model, self.sizing.projection
        months = np.flatnonzero(model.calendar.year_of == y)
        for rule in model.rules.caseloads:
            judged = months[months >= rule.first]
            if rule.team == team and len(judged):
                need = counted_cases(model, run.caseload.cases, rule)[0, judged] / float(
                    np.ravel(rule.level)[0]
                )
                spare = float((run.officers[0, judged, team] - need).min())
                yield _Slack(kinds.CASELOAD_LIMIT.name, rule.name, spare)
        hours = self.spare[team][y]
        if not np.isnan(hours):
            each = float(model.team_hours[0, months, team].mean())
            yield _Slack(kinds.WORKLOAD.name, kinds.WORKLOAD.name, hours / each if each else np.nan)

    def _spare_hours(self, team: int) -> list[float]:
        """Return by year the hours per month that a team could lose; NaN where it misses a rule."""
        years = range(len(self.model.calendar.years))
        part = part_of(self.question, team)
        if team in self.sizing.missing:
            return [np.nan for _ in years]
        part.fix_posts(self.sizing.added)
        part.fix_people(self.sizing.staff)
        rows = part.formulation.balance_rows[:, team]
        found = [
            part.problem.most_spare(rows[self.model.calendar.year_of == y].tolist()) for y in years
        ]
        part.free_people()
        part.free_posts()
        return [np.nan if hours is None else hours for hours in found]


def _next(slacks: list[_Slack]) -> str:
    """Return the next rule's slack as the end of a sentence."""
    if not slacks:
        return ""
    first = slacks[0]
    if first.rule == kinds.OFFICERS_PER_SUPERVISOR.name:
        return f". Supervision leaves room for {counted(max(0.0, first.officers), 'more post')}"
    spare = number(first.officers) if first.officers > 0 else "no"
    name = "Workload" if first.rule == kinds.WORKLOAD.name else first.name
    return f". {name} alone would allow {spare} fewer"


def _missed_in_words(found: list[Miss], worst: Miss) -> str:
    """Return what would be missed: the rule, by how much at worst, and in how many periods."""
    same = [miss for miss in found if (miss.rule, miss.tier) == (worst.rule, worst.tier)]
    most = max(same, key=lambda miss: miss.amount)
    name = KINDS[worst.kind].called or worst.rule
    others = len([key for key, _ in groupby(sorted((m.rule, m.tier or "") for m in found))]) - 1
    more = f", and {counted(others, 'other rule')}" if others else ""
    size = KINDS[most.kind].missing(most.amount)
    return f"{name}{in_brackets(worst.tier)} would not be met, by {up_to(size)}{more}"
