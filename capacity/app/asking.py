"""Numbers that no unit is likely to have, asked about before anything is worked out from them.

A lever asks at once, beside itself. Whatever else changes a scenario (a link, an event, a change
from a month on) is asked about here, in the place of the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from capacity.app import inputs, results, state
from capacity.app.parts import shown_as_is
from capacity.app.toml_text import WhatIf
from capacity.app.view import added_words
from capacity.errors import ScenarioError
from capacity.reading.naming import dotted, find
from capacity.reading.plausible import Doubt, doubt, questions
from capacity.reading.scenario import Scenario
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import at

ENDS = ("value", "low", "high")
"""What a number given with its range says."""


@dataclass(frozen=True)
class Unlikely:
    """What is asked about a number of a what-if.

    Attributes:
        change: the setting that is changed, or the place of what was added.
        rest: where in it the number stands.
        words: what is asked, empty where the doubt says it.
        found: the number, and what may have been meant.
    """

    change: str | int
    rest: Keys
    words: str
    found: Doubt


def show(base: Scenario) -> bool:
    """Ask about what is changed where it is likely a slip; return whether anything is asked."""
    asked = of(base, state.what_if())
    if not asked:
        return False
    st.header("Is this right?", anchor=False)
    st.write("Nothing has been worked out from these changes yet.")
    for place, one in enumerate(asked):
        with st.container(border=True, key=f"question {place}"):
            st.markdown(f"**{shown_as_is(_title(base, one.change))}**")
            chosen = inputs.answer(one.found, f"question {one.change} {one.rest}", one.words)
            if chosen is not None:
                _take(one, chosen)
                st.rerun()
    return True


def of(base: Scenario, what_if: WhatIf) -> tuple[Unlikely, ...]:
    """Return what is to be asked about the changes; nothing where they cannot be read."""
    return _of(results.key_of(base, what_if), base, what_if) if what_if else ()


@st.cache_resource(max_entries=64, show_spinner=False)
def _of(key: str, _base: Scenario, _what_if: WhatIf) -> tuple[Unlikely, ...]:
    try:
        changed = results.changed(_base, _what_if)
    except ScenarioError:
        return ()  # what is wrong is said in full
    tree = changed.tree
    places = _places(_base, changed, _what_if)
    found = []
    for one in questions(tree, changed.settings, valid=True):
        mine = (item for item in places.items() if one.path[: len(item[0])] == item[0])
        path, change = max(mine, key=lambda item: len(item[0]), default=((), None))
        if change is None:
            continue  # of the scenario as it stands, which was asked about when it was opened
        number = at(tree, one.path)
        number = float(number["value"] if isinstance(number, Mapping) else number)
        setting = one.path
        if setting[0] == "changes":
            setting = (*str(setting[3]).split("."), *setting[4:])
        setting = setting[:-1] if setting[-1] in ENDS else setting
        known = doubt(setting, number)
        words = results.words_of(_base).value(dotted(tree, setting), number)
        doubtful = known or Doubt(number, words, None, "", "")
        found.append(Unlikely(change, one.path[len(path) :], "" if known else one.must, doubtful))
    return tuple(found)


def _places(base: Scenario, changed: Scenario, what_if: WhatIf) -> dict[Keys, str | int]:
    """Return where each change stands in the changed scenario."""
    found: dict[Keys, str | int] = {}
    for name in what_if.values:
        path, rest = find(changed.tree, name)
        found[(*path, *rest)] = name
    taken: dict[str, int] = {}
    for place, (kind, _) in enumerate(what_if.added):
        before = taken.setdefault(kind, len(base.tree.get(kind, ())))
        found[(kind, before)] = place
        taken[kind] += 1
    return found


def _title(base: Scenario, change: str | int) -> str:
    """Return what is changed."""
    if isinstance(change, str):
        return results.words_of(base).title(change)
    return added_words(base, *state.what_if().added[change])


# What is chosen ----------------------------------------------------------------------------


def _take(one: Unlikely, chosen: Any) -> None:
    """Change what was asked about: as chosen, or back to as it was."""
    if chosen is inputs.AS_IT_WAS:
        if isinstance(one.change, str):
            state.undo(one.change)
        else:
            state.take_back(one.change)
        return
    confirmed = isinstance(chosen, Mapping)

    def put(given: Any) -> Any:
        return _put(given, one.rest, chosen["value"] if confirmed else chosen, confirmed=confirmed)

    if isinstance(one.change, str):
        state.replace_value(one.change, put(state.what_if().values[one.change]))
    else:
        state.replace_added(one.change, put(state.what_if().added[one.change][1]))


def _put(given: Any, rest: Keys, number: Any, *, confirmed: bool) -> Any:
    """Return what is given with another number in it, or with that number confirmed."""
    if rest and rest[0] not in ENDS and isinstance(given, Mapping) and rest[0] in given:
        inner = _put(given[rest[0]], rest[1:], number, confirmed=confirmed)
        return {**given, rest[0]: inner}
    if confirmed:
        return {**(given if isinstance(given, Mapping) else {"value": given}), "confirmed": True}
    if isinstance(given, Mapping):
        return {**given, str(rest[0]) if rest else "value": number}
    return number
