"""What sentences, tiles and titles claim, and the sums from the tables that show whether it is so.

Nothing here looks at how a sentence is made: the figures come from the CSV tables alone, names and
what standards ask for from the scenario.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.statements.claiming import claim, compiled, plain
from tests.statements.figures import (
    agrees,
    first_month,
    month_of,
    period_of,
    stated,
)
from tests.statements.ledger import TINY, Ledger, Service

WHO = r"(?P<who>[Tt]oday's posts|[Ss]ized team)"
TODAY = r"[Tt]oday's (?:<posts:n> posts?(?: \(<later:n> from <change:m>\))?|posts)"


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
    return ledger.options[0] if "today" in who.lower() else ledger.options[-1]


def spoken_of(ledger: Ledger, name: str, option: str, good: object) -> Service:
    """The duty that is called so and of which the figures are true, else the first called so."""
    found = [ledger.service(*key, option) for key in ledger.duties(name)]
    held = [one for one in found if len(one.rows)]
    if not held:
        raise KeyError(f"{name} is never due")
    return next((one for one in held if callable(good) and good(one)), held[0])


def at(series: pd.Series, month: str) -> float:
    return float(series[month]) if month in series.index else 0.0


# --- The answer ----------------------------------------------------------------------------


def posts_there(ledger: Ledger, posts: str | None, later: str | None, change: str | None):
    labels = ledger.months
    there = [ledger.posts(ledger.options[0], month) for month in labels]
    yield from same("today's posts at the start", posts, there[0])
    if posts is None:
        return
    steps = [n for n in range(1, len(there)) if abs(there[n] - there[n - 1]) > 1e-6]
    yield from is_so("today's posts change, and nothing says so", bool(steps) == bool(later))
    if later and change and steps:
        yield from same("today's posts at the end", later, there[-1])
        yield from is_so(
            "posts change last in another month", labels[steps[-1]] == month_of(change)
        )


def course(ledger: Ledger, name: str, way: str, begin: str, end: str, until: str,
           held: str | None, held_end: str | None) -> Iterator[str]:  # fmt: skip
    """Completion of a duty from its first month to its last, and cases in date."""
    month = month_of(until)

    def good(one: Service) -> bool:
        return not list(faults(one))

    def faults(one: Service) -> Iterator[str]:
        if one.ends is None:
            yield "nothing is due"
            return
        first, last = one.ends
        yield from is_so(f"the last month in which any is due is {last}", last == month)
        done, date = one.monthly["completion"], one.monthly["in_date"]
        yield from same("completion at the start", begin, done[first])
        yield from same("completion at the end", end, done[last])
        yield from same("in date at the start", held, date[first])
        yield from same("in date at the end", held_end, date[last])
        if way in ("fall", "falls"):
            yield from is_so("completion does not fall", done[last] < done[first])
        if way in ("rise", "rises"):
            yield from is_so("completion does not rise", done[last] > done[first])

    yield from faults(spoken_of(ledger, name, ledger.options[0], good))


def missing(ledger: Ledger, lost: str, judged: str) -> Iterator[str]:
    option = ledger.options[0]
    yield from same("standards missed", lost, float(len(ledger.missed(option))))
    yield from same("standards judged", judged, float(len(ledger.rules(option))))


TREND = (
    r"let completion of <name:t> (?P<way>falls?|rises?) from <begin:n> to <end:n> by <until:m> "
    r"\(cases in date: from <held:n> to <held_end:n>\)"
)
STAYS = (
    r"leaves? completion of <name:t> at <begin:n>, <since:m> to <until:m> "
    r"\(cases in date: (?:at <same:n>|from <held:n> to <held_end:n>)\)"
)
ONCE = (
    r"gets? <begin:n> of the <name:t> due done in <until:m> "
    r"\(<held:n> of cases are in date\)"
)
OUTCOME = r"(?: and (?P<outcome>.+?|))?"
AFTER = r"(?:; (?P<after>.+))?"


@claim(f"{TODAY} {TREND}{OUTCOME}{AFTER}".replace("let completion", "lets? completion"))
@claim(f"{TODAY} {STAYS}{OUTCOME}{AFTER}")
@claim(f"{TODAY} {ONCE}{OUTCOME}{AFTER}")
@claim(f"{TODAY} (?P<outcome>(?:miss|keep)[^;]+){AFTER}")
def answer(ledger: Ledger, **parts: str | None) -> Iterator[str]:
    yield from posts_there(ledger, parts["posts"], parts["later"], parts["change"])
    if parts.get("name"):
        held = parts.get("held") or parts.get("same")
        held_end = parts.get("held_end") or parts.get("same")
        begin = str(parts["begin"])
        yield from course(
            ledger, str(parts["name"]), parts.get("way") or "", begin,
            str(parts.get("end") or begin), str(parts["until"]), held, held_end or held,
        )  # fmt: skip
    yield from outcome(ledger, parts["outcome"])
    yield from sized(ledger, parts["after"])


@claim(
    r"No standard is (?:set|judged in this time), so nothing says how many posts are needed"
    rf"(?:; (?P<rest>today's .+?))?{AFTER}"
)
def no_standard(ledger: Ledger, rest: str | None, after: str | None) -> Iterator[str]:
    yield from is_so("standards are judged", not ledger.rules(ledger.options[0]))
    if rest:
        for pattern in (f"{TODAY} {TREND}", f"{TODAY} {STAYS}", f"{TODAY} {ONCE}"):
            pattern = pattern.replace("let completion", "lets? completion")
            if found := compiled(pattern).fullmatch(rest):
                yield from answer(ledger, outcome=None, after=after, **found.groupdict())
                return
        yield f"unknown: {rest}"


def outcome(ledger: Ledger, words: str | None) -> Iterator[str]:
    """What becomes of the standards with today's posts."""
    option = ledger.options[0]
    if not words:
        return
    lost = ledger.missed(option)
    if found := compiled(r"miss(?:es)? <lost:n> of <judged:n> standards").fullmatch(words):
        yield from missing(ledger, found["lost"], found["judged"])
    elif found := re.fullmatch(r"miss(?:es)? (.+)", words):
        told = dict(re.findall(r"(?:^|, | and )([^,]+?) \(first in ([^)]+)\)", found[1]))
        yield from is_so(f"missed are {lost}", set(told) == set(lost))
        for name, first in told.items():
            periods = ledger.periods(name, option)
            begin = periods.loc[~periods["met"], "period"].iloc[0]
            yield from is_so(f"{name} is first missed in {begin}", begin == period_of(first))
    elif found := compiled(
        r"keeps? every standard (?:in|to) <until:m>(?:, but (?P<but>.+))?"
    ).fullmatch(words):
        yield from is_so(f"{lost} are missed", not lost)
        yield from is_so("the end is another", ledger.months[-1] == month_of(found["until"]))
        if found["but"]:
            yield from hours_lack(ledger, option, found["but"])
    else:
        yield f"unknown: {words}"


