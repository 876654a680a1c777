"""Names in a scenario: whatever is named must be there, and what is there have its own name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from capacity.files.headings import (
    BY_DEADLINE,
    KNOWN_OF_A_QUEUE,
    OF_CASES,
    OF_QUEUES_TABLE,
    ONLY_OF_A_QUEUE,
    SHARES,
)
from capacity.kinds import BESIDE, IN_FILES
from capacity.reading.naming import (
    BY_TIER,
    classes_of,
    dotted,
    find,
    is_by_tier,
    names,
    some,
    unknown,
    value_at,
)
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding, TomlTable, is_number
from capacity.reading.validating import Reading
from capacity.settings import EVERY_TIER, Event, KnownFigure, Standard, show
from capacity.wording import as_typed

NEAR = 1e-6
"""Shares that add up to within this of 1 are meant to."""

TEAM, COHORT = "a team of this scenario", "a cohort of this scenario"
QUEUE = "a queue of this scenario"


def references(reading: Reading) -> Iterator[Finding]:
    """Yield everything that names what is not there, lacks a name it needs, or shares its own."""
    yield from _cohorts(reading)
    yield from _tiers(reading)
    yield from _lists(reading)
    yield from _standards(reading)
    yield from _events(reading)
    yield from _known_figures(reading)
    yield from _priority(reading)
    yield from _links(reading)


def _cohorts(reading: Reading) -> Iterator[Finding]:
    """Yield cohorts whose team is not there."""
    teams = names(reading.tree, "teams")
    for name, cohort in reading.settings.cohorts.items():
        yield from among(("cohorts", name, "team"), cohort.team, TEAM, teams)


def _tiers(reading: Reading) -> Iterator[Finding]:
    """Yield per-tier settings that name a tier their cohort does not have."""
    tree = reading.tree
    for cohort in names(tree, "cohorts"):
        tiers = names(tree, "cohorts", cohort, "tiers")
        own = ("cohorts", cohort)
        tables: list[tuple[str, ...]] = [(*own, key) for key in BY_TIER["cohorts"]]
        for part in ("duties", "work"):
            for name in names(tree, *own, part):
                tables += [(*own, part, name, key) for key in BY_TIER[part]]
        moves = (*own, "moves_per_year")
        tables += [moves, *((*moves, tier) for tier in names(tree, *moves))]
        for table in tables if tiers else ():
            given = names(tree, *table)
            for tier in () if is_by_tier(table) and "value" in given else given:
                spread = tier == EVERY_TIER and is_by_tier(table)
                if tier not in tiers and not spread:
                    yield unknown((*table, tier), "tier", tiers)


def _lists(reading: Reading) -> Iterator[Finding]:
    """Yield lending, people events and inflows that name what is not there, or one name twice."""
    tree = reading.tree
    teams = names(tree, "teams")
    pairs = set()
    for path, rule in reading.items("flex"):
        yield from among((*path, "from"), rule.from_, TEAM, teams)
        yield from among((*path, "to"), rule.to, TEAM, teams)
        if rule.from_ == rule.to:
            yield Finding((*path, "to"), "must be another team than the lender", as_typed(rule.to))
        if (rule.from_, rule.to) in pairs:
            must = "must be the only rule from this team to that one"
            use = f'remove = ["flex.{rule.from_} to {rule.to}"] in a diff'
            yield Finding(path, must, as_typed(f"{rule.from_} to {rule.to}"), use)
        pairs.add((rule.from_, rule.to))
    for path, event in reading.items("people"):
        yield from among((*path, "team"), event.team, TEAM, teams)
        if event.team in teams:
            grades = names(tree, "teams", event.team, "grades")
            yield from among((*path, "grade"), event.grade, f"a grade of {event.team}", grades)
    for path, inflow in reading.items("inflows"):
        yield from tier_of(tree, path, inflow.cohort, {"tier": inflow.tier})
    for path, line in reading.items("funding"):
        yield from among((*path, "team"), line.team, TEAM, teams)
        if line.grade is not None and line.team in teams:
            grades = names(tree, "teams", line.team, "grades")
            yield from among((*path, "grade"), line.grade, f"a grade of {line.team}", grades)
    named = (("inflows", "name"), ("people", "why"), ("standards", "name"), ("funding", "name"))
    for key, name in named:
        seen = set()
        for path, item in reading.items(key):
            given = getattr(item, name)
            if given in seen:
                use = f'another, or remove = ["{key}.{given}"] in a diff'
                yield Finding((*path, name), f"must be a {name} of its own", as_typed(given), use)
            seen.add(given)


def tier_of(
    tree: TomlTable, path: Keys, cohort: str, tiers: Mapping[str, str | None]
) -> Iterator[Finding]:
    """Yield findings unless a cohort is there and has the tiers that are named."""
    yield from among((*path, "cohort"), cohort, COHORT, names(tree, "cohorts"))
    if cohort in names(tree, "cohorts"):
        known = names(tree, "cohorts", cohort, "tiers")
        for key, tier in tiers.items():
            if tier is not None:
                yield from among((*path, key), tier, f"a tier of {cohort}", known)


def _standards(reading: Reading) -> Iterator[Finding]:
    """Yield standards that lack what they need, or name what is not there."""
    tree = reading.tree
    for path, standard in reading.items("standards"):
        given = [key for key in IN_FILES if getattr(standard, key) is not None]
        if len(given) != 1:
            must = f"must have exactly one of {', '.join(IN_FILES)}"
            yield Finding(path, must, " and ".join(given) or "none of them")
            continue
        about = IN_FILES[given[0]].about
        assert about is not None
        typed = tree[str(path[0])][path[1]]
        needs, may = about.settings(typed)
        for key in needs:
            if key not in typed:
                yield Finding((*path, key), f"must be given for a standard on {given[0]}")
        for key in BESIDE:
            if key in typed and key not in (*needs, *may):
                yield Finding((*path, key), f"must not be given for a standard on {given[0]}")
        yield from _names_of_standard(tree, path, standard)


def _names_of_standard(tree: TomlTable, path: Keys, standard: Standard) -> Iterator[Finding]:
    """Yield what a standard names that is not there."""
    cohort, team, queue = standard.cohort, standard.team, standard.queue
    if queue is not None:
        yield from among((*path, "queue"), queue, QUEUE, names(tree, "queues"))
        if queue in names(tree, "queues"):
            what, classes = f"a class of {queue}", classes_of(tree, queue)
            yield from _several((*path, "tiers"), standard.tiers, what, classes)
            dated = "deadline_months" in names(tree, "queues", queue)
            if standard.in_date is not None and not dated:
                must = "must be on a queue with deadline_months, for in_date"
                yield Finding((*path, "queue"), must, as_typed(queue))
    if cohort is not None:
        yield from among((*path, "cohort"), cohort, COHORT, names(tree, "cohorts"))
        if cohort in names(tree, "cohorts"):
            tiers = names(tree, "cohorts", cohort, "tiers")
            yield from _several((*path, "tiers"), standard.tiers, f"a tier of {cohort}", tiers)
            if standard.duty is not None:
                duties = names(tree, "cohorts", cohort, "duties")
                yield from among((*path, "duty"), standard.duty, f"a duty of {cohort}", duties)
    if team is not None:
        yield from among((*path, "team"), team, TEAM, names(tree, "teams"))
        if team in names(tree, "teams"):
            grades = names(tree, "teams", team, "grades")
            yield from _several((*path, "grades"), standard.grades, f"a grade of {team}", grades)


def _several(
    path: Keys, given: Sequence[str] | None, what: str, allowed: Sequence[str]
) -> Iterator[Finding]:
    """Yield findings for the names of a list that are unknown or come twice."""
    for place, name in enumerate(given or ()):
        yield from among((*path, place), name, what, allowed)
        if name in (given or ())[:place]:
            yield Finding((*path, place), "must be named once only", as_typed(name))


def _known_figures(reading: Reading) -> Iterator[Finding]:
    """Yield known figures that name what is not there, or that are given twice."""
    seen: set[tuple[str | None, ...]] = set()
    for path, one in reading.items("known"):
        of = _known_of_queue if one.queue is not None else _known_of_cohort
        yield from of(reading.tree, path, one)
        if one.measure in SHARES and one.value > 1:
            yield Finding((*path, "value"), "must be at most 1, a share", as_typed(one.value))
        measure = OF_QUEUES_TABLE.get(one.measure, one.measure)
        key = (one.month, one.cohort, one.duty, one.queue, one.tier, measure)
        if key in seen:
            yield Finding(path, "must be given once for a month")
        seen.add(key)


def _known_of_cohort(tree: TomlTable, path: Keys, one: KnownFigure) -> Iterator[Finding]:
    """Yield what is wrong with a known figure of cases or of a duty."""
    cohorts = names(tree, "cohorts") if one.cohort is None else [one.cohort]
    if one.cohort is not None:
        yield from among((*path, "cohort"), one.cohort, COHORT, names(tree, "cohorts"))
    duties = [duty for name in cohorts for duty in names(tree, "cohorts", name, "duties")]
    tiers = [tier for name in cohorts for tier in names(tree, "cohorts", name, "tiers")]
    whose = f"of {one.cohort}" if one.cohort else "of a cohort"
    if one.measure in ONLY_OF_A_QUEUE:
        queues = some(names(tree, "queues")) or "there is none"
        yield Finding((*path, "queue"), f"must be given for {one.measure} ({queues})")
    elif one.duty is not None:
        yield from among((*path, "duty"), one.duty, f"a duty {whose}", duties)
    elif one.measure not in OF_CASES and len(set(duties)) > 1:
        yield Finding((*path, "duty"), f"must be given for {one.measure}")
    if one.tier is not None:
        yield from among((*path, "tier"), one.tier, f"a tier {whose}", tiers)


def _known_of_queue(tree: TomlTable, path: Keys, one: KnownFigure) -> Iterator[Finding]:
    """Yield what is wrong with a known figure of work that queues."""
    assert one.queue is not None
    yield from among((*path, "queue"), one.queue, QUEUE, names(tree, "queues"))
    for key in ("cohort", "duty"):
        if getattr(one, key) is not None:
            yield Finding((*path, key), "must not be given for a queue")
    if one.queue in names(tree, "queues"):
        if one.tier is not None:
            what, classes = f"a class of {one.queue}", classes_of(tree, one.queue)
            yield from among((*path, "tier"), one.tier, what, classes)
        if one.measure in BY_DEADLINE and "deadline_months" not in names(tree, "queues", one.queue):
            must = f"must be a queue with deadline_months, for {one.measure}"
            yield Finding((*path, "queue"), must, as_typed(one.queue))
    if one.measure not in KNOWN_OF_A_QUEUE:
        must = f"must be one of {', '.join(KNOWN_OF_A_QUEUE)} for a queue"
        yield Finding((*path, "measure"), must, as_typed(one.measure))


def _events(reading: Reading) -> Iterator[Finding]:
    """Yield events that are of no kind or of several, or name what is not there."""
    for path, event in reading.items("events"):
        tiers = {"from": event.from_, "to": event.to, "tier": event.tier}
        yield from tier_of(reading.tree, path, event.cohort, tiers)
        yield from _kind_of_event(path, event)


def _kind_of_event(path: Keys, event: Event) -> Iterator[Finding]:
    """Yield a finding unless an event is one of a move, arrivals or leavers."""
    whole = [key for key in ("arrivals", "leavers") if getattr(event, key) is not None]
    moved = (("cases", event.cases), ("from", event.from_), ("to", event.to))
    move = [key for key, value in moved if value is not None]
    kinds = "must have one of: cases, from and to; arrivals; leavers"
    if len(whole) + bool(move) != 1:
        yield Finding(path, kinds, " and ".join([*whole, *move]) or "none")
    elif move and (event.cases is None or event.from_ is None):
        yield Finding(path, kinds, " and ".join(move))
    elif move and event.tier is not None:
        yield Finding((*path, "tier"), "must not be given for cases that move: they have to")
    elif move and event.from_ == event.to:
        yield Finding((*path, "to"), "must be another tier than from", as_typed(event.to))


def _priority(reading: Reading) -> Iterator[Finding]:
    """Yield entries of the order of priority that name what is not there."""
    tree, entries = reading.tree, reading.settings.priority.order
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        path: Keys = ("priority", "order", place)
        if entry in seen:
            yield Finding(path, "must be named once only", as_typed(entry))
        seen.add(entry)
        words = entry.split(".")
        if words[0] in names(tree, "queues"):
            yield from _queue_in_order(tree, path, entry)
            continue
        cohort, duty, tier = (*words, None, None)[:3]
        duties = names(tree, "cohorts", str(cohort), "duties")
        tiers = names(tree, "cohorts", str(cohort), "tiers")
        if len(words) > 3 or cohort not in names(tree, "cohorts"):
            allowed = some(names(tree, "cohorts"))
            must = f"must be a cohort, cohort.duty or cohort.duty.tier; cohorts are {allowed}"
            if queues := names(tree, "queues"):
                must += f"; or a queue or queue.class; queues are {some(queues)}"
            yield Finding(path, must, as_typed(entry))
        elif duty is not None and duty not in duties:
            yield from among(path, duty, f"a duty of {cohort}", duties)
        elif tier is not None and tier not in tiers:
            yield from among(path, tier, f"a tier of {cohort}", tiers)


def _queue_in_order(tree: TomlTable, path: Keys, entry: str) -> Iterator[Finding]:
    """Yield an entry of the order of priority that names a class which its queue does not have."""
    queue, _, its = entry.partition(".")
    if its and its not in classes_of(tree, queue):
        yield from among(path, its, f"a class of {queue}", classes_of(tree, queue))


def _links(reading: Reading) -> Iterator[Finding]:
    """Yield links between settings that are not numbers, or in two links."""
    seen: dict[str, str] = {}
    wrong = reading.findings  # a number that is wrong itself is not told again here
    for name, link in reading.settings.links.items():
        for place, setting in enumerate(link.settings):
            path: Keys = ("links", name, "settings", place)
            try:
                value = value_at(reading.tree, setting)
            except KeyError:
                yield Finding(path, "must be a setting of this scenario", as_typed(setting))
                continue
            found, rest = find(reading.tree, setting)
            told = any(one.path[: len(found) + len(rest)] == (*found, *rest) for one in wrong)
            if not is_number(value) and not told:
                yield Finding(path, "must be a number, with low and high", as_typed(setting))
            key = dotted(reading.tree, found if is_by_tier(found) else (*found, *rest))
            if key in seen:
                yield Finding(
                    path, f"must be in one link only, is in {seen[key]} too", as_typed(setting)
                )
            seen[key] = name
        if link.correlation is None:
            if not link.keep_total:
                must = "must be given, unless keep_total is true"
                yield Finding(("links", name, "correlation"), must)
            continue
        lowest = -1 / (len(link.settings) - 1)
        if link.correlation.value < lowest - NEAR:
            must = f"must be at least {show(round(lowest, 3))} among {len(link.settings)} settings"
            yield Finding(("links", name, "correlation"), must, show(link.correlation.value))


def among(path: Keys, given: str, what: str, allowed: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding unless a name is one of those that there are."""
    if given not in allowed:
        close = get_close_matches(given, allowed, n=1)
        listed = some(allowed) if allowed else "there is none"
        use = close[0] if close else None
        yield Finding(path, f"must be {what} ({listed})", as_typed(given), use)


def duplicate_names(tree: TomlTable) -> Iterator[Finding]:
    """Yield standards that have the same name within one file, where they cannot merge."""
    given = tree.get("standards")
    items = given if isinstance(given, list) else []
    named = [item.get("name") if isinstance(item, Mapping) else None for item in items]
    last_of = {name: place for place, name in enumerate(named) if isinstance(name, str)}
    for name, times in Counter(n for n in named if isinstance(n, str)).items():
        if times > 1:
            last = last_of[name]
            yield Finding(("standards", last, "name"), "must be a name of its own", as_typed(name))
