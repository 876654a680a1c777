import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.errors import Problem, ScenarioError
from capacity.kinds import IN_FILES
from capacity.reading import assumptions, in_words
from capacity.reading.scenario import (
    Scenario,
    differences,
    month_index,
    read,
    shipped,
    value_at,
)
from capacity.reading.toml_lines import lines
from capacity.reading.tree import Origin
from capacity.settings import EVERY_TIER, CostParts
from tests.chance import often
from tests.toys import toy

BASE = """\
title = "A small force"
start = 2024-10-01
months = 36

[cohorts.rso]
team = "ppu"
growth_per_year = 0.03
hours_per_case_month = 0.35
entry_mix = { high = 0.4, low = 0.6 }
moves_per_year = { high = { low = 0.2 }, low = { high = 0.1 } }
[cohorts.rso.tiers]
high = { cases = 40 }
low = { cases = 60 }
[cohorts.rso.duties.visit]
per_year = { high = 4, low = 1 }
hours = { value = 4, low = 3, high = 6, source = "judgement" }
crew = 2
overdue = { high = 3 }
[cohorts.rso.duties.arms]
per_year = 1
hours = 6
[cohorts.rso.work.breaches]
per_case_year = 0.02
hours = 14

[teams.ppu]
overtime_hours_per_fte_month = 6
overtime_in_use = 2
[teams.ppu.grades.constable]
in_post = 5
posts = 6
leavers_per_year = 0.1
cost_per_year = 60000
[teams.ppu.grades.sergeant]
in_post = 1
casework_share = 0
supervises = 8
[teams.iom.grades.constable]
in_post = 3

[[flex]]
from = "iom"
to = "ppu"

[[people]]
team = "ppu"
grade = "constable"
fte = 1
from = 2025-01-01
until = 2025-06-01
why = "Loan"

[[standards]]
name = "Visits"
cohort = "rso"
duty = "visit"
completion = 0.95
from = 2025-10-01
[[standards]]
name = "Caseload"
cohort = "rso"
cases_per_officer = 50
[[standards]]
name = "Money"
budget = 900000
[[standards]]
name = "Posts"
team = "ppu"
max_posts = 20

[[changes]]
from = 2026-04-01
set = { "cohorts.rso.duties.visit.access_rate" = 0.99 }

[[events]]
at = 2025-04-01
cohort = "rso"
from = "low"
to = "high"
cases = 5
why = "Review"

[priority]
order = ["rso.visit.high", "rso.arms", "rso"]

[links.time]
settings = ["cohorts.rso.duties.visit.hours", "cohorts.rso.work.breaches.hours"]
correlation = 0.5

[finance]
shares = { ppu = { Norfolk = 0.9, Suffolk = 0.1 } }
"""

Files = dict[str, str]


def of(text: str, **more: str) -> Scenario:
    return read("s.toml", files={"s.toml": text, **{f"{name}.toml": t for name, t in more.items()}})


def problems(text: str | Files) -> list[str]:
    files = {"s.toml": text} if isinstance(text, str) else text
    with pytest.raises(ScenarioError) as caught:
        read("s.toml", files=files)
    return [str(problem) for problem in caught.value.problems]


def edited(*pairs: tuple[str, str]) -> str:
    text = BASE
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def line_of(words: str, text: str = BASE) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_valid_file_is_read() -> None:
    scenario = of(BASE)
    assert scenario.name == "s"
    assert scenario.settings.cohorts["rso"].duties["visit"].per_year["high"].value == 4
    assert [file.name for file in scenario.files] == ["s.toml", "data/sources.csv"]
    assert scenario.tree["cohorts"]["rso"]["tiers"]["high"] == {"cases": 40}
    assert "pcc-2025-01" in scenario.sources


# --- what is wrong is said so --------------------------------------------------------------

