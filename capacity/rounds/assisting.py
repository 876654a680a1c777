"""What a file that is brought to a round holds, before anything of it is kept.

Its headings and values with what each probably means, what will be counted, what is not plausible,
and what was reported beside every way in. Of a register no cell is shown but the values of its
column of tiers, and those only where they are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from capacity.errors import InputError, Problem
from capacity.files.figures import Marks, Unclear, share
from capacity.files.headings import (
    HEADINGS,
    MEASURES,
    NAMES,
    SHARES,
    column_of,
    plain,
    suggested,
)
from capacity.files.monthly import Figure, History, history_of
from capacity.files.table_files import TypedSheet, table_of
from capacity.history.fit import in_terms_of, known
from capacity.reading.scenario import Scenario
from capacity.register.count import ROLES, Asked, Register, tier_names, wanted
from capacity.rounds import mapping
from capacity.rounds.comparing import ADDED, by_series, earlier, missing
from capacity.rounds.naming import series_in_words
from capacity.wording import counted, inside, listed, month, per_cent

MOST_VALUES = 25
"""Different values of a column that are offered; a column with more holds no names of a kind."""

JUMP = 0.25
"""By more than this share of itself a figure that stood at a month's end rarely changes in one."""

ALIKE = 0.005
"""Shares that differ by less are the same as they are reported."""


@dataclass(frozen=True)
class OfferedHeading:
    """A heading of a file and what it means: remembered, known, suggested, or not read."""

    title: str
    meant: str
    how: str


@dataclass(frozen=True)
class OfferedValue:
    """A value that the scenario does not know, how often it is there, and what it may mean."""

    role: str
    typed: str
    times: int
    meant: str


@dataclass(frozen=True)
class FigurePreview:
    """What a file of figures holds, and what would be counted of it."""

    headings: tuple[OfferedHeading, ...]
    values: tuple[OfferedValue, ...]
    choices: Mapping[str, tuple[str, ...]]  # what a value of each role may mean
    history: History | None  # none where it cannot be read as it is understood now
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class RegisterPreview:
    """What a register holds: its headings, and values of tiers that are not known."""

    headings: tuple[OfferedHeading, ...]
    values: tuple[OfferedValue, ...]
    roles: tuple[str, ...]
    tiers: tuple[str, ...]


# Figures -----------------------------------------------------------------------------------


def figures_offered(
    name: str,
    content: bytes,
    scenario: Scenario,
    remembered: Mapping[str, str],
    said: Mapping[str, str],
) -> FigurePreview:
    """Return what a file of figures holds.

    Args:
        name: the file's.
        content: its bytes.
        scenario: whose names its values should be.
        remembered: how the unit's files were read before.
        said: how this one is to be read, where that differs; both as `mapping` has them.

    Raises:
        TableError: if no table can be found in it.
    """
    now = {**remembered, **said}
    sheet = _sheet(name, content, now)
    headings = tuple(_headings(sheet, scenario, remembered, said))
    read = mapping.understood(sheet, now)
    choices = {role: tuple(names) for role, names in _names(scenario).items()}
    values = tuple(_values(read, scenario, choices))
    try:
        found = in_terms_of(scenario, history_of(read))
        known(scenario, found)  # which refuses what the scenario has not
    except InputError as error:
        return FigurePreview(headings, values, choices, None, tuple(error.problems))
    return FigurePreview(headings, values, choices, found, ())


def _sheet(name: str, content: bytes, now: Mapping[str, str]) -> TypedSheet:
    """Return the table, found by its headings or, where too few are known, as it stands."""
    try:
        return table_of(name, content, mapping.wanted(now))
    except InputError:
        return table_of(name, content)


