"""The team needed that meets the standards (EQ15–EQ21), proven and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from typing import Literal

import numpy as np

from capacity.engine import standards
from capacity.engine.model import Array, Whole
from capacity.engine.projection import Programme, Projection, project
from capacity.engine.standards import Judgement
from capacity.engine.workforce import Workforce
from capacity.errors import SolverError
from capacity.staffing import effort
from capacity.staffing.effort import TimeLimit
from capacity.staffing.growing import grown
from capacity.staffing.mending import mended
from capacity.staffing.operations import gives, may_fall
from capacity.staffing.outline import Outline
from capacity.staffing.questions import CHECKED_TO, Question
from capacity.staffing.solver import FREE_POST, TIME_LIMIT, WHOLE, Answer

GAP = 0.005
"""A plan with whole posts is proven to cost at most this share more than the least."""

NEIGHBOURS, NEAR = 100, 240_000
"""How many plans near one that is not proven to cost the least may be tried, and as many more as
have so many columns in all: small problems take next to no time."""

OF_MOVES = 4.0
"""How many times the gap, as a share of what moves within a total cost, is near enough."""

MOST_STEPS = 4
"""How many posts of one grade and year are added or taken away at once."""

BOXES = 60_000
"""Columns of all problems solved at most to prove it where people are not as the solver assumed."""

SECONDS = 60.0
"""How long it may take to find what it costs to meet every rule, where nothing else is said."""

REPAIRS = 12
"""How often posts may be added to a plan whose people join later than the solver assumed."""

FIRST_LOOK = 0.25
"""Share of the time left for whole posts in the outline, each time they are asked for."""

ROUNDED = 1e-8
"""Part of a sum of costs by which two ways to it may differ."""

OUTLINED = (np.inf, 0.4, 0.1)
"""Share of the gap that posts by the outline alone may leave: at first nothing is proven, so that
what duties need is learnt quickly, and each later one is asked for where the one before was not
enough."""

CUTS = 40
"""How often what duties need is told the outline."""

GROWING = 0.5
"""Share of what is left of it for finding posts by projections."""

SEARCH = 0.7
"""Share of a team's time for finding posts; the rest is for the programme of those found."""

Status = Literal["meets every standard", "misses least", "misses standards"]
"""The last: some plan may yet meet every standard, or miss less; nothing was proven in the time."""


@dataclass(frozen=True)
class Sizing:
    """The team needed and what it does."""

    status: Status
    cost: float  # EQ15, £ discounted, misses apart
    bound: float  # no plan costs less, misses counted
    objective: float  # cost and what misses count for
    relaxed_cost: float  # allowing part posts, misses apart
    added: Array  # [grade, start], posts
    posts: Array  # [month, grade]
    staff: Workforce
    programme: Programme
    projection: Projection
    judgements: tuple[Judgement, ...]
    missed_in_strict_order: int
    missing: tuple[int, ...] = ()  # teams sized together with one that misses a rule
    unproven: tuple[int, ...] = ()  # teams for which nothing more could be proven in the time
    seconds: float = 0.0  # the time limit

    @property
    def gap(self) -> float:
        """How much more than the least the plan may cost, as a share of its cost."""
        return max(0.0, self.objective - self.bound) / self.cost if self.cost > 0 else 0.0


@dataclass(frozen=True)
class _Found:
    """What one group of teams comes to. Shapes as in the whole model, 0 for other teams."""

    misses: bool
    cost: float
    bound: float
    objective: float
    relaxed_cost: float
    added: Array
    programme: Programme
    proven: bool = True  # the gap asked for, and that rules cannot be met where they are missed


@dataclass
class _Known:
    """What is proven about plans that meet every rule (False) and about all others (True)."""

    none_meets: bool = False
    relaxed: dict[bool, Answer] = field(default_factory=dict)


def size(question: Question, gap: float = GAP, seconds: float | None = None) -> Sizing:
    """Return the team needed that meets the standards, or misses them least (EQ15–EQ21).

    Teams that nothing links are sized apart. Where the time is over, or the solver can prove
    nothing, it is the best plan whose every row was multiplied out, with its real gap.

    Args:
        question: what is asked.
        gap: how much more than the least a plan may cost, as a share.
        seconds: the time limit; by default the scenario's.

    Raises:
        SolverError: our own check finds even the current posts' plan wanting.
    """
    if seconds is None:
        seconds = question.model.scenario.settings.sizing.time_limit_seconds
    ends = effort.within(seconds)
    parts = question.parts
    # The time that a problem takes grows faster than its size.
    shares = [float(part.problem.size) ** 2 for part in parts] if len(parts) > 1 else [1.0]
    found = []
    for place, part in enumerate(parts):
        found.append(_size_part(part, gap, ends.left * shares[place] / sum(shares[place:])))
    try:
        return _put_together(question, found, seconds)
    except SolverError:
        known = [_best_known(part, _Known()) for part in parts]
        if not all(known):
            raise
        return _put_together(question, [one for one in known if one], seconds)


