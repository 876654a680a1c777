"""The workbook: round trips, and what is wrong named by sheet and cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.errors import TableError
from capacity.files.monthly import read_history
from capacity.reading.assumptions import register
from capacity.reading.scenario import Scenario, read, shipped
from capacity.start.first import Known, first
from capacity.workbook.filling import cells_of, made
from capacity.workbook.forms import EVERY, EXAMPLE, FIRST_ROW, FORMS, UNIT_SHEET
from capacity.workbook.reading import Imported, read_workbook
from tests.toys import toy

HOURS = "cohorts.a.duties.visit.hours"
NORFOLK = "norfolk-2024"
OFTEN = (NORFOLK, "three-offices", "court-orders-back", "online-child-abuse-2022")


def filled(name: str = NORFOLK) -> bytes:
    return made(cells_of(read(name)), None)


def imported(content: bytes) -> Imported:
    return read_workbook("unit.xlsx", content, "unit")


def altered(change: Callable[[Any], None], content: bytes | None = None) -> bytes:
    book = load_workbook(io.BytesIO(content or filled()))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def little(change: Callable[[Any], None], *more: str) -> bytes:
    """The workbook of a toy, a little changed."""
    scenario = read("toy.toml", files={"toy.toml": toy(*more)})
    return altered(change, made(cells_of(scenario), None))


def problems(change: Callable[[Any], None]) -> list[str]:
    """What is said of the workbook of a toy, a little changed."""
    with pytest.raises(TableError) as told:
        imported(little(change))
    return [str(one) for one in told.value.problems]


def values(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in the cells, the order of ranges and of other settings left aside."""
    book = load_workbook(io.BytesIO(content))
    found = {}
    for sheet in book.worksheets:
        rows = [tuple(row) for row in sheet.iter_rows(min_row=FIRST_ROW, values_only=True)]
        kept = [row for row in rows if any(cell is not None for cell in row)]
        mixed = sheet.title in ("Ranges", "More", "Moves")
        found[sheet.title] = sorted(kept, key=repr) if mixed else kept
    return found


# --- Round trips ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_a_workbook_comes_back_as_it_was(name: str) -> None:
    content = filled(name)
    again = imported(content)
    assert values(made(cells_of(again.scenario), None)) == values(content)


@pytest.mark.parametrize("lines", [1, 2])
def test_lists_of_tables_come_back_as_they_were(lines: int) -> None:
    funding = (
        '[[funding]]\nname = "Grant"\nteam = "t"\ngrade = "pc"\nuntil = 2025-03-31\n'
        'posts = { value = 1, low = 0.5, high = 2, source = "policy" }\nsource_of_funds = "grant"\n',
        '[[funding]]\nname = "Reserve"\nteam = "t"\npounds_per_year = 60000\n'
        'from = 2025-04-01\nsource_of_funds = "reserve"\n',
    )
    inflow = '[[inflows]]\nname = "Courts"\ncohort = "a"\nper_month = 1\nwithin_growth = true\n'
    known = '[[known]]\nmonth = "2025-01"\nmeasure = "completion"\nvalue = 0.9\ngive = 0.05\n'
    content = little(lambda book: None, *funding[:lines], inflow, known)
    again = imported(content)
    found = again.scenario.settings
    assert [one.name for one in found.funding] == ["Grant", "Reserve"][:lines]
    assert found.funding[0].posts is not None
    assert found.funding[0].posts.high == 2
    assert found.inflows[0].within_growth
    assert len(found.known) == 1
    assert values(made(cells_of(again.scenario), None)) == values(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["norfolk-2021", *OFTEN])
def test_a_scenario_plans_the_same_after_a_round_trip(name: str) -> None:
    ours, theirs = (
        stages.run(one, fixed=True) for one in (imported(filled(name)).scenario, read(name))
    )
    for measure in ("due", "done", "outstanding", "officers"):
        mine, other = (getattr(one.today.projection, measure) for one in (ours, theirs))
        np.testing.assert_allclose(mine, other, rtol=1e-12)
    assert ours.today.costs.total_real == pytest.approx(theirs.today.costs.total_real)


@pytest.mark.slow
def test_by_command_and_back(tmp_path: Path) -> None:
    def run(*arguments: object) -> str:
        result = CliRunner().invoke(app, [str(one) for one in arguments])
        assert result.exit_code == 0, result.output
        return result.output

    first, scenario, second = tmp_path / "a.xlsx", tmp_path / "unit.toml", tmp_path / "b.xlsx"
    run("template", first, "--from", "norfolk-2021", "--history", "synthetic-history")
    run("import", first, "-o", scenario)
    assert (tmp_path / "unit-history.csv").is_file()
    run("template", second, "--from", scenario)
    assert values(second.read_bytes()) == values(first.read_bytes())
    original = read_history("synthetic-history").figures
    ours = read_history(tmp_path / "unit-history.csv").figures
    assert [(f.month, f.series, f.value) for f in ours] == [
        (f.month, f.series, f.value) for f in original
    ]
    again = CliRunner().invoke(app, ["import", str(first), "-o", str(scenario)])
    assert again.exit_code == 2
    assert "must be a new file" in again.output


