"""Least squares over projections: which settings bring a scenario nearest to monthly figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.caseload import Caseload
from capacity.engine.measures import share_of
from capacity.engine.model import Array, Flags, Model, Whole, blank
from capacity.engine.projection import Projection, Record
from capacity.files.headings import SHARES
from capacity.files.monthly import Figure
from capacity.history import learning
from capacity.reading.replacing import Spot, replaced
from capacity.reading.scenario import Scenario, month_index
from capacity.settings import show

MISFIT = {"longest_wait_months": 1.0, **dict.fromkeys(SHARES, 0.02)}
"""How far off a figure may be and still be right: 2 points of a share, a month of waiting."""
CLOSE = 6.0
"""A fit is nearly as good if its squared misfits add up to at most this much more."""
SCREENED = 32
"""Places tried for every setting before the best are taken as starts."""
STARTS = 5
GRID = 15
STEP = 1e-4
"""Of a setting's range, for slopes."""
WIDE_STEP = 0.02
"""The same where slopes must not hang on a single kink."""
PARALLEL = 0.98
"""Two settings whose effects are this much alike cannot be distinguished."""
FOLLOW = (0.5, 2.0)
"""By how much those who stay may be made fewer or more in a month, to keep to known cases."""
TOGETHER = 12
"""Months over which misfits are taken to go together."""
EARLY_STEPS = 3
"""Steps in which early visits that nobody counted are read off who falls due."""
CHANCES = 200
"""Draws of who arrives, leaves and moves, for how far chance moves a fit."""
NOISE = 0.05
"""Least squared misfit of a figure: nothing is known better than to a fifth of MISFIT."""


class SearchRange(NamedTuple):
    """Between which values a setting is looked for, and why there."""

    low: float
    high: float
    why: str


@dataclass(frozen=True)
class Fitted:
    """A setting as fitted."""

    spot: Spot
    within: SearchRange
    value: float
    low: float  # the range that fits nearly as well
    high: float
    free_below: bool  # that range goes on below what was searched
    free_above: bool

    @property
    def at_edge(self) -> bool:
        """Whether the best value lies at an end of what was searched."""
        width = self.within.high - self.within.low
        return min(self.value - self.within.low, self.within.high - self.value) < 0.01 * width

    @property
    def open(self) -> bool:
        """Whether this history says next to nothing about it."""
        return self.free_below and self.free_above

    @property
    def wide(self) -> bool:
        """Whether what fits nearly as well is most of what was searched."""
        return self.high - self.low > (self.within.high - self.within.low) / 2


@dataclass(frozen=True)
class Compared:
    """A figure and what is projected for it."""

    figure: Figure
    projected: float
    use: str  # fitted, held out or beside


def index_of(scenario: Scenario, label: str) -> int:
    """Return the month `YYYY-MM` as months from a scenario's start."""
    return month_index(scenario.settings, date(int(label[:4]), int(label[5:]), 1))


def serial(label: str) -> int:
    """Return a month `YYYY-MM` as a number of months."""
    return int(label[:4]) * 12 + int(label[5:]) - 1


@dataclass(frozen=True)
class KnownState:
    """A unit as far as it is known.

    Attributes:
        model: the scenario as arrays, with early visits allowed where there were some.
        caseload: its cases, as counted where they were.
        record: what was done in the months known.
        run: the projection through them, by the record.
        learnt: how the teams worked in them.
        seen: whether figures of single tiers say what was done in the last month known.
    """

    model: Model
    caseload: Caseload
    record: Record
    run: Projection
    learnt: learning.Learnt
    seen: bool


