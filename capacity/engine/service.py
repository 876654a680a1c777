"""Who is served when hours are short (EQ13), and hours lost where caseloads are not shared.

Arrays have draws first. Every draw is worked out by itself, with the same steps alone or among
many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Flags, Rule, blank, summed

MOST_STEPS = 200
"""Steps towards the one number of the soft order; six or seven are usual."""

FAR = 150.0
"""Log-odds beyond which nothing is done, or, twice as far, all."""

CLOSE = 1e-13
"""The soft order may leave this share of the hours asked for over, or use that much more."""


@dataclass(frozen=True)
class ServedTeam:
    """One team's part of a month.

    Attributes:
        rows: its rows, first-served first.
        left: hours it has for them. Shape: [draw].
    """

    rows: Sequence[int]
    left: Array


def hand_out(
    rule: Rule,
    asked: Array,
    hours: Array,
    teams: Sequence[ServedTeam],
    focus: Array,
    first: Array | None = None,
    early: Array | None = None,
) -> tuple[Array, Array]:
    """Return what is done of what is due, and early, when hours go to it by a rule (EQ13, EQ24).

    Args:
        rule: the order of service.
        asked: cases that can be done, of those due. Shape: [draw, row].
        hours: of one done. Shape: [draw, row].
        teams: rows and hours of each team.
        focus: log-odds against the first row, for the soft order. Shape: [draw, row].
        first: of those asked, what is done before the rest, in order of priority.
        early: done early if all that is asked for is done, and in proportion if less is.

    Returns:
        Cases done and done early. Shape: [draw, row] both.
    """
    left = [team.left.copy() for team in teams]
    if first is None:
        begun, begun_all = None, None
        rest = asked
    else:
        begun, begun_all = _in_order(first, hours, teams, left)
        rest = asked - first
    rate = None if early is None else _rate(early, rest)
    each = hours if rate is None else hours * (1.0 + rate)
    if rule == "soft":
        done, whole = _softly(rest, each, teams, left, focus)
    else:
        done, whole = _in_order(rest, each, teams, left)
    ahead = blank(*done.shape) if rate is None else done * rate
    if begun is not None and begun_all is not None:
        done = np.where(begun_all & whole, asked, begun + done)
    return done, ahead


def _rate(early: Array, asked: Array) -> Array:
    """Return how many are done early for each one done; none where nothing is due."""
    return np.divide(early, asked, out=np.zeros_like(early), where=asked > 0)


def _in_order(
    asked: Array, hours: Array, teams: Sequence[ServedTeam], left: Sequence[Array]
) -> tuple[Array, Flags]:
    """Return what is done when each row is served in full before the next, and which are."""
    need = asked * hours
    served = blank(*need.shape)
    for team, there in zip(teams, left, strict=True):
        for row in team.rows:
            np.minimum(there, need[:, row], out=served[:, row])
            np.subtract(there, served[:, row], out=there)
    whole = served >= need
    return np.where(whole, asked, served / np.where(hours > 0, hours, 1.0)), whole


def _softly(
    asked: Array, hours: Array, teams: Sequence[ServedTeam], left: Sequence[Array], focus: Array
) -> tuple[Array, Flags]:
    """Return what is done when every row gets its share, the first ones more, and which are all."""
    need = asked * hours
    share = blank(*need.shape)
    for team, there in zip(teams, left, strict=True):
        if team.rows:
            share[:, team.rows] = soft_shares(need[:, team.rows], there, focus[:, team.rows])
    whole = (share >= 1.0) | (need <= 0.0)
    return np.where(whole, asked, asked * share), whole


def soft_shares(need: Array, there: Array, focus: Array) -> Array:
    """Return the share of each row that is done in the soft order of service (EQ13).

    With u = e^θ and v = e^−focus the share is σ(θ + focus) = u ÷ (u + v), and what is left undone
    is Σ need × v ÷ (u + v). One over that is nearly a straight line in u, and concave, so Newton's
    steps towards it never overshoot.

    Args:
        need: hours that all of each row would take. Shape: [draw, row].
        there: hours there are. Shape: [draw].
        focus: log-odds against the first row. Shape: [draw, row], or one draw for all.

    Returns:
        Shares, 1 where the hours are enough for all. Shape: [draw, row].
    """
    total = summed(need)
    lacking = total - there
    short = lacking > CLOSE * total
    if not short.any():
        return np.ones(need.shape)
    behind = np.exp(-focus)
    u = np.zeros_like(total)
    going = short & (there > 0.0)
    aim = np.where(going, lacking, 1.0)
    for _ in range(MOST_STEPS):
        undone = need * behind / (u[:, None] + behind)
        over = summed(undone)
        steep = summed(undone / (u[:, None] + behind))
        going &= over - aim > CLOSE * total
        if not going.any():
            break
        step = over * (over - aim) / (aim * np.where(going, steep, 1.0))
        u = np.where(going, u + step, u)
    share = u[:, None] / (u[:, None] + behind)
    return np.where(short[:, None], share, 1.0)


def kept(giving: Array, shortage: Array) -> Array:
    """Return the share that is left of work that gives way before any duty is missed (EQ25).

    Args:
        giving: hours of it. Shape: [draw, team].
        shortage: hours asked for, less those there are. Shape: [draw, team].
    """
    cut = np.clip(shortage, 0.0, giving)
    return 1.0 - np.divide(cut, giving, out=np.zeros_like(cut), where=giving > 0)


def kept_softly(
    need: Array, parts: Array, focus: Array, giving: Array, behind: Array, there: Array
) -> Array:
    """Return the share that is left of work that gives way together with duties (EQ25).

    It stands in the soft order like a row of its own. What duties and it take together rises with
    θ, so θ is found between bounds, by Newton's steps where they stay inside and by halving.

    Args:
        need: hours that all of each row would take in full. Shape: [draw, row].
        parts: share of them that gives way. Shape: [draw, row].
        focus: log-odds of the rows against the first. Shape: [draw, row].
        giving: hours of other work that gives way. Shape: [draw].
        behind: log-odds of work that gives way against the first row. Shape: [draw].
        there: hours there are for duties and for it. Shape: [draw].
    """
    total = summed(need) + giving
    short = (there < total * (1.0 - CLOSE)) & (giving + summed(need * parts) > 0)
    going = short & (there > 0.0)
    low, high = np.full_like(total, -FAR), np.full_like(total, 2.0 * FAR)
    theta = np.zeros_like(total)
    for _ in range(MOST_STEPS):
        if not going.any():
            break
        share, left = _logistic(theta[:, None] + focus), _logistic(theta + behind)
        whole = 1.0 - parts * (1.0 - left[:, None])
        over = summed(need * share * whole) + giving * left - there
        low, high = np.where(over < 0, theta, low), np.where(over > 0, theta, high)
        rises = share * (1.0 - share) * whole + share * parts * (left * (1.0 - left))[:, None]
        steep = summed(need * rises) + giving * left * (1.0 - left)
        step = theta - np.divide(over, steep, out=np.full_like(over, np.inf), where=steep > 0)
        middle = 0.5 * (low + high)
        inside = (step > low) & (step < high)
        going &= (np.abs(over) > CLOSE * total) & (high - low > CLOSE)
        theta = np.where(going, np.where(inside, step, middle), theta)
    left = _logistic(theta + behind)
    return np.where(short, np.where(there > 0.0, left, 0.0), 1.0)


def _logistic(z: Array) -> Array:
    """Return 1 ÷ (1 + e^−z)."""
    with np.errstate(over="ignore"):  # far below it is 0
        result: Array = 1.0 / (1.0 + np.exp(-z))
    return result


def not_shared(load: Array, there: Array, pooling: Array, spread: Array) -> Array:
    """Return hours that cannot be used because officers hold their own cases.

    The load of one officer is taken as normal around the mean with the given relative spread. One
    with less than a full load has hours over, which help nobody else unless cases are shared.

    Args:
        load: hours that all work would take. Shape: [draw, team].
        there: hours there are. Shape: [draw, team].
        pooling: 1 where any officer takes any case, 0 where each has only their own.
        spread: of the load between officers, relative to its mean.

    Returns:
        Hours beyond those that are over anyway. Shape: [draw, team].
    """
    from scipy.special import ndtr  # a fifth of a second to load, and seldom wanted

    mean = np.divide(load, there, out=np.zeros_like(load), where=there > 0)
    width = np.maximum(mean * spread, 1e-12)
    away = (1.0 - mean) / width
    density = np.exp(-0.5 * np.minimum(away * away, 1400.0)) / np.sqrt(2.0 * np.pi)
    used = 1.0 - ((1.0 - mean) * ndtr(away) + width * density)
    lost = np.minimum(mean, 1.0) - used
    return np.where(there > 0, (1.0 - pooling) * np.maximum(0.0, lost) * there, 0.0)
