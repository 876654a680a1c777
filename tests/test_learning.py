"""Forecasts from the last known state, and ways of working learnt from the months before."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from capacity.engine import building, caseload, demand, projection, workforce
from capacity.engine.model import Model
from capacity.engine.projection import Projection, Record
from capacity.errors import InputError
from capacity.files.monthly import Figure, History
from capacity.history import learning
from capacity.history.backtest import Backtest, backtest
from capacity.history.fit import calibrate
from capacity.reading.scenario import Scenario, read
from capacity.results import fits as words
from tests.test_by_hand import unit

HOURS_100 = "in_post = 1\nweekly_hours = 23.076923076923077"
COUNTED = ("cases", "newly_due", "due", "done", "outstanding")


def scenario(text: str) -> Scenario:
    return read("unit.toml", files={"unit.toml": text})


def record(model: Model, last: int, **known: list[list[float]]) -> Record:
    """A record of the first months, later ones unknown."""
    found = {}
    for name in ("done", "done_early", "outstanding"):
        array = np.full((model.months, len(model.rows)), np.nan)
        if name in known:
            array[: last + 1] = known[name]
        found[name] = array
    return Record(last, **found)


def run(text: str, last: int, **known: list[list[float]]) -> tuple[Model, Projection, Record]:
    model = building.build(scenario(text))
    cases = caseload.project(model)
    seen = record(model, last, **known)
    made = projection.project(
        model, cases, demand.other_work(model, cases), workforce.staff(model), seen
    )
    return model, made, seen


# --- The record ----------------------------------------------------------------------------


def test_months_that_are_known_are_as_recorded_and_the_rest_goes_on_from_there() -> None:
    """12 cases every second month; hours for 4 visits. April: 6 due, by the record 1 was done.

    May by the rule: 6 more fall due, 11 in all, and 4 are done. June: only the 1 of April falls
    due again, so 8.
    """
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }",
        months=3,
        grade=HOURS_100,
    )
    _, made, _ = run(text, 0, done=[[1]])
    assert made.done[0, :, 0] == pytest.approx([1, 4, 4])
    assert made.due[0, :, 0] == pytest.approx([6, 11, 8])


def test_the_count_of_those_overdue_wins_over_the_clock() -> None:
    """By the clock 6 are due; 5 done and 4 left make 9. The 3 others were not due yet."""
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }",
        months=2,
        grade=HOURS_100,
    )
    _, made, _ = run(text, 0, done=[[5]], outstanding=[[4]])
    assert made.due[0, 0, 0] == pytest.approx(9)
    assert made.newly_due[0, 0, 0] == pytest.approx(9)
    assert made.outstanding[0, 0, 0] == pytest.approx(4)
    assert made.newly_due[0, 1, 0] == pytest.approx(3)  # who is left of those not due
    assert made.cases[0, 1, 0] == pytest.approx(12)


def test_no_more_can_be_overdue_than_there_are_cases() -> None:
    text = unit("tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }")
    _, made, _ = run(text, 0, done=[[5]], outstanding=[[40]])
    assert made.due[0, 0, 0] == pytest.approx(12)


def test_what_the_clock_misses_goes_on_where_a_drift_says_so() -> None:
    """Half a case more a month is due, out of those not yet due. April: 6 due, 1 done.

    May: 6 more by the clock and half of the 1 done in April, 11.5; 4 are done. June: the other half
    by the clock and half of those 4 more, 8.5.
    """
    text = unit(
        "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 25 }",
        months=3,
        grade=HOURS_100,
    )
    model, _, seen = run(text, 0, done=[[1]])
    cases = caseload.project(model)
    made = projection.project(
        model,
        cases,
        demand.other_work(model, cases),
        workforce.staff(model),
        replace(seen, drift=np.array([0.5])),
    )
    assert made.due[0, :, 0] == pytest.approx([6, 11.5, 8.5])
    assert made.newly_due[0, :, 0] == pytest.approx([6, 6.5, 1])
    assert made.cases[0, 2, 0] == pytest.approx(12)


# --- What is learnt ------------------------------------------------------------------------


def test_a_way_of_working_is_read_off_what_was_done() -> None:
    """Two tiers of 100 due each month; 50 and 20 done, in 100 hours with 70 worked.

    Effort 0.7; log-odds of 0.5 are 0 and of 0.2 are ln(0.25) = -1.3863.
    """
    text = unit(
        "tiers = { hi = { cases = 100 }, lo = { cases = 100 } }\n"
        "duties.visit = { per_year = 12, hours = 1 }",
        months=3,
        grade=HOURS_100,
    )
    known = {"done": [[50, 20]] * 2, "outstanding": [[50, 80]] * 2}
    model, made, seen = run(text, 1, **known)
    found = learning.learn(model, made, seen)
    assert found.effort == pytest.approx([0.7])
    assert found.focus == pytest.approx([0, -1.386294])
    assert found.focus_now == pytest.approx([0, 0])
    again = learning.as_learnt(model, seen, found)
    cases = caseload.project(again)
    asked = demand.other_work(again, cases)
    going_on = projection.project(again, cases, asked, workforce.staff(again), seen)
    assert going_on.done[0, 2] == pytest.approx([50, 20])


def test_recent_months_count_more_and_the_last_one_fades() -> None:
    """Twelve months of 40 done and one of 80; weights ½^(n ÷ 12), the last month 1."""
    text = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
        months=15,
        grade=HOURS_100,
    )
    done = [[40.0]] * 12 + [[80.0]]
    model, made, seen = run(text, 12, done=done, outstanding=[[100 - n] for (n,) in done])
    found = learning.learn(model, made, seen)
    weights = [0.5 ** (n / 12) for n in range(12)]
    mean = (80 + 40 * sum(weights[1:])) / sum(weights) / 100
    assert found.effort == pytest.approx([mean])
    assert found.effort_now == pytest.approx([np.log(0.8 / mean)])
    then = learning.as_learnt(model, seen, found)
    assert 0 < found.lasting[0] < 1
    assert then.people.effort[0, 13, 0] == pytest.approx(mean * (0.8 / mean) ** found.lasting[0])


def figures_of(model: Model, made: Projection) -> History:
    """The figures a unit would report of a projection."""
    found = []
    for t, label in enumerate(model.calendar.labels):
        for r, row in enumerate(model.rows):
            values = (made.cases, made.newly_due, made.due, made.done, made.outstanding)
            for name, value in zip(COUNTED, values, strict=True):
                found.append(
                    Figure(label, row.cohort, row.duty, row.tier, name, value[0, t, r], False, 1)
                )
    return History("unit.csv", tuple(found))


EARLY = unit(
    "tiers = { hi = { cases = 60 }, lo = { cases = 240 } }\n"
    "[cohorts.c.duties.visit]\nevery_months = { hi = 3, lo = 12 }\nhours = 2\n"
    "early_months = { hi = 2, lo = 11 }\nearly_share = { hi = 0.1, lo = 0.3 }",
    '[priority]\nrule = "soft"',
    months=36,
    grade=HOURS_100.replace("23.076923076923077", "16"),
)


TWO_YEARS = unit(
    "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
    months=36,
    grade=HOURS_100,
)
"""100 visits due and 100 hours for them each month from April 2025."""

AUGUST = 4
"""Its place after April."""


def of_two_years(done: list[float]) -> tuple[Model, Record, learning.Learnt]:
    left = [[100 - n] for n in done]
    model, made, seen = run(TWO_YEARS, 23, done=[[n] for n in done], outstanding=left)
    return model, seen, learning.learn(model, made, seen)


def test_what_comes_again_each_year_is_a_season() -> None:
    """60 done a month and half as many in August, twice: August lies ln 0.5 × 11 ÷ 12 below.

    Seen twice it counts two thirds, and multiples are scaled to a mean of 1. The level of the other
    months and that of August go on.
    """
    done = [60.0] * 24
    done[AUGUST] = done[AUGUST + 12] = 30.0
    model, seen, found = of_two_years(done)
    low, high = np.log(0.5) * 11 / 12 * 2 / 3, -np.log(0.5) / 12 * 2 / 3
    mean = (np.exp(low) + 11 * np.exp(high)) / 12
    assert np.exp(found.season[7, 0]) == pytest.approx(np.exp(low) / mean)
    assert np.exp(found.season[0, 0]) == pytest.approx(np.exp(high) / mean)
    assert np.exp(found.season).mean() == pytest.approx(1)
    made = learning.as_learnt(model, seen, found).people.effort[0, :, 0]
    times = np.exp(low - high)
    fade = found.lasting[0] ** np.array([AUGUST + 1, AUGUST + 2])
    now = np.exp(found.effort_now[0] * fade)
    assert made[24 + AUGUST] / now[0] == pytest.approx(times * made[24 + AUGUST + 1] / now[1])


def test_one_year_has_no_season_and_neither_have_years_that_do_not_agree() -> None:
    done = [60.0] * 24
    done[AUGUST + 12] = 30.0
    _, _, once = of_two_years(done)
    assert np.exp(once.season[7, 0]) > 0.75  # of a half, once in two years, a third of the log
    model, made, seen = run(TWO_YEARS, 22, done=[[n] for n in done[:23]])
    assert not learning.learn(model, made, seen).season.any()


def test_a_change_of_level_is_not_taken_for_a_season() -> None:
    """A year of 40 done, then 60 from December 2026 on: nothing that comes again."""
    done = [40.0] * 20 + [60.0] * 4
    _, _, found = of_two_years(done)
    assert (found.since[0], found.change[0]) == (8, pytest.approx(1.5))
    assert found.season[:, 0] == pytest.approx(np.zeros(12), abs=1e-9)
    assert found.effort == pytest.approx([0.6])


def test_how_far_months_swing_is_told_beside_other_years() -> None:
    """Years alike but for August, 30 and 45: beside the other year, seen once and so half."""
    done = [60.0] * 24
    done[AUGUST], done[AUGUST + 12] = 30.0, 45.0
    _, _, found = of_two_years(done)
    assert 0 < found.effort_swing[0] < np.std(np.log(done[12:]))


def test_a_change_of_ways_is_found_where_it_lies_and_only_what_came_after_is_learnt_from() -> None:
    """Six months of 40 done and six of 60, in 100 hours: from the seventh on, by a half more."""
    text = unit(
        "tiers.k = { cases = 100 }\nduties.visit = { per_year = 12, hours = 1 }",
        months=14,
        grade=HOURS_100,
    )
    done = [[40.0]] * 6 + [[60.0]] * 6
    model, made, seen = run(text, 11, done=done, outstanding=[[100 - n] for (n,) in done])
    found = learning.learn(model, made, seen)
    assert (found.since[0], found.change[0]) == (6, pytest.approx(1.5))
    assert found.effort == pytest.approx([0.6])
    assert found.effort_now == pytest.approx([0])


def test_a_change_must_lie_five_standard_errors_apart() -> None:
    """Six months 0 ± s and six 0.3 ± s: the error is s × √(12 ÷ 10 × 2 ÷ 6) = 0.6325 s."""
    signs = np.tile([1.0, -1.0], 6)
    level = np.repeat([0.0, 0.3], 6)
    assert learning.changed(level + 0.09 * signs) == 6  # 5.27 errors
    assert learning.changed(level + 0.10 * signs) == 0  # 4.74 errors
    assert learning.changed(level / 10) == 0  # 3 in 100 is no change
    assert learning.changed(level[4:8]) == 0  # three months each are needed


def drifting(more: list[float], known: list[bool] | None = None) -> float:
    """The drift learnt where each month so many more fell due than the clock says."""
    newly = 5 + np.array(more)[:, None]
    seen = np.where(known or [True] * len(more), 1.0, np.nan)[:, None]
    made = SimpleNamespace(newly_due=newly[None], clock_due=np.full_like(newly, 5)[None])
    record_ = Record(len(more) - 1, seen, seen, seen)
    return float(learning.drift(made, record_)[0])  # type: ignore[arg-type]


def test_what_falls_due_beyond_the_clock_every_month_is_learnt() -> None:
    """3 more in each of four months, the first of which has no month before it to start from."""
    assert drifting([100, 3, 3, 3]) == pytest.approx(3)
    assert drifting([100, 0, 0, 0]) == 0


def test_a_drift_is_drawn_towards_nothing_by_how_unsure_it_is() -> None:
    """Months 2, 4, 6, weights w = ½^(2/12, 1/12, 0): as much of the mean as m² ÷ (m² + e²)."""
    weight = np.array([0.5 ** (n / 12) for n in (2, 1, 0)])
    weight /= weight.sum()
    months = np.array([2.0, 4.0, 6.0])
    mean = weight @ months
    away = months - mean
    # Two pairs of months: what lasts of a difference, with six months' worth of the 0.6 expected.
    seen = max(0.0, (away[1:] @ away[:-1]) / (away[:-1] @ away[:-1]))
    lasting = (2 * seen + 6 * 0.6) / 8
    square = (weight @ away**2) * (weight @ weight) * (1 + lasting) / (1 - lasting)
    assert drifting([0, 2, 4, 6]) == pytest.approx(mean * mean**2 / (mean**2 + square))


def test_two_months_or_gaps_are_too_little_for_a_drift() -> None:
    assert drifting([0, 3, 3]) == 0
    assert drifting([0, 3, 3, 3, 3], [True, True, False, True, True]) == 0


def test_early_visits_that_nobody_counted_are_read_off_who_falls_due() -> None:
    """A unit does three in ten of its low visits early; its figures tell due, done and overdue.

    What is learnt on 24 months, by a scenario that knows of no early visit, forecasts the last 12.
    """
    model = building.build(scenario(EARLY))
    cases = caseload.project(model)
    truth = projection.project(
        model, cases, demand.other_work(model, cases), workforce.staff(model)
    )
    plain = "\n".join(line for line in EARLY.splitlines() if not line.startswith("early"))
    found = backtest(scenario(plain), figures_of(model, truth), [], least=24, every=100)
    off = {
        (one.series[2], one.horizon): one.projected - one.actual
        for one in found.forecasts
        if one.series[3] == "outstanding"
    }
    last = float(truth.outstanding[0, 35].sum())
    assert last > 40  # there is a backlog to forecast
    assert abs(off["hi", 12]) + abs(off["lo", 12]) < 0.1 * last


def test_a_calibration_gives_the_way_of_working_as_settings() -> None:
    """The two tiers above, twelve months of them: 50 of 100 and 20 of 100, so 0 and -1.386."""
    text = unit(
        "tiers = { hi = { cases = 100 }, lo = { cases = 100 } }\n"
        "duties.visit = { per_year = 12, hours = 1 }",
        '[priority]\nrule = "strict"',
        months=12,
        grade=HOURS_100,
    )
    found = []
    for month in building.build(scenario(text)).calendar.labels:
        for tier, done in (("hi", 50.0), ("lo", 20.0)):
            for name, value in (("due", 100.0), ("done", done)):
                found.append(Figure(month, "c", "visit", tier, name, value, False, 1))
    made = calibrate(scenario(text), History("ours.csv", tuple(found)), [])
    assert made.learnt == {
        "cohorts.c.duties.visit.focus.hi": 0.0,
        "cohorts.c.duties.visit.focus.lo": -1.386,
    }
    diff = words.diff_of(made, None)
    assert 'lo = { value = -1.386, source = "fitted"' in diff
    assert 'rule = "soft"' in diff


def test_without_figures_of_single_tiers_a_calibration_needs_a_setting() -> None:
    text = unit("tiers.k = { cases = 9 }\nduties.visit = { per_year = 12, hours = 1 }", months=9)
    labels = building.build(scenario(text)).calendar.labels
    figures = [Figure(m, None, None, None, "completion", 0.9, False, 1) for m in labels]
    with pytest.raises(InputError, match="--fit: must name a setting"):
        calibrate(scenario(text), History("ours.csv", tuple(figures)), [])


# --- Backtests -----------------------------------------------------------------------------


def outcome(found: Backtest, horizon: int, tier: str) -> tuple[float, float]:
    """Mean errors of the model and of the last value for what is overdue."""
    mine = [
        one
        for one in found.forecasts
        if one.series[3] == "outstanding" and one.series[2] == tier and one.horizon == horizon
    ]
    model = float(np.mean([abs(one.projected - one.actual) for one in mine]))
    return model, float(np.mean([abs((one.last_value or 0) - one.actual) for one in mine]))


def changing(months: int = 36, change: int = 18) -> History:
    """Twelve months' clock, all visited evenly; from the 19th month on a third of the hours go."""
    text = unit(
        "tiers = { hi = { cases = 60 }, lo = { cases = 240 } }\n"
        "[cohorts.c.duties.visit]\nevery_months = { hi = 3, lo = 12 }\nhours = 2",
        '[priority]\nrule = "soft"',
        f"[[changes]]\nfrom = {2025 + (3 + change) // 12}-{(3 + change) % 12 + 1:02d}-01\nset = "
        '{ "teams.t.grades.g.weekly_hours" = 14 }',
        months=months,
        grade=HOURS_100.replace("23.076923076923077", "18"),
    )
    model = building.build(scenario(text))
    cases = caseload.project(model)
    made = projection.project(model, cases, demand.other_work(model, cases), workforce.staff(model))
    return figures_of(model, made)


