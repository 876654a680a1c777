"""What is said of the recommended plan, from the tables that `capacity plan --out` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.statements.claiming import MONTH, claim, plain
from tests.statements.claims import is_so, same
from tests.statements.claims_why import later
from tests.statements.figures import MONTHS, agrees, month_of, year_of
from tests.statements.ledger import Ledger

EVERY = "Every standard"
POSTS = re.compile(
    r"(?P<posts>[\d,.]+) (?P<grade>[^,;]+?) posts? \((?P<team>(?:[^()]|\([^()]*\))+)\)"
)
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


@claim(r"Agree now: (?P<words>.+)")
def agree_now(ledger: Ledger, words: str) -> Iterator[str]:
    """Every firm post of the table is told, with its dates, and no other."""
    rows = ledger["decision"]
    firm = rows[rows["when"] == "firm"]
    told = []
    for part in words.split("; "):
        batch = BATCH.fullmatch(part)
        if batch is None:
            yield f"not read: {part}"
            continue
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


@claim(r"(?P<none>No post need be agreed now)")
def nothing_now(ledger: Ledger, none: str) -> Iterator[str]:
    yield from is_so("some are firm", not (ledger["decision"]["when"] == "firm").any())


@claim(
    r"Together they cost <cash:n> in a full year in cash \(<year:y>\), <real:n> in <base:y> prices"
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


@claim(r"Every standard is then met with a probability of (?P<words>.+); <asked:n> is asked for")
def probable(ledger: Ledger, words: str, asked: str) -> Iterator[str]:
    wanted = ledger.settings.sizing.confidence
    yield from same("asked for", asked, 0.8 if wanted is None else float(wanted.value))
    told = re.findall(r"(almost \d+%|under \d+%|[\d.]+%) in (\d{4}/\d\d)", words)
    yield from is_so("none is told", bool(told))
    for share, year in told:
        yield from same(year, share, chance(ledger, "reviewed", year))


@claim(r"Out of reach: (?P<words>.+)")
def out_of_reach(ledger: Ledger, words: str) -> Iterator[str]:
    rows = ledger["reached"]
    lost = rows[~rows["within_reach"].astype(bool)]
    told = re.findall(r"(\d{4}/\d\d)(?: average)? \(([^)]+)\)", words)
    wanted = [period.split()[0] for period in lost["period"]]
    yield from is_so(f"they are {wanted}", [year for year, _ in told] == wanted)
    for (year, share), found in zip(told, lost["chance"], strict=True):
        yield from same(year, share, float(found))


@claim(r"Twice the current posts would not be enough for <asked:n>")
def not_enough(ledger: Ledger, asked: str) -> Iterator[str]:
    yield from same("asked for", asked, float(ledger["reached"]["asked"].iloc[0]))
    wanted = ledger.settings.sizing.confidence
    yield from same("asked for", asked, 0.8 if wanted is None else float(wanted.value))


@claim(r"From <start:m> on they would be")
def reach_from(ledger: Ledger, start: str) -> Iterator[str]:
    rows = ledger["reached"]
    last = rows[~rows["within_reach"].astype(bool)]["reach_from"].iloc[-1]
    yield from is_so(f"from {last}", month_of(start) == last)


@claim(
    r"In the worst of these years every standard is met with a probability of <today:n> with no "
    r"posts added, and of <sized:n> with the team needed for the central case"
)
def beside(ledger: Ledger, today: str, sized: str) -> Iterator[str]:
    rows = ledger["chances"]
    reached = ledger["reached"]
    lost = set(reached.loc[~reached["within_reach"].astype(bool), "period"])
    of = ledger.settings.sizing.confidence_of
    ending = " average" if of == "average" else ""
    periods = ["every month"] if of == "every month" else [one + ending for one in ledger.years]
    judged = set(rows.loc[rows["standard"] == EVERY, "period"])
    for option, share in (("today", today), ("sized", sized)):
        each = [chance(ledger, option, one) for one in periods if one in judged - lost]
        yield from same(option, share, min(each))


@claim(
    r"Posts that are all fixed now would cost <fixed:n> over the whole time for <one:n> in the worst "
    r"of these years; with reviews they cost <mine:n> on average for <other:n> \(discounted\)"
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


plain(
    r"No standard is set, so no number of posts is needed",
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
    decision = ledger["decision"]
    late = decision[decision["when"] == "later"]
    yield from is_so("a later post before a review", set(late["agree_by"]) <= set(rule["review"]))
