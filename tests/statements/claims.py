"""What sentences, tiles and titles claim, and the sums from the tables that show whether it is so.

Nothing here looks at how a sentence is made: the figures come from the CSV tables alone, names and
what standards ask for from the scenario.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.statements.claiming import claim, compiled, plain
from tests.statements.figures import (
    agrees,
    first_month,
    folded,
    in_period,
    later,
    month_of,
    period_of,
    stated,
    year_of,
)
from tests.statements.ledger import TINY, Ledger, Service

REPOSITORY = Path(__file__).resolve().parents[2]

WHO = r"(?P<who>[Nn]o posts added|[Tt]eam needed)"
WORST = "(?P<worst>.+)"


def say(what: str, text: str, value: float | str) -> str:
    return f"{what} is {value:.6g}, not {text}" if isinstance(value, float) else f"{what}: {value}"


def same(what: str, text: str | None, value: float) -> Iterator[str]:
    """The fault of a figure that is not what the tables give."""
    if text is not None and not agrees(text, value):
        yield say(what, text, float(value))


def is_so(what: str, so: bool) -> Iterator[str]:
    if not so:
        yield what


def option_of(ledger: Ledger, who: str) -> str:
    nothing = re.search(r"today|no posts added|current posts|do nothing", who, re.I)
    return ledger.options[0] if nothing else ledger.options[-1]


def spoken_of(ledger: Ledger, name: str, option: str, good: object) -> Service:
    """The duty that is called so and of which the figures are true, else the first called so."""
    found = [ledger.service(*key, option) for key in ledger.duties(name)]
    held = [one for one in found if len(one.rows)]
    if not held:
        raise KeyError(f"{name} is never due")
    return next((one for one in held if callable(good) and good(one)), held[0])


def at(series: pd.Series, month: str) -> float:
    return float(series[month]) if month in series.index else 0.0


# --- The answer: no posts added ------------------------------------------------------------

NOW = r"With no posts added \(<posts:n> posts?(?:, <later:n> from <change:m>)?\), "


def posts_there(ledger: Ledger, posts: str, later: str | None, change: str | None) -> Iterator[str]:
    labels = ledger.months
    there = [ledger.posts(ledger.options[0], month) for month in labels]
    yield from same("posts at the start", posts, there[0])
    steps = [n for n in range(1, len(there)) if abs(there[n] - there[n - 1]) > 1e-6]
    yield from is_so("posts change, and nothing says so", bool(steps) == bool(later))
    if later and change and steps:
        yield from same("posts at the end", later, there[-1])
        yield from is_so(
            "posts change last in another month", labels[steps[-1]] == month_of(change)
        )


def spells(ledger: Ledger, name: str, option: str) -> list[tuple[str, str, bool]]:
    """First and last period of each spell in which a standard is not met, and if it never ends."""
    periods = ledger.periods(name, option)
    found: list[list[str]] = []
    open_ = False
    for period, good in zip(periods["period"], periods["met"], strict=True):
        if good:
            open_ = False
        elif open_:
            found[-1].append(str(period))
        else:
            found.append([str(period)])
            open_ = True
    return [(one[0], one[-1], n == len(found) - 1 and open_) for n, one in enumerate(found)]


def begins(ledger: Ledger, period: str) -> str:
    """The month that `from` names: the first of a month or quarter, a year as it is."""
    return period if "/" in period else first_month(period)


def ends(period: str) -> tuple[str, ...]:
    """What `to` may name: the last month of a quarter, or the period itself."""
    if "-Q" not in period:
        return (period,)
    year, quarter = period.split("-Q")
    return (f"{year}-{3 * int(quarter):02d}",)


def when_not_met(ledger: Ledger, name: str, words: str, option: str) -> Iterator[str]:
    """The spells in which a standard is not met, as words tell them."""
    there = spells(ledger, name, option)
    if found := compiled(r"at times from <first:p> to <last:p>").fullmatch(words):
        yield from is_so(f"{name}: {len(there)} spells", len(there) > 2)
        yield from is_so(
            f"{name}: {there[0]}", period_of(found["first"]) == begins(ledger, there[0][0])
        )
        yield from is_so(f"{name}: {there[-1]}", period_of(found["last"]) in ends(there[-1][1]))
        return
    told = words.split(" and again ")
    yield from is_so(f"{name} is not met in {there}", len(told) == len(there))
    for one, (first, last, on) in zip(told, there, strict=False):
        if found := compiled(r"in <when:p>").fullmatch(one):
            ok = first == last == period_of(found["when"])
        elif found := compiled(r"from <first:p>").fullmatch(one):
            ok = on and begins(ledger, first) == period_of(found["first"])
        elif found := re.fullmatch(r"from (.+)", one):
            ok = [begins(ledger, first), last] == span_of(found[1]) and not on
        else:
            ok = False
        yield from is_so(f"{name} is not met from {first} to {last}, words say {one}", ok)


@claim(
    NOW + r"(?:<lost:n> of <judged:n> standards? (?:is|are) not met: (?P<names>.+)"
    r"|every standard is met (?:in|to) <until:m>(?:, but (?P<but>.+))?"
    r"|(?P<trend>completion of .+)|(?P<one>.+?) is not met (?P<when>(?:in|from|at times) .+))"
)
def no_posts_added(ledger: Ledger, posts: str, later: str | None, change: str | None,
                   **parts: str | None) -> Iterator[str]:  # fmt: skip
    yield from posts_there(ledger, posts, later, change)
    option = ledger.options[0]
    missed, rules = ledger.missed(option), ledger.rules(option)
    if parts["names"]:
        yield from same("standards not met", parts["lost"], float(len(missed)))
        yield from same("standards", parts["judged"], float(len(rules)))
        told = re.split(r"; ", str(parts["names"]))
        more = re.fullmatch(r"and (\d+) more", told[-1])
        if more:
            told.pop()
        yield from is_so(
            f"not met are {missed}", len(told) + int(more[1] if more else 0) == len(missed)
        )
        firsts = []
        for one in told:
            name = max((rule for rule in missed if one.startswith(f"{rule} ")), key=len, default="")
            if not name:
                yield f"{one}: not one of {missed}"
                continue
            yield from when_not_met(ledger, name, one.removeprefix(f"{name} "), option)
            firsts.append(max(ledger.months[0], first_month(spells(ledger, name, option)[0][0])))
        yield from is_so("the earliest does not come first", firsts == sorted(firsts))
    elif parts["one"]:
        yield from is_so(f"not met are {missed} of {rules}", missed == [parts["one"]] == rules)
        yield from when_not_met(ledger, str(parts["one"]), str(parts["when"]), option)
    elif parts["until"]:
        yield from is_so(f"{missed} are not met", not missed)
        yield from is_so("the end is another", ledger.months[-1] == month_of(str(parts["until"])))
        if parts["but"]:
            yield from hours_lack(ledger, option, str(parts["but"]))
        else:
            yield from is_so("hours lack", ledger.hours_short(option) <= 0.5)
    elif parts["trend"]:
        yield from the_course(ledger, str(parts["trend"]))


CUT = (
    r"work is cut short in <team:t>(?:, by <mean:n> hours? per month on average"
    r"(?: \(<share:n> of the team's hours\))?, (?:first in <first:m> and most in <worst:m>"
    r"|first and most in <both:m>) \(<most:n> hours?\)| in <once:m>, by <only:n> hours?)"
)


@claim(rf"[Ww]{CUT[1:]}", rf"(?P<who>With the team needed), {CUT}", rf"{WHO}: {CUT}")
def cut_short(ledger: Ledger, team: str, who: str = "no posts added",
              **parts: str | None) -> Iterator[str]:  # fmt: skip
    """Hours of other work and activities left out, and the hours of the team beside them."""
    rows = ledger["hours"]
    mine = rows[(rows["option"] == option_of(ledger, who)) & (rows["team"] == ledger.team(team))]
    mine = mine.set_index("month")
    cut = mine["cut_short"]
    there = mine["available"] + mine["overtime"] + mine["received"] - mine["lent"]
    months = [str(month) for month in cut.index[cut >= 0.5]]
    yield from is_so("nothing is cut short", bool(months))
    worst = str(cut.index[cut >= cut.max() - TINY][0])
    if parts["once"]:
        yield from is_so(f"cut short in {months}", months == [month_of(str(parts["once"]))])
        yield from same("cut short", parts["only"], float(cut.max()))
        return
    yield from is_so(f"cut short in {months} only", len(months) > 1)
    yield from same("cut short per month", parts["mean"], float(cut.mean()))
    if float(there.sum()) > TINY:
        yield from is_so("no share is told", bool(parts["share"]))
        yield from same("share of the hours", parts["share"], float(cut.sum() / there.sum()))
    first = month_of(str(parts["both"] or parts["first"]))
    yield from is_so(f"cut short first in {months[:1]}", months[:1] == [first])
    told = month_of(str(parts["both"] or parts["worst"]))
    yield from is_so(f"most is cut short in {worst}", worst == told)
    yield from same("most cut short", parts["most"], float(cut.max()))


EARLY = r"on average (?P<list>.+) are completed before they fall due"


@claim(rf"[Oo]{EARLY[1:]}", rf"(?P<who>With the team needed), {EARLY}", rf"{WHO}: {EARLY}")
def done_early(ledger: Ledger, list: str, who: str = "no posts added") -> Iterator[str]:
    """What is done before it falls due, per month of the whole time and of all that is done."""
    option = option_of(ledger, who)
    each = compiled(r"<size:n> <name:t> per month \(<share:n> of those completed\)")
    for one in re.split(r"(?<=completed\)),? (?:and )?", list):
        found = each.fullmatch(one)
        if found is None:
            yield f"unknown: {one}"
            continue
        tried = []
        for key in ledger.duties(found["name"]):
            rows = ledger.service(*key, option).rows
            early, done = float(rows["done_early"].sum()), float(rows["done"].sum())
            faults = [*same("early", found["size"], early / len(ledger.months))]
            if early + done > TINY:
                faults += same("share", found["share"], early / (early + done))
            tried.append(faults)
        yield from min(tried, key=len)


COURSE = (
    r"[Cc]ompletion of <name:t> (?:falls to <dip:n> in <dipped:m>, recovers to <back:n> in "
    r"<recovered:m> and )?(?:is lowest in <low:m>, at <least:n> \(<held:n> of cases in date\)"
    r"|is <flat:n> throughout \(<held_flat:n> of cases in date in <last:m>\)"
    r"|is <only:n> in <once:m> \(<held_once:n> of cases in date\))"
    r"(?:, when most are overdue \(<most_then:n>\)|; most are overdue in <worst:m> \(<most:n>\))?"
    r"(?:; it was <begin:n> in <first:m>(?: and is <end:n> in <until:m>)?"
    r"|; it is <end_only:n> in <until_only:m>)?"
)


@claim(f"(?P<words>{COURSE})")
def course(ledger: Ledger, words: str, **_: str | None) -> Iterator[str]:
    yield from the_course(ledger, words)


def the_course(ledger: Ledger, words: str) -> Iterator[str]:
    """The events of a duty with no posts added: lowest month, most overdue, dip and recovery."""
    parts = compiled(COURSE).fullmatch(words)
    if parts is None:
        yield f"unknown: {words}"
        return
    tried = [
        list(course_faults(ledger.service(*key, ledger.options[0]), parts))
        for key in ledger.duties(parts["name"])
    ]
    yield from min(tried, key=len)


def course_faults(one: Service, parts: re.Match[str]) -> Iterator[str]:
    if one.ends is None:
        yield "none is ever due"
        return
    rows = one.monthly
    done, date, left = rows["completion"].dropna(), rows["in_date"], rows["outstanding"]
    least = float(done.min())
    lowest = str(done[done <= least + 1e-9].index[0])
    if parts["low"]:
        yield from is_so(f"it is lowest in {lowest}", month_of(parts["low"]) == lowest)
        yield from same("the lowest", parts["least"], least)
        yield from same("in date then", parts["held"], float(date[lowest]))
    if parts["flat"]:
        yield from same("throughout", parts["flat"], least)
        yield from is_so(
            f"it is {done.max():.3g} at most", agrees(parts["flat"], float(done.max()))
        )
        yield from same("in date", parts["held_flat"], float(date.loc[month_of(parts["last"])]))
    if parts["only"]:
        yield from same("completion", parts["only"], float(done[month_of(parts["once"])]))
        yield from same("in date", parts["held_once"], float(date[month_of(parts["once"])]))
    most = float(left.max())
    worst = str(left[left >= most - 1e-9].index[0])
    if parts["most_then"]:
        yield from is_so(f"most are overdue in {worst}", worst == lowest)
    if parts["worst"]:
        yield from is_so(f"most are overdue in {worst}", month_of(parts["worst"]) == worst)
    told = parts["most_then"] or parts["most"]
    yield from same("most overdue", told, most)
    yield from is_so(f"{most:.3g} are overdue, unsaid", bool(told) or most < 0.5)
    for size, month in (("begin", "first"), ("end", "until"), ("end_only", "until_only")):
        if parts[size]:
            yield from same(f"in {parts[month]}", parts[size], float(done[month_of(parts[month])]))
    if parts["first"]:
        yield from is_so("not its first month", month_of(parts["first"]) == one.ends[0])
    if parts["until"] or parts["until_only"]:
        yield from is_so(
            "not its last month", month_of(parts["until"] or parts["until_only"]) == one.ends[1]
        )
    if parts["dip"]:
        yield from same("the dip", parts["dip"], float(done[month_of(parts["dipped"])]))
        recovered = month_of(parts["recovered"])
        yield from same("the recovery", parts["back"], float(done[recovered]))
        order = month_of(parts["dipped"]) < month_of(parts["recovered"])
        yield from is_so("it recovers before it falls", order)
        between = done[(done.index > month_of(parts["dipped"])) & (done.index < recovered)]
        yield from is_so("it recovers sooner", not (between >= done[recovered] - 1e-9).any())
        yield from is_so(
            "it does not recover",
            done[month_of(parts["dipped"])] < done[month_of(parts["recovered"])],
        )


@claim(
    r"No standard (?:is set|applies in this time), so (?:the number of posts needed cannot be worked out"
    r"|nothing says how many posts are needed|no number of posts is needed)"
)
def no_standard(ledger: Ledger) -> Iterator[str]:
    rules = ledger.rules(ledger.options[0])
    yield from is_so(f"{rules} are judged", not rules)


@claim(
    r"(?P<name>.+) is never judged: no whole (?P<what>quarter|financial year) falls "
    r"(?:in <only:m>|between <first:m> and <last:m>)"
)
def never_judged(
    ledger: Ledger, name: str, what: str, only: str | None, first: str | None, last: str | None
) -> Iterator[str]:
    rule = next(one for one in ledger.settings.standards if one.name == name)
    begin = max(ledger.months[0], f"{rule.from_:%Y-%m}" if rule.from_ else "")
    yield from is_so(f"it applies from {begin}", month_of(first or str(only)) == begin)
    yield from is_so("not the last month", month_of(last or str(only)) == ledger.months[-1])
    yield from is_so(f"judged each {rule.judged}", what.rsplit(maxsplit=1)[-1] == rule.judged)
    yield from is_so("the tables judge it", name not in ledger.rules(ledger.options[0]))


@claim(
    r"Of <count:n> offices, (?P<worst>.+?) does worst: completion is lowest at <least:n> in <when:m>"
    r"(?:, with up to <most:n> overdue)?; the best never falls below <best:n>"
)
def offices(ledger: Ledger, count: str, worst: str, least: str, when: str, most: str | None,
            best: str) -> Iterator[str]:  # fmt: skip
    rows = ledger["projection"]
    today = rows[rows["option"] == ledger.options[0]]
    name = ledger.cohort(worst)
    mine = ledger.members(ledger.group(name))
    yield from same("offices", count, float(len(mine)))
    tried = []
    for duty in today.loc[today["cohort"] == name, "duty"].unique():
        lowest, overdue = {}, {}
        for cohort in mine:
            part = today[(today["cohort"] == cohort) & (today["duty"] == duty)]
            sums = part.groupby("month")[["done", "due", "outstanding"]].sum()
            lowest[cohort] = (sums["done"] / sums["due"]).dropna()
            overdue[cohort] = float(sums["outstanding"].max())
        ends = {cohort: float(one.min()) for cohort, one in lowest.items()}
        tried.append(
            [
                *same("the worst", least, ends[name]),
                *same("the best", best, max(ends.values())),
                *same("overdue", most, overdue[name]),
                *is_so(
                    f"the worst is {min(ends, key=ends.__getitem__)}",
                    ends[name] <= min(ends.values()) + 1e-9,
                ),
                *is_so("another month", month_of(when) == str(lowest[name].idxmin())),
            ]
        )
    yield from min(tried, key=len)


# --- The answer: the team needed -----------------------------------------------------------

KEPT = (
    r"meets? every (?:rule on posts|standard(?: from <kept:m>|, each from its date and all from "
    r"<all:m>))"
)


@claim(
    rf"(?P<team>[\d,.]+ (?:more|fewer) posts? \(.+?\) (?:from|starting) .+?) (?:would do|{KEPT})"
    r"(?P<in_full> with no work cut short)?(?:; none for (?P<none>.+))?"
)
def needed(
    ledger: Ledger,
    team: str,
    none: str | None,
    kept: str | None,
    all: str | None,
    in_full: str | None,
) -> Iterator[str]:
    yield from added(ledger, team)
    rows = ledger["hours"]
    cut = [bool((rows[rows["option"] == one]["cut_short"] >= 0.5).any()) for one in ledger.options]
    yield from is_so(f"work is cut short: {cut}", bool(in_full) == (cut == [True, False]))
    yield from is_met(ledger, kept or all)
    idle = {team for team, _ in ledger.grades if all_zero(ledger, team)}
    told = [] if none is None else re.split(r", | and ", none)
    if not any(re.fullmatch(r"\d+ more", one) for one in told):
        yield from is_so(f"none for {idle}", {ledger.team(one) for one in told} == idle)


def all_zero(ledger: Ledger, team: str) -> bool:
    mine = [ledger.added(*key).abs().max() for key in ledger.grades if key[0] == team]
    return max(mine) <= 1e-6


@claim(
    rf"No post is needed if work is planned month by month: current posts then {KEPT}"
    r"(?:, with up to <hours:n> hours? of overtime per month)?"
)
def by_overtime(
    ledger: Ledger, kept: str | None, all: str | None, hours: str | None
) -> Iterator[str]:
    option = ledger.options[-1]
    yield from is_met(ledger, kept or all)
    more = max(float(ledger.added(*key).max()) for key in ledger.grades)
    yield from is_so("posts are added", more <= 1e-6)
    if hours:
        rows = ledger["hours"]
        mine = rows[rows["option"] == option].groupby("month")["overtime"].sum()
        yield from same("overtime in a month", hours, float(mine.max()))


def is_met(ledger: Ledger, told: str | None) -> Iterator[str]:
    """Every standard is met with the team needed, all of them from a month."""
    option = ledger.options[-1]
    yield from is_so(f"{ledger.missed(option)} are not met", not ledger.missed(option))
    yield from is_so("hours lack", ledger.hours_short(option) <= 0.5)
    starts = [
        first_month(ledger.periods(name, option)["period"].iloc[0]) for name in ledger.rules(option)
    ]
    starts = [max(one, ledger.months[0]) for one in starts]
    if told and starts:
        yield from is_so(f"all are judged from {max(starts)}", month_of(told) == max(starts))


@claim(r"(?P<none>No plan can meet every standard)")
def out_of_reach(ledger: Ledger, none: str) -> Iterator[str]:
    option = ledger.options[-1]
    lost = ledger.missed(option) or ledger.hours_short(option) > TINY or len(ledger["shortfalls"])
    yield from is_so("every standard is met", bool(lost))


@claim(r"The plan that comes nearest, with (?P<team>.+?), leaves this: (?P<lost>.+)")
def nearest(ledger: Ledger, team: str, lost: str) -> Iterator[str]:
    if team == "no posts added":
        more = max(float(ledger.added(*key).abs().max()) for key in ledger.grades)
        yield from is_so("posts are added", more <= 1e-6)
    else:
        yield from added(ledger, team)
    for one in lost.split("; "):
        if not re.fullmatch(r"and \d+ more", one):
            yield from shortfall(ledger, one)


STARTS = (
    r"with posts starting in any month|whose posts start with a quarter|"
    r"whose posts start in April(?: or in the first month)?"
)


def start_so(ledger: Ledger, when: str) -> Iterator[str]:
    """The fault of posts that start in other months than is said."""
    quarterly = "-01|-04|-07|-10" if when.endswith("quarter") else "-04"
    ends = "" if when.endswith("any month") else quarterly
    for starts in started(ledger).values():
        other = [one for one in starts if not re.search(f"({ends})$", one)]
        yield from is_so(f"posts start in {other}", set(other) <= {ledger.months[0]})


@claim(rf"No plan (?P<when>{STARTS}) costs less(?:, to within <gap:n>)?")
def least_cost(ledger: Ledger, when: str, gap: str | None) -> Iterator[str]:
    row = ledger["sizing"].iloc[0]
    cost, bound = float(row["cost"]), float(row["bound"])
    most = (cost - bound) / cost if cost > 0 else 0.0
    yield from is_so(
        f"it may cost {most:.3g} less", agrees(gap, most) if gap else most <= 1e-4 + 1e-9
    )
    yield from start_so(ledger, when)


def started(ledger: Ledger) -> dict[tuple[str, str], dict[str, float]]:
    """Posts that start, by grade and month."""
    found = {}
    for key in ledger.grades:
        more = ledger.added(*key)
        rise = more.diff().fillna(more.iloc[0])
        found[key] = {month: float(n) for month, n in rise.items() if abs(n) > 1e-6}
    return found


@claim(r"Posts start: (?P<starts>.+)")
def when_posts_start(ledger: Ledger, starts: str) -> Iterator[str]:
    there: dict[str, float] = {}
    for rises in started(ledger).values():
        for month, posts in rises.items():
            there[month] = there.get(month, 0.0) + posts
    parts = re.split(r", | and ", starts)
    more = re.fullmatch(r"(\d+) more", parts[-1])
    named = parts[:-1] if more else parts
    yield from is_so("so many months", len(named) + int(more[1] if more else 0) == len(there))
    for one in named:
        posts, month = one.split(" in ")
        yield from same(f"posts that start in {month}", posts, there.get(month_of(month), 0.0))


@claim(
    r"It is not proven to cost the least: it may cost up to <more:n> more over <months:n> months?"
    r"(?:, with what is not met counted)?(?:, and another plan may meet every standard)?"
)
def not_proven(ledger: Ledger, more: str, months: str) -> Iterator[str]:
    row = ledger["sizing"].iloc[0]
    yield from same("what it may cost more", more, float(row["gap"]) * float(row["cost"]))
    yield from same("months", months, float(len(ledger.months)))


@claim(
    r"The time limit was <limit:n> seconds?; a longer one \(sizing\.time_limit_seconds\) may prove more"
)
def time_limit(ledger: Ledger, limit: str) -> Iterator[str]:
    seconds = float(ledger.settings.sizing.time_limit_seconds)
    yield from same("time limit", limit, seconds)
    yield from is_so(f"it was {seconds:g}", "less than" not in limit or limit == "less than 0.1")


def full_year(ledger: Ledger) -> tuple[float, float]:
    """Twelve months of every post added by the end: real, and in cash of the last year."""
    real = cash = 0.0
    for team, grade in ledger.grades:
        more = float(ledger.added(team, grade).iloc[-1])
        more *= 1 - float(ledger.settings.finance.vacancy_factor.value)
        if abs(more) > 1e-6:
            kind = ledger.settings.teams[team].grades[grade].kind
            real += more * cost_of_post(ledger, team, grade, ledger.months[-1])
            price = price_level(ledger)
            cash += more * np.mean(
                [
                    cost_of_post(ledger, team, grade, month, level, price)
                    for month, level in pay_levels(ledger, kind).items()
                ]
            )
    return real, cash


def full_year_overtime(ledger: Ledger) -> float:
    """Overtime of the last twelve months above no posts added, in cash of the last year.

    What it costs is known by financial year: an hour of a team costs the same in all its months.
    """
    (today, last), span = (ledger.options[0], ledger.options[-1]), ledger.months[-12:]
    more = sum(
        overtime_cost(ledger, last, team, span) - overtime_cost(ledger, today, team, span)
        for team in dict.fromkeys(team for team, _ in ledger.grades)
    )
    return more * 12 / len(span) * float(np.mean([*pay_levels(ledger, "officer").values()]))


def cost_of_post(
    ledger: Ledger, team: str, grade: str, month: str, level: float = 1.0, price: float = 1.0
) -> float:
    """A post's cost in a year as the settings stand at the end, its pay raised by awards.

    Pay and what goes with it rise; the threshold of National Insurance is frozen in cash.
    """
    setting = f"teams.{team}.grades.{grade}.cost_per_year"
    kind = ledger.settings.teams[team].grades[grade].kind
    given = ledger.settings.teams[team].grades[grade].cost_per_year
    parts = {"": given.value} if hasattr(given, "value") else dict(given)
    for change in ledger.settings.changes:
        for name, value in change.set_.items():
            if name.startswith(setting):
                parts[name[len(setting) + 1 :]] = value

    def of(part: str) -> float:
        value = parts.get(part)
        value = value["value"] if isinstance(value, dict) else getattr(value, "value", value)
        if value is None and parts.get("on_costs") == "statutory":
            value = statutory(
                part.removesuffix("_rate") if part == "levy_rate" else part, kind, month
            )
        return 0.0 if value is None else float(value)

    if "" in parts:
        return of("") * level
    basic = of("pay") if not parts.get("scale") else paid_on(ledger, team, grade, parts, month)
    pay = basic * level
    insurance = of("ni_rate") * max(0.0, pay - of("ni_threshold"))
    rest = of("other") * level + (of("training") + of("non_pay")) * price
    return pay * (1 + of("pension_rate") + of("levy_rate")) + insurance + rest


def statutory(name: str, kind: str, month: str) -> float | None:
    """The rate of a month in the shipped file, else the nearest."""
    rows = pd.read_csv(REPOSITORY / "data" / "statutory.csv").sort_values("from")
    mine = rows[(rows["rate"] == name) & (rows["kind"].isna() | (rows["kind"] == kind))]
    if mine.empty:
        return None
    held = mine[mine["from"] <= month]
    return float((held.iloc[-1] if len(held) else mine.iloc[0])["value"])


def paid_on(ledger: Ledger, team: str, grade: str, parts: dict[str, Any], month: str) -> float:
    """Mean pay of a scale: a twelfth go up a step a month, leavers are replaced at the bottom."""
    scale, there = parts["scale"], [float(one) for one in parts["service"]]
    total = sum(there)
    gone = float(ledger.settings.teams[team].grades[grade].leavers_per_year.value) / 12
    for one in range(12 * 60):
        if later(ledger.months[0], one) >= month:
            break
        stay = [people * (1 - gone) for people in there]
        rise = [people / 12 for people in stay[:-1]]
        there = [
            people - (rise[n] if n < len(rise) else 0.0) + (rise[n - 1] if n else 0.0)
            for n, people in enumerate(stay)
        ]
        there[parts["joins_at"]] += total * gone
    return sum(people * pay for people, pay in zip(there, scale, strict=True)) / total


def price_level(ledger: Ledger) -> float:
    """Prices of the last year, against those of the prices."""
    finance = ledger.settings.finance
    base = finance.price_base or year_of(ledger.months[0])
    return float((1 + finance.inflation.value) ** (int(ledger.years[-1][:4]) - int(base[:4])))


def pay_levels(ledger: Ledger, kind: str) -> dict[str, float]:
    """Pay in the twelve months of the last year, against that of the prices."""
    finance, year = ledger.settings.finance, int(ledger.years[-1][:4])
    assert not finance.pay_awards, "known awards are not worked out here"
    rate, at = float(finance.pay_award_per_year.value), int(finance.pay_award_month.value)
    base = finance.price_base or year_of(ledger.months[0])
    first, *_ = ledger.months
    # Costs in prices of the first year are those paid at the start, of another those at its end.
    start = first if base == year_of(first) else max(f"{int(base[:4]) + 1}-03", first)
    spans = [f"{year + (n > 8)}-{(n + 3) % 12 + 1:02d}" for n in range(12)]
    awards = [f"{one}-{at:02d}" for one in range(int(start[:4]), year + 2)]
    return {month: (1 + rate) ** sum(start < one <= month for one in awards) for month in spans}


def overtime_cost(ledger: Ledger, option: str, team: str, span: list[str]) -> float:
    """What a team's overtime of some months costs, in real terms."""
    rows = ledger["hours"]
    mine = rows[(rows["option"] == option) & (rows["team"] == team)]
    hours = mine.set_index("month")["overtime"]
    total = 0.0
    for year in dict.fromkeys(year_of(month) for month in span):
        there = ledger.months_of(year)
        whole, part = (
            float(hours[months].sum()) for months in (there, [m for m in there if m in span])
        )
        if whole > 0:
            total += ledger.cost("overtime", option, year, team=team) * part / whole
    return total


