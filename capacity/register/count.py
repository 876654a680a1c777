"""A register to an opening position: counts by tier, real ages and overdue by month.

One row is one case. Rows are counted and forgotten: no cell of a register is written, printed or
put into an error; problems name rows by their numbers only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from capacity.engine.model import MONTHS_A_YEAR
from capacity.engine.rates import by_tier, clock_interval, hours_of_one_done, times_a_year
from capacity.errors import CapacityError, InputError, Problem, TableError
from capacity.files.figures import DateForm, Unclear, day, form_of
from capacity.files.table_files import TypedSheet, Wanted
from capacity.reading.naming import some
from capacity.reading.scenario import Scenario
from capacity.register.personal import holding, names_of_people, titled
from capacity.settings import Cohort
from capacity.wording import counted, listed, plural
from capacity.wording import day as day_words

NOT_OF_DATES = ("contact details", "a description of a person", "free text")
"""What a column of dates is not, whatever words its title has: date of last contact."""
OFFICERS, MOST_SPREAD = 3, 2.0
"""Fewest officers of whose caseloads a spread is told, and the largest that is."""
ROWS_NAMED = 8
"""Rows that a problem names, at most."""
FEW_DAYS = 12
MANY_DATES = 40
"""So many different dates without a day above 12 are probably not day first.

So many of which none is of the last two months are probably of an older register.
"""
ROLES = ("tier", "case", "cohort", "office", "officer", "order")
TITLES = {
    "tier": ("tier", "risk", "risk level", "risk band", "risk tier", "level of risk", "band"),
    "cohort": ("cohort", "scheme"),
    "office": ("office", "station", "base", "area office"),
    "officer": ("officer", "officer code", "officer id", "om code", "manager code", "officer no"),
    "order": ("order", "court order", "order in force", "shpo", "court order in force"),
}
"""Titles by which a column is known, small letters."""
REFERENCES = {"ref", "reference", "case", "id", "number", "no", "record", "uid", "key"}
"""Words in the title of a column of references, by which a case could be known."""
LONG_AGO, FAR_AHEAD = 120, 120
"""Months before and after the register's date within which dates are taken as they stand."""
SHORT = {
    "vh": "very_high",
    "h": "high",
    "m": "medium",
    "med": "medium",
    "l": "low",
    "r": "reactive",
}
YES = {"yes": True, "y": True, "true": True, "1": True, "in force": True}
NO = {"no": False, "n": False, "false": False, "0": False, "": False, "none": False, "-": False}


@dataclass(frozen=True)
class Asked:
    """How a register is to be read, beside the file itself."""

    as_at: date
    cohort: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # role → title, as typed
    offices: Mapping[str, str] = field(default_factory=dict)  # office → cohort, as typed
    dates: DateForm | None = None
    suppress_below: int = 0
    sheet: str | None = None
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)  # title → values counted
    oldest: date | None = None  # dates from it on are meant as they stand
    in_post: Mapping[str, float] = field(default_factory=dict)  # `team.grade` → FTE
    tiers: Mapping[str, str] = field(default_factory=dict)  # as typed → tier

    @property
    def close(self) -> date:
        """The day at whose end the register stands; the first of a month is its beginning."""
        return self.as_at - timedelta(days=1) if self.as_at.day == 1 else self.as_at

    @property
    def day(self) -> str:
        """The day as a sentence says it."""
        return day_words(self.as_at.isoformat())

    @property
    def start(self) -> date:
        """The first month to be projected."""
        close = self.close
        return date(close.year + close.month // 12, close.month % 12 + 1, 1)


@dataclass
class DutyCounts:
    """Cases of a tier by when a duty was done, and how long it has been outstanding."""

    ages: Counter[int] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)


@dataclass
class TierCounts:
    """Cases of a tier."""

    cases: int = 0
    orders: int = 0
    duties: dict[str, DutyCounts] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """A register as counts; nothing in it is about one person.

    Unit: cases.
    """

    asked: Asked
    rows: int
    tiers: Mapping[tuple[str, str], TierCounts]  # cohort and tier
    read: tuple[tuple[str, str], ...]  # cohort and duty whose dates were there
    with_orders: bool
    offices: Mapping[str, int]
    caseloads: tuple[int, ...]  # of each officer, largest first
    by_office: Mapping[str, tuple[int, ...]]  # of each officer's cases there, largest first
    loads: Mapping[str, tuple[float, ...]]  # by team, of each officer, largest first: hours a month
    notes: tuple[str, ...]
    hints: tuple[str, ...] = ()  # options of the command that would read it otherwise


