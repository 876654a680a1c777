"""174 councils that inspect food premises on the clocks of home visits: how much gets done.

Five tiers of premises are owed an inspection every 6, 12, 18, 24 and 36 months. A council's posts
and premises are known, and the share it achieved by tier in 2019/20. Half of the councils are
fitted, the other half forecast, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from capacity.engine import service
from capacity.engine.model import Array, Whole
from capacity.engine.rates import FOCUS_BY_PLACE
from capacity.files.table_files import read_table
from capacity.places import folder

TIERS = ("A", "B", "C", "D", "E")
MONTHS = np.array([6.0, 12.0, 18.0, 24.0, 36.0])
SHORT = 0.95
"""Councils below this in all are those short of hours, from whom focus is learnt."""
PLENTY = 20.0
"""Other work, in what all inspections that are due take: far more than there is time for."""
FURTHEST = (-40.0, 0.0)
"""Log-odds between which other work is looked for."""
FURTHEST_STEP = 10.0
JUDGED = 0.90
"""Councils below this in all are those judged tier by tier with their total given."""


@dataclass(frozen=True)
class Councils:
    """Councils with a full return.

    Attributes:
        names: of the councils.
        due: inspections falling due in a year. Shape: [council, tier].
        achieved: share done. Shape: [council, tier]; NaN where nothing is due.
        total: share done of all that was due. Shape: [council].
        posts: inspectors in post, FTE. Shape: [council].
        premises: rated and not yet rated. Shape: [council].
    """

    names: tuple[str, ...]
    due: Array
    achieved: Array
    total: Array
    posts: Array
    premises: Array

    def some(self, places: Whole) -> Councils:
        """Return some of the councils."""
        return Councils(
            tuple(self.names[n] for n in places.tolist()),
            self.due[places],
            self.achieved[places],
            self.total[places],
            self.posts[places],
            self.premises[places],
        )


@dataclass(frozen=True)
class Fit:
    """What was learnt from some councils.

    Attributes:
        load: inspections due in a year for each post, of the middle council.
        real: share of a difference in load, as a logarithm, that is one of people: posts are
            rounded and may leave out contractors.
        behind: log-odds of work that gives way against the first tier (EQ25).
        access: share of what is due that can be done, by tier. Shape: [tier].
        focus: log-odds by tier (EQ13). Shape: [tier].
    """

    load: float
    real: float
    behind: float
    access: Array
    focus: Array


@cache
def councils() -> Councils:
    """Return the councils of data/councils.csv whose return is full enough."""
    table = read_table(folder("data") / "councils.csv")
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]

    def numbers(name: str) -> Array:
        return np.array([float(row[name]) if row[name] else np.nan for row in rows])

    rated = np.stack([np.nan_to_num(numbers(f"rated_{tier}")) for tier in TIERS], axis=1)
    achieved = np.stack([numbers(f"pct_achieved_{tier}") for tier in TIERS], axis=1) / 100
    due = rated * 12 / MONTHS
    found = Councils(
        names=tuple(str(row["council"]) for row in rows),
        due=due,
        achieved=np.where(due > 0, achieved, np.nan),
        total=numbers("pct_achieved_all") / 100,
        posts=numbers("fte_posts_occupied"),
        premises=rated.sum(axis=1) + np.nan_to_num(numbers("not_yet_rated")),
    )
    usable = (found.posts > 0) & np.isfinite(found.total) & (found.due.sum(axis=1) > 0)
    return found.some(np.flatnonzero(usable))


def halves(found: Councils) -> tuple[Whole, Whole]:
    """Return the councils in two halves: every other one by name, so that no choice is ours."""
    order = np.array(sorted(range(len(found.names)), key=lambda n: found.names[n]), dtype=int)
    return order[::2], order[1::2]


def shares_of_total(found: Councils, access: Array, focus: Array, total: Array) -> Array:
    """Return what the soft order makes of a total that is given (EQ13). Shape: [council, tier]."""
    can = access * found.due
    there = np.minimum(total * found.due.sum(axis=1), can.sum(axis=1))
    return access * service.soft_shares(can, there, focus[None])


def forecast(found: Councils, fit: Fit) -> Array:
    """Return the shares that councils do, from their posts and premises alone.

    EQ13 and EQ25, a year as one step.

    Returns:
        Shape: [council, tier].
    """
    can = fit.access * found.due
    due = found.due.sum(axis=1)
    there = due * (fit.load / (due / found.posts)) ** fit.real
    giving = PLENTY * due
    nothing, behind = np.zeros_like(can), np.full(len(can), fit.behind)
    left = service.kept_softly(can, nothing, fit.focus[None], giving, behind, there)
    for_duties = np.maximum(0.0, there - giving * left)
    return fit.access * service.soft_shares(can, for_duties, fit.focus[None])


def total_of(found: Councils, shares: Array) -> Array:
    """Return the share done of all that was due. Shape: [council]."""
    total: Array = (found.due * shares).sum(axis=1) / found.due.sum(axis=1)
    return total


def fitted(found: Councils) -> Fit:
    """Return what councils teach: access from the better half, focus from those that are short.

    Inspectors are taken to have far more to do than time (PLENTY). Two numbers are left, which
    bring the totals of all councils nearest: how far other work stands behind, and how much of a
    difference in load is real.
    """
    enough = found.some(np.flatnonzero(found.total >= np.median(found.total)))
    access = np.nanmedian(enough.achieved, axis=0)
    focus = learnt_focus(found, access)
    load = float(np.median(found.due.sum(axis=1) / found.posts))

    def off(behind: float, real: float) -> float:
        fit = Fit(load, real, behind, access, focus)
        return float(np.abs(total_of(found, forecast(found, fit)) - found.total).mean())

    best, least = Fit(load, 0.0, 0.0, access, focus), np.inf
    for real in np.linspace(0.0, 1.0, 21).tolist():
        nearest = minimize_scalar(off, bounds=FURTHEST, args=(real,), method="bounded")
        if nearest.fun < least:
            least, best = nearest.fun, Fit(load, real, float(nearest.x), access, focus)
    return best


def learnt_focus(found: Councils, access: Array) -> Array:
    """Return log-odds by tier that make the best of totals given, of councils that are short."""
    short = found.some(np.flatnonzero(found.total < SHORT))

    def off(steps: Array) -> float:
        shares = shares_of_total(short, access, _focus_at(steps), short.total)
        return float(np.nanmean(np.abs(shares - short.achieved)))

    start = -np.diff(np.array(FOCUS_BY_PLACE))
    return _focus_at(minimize(off, start, method="Nelder-Mead", tol=1e-4).x)


def _focus_at(steps: Array) -> Array:
    """Return log-odds that fall from tier to tier, the first at 0."""
    return -np.concatenate([[0.0], np.cumsum(np.clip(np.abs(steps), 0.0, FURTHEST_STEP))])
