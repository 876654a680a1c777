"""A first scenario from the dozen numbers that every unit knows; all else is a marked default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from capacity.catalogue import declared_at
from capacity.engine import building, caseload, demand, workforce
from capacity.engine.model import MONTHS_A_YEAR, Array
from capacity.errors import InputError, Problem
from capacity.history.reported import MEANINGS, Measure, other_work
from capacity.reading import assumptions
from capacity.reading.plausible import MANY, doubt, per_cent, slip
from capacity.reading.replacing import replaced, spot
from capacity.reading.scenario import Scenario, read
from capacity.reading.scenario_text import text_of
from capacity.reading.tree import at, leaves
from capacity.settings import ESTIMATES, show

TIERS = ("very_high", "high", "medium", "low", "reactive")
LABELS = ("Very high", "High", "Medium", "Low", "Reactively managed")
OTHER_WORK = "cohorts.rso.hours_per_case_month"
CHOICE = "A choice, to be made"
MOST_GROWTH = 0.5
"""Growth in a year, up or down, above which one of the two counts is likely a slip."""
RIGHT = "the right number, or confirm it (--confirmed)"
_GROWTH = ("cohorts", "rso", "growth_per_year")
APART = 0.05
"""A share that lies this much nearer to another definition was perhaps worked out by it."""


@dataclass(frozen=True)
class Known:
    """What a unit knows. Unit: cases, FTE, visits, shares."""

    name: str
    start: date
    cases: Mapping[str, float]
    officers: float
    overdue: float
    share: float
    measure: Measure
    posts: float | None = None
    supervisors: float = 0.0
    year_ago: float | None = None
    confirmed: bool = False  # numbers that no unit usually has are right


@dataclass(frozen=True)
class First:
    """A first scenario: its text, what it rests on, and what to be careful with."""

    text: str
    scenario: Scenario
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class FindOut:
    """An estimate that should be replaced, and how much hangs on it."""

    setting: str
    meaning: str
    value: float
    low: float
    high: float
    posts: float  # how many more posts' hours are needed at one end than at the other


def first(known: Known) -> First:
    """Return a first scenario: what is known, what is assumed and marked so, one fitted figure.

    The time for other work on a case is set so that the first month has the share that the unit
    reports.

    Raises:
        InputError: if what was given cannot be used, with every problem.
    """
    problems = list(_wrong(known))
    tree = _tree(known)
    if known.confirmed:
        _confirm(tree)
    else:
        wrong = {one.setting for one in problems}
        problems += [one for one in _doubts(known, tree) if one.setting not in wrong]
    if problems:
        raise InputError(problems)
    fitted, cautions = other_work(_scenario(tree), [OTHER_WORK], known.share, known.measure)
    tree["cohorts"]["rso"]["hours_per_case_month"] = fitted
    text = text_of(tree, _heading(known))
    scenario = read("first.toml", files={"first.toml": text})
    return First(text, scenario, (*cautions, *_definition(known)))


def _wrong(known: Known) -> Iterator[Problem]:
    """Yield what cannot be so."""
    visited = sum(known.cases[tier] for tier in TIERS[:-1])
    for tier, cases in known.cases.items():
        if not 0 <= cases <= 1e6:
            must = "must be at least 0 and at most 1,000,000"
            yield Problem("capacity start", None, f"cases {tier}", must, show(cases))
    if visited <= 0:
        yield Problem("capacity start", None, "cases", "must be above 0 in a tier that is visited")
    if not 0 < known.officers <= 1e5:
        must = "must be above 0 and at most 100,000"
        yield Problem("capacity start", None, "officers", must, show(known.officers))
    if not 0 <= known.overdue <= visited:
        must = f"must be at least 0 and at most the cases that are visited ({show(visited)})"
        yield Problem("capacity start", None, "overdue", must, show(known.overdue))
    if known.year_ago and not sum(known.cases.values()) <= 11 * known.year_ago:
        must = "must be at least an eleventh of the cases now"
        yield Problem("capacity start", None, "year ago", must, show(known.year_ago))
    if not 0 < known.share <= 1:
        must = "must be a share from 0 to 1, or a per cent such as 85%"
        yield Problem("capacity start", None, known.measure, must, per_cent(known.share))


def _doubts(known: Known, tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is to be asked about the numbers that were given."""
    given = [
        *((f"cohorts.rso.tiers.{tier}.cases", f"cases {tier}") for tier in TIERS),
        ("teams.ppu.grades.constable.in_post", "officers"),
        ("teams.ppu.grades.constable.posts", "posts"),
        ("teams.ppu.grades.sergeant.in_post", "supervisors"),
    ]
    for path, words in given:
        try:
            value = at(tree, path.split("."))["value"]
        except KeyError:
            continue  # no supervisors, no grade of them
        if found := doubt(path.split("."), value):
            yield _question(words, f"{show(value)} {found.question}")
    shares = [name for name in ("completion", "in_date") if name.startswith(known.measure[:2])]
    path = f"standards.NAME.{shares[0] if shares else 'completion'}"
    if found := doubt(path.split("."), known.share):
        yield _question(known.measure, found.question)
    growth = tree["cohorts"]["rso"]["growth_per_year"]["value"]
    if known.year_ago and abs(growth) > MOST_GROWTH:
        total = sum(known.cases.values())
        must = f"{total:,.10g} cases now and {known.year_ago:,.10g} a year ago would be growth of "
        must += f"{100 * growth:,.0f}% in a year. Is that right?"
        yield _question("year ago", must)
    cases, officers = sum(known.cases.values()), known.officers
    if officers >= 1 and cases / officers > MANY:
        tier = max(known.cases, key=lambda name: known.cases[name])
        must = slip(known.cases[tier], cases, officers)
        yield _question(f"cases {tier}", must)


