"""What a unit is: plain lists by month first, then tier, row or grade."""

from __future__ import annotations

from dataclasses import dataclass, field

Table = list[list[float]]


@dataclass
class Chance:
    """What `[chance]` says (EQ28)."""

    long_term: float = 0.3
    spell_months: float = 3.0
    sickness_shock: float = 0.15
    abstraction_shock: float = 0.15
    persistence: float = 0.5


CALM = Chance(long_term=0.0, sickness_shock=0.0, abstraction_shock=0.0)
"""No spells and no shocks."""


@dataclass
class DutyRule:
    """A standard on a duty of one tier, or of some together, and when it is judged."""

    name: str
    rows: list[int]
    measure: str
    level: float
    first: int
    periods: list[tuple[str, int, int]]  # financial year, first month, month after the last


@dataclass
class CaseRule:
    """Most cases for each officer."""

    name: str
    tiers: list[int]
    team: int
    level: float
    first: int


@dataclass
class ReviewRow:
    """A row of a review rule (EQ30): from this value of a measure on, so many posts."""

    month: int  # of the review; what is known is the state at the end of the one before
    first: int  # from which the posts hold
    team: int
    grade: int
    measure: str
    at_least: float
    posts: float


@dataclass
class Inputs:
    """One draw of a scenario."""

    months: int
    years: list[str]  # the financial year of each month
    chance: Chance
    duty_rules: list[DutyRule]
    case_rules: list[CaseRule]

    duties: list[str]  # what each row's duty is called, without its tier
    opening: list[float]
    cohort_of: list[int]
    exits: Table
    moves: list[list[list[tuple[int, float]]]]  # month, from, (to, probability)
    growth: list[list[float | None]]  # None where entrants are given
    given: Table
    mix: Table
    arrivals: Table
    events: list[list[tuple[list[int], int | None, float]]]  # origins, target, cases

    tier_of: list[int]
    block_of: list[int]  # rows of one duty of one cohort share a block
    before: list[list[int]]  # interval in the month before
    interval: list[list[int]]
    lapsing: Table
    access: Table
    visit_hours: Table  # of one done, without failed attempts
    attempt_hours: Table  # of one failed attempt, all officers together
    no_answer: Table
    overdue: list[float]
    opening_shares: list[list[float] | None]
    overdue_shares: list[list[float] | None]
    focus: Table
    gives_way: Table
    gives_way_focus: float | None
    in_turn: Table
    early_rate: Table
    early: list[list[int]]
    rule: str
    order_of_team: list[list[int]]
    other_work: list[tuple[int, list[int], Table, Table, list[float]]]
    """Team, its tiers, hours for each case, hours for each entrant, share that gives way."""

    team_of_grade: list[int]
    posts: Table
    undated_posts: list[float]
    in_post: list[float]
    in_training: Table  # the month before the first one first
    share: Table
    leavers: Table
    joiners_due: Table
    joiners_due_all: list[float]
    max_joiners: Table
    lead: list[list[int]]
    accreditation: list[list[int]]
    productivity: Table
    people_events: Table
    people_counted: Table
    full_hours: Table  # EQ8 before absences
    sickness: Table
    abstraction: Table  # in the month's season
    overtime: Table  # hours for each casework FTE: those in use
    most_overtime: Table
    pooling: Table
    spread: Table
    lending: list[tuple[int, int, float, float]]  # from, to, most of own hours, efficiency

    team_of_tier: list[int]
    per_year: Table  # how often a row is owed
    may_shrink: list[list[bool]]
    reviews: list[ReviewRow] = field(default_factory=list)
