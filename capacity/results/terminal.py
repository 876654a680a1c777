"""The summary on the terminal: the answer, posts and cost by year, standards, waits, cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from capacity.console import say, table
from capacity.reading import in_words
from capacity.results import agreeing, recommendation, summary
from capacity.risk import chances, drivers
from capacity.risk.agreement import Agreed
from capacity.risk.bands import WAITS
from capacity.risk.recommended import Recommended
from capacity.risk.uncertainty import Uncertainty
from capacity.stages import Option, PlanResult
from capacity.why import decisions, headlines
from capacity.why.compare import SideBySide, YearEnd
from capacity.why.explain import Explanation, sentences
from capacity.why.headlines import Headlines, Service, team_years
from capacity.wording import counted, listed, month, number, people, per_cent

CHANGES_SHOWN = 8
WHY_SHOWN = 6
DRIVERS_SHOWN = 10
WORST = {"every month": "in every month", "year": "in every period of its worst year"}
ON_AVERAGE = "on the average of its worst year"
"""What a probability is of, by the scenario's `confidence_of`; the same in every table."""

OPTIONS = {
    "today": "no posts added",
    "sized": "team needed",
    "confident": "posts for the confidence",
}
BANDS = {
    "cases": "cases",
    "due": "due",
    "completion": "completed",
    "outstanding": "overdue",
    WAITS: "longest overdue, months",
}
"""Options and measures of the bands as people read them."""

ALL_DONE = 0.9995
"""A duty of which this share is done and in date needs no line of its own."""


def show(
    said: Headlines, why: Explanation | None = None, advice: Recommended | Agreed | None = None
) -> None:
    """Print what a manager wants to know about a plan, and why it is so.

    With advice that is the recommended plan; else a single course, which is said.
    """
    settings = said.plan.scenario.settings
    say(settings.title)
    if settings.question:
        say(settings.question)
    if isinstance(advice, Recommended):
        _recommended(advice, said)
        if why is not None:
            _fixes(why)
        say()
    else:
        if advice is not None:
            _agreement(advice)
        _in_full(said, why)
    say(summary.basis(said).words)
    past = said.plan.scenario.known
    for words in past.notes if past else ():
        say(words)
    _changes(said)


def _in_full(said: Headlines, why: Explanation | None) -> None:
    """Print the plan for the central case in full, and why it is so."""
    say()
    say(summary.SINGLE_COURSE)
    for words in summary.paragraphs(said):
        say()
        say(words)
    if why is not None:
        for words in summary.sets_the_size(said.plan, why):
            say(words)
    _years(said)
    _standards(said)
    _duties(said)
    if why is not None:
        _fixes(why)
    _decisions(said)
    if why is not None:
        _why(why)
    say()
    for words in summary.cost_words(said):
        say(words)
    if said.sized is not None:
        say(summary.need_and_forecast(said.model))


# The recommended plan ----------------------------------------------------------------------


def _recommended(advice: Recommended, said: Headlines) -> None:
    """Print the recommended plan: what to agree, the review rule, posts, money and how sure.

    The plan for the central case follows in short.
    """
    for words in recommendation.paragraphs(advice):
        say()
        say(words)
    for title, columns, rows in (
        *recommendation.rule_tables(advice),
        *recommendation.year_tables(advice),
        *recommendation.chance_tables(advice),
    ):
        table(title, columns, rows)
    _lines("What one post fewer would do", [words for _, words in recommendation.one_fewer(advice)])
    lead, turned = recommendation.turns_on(advice)
    _lines("What the probability turns on", [lead, *map(": ".join, turned)])
    worth = list(recommendation.worth_knowing(advice))
    _lines("What it is worth to find out before posts are agreed", worth)
    say()
    say(f"{summary.SINGLE_COURSE} --central shows it in full.")
    for words in summary.central(said):
        say()
        say(words)


def _agreement(found: Agreed) -> None:
    """Print how well simulations agree with what is known."""
    say()
    for one in agreeing.figures(found):
        say(one.words, indent=2 if one.name.startswith("cannot_be_right") else 0)


