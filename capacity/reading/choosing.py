"""Rules about the settings that may be chosen, and what policy manages reactively (EQ32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from capacity.catalogue import declared_at, range_at
from capacity.limits import MOST_REGIMES
from capacity.reading.crosscheck import for_tier, times_a_year
from capacity.reading.naming import classes_of, find, names, some, stranger
from capacity.reading.toml_lines import Keys
from capacity.reading.tree import Finding
from capacity.reading.validating import Reading
from capacity.settings import EVERY_TIER, Cohort, Settings, reactive_part, show
from capacity.wording import as_typed, counted

SECTIONS = ("cohorts", "queues", "teams", "flex")
"""Where settings are that may be chosen; standards, money and the horizon are the same for all."""

LONGEST_USUAL, MORE_REACTIVE = 36, 0.2
"""Months between two visits at most, and how much more of a tier is managed reactively, where a
scenario lists no choices."""

MONTHS_A_YEAR = 12


def choices(reading: Reading) -> list[Finding]:
    """Return what is wrong with the settings that may be chosen and with reactive shares."""
    found = [one for choice in reading.settings.choose for one in _choice(reading, choice)]
    number = prod(len(values) for values in reading.settings.choose.values())
    if number > MOST_REGIMES:
        must = f"must come to at most {MOST_REGIMES:,} combinations: leave out settings or values"
        found.append(Finding(("choose",), must, f"{number:,}"))
    return [*found, *shares_refused(reading.settings)]


def _choice(reading: Reading, name: str) -> Iterator[Finding]:
    """Yield what is wrong with one setting that may be chosen, and with its values."""
    path: Keys = ("choose", name)
    there, rest = find(reading.tree, name)
    full: Keys = (*there, *rest)
    declared, valid = declared_at(full), range_at(full)
    odd = stranger(reading.tree, full)
    if full[0] not in SECTIONS or declared is None or odd is not None or valid is None:
        must = f"must be the dotted name of a number of this scenario's {some(SECTIONS)}"
        yield Finding(path, must, as_typed(name), None if odd is None else odd.use)
        return
    if declared.by_tier:
        whole = name if len(full) == len(declared.name.split(".")) else name.rpartition(".")[0]
        tiers = _tiers(reading, full)
        if name == whole or str(full[-1]) not in tiers:
            one, every = ("class", "classes") if full[0] == "queues" else ("tier", "tiers")
            must = f"must name a {one}, as in {whole}.{one.upper()}; {every} are {some(tiers)}"
            yield Finding(path, must, as_typed(name))
            return
    values = reading.settings.choose[name]
    for place, value in enumerate(values):
        if not valid.holds(value):
            yield Finding((*path, place), f"must be {valid.words()}", show(value))
        elif value in values[:place]:
            yield Finding((*path, place), "must be given once only", show(value))
    yield from _least(reading.settings, full, path, values)


def _tiers(reading: Reading, full: Keys) -> list[str]:
    """Return the tiers of the cohort, or the classes of the queue, that a setting belongs to."""
    if full[0] == "queues":
        return classes_of(reading.tree, str(full[1]))
    return names(reading.tree, "cohorts", str(full[1]), "tiers")


def _least(
    settings: Settings, full: Keys, path: Keys, values: Sequence[float]
) -> Iterator[Finding]:
    """Yield values by which the highest risk would be seen less often than policy's minimum."""
    if full[0] != "cohorts" or str(full[1]) not in settings.cohorts:
        return
    cohort, tier = settings.cohorts[str(full[1])], str(full[-1])
    if tier != _highest(cohort):
        return
    kept = f"the highest risk ({tier}) is never visited less often than policy's minimum"
    if full[2] == "reactive_share":
        for place, value in enumerate(values):
            if value > for_tier(cohort.reactive_share, tier):
                yield Finding((*path, place), f"must be 0: {kept}", show(value))
    elif full[2] == "duties" and full[4] in ("every_months", "per_year"):
        rate = times_a_year(cohort.duties[str(full[3])], tier)
        for place, value in enumerate(values):
            often = value if full[4] == "per_year" else 12 / value if value else 0.0
            if often < rate - 1e-9:
                most = rate if full[4] == "per_year" else 12 / rate
                word = "least" if full[4] == "per_year" else "most"
                yield Finding(
                    (*path, place), f"must be at {word} {show(most)}: {kept}", show(value)
                )


def _highest(cohort: Cohort) -> str | None:
    """Return the first of several tiers that are owed an activity; none where there is one only."""
    owed = [
        tier
        for tier in cohort.tiers
        if any(times_a_year(duty, tier) > 0 for duty in cohort.duties.values())
    ]
    return owed[0] if len(owed) > 1 else None


def shares_refused(settings: Settings) -> Iterator[Finding]:
    """Yield shares of tiers that cannot be managed reactively."""
    for name, cohort in settings.cohorts.items():
        if cohort.orders_visited:
            yield from _orders_not_visited(settings, name)
    chosen = {name.rpartition(".")[0] for name in settings.choose}
    for name, cohort in settings.cohorts.items():
        key = f"cohorts.{name}.reactive_share"
        if not cohort.reactive_share and key not in chosen:
            continue
        for tier in cohort.tiers:
            yield from _too_many(settings, name, tier)
            some = for_tier(cohort.reactive_share, tier) > 0 or f"{key}.{tier}" in settings.choose
            if some and reactive_part(tier) in cohort.tiers:
                must = f"must be called something else: {tier} has a share managed reactively"
                yield Finding(("cohorts", name, "tiers", reactive_part(tier)), must)


