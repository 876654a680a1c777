"""The table behind a chart as a page shows it: headings in words, figures rounded."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from capacity.charts.frames import PERCENTILES
from capacity.wording import inside, month

HEADINGS: Mapping[str, str] = {
    "month": "Month",
    "regime": "Regime",
    "current": "Unseen, weighted: current posts",
    "unseen": "Unseen, weighted: team needed",
    "which": "Compared as",
    "practice": "Authorised practice",
    "year": "Financial year",
    "series": "Shown",
    "tier": "Tier",
    "team": "Team",
    "grade": "Grade",
    "completion": "Completion, %",
    "in_date": "In date, %",
    "on_time": "On time, %",
    "outstanding": "Overdue",
    "longest_wait_months": "Longest overdue, months",
    "past_deadline": "Past the deadline",
    "average_in_post": "In post, mean",
    "in_post": "In post",
    "cases_per_officer": "Cases per officer",
    "cases_per_officer_without_reactive": "Cases per officer, without reactively managed",
    "newly_due": "Newly due",
    "other_work": "Other work, hours",
    "duties": "Activities, hours",
    "available": "Available, hours",
    "overtime": "Overtime, hours",
    "borrowed": "Help received, hours given",
    "received": "Help received, hours it is worth",
    "lent": "Help given, hours",
    "unused": "Unused, hours",
    "short": "Other work not done, hours",
    "cut_short": "Cut short, hours",
    "not_shared": "Not shared, hours",
    "not_worked": "Not worked, hours",
    "left_undone": "Left undone, hours",
    "needed": "Needed, hours",
    "there": "There, hours",
    "total_real": "Real cost, £",
    "total_cash": "Cash cost, £",
    "fixed_term": "Fixed-term, £",
    "cohort": "Cases of",
    "step": "Reason",
    "hours_per_month": "Hours per month",
    "p10": "1 in 10 simulations below",
    "p50": "Middle of the simulations",
    "p90": "1 in 10 simulations above",
    "single_course": "Single course",
}
"""What columns are called on a page; others by their own words."""

SHARES = ("completion", "in_date", "on_time")
"""Columns that are shares and are shown in per cent."""


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table for people: months and headings in words, shares in %, at most one decimal.

    The exact figures are those of the CSV beside it.
    """
    shown = table.copy()
    for name in shown.columns:
        if name == "month":
            shown[name] = [month(one) for one in shown[name]]
        elif _measure(name)[0] in SHARES:
            shown[name] = (100 * shown[name]).round(1)
        elif pd.api.types.is_float_dtype(shown[name]):
            shown[name] = shown[name].round(0 if "£" in heading(name) else 1)
    return shown.rename(columns=heading)


def heading(column: str) -> str:
    """Return what a column is called on a page."""
    measure, level = _measure(column)
    if level:
        return f"{heading(measure)}: {inside(HEADINGS[level])}"
    words = column.replace("_", " ")
    return HEADINGS.get(column, words[:1].upper() + words[1:])


def _measure(column: str) -> tuple[str, str]:
    """Return what is measured, and the percentile of it where it is one."""
    measure, _, level = column.rpartition("_")
    return (measure, level) if measure and level in PERCENTILES else (column, "")
