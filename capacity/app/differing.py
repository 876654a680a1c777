"""What makes the difference between two options: each changed setting by itself."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from capacity.app import parts, results
from capacity.app import saved as kept_
from capacity.app.saved import BASELINE, ComparedPlan
from capacity.app.view import View
from capacity.app.working import worked_out
from capacity.charts import options as pictures
from capacity.charts.options import PARTS
from capacity.why import compare
from capacity.why.compare import Contribution
from capacity.why.singles import ADDED, JOINED, THERE, short
from capacity.wording import counted, number

MANY = 30
"""Changed settings above which contributions are only worked out when asked for."""


def show(view: View, found: Sequence[ComparedPlan]) -> None:
    """Show what each changed setting by itself makes of the difference of two options."""
    st.subheader("What makes the difference", anchor=False)
    by_name = {one.name: one for one in found}
    left, right = st.columns(2)
    first = by_name[_pick(left, "From", "pair from", list(by_name), 0)]
    other = by_name[_pick(right, "To", "pair to", list(by_name), 1)]
    if first.name == other.name:
        st.info("Choose two different options.")
        return
    pair = compare.beside([first.plan, other.plan])
    count = len(pair.changes)
    if not count:
        st.info("These two have the same settings, so that nothing differs between them.")
        return
    key = f"{first.key} {other.key} {first.plan.sizing is None}"
    if count > MANY and key not in _asked():
        st.write(
            f"{number(count)} settings differ between these two. Each is changed by itself and "
            "the plan worked out again, which may take some minutes."
        )
        st.button("Work it out", on_click=_asked().add, args=(key,), key="ask contributions")
        return
    with st.container(key="contributing"):
        rows = worked_out(
            f"Changing {counted(count, 'setting')} one at a time …",
            key,
            compare.contributions,
            first.plan,
            other.plan,
        )
    if rows is None:
        return
    measure = _pick_measure(rows)
    names = [one.name if one.name != BASELINE else "the baseline" for one in (first, other)]
    picture = pictures.contributions(rows, measure, _in_words(view, rows), *names)
    parts.picture(picture, kept_.inputs(view), "compare")
    st.caption(
        "Each setting changed by itself, all others as in the first; what changing them together "
        "adds beyond that is shown separately. Part posts are allowed, so that rounding to whole "
        "posts is not taken for an effect; the totals above are of whole posts."
        if view.plan.sized
        else "Each setting changed by itself, all others as in the first; what changing them "
        "together adds beyond that is shown separately. With no posts added."
    )


def _pick_measure(rows: Sequence[Contribution]) -> str:
    """Let a person choose what the difference is of; the first in which there is one."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[row.measure] = totals.get(row.measure, 0.0) + row.effect
    measures = list(totals)
    if st.session_state.get("difference in") not in measures:
        some = (one for one in measures if abs(totals[one]) >= 0.5)
        st.session_state["difference in"] = next(some, measures[0])
    chosen = st.segmented_control(
        "Difference in",
        measures,
        format_func=PARTS.__getitem__,
        key="difference in",
        required=True,
        wrap=True,
    )
    return chosen or measures[0]


def _in_words(view: View, rows: Sequence[Contribution]) -> dict[str, str]:
    """Return the changed settings as people know them, what is changed before a bar."""
    words, found = results.words_of(view.base), {}
    for row in rows:
        names = row.setting.split(JOINED)  # several that mean something only together
        title = JOINED.join(words.title(name) for name in names)
        ends = (row.from_, row.to)
        if len(names) == 1 and not {ADDED, THERE} & set(map(str, ends)):
            old, new = (words.value(row.setting, value) for value in ends)
        else:
            old, new = map(short, ends)
        found[row.setting] = f"{title}|{old} → {new}"
    return found


def _asked() -> set[str]:
    """Return the pairs whose many contributions were asked for in this session."""
    found = st.session_state.setdefault("asked contributions", set())
    assert isinstance(found, set)
    return found


def _pick(place: st.delta_generator.DeltaGenerator, label: str, key: str, names: list[str],
          otherwise: int) -> str:  # fmt: skip
    """Let a person choose an option; another where it is no longer there."""
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[otherwise]
    return str(place.selectbox(label, names, key=key, persist_state="session"))
