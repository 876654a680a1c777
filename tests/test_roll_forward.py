"""A register rolls a scenario forward: what is past is in the opening position, or left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.engine import renewal
from capacity.engine.rates import opening_mix
from capacity.files.table_files import TypedSheet
from capacity.reading.scenario import Scenario, read, shipped
from capacity.register import position as positions
from capacity.register.count import Asked, DutyCounts, Register, TierCounts
from capacity.register.position import position
from capacity.settings import declarations
from tests import making

UNIT = """\
title = "A made-up unit"
start = 2024-10-01
months = 24
[cohorts.rso]
team = "ppu"
entrants_per_month = { high = 2, low = 1 }
exits_per_year = 0.06
tiers.high = { cases = 120 }
tiers.low = { cases = 150 }
duties.visit = { per_year = { high = 4, low = 1 }, hours = 4, crew = 2 }
[teams.ppu.grades.constable]
in_post = 5
cost_per_year = 60000
"""
REGISTER = "Tier,Last visit\nHigh,2024-12-12\nHigh,2024-11-01\nLow,2024-06-01\nLow,2024-03-03\n"


def invoke(*arguments: str | Path) -> tuple[int, str]:
    run = CliRunner().invoke(app, [str(one) for one in arguments])
    return run.exit_code, " ".join(run.output.split())


def rolled(
    folder: Path, text: str, *more: str, register: str = REGISTER, as_at: str = "2024-12-31"
) -> tuple[Scenario, str]:
    """Import a register into a unit, and return the scenario it makes and what was said."""
    (folder / "unit.toml").write_text(UNIT + text, encoding="utf-8")
    (folder / "register.csv").write_text(register, encoding="utf-8")
    out = folder / "january.toml"
    given = ["--as-at", as_at, "--into", folder / "unit.toml", "-o", out]
    code, said = invoke("import", folder / "register.csv", *given, *more)
    assert code == 0, said
    assert invoke("check", out)[0] == 0
    return read(out), said


# --- Dated items ---------------------------------------------------------------------------


def test_a_change_in_force_becomes_the_undated_value(tmp_path: Path) -> None:
    """Low is visited every 6 months from November: 1 June is overdue by the end of December."""
    text = """
    [[changes]]
    from = 2024-11-01
    why = "Low risk visited twice a year"
    set = { "cohorts.rso.duties.visit.per_year.low" = 2 }
    [[changes]]
    from = 2025-03-01
    set = { "cohorts.rso.duties.visit.hours" = 5 }
    """
    made, said = rolled(tmp_path, text)
    visit = made.settings.cohorts["rso"].duties["visit"]
    assert made.settings.start == date(2025, 1, 1)
    assert visit.per_year["low"].value == 2
    assert visit.overdue["low"].value == 2
    assert visit.overdue_ages["low"] == [1, 0, 0, 1]  # due in December and in September
    assert [one.from_ for one in made.settings.changes] == [date(2025, 3, 1)]
    assert "Change of November 2024 (Low risk visited twice a year): in force now" in said


def test_the_day_in_a_title_becomes_that_of_the_register(tmp_path: Path) -> None:
    """Not the end of July and of August in one title."""
    text = UNIT.replace("A made-up unit", "A unit, position at 31 July 2024", 1)
    (tmp_path / "unit.toml").write_text(text, encoding="utf-8")
    (tmp_path / "r.csv").write_text("Tier,Last visit\nHigh,2024-10-05\n", "utf-8")
    given = ["--as-at", "2024-10-31", "--into", tmp_path / "unit.toml", "-o", tmp_path / "x.toml"]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    assert (
        read(tmp_path / "x.toml").settings.title
        == "A unit, position at 31 October 2024, register as at 31 October 2024"
    )


def test_changes_of_one_setting_fold_in_order_of_their_months(tmp_path: Path) -> None:
    text = """
    [[changes]]
    from = 2024-12-01
    set = { "cohorts.rso.duties.visit.hours" = 6 }
    [[changes]]
    from = 2024-11-01
    set = { "cohorts.rso.duties.visit.hours" = 5 }
    """
    made, _ = rolled(tmp_path, text)
    assert made.settings.cohorts["rso"].duties["visit"].hours["*"].value == 6
    assert made.settings.changes == []


def test_a_change_in_the_first_new_month_stays_dated(tmp_path: Path) -> None:
    text = '[[changes]]\nfrom = 2025-01-01\nset = { "cohorts.rso.duties.visit.hours" = 6 }'
    made, _ = rolled(tmp_path, text)
    assert made.settings.cohorts["rso"].duties["visit"].hours["*"].value == 4
    assert len(made.settings.changes) == 1


def test_leave_that_goes_on_starts_at_the_new_start_and_a_past_loan_is_left_out(
    tmp_path: Path,
) -> None:
    event = '[[people]]\nteam = "ppu"\ngrade = "constable"\nfte = {}\nfrom = {}\n{}why = "{}"\n'
    text = event.format(-1, "2024-11-01", "until = 2025-08-01\n", "Maternity leave")
    text += event.format(2, "2024-10-01", "until = 2024-12-31\n", "Loan")
    text += event.format(1, "2025-02-01", "", "Transfer")
    made, said = rolled(tmp_path, text)
    people = [(one.why, one.from_, one.until) for one in made.settings.people]
    assert people == [
        ("Transfer", date(2025, 2, 1), None),
        ("Maternity leave", date(2025, 1, 1), date(2025, 8, 1)),
    ]
    assert "Maternity leave: goes on from the start until August 2025." in said
    assert "Loan: ended in December 2024 and is left out." in said


def test_standards_events_and_links_of_the_past(tmp_path: Path) -> None:
    text = """
    [[standards]]
    name = "Visits"
    cohort = "rso"
    duty = "visit"
    completion = 0.9
    from = 2024-11-01
    [[standards]]
    name = "Caseload"
    cohort = "rso"
    cases_per_officer = 50
    from = 2025-04-01
    [[events]]
    at = 2024-12-01
    cohort = "rso"
    arrivals = { value = 12, low = 8, high = 20 }
    why = "Takeover"
    [links.both]
    settings = ["events.Takeover.arrivals", "cohorts.rso.exits_per_year"]
    correlation = 0.5
    """
    made, said = rolled(tmp_path, text)
    assert [one.from_ for one in made.settings.standards] == [None, date(2025, 4, 1)]
    assert made.settings.events == []
    assert made.settings.links == {}
    assert "Standard Visits: in force since November 2024" in said
    assert "Event of December 2024 (Takeover): has happened; the register counts" in said


def test_an_event_changes_the_cases_of_a_cohort_that_is_not_in_the_register(tmp_path: Path) -> None:
    """Of 40 and 10, 8 of live move to rest, then 21 of 50 leave: 32 and 18 less 42% of each."""
    text = """
    [cohorts.iom]
    team = "ppu"
    tiers.live = { cases = 40 }
    tiers.rest = { cases = 10 }
    [[events]]
    at = 2024-11-01
    cohort = "iom"
    from = "live"
    to = "rest"
    cases = 8
    [[events]]
    at = 2024-12-01
    cohort = "iom"
    leavers = 21
    """
    made, said = rolled(tmp_path, text)
    tiers = made.settings.cohorts["iom"].tiers
    assert tiers["live"].cases.value == pytest.approx(32 * 0.58)
    assert tiers["rest"].cases.value == pytest.approx(18 * 0.58)
    assert "iom: not in the register, and left as it was in October 2024 (29 cases)." in said


def test_a_changed_inflow_that_has_not_arrived_keeps_its_month(tmp_path: Path) -> None:
    """6 a month from November 2024 reach the cohort 4 months later, in March 2025; 9 in May."""
    text = (
        UNIT.replace("entrants_per_month = { high = 2, low = 1 }\n", "")
        + """
    [[inflows]]
    name = "Releases"
    cohort = "rso"
    tier = "low"
    per_month = 3
    lag_months = 4
    [[changes]]
    from = 2024-11-01
    set = { "inflows.Releases.per_month" = 6, "cohorts.rso.duties.visit.hours" = 5 }
    [[changes]]
    from = 2025-01-01
    set = { "inflows.Releases.per_month" = 9 }
    """
    )
    (tmp_path / "unit.toml").write_text(text, encoding="utf-8")
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    out = tmp_path / "january.toml"
    given = ["--as-at", "2024-12-31", "--into", tmp_path / "unit.toml", "-o", out]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    made = read(out)
    assert made.settings.cohorts["rso"].duties["visit"].hours["*"].value == 5
    entrants = making.stages(made).caseload.entrants[0, :6, 1]
    assert entrants.tolist() == [3, 3, 6, 6, 9, 9]


# --- People --------------------------------------------------------------------------------


def test_people_in_post_in_training_and_to_join(tmp_path: Path) -> None:
    """12% leave a year, 1% per month; joiners come 2 months after they are advertised for.

    10 in post, 10 posts. October: 9.9. November: 9.801, and the one appointed takes the places
    there are: 0.199, so 10. December: 9.9; of October's place of 0.1 the most that may join is
    0.05, so 9.95. In training, for 3 months: 0.05 of December and 0.199 of November.
    """
    grade = (
        "leavers_per_year = 0.12\nrecruitment_lead_months = 2\naccreditation_months = 3\n"
        "joiners_due = { 2024-11 = 1 }\nmax_joiners_per_month = 0.05\n"
    )
    text = UNIT.replace("in_post = 5\n", "in_post = { value = 10, low = 9, high = 11 }\n" + grade)
    (tmp_path / "unit.toml").write_text(text, encoding="utf-8")
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    out = tmp_path / "january.toml"
    given = ["--as-at", "2024-12-31", "--into", tmp_path / "unit.toml", "-o", out]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    made = read(out).settings.teams["ppu"].grades["constable"]
    old = making.stages(read(tmp_path / "unit.toml")).staff
    assert made.in_post.value == pytest.approx(9.95, abs=1e-6)
    assert made.in_training.value == pytest.approx(0.05, abs=1e-6)
    assert (made.in_post.low, made.in_post.high) == pytest.approx(
        (made.in_post.value - 1, made.in_post.value + 1), abs=1e-5
    )
    assert made.in_post.source == "assumed"
    assert made.posts is not None
    assert made.posts.value == 10
    assert {month: round(one.value, 3) for month, one in made.recent_joiners.items()} == {
        "2024-11": 0.199
    }
    assert "2024-11" not in made.joiners_due
    assert {month: one.value for month, one in made.joiners_due.items()} == {
        "2025-01": pytest.approx(0.05),
        "2025-02": pytest.approx(0.05),
    }
    new = making.stages(read(out)).staff
    np.testing.assert_allclose(new.effective[0, :12], old.effective[0, 3:15], atol=1e-5)
    code, said = invoke(
        "import", tmp_path / "r.csv", *given, "--replace", "--in-post", "ppu.constable=8.5"
    )
    assert code == 0, said
    assert read(out).settings.teams["ppu"].grades["constable"].in_post.value == 8.5
    code, said = invoke("import", tmp_path / "r.csv", *given, "--replace", "--in-post", "ppu.pc=8")
    assert code == 2
    assert "--in-post: ppu.pc: must be a team and grade: ppu.constable" in said


# --- Money ---------------------------------------------------------------------------------


def test_prices_stay_those_of_their_year(tmp_path: Path) -> None:
    register = REGISTER.replace("2024-", "2025-")
    made, said = rolled(tmp_path, "", register=register, as_at="2025-12-31")
    assert made.settings.finance.price_base == "2024/25"
    assert "Prices stay those of 2024/25." in said


def test_costs_rise_by_an_award_that_has_come_in_the_year_of_their_prices(tmp_path: Path) -> None:
    """Costs of April 2024; 4% came in September 2024, before the register of December."""
    text = UNIT.replace("start = 2024-10-01", "start = 2024-04-01")
    text += "[finance.pay_awards.officer]\n2024-09 = 0.04\n2025-09 = 0.03\n"
    (tmp_path / "unit.toml").write_text(text, encoding="utf-8")
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    given = ["--as-at", "2024-12-31", "--into", tmp_path / "unit.toml", "-o", tmp_path / "o.toml"]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    made = read(tmp_path / "o.toml")
    cost = made.settings.teams["ppu"].grades["constable"].cost_per_year
    assert cost.value == pytest.approx(62_400)
    assert "costs are 4% higher" in said


# --- Every shipped scenario, and month after month -----------------------------------------


def register_of(scenario: Scenario, months: int) -> tuple[Register, Any]:
    """A register that agrees with a scenario's projection after some months, and that plan."""
    longer = scenario.replace({"months": months + 12})
    run = making.stages(longer)
    model, cases = run.model, run.projection.caseload
    dial = renewal.Dial(model, cases)
    clocks = renewal.opening(dial)
    for month in range(months):
        clocks, _, _ = renewal.advance(dial, clocks, month)
        done, early = run.projection.done[:, month], run.projection.done_early[:, month]
        clocks = renewal.serve(dial, clocks, month, done, early if early.any() else None)
    waiting = renewal.by_age(clocks)
    tiers = {}
    for n, key in enumerate(model.tiers[: model.queues.tiers.start]):
        tiers[key.cohort, key.tier] = TierCounts(float(cases.cases[0, months - 1, n]) + 1e-9)  # type: ignore[arg-type]
    for row, key in enumerate(model.rows):
        interval = int(model.duties.interval[months - 1, row])
        if interval and key.cohort:
            first = dial.first[row]
            ages = clocks.done_ago[0, first : first + interval]
            tiers[key.cohort, key.tier].duties[key.duty] = DutyCounts(
                {n: float(one) for n, one in enumerate(ages)},  # type: ignore[arg-type]
                {n: float(one) for n, one in enumerate(waiting[0, row]) if one > 1e-12},  # type: ignore[arg-type]
            )
    first_month = model.calendar.labels[months]
    as_at = date.fromisoformat(f"{first_month}-01")
    read_ = tuple(dict.fromkeys((key.cohort, key.duty) for key in model.rows if key.cohort))
    asked = Asked(as_at)
    return Register(asked, 0, tiers, read_, False, {}, (), {}, {}, ()), run


