"""What papers and pages say in figures, points, tiles and titles of charts and tables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.statements.claiming import claim, plain
from tests.statements.claims import (
    at,
    full_year,
    full_year_overtime,
    is_so,
    of_some,
    option_of,
    priced_at,
    same,
    when_not_met,
)
from tests.statements.figures import MONTHS, agrees, folded, month_of, stated
from tests.statements.ledger import TINY, Ledger, Service

END = "(?P<end>[^.]+)"

# --- One page ------------------------------------------------------------------------------


@claim(r"Posts in <when:m>(?:: <posts:n>)?")
def posts(ledger: Ledger, when: str, posts: str | None) -> Iterator[str]:
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])
    yield from same("posts", posts, ledger.posts(ledger.options[-1], month_of(when)))


@claim(r"<posts:n> posts? with no posts added", places=("html answer",))
def posts_now(ledger: Ledger, posts: str) -> Iterator[str]:
    yield from same(
        "posts with none added", posts, ledger.posts(ledger.options[0], ledger.months[-1])
    )


@claim(r"Full-year cost of all added posts, <year:y>(?:: <cost:n>)?")
def full_year_cost(ledger: Ledger, year: str, cost: str | None) -> Iterator[str]:
    yield from same("in cash", cost, full_year(ledger)[1])
    yield from is_so(f"the last year is {ledger.years[-1]}", year == ledger.years[-1])


@claim(
    r"cash, <posts:n> posts?; <real:n> at <base:y> prices(?:; overtime (?P<way>costs|saves) <extra:n> beside)?",
    places=("html answer",),
)
def full_year_beside(ledger: Ledger, posts: str, real: str, base: str, way: str | None,
                     extra: str | None) -> Iterator[str]:  # fmt: skip
    net = sum(float(ledger.added(*key).iloc[-1]) for key in ledger.grades)
    yield from same("posts added", posts, net)
    yield from same("in real terms", real, full_year(ledger)[0])
    yield from priced_at(ledger, base)
    if extra:
        more = overtime_hours(ledger)
        yield from is_so(f"overtime is {more:.0f} hours more", (more > 0) == (way == "costs"))
        yield from same("overtime in cash", extra, abs(full_year_overtime(ledger)))


@claim(
    r"(?P<team>.+), (?P<whose>no posts added|the team needed): (?:(?P<enough>enough hours) in all "
    r"<all:n> months?|too few hours in <some:n> of <months:n> months?; most in <when:m>, "
    r"<needed:n> needed and <there:n> there)",
    places=("page",),
)
def hours_needed_and_there(
    ledger: Ledger, team: str, whose: str, enough: str | None = None, all: str | None = None,
    some: str | None = None, months: str | None = None, when: str | None = None,
    needed: str | None = None, there: str | None = None,
) -> Iterator[str]:  # fmt: skip
    """Hours of other work and of all that falls due, against own, overtime and help (EQ12)."""
    option = ledger.options[-1]
    yield from is_so(f"it is of {option}", (whose == "no posts added") == (option == "today"))
    key = ledger.team(team)
    rows, due = ledger["hours"], ledger["due_in_time"]
    mine = rows[(rows["team"] == key) & (rows["option"] == option)].set_index("month")
    asked = mine["other_work"].add(
        due[due["team"] == key].groupby("month")["hours"].sum(), fill_value=0
    )
    have = mine["available"] + mine["overtime"] + mine["received"] - mine["lent"]
    lacking = asked - have
    short = lacking[lacking >= 1]
    yield from is_so(f"{len(short)} months are short", bool(enough) == short.empty)
    yield from same("months", all or months, float(len(mine)))
    if when:
        yield from same("months short", some, float(len(short)))
        worst = month_of(when)
        yield from is_so(f"most in {lacking.idxmax()}", lacking[worst] >= lacking.max() - 1e-6)
        yield from same("hours needed", needed, float(asked[worst]))
        yield from same("hours there", there, float(have[worst]))


def overtime_hours(ledger: Ledger) -> float:
    """Hours of overtime of the last twelve months, above those with no posts added."""
    hours = ledger["hours"].groupby(["option", "month"])["overtime"].sum()
    return sum(
        float(hours[ledger.options[-1], month] - hours[ledger.options[0], month])
        for month in ledger.months[-12:]
    )


@claim(r"Full-year cost of overtime, <year:y>(?:: (?P<sign>−?)<cost:n>)?")
def full_year_of_overtime(
    ledger: Ledger, year: str, sign: str | None, cost: str | None
) -> Iterator[str]:
    more = full_year_overtime(ledger)
    yield from is_so(f"the last year is {ledger.years[-1]}", year == ledger.years[-1])
    yield from is_so("no overtime is worked", abs(overtime_hours(ledger)) > TINY)
    if cost:
        yield from is_so(
            "it goes the other way", (overtime_hours(ledger) < 0) == (bool(sign) or "−" in cost)
        )
    if cost:
        yield from same("overtime in cash", cost.lstrip("−"), abs(more))


@claim(r"No post is added", places=("html budget", "html answer"))
def none_added(ledger: Ledger) -> Iterator[str]:
    some = [key for key in ledger.grades if ledger.added(*key).abs().max() > 1e-6]
    yield from is_so(f"posts of {some} are added", not some)


@claim(r"cash, above no posts added; (?P<none>no post is added)", places=("html answer",))
def no_post_is_added(ledger: Ledger, none: str) -> Iterator[str]:
    net = sum(float(ledger.added(*key).iloc[-1]) for key in ledger.grades)
    yield from is_so(f"{net:g} are", abs(net) < TINY)


@claim(
    r"<name:t> completed, lowest month: <least:n>",
    r"<name:t> overdue, most: <most:n>",
    places=("html answer",),
)
def extremes(ledger: Ledger, name: str, least: str | None = None, most: str | None = None):
    def faults(one: Service) -> list[str]:
        return [
            *same("the lowest", least, float(one.monthly["completion"].min())),
            *same("the most", most, float(one.monthly["outstanding"].max())),
        ]

    yield from of_some(ledger, name, ledger.options[-1], faults)


@claim(r"(?:in <when:m>|in any month); <figure:n> with no posts added", places=("html answer",))
def extremes_now(ledger: Ledger, when: str | None, figure: str) -> Iterator[str]:
    """The month of an extreme with the team needed, and the extreme with no posts added."""
    found = []
    for key in ledger.services:
        now, then = (
            ledger.service(*key, one).monthly for one in (ledger.options[0], ledger.options[-1])
        )
        done, left = then["completion"].dropna(), then["outstanding"]
        if not done.empty:
            low = done.index[done <= done.min() + 1e-9][0]
            most = left.index[left >= left.max() - 1e-9][0]
            if when is None:
                none = float(left.max()) < 0.5
                found.append(none and agrees(figure, float(now["outstanding"].max())))
                continue
            found += [
                agrees(figure, float(now["completion"].min())) and month_of(when) == low,
                agrees(figure, float(now["outstanding"].max())) and month_of(when) == most,
            ]
    yield from is_so("no activity has this", any(found))


def last_done(one: Service) -> float:
    return float(one.monthly["completion"][one.ends[1]]) if one.ends else float("nan")


TITLE = r"(?:stays at <flat:n>|is lowest in <low:m>, at <least:n>)(?:; not met: (?P<lost>.+))?"


@claim(f"With no posts added, completion of <name:t> {TITLE}")
def chart_of_completion(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    yield from charted(ledger, name, ledger.options[0], parts)


@claim(f"With the team needed it {TITLE}(?:; shaded: .+)?", places=("html answer",))
def chart_of_needed(ledger: Ledger, **parts: str | None) -> Iterator[str]:
    tried = [list(charted(ledger, "", ledger.options[-1], parts, key)) for key in ledger.services]
    yield from min(tried, key=len)


def charted(ledger: Ledger, name: str, option: str, parts: dict[str, str | None],
            key: tuple[str, str] | None = None) -> list[str]:  # fmt: skip
    """The lowest month of a duty, and when the standard on it is not met."""

    def faults(one: Service) -> list[str]:
        done = one.monthly["completion"].dropna()
        least = float(done.min()) if len(done) else float("nan")
        found = list(same("the lowest", parts["least"], least))
        if parts["low"]:
            first = done.index[done <= least + 1e-9][0]
            found += is_so(f"it is lowest in {first}", month_of(str(parts["low"])) == first)
        if parts["flat"]:
            found += same("throughout", parts["flat"], least)
            found += is_so(
                f"it is up to {done.max():.3g}", agrees(str(parts["flat"]), float(done.max()))
            )
        return found

    if key is None:
        found = list(of_some(ledger, name, option, faults))
    else:
        found = faults(ledger.service(*key, option))
    if parts["lost"]:
        missed = ledger.missed(option)
        for one in str(parts["lost"]).split("; "):
            rule = max((rule for rule in missed if one.startswith(f"{rule} ")), key=len, default="")
            if not rule:
                found.append(f"{one}: not one of {missed}")
            else:
                found += when_not_met(ledger, rule, one.removeprefix(f"{rule} "), option)
    return found


@claim(
    r"(?P<sized>(?:.+?, [\d,.]+ .+? posts?: set by .+?\. )*.+?, [\d,.]+ [^,]+? posts?: set by .+)",
    places=("html answer",),
)
def set_by(ledger: Ledger, sized: str) -> Iterator[str]:
    for team, posts, grade in re.findall(
        r"(?:^|\. )([^.]+?), ([\d,.]+) ([^,.]+?) posts?: set by", sized
    ):
        key = ledger.team(team)
        there = ledger.posts(
            ledger.options[-1], ledger.months[-1], team=key, grade=ledger.grade(key, grade)
        )
        yield from same(f"posts of {team} {grade}", posts, there)


@claim(
    r"Workload alone would allow <slack:n> fewer(?:: of the <more:n> added, <duties:n> (?:is|are) "
    r"for activities and <only:n> only for the limit)?",
    places=("html answer",),
)
def work_alone(ledger: Ledger, slack: str, more: str | None, duties: str | None,
               only: str | None) -> Iterator[str]:  # fmt: skip
    rows = ledger["reasons"]
    last = rows[rows["year"] == ledger.years[-1]].to_dict("records")
    found = []
    for row in last:
        added = float(ledger.added(row["team"], row["grade"]).iloc[-1])
        for_limit = min(added, float(np.floor(row["slack"])))
        parts = ((more, added), (duties, added - for_limit), (only, for_limit))
        found.append(
            agrees(slack, float(row["slack"]))
            and all(text is None or agrees(text, size) for text, size in parts)
        )
    yield from is_so("no grade has so many to spare", any(found))


@claim(
    r"(?P<none>No posts? (?:is|are) asked for|No post would help within the limits set: which standard is to give\?|None is asked for: this projects .+)"
)
def no_posts(ledger: Ledger, none: str) -> Iterator[str]:
    more = {key: float(ledger.added(*key).abs().max()) for key in ledger.grades}
    some = {key: size for key, size in more.items() if size > 1e-6}
    yield from is_so(f"posts change: {some}", not some)


DATES = 3
"""So many dates of approval stand on the answer page."""


@claim(r"<more:n> later dates? in the budget", places=("html answer",))
def later_dates(ledger: Ledger, more: str) -> Iterator[str]:
    yield from same("later dates", more, float(len(ledger["decisions"]) - DATES))


@claim(
    r"A place takes up to <lead:n> months? to fill; every month later is a month with fewer people than planned"
)
def lead(ledger: Ledger, lead: str) -> Iterator[str]:
    leads = [
        float(ledger.settings.teams[team].grades[grade].recruitment_lead_months.value)
        for team, grade in ledger.grades
        if ledger.starts(team, grade)
    ]
    yield from is_so(f"it takes {leads}", any(agrees(lead, one) for one in leads))


@claim(
    r"(?P<words>(?:.+ work at .+? for their first [\d.]+ months?(?:, | and )?)+)",
    places=("html budget", "paper"),
)
def training(ledger: Ledger, words: str) -> Iterator[str]:
    for name, share, months in re.findall(
        r"(?:^|, | and )(.+?)s work at ([\d.]+ ?%) for their first ([\d.]+) months?", words
    ):
        found = [
            grade
            for team, key in ledger.grades
            for grade in [ledger.settings.teams[team].grades[key]]
            if folded(name) == folded(grade.label or key) and ledger.starts(team, key)
        ]
        ok = any(
            agrees(share, float(one.trainee_productivity.value))
            and agrees(months, float(one.accreditation_months.value))
            for one in found
        )
        yield from is_so(f"{name} learn otherwise", ok)


@claim(
    r"(?P<whose>.+): <first:n> in custody at the start and <last:n> at the end of <when:m>, not "
    r"among the cases in the community"
)
def in_custody(ledger: Ledger, whose: str, first: str, last: str, when: str) -> Iterator[str]:
    cohort = ledger.cohort(whose)
    one = ledger.settings.cohorts[cohort]
    opening = sum(float(one.tiers[name].cases.value) for name in one.in_custody)
    rows = ledger["caseload"]
    mine = rows[(rows["cohort"] == cohort) & rows["tier"].isin(list(one.in_custody))]
    yield from same("at the start", first, opening)
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])
    yield from same("at the end", last, float(mine[mine["month"] == month_of(when)]["cases"].sum()))


# --- Given up ------------------------------------------------------------------------------


@claim(r"(?P<none>No officer is moved from another unit)")
def nobody(ledger: Ledger, none: str) -> Iterator[str]:
    some = [one.why for one in ledger.settings.people if one.displaced_from]
    yield from is_so(f"{some} are", not some)


@claim(r"(?P<unit>.+) gives up <fte:n> FTE \((?P<why>.+)\)")
def gives_up(ledger: Ledger, unit: str, fte: str, why: str) -> Iterator[str]:
    teams = {key: one.label or key for key, one in ledger.settings.teams.items()}
    found = [
        one
        for one in ledger.settings.people
        if one.displaced_from and teams.get(one.displaced_from, one.displaced_from) == unit
    ]
    yield from is_so("nothing is", any(agrees(fte, abs(float(one.fte.value))) for one in found))


@claim(r"(?P<lender>.+?) officers help (?P<borrower>.+?): (?P<years>[\d,.]+ hours? in .+)")
def helps(ledger: Ledger, lender: str, borrower: str, years: str) -> Iterator[str]:
    rows = ledger["lending"]
    mine = rows[
        (rows["option"] == ledger.options[-1])
        & (rows["from"] == team_called(ledger, lender))
        & (rows["to"] == team_called(ledger, borrower))
    ]
    yield from by_year(ledger, years, mine.groupby("month")["hours"].sum())


def team_called(ledger: Ledger, name: str) -> str:
    """A team as it is called in a sentence, with or without its last word."""
    for key, team in ledger.settings.teams.items():
        label = str(team.label or key)
        if folded(name) in (folded(label), folded(label.removesuffix(" team")), folded(key)):
            return str(key)
    raise KeyError(f"no team is called {name!r}")


@claim(r"Overtime worked: (?P<years>[\d,.]+ hours? in .+)")
def overtime(ledger: Ledger, years: str) -> Iterator[str]:
    rows = ledger["hours"]
    mine = rows[rows["option"] == ledger.options[-1]]
    yield from by_year(ledger, years, mine.groupby("month")["overtime"].sum())


def by_year(ledger: Ledger, text: str, monthly: pd.Series) -> Iterator[str]:
    """Hours of each year in which there are any, and of how many months where it is not whole."""
    told = re.findall(r"([\d,.]+) hours? in (\d{4}/\d\d)(?: \((\d+) months?\))?", text)
    for size, year, part in told:
        months = ledger.months_of(year)
        yield from same(f"hours in {year}", size, float(monthly.reindex(months).fillna(0.0).sum()))
        yield from is_so(f"{year} has {len(months)} months", int(part or 12) == len(months))
    rest = [one for one in ledger.years if one not in {year for _, year, _ in told}]
    hours = {one: float(monthly.reindex(ledger.months_of(one)).fillna(0.0).sum()) for one in rest}
    yield from is_so(f"there are {hours} too", all(one < 0.5 for one in hours.values()))


@claim(
    r"Opportunity cost: <cost:n> over (?:<span:n> months?|(?P<years>.+? years?)) \(discounted, at <base:y> prices\)"
)
def opportunity(
    ledger: Ledger, cost: str, span: str | None, years: str | None, base: str
) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    more = ledger.cost("total_discounted", last) - ledger.cost("total_discounted", today)
    yield from same("cost above", cost, more)
    yield from same("months", span, float(len(ledger.months)))
    yield from priced_at(ledger, base)


# --- The other papers ----------------------------------------------------------------------


@claim(r"Real: at <base:y> (?:pay|prices), without any later pay award")
def price_base(ledger: Ledger, base: str) -> Iterator[str]:
    yield from priced_at(ledger, base)


@claim(r"Real: cash at <base:y> prices, less inflation of <rate:n> each year")
def deflated(ledger: Ledger, base: str, rate: str) -> Iterator[str]:
    yield from priced_at(ledger, base)
    value = float(ledger.settings.finance.inflation.value)
    yield from is_so(f"inflation is {value:g}", agrees(rate, value) and exactly(rate, value))


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
    r"All work takes more hours than there are with no posts added from <first:m>"
    r"(?:: <short:n> hours per month short in <when:m>|, but not in <end:m>)",
    r"The hours there are with no posts added cover all work to <to:m>",
)
def hours(ledger: Ledger, first: str | None = None, short: str | None = None, when: str | None = None,
          end: str | None = None, to: str | None = None) -> Iterator[str]:  # fmt: skip
    gap = hours_lacking(ledger)
    lacking = [month for month in gap.index if gap[month] > 0.5]
    told = month_of(str(when or end or to))
    yield from is_so("not the last month", told == ledger.months[-1])
    if to:
        yield from is_so(f"hours lack in {lacking[:3]}", not lacking)
        return
    yield from is_so(
        f"hours lack in {lacking[:3]}", bool(lacking) and month_of(str(first)) == lacking[0]
    )
    if short:
        yield from same("short", short, float(gap[told]))
    else:
        yield from is_so(f"{gap[told]:.0f} lack", float(gap[told]) <= 0.5)


def hours_lacking(ledger: Ledger) -> pd.Series:
    """Hours that all work takes if done in time less those there are with no posts added."""
    rows = ledger["hours"]
    today = rows[rows["option"] == ledger.options[0]].groupby("month")
    due = ledger["due_in_time"].groupby("month")["hours"].sum()
    asked = today["other_work"].sum().add(due, fill_value=0.0)
    return asked - today["available"].sum()


@claim(
    r"With (?P<who>no posts added|the team needed), (?:<left:n> activit(?:y is|ies are) overdue"
    r"|(?P<nothing>nothing is overdue)) at the end of <when:m>(?:, most of them <name:t>)?"
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


@claim(
    r"Not all done in the month in which they fall due, and without a backlog by age: (?P<names>.+)"
)
def lapses(ledger: Ledger, names: str) -> Iterator[str]:
    for name, size in re.findall(r"(?:^|, )(.+?) \(up to ([\d,.]+) in a month\)", names):
        there = [
            max(
                float(ledger.service(*key, one).monthly["outstanding"].max())
                for one in ledger.options
            )
            for key in ledger.duties(name)
        ]
        yield from is_so(f"up to {there} {name} are", any(agrees(size, one) for one in there))


@claim(r"Nothing is overdue, now or later: (?P<names>.+)")
def nothing_waits(ledger: Ledger, names: str) -> Iterator[str]:
    for name in names.split(", "):
        sums = []
        for key in ledger.duties(name):
            rows = [
                ledger.service(*key, option).monthly["outstanding"] for option in ledger.options
            ]
            sums.append(max(float(one.max()) if len(one) else 0.0 for one in rows))
        yield from is_so(f"up to {min(sums):.3g} {name} are", min(sums) < 0.1)


def ratio_of(ledger: Ledger, name: str, option: str) -> tuple[pd.Series, float]:
    """Cases per officer by month, of a cohort or of those tiers it names, and the limit on them."""
    rows, tiers = ledger["ratios"], None
    try:
        cohort = ledger.cohort(name)
    except KeyError:
        label, _, named = name.removesuffix(")").rpartition(" (")
        cohort = ledger.cohort(label)
        tiers = {
            tier for one in re.split(r", | and ", named) for tier in ledger.tiers(one, [cohort])
        }
    mine = rows[(rows["option"] == option) & (rows["cohort"] == cohort)].set_index("month")
    if tiers is None:
        return mine["cases_per_officer"], float(mine["limit"].dropna().iloc[-1])
    cases = ledger["caseload"]
    counted = cases[(cases["cohort"] == cohort) & cases["tier"].isin(tiers)]
    levels = [
        float(rule.cases_per_officer.value)
        for rule in ledger.settings.standards
        if rule.cases_per_officer is not None
        and rule.cohort == cohort
        and set(rule.tiers or ()) == tiers
    ]
    return counted.groupby("month")["cases"].sum() / mine["officers"], min(levels)


@claim(
    r"<name:t>: cases per officer (?:go from <begin:n> to <end:n>|stay at <same:n>) with no posts added(?:; with the team needed there are <sized:n> at the end)?; the limit is <limit:n>"
)
def ratio(ledger: Ledger, name: str, limit: str, **parts: str | None) -> Iterator[str]:
    today, level = ratio_of(ledger, name, ledger.options[0])
    yield from same("at the start", parts["begin"] or parts["same"], today.iloc[0])
    yield from same("at the end", parts["end"] or parts["same"], today.iloc[-1])
    if parts["sized"]:
        end = ratio_of(ledger, name, ledger.options[-1])[0].iloc[-1]
        yield from same("with the sized team", parts["sized"], end)
    yield from same("the limit", limit, level)


@claim(
    r"<name:t>: with no posts added there is no officer at some time(?:; with the team needed there are <sized:n> at the end)?; the limit is <limit:n>"
)
def no_officer(ledger: Ledger, name: str, sized: str | None, limit: str) -> Iterator[str]:
    today, level = ratio_of(ledger, name, ledger.options[0])
    yield from is_so("there are officers", not np.isfinite(today).all())
    if sized:
        end = ratio_of(ledger, name, ledger.options[-1])[0].iloc[-1]
        yield from same("with the sized team", sized, float(end))
    yield from same("the limit", limit, level)


@claim(r"<cases:n> cases under a court order are in a tier that is owed no visit")
def court_orders(ledger: Ledger, cases: str) -> Iterator[str]:
    held = sum(
        float(tier.court_orders.value)
        for cohort in ledger.settings.cohorts.values()
        for tier in cohort.tiers.values()
        if tier.court_orders is not None
    )
    yield from is_so(f"{held:g} are", stated(cases)[0] <= held + 0.05)


@claim(
    r"Done strictly in order of priority the same posts would not meet a standard <times:n> times?"
)
def strictly(ledger: Ledger, times: str) -> Iterator[str]:
    yield from same("missed", times, float(ledger["sizing"]["missed_in_strict_order"].iloc[0]))


@claim(r"A cheaper plan, by at most <gap:n>, cannot be ruled out")
def gap(ledger: Ledger, gap: str) -> Iterator[str]:
    yield from same("gap", gap, float(ledger["sizing"]["gap"].iloc[0]))


@claim(
    r"Options side by side, over <span:n> months?",
    r"Cost by team and grade over <span:n> months?, .+",
    r"Team by team: posts now and in <end:m>, and standards",
    r"All posts of <end:m>, twelve months of each, at the pay of <year:y>; overtime of the last "
    r"twelve months projected",
)
def span(ledger: Ledger, span: str | None = None, end: str | None = None, year: str | None = None):
    yield from same("months", span, float(len(ledger.months)))
    if end:
        yield from is_so("not the last month", month_of(end) == ledger.months[-1])
    if year:
        yield from is_so("not the last year", year == ledger.years[-1])


@claim(
    r"(?:None of the|(?P<all>All)) <count:n> measures of activities changes?",
    r"<more:n> further measures? do(?:es)? not change",
)
def measures(
    ledger: Ledger, count: str | None = None, all: str | None = None, more: str | None = None
):
    if count:
        due = sum(
            ledger.service(*key, ledger.options[0]).ends is not None for key in ledger.services
        )
        yield from same("measures", count, 4.0 * due)
        moves = [
            key
            for key in ledger.services
            for a, b in [
                [
                    ledger.service(*key, one).monthly
                    for one in (ledger.options[0], ledger.options[-1])
                ]
            ]
            if abs(a["done"].sum() - b["done"].sum()) > 1.0
        ]
        yield from is_so(f"{moves} change", not moves)


@claim(
    r"<more:n> further posts? leaves? as many overdue",
    r"(?P<none>No single post, added in turn, leaves fewer case-months overdue)",
)
def further_posts(
    ledger: Ledger, more: str | None = None, none: str | None = None
) -> Iterator[str]:
    avoided = ledger["marginal_posts"]["weighted_avoided"]
    if more:
        idle = int((avoided < 0.05).sum())
        yield from is_so(f"{idle} avoid nothing", stated(more)[0] <= idle)
    if none:
        yield from is_so(f"one avoids {avoided.max()}", not float(avoided.max()) > 0.5)


@claim(
    r"In <more:n> further rows? current posts are enough; all are in reasons.csv",
    r"<idle:n> further prices? do(?:es)? not affect the cost at present; all are in prices.csv",
)
def left_out(ledger: Ledger, more: str | None = None, idle: str | None = None) -> Iterator[str]:
    if more:
        rows = ledger["reasons"]
        yield from same("rows", more, float((rows["rule"] == "today's posts").sum()))
    if idle:
        rows = ledger["prices"]
        yield from same("prices", idle, float((~rows["binds"].astype(bool)).sum()))


# --- Titles of charts on pages -------------------------------------------------------------

EXTRA = r"(?: \((?P<extra>.+)\))?"
GOES = rf"(?:(?P<way>falls?|rises?) from <begin:n> to <end:n> by <until:m>|stays? at <same:n> to <to:m>){EXTRA}(?:, in the single course)?"


def goes(ledger: Ledger, series: dict[str, pd.Series], parts: dict[str, str | None]) -> list[str]:
    """A measure from its first month to its last, with current posts and with the team found."""
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
    for size in re.findall(r"team needed ([^;)]+)", parts["extra"] or ""):
        found += same(
            "with the team needed", size, float(series[ledger.options[-1]].dropna().iloc[-1])
        )
    for what, size, when in re.findall(
        r"(lowest|highest) ([^;]+?) in ([A-Z]\w+ \d{4})", parts["extra"] or ""
    ):
        there = float(today.min() if what == "lowest" else today.max())
        first_there = today.index[(today - there).abs() <= 1e-9 * max(1.0, abs(there))][0]
        found += same(f"the {what}", size, there)
        found += is_so(f"it is in {first_there}", month_of(when) == first_there)
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


@claim(rf"<name:t> overdue {GOES}", places=("page",))
def outstanding_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    yield from min(
        (goes(ledger, by_option(ledger, key, "outstanding"), parts) for key in ledger.duties(name)),
        key=len,
    )


@claim(rf"<name:t>: cases per officer {GOES}", places=("page",))
def ratio_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    rows = ledger["ratios"]
    mine = rows[rows["cohort"] == ledger.cohort(name)]
    series = {
        str(option): part.set_index("month")["cases_per_officer"]
        for option, part in mine.groupby("option")
    }
    yield from goes(ledger, series, parts)


@claim(r"<name:t>: cases per officer: (?P<none>nothing due)", places=("page",))
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
    rows = ledger["projection"]
    some = rows[ledger.is_of(team, rows)]
    if some.empty or ledger.is_dated(".duties."):  # what one takes changes with time
        return
    keys = zip(some["cohort"], some["duty"], some["tier"], strict=True)
    hours = some.assign(hours=some["outstanding"] * [ledger.hours_of_one(*key) for key in keys])
    series = {
        str(option): part.groupby("month")["hours"].sum().reindex(ledger.months, fill_value=0.0)
        for option, part in hours.groupby("option")
    }
    yield from goes(ledger, series, parts)


def cut(ledger: Ledger, team: str, option: str) -> pd.Series:
    """Hours of a team that are cut short, by month."""
    rows = ledger["hours"]
    mine = rows[(rows["team"] == ledger.team(team)) & (rows["option"] == option)]
    return mine.groupby("month")["cut_short"].sum()


@claim(rf"<name:t>: hours of work cut short {GOES}", places=("page",))
def cut_goes(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    yield from goes(ledger, {one: cut(ledger, name, one) for one in ledger.options}, parts)


@claim(
    r"Work cut short, <name:t>: <mean:n> \(hours per month; most <most:n> in <when:m>\)",
    places=("page",),
)
def cut_tile(ledger: Ledger, name: str, mean: str, most: str, when: str) -> Iterator[str]:
    hours = cut(ledger, name, ledger.options[0])
    yield from same("cut short per month", mean, float(hours.mean()))
    yield from same("most cut short", most, float(hours.max()))
    yield from is_so("most in another month", hours[month_of(when)] >= hours.max() - 1e-6)


@claim(r"Work cut short, <name:t>: <mean:n>", places=("html answer",))
def cut_figure(ledger: Ledger, name: str, mean: str) -> Iterator[str]:
    hours = cut(ledger, name, ledger.options[0])
    yield from same("cut short per month", mean, float(hours.mean()))


@claim(
    r"hours per month, mean of the whole time, with no posts added; first in <when:m>",
    places=("html answer",),
)
def cut_first(ledger: Ledger, when: str) -> Iterator[str]:
    every = [cut(ledger, name, ledger.options[0]) for name in ledger.settings.teams]
    first = {str(one.index[one >= 0.5][0]) for one in every if (one >= 0.5).any()}
    yield from is_so(f"first in {first}", month_of(when) in first)


@claim(
    r"<share:n> of the <name:t> overdue at the end are in (?P<tier>.+); the longest overdue is <wait:n> months?",
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
    r"(?P<what>Real|Cash|Discounted) cost in <year:y>: <today:n> with no posts added"
    r"(?:, <low:n> to <high:n> in 8 of 10 simulations)?"
    r"(?: \(team needed <sized:n>(?:, <sized_low:n> to <sized_high:n>)?\))?",
    places=("page",),
)
def spending(
    ledger: Ledger, what: str, year: str, today: str, sized: str | None, **ends: str | None
) -> Iterator[str]:
    column = f"total_{what.lower()}"
    told = (("today's posts", ledger.options[0], today), ("sized team", ledger.options[-1], sized))
    for (whose, option, figure), first in zip(told, ("", "sized_"), strict=True):
        if figure is None:
            continue
        yield from same(whose, figure, ledger.cost(column, option, year))
        if ends[f"{first}low"] is not None:
            rows = ledger["foreseen_money"].set_index(["option", "measure", "year"])
            for end, limit in (("low", "p10"), ("high", "p90")):
                there = float(rows[limit][option, column, year])
                yield from same(f"{whose}, {limit}", ends[f"{first}{end}"], there)
    yield from is_so("not a whole year", year in ledger.whole_years)


@claim(
    r"<sized:n> posts in the last year with the team needed, <today:n> with no posts added",
    places=("page",),
)
def posts_of_last_year(ledger: Ledger, sized: str, today: str) -> Iterator[str]:
    months = ledger.months_of(ledger.years[-1])
    for text, option in ((sized, ledger.options[-1]), (today, ledger.options[0])):
        mean = float(np.mean([ledger.posts(option, month) for month in months]))
        yield from same(option, text, mean)


# --- Tiles ---------------------------------------------------------------------------------


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


@claim(
    r"Cases per officer, <begin:m>: <now:n> \(<end:n> in <when:m>(?:, <visited:n> of them visited)?(?:; limit <limit:n>)?\)",
    places=("page",),
)
def ratio_tile(
    ledger: Ledger, begin: str, now: str, end: str, when: str, limit: str | None,
    visited: str | None,
) -> Iterator[str]:  # fmt: skip
    yield from is_so("not the first month", month_of(begin) == ledger.months[0])
    rows = ledger["ratios"]
    today = rows[rows["option"] == ledger.options[0]]
    found = []
    for _, part in today.groupby("cohort"):
        by_month = part.set_index("month")
        ratio = by_month["cases_per_officer"]
        ok = agrees(now, float(ratio.iloc[0])) and agrees(end, float(ratio[month_of(when)]))
        some = by_month["cases_without_reactive"] / by_month["officers"]
        ok &= agrees(visited or end, float(some[month_of(when)]))
        level = by_month["limit"].dropna()
        ok &= level.empty == (limit is None) and (
            limit is None or agrees(limit, float(level.iloc[-1]))
        )
        found.append(ok)
    yield from is_so("no cohort has these", any(found))


@claim(
    r"Completion, <begin:m>: <now:n> \(lowest <least:n> in <when:m>\)",
    r"Overdue, <begin:m>: <now:n> \((?:most <most:n> in <when:m>|(?P<never>none at any month's end))\)",
    r"Longest overdue, <when:m>: (?:<wait:n> months? \(in tier (?P<tier>.+)\)|(?P<none>none))",
    places=("page",),
)
def duty_tile(ledger: Ledger, when: str | None = None, **parts: str | None) -> Iterator[str]:
    def faults(one: Service) -> list[str]:
        if one.ends is None:
            return ["never due"]
        done, left = one.monthly["completion"].dropna(), one.monthly["outstanding"]
        found: list[str] = []
        if parts.get("least"):
            found += same("completion", parts["now"], float(done[month_of(str(parts["begin"]))]))
            found += same("the lowest", parts["least"], float(done.min()))
            first = done.index[done <= done.min() + 1e-9][0]
            found += is_so(f"it is in {first}", first == month_of(str(when)))
            found += is_so("not its first month", month_of(str(parts["begin"])) == one.ends[0])
        elif parts.get("begin"):
            found += same("overdue", parts["now"], at(left, month_of(str(parts["begin"]))))
            found += is_so("not the first month", month_of(str(parts["begin"])) == ledger.months[0])
            if parts.get("most"):
                found += same("the most", parts["most"], float(left.max()))
                first = left.index[left >= left.max() - 1e-9][0]
                found += is_so(f"it is in {first}", first == month_of(str(when)))
        else:
            found += same(
                "the longest", parts.get("wait") or "0", at(one.waits, month_of(str(when)))
            )
            found += is_so("not the last month", month_of(str(when)) == ledger.months[-1])
        return found

    there = [faults(ledger.service(*key, ledger.options[0])) for key in ledger.services]
    yield from min(there, key=len)


@claim(r"Hours left undone, <name:t>: <now:n> \(<end:n> in <when:m>\)", places=("page",))
def undone_tile(ledger: Ledger, name: str, now: str, end: str, when: str) -> Iterator[str]:
    parts = dict.fromkeys(("same", "to", "extra", "way"))
    yield from undone_goes(ledger, name, begin=now, end=end, until=when, **parts)


@claim(
    r"Posts, <when:m>: <sized:n> \(no posts added: <today:n>; (?P<sign>[+−])<more:n>\)",
    places=("page",),
)
def posts_tile(
    ledger: Ledger, when: str, sized: str, today: str, sign: str, more: str
) -> Iterator[str]:
    month = month_of(when)
    there, before = (ledger.posts(one, month) for one in (ledger.options[-1], ledger.options[0]))
    yield from is_so("not the last month", month == ledger.months[-1])
    yield from same("posts", sized, there)
    yield from same("posts with none added", today, before)
    yield from same("more", more, (there - before) * (1 if sign == "+" else -1))


@claim(
    r"Cost (?:in <year:y>|(?P<whole>over the time projected)): <sized:n> "
    r"\(no posts added: <today:n>; <base:y> prices\)",
    places=("page",),
)
def cost_tile(ledger: Ledger, year: str | None, whole: str | None, sized: str, today: str,
              base: str) -> Iterator[str]:  # fmt: skip
    yield from same("team needed", sized, ledger.cost("total_real", ledger.options[-1], year))
    yield from same("no posts added", today, ledger.cost("total_real", ledger.options[0], year))
    yield from priced_at(ledger, base)


@claim(
    r"Full-year cost of the posts asked for: <cash:n> \(cash at <year:y> pay; <real:n> at <base:y> prices\)",
    places=("page",),
)
def full_year_tile(ledger: Ledger, cash: str, year: str, real: str, base: str) -> Iterator[str]:
    there, paid = full_year(ledger)
    yield from same("in cash", cash, paid)
    yield from same("in real terms", real, there)
    yield from is_so(f"the last year is {ledger.years[-1]}", year == ledger.years[-1])
    yield from priced_at(ledger, base)


@claim(r"Standards met: <kept:n> of <every:n>", places=("page",))
def met_tile(ledger: Ledger, kept: str, every: str) -> Iterator[str]:
    option = ledger.options[-1]
    rules, lost = ledger.rules(option), ledger.missed(option)
    yield from same("met", kept, float(len(rules) - len(lost)))
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


@claim(
    r"<count:n> (?:further )?teams?: all standards met, no posts? added", places=("html answer",)
)
def further_teams(ledger: Ledger, count: str) -> Iterator[str]:
    teams = dict.fromkeys(team for team, _ in ledger.grades)
    still = [
        team
        for team in teams
        if max(float(ledger.added(*key).abs().max()) for key in ledger.grades if key[0] == team)
        < 1e-6
    ]
    yield from is_so(f"posts of {still} do not change", 0 < stated(count)[0] <= len(still))


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


@claim(r"(?:All|Other) activities are completed in full: (?P<names>.+)", places=("terminal",))
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
    r"<n:n> simulations, and many plans tried: half a minute or more",
    r"Figure \d+|Table \d+",
    r"Step \d: .+",
    r".*\bEQ\d+.*",
    # where figures come from, and how they are to be read
    r"No posts added: Current posts; .+|Team needed: The team that meets every standard at the least cost, .+",
    r"With no posts added; the cases at the start are as typed",
    r"Part-year and full-year effect of posts that start or end in a year, .+|What cannot be met",
    r"Standards, and whether they are met|Standards met: in every period in which they are judged, all tiers",
    r"<name:t> completed, lowest month|<name:t> overdue, most|<name:t> done, of those due \(overdue ones included\), by month",
    r"With no posts added, current posts stay as they are|Below 0: saved|Not met",
    r"Cost: discounted, at <base:y> prices, over the whole time",
    r"Cost above no posts added by financial year|The full-year cost counts twelve months of every added post .+",
    r"Activities that fall due by year, and what is done of them|Fall due: with hours for everything, .+",
    r"All work: other work, and activities if all are done in the month in which they fall due",
    r"Rows are in the order in which hours are given; .+|What falls behind first",
    r"Hours go to other work first, then to activities in the order of this table; .+",
    r"Activities in the order in which they are served, .+|.+ overdue, by months overdue",
    r"Overdue and unseen by tier(?: if everything goes as assumed)?, \d{4}/\d\d",
    r"Approve by: the last month in which approving the posts still meets every standard that the plan meets, .+",
    r"Source: .+",
    r"Standards, and whether they are kept|Duties that newly fall due, by year .+",
    r".+ outstanding, by months outstanding|Cases for each officer(?: in the simulations)?, .+",
    r"Completion of .+ \(done ÷ due, left-over ones included\), by month|Completion of [^:]+",
    r"What is not met(?:, most hours first)?|Not met|<name:t> overdue",
    r"Doing nothing keeps today's posts|Below 0: posts that end",
    r"Rules missed: standards \(tier by tier\) and rules on posts missed in any period",
    r"A duty left undone does not fall due again until it is done, so a backlog lowers these",
    r"Low and high(?: are the|:) 10th and 90th percentile",
    r"The criteria of 2017: .+|So nobody under a court order is eligible.+",
    r"Today's posts: No post is added; vacancies are filled as fast as recruitment allows",
    r"Sized team: .+|Standard: .+|Cases per officer: Cases ÷ .+",
    r"Finds the least-cost team that keeps every standard|It takes a few seconds, .+",
    r"Read off the line, .+|All other standards stay as they are",
    r"No standard of this scenario asks for a completion",
    r"What would the team that keeps the standards cost, against today's posts\?",
    # what was typed, and what is odd about it
    r"Today .+ · .+|Today −?[\d.,]+%?(?:,? .+)?",
    r"[\w.]+: .+ → .+",
    r"and <more:n> more(?:, in the tables)?|What cannot be kept",
    r"[Tt]eam\d: \w+",
    r"Where not every standard can be met, nothing has a price: .+",
    r"No duty is owed to anyone in this scenario, so there is nothing to fall behind",
    r".+ outstanding by tier, today's posts",
    r"\S+\.\w+: \S+ → \S+|[^:]+\.[^:]+: .+ → .+",
)


# Another regime ----------------------------------------------------------------------------


def regimes_compared(ledger: Ledger) -> dict[str, list[float]]:
    """What is compared on What if: what the scenario lists, or what is usual."""
    return ledger.settings.choose or usual_regimes(ledger)


def usual_regimes(ledger: Ledger) -> dict[str, list[float]]:
    """What the guide calls usual, of the first cohort with tiers that are visited at intervals.

    The two lowest of them, the first of all left out: as now, every one and a half times as many
    months, every twice as many, three years at most; and a fifth more of the lowest managed
    reactively, as far as policy allows.
    """
    for name, cohort in ledger.settings.cohorts.items():
        for task, duty in cohort.duties.items():
            every: dict[str, float] = {}
            for tier in cohort.tiers:
                months = ledger.per_tier(duty.every_months, tier, 0.0)
                rate = ledger.per_tier(duty.per_year, tier, 0.0)
                if months or 0 < rate <= 12:
                    every[tier] = round(months or 12 / rate)
            if len(every) < 2:
                continue
            lower = [*every][1:][-2:]
            found = {
                f"cohorts.{name}.duties.{task}.every_months.{tier}": sorted(
                    {every[tier]}
                    | {one for one in (round(every[tier] * 1.5), every[tier] * 2) if one <= 36}
                )
                for tier in lower
            }
            lowest = lower[-1]
            share = ledger.per_tier(cohort.reactive_share, lowest, 0.0)
            most = ledger.per_tier(cohort.may_be_reactive, lowest, 1.0)
            orders = cohort.tiers[lowest].court_orders
            if cohort.orders_visited and orders is not None:
                most = min(most, 1 - orders.value / cohort.tiers[lowest].cases.value)
            if min(share + 0.2, most) > share:
                more = round(min(share + 0.2, most), 3)
                found[f"cohorts.{name}.reactive_share.{lowest}"] = [share, more]
            return found
    return {}


def _numbers(words: str) -> list[float]:
    return [float(one) for one in re.findall(r"[\d.]+", words)]


@claim(
    r"(?P<what>[^:]+) \((?P<tier>[^()]+)\): every (?P<values>[\d.]+(?:(?:, | or )[\d.]+)*) months"
)
def intervals_compared(ledger: Ledger, what: str, tier: str, values: str) -> Iterator[str]:
    found = regimes_compared(ledger).items()
    there = [each for name, each in found if ".every_months." in name]
    yield from is_so(f"{what} ({tier}) {values}: {there}", _numbers(values) in there)


@claim(r"Managed reactively \((?P<tier>[^()]+)\): (?P<values>[\d.]+%(?:(?:, | or )[\d.]+%)*)")
def shares_compared(ledger: Ledger, tier: str, values: str) -> Iterator[str]:
    told = [one / 100 for one in _numbers(values)]
    found = regimes_compared(ledger).items()
    there = [each for name, each in found if ".reactive_share." in name]
    yield from is_so(f"{tier} {values}: {there}", told in there)


@claim(r"<number:n> regimes?, about half a second each")
def how_many_regimes(ledger: Ledger, number: str) -> Iterator[str]:
    there = math.prod(len(each) for each in regimes_compared(ledger).values())
    yield from same("regimes", number, float(there))
