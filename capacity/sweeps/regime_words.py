"""The regimes of a scenario as tables, in sentences and as files (EQ32)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from capacity import console
from capacity.reading import in_words as labels
from capacity.reading import scenario as scenarios
from capacity.reading.cautions import LONE_VISIT
from capacity.reading.choosing import most_reactive
from capacity.reading.scenario import Scenario
from capacity.results import manifests, outputs, summary
from capacity.settings import show
from capacity.sweeps.regimes import Regime, Regimes, Values, lone_visits, regimes
from capacity.wording import counted, every, inside, number, per_cent, posts, pounds

OWED = {
    "every_months": "{0}: {1} ({2})",
    "per_year": "{0}: {1} per year ({2})",
    "crew": "officers on each {0}: {1} ({2})",
}
"""How often and by how many, in words: activity, number, tier."""

SHOWN = 12
"""Regimes of the frontier that the terminal shows."""


@dataclass(frozen=True, repr=False)
class RegimeTables:
    """The regimes of a scenario, for scripts.

    Attributes:
        made: every regime, and which are on the frontier.
    """

    made: Regimes

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that `capacity regimes --out` writes, by the names of their files."""
        return tables(self.made)

    def __repr__(self) -> str:
        """Return what the regimes show in sentences."""
        return f"<Regimes {self.made.scenario.name}\n " + "\n ".join(sentences(self.made)) + ">"


def check(out: str | None) -> None:
    """Refuse a folder that cannot be written before anything is worked out.

    Raises:
        OutputError: if it cannot be written.
    """
    if out:
        outputs.check_free(out)


def run(name: str, *, jobs: int, out: str | None, json: bool) -> Regimes:
    """Work out the regimes of a scenario, write their tables and say what they show.

    Raises:
        InputError: the scenario cannot be used, or lists nothing to choose from.
        OutputError: the files cannot be written.
        SolverError: if the solver gives no proven answer.
    """
    made = regimes(scenarios.read(name), jobs)
    inputs = manifests.inputs_of(made.scenario, {}, seed=None, command="regimes")
    manifest = {**manifests.stamped(inputs, solved=True), "regimes": len(made.every)}
    if out:
        outputs.write(out, outputs.contents(tables(made), manifest), {})
    if json:
        console.answer({**outputs.records(tables(made)), "manifest": manifest})
        return made
    show_all(made)
    if out:
        console.say(f"The tables are in {out}.")
    return made


def tables(made: Regimes) -> dict[str, pd.DataFrame]:
    """Return the tables `regimes` and `regime_settings`."""
    rows = [
        {
            "regime": n + 1,
            "posts": one.posts,
            "cost": one.cost,
            "weighted_unseen": one.needed.weighted_unseen,
            "frontier": n in made.frontier,
            "proven": one.proven,
            "meets_standards": one.meets,
            "weighted_overdue": one.needed.weighted_overdue,
            "mean_days_since_done": one.needed.days_since_seen,
            "current_posts_weighted_unseen": one.now.weighted_unseen,
            "current_posts_weighted_overdue": one.now.weighted_overdue,
            "current_posts_mean_days_since_done": one.now.days_since_seen,
            "contrary_to_practice": lone_visits(one.values),
        }
        for n, one in enumerate(made.every)
    ]
    settings = [
        {"regime": n + 1, "setting": name, "value": value}
        for n, one in enumerate(made.every)
        for name, value in one.values.items()
    ]
    return {"regimes": pd.DataFrame(rows), "regime_settings": pd.DataFrame(settings)}


ON_THE_FRONTIER = "on the frontier"
"""How regimes are marked beside which none leaves less unseen at no more cost."""

ALONE = "One officer on visits: contrary to authorised professional practice"
"""What authorised practice says of a regime, in short."""


def in_words(made: Regimes) -> pd.DataFrame:
    """Return every regime in words, fewest weighted case-months unseen with current posts first."""
    rows = []
    for n, one in enumerate(made.every):
        which = ON_THE_FRONTIER if n in made.frontier else "bound, part posts"
        if not one.meets:
            which = "does not meet every standard"
        rows.append(
            {
                "regime": _words(made, one.values),
                "current": one.now.weighted_unseen,
                "unseen": one.needed.weighted_unseen,
                "posts": one.posts,
                "cost": one.cost,
                "which": which,
                "practice": ALONE if lone_visits(one.values) else "",
            }
        )
    return pd.DataFrame(rows).sort_values("current", kind="stable", ignore_index=True)


