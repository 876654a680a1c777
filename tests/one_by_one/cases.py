"""The units that are followed: their scenarios, the options of each, and how many runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORED = Path(__file__).with_name("stored")

MONTHS = 36
"""So many months are followed, whatever the scenario's own horizon."""


OPTIONS = ("today", "needed", "larger", "reviewed", "fixed")
"""Current posts, those needed in the central case, two more each, and the recommended plan with
reviews and without."""


@dataclass(frozen=True)
class Case:
    """A unit: the text of its scenario, and how often it is run for each option."""

    text: Callable[[], str]
    runs: int = 4_000
    drawn: bool = False  # whether settings are drawn from their ranges too
    options: tuple[str, ...] = OPTIONS


def _file(path: str) -> Callable[[], str]:
    def text() -> str:
        whole = (ROOT / path).read_text(encoding="utf-8")
        return re.sub(r"(?m)^months = \d+", f"months = {MONTHS}", whole)

    return text


def without_ranges(text: str) -> str:
    """Return a scenario whose settings are certain: the value of each, without low and high."""

    def certain(number: re.Match[str]) -> str:
        return re.sub(r", (low|high) = [-\d.]+", "", number[0])

    return re.sub(r"\{ value = [^{}]*\}", certain, text)


TINY = """
title = "A tiny unit"
start = 2025-04-01
months = 36
[cohorts.rso]
team = "ppu"
growth_per_year = 0.03
exits_per_year = 0.08
hours_per_case_month = 1.6
[cohorts.rso.moves_per_year]
high = { low = 0.2 }
low = { high = 0.1 }
[cohorts.rso.tiers]
high = { cases = 10 }
low = { cases = 20 }
[cohorts.rso.duties.visit]
every_months = { high = 3, low = 6 }
hours = 5
crew = 2
no_answer_share = 0.25
no_answer_hours = 1.5
access_rate = 0.96
overdue = { low = 2 }
[teams.ppu.grades.constable]
in_post = 1
sickness = 0.05
abstraction = 0.1
leave_days = 25
bank_holidays = 8
leavers_per_year = 0.12
recruitment_lead_months = 3
accreditation_months = 3
trainee_productivity = 0.5
cost_per_year = 55000
[[standards]]
name = "Visits"
cohort = "rso"
duty = "visit"
completion = 0.8
judged = "quarter"
from = 2025-10-01
[[standards]]
name = "Nobody long overdue"
cohort = "rso"
duty = "visit"
longest_wait_months = 3
from = 2025-10-01
"""

LARGE = """
title = "A large unit"
start = 2025-04-01
months = 36
[cohorts.rso]
team = "ppu"
growth_per_year = 0.04
exits_per_year = 0.07
hours_per_case_month = 0.5
hours_per_case_month_gives_way = 0.5
hours_per_entry = 4
[cohorts.rso.moves_per_year]
high = { medium = 0.12 }
medium = { high = 0.05, low = 0.1 }
low = { medium = 0.06 }
[cohorts.rso.tiers]
high = { cases = 1000 }
medium = { cases = 1600 }
low = { cases = 2400 }
[cohorts.rso.duties.visit]
every_months = { high = 3, medium = 6, low = 12 }
hours = 3
crew = 2
no_answer_share = 0.2
no_answer_hours = 1.2
access_rate = 0.98
gives_way = 0.3
overdue = { medium = 20, low = 40 }
[cohorts.rso.duties.review]
every_months = { high = 12, medium = 12, low = 24 }
hours = 5
overdue = { low = 20 }
[teams.ppu]
overtime_hours_per_fte_month = 6
overtime_in_use = 2
[teams.ppu.grades.constable]
in_post = 72
posts = 75
sickness = 0.05
abstraction = 0.12
leave_days = 25
bank_holidays = 8
leavers_per_year = 0.1
max_joiners_per_month = 3
recruitment_lead_months = 5
accreditation_months = 4
trainee_productivity = 0.4
cost_per_year = 60000
[priority]
gives_way_focus = -2.5
[[standards]]
name = "Visits"
cohort = "rso"
duty = "visit"
completion = 0.9
judged = "quarter"
from = 2025-10-01
[[standards]]
name = "Reviews in date"
cohort = "rso"
duty = "review"
in_date = 0.97
judged = "quarter"
from = 2025-10-01
[[standards]]
name = "Cases"
cohort = "rso"
cases_per_officer = 72
from = 2026-04-01
"""

