"""From the first year to the last: the steps of the waterfall, worked by hand."""

import numpy as np
import pytest

from capacity.charts.frames import Shown
from capacity.charts.steps import steps
from capacity.results.bridge import BridgeStep, bridge, in_words
from capacity.results.tables import TABLES
from capacity.stages import PlanResult
from tests.shipped import planned
from tests.test_summary import CHECKS
from tests.toys import HOURS_A_MONTH, plan_of, toy, visits

# 60 high cases every month and 60 others every third: 80 visits of 2 hours. 3 posts.
NEEDED = 160.0
LEAVE = '[[people]]\nteam = "t"\ngrade = "pc"\nfte = -1\nfrom = 2026-04-01\nwhy = "Leave"\n'
REASONS = ("growth", "each_case", "other_work", "posts", "leavers", "leave", "each_officer")


def found(plan: PlanResult, place: int = 0) -> dict[str, float]:
    return {one.name: one.hours for one in bridge(plan, plan.options[-1], place)}


def test_one_on_leave_in_the_second_year_is_one_step() -> None:
    """3 posts have 520 hours in the first year; the second has those of 2."""
    got = found(plan_of(toy(LEAVE), fixed=True))
    assert got["start"] == pytest.approx(3 * HOURS_A_MONTH - NEEDED)
    assert got["leave"] == pytest.approx(-HOURS_A_MONTH)
    assert got["end"] == pytest.approx(2 * HOURS_A_MONTH - NEEDED)
    others = [got[name] for name in (*REASONS, "help", "overtime") if name != "leave"]
    assert others == pytest.approx([0.0] * 8, abs=1e-9)


def test_less_sickness_in_the_second_year_is_hours_of_each_officer() -> None:
    """A tenth of the hours is lost in the first year, none in the second."""
    change = "[[changes]]\nfrom = 2026-04-01\nset = { 'teams.t.grades.pc.sickness' = 0 }\n"
    got = found(plan_of(toy(change, grade="sickness = 0.1"), fixed=True))
    assert got["each_officer"] == pytest.approx(0.1 * 3 * HOURS_A_MONTH)
    assert got["end"] - got["start"] == pytest.approx(got["each_officer"])


def test_longer_visits_are_what_each_case_needs() -> None:
    """80 visits take 3 hours in the second year in place of 2."""
    change = "[[changes]]\nfrom = 2026-04-01\nset = { 'cohorts.a.duties.visit.hours' = 3 }\n"
    got = found(plan_of(toy(change), fixed=True))
    assert got["each_case"] == pytest.approx(-80.0)
    assert got["growth"] == pytest.approx(0.0, abs=1e-9)


def test_a_queue_that_only_waits_longer_needs_no_more_hours() -> None:
    """Of a queue only what arrives is work: 50 a month of 6 hours each, by three people."""
    queue = """
        [queues.q]
        team = "t"
        hours = 6
        arrivals_per_month = 50
    """
    got = found(plan_of(toy(queue), fixed=True))
    assert got["start"] == pytest.approx(3 * HOURS_A_MONTH - NEEDED - 300)
    assert [got["growth"], got["each_case"]] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_more_cases_are_counted_at_the_hours_of_the_first_year() -> None:
    plan = plan_of(toy(growth=0.12), fixed=True)
    due, cases = TABLES["due_in_time"](plan), TABLES["caseload"](plan)
    more = 0.0
    for tier in ("hi", "lo"):
        hours = due[due["tier"] == tier]["hours"].to_numpy()
        count = cases[cases["tier"] == tier]["cases"].to_numpy()
        more += hours[:12].mean() / count[:12].mean() * (count[12:].mean() - count[:12].mean())
    assert found(plan)["growth"] == pytest.approx(-more)
    assert more > 0


def test_posts_of_the_team_needed_are_a_step() -> None:
    """120 checks of 4 hours and 80 visits of 2 need 640 hours, for which 3 posts are too few."""
    text = toy(CHECKS, visits(first="2026-04-01"), '[sizing]\nstarts = "year"')
    plan = plan_of(text)
    got = found(plan)
    assert plan.sized is not None
    added = plan.sized.staff.posts[0, 12:].mean() - plan.sized.staff.posts[0, :12].mean()
    assert added > 0
    assert got["posts"] == pytest.approx(added * HOURS_A_MONTH)


@pytest.mark.parametrize("fixed", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["norfolk-2024", "leave-and-loan"])
def test_bars_add_up_from_start_to_end_and_are_those_of_the_tables(name: str, fixed: bool) -> None:
    plan = planned(name, fixed)
    option = plan.options[-1]
    hours, due = TABLES["hours"](plan), TABLES["due_in_time"](plan)
    for place, team in enumerate(plan.model.teams):
        every = bridge(plan, option, place)
        assert sum(one.hours for one in every[:-1]) == pytest.approx(every[-1].hours, abs=1e-6)
        mine = hours[(hours["team"] == team) & (hours["option"] == option.name)].set_index("month")
        activities = due[due["team"] == team].groupby("month")["hours"].sum()
        there = mine["available"] + mine["overtime"] + mine["received"] - mine["lent"]
        left = (
            there - mine["other_work"] - activities.reindex(mine.index, fill_value=0)
        ).to_numpy()
        ends = [float(np.mean(left[:12])), float(np.mean(left[-12:]))]
        assert [every[0].hours, every[-1].hours] == pytest.approx(ends)


def test_too_few_months_give_no_waterfall() -> None:
    plan = plan_of(toy(months=1), fixed=True)
    assert bridge(plan, plan.today, 0) == ()
    assert steps(Shown(plan), "t") is None


def test_the_waterfall_in_words() -> None:
    told = (BridgeStep("start", "year one", 40.0), BridgeStep("leave", "Leave and loans", -100.0))
    assert in_words((*told, BridgeStep("end", "year two", -60.0))) == (
        "40 hours per month to spare in year one, 60 hours per month too few in year two; leave "
        "and loans takes most (100)"
    )


def test_bars_begin_where_the_last_one_ended() -> None:
    picture = steps(Shown(plan_of(toy(LEAVE), fixed=True)), "t")
    assert picture is not None
    [rows] = picture.chart.rows.values()
    assert list(rows["said"]) == ["360", "−173", "187"]
    assert list(rows["from"]) == pytest.approx([0, 360, 0])
    assert list(rows["to"]) == pytest.approx([360, 360 - HOURS_A_MONTH, 360 - HOURS_A_MONTH])
