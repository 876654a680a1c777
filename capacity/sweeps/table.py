"""A sweep as a table, as sentences and as heat maps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from capacity.errors import NO_ANSWER
from capacity.reading.naming import is_by_tier
from capacity.reading.scenario import Scenario
from capacity.results.frames import Tables
from capacity.settings import show
from capacity.sweeps.axes import Axis
from capacity.sweeps.figures import MEETS
from capacity.sweeps.grid import Point
from capacity.sweeps.points import Row, Way
from capacity.wording import counted, listed, number, per_cent, pounds

if TYPE_CHECKING:
    import pandas as pd

FIRST = ("option", "status", "gap", "error")
"""Columns after the point and its settings."""

TEXT = ("option", "status", "error", "first_missed", "first_missed_in", "completion_worst_of")

FIGURES: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "posts_end": ("posts at the end", number),
    "cost_discounted": ("discounted cost", pounds),
    "completion_end": ("lowest completion of any activity at the end", per_cent),
    "completion_worst": ("lowest completion of any activity in any month", per_cent),
    "outstanding_end": ("activities overdue at the end", number),
    "longest_wait_months": ("longest overdue at the end, in months", number),
    "standards_missed": ("standards not met", number),
    "hours_missed": ("hours by which standards are not met", number),
}
"""Figures that are put into words, and drawn, where they differ between points."""


@dataclass(frozen=True, repr=False, eq=False)
class Sweep:
    """A scenario at many values of some settings.

    Attributes:
        scenario: what was varied.
        axes: the settings that were varied.
        points: their values, a row for each point.
        rows: what each point came to, one or two rows for each, in order.
    """

    scenario: Scenario
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    way: Way
    samples: int | None
    seed: int | None
    rows: tuple[Row, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The `sweep` table: settings, option, status and figures, a row a point and option."""
        import pandas as pd  # a third of a second to load: workers make no table

        names = list(dict.fromkeys(name for row in self.rows for name in row))
        figures = [name for name in names if name not in ("point", "unproven", *FIRST)]
        made: dict[str, Any] = {"point": [row["point"] for row in self.rows]}
        for place, axis in enumerate(self.axes):
            made[axis.name] = [self.points[row["point"] - 1][place] for row in self.rows]
        for name in (*FIRST, *figures):
            column = [row.get(name) for row in self.rows]
            made[name] = pd.Series(column, dtype="str" if name in TEXT else None)
            if name not in TEXT and made[name].dtype == object:
                made[name] = made[name].astype(float)
        return pd.DataFrame(made)

    @cached_property
    def tables(self) -> Tables:
        """The table `sweep`: a row for each point and option."""
        return Tables({"sweep": lambda: self.table})

    @cached_property
    def told(self) -> pd.DataFrame:
        """The rows that sentences and heat maps are about: the needed team's, else today's."""
        table = self.table
        whose = "today" if self.way == "today's posts" else "sized"
        return table[table["option"] == whose]

    @cached_property
    def short(self) -> Mapping[str, str]:
        """The settings by as little of their names as tells them apart."""
        names = [axis.name for axis in self.axes]
        least = {axis.name: 2 if is_by_tier(axis.path[:-1]) else 1 for axis in self.axes}
        return {name: _short(name, names, least[name]) for name in names}

    @property
    def unproven(self) -> int:
        """At how many points nothing more could be proven in the time."""
        return sum(bool(row.get("unproven")) for row in self.rows)

    @property
    def unanswered(self) -> int:
        """How many points the solver had no answer for; the others that failed are not valid."""
        return int(self.table["error"].str.startswith(NO_ANSWER, na=False).sum())

    @property
    def failed(self) -> int:
        """How many points could not be planned."""
        return int(self.table["error"].notna().sum())

    def __repr__(self) -> str:
        """Return what was varied and what it shows."""
        varied = ", ".join(axis.name for axis in self.axes)
        what = f"{counted(len(self.points), 'point')} of {varied}"
        return f"<Sweep {self.scenario.name}: {what}\n " + "\n ".join(sentences(self)) + ">"


def _short(name: str, names: Sequence[str], least: int) -> str:
    """Return the shortest end of a dotted name, of so many words at least, that no other has."""
    parts = name.split(".")
    for count in range(least, len(parts)):
        end = ".".join(parts[-count:])
        if sum(one == end or one.endswith(f".{end}") for one in names) == 1:
            return end
    return name


def sentences(sweep: Sweep) -> Iterator[str]:
    """Yield what a sweep shows: its extremes, and where standards are first missed.

    Yields:
        One text for each sentence.
    """
    varied = "; ".join(_varied(axis, sweep.samples) for axis in sweep.axes)
    count = len(sweep.points)
    yield f"{count:,} {'point' if count == 1 else 'points'}, {sweep.way}: {varied}."
    if sweep.failed:
        yield f"{sweep.failed:,} could not be planned; the column error says why."
    if sweep.unproven:
        where = f"At {counted(sweep.unproven, 'point')}"
        yield (
            f"{where} the best plan found is shown, not proven to cost the least; the column gap "
            "says how far it may be from that."
        )
    told = sweep.told
    for name, (words, shown) in FIGURES.items():
        if name in told and told[name].notna().any():
            yield _extremes(sweep, name, words, shown)
    yield from _standards(sweep)


