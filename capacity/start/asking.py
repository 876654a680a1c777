"""A first scenario by question and answer: what is not given is asked, then planned."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from capacity.console import complain, say, table, warn
from capacity.errors import InputError, Problem
from capacity.files.figures import Marks, Unclear, amount, month, share
from capacity.history.reported import MEANINGS, MEASURES
from capacity.start.first import TIERS, First, Known, first, to_find_out
from capacity.wording import people

LISTED = 12
_PLAIN = Marks(".")


@dataclass(frozen=True)
class Prompt:
    """A question: its option, its words, how an answer is read, and what stands for no answer."""

    option: str
    words: str
    read: Callable[[str], Any]
    default: str | None = None


def _count(text: str) -> float:
    """Read a number, at least 0."""
    value = amount(text, _PLAIN)
    if value is None or value < 0:
        raise Unclear("must be a number, at least 0")
    return value


def _or_none(text: str) -> float | None:
    """Read a number, or nothing."""
    return _count(text) if text.strip() else None


def _share(text: str) -> float:
    """Read a share: 85%, 0.85, or 85, which can only be per cent."""
    value = share(text, _PLAIN)
    if value is None or value <= 0:
        raise Unclear("must be a share such as 85%")
    if value > 1:
        raise Unclear("must be at most 100%: no more visits can be done than are due")
    return value


def _measure(text: str) -> str:
    """Read which of the three a share is."""
    plain = " ".join(text.lower().replace("-", " ").replace("_", " ").split())
    by_number = dict(zip("123", MEASURES, strict=True))
    found = by_number.get(plain, plain)
    if found not in MEASURES:
        raise Unclear(f"must be one of: {', '.join(MEASURES)}")
    return found


def _first(text: str) -> date:
    """Read a month."""
    found = month(text)
    if found is None:
        raise Unclear("must be a month such as 2025-04")
    return date(int(found[:4]), int(found[5:]), 1)


def _name(text: str) -> str:
    """Read a name."""
    if not text.strip():
        raise Unclear("must be given")
    return text.strip()[:150]


QUESTIONS = (
    Prompt("name", "Name of the unit", _name, "Our unit"),
    Prompt("first_month", "First month to plan, such as 2025-04", _first),
    Prompt("very_high", "Cases at very high risk", _count),
    Prompt("high", "Cases at high risk", _count),
    Prompt("medium", "Cases at medium risk", _count),
    Prompt("low", "Cases at low risk, visited", _count),
    Prompt("reactive", "Cases managed reactively, not visited", _count, "0"),
    Prompt("year_ago", "Cases in all a year ago (blank: not known)", _or_none, ""),
    Prompt("officers", "Officers in post who carry cases, FTE", _count),
    Prompt("posts", "Funded posts for them (blank: as many)", _or_none, ""),
    Prompt("supervisors", "Supervisors in post, FTE", _count, "0"),
    Prompt("overdue", "Home visits overdue today", _count),
    Prompt("completion", "Last reported share of visits, such as 85%", _share),
    Prompt("measure", "Which share is that: 1 completion, 2 in date, 3 on time", _measure),
)
"""In the order in which they are asked."""


def ask(given: Mapping[str, str | None], *, confirmed: bool = False) -> First:
    """Return a first scenario of what was given, asking for the rest where somebody can answer.

    Args:
        given: answers by question; None where the question is to be asked.
        confirmed: whether numbers that no unit usually has are right.

    Raises:
        InputError: with everything that is missing, wrong or to be asked about.
    """
    asking = sys.stdin is not None and sys.stdin.isatty()
    answers: dict[str, Any] = {}
    problems = []
    for question in QUESTIONS:
        text = given.get(question.option)
        option = f"--{question.option.replace('_', '-')}"
        if text is None and not asking:
            if question.default is None:
                problems.append(Problem("capacity start", None, option, "must be given"))
                continue
            text = question.default
        if text is None:
            answers[question.option] = _asked(question)
            continue
        try:
            answers[question.option] = question.read(text)
        except Unclear as error:
            problems.append(Problem("capacity start", None, option, str(error), text))
    if problems:
        raise InputError(problems)
    return first(replace(_known(answers), confirmed=confirmed))


def _asked(question: Prompt) -> Any:
    """Ask until there is an answer that can be read."""
    import typer

    if question.option == "measure":
        for name in MEASURES:
            say(f"{name}: {MEANINGS[name]}", indent=2)
    while True:
        default = question.default
        text = typer.prompt(question.words, default=default, show_default=bool(default))
        try:
            return question.read(str(text))
        except Unclear as error:
            complain(str(error))


def _known(answers: Mapping[str, Any]) -> Known:
    """Return answers as what a unit knows."""
    return Known(
        name=answers["name"],
        start=answers["first_month"],
        cases={tier: answers[tier] for tier in TIERS},
        officers=answers["officers"],
        overdue=answers["overdue"],
        share=answers["completion"],
        measure=answers["measure"],
        posts=answers["posts"],
        supervisors=answers["supervisors"],
        year_ago=answers["year_ago"],
    )


def show(found: First, place: str, *, plan: bool) -> None:
    """Print the first plan, and what to find out next.

    Raises:
        SolverError: if the solver gives no proven answer.
    """
    if plan:
        from capacity import stages
        from capacity.results import terminal
        from capacity.why import headlines

        terminal.show(headlines.read_off(stages.run(found.scenario)))
        say()
    for caution in found.cautions:
        warn(caution)
    assumed = to_find_out(found.scenario)
    rows = [
        [
            f"{place_}",
            one.setting.removeprefix("cohorts.").removeprefix("teams."),
            one.meaning,
            f"{one.value:g}",
            f"{one.low:g} to {one.high:g}",
            people(one.posts),
        ]
        for place_, one in enumerate(assumed[:LISTED], start=1)
    ]
    headings = [("", True), ("Setting", False), ("Meaning", False), ("Taken", True)]
    headings += [("May be", True), ("Posts that depend on it", True)]
    table("What to find out next: these were assumed, most important first", headings, rows)
    say("Check too how often each tier is to be visited, and the standard to be met.")
    say(f"Written to {place}: replace what says source = assumed, then: capacity plan {place}")
