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
from threading import Event, Lock, Thread
from typing import Any, TypeVar, cast

import streamlit as st

from capacity.app.parts import shown_as_is
from capacity.app.processes import WORKERS, Job
from capacity.errors import CapacityError
from capacity.wording import counted, inside

T = TypeVar("T")

_ASKED = "asked for what takes long"

LIMIT = 600.0
"""Seconds after which a piece of work is stopped, unless said otherwise."""

KEPT = 64_000_000
"""Bytes of results kept, of all sessions together, those last asked for first."""

TOUCH = 0.1
"""Seconds between two looks at the page."""

PATIENCE = 0.8
"""Seconds for which a page waits for work that is to fill in beside it: most teams are there."""

LOOK = 0.3
"""Seconds between two looks of a page at work beside it."""

UNLOOKED = 5.0
"""Seconds after which work is ended that no page looks at."""

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
    name = _name_of(function, key)
    outcome = KEPT_RESULTS.get(name)
    if outcome is None:
        if name not in _stops():
            with _Shown(place, what, name) as shown:
                came = outcome_of(name, job_of(function, arguments), seconds, shown.touch)
            place.empty()
            if isinstance(came, str):
                _stops()[name] = came
            else:
                outcome = came
        if outcome is None:
            _say_stopped(place, what, name)
            return None
    return cast("T", result_of(outcome))


def result_of(outcome: Outcome) -> Any:
    """Return what was worked out.

    Raises:
        CapacityError: as it was raised in the other process.
    """
    kind, found = outcome
    if kind == "refused":
        raise _again(*found)
    return found


def filled_in(
    what: str,
    key: str,
    function: Callable[..., T],
    *arguments: Any,
    seconds: float = LIMIT,
    patience: float | None = None,
    quiet: bool = False,
) -> T | None:
    """Return function(*arguments), or None while that is worked out beside the page.

    The page does not wait for it longer than `patience` seconds, or else PATIENCE. It then says
    `what`, and for how long that has run, with a button that stops it; if `quiet`, `what` alone.

    A page that is quick to change is shown with what is known already; it is shown again as soon
    as the rest is there. Work that no page looks at any more is ended.

    Raises:
        CapacityError: as the function raises it; if `quiet`, where it was stopped.
    """
    name = _name_of(function, key)
    place = st.empty()  # also where nothing is shown, so that what follows keeps its place
    outcome = KEPT_RESULTS.get(name)
    if outcome is not None:
        return cast("T", result_of(outcome))
    if name in _stops():
        if quiet:
            raise CapacityError(_stops()[name])
        _say_stopped(place, what, name)
        return None
    job = _Beside.begun(name, job_of(function, arguments), seconds)
    ends = time.monotonic() + (PATIENCE if patience is None else patience)
    while time.monotonic() < ends and not job.ended.wait(TOUCH):
        place.empty()  # ends the script where a person has done something else
    outcome = KEPT_RESULTS.get(name)
    if outcome is not None:
        return cast("T", result_of(outcome))
    with place.container():
        _going_on(what, name, job.job, seconds, quiet)
    return None


@st.fragment(run_every=LOOK)
def _going_on(what: str, name: str, job: Job, seconds: float, quiet: bool) -> None:
    """Say how work beside the page goes; show the page again when it is done."""
    if KEPT_RESULTS.get(name) is not None or name in _stops():
        st.rerun()
    found = _Beside.begun(name, job, seconds)
    if found.why:
        _stops()[name] = found.why
        _Beside.forget(name)
        st.rerun()
    if quiet:
        if what:
            st.caption(what)
        return
    so_far = counted(int(time.monotonic() - found.began), "second")
    said = f": {inside(found.said)}" if found.said else ""
    with st.container(border=True, key=f"beside {_short(name)}"):
        caption = _button_beside("Stop", "stop", "stop_circle", _stop, name)
        caption.caption(shown_as_is(f"{what} {so_far}{said}"))


def _stop(name: str) -> None:
    """Stop work of this session; beside a page, unless a page of somebody else looks at it too."""
    _stops()[name] = STOPPED
    if (found := _BESIDE.get(name)) is not None:
        found.looked = 0.0


