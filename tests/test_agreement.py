"""Simulations that agree with what is known: a history, and single figures, in the product."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from typer.testing import CliRunner

from capacity import cli, stages
from capacity.files.monthly import Figure
from capacity.reading.scenario import Scenario, read
from capacity.results import tables
from capacity.risk import agreement
from capacity.risk.draws import Draws
from capacity.risk.uncertainty import Ask, Uncertainty, simulate
from tests.test_by_hand import unit

HOURS_100 = "in_post = 1\nweekly_hours = 23.076923076923077"
HOURS = "cohorts.c.duties.visit.hours"
TEXT = unit(
    "tiers.k = { cases = 120 }\n"
    "duties.visit = { per_year = 12, hours = { value = 2, low = 1, high = 4 } }",
    months=6,
    grade=HOURS_100,
)
"""120 visits fall due each month; in 100 hours 50 of two hours are done, of 120."""


def known(month: str, value: float, measure: str = "done", give: str = "") -> str:
    return (
        f'[[known]]\nmonth = "{month}"\ncohort = "c"\nduty = "visit"\ntier = "k"\n'
        f'measure = "{measure}"\nvalue = {value}\n{give}\n'
    )


def scenario(*more: str, text: str = TEXT) -> Scenario:
    whole = "\n".join([text, *more])
    return read("unit.toml", files={"unit.toml": whole})


def simulated(of: Scenario, number: int = 2000, seed: int = 1) -> Uncertainty:
    asked = Ask(number=number, curve=False, size=False)
    return simulate(stages.run(of, fixed=True), seed, asked)


def hours_of(found: Uncertainty, number: int = 2000) -> np.ndarray:
    numbers = np.arange(1, number + 1)
    drawn = found.draws.scenario_of(numbers).settings.cohorts["c"].duties["visit"].hours
    return np.ravel(next(iter(drawn.values())).value)


# --- What counts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "value", "give"),
    [
        ("completion", 0.86, 0.05),
        ("cases", 10_000, 200),
        ("cases", 400, 20),
        ("cases", 1, 2),
        ("outstanding", 100, 20),
        ("outstanding", 4, 3),
        ("done", 100, 30),
        ("done", 4, 3),
        ("longest_wait_months", 20, 5),
        ("longest_wait_months", 1, 2),
    ],
)
def test_how_far_off_a_figure_may_be(measure: str, value: float, give: float) -> None:
    figure = Figure("2025-04", "c", "visit", "k", measure, value, False, 1)
    assert agreement.give_of(figure) == pytest.approx(give, rel=0.01)


def test_a_single_figure_takes_the_place_of_the_history_s() -> None:
    history = "month,cohort,duty,tier,cases,due,done\n"
    history += "2025-02,c,visit,k,120,120,50\n2025-03,c,visit,k,120,120,50\n"
    text = f'history = "h.csv"\n{TEXT}\n{known("2025-03", 55, give="give = 1")}'
    plan = stages.run(read("u.toml", files={"u.toml": text, "h.csv": history}), fixed=True)
    found = [one for one in agreement.known_figures(plan.scenario) if one.figure.month == "2025-03"]
    told = {one.figure.measure: (one.figure.value, one.give) for one in found}
    assert told["done"] == (55, 1)
    assert told["due"][0] == 120


def test_a_history_may_be_longer_than_the_months_planned() -> None:
    """Thirty months known, six planned: the last twelve are what settings are judged by."""
    months = [f"{2022 + n // 12}-{n % 12 + 1:02d}" for n in range(9, 39)]
    history = "month,cohort,duty,tier,cases,due,done\n"
    history += "".join(f"{month},c,visit,k,120,120,50\n" for month in months)
    text = f'history = "h.csv"\n{TEXT}'
    found = simulated(read("u.toml", files={"u.toml": text, "h.csv": history}), 100)
    assert found.agreed is not None
    assert {one.known.figure.month for one in found.agreed.figures} == set(months[-12:])


# --- Weights -------------------------------------------------------------------------------


def test_without_anything_known_nothing_is_weighed() -> None:
    found = simulated(scenario(), 50)
    assert found.agreed is None
    assert found.draws.weigh is None


QUEUE = """
[queues.calls]
team = "t"
arrivals_per_month = 120
classes = { urgent = 0.5, other = 0.5 }
hours = { value = 2, low = 1, high = 4 }
deadline_months = 0
"""


def of_queue(*figures: tuple[str, float, str]) -> Scenario:
    """120 calls arrive each month, half of them urgent and done first, and there are 100 hours."""
    known = (
        f'[[known]]\nmonth = "2025-05"\nqueue = "calls"\nmeasure = "{measure}"\n'
        f"value = {value}\n{more}\n"
        for measure, value, more in figures
    )
    team = '[cohorts.c]\nteam = "t"\ntiers.k = { cases = 1 }\n'
    team += '[teams.t.grades.pc]\ncost_per_year = 50000\n[priority]\nrule = "strict"\n'
    months = 'title = "Calls"\nstart = 2025-04-01\nmonths = 3\n'
    text = months + team.replace("cost_per_year = 50000\n", f"cost_per_year = 50000\n{HOURS_100}\n")
    return read("unit.toml", files={"unit.toml": "\n".join([text, QUEUE, *known])})


def test_a_figure_of_a_queue_tells_the_hours_of_one() -> None:
    """At the end of May 140 wait of 240 that came: 100 done in 200 hours, two hours each."""
    found = simulated(of_queue(("waiting", 140, "give = 4")))
    assert found.agreed is not None
    (hours,) = found.agreed.settings
    assert hours.setting == "queues.calls.hours"
    low, middle, high = hours.after
    assert middle == pytest.approx(2, abs=0.05)
    assert 1.85 < low < middle < high < 2.15
    (figure,) = found.agreed.figures
    assert figure.middle == pytest.approx(140, abs=2)


def test_every_figure_of_a_queue_is_read_as_the_table_has_it() -> None:
    """With two hours each 50 are done a month, all urgent: of 60 in April 10 wait, 20 in May.

    In May 60 urgent calls come and are due with those 10. Of 120 others in two months none is done.
    By the end of May 20 + 120 wait, and 70 of all are from April: too late with a deadline of 0.
    In date is what came in May and is done, less nothing: the oldest first, so 10 of the 50 done
    are late, and so are the 60 others that came in April.
    """
    asked = [
        ("arrivals", 120, ""),
        ("due", 190, ""),
        ("done", 50, ""),
        ("waiting", 140, ""),
        ("past_deadline", 140, ""),
        ("waiting", 20, 'tier = "urgent"'),
        ("due", 70, 'tier = "urgent"'),
        ("longest_wait_months", 2, 'tier = "other"'),
    ]
    agreement_ = agreement.Agreement(of_queue(*asked), 1)
    (central,) = agreement_.projected(np.array([0]))
    np.testing.assert_allclose(central, [value for _, value, _ in asked])
    told = tables.uncertain(simulated(of_queue(*asked), 50))["known"]
    assert told["measure"].tolist() == [measure for measure, _, _ in asked]
    assert set(told["duty"]) == {"calls"}


def test_a_figure_of_a_month_projected_tells_the_hours_of_a_visit() -> None:
    """50 done in May in 100 hours: two hours each. Give or take 2 of 50: 1.9 to 2.1, 8 in 10."""
    found = simulated(scenario(known("2025-05", 50, give="give = 2")))
    assert found.agreed is not None
    (hours,) = [one for one in found.agreed.settings if one.setting == HOURS]
    assert hours.before[0] == pytest.approx(1, rel=0.1)
    assert hours.after[1] == pytest.approx(2, rel=0.02)
    assert 1.8 < hours.after[0] < hours.after[2] < 2.2
    assert hours.left < 0.15
    assert found.agreed.weights.agree


def test_a_figure_before_the_start_is_worked_out_by_an_earlier_start() -> None:
    """In March 25 were done in 100 hours: four hours each."""
    found = simulated(scenario(known("2025-03", 25, give="give = 1")))
    assert found.agreed is not None
    (hours,) = [one for one in found.agreed.settings if one.setting == HOURS]
    assert hours.after[1] == pytest.approx(4, rel=0.03)


def test_bands_are_those_of_the_draws_that_agree() -> None:
    """Without the figure, completion lies between 21% and 83%; with it, near 50 of 120, 42%."""
    plain, weighed = simulated(scenario()), simulated(scenario(known("2025-05", 50, give="give=2")))

    def band(found: Uncertainty) -> tuple[float, float]:
        one = next(
            one
            for one in found.bands
            if (one.tier, one.measure, one.month) == ("k", "completion", "2025-06")
        )
        return one.p10, one.p90

    low, high = band(plain)
    near_low, near_high = band(weighed)
    assert high - low > 0.5
    assert 0.37 < near_low < 50 / 120 < near_high < 0.47


def test_a_draw_is_the_same_draw_whatever_is_known() -> None:
    """What a draw says does not depend on its weight, and its weight not on the others asked."""
    plain, weighed = simulated(scenario(), 200), simulated(scenario(known("2025-05", 50)), 200)
    assert np.array_equal(hours_of(plain, 200), hours_of(weighed, 200))
    weigh = weighed.draws.weigh
    assert weigh is not None
    again = agreement.Agreement(weighed.plan.scenario, 1)
    alone = agreement.Weigher(again, weigh.power, weigh.highest, {})
    assert alone(np.array([7])) == pytest.approx(weigh(np.arange(1, 201))[6:7], rel=1e-9)


def test_weights_travel_to_other_processes() -> None:
    """What is worked out elsewhere is the same; weights go with the draws they are of."""
    found = simulated(scenario(known("2025-05", 50)), 20)
    there = pickle.loads(pickle.dumps(found.draws))
    numbers = np.arange(1, 31)
    assert found.draws.weigh is not None
    assert there.weigh(numbers) == pytest.approx(found.draws.weigh(numbers), rel=1e-12)


def test_what_matters_is_told_of_the_draws_that_agree() -> None:
    """Once the hours of a visit are known, they explain less of what is left."""
    more = '[cohorts.c]\nteam = "t"\ngrowth_per_year = { value = 0, low = -0.3, high = 0.4 }'
    text = TEXT.replace('[cohorts.c]\nteam = "t"', more)
    plain = simulated(scenario(text=text))
    weighed = simulated(scenario(known("2025-05", 50, give="give = 0.5"), text=text))
    of_plain = {one.setting: one.rank_correlation for one in plain.drivers}
    of_weighed = {one.setting: one.rank_correlation for one in weighed.drivers}
    assert abs(of_weighed[HOURS]) < abs(of_plain[HOURS])


def test_probabilities_are_those_of_the_draws_that_agree() -> None:
    """At least 35% done: 42 of 120, 2.38 hours or less. Known to take two hours, it is met."""
    rule = '[[standards]]\nname = "S"\ncohort = "c"\nduty = "visit"\ncompletion = 0.35'
    plain = simulated(scenario(rule))
    weighed = simulated(scenario(rule, known("2025-05", 50, give="give = 2")))

    def chance(found: Uncertainty) -> float:
        return next(one.chance for one in found.chances if one.period == "every month")

    assert 0.5 < chance(plain) < 0.75
    assert chance(weighed) > 0.95


# --- Figures that cannot be right together -------------------------------------------------


def test_figures_that_contradict_each_other_are_listed_and_nothing_else() -> None:
    """50 done in April, 20% in May, 24 in the same hours: no number of hours makes both."""
    share = known("2025-05", 0.2, "completion", "give = 0.01")
    found = simulated(scenario(known("2025-04", 50, give="give = 1"), share))
    assert found.agreed is not None
    assert not found.agreed.weights.agree
    assert [one.figure.measure for one in found.agreed.apart] == ["done", "completion"]
    made = tables.uncertain(found)
    words = " ".join(made["agreement"]["words"])
    assert "These figures cannot be right together" in words
    assert "April 2025, done (c visit k): 50, give or take 1." in words
    assert "May 2025, completion (c visit k): 20%, give or take 1%." in words


def test_one_figure_that_cannot_be_right_is_told_as_one() -> None:
    """Of 24 that fall due in the hours there are some are done in every simulation."""
    found = simulated(scenario(known("2025-05", 0.0, "completion", "give = 0.01")))
    assert found.agreed is not None
    assert not found.agreed.weights.agree
    words = " ".join(tables.uncertain(found)["agreement"]["words"])
    assert (
        "This figure cannot be right by this scenario, within 3 times what it may be off" in words
    )
    assert "May 2025, completion (c visit k): 0%, give or take 1%." in words


def test_the_terminal_tells_no_probability_where_nothing_agrees(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rule = '[[standards]]\nname = "S"\ncohort = "c"\nduty = "visit"\ncompletion = 0.35'
    path = tmp_path / "unit.toml"
    path.write_text("\n".join([TEXT, rule, known("2025-05", 500, give="give = 1")]))
    ended = CliRunner().invoke(cli.app, ["simulate", str(path), "--draws", "100", "--fixed"])
    said = " ".join(ended.output.split())
    assert "No simulation agrees with what is known" in said
    assert "Probability that" not in said


# --- Truths are found again ----------------------------------------------------------------


def test_histories_made_by_the_model_lead_back_to_what_made_them() -> None:
    """40 units whose true hours of a visit come from the scenario's own range: 8 in 10 within.

    Three months of what each did, a tenth off by chance, are known; the weighted 80% range holds
    the truth in 26 to 38 of 40 (two standard errors and a half), and is narrower on average.
    """
    base = TEXT.replace("months = 6", "months = 12")
    rng = np.random.default_rng(3)
    draws = Draws(read("u.toml", files={"u.toml": base}), 11)
    visit = draws.scenario_of(np.arange(1, 41)).settings.cohorts["c"].duties["visit"]
    truths = np.ravel(next(iter(visit.hours.values())).value)
    within, left = 0, []
    for truth in truths.tolist():
        exact = 100 / max(truth, 100 / 120)
        seen = exact * (1 + 0.1 * rng.normal(size=3))
        give = f"give = {exact / 10}"
        months = ("2025-04", "2025-07", "2025-10")
        figures = [known(m, one, give=give) for m, one in zip(months, seen, strict=True)]
        found = agreement.agreed(Draws(scenario(*figures, text=base), 1), 1000)
        assert found is not None
        (hours,) = [one for one in found.settings if one.setting == HOURS]
        within += hours.after[0] <= truth <= hours.after[2]
        left.append(hours.left)
    assert 26 <= within <= 38
    assert np.mean(left) < 0.5
