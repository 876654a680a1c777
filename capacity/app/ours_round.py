"""The month: this month's figures in, what changed, how the last forecast did, the next one."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from capacity.app import keeping, ours_assist, ours_brought, ours_messages, parts, state
from capacity.app.ours_register import DATES
from capacity.app.parts import shown_as_is
from capacity.charts import Picture
from capacity.charts.control import control_chart
from capacity.charts.drawing import ChartAxis
from capacity.errors import CapacityError, InputError
from capacity.files.headings import SHARES
from capacity.history.fit import in_terms_of
from capacity.reading.scenario import Scenario
from capacity.register.count import OFFICES, Asked, by_office
from capacity.rounds import scoring
from capacity.rounds.assisting import MEASURE_NAMES
from capacity.rounds.naming import MEASURES, series_in_words
from capacity.wording import day

if TYPE_CHECKING:
    from capacity.papers.monthly import MonthBrief
    from capacity.rounds.comparing import Watched
    from capacity.rounds.keeping import KeptRound, Wish
    from capacity.workspace.place import Workspace

_DONE, _WRONG, _NUMBER = "round done", "round wrong", "round number"
_PAPER = "round paper"


@dataclass(frozen=True)
class ShownRound:
    """What a round came to, and of which scenario and version it was."""

    work: str
    number: int
    done: KeptRound


def show(base: Scenario) -> None:
    """Show the round of the scenario in view."""
    mine = keeping.own_place(
        "A round needs work that is kept.",
        "A round is done on a scenario of your own that is kept, and that you may change: make or "
        "open one first.",
    )
    if mine is None:
        return
    there, place = mine
    _form(there, base)
    if wrong := st.session_state.get(_WRONG):
        if isinstance(wrong, str):
            st.error(shown_as_is(wrong), icon=":material/error:")
        else:
            ours_messages.show("What was brought", wrong, "Correct it and bring it again.")
    found: ShownRound | None = st.session_state.get(_DONE)
    if found is not None and found.work == place.id:
        _result(base, found.done)


def _form(there: Workspace, base: Scenario) -> None:
    """Ask for this month's files, show what they hold, and do the round."""
    from capacity.workspace import figures as kept

    place = state.kept()
    known = kept.intakes(there, keeping.hand(), place.unit)
    if known:
        last = known[-1]
        st.caption(
            f"Last taken in: {last.kind} as at {day(last.as_at)}, import {last.number}. How your "
            "titles and values are read is remembered."
        )
    number = st.session_state.get(_NUMBER, 0)
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        figures = left.file_uploader(
            "This month's figures (CSV, XLSX or ODS)",
            ["csv", "xlsx", "ods"],
            key=f"round figures {number}",
            help="Columns such as month, tier, cases, due, done, outstanding. Earlier months may "
            "be in it too: what differs is taken as a correction.",
        )
        register = right.file_uploader(
            "The register (CSV, XLSX or ODS)",
            ["csv", "xlsx", "ods"],
            key=f"round register {number}",
            help="Counted, and not kept.",
        )
        asked = None
        if register is not None:
            near, far = right.columns(2)
            as_at = near.date_input(
                "The day it stands at",
                _end_of_next(there),
                key=f"round as at {number}",
                format="DD/MM/YYYY",
            )
            dates = far.selectbox(
                "How dates are written",
                list(DATES),
                format_func=DATES.__getitem__,
                key="round dates",
            )
            asked = Asked(as_at=as_at, dates=dates)
        wish = _matched(there, base, figures, register, asked)
        reported = _reported(number) if wish is not None else {}
        if st.button(
            "Do the round",
            type="primary",
            icon=":material/event_repeat:",
            disabled=wish is None,
        ):
            assert wish is not None
            _do(there, replace(wish, reported=reported))


