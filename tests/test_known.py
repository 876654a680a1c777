"""A scenario that names its history is planned from its last known month."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from capacity import charts, cli, stages
from capacity.engine import building, caseload, demand, projection, workforce
from capacity.errors import InputError
from capacity.files.monthly import read_history
from capacity.history import known
from capacity.history.backtest import backtest
from capacity.reading.scenario import Scenario, read
from capacity.results import manifests, tables
from capacity.risk import futures
from capacity.risk.draws import Draws
from capacity.stages import PlanResult
from tests.test_by_hand import unit

HOURS_100 = "in_post = 1\nweekly_hours = 23.076923076923077\ncost_per_year = 1000"
DATA = Path("data")

EVERY_SECOND = unit(
    "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }",
    months=3,
    grade=HOURS_100,
)
APRIL = "month,cohort,duty,tier,cases,due,done,outstanding\n2025-04,c,visit,k,12,6,1,5\n"
"""Of 12 cases 6 were due in April; 1 was done in 100 hours, enough for 4."""


def scenario(text: str, history: str, **more: str) -> Scenario:
    """A scenario whose file names a history; `more` are files that extend it."""
    files = {"unit.toml": f'history = "ours.csv"\n{text}', "ours.csv": history}
    files |= {f"{name}.toml": f'extends = "unit.toml"\n{body}' for name, body in more.items()}
    return read(next(iter(f"{name}.toml" for name in more), "unit.toml"), files=files)


def planned(text: str, history: str, **more: str) -> PlanResult:
    return stages.run(scenario(text, history, **more), fixed=True)


def values(plan: PlanResult, name: str) -> list[float]:
    made = plan.today.projection
    return list(getattr(made, name)[0, :, 0])


# --- From the last known state -------------------------------------------------------------


def test_a_plan_starts_in_the_month_after_the_last_one_known() -> None:
    """April left 5 overdue, 1 done this month and 6 done a month ago: the 6 fall due in May.

    11 are due in May. The team used 25 of 100 hours in April, so it does 1 a month: in June the 1
    done in April falls due again, 10 + 1 are due.
    """
    plan = planned(EVERY_SECOND, APRIL)
    assert plan.model.calendar.labels == ("2025-05", "2025-06")
    assert values(plan, "due") == pytest.approx([11, 11])
    assert values(plan, "done") == pytest.approx([1, 1])
    assert plan.scenario["cohorts.c.tiers.k.cases"] == 12
    assert plan.scenario["cohorts.c.duties.visit.opening_ages.k"] == [1, 6]
    assert plan.scenario["teams.t.effort"] == pytest.approx(0.25)
    assert plan.scenario.settings.teams["t"].effort.source == "fitted"
    assert plan.scenario.settings.cohorts["c"].tiers["k"].cases.source == "local"


def test_a_share_managed_reactively_stays_in_its_tier() -> None:
    """16 cases, a quarter of them managed reactively: the 12 still visited were counted in April.

    12 visited and 4 others come to 16 again, and from May on they are 12 and 4 as before.
    """
    text = EVERY_SECOND.replace("cases = 12", "cases = 16")
    share = "[cohorts.c]\nreactive_share = { k = 0.25 }"
    plan = planned(text.replace("[cohorts.c]", share), APRIL)
    assert plan.scenario["cohorts.c.tiers.k.cases"] == 16
    assert plan.cases.cases[0, 0] == pytest.approx([12, 4])
    assert values(plan, "due") == pytest.approx([11, 11])


def test_queues_go_on_from_the_last_month_known() -> None:
    """3 wait and 2 arrive a month, and they take no time: all 5 are done in April, 2 due in May."""
    queue = '\n[queues.refs]\nteam = "t"\narrivals_per_month = 2\nhours = 0\nwaiting = 3\n'
    plan = planned(EVERY_SECOND + queue, APRIL)
    assert plan.today.projection.due[0, :, 1] == pytest.approx([2, 2])
    assert values(plan, "due") == pytest.approx([11, 11])


def test_who_joined_before_the_start_may_have_joined_within_the_history() -> None:
    """The history begins in February; an officer who joined in March is one of those in post."""
    text = EVERY_SECOND.replace(HOURS_100, f"{HOURS_100}\nrecent_joiners = {{ 2025-02 = 1 }}")
    history = (
        "month,cohort,duty,tier,cases,due,done,outstanding\n"
        "2025-01,c,visit,k,12,6,1,5\n2025-02,c,visit,k,12,11,1,10\n2025-03,c,visit,k,12,11,1,10\n"
    )
    assert planned(text, history).scenario["cohorts.c.tiers.k.cases"] == 12


def test_what_extends_the_file_that_names_a_history_is_about_what_comes_after() -> None:
    """Half the hours for a visit from now on: 25 hours a month are 2 visits."""
    plan = planned(EVERY_SECOND, APRIL, lever='title = "L"\n[cohorts.c.duties.visit]\nhours = 12.5')
    assert values(plan, "done") == pytest.approx([2, 2])


def test_what_the_file_itself_says_was_true_of_the_months_known() -> None:
    """6 visits of 12.5 hours were due, 75 hours; 1 was done: a sixth of the hours there were.

    In May 11 are due and a sixth of 100 hours is 1.333 visits.
    """
    plan = planned(EVERY_SECOND.replace("hours = 25", "hours = 12.5"), APRIL)
    assert plan.scenario["teams.t.effort"] == pytest.approx(1 / 6)
    assert values(plan, "done")[0] == pytest.approx(4 / 3)


def test_a_value_laid_over_a_scenario_is_about_what_comes_after() -> None:
    changed = scenario(EVERY_SECOND, APRIL).replace({"cohorts.c.duties.visit.hours": 12.5})
    assert values(stages.run(changed, fixed=True), "done") == pytest.approx([2, 2])


def test_a_plan_of_what_was_planned_is_the_same() -> None:
    plan = planned(EVERY_SECOND, APRIL)
    again = stages.run(plan.scenario, fixed=True)
    assert values(again, "done") == values(plan, "done")
    assert again.scenario.known == plan.scenario.known


def test_a_history_that_ends_before_the_start_is_carried_forward_to_it() -> None:
    """February: 6 due, 1 done. By the rule March has 11 due and 1 done; then comes the start.

    A scenario that starts in April keeps April as its first month, with 10 overdue from March.
    """
    history = (
        "month,cohort,duty,tier,cases,due,done,outstanding\n"
        "2025-01,c,visit,k,12,6,6,0\n2025-02,c,visit,k,12,6,1,5\n"
    )
    plan = planned(EVERY_SECOND, history)
    assert plan.model.calendar.labels[0] == "2025-04"
    assert plan.scenario["cohorts.c.duties.visit.overdue.k"] == pytest.approx(10)


def test_months_without_figures_are_worked_as_the_last_one_known() -> None:
    """June: 2 done, half of 100 hours, and so in May: 11 due, 2 done, 9 left.

    In June the 1 done in April is due again: 10 due, 2 done, 8 left.
    """
    text = EVERY_SECOND.replace("months = 3", "months = 5")
    history = APRIL + "2025-06,c,visit,k,12,,2,\n"
    plan = planned(text, history)
    assert plan.model.calendar.labels[0] == "2025-07"
    assert plan.scenario["cohorts.c.duties.visit.overdue.k"] == pytest.approx(8)


def test_totals_are_shared_out_over_tiers_by_the_order_of_service() -> None:
    """Two tiers of 12, all due; 12 of 24 done. σ(θ) + σ(θ − 0.4) = 1 gives θ = 0.2.

    σ(0.2) = 0.549834: 6.598 done of the first tier and 5.402 of the second.
    """
    text = unit(
        "tiers = { hi = { cases = 12 }, lo = { cases = 12 } }\n"
        "duties.visit = { per_year = 12, hours = 1 }",
        '[priority]\nrule = "soft"',
        months=2,
        grade=HOURS_100,
    )
    history = "month,cohort,duty,tier,done,outstanding\n2025-04,c,visit,all,12,12\n"
    plan = planned(text, history)
    overdue = [plan.scenario[f"cohorts.c.duties.visit.overdue.{tier}"] for tier in ("hi", "lo")]
    assert overdue == pytest.approx([12 * 0.450166, 12 * 0.549834], rel=1e-5)


def test_a_share_alone_is_a_share_of_what_falls_due() -> None:
    """6 are due in April, a third of them done: 4 are overdue."""
    history = "month,cohort,duty,tier,completion\n2025-04,c,visit,k,0.3333333333\n"
    plan = planned(EVERY_SECOND, history)
    assert plan.scenario["cohorts.c.duties.visit.overdue.k"] == pytest.approx(4)


def test_what_is_due_alone_says_nothing_of_what_was_done() -> None:
    """6 are due in April and the team has hours for 4 of 25 hours: 2 are overdue."""
    plan = planned(EVERY_SECOND, "month,cohort,duty,tier,cases,due\n2025-04,c,visit,k,12,6\n")
    assert plan.model.calendar.labels[0] == "2025-05"
    assert plan.scenario["cohorts.c.duties.visit.overdue.k"] == pytest.approx(2)


def test_ages_of_a_register_at_the_start_are_kept() -> None:
    """The history says how many are overdue; how long they have waited is the register's."""
    text = EVERY_SECOND.replace(
        "hours = 25 }", "hours = 25, overdue.k = 4, overdue_ages.k = [0, 4] }"
    )
    history = APRIL.replace("2025-04", "2025-03")
    plan = planned(text, f"{history}2025-02,c,visit,k,12,6,6,0\n")
    assert plan.scenario["cohorts.c.duties.visit.overdue.k"] == pytest.approx(5)
    assert plan.scenario["cohorts.c.duties.visit.overdue_ages.k"] == [0, 4]


