"""The sheets of the workbook that a unit fills: which cell is which setting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from capacity import kinds
from capacity.catalogue import Entry, entries, range_at
from capacity.history.reported import MEASURES
from capacity.reading.assumptions import NO_SOURCE
from capacity.settings import LARGEST, SOURCE_WORDS, Range

Kind = Literal["id", "text", "number", "date", "flag", "choice", "names", "literal", "month"]

HEADER_ROW, FIRST_ROW = 4, 7
"""Rows of the titles and of the first entry; units and what is valid stand between them."""


@dataclass(frozen=True)
class FormColumn:
    """A column of a sheet."""

    key: str  # the setting's last name, or a part of its address
    title: str
    kind: Kind = "number"
    note: str = ""
    percent: bool = False
    names: str = ""  # the sheet and column that it names, as `Sheet.key`
    choices: tuple[str, ...] = ()
    part: str = ""  # a table between the row's and the setting: cost_per_year
    later: bool = False  # not in templates made before there was such a column


@dataclass(frozen=True)
class Form:
    """A sheet: one row an item, its first columns say which."""

    sheet: str
    about: str
    pattern: str  # where a row's settings stand; NAME for each key column in turn
    keys: int  # how many of its columns say which item it is
    columns: tuple[FormColumn, ...]
    by_tier: bool = False  # the last key is a tier or class, and settings are tables by it
    listed: bool = False  # a row is an item of a list, which lies in what its keys name
    rows: int = 40

    def entry(self, column: FormColumn) -> Entry | None:
        """Return the declaration of a column's setting."""
        return _declared().get(self.declared(column))

    def declared(self, column: FormColumn) -> str:
        """Return the pattern of a column's setting."""
        middle = f"{column.part}." if column.part else ""
        return f"{self.pattern}{middle}{column.key}"

    def valid(self, column: FormColumn) -> Range | None:
        """Return the valid range of a column's numbers."""
        return range_at(self.declared(column).split(".")) if column.kind == "number" else None


@cache
def _declared() -> dict[str, Entry]:
    return {entry.name: entry for entry in entries()}


def _id(key: str, title: str, note: str = "letters, digits, - and _") -> FormColumn:
    return FormColumn(key, title, "id", note)


def _named(key: str, title: str, names: str) -> FormColumn:
    return FormColumn(key, title, "id", "one of those given there", names=names)


def _level(kind: kinds.Kind) -> FormColumn:
    """Return the column of the level of a kind of standard."""
    return FormColumn(
        kind.key, kind.heading, note=kind.note, percent=kind.is_share, later=kind.later
    )


COHORT = _named("cohort", "Cohort", "Cohorts.cohort")
ALL = "all"
"""A row for all tiers at once; a tier's own row wins."""
TIER_OR_ALL = FormColumn("tier", "Tier", "id", "or all", names="Tiers.tier")
QUEUE = _named("queue", "Queue", "Queues.queue")
OF_QUEUE = _named("of", "Queue", "Queues.queue")
"""The queue whose arrivals or outcomes a row tells, where it may name another."""
TEAM = _named("team", "Team", "Teams.team")
GRADE = _named("grade", "Grade", "Grades.grade")
LABEL = FormColumn("label", "Name in full", "text")

REPORTED_SHARE, REPORTED_MEASURE = "reported.share", "reported.measure"
"""What is no setting: the figure that a unit last reported of its visits."""
UNIT = (
    FormColumn("title", "Title", "text", "whose position at which date"),
    FormColumn("question", "Question", "text", "what the plan is to answer"),
    FormColumn("start", "First month projected", "date", "any day of it"),
    FormColumn("months", "Months projected", note="60 is five years"),
    FormColumn("finance.discount_rate", "Discount rate, real", percent=True),
    FormColumn("finance.pay_award_per_year", "Pay award per year", percent=True),
    FormColumn("finance.vacancy_factor", "Vacancy factor", percent=True),
    FormColumn("finance.price_base", "Financial year of the prices", "text", "such as 2024/25"),
    FormColumn(
        "priority.rule",
        "What falls behind first",
        "choice",
        choices=("soft", "strict", "standards first"),
    ),
    FormColumn(
        REPORTED_SHARE,
        "Last reported share of visits",
        percent=True,
        note="such as 85%; other time is worked out from it where it is blank on Flow",
        later=True,
    ),
    FormColumn(REPORTED_MEASURE, "Which share that is", "choice", choices=MEASURES, later=True),
)
"""The one sheet that goes down instead of across."""