def agreeing(
    scenario: Scenario, months: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Scenario, Any]:
    """The scenario rolled forward by a register that agrees with its own projection."""
    register, run = register_of(scenario, months)
    with monkeypatch.context() as patched:
        patched.setattr(positions, "count", lambda *_: register)
        sheet = TypedSheet("r.csv", None, (), [], 2, ",")
        made = position(sheet, scenario, register.asked)
    assert "\nextends = " in made.text
    texts = {Path(one.name).name: one.text for one in reversed(scenario.files)}
    return read("next.toml", files={**texts, "next.toml": made.text}), run


def with_mixes(scenario: Scenario) -> Scenario:
    """A scenario that says how new cases join: without it a new opening gives a new mix."""
    values = {}
    for name, cohort in scenario.settings.cohorts.items():
        if cohort.entry_mix is None:
            mix = {tier: float(np.mean(one)) for tier, one in opening_mix(cohort).items()}
            values[f"cohorts.{name}.entry_mix"] = mix
    return scenario.replace(values)


def goes_on(old: Any, new: Any, months: int, still: int = 6) -> None:
    """Check that a projection goes on where another was after some months."""
    for part, name in (
        ("caseload", "cases"),
        ("caseload", "entrants"),
        ("projection", "newly_due"),
        ("projection", "done"),
        ("projection", "outstanding"),
        ("staff", "in_post"),
        ("staff", "effective"),
    ):
        was, now = (
            one.projection.caseload if part == "caseload" else getattr(one, part)
            for one in (old, new)
        )
        before, after = (
            getattr(was, name)[0, months : months + still],
            getattr(now, name)[0, :still],
        )
        if name == "cases":  # of a queue: all that has arrived since the start
            cohorts = slice(0, old.model.queues.tiers.start)
            before, after = before[:, cohorts], after[:, cohorts]
        np.testing.assert_allclose(after, before, rtol=1e-4, atol=2e-4, err_msg=name)


