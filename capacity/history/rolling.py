"""A scenario that started earlier, brought to the month a register stands at.

What lies before the new start becomes part of the opening position or is left out, and each item
is told in one sentence: changes in force, people who are away or on loan, standards, one-off
events, recruitment under way, people in training, pay awards and the base of prices.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from capacity.engine import caseload, demand, projection, workforce
from capacity.engine.building import build
from capacity.engine.model import Array, Model, year_name
from capacity.engine.queueing import waiting
from capacity.engine.rates import by_tier, clock_interval, opening_mix
from capacity.errors import InputError, Problem
from capacity.limits import LONGEST_INTERVAL
from capacity.reading.crosscheck import month_after
from capacity.reading.merging import overlay
from capacity.reading.naming import find, some, value_at
from capacity.reading.scenario import Scenario, with_tree
from capacity.reading.tree import is_number, typed
from capacity.settings import Cohort, Event
from capacity.staffing.costs import payroll
from capacity.wording import as_typed
from capacity.wording import month as month_words

SMALL = 1e-6
"""FTE by which people in post may differ and still be as given."""

TOLD = 0.05
"""FTE in training or to join that are told."""

DIGITS = 6
"""Places after the point of projected people."""


@dataclass(frozen=True)
class Rolled:
    """A scenario at its new start: nothing in it is dated earlier, and no item is like another."""

    scenario: Scenario
    notes: tuple[str, ...]  # what was done with what is past, one sentence an item
    projected: tuple[str, ...]  # grades whose people in post are projected
    past: tuple[Event, ...]  # one-off events before the new start, in file order
    queued: tuple[str, ...]  # who waits in queues, as projected, one sentence a queue


def rolled(scenario: Scenario, start: date, in_post: Mapping[str, float]) -> Rolled:
    """Return a scenario brought to another first month.

    Args:
        scenario: as it was read.
        start: the new first month; where it is not later than the old one, only the start changes.
        in_post: people in post at the new start by team and grade (`ppu.constable`), FTE; who is
            not named here is taken as projected.

    Raises:
        InputError: if `in_post` names a grade that is not there.
    """
    _check_grades(scenario, in_post)
    return _Rolling(scenario, start, in_post).rolled()


def _check_grades(scenario: Scenario, in_post: Mapping[str, float]) -> None:
    grades = [
        f"{team}.{name}" for team, one in scenario.settings.teams.items() for name in one.grades
    ]
    wrong = [
        Problem("--in-post", None, name, f"must be a team and grade: {some(grades)}")
        for name in in_post
        if name not in grades
    ]
    if wrong:
        raise InputError(wrong)


class _Rolling:
    """Brings one scenario to another start; thrown away afterwards."""

    def __init__(self, scenario: Scenario, start: date, in_post: Mapping[str, float]) -> None:
        self.old, self.start, self.in_post = scenario, start, in_post
        self.tree: dict[str, Any] = copy.deepcopy(dict(scenario.tree))
        for section in ("cohorts", "teams"):
            for item in self.tree.get(section, {}).values():
                item.pop("like", None)
        self.notes: list[str] = []
        self.guessed: list[str] = []
        self.queued: list[str] = []
        first = scenario.settings.start
        self.passed = (start.year - first.year) * 12 + start.month - first.month

    def rolled(self) -> Rolled:
        """Do it."""
        self.tree["start"] = self.start
        past: list[Event] = []
        if self.passed > 0:
            model, staff = self._projected()
            self._lagged_inflows()
            self._queues()
            self._changes()
            self._standards()
            self._people_events()
            past = self._events()
            self._recruitment(model, staff)
            self._money(model)
            self._clocks()
            self._links()
        else:
            for name, people in self.in_post.items():
                team, _, grade = name.partition(".")
                self.tree["teams"][team]["grades"][grade]["in_post"] = _given(people)
        made = with_tree(self.old, self.tree)
        return Rolled(made, tuple(self.notes), tuple(self.guessed), tuple(past), tuple(self.queued))

    # Dates ---------------------------------------------------------------------------------

    def _after(self, when: date) -> int:
        """Return the month of a date, counted from the new start; below 0 before it."""
        return (when.year - self.start.year) * 12 + when.month - self.start.month

    def _label(self, after: int) -> str:
        """Return the name `YYYY-MM` of a month counted from the new start."""
        return f"{month_after(self.start, after):%Y-%m}"

    def _words(self, when: date) -> str:
        return month_words(f"{when:%Y-%m}")

    # Settings that changed -----------------------------------------------------------------

    def _lagged_inflows(self) -> None:
        """Say by dates what a change of an inflow with a lag has not brought yet.

        Before the start of a scenario an inflow has one rate, so a change that has happened at
        the source but not reached the cohort needs the month in which it will.
        """
        for place, flow in enumerate(self.tree.get("inflows", [])):
            lag = round(_value(flow.get("lag_months", 0)))
            months = [self._after(one["from"]) for one in self._changes_of(place)]
            if not any(month < 0 < month + lag for month in months):
                continue
            changes: list[Any] = []
            for change in self.tree["changes"]:
                mine = {n: v for n, v in change["set"].items() if self._inflow_of(n) == place}
                rest = {n: v for n, v in change["set"].items() if n not in mine}
                changes += [{**change, "set": rest}] if rest else []
                if mine:
                    when = date.fromisoformat(
                        f"{self._label(self._after(change['from']) + lag)}-01"
                    )
                    changes.append({**change, "from": when, "set": mine})
            self.tree["changes"] = changes
            flow["lag_months"] = 0
            self.notes.append(
                f"Inflow {flow['name']}: its changes are dated when they reach the cohort, "
                f"{lag} months after they happen, and lag_months is 0."
            )

    def _inflow_of(self, name: str) -> int | None:
        """Return the place of the inflow that a setting belongs to."""
        path, rest = find(self.tree, name)
        full = (*path, *rest)
        return int(full[1]) if full[:1] == ("inflows",) and isinstance(full[1], int) else None

    def _changes_of(self, inflow: int) -> list[Any]:
        given = self.tree.get("changes", [])
        return [one for one in given if any(self._inflow_of(n) == inflow for n in one["set"])]

    def _changes(self) -> None:
        """Put the dated changes that are in force into the undated settings."""
        given = self.tree.pop("changes", [])
        past = [one for one in given if self._after(one["from"]) < 0]
        for change in sorted(past, key=lambda one: self._after(one["from"])):
            tree = typed(self.tree, "", {})
            self.tree = overlay(tree, change["set"], "")[0]
            said = "; ".join(f"{name} = {as_typed(value)}" for name, value in change["set"].items())
            why = f" ({change['why']})" if change.get("why") else ""
            words = f"Change of {self._words(change['from'])}{why}: in force now"
            self.notes.append(f"{words}, {said}.")
        later = [self._without_past_joiners(one) for one in given if self._after(one["from"]) >= 0]
        later = [one for one in later if one["set"]]
        if later:
            self.tree["changes"] = later

    def _without_past_joiners(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return a later change without appointments of months that are past."""
        now = self._label(0)
        found = {}
        for name, value in change["set"].items():
            left = value
            words = name.split(".")
            if words[-1] == "joiners_due" and isinstance(value, Mapping):
                left = {month: fte for month, fte in value.items() if month >= now}
            elif words[-2:-1] == ["joiners_due"] and words[-1] < now:
                left = None
            if left is not None and left != {}:
                found[name] = left
        return {**change, "set": found}

    def _standards(self) -> None:
        for standard in self.tree.get("standards", []):
            begins = standard.get("from")
            if begins is not None and self._after(begins) < 0:
                del standard["from"]
                self.notes.append(
                    f"Standard {standard['name']}: in force since {self._words(begins)}, "
                    "so it holds from the start."
                )

    def _people_events(self) -> None:
        """Drop leave and loans that are over; those that go on start at the new start."""
        same, going_on = [], []
        for event in self.tree.pop("people", []):
            until, why = event.get("until"), event["why"]
            if until is not None and self._after(until) < 0:
                self.notes.append(f"{why}: ended in {self._words(until)} and is left out.")
            elif self._after(event["from"]) < 0:
                end = f" until {self._words(until)}" if until is not None else ""
                self.notes.append(f"{why}: goes on from the start{end}.")
                going_on.append({**event, "from": self.start})
            else:
                same.append(event)
        if same or going_on:
            self.tree["people"] = [*same, *going_on]

    def _events(self) -> list[Event]:
        """Drop one-off events that have happened, and return them."""
        past = [one for one in self.old.settings.events if self._after(one.at) < 0]
        later = [one for one in self.tree.pop("events", []) if self._after(one["at"]) >= 0]
        if later:
            self.tree["events"] = later
        for event in past:
            if event.from_ and event.to and event.cases is not None:
                cohort = self.tree["cohorts"][event.cohort]
                if self.old.settings.cohorts[event.cohort].orders_visited:
                    less_orders(cohort["tiers"][event.from_], float(event.cases.value))
        return past

    # Work that queues ----------------------------------------------------------------------

    def _queues(self) -> None:
        """Carry queues on as current posts leave them: who waits, what arrives and is on its way.

        They are what is projected from the old start, not counted: a count takes their place.
        """
        queues = self.tree.get("queues", {})
        if not queues:
            return
        model = build(self.old.replace({"months": self.passed}))
        cases = caseload.project(model)
        staff = workforce.staff(model)
        run = projection.project(model, cases, demand.other_work(model, cases), staff)
        by_age = run.waiting[-1][0]
        growth = self._growth_of_arrivals()
        for name, queue in queues.items():
            rows = [row for row in model.queues.rows if model.rows[row].duty == name]
            waits = {model.rows[row].tier: by_age[row] for row in rows}
            before = sum(float(n) for n in _opening(self.old, name).values())
            self._waiting(queue, waits, before)
            self._on_its_way(queue, run.done[0][:, rows].sum(axis=1))
            if "arrivals_per_month" in queue:
                queue["arrivals_per_month"] = _times(queue["arrivals_per_month"], growth[name])
            for change in self.tree.get("changes", []):
                setting = f"queues.{name}.arrivals_per_month"
                if setting in change["set"]:
                    change["set"][setting] = _times(change["set"][setting], growth[name])
            label = self.old.settings.queues[name].label or name
            now = sum(float(ages.sum()) for ages in waits.values())
            since = self._words(self.old.settings.start)
            self.queued.append(
                f"{label}: {_short(now)} waiting as projected with no posts added, from "
                f"{_short(before)} at the start of {since}."
            )

    @property
    def _began(self) -> str:
        """The month from which the scenario was projected."""
        return month_words(f"{self.old.settings.start:%Y-%m}")

    def _waiting(self, queue: dict[str, Any], waits: Mapping[str, Array], before: float) -> None:
        """Write who waits and for how long, by class."""
        for key in ("waiting", "waiting_ages"):
            queue.pop(key, None)
        note = f"projected from {_short(before)} in {self._began}"
        numbers, ages = {}, {}
        for name, by_age in waits.items():
            kept = [round(float(one), DIGITS) for one in by_age]
            while kept and kept[-1] <= 0:
                kept.pop()
            if kept:
                numbers[name] = {
                    "value": round(sum(kept), DIGITS),
                    "source": "assumed",
                    "note": note,
                }
                ages[name] = kept
        if numbers:
            queue |= {"waiting": numbers, "waiting_ages": ages}

    def _on_its_way(self, queue: dict[str, Any], done: Array) -> None:
        """Write what was completed lately: what it leads to may still be on its way."""
        earlier = queue.pop("completed_before", [])
        known = [*(round(float(one), DIGITS) for one in done[::-1]), *earlier]
        while known and known[-1] <= 0:
            known.pop()
        if known:
            queue["completed_before"] = known[:LONGEST_INTERVAL]

    def _growth_of_arrivals(self) -> dict[str, float]:
        """Return how many times what arrives by itself has grown, by queue."""
        found = dict.fromkeys(self.old.settings.queues, 1.0)
        for month in range(self.passed):
            now = self.old.settings
            for since, later in self.old.dated:
                now = later if since <= month else now
            for name, queue in now.queues.items():
                found[name] *= (1.0 + float(queue.growth_per_year.value)) ** (1 / 12)
        return found

    # People --------------------------------------------------------------------------------

    def _projected(self) -> tuple[Model, workforce.Workforce]:
        """Return the old scenario's people in the months before the new start and soon after."""
        grades = [one for team in self.old.settings.teams.values() for one in team.grades.values()]
        lead = max(int(one.recruitment_lead_months.value) for one in grades)
        months = min(LONGEST_INTERVAL, self.passed + lead + 1)
        if self.passed >= LONGEST_INTERVAL:
            must = f"must be less than {LONGEST_INTERVAL} months after the start of the scenario"
            raise InputError([Problem("--as-at", None, "", must)])
        model = build(self.old.replace({"months": months}))
        return model, workforce.staff(model)

    def _recruitment(self, model: Model, staff: workforce.Workforce) -> None:
        """Say who is in post, who is in training and who will join."""
        for place, key in enumerate(model.grades):
            grade = self.tree["teams"][key.team]["grades"][key.grade]
            name = f"{key.team}.{key.grade}"
            was, now = grade["in_post"], float(staff.in_post[0, self.passed - 1, place])
            said = self._in_post(grade, name, now)
            joined = self._joined(model, staff, place)
            training = self._training(grade, joined)
            due = self._due(grade, staff, place)
            if not (said or training or due):
                continue
            parts = [f"{_short(_value(grade['in_post']))} in post"]
            parts += [f"{_short(training)} in training"] if training >= TOLD else []
            if sum(due.values()) >= TOLD:
                parts.append(f"{_short(sum(due.values()))} to join by {month_words(max(due))}")
            self.guessed += [] if name in self.in_post else [name]
            since = f"{_short(_value(was))} at the start of {self._words(self.old.settings.start)}"
            how = f"as given ({since})" if name in self.in_post else f"as projected from {since}"
            self.notes.append(f"{name}: {', '.join(parts)}, {how}.")

    def _in_post(self, grade: dict[str, Any], name: str, now: float) -> bool:
        """Write people in post, as given or as projected; whether they are others than before."""
        was = grade["in_post"]
        if name in self.in_post:
            now = self.in_post[name]
        elif abs(now - _value(was)) <= SMALL:
            return False
        grade.setdefault("posts", was)  # which were as many as in post at the old start
        if name in self.in_post:
            grade["in_post"] = _given(now)
            return True
        more = now - _value(was)
        ends = {
            end: max(0.0, round(was[end] + more, DIGITS))
            for end in ("low", "high")
            if isinstance(was, Mapping) and end in was
        }
        note = f"projected from {_short(_value(was))} in {self._began}"
        parts = {"value": round(now, DIGITS), **ends, "source": "assumed", "note": note}
        grade["in_post"] = parts if ends else {"value": parts["value"], "note": note}
        return True

    def _joined(self, model: Model, staff: workforce.Workforce, place: int) -> Array:
        """Return who joined in each month before the new start, the last of them first."""
        own = staff.joiners[0, : self.passed, place][::-1]
        return np.concatenate([own, model.people.in_training[0, :, place]])

    def _training(self, grade: dict[str, Any], joined: Array) -> float:
        """Write who is still in training; how many they are."""
        months = round(_value(grade.get("accreditation_months", 0)))
        for key in ("in_training", "recent_joiners"):
            grade.pop(key, None)
        # Who joined so many months ago that this would be the next one counts in full.
        still = [round(float(one), DIGITS) for one in joined[: max(0, months - 1)]]
        if still and still[0] > SMALL:
            grade["in_training"] = still[0]
        earlier = {self._label(-2 - n): one for n, one in enumerate(still[1:]) if one > SMALL}
        if earlier:
            grade["recent_joiners"] = earlier
        return sum(still)

    def _due(
        self, grade: dict[str, Any], staff: workforce.Workforce, place: int
    ) -> dict[str, float]:
        """Write who will join: those appointed, and those whose recruitment is under way."""
        given = {m: n for m, n in grade.pop("joiners_due", {}).items() if m >= self._label(0)}
        lead = round(_value(grade.get("recruitment_lead_months", 0)))
        found: dict[str, float] = {}
        for after in range(min(lead, staff.joiners.shape[1] - self.passed)):
            month = self._label(after)
            joining = float(staff.joiners[0, self.passed + after, place])
            if joining > _value(given.get(month, 0)) + SMALL:
                found[month] = round(joining, DIGITS)
        if given or found:
            grade["joiners_due"] = dict(sorted({**given, **found}.items()))
        return found

    # Money ---------------------------------------------------------------------------------

    def _money(self, model: Model) -> None:
        """Keep the base of prices, and raise costs by pay awards that are in them from now on."""
        finance = self.tree.setdefault("finance", {})
        base = model.money.price_base
        year = self.start.year - (self.start.month < 4)
        first = self.old.settings.start
        if "price_base" not in finance and year != first.year - (first.month < 4):
            finance["price_base"] = year_name(base)
            self.notes.append(f"Prices stay those of {year_name(base)}.")
        # Costs are those paid at the start, or at the end of the year of the price base.
        priced = (
            self.passed
            if base == year
            else (base + 1) * 12 + 2 - (first.year * 12 + first.month - 1)
        )
        if priced != model.money.priced_at:
            self._raise_costs(priced)
        if not finance:
            del self.tree["finance"]

    def _raise_costs(self, priced: int) -> None:
        """Raise costs that are paid with awards which had not come when they were given."""
        months = max(priced, self.passed) + 1
        model = build(self.old.replace({"months": min(LONGEST_INTERVAL, months)}))
        factors = {
            kind: float(payroll(model).pay_levels(kind, [min(priced, model.months - 1)])[0, 0])
            for kind in model.money.awards
        }
        kinds = {
            name: {grade: one.kind for grade, one in team.grades.items()}
            for name, team in self.old.settings.teams.items()
        }
        for name, of in kinds.items():
            team = self.tree["teams"][name]
            for grade, kind in of.items():
                _scale(team["grades"][grade], "cost_per_year", factors[kind])
            _scale(team, "overtime_cost_per_hour", factors[next(iter(of.values()))])
        for change in self.tree.get("changes", []):
            for setting in list(change["set"]):
                words = setting.split(".")
                paid = words[-1] in (
                    "cost_per_year",
                    "pay",
                    "scale",
                    "other",
                    "overtime_cost_per_hour",
                )
                if words[0] == "teams" and paid:
                    of = kinds[words[1]]
                    first = next(iter(of.values()))
                    kind = of.get(words[3], first) if len(words) > 3 else first
                    _scale(change["set"], setting, factors[kind])
        for paid_as, factor in factors.items():
            if factor != 1:
                self.notes.append(
                    f"Pay of grades of kind {paid_as}: costs are {100 * (factor - 1):.3g}% higher, "
                    "by the pay awards since they were given; a budget stays as it is."
                )

    # Loose ends ----------------------------------------------------------------------------

    def _clocks(self) -> None:
        """Fit what is known of each clock to intervals that have changed since the old start."""
        for name, old in self.old.settings.cohorts.items():
            for duty, one in self.tree["cohorts"][name].get("duties", {}).items():
                ages = one.get("opening_ages", {})
                for tier in old.tiers:
                    interval = self._interval(name, duty, tier)
                    if interval == clock_interval(old.duties[duty], tier):
                        continue
                    if interval == 0:
                        self._without_clock(one, tier, list(old.tiers))
                    elif tier in ages and len(ages[tier]) > interval:
                        kept, late = ages[tier][: interval - 1], ages[tier][interval - 1 :]
                        ages[tier] = [*kept, sum(late)]

    def _interval(self, cohort: str, duty: str, tier: str) -> int:
        """Return the months between one of a duty and the next, as they are now."""
        now = self.old.settings
        for month, later in self.old.dated:
            now = later if month < self.passed else now
        return clock_interval(now.cohorts[cohort].duties[duty], tier)

    def _without_clock(self, duty: dict[str, Any], tier: str, tiers: Sequence[str]) -> None:
        """Take away what is known of a clock that is no longer there."""
        for key in ("opening_ages", "overdue_ages"):
            duty.get(key, {}).pop(tier, None)
        late = duty.get("overdue")
        if late is None:
            return
        if is_number(late):
            late = dict.fromkeys(tiers, late)
        duty["overdue"] = {**late, tier: 0}

    def _links(self) -> None:
        """Take settings that are no longer there out of links."""
        for name, link in list(self.tree.get("links", {}).items()):
            there = [one for one in link["settings"] if self._is_there(one)]
            if len(there) == len(link["settings"]):
                continue
            if len(there) > 1:
                link["settings"] = there
            else:
                del self.tree["links"][name]
            self.notes.append(f"Link {name}: without settings that are past.")
        if self.tree.get("links") == {}:
            del self.tree["links"]

    def _is_there(self, setting: str) -> bool:
        try:
            value_at(self.tree, setting)
        except KeyError:
            return False
        return True