def test_what_was_not_read_and_looks_odd_is_told_by_command(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.create_sheet("Our own")

    like = (f'[cohorts.{name}]\nlike = "a"' for name in "bcd")
    (tmp_path / "w.xlsx").write_bytes(little(change, *like))
    out = tmp_path / "w.toml"
    run = CliRunner().invoke(app, ["import", str(tmp_path / "w.xlsx"), "-o", str(out)])
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith("Sheets not read: Our own.\n")
    assert "history" not in run.stdout
    assert not (tmp_path / "unit-history.csv").exists()
    assert list(read(out).settings.cohorts) == ["a", "b", "c", "d"]
    # Four cohorts are visited by one officer: three are told, one is counted.
    told = run.stderr.splitlines()
    assert [f"cohorts.{name}.duties.visit.crew: one officer" in told[n]
            for n, name in enumerate("abc")] == [True] * 3  # fmt: skip
    assert told[3:] == [f"warning: 1 more; `capacity check {out}` shows all"]


def test_the_empty_form_has_units_ranges_drop_downs_and_an_example() -> None:
    book = load_workbook(io.BytesIO(made(None, cells_of(read(NORFOLK)))))
    names = [UNIT_SHEET, *(form.sheet for form in EVERY)]
    assert [name for name in names if name not in book.sheetnames] == []
    shown = ("Cohorts", "Tiers", "Flow", "Moves", "Duties", "Other work", "Teams", "Grades")
    assert {f"{name}{EXAMPLE}" for name in shown} <= set(book.sheetnames)
    duties = book["Duties"]
    assert duties["D4"].value == "Times per year"
    assert duties["D5"].value == "per year"
    assert all(cell.value is None for row in duties.iter_rows(min_row=7) for cell in row)
    rules = [rule for sheet in book.worksheets for rule in sheet.data_validations.dataValidation]
    assert {"list", "decimal", "date"} <= {rule.type for rule in rules}
    assert book[f"Duties{EXAMPLE}"]["D7"].value is None  # the row for all tiers
    assert book[f"Duties{EXAMPLE}"]["D8"].value == 12


def test_nothing_of_the_example_is_imported() -> None:
    with pytest.raises(TableError) as told:
        imported(made(None, cells_of(read(NORFOLK))))
    assert "Unit!B7: Title: must be given" in str(told.value)


@pytest.mark.slow
def test_numbers_of_a_workbook_are_the_unit_s_own() -> None:
    cohort = imported(altered(without_ranges)).scenario.settings.cohorts["rso"]
    assert cohort.tiers["high"].cases.source == "local"


@pytest.mark.slow
def test_percents_may_be_typed_as_text() -> None:
    def change(book: Any) -> None:
        book["Grades"]["K7"] = "5 %"

    content = altered(change, altered(without_ranges))
    grade = imported(content).scenario.settings.teams["ppu"].grades["constable"]
    assert grade.sickness.value == 0.05


def test_yes_and_no_may_be_true_and_false() -> None:
    def change(book: Any) -> None:
        book["Grades"]["U7"] = True

    assert imported(little(change)).scenario.settings.teams["t"].grades["pc"].may_shrink is True


def test_a_title_may_be_a_whole_number() -> None:
    def change(book: Any) -> None:
        book["Unit"]["B7"] = 2025.0

    assert imported(little(change)).scenario.settings.title == "2025"


def test_a_history_is_written_by_months_without_its_blank_rows() -> None:
    def change(book: Any) -> None:
        sheet = book["History"]
        sheet["A7"], sheet["H7"] = date(2025, 4, 30), 3
        sheet["A10"], sheet["C10"], sheet["H10"], sheet["J10"] = "2025-05", "visit", 4.5, "91%"

    history = imported(little(change)).history
    assert history is not None
    assert history.splitlines() == [
        "month,cohort,duty,tier,cases,newly_due,due,done,outstanding,completion,in_date,on_time,"
        "longest_wait_months,entrants,exits,past_deadline",
        "2025-04,,,,,,,3,,,,,,,,",
        "2025-05,,visit,,,,,4.5,,91%,,,,,,",
    ]


QUEUES = """
[queues.refs]
team = "t"
arrivals_per_month = 12
growth_per_year = 0.1
classes = { high = 0.25, low = 0.75 }
hours = { high = 5, low = 3 }
waiting = { high = 2, low = 7 }
deadline_months = { high = 0, low = 2 }
lapses_after_months = 6
leads_to = [{ queue = "files", share = 0.5, lag_months = 1 }, { cohort = "a", tier = "hi", share = 0.1 }]
[queues.files]
team = "t"
hours = 8
arrivals_from = [{ cohort = "a", per_case_year = 0.2 }]
[[standards]]
name = "Referrals in time"
queue = "refs"
tiers = ["low"]
in_date = 0.9
"""


def test_queues_have_rows_for_classes_and_for_what_flows() -> None:
    book = load_workbook(io.BytesIO(little(lambda _: None, QUEUES)))

    def rows(sheet: str) -> list[tuple[Any, ...]]:
        found = book[sheet].iter_rows(min_row=FIRST_ROW, values_only=True)
        return [row for row in found if any(cell is not None for cell in row)]

    assert rows("Queues") == [("refs", None, "t", 12, 0.1), ("files", None, "t", None, None)]
    blank = (None,) * 4
    assert rows("Queue classes") == [
        ("refs", "all", None, None, *blank, None, None, None, 6),
        ("refs", "high", 0.25, 5, *blank, None, 2, 0, None),
        ("refs", "low", 0.75, 3, *blank, None, 7, 2, None),
        ("files", "all", None, 8, *blank, None, None, None, None),
    ]
    assert rows("Comes from") == [("files", "a", None, None, 0.2, None, None)]
    assert rows("Leads to") == [
        ("refs", None, None, "files", 0.5, 1, None),
        ("refs", "a", "hi", None, 0.1, None, None),
    ]


def test_what_is_typed_of_queues_is_read() -> None:
    """Files take 9 hours, and a third of referrals lead to one; the rest is as it was."""

    def change(book: Any) -> None:
        book["Queue classes"]["D10"], book["Leads to"]["E7"] = 9, "33%"

    settings = imported(little(change, QUEUES)).scenario.settings
    assert settings.queues["files"].hours["*"].value == 9
    assert settings.queues["refs"].leads_to[0].share.value == 0.33
    assert settings.queues["refs"].waiting["low"].value == 7
    assert settings.standards[-1].queue == "refs"


OF_QUEUES = [
    ("Queue classes", "D8", "long", 'Queue classes!D8: Lead officer\'s time (refs high): must be a number, got "long"'),
    ("Queue classes", "A8", "ref", 'Queue classes!A8: Queue: must be one of those on Queues: refs, files, got "ref"; use refs'),
    ("Queue classes", "C7", 0.5, "Queue classes!C7: Share of arrivals (refs all): must be given class by class, or left blank where there is one class"),
    ("Queue classes", "C8", 0.5, "Queues!A7: classes: must add up to 1, got 1.25"),
    ("Queue classes", "L9", 1.5, "Queue classes!L9: Closed unworked after (refs low): must be a whole number"),
    ("Queues", "C7", "u", "Queues!C7: Team (refs): must be a team of this scenario"),
    ("Queues", "D7", -1, "Queues!D7: Arrive per month (refs): must be at least 0"),
    ("Leads to", "A7", "gone", "Leads to!A7: Queue: must be one of those on Queues: refs, files"),
    ("Leads to", "D7", "gone", "Leads to!D7: To queue: must be a queue of this scenario"),
    ("Leads to", "E7", 2, "Leads to!E7: Share of what is completed: must be at least 0% and at most 100%: 2 would be 200%. Did you mean 2%?"),
    ("Comes from", "B7", None, "Comes from!"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "cell", "value", "must"), OF_QUEUES)
def test_what_is_wrong_with_queues_is_named(sheet: str, cell: str, value: Any, must: str) -> None:
    def change(book: Any) -> None:
        book[sheet][cell] = value

    with pytest.raises(TableError) as told:
        imported(little(change, QUEUES))
    assert must in str(told.value)


# --- Broken --------------------------------------------------------------------------------

BROKEN: list[tuple[str, str, Any, str]] = [
    ("Duties", "D8", "quarterly", 'Duties!D8: Times per year (rso visit very_high): must be a number, got "quarterly"'),
    ("Duties", "D9", 5, "Duties!D9: Times per year (rso visit high): must give a whole number of months between visits (12 ÷ 5 = 2.4), got 5; use 4 or 6"),
    ("Duties", "D9", -4, "Duties!D9: Times per year (rso visit high): must be at least 0 and at most 10000, got -4"),
    ("Duties", "F7", "=2+2", "Duties!F7: Lead officer's time (rso visit all): must be a value, not a formula"),
    ("Duties", "F7", "#N/A", "Duties!F7: Lead officer's time (rso visit all): must not be an error of the spreadsheet"),
    ("Duties", "F7", True, "Duties!F7: Lead officer's time (rso visit all): must be a number, got true"),
    ("Duties", "F7", date(2024, 1, 4), "Duties!F7: Lead officer's time (rso visit all): must be a number, got 2024-01-04"),
    ("Duties", "G7", 0, "Duties!G7: Officers needed (rso visit all): must be at least 1 and at most 100, got 0"),
    ("Duties", "I7", 1, "Duties!I7: Failed attempts (rso visit all): must be at least 0% and below 100%: 1 would be 100%. Did you mean 1%?"),
    ("Duties", "K7", 98, "Duties!K7: Can be seen in the month (rso visit all): must be at least 0% and at most 100%: 98 would be 9800%. Did you mean 98%?"),
    ("Duties", "L9", 1000, "Duties!L9: Overdue at the start (rso visit high): must be at most the cases of high (226), got 1000"),
    ("Duties", "L12", 3, "Duties!L12: Overdue at the start (rso visit reactive): must be 0 in reactive"),
    ("Duties", "A8", "rsos", 'Duties!A8: Cohort: must be one of those on Cohorts: rso, iom, dappa, got "rsos"; use rso'),
    ("Duties", "A8", None, "Duties!A8: Cohort: must be given"),
    ("Duties", "B8", None, "Duties!B8: Duty: must be given"),
    ("Duties", "B8", "home visit", "Duties!"),
    ("Duties", "C8", "Very High", 'Duties!C8: Tier: must be one of those on Tiers: very_high, high, medium, low, reactive, got "Very High"; use very_high'),
    ("Duties", "C9", "very_high", "Duties!C9: must be given once: Duties!C8 has it"),
    ("Duties", "D4", "Visits", 'Duties!A4: must have one column "Times per year", got 0'),
    ("Duties", "A4", "Group", 'Duties!A4: must have a row of titles that begins with "Cohort"'),
    ("Cohorts", "C7", "PPU", 'Cohorts!C7: Team (rso): must be a team of this scenario'),
    ("Cohorts", "C7", None, "Cohorts!C7: Team (rso): must be given"),
    ("Cohorts", "A7", "r s o", "Cohorts!"),
    ("Cohorts", "E7", "3 per cent", 'Cohorts!E7: Growth per year (rso): must be a number, got "3 per cent"'),
    ("Cohorts", "E7", -2, "Cohorts!E7: Growth per year (rso): must be above -1"),
    ("Cohorts", "F7", 9, "Cohorts!F7: New cases per month (rso): must have entrants_per_month alone, or"),
    ("Cohorts", "A8", "rso", "Cohorts!A8: must be given once: Cohorts!A7 has it"),
    ("Tiers", "D8", "many", 'Tiers!D8: Cases at the start (rso high): must be a number, got "many"'),
    ("Tiers", "D8", None, "Tiers!D8: Cases at the start (rso high): must be given"),
    ("Tiers", "D8", -1, "Tiers!D8: Cases at the start (rso high): must be at least 0, got -1"),
    ("Tiers", "E8", "n/a", "Tiers!E8: Of these under a court order (rso high): must be a number, or blank"),
    ("Tiers", "A8", "iomm", "Tiers!A8: Cohort: must be one of those on Cohorts"),
    ("Flow", "C8", 0.9, "Share of new cases"),
    ("Flow", "E7", 13, "Flow!E7: Leave per year (rso all): must be at least 0% and at most 1200%: 13 would be 1300%. Did you mean 13%?"),
    ("Moves", "B7", "reactiv", "Moves!B7: From tier: must be one of those on Tiers"),
    ("Moves", "C7", "very_high", "Moves!"),
    ("Moves", "D7", 13, "Moves!D7: Move per year (rso very_high high): must be at least 0 and at most 12, got 13"),
    ("Other work", "E7", "1h", 'Other work!E7: Time for one (rso risk_management_plans all): must be a number, got "1h"'),
    ("Other work", "C8", "lowest", "Other work!C8: Tier: must be one of those on Tiers"),
    ("Teams", "C7", -1, "Teams!C7: Most overtime for one FTE (ppu): must be at least 0, got -1"),
    ("Teams", "D7", 9, "Teams!D7: Overtime worked today (ppu): must be at most overtime_hours_per_fte_month (6), got 9"),
    ("Teams", "A7", "p.p.u", "Teams!"),
    ("Grades", "D7", None, "Grades!D7: In post (ppu constable): must be given"),
    ("Grades", "D7", "twenty", 'Grades!D7: In post (ppu constable): must be a number, got "twenty"'),
    ("Grades", "F7", 2, "Grades!F7: Time for cases (ppu constable): must be at least 0% and at most 100%: 2 would be 200%. Did you mean 2%?"),
    ("Grades", "G7", 200, "Grades!G7: Hours a week (ppu constable): must be above 0 and at most 168, got 200"),
    ("Grades", "N7", 2.5, "Grades!N7: Months to be accredited (ppu constable): must be a whole number"),
    ("Grades", "U7", "perhaps", 'Grades!U7: May posts be taken away? (ppu constable): must be yes or no, got "perhaps"'),
    ("Grades", "A7", "iop", "Grades!A7: Team: must be one of those on Teams: ppu, iom, dappa"),
    ("Costs", "C7", 70000, "must not be given beside the cost of a post"),
    ("Costs", "E7", 35.3, "Costs!E7: Employer's pension (ppu constable): must be at least 0% and at most 100%: 35.3 would be 3530%. Did you mean 35.3%?"),
    ("Costs", "B7", "sergent", "Costs!B7: Grade: must be one of those on Grades: constable, sergeant"),
    ("Standards", "E7", 95, "Standards!E7: Least completion: must be at least 0% and at most 100%: 95 would be 9500%. Did you mean 95%?"),
    ("Standards", "B7", "rs", "Standards!B7: Cohort: must be a cohort of this scenario"),
    ("Standards", "C7", "visits", "Standards!C7: Duty: must be a duty of rso"),
    ("Standards", "D7", "very_high, hih", "Standards!D7"),
    ("Standards", "I7", "week", 'Standards!I7: Tiers together?: must be yes or no, got "week"'),
    ("Standards", "J7", "week", "Standards!J7: Judged by: must be one of: month, quarter, year"),
    ("Standards", "K7", "soon", 'Standards!K7: From: must be a date such as 2024-09-30 or 30/09/2024, got "soon"'),
    ("Standards", "K7", date(2020, 1, 1), "Standards!K7: From: must not be before the start (2024-10), got 2020-01-01"),
    ("Standards", "F7", 0.9, "Standards!A7: must have exactly one of completion"),
    ("Standards", "A7", None, "Standards!A7: Name: must be given"),
    ("Standards", "A8", "Home visits", "Standards!A8: Name: must be a name of its own"),
    ("Lending", "B7", "iom", "Lending!B7: To team: must be another team than the lender"),
    ("Lending", "C7", 1.5, "Lending!C7: Most of the lender's hours: must be at least 0% and at most 100%: 1.5 would be 150%. Did you mean 1.5%?"),
    ("Loans and leave", "A7", "Leave", "Loans and leave!B7: Team: must be given"),
    ("Loans and leave", "A7", "Jane Doe", "Loans and leave!A7: What it is: must say what it is and"),
    ("Loans and leave", "A7", "Leave, Jane Doe", "Loans and leave!A7: What it is: must say what"),
    ("Loans and leave", "J7", "PC Doe", "Loans and leave!J7: Where from: must say what it is and"),
    ("New cases", "A7", "Convictions", "New cases!B7: Cohort: must be given"),
    ("Ranges", "A7", "cohorts.rso.growht", "Ranges!A7: Setting: must name a number of this workbook"),
    ("Flow", "D7", 9, "Flow!D7: New cases per month (rso all): must be given on Cohorts where it is for all tiers"),
    ("Ranges", "A8", "cohorts.rso.tiers.high.court_orders", "Ranges!A8: Setting: must name a number that is given"),
    ("Ranges", "B8", 0.9, "must have low ≤ value"),
    ("Ranges", "D7", "rumour", "Ranges!D7: Source (finance.discount_rate): must be an id of sources.csv"),
    ("More", "B7", "Home visit", "More!B7: cohorts.rso.hours_per_case_month_gives_way: must be a value as in a scenario file, text in quotes"),
    ("More", "B7", "1\ny = 2", "More!B7: cohorts.rso.hours_per_case_month_gives_way: must be one value"),
    ("More", "A7", "cohorts.rso.duties.visit.hours", "More!A7: must not be given twice: it has a cell of its own"),
    ("More", "A7", "events.1", "More!A7: must be events alone, its items one a row"),
    ("More", "A7", 5, "More!A7: must be given, as text"),
    ("More", "A7", "cohorts.rso.duties.visit.lable", "More!B7: cohorts.rso.duties.visit.lable: unknown setting"),
    ("Unit", "B7", None, "Unit!B7: Title: must be given"),
    ("Unit", "B9", "next year", 'Unit!B9: First month projected: must be a date such as 2024-09-30 or 30/09/2024, got "next year"'),
    ("Unit", "B10", 0, "Unit!B10: Months projected: must be a whole number, at least 1 and at most 600, got 0"),
    ("Unit", "B14", "2024", "Unit!B14: Financial year of the prices: must be a financial year such as 2024/25"),
    ("Unit", "B15", "fair", "Unit!B15: What falls behind first: must be one of: soft, strict, standards first"),
    ("Unit", "A9", "Start", 'must be "First month projected", as in the template'),
    ("History", "A7", "2024", 'History!A7: month: must be a month such as 2024-09, Sep-24 or September 2024, got "2024"'),
]  # fmt: skip


def test_there_are_enough_broken_workbooks() -> None:
    assert len(BROKEN) >= 60


def without_ranges(book: Any) -> None:
    book["Ranges"].delete_rows(FIRST_ROW, 500)


@pytest.fixture(scope="module")
def sound() -> bytes:
    return altered(without_ranges)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sheet", "cell", "value", "must"),
    [pytest.param(*one, id=str(n)) for n, one in enumerate(BROKEN)],
)
def test_what_is_wrong_is_named_by_sheet_and_cell(
    sheet: str, cell: str, value: Any, must: str, sound: bytes
) -> None:
    def change(book: Any) -> None:
        book[sheet][cell] = value
        if sheet == "History":
            book[sheet]["H7"] = 3

    content = altered(change, filled() if sheet == "Ranges" else sound)
    with pytest.raises(TableError) as told:
        imported(content)
    assert must in str(told.value)