WRONG: list[tuple[str, str, str]] = [
    # what stands in the base file, what is put there instead, what is said
    ('title = "A small force"\n', "", "title: must be given"),
    ('"A small force"', "5", "title: must be text, got 5"),
    ('"A small force"', '""', 'title: must not be empty, got ""'),
    (
        "start = 2024-10-01",
        'start = "soon"',
        'start: must be a date such as 2024-10-01, got "soon"',
    ),
    (
        "start = 2024-10-01",
        "start = 2024-10-01T10:00:00",
        "start: must be a date such as 2024-10-01, got 2024-10-01T10:00:00",
    ),
    ("start = 2024-10-01", "start = 1492-10-01", "start: must lie between 1990 and 2100, got 1492"),
    ("months = 36", "months = 601", "months: must be a whole number, at least 1 and at most 600"),
    ("months = 36", "months = 1.5", "months: must be a whole number, at least 1 and at most 600"),
    ("months = 36", "months = true", "months: must be a number, got true"),
    (
        "in_post = 5",
        'in_post = "five"',
        'teams.ppu.grades.constable.in_post: must be a number, got "five"',
    ),
    (
        "in_post = 5",
        "in_post = { value = '5' }",
        'teams.ppu.grades.constable.in_post: must be a number, got "5"',
    ),
    (
        "in_post = 5",
        "in_post = -1",
        "teams.ppu.grades.constable.in_post: must be at least 0, got -1",
    ),
    (
        "in_post = 5",
        "in_post = nan",
        "teams.ppu.grades.constable.in_post: must be a finite number, got nan",
    ),
    (
        "in_post = 5",
        "in_post = 1e13",
        "teams.ppu.grades.constable.in_post: must be a number of ordinary size, got 10000000000000",
    ),
    (
        "in_post = 5",
        "may_shrink = 1\nin_post = 5",
        "teams.ppu.grades.constable.may_shrink: must be true or false",
    ),
    (
        "in_post = 5",
        "in_post = { value = 5, low = 6 }",
        "teams.ppu.grades.constable.in_post: must have low ≤ value, got low 6 above value 5",
    ),
    (
        "in_post = 5",
        "in_post = { value = 5, high = 4 }",
        "teams.ppu.grades.constable.in_post: must have value ≤ high, got high 4 below value 5",
    ),
    (
        "in_post = 5",
        "in_post = { value = 5, hihg = 4 }",
        "teams.ppu.grades.constable.in_post.hihg: unknown setting; must be one of: value, "
        "low, high, source, note, confirmed; use high",
    ),
    (
        "in_post = 5",
        "in_post = { low = 5 }",
        "teams.ppu.grades.constable.in_post.value: must be given",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { pay = 40000, pensoin_rate = 0.3 }",
        "teams.ppu.grades.constable.cost_per_year.pensoin_rate: unknown setting; must be "
        "one of: pay, scale, service, joins_at, on_costs, pension_rate, ni_rate, ni_threshold, "
        "levy_rate, other, training, non_pay; use pension_rate",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { pay = 40000, scale = [30000, 40000] }",
        "teams.ppu.grades.constable.cost_per_year.scale: must not be given together with pay",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { scale = [30000, 40000], service = [1] }",
        "teams.ppu.grades.constable.cost_per_year.service: must be as many numbers as scale has "
        "(2), with some above 0, got 1",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { scale = [30000, 40000], joins_at = 2 }",
        "teams.ppu.grades.constable.cost_per_year.joins_at: must be below the 2 lengths of service",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { pay = 40000, joins_at = 2 }",
        "teams.ppu.grades.constable.cost_per_year.joins_at: must come with scale",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { other = 1 }",
        "teams.ppu.grades.constable.cost_per_year.pay: must be given",
    ),
    (
        "cost_per_year = 60000",
        "cost_per_year = { value = 1, pay = 1 }",
        "teams.ppu.grades.constable.cost_per_year.pay: unknown setting; must be one of: value, low",
    ),
    (
        "crew = 2",
        "crew = 0.5",
        "cohorts.rso.duties.visit.crew: must be at least 1 and at most 100, got 0.5",
    ),
    (
        "crew = 2",
        "crew = { high = 0 }",
        "cohorts.rso.duties.visit.crew.high: must be at least 1 and at most 100, got 0",
    ),
    (
        "crew = 2",
        "crew = 'two'",
        "cohorts.rso.duties.visit.crew: must be a number, or a table of numbers by tier",
    ),
    (
        "crew = 2",
        "crw = 2",
        "cohorts.rso.duties.visit.crw: unknown setting; must be one of: label, hours",
    ),
    ("[priority]", "[prority]", "prority: unknown setting; must be one of: extends, remove, title"),
    (
        "[cohorts.rso.work.breaches]",
        '[cohorts.rso.work."a b"]',
        "must be a name of letters, digits",
    ),
    (
        'cohort = "rso"\nduty',
        "cohort = [1]\nduty",
        "standards.Visits.cohort: must be text, got [1]",
    ),
    (
        "completion = 0.95",
        "completion = 0.95\njudged = 'day'",
        'standards.Visits.judged: must be one of: month, quarter, year, got "day"',
    ),
    (
        "completion = 0.95",
        "completion = 0.95\ntiers = []",
        "standards.Visits.tiers: must have at least",
    ),
    ("[finance]", "[finance]\nprice_base = '2024'", "must be a financial year such as 2024/25"),
    (
        "leavers_per_year = 0.1",
        "joiners_due = { 2024-13 = 1 }",
        "teams.ppu.grades.constable.joiners_due.2024-13: must be a month such as 2024-11",
    ),
    ("[cohorts.rso]", "[cohorts]\nx = 3\n[cohorts.rso]", "cohorts.x: must be a table, got 3"),
    ("[[people]]", "[people]", "people: must be a list"),
    (
        'settings = ["cohorts.rso.duties.visit.hours", "cohorts.rso.work.breaches.hours"]',
        'settings = ["cohorts.rso.duties.visit.hours"]',
        "links.time.settings: must have at least two",
    ),
    (
        'team = "ppu"\ngrowth',
        'team = "ppo"\ngrowth',
        'cohorts.rso.team: must be a team of this scenario (ppu, iom), got "ppo"; use ppu',
    ),
    (
        "per_year = { high = 4, low = 1 }",
        "per_year = { hgih = 4, low = 1 }",
        "cohorts.rso.duties.visit.per_year.hgih: unknown tier; must be one of: high, low; use high",
    ),
    (
        "low = { high = 0.1 }",
        "low = { top = 0.1 }",
        "cohorts.rso.moves_per_year.low.top: unknown tier; must be one of: high, low",
    ),
    (
        "per_case_year = 0.02",
        "per_case_year = { x = 1 }",
        "work.breaches.per_case_year.x: unknown tier",
    ),
    ('to = "ppu"', 'to = "pp"', "flex.iom to pp.to: must be a team of this scenario (ppu, iom)"),
    (
        'to = "ppu"',
        'to = "iom"',
        'flex.iom to iom.to: must be another team than the lender, got "iom"',
    ),
    (
        "[[people]]",
        '[[flex]]\nfrom = "iom"\nto = "ppu"\n[[people]]',
        "flex.iom to ppu (2): must be the only rule from this team to that one",
    ),
    (
        'grade = "constable"',
        'grade = "inspector"',
        "people.Loan.grade: must be a grade of ppu (constable, sergeant)",
    ),
    ('duty = "visit"', 'duty = "vist"', "standards.Visits.duty: must be a duty of rso"),
    (
        "completion = 0.95",
        'completion = 0.95\ntiers = ["high", "mid"]',
        "standards.Visits.tiers.2: must be a tier of rso (high, low)",
    ),
    (
        "completion = 0.95",
        'completion = 0.95\ntiers = ["high", "high"]',
        'standards.Visits.tiers.2: must be named once only, got "high"',
    ),
    (
        "max_posts = 20",
        'max_posts = 20\ngrades = ["pc"]',
        "standards.Posts.grades.1: must be a grade",
    ),
    ('to = "high"\ncases', 'to = "mid"\ncases', "events.Review.to: must be a tier of rso"),
    ('"rso.arms", "rso"', '"rso.arms.mid"', "priority.order.2: must be a tier of rso"),
    ('"rso.arms", "rso"', '"rso.amrs"', "priority.order.2: must be a duty of rso"),
    (
        '"rso.arms", "rso"',
        '"iom.arms"',
        "priority.order.2: must be a cohort, cohort.duty or cohort.duty.tier; cohorts are rso",
    ),
    ('"rso.arms", "rso"', '"rso", "rso"', 'priority.order.3: must be named once only, got "rso"'),
    (
        "shares = { ppu",
        "shares = { ppx",
        "finance.shares.ppx: unknown team; must be one of: ppu, iom",
    ),
    (
        '"cohorts.rso.work.breaches.hours"]',
        '"cohorts.rso.work.hours"]',
        'links.time.settings.2: must be a setting of this scenario, got "cohorts.rso.work.hours"',
    ),
    (
        '"cohorts.rso.work.breaches.hours"]',
        '"cohorts.rso.team"]',
        "links.time.settings.2: must be a number, with low and high",
    ),
    (
        '"cohorts.rso.work.breaches.hours"]',
        '"cohorts.rso.duties.visit.hours.high"]',
        "links.time.settings.2: must be in one link only, is in time too",
    ),
    ("correlation = 0.5", "correlation = -2", "links.time.correlation: must be at least -1"),
    ("correlation = 0.5", "", "links.time.correlation: must be given, unless keep_total is true"),
    (
        '"cohorts.rso.work.breaches.hours"]\ncorrelation = 0.5',
        '"cohorts.rso.work.breaches.hours", "cohorts.rso.duties.arms.hours"]\ncorrelation = -0.6',
        # of three settings no two can move against each other more than this
        "links.time.correlation: must be at least -0.5 among 3 settings, got -0.6",
    ),
    (
        'order = ["rso.visit.high", "rso.arms", "rso"]',
        "order = [1]",
        "priority.order.1: must be text, got 1",
    ),
    (
        'source = "judgement"',
        'source = "judgment"',
        "cohorts.rso.duties.visit.hours.source: must be an id of sources.csv, or one of "
        "policy, local, judgement, assumed, default, fitted, measured, "
        'got "judgment"; use judgement',
    ),
    (
        "per_year = { high = 4, low = 1 }",
        "per_year = { high = 5, low = 1 }",
        "cohorts.rso.duties.visit.per_year.high: must give a whole number of months "
        "between visits (12 ÷ 5 = 2.4), got 5; use 4 or 6",
    ),
    (
        "per_year = 1\n",
        "per_year = 0.7\n",
        "cohorts.rso.duties.arms.per_year: must give a whole number of months from one "
        "arms to the next (12 ÷ 0.7 = 17.143), got 0.7; use every_months = 17 or 18",
    ),
    (
        "per_year = 1\n",
        "every_months = 2.5\n",
        "arms.every_months: must give a whole number of months from one arms to the next, "
        "got 2.5; use 2 or 3",
    ),
    ("per_year = 1\n", "every_months = 0\n", "arms.every_months: must be above 0, got 0"),
    ("per_year = 1\n", "per_year = 0.01\n", "arms.per_year: must be at most 600 months between"),
    (
        "overdue = { high = 3 }",
        "overdue = { high = 41 }",
        "cohorts.rso.duties.visit.overdue.high: must be at most the cases of high (40), got 41",
    ),
    (
        "per_year = { high = 4, low = 1 }",
        "per_year = { high = 52, low = 1 }",
        "cohorts.rso.duties.visit.overdue.high: must be 0 in high: a duty owed never, or "
        "more than monthly, is not carried, got 3",
    ),
    (
        "{ high = { low = 0.2 }",
        "{ high = { high = 0.2 }",
        "cohorts.rso.moves_per_year.high.high: must be another tier: a case cannot move to where",
    ),
    (
        "entry_mix = { high = 0.4",
        "entry_mix = { high = 0.5",
        "cohorts.rso.entry_mix: must add up to 1, got 1.1",
    ),
    (
        "overtime_in_use = 2",
        "overtime_in_use = 7",
        "teams.ppu.overtime_in_use: must be at most overtime",
    ),
    (
        "growth_per_year = 0.03",
        "growth_per_year = 0.03\nentrants_per_month = 2",
        "cohorts.rso.entrants_per_month: must have entrants_per_month alone, or growth_per_year, "
        "[[inflows]] or both of these, got growth_per_year and entrants_per_month",
    ),
    (
        "growth_per_year = 0.03",
        'entrants_per_month = 2\n[[inflows]]\nname = "n"\ncohort = "rso"\nper_month = 1',
        "cohorts.rso.entrants_per_month: must have entrants_per_month alone",
    ),
    (
        "leavers_per_year = 0.1",
        "max_share = 0.9",
        "teams.ppu.grades: must have max_share that add up",
    ),
    ("Suffolk = 0.1", "Suffolk = 0.2", "finance.shares.ppu: must add up to 1, got 1.1"),
    (
        "low = { cases = 60 }",
        "low = { cases = 60 }\nvalue = { cases = 1 }",
        "tiers.value: must have another",
    ),
    (
        "completion = 0.95",
        "completion = 0.95\nin_date = 0.9",
        f"standards.Visits: must have exactly one of {', '.join(IN_FILES)}, "
        "got completion and in_date",
    ),
    ("budget = 900000", "", "standards.Money: must have exactly one of"),
    ('duty = "visit"\n', "", "standards.Visits.duty: must be given for a standard on completion"),
    (
        "cases_per_officer = 50",
        'cases_per_officer = 50\njudged = "year"',
        "standards.Caseload.judged: must not be given for a standard on cases_per_officer",
    ),
    ("budget = 900000", 'budget = 9\ncohort = "rso"', "standards.Money.cohort: must not be given"),
    (
        'team = "ppu"\nmax_posts',
        "max_posts",
        "standards.Posts.team: must be given for a standard on max",
    ),
    (
        'name = "Caseload"',
        'name = "Visits"',
        'standards.Visits (2).name: must be a name of its own, got "V',
    ),
    (
        "cases = 5",
        "arrivals = 5",
        "events.Review: must have one of: cases, from and to; arrivals; leavers, got arr",
    ),
    (
        "cases = 5",
        "cases = 5\nleavers = 5",
        "events.Review: must have one of: cases, from and to; arrivals; leavers, got leavers and",
    ),
    (
        "cases = 5\n",
        "",
        "events.Review: must have one of: cases, from and to; arrivals; leavers, got from and to",
    ),
    (
        "cases = 5",
        'cases = 5\ntier = "high"',
        "events.Review.tier: must not be given for cases that move",
    ),
    (
        'to = "high"\ncases',
        'to = "low"\ncases',
        'events.Review.to: must be another tier than from, got "low"',
    ),
    (
        "[[people]]\nteam",
        "[[people]]\nwho = 1\nteam",
        "people.Loan.who: unknown setting; must be one of: team",
    ),
    ("from = 2025-01-01\n", "", "people.Loan.from: must be given"),
    (
        "until = 2025-06-01",
        "until = 2024-12-01",
        "people.Loan.until: must not be before from (2025-01-01)",
    ),
    (
        "from = 2025-10-01",
        "from = 2024-09-30",
        "standards.Visits.from: must not be before the start (2024-10)",
    ),
    (
        "at = 2025-04-01",
        "at = 2024-09-30",
        "events.Review.at: must not be before the start (2024-10), got 2024",
    ),
    (
        "from = 2026-04-01",
        "from = 2024-09-30",
        "changes.1.from: must not be before the start (2024-10), got",
    ),
    (
        "from = 2025-01-01",
        "from = 2024-01-01",
        "people.Loan.from: must not be before the start (2024-10)",
    ),
    (
        "leavers_per_year = 0.1",
        "joiners_due = { 2024-09 = 1 }",
        "joiners_due.2024-09: must not be before",
    ),
    (
        "leavers_per_year = 0.1",
        "recent_joiners = { 2024-10 = 1 }",
        "recent_joiners.2024-10: must be before the start (2024-10), by 600 months at most",
    ),
    (
        "[teams.iom.grades",
        '[teams.iom]\nlike = "pp"\n[teams.iom.grades',
        "teams.iom.like: unknown team",
    ),
    (
        "[teams.iom.grades",
        '[teams.iom]\nlike = "iom"\n[teams.iom.grades',
        "teams.iom.like: must not lead back to",
    ),
    (
        'access_rate" = 0.99',
        'acces_rate" = 0.99',
        "cohorts.rso.duties.visit.acces_rate: unknown setting; must be one of",
    ),
    (
        'access_rate" = 0.99',
        'access_rate.mid" = 0.99',
        "cohorts.rso.duties.visit.access_rate.mid: unknown tier; must be one",
    ),
    (
        'access_rate" = 0.99',
        'access_rate" = 2',
        "cohorts.rso.duties.visit.access_rate: must be at least 0 and at most 1, got 2",
    ),
    (
        'access_rate" = 0.99',
        'per_year.high" = 5',
        "cohorts.rso.duties.visit.per_year.high: must give a whole number of months",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "cohorts.rso.duties.vist.crew",
        "cohorts.rso.duties.vist: unknown duty; must be one of: visit, arms; use visit",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "cohorts.rsso.team",
        "cohorts.rsso: unknown cohort; must be one of: rso; use rso",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "cohorts.rso.tiers.high.cases",
        "cohorts.rso.tiers.high.cases: cannot change from a date",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "cohorts.rso.team",
        "cohorts.rso.team: cannot change from a date",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "teams.ppu.grades.constable.in_post",
        "teams.ppu.grades.constable.in_post: cannot change from a date",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "teams.ppu.grades.constable.in_training",
        "teams.ppu.grades.constable.in_training: cannot change from a date",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "standards.Visits.completion",
        "standards.Visits.completion: must be a setting under cohorts, teams, queues or inflows",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "cohorts.rso",
        "cohorts.rso: must name a setting, not a whole cohort",
    ),
    (
        "cohorts.rso.duties.visit.access_rate",
        "inflows.Releases.per_month",
        "inflows.Releases: unknown inflow",
    ),
    (
        'set = { "cohorts.rso.duties.visit.access_rate" = 0.99 }',
        "set = {}",
        "changes.1.set: must have at least one",
    ),
    ("months = 36", "months = ", "must be valid TOML: invalid value"),
    ("months = 36", "months = 36\nmonths = 36", "must be valid TOML: cannot overwrite a value"),
    ("months = 36", 'months = 36\nremove = ["a"]', "remove: must not be given without extends"),
    (
        "months = 36",
        "months = 36\nextends = 5",
        "extends: must be the name of a scenario file, got 5",
    ),
    (
        "months = 36",
        'months = 36\nextends = "x.toml"',
        "extends: no such scenario beside this one, nor a shipped one: s.toml → x.toml",
    ),
    (
        "months = 36",
        'months = 36\nextends = "../x.toml"',
        'extends: must lie in the folder of this file, or be a shipped scenario, got "../x.toml"',
    ),
    (
        "months = 36",
        'months = 36\nextends = "s.toml"',
        "extends: must not lead back to a scenario of the chain: s.toml → s.toml",
    ),
    ("months = 36", "months = \x00", "must not have NUL characters"),
    ('"A small force"', f'"{"x" * 201}"', "title: must be at most 200 characters"),
    (
        "months = 36",
        "months = " + "[" * 30 + "]" * 30,
        "must not have tables or lists more than 20",
    ),
    (
        "months = 36",
        "months = " + "[" * 9000 + "]" * 9000,
        "must not have tables or lists more than",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=range(len(WRONG)))
def test_every_fault_is_told(old: str, new: str, said: str) -> None:
    text = edited((old, new))
    told = problems(text)
    assert any(said in line for line in told), told
    assert all(re.match(r"s\.toml(:\d+)?: ", line) for line in told), told


def test_every_problem_at_once_in_file_order_with_its_line() -> None:
    text = edited(
        ('team = "ppu"\ngrowth', 'team = "ppx"\ngrowth'),
        ("per_year = { high = 4, low = 1 }", "per_year = { high = 5, low = 1 }"),
        ("in_post = 5", "in_post = -1"),
        ('duty = "visit"', 'duty = "vist"'),
        ('access_rate" = 0.99', 'access_rate" = 2'),
    )
    told = problems(text)
    places = [int(line.split(":")[1]) for line in told]
    assert places == [
        line_of(words)
        for words in (
            'team = "ppu"',
            "high = 4, low = 1",
            "in_post = 5",
            'duty = "visit"',
            "set = {",
        )
    ]
    assert problems(text) == told


def test_a_fault_in_a_table_hides_none_in_its_neighbours() -> None:
    told = problems(
        edited(
            ("hours = { value = 4", "hors = { value = 4"),  # in one duty
            ("per_year = 1\n", "per_year = 5\n"),  # in another
            ("title = ", "titel = "),
            ("in_post = 3", 'in_post = "x"'),
            ("budget = 900000", "budget = -1"),
            ("max_posts = 20", "max_posts = 20\ncohort = 'rso'"),
        )
    )
    assert [line.split(": ")[1] for line in told] == [
        "titel",
        "title",
        "cohorts.rso.duties.visit.hors",
        "cohorts.rso.duties.arms.per_year",
        "teams.iom.grades.constable.in_post",
        "standards.Money.budget",
        "standards.Posts.cohort",
    ] or sorted(line.split(": ")[1] for line in told) == sorted(
        [
            "title",
            "titel",
            "cohorts.rso.duties.visit.hors",
            "cohorts.rso.duties.arms.per_year",
            "teams.iom.grades.constable.in_post",
            "standards.Money.budget",
            "standards.Posts.cohort",
            "links.time.settings.1",
        ]
    )


def test_problems_of_a_parent_come_after_those_of_the_scenario() -> None:
    child = 'extends = "p.toml"\nteams.ppu.grades.constable.posts = -1\n'
    told = problems({"s.toml": child, "p.toml": edited(("in_post = 5", "in_post = -5"))})
    assert told == [
        "s.toml:2: teams.ppu.grades.constable.posts: must be at least 0, got -1",
        f"p.toml:{line_of('in_post = 5')}: teams.ppu.grades.constable.in_post: must be at least 0, "
        "got -5",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'cohort = "rso"\nfrom = "low"',
            'cohort = "rsx"\nfrom = "lowest"',
            'events.Review.cohort: must be a cohort of this scenario (rso), got "rsx"; use rso',
        ),
        (
            'team = "ppu"\nmax_posts = 20',
            'team = "ppx"\nmax_posts = 20\ngrades = ["chief"]',
            'standards.Posts.team: must be a team of this scenario (ppu, iom), got "ppx"; use ppu',
        ),
    ],
)
def test_of_what_is_not_there_no_parts_are_missed(old: str, new: str, said: str) -> None:
    (told,) = problems(edited((old, new)))
    assert told.endswith(said)