def test_an_opening_position_after_the_history_leaves_behind_what_is_past() -> None:
    """A change and an event before its month are no part of it; what it counted stands."""
    past = (
        '[[changes]]\nwhy = "Shorter"\nfrom = 2025-05-01\n'
        'set = { "cohorts.c.duties.visit.hours" = 20 }\n'
        '[[people]]\nteam = "t"\ngrade = "g"\nfte = 1\nwhy = "Loan"\n'
        "from = 2025-04-01\nuntil = 2025-05-31\n"
    )
    later = (
        'start = 2025-06-01\nremove = ["changes.Shorter", "people.Loan"]\n'
        "[cohorts.c]\ntiers.k.cases = 20\nduties.visit.hours = 20\n"
    )
    history = APRIL.replace("2025-04", "2025-03")
    whole = f"{history}2025-02,c,visit,k,12,6,6,0\n"
    plan = planned(f"{EVERY_SECOND}\n{past}", whole, later=later)
    assert plan.model.calendar.labels[0] == "2025-06"
    assert plan.scenario["cohorts.c.tiers.k.cases"] == 20
    assert plan.scenario["cohorts.c.duties.visit.hours"] == 20
    assert "changes" not in plan.scenario.tree or not plan.scenario.tree["changes"]
    assert plan.scenario.known is not None
    assert plan.scenario.known.last == "2025-03"


