"""A chart of a plan by its name, about the first cohort, duty or team unless another is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from capacity import charts
from capacity.charts import Picture
from capacity.charts.frames import Shown
from capacity.errors import InputError, Problem
from capacity.reading.naming import unknown


@dataclass(frozen=True)
class About:
    """What a chart is about, as asked for or the first that there is."""

    shown: Shown
    cohort: str | None = None
    duty: str | None = None
    team: str | None = None

    def of_duty(self) -> tuple[str, str]:
        """Return a cohort, or group of cohorts, and one of its duties.

        Raises:
            InputError: if there is none of that name, with those there are.
        """
        cohorts = self.shown.model.scenario.settings.cohorts
        owed = [(of.group or name, duty) for name, of in cohorts.items() for duty in of.duties]
        group = _among("cohort", self.cohort, (group for group, _ in owed))
        duty = _among("duty", self.duty, (duty for of, duty in owed if of == group))
        return group, duty

    def of_cohort(self) -> str:
        """Return a cohort.

        Raises:
            InputError: if there is none of that name, with those there are.
        """
        return _among("cohort", self.cohort, self.shown.model.scenario.settings.cohorts)

    def of_team(self) -> str:
        """Return a team.

        Raises:
            InputError: if there is none of that name, with those there are.
        """
        return _among("team", self.team, self.shown.model.scenario.settings.teams)


def _measure(about: About, name: str) -> Picture:
    return charts.completion(about.shown, *about.of_duty(), name)


CHARTS: Mapping[str, Callable[[About], Picture]] = {
    "completion": partial(_measure, name="completion"),
    "in_date": partial(_measure, name="in_date"),
    "on_time": partial(_measure, name="on_time"),
    "outstanding": lambda about: charts.outstanding(about.shown, *about.of_duty()),
    "waiting": lambda about: charts.waiting(about.shown, *about.of_duty()),
    "cases": lambda about: charts.cases(about.shown, about.of_cohort()),
    "cases_per_officer": lambda about: charts.cases_per_officer(about.shown, about.of_cohort()),
    "people": lambda about: charts.people(about.shown, about.of_team()),
    "left_undone": lambda about: charts.left_undone(about.shown, about.of_team()),
    "posts": lambda about: charts.posts(about.shown),
    "cost": lambda about: charts.spending(about.shown, "total_real", "Posts and overtime"),
}
"""Every chart by name, and how it is made."""


def picture(name: str, about: About) -> Picture:
    """Return a chart by its name.

    Args:
        name: one of CHARTS.
        about: the plan, and the cohort, duty or team that it is about.

    Returns:
        The chart, its message and its table.

    Raises:
        InputError: if there is no such chart, cohort, duty or team, with those there are.
    """
    return CHARTS[_among("chart", name, CHARTS)](about)


def _among(what: str, given: str | None, known: Iterable[str]) -> str:
    """Return the name given, or the first there is where none is; refuse one that is not known."""
    names = list(dict.fromkeys(known))
    if given is None and names:
        return names[0]
    if given in names:
        return str(given)
    wrong = unknown((given or "",), what, names)
    raise InputError([Problem("chart", None, what, wrong.must, given, wrong.use)])
