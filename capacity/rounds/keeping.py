"""A round in the workspace: what a unit's file says, worked through and kept, or nothing of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from capacity.errors import InputError, Problem
from capacity.files.monthly import Figure, History, history_of
from capacity.files.table_files import table_of
from capacity.history.fit import in_terms_of
from capacity.reading.scenario import Scenario, read
from capacity.register.count import Asked, Register, count
from capacity.register.count import wanted as wanted_of_register
from capacity.rounds import assisting, mapping
from capacity.rounds.assisting import ReportedBeside
from capacity.rounds.doing import DRAWS, Round, do_round
from capacity.rounds.scoring import Score, scores
from capacity.wording import month
from capacity.workspace import figures as kept_figures
from capacity.workspace import forecasts, scenarios
from capacity.workspace.people import Hand
from capacity.workspace.place import Workspace
from capacity.workspace.scenarios import Content, Opened, save_in

ORIGIN = "origin"
"""Under which it is remembered what a scenario was before its first round."""


@dataclass(frozen=True)
class Brought:
    """A file that a person brought: its name, its bytes and, if it has several, which sheet."""

    name: str
    content: bytes
    sheet: str | None = None


@dataclass(frozen=True)
class Wish:
    """What is brought to a round, and how it is to be read where that differs from last time."""

    figures: Brought | None = None
    columns: Mapping[str, str] | None = None  # of the figures: column → title
    values: Mapping[str, str] | None = None  # of the figures: as typed → meaning
    ignored: Sequence[str] = ()  # titles of the figures that are not read
    register: Brought | None = None
    asked: Asked | None = None
    reported: Mapping[str, float] | None = None  # of the last month: measure → share
    fit: Sequence[str] | None = None
    draws: int = DRAWS


@dataclass(frozen=True)
class KeptRound:
    """A round that was kept."""

    found: Round
    opened: Opened
    register: Register | None
    notes: tuple[str, ...]
    held: tuple[ReportedBeside, ...] = ()  # what was reported, beside every way in
    scores: tuple[Score, ...] = ()  # how every forecast has done so far


def round_in(
    workspace: Workspace,
    hand: Hand,
    scenario: str,
    wish: Wish,
    say: Callable[[str], None] = lambda _: None,
) -> KeptRound:
    """Do a round on a kept scenario: everything of it is kept, or nothing.

    Raises:
        InputError: with everything that is wrong with what was brought.
        NoAccess: if somebody may not change the scenario.
        Changed: if somebody else saved the scenario meanwhile.
    """
    there = scenarios.open_scenario(workspace, hand, scenario)
    before = kept_figures.history_of_unit(workspace, hand, there.unit)
    kept = kept_figures.remembered(workspace, hand, there.unit, "figures")
    kept_register = kept_figures.remembered(workspace, hand, there.unit, "register")
    made = kept_figures.remembered(workspace, hand, there.unit, "round")
    origin = made.get(f"{ORIGIN} {scenario}", there.content.chosen)
    base = read(origin, files=there.content.files)
    if wish.figures is None and wish.register is None:
        must = "must come with this month's figures, a register, or both"
        raise InputError([Problem("round", None, "", must)])
    took, register, asked, notes = _read(wish, base, kept, kept_register)
    now = _joined(before, took)
    held = assisting.held(wish.reported or {}, in_terms_of(base, now), took, register)
    earlier = forecasts.forecasts(workspace, hand, scenario)
    last = earlier[-1] if earlier else None
    found = do_round(
        origin,
        there.content.files,
        before,
        now,
        last,
        fit=wish.fit,
        draws=wish.draws,
        say=say,
    )
    content = Content(
        found.chosen,
        found.files,
        there.content.changes,
        there.content.team,
        there.content.options,
    )
    columns = mapping.of_figures(wish.columns or {}, wish.values or {}, wish.ignored)
    with workspace.writing() as connection:
        kept_figures.taken_in(
            connection,
            hand,
            there.unit,
            "figures",
            found.month,
            {**_counts(took), **{f"reported {n}": v for n, v in (wish.reported or {}).items()}},
            took,
            columns,
        )
        if register is not None and asked is not None:
            day, rows = asked.as_at.isoformat(), {"cases": float(register.rows)}
            read_as = mapping.of_register(asked)
            kept_figures.taken_in(connection, hand, there.unit, "register", day, rows, (), read_as)
        mark = {f"{ORIGIN} {scenario}": origin}
        kept_figures.remember(connection, there.unit, "round", mark)
        fitted = {one.setting: one.now for one in found.assumptions}
        forecasts.keep_forecast(connection, hand, scenario, found.month, fitted, found.expected)
        opened = save_in(
            connection,
            hand,
            scenario,
            there.revision,
            content,
            name=f"Round to {month(found.month)}",
            words=f"Figures to {month(found.month)}",
        )
    return KeptRound(found, opened, register, notes, held, scores(earlier, in_terms_of(base, now)))


def _read(
    wish: Wish, base: Scenario, kept: Mapping[str, str], kept_register: Mapping[str, str]
) -> tuple[tuple[Figure, ...], Register | None, Asked | None, tuple[str, ...]]:
    """Read what was brought: its figures, the register as counts, and what there is to say."""
    took: list[Figure] = []
    notes: list[str] = []
    problems: list[Problem] = []
    register, asked = None, None
    if wish.figures is not None:
        now = {**kept, **mapping.of_figures(wish.columns or {}, wish.values or {}, wish.ignored)}
        try:
            brought = wish.figures
            sheet = table_of(brought.name, brought.content, mapping.wanted(now), brought.sheet)
            read_ = history_of(mapping.understood(sheet, now))
            took += read_.figures
            notes += read_.notes
        except InputError as error:
            problems += error.problems
    if wish.register is not None and wish.asked is not None:
        asked = mapping.asked_again(wish.asked, kept_register)
        try:
            brought = wish.register
            sheet = table_of(
                brought.name, brought.content, wanted_of_register(base, asked), brought.sheet
            )
            register = count(sheet, base, asked)
            absent = assisting.absent_tiers(register, base)
            took += _figures_of(register, took, absent)
            notes += register.notes
            notes += absent.values()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(took), register, asked, tuple(notes)


def _figures_of(
    register: Register, given: Sequence[Figure], absent: Collection[tuple[str, str]]
) -> list[Figure]:
    """Return a register's counts as figures of its month, but for those that were given too.

    Tiers that it leaves out have none.
    """
    closed = f"{register.asked.close:%Y-%m}"
    there = {(one.month, *one.series) for one in given}
    found = []
    for one in assisting.figures_in(register):
        cohort, duty, tier, measure = one.series
        if (cohort, tier) in absent:
            continue
        same = {(closed, cohort, duty, tier, measure), (closed, cohort, None, tier, measure)}
        found += [] if same & there else [one]
    return found


def _counts(took: Sequence[Figure]) -> dict[str, float]:
    """Return how many figures came in of each measure."""
    return {name: float(n) for name, n in sorted(Counter(one.measure for one in took).items())}


def _joined(before: History, took: Sequence[Figure]) -> History:
    """Return the figures that are known with those that came in, each as it was said last."""
    latest = {(one.month, *one.series, one.compare): one for one in (*before.figures, *took)}
    ordered = sorted(latest.values(), key=lambda one: (one.month, *map(str, one.series)))
    return replace(before, figures=tuple(ordered))