def test_the_team_needed_is_sized_in_full_hours() -> None:
    """12 visits of 25 hours fall due each month for 12 cases; 100 hours a post: 3 posts.

    Current posts worked a quarter of their hours, which says nothing about what is needed.
    """
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { per_year = 12, hours = 25 }",
        '[[standards]]\nname = "S"\ncohort = "c"\nduty = "visit"\ncompletion = 1',
        months=4,
        grade=HOURS_100,
    )
    history = "month,cohort,duty,tier,cases,due,done,outstanding\n2025-04,c,visit,k,12,12,1,11\n"
    plan = stages.run(scenario(text, history))
    assert plan.sizing is not None
    assert float(plan.sizing.added.sum()) == 2
    assert plan.today.projection.done[0, :, 0] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("origin", "cases", "near"),
    [
        ("2012-12", "entrants_per_month = 65", 1e-6),
        ("2013-06", "entrants_per_month = 65", 1e-6),
        ("2013-11", "entrants_per_month = 65", 1e-6),
        ("2013-11", "growth_per_year = 0.0", 0.005),
    ],
)
def test_chicago_as_a_scenario_gives_the_forecast_of_the_evidence(
    origin: str, cases: str, near: float
) -> None:
    """Exactly so where new cases are given by number.

    By growth the two differ a little, by design: a plan grows from the cases that are known, and
    the evidence goes on with as many new ones as the path from the first month on asks for.
    """
    base = (DATA / "chicago.toml").read_text().replace("growth_per_year = 0.0", cases)
    shipped = read("chicago.toml", files={"chicago.toml": base})
    head, *rows = (DATA / "chicago-history.csv").read_text().splitlines()
    until = "\n".join([head, *(row for row in rows if row[:7] <= origin)])
    plan = planned(base, f"{until}\n")
    tested = backtest(shipped, read_history("chicago-history"), [])
    tiers = {key.tier: place for place, key in enumerate(plan.model.rows)}
    compared = 0
    for one in tested.forecasts:
        _, _, tier, measure = one.series
        if one.origin == origin and tier and measure in ("outstanding", "done", "cases"):
            month = plan.model.calendar.labels.index(one.month)
            made = getattr(plan.today.projection, measure)[0, month, tiers[tier]]
            assert made == pytest.approx(one.projected, rel=near)
            compared += 1
    assert compared >= 6


