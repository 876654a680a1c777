"""A register's counts on the terminal."""

from __future__ import annotations

from capacity.console import say, table
from capacity.reading.scenario import Scenario
from capacity.register.count import Register, rows_of, spread
from capacity.wording import listed


def show(register: Register, scenario: Scenario) -> None:
    """Print the counts of a register, and nothing about any one case.

    Shape: none. Unit: cases. Source: the register. Raises: nothing.
    """
    below = register.asked.suppress_below
    duties = list(dict.fromkeys(duty for _, duty in register.read))
    say(f"{register.rows:,} cases, as at {register.asked.as_at.isoformat()}.")
    headings = [("Cohort", False), ("Tier", False), ("Cases", True)]
    headings += [(f"Overdue: {listed(duties)}", True), ("Court orders", True)]
    table("Opening position", headings, rows_of(register))
    if register.offices:
        shown = [
            f"{office} {f'fewer than {below}' if cases < below else f'{cases:,}'}"
            for office, cases in register.offices.items()
        ]
        say(f"By office: {listed(shown, 20)}.")
    limits = [one.cases_per_officer for one in scenario.settings.standards]
    limit = min((float(one.value) for one in limits if one is not None), default=None)
    for words in spread(register, limit):
        say(words)
    for note in register.notes:
        say(note)
