"""What the columns of a force's own figures are, by the headings that forces give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

SHARES = ("completion", "in_date", "on_time")
FLOWS = ("entrants", "exits", "newly_due", "due", "done", "done_early", "attempts")
"""Counts of what happened in the months that a row covers, not of how things stand at its end."""
OF_CASES = ("cases", "entrants", "exits")
"""Measures that are of cases, whatever is owed to them."""
COUNTS = ("cases", *FLOWS, "outstanding")
MEASURES = (*COUNTS, *SHARES, "longest_wait_months", "past_deadline")
"""Columns of figures; any of them, with any gaps."""
NAMES = ("cohort", "duty", "tier")
OTHERS = ("month", "year", "months", "option", "compare", "source", "note")
ALL = (*OTHERS, *NAMES, *MEASURES)

OF_QUEUES = ("queue", "work that queues", "referral type", "type of referral")
"""Headings that say that rows are of work that queues: what is overdue then is past a deadline."""

OF_A_QUEUE = {"entrants": "newly_due", "exits": "done", "cases": "outstanding"}
"""What counts of cases are of a queue: what arrives in it, is closed, and is open."""

OF_QUEUES_TABLE = {"arrivals": "newly_due", "waiting": "outstanding"}
"""What two columns of the table `queues` are called among the figures of duties."""

BY_DEADLINE = ("in_date", "past_deadline")
"""Measures of a queue that only a deadline gives."""

ONLY_OF_A_QUEUE = ("past_deadline", *OF_QUEUES_TABLE)

KNOWN_OF_A_QUEUE = (
    *("arrivals", "due", "done", "waiting", "completion", "in_date"),
    *("longest_wait_months", "past_deadline"),
)
"""What may be known of work that queues."""

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "month": (
        *("date", "month ending", "month end", "month ended", "month of", "reporting month"),
        *("period", "period ending", "period end", "quarter", "quarter ending", "quarter end"),
        *("as at", "snapshot date", "reporting period", "calendar month", "year and month"),
    ),
    "year": ("financial year", "calendar year", "fy"),
    "months": ("months covered", "number of months", "months in period"),
    "note": ("notes", "comment", "comments", "remarks"),
    "cohort": ("scheme",),
    "duty": ("activity", "task", "type of work", "work type", *OF_QUEUES),
    "tier": ("class", "risk", "risk level", "risk band", "risk tier", "level of risk", "band"),
    "cases": (
        *("caseload", "open cases", "live cases", "active cases", "current cases", "cases held"),
        *("cases managed", "cases at month end", "offenders", "offenders managed", "nominals"),
        *("case count", "managed in the community"),
    ),
    "entrants": (
        *("new cases", "new entrants", "new offenders", "new registrations", "registrations"),
        *("cases opened", "opened", "opened in month", "arrivals", "new arrivals", "new"),
        *("joined the register", "cases in", "entries", "new to the register", "cases added"),
    ),
    "exits": (
        *("leavers", "cases closed", "closed", "closed in month", "closures", "closed cases"),
        *("deregistered", "deregistrations", "removed", "cases removed", "left the register"),
        *("cases out", "cases ended", "removals", "left", "departures"),
    ),
    "newly_due": (
        *("fell due", "falling due", "newly falling due", "became due", "visits fell due"),
        *("visits falling due", "new visits due", "newly due visits"),
        *("received", "referrals received", "received in month", "arrived", "incoming"),
    ),
    "due": ("visits due", "due visits", "all due", "due including overdue", "due and overdue"),
    "done": (
        *("completed", "visits completed", "completed visits", "visits done", "carried out"),
        *("visits carried out", "visits made", "undertaken", "visits undertaken", "achieved"),
        *("visits", "home visits completed", "conducted", "visits conducted"),
    ),
    "done_early": ("early visits", "visits done early", "visits early", "early"),
    "attempts": ("attempted", "visits attempted", "attempted visits", "visit attempts"),
    "outstanding": (
        *("overdue", "visits overdue", "overdue visits", "backlog", "visits outstanding"),
        *("outstanding visits", "home visits overdue", "overdue at month end", "late visits"),
        *("not done", "not completed", "uncompleted", "visits not completed"),
        *("waiting", "open", "still open", "in hand", "waiting at month end", "open at month end"),
    ),
    "completion": (
        *("completion rate", "percent completed", "percent complete", "completed percent"),
        *("percentage completed", "completion percent", "percent done", "share completed"),
        *("visits completed percent", "percent of visits completed", "done percent"),
    ),
    "in_date": ("percent in date", "in date percent", "percentage in date", "share in date"),
    "on_time": (
        *("percent on time", "on time percent", "percentage on time", "completed on time percent"),
        *("percent completed on time", "share on time"),
    ),
    "longest_wait_months": (
        *("longest wait", "longest overdue", "longest overdue months", "oldest overdue"),
        *("longest wait in months", "months longest overdue", "oldest overdue months"),
    ),
    "past_deadline": (
        *("past the deadline", "beyond deadline", "out of time", "waiting past deadline"),
        *("open past deadline", "breached", "outside target"),
    ),
}
"""Headings by which a column is known besides its own name, in plain words."""

_FILLERS = re.compile(
    r"\b(?:number of|no of|count of|total number of|total|the|of which|home(?= visits))\b"
)
_WHEN = re.compile(
    r"\b(?:(?:in|during) (?:the |this )?(?:month|quarter|period)|this month|at (?:the )?"
    r"(?:month|quarter|period) end|at (?:the )?end of (?:the )?(?:month|quarter|period))\b"
)
"""Words that say of when a figure is, as each does anyway. Not where something is due: that may be
what falls due in the month or all that is due."""
_KNOWN = {name.replace("_", " "): name for name in ALL}
_KNOWN |= {heading: name for name, headings in HEADINGS.items() for heading in headings}

_MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("longest_wait_months", ("longest", "oldest", "maximum wait")),
    ("outstanding", ("overdue", "backlog", "outstanding", "not done", "not completed", "late")),
    ("in_date", ("in date",)),
    ("on_time", ("on time", "in time")),
    ("completion", ("completion", "percent complet", "complet percent", "percent done")),
    ("exits", ("leaver", "closed", "closure", "deregist", "removed", "removal", "exit", "left")),
    ("entrants", ("new case", "new offender", "entrant", "arrival", "opened", "registration")),
    ("newly_due", ("fell due", "falling due", "newly due", "became due", "new due")),
    ("attempts", ("attempt",)),
    ("done", ("completed", "done", "carried out", "achieved", "undertaken", "conducted")),
    ("due", ("due",)),
    ("cases", ("caseload", "case", "offender", "nominal")),
    ("tier", ("risk", "tier")),
    ("month", ("month", "quarter", "period", "date")),
)
"""What words in a heading mean, the most telling first."""


def plain(heading: str) -> str:
    """Return a heading in small letters and plain words: `% Completed` as `percent completed`."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", heading).lower()
    words = words.replace("%", " percent ").replace("per cent", "percent")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", words).split())


def column_of(heading: str) -> str | None:
    """Return what a column is by its heading, None where that is not known."""
    words = plain(heading)
    short = " ".join(_FILLERS.sub(" ", words).split())
    if found := _KNOWN.get(words) or _KNOWN.get(short):
        return found
    found = _KNOWN.get(" ".join(_WHEN.sub(" ", short).split()))
    return None if found == "due" else found


def suggested(heading: str, allowed: Sequence[str] = ALL) -> str | None:
    """Return the column that a heading may mean: by its words first, then by its spelling.

    Spelling alone is followed only for what is nearly the same: `Overdue` is spelt like `due`
    and means something else.
    """
    words = plain(heading)
    for column, marks in _MEANINGS:
        if column in allowed and any(re.search(rf"\b{mark}", words) for mark in marks):
            return column
    near = get_close_matches(words, [name.replace("_", " ") for name in allowed], 1, 0.75)
    return near[0].replace(" ", "_") if near else None