FORMS = (
    Form(
        "Cohorts",
        "Groups of offenders that are managed together, first-served first.",
        "cohorts.NAME.",
        1,
        (
            _id("cohort", "Cohort"),
            LABEL,
            FormColumn("team", "Team", "text", "one of those on Teams", names="Teams.team"),
            FormColumn("group", "Group", "text", "same for offices of one cohort"),
            FormColumn("growth_per_year", "Growth per year", percent=True, note="or entrants"),
            FormColumn("entrants_per_month", "New cases per month", note="or growth"),
        ),
    ),
    Form(
        "Tiers",
        "Risk bands or statuses of each cohort, first-served first, with cases at the start.",
        "cohorts.NAME.tiers.NAME.",
        2,
        (
            COHORT,
            _id("tier", "Tier"),
            LABEL,
            FormColumn("cases", "Cases at the start"),
            FormColumn("court_orders", "Of these under a court order"),
            FormColumn(
                "counts", "Weight in cases per officer", note="blank: 1; 0: not counted", later=True
            ),
        ),
        rows=60,
    ),
    Form(
        "Flow",
        "Who joins, who leaves, and time for each case, by tier.",
        "cohorts.NAME.",
        2,
        (
            COHORT,
            TIER_OR_ALL,
            FormColumn("entry_mix", "Share of new cases", percent=True, note="adds up to 100%"),
            FormColumn("entrants_per_month", "New cases per month", note="instead of a total"),
            FormColumn("exits_per_year", "Leave per year", percent=True),
            FormColumn(
                "hours_per_case_month",
                "Other time per case per month",
                note="0 if none; blank: from the reported share on Unit",
            ),
            FormColumn("hours_per_entry", "Time for a new case"),
        ),
        by_tier=True,
        rows=60,
    ),
    Form(
        "Moves",
        "Cases that move between tiers.",
        "cohorts.NAME.moves_per_year.NAME.",
        3,
        (
            COHORT,
            _named("from", "From tier", "Tiers.tier"),
            _named("to", "To tier", "Tiers.tier"),
            FormColumn("", "Move per year", percent=True, note="share of the first tier's cases"),
        ),
        rows=60,
    ),
    Form(
        "Duties",
        "What is owed to every case again and again: home visits, ARMS, reviews.",
        "cohorts.NAME.duties.NAME.",
        3,
        (
            COHORT,
            _id("duty", "Duty"),
            TIER_OR_ALL,
            FormColumn("per_year", "Times per year", note="12, 6, 4, 3, 2 or 1; 0 if none is owed"),
            FormColumn("every_months", "Or every so many months"),
            FormColumn("hours", "Lead officer's time", note="door to door, with write-up"),
            FormColumn("crew", "Officers needed"),
            FormColumn("second_officer_hours", "Second officer's time"),
            FormColumn("no_answer_share", "Failed attempts", percent=True),
            FormColumn("no_answer_hours", "Time for a failed attempt"),
            FormColumn("access_rate", "Can be seen in the month", percent=True),
            FormColumn("overdue", "Overdue at the start"),
        ),
        by_tier=True,
        rows=120,
    ),
    Form(
        "Other work",
        "Named work that comes with cases and is done before planned activities.",
        "cohorts.NAME.work.NAME.",
        3,
        (
            COHORT,
            _id("work", "Work"),
            TIER_OR_ALL,
            FormColumn("per_case_year", "Times per case per year"),
            FormColumn("hours", "Time for one"),
        ),
        by_tier=True,
        rows=120,
    ),
    Form(
        "Queues",
        "Work that arrives, waits and is done once: referrals, incidents, devices.",
        "queues.NAME.",
        1,
        (
            _id("queue", "Queue"),
            LABEL,
            FormColumn("team", "Team", "text", "one of those on Teams", names="Teams.team"),
            FormColumn("arrivals_per_month", "Arrive per month"),
            FormColumn("growth_per_year", "Growth of arrivals per year", percent=True),
        ),
    ),
    Form(
        "Queue classes",
        "Work in each queue; a row for each class, first-served first, or one row for all.",
        "queues.NAME.",
        2,
        (
            QUEUE,
            FormColumn("class", "Class", "id", "or all"),
            FormColumn(
                "classes", "Share of arrivals", percent=True, note="adds up to 100%; not for all"
            ),
            FormColumn("hours", "Lead officer's time", note="with write-up"),
            FormColumn("crew", "Officers needed"),
            FormColumn("second_officer_hours", "Second officer's time"),
            FormColumn("no_answer_share", "Failed attempts", percent=True),
            FormColumn("no_answer_hours", "Time for a failed attempt"),
            FormColumn("access_rate", "Can be done in the month", percent=True),
            FormColumn("waiting", "Waiting at the start"),
            FormColumn("deadline_months", "Deadline", note="0: in the month it arrives"),
            FormColumn("lapses_after_months", "Closed unworked after", note="0: never"),
        ),
        by_tier=True,
        rows=120,
    ),
    Form(
        "Comes from",
        "Arrivals in a queue that come from a cohort or from another queue.",
        "queues.NAME.arrivals_from.",
        1,
        (
            OF_QUEUE,
            FormColumn("cohort", "From cohort", "text", "or a queue", names="Cohorts.cohort"),
            FormColumn("tier", "From tier", "text", "blank: all", names="Tiers.tier"),
            FormColumn("queue", "From queue", "text", "or a cohort", names="Queues.queue"),
            FormColumn("per_case_year", "For each case per year", note="or a share"),
            FormColumn(
                "share", "Share", percent=True, note="of those who leave, or of what is completed"
            ),
            FormColumn("lag_months", "Months until it arrives"),
        ),
        listed=True,
    ),
    Form(
        "Leads to",
        "What the completed work of a queue becomes: cases of a cohort or work of another queue.",
        "queues.NAME.leads_to.",
        1,
        (
            OF_QUEUE,
            FormColumn("cohort", "To cohort", "text", "or a queue", names="Cohorts.cohort"),
            FormColumn(
                "tier", "To tier", "text", "blank: the mix of new cases", names="Tiers.tier"
            ),
            FormColumn("queue", "To queue", "text", "or a cohort", names="Queues.queue"),
            FormColumn("share", "Share of what is completed", percent=True),
            FormColumn("lag_months", "Months until it arrives"),
            FormColumn("within_growth", "Part of the cohort's growth?", "flag"),
        ),
        listed=True,
    ),
    Form(
        "Teams",
        "Who does the work.",
        "teams.NAME.",
        1,
        (
            _id("team", "Team"),
            LABEL,
            FormColumn("overtime_hours_per_fte_month", "Most overtime for one FTE"),
            FormColumn("overtime_in_use", "Overtime worked today"),
            FormColumn("overtime_cost_per_hour", "Cost of overtime"),
        ),
    ),
    Form(
        "Grades",
        "People in post and how they come and go.",
        "teams.NAME.grades.NAME.",
        2,
        (
            TEAM,
            _id("grade", "Grade"),
            LABEL,
            FormColumn("in_post", "In post"),
            FormColumn("posts", "Funded posts", note="blank: as in post"),
            FormColumn("casework_share", "Time for cases", percent=True, note="0 for a supervisor"),
            FormColumn("weekly_hours", "Hours a week"),
            FormColumn("leave_days", "Annual leave"),
            FormColumn("bank_holidays", "Bank holidays"),
            FormColumn("training_days", "Training"),
            FormColumn("sickness", "Sickness", percent=True),
            FormColumn("abstraction", "Abstraction", percent=True),
            FormColumn("leavers_per_year", "Leave per year", percent=True),
            FormColumn("accreditation_months", "Months to be accredited"),
            FormColumn("trainee_productivity", "Work of a trainee", percent=True),
            FormColumn("in_training", "In training now"),
            FormColumn("max_joiners_per_month", "Most joiners per month"),
            FormColumn("recruitment_lead_months", "Months to recruit"),
            FormColumn("supervises", "Casework posts each can supervise"),
            FormColumn("max_share", "Most of the team", percent=True),
            FormColumn("may_shrink", "May posts be taken away?", "flag"),
        ),
    ),
    Form(
        "Costs",
        "What a post costs a year: one figure, or its parts.",
        "teams.NAME.grades.NAME.",
        2,
        (
            TEAM,
            GRADE,
            FormColumn("cost_per_year", "Cost of a post", note="or the parts"),
            FormColumn("pay", "Basic pay", part="cost_per_year"),
            FormColumn("pension_rate", "Employer's pension", percent=True, part="cost_per_year"),
            FormColumn("ni_rate", "National Insurance", percent=True, part="cost_per_year"),
            FormColumn("ni_threshold", "No NI below", part="cost_per_year"),
            FormColumn("other", "Allowances and other", part="cost_per_year"),
            FormColumn("joining_cost", "One-off cost of a joiner"),
            FormColumn("levy_rate", "Levy", percent=True, part="cost_per_year", later=True),
            FormColumn("training", "Training", part="cost_per_year", later=True),
            FormColumn("non_pay", "Non-pay", part="cost_per_year", later=True),
        ),
    ),
    Form(
        "Standards",
        "What the plan must meet: one measure per row.",
        "standards.NAME.",
        0,
        (
            FormColumn("name", "Name", "text"),
            FormColumn("cohort", "Cohort", "text", names="Cohorts.cohort"),
            FormColumn("duty", "Duty", "text", names="Duties.duty"),
            FormColumn("tiers", "Tiers", "names", "blank: all; else with commas"),
            *(_level(one) for one in kinds.IN_FILES.values() if one.about is kinds.ACTIVITY),
            FormColumn("pooled", "Tiers together?", "flag", later=True),
            FormColumn("judged", "Judged by", "choice", choices=("month", "quarter", "year")),
            FormColumn("from", "From", "date", "blank: the start"),
            *(_level(one) for one in kinds.IN_FILES.values() if one.about is not kinds.ACTIVITY),
            FormColumn("team", "Team", "text", names="Teams.team"),
            FormColumn("grades", "Grades", "names", "blank: all; else with commas"),
            FormColumn(
                "queue",
                "Queue",
                "text",
                "instead of cohort and duty; its classes under Tiers",
                names="Queues.queue",
                later=True,
            ),
            FormColumn("may_give", "May most posts be exceeded?", "flag", later=True),
        ),
    ),
    Form(
        "Lending",
        "Which team may help which.",
        "flex.NAME.",
        0,
        (
            FormColumn("from", "From team", "text", names="Teams.team"),
            FormColumn("to", "To team", "text", names="Teams.team"),
            FormColumn("max_share", "Most of the lender's hours", percent=True),
            FormColumn("efficiency", "Work got from an hour", percent=True),
            FormColumn("counts_in_ratio", "Count as officers?", "flag"),
        ),
    ),
    Form(
        "Loans and leave",
        "Loans, transfers, maternity leave, long-term sickness, restricted duty.",
        "people.NAME.",
        0,
        (
            FormColumn("why", "What it is", "text", "no names"),
            FormColumn("team", "Team", "text", names="Teams.team"),
            FormColumn("grade", "Grade", "text", names="Grades.grade"),
            FormColumn("fte", "FTE more or less", note="- for less"),
            FormColumn("from", "First month", "date"),
            FormColumn("until", "Last month", "date", "blank: to the end"),
            FormColumn("productivity", "Work of one", percent=True),
            FormColumn("counts_in_ratio", "Count as officers?", "flag"),
            FormColumn("funded", "Paid by this unit?", "flag"),
            FormColumn("displaced_from", "Where from", "text"),
        ),
    ),
    Form(
        "New cases",
        "Named streams of new cases, instead of growth or a total.",
        "inflows.NAME.",
        0,
        (
            FormColumn("name", "Name", "text"),
            FormColumn("cohort", "Cohort", "text", names="Cohorts.cohort"),
            FormColumn("tier", "Tier", "text", "blank: the mix of new cases", names="Tiers.tier"),
            FormColumn("per_month", "At the source, per month"),
            FormColumn("share", "Share that become cases", percent=True),
            FormColumn("lag_months", "Months from source to case"),
            FormColumn("within_growth", "Part of the cohort's growth?", "flag", later=True),
        ),
    ),
    Form(
        "Funding",
        "What pays for part of a team, and until when.",
        "funding.NAME.",
        0,
        (
            FormColumn("name", "Name", "text"),
            FormColumn("team", "Team", "text", names="Teams.team"),
            FormColumn("grade", "Grade", "text", "blank: the whole team", names="Grades.grade"),
            FormColumn("posts", "Posts that it pays for", note="or pounds"),
            FormColumn("pounds_per_year", "Pounds per year", note="or posts"),
            FormColumn("from", "First month", "date", "blank: the start"),
            FormColumn("until", "Last month", "date", "blank: no end"),
            FormColumn(
                "source_of_funds",
                "Who pays",
                "choice",
                choices=("grant", "reserve", "precept", "partner"),
            ),
        ),
    ),
)