def most_reactive(cohort: Cohort, tier: str) -> tuple[float, str]:
    """Return the largest share of a tier that may be managed reactively, and what allows no more.

    What policy allows (`may_be_reactive`) and, where nobody under a court order may be managed so
    (`orders_visited`), the share under none.
    """
    most, why = for_tier(cohort.may_be_reactive, tier, 1), "policy allows no more (may_be_reactive)"
    one = cohort.tiers[tier]
    cases = float(one.cases.value)
    if cohort.orders_visited and one.court_orders is not None and cases > 0:
        free = max(0.0, 1 - one.court_orders.value / cases)
        if free < most:
            return free, "the others are under a court order (orders_visited)"
    return most, why


def _too_many(settings: Settings, name: str, tier: str) -> Iterator[Finding]:
    """Yield shares, given or to be chosen, above what may be managed reactively."""
    cohort = settings.cohorts[name]
    most, why = most_reactive(cohort, tier)
    given = for_tier(cohort.reactive_share, tier)
    chosen = f"cohorts.{name}.reactive_share.{tier}"
    own = () if EVERY_TIER in cohort.reactive_share else (tier,)
    found: list[tuple[Keys, float]] = [(("cohorts", name, "reactive_share", *own), given)]
    found += [
        (("choose", chosen, place), value)
        for place, value in enumerate(settings.choose.get(chosen, ()))
    ]
    for path, value in found:
        if most + 1e-9 < value <= 1:
            yield Finding(path, f"must be at most {show(round(most, 6))}: {why}", show(value))


def _orders_not_visited(settings: Settings, name: str) -> Iterator[Finding]:
    """Yield tiers that are owed no visit and keep cases under court orders."""
    cohort = settings.cohorts[name]
    visit = cohort.duties.get("visit")
    for tier, one in cohort.tiers.items():
        ordered = 0.0 if one.court_orders is None else float(one.court_orders.value)
        if visit is None or tier in cohort.in_custody or times_a_year(visit, tier) > 0:
            continue
        taken = sum(
            float(event.cases.value)
            for event in settings.events
            if (event.cohort, event.from_) == (name, tier) and event.cases is not None
        )
        if ordered > taken + 1e-9:
            must = (
                "must be no more than events move to a tier that is visited: nobody under a court "
                "order is managed reactively (orders_visited)"
            )
            yield Finding(("cohorts", name, "tiers", tier, "court_orders"), must, show(ordered))


def without_order(cohort: Cohort, tier: str, share: float) -> str | None:
    """Return why a share of a tier takes in cases under court orders; None if it does not."""
    ordered = cohort.tiers[tier].court_orders
    cases = cohort.tiers[tier].cases.value
    if ordered is None or share * cases <= cases - ordered.value + 1e-9:
        return None
    return (
        f"takes in cases under court orders, who should be visited: "
        f"{counted(round(ordered.value), 'case')} of {show(round(cases, 1))} in {tier} "
        "have one"
    )


def usual_choices(settings: Settings) -> dict[str, list[float]]:
    """Return what may be chosen where a scenario lists nothing, as it is now first.

    Of the first cohort with several tiers that are visited at intervals: the two lowest of them
    visited half as often again and half as often, and a fifth more of the lowest managed
    reactively, as far as that may be.
    """
    for name, cohort in settings.cohorts.items():
        for task, duty in cohort.duties.items():
            rates = {tier: times_a_year(duty, tier) for tier in cohort.tiers}
            lower = [tier for tier, rate in rates.items() if 0 < rate <= MONTHS_A_YEAR][1:]
            if not lower:
                continue
            found = {}
            for tier in lower[-2:]:
                now = round(MONTHS_A_YEAR / rates[tier])
                often = sorted({now, round(now * 1.5), now * 2})
                found[f"cohorts.{name}.duties.{task}.every_months.{tier}"] = [
                    float(months) for months in often if months <= LONGEST_USUAL or months == now
                ]
            tier = lower[-1]
            share = for_tier(cohort.reactive_share, tier)
            more = min(share + MORE_REACTIVE, most_reactive(cohort, tier)[0])
            if more > share and reactive_part(tier) not in cohort.tiers:
                found[f"cohorts.{name}.reactive_share.{tier}"] = [share, round(more, 3)]
            return found
    return {}


def shares_considered(settings: Settings) -> Iterator[tuple[Keys, str, str, float]]:
    """Yield every reactive share that is given or may be chosen: where, cohort, tier, share."""
    for name, cohort in settings.cohorts.items():
        for tier in cohort.tiers:
            share = for_tier(cohort.reactive_share, tier)
            if share > 0:
                own = (tier,) if EVERY_TIER not in cohort.reactive_share else ()
                yield ("cohorts", name, "reactive_share", *own), name, tier, share
            chosen = f"cohorts.{name}.reactive_share.{tier}"
            if chosen in settings.choose:
                yield ("choose", chosen), name, tier, max(settings.choose[chosen])
