"""The planning pages: a front end that shows what the engine says, and computes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

ICON = str(Path(__file__).with_name("icon.svg"))  # a named icon would be asked of the internet
STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Open the pages."""
    # Here, so that what a worker needs of this package does not bring all of the pages with it.
    import streamlit as st

    from capacity.app import door

    st.set_page_config(page_title="Capacity", page_icon=ICON, layout="wide")
    st.html(STYLE)
    door.let_in()
    from capacity.app import frame, inspected, kept, timing, working

    menu = [
        st.Page(show, title=title, icon=icon, url_path=path, default=path == "where-we-are")
        for path, title, icon, show in pages()
    ]
    work = st.Page(
        partial(frame.beside, kept.show),
        title="Our work",
        icon=":material/folder_open:",
        url_path="our-work",
        visibility="hidden",  # the menu is full: it stands above the scenario, at the left
    )
    diary = st.Page(
        timing.show,
        title="Diary",
        icon=":material/timer:",
        url_path=timing.PATH,
        visibility="hidden",  # for a phone: its link is under Our figures
    )
    inspection = st.Page(
        partial(frame.around, inspected.show),
        title="Inspection",
        icon=":material/policy:",
        url_path="inspection",
        visibility="hidden",
    )
    page = st.navigation([*menu, work, inspection, diary], position="top")
    with st.sidebar:
        st.page_link(work)
        st.page_link(inspection)
    page.run()
    working.make_ready()


def pages() -> list[tuple[str, str, str, Callable[[], None]]]:
    """Return the pages: address, title, icon, and what shows them.

    Returns:
        One for each page, in the order of the menu.
    """
    # After the server has started: what the pages keep is kept by it.
    from capacity.app import (
        assumed,
        compared,
        frame,
        money,
        ours,
        paper,
        sized,
        sure,
        what_if,
        where,
    )

    return [
        (
            "where-we-are",
            "Where we are",
            ":material/monitoring:",
            partial(frame.around, where.show),
        ),
        (
            "what-if",
            "What if",
            ":material/tune:",
            partial(frame.around, what_if.show, what_if.levers_alone),
        ),
        ("team-size", "Team size", ":material/groups:", partial(frame.around, sized.show)),
        ("how-certain", "How certain", ":material/casino:", partial(frame.around, sure.show)),
        ("money", "Money", ":material/payments:", partial(frame.around, money.show)),
        ("compare", "Compare", ":material/balance:", partial(frame.around, compared.show)),
        (
            "our-figures",
            "Our figures",
            ":material/edit_note:",
            partial(frame.around, ours.show, ours.alone),
        ),
        (
            "assumptions",
            "Assumptions",
            ":material/fact_check:",
            partial(frame.around, assumed.show),
        ),
        ("report", "Report", ":material/description:", partial(frame.around, paper.show)),
    ]
