"""A scenario that names its history, brought to the month after the last one known.

What is known of a unit becomes the start of its plan: cases and what is overdue as counted, how
long each has waited by the clock run on what was done, and how the teams worked in the last year.
So every later stage sees an ordinary scenario.
"""

from __future__ import annotations

import copy
from calendar import month_name
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from capacity.engine import demand, projection, renewal, workforce
from capacity.engine.model import Array, Calendar, Model
from capacity.engine.projection import Projection
from capacity.engine.rates import by_tier, opening_mix
from capacity.engine.reactive import with_share
from capacity.errors import Problem, TableError
from capacity.files.monthly import Figure, History
from capacity.files.table_files import readable
from capacity.history import learning
from capacity.history.fit import in_terms_of, known, replay
from capacity.history.rolling import orders_within, rolled, unlinked
from capacity.history.search import KnownState, Search, index_of, serial
from capacity.reading.crosscheck import month_after
from capacity.reading.diffing import difference
from capacity.reading.merging import merge, overlay, remove
from capacity.reading.scenario import LastKnown, Scenario, Swing, with_tree
from capacity.reading.tree import TomlTable, typed
from capacity.settings import EVERY_TIER
from capacity.wording import counted, listed, number
from capacity.wording import month as month_words

DIGITS = 6
BAND = 1.2816
"""Standard errors from the middle to the 10th and the 90th percentile."""

APART = 0.02
"""By how much figures that must add up may differ: rounding."""

JUMP, USUAL_JUMPS, LEAST_JUMP = 0.25, 6.0, 5.0
"""What is due has jumped where it is off by this share of itself, by so many times what is usual,
and by so many cases, from what was carried over and fell due."""


def opened(scenario: Scenario) -> Scenario:
    """Return a scenario that starts from the last known state; as it is without a history.

    Settings of the file that names the history are true of the months known too. What is laid
    over it, in a file that extends it or on a page, is about what comes after: it changes what
    will be done and not how what was done is explained.

    Raises:
        InputError: with everything that is wrong with the history, or with what comes of it.
    """
    past = scenario.past
    if past is None or scenario.settings.history is None:
        return scenario
    base = _beneath(scenario, past.beneath.copy())
    state = _State(base, past.history)
    start, tree = state.start, state.tree()
    gone, said = difference(base.tree, scenario.tree)
    said = _from(said, start)
    above = typed({**({"remove": gone} if gone else {}), **said}, scenario.files[0].name, {})
    under, _ = remove(typed(tree, scenario.files[0].name, {}), above)
    above.pop("remove", None)
    found = with_tree(scenario, merge(under, above))
    told = state.told()
    return replace(
        found, name=scenario.name, warnings=scenario.warnings, known=told, spend=scenario.spend
    )


def _beneath(scenario: Scenario, tree: TomlTable) -> Scenario:
    """Return what names the history, with the first month and months of what is laid over it.

    Where that month is later, as in an opening position, what is dated before it is past.
    """
    given, start = tree.get("start"), scenario.settings.start
    tree["months"] = scenario.written["months"]
    if isinstance(given, date) and (given.year, given.month) < (start.year, start.month):
        return rolled(with_tree(scenario, tree), start, {}).scenario
    tree["start"] = scenario.written["start"]
    return with_tree(scenario, tree)


def last_year(scenario: Scenario) -> Scenario:
    """Return the last year that is known of a unit as a scenario, worked as it was on average.

    It starts from the state known a year before the last month, or where the history begins, and
    ends before the start of the scenario. How far what it makes of the year is off is what the
    settings of a simulation are judged by.

    Args:
        scenario: brought to its start from a history.
    """
    past = scenario.known
    assert past is not None
    since = serial(past.last) - learning.WINDOW
    earlier = tuple(one for one in past.history.figures if serial(one.month) <= since)
    start = f"{scenario.settings.start:%Y-%m}"
    # A history may be longer than the months that are planned.
    first = past.first.replace({"months": index_of(past.first, start)})
    if any(not one.compare and index_of(first, one.month) >= 0 for one in earlier):
        state = _State(first, replace(past.history, figures=earlier))
        first = with_tree(first, state.tree())
    return first.replace({**past.ways, "months": index_of(first, start)})


def _from(said: dict[str, Any], start: date) -> dict[str, Any]:
    """Return what is laid over a scenario with nothing in it dated before the start."""
    made = dict(said)
    for change in (changes := [dict(one) for one in made.get("changes", ())]):
        change["from"] = max(change["from"], start)
    people = [dict(one) for one in made.get("people", ()) if one.get("until", start) >= start]
    for event in people:
        event["from"] = max(event["from"], start)
    events = [one for one in made.get("events", ()) if one["at"] >= start]
    for key, items in (("changes", changes), ("people", people), ("events", events)):
        if key in made:
            made[key] = items
    return made