def wanted(scenario: Scenario, asked: Asked) -> Wanted:
    """Return the columns by which a register is found in its file."""
    titles = _Titles(scenario, asked)
    return Wanted(
        known=titles.role,
        needed=(("tier",), titles.date_roles),
        words="a column for the tier and one with dates of visits",
    )


class _Titles:
    """Which column is what, by its title."""

    def __init__(self, scenario: Scenario, asked: Asked) -> None:
        self.asked, self.cohorts = asked, scenario.settings.cohorts
        self.given = {_plain(title): role for role, title in asked.columns.items()}
        self.chosen = {_plain(title) for title in asked.only}
        duties = dict.fromkeys(duty for one in self.cohorts.values() for duty in one.duties)
        self.date_roles = [f"{duty}.{kind}" for duty in duties for kind in ("last", "due")]

    def role(self, title: str) -> str | None:
        """Return what a column is, None where it is not read."""
        plain = _plain(title)
        if plain in self.given:
            return self.given[plain]
        found = self.known(title)
        if found is not None and found not in self.asked.columns:
            return found
        return "only" if plain in self.chosen else None

    def known(self, title: str) -> str | None:
        """Return what a column is by its title alone."""
        plain = _plain(title)
        named = next((one for one, names in TITLES.items() if plain in names), None)
        return named or self._date_role(plain)

    def _date_role(self, title: str) -> str | None:
        """Return the duty and kind of date that a title speaks of."""
        words = title.split()
        kind = "due" if {"next", "due"} & set(words) else "last" if "last" in words else None
        for cohort in self.cohorts.values():
            for name, duty in cohort.duties.items():
                known = {*_plain(name).split(), *_plain(duty.label or "").split()}
                known -= {"home", "assessment", "review"}
                if known & set(words):
                    dated = "date" in words or "completed" in words
                    return f"{name}.{kind or 'last'}" if kind or dated else None
        return None


def tier_names(cohort: Cohort) -> dict[str, str]:
    """Return the tiers of a cohort by what they are called in plain words: `vh`, `very high`."""
    table = {short: tier for short, tier in SHORT.items() if tier in cohort.tiers}
    table |= {_plain(one.label): tier for tier, one in cohort.tiers.items() if one.label}
    return table | {_plain(tier): tier for tier in cohort.tiers}


def count(sheet: TypedSheet, scenario: Scenario, asked: Asked) -> Register:
    """Return a register as counts, for a scenario's tiers and duties.

    Raises:
        TableError: with row numbers and never what stands in them.
    """
    try:
        return _Counting(sheet, scenario, asked).register()
    except CapacityError:
        raise
    except Exception:
        must = "cannot be counted: this is a bug, reported without the contents of the row"
        raise TableError([Problem(sheet.file, None, "", must)]) from None


