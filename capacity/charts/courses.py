"""What a chart says above it: how a measure goes, and between what limits simulations lie."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from capacity import wording
from capacity.charts.frames import PERCENTILES

BAD_WHEN_LOW = ("completion", "in_date", "on_time", "in_post")
"""Measures of which the lowest month is told; of the others the highest."""

DIP = 0.25
"""A fall that recovers by more than this share of a measure's whole range is told."""


Words = Callable[[float], str]
"""How a number is written."""


def course(
    frame: pd.DataFrame,
    column: str,
    subject: str,
    words: Callable[[float], str],
    *,
    many: bool = False,
) -> str:
    """Return how a measure goes with no posts added, its events, and where the others are.

    Events are a month lower or higher than both ends, a dip that recovers, and the month in which
    the baseline is furthest away; "as in the baseline" is said only where none is seen.
    """
    series = {
        role: frame[frame["role"] == role].set_index("month")[column].dropna()
        for role in frame["role"].unique()
    }
    now = series.get("today")
    if now is None or now.empty:
        return f"{subject}: nothing due"
    first, last = float(now.iloc[0]), float(now.iloc[-1])
    begin, end = words(first), words(last)
    verb = "stay" if begin == end else "fall" if last < first else "rise"
    verb = verb if many else f"{verb}s"
    title = f"{subject} {verb} from {begin} to {end} by {month(now.index[-1])}"
    if begin == end:
        title = f"{subject} {verb} at {end} to {month(now.index[-1])}"
    turns = _turns(now, words, lowest=column in BAD_WHEN_LOW)
    extra = [f"{what} {words(float(now[at]))} in {month(at)}" for what, at in turns]
    before, sized = series.get("today before"), series.get("sized")
    if before is not None and not before.empty:
        extra.append(_from_baseline(now, before, words))
    if sized is not None and not sized.empty:
        extra.append(f"team needed {words(float(sized.iloc[-1]))}")
    return f"{title} ({'; '.join(extra)})" if extra else title


def _turns(
    now: pd.Series, words: Callable[[float], str], *, lowest: bool
) -> list[tuple[str, pd.Timestamp]]:
    """Return the lowest (or highest) month where it lies beyond both ends, and a dip between."""
    ends = {words(float(now.iloc[0])), words(float(now.iloc[-1]))}
    found = []
    what, at = ("lowest", top(-now)) if lowest else ("highest", top(now))
    if words(float(now[at])) not in ends:
        found.append((what, at))
    if not lowest:
        return found
    later = now[::-1].cummax()[::-1]  # the highest from each month on
    dip = top(later - now)
    told = {at for _, at in found}
    deep = float((later - now)[dip]) > DIP * float(now.max() - now.min())
    if deep and dip not in told and words(float(now[dip])) not in ends:
        found.insert(0, ("dipping to", dip))
    return found


def _from_baseline(now: pd.Series, before: pd.Series, words: Callable[[float], str]) -> str:
    """Return where the baseline is furthest away."""
    gap = (now - before).abs().dropna()
    if gap.empty:
        return "the baseline is of other months"
    at = top(gap)
    here, there = words(float(now[at])), words(float(before[at]))
    if here == there:
        return "as in the baseline"
    return f"furthest from the baseline in {month(at)}: {here}, baseline {there}"


def top(values: pd.Series) -> pd.Timestamp:
    """Return the first month of the highest value, rounding of the last digits apart."""
    return pd.Timestamp(values[values >= values.max() - 1e-9].index[0])


def month(day: pd.Timestamp) -> str:
    """Return a month in words."""
    return wording.month(f"{day:%Y-%m}")


def foreseen(frame: pd.DataFrame, column: str, subject: str, words: Words) -> str:
    """Return between what limits a measure lies in 8 of 10 simulations; empty while not known.

    In the last month, in the lowest (or highest) between, in the baseline and with the team needed.
    """
    low, middle, high = (f"{column}_{level}" for level in PERCENTILES)
    series = {
        str(role): mine.set_index("month").dropna(subset=[low, high])
        for role, mine in frame.groupby("role", sort=False)
    }
    now = series.get("today")
    if now is None or now.empty:
        return ""

    def span(mine: pd.DataFrame, at: pd.Timestamp) -> str:
        ends = words(float(mine[low][at])), words(float(mine[high][at]))
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"

    last = now.index[-1]
    turns = _turns(now[middle], words, lowest=column in BAD_WHEN_LOW)
    extra = [f"{what} {span(now, at)} in {month(at)}" for what, at in turns]
    for role, who in (("today before", "baseline"), ("sized", "team needed")):
        other = series.get(role)
        if other is not None and last in other.index:
            extra.append(f"{who} {span(other, last)}")
    title = f"{subject} in {month(last)}: {span(now, last)} in 8 of 10 simulations"
    return f"{title} ({'; '.join(extra)})" if extra else title
