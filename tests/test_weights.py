"""Weights of draws that agree with what is known: known cases, and statistics of weighted draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import spearmanr

from capacity.engine.model import Array
from capacity.errors import ScenarioError
from capacity.files.headings import MEASURES
from capacity.reading.scenario import read
from capacity.risk import chances, weights
from capacity.risk.weights import Evidence, Weights
from capacity.settings import KnownFigure

NUMBER = 10_000
NORMAL: Array = ndtri((np.arange(NUMBER) + 0.5) / NUMBER)
"""Draws of a setting that is normal around 0 with a standard deviation of 1."""


def figures(
    values: list[float],
    give: float,
    months: list[int] | None = None,
    series: list[int] | None = None,
    place: list[int] | None = None,
) -> Evidence:
    number = len(values)
    ones = series or list(range(number))
    return Evidence(
        value=np.array(values, dtype=float),
        give=np.full(number, give),
        month=np.array(months or [0] * number),
        series=np.array(ones),
        place=np.array(place or ones),
    )


def weighed(projected: Array, known: Evidence) -> Weights:
    return weights.weigh(
        weights.log_likelihood(projected, known), weights.misfits(projected, known)
    )


def moments(values: Array, weight: Array) -> tuple[float, float]:
    mean = float(weight @ values)
    return mean, float(np.sqrt(weight @ (values - mean) ** 2))


# --- Known answers -------------------------------------------------------------------------


def test_a_normal_setting_and_one_figure_give_the_known_posterior() -> None:
    """Prior N(0, 1), figure 1 ± 0.5: mean 1 ÷ 1.25 = 0.8, variance 0.25 ÷ 1.25 = 0.2."""
    found = weighed(NORMAL[:, None], figures([1.0], 0.5))
    assert moments(NORMAL, found.weight) == pytest.approx((0.8, np.sqrt(0.2)), abs=0.002)
    assert weights.narrowed(NORMAL[:, None], found.weight) == pytest.approx(
        [np.sqrt(0.2)], abs=0.002
    )
    assert found.agree
    assert found.power == 1.0


def test_two_months_of_a_series_go_together() -> None:
    """Of the variance half lasts, 0.9 a month: neighbours have a correlation of 0.45.

    1'C⁻¹1 = 2 ÷ 1.45 = 1.3793; ÷ 0.25 = 5.5172. Variance 1 ÷ 6.5172 = 0.15344, mean 0.84656.
    """
    projected = np.stack([NORMAL, NORMAL], axis=1)
    found = weighed(projected, figures([1.0, 1.0], 0.5, [0, 1], [0, 0], [0, 0]))
    assert moments(NORMAL, found.weight) == pytest.approx((0.84656, np.sqrt(0.15344)), abs=0.002)


@pytest.mark.parametrize(("months", "figures_"), [(1, 1), (12, 2.7), (60, 7.5), (600, 61)])
def test_sixty_months_are_not_sixty_proofs(months: int, figures_: float) -> None:
    """By the long-run variance of a part that lasts, 0.5 × 19, and one that does not, 0.5: 60 ÷ 10.

    The ends of a series count for a little more: 7.5 for 60 months, and 61 for 600.
    """
    one = np.ones(months)
    told = one @ np.linalg.solve(weights.correlation(np.arange(months)), one)
    assert told == pytest.approx(figures_, rel=0.02)


def test_months_far_apart_are_proofs_of_their_own() -> None:
    """Ten years apart 0.9^120 is nothing: as two independent figures of 1 ± 0.5, mean 8 ÷ 9."""
    projected = np.stack([NORMAL, NORMAL], axis=1)
    found = weighed(projected, figures([1.0, 1.0], 0.5, [0, 120], [0, 0], [0, 0]))
    assert moments(NORMAL, found.weight)[0] == pytest.approx(8 / 9, abs=0.002)


def test_several_measures_of_one_place_count_as_one() -> None:
    projected = np.stack([NORMAL, NORMAL], axis=1)
    known = figures([1.0, 1.0], 0.5, series=[0, 1], place=[0, 0])
    assert weighed(projected, known).weight == pytest.approx(
        weighed(NORMAL[:, None], figures([1.0], 0.5)).weight
    )


def test_the_effective_number_is_the_known_one() -> None:
    """A figure at the middle, ± 0.5: E(w)² = 0.25 ÷ 1.25 = 0.2, E(w²) = √(0.125 ÷ 1.125) = 1 ÷ 3.

    0.6 of the draws are left in effect.
    """
    found = weighed(NORMAL[:, None], figures([0.0], 0.5))
    assert found.effective == pytest.approx(0.6 * NUMBER, rel=0.002)
    assert found.number == pytest.approx(found.effective)


def test_weights_that_collapse_are_tempered() -> None:
    """A fiftieth of the draws is left in effect; a draw near the figure is all that agrees."""
    found = weighed(NORMAL[:, None], figures([2.5], 0.01))
    assert found.effective < 200
    assert found.number == pytest.approx(200, rel=0.01)
    assert 0 < found.power < 1
    assert found.agree
    assert not weighed(NORMAL[:, None], figures([5.0], 0.01)).agree


def test_without_figures_every_draw_weighs_the_same() -> None:
    known = figures([], 1.0)
    found = weighed(np.zeros((NUMBER, 0)), known)
    assert found.weight == pytest.approx(np.full(NUMBER, 1 / NUMBER))
    assert found.agree
    assert weights.cannot_be_right(np.zeros((NUMBER, 0)), known) == ()


def test_a_draw_weighs_by_itself() -> None:
    """What a draw's likelihood is does not depend on the draws beside it."""
    known = figures([1.0, 0.4], 0.5, [0, 3], [0, 0], [0, 0])
    projected = np.stack([NORMAL, NORMAL**2], axis=1)
    every = weights.log_likelihood(projected, known)
    some = weights.log_likelihood(projected[7:9], known)
    assert some == pytest.approx(every[7:9], rel=1e-12)


