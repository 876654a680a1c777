"""What papers and pages say in figures, points, tiles and titles of charts and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.statements.claiming import claim, plain
from tests.statements.claims import (
    at,
    is_so,
    option_of,
    priced_at,
    same,
    spoken_of,
)
from tests.statements.figures import MONTHS, agrees, folded, month_of, stated, year_of
from tests.statements.ledger import TINY, Ledger, Service

END = "(?P<end>[^.]+)"

# --- One page ------------------------------------------------------------------------------


@claim(r"Posts in <when:m>(?:: <posts:n>)?")
def posts(ledger: Ledger, when: str, posts: str | None) -> Iterator[str]:
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])
    yield from same("posts", posts, ledger.posts(ledger.options[-1], month_of(when)))


@claim(r"today <posts:n> posts?", places=("html answer",))
def posts_today(ledger: Ledger, posts: str) -> Iterator[str]:
    yield from same("posts today", posts, ledger.posts(ledger.options[0], ledger.months[0]))


@claim(r"Cost above today's posts, (?:in <year:y>|over <span:n> months?)(?:: <cost:n>)?")
def above(ledger: Ledger, year: str | None, span: str | None, cost: str | None) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    more = ledger.cost("total_real", last, year) - ledger.cost("total_real", today, year)
    yield from same("cost above today's", cost, more)
    if span:
        yield from same("months", span, float(len(ledger.months)))


def last_done(one: Service) -> float:
    return float(one.monthly["completion"][one.ends[1]]) if one.ends else float("nan")


@claim(r"Completion of <name:t>: <share:n>", places=("html answer",))
def completion(ledger: Ledger, name: str, share: str) -> Iterator[str]:
    option = ledger.options[-1]
    one = spoken_of(ledger, name, option, lambda one: agrees(share, last_done(one)))
    yield from same("completion at the end", share, last_done(one))


@claim(r"<name:t> outstanding: <left:n>", places=("html answer",))
def left(ledger: Ledger, name: str, left: str) -> Iterator[str]:
    def still(one: Service) -> float:
        return at(one.monthly["outstanding"], ledger.months[-1])

    option = ledger.options[-1]
    one = spoken_of(ledger, name, option, lambda one: agrees(left, still(one)))
    yield from same("outstanding at the end", left, still(one))


@claim(
    r"<figure:n> if nothing is done",
    r"(?P<when>in|at the end of) <month:m>",
    places=("html answer",),
)
def if_nothing(ledger: Ledger, figure: str | None = None, when: str = "", month: str | None = None):
    ends = []
    for key in ledger.services:
        one = ledger.service(*key, ledger.options[0])
        ends += [last_done(one), at(one.monthly["outstanding"], ledger.months[-1])]
    if figure:
        yield from is_so("no duty comes to that", any(agrees(figure, end) for end in ends))


@claim(
    r"With today's posts completion of <name:t> (?:goes from <begin:n> to|stays at) <end:n> by "
    r"<until:m>(?:; with the sized team it is <sized:n>)?(?:; shaded: .+)?",
)
def chart_of_completion(
    ledger: Ledger, name: str, begin: str | None, end: str, until: str, sized: str | None
):
    def faults(key: tuple[str, str]) -> Iterator[str]:
        one = ledger.service(*key, ledger.options[0])
        if one.ends is None:
            yield "never due"
            return
        done = one.monthly["completion"]
        yield from same("completion at the start", begin or end, done[one.ends[0]])
        yield from same("completion at the end", end, done[one.ends[1]])
        yield from is_so(f"the end is {one.ends[1]}", one.ends[1] == month_of(until))
        if sized:
            yield from same("sized", sized, last_done(ledger.service(*key, ledger.options[-1])))

    found = [list(faults(key)) for key in ledger.duties(name)]
    yield from min(found, key=len)


@claim(
    r"<left:n> <name:t> are outstanding in <when:m>; (?:the longest wait is <wait:n> months?|"
    r"(?P<nobody>nobody waits))"
)
def nothing_done(
    ledger: Ledger, left: str, name: str, when: str, wait: str | None, nobody: str | None
):
    def faults(one: Service) -> Iterator[str]:
        yield from same("outstanding", left, at(one.monthly["outstanding"], month_of(when)))
        yield from same("longest wait", wait or "0", at(one.waits, month_of(when)))
        some = at(one.monthly["outstanding"], month_of(when)) >= 0.05
        yield from is_so(f"{left} are outstanding, and somebody waits", not (some and nobody))

    yield from faults(spoken_of(ledger, name, ledger.options[0], lambda one: not list(faults(one))))


@claim(r"<lost:n> of <judged:n> standards? missed \((?P<names>.+)\)")
def standards_missed(ledger: Ledger, lost: str, judged: str, names: str) -> Iterator[str]:
    missed = ledger.missed(ledger.options[0])
    yield from same("standards missed", lost, float(len(missed)))
    yield from same("standards judged", judged, float(len(ledger.rules(ledger.options[0]))))
    for name in re.split(r", | and ", names):
        more = re.fullmatch(r"(\d+) more", name)
        yield from is_so(f"{name} is not missed", bool(more) or any(name in one for one in missed))


@claim(r"(?P<kept>Every standard is kept)", places=("html answer",))
def kept(ledger: Ledger, kept: str) -> Iterator[str]:
    missed = ledger.missed(ledger.options[0])
    yield from is_so(f"{missed} are missed", not missed)


@claim(
    r"(?P<none>No posts? (?:is|are) asked for|None is asked for: this projects today's posts only|No post would help within the limits set: which standard is to give\?)"
)
def no_posts(ledger: Ledger, none: str) -> Iterator[str]:
    more = {key: float(ledger.added(*key).abs().max()) for key in ledger.grades}
    some = {key: size for key, size in more.items() if size > 1e-6}
    yield from is_so(f"posts change: {some}", not some)


@claim(
    r"Agree (?P<asked>.+?); (?:(?P<late>the first starts)|(?P<once>they start|it starts)) in <start:m>",
    places=("html",),
)
def agree(
    ledger: Ledger, asked: str, late: str | None, once: str | None, start: str
) -> Iterator[str]:
    starts: set[str] = set()
    told = {
        (ledger.team(team), ledger.grade(ledger.team(team), grade)): size
        for size, grade, team in re.findall(
            r"([\d,.]+) (.+?) posts? \(((?:[^()]|\([^)]*\))+)\)", asked
        )
    }
    for key in ledger.grades:
        rise = ledger.added(*key).diff().fillna(ledger.added(*key).iloc[0])
        up = rise[rise > 1e-6]
        starts |= set(up.index)
        if key in told or up.sum() > 0:
            yield from same(f"posts of {key}", told.get(key, "0"), float(up.sum()))
    yield from is_so(f"posts start in {sorted(starts)}", month_of(start) == min(starts))
    yield from is_so("not all start then", bool(late) == (len(starts) > 1))


@claim(r"Agreed after <by:m>, (?P<lost>.+?) (?:is missed|is left waiting than today)")
def agreed_after(ledger: Ledger, by: str, lost: str) -> Iterator[str]:
    dates = ledger["decisions"]["agree_by"].dropna()
    yield from is_so(f"the first date is {dates.min()}", month_of(by) == dates.min())


@claim(
    r"Decide (?:at once|before <by:m>): it takes <lead:n> months? to fill a place",
    r"A place takes up to <lead:n> months? to fill; every month later is a month with fewer people than planned",
)
def lead(ledger: Ledger, lead: str, by: str | None = None) -> Iterator[str]:
    leads = [
        float(ledger.settings.teams[team].grades[grade].recruitment_lead_months.value)
        for team, grade in ledger.grades
        if float(ledger.added(team, grade).max()) > 1e-6
    ]
    yield from is_so(f"it takes {leads}", any(agrees(lead, one) for one in leads))


@claim(
    r"(?P<words>(?:.+ work at .+? for their first [\d.]+ months?(?:, | and )?)+)",
    places=("html budget",),
)
def training(ledger: Ledger, words: str) -> Iterator[str]:
    for name, share, months in re.findall(
        r"(?:^|, | and )(.+?)s work at ([\d.]+ ?%) for their first ([\d.]+) months?", words
    ):
        found = [
            grade
            for team, key in ledger.grades
            for grade in [ledger.settings.teams[team].grades[key]]
            if folded(name) == folded(grade.label or key)
            and float(ledger.added(team, key).max()) > 0
        ]
        ok = any(
            agrees(share, float(one.trainee_productivity.value))
            and agrees(months, float(one.accreditation_months.value))
            for one in found
        )
        yield from is_so(f"{name} learn otherwise", ok)


# --- Given up ------------------------------------------------------------------------------


@claim(r"(?P<none>Nobody is moved from another unit)")
def nobody(ledger: Ledger, none: str) -> Iterator[str]:
    some = [one.why for one in ledger.settings.people if one.displaced_from]
    yield from is_so(f"{some} are", not some)


@claim(r"(?P<unit>.+) gives up <fte:n> FTE \((?P<why>.+)\)")
def gives_up(ledger: Ledger, unit: str, fte: str, why: str) -> Iterator[str]:
    found = [one for one in ledger.settings.people if one.displaced_from == unit]
    yield from is_so("nothing is", any(agrees(fte, abs(float(one.fte.value))) for one in found))


@claim(r"(?P<lender>.+) lends (?P<borrower>.+) <hours:n> hours a year")
def lends(ledger: Ledger, lender: str, borrower: str, hours: str) -> Iterator[str]:
    rows = ledger["lending"]
    mine = rows[
        (rows["option"] == ledger.options[-1])
        & (rows["from"] == ledger.team(lender))
        & (rows["to"] == ledger.team(borrower))
    ]
    yield from yearly(ledger, hours, mine.groupby("month")["hours"].sum())


@claim(r"<hours:n> hours of overtime a year are worked")
def overtime(ledger: Ledger, hours: str) -> Iterator[str]:
    rows = ledger["hours"]
    mine = rows[rows["option"] == ledger.options[-1]]
    yield from yearly(ledger, hours, mine.groupby("month")["overtime"].sum())


def yearly(ledger: Ledger, text: str, monthly: pd.Series) -> Iterator[str]:
    """A figure `a year` is true of every whole year, or it is not a yearly one."""
    number = stated(text)[0]
    spans = [ledger.months_of(year) for year in ledger.whole_years] or [ledger.months]
    for months in spans:
        hours = float(monthly.reindex(months).fillna(0.0).sum()) * 12 / len(months)
        ok = abs(hours - number) <= 0.1 * max(number, 10.0)
        yield from is_so(f"in {year_of(months[0])} it is {hours:.0f}", ok)


@claim(r"<cost:n> over <span:n> months? \(discounted\) goes to this and nothing else")
def opportunity(ledger: Ledger, cost: str, span: str) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    more = ledger.cost("total_discounted", last) - ledger.cost("total_discounted", today)
    yield from same("cost above today's", cost, more)
    yield from same("months", span, float(len(ledger.months)))


# --- The other papers ----------------------------------------------------------------------


@claim(r"Real: at <base:y> pay, without any later pay award")
def price_base(ledger: Ledger, base: str) -> Iterator[str]:
    yield from priced_at(ledger, base)


@claim(r"Cash: what is paid in each year, with (?P<awards>.+)")
def awards(ledger: Ledger, awards: str) -> Iterator[str]:
    rate = float(ledger.settings.finance.pay_award_per_year.value)
    assumed = re.findall(rf"([\d.]+ ?%) each (?:{'|'.join(MONTHS)})", awards)
    for text in assumed:
        yield from is_so(
            f"the award assumed is {rate:g}", agrees(text, rate) and exactly(text, rate)
        )
    if "no pay award assumed" in awards:
        yield from is_so(f"the award assumed is {rate:g}", rate == 0)
    cash, real = (ledger.cost(column, ledger.options[0]) for column in ("total_cash", "total_real"))
    rises = any(stated(text)[0] > 0 for text in re.findall(r"[\d.]+ ?%", awards))
    yield from is_so(f"cash is {cash:.0f}, real {real:.0f}", rises or abs(cash - real) <= 1.0)


def exactly(text: str, value: float) -> bool:
    """Whether a rate is told to the digit, as it was typed."""
    return abs(stated(text)[0] - value) < 1e-9


@claim(r"Discounted: real, less <rate:n> for each year from <start:m>")
def rate(ledger: Ledger, rate: str, start: str) -> Iterator[str]:
    told = float(ledger.settings.finance.discount_rate.value)
    yield from is_so(f"the rate is {told:g}", exactly(rate, told))
    yield from is_so("not the first month", month_of(start) == ledger.months[0])


@claim(
    r"By <when:m> the hours of today's posts (?:are enough(?: \(in <first:m> <lack:n> lack\))?|fall short by <short:n> a month)"
)
def hours(ledger: Ledger, when: str, first: str | None, lack: str | None, short: str | None):
    there = ledger["hours"]
    there = there[there["option"] == ledger.options[0]].groupby("month")
    asked = there["other_work"].sum() + newly_asked(ledger)
    gap = asked - there["available"].sum()
    end = month_of(when)
    yield from is_so("not the last month", end == ledger.months[-1])
    if ledger.is_dated(".duties."):  # what one takes changes; only the tables of work show it
        return
    if short:
        yield from same("short", short, float(gap[end]))
    else:
        yield from is_so(f"{gap[end]:.0f} lack", float(gap[end]) <= 0.5)
    if lack and first:
        yield from same("lacked at first", lack, float(gap[month_of(first)]))


def newly_asked(ledger: Ledger) -> pd.Series:
    """Hours of the duties that newly fall due with today's posts, by month."""
    rows = ledger["projection"]
    mine = rows[rows["option"] == ledger.options[0]]
    keys = zip(mine["cohort"], mine["duty"], mine["tier"], strict=True)
    hours = mine["newly_due"] * [ledger.hours_of_one(*key) for key in keys]
    return hours.groupby(mine["month"]).sum().reindex(ledger.months, fill_value=0.0)