def hours_lack(ledger: Ledger, option: str, words: str) -> Iterator[str]:
    found = compiled(r"<hours:n> hours? lack in all for work that comes before duties").fullmatch(
        words
    )
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
    when = compiled(r".*\) (?:from <begin:m>|starting between <first:m> and <last:m>)").fullmatch(
        words
    )
    if when is None or not first:
        yield f"no time of posts is known: {words}"
        return
    yield from is_so(
        f"begins in {min(first)}", month_of(when["begin"] or when["first"]) == min(first)
    )
    yield from is_so(f"ends in {max(last)}", month_of(when["begin"] or when["last"]) == max(last))


COST = r"(?:,? for <cost:n> (?P<way>more|less) (?:in <year:y>|over <span:n> months?))?"


def costs_more(ledger: Ledger, cost: str | None, way: str | None, year: str | None,
               span: str | None) -> Iterator[str]:  # fmt: skip
    if cost is None:
        return
    today, last = ledger.options[0], ledger.options[-1]
    more = ledger.cost("total_real", last, year) - ledger.cost("total_real", today, year)
    yield from same("the difference in cost", cost, abs(more))
    yield from is_so("it goes the other way", (more > 0) == (way == "more"))
    if span:
        yield from same("months", span, float(len(ledger.months)))
    if year:
        yield from is_so("not a whole year", year in ledger.whole_years)


