"""What is said of why a plan is as it is: against the tables that explain it and what follows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tests.statements.claiming import claim, compiled
from tests.statements.claims import STARTS, is_so, same, span_of, spells, start_so
from tests.statements.figures import (
    agrees,
    first_month,
    folded,
    later,
    month_of,
    period_of,
    stated,
)
from tests.statements.ledger import Ledger

# --- What sets each team's size ------------------------------------------------------------


@claim(
    r"(?P<team>.+), <year:y>: <posts:n> (?P<grade>.+?) posts?; (?P<why>.+)",
    places=("terminal", "tables", "html", "page"),
)
def reason(ledger: Ledger, team: str, year: str, posts: str, grade: str, why: str) -> Iterator[str]:
    key = ledger.team(team)
    name = ledger.grade(key, grade)
    sized, today = ledger.options[-1], ledger.options[0]
    months = ledger.months_of(year)
    there = max(ledger.posts(sized, month, team=key, grade=name) for month in months)
    yield from same("posts", posts, there)
    before = [ledger.posts(today, month, team=key, grade=name) for month in months]
    if why.startswith("current posts are enough"):
        yield from is_so(f"there are {max(before)} now", there <= max(before) + 1e-6)
    if why.startswith("fewer than at present"):
        yield from is_so(f"there are {max(before)} now", there < max(before))
    if few := re.search(r"there could be ([\d,.]+) officers? instead of ([\d,.]+)", why):
        grades = ledger.settings.teams[key].grades
        span = float(grades[name].supervises.value)
        last = months[-1]
        own = ledger.posts(sized, last, team=key, grade=name)
        yield from same("officers that fewer can supervise", few[1], span * (own - 1))
        held = sum(
            ledger.posts(sized, last, team=key, grade=one)
            for one, told in grades.items()
            if float(told.casework_share.value) > 0
        )
        yield from same("officers", few[2], held)
    if missed := re.search(
        r"set by the caseload limit: with one fewer, (.+?) would not be met, by (?:up to )?"
        r"([\d,.]+|less than [\d.]+) officers?",
        why,
    ):
        yield from limit(ledger, missed[1], missed[2], months, key)
    if limit_ := re.search(r"(.+) \(([\d,.]+)\) allows no more", why):
        rule = next(one for one in ledger.settings.standards if one.name == limit_[1])
        yield from same("the limit", limit_[2], float(np.ravel(rule.max_posts.value)[0]))


@claim(
    r"(?P<rule>.+?) alone would allow <spare:n> fewer",
    r"(?P<rule>Supervision) leaves room for <spare:n> more posts?",
)
def slack(ledger: Ledger, rule: str, spare: str) -> Iterator[str]:
    rows = ledger["reasons"]
    known = {"Workload": "hours of duties", "Supervision": "supervision"}.get(
        rule, "caseload limit"
    )
    mine = rows.loc[rows["next_rule"] == known, "slack"].clip(lower=0.0)
    yield from is_so(
        f"it is one of {sorted(set(mine.round(2)))}", any(agrees(spare, one) for one in mine)
    )


@claim(r"(?P<rule>.+?) alone would allow no fewer")
def no_slack(ledger: Ledger, rule: str) -> Iterator[str]:
    yield from slack(ledger, rule, "0")


@claim(r"What sets the posts added in <year:y>, (?P<team>.+?): (?P<sets>.+? sets .+)")
def sets(ledger: Ledger, year: str, team: str, sets: str) -> Iterator[str]:
    """The posts that each rule sets are those that a grade has more by the end of the year."""
    key, months = ledger.team(team), ledger.months_of(year)
    told: dict[str, float] = {}
    for size, grade in re.findall(r" sets? ([\d,.]+) (.+?) posts?(?=,| and | \(|$)", sets):
        name = ledger.grade(key, grade)
        told[name] = told.get(name, 0.0) + stated(size)[0]
    for one, grade in ledger.grades:
        if one == key:
            more = max(0.0, float(ledger.added(key, grade)[months].max()))
            yield from is_so(
                f"{more:g} {grade} are added, {told.get(grade, 0):g} are told",
                abs(told.get(grade, 0.0) - more) < 0.06,
            )
    if spare := re.search(r"workload alone would allow ([\d,.]+|less than [\d.]+) fewer", sets):
        yield from slack(ledger, "Workload", spare[1])


def limit(ledger: Ledger, name: str, most: str, months: list[str], team: str) -> Iterator[str]:
    """What one officer fewer lacks for a limit of cases for each officer, at most one officer."""
    rule = next((one for one in ledger.settings.standards if one.name == name), None)
    if rule is None or rule.cases_per_officer is None:
        return
    rows = ledger["ratios"]
    mine = rows[
        (rows["option"] == ledger.options[-1])
        & (rows["cohort"] == rule.cohort)
        & rows["month"].isin(months)
        & rows["limit"].notna()
    ]
    lack = (mine["cases"] / mine["limit"] - (mine["officers"] - 1)).max()
    number, give, _ = stated(most)
    missing = ledger.missed(ledger.options[-1])
    if not missing and len(mine):
        yield from is_so(
            f"one officer fewer lacks at most {lack:.3g}", number <= lack + give + 0.05
        )


# --- What things cost ----------------------------------------------------------------------


@claim(
    r"(?P<words>.+ (?:does not affect the cost at present|has no price: not every standard can be met))"
)
def no_price(ledger: Ledger, words: str) -> Iterator[str]:
    row = price_row(ledger, words)
    if "does not affect" in words:
        yield from is_so("it binds", not bool(row["binds"]))
        worst = max(abs(float(row["checked_low"])), abs(float(row["checked_high"])))
        yield from is_so(f"it costs {worst:.3g}", not worst > 0.5)
    else:
        yield from is_so("it has a price", math.isnan(float(row["price_per_year"])))
        lost = ledger.missed(ledger.options[-1]) or len(ledger["shortfalls"])
        yield from is_so(
            "every standard is met", bool(lost) or ledger.hours_short(ledger.options[-1]) > 0
        )


def price_row(ledger: Ledger, words: str) -> pd.Series:
    rows = ledger["prices"]
    found = rows[rows["words"].str.rstrip(".") == words.rstrip(".")]
    if found.empty:
        raise KeyError("no such price in the table")
    return found.iloc[0]


@claim(
    r"(?P<words>.+?(?: costs <costs:n> per year| costs nothing|(?<!What) cannot be met| saves <first:n> per year)"
    r"(?:; .+? (?:saves <saves:n>|costs <more:n>) per year|; .+? (?:costs|saves) nothing"
    r"|: (?:today's|current) posts would leave more (?:outstanding|overdue), and until a standard begins the plan need "
    r"only be no worse than they are)?)"
)
def price(ledger: Ledger, words: str, **parts: str | None) -> Iterator[str]:
    row = price_row(ledger, words)
    known = [abs(float(row[c])) for c in ("price_per_year", "checked_low", "checked_high")]
    for name, text in parts.items():
        if text is not None:
            size = text.replace("−", "")
            yield from is_so(
                f"{name} {text} is none of {[round(one, 2) for one in known]}",
                any(agrees(size, one) for one in known),
            )
    yield from limits(ledger, words)


def limits(ledger: Ledger, words: str) -> Iterator[str]:
    """What a standard asks for now, where a price speaks of one unit more or less."""
    found = re.match(r"(.+?): lowering the limit from (£?[\d,.]+(?: million)?) to", words)
    found = found or re.match(r"(.+?)(?:, [^,]+?)?: .*?\(([\d,.]+ ?%) to [\d,.]+ ?%\)", words)
    if not found:
        return
    rules = [one for one in ledger.settings.standards if one.name == found[1]]
    for rule in rules:
        yield from same("asked for now", found[2], float(np.ravel(rule.level.value)[0]))


@claim(r"These do not affect the cost at present: (?P<names>.+)")
def free(ledger: Ledger, names: str) -> Iterator[str]:
    rows = ledger["prices"]
    idle = int((~rows["binds"].astype(bool)).sum())
    parts = re.sub(r" and (\d+) more$", "", names)
    more = re.search(r" and (\d+) more$", names)
    told = len(re.split(r", (?![^(]*\))| and (?![^(]*\))", parts)) + int(more[1] if more else 0)
    lumps = sum(" and " in str(name) or ", " in str(name) for name in rows["standard"])
    yield from is_so(f"{idle} change none, {told} are told", abs(told - idle) <= 2 * lumps)


# --- Decisions -----------------------------------------------------------------------------


@claim(
    r"Approve <posts:n> (?P<grade>.+?) posts? \((?P<team>(?:[^()]|\([^()]*\))+)\) by "
    r"(?:<by:m>|the start of the plan \(<at_once:m>\))"
    r"(?:; (?:it|they) (?:starts? in <start:m>|can start as late as <late:m>))?"
    r"(?: \(costed from <costed:m>\))?"
)
def approve(
    ledger: Ledger, posts: str, grade: str, team: str, **parts: str | None
) -> Iterator[str]:
    key = ledger.team(team)
    name = ledger.grade(key, grade)
    rows = ledger["decisions"]
    by = month_of(str(parts["by"] or parts["at_once"]))
    mine = rows[(rows["team"] == key) & (rows["grade"] == name) & (rows["agree_by"] == by)]
    if mine.empty:
        yield "no such date in the table"
        return
    yield from is_so(
        f"the table has {mine['posts'].tolist()}",
        any(agrees(posts, float(one)) for one in mine["posts"]),
    )
    lead = int(float(ledger.settings.teams[key].grades[name].recruitment_lead_months.value))
    ready = later(by, lead)
    rise = ledger.added(key, name).diff().fillna(ledger.added(key, name).iloc[0])
    starts = set(rise.index[rise > 1e-6])
    costed = parts["costed"] or parts["start"]
    if costed:
        yield from is_so(f"posts rise in {sorted(starts)}", month_of(costed) in starts)
        yield from is_so(f"{costed} is not in the table", month_of(costed) in set(mine["start"]))
    if parts["late"]:
        yield from is_so(f"approved then it starts in {ready}", month_of(parts["late"]) == ready)
        yield from is_so(
            "that is earlier than its cost", month_of(parts["late"]) >= month_of(str(costed))
        )
    elif parts["start"]:
        yield from is_so(
            f"approved then it starts in {ready}",
            month_of(parts["start"]) >= min(ready, max(starts)),
        )
    if parts["at_once"]:
        yield from is_so("not the first month", by == ledger.months[0])


@claim(
    r"A month later (?P<rule>.+?) would not be met (?:in <when:p>|from (?P<span>.+))",
    r"A month later (?P<worse>more would be overdue than now)",
    r"No standard needs (?P<none>it|them): overtime would do",
)
def a_month_later(ledger: Ledger, rule: str = "", when: str | None = None, span: str | None = None,
                  worse: str = "", none: str = "") -> Iterator[str]:  # fmt: skip
    rows = ledger["decisions"]
    if none:
        yield from is_so("every post has a standard", bool(rows["standard"].isna().any()))
        return
    yield from is_so("no date is tied to a standard", bool(rows["standard"].notna().any()))
    if worse:
        return
    last = period_of(when) if when else span_of(str(span))[-1]
    told = re.sub(r" \([^)]*\)$", "", rule)
    known = {one.name for one in ledger.settings.standards}
    if told in known:
        rows = rows[rows["standard"].fillna("").map(folded) == folded(told)]
    else:
        yield from is_so(f"nothing is called {told}", told.startswith("the "))
    there = set(rows["missed_until"].dropna().astype(str))
    yield from is_so(f"the table has {sorted(there)}", last in there)


# --- What posts and standards buy ----------------------------------------------------------


@claim(
    r"The first(?: <some:n>)? of the <all:n> posts? added avoids? <share:n> of the <total:n> weighted "
    r"case-months overdue that all of them avoid, in the present order of work"
    r"(?:; the other(?: <rest:n>)? costs? <cost:n> over the time projected \(discounted\))?"
)
def avoided(ledger: Ledger, some: str | None, all: str, share: str, total: str, rest: str | None,
            cost: str | None) -> Iterator[str]:  # fmt: skip
    rows = ledger["marginal_posts"].sort_values("step")
    mine = rows[rows["in_plan"].astype(bool)]
    count = int(stated(some or "1")[0])
    less = mine["weighted_avoided"]
    yield from same("posts added", all, float(len(mine)))
    yield from is_so(f"there are {len(mine)}", count <= len(mine))
    yield from same("avoided in all", total, float(less.sum()))
    yield from same("their share", share, float(less.iloc[:count].sum() / less.sum()))
    if cost:
        yield from same("the others", rest or "1", float(len(mine) - count))
        yield from same("their cost", cost, float(mine["cost"].iloc[count:].sum()))


@claim(r"(?P<none>In the present order of work the posts added leave no fewer case-months overdue)")
def none_avoided(ledger: Ledger, none: str) -> Iterator[str]:
    rows = ledger["marginal_posts"]
    less = float(rows.loc[rows["in_plan"].astype(bool), "weighted_avoided"].sum())
    yield from is_so(f"{less} fewer are", less < 0.5)


@claim(r"In the present order of work no further post leaves fewer case-months overdue")
def no_post(ledger: Ledger) -> Iterator[str]:
    most = float(ledger["marginal_posts"]["weighted_avoided"].max())
    yield from is_so(f"one avoids {most}", most <= 0.1)


@claim(
    r"(?P<none>No plan meets any completion standard from <low:n> to <high:n>)",
    r"(?P<none>No completion standard from <low:n> to <high:n> can be met)",
)
def no_level(ledger: Ledger, none: str, low: str, high: str) -> Iterator[str]:
    rows = ledger["frontier"]
    yield from is_so("some level can be met", rows["cost"].isna().all())
    yield from same("lowest", low, float(rows["completion"].min()))
    yield from same("highest", high, float(rows["completion"].max()))


@claim(
    r"Raising every completion standard from <low:n> to <high:n> costs <cost:n> over the whole "
    r"time(?: \(discounted\))?, the other standards as they are(?:; <beyond:n> cannot be reached)?",
    r"Raising every completion standard from <low:n> to <high:n> costs <cost:n>"
    r"(?:; <beyond:n> cannot be reached)?",
)
def levels(ledger: Ledger, low: str, high: str, cost: str, beyond: str | None) -> Iterator[str]:
    rows = ledger["frontier"]
    known = rows[rows["cost"].notna()]
    yield from same("lowest", low, float(known["completion"].iloc[0]))
    yield from same("highest", high, float(known["completion"].iloc[-1]))
    yield from same("cost", cost, float(known["cost"].iloc[-1] - known["cost"].iloc[0]))
    rest = rows[rows["completion"] > known["completion"].iloc[-1]]
    yield from is_so("some cannot be reached", rest.empty == (beyond is None))
    if beyond:
        yield from same("out of reach", beyond, float(rest["completion"].iloc[0]))


# --- Headroom ------------------------------------------------------------------------------

UNIT = r"(?: cases?| days?)?"
EVERY = r"every standard(?: of the (?P<of>.+?))?"


@claim(
    rf"(?P<what>.+): up to <far:n>{UNIT} {EVERY} stays met",
    rf"(?P<what>.+): {EVERY} stays met up to <most:n>{UNIT} \(<now:n>{UNIT} at present\); just "
    rf"above that (?P<breaks>.+) (?:is|are) not met",
    rf"(?P<what>.+): at present \(<now:n>{UNIT}\) (?P<lost>.+?) (?:is|are) not met; (?:{EVERY} "
    rf"would be met up to <least:n>{UNIT}|with <end:n>{UNIT} (?P<still>.+) (?:is|are) (?:still )?not met)",
)
def headroom(ledger: Ledger, what: str, **parts: str | None) -> Iterator[str]:
    rows = ledger["headroom"]
    row = rows[rows["what"] == what].iloc[0]
    most = float(row["most"])
    if (parts.get("most") or parts.get("far")) and parts.get("of") is None:
        of_cases = ledger["standards"][ledger["standards"]["cohort"].notna()]
        missed = set(ledger.missed(ledger.options[0])) & set(of_cases["name"])
        yield from is_so(f"{missed} are not met at present", not missed)
    yield from same("at present", parts.get("now"), float(row["today"]))
    for name in ("far", "most", "least"):
        text = parts.get(name)
        if text:  # rounded so that the standards are met there
            number, give, _ = stated(text)
            yield from is_so(f"{what} is {most:.6g}", abs(number - most) <= 2.1 * give + 1e-9)
    if parts.get("most"):
        yield from is_so("less is there already", most >= float(row["today"]) - 1e-9)
    if parts.get("least"):
        yield from is_so("as much is there already", most <= float(row["today"]) + 1e-9)
    if parts.get("end"):
        yield from is_so("something can be carried", math.isnan(most))
    if parts.get("lost"):
        missed = ledger.missed(ledger.options[0])
        found = re.fullmatch(r"(.+?) \(((?:in|from|at times).+)\)", str(parts["lost"]))
        if found is None:
            yield f"unknown: {parts['lost']}"
        elif found[1] in missed:
            first = spells(ledger, found[1], ledger.options[0])[0]
            begin = compiled(r"(?:in|from|at times from) <when:p>.*").fullmatch(found[2])
            told = period_of(begin["when"]) if begin else ""
            yield from is_so(
                f"it is first not met in {first[0]}", told in (first[0], first_month(first[0]))
            )
        else:
            yield from is_so(f"{missed} are not met, not {found[1]}", " and " in found[1])


@claim(
    r"As every team's hours shrink, these fall behind first: (?P<list>.+?)(?:, then <others:n> others?)?",
)
def gives_first(ledger: Ledger, list: str, others: str | None) -> Iterator[str]:
    rows = ledger["gives_first"]
    gone = rows[rows["cut"].notna()].sort_values("order")
    told = re.findall(r"(?:^|, | and )(.+?) \((.+?)\) at ([\d.]+ ?%)", list)
    for (words, cohort, share), row in zip(told, gone.to_dict("records"), strict=False):
        name = f"{row['duty']} {row['tier']}".replace("_", " ")
        yield from is_so(
            f"{name} ({row['cohort']}) is next", (words, cohort) == (name, row["cohort"])
        )
        yield from same(words, share, float(row["cut"]))
    yield from same("others", others or "0", float(len(gone) - len(told)))


@claim(
    r"(?:Half of all hours could go before any duty gives|Hours could be halved before any activity fell behind)"
)
def nothing_gives(ledger: Ledger) -> Iterator[str]:
    yield from is_so("some give", bool(ledger["gives_first"]["cut"].isna().all()))


@claim(
    r"The first (?:<count:n> posts avoid|post avoids) <share:n> of the <all:n> weighted case-months "
    r"overdue that posts can avoid"
)
def first_posts(ledger: Ledger, count: str | None, share: str, all: str) -> Iterator[str]:
    gained = ledger["marginal_posts"].sort_values("step")["weighted_avoided"].clip(lower=0.0)
    yield from same("avoided in all", all, float(gained.sum()))
    number = int(stated(count or "1")[0])
    first, fewer = (float(gained.iloc[:n].sum() / gained.sum()) for n in (number, number - 1))
    yield from same("avoided by the first", share, first)
    yield from is_so(f"the first {number - 1} avoid {fewer:.3g}", fewer < 0.9)


@claim(
    r"Completion of <high:n> costs no more than <low:n>: other standards set the posts"
    r"(?:; <beyond:n> cannot be reached)?"
)
def level_for_nothing(ledger: Ledger, high: str, low: str, beyond: str | None) -> Iterator[str]:
    rows = ledger["frontier"].set_index("completion")["cost"]
    known = rows.dropna()
    yield from same("lowest", low, float(known.index[0]))
    yield from is_so(
        "it costs more",
        any(agrees(high, at) and cost <= known.iloc[0] * 1.001 for at, cost in known.items()),
    )
    if beyond:
        yield from same("out of reach", beyond, float(rows[rows.isna()].index[0]))


@claim(
    r"The most that <money:n> buys: completion of <share:n> on every activity that a standard asks it "
    r"of, with <posts:n> posts at the end(?:, with <rest:n> to spare)?",
    places=("page",),
)
def most_for_money(
    ledger: Ledger, money: str, share: str, posts: str, rest: str | None
) -> Iterator[str]:
    rows = ledger["frontier"].dropna()
    cost, give, _ = stated(money)
    there = rows[rows["cost"] <= cost + 2 * give]
    yield from is_so("it buys nothing", not there.empty)
    if not there.empty:
        best = there.iloc[-1]
        yield from same("completion", share, float(best["completion"]))
        yield from same("posts", posts, float(best["posts"]))
        if rest:
            left = cost - float(best["cost"])
            yield from is_so(f"{left:.0f} is left", abs(left - stated(rest)[0]) <= 2 * give + 1)


# --- What would make it possible -----------------------------------------------------------


@claim(r"(?:One change|Any one of <count:n> changes) would make it possible to meet every standard")
def enough(ledger: Ledger, count: str | None) -> Iterator[str]:
    rows = ledger["fixes"]
    yield from same("changes", count or "1", float(rows["to"].notna().sum()))


@claim(
    r"(?P<words>.+ would make it possible to meet every standard(?:, for <cost:n> per year (?P<way>more|less) \(allowing part posts\) than the plan that comes nearest|, at the cost of the plan that comes nearest)?)"
)
def fix(ledger: Ledger, words: str, cost: str | None, way: str | None) -> Iterator[str]:
    rows = ledger["fixes"]
    mine = rows[rows["words"].str.rstrip(".") == words]
    if mine.empty:
        yield "no such fix in the table"
        return
    if cost:
        more = float(mine["cost_per_year"].iloc[0])
        yield from same("cost", cost, abs(more))
        yield from is_so("it goes the other way", (more > 0) == (way == "more"))


@claim(r"(?P<none>No single change makes it possible to meet every standard)")
def no_fix(ledger: Ledger, none: str) -> Iterator[str]:
    yield from is_so("one does", bool(ledger["fixes"]["to"].isna().all()))


@claim(
    r"(?P<none>No post is added, so there is nothing to approve"
    r"|Nothing changes against today's posts, so there is nothing to ask for)"
)
def nothing_to_agree(ledger: Ledger, none: str) -> Iterator[str]:
    more = {key: float(ledger.added(*key).max()) for key in ledger.grades}
    yield from is_so(f"posts are added: {more}", max(more.values()) <= 1e-6)


@claim(r"<idle:n> of them change no cost as things stand", places=("page",))
def idle(ledger: Ledger, idle: str) -> Iterator[str]:
    rows = ledger["prices"]
    priced = rows[rows["checked_low"].notna() | rows["checked_high"].notna()]
    yield from same("idle", idle, float((~priced["binds"].astype(bool)).sum()))


@claim(
    r"(?P<none>No standard, case or hour affects the cost at present: current posts are enough)",
    places=("page",),
)
def nothing_binds(ledger: Ledger, none: str) -> Iterator[str]:
    yield from is_so("one does", not ledger["prices"]["binds"].astype(bool).any())


@claim(
    r"Proven to cost at most <gap:n> more than any plan "
    rf"(?P<when>{STARTS})",
    places=("page",),
)
def proof(ledger: Ledger, gap: str, when: str) -> Iterator[str]:
    yield from start_so(ledger, when)
    row = ledger["sizing"].iloc[0]
    cost, bound = float(row["cost"]), float(row["bound"])
    most = (cost - bound) / cost if cost > 0 and ledger["shortfalls"].empty else 0.0
    yield from same("the gap", gap, float(row["gap"]))
    yield from is_so(f"it may be {most:.3g}", most <= sum(stated(gap)[:2]) + 1e-9)


@claim(
    r"(?P<words>.+?: not enough by itself; even (?:without it|with .+? instead of .+?) "
    r"(?:<left:n> of <all:n> hours? would still be lacking|something would not be met, because posts are whole))"
)
def not_enough(ledger: Ledger, words: str, left: str | None, all: str | None) -> Iterator[str]:
    rows = ledger["fixes"]
    mine = rows[rows["words"].str.rstrip(".") == words]
    yield from is_so("no such fix in the table", not mine.empty)
    if left and all and not mine.empty:
        share = stated(left)[0] / stated(all)[0]
        yield from is_so(
            f"{mine['left'].iloc[0]:.3g} of it is left",
            abs(share - float(mine["left"].iloc[0])) < 0.01,
        )
        yield from is_so("it is enough", bool(mine["to"].isna().iloc[0]))


# --- Changes from a date -------------------------------------------------------------------


@claim(
    r"<when:m>: (?P<what>[^→]+): (?P<old>[^→]+) → (?P<new>[^→(]+?)(?: \((?P<whose>.+)\))?",
    places=("terminal",),
)
def from_a_date(
    ledger: Ledger, when: str, what: str, old: str, new: str, whose: str | None = None
) -> Iterator[str]:
    """A dated change as the scenario has it: one of that month goes from the one to the other."""
    mine = [one for one in ledger.settings.changes if f"{one.from_:%Y-%m}" == month_of(when)]
    known = [
        (setting, value)
        for one in mine
        for name, given in one.set_.items()
        for setting, value in leaves(given, name)
    ]
    ends = [
        (value_before(ledger, setting, month_of(when)), value)
        for setting, value in known
        if is_typed(new, value)
    ]
    yield from is_so(f"{what} becomes one of {known}", bool(ends))
    yield from is_so(
        f"{what} was one of {ends}", any(one is None or is_typed(old, one) for one, _ in ends)
    )


def is_typed(words: str, value: object) -> bool:
    """Whether a value in words, with its unit, is what a scenario has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return words == {True: "yes", False: "no"}.get(value, str(value))
    found = re.match(r"£?(-?[\d,.]+)(%?)", words)
    scale = 100 if found and found[2] else 1
    return bool(found) and math.isclose(float(found[1].replace(",", "")), value * scale)


def value_before(ledger: Ledger, setting: str, month: str) -> object:
    """What a setting was before a month, None where the scenario does not say it by this name."""
    for change in reversed(ledger.settings.changes):
        if f"{change.from_:%Y-%m}" < month and setting in change.set_:
            return next(value for _, value in leaves(change.set_[setting], setting))
    node: Any = ledger.settings.model_dump()
    for step in setting.split("."):
        if not isinstance(node, dict):
            return None
        if "value" in node:  # one number for all tiers
            break
        around, node = node, node.get(step, node.get("*"))
    if node is None and step == "posts":
        node = around["in_post"]
    if isinstance(node, dict) and set(node) == {"*"}:
        node = node["*"]
    return node.get("value") if isinstance(node, dict) else node


def leaves(given: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Settings inside one, by their dotted names."""
    if isinstance(given, dict) and "value" not in given:
        for key, value in given.items():
            yield from leaves(value, f"{name}.{key}" if key != "*" else name)
    else:
        yield name, given["value"] if isinstance(given, dict) else given
