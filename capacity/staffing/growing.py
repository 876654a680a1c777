"""Plans found without the solver: posts added until the order of service meets every standard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capacity.engine.model import Array, Flags, Model
from capacity.engine.standards import casework_posts
from capacity.kinds import KINDS
from capacity.staffing.effort import TimeLimit
from capacity.staffing.questions import MISSED, Question
from capacity.staffing.solver import Answer

MOST = 512
"""Posts of a team and year beyond which more of them are not tried."""

ROUNDS = 40
"""Projections at most, where the time allows them."""

AT_LEAST = 10
"""Projections that are made even when the time is over: each takes well under a second."""


def grown(question: Question, ends: TimeLimit) -> Iterator[tuple[Array, Answer]]:
    """Yield plans with more and more suitable posts, worked in the order of EQ13.

    Each projection tells which years miss a standard. A year that does gets twice as many posts,
    until it does not; then the fewest that will do are halved in on, all teams and years at once.
    A year after one that misses a standard may do so for what that left undone: it says nothing
    about its own posts, and gets back those that were enough.

    Whether anything is left waiting longer than today is not looked at: in strict order it may be
    by a trifle, which whoever makes the programme of the posts puts right.

    Args:
        question: some teams.
        ends: when the time is over.
    """
    shape = (len(question.model.teams), len(question.model.calendar.years))
    fewest, enough, trial = np.zeros(shape), np.full(shape, np.inf), np.zeros(shape)
    tried: set[bytes] = set()
    for number in range(ROUNDS):
        added = _posts(question, trial)
        late = number >= AT_LEAST and ends.left <= 0
        if late or added.tobytes() in tried:
            return
        tried.add(added.tobytes())
        answer = question.in_strict_order(added, waiting=False)
        if answer is None:
            return
        yield added, answer
        missed = _years_missed(question, answer)
        after = np.zeros_like(missed)
        after[:, 1:] = missed[:, :-1]
        stands = np.maximum.accumulate(trial, axis=1)
        fewest = np.where(missed & ~after, np.maximum(fewest, stands + 1), fewest)
        enough = np.where(missed, enough, np.minimum(enough, stands))
        # What was enough may have been so only because of what the year before had done.
        enough = np.where(enough < fewest, np.inf, enough)
        # No number of posts helps in a year that is over before anyone can join.
        lost = np.maximum(fewest, stands * missed) > MOST
        fewest, enough = np.where(lost, 0.0, fewest), np.where(lost, 0.0, enough)
        if (fewest >= enough).all():
            return
        known = np.where(np.isinf(enough), 0.0, enough)
        more = np.maximum(np.maximum(fewest, 2.0 * stands), 1.0)
        halved = np.where(missed & after, known, np.floor((fewest + known) / 2))
        trial = np.where(np.isinf(enough), more, halved)


def _years_missed(question: Question, answer: Answer) -> Flags:
    """Return the years whose posts would have to be more, as a plan misses rules. [team, year]."""
    model, sheet = question.model, question.formulation.sheet
    team_of = _team_of_column(question)
    missed = np.zeros((len(model.teams), len(model.calendar.years)), dtype=bool)

    def note(team: int, first: int, end: int) -> None:
        # Who joins is no full officer until the end of training, so comes the earlier.
        ahead = model.people.accreditation[0, first, model.people.team_of == team]
        months = np.maximum(0, np.arange(first, end) - int(ahead.max(initial=0)))
        missed[team, model.calendar.year_of[months]] = True

    for rule in question.formulation.rule_rows:
        if answer.columns[rule.missed] > MISSED and KINDS[rule.kind].helped_by_posts:
            teams = {team_of[column] for column in sheet.rows[rule.row].columns}
            for team in teams - {-1}:
                note(team, rule.period.first, rule.period.end)
    for (t, team), column in np.ndenumerate(question.formulation.short):
        if column >= 0 and answer.columns[column] > MISSED:
            note(team, t, t + 1)
    return missed


def _team_of_column(question: Question) -> list[int]:
    """Return the team that a column of duties or people speaks of, -1 for others."""
    places, model = question.formulation, question.model
    found = np.full(len(question.problem.cost), -1)
    for columns, teams in (
        (places.done, model.duties.team_of),
        (places.outstanding, model.duties.team_of),
        (places.in_post, model.people.team_of),
        (places.joined, model.people.team_of),
    ):
        there = columns >= 0
        found[columns[there]] = np.broadcast_to(teams, columns.shape)[there]
    for (_, row, _), column in places.waited.items():
        if column >= 0:
            found[column] = model.duties.team_of[row]
    by_team: list[int] = found.tolist()
    return by_team


def _posts(question: Question, wanted: Array) -> Array:
    """Return added posts with so many that carry cases, and those that supervise them.

    Args:
        question: some teams.
        wanted: posts to add. Shape: [team, year].

    Returns:
        Added posts, never falling. Shape: [grade, start].
    """
    model, there = question.model, question.formulation.added >= 0
    people, year_of = model.people, model.calendar.year_of
    added = np.zeros((len(model.grades), len(model.calendar.years)))
    for team in question.teams:
        so_far = np.zeros(len(model.grades))
        for year, most in enumerate(np.maximum.accumulate(wanted[team])):
            months = np.flatnonzero(year_of == year)
            carry, supervisors = casework_posts(model, team, int(months[0]))
            carry = carry or [g for g in supervisors if people.share[0, months[0], g] > 0]
            for _ in range(int(most - so_far[carry].sum()) if carry else 0):
                so_far[_cheapest(model, so_far, carry, int(months[0]))] += 1
            for g in supervisors:
                held = people.posts[0, months][:, carry].sum(axis=1) + so_far[carry].sum()
                lacking = held / people.supervises[0, months, g] - people.posts[0, months, g]
                so_far[g] = max(so_far[g], np.ceil(lacking.max() - MISSED))
            added[:, year] = np.maximum(added[:, year], so_far)
    return np.where(there, added[:, year_of[model.starts]], 0.0)


def _cheapest(model: Model, added: Array, grades: list[int], month: int) -> int:
    """Return the grade with the cheapest hour of casework whose share of posts allows one more."""
    people = model.people
    share = people.share[0, month]
    hours = np.maximum(share * people.hours[0, month], MISSED)
    order = sorted(grades, key=lambda g: people.cost[0, month, g] / hours[g])
    team = np.flatnonzero(people.team_of == people.team_of[grades[0]])
    posts = share * (people.posts[0, month] + added)
    for g in order:
        most = people.max_share[0, month, g]
        if np.isnan(most) or posts[g] + share[g] <= most * (posts[team].sum() + share[g]):
            return g
    return order[0]
