"""Where we are: the answer in a sentence, the figures at a glance, and the course over time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from capacity import charts
from capacity.app import card, of_queue, parts, tour
from capacity.app.parts import Tile, shown_as_is
from capacity.app.view import View
from capacity.charts import MEASURES
from capacity.engine.queueing import waiting
from capacity.glossary import SHORT, defined
from capacity.risk.foreseen import Seen
from capacity.why import events
from capacity.why.headlines import Headline, Service
from capacity.wording import asked, counted, month, number, per_cent

ASKED_BELOW = 80
"""Per cent, to begin with, below which somebody asks when a measure is."""

HOW_MANY = ("1 in 10 simulations", "half of them", "9 in 10")
"""How many simulations are below the percentiles, in their order."""


def head(view: View) -> View:
    """Show what the page is about, and the answer."""
    st.header(shown_as_is(view.base.settings.title), anchor=False)
    found = card.show(view)
    tour.show(view.base)
    return found


def show(view: View) -> None:
    """Show what happens, beside the levers."""
    service = pick_duty(view, view.said.today)
    if service is None:
        st.info("No activity is due to any case in this scenario, so nothing can fall behind.")
        return
    group, duty = service.group, service.duty
    measure = pick_measure()
    drawn = charts.completion(view.shown, group, duty, measure)
    parts.picture(drawn, view.selections, view.stem)
    _below(view, service, measure)
    if service.is_queue:
        of_queue.tiles(view, service)
        of_queue.pictures(view, duty)
    else:
        _tiles(view, view.said.today, service)
        left, right = st.columns(2, gap="medium")
        with left:
            parts.picture(charts.outstanding(view.shown, group, duty), view.selections, view.stem)
        with right:
            drawn = charts.cases_per_officer(view.shown, cohort_of(view, group))
            parts.picture(drawn, view.selections, view.stem)
    _opening(view)


def pick_duty(view: View, today: Headline) -> Service | None:
    """Let a person choose the duty in view; the first standard's to begin with."""
    found = {(one.group, one.duty): one for one in today.services}
    if not found:
        return None
    keys = list(found)
    settings = view.plan.scenario.settings
    for rule in settings.standards:
        key = settings.about(rule)
        if key in found:
            keys.sort(key=lambda one: one != key)
            break
    if st.session_state.get("duty in view") not in keys:
        st.session_state["duty in view"] = keys[0]
    chosen = st.selectbox(
        "Activity",
        keys,
        format_func=lambda key: _called(found[key]),
        key="duty in view",
        persist_state="session",
    )
    return found[chosen]


def _called(one: Service) -> str:
    """Return what an activity is called, with whom it is about."""
    whose = one.cohort_label
    whose = whose.upper() if whose.upper() in SHORT else whose[:1].upper() + whose[1:]
    return f"{whose}: {one.duty_label}" if whose else one.duty_label


def pick_measure() -> str:
    """Let a person choose the measure of a duty, each with its definition at hand."""
    measures = [name for name in MEASURES if name != "outstanding"]
    chosen = st.segmented_control(
        "Measure",
        measures,
        default=measures[0],
        format_func=MEASURES.__getitem__,
        key="measure",
        required=True,
        help=defined("Completion", "In date", "On time"),
    )
    return chosen or measures[0]


def _below(view: View, service: Service, measure: str) -> None:
    """Let a person ask when a measure is below a level, and say it of the simulations."""
    today = view.ahead.found.get("today") if view.ahead is not None else None
    limits = None
    if today is not None:
        limits = today.bands.get(Seen(measure, (service.group, service.duty)))
    if limits is None:
        return
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    level = left.number_input(
        "When is it below (%)?", 0, 100, ASKED_BELOW, 5, key="below", persist_state="session"
    )
    labels = view.plan.model.calendar.labels
    said = [
        f"{who} first in {month(labels[first])}" if first is not None else f"{who} in no month"
        for who, first in zip(HOW_MANY, events.first_below(limits, level / 100), strict=True)
    ]
    right.markdown(f"Below {per_cent(level / 100)}, with no posts added: {'; '.join(said)}.")