def test_a_fault_taken_over_by_like_is_told_once() -> None:
    more = 'cohorts.west = { like = "rso" }\n'
    told = problems(more + edited(("hours = 6", "hours = -6")))
    assert told == [
        f"s.toml:{line_of('hours = 6') + 1}: cohorts.rso.duties.arms.hours: must be at "
        "least 0, got -6"
    ]


def test_the_limits_on_size_are_told() -> None:
    tiers = "".join(f"t{n} = {{ cases = 1 }}\n" for n in range(30))
    teams = "".join(f"[teams.t{n}.grades.pc]\nin_post = 1\n" for n in range(200))
    events = '[[events]]\nat = 2025-04-01\ncohort = "rso"\ntier = "low"\narrivals = 1\n' * 1001
    assert (
        "cohorts.rso.tiers: must be at most 30, got 32"
        in problems(edited(("[cohorts.rso.tiers]\n", f"[cohorts.rso.tiers]\n{tiers}")))[0].split(
            "; "
        )[0]
    )
    assert any("teams: must be at most 200, got 202" in told for told in problems(BASE + teams))
    assert any("events: must be at most 1000, got 1002" in told for told in problems(BASE + events))


def test_lists_that_are_too_long_only_together_are_told() -> None:
    event = '[[events]]\nat = 2025-04-01\ncohort = "rso"\ntier = "low"\narrivals = 1\n'
    told = problems({"s.toml": DIFF + event * 501, "p.toml": BASE + event * 500})
    assert told == ["s.toml:3: events: must be at most 1000, got 1002"]  # and one of the base


