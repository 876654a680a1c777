"""Report: the scenario file, and the report with every table, as `capacity plan --out` makes it."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from capacity import report
from capacity.app import card, parts, state, toml_text
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.app.working import worked_out
from capacity.batch import delivering
from capacity.errors import InputError, ScenarioError, SolverError
from capacity.reading.scenario import Scenario, read
from capacity.report import theme as themes
from capacity.report.theme import Theme
from capacity.results import summary
from capacity.results.manifests import MANIFEST
from capacity.wording import number

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the archive, so that equal results give equal bytes."""

KINDS = {
    "why": "What to agree now; the team needed, with prices, reasons and fixes",
    "team": "The team needed alone: a single course, without chance (quicker)",
    "today": "Current posts only: a single course, without chance (quickest)",
}
"""What a report can be worked out for."""

OPTIONS: Mapping[str, tuple[bool, bool]] = {
    "why": (False, True),
    "team": (False, False),
    "today": (True, False),
}
"""Whether a report leaves out the team needed, and whether it says why."""

PARTS = {name: words for name, words in report.PARTS if name != "history"}
"""Parts for which a plan alone has something to say."""

SIMULATIONS = 10_000
"""Draws behind what a report says about how certain it is."""

PREVIEW_HEIGHT = 820


@dataclass(frozen=True)
class PaperChoices:
    """What a report is to hold and how it is to look."""

    kind: str
    sections: tuple[str, ...]
    theme: Theme | None
    sure: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The options of the run, as a manifest holds them."""
        fixed, why = OPTIONS[self.kind]
        draws = SIMULATIONS if self.sure else None
        return delivering.options(fixed=fixed, central=not why, draws=draws)

    @property
    def looks(self) -> dict[str, Any]:
        """The parts and the theme, as a manifest holds them; no parts named are all."""
        names = [] if len(self.sections) in (0, len(PARTS)) else list(self.sections)
        return {"sections": names, "theme": None if self.theme is None else self.theme.as_options()}


def show(view: View) -> None:
    """Show the page."""
    st.header("Report", anchor=False)
    view = card.show(view)
    st.write(shown_as_is(view.selections) + ".")
    text = _text(view)
    if text is None:
        return
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.subheader("Scenario file", anchor=False)
        _scenario_file(view, text)
    with right, st.container(border=True, height="stretch"):
        st.subheader("Report and tables", anchor=False)
        _ask()
    asked = st.session_state.get("report asked")
    if asked is None:
        _before(view)
        return
    _made(view, text, asked)


def _text(view: View) -> str | None:
    """Return the what-if as a scenario file, that of the baseline where nothing is changed."""
    if not view.what_if:
        return view.base.files[0].text
    title = f"{view.base.settings.title[:150]}: what if"
    try:
        return toml_text.diff(view.base, view.what_if, title)
    except ScenarioError as error:
        parts.problems(error.problems)
        return None


def _scenario_file(view: View, text: str) -> None:
    """Offer the scenario file and say what to do with it."""
    name = f"{view.stem}.toml"
    st.write("The scenario with what is changed. Planned again, it gives the same figures.")
    if needed := _needed(view):
        st.caption(f"Keep it in one folder with {', '.join(map(shown_as_is, needed))}.")
    st.download_button(
        "Download the scenario file",
        text.encode(),
        file_name=name,
        mime="application/toml",
        on_click="ignore",
        icon=":material/download:",
        key="scenario file",
    )
    if view.what_if:
        with st.expander("What it says"):
            st.code(text, language="toml", wrap_lines=True)


def _needed(view: View) -> list[str]:
    """Return the names of uploaded files that the scenario file extends."""
    files = view.base.files if view.what_if else view.base.files[1:]
    return [file.name for file in files if file.name in state.uploads()]


def _before(view: View) -> None:
    """Say what a report holds, and the figures, as long as there is none that says them."""
    st.subheader("What the report holds", anchor=False)
    st.markdown("\n".join(f"- **{name.capitalize()}**: {words}" for name, words in PARTS.items()))
    below = st.expander("The figures in words", key="figures in words", on_change="rerun")
    if below.open:
        with below:
            figures = summary.figures(view.plan)
            st.markdown("\n".join(f"- {shown_as_is(figure.words)}" for figure in figures))


# What is asked -----------------------------------------------------------------------------


def _ask() -> None:
    """Let a person choose what the report is to hold; nothing is worked out before."""
    with st.form("report", border=False):
        kind = st.radio(
            "Worked out for",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key="report kind",
            help="Prices, reasons, fixes, what each post buys and the frontier are what takes "
            "time: half a minute, rather than a few seconds.",
        )
        sure = st.checkbox(
            f"Say how certain it is, from {number(SIMULATIONS)} simulations",
            key="report sure",
            help="Ranges and probabilities of what is planned, as under *How certain*. Takes some "
            "seconds more.",
        )
        sections = st.pills(
            "Parts",
            list(PARTS),
            selection_mode="multi",
            default=list(PARTS),
            format_func=lambda name: name.capitalize(),
            key="report parts",
            help="  \n".join(f"**{name.capitalize()}**: {words}." for name, words in PARTS.items()),
        )
        with st.expander("The force's name, colour and logo"):
            name = st.text_input("Name", max_chars=100, key="report name")
            left, right = st.columns([1, 3])
            colour = left.color_picker("Colour", Theme.colour, key="report colour")
            logo = right.file_uploader(
                "Logo (PNG or JPEG, at most 500 kB)", ["png", "jpg", "jpeg"], key="report logo"
            )
        if not st.form_submit_button(
            "Make the report", type="primary", icon=":material/description:"
        ):
            return
    given = {"name": name, "colour": colour, "logo": logo.getvalue() if logo else b""}
    plain = not name and not logo and colour.lower() == Theme.colour.lower()
    st.session_state["report asked"] = None
    st.session_state.pop("report key", None)
    if not sections:
        st.error("Choose at least one part.", icon=":material/error:")
        return
    try:
        theme = None if plain else themes.checked(given, "theme")
    except InputError as error:
        parts.problems(error.problems)
        return
    chosen = tuple(part for part in PARTS if part in sections)
    st.session_state["report asked"] = PaperChoices(str(kind), chosen, theme, bool(sure))


# What is made ------------------------------------------------------------------------------


def _made(view: View, text: str, asked: PaperChoices) -> None:
    """Show the report of what is in view now, or how it is made."""
    name = f"{view.stem}.toml"
    scenario = read(name, files={**state.uploads(), name: text})
    key = _key(scenario, asked)
    if st.session_state.get("report key") not in (None, key):
        # Asked for before something was changed: nothing of it is shown, nothing worked out.
        del st.session_state["report asked"], st.session_state["report key"]
        st.info(
            "Something was changed since the report was made. Make it again to have it as it is "
            "now.",
            icon=":material/info:",
        )
        _before(view)
        return
    st.session_state["report key"] = key
    _, why = OPTIONS[asked.kind]
    try:
        run = worked_out(
            "Making the report …",
            key,
            delivering.made,
            scenario,
            asked.options,
            why,
            asked.looks,
        )
    except SolverError as error:
        st.error(shown_as_is(str(error)), icon=":material/error:")
        return
    if run is not None:
        _offered(view, asked, run.files, {name: text, **_uploaded(view)})


def _uploaded(view: View) -> dict[str, str]:
    return {name: state.uploads()[name] for name in _needed(view)}


def _key(scenario: Scenario, asked: PaperChoices) -> str:
    """Return a hash of everything that decides a report."""
    decides = [[file.name, file.sha256] for file in scenario.files]
    words = json.dumps([decides, asked.options, OPTIONS[asked.kind], asked.looks], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _offered(
    view: View, asked: PaperChoices, files: Mapping[str, bytes], scenario: Mapping[str, str]
) -> None:
    """Offer the files of a report and show it."""
    stem = view.stem
    run_id = json.loads(files[MANIFEST])["run_id"]
    st.subheader("The report is ready", anchor=False)
    offered = (
        ("HTML", "report.html", f"{stem}.html", "text/html", "To read on a screen"),
        ("PDF", "report.pdf", f"{stem}.pdf", "application/pdf", "To file and to print"),
        ("Excel", "plan.xlsx", f"{stem}.xlsx", _XLSX, "With live formulas for every sum of money"),
    )
    columns = st.columns(4)
    for column, (label, file, called, mime, why) in zip(columns[:3], offered, strict=True):
        column.download_button(
            label,
            files[file],
            file_name=called,
            mime=mime,
            on_click="ignore",
            icon=":material/download:",
            type="primary",
            key=f"report {label}",
            help=f"{why}.",
            width="stretch",
        )
    columns[3].download_button(
        "All tables (ZIP)",
        lambda: archive(files, scenario),
        file_name=f"{stem}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/folder_zip:",
        key="all tables",
        help="Every table as CSV, the report in its three forms, the manifest and the scenario.",
        width="stretch",
    )
    st.caption(
        f"Run {run_id}. The manifest, in the ZIP, records all that is needed to make the same "
        "files again."
    )
    with st.container(border=True, key="preview"):
        st.iframe(
            framed(files["report.html"]),
            height=PREVIEW_HEIGHT,
            alt="Preview of the report",
            tab_index=0,
        )


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def framed(page: bytes) -> str:
    """Return a report's page fit to be shown inside another: its links lead to its own parts.

    Its own content policy forbids scripts and any address.
    """
    return re.sub(r'(<a\b[^>]*\bhref=")#', r"\1about:srcdoc#", page.decode())


def archive(files: Mapping[str, bytes], scenario: Mapping[str, str]) -> bytes:
    """Return everything that a run writes, and its scenario files, as a ZIP archive."""
    every = {**files, **{name: text.encode() for name, text in scenario.items()}}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(every.items()):
            packed.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()
