"""What `capacity compare` says of options side by side, each option's own tables asked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pandas as pd

from tests.statements.claiming import claim
from tests.statements.claims import is_so, same
from tests.statements.collecting import Shown
from tests.statements.figures import agrees
from tests.statements.ledger import Ledger
from tests.statements.tables_shown import each, table

PLACE = ("compare",)
PROVEN = 1e-4
"""Teams are compared when no cheaper one can be by this share of the cost."""
NAME = r"(?P<name>[^\s:]+)"


def side(ledger: Ledger, name: str) -> Ledger:
    """The tables of an option by its name."""
    if name not in ledger.sides:
        raise KeyError(f"{name} is not compared")
    return ledger.sides[name]


def last(one: Ledger) -> str:
    return one.options[-1]


def discounted(one: Ledger) -> float:
    return one.cost("total_discounted", last(one))


def same_setting(told: str, cell: object) -> bool:
    """Whether a value in words is that of a cell, lists and tables by their first words."""
    text = "none" if isinstance(cell, float) and math.isnan(cell) else str(cell).removesuffix(".0")
    text = text.lower() if text in ("True", "False") else text
    return told in (text, "–") or told.rstrip("…")[:20] in text or told.strip('"') == text


@claim(rf"{NAME}: (?P<setting>[^:→]+): (?P<old>.+) → (?P<new>.+)", places=PLACE)
def changed(ledger: Ledger, name: str, setting: str, old: str, new: str) -> Iterator[str]:
    """A setting that differs: how, is in the table of changes."""
    rows = ledger["changes"]
    mine = rows[(rows["option"] == name) & (rows["setting"] == setting)]
    yield from is_so("no such change", len(mine) == 1)
    for told, column in ((old, "from"), (new, "to")):
        ok = any(pd.isna(cell) or same_setting(told, cell) for cell in mine[column])
        yield from is_so(f"{column} {mine[column].tolist()}", ok)


@claim(rf"{NAME} has the same settings as (?P<first>\S+)", places=PLACE)
def unchanged(ledger: Ledger, name: str, first: str) -> Iterator[str]:
    one, other = side(ledger, name).settings, side(ledger, first).settings
    for part in ("cohorts", "teams", "standards", "people", "events", "inflows", "changes"):
        yield from is_so(f"{part} differ", getattr(one, part) == getattr(other, part))


@claim(
    rf"{NAME} costs <cost:n> (?P<way>more|less) than (?P<first>\S+) over <span:n> months? "
    r"\(discounted\), or <each:n> per year",
    rf"{NAME} costs (?P<same>the same) as (?P<first>\S+) over <span:n> months?",
    places=PLACE,
)
def costs_more(ledger: Ledger, name: str, first: str, span: str, **parts: str | None):
    one, other = side(ledger, name), side(ledger, first)
    more = discounted(one) - discounted(other)
    yield from is_so("the first is another", first == next(iter(ledger.sides)))
    yield from same("months", span, float(len(one.months)))
    if parts.get("same"):
        yield from is_so(f"the difference is {more:.2f}", abs(more) < 0.5)
        return
    yield from same("the difference", parts["cost"], abs(more))
    yield from same("per year", parts["each"], abs(more) * 12 / len(one.months))
    yield from is_so("it goes the other way", (more > 0) == (parts["way"] == "more"))


@claim(
    r"(?P<setting>.+?) \((?P<old>.+) → (?P<new>.+)\) by itself (?P<way>adds|saves) <money:n>",
    r"(?P<rest>All changes together) (?P<way>add|save) <money:n> beyond the sum of each by itself",
    places=PLACE,
)
def contributes(ledger: Ledger, way: str, money: str, **parts: str | None) -> Iterator[str]:
    """An effect on cost as the table has it; that the table adds up is checked there."""
    rows = ledger["contributions"]
    name = "interaction" if parts.get("rest") else parts["setting"]
    rows = rows[(rows["measure"] == "cost") & (rows["setting"] == name)]
    for part, column in (("old", "from"), ("new", "to")):
        if parts.get(part):
            known = [same_setting(str(parts[part]), cell) for cell in rows[column]]
            yield from is_so(f"{column} {rows[column].tolist()}", any(known))
    mine = rows["effect"]
    ok = any(agrees(money, abs(one)) and (one > 0) == way.startswith("add") for one in mine)
    yield from is_so(f"the effects are {mine.tolist()}", ok)


@claim(rf"{NAME}: no plan could be worked out; its current posts are shown instead", places=PLACE)
def no_plan(ledger: Ledger, name: str) -> Iterator[str]:
    yield from is_so("a team was found", len(side(ledger, name).options) == 1)


@claim(
    r"The posts of each scenario are compared, with (?P<none>none) added",
    r"The teams needed are compared, each proven to within <gap:n> of the least cost; "
    r"contributions allow part posts",
    places=PLACE,
)
def compared_are(ledger: Ledger, none: str | None = None, gap: str | None = None) -> Iterator[str]:
    for name, one in ledger.sides.items():
        yield from is_so(f"{name} has {one.options}", (len(one.options) == 1) == bool(none))
        if gap:
            there = float(one["sizing"]["gap"].iloc[0])
            yield from is_so(f"{name} is within {there}", there <= PROVEN + 1e-9)
            yield from same("it is asked for", gap, PROVEN)


@claim(rf"{NAME}, with no posts added", places=PLACE)
def spoken_of(ledger: Ledger, name: str) -> Iterator[str]:
    side(ledger, name)
    yield from ()


@claim(r"Every event is as in “(?P<title>.+)”", places=PLACE)
def as_there(ledger: Ledger, title: str) -> Iterator[str]:
    old = ledger.before
    assert old is not None
    yield from is_so(f"it is “{old.settings.title}”", title == old.settings.title)
    yield from is_so(
        "other standards are met",
        old.missed(old.options[0]) == ledger.missed(ledger.options[0]),
    )


# Tables -------------------------------------------------------------------------------------


@table(r"(?P<whose>Teams needed|Posts of each scenario) side by side \(.+\)")
def side_by_side(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = shown.rows
    headings = shown.headings
    yield from is_so("options are left out", [row[0] for row in rows] == list(ledger.sides))
    for row in rows:
        cells = dict(zip(headings, row, strict=True))
        name = cells["Option"]
        one = side(ledger, name)
        option = last(one)
        work = one["projection"]
        mine = work[work["option"] == option]
        ends = mine[mine["month"] == one.months[-1]]
        for heading, value in {
            "Cost, £000": discounted(one) / 1000,
            "Posts at the end": one.posts(option, one.months[-1]),
            "Overdue at the end": float(ends["outstanding"].sum()),
            "Case-months overdue, weighted": one.case_months(option, weighted=True),
        }.items():
            yield from each(f"{name}, {heading}", cells[heading], value)
        lost, of = re.fullmatch(r"(\d+) of (\d+)", cells["Standards not met"]).groups()  # type: ignore[union-attr]
        yield from each(f"{name}, not met", lost, float(len(one.missed(option))))
        yield from each(f"{name}, judged", of, float(len(one.rules(option))))


@table(r"Overdue at the end of .+ \(longest overdue, months\)")
def overdue_at_the_end(ledger: Ledger, shown: Shown) -> Iterator[str]:
    year = re.search(r"\d{4}/\d\d", shown.title)[0]
    for row in shown.rows:
        cohort, duty, tier = row[0].split(", ")
        for name, cell in zip(shown.headings[1:], row[1:], strict=True):
            one = side(ledger, name)
            work = one["projection"]
            mine = work[
                (work["option"] == last(one))
                & (work["month"] == one.months_of(year)[-1])
                & (work["cohort"] == cohort)
                & (work["duty"] == duty)
                & (work["tier"] == tier)
            ]
            if not cell:
                continue
            size, wait = re.fullmatch(r"([\d.,e-]+) \((\d+)\)", cell).groups()  # type: ignore[union-attr]
            there = mine.iloc[0]
            yield from is_so(
                f"{row[0]} of {name}: {there['outstanding']:.4g}",
                abs(float(size) - float(there["outstanding"])) <= 0.0501,
            )
            yield from each(f"{row[0]} of {name}, months", wait, there["longest_wait_months"])


def relations(ledger: Ledger) -> Iterator[str]:
    """Posts, costs and times missed counted again from each scenario's own tables."""
    for row in ledger["year_costs"].to_dict("records"):
        one = side(ledger, str(row["option"]))
        option, months = last(one), one.months_of(row["year"])
        rows = one["standards"]
        ends = rows["period"].astype(str).map(end_of).isin(months)
        lost = rows[(rows["option"] == option) & ~rows["met"] & ends]
        staff = one["staffing"]
        mine = staff[(staff["option"] == option) & staff["month"].isin(months)]
        found = {
            "posts": float(mine["posts"].sum()) / len(months),
            "in_post": float(mine["in_post"].sum()) / len(months),
            "cost": one.cost("total_real", option, row["year"]),
            "standards_missed": float(lost["name"].nunique()),
            "times_missed": float(len(lost)),
        }
        for column, value in found.items():
            if abs(float(row[column]) - value) > 1e-6 * max(1.0, abs(value)):
                yield f"{row['option']} {row['year']}, {column}: {row[column]}, and it is {value}"
    parts = ledger["contributions"]
    first = next(iter(ledger.sides.values()))
    for name, rows in parts[parts["measure"] == "cost"].groupby("option"):
        one = side(ledger, str(name))
        if len(one.options) == 1:  # of teams needed part posts are compared, which are in no table
            gap = discounted(one) - discounted(first)
            total = float(rows["effect"].sum())
            if abs(total - gap) > 1.0:
                yield f"{name}: contributions come to {total:.2f}, and the difference is {gap:.2f}"


def end_of(period: str) -> str:
    """The last month of a period named as in the tables."""
    if "-Q" in period:
        year, quarter = period.split("-Q")
        return f"{year}-{3 * int(quarter):02d}"
    return f"{int(period[:4]) + 1}-03" if "/" in period else period