class Search:
    """Looks for the settings, all within 0 to 1 of their ranges, that come nearest to figures."""

    def __init__(
        self,
        scenario: Scenario,
        spots: Sequence[Spot],
        ranges: Sequence[SearchRange],
        figures: Sequence[Figure],
        last: str,
        ahead: int = 0,
        single: Sequence[Figure] = (),
    ) -> None:
        """Look for settings.

        Args:
            scenario: where everything else comes from.
            spots: the settings.
            ranges: between which values each is looked for.
            figures: what the settings are fitted to, as far as it is known.
            last: the last month that is known, `YYYY-MM`.
            ahead: months to project after the last figure.
            single: figures of single tiers that are forecast and not fitted, and tell what state
                a forecast starts from.
        """
        self.fitted_to, figures = len(figures), [*figures, *single]
        self.scenario, self.spots, self.ranges = scenario, list(spots), list(ranges)
        self.figures = list(figures)
        self.low = np.array([one.low for one in ranges])
        self.width = np.array([one.high - one.low for one in ranges])
        self.months = max(index_of(scenario, one.month) for one in figures) + 1 + ahead
        self.observed = np.array([one.value for one in figures])
        self.scale = np.array([_scale(one) for one in figures])
        plain = building.build(replaced(scenario, [], self.months))
        self.reader = Reader(plain, scenario, self.figures)
        self.known = self.reader.known_cases(plain, scenario, self.figures)
        self.places = [
            (index_of(scenario, one.month), np.flatnonzero(_found_in(plain, one, 0)[0]))
            for one in self.figures
        ]
        self.last, self.fitting = last, np.zeros(len(figures), dtype=bool)
        self.until(last)

    def until(self, last: str) -> None:
        """Fit what is known up to and including a month."""
        self.last = last
        self.fitting = np.array(
            [
                n < self.fitted_to and not one.compare and one.month <= last
                for n, one in enumerate(self.figures)
            ]
        )

    def predict(self, places: Array, months: int | None = None) -> Array:
        """Return what is projected for every figure.

        `months`: how many are projected; what is said of later ones means nothing then.

        Figures of cases are those of the settings alone as far as they are fitted. All others,
        and cases after that, are what follows from the cases that there really were: a duty is
        not to be explained by offenders who never came.

        Returns:
            Shape: [draw, setting] → [draw, figure].
        """
        built = self._built(places, months or self.months)
        alone = caseload.project(built)
        there = followed(built, alone, self.known, index_of(self.scenario, self.last))
        asked = demand.other_work(built, there)
        run = projection.project(built, there, asked, workforce.staff(built))
        found = self.reader.read(run, built)
        early = self.fitting & (self.reader.measures == "cases")
        if there is not alone and early.any():
            found[:, early] = self.reader.cases(alone.cases, np.flatnonzero(early))
        return found

    def forecast(self, place: Array) -> tuple[Array, Array] | None:
        """Return what is forecast for every figure from the last known state.

        The clock is run on what was really done up to the last month known; after it teams go on
        working as they did in the months before (`learning`).

        Args:
            place: the settings, each within 0 to 1 of its range. Shape: [setting].

        Returns:
            Figures, those of known months as recorded: as the clock goes, and as it goes where as
            many more or fewer go on falling due than it says as in the last year. Shape of each:
            [figure]. None where no figures of single tiers say what was done in the last month
            known.
        """
        known = self.known_state(place)
        if not known.seen:
            return None
        built = learning.as_learnt(known.model, known.record, known.learnt)
        asked, staff = demand.other_work(built, known.caseload), workforce.staff(built)
        drift = learning.drift(known.run, known.record)
        by_clock, drifting = (
            self.reader.read(
                projection.project(built, known.caseload, asked, staff, record, waits="longest"),
                built,
            )[0]
            for record in (known.record, replace(known.record, drift=drift))
        )
        return by_clock, drifting

    def known_state(self, place: Array, since: int = 0) -> KnownState:
        """Return what is known up to the last month known, and how teams worked in it.

        Args:
            place: the settings, each within 0 to 1 of its range. Shape: [setting].
            since: the first month to learn from.
        """
        built = learning.in_full_hours(self._built(place[None], self.months))
        last = index_of(self.scenario, self.last)
        record, newly = learning.recorded(built, self.figures, self.places, last)
        single = np.isfinite(record.done)
        alone = caseload.project(built)
        there = followed(built, alone, self.known, last)
        asked, staff = demand.other_work(built, there), workforce.staff(built)
        run = projection.project(built, there, asked, staff, record)
        counted = np.asarray(np.isfinite(record.done_early).any(axis=0))
        own = record
        for _ in range(EARLY_STEPS if not (counted.all() and single.all()) else 1):
            record = learning.shared_out(built, run, own, self.figures, self.places)
            record = learning.with_early(built, run, record, newly, counted)
            built = learning.may_be_early(built, record)
            run = projection.project(built, there, asked, staff, record)
        learnt = learning.learn(built, run, record, np.asarray(single.any(axis=0)), since)
        seen = bool(single[last].any())
        return KnownState(built, there, record, run, learnt, seen)

    def _built(self, places: Array, months: int) -> Model:
        """Return the model of settings, many at once."""
        values = self.low + self.width * np.clip(places, 0.0, 1.0)
        columns = zip(self.spots, values.T, strict=True)
        return building.build(replaced(self.scenario, columns, months))

    def residuals(self, places: Array) -> Array:
        """Return misfits of what is fitted. Shape: [draw, figure fitted]."""
        months = index_of(self.scenario, self.last) + 1  # what comes later changes none of them
        off = (self.predict(places, months) - self.observed) / self.scale
        return np.asarray(np.nan_to_num(off[:, self.fitting], nan=0.0, posinf=1e6, neginf=-1e6))

    def slopes(self, places: Array, size_of_step: float = STEP) -> tuple[Array, Array]:
        """Return misfits and their slopes. Shape: [draw, figure], [draw, figure, setting]."""
        draws, size = places.shape
        step = np.where(places > 0.5, -size_of_step, size_of_step)
        moved = places[:, None, :] + step[:, :, None] * np.eye(size)
        every = np.concatenate([places[:, None, :], moved], axis=1).reshape(-1, size)
        off = self.residuals(every).reshape(draws, size + 1, -1)
        slope = (off[:, 1:] - off[:, :1]) / step[:, :, None]
        return off[:, 0], np.swapaxes(slope, 1, 2)

    def best(
        self, starts: int = STARTS, near: Array | None = None
    ) -> tuple[Array, tuple[float, ...]]:
        """Return the best place, and the misfit at which every start ended, best first.

        `near`: a place that is likely to be close.

        Least squares by SciPy from several starts: where hours are slack nothing depends on
        anything, and a single start would stay there.
        """
        from scipy.optimize import least_squares

        ends = []
        chosen = self._starts(starts)
        chosen += [] if near is None else [np.clip(near, 0.01, 0.99)]
        for start in chosen:
            at = _Remembered(self)
            found = least_squares(
                at.residuals,
                start,
                jac=at.slopes,
                bounds=(0.0, 1.0),
                x_scale=1.0,
                max_nfev=30,
                xtol=1e-8,
                ftol=1e-9,
            )
            ends.append((float(found.cost), found.x))
        ends.sort(key=lambda end: end[0])
        ends[0] = self._to_the_edge(*ends[0])
        count = max(1, int(self.fitting.sum()))
        return ends[0][1], tuple(float(np.sqrt(2 * cost / count)) for cost, _ in ends)

    def _to_the_edge(self, cost: float, best: Array) -> tuple[float, Array]:
        """Return a place moved to an end of a range where that is no worse."""
        for n in range(len(best)):
            for end in (0.0, 1.0):
                moved = best.copy()
                moved[n] = end
                other = 0.5 * float((self.residuals(moved[None])[0] ** 2).sum())
                if abs(best[n] - end) < 0.1 and other < cost:
                    cost, best = other, moved
        return cost, best

    def _starts(self, most: int) -> list[Array]:
        """Return places to start from: today's settings, and the best of many others."""
        from scipy.stats import qmc

        size = len(self.spots)
        given = np.array([float(one.given.value) for one in self.spots])
        now = np.clip((given - self.low) / self.width, 0.02, 0.98)
        tried = qmc.LatinHypercube(size, rng=np.random.default_rng(2021)).random(SCREENED * size)
        order = np.argsort((self.residuals(tried) ** 2).sum(axis=1), kind="stable")
        chosen = [now]
        for place in tried[order]:
            if len(chosen) >= most:
                break
            if min(np.abs(place - one).max() for one in chosen) > 0.1:
                chosen.append(np.clip(place, 0.02, 0.98))
        return chosen

    def misfit(self, place: Array) -> float:
        """Return the root mean square misfit."""
        off = self.residuals(place[None])[0]
        return float(np.sqrt((off**2).mean()))

    def allowance(self, place: Array) -> tuple[Array, Array]:
        """Return how much more squared misfit is still nearly as good, and how wide that is.

        Two things blur a setting: who happens to arrive, leave and move (drawn, CHANCES times), and
        everything else, read off the misfits, those of neighbouring months going together (Newey
        and West).

        Returns:
            Shape: [setting].
        """
        off, slope = (part[0] for part in self.slopes(place[None], WIDE_STEP))
        spare = len(off) - len(self.spots)
        noise = max(NOISE, float((off**2).sum() / spare)) if spare > 0 else 1.0
        bread = np.linalg.pinv(slope.T @ slope)
        plain = np.diag(bread)
        drawn = (self._by_chance(place) / self.scale)[:, self.fitting] - off
        drawn -= self.observed[self.fitting] / self.scale[self.fitting]
        blur = ((drawn @ slope @ bread) ** 2).mean(axis=0)
        rest = noise * plain
        if spare > 0:
            months = np.array([serial(one.month) for one in self.figures])[self.fitting]
            pulls = np.zeros((int(months.max() - months.min()) + 1, len(self.spots)))
            np.add.at(pulls, months - months.min(), slope * off[:, None])
            middle = pulls.T @ pulls
            for lag in range(1, min(TOGETHER, len(pulls))):
                both = pulls[lag:].T @ pulls[:-lag]
                middle += (1 - lag / TOGETHER) * (both + both.T)
            rest = np.maximum(rest, np.diag(bread @ middle @ bread))
        whole = np.where(plain > 0, (blur + rest) / np.where(plain > 0, plain, 1.0), 1.0)
        return CLOSE * np.minimum(whole, 1e6), np.sqrt(CLOSE * (blur + rest))

    def _by_chance(self, place: Array) -> Array:
        """Return figures as they would be if chance decided who comes, goes and moves.

        Whole people arrive, leave and move by Poisson draws around what is expected. Known cases
        stay what they were.

        Returns:
            Shape: [draw, figure].
        """
        built = self._built(place[None], self.months)
        expected = caseload.project(built)
        rng = np.random.default_rng(2021)
        entering = np.repeat(expected.entrants, CHANCES, axis=0)
        for flow, sign in (
            (expected.entrants, 1.0),
            (expected.exits, -1.0),
            (expected.moved_in, 1.0),
            (expected.moved_out, -1.0),
        ):
            mean = np.maximum(0.0, np.repeat(flow, CHANCES, axis=0))
            entering += sign * (rng.poisson(mean) - mean)
        drawn = caseload.with_entrants(built, expected, entering)
        there = followed(built, drawn, self.known, index_of(self.scenario, self.last))
        asked = demand.other_work(built, there)
        run = projection.project(built, there, asked, workforce.staff(built), waits="longest")
        found = self.reader.read(run, built)
        early = self.fitting & (self.reader.measures == "cases")
        if there is not drawn and early.any():
            found[:, early] = self.reader.cases(drawn.cases, np.flatnonzero(early))
        return found

    def spread(self, best: Array) -> list[tuple[float, float]]:
        """Return for each setting the ends of what fits nearly as well, the others refitted."""
        ends = []
        least = float((self.residuals(best[None])[0] ** 2).sum())
        more, half = self.allowance(best)
        for place in range(len(best)):
            # Misfits jump where waits do: never narrower than slopes say, if slopes say anything.
            near = half[place] if 0 < half[place] < 0.5 else 0.0
            low = min(self._end(best, place, 0.0, least + more[place]), best[place] - near)
            high = max(self._end(best, place, 1.0, least + more[place]), best[place] + near)
            low, high = max(0.0, float(low)), min(1.0, float(high))
            ends.append((low, high))
        return ends

    def _end(self, best: Array, place: int, limit: float, most: float) -> float:
        """Return how far a setting can go towards a limit with the others refitted."""
        near, far = float(best[place]), limit
        found = best.copy()
        for points in (GRID, GRID):
            line = np.linspace(near, far, points)
            places = np.repeat(found[None], points, axis=0)
            places[:, place] = line
            places = self.descend(places, fixed=place)
            sums = (self.residuals(places) ** 2).sum(axis=1)
            beyond = np.flatnonzero(sums > most * (1 + 1e-9))
            beyond = beyond[beyond > 0]
            if not len(beyond):
                return far
            first = int(beyond[0])
            near, far, found = float(line[first - 1]), float(line[first]), places[first - 1]
        return far

    def descend(self, places: Array, fixed: int, steps: int = 8) -> Array:
        """Return places with all but one setting moved downhill, many at once."""
        free = [n for n in range(places.shape[1]) if n != fixed]
        if not free:
            return places
        damping = np.full(len(places), 1e-3)
        off, slope = self.slopes(places)
        sums = (off**2).sum(axis=1)
        for _ in range(steps):
            part = slope[:, :, free]
            square = np.einsum("dfi,dfj->dij", part, part)
            pull = np.einsum("dfi,df->di", part, off)
            size = np.einsum("dii->di", square).max(axis=1)
            hold = (damping * np.maximum(size, 1e-9))[:, None, None] * np.eye(len(free))
            move = np.linalg.solve(square + hold + 1e-12 * np.eye(len(free)), pull[:, :, None])
            tried = places.copy()
            tried[:, free] = np.clip(places[:, free] - move[:, :, 0], 0.0, 1.0)
            new_off, new_slope = self.slopes(tried)
            new = (new_off**2).sum(axis=1)
            better = new < sums
            places = np.where(better[:, None], tried, places)
            off = np.where(better[:, None], new_off, off)
            slope = np.where(better[:, None, None], new_slope, slope)
            sums = np.where(better, new, sums)
            damping = np.where(better, damping / 5, damping * 5)
        return places

    def fitted(self, best: Array, spread: Sequence[tuple[float, float]]) -> Iterator[Fitted]:
        """Yield the settings in their own units."""
        for n, (one, within) in enumerate(zip(self.spots, self.ranges, strict=True)):
            low, high = spread[n]
            yield Fitted(
                spot=one,
                within=within,
                value=self._own(n, best[n]),
                low=self._own(n, low),
                high=self._own(n, high),
                free_below=low <= 1e-9,
                free_above=high >= 1 - 1e-9,
            )

    def _own(self, setting: int, place: float) -> float:
        value = float(self.low[setting] + self.width[setting] * place)
        return float(f"{value:.6g}")

    def alike(self, best: Array) -> tuple[tuple[str, str], ...]:
        """Return pairs of settings that this history cannot tell apart."""
        slope = self.slopes(best[None])[1][0]
        size = np.sqrt((slope**2).sum(axis=0))
        pairs = []
        for a, b in combinations(range(len(self.spots)), 2):
            if min(size[a], size[b]) > 1e-9:
                alike = abs(float(slope[:, a] @ slope[:, b]) / (size[a] * size[b]))
                if alike > PARALLEL or len(slope) < 2:
                    pairs.append((self.spots[a].name, self.spots[b].name))
        return tuple(pairs)

    def compare(self, best: Array) -> tuple[Compared, ...]:
        """Return every figure beside what is projected for it."""
        projected = self.predict(best[None])[0]
        ahead = self.forecast(best)
        if ahead is not None:  # months kept back are forecast from what was known before them
            later = np.array([one.month > self.last for one in self.figures], dtype=bool)
            projected = np.where(later & ~np.isnan(ahead[0]), ahead[0], projected)
        uses = [
            "beside" if one.compare else "fitted" if one.month <= self.last else "held out"
            for one in self.figures
        ]
        return tuple(
            Compared(one, float(value), use)
            for one, value, use in zip(self.figures, projected, uses, strict=True)
        )

    def notes(self) -> Iterator[str]:
        """Yield where each setting was looked for."""
        for one, within in zip(self.spots, self.ranges, strict=True):
            ends = f"{show(float(f'{within.low:.6g}'))} to {show(float(f'{within.high:.6g}'))}"
            yield f"{one.name}: looked for within {ends} ({within.why})"