def test_a_text_that_is_a_number_or_a_date_is_told_once() -> None:
    def change(book: Any) -> None:
        book["Unit"]["B7"] = 2.5
        book["Cohorts"]["A7"] = date(2025, 4, 1)

    told = problems(change)
    assert told[:2] == [
        "Unit!B7: Title: must be text, got 2.5",
        "Cohorts!A7: Cohort: must be text, got 2025-04-01",
    ]
    assert not any("must be given" in one for one in told if one.startswith("Cohorts!A7"))


def test_a_range_names_its_setting_once() -> None:
    def change(book: Any) -> None:
        sheet = book["Ranges"]
        sheet.delete_rows(FIRST_ROW, 50)
        sheet["A7"], sheet["B7"], sheet["C7"] = HOURS, 1, 3
        sheet["A8"], sheet["B8"], sheet["C8"] = HOURS, 1, 4
        sheet["A9"], sheet["B9"] = 5, 1

    assert problems(change) == [
        f'Ranges!A8: Setting: must be given once, got "{HOURS}"',
        "Ranges!A9: Setting: must be given, as text",
    ]


def test_every_formula_and_error_of_the_history_is_told_by_its_cell() -> None:
    def change(book: Any) -> None:
        sheet = book["History"]
        sheet["A7"], sheet["H7"] = "2025-04", "=1+1"
        sheet["A8"], sheet["H8"], sheet["I8"] = "2025-05", 3, "#N/A"

    assert problems(change) == [
        "History!H7: done: must be a value, not a formula: copy it and paste values only",
        "History!I8: outstanding: must not be an error of the spreadsheet",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("sheet", ["Unit", "Cohorts", "Tiers", "Duties", "Teams", "Grades"])
def test_a_sheet_that_was_renamed_is_asked_for(sheet: str, sound: bytes) -> None:
    def change(book: Any) -> None:
        book[sheet].title = f"{sheet} 2"

    with pytest.raises(TableError) as told:
        imported(altered(change, sound))
    assert f'{sheet}: must be a sheet of the workbook; use the name "{sheet}"' in str(told.value)


def test_every_problem_at_once_in_order_of_sheets(sound: bytes) -> None:
    def change(book: Any) -> None:
        book["Duties"]["D9"] = "often"
        book["Tiers"]["D8"] = "many"
        book["Grades"]["D7"] = "some"

    with pytest.raises(TableError) as told:
        imported(altered(change, sound))
    places = [problem.file for problem in told.value.problems]
    assert places == ["Tiers!D8", "Duties!D9", "Grades!D7"]


@pytest.mark.slow
def test_columns_may_be_moved_and_rows_put_in(sound: bytes) -> None:
    def change(book: Any) -> None:
        book["Duties"].insert_rows(2, 3)
        book["Duties"].insert_cols(4)
        book["Duties"]["D20"] = "our own remark"

    again = imported(altered(change, sound))
    assert again.scenario.settings == imported(sound).scenario.settings
    assert any("Not read" in note for note in again.notes)


# --- Hostile -------------------------------------------------------------------------------


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made_:
        for name, content in parts.items():
            made_.writestr(name, content)
    return out.getvalue()


def sound_parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(filled("norfolk-2021"))) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


