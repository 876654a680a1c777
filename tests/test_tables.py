"""The output tables: names, columns, and figures worked out without reading the code."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from capacity import stages
from capacity.reading import scenario
from capacity.results import tables
from capacity.stages import PlanResult
from capacity.why import compare
from tests import making
from tests.shipped import planned
from tests.toys import HOURS_A_MONTH, plan_of, toy, visits

# Other programs read these: as published, extra columns only at the end.
COLUMNS = {
    "projection": "option month cohort duty tier cases newly_due due done outstanding completion "
    "in_date on_time longest_wait_months attempts",
    "caseload": "month cohort tier cases entrants exits moved_in moved_out",
    "due_in_time": "month team cohort duty tier falls_due hours",
    "inflows": "month name cohort tier entrants",
    "backlog_age": "option month cohort duty tier months_outstanding cases",
    "overdue": "option year cohort duty tier case_months weighted unseen weighted_unseen "
    "mean_days_since_done",
    "staffing": "option month team grade posts in_post joiners leavers releases effective_fte",
    "hours": "option month team available other_work duties overtime borrowed lent unused short "
    "cut_short not_shared not_worked received",
    "lending": "option month from to hours",
    "work": "option month team activity hours",
    "ratios": "option month cohort cases cases_without_reactive officers cases_per_officer limit",
    "standards": "option name cohort duty tier period required achieved met",
    "shortfalls": "standard tier period unit missed_by",
    "costs": "option year team grade posts average_in_post budget forecast joining overtime "
    "total_real total_cash total_discounted",
    "budget": "option year team grade part_year full_year_effect recurring one_off term_end "
    "funder share displaced_from event fixed_term",
    "mtfp": "year cost_centre team grade subjective real cash recurrence full_year_effect funding",
    "funding": "year name source_of_funds team until paid gap unused",
    "backfill": "year team grade places pay training fte_lost",
    "outturn": "month team budget actual forecast outturn variance",
    "options": "option cost_discounted done on_time outstanding_end "
    "joining people_events overdue_case_months weighted_case_months cost_per_case_month",
    "assumptions": "setting value low high unit kind source note",
    "sizing": "status gap cost missed_in_strict_order",
    "last_post": "team grade start cost weighted_avoided cost_per_case_month all_cost "
    "all_case_months_avoided all_weighted_avoided",
    "layers": "layer rule team grade posts cost_per_year words",
    "decisions": "team grade year start posts agree_by standard tier missed_until words",
    "summary": "name value unit words",
}


@pytest.fixture(scope="module")
def norfolk() -> PlanResult:
    return planned("norfolk-2024")


@pytest.fixture(scope="module")
def found(norfolk: PlanResult) -> dict[str, pd.DataFrame]:
    return tables.tables(norfolk)


@pytest.mark.parametrize("name", COLUMNS)
def test_names_and_order_of_columns(found: dict[str, pd.DataFrame], name: str) -> None:
    published = COLUMNS[name].split()
    assert list(found[name].columns)[: len(published)] == published


def test_empty_tables_keep_their_columns() -> None:
    made = tables.tables(plan_of(toy(), fixed=True))
    empty = [name for name, table in made.items() if table.empty]
    assert empty == [
        *("inflows", "backlog_age", "lending", "standards", "shortfalls", "funding"),
        *("backfill", "outturn"),
        "sizing",
        *("last_post", "layers", "decisions"),
    ]
    for name in empty:
        published = COLUMNS[name].split()
        assert list(made[name].columns)[: len(published)] == published


def test_a_scenario_without_any_duty_has_its_tables() -> None:
    """60 cases, 30 an officer: a second post."""
    text = """\
        title = "Nothing is owed"
        start = 2025-04-01
        months = 3
        [cohorts.a]
        team = "t"
        growth_per_year = 0.0
        tiers = { hi = { cases = 60 } }
        [teams.t]
        grades.pc = { in_post = 1, cost_per_year = 50000 }
        [[standards]]
        name = "Limit"
        cohort = "a"
        cases_per_officer = 30
    """
    made = tables.tables(plan_of(text))
    for name in ("projection", "backlog_age"):
        assert made[name].empty
        published = COLUMNS[name].split()
        assert list(made[name].columns)[: len(published)] == published
    staffing = made["staffing"]
    assert staffing[staffing["option"] == "sized"]["posts"].tolist() == [2, 2, 2]


def test_a_changed_range_is_compared_by_its_value() -> None:
    hours = "hours = {{ value = {}, low = 1, high = 4 }}"
    read = [
        scenario.read(name, files={name: toy(visits(), months=3, duty=hours.format(value))})
        for name, value in (("a.toml", 2), ("b.toml", 3))
    ]
    changes = tables.comparison(compare.compare(read, fixed=True))["changes"]
    assert changes[["option", "setting", "from", "to"]].to_numpy().tolist() == [
        ["b", "cohorts.a.duties.visit.hours", 2, 3]
    ]


def test_demand_does_not_fall_with_the_backlog() -> None:
    """12 cases, a visit every 3 months, 3 overdue, and nobody to make any.

    The other 9 are spread evenly, so 3 fall due in each of the first three months, and the 6 done
    in the first month again in the fourth: 3, 3, 3, 6. With nobody there nothing is done, nobody
    falls due twice, and after 3 months nothing newly falls due. A visit takes 2 hours.
    """
    text = """\
        title = "Nobody there"
        start = 2025-04-01
        months = 4
        [cohorts.a]
        team = "t"
        growth_per_year = 0.0
        tiers = { hi = { cases = 12 } }
        duties.visit = { per_year = 4, hours = 2, overdue = 3 }
        [teams.t]
        grades.pc = { in_post = 0, posts = 0 }
    """
    made = tables.tables(plan_of(text, fixed=True))
    demand = made["due_in_time"]
    assert demand["falls_due"].tolist() == pytest.approx([3, 3, 3, 6])
    assert demand["hours"].tolist() == pytest.approx([6, 6, 6, 12])
    assert made["projection"]["newly_due"].tolist() == pytest.approx([3, 3, 3, 0])
    assert made["projection"]["outstanding"].tolist() == pytest.approx([6, 9, 12, 12])


def test_demand_is_that_of_a_projection_with_hours_for_everything(norfolk: PlanResult) -> None:
    """A hundred times the posts do all that can be done; demand is what then newly falls due."""
    values = {
        f"teams.{team}.grades.{grade}.{name}": 100 * number
        for team, one in norfolk.scenario.settings.teams.items()
        for grade, its in one.grades.items()
        for name, number in (("in_post", its.in_post.value), ("posts", its.in_post.value))
    }
    many = stages.run(norfolk.scenario.replace(values), fixed=True)
    run = tables.TABLES["projection"](many)
    demand = tables.TABLES["due_in_time"](norfolk)
    keys = ["month", "cohort", "duty", "tier"]
    both = run.merge(demand, on=keys)
    assert len(both) == len(run)
    assert both["falls_due"].to_numpy() == pytest.approx(both["newly_due"].to_numpy())


# A toy worked by hand ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def short() -> dict[str, pd.DataFrame]:
    """60 + 20 visits of 4 hours fall due at first; one post has 173⅓ hours: 43⅓ visits.

    High tier (monthly), every month: 60 due, 43⅓ done, 16⅔ outstanding. Of month 1's 60 due 16⅔
    are carried over and done first; so are 26⅔ of the 43⅓ newly due. Low tier: 20 newly due in
    each of the first three months, none done, then all 60 outstanding.
    """
    text = toy(visits(), posts=1, duty="hours = 4\nno_answer_share = 0.2", months=12)
    return tables.tables(plan_of(text, fixed=True))


def row_of(table: pd.DataFrame, **where: object) -> pd.Series:
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_the_first_month_of_the_toy(short: dict[str, pd.DataFrame]) -> None:
    row = row_of(short["projection"], month="2025-04", tier="hi")
    done = HOURS_A_MONTH / 4
    assert row["option"] == "today"
    assert row[["cases", "newly_due", "due"]].tolist() == pytest.approx([60, 60, 60])
    assert row["done"] == pytest.approx(done)
    assert row["outstanding"] == pytest.approx(60 - done)
    assert row["completion"] == pytest.approx(done / 60)
    assert row["in_date"] == pytest.approx(done / 60)
    assert row["on_time"] == pytest.approx(done / 60)
    assert row["longest_wait_months"] == 1
    assert row["attempts"] == pytest.approx(done / 0.8)


def test_the_second_month_serves_the_oldest_first(short: dict[str, pd.DataFrame]) -> None:
    row = row_of(short["projection"], month="2025-05", tier="hi")
    done = HOURS_A_MONTH / 4
    carried = 60 - done
    assert row["newly_due"] == pytest.approx(done)
    assert row["due"] == pytest.approx(60)
    assert row["on_time"] == pytest.approx((done - carried) / done)
    assert row["longest_wait_months"] == 1


def test_nothing_is_on_time_where_nothing_falls_due(short: dict[str, pd.DataFrame]) -> None:
    low = short["projection"][short["projection"]["tier"] == "lo"].reset_index()
    assert low["newly_due"].tolist() == pytest.approx([20, 20, 20] + [0] * 9)
    assert low["on_time"].isna().tolist() == [False] * 3 + [True] * 9
    assert low["completion"].tolist() == [0] * 12
    assert low["in_date"].tolist() == pytest.approx([2 / 3, 1 / 3] + [0] * 10)
    assert low["longest_wait_months"].tolist() == list(range(1, 13))


def test_outstanding_by_age(short: dict[str, pd.DataFrame]) -> None:
    ages = short["backlog_age"]
    low = ages[(ages["tier"] == "lo") & (ages["month"] == "2025-07")]
    assert low["months_outstanding"].tolist() == [2, 3, 4]
    assert low["cases"].tolist() == pytest.approx([20, 20, 20])
    total = ages.groupby(["month", "tier"])["cases"].sum()
    for row in short["projection"].itertuples():
        assert total[row.month, row.tier] == pytest.approx(row.outstanding)


def test_hours_and_work_of_the_toy(short: dict[str, pd.DataFrame]) -> None:
    hours = row_of(short["hours"], month="2025-04")
    assert hours["available"] == pytest.approx(HOURS_A_MONTH)
    assert hours["duties"] == pytest.approx(HOURS_A_MONTH)
    assert hours[["other_work", "overtime", "borrowed", "lent", "unused", "short"]].tolist() == [
        *(0, 0, 0, 0, 0, 0)
    ]
    work = row_of(short["work"], month="2025-04", activity="visit")
    assert work["hours"] == pytest.approx(HOURS_A_MONTH)
    assert work["kind"] == "duty"


def test_ratios_of_the_toy(short: dict[str, pd.DataFrame]) -> None:
    row = row_of(short["ratios"], month="2025-04")
    assert row[["cases", "cases_without_reactive", "officers", "cases_per_officer"]].tolist() == [
        *(120, 120, 1, 120)
    ]
    assert math.isnan(row["limit"])


def test_standards_and_shortfalls_of_the_toy(short: dict[str, pd.DataFrame]) -> None:
    standards, shortfalls = short["standards"], short["shortfalls"]
    assert standards["period"].unique().tolist() == [f"2025-{m}" for m in (10, 11, 12)] + [
        *("2026-01", "2026-02", "2026-03")
    ]
    high = row_of(standards, tier="hi", period="2025-10")
    assert (high["name"], high["cohort"], high["duty"]) == ("Visits", "a", "visit")
    assert high["required"] == 0.95
    assert high["achieved"] == pytest.approx(HOURS_A_MONTH / 240)
    assert not high["met"]
    # With sizing left out, the shortfalls are those of current posts.
    missed = row_of(shortfalls, tier="hi", period="2025-10")
    assert (missed["standard"], missed["unit"]) == ("Visits", "duties")
    assert missed["missed_by"] == pytest.approx(0.95 * 60 - HOURS_A_MONTH / 4)
    assert len(shortfalls) == 12


def test_hours_that_lack_are_a_shortfall() -> None:
    text = toy(posts=1, months=1).replace("growth", "hours_per_case_month = 5\ngrowth", 1)
    row = tables.tables(plan_of(text, fixed=True))["shortfalls"].iloc[0]
    assert (row["standard"], row["period"], row["unit"], row["team"]) == (
        *("Hours for other work", "2025-04", "hours", "t"),
    )
    assert row["missed_by"] == pytest.approx(600 - HOURS_A_MONTH)


def test_contact_more_often_than_monthly_has_no_wait() -> None:
    text = toy(posts=0.5, months=3).replace("hi = 12", "hi = 52")
    rows = tables.tables(plan_of(text, fixed=True))["projection"]
    high = rows[rows["tier"] == "hi"]
    assert high["due"].tolist() == pytest.approx([60 * 52 / 12] * 3)
    assert high["in_date"].tolist() == pytest.approx(high["completion"].tolist())
    assert high["longest_wait_months"].tolist() == [0, 0, 0]


def test_a_tier_that_is_owed_nothing_has_no_rows_but_counts_as_cases() -> None:
    text = toy(months=2).replace("lo = 4", "lo = 0")
    made = tables.tables(plan_of(text, fixed=True))
    assert made["projection"]["tier"].unique().tolist() == ["hi"]
    assert made["ratios"]["cases_without_reactive"].tolist() == pytest.approx([60, 60])
    assert made["ratios"]["cases"].tolist() == pytest.approx([120, 120])


def test_rows_begin_when_a_duty_is_first_owed() -> None:
    change = '[[changes]]\nfrom = 2025-06-01\nset = { "cohorts.a.duties.visit.per_year.lo" = 4 }\n'
    text = toy(change, months=4).replace("lo = 4", "lo = 0")
    rows = tables.tables(plan_of(text, fixed=True))["projection"]
    assert rows[rows["tier"] == "lo"]["month"].tolist() == ["2025-06", "2025-07"]


def test_no_officers_no_ratio() -> None:
    row = tables.tables(plan_of(toy(posts=0, months=1), fixed=True))["ratios"].iloc[0]
    assert row["officers"] == 0
    assert math.isnan(row["cases_per_officer"])


def test_the_lowest_limit_in_force() -> None:
    limit = '[[standards]]\nname = "{}"\ncohort = "a"\ncases_per_officer = {}\nfrom = {}\n'
    text = toy(limit.format("A", 60, "2025-05-01"), limit.format("B", 40, "2025-06-01"), months=3)
    limits = tables.tables(plan_of(text, fixed=True))["ratios"]["limit"]
    assert math.isnan(limits[0])
    assert limits.tolist()[1:] == [60, 40]


def test_a_limit_on_some_tiers_is_not_shown_beside_all_cases() -> None:
    limit = '[[standards]]\nname = "A"\ncohort = "a"\ncases_per_officer = 40\ntiers = ["hi"]\n'
    rows = tables.tables(plan_of(toy(limit, months=1), fixed=True))["ratios"]
    assert rows["cases_per_officer"].tolist() == [120 / 3]
    assert rows["limit"].isna().all()


def test_named_inflows_by_tier() -> None:
    flows = (
        '[[inflows]]\nname = "Custody"\ncohort = "a"\ntier = "hi"\nper_month = 4\nshare = 0.5\n'
        '[[inflows]]\nname = "Courts"\ncohort = "a"\nper_month = 3\n'
    )
    text = toy(flows, months=2).replace(
        "growth_per_year = 0.0", "entry_mix = { hi = 0.25, lo = 0.75 }"
    )
    rows = tables.tables(plan_of(text, fixed=True))["inflows"]
    first = rows[rows["month"] == "2025-04"]
    assert first[["name", "tier"]].values.tolist() == [
        *(["Custody", "hi"], ["Courts", "hi"], ["Courts", "lo"])
    ]
    assert first["entrants"].tolist() == pytest.approx([2, 0.75, 2.25])


# The assumptions register ------------------------------------------------------------------


def test_the_assumptions_register() -> None:
    change = '[[changes]]\nfrom = 2026-01-01\nset = { "cohorts.a.duties.visit.hours" = 5 }\n'
    duty = 'hours = { value = 2, low = 1.5, high = 3, source = "judgement", note = "Ask" }'
    rows = tables.tables(plan_of(toy(change, duty=duty), fixed=True))["assumptions"]
    assert row_of(rows, setting="months")["value"] == 24
    hours = rows[rows["setting"] == "cohorts.a.duties.visit.hours"]
    assert hours[["value", "low", "high"]].values.tolist()[0] == [2, 1.5, 3]
    assert hours["kind"].tolist() == ["judgement", "given"]
    assert hours["unit"].tolist() == ["hours", "hours"]
    assert hours["note"].tolist()[0] == "Ask"
    assert hours["value"].tolist() == [2, 5]
    assert hours["from"].isna().tolist() == [True, False]
    assert hours["from"].tolist()[1] == "2026-01"
    assert rows["setting"].tolist()[-1] == "cohorts.a.duties.visit.hours"


def test_numbers_stand_as_typed() -> None:
    rows = tables.tables(plan_of(toy(duty="hours = 2.50", posts=3), fixed=True))["assumptions"]
    assert repr(row_of(rows, setting="cohorts.a.duties.visit.hours")["value"]) == "2.5"
    assert repr(row_of(rows, setting="teams.t.grades.pc.in_post")["value"]) == "3"


def test_every_number_of_norfolk_has_a_kind_and_almost_all_a_unit(
    found: dict[str, pd.DataFrame], norfolk: PlanResult
) -> None:
    rows = found["assumptions"]
    kinds = {"published", "policy", "judgement", "assumed", "default", "given"}
    assert set(rows["kind"]) <= kinds
    without = rows[rows["unit"] == ""]["setting"]
    assert all(name.startswith("links.") for name in without)
    published = rows[rows["kind"] == "published"]["source"]
    assert set(published) <= set(norfolk.scenario.sources)
    pay = row_of(rows, setting="teams.ppu.grades.constable.cost_per_year.pay")
    assert (pay["value"], pay["unit"], pay["source"]) == (48231, "£ per year", "pay-2024")


# Norfolk -----------------------------------------------------------------------------------


def test_the_projection_of_norfolk_adds_up(found: dict[str, pd.DataFrame]) -> None:
    rows = found["projection"]
    assert sorted(rows["option"].unique()) == ["sized", "today"]
    assert len(rows) == 2 * 60 * 18
    assert "reactive" not in set(rows["tier"])
    assert np.allclose(rows["due"] - rows["done"], rows["outstanding"], atol=1e-9)
    assert np.allclose(rows["completion"] * rows["due"], rows["done"], atol=1e-9)
    carried = rows["due"] - rows["newly_due"]
    on_time = np.maximum(0, rows["done"] - carried) / rows["newly_due"]
    assert np.allclose(rows["on_time"], on_time)
    weekly = rows["duty"].isin(["contact"]) & (rows["tier"] != "green")
    in_date = (rows["cases"] - rows["outstanding"]) / rows["cases"]
    assert np.allclose(
        rows["in_date"][~weekly & (rows["duty"] == "visit")], in_date[rows["duty"] == "visit"]
    )


def test_cases_of_norfolk_are_conserved(found: dict[str, pd.DataFrame]) -> None:
    rows = found["caseload"]
    for _, tier in rows.groupby(["cohort", "tier"], sort=False):
        flow = (tier["entrants"] - tier["exits"] + tier["moved_in"] - tier["moved_out"]).to_numpy()
        assert np.allclose(np.diff(tier["cases"]), flow[1:], atol=1e-9)


def test_work_adds_up_to_hours(found: dict[str, pd.DataFrame]) -> None:
    keys = ["option", "month", "team"]
    sums = found["work"].groupby([*keys, "kind"])["hours"].sum().unstack()
    hours = found["hours"].set_index(keys).sort_index()
    assert np.allclose(sums["other work"], hours["other_work"])
    assert np.allclose(sums["duty"], hours["duties"])


LENDING = """\
title = "One team helps another"
start = 2025-04-01
months = 3
[cohorts.a]
team = "big"
tiers.high = { cases = 10 }
duties.visit = { per_year = 12, hours = 4, crew = 2 }
[cohorts.b]
team = "small"
tiers.high = { cases = 60 }
duties.visit = { per_year = 12, hours = 4, crew = 2 }
[teams.big.grades.constable]
in_post = 3
[teams.small.grades.constable]
in_post = 2
[[flex]]
from = "big"
to = "small"
efficiency = 0.8
"""


def test_hours_received_by_hand() -> None:
    """The small team has 2 × 173⅓ hours and needs 60 × 8 = 480: it lacks 133⅓.

    At 0.8 that takes 166⅔ hours of the big team, which needs 80 of its 520.
    """
    hours = tables.tables(plan_of(LENDING, fixed=True))["hours"]
    small, big = (row_of(hours, month="2025-05", team=team) for team in ("small", "big"))
    assert small["borrowed"] == pytest.approx(500 / 3)
    assert small["received"] == pytest.approx(400 / 3)
    assert big["lent"] == pytest.approx(500 / 3)
    assert big["received"] == 0
    assert big["unused"] == pytest.approx(520 - 80 - 500 / 3)


def test_hours_balance(found: dict[str, pd.DataFrame]) -> None:
    lending = tables.tables(plan_of(LENDING, fixed=True))["hours"]
    for hours in (found["hours"], lending):
        there = hours["available"] + hours["overtime"] + hours["received"] - hours["lent"]
        used = hours["other_work"] - hours["short"] - hours["cut_short"] + hours["duties"]
        gone = hours["not_shared"] + hours["not_worked"]
        assert np.allclose(there - used - gone, hours["unused"], atol=1e-5)


def test_hours_lent_are_those_of_the_rules(found: dict[str, pd.DataFrame]) -> None:
    hours = found["hours"]
    lent = found["lending"].groupby(["option", "month"])["hours"].sum()
    assert np.allclose(lent, hours.groupby(["option", "month"])["lent"].sum())


def test_ratios_of_norfolk(found: dict[str, pd.DataFrame]) -> None:
    rows = found["ratios"]
    rso = rows[(rows["cohort"] == "rso") & (rows["option"] == "sized")].reset_index()
    assert rso["limit"].isna().sum() == 18
    assert set(rso["limit"][18:]) == {50}
    assert (rso["cases_per_officer"][18:] <= 50 * (1 + 1e-6)).all()
    cases = found["caseload"]
    reactive = cases[cases["tier"] == "reactive"]["cases"].to_numpy()
    assert np.allclose(rso["cases"] - rso["cases_without_reactive"], reactive)


def test_a_plan_that_keeps_everything_has_no_shortfalls(found: dict[str, pd.DataFrame]) -> None:
    assert found["sizing"]["status"].tolist() == ["meets every standard"]
    assert found["standards"][found["standards"]["option"] == "sized"]["met"].all()
    assert found["shortfalls"].empty


@pytest.mark.slow
def test_a_plan_that_cannot_says_what_it_misses() -> None:
    made = tables.tables(planned("posts-frozen"))
    assert made["sizing"]["status"].tolist() == ["misses least"]
    missed = made["standards"][(made["standards"]["option"] == "sized") & ~made["standards"]["met"]]
    assert len(made["shortfalls"]) >= len(missed) > 0
    assert (made["shortfalls"]["missed_by"] > 0).all()
    assert set(missed["name"]) <= set(made["shortfalls"]["standard"])


def test_money_is_that_of_sizing(found: dict[str, pd.DataFrame]) -> None:
    costs = found["costs"]
    sized = costs[costs["option"] == "sized"]["total_discounted"].sum()
    assert sized == pytest.approx(found["sizing"]["cost"].iloc[0])
    assert sized == pytest.approx(found["options"]["cost_discounted"].iloc[1])


@pytest.mark.slow
def test_the_same_scenario_gives_the_same_tables(found: dict[str, pd.DataFrame]) -> None:
    again = tables.tables(stages.run(scenario.read("norfolk-2024")))
    for name, table in found.items():
        pd.testing.assert_frame_equal(table, again[name], check_exact=True)


# Anything goes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [*range(10), *(pytest.param(n, marks=pytest.mark.slow) for n in range(10, 25))]
)
def test_any_scenario_has_all_tables(seed: int) -> None:
    made = tables.tables(stages.run(making.read(making.scenario(seed)), fixed=True))
    assert list(made) == list(COLUMNS)
    for name, table in made.items():
        published = COLUMNS[name].split()
        assert list(table.columns)[: len(published)] == published
        for column in table.columns:
            if pd.api.types.is_float_dtype(table[column]):
                assert not np.isinf(table[column]).any(), (name, column)
    for month in made["caseload"]["month"].unique():
        date.fromisoformat(f"{month}-01")
    assert not made["summary"]["words"].str.contains(r"\bnan\b|\bNone\b(?! of the)").any()
