"""The simulation of single offenders: that it is right, and that the product's agrees with it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capacity.engine import building
from capacity.reading import scenario
from capacity.risk import chances, futures, review
from capacity.risk.draws import Draws
from capacity.risk.review import ReviewDate, ReviewRule, Threshold
from tests import making
from tests.one_by_one import cases
from tests.one_by_one.inputs import CALM, ReviewRow
from tests.one_by_one.make import SHARES
from tests.one_by_one.of_model import inputs_of
from tests.one_by_one.officers import Officers
from tests.one_by_one.runs import run

STORED = sorted(cases.STORED.glob("*.json"))
DRAWS = 8_000
SEED = 7
ROUNDED = 1e-4
"""How far a stored percentile may lie from where it was."""


# The simulation itself -------------------------------------------------------------------------

ALONE = """
title = "Officers without end"
start = 2025-04-01
months = 120
[cohorts.c]
team = "t"
entrants_per_month = 0
tiers = { a = { cases = 18 } }
[cohorts.c.duties.visit]
every_months = 1
hours = 1
access_rate = 0.98
[teams.t.grades.g]
in_post = 18
leavers_per_year = 0.1
recruitment_lead_months = 12
sickness = 0.1
abstraction = 0.1
"""


def test_with_hours_enough_those_done_are_those_reached() -> None:
    """All 18 are reached, and so done, with probability 0.98 ** 18 = 0.695."""
    given = inputs_of(building.build(_read(ALONE)))
    all_done = [done[0] == 18 for seed in range(20) for done in run(given, f"alone {seed}").done]
    error = (0.695 * 0.305 / len(all_done)) ** 0.5
    assert abs(np.mean(all_done) - 0.98**18) < 4 * error


def test_officers_leave_and_are_replaced_as_often_as_the_method_says() -> None:
    """18 posts, 10% leaving a year, 12 months to fill a place: 18 ÷ 1.1 = 16.36 in the long run."""
    given = inputs_of(building.build(_read(ALONE)))
    means = [
        np.mean(Officers(given, random.Random(f"{seed}")).in_post[0][60:]) for seed in range(200)
    ]
    assert abs(np.mean(means) - 18 / 1.1) < 4 * np.std(means) / 200**0.5


def test_spells_and_shocks_take_as_many_hours_as_sickness_and_abstraction() -> None:
    """40 hours a week, 10% sick and 10% away: 173.33 × 0.9 × 0.9 = 140.4 hours for each in post."""
    given = inputs_of(building.build(_read(ALONE)))
    found = []
    for seed in range(200):
        staff = Officers(given, random.Random(f"spells {seed}"))
        found.append(np.sum(staff.own_hours) / np.sum(staff.in_post))
    assert abs(np.mean(found) - 52 * 40 / 12 * 0.81) < 4 * np.std(found) / 200**0.5


def test_spells_come_and_go() -> None:
    """Hours of one month are like those of the month before where spells are long."""
    text = ALONE.replace("in_post = 18", "in_post = 1").replace("leavers_per_year = 0.1", "")
    given = inputs_of(building.build(_read(text)))
    given.chance.sickness_shock = given.chance.abstraction_shock = 0.0
    given.chance.long_term, given.chance.spell_months = 1.0, 6.0
    months = np.array(
        [Officers(given, random.Random(f"long {seed}")).own_hours for seed in range(200)]
    )[:, :, 0]
    away = months == 0
    assert abs(away.mean() - 0.1) < 0.02
    assert abs(away[:, 1:][away[:, :-1]].mean() - 5 / 6) < 0.03  # five in six are away next month


def test_posts_follow_what_a_review_knows() -> None:
    """18 cases in month 5 reach the row of 18, not that of 19: 20 posts from month 12 on."""
    text = ALONE.replace("leavers_per_year = 0.1", "").replace(
        "lead_months = 12", "lead_months = 0"
    )
    given = inputs_of(building.build(_read(text)))
    rows = ((0, 18), (18, 20), (19, 25))
    given.reviews = [ReviewRow(6, 12, 0, 0, "cases", least, posts) for least, posts in rows]
    assert run(given, "reviewed").staff.in_post[0][10:14] == [18, 18, 20, 20]


def test_hours_known_at_a_review_are_those_of_all_cases_and_what_is_overdue() -> None:
    """18 visits of an hour a month; nobody done, so that 18 overdue ask for 18 ÷ 12 more."""
    text = ALONE.replace("in_post = 18", "in_post = 0").replace("leavers_per_year = 0.1", "")
    unit = run(inputs_of(building.build(_read(text))), "hours")
    assert unit.known("hours", 0, 5) == pytest.approx(19.5)


def _read(text: str) -> scenario.Scenario:
    return scenario.read("unit.toml", files={"unit.toml": text})


def _scaled(text: str, times: int) -> str:
    """Return a unit so many times as large."""

    def larger(found: re.Match[str]) -> str:
        number = round(float(found[2]) * times, 6)
        return f"{found[1]} = {{ value = {number}, confirmed = true }}"

    keys = r"(?m)(\bcases|^in_post|^posts|^entrants_per_month|^max_joiners_per_month) = ([\d.]+)"
    text = re.sub(keys, larger, text)
    return re.sub(
        r"(?m)^overdue = .*$",
        lambda line: re.sub(r"\d+", lambda n: str(int(n[0]) * times), line[0]),
        text,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny", "lending", "early", "large"])
def test_without_chance_in_people_a_large_unit_is_what_the_plan_says(name: str) -> None:
    """Mean of each row and month within 4 standard errors, and 1% of the row's cases, of the plan.

    Where hours are short, chance in who falls due makes the mean of what is done a little less.
    """
    times = {"tiny": 60, "large": 1}.get(name, 12)
    stages = making.stages(_read(_scaled(cases.CASES[name].text(), times)))
    given = inputs_of(stages.model, chance=CALM)
    runs = [run(given, f"{name} {seed}", certain=True) for seed in range(20)]
    size = np.maximum(stages.caseload.cases[0][:, stages.model.duties.tier_of], 1.0)
    far = {}
    for figure in ("due", "done", "outstanding", "done_early"):
        each = np.array([getattr(one, figure) for one in runs])
        error = np.maximum(each.std(axis=0, ddof=1), 1.0) / len(runs) ** 0.5
        apart = np.abs(each.mean(axis=0) - getattr(stages.projection, figure)[0])
        far[figure] = float((apart / (4 * error + 0.01 * size)).max())
    assert max(far.values()) < 1, far


# The product beside it -------------------------------------------------------------------------


def _options(path: Path) -> Iterator[tuple[str, dict[str, Any], futures.Future]]:
    """Yield each option of a stored unit, and what the product makes of it."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    text = "\n".join(stored["scenario"])
    drawn = stored["draws_seed"] is not None
    whole = _read(text if drawn else cases.without_ranges(text))
    draws = stored["runs"] if drawn else DRAWS
    here = futures.world(
        Draws(whole, stored["draws_seed"] if drawn else SEED), np.arange(1, draws + 1)
    )
    for name, option in stored["options"].items():
        overtime = "in use" if name == "today" else "limit"
        team = futures.Staffing(name, np.array(option["posts"]), overtime)
        future = review.follow(here, team, _rule(option.get("reviews", [])))
        yield name, {**option, "runs": stored["runs"]}, future