def test_a_cohort_without_cases_needs_an_entry_mix() -> None:
    text = edited(
        ("entry_mix = { high = 0.4, low = 0.6 }\n", ""),
        ("growth_per_year = 0.03", "entrants_per_month = 2"),
        ("high = { cases = 40 }", "high = { cases = 0 }"),
        ("low = { cases = 60 }", "low = { cases = 0 }"),
        ("overdue = { high = 3 }\n", ""),
    )
    assert "cohorts.rso.entry_mix: must be given: without cases at the start" in problems(text)[0]


def test_moves_add_up_to_at_most_one_a_month() -> None:
    told = problems(
        edited(
            ("low = { cases = 60 }", "low = { cases = 60 }\nmid = { cases = 1 }"),
            ("high = { low = 0.2 }", "high = { low = 7, mid = 6 }"),
        )
    )
    assert "cohorts.rso.moves_per_year.high: must add up to at most 12 per year" in told[0]
    assert told[0].endswith("got 13")


# --- files ---------------------------------------------------------------------------------


def test_files_on_disk_are_told_by_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/base.toml").write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    (tmp_path / "mine/a.toml").write_text('extends = "base.toml"\ntitle = "A"\n')
    (tmp_path / "mine/sources.csv").write_text("id,title,publisher,date,where\nown,T,P,2024,p. 1\n")
    scenario = read(Path("mine") / "a.toml")
    names = [file.name for file in scenario.files]
    assert names == ["mine/a.toml", "mine/base.toml", "mine/sources.csv", "data/sources.csv"]
    assert scenario.sources["own"].where == "p. 1"
    assert scenario.origins["months"] == Origin("mine/base.toml", 3)
    again = read("mine/a.toml", files={file.name: file.text for file in scenario.files})
    assert again == scenario
    assert [file.sha256 for file in again.files] == [file.sha256 for file in scenario.files]
    (tmp_path / "mine/b.toml").write_text('extends = "norfolk-2024.toml"\ntitle = "B"\n')
    assert read("mine/b.toml").files[1].name == "scenarios/norfolk-2024.toml"


@pytest.mark.parametrize("make", [0, 1, 2, 3, 4, 5, 6])
def test_what_cannot_be_read_is_told(tmp_path: Path, make: int) -> None:
    path = tmp_path / "x.toml"
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: None, "no such file, nor a shipped scenario (backlog-team, "),
        (path.mkdir, "must be a file, not a folder"),
        (lambda: path.write_bytes(b""), "must not be empty"),
        (lambda: path.write_bytes(b" \n \n"), "must not be empty"),
        (
            lambda: path.write_bytes(b"a = 1\nb = '\xff'\n"),
            "x.toml:2: must be UTF-8 text, got byte 0x",
        ),
        (lambda: path.write_bytes(b"#" * 2_000_001), "must be at most 2 MB"),
        (lambda: path.symlink_to(path), "cannot be read: "),
    ]
    act, said = wrong[make]
    act()
    with pytest.raises(ScenarioError) as caught:
        read(path)
    if make == 6:  # a link to itself: some systems call it missing
        said = str(path)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "", ".", "no/such"])
def test_odd_names_are_told(name: str) -> None:
    with pytest.raises(ScenarioError):
        read(name)


def test_a_parent_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "p.toml").write_text(BASE)
    for given_name in ("../p.toml", str(tmp_path / "p.toml"), "link.toml"):
        (tmp_path / "in/s.toml").write_text(f'extends = "{given_name}"\n')
        if given_name == "link.toml":
            (tmp_path / "in/link.toml").symlink_to(tmp_path / "p.toml")
        with pytest.raises(ScenarioError, match=r"extends: (must lie in|no such scenario b)"):
            read(tmp_path / "in/s.toml")


def test_chains_are_followed_to_a_limit() -> None:
    def chain(length: int) -> Files:
        files = {
            f"s{n}.toml": f'extends = "s{n + 1}.toml"\nmonths = {n + 1}\n' for n in range(length)
        }
        return {**files, f"s{length}.toml": BASE, "s.toml": 'extends = "s0.toml"\n'}

    assert read("s.toml", files=chain(8)).settings.months.value == 1
    told = problems(chain(20))
    assert "extends: must not be a chain of more than 10 scenarios: s.toml → s0.toml → " in told[0]
    circle = {"s.toml": 'extends = "b.toml"', "b.toml": 'extends = "s.toml"'}
    assert problems(circle) == [
        "b.toml:1: extends: must not lead back to a scenario of the chain: s.toml → b.toml → s.toml"
    ]


def test_a_roundabout_way_back_is_known_again(tmp_path: Path) -> None:
    """By `..` within the folder, which is a folder more at every turn, and by a link."""
    (tmp_path / "sub").mkdir()
    way = tmp_path / "s.toml"
    way.write_text('extends = "sub/../s.toml"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"must not lead back .*: .*s\.toml → .*s\.toml$"):
        read(way)
    way.write_text('extends = "other.toml"\n', encoding="utf-8")
    (tmp_path / "other.toml").symlink_to(way)
    with pytest.raises(ScenarioError, match=r"must not lead back .*: .*s\.toml → .*s\.toml$"):
        read(way)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,title\n", "sources.csv:1: must have the columns id, title, publisher, date, where"),
        ('id,title,publisher,date,where\n"a,b\n', "must be valid CSV: "),
    ],
)
def test_a_broken_list_of_sources_is_told(text: str, said: str) -> None:
    assert said in problems({"s.toml": BASE, "sources.csv": text})[0]


def test_a_row_of_sources_without_an_id_is_none() -> None:
    table = "id,title,publisher,date,where\n,Lost,P,2024,p. 1\nown,Ours,P,2024,p. 2\n"
    sources = read("s.toml", files={"s.toml": BASE, "sources.csv": table}).sources
    assert sources["own"].title == "Ours"
    assert "" not in sources


@pytest.mark.slow
def test_shipped_scenarios_read_under_their_own_name() -> None:
    assert "norfolk-2024" in shipped()
    for name in shipped():
        scenario = read(name)
        assert scenario.name == name
        assert scenario.files[0].name == f"scenarios/{name}.toml"
        assert not any(file.name.startswith("/") for file in scenario.files)
    for name in ("norfolk-2024.toml", "scenarios/norfolk-2024.toml"):
        assert read(name, files={}).files[0].name == "scenarios/norfolk-2024.toml"


# --- lines ---------------------------------------------------------------------------------


def test_the_line_of_every_key_is_known() -> None:
    text = '''\
# a comment with [brackets] and "quotes"
top = "a # b"

"quoted.key" . 'x y' = 1
dotted.inner = """
two ' lines ""\\" of [text]"""  # after
[ table . "sub\\u0020table" ]
list = [  # one
  1, "]",
  { a = 1, b = { c = 2 } },
  [ 3,
    4 ],
]
[[many]]
x = \'\'\'
it's''\'\'\'
[many.inner]
y = 2024-01-01 10:00:00
[[many]]
[[many.deep]]
z = {}
'''
    for version in (text, text.replace("\n", "\r\n")):
        assert dict(lines(version)) == {
            ("top",): 2,
            ("quoted.key",): 4,
            ("quoted.key", "x y"): 4,
            ("dotted",): 5,
            ("dotted", "inner"): 5,
            ("table",): 7,
            ("table", "sub table"): 7,
            ("table", "sub table", "list"): 8,
            ("table", "sub table", "list", 0): 9,
            ("table", "sub table", "list", 1): 9,
            ("table", "sub table", "list", 2): 10,
            ("table", "sub table", "list", 2, "a"): 10,
            ("table", "sub table", "list", 2, "b"): 10,
            ("table", "sub table", "list", 2, "b", "c"): 10,
            ("table", "sub table", "list", 3): 11,
            ("table", "sub table", "list", 3, 0): 11,
            ("table", "sub table", "list", 3, 1): 12,
            ("many",): 14,
            ("many", 0): 14,
            ("many", 0, "x"): 15,
            ("many", 0, "inner"): 17,
            ("many", 0, "inner", "y"): 18,
            ("many", 1): 19,
            ("many", 1, "deep"): 20,
            ("many", 1, "deep", 0): 20,
            ("many", 1, "deep", 0, "z"): 21,
        }


