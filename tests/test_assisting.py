"""What a file that is brought holds: headings and values matched, doubts, and what was reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from capacity.errors import InputError
from capacity.files.monthly import Figure, History
from capacity.reading.scenario import Scenario, read
from capacity.register.count import Asked, by_office, count
from capacity.rounds import assisting, mapping
from capacity.rounds.assisting import ReportedBeside
from tests.test_register import HEADER, rows
from tests.test_register import register as written

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def unit() -> Scenario:
    return read(str(REPOSITORY / "data" / "synthetic-scenario.toml"))


FILE = b"""Month,Group,RAG,Caseload count,Fell due,VISITS MADE BY US,late ones,Ref
2020-04,rso,VH,13,13,10,3,a1
2020-04,rso,High risk,110,60,57,3,a2
2020-04,rso,M,110,60,57,3,a3
2020-04,rso,LOW,110,60,57,3,a4
"""


def meanings(found: assisting.FigurePreview) -> dict[str, tuple[str, str]]:
    return {one.title: (one.meant, one.how) for one in found.headings}


def test_headings_are_offered_by_title_by_words_and_by_what_stands_below(unit: Scenario) -> None:
    found = assisting.figures_offered("x.csv", FILE, unit, {}, {})
    assert meanings(found) == {
        "Month": ("month", "known"),
        "Group": ("cohort", "suggested"),  # its values are cohorts
        "RAG": ("tier", "suggested"),  # its values are tiers
        "Caseload count": ("cases", "suggested"),
        "Fell due": ("newly_due", "known"),
        "VISITS MADE BY US": ("done", "suggested"),
        "late ones": ("outstanding", "suggested"),
        "Ref": ("", "not read"),
    }


def matched(found: assisting.FigurePreview) -> dict[str, str]:
    columns = {one.meant: one.title for one in found.headings if one.how == "suggested"}
    return mapping.of_figures(columns, {}, ["Ref"])


def test_values_are_matched_and_what_will_be_counted_is_shown(unit: Scenario) -> None:
    said = matched(assisting.figures_offered("x.csv", FILE, unit, {}, {}))
    found = assisting.figures_offered("x.csv", FILE, unit, {}, said)
    assert found.history is None  # VH and M are no tiers of the scenario
    assert {one.typed: one.meant for one in found.values} == {
        "VH": "very_high",
        "High risk": "high",
        "M": "medium",
    }
    said |= mapping.of_figures({}, {one.typed: one.meant for one in found.values})
    found = assisting.figures_offered("x.csv", FILE, unit, {}, said)
    assert found.problems == ()
    assert assisting.in_all(found) == "16 figures of 1 month, April 2020 to April 2020."
    assert found.history is not None
    headings, told = assisting.preview(found.history, unit)
    assert headings == ["What", "April 2020"]
    # 10 + 57 + 57 + 57 visits, 13 + 3 × 110 cases.
    assert ["Completed", "181"] in told
    assert ["Cases", "343"] in told
    # Next month the same file is read as it was, without a word.
    again = assisting.figures_offered("x.csv", FILE, unit, said, {})
    assert again.values == ()
    assert {how for _, how in meanings(again).values()} == {"known", "remembered", "not read"}


def test_a_value_nobody_can_guess_stops_the_file_until_it_is_said(unit: Scenario) -> None:
    text = FILE.replace(b"LOW", b"Zone 9")
    said = matched(assisting.figures_offered("x.csv", text, unit, {}, {}))
    found = assisting.figures_offered("x.csv", text, unit, {}, said)
    assert {one.typed: one.meant for one in found.values}["Zone 9"] == ""
    assert found.history is None
    assert any("tier" in one.setting for one in found.problems)


def figure(month: str, tier: str, measure: str, value: float) -> Figure:
    duty = None if measure == "cases" else "visit"
    return Figure(month, "rso", duty, tier, measure, value, compare=False, row=1)


def history(*figures: Figure) -> History:
    return History("x", figures)


def test_what_does_not_add_up_or_jumps_is_doubted(unit: Scenario) -> None:
    before = history(
        figure("2025-01", "high", "cases", 100),
        figure("2025-01", "low", "cases", 50),
    )
    taken = history(
        figure("2025-03", "high", "cases", 100),
        figure("2025-03", "high", "due", 40),
        figure("2025-03", "high", "done", 45),
        figure("2025-03", "high", "outstanding", 12),
    )
    told = " ".join(assisting.doubts(taken, before, unit))
    assert "high in March 2025: 45 completed of 40 due." in told
    assert "12 overdue, but 40 due less 45 completed are -5." in told
    assert "There will be no figures of February 2025." in told
    assert "Tiers that were there last month and are not now: low." in told
    # From 100 to 130 is more than a quarter; from 50 to 55 is not.
    taken = history(figure("2025-02", "high", "cases", 130), figure("2025-02", "low", "cases", 55))
    told = " ".join(assisting.doubts(taken, before, unit))
    assert "High: cases in February 2025: 130, a month before 100." in told
    assert "55" not in told
    assert "taken as a correction" in " ".join(assisting.doubts(before, before, unit))


def test_what_was_reported_is_compared_with_every_way_in() -> None:
    known = history(
        figure("2025-03", "high", "cases", 100),
        figure("2025-03", "high", "due", 40),
        figure("2025-03", "high", "done", 34),
        figure("2025-03", "high", "outstanding", 6),
    )
    reported = assisting.reported_of({"completion": "85%", "in_date": "0.9", "on_time": "70"})
    assert reported == {"completion": 0.85, "in_date": 0.9, "on_time": 0.7}
    found = assisting.held(reported, known, known.figures, None)
    # 34 of 40 are 85%; 94 of 100 cases are in date; of on time nothing is known.
    assert [(one.measure, one.figure, one.agrees) for one in found] == [
        ("completion", 0.85, True),
        ("in_date", pytest.approx(0.94), False),
        ("on_time", None, False),
    ]
    assert "a difference of 4 percentage points" in found[1].words
    assert "does not say it" in found[2].words
    with pytest.raises(InputError) as told:
        assisting.reported_of({"completion": "110%", "speed": "3"})
    assert len(told.value.problems) == 2


def test_two_ways_in_give_one_answer_or_say_that_they_differ(tmp_path: Path) -> None:
    scenario = read("norfolk-2024")
    content = written(tmp_path, rows(200), HEADER).read_bytes()
    asked = Asked(date(2024, 9, 30), cohort="rso")
    from capacity.files.table_files import table_of
    from capacity.register.count import wanted

    counted = count(table_of("r.csv", content, wanted(scenario, asked)), scenario, asked)
    figures = tuple(assisting.figures_in(counted))
    known = History("x", figures)
    (one,) = assisting.held({"in_date": 0.5}, known, (), counted)
    late = sum(f.value for f in figures if f.measure == "outstanding" and f.duty == "visit")
    tiers = {f.tier for f in figures if f.measure == "outstanding" and f.duty == "visit"}
    cases = sum(f.value for f in figures if f.measure == "cases" and f.tier in tiers)
    assert one == ReportedBeside(
        "in_date", "2024-09", 0.5, "the register", pytest.approx(1 - late / cases)
    )


# A register --------------------------------------------------------------------------------


def test_a_registers_headings_and_tiers_are_offered_and_no_other_cell(tmp_path: Path) -> None:
    scenario = read("norfolk-2024")
    lines = [line.replace("very_high", "VH").replace("high,", "High band,", 1) for line in rows(60)]
    header = HEADER.replace("Tier", "Band of risk")
    content = written(tmp_path, lines, header).read_bytes()
    asked = Asked(date(2024, 9, 30))
    found = assisting.register_offered("r.csv", content, scenario, asked, {})
    assert {one.title: one.meant for one in found.headings}["Band of risk"] == ""
    asked = replace(asked, columns={"tier": "Band of risk"})
    found = assisting.register_offered("r.csv", content, scenario, asked, {})
    assert {one.typed: one.meant for one in found.values} == {"High band": "high"}
    # A column that is no tiers, chosen by mistake, shows nothing of what stands in it.
    asked = replace(asked, columns={"tier": "Last visit"})
    assert assisting.register_offered("r.csv", content, scenario, asked, {}).values == ()


def test_caseloads_are_spread_by_office_and_no_code_is_kept(tmp_path: Path) -> None:
    scenario = read("norfolk-2024")
    header = "Tier,Last visit,Office,Officer code"
    lines = [
        f"high,2024-09-0{1 + n % 9},North,OM{n % 4}" for n in range(40)
    ]  # four officers with ten cases each
    lines += [f"low,2024-09-0{1 + n % 9},South,OM9{n % 2}" for n in range(10)]  # two officers
    from capacity.files.table_files import table_of
    from capacity.register.count import wanted

    asked = Asked(date(2024, 9, 30), cohort="rso")
    content = written(tmp_path, lines, header).read_bytes()
    found = count(table_of("r.csv", content, wanted(scenario, asked)), scenario, asked)
    assert by_office(found) == [
        ["North", "4", "40", "10", "10", "10"],
        # Of two officers nothing but their cases together: it would be about a person.
        ["South", "fewer than 3", "10", "", "", ""],
    ]
    assert "OM" not in repr(found)
    absent = assisting.absent_tiers(found, scenario)
    # Norfolk began with many medium and reactive cases, and this register has none of them.
    assert set(absent) == {("rso", "medium"), ("rso", "reactive"), ("rso", "very_high")}
    assert "it is taken to leave them out" in absent["rso", "reactive"]
    few = replace(found, asked=replace(asked, suppress_below=5))
    assert by_office(few)[0] == ["North", "fewer than 5", "40", "", "", ""]