@claim(
    r"With (?P<who>today's posts|the sized team) (?:<left:n> duties are left undone|(?P<nothing>nothing is left undone)) at the end of <when:m>(?:, most of them <name:t>)?"
)
def unmet(
    ledger: Ledger, who: str, left: str | None, nothing: str | None, when: str, name: str | None
):
    option, month = option_of(ledger, who), month_of(when)
    yield from is_so("not the last month", month == ledger.months[-1])
    ends = {
        key: at(ledger.service(*key, option).monthly["outstanding"], month)
        for key in ledger.services
    }
    total = sum(ends.values())
    if nothing:
        yield from is_so(f"{total:.2g} are", total < 0.5)
        return
    yield from same("left undone", left, total)
    if name:
        most = max(ends.values())
        told = [ends[key] for key in ledger.duties(name) if key in ends]
        yield from is_so("most are of another duty", bool(told) and max(told) >= most - TINY)


@claim(r"Nothing is outstanding, now or later: (?P<names>.+)")
def nothing_waits(ledger: Ledger, names: str) -> Iterator[str]:
    for name in names.split(", "):
        sums = []
        for key in ledger.duties(name):
            rows = [
                ledger.service(*key, option).monthly["outstanding"] for option in ledger.options
            ]
            sums.append(max(float(one.max()) if len(one) else 0.0 for one in rows))
        yield from is_so(f"up to {min(sums):.3g} {name} are", min(sums) < 0.1)


