"""What is said of the recommended plan, from the tables that `capacity plan --out` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from capacity.risk.foreseen import DRAWS
from tests.statements.claiming import CLAIMS, MONTH, claim, plain
from tests.statements.claims import (
    SINGLE,
    as_many_completed,
    is_so,
    same,
    what_asks_for_posts,
)
from tests.statements.figures import MONTHS, agrees, later, month_of, year_of
from tests.statements.ledger import TINY, Ledger

EVERY = "Every standard"
POSTS = re.compile(
    r"(?P<posts>\d[\d,.]*) (?P<grade>[^,;]+?) posts? \((?P<team>(?:[^()]|\([^()]*\))+)\)"
)
OTHERS = re.compile(r"(?P<posts>\d[\d,.]*) posts? in (?P<grades>\d+) other grades")
"""Posts of grades that are not named, of those that start on one date."""

BATCH = re.compile(
    rf"(?P<what>.+?), approved by (?P<by>{MONTH} \d{{4}}) to start in (?P<start>{MONTH} \d{{4}})"
)


def first_rows(ledger: Ledger) -> pd.DataFrame:
    """When standards are first not met with no posts added, the first ones first."""
    rows = ledger["first_not_met"]
    rows = rows[(rows["option"] == "today") & rows["p50"].notna()]
    return rows.sort_values(["p50", "p10"], kind="stable")


@claim(
    r"With no posts added, the first standard not met is (?P<standard>.+), in <when:m> \(the middle "
    r"of <many:n> simulations; (?P<span>.+)\)",
    r"(?P<standard>.+): <when:m> \((?P<span>(?:8|1) of 10 simulations .+)\)",
)
def first_not_met(
    ledger: Ledger, standard: str, when: str, span: str, many: str | None = None
) -> Iterator[str]:
    rows = first_rows(ledger)
    row = rows[rows["standard"] == standard].iloc[0]
    yield from is_so(f"the middle is {row['p50']}", month_of(when) == row["p50"])
    if many is not None:
        yield from is_so("another is earlier", row["p50"] == rows["p50"].min())
        if "foreseen" in ledger.tables:  # on a page
            yield from same("simulations", many, DRAWS)
    never = re.search(r", ([\d.]+%|almost \d+%|under \d+%|less than .+?) never", span)
    yield from is_so("some never are", (never is None) == (row["never"] == 0))
    if never:
        yield from same("never", never[1], float(row["never"]))
    named = [month_of(one) for one in re.findall(rf"{MONTH} \d{{4}}", span)]
    high = None if pd.isna(row["p90"]) else row["p90"]
    if span.startswith("1 of 10"):
        yield from is_so("the last of ten is too", high is None)
        yield from is_so(f"the first is {row['p10']}", named == [row["p10"]])
    else:
        wanted = [row["p10"]] if row["p10"] == high else [row["p10"], high]
        yield from is_so(f"they are {wanted}", named == wanted)


@claim(
    r"With no posts added, every standard is met to <end:m> in <share:n> of <many:n> simulations"
)
def all_met(ledger: Ledger, end: str, share: str, many: str) -> Iterator[str]:
    yield from is_so("some standard is not met in the middle", first_rows(ledger).empty)
    yield from is_so("not the last month", month_of(end) == ledger.months[-1])
    yield from same("the share", share, chance(ledger, "today", "every month"))
    yield from is_so("no simulations", float(many.replace(",", "")) > 0)
    if "foreseen" in ledger.tables:
        yield from same("simulations", many, DRAWS)


@claim(r"<count:n> more standards? (?:is|are) not met later")
def further(ledger: Ledger, count: str) -> Iterator[str]:
    yield from is_so("another number", agrees(count, float(len(first_rows(ledger)) - 3)))


def chance(ledger: Ledger, option: str, period: str) -> float:
    """The probability that every standard is met in a period."""
    rows = ledger["chances"]
    mine = rows[
        (rows["option"] == option)
        & (rows["standard"] == EVERY)
        & rows["tier"].isna()
        & (rows["period"] == period)
    ]
    return float(mine["chance"].iloc[0])


@claim(
    r"Agree <total:n> posts? now: (?P<words>.+?)(?:; and <more:n> more, approved (?:by|between) "
    r"<first:m>(?: and <last:m>)?)?"
)
def agree_now(
    ledger: Ledger, total: str, words: str, more: str | None, first: str | None, last: str | None
) -> Iterator[str]:
    """Every firm post of the table is told, with its dates, and no other."""
    rows = ledger["decision"]
    firm = rows[rows["when"] == "firm"]
    yield from same("posts", total, float(firm["posts"].sum()))
    if more and first:
        begun = {
            month_of(batch["start"]) for batch in map(BATCH.fullmatch, words.split("; ")) if batch
        }
        later_ = firm[~firm["start"].isin(begun)]
        firm = firm[firm["start"].isin(begun)]
        yield from same("further posts", more, float(later_["posts"].sum()))
        dates = sorted(set(later_["agree_by"]))
        yield from is_so(f"approved by {dates}", month_of(first) == dates[0])
        yield from is_so(f"approved by {dates}", month_of(last or first) == dates[-1])
    told = []
    for part in words.split("; "):
        batch = BATCH.fullmatch(part)
        if batch is None:
            yield f"not read: {part}"
            continue
        others = OTHERS.search(batch["what"])
        if others is not None:
            here = firm[firm["start"] == month_of(batch["start"])]
            keys = [*zip(here["team"], here["grade"], here["start"], strict=True)]
            named = POSTS.findall(batch["what"].replace(" and ", ", "))
            rest = here.iloc[len(named) :]
            yield from same("posts of others", others["posts"], float(rest["posts"].sum()))
            yield from is_so(f"{len(rest)} others", int(others["grades"]) == len(rest))
            told += keys[len(named) :]
        for one in POSTS.finditer(batch["what"].replace(" and ", ", ")):
            team = ledger.team(one["team"])
            grade = ledger.grade(team, one["grade"])
            start, by = month_of(batch["start"]), month_of(batch["by"])
            mine = firm[
                (firm["team"] == team) & (firm["grade"] == grade) & (firm["start"] == start)
            ]
            told.append((team, grade, start))
            yield from is_so(
                f"{one[0]}: the table has {mine.to_dict('records')}",
                len(mine) == 1
                and agrees(one["posts"], float(mine["posts"].iloc[0]))
                and mine["agree_by"].iloc[0] == by,
            )
            lead = int(
                float(ledger.settings.teams[team].grades[grade].recruitment_lead_months.value)
            )
            ready = max(ledger.months[0], later(start, -lead))
            if not ledger.is_dated(team, "recruitment_lead_months"):
                yield from is_so(f"it takes {lead} months", by == ready)
    wanted = sorted(zip(firm["team"], firm["grade"], firm["start"], strict=True))
    yield from is_so(f"the table has {wanted}", sorted(told) == wanted)


def lacks(ledger: Ledger) -> bool:
    """Whether the probability asked for is not reached in a year within reach."""
    rows = ledger["reached"]
    within = rows["within_reach"].astype(bool)
    return bool((within & (rows["chance"] + rows["error"] < rows["asked"])).any())


def limiting(ledger: Ledger) -> list[str]:
    """The standards that limit posts or money."""
    return [
        one.name
        for one in ledger.settings.standards
        if one.max_posts is not None or one.budget is not None
    ]


@claim(r"(?P<none>No post need be agreed now)")
def nothing_now(ledger: Ledger, none: str) -> Iterator[str]:
    yield from is_so("some are firm", not (ledger["decision"]["when"] == "firm").any())
    yield from is_so("a limit stops them", not (lacks(ledger) and limiting(ledger)))


@claim(r"No post that would help can be agreed now within (?P<limits>.+)")
def none_allowed(ledger: Ledger, limits: str) -> Iterator[str]:
    yield from is_so("some are firm", not (ledger["decision"]["when"] == "firm").any())
    yield from is_so("all is reached", lacks(ledger))
    names = re.findall(r"(?:^|, | and )(.+?) \((?:at most|no more than|[^()]*?£)[^()]*\)", limits)
    yield from is_so(f"they are {limiting(ledger)}", names == limiting(ledger))


AGREE = (
    r"(?:(?P<agree_now>[\d,.]+|[Nn]o) posts? (?:is|are) to be agreed now instead of "
    r"(?P<agree_then>[\d,.]+|none)"
    r"|[Aa]s many posts are to be agreed now \(<agree_same:n>\))"
)
AT_THE_END = (
    r"(?:(?P<end_now>[\d,.]+|no) posts? (?:is|are) there in <when:m> instead of "
    r"(?P<end_then>[\d,.]+|none)"
    rf"|as many posts are there in (?P<then>{MONTH} \d{{4}}) \(<end_same:n>\))"
)


@claim(
    rf"(?:Compared with “(?P<title>.+)”, )?{AGREE}, and {AT_THE_END}: "
    r"(?:<cost:n> (?P<way>more|less)|as much money) on average over <span:n> months? "
    r"\(discounted\)"
)
def compared_decisions(ledger: Ledger, span: str, **parts: str | None) -> Iterator[str]:
    """What is to be agreed and what is there at the end, here and before."""
    rows = ledger["decision_beside"].set_index("option")
    here, before = rows.loc["here"], rows.loc["before"]
    if parts["title"]:
        yield from is_so(f"it is {before['title']}", parts["title"] == before["title"])
    for name, column in (("agree", "agree_now"), ("end", "at_the_end")):
        now, then = float(here[column]), float(before[column])
        if parts[f"{name}_same"]:
            yield from is_so(f"it is {now} and {then}", abs(now - then) < 1e-9)
            yield from same(name, str(parts[f"{name}_same"]), now)
        else:
            yield from is_so(f"both are {now}", abs(now - then) > 1e-9)
            yield from same(name, str(parts[f"{name}_now"]).lower(), now)
            yield from same(name, str(parts[f"{name}_then"]), then)
    firm = ledger["decision"][ledger["decision"]["when"] == "firm"]
    yield from is_so("the decision has others", abs(firm["posts"].sum() - here["agree_now"]) < 1e-9)
    reviewed = ledger["reviewed"]
    last = reviewed[reviewed["team"].isna()]["p50"].iloc[-1]
    yield from is_so(f"the middle is {last}", abs(last - here["at_the_end"]) < 1e-9)
    yield from same("months", span, float(len(ledger.months)))
    end = str(parts["when"] or parts["then"])
    yield from is_so("not the last month", month_of(end) == ledger.months[-1])
    more = float(here["cost"] - before["cost"])
    if parts["cost"]:
        yield from same("the cost", parts["cost"], abs(more))
        yield from is_so("it goes the other way", (more > 0) == (parts["way"] == "more"))
    else:
        yield from is_so(f"it is {more:.0f}", abs(more) < 0.0021 * float(before["cost"]))


@claim(r"Out of reach of <asked:n>: (?P<here>.+) here, (?P<before>.+) there")
def compared_reach(ledger: Ledger, asked: str, here: str, before: str) -> Iterator[str]:
    rows = ledger["decision_beside"].set_index("option")["out_of_reach"].fillna("no year")
    yield from same("asked for", asked, float(ledger["reached"]["asked"].iloc[0]))
    for option, said in (("here", here), ("before", before)):
        yield from is_so(f"{option}: {rows[option]}", said == rows[option])
    reached = ledger["reached"]
    lost = list(reached.loc[~reached["within_reach"].astype(bool), "period"])
    yield from is_so(
        f"they are {lost}", re.findall(r"\d{4}/\d\d", here) == [one[:7] for one in lost]
    )


@claim(
    r"(?P<who>As recommended|With no posts added), every standard is met in the worst year within "
    r"reach with a probability of <now:n> instead of <then:n>"
)
def compared_chances(ledger: Ledger, who: str, now: str, then: str) -> Iterator[str]:
    rows = ledger["decision_beside"].set_index("option")
    column = "chance" if who.startswith("As") else "current_chance"
    option = "reviewed" if who.startswith("As") else "today"
    reached = ledger["reached"]
    within = reached.loc[reached["within_reach"].astype(bool), "period"]
    yield from same("here", now, min(chance(ledger, option, one) for one in within))
    yield from same("here", now, float(rows.loc["here", column]))
    yield from same("there", then, float(rows.loc["before", column]))


@claim(r"With no posts added, as many (?P<names>.+) are completed in <span:n> months?" + SINGLE)
def as_many_done(ledger: Ledger, names: str, span: str) -> Iterator[str]:
    yield from as_many_completed(ledger, names, span)


CERTAIN = "to make (it|each standard on its own)"
"""What the last layer of posts is for."""


@claim(
    r"Of the <added:n> posts? added(?: and <fewer:n> fewer)? by <end:m> in the middle of the "
    r"simulations: (?P<what>.+)"
)
def what_for(
    ledger: Ledger, added: str, end: str, what: str, fewer: str | None = None
) -> Iterator[str]:
    """The layers add up to the recommended plan, grade by grade; the last is confidence."""
    rows = ledger["layers"]
    yield from is_so("not the last month", month_of(end) == ledger.months[-1])
    net = rows.groupby(["team", "grade"])["posts"].sum()
    yield from same("posts added", added, float(net[net > 0].sum()))
    lost = -float(net[net < -1e-6].sum())
    yield from is_so(f"{lost} fewer", (fewer is None) == (lost == 0))
    if fewer is not None:
        yield from same("posts fewer", fewer, lost)
    last = rows[rows["layer"] == rows["layer"].max()]
    yield from is_so("the last is another", set(last["rule"]) == {"confidence"})
    reviewed, staffing = ledger["reviewed"], ledger["staffing"]
    last_year = reviewed[reviewed["year"] == ledger.years[-1]]
    ends, total = last_year[last_year["team"].notna()], last_year[last_year["team"].isna()]
    yield from is_so(
        "as many as reviews come to", abs(ends["middle"].sum() - total["p50"].iloc[0]) < 1e-6
    )
    now = staffing[(staffing["option"] == "today") & (staffing["month"] == ledger.months[-1])]
    more = ends.set_index(["team", "grade"])["middle"] - now.set_index(["team", "grade"])["posts"]
    each = rows[rows["team"].notna()].groupby(["team", "grade"])["posts"].sum()
    for key, value in more.items():
        yield from is_so(f"{key} has {value}", abs(float(each.get(key, 0.0)) - value) < 1e-6)
    told = re.sub(rf"{CERTAIN} ([\d.]+%|more) certain", r"for confidence (\1)", what)
    told = f"{told[:1].upper()}{told[1:]}"
    asking = next(one for one in CLAIMS if one.check is what_asks_for_posts)
    parts = asking.pattern.fullmatch(told)
    yield from what_asks_for_posts(ledger, **parts.groupdict()) if parts else [f"unread: {what}"]
    wanted = ledger.settings.sizing.confidence
    alone = ledger["reached_alone"]
    rows = pd.concat([ledger["reached"], alone])
    rows = rows[rows["within_reach"].astype(bool)]
    enough = bool((rows["chance"] + rows["error"] >= rows["asked"]).all())
    for each, asked in re.findall(rf"{CERTAIN} ([\d.]+%|more) certain", what):
        yield from is_so("each by itself", (each != "it") == (len(alone) > 0))
        yield from is_so("what is asked for is reached", (asked != "more") == enough)
        if enough:
            yield from same("asked for", asked, 0.8 if wanted is None else float(wanted.value))


@claim(
    r"One (?P<grade>.+?) post fewer \((?P<team>(?:[^()]|\([^()]*\))+)\) (?P<when>agreed now|by each "
    r"review) makes it (?P<points>\S+|less than 0\.1) (?:points? )?less probable "
    r"that (?:every standard|the standard (?P<standard>.+?)) is met in (?P<period>.+?), and "
    r"(?:saves <saved:n>|costs <dearer:n> more) "
    r"over <span:n> months? \(discounted\)",
)
def one_fewer(
    ledger: Ledger, grade: str, team: str, when: str, points: str, period: str, span: str,
    standard: str | None = None, saved: str | None = None, dearer: str | None = None,
) -> Iterator[str]:  # fmt: skip
    rows = ledger["one_post_fewer"]
    key = ledger.team(team)
    mine = rows[(rows["team"] == key) & (rows["grade"] == ledger.grade(key, grade))]
    mine = mine[mine["when"] == ("firm" if when == "agreed now" else "later")]
    yield from is_so(f"{len(mine)} rows", len(mine) == 1)
    row = mine.iloc[0]
    yield from is_so(f"it is {row['period']}", period == row["period"])
    named = row["standard"] if isinstance(row["standard"], str) else None
    yield from is_so(f"it is {named}", standard == named)
    lost = 100 * float(row["chance"] - row["with_one_fewer"])
    if points == "no":
        yield from is_so(f"it is {lost}", lost < 0.05)
    else:
        yield from same("points", points, lost)
    if saved is not None:
        yield from same("saved", saved, float(row["saved"]))
    if dearer is not None:
        yield from same("dearer", dearer, -float(row["saved"]))
    yield from same("months", span, float(len(ledger.months)))


@claim(
    r"Approve (?P<what>[^.]+) by <by:m>, to start in <start:m>",
    r"The review of <by:m> adds (?P<what>[^.]+?) to start in <start:m> in the middle of the "
    r"simulations: (?P<rule>.+)",
)
def row_of_decision(
    ledger: Ledger, what: str, by: str, start: str, rule: str | None = None
) -> Iterator[str]:
    rows = ledger["decision"]
    found = POSTS.fullmatch(what)
    if found is None:
        yield f"unread: {what}"
        return
    team = ledger.team(found["team"])
    mine = rows[
        (rows["team"] == team)
        & (rows["grade"] == ledger.grade(team, found["grade"]))
        & (rows["start"] == month_of(start))
        & (rows["agree_by"] == month_of(by))
        & (rows["when"] == ("later" if rule else "firm"))
    ]
    yield from is_so(f"{len(mine)} rows", len(mine) == 1)
    yield from same("posts", found["posts"], float(mine["posts"].iloc[0]))
    yield from is_so("another rule", rule is None or rule == mine["rule"].iloc[0])


@claim(r"<total:n> posts? ends? in <teams:n> teams? (?:in <only:m>|between <first:m> and <last:m>)")
def many_ended(
    ledger: Ledger, total: str, teams: str, only: str | None, first: str | None, last: str | None
) -> Iterator[str]:
    rows = ledger["ending"]
    yield from is_so("few enough to be named", len(rows) > 6)
    yield from same("posts that end", total, float(rows["posts"].sum()))
    yield from same("teams", teams, float(rows["team"].nunique()))
    ends = [month_of(first or str(only)), month_of(last or str(only))]
    yield from is_so("other months", ends == [rows["month"].min(), rows["month"].max()])


@claim(r"<total:n> posts? ends?: (?P<posts>.+)")
def ended(ledger: Ledger, total: str, posts: str) -> Iterator[str]:
    """Every post that ends is told, each of its month."""
    rows = ledger["ending"]
    yield from is_so("the total is kept", not ledger.settings.sizing.keep_total)
    yield from same("posts that end", total, float(rows["posts"].sum()))
    told = []
    for part in posts.split("; "):
        when = month_of(re.findall(rf"{MONTH} \d{{4}}", part)[-1])
        for one in POSTS.finditer(part.replace(" and ", ", ")):
            team = ledger.team(one["team"])
            grade = ledger.grade(team, one["grade"])
            mine = rows[(rows["team"] == team) & (rows["grade"] == grade) & (rows["month"] == when)]
            told.append((team, grade, when))
            yield from is_so(
                f"{one[0]}: the table has {mine.to_dict('records')}",
                len(mine) == 1 and agrees(one["posts"], float(mine["posts"].iloc[0])),
            )
    keys = sorted(zip(rows["team"], rows["grade"], rows["month"], strict=True))
    yield from is_so(f"the table has {keys}", sorted(told) == keys)


@claim(r"Posts that end in their place, so that the total stays as it is: (?P<posts>.+)")
def given_up(ledger: Ledger, posts: str) -> Iterator[str]:
    """Where the total is kept as many end as begin, each of its month."""
    told = re.findall(r"([\d.]+) [^;]*?posts? \([^()]+\) in (\w+ \d{4})", posts)
    rows = ledger["ending"]
    yield from is_so(f"{len(rows)} end", len(told) == len(rows))
    for (number, when), (_, row) in zip(told, rows.iterrows(), strict=False):
        yield from same("posts that end", number, float(row["posts"]))
        yield from is_so(f"they end in {row['month']}", month_of(when) == row["month"])
    firm = ledger["decision"][ledger["decision"]["when"] == "firm"]
    yield from is_so("not as many", abs(float(firm["posts"].sum() - rows["posts"].sum())) < TINY)


@claim(
    r"(?:Together they cost|It costs) <cash:n> in a full year in cash \(<year:y>\), <real:n> in <base:y> prices"
)
def full_year(ledger: Ledger, cash: str, year: str, real: str, base: str) -> Iterator[str]:
    firm = ledger["decision"][ledger["decision"]["when"] == "firm"]
    yield from same("cash", cash, float(firm["full_year_cash"].sum()))
    yield from same("real", real, float(firm["full_year_real"].sum()))
    start = firm["start"].max()
    whole = start if start[5:] == "04" else later(f"{int(year_of(start)[:4]) + 1}-04", 0)
    yield from is_so("not the first whole year", year_of(whole) == year)
    yield from is_so(
        "another base", base == (ledger.settings.finance.price_base or ledger.years[0])
    )


@claim(
    r"Review posts each (?P<name>\w+) for the next April, first in <first:m>, by the review rule: "
    r"it comes to <posts:n> posts? in <end:m> \((?P<span>.+) in 8 of 10 simulations\)"
)
def reviews(
    ledger: Ledger, name: str, first: str, posts: str, end: str, span: str
) -> Iterator[str]:
    asked = int(ledger.settings.sizing.review_month.value)
    yield from is_so("another month", MONTHS[asked - 1] == name)
    rule = ledger["review_rule"]
    yield from is_so("not the first review", month_of(first) == rule["review"].min())
    yield from is_so("not after the start", month_of(first) > ledger.months[0])
    yield from is_so("not the last month", month_of(end) == ledger.months[-1])
    rows = ledger["reviewed"]
    last = rows[rows["team"].isna() & (rows["year"] == ledger.years[-1])].iloc[0]
    yield from is_so(f"the middle is {last['p50']}", agrees(posts, float(last["p50"])))
    ends = [one.split()[0] for one in span.split(" to ")]
    wanted = [float(last["p10"]), float(last["p90"])]
    wanted = wanted[:1] if wanted[0] == wanted[1] else wanted
    yield from is_so(
        f"they are {wanted}",
        len(ends) == len(wanted) and all(map(agrees, ends, wanted)),
    )


@claim(r"Every standard is (?P<then>then )?met with a probability of (?P<words>.+)")
def probable(ledger: Ledger, words: str, then: str | None) -> Iterator[str]:
    told = re.findall(r"(almost \d+%|under \d+%|[\d.]+%) in (\d{4}/\d\d)", words)
    yield from is_so("none is told", bool(told))
    for share, year in told:
        yield from same(year, share, chance(ledger, "reviewed", year))
    rows = ledger["reached"]
    within = rows.loc[rows["within_reach"].astype(bool), "period"]
    wanted = [period.split()[0] for period in within]
    yield from is_so(f"they are {wanted}", [year for _, year in told] == wanted)


@claim(
    r"A probability of <asked:n> is asked for in every year within reach(?P<none>; none is)?"
    r"(?: and is not reached in (?P<lacks>.+))?"
)
def asked_for(ledger: Ledger, asked: str, none: str | None, lacks: str | None) -> Iterator[str]:
    wanted = ledger.settings.sizing.confidence
    asked_ = 0.8 if wanted is None else float(wanted.value)
    yield from same("asked for", asked, asked_)
    rows = ledger["reached"]
    short = rows["within_reach"].astype(bool) & (rows["chance"] + rows["error"] < asked_)
    yield from is_so("some are within reach", not none or not rows["within_reach"].any())
    told = re.findall(r"\d{4}/\d\d", lacks or "")
    wanted_ = [period.split()[0] for period in rows.loc[short, "period"]]
    yield from is_so(f"they are {wanted_}", told == wanted_)


@claim(r"Out of reach: (?P<words>.+)")
def out_of_reach(ledger: Ledger, words: str) -> Iterator[str]:
    rows = ledger["reached"]
    lost = rows[~rows["within_reach"].astype(bool)]
    told = re.findall(r"(\d{4}/\d\d)(?: average)? \(([^)]+)\)", words)
    wanted = [period.split()[0] for period in lost["period"]]
    yield from is_so(f"they are {wanted}", [year for year, _ in told] == wanted)
    for (year, share), found in zip(told, lost["chance"], strict=True):
        yield from same(year, share, float(found))


@claim(
    r"So the plan aims(?P<there> there)? at <asked:n> for each standard on its own; the least "
    r"probable is (?P<least>.+)"
)
def each_alone(ledger: Ledger, asked: str, least: str, there: str | None = None) -> Iterator[str]:
    rows = ledger["reached_alone"]
    yield from same("asked for", asked, float(rows["asked"].iloc[0]))
    every = ledger["reached"].set_index("period")["within_reach"].astype(bool)
    yield from is_so("some are in reach of all", every.any() == bool(there))
    yield from is_so("asked for where all are", not every[rows["period"].unique()].any())
    judged = ledger["chances"].query("option == 'reviewed' and standard.notna()")
    standards = judged.groupby("period")["standard"].nunique().reindex(every.index)
    yield from is_so("none with most standards", standards[every].max() != standards.max())
    within = rows[rows["within_reach"].astype(bool)]
    yield from _of_one(ledger, least, within.nsmallest(1, "chance"))
    seen = ledger["chances"].query("option == 'reviewed'").set_index(["standard", "period"])
    for row in rows.itertuples():
        found = float(seen.loc[(row.standard, row.period), "chance"])
        yield from is_so(f"{row.standard} in {row.period}: {found}", abs(found - row.chance) < 1e-9)


@claim(
    r"(?P<short>Still short of that): (?P<some>.+)",
    r"Out of reach even on its own: (?P<some>.+)",
)
def not_alone(ledger: Ledger, some: str, short: str | None = None) -> Iterator[str]:
    rows = ledger["reached_alone"]
    within = rows["within_reach"].astype(bool)
    lacks = within & (rows["chance"] + rows["error"] < rows["asked"])
    yield from _of_one(ledger, some, rows[lacks if short else ~within])


def _of_one(ledger: Ledger, words: str, rows: pd.DataFrame) -> Iterator[str]:
    """Compare standards, periods and probabilities that are named with rows of the table."""
    told = re.findall(r"(?:^|, | and )(.+?) in (\S+(?: average| month)?) \(([^)]+)\)", words)
    yield from is_so(f"{len(rows)} of them", len(told) == min(len(rows), 6) or "more" in words)
    for (name, period, share), row in zip(told, rows.itertuples(), strict=False):
        yield from is_so(f"it is {row.standard}", (name, period) == (row.standard, row.period))
        yield from same(name, share, float(row.chance))


@claim(r"Twice the current posts would not be enough for <asked:n>")
def not_enough(ledger: Ledger, asked: str) -> Iterator[str]:
    yield from same("asked for", asked, float(ledger["reached"]["asked"].iloc[0]))
    wanted = ledger.settings.sizing.confidence
    yield from same("asked for", asked, 0.8 if wanted is None else float(wanted.value))


@claim(r"From <start:m> on they would be(?:, if these applied from then: (?P<dates>.+))?")
def reach_from(ledger: Ledger, start: str, dates: str | None) -> Iterator[str]:
    rows = ledger["reached"]
    last = rows[~rows["within_reach"].astype(bool)]["reach_from"].iloc[-1]
    yield from is_so(f"from {last}", month_of(start) == last)
    told: dict[str, str] = {}
    for part in (dates or "").split("; "):
        names, _, date = part.rpartition(" instead of ")
        told |= {name: month_of(date) for name in re.split(", | and ", names) if name}
    wanted = {}
    for one in ledger.settings.standards:
        about = one.cohort is not None
        begins = ledger.months[0] if one.from_ is None else f"{one.from_:%Y-%m}"
        if about and max(begins, ledger.months[0]) < last:
            wanted[one.name] = max(begins, ledger.months[0])
    yield from is_so(f"they are {wanted}", told == wanted)


@claim(
    r"In the worst year within reach every standard is met with a probability of <today:n> with no "
    r"posts added(?:, and of <sized:n> with the team needed for the central case)?"
)
def beside(ledger: Ledger, today: str, sized: str | None) -> Iterator[str]:
    rows = ledger["chances"]
    reached = ledger["reached"]
    lost = set(reached.loc[~reached["within_reach"].astype(bool), "period"])
    of = ledger.settings.sizing.confidence_of
    ending = " average" if of == "average" else ""
    periods = ["every month"] if of == "every month" else [one + ending for one in ledger.years]
    judged = set(rows.loc[rows["standard"] == EVERY, "period"])
    added = ledger["staffing"].pivot_table(
        index=["month", "team", "grade"], columns="option", values="posts"
    )
    moved = float((added["sized"] - added["today"]).abs().max()) > 1e-6
    yield from is_so(f"the team needed adds some: {moved}", moved == (sized is not None))
    for option, share in (("today", today), *([("sized", sized)] if sized else [])):
        each = [chance(ledger, option, one) for one in periods if one in judged - lost]
        yield from same(option, share, min(each))


@claim(
    r"Posts that are all fixed now would cost <fixed:n> over the whole time for <one:n> in the worst "
    r"year within reach; with reviews they cost <mine:n> on average for <other:n> \(discounted\)"
)
def fixed_plan(ledger: Ledger, fixed: str, one: str, mine: str, other: str) -> Iterator[str]:
    rows = ledger["reviewed_beside"].set_index("option")
    reached = ledger["reached"]
    within = reached.loc[reached["within_reach"].astype(bool), "period"]
    for option, cost, share in (("fixed_plan", fixed, one), ("reviewed", mine, other)):
        yield from same(option, cost, float(rows.loc[option, "cost"]))
        worst = min(chance(ledger, option, period) for period in within)
        yield from same(option, share, worst)
    cost = ledger["reviewed_cost"]
    total = float(cost.loc[cost["price"] == "real", "mean"].sum())
    yield from is_so("dearer than undiscounted", float(rows.loc["reviewed", "cost"]) <= total)


@claim(
    r"Posts set at a yearly review would cost <other:n> on average over the whole time for <one:n> "
    r"in the worst year within reach; fixed now, as here, they cost <mine:n> for <share:n> "
    r"\(discounted\)"
)
def by_review(ledger: Ledger, other: str, one: str, mine: str, share: str) -> Iterator[str]:
    rows = ledger["reviewed_beside"].set_index("option")
    for option, cost in (("by_review", other), ("reviewed", mine), ("fixed_plan", mine)):
        yield from same(option, cost, float(rows.loc[option, "cost"]))
    yield from same("by_review", one, float(rows.loc["by_review", "chance"]))
    reached = ledger["reached"]
    within = reached.loc[reached["within_reach"].astype(bool), "period"]
    yield from same("reviewed", share, min(chance(ledger, "reviewed", one) for one in within))
    # It may turn out otherwise on fresh simulations by no more than chance.
    dear = float(rows.loc["by_review", "cost"]) - float(rows.loc["reviewed", "cost"])
    yield from is_so(
        "reviews are not much cheaper", dear > -0.01 * float(rows.loc["reviewed", "cost"])
    )


@claim(r"(?P<setting>.+): worth <saving:n> to know before posts are agreed \(±<error:n>\)")
def worth_knowing(ledger: Ledger, setting: str, saving: str, error: str) -> Iterator[str]:
    """A row of the table has these figures; what settings are called is checked elsewhere."""
    rows = ledger["value_of_knowing"].to_dict("records")
    alike = [one for one in rows if agrees(saving, one["saving"]) and agrees(error, one["error"])]
    yield from is_so(f"no such row: {setting}", bool(alike))


@claim(
    r"Probability that (?:every standard|the standard (?P<standard>.+?)) is met in (?P<period>.+), "
    r"in the third of the simulations in which a setting is lowest and in the third in which it is "
    r"highest:?"
)
def turned_on(ledger: Ledger, period: str, standard: str | None = None) -> Iterator[str]:
    """What is asked for and within reach, and of that the least likely to be met."""
    asked = pd.concat([ledger["reached"], ledger["reached_alone"]], ignore_index=True)
    within = asked[asked["within_reach"].astype(bool)].reset_index(drop=True)
    least = within.loc[within["chance"].idxmin()]
    named = least["standard"] if isinstance(least.get("standard"), str) else None
    yield from is_so(f"not {period} but {least}", period == least["period"])
    yield from is_so(f"not {standard} but {named}", standard == named)
    yield from is_so("nothing is told", bool(ledger["sensitivity"]["told"].any()))


@claim(
    r"No setting alone changes the probability that (?:every standard|the standard "
    r"(?P<standard>.+?)) is met in (?P<period>.+) by more than chance does"
)
def nothing_turned_on(ledger: Ledger, period: str, standard: str | None = None) -> Iterator[str]:
    rows = ledger["sensitivity"]
    named = {one if isinstance(one, str) else None for one in rows["standard"]}
    yield from is_so(f"not {standard}", named == {standard})
    yield from is_so(f"not {period}", set(rows["period"]) == {period})
    yield from is_so("something is told", not rows["told"].any())


@claim(r"(?:(?P<setting>.+): )?<one:n> at (?P<low>.+) or less, <other:n> at (?P<high>.+) or more")
def by_third(
    ledger: Ledger, setting: str | None, one: str, low: str, other: str, high: str
) -> Iterator[str]:
    """A row has both, and they differ by more than chance; what settings are called is elsewhere."""
    rows = ledger["sensitivity"].to_dict("records")
    alike = [
        row
        for row in rows
        if agrees(one, row["chance_low"]) and agrees(other, row["chance_high"]) and row["told"]
    ]
    yield from is_so(f"no such row: {setting} {low} {high}", bool(alike))


plain(
    r"No setting of this scenario has a range: chance alone is drawn, and .+ not to be trusted",
    r"The plan for the central case, without chance:",
)


def relations(ledger: Ledger) -> Iterator[str]:
    """What must hold between the tables of a recommended plan."""
    rows = ledger["reviewed"]
    for row in rows.to_dict("records"):
        yield from is_so(f"out of order {row}", row["p10"] <= row["p50"] <= row["p90"])
    cost = ledger["reviewed_cost"]
    for row in cost.to_dict("records"):
        yield from is_so(f"out of order {row}", row["p10"] <= row["p50"] <= row["p90"])
    rule = ledger["review_rule"]
    for key, mine in rule.groupby(["team", "grade", "review", "measure"]):
        at = mine.sort_values("posts")["at_least"].to_numpy()
        yield from is_so(f"{key} does not rise", bool((np.diff(at) > 0).all()))
    decision, fewer = ledger["decision"], ledger["one_post_fewer"]
    agreed = decision[decision["when"] == "firm"]
    lost = fewer[fewer["when"] == "firm"]
    told = set(zip(lost["team"], lost["grade"], strict=True))
    known = set(zip(agreed["team"], agreed["grade"], strict=True))
    yield from is_so(f"one fewer of {told - known}, none agreed", told <= known)
    if ledger.settings.sizing.keep_total:
        yield from is_so("a post fewer within a total", fewer.empty)
    if (decision["when"] == "firm").all() and not len(rule):
        last = rows[rows["team"].isna()]["p50"].iloc[-1]
        more = float(agreed["posts"].sum() - ledger["ending"]["posts"].sum())
        there = ledger.posts("today", ledger.months[-1])
        yield from is_so(f"{there} and {more} are {last}", abs(there + more - last) < 1e-6)
    late = decision[decision["when"] == "later"]
    yield from is_so("a later post before a review", set(late["agree_by"]) <= set(rule["review"]))


# Tiles of a report ---------------------------------------------------------------------------


def here(ledger: Ledger) -> pd.Series:
    """What is recommended, in figures."""
    return ledger["decision_beside"].set_index("option").loc["here"]


@claim(r"Posts to agree now: <n:n>", places=("paper answer",))
def tile_now(ledger: Ledger, n: str) -> Iterator[str]:
    yield from same("posts to agree now", n, float(here(ledger)["agree_now"]))


@claim(r"<cash:n> in a full year, cash", places=("paper answer",))
def tile_cash(ledger: Ledger, cash: str) -> Iterator[str]:
    rows = ledger["decision"]
    paid = float(rows[rows["when"] == "firm"]["full_year_cash"].sum())
    yield from same("in a full year", cash, paid)


@claim(r"Posts in <when:m>: <n:n>", places=("paper answer",))
def tile_then(ledger: Ledger, when: str, n: str) -> Iterator[str]:
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])
    yield from same("posts at the end", n, float(here(ledger)["at_the_end"]))


@claim(
    r"<low:n> to <high:n> in 8 of 10 simulations; <now:n> posts? with none added",
    places=("paper answer",),
)
def tile_range(ledger: Ledger, low: str, high: str, now: str) -> Iterator[str]:
    rows = ledger["reviewed"]
    last = rows[rows["team"].isna() & (rows["year"] == ledger.years[-1])].iloc[0]
    yield from same("low", low, float(last["p10"]))
    yield from same("high", high, float(last["p90"]))
    yield from same("now", now, ledger.posts("today", ledger.months[-1]))


@claim(
    r"Every standard met, worst year within reach(?:: <share:n>)?",
    r"probability; <none:n> with no posts added",
    places=("paper answer",),
)
def tile_chance(ledger: Ledger, share: str | None = None, none: str | None = None) -> Iterator[str]:
    if share:
        yield from same("probability", share, float(here(ledger)["chance"]))
    if none:
        yield from same("with none added", none, float(here(ledger)["current_chance"]))


@claim(r"Expected cost over <months:n> months?(?:: <cost:n>)?", places=("paper answer",))
def tile_cost(ledger: Ledger, months: str, cost: str | None = None) -> Iterator[str]:
    yield from same("months", months, float(len(ledger.months)))
    if cost:
        yield from same("expected cost", cost, float(here(ledger)["cost"]))