class _Counting:
    """Counts a register; thrown away with its rows."""

    def __init__(self, sheet: TypedSheet, scenario: Scenario, asked: Asked) -> None:
        self.sheet, self.scenario, self.asked = sheet, scenario, asked
        self.cohorts = scenario.settings.cohorts
        self.problems: list[Problem] = []
        self.notes: list[str] = list(sheet.notes)
        self.hints: list[str] = []
        self.titles = _Titles(scenario, asked)
        self.numbers = list(range(len(sheet.rows)))  # of the rows that are counted, from 0
        self.columns = [list(one) for one in zip(*sheet.rows, strict=True)] if sheet.rows else []

    def register(self) -> Register:
        """Count."""
        if not self.sheet.rows:
            self._refuse("must have a row for each case")
        places = self._places()
        self._check_personal(places)
        self._choose()
        self._stop()
        cohorts = self._cohorts(places)
        tiers = self._tiers(places["tier"], cohorts)
        orders = self._orders(places.get("order"))
        dates = self._dates(places)
        self._stop()
        if "case" in places:
            self._once(places, cohorts, tiers, orders, dates)
            self._stop()
        else:
            self._warn_of_repeats(places)
        return self._counted(places, cohorts, tiers, orders, dates)

    # Which column is what ------------------------------------------------------------------

    def _places(self) -> dict[str, int]:
        """Return the place of every column that is read."""
        titles = [_plain(title) for title in self.sheet.header]
        found: dict[str, int] = {}
        for role, title in self.asked.columns.items():
            if role not in ROLES and role not in self.titles.date_roles:
                allowed = some([*ROLES, *self.titles.date_roles])
                problem = Problem("--columns", None, role, f"must be one of: {allowed}")
                self.problems.append(problem)
            elif titles.count(_plain(title)) != 1:
                must = "must be the title of one column of the register"
                self.problems.append(Problem("--columns", None, role, must, title))
            else:
                found[role] = titles.index(_plain(title))
        taken = set(found.values())
        for place, title in enumerate(titles):
            meant = self.titles.known(title)
            if meant is None or place in taken or meant in self.asked.columns:
                continue
            if meant in found:
                self._column_problem(place, f"is the second column for {meant}", "--columns")
            found.setdefault(meant, place)
        if "tier" not in found:
            names = ", ".join(TITLES["tier"])
            must = f"must have a column for the tier, titled one of: {names}"
            self._refuse(must, "--columns tier=TITLE")
        if not any("." in role for role in found):
            must = "must have a column with dates of last visits or of next ones due"
            self._refuse(must, "--columns visit.due=TITLE or visit.last=TITLE")
        return found

    def _check_personal(self, places: Mapping[str, int]) -> None:
        """Refuse columns that tell who somebody is, read or not."""
        role_of = {place: role for role, place in places.items()}
        ignored: list[str] = []
        chosen = {_plain(title) for title in self.asked.only}
        for place, title in enumerate(self.sheet.header):
            role = role_of.get(place)
            values = set(self.columns[place])
            kind = None if role in ("officer", "order") else titled(title)
            if role == "case" and kind is None:
                kind = holding(values, len(self.sheet.rows), self.asked.as_at, dates=False)
            if role is not None and "." in role and kind in NOT_OF_DATES:
                kind = None
            if role == "officer" and (names_of_people(values) or "name" in _plain(title).split()):
                kind = "names of officers: give codes instead"
            if kind is None and role not in ("tier", "order", "cohort"):
                dates = role is not None and "." in role
                kind = holding(values, len(self.sheet.rows), self.asked.as_at, dates=dates)
            if kind is not None:
                must = f"looks like {kind}; a register must not identify a person"
                self._column_problem(place, must, "the file without this column")
            if role is None and title and _plain(title) not in chosen:
                ignored.append(title)
        if ignored and not self.problems:
            self.notes.append(f"Columns not read: {listed(ignored, 20)}.")
            if not self.asked.only:
                self.hints.append("--only TITLE=VALUE counts some rows only.")

    # Which rows are cases ------------------------------------------------------------------

    def _choose(self) -> None:
        """Leave out blank rows, and those that `only` does not name."""
        plain_titles = [_plain(title) for title in self.sheet.header]
        kept = [n for n in self.numbers if any(_text(cell) for cell in self.sheet.rows[n])]
        full = len(kept)
        for title, values in self.asked.only.items():
            if plain_titles.count(_plain(title)) != 1:
                must = "must be the title of one column of the register"
                self.problems.append(Problem("--only", None, title, must, title))
                continue
            column = self.columns[plain_titles.index(_plain(title))]
            there = {_text(one).lower() for one in column}
            for value in values:
                if value.lower() not in there:
                    must = "must be a value that stands in this column of the register"
                    self.problems.append(Problem("--only", None, title, must, value))
            named = {value.lower() for value in values}
            kept = [n for n in kept if _text(column[n]).lower() in named]
        if self.asked.only and not self.problems:
            told = _counted(full - len(kept), "row", self.asked.suppress_below)
            pairs = [
                f"{title}={one}" for title, values in self.asked.only.items() for one in values
            ]
            self.notes.append(f"Only {listed(pairs, 20)}: {told} not counted.")
        if not kept and not self.problems:
            self._refuse("must have a row for each case")
        self.numbers = kept
        self.columns = [[column[n] for n in kept] for column in self.columns]

    def _once(
        self,
        places: Mapping[str, int],
        cohorts: list[str],
        tiers: list[str],
        orders: list[bool],
        dates: dict[str, list[date | None]],
    ) -> None:
        """Keep one row of each case; its rows must agree, and any of them may have an order."""
        column = [_text(one) for one in self.columns[places["case"]]]
        self._row_problem([n for n, one in enumerate(column) if not one], "case", "must be given")
        first: dict[str, int] = {}
        differing: dict[str, list[int]] = {}
        said: dict[str, list[Any]] = {"tier": list(tiers), "cohort": list(cohorts), **dates}
        for n, reference in enumerate(column):
            here = first.setdefault(reference, n)
            orders[here] = orders[here] or orders[n]
            for role, values in said.items():
                if values[here] != values[n]:
                    differing.setdefault(role, []).append(n)
        for role, rows in differing.items():
            self._row_problem(rows, role, "must be that of the case's first row")
        more = len(column) - len(first)
        if more:
            told = _counted(more, "row", self.asked.suppress_below)
            verb = "is" if told == "1 row" else "are"
            self.notes.append(f"{told} {verb} of a case counted already.")
        kept = sorted(first.values())
        self.numbers = [self.numbers[n] for n in kept]
        self.columns = [[one[n] for n in kept] for one in self.columns]
        parts: tuple[list[Any], ...] = (cohorts, tiers, orders, *dates.values())
        for one in parts:
            one[:] = [one[n] for n in kept]

    def _warn_of_repeats(self, places: Mapping[str, int]) -> None:
        """Say where a column that looks like references has one in several rows."""
        for place, title in enumerate(self.sheet.header):
            if place in places.values() or not REFERENCES & set(_plain(title).split()):
                continue
            values = Counter(text for one in self.columns[place] if (text := _text(one)))
            rows = sum(values.values())
            if rows > len(values) >= 0.3 * rows:
                below = self.asked.suppress_below
                self.notes.append(
                    f"{title}: {_counted(len(values), 'different value', below)} in "
                    f"{_counted(rows, 'row', below)}, each row counted as a case."
                )
                self.hints.append(f'--columns case="{title}" counts each of its values once.')

    # What stands in the columns ------------------------------------------------------------

    def _cohorts(self, places: Mapping[str, int]) -> list[str]:
        """Return the cohort of every case."""
        rows = len(self.numbers)
        usual = self.asked.cohort
        if usual is not None and usual not in self.cohorts:
            allowed = some(list(self.cohorts))
            raise InputError([Problem("--cohort", None, "", f"must be one of: {allowed}", usual)])
        if usual is None:
            usual = "rso" if "rso" in self.cohorts else next(iter(self.cohorts))
        if "cohort" in places:
            known = {_plain(name): name for name in self.cohorts}
            known |= {_plain(one.label): name for name, one in self.cohorts.items() if one.label}
            return self._known(places["cohort"], "cohort", known, list(self.cohorts))
        if not self.asked.offices:
            return [usual] * rows
        if "office" not in places:
            self._refuse("must have a column for the office", "--columns office=TITLE")
        known = {_plain(office): cohort for office, cohort in self.asked.offices.items()}
        for office, cohort in self.asked.offices.items():
            if cohort not in self.cohorts:
                must = f"must be one of: {some(list(self.cohorts))}"
                self.problems.append(Problem("--offices", None, office, must, cohort))
        return self._known(places["office"], "office", known, list(self.asked.offices))

    def _tiers(self, place: int, cohorts: Sequence[str]) -> list[str]:
        """Return the tier of every case."""
        meant = self.asked.tiers
        every = {tier for cohort in self.cohorts.values() for tier in cohort.tiers}
        self.problems += [
            Problem("--tiers", None, typed, f"must be one of: {some(sorted(every))}", tier)
            for typed, tier in meant.items()
            if tier not in every
        ]
        known = {
            name: tier_names(cohort)
            | {
                _plain(typed): tier
                for typed, tier in self.asked.tiers.items()
                if tier in cohort.tiers
            }
            for name, cohort in self.cohorts.items()
        }
        plain = {value: _plain(_text(value)) for value in set(self.columns[place])}
        found, wrong = [], []
        for n, (mine, value) in enumerate(zip(cohorts, self.columns[place], strict=True)):
            tier = known[mine].get(plain[value]) if mine in known else None
            found.append(tier or "")
            if tier is None:
                wrong.append(n)
        names = dict.fromkeys(tier for one in self.cohorts.values() for tier in one.tiers)
        use = "--tiers TYPED=TIER"
        self._row_problem(wrong, "tier", f"must be one of: {some(list(names))}", use=use)
        return found

    def _known(
        self, place: int, role: str, known: Mapping[str, str], allowed: Sequence[str]
    ) -> list[str]:
        """Return what known values of a column stand for."""
        plain = {value: known.get(_plain(_text(value))) for value in set(self.columns[place])}
        found = [plain[value] for value in self.columns[place]]
        wrong = [n for n, one in enumerate(found) if one is None]
        self._row_problem(wrong, role, f"must be one of: {some(list(allowed))}")
        return [one or "" for one in found]

    def _orders(self, place: int | None) -> list[bool]:
        """Return whether an order is in force for every case."""
        if place is None:
            return [False] * len(self.numbers)
        known = {**YES, **NO}
        plain = {value: known.get(_text(value).lower()) for value in set(self.columns[place])}
        found = [plain[value] for value in self.columns[place]]
        wrong = [n for n, one in enumerate(found) if one is None]
        self._row_problem(wrong, "order", "must be yes or no")
        return [bool(one) for one in found]

    def _dates(self, places: Mapping[str, int]) -> dict[str, list[date | None]]:
        """Return the dates of every duty, by role."""
        return {
            role: self._dates_of(role, self.columns[place])
            for role, place in places.items()
            if "." in role
        }

    def _dates_of(self, role: str, column: Sequence[Any]) -> list[date | None]:
        """Return the dates of a column, all in one form."""
        values = set(column)
        written = {form_of(one.strip()) for one in values if isinstance(one, str)} - {None}
        form = self.asked.dates or (next(iter(written)) if len(written) == 1 else None)
        if len(written) > 1 and self.asked.dates is None:
            self._row_problem(
                [0], role, "must be dates in one form, not ISO and UK mixed", all_=True
            )
            return [None] * len(column)
        known: dict[Any, date | None] = {}
        reasons: dict[Any, str] = {}
        for one in values:
            try:
                known[one] = day(one, form)
            except Unclear as error:
                reasons[one] = str(error)
        for reason in dict.fromkeys(reasons.values()):
            wrong = [n for n, one in enumerate(column) if reasons.get(one) == reason]
            self._row_problem(wrong, role, reason)
        texts = [when for one, when in known.items() if isinstance(one, str) and when is not None]
        unsure = form == "uk" and self.asked.dates is None and len(texts) >= MANY_DATES
        if unsure and max(when.day for when in texts) <= FEW_DAYS:
            must = "must be day first, and no day is above 12: say so with --dates uk"
            self._row_problem([0], role, must, all_=True)
        if role.endswith(".last"):
            late = {
                one for one, when in known.items() if when is not None and when > self.asked.close
            }
            wrong = [n for n, one in enumerate(column) if one in late]
            must = f"must not be after the register's own date ({self.asked.close.isoformat()})"
            self._row_problem(wrong, role, must)
        self._check_times(role, column, known)
        return [known.get(one) for one in column]

    def _check_times(
        self, role: str, column: Sequence[Any], known: Mapping[Any, date | None]
    ) -> None:
        """Refuse dates that stand for none or are mistyped: long before or after the register."""
        earliest = _shifted(self.asked.close, -LONG_AGO)
        if self.asked.oldest is not None:
            earliest = min(earliest, self.asked.oldest)
        latest = _shifted(self.asked.close, FAR_AHEAD)
        early = {one for one, when in known.items() if when is not None and when < earliest}
        late = {one for one, when in known.items() if when is not None and when > latest}
        must = (
            f"must not be more than {LONG_AGO // 12} years before the register; a date that stands "
            "for none must be an empty cell"
        )
        if early:
            self._row_problem(
                [n for n, one in enumerate(column) if one in early],
                role,
                must,
                use="--oldest DATE if it is meant as it stands",
            )
        must = f"must not be more than {FAR_AHEAD // 12} years after the register"
        self._row_problem([n for n, one in enumerate(column) if one in late], role, must)

    # Counting ------------------------------------------------------------------------------

    def _counted(
        self,
        places: Mapping[str, int],
        cohorts: Sequence[str],
        tiers: Sequence[str],
        orders: Sequence[bool],
        dates: Mapping[str, list[date | None]],
    ) -> Register:
        """Return the counts of all rows."""
        self._warn_of_an_old_register(dates)
        found = {
            (name, tier): TierCounts()
            for name, cohort in self.cohorts.items()
            for tier in cohort.tiers
        }
        keys = list(zip(cohorts, tiers, strict=True))
        for key, cases in Counter(keys).items():
            found[key].cases = cases
        for key, cases in Counter(
            key for key, order in zip(keys, orders, strict=True) if order
        ).items():
            found[key].orders = cases
        read = []
        present = set(cohorts)
        duties = dict.fromkeys(role.partition(".")[0] for role in dates)
        for duty in duties:
            read += [
                (c, duty) for c in self.cohorts if c in present and duty in self.cohorts[c].duties
            ]
            nobody: list[date | None] = [None] * len(keys)
            last, due = dates.get(f"{duty}.last", nobody), dates.get(f"{duty}.due", nobody)
            self._count_duty(duty, Counter(zip(keys, last, due, strict=True)), found)
        offices: Counter[str] = Counter()
        homes: list[str] = []
        if "office" in places:
            homes = [_text(one) or "none" for one in self.columns[places["office"]]]
            offices = Counter(homes)
        codes: list[str] = []
        if "officer" in places:
            codes = [_text(one) for one in self.columns[places["officer"]]]
        officers = Counter(filter(None, codes))
        of_offices: dict[str, list[int]] = {}
        for (office, code), cases in Counter(zip(homes, codes, strict=False)).items():
            if code:
                of_offices.setdefault(office, []).append(cases)
        kept = {key: one for key, one in found.items() if key[0] in present}
        return Register(
            asked=self.asked,
            rows=len(keys),
            tiers=kept,
            read=tuple(read),
            with_orders="order" in places,
            offices=dict(sorted(offices.items())),
            caseloads=tuple(sorted(officers.values(), reverse=True)),
            by_office={
                office: tuple(sorted(cases, reverse=True))
                for office, cases in sorted(of_offices.items())
            },
            loads=_loads(self.cohorts, Counter(zip(codes, keys, strict=False))),
            notes=tuple(self.notes),
            hints=tuple(self.hints),
        )

    def _warn_of_an_old_register(self, dates: Mapping[str, list[date | None]]) -> None:
        """Say where nothing was done of late, as in last month's register with today's date."""
        done = [
            when
            for role, column in dates.items()
            if role.endswith(".last")
            for when in column
            if when is not None
        ]
        if len(done) >= MANY_DATES and max(done) < _shifted(self.asked.close, -1):
            self.notes.append(
                "Nothing is dated in the month of the register or the one before: is "
                f"{self.asked.as_at.isoformat()} the day it stands at?"
            )

    def _count_duty(
        self, duty: str, groups: Mapping[Any, int], found: Mapping[tuple[str, str], TierCounts]
    ) -> None:
        """Count one duty of all cases by month."""
        undated = later = rest = stale = 0
        intervals = {
            key: clock_interval(self.cohorts[key[0]].duties[duty], key[1])
            for key in found
            if duty in self.cohorts[key[0]].duties
        }
        for (key, last, due), cases in groups.items():
            interval = intervals.get(key, 0)
            if not interval:
                continue
            counts = found[key].duties.setdefault(duty, DutyCounts())
            if due is not None:
                stale += cases if last is not None and last > due else 0
                ahead = _months(self.asked.start, due)
                if due <= self.asked.close:
                    counts.waits[-1 - ahead] += cases
                    continue
                rest += cases if ahead < 0 else 0
                later += cases if ahead >= interval else 0
                counts.ages[max(0, interval - 1 - max(0, ahead))] += cases
            elif last is not None:
                age = -1 - _months(self.asked.start, last)
                if age >= interval:
                    counts.waits[age - interval] += cases
                else:
                    counts.ages[age] += cases
            else:
                undated += cases
                counts.ages[interval - 1] += cases
        for cases, words in (
            (undated, "without any date: taken as due in the first month"),
            (later, "due later than their tier's interval: taken as done last month"),
            (rest, "due in the rest of the month: taken as due in the first month projected"),
            (stale, "with a last one after the due date: the due date was taken all the same"),
        ):
            if cases:
                told = _counted(cases, "case", self.asked.suppress_below)
                self.notes.append(f"{duty}: {told} {words}.")

    # Saying what is wrong ------------------------------------------------------------------

    def _refuse(self, must: str, use: str | None = None) -> None:
        self.problems.append(Problem(self.sheet.file, None, "", must, use=use))
        self._stop()

    def _stop(self) -> None:
        if self.problems:
            raise TableError(self.problems)

    def _column_problem(self, place: int, must: str, use: str | None) -> None:
        problem = Problem(self.sheet.file, None, f"column {place + 1}", must, use=use)
        self.problems.append(problem)

    def _row_problem(
        self,
        rows: Sequence[int],
        role: str,
        must: str,
        *,
        all_: bool = False,
        use: str | None = None,
    ) -> None:
        """Note a problem of some rows, by their numbers alone."""
        if not rows:
            return
        numbers = [str(self.sheet.first + self.numbers[n]) for n in rows[:ROWS_NAMED]]
        more = len(rows) - len(numbers)
        named = ", ".join(numbers) + (f" and {more} more" if more else "")
        where = f"{role} (the whole column)" if all_ else f"row {named}: {role}"
        where = where if all_ or len(rows) == 1 else f"rows {named}: {role}"
        sheet = f"{self.sheet.file}: {self.sheet.sheet}" if self.sheet.sheet else self.sheet.file
        self.problems.append(Problem(sheet, None, where, must, use=use))