def _headings(
    sheet: TypedSheet,
    scenario: Scenario,
    remembered: Mapping[str, str],
    said: Mapping[str, str],
) -> Iterator[OfferedHeading]:
    before, now = mapping.known_columns(remembered), mapping.known_columns(said)
    left_out = {*mapping.left_out(remembered), *mapping.left_out(said)}
    taken = {*now.values(), *before.values()}
    taken |= {column for title in sheet.header if (column := column_of(title))}
    names = _names(scenario)
    for place, title in enumerate(sheet.header):
        if not title:
            continue
        if plain(title) in left_out:
            yield OfferedHeading(title, "", "not read")
        elif found := now.get(plain(title)):
            yield OfferedHeading(title, found, "chosen")
        elif found := before.get(plain(title)):
            yield OfferedHeading(title, found, "remembered")
        elif found := column_of(title):
            yield OfferedHeading(title, found, "known")
        else:
            guess = _guess(title, [row[place] for row in sheet.rows], names, taken)
            taken |= {guess}
            yield OfferedHeading(title, guess, "suggested" if guess else "not read")


def _guess(
    title: str,
    cells: Sequence[object],
    names: Mapping[str, Mapping[str, set[str]]],
    taken: set[str],
) -> str:
    """Return what a heading that is not known may mean: by what stands below it, or by its words.

    It is nothing that another heading of the file means already.
    """
    typed = {str(cell).strip() for cell in cells if cell not in (None, "")}
    if typed and len(typed) <= MOST_VALUES:
        for role in NAMES:
            meant = [one for one in typed if _meant(one, names[role])]
            if role not in taken and 2 * len(meant) > len(typed):
                return role
    words = f" {plain(title)} "
    inside = [
        (len(heading), column)
        for column, headings in HEADINGS.items()
        for heading in headings
        if " " in heading and f" {heading} " in words
    ]
    guess = max(inside)[1] if inside else suggested(title) or ""
    return "" if guess in taken else guess


def _names(scenario: Scenario) -> dict[str, dict[str, set[str]]]:
    """Return what may stand in each column of names: the keys, each with what it is called."""
    found: dict[str, dict[str, set[str]]] = {role: {} for role in NAMES}
    for name, cohort in scenario.settings.cohorts.items():
        for role, labels in (
            ("cohort", {name: cohort.label}),
            ("duty", {key: one.label for key, one in cohort.duties.items()}),
            ("tier", {key: one.label for key, one in cohort.tiers.items()}),
        ):
            for key, label in labels.items():
                called = {plain(key.replace("_", " ")), plain(label or key)}
                found[role].setdefault(key, set()).update(called)
        for short, tier in tier_names(cohort).items():
            found["tier"].setdefault(tier, set()).add(short)
    return found


def _values(
    sheet: TypedSheet, scenario: Scenario, choices: Mapping[str, Sequence[str]]
) -> Iterator[OfferedValue]:
    """Yield values in the columns of names that the scenario has not."""
    names = _names(scenario)
    for place, title in enumerate(sheet.header):
        role = column_of(title)
        if role not in NAMES:
            continue
        exact = {plain(one) for one in (*choices[role], *EVERYTHING)}
        exact |= {word for called in names[role].values() for word in called if len(word) > 2}
        there = Counter(str(row[place]).strip() for row in sheet.rows if row[place] is not None)
        unknown = {typed: n for typed, n in there.items() if typed and plain(typed) not in exact}
        if len(unknown) > MOST_VALUES:
            continue
        for typed, times in unknown.items():
            yield OfferedValue(role, typed, times, _meant(typed, names[role]))


EVERYTHING = ("all", "total", "")
"""Values that mean everything together."""


def _meant(typed: str, names: Mapping[str, set[str]]) -> str:
    """Return what a value probably means: by a short form, by first letters, or by its spelling."""
    word = plain(typed)
    for key, called in names.items():
        if word in called:
            return key
    for key, called in names.items():
        if any("".join(part[0] for part in one.split()) == word for one in called if " " in one):
            return key
    spelt = {one: key for key, called in names.items() for one in called if len(one) > 2}
    inside = [
        key for one, key in spelt.items() if one in word.split() or word.startswith(f"{one} ")
    ]
    near = get_close_matches(word, list(spelt), 1, 0.7)
    return inside[0] if len(set(inside)) == 1 else spelt[near[0]] if near else ""


# A register --------------------------------------------------------------------------------