KEPT = (
    r"keeps? every (?:rule on posts|standard(?: from <kept:m>|, each from its date and all from "
    r"<all:m>))"
)


def sized(ledger: Ledger, words: str | None) -> Iterator[str]:
    """What the team found does."""
    if not words:
        return
    option = ledger.options[-1]
    if found := compiled(
        rf"not every standard can be kept: with (?P<team>.+?){COST}, (?P<worst>[^,]+ (?:is missed|lack in all).*)"
    ).fullmatch(words):
        if found["team"] != "no more posts":
            yield from added(ledger, found["team"])
        yield from costs_more(ledger, found["cost"], found["way"], found["year"], found["span"])
        yield from is_so(
            "every standard is kept",
            bool(
                ledger.missed(option)
                or ledger.hours_short(option) > TINY
                or len(ledger["shortfalls"])
            ),
        )
        yield from shortfall(ledger, found["worst"])
    elif found := compiled(
        rf"followed month by month, the plan {KEPT} with no more posts(?:, with up to <hours:n> hours? of overtime a month)?{COST}"
    ).fullmatch(words):
        yield from kept(ledger, found)
        if found["hours"]:
            rows = ledger["hours"]
            mine = rows[rows["option"] == option].groupby("month")["overtime"].sum()
            yield from same("overtime in a month", found["hours"], float(mine.max()))
    elif found := compiled(rf"(?P<team>.+?) (?:would do|{KEPT}){COST}").fullmatch(words):
        yield from added(ledger, found["team"])
        if "would do" not in words:
            yield from kept(ledger, found)
        yield from costs_more(ledger, found["cost"], found["way"], found["year"], found["span"])
    else:
        yield f"unknown: {words}"


def kept(ledger: Ledger, found: re.Match[str]) -> Iterator[str]:
    option = ledger.options[-1]
    yield from is_so(f"{ledger.missed(option)} are missed", not ledger.missed(option))
    begins = [
        first_month(ledger.periods(name, option)["period"].iloc[0]) for name in ledger.rules(option)
    ]
    begins = [max(one, ledger.months[0]) for one in begins]
    told = found["kept"] or found["all"]
    if told and begins:
        yield from is_so(f"all are judged from {max(begins)}", month_of(told) == max(begins))


