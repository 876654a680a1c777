"""The fewest posts for which the chance is at least the one asked for, found by simulation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity.engine import standards
from capacity.engine.model import Array, Flags, Model
from capacity.engine.workforce import staff
from capacity.risk import chances, futures, review
from capacity.risk.chances import ConfidenceOf, VerdictRecord
from capacity.risk.draws import Draws
from capacity.risk.futures import Staffing, World
from capacity.staffing import costs
from capacity.stages import PlanResult

SEARCHED = 2_000
"""Draws on which posts are searched."""

ROUGHLY = 500
"""Draws on which they are searched first."""

FRESH = 1_000_000_000
"""Number of the first of the draws on which the answer is checked, none of them searched on."""

STEPS = (1, 4)
"""Posts that are added in one step."""

STILL_WORTH = 0.75
"""Share of its first worth for which a step is done again before others are tried."""

GENEROUS = 1.0
"""Share of current posts by which they are raised to see what posts can do at all."""

MATTERS = 0.002
"""A rise of a chance, over all periods, for which a post is still worth trying."""


@dataclass(frozen=True)
class TeamSize:
    """A size of the team: its posts, its cost and the chances that come with it."""

    posts: float  # at the end, all teams
    cost: float  # EQ15, £ discounted, overtime of the mean draw included
    standard: str
    chance: float  # of the worst period asked for
    error: float


@dataclass(frozen=True)
class Reached:
    """The chance that the confident team has in a period, and what was asked for."""

    of: str
    period: str
    asked: float
    chance: float
    error: float
    within_reach: bool  # of any number of posts


@dataclass(frozen=True)
class PostsOfYear:
    """Posts of a grade in a financial year: today's, the needed team's and the confident one's."""

    team: str
    grade: str
    year: str
    today: float
    sized: float
    confident: float


@dataclass(frozen=True)
class Confident:
    """The fewest posts for which the chance is at least the one asked for."""

    asked: float
    of: ConfidenceOf
    added: Array  # [grade, year], posts
    posts: Array  # [month, grade]
    cost: float  # £ discounted, posts only
    periods: tuple[str, ...]
    chance: Array  # [period], on fresh draws
    error: Array  # [period]
    out_of_reach: tuple[str, ...]  # periods in which no number of posts is enough
    draws: int  # fresh ones
    searched: int
    tried: int  # teams

    def reached(self) -> Iterator[Reached]:
        """Yield the chance in every period asked for."""
        rows = zip(self.periods, self.chance.tolist(), self.error.tolist(), strict=True)
        for name, chance, error in rows:
            within = name not in self.out_of_reach
            yield Reached(self.of, name, self.asked, chance, error, within)

    def by_year(self, plan: PlanResult) -> Iterator[PostsOfYear]:
        """Yield posts by grade and year, beside today's and the needed team's."""
        assert plan.sizing is not None
        calendar = plan.model.calendar
        planned = plan.model.by_year(plan.sizing.added)
        for year, name in enumerate(calendar.years):
            last = int(np.flatnonzero(calendar.year_of == year)[-1])
            for grade, key in enumerate(plan.model.grades):
                now = float(plan.model.people.posts[0, last, grade])
                sized = now + float(planned[grade, year])
                sure = now + float(self.added[grade, year])
                yield PostsOfYear(key.team, key.grade, name, now, sized, sure)


def size(
    plan: PlanResult,
    draws: Draws,
    asked: float,
    of: ConfidenceOf,
    check: Callable[[Staffing], VerdictRecord],
    searched: int = SEARCHED,
) -> Confident:
    """Return the fewest posts for which every standard holds with a given chance.

    Posts are added by financial year: the search begins with those that the team needed has at the
    end of each. From there it goes up by the posts that raise the chance most for their cost, then
    down as long as the chance holds, all on the same draws. No post can be taken away, or start a
    year later, without the chance falling below the one asked for. Where no number of posts is
    enough the needed team's posts are the least. The chance told is that of draws not searched on,
    which `check` runs: those from FRESH on.

    EQ14, EQ16, EQ19, EQ20, EQ22, EQ23.
    """
    return _Search(plan, draws, asked, of, searched).answer(check)