RANGES = Form(
    "Ranges",
    "How certain a figure is and where it comes from: what is not listed is the unit's own.",
    "",
    0,
    (
        FormColumn("setting", "Setting", "text", "such as cohorts.rso.growth_per_year"),
        FormColumn("low", "Low", note="one in ten is lower"),
        FormColumn("high", "High", note="one in ten is higher"),
        FormColumn(
            "source", "Source", "text", f"{', '.join(SOURCE_WORDS)}; {NO_SOURCE}: none is said"
        ),
        FormColumn("note", "Note", "text"),
        FormColumn(
            "confirmed",
            "Right as it stands",
            "flag",
            "yes, where a number was asked about and is right",
            later=True,
        ),
    ),
    rows=200,
)
MORE = Form(
    "More",
    "Settings that have no sheet of their own, as in a scenario file: priority, links, changes.",
    "",
    0,
    (
        FormColumn("setting", "Setting", "text", "such as changes or links.visit_time"),
        FormColumn("value", "Value", "literal", "as in a scenario file"),
    ),
)
HISTORY = Form(
    "History",
    "What was recorded month by month, any of it, for a fit.",
    "",
    0,
    (
        FormColumn("month", "Month", "month", "such as 2024-09"),
        FormColumn("cohort", "Cohort", "text", names="Cohorts.cohort"),
        FormColumn("duty", "Duty", "text", names="Duties.duty"),
        FormColumn("tier", "Tier", "text", "blank: all together", names="Tiers.tier"),
        FormColumn("cases", "Cases"),
        FormColumn("newly_due", "Newly due"),
        FormColumn("due", "Due", note="with those left over"),
        FormColumn("done", "Done"),
        FormColumn("outstanding", "Outstanding", note="at the month's end"),
        FormColumn("completion", "Completion", percent=True, note="done ÷ due"),
        FormColumn("in_date", "In date", percent=True),
        FormColumn("on_time", "On time", percent=True),
        FormColumn("longest_wait_months", "Longest overdue, months"),
        FormColumn("entrants", "New cases", note="in the month", later=True),
        FormColumn("exits", "Leavers", note="cases closed in the month", later=True),
        FormColumn(
            "past_deadline",
            "Past the deadline",
            note="waiting in a queue; its name under Duty",
            later=True,
        ),
    ),
    rows=400,
)
SPEND = Form(
    "Spend",
    "What each team was given and spent, month by month, for the forecast outturn of the year.",
    "",
    0,
    (
        FormColumn("month", "Month", "month", "such as 2024-09"),
        FormColumn("team", "Team", "text", "blank where there is one", names="Teams.team"),
        FormColumn("budget", "Budget", note="£"),
        FormColumn("actual", "Actual", note="£; blank until it is known"),
    ),
    rows=120,
)
EVERY = (*FORMS, RANGES, MORE, HISTORY, SPEND)
HORIZON = ("months",)
"""A number that says how far to look: nobody asks how certain it is."""

UNIT_SHEET = "Unit"
EXAMPLE = " (Norfolk)"
"""What the sheets of the filled example end with."""


def unit_words(form: Form, column: FormColumn) -> str:
    """Return the unit of a column in words."""
    entry = form.entry(column)
    if column.percent:
        return "% per year" if entry is not None and entry.unit == "per year" else "%"
    return entry.unit if entry is not None else ""


def range_words(form: Form, column: FormColumn) -> str:
    """Return what is valid in a column, in words."""
    parts = [column.note]
    valid = form.valid(column)
    if column.choices:
        parts.append(" or ".join(column.choices))
    elif column.kind == "flag":
        parts.append("yes or no")
    elif valid is not None and (valid.le < LARGEST or valid.gt is not None or valid.lt is not None):
        parts.append(_bounds(valid, column.percent))
    return "; ".join(part for part in parts if part)


def _bounds(valid: Range, percent: bool) -> str:
    if not percent:
        return valid.words()
    top = valid.lt if valid.lt is not None else valid.le
    low = valid.ge if valid.gt is None else valid.gt
    return f"{100 * low:g} to {100 * top:g}%"
