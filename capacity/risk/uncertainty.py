"""How certain a plan is: ranges, probabilities, posts for a level of confidence, what matters most.

Posts stay as planned and the world varies. All draws are made first, by number: draw 0 is the
central case, shown by the plan itself; the rest are what bands and chances are read off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from capacity import running
from capacity.engine.model import Array, Flags, Model, Whole, summed
from capacity.risk import agreement, bands, chances, confident, drivers, futures
from capacity.risk.agreement import Agreed
from capacity.risk.bands import Band, Traced
from capacity.risk.chances import Chance, ConfidenceOf, Judged, VerdictRecord
from capacity.risk.confident import Confident, TeamSize
from capacity.risk.draws import Draws
from capacity.risk.drivers import Driver
from capacity.risk.futures import Future, Staffing
from capacity.running import side_by_side
from capacity.stages import PlanResult

DRAWS = 10_000
"""Draws unless said otherwise."""

CURVE_DRAWS = 2_000
"""Draws for each size of the team on the curve."""

MOST_DRAWS = 200_000
"""Draws at most, however small an error is asked for."""

PORTION = 700
"""Draws of an option worked out together: few enough to stay near the processor."""

BACKLOG = 100.0
"""Duties outstanding for which the chance of more is told unless said otherwise."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outlook:
    """What an option comes to in all draws."""

    team: Staffing
    bands: tuple[Band, ...]
    record: VerdictRecord
    chances: tuple[Chance, ...]
    completion: Array  # [draw], over all duties in the last month


@dataclass(frozen=True)
class Uncertainty:
    """How certain a plan is."""

    plan: PlanResult
    draws: Draws
    number: int  # draws, the central case apart
    outlooks: tuple[Outlook, ...]
    curve: tuple[TeamSize, ...]
    confident: Confident | None
    drivers: tuple[Driver, ...]
    agreed: Agreed | None = None  # how well draws agree with what is known, where anything is

    @property
    def of(self) -> ConfidenceOf:
        """Which chance the scenario asks for."""
        return asked_for(self.plan)[0]

    @property
    def bands(self) -> tuple[Band, ...]:
        """Every option's bands."""
        return tuple(band for outlook in self.outlooks for band in outlook.bands)

    @property
    def chances(self) -> tuple[Chance, ...]:
        """Every option's chances."""
        return tuple(chance for outlook in self.outlooks for chance in outlook.chances)


@dataclass(frozen=True)
class Ask:
    """What is asked of the future."""

    number: int = DRAWS
    until_error: float | None = None  # more draws until no chance asked for is less sure
    backlog: tuple[float, ...] = (BACKLOG,)
    curve: bool = True
    size: bool = True
    drivers: bool = True
    resize: int | None = None
    measures: tuple[str, ...] = bands.MEASURES  # that bands are given for
    jobs: int = 1  # processes at once
    threads: int = 1  # threads at once, where there is one process


