"""What pages ask of the engine that takes long, each piece in a process of its own.

Nothing of Streamlit is imported here, so that a worker starts soon.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from capacity import stages
from capacity.errors import SolverError
from capacity.reading.scenario import Scenario
from capacity.results import agreeing, recommendation, tables
from capacity.risk import on_a_day, recommended, uncertainty
from capacity.risk.agreement import Agreed
from capacity.risk.foreseen import Foreseen, foresee
from capacity.risk.on_a_day import Area
from capacity.risk.uncertainty import CURVE_DRAWS, Ask, Say
from capacity.stages import PlanResult
from capacity.why import parents

Tables = dict[str, pd.DataFrame]

RESIZED = 8
"""Settings for which the team is sized again at their low and high, those that matter most."""

THREADS = 4
"""Threads at once, where there are as many processors: more wait for each other."""

MEASURES = ("completion", "outstanding")
"""Measures of which bands are shown."""

NOTHING_MORE = Ask(curve=False, size=False, drivers=False, measures=())


@dataclass(frozen=True)
class Ahead:
    """What is foreseen of a plan's posts, and when standards are first not met, in words."""

    found: dict[str, Foreseen]  # by option; empty where no simulation agrees with what is known
    words: str


def ahead(plan: PlanResult) -> Ahead:
    """Return what a few hundred simulations come to."""
    found = foresee(plan)
    if not found:
        return Ahead(found, "")
    said = [*recommendation.nothing_added(found["today"].record)]
    said += recommendation.never_judged(plan.model)
    return Ahead(found, " ".join(one.words for one in said))


def outlook(plan: PlanResult, seed: int, number: int, say: Say | None = None) -> Tables:
    """Return the bands shown and chances, and what each setting does to completion."""
    ask = replace(NOTHING_MORE, number=number, drivers=True, measures=MEASURES)
    return _asked(replace(plan, question=None), seed, ask, say)


@dataclass(frozen=True)
class Advice:
    """The recommended plan as it is read.

    Attributes:
        words: its paragraphs.
        rules: the review rule as tables, each with its title.
        turns_on: what the probability turns on, and each setting with what it does.
    """

    words: tuple[str, ...]
    rules: tuple[tuple[str, pd.DataFrame], ...] = ()
    turns_on: tuple[str, tuple[tuple[str, str], ...]] = ("", ())


def advised(base: Scenario, changed: Scenario | None, say: Say | None = None) -> Advice:
    """Return what to agree now and how posts are reviewed, or why nothing is recommended.

    Args:
        base: a scenario as it stands.
        changed: the same with what is changed; None where nothing is.
        say: told what is being done.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    plan = parents.run(base)
    if changed is not None:
        plan = replace(stages.run(changed), before=replace(plan, before=None))
    if plan.unanswered is not None:
        raise SolverError(plan.unanswered, "looking for the posts to agree now")
    found = recommended.recommend(plan, say=say)
    if isinstance(found, Agreed):
        return Advice(tuple(one.words for one in agreeing.figures(found)))
    rules = [
        (title, pd.DataFrame(rows, columns=[name for name, _ in columns]))
        for title, columns, rows in recommendation.rule_tables(found)
    ]
    return Advice(recommendation.paragraphs(found), tuple(rules), recommendation.turns_on(found))


def savings(plan: PlanResult, say: Say | None = None) -> dict[str, float]:
    """Return what it is worth to know each uncertain setting before posts are agreed, in pounds.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    found = recommended.recommend(plan, say=say)
    known = () if isinstance(found, Agreed) else found.knowing
    return {one.setting: one.saving for one in known}


@dataclass(frozen=True)
class PositionShown:
    """The likely position on the day of an inspection, as it is read."""

    lead: str
    options: tuple[str, ...]
    backlog: dict[str, pd.DataFrame]  # by option
    judged: dict[str, pd.DataFrame]
    lines: dict[str, tuple[str, ...]]
    tables: Tables


def inspection_day(
    plan: PlanResult, day: date, areas: tuple[Area, ...], number: int, say: Say | None = None
) -> PositionShown:
    """Return the likely position on a day.

    Raises:
        InputError: if the day is not within the plan, or an area is of nothing that is there.
    """
    from capacity.results import on_a_day as words

    found = on_a_day.on_a_day(plan, day, areas, number=number, say=say or (lambda _: None))
    options = tuple(dict.fromkeys(one.option for one in found.found))

    def rows(option: str) -> pd.DataFrame:
        headings, body = words.backlog(found, option)
        return pd.DataFrame(body, columns=headings)

    return PositionShown(
        lead=words.lead(found),
        options=options,
        backlog={one: rows(one) for one in options},
        judged={
            one: pd.DataFrame(words.judged(found, one), columns=list(words.JUDGED))
            for one in options
        },
        lines={one: words.lines(found, one) for one in options},
        tables=words.tables(found),
    )


def by_size(plan: PlanResult, seed: int, number: int, sure: bool, say: Say | None = None) -> Tables:
    """Return the chance by the size of the team, past the team that is `sure` enough if wanted."""
    number = number if sure else min(number, CURVE_DRAWS)
    return _asked(plan, seed, replace(NOTHING_MORE, number=number, curve=True, size=sure), say)


def resized(plan: PlanResult, seed: int, number: int, say: Say | None = None) -> Tables:
    """Return what the settings that matter most do to the posts needed and their cost.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    ask = replace(NOTHING_MORE, number=number, drivers=True, resize=RESIZED)
    return _asked(plan, seed, ask, say)


def _asked(plan: PlanResult, seed: int, ask: Ask, say: Say | None) -> Tables:
    ask = replace(ask, threads=min(THREADS, os.cpu_count() or 1))
    return tables.uncertain(uncertainty.simulate(plan, seed, ask, say))