def posts_without(
    question: Question, rules: Collection[str], plan: Array, gap: float = GAP
) -> Array:
    """Return the posts that one group of teams needs at the end where some limits do not hold.

    The outline gives them, with what the plan's own search has told it of duties. They are costed
    in the whole problem, but for current posts that are seen to be enough without it.

    Args:
        question: the teams, once they have been sized.
        rules: names of limits on people, posts or money.
        plan: the posts added where they hold. Shape: [grade, start].
        gap: how much more than the outline's own answer they may cost, as a share of the plan's.

    Returns:
        Added posts, 0 for other teams. Shape: [grade].

    Raises:
        SolverError: no plan was found in the time.
    """
    problem, none = question.problem, np.zeros(question.formulation.added.shape)
    there = question.formulation.added >= 0
    of_posts = problem.cost[question.formulation.added[there]] @ plan[there]
    allowed = gap * (problem.least_cost + float(of_posts))
    with problem.until(effort.within(SECONDS)), problem.without(rules):
        for misses in (False, True):
            problem.allow_misses(misses)
            outline = _outline(question)
            if not misses and _current_posts_are_enough(question, outline):
                return none[:, -1]
            found = _outlined(question, outline, (none, None), -np.inf, allowed, proven=False)
            if found is None:
                continue
            held = found[1] or _repaired(question, found[0])
            if held is not None:
                return _without_needless(question, outline, *held)
    raise SolverError("no plan in whole posts was found", "sizing the team")


def _current_posts_are_enough(question: Question, outline: Outline) -> bool:
    """Return whether current posts meet every rule, and the outline asks for no more."""
    today = question.current_posts()
    if today is None or question.misses(today):
        return False
    none = np.zeros(question.formulation.added.shape)
    answer, _ = outline.solve(none + 1.0, 0.0, SECONDS)
    return answer is not None and not question.posts_of(answer).any()


def _early(found: Sequence[_Found]) -> list[Array]:
    """Return what the programmes of all teams do early, where anything may be."""
    return [part.programme.early for part in found if part.programme.early is not None]


def _put_together(question: Question, found: Sequence[_Found], seconds: float) -> Sizing:
    """Return the plan of all teams, checked."""
    model = question.model
    staff = question.staff(_total([part.added for part in found]))
    programme = Programme(
        done=_total([part.programme.done for part in found]),
        lent=_total([part.programme.lent for part in found]),
        overtime=_total([part.programme.overtime for part in found]),
        early=_total(early) if (early := _early(found)) else None,
    )
    run = project(model, question.caseload, question.demand, staff, programme)
    strict = project(
        replace(model, duties=replace(model.duties, rule="strict")),
        question.caseload,
        question.demand,
        staff,
        overtime="limit",
        full_hours=True,
    )
    groups = list(zip(question.parts, found, strict=True))
    status: Status = "meets every standard"
    if any(part.misses for part in found):
        sure = all(part.proven for part in found)
        status = "misses least" if sure else "misses standards"
    sizing = Sizing(
        status=status,
        cost=sum(part.cost for part in found),
        bound=sum(part.bound for part in found),
        objective=sum(part.objective for part in found),
        relaxed_cost=sum(part.relaxed_cost for part in found),
        added=_total([part.added for part in found]),
        posts=staff.posts[0],
        staff=staff,
        programme=programme,
        projection=run,
        judgements=standards.judge(model, staff, run),
        missed_in_strict_order=sum(
            not judgement.met.all() for judgement in standards.judge(model, staff, strict)
        ),
        missing=tuple(team for part, one in groups if one.misses for team in part.teams),
        unproven=tuple(team for part, one in groups if not one.proven for team in part.teams),
        seconds=seconds,
    )
    check(question, sizing)
    return sizing


def _total(arrays: Sequence[Array]) -> Array:
    """Add up what groups of teams come to."""
    total: Array = np.sum(np.stack(arrays), axis=0)
    return total


def _size_part(question: Question, gap: float, seconds: float) -> _Found:
    """Size one group of teams: meeting every standard if any plan does, else missing least."""
    problem, known, found = question.problem, _Known(), None
    with problem.until(effort.within(seconds)) as ends:
        for misses in (False, True):
            try:
                problem.ends = effort.within(SEARCH * ends.left)
                found = _attempt(question, gap, ends, known, misses=misses)
            except SolverError:
                found = None if misses else _grown(question, gap, ends, known)
                if found:
                    break
                continue
            if found:
                break
            known.none_meets = True
    if found and found.proven:
        return found
    other = _best_known(question, known)
    if other and (found is None or _better(other, found)):
        return other
    if found is None:
        raise SolverError("no plan at all could be checked", "sizing the team")
    return found


def _better(one: _Found, other: _Found) -> bool:
    """Return whether a plan meets the rules where another does not, or costs less."""
    return (one.misses, one.objective) < (other.misses, other.objective)