def _question(words: str, must: str) -> Problem:
    return Problem("capacity start", None, words, must, None, RIGHT)


def _confirm(tree: dict[str, Any]) -> None:
    """Say of every number that would be asked about that it is right."""
    for path, value in leaves(tree):
        cases = path[-1] == "cases"
        if isinstance(value, dict) and (cases or doubt(path, value["value"])):
            value["confirmed"] = True


def _assumed(value: float, low: float, high: float, note: str = "") -> dict[str, Any]:
    """Return a number that the unit did not give, with the range it may lie in."""
    found = {"value": value, "low": low, "high": high, "source": "assumed"}
    return found | ({"note": note} if note else {})


def _chosen(value: float) -> dict[str, Any]:
    """Return a number that is for the unit to decide, not to find out."""
    return {"value": value, "source": "policy", "note": CHOICE}


def _own(value: float, note: str = "") -> dict[str, Any]:
    """Return a number that the unit gave."""
    return {"value": value, "source": "local"} | ({"note": note} if note else {})


def _tree(known: Known) -> dict[str, Any]:
    """Return the scenario's settings, other work apart."""
    later = date(known.start.year + 1, known.start.month, 1)
    every_year = {tier: _assumed(1, 0.5, 2) for tier in TIERS[:-1]}
    visits = {"very_high": (12, 6, 12), "high": (4, 2, 6), "medium": (2, 1, 4), "low": (1, 0.5, 2)}
    return {
        "title": f"{known.name}, first scenario",
        "question": "How many people are needed to keep home visits in date?",
        "start": known.start,
        "months": _chosen(60),
        "cohorts": {
            "rso": {
                "label": "Registered sex offenders",
                "team": "ppu",
                "growth_per_year": _growth(known),
                "exits_per_year": _assumed(0.06, 0.03, 0.10),
                "hours_per_case_month": 0,
                "hours_per_entry": _assumed(8, 4, 16),
                "tiers": {
                    tier: {"label": label, "cases": _own(known.cases[tier])}
                    for tier, label in zip(TIERS, LABELS, strict=True)
                },
                "duties": {
                    "visit": {
                        "label": "Home visit",
                        "hours": _assumed(3.5, 2, 6, "Door to door, with write-up"),
                        "crew": _assumed(2, 1, 2, "Two officers on every visit"),
                        "second_officer_hours": _assumed(2, 1, 4),
                        "no_answer_share": _assumed(0.25, 0.10, 0.40),
                        "no_answer_hours": _assumed(1, 0.5, 2),
                        "per_year": {
                            tier: _assumed(*times, "As before 2017; may be set by case")
                            for tier, times in visits.items()
                        },
                        "overdue": _overdue(known),
                    },
                    "arms": {
                        "label": "ARMS assessment",
                        "hours": _assumed(6, 4, 10),
                        "per_year": every_year,
                    },
                },
            }
        },
        "teams": {"ppu": {"label": "Public protection unit", "grades": _grades(known)}},
        "standards": [
            {
                "name": "Home visits",
                "cohort": "rso",
                "duty": "visit",
                "tiers": list(TIERS[:-1]),
                "completion": _chosen(0.95),
                "from": later,
            },
            {
                "name": "ARMS assessments",
                "cohort": "rso",
                "duty": "arms",
                "tiers": list(TIERS[:-1]),
                "in_date": _chosen(0.90),
                "from": later,
            },
        ],
    }


def _growth(known: Known) -> dict[str, Any]:
    total = sum(known.cases.values())
    if known.year_ago:
        growth = round(total / known.year_ago - 1, 4)
        found = _own(growth, f"From {known.year_ago:g} a year before")
        small = 0 < abs(growth) < MOST_GROWTH  # two counts make any growth, however small
        return found | ({"confirmed": True} if small and doubt(_GROWTH, growth) else {})
    return _assumed(0.03, 0.01, 0.05, "About England and Wales, 2020 to 2024")


