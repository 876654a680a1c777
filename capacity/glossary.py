"""The terms that people read, one wording each: README, report and pages take them from here."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "Case": "One offender managed in the community, not one in custody.",
    "Tier": "A risk band, or a status, inside a managed group.",
    "Reactively managed": "Managed without planned visits.",
    "Activity": "Due for every case of a tier at set intervals: a visit, an assessment, a review.",
    "Due": "Fell due this month, or was left over from earlier months.",
    "Completion": "Completed ÷ due in the month, those carried over included.",
    "In date": "Cases with none overdue at the month's end ÷ cases owed one.",
    "On time": "Completed in the month in which it fell due ÷ those that fell due in the month.",
    "Overdue": "Due and not completed at the month's end.",
    "Longest overdue": "Months for which the longest overdue have been overdue.",
    "Case-month overdue": "One case overdue at the end of one month; weighted by risk it counts as "
    "often as the risk weight of its tier says.",
    "Unseen": "Not seen for longer than the tier's usual interval; cases made reactively managed "
    "go on counting.",
    "Posts, in post": "Posts are funded places; in post are the people in them (FTE).",
    "FTE": "Full-time equivalent.",
    "Abstraction": "Hours taken for other police work.",
    "Cases per officer": "Cases ÷ officers who carry cases, trainees counted at their productivity;"
    " each tier has its weight, and reactively managed cases count in full unless a scenario says"
    " otherwise.",
    "Hours left undone": "Hours that the activities overdue at the month's end would take.",
    "Cut short": "Hours of work left out when hours are short, so that activities are completed; "
    "completion does not show it.",
    "Standard": "A rule that the plan must meet, for each tier by itself or for tiers together.",
    "No posts added": "Current posts; vacancies are filled as fast as recruitment allows.",
    "Team needed": "The team that meets every standard at the least cost, each post starting as "
    "late as will do; where none can, the one that comes nearest.",
    "Baseline": "The scenario as it stands in its file, without what you changed.",
    "Real, cash, discounted": "In prices of the base year; with pay awards; real, less what a "
    "later year counts for. Compare options by discounted, plan budgets by cash.",
}
"""Terms and what they mean, in the order in which a newcomer meets them."""

IN_FILES: Mapping[str, str] = {
    "Activity": "duty",
    "Overdue": "outstanding",
    "Longest overdue": "longest_wait_months",
    "No posts added": "today",
    "Team needed": "sized",
    "Cut short": "cut_short",
    "Case-month overdue": "case_months",
    "Unseen": "unseen",
}
"""What a term is called in scenario files and tables, where that is another word."""

SHORT: Mapping[str, str] = {
    "RSO": "Registered sex offender.",
    "PPU": "Public protection unit, the team for registered sex offenders.",
    "IOM": "Integrated offender management.",
    "DAPPA": "Domestic Abuse Perpetrator Partnership Approach.",
    "ARMS": "Active risk management system, an assessment.",
    "MAPPA": "Multi-agency public protection arrangements.",
}
"""Abbreviations that shipped scenarios use."""

ALSO_CALLED: Mapping[str, str] = {
    "posts": "establishment, headcount, officers, budgeted posts",
    "in_post": "strength, vacancies, vacancy, officers, staff",
    "sickness": "absence, illness, sick leave, stress, burnout",
    "leave_days": "holiday, holidays, time off",
    "bank_holidays": "public holidays",
    "training_days": "courses, CPD",
    "weekly_hours": "shift, working week, part-time hours",
    "abstraction": "abstractions, aid, public order, protests, football, court time, absence",
    "casework_share": "admin, supervision, desk time",
    "leavers_per_year": "leavers, leaving, turnover, retention, retirement, resignations, wastage",
    "recruitment_lead_months": "recruiting, recruitment, vetting, time to hire",
    "max_joiners_per_month": "recruiting, recruitment, intake",
    "joiners_due": "starters, new officers",
    "accreditation_months": "new starters, probationers, student officers, how long training"
    " takes, tutoring, induction",
    "trainee_productivity": "new starters, probationers, student officers, learning",
    "backfill_share": "backfill, probationers",
    "backfill_months": "backfill, probationers",
    "backfill_productivity": "backfill, probationers",
    "recent_joiners": "probationers, student officers, new starters",
    "overtime_hours_per_fte_month": "overtime, extra hours, rest days",
    "overtime_in_use": "overtime, extra hours, rest days",
    "supervises": "sergeants, supervisors, supervision",
    "max_share": "help, loan, lending, borrow, mutual aid",
    "efficiency": "help, loan, lending, borrow, mutual aid",
    "counts_in_ratio": "help, loan, lending, borrow",
    "cases": "caseload, offenders, demand, register",
    "growth_per_year": "demand, new cases, convictions, increase, rise",
    "entrants_per_month": "new cases, convictions, releases, registrations",
    "exits_per_year": "cases closed, deregistered, deaths, recall",
    "entry_mix": "risk of new cases",
    "moves_per_year": "risk changes, re-assessment, step down",
    "per_year": "interval, how often, frequency, visits a year",
    "every_months": "interval, how often, frequency, policy",
    "crew": "double-crewed, two officers, single-crewed, lone visits, pairs",
    "second_officer_hours": "double-crewed, two officers, pairs",
    "hours": "duration, hours, how long, longer, shorter, travel, travelling, driving, rural,"
    " mileage, admin, write-up",
    "no_answer_share": "no answer, not in, not at home, door, abortive, failed visits",
    "no_answer_hours": "no answer, not in, abortive, travel",
    "access_rate": "not in, contact, abroad, in prison",
    "overdue": "backlog, outstanding, late",
    "waiting": "backlog, queue, outstanding",
    "arrivals_per_month": "referrals, demand, new work",
    "deadline_months": "target, time limit",
    "gives_way": "corners cut, cut short",
    "per_case_year": "how often, frequency",
    "hours_per_case_month": "other work, admin, paperwork, intelligence",
    "hours_per_entry": "new cases, initial work",
    "reactive_share": "reactive, reactive management, not visited, desk-based",
    "court_orders": "SHPO, orders, conditions, breaches",
    "cases_per_officer": "caseload, caseload limit, offenders that an officer carries, holds or"
    " manages, span of control, ratio, workload",
    "completion": "target, standard, performance, done on time",
    "in_date": "target, standard, performance, compliance",
    "rule": "priority, triage, risk order",
    "focus": "priority, triage, risk order",
    "cost_per_year": "pay, price, salary, wage",
    "pay": "salary, wage",
    "pay_award_per_year": "pay rise, pay settlement",
    "pay_awards": "pay rise, pay settlement",
    "joining_cost": "uniform, recruitment, vetting, equipment",
    "ending_cost": "redundancy",
    "vacancy_factor": "vacancy, budget saving",
    "discount_rate": "net present value",
    "prices": "inflation, real terms",
    "inflation": "inflation, cost of living, real terms, GDP deflator",
}
"""Other words for a setting, by its name in a file: under these people look for it."""

IN_REPORTS = (
    *("Case", "Tier", "Activity", "Completion", "In date", "On time", "Overdue", "Cut short"),
    *("Posts, in post", "Reactively managed", "Standard", "No posts added", "Team needed"),
)
"""Terms that every report explains."""


def defined(*terms: str) -> str:
    """Return terms with their meanings, a sentence each: `Overdue: due and not completed …`."""
    return " ".join(f"{one}: {meaning(one)[:1].lower()}{meaning(one)[1:]}" for one in terms)


def meaning(term: str) -> str:
    """Return what a term means.

    Raises:
        KeyError: if it is not there.
    """
    return MEANINGS[term]


def also_called(setting: str) -> str:
    """Return other words for a setting of this dotted name, blank where there are none."""
    parts = setting.split(".")
    return next((ALSO_CALLED[part] for part in reversed(parts) if part in ALSO_CALLED), "")