def register_offered(
    name: str, content: bytes, scenario: Scenario, asked: Asked, remembered: Mapping[str, str]
) -> RegisterPreview:
    """Return the headings of a register, and the values of tiers that are not known.

    Raises:
        TableError: if no table can be found in it.
    """
    now = mapping.asked_again(asked, remembered)
    try:
        sheet = table_of(name, content, wanted(scenario, now), now.sheet)
    except InputError:
        sheet = table_of(name, content)
    role_of = wanted(scenario, now).known
    given = {plain(title) for title in asked.columns.values()}
    before = {plain(title) for title in now.columns.values()}
    headings = []
    for title in filter(None, sheet.header):
        role = role_of(title) or ""
        how = "known" if role else "not read"
        how = "chosen" if plain(title) in given else "remembered" if plain(title) in before else how
        headings.append(OfferedHeading(title, "" if role == "only" else role, how))
    cohorts = scenario.settings.cohorts.values()
    duties = dict.fromkeys(duty for one in cohorts for duty in one.duties)
    tiers = tuple(dict.fromkeys(tier for one in cohorts for tier in one.tiers))
    return RegisterPreview(
        headings=tuple(headings),
        values=tuple(_tiers(sheet, scenario, now, headings)),
        roles=(*ROLES, *(f"{duty}.{kind}" for duty in duties for kind in ("last", "due"))),
        tiers=tiers,
    )


def _tiers(
    sheet: TypedSheet, scenario: Scenario, now: Asked, headings: Sequence[OfferedHeading]
) -> Iterator[OfferedValue]:
    """Yield values in the column of tiers that are not known, where they can be such."""
    titles = {one.title for one in headings if one.meant == "tier"}
    places = [place for place, title in enumerate(sheet.header) if title in titles]
    if len(places) != 1:
        return
    names = _names(scenario)["tier"]
    words = {word for called in names.values() for word in called} | set(map(plain, now.tiers))
    there = Counter(str(row[places[0]] or "").strip() for row in sheet.rows)
    unknown = {typed: n for typed, n in there.items() if typed and plain(typed) not in words}
    if len(there) > MOST_VALUES:
        return  # no column of tiers: what stands in it may be about people
    for typed, times in unknown.items():
        yield OfferedValue("tier", typed, times, _meant(typed, names))


def figures_in(register: Register) -> list[Figure]:
    """Return a register's counts as figures of its month."""
    when = f"{register.asked.close:%Y-%m}"
    found = []
    for (cohort, tier), counts in register.tiers.items():
        rows: list[tuple[str | None, str, float]] = [(None, "cases", float(counts.cases))]
        rows += [
            (duty, "outstanding", float(sum(counts.duties[duty].waits.values())))
            for owner, duty in register.read
            if owner == cohort and duty in counts.duties
        ]
        found += [
            Figure(when, cohort, duty, tier, measure, value, compare=False, row=0)
            for duty, measure, value in rows
        ]
    return found


MANY = 10
"""Cases of a tier which are not all gone from one month to the next."""


def absent_tiers(register: Register, scenario: Scenario) -> dict[tuple[str, str], str]:
    """Return tiers that a register leaves out, each with a sentence.

    A tier with many cases of which there is no row is not in the register, which is another thing
    than that it has none: many registers leave out those who are managed reactively.
    """
    found = {}
    for (cohort, tier), counts in register.tiers.items():
        given = scenario.settings.cohorts[cohort].tiers[tier]
        cases = float(np.ravel(given.cases.value)[0])
        if not counts.cases and cases >= MANY:
            name = inside(given.label or tier)
            found[cohort, tier] = (
                f"The register has no cases of tier {name}, and the scenario began with "
                f"{cases:,.0f}: it is taken to leave them out. If there are none, say so with "
                "figures of the month."
            )
    return found


# Is it plausible ---------------------------------------------------------------------------


def doubts(taken: History, before: History, scenario: Scenario) -> tuple[str, ...]:
    """Return what is not plausible in figures that are brought, beside those that are known."""
    return tuple(dict.fromkeys(_doubts(taken, before, scenario)))


