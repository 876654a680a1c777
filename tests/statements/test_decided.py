"""What is said of the recommended plan, checked against its tables by another path."""

from __future__ import annotations

import re
from functools import cache

import pytest

from capacity import stages
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.report.brief import Brief, layers_table
from capacity.report.facts import Facts
from capacity.results import recommendation, tables
from capacity.risk import recommended
from capacity.why import parents
from tests.statements import claiming, claims_decided
from tests.statements import claims as _claims  # noqa: F401, registers its patterns
from tests.statements import claims_papers as _papers  # noqa: F401, and those of papers
from tests.statements.collecting import Said, as_written, scenario_of
from tests.statements.ledger import Ledger
from tests.statements.test_statements import figures
from tests.test_trials import checks_later, shares
from tests.toys import toy, visits

GROWTH = "{ value = 0.05, low = -0.05, high = 0.2, source = 'judgement' }"
LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
SERGEANT = (
    '[teams.t.grades.sgt]\nlabel = "Sergeant"\nin_post = 1\ncost_per_year = 60000\n'
    "casework_share = 0\nsupervises = 4"
)
SURE_OF = "[sizing]\nconfidence = 0.7\nreview_month = 6\n"
NAMED = 3
"""So many standards that are not met with no posts added are named on the terminal."""

GRANTED = """
title = "Assessors on a grant"
start = 2026-04-01
months = 30
[queues.referrals]
label = "Referral"
team = "scolt"
arrivals_per_month = { value = 40, low = 30, high = 55, source = "assumed" }
growth_per_year = { value = 0.06, low = 0.0, high = 0.12, source = "assumed" }
hours = { value = 14, low = 10, high = 19, source = "assumed" }
waiting = { value = 130, low = 100, high = 170, source = "assumed" }
deadline_months = 1
[teams.scolt]
label = "Online child abuse team"
[teams.scolt.grades.dc]
label = "Detective constable"
in_post = 4
weekly_hours = 40
leave_days = 27
bank_holidays = 8
training_days = 8
sickness = 0.045
abstraction = 0.1
leavers_per_year = 0.1
recruitment_lead_months = 4
accreditation_months = 3
trainee_productivity = 0.5
joining_cost = 4000
cost_per_year = { pay = 50256, on_costs = "statutory", non_pay = 3000 }
[teams.scolt.grades.assessor]
label = "Assessor"
kind = "staff"
in_post = 1
posts = 2
may_shrink = true
weekly_hours = 37
leave_days = 27
bank_holidays = 8
sickness = 0.042
abstraction = 0.05
leavers_per_year = 0.12
recruitment_lead_months = 3
accreditation_months = 2
trainee_productivity = 0.5
joining_cost = 2500
ending_cost = 5000
cost_per_year = { pay = 31000, pension_rate = 0.2, on_costs = "statutory", non_pay = 1200 }
[[funding]]
name = "Home Office grant"
team = "scolt"
grade = "assessor"
pounds_per_year = 120000
until = 2028-03-31
source_of_funds = "grant"
[[standards]]
name = "Referrals in a month"
queue = "referrals"
in_date = 0.9
judged = "quarter"
from = 2027-04-01
[finance]
pay_award_per_year = 0.028
vacancy_factor = 0.03
optimism_bias = 0.1
contingency = 0.05
[sizing]
confidence = 0.8
"""
"""Work that queues, staff beside officers, a grant that is not all used and ends, posts that end."""