def _grown(question: Question, gap: float, ends: TimeLimit, known: _Known) -> _Found | None:
    """Return the cheapest plan that meets every rule among posts added by projections alone.

    For problems too large to be solved in the time: with posts and people held, the programme is
    found in a fraction of it.
    """
    problem = question.problem
    problem.allow_misses(False)
    plans = [
        (added, answer)
        for added, answer in grown(question, effort.within(GROWING * ends.left))
        if not question.misses(answer)
    ]
    problem.ends = ends
    if not plans:
        return None
    added, in_order = min(plans, key=lambda one: one[1].objective)
    answer = _programme(question, added)
    if answer is None and question.waits_longer(in_order) <= question.trifle:
        answer = in_order
    if answer is None:
        return None
    relaxed = known.relaxed.get(False)
    bound = relaxed.bound if relaxed else problem.least_cost_of_people()
    cost = question.cost_of(answer)
    return _Found(
        misses=False,
        cost=cost,
        bound=min(bound, answer.objective),
        objective=answer.objective,
        relaxed_cost=question.cost_of(relaxed) if relaxed else float("nan"),
        added=added,
        programme=programme_of(question, answer),
        proven=_proven(answer, bound, gap * cost),
    )


def _best_known(question: Question, known: _Known) -> _Found | None:
    """Return the best of the plans that need no solver; None if not even one keeps every row.

    They are the current posts, and the posts of the answers allowing part posts rounded up, which
    do their work in the order of EQ13.
    """
    problem = question.problem
    today = question.current_posts()
    plans = [(np.zeros(question.formulation.added.shape), today)]
    for relaxed in known.relaxed.values():
        added = np.ceil(question.posts_of(relaxed) - WHOLE) + 0.0
        plans.append((added, question.in_strict_order(added)))
    found = []
    for added, answer in plans:
        if answer is None:
            continue
        cost = question.cost_of(answer)
        misses = question.misses(answer)
        proven = known.relaxed.get(misses)
        found.append(
            _Found(
                misses=misses,
                cost=cost,
                bound=min(proven.bound if proven else problem.least_cost, answer.objective),
                objective=answer.objective,
                relaxed_cost=question.cost_of(proven) if proven else float("nan"),
                added=added,
                programme=programme_of(question, answer),
                proven=False,
            )
        )
    return min(found, key=lambda one: (one.misses, one.objective), default=None)


def cost_of_meeting(
    question: Question, gap: float = GAP, seconds: float = SECONDS, *, near: bool = False
) -> float:
    """Return what one group of teams costs in whole posts if it meets every rule; NaN if none does.

    Found as `size` finds it, in £ discounted.

    Args:
        question: the teams.
        gap: how much more than the least a plan may cost, as a share.
        seconds: the time limit.
        near: the last answer was the least cost allowing part posts, which need not be sought anew.

    Raises:
        SolverError: neither could be proven in the time.
    """
    with question.problem.until(effort.within(seconds)) as ends:
        found = _attempt(question, gap, ends, _Known(), misses=False, near=near)
    return float("nan") if found is None else found.cost


def _attempt(
    question: Question,
    gap: float,
    ends: TimeLimit,
    known: _Known,
    *,
    misses: bool,
    near: bool = False,
) -> _Found | None:
    """Return one group of teams sized, rules missed or not; None if there is no such plan."""
    problem = question.problem
    problem.allow_misses(misses)
    relaxed = problem.solve(fresh=not near, corner=False)
    if relaxed is None:
        return None
    known.relaxed[misses] = relaxed
    allowed = gap * _at_stake(question, relaxed)
    whole = _whole_posts(question, relaxed, allowed, ends)
    if whole is None:
        return None
    added, answer, bound = whole
    cost = question.cost_of(answer)
    missed = misses and question.misses(answer)
    return _Found(
        misses=missed,
        cost=cost,
        bound=bound,
        objective=answer.objective,
        relaxed_cost=question.cost_of(relaxed),
        added=added,
        programme=programme_of(question, answer),
        proven=_proven(answer, bound, allowed) and (known.none_meets or not missed),
    )


def _at_stake(question: Question, answer: Answer) -> float:
    """Return the cost of which a share may be more than the least.

    Where posts move it is what the moves cost, a small part of what all posts do.
    """
    if question.model.keeps_total:
        return OF_MOVES * (answer.objective - question.formulation.constant)
    return question.cost_of(answer)


def programme_of(question: Question, answer: Answer) -> Programme:
    """Return the programme that an answer holds."""
    places = question.formulation
    return Programme(
        done=_read(answer, places.done),
        lent=_read(answer, places.lent),
        overtime=_read(answer, places.overtime),
        early=_read(answer, places.early) if places.early.size else None,
    )