def shortfall(ledger: Ledger, words: str) -> Iterator[str]:
    """Which standard is missed, when, how often and by how much."""
    words = re.sub(r" \(and [\d,]+ other miss(?:es)?\)$", "", words)
    found = compiled(
        r"(?P<rule>.+?) is missed in (?:<times:n> (?:months?|quarters?|years?) \((?P<span>.+)\)|<when:p>)"
        r" by (?:up to )?<most:n>(?: [\w ]+)?"
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
        else:
            some += is_so(f"missed in {periods}", [period_of(found["when"])] == periods)
        return some

    if not groups:
        yield f"{name} is not missed"
    elif all(wrong(one) for one in groups):
        yield from wrong(groups[0])


def span_of(words: str) -> list[str]:
    """The two ends of a span of periods, each of which may itself hold the word `to`."""
    quarter = compiled("<first:p> to <last:p>").fullmatch(words)
    parts = words.split(" to ")
    if len(parts) == 4:
        return [period_of(" to ".join(parts[:2])), period_of(" to ".join(parts[2:]))]
    if quarter is None:
        raise ValueError(words)
    return [period_of(parts[0]), period_of(parts[1])]


# --- Figures in the summary ----------------------------------------------------------------


@claim(rf"<posts:n> posts? in <when:m>, {WHO}")
def posts_at_the_end(ledger: Ledger, posts: str, when: str, who: str) -> Iterator[str]:
    month = month_of(when)
    yield from is_so("not the last month", month == ledger.months[-1])
    yield from same("posts", posts, ledger.posts(option_of(ledger, who), month))


@claim(
    rf"<cost:n> in <year:y> for posts and overtime, real, {WHO}",
    rf"<cost:n> over <span:n> months? for posts and overtime, real, discounted, {WHO}",
)
def cost_of(ledger: Ledger, cost: str, who: str, year: str | None = None, span: str | None = None):
    column = "total_discounted" if span else "total_real"
    yield from same(column, cost, ledger.cost(column, option_of(ledger, who), year))
    if span:
        yield from same("months", span, float(len(ledger.months)))
    else:
        yield from is_so("not a whole year", year in ledger.whole_years)


@claim(
    r"Posts and overtime in <year:y>, real: <today:n> today's posts(?: and <sized:n> sized team)?",
    r"Posts and overtime over <span:n> months?, discounted, real: <today:n> today's posts"
    r"(?: and <sized:n> sized team)?",
)
def costs_side_by_side(
    ledger: Ledger, today: str, sized: str | None, year: str | None = None, span: str | None = None
) -> Iterator[str]:
    yield from cost_of(ledger, today, "today", year, span)
    if sized:
        yield from cost_of(ledger, sized, "sized", year, span)


@claim(
    rf"<share:n> of the <name:t> due were done in <when:m>(?: \(<then:n> in <first:m>\))?, {WHO}",
    rf"(?P<held>)<share:n> of cases were in date with <name:t> in <when:m>"
    rf"(?: \(<then:n> in <first:m>\))?, {WHO}",
)
def done_at_the_end(ledger: Ledger, share: str, name: str, when: str, then: str | None,
                    first: str | None, who: str, held: str | None = None) -> Iterator[str]:  # fmt: skip
    column = "completion" if held is None else "in_date"

    def faults(one: Service) -> Iterator[str]:
        if one.ends is None:
            yield "none is ever due"
            return
        yield from is_so(f"due last in {one.ends[1]}", one.ends[1] == month_of(when))
        yield from same(column, share, float(one.monthly[column][month_of(when)]))
        if then and first:
            yield from is_so(f"due first in {one.ends[0]}", one.ends[0] == month_of(first))
            yield from same(f"{column} then", then, float(one.monthly[column][month_of(first)]))

    yield from faults(
        spoken_of(ledger, name, option_of(ledger, who), lambda one: not list(faults(one)))
    )


@claim(rf"<left:n> <name:t> outstanding at the end of <when:m>, {WHO}")
def outstanding(ledger: Ledger, left: str, name: str, when: str, who: str) -> Iterator[str]:
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])

    def faults(one: Service) -> list[str]:
        return list(same("outstanding", left, at(one.monthly["outstanding"], month_of(when))))

    yield from faults(spoken_of(ledger, name, option_of(ledger, who), lambda one: not faults(one)))


@claim(
    rf"Longest wait for <name:t> at the end of <when:m>: "
    rf"(?:<wait:n> months? \((?P<tier>.+)\)|nobody waits), {WHO}"
)
def longest_wait(
    ledger: Ledger, name: str, when: str, wait: str | None, tier: str | None, who: str
):
    def faults(one: Service) -> Iterator[str]:
        rows = one.rows[one.rows["month"] == month_of(when)]
        most = float(rows["longest_wait_months"].max()) if len(rows) else 0.0
        yield from same("longest wait", wait or "0", most)
        if tier:
            waits = set(rows.loc[rows["longest_wait_months"] == most, "tier"])
            yield from is_so(
                f"they wait in {waits}", bool(waits & set(ledger.tiers(tier.split(", ")[0])))
            )

    yield from faults(
        spoken_of(ledger, name, option_of(ledger, who), lambda one: not list(faults(one)))
    )