def test_those_who_joined_since_a_history_began_join_in_their_months() -> None:
    """Of 2 in post at April 2025 a quarter joined in December and in January each, half in March.

    The history begins in June 2024, so the months from July on are followed: 1 is in post, 1.25
    from December, 1.5 from January and 2 from March. Six months long each counts half.
    """
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }",
        months=12,
        grade=f"{HOURS_100.replace('in_post = 1', 'in_post = 2')}\naccreditation_months = 6\n"
        "trainee_productivity = 0.5\nin_training = 0.5\n"
        'recent_joiners = { "2025-01" = 0.25, "2024-12" = 0.25 }',
    )
    months = [f"2024-{month:02d}" for month in range(6, 13)]
    rows = [f"{month},c,visit,k,12,6,6,0" for month in [*months, "2025-01"]]
    plan = planned(text, "\n".join([APRIL.splitlines()[0], *rows, ""]))
    assert plan.scenario.known is not None
    before = workforce.staff(building.build(plan.scenario.known.first))
    assert before.in_post[0, :10, 0] == pytest.approx([1] * 5 + [1.25, 1.5, 1.5, 2, 2])
    assert before.effective[0, 4:9, 0] == pytest.approx([1, 1.125, 1.25, 1.25, 1.5])
    # The plan itself starts in April 2025 with those who are in training then.
    assert plan.today.staff.effective[0, :3, 0] == pytest.approx([1.5, 1.5, 1.625])


