"""Pages without a browser: opened from an address or with an uploaded scenario, and read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from capacity.app import working
from capacity.app.toml_text import WhatIf

Page = Callable[[], None]

working.PATIENCE = 90.0  # without a browser nothing shows a page again when its team is there

# Every page looks for components in all packages there are, which took longer than the page itself.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

looked_every_millisecond = local_script_runner.require_widgets_deltas


def waited_for(runner: LocalScriptRunner, timeout: float = 3) -> None:
    """Wait until the page is drawn; to look every millisecond took from the time to draw it."""
    thread = runner._script_thread
    assert thread is not None
    thread.join(timeout)
    looked_every_millisecond(runner, 0 if thread.is_alive() else timeout)


local_script_runner.require_widgets_deltas = waited_for


def where_we_are() -> None:
    from capacity.app import five, frame, where

    frame.with_levers(where.head, five.show, where.show)


def what_if() -> None:
    from capacity.app import frame, what_if

    frame.with_levers(what_if.head, what_if.levers, what_if.show)


def team_size() -> None:
    from capacity.app import frame, sized

    frame.around(sized.show)


def how_sure() -> None:
    from capacity.app import frame, sure

    frame.around(sure.show)


def money() -> None:
    from capacity.app import frame, money

    frame.around(money.show)


def comparing() -> None:
    from capacity.app import compared, frame

    frame.around(compared.show)


def our_figures() -> None:
    from capacity.app import frame, ours

    frame.around(ours.show, ours.alone)


def our_work() -> None:
    from capacity.app import frame, kept

    frame.beside(kept.show)


def assumptions() -> None:
    from capacity.app import assumed, frame

    frame.around(assumed.show)


def report() -> None:
    from capacity.app import frame, paper

    frame.around(paper.show)


def opened(page: Page, **address: Any) -> AppTest:
    """A page as a link opens it."""
    at = AppTest.from_function(page, default_timeout=120)
    for name, value in address.items():
        at.query_params[name] = value
    return run(at)


def with_scenario(
    page: Page, text: str, changes: WhatIf | None = None, *, team: bool = False, **state: Any
) -> AppTest:
    """A page with an uploaded scenario in view."""
    at = AppTest.from_function(page, default_timeout=120)
    given: dict[str, Any] = {"scenario": "toy.toml", "uploads": {"toy.toml": text}}
    given |= {"what_if": changes or WhatIf(), "team": team}
    for name, value in {**given, **state}.items():
        at.session_state[name] = value
    return run(at)


def run(at: AppTest) -> AppTest:
    """Draw the page again."""
    at.run()
    return sound(at)


def sound(at: AppTest) -> AppTest:
    assert not at.exception, [one.value for one in at.exception]
    return at


def said(at: AppTest) -> str:
    """All text of the page, spaces as on a keyboard, markdown's escapes and bold taken out."""
    parts = [*at.header, *at.subheader, *at.markdown, *at.caption, *at.info, *at.success]
    parts += [*at.error, *at.warning]
    lines = [str(one.value) for one in parts]
    text = "\n".join([*lines, *(one.value.to_string() for one in at.table)])
    for sign in "`*_[]$<>~#:":
        text = text.replace(f"\\{sign}", sign)
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("**", "")


def on_one_line(at: AppTest) -> str:
    """All text of the page, paragraphs one after the other as on the terminal."""
    return said(at).replace("\n", " ")
