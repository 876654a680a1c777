"""What the server does before it answers, so that the first person need not wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import inspect
import logging
from collections.abc import AsyncIterator
from typing import Any

LATE = ("PIL.Image", "streamlit.components.v1")
"""What Streamlit imports only when a first page is shown."""

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def ready(_: object) -> AsyncIterator[dict[str, Any]]:
    """Have everything in memory that the first page needs, while the server starts.

    What goes wrong here is left to the page, which says it to whom it concerns.
    """
    await asyncio.to_thread(_make_ready)
    yield {}


def _make_ready() -> None:
    try:
        from capacity.app import keeping, working

        working.make_ready()  # first, since it imports beside this process
        keeping.prune_at_start()
        _open_first()
        # Streamlit looks for forgotten objects after every run. What is here now stays: it need
        # not be looked through, which took longer than all that a lever changes.
        gc.collect()
        gc.freeze()
    except Exception as error:  # the server starts whatever this is
        _log.warning("not ready before the first page: %s", type(error).__name__)


def _open_first() -> None:
    """Import every page, read and plan the scenario that is shown first, and draw a chart."""
    from altair.utils.schemapi import debug_mode

    from capacity import charts
    from capacity.app import pages, results, state
    from capacity.app.toml_text import WhatIf
    from capacity.app.view import View

    for name in LATE:
        importlib.import_module(name)
    inspect.stack()  # it then knows every module; the first thing that is shown asks for this
    pages()
    base = results.base(state.FIRST, {})
    results.titles_of(dict.fromkeys(state.ready()))
    view = View(base, WhatIf(), results.result_of(base, WhatIf()), None)
    with debug_mode(False):
        for one in view.said.today.services[:1]:
            charts.outstanding(view.shown, one.group, one.duty)