class _State:
    """Finds the last known state of one scenario; thrown away afterwards."""

    def __init__(self, base: Scenario, history: History) -> None:
        self.base, self.history = base, in_terms_of(base, history)
        self.notes: list[str] = list(history.notes)
        replayed, notes = replay(base, self.history)
        self.replayed = replayed
        self.notes += notes
        figures = [one for one in known(replayed, self.history) if not one.compare]
        if not figures:
            must = (
                f"must have figures from {replayed.settings.start:%Y-%m} on; of a history that "
                "begins before the scenario the first month is its opening"
            )
            raise TableError([Problem(history.name, None, "", must)])
        self.last = max(one.month for one in figures)
        passed = max(0, index_of(base, self.last) + 1)
        self.passed, self.start = passed, month_after(base.settings.start, passed)
        self._check(figures)
        self.months = base.months - passed
        label = f"{self.start:%Y-%m}"
        self.before = index_of(replayed, label) - 1  # the month before the start
        ahead = max(0, self.before - index_of(replayed, self.last))
        search = Search(replayed, [], [], figures, self.last, ahead)
        self.place = index_of(replayed, self.last)
        self.state = search.known_state(np.zeros(0))
        broken = list(_jumps(self.state, self.place))
        if broken:
            self.notes.append(_jump_words(self.state.model, broken))
            since = max(month for month, _ in broken)
            if since < self.place - learning.LEAST_SEEN:
                self.state = search.known_state(np.zeros(0), since)
        built = learning.as_learnt(self.state.model, self.state.record, self.state.learnt)
        self.model = built
        self.run = projection.project(
            built,
            self.state.caseload,
            demand.other_work(built, self.state.caseload),
            workforce.staff(built),
            self.state.record,
        )
        self.cases_known = search.known
        now = [one for one in figures if one.month == self.last]
        self.counted: set[tuple[str | None, ...]] = {
            (one.cohort, one.tier, "cases") for one in now if one.measure == "cases"
        } | {(one.cohort, one.duty, one.tier) for one in now if one.measure == "outstanding"}

    def _check(self, figures: list[Figure]) -> None:
        """Refuse figures that cannot all be right, and a history with nothing after it."""
        problems = list(_contradictions(self.history, figures))
        if self.base.months - self.passed < 1:
            end = Calendar(self.base.settings.start, self.base.months).labels[-1]
            must = f"must end before the last month projected ({end}): make months larger"
            problems.append(Problem(self.history.name, None, "month", must, self.last))
        if problems:
            raise TableError(readable(problems))

    def tree(self) -> dict[str, Any]:
        """Return the scenario brought to its start, as a tree."""
        now = rolled(self.base, self.start, {})
        self.notes += now.notes
        tree: dict[str, Any] = copy.deepcopy(dict(now.scenario.tree))
        tree["months"] = self.months
        tree.pop("extends", None)
        self.ways = dict(self._ways())
        values = {**dict(self._mixes()), **dict(self._position()), **self.ways}
        made, wrong = overlay(typed(tree, self.base.files[0].name, {}), values, "")
        assert not wrong, wrong
        made = copy.deepcopy(made)
        self.notes += unlinked(made, self.base, f"{self.history.name} says")
        for cohort in made.get("cohorts", {}).values():
            orders_within(cohort["tiers"])
        return dict(made)

    def told(self) -> LastKnown:
        """Return what to say of it."""
        fading = ("effort_before", "lasting", "focus_before", "effort_shock", "focus_shock")
        ways = {
            name: value
            for name, value in self.ways.items()
            if not any(part in fading for part in name.split("."))
        }
        learnt, labels = self.state.learnt, self.model.calendar.labels
        focus = learnt.focus_by if learnt.whole else np.zeros_like(learnt.focus_by)
        by_month = zip(learnt.effort_by, focus, learnt.early_by, strict=True)
        swings = {
            labels[month]: Swing(*parts)
            for month, parts in zip(learnt.months.tolist(), by_month, strict=True)
        }
        notes = tuple(self.notes)
        return LastKnown(self.history, self.last, notes, self.replayed, ways, swings)

    # Cases and what is overdue -------------------------------------------------------------

    def _mixes(self) -> Iterator[tuple[str, Any]]:
        """Yield the tiers that new cases join where the file leaves that to its own opening."""
        for name, cohort in self.base.settings.cohorts.items():
            by_tier = cohort.entrants_per_month and EVERY_TIER not in cohort.entrants_per_month
            if cohort.entry_mix is None and not by_tier:
                mix = {tier: float(np.mean(one)) for tier, one in opening_mix(cohort).items()}
                yield f"cohorts.{name}.entry_mix", mix

    def _position(self) -> Iterator[tuple[str, Any]]:
        """Yield cases, what is overdue and how long each has waited, by dotted name."""
        model, run, month = self.model, self.run, self.before
        kept: dict[str, float] = {}
        moved = self.passed > 0
        seen = {n for tiers, _ in self.cases_known.get(self.place, ()) for n in tiers.tolist()}
        cohorts = self.base.settings.cohorts
        for place in model.of_cohorts:
            key = model.tiers[place]
            if key.tier not in cohorts[key.cohort].tiers:
                continue  # a share managed reactively: part of its tier in a file (EQ32)
            name = f"cohorts.{key.cohort}.tiers.{key.tier}.cases"
            if moved or place in seen:
                there = run.caseload.cases[0, month, place : place + 2].tolist()
                every = by_tier(cohorts[key.cohort].reactive_share, key.tier) >= 1
                cases = there[1] if every else with_share(cohorts[key.cohort], key.tier, there[0])
                is_counted = (key.cohort, key.tier, "cases") in self.counted
                yield name, self._number(cases, is_counted)
            else:
                tier = cohorts[key.cohort].tiers[key.tier]
                kept[name] = cases = float(tier.cases.value)
        waiting = renewal.by_age(run.states[month])
        dial = renewal.Dial(model, run.caseload)
        recorded = np.asarray(np.isfinite(self.state.record.done).any(axis=0))
        for row, key_ in enumerate(model.rows):
            interval = int(model.duties.interval[month, row])
            if not interval or not (moved or recorded[row]):
                continue
            duty = key_.task
            late = waiting[0, row] if waiting.ndim == 3 else waiting
            is_counted = (key_.cohort or None, key_.duty, key_.tier) in self.counted
            if not key_.cohort:
                yield f"{duty}.waiting.{key_.tier}", self._number(float(late.sum()), is_counted)
                yield f"{duty}.waiting_ages.{key_.tier}", _ages(late)
                continue
            ages = run.states[month].done_ago[0, dial.first[row] : dial.first[row] + interval]
            cases = kept.get(f"cohorts.{key_.cohort}.tiers.{key_.tier}.cases", np.inf)
            overdue = min(float(late.sum()), cases)
            told = with_share(cohorts[key_.cohort], key_.tier, overdue)
            yield f"{duty}.overdue.{key_.tier}", self._number(told, is_counted)
            given = cohorts[key_.cohort].duties[key_.duty]
            for name, table, found in (
                ("opening_ages", given.opening_ages, ages),
                ("overdue_ages", given.overdue_ages, late),
            ):
                if not moved and key_.tier in table:
                    continue  # a register's own ages, of this very month
                yield f"{duty}.{name}.{key_.tier}", _ages(found)

    def _number(self, value: float, is_counted: bool) -> dict[str, Any]:
        """Return a number of the position, and what it rests on."""
        words = f"{self.history.name}, {month_words(self.last)}"
        note = words if is_counted else f"followed through {words}"
        source = "local" if is_counted else "fitted"
        return {"value": max(0.0, round(value, DIGITS)), "source": source, "note": note}

    # How teams worked ----------------------------------------------------------------------

    def _ways(self) -> Iterator[tuple[str, Any]]:
        """Yield effort, focus and early visits as learnt, by dotted name."""
        learnt, model = self.state.learnt, self.model
        seen = np.flatnonzero(learnt.seen).tolist()
        if not seen:
            self.notes.append(
                f"{self.history.name} does not say what was done, so how the teams work is as in "
                "the scenario."
            )
            return
        fading = learnt.lasting ** (self.before - self.place)
        for team in sorted({int(model.duties.team_of[row]) for row in seen}):
            name, effort = f"teams.{model.teams[team]}", float(learnt.effort[team])
            error = BAND * float(learnt.effort_error[team])
            ends = effort * np.exp(-error), effort * np.exp(error)
            yield f"{name}.effort", self._learnt(effort, *ends, most=10.0)
            before = effort * np.exp(float(learnt.effort_now[team] * fading[team]))
            yield f"{name}.effort_before", self._learnt(before, most=10.0)
            times = np.exp(learnt.season[:, team])
            if learnt.season[:, team].any():
                yield f"{name}.effort_season", [round(float(one), DIGITS) for one in times]
                self.notes.append(_season_words(model.teams[team], times))
            since = int(learnt.since[team])
            swing = float(learnt.effort_swing[team]) * self._around(team)
            yield f"{name}.effort_shock", self._learnt(min(2.0, swing))
            yield f"{name}.lasting", self._learnt(float(learnt.lasting[team]), most=1.0)
            if since:
                month = model.calendar.labels[learnt.months[since]]
                self.notes.append(_change_words(model.teams[team], month, learnt.change[team]))
            self.notes.append(_effort_words(model.teams[team], effort))
        for row in seen:
            yield from self._early(row)
        if learnt.whole:
            yield from self._focus()

    def _around(self, team: int) -> float:
        """Return by how much swings are larger than months lie from their own mean.

        The mean of months that go together takes part of their swing with it.
        """
        learnt = self.state.learnt
        stays, months = float(learnt.lasting[team]), len(learnt.months) - int(learnt.since[team])
        taken = min(0.75, (1.0 + stays) / ((1.0 - stays) * months))
        return float(1.0 / np.sqrt(1.0 - taken))

    def _early(self, row: int) -> Iterator[tuple[str, Any]]:
        """Yield early visits of a row."""
        key, learnt = self.model.rows[row], self.state.learnt
        duty = key.task
        rate, error = float(learnt.early[row]), BAND * float(learnt.early_error[row])
        ahead = int(self.model.duties.early[self.before, row])
        if not ahead:
            return
        low, high = max(0.0, rate - error), rate + error
        share, least, most = (one / (1 + one) for one in (rate, low, high))
        yield f"{duty}.early_months.{key.tier}", {"value": ahead, "source": "fitted"}
        yield f"{duty}.early_share.{key.tier}", self._learnt(share, least, most, most=1 - 1e-9)

    def _focus(self) -> Iterator[tuple[str, Any]]:
        """Yield who is served first, and how far apart."""
        learnt, model = self.state.learnt, self.model
        duties, fading = model.duties, learnt.lasting ** (self.before - self.place)
        rows = np.flatnonzero(learnt.seen)
        off = max(0.0, float(learnt.focus[rows].max()))  # the first of all stands at 0
        order = duties.order.tolist()
        ranked = sorted(order, key=lambda row: -learnt.focus[row] if row in rows else np.inf)
        teams = [
            [r for r in order if duties.team_of[r] == team] for team in range(len(model.teams))
        ]
        if any([r for r in ranked if r in mine] != mine for mine in teams):
            names = [model.rows[row] for row in ranked]
            yield "priority.order", [one.in_order for one in names]
        yield "priority.rule", "soft"
        behind = self.base.settings.priority.gives_way_focus
        if behind is not None and off:
            yield "priority.gives_way_focus", max(-100.0, float(behind.value) - off)
        for row in rows.tolist():
            key, team = model.rows[row], int(duties.team_of[row])
            duty = key.task
            usual = float(learnt.focus[row]) - off
            error = BAND * float(learnt.focus_error[row])
            ends = (usual - error, min(0.0, usual + error))
            yield f"{duty}.focus.{key.tier}", self._learnt(usual, *ends, least=-100.0, most=0.0)
            swing = float(learnt.focus_swing[row]) * self._around(team)
            yield f"{duty}.focus_shock.{key.tier}", self._learnt(min(10.0, swing))
            if not key.cohort:
                continue  # what was different in a queue is not said to fade
            before = usual + float(learnt.focus_now[row] * fading[team])
            yield (
                f"{duty}.focus_before.{key.tier}",
                self._learnt(before, least=-100.0, most=100.0),
            )

    def _learnt(
        self,
        value: float,
        low: float | None = None,
        high: float | None = None,
        least: float = 0.0,
        most: float = np.inf,
    ) -> dict[str, Any]:
        """Return a number learnt from the last year, with its range where there is one."""
        value = min(most, max(least, value))
        found: dict[str, Any] = {"value": value}
        if low is not None and high is not None and low < high:
            found |= {"low": max(least, min(low, value)), "high": min(most, max(high, value))}
        note = f"{self.history.name}, the year to {month_words(self.last)}"
        return {**found, "source": "fitted", "note": note}