def when_asked(
    label: str,
    caption: str,
    words: str,
    key: str,
    function: Callable[..., T],
    arguments: tuple[Any, ...],
) -> T | None:
    """Return what takes long, once a person has asked for it with the inputs in view."""
    if not was_asked(label, caption, key, function):
        return None
    return worked_out(words, key, function, *arguments)


def was_asked(label: str, caption: str, key: str, function: Callable[..., Any]) -> bool:
    """Return whether a person has asked for what takes long, with the inputs in view."""
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
        return False
    return True


def was_stopped() -> bool:
    """Return whether something was stopped in this session, and not asked for again."""
    return bool(_stops())


def try_again() -> None:
    """Forget what was stopped in this session, so that it is worked out where it is needed."""
    _stops().clear()


def is_known(key: str, function: Callable[..., Any]) -> bool:
    """Return whether a result is there without any work."""
    return KEPT_RESULTS.get(_name_of(function, key)) is not None


def _name_of(function: Callable[..., Any], key: str) -> str:
    """Return the name under which the result of a function is kept."""
    return f"{function.__module__}.{function.__qualname__} {key}"


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
        words = _button_beside("Work it out again", "again", "replay", _forget, name)
        words.markdown(f"**{shown_as_is(why)}:** {shown_as_is(inside(what.rstrip(' …')))}")


def _button_beside(
    label: str, kind: str, icon: str, pressed: Callable[[str], None], name: str
) -> Any:
    """Show a button about a piece of work, and return the place beside it, for words."""
    left, right = st.columns(BESIDE, vertical_alignment="center")
    right.button(
        label,
        key=f"{kind} {_short(name)}",
        on_click=pressed,
        args=(name,),
        icon=f":material/{icon}:",
        width="stretch",
    )
    return left


def _forget(name: str) -> None:
    _stops().pop(name, None)


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


Outcome = tuple[str, Any]
"""`done` and the result, `refused` and the error."""


def outcome_of(name: str, job: Job, seconds: float, touch: Callable[[str], None]) -> Outcome | str:
    """Return what comes of a job, or why it was stopped.

    Args:
        name: under which the result is kept.
        job: what is worked out.
        seconds: after which it is stopped.
        touch: told how it goes, ten times a second; ends the work by raising.
    """
    with WORKERS.turn(name) as turn:
        while not turn.begin(job):
            if (known := KEPT_RESULTS.get(name)) is not None:  # another session had asked for it
                return known
            touch("Waiting for other work to be done")
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
                return FAULT
            touch(said)
        return f"Stopped after {_time(seconds)}, the most it may take"


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
        box = self.place.container(border=True, key=f"working {_short(self.name)}")
        with box, _button_beside("Stop", "stop", "stop_circle", _stop, self.name):
            self.closing.enter_context(st.spinner(shown_as_is(self.what), show_time=True))
            self.line = st.empty()


class _Left(Exception):
    """No page looks at this work any more."""


@dataclass
class _Beside:
    """Work beside the pages that look at it, of all sessions together."""

    name: str
    job: Job
    seconds: float
    began: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)
    said: str = ""
    why: str = ""  # it was stopped
    ended: Event = field(default_factory=Event)

    @classmethod
    def begun(cls, name: str, job: Job, seconds: float) -> _Beside:
        """Return the work of a name, begun if it is not under way."""
        with _BESIDE_LOCK:
            found = _BESIDE.get(name)
            if found is None:
                found = _BESIDE[name] = cls(name, job, seconds)
                Thread(target=found.work, daemon=True).start()
        found.looked = time.monotonic()
        return found

    @staticmethod
    def forget(name: str) -> None:
        """Have the work begin again when it is next asked for."""
        with _BESIDE_LOCK:
            _BESIDE.pop(name, None)

    def work(self) -> None:
        """Work it out; what goes wrong is told to the pages that look."""
        try:
            came = outcome_of(self.name, self.job, self.seconds, self.touch)
        except _Left:
            came = ("left", None)
        self.why = came if isinstance(came, str) else ""
        if not self.why:
            self.forget(self.name)
        self.ended.set()

    def touch(self, said: str) -> None:
        """Note how it goes; end the work if no page looks at it."""
        self.said = said
        if time.monotonic() - self.looked > UNLOOKED:
            raise _Left


_BESIDE: dict[str, _Beside] = {}
_BESIDE_LOCK = Lock()


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