def simulate(
    plan: PlanResult, seed: int, ask: Ask | None = None, say: Say | None = None
) -> Uncertainty:
    """Return how certain a plan is, for current posts and the team needed.

    The same seed gives the same numbers. EQ22, EQ23.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    ask, say = ask or Ask(), say or (lambda _: None)
    draws = Draws(plan.scenario, seed)
    agreed = agreement.agreed(draws, ask.number)
    if agreed is not None:
        say("what is known")
        draws = replace(draws, weigh=agreed.weigh)
    of, asked = asked_for(plan)
    teams = [futures.todays(plan)] + ([futures.sized(plan)] if plan.sizing else [])
    number = ask.number
    say(f"{number:,} simulations")
    outlooks = [outlook(plan, draws, team, number, ask) for team in teams]
    while ask.until_error and number < MOST_DRAWS:
        error = max(chances.worst(one.record, of)[1] for one in outlooks)
        if error <= ask.until_error:
            break
        number = min(MOST_DRAWS, enough(number, error, ask.until_error))
        say(f"{number:,} simulations, until the error is {ask.until_error:g}")
        outlooks = [outlook(plan, draws, team, number, ask) for team in teams]
    found = None
    if plan.sizing and ask.size and asked is not None and has_rules(plan):
        say(f"the posts needed for {asked:.0%} confidence")

        def check(team: Staffing) -> VerdictRecord:
            outlooks.append(outlook(plan, draws, team, number, ask, confident.FRESH))
            return outlooks[-1].record

        found = confident.size(plan, draws, asked, of, check)
    curve: tuple[TeamSize, ...] = ()
    if plan.sizing and ask.curve and has_rules(plan):
        say("the probability by team size")
        worlds = [futures.world(draws, n) for n in futures.chunks(1, 1 + min(number, CURVE_DRAWS))]
        beyond = None if found is None else found.added
        never = () if found is None else found.out_of_reach
        curve = tuple(confident.curve(plan, worlds, of, beyond, leave_out=never))
    told: tuple[Driver, ...] = ()
    if ask.drivers:
        say("what matters most")
        numbers = np.arange(1, number + 1)
        told = drivers.drivers(plan, draws, numbers, outlooks[0].completion, ask.resize)
    return Uncertainty(plan, draws, number, tuple(outlooks), curve, found, told, agreed)


def asked_for(plan: PlanResult) -> tuple[ConfidenceOf, float | None]:
    """Return which chance the scenario asks for, and how large it must be if it says so.

    Returns:
        A share.
    """
    sizing = plan.scenario.settings.sizing
    asked = None if sizing.confidence is None else float(sizing.confidence.value)
    return sizing.confidence_of, asked


def has_rules(plan: PlanResult) -> bool:
    """Return whether there is any standard to be met in a period of the horizon."""
    return bool(plan.today.judgements)


def enough(number: int, error: float, wanted: float) -> int:
    """Return how many draws bring an error down to the one wanted, rounded up to a thousand."""
    needed = number * (error / wanted) ** 2
    return max(number + 1_000, int(np.ceil(needed / 1_000)) * 1_000)


@dataclass(frozen=True)
class Portion:
    """What is kept of some draws."""

    traced: Traced | None  # None if it was put where there was room for it
    judged: Judged
    above: Flags  # [draw, month, level]
    completion: Array  # [draw]


def portion(
    numbers: Whole,
    draws: Draws,
    team: Staffing,
    levels: tuple[float, ...],
    measures: Sequence[str],
    room: Traced | None = None,
) -> Portion:
    """Return what is kept of some draws; nothing of it depends on any other draw."""
    future = run(draws, team, numbers)
    total = summed(future.projection.outstanding)
    above = np.stack([total > level for level in levels], axis=2)
    elsewhere = None
    if room is None:
        room = elsewhere = bands.room_for(future.world.model, len(numbers), measures)
    bands.trace(future, room)
    return Portion(elsewhere, chances.judged(future), above, at_the_end(future))


def outlook(
    plan: PlanResult,
    draws: Draws,
    team: Staffing,
    number: int,
    ask: Ask | None = None,
    first: int = 1,
) -> Outlook:
    """Return what an option comes to in draws from `first` on, on one process or several."""
    ask = ask or Ask()
    tracks = bands.Tracks(team.name, plan.model, number, ask.measures)
    levels = ask.backlog
    work = partial(
        portion,
        draws=draws,
        team=team,
        levels=levels,
        measures=ask.measures,
    )
    judged, above, completion = [], [], []
    chunks = list(futures.chunks(first, first + number, PORTION))
    if ask.jobs > 1:
        parts = running.in_order(work, chunks, workers=ask.jobs)
    else:
        rooms = (tracks.room(len(numbers)) for numbers in chunks)
        parts = side_by_side(ask.threads, partial(_kept, work), chunks, rooms)
    for part in parts:
        if part.traced is not None:
            tracks.add(part.traced)
        judged.append(part.judged)
        above.append(part.above)
        completion.append(part.completion)
    weight = None if draws.weigh is None else draws.weigh(np.concatenate(chunks))
    record = chances.joined(plan.model.calendar, judged, weight)
    told = [*chances.table(team.name, record)]
    told += backlog_chances(team.name, plan.model, levels, np.concatenate(above), weight)
    found = tuple(tracks.bands(ask.threads, weight))
    return Outlook(team, found, record, tuple(told), np.concatenate(completion))


def _kept(work: Callable[..., Portion], numbers: Whole, room: Traced) -> Portion:
    """Return a portion whose series are put in the room given."""
    return work(numbers, room=room)


def run(draws: Draws, team: Staffing, numbers: Whole) -> Future:
    """Return what a team gets done in some draws, whichever and in whatever order.

    EQ22, EQ23, EQ28.
    """
    return futures.run(futures.world(draws, numbers), team)


def at_the_end(future: Future) -> Array:
    """Return done ÷ due over all duties in the last month; NaN where nothing is due.

    Returns:
        A share. Shape: [draw].
    """
    done, due = (summed(a[:, -1]) for a in (future.projection.done, future.projection.due))
    return np.divide(done, due, out=np.full_like(done, np.nan), where=due > 0)


def backlog_chances(
    option: str,
    model: Model,
    levels: Iterable[float],
    above: Flags,
    weight: Array | None = None,
) -> Iterator[Chance]:
    """Yield the chance of more than so many duties outstanding: in any month, and by month.

    Shape of above: [draw, month, level].
    """
    for place, level in enumerate(levels):
        name = f"Backlog above {level:g}"
        ever: Flags = np.any(above[:, :, place], axis=1)
        chance, error = chances.estimate(ever, weight)
        yield Chance(option, name, None, "any month", chance, error)
        for month, label in enumerate(model.calendar.labels):
            chance, error = chances.estimate(above[:, month, place], weight)
            yield Chance(option, name, None, label, chance, error)