def _plain(text: str | None) -> str:
    """Return a title or value in small letters, with nothing but words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text or "")
    return " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _shifted(when: date, months: int) -> date:
    """Return the first of the month so many months away."""
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    return date(max(year, 1), month + 1, 1)


def _months(start: date, when: date) -> int:
    return (when.year - start.year) * 12 + when.month - start.month


def _shown(cases: int, below: int) -> str:
    return f"fewer than {below}" if 0 < cases < below else f"{cases:,}"


def _loads(
    cohorts: Mapping[str, Cohort], officers: Mapping[tuple[str, tuple[str, str]], int]
) -> dict[str, tuple[float, ...]]:
    """Return the hours a month that each officer's cases ask for, by team, without the officers.

    Args:
        cohorts: the scenario's.
        officers: cases by code of the officer, cohort and tier.
    """
    found: dict[str, dict[str, float]] = {}
    for (code, (name, tier)), cases in officers.items():
        if code and name in cohorts:
            loads = found.setdefault(cohorts[name].team, {})
            loads[code] = loads.get(code, 0.0) + cases * _hours_of_case(cohorts[name], tier)
    return {team: tuple(sorted(one.values(), reverse=True)) for team, one in found.items()}


def _hours_of_case(cohort: Cohort, tier: str) -> float:
    """Return the hours a month that a case of a tier asks for: activities and other work."""
    hours = by_tier(cohort.hours_per_case_month, tier)
    for duty in cohort.duties.values():
        hours = hours + times_a_year(duty, tier) * hours_of_one_done(duty, tier) / MONTHS_A_YEAR
    for work in cohort.work.values():
        hours += by_tier(work.per_case_year, tier) * by_tier(work.hours, tier) / MONTHS_A_YEAR
    return float(np.mean(hours))


def _counted(number: int, noun: str, below: int) -> str:
    """Return a number with its noun; a small one only as small, if small ones are suppressed."""
    few = 0 < number < below
    return f"fewer than {below} {plural(noun)}" if few else counted(number, noun)


# As a scenario -----------------------------------------------------------------------------


def values_of(register: Register, scenario: Scenario) -> dict[str, Any]:
    """Return a register as the opening position of a scenario's cohorts: tiers and duties."""
    below = register.asked.suppress_below
    note = f"register as at {register.asked.day}"
    cohorts: dict[str, Any] = {}
    for (name, tier), counts in register.tiers.items():
        cohort = cohorts.setdefault(name, {"tiers": {}})
        one = cohort["tiers"][tier] = {"cases": _number(counts.cases, below, note)}
        if register.with_orders and _unvisited(scenario.settings.cohorts[name], tier):
            one["court_orders"] = _number(counts.orders, below, note)
        for owner, duty in register.read:
            if owner == name:
                table = cohort.setdefault("duties", {}).setdefault(duty, {})
                given = counts.duties.get(duty, DutyCounts())
                _duty_values(table, tier, given, below, note)
    return cohorts


