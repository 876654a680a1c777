"""Which signals have asked this command to end.

A library may be in the middle of something when one comes, and say something else instead of
passing on what it raises: what it says is then no fault of anybody's.
"""

SIGNALS: list[int] = []
"""Their numbers so far."""

STOPPED = 128
"""The exit code of a command that was stopped is this and the number of the signal."""