def _end_of_next(there: Workspace) -> date:
    """Return the last day of the month after the last that is known, else of last month."""
    from capacity.rounds.comparing import later
    from capacity.workspace import figures as kept

    known = kept.history_of_unit(there, keeping.hand(), state.kept().unit).months
    if not known:
        return date.today().replace(day=1) - timedelta(days=1)
    first = date.fromisoformat(f"{later(later(known[-1]))}-01")
    return first - timedelta(days=1)


def _matched(
    there: Workspace, base: Scenario, figures: Any, register: Any, asked: Asked | None
) -> Wish | None:
    """Show what the files hold and how it is read; return what is brought, none where it is not."""
    from capacity.rounds.keeping import Brought, Wish
    from capacity.workspace import figures as kept

    if figures is None and register is None:
        return None
    unit, hand = state.kept().unit, keeping.hand()
    number = str(st.session_state.get(_NUMBER, 0))
    before = in_terms_of(base, kept.history_of_unit(there, hand, unit))
    wish = Wish()
    if figures is not None:
        known = kept.remembered(there, hand, unit, "figures")
        said = ours_assist.figures(figures, base, known, before, f"{number} {figures.name}")
        if said is None:
            return None
        brought = Brought(figures.name, figures.getvalue())
        wish = replace(wish, figures=brought, columns=said[0], values=said[1], ignored=said[2])
    if register is not None and asked is not None:
        known = kept.remembered(there, hand, unit, "register")
        read = ours_assist.register(register, base, asked, known, f"{number} {register.name}")
        if read is None:
            return None
        asked = replace(asked, columns=read[0], tiers=read[1])
        wish = replace(wish, register=Brought(register.name, register.getvalue()), asked=asked)
    return wish


def _reported(number: int) -> dict[str, float]:
    """Ask what was reported for the last month, so that every way in can be compared with it."""
    left, right, _ = st.columns([2, 1, 2], vertical_alignment="bottom")
    measure = left.selectbox(
        "What was reported for this month, if anything",
        list(MEASURE_NAMES),
        format_func=MEASURE_NAMES.__getitem__,
        key=f"round measure {number}",
        help="Every way in is compared with it, so that two ways give one answer.",
    )
    share = right.number_input(
        "Per cent", 0.0, 100.0, None, step=1.0, key=f"round reported {number}"
    )
    return {} if share is None else {str(measure): share / 100}


def _do(there: Workspace, wish: Wish) -> None:
    """Do the round: kept as a whole, or not at all."""
    from capacity.rounds import keeping as rounds

    place = state.kept()
    st.session_state[_WRONG] = None
    try:
        with st.spinner("Comparing, fitting and forecasting …", show_time=True):
            done = rounds.round_in(there, keeping.hand(), place.id, wish)
    except InputError as error:
        st.session_state[_WRONG] = error.problems
        st.rerun()
    except CapacityError as error:
        st.session_state[_WRONG] = str(error)
        st.rerun()
    keeping.take(done.opened)
    st.session_state[_DONE] = ShownRound(place.id, done.opened.version.number, done)
    st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1
    st.rerun()


# What it came to ---------------------------------------------------------------------------


