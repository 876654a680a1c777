"""The paper of a monthly round: what there is to decide, worked out by hand, on one page."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdf

from capacity import papers
from capacity.papers.monthly import MonthBrief, decisions, section
from capacity.reading.scenario import read
from capacity.report.blocks import Chart, Table
from capacity.rounds.assisting import ReportedBeside
from capacity.rounds.comparing import AgainstForecast, Corrected, Moved, Watched
from capacity.rounds.control import control
from capacity.rounds.doing import Round
from capacity.workspace.forecasts import Expected
from tests.toys import toy, visits

MONTHS = [f"2025-{month:02d}" for month in range(4, 13)] + ["2026-01", "2026-02", "2026-03"]
VISITS = ("a", "visit", None)


def expected(month: str, measure: str, low: float, middle: float, high: float) -> Expected:
    return Expected(month, *VISITS, measure, low, middle, high)


def a_round(*ahead: Expected, standard: str = "") -> Round:
    text = toy(standard or visits(completion=0.9, first="2025-04-01") + "pooled = true\n")
    scenario = read("toy.toml", files={"toy.toml": text})
    known = [(f"2024-{month:02d}", 10.0 + month % 2) for month in range(4, 13)]
    known += [("2025-01", 10.0), ("2025-02", 11.0), ("2025-03", 30.0)]
    came = AgainstForecast(Expected("2025-03", *VISITS, "outstanding", 8, 10, 12), 30)
    return Round(
        month="2025-03",
        files={},
        chosen="toy.toml",
        scenario=scenario,
        moved=(Moved((*VISITS, "outstanding"), 11, 30), Moved((*VISITS, "completion"), 0.9, 0.7)),
        came=(came,),
        watched=(Watched((*VISITS, "outstanding"), control(known)),),
        corrected=(),
        missing=(),
        assumptions=(),
        doubts=(),
        expected=ahead,
    )


def course(*levels: float) -> list[Expected]:
    """Completion month by month, each five points on either side."""
    return [
        expected(month, "completion", level - 0.05, level, level + 0.05)
        for month, level in zip(MONTHS, levels, strict=False)
    ]


def test_a_standard_that_will_not_be_met_is_to_be_decided_on() -> None:
    # 95%, 92% and then 88%: below 90% from June, and within five points of it.
    (told,) = decisions(MonthBrief(a_round(*course(0.95, 0.92, 0.88))))
    assert told[0] == "Visits"
    assert told[1].startswith(
        "Probably not met from June 2025: expected 83% to 93%, asked at least"
    )
    # 80% at most 85%: very likely.
    (told,) = decisions(MonthBrief(a_round(*course(0.80))))
    assert told[1].startswith("Very likely not met from April 2025")
    assert decisions(MonthBrief(a_round(*course(0.95, 0.91)))) == ()


def test_a_standard_that_begins_later_is_judged_from_then() -> None:
    later = visits(completion=0.9, first="2025-06-01") + "pooled = true\n"
    (told,) = decisions(MonthBrief(a_round(*course(0.8, 0.8, 0.8), standard=later)))
    assert "not met from June 2025" in told[1]


def test_what_else_is_to_be_decided() -> None:
    found = replace(
        a_round(*course(0.95)),
        corrected=(Corrected("2025-01", (*VISITS, "done"), 5, 6),),
        missing=("2025-02",),
    )
    differs = ReportedBeside("completion", "2025-03", 0.8, "the file of figures", 0.7)
    agrees = ReportedBeside("completion", "2025-03", 0.7, "the register", 0.7)
    told = decisions(MonthBrief(found, (differs, agrees)))
    assert [label for label, _ in told] == ["Reported figure", "Corrections", "Missing months"]
    assert "a difference of 10 percentage points" in told[0][1]
    assert told[1][1].startswith("1 figure of January 2025 changed.")
    assert told[2][1] == "No figures of February 2025. Say who finds them."


def test_ranges_that_are_too_narrow_are_to_be_looked_at() -> None:
    inside = AgainstForecast(Expected("2025-03", *VISITS, "due", 8, 10, 12), 10)
    outside = replace(inside, value=30)
    # 5 of 10 lie inside, where 8 should.
    found = replace(a_round(*course(0.95)), came=(*[inside] * 5, *[outside] * 5))
    (told,) = decisions(MonthBrief(found))
    assert told[0] == "Forecast"
    assert "Only 50% of figures lie within their ranges" in told[1]
    found = replace(found, came=(*[inside] * 6, *[outside] * 4))
    assert decisions(MonthBrief(found)) == ()


def test_the_page_has_what_changed_what_comes_and_a_chart() -> None:
    ahead = [*course(*[0.95] * 12)]
    ahead += [expected(month, "outstanding", 20, 30, 40) for month in MONTHS]
    made = section(MonthBrief(a_round(*ahead)))
    assert made.one_page
    tables = {block.name: block for block in made.blocks if isinstance(block, Table)}
    assert tables["changes"].rows == (
        ("Home visits: overdue", "11", "30", "8 to 12 (outside)"),
        ("Home visits: completion", "90%", "70%", ""),
    )
    assert tables["ahead"].rows[1][:4] == ("Home visits: overdue", *["20 to 40"] * 3)
    assert "at least 90%" in str(tables["ahead"].rows[0][-1])
    (chart,) = [block for block in made.blocks if isinstance(block, Chart)]
    assert chart.message == (
        "Home visits: overdue 30 in March 2025; expected 20 to 40 in March 2026"
    )
    assert len(chart.along) == 24


def test_it_is_one_page_in_each_form() -> None:
    brief = MonthBrief(a_round(*course(*[0.8] * 12)))
    made = papers.of_round(brief)
    assert set(made) == {"month.html", "month.pdf", "month.docx"}
    assert b"Very likely not met from April 2025" in made["month.html"]
    assert len(pypdf.PdfReader(io.BytesIO(made["month.pdf"])).pages) == 1