@pytest.mark.parametrize(
    "months", [3, *(pytest.param(months, marks=pytest.mark.slow) for months in (1, 8, 20))]
)
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_goes_on_from_its_own_projection(
    name: str, months: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = with_mixes(read(name))
    made, run = agreeing(scenario, months, monkeypatch)
    goes_on(run, making.stages(made), months, min(6, int(made.settings.months.value)))


def plainly_staffed(scenario: Scenario) -> bool:
    """Whether nobody is in post above the posts, and no posts change by date.

    EQ14 counts the vacant posts of the start from 0, so that what was above them is not known.
    """
    grades = [one for team in scenario.settings.teams.values() for one in team.grades.values()]
    full = all(one.posts is None or one.posts.value >= one.in_post.value for one in grades)
    dated = any(".posts" in name for one in scenario.settings.changes for name in one.set_)
    return full and not dated


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(10, 60, 10))]
)
def test_random_scenarios_go_on_from_their_own_projections(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dated changes, events, leave, inflows with lags, several cohorts and teams, all at once."""
    tried = 0
    for seed in range(first, first + 10):
        scenario = with_mixes(making.read(making.scenario(seed)))
        if not plainly_staffed(scenario):
            continue
        tried += 1
        made, run = agreeing(scenario, 4, monkeypatch)
        goes_on(run, making.stages(made), 4, min(6, int(made.settings.months.value)))
    assert tried


def test_month_after_month_no_chain_grows_and_nothing_is_told_twice(tmp_path: Path) -> None:
    """Each month extends the unit itself; going by way of each month is going there at once."""
    text = """
    [[changes]]
    from = 2024-11-01
    set = { "cohorts.rso.duties.visit.hours" = 5 }
    [[changes]]
    from = 2025-02-01
    set = { "cohorts.rso.duties.visit.hours" = 6 }
    [[people]]
    team = "ppu"
    grade = "constable"
    fte = -1
    from = 2024-11-01
    until = 2025-08-01
    why = "Maternity leave"
    """
    (tmp_path / "unit.toml").write_text(UNIT + text, encoding="utf-8")
    into = "unit.toml"
    said = ""
    for month in range(1, 13):
        as_at = date(2024 + (10 + month) // 12, (10 + month) % 12 + 1, 1)
        last_month = f"{as_at.year - (as_at.month == 1)}-{(as_at.month - 2) % 12 + 1:02d}"
        (tmp_path / "r.csv").write_text(f"Tier,Last visit\nHigh,{last_month}-05\n", "utf-8")
        out = f"from-{as_at:%Y-%m}.toml"
        given = ["--as-at", as_at.isoformat(), "--into", tmp_path / into, "-o", tmp_path / out]
        code, said = invoke("import", tmp_path / "r.csv", *given)
        assert code == 0, said
        into = out
    last = read(tmp_path / into)
    assert [Path(one.name).name for one in last.files if one.name.endswith("toml")] == [
        into,
        "unit.toml",
    ]
    assert last.settings.start == date(2025, 11, 1)
    assert last.settings.title == "A made-up unit, register as at 1 November 2025"
    assert last.settings.cohorts["rso"].duties["visit"].hours["*"].value == 6
    assert last.settings.people == []
    assert last.settings.cohorts["rso"].tiers["high"].cases.value == 1
    given = ["--as-at", "2025-11-01", "--into", tmp_path / "unit.toml"]
    given += ["-o", tmp_path / "at-once.toml"]
    assert invoke("import", tmp_path / "r.csv", *given)[0] == 0
    assert read(tmp_path / "at-once.toml").settings == last.settings


def test_a_unit_that_extends_another_is_what_each_month_extends(tmp_path: Path) -> None:
    """A correction of the unit's file (5 hours per visit) reaches the position made before it."""
    (tmp_path / "national.toml").write_text(UNIT, encoding="utf-8")
    ours = 'extends = "national.toml"\ntitle = "Ours"\nstart = 2024-11-01\n'
    ours += "[cohorts.rso]\ntiers.high = { cases = 99 }\n"
    (tmp_path / "unit.toml").write_text(ours, encoding="utf-8")
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    for as_at, into, out in (("2024-12-31", "unit", "jan"), ("2025-01-31", "jan", "feb")):
        given = ["--as-at", as_at, "--into", tmp_path / f"{into}.toml"]
        given += ["-o", tmp_path / f"{out}.toml"]
        code, said = invoke("import", tmp_path / "r.csv", *given)
        assert code == 0, said
        assert 'extends = "unit.toml"' in (tmp_path / f"{out}.toml").read_text("utf-8")
    more = ours + "duties.visit.hours = 5\n"
    (tmp_path / "unit.toml").write_text(more, encoding="utf-8")
    assert read(tmp_path / "feb.toml").settings.changes == []
    cohort = read(tmp_path / "feb.toml").settings.cohorts["rso"]
    assert (cohort.duties["visit"].hours["*"].value, cohort.tiers["high"].cases.value) == (5, 2)


def test_what_is_added_to_the_unit_s_file_later_reaches_the_month_made_before(
    tmp_path: Path,
) -> None:
    """November's change is folded and named; one of June that is planned later is in force."""
    change = (
        '[[changes]]\nfrom = {}\nwhy = "{}"\nset = {{ "cohorts.rso.duties.visit.hours" = {} }}\n'
    )
    rolled(tmp_path, change.format("2024-11-01", "Longer visits", 5))
    with (tmp_path / "unit.toml").open("a", encoding="utf-8") as file:
        file.write(change.format("2025-06-01", "Shorter visits", 3))
    made = read(tmp_path / "january.toml").settings
    assert made.cohorts["rso"].duties["visit"].hours["*"].value == 5
    assert [(one.why, one.from_) for one in made.changes] == [("Shorter visits", date(2025, 6, 1))]


OFFICES = """
[cohorts.rso_west]
like = "rso"
label = "West"
tiers.high = { cases = 11 }
[cohorts.iom]
team = "ppu"
tiers.live = { cases = 4 }
duties.contact = { per_year = 12, hours = 1, overdue = { live = 3 } }
[[changes]]
from = 2024-11-01
set = { "cohorts.rso.duties.visit.per_year.low" = 2, "cohorts.rso.hours_per_entry" = 3 }
"""


def test_what_changes_in_an_office_does_not_reach_one_that_is_like_it(tmp_path: Path) -> None:
    """`like` is resolved before changes: West keeps a visit a year and no hours for new cases."""
    made, said = rolled(tmp_path, OFFICES)
    west, rso = made.settings.cohorts["rso_west"], made.settings.cohorts["rso"]
    assert (rso.duties["visit"].per_year["low"].value, rso.tiers["high"].cases.value) == (2, 2)
    assert rso.hours_per_entry["*"].value == 3
    assert west.duties["visit"].per_year["low"].value == 1
    assert west.hours_per_entry == {}
    assert west.tiers["high"].cases.value == 11
    assert west.tiers["low"].cases.value == 150
    assert west.duties["visit"].overdue == {}
    assert "rso_west: not in the register, and left as it was in October 2024 (161" in said
    assert "iom: not in the register, and left as it was in October 2024 (4 cases and 3" in said


def test_offices_stay_alike_where_nothing_parts_them(tmp_path: Path) -> None:
    """The register counts both offices: West has cases of its own, and is like Norwich else."""
    lines = "Cohort,Tier,Last visit\nrso,High,2024-12-01\nrso_west,High,2024-11-01\n"
    made, _ = rolled(tmp_path, OFFICES.partition("[[changes]]")[0], register=lines)
    assert made.written["cohorts"]["rso_west"]["like"] == "rso"
    west = made.settings.cohorts["rso_west"]
    assert (west.tiers["high"].cases.value, west.tiers["low"].cases.value) == (1, 0)
    assert west.duties["visit"].opening_ages == {"high": [0, 1]}


# --- What a register leaves out ------------------------------------------------------------

TWO = """\
title = "Two cohorts, two duties"
start = 2024-10-01
months = 12
[cohorts.rso]
team = "ppu"
tiers.high = { cases = 120 }
duties.visit = { per_year = 4, hours = 4, crew = 2, overdue = { high = 9 } }
duties.arms = { per_year = 1, hours = 6, overdue = { high = { value = 7, low = 5, high = 9 } } }
[teams.ppu.grades.constable]
in_post = 5
"""


@pytest.mark.parametrize(("cases", "arms"), [(8, (7, 5, 8)), (3, (3, 3, 3))])
def test_an_overdue_figure_of_old_is_at_most_the_cases_of_today(
    cases: int, arms: tuple[int, int, int], tmp_path: Path
) -> None:
    (tmp_path / "unit.toml").write_text(TWO, encoding="utf-8")
    (tmp_path / "r.csv").write_text("Tier,Last visit\n" + "High,2024-12-01\n" * cases, "utf-8")
    out = tmp_path / "january.toml"
    given = ["--as-at", "2024-12-31", "--into", tmp_path / "unit.toml", "-o", out]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    late = read(out).settings.cohorts["rso"].duties["arms"].overdue["high"]
    assert (late.value, late.low, late.high) == arms
    kept = f"rso, arms: not in the register, and left as it was in October 2024 ({arms[0]} arms"
    assert kept in said
    assert ("At most as many as there are cases: arms high 3 (was 7)." in said) == (cases == 3)
    again = tmp_path / "february.toml"
    given = ["--as-at", "2025-01-31", "--into", out, "-o", again]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    assert "rso, arms: not in the register, and left as it was in January 2025" in said


def test_links_of_what_is_counted_are_left_out(tmp_path: Path) -> None:
    text = """
    [links.tiers]
    settings = ["cohorts.rso.tiers.high.cases", "cohorts.rso.tiers.low.cases"]
    correlation = 0.5
    [links.work]
    settings = ["cohorts.rso.exits_per_year", "cohorts.rso.duties.visit.hours"]
    correlation = 0.5
    """
    unit = UNIT.replace("cases = 120", "cases = { value = 120, low = 110, high = 130 }")
    unit = unit.replace("cases = 150", "cases = { value = 150, low = 140, high = 160 }")
    (tmp_path / "unit.toml").write_text(unit + text, encoding="utf-8")
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    out = tmp_path / "january.toml"
    given = ["--as-at", "2024-12-31", "--into", tmp_path / "unit.toml", "-o", out]
    code, said = invoke("import", tmp_path / "r.csv", *given)
    assert code == 0, said
    assert list(read(out).settings.links) == ["work"]
    assert "Link tiers: without what the register counts" in said


# --- A year of an invented force -----------------------------------------------------------

FORCE = """\
title = "An invented force"
start = 2024-10-01
months = 36
[cohorts.rso]
team = "ppu"
group = "rso"
entrants_per_month = 2
entry_mix = { high = 0.5, low = 0.5 }
exits_per_year = 0.06
hours_per_case_month = 0.5
tiers.high = { label = "High", cases = 30 }
tiers.low = { label = "Low", cases = 40 }
duties.visit = { per_year = { high = 4, low = 1 }, hours = 4, crew = 2 }
duties.arms = { per_year = { high = 1 }, hours = 6, overdue = { high = 6 } }
[cohorts.rso_coast]
like = "rso"
team = "coast"
tiers.high = { cases = 10 }
tiers.low = { cases = 12 }
duties.arms = { overdue = { high = 2 } }
[cohorts.iom]
team = "ppu"
tiers.live = { cases = 9 }
duties.contact = { per_year = 12, hours = 1, overdue = { live = 1 } }
[teams.ppu.grades.constable]
in_post = { value = 8, low = 7, high = 9 }
posts = 9
leavers_per_year = 0.08
recruitment_lead_months = 3
accreditation_months = 6
trainee_productivity = 0.5
joiners_due = { 2024-11 = 1, 2025-06 = 1 }
cost_per_year = 60000
[teams.coast]
like = "ppu"
grades.constable = { in_post = 3, posts = 3, joiners_due = { 2024-11 = 0, 2025-06 = 0 } }
[[standards]]
name = "Home visits"
cohort = "rso"
duty = "visit"
completion = 0.9
from = 2025-04-01
[[changes]]
from = 2025-02-01
why = "Low risk twice a year"
set = { "cohorts.rso.duties.visit.per_year.low" = 2, "cohorts.rso.hours_per_case_month" = 0.6 }
[[changes]]
from = 2025-09-01
why = "An officer less"
set = { "teams.ppu.grades.constable.posts" = 8 }
[[people]]
team = "ppu"
grade = "constable"
fte = -1
from = 2024-12-01
until = 2025-06-30
why = "Maternity leave"
[[events]]
at = 2025-05-01
cohort = "rso"
leavers = 4
tier = "low"
why = "Review closes cases"
[finance]
pay_awards = { officer = { 2025-09 = 0.03 } }
"""


def month_of(start: date, after: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + after, 12)
    return date(year, month + 1, 1)


@pytest.mark.parametrize("by_month", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_twelve_monthly_registers_of_an_invented_force(by_month: bool, tmp_path: Path) -> None:
    """Cases come, go and are visited by a rule; the counts of every month are added up here.

    Case n of high is visited every 3 months and every seventh a month late, low every 12 (from
    February 6). The file of each month is made from the month before, or from the unit's own.
    """
    (tmp_path / "unit.toml").write_text(FORCE, encoding="utf-8")
    into = "unit.toml"
    for k in range(1, 13):
        start = month_of(date(2024, 10, 1), k)
        every = {"High": 3, "Low": 6 if start > date(2025, 2, 1) else 12}
        lines, cases, late = [], dict.fromkeys(every, 0), dict.fromkeys(every, 0)
        for n in range(60 + 2 * k):
            tier = "High" if n % 3 == 0 else "Low"
            ago = 1 + (n + k) % (every[tier] + (n % 7 == 0))
            last = month_of(start, -ago)
            lines.append(f"R{n:03d},{tier},{last.isoformat()},{'Yes' if n % 5 else 'No'}")
            cases[tier] += 1
            late[tier] += ago > every[tier]
        path = tmp_path / f"r{k:02d}.csv"
        path.write_text("\n".join(["Case ref,Tier,Last visit,Seen alone", *lines]), "utf-8")
        out = f"{start:%Y-%m}.toml"
        given = ["--as-at", start.isoformat(), "--into", tmp_path / into, "-o", tmp_path / out]
        given += ["--in-post", "ppu.constable=8.5"] if k == 6 else []
        code, said = invoke("import", path, *given)
        assert code == 0, said
        assert invoke("check", tmp_path / out)[0] == 0
        made = read(tmp_path / out)
        rso = made.settings.cohorts["rso"]
        assert made.settings.start == start
        assert {t: rso.tiers[t.lower()].cases.value for t in every} == cases
        assert {t: rso.duties["visit"].overdue[t.lower()].value for t in every} == late
        assert rso.duties["arms"].overdue["high"].value == 6
        coast = made.settings.cohorts["rso_coast"]
        assert (coast.tiers["high"].cases.value, coast.tiers["low"].cases.value) == (10, 12)
        assert coast.duties["visit"].per_year["low"].value == 1
        assert coast.duties["visit"].opening_ages == {}
        away = [(one.from_, one.until) for one in made.settings.people]
        begins = max(start, date(2024, 12, 1))
        assert away == ([(begins, date(2025, 6, 30))] if start <= date(2025, 6, 1) else [])
        assert len(made.settings.events) == (start <= date(2025, 5, 1))
        assert len(made.settings.changes) == (start <= date(2025, 2, 1)) + (
            start <= date(2025, 9, 1)
        )
        base = "2024/25" if start >= date(2025, 4, 1) else None
        assert made.settings.finance.price_base == base
        people = made.settings.teams["ppu"].grades["constable"]
        assert 7 <= people.in_post.value <= 9
        if k == 6:
            assert people.in_post.value == 8.5
        assert people.posts is not None
        assert people.posts.value == (8 if start > date(2025, 9, 1) else 9)
        assert made.settings.teams["coast"].grades["constable"].posts.value == 3  # type: ignore[union-attr]
        assert making.stages(made).projection.done.sum() > 0
        into = out if by_month else "unit.toml"
    assert "rso, arms: not in the register, and left as it was in October 2024 (6 arms" in said
    assert "Seen alone" in said


def test_every_dated_setting_is_rolled_forward() -> None:
    """A new setting with a date or by month needs a word on what becomes of it when it is past."""
    known = {
        "start": "the new start",
        "teams.NAME.grades.NAME.recent_joiners": "who is still in training",
        "teams.NAME.grades.NAME.joiners_due": "in post, or still to join",
        "people.NAME.from": "the new start where it goes on",
        "people.NAME.until": "left out where it is past",
        "standards.NAME.from": "none where it is past",
        "changes.NAME.from": "folded where it is past",
        "events.NAME.at": "left out where it is past",
        "known.NAME.measure": "the name of a measure, not a date: kept",
        "funding.NAME.from": "kept: a line that pays already pays from the new start",
        "funding.NAME.until": "kept: a line that has ended leaves its gap",
        "finance.pay_awards": "kept; costs rise by those that are in them from now on",
    }
    dated = {
        name
        for name, field in declarations()
        if any(word in str(field.annotation) for word in ("datetime.date", "_month"))
    }
    assert dated == set(known)
