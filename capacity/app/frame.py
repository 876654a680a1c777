"""Round every page: which scenario, what is changed, and the plan of it, or what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from altair.utils.schemapi import debug_mode
from streamlit.delta_generator import DeltaGenerator

from capacity.app import asking, keeping, kept, parts, results, state, working
from capacity.app.parts import shown_as_is
from capacity.app.results import Work
from capacity.app.toml_text import WhatIf
from capacity.app.view import View, added_words, changes_in_words
from capacity.errors import CapacityError, InputError, Problem, ScenarioError, SolverError
from capacity.reading.scenario import Scenario

Page = Callable[[View], None]
Head = Callable[[View], View]
"""What begins a page, and returns the view with what is foreseen."""

LETTERS = 28
"""Letters of a title for which there is room where a scenario is chosen."""

CLOSED = (
    "You do not have access to this work, or it no longer exists. Ask the person who sent you the "
    "link to give you access."
)


def around(show: Page, otherwise: Callable[[Scenario], None] | None = None) -> None:
    """Show a page with its frame; `otherwise` where the changes cannot be planned.

    While the team is worked out the page shows current posts, and fills in.
    """
    base = framed()
    if base is None:
        return
    place = st.container()  # what is said of the work moves nothing below to another place
    with place:
        view = _planned(base, working.filled_in, place)
    if view is not None:
        with debug_mode(False):  # charts are checked by the tests, not on every run
            show(view)
    elif otherwise is not None:
        otherwise(base)


def with_levers(head: Head, levers_: Callable[[Scenario], None], show: Page) -> None:
    """Show a page of levers with its frame: a head, levers at the left and what they do beside.

    The levers are sent first and never wait: a person goes on with them while the rest is worked
    out, and what takes long fills in.
    """
    base = framed()
    if base is None:
        return
    top = st.container(key="head")
    left, right = st.container(key="levers and results").columns([4, 8], gap="medium")
    with left:
        levers_(base)
    with right:
        view = _planned(base, _at_the_left, top)
    if view is not None:
        with debug_mode(False):
            with top:
                view = head(view)
            with right:
                show(view)


def _at_the_left(*arguments: Any, **options: Any) -> Any:
    """Have work fill in beside the page, told where it was asked for: nothing there is moved."""
    with st.sidebar:
        return working.filled_in(*arguments, **options)


def beside(show: Callable[[Scenario | None], None]) -> None:
    """Show a page that is not about a plan with the same frame, also where no scenario is open."""
    show(framed(silent=True))


def framed(*, silent: bool = False) -> Scenario | None:
    """Show the left side, keep what is in view, and return the scenario, none where it is not.

    `silent`: do not say in the middle of the page why it is not.
    """
    keeping.begin()
    state.follow_back()
    base = _base(silent=silent)
    if base is not None:
        keeping.keep(base, "; ".join(changes_in_words(base, state.what_if())))
    with st.sidebar:
        _choice(base)
        if base is not None:
            _kept(base)
            _changes(base)
            _team()
            _asides(base)
    state.write_address(keeping.address())
    keeping.remember_page()
    return base


def _planned(base: Scenario, work: Work, top: DeltaGenerator) -> View | None:
    """Return what a page shows, or say at its `top`, where the answer stands, why there is none."""
    with top:
        if asking.show(base):
            return None
    try:
        return _view(base, work)
    except InputError as error:
        with top:
            st.header("This cannot be planned")
            st.write("These changes conflict. Undo one, or correct it.")
            parts.problems(error.problems, results.words_of(base))
    except SolverError as error:
        with top:
            st.header("No proven answer")
            st.write("The solver found no answer that could be proven. Current posts can be shown.")
            st.error(shown_as_is(str(error)), icon=":material/error:")
    return None


def _view(base: Scenario, work: Work) -> View:
    """Return the plans of current posts or, where asked for and not stopped, of the team too."""
    what_if = state.what_if()
    told = st.empty()  # also where nothing is told, so that what was told before goes at once
    with st.spinner("Projecting current posts …"):
        baseline = results.result_of(base, WhatIf()) if what_if else None
        found = results.result_of(base, what_if)
    if state.team():
        if st.session_state.get("work out here"):  # asked for again, after it was stopped
            working.try_again()
        sized = results.sized_of(base, what_if, work=work)
        sized_before = (
            results.sized_of(base, WhatIf(), "the baseline's", work) if what_if and sized else None
        )
        if sized and (sized_before or not what_if):
            return View(base, what_if, sized, sized_before)
        told.caption("Figures are for current posts until the team needed has been calculated.")
    return View(base, what_if, found, baseline)


def _base(*, silent: bool = False) -> Scenario | None:
    """Return the scenario, or say what is wrong with it."""
    name = state.scenario()
    if silent and (state.ended() or state.is_missing()):
        return None
    if state.ended().startswith("closed"):
        st.header("This work cannot be opened")
        st.write(keeping.why_not() or CLOSED)
        st.write("No figures are shown. Choose a scenario at the left, or open *Our work*.")
        return None
    if state.ended():
        st.header("This session has ended")
        st.write(
            "The application was restarted, or this page lost its connection for too long. What "
            "was open here is no longer in memory, and no figures are shown."
        )
        st.write(
            "To go on, choose a scenario at the left, open your scenario file again, or open the "
            "link to a what-if that you kept. What was kept is under *Our work*."
        )
        return None
    if state.is_lost():
        st.header("This session has ended")
        st.write(
            "The application was restarted, or this page lost its connection for too long. "
            f"**{shown_as_is(name)}** is no longer in memory, and no figures are shown. Open the "
            "file again at the left; the changes that the address names are kept."
        )
        return None
    if state.is_missing():
        st.header("This scenario is not open")
        st.write(
            f"This page is about **{shown_as_is(name)}**, a scenario that does not come with the "
            "program. It was not kept here, or the link came from someone else. Open the file "
            "again at the left; the changes that the address names are kept."
        )
        return None
    try:
        return results.base(name, state.uploads())
    except CapacityError as error:
        st.header("This scenario cannot be opened")
        found = error.problems if isinstance(error, InputError) else ()
        parts.problems(found or [Problem(name, None, "", str(error))])
        return None


# The left side -----------------------------------------------------------------------------


def _choice(base: Scenario | None) -> None:
    st.markdown("##### Scenario")
    names = state.names()
    titles = results.titles_of({name: state.uploads().get(name) for name in names})
    st.session_state["pick scenario"] = None if state.ended() else state.scenario()
    st.selectbox(
        "Scenario",
        names,
        format_func=titles.__getitem__,
        key="pick scenario",
        on_change=lambda: state.choose(st.session_state["pick scenario"]),
        label_visibility="collapsed",
        placeholder="Choose a scenario",
    )
    if base is not None:
        title, question = base.settings.title, base.settings.question
        cut = [f"**{shown_as_is(title)}**"] if len(title) > LETTERS else []
        if cut or question:
            st.caption("  \n".join([*cut, shown_as_is(question or "")]))
    with st.popover("Open a scenario file", icon=":material/upload_file:", width="stretch"):
        st.file_uploader(
            "Scenario files (TOML), with the monthly figures that they name (CSV)",
            type=["toml", "csv"],
            accept_multiple_files=True,
            key="scenario files",
            on_change=_take_files,
            help="A scenario, with the one that it extends unless that comes with the program, and "
            "with its history or spend where it names them. It is kept under Our work, unless "
            "keeping is turned off. Monthly figures without a scenario go under Our figures, "
            "History.",
        )
        if wrong := st.session_state.get("wrong files"):
            parts.problems(wrong)


def _take_files() -> None:
    """Read uploaded files; the scenario is the one that no other extends.

    Monthly figures come with the scenario that names them.
    """
    files = st.session_state["scenario files"] or []
    texts = {file.name: file.getvalue().decode("utf-8", "replace") for file in files}
    st.session_state["wrong files"] = []
    chosen = None
    extended: set[str] = set()
    wrong: list[Problem] = []
    scenarios = [name for name in texts if not state.is_figures(name)]
    if texts and not scenarios:
        must = "is monthly figures: choose it together with the scenario file that names it"
        wrong = [Problem(name, None, "", must) for name in texts]
    for name in scenarios:
        try:
            found = results.base(name, texts)
        except ScenarioError as error:
            wrong += [one for one in error.problems if one not in wrong]
            continue
        extended |= {file.name for file in found.files[1:]}
        chosen = name if name not in extended else chosen
    st.session_state["wrong files"] = wrong
    if chosen is not None:
        same_link = state.scenario() in (chosen, chosen.removesuffix(".toml"))
        state.upload(texts, chosen, keep_changes=same_link)


def _kept(base: Scenario) -> None:
    """Say where the scenario is kept, and what is to be done where it could not be saved."""
    place = state.kept()
    if place is None:
        if base.files[0].name in state.uploads() and (why := keeping.why_not()):
            st.warning(f"Your work is not kept. {why}", icon=":material/warning:")
        return
    where = f"Kept as **{shown_as_is(place.name)}**"
    if place.unit_name != place.name:
        where += f" in {shown_as_is(place.unit_name)}"
    if place.role == "read":
        st.info(f"{where}. You can see this work; what you change is not saved.")
        st.button("Keep mine as a copy", on_click=kept.copy_mine, args=(base,))
    elif place.wrong:
        st.error(f"{shown_as_is(place.wrong)} Your latest changes are not saved.")
        if place.clash:
            st.button("Keep mine as a copy", on_click=kept.copy_mine, args=(base,))
            st.button("Take theirs", on_click=keeping.open_kept, args=(place.id,))
    else:
        st.caption(f"{where}, version {place.number}, saved at {place.at[11:16]} UTC.")


def _changes(base: Scenario) -> None:
    """Show what is changed, `old → new`, each undone with one click."""
    what_if = state.what_if()
    with st.container(key="changes", gap="xsmall"):
        st.markdown("##### What is changed")
        if not what_if:
            st.caption("Nothing: this is the scenario as it stands. Change it under *What if*.")
            return
        for name, value in what_if.values.items():
            rest = WhatIf({k: v for k, v in what_if.values.items() if k != name}, what_if.added)
            said = results.words_of(base).change(name, value)
            _change(base, name, said, WhatIf({name: value}), rest)
        for place, (kind, item) in enumerate(what_if.added):
            added = what_if.added
            rest = WhatIf(what_if.values, tuple(a for n, a in enumerate(added) if n != place))
            _change(base, place, added_words(base, kind, item), WhatIf({}, (added[place],)), rest)
        if len(what_if.values) + len(what_if.added) > 1:
            st.button("Undo all", key="undo all", on_click=state.undo_all, icon=":material/undo:")
        st.caption("The address of this page is a link to it.")


def _change(base: Scenario, key: str | int, words_: str, alone: WhatIf, rest: WhatIf) -> None:
    with st.container(border=True, gap="xsmall", key=f"change {key}"):
        st.markdown(f":small[{shown_as_is(words_)}]")
        known = not asking.of(base, state.what_if())
        if known and (without := results.effect(base, state.what_if(), alone, rest)):
            st.caption(f"By itself it {without}.")
        st.button(
            "Undo",
            key=f"undo {key}",
            on_click=state.undo if isinstance(key, str) else state.take_back,
            args=(key,),
            icon=":material/undo:",
            type="tertiary",
        )


def _team() -> None:
    st.session_state["work out"] = state.team()
    st.toggle(
        "Work out the team",
        key="work out",
        on_change=_work_out,
        help="Finds the team that meets every standard at the least cost. Takes some seconds, and "
        "again after each change while it is on. It can be stopped.",
    )


def _work_out() -> None:
    state.work_out(st.session_state["work out"])
    working.try_again()


def _asides(base: Scenario) -> None:
    if base.warnings:
        number = len(base.warnings)
        label = f"{number} thing{'s' if number > 1 else ''} to check"
        with st.popover(label, icon=":material/warning:", width="stretch"):
            st.caption("Please check:")
            for problem in base.warnings:
                st.markdown(f"- {shown_as_is(results.words_of(base).problem(problem))}")
