"""A scenario at many points: settings varied, plans compared in one table.

Where only numbers differ between points the scenario is read, checked and built once and the
numbers replaced; the figures are those that `capacity plan` gives for a diff file of the point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from capacity import running
from capacity.errors import InputError, Problem
from capacity.reading.scenario import Scenario
from capacity.sweeps import axes, grid, places
from capacity.sweeps.points import PORTION, PointsOfJob, Row, Way, work_out
from capacity.sweeps.table import Sweep

__all__ = ["Ask", "Progress", "Sweep", "sweep"]


@dataclass(frozen=True)
class SweepAsk:
    """What is asked of a sweep.

    Attributes:
        vary: one `SETTING=FROM:TO:STEP` or `SETTING=A,B,C` each, or the values by setting.
        samples: so many points are drawn; None plans every combination.
    """

    vary: axes.Vary
    way: Way = "whole posts"
    samples: int | None = None
    seed: int = 1
    jobs: int = 1
    scheduler: str | None = None


Progress = Callable[[int, int], None]
"""Told how many points are worked out, and of how many."""


def sweep(scenario: Scenario, ask: SweepAsk, progress: Progress | None = None) -> Sweep:
    """Return a scenario planned at every point.

    The same whatever the number of jobs, and wherever they run.

    Raises:
        InputError: with every problem; what goes wrong at one point stands in its row.
    """
    varied = axes.asked(scenario, ask.vary, ask.samples)
    points = (
        grid.full(varied)
        if ask.samples is None
        else grid.latin_hypercube(varied, ask.samples, ask.seed)
    )
    template = places.template(scenario, {axis.name: axis.values for axis in varied}, points)
    size = PORTION[ask.way]
    portions = [
        PointsOfJob(template, first, points[first : first + size], ask.way)
        for first in range(0, len(points), size)
    ]
    found: dict[int, list[Row]] = {}
    done = 0
    for place, rows in running.each(work_out, portions, workers=ask.jobs, scheduler=ask.scheduler):
        if isinstance(rows, Exception):
            raise rows
        found[place] = rows
        done += len(portions[place].points)
        if progress is not None:
            progress(done, len(points))
    every = tuple(row for place in sorted(found) for row in found[place])
    made = Sweep(
        scenario=scenario,
        axes=varied,
        points=points,
        way=ask.way,
        samples=ask.samples,
        seed=ask.seed if ask.samples is not None else None,
        rows=every,
    )
    if made.failed == len(points) and not made.unanswered:
        said = str(every[0]["error"])
        raise InputError([Problem("--vary", None, "", f"no point can be planned: {said}")])
    return made