@claim(
    r"(?:It|(?P<both>Both)|All <count:n>|At the end there (?:is|are) (?:<net:n> (?P<way>more|fewer) posts?|as many posts) "
    r"in all; that) (?P<verb>costs?|saves?) <cash:n> in a full year(?:, in cash at <year:y> pay "
    r"\(<real:n> at <base:y> prices\)| \(<only:y> prices\))"
)
def cost_of_posts(ledger: Ledger, count: str | None, verb: str, cash: str, year: str | None,
                  real: str | None, base: str | None, only: str | None, net: str | None,
                  way: str | None, both: str | None) -> Iterator[str]:  # fmt: skip
    there, paid = full_year(ledger)
    count = "2" if both else count
    each = [ledger.added(*key) for key in ledger.grades]
    more = sum(float(one.iloc[-1]) for one in each)
    if count:  # "all" is right only where every post asked for is there at the end
        asked = sum(float(one.abs().max()) for one in each)
        yield from same("posts asked for", count, asked)
        yield from same("posts added", count, abs(more))
    elif net:
        yield from same("posts at the end", net, abs(more))
        yield from is_so("it goes the other way", (more > 0) == (way == "more"))
    if np.isfinite(there):
        yield from same("in cash", cash, abs(paid))
        yield from same("in real terms", real, abs(there))
        yield from is_so("it goes the other way", (there > 0) == verb.startswith("cost"))
    if year:
        yield from is_so(f"the last year is {ledger.years[-1]}", year == ledger.years[-1])
    yield from priced_at(ledger, base or only)