def spreads(register: Register) -> dict[str, dict[str, Any]]:
    """Return how far the load of a team's officers differs, as the setting `caseload_spread`.

    The standard deviation of their hours a month ÷ the mean. Nothing is said of a team with fewer
    officers than OFFICERS, or than are told.

    Returns:
        The setting by team.
    """
    found = {}
    for team, loads in register.loads.items():
        mean = float(np.mean(loads))
        if len(loads) < max(OFFICERS, register.asked.suppress_below) or mean <= 0:
            continue
        value = min(MOST_SPREAD, float(np.std(loads)) / mean)
        note = f"register as at {register.asked.day}, {len(loads)} officers"
        found[team] = {"value": round(value, 3), "source": "local", "note": note}
    return found


def _unvisited(cohort: Cohort, tier: str) -> bool:
    visit = cohort.duties.get("visit") or next(iter(cohort.duties.values()), None)
    return visit is None or clock_interval(visit, tier) == 0


def _duty_values(
    table: dict[str, Any], tier: str, counts: DutyCounts, below: int, note: str
) -> None:
    """Put one duty of one tier into a table of settings."""
    late, rest = sum(counts.waits.values()), sum(counts.ages.values())
    overdue = _number(late, below, note)
    if 0 < late + rest < below and late:  # not even the tier's cases are told
        overdue |= {"value": below / 4, "low": 0, "high": below / 2}
    elif 0 < rest < below and late:  # which cases less overdue would tell
        few = _number(rest, below, note)
        ends = {"low": late + rest - below + 1, "high": late + rest - 1}
        overdue = few | {"value": late + rest - below / 2} | ends
    table.setdefault("overdue", {})[tier] = overdue
    for key, ages, total in (
        ("opening_ages", counts.ages, rest),
        ("overdue_ages", counts.waits, late),
    ):
        if total and not 0 < total < below:
            shown = late + rest - overdue["value"] if key == "opening_ages" else overdue["value"]
            each = grouped(ages, below)
            scaled = [round(one * shown / total, 4) for one in each] if shown != total else each
            table.setdefault(key, {})[tier] = scaled