def _tiles(view: View, today: Headline, service: Service) -> None:
    """Show cases, cases per officer, completion, overdue and what is left undone."""
    plan, model = view.plan, view.plan.model
    cohort = cohort_of(view, service.group)
    settings = plan.scenario.settings
    members = [n for n, c in settings.cohorts.items() if (c.group or n) == service.group]
    tiers = [n for n in model.community if model.tiers[n].cohort in members]
    typed = sum(
        tier.cases.value
        for name in members
        for key, tier in settings.cohorts[name].tiers.items()
        if key not in settings.cohorts[name].in_custody
    )
    end = month(model.calendar.labels[-1])
    ratio = charts.frames.ratios(view.shown, cohort)
    ratio = ratio[ratio["role"] == "today"]
    first, last = ratio["cases_per_officer"].iloc[0], ratio["cases_per_officer"].iloc[-1]
    limit = ratio["limit"].iloc[-1]
    active = number(float(ratio["cases_per_officer_without_reactive"].iloc[-1]))
    begin, _ = service.ends or (0, -1)
    team = team_of(view, cohort)
    cases_end = float(plan.cases.cases[0, -1, tiers].sum())
    waits = counted(service.longest_wait, "month") if service.longest_wait else "none"
    cuts = [one for one in today.cuts if one.team == team]
    place = (service.group, service.duty)
    parts.tiles(
        [
            Tile("Cases at the start", number(typed), f"{number(cases_end)} in {end}", "Case"),
            parts.simulated(
                view,
                Seen("cases_per_officer", (cohort,)),
                number,
                Tile(
                    f"Cases per officer, {month(model.calendar.labels[0])}",
                    number(float(first)),
                    f"{number(float(last))} in {end}"
                    + ("" if active == number(float(last)) else f", {active} of them visited"),
                    "Cases per officer",
                ),
                more="" if pd.isna(limit) else f"; limit {asked(float(limit))}",
            ),
            parts.simulated(
                view,
                Seen("completion", place),
                per_cent,
                Tile(
                    f"Completion, {month(model.calendar.labels[begin])}",
                    per_cent(float(service.completion[begin])),
                    _lowest(service, model.calendar.labels),
                    "Completion",
                ),
                begin,
            ),
            parts.simulated(
                view,
                Seen("outstanding", place),
                number,
                Tile(
                    f"Overdue, {month(model.calendar.labels[0])}",
                    number(float(service.outstanding[0])),
                    _most(service, model.calendar.labels),
                    "Overdue",
                ),
            ),
            Tile(
                f"Longest overdue, {end}",
                waits,
                f"in tier {service.longest_in}" if service.longest_wait else "",
                "Longest overdue",
            ),
            parts.undone(view, team),
            *(
                Tile(
                    f"Work cut short, {one.label}",
                    number(one.per_month),
                    f"hours per month; most {number(float(one.hours[one.worst]))} in "
                    f"{month(model.calendar.labels[one.worst])}",
                    "Cut short",
                )
                for one in cuts
            ),
        ]
    )
    parts.said_of_tiles(view, "The cases at the start are as typed.")


def _lowest(service: Service, labels: Sequence[str]) -> str:
    """Return the month in which least is completed."""
    found = events.course(service)
    if found is None:
        return ""
    return f"lowest {per_cent(found.lowest.value)} in {month(labels[found.lowest.month])}"


def _most(service: Service, labels: Sequence[str]) -> str:
    """Return the month at whose end most are overdue."""
    found = events.course(service)
    if found is None or found.most_overdue is None:
        return "none at any month's end"
    return f"most {number(found.most_overdue.value)} in {month(labels[found.most_overdue.month])}"


def cohort_of(view: View, group: str) -> str:
    """Return the first cohort of a group."""
    cohorts = view.plan.scenario.settings.cohorts
    return next(name for name, one in cohorts.items() if (one.group or name) == group)


def team_of(view: View, cohort: str) -> str:
    """Return the team of a cohort."""
    model = view.plan.model
    team: str = model.teams[model.team_of_cohort[model.cohorts.index(cohort)]]
    return team


def _opening(view: View) -> None:
    """Show day 0: exactly what was typed."""
    below = st.expander("The position at the start, as typed", key="opening", on_change="rerun")
    if not below.open:
        return
    settings, rows = view.plan.scenario.settings, []
    for name, cohort in settings.cohorts.items():
        for tier, one in cohort.tiers.items():
            row: dict[str, object] = {
                "cohort": cohort.label or name,
                "tier": one.label or tier,
                "cases": one.cases.value,
            }
            for key, duty in cohort.duties.items():
                given = duty.overdue.get(tier, duty.overdue.get("*"))
                if given is not None:
                    row[f"overdue: {duty.label or key}"] = given.value
            rows.append(row)
    queued = [
        {
            "team": (settings.teams[queue.team].label or queue.team),
            "work": queue.label or name,
            "class": settings.tier_label(None, one),
            "waiting": waiting(queue, one),
        }
        for name, queue in settings.queues.items()
        for one in queue.class_names
    ]
    shown = (
        (queued, "opening-queues", "Work waiting at the start, as typed"),
        (rows, "opening", "Cases and overdue activities at the start, as typed"),
    )
    with below:
        for some, name, words in shown:
            if some:
                frame = pd.DataFrame(some)
                parts.table(frame, name, view.selections, view.stem, words=words, height=600)