def _scale(one: Figure) -> float:
    """Return how far off a figure may be and still be right."""
    if one.measure == "cases":
        return max(1.0, 0.01 * one.value)
    return MISFIT.get(one.measure) or max(2.0, float(np.sqrt(one.value)))


def followed(
    built: Model, alone: Caseload, known: Mapping[int, list[tuple[Whole, float]]], last: int
) -> Caseload:
    """Return a caseload that keeps to the cases known up to a month, and goes on from there.

    Who is there too many or too few is taken evenly from those who stay, whatever their age.
    """
    if not any(month <= last for month in known):
        return alone
    flows = alone.flows
    draws = len(alone.cases)
    share = blank(draws, built.months, len(flows.origin))
    share[:] = flows.share
    now = np.repeat(built.caseloads.opening, draws // len(built.caseloads.opening), axis=0)
    for month in range(min(last + 1, built.months)):
        caseload.transfer(built, month, now)
        left = np.zeros_like(now)
        for origin, target, part in flows.month(month):
            left[:, target] += now[:, origin] * part
        for tiers, value in known.get(month, ()):
            stay = left[:, tiers].sum(axis=1)
            wanted = value - alone.entrants[:, month][:, tiers].sum(axis=1)
            factor = np.clip(wanted / np.where(stay > 0, stay, 1.0), *FOLLOW)
            left[:, tiers] *= factor[:, None]
            share[:, month, np.isin(flows.target, tiers)] *= factor[:, None]
        now = left + alone.entrants[:, month]
    moving = replace(flows, share=share)
    return caseload.with_entrants(built, replace(alone, flows=moving), alone.entrants)


class _Remembered:
    """Misfits and slopes of the place last asked about, which SciPy asks for one by one."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.place: Array | None = None
        self.off = self.slope = np.zeros(0)

    def _go(self, place: Array) -> None:
        if self.place is None or not np.array_equal(self.place, place):
            off, slope = self.search.slopes(place[None])
            self.place, self.off, self.slope = place.copy(), off[0], slope[0]

    def residuals(self, place: Array) -> Array:
        """Return misfits. Shape: [figure]."""
        self._go(place)
        return self.off

    def slopes(self, place: Array) -> Array:
        """Return slopes. Shape: [figure, setting]."""
        self._go(place)
        return self.slope


class Reader:
    """Where in a projection every figure is found, for all of them at once."""

    def __init__(self, built: Model, scenario: Scenario, figures: Sequence[Figure]) -> None:
        from scipy.sparse import csr_array

        self.measures = np.array([one.measure for one in figures])
        months = [index_of(scenario, one.month) for one in figures]
        pairs = [_found_in(built, one, at) for one, at in zip(figures, months, strict=True)]
        covered = [one.months for one in figures]
        self.several = max(covered, default=1) > 1

        def placed(part: int, first: bool, last: bool) -> Any:
            """Return what each figure is of, in the first, the last or all of its months."""
            masks = [
                _placed(
                    pair[part],
                    at - many + 1 if first else at,
                    at + 1 if last else at - many + 2,
                    built.months,
                )
                for pair, at, many in zip(pairs, months, covered, strict=True)
            ]
            return csr_array(np.concatenate(masks))

        self.rows, self.tiers = (placed(part, first=True, last=True) for part in (0, 1))
        self.firsts = placed(0, first=True, last=False)
        self.waits = [
            (n, at, pair[0])
            for n, (one, at, pair) in enumerate(zip(figures, months, pairs, strict=True))
            if one.measure == "longest_wait_months"
        ]

    def read(self, run: Projection, built: Model) -> Array:
        """Return what is projected for every figure. Shape: [draw, figure]."""
        found = np.zeros((len(run.due), len(self.measures)))
        for measure in dict.fromkeys(self.measures.tolist()):
            mine = np.flatnonzero(self.measures == measure)
            if measure != "longest_wait_months":
                found[:, mine] = self._of(run, built, measure, mine)
        if self.waits:
            wait = run.longest_wait
            for n, at, rows in self.waits:
                if at < built.months:
                    found[:, n] = wait[:, at][:, rows].max(axis=1, initial=0.0)
        return found

    def cases(self, cases: Array, mine: Any) -> Array:
        """Return figures of cases, or who came or left. [draw, month, tier] → [draw, figure]."""
        flat = np.ascontiguousarray(cases).reshape(len(cases), -1)
        sums: Array = (self.tiers[mine][:, : flat.shape[1]] @ flat.T).T
        return sums

    def known_cases(
        self, built: Model, scenario: Scenario, figures: Sequence[Figure]
    ) -> Mapping[int, list[tuple[Whole, float]]]:
        """Return by month which tiers' cases are known to add up to what.

        A figure of several tiers counts only where none of them has its own.
        """
        found: dict[int, list[tuple[Whole, float]]] = {}
        own: dict[int, set[int]] = {}
        mine = [one for one in figures if one.measure == "cases" and not one.compare]
        for one in sorted(mine, key=lambda one: one.tier is None):
            at = index_of(scenario, one.month)
            tiers = np.flatnonzero(_found_in(built, one, at)[1])
            taken = own.setdefault(at, set())
            if len(tiers) and not taken & set(tiers.tolist()):
                taken |= set(tiers.tolist())
                found.setdefault(at, []).append((tiers, one.value))
        return found

    def _of(self, run: Projection, built: Model, measure: str, mine: Any) -> Array:
        def total(series: Array, rows: Any = self.rows) -> Array:
            flat = np.ascontiguousarray(series).reshape(len(series), -1)
            sums: Array = (rows[mine][:, : flat.shape[1]] @ flat.T).T
            return sums

        def due() -> Array:
            """Return what was left over before the first month, and all that fell due since."""
            if not self.several:
                return total(run.due)
            return total(run.newly_due) + total(run.due - run.newly_due, self.firsts)

        if measure in ("cases", "entrants", "exits"):
            return self.cases(getattr(run.caseload, measure), mine)
        if measure == "completion":
            return share_of(total(run.done), due())
        if measure == "on_time":
            return share_of(total(run.on_time()), total(run.newly_due))
        if measure == "in_date":
            clocked = built.duties.interval[None] > 0
            cases = np.where(clocked, run.cases, 0.0)
            left = np.where(clocked, run.outstanding, 0.0)
            of_queues = slice(built.queues.rows.start, None)
            judged = built.queues.deadline >= 0
            cases[:, :, of_queues] = run.due[:, :, of_queues] * judged
            left[:, :, of_queues] = run.late * judged
            return share_of(total(cases) - total(left), total(cases))
        if measure == "attempts":
            return total((run.done + run.done_early) / (1.0 - built.duties.no_answer))
        if measure == "due":
            return due()
        return total(
            {
                "newly_due": run.newly_due,
                "done": run.done,
                "done_early": run.done_early,
                "outstanding": run.outstanding,
                "past_deadline": _by_row(built, run.past_deadline),
            }[measure]
        )


def _by_row(built: Model, of_classes: Array) -> Array:
    """Return what is told of classes of queues by row, 0 for duties. Shape: [draw, month, row]."""
    found = blank(*of_classes.shape[:2], len(built.rows))
    found[:, :, built.queues.rows.start :] = of_classes
    return found


def _placed(mask: Flags, first: int, end: int, months: int) -> Array:
    """Return a mask at its months. Shape: [1, month × place]."""
    found = np.zeros((months, len(mask)))
    found[first:end] = mask
    return found.reshape(1, -1)


def _found_in(built: Model, one: Figure, at: int) -> tuple[Flags, Flags]:
    """Return the rows and the tiers that a figure is of."""
    rows = np.array(
        [
            (one.cohort in (None, key.cohort) if key.cohort else one.cohort is None)
            and one.duty in ((None, key.duty) if key.cohort else (key.duty,))
            and one.tier in (None, key.tier)
            for key in built.rows
        ],
        dtype=bool,
    ).reshape(len(built.rows))
    tiers = np.array(
        [
            bool(key.cohort) and one.cohort in (None, key.cohort) and one.tier in (None, key.tier)
            for key in built.tiers
        ],
        dtype=bool,
    )
    if one.duty is not None and one.tier is None:
        owed = np.zeros(len(built.tiers), dtype=bool)
        duties = built.duties
        owed[duties.tier_of[rows & (duties.per_year[:, at].max(axis=0) > 0)]] = True
        tiers = tiers & owed
    return rows, tiers