ASSUMED = r"(?P<assumed>; assumed weights)?"


def weights_are(ledger: Ledger, assumed: str | None) -> Iterator[str]:
    """Whether weights are assumed, and whether it says so."""
    rows = ledger["projection"][["cohort", "tier", "duty"]].drop_duplicates()
    given = [
        ledger.settings.cohorts[cohort].tiers[tier].risk_weight
        if cohort
        else ledger.settings.queues[duty].risk_weight.get(tier)
        for cohort, tier, duty in rows.itertuples(index=False)
        if ledger.risk_weight(cohort, tier, duty) > 0
    ]
    guessed = any(one is None or one.source in ("assumed", "judgement") for one in given)
    yield from is_so(f"weights are assumed: {guessed}", bool(assumed) == guessed)


@claim(
    rf"Over <span:n> months? the posts added avoid <fewer:n> case-months? overdue \(<weighed:n> "
    rf"weighted by risk{ASSUMED}\)(?:, at <each:n> for each weighted one)?",
    r"Over <span:n> months? the posts added leave (?P<none>no fewer case-months overdue, weighted by "
    r"risk)",
)
def case_months_avoided(
    ledger: Ledger, span: str, fewer: str | None = None, weighed: str | None = None,
    assumed: str | None = None, each: str | None = None, none: str | None = None,
) -> Iterator[str]:  # fmt: skip
    row = ledger["last_post"].iloc[0]  # both in the present order of work, not by a programme
    more, plain_ = float(row["all_cost"]), float(row["all_case_months_avoided"])
    risky = float(row["all_weighted_avoided"])
    yield from same("months", span, float(len(ledger.months)))
    yield from same("avoided", fewer, plain_)
    yield from same("avoided, weighted", weighed, risky)
    if none:
        yield from is_so(f"{risky} are avoided", min(plain_, risky) < 0.1)
    else:
        yield from same("for each weighted one", each, more / risky)
        yield from is_so(f"they cost £{more:.2f}", bool(each) == (more >= 0.5))
        yield from weights_are(ledger, assumed)


