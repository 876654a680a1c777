"""One's own figures beside those that other forces have published, with dates and definitions.

Published figures are of registered sex offenders. They are not of one day, and each counts in its
own way: what a source counts stands beside its figure, and one's own is worked out both ways where
that matters. They show where a unit stands; they are no target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from capacity.engine.measures import NOTHING
from capacity.engine.model import MONTHS_A_YEAR
from capacity.files.table_files import read_table
from capacity.places import folder
from capacity.stages import PlanResult
from capacity.wording import per_cent

if TYPE_CHECKING:
    import pandas as pd

COHORT, DUTY = "rso", "visit"
"""The cohort and activity that published figures are of, by the names that come with capacity."""

RATIO, OVERDUE, OVERDUE_SHARE, COMPLETED = (
    *("cases per officer", "visits overdue", "visits overdue per case", "visits completed"),
)
MIX = {"very_high": "share at very high risk", "high": "share at high risk",
       "medium": "share at medium risk", "low": "share at low risk"}  # fmt: skip
SIZE, GROWTH = "cases in the community", "growth per year"

SHARES = (OVERDUE_SHARE, COMPLETED, GROWTH, *MIX.values())


@dataclass(frozen=True)
class PublishedFigure:
    """One published figure: of whom, when, what it counts, and where it stands."""

    what: str
    force: str
    date: str
    value: float
    definition: str
    source: str  # an id of sources.csv


@dataclass(frozen=True)
class Benchmark:
    """A published figure beside one's own; `own` is None where the unit has none of the kind."""

    what: str
    own: float | None
    own_definition: str
    other: PublishedFigure


@lru_cache(maxsize=1)
def published() -> tuple[PublishedFigure, ...]:
    """Return what other forces, and the country, have published, by measure and the latest first.

    Source: data/forces.csv, data/national.csv, data/visits.csv.
    """
    found = [*_of_forces(), *_national(), *_visits()]
    order = (RATIO, OVERDUE, OVERDUE_SHARE, COMPLETED, SIZE, GROWTH, *MIX.values())
    found.sort(key=lambda one: one.date, reverse=True)
    return tuple(sorted(found, key=lambda one: order.index(one.what)))


def _rows(name: str) -> Iterator[dict[str, str]]:
    table = read_table(folder("data") / name)
    for row in table.rows:
        yield {title: str(cell or "") for title, cell in zip(table.header, row, strict=True)}


def _of_forces() -> Iterator[PublishedFigure]:
    size: dict[tuple[str, str], float] = {}
    overdue: list[dict[str, str]] = []
    for row in _rows("forces.csv"):
        measure, note = row["measure"], row["note"]
        if "cases per officer" in measure:
            what, which = RATIO, measure.replace("cases per officer", "").strip(" :")
            definition = "; ".join(filter(None, (_counted_as(which), note)))
        elif measure == "visits outstanding":
            what, definition = OVERDUE, note
            overdue.append(row)
        elif measure == "in the community":
            what, definition = SIZE, note
            size[row["date"], row["force"]] = float(row["value"])
        elif measure.startswith("share at "):
            what, definition = measure, note
        else:
            continue
        yield _published(row, what, row["force"], definition)
    for row in overdue:
        cases = size.get((row["date"], row["force"]))
        if cases:
            share = float(row["value"]) / cases
            words = f"derived: {float(row['value']):,.0f} ÷ {cases:,.0f} in the community"
            yield PublishedFigure(
                OVERDUE_SHARE, row["force"], row["date"], share, words, row["source"]
            )


def _counted_as(which: str) -> str:
    """Return what a published ratio counts, as far as it is said."""
    return {
        "community": "cases in the community",
        "": "what counts as a case is not said",
        "most": "the highest that was given",
        "least": "the lowest that was given",
    }.get(which, which)


def _national() -> Iterator[PublishedFigure]:
    for row in _rows("national.csv"):
        if row["measure"] == "share of cases" and row["tier"] in MIX:
            yield _published(row, MIX[row["tier"]], row["area"], row["note"])
        elif row["measure"].startswith("growth"):
            words = "; ".join(filter(None, (_growing(row["measure"]), row["note"])))
            yield _published(row, GROWTH, row["area"], words)


def _growing(measure: str) -> str:
    """Return over which time a published growth was, or which end of a range it is."""
    which = {"least": "the lowest of a year", "most": "the highest of a year"}
    return which.get(measure.rpartition(": ")[2], measure.removeprefix("growth a year "))


