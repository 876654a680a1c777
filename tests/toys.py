"""Scenarios small enough to work by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from capacity import stages
from capacity.errors import SolverError
from capacity.reading import scenario
from capacity.staffing import sizing
from capacity.stages import PlanResult

STRICT = '[priority]\nrule = "strict"'
"""The order of service that is worked by hand where nothing else is said."""

HOURS_A_MONTH = 52 * 40 / 12
"""Of one post: 40 hours a week, no absences."""


def toy(
    *more: str,
    months: int = 24,
    start: str = "2025-04-01",
    cases: float | str = 60,
    growth: float | str = 0.0,
    duty: str = "hours = 2",
    team: str = "",
    posts: float | str = 3,
    grade: str = "",
) -> str:
    """Two tiers visited monthly and quarterly by one team of constables."""
    return f"""\
title = "A toy"
start = {start}
months = {months}
[cohorts.a]
team = "t"
growth_per_year = {growth}
tiers = {{ hi = {{ cases = {cases}, label = "High" }}, lo = {{ cases = {cases} }} }}
[cohorts.a.duties.visit]
label = "Home visit"
per_year = {{ hi = 12, lo = 4 }}
{duty}
[teams.t]
label = "Team"
{team}
[teams.t.grades.pc]
label = "Constable"
in_post = {posts}
cost_per_year = 50000
{grade}
""" + "\n".join([*ordered(more), ""])


APRIL = '[sizing]\nstarts = "year"'
"""Posts that start in April and the first month, as worked by hand where nothing else is said."""


def ordered(parts: Sequence[str]) -> tuple[str, ...]:
    """Parts of a scenario's text, and what is worked by hand unless one of them says otherwise.

    The strict order of service, and posts that start in April.
    """
    told = [table for table in (STRICT, APRIL) if not _says(parts, table.split("\n")[0])]
    return (*parts, *told)


def _says(parts: Sequence[str], table: str) -> bool:
    return any(table in part for part in parts)


def sure(number: float) -> str:
    """A number that no unit usually has, confirmed as right."""
    return f"{{ value = {number!r}, confirmed = true }}"


def visits(completion: float = 0.95, first: str = "2025-10-01", **more: Any) -> str:
    """A standard on visits."""
    extra = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    return (
        '[[standards]]\nname = "Visits"\ncohort = "a"\nduty = "visit"\n'
        f"completion = {completion}\nfrom = {first}\n{extra}"
    )


def no_answer_where_cases_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the solver fail for a toy with growth, as it may within its time."""
    size = sizing.size

    def at_times(question: Any, gap: float) -> Any:
        if question.model.scenario.settings.cohorts["a"].growth_per_year.value > 0:
            raise SolverError("Unknown", "sizing the team")
        return size(question, gap)

    monkeypatch.setattr(sizing, "size", at_times)


def plan_of(text: str, *, fixed: bool = False) -> PlanResult:
    """The plan of a scenario's text."""
    return stages.run(scenario.read("toy.toml", files={"toy.toml": text}), fixed=fixed)