def test_since_when_a_team_works_otherwise_is_told_and_goes_on() -> None:
    """40 of 100 done in each of six months, then 60: 60 are done in the months planned."""
    text = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
        months=15,
        grade=HOURS_100,
    )
    done = [40] * 6 + [60] * 6
    months = [f"{2025 + (n + 3) // 12}-{(n + 3) % 12 + 1:02d}" for n in range(12)]
    rows = [f"{m},c,visit,k,100,100,{n},{100 - n}" for m, n in zip(months, done, strict=True)]
    plan = planned(text, "\n".join([APRIL.splitlines()[0], *rows, ""]))
    assert values(plan, "done") == pytest.approx([60, 60, 60])
    assert plan.scenario.known is not None
    told = " ".join(plan.scenario.known.notes)
    assert "Since October 2025 t has worked 50% more on activities" in told
    assert plan.scenario["teams.t.effort_shock"] == pytest.approx(0)


# --- Effort --------------------------------------------------------------------------------


def worked(effort: str) -> tuple[PlanResult, projection.Projection]:
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { per_year = 12, hours = 25 }",
        months=3,
        grade=HOURS_100,
    ).replace("[teams.t.grades.g]", f"[teams.t]\n{effort}\n[teams.t.grades.g]")
    plan = stages.run(read("unit.toml", files={"unit.toml": text}), fixed=True)
    return plan, plan.today.projection


def test_hours_not_worked_are_reported_apart() -> None:
    """Half of 100 hours are 2 visits of 25; 50 hours went to nothing that the model knows."""
    _, made = worked("effort = 0.5")
    assert made.done[0, :, 0] == pytest.approx([2, 2, 2])
    assert made.not_worked[0, :, 0] == pytest.approx([50, 50, 50])
    assert made.unused[0, :, 0] == pytest.approx([0, 0, 0])


def test_more_done_than_there_were_hours_for_was_cut_short() -> None:
    """One and a half times 100 hours are 6 visits, told as 150 hours; 50 of them were cut short."""
    _, made = worked("effort = 1.5")
    assert made.done[0, :, 0] == pytest.approx([6, 6, 6])
    assert made.cut_short[0, :, 0] == pytest.approx([50, 50, 50])
    assert made.not_worked[0, :, 0] == pytest.approx([0, 0, 0])


def test_effort_of_the_month_before_fades() -> None:
    """A quarter in March against a half as usual; half of the difference, as a ratio, lasts.

    0.5 × (0.25 ÷ 0.5)^(1/2, 1/4, 1/8) = 0.353553, 0.420448, 0.458502; of 100 hours, ÷ 25.
    """
    _, made = worked("effort = 0.5\neffort_before = 0.25\nlasting = 0.5")
    assert made.done[0, :, 0] == pytest.approx([1.414214, 1.681793, 1.834008], rel=1e-5)


def test_focus_of_the_month_before_fades() -> None:
    """Two tiers of 12 alike as usual; in March the second stood 2 behind. Of 24 hours 12 are there.

    April: 1 behind, σ(θ) + σ(θ − 1) = 1, θ = 0.5: 7.469 and 4.531. May: 0.5 behind, θ = 0.25.
    """
    text = unit(
        "tiers = { hi = { cases = 12 }, lo = { cases = 12 } }\n"
        "duties.visit = { per_year = 12, hours = 1, focus = 0, focus_before = { lo = -2 } }",
        '[priority]\nrule = "soft"',
        months=2,
        grade="in_post = 1\nweekly_hours = 2.7692307692307692",
    ).replace("[teams.t.grades.g]", "[teams.t]\nlasting = 0.5\n[teams.t.grades.g]")
    model = building.build(read("unit.toml", files={"unit.toml": text}))
    assert model.duties.focus[0, :, 1] == pytest.approx([-1, -0.5])
    cases = caseload.project(model)
    made = projection.project(model, cases, demand.other_work(model, cases), workforce.staff(model))
    assert made.done[0, 0] == pytest.approx([7.469512, 4.530488], rel=1e-4)