PANEL = """
title = "Two teams, a queue and a grant, position at 31 March 2025"
question = "What does the domestic abuse command need once the grant ends?"
start = 2025-04-01
months = 48
spend = "spent.csv"

[cohorts.perpetrators]
label = "Domestic abuse perpetrators"
team = "dappa"
growth_per_year = { value = 0.06, low = -0.02, high = 0.15, source = "judgement" }
entry_mix = { high = 0.3, standard = 0.7 }
exits_per_year = { high = 0.4, standard = 0.6 }
hours_per_case_month = { value = 1.5, low = 1.0, high = 2.2, source = "judgement" }
hours_per_entry = 6
[cohorts.perpetrators.tiers]
high = { label = "High", cases = { value = 60, source = "local" } }
standard = { label = "Standard", cases = { value = 140, source = "local" } }
[cohorts.perpetrators.duties.session]
label = "one-to-one session"
per_year = { high = 12, standard = 4 }
hours = { value = 2.5, low = 2.0, high = 3.5, source = "judgement" }
[cohorts.perpetrators.duties.review]
label = "multi-agency review"
per_year = { high = 4, standard = 1 }
hours = { value = 3, low = 2, high = 4, source = "judgement" }

[queues.referrals]
label = "referral"
team = "safeguarding"
arrivals_per_month = { value = 170, low = 150, high = 200, source = "local" }
growth_per_year = 0.03
classes = { high = 0.25, medium = 0.75 }
hours = { high = 4, medium = 1.5 }
waiting = { high = 12, medium = 90 }
deadline_months = { high = 0, medium = 1 }

[teams.dappa]
label = "Perpetrator team"
overtime_hours_per_fte_month = 8
overtime_in_use = 2
overtime_cost_per_hour = 38
[teams.dappa.grades.officer]
label = "perpetrator officer"
in_post = { value = 5, source = "local" }
posts = { value = 6, source = "local" }
weekly_hours = 40
leave_days = 28
bank_holidays = 8
sickness = 0.05
abstraction = 0.08
leavers_per_year = 0.1
recruitment_lead_months = 3
accreditation_months = 3
trainee_productivity = 0.5
max_joiners_per_month = 2
joining_cost = 2500
cost_per_year = { pay = 46000, on_costs = "statutory", other = 1800, training = 600, non_pay = 2400 }
[teams.dappa.grades.sergeant]
label = "sergeant"
in_post = 1
casework_share = 0
supervises = 8
cost_per_year = { pay = 54000, on_costs = "statutory", other = 1800 }
[teams.safeguarding]
label = "Safeguarding hub"
[teams.safeguarding.grades.assessor]
label = "referral assessor"
kind = "staff"
in_post = { value = 2, source = "local" }
posts = 3
weekly_hours = 37
leave_days = 27
bank_holidays = 8
sickness = 0.06
leavers_per_year = 0.15
recruitment_lead_months = 4
accreditation_months = 2
trainee_productivity = 0.5
max_joiners_per_month = 1
joining_cost = 1200
ending_cost = 7000
cost_per_year = { pay = 31000, on_costs = "statutory", training = 300, non_pay = 1500 }
[[changes]]
from = 2027-04-01
set = { "teams.safeguarding.grades.assessor.posts" = 2 }

[[funding]]
name = "Serious violence grant"
team = "safeguarding"
grade = "assessor"
posts = 1
until = 2027-03-31
source_of_funds = "grant"

[[standards]]
name = "Sessions"
cohort = "perpetrators"
duty = "session"
completion = 0.9
judged = "quarter"
pooled = true
from = 2026-01-01
[[standards]]
name = "Reviews"
cohort = "perpetrators"
duty = "review"
completion = 0.9
judged = "quarter"
pooled = true
from = 2026-01-01
[[standards]]
name = "Referrals on time"
queue = "referrals"
in_date = 0.9
judged = "quarter"
pooled = true
from = 2026-04-01

[finance]
pay_award_per_year = 0.03
vacancy_factor = 0.04
optimism_bias = 0.1
contingency = 0.05
[sizing]
confidence = 0.8
"""
"""Officers and staff in two teams, a queue, a grant that ends in the middle, the year in hand."""

SPENT = """
month,team,budget,actual
2025-04,dappa,40000,36500
2025-05,dappa,40000,37100
2025-06,dappa,40000,38000
2025-07,dappa,40000,
2025-08,dappa,40000,
2025-09,dappa,41000,
2025-10,dappa,41000,
2025-11,dappa,41000,
2025-12,dappa,41000,
2026-01,dappa,41000,
2026-02,dappa,41000,
2026-03,dappa,41000,
2025-04,safeguarding,10500,7200
2025-05,safeguarding,10500,7300
2025-06,safeguarding,10500,9900
2025-07,safeguarding,10500,
2025-08,safeguarding,10500,
2025-09,safeguarding,10800,
2025-10,safeguarding,10800,
2025-11,safeguarding,10800,
2025-12,safeguarding,10800,
2026-01,safeguarding,10800,
2026-02,safeguarding,10800,
2026-03,safeguarding,10800,
""".lstrip()


def shrinking(*teams: tuple[str, int, int]) -> str:
    """One team that needs more, and others by name, cases and posts that may give some up."""
    return toy(
        LIMIT,
        *(
            f'[cohorts.{team}]\nlabel = "Offender group {team}"\nteam = "{team}"\n'
            f"tiers = {{ low = {{ cases = {cases} }} }}\n"
            f'[teams.{team}]\nlabel = "Team {team}"\n[teams.{team}.grades.pc]\n'
            f'label = "officer"\nin_post = {there}\ncost_per_year = 52000\nmay_shrink = true\n'
            f'[[standards]]\nname = "Limit {team}"\ncohort = "{team}"\ncases_per_officer = 20\n'
            for team, cases, there in teams
        ),
        months=24,
        posts=2,
        growth=GROWTH,
    )