def test_origins_name_the_file_and_line_of_every_setting() -> None:
    child = 'extends = "p.toml"\n[cohorts.rso.duties.visit]\nper_year.high = 12\n'
    origins = of(child, p=BASE).origins
    assert origins["cohorts.rso.duties.visit.per_year.high"] == Origin("s.toml", 3)
    assert origins["cohorts.rso.duties.visit.per_year.low"] == Origin(
        "p.toml", line_of("high = 4, low = 1")
    )
    assert origins["people.Loan.fte"] == Origin("p.toml", line_of("fte = 1"))
    assert origins["standards.Visits.completion"].line == line_of("completion")


# --- diffs ---------------------------------------------------------------------------------

DIFF = 'extends = "p.toml"\ntitle = "A diff"\n'


def tree_of(diff: str, base: str = BASE) -> Scenario:
    return of(DIFF + diff, p=base)


def test_tables_merge_by_key_and_numbers_replace() -> None:
    scenario = tree_of("cohorts.rso.duties.visit.hours = { value = 5 }\nmonths = 24\n")
    visit = scenario.settings.cohorts["rso"].duties["visit"]
    assert visit.hours[EVERY_TIER].value == 5
    assert visit.hours[EVERY_TIER].low is None
    assert visit.crew[EVERY_TIER].value == 2
    assert scenario.settings.months.value == 24
    assert scenario.settings.title == "A diff"
    assert "extends" not in scenario.tree


def test_one_number_for_all_tiers_stays_for_the_others() -> None:
    visit = tree_of("cohorts.rso.duties.visit.crew = { low = 1 }\n").settings.cohorts["rso"].duties
    assert visit["visit"].crew == {
        EVERY_TIER: visit["visit"].crew[EVERY_TIER],
        "low": visit["visit"].crew["low"],
    }
    assert [q.value for q in visit["visit"].crew.values()] == [2, 1]
    assert (
        tree_of("cohorts.rso.duties.visit.per_year = 2\n", BASE).tree["cohorts"]["rso"]["duties"][
            "visit"
        ]["per_year"]
        == 2
    )


def test_new_tiers_go_last_and_old_ones_stay_in_place() -> None:
    scenario = tree_of("[cohorts.rso.tiers]\nmid = { cases = 1 }\nhigh = { cases = 41 }\n")
    assert list(scenario.settings.cohorts["rso"].tiers) == ["high", "low", "mid"]
    assert scenario.settings.cohorts["rso"].tiers["high"].cases.value == 41


def test_entrants_for_the_cohort_and_by_tier_replace_each_other() -> None:
    base = edited(("growth_per_year = 0.03", "entrants_per_month = 2"))
    table = tree_of("cohorts.rso.entrants_per_month = { low = 1 }\n", base)
    assert table.tree["cohorts"]["rso"]["entrants_per_month"] == {"low": 1}
    base = edited(("growth_per_year = 0.03", "entrants_per_month = { high = 2 }"))
    assert (
        tree_of("cohorts.rso.entrants_per_month = 3\n", base).tree["cohorts"]["rso"][
            "entrants_per_month"
        ]
        == 3
    )
    more = tree_of("cohorts.rso.entrants_per_month.low = 3\n", base)
    assert more.tree["cohorts"]["rso"]["entrants_per_month"] == {"high": 2, "low": 3}


def test_cost_as_a_number_and_by_parts_replace_each_other_and_parts_merge() -> None:
    parts = edited(("cost_per_year = 60000", "cost_per_year = { pay = 40000, ni_rate = 0.15 }"))
    where = "teams.ppu.grades.constable.cost_per_year"
    merged = tree_of(f"{where}.other = 5\n", parts).settings.teams["ppu"].grades["constable"]
    assert isinstance(merged.cost_per_year, CostParts)
    assert (merged.cost_per_year.pay.value, merged.cost_per_year.other.value) == (40000, 5)
    assert value_at(tree_of(f"{where} = 70000\n", parts).tree, where) == 70000
    assert value_at(tree_of(f"{where} = {{ pay = 7000 }}\n").tree, where) == {"pay": 7000}


def test_standards_merge_by_name_and_other_lists_append() -> None:
    scenario = tree_of(
        '[[standards]]\nname = "Visits"\ncompletion = 0.9\n'
        '[[standards]]\nname = "New"\nbudget = 1\n'
        '[[people]]\nteam = "ppu"\ngrade = "constable"\nfte = -1\nfrom = 2025-01-01\n'
        'why = "Leave"\n'
        '[[flex]]\nfrom = "ppu"\nto = "iom"\n'
    )
    standards = scenario.settings.standards
    assert [s.name for s in standards] == ["Visits", "Caseload", "Money", "Posts", "New"]
    assert standards[0].completion is not None
    assert standards[0].completion.value == 0.9
    assert standards[0].from_ == date(2025, 10, 1)
    assert [event.why for event in scenario.settings.people] == ["Loan", "Leave"]
    assert [rule.from_ for rule in scenario.settings.flex] == ["iom", "ppu"]


def test_other_lists_replace() -> None:
    assert tree_of('priority.order = ["rso"]\n').settings.priority.order == ["rso"]


def test_of_an_inflow_only_how_many_come_changes_from_a_date() -> None:
    text = edited(
        ("growth_per_year = 0.03\n", ""),
        ("cohorts.rso.duties.visit.access_rate", "inflows.Arrests.lag_months"),
    )
    inflow = '[[inflows]]\nname = "Arrests"\ncohort = "rso"\nper_month = 3\n'
    (told,) = problems(text + inflow)
    assert (
        "inflows.Arrests.lag_months: cannot change from a date; of an inflow only per_month" in told
    )


def test_a_tier_may_not_be_called_value() -> None:
    told = problems(BASE.replace("low = { cases = 60 }", "value = { cases = 60 }"))
    wanted = 'cohorts.rso.tiers.value: must have another name: "value" is a part of a number'
    assert any(wanted in one for one in told)


def test_remove_takes_named_settings_away_before_merging() -> None:
    scenario = tree_of(
        'remove = ["standards.Caseload", "cohorts.rso.growth_per_year", "people.Loan", '
        '"flex.iom to ppu", "links.time", "cohorts.rso.duties.visit.overdue.high", '
        '"events.Review"]\n'
        "cohorts.rso.entrants_per_month = 2\n"
    )
    assert [s.name for s in scenario.settings.standards] == ["Visits", "Money", "Posts"]
    assert scenario.settings.cohorts["rso"].growth_per_year is None
    assert not scenario.settings.people
    assert not scenario.settings.flex
    assert not scenario.settings.links
    assert not scenario.settings.cohorts["rso"].duties["visit"].overdue


def test_what_is_named_twice_or_with_its_whole_goes_once() -> None:
    scenario = tree_of(
        'remove = ["standards.Visits", "standards.Visits", "standards.Money.budget", '
        '"standards.Money", "cohorts.rso.duties.arms", "cohorts.rso.duties.arms.hours"]\n'
        'priority.order = ["rso"]\n'
    )
    assert [s.name for s in scenario.settings.standards] == ["Caseload", "Posts"]
    assert list(scenario.settings.cohorts["rso"].duties) == ["visit"]


@pytest.mark.parametrize(
    ("remove", "said"),
    [
        (
            '["standards.Nothing"]',
            "remove.1: must name a setting of the scenario that this one ext",
        ),
        ('"standards.Caseload"', "remove: must be a list of dotted names"),
        ('["cohorts.rso.duties.visit.crew.high"]', "remove.1: must name a setting of the scenario"),
        ('[""]', "remove.1: must name a setting"),
    ],
)
def test_removing_what_is_not_there_is_told(remove: str, said: str) -> None:
    told = problems({"s.toml": f"{DIFF}remove = {remove}\n", "p.toml": BASE})
    assert said in told[0]
    assert told[0].startswith("s.toml:3: ")


def test_entrants_over_a_parents_growth_tell_what_to_remove() -> None:
    files = {"s.toml": f"{DIFF}cohorts.rso.entrants_per_month = 2\n", "p.toml": BASE}
    (told,) = problems(files)
    assert told.startswith(
        "s.toml:3: cohorts.rso.entrants_per_month: must have entrants_per_month "
    )
    assert 'remove = ["cohorts.rso.growth_per_year"]' in told


def test_another_inflow_of_the_same_name_is_told() -> None:
    inflow = '[[inflows]]\nname = "N"\ncohort = "rso"\nper_month = 1\n'
    base = edited(("growth_per_year = 0.03\n", "")) + inflow
    told = problems({"s.toml": DIFF + inflow, "p.toml": base})
    assert (
        'inflows.N (2).name: must be a name of its own, got "N"; use another, or remove = '
        in told[0]
    )
    assert tree_of(f'remove = ["inflows.N"]\n{inflow}', base).settings.inflows[0].name == "N"


