"""What a series of figures is called."""

from __future__ import annotations

from collections.abc import Mapping

from capacity.reading.scenario import Scenario
from capacity.rounds.comparing import Series
from capacity.wording import inside, plural

MEASURES: Mapping[str, str] = {
    "cases": "cases",
    "entrants": "new cases",
    "exits": "cases that left",
    "newly_due": "fell due",
    "due": "due",
    "done": "completed",
    "done_early": "completed early",
    "attempts": "attempts",
    "outstanding": "overdue",
    "completion": "completion",
    "in_date": "in date",
    "on_time": "on time",
    "longest_wait_months": "longest overdue, months",
    "past_deadline": "past the deadline",
}
"""What each measure is called."""


def series_in_words(series: Series, scenario: Scenario) -> str:
    """Return what a series is of: `home visits, High: overdue`."""
    cohort, duty, tier, measure = series
    found = scenario.settings.cohorts.get(cohort or "")
    queue = scenario.settings.queues.get(duty or "") if cohort is None else None
    parts = []
    if found is not None:
        several = len(scenario.settings.cohorts) > 1
        parts += [found.label or str(cohort)] if several else []
        one = found.duties.get(duty or "")
        parts += [plural(inside(one.label or str(duty)))] if one is not None else []
        level = found.tiers.get(tier or "")
        parts += [level.label or str(tier)] if level is not None else []
    elif queue is not None:
        parts += [plural(inside(queue.label or str(duty)))]
        parts += [scenario.settings.tier_label(None, tier)] if tier else []
        measure = {"outstanding": "waiting", "newly_due": "arrived"}.get(measure, measure)
    else:
        parts += [part for part in (cohort, duty, tier) if part]
    where = ", ".join(parts)
    said = MEASURES.get(measure, measure)
    return f"{where}: {said}" if where else said