@claim(
    rf"{WHO}: <sum:n> case-months? overdue over <span:n> months? \(<weighed:n> weighted by "
    rf"risk{ASSUMED}\)"
)
def case_months_of(ledger: Ledger, sum: str, span: str, weighed: str, assumed: str | None,
                   who: str) -> Iterator[str]:  # fmt: skip
    option = option_of(ledger, who)
    yield from same("months", span, float(len(ledger.months)))
    yield from same("case-months", sum, ledger.case_months(option))
    yield from same("weighted", weighed, ledger.case_months(option, weighted=True))
    yield from weights_are(ledger, assumed)


@claim(
    r"The last post \(<team:t>: <grade:t>\) avoids one weighted case-month for <price:n>"
    r"(?:; the price set for one is <set:n>)?",
    r"The last post \(<team:t>: <grade:t>\) (?P<none>avoids none: as many would be overdue without it)",
)
def price_of_the_last_post(
    ledger: Ledger, team: str, grade: str, price: str | None = None, set: str | None = None,
    none: str | None = None,
) -> Iterator[str]:  # fmt: skip
    row = ledger["last_post"].iloc[0]
    name = ledger.team(team)
    yield from is_so(f"it is of {row['team']}", name == row["team"])
    yield from is_so(f"it is {row['grade']}", ledger.grade(name, grade) == row["grade"])
    added = ledger.added(row["team"], row["grade"])
    start = added.index[int(np.flatnonzero(added.to_numpy() == added.max())[0])]
    yield from is_so(f"it starts in {start}", start == row["start"])
    if none:
        yield from is_so(f"it avoids {row['weighted_avoided']}", row["weighted_avoided"] < 0.1)
    else:
        each = row["cost"] / row["weighted_avoided"]
        yield from same("the price of one", price, float(each))
    worth = ledger.settings.sizing.price_of_case_month
    if not none:
        yield from is_so(f"the price set is {worth}", (set is None) == (worth is None))
    if set and worth is not None:
        yield from same("the price set", set, float(worth.value))


MORE = (
    r"(?P<count>[\d,.]+ more|[\d,.]+ fewer|as many of other grades) \((?P<cost>£[^ )]+(?: million)?)"
    r"(?: per year at (?P<base>\d{4}/\d{2}) prices)?(?P<less> less| more)?\) "
    r"(?:only )?for (?P<rest>.+)"
)
"""What a limit asks for: how much more, at what cost, and its name with what it asks in brackets."""


@claim(
    r"(?:(?P<none>No posts are) needed for the activities|<n:n> (?P<few>fewer )?posts? (?:is|are) "
    r"needed for the activities \(<cost:n> per year at (?P<base>\d{4}/\d\d) prices\))"
    r"; (?P<limits>.+)"
)
def what_asks_for_posts(
    ledger: Ledger, limits: str, none: str | None = None, n: str | None = None,
    few: str | None = None, cost: str | None = None, base: str | None = None,
) -> Iterator[str]:  # fmt: skip
    rows = ledger["layers"]
    sums = rows.groupby(["layer", "rule"], sort=True)[["posts", "cost_per_year"]].sum()
    first, *others = [(name, *row) for (_, name), row in zip(sums.index, sums.values, strict=True)]
    yield from is_so("the first are the activities", first[0] == "activities")
    yield from is_so(f"the activities need {first[1]}", (none is None) == bool(first[1]))
    if n and cost:
        yield from same("posts for the activities", n, abs(first[1]))
        yield from is_so(f"it is {first[1]}", bool(few) == (first[1] < 0))
        yield from same("their cost", cost, first[2])
        yield from priced_at(ledger, base)
    changed = set(rows[rows["posts"].abs() > TINY]["rule"])
    told = [one for one in others if one[0] in changed]
    parts = re.split(r"; (?=[\d,.]+ (?:more|fewer) \(|as many of other grades \()", limits)
    yield from is_so(f"{len(told)} limits ask for posts", len(parts) == len(told))
    for part, (name, posts, pounds) in zip(parts, told, strict=False):
        found = re.fullmatch(MORE, part)
        if found is None:
            yield f"no limit is told: {part}"
            continue
        yield from is_so(f"the limit is {name}", found["rest"].startswith(f"{name} ("))
        yield from same(f"the cost of {name}", found["cost"], abs(pounds))
        count, _, word = found["count"].partition(" ")
        if word.endswith("grades"):
            yield from is_so(f"{name} asks for {posts}", abs(posts) <= TINY)
        else:
            yield from same(f"posts for {name}", count, abs(posts))
            yield from is_so(f"{name} asks for {posts}", (word == "fewer") == (posts < 0))
        less = (found["less"] or "").strip() == "less"
        yield from is_so(f"{name} costs {pounds}", less == (pounds < 0))
        yield from priced_at(ledger, found["base"])