# --- like ----------------------------------------------------------------------------------


def test_an_office_takes_what_it_does_not_say_itself() -> None:
    west = '[cohorts.west]\nlike = "rso"\nteam = "iom"\n'
    west += "tiers.low.cases = 5\nduties.visit.crew.low = 1\n"
    scenario = of(BASE + west + '[cohorts.east]\nlike = "west"\ngrowth_per_year = 0.1\n')
    west_one, east = scenario.settings.cohorts["west"], scenario.settings.cohorts["east"]
    assert west_one.team == "iom"
    assert west_one.tiers["high"].cases.value == 40
    assert west_one.tiers["low"].cases.value == 5
    assert {k: q.value for k, q in west_one.duties["visit"].crew.items()} == {
        EVERY_TIER: 2,
        "low": 1,
    }
    assert scenario.settings.cohorts["rso"].duties["visit"].crew.keys() == {EVERY_TIER}
    assert east.tiers["low"].cases.value == 5
    assert east.growth_per_year is not None
    assert east.growth_per_year.value == 0.1
    assert scenario.origins["cohorts.east.hours_per_case_month"].line == line_of("hours_per_case")


def test_an_office_may_have_another_way_in() -> None:
    west = of(BASE + '[cohorts.west]\nlike = "rso"\nentrants_per_month = 1\n').settings.cohorts[
        "west"
    ]
    assert west.growth_per_year is None
    inflow = '[[inflows]]\nname = "N"\ncohort = "west"\nper_month = 1\n'
    other = of(BASE + '[cohorts.west]\nlike = "rso"\n' + inflow).settings.cohorts["west"]
    assert other.growth_per_year is None


def test_an_office_says_of_some_tiers_how_many_come_and_takes_the_others() -> None:
    base = edited(("growth_per_year = 0.03", "entrants_per_month = { high = 2, low = 1 }"))
    west = '[cohorts.west]\nlike = "rso"\nentrants_per_month = { high = 5 }\n'
    entrants = of(base + west).settings.cohorts["west"].entrants_per_month
    assert isinstance(entrants, dict)
    assert {tier: one.value for tier, one in entrants.items()} == {"high": 5, "low": 1}


def test_a_team_may_be_like_another() -> None:
    text = edited(
        ("[teams.iom.grades.constable]\n", '[teams.iom]\nlike = "ppu"\ngrades.constable.')
    )
    team = of(text).settings.teams["iom"]
    assert team.grades["constable"].in_post.value == 3
    assert (
        team.grades["constable"].cost_per_year
        == of(BASE).settings.teams["ppu"].grades["constable"].cost_per_year
    )
    assert "sergeant" in team.grades


def test_a_circle_of_likes_is_told_for_each() -> None:
    told = problems(BASE + '[cohorts.a]\nlike = "b"\n[cohorts.b]\nlike = "a"\n')
    assert any("cohorts.a.like: must not lead back to itself: a → b → a" in line for line in told)
    assert any("cohorts.b.like: must not lead back to itself: b → a → b" in line for line in told)


def test_who_is_like_a_circle_or_a_stranger_is_not_blamed_for_it() -> None:
    told = problems(
        BASE + '[cohorts.a]\nlike = "b"\n[cohorts.b]\nlike = "c"\n[cohorts.c]\nlike = "b"\n'
    )
    assert [one.split(": ", 1)[1] for one in told if ".like" in one] == [
        "cohorts.b.like: must not lead back to itself: b → c → b",
        "cohorts.c.like: must not lead back to itself: c → b → c",
    ]
    told = problems(BASE + '[cohorts.a]\nlike = "b"\n[cohorts.b]\nlike = "rsoo"\n')
    (said,) = (one.split(": ", 1)[1] for one in told if ".like" in one)
    assert said == 'cohorts.b.like: unknown cohort; must be one of: rso, a, got "rsoo"; use rso'


def test_a_change_to_a_cohort_does_not_reach_one_that_is_like_it() -> None:
    scenario = of(BASE + '[cohorts.west]\nlike = "rso"\n')
    ((_, later),) = scenario.dated
    assert later.cohorts["rso"].duties["visit"].access_rate[EVERY_TIER].value == 0.99
    assert not later.cohorts["west"].duties["visit"].access_rate


# --- dated changes -------------------------------------------------------------------------


def change(when: str, what: str) -> str:
    return f"[[changes]]\nfrom = {when}\nset = {{ {what} }}\n"


def test_changes_apply_by_date_then_file_order_parents_first() -> None:
    name = "cohorts.rso.duties.visit.access_rate"
    diff = change("2026-04-20", f'"{name}.high" = 0.97') + change("2025-04-01", f'"{name}" = 0.5')
    scenario = tree_of(diff + change("2024-10-31", '"teams.ppu.grades.constable.posts" = 8'))
    assert [month for month, _ in scenario.dated] == [0, 6, 18]
    assert tuple(map(str, scenario.applied)) == (
        "teams.ppu.grades.constable.posts: 6 → 8",
        f"{name}: 1 → 0.5",
        f"{name}: 0.5 → 0.99",
        f"{name}.high: 0.99 → 0.97",
    )
    rates = [s.cohorts["rso"].duties["visit"].access_rate for _, s in scenario.dated]
    assert {tier: q.value for tier, q in rates[2].items()} == {EVERY_TIER: 0.99, "high": 0.97}
    assert scenario.dated[2][1].teams["ppu"].grades["constable"].posts is not None
    assert scenario.settings.teams["ppu"].grades["constable"].posts is not None
    assert scenario.settings.teams["ppu"].grades["constable"].posts.value == 6


def test_changes_in_words_say_once_what_several_share() -> None:
    rate = "cohorts.rso.duties.visit.no_answer_share"
    scenario = of(
        BASE
        + change("2025-04-20", f'"{rate}" = 0.25')
        + change("2025-06-01", '"teams.ppu.grades.constable.sickness" = 0.05')
        + change("2025-06-01", '"teams.iom.grades.constable.sickness" = 0.05')
    )
    assert in_words.of(scenario).dated(scenario.applied)[:2] == [
        ("2025-04", "Failed attempts: 0% → 25% (RSO: Visit)"),
        ("2025-06", "Hours lost to sickness: 0% → 5% (PPU: Constable; IOM: Constable)"),
    ]


def test_a_change_of_what_is_no_number_is_no_assumption() -> None:
    rate = '"cohorts.rso.duties.visit.access_rate" = 0.99'
    flag = '"teams.ppu.grades.constable.may_shrink" = true'
    scenario = of(edited((rate, f"{rate}, {flag}")))
    dated = [one for one in assumptions.register(scenario) if one.from_month]
    assert [(one.setting, one.value, one.from_month) for one in dated] == [
        ("cohorts.rso.duties.visit.access_rate", 0.99, "2026-04")
    ]
    assert scenario.dated[0][1].teams["ppu"].grades["constable"].may_shrink is True


def test_changes_merge_tables_and_show_defaults_and_ranges() -> None:
    scenario = of(
        BASE
        + '[[inflows]]\nname = "A. B"\ncohort = "x"\nper_month = 2\n'
        + '[cohorts.x]\nteam = "iom"\ntiers.only.cases = 3\n'
        + change("2025-04-01", '"cohorts.rso.duties.visit.per_year" = { high = 12 }')
        + change(
            "2025-05-01", '"cohorts.rso.duties.visit.hours" = { value = 5, low = 4, high = 7 }'
        )
        + change("2025-06-01", '"cohorts.rso.duties.visit.second_officer_hours.high" = 2')
        + change("2025-07-01", '"cohorts.rso.duties.visit" = { crew = 3, no_answer_share = 0.1 }')
        + change("2025-08-01", '"teams.iom.grades.constable.posts" = 4')
        + change("2025-09-01", '"inflows.A. B.per_month" = 3')
        + change("2025-10-01", '"teams.ppu.grades.constable.max_joiners_per_month" = 1')
        + change("2025-11-01", '"cohorts.rso.moves_per_year.high" = { low = 0.3 }')
        + change("2025-12-01", '"teams.ppu.grades.constable.may_shrink" = true')
    )
    visit = "cohorts.rso.duties.visit"
    assert tuple(map(str, scenario.applied[:-1])) == (
        f"{visit}.per_year.high: 4 → 12",
        f"{visit}.hours: 4 (3 to 6) → 5 (4 to 7)",
        f"{visit}.second_officer_hours.high: 5 (4 to 7) → 2",
        f"{visit}.crew: 2 → 3",
        f"{visit}.no_answer_share: 0 → 0.1",
        "teams.iom.grades.constable.posts: 3 → 4",
        "inflows.A. B.per_month: 2 → 3",
        "teams.ppu.grades.constable.max_joiners_per_month: none → 1",
        "cohorts.rso.moves_per_year.high.low: 0.2 → 0.3",
        "teams.ppu.grades.constable.may_shrink: false → true",
    )
    assert scenario.dated[0][1].cohorts["rso"].duties["visit"].per_year["low"].value == 1
    assert scenario.dated[5][1].inflows[0].per_month.value == 3