def _doubts(taken: History, before: History, scenario: Scenario) -> Iterator[str]:
    now = by_series(taken)
    latest = {(one.month, *one.series): one for one in (*before.figures, *taken.figures)}
    both = by_series(replace(taken, figures=tuple(latest.values())))
    for series, months in now.items():
        *_, measure = series
        for when, value in sorted(months.items()):
            rest = {name: both.get((*series[:3], name), {}).get(when) for name in MEASURES}
            what = series_in_words(series, scenario)
            yield from _sums(what.partition(":")[0], when, rest, measure)
            last = both.get(series, {}).get(earlier(when))
            if measure in ("cases", "outstanding") and last is not None:
                size = abs(value - last)
                if size > max(10.0, JUMP * last):
                    yield (
                        f"{_upper(what)} in {month(when)}: {value:,.0f}, a month before "
                        f"{last:,.0f}."
                    )
    if before.figures and now:
        last_known = max(before.months)
        fresh = [one for one in taken.months if one > last_known]
        gap = missing([last_known, *fresh[:1]]) if fresh else ()
        if gap:
            yield f"There will be no figures of {listed([month(one) for one in gap], 6)}."
        if not fresh:
            yield (
                f"Nothing is later than {month(last_known)}, the last month known: what differs "
                "is taken as a correction."
            )
        tiers = {one.series for one in before.figures if one.month == last_known}
        lost = {series[2] for series in tiers - {one.series for one in taken.figures}} - {None}
        there = {one.tier for one in taken.figures}
        gone = sorted(str(tier) for tier in lost - there)
        if gone and fresh:
            yield f"Tiers that were there last month and are not now: {listed(gone, 8)}."


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sums(what: str, when: str, rest: Mapping[str, float | None], measure: str) -> Iterator[str]:
    """Yield where figures of one month do not add up."""
    due, done, left = rest["due"], rest["done"], rest["outstanding"]
    what = f"{_upper(what)} in {month(when)}"
    if measure == "done" and due is not None and done is not None and done > due + 0.5:
        yield f"{what}: {done:,.0f} completed of {due:,.0f} due."
    if measure == "outstanding" and None not in (due, done, left):
        assert due is not None
        assert done is not None
        assert left is not None
        if abs(due - done - left) > max(1.5, 0.02 * due):
            yield (
                f"{what}: {left:,.0f} overdue, but {due:,.0f} due less {done:,.0f} completed are "
                f"{due - done:,.0f}."
            )


# What was reported -------------------------------------------------------------------------


@dataclass(frozen=True)
class ReportedBeside:
    """What was reported, beside the same figure by one way in; none where it has none."""

    measure: str
    month: str
    reported: float
    way: str
    figure: float | None

    @property
    def agrees(self) -> bool:
        """Whether both are the same as they are reported."""
        return self.figure is not None and abs(self.figure - self.reported) <= ALIKE + 1e-9

    @property
    def words(self) -> str:
        """The same in a sentence."""
        said = f"{MEASURE_NAMES[self.measure]} reported for {month(self.month)}"
        said = f"{said} {per_cent(self.reported)}"
        if self.figure is None:
            return f"{said}; {self.way} does not say it."
        if self.agrees:
            return f"{said}; {self.way} says the same."
        points = round(100 * abs(self.figure - self.reported), 1)
        return (
            f"{said}; {self.way} says {per_cent(self.figure)}, a difference of "
            f"{points:g} percentage points: {WHY[self.measure]}"
        )


MEASURE_NAMES = {
    "completion": "Completion",
    "in_date": "In date",
    "on_time": "Completed on time",
}
WHY = {
    "completion": "check whether what is overdue from earlier months counts as due.",
    "in_date": "check which cases count, and on which day they were counted.",
    "on_time": "check whether visits of earlier months count, and what on time means.",
}
"""What to look at where two ways in differ."""