def _years(said: Headlines) -> None:
    """Print posts, people and cost by team and year."""
    sized = said.sized is not None
    columns = [("Team", False), ("Year", False), ("No posts added", True)]
    columns += [("Team needed", True)] if sized else []
    columns += [("In post", True), ("Cost, £000", True)]
    rows, last, parts = [], "", {}
    for one in team_years(said.plan):
        if one.months < 12:
            parts[one.year] = counted(one.months, "month")
        row = [one.label if one.label != last else ""]
        row += [one.year + ("*" if one.months < 12 else ""), people(one.posts_today)]
        row += [people(one.posts_sized)] if one.posts_sized is not None else []
        rows.append([*row, people(one.in_post), f"{one.cost / 1000:,.0f}"])
        last = one.label
    whose = "team needed" if sized else "no posts added"
    table(f"Posts, and people in post and cost with {whose}, by year (real)", columns, rows)
    if parts:
        say(f"* {listed([f'{year}: {months}' for year, months in parts.items()])} of the year")


def _standards(said: Headlines) -> None:
    """Print which standards are met, from when, and where they are not."""
    if not said.today.standings:
        return
    say()
    say("Standards")
    for place, standing in enumerate(said.today.standings):
        asks = summary.asks(said.model.scenario.settings, standing.rule)
        say(f"{standing.rule.name}: {asks}", indent=2)
        for option in said.options:
            fares = summary.fares(said.model, option.standings[place])
            both = summary.readings(said, option, standing.rule)
            say(f"{summary.whose(option)}: {'; '.join(filter(None, [fares, both]))}", indent=4)


def _duties(said: Headlines) -> None:
    """Print what of each duty is done, in date and outstanding at the end, and the waits."""
    columns = [("Activity", False), ("Posts", False), ("Completed", True), ("In date", True)]
    columns += [("Overdue", True), ("Longest overdue", True)]
    rows, fine = [], []
    for place, service in enumerate(said.today.services):
        mine = [(summary.whose(option), option.services[place]) for option in said.options]
        name = summary.name_of(said, service)
        if all(_all_done(one) for _, one in mine):
            fine += [name] if service.ends else []
        else:
            rows += list(_duty_rows(name, mine))
    if rows:
        table(f"At the end, {month(said.model.calendar.labels[-1])}", columns, rows)
        for words in summary.MEANINGS.values():
            say(words)
    if fine:
        which = "All" if not rows else "Other"
        say(f"{which} activities are completed in full: {listed(fine, 12)}.")


def _all_done(service: Service) -> bool:
    if service.ends is None:
        return True
    last = service.ends[1]
    held = float(np.nan_to_num(service.in_date[last], nan=1.0))
    return min(float(service.completion[last]), held) > ALL_DONE


def _duty_rows(name: str, mine: Sequence[tuple[str, Service]]) -> Iterator[list[str]]:
    due = [(option, one, one.ends[1]) for option, one in mine if one.ends]
    for n, (option, one, last) in enumerate(due):
        yield [
            name if n == 0 else "",
            option,
            per_cent(float(one.completion[last])),
            "" if np.isnan(one.in_date[last]) else per_cent(float(one.in_date[last])),
            number(float(one.outstanding[-1])),
            counted(one.longest_wait, "month") if one.longest_wait else "none",
        ]


def show_comparison(found: SideBySide) -> None:
    """Print options side by side, the changed settings first."""
    say(summary.SINGLE_COURSE)
    changes = [f"{one.option}: {one.words}" for one in found.changes]
    if changes:
        say("Changed settings")
        for line in changes:
            say(line, indent=2)
    columns = [("Option", False), ("Cost, £000", True), ("Posts at the end", True)]
    columns += [("Overdue at the end", True), ("Case-months overdue, weighted", True)]
    columns += [("Standards not met", True)]
    rows = []
    for row, plan in zip(found.options, found.plans, strict=True):
        last = plan.options[-1]
        rows.append(
            [
                row.option,
                f"{row.cost_discounted / 1000:,.0f}",
                people(float(last.staff.posts[0, -1].sum())),
                number(row.outstanding_end),
                number(row.weighted_case_months),
                _standards_not_met(plan),
            ]
        )
    whose = "Teams needed" if found.plans[0].sizing is not None else "Posts of each scenario"
    table(f"{whose} side by side (cost of the whole time, discounted)", columns, rows)
    _year_ends(found)
    say()
    for words in found.words:
        if words not in changes:
            say(words)
    for words in summary.events_beside(found.plans, found.names):
        say(words)