@claim(
    r"<name:t>: cases an officer (?:go from <begin:n> to <end:n>|stay at <same:n>) with today's posts(?:; with the sized team there are <sized:n> at the end)?; the limit is <limit:n>"
)
def ratio(ledger: Ledger, name: str, limit: str, **parts: str | None) -> Iterator[str]:
    def of(option: str) -> pd.DataFrame:
        rows = ledger["ratios"]
        mine = rows[(rows["option"] == option) & (rows["cohort"] == ledger.cohort(name))]
        return mine.set_index("month")

    today = of(ledger.options[0])
    yield from same(
        "at the start", parts["begin"] or parts["same"], today["cases_per_officer"].iloc[0]
    )
    yield from same(
        "at the end", parts["end"] or parts["same"], today["cases_per_officer"].iloc[-1]
    )
    if parts["sized"]:
        end = of(ledger.options[-1])["cases_per_officer"].iloc[-1]
        yield from same("with the sized team", parts["sized"], end)
    yield from same("the limit", limit, float(today["limit"].dropna().iloc[-1]))


@claim(
    r"<name:t>: with today's posts there is no officer at some time(?:; with the sized team there are <sized:n> at the end)?; the limit is <limit:n>"
)
def no_officer(ledger: Ledger, name: str, sized: str | None, limit: str) -> Iterator[str]:
    rows = ledger["ratios"]
    mine = rows[rows["cohort"] == ledger.cohort(name)]
    today = mine[mine["option"] == ledger.options[0]]
    yield from is_so("there are officers", bool((today["officers"] < TINY).any()))
    if sized:
        end = mine[mine["option"] == ledger.options[-1]]["cases_per_officer"].iloc[-1]
        yield from same("with the sized team", sized, float(end))
    yield from same("the limit", limit, float(mine["limit"].dropna().iloc[-1]))