def test_posts_that_change_where_nobody_says_who_is_there() -> None:
    """Told as what must be given, and not as a bug."""
    text = toy(months=9).replace("in_post = 3\n", "")
    text += '[[changes]]\nfrom = 2025-10-01\nset = { "teams.t.grades.pc.posts" = 4 }\n'
    with pytest.raises(ScenarioError) as caught:
        read("s.toml", files={"s.toml": text})
    (problem,) = caught.value.problems
    assert (problem.setting, problem.must) == ("teams.t.grades.pc.in_post", "must be given")


def test_what_a_change_breaks_is_told_at_its_line() -> None:
    text = BASE + change("2026-05-01", '"teams.ppu.overtime_hours_per_fte_month" = 1')
    (told,) = problems(text)
    line = text.rstrip().count("\n") + 1
    assert told == (
        f"s.toml:{line}: teams.ppu.overtime_in_use: must be at most "
        "overtime_hours_per_fte_month (1), got 2"
    )


def test_changes_of_one_month_are_judged_together() -> None:
    both = '"teams.ppu.overtime_hours_per_fte_month" = 1, "teams.ppu.overtime_in_use" = 1'
    assert (
        of(BASE + change("2026-05-01", both)).dated[-1][1].teams["ppu"].overtime_in_use.value == 1
    )


def test_a_tier_may_lose_its_clock_later_although_some_are_overdue_now() -> None:
    text = BASE + change("2026-05-01", '"cohorts.rso.duties.visit.per_year" = 0')
    assert of(text).dated[-1][0] == 19


# --- warnings ------------------------------------------------------------------------------

CAUTIONS = [
    (
        "[priority]",
        "[chance]\nwhole = false\n[priority]",
        "chance.whole: simulations draw settings alone; with visits and people certain, "
        "probabilities come out too near 0% and 100%",
    ),
    (
        "crew = 2",
        "crew = { high = 1 }",
        "cohorts.rso.duties.visit.crew: one officer on a visit (high, low): contrary to "
        "authorised professional practice (HMICFRS letter on Cambridgeshire, 9 December "
        "2024)",
    ),
    (
        "crew = 2",
        "access_rate = 0.9\ncrew = 2",
        "standards.Visits.completion: is more than the access_rate allows (high 0.9, "
        "low 0.9), got 0.95",
    ),
    (
        "completion = 0.95\nfrom = 2025-10-01",
        "completion = 0.95",
        "standards.Visits: holds from the start, with some overdue in high: no plan can "
        "change month 0",
    ),
    ("from = 2025-10-01", "from = 2024-10-31", "standards.Visits.from: holds from the start"),
    (
        "from = 2025-10-01",
        "from = 2030-01-01",
        "standards.Visits.from: lies after the last month: the stan",
    ),
    (
        "leavers_per_year = 0.1",
        "max_joiners_per_month = 0",
        "constable.max_joiners_per_month: no one can join, with 1 vacant posts and 0 "
        "leavers per year",
    ),
    (
        "posts = 6",
        "posts = 4",
        "constable.in_post: is above posts (4): those above are released in the",
    ),
    (
        "posts = 6",
        "posts = 6\njoiners_due = { 2024-11 = 2 }",
        "constable.joiners_due.2024-11: more than the posts can take: about 1.08 places by "
        "then, got 2",
    ),
    (
        "at = 2025-04-01",
        "at = 2027-10-01",
        "events.Review.at: lies after the last month: nothing comes of it",
    ),
    (
        'to = "high"\ncases = 5',
        "cases = 5",
        "events.Review: has from and no to: these cases leave the cohort at once; "
        'use leavers = 5 and tier = "low" to say so',
    ),
    (
        "from = 2025-01-01\nuntil = 2025-06-01",
        "from = 2028-01-01",
        "people.Loan.from: lies after the last",
    ),
    ("from = 2026-04-01", "from = 2027-10-01", "changes.1.from: lies after the last month"),
    (
        'from = "iom"\nto = "ppu"',
        'from = "ppu"\nto = "iom"',
        "teams.iom: serves no cohort and lends to no team",
    ),
    (
        "in_post = 5",
        "casework_share = 0\nin_post = 5",
        "teams.ppu.grades: have no officer who carries cases",
    ),
    (
        "posts = 6",
        "posts = 6\naccreditation_months = 9\nrecruitment_lead_months = 4",
        "standards.Visits.from: holds before new people of ppu count in full, 4 months to "
        "recruit and 9 to accredit (so does 1 more)",
    ),
    (
        'access_rate" = 0.99',
        'overdue.high" = 0',
        "cohorts.rso.duties.visit.overdue.high: matters only at the start: a later change "
        "alters nothing",
    ),
    (
        'access_rate" = 0.99',
        'crew" = 2',
        "cohorts.rso.duties.visit.crew: is 2 already: the change alters",
    ),
    (
        "hours = 6\n",
        "hours = { value = 6, source = 'judgement' }\n",
        "cohorts.rso.duties.arms.hours: is professional judgement without low and high",
    ),
    (
        "hours = 6\n",
        "hours = { value = 6, source = 'assumed' }\n",
        "cohorts.rso.duties.arms.hours: is assumed without low and high",
    ),
    (
        "per_year = 1\n",
        "per_year = { value = 2, low = 1, high = 3 }\n",
        "arms.per_year: has a range that is not used: the months between are whole",
    ),
    ("per_year = 1\n", "", "cohorts.rso.duties.arms: is never due"),
    (
        "per_year = 1\n",
        "per_year = { high = 2 }\nevery_months = { high = 6, low = 3 }\n",
        "cohorts.rso.duties.arms.per_year: has no effect in high: every_months wins",
    ),
    (
        "per_year = 1\n",
        "per_year = 2\nevery_months = 6\n",
        "arms.per_year: has no effect: every_months wins",
    ),
]


def warnings(text: str) -> list[str]:
    return [str(problem) for problem in of(text).warnings]


@pytest.mark.parametrize(("old", "new", "said"), CAUTIONS, ids=range(len(CAUTIONS)))
def test_what_is_suspicious_is_told_and_stops_nothing(old: str, new: str, said: str) -> None:
    told = warnings(edited((old, new)))
    assert any(said in line for line in told), told


def test_a_sound_scenario_has_no_warnings_but_that_a_link_is_idle() -> None:
    assert warnings(BASE) == [
        f"s.toml:{line_of('settings = [')}: links.time.settings.2: has no low and high, so the "
        "link does nothing: cohorts.rso.work.breaches.hours"
    ]


def test_standards_and_court_orders_where_nothing_is_owed() -> None:
    no_visits = ("per_year = { high = 4, low = 1 }", "per_year = { high = 4 }")
    told = warnings(edited(no_visits, ("completion = 0.95", 'completion = 0.95\ntiers = ["low"]')))
    assert any("standards.Visits.tiers: low is owed no visit: always met" in line for line in told)
    told = warnings(edited(no_visits, ("{ cases = 60 }", "{ cases = 60, court_orders = 6 }")))
    assert any(
        "tiers.low.court_orders: cases under a court order in a tier that is owed no" in line
        for line in told
    )
    nobody = edited(
        ("per_year = { high = 4, low = 1 }", "per_year = 0"), ("overdue = { high = 3 }\n", "")
    )
    assert any(
        "standards.Visits: no tier is owed a visit: always met" in t for t in warnings(nobody)
    )


def test_a_later_change_can_make_a_standard_possible() -> None:
    text = edited(
        ("crew = 2", "access_rate = 0.9\ncrew = 2"), ("from = 2026-04-01", "from = 2025-10-01")
    )
    assert not any("access_rate" in line for line in warnings(text))


@pytest.mark.parametrize("kind", ["judgement", "assumed"])
def test_an_estimate_of_how_often_a_duty_is_owed_may_have_a_range(kind: str) -> None:
    ranged = f"per_year = {{ value = 1, low = 0.5, high = 2, source = '{kind}' }}\n"
    told = warnings(edited(("per_year = 1\n", ranged)))
    assert not [line for line in told if "range" in line or "without low" in line]


def test_a_link_does_not_tell_again_what_is_wrong_with_its_setting() -> None:
    linked = ("cohorts.rso.work.breaches.hours", "cohorts.rso.tiers.high.cases")
    text = edited(linked, ("high = { cases = 40 }", 'high = { cases = "many" }'))
    with pytest.raises(ScenarioError) as told:
        of(text)
    assert [problem.setting for problem in told.value.problems] == ["cohorts.rso.tiers.high.cases"]


def test_cases_that_would_drift_back_to_a_tier_without_visits_are_told() -> None:
    """Moved from low, now owed nothing, to high, of which 0.2 a year go to low."""
    said = "events.Review.to: these cases go back to low at 0.2 per year, as all of high do; give "
    said += "them a tier of their own if they must not, got high"
    nothing = (
        ("per_year = { high = 4, low = 1 }", "per_year = { high = 4 }"),
        ("per_year = 1\n", "per_year = { high = 1 }\n"),
    )
    assert any(said in line for line in warnings(edited(*nothing)))
    kept = ("high = { low = 0.2 }, low", "low")
    assert not any("go back" in line for line in warnings(edited(*nothing, kept)))


