"""Every kind of rule once: its key, unit and words, and how its level is raised or lowered.

A kind of standard is declared here. How it is judged stands in `engine/measures.py` (activities)
or `engine/standards.py`, its rows for the solver in `staffing/requirements.py`; everything else
that speaks of a standard reads its declaration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from capacity.wording import asked, asked_share, counted, number, per_cent, posts, pounds

ROUNDING = 1e-9
"""Levels no further apart than this are one."""


@dataclass(frozen=True)
class Setter:
    """What sets a number of posts, in words.

    Attributes:
        name: in tables.
        sets: after a colon.
        setting: as the start of a sentence; the posts follow.
        last_post: what one post fewer would mean, on paper; empty where the table's words do.
    """

    name: str
    sets: str
    setting: str
    last_post: str = ""


WORKLOAD = Setter(
    "hours of duties",
    "set by the workload",
    "the workload sets",
    "set by the hours that activities take; one post fewer would leave some undone",
)
CASELOAD_LIMIT = Setter(
    "caseload limit",
    "set by the caseload limit",
    "the caseload limit sets",
    "set by the caseload limit; one post fewer would break it",
)
OFFICERS_PER_SUPERVISOR = Setter(
    "supervision",
    "set by the officers per supervisor",
    "the limit on officers per supervisor sets",
    "set by the most officers for each supervisor",
)
SHARE_OF_A_GRADE = Setter(
    "share of a grade",
    "set by the most that a grade may make up",
    "the most that a grade may make up sets",
)
MONEY = Setter("budget", "set by the budget", "the budget sets")
POSTS_ALLOWED = Setter("most posts", "set by the most posts allowed", "the most posts allowed set")

REASONS: Mapping[str, Setter] = {
    one.name: one
    for one in (
        *(WORKLOAD, CASELOAD_LIMIT, OFFICERS_PER_SUPERVISOR, SHARE_OF_A_GRADE),
        *(MONEY, POSTS_ALLOWED),
    )
}
"""Reasons by their name in tables."""


@dataclass(frozen=True)
class Subject:
    """What a kind of standard is about: the settings it needs beside its level, and may have."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    of_queue: bool = False  # whether a queue may stand in place of what it needs

    def settings(self, given: Container[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what it needs and what it may have beside its level, where some is given."""
        if self.of_queue and "queue" in given:
            return ("queue",), self.may
        return self.needs, self.may


ACTIVITY = Subject(("cohort", "duty"), ("tiers", "pooled", "judged"), of_queue=True)
CASELOAD = Subject(("cohort",), ("tiers",))
SPENDING = Subject((), ("team",))
ESTABLISHMENT = Subject(("team",), ("grades", "may_give"))

BESIDE = ("cohort", "duty", "queue", "tiers", "pooled", "judged", "team", "grades", "may_give")
"""Every setting that stands beside a level of some kind."""

NOUNS: Mapping[str, str] = {
    "duties": "activity",
    "cases": "case",
    "FTE": "officer",
    "posts": "post",
    "hours": "hour",
}
"""What a unit of what is missed is called."""


@dataclass(frozen=True)
class Step:
    """One unit stricter of a level."""

    amount: float
    name: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of rule.

    Attributes:
        key: its name in tables, and in scenario files where it stands there.
        reason: what it is called where it sets a number of posts.
        missed: the unit of what is missed.
        at_least: whether its level is the least; else it is the most.
        called: what a rule of this kind is called that has no name of its own.
        about: what a standard of this kind is about; none where no scenario file asks for it.
        meaning: the level, as explained in help.
        unit: the level's.
        heading: of its column in the workbook that a unit fills.
        note: below that.
        later: whether the first workbooks had no such column.
        usual: between which levels it usually lies; none where any will do.
        stand_in: a level that no rule across settings finds fault with.
        asks: the level in a sentence, with {} for the figure.
        asks_of_queue: the same of a queue, where it is said in another way.
        figure: the level as a figure alone.
        in_full: the level with its noun; the figure alone where `asks` has the noun.
        reached: what was reached, in words, beside what was asked.
        step: one unit stricter.
        by_age: whether it asks for how long each case has been overdue: then its level is a whole
            number of months, and another level is another set of rows.
        doing: what one more point of it is, as the start of a sentence; of shares only.
        limit: what the figure of a limit counts.
        eased: the level as a fix names it, with {} for the figure; empty where no fix changes it.
        above_nothing: whether the level must be above 0.
        divides: whether the level divides in its row.
        helped_by_posts: whether more officers can meet it.
    """

    key: str
    reason: Setter
    missed: str
    at_least: bool = False
    called: str = ""
    about: Subject | None = None
    meaning: str = ""
    unit: str = ""
    heading: str = ""
    note: str = ""
    later: bool = False
    usual: tuple[float, float] | None = None
    stand_in: float = 1
    asks: str = ""
    asks_of_queue: str = ""
    figure: Callable[[float], str] = asked
    in_full: Callable[[float], str] | None = None
    reached: Callable[[float, float], str] = number
    step: Step | None = None
    by_age: bool = False
    doing: str = ""
    limit: str = ""
    eased: str = ""
    above_nothing: bool = False
    divides: bool = False
    helped_by_posts: bool = False

    @property
    def is_share(self) -> bool:
        """Whether its level is a share."""
        return self.unit == "share"

    def valid(self, level: float) -> bool:
        """Return whether there can be such a level."""
        if self.is_share and level > 1:
            return False
        return level > 0 if self.above_nothing else level >= 0

    def strictest(self, level: float) -> bool:
        """Return whether no level one unit stricter than this one makes sense."""
        assert self.step is not None
        stricter = level + self.step.amount
        if self.at_least:
            return stricter > 1 + ROUNDING
        return stricter < (ROUNDING if self.above_nothing else -ROUNDING)

    def asked_for(self, level: float, *, of_queue: bool = False) -> str:
        """Return what a standard asks for, as a clause."""
        words = self.asks_of_queue if of_queue and self.asks_of_queue else self.asks
        return words.format((self.in_full or self.figure)(level))

    def __reduce__(self) -> tuple[Callable[[str], Kind], tuple[str]]:
        """Return the way back to the one declaration, so that a copy from elsewhere is the same."""
        return _kind, (self.key,)

    def missing(self, amount: float) -> str:
        """Return by how much a rule is missed, with its noun."""
        return missing(self.missed, amount)


def _kind(key: str) -> Kind:
    return KINDS[key]


def missing(unit: str, amount: float) -> str:
    """Return an amount that is missed, with its noun."""
    return pounds(amount) if unit == "£" else counted(amount, NOUNS.get(unit, unit))


def _months(level: float) -> str:
    return counted(level, "month")


def _cases_each(achieved: float, required: float) -> str:
    if math.isnan(achieved):
        return "no officer"
    return f"{number(achieved, required)} cases per officer"


def _pounds(achieved: float, _: float) -> str:
    return pounds(achieved)


# Kinds that a scenario file may ask for ----------------------------------------------------

COMPLETION = Kind(
    key="completion",
    about=ACTIVITY,
    reason=WORKLOAD,
    missed="duties",
    at_least=True,
    meaning="least completion; done ÷ due",
    unit="share",
    heading="Least completion",
    note="done ÷ due",
    usual=(0.05, 1.0),
    stand_in=0.5,
    asks="at least {} of those due completed",
    figure=asked_share,
    reached=per_cent,
    step=Step(0.01, "percentage point"),
    doing="Completing",
    helped_by_posts=True,
)
IN_DATE = Kind(
    key="in_date",
    about=ACTIVITY,
    reason=WORKLOAD,
    missed="cases",
    at_least=True,
    meaning="least share of cases with none overdue",
    unit="share",
    heading="Least in date",
    note="cases with none overdue",
    usual=(0.05, 1.0),
    stand_in=0.5,
    asks="at least {} of cases in date",
    asks_of_queue="at least {} of those due within the deadline",
    figure=asked_share,
    reached=per_cent,
    step=Step(0.01, "percentage point"),
    doing="Keeping in date",
    helped_by_posts=True,
)
OUTSTANDING = Kind(
    key="outstanding",
    about=ACTIVITY,
    reason=WORKLOAD,
    missed="cases",
    meaning="most overdue",
    unit="cases",
    heading="Most overdue",
    asks="at most {} overdue",
    asks_of_queue="at most {} waiting",
    step=Step(-1.0, "case"),
    limit="overdue",
    helped_by_posts=True,
)
LONGEST_WAIT = Kind(
    key="longest_wait_months",
    about=ACTIVITY,
    reason=WORKLOAD,
    missed="cases",
    meaning="most months overdue; fewer than half a case may be overdue for longer",
    unit="months",
    heading="Longest overdue, months",
    later=True,
    asks="nobody overdue for more than {}",
    asks_of_queue="none waiting for more than {}",
    in_full=_months,
    step=Step(-1.0, "month"),
    by_age=True,
    limit="months overdue",
    above_nothing=True,
    helped_by_posts=True,
)
CASES_PER_OFFICER = Kind(
    key="cases_per_officer",
    about=CASELOAD,
    reason=CASELOAD_LIMIT,
    missed="FTE",
    meaning="most cases per officer; for each effective casework FTE",
    unit="cases",
    heading="Most cases per officer",
    usual=(1, 500),
    asks="at most {} cases per officer",
    reached=_cases_each,
    step=Step(-1.0, "case per officer"),
    limit="cases per officer",
    above_nothing=True,
    divides=True,
    helped_by_posts=True,
)
BUDGET = Kind(
    key="budget",
    about=SPENDING,
    reason=MONEY,
    missed="£",
    meaning="most to be spent in a financial year",
    unit="£ per year",
    heading="Budget per year",
    usual=(0, 1e9),
    asks="at most {} per year",
    figure=pounds,
    reached=_pounds,
    step=Step(-1000.0, "£1,000 per year"),
    limit="per year",
    eased="£{:,.0f} per year",
)
MOST_POSTS = Kind(
    key="max_posts",
    about=ESTABLISHMENT,
    reason=POSTS_ALLOWED,
    missed="posts",
    meaning="most posts",
    unit="posts",
    heading="Most posts",
    usual=(0, 5_000),
    asks="at most {}",
    in_full=posts,
    step=Step(-1.0, "post"),
    limit="posts",
    eased="{:g} posts",
)

# Kinds that always hold --------------------------------------------------------------------

SUPERVISION = Kind(
    key="supervision",
    reason=OFFICERS_PER_SUPERVISOR,
    missed="posts",
    called="the limit on officers per supervisor",
)
GRADE_SHARE = Kind(
    key="grade share",
    reason=SHARE_OF_A_GRADE,
    missed="posts",
    called="the limit on a grade's share of the team",
)
SHORT = Kind(
    key="short",
    reason=WORKLOAD,
    missed="hours",
    called="the hours that other work needs",
)
WORSE = Kind(key="worse", reason=WORKLOAD, missed="cases")

IN_FILES: Mapping[str, Kind] = {
    one.key: one
    for one in (
        *(COMPLETION, IN_DATE, OUTSTANDING, LONGEST_WAIT),
        *(CASES_PER_OFFICER, BUDGET, MOST_POSTS),
    )
}
"""Kinds that a scenario file may ask for, by key, in the order in which they are listed."""

OF_ACTIVITIES = {key: one for key, one in IN_FILES.items() if one.about is ACTIVITY}
"""Those about an activity."""

KINDS: Mapping[str, Kind] = {
    **IN_FILES,
    **{one.key: one for one in (SUPERVISION, GRADE_SHARE, SHORT, WORSE)},
}
"""Every kind by key."""