def _result(base: Scenario, done: KeptRound) -> None:
    """Show what a round found."""
    from capacity.rounds import words
    from capacity.wording import month

    found = done.found
    with st.container(border=True, key="answer"):
        st.markdown(shown_as_is(words.headline(found)))
        st.caption(
            f"The scenario in view now starts after {month(found.month)}, with current posts "
            "working as they did. " + shown_as_is(words.next_in_words(found))
        )
    _paper(base, done)
    alerts = words.alerts(found)
    st.subheader("To look at", anchor=False)
    for line in alerts or ("Nothing stands out this month.",):
        st.markdown(f"- {shown_as_is(line)}")
    for line in (*(one.words for one in done.held), *done.notes):
        st.markdown(f"- {shown_as_is(line)}")
    st.subheader("What changed since last month", anchor=False)
    rows = pd.DataFrame(
        words.in_rows(found), columns=["What", "Last month", month(found.month), "Forecast"]
    )
    frames = words.tables(found, done.scores)
    parts.table(
        frames["changes"],
        "changes",
        found.month,
        base.name,
        words="This month beside the last and the range forecast",
        shown=rows,
        height=600,
    )
    if done.register is not None and (offices := by_office(done.register)):
        ours_brought.show_offices(pd.DataFrame(offices, columns=list(OFFICES)))
    st.subheader("Control charts", anchor=False)
    st.caption(
        "Between the dashed limits months vary by chance. A filled point in another colour is a "
        "signal: outside them, seven in a row on one side of the mean, or seven in a row rising or "
        "falling."
    )
    for number, one in enumerate(found.watched):
        parts.picture(_picture(one, found.scenario, number), found.month, base.name)
    for name, told in (("against", "The last forecast against what happened"),
                       ("assumptions", "Settings fitted to what is known"),
                       ("forecast", "The next forecast, month by month")):  # fmt: skip
        if not frames[name].empty:
            st.subheader(told, anchor=False)
            parts.table(frames[name], name, found.month, base.name, words=told, height=300)
    if done.scores:
        st.subheader("How every forecast has done so far", anchor=False)
        st.caption(
            "About 80% of figures should lie within their ranges. A mean error above that of the "
            "last figure known says that the forecast told no more than the past."
        )
        scored = scoring.in_rows(done.scores, MEASURES)
        parts.table(
            frames["scores"],
            "scores",
            found.month,
            base.name,
            words="How every forecast has done, by how far ahead it was",
            shown=pd.DataFrame(scored, columns=list(scoring.HEADINGS)),
            height=500,
        )
    for line in words.remarks(found):
        st.caption(shown_as_is(line))


def _paper(base: Scenario, done: KeptRound) -> None:
    """Offer the one-page paper of the round, and say what there is to decide."""
    from capacity.papers.monthly import MonthBrief, decisions

    brief = MonthBrief(done.found, done.held, done.register)
    told = decisions(brief)
    st.subheader("To decide", anchor=False)
    for label, line in told:
        st.markdown(f"- **{shown_as_is(label)}**: {shown_as_is(line)}")
    if not told:
        st.markdown("Nothing needs a decision this month.")
    made = st.session_state.get(_PAPER)
    if made is None or made[0] is not done:
        made = (done, _written(brief))
        st.session_state[_PAPER] = made
    columns = st.columns([1, 1, 1, 2])
    for column, (name, content) in zip(columns, made[1].items(), strict=False):
        form = name.rpartition(".")[2]
        column.download_button(
            {"html": "Paper, HTML", "pdf": "Paper, PDF", "docx": "Paper, Word"}[form],
            content,
            file_name=f"{base.name}-{done.found.month}.{form}",
            on_click="ignore",
            icon=":material/description:",
            width="stretch",
            key=f"round paper {form}",
        )


def _written(brief: MonthBrief) -> dict[str, bytes]:
    """Return the paper of a round; as a Word file too where one can be written."""
    from capacity import papers

    can = importlib.util.find_spec("docx") is not None
    return papers.of_round(brief, forms=[one for one in papers.FORMS if one != "docx" or can])


def _picture(one: Watched, scenario: Scenario, number: int) -> Picture:
    """Return the control chart of a series with what it says."""
    from capacity.rounds import words

    measure, chart = one.series[3], one.chart
    share = measure in SHARES
    what = series_in_words(one.series, scenario)
    axis = ChartAxis("value", f"{what[:1].upper()}{what[1:]}", ".0%" if share else ",.0f")
    made = control_chart(
        chart.months,
        chart.values,
        (chart.mean, chart.low, chart.high),
        [signal.month for signal in chart.signals],
        axis,
    )
    table = pd.DataFrame({"month": chart.months, "value": chart.values})
    table = table.assign(mean=chart.mean, low=chart.low, high=chart.high)
    return Picture(f"control-{number}", words.watched_in_words(one, scenario), made, table)
