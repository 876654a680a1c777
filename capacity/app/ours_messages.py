"""What is wrong with a file that was brought: a table by sheet and cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from capacity.app import parts
from capacity.app.parts import shown_as_is
from capacity.errors import Problem
from capacity.wording import counted

_OPTION = re.compile(r" \(--[^()]*\)")
"""An option of the command, which a page does not have."""
COLUMNS = ("sheet", "cell", "what", "must", "found", "use")


def show(name: str, problems: Sequence[Problem], then: str) -> None:
    """Show everything that is wrong with a file; nothing of it was taken."""
    st.error(
        f"**{shown_as_is(name)}** has {counted(len(problems), 'problem')}. Nothing was imported. "
        f"{then}",
        icon=":material/error:",
    )
    table = table_of(problems)
    told = [column for column in COLUMNS if column == "must" or (table[column] != "").any()]
    text = st.column_config.TextColumn
    parts.table(
        table[told],
        "to-put-right",
        name,
        name.rpartition(".")[0] or "file",
        words="What is wrong, by sheet and cell",
        columns={
            "sheet": text("Sheet", width="small"),
            "cell": text("Cell or row", width="small"),
            "what": text("What", width="medium"),
            "must": text("What must hold", width="large"),
            "found": text("Found", width="small"),
            "use": text("Try", width="small"),
        },
        height=420,
    )


def table_of(problems: Sequence[Problem]) -> pd.DataFrame:
    """Return problems as a table, each with the sheet and the cell or row where it stands.

    Returns:
        One row for each problem.
    """
    rows = []
    for one in problems:
        place = one.file.rpartition(": ")[2]
        sheet, mark, cell = place.partition("!")
        if one.line is not None:
            sheet, cell = "", f"row {one.line}"
        elif not mark and "." in sheet:  # the whole file, not a sheet of it
            sheet = ""
        use = _OPTION.sub("", one.use or "")
        rows.append((sheet, cell, one.setting, one.must, one.got or "", use))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)
