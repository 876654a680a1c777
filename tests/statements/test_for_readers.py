"""The papers for three readers: every sentence and every table of figures against CSV tables."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from capacity import papers, report
from capacity.report.theme import Theme
from capacity.results import manifests, tables
from capacity.risk import recommended
from capacity.why import explain, parents
from tests.statements import claiming, tables_shown
from tests.statements import claims as _claims  # noqa: F401, registers its patterns
from tests.statements import claims_chances as _chances  # noqa: F401
from tests.statements import claims_decided as _decided  # noqa: F401
from tests.statements import claims_papers as _papers  # noqa: F401
from tests.statements import claims_shown as _shown  # noqa: F401
from tests.statements import claims_simulated as _simulated  # noqa: F401
from tests.statements import claims_why as _why  # noqa: F401
from tests.statements.collecting import Page, Said, as_written
from tests.statements.ledger import Ledger
from tests.statements.test_decided import as_read
from tests.statements.test_statements import bent

NAMES = [
    "two",
    "limit",  # posts fixed now are recommended, since reviews would cost more
    # A grant that ends, statutory on-costs, increments, redundancy.
    pytest.param("backlog-team-ends", marks=pytest.mark.slow),
    "harm",  # a value of harm avoided, optimism bias and contingency
    pytest.param("panel", marks=pytest.mark.slow),  # two teams, a queue, the year in hand
    pytest.param("granted", marks=pytest.mark.slow),  # queues; a grant and posts that end
    pytest.param("9", marks=pytest.mark.slow),
    pytest.param("late", marks=pytest.mark.slow),
]


@cache
def made(name: str) -> tuple[Ledger, dict[str, Page], Ledger]:
    """The tables of a plan as CSV files hold them, its papers as pages, and those of its central case."""
    plan = parents.run(as_read(name))
    why = explain.explain(plan, full=True)
    advice = recommended.recommend(plan, number=60)
    assert isinstance(advice, recommended.Recommended)
    files = papers.files(plan, advice=advice, why=why, theme=Theme(meeting="Board"))
    told = manifests.manifest_of(plan, {"recommended": True}, seed=recommended.SEED)
    files |= report.files(plan, tables.lazily(plan, why, advice), told, advice=advice)
    pages = {one: Page(files[one]) for one in files if one.endswith(".html")}
    settings, before = plan.scenario.settings, None
    if plan.before is not None:
        before = Ledger(as_written(tables.tables(plan.before)), plan.before.scenario.settings)
    held = as_written(tables.tables(plan, why, advice))
    alone = as_written(tables.tables(plan, why))
    return Ledger(held, settings, before), pages, Ledger(alone, settings, before)


CENTRAL = ("central", "prices")
"""Parts of a report that are of the central case, in the words of one without a recommended plan."""


def faults_of(ledger: Ledger, said: Said, central: Ledger) -> list[str]:
    part, _, tag = said.place.partition(" ")
    if part in CENTRAL:
        place = {"central": "answer"}.get(part, part)
        return list(claiming.faults(central, Said("html", f"{place} {tag}", said.text)))
    asked = [Said(surface, said.place, said.text) for surface in ("paper", "html")]
    return min([list(claiming.faults(ledger, one)) for one in asked], key=len)


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_and_table_of_a_paper_is_so(name: str) -> None:
    ledger, pages, central = made(name)
    faults = []
    for file, page in pages.items():
        for said in page.said:
            faults += [f"{file}: {one}" for one in faults_of(ledger, said, central)]
        for shown in page.shown:
            found = [list(tables_shown.faults(one, shown)) for one in (ledger, central)]
            faults += [f"{file}: {one}" for one in min(found, key=len)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ["two", "limit"])
def test_a_false_figure_on_the_page_that_decides_is_noticed(name: str) -> None:
    ledger, pages, _ = made(name)
    tried = 0
    for said in pages["board.html"].said:
        figure = any(one.isdigit() for one in said.text) and "caption" not in said.place
        if said.place.startswith("decision") and figure:
            tried += 1
            wrong = Said("paper", said.place, bent(said.text))
            assert list(claiming.faults(ledger, wrong)), wrong.text
    assert tried >= 5


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_printed_twice_on_a_paper(name: str) -> None:
    _, pages, _ = made(name)
    for file, page in pages.items():
        if file == "report.html":  # its parts are read by themselves, and each says what it needs
            continue
        sentences = [one.text for one in page.said if len(one.text) > 60]
        assert len(sentences) == len(set(sentences)), file
        bodies = [one.rows for one in page.shown if one.rows]
        assert len(bodies) == len(set(bodies)), file


@pytest.mark.parametrize("name", ["two", "limit"])
def test_a_false_figure_in_a_pack_is_noticed(name: str) -> None:
    """The first figure of every table of simulations, and of every sentence that names them."""
    ledger, pages, _ = made(name)
    page, tried = pages["inspection.html"], 0
    for shown in page.shown:
        if "simulations" in shown.title and shown.rows:
            row = next(n for n, cells in enumerate(shown.rows) if any(map(is_figure, cells[1:])))
            place = next(n for n, cell in enumerate(shown.rows[row]) if n and is_figure(cell))
            cells = list(shown.rows[row])
            cells[place] = bent(cells[place])
            rows = (*shown.rows[:row], tuple(cells), *shown.rows[row + 1 :])
            assert list(tables_shown.faults(ledger, replace(shown, rows=rows))), shown.title
            tried += 1
    for said in page.said:
        if " of 10 simulations)" in said.text or "mean of the simulations" in said.text:
            figures = [one for one in said.text.split(". ") if any(map(str.isdigit, one))]
            if said.place.split()[-1] != "caption" and figures:
                wrong = Said("paper", said.place, bent(said.text.removeprefix("Figure ")))
                assert list(claiming.faults(ledger, wrong)), wrong.text
    assert tried >= 5


def is_figure(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and "20" not in cell