def sentences(made: Regimes) -> Iterator[str]:
    """Yield what the regimes show: with current posts, for the standards, and what to know of it.

    Yields:
        One text for each sentence or two that belong together.
    """
    best = made.every[made.best_now]
    yield _best_now(made, best)
    if lone_visits(best.values):
        yield from _in_practice(made)
    yield from _cost(made)
    yield from _reactive(made)
    if any(lone_visits(one.values) for one in made.every):
        tiers = sorted({name.rsplit(".", 1)[-1] for one in made.every for name in _lone(one)})
        words = LONE_VISIT.format(", ".join(tiers))
        yield f"{words[:1].upper()}{words[1:]}."
    yield (
        "Unseen: for longer than the interval that the scenario itself sets, whatever the regime. "
        "A case that policy manages reactively keeps the weight and the interval of its tier."
    )


AS_MANY = 0.5
"""Weighted case-months by which two regimes may differ and leave as many unseen."""


def _best_now(made: Regimes, best: Regime) -> str:
    """Return the regime that leaves fewest unseen with current posts, and how many it leaves."""
    several, left = counted(len(made.every), "regime"), number(best.now.weighted_unseen)
    if made.as_it_is.weighted_unseen - best.now.weighted_unseen < AS_MANY:
        return (
            f"With current posts, none of {several} leaves fewer weighted case-months unseen than "
            f"the scenario as it stands: {number(made.as_it_is.weighted_unseen)}."
        )
    return (
        f"With current posts, the fewest weighted case-months unseen of {several} are {left}, with "
        f"{_words(made, best.values)} (as the scenario stands: "
        f"{number(made.as_it_is.weighted_unseen)})."
    )


def _in_practice(made: Regimes) -> Iterator[str]:
    """Yield the best regime without visits by one officer."""
    place = made.best_in_practice
    if place is None:
        yield "Every regime listed has visits by one officer."
        return
    one = made.every[place]
    yield (
        f"Without visits by one officer they are {number(one.now.weighted_unseen)}, with "
        f"{_words(made, one.values)}."
    )


def _cost(made: Regimes) -> Iterator[str]:
    """Yield the least cost of meeting the standards, over posts and regime together."""
    least = made.every[made.least_cost]
    if not least.meets:
        yield (
            "No regime listed meets every standard, whatever the posts. The frontier compares "
            "plans that miss them least."
        )
        return
    those = sum(one.meets for one in made.every)
    several = f"{those:,} of {counted(len(made.every), 'regime')}"
    yield (
        f"Every standard can be met under {several}. The least cost over posts and regime together "
        f"is {pounds(least.cost)} (discounted), with {posts(least.posts)} at the end and "
        f"{_words(made, least.values)}; allowing part posts no regime costs less than "
        f"{pounds(made.bound)}."
    )
    if len(made.frontier) == 1:
        yield (
            "No regime with which every standard is met leaves fewer weighted case-months unseen, "
            "and none costs noticeably less or needs a post fewer, when all are compared allowing "
            "part posts."
        )


def _reactive(made: Regimes) -> Iterator[str]:
    """Yield what managing a share of a tier reactively saves and what it risks, all else equal."""
    others = tuple(made.every[made.least_cost].values.values())
    listed = made.scenario.settings.choose
    by_values = {tuple(one.values.values()): one for one in made.bounds}
    for place, (name, values) in enumerate(listed.items()):
        if not REACTIVE.fullmatch(name) or len(values) < 2:
            continue
        none, most = (
            by_values[(*others[:place], share, *others[place + 1 :])]
            for share in (min(values), max(values))
        )
        yield _share_in_words(made, name, none, most)


REACTIVE = re.compile(r"cohorts\.[^.]+\.reactive_share\.[^.]+")
"""Where the share of a tier that is managed reactively is set."""