@claim(
    r"(?P<none>No posts) for (?P<rule>.+)",
    r"<n:n> (?P<grade>.+?) posts?(?P<word> more| fewer)? \((?P<team>(?:[^()]|\([^()]*\))+)\) "
    r"for (?P<rule>.+)",
    places=("tables",),
)
def posts_for_a_rule(
    ledger: Ledger, rule: str, none: str | None = None, n: str | None = None,
    grade: str = "", team: str = "", word: str | None = None,
) -> Iterator[str]:  # fmt: skip
    rows = ledger["layers"]
    mine = rows[rows["rule"] == rule.removeprefix("the ")]
    if none:
        yield from is_so(f"{rule} asks for posts", not mine["posts"].any())
        return
    key = ledger.team(team)
    mine = mine[(mine["team"] == key) & (mine["grade"] == ledger.grade(key, grade))]
    posts = float(mine["posts"].sum())
    yield from same(f"posts for {rule}", n, abs(posts))
    yield from is_so(f"posts for {rule} are {posts}", (posts < 0) == (word == " fewer"))


def priced_at(ledger: Ledger, base: str | None) -> Iterator[str]:
    """Whether prices are said to be of the year that the scenario names, or of its start."""
    if base is not None:
        known = ledger.settings.finance.price_base or ledger.years[0]
        yield from is_so(f"prices are of {known}", base == str(known))


@claim(r"Overtime costs <cost:n> (?P<way>more|less) in <year:y> \(<base:y> prices\)")
def overtime_costs(ledger: Ledger, cost: str, way: str, year: str, base: str) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    more = ledger.cost("overtime", last, year) - ledger.cost("overtime", today, year)
    yield from same("the difference", cost, abs(more))
    yield from is_so("it goes the other way", (more > 0) == (way == "more"))
    yield from is_so("not a whole year", year in ledger.whole_years)
    yield from priced_at(ledger, base)


# --- The answer: compared with the scenario that it extends ---------------------------------


def there(ledger: Ledger) -> Ledger:
    if ledger.before is None:
        raise KeyError("there is no scenario to compare with")
    return ledger.before


def net_posts(ledger: Ledger) -> float:
    return sum(float(ledger.added(*key).iloc[-1]) for key in ledger.grades)


def all_met(ledger: Ledger) -> bool:
    option = ledger.options[-1]
    return not ledger.missed(option) and ledger.hours_short(option) <= 0.5


SINGLE = r"(?: \(single course, without chance\))?"
"""What stands behind a figure of the central case among figures of the simulations."""

COUNT = r"(?:<{0}:n> (?P<{0}_way>more|fewer) posts?|(?P<{0}_none>no posts added))"


TEAMS_COMPARED = (
    r"(?:[Aa]s many posts are needed \("
    + COUNT.format("same")
    + r"\)|[Nn]o plan can meet every standard; there, "
    + COUNT.format("then")
    + r" would|[Ee]very standard can be met, with "
    + COUNT.format("now")
    + r"; there no plan can|(?:<here:n> (?P<here_way>more|fewer) posts?|(?P<here_none>[Nn]o posts))"
    r" (?:is|are) needed instead of (?P<instead>[\d,.]+|none|.+? posts?|no posts added)"
    r"(?:: <cost:n> (?P<more>more|less) in a full year, in cash)?)"
)
"""How the team needed differs from that of the scenario which this one extends."""


@claim(
    TEAMS_COMPARED,
    r"Compared with “(?P<title>.+)”, (?:"
    + TEAMS_COMPARED
    + r"|(?P<rest>(?:with no posts added|the activities).+?))"
    + SINGLE,
)
def compared(
    ledger: Ledger, title: str | None = None, rest: str | None = None, cost: str | None = None,
    more: str | None = None, instead: str | None = None, **parts: str | None,
) -> Iterator[str]:  # fmt: skip
    old = there(ledger)
    parts = {name: parts.get(name) for name in PARTS_COMPARED}
    if title:
        yield from is_so(f"it extends “{old.settings.title}”", title == old.settings.title)
    now, then = net_posts(ledger), net_posts(old)
    for name, value in (("same", now), ("here", now), ("now", now), ("then", then)):
        if parts[name]:
            yield from same("posts", parts[name], abs(value))
            yield from is_so(
                "it goes the other way", (value > 0) == (parts[f"{name}_way"] == "more")
            )
        if parts[f"{name}_none"]:
            yield from is_so(f"{value:g} are added", abs(value) < 1e-6)
    if parts["same"] or parts["same_none"]:
        yield from is_so(f"there it is {then:g}", abs(now - then) < 1e-6)
    if parts["then"] or parts["then_none"]:
        yield from is_so(
            "every standard is met, or there not", not all_met(ledger) and all_met(old)
        )
    if parts["now"] or parts["now_none"]:
        yield from is_so(
            "not every standard is met, or there too", all_met(ledger) and not all_met(old)
        )
    if instead and re.fullmatch(r"[\d,.]+", instead):
        yield from same("there", instead, abs(then))
    if cost:
        gap = full_year(ledger)[1] - full_year(old)[1]
        yield from same("in a full year", cost, abs(gap))
        yield from is_so("it goes the other way", (gap > 0) == (more == "more"))
    if rest and rest.startswith("the activities"):
        hours = compiled(HOURS).fullmatch(rest)
        yield from hours_taken(ledger, **hours.groupdict()) if hours else [f"not read: {rest}"]
    elif rest and (carried := compiled(CASES_EACH).fullmatch(rest)):
        yield from cases_each(ledger, **carried.groupdict())
    elif rest:
        as_many = re.fullmatch(AS_MANY, rest)
        yield from (
            as_many_completed(ledger, *as_many.groups()) if as_many else completed(ledger, rest)
        )


PARTS_COMPARED = [
    f"{name}{part}" for name in ("same", "then", "now", "here") for part in ("", "_way", "_none")
]

AS_MANY = r"[Ww]ith no posts added, as many (.+) are completed in ([\d,]+) months?"
HOURS = (
    r"[Tt]he activities of the team needed take <more:n> (?P<way>more|fewer) hours in <year:y> "
    r"\(<hours:n>\)" + SINGLE
)


CASES_EACH = (
    r"[Ww]ith no posts added each officer carries <each:n> cases \((?P<cohort>.+)\) in <end:m>"
    r"(?:(?P<as_there>, as there)| instead of <then:n>)" + SINGLE
)


@claim(CASES_EACH)
def cases_each(
    ledger: Ledger, each: str, cohort: str, end: str, as_there: str | None, then: str | None
) -> Iterator[str]:
    yield from is_so("not the last month", month_of(end) == ledger.months[-1])
    labels = {str(one.label or name).lower(): name for name, one in ledger.settings.cohorts.items()}
    for one, said in ((ledger, each), (there(ledger), then or each)):
        rows = one["ratios"]
        mine = rows[(rows["option"] == "today") & (rows["cohort"] == labels[cohort.lower()])]
        yield from same("cases each", said, float(mine["cases_per_officer"].iloc[-1]))


@claim(HOURS)
def hours_taken(ledger: Ledger, more: str, way: str, year: str, hours: str) -> Iterator[str]:
    sums = []
    for one in (ledger, there(ledger)):
        rows = one["hours"]
        mine = rows[(rows["option"] == one.options[-1]) & rows["month"].isin(one.months_of(year))]
        sums.append(float(mine["duties"].sum()))
    yield from same("hours", hours, sums[0])
    yield from same("the difference", more, abs(sums[0] - sums[1]))
    yield from is_so("it goes the other way", (sums[0] > sums[1]) == (way == "more"))


def more_done(ledger: Ledger, name: str, size: str, way: str) -> list[str]:
    old, option = there(ledger), ledger.options[0]
    tried = []
    for key in ledger.duties(name):
        now, then = ledger.service(*key, option).monthly, old.service(*key, option).monthly
        gap = float(now["done"].sum() - then["done"].sum())
        tried.append(
            [
                *same(f"{name} completed more", size, abs(gap)),
                *is_so("it goes the other way", (gap > 0) == (way == "more")),
            ]
        )
    return min(tried, key=len)


def _due(ledger: Ledger) -> float:
    option = ledger.options[0]
    return sum(float(ledger.service(*key, option).monthly["due"].sum()) for key in ledger.services)


