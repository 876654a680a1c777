"""Rules that hold between settings; everything that breaks one is a problem."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from capacity import wording
from capacity.kinds import ACTIVITY
from capacity.limits import (
    BYTES_OF_A_PAIR,
    BYTES_OF_AN_AGE,
    LONGEST_INTERVAL,
    MOST_GRADE_MONTHS,
    MOST_ITEMS,
    MOST_LINKED,
    MOST_PARTS,
    MOST_ROW_MONTHS,
    YEARS,
    strange,
)
from capacity.reading.naming import LISTS, classes_of, names, unknown
from capacity.reading.queueing import queues
from capacity.reading.references import NEAR, references
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, TomlTable, leaves, texts
from capacity.reading.validating import Reading
from capacity.settings import (
    EVERY_TIER,
    SOURCE_WORDS,
    Cohort,
    CostParts,
    Duty,
    Quantity,
    Settings,
    Standard,
    show,
)
from capacity.wording import FIRST_MONTH_OF_YEAR, as_typed

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
"""Months of each period that a standard may be judged by."""


def across(reading: Reading, sources: Collection[str], *, opening: bool = True) -> list[Finding]:
    """Return every rule between settings that is broken.

    `opening` is whether the settings are those of the start, so that what is true then only
    (cases overdue) is checked too.
    """
    findings = list(_sizes(reading))
    if findings:
        return findings  # too much of it to be looked at any further
    checks = (references, _dates, *((_letters,) if opening else ()))
    findings = [finding for check in checks for finding in check(reading)]
    if not (names(reading.tree, "cohorts") or names(reading.tree, "queues")):
        findings.append(Finding(("cohorts",), "must have at least one, or there must be a queue"))
    findings += queues(reading, opening=opening)
    findings += between_numbers(reading, opening=opening)
    return [*findings, *_sources(reading.tree, sources)]


def between_numbers(reading: Reading, *, opening: bool = True) -> list[Finding]:
    """Return every rule between numbers that is broken: all that other numbers alone can break.

    `opening` as in `across`.
    """
    checks = (_teams, _arrivals, _shares, _pay)
    findings = [finding for check in checks for finding in check(reading)]
    for name, cohort in reading.settings.cohorts.items():
        findings += _cohort(name, cohort)
        for duty in cohort.duties:
            findings += _duty(reading.tree, name, cohort, duty, opening)
    return findings


def month_index(settings: Settings, when: date) -> int:
    """Return the month in which a date lies, counted from the start.

    Returns:
        Months, 0 is the start.
    """
    start = settings.start
    return (when.year - start.year) * 12 + when.month - start.month


def month_after(start: date, months: int) -> date:
    """Return the first of the month so many months after another, or before it."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, 1)


def whole_periods(judged: str, start: date, first: int, months: int) -> list[int]:
    """Return the first months of the whole periods a standard is judged on (EQ17).

    Args:
        judged: by `month`, calendar `quarter` or financial `year`.
        start: the first month projected.
        first: the month from which the standard applies, counted from the start.
        months: that are projected.

    Returns:
        Months, 0 is the start; none where no whole period lies in what is projected.
    """
    length = MONTHS_OF[judged]
    after = start.month - FIRST_MONTH_OF_YEAR  # quarters start in April too
    return [t for t in range(max(first, 0), months - length + 1) if (after + t) % length == 0]


def never_judged(settings: Settings, standard: Standard, months: int) -> str:
    """Return why a standard by quarter or year is never judged; empty where it is, or by month.

    One from after the last month is another matter: it does not apply at all.
    """
    first = 0 if standard.from_ is None else max(0, month_index(settings, standard.from_))
    if (
        standard.kind.about is not ACTIVITY
        or first >= months
        or whole_periods(standard.judged, settings.start, first, months)
    ):
        return ""
    begin, end = (
        wording.month(f"{month_after(settings.start, t):%Y-%m}") for t in (first, months - 1)
    )
    when = f"in {end}" if begin == end else f"between {begin} and {end}"
    what = "financial year" if standard.judged == "year" else standard.judged
    return f"no whole {what} falls {when}"


def for_tier(table: Mapping[str, Quantity], tier: str, default: float = 0) -> float:
    """Return the central value of a per-tier setting for one tier."""
    quantity = table.get(tier, table.get(EVERY_TIER))
    return default if quantity is None else quantity.value


def times_a_year(duty: Duty, tier: str) -> float:
    """Return how often a duty is owed to a case of a tier.

    Returns:
        Per year.
    """
    months = for_tier(duty.every_months, tier)
    return 12 / months if months else for_tier(duty.per_year, tier)