def _standards_not_met(plan: PlanResult) -> str:
    """Return how many named standards an option does not meet, of how many there are."""
    last = headlines.read_off(plan).options[-1]
    judged = [one for one in last.standings if one.judged]
    return f"{sum(bool(one.missed) for one in judged)} of {len(judged)}"


def _year_ends(found: SideBySide) -> None:
    """Print what waits at the end of the last whole year where the options differ."""
    years = [row.year for row in found.year_costs if row.option == found.names[0]]
    year = years[-2] if len(years) > 2 else years[-1]
    by_key: dict[tuple[str, str, str], dict[str, YearEnd]] = {}
    for end in found.year_ends:
        if end.year == year:
            by_key.setdefault((end.cohort, end.duty, end.tier), {})[end.option] = end
    rows = []
    for key, ends in by_key.items():
        cells = [
            f"{round(ends[name].outstanding, 1):g} ({ends[name].longest_wait_months:.0f})"
            if name in ends
            else ""
            for name in found.names
        ]
        if len(set(cells)) > 1:
            rows.append([", ".join(key), *cells])
    if rows:
        columns = [("Activity", False), *((name, True) for name in found.names)]
        table(f"Overdue at the end of {year} (longest overdue, months)", columns, rows)


def _fixes(why: Explanation) -> None:
    """Print which single changes would make it possible to meet every standard."""
    told = {name: words for name, _, words in sentences(why)}
    _lines("What would make it possible", [told.get("fixes", ""), *(f.words for f in why.fixes)])


def _decisions(said: Headlines) -> None:
    """Print by when each added post must be approved."""
    _lines("When to decide", [one.words for one in decisions.decisions(said.plan)])


def _why(why: Explanation) -> None:
    """Print what sets the plan's size, and what standards cost."""
    sized = [one for one in why.reasons if one.rule != "today's posts"]
    last = max((one.year for one in sized), default="")
    _lines("Why this size", [one.words for one in sized if one.year == last])
    _lines("What standards and cases cost", [one.words for one in why.prices if one.binds])


def _lines(title: str, lines: Sequence[str]) -> None:
    """Print the first sentences under a title, and how many more there are."""
    some = [line for line in lines if line]
    if some:
        say()
        say(title)
        for line in some[:WHY_SHOWN]:
            say(line, indent=2)
        if len(some) > WHY_SHOWN:
            say(f"and {len(some) - WHY_SHOWN} more, in the tables", indent=2)


def _changes(said: Headlines) -> None:
    """Print dated changes in words, each with its first month."""
    scenario = said.plan.scenario
    applied = [
        f"{month(begin)}: {words}" for begin, words in in_words.of(scenario).dated(scenario.applied)
    ]
    if not applied:
        return
    say()
    say("Changes from a date")
    for change in applied[:CHANGES_SHOWN]:
        say(change, indent=2)
    if len(applied) > CHANGES_SHOWN:
        say(f"and {len(applied) - CHANGES_SHOWN} more", indent=2)


def show_uncertainty(found: Uncertainty) -> None:
    """Print how certain a plan is: chances, bands at the end, the team that is enough, drivers."""
    settings = found.plan.scenario.settings
    say(settings.title)
    number_ = len(found.draws.uncertain)
    vary = f"{counted(number_, 'setting')} {'varies' if number_ == 1 else 'vary'}"
    say(
        f"{found.number:,} simulations (seed {found.draws.seed}); {vary} between low and high, and "
        "cases, visits and people by chance. ± is one standard error."
    )
    if found.agreed is not None:
        _agreement(found.agreed)
        if not found.agreed.weights.agree:
            return
    _chances(found)
    _bands_at_the_end(found)
    _enough(found)
    _curve(found)
    _drivers(found)


def _chances(found: Uncertainty) -> None:
    """Print the chance of each standard, in the worst period asked for."""
    of = found.of
    records = [outlook.record for outlook in found.outlooks]
    names: list[str | None] = list(dict.fromkeys(rule.standard for rule in records[0].rules))
    if not names:
        return
    rows = []
    for name in [*names, None] if len(names) > 1 else names:
        cells = [_sure(*chances.worst(record, of, name)) for record in records]
        rows.append([name or chances.EVERY_STANDARD, *cells])
    columns = [
        ("Standard", False),
        *((OPTIONS[outlook.team.name], True) for outlook in found.outlooks),
    ]
    table(
        f"Probability that each standard is met {WORST.get(of, ON_AVERAGE)}",
        columns,
        rows,
    )


