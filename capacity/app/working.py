"""Long work, shown while it runs and stopped at will: each piece in a process of its own.

The script of a page waits for it and touches the page ten times a second, so that anything a
person does (another lever, Stop, closing the page) ends the script, and with it the process.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, cast

import streamlit as st

from capacity.app.parts import shown_as_is
from capacity.app.processes import WORKERS, Job
from capacity.wording import counted, inside

T = TypeVar("T")

_ASKED = "asked for what takes long"

LIMIT = 600.0
"""Seconds after which a piece of work is stopped, unless said otherwise."""

KEPT = 64_000_000
"""Bytes of results kept, of all sessions together, those last asked for first."""

TOUCH = 0.1
"""Seconds between two looks at the page."""

UNSEEN = 0.4
"""Seconds for which nothing is said: what is done by then needs no words."""

STOPPED = "Stopped"
FAULT = "Something went wrong in the application"

BESIDE = (4, 1)
"""Widths of what is said and the button beside it."""

_STOPPED = "stopped work"

_log = logging.getLogger(__name__)


def worked_out(
    what: str, key: str, function: Callable[..., T], *arguments: Any, seconds: float = LIMIT
) -> T | None:
    """Return function(*arguments) worked out in a process of its own, or None while stopped.

    While it runs the page says `what`, for how long it has run, the lines that the function says
    if it has a parameter `say`, and shows a button that stops it. After that the page says that
    it was stopped, with a button to work it out again. `function` stands at the top level of a
    module of this package; what it is given and returns can be pickled. `key` tells everything
    that decides the result, which is kept under it for every session.

    Raises:
        CapacityError: as the function raises it.
    """
    place = st.empty()  # also where nothing is shown, so that what follows keeps its place
    name = f"{function.__module__}.{function.__qualname__} {key}"
    outcome = KEPT_RESULTS.get(name)
    if outcome is None:
        if name not in _stops():
            outcome = _run(place, what, name, job_of(function, arguments), seconds)
            place.empty()
        if outcome is None:
            _say_stopped(place, what, name)
            return None
    kind, found = outcome
    if kind == "refused":
        raise _again(*found)
    return cast("T", found)


def when_asked(
    label: str,
    caption: str,
    words: str,
    key: str,
    function: Callable[..., T],
    arguments: tuple[Any, ...],
) -> T | None:
    """Return what takes long, once a person has asked for it with the inputs in view."""
    asked: dict[str, str] = st.session_state.setdefault(_ASKED, {})
    if asked.get(label) != key and not is_known(key, function):
        left, right = st.columns([2, 3], vertical_alignment="center")
        left.button(
            label,
            key=f"ask {label}",
            on_click=asked.__setitem__,
            args=(label, key),
            icon=":material/play_arrow:",
            width="stretch",
        )
        right.caption(caption)
        return None
    return worked_out(words, key, function, *arguments)


def try_again() -> None:
    """Forget what was stopped in this session, so that it is worked out where it is needed."""
    _stops().clear()


def is_known(key: str, function: Callable[..., Any]) -> bool:
    """Return whether a result is there without any work."""
    return KEPT_RESULTS.get(f"{function.__module__}.{function.__qualname__} {key}") is not None


def make_ready() -> None:
    """Have a worker waiting, so that the first work need not wait for one to start."""
    WORKERS.make_ready()


# On the page -------------------------------------------------------------------------------


def _stops() -> dict[str, str]:
    """Return what this session stopped, and why."""
    return cast("dict[str, str]", st.session_state.setdefault(_STOPPED, {}))


def _say_stopped(place: Any, what: str, name: str) -> None:
    """Say that something was stopped, and offer to work it out again."""
    why = _stops().get(name, STOPPED)
    with place.container(border=True, key=f"stopped {_short(name)}"):
        left, right = st.columns(BESIDE, vertical_alignment="center")
        left.markdown(f"**{shown_as_is(why)}:** {shown_as_is(inside(what.rstrip(' …')))}")
        right.button(
            "Work it out again",
            key=f"again {_short(name)}",
            on_click=_forget,
            args=(name,),
            icon=":material/replay:",
            width="stretch",
        )


def _forget(name: str) -> None:
    _stops().pop(name, None)


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


Outcome = tuple[str, Any]
"""`done` and the result, or `refused` and the error."""


def _run(place: Any, what: str, name: str, job: Job, seconds: float) -> Outcome | None:
    """Return what comes of a job, None where it is stopped; show how it goes meanwhile."""
    with WORKERS.turn(name) as turn, _Shown(place, what, name) as shown:
        while not turn.begin(job):
            if (known := KEPT_RESULTS.get(name)) is not None:  # another session had asked for it
                return known
            shown.touch("Waiting for other work to be done")
            time.sleep(TOUCH)
        ends, said = time.monotonic() + seconds, ""
        while time.monotonic() < ends:
            kind, found = turn.answer(TOUCH)
            said = str(found) if kind == "said" else said
            if kind in ("done", "refused"):
                KEPT_RESULTS.put(name, (kind, found), turn.size)
                return kind, found
            if kind == "fault":
                _log.error("%s: %s", name.split(maxsplit=1)[0], found)
                _stops()[name] = FAULT
                return None
            shown.touch(said)
        _stops()[name] = f"Stopped after {_time(seconds)}, the most it may take"
        return None


def _time(seconds: float) -> str:
    minutes = seconds / 60
    return counted(minutes, "minute") if minutes >= 1 else counted(seconds, "second")


@dataclass
class _Shown:
    """What a page says of work that runs; nothing for the first moments."""

    place: Any
    what: str
    name: str
    began: float = field(default_factory=time.monotonic)
    line: Any = None
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> _Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def touch(self, said: str) -> None:
        """Say how it goes. Ends the script where a person has done something else."""
        if self.line is None:
            if time.monotonic() - self.began < UNSEEN:
                self.place.empty()
                return
            self._open()
        self.line.caption(shown_as_is(said))

    def _open(self) -> None:
        with self.place.container(border=True, key=f"working {_short(self.name)}"):
            left, right = st.columns(BESIDE, vertical_alignment="center")
            with left:
                self.closing.enter_context(st.spinner(shown_as_is(self.what), show_time=True))
                self.line = st.empty()
            right.button(
                "Stop",
                key=f"stop {_short(self.name)}",
                on_click=_stops().__setitem__,
                args=(self.name, STOPPED),
                icon=":material/stop_circle:",
                width="stretch",
            )


# Results -----------------------------------------------------------------------------------


class Results:
    """The latest results, of all sessions together."""

    def __init__(self, most: int) -> None:
        self._found: OrderedDict[str, tuple[Outcome, int]] = OrderedDict()
        self._lock, self._most = Lock(), most

    def get(self, name: str) -> Outcome | None:
        """Return what came of a piece of work, None where it is not known."""
        with self._lock:
            if name not in self._found:
                return None
            self._found.move_to_end(name)
            return self._found[name][0]

    def put(self, name: str, outcome: Outcome, size: int) -> None:
        """Keep what came of a piece of work, and as many others as there is room for."""
        with self._lock:
            self._found[name] = outcome, size
            self._found.move_to_end(name)
            room = self._most - sum(size for _, size in self._found.values())
            while room < 0 and len(self._found) > 1:
                _, (_, freed) = self._found.popitem(last=False)
                room += freed


KEPT_RESULTS = Results(KEPT)


def _again(kind: type[BaseException], arguments: tuple[Any, ...], held: dict[str, Any]) -> Any:
    """Return an error of the other process as it was."""
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(held)
    return error


def job_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Job:
    """Return a job; `say` is passed where the function has it and it is not given."""
    try:
        parameters = inspect.signature(function)
        says = "say" in parameters.parameters
        says = says and "say" not in parameters.bind(*arguments).arguments
    except ValueError:  # some functions written in C do not tell
        says = False
    return function, arguments, says