def posts_cost(model: Model, posts: Array) -> float:
    """Return the discounted cost of posts over the horizon.

    EQ15. Shape of posts: [month, grade].
    """
    monthly = (posts * model.people.cost[0] / 12).sum(axis=1)
    return float((monthly * costs.discount_factors(model)).sum())


def supervised(model: Model, added: Array) -> Array:
    """Return added posts with as many supervisors more as the spans of control ask for (EQ19).

    Returns:
        Posts. Shape: [grade, year].
    """
    today, year_of = model.people.posts[0], model.calendar.year_of
    more = review.supervised(model, today + added[:, year_of].T) - today
    full = [more[year_of == year].max(axis=0) for year in range(added.shape[1])]
    found: Array = np.maximum(added, np.stack(full, axis=1))
    return found


class _Search:
    """Posts tried on the same draws."""

    def __init__(
        self, plan: PlanResult, draws: Draws, asked: float, of: ConfidenceOf, searched: int
    ) -> None:
        assert plan.sizing is not None
        self.plan, self.draws, self.asked, self.of = plan, draws, asked, of
        self.model, self.searched = plan.model, searched
        self.planned = plan.model.by_year(plan.sizing.added)
        self.least = np.minimum(0.0, self.planned)
        people = plan.model.people
        carries = (people.share[0].max(axis=0) > 0) & np.isnan(people.supervises[0]).all(axis=0)
        self.grades: list[int] = np.flatnonzero(carries).tolist()
        self.years = range(len(plan.model.calendar.years))
        numbers = futures.chunks(1, searched + 1)
        self.worlds = [futures.world(draws, part) for part in numbers]
        few = max(1, ROUGHLY // futures.CHUNK)
        self.sample = self.worlds[:few]
        self.known: dict[tuple[int, bytes], Array] = {}
        held = self.record(self.planned, self.sample)
        names = [name.split()[0] for name in held.held(of, held.named(None))]
        calendar = plan.model.calendar.years
        self.year_of_period = np.array([calendar.index(n) for n in names if n in calendar])

    def chance(self, added: Array, worlds: Sequence[World]) -> Array:
        """Return the chance of every standard by the periods asked for. Shape: [period]."""
        key = (len(worlds), added.tobytes())
        if key not in self.known:
            self.known[key] = chances.by_period(self.record(added, worlds), self.of)
        return self.known[key]

    def record(self, added: Array, worlds: Iterable[World]) -> VerdictRecord:
        """Return whether standards hold with some posts added."""
        team = futures.sized(self.plan, added)
        runs = (futures.run(world, team) for world in worlds)
        return chances.record(self.model.calendar, runs, self.of)

    def allowed(self, added: Array) -> bool:
        """Return whether the mix of grades is one that the rules allow (EQ20), and the total."""
        posts = futures.sized(self.plan, added).posts
        if self.model.keeps_total and (posts - self.model.people.posts[0]).sum(axis=1).max() > 0:
            return False
        found = standards.establishment(self.model, staff(self.model, posts[None]))
        return all(one.met.all() for one in found)

    def within_reach(self) -> Flags:
        """Return the periods in which some number of posts is enough.

        Where posts or money are limited nobody knows before trying.

        Returns:
            Shape: [period].
        """
        rules = self.model.rules
        best = self.chance(self.planned, self.sample)
        if rules.budgets or rules.posts or self.model.keeps_total:
            return np.ones(len(best), dtype=bool)
        generous = self.planned.copy()
        for grade in self.grades:
            generous[grade] += np.ceil(GENEROUS * self.model.people.posts[0, :, grade].max() + 5)
        best = np.maximum(best, self.chance(supervised(self.model, generous), self.sample))
        return best >= self.asked

    def answer(self, check: Callable[[Staffing], VerdictRecord]) -> Confident:
        """Search, and check what is found on fresh draws."""
        wanted = self.within_reach()
        added = self.up(self.planned, self.sample, wanted)
        added = self.up(added, self.worlds, wanted)
        reached = self.chance(added, self.worlds) >= self.asked
        added = self.down(added, reached) + 0.0
        team = replace(futures.sized(self.plan, added), name="confident")
        found = check(team)
        held = found.held(self.of, found.named(None))
        told = [chances.estimate(flags, found.weight) for flags in held.values()]
        return Confident(
            asked=self.asked,
            of=self.of,
            added=added,
            posts=team.posts,
            cost=posts_cost(self.model, team.posts),
            periods=tuple(held),
            chance=np.array([chance for chance, _ in told]),
            error=np.array([error for _, error in told]),
            out_of_reach=tuple(n for n, ok in zip(held, reached, strict=True) if not ok),
            draws=found.draws,
            searched=self.searched,
            tried=len(self.known),
        )

    def up(self, added: Array, worlds: Sequence[World], wanted: Flags) -> Array:
        """Return posts to which none can be added that raises a chance still too low."""

        def lacks(posts: Array) -> float:
            short = np.maximum(0.0, self.asked - self.chance(posts, worlds))
            return float(short[wanted].sum())

        while (now := lacks(added)) > 0:
            steps = [(self.worth(added, s, lacks), s) for s in self.steps(added, worlds, wanted)]
            worth, best = max(steps, default=(0.0, None))
            if best is None or worth <= 0:
                return added
            # The same again for as long as it is worth nearly as much.
            while lacks(added) > 0 and self.worth(added, best, lacks) >= STILL_WORTH * worth:
                added = self.more(added, best)
            if lacks(added) >= now:
                return added
        return added

    def steps(
        self, added: Array, worlds: Sequence[World], wanted: Flags
    ) -> Iterator[tuple[int, int, int]]:
        """Yield steps worth trying: posts more in a grade from a year on."""
        low = (self.chance(added, worlds) < self.asked) & wanted
        first = 0 if self.of == "every month" else int(self.year_of_period[low].min())
        for grade in self.grades:
            for year in sorted({max(0, first - 1), first}):
                for size in STEPS:
                    yield grade, year, size

    def more(self, added: Array, step: tuple[int, int, int]) -> Array:
        """Return posts after a step, supervisors included."""
        grade, year, size = step
        trial = added.copy()
        trial[grade, year:] += size
        return supervised(self.model, trial)

    def worth(
        self, added: Array, step: tuple[int, int, int], lacks: Callable[[Array], float]
    ) -> float:
        """Return by how much a step raises chances that are too low, for its cost."""
        trial = self.more(added, step)
        left = lacks(trial)
        gain = lacks(added) - left
        if gain < (MATTERS if left > 0 else 0.0) or not self.allowed(trial):
            return 0.0
        cost = self.cost(trial) - self.cost(added)
        return gain / max(cost, 1.0)

    def cost(self, added: Array) -> float:
        """Return what posts cost."""
        return posts_cost(self.model, futures.sized(self.plan, added).posts)

    def down(self, added: Array, reached: Flags) -> Array:
        """Return posts of which none can be taken away, the dearest tried first."""
        floor = np.where(self.needed_years(reached)[None, :], self.least, self.planned)
        cost = self.model.people.cost[0].mean(axis=0)
        cells = [(g, y) for g in np.argsort(-cost).tolist() for y in self.years]
        again = True
        while again:
            again = False
            for grade, year in cells:
                while (trial := self.one_less(added, grade, year, floor)) is not None:
                    if not self.holds(trial, reached):
                        break
                    added, again = trial, True
        return added

    def holds(self, added: Array, reached: Flags) -> bool:
        """Return whether the chance is the one asked for; what is far from it is told early."""
        roughly = self.chance(added, self.sample)[reached]
        draws = sum(len(world.numbers) for world in self.sample)
        far = 4.0 * np.sqrt(self.asked * (1 - self.asked) / draws)
        if (roughly < self.asked - far).any():
            return False
        return bool((self.chance(added, self.worlds)[reached] >= self.asked).all())

    def needed_years(self, reached: Flags) -> Flags:
        """Return the years in which the chance asked for decides the posts. Shape: [year]."""
        if self.of == "every month":
            return np.full(len(self.years), bool(reached.all()))
        needed = np.ones(len(self.years), dtype=bool)
        needed[self.year_of_period[~reached]] = False
        return needed

    def one_less(self, added: Array, grade: int, year: int, floor: Array) -> Array | None:
        """Return one post less from one year only, if posts still never fall and rules hold."""
        trial = added.copy()
        trial[grade, year] -= 1
        before = trial[grade, year - 1] if year else -np.inf
        if trial[grade, year] < max(before, floor[grade, year]):
            return None
        if (supervised(self.model, trial) > trial).any() or not self.allowed(trial):
            return None
        return trial


# The chance by the size of the team ---------------------------------------------------------


def curve(
    plan: PlanResult,
    worlds: Sequence[World],
    of: ConfidenceOf,
    beyond: Array | None = None,
    steps: int = 16,
    leave_out: Collection[str] = (),
) -> Iterator[TeamSize]:
    """Yield cost and the chance of each standard, and of all, from current posts to well past.

    Sizes lead in equal steps from current posts over the team needed and, if given, one beyond it
    (the confident one) to half as many added posts again.
    The chance is that of the worst year, `leave_out` apart: the years that no number of posts
    reaches, as for the confident team.

    Yields:
        One for each size and standard.
    """
    assert plan.sizing is not None
    model = plan.model
    for added in sizes(model, model.by_year(plan.sizing.added), beyond, steps):
        team = futures.sized(plan, added)
        runs = [futures.run(world, team) for world in worlds]
        found = chances.record(model.calendar, runs)
        overtime = [np.average(run.projection.overtime, 0, run.world.weight) for run in runs]
        mean = np.average(overtime, axis=0, weights=[run.world.number for run in runs])
        rate = (mean * model.people.overtime_cost[0]).sum(axis=1)
        cost = posts_cost(model, team.posts) + float((rate * costs.discount_factors(model)).sum())
        posts = float(team.posts[-1].sum())
        names: list[str | None] = list(dict.fromkeys(rule.standard for rule in found.rules))
        for name in [*names, None]:
            chance, error = chances.worst(found, of, name, leave_out)
            yield TeamSize(posts, cost, name or chances.EVERY_STANDARD, chance, error)


def sizes(model: Model, planned: Array, beyond: Array | None, steps: int) -> list[Array]:
    """Return added posts from none to well past the plan, each at least those before.

    Returns:
        Posts. Shape: [grade, year] each.
    """
    anchors = [np.zeros_like(planned), np.maximum(planned, 0.0)]
    if beyond is not None:
        anchors.append(np.maximum(anchors[-1], beyond))
    if not anchors[-1].any():
        carries = model.people.share[0].max(axis=0) > 0
        most = np.ceil(model.people.posts[0, -1] / 4) * carries
        anchors.append(np.repeat(most[:, None], planned.shape[1], axis=1))
    anchors.append(np.ceil(1.5 * anchors[-1]) + 1.0 * (anchors[-1] > 0))
    ends = np.array([anchor[:, -1].sum() for anchor in anchors])
    found: dict[bytes, Array] = {}
    for total in np.unique([*np.linspace(0.0, ends[-1], steps), *ends]):
        place = min(int(np.searchsorted(ends, total, side="right")) - 1, len(anchors) - 2)
        span = ends[place + 1] - ends[place]
        share = (total - ends[place]) / span if span > 0 else 1.0
        between = anchors[place] + share * (anchors[place + 1] - anchors[place])
        added = supervised(model, np.ceil(between - 1e-9))
        found.setdefault(added.tobytes(), added)
    return list(found.values())