def _sure(chance: float, error: float) -> str:
    return f"{100 * chance:.1f} ± {100 * error:.1f}%"


def _bands_at_the_end(found: Uncertainty) -> None:
    """Print the middle of the simulations in the last month, and between what most lie.

    All activities together; beside it the single course without chance.
    """
    plan = found.plan
    last = plan.model.calendar.labels[-1]
    courses = {"today": plan.today, "sized": plan.sized}
    rows = []
    for band in found.bands:
        if band.month == last and band.cohort is None:
            show = per_cent if band.measure == "completion" else number
            option = courses.get(band.option)
            single = None if option is None else _single_course(plan, option, band.measure)
            cells = [show(one) for one in (band.p50, band.p10, band.p90)]
            cells.append("" if single is None else show(single))
            rows.append([OPTIONS[band.option], BANDS[band.measure], *cells])
    columns = [("Option", False), ("Measure", False), ("Middle", True)]
    columns += [("10%", True), ("90%", True), ("Single", True)]
    table(
        f"All activities in {month(last)}: middle of the simulations, and 8 in 10 of them lie "
        "between 10% and 90%. Single: the single course (no chance)",
        columns,
        rows,
    )


def _single_course(plan: PlanResult, option: Option, measure: str) -> float:
    """Return a measure of all activities in the last month of the plan itself, without chance."""
    run = option.projection
    due, done = float(run.due[0, -1].sum()), float(run.done[0, -1].sum())
    return {
        "cases": float(plan.cases.cases[0, -1, list(plan.model.community)].sum()),
        "due": due,
        "completion": done / due if due else float("nan"),
        "outstanding": float(run.outstanding[0, -1].sum()),
        WAITS: float(run.longest_wait[0, -1].max(initial=0.0)),
    }[measure]


def _enough(found: Uncertainty) -> None:
    """Print the fewest posts that are sure enough."""
    one = found.confident
    if one is None:
        return
    rows = [
        [row.team, row.grade, row.year, people(row.today), people(row.sized), people(row.confident)]
        for row in one.by_year(found.plan)
        if row.confident > row.today or row.sized > row.today
    ]
    columns = [("Team", False), ("Grade", False), ("Year", False)]
    columns += [("Current", True), ("Central case", True), ("Needed", True)]
    what = WORST.get(found.of, ON_AVERAGE).replace("its worst", "each")
    title = f"Posts needed for {per_cent(one.asked)} confidence: every standard met {what}"
    if rows:
        table(title, columns, rows)
    else:
        say()
        say(f"{title}: none beyond current posts.")
    told = [f"{row.period} {_sure(row.chance, row.error)}" for row in one.reached()]
    say(f"Probability on {one.draws:,} further simulations: {listed(told)}.")
    if one.out_of_reach:
        say(f"No number of posts reaches {per_cent(one.asked)} in {listed(one.out_of_reach)}.")


def _curve(found: Uncertainty) -> None:
    """Print the chance of every standard by the size of the team."""
    rows = [
        [people(size.posts), f"{size.cost / 1000:,.0f}", _sure(size.chance, size.error)]
        for size in found.curve
        if size.standard == chances.EVERY_STANDARD
    ]
    if rows:
        columns = [("Posts at the end", True), ("Cost, £000", True), ("Probability", True)]
        never = () if found.confident is None else found.confident.out_of_reach
        apart = f", {listed(never)} apart, which no number of posts reaches" if never else ""
        what = WORST.get(found.of, ON_AVERAGE)
        table(f"Probability that every standard is met {what}{apart}, by size", columns, rows)


def _drivers(found: Uncertainty) -> None:
    """Print the settings that matter most."""
    rows = [
        [one.setting, per_cent(one.share_of_variance), per_cent(one.at_low), per_cent(one.at_high)]
        for one in found.drivers
        if one.measure == drivers.COMPLETION
    ]
    if rows:
        columns = [("Setting", False), ("Share", True), ("At low", True), ("At high", True)]
        title = (
            "What matters most: share of the variance, and completion at the end (no posts added)"
        )
        table(title, columns, rows[:DRIVERS_SHOWN])