@claim(
    r"(?P<words>[Ww]ith no posts added, (?:(?:[\d,.]+|less than 0.1) (?:more|fewer) .+ are completed in "
    r"[\d,]+ months?|the same activities are completed|all is the same(?:: only what "
    r"is asked for is changed, on which the posts needed depend)?))" + SINGLE
)
def completed(ledger: Ledger, words: str) -> Iterator[str]:
    found = re.fullmatch(r"[Ww]ith no posts added, (.+) are completed in ([\d,]+) months?", words)
    if found is None:
        old, option = there(ledger), ledger.options[0]
        for key in set(ledger.services) & set(old.services):
            now, then = ledger.service(*key, option).monthly, old.service(*key, option).monthly
            gap = (now["completion"] - then["completion"]).abs().max()
            yield from is_so(f"completion of {key} differs by {gap:.3g}", not gap > 0.0051)
        if "all is the same" in words:
            periods = [(one.rules(option), one.missed(option)) for one in (ledger, old)]
            yield from is_so(f"standards differ: {periods}", periods[0][1] == periods[1][1])
        if "only what is asked for" in words:
            yield from is_so("work is asked for as before", _due(ledger) == _due(old))
        return
    yield from same("months", found[2], float(len(ledger.months)))
    for size, way, name in re.findall(
        r"(?:^| and |, )([\d,.]+|less than [\d.]+) (more|fewer) (.+?)(?=$| and [\d]|, [\d])",
        found[1],
    ):
        yield from more_done(ledger, name, size, way)


def as_many_completed(ledger: Ledger, names: str, months: str) -> Iterator[str]:
    yield from same("months", months, float(len(ledger.months)))
    old, option = there(ledger), ledger.options[0]
    for name in re.split(r", | and ", names):
        gaps = []
        for key in ledger.duties(name):
            now, then = ledger.service(*key, option).monthly, old.service(*key, option).monthly
            gaps.append(abs(float(now["done"].sum() - then["done"].sum())))
        yield from is_so(f"{name} completed differ by {min(gaps):.3g}", min(gaps) < 0.501)


@claim(r"Not as in “(?P<title>.+?)”: (?P<rules>.+)")
def not_as_there(ledger: Ledger, title: str, rules: str) -> Iterator[str]:
    old, option = there(ledger), ledger.options[0]
    yield from is_so(f"it is “{old.settings.title}”", title == old.settings.title)
    for one in rules.split("; "):
        found = re.fullmatch(
            r"(.+?) is not met (.+?)(?:, instead of (.+))?|(.+) is always met", one
        )
        if found is None:
            yield f"unknown: {one}"
        elif found[4]:
            yield from is_so(f"{found[4]} is not met", found[4] not in ledger.missed(option))
            yield from is_so(f"{found[4]} is met there", found[4] in old.missed(option))
        else:
            yield from when_not_met(ledger, found[1], found[2], option)
            if found[3]:
                yield from when_not_met(old, found[1], found[3], option)
            else:
                yield from is_so("it is not met there either", found[1] not in old.missed(option))


@claim(
    r"Completion of <name:t> differs most in <when:m>: <now:n> instead of <then:n>(?:; (?P<events>.+))?"
)
def differs(
    ledger: Ledger, name: str, when: str, now: str, then: str, events: str | None
) -> Iterator[str]:
    old, option, month = there(ledger), ledger.options[0], month_of(when)

    def faults(key: tuple[str, str]) -> list[str]:
        here, before = (one.service(*key, option).monthly for one in (ledger, old))
        gap = (here["completion"] - before["completion"]).abs()
        found = list(same("completion", now, float(here["completion"][month])))
        found += same("there", then, float(before["completion"][month]))
        most = gap.index[gap >= gap.max() - 1e-9][0]
        found += is_so(f"it differs most in {most}", month == most)
        for one in filter(None, (events or "").split("; ")):
            if none := compiled(
                r"none are overdue, there <old:n> in <old_at:m>|the most overdue are <now:n> in "
                r"<now_at:m>, there none"
            ).fullmatch(one):
                ends = [here["outstanding"], before["outstanding"]]
                mine, other = ends if none["now"] else ends[::-1]
                size, at_ = none["now"] or none["old"], none["now_at"] or none["old_at"]
                first = mine.index[(mine - mine.max()).abs() <= 1e-9][0]
                found += same("the most overdue", size, float(mine.max()))
                found += is_so(f"they are in {first}", month_of(at_) == first)
                found += is_so(f"{other.max():.3g} are elsewhere", float(other.max()) < 0.5)
                continue
            told = compiled(
                r"(?P<what>it is lowest at|the most overdue are) <size:n>(?: in <at:m>)? instead of <old:n> in <old_at:m>"
            ).fullmatch(one)
            if told is None:
                found.append(f"unknown: {one}")
                continue
            low = told["what"].startswith("it is lowest")
            column = "completion" if low else "outstanding"
            for series, size, at_ in (
                (here[column].dropna(), told["size"], told["at"] or told["old_at"]),
                (before[column].dropna(), told["old"], told["old_at"]),
            ):
                end = float(series.min() if low else series.max())
                first = series.index[(series - end).abs() <= 1e-9][0]
                found += same(told["what"], size, end)
                found += is_so(f"{told['what']}: in {first}", month_of(at_) == first)
        return found

    yield from min((faults(key) for key in ledger.duties(name) if key in old.services), key=len)


@claim(
    r"Of the <name:t> completed, each by itself: (?P<each>.+); together they mean "
    r"(?:<size:n> (?P<way>more|fewer)|as many)" + SINGLE
)
def each_alone(
    ledger: Ledger, name: str, each: str, size: str | None, way: str | None
) -> Iterator[str]:
    """What all do together; what each does alone is in no table."""
    yield from more_done(ledger, name, size or "0", way or "more") if size else ()


def hours_lack(ledger: Ledger, option: str, words: str) -> Iterator[str]:
    found = compiled(
        r"<hours:n> hours? are lacking in all for work that comes before activities"
    ).fullmatch(words)
    if found:
        yield from same("hours short", found["hours"], ledger.hours_short(option))
    elif not words.startswith("not "):
        yield f"unknown: {words}"


MOVED = re.compile(r"([\d,.]+) (more|fewer) posts? \(([^)]*(?:\([^)]*\)[^)]*)*)\)")


def added(ledger: Ledger, words: str) -> Iterator[str]:
    """Posts added and taken away by team and grade, and from when to when."""
    told: dict[tuple[str, str, str], str] = {}
    sums = {"more": 0.0, "fewer": 0.0}
    for count, way, groups in MOVED.findall(words):
        total = 0.0
        for group in groups.split("; "):
            team_label, _, grades = group.rpartition(": ")
            team = ledger.team(team_label)
            for size, label in re.findall(r"([\d,.]+) (.+?)(?:, (?=\d)|$)", grades):
                told[team, ledger.grade(team, label), way] = size
                total += stated(size)[0]
        sums[way] = stated(count)[0]
        slack = 0.051 * max(1, len(groups.split(", ")))
        yield from is_so(f"the parts come to {total}", abs(total - sums[way]) <= slack)
    first: list[str] = []
    last: list[str] = []
    for team, grade in ledger.grades:
        more = ledger.added(team, grade)
        for way, sign in (("more", 1.0), ("fewer", -1.0)):
            most = max(0.0, float((sign * more).max()))
            size = told.get((team, grade, way), "0")
            yield from same(f"{way} of {team} {grade}", size, most if most > 1e-6 else 0.0)
        steps = more.index[np.abs(np.diff(more.to_numpy(), prepend=0.0)) > 1e-6]
        first += list(steps[:1])
        last += list(steps[-1:])
    when = compiled(
        r".*\) (?:from <begin:m>|starting between <first:m> and <last:m>"
        r"(?:, not all at one time,)?)"
    ).fullmatch(words)
    if when is None or not first:
        yield f"no time of posts is known: {words}"
        return
    yield from is_so(
        f"begins in {min(first)}", month_of(when["begin"] or when["first"]) == min(first)
    )
    yield from is_so(f"ends in {max(last)}", month_of(when["begin"] or when["last"]) == max(last))


def shortfall(ledger: Ledger, words: str) -> Iterator[str]:
    """Which standard is missed, when, how often and by how much."""
    found = compiled(
        r"(?P<rule>.+?) is not met in (?:<times:n> (?:months?|quarters?|years?) \((?P<span>.+)\)|<when:p>)"
        r", by (?:up to )?<most:n>(?: [\w ]+)?"
    ).fullmatch(words)
    if found is None:
        yield from hours_lack(ledger, ledger.options[-1], words)
        return
    rows = ledger["shortfalls"]
    name, tier = found["rule"], ""
    if name not in set(rows["standard"]):
        name, _, tier = name[:-1].rpartition(" (")
    mine = rows[rows["standard"] == name]
    if tier:
        mine = mine[mine["tier"].isin(ledger.tiers(tier))]
    key = ["standard", "cohort", "tier", "team"]
    groups = [one for _, one in mine.groupby([c for c in key if c in mine], dropna=False)]

    def wrong(one: pd.DataFrame) -> list[str]:
        most = float(one["missed_by"].max())
        if (
            str(one["unit"].iloc[0]) in ("percentage point", "percentage points", "share")
            and most < 1
        ):
            most *= 100
        some = list(same("missed by", found["most"], most))
        periods = sorted(one["period"].unique(), key=first_month)
        if found["times"]:
            some += same("times missed", found["times"], float(len(periods)))
            ends = [periods[0], periods[-1]]
            told = span_of(str(found["span"]))
            some += is_so(f"missed from {ends[0]} to {ends[1]}", told == ends)
            every = ledger.periods(name, ledger.options[-1])["period"].drop_duplicates().tolist()
            between = every.index(ends[1]) - every.index(ends[0]) + 1
            apart = str(found["span"]).startswith("between ")
            some += is_so("met in some between", apart == (between > len(periods)))
        else:
            some += is_so(f"missed in {periods}", [period_of(found["when"])] == periods)
        return some

    if not groups:
        yield f"{name} is not missed"
    elif all(wrong(one) for one in groups):
        yield from wrong(groups[0])


