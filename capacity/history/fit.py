"""Fit settings to a force's own history, and say how far the fit can be trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from capacity.engine import rates
from capacity.engine.model import MONTHS_A_YEAR
from capacity.engine.queueing import shares, waiting
from capacity.engine.reactive import with_share
from capacity.errors import InputError, Problem, TableError
from capacity.files.headings import OF_A_QUEUE, OF_CASES, plain
from capacity.files.monthly import Figure, History
from capacity.files.table_files import readable
from capacity.history import learning
from capacity.history.search import Compared, Fitted, Search, SearchRange, index_of, serial
from capacity.reading.naming import unknown
from capacity.reading.replacing import Spot, spot
from capacity.reading.scenario import Scenario
from capacity.settings import LARGEST, Queue, show
from capacity.wording import counted, listed, month

HELD_OUT = 3
WIDEST = 4.0
"""A setting without a range is looked for between 0 and this many times its value."""
HOW_OFTEN = ("per_year", "every_months")
EXACT = 1e-6
"""A forecast that is off by less is right; nothing is nearer."""

NAIVE = ("last value", "straight line", "same month last year")


@dataclass(frozen=True)
class Error:
    """Mean absolute errors of one series over the months held out; None where there is none."""

    series: tuple[str | None, str | None, str | None, str]
    months: int
    projected: float
    naive: Mapping[str, float | None]


@dataclass(frozen=True)
class Calibration:
    """A fit: its settings, what it makes of every figure, and how far it can be trusted."""

    scenario: Scenario  # as asked for
    replayed: Scenario  # the one that was fitted: it starts where the history does
    history: str
    settings: tuple[Fitted, ...]
    compared: tuple[Compared, ...]
    errors: tuple[Error, ...]
    misfit: float  # root mean square, in units of MISFIT
    starts: tuple[float, ...]  # the same for every start
    alike: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    learnt: Mapping[str, float]  # ways of working of the last months fitted, by dotted name

    @property
    def trusted(self) -> bool:
        """Whether nothing speaks against the fit."""
        return not self.doubts


def calibrate(
    scenario: Scenario, history: History, fit: Sequence[str], hold_out: int | None = None
) -> Calibration:
    """Return settings fitted to monthly history by least squares, and what can be said of them.

    Each of `fit` is a dotted name, or `name=LOW:HIGH`. The last `hold_out` months are not fitted.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    history = in_terms_of(scenario, history)
    replayed, notes = replay(scenario, history)
    settings = [asked(replayed, one) for one in dict.fromkeys(fit)]
    figures = known(replayed, history)
    fitted_months = sorted({one.month for one in figures if not one.compare})
    if not fitted_months:
        must = f"must have figures to fit from {replayed.settings.start:%Y-%m} on"
        raise TableError([Problem(history.name, None, "", must)])
    if hold_out is None:
        hold_out = HELD_OUT if len(fitted_months) >= 3 * HELD_OUT else 0
    if hold_out >= len(fitted_months):
        must = f"must leave a month to fit: the history has {len(fitted_months)}"
        raise InputError([Problem("--hold-out", None, "", must, str(hold_out))])
    last = fitted_months[len(fitted_months) - hold_out - 1]
    notes += _begun(replayed, history)
    search = Search(replayed, [one for one, _ in settings], [r for _, r in settings], figures, last)
    state = search.known_state(np.full(len(settings), 0.5))
    if not settings and not state.seen:
        must = "must name a setting: no figures of single tiers say how the teams worked"
        raise InputError([Problem("--fit", None, "", must)])
    best, starts = search.best() if settings else (np.zeros(0), ())
    spread = search.spread(best) if settings else []
    state = search.known_state(best)
    found = tuple(search.fitted(best, spread))
    compared = search.compare(best)
    errors = tuple(_errors(compared))
    calibration = Calibration(
        scenario=scenario,
        replayed=replayed,
        history=history.name,
        settings=found,
        compared=compared,
        errors=errors,
        misfit=search.misfit(best),
        starts=starts,
        alike=search.alike(best) if settings else (),
        doubts=(),
        notes=(*history.notes, *notes, *search.notes()),
        learnt={}
        if not state.seen
        else learning.as_settings(state.model, state.record, state.learnt),
    )
    return replace(calibration, doubts=tuple(_doubts(calibration, search)))


# What is asked -----------------------------------------------------------------------------


