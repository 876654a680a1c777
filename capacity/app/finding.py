"""Any setting found by the words that a reader has for it, and changed where it is found."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise, takewhile
from typing import Protocol

import streamlit as st

from capacity.app import adding, inputs, results
from capacity.app.parts import shown_as_is
from capacity.app.toml_text import WhatIf
from capacity.glossary import also_called
from capacity.reading.levers import Lever
from capacity.reading.scenario import Scenario

LONG = 50
"""Letters of a setting's meaning of which the explanation is left out."""


NEAREST = 6
"""Settings offered for a question in somebody's own words."""

OF_ONE_NAME = 2
"""Settings of one name among them: every team has them all."""

LEAST = 4
"""Letters with which words must begin alike to be taken as one."""

_ENDINGS = """
s es d ed e er ers r rs or ors ing ings y ies ied ion ions ation ations ment ments ness al ly th ee
ees ance ances
"""
ENDINGS = frozenset(["", *_ENDINGS.split()])
"""What follows where two words are one: court and courts, but not court and courses."""

SHORT_ENDINGS = ({"", "s"}, {"e", "ing"}, {"es", "ing"})
"""What may follow fewer letters: cut and cuts, hire and hiring."""

LONG_WORD, CLOSE = 6, 0.8
"""Letters from which on a word that nothing has may be misspelt, and how alike another must be."""

_PLAIN = """
a an and are as at be been being but by can could did do does doing each every for from get gets
give given go goes going had has have how i if in into is it its just lose make many me more most
much my need no not of off on one only or other our out over per should so some than that the their
them then there these they this those to too under until up us was we were what when where which
while who will with would you your
use uses used take takes taken taking stop stops stopped start starts started work works worked
working better worse people somebody nobody happen happens instead less fewer lower higher rise
rises fall falls cost number two three four five six ten half twice month months year years week
weeks cent percent
"""
PLAIN = frozenset(_PLAIN.split())
"""Words of a question that say nothing of what it is about."""


def _at_the_top(_: Scenario) -> None:
    st.caption("Choose it beside the answer, at the top of the page.")


ADDED: dict[str, tuple[str, Callable[[Scenario], None]]] = {
    "people": (
        "Somebody away or on loan (maternity, paternity, parental leave, long-term sick, part-time,"
        " reduced hours, job share, flexible or agile working, career break, secondment,"
        " attachment, restricted or light duties, suspension, retirement, transfer,"
        " losing officers)",
        adding.people,
    ),
    "event": (
        "Cases that arrive, leave or move in one month (surge, transfers in, from other forces,"
        " one-off, backlog brought in)",
        adding.events,
    ),
    "dated": (
        "Another value from a month on (later, from April, change of policy)",
        lambda base: adding.dated(base, list(results.levers_of(base))),
    ),
    "ending": (
        "Posts that end (grant, fixed term, funding ends, uplift, budget cuts, savings, austerity)",
        adding.posts_that_end,
    ),
    "confidence": (
        "Confidence asked for (how certain, probability, risk appetite, 95%)",
        _at_the_top,
    ),
}
"""What can be added or chosen that is no single setting: what it is called, and what shows it."""


class Button(Protocol):
    """What changes something with one click: what it is called and says, and what shows it."""

    @property
    def label(self) -> str:
        """What it is called."""

    @property
    def help(self) -> str:
        """What it says of itself."""

    def show(self, where: str) -> None:
        """Show the button."""


def show(base: Scenario, buttons: Sequence[Button] = ()) -> str | None:
    """Let a person find any setting by typing words of it; return what is shown here.

    Args:
        base: the scenario as it stands.
        buttons: what is found beside settings, first where both are as near.
    """
    every = {one.name: one for one in results.levers_of(base)}
    mine = {f"button {one.label}": one for one in buttons}
    offered = {name: f"{one.label} ({one.help})" for name, one in mine.items()}
    offered |= _offered(results.key_of(base, WhatIf()), base)
    chosen = st.selectbox(
        "Find any other setting",
        list(offered),
        index=None,
        format_func=lambda name: offered.get(name, name),
        filter_mode="contains",
        placeholder="A word such as maternity, or a question",
        key="setting found",
        accept_new_options=True,
        persist_state="session",
    )
    question = ""
    if chosen is not None and chosen not in offered:
        question, chosen = chosen, _meant(chosen, offered)
    if chosen in mine:
        mine[chosen].show("found")
    elif chosen == "people":
        adding.people(base, question)
    elif chosen in ADDED:
        ADDED[chosen][1](base)
    elif chosen is not None:
        st.markdown(f"**{shown_as_is(every[chosen].title)}**")  # its label may be a tier alone
        inputs.lever(base, every[chosen])
    return chosen


