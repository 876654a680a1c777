"""A register to an opening position: exact at day 0, private, refused where it must be."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.errors import ScenarioError, TableError
from capacity.files.table_files import read_table
from capacity.reading.scenario import read
from capacity.register.count import Asked, count, grouped, values_of
from capacity.register.personal import titled
from capacity.register.words import notes
from tests.toys import toy

AS_AT = date(2024, 9, 30)
NORFOLK = "norfolk-2024"
EVERY = {"very_high": 1, "high": 3, "medium": 6, "low": 12}
HEADER = "Tier,Last visit,Next visit due,Last ARMS,Office,Officer code,Court order"


def rows(number: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    made = []
    for _ in range(number):
        tier = chance.choices([*EVERY, "reactive"], [2, 18, 30, 20, 30])[0]
        last = AS_AT - timedelta(days=chance.randint(0, 35 * EVERY.get(tier, 6)))
        due = last + timedelta(days=30 * EVERY.get(tier, 6)) if tier in EVERY else ""
        arms = AS_AT - timedelta(days=chance.randint(0, 400))
        officer = f"OM{chance.randint(1, 1 + number // 50):04d}"
        order = chance.choice(["yes", "no"])
        made.append(
            f"{tier},{last},{due},{arms},{chance.choice(['East', 'West'])},{officer},{order}"
        )
    return made


def register(folder: Path, lines: list[str], header: str = HEADER, name: str = "r.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def refused(folder: Path, lines: list[str], header: str = HEADER, **asked: object) -> str:
    sheet, scenario = read_table(register(folder, lines, header)), read(NORFOLK)
    with pytest.raises(TableError) as told:
        count(sheet, scenario, Asked(AS_AT, **asked))  # type: ignore[arg-type]
    return str(told.value)


def invoke(*arguments: str | Path) -> tuple[int, str]:
    run = CliRunner().invoke(app, [str(one) for one in arguments])
    return run.exit_code, run.output


# --- Exact ---------------------------------------------------------------------------------


def test_day_0_equals_the_register(tmp_path: Path) -> None:
    lines = rows(1255)
    path, out = register(tmp_path, lines), tmp_path / "ours.toml"
    code, text = invoke("import", path, "--as-at", "30/09/2024", "--into", NORFOLK, "-o", out)
    assert code == 0, text
    found = stages.run(read(out), fixed=True)
    model = found.model
    assert model.calendar.labels[0] == "2024-10"
    cells = [line.split(",") for line in lines]
    cases = Counter(cell[0] for cell in cells)
    opening = dict(zip([key.tier for key in model.tiers], model.caseloads.opening[0], strict=True))
    assert {tier: opening[tier] for tier in cases} == cases

    # By hand: who falls due in month t, were nobody to leave, move or arrive.
    still = {
        "cohorts.rso.growth_per_year": None,
        "cohorts.rso.moves_per_year": None,
        "cohorts.rso.exits_per_year": 0,
        "cohorts.rso.hours_per_case_month": 0,
        "teams.ppu.grades.constable.in_post": 1000,
        "teams.ppu.grades.constable.posts": 1000,
        "cohorts.rso.duties.visit.access_rate": 1,
    }
    run = stages.run(read(out).replace(still), fixed=True)
    for tier, interval in EVERY.items():
        due = [cell for cell in cells if cell[0] == tier]
        dates = [date.fromisoformat(cell[2]) for cell in due]
        late = sum(when <= AS_AT for when in dates)
        row = [(k.duty, k.tier) for k in run.model.rows].index(("visit", tier))
        waiting = run.today.projection.due[0, 0, row] - run.today.projection.newly_due[0, 0, row]
        assert waiting == pytest.approx(late)
        for month in range(min(interval, 6)):
            first = date(2024 + (9 + month) // 12, (9 + month) % 12 + 1, 1)
            falls = sum((d.year, d.month) == (first.year, first.month) and d > AS_AT for d in dates)
            newly = run.today.projection.newly_due[0, month, row]
            if month < interval - 1:
                assert newly == pytest.approx(falls), (tier, month)


def test_overdue_keep_their_months(tmp_path: Path) -> None:
    lines = ["high,,2024-09-02,", "high,,2024-06-30,", "high,,2024-06-01,", "high,,2024-12-01,"]
    sheet = read_table(register(tmp_path, lines, "Tier,Last visit,Next visit due,Last ARMS"))
    found = count(sheet, read(NORFOLK), Asked(AS_AT))
    counts = found.tiers["rso", "high"].duties["visit"]
    assert dict(counts.waits) == {0: 1, 3: 2}
    assert dict(counts.ages) == {0: 1}  # due in the third month of an interval of three


def test_a_last_visit_stands_where_no_due_date_does(tmp_path: Path) -> None:
    lines = ["medium,2024-09-15,", "medium,2024-04-15,", "medium,2024-03-31,", "medium,2023-12-01,"]
    sheet = read_table(register(tmp_path, lines, "Tier,Last visit,Next visit due"))
    counts = count(sheet, read(NORFOLK), Asked(AS_AT)).tiers["rso", "medium"].duties["visit"]
    assert dict(counts.ages) == {0: 1, 5: 1}
    assert dict(counts.waits) == {0: 1, 3: 1}  # due in September, and in June


def test_the_due_date_wins(tmp_path: Path) -> None:
    sheet = read_table(
        register(tmp_path, ["low,2023-01-01,2025-01-31"], "Tier,Last visit,Next visit due")
    )
    counts = count(sheet, read(NORFOLK), Asked(AS_AT)).tiers["rso", "low"].duties["visit"]
    assert dict(counts.ages) == {8: 1}
    assert not counts.waits


def test_a_case_without_dates_falls_due_at_once_and_is_told(tmp_path: Path) -> None:
    sheet = read_table(register(tmp_path, ["high,,"], "Tier,Last visit,Next visit due"))
    found = count(sheet, read(NORFOLK), Asked(AS_AT))
    assert dict(found.tiers["rso", "high"].duties["visit"].ages) == {2: 1}
    assert any("without any date" in note for note in found.notes)


def test_a_date_that_is_not_available_is_none(tmp_path: Path) -> None:
    lines = ["high,n/a", "high,-", "high,2024-09-10"]
    found = count(
        read_table(register(tmp_path, lines, "Tier,Last visit")), read(NORFOLK), Asked(AS_AT)
    )
    assert dict(found.tiers["rso", "high"].duties["visit"].ages) == {2: 2, 0: 1}
    assert "visit: 2 cases without any date: taken as due in the first month." in found.notes


def test_the_first_of_a_month_is_its_beginning() -> None:
    assert Asked(date(2024, 10, 1)).start == Asked(AS_AT).start == date(2024, 10, 1)
    assert Asked(date(2024, 12, 31)).start == date(2025, 1, 1)


def test_officers_and_offices_leave_counts_only(tmp_path: Path) -> None:
    path = register(tmp_path, rows(600))
    out = tmp_path / "ours.toml"
    code, text = invoke("import", path, "--as-at", "2024-09-30", "--into", NORFOLK, "-o", out)
    assert code == 0, text
    assert "13 officers carry" in text
    assert "over 50" in text
    assert "OM0" not in text + out.read_text(encoding="utf-8")


SPREAD = """
title = "Unit"
start = 2024-10-01
months = 12
[cohorts.c]
team = "t"
tiers = { hi = { cases = 1 }, lo = { cases = 1 } }
duties.visit = { per_year = { hi = 12, lo = 6 }, hours = 2 }
[teams.t.grades.g]
in_post = 3
"""


def test_the_spread_of_caseloads_is_read_off_officers(tmp_path: Path) -> None:
    """A case of the first tier asks for 2 hours a month, of the second for 1.

    Officers have 4 (two of the first), 4 (one and two) and 1: mean 3, variance (1 + 1 + 4) ÷ 3 = 2.
    The spread is √2 ÷ 3 = 0.471.
    """
    lines = ["hi,2024-09-10,X1", "hi,2024-09-10,X1", "hi,2024-09-10,X2"]
    lines += ["lo,2024-09-10,X2", "lo,2024-09-10,X2", "lo,2024-09-10,X3", "lo,2024-09-10,"]
    path = register(tmp_path, lines, "Tier,Last visit,Officer code")
    into, out = tmp_path / "unit.toml", tmp_path / "ours.toml"
    into.write_text(SPREAD)
    code, text = invoke("import", path, "--as-at", "2024-09-30", "--into", into, "-o", out)
    assert code == 0, text
    assert "differ between the officers of t by 47% of their mean" in " ".join(text.split())
    spread = read(out).settings.teams["t"].caseload_spread
    assert spread.value == 0.471
    assert (spread.source, spread.note) == ("local", "register as at 30 September 2024, 3 officers")
    assert not any(one in text + out.read_text(encoding="utf-8") for one in ("X1", "X2", "X3"))


def test_two_officers_have_no_spread(tmp_path: Path) -> None:
    """What two officers have between them would tell what each has."""
    lines = ["hi,2024-09-10,X1", "lo,2024-09-10,X2"]
    path = register(tmp_path, lines, "Tier,Last visit,Officer code")
    into, out = tmp_path / "unit.toml", tmp_path / "ours.toml"
    into.write_text(SPREAD)
    code, text = invoke("import", path, "--as-at", "2024-09-30", "--into", into, "-o", out)
    assert code == 0, text
    assert "caseload_spread" not in text + out.read_text(encoding="utf-8")


def test_offices_become_cohorts(tmp_path: Path) -> None:
    sheet = read_table(register(tmp_path, rows(100)))
    asked = Asked(AS_AT, offices={"East": "rso_east", "West": "rso_west"})
    found = count(sheet, read("three-offices"), asked)
    assert {cohort for cohort, _ in found.tiers} == {"rso_east", "rso_west"}


def test_a_column_of_cohorts_parts_the_cases_and_their_duties(tmp_path: Path) -> None:
    lines = ["RSO,high,2024-09-10,", "iom,red,,2024-09-12", "iom,red,,2024-07-30"]
    sheet = read_table(register(tmp_path, lines, "Scheme,Tier,Last visit,Date of last contact"))
    scenario = read(NORFOLK)
    found = count(sheet, scenario, Asked(AS_AT, cohort="rso"))
    assert {key: one.cases for key, one in found.tiers.items() if one.cases} == {
        ("rso", "high"): 1,
        ("iom", "red"): 2,
    }
    assert found.read == (("rso", "visit"), ("iom", "contact"))
    values = values_of(found, scenario)
    assert list(values["rso"]["duties"]) == ["visit"]
    assert list(values["iom"]["duties"]) == ["contact"]


def test_columns_can_be_named_and_tiers_be_short(tmp_path: Path) -> None:
    header = "Level,Seen,Due again"
    path = register(
        tmp_path, ["VH,03/09/2024,03/10/2024", "Very High,04/09/2024,04/10/2024"], header
    )
    sheet = read_table(path)
    columns = {"tier": "level", "visit.last": "Seen", "visit.due": "Due again"}
    found = count(sheet, read(NORFOLK), Asked(AS_AT, columns=columns))
    assert found.tiers["rso", "very_high"].cases == 2


def test_columns_and_offices_can_be_named_by_command(tmp_path: Path) -> None:
    into = tmp_path / "two.toml"
    into.write_text(toy('[cohorts.b]\nlike = "a"'), encoding="utf-8")
    lines = ["High,03/09/2024,East", "lo,13/09/2024,East", "hi,14/09/2024,West"]
    path, out = register(tmp_path, lines, "Level,Seen,Where"), tmp_path / "ours.toml"
    given = ["--columns", "tier = Level, visit.last = Seen", "--columns", "office=Where"]
    given += ["--offices", "East=a", "--offices", "West=b", "-o", str(out)]
    code, text = invoke("import", path, "--as-at", "30/09/2024", "--into", into, *given)
    assert code == 0, text
    cohorts = read(out).settings.cohorts
    cases = {(c, t): cohorts[c].tiers[t].cases.value for c in ("a", "b") for t in ("hi", "lo")}
    assert cases == {("a", "hi"): 1, ("a", "lo"): 1, ("b", "hi"): 1, ("b", "lo"): 0}
    assert "By office: East 2 and West 1." in text


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Tier", "Next visit due"])
    book.active.append(["high", date(2024, 11, 5)])
    book.save(tmp_path / "r.xlsx")
    found = count(read_table(tmp_path / "r.xlsx"), read(NORFOLK), Asked(AS_AT))
    assert dict(found.tiers["rso", "high"].duties["visit"].ages) == {1: 1}


@pytest.mark.slow
def test_ten_times_the_rows_take_ten_times_as_long(tmp_path: Path) -> None:
    """200,000 rows, which take two to three seconds, against 20,000; no limit in seconds, since
    machines differ."""
    scenario, some = read(NORFOLK), rows(20_000)

    def seconds(lines: list[str]) -> float:
        path = register(tmp_path, lines)
        before = time.process_time()
        values_of(count(read_table(path), scenario, Asked(AS_AT)), scenario)
        return time.process_time() - before

    assert seconds(some * 10) < 20 * seconds(some)


# --- Small counts --------------------------------------------------------------------------


def test_small_counts_are_suppressed(tmp_path: Path) -> None:
    path, out = register(tmp_path, rows(300)), tmp_path / "shared.toml"
    given = ("--as-at", "2024-09-30", "--into", NORFOLK, "-o", out, "--suppress-below", "5")
    code, text = invoke("import", path, *given)
    assert code == 0, text
    assert "fewer than 5" in text
    cohort = read(out).settings.cohorts["rso"]
    for duty in cohort.duties.values():
        for table in (duty.opening_ages, duty.overdue_ages):
            for ages in table.values():
                assert sum(ages) >= 4.9


def test_months_with_few_are_put_together() -> None:
    assert grouped({0: 9, 1: 2, 2: 7}, 0) == [9, 2, 7]
    shared = grouped({0: 9, 1: 2, 2: 7, 3: 0, 4: 8}, 5)
    assert sum(shared) == pytest.approx(26)
    assert 2 not in shared


def test_few_at_the_end_are_put_to_those_before() -> None:
    # Months 1 and 2 hold 2 together, which is still few: they go to the 9 of month 0.
    assert grouped({0: 9, 1: 0, 2: 2}, 5) == pytest.approx([11 / 3] * 3, abs=1e-6)


def test_overdue_do_not_tell_how_few_are_not(tmp_path: Path) -> None:
    lines = ["high,2024-08-15"] * 10 + ["high,2024-12-15"] * 2
    sheet, scenario = read_table(register(tmp_path, lines, "Tier,Next visit due")), read(NORFOLK)
    values = values_of(count(sheet, scenario, Asked(AS_AT, suppress_below=5)), scenario)
    visit = values["rso"]["duties"]["visit"]
    # Of 12 cases 1 to 4 are not overdue: 8 to 11 are, and 12 − 2½ stands for them.
    told = {key: visit["overdue"]["high"][key] for key in ("value", "low", "high")}
    assert told == {"value": 9.5, "low": 8, "high": 11}
    assert visit["overdue_ages"]["high"] == [0, 9.5]
    assert "high" not in visit.get("opening_ages", {})


# --- Private -------------------------------------------------------------------------------

SECRET = "Zebedee"


def test_a_register_with_names_is_refused_and_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, place = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setenv("CAPACITY_TRACE", "1")
    lines = [f"{SECRET} Smith{n},{line}" for n, line in enumerate(rows(50))]
    for header in (f"Name,{HEADER}", f"Ref,{HEADER}", f"Tier holder,{HEADER}"):
        path = register(source, lines, header)
        code, text = invoke("import", path, "--as-at", "2024-09-30", "--into", NORFOLK)
        assert code == 2, (header, text)
        assert SECRET not in text
        assert "must not identify a person" in text
    left = [p for p in place.rglob("*") if p.is_file()]
    assert left == []
    assert not any(SECRET in p for p in os.listdir(place))


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("Surname", ["x", "y"]),
        ("DOB", ["1970-01-01"]),
        ("Date of birth", [""]),
        ("home address", ["1"]),
        ("Postcode", ["1"]),
        ("Post code", ["1"]),
        ("National insurance no", ["1"]),
        ("PNC ID", ["1"]),
        ("ViSOR no", ["1"]),
        ("CRO", ["1"]),
        ("ViSORNumber", ["90000001"]),
        ("NHSNumber", ["4000000001"]),
        ("PNCNumber", ["1"]),
        ("NOMSNumber", ["1"]),
        ("CRONo", ["1"]),
        ("N.H.S. number", ["1"]),
        ("visornumber", ["1"]),
        ("Person", ["1"]),
        ("Who", ["Doe Jane 01/02/1970", "Roe Ann 3/4/65"]),
        ("Who", ["1970-02-01 Doe"]),
        ("Nominal", ["1"]),
        ("Mobile", ["1"]),
        ("Comments", ["seen"]),
        ("NI number NINO", ["1"]),
        ("Reference", ["2001/1234567X"]),
        ("Reference", ["01/12345X"]),
        ("Area", ["NR1 1AA"]),
        ("Where", ["12, High Street"]),
        ("Reached at", ["a.b@c.org"]),
        ("Reached at", ["07700900123"]),
        ("Key", ["AB123456C"]),
        ("Key", ["Smith, John", "Jones, Ann", "Brown, Tom", "White, Sue"]),
        ("Some date", ["1961-02-03", "1975-05-06", "1958-07-08", "1949-01-02"]),
    ],
)
def test_columns_that_tell_who_somebody_is_are_refused(
    title: str, cells: list[str], tmp_path: Path
) -> None:
    lines = [f'{line},"{cells[n % len(cells)]}"' for n, line in enumerate(rows(12))]
    told = refused(tmp_path, lines, f"{HEADER},{title}")
    assert "column 8: looks like" in told
    assert not any(len(cell) > 3 and cell in told for cell in cells)


def test_a_column_of_surnames_is_refused(tmp_path: Path) -> None:
    letters = "bcdfghklmn"
    names = [f"{a.upper()}ar{b}ow" for a in letters for b in letters]
    lines = [f"high,2024-09-10,{name}" for name in names]
    told = refused(tmp_path, lines, "Tier,Last visit,Ref")
    assert "column 3: looks like names; a register must not identify a person" in told
    assert not any(name in told for name in names)


def test_officers_may_be_codes_and_not_names(tmp_path: Path) -> None:
    named = [line.replace("OM", "Ann Smith") for line in rows(30)]
    assert "names of officers: give codes instead" in refused(tmp_path, named)


@pytest.mark.parametrize(
    "title",
    ["Tier", "Next visit due", "Office", "Officer code", "Last ARMS", "Case ref", "Order in force"],
)
def test_harmless_titles_are_harmless(title: str) -> None:
    assert titled(title) is None


def test_problems_name_rows_and_never_what_stands_in_them(tmp_path: Path) -> None:
    lines = [*rows(20), f"{SECRET},2024-01-01,2024-02-01,2024-01-01,East,OM1,no"]
    told = refused(tmp_path, [*lines, lines[-1]])
    assert "rows 22, 23: tier: must be one of: very_high" in told
    assert SECRET not in told


# --- Which rows are cases ------------------------------------------------------------------


def imported(folder: Path, lines: list[str], header: str, *more: str) -> tuple[int, str]:
    """What `capacity import` says of a register, on one line."""
    path = register(folder, lines, header)
    given = ["--as-at", "2024-09-30", "--into", NORFOLK, "-o", str(folder / "out.toml")]
    code, text = invoke("import", path, *given, *more)
    return code, " ".join(text.split())


SEVERAL = ["R001,SHPO,High,2024-08-12", "R001,NO,High,2024-08-12", "R002,SHPO,Low,2024-02-03"]
SEVERAL += ["R003,,Low,2024-05-05", "R003,SHPO,Low,2024-05-05"]
CASES = "Case ref,Order type,Tier,Last visit"


def test_a_case_in_several_rows_counts_once_when_the_column_is_named(tmp_path: Path) -> None:
    code, text = imported(tmp_path, SEVERAL, CASES, "--columns", "case=Case ref")
    assert code == 0, text
    tiers = read(tmp_path / "out.toml").settings.cohorts["rso"].tiers
    assert (tiers["high"].cases.value, tiers["low"].cases.value) == (1, 2)
    assert "2 rows are of a case counted already." in text


def test_references_that_repeat_are_warned_of(tmp_path: Path) -> None:
    code, text = imported(tmp_path, SEVERAL, CASES)
    assert code == 0
    assert "Case ref: 3 different values in 5 rows, each row counted as a case." in text
    assert '--columns case="Case ref" counts each of its values once.' in text
    assert "R001" not in text
    once = [SEVERAL[0], SEVERAL[2], SEVERAL[3]]
    (tmp_path / "out.toml").unlink()
    assert "different values" not in imported(tmp_path, once, CASES)[1]


def test_rows_of_a_case_must_agree_and_any_of_them_may_have_an_order(tmp_path: Path) -> None:
    lines = ["R1,high,2024-09-01,no", "R2,low,2024-09-01,no", "R1,high,2024-09-01,yes"]
    sheet = read_table(register(tmp_path, lines, "Ref,Tier,Last visit,Court order"))
    found = count(sheet, read(NORFOLK), Asked(AS_AT, columns={"case": "Ref"}))
    assert (found.rows, found.tiers["rso", "high"].orders) == (2, 1)
    lines = [*lines, "R1,low,2024-09-02,no", ",low,2024-09-02,no"]
    told = refused(tmp_path, lines, "Ref,Tier,Last visit,Court order", columns={"case": "Ref"})
    assert "row 5: tier: must be that of the case's first row" in told
    assert "row 5: visit.last: must be that of the case's first row" in told
    assert "row 6: case: must be given" in told


HELD = ["High,2024-08-12,Community", "High,2024-01-10,Custody", "Low,2024-02-03,Community"]
HELD += ["Low,2024-02-03,Closed"]


def test_only_some_rows_are_counted_and_columns_not_read_are_named(tmp_path: Path) -> None:
    code, text = imported(tmp_path, HELD, "Tier,Last visit,Location")
    assert code == 0
    assert "Columns not read: Location." in text
    assert "--only TITLE=VALUE counts some rows only." in text
    (tmp_path / "out.toml").unlink()
    code, text = imported(
        tmp_path, HELD, "Tier,Last visit,Location", "--only", "Location=community"
    )
    assert code == 0, text
    assert "2 cases, as at" in text
    assert "Only Location=community: 2 rows not counted." in text
    visit = read(tmp_path / "out.toml").settings.cohorts["rso"].duties["visit"]
    assert {tier: one.value for tier, one in visit.overdue.items() if one.value} == {}
    (tmp_path / "out.toml").unlink()
    both = ("--only", "Location=Community", "--only", "Location=Custody")
    assert "3 cases, as at" in imported(tmp_path, HELD, "Tier,Last visit,Location", *both)[1]


@pytest.mark.parametrize(
    ("only", "must"),
    [
        ("Location=Prison", "--only: Location: must be a value that stands in this column"),
        ("Place=Custody", "--only: Place: must be the title of one column of the register"),
        ("Location", "--only: must be a column and a value such as Location=Community"),
    ],
)
def test_only_what_is_there_can_be_chosen(only: str, must: str, tmp_path: Path) -> None:
    code, text = imported(tmp_path, HELD, "Tier,Last visit,Location", "--only", only)
    assert code == 2
    assert must in text
    assert not (tmp_path / "out.toml").exists()


def test_row_numbers_are_those_of_the_file_whatever_is_left_out(tmp_path: Path) -> None:
    lines = ["high,2024-09-01,out", ",,", "wrong,2024-09-01,in", "high,1900-01-01,in"]
    told = refused(tmp_path, lines, "Tier,Last visit,Where", only={"Where": ("in",)})
    assert "row 4: tier: must be one of" in told
    assert "row 5: visit.last: must not be more than 10 years before the register" in told


def test_dates_that_stand_for_none_or_are_mistyped_are_asked_about(tmp_path: Path) -> None:
    """1900 stands for none, 2004 is mistyped for 2024; one that is meant can be confirmed."""
    lines = ["High,2024-08-12", "High,1900-01-01", "Low,2004-02-03", "Low,2024-05-05"]
    told = refused(tmp_path, lines, "Tier,Last visit")
    assert "rows 3, 4: visit.last: must not be more than 10 years before the register" in told
    assert "use --oldest DATE if it is meant as it stands" in told
    assert "1900" not in told
    sheet = read_table(register(tmp_path, [lines[0], *lines[2:]], "Tier,Last visit"))
    found = count(sheet, read(NORFOLK), Asked(AS_AT, oldest=date(2004, 1, 1)))
    # Every 12 months: due in February 2005, at the end of September 2024 235 whole months ago.
    assert dict(found.tiers["rso", "low"].duties["visit"].waits) == {235: 1}
    told = refused(tmp_path, ["High,2044-08-12"], "Tier,Next visit due")
    assert "row 2: visit.due: must not be more than 10 years after the register" in told


def test_last_month_s_register_with_this_month_s_date_is_asked_about(tmp_path: Path) -> None:
    """40 cases seen up to 31 July: odd at the end of September, as it should be in August."""
    lines = [f"low,2024-0{4 + n % 4}-{n % 28 + 1:02d}" for n in range(39)] + ["low,2024-07-31"]
    sheet, scenario = read_table(register(tmp_path, lines, "Tier,Last visit")), read(NORFOLK)
    asked = "is 2024-09-30 the day it stands at?"
    assert asked in " ".join(count(sheet, scenario, Asked(AS_AT)).notes)
    assert not count(sheet, scenario, Asked(date(2024, 8, 31))).notes


def test_a_sheet_is_named_where_two_have_the_columns(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Cover"
    book.active.append(["A made-up register"])
    for title, cases in (("Norwich", 2), ("Yarmouth", 3)):
        sheet = book.create_sheet(title)
        sheet.append(["Tier", "Last visit", "Days since"])
        for _ in range(cases):
            sheet.append(["high", date(2024, 9, 1), "=TODAY()-B2"])
    book.save(tmp_path / "r.xlsx")
    given = ["--as-at", "2024-09-30", "--into", NORFOLK, "-o", str(tmp_path / "out.toml")]
    code, text = invoke("import", tmp_path / "r.xlsx", *given)
    assert code == 2
    assert "Norwich and Yarmouth both have the columns" in text
    code, text = invoke("import", tmp_path / "r.xlsx", *given, "--sheet", "yarmouth")
    assert code == 0, text
    assert "3 cases, as at" in text


@pytest.mark.parametrize("name", ["", " "])
def test_a_file_without_a_name_is_refused(name: str, tmp_path: Path) -> None:
    path = register(tmp_path, rows(5))
    given = ["--as-at", "2024-09-30", "--into", NORFOLK]
    code, text = invoke("import", path, *given, "-o", name)
    assert code == 2
    assert "-o: must be the name of a file" in text


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    given = ["--as-at", "2024-09-30", "--into", NORFOLK, "-o", str(tmp_path / "out.toml")]
    code, text = invoke("import", tmp_path / "pipe", *given)
    assert code == 2
    assert "must be a file, not a pipe or a device" in text
    assert "must be a file, not a pipe" in invoke("import", tmp_path / "pipe", *given[-2:])[1]


BROKEN = [
    (["high,2024-09-01,01/10/2024", "high,2024-09-01,2024-10-02"], "dates in one form"),
    (["high,09/30/2024,"], "row 2: visit.last: must be day first"),
    (["high,1/9/24,"], "row 2: visit.last: must be a date"),
    (["high,20240,"], "row 2: visit.last: must be a date"),
    (["high,2024-10-05,"], "row 2: visit.last: must not be after the register's own date"),
    (["high,2024-09-31,"], "row 2: visit.last: must be a date"),
    ([",2024-09-01,"], "row 2: tier: must be one of"),
    ([], "must have a row for each case"),
]


@pytest.mark.parametrize(
    ("header", "line", "must"),
    [
        ("Remark,Last visit", "high,2024-09-01", "must have a column for the tier, titled one of"),
        ("Tier,Remark", "high,x", "must have a column with dates of last visits or of next ones"),
        ("Tier,Last visit", "high,2024-09-01", "must have a column for the office"),
    ],
)
def test_a_column_that_is_missing_is_asked_for(
    header: str, line: str, must: str, tmp_path: Path
) -> None:
    asked = {"offices": {"East": "rso"}} if "office" in must else {}
    assert must in refused(tmp_path, [line], header, **asked)


def test_dates_in_two_forms_are_refused(tmp_path: Path) -> None:
    lines = ["high,2024-09-01", "high,01/09/2024"]
    told = refused(tmp_path, lines, "Tier,Last visit")
    assert "(the whole column): must be dates in one form, not ISO and UK mixed" in told


def test_a_fault_of_ours_tells_nothing_of_the_register(tmp_path: Path) -> None:
    """Rows of unequal length cannot come from a file; should they ever, no name gets out."""
    sheet = read_table(register(tmp_path, ["high,2024-09-01"], "Tier,Last visit"))
    ragged = replace(sheet, rows=[*sheet.rows, ["Jane Doe"]])
    with pytest.raises(TableError) as told:
        count(ragged, read(NORFOLK), Asked(AS_AT))
    assert "cannot be counted: this is a bug, reported without the contents of the row" in str(
        told.value
    )
    assert "Doe" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize(("lines", "must"), BROKEN)
def test_broken_registers_are_refused(lines: list[str], must: str, tmp_path: Path) -> None:
    assert must in refused(tmp_path, lines, "Tier,Last visit,Next visit due")


def test_uk_dates_without_a_day_above_12_are_not_guessed(tmp_path: Path) -> None:
    lines = [f"low,,{n % 12 + 1:02d}/{n // 12 + 1:02d}/2025" for n in range(60)]
    header = "Tier,Last visit,Next visit due"
    assert "say so with --dates uk" in refused(tmp_path, lines, header)
    sheet = read_table(register(tmp_path, lines, header))
    assert count(sheet, read(NORFOLK), Asked(AS_AT, dates="uk")).rows == 60


def test_columns_that_are_missing_are_asked_for(tmp_path: Path) -> None:
    assert "--columns tier=TITLE" in refused(tmp_path, ["high"], "What")
    assert "--columns visit.due=TITLE" in refused(tmp_path, ["high"], "Tier")
    told = refused(tmp_path, rows(3), columns={"tier": "Band"})
    assert "--columns: tier: must be the title of one column of the register, got Band" in told


def test_columns_that_mean_nothing_or_the_same_are_told(tmp_path: Path) -> None:
    told = refused(tmp_path, rows(3), columns={"visits": "Last visit"})
    assert "--columns: visits: must be one of: tier, case, cohort, office, officer, " in told
    told = refused(tmp_path, ["high,low,2024-09-01"], "Tier,Risk,Last visit")
    assert told == "r.csv: column 2: is the second column for tier; use --columns"


def test_an_office_of_a_cohort_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, rows(20), offices={"East": "rso", "West": "west"})
    assert "--offices: West: must be one of: rso, iom, dappa, got west" in told


def test_caseloads_are_held_against_a_limit_only_where_there_is_one(tmp_path: Path) -> None:
    lines = [f"high,2024-09-10,OM{n % 3 % 2}" for n in range(120)]
    sheet = read_table(register(tmp_path, lines, "Tier,Last visit,Officer code"))
    carry = "2 officers carry 60 cases each on average, 80 at most."
    limited, free = read(NORFOLK), read("norfolk-2021")
    assert list(notes(count(sheet, limited, Asked(AS_AT)), limited)) == [
        carry,
        "50% of them are over 50.",
    ]
    assert list(notes(count(sheet, free, Asked(AS_AT)), free)) == [carry]


def test_one_case_and_one_officer_are_told_in_words_that_agree(tmp_path: Path) -> None:
    header, scenario = "Tier,Last visit,Officer code", read("norfolk-2021")
    sheet = read_table(register(tmp_path, ["high,,OM1", "high,2024-09-10,OM1"], header))
    assert list(notes(count(sheet, scenario, Asked(AS_AT)), scenario)) == [
        "1 officer carries 2 cases.",
        "visit: 1 case without any date: taken as due in the first month.",
    ]
    assert list(notes(count(sheet, scenario, Asked(AS_AT, suppress_below=5)), scenario)) == [
        "Fewer than 5 officers carry fewer than 5 cases each on average, fewer than 5 at most.",
        "visit: fewer than 5 cases without any date: taken as due in the first month.",
    ]


@pytest.mark.parametrize(
    ("arguments", "must"),
    [
        (["--into", NORFOLK], "--as-at: must be given"),
        (["--as-at", "2024-09-30"], "--into: must be given"),
        (["--as-at", "9/30/24", "--into", NORFOLK], "--as-at: must be a date"),
        (["--as-at", "-", "--into", NORFOLK], "--as-at: must be a date, got -"),
        (["--columns", "tier=Risk"], "--into: must be given for a register, with --as-at"),
        (["--suppress-below", "5"], "--into: must be given for a register, with --as-at"),
        ([], "-o: must be given: the scenario to write"),
        (["--as-at", "2024-09-30", "--into", NORFOLK, "--dates", "us"], "must be iso or uk"),
        (["--as-at", "2024-09-30", "--into", NORFOLK, "--columns", "tier"], "must be pairs"),
        (["--as-at", "2024-09-30", "--into", NORFOLK, "--cohort", "x"], "--cohort: must be one of"),
    ],
)
def test_what_is_asked_wrongly_is_said(arguments: list[str], must: str, tmp_path: Path) -> None:
    code, text = invoke("import", register(tmp_path, rows(5)), *arguments)
    assert code == 2
    assert must in text


# --- Real ages in a scenario ---------------------------------------------------------------

VISIT = "cohorts.rso.duties.visit"


@pytest.mark.parametrize(
    ("name", "ages", "must"),
    [
        ("opening_ages.high", [1, 2, 3, 4], "must be at most 3 months, got 4"),
        ("opening_ages.high", [0, 0], "must not all be 0"),
        ("opening_ages.high", [-1, 2], "must be at least 0"),
        ("opening_ages.high", 3, "must be a list"),
        ("opening_ages.hihg", [1], "unknown tier"),
        ("overdue_ages.reactive", [1], "must not be given for reactive"),
    ],
)
def test_ages_that_cannot_be_are_refused(name: str, ages: object, must: str) -> None:
    with pytest.raises(ScenarioError, match=must):
        read("norfolk-2021").replace({f"{VISIT}.{name}": ages})


def test_ages_that_add_up_to_something_else_are_warned_of_and_scaled() -> None:
    values = {f"{VISIT}.opening_ages.high": [1, 0, 1]}
    scenario = read("norfolk-2021").replace(values)
    told = [str(one) for one in scenario.warnings if "opening_ages" in str(one)]
    assert len(told) == 1
    assert "adds up to 2, but cases not overdue are 207: taken in proportion" in told[0]
    run = stages.run(scenario, fixed=True).today.projection
    assert run.newly_due[0, 0, 1] == pytest.approx(207 / 2, abs=1)


def test_overdue_ages_make_the_longest_wait() -> None:
    values = {f"{VISIT}.overdue_ages.low": [10, 0, 0, 0, 5.3]}
    values |= {"teams.ppu.grades.constable.in_post": 5, "teams.ppu.grades.constable.posts": 5}
    run = stages.run(read("norfolk-2021").replace(values), fixed=True).today.projection
    assert run.longest_wait[0, :3, 3].tolist() == [6, 7, 8]