@claim(r"<cases:n> cases under a court order are in a tier that is owed no visit")
def court_orders(ledger: Ledger, cases: str) -> Iterator[str]:
    held = sum(
        float(tier.court_orders.value)
        for cohort in ledger.settings.cohorts.values()
        for tier in cohort.tiers.values()
        if tier.court_orders is not None
    )
    yield from is_so(f"{held:g} are", stated(cases)[0] <= held + 0.05)


@claim(r"Done strictly in order of priority the same posts would miss standards <times:n> times?")
def strictly(ledger: Ledger, times: str) -> Iterator[str]:
    yield from same("missed", times, float(ledger["sizing"]["missed_in_strict_order"].iloc[0]))


@claim(r"A cheaper plan, by at most <gap:n>, cannot be ruled out")
def gap(ledger: Ledger, gap: str) -> Iterator[str]:
    yield from same("gap", gap, float(ledger["sizing"]["gap"].iloc[0]))


@claim(
    r"Options side by side, over <span:n> months?",
    r"Cost by team and grade over <span:n> months?, .+",
)
def span(ledger: Ledger, span: str) -> Iterator[str]:
    yield from same("months", span, float(len(ledger.months)))


# --- Titles of charts on pages -------------------------------------------------------------

EXTRA = r"(?: \((?P<extra>.+)\))?"
GOES = rf"(?:(?P<way>falls?|rises?) from <begin:n> to <end:n> by <until:m>|stays? at <same:n> to <to:m>){EXTRA}"


