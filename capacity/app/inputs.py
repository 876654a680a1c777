"""One lever → one widget, made from the setting's declaration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from capacity.app import results, state
from capacity.app.parts import shown_as_is
from capacity.reading.assumptions import KINDS
from capacity.reading.crosscheck import month_after
from capacity.reading.levers import Lever, month_words
from capacity.reading.plausible import Doubt, doubt
from capacity.reading.scenario import Scenario
from capacity.wording import day, every, inside, without_iso

REGULAR = (0, 0.5, 1, 2, 3, 4, 6, 12, 26, 52)
"""Times a year that can be chosen for a duty: whole months between, or weeks."""


def lever(base: Scenario, one: Lever) -> None:
    """Show a lever with its unit, today's value, its range and its source."""
    key = f"lever {one.name}"
    now = current(one)
    label = _label(one)
    told: Any = {"help": helped(base, one), "on_change": moved, "args": (one, key, base)}
    if one.kind == "flag":
        keep_at(key, bool(now))
        st.checkbox(label, bool(now), key=key, **told)
    elif one.kind == "choice":
        options = list(one.choices)
        stands = now if now in options else one.today
        keep_at(key, stands)
        st.selectbox(label, options, options.index(stands), key=key, **told)
    elif one.kind == "month":
        choices: list[date | None] = [*months_of(base, now)]
        choices = choices if now is not None else [None, *choices]
        keep_at(key, now)
        shown = one.unset if one.unset != "none" else "the start"
        st.selectbox(
            label,
            choices,
            choices.index(now),
            key=key,
            format_func=lambda day: month_words(day) if day else shown,
            **told,
        )
    elif _is_regular(one):
        numbers = sorted({*REGULAR, *(n for n in (one.today, now) if n is not None)})
        keep_at(key, now)
        st.selectbox(
            label,
            numbers,
            None if now is None else numbers.index(now),
            key=key,
            format_func=_often,
            **told,
        )
    else:
        number(one, label, key, now, **told)
    st.caption(today(base, one))
    asked = f"asked {one.name}"
    if (value := st.session_state.get(asked)) is not None:
        chosen = asked_about(one, value, key)
        if chosen is not None:
            st.session_state[asked] = None
            state.change(one.name, chosen, one.today)
            st.rerun()


def doubt_of(one: Lever, value: Any) -> Doubt | None:
    """Return what is to be asked about a value, as typed in a file, before it is taken."""
    if one.kind != "number" or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return doubt(one.name.split("."), value)


def asked_about(one: Lever, value: float, key: str) -> Any:
    """Ask about a value that is likely a slip; return what is chosen, None while nothing is."""
    found = doubt_of(one, value)
    if found is None:
        return value
    chosen = answer(found, key)
    if chosen is AS_IT_WAS:
        st.session_state[f"asked {one.name}"] = st.session_state[f"asked {key}"] = None
        st.rerun()
    return chosen


AS_IT_WAS = object()
"""The answer that a number is to stay as it was."""


def answer(found: Doubt, key: str, words: str = "") -> Any:
    """Ask about a number; return what is chosen, None while nothing is.

    What is kept although no unit usually has it says so (`confirmed`), so that the file of the
    what-if is read without the same question.

    Args:
        found: the number, and what may have been meant.
        key: of the buttons.
        words: what is asked, where the doubt does not say it.
    """
    unusual = f"{found.words} is outside what units usually have. {_ask(found)}"
    st.warning(shown_as_is(words or unusual))
    with st.container(horizontal=True, gap="small", key=f"answers {key}"):
        if found.meant is not None and st.button(f"Use {found.meant_words}", key=f"meant {key}"):
            return found.meant
        if st.button(f"Keep {found.words}", key=f"keep {key}"):
            return {"value": found.value, "confirmed": True}
        if st.button("Leave as it was", key=f"leave {key}"):
            return AS_IT_WAS
    return None


def _ask(found: Doubt) -> str:
    if found.meant is not None:
        return f"Did you mean {found.meant_words}?"
    return f"Usual is {found.usual}. Is that right?"


def number(one: Lever, label: str, key: str, current: Any, **told: Any) -> None:
    """Show a number with the range, step and digits that fit it."""
    limits = one.limits
    inside = current is None or limits.holds(current)
    low = one.shown(limits.ge) if inside and limits.gt is None and limits.ge > -1e9 else None
    high = one.shown(limits.le) if inside and limits.lt is None and limits.le < 1e9 else None
    step = _step(one, one.shown(current if current is not None else one.today))
    kind: type[int] | type[float] = int if limits.whole else float
    shown = one.shown(current)
    stands = None if shown is None else kind(shown)
    keep_at(key, stands)
    may_be_cleared = one.today is None or one.unset != "none"
    st.number_input(
        label,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=None if may_be_cleared else "min" if stands is None else stands,
        step=kind(step),
        format="%d" if limits.whole else f"%.{_digits(one, current, step)}f",
        key=key,
        placeholder=one.unset,
        **told,
    )


def months_of(base: Scenario, *more: date | None) -> list[date]:
    """Return the first days of the months projected, and any other that is in use."""
    start, months = base.settings.start, int(base.settings.months.value)
    found = {month_after(start, n) for n in range(months)}
    return sorted({*found, *(day for day in more if isinstance(day, date))})