def swung(numbers: range, shock: str = "effort_shock = 0.2") -> np.ndarray:
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { per_year = 12, hours = 25 }",
        months=2,
        grade=HOURS_100,
    )
    text = text.replace(
        "[teams.t.grades.g]", f"[teams.t]\nlasting = 0.5\n{shock}\n[teams.t.grades.g]"
    )
    draws = Draws(read("unit.toml", files={"unit.toml": text}), 5)
    model = futures.world(draws, np.array(numbers)).laid_out.model
    return np.broadcast_to(model.people.effort, (len(numbers), 2, 1))[:, :, 0]


def test_effort_swings_from_month_to_month_in_simulations() -> None:
    """Lasting 0.5: the level has the variance 2 × 1.5 ÷ 0.5 ÷ 12 = 0.5 of the swing's.

    April: 0.2 × √(0.5 + 0.75) = 0.2236. May: 0.2 × √(0.5 + 1 − 0.5⁴) = 0.2398. 1 in the middle.
    """
    logs = np.log(swung(range(1, 4001)))
    assert logs.std(axis=0) == pytest.approx([0.2236, 0.2398], rel=0.04)
    assert np.median(logs, axis=0) == pytest.approx([0, 0], abs=0.02)


def test_focus_swings_where_it_is_said_to_and_nowhere_else() -> None:
    """Of the second tier alone, around its usual -1: lasting 0.5, 0.4 × √(0.5 + 0.75) = 0.447."""
    text = unit(
        "tiers = { hi = { cases = 12 }, lo = { cases = 12 } }\n"
        "duties.visit = { per_year = 12, hours = 1, focus = { lo = -1 }, "
        "focus_shock = { lo = 0.4 } }",
        months=1,
        grade=HOURS_100,
    ).replace("[teams.t.grades.g]", "[teams.t]\nlasting = 0.5\n[teams.t.grades.g]")
    draws = Draws(read("unit.toml", files={"unit.toml": text}), 5)
    model = futures.world(draws, np.arange(1, 4001)).laid_out.model
    hi, lo = model.duties.focus[:, 0].T
    assert (hi == 0).all()
    assert (np.mean(lo), np.std(lo)) == pytest.approx((-1, 0.4472), rel=0.04)
    assert (np.asarray(model.people.effort) == 1).all()


def test_a_swing_is_that_of_the_draw_alone_and_the_central_case_has_none() -> None:
    every = swung(range(5))
    assert np.array_equal(every[3:4], swung(range(3, 4)))
    assert every[0].tolist() == [1, 1]
    assert swung(range(5), "").tolist() == np.ones((5, 2)).tolist()


def test_how_far_effort_swings_is_read_off_the_months_known() -> None:
    """1, 2 and 4 visits in 100 hours: log efforts ln 0.25, ln 0.5 and ln 1, ± 0.566 apart.

    Of three months whose differences last their mean takes most with it, three quarters at most:
    the swing is twice as large.
    """
    rows = [
        "2025-04,c,visit,k,12,6,1,5",
        "2025-05,c,visit,k,12,11,2,9",
        "2025-06,c,visit,k,12,10,4,6",
    ]
    history = "\n".join(["month,cohort,duty,tier,cases,due,done,outstanding", *rows, ""])
    plan = planned(EVERY_SECOND.replace("months = 3", "months = 6"), history)
    assert plan.scenario["teams.t.effort_shock"] == pytest.approx(2 * np.log(2) * np.sqrt(2 / 3))


def test_a_season_of_effort_goes_into_the_plan() -> None:
    """100 due and 100 hours a month, 60 done and 30 each August: the season of the third year.

    Two thirds of ln 0.5 × 11 ÷ 12 and of -ln 0.5 ÷ 12, scaled to a mean of 1; both Augusts known.
    """
    rows = ["month,cohort,duty,tier,cases,due,done,outstanding"]
    for n in range(24):
        year, month = divmod(2025 * 12 + 3 + n, 12)
        done = 30 if month == 7 else 60
        rows.append(f"{year}-{month + 1:02d},c,visit,k,100,100,{done},{100 - done}")
    text = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
        months=36,
        grade=HOURS_100,
    )
    plan = planned(text, "\n".join([*rows, ""]))
    low, high = np.log(0.5) * 11 / 18, -np.log(0.5) / 18
    scale = (np.exp(low) + 11 * np.exp(high)) / 12
    season = [np.exp(high) / scale] * 12
    season[7] = np.exp(low) / scale
    assert plan.scenario["teams.t.effort_season"] == pytest.approx(season, abs=1e-6)
    done = values(plan, "done")
    assert done[4] / done[5] == pytest.approx(np.exp(low - high), rel=0.02)
    told = " ".join(plan.scenario.known.notes)
    assert "least on activities in August (35% less than on average" in told