LENDING = """
title = "Strict order and a team that lends"
start = 2025-04-01
months = 36
[cohorts.rso]
team = "ppu"
growth_per_year = 0.05
exits_per_year = 0.08
hours_per_case_month = 0.5
[cohorts.rso.moves_per_year]
high = { low = 0.2 }
low = { high = 0.08, watched = 0.1 }
watched = { low = 0.1 }
[cohorts.rso.tiers]
high = { cases = 60 }
low = { cases = 140 }
watched = { cases = 50 }
[cohorts.rso.duties.visit]
every_months = { high = 2, low = 6 }
hours = 4
crew = 2
second_officer_hours = 3
no_answer_share = 0.3
no_answer_hours = 1
access_rate = 0.95
in_turn = 0.8
overdue = { low = 5 }
[cohorts.iom]
team = "iom"
entrants_per_month = 3
exits_per_year = 0.7
[cohorts.iom.tiers]
only = { cases = 50 }
[cohorts.iom.duties.contact]
per_year = 26
hours = 1
access_rate = 0.9
[teams.ppu]
overtime_hours_per_fte_month = 5
overtime_in_use = 3
pooling = 0.7
caseload_spread = 0.25
[teams.ppu.grades.constable]
in_post = 4.5
posts = 5
casework_share = 0.95
sickness = 0.06
abstraction = 0.12
leave_days = 25
bank_holidays = 8
leavers_per_year = 0.15
recruitment_lead_months = 4
accreditation_months = 6
trainee_productivity = 0.5
cost_per_year = 60000
[teams.iom.grades.constable]
in_post = 1.2
sickness = 0.05
leavers_per_year = 0.1
recruitment_lead_months = 3
cost_per_year = 60000
[[flex]]
from = "iom"
to = "ppu"
max_share = 0.3
efficiency = 0.9
[[events]]
at = 2026-02-01
cohort = "rso"
from = "watched"
to = "low"
cases = 15
[[changes]]
from = 2026-10-01
set = { "cohorts.rso.duties.visit.every_months.low" = 4 }
[priority]
rule = "strict"
[[standards]]
name = "Visits"
cohort = "rso"
duty = "visit"
completion = 0.85
judged = "quarter"
from = 2025-10-01
[[standards]]
name = "Contacts"
cohort = "iom"
duty = "contact"
completion = 0.85
from = 2025-07-01
"""

EARLY = """
title = "Standards first and early visits"
start = 2025-04-01
months = 36
[cohorts.rso]
team = "ppu"
growth_per_year = 0.04
exits_per_year = 0.08
hours_per_case_month = 0.8
hours_per_case_month_gives_way = 0.3
[cohorts.rso.moves_per_year]
high = { low = 0.2 }
low = { high = 0.08 }
[cohorts.rso.tiers]
high = { cases = 60 }
low = { cases = 180 }
[cohorts.rso.duties.visit]
every_months = { high = 3, low = 6 }
hours = 4
crew = 2
second_officer_hours = 3
no_answer_share = 0.25
no_answer_hours = 1
access_rate = 0.97
gives_way = 0.2
early_months = { low = 2 }
early_share = { low = 0.2 }
overdue = { low = 5 }
[teams.ppu.grades.constable]
in_post = 4
sickness = 0.06
abstraction = 0.12
leave_days = 25
bank_holidays = 8
leavers_per_year = 0.12
recruitment_lead_months = 3
accreditation_months = 3
trainee_productivity = 0.5
cost_per_year = 60000
[priority]
rule = "standards first"
[[standards]]
name = "Visits"
cohort = "rso"
duty = "visit"
completion = 0.8
tiers = ["high"]
from = 2025-10-01
[[standards]]
name = "Visits in date"
cohort = "rso"
duty = "visit"
in_date = 0.9
tiers = ["low"]
judged = "quarter"
from = 2025-10-01
"""

CASES = {
    "tiny": Case(lambda: TINY),
    "lending": Case(lambda: LENDING),
    "early": Case(lambda: EARLY),
    "norfolk-2024-first": Case(
        _file("benchmarks/norfolk-2024-first.toml"), options=("today", "needed", "larger")
    ),
    "norfolk-2024": Case(_file("benchmarks/norfolk-2024.toml"), runs=2_000),
    "norfolk-2024-ranges": Case(
        _file("benchmarks/norfolk-2024.toml"),
        500,
        drawn=True,
        options=("today", "needed", "reviewed", "fixed"),
    ),
    "large": Case(lambda: LARGE, runs=400),
}
