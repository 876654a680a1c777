"""The inspection: what inspectors would probably find on a day, and other forces' figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from capacity import kinds
from capacity.app import card, keeping, outlooks, parts, results, state, working
from capacity.app.outlooks import PositionShown
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.errors import CapacityError, InputError
from capacity.results import benchmarks
from capacity.results.on_a_day import OPTIONS, activity, tier_of
from capacity.risk.on_a_day import DRAWS, Area, areas_of

if TYPE_CHECKING:
    from capacity.workspace.figures import Kind
    from capacity.workspace.place import Workspace

_AREAS = "inspection areas"
KIND: Kind = "inspection"
"""Under which a unit's areas for improvement are remembered."""


def show(view: View) -> None:
    """Show the page."""
    st.header("Inspection", anchor=False)
    card.around(view, lambda: _below(view))


def _below(view: View) -> None:
    day, others = st.tabs(["On a day", "Other forces"])
    with day:
        _on_a_day(view)
    with others:
        _others(view)


def _others(view: View) -> None:
    """Show what other forces have published beside the unit's own figures."""
    rows = benchmarks.in_rows(view.plan)
    if not rows:
        st.info(
            "Published figures are of registered sex offenders: there are none for the cohorts of "
            "this scenario."
        )
        return
    st.write(
        "Published figures are not of one day, and each counts in its own way. They show where a "
        "unit stands, and are no target."
    )
    starts = [n for n, row in enumerate(rows) if row[0]]
    ends = [*starts[1:], len(rows)]
    of = {rows[n][0]: [row[1:] for row in rows[n:end]] for n, end in zip(starts, ends, strict=True)}
    what = st.selectbox("Measure", list(of), key="benchmark")
    wide = st.column_config.TextColumn(width="medium")
    parts.table(
        benchmarks.table(view.plan),
        "other-forces",
        view.selections,
        view.stem,
        words=f"{what}: published figures of other forces beside this unit's",
        shown=pd.DataFrame(of[str(what)], columns=list(benchmarks.HEADINGS[1:])),
        columns={"Force": wide, "What it counts": wide, "Source": wide},
        height=800,
    )
    st.caption("The CSV has every measure.")


def _on_a_day(view: View) -> None:
    """Show the likely position on a day that a person chooses."""
    labels = view.plan.model.calendar.labels
    first, last = (date(int(one[:4]), int(one[5:]), 1) for one in (labels[0], labels[-1]))
    preset = min(last, date(first.year + (first.month > 6), (first.month + 5) % 12 + 1, 15))
    left, _ = st.columns([1, 2])
    day = left.date_input(
        "Day of the inspection",
        preset,
        min_value=first,
        max_value=last,
        format="DD/MM/YYYY",
        key="inspection day",
    )
    areas = _areas(view)
    key = f"{results.key_of(view.base, view.what_if)} {view.plan.sized is not None} {day} {areas}"
    try:
        found = working.worked_out(
            "Working out the position on the day …",
            key,
            outlooks.inspection_day,
            replace(view.plan, question=None),
            day,
            areas,
            DRAWS,
        )
    except InputError as error:
        parts.problems(error.problems)
        return
    if found is not None:
        _found(view, found)


def _found(view: View, found: PositionShown) -> None:
    """Show the position: standards first, then what is overdue by tier and age."""
    st.write(shown_as_is(found.lead))
    option = found.options[0]
    if len(found.options) > 1:
        option = st.segmented_control(
            "With", found.options, default=option, format_func=OPTIONS.__getitem__, required=True
        ) or option  # fmt: skip
    st.subheader("Standards and areas for improvement", anchor=False)
    judged = found.judged[option]
    if judged.empty:
        standards = view.plan.scenario.settings.standards
        none_yet = "No standard applies yet on this day" if standards else "No standard is set"
        st.info(f"{none_yet}, and no area for improvement is named.")
    else:
        parts.wrapped(
            found.tables["judged"], "inspection-standards", view.selections, view.stem, judged
        )
    for line in found.lines[option][len(judged) :]:
        st.markdown(f"- {shown_as_is(line)}")
    st.subheader("Overdue by tier and months overdue", anchor=False)
    if found.backlog[option].empty:
        st.write("Nothing is likely to be overdue on the day.")
        return
    parts.wrapped(
        found.tables["position"],
        "inspection-position",
        view.selections,
        view.stem,
        found.backlog[option],
    )
    st.caption(
        "Each figure is the middle of the simulations, with the range of 8 in 10 of them. One that "
        "fell due in the month and was not done counts as 1 month."
    )