def goes(ledger: Ledger, series: dict[str, pd.Series], parts: dict[str, str | None]) -> list[str]:
    """A measure from its first month to its last, with today's posts and with the team found."""
    today = series[ledger.options[0]].dropna()
    found: list[str] = []
    if today.empty:
        return ["there is no value"]
    first, last = float(today.iloc[0]), float(today.iloc[-1])
    found += same("at the start", parts["begin"] or parts["same"], first)
    found += same("at the end", parts["end"] or parts["same"], last)
    until = month_of(str(parts["until"] or parts["to"]))
    found += is_so(f"the last month is {today.index[-1]}", until == today.index[-1])
    if parts["way"]:
        down = str(parts["way"]).startswith("fall")
        found += is_so("it goes the other way", (last < first) == down)
    for size in re.findall(r"sized team ([^,)]+(?:,\d+)?)", parts["extra"] or ""):
        found += same(
            "with the sized team", size, float(series[ledger.options[-1]].dropna().iloc[-1])
        )
    return found


def by_option(ledger: Ledger, key: tuple[str, str], column: str) -> dict[str, pd.Series]:
    return {
        option: one.monthly[column].where(one.monthly["due"] > TINY)
        if column == "completion"
        else one.monthly[column]
        for option in ledger.options
        for one in [ledger.service(*key, option)]
    }


@claim(rf"Completion of <name:t> {GOES}", places=("page",))
def completion_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    yield from min(
        (goes(ledger, by_option(ledger, key, "completion"), parts) for key in ledger.duties(name)),
        key=len,
    )


@claim(rf"<name:t> outstanding {GOES}", places=("page",))
def outstanding_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    yield from min(
        (goes(ledger, by_option(ledger, key, "outstanding"), parts) for key in ledger.duties(name)),
        key=len,
    )


@claim(rf"<name:t>: cases an officer {GOES}", places=("page",))
def ratio_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    rows = ledger["ratios"]
    mine = rows[rows["cohort"] == ledger.cohort(name)]
    series = {
        str(option): part.set_index("month")["cases_per_officer"]
        for option, part in mine.groupby("option")
    }
    yield from goes(ledger, series, parts)


@claim(r"<name:t>: cases an officer: (?P<none>nothing due)", places=("page",))
def no_ratio(ledger: Ledger, name: str, none: str) -> Iterator[str]:
    rows = ledger["ratios"]
    mine = rows[(rows["cohort"] == ledger.cohort(name)) & (rows["option"] == ledger.options[0])]
    yield from is_so("there is a ratio", bool(mine["cases_per_officer"].isna().all()))


