"""Why a plan is as it is: every answer to that question, gathered for tables and summary."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from capacity.errors import SolverError
from capacity.staffing import effort, questions
from capacity.stages import PlanResult
from capacity.why import buying, decisions, fixes, frontier, headroom, prices, reasons
from capacity.why.buying import Bought
from capacity.why.decisions import Decision
from capacity.why.fixes import Fix
from capacity.why.frontier import Point
from capacity.why.headroom import Giving, Room
from capacity.why.prices import Price
from capacity.why.reasons import Reason
from capacity.wording import counted, listed, number, per_cent, pounds

T = TypeVar("T")

HEADROOM, BUYING = "headroom", "what posts buy"
"""Parts of an explanation that papers show, by the names that `undecided` has."""


@dataclass(frozen=True)
class Explanation:
    """What a plan's standards cost, what sets its size and what would make it possible.

    The last four are empty unless asked for.
    """

    prices: tuple[Price, ...]
    reasons: tuple[Reason, ...]
    fixes: tuple[Fix, ...]
    decisions: tuple[Decision, ...] = ()
    marginal_posts: tuple[Bought, ...] = ()
    headroom: tuple[Room, ...] = ()
    frontier: tuple[Point, ...] = ()
    gives_first: tuple[Giving, ...] = ()
    undecided: tuple[str, ...] = ()  # parts not worked out, or not to the end, in the time


LEAST_SECONDS = 30.0
"""Time for reasons even where the scenario's time limit for finding the team is shorter."""

NEARLY_ALL = 0.95
"""Posts that together bring this share of what all bring are nearly as good as all."""


def explain(
    plan: PlanResult, *, full: bool = False, only: Collection[str] | None = None
) -> Explanation:
    """Return why a plan is as it is; `full` adds what posts buy, headroom, frontier, what gives.

    It takes about the scenario's time limit at most: what is not worked out by then is left
    out, and named in `undecided`.

    Args:
        plan: the plan.
        full: whether everything is wanted.
        only: the parts wanted, by the names that `undecided` has; all if left out.
    """
    most = max(LEAST_SECONDS, plan.scenario.settings.sizing.time_limit_seconds)
    ends = effort.within(most)
    left: list[str] = []

    def told(name: str, find: Callable[..., Iterable[T]], *asked: Any) -> tuple[T, ...]:
        """Return one part, as far as it can be worked out in the time: the plan stands without."""
        found: list[T] = []
        if only is not None and name not in only:
            return ()
        try:
            if ends.left > 0:
                for one in find(*asked):
                    found.append(one)
                    if ends.left <= 0:
                        break
                else:
                    return tuple(found)
        except SolverError:
            pass
        left.append(name)
        return tuple(found)

    room = told(HEADROOM, headroom.headroom, plan) if full else ()
    gives = told("what falls behind first", headroom.gives_first, plan) if full else ()
    question = plan.question
    if question is None:
        return Explanation((), (), (), headroom=room, gives_first=gives, undecided=tuple(left))
    with ExitStack() as limits:
        for part in question.parts:
            limits.enter_context(part.problem.until(ends))
        return Explanation(
            reasons=told("reasons", reasons.reasons, plan),
            fixes=told("fixes", fixes.fixes, plan),
            decisions=told("approval dates", decisions.decisions, plan),
            marginal_posts=told(BUYING, buying.marginal_posts, plan) if full else (),
            headroom=room,
            gives_first=gives,
            prices=told("prices", prices.prices, question),
            frontier=told("cost by completion", frontier.frontier, question) if full else (),
            undecided=tuple(left),
        )


def for_papers(plan: PlanResult) -> Explanation:
    """Return what a business case shows: how far current posts would do, what each post buys."""
    return explain(plan, full=True, only=(HEADROOM, BUYING))


def what_would_help(plan: PlanResult) -> Explanation:
    """Return what would make it possible to meet every standard, and nothing else."""
    try:
        return Explanation((), (), fixes.fixes(plan))
    except SolverError:
        return Explanation((), (), (), undecided=("fixes",))


def explain_again(plan: PlanResult, *, full: bool = False) -> Explanation:
    """Return why a plan is as it is, where its sizing problem was left behind.

    The problem cannot leave the process that solved it; it is asked again, posts as they were
    found.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    return explain(_asked_anew(plan), full=full)


def what_money_buys(plan: PlanResult) -> Explanation:
    """Return what each further post buys, and what completion costs; nothing else.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    asked = _asked_anew(plan)
    if asked.question is None:
        return Explanation((), (), ())
    return Explanation(
        (),
        (),
        (),
        marginal_posts=buying.marginal_posts(asked),
        frontier=frontier.frontier(asked.question),
    )