def _ages(cases: Array) -> list[float] | None:
    """Return cases by age as a list of a scenario file; None where there are none."""
    found = [round(max(0.0, float(one)), DIGITS) for one in cases]
    while found and found[-1] == 0.0:
        found.pop()
    return found or None


def _effort_words(team: str, effort: float) -> str:
    """Return how much a team did with its hours, and what follows from it for the team needed."""
    if abs(effort - 1.0) < 0.05:
        return f"{team} worked as many hours on activities as the scenario gives it for them."
    return (
        f"By what was done, {team} worked {effort:.0%} of the hours on activities that the "
        "scenario gives it for them. Current posts go on so; the team needed is sized in full "
        "hours. If the hours of an activity or of other work are wrong, correct them first."
    )


def _change_words(team: str, month: str, change: float) -> str:
    """Return since when a team has done more or less than before, and what follows from it."""
    than = "more" if change > 1 else "less"
    return (
        f"Since {month_words(month)} {team} has worked {abs(change - 1):.0%} {than} on activities, "
        "for the hours there are, than in the months before. It is taken to go on so: the months "
        "before are not learnt from. Was something counted differently from then on?"
    )


def _season_words(team: str, times: Array) -> str:
    """Return in which months of the year a team does least and most."""
    least, most = int(np.argmin(times)), int(np.argmax(times))
    return (
        f"Through the year {team} does least on activities in {month_name[least + 1]} "
        f"({1 - times[least]:.0%} less than on average, for the hours there are) and most in "
        f"{month_name[most + 1]} ({times[most] - 1:.0%} more), as far as the years known agree."
    )


