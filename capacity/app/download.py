"""Download: the scenario file, every table, and what they were made from."""

from __future__ import annotations

import io
import zipfile

import streamlit as st

from capacity.app import parts, state, toml_text
from capacity.app.frame import View
from capacity.app.parts import shown_as_is
from capacity.errors import ScenarioError
from capacity.plan import Plan
from capacity.results import summary
from capacity.results.outputs import as_csv
from capacity.results.tables import TABLES, tables

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the archive, so that equal results give equal bytes."""


def show(view: View) -> None:
    """Show the page."""
    st.header("Download", anchor=False)
    st.write(shown_as_is(view.selections) + ".")
    text = _scenario(view)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.subheader("Scenario file", anchor=False)
        if text is not None:
            _scenario_file(view, text)
    with right, st.container(border=True, height="stretch"):
        st.subheader("All tables", anchor=False)
        st.write(
            f"{len(TABLES)} CSV files, the summary in words and the scenario file in one archive: "
            "everything behind these pages, to the last digit."
        )
        if view.plan.sized is None:
            st.caption("Today's posts only: the sized team is not worked out.")
        st.download_button(
            "Download all tables (ZIP)",
            lambda: archive(view.plan, view.selections, text or ""),
            file_name=f"{view.stem}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            type="primary",
            key="all tables",
        )
    st.subheader("The figures in words", anchor=False)
    st.markdown(
        "\n".join(f"- {shown_as_is(figure.words)}" for figure in summary.figures(view.plan))
    )


def _scenario(view: View) -> str | None:
    """Return the what-if as a scenario file, that of the baseline where nothing is changed."""
    if not view.what_if:
        return view.base.files[0].text
    try:
        return toml_text.diff(view.base, view.what_if, f"{view.base.settings.title}: what if")
    except ScenarioError as error:
        parts.problems(error.problems)
        return None


def _scenario_file(view: View, text: str) -> None:
    """Offer the scenario file and say what to do with it."""
    name = f"{view.stem}.toml"
    st.write("`capacity plan` on this file gives the same figures, to the last digit.")
    if view.what_if:
        st.code(text, language="toml", wrap_lines=True)
    if state.scenario() in state.uploads():
        st.caption(f"It extends {shown_as_is(view.base.files[0].name)}: keep both in one folder.")
    st.download_button(
        "Download the scenario file",
        text.encode(),
        file_name=name,
        mime="application/toml",
        on_click="ignore",
        icon=":material/download:",
        type="primary",
        key="scenario file",
    )


def archive(plan: Plan, selections: str, scenario: str) -> bytes:
    """Return every table, the summary and the scenario file as a ZIP archive.

    Shape: bytes; the same plan gives the same. Unit: see each table. Source: none. Raises: nothing.
    """
    files = {f"{name}.csv": as_csv(table) for name, table in tables(plan).items()}
    words = "\n".join([selections, "", *(figure.words for figure in summary.figures(plan))])
    files["summary.txt"] = f"{words}\n".encode()
    files["scenario.toml"] = scenario.encode()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive_:
        for name, content in sorted(files.items()):
            archive_.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()
