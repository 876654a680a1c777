"""The first thing that runs: `python -m capacity`, and the `capacity` command.

It loads nothing but what it needs to be stopped cleanly, so that ctrl-C in the first moments, while
everything else is being loaded, shows no trace.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType

from capacity import asked_to_end

IN_LIBRARIES = ("solver", "loading")
"""Threads that solve, and that load or compile the simulation."""


def main() -> None:
    """Run the command that was typed, and end with its exit code."""
    _end_when_asked()
    try:
        try:
            from capacity.cli import main as run

            run()
        except KeyboardInterrupt:
            _end(signal.SIGINT, None)
    except SystemExit as ended:
        _leave_what_is_running(ended.code)
        raise


def _end_when_asked() -> None:
    """Make a request to end stop a command as ctrl-C does: what is half-written is removed."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _leave_what_is_running(code: object) -> None:
    """End at once if a thread is still at work in a library; what had to be done is done.

    Python's own way out would take apart under its feet what the library is using, and crash.
    """
    if not any(thread.name in IN_LIBRARIES for thread in threading.enumerate()):
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _end(number: int, frame: FrameType | None) -> None:
    """Say that the command was stopped, and end with the exit code that shells expect."""
    asked_to_end.SIGNALS.append(number)
    with suppress(OSError):  # nobody may be listening
        os.write(2, b"Stopped.\n")  # not print: this may have interrupted one
    sys.exit(asked_to_end.exit_code(number))


if __name__ == "__main__":
    main()