def _number(cases: int, below: int, note: str) -> dict[str, Any]:
    """Return a count as a setting; a small one as a range, if small ones are suppressed."""
    if 0 < cases < below:
        words = f"{note}; fewer than {below}, suppressed"
        return {"value": below / 2, "low": 1, "high": below - 1, "source": "local", "note": words}
    return {"value": cases, "source": "local", "note": note}


def grouped(ages: Mapping[int, int], below: int) -> list[float]:
    """Return cases by month; where there are few, months are put together and shared evenly."""
    counts = [ages.get(n, 0) for n in range(max(ages) + 1)]
    if below <= 1:
        return [float(one) for one in counts]
    groups: list[list[int]] = []
    for n, one in enumerate(counts):
        open_ = bool(groups) and 0 < sum(counts[k] for k in groups[-1]) < below
        if open_ or (groups and 0 < one < below):
            groups[-1].append(n)
        else:
            groups.append([n])
    if len(groups) > 1 and 0 < sum(counts[k] for k in groups[-1]) < below:
        last = groups.pop()
        groups[-1] += last
    shared = [0.0] * len(counts)
    for group in groups:
        each = sum(counts[n] for n in group) / len(group)
        for n in group:
            shared[n] = round(each, 6)
    return shared


def spread(register: Register, limit: float | None) -> Iterator[str]:
    """Yield what codes of officers say about caseloads; the codes themselves are not kept."""
    if not register.caseloads:
        return
    below = register.asked.suppress_below
    officers, most = len(register.caseloads), register.caseloads[0]
    who = _counted(officers, "officer", below).capitalize()
    if who == "1 officer":
        yield f"{who} carries {_counted(most, 'case', below)}."
    else:
        mean = _shown(round(sum(register.caseloads) / officers), below)
        yield f"{who} carry {mean} cases each on average, {_shown(most, below)} at most."
    for team, one in spreads(register).items():
        yield (
            f"Hours that cases ask for differ between the officers of {team} by "
            f"{one['value']:.0%} of their mean (caseload_spread); this matters where pooling is "
            "below 1."
        )
    if limit:
        over = sum(1 for one in register.caseloads if one > limit)
        share = f"{100 * over / officers:.0f}%" if not 0 < over < below else "a few"
        yield f"{share} of them are over {limit:g}."