def _overdue(known: Known) -> dict[str, Any]:
    """Return those overdue by tier: in the tiers that are served last."""
    left, found = known.overdue, {}
    for tier in reversed(TIERS[:-1]):
        late = min(left, known.cases[tier])
        left -= late
        if late:
            found[tier] = _own(late, "Taken to be in the tiers served last")
    return found


def _grades(known: Known) -> dict[str, Any]:
    """Return constables and, if there are any, their supervisors."""
    posts = known.officers if known.posts is None else known.posts
    year = {
        "weekly_hours": _assumed(40, 37, 40),
        "leave_days": _assumed(27, 25, 30),
        "bank_holidays": _assumed(8, 8, 9),
        "training_days": _assumed(6, 3, 12),
        "sickness": _assumed(0.045, 0.03, 0.07),
        "abstraction": _assumed(0.10, 0.03, 0.20),
        "leavers_per_year": _assumed(0.08, 0.04, 0.15),
        "accreditation_months": _assumed(4, 2, 6),
        "trainee_productivity": _assumed(0.5, 0.3, 0.8),
        "recruitment_lead_months": _assumed(3, 2, 6),
    }
    note = "Top of the constable scale 2024/25 with on-costs (data/pay.csv)"
    constable = {"in_post": _own(known.officers), "posts": _own(posts), **year}
    constable["cost_per_year"] = _assumed(70657, 55000, 75000, note)
    if not known.supervisors:
        return {"constable": constable}
    supervisor = {"in_post": _own(known.supervisors), "casework_share": _assumed(0, 0, 0.2)}
    supervisor |= {"supervises": _assumed(8, 6, 10)}
    supervisor |= {"cost_per_year": _assumed(80000, 75000, 90000)}
    return {"constable": constable, "sergeant": supervisor}


def _heading(known: Known) -> list[str]:
    return [
        f"A first scenario of {known.name}, by capacity start. What says source = local was given;",
        "source = assumed was not: replace it, most important first (capacity start lists them).",
    ]


def _scenario(tree: Mapping[str, Any]) -> Scenario:
    return read("first.toml", files={"first.toml": text_of(tree)})


def _definition(known: Known) -> Iterator[str]:
    """Yield a caution if the share fits another definition better than the one that is said."""
    cases = known.cases
    newly = cases["very_high"] + cases["high"] / 3 + cases["medium"] / 6 + cases["low"] / 12
    owed = sum(cases[tier] for tier in TIERS[:-1])
    likely = {"completion": newly / (newly + known.overdue), "in date": 1 - known.overdue / owed}
    off = {name: abs(share - known.share) for name, share in likely.items()}
    best = min(off, key=lambda name: off[name])
    if known.measure in off and best != known.measure and off[best] + APART < off[known.measure]:
        yield (
            f"With {known.overdue:g} overdue and about {newly:.0f} visits falling due per month, "
            f"{known.measure} would be about {100 * likely[known.measure]:.0f}%; the "
            f"{100 * known.share:g}% looks more like {best} ({MEANINGS[best]}). Which is it?"
        )


# What to find out next ---------------------------------------------------------------------


def to_find_out(scenario: Scenario) -> tuple[FindOut, ...]:
    """Return what a scenario assumes, those first on which most hangs.

    Measured in posts: how many more officers' hours are needed for everything to be done with a
    setting at one end of its range than at the other, on average over the months planned. How often
    a duty is owed is not among them: months between two are whole.
    """
    found = []
    for one in assumptions.register(scenario):
        if one.kind not in (*ESTIMATES, "fitted") or one.low is None or one.high is None:
            continue
        if ".per_year" in one.setting:
            continue
        ends = _needed(scenario, one.setting, np.array([one.low, one.high], dtype=float))
        entry = declared_at(one.setting.split("."))
        meaning = entry.meaning.partition(";")[0] if entry else ""
        swing = abs(float(ends[1] - ends[0]))
        found.append(FindOut(one.setting, meaning, one.value, one.low, one.high, swing))
    return tuple(sorted(found, key=lambda one: -one.posts))


def _needed(scenario: Scenario, setting: str, values: Array) -> Array:
    """Return the posts whose hours are lacking for everything to be done. Shape: [draw]."""
    months = int(scenario.settings.months.value)
    built = building.build(replaced(scenario, [(spot(scenario, setting), values)], months))
    cases = caseload.project(built)
    duties = built.duties
    due = cases.cases[:, :, duties.tier_of] * duties.per_year / MONTHS_A_YEAR
    asked = (due * duties.hours).sum(axis=2) + demand.other_work(built, cases).teams.sum(axis=2)
    staff = workforce.staff(built)
    one = built.team_hours.max(axis=2)
    lacking = (asked - staff.own_hours.sum(axis=2)) / np.where(one > 0, one, 1.0)
    return np.asarray(np.broadcast_to(lacking.mean(axis=1), values.shape))