def _share_in_words(made: Regimes, name: str, none: Regime, most: Regime) -> str:
    """Return what the largest share managed reactively saves beside the smallest, and its risk."""
    _, cohort_name, _, tier = name.split(".")
    cohort = made.scenario.given.settings.cohorts[cohort_name]
    share, less = most.values[name], none.values[name]
    label = inside(cohort.tiers[tier].label or tier)
    cases = float(cohort.tiers[tier].cases.value)
    then = f"{per_cent(less)} of them" if less else "none"
    fewer, saved = none.posts - most.posts, none.cost - most.cost
    money = f"{pounds(saved)} over {counted(made.scenario.months, 'month')}, discounted"
    saves = f"saves {posts(fewer)} at the end and {money} (allowing part posts)"
    if fewer < PART_OF_A_POST:
        saves = f"saves no post at the end, and {money}" if saved >= 1 else "saves no post"
    added = most.needed.weighted_unseen - none.needed.weighted_unseen
    now = most.now.weighted_unseen - none.now.weighted_unseen
    most_allowed, why = most_reactive(cohort, tier)
    limit = f" At most {per_cent(most_allowed)} may be: {why}." if most_allowed < 1 else ""
    return (
        f"Managing {per_cent(share)} of the tier {label} reactively ({number(share * cases)} of "
        f"{number(cases)} cases) instead of {then}, all else as in the regime of least cost, "
        f"{saves}. It adds {number(added)} weighted case-months unseen with the team that each "
        f"needs, and {number(now)} with current posts.{limit} Nobody sees these offenders unless "
        "something comes to light: they should be at low risk, under no court order, and reviewed."
    )


PART_OF_A_POST = 0.05
"""Fewer posts than this are none."""


def _lone(one: Regime) -> Iterator[str]:
    return (name for name, value in one.values.items() if lone_visits({name: value}))


def show_all(made: Regimes) -> None:
    """Print what the regimes show, and the frontier in a table."""
    console.say(made.scenario.settings.title)
    console.say(summary.SINGLE_COURSE)
    for words in sentences(made):
        console.say(words)
    columns = [("Regime", False), ("Posts", True), ("Cost", True), ("Unseen, weighted", True)]
    columns += [("Mean days since done", True)]
    rows = []
    for place in made.frontier[:SHOWN]:
        one = made.every[place]
        left = one.needed
        figures = (number(one.posts), pounds(one.cost), number(left.weighted_unseen))
        rows.append([_words(made, one.values), *figures, number(left.days_since_seen)])
    console.table("Frontier", columns, rows)


def _words(made: Regimes, values: Values) -> str:
    """Return a regime in words."""
    return ", ".join(_setting(made, name, value) for name, value in values.items())


def choice(scenario: Scenario, name: str, values: Sequence[float]) -> str:
    """Return what may be chosen for a setting, in words."""
    settings, parts = scenario.given.settings, name.split(".")
    cohort: Any = settings.cohorts.get(parts[1]) if parts[0] == "cohorts" else None
    tier = cohort.tiers.get(parts[-1]) if cohort else None
    whose = f"({tier.label or parts[-1]})" if tier else ""
    if tier and parts[2] == "reactive_share":
        return f"Managed reactively {whose}: {_or([per_cent(one) for one in values])}"
    if tier and parts[2] == "duties" and parts[4] in OWED:
        what = settings.task_label(parts[1], parts[3])
        numbers = _or([show(one) for one in values])
        return f"{what} {whose}: {CHOICES[parts[4]].format(numbers)}"
    words = labels.of(scenario)
    title = words.title(name)
    return f"{title[:1].upper()}{title[1:]}: {_or([words.value(name, one) for one in values])}"


CHOICES = {"every_months": "every {0} months", "per_year": "{0} per year", "crew": "{0} officers"}
"""What may be chosen of how often and by how many."""


def _or(items: Sequence[str]) -> str:
    """Return items as `a, b or c`."""
    return " or ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def _setting(made: Regimes, name: str, value: float) -> str:
    """Return one setting of a regime in words."""
    settings, parts = made.scenario.given.settings, name.split(".")
    cohort: Any = settings.cohorts.get(parts[1]) if parts[0] == "cohorts" else None
    tier = cohort.tiers.get(parts[-1]) if cohort else None
    whose = (tier.label or parts[-1]) if tier else ""
    if tier and parts[2] == "reactive_share":
        return f"{per_cent(value)} managed reactively ({whose})"
    if tier and parts[2] == "duties" and parts[4] in OWED:
        what = inside(settings.task_label(parts[1], parts[3]))
        often = every(value) if parts[4] == "every_months" else f"{value:g}"
        return OWED[parts[4]].format(what, often, whose)
    return f"{inside(made.in_words.title(name))}: {made.in_words.value(name, value)}"