WRITTEN = {
    "limit": toy(LIMIT, months=36, posts=2, growth=GROWTH),
    "late": toy(
        LIMIT, SERGEANT, months=24, posts=2, growth=GROWTH, grade="recruitment_lead_months = 6"
    ),
    "two": toy(LIMIT, visits(), SURE_OF, months=48, posts=2, growth=GROWTH),
    "enough": toy(LIMIT, months=24, posts=9, growth=GROWTH),
    "known": toy(
        LIMIT,
        '[[known]]\nmonth = "2025-09"\ncohort = "a"\nmeasure = "cases"\nvalue = 121\ngive = 2\n',
        months=24,
        posts=3,
        growth=GROWTH,
    ),
    "harm": toy(
        visits(),
        "[sizing]\nprice_of_case_month = { value = 90, low = 40, high = 200, source = 'local', "
        "note = 'Cost of crime by the force' }\n",
        "[finance]\noptimism_bias = 0.1\ncontingency = 0.05\npay_award_per_year = 0.03\n",
        months=30,
        posts=1,
        growth=GROWTH,
        grade="backfill_share = 0.8\nbackfill_cost_per_year = 40000\nbackfill_training = 9000\n"
        "backfill_months = 9\nbackfill_productivity = 0.4",
    ),
    # No year is in reach of both standards together, each is by itself or nearly.
    "alone": shares("[sizing]\nconfidence = 0.85"),
    "alone-later": checks_later(shares("[sizing]\nconfidence = 0.85")),
    "granted": GRANTED,
    "panel": PANEL,
    "moved": toy(
        LIMIT,
        '[teams.r]\nlabel = "Response"\n[teams.r.grades.pc]\nlabel = "response officer"\n'
        "in_post = 6\ncost_per_year = 45000\nmay_shrink = true\n",
        "[sizing]\nkeep_total = true\n",
        months=24,
        posts=2,
        growth=GROWTH,
    ),
    # Two teams give to one; the second of them has cases of its own and a limit on them.
    "moved from two": toy(
        LIMIT,
        '[teams.r]\nlabel = "Response"\n[teams.r.grades.pc]\nlabel = "response officer"\n'
        "in_post = 1\ncost_per_year = 45000\nmay_shrink = true\n",
        '[cohorts.b]\nlabel = "Offender group"\nteam = "i"\ntiers = { low = { cases = 40 } }\n'
        '[teams.i]\nlabel = "IOM team"\n[teams.i.grades.pc]\nlabel = "IOM officer"\n'
        "in_post = 3\ncost_per_year = 52000\nmay_shrink = true\n"
        '[[standards]]\nname = "IOM limit"\ncohort = "b"\ncases_per_officer = 45\n',
        "[sizing]\nkeep_total = true\n",
        months=24,
        posts=2,
        growth=GROWTH,
    ),
    # Two teams need more, and one gives to both.
    "moved to two": toy(
        LIMIT,
        '[cohorts.b]\nlabel = "Offender group"\nteam = "i"\ntiers = { low = { cases = 70 } }\n'
        '[teams.i]\nlabel = "IOM team"\n[teams.i.grades.pc]\nlabel = "IOM officer"\n'
        "in_post = 1\ncost_per_year = 52000\n"
        '[[standards]]\nname = "IOM limit"\ncohort = "b"\ncases_per_officer = 40\n',
        '[teams.r]\nlabel = "Response"\n[teams.r.grades.pc]\nlabel = "response officer"\n'
        "in_post = 8\ncost_per_year = 45000\nmay_shrink = true\n",
        '[teams.d]\nlabel = "Domestic abuse unit"\n[teams.d.grades.pc]\nlabel = "investigator"\n'
        "in_post = 2\ncost_per_year = 51000\n",
        "[sizing]\nkeep_total = true\n",
        months=24,
        posts=2,
        growth=GROWTH,
    ),
    # Some teams need more, some give posts up, and the total is free.
    "shrinks": shrinking(("b", 70, 6), ("c", 90, 2), ("d", 55, 5)),
    "many grow": shrinking(*((team, 100, 3) for team in "bcdefgh")),
    "many shrink": shrinking(*((team, 60 + 5 * n, 7) for n, team in enumerate("bcdefgh"))),
    "certain": toy(LIMIT, months=24, posts=2),
    "none": toy(months=24, growth=GROWTH),
    # One is never judged, as no whole quarter is left; in the second the only one.
    "never judged": toy(
        LIMIT,
        visits(first="2027-02-01", judged="quarter"),
        months=24,
        posts=2,
        growth=GROWTH,
    ),
    "none judged": toy(
        visits(first="2025-04-01", judged="year"), months=11, posts=2, growth=GROWTH
    ),
}
EXTENDED = {
    "lower": ("limit", '[[standards]]\nname = "Limit"\ncases_per_officer = 40\n'),
    "more": ("limit", "[teams.t.grades.pc]\nin_post = 3\nposts = 3\n"),
    "lead": ("limit", "[teams.t.grades.pc]\nrecruitment_lead_months = 6\n"),
    "frozen": ("limit", '[[standards]]\nname = "Frozen"\nteam = "t"\nmax_posts = 2\n'),
    "leave": (
        "two",
        '[[people]]\nteam = "t"\ngrade = "pc"\nfte = -1\nfrom = 2025-06-01\n'
        'until = 2025-12-01\nwhy = "Leave"\n[[people]]\nteam = "t"\ngrade = "pc"\nfte = 0.5\n'
        'from = 2025-07-01\nuntil = 2025-12-01\nwhy = "Loan"\n',
    ),
    "shorter": ("two", "[cohorts.a.duties.v]\nhours = 1\n"),
}
"""Scenarios that extend one written above: by which, and what they say."""
NAMES = [
    *(one for one in WRITTEN if one not in ("granted", "panel")),
    *EXTENDED,
    "9",
    pytest.param("norfolk-2024", marks=pytest.mark.slow),
]


