"""Coverage of bands and score of forecasts over 400 synthetic histories.

Each history is a unit of its own, followed offender by offender (tests/one_by_one) for four
years and then for two more. What was known at the end of the fourth year is given to the product
as the opening of a scenario, and its simulations forecast the two years. Two questions:

- *settings known*: the scenario has the unit's own settings, so that only chance is uncertain;
- *settings from ranges*: the scenario has the ranges that the unit's settings were drawn from.

A band should hold what came in 80% of months. The score (CRPS, in the figure's own unit) counts how
far a forecast's draws lie from what came, less how far they lie apart; less is better. Naive
forecasts get the errors that they made before as their draws.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from capacity.engine import building
from capacity.engine.projection import Projection
from capacity.reading import scenario as scenarios
from capacity.reading.scenario import Scenario
from capacity.risk import futures
from capacity.risk.draws import Draws
from tests.one_by_one.of_model import inputs_of
from tests.one_by_one.officers import Officers
from tests.one_by_one.unit import Unit

Numbers = NDArray[np.float64]

RESULT = Path(__file__).with_name("scores.json")
HISTORIES = 400
DRAWS = 400
KNOWN, AHEAD = 48, 24
SPANS = {"1–3": (0, 3), "4–6": (3, 6), "7–12": (6, 12), "13–24": (12, 24)}
FIGURES = ("completion", "outstanding")
TIERS = ("high", "medium", "low")
EVERY = (3, 6, 12)
LEAD, LEARNING = 4, 3
Z90 = 1.28155

RANGES = {
    "entrants_per_month": (2.2, 1.5, 3.2),
    "exits_per_year": (0.08, 0.05, 0.12),
    "hours_per_case_month": (0.5, 0.35, 0.7),
    "hours_per_case_month.gives_way": (0.4, 0.2, 0.6),
    "hours": (3.5, 2.8, 4.5),
    "no_answer_share": (0.25, 0.15, 0.35),
    "access_rate": (0.97, 0.94, 0.99),
    "focus.medium": (-0.8, -1.4, -0.3),
    "focus.low": (-1.8, -2.6, -1.0),
    "sickness": (0.05, 0.03, 0.08),
    "abstraction": (0.12, 0.08, 0.18),
    "leavers_per_year": (0.12, 0.06, 0.2),
    "in_post": (4.4, 3.8, 5.2),
}
"""Value, 10th and 90th percentile. People in post are known wherever a forecast is made."""

TEXT = """
title = "A synthetic unit"
start = {start}
months = {months}
[cohorts.rso]
team = "ppu"
entrants_per_month = {entrants_per_month}
entry_mix = {{ high = 0.3, medium = 0.4, low = 0.3 }}
exits_per_year = {exits_per_year}
hours_per_case_month = {hours_per_case_month}
hours_per_case_month_gives_way = {hours_per_case_month.gives_way}
[cohorts.rso.moves_per_year]
high = {{ medium = 0.2 }}
medium = {{ high = 0.05, low = 0.15 }}
low = {{ medium = 0.06 }}
[cohorts.rso.tiers]
high = {{ cases = {cases.high} }}
medium = {{ cases = {cases.medium}, focus = {focus.medium} }}
low = {{ cases = {cases.low}, focus = {focus.low} }}
[cohorts.rso.duties.visit]
every_months = {{ high = 3, medium = 6, low = 12 }}
hours = {hours}
crew = 2
second_officer_hours = 3
no_answer_share = {no_answer_share}
no_answer_hours = 1.2
access_rate = {access_rate}
overdue = {{ high = {overdue.high}, medium = {overdue.medium}, low = {overdue.low} }}
{ages}
[teams.ppu.grades.constable]
in_post = {in_post}
posts = {posts}
{joining}
sickness = {sickness}
abstraction = {abstraction}
leave_days = 25
bank_holidays = 8
leavers_per_year = {leavers_per_year}
recruitment_lead_months = 4
accreditation_months = 3
trainee_productivity = 0.5
"""


def _drawn(luck: random.Random) -> dict[str, float]:
    """Return a unit's own settings (EQ22)."""
    found = {}
    for name, (value, low, high) in RANGES.items():
        z = luck.gauss(0.0, 1.0)
        found[name] = value + z * ((high - value) if z > 0 else (value - low)) / Z90
        if name.startswith("focus"):
            found[name] = min(0.0, found[name])
        elif name in ("no_answer_share", "access_rate", "hours_per_case_month.gives_way"):
            found[name] = min(0.999, max(0.001, found[name]))
        else:
            found[name] = max(0.001, found[name])
    return found