BLIND = unit(
    "tiers = { hi = { cases = 60 }, lo = { cases = 240 } }\n"
    "[cohorts.c.duties.visit]\nevery_months = { hi = 3, lo = 12 }\nhours = 2",
    months=36,
    grade=HOURS_100.replace("23.076923076923077", "18"),
)


def test_a_team_that_changes_half_way_is_followed_within_months() -> None:
    found = backtest(scenario(BLIND), changing(), [], least=24, horizon=6)
    for tier in ("hi", "lo"):
        model, last_value = outcome(found, 6, tier)
        assert model < last_value


def test_what_came_later_changes_no_forecast() -> None:
    """The months after an origin multiplied by three: its forecasts stay."""
    history = changing()
    cut = "2027-06"
    bent = [
        one if one.month <= cut else replace(one, value=3 * one.value) for one in history.figures
    ]
    before = backtest(scenario(BLIND), history, [], least=24, horizon=3)
    after = backtest(scenario(BLIND), History("bent.csv", tuple(bent)), [], least=24, horizon=3)
    projected = {(f.origin, f.month, f.series): f.projected for f in before.forecasts}
    checked = 0
    for one in after.forecasts:
        if one.origin <= cut:
            assert one.projected == projected[one.origin, one.month, one.series]
            checked += 1
    assert checked > 20