ASKS = r"(?:at least|at most) <asked:n>[^,:()]*?(?:, each (?P<each>month|quarter|year))?"


def rule_asks(ledger: Ledger, name: str, asked: str, each: str | None) -> Iterator[str]:
    rule = next((one for one in ledger.settings.standards if one.name == name), None)
    if rule is None:
        yield f"no standard is called {name}"
        return
    values = [rule.completion, rule.in_date, rule.outstanding, rule.cases_per_officer, rule.budget]
    value = next(one for one in [*values, rule.max_posts] if one is not None)
    yield from same("asked for", asked, float(np.ravel(value.value)[0]))
    if each:
        yield from is_so(f"judged each {rule.judged}", rule.judged == each)


FARES = (
    r"(?:kept from <since:p>|(?P<none>not judged within the time projected)|missed in <lost:n> of "
    r"<judged:n> (?:months?|quarters?|years?), first in <first:p>, worst (?P<worst>.+) in <when:p>"
    r"(?:; kept from <again:p>)?)"
)


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
    worst = re.fullmatch(r"(.+?)(?: cases an officer)?(?: \((.+)\))?", str(parts["worst"]))
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


@claim(
    rf"(?P<name>.+?) \({ASKS}\), {WHO}: {FARES}",
    rf"(?P<name>.+?): {ASKS}, {WHO}: {FARES}",
)
def standard(
    ledger: Ledger, name: str, asked: str, each: str | None, who: str, **parts: str | None
):
    yield from rule_asks(ledger, name, asked, each)
    yield from fares(ledger, name, option_of(ledger, who), parts)


@claim(rf"(?P<name>.+?): {ASKS}", places=("terminal",))
def standard_asks(ledger: Ledger, name: str, asked: str, each: str | None) -> Iterator[str]:
    yield from rule_asks(ledger, name, asked, each)


@claim(
    rf"<hours:n> hours? lack in all for work that comes before duties, {WHO}",
)
def short(ledger: Ledger, hours: str, who: str) -> Iterator[str]:
    yield from same("hours short", hours, ledger.hours_short(option_of(ledger, who)))


@claim(r"(?P<words>.+ is missed in .+ by .+)", places=("tables summary",))
def missed_by(ledger: Ledger, words: str) -> Iterator[str]:
    yield from shortfall(ledger, words)


@claim(
    r"(?P<none>The same posts keep every standard when work is done strictly in order of priority)",
    r"Done strictly in order of priority instead, the same posts would miss standards <times:n> "
    r"times? \(tier by tier, period by period\)",
)
def strictly(ledger: Ledger, times: str = "0", none: str = "") -> Iterator[str]:
    yield from same("missed", times, float(ledger["sizing"]["missed_in_strict_order"].iloc[0]))
    if none:
        lost = ledger.missed(ledger.options[-1])
        yield from is_so(f"the plan itself misses {lost}", not lost)


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
    r"<judged:n> of the <every:n> inputs? are estimates(?: \((?P<kinds>[^)]+)\))?"
    r"(?:; the others: (?P<rest>.+))?"
)
def basis(
    ledger: Ledger, judged: str, every: str, kinds: str | None, rest: str | None
) -> Iterator[str]:
    """How many inputs there are of each kind; the parts make up the whole."""
    there = ledger.kinds
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
    r"Completion: [Dd]one ÷ due in the month, those carried over included",
    r"In date: [Cc]ases with none outstanding at the month's end ÷ cases owed one",
    r"On time: .+",
    r"The plan says what to do month by month",
)