def _whole_posts(
    question: Question, relaxed: Answer, gap: float, ends: TimeLimit
) -> tuple[Array, Answer, float] | None:
    """Return whole posts, their programme and the proven bound; None if there are none.

    Rounding up is often good enough already. If not, the outline of the problem gives the posts.
    A step that the solver cannot decide in the time proves nothing, and the next goes on without
    it. Last of all each post is moved on to the latest start that will do.
    """
    problem = question.problem
    bound = relaxed.bound
    added, ceiling = _rounded_up(question, relaxed)
    held = None
    outline = _outline(question, relaxed)
    if not _proven(ceiling, bound, gap):
        found = _outlined(question, outline, (added, ceiling), bound, gap)
        if found is None:
            return None
        added, held, bound = found
    problem.ends = ends
    held = held or _repaired(question, added)
    if held is None and (added < 0).any():  # perhaps where no post is taken away
        held = _repaired(question, np.maximum(added, 0.0))
    if held is None and not problem.misses_allowed:
        held = _by_year(question, gap)
    if held is None and not problem.misses_allowed:
        held = _moved_until_met(question, added, effort.within(SEARCH * problem.seconds_left))
    if held is None:
        raise SolverError("no plan in whole posts was found", "sizing the team")
    held = _as_late_as_will_do(question, outline, *held)
    if bound > held[1].objective + WHOLE * abs(bound):
        # A plan that was checked costs less than the solver said any does: back to what is sure.
        bound = relaxed.bound
    if not _proven(held[1], bound, gap):
        held = _improved(question, *held)
        if not _proven(held[1], bound, gap):
            added, answer, bound = _searched(question, held, bound, gap)
            held = added, answer
        held = _as_late_as_will_do(question, outline, *held)
    added, answer = held
    return added, _programme(question, added) or answer, bound


def _by_year(question: Question, gap: float) -> tuple[Array, Answer] | None:
    """Return the plan that meets every rule with posts that start with a financial year.

    It is a plan of the question too, and found in a fraction of the time: there are a twelfth of
    the choices. None where there is none, or rules may be missed.
    """
    problem, coarse = question.problem, question.by_year()
    if problem.misses_allowed or coarse is None:
        return None
    ends = effort.within(SEARCH * problem.seconds_left)
    try:
        with coarse.problem.until(ends):
            coarse.problem.allow_misses(False)
            relaxed = coarse.problem.solve(fresh=True, corner=False)
            found = None if relaxed is None else _whole_posts(coarse, relaxed, gap, ends)
    except SolverError:
        return None
    if found is None:
        return None
    year_of = question.model.calendar.year_of[question.model.starts]
    added = np.where(question.formulation.added >= 0, found[0][:, year_of], 0.0)
    answer = question.plan_of(added, near=False)
    return None if answer is None or question.misses(answer) else (added, answer)


def _outline(question: Question, answer: Answer | None = None) -> Outline:
    """Return the outline of a problem, with a cut for every answer that is known."""
    most_cases = 1.0 + 2.0 * _most_cases(question)
    outline = Outline(question.problem, most_cases)
    for prices in question.prices:
        outline.cut(prices)
    if answer is not None:
        _tell(question, outline, answer)
    return outline


def _tell(question: Question, outline: Outline, answer: Answer) -> None:
    """Tell an outline what an answer says of duties, and remember it for others."""
    if answer.row_prices is not None:
        question.prices.append(answer.row_prices)
        outline.cut(answer.row_prices)


def _outlined(
    question: Question,
    outline: Outline,
    known: tuple[Array, Answer | None],
    bound: float,
    gap: float,
    *,
    proven: bool = True,
) -> tuple[Array, tuple[Array, Answer] | None, float] | None:
    """Return posts by the outline of the problem, and what is proven; None if there are none.

    What duties need is asked of the posts that the outline gives, and told it as a cut, until they
    meet every rule with the people of EQ14, or a plan near them does that costs little more. The
    second of three is that plan, if it was found.

    Args:
        question: some teams.
        outline: of their problem, with the cut of the answer allowing part posts.
        known: posts, and the plan with them if there is one: what more posts would cost is known.
        bound: what no plan is below.
        gap: how far from the least it may be, in £.
        proven: whether it must be proven; else it may be so far from the outline's own answer.
    """
    problem = question.problem
    added, ceiling = known
    most = _most_posts(question, added, ceiling)
    held: tuple[Array, Answer] | None = None
    seen: set[bytes] = set()
    shares = list(OUTLINED if proven else OUTLINED[:1])
    while len(seen) < CUTS and problem.seconds_left > 0:
        seconds = min(TIME_LIMIT, FIRST_LOOK * problem.seconds_left)
        least = np.inf if held is None else held[1].objective
        try:
            answer, known_bound = outline.solve(most, shares[0] * gap, seconds, least)
        except SolverError:
            break
        if answer is None and held is None:
            return None if ceiling is None else (added, held, bound)
        bound = max(bound, min(known_bound, least))
        if held and _proven(held[1], bound, gap):
            break
        trial = _worth_costing(question, answer, held, gap)
        if trial is None or trial.tobytes() in seen:
            del shares[0]
            if not shares:
                break
            continue
        seen.add(trial.tobytes())
        found = question.missing_least(trial, near=len(seen) > 1)
        if found is None:
            proof = _why_none(question, trial)
            if proof is None:
                break
            outline.cut_off(proof)
            continue
        near: tuple[Array, Answer] | None = (trial, found)
        exact = problem.misses_allowed or not question.misses(found)
        if not exact:
            near = mended(question, trial, found, lambda one: _tell(question, outline, one))
        if near is not None and (held is None or near[1].objective < held[1].objective):
            held = near
        if held and _proven(held[1], bound, gap):
            break
        if held is None:
            added = trial
        _tell(question, outline, found)
    return added, held, bound