# Figures that cannot all be right ----------------------------------------------------------


def _contradictions(history: History, figures: list[Figure]) -> Iterator[Problem]:
    """Yield figures that other figures of the same month show to be wrong."""
    by_place: dict[Any, dict[str, Figure]] = {}
    for one in figures:
        if one.months == 1:
            place = (one.month, one.cohort, one.duty, one.tier)
            by_place.setdefault(place, {})[one.measure] = one
    for (month, cohort, _, tier), found in by_place.items():
        cases = found.get("cases") or by_place.get((month, cohort, None, tier), {}).get("cases")
        late = found.get("outstanding")
        if cases and late and late.value > cases.value * (1 + APART) + 1:
            must = f"must be at most the cases there are ({number(cases.value)})"
            yield history.problem(late, "outstanding", must, number(late.value))
        due, done = found.get("due"), found.get("done")
        if due and done and late and _apart(due.value, done.value + late.value):
            must = f"must be done + outstanding ({number(done.value + late.value)})"
            must += "; is it newly_due? name its column so"
            yield history.problem(due, "due", must, number(due.value))
    yield from _totals(history, by_place)


def _totals(history: History, by_place: Mapping[Any, Mapping[str, Figure]]) -> Iterator[Problem]:
    """Yield totals that are not the sum of their tiers."""
    for (month, cohort, duty, tier), found in by_place.items():
        if tier is not None:
            continue
        parts = [
            one
            for (when, whose, what, name), one in by_place.items()
            if name is not None and (when, whose, what) == (month, cohort, duty)
        ]
        for measure in ("cases", "due", "done", "done_early", "outstanding"):
            several = [part[measure].value for part in parts if measure in part]
            one = found.get(measure)
            every = sum(several)
            less = one is not None and len(several) > 1 and every > one.value
            if one is not None and less and _apart(every, one.value):
                must = f"must not be less than its tiers together ({number(every)})"
                yield history.problem(one, measure, must, number(one.value))


