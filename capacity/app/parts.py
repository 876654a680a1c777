"""Pieces of a page: a chart with its table, tiles, problems. All shown, nothing computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from capacity.charts import Picture, frames
from capacity.charts.headings import heading, readable
from capacity.errors import Problem
from capacity.glossary import MEANINGS, SHORT, meaning
from capacity.reading.in_words import InWords
from capacity.results.outputs import as_csv
from capacity.risk.foreseen import Seen
from capacity.why.headlines import team_label
from capacity.wording import month, number

if TYPE_CHECKING:
    from capacity.app.view import View


@dataclass(frozen=True)
class Tile:
    """A figure at a glance: label, value, what it is compared with, and what the word means."""

    label: str
    value: str
    beside: str = ""
    term: str = ""


def tiles(found: Sequence[Tile]) -> None:
    """Show figures side by side, aligned."""
    if not found:
        return
    with st.container(key=f"tiles {found[0].label}"):
        for tile in found:
            st.metric(
                tile.label,
                tile.value,
                tile.beside or None,
                delta_color="off",
                delta_arrow="off",
                help=meaning(tile.term) if tile.term else None,
                border=True,
            )


def simulated(
    view: View,
    seen: Seen,
    words: Callable[[float], str],
    alone: Tile,
    begin: int = 0,
    more: str = "",
) -> Tile:
    """Return a tile of what is foreseen with no posts added; of the single course till then.

    Args:
        view: what is in view.
        seen: the measure, and whose it is.
        words: how a number is written.
        alone: the tile of the single course, whose label and term it has.
        begin: the month whose figure is the large one.
        more: said after it in either case.
    """
    today = view.ahead.found.get("today") if view.ahead is not None else None
    limits = None if today is None else today.bands.get(seen)
    if limits is None or np.isnan(limits[[begin, -1]]).any():
        return replace(alone, beside=f"{alone.beside}{more}")

    def span(place: int) -> str:
        low, high = words(float(limits[place, 0])), words(float(limits[place, 2]))
        return low if low == high else f"{low} to {high}"

    end = month(view.plan.model.calendar.labels[-1])
    beside = f"{span(begin)}; {span(-1)} in {end}{more}"
    return replace(alone, value=words(float(limits[begin, 1])), beside=beside)


def undone(view: View, team: str) -> Tile:
    """Return the tile of the hours that a team leaves undone."""
    model = view.plan.model
    hours = frames.hours(frames.Shown(view.plan, said=view.said), team)
    left = hours[hours["role"] == "today"]["left_undone"]
    end = month(model.calendar.labels[-1])
    alone = Tile(
        f"Hours left undone, {team_label(model, team)}",
        number(float(left.iloc[0])),
        f"{number(float(left.iloc[-1]))} in {end}",
        "Hours left undone",
    )
    return simulated(view, Seen("left_undone", (team,)), number, alone)


def said_of_tiles(view: View, more: str) -> None:
    """Say how tiles are read."""
    how = "With no posts added: "
    if view.ahead is not None and view.ahead.found:
        how += "the middle of the simulations, and between what limits 8 in 10 of them lie; "
        how += "figures without a range are of the single course."
    else:
        how += "the single course."
    st.caption(f"{how} {more}")


def picture(shown: Picture, selections: str, stem: str) -> None:
    """Show a chart under its message, and below it its table and CSV when asked for."""
    st.subheader(_escaped(shown.title), anchor=False)
    chart = {**shown.chart.spec, "datasets": shown.chart.rows}
    # The same words on every run: other ones would have the page draw the chart again.
    alt = f"Chart of {shown.chart.measures}: above it what it says, below it its table"
    st.vega_lite_chart(spec=chart, width="stretch", alt=alt, key=f"chart {shown.name}")
    if shown.aside:
        st.caption(_escaped(shown.aside))
    below = st.expander("Table and CSV", key=f"below {shown.name}", on_change="rerun")
    if below.open:
        with below:
            table(
                shown.table,
                shown.name,
                selections,
                stem,
                words=shown.title,
                shown=readable(shown.table),
            )
            st.caption("Figures are rounded here; the CSV has the exact ones.")


def table(
    frame: pd.DataFrame,
    name: str,
    selections: str,
    stem: str,
    *,
    words: str,
    shown: pd.DataFrame | None = None,
    columns: Mapping[str, Any] | None = None,
    height: int = 280,
) -> None:
    """Show a table and offer it as CSV, the scenario and what was changed in every row."""
    rows = frame if shown is None else shown
    st.dataframe(
        rows,
        column_config={**{str(one): heading(str(one)) for one in rows}, **(columns or {})},
        hide_index=True,
        width="stretch",
        height=min(height, 38 + 35 * max(1, len(rows))),
        alt=words,
        placeholder="",
        key=f"table {name}",
    )
    download(frame, name, selections, stem)


def wrapped(
    frame: pd.DataFrame, name: str, selections: str, stem: str, shown: pd.DataFrame
) -> None:
    """Show a short table of words with every word of it at any width, and offer its CSV.

    Args:
        frame: the table as its CSV has it.
        name: what the CSV is called.
        selections: the scenario and what was changed, for the CSV.
        stem: what the file is called.
        shown: the table as people read it; its first column tells the rows.
    """
    st.table(shown.astype(str).map(shown_as_is).set_index(str(shown.columns[0])))
    download(frame, name, selections, stem)


def side_by_side(
    frame: pd.DataFrame,
    name: str,
    selections: str,
    stem: str,
    rows: Mapping[str, tuple[str, Callable[[float], str]]],
) -> None:
    """Show a table with its own rows as columns, so that a few options fit a page of any width.

    Args:
        frame: a row for each option, its name first.
        name: what its CSV is called.
        selections: the scenario and what was changed, for the CSV.
        stem: what the file is called.
        rows: for each column that is shown, what it is called and how a number of it is written.
    """
    options = frame.iloc[:, 0].astype(str)
    cells = {
        words: ["–" if pd.isna(one) else written(float(one)) for one in frame[column]]
        for column, (words, written) in rows.items()
    }
    told = {shown_as_is(words): each for words, each in cells.items()}
    st.table(pd.DataFrame.from_dict(told, orient="index", columns=list(map(shown_as_is, options))))
    download(frame, name, selections, stem)


def download(frame: pd.DataFrame, name: str, selections: str, stem: str) -> None:
    """Offer a table as CSV, the scenario and what was changed in every row."""
    st.download_button(
        "Download CSV",
        as_csv(frame.assign(inputs=selections)),
        file_name=f"{stem}-{name}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"csv {name}",
    )


def words_explained() -> None:
    """Offer the glossary, on every page and at every width."""
    with st.popover("What the words mean", icon=":material/menu_book:"):
        sought = st.text_input("Find a word", key="word sought", placeholder="such as overdue")
        found = [
            f"**{term}**: {words}"
            for term, words in {**MEANINGS, **SHORT}.items()
            if sought.strip().lower() in f"{term} {words}".lower()
        ]
        st.markdown("\n\n".join(found) or "No word of the glossary has that in it.")


def pounds(label: str) -> Any:
    """Return how a column of money is shown."""
    # A sign before the pound is beyond the format: the unit stands in the heading.
    return st.column_config.NumberColumn(f"{label}, £", format="%,.0f")


def whole(label: str) -> Any:
    """Return how a column of counts is shown."""
    return st.column_config.NumberColumn(label, format="%,.0f")


def moment(label: str) -> Any:
    """Return how a column of moments is shown."""
    return st.column_config.DatetimeColumn(label, format="D MMMM YYYY, HH:mm")


def in_days(label: str) -> Any:
    """Return how a column of days is shown."""
    return st.column_config.DateColumn(label, format="D MMMM YYYY")


def problems(found: Iterable[Problem], words: InWords | None = None) -> None:
    """Show what is wrong with the input.

    Args:
        found: what is wrong.
        words: the settings of the scenario that is open, in words; without it each problem stands
            with its setting as in a file, and its place if it has one.
    """
    if words is not None:
        said = [words.problem(one) for one in found]
    else:
        said = [str(one if one.line else replace(one, file="")).removeprefix(": ") for one in found]
    st.error("\n".join(f"- {_escaped(one)}" for one in said), icon=":material/error:")


def _escaped(text: str) -> str:
    """Return text that markdown shows as it is."""
    for sign in "\\`*_[]$<>~#:":
        text = text.replace(sign, f"\\{sign}")
    return text


def shown_as_is(text: str) -> str:
    """Return text from a person, so that a page shows it and does not read it as markdown."""
    return _escaped(text)