def _rule(rows: list[dict[str, Any]]) -> ReviewRule:
    """Return the review rule of a stored option."""
    dates = sorted({(row["month"], row["first"]) for row in rows})
    return ReviewRule(
        tuple(ReviewDate(month, first, first + 12) for month, first in dates),
        tuple(
            Threshold(
                dates.index((row["month"], row["first"])),
                *(row[name] for name in ("team", "grade", "measure", "at_least", "posts")),
            )
            for row in rows
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", STORED, ids=[path.stem for path in STORED])
def test_chances_and_bands_are_those_of_single_offenders_and_officers(path: Path) -> None:
    """One test for each unit, so that the product simulates it once."""
    far = []
    for name, option, future in _options(path):
        far += [f"{name}, {one}" for one in _chances_apart(option, future)]
        far += [f"{name}, {one}" for one in _bands_apart(option, future)]
    assert not far, "\n".join(far)


def _chances_apart(option: dict[str, Any], future: futures.Future) -> Iterator[str]:
    """Yield standards and years not within 3 points or 3 standard errors."""
    found = chances.record(future.world.model.calendar, [future], "year")
    for standard, held in option["held"].items():
        rules = found.named(None if standard == "*" else standard)
        ours = found.held("year", rules)
        for year, count in held.items():
            if year == "*":
                continue
            chance, other = float(ours[year].mean()), count / option["runs"]
            middle = (chance + other) / 2
            parts = 1 / len(ours[year]) + 1 / option["runs"]
            error = (middle * (1 - middle) * parts) ** 0.5
            if abs(chance - other) > max(0.03, 3 * error):
                yield f"{standard}, {year}: {chance:.3f}, alone {other:.3f}"


def _bands_apart(option: dict[str, Any], future: futures.Future) -> Iterator[str]:
    """Yield a month whose share of draws below a percentile is over 4 standard errors off.

    Percentiles are the 10th, 50th and 90th of each activity's figures.
    """
    made, model = future.projection, future.world.model
    for duty, figures in option["figures"].items():
        rows = [n for n, key in enumerate(model.rows) if f"{key.cohort}.{key.duty}" == duty]
        due, done, left = (
            table[:, :, rows].sum(axis=2) for table in (made.due, made.done, made.outstanding)
        )
        for figure, told in figures.items():
            each = left if figure == "outstanding" else done / np.where(due > 0, due, np.nan)
            for share, value in zip(SHARES, np.array(told).T, strict=True):
                parts = 1 / len(each) + 1 / option["runs"]
                error = (share * (1 - share) * parts) ** 0.5
                below = (each < value - ROUNDED).mean(axis=0)
                up_to = (each <= value + ROUNDED).mean(axis=0)
                over = np.maximum(below - share, share - up_to) - 4 * error
                if (over > 0).any():
                    n = int(over.argmax())
                    where = f"{duty} {figure} {share:.0%} in {model.calendar.labels[n]}"
                    yield f"{where}: {value[n]}, has {below[n]:.3f} to {up_to[n]:.3f}"
