"""Every proof on real data as rows of one table: fitted on what, predicted what, how far off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from capacity.engine.model import Array
from capacity.evidence import councils, police, registers
from capacity.files.monthly import History, read_history
from capacity.history import proofs as norfolk
from capacity.history.backtest import Backtest, Forecast, backtest
from capacity.places import folder
from capacity.reading.scenario import Scenario, read

HORIZONS = (1, 3, 6, 12)
FILES = (
    "chicago.toml",
    "chicago-history.csv",
    "councils.csv",
    "register-england-wales.csv",
    "register.csv",
)
"""The published data that are used, in data/."""

NAIVE = ("last_value", "straight_line", "same_month_last_year")


@dataclass(frozen=True)
class Proof:
    """One comparison of what the model says with what was published.

    Attributes:
        service: whose figures.
        fitted_on: what the model learnt from.
        predicted: what it was asked.
        forecasts: how many figures were predicted.
        unit: of the errors.
        error: the model's mean absolute error.
        naive_error: the best naive forecast's, over the same figures; None where there is none.
        naive: which that is.
        ratio: error ÷ naive error; for tiers, the mean of theirs; for a factor, the factor itself.
    """

    service: str
    fitted_on: str
    predicted: str
    forecasts: int
    unit: str
    error: float
    naive_error: float | None
    naive: str
    ratio: float

    @property
    def wins(self) -> bool | None:
        """Whether the model is nearer; None where nothing naive is set beside it."""
        return None if self.naive_error is None else self.ratio < 1.0


def every() -> tuple[Proof, ...]:
    """Return all proofs on the data that ship with the package."""
    return (*chicago(), *council_proofs(), *police_proofs(), *register_proofs())


def table(found: Sequence[Proof]) -> pd.DataFrame:
    """Return proofs as the output table `evidence`."""
    rows = [{**vars(one), "wins": one.wins} for one in found]
    return pd.DataFrame(rows)


# Inspections of food premises, month by month ----------------------------------------------


def chicago(scenario: Scenario | None = None, history: History | None = None) -> Iterator[Proof]:
    """Yield forecasts of premises overdue for inspection, from every month after the first year.

    Args:
        scenario: of the service; default the shipped one.
        history: its months; default the shipped ones. Later months may be added.
    """
    scenario = scenario or read(str(folder("data") / "chicago.toml"))
    history = history or read_history(str(folder("data") / "chicago-history.csv"))
    found = backtest(scenario, history, [])
    for horizon in HORIZONS:
        tiers = _of_tiers(found, horizon, "outstanding")
        if tiers:
            yield _over_tiers(tiers, horizon, "the model", lambda one: one.projected)
            yield _over_tiers(tiers, horizon, "the corrected model", lambda one: one.corrected)


def _of_tiers(found: Backtest, horizon: int, measure: str) -> dict[Any, list[Forecast]]:
    """Return the forecasts of single tiers so many months ahead."""
    tiers: dict[Any, list[Forecast]] = {}
    for one in found.forecasts:
        if one.horizon == horizon and one.series[3] == measure and one.series[2] is not None:
            tiers.setdefault(one.series, []).append(one)
    return tiers


def _over_tiers(
    tiers: dict[Any, list[Forecast]], horizon: int, who: str, made: Callable[[Forecast], float]
) -> Proof:
    """Return the mean over tiers of the error, each as a share of its best naive forecast's."""
    own, best, names = [], [], []
    for items in tiers.values():
        own.append(float(np.mean([abs(made(one) - one.actual) for one in items])))
        off = {}
        for name in NAIVE:
            values = [getattr(one, name) for one in items]
            if all(value is not None for value in values):
                pairs = zip(values, items, strict=True)
                off[name] = float(np.mean([abs(value - one.actual) for value, one in pairs]))
        names.append(min(off, key=lambda name: off[name]))
        best.append(off[names[-1]])
    ahead = "1 month" if horizon == 1 else f"{horizon} months"
    return Proof(
        service="Chicago, food premises",
        fitted_on="the months before each forecast",
        predicted=f"premises overdue {ahead} ahead, by tier: {who}",
        forecasts=sum(len(items) for items in tiers.values()),
        unit="premises",
        error=float(np.mean(own)),
        naive_error=float(np.mean(best)),
        naive=", ".join(dict.fromkeys(name.replace("_", " ") for name in names)),
        ratio=float(np.mean(np.array(own) / np.array(best))),
    )


# Councils ----------------------------------------------------------------------------------


