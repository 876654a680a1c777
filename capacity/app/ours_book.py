"""The workbook that a unit fills: taken away, brought back, and read."""

from __future__ import annotations

import hashlib

import streamlit as st

from capacity.app import ours_history, results, state
from capacity.app.ours_brought import Outcome, bring, brought, leaves_changes, outcome, take
from capacity.app.ours_start import new_name
from capacity.app.working import worked_out
from capacity.files.monthly import history_of
from capacity.files.table_files import table_of
from capacity.reading.scenario import Scenario
from capacity.wording import counted
from capacity.workbook.filling import cells_of, made
from capacity.workbook.reading import Imported, read_workbook

EXAMPLE = "norfolk-2024"
"""The scenario that stands as an example on grey sheets beside the ones to fill."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(base: Scenario) -> None:
    """Show the workbook: to download, and to upload when completed."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.subheader("1. Download the template", anchor=False)
        st.write("Norfolk's figures stand on grey sheets beside the ones to fill, as an example.")
        for label, name, content, key in (
            ("The empty workbook", "our-unit.xlsx", _empty, "empty workbook"),
            (
                "Filled with the scenario in view",
                f"{base.name}.xlsx",
                lambda: _filled(base),
                "filled workbook",
            ),
        ):
            st.download_button(
                label,
                content,
                file_name=name,
                mime=XLSX,
                on_click="ignore",
                icon=":material/download:",
                key=key,
            )
    with right, st.container(border=True, height="stretch"):
        st.subheader("2. Upload the completed workbook", anchor=False)
        bring("workbook", "The completed workbook (XLSX or ODS)", ["xlsx", "ods"])
        leaves_changes()
    given = brought("workbook")
    if given is not None:
        take("workbook", given.name, lambda: _workbook(given.name, given.getvalue()))
    outcome("workbook", "Correct it in the workbook, save it and upload it again.")


def _empty() -> bytes:
    return made(None, cells_of(results.base(EXAMPLE, {})))


def _filled(base: Scenario) -> bytes:
    return made(cells_of(base), cells_of(results.base(EXAMPLE, {})))


def _workbook(name: str, content: bytes) -> Outcome | None:
    """Take a workbook into view; None while stopped."""
    stem = "".join(one if one.isalnum() or one in "-_" else "-" for one in name.rpartition(".")[0])
    called = new_name(stem[:60].strip("-") or "our-unit")
    key = f"{hashlib.sha256(content).hexdigest()} {name} {called}"
    found: Imported | None = worked_out(
        "Reading the workbook …", key, read_workbook, name, content, called.removesuffix(".toml")
    )
    if found is None:
        return None
    lines = [*_summary(found.scenario), *found.notes]
    if found.history is not None:
        history_name = f"{called.removesuffix('.toml')}-history.csv"
        ours_history.keep(history_of(table_of(history_name, found.history.encode())), found.history)
        lines.append("Its history is ready under *History*.")
    stem = called.removesuffix(".toml")
    figures = {f"{stem}-history.csv": found.history, f"{stem}-spend.csv": found.spend}
    named = {one.name for one in found.scenario.files}
    texts = {name: text for name, text in figures.items() if text is not None and name in named}
    state.upload({called: found.text, **texts}, called)
    return Outcome(name, called, tuple(lines))


def _summary(scenario: Scenario) -> list[str]:
    """Say what a scenario holds, so that a slip is seen at once."""
    settings = scenario.settings
    lines = []
    for name, cohort in settings.cohorts.items():
        cases = sum(tier.cases.value for tier in cohort.tiers.values())
        tiers, duties = counted(len(cohort.tiers), "tier"), counted(len(cohort.duties), "duty")
        lines.append(f"{cohort.label or name}: {_plain(cases)} cases in {tiers}, {duties}")
    for name, team in settings.teams.items():
        people = sum(grade.in_post.value for grade in team.grades.values())
        lines.append(f"{team.label or name}: {_plain(people)} FTE in post")
    lines.append(
        f"{counted(len(settings.standards), 'standard')}; "
        f"{counted(int(settings.months.value), 'month')} from {settings.start:%B %Y}"
    )
    return lines


def _plain(value: float) -> str:
    return f"{round(value, 2):,g}" if value < 1e5 else f"{value:,.0f}"
