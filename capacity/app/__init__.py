"""The planning pages: a front end that shows what the engine says, and computes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

ICON = str(Path(__file__).with_name("icon.svg"))  # a named icon would be asked of the internet
STYLE = Path(__file__).with_name("style.css")

FIRST = "where-we-are"
"""The page that is shown at the address without a name."""


def main() -> None:
    """Open the pages."""
    # Here, so that what a worker needs of this package does not bring all of the pages with it.
    import streamlit as st

    from capacity.app import door

    st.set_page_config(page_title="Capacity", page_icon=ICON, layout="wide")
    st.html(STYLE)
    door.let_in()
    from capacity.app import frame, kept, parts, timing, working

    every = pages()
    groups = [
        [
            st.Page(
                one.show,
                title=one.menu or one.title,
                icon=one.icon,
                url_path=one.path,
                default=one.path == FIRST,
                visibility="visible" if one.menu else "hidden",  # it stands below the menu
            )
            for one in group
        ]
        for group in every
    ]
    work = st.Page(
        partial(frame.beside, kept.show),
        title="Our work",
        icon=":material/folder_open:",
        url_path="our-work",
        visibility="hidden",  # it stands above the scenario, at the left
    )
    diary = st.Page(
        timing.show,
        title="Diary",
        icon=":material/timer:",
        url_path=timing.PATH,
        visibility="hidden",  # for a phone: its link is under Our figures
    )
    listed = [one for group in groups for one in group]
    page = st.navigation([*listed, work, diary], position="top")
    with st.sidebar:
        st.page_link(work)
    if page is not diary:
        with st.container(horizontal=True, key="menu", gap="xsmall"):  # where a phone has none
            for group in groups:
                st.page_link(group[0])
    with st.container(horizontal=True, key="beside", horizontal_alignment="distribute"):
        with st.container(horizontal=True, gap="small"):
            for group, shown in zip(groups, every, strict=True):
                if page in group and len(group) > 1:
                    for link, one in zip(group, shown, strict=True):
                        st.page_link(link, label=one.title, icon=one.icon)
        parts.words_explained()
    page.run()
    working.make_ready()


@dataclass(frozen=True)
class PageShown:
    """A page: address, title, icon, what shows it, and its name in the menu where it stands there.

    The others are reached from a page of the menu. `also`: other words that a reader may type for
    its address.
    """

    path: str
    title: str
    icon: str
    show: Callable[[], None]
    menu: str = ""
    also: tuple[str, ...] = ()


def pages() -> list[list[PageShown]]:
    """Return the pages in the order of the menu, those that belong together in a list of their own.

    The first of each list stands in the menu.
    """
    # After the server has started: what the pages keep is kept by it.
    from capacity.app import (
        assumed,
        compared,
        five,
        frame,
        inspected,
        money,
        ours,
        paper,
        reasons,
        sized,
        sure,
        what_if,
        where,
    )

    around, levers = partial(partial, frame.around), partial(partial, frame.with_levers)
    icon = ":material/{}:".format
    return [
        [
            PageShown(
                "where-we-are",
                "Where we are",
                icon("monitoring"),
                levers(where.head, five.show, where.show),
                "Answer",
                also=("home", "start"),
            ),
            PageShown(
                "what-if",
                "What if",
                icon("tune"),
                levers(what_if.head, what_if.levers, what_if.show),
                also=("levers", "settings"),
            ),
        ],
        [
            PageShown("why", "Why", icon("help_center"), around(reasons.show), "Why"),
            PageShown("assumptions", "Assumptions", icon("fact_check"), around(assumed.show)),
        ],
        [
            PageShown("team-size", "Team size", icon("groups"), around(sized.show), "Team"),
            PageShown(
                "money", "Money", icon("payments"), around(money.show), also=("cost", "budget")
            ),
            PageShown(
                "how-certain",
                "How certain",
                icon("casino"),
                around(sure.show),
                also=("certainty", "probability"),
            ),
        ],
        [PageShown("compare", "Compare", icon("balance"), around(compared.show), "Compare")],
        [
            PageShown(
                "our-figures",
                "Our figures",
                icon("edit_note"),
                around(ours.show, ours.alone),
                "Our figures",
            )
        ],
        [
            PageShown("report", "Report", icon("description"), around(paper.show), "Report"),
            PageShown("inspection", "Inspection", icon("policy"), around(inspected.show)),
        ],
    ]


@cache
def addresses() -> dict[str, str]:
    """Return for what a reader may type as an address, by its letters, the address of the page."""
    from capacity.app.door import letters_of

    found: dict[str, str] = {}
    for one in (one for group in pages() for one in group):
        for words in (one.path, one.title, one.menu, *one.also):
            found.setdefault(letters_of(words), "" if one.path == FIRST else one.path)
    found.pop("", None)
    return found
