"""A plan and all of its files: what `capacity plan --out` and every run of a batch write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any

from capacity.reading import scenario as scenarios
from capacity.reading.scenario import Scenario
from capacity.risk import recommended
from capacity.risk.agreement import Agreed
from capacity.risk.recommended import Recommended
from capacity.stages import PlanResult
from capacity.why import explain, parents
from capacity.why.explain import Explanation

if TYPE_CHECKING:
    import pandas as pd

SEED = 1
"""Of the futures of a run that draws any."""

SPANS = ("reading", "planning", "explaining", "tables", "report")
"""What a run's time is told for."""


@dataclass(frozen=True)
class Delivery:
    """A plan as tables, manifest and files; no files where none are wanted."""

    frames: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    timings: Mapping[str, float]


@dataclass(frozen=True)
class Job:
    """A run of a batch, with all that it reads, so that it can be done on any machine."""

    scenario: str
    texts: Mapping[str, str]
    options: Mapping[str, Any]
    why: bool
    looks: Mapping[str, Any] | None


@dataclass(frozen=True)
class Made:
    """What a run of a batch comes to: its files, and how long each stage took."""

    files: Mapping[str, bytes]
    timings: Mapping[str, float]


def make(job: Job) -> Made:
    """Return the files of a run, the same bytes wherever and whenever it is done.

    Raises:
        InputError: if what was given cannot be used, with every problem.
        SolverError: if the solver gives no proven answer.
    """
    began = perf_counter()
    read = scenarios.read(job.scenario, files=job.texts)
    return made(read, job.options, job.why, job.looks, began)


def made(
    scenario: Scenario,
    options: Mapping[str, Any],
    why: bool,
    looks: Mapping[str, Any] | None,
    began: float | None = None,
) -> Made:
    """Return the files of a scenario's run: what `capacity plan --out` writes.

    `looks`: how the report is to be, as a manifest holds it; none leaves it out. `began`: when
    reading did.

    Raises:
        ScenarioError: if the scenario cannot be used, with every problem.
        SolverError: if the solver gives no proven answer.
    """
    now = perf_counter()
    clock = [now if began is None else began, now]
    found = parents.run(scenario, fixed=options["fixed"])
    clock.append(perf_counter())
    advice = advised(found, options)
    told = explain.explain(found, full=True) if why else None
    clock.append(perf_counter())
    delivery = deliver(found, told, options, looks, clock, advice=advice)
    if looks is not None:
        _forget()
    return Made(delivery.files, delivery.timings)


def options(*, fixed: bool, central: bool, draws: int | None) -> dict[str, Any]:
    """Return what a run was asked for, as its manifest holds it."""
    asked: dict[str, Any] = {"fixed": fixed} | ({} if draws is None else {"draws": draws})
    return asked | ({} if central or fixed else {"recommended": True})


def seed_of(options: Mapping[str, Any]) -> int | None:
    """Return the seed of a run's simulations; none where it draws none."""
    return SEED if options.get("draws") or options.get("recommended") else None


def load_simulation() -> None:
    """Load the compiled simulation on a thread of its own, while the solver is at work.

    To load it takes as long as the team needed for the central case.
    """
    Thread(target=_load_simulation, name="loading", daemon=True).start()


def _load_simulation() -> None:
    """Load the compiled simulation; whoever simulates is told where that fails."""
    with suppress(Exception):
        from capacity.risk.whole import simulate

        simulate.ready()


def advised(
    found: PlanResult, options: Mapping[str, Any], say: Callable[[str], None] | None = None
) -> Recommended | Agreed | None:
    """Return the recommended plan; none where it was left out, or no team needed was found."""
    if not options.get("recommended") or found.sizing is None:
        return None
    number = options.get("draws") or recommended.DRAWS
    return recommended.recommend(found, SEED, number, say)


def deliver(
    found: PlanResult,
    told: Explanation | None,
    options: Mapping[str, Any],
    looks: Mapping[str, Any] | None,
    clock: list[float],
    *,
    advice: Recommended | Agreed | None = None,
    with_files: bool = True,
    parquet: bool = False,
) -> Delivery:
    """Return a plan's tables, manifest and files, its report included if `looks` says how.

    Args:
        found: the plan.
        told: what explains it; None leaves that out.
        options: what the run was asked for, as its manifest holds it.
        looks: how the report is to be, as a manifest holds it; None leaves it out.
        clock: when reading, planning and explaining began, and when they ended.
        advice: the recommended plan; None leaves it out.
        with_files: whether files are wanted, or tables and manifest alone.
        parquet: whether tables are wanted as Parquet as well as CSV.

    Returns:
        Tables, manifest, files and the seconds that each stage took.

    Raises:
        InputError: if the report asked for is unknown.
    """
    from capacity.results import manifests, outputs, tables

    draws = options.get("draws")
    frames = tables.tables(found, told, advice)
    if draws and not isinstance(advice, Recommended):
        frames = _uncertain(found, draws) | frames
    manifest = {
        **manifests.manifest_of(found, options, seed=seed_of(options)),
        "report": looks,
        "why": told is not None,
    }
    clock.append(perf_counter())
    if not with_files:
        return Delivery(frames, manifest, {}, {})
    more = {} if looks is None else _report(found, frames, manifest, advice)
    more |= outputs.as_parquet(frames) if parquet else {}
    clock.append(perf_counter())
    spans = [round(after - before, 4) for before, after in pairwise(clock)]
    files = outputs.contents(frames, manifest, **more)
    return Delivery(frames, manifest, files, dict(zip(SPANS, spans, strict=True)))


def _report(
    found: PlanResult,
    frames: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    advice: Recommended | Agreed | None,
) -> dict[str, bytes]:
    """Return the report of a plan in its three forms."""
    from capacity import report

    return report.as_told(found, frames, manifest, advice)


def _forget() -> None:
    """Keep the memory of a process flat that makes one report after the other."""
    from capacity.report import pdf

    pdf.forget()


def _uncertain(found: PlanResult, draws: int) -> dict[str, pd.DataFrame]:
    """Return the bands and chances of a plan."""
    from capacity.results import tables
    from capacity.risk import uncertainty

    ask = uncertainty.Ask(number=draws, curve=False, size=False, drivers=False)
    every = tables.uncertain(uncertainty.simulate(found, SEED, ask))
    return {name: every[name] for name in ("bands", "chances")}
