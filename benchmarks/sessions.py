"""Sessions of the app without a browser: what a page sends and receives, at next to no cost.

25 browsers on the server's own two cores take both of them for themselves; these leave the server
as much of the machine as it would have.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

LARGEST = 50_000_000
"""Bytes of a message at most."""


class Session:
    """One session: its widgets, and the words that its last run showed."""

    def __init__(self, link: ClientConnection, page: str) -> None:
        self.link, self.page, self.script = link, page, ""
        self.widgets: dict[str, Any] = {}  # what the page offers, by label
        self.values: dict[str, WidgetState] = {}
        self.words: list[str] = []
        self.faults = 0

    async def set(self, label: str, **value: Any) -> float:
        """Give a widget a value and return the seconds until the run that shows it has ended."""
        name = self.widgets[label].id
        self.values[name] = WidgetState(id=name, **value)
        return await self.run()

    async def run(self) -> float:
        """Have the page run and return the seconds until all of it has arrived."""
        asked = BackMsg()
        state = asked.rerun_script
        state.page_script_hash = self.script
        state.page_name = "" if self.script else self.page
        state.widget_states.widgets.extend(self.values.values())
        began, self.words = time.perf_counter(), []
        await self.link.send(asked.SerializeToString())
        while not await self._takes():
            pass
        return time.perf_counter() - began

    async def _takes(self) -> bool:
        """Take one message and return whether it was the run's last."""
        message = ForwardMsg()
        message.ParseFromString(bytes(await self.link.recv()))  # type: ignore[arg-type]
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.script = message.navigation.page_script_hash
        elif kind == "new_session" and not self.script:
            self.script = message.new_session.page_script_hash
        elif kind == "delta":
            self._shows(message.delta)
        return kind == "script_finished" and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )

    def _shows(self, delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "markdown":
            body = re.sub(r"\\(.)", r"\1", element.markdown.body)
            self.words.append(body.replace("\N{NO-BREAK SPACE}", " "))
        elif kind == "exception":
            self.faults += 1
        elif kind in ("number_input", "button_group", "selectbox"):
            widget = getattr(element, kind)
            self.widgets[widget.label] = widget


@asynccontextmanager
async def opened(address: str, page: str) -> AsyncIterator[Session]:
    """Open a session on a page, as a browser does."""
    there = address.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(there, subprotocols=["streamlit"], origin=address, max_size=LARGEST) as link:  # type: ignore[list-item, arg-type]
        session = Session(link, page)
        await session.run()
        yield session
