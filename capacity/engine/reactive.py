"""Tiers of which policy manages a share reactively: that share as a tier of its own (EQ32).

The share keeps everything of its tier, its risk weight and its reference included, but is owed no
activity: what it comes to can be compared with what it was. It is taken from the opening cases,
from those who enter and from those who move into the tier, so that it stays the same share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from capacity.engine.model import Number
from capacity.engine.rates import amount, by_tier, opening_mix, reference_of, risk_weights
from capacity.reading.scenario import Scenario
from capacity.settings import Cohort, Duty, Quantity, Settings, is_per_tier, reactive_part

Shares = Mapping[str, Number]
"""The share of each tier that is managed reactively, where there is any."""

NEVER = ("per_year", "every_months", "overdue")
"""What a tier that is owed no activity has none of."""


def apart(scenario: Scenario) -> Scenario:
    """Return a scenario in which what policy manages reactively is a tier of its own.

    Args:
        scenario: as it was read, or with numbers replaced.

    Returns:
        The same scenario where no tier has such a share.
    """
    given = scenario.given
    every = [given.settings, *(later for _, later in given.dated)]
    shares = {name: _shares(cohort) for name, cohort in given.settings.cohorts.items()}
    shares = {name: some for name, some in shares.items() if some}
    if not shares:
        return scenario
    changed = []
    for settings in every:
        cohorts = dict(settings.cohorts)
        for name, some in shares.items():
            versions = [version.cohorts[name] for version in every]
            cohorts[name] = _cohort(cohorts[name], versions, some)
        changed.append(settings.model_copy(update={"cohorts": cohorts}))
    dates = (month for month, _ in given.dated)
    dated: tuple[tuple[int, Settings], ...] = tuple(zip(dates, changed[1:], strict=True))
    return replace(given, settings=changed[0], dated=dated, undivided=given)


def with_share(cohort: Cohort, tier: str, visited: float) -> float:
    """Return what a file says of a tier of which so many are still visited: its share too."""
    share = float(by_tier(cohort.reactive_share, tier))
    return visited / (1 - share) if share < 1 else visited


def _shares(cohort: Cohort) -> Shares:
    """Return the shares of a cohort's tiers that are managed reactively."""
    every = {tier: by_tier(cohort.reactive_share, tier) for tier in cohort.tiers}
    return {tier: share for tier, share in every.items() if np.any(np.asarray(share) > 0)}


def _cohort(cohort: Cohort, versions: Sequence[Cohort], shares: Shares) -> Cohort:
    """Return a cohort with a tier more for each share."""
    weights = risk_weights(versions)
    tiers = {}
    for name, tier in cohort.tiers.items():
        if name not in shares:
            tiers[name] = tier
            continue
        label = f"{tier.label or name}, reactively managed"
        visited, rest = _parted(tier.cases, shares[name])
        own = {"cases": rest, "label": label[:200], "court_orders": None}
        own["risk_weight"] = _plain(weights[name])
        tiers[name] = tier.model_copy(update={"cases": visited})
        tiers[reactive_part(name)] = tier.model_copy(update=own)
    mix = cohort.entry_mix
    mix = {
        tier: _plain(share)
        for tier, share in (
            opening_mix(versions[0]).items()
            if mix is None
            else ((tier, by_tier(mix, tier)) for tier in cohort.tiers)
        )
    }
    moves = {origin: _divided(row, shares) for origin, row in cohort.moves_per_year.items()}
    moves |= {reactive_part(tier): moves[tier] for tier in shares if tier in moves}
    entering = cohort.entrants_per_month
    update: dict[str, Any] = {
        **_alike(cohort, shares),
        "tiers": tiers,
        "entry_mix": _divided(mix, shares),
        "moves_per_year": moves,
        "entrants_per_month": entering and _divided(entering, shares),
        "duties": {
            name: _duty(duty, [version.duties[name] for version in versions], shares)
            for name, duty in cohort.duties.items()
        },
        "work": {
            name: work.model_copy(update=_alike(work, shares)) for name, work in cohort.work.items()
        },
    }
    return cohort.model_copy(update=update)


def _duty(duty: Duty, versions: Sequence[Duty], shares: Shares) -> Duty:
    """Return a duty that is not owed to what is managed reactively."""
    update = _alike(duty, shares)
    for key in NEVER:
        update[key] = {**getattr(duty, key), **{reactive_part(one): _plain(0) for one in shares}}
    waiting = {tier: by_tier(duty.overdue, tier) for tier in shares}
    update["overdue"] |= {tier: _plain(n * (1 - shares[tier])) for tier, n in waiting.items()}
    update["reference_months"] = {
        **duty.reference_months,
        **{reactive_part(tier): _plain(reference_of(versions, tier)) for tier in shares},
    }
    return duty.model_copy(update=update)


def _alike(table: Any, shares: Shares) -> dict[str, Any]:
    """Return the per-tier settings of a table, those of each share as its tier has them."""
    found = {}
    for name in type(table).model_fields:
        values = getattr(table, name)
        if is_per_tier(type(table), name) and isinstance(values, dict):
            own = {reactive_part(tier): values[tier] for tier in shares if tier in values}
            found[name] = {**values, **own}
    return found


def _divided(table: Mapping[str, Quantity], shares: Shares) -> dict[str, Quantity]:
    """Return numbers of cases by tier, or shares of them, divided between a tier and its share."""
    found = {}
    for tier, quantity in table.items():
        if tier in shares:
            found[tier], found[reactive_part(tier)] = _parted(quantity, shares[tier])
        else:
            found[tier] = quantity
    return found


def _parted(quantity: Quantity, share: Number) -> tuple[Quantity, Quantity]:
    """Return what stays of a number, and the share of it."""
    number = amount(quantity)
    return _plain(number * (1 - share)), _plain(number * share)


def _plain(number: Number) -> Quantity:
    """Return a number, or its draws, as a setting without a range."""
    make: Callable[..., Quantity] = Quantity.model_construct
    return make(value=number)