def reported_of(given: Mapping[str, str]) -> dict[str, float]:
    """Return what was reported, as it is typed: `completion=85%`.

    Raises:
        InputError: with everything that is no share.
    """
    found, problems = {}, []
    for measure, text in given.items():
        if measure not in MEASURE_NAMES:
            must = f"must be one of: {', '.join(MEASURE_NAMES)}"
            problems.append(Problem("--reported", None, measure, must))
            continue
        try:
            value = share(text, Marks("."))
        except Unclear as error:
            problems.append(Problem("--reported", None, measure, str(error), text))
            continue
        if value is None or not 0 <= value <= 1:
            must = "must be from 0% to 100%"
            problems.append(Problem("--reported", None, measure, must, text))
            continue
        found[measure] = value
    if problems:
        raise InputError(problems)
    return found


def held(
    reported: Mapping[str, float],
    known: History,
    taken: Sequence[Figure],
    register: Register | None,
) -> tuple[ReportedBeside, ...]:
    """Return what was reported for the last month beside every way in.

    Args:
        reported: by measure.
        known: all figures, with those that are brought.
        taken: those that are brought.
        register: the register, where one is brought.
    """
    if not reported or not known.figures:
        return ()
    when = max(known.months)
    ways = {"the file of figures": _shares(known, when)} if taken else {}
    if register is not None and f"{register.asked.close:%Y-%m}" == when:
        mine = History("register", tuple(figures_in(register)))
        ways["the register"] = _shares(mine, when)
    found = []
    for measure, said in reported.items():
        every = [
            ReportedBeside(measure, when, said, way, shares.get(measure))
            for way, shares in ways.items()
        ]
        found += [one for one in every if one.figure is not None] or every[:1]
    return tuple(found)


def _shares(history: History, when: str) -> dict[str, float]:
    """Return the shares of all that is due, and of all cases, in a month.

    Of several activities it is the first, as one figure is reported.
    """
    found: dict[str, float] = {}
    months = {series: one[when] for series, one in by_series(history).items() if when in one}
    totals = {series: value for series, value in months.items() if series[2] is None}
    for measure in SHARES:
        for series, value in totals.items():
            if series[3] == measure:
                found.setdefault(measure, value)
    if "in_date" not in found:
        late = {s[:2]: value for s, value in totals.items() if s[3] == "outstanding"}
        for (cohort, duty), overdue in late.items():
            owed = _owed(history, when, cohort, duty)
            if owed > 0:
                found.setdefault("in_date", 1 - overdue / owed)
    return found


def _owed(history: History, when: str, cohort: str | None, duty: str | None) -> float:
    """Return the cases of the tiers of which something overdue is told."""
    mine = [one for one in history.figures if one.month == when and one.cohort == cohort]
    tiers = {one.tier for one in mine if one.duty == duty and one.measure == "outstanding"}
    return sum(one.value for one in mine if one.measure == "cases" and one.tier in tiers)


def preview(taken: History, scenario: Scenario) -> tuple[list[str], list[list[str]]]:
    """Return what will be counted: months at the top, totals and how many figures below."""
    months = sorted({one.month for one in taken.figures})[-3:]
    series = by_series(taken)
    rows = []
    for key in sorted(series, key=lambda one: tuple(str(part or "") for part in one)):
        *_, tier, measure = key
        if tier is None and measure in (*ADDED, *SHARES) and any(m in series[key] for m in months):
            cells = [_cell(measure, series[key].get(one)) for one in months]
            rows.append([_upper(series_in_words(key, scenario)), *cells])
    many = Counter(one.month for one in taken.figures)
    rows.append(["Figures in all", *(f"{many[one]:,}" for one in months)])
    return ["What", *(month(one) for one in months)], rows


def _cell(measure: str, value: float | None) -> str:
    if value is None:
        return ""
    return per_cent(value) if measure in SHARES else f"{value:,.0f}"


def in_all(found: FigurePreview) -> str:
    """Return how much would be taken in, in a sentence."""
    if found.history is None:
        return ""
    months = found.history.months
    return (
        f"{counted(len(found.history.figures), 'figure')} of {counted(len(months), 'month')}, "
        f"{month(months[0])} to {month(months[-1])}."
    )