# --- Figures that cannot be right together -------------------------------------------------


def test_figures_that_no_draw_brings_together_are_named() -> None:
    """Two say 0 and 1 ± 0.05 of one setting; a third says what every draw says."""
    setting = np.linspace(0, 1, NUMBER)
    projected = np.stack([setting, setting, np.full(NUMBER, 0.5)], axis=1)
    known = figures([0.0, 1.0, 0.5], 0.05)
    assert not weighed(projected, known).agree
    assert weights.cannot_be_right(projected, known) == (0, 1)


def test_a_figure_that_no_draw_comes_near_is_named_alone() -> None:
    setting = np.linspace(0, 1, NUMBER)
    projected = np.stack([setting, setting], axis=1)
    assert weights.cannot_be_right(projected, figures([2.0, 0.5], 0.05)) == (0,)


def test_figures_that_go_together_only_in_pairs_are_named() -> None:
    """x, y and 1 − x − y each ± 0.05 of a half: any two may be, all three add up to 1, not 1.5."""
    x, y = (one.ravel() for one in np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 1, 101)))
    projected = np.stack([x, y, 1 - x - y], axis=1)
    found = weights.cannot_be_right(projected, figures([0.5, 0.5, 0.5], 0.05))
    assert found == (0, 1, 2)


def test_one_odd_month_of_a_long_series_is_not_a_contradiction() -> None:
    """23 months are right and one is 5 discrepancies off: √(25 ÷ 24) = 1.02 over the series."""
    projected = np.repeat(np.linspace(-1, 1, 1001)[:, None], 24, axis=1)
    known = figures([5.0] + [0.0] * 23, 1.0, list(range(24)), [0] * 24, [0] * 24)
    assert weights.cannot_be_right(projected, known) == ()


# --- Statistics ----------------------------------------------------------------------------


def test_weighted_quantiles_by_hand() -> None:
    """Weights 1, 2, 1: each draw stands at the middle of its own weight, 0.125, 0.5 and 0.875."""
    numbers = np.array([[10.0, 20.0, 30.0], [np.nan, 5.0, np.nan], [np.nan] * 3])
    found = weights.quantiles(numbers, np.array([1.0, 2.0, 1.0]), (0.3125, 0.5, 0.9))
    assert found[0] == pytest.approx([15, 20, 30])
    assert found[1] == pytest.approx([5, 5, 5])
    assert np.isnan(found[2]).all()


def test_a_probability_of_equal_weights_is_the_plain_one() -> None:
    held = np.arange(1000) < 730
    assert weights.chance(held, np.full(1000, 0.001)) == pytest.approx(chances.estimate(held))


def test_rank_correlations_of_equal_weights_are_the_plain_ones() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(500, 2))
    outcome = np.round(values[:, 0] + rng.normal(size=500), 1)
    found = weights.rank_correlations(values, outcome, np.full(500, 1 / 500))
    for place in range(2):
        assert found[place] == pytest.approx(spearmanr(values[:, place], outcome)[0], abs=1e-9)