def _why_none(question: Question, added: Array) -> Array | None:
    """Return the proof that some posts cannot even do what current posts do; None without one."""
    problem, misses = question.problem, question.problem.misses_allowed
    problem.allow_misses(True)
    question.fix_posts(added)
    question.fix_people(question.staff(added))
    proof = problem.proof_of_none()
    question.free_people()
    question.free_posts()
    problem.allow_misses(misses)
    return proof


def latest_starts(question: Question, sizing: Sizing) -> Array:
    """Return the posts of a plan, each from the latest start that will do, all others kept.

    Args:
        question: the plan's own, or one in which posts may start in more months.
        sizing: the plan.

    Returns:
        Added posts. Shape: [grade, start], by the starts of the question.
    """
    added = (sizing.posts - question.model.people.posts[0])[question.model.starts].T
    found = []
    for part in question.parts:
        own = np.where(part.formulation.added >= 0, added, 0.0)
        part.problem.allow_misses(bool(set(part.teams) & set(sizing.missing)))
        answer = part.missing_least(own, near=False)
        if answer is not None:
            outline = _outline(part, answer)
            own, _ = _as_late_as_will_do(part, outline, own, answer)
        part.problem.allow_misses(False)
        found.append(own)
    return _total(found)


def _as_late_as_will_do(
    question: Question, outline: Outline, added: Array, answer: Answer
) -> tuple[Array, Answer]:
    """Return a plan in which no post can start later without a rule missed or a higher cost.

    One post at a time, those that carry cases before those who supervise them, and last those that
    are given within a total, which are then given no earlier than they are needed.
    """
    problem, people = question.problem, question.model.people
    ends = effort.within(SEARCH * problem.seconds_left)
    carries, way = people.share[0].any(axis=0), np.where(gives(question.model), -1, 1)
    last = added.shape[1] - 1
    again = True
    while again:
        again = False
        changed = np.argwhere(_steps(added) * way[:, None] > 0).tolist()
        for _, _, place, grade in sorted((way[g] < 0, not carries[g], -s, g) for g, s in changed):
            start = -place
            while start <= last and ends.left > 0:
                trial = added.copy()
                trial[grade, start] -= way[grade]
                found = _if_it_will_do(question, outline, trial, answer)
                if found is None:
                    break
                added, answer, again = trial, found, True
                start += 1
                if way[grade] * _steps(added)[grade, start : start + 1].sum() < 1:
                    break
    return added, answer


def _without_needless(question: Question, outline: Outline, added: Array, answer: Answer) -> Array:
    """Return a plan's posts at the end, but for the last ones where it will do without them.

    These are the posts that start at last where each starts as late as will do; the months of the
    others are not asked for. Shape: [grade].
    """
    people, given = question.model.people, gives(question.model)
    carries = people.share[0].any(axis=0)
    for grade in sorted(np.flatnonzero(~given).tolist(), key=lambda grade: not carries[grade]):
        while (_steps(added)[grade] > 0).any():
            trial = added.copy()
            trial[grade, int(np.flatnonzero(_steps(added)[grade] > 0)[-1]) :] -= 1
            found = _if_it_will_do(question, outline, trial, answer)
            if found is None:
                break
            added, answer = trial, found
    return np.asarray(added[:, -1])


def _steps(added: Array) -> Array:
    """Return how many posts are added at each start. Shape: [grade, start]."""
    steps: Array = np.diff(added, axis=1, prepend=0.0)
    return steps


def _if_it_will_do(
    question: Question, outline: Outline, added: Array, known: Answer
) -> Answer | None:
    """Return what posts come to if they miss no more and cost no more than a plan; else None."""
    if not question.may_be(added):
        return None
    held = (question.formulation.added, added), *question.people_of(question.staff(added))
    if outline.rules_out(held):
        return None
    found = question.missing_least(added)
    if found is None or (not question.problem.misses_allowed and question.misses(found)):
        return None
    return found if found.objective <= known.objective else None


def _worth_costing(
    question: Question, answer: Answer | None, held: tuple[Array, Answer] | None, gap: float
) -> Array | None:
    """Return the posts of an outline's answer; None where the plan held costs next to no more."""
    if answer is None or (held is not None and _proven(held[1], answer.objective, gap)):
        return None
    posts: Array = np.rint(question.posts_of(answer)) + 0.0
    return posts