# Areas for improvement ---------------------------------------------------------------------


def _areas(view: View) -> tuple[Area, ...]:
    """Let a person say what inspectors asked for before; it is remembered for the unit."""
    known = _known()
    try:
        areas = areas_of([f"{name}={said}" for name, said in known.items()])
    except InputError:
        areas = ()
    label = f"Areas for improvement ({len(areas)})" if areas else "Areas for improvement"
    with st.expander(label):
        st.caption(
            "What inspectors asked for at the last inspection, in figures. They are judged beside "
            "the standards and change nothing in the plan."
        )
        for area in areas:
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.markdown(f"**{shown_as_is(area.name)}**: {shown_as_is(_words(view, area))}")
            right.button(
                "Remove", key=f"area {area.name}", on_click=_forget, args=(area.name,),
                icon=":material/close:", type="tertiary",
            )  # fmt: skip
        _new(view)
    return areas


def _words(view: View, area: Area) -> str:
    scenario = view.plan.scenario
    what = activity(scenario, area.cohort, area.duty)
    tiers = ", ".join(tier_of(scenario, area.cohort, one) for one in area.tiers)
    where = f"{what}, {tiers}" if tiers else what
    return f"{where}: {area.kind.asked_for(area.level)}"


def _new(view: View) -> None:
    """Ask for one more."""
    settings = view.plan.scenario.settings
    duties = {
        f"{cohort}.{duty}": activity(view.plan.scenario, cohort, duty)
        for cohort, one in settings.cohorts.items()
        for duty in one.duties
    }
    if not duties:
        st.caption("This scenario has no activity that is owed to cases, which an area is of.")
        return
    asked = {one.key: one for one in kinds.KINDS.values() if one.about is kinds.ACTIVITY}
    left, right = st.columns(2)
    name = left.text_input("What inspectors said", max_chars=100, key="area name")
    place = right.selectbox("Activity", list(duties), format_func=duties.__getitem__, key="area of")
    cohort = str(place).partition(".")[0]
    first, second, third = st.columns(3, vertical_alignment="bottom")
    tiers = first.multiselect(
        "Tiers, all if none",
        list(settings.cohorts[cohort].tiers),
        format_func=lambda one: tier_of(view.plan.scenario, cohort, one),
        key=f"area tiers {cohort}",
    )
    kind = second.selectbox(
        "What is asked", list(asked), format_func=lambda one: asked[one].meaning, key="area kind"
    )
    share = asked[str(kind)].unit == "share"
    level = third.number_input(
        "Per cent" if share else asked[str(kind)].unit.capitalize(),
        0.0,
        100.0 if share else 100_000.0,
        95.0 if share else 0.0,
        step=1.0,
        key=f"area level {kind}",
    )
    if st.button("Add", icon=":material/add:"):
        tidy = " ".join(name.replace("=", " ").split())
        if not tidy:
            st.error("Say what inspectors said.", icon=":material/error:")
            return
        said = f"{place} {kind} {level:g}{'%' if share else ''} {','.join(tiers)}".strip()
        _keep({tidy: said})
        st.rerun()


def _place() -> tuple[Workspace, str] | None:
    """Return where areas are remembered: the unit of the scenario in view, if it may be changed."""
    there, place = keeping.workspace(), state.kept()
    return None if there is None or place is None or place.role == "read" else (there, place.unit)


def _known() -> Mapping[str, str]:
    """Return the areas of the unit or, where nothing is kept, of the session."""
    from_unit = keeping.workspace(), state.kept()
    mine: dict[str, str] = st.session_state.get(_AREAS, {})
    if from_unit[0] is None or from_unit[1] is None:
        return mine
    from capacity.workspace import figures

    try:
        kept = figures.remembered(from_unit[0], keeping.hand(), from_unit[1].unit, KIND)
    except CapacityError:
        return mine
    return kept


def _keep(said: Mapping[str, str]) -> None:
    where = _place()
    if where is None:
        st.session_state[_AREAS] = {**st.session_state.get(_AREAS, {}), **said}
        return
    from capacity.workspace import figures

    there, unit = where
    with there.writing() as connection:
        figures.remember(connection, unit, KIND, said)


def _forget(name: str) -> None:
    where = _place()
    if where is None:
        mine = st.session_state.get(_AREAS, {})
        st.session_state[_AREAS] = {key: said for key, said in mine.items() if key != name}
        return
    from capacity.workspace import figures

    there, unit = where
    with there.writing() as connection:
        figures.forget(connection, unit, KIND, name)