def span_of(words: str) -> list[str]:
    """The two ends of a span of periods, each of which may itself hold the word `to`."""
    if words.startswith("between "):
        begin, _, end = words.removeprefix("between ").partition(" and ")
        return [period_of(begin), period_of(end)]
    quarter = compiled("<first:p> to <last:p>").fullmatch(words)
    parts = words.split(" to ")
    if len(parts) == 4:
        return [period_of(" to ".join(parts[:2])), period_of(" to ".join(parts[2:]))]
    if quarter is None:
        raise ValueError(words)
    return [period_of(parts[0]), period_of(parts[1])]


# --- Figures in the summary ----------------------------------------------------------------


@claim(rf"{WHO}: <posts:n> posts? in <when:m>")
def posts_at_the_end(ledger: Ledger, posts: str, when: str, who: str) -> Iterator[str]:
    month = month_of(when)
    yield from is_so("not the last month", month == ledger.months[-1])
    yield from same("posts", posts, ledger.posts(option_of(ledger, who), month))


@claim(
    rf"{WHO}: <cost:n> in <year:y> for posts and overtime \(<base:y> prices\)",
    rf"{WHO}: <cost:n> over <span:n> months? for posts and overtime \(discounted, <base:y> prices\)",
)
def cost_of(ledger: Ledger, cost: str, who: str, base: str, year: str | None = None,
            span: str | None = None) -> Iterator[str]:  # fmt: skip
    column = "total_discounted" if span else "total_real"
    yield from same(column, cost, ledger.cost(column, option_of(ledger, who), year))
    yield from priced_at(ledger, base)
    if span:
        yield from same("months", span, float(len(ledger.months)))
    else:
        yield from is_so("not a whole year", year in ledger.whole_years)


@claim(
    r"Posts and overtime in <year:y> \(<base:y> prices\): <today:n> with no posts added"
    r"(?: and <sized:n> with the team needed)?",
    r"Posts and overtime over <span:n> months? \(discounted, <base:y> prices\): "
    r"<today:n> with no posts added(?: and <sized:n> with the team needed)?",
)
def costs_side_by_side(
    ledger: Ledger,
    today: str,
    sized: str | None,
    base: str,
    year: str | None = None,
    span: str | None = None,
) -> Iterator[str]:
    yield from cost_of(ledger, today, "no posts added", base, year, span)
    if sized:
        yield from cost_of(ledger, sized, "team needed", base, year, span)


@claim(
    r"<cost:n> in a full year for <posts:n> posts? added, (?:in cash at <year:y> pay|at <base:y> prices)"
)
def asked_for(ledger: Ledger, cost: str, posts: str, year: str | None, base: str | None):
    real, cash = full_year(ledger)
    net = sum(float(ledger.added(*key).iloc[-1]) for key in ledger.grades)
    yield from same("posts added", posts, net)
    yield from same("in a full year", cost, cash if year else real)
    yield from priced_at(ledger, base)
    if year:
        yield from is_so(f"the last year is {ledger.years[-1]}", year == ledger.years[-1])


@claim(
    rf"{WHO}: <share:n> of the <name:t> due were completed in <when:m>(?: \(<then:n> in <first:m>\))?",
    rf"{WHO}: (?P<held>)<share:n> of the <name:t> due were within their deadline in <when:m>"
    rf"(?: \(<then:n> in <first:m>\))?",
    rf"{WHO}: (?P<held>)<share:n> of cases were in date with <name:t> in <when:m>"
    rf"(?: \(<then:n> in <first:m>\))?",
)
def done_at_the_end(ledger: Ledger, share: str, name: str, when: str, then: str | None,
                    first: str | None, who: str, held: str | None = None) -> Iterator[str]:  # fmt: skip
    column = "completion" if held is None else "in_date"

    def faults(one: Service) -> list[str]:
        if one.ends is None:
            return ["none is ever due"]
        found = list(is_so(f"due last in {one.ends[1]}", one.ends[1] == month_of(when)))
        found += same(column, share, float(one.monthly[column][month_of(when)]))
        if then and first:
            found += is_so(f"due first in {one.ends[0]}", one.ends[0] == month_of(first))
            found += same(f"{column} then", then, float(one.monthly[column][month_of(first)]))
        return found

    yield from of_some(ledger, name, option_of(ledger, who), faults)


def of_some(
    ledger: Ledger, name: str, option: str, faults: Callable[[Service], list[str]]
) -> list[str]:
    """The faults of a statement about whichever duty of that name fits it best."""
    found = [ledger.service(*key, option) for key in ledger.duties(name)]
    return min((faults(one) for one in found if len(one.rows)), key=len)


@claim(
    rf"{WHO}: <left:n> <name:t> (?:overdue|waiting) at the end of <when:m>",
    rf"{WHO}: most <name:t> are (?:overdue|waiting) at the end of <when:m>: <most:n>",
    rf"{WHO}: completion of <name:t> is lowest in <when:m>, at <least:n>",
    rf"{WHO}: (?P<never>no) <name:t> are (?:overdue|waiting) at any month's end",
)
def overdue(
    ledger: Ledger, name: str, who: str, when: str = "", **parts: str | None
) -> Iterator[str]:
    def faults(one: Service) -> list[str]:
        left, done = one.monthly["outstanding"], one.monthly["completion"].dropna()
        if parts.get("never"):
            return list(is_so(f"{left.max():.3g} are", float(left.max()) < 0.5))
        month = month_of(when)
        if parts.get("left"):
            return [
                *same("overdue", parts["left"], at(left, month)),
                *is_so("not the last month", month == ledger.months[-1]),
            ]
        if parts.get("most"):
            first = left[left >= left.max() - 1e-9].index[0]
            return [
                *same("the most", parts["most"], float(left.max())),
                *is_so(f"it is in {first}", first == month),
            ]
        first = done[done <= done.min() + 1e-9].index[0]
        return [
            *same("the lowest", parts["least"], float(done.min())),
            *is_so(f"it is in {first}", first == month),
        ]

    yield from of_some(ledger, name, option_of(ledger, who), faults)


@claim(
    rf"{WHO}: longest (?:overdue|waiting) of the <name:t> at the end of <when:m>: "
    r"(?:<wait:n> months?(?: \((?P<tier>.+)\))?|(?P<none>none (?:overdue|waiting))|(?P<lapsed>none for longer than that month))"
)
def longest_overdue(ledger: Ledger, name: str, when: str, wait: str | None, tier: str | None,
                    none: str | None, lapsed: str | None, who: str) -> Iterator[str]:  # fmt: skip
    def faults(one: Service) -> list[str]:
        rows = one.rows[one.rows["month"] == month_of(when)]
        most = float(rows["longest_wait_months"].max()) if len(rows) else 0.0
        found = list(same("the longest", wait or "0", most))
        found += is_so("not the last month", month_of(when) == ledger.months[-1])
        left = float(rows["outstanding"].sum()) if len(rows) else 0.0
        if none:
            found += is_so(f"{left:.3g} are overdue", left < 0.5)
        if lapsed:
            found += is_so(f"{left:.3g} are overdue", left >= 0.5)
        if tier:
            waits = set(rows.loc[rows["longest_wait_months"] == most, "tier"])
            named = {folded(tier)} if not one.group else set()
            named |= set(ledger.tiers(tier) or ledger.tiers(tier.split(", ")[0]))
            found += is_so(f"they are in {waits}", bool(waits & named))
        return found

    yield from of_some(ledger, name, option_of(ledger, who), faults)


ASKS = (
    r"(?:at least|at most|(?:none waiting|nobody overdue) for more than) <asked:n>[^,:()]*?(?:, each (?P<each>month|quarter|year)"
    r"(?P<together>, (?:tiers|classes) together)?)?(?: \((?P<weights>[^()]+)\))?"
)


def rule_asks(
    ledger: Ledger, name: str, asked: str, each: str | None, together: str | None = None,
    weights: str | None = None, *, weighed: bool = True,
) -> Iterator[str]:  # fmt: skip
    """`weighed`: whether the words say which tiers are counted in part."""
    rule = next((one for one in ledger.settings.standards if one.name == name), None)
    if rule is None:
        yield f"no standard is called {name}"
        return
    yield from same("asked for", asked, float(np.ravel(rule.level.value)[0]))
    if each:
        yield from is_so(f"judged each {rule.judged}", rule.judged == each)
        yield from is_so("tiers together", rule.pooled == bool(together))
    if weighed and rule.cohort and rule.cases_per_officer is not None:
        tiers = ledger.settings.cohorts[rule.cohort].tiers
        less = [one for name, one in tiers.items() if name in (rule.tiers or tiers)]
        in_part = sum(float(np.ravel(one.counts.value)[0]) < 1 for one in less)
        told = len(re.findall(r"counted", weights or ""))
        yield from is_so(f"{in_part} tiers are counted in part", in_part == told)