def _proven(answer: Answer | None, bound: float, gap: float) -> bool:
    return answer is not None and answer.objective - bound <= gap + ROUNDED * abs(answer.objective)


def _rounded_up(question: Question, relaxed: Answer) -> tuple[Array, Answer | None]:
    """Return posts rounded up to whole ones, and what they cost if they meet every rule."""
    rounded = np.ceil(question.posts_of(relaxed) - WHOLE) + 0.0
    question.fix_posts(rounded)
    answer = question.problem.try_solve()
    question.free_posts()
    return rounded, answer


def _most_posts(question: Question, rounded: Array, ceiling: Answer | None) -> Array:
    """Return a bound on added posts: more of them alone cost more than a plan already known.

    Returns:
        Shape: [grade, start].
    """
    problem, columns = question.problem, question.formulation.added
    there = columns >= 0
    cost = np.where(there, problem.cost[columns], 0.0)
    lower = np.where(there, problem.lower[columns], 0.0)
    generous = 2.0 * np.maximum(rounded.max(axis=1, keepdims=True), 0.0) + 20.0
    if ceiling is None:
        return np.broadcast_to(generous, cost.shape)
    # Where posts never fall, those of one year stand in every later one too.
    falls = may_fall(question.model).any(axis=1, keepdims=True)
    each = np.where(falls, cost, np.cumsum(cost[:, ::-1], axis=1)[:, ::-1])
    spare = ceiling.objective - question.formulation.constant - float((lower * cost).sum())
    proven = np.where(each > 0, np.floor(spare / np.where(each > 0, each, 1.0) + WHOLE), generous)
    most: Array = np.minimum(
        np.maximum(proven, rounded), np.where(there, problem.upper[columns], 0)
    )
    return most


def _repaired(question: Question, added: Array) -> tuple[Array, Answer] | None:
    """Return posts and what they do with the people of EQ14, more posts where those fall short.

    The solver may hold a joiner back so that fewer have left by a standard's date; nobody does.
    """
    for _ in range(REPAIRS):
        answer = question.plan_of(added, near=False)
        if answer is not None:
            return added, answer
        if question.problem.seconds_left <= 0:
            break
        added = _one_more(question, added)
    return None


def _programme(question: Question, added: Array) -> Answer | None:
    """Return the programme of given posts, posts and people left free again."""
    try:
        answer = question.programme(added)
    except SolverError:  # undecided: such posts are not known to have one
        answer = None
    question.free_people()
    question.free_posts()
    return answer


def _one_more(question: Question, added: Array) -> Array:
    """Return posts with one more where it removes most of what is missed, then costs least."""
    problem = question.problem
    misses = problem.misses_allowed
    best, least = None, (np.inf, np.inf)
    problem.allow_misses(True)
    for place in _places(question):
        trial = _moved(question, added, place, 1)
        answer = question.plan_of(trial) if problem.seconds_left > 0 else None
        if answer is not None and _shortfall(question, answer) < least:
            best, least = trial, _shortfall(question, answer)
    problem.allow_misses(misses)
    if best is not None:
        return best
    # Not even one post more keeps what current posts do: give back posts that were taken away.
    return np.where(added < 0, added + 1, added) if (added < 0).any() else added + 1


def _moved_until_met(
    question: Question, added: Array, ends: TimeLimit
) -> tuple[Array, Answer] | None:
    """Return a plan that meets every rule, found by moving posts; None where none was.

    More posts do not always miss less: they may break a budget or a limit, and where posts may
    shrink fewer of them in one year can be what lets more join in the next. So from the posts
    given the next is always the nearest, one step or several away, that misses less.
    """
    problem, best = question.problem, (np.inf, np.inf)
    tried, better = {added.tobytes()}, True
    problem.allow_misses(True)
    while better and best[0] > 0:
        better = False
        for trial in _neighbours(question, added, MOST_STEPS):
            if ends.left <= 0:
                break
            if trial.tobytes() in tried:
                continue
            tried.add(trial.tobytes())
            answer = question.plan_of(trial)
            if answer is not None and _shortfall(question, answer) < best:
                added, best, better = trial, _shortfall(question, answer), True
                break
    problem.allow_misses(False)
    answer = question.plan_of(added) if best[0] == 0 else None
    return None if answer is None else (added, answer)


def _shortfall(question: Question, answer: Answer) -> tuple[float, float]:
    """Return what a plan misses, in whole £, and what it costs: fewest missed comes first."""
    return round(float(question.problem.penalty @ answer.columns)), answer.objective


