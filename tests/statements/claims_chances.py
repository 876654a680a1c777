"""What the page How certain says, from the tables that `capacity simulate` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from tests.statements.claiming import claim, plain
from tests.statements.claims import is_so, option_of, same
from tests.statements.figures import month_of
from tests.statements.ledger import Ledger

PLACE = ("page how_sure",)
EACH = re.compile(
    r"(?P<words>in .+?|[\d£].*?) with (?P<who>no posts added|the team needed)(?:, |$| (?=in ))"
)
EVERY = "Every standard"
WORTH = 0.005
"""A share this near to nothing or all is told as nearly so."""


def options_told(words: str) -> list[tuple[str, str]]:
    """What is said of each option, with the option."""
    return [(one["words"], one["who"]) for one in EACH.finditer(words)]


def told_of_all(ledger: Ledger, told: list[tuple[str, str]]) -> Iterator[str]:
    there = [option_of(ledger, who) for _, who in told]
    yield from is_so(f"told of {there}", there == ledger.options)


@claim(
    r"In 8 of 10 simulations (?P<what>completion) of <name:t> is (?P<ranges>.+) in <when:m>",
    r"<name:t> (?P<what>overdue) in <when:m> in 8 of 10 simulations: (?P<ranges>.+)",
    places=PLACE,
)
def bands(ledger: Ledger, what: str, name: str, when: str, ranges: str) -> Iterator[str]:
    """The range that leaves out a tenth at either end, in the last month that is told of."""
    measure = "completion" if what == "completion" else "outstanding"
    rows = ledger["bands"]
    rows = rows[(rows["measure"] == measure) & rows["tier"].isna()]
    told = options_told(ranges)
    yield from told_of_all(ledger, told)
    yield from is_so("not the last month", month_of(when) == ledger.months[-1])
    for words, who in told:
        low, high = words.split(" to ") if " to " in words else (words, words)
        tried = []
        for group, duty in ledger.duties(name):
            mine = rows[
                (rows["option"] == option_of(ledger, who))
                & (rows["month"] == month_of(when))
                & rows["cohort"].isin([group, *ledger.members(group)])
                & (rows["duty"] == duty)
            ]
            for one in mine.to_dict("records"):
                found = list(same(f"{who}, low", low, float(one["p10"])))
                tried.append([*found, *same(f"{who}, high", high, float(one["p90"]))])
        yield from min(tried, key=len) if tried else ["no band is known"]


def chance_is(words: str, chance: float) -> Iterator[str]:
    """Whether a share of simulations is that chance, rounded as it is told."""
    ok = {
        "in every simulation": chance == 1,
        "in nearly every simulation": 1 - WORTH <= chance < 1,
        "in no simulation": chance == 0,
        "in hardly any simulation": 0 < chance < WORTH,
    }.get(words)
    if ok is None:
        found = re.fullmatch(r"in (\d+) of (10|100) simulations", words)
        slack = {"10": 0.0101, "100": 0.00501}
        ok = found is not None and (abs(int(found[1]) / int(found[2]) - chance) <= slack[found[2]])
    yield from is_so(f"{words}: it is {chance:.4f}", bool(ok))


def chances_are(ledger: Ledger, rows: pd.DataFrame, words: str) -> Iterator[str]:
    told = options_told(words)
    yield from told_of_all(ledger, told)
    for share, who in told:
        mine = rows[rows["option"] == option_of(ledger, who)]
        yield from is_so(f"{len(mine)} rows", len(mine) == 1)
        yield from chance_is(share, float(mine["chance"].iloc[0]))


@claim(
    r"(?P<whose>Every standard|The standard) is met (?P<when>in every month|on average in <mean:p>|in <year:p>) "
    r"(?P<words>in .+)",
    places=PLACE,
)
def every_standard(
    ledger: Ledger, whose: str, when: str, mean: str | None, year: str | None, words: str
) -> Iterator[str]:
    rows = ledger["chances"]
    period = f"{mean} average" if mean else year or "every month"
    yield from is_so(
        "there are several", (whose == "The standard") == (len(ledger.settings.standards) == 1)
    )
    mine = rows[(rows["period"] == period) & rows["tier"].isna() & (rows["standard"] == EVERY)]
    yield from chances_are(ledger, mine, words)


@claim(
    r"More than <many:n> activities are overdue at some time (?P<words>in .+)",
    places=PLACE,
)
def backlog(ledger: Ledger, many: str, words: str) -> Iterator[str]:
    rows = ledger["chances"]
    mine = rows[(rows["period"] == "any month") & (rows["standard"] == f"Backlog above {many}")]
    yield from chances_are(ledger, mine, words)


@claim(
    r"(?P<label>.+) matters most: <low:n> at its low, <high:n> at its high \(<share:n> of "
    r"the uncertainty in completion at the end\)",
    places=PLACE,
)
def matters_most(ledger: Ledger, label: str, low: str, high: str, share: str) -> Iterator[str]:
    rows = ledger["drivers"]
    mine = rows[(rows["measure"] == "completion at the end") & rows["at_low"].notna()]
    first = mine.sort_values("share_of_variance", ascending=False).iloc[0]
    for what, text, column in (
        ("at its low", low, "at_low"),
        ("at its high", high, "at_high"),
        ("the share", share, "share_of_variance"),
    ):
        yield from same(f"{first['setting']}, {what}", text, float(first[column]))


@claim(r"(?P<none>No standard is set, so there is nothing to meet)", places=("page",))
def nothing_to_meet(ledger: Ledger, none: str) -> Iterator[str]:
    yield from is_so("there are standards", not ledger.settings.standards)


plain(
    r"Shaded: 8 in 10 simulations",
    r"Shaded: 8 in 10 of them",
    r"<n:n> simulations of each of twenty sizes: about ten seconds",
    r"Give settings a low and a high value on the sheet \*Ranges\* of the workbook, or in the scenario file, "
    r"so that 1 in 10 .+",
    r"Running 500 simulations …",
)
