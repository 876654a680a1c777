"""Which signals have asked this command to end.

A library may be in the middle of something when one comes, and say something else instead of
passing on what it raises: what it says is then no fault of anybody's.
"""

SIGNALS: list[int] = []
"""Their numbers so far."""


def exit_code(number: int) -> int:
    """Return the exit code that shells expect of a command that a signal has ended."""
    return 128 + number