def _improved(question: Question, added: Array, answer: Answer) -> tuple[Array, Answer]:
    """Return a cheaper plan a few posts away, and again from there, while few have been tried.

    What repairs a plan goes by one post at a time, and may have passed a cheaper one.
    """
    tried = {added.tobytes()}
    most = max(NEIGHBOURS, NEAR // len(question.problem.cost))
    better: tuple[Array, Answer] | None = (added, answer)
    while better is not None:
        (added, answer), better = better, None
        for trial in _neighbours(question, added, MOST_STEPS):
            if trial.tobytes() in tried or len(tried) > most:
                continue
            if question.problem.seconds_left <= 0:
                break
            tried.add(trial.tobytes())
            found = question.plan_of(trial)
            least = answer.objective
            if found is not None and found.objective < least - WHOLE * max(1.0, abs(least)):
                better = trial, found
                break
    return added, answer


def _places(question: Question) -> list[tuple[int, int]]:
    """Return the grades and financial years that posts may be added to."""
    grades = np.flatnonzero((question.formulation.added >= 0).any(axis=1))
    years = range(len(question.model.calendar.years))
    return [(int(grade), year) for grade in grades for year in years]


def _moved(question: Question, posts: Array, place: tuple[int, int], step: int) -> Array:
    """Return posts with some more or fewer in a grade and year, never falling if they must not.

    Those that a grade gives within a total never rise.
    """
    grade, year = place
    model = question.model
    mine = np.flatnonzero(model.calendar.year_of[model.starts] == year)
    trial = posts.copy()
    trial[grade, mine] += step
    given = bool(gives(model)[grade])
    if given or not may_fall(model)[grade].any():
        first, last = int(mine[0]), int(mine[-1])
        rest, end = (slice(last, None), last) if (step > 0) != given else (slice(first + 1), first)
        kept = np.maximum if step > 0 else np.minimum
        trial[grade, rest] = kept(trial[grade, rest], trial[grade, end])
    return trial


def _neighbours(question: Question, added: Array, most: int = 1) -> Iterator[Array]:
    """Yield posts with one fewer, one more, or one moved from a grade or year to another.

    Then with two fewer or more in one grade and year, up to `most`.
    """
    places = _places(question)

    def fewer_by(step: int) -> list[tuple[tuple[int, int], Array]]:
        trials = [(place, _moved(question, added, place, -step)) for place in places]
        return [(place, trial) for place, trial in trials if question.may_be(trial)]

    fewer = fewer_by(1)
    yield from (trial for _, trial in fewer)
    yield from (_moved(question, added, place, 1) for place in places)
    for place, trial in fewer:
        yield from (_moved(question, trial, other, 1) for other in places if other != place)
    for step in range(2, most + 1):
        yield from (trial for _, trial in fewer_by(step))
        yield from (_moved(question, added, place, step) for place in places)


@dataclass(order=True)
class _Box:
    """Plans whose added posts lie between two others; none of them costs less than `bound`."""

    bound: float
    number: int
    least: Array = field(compare=False)  # [grade, start]
    most: Array = field(compare=False)


def _searched(
    question: Question, held: tuple[Array, Answer], bound: float, gap: float
) -> tuple[Array, Answer, float]:
    """Return the cheapest plan with the people of EQ14, and the proven bound.

    Branch and bound on whole posts: the solver, whose people may be held back, gives each box its
    bound, and each plan that it names is costed with the people that it would really have. Needed
    where these differ. A box left over keeps its bound, so that what is stated is what was proven.
    """
    problem, places = question.problem, question.formulation.added
    there = places >= 0
    columns = places[there]
    numbers = count()
    least = np.where(there, problem.lower[places], 0.0)
    boxes = [_Box(bound, next(numbers), least, np.where(there, _most_posts(question, *held), 0.0))]
    best, answer = held
    seen = {best.tobytes(): answer.objective}
    for _ in range(BOXES // len(problem.cost)):
        if not boxes or answer.objective - boxes[0].bound <= gap or problem.seconds_left <= 0:
            break
        box = heappop(boxes)
        problem.bind(columns, box.least[there], box.most[there])
        try:
            found = problem.solve(fresh=True)
        except SolverError:  # undecided: the box keeps its bound
            heappush(boxes, box)
            break
        if found is None or found.objective >= answer.objective - gap:
            continue
        at = question.posts_of(found)
        whole = np.rint(at) + 0.0
        if np.abs(at - whole).max() > WHOLE:
            halves = _halves(question, box, at)
        else:
            if whole.tobytes() not in seen:
                real = question.plan_of(whole)
                seen[whole.tobytes()] = np.inf if real is None else real.objective
                if real is not None and real.objective < answer.objective:
                    best, answer = whole, real
            cost = seen[whole.tobytes()]
            halves = _round_it(box, whole) if cost - found.objective > gap else []
        for lower, upper in halves:
            heappush(boxes, _Box(found.objective, next(numbers), lower, upper))
    question.free_posts()
    proven = min([answer.objective - gap, *(box.bound for box in boxes[:1])])
    return best, answer, max(bound, proven)


def _halves(question: Question, box: _Box, at: Array) -> list[tuple[Array, Array]]:
    """Part a box at a start where both halves cost most more: fewer until then, or more after."""
    places = question.formulation.added
    cost = np.where(places >= 0, question.problem.cost[places], 0.0) + FREE_POST
    falls = may_fall(question.model)
    worth, halves = -1.0, []
    for grade, start in np.argwhere(np.abs(at - np.rint(at)) > WHOLE).tolist():
        fewer = np.floor(at[grade, start])
        ends = np.flatnonzero(falls[grade])
        first = max((int(end) for end in ends if end <= start), default=0)
        last = min((int(end) for end in ends if end > start), default=at.shape[1])
        until, after = slice(first, start + 1), slice(start, last)
        saved = cost[grade, until] @ np.maximum(0.0, at[grade, until] - fewer)
        spent = cost[grade, after] @ np.maximum(0.0, fewer + 1 - at[grade, after])
        if min(saved, spent) > worth:
            worth = min(saved, spent)
            below, above = box.most.copy(), box.least.copy()
            below[grade, until] = np.minimum(below[grade, until], fewer)
            above[grade, after] = np.maximum(above[grade, after], fewer + 1)
            halves = [(box.least, below), (above, box.most)]
    return halves


def _round_it(box: _Box, whole: Array) -> list[tuple[Array, Array]]:
    """Part a box into all of it but one plan."""
    parts = []
    least, most = box.least.copy(), box.most.copy()
    for place in np.ndindex(*whole.shape):
        for end, step in ((most, -1.0), (least, 1.0)):
            kept = end[place]
            end[place] = whole[place] + step
            if least[place] <= most[place]:
                parts.append((least.copy(), most.copy()))
            end[place] = kept
        least[place] = most[place] = whole[place]
    return parts


def _read(answer: Answer, columns: Whole) -> Array:
    """Return an answer's numbers at some columns, 0 where there is none."""
    return np.where(columns >= 0, np.maximum(0.0, answer.columns[columns]), 0.0)


def _most_cases(question: Question) -> float:
    """Return the most cases that a tier has, or that can wait in a queue."""
    model, cases = question.model, question.caseload
    first = model.queues.tiers.start
    most = float(cases.cases[:, :, :first].max(initial=0.0))
    if not model.queues.keys:
        return most
    opening = model.caseloads.opening[0, first:].sum()
    ever = float(opening + cases.entrants[0, :, first:].sum())
    return max(most, ever * (1 + len(model.queues.flows)))


def check(question: Question, sizing: Sizing) -> None:
    """Check a sized plan against every rule, on the projection and not on the solver's word.

    Raises:
        SolverError: naming the equation that does not hold.
    """
    model, run, staff = question.model, sizing.projection, sizing.staff
    people, today = model.people, question.baseline
    held = ~np.isin(model.duties.team_of, people.team_of[gives(model)])
    held[list(model.queues.fed)] = False
    judged = np.zeros((model.months, len(model.rows)), dtype=bool)
    for rule in model.rules.duties:
        for period in rule.periods:
            judged[period.first : period.end, list(rule.rows)] = True
    worse = np.where(judged, 0.0, run.outstanding[0] - today.outstanding[0])
    used = run.duty_hours + run.other_work - run.short + run.lent
    there = run.own + run.received + run.overtime
    most_overtime = np.maximum(0.0, people.overtime_limit * staff.casework)
    lent_too_much = [
        (run.lending[0, :, n] - rule.max_share[0, 0] * run.own[0, :, rule.lender]).max()
        for n, rule in enumerate(model.lending)
    ]
    steps = np.diff(sizing.added, axis=1, prepend=0.0)
    fallen = np.where(may_fall(model), 0.0, -steps)
    returned = np.where(gives(model)[:, None], steps, 0.0)
    in_all = sizing.added.sum(axis=0) if model.keeps_total else np.zeros(1)
    differences = {
        "EQ6": (run.done - model.duties.access * run.due).max(initial=0.0),
        "EQ12": max(
            (used - there).max(), (run.overtime - most_overtime).max(), *lent_too_much, 0.0
        ),
        "EQ16": max(
            (staff.in_post - staff.posts).max(initial=0.0),
            (-staff.posts).max(initial=0.0),
            fallen.max(initial=0.0),
            returned.max(initial=0.0),
            in_all.max(),
            np.abs(sizing.added - np.rint(sizing.added)).max(initial=0.0),
        ),
        "never worse than today": worse[:, held].max(initial=0.0),
    }
    for equation, most in differences.items():
        if most > CHECKED_TO * max(1.0, np.abs(there).max(initial=0.0)):
            raise SolverError(f"{equation} is off by {most:.2g}", "checking the sized plan")
    missed = sum(
        float(judgement.missed_by[0]) * (judgement.hours_each or 1.0)
        for judgement in (*sizing.judgements, *standards.establishment(model, staff))
        if not judgement.met.all()
    )
    missed += float(run.short.sum())
    rounding = CHECKED_TO * max(1, len(sizing.judgements))
    if sizing.status == "meets every standard" and missed > rounding:
        raise SolverError(f"standards missed by {missed:.2g} hours", "checking the sized plan")