def suggested(scenario: Scenario, history: History) -> list[str]:
    """Return what is usually not known and what a history of its kind can tell.

    Other work on a case where duties are counted, how many cases arrive where cases are; what has
    no range to look in is left out.
    """
    cohorts = {one.cohort for one in history.figures} - {None}
    every = list(scenario.settings.cohorts)
    queues = [one for one in scenario.settings.queues if one in {f.duty for f in history.figures}]
    if queues and not cohorts:
        return _of_queues(scenario, history, queues)
    if not every:
        return []
    cohort = next((one for one in every if one in cohorts), every[0])
    base = f"cohorts.{cohort}"
    duties = [one.duty for one in history.figures if one.duty]
    work = [f"{base}.hours_per_case_month"]
    work += [f"{base}.duties.{duty}.hours" for duty in dict.fromkeys(duties)]
    flows = [f"{base}.{name}" for name in ("entrants_per_month", "growth_per_year")]
    measures = {one.measure for one in history.figures if not one.compare}
    wanted = [work] if measures - {"cases", "newly_due", "entrants", "exits"} else []
    wanted += [flows] if measures & {"cases", "entrants"} else []
    wanted += [[f"{base}.exits_per_year"]] if "exits" in measures else []
    firsts = (next((name for name in one if _has_range(scenario, name)), None) for one in wanted)
    return [name for name in firsts if name is not None]


def _of_queues(scenario: Scenario, history: History, queues: Sequence[str]) -> list[str]:
    """Return what a history of queues can tell: how many arrive, and how long one takes."""
    found = []
    for name in queues:
        measures = {one.measure for one in history.figures if one.duty == name and not one.compare}
        if measures & {"newly_due", "entrants"}:
            found.append(f"queues.{name}.arrivals_per_month")
        if measures - {"newly_due", "entrants"}:
            found.append(f"queues.{name}.hours")
    return [name for name in found if _has_range(scenario, name)]


def _has_range(scenario: Scenario, name: str) -> bool:
    try:
        asked(scenario, name)
    except InputError:
        return False
    return True


def asked(scenario: Scenario, given: str) -> tuple[Spot, SearchRange]:
    """Return a setting to fit, and between which values: a dotted name, or `name=LOW:HIGH`.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    name, _, ends = given.partition("=")
    one = spot(scenario, name)
    if one.valid.whole or any(step in HOW_OFTEN for step in one.path):
        must = "must be a number that may take any value, not a whole one"
        raise InputError([Problem("--fit", None, name, must)])
    if not ends:
        return one, _range(scenario, one)
    low, _, high = ends.partition(":")
    try:
        within = SearchRange(float(low), float(high), "as asked for")
    except ValueError:
        must = "must be NAME=LOW:HIGH, such as cohorts.rso.hours_per_case_month=0.1:1"
        raise InputError([Problem("--fit", None, name, must, ends)]) from None
    if not within.low < within.high:
        raise InputError([Problem("--fit", None, name, "must have LOW below HIGH", ends)])
    for end in within[:2]:
        if not one.valid.holds(float(end)):
            raise InputError([Problem("--fit", None, name, f"must be {one.valid.words()}", ends)])
    return one, within


def _range(scenario: Scenario, one: Spot) -> SearchRange:
    """Return between which values a setting is looked for, where nothing is asked."""
    given, valid = one.given, one.valid
    if given.low is not None and given.high is not None and given.low < given.high:
        return SearchRange(float(given.low), float(given.high), "its range in the scenario")
    high = valid.high
    if "overdue" in one.path:
        tiers = scenario.settings.cohorts[str(one.path[1])].tiers
        most = [tier.cases.value for key, tier in tiers.items() if key == one.path[-1]]
        high = float(min([high, *most]))
    if high >= LARGEST:
        high = WIDEST * given.value
    if high <= valid.low:
        must = "must have a range to look in"
        use = f"--fit {one.name}=LOW:HIGH"
        raise InputError([Problem("--fit", None, one.name, must, use=use)])
    why = "what is valid" if high == valid.high else f"0 to {show(round(high, 6))}: it has no range"
    return SearchRange(valid.low, high, why)


def in_terms_of(scenario: Scenario, history: History) -> History:
    """Return a history with its names as the scenario has them: `Very high` as `very_high`."""
    cohorts = scenario.settings.cohorts
    keys: dict[str, dict[str, set[str]]] = {"cohort": {}, "duty": {}, "tier": {}}
    for name, cohort in cohorts.items():
        parts: list[tuple[str, Mapping[str, Any]]] = [("duty", cohort.duties)]
        for column, named in [*parts, ("tier", cohort.tiers), ("cohort", {name: cohort})]:
            for key, one in named.items():
                for words in (key, one.label or key):
                    keys[column].setdefault(plain(words), set()).add(key)
    queues = scenario.settings.queues
    for name, queue in queues.items():
        for words in (name, queue.label or name):
            keys["duty"].setdefault(plain(words), set()).add(name)
        for one in queue.class_names:
            keys["tier"].setdefault(plain(one), set()).add(one)

    def found(column: str, given: str | None) -> str | None:
        same = keys[column].get(plain(given or ""), set())
        return given if given in same or len(same) != 1 else next(iter(same))

    figures = tuple(
        replace(
            one,
            cohort=found("cohort", one.cohort),
            duty=found("duty", one.duty),
            tier=found("tier", one.tier),
        )
        for one in history.figures
    )
    return replace(history, figures=tuple(_as_of_queue(one, queues) for one in figures))


def _as_of_queue(one: Figure, queues: Collection[str]) -> Figure:
    """Return a figure as one of a queue, if it is of one: its cases are work that waits."""
    if one.duty not in queues:
        return one
    return replace(one, measure=OF_A_QUEUE.get(one.measure, one.measure))


def known(scenario: Scenario, history: History) -> list[Figure]:
    """Return the figures from the start on, all of things that the scenario has.

    Raises:
        TableError: if the file cannot be used, with every problem.
    """
    settings = scenario.settings
    problems = []
    kept = []
    for one in history.figures:
        problem = _stranger(scenario, history, one)
        if problem is not None:
            problems.append(problem)
        elif index_of(scenario, one.month) >= one.months - 1:  # all of it after the start
            kept.append(one)
    if problems:
        raise TableError(readable(problems))
    last = max((index_of(scenario, one.month) for one in kept), default=0)
    if last >= 600:
        must = f"must lie within 600 months of the start ({settings.start:%Y-%m})"
        raise TableError([history.problem(kept[-1], "month", must)])
    return kept


def _begun(scenario: Scenario, history: History) -> Iterator[str]:
    """Yield how many figures cover months before the scenario's start as well as after it."""
    left = sum(1 for one in history.figures if 0 <= index_of(scenario, one.month) < one.months - 1)
    if left:
        their = "its months begin" if left == 1 else "their months begin"
        yield f"{counted(left, 'figure')} left out: {their} before the scenario does."