def _apart(a: float, b: float) -> bool:
    return abs(a - b) > max(1.0, APART * max(a, b))


def _jumps(state: KnownState, last: int) -> Iterator[tuple[int, int]]:
    """Yield months and rows in which what was due is not what was carried over and fell due."""
    run: Projection = state.run
    recorded = np.isfinite(state.record.done) & np.isfinite(state.record.outstanding)
    carried = np.zeros_like(run.due[0])
    carried[1:] = run.outstanding[0, :-1]
    expected = carried + run.clock_due[0]
    off = np.abs(run.due[0] - expected)
    for row in range(len(state.model.rows)):
        months = [m for m in range(2, last + 1) if recorded[m, row] and recorded[m - 1, row]]
        if len(months) < learning.LEAST_SEEN:
            continue
        usual = float(np.median(off[months, row]))
        for month in months:
            size = max(float(run.due[0, month, row]), float(expected[month, row]))
            much = max(JUMP * size, USUAL_JUMPS * usual, LEAST_JUMP)
            if off[month, row] > much:
                yield month, row


def _jump_words(model: Model, broken: list[tuple[int, int]]) -> str:
    """Return where figures jump, in words."""
    told = [
        f"{month_words(model.calendar.labels[month])} ({model.rows[row].tier})"
        for month, row in broken
    ]
    were = "does not follow" if len(told) == 1 else "do not follow"
    return (
        f"What was due in {listed(told, 6)} {were} from what was left the month before and fell "
        "due. Was something counted differently from then on? The plan starts from the last "
        f"figures; {counted(len(told), 'jump')} may have moved what was learnt."
    )