FARES = (
    r"(?:met from <since:p>|(?P<none>not judged within the time projected)|not met in <lost:n> of "
    r"<judged:n> (?:months?|quarters?|years?), first in <first:p>, worst (?P<worst>.+) in <when:p>"
    r"(?:; met from <again:p>)?)"
)
READINGS = (
    r"(?:; <full:n> in <at:m> with every case counted, <visited:n> without those managed "
    r"reactively)?"
)


def readings(ledger: Ledger, name: str, option: str, parts: dict[str, str | None]) -> Iterator[str]:
    """Cases per officer at the end, every case counted and those who are visited alone."""
    rule = next(one for one in ledger.settings.standards if one.name == name)
    if parts.get("full") is None or rule.tiers is not None:
        return
    rows = ledger["ratios"]
    mine = rows[(rows["option"] == option) & (rows["cohort"] == rule.cohort)]
    last = mine[mine["month"] == month_of(str(parts["at"]))].iloc[0]
    yield from is_so("not the last month", month_of(str(parts["at"])) == ledger.months[-1])
    yield from same("every case counted", parts["full"], last["cases"] / last["officers"])
    some = last["cases_without_reactive"] / last["officers"]
    yield from same("those visited", parts["visited"], some)


def fares(ledger: Ledger, name: str, option: str, parts: dict[str, str | None]) -> Iterator[str]:
    periods = ledger.periods(name, option)
    if parts["none"]:
        yield from is_so("it is judged", periods.empty)
        return
    lost = periods[~periods["met"]]
    if parts["since"]:
        yield from is_so(f"missed in {list(lost['period'])[:3]}", lost.empty)
        begin = periods["period"].iloc[0]
        told = period_of(parts["since"])
        yield from is_so(f"judged from {begin}", told in (begin, first_month(begin)))
        return
    yield from same("periods missed", parts["lost"], float(len(lost)))
    yield from same("periods judged", parts["judged"], float(len(periods)))
    if lost.empty:
        return
    begin = lost["period"].iloc[0]
    yield from is_so(f"first missed in {begin}", period_of(str(parts["first"])) == begin)
    rows = ledger["standards"]
    mine = rows[(rows["name"] == name) & (rows["option"] == option) & ~rows["met"]]
    then = mine[mine["period"] == period_of(str(parts["when"]))]
    worst = re.fullmatch(r"(.+?)(?: cases per officer)?(?: \((.+)\))?", str(parts["worst"]))
    assert worst is not None
    if worst[2]:
        then = then[then["tier"].isin(ledger.tiers(worst[2]))]
    if worst[1] == "no officer":
        yield from is_so("there are officers", bool(then["achieved"].isna().any()))
    else:
        yield from is_so(
            f"then it was {then['achieved'].tolist()}",
            any(agrees(worst[1], float(value)) for value in then["achieved"]),
        )
    if is_steady(ledger):
        size = pd.Series({n: missed_by(ledger, row) for n, row in mine.to_dict("index").items()})
        size = size[mine["tier"].isin(then["tier"]) | then["tier"].isna().any()]
        first = mine.loc[size.index[size >= size.max() * (1 - 1e-9)], "period"].map(first_month)
        told = first_month(period_of(str(parts["when"])))
        yield from is_so(f"most is missed in {list(first)[:1]}", first.empty or told == first.min())
    again = periods[periods["period"].map(first_month) > first_month(lost["period"].iloc[-1])]
    if parts["again"]:
        told = period_of(str(parts["again"]))
        ok = not again.empty and told in (
            again["period"].iloc[0],
            first_month(again["period"].iloc[0]),
        )
        yield from is_so("not kept from then", ok)
    else:
        yield from is_so("kept again later, unsaid", again.empty)


def is_steady(ledger: Ledger) -> bool:
    """Whether an hour of a team and of a duty counts the same in every month."""
    grades = [one for team in ledger.settings.teams.values() for one in team.grades.values()]
    seasonal = any(one.leave_season or one.abstraction_season for one in grades)
    return not ledger.settings.changes and not seasonal


def missed_by(ledger: Ledger, row: dict[Any, Any]) -> float:
    """How many duties, cases or officers a standard is missed by; unknown for other kinds."""
    rule = next(one for one in ledger.settings.standards if one.name == row["name"])
    gap = float(row["required"]) - float(row["achieved"])
    if rule.completion is not None:
        rows = ledger["projection"]
        for key in ("option", "cohort", "duty", "tier"):
            rows = rows[rows[key] == row[key]]
        inside = [one for one in ledger.months if in_period(one, str(row["period"]))]
        return gap * float(rows.loc[rows["month"].isin(inside), "due"].sum())
    if rule.cases_per_officer is not None:
        rows = ledger["ratios"]
        mine = rows[(rows["option"] == row["option"]) & (rows["cohort"] == row["cohort"])]
        officers = float(mine.loc[mine["month"] == row["period"], "officers"].iloc[0])
        return -gap / float(row["required"]) * officers
    return -gap if rule.outstanding is not None else float("nan")


@claim(
    rf"(?P<name>.+?) \({ASKS}\), {WHO}: {FARES}",
    rf"(?P<name>.+?): {ASKS}, {WHO}: {FARES}{READINGS}",
)
def standard(
    ledger: Ledger, name: str, asked: str, each: str | None, who: str, together: str | None,
    weights: str | None, **parts: str | None,
):  # fmt: skip
    yield from rule_asks(ledger, name, asked, each, together, weights)
    yield from fares(ledger, name, option_of(ledger, who), parts)
    yield from readings(ledger, name, option_of(ledger, who), parts)


@claim(rf"(?P<name>.+?): {ASKS}", places=("terminal",))
def standard_asks(ledger: Ledger, name: str, **asks: str | None) -> Iterator[str]:
    yield from rule_asks(ledger, name, **asks)


@claim(
    rf"(?P<name>.+?), {WHO}: (?:(?P<met>met throughout)|not met (?P<when>(?:in|from|at times) (?!\\d+ of).+)"
    r"|(?P<none>not judged within the time projected))"
)
def first_below(
    ledger: Ledger, name: str, who: str, met: str | None, when: str | None, none: str | None
):
    option = option_of(ledger, who)
    if met:
        yield from is_so(
            "it is not met", name in ledger.rules(option) and name not in ledger.missed(option)
        )
    elif none:
        yield from is_so("it is judged", name not in ledger.rules(option))
    else:
        yield from when_not_met(ledger, name, str(when), option)


@claim(rf"{WHO}: <hours:n> hours? are lacking in all for work that comes before activities")
def short(ledger: Ledger, hours: str, who: str) -> Iterator[str]:
    yield from same("hours short", hours, ledger.hours_short(option_of(ledger, who)))


@claim(r"(?P<words>.+ is not met in .+, by .+)")
def not_met_by(ledger: Ledger, words: str) -> Iterator[str]:
    yield from shortfall(ledger, words)


@claim(
    r"(?P<none>The same posts meet every standard when work is done strictly in order of priority)",
    r"Done strictly in order of priority instead, the same posts would not meet a standard <times:n> "
    r"times? \(each tier and period counted by itself\)",
)
def strictly(ledger: Ledger, times: str = "0", none: str = "") -> Iterator[str]:
    yield from same("not met", times, float(ledger["sizing"]["missed_in_strict_order"].iloc[0]))
    if none:
        lost = ledger.missed(ledger.options[-1])
        yield from is_so(f"the plan itself does not meet {lost}", not lost)


BASIS = {
    "published": "published",
    "the force's own": "local",
    "fitted to history": "fitted",
    "policy": "policy",
    "defaults": "default",
    "without a source": "given",
    "assumed": "assumed",
    "professional judgement": "judgement",
}


@claim(
    r"<judged:n> of the <every:n> inputs? (?:are estimates|is an estimate)(?: \((?P<kinds>[^)]+)\))?"
    r"(?:; the others: (?P<rest>.+))?",
    r"None of the <every:n> inputs? is marked as an estimate: (?P<rest>.+)",
)
def basis(
    ledger: Ledger,
    every: str,
    judged: str | None = None,
    kinds: str | None = None,
    rest: str | None = None,
) -> Iterator[str]:
    """How many inputs there are of each kind; the parts make up the whole."""
    there, judged = ledger.kinds, judged or "0"
    guessed = float(there.get("judgement", 0) + there.get("assumed", 0))
    yield from same("estimates", judged, guessed)
    yield from same("inputs", every, float(sum(there.values())))
    parts = re.findall(r"(?:^|, | and )([\d,]+) (.+?)(?=, | and |$)", rest or "")
    of = re.findall(r"(?:^|, | and )([\d,]+) (.+?)(?=, | and |$)", kinds or "")
    for size, words in [*parts, *of]:
        yield from same(words, size, float(there.get(BASIS[words], 0)))
    for whole, told in ((stated(every)[0] - stated(judged)[0], parts), (stated(judged)[0], of)):
        come_to = sum(stated(size)[0] for size, _ in told)
        yield from is_so(f"the parts come to {come_to:g}", not told or come_to == whole)


plain(
    r"Completion: .+ ÷ due in the month, those carried over included",
    r"In date: [Cc]ases with none .+ at the month's end ÷ cases owed one",
    r"On time: .+",
    r"The plan says what to do month by month",
)