def _stranger(scenario: Scenario, history: History, one: Figure) -> Problem | None:
    """Return a problem if a figure is of something that the scenario does not have."""
    cohorts = scenario.settings.cohorts
    queues = scenario.settings.queues
    if one.cohort is None and one.duty in queues:
        classes = queues[one.duty].class_names
        if one.tier is not None and one.tier not in classes:
            finding = unknown((one.tier,), "tier", classes)
            return history.problem(one, "tier", finding.must, finding.use)
        return None
    if one.measure == "past_deadline":
        must = f"must be of a queue: {', '.join(queues) or 'there is none'}"
        return history.problem(one, "duty", must)
    picked = [cohort for name, cohort in cohorts.items() if one.cohort in (None, name)]
    duties = list(dict.fromkeys(duty for cohort in picked for duty in cohort.duties))
    tiers = list(dict.fromkeys(tier for cohort in picked for tier in cohort.tiers))
    known = [*duties, *(queues if one.cohort is None else ())]
    for column, names in (("cohort", list(cohorts)), ("duty", known), ("tier", tiers)):
        given = getattr(one, column)
        if given is not None and given not in names:
            finding = unknown((given,), column, names)
            return history.problem(one, column, finding.must, finding.use)
    if one.duty is None and one.measure not in OF_CASES and len(known) > 1:
        must = f"must name a duty: {', '.join(known)}"
        return history.problem(one, "duty", must)
    return None


# A history that begins before the scenario -------------------------------------------------