# --- Histories that cannot be used, or should be looked at ---------------------------------


def wrong(text: str, history: str) -> str:
    with pytest.raises(InputError) as caught:
        planned(text, history)
    return "\n".join(str(one) for one in caught.value.problems)


def test_figures_that_contradict_each_other_are_all_told() -> None:
    history = (
        "month,cohort,duty,tier,cases,due,done,outstanding\n"
        "2025-04,c,visit,k,12,6,1,30\n2025-05,c,visit,k,12,20,1,5\n"
    )
    told = wrong(EVERY_SECOND, history)
    assert "outstanding: must be at most the cases there are (12)" in told
    assert "due: must be done + outstanding (6); is it newly_due? name its column so" in told


def test_a_total_below_its_tiers_is_refused() -> None:
    text = EVERY_SECOND.replace("tiers.k = { cases = 12 }", "tiers = { k.cases = 12, m.cases = 9 }")
    history = (
        "month,cohort,duty,tier,outstanding\n"
        "2025-04,c,visit,k,5\n2025-04,c,visit,m,6\n2025-04,c,visit,all,7\n"
    )
    assert "must not be less than its tiers together (11)" in wrong(text, history)


def test_a_history_that_covers_every_month_projected_is_refused() -> None:
    history = APRIL + "2025-07,c,visit,k,12,6,1,5\n"
    assert "must end before the last month projected (2025-06)" in wrong(EVERY_SECOND, history)


def test_a_tier_that_is_not_there_is_refused() -> None:
    assert "unknown tier" in wrong(EVERY_SECOND, APRIL.replace(",k,", ",z,"))


def test_problems_of_the_scenario_and_of_its_history_come_together(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text(APRIL.replace(",6,1,5", ",6,9,5"))
    bad = EVERY_SECOND.replace("months = 3", "months = 0")
    (tmp_path / "unit.toml").write_text(f'history = "ours.csv"\n{bad}')
    for command in ("plan", "check"):
        ended = CliRunner().invoke(cli.app, [command, str(tmp_path / "unit.toml")])
        assert ended.exit_code == 2
        assert "months: must be a whole number" in " ".join(ended.output.split())
        assert "done: must be at most due (6)" in " ".join(ended.output.split())


def test_check_finds_figures_that_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text(APRIL.replace("12,6,1,5", "3,6,1,5"))
    (tmp_path / "unit.toml").write_text(f'history = "ours.csv"\n{EVERY_SECOND}')
    for command in ("plan", "check"):
        ended = CliRunner().invoke(cli.app, [command, str(tmp_path / "unit.toml")])
        assert ended.exit_code == 2
        assert "must be at most the cases there are (3)" in " ".join(ended.output.split())


@pytest.mark.parametrize("name", ["../ours.csv", "/etc/passwd", "none.csv", ""])
def test_a_history_lies_beside_the_file_that_names_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "unit.toml").write_text(f'history = "{name}"\n{EVERY_SECOND}')
    with pytest.raises(InputError, match="history"):
        read(tmp_path / "unit.toml")


