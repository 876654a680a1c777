"""The planning pages: a front end that shows what the engine says, and computes nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from capacity.app import assumed, download, frame, money, sized, what_if, where

ICON = str(Path(__file__).with_name("icon.svg"))  # a named icon would be asked of the internet
STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Open the pages."""
    st.set_page_config(page_title="Capacity", page_icon=ICON, layout="wide")
    st.html(STYLE)
    pages = [
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
        ("money", "Money", ":material/payments:", partial(frame.around, money.show)),
        (
            "assumptions",
            "Assumptions",
            ":material/fact_check:",
            partial(frame.around, assumed.show),
        ),
        ("download", "Download", ":material/download:", partial(frame.around, download.show)),
    ]
    st.navigation(
        [
            st.Page(show, title=title, icon=icon, url_path=path, default=path == "where-we-are")
            for path, title, icon, show in pages
        ],
        position="top",
    ).run()