HOSTILE: list[Any] = [
    (lambda: b"PK\x03\x04 not a workbook", "must be a sound XLSX workbook"),
    (lambda: filled()[:5000], "must be a sound XLSX workbook"),
    (lambda: archive({"a.xml": b"<a/>"}), "must be a sound XLSX workbook"),
    pytest.param(
        lambda: archive({**sound_parts(), "x.bin": b"0" * 350_000_000}),
        "must unpack to at most",
        marks=pytest.mark.slow,
    ),
    (lambda: archive({**sound_parts(), "x.bin": b"0" * 50_000_000}), "hundreds of times its size"),
    (lambda: archive({f"{n}.xml": b"" for n in range(3000)}), "at most 2000 parts"),
    (
        lambda: archive(
            {**sound_parts(), "xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}
        ),
        "must not define entities",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("content", "must"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_workbooks_are_refused(content: Callable[[], bytes], must: str) -> None:
    with pytest.raises(TableError, match=must):
        imported(content())


def test_a_cell_at_the_far_end_does_no_harm() -> None:
    book = Workbook()
    book.active.title = "Duties"
    book.active["XFD1048576"] = 1
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(TableError, match="Duties must have at most"):
        imported(out.getvalue())


def test_old_and_locked_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100)
    run = CliRunner().invoke(app, ["import", str(path), "-o", str(tmp_path / "x.toml")])
    assert run.exit_code == 2
    assert "old or an encrypted Excel file" in run.output
    assert not (tmp_path / "x.toml").exists()


def test_text_that_looks_like_a_formula_is_written_as_text() -> None:
    scenario = read(
        "x.toml",
        files={
            "x.toml": """
title = "=HYPERLINK(1)"
start = 2024-10-01
months = 3
[cohorts.c]
team = "t"
[cohorts.c.tiers.a]
cases = 3
[cohorts.c.duties.visit]
per_year = 1
[teams.t.grades.g]
in_post = 1
"""
        },
    )
    book = load_workbook(io.BytesIO(made(cells_of(scenario), None)))
    assert book["Unit"]["B7"].data_type == "s"


# --- What a unit reports, and what is likely a slip ----------------------------------------

OTHER = "cohorts.a.hours_per_case_month"


def test_other_work_left_blank_is_asked_for() -> None:
    def change(book: Any) -> None:
        book["Flow"]["F7"] = None

    assert problems(change) == [
        "Flow!F7: Other time per case per month (a): must be given: blank would count as no hours; "
        "use the hours, 0 if there are none, or the last reported share of visits on Unit, from "
        "which they are then worked out"
    ]


def reported(share: Any, measure: Any, hours: Any = None) -> Callable[[Any], None]:
    """0.75 of an officer has 130 hours per month; 80 visits of 2 hours are due, to 120 cases."""

    def change(book: Any) -> None:
        book["Flow"]["F7"] = hours
        book["Grades"]["D7"] = 0.75
        book["Unit"]["B16"], book["Unit"]["B17"] = share, measure

    return change


def test_other_work_left_blank_is_worked_out_from_the_reported_share() -> None:
    # 65% of 80 visits are 52, 104 hours: 26 are left for 120 cases, 0.217 each, 0.215 in steps.
    found = imported(little(reported(0.65, "completion")))
    hours = found.scenario.settings.cohorts["a"].hours_per_case_month["*"]
    assert hours.value == pytest.approx(0.215)
    assert hours.source == "fitted"
    assert (
        "Other time per case per month (a) was blank: 0.215 hours, so that the first month has the "
        "reported completion of 65%."
    ) in found.notes


def test_a_reported_share_that_the_figures_do_not_give_is_told() -> None:
    # Without other work 65 of 80 visits are done, 81%.
    found = imported(little(reported(0.65, "completion", 0)))
    assert (
        "By these figures the first month has completion of 81%, but 65% was reported: the hours, "
        "the people or the definition differ."
    ) in found.notes
    same = imported(little(reported(0.8, "completion", 0)))
    assert not any("was reported" in note for note in same.notes)


@pytest.mark.parametrize(
    ("share", "measure", "must"),
    [
        (0.65, None, 'Unit!B16: must be given with "Which share that is"'),
        (None, "in date", 'Unit!B17: must be given with "Last reported share of visits"'),
        (65, "in date", "Unit!B16: Last reported share of visits: must be above 0% and at most"),
        ("104%", "in date", "Unit!B16: Last reported share of visits: must be above 0%"),
        (
            0.0065,
            "in date",
            "Unit!B16: Last reported share of visits: would be 0.65%. Did you mean",
        ),
        (0.65, "monthly", "Unit!B17: Which share that is: must be one of: completion, in date"),
    ],
)
def test_a_reported_share_that_cannot_be_is_told_by_its_cell(
    share: Any, measure: Any, must: str
) -> None:
    assert any(one.startswith(must) for one in problems(reported(share, measure, 0)))


def test_tiers_left_without_other_work_are_named() -> None:
    def change(book: Any) -> None:
        book["Flow"]["B7"], book["Flow"]["F7"] = "hi", 0.5

    notes = imported(little(change)).notes
    assert (
        "Flow!F7: Other time per case per month (a) is blank for lo: counted as no hours." in notes
    )


def test_the_same_unit_is_the_same_by_the_workbook_as_by_the_first_scenario() -> None:
    cases = {"very_high": 12.0, "high": 110.0, "medium": 180.0, "low": 140.0, "reactive": 190.0}
    start = first(Known("A", date(2025, 4, 1), cases, 10.0, 24.0, 0.85, "completion")).scenario
    name = "cohorts.rso.hours_per_case_month"

    def change(book: Any) -> None:
        book["Flow"]["F7"] = None  # what nobody measured
        for row in book["Ranges"].iter_rows():
            if row[0].value == name:
                for cell in row:
                    cell.value = None
        book["Unit"]["B16"], book["Unit"]["B17"] = 0.85, "completion"

    ours = imported(altered(change, made(cells_of(start), None))).scenario
    mine, theirs = (stages.run(one, fixed=True) for one in (ours, start))
    assert ours.settings.cohorts["rso"].hours_per_case_month["*"].value == pytest.approx(
        start.settings.cohorts["rso"].hours_per_case_month["*"].value
    )
    late = [run.today.projection.outstanding for run in (mine, theirs)]
    np.testing.assert_allclose(*late, rtol=1e-9)


def test_a_slip_in_a_cell_is_asked_about_and_taken_when_it_is_confirmed() -> None:
    def change(book: Any) -> None:
        book["Cohorts"]["E7"] = 3
        book["Grades"]["D7"] = 100_000

    assert problems(change) == [
        "Cohorts!E7: Growth per year (a): 3 would be 300%. Did you mean 3%?; "
        'use 3%, or yes under "Right as it stands" on the sheet Ranges',
        "Grades!D7: In post (t pc): 100000 would be 100,000 FTE; usual is 0 to 2,000. "
        'Is that right?; use yes under "Right as it stands" on the sheet Ranges',
    ]

    def confirmed(book: Any) -> None:
        book["Cohorts"]["E7"] = 3
        book["Ranges"]["A7"], book["Ranges"]["F7"] = "cohorts.a.growth_per_year", "yes"

    scenario = imported(little(confirmed)).scenario
    growth = scenario.settings.cohorts["a"].growth_per_year
    assert growth is not None
    assert (growth.value, growth.confirmed) == (3, True)
    again = imported(made(cells_of(scenario), None)).scenario
    assert again.settings.cohorts["a"].growth_per_year == growth


def test_a_template_made_before_there_was_a_column_is_read() -> None:
    def change(book: Any) -> None:
        book["Unit"].delete_rows(16, 2)
        book["Ranges"].delete_cols(6)
        book["History"].delete_cols(14, 2)

    assert imported(little(change)).scenario.settings.title == "A toy"


def test_a_name_given_twice_is_told_by_the_cell_of_that_name() -> None:
    def change(book: Any) -> None:
        book["Tiers"]["B8"] = "hi"
        book["Flow"]["A8"], book["Flow"]["B8"] = "a", "all"

    told = problems(change)
    assert "Tiers!B8: must be given once: Tiers!B7 has it" in told
    assert "Flow!B8: must be given once: Flow!B7 has it" in told


def test_hidden_rows_and_merged_names_are_told_and_merged_figures_refused() -> None:
    def change(book: Any) -> None:
        book["Tiers"].row_dimensions[8].hidden = True
        book["Tiers"].merge_cells("A7:A8")  # one cohort over both its tiers

    found = imported(little(change))
    assert list(found.scenario.settings.cohorts["a"].tiers) == ["hi", "lo"]
    assert "Tiers: 1 row is hidden in the workbook; all were read." in found.notes
    assert "Tiers: 1 cell was filled from the merged cell that covers it." in found.notes

    def figures(book: Any) -> None:
        book["Tiers"].merge_cells("D7:D8")

    must = (
        "Tiers!D8: Cases at the start: must be given row by row: this cell is merged with another"
    )
    assert problems(figures) == [f"{must}, got 60"]


def test_a_share_typed_as_a_per_cent_without_its_sign_is_told_in_per_cent() -> None:
    place = next(form for form in FORMS if form.sheet == "Grades").columns
    at = next(n for n, one in enumerate(place) if one.key == "sickness")

    def change(book: Any) -> None:
        book["Grades"].cell(7, at + 1).value = 4.5

    (told,) = problems(change)
    assert told.endswith(
        "Sickness (t pc): must be at least 0% and at most 100%: 4.5 would be 450%. Did you mean 4.5%?; use 4.5%"
    )


def test_what_must_hold_of_a_growth_says_where_its_range_begins() -> None:
    """Growth may be below nothing, but not the loss of all."""

    def change(book: Any) -> None:
        book["Cohorts"]["E7"] = 45

    (told,) = problems(change)
    assert "must be above -100% and at most 1000%: 45 would be 4500%. Did you mean 45%?" in told


def test_titles_of_earlier_templates_are_read_as_they_are_called_now() -> None:
    """Whoever filled last year's template need not fill another: the same scenario comes of it."""
    earlier = {
        "Most overdue": "Most outstanding",
        "Leave per year": "Leave in a year",
        "Other time per case per month": "Other time a case a month",
        "Times per year": "Times a year",
        "Most cases per officer": "Most cases an officer",
        "What falls behind first": "What gives first",
    }
    content = filled()
    book = load_workbook(io.BytesIO(content))
    changed = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in earlier:
                    cell.value = earlier[cell.value]
                    changed += 1
    kept = io.BytesIO()
    book.save(kept)
    assert changed >= len(earlier)
    assert imported(kept.getvalue()).scenario.tree == imported(content).scenario.tree


# --- What a number rests on ------------------------------------------------------------------

RESTS = """
title = "A unit"
start = 2025-04-01
months = 24

[cohorts.a]
team = "t"
growth_per_year = { value = 0.03, low = 0.01, high = 0.05 }
entry_mix = { hi = 1 }
hours_per_case_month = 0.5
[cohorts.a.tiers]
hi = { cases = { value = 100, source = "local" }, risk_weight = { value = 3, source = "assumed", low = 1, high = 5 } }
[cohorts.a.duties.visit]
per_year = 12
hours = { value = 2, low = 1, high = 3, source = "judgement" }
gives_way = 0.2

[teams.t.grades.pc]
in_post = { value = 3, source = "policy", note = "board of May" }
cost_per_year = 50000

[[standards]]
name = "Visits"
cohort = "a"
duty = "visit"
completion = 0.9

[sizing]
confidence = 0.8
time_limit_seconds = 60
"""


def rests_on(one: Scenario) -> dict[str, tuple[object, ...]]:
    """Kind, source, range and note of every number."""
    return {
        each.setting: (each.value, each.kind, each.source, each.low, each.high, each.note)
        for each in register(one)
    }


def test_what_a_number_rests_on_comes_back_as_it_was() -> None:
    """With a cell of its own or on More; with a range or none; with a source, a word or nothing."""
    first = read("unit.toml", files={"unit.toml": RESTS})
    again = imported(made(cells_of(first), None)).scenario
    assert rests_on(again) == rests_on(first)
    assert rests_on(first)["cohorts.a.duties.visit.gives_way"][1] == "given"


def test_a_number_typed_in_a_workbook_is_the_unit_s_own() -> None:
    """Cases, hours and sickness are typed; nothing is said of them on Ranges."""

    def change(book: Any) -> None:
        for row in book["Ranges"].iter_rows(min_row=FIRST_ROW):
            if row[0].value == "teams.t.grades.pc.cost_per_year":
                row[0].value = row[3].value = None
        book["Costs"]["C7"] = 52000

    first = read("unit.toml", files={"unit.toml": RESTS})
    told = rests_on(imported(altered(change, made(cells_of(first), None))).scenario)
    assert told["teams.t.grades.pc.cost_per_year"][:3] == (52000, "local", "local")
    assert told["cohorts.a.duties.visit.per_year"][1] == "given"


# --- Figures that a scenario names -----------------------------------------------------------

PAST = "month,cohort,duty,tier,cases,due,done,outstanding\n" + "".join(
    f"2024-{month:02d},a,visit,hi,100,100,90,10\n" for month in range(1, 13)
)
SPENT = "month,team,budget,actual\n2025-04,t,13000,12500\n2025-05,t,13000,\n"
NAMES = """history = "ours.csv"
spend = "money/spend.csv"
"""


def with_figures() -> Scenario:
    text = RESTS.replace("start =", f"{NAMES}start =")
    files = {"unit.toml": text, "ours.csv": PAST, "money/spend.csv": SPENT}
    return read("unit.toml", files=files)


def test_a_workbook_carries_the_figures_that_its_scenario_names() -> None:
    first = with_figures()
    found = imported(made(cells_of(first), None))
    assert found.scenario.spend == first.spend
    assert found.scenario.past is not None
    assert first.past is not None
    mine, theirs = ([(f.month, f.series, f.value) for f in one.past.history.figures]
                    for one in (found.scenario, first))  # fmt: skip
    assert mine == theirs
    assert rests_on(found.scenario) == rests_on(first)
    assert found.spend == SPENT
    assert 'history = "unit-history.csv"' in found.text
    assert 'spend = "unit-spend.csv"' in found.text


def test_figures_of_a_workbook_are_written_beside_its_scenario(tmp_path: Path) -> None:
    (tmp_path / "w.xlsx").write_bytes(made(cells_of(with_figures()), None))
    out = tmp_path / "unit.toml"
    run = CliRunner().invoke(app, ["import", str(tmp_path / "w.xlsx"), "-o", str(out)])
    assert run.exit_code == 0, run.output
    assert (tmp_path / "unit-spend.csv").read_text() == SPENT
    assert read(out).spend == with_figures().spend
    out.unlink()
    run = CliRunner().invoke(app, ["import", str(tmp_path / "w.xlsx"), "-o", str(out)])
    assert run.exit_code == 2
    assert "unit-history.csv: must be a new file" in run.output


def test_a_history_that_no_scenario_names_is_for_a_fit() -> None:
    """The sheet History by itself does not make a scenario go on from it."""
    first = read("unit.toml", files={"unit.toml": RESTS})
    figures = with_figures().past
    assert figures is not None
    found = imported(made(cells_of(first, figures.history), None))
    assert found.scenario.past is None
    assert found.history is not None


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "must"),
    [
        ("Spend", "B7", "nobody", "Spend!B7: team: must be one of: t, got nobody"),
        ("Spend", "C7", "much", "Spend!C7: budget: must be a number, got much"),
        ("Spend", "C7", "=1+1", "Spend!C7: budget: must be a value, not a formula"),
    ],
)
def test_what_is_wrong_with_spend_is_named(sheet: str, cell: str, value: str, must: str) -> None:
    def change(book: Any) -> None:
        book[sheet][cell] = value

    with pytest.raises(TableError) as told:
        imported(altered(change, made(cells_of(with_figures()), None)))
    assert must in str(told.value)


def test_a_named_history_without_figures_is_asked_for() -> None:
    def change(book: Any) -> None:
        book["History"].delete_rows(FIRST_ROW, 50)

    with pytest.raises(TableError) as told:
        imported(altered(change, made(cells_of(with_figures()), None)))
    assert "history: must have its figures on the sheet History" in str(told.value)