@claim(rf"<name:t>: cases {GOES}", places=("page",))
def cases_go(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    rows = ledger["caseload"]
    sums = rows[rows["cohort"] == ledger.cohort(name)].groupby("month")["cases"].sum()
    yield from goes(ledger, dict.fromkeys(ledger.options, sums), parts)


@claim(rf"<name:t>: people in post {GOES}", places=("page",))
def people_go(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    rows = ledger["staffing"]
    mine = rows[rows["team"] == ledger.team(name)]
    series = {
        str(option): part.groupby("month")["in_post"].sum()
        for option, part in mine.groupby("option")
    }
    yield from goes(ledger, series, parts)


@claim(rf"<name:t>: hours of work left undone {GOES}", places=("page",))
def undone_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    team = ledger.team(name)
    mine = [key for key, one in ledger.settings.cohorts.items() if one.team == team]
    rows = ledger["projection"]
    some = rows[rows["cohort"].isin(mine)]
    if some.empty or ledger.is_dated(".duties."):  # what one takes changes with time
        return
    keys = zip(some["cohort"], some["duty"], some["tier"], strict=True)
    hours = some.assign(hours=some["outstanding"] * [ledger.hours_of_one(*key) for key in keys])
    series = {
        str(option): part.groupby("month")["hours"].sum().reindex(ledger.months, fill_value=0.0)
        for option, part in hours.groupby("option")
    }
    yield from goes(ledger, series, parts)


@claim(
    r"<share:n> of the <name:t> outstanding at the end are in (?P<tier>.+); the longest wait is <wait:n> months?",
    places=("page",),
)
def who_waits(ledger: Ledger, share: str, name: str, tier: str, wait: str) -> Iterator[str]:
    def faults(key: tuple[str, str]) -> list[str]:
        rows = ledger.service(*key, ledger.options[0]).rows
        end = rows[rows["month"] == rows["month"].max()]
        names = ledger.tiers(tier)
        mine = end.loc[end["tier"].isin(names), "outstanding"].max() / end["outstanding"].sum()
        most = end.loc[end["outstanding"].idxmax(), "tier"]
        return [
            *same("share", share, float(mine)),
            *same("longest wait", wait, float(end["longest_wait_months"].max())),
            *is_so(f"most wait in {most}", most in names),
        ]

    yield from min((faults(key) for key in ledger.duties(name)), key=len)


@claim(
    r"(?P<what>Real|Cash|Discounted) cost in <year:y>: <today:n> with today's posts(?: \(sized team <sized:n>\))?",
    places=("page",),
)
def spending(ledger: Ledger, what: str, year: str, today: str, sized: str | None) -> Iterator[str]:
    column = f"total_{what.lower()}"
    yield from same("today's posts", today, ledger.cost(column, ledger.options[0], year))
    if sized:
        yield from same("sized team", sized, ledger.cost(column, ledger.options[-1], year))
    yield from is_so("not a whole year", year in ledger.whole_years)


@claim(
    r"<sized:n> posts in the last year with the sized team, <today:n> with today's",
    places=("page",),
)
def posts_of_last_year(ledger: Ledger, sized: str, today: str) -> Iterator[str]:
    months = ledger.months_of(ledger.years[-1])
    for text, option in ((sized, ledger.options[-1]), (today, ledger.options[0])):
        mean = float(np.mean([ledger.posts(option, month) for month in months]))
        yield from same(option, text, mean)


# --- Tiles ---------------------------------------------------------------------------------


def beside(words: str) -> str:
    return rf" \({words}\)"


@claim(r"Cases at the start: <now:n> \(<end:n> in <when:m>\)", places=("page",))
def cases_tile(ledger: Ledger, now: str, end: str, when: str) -> Iterator[str]:
    rows, found = ledger["caseload"], []
    for name in {ledger.group(one) for one in ledger.settings.cohorts}:
        mine = ledger.members(name)
        opening = sum(
            float(tier.cases.value)
            for one in mine
            for tier in ledger.settings.cohorts[one].tiers.values()
        )
        last = rows[rows["cohort"].isin(mine) & (rows["month"] == month_of(when))]["cases"].sum()
        found.append(agrees(now, opening) and agrees(end, float(last)))
    yield from is_so("no group has these cases", any(found))


@claim(r"Cases an officer: <now:n> \(<end:n> in <when:m>(?:; limit <limit:n>)?\)", places=("page",))
def ratio_tile(ledger: Ledger, now: str, end: str, when: str, limit: str | None) -> Iterator[str]:
    rows = ledger["ratios"]
    today = rows[rows["option"] == ledger.options[0]]
    found = []
    for _, part in today.groupby("cohort"):
        by_month = part.set_index("month")
        ratio = by_month["cases_per_officer"]
        ok = agrees(now, float(ratio.iloc[0])) and agrees(end, float(ratio[month_of(when)]))
        level = by_month["limit"].dropna()
        ok &= level.empty == (limit is None) and (
            limit is None or agrees(limit, float(level.iloc[-1]))
        )
        found.append(ok)
    yield from is_so("no cohort has these", any(found))


@claim(
    r"(?P<what>Completion|Outstanding): <now:n> \(<end:n> in <when:m>\)",
    r"(?P<what>Longest wait), <when:m>: <end:n> months?(?: \(in tier (?P<tier>.+)\))?",
    places=("page",),
)
def duty_tile(
    ledger: Ledger, what: str, when: str, end: str, now: str | None = None, tier: str | None = None
):
    found = []
    for key in ledger.services:
        one = ledger.service(*key, ledger.options[0])
        if one.ends is None:
            continue
        if what == "Longest wait":
            found.append(agrees(end, at(one.waits, month_of(when))))
            continue
        series = one.monthly[what.lower()]
        begin = one.ends[0] if what == "Completion" else ledger.months[0]
        found.append(
            agrees(str(now), at(series, begin)) and agrees(end, at(series, month_of(when)))
        )
    yield from is_so("no duty has these", any(found))


@claim(r"Hours left undone, <name:t>: <now:n> \(<end:n> in <when:m>\)", places=("page",))
def undone_tile(ledger: Ledger, name: str, now: str, end: str, when: str) -> Iterator[str]:
    parts = dict.fromkeys(("same", "to", "extra", "way"))
    yield from undone_goes(ledger, name, begin=now, end=end, until=when, **parts)


@claim(
    r"Posts, <when:m>: <sized:n> \(today's <today:n>, (?P<sign>[+−])<more:n>\)", places=("page",)
)
def posts_tile(
    ledger: Ledger, when: str, sized: str, today: str, sign: str, more: str
) -> Iterator[str]:
    month = month_of(when)
    there, before = (ledger.posts(one, month) for one in (ledger.options[-1], ledger.options[0]))
    yield from is_so("not the last month", month == ledger.months[-1])
    yield from same("posts", sized, there)
    yield from same("today's posts", today, before)
    yield from same("more", more, (there - before) * (1 if sign == "+" else -1))


@claim(
    r"Cost (?:in <year:y>|(?P<whole>over the time projected)): <sized:n> \(today's posts <today:n>\)",
    places=("page",),
)
def cost_tile(
    ledger: Ledger, year: str | None, whole: str | None, sized: str, today: str
) -> Iterator[str]:
    yield from same("sized", sized, ledger.cost("total_real", ledger.options[-1], year))
    yield from same("today", today, ledger.cost("total_real", ledger.options[0], year))


@claim(r"Extra over <span:n> months?: <more:n> \(real, discounted\)", places=("page",))
def extra_tile(ledger: Ledger, span: str, more: str) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    extra = ledger.cost("total_discounted", last) - ledger.cost("total_discounted", today)
    yield from same("extra", more, extra)
    yield from same("months", span, float(len(ledger.months)))


@claim(r"Standards kept: <kept:n> of <every:n>", places=("page",))
def kept_tile(ledger: Ledger, kept: str, every: str) -> Iterator[str]:
    option = ledger.options[-1]
    rules, lost = ledger.rules(option), ledger.missed(option)
    yield from same("kept", kept, float(len(rules) - len(lost)))
    yield from same("standards", every, float(len(rules)))


@claim(
    r"Large figures: <first:m>, the first month, with today's posts \(cases: as typed\)",
    places=("page",),
)
def first_month_of_tiles(ledger: Ledger, first: str) -> Iterator[str]:
    yield from is_so("not the first month", month_of(first) == ledger.months[0])


@claim(r"<posts:n> (?P<grade>.+?) posts? \((?P<team>.+)\) can end", places=("html",))
def can_end(ledger: Ledger, posts: str, grade: str, team: str) -> Iterator[str]:
    key = ledger.team(team)
    less = ledger.added(key, ledger.grade(key, grade))
    falls = less.diff().fillna(less.iloc[0]).clip(upper=0.0)
    yield from same("posts that end", posts, -float(falls.sum()))


@claim(r"(?P<what>Longest wait), <when:m>: (?P<none>none)", places=("page",))
def nobody_waits(ledger: Ledger, what: str, when: str, none: str) -> Iterator[str]:
    found = [ledger.service(*key, ledger.options[0]) for key in ledger.services]
    waits = [at(one.waits, month_of(when)) for one in found if one.ends]
    yield from is_so(f"the waits are {waits}", min(waits, default=0.0) == 0.0)


# --- Where it comes from -------------------------------------------------------------------


@claim(
    r"Position as at (?P<day>\d+) <month:m>",
    r"Scenario (?P<name>\S+) · as at (?P<day>\d+) <month:m> · run \w+ · capacity [\d.]+",
)
def position(ledger: Ledger, day: str, month: str, name: str = "") -> Iterator[str]:
    before = pd.Timestamp(ledger.settings.start) - pd.Timedelta(days=1)
    told = (month_of(month), int(day))
    yield from is_so(f"it is {before:%d %B %Y}", told == (f"{before:%Y-%m}", before.day))


@claim(r"\* (?P<parts>\d{4}/\d\d: .+) of the year")
def part_years(ledger: Ledger, parts: str) -> Iterator[str]:
    told = re.findall(r"(\d{4}/\d\d): (\d+) months?", parts)
    short = {
        year: len(ledger.months_of(year)) for year in ledger.years if year not in ledger.whole_years
    }
    yield from is_so(f"they are {short}", {year: int(size) for year, size in told} == short)


@claim(r"At the end, <when:m>")
def at_the_end(ledger: Ledger, when: str) -> Iterator[str]:
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])