def _as_range(name: str) -> str:
    value, low, high = RANGES[name]
    return f"{{ value = {value}, low = {low}, high = {high} }}"


def _text(settings: dict[str, str], state: dict[str, str], start: str, months: int) -> str:
    whole = {**settings, **state, "start": start, "months": str(months)}
    text = TEXT
    for name, value in whole.items():
        text = text.replace("{" + name + "}", value)
    return text.replace("{{", "{").replace("}}", "}")


OPENING = {
    "cases.high": "50",
    "cases.medium": "90",
    "cases.low": "140",
    "overdue.high": "2",
    "overdue.medium": "4",
    "overdue.low": "8",
    "ages": "",
    "joining": "",
}


def _figures(unit: Unit) -> dict[str, Numbers]:
    due, done, left = (
        np.array(table).sum(axis=1) for table in (unit.due, unit.done, unit.outstanding)
    )
    return {"completion": done / np.maximum(due, 1e-9), "outstanding": left}


def _state(unit: Unit, at: int) -> dict[str, str]:
    """Return what a register and a list of officers say at the end of a month."""
    state, ages, waits = {}, [], []
    for place, (tier, every) in enumerate(zip(TIERS, EVERY, strict=True)):
        here = [one for one in unit.offenders if one.tier == place]
        fell = [one.fell[0] for one in here if one.fell[0] is not None]
        seen = np.bincount([at - one.seen[0] for one in here if one.fell[0] is None])
        late = np.bincount([at - since for since in fell], minlength=1)
        state[f"cases.{tier}"] = str(len(here))
        state[f"overdue.{tier}"] = str(len(fell))
        ages.append(f"{tier} = {seen[:every].tolist()}")
        if fell:
            waits.append(f"{tier} = {late.tolist()}")
    both = f"opening_ages = {{ {', '.join(ages)} }}\noverdue_ages = {{ {', '.join(waits)} }}"
    joined = unit.staff.joined[0]
    recent = {_month(at - back): joined[at - back] for back in range(1, LEARNING)}
    due = {_month(at + ahead): joined[at + ahead] for ahead in range(1, LEAD + 1)}
    joining = (
        f"in_training = {joined[at]}\n"
        f"recent_joiners = {{ {_table(recent)} }}\njoiners_due = {{ {_table(due)} }}"
    )
    in_post = str(unit.staff.in_post[0][at])
    return {**state, "ages": both, "joining": joining, "in_post": in_post}


def _table(numbers: dict[str, float]) -> str:
    return ", ".join(f'"{month}" = {n}' for month, n in numbers.items() if n)


def _month(place: int) -> str:
    """Return the name of a month counted from April 2019."""
    return f"{2019 + (place + 3) // 12:04d}-{(place + 3) % 12 + 1:02d}"


def history(number: int) -> tuple[dict[str, float], dict[str, str], dict[str, Numbers]]:
    """Follow one unit: its settings, its state when last known, and all figures."""
    luck = random.Random(f"scores {number}")
    drawn = _drawn(luck)
    drawn["in_post"] = round(2 * drawn["in_post"]) / 2
    posts = str(drawn["in_post"])
    opening = {**OPENING, "in_post": posts, "posts": posts}
    text = _text(_certain(drawn), opening, f"{_month(0)}-01", KNOWN + AHEAD)
    given = inputs_of(building.build(_read(text)))
    unit = Unit(given, Officers(given, luck), luck)
    unit.open()
    for month in range(KNOWN):
        unit.step(month)
    state = {**_state(unit, KNOWN - 1), "posts": posts}
    for month in range(KNOWN, KNOWN + AHEAD):
        unit.step(month)
    return drawn, state, _figures(unit)


def _certain(drawn: dict[str, float]) -> dict[str, str]:
    return {name: f"{{ value = {n!r}, confirmed = true }}" for name, n in drawn.items()}


def _read(text: str) -> Scenario:
    return scenarios.read("unit.toml", files={"unit.toml": text})


def forecast(text: str, draws: int, seed: int) -> dict[str, Numbers]:
    """Return the product's draws of every figure by month."""
    whole = _read(text)
    posts = building.build(whole).people.posts[0]
    world = futures.world(Draws(whole, seed), np.arange(1, draws + 1))
    return _totals(
        futures.run(world, futures.Staffing("current posts", posts, "in use")).projection
    )