OFFICES = ("Office", "Officers", "Cases", "Fewest", "Median", "Most")
"""Headings of `by_office`."""


def by_office(register: Register) -> list[list[str]]:
    """Return how caseloads are spread in each office, those with most cases per officer first.

    An office with fewer officers than OFFICERS, or than are told, has its cases alone: a figure of
    one or two officers is one about a person.
    """
    below = register.asked.suppress_below
    least = max(OFFICERS, below)

    def mean(item: tuple[str, tuple[int, ...]]) -> float:
        return -sum(item[1]) / len(item[1])

    rows = []
    for office, cases in sorted(register.by_office.items(), key=mean):
        told = [_shown(one, below) for one in (cases[-1], int(np.median(cases)), cases[0])]
        few = len(cases) < least
        number = f"fewer than {least}" if few else str(len(cases))
        rows.append([office, number, _shown(sum(cases), below), *(["", "", ""] if few else told)])
    return rows


def rows_of(register: Register) -> Iterable[list[str]]:
    """Yield the counts of every tier as a person would read them.

    Yields:
        One row for each tier.
    """
    below = register.asked.suppress_below
    for (cohort, tier), counts in register.tiers.items():
        late = [
            _shown(sum(counts.duties[duty].waits.values()), below) if duty in counts.duties else ""
            for owner, duty in register.read
            if owner == cohort
        ]
        orders = _shown(counts.orders, below) if register.with_orders else ""
        yield [cohort, tier, _shown(counts.cases, below), ", ".join(filter(None, late)), orders]