def _asked_anew(plan: PlanResult) -> PlanResult:
    """Return a sized plan with its sizing problem, not yet solved."""
    if plan.sizing is None:
        return plan
    today = plan.today
    return replace(
        plan,
        question=questions.ask(
            plan.model, plan.caseload, plan.demand, today.staff, today.projection
        ),
    )


def sentences(why: Explanation) -> tuple[tuple[str, float | None, str], ...]:
    """Return the explanation as named sentences, each with its figure if it has one."""
    return tuple(_sentences(why))


def _sentences(why: Explanation) -> Iterator[tuple[str, float | None, str]]:
    told = fixes.summary(why.fixes)
    if told:
        yield "fixes", float(sum(fix.to is not None for fix in why.fixes)), told
    for n, fix in enumerate(why.fixes, start=1):
        yield f"fix.{n}", fix.cost_per_year if fix.to is not None else None, fix.words
    for n, price in enumerate((one for one in why.prices if one.binds), start=1):
        yield f"price.{n}", price.price_per_year, price.words
    idle = [
        f"{one.standard} ({one.tier.replace('_', ' ')})" if one.tier else one.standard
        for one in why.prices
        if not one.binds
    ]
    if idle:
        yield (
            "prices_of_nothing",
            None,
            f"These do not affect the cost at present: {listed(idle, 40)}.",
        )
    for n, words in enumerate(dict.fromkeys(reason.words for reason in why.reasons), start=1):
        yield f"reason.{n}", None, words
    if why.marginal_posts:
        yield "marginal_posts", None, _bought(why.marginal_posts)
    for n, room in enumerate(why.headroom, start=1):
        yield f"headroom.{n}", room.most, room.words
    if why.frontier:
        yield "frontier", None, _frontier(why.frontier)
    if why.gives_first:
        yield "gives_first", None, _gives(why.gives_first)
    if why.undecided:
        yield "undecided", None, f"Not worked out in the time: {listed(why.undecided, 8)}."


def _bought(bought: tuple[Bought, ...]) -> str:
    """Return how many of the posts added bring nearly all of what they avoid, and what the rest do.

    What they avoid is case-months overdue, weighted by risk, in the present order of priority.
    """
    mine = [one for one in bought if one.in_plan]
    avoided = [one.weighted_avoided for one in mine]
    total = sum(avoided)
    if not mine or total < 0.5:
        return "In the present order of work the posts added leave no fewer case-months overdue."
    some = next(n for n in range(1, len(mine) + 1) if sum(avoided[:n]) >= NEARLY_ALL * total)
    share = per_cent(sum(avoided[:some]) / total)
    first = f"The first {some}" if some > 1 else "The first"
    words = (
        f"{first} of the {counted(len(mine), 'post')} added {'avoid' if some > 1 else 'avoids'} "
        f"{share} of the {number(total)} weighted case-months overdue that all of them avoid, "
        "in the present order of work"
    )
    if some < len(mine):
        cost = pounds(sum(one.cost for one in mine[some:]))
        rest = len(mine) - some
        verb = "other costs" if rest == 1 else f"other {rest} cost"
        words += f"; the {verb} {cost} over the time projected (discounted)"
    return f"{words}."


def _frontier(points: tuple[Point, ...]) -> str:
    """Return what the completion standards cost from end to end."""
    known = [point for point in points if point.cost == point.cost]
    if not known:
        return "No plan meets any completion standard from 70% to 99%."
    first, last = known[0], known[-1]
    more = last.cost - first.cost
    words = (
        f"Raising every completion standard from {per_cent(first.completion)} to "
        f"{per_cent(last.completion)} costs {pounds(more)} over the whole time (discounted), the "
        "other standards as they are"
    )
    if len(known) < len(points):
        beyond = points[len(known)].completion
        words += f"; {per_cent(beyond)} cannot be reached"
    return f"{words}."


def _gives(order: tuple[Giving, ...]) -> str:
    """Return what falls behind first as hours shrink."""
    gone = [one for one in order if one.cut == one.cut]
    if not gone:
        return "Hours could be halved before any activity fell behind."
    named = [
        f"{one.duty} {one.tier.replace('_', ' ')} ({one.cohort}) at {per_cent(one.cut)}"
        for one in gone[:4]
    ]
    rest = f", then {counted(len(gone) - 4, 'other')}" if len(gone) > 4 else ""
    return f"As every team's hours shrink, these fall behind first: {listed(named)}{rest}."