def test_many_judgements_are_one_warning() -> None:
    rough = "{ value = 1, source = 'judgement' }"
    rows = "".join(f"[cohorts.rso.work.w{n}]\nhours = {rough}\n" for n in range(9))
    (told,) = [line for line in warnings(BASE + rows) if "judgement" in line]
    assert told.endswith(
        "cohorts.rso.work.w0.hours: is professional judgement without low and high; so are "
        "cohorts.rso.work.w1.hours, cohorts.rso.work.w2.hours, cohorts.rso.work.w3.hours, "
        "cohorts.rso.work.w4.hours and 4 more"
    )


def test_figures_taken_from_a_shipped_scenario_are_told() -> None:
    told = [str(one) for one in of('extends = "norfolk-2024"\nmonths = 12\n').warnings]
    assert told[0] == "s.toml:1: title: is that of the scenario this one extends"
    assert re.search(
        r"s\.toml:1: extends: \d+ numbers are those of scenarios/norfolk-2024\.toml", told[1]
    )


# --- names ---------------------------------------------------------------------------------


def test_a_setting_is_found_by_its_name() -> None:
    text = BASE + '[[inflows]]\nname = "A. B"\ncohort = "x"\nper_month = 2\n'
    tree = of(text + '[cohorts.x]\nteam = "iom"\ntiers.only.cases = 3\n').tree
    for name, value in {
        "cohorts.rso.duties.visit.per_year.high": 4,
        "cohorts.rso.duties.visit.crew.high": 2,
        "cohorts.rso.duties.visit.hours.value": 4,
        "standards.Visits.from": date(2025, 10, 1),
        "people.Loan.fte": 1,
        "inflows.A. B.per_month": 2,
        "flex.iom to ppu.from": "iom",
        "links.time.correlation": 0.5,
    }.items():
        assert value_at(tree, name) == value
    # `low` is a tier here, so this is the whole number of that tier, not the low end of the range.
    assert value_at(tree, "cohorts.rso.duties.visit.hours.low")["value"] == 4
    for name in ("cohorts.rso.crew", "cohorts.rso.duties.visit.crew.mid", "", "x", "title.x"):
        with pytest.raises(KeyError):
            value_at(tree, name)


def test_values_are_laid_over_as_a_diff_would() -> None:
    scenario = of(BASE + '[cohorts.west]\nlike = "rso"\n')
    name = "cohorts.rso.duties.visit.crew"
    other = scenario.replace({f"{name}.high": 3, "people.Loan.fte": 2, "months": 12})
    assert value_at(other.tree, f"{name}.high") == 3
    assert value_at(other.tree, f"{name}.low") == 2
    assert value_at(other.tree, "cohorts.west.duties.visit.crew.high") == 3
    assert other.settings.people[0].fte.value == 2
    assert other.replace({f"{name}.high": None}).settings.months.value == 12
    assert read("s.toml", files={"s.toml": BASE}, values={"months": 12}) == of(BASE).replace(
        {"months": 12}
    )
    assert of(BASE).replace({"teams.new": {"grades": {"pc": {"in_post": 1}}}}).settings.teams["new"]
    for name, said in {
        "cohorts.rsso.team": "unknown cohort; must be one of: rso, west; use rso",
        "cohorts.rso.duties.visit.crew.mid": "unknown tier; must be one of: high, low",
        "months.x": "s.toml: months.x: unknown setting",
        "standards.Nothing.from": "unknown standard; must be one of: Visits, Caseload, Money",
        "": "unknown setting",
        "cohorts.rso.duties.visit.per_year.high": "must give a whole number of months",
    }.items():
        with pytest.raises(ScenarioError, match=re.escape(said)):
            scenario.replace({name: 5})


def test_differences_name_what_changed() -> None:
    name = "cohorts.rso.duties.visit"
    a = of(BASE)
    new = {f"{name}.crew.high": 3, "months": 12, "people.Loan": None}
    b = a.replace({**new, f"{name}.no_answer_hours": 1})
    assert differences(a, a) == ()
    with pytest.raises(ScenarioError, match=r"people\.Loan\.fte: must be given"):
        a.replace({"people.Loan.fte": None})
    assert differences(a, b)[:3] == (
        ("months", 36, 12),
        (f"{name}.crew.high", 2, 3),
        (f"{name}.no_answer_hours", None, 1),
    )
    assert ("people.Loan.fte", 1, None) in differences(a, b)
    back = b.replace({key: old for key, old, _ in differences(a, b) if "people" not in key})
    assert value_at(back.tree, f"{name}.crew.high") == 2


def test_months_are_counted_from_the_start() -> None:
    settings_ = of(BASE).settings
    assert month_index(settings_, date(2024, 10, 31)) == 0
    assert month_index(settings_, date(2024, 9, 30)) == -1
    assert month_index(settings_, date(2026, 1, 1)) == 15


def test_a_scenario_travels_between_processes() -> None:
    scenario = of(DIFF, p=BASE)
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert copy.replace({"months": 12}) == scenario.replace({"months": 12})
    assert replace(scenario, name="t").name == "t"


def test_a_problem_says_what_to_use() -> None:
    assert str(Problem("f", None, "a", "must", "1", "2")) == "f: a: must, got 1; use 2"


# --- whatever comes in ---------------------------------------------------------------------

ODD = """
= { } [ ] [[ ]] " ' . , # \n \r\n \"\"\" ''' -1 0 1e400 nan inf true 0xffffffffffffffff 2024-10-01
1979-05-27T07:32:00Z 07:32:00 [] {} '' é \ufeff \x07 * value like remove extends set [a] [[cohorts]]
"""
PIECES = st.sampled_from(sorted({*re.findall(r"\w+", BASE), *ODD.split(), "\n", "9" * 400}))
LINES = BASE.splitlines(keepends=True)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    rows = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(rows) - 1))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            del rows[at]
        elif kind == 1:
            rows.insert(at, rows[draw(st.integers(0, len(rows) - 1))])
        elif kind == 2:
            rows[at] = rows[at].partition("=")[0] + "= " + draw(PIECES) + "\n"
        else:
            words = re.split(r"(\W)", rows[at])
            words[draw(st.integers(0, len(words) - 1))] = draw(PIECES)
            rows[at] = "".join(words)
    return "".join(rows)


@often(150, shrink=True)
@given(spoilt())
def test_a_spoilt_file_is_read_or_told_about(text: str) -> None:
    read_or_told({"s.toml": text})


@often(100, shrink=True)
@given(spoilt())
def test_a_spoilt_parent_is_read_or_told_about(text: str) -> None:
    read_or_told(
        {"s.toml": DIFF + 'cohorts.west.like = "rso"\ncohorts.rso.team = "iom"\n', "p.toml": text}
    )


@often(100, shrink=True)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map(" ".join)))
def test_any_text_is_told_about(text: str) -> None:
    read_or_told({"s.toml": text})


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["value", "high", "crew", "*"]), st.integers(), max_size=2),
)


@pytest.mark.slow
@often(150, shrink=True)
@given(
    st.lists(PIECES.filter(str.isidentifier) | st.sampled_from(["Visits", "*", ""]), max_size=6)
    .map(".".join)
    .flatmap(lambda name: st.just(name) | st.sampled_from(sorted(of(BASE).origins)))
    .flatmap(lambda name: st.sampled_from([name, name.rpartition(".")[0], f"{name}.x"])),
    PLAIN,
)
def test_any_value_is_laid_over_or_told_about(name: str, value: object) -> None:
    base = of(BASE)
    try:
        other = base.replace({name: value})
    except ScenarioError as error:
        told = error.problems
    else:
        differences(base, other)
        return
    assert told


def read_or_told(files: Files) -> None:
    try:
        scenario = read("s.toml", files=files)
    except ScenarioError as error:
        told = error.problems
    else:
        for name in scenario.origins:
            value_at(scenario.tree, name)
        return
    order = [(problem.file != "s.toml", problem.line or 0) for problem in told]
    assert told
    assert order == sorted(order)


def test_memory_is_estimated_before_anything_begins() -> None:
    """2 duties of 2 tiers over 600 months: 220 B × 2 × 600² ÷ 2 + 8 B × 600 × 2² is 0.0792 GB."""
    read("a.toml", files={"a.toml": toy("[sizing]\nmemory_limit_gb = 0.08", months=600)})
    with pytest.raises(ScenarioError) as told:
        read("a.toml", files={"a.toml": toy("[sizing]\nmemory_limit_gb = 0.07", months=600)})
    (problem,) = told.value.problems
    assert problem.setting == "months"
    assert problem.must == (
        "must need at most 0.07 GB of memory by estimate, the limit of sizing.memory_limit_gb"
    )
    # 220 × 564² + 32 × 564 is 69.999 million, with 565 it is 70.25.
    assert problem.use == "564 or a higher limit"
