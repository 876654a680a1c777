"""Assumptions: every number, how certain it is and where it comes from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from capacity.app import card, inputs, parts, results
from capacity.app.parts import shown_as_is
from capacity.app.view import View
from capacity.reading.assumptions import KINDS
from capacity.results import summary
from capacity.results.tables import TABLES
from capacity.wording import day

LABELS = {kind: label for kind, (label, _) in KINDS.items()}


def show(view: View) -> None:
    """Show the page."""
    st.header("Assumptions", anchor=False)
    view = card.show(view)
    basis = next(one for one in summary.figures(view.plan) if one.name == "judgement")
    st.write(shown_as_is(basis.words))
    table = TABLES["assumptions"](view.plan)
    present = [kind for kind in KINDS if (table["kind"] == kind).any()]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    wanted = left.pills(
        "Rests on",
        present,
        selection_mode="multi",
        format_func=LABELS.__getitem__,
        key="kinds",
        help="None chosen: all of them.",
    )
    words = right.text_input("Has the words", key="words", placeholder="visit, sickness, pcc …")
    found = table[table["kind"].isin(wanted)] if wanted else table
    for word in words.lower().split():
        has = found.apply(lambda row, word=word: word in _text(row), axis=1)
        found = found[has] if len(found) else found
    st.caption(f"{len(found)} of {len(table)} numbers. Low and high: 10th and 90th percentile.")
    in_words = results.words_of(view.base)
    levers = {one.name: one for one in in_words.levers}
    mine = [levers.get(name) for name in found["setting"]]
    scale = pd.Series([1 if one is None else one.scale for one in mine], found.index)
    units = zip(mine, found["unit"], strict=True)
    named = pd.DataFrame(
        {
            "what": [in_words.title(name) for name in found["setting"]],
            **{
                name: (found[name].astype(float) * scale).round(10)
                for name in ("value", "low", "high")
            },
            "unit": [unit if one is None else one.after.strip() for one, unit in units],
            "kind": found["kind"].map(LABELS),
            "source": [_source(view, one) for one in found["source"]],
            "note": [inputs.noted(view.base, str(one)) for one in found["note"].fillna("")],
            "from": [day(str(one)) for one in found["from"].fillna("")],
        }
    )
    small = st.column_config.NumberColumn
    parts.table(
        found,
        "assumptions",
        view.selections,
        view.stem,
        words="Assumptions with their sources",
        shown=named if named["from"].any() else named.drop(columns="from"),
        columns={
            "what": st.column_config.TextColumn("What", width="large"),
            "value": small("Value", format="%.10g", width="small"),
            "low": small("Low", format="%.10g", width="small"),
            "high": small("High", format="%.10g", width="small"),
            "unit": "Unit",
            "kind": "Rests on",
            "source": st.column_config.TextColumn("Source", width="medium"),
            "note": st.column_config.TextColumn("Note", width="medium"),
            "from": "From",
        },
        height=600,
    )


def _text(row: pd.Series) -> str:
    return " ".join(str(item) for item in row if not pd.isna(item)).lower()


def _source(view: View, given: object) -> str:
    """Return a source in words, none of what no publication says: its kind stands beside it."""
    scenario = view.plan.scenario
    return inputs.rests_on(scenario, str(given)) if str(given) in scenario.sources else ""