def council_proofs(found: councils.Councils | None = None) -> Iterator[Proof]:
    """Yield what half of the councils say of the other half, both ways together.

    Args:
        found: the councils; default the shipped ones.
    """
    found = found or councils.councils()
    totals: list[Array] = []
    tiers: list[Array] = []
    given: list[Array] = []
    for learnt, kept_back in (halves := councils.halves(found), halves[::-1]):
        known, others = found.some(learnt), found.some(kept_back)
        fit = councils.fitted(known)
        shares = councils.forecast(others, fit)
        total = councils.total_of(others, shares)
        naive = np.full(len(total), np.median(known.total))
        totals.append(np.abs(np.stack([total, naive]) - others.total))
        middle = np.nanmedian(known.achieved, axis=0)
        tiers.append(np.abs(np.stack(np.broadcast_arrays(shares, middle)) - others.achieved))
        short = others.some(np.flatnonzero(others.total < councils.JUDGED))
        of_total = councils.shares_of_total(short, fit.access, fit.focus, short.total)
        like = known.some(np.flatnonzero(known.total < councils.JUDGED))
        usual = np.nanmedian(like.achieved, axis=0)
        given.append(np.abs(np.stack(np.broadcast_arrays(of_total, usual)) - short.achieved))
    yield _council("all inspections done", np.concatenate(totals, axis=1), "the median council")
    for place, tier in enumerate(councils.TIERS):
        off = np.concatenate([one[:, :, place] for one in tiers], axis=1)
        yield _council(f"tier {tier} done, from posts alone", off, "the median council")
    for place, tier in enumerate(councils.TIERS):
        off = np.concatenate([one[:, :, place] for one in given], axis=1)
        told = f"tier {tier} done, total given, councils below 90%"
        yield _council(told, off, "the median of those councils")


def _council(predicted: str, off: Array, naive: str) -> Proof:
    """Return a proof from errors of the model and of what is set beside it. Shape: [2, council]."""
    off = off[:, np.isfinite(off).all(axis=0)]
    own, other = (100 * off).mean(axis=1).tolist()
    return Proof(
        service="Councils, food premises 2019/20",
        fitted_on="the other half of the councils",
        predicted=predicted,
        forecasts=off.shape[1],
        unit="percentage points",
        error=own,
        naive_error=other,
        naive=naive,
        ratio=own / other,
    )


# Police ------------------------------------------------------------------------------------


def police_proofs(base: Scenario | None = None) -> Iterator[Proof]:
    """Yield what one force's visits overdue say of the other's, by one number of behaviour.

    Args:
        base: the scenario whose hours are used; default the flagship.
    """
    for known, other in (
        (police.NORFOLK, police.MERSEYSIDE),
        (police.MERSEYSIDE, police.NORFOLK),
    ):
        behind = police.fitted(known, base)
        if behind is not None:
            found = police.overdue(police.unit_of(other, behind, base))
            yield _force(known.name, other, found, "")
    for one in (police.NORFOLK, police.MERSEYSIDE):
        unit = police.unit_of(one, None, base)
        yield _force("nothing", one, police.overdue(unit, full_hours=True), " if nothing gave way")


def _force(fitted_on: str, force: police.Force, found: float, how: str) -> Proof:
    return Proof(
        service=force.name,
        fitted_on=fitted_on,
        predicted=f"visits overdue ({force.overdue:.0f} published){how}: {found:.0f}",
        forecasts=1,
        unit="visits",
        error=abs(found - force.overdue),
        naive_error=None,
        naive="",
        ratio=police.factor(found, force.overdue),
    )


# Registers ---------------------------------------------------------------------------------


def register_proofs() -> Iterator[Proof]:
    """Yield forecasts of registers by the model and without one."""
    made = tuple(registers.forecasts(registers.england_and_wales()))
    methods = ("model", "last_value", "straight_line", "constant_growth")
    off = {
        name: float(np.mean([abs(getattr(one, name) - one.actual) for one in made]))
        for name in methods
    }
    yield _register("England and Wales", "the two counts before each", len(made), off)
    guesses = {one.method: abs(one.error) for one in norfolk.register_growth()}
    named = {
        "model": next(error for name, error in guesses.items() if name.startswith("model")),
        "last_value": guesses["last value"],
        "straight_line": guesses["straight line"],
        "constant_growth": guesses["constant growth"],
    }
    yield _register("Norfolk", "the counts of 2016 and March 2021", 1, named)


def _register(place: str, fitted_on: str, forecasts: int, off: dict[str, float]) -> Proof:
    best = min((name for name in off if name != "model"), key=lambda name: off[name])
    return Proof(
        service=f"Register of sex offenders, {place}",
        fitted_on=fitted_on,
        predicted="the next count",
        forecasts=forecasts,
        unit="offenders",
        error=off["model"],
        naive_error=off[best],
        naive=best.replace("_", " "),
        ratio=off["model"] / off[best],
    )