def test_truths_lie_within_weighted_bands_and_these_are_narrower() -> None:
    """Truths from the prior and figures with the stated error: 80% lie within, bands shrink."""
    rng = np.random.default_rng(7)
    outcome = 2.0 * NORMAL
    within, widths = 0, []
    for _ in range(400):
        truth = rng.normal()
        seen = truth + 0.5 * rng.normal()
        found = weighed(NORMAL[:, None], figures([seen], 0.5))
        low, high = weights.quantiles(outcome[None], found.weight, (0.1, 0.9))[0]
        within += bool(low <= 2 * truth <= high)
        widths.append(high - low)
    assert 0.74 <= within / 400 <= 0.86  # three standard errors of 80%
    assert np.mean(widths) < 0.5 * (2 * 2 * 1.2816)


# --- As settings ---------------------------------------------------------------------------


def test_known_figures_have_the_columns_of_a_history() -> None:
    """And two of the table of queues."""
    measured = KnownFigure.model_fields["measure"].annotation
    assert set(measured.__args__) == {*MEASURES, "arrivals", "waiting"}


UNIT = """
title = "Unit"
start = 2025-04-01
months = 6
[cohorts.c]
team = "t"
tiers = { k = { cases = 12 }, m = { cases = 6 } }
duties.visit = { per_year = 12, hours = 1 }
duties.review = { per_year = 1, hours = 1 }
[teams.t.grades.g]
in_post = 1
"""


def told(*known: str) -> str:
    text = UNIT + "".join(f"[[known]]\n{one}\n" for one in known)
    with pytest.raises(ScenarioError) as caught:
        read("unit.toml", files={"unit.toml": text})
    return "\n".join(str(one) for one in caught.value.problems)


QUEUE = """
[queues.calls]
team = "t"
arrivals_per_month = 10
classes = { a = 0.5, b = 0.5 }
hours = 1
"""


@pytest.mark.parametrize(
    ("known", "must"),
    [
        ('queue = "cals"\nmeasure = "done"\nvalue = 1', "queue: must be a queue of this scenario"),
        ('queue = "calls"\ntier = "c"\nmeasure = "done"\nvalue = 1', "a class of calls (a, b)"),
        ('queue = "calls"\nduty = "visit"\nmeasure = "done"\nvalue = 1', "must not be given"),
        ('queue = "calls"\nmeasure = "in_date"\nvalue = 1', "must be a queue with deadline_months"),
        ('queue = "calls"\nmeasure = "cases"\nvalue = 1', "must be one of arrivals, due, done,"),
        ('measure = "waiting"\nvalue = 1', "queue: must be given for waiting (calls)"),
    ],
)
def test_a_known_figure_of_a_queue_names_what_is_there(known: str, must: str) -> None:
    assert must in told(f'month = "2025-03"\n{known}\n{QUEUE}')


def test_a_known_figure_is_read() -> None:
    text = UNIT + (
        '[[known]]\nmonth = "2025-03"\ncohort = "c"\nduty = "visit"\ntier = "k"\n'
        'measure = "completion"\nvalue = 0.86\ngive = 0.03\n'
    )
    (found,) = read("unit.toml", files={"unit.toml": text}).settings.known
    assert (found.month, found.tier, found.value, found.give) == ("2025-03", "k", 0.86, 0.03)


@pytest.mark.parametrize(
    ("known", "must"),
    [
        ('month = "2025-03"\nmeasure = "due"\nvalue = 1', "duty: must be given for due"),
        ('month = "2025-10"\nmeasure = "cases"\nvalue = 1', "must be a month projected"),
        ('month = "1970-10"\nmeasure = "cases"\nvalue = 1', "or one in the 600 before"),
        (
            'month = "2025-03"\ncohort = "c"\ntier = "z"\nmeasure = "cases"\nvalue = 1',
            "must be a tier of c",
        ),
        (
            'month = "2025-03"\nduty = "visit"\nmeasure = "completion"\nvalue = 86',
            "value: must be at most 1, a share",
        ),
        ('month = "2025-03"\nmeasure = "cases"\nvalue = 1\ngive = 0', "give: must be above 0"),
        ('month = "2025-03"\nmeasure = "case"\nvalue = 1', "measure"),
        ('month = "March"\nmeasure = "cases"\nvalue = 1', "must be a month such as"),
    ],
)
def test_a_known_figure_that_cannot_be_used_is_refused(known: str, must: str) -> None:
    assert must in told(known)


def test_a_known_figure_is_given_once() -> None:
    one = 'month = "2025-03"\nmeasure = "cases"\nvalue = 18'
    assert "must be given once for a month" in told(one, one.replace("18", "17"))