def _opening(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return how many of each class of a queue wait at the start of a scenario."""
    queue = scenario.settings.queues[name]
    return {one: waiting(queue, one) for one in queue.class_names}


def _times(number: Any, factor: float) -> Any:
    """Return a number, its range too, times a factor; as it was where that is 1."""
    if factor == 1:
        return number
    if not isinstance(number, Mapping):
        return round(number * factor, DIGITS)
    ends = {
        end: round(number[end] * factor, DIGITS)
        for end in ("value", "low", "high")
        if end in number
    }
    return {**number, **ends}


def _scale(table: dict[str, Any], key: str, factor: float) -> None:
    """Multiply a cost, or pay and other costs where it is given by its parts."""
    if factor == 1 or key not in table:
        return
    cost = table[key]
    if isinstance(cost, Mapping) and not is_number(cost):
        table[key] = dict(cost)
        for part in ("pay", "scale", "other"):
            _scale(table[key], part, factor)
    elif isinstance(cost, Mapping):
        numbers = {
            end: round(cost[end] * factor, 2) for end in ("value", "low", "high") if end in cost
        }
        table[key] = {**cost, **numbers}
    elif isinstance(cost, list):
        table[key] = [round(one * factor, 2) for one in cost]
    else:
        table[key] = round(cost * factor, 2)


def _value(number: Any) -> float:
    return float(number["value"] if isinstance(number, Mapping) else number)


def _given(people: float) -> dict[str, Any]:
    return {"value": people, "source": "local"}


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def happened(
    past: Sequence[Event], scenario: Scenario, tree: dict[str, Any], counted: Collection[str]
) -> Iterator[str]:
    """Yield what becomes of one-off events that have happened, in a sentence each.

    Args:
        past: events before the new start.
        scenario: at its new start.
        tree: its settings, in which the cases of cohorts that no register counts are changed.
        counted: cohorts whose cases a register counts.
    """
    for event in past:
        why = f" ({event.why})" if event.why else ""
        words = f"Event of {month_words(f'{event.at:%Y-%m}')}{why}: has happened"
        if event.cohort in counted:
            yield f"{words}; the register counts its cases."
            continue
        tiers = tree["cohorts"][event.cohort]["tiers"]
        cases = {tier: _value(one["cases"]) for tier, one in tiers.items()}
        for tier, after in _after_event(event, scenario, cases).items():
            if after != cases[tier]:
                note = f"after an event of {month_words(f'{event.at:%Y-%m}')}"
                tiers[tier]["cases"] = {"value": round(after, DIGITS), "note": note}
        yield f"{words}; {event.cohort} is not in the register, so its cases were changed by it."


def _after_event(event: Event, scenario: Scenario, cases: Mapping[str, float]) -> dict[str, float]:
    """Return a cohort's cases by tier after an event, at most what there are taken."""
    after = dict(cases)
    if event.arrivals is not None:
        cohort = scenario.settings.cohorts[event.cohort]
        mix = {event.tier: 1.0} if event.tier else _entry_shares(cohort)
        for tier, share in mix.items():
            after[tier] += float(event.arrivals.value) * share
        return after
    given = event.cases if event.leavers is None else event.leavers
    one = event.from_ or event.tier
    origins = [one] if one else list(after)
    there = sum(after[tier] for tier in origins)
    assert given is not None
    share = min(1.0, float(given.value) / there) if there else 0.0
    for tier in origins:
        taken = after[tier] * share
        after[tier] -= taken
        if event.to:
            after[event.to] += taken
    return after


def _entry_shares(cohort: Cohort) -> dict[str, float]:
    """Return the shares by which new cases join the tiers of a cohort."""
    if cohort.entry_mix is None:
        return {tier: float(np.mean(share)) for tier, share in opening_mix(cohort).items()}
    mix = cohort.entry_mix
    return {tier: float(np.mean(by_tier(mix, tier))) for tier in cohort.tiers}


# What a count takes the place of -----------------------------------------------------------


def unlinked(tree: dict[str, Any], scenario: Scenario, counted: str) -> Iterator[str]:
    """Take numbers that were counted out of links: they are not uncertain any more.

    Args:
        tree: what the scenario becomes; its links are changed.
        scenario: what it was.
        counted: what counts them, in words.

    Yields:
        What was done, one sentence a link.
    """
    for name, link in list(tree.get("links", {}).items()):
        left = [
            one for one in link["settings"] if _ranged(tree, one) or not _ranged(scenario.tree, one)
        ]
        if len(left) == len(link["settings"]):
            continue
        if len(left) < 2 or link.get("keep_total"):
            del tree["links"][name]
        else:
            link["settings"] = left
        yield f"Link {name}: without what {counted}, which is not uncertain any more."
    if tree.get("links") == {}:
        del tree["links"]


def _ranged(tree: Mapping[str, Any], setting: str) -> bool:
    given = value_at(tree, setting)
    return isinstance(given, Mapping) and ("low" in given or "high" in given)


def less_orders(tier: dict[str, Any], moved: float) -> None:
    """Take those whom an event has moved to be visited off a tier's cases under court orders.

    Args:
        tier: it is changed.
        moved: cases.
    """
    given = tier.get("court_orders")
    if given is not None:
        parts = given if isinstance(given, Mapping) else {"value": given}
        left = {
            end: max(0.0, parts[end] - moved) for end in ("value", "low", "high") if end in parts
        }
        tier["court_orders"] = {**parts, **left}


def orders_within(tiers: dict[str, Any]) -> None:
    """Cut court orders to the cases that there are now.

    Args:
        tiers: of a cohort; they are changed.
    """
    for one in tiers.values():
        if "court_orders" not in one:
            continue
        given, most = one["court_orders"], _value(one["cases"])
        parts = given if isinstance(given, Mapping) else {"value": given}
        ends = {end: min(parts[end], most) for end in ("value", "low", "high") if end in parts}
        if ends != {end: parts[end] for end in ends}:
            one["court_orders"] = {**parts, **ends}
