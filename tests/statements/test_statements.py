"""Every sentence, tile, table and title, checked against the output tables by another path.

A sentence with a figure that no pattern knows fails: whoever words one again says here what it
claims. Patterns and sums are in `claims*`, `tables_shown` and `relations`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

from capacity.reading.scenario import read, shipped
from capacity.results import tables
from capacity.why import compare
from tests.statements import claiming, claims_compared, relations, tables_shown
from tests.statements import claims as _claims  # noqa: F401, registers its patterns
from tests.statements import claims_chances as _claims_chances  # noqa: F401
from tests.statements import claims_decided as _claims_decided  # noqa: F401
from tests.statements import claims_foreseen as _claims_foreseen  # noqa: F401
from tests.statements import claims_shown as _claims_shown  # noqa: F401
from tests.statements import claims_why as _claims_why  # noqa: F401
from tests.statements.claiming import CLAIMS, Claim
from tests.statements.collecting import (
    EXPLAINED,
    WRITTEN,
    Collected,
    Said,
    Shown,
    as_written,
    before_of,
    foreseen_tables,
    from_comparison,
    how_certain,
    of_pages,
    of_plan,
)
from tests.statements.figures import MONTHS, NUMBER
from tests.statements.ledger import Ledger

SEEDS = [str(seed) for seed in range(1, 21)]
"""Scenarios made by chance; tests/making.py makes the same ones every time."""

QUICK = EXPLAINED[:4]

NAMES = tuple(dict.fromkeys((*QUICK, *WRITTEN, *shipped(), *SEEDS)))


@cache
def collected(name: str) -> Collected:
    return of_plan(name)


@cache
def paged(name: str) -> tuple[Said, ...]:
    return tuple(of_pages(name))


@cache
def ledger_of(name: str) -> Ledger:
    one, before = collected(name), before_of(name)
    told = Ledger(before.tables, before.scenario.settings) if before else None
    shown = foreseen_tables(name) if name in EXPLAINED else {}
    return Ledger({**shown, **one.tables}, one.scenario.settings, told)


def told(faults: list[str]) -> str:
    """Faults a person can read, each kind once."""
    kinds = {re.sub(r"[\d.,]+", "#", one): one for one in reversed(faults)}
    return "\n".join(list(kinds.values())[::-1])


# --- What is said --------------------------------------------------------------------------


def said_of(name: str) -> Iterator[Said]:
    """What terminal, tables and papers say, and the pages of a plan that is told why."""
    yield from collected(name).said
    if name in EXPLAINED:
        yield from paged(name)


def faults_of(name: str) -> Iterator[str]:
    """What is wrong in sentences, in tables as people see them, and between the output tables."""
    ledger = ledger_of(name)
    for said in said_of(name):
        for fault in claiming.faults(ledger, said):
            yield f"[{said.surface} {said.place}] {fault}"
    for shown in collected(name).shown:
        for fault in tables_shown.faults(ledger, shown):
            yield f"[{shown.surface} table] {fault}"
    yield from relations.faults(ledger)


@pytest.mark.parametrize(
    "name",
    [
        one if one in (*QUICK, *WRITTEN) else pytest.param(one, marks=pytest.mark.slow)
        for one in NAMES
    ],
)
def test_what_is_said_is_so_and_a_false_figure_is_noticed(name: str) -> None:
    """One test for each scenario, so that it is planned once however tests are shared out."""
    faults = list(faults_of(name))
    assert not faults, told(faults)
    ledger = ledger_of(name)
    words = ledger["decisions"]["words"] if "decisions" in ledger.tables else []
    true = {part for one in words for part in re.split(r"\. |\.$", str(one))}
    assert not list(survivors(used(name), true))


@pytest.mark.parametrize("name", [pytest.param("norfolk-2021", marks=pytest.mark.slow), "9"])
def test_how_certain_says_what_is_so(name: str) -> None:
    said, simulated = how_certain(name)
    ledger = Ledger({**collected(name).tables, **simulated}, collected(name).scenario.settings)
    faults = [fault for one in said for fault in claiming.faults(ledger, one)]
    assert not faults, told(faults)


COMPARED = [
    pytest.param(("vaws-2025", "vaws-2025-seven", "vaws-2025-eleven"), True, id="current posts"),
    pytest.param(("vaws-2025", "vaws-2025-eleven"), False, id="teams needed"),
    pytest.param(
        ("norfolk-2024", "posts-frozen", "leave-and-loan", "iom-not-lending"),
        True,
        id="several standards",
        marks=pytest.mark.slow,
    ),
]


def beside(names: tuple[str, ...], fixed: bool) -> tuple[Ledger, list[Said], list[Shown]]:
    """Scenarios side by side, with what is said of them."""
    found = compare.compare([read(name) for name in names], fixed=fixed)
    ledger = Ledger(as_written(tables.comparison(found)), None)
    for name, plan in zip(found.names, found.plans, strict=True):
        first = next(iter(ledger.sides.values()), None)
        ledger.sides[name] = Ledger(as_written(tables.tables(plan)), plan.scenario.settings, first)
    return ledger, *from_comparison(found)


@pytest.mark.parametrize(("names", "fixed"), COMPARED)
def test_comparisons_say_what_is_so(names: tuple[str, ...], fixed: bool) -> None:
    ledger, said, shown = beside(names, fixed)
    faults = [
        fault for one in said for fault in claiming.faults(ledger.sides.get(one.place, ledger), one)
    ]
    faults += [fault for one in shown for fault in tables_shown.faults(ledger, one)]
    faults += claims_compared.relations(ledger)
    assert not faults, told(faults)
    assert {one.place for one in said} > set(list(ledger.sides)[1:])


# --- Would a false statement be noticed? ---------------------------------------------------

LOOSE = {
    ("reason", "year"),  # posts may be the same from year to year
    ("headroom", "end"),  # of the far end nothing is in the tables
    ("headroom", "still"),
    ("further_teams", "count"),
    ("measures", "more"),
    ("most_for_money", "rest"),
    ("nobody_waits", "when"),
    ("a_month_later", "span"),  # the table holds its end
    ("a_month_later", "when"),  # posts may start in another month, too
}
"""Parts of a claim that can only be checked within bounds, so that a small change may pass."""

DATED = re.compile(rf"({'|'.join(MONTHS)}) (\d{{4}})")
YEAR = re.compile(r"(\d{4})/(\d\d)")


def bent(text: str) -> str:
    """Another figure, month or year of the same form."""
    if found := DATED.search(text):
        other = MONTHS[(MONTHS.index(found[1]) + 1) % 12]
        return f"{text[: found.start()]}{other} {found[2]}{text[found.end() :]}"
    if found := YEAR.search(text):
        year = int(found[1]) + 1
        return f"{text[: found.start()]}{year}/{(year + 1) % 100:02d}{text[found.end() :]}"
    return re.sub(r"\d", lambda digit: str(int(digit[0]) % 9 + 1), text, count=1)


def figures(parts: re.Match[str]) -> Iterator[tuple[str, str]]:
    """Each part of a sentence that holds a figure, and the sentence with that one changed."""
    for name, text in parts.groupdict().items():
        known = text and (NUMBER.fullmatch(text) or DATED.search(text) or YEAR.fullmatch(text))
        if text and known and name not in ("words", "names"):
            begin, end = parts.span(name)
            if re.search(r"\d", text):
                yield name, f"{parts.string[:begin]}{bent(text)}{parts.string[end:]}"


def used(name: str) -> dict[str, tuple[Claim, Ledger, Said, str]]:
    """A true sentence of every kind that is said of a plan."""
    found: dict[str, tuple[Claim, Ledger, Said, str]] = {}
    ledger = ledger_of(name)
    for said in said_of(name):
        for sentence in claiming.sentences(ledger, said):
            one = next((one for one in CLAIMS if one.read(said, sentence)), None)
            if one is not None:
                found.setdefault(one.pattern.pattern, (one, ledger, said, sentence))
    return found


def used_in_comparisons() -> dict[str, tuple[Claim, Ledger, Said, str]]:
    """A true sentence of every kind that comparisons say."""
    found: dict[str, tuple[Claim, Ledger, Said, str]] = {}
    for names, fixed in (one.values for one in COMPARED if not one.marks):
        ledger, every_said, _ = beside(names, fixed)
        for said in every_said:
            whose = ledger.sides.get(said.place, ledger)
            for sentence in claiming.sentences(whose, said):
                one = next((one for one in CLAIMS if one.read(said, sentence)), None)
                if one is not None:
                    found.setdefault(one.pattern.pattern, (one, whose, said, sentence))
    return found


def survivors(
    found: dict[str, tuple[Claim, Ledger, Said, str]], true: Collection[str] = ()
) -> Iterator[str]:
    """Yield changed sentences that pass, and are not `true` ones of other posts."""
    for one, ledger, said, sentence in found.values():
        parts = one.read(said, sentence)
        assert parts is not None
        for part, changed in figures(parts):
            noticed = list(claiming.faults(ledger, Said(said.surface, said.place, changed)))
            if not noticed and changed not in true and (one.check.__name__, part) not in LOOSE:
                yield f"{one.check.__name__}, {part}: {changed}"


def test_a_false_figure_of_a_comparison_is_noticed() -> None:
    assert not list(survivors(used_in_comparisons()))


def test_a_sentence_of_no_known_kind_is_noticed() -> None:
    said = Said("page", "money", "All posts together come to 12 cats.")
    assert list(claiming.faults(ledger_of("1"), said))


def test_a_false_cell_is_noticed() -> None:
    """In every table that is checked, and in every column of it but one of names."""
    ledger, unseen = ledger_of("norfolk-2021"), []
    for shown in collected("norfolk-2021").shown:
        title = re.sub(r"^Table \d+\. ", "", shown.title)
        known = any(pattern.fullmatch(title) for pattern, _ in tables_shown.CHECKS)
        if not known or not shown.rows:
            continue
        cells = [n for n, cell in enumerate(shown.rows[0]) if NUMBER.fullmatch(cell)]
        found = []
        for place in cells:
            row = list(shown.rows[0])
            row[place] = bent(row[place])
            rows = (tuple(row), *shown.rows[1:])
            changed = Shown(shown.surface, shown.title, shown.headings, rows)
            found.append(bool(list(tables_shown.faults(ledger, changed))))
        if cells and not any(found):
            unseen.append(title)
    assert not unseen


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("hours", "available"),
        ("hours", "duties"),
        ("hours", "unused"),
        ("projection", "done"),
        ("projection", "outstanding"),
        ("projection", "completion"),
        ("caseload", "exits"),
        ("staffing", "in_post"),
        ("ratios", "cases"),
        ("costs", "total_real"),
        ("costs", "posts"),
        ("options", "done"),
        ("budget", "recurring"),
        ("standards", "achieved"),
        ("decisions", "posts"),
        ("summary", "value"),
    ],
)
def test_a_false_table_is_noticed(table: str, column: str) -> None:
    ledger = ledger_of("9")
    rows = ledger[table].copy()
    place = rows[column].dropna().index[0]
    rows[column] = rows[column].astype(float)
    rows.loc[place, column] += 1.5
    changed = Ledger({**ledger.tables, table: rows}, ledger.settings)
    assert list(relations.faults(changed))


def test_what_checks_shares_no_path_with_what_is_checked() -> None:
    """The sums know the tables and the scenario, nothing of how sentences are made."""
    folder = Path(__file__).parent
    for name in (
        *("claims", "claims_why", "claims_shown", "claims_compared", "claims_chances"),
        *("tables_shown", "relations", "ledger"),
    ):
        tree = ast.parse((folder / f"{name}.py").read_text())
        imported = [one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
        imported += [
            n.name for one in ast.walk(tree) if isinstance(one, ast.Import) for n in one.names
        ]
        assert not [one for one in imported if one.startswith("capacity")], name