def _meant(question: str, offered: Mapping[str, str]) -> str | None:
    """Let a person choose among what a question is probably about."""
    found = nearest(question, offered)
    if not found:
        st.caption(f"Nothing has a word of “{shown_as_is(question)}”. Try another word.")
        return None
    chosen: str | None = st.radio(
        "It may be about",
        found,
        index=None,
        format_func=lambda name: shown_as_is(offered[name].partition(" (")[0]),
        key=f"meant by {question}",
    )
    return chosen


def nearest(question: str, offered: Mapping[str, str]) -> list[str]:
    """Return what can be found that has most of the words of a question, the rarest counting most.

    Words that stand together in a question count once more where they stand together (part time).
    Of those with as many, one for which the question is a name comes first (caseload of 60).

    Args:
        question: as somebody asks it.
        offered: what each setting is called, and other words for it.
    """
    words = {name: _words(text) for name, text in offered.items()}
    every = {word for some in words.values() for word in some}
    asked = [_known(one, every) for one in _words(question)]
    meant = {one: frozenset(word for word in every if _alike(word, one)) for one in asked}
    score: dict[str, float] = {}
    for like in meant.values():
        _add(score, [name for name, some in words.items() if not like.isdisjoint(some)], words)
    for one, after in set(pairwise(asked)):
        first, then = meant[one], meant[after]
        together = [
            name
            for name, some in words.items()
            if any(a in first and b in then for a, b in pairwise(some))
        ]
        _add(score, together, words)
    named_so = {name for name in score if _is_a_name(asked, offered[name])}
    found: list[str] = []
    named: Counter[str] = Counter()
    best = sorted(filter(score.get, words), key=lambda at: (-score[at], at not in named_so))
    for name in best:
        label = offered[name].partition(" – ")[0]
        named[label] += 1
        found += [name] if named[label] <= OF_ONE_NAME else []
    return found[:NEAREST]


def _add(score: dict[str, float], has: Sequence[str], of: Collection[str]) -> None:
    """Add what it counts for some to have a word, by how few of all have it."""
    for name in has:
        score[name] = score.get(name, 0.0) + math.log(len(of) / len(has))


def _is_a_name(asked: Sequence[str], text: str) -> bool:
    """Return whether a question has no word but those of one of the names of something."""
    names = map(_words, re.split(r"[,()–:]", text))
    return any(len(name) == len(asked) and all(map(_alike, name, asked)) for name in names if name)


def _words(text: str) -> list[str]:
    return [one for one in re.findall(r"[a-z]+", text.lower()) if one not in PLAIN]


def _known(word: str, every: Collection[str]) -> str:
    """Return a word, or the one that somebody meant who misspelt it."""
    if len(word) < LONG_WORD or any(_alike(word, one) for one in every):
        return word
    begun = [one for one in every if one[0] == word[0]]
    return next(iter(get_close_matches(word, begun, 1, CLOSE)), word)


def _alike(one: str, other: str) -> bool:
    """Return whether two words are one, but for their ends: visit and visits, sick and sickness."""
    pairs = zip(one, other, strict=False)
    alike = sum(1 for _ in takewhile(lambda both: both[0] == both[1], pairs))
    ends = {one[alike:], other[alike:]}
    if alike < LEAST:
        return one == other or (alike == LEAST - 1 and ends in SHORT_ENDINGS)
    return ends <= ENDINGS


@st.cache_resource(max_entries=4, show_spinner=False)
def _offered(key: str, _base: Scenario) -> dict[str, str]:
    """Return what can be found, those that matter most first, and what each is called."""
    levers, tiers = results.levers_of(_base), _tiers(_base)
    found = {name: words for name, (words, _) in ADDED.items()}
    return found | {one.name: called(one, tiers) for one in sorted(levers, key=_order)}


def _order(one: Lever) -> bool:
    return not one.first


def called(one: Lever, tiers: Collection[str]) -> str:
    """Return what a setting is, whose it is (a tier by its label too), and other words for it."""
    *whose, what = one.parts
    if whose and all(part in tiers for part in what.split(" to ")):
        *whose, what = *whose[:-1], what, whose[-1]
    short = what.partition(";")[0]
    short = short if len(short) <= LONG else short.partition(":")[0]
    words = " – ".join(filter(None, [short, ", ".join(whose)]))
    others = also_called(one.name)
    return f"{words} ({others})" if others else words


def _tiers(base: Scenario) -> set[str]:
    """Return what tiers and classes of work are called."""
    settings = base.settings
    names = {(name, tier) for name, one in settings.cohorts.items() for tier in one.tiers}
    classes = {one for queue in settings.queues.values() for one in queue.class_names}
    return {settings.tier_label(*key) for key in names} | {
        settings.tier_label(None, one) for one in classes
    }