@claim(r"(?:All|Other) duties are done in full: (?P<names>.+)", places=("terminal",))
def in_full(ledger: Ledger, names: str) -> Iterator[str]:
    for name in re.split(r", | and ", names):
        some = [
            ledger.service(*key, option) for key in ledger.duties(name) for option in ledger.options
        ]
        ends = [last_done(one) for one in some if one.ends]
        yield from is_so(f"{name} come to {ends}", any(end > 0.999 for end in ends))


@claim(r"<shown:n> of <every:n> numbers", places=("page",))
def numbers_shown(ledger: Ledger, shown: str, every: str) -> Iterator[str]:
    yield from same("numbers", every, float(len(ledger["assumptions"])))
    yield from same("numbers shown", shown, float(len(ledger["assumptions"])))


# --- Without a claim -----------------------------------------------------------------------

plain(
    r"Figure \d+|Table \d+",
    r"Step \d: .+",
    r".*\bEQ\d+.*",
    # where figures come from, and how they are to be read
    r"Source: .+",
    r"Standards, and whether they are kept|Duties that newly fall due, by year .+",
    r".+ outstanding, by months outstanding|Cases for each officer, .+",
    r"Completion of .+ \(done ÷ due, left-over ones included\), by month|Completion of [^:]+",
    r"What is missed(?:, most hours first)?|Not kept|<name:t> outstanding",
    r"Doing nothing keeps today's posts|Below 0: posts that end",
    r"Rules missed: standards \(tier by tier\) and rules on posts missed in any period",
    r"A duty left undone does not fall due again until it is done, so a backlog lowers these",
    r"Low and high(?: are the|:) 10th and 90th percentile",
    r"The criteria of 2017: .+|So nobody under a court order is eligible.+",
    r"Today's posts: No post is added; vacancies are filled as fast as recruitment allows",
    r"Sized team: .+|Standard: .+|Cases an officer: Cases ÷ .+",
    r"Finds the least-cost team that keeps every standard|It takes a few seconds, .+",
    r"Read off the line, .+|All other standards stay as they are",
    r"No standard of this scenario asks for a completion",
    r"What would the team that keeps the standards cost, against today's posts\?",
    # what was typed, and what is odd about it
    r"Today .+ · .+|Today [\d.]+ .+",
    r"\S+\.toml:\d+: .+",
    r"[\w.]+: .+ → .+",
    r"and <more:n> more(?:, in the tables)?|What cannot be kept",
    r"[Tt]eam\d: \w+",
    r"Where not every standard can be met, nothing has a price: .+",
    r"No duty is owed to anyone in this scenario, so there is nothing to fall behind",
    r".+ outstanding by tier, today's posts",
    r"\S+\.\w+: \S+ → \S+|[^:]+\.[^:]+: .+ → .+",
)