def replay(scenario: Scenario, history: History) -> tuple[Scenario, list[str]]:
    """Return a scenario that starts where a history does, and what was assumed for that.

    Opening cases and those overdue are then those of the history's first month, where it has them;
    everything else is as in the scenario.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
    """
    fitted = [one.month for one in history.figures if not one.compare]
    if not fitted or index_of(scenario, min(fitted)) >= 0:
        return scenario, []
    first = min(fitted)
    year, number = int(first[:4]), int(first[5:])
    start = date(year + number // 12, number % 12 + 1, 1)
    opening = [one for one in history.figures if one.month == first and not one.compare]
    values: dict[str, Any] = {"start": start, **dict(_joined_since(scenario, f"{start:%Y-%m}"))}
    notes = [
        f"The history begins in {month(first)}, before the scenario: replayed from "
        f"{month(f'{start:%Y-%m}')} on, with the people and rates of the scenario."
    ]
    for name, cohort in scenario.settings.cohorts.items():
        base = f"cohorts.{name}"
        given = _by_tier(opening, name, None, "cases", list(cohort.tiers))
        opened = {tier: float(one.cases.value) for tier, one in cohort.tiers.items()}
        for tier, count in _spread(given, opened).items():
            values[f"{base}.tiers.{tier}.cases"] = with_share(cohort, tier, count)
            opened[tier] = count
        for named, duty in cohort.duties.items():
            owed = [t for t in cohort.tiers if 0 < rates.times_a_year(duty, t) <= MONTHS_A_YEAR]
            late = _by_tier(opening, name, named, "outstanding", owed)
            if late:
                for tier, count in _backlog(late, {t: opened[t] for t in owed}).items():
                    values[f"{base}.duties.{named}.overdue.{tier}"] = with_share(
                        cohort, tier, count
                    )
            for key in ("opening_ages", "overdue_ages"):
                for tier in getattr(duty, key):
                    values[f"{base}.duties.{named}.{key}.{tier}"] = None
        if not given:
            notes.append(f"No cases of {name} in its first month: those of the scenario are taken.")
    for name, queue in scenario.settings.queues.items():
        mine = [one for one in opening if one.duty == name and one.cohort is None]
        waits = _by_tier(mine, "", name, "outstanding", queue.class_names)
        now = {one: float(np.mean(waiting(queue, one))) for one in queue.class_names}
        for one, count in _spread(waits, now if sum(now.values()) else _evenly(queue)).items():
            values[f"queues.{name}.waiting.{one}"] = count
        if waits:
            values |= {f"queues.{name}.waiting_ages.{one}": None for one in queue.waiting_ages}
    return scenario.replace(values), notes


def _evenly(queue: Queue) -> dict[str, float]:
    """Return one of a queue by class, as what arrives is shared out."""
    return {name: float(np.mean(one)) for name, one in shares(queue).items()}


def _joined_since(scenario: Scenario, start: str) -> Iterator[tuple[str, Any]]:
    """Yield settings by which those who joined since an earlier start join in their months.

    Until then they are not in post.
    """
    settings = scenario.settings
    before = settings.start.year * MONTHS_A_YEAR + settings.start.month - 2  # the month before
    last = f"{before // MONTHS_A_YEAR:04d}-{before % MONTHS_A_YEAR + 1:02d}"
    for team, its in settings.teams.items():
        for name, grade in its.grades.items():
            base = f"teams.{team}.grades.{name}"
            came = {month: float(number.value) for month, number in grade.recent_joiners.items()}
            came = {month: number for month, number in came.items() if month >= start}
            yield from ((f"{base}.recent_joiners.{month}", None) for month in came)
            training = float(grade.in_training.value)
            if training and last >= start:
                came[last] = came.get(last, 0.0) + training
                yield f"{base}.in_training", None
            if came:
                there = float(grade.in_post.value)
                yield f"{base}.in_post", max(0.0, there - sum(came.values()))
                if grade.posts is None:
                    yield f"{base}.posts", there
                yield from ((f"{base}.joiners_due.{month}", n) for month, n in came.items())


def _by_tier(
    figures: Sequence[Figure], cohort: str, duty: str | None, measure: str, tiers: Sequence[str]
) -> dict[str | None, float]:
    """Return figures of a month by tier, under None the one of all tiers together."""
    found: dict[str | None, float] = {}
    for one in figures:
        mine = one.cohort in (None, cohort) and one.measure == measure
        if mine and (duty is None or one.duty in (None, duty)) and one.tier in (None, *tiers):
            found.setdefault(one.tier, one.value)
    return found


def _spread(given: Mapping[str | None, float], now: Mapping[str, float]) -> dict[str, float]:
    """Return cases by tier: as given, or the total in today's proportions."""
    named = {tier: given[tier] for tier in now if tier in given}
    total = sum(now.values())
    if None in given and not named and total:
        return {tier: cases * given[None] / total for tier, cases in now.items()}
    return named


def _backlog(given: Mapping[str | None, float], cases: Mapping[str, float]) -> dict[str, float]:
    """Return those overdue by tier: as given, or the total in the tiers that are served last."""
    named = {tier: min(given[tier], cases[tier]) for tier in cases if tier in given}
    if None not in given or named:
        return named
    left, found = given[None], {}
    for tier in reversed(list(cases)):
        found[tier] = min(left, cases[tier])
        left -= found[tier]
    return found


# Naive forecasts and errors ----------------------------------------------------------------


def naive(known: Sequence[tuple[int, float]], when: int) -> dict[str, float | None]:
    """Return what would be forecast for a month without any model.

    `known` are months and values up to the last one known.

    Returns:
        One number for each method.
    """
    if not known:
        return dict.fromkeys(NAIVE)
    before = dict(known)
    year_ago = when - MONTHS_A_YEAR
    line = None
    if len(known) > 1:
        months, values = (np.array(part, dtype=float) for part in zip(*known, strict=True))
        slope = np.polyfit(months - months.mean(), values, 1)
        line = float(np.polyval(slope, when - months.mean()))
    last = max(before)
    return dict(zip(NAIVE, (before[last], line, before.get(year_ago)), strict=True))


def _errors(compared: Sequence[Compared]) -> Iterator[Error]:
    """Yield errors over the months held out, one a series."""
    series: dict[Any, list[Compared]] = {}
    for one in compared:
        if one.use != "beside":
            series.setdefault(one.figure.series, []).append(one)
    for key, items in series.items():
        held = [one for one in items if one.use == "held out" and not np.isnan(one.projected)]
        if not held:
            continue
        fitted = [one.figure for one in items if one.use == "fitted"]
        before = [(serial(one.month), one.value) for one in fitted]
        off: dict[str, list[float]] = {}
        for one in held:
            for name, value in naive(before, serial(one.figure.month)).items():
                if value is not None:
                    off.setdefault(name, []).append(abs(value - one.figure.value))
        own = [abs(one.projected - one.figure.value) for one in held]
        every = {name: values for name, values in off.items() if len(values) == len(held)}
        means = {name: float(np.mean(every[name])) if name in every else None for name in NAIVE}
        yield Error(key, len(held), float(np.mean(own)), means)


# Doubts ------------------------------------------------------------------------------------


def _doubts(found: Calibration, search: Search) -> Iterator[str]:
    """Yield what speaks against trusting a fit."""
    used, asked = int(search.fitting.sum()), len(found.settings)
    if not asked:
        pass
    elif used <= asked:
        yield (
            f"{counted(used, 'figure')} and {counted(asked, 'setting')}: as many settings as "
            "figures always fit, so the fit by itself proves nothing"
        )
    elif used < 3 * asked:
        yield f"only {counted(used, 'figure')} for {counted(asked, 'setting')}"
    judged = [one for one in found.compared if one.use != "beside"]
    blank = dict.fromkeys(one.figure.series for one in judged if np.isnan(one.projected))
    if blank:
        names = listed([series_name(one) for one in blank])
        yield f"by the scenario nothing was due in some months of {names}: they tell nothing"
    for one in found.settings:
        if doubt := _doubt_of(one, found.misfit):
            yield doubt
    for a, b in found.alike:
        yield f"{a} and {b} cannot be distinguished by this history"
    if asked and found.misfit > 3:
        times = f"{found.misfit:.1f} times what is usual"
        yield f"the projection does not follow the history: it is off by {times}"
    if len(found.starts) > 1 and found.starts[1] > found.starts[0] + 0.05:
        yield f"only one of {len(found.starts)} starts found this fit; there may be better ones"
    worse = [
        series_name(one.series)
        for one in found.errors
        if any(off is not None and off < one.projected * 0.95 - EXACT for off in one.naive.values())
    ]
    if worse:
        yield f"over the months kept back a naive forecast was nearer for {listed(worse)}"
    if not any(one.use == "held out" for one in judged):
        yield "no month was kept back, so nothing was forecast"


def _doubt_of(one: Fitted, misfit: float) -> str | None:
    """Return what speaks against trusting a setting as fitted, if anything does."""
    name = one.spot.name
    if one.at_edge and not (one.open and misfit < 1):
        return (
            f"{name} ends at the edge of its range: the range is too narrow, or something else is "
            "wrong"
        )
    if one.open:
        return f"this history says next to nothing about {name}"
    if one.free_below and one.wide:
        return f"this history says only that {name} is at most {one.high:.3g}"
    if one.free_above and one.wide:
        return f"this history says only that {name} is at least {one.low:.3g}"
    return None


def series_name(series: tuple[str | None, str | None, str | None, str]) -> str:
    """Return what a series is of, in words."""
    *names, measure = series
    of = " ".join(name for name in names if name)
    return f"{measure.replace('_', ' ')}" + (f" ({of})" if of else "")