def keep_at(key: str, value: Any) -> None:
    """Have a widget stand at a value, which is its default too.

    A value is sent once only: a page that is busy when the next run comes sees the default alone.
    Nothing is sent where it stands there already: what a person has clicked in the meantime, and
    the server does not know yet, would be lost.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def current(one: Lever) -> Any:
    """Return what the lever stands at; today's value where a link says nonsense."""
    value = state.what_if().values.get(one.name, one.today)
    value = value.get("value") if isinstance(value, dict) else value
    kinds: dict[str, type | tuple[type, ...]] = {
        "number": (int, float),
        "flag": bool,
        "month": date,
        "choice": str,
    }
    fits = isinstance(value, kinds[one.kind]) and not (
        one.kind == "number" and isinstance(value, bool)
    )
    return value if fits or value is None else one.today


def moved(one: Lever, key: str, base: Scenario | None = None) -> None:
    """Take a new value from the screen, and what `base` must have changed with it."""
    value = one.typed(st.session_state[key])
    doubtful = value != one.today and doubt_of(one, value) is not None
    st.session_state[f"asked {one.name}"] = value if doubtful else None
    if doubtful:
        return  # asked about beside the lever, which stays where it was
    if value is None and one.today is not None and one.unset == "none":
        state.undo(one.name)
    elif base is not None and value == 0 and (late := _overdue(base, one)):
        state.apply({one.name: value, **dict.fromkeys(late, 0)}, (), back=False)
    else:
        state.change(one.name, value, one.today)


def _overdue(base: Scenario, one: Lever) -> list[str]:
    """Return how many are overdue at the start of what is owed never: none can be then."""
    if not _is_regular(one):
        return []
    around, _, tier = one.name.partition(".per_year")
    every = results.levers_of(base)
    mine = (late for late in every if f"{late.name}.".startswith(f"{around}.overdue{tier}."))
    return [late.name for late in mine if late.today]


def _label(one: Lever) -> str:
    unit = {"share": "%", "": ""}.get(one.unit, f"% {one.unit}" if one.scale == 100 else one.unit)
    said = one.kind != "number" or unit in ("", one.label.lower())
    return one.label if said else f"{one.label} ({unit})"


def today(base: Scenario, one: Lever) -> str:
    """Return today's value, how certain it is and what it rests on."""
    words = stands_at(one)
    if not one.source:
        return words
    said = rests_on(base, one.source, short=True)
    return f"{words} · {said if one.source in base.sources else inside(said)}"


def rests_on(base: Scenario, source: str, *, short: bool = False) -> str:
    """Return what a number rests on: publisher, title and date, or what kind of number it is."""
    row = base.sources.get(source)
    if row is None:
        return KINDS[source][0] if source in KINDS else source
    said = (row.publisher, "" if short else row.title, day(row.date))
    return ", ".join(filter(None, said))


def noted(base: Scenario, note: str) -> str:
    """Return a note, the sources that it names in words."""
    for name in base.sources:
        if name in note:
            note = note.replace(name, rests_on(base, name, short=True))
    return without_iso(note)


def stands_at(one: Lever) -> str:
    """Return today's value and how certain it is."""
    return f"Today {one.words(one.today)}{between(one)}"


def between(one: Lever) -> str:
    """Return between what a setting probably lies, empty where it has no range."""
    if one.low is None or one.high is None:
        return ""
    low, high = one.words(one.low), one.words(one.high)
    unit = high.partition(" ")[2]
    return f" (range {low.removesuffix(f' {unit}')} to {high})"


def helped(base: Scenario, one: Lever) -> str:
    """Return the meaning, what is allowed and the source."""
    lines = [f"{one.meaning[:1].upper()}{one.meaning[1:]}."]
    if one.kind == "number":
        lines.append(f"Allowed: {one.range_words}.")
    if one.source:
        kind = "Source: " if one.source in base.sources else ""
        lines.append(f"{kind}{rests_on(base, one.source)}.")
    if one.note:
        lines.append(f"{noted(base, one.note)}.")
    return "  \n".join(lines)


def _is_regular(one: Lever) -> bool:
    names = one.name.split(".")
    return one.kind == "number" and "duties" in names and "per_year" in names


def _often(times: float) -> str:
    if times in (26, 52):
        return {26: "26 (every fortnight)", 52: "52 (every week)"}[int(times)]
    if times <= 0:
        return "0 (none planned)"
    months = 12 / times
    return f"{times:g} ({every(months)})" if months == int(months) else f"{times:g}"


def _step(one: Lever, shown: Any) -> float:
    """Return the step of one click: a sensible part of the number."""
    if one.limits.whole or one.unit in ("posts", "FTE", "officers"):
        return 1
    size = abs(shown) if isinstance(shown, int | float) else 1
    for least, step in ((20_000, 1000), (2000, 100), (200, 10), (20, 1), (2, 0.5), (0.5, 0.1)):
        if size >= least:
            return step
    return 0.5 if one.scale == 100 else 0.05


def _digits(one: Lever, current: Any, step: float) -> int:
    """Return the digits after the point that show every number in full."""
    numbers: Sequence[Any] = (one.shown(current), one.shown(one.today), step)
    return max(_places(number) for number in numbers if number is not None)


def _places(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