def _varied(axis: Axis, samples: int | None) -> str:
    low, high = min(axis.values), max(axis.values)
    if low == high:
        return f"{axis.name} {show(low)}"
    drawn = f"{samples:,} drawn" if axis.drawn else f"{len(axis.values)} values"
    return f"{axis.name} {show(low)} to {show(high)} ({drawn})"


def _extremes(sweep: Sweep, name: str, words: str, shown: Callable[[float], str]) -> str:
    told = sweep.told
    known = told[told[name].notna()]
    ends_at = (int(known[name].argmin()), int(known[name].argmax()))
    low, high = (known.iloc[place] for place in ends_at)
    subject = f"{words[:1].upper()}{words[1:]}"
    if shown(float(low[name])) == shown(float(high[name])):
        return f"{subject}: {shown(float(low[name]))} at every point."
    ends = (f"{shown(float(row[name]))} ({_at(sweep, row)})" for row in (low, high))
    return f"{subject}: {' to '.join(ends)}."


def _at(sweep: Sweep, row: Any) -> str:
    return ", ".join(f"{sweep.short[axis.name]} {_near(row[axis.name])}" for axis in sweep.axes)


def _plain(value: Any) -> float:
    return float(value)


def _near(value: Any) -> str:
    """Return a value in words, a drawn one rounded."""
    return show(float(f"{float(value):.4g}"))


def _standards(sweep: Sweep) -> Iterator[str]:
    """Yield at how many points every standard is met, and where it is first missed."""
    told = sweep.told
    met = told["status"] == MEETS
    yield f"Every standard is met at {int(met.sum()):,} of {len(told):,} points."
    if "first_missed" in told and told["first_missed"].notna().any():
        counts = told["first_missed"].value_counts()
        some = [f"{name} at {number(int(times))}" for name, times in counts.items()]
        yield f"Not met first: {listed(some)}."
    if met.all() or not met.any():
        return
    for axis in sweep.axes:
        if told[axis.name].nunique() > 1:
            least, most = told[~met][axis.name], told[met][axis.name]
            yield (
                f"{sweep.short[axis.name]}: one is not met from {_near(least.min())} to "
                f"{_near(least.max())}, all are met from {_near(most.min())} to "
                f"{_near(most.max())}."
            )


# Heat maps ---------------------------------------------------------------------------------

BANDS = 10
"""Bands into which a drawn setting is parted for a heat map."""

FORMS = {number: ",.4~r", pounds: ".3~s", per_cent: ".0%"}


@dataclass(frozen=True)
class Heat:
    """A heat map to be drawn: a figure by two settings, means where cells hold several points."""

    name: str
    title: str
    form: str
    frame: pd.DataFrame
    across: str
    up: str
    orders: tuple[list[str], list[str]]


def heats(sweep: Sweep) -> tuple[Heat, ...]:
    """Return heat maps of the first two settings that differ; none where fewer than two do.

    Returns:
        One for each figure that differs.
    """
    import pandas as pd

    told = sweep.told
    wide = [axis for axis in sweep.axes if len(axis.values) > 1]
    if len(wide) < 2:
        return ()
    across, up = wide[:2]
    x, y = _bands(across, told), _bands(up, told)
    found = []
    for name, (words, shown) in FIGURES.items():
        if name not in told or len({shown(one) for one in told[name].dropna()}) < 2:
            continue
        cells = pd.DataFrame({across.name: x[0], up.name: y[0], name: told[name].to_numpy()})
        cells = cells.dropna()
        sizes = cells.groupby([across.name, up.name], sort=False).size()
        mean = cells.groupby([across.name, up.name], as_index=False, sort=False)[[name]].mean()
        title = f"{words[:1].upper()}{words[1:]}, {sweep.way}"
        title += " (mean of the points in each cell)" if sizes.max() > 1 else ""
        mean = mean.rename(columns=sweep.short)
        ends = (sweep.short[across.name], sweep.short[up.name])
        found.append(Heat(name, title, FORMS[shown], mean, *ends, (x[1], y[1])))
    return tuple(found)


def _bands(axis: Axis, told: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the label of each row's value, and all labels in order."""
    values = [_plain(value) for value in told[axis.name]]
    if not axis.drawn or len(set(values)) <= BANDS:
        every = sorted(set(values))
        return [show(value) for value in values], [show(value) for value in every]
    low, high = axis.values
    edges = [low + (high - low) * n / BANDS for n in range(BANDS + 1)]
    digits = 1 - math.floor(math.log10((high - low) / BANDS))
    labels = [f"{show(round(a, digits))}–{show(round(b, digits))}" for a, b in pairwise(edges)]
    places = [min(int((value - low) / (high - low) * BANDS), BANDS - 1) for value in values]
    return [labels[place] for place in places], labels