def _visits() -> Iterator[PublishedFigure]:
    for row in _rows("visits.csv"):
        if row["measure"] == "completion" and not row["tier"]:
            yield _published(row, COMPLETED, "Norfolk", row["note"])


def _published(row: dict[str, str], what: str, force: str, definition: str) -> PublishedFigure:
    value = float(row["value"])
    words = definition or "no definition is given"
    return PublishedFigure(what, force, row["date"], value, words, row["source"])


# One's own ---------------------------------------------------------------------------------


def benchmarks(plan: PlanResult) -> tuple[Benchmark, ...]:
    """Return every published figure beside the unit's own; none without a cohort of the kind.

    One's own are those of the first month projected, with current posts.
    """
    own = dict(_own(plan))
    if not own:
        return ()
    return tuple(
        Benchmark(one.what, *own.get(one.what, (None, "")), one)
        for one in published()
    )  # fmt: skip


def _own(plan: PlanResult) -> Iterator[tuple[str, tuple[float | None, str]]]:
    """Yield one's own figure of each measure, with what it counts."""
    model = plan.model
    if COHORT not in model.cohorts:
        return
    place = model.cohorts.index(COHORT)
    tiers = [n for n in model.community if model.caseloads.cohort_of[n] == place]
    run = plan.today.projection
    cases = run.caseload.cases[0, 0]
    every, visited = float(cases[tiers].sum()), float((cases * model.owed[0])[tiers].sum())
    if every < NOTHING:
        return
    officers = float(run.officers[0, 0, model.team_of_cohort[place]])
    if officers > NOTHING:
        words = (
            "every case in the community for each officer with cases, in full-time "
            "equivalents, those in training at their productivity"
        )
        if every - visited >= NOTHING:
            words += f"; {visited / officers:.0f} without those managed reactively"
        yield RATIO, (every / officers, words)
    yield SIZE, (every, "those managed reactively included")
    for tier, what in MIX.items():
        mine = [n for n in tiers if model.tiers[n].tier == tier]
        if mine:
            share = float(cases[mine].sum()) / every
            yield what, (share, "of every case in the community")
    if model.months > MONTHS_A_YEAR:
        later = float(run.caseload.cases[0, MONTHS_A_YEAR, tiers].sum())
        yield GROWTH, (later / every - 1, "projected for the next twelve months")
    rows = [n for n, key in enumerate(model.rows) if key[:2] == (COHORT, DUTY)]
    if rows:
        overdue = float(run.outstanding[0, 0, rows].sum())
        yield OVERDUE, (overdue, "at the end of the month, with current posts")
        yield OVERDUE_SHARE, (overdue / every, "at the end of the month, per case in the community")
        due, done = (float(one[0, 0, rows].sum()) for one in (run.due, run.done))
        if due > 0:
            yield COMPLETED, (done / due, "of those due in the month")


# In words and as tables --------------------------------------------------------------------

HEADINGS = ("Measure", "Force", "Date", "Figure", "What it counts", "Source")

OURS = "This unit"


def figure(what: str, value: float | None) -> str:
    """Return a figure as people read it."""
    if value is None:
        return ""
    if what not in SHARES:
        return f"{round(value):,}"
    return per_cent(value) if value >= 0.1 else f"{value:.1%}"


def in_rows(plan: PlanResult) -> list[list[str]]:
    """Return the comparison as people read it: of each measure this unit first, then the others."""
    rows: list[list[str]] = []
    before = ""
    when = plan.model.calendar.labels[0]
    for one in benchmarks(plan):
        name = "" if one.what == before else one.what[:1].upper() + one.what[1:]
        before = one.what
        if name and one.own is not None:
            own = figure(one.what, one.own)
            rows.append([name, OURS, when, own, one.own_definition, plan.scenario.settings.title])
            name = ""
        source = plan.scenario.sources.get(one.other.source)
        rows.append(
            [
                name,
                one.other.force,
                one.other.date,
                figure(one.what, one.other.value),
                one.other.definition,
                one.other.source if source is None else f"{source.title} ({source.publisher})",
            ]
        )
    return rows


def table(plan: PlanResult) -> pd.DataFrame:
    """Return the comparison as a table."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "measure": one.what,
                "own": one.own,
                "own_definition": one.own_definition,
                **{key: value for key, value in asdict(one.other).items() if key != "what"},
            }
            for one in benchmarks(plan)
        ]
    )
