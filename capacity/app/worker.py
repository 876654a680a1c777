"""The other end of `working`: a process that works out what it is sent, one thing at a time.

Run by its path, so that nothing of Streamlit is imported. It ends by itself when whoever started
it has gone. What it reads and writes are pickles between two processes of one program: no pickle
from anywhere else is ever read.
"""

from __future__ import annotations

import os
import pickle
import pkgutil
import struct
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import IO, Any

LENGTH = struct.Struct("!Q")
"""How the length of a message is written before it."""

GENTLY = 5
"""How far a worker stands back behind the pages, which people wait for."""


def send(stream: IO[bytes], message: object) -> None:
    """Write a message."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Return the next message as it was pickled, None where the other side has gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else None


def main() -> None:
    """Work out what comes until nothing comes any more."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing, end = os.pipe()
    os.close(end)
    os.dup2(nothing, 0)  # nobody else's to read from
    os.dup2(2, 1)  # what a solver prints belongs into the log, not among the answers
    if hasattr(os, "nice"):
        os.nice(GENTLY)
    waiting: SimpleQueue[bytes] = SimpleQueue()
    first = receive(asked)
    if first is None:
        return
    sys.path[:], names = pickle.loads(first)
    threading.Thread(target=_listen, args=(asked, waiting), daemon=True).start()
    for name in names:  # as long as there is nothing better to do
        if waiting.empty() and callable(found := pkgutil.resolve_name(name)):
            found()
    while True:
        _work(waiting.get(), answers)


def _listen(asked: IO[bytes], waiting: SimpleQueue[bytes]) -> None:
    """Pass on what comes, and end the process when whoever started it has gone."""
    while (message := receive(asked)) is not None:
        waiting.put(message)
    os._exit(0)


def _work(message: bytes, answers: IO[bytes]) -> None:
    """Work one thing out and send what comes of it."""
    from capacity.errors import CapacityError

    try:
        function, arguments, says = pickle.loads(message)
        known: dict[str, Any] = {}
        if says:
            known["say"] = lambda words: send(answers, ("said", str(words), 0))
        send(answers, ("done", function(*arguments, **known), peak()))
    except CapacityError as error:
        send(answers, ("refused", (type(error), error.args, error.__dict__), peak()))
    except Exception as error:  # whatever it is, the page must hear of it
        # The words of an error may quote somebody's file, so that only its place is kept.
        print(*traceback.format_tb(error.__traceback__), type(error).__name__, file=sys.stderr)
        sys.stderr.flush()
        send(answers, ("fault", type(error).__name__, peak()))


def peak() -> int:
    """Return the most memory that this process has held, in bytes; 0 where nobody knows.

    A process starts with the most of the one that started it, and knows its own above that only.
    """
    most = _most()
    return most if most > INHERITED else 0


def _most() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


INHERITED = _most()


if __name__ == "__main__":
    main()