def _sizes(reading: Reading) -> Iterator[Finding]:
    """Yield tables and lists that are too long, and what is too much in all."""
    tree = reading.tree
    for section in ("cohorts", "teams", "queues"):
        paths: list[tuple[str, ...]] = [(section,)]
        paths += [(section, name, part) for name in names(tree, section) for part in MOST_PARTS]
        for path in paths:
            count, most = len(names(tree, *path)), MOST_PARTS[path[-1]]
            if count > most:
                yield Finding(path, f"must be at most {most}", str(count))
    for key in LISTS:
        if isinstance(tree.get(key), list) and len(tree[key]) > MOST_ITEMS:
            yield Finding((key,), f"must be at most {MOST_ITEMS}", str(len(tree[key])))
    for name, link in reading.settings.links.items():
        if len(link.settings) > MOST_LINKED:
            must = f"must be at most {MOST_LINKED}"
            yield Finding(("links", name, "settings"), must, str(len(link.settings)))
    yield from _whole(reading)


def _whole(reading: Reading) -> Iterator[Finding]:
    """Yield what is too much in all: rows and grades, each month by month."""
    tree, months = reading.tree, int(reading.settings.months.value)
    rows = duties = every_tier = 0
    for name in names(tree, "cohorts"):
        tiers = len(names(tree, "cohorts", name, "tiers"))
        parts = [names(tree, "cohorts", name, part) for part in ("duties", "work")]
        standards = sum(1 for _, one in reading.items("standards") if one.cohort == name)
        rows += tiers * (1 + sum(map(len, parts)) + standards)
        duties += tiers * len(parts[0])
        every_tier += tiers
    for name in names(tree, "queues"):
        classes = len(classes_of(tree, name))
        standards = sum(1 for _, one in reading.items("standards") if one.queue == name)
        rows += classes * (1 + standards)
        duties += classes
    grades = sum(len(names(tree, "teams", name, "grades")) for name in names(tree, "teams"))
    for count, most, words in (
        (rows, MOST_ROW_MONTHS, "tiers, each with its duties, work and standards,"),
        (grades, MOST_GRADE_MONTHS, "grades"),
    ):
        if count * months > most:
            must = f"must be at most {most:,} {words} × months, to be worked out in seconds"
            yield Finding(("months",), must, f"{count:,} × {months}", str(most // count or 1))
    most_memory = reading.settings.sizing.memory_limit_gb
    needed = _gigabytes(duties, every_tier, months)
    if needed > most_memory:
        fewer = range(months - 1, 0, -1)
        fits = next((n for n in fewer if _gigabytes(duties, every_tier, n) <= most_memory), 1)
        must = (
            f"must need at most {most_memory:g} GB of memory by estimate, the limit of "
            "sizing.memory_limit_gb"
        )
        found = f"about {needed:.1f} GB for {duties:,} duties of tiers"
        yield Finding(
            ("months",), must, f"{found} over {months} months", f"{fits} or a higher limit"
        )


def _gigabytes(duties: int, tiers: int, months: int) -> float:
    """Return about how much memory a plan and its tables need: what is overdue is kept by age."""
    ages = duties * months**2 / 2
    return (BYTES_OF_AN_AGE * ages + BYTES_OF_A_PAIR * months * tiers**2) / 1e9


def _letters(reading: Reading) -> Iterator[Finding]:
    """Yield texts whose characters could deceive who reads them, and tiers with no right name."""
    tree = reading.tree
    for cohort in names(tree, "cohorts"):
        if "value" in names(tree, "cohorts", cohort, "tiers"):
            place: Keys = ("cohorts", cohort, "tiers", "value")
            yield Finding(place, 'must have another name: "value" is a part of a number')
    for path, text in texts(tree):
        several = path[-1] in ("note", "question")
        wrong = strange(" ".join(text.split()) if several else text)
        if wrong:
            yield Finding(path, *wrong)
    for path in (("finance", "shares", team) for team in names(tree, "finance", "shares")):
        for partner in names(tree, *path):
            wrong = strange(partner) or (None if partner.strip() else ("must have a name", '""'))
            if wrong:
                yield Finding(path, f"names of partners {wrong[0]}", wrong[1])


def _cohort(name: str, cohort: Cohort) -> Iterator[Finding]:
    """Yield what is wrong within a cohort, its duties apart."""
    path: Keys = ("cohorts", name)
    for tier, row in cohort.moves_per_year.items():
        if tier in row:
            must = "must be another tier: a case cannot move to where it is"
            yield Finding((*path, "moves_per_year", tier, tier), must)
        total = sum(rate.value for rate in row.values())
        if total > 12 + NEAR:
            must = "must add up to at most 12 per year: no case moves more than once a month"
            yield Finding((*path, "moves_per_year", tier), must, show(total))
    if cohort.entry_mix is not None:
        total = sum(for_tier(cohort.entry_mix, tier) for tier in cohort.tiers)
        if abs(total - 1) > NEAR:
            yield Finding((*path, "entry_mix"), "must add up to 1", show(round(total, 9)))


def _duty(
    tree: TomlTable, cohort_name: str, cohort: Cohort, name: str, opening: bool
) -> Iterator[Finding]:
    """Yield what is wrong with a duty: how often it is owed and how many are overdue."""
    duty = cohort.duties[name]
    path: Keys = ("cohorts", cohort_name, "duties", name)
    seen = set()
    for tier in names(tree, "cohorts", cohort_name, "tiers"):
        key = "every_months" if for_tier(duty.every_months, tier) else "per_year"
        table: dict[str, Quantity] = getattr(duty, key)
        own: Keys = (*path, key, tier) if tier in table else (*path, key)
        quantity = table.get(tier, table.get(EVERY_TIER))
        if quantity is not None and own not in seen:
            seen.add(own)
            yield from _interval(own, key, name, quantity)
        yield from _early(path, duty, tier)
        row = cohort.tiers.get(tier)
        late = duty.overdue.get(tier, duty.overdue.get(EVERY_TIER))
        if not opening or row is None or late is None:
            continue
        place: Keys = (*path, "overdue", tier) if tier in duty.overdue else (*path, "overdue")
        most = max(late.value, late.high or 0)
        if most > 0 and not 0 < times_a_year(duty, tier) <= 12:
            must = f"must be 0 in {tier}: a duty owed never, or more than monthly, is not carried"
            yield Finding(place, must, show(most))
        elif most > row.cases.value:
            must = f"must be at most the cases of {tier} ({show(row.cases.value)})"
            yield Finding(place, must, show(most))
    if opening:
        yield from _ages(path, duty, names(tree, "cohorts", cohort_name, "tiers"))


def _early(path: Keys, duty: Duty, tier: str) -> Iterator[Finding]:
    """Yield a time before the due date that is as long as the interval itself (EQ24)."""
    ahead, rate = for_tier(duty.early_months, tier), times_a_year(duty, tier)
    if ahead and 0 < rate <= 12 and ahead >= 12 / rate - NEAR:
        most = round(12 / rate) - 1
        must = f"must be at most {most} for {tier}, less than the months from one to the next"
        key: Keys = ("early_months", tier) if tier in duty.early_months else ("early_months",)
        yield Finding((*path, *key), must, show(ahead))


def _ages(path: Keys, duty: Duty, tiers: Sequence[str]) -> Iterator[Finding]:
    """Yield real ages of a tier that is not there, has no clock or has one that is shorter."""
    for key in ("opening_ages", "overdue_ages"):
        table: dict[str, list[float]] = getattr(duty, key)
        for tier, ages in table.items():
            place: Keys = (*path, key, tier)
            rate = times_a_year(duty, tier)
            longest = rate == 0 or key == "overdue_ages"
            most = LONGEST_INTERVAL if longest else min(12 / rate, LONGEST_INTERVAL)
            if tier not in tiers:
                yield unknown(place, "tier", tiers)
            elif not 0 < rate <= 12:
                must = f"must not be given for {tier}: a duty owed never, or more than monthly"
                yield Finding(place, f"{must}, has no ages")
            elif len(ages) > round(most):
                yield Finding(place, f"must be at most {round(most)} months", show(len(ages)))
            elif not sum(ages):
                yield Finding(place, "must not all be 0", use="no list")


def _interval(path: Keys, key: str, duty: str, quantity: Quantity) -> Iterator[Finding]:
    """Yield a finding unless a duty is owed every so many whole months, or more than monthly."""
    every = key == "every_months"
    if not (quantity.value >= 1 if every else quantity.value <= 12):
        return
    given = quantity.value
    if given == 0:
        return
    months = given if every else 12 / given
    if months > LONGEST_INTERVAL:
        must = f"must be at most {LONGEST_INTERVAL} months between"
        yield Finding(path, f"{must}; 0 a year where none is owed", show(given))
        return
    below, above = math.floor(months), math.ceil(months)
    if min(months - below, above - months) > 1e-9 * months:
        between = "between visits" if duty == "visit" else f"from one {duty} to the next"
        shown = "" if every else f" (12 ÷ {show(given)} = {show(round(months, 3))})"
        options = sorted({max(below, 1), above})
        if every:
            use = " or ".join(show(n) for n in options)
        elif all(12 % n == 0 for n in options):
            use = " or ".join(show(12 // n) for n in reversed(options))
        else:
            use = "every_months = " + " or ".join(show(n) for n in options)
        must = f"must give a whole number of months {between}{shown}"
        yield Finding(path, must, show(given), use)


def _teams(reading: Reading) -> Iterator[Finding]:
    """Yield overtime above its limit and shares of grades that leave room for nobody."""
    for name, team in reading.settings.teams.items():
        limit = team.overtime_hours_per_fte_month.value
        if team.overtime_in_use.value > limit:
            must = f"must be at most overtime_hours_per_fte_month ({show(limit)})"
            path: Keys = ("teams", name, "overtime_in_use")
            yield Finding(path, must, show(team.overtime_in_use.value))
        if team.effort_season is not None and not sum(team.effort_season):
            yield Finding(("teams", name, "effort_season"), "must not all be 0")
        for key, grade in team.grades.items():
            for season in ("leave_season", "abstraction_season"):
                if (profile := getattr(grade, season)) is not None and not sum(profile):
                    yield Finding(("teams", name, "grades", key, season), "must not all be 0")
        casework = [grade for grade in team.grades.values() if grade.casework_share.value > 0]
        shares = [grade.max_share.value for grade in casework if grade.max_share is not None]
        whole = len(team.grades) == len(names(reading.tree, "teams", name, "grades"))
        if casework and whole and len(shares) == len(casework) and sum(shares) < 1 - NEAR:
            must = "must have max_share that add up to 1 or more, or a grade without one"
            yield Finding(("teams", name, "grades"), must, show(round(sum(shares), 9)))


def _arrivals(reading: Reading) -> Iterator[Finding]:
    """Yield cohorts with entrants beside growth or inflows, or with no way in."""
    tree = reading.tree
    inflows = tree.get("inflows")
    for name in names(tree, "cohorts"):
        own = tree["cohorts"][name]
        given = [key for key in ("growth_per_year", "entrants_per_month") if key in names(own)]
        named = [
            (place, item)
            for place, item in enumerate(inflows if isinstance(inflows, list) else [])
            if isinstance(item, Mapping) and item.get("cohort") == name
        ]
        if len(given) > 1 or (named and "entrants_per_month" in given):
            yield _two_ways_in(tree, name, given, bool(named))
    for name, cohort in reading.settings.cohorts.items():
        events = [e for _, e in reading.items("events") if e.cohort == name]
        mixed = any(e.arrivals is not None and e.tier is None for e in events)
        mixed |= any(i.cohort == name and i.tier is None for _, i in reading.items("inflows"))
        mixed |= EVERY_TIER in (cohort.entrants_per_month or {})
        if (
            mixed
            and cohort.entry_mix is None
            and not any(t.cases.value for t in cohort.tiers.values())
        ):
            must = "must be given: without cases at the start there is no mix to take"
            yield Finding(("cohorts", name, "entry_mix"), must)


def _two_ways_in(tree: TomlTable, name: str, given: Sequence[str], named: bool) -> Finding:
    """Return what to say of a cohort with two of growth, entrants and inflows."""
    own = tree["cohorts"][name]
    files = {key: own.origins[key].file for key in given}
    old = [key for key in given if files[key] != tree.here.file] or list(given[:1])
    path: Keys = ("cohorts", name, next((key for key in given if key not in old), given[-1]))
    ways = [*given, *(["[[inflows]]"] if named else [])]
    must = "must have entrants_per_month alone, or growth_per_year, [[inflows]] or both of these"
    use = f'only one; a diff takes away with remove = ["cohorts.{name}.{old[0]}"]'
    return Finding(path, must, " and ".join(ways), use)


def _shares(reading: Reading) -> Iterator[Finding]:
    """Yield partners' shares that do not add up, or of a team that is not there."""
    for team, shares in reading.settings.finance.shares.items():
        path: Keys = ("finance", "shares", team)
        if team not in names(reading.tree, "teams"):
            yield unknown(path, "team", names(reading.tree, "teams"))
        total = sum(share.value for share in shares.values())
        if abs(total - 1) > NEAR:
            yield Finding(path, "must add up to 1", show(round(total, 9)))


def _pay(reading: Reading) -> Iterator[Finding]:
    """Yield posts whose pay is given twice or not at all, and scales that do not fit."""
    for team, its in reading.settings.teams.items():
        for grade, one in its.grades.items():
            cost = one.cost_per_year
            if isinstance(cost, CostParts):
                yield from _pay_of(("teams", team, "grades", grade, "cost_per_year"), cost)


def _pay_of(path: Keys, cost: CostParts) -> Iterator[Finding]:
    """Yield what does not fit in the parts of one post's cost."""
    if cost.pay is not None and cost.scale is not None:
        yield Finding((*path, "scale"), "must not be given together with pay")
    if cost.pay is None and cost.scale is None:
        yield Finding((*path, "pay"), "must be given, or scale in place of it")
    if cost.scale is None:
        for key, given in (("service", cost.service is not None), ("joins_at", cost.joins_at > 0)):
            if given:
                yield Finding((*path, key), "must come with scale, pay by length of service")
        return
    steps = len(cost.scale)
    if cost.service is not None and (len(cost.service) != steps or sum(cost.service) <= 0):
        must = f"must be as many numbers as scale has ({steps}), with some above 0"
        yield Finding((*path, "service"), must, str(len(cost.service)))
    if cost.joins_at >= steps:
        must = f"must be below the {steps} lengths of service of the scale"
        yield Finding((*path, "joins_at"), must, str(cost.joins_at))


def _dates(reading: Reading) -> Iterator[Finding]:
    """Yield dates before the start, ends before beginnings, and a start out of this world."""
    settings, given = reading.settings, reading.tree.get("start")
    if type(given) is not date:
        return
    if not YEARS[0] <= given.year <= YEARS[1]:
        must = f"must lie between {YEARS[0]} and {YEARS[1]}"
        yield Finding(("start",), must, given.isoformat())
        return
    first = f"must not be before the start ({given:%Y-%m})"
    dated = (("standards", "from"), ("people", "from"), ("changes", "from"), ("events", "at"))
    yield from _funding(reading)
    for key, name in dated:
        for path, item in reading.items(key):
            when = getattr(item, "from_" if name == "from" else name)
            if when is not None and month_index(settings, when) < 0:
                yield Finding((*path, name), first, when.isoformat())
    for path, event in reading.items("people"):
        until = event.until
        if until is not None and month_index(settings, until) < month_index(settings, event.from_):
            must = f"must not be before from ({event.from_.isoformat()})"
            yield Finding((*path, "until"), must, until.isoformat())
    end = int(settings.months.value)
    for path, one in reading.items("known"):
        after = month_index(settings, date.fromisoformat(f"{one.month}-01"))
        if not -LONGEST_INTERVAL < after < end:
            must = "must be a month projected, or one in the 600 before"
            yield Finding((*path, "month"), must, one.month)
    yield from _joiners(settings, given)


def _funding(reading: Reading) -> Iterator[Finding]:
    """Yield funding lines that pay in two ways or in none, or end before they begin."""
    for path, line in reading.items("funding"):
        given = [key for key in ("posts", "pounds_per_year") if getattr(line, key) is not None]
        if len(given) != 1:
            must = "must have one of posts and pounds_per_year"
            yield Finding(path, must, " and ".join(given) or "neither")
        if line.from_ is not None and line.until is not None and line.until < line.from_:
            must = f"must not be before from ({line.from_.isoformat()})"
            yield Finding((*path, "until"), must, line.until.isoformat())


def _joiners(settings: Settings, start: date) -> Iterator[Finding]:
    """Yield appointments before the start, and joiners before it who are not."""
    for team, its in settings.teams.items():
        for grade, one in its.grades.items():
            path: Keys = ("teams", team, "grades", grade)
            for month in one.joiners_due:
                if month < f"{start:%Y-%m}":
                    must = f"must not be before the start ({start:%Y-%m})"
                    yield Finding((*path, "joiners_due", month), must, month)
            for month in one.recent_joiners:
                months_ago = -month_index(settings, date.fromisoformat(f"{month}-01"))
                if not 0 < months_ago <= LONGEST_INTERVAL:
                    must = f"must be before the start ({start:%Y-%m}), by 600 months at most"
                    yield Finding((*path, "recent_joiners", month), must, month)


def _sources(tree: TomlTable, known: Collection[str]) -> Iterator[Finding]:
    """Yield sources that are neither a row of sources.csv nor one of the words."""
    words = ", ".join(SOURCE_WORDS)
    for path, value in leaves(tree):
        source = value.get("source") if isinstance(value, Mapping) else None
        if isinstance(source, str) and source not in known and source not in SOURCE_WORDS:
            close = get_close_matches(source, [*known, *SOURCE_WORDS], n=1)
            must = f"must be an id of sources.csv, or one of {words}"
            use = close[0] if close else None
            yield Finding((*path, "source"), must, as_typed(source), use)
