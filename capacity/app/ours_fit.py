"""What a fit and a test on the past say: first whether to trust them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from capacity import charts
from capacity.app import parts, results, state
from capacity.app.parts import shown_as_is
from capacity.app.view import changes_in_words
from capacity.charts import backtests, fits
from capacity.history.backtest import Backtest
from capacity.history.fit import NAIVE, Calibration
from capacity.reading.scenario import Scenario
from capacity.results import fits as fit_words
from capacity.wording import counted


def _selections(base: Scenario) -> str:
    said = [base.settings.title, *changes_in_words(base, state.what_if())]
    return "; ".join(said)


def show(base: Scenario, found: Calibration, take: Callable[[], None]) -> None:
    """Show a fit: first whether to trust it, then what it is; `take` takes its values into view."""
    selections, stem = _selections(base), base.name
    if found.doubts:
        lines = "\n".join(f"- {shown_as_is(doubt)}" for doubt in found.doubts)
        st.warning(
            f"**This calibration cannot be relied on by itself:**\n\n{lines}",
            icon=":material/warning:",
        )
    else:
        st.success("No problems found with this calibration.", icon=":material/check_circle:")
    tables = fit_words.fit_tables(found)
    st.subheader("What was fitted", anchor=False)
    titles = {one.name: one.title for one in results.levers_of(base)}
    parts.table(
        tables["calibration"],
        "calibration",
        selections,
        stem,
        words="Settings as they were and as fitted",
        shown=pd.DataFrame(
            {
                "Setting": [titles.get(one.spot.name, one.spot.name) for one in found.settings],
                "Was": [_value(float(one.spot.given.value)) for one in found.settings],
                "Fitted": [_value(one.value) for one in found.settings],
                "Fits nearly as well": [
                    "any value" if one.open else f"{_value(one.low)} to {_value(one.high)}"
                    for one in found.settings
                ],
                "Looked for within": [
                    f"{_value(one.within.low)} to {_value(one.within.high)}"
                    for one in found.settings
                ],
            }
        ),
    )
    st.button(
        "Take the fitted values as a what-if",
        key="take fit",
        on_click=take,
        type="primary",
        icon=":material/tune:",
        help="They become changes like any other, each with its range and its source, and can be "
        "undone one by one.",
    )
    _errors(found, tables["calibration_errors"], selections, stem)
    chosen = st.selectbox(
        "Figures",
        fits.series_of(found),
        format_func=lambda one: fits.called(found.scenario, one),
        key=f"series {found.history}",
    )
    parts.picture(fits.history(found, chosen), selections, stem)
    for note in found.notes:
        st.caption(shown_as_is(note))


def _errors(found: Calibration, table: pd.DataFrame, selections: str, stem: str) -> None:
    """Show errors over the months held out, beside forecasts that need no model."""
    if not found.errors:
        return
    count = counted(found.errors[0].months, "month")
    st.subheader(f"Mean error over the last {count}, which were not fitted", anchor=False)
    rows = [
        {
            "Figure": fits.called(found.scenario, one.series),
            "Model": fit_words.error_of(one.series[3], one.projected),
            **{_upper(n): fit_words.error_of(one.series[3], one.naive[n]) for n in NAIVE},
        }
        for one in found.errors
    ]
    parts.table(
        table,
        "calibration-errors",
        selections,
        stem,
        words="Errors of the model and of naive forecasts",
        shown=pd.DataFrame(rows),
    )


def _value(value: float) -> str:
    return fit_words.setting_of(value)


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


# What a backtest says ----------------------------------------------------------------------


def tested(base: Scenario, found: Backtest) -> None:
    """Show how the model would have forecast the past, beside what needs no model."""
    selections, stem = _selections(base), base.name
    origins = sorted({one.origin for one in found.forecasts})
    st.subheader("How it would have forecast the past", anchor=False)
    lines = [*found.notes, *fit_words.verdicts(found)]
    st.markdown("\n".join(f"- {shown_as_is(_upper(line))}" for line in lines))
    st.caption(
        f"{counted(len(found.forecasts), 'forecast')} from {counted(len(origins), 'start')}, "
        f"{fit_words.span(origins)}; each fitted on what was known then. "
        "Corrected: by the model's last known misfit, fading as its misfits have."
    )
    measures = list(dict.fromkeys(one.measure for one in found.errors))
    measure = st.selectbox(
        "Figure",
        measures,
        index=measures.index("outstanding") if "outstanding" in measures else 0,
        format_func=lambda one: _upper(one.replace("_", " ")),
        key="backtest measure",
    )
    table = fit_words.backtest_tables(found)["backtest"]
    words = next(line for line in lines if line.startswith(measure.replace("_", " ")))
    picture = charts.Picture(
        f"backtest-{measure}",
        _upper(words.rstrip(".")),
        backtests.errors(found, measure),
        table[table["measure"] == measure],
    )
    parts.picture(picture, selections, stem)