def test_a_change_of_definition_is_pointed_out() -> None:
    """Each month 6 fall due and are done; in January 6 more than that are suddenly overdue."""
    months = [*(f"2025-{m:02d}" for m in range(4, 13)), "2026-01", "2026-02"]
    text = unit(
        "tiers.k = { cases = 120 }\nduties.visit = { every_months = 2, hours = 1 }",
        months=14,
        grade=HOURS_100,
    )
    rows = [f"{m},c,visit,k,120,60,60,0" for m in months[:-2]]
    rows += [f"{m},c,visit,k,120,100,60,40" for m in months[-2:]]
    history = "\n".join(["month,cohort,duty,tier,cases,due,done,outstanding", *rows, ""])
    told = planned(text, history).scenario.known
    assert told is not None
    assert any("Was something counted differently from then on?" in one for one in told.notes)
    assert any("January 2026 (k)" in one for one in told.notes)


# --- What is written -----------------------------------------------------------------------


def test_what_is_known_is_a_table_and_a_sentence() -> None:
    made = tables.tables(planned(EVERY_SECOND, APRIL))
    rows = made["known"]
    assert list(rows["month"].unique()) == ["2025-04"]
    assert dict(zip(rows["measure"], rows["value"], strict=True)) == {
        "cases": 12,
        "due": 6,
        "done": 1,
        "outstanding": 5,
    }
    words = " ".join(made["summary"]["words"])
    assert "ours.csv says what happened up to April 2025" in words
    assert "worked 25% of the hours on activities" in words
    assert "known" not in tables.tables(
        stages.run(read("u.toml", files={"u.toml": EVERY_SECOND}), fixed=True)
    )


def test_a_chart_shows_the_months_before_as_recorded() -> None:
    """In April 1 of 6 was done and 5 were overdue; May begins the forecast."""
    frame = charts.frames.duty(charts.frames.Shown(planned(EVERY_SECOND, APRIL)), "c", "visit")
    past = frame[frame["role"] == "recorded"]
    assert [f"{one:%Y-%m}" for one in past["month"]] == ["2025-04"]
    assert past["outstanding"].tolist() == [5]
    assert past["completion"].tolist() == pytest.approx([1 / 6])
    assert f"{frame[frame['role'] == 'today']['month'].min():%Y-%m}" == "2025-05"
    picture = charts.outstanding(charts.frames.Shown(planned(EVERY_SECOND, APRIL)), "c", "visit")
    assert "As recorded" in set(picture.table["series"])


def test_a_manifest_keeps_figures_and_nothing_about_people(tmp_path: Path) -> None:
    """A file with other columns is kept as its figures alone, and repeats the same plan."""
    head, row = APRIL.splitlines()
    (tmp_path / "ours.csv").write_text(f"{head},officer\n{row},Officer 47\n")
    (tmp_path / "unit.toml").write_text(f'history = "ours.csv"\n{EVERY_SECOND}')
    plan = stages.run(read(tmp_path / "unit.toml"), fixed=True)
    manifest = manifests.manifest_of(plan, {"draws": None, "fixed": True})
    assert "Officer" not in json.dumps(manifest)
    entry = next(one for one in manifest["data"] if one["name"] == "ours.csv")
    assert "sha256" in entry["text"].splitlines()[0]
    texts = {one["name"]: one["text"] for one in (*manifest["files"], *manifest["data"])}
    again = stages.run(read("unit.toml", files=texts), fixed=True)
    assert np.array_equal(again.today.projection.done, plan.today.projection.done)
    assert manifests.manifest_of(again, {"draws": None, "fixed": True}) == manifest


def test_a_plain_history_is_kept_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text(APRIL)
    (tmp_path / "unit.toml").write_text(f'history = "ours.csv"\n{EVERY_SECOND}')
    kept = {one.name.rpartition("/")[2]: one.text for one in read(tmp_path / "unit.toml").files}
    assert kept["ours.csv"] == APRIL


def test_without_a_history_nothing_is_opened() -> None:
    plain = read("norfolk-2024")
    assert known.opened(plain) is plain