def naive(
    figure: str, past: Numbers, months: int = AHEAD, least: int = 12
) -> dict[str, list[Numbers]]:
    """Return three forecasts that need no model, with the errors they made before as draws.

    Args:
        figure: what is forecast.
        past: what is known.
        months: ahead.
        least: months known before a first error is counted; at least 12 for a year ago.
    """

    def last(known: Numbers, ahead: int) -> float:
        return float(known[-1])

    def line(known: Numbers, ahead: int) -> float:
        year = known[-12:]
        slope, level = np.polyfit(np.arange(len(year)), year, 1)
        return float(level + slope * (len(year) - 1 + ahead))

    def last_year(known: Numbers, ahead: int) -> float:
        return float(known[len(known) - 12 + (ahead - 1) % 12])

    top = 1.0 if figure == "completion" else np.inf
    found: dict[str, list[Numbers]] = {}
    ways = {"last value": last, "straight line": line, "same month last year": last_year}
    for name, way in ways.items():
        found[name] = []
        for ahead in range(1, months + 1):
            first = max(12, least) if way is last_year else least
            origins = range(first, len(past) - ahead + 1)
            errors = [past[n + ahead - 1] - way(past[:n], ahead) for n in origins]
            found[name].append(np.clip(way(past, ahead) + np.array(errors), 0.0, top))
    return found


def crps(draws: Numbers, came: float) -> float:
    """Return how far draws lie from what came, less how far they lie apart."""
    ordered = np.sort(draws)
    n = len(ordered)
    apart = 2 * float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum()) / n**2
    return float(np.abs(draws - came).mean()) - apart / 2


def held(draws: Numbers, came: Numbers, number: int) -> list[bool]:
    """Return whether each month lies between the 10th and the 90th percentile.

    Counts are whole, so that many draws are alike. What came takes a place among those like it by
    lot: the band of a right forecast then holds 80%, where one with its ends holds more.
    """
    luck = np.random.default_rng(number)
    below, alike = (draws < came - 1e-9).mean(axis=0), (np.abs(draws - came) < 1e-9).mean(axis=0)
    place = below + luck.random(len(came)) * alike
    return ((place >= 0.1) & (place <= 0.9)).tolist()


def _beside(question: str, figure: str, draws: Numbers, came: Numbers, number: int) -> Scores:
    return {
        f"{question}|{figure}|held": held(draws, came, number),
        f"{question}|{figure}|crps": [crps(draws[:, n], came[n]) for n in range(AHEAD)],
    }


Scores = dict[str, list[Any]]


def scored(number: int) -> Scores:
    """Return for one history whether each month was in its band, and every forecast's score."""
    drawn, state, came = history(number)
    ranges = {name: _as_range(name) for name in RANGES if name != "in_post"}
    known = {name: text for name, text in _certain(drawn).items() if name != "in_post"}
    found: Scores = {}
    for question, settings in (("settings known", known), ("settings from ranges", ranges)):
        text = _text(settings, state, f"{_month(KNOWN)}-01", AHEAD)
        made = forecast(text, DRAWS, number)
        for figure in FIGURES:
            later = came[figure][KNOWN:]
            found |= _beside(question, figure, made[figure], later, number)
    for figure in FIGURES:
        later = came[figure][KNOWN:]
        for name, ways in naive(figure, came[figure][:KNOWN]).items():
            found[f"{name}|{figure}|crps"] = [crps(ways[n], later[n]) for n in range(AHEAD)]
    return found


def _totals(made: Projection) -> dict[str, Numbers]:
    due, done, left = (table.sum(axis=2) for table in (made.due, made.done, made.outstanding))
    return {"completion": done / np.maximum(due, 1e-9), "outstanding": left}


def table(found: list[Scores]) -> list[dict[str, Any]]:
    """Return coverage and score by forecast, figure and span of months."""
    rows = []
    for key in found[0]:
        name, figure, what = key.split("|")
        every = np.array([one[key] for one in found], dtype=float)
        spans = {span: round(float(every[:, a:b].mean()), 4) for span, (a, b) in SPANS.items()}
        rows.append({"forecast": name, "figure": figure, "what": what, **spans})
    return rows


def main() -> None:
    """Score all histories and store the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=HISTORIES)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with ProcessPoolExecutor(asked.workers) as pool:
        rows = table(list(pool.map(scored, range(asked.histories), chunksize=4)))
    for row in rows:
        print(row)
    stored = {"histories": asked.histories, "draws": DRAWS, "rows": rows}
    RESULT.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
