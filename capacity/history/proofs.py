"""What the model makes of Norfolk's published figures: the fit of 2021, the register to 2024."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from capacity.files.monthly import Figure, read_history
from capacity.files.table_files import read_table
from capacity.history.fit import Calibration, asked, calibrate
from capacity.history.search import Search
from capacity.places import folder
from capacity.reading.scenario import Scenario, read, value_at

SETTINGS_2021 = ("cohorts.rso.hours_per_case_month", "cohorts.rso.duties.visit.overdue.low")
"""Fitted to the two published months of 2021."""

FIRST, LAST, LATER = "2016-03", "2021-03", "2024-09"
"""Months of the force's own counts: from, to, and the one forecast. The first is of the year
2016; its growth is published for the five years to March 2021."""
EXITS = "cohorts.rso.exits_per_year"

SYNTHETIC = "synthetic-history"
SYNTHETIC_FIT = ("cohorts.rso.hours_per_case_month", "cohorts.rso.entrants_per_month")
SYNTHETIC_EVERY = 3
"""Months between the starts of the shipped backtest, to keep it short."""


@dataclass(frozen=True)
class Guess:
    """A forecast of the register by one method. Unit: cases."""

    method: str
    forecast: float
    actual: float

    @property
    def error(self) -> float:
        """How much too high it is."""
        return self.forecast - self.actual


def synthetic_scenario() -> str:
    """Return where the scenario of the synthetic history lies.

    Source: data/synthetic-scenario.toml.
    """
    return str(folder("data") / "synthetic-scenario.toml")


def norfolk_2021() -> Calibration:
    """Return the fit of norfolk-2021 to the two published months.

    Source: data/norfolk-2021-history.csv.
    """
    history = read_history("norfolk-2021-history")
    return calibrate(read("norfolk-2021"), history, SETTINGS_2021, hold_out=0)


def register_counts() -> dict[str, float]:
    """Return the force's own counts of its register by month.

    Source: data/register.csv.

    Returns:
        Cases.
    """
    table = read_table(folder("data") / "register.csv")
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    own = [
        row
        for row in rows
        if row["measure"] == "in the community" and row["source"] in ("peel-2022", "pcc-2025-01")
    ]
    dates = {"2016": FIRST}
    return {dates.get(row["date"], row["date"][:7]): float(row["value"]) for row in own}


def register_growth() -> tuple[Guess, ...]:
    """Return forecasts of the register of September 2024 from the counts of 2016 and 2021.

    The model: so many new cases per month, fitted, of whom a share leaves every year, as the
    scenario norfolk-2024 judges it, with the ends of its range. Source: data/register.csv.
    """
    counts = register_counts()
    first, last, actual = counts[FIRST], counts[LAST], counts[LATER]
    years, ahead = _years(FIRST, LAST), _years(LAST, LATER)
    exits = value_at(read("norfolk-2024").tree, EXITS)
    found = []
    for name in ("value", "low", "high"):
        share = float(exits[name])
        words = f"model, {100 * share:.0f}% of cases leaving a year"
        found.append(Guess(words, _by_model(first, last, share), actual))
    line = last + (last - first) / years * ahead
    constant = last * (last / first) ** (ahead / years)
    return (
        *found,
        Guess("straight line", line, actual),
        Guess("constant growth", constant, actual),
        Guess("last value", last, actual),
    )


def _years(a: str, b: str) -> float:
    return (int(b[:4]) - int(a[:4])) + (int(b[5:]) - int(a[5:])) / 12


def _by_model(first: float, last: float, exits: float) -> float:
    """Return the register of the later month, with entrants fitted to the two counts."""
    scenario = _unit_of(first, exits)
    figures = [
        Figure(LAST, "rso", None, None, "cases", last, False, 1),
        Figure(LATER, "rso", None, None, "cases", 0.0, True, 2),
    ]
    one, within = asked(scenario, "cohorts.rso.entrants_per_month=0:40")
    search = Search(scenario, [one], [within], figures, LAST)
    best, _ = search.best()
    return float(search.predict(best[None])[0, 1])


def _unit_of(cases: float, exits: float) -> Scenario:
    """Return the scenario of 2021 as it would have been in 2016."""
    base = read("norfolk-2021")
    tiers = base.settings.cohorts["rso"].tiers
    total = sum(tier.cases.value for tier in tiers.values())
    values = {
        f"cohorts.rso.tiers.{name}.cases": cases * tier.cases.value / total
        for name, tier in tiers.items()
    }
    others = {
        "start": _month_after(FIRST),
        "months": 102,
        "cohorts.rso.growth_per_year": None,
        "cohorts.rso.entrants_per_month": 7.0,
        EXITS: exits,
    }
    return base.replace({**values, **others})


def _month_after(label: str) -> date:
    year, month = int(label[:4]), int(label[5:])
    return date(year + month // 12, month % 12 + 1, 1)
