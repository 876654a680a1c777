"""One round: what is known, what is fitted to it, the start rolled forward, the next forecast."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from capacity import stages
from capacity.errors import InputError, Problem
from capacity.files.headings import MEASURES
from capacity.files.monthly import History
from capacity.history.fit import Calibration, calibrate, in_terms_of, known, suggested
from capacity.history.known import opened
from capacity.history.search import index_of
from capacity.limits import LONGEST_INTERVAL
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import text_of
from capacity.results.fits import values_of
from capacity.risk import uncertainty
from capacity.risk.uncertainty import Ask
from capacity.rounds import comparing
from capacity.rounds.comparing import AgainstForecast, Corrected, Moved, Watched
from capacity.wording import as_typed, counted
from capacity.wording import month as month_words
from capacity.workspace.forecasts import Expected, KeptForecast

DRAWS = 400
"""Simulations of a forecast, unless said otherwise."""

AHEAD = 12
"""Months that are forecast."""

ENOUGH = 6
"""Months of figures from which settings are fitted."""

FIGURES, NEXT = "monthly-figures.csv", "this-month.toml"
"""The files of a round: a unit's figures, and the scenario that starts after them."""


@dataclass(frozen=True)
class FittedNow:
    """A setting fitted to what is known: now, and with what was known at the last round."""

    setting: str
    now: tuple[float, float, float]  # value, low and high
    before: tuple[float, float, float] | None

    @property
    def moved(self) -> bool:
        """Whether it lies outside what was likely before."""
        return self.before is not None and not self.before[1] <= self.now[0] <= self.before[2]


@dataclass(frozen=True)
class Round:
    """What a round found, and the scenario that starts where the figures end."""

    month: str  # the last that is known
    files: Mapping[str, str]  # of the scenario that starts after it
    chosen: str
    scenario: Scenario
    moved: tuple[Moved, ...]
    came: tuple[AgainstForecast, ...]
    watched: tuple[Watched, ...]
    corrected: tuple[Corrected, ...]
    missing: tuple[str, ...]
    assumptions: tuple[FittedNow, ...]
    doubts: tuple[str, ...]
    expected: tuple[Expected, ...]
    notes: tuple[str, ...] = ()


def do_round(
    origin: str,
    files: Mapping[str, str],
    before: History,
    now: History,
    last: KeptForecast | None,
    *,
    fit: Sequence[str] | None = None,
    draws: int = DRAWS,
    say: Callable[[str], None] = lambda _: None,
) -> Round:
    """Do a round from what a unit has said so far.

    Args:
        origin: the scenario as it was before the first round, which begins where figures do.
        files: its files.
        before: the figures that were known.
        now: those that are known with this month's.
        last: what was forecast last.
        fit: settings to fit; those that figures of the kind can tell if not said.
        draws: simulations of the forecast.
        say: is told what is under way.

    Raises:
        InputError: with everything that is wrong with the figures, or with what comes of them.
    """
    first = read(origin, files=files)
    now = in_terms_of(first, now)
    months = int(first.settings.months.value)
    ahead = max((index_of(first, one) + 1 for one in now.months), default=0)
    length = min(LONGEST_INTERVAL, months + max(0, ahead))  # as long a plan after every round
    first = first.replace({"months": length})
    fitted_to = [one.month for one in known(first, now)]  # everything unknown is told here
    if not fitted_to:
        must = f"must have figures of a month from {first.settings.start:%Y-%m} on"
        raise InputError([Problem("figures", None, "month", must)])
    month = max(fitted_to)
    say("what is known")
    found = _fitted(first, now, fit, say)
    trusted = found if found is not None and found.trusted else None
    made = _next(origin, files, now, month, length, trusted)
    scenario = read(NEXT, files=made)
    start = opened(scenario)
    say(f"{draws:,} simulations")
    figures = comparing.by_series(now)
    fresh = sorted({one.month for one in now.figures} - {one.month for one in before.figures})
    return Round(
        month=month,
        files=made,
        chosen=NEXT,
        scenario=scenario,
        moved=comparing.moved(figures, month),
        came=comparing.came(last, figures, fresh),
        watched=tuple(comparing.watched(figures, month)),
        corrected=comparing.corrected(in_terms_of(first, before), now.figures),
        missing=comparing.missing(sorted(set(fitted_to))),
        assumptions=_assumptions(found, last),
        doubts=() if found is None else found.doubts,
        expected=_expected(scenario, draws),
        notes=tuple(start.known.notes) if start.known is not None else (),
    )


def _fitted(
    first: Scenario, now: History, fit: Sequence[str] | None, say: Callable[[str], None]
) -> Calibration | None:
    """Return settings fitted to what is known; none where it is too little."""
    names = list(suggested(first, now)) if fit is None else list(fit)
    if len(now.months) < ENOUGH or not names:
        return None
    say(f"fitting {counted(len(names), 'setting')}")
    return calibrate(first, now, names)


def _assumptions(found: Calibration | None, last: KeptForecast | None) -> tuple[FittedNow, ...]:
    earlier = {} if last is None else last.fitted
    return tuple(
        FittedNow(one.spot.name, (one.value, one.low, one.high), earlier.get(one.spot.name))
        for one in (found.settings if found is not None else ())
    )


def _next(
    origin: str,
    files: Mapping[str, str],
    now: History,
    month: str,
    length: int,
    found: Calibration | None,
) -> dict[str, str]:
    """Return the files of the scenario that starts where the figures end."""
    extended = origin if origin.endswith(".toml") else f"{origin}.toml"
    title = read(origin, files=files).settings.title
    tree: dict[str, object] = {
        "extends": extended,
        "title": f"{title}, from {month_words(comparing.later(month))}",
        "months": length,
        "history": FIGURES,
    }
    for name, value in (values_of(found) if found is not None else {}).items():
        here: dict[str, object] = tree
        *path, end = name.split(".")
        for step in path:
            here = here.setdefault(step, {})  # type: ignore[assignment]
        here[end] = value
    kept = {name: text for name, text in files.items() if name not in (NEXT, FIGURES)}
    return {**kept, NEXT: text_of(tree), FIGURES: text_of_figures(now)}


def text_of_figures(history: History) -> str:
    """Return monthly figures as the file that a scenario names."""
    rows: dict[tuple[object, ...], dict[str, str]] = {}
    for one in history.figures:
        names = {
            "month": one.month,
            "months": str(one.months),
            "cohort": one.cohort or "all",
            "duty": one.duty or "all",
            "tier": one.tier or "all",
            "compare": "yes" if one.compare else "no",
        }
        row = rows.setdefault(tuple(names.values()), names)
        row[one.measure] = as_typed(one.value)
    made = io.StringIO()
    columns = ["month", "months", "cohort", "duty", "tier", "compare", *MEASURES]
    writer = csv.DictWriter(made, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[key] for key in sorted(rows, key=str))
    return made.getvalue()


def _expected(scenario: Scenario, draws: int) -> tuple[Expected, ...]:
    """Return what is expected of the next months with current posts."""
    plan = stages.run(scenario, fixed=True)
    ask = Ask(number=draws, curve=False, size=False, drivers=False)
    told = uncertainty.simulate(plan, 1, ask)
    months = plan.model.calendar.labels[:AHEAD]
    return tuple(
        Expected(b.month, b.cohort, b.duty, b.tier, b.measure, b.p10, b.p50, b.p90)
        for b in told.bands
        if b.month in months and b.option == "today"
    )