@cache
def told(name: str) -> tuple[Ledger, tuple[str, ...], tuple[str, ...]]:
    """The tables of a recommended plan, as their CSV files hold them, and what is said of it."""
    plan = parents.run(as_read(name))
    found = recommended.recommend(plan, number=100)
    assert isinstance(found, recommended.Recommended)
    before = None
    if plan.before is not None:
        there = plan.before.scenario.settings
        before = Ledger(as_written(tables.tables(plan.before)), there)
    held = as_written(tables.tables(plan, advice=found))
    ledger = Ledger(held, plan.scenario.settings, before)
    rows = [held[table]["words"] for table in ("decision", "one_post_fewer")]
    rows.append(list(recommendation.worth_knowing(found)))
    return ledger, recommendation.paragraphs(found), tuple(str(one) for row in rows for one in row)


def as_read(name: str) -> Scenario:
    """A scenario written here, one that extends it, or one of the others."""
    if name in EXTENDED:
        first, more = EXTENDED[name]
        text = f'extends = "{first}.toml"\ntitle = "{name}"\n{more}'
        files = {f"{name}.toml": text, f"{first}.toml": WRITTEN[first]}
        return scenario.read(f"{name}.toml", files=files)
    text = WRITTEN.get(name)
    files = {"toy.toml": text, "spent.csv": SPENT} if text else None
    return scenario.read("toy.toml", files=files) if text else scenario_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_the_recommended_plan_is_so(name: str) -> None:
    ledger, words, rows = told(name)
    faults = [
        fault
        for text in (*words, *rows)
        for fault in claiming.faults(ledger, Said("terminal", "", text))
    ]
    faults += claims_decided.relations(ledger)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", NAMES)
def test_the_summary_says_the_same(name: str) -> None:
    ledger, words, _ = told(name)
    rows = ledger["summary"]["words"].tolist()
    for text in words:
        for sentence in re.split(r"(?<=[.])\s+(?=[A-Z\d])", text):
            if further := re.fullmatch(
                r"(\d+) more standards? (?:is|are) not met later\.", sentence
            ):
                others = claims_decided.first_rows(ledger)["standard"].tolist()[NAMED:]
                assert int(further[1]) == len(others)
                for standard in others:  # the summary names them too
                    assert any(str(row).startswith(f"{standard}: ") for row in rows), standard
                continue
            assert any(sentence in str(row) for row in rows), sentence


def test_a_paper_counts_the_posts_that_end_beside_those_to_be_approved() -> None:
    text = WRITTEN["shrinks"].replace("months = 24", "months = 36")
    plan = stages.run(scenario.read("toy.toml", files={"toy.toml": text}))
    found = recommended.recommend(plan, number=100)
    assert isinstance(found, recommended.Recommended)
    shown = layers_table(Brief(Facts(plan, {}, "", advice=found), found))
    assert shown is not None
    ledger = Ledger(as_written(tables.tables(plan, advice=found)), plan.scenario.settings)
    assert "4 end before the first review, and" in shown.note
    assert not list(claiming.faults(ledger, Said("paper", "", shown.note)))
    false = Said("paper", "", shown.note.replace("4 end", "3 end"))
    assert list(claiming.faults(ledger, false))


def test_a_false_figure_is_noticed() -> None:
    survived = []
    for name in (*WRITTEN, *EXTENDED):
        ledger, words, rows = told(name)
        for text in (*words, *rows):
            for sentence in claiming.sentences(ledger, Said("terminal", "", text)):
                for one in claiming.CLAIMS:
                    parts = one.read(Said("terminal", "", text), sentence)
                    if parts is None:
                        continue
                    for part, changed in figures(parts):
                        said = Said("terminal", "", changed)
                        if part != "many" and not list(claiming.faults(ledger, said)):
                            survived.append(f"{part}: {changed}")
                    break
    assert not survived
