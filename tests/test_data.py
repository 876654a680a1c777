"""What is published and what is not: data/*.csv, and the labels of the shipped scenarios."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from capacity.reading import assumptions
from capacity.reading.assumptions import Assumption
from capacity.reading.scenario import read
from capacity.reading.validating import default_at
from capacity.settings import ESTIMATES
from tests.shipped import planned

REPOSITORY = Path(__file__).resolve().parents[1]
SCENARIOS = sorted(path.stem for path in (REPOSITORY / "scenarios").glob("*.toml"))
FILES = sorted((REPOSITORY / "data").glob("*.csv"))

CHOICES = re.compile(
    r"(standards|sizing|finance|people|funding)\..*"  # what is asked for, and supposed
    r"|teams\.[^.]+\.overtime_hours_per_fte_month"
    r"|cohorts\.[^.]+\.duties\.visit\.crew\.low"  # lone visits, put to the test
    r"|cohorts\.rso\.(entry_mix|tiers)\.low_order(\.cases)?"  # a tier that starts empty
    r"|teams\.ppu(_\w+)?\.grades\.police_staff\.in_post"  # none there: a grade that may be added
    r"|teams\.ppu\.grades\.police_staff\.posts"  # those of a bid
    r"|teams\.vaws\.grades\.officer\.posts"  # none unless they are agreed
    r"|queues\.[^.]+\.deadline_months(\.\w+)?"  # within which work should be done
    r"|cohorts\.rso\.may_be_reactive\.low_order"  # as inspectors asked
    r"|cohorts\.[^.]+\.tiers\.custody\.counts"  # whom a limit counts
)
"""What may be called policy: a choice, never a measurement."""


@cache
def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def register(name: str) -> tuple[Assumption, ...]:
    return assumptions.register(read(name))


@cache
def published() -> dict[str, tuple[float, ...]]:
    """Every figure of the data by its source."""
    found: dict[str, list[float]] = {}
    for path in FILES:
        for row in rows(path):
            for column in ("value", "completion", "outstanding"):
                if "source" in row and row.get(column):
                    found.setdefault(row["source"], []).append(float(row[column]))
    return {source: tuple(values) for source, values in found.items()}


# The data ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_row_is_whole_and_names_a_source_that_is_listed(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        heading, *lines = csv.reader(file)
    assert [line for line in lines if len(line) != len(heading)] == []
    listed = {row["id"] for row in rows(REPOSITORY / "data" / "sources.csv")}
    assert [row for row in rows(path) if "source" in row and row["source"] not in listed] == []


def test_every_source_is_used_and_listed_once() -> None:
    listed = [row["id"] for row in rows(REPOSITORY / "data" / "sources.csv")]
    assert sorted(set(listed)) == sorted(listed)


def test_derived_figures_are_what_their_notes_add_up_to() -> None:
    """Each note `derived: a / b` and the like is worked out again, to the digits that are given."""
    count = 0
    for path in FILES:
        for row in rows(path):
            found = re.match(
                r"derived: ([\d.,^x/+() -]*\d\)?)(?=$|,|;| (?:months|constables))",
                row.get("note") or "",
            )
            if found is None or not re.search(r"[/x+-]", found[1]):
                continue
            terms = found[1].replace(",", "").replace("x", "*").replace("^", "**")
            worth = eval(terms, {"__builtins__": {}})  # figures and signs alone, by the pattern
            value = row["value"]
            digits = len(value.partition(".")[2])
            assert round(worth, digits) == pytest.approx(float(value)), (path.name, row)
            count += 1
    assert count >= 20


# The shipped scenarios ---------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_estimate_has_a_range(name: str) -> None:
    """What nobody published is a judgement or assumed, and has a low and a high.

    A fitted number has none: a range would confine the next fit.
    """
    estimated = [row for row in register(name) if row.kind in ESTIMATES]
    without = [
        row.setting
        for row in estimated
        if row.low is None or row.high is None or not row.low <= row.value <= row.high
    ]
    assert without == []
    assert [row.setting for row in estimated if row.low == row.high] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_says_what_it_rests_on(name: str) -> None:
    """Only the horizon needs no source: it is the question's own."""
    assert [row.setting for row in register(name) if row.kind == "given"] == ["months"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_policy_is_a_choice_and_never_a_measurement(name: str) -> None:
    chosen = [row.setting for row in register(name) if row.kind == "policy"]
    assert [setting for setting in chosen if not CHOICES.fullmatch(setting)] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_default_is_the_value_that_holds_where_nothing_is_typed(name: str) -> None:
    for row in register(name):
        if row.kind == "default":
            default = default_at(tuple(row.setting.split(".")))
            assert row.value == getattr(default, "value", default), row.setting


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_published_number_stands_in_the_data_with_its_source(name: str) -> None:
    """A published number is a row of data/*.csv of the same source, to one part in a thousand."""
    missing = [
        (row.setting, row.value, row.source)
        for row in register(name)
        if row.kind == "published"
        and not any(
            row.value == pytest.approx(figure, rel=1e-3, abs=1e-12)
            for figure in published().get(str(row.source), ())
        )
    ]
    assert missing == []


def test_the_tiers_of_norfolk_add_up_to_the_published_total() -> None:
    tiers = {
        name: {
            tier: float(one.cases.value)
            for tier, one in read(name).settings.cohorts["rso"].tiers.items()
        }
        for name in ("norfolk-2024", "norfolk-2021")
    }
    held = [
        row
        for row in rows(REPOSITORY / "data" / "register.csv")
        if row["measure"] == "in the community"
    ]
    by_date = {row["date"]: float(row["value"]) for row in held if row["source"] != "edp-2022"}
    assert sum(tiers["norfolk-2024"].values()) == by_date["2024-09-30"]
    assert sum(tiers["norfolk-2021"].values()) == by_date["2021-03-31"]


# Scenarios worked out by hand --------------------------------------------------------------


def test_offenders_under_an_order_never_go_back_to_reactive_management() -> None:
    """60 return in April 2025 (month 6); 6% per year leave and 4% of the rest go to medium.

    At the end of month 6 there are 60 × (1 − 0.06/12) × (1 − 0.04/12), and so on each month; in
    month 59, after 54 of these, 60 × 0.991683^54. Nobody joins them, none goes to reactive.
    """
    found = planned("court-orders-back", fixed=True)
    tiers = [key.tier for key in found.model.tiers if key.cohort == "rso"]
    cases = found.caseload.cases[0][:, tiers.index("low_order")]
    assert cases[5] == 0
    stays = (1 - 0.06 / 12) * (1 - 0.04 / 12)
    assert cases[6] == pytest.approx(60 * stays)
    assert cases[59] == pytest.approx(60 * stays**54)
    moves = found.model.caseloads.moves[..., tiers.index("low_order"), tiers.index("reactive")]
    assert moves.max() == 0


@pytest.mark.parametrize(
    ("name", "people", "cost"),
    [("vaws-2025", 30, 0), ("vaws-2025-seven", 37, 222_307), ("vaws-2025-eleven", 41, 349_340)],
)
def test_fewer_temporary_posts_spread_the_same_cases_among_fewer_people(
    name: str, people: int, cost: int
) -> None:
    """6,150 cases, 30 posts of the teams' own: 205, 166.2 and 150 cases each; £31,758 a post."""
    found = planned(name, fixed=True)
    cases = found.caseload.cases[0].sum(axis=1)
    assert cases == pytest.approx([6150] * 12)
    in_post = found.today.staff.in_post[0].sum(axis=1)
    assert cases[0] / in_post[0] == pytest.approx(6150 / people)
    assert found.today.costs.total_real.sum() == pytest.approx(cost, abs=1)


def test_the_submission_is_what_keeps_the_cases_each_as_they_were() -> None:
    """41 people for 6,150 cases are 150 each: eleven more posts than 30, £349,340."""
    found = planned("vaws-2025")
    assert found.sized is not None
    posts = found.sized.staff.posts[0][0].tolist()
    assert posts == pytest.approx([30, 11])
    assert found.sized.costs.total_real.sum() == pytest.approx(349_340)
