"""What a post costs, part by part: at constant pay, in cash, and deflated (EQ15).

Pay awards raise pay and allowances; the threshold of National Insurance is frozen in cash; training
and what is not pay rise with inflation. Increments make the mean pay of a grade rise as its people
stay, and fall as leavers are replaced at the bottom of the scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Calendar, GradeKey, Money, Number
from capacity.engine.rates import amount
from capacity.reading import statutory
from capacity.reading.scenario import Scenario
from capacity.settings import CostParts, Grade, Quantity, Settings

WHOLE = "pay and on-costs"
"""What the cost of a post is called that is given as one number."""

PARTS = (
    *("pay", "pension", "national insurance", "apprenticeship levy", "allowances"),
    *("training", "non-pay"),
)
"""The parts of a post's cost, by their names in the `mtfp` table."""


@dataclass(frozen=True)
class Payroll:
    """What posts of a scenario cost, month by month, also before the start and after the end."""

    scenario: Scenario
    calendar: Calendar
    money: Money

    def parts(self, key: GradeKey, months: Sequence[int], *, cash: bool) -> dict[str, Array]:
        """Return the cost of a post by its parts, in cash or at the pay of the price base.

        Returns:
            In £ per year. Shape: [draw, month] each, one draw where nothing is drawn.
        """
        pieces = [
            self._of_version(key, version, those, cash=cash)
            for version, those in self._versions(months)
        ]
        names = dict.fromkeys(name for piece in pieces for name in piece)
        found = {}
        for name in names:
            rows = [
                np.atleast_2d(piece.get(name, np.zeros((1, len(those)))))
                for piece, (_, those) in zip(pieces, self._versions(months), strict=True)
            ]
            draws = max(len(row) for row in rows)
            even = [np.broadcast_to(row, (draws, row.shape[1])) for row in rows]
            found[name] = np.concatenate(even, axis=1)
        return found

    def cost(self, key: GradeKey, months: Sequence[int], *, cash: bool) -> Array:
        """Return the cost of a post: all of its parts, or deflated cash where prices are deflated.

        Returns:
            In £ per year. Shape: [draw, month].
        """
        deflated = self.money.prices == "deflated" and not cash
        total: Array = np.asarray(
            sum(self.parts(key, months, cash=cash or deflated).values(), np.zeros((1, len(months))))
        )
        return total / self.price_levels(months) if deflated else total

    def build_up(self, key: GradeKey, months: Sequence[int]) -> Array:
        """Return what a post is built up from, in the central case, before awards and prices.

        Returns:
            Pay (or the whole cost where that is given), rates of pension, of National Insurance,
            its threshold and the levy, then allowances, training and non-pay.
            Shape: [those, month].
        """
        found = []
        for version, those in self._versions(months):
            grade, ones = self._grade(key, version), np.ones(len(those))
            cost = grade.cost_per_year
            if not isinstance(cost, CostParts):
                rows = [_first(amount(cost)) * ones, *(np.zeros((7, len(those))))]
            else:
                paid = self.mean_pay(key, those) if cost.scale else amount(_given(cost.pay))
                rates = [
                    self._rate(name, given, grade.kind, cost.on_costs, those)[0]
                    for name, given in _rates_of(cost).items()
                ]
                rest = [
                    _first(amount(one)) * ones for one in (cost.other, cost.training, cost.non_pay)
                ]
                rows = [np.ravel(paid)[: len(those)] * ones, *rates, *rest]
            found.append(np.stack([np.broadcast_to(row, len(those)) for row in rows]))
        return np.concatenate(found, axis=1)

    def pay_levels(self, kind: str, months: Sequence[int]) -> Array:
        """Return a kind's pay against that of the price base. Shape: [draw, month]."""
        these = np.array(months)
        level, base = np.ones((1, len(these))), np.ones((1, 1))
        for award in self.money.awards[kind]:
            rise = 1 + np.reshape(np.asarray(award.rate, dtype=float), (-1, 1))
            level = level * np.where(award.month <= these, rise, 1.0)
            base = base * (rise if award.month <= self.money.priced_at else 1.0)
        return level / base

    def price_levels(self, months: Sequence[int]) -> Array:
        """Return prices against those of the price base, by financial year.

        Returns:
            Shape: [draw, month].
        """
        rate = 1 + np.reshape(np.asarray(self.money.inflation, dtype=float), (-1, 1))
        years = np.array([self.calendar.financial_year(month) for month in months])
        levels: Array = rate ** (years - self.money.price_base)
        return levels

    def mean_pay(self, key: GradeKey, months: Sequence[int]) -> Array:
        """Return the mean pay of a grade's people by length of service, before pay awards.

        A twelfth of those of each length of service get their increment each month; leavers of all
        lengths alike are replaced by joiners with the length of service that joiners have.

        Returns:
            In £ per year. Shape: [month].
        """
        first = self._grade(key, self.scenario.settings)
        cost = first.cost_per_year
        assert isinstance(cost, CostParts)
        assert cost.scale is not None
        people = np.array(cost.service or [0.0] * (len(cost.scale) - 1) + [1.0], dtype=float)
        people = people / people.sum()
        found = {}
        for month in range(max([0, *months]) + 1):
            now = self._grade(key, self.scenario.at(month))
            paid = now.cost_per_year
            assert isinstance(paid, CostParts)
            found[month] = float(people @ np.array(paid.scale, dtype=float))
            people = _a_month_on(people, _first(amount(now.leavers_per_year)) / 12, paid.joins_at)
        return np.array([found[max(0, month)] for month in months])

    def unsourced(self, key: GradeKey) -> dict[str, str]:
        """Return the statutory rates that are used after the last month a source gives them for.

        Returns:
            The last known month by name of the rate.
        """
        grade = self._grade(key, self.scenario.settings)
        cost = grade.cost_per_year
        if not isinstance(cost, CostParts) or cost.on_costs != "statutory":
            return {}
        end = self.calendar.labels[-1]
        found = {}
        for name, given in _rates_of(cost).items():
            until = statutory.known_until(name, grade.kind)
            if given is None and until is not None and until < end:
                found[name] = until
        return found

    def _of_version(
        self, key: GradeKey, version: Settings, months: Sequence[int], *, cash: bool
    ) -> dict[str, Array]:
        grade = self._grade(key, version)
        cost, ones = grade.cost_per_year, np.ones((1, len(months)))
        level = self.pay_levels(grade.kind, months) if cash else ones
        price = self.price_levels(months) if cash else ones
        if not isinstance(cost, CostParts):
            return {WHOLE: _column(amount(cost)) * level}
        basic = self.mean_pay(key, months) if cost.scale else _column(amount(_given(cost.pay)))
        pay = basic * level
        rate = {
            name: self._rate(name, given, grade.kind, cost.on_costs, months)
            for name, given in _rates_of(cost).items()
        }
        insured = np.maximum(0.0, pay - rate["ni_threshold"])
        found = {
            "pay": pay,
            "pension": pay * rate["pension_rate"],
            "national insurance": rate["ni_rate"] * insured,
            "apprenticeship levy": pay * rate["levy"],
            "allowances": _column(amount(cost.other)) * level,
            "training": _column(amount(cost.training)) * price,
            "non-pay": _column(amount(cost.non_pay)) * price,
        }
        return {name: one * ones for name, one in found.items()}

    def _rate(
        self, name: str, given: Quantity | None, kind: str, on_costs: str, months: Sequence[int]
    ) -> Array:
        """Return a rate by month: the given one, else the statutory one, else none."""
        if given is not None or on_costs == "given":
            return _column(0.0 if given is None else amount(given))
        rows = [statutory.at(name, kind, self.calendar.label(month)) for month in months]
        return np.array([[0.0 if row is None else row.value for row in rows]])

    def _grade(self, key: GradeKey, version: Settings) -> Grade:
        return version.teams[key.team].grades[key.grade]

    def _versions(self, months: Sequence[int]) -> list[tuple[Settings, list[int]]]:
        """Return months that follow each other under the same settings, and those settings."""
        found: list[tuple[Settings, list[int]]] = []
        for month in months:
            version = self.scenario.at(month)
            if found and found[-1][0] is version:
                found[-1][1].append(month)
            else:
                found.append((version, [month]))
        return found


def _rates_of(cost: CostParts) -> Mapping[str, Quantity | None]:
    """Return the on-costs of a post by the names of the statutory rates, None where not given."""
    return {
        "pension_rate": cost.pension_rate,
        "ni_rate": cost.ni_rate,
        "ni_threshold": cost.ni_threshold,
        "levy": cost.levy_rate,
    }


def _a_month_on(people: Array, leavers: float, joins_at: int) -> Array:
    """Return people by length of service a month later, as many as before."""
    there = people * (1 - leavers)
    older = there / 12
    older[-1] = 0.0  # at the top of the scale nobody gets another increment
    there = there - older
    there[1:] += older[:-1]
    there[joins_at] += people.sum() * leavers
    return there


def _given(quantity: Quantity | None) -> Quantity:
    return Quantity(value=0) if quantity is None else quantity


def _column(number: Number) -> Array:
    """Return a number or its draws as a column. Shape: [draw, 1]."""
    return np.reshape(np.asarray(number, dtype=float), (-1, 1))


def _first(number: Number) -> float:
    return float(np.ravel(number)[0])
