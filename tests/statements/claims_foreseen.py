"""What pages say of simulations: titles of charts with bands, and tiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from capacity.app.where import ASKED_BELOW
from tests.statements.claiming import claim, plain
from tests.statements.claims import is_so, same
from tests.statements.figures import month_of
from tests.statements.ledger import Ledger

SPAN = r"<low:n>(?: to <high:n>)?"
END = rf"in <until:m>: {SPAN} in 8 of 10 simulations(?: \((?P<extra>.+)\))?"
FIGURE = r"([\d,.]+%?|almost \d+%|under \d+%|none|no|one)"

plain(
    r".+(?:every [\d.]+ months?|managed reactively) \(.+\)",  # what may be compared
    r"<n:n> regimes?, about half a second each",
    r"Lines: 8 in 10 simulations, in which posts stay as they are and overtime, people in .+",
    r"Shaded: 8 in 10 of 500 simulations; line: their middle",
    r"With no posts added: the middle of the simulations, and between what limits 8 in 10 .+",
)


def rows_of(ledger: Ledger, measure: str, whose: str, what: str = "") -> pd.DataFrame:
    """What is foreseen of a measure with no posts added or the team needed, by month."""
    rows = ledger["foreseen"]
    mine = rows[(rows["measure"] == measure) & (rows["whose"] == whose) & (rows["what"] == what)]
    return mine.set_index("month")


def span_of(rows: pd.DataFrame, month: str, low: str, high: str | None) -> Iterator[str]:
    yield from same("1 of 10 below", low, float(rows["p10"][month]))
    yield from same("1 of 10 above", high or low, float(rows["p90"][month]))


def ends(rows: pd.DataFrame, ledger: Ledger, parts: dict[str, str | None]) -> list[str]:
    """Where a measure is in the last month, and in its lowest or highest."""
    today = rows[rows["option"] == ledger.options[0]].dropna(subset=["p10", "p90"])
    until = month_of(str(parts["until"]))
    found = [*is_so(f"the last month is {today.index[-1]}", until == today.index[-1])]
    found += span_of(today, until, str(parts["low"]), parts["high"])
    extra = parts["extra"] or ""
    turns = re.findall(
        rf"(lowest|highest|dipping to) {FIGURE}(?: to {FIGURE})? in ([A-Z]\w+ \d{{4}})", extra
    )
    for what, low, high, when in turns:
        at = month_of(when)
        found += span_of(today, at, low, high or None)
        middle = today["p50"]
        if what != "dipping to":
            end = float(middle.min() if what == "lowest" else middle.max())
            found += is_so(f"that is not the {what}", bool(np.isclose(middle[at], end)))
    for low, high in re.findall(rf"team needed {FIGURE}(?: to {FIGURE})?", extra):
        sized = rows[rows["option"] == ledger.options[-1]]
        found += span_of(sized, until, low, high or None)
    return found


def of_activity(measure: str, what: str) -> Callable[..., Iterator[str]]:
    def check(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
        keys = ledger.duties(name)
        yield from min(
            (ends(rows_of(ledger, measure, *key), ledger, parts) for key in keys), key=len
        )

    check.__name__ = what
    return check


claim(rf"Completion of <name:t> {END}", places=("page",))(of_activity("completion", "completion"))
claim(rf"<name:t> (?:overdue|waiting) {END}", places=("page",))(
    of_activity("outstanding", "overdue")
)
claim(rf"<name:t> that arrive {END}", places=("page",))(of_activity("newly_due", "arrivals"))


@claim(rf"<name:t>: (?P<measure>cases per officer|cases) {END}", places=("page",))
def of_cohort(ledger: Ledger, name: str, measure: str, **parts: str | None) -> Iterator[str]:
    rows = rows_of(ledger, measure.replace(" ", "_"), ledger.cohort(name))
    yield from ends(rows, ledger, parts)


TEAMS = {
    "people in post": "in_post",
    "hours of work left undone": "left_undone",
    "hours of work cut short": "cut_short",
}


@claim(rf"<name:t>: (?P<measure>{'|'.join(TEAMS)}) {END}", places=("page",))
def of_team(ledger: Ledger, name: str, measure: str, **parts: str | None) -> Iterator[str]:
    yield from ends(rows_of(ledger, TEAMS[measure], ledger.team(name)), ledger, parts)


@claim(
    r"Below <level:n>, with no posts added: 1 in 10 simulations (?P<few>.+?); half of them "
    r"(?P<half>.+?); 9 in 10 (?P<most>.+)",
    places=("page",),
)
def below(ledger: Ledger, level: str, **parts: str) -> Iterator[str]:
    rows = ledger["foreseen"]
    rows = rows[(rows["measure"] == "completion") & (rows["option"] == ledger.options[0])]
    yield from is_so("nobody typed that level", level == f"{ASKED_BELOW}%")
    share = ASKED_BELOW / 100

    def faults(mine: pd.DataFrame) -> Iterator[str]:
        for column, said in zip(("p10", "p50", "p90"), parts.values(), strict=True):
            months = mine["month"][mine[column] < share]
            wanted = None if months.empty else months.iloc[0]
            first = said.startswith("first in ")
            told = month_of(said.removeprefix("first in ")) if first else None
            yield from is_so(f"{column}: {wanted}", told == wanted)

    each = rows.groupby(["whose", "what"])
    yield from min(([*faults(mine)] for _, mine in each), key=len)


# --- Tiles ---------------------------------------------------------------------------------

TILES = {
    "Cases per officer": "cases_per_officer",
    "Completion": "completion",
    "Overdue": "outstanding",
    "Arrive": "newly_due",
    "Waiting, end of": "outstanding",
    "Within the deadline": "in_date",
}
TILE = r"<now:n> \(<first:n>(?: to <second:n>)?; <low:n>(?: to <high:n>)? in <until:m>"


@claim(
    rf"(?P<label>{'|'.join(TILES)}),? <begin:m>: {TILE}(?:; limit <limit:n>)?\)", places=("page",)
)
def tile(
    ledger: Ledger, label: str, limit: str | None = None, **parts: str | None
) -> Iterator[str]:
    rows = ledger["foreseen"]
    mine = rows[(rows["measure"] == TILES[label]) & (rows["option"] == ledger.options[0])]
    each = [one.set_index("month") for _, one in mine.groupby(["whose", "what"])]
    yield from min((in_tile(ledger, one, parts) for one in each), key=len)
    if limit is not None:
        levels = ledger["ratios"]["limit"].dropna()
        yield from is_so("no such limit", any(not [*same("", limit, one)] for one in set(levels)))


def in_tile(ledger: Ledger, rows: pd.DataFrame, parts: dict[str, str | None]) -> list[str]:
    begin = month_of(str(parts["begin"])) if "begin" in parts else ledger.months[0]
    found = [*same("the middle", parts["now"], float(rows["p50"][begin]))]
    found += span_of(rows, begin, str(parts["first"]), parts["second"])
    found += is_so("not the last month", month_of(str(parts["until"])) == ledger.months[-1])
    return [*found, *span_of(rows, ledger.months[-1], str(parts["low"]), parts["high"])]


@claim(rf"Hours left undone, <name:t>: {TILE}\)", places=("page",))
def undone(ledger: Ledger, name: str, **parts: str | None) -> Iterator[str]:
    rows = rows_of(ledger, "left_undone", ledger.team(name))
    yield from in_tile(ledger, rows[rows["option"] == ledger.options[0]], parts)
