"""How certain: what the page says is what `capacity simulate` works out."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from capacity import stages
from capacity.app import outlooks, toml_text
from capacity.app.toml_text import WhatIf
from capacity.charts import Shown, chances, matters
from capacity.charts import sure as bands
from capacity.reading.scenario import read, value_at
from capacity.results import tables
from capacity.risk import uncertainty
from capacity.risk.chances import EVERY_MONTH, EVERY_STANDARD
from capacity.risk.draws import Draws
from capacity.risk.drivers import COMPLETION
from capacity.risk.uncertainty import Ask
from capacity.stages import PlanResult
from tests.app.pages import how_sure, run, said, with_scenario
from tests.serving import AT_REST
from tests.toys import toy

DRAWS = 200

VARIES = "Posts stay as planned; settings with a range and each month's new cases vary."


@pytest.fixture(scope="module")
def fixed() -> PlanResult:
    return stages.run(read("norfolk-2024").replace({"months": 12}), fixed=True)


@pytest.fixture(scope="module")
def told(fixed: PlanResult) -> outlooks.Tables:
    return outlooks.outlook(fixed, 1, DRAWS)


def home_visits(of: PlanResult) -> bands.Followed:
    every = bands.followed(of.model)
    return next(o for o in every if o.duty == "home visits" and o.group.tier is None)


def opened(**address: Any) -> AppTest:
    at = AppTest.from_function(how_sure, default_timeout=120)
    for name, value in {"months": "12", **address}.items():
        at.query_params[name] = value
    at.session_state["futures"] = 1_000
    return run(at)


# --- Tables and charts ---------------------------------------------------------------------


def test_bands_and_chances_are_those_of_the_command(
    fixed: PlanResult, told: outlooks.Tables
) -> None:
    ask = Ask(number=DRAWS, curve=False, size=False)
    ours = tables.uncertain(uncertainty.simulate(fixed, 1, ask))
    assert all(told[name].equals(ours[name]) for name in ("chances", "drivers"))
    assert tuple(bands.MEASURES) == outlooks.MEASURES
    every = ours["bands"]
    shown = every[every["measure"].isin(outlooks.MEASURES)].reset_index(drop=True)
    assert told["bands"].equals(shown)


def test_a_band_shows_its_limits_and_the_plan_itself(
    fixed: PlanResult, told: outlooks.Tables
) -> None:
    visits = home_visits(fixed)
    drawn = bands.band(Shown(fixed), visits, told["bands"], "outstanding")
    assert len(drawn.table) == fixed.model.months
    rows = list(visits.group.rows)
    central = fixed.today.projection.outstanding[0][:, rows].sum(axis=1)
    assert np.array_equal(drawn.table["single_course"], central)
    limits = drawn.table[["p10", "p50", "p90"]].to_numpy()
    assert (np.diff(limits, axis=1) >= 0).all()
    assert drawn.title.startswith("Home visits overdue in ")
    assert set(drawn.table["series"]) == {"No posts added"}
    told_apart = drawn.chart.svg()
    assert bands.SINGLE in told_apart  # what is solid and what is dashed stands in a legend
    assert bands.MIDDLE in told_apart


@pytest.mark.slow
def test_everything_that_has_a_band_can_be_drawn(fixed: PlanResult, told: outlooks.Tables) -> None:
    shown = Shown(fixed)
    every = bands.followed(fixed.model)
    assert len({(one.label, one.tier) for one in every}) == len(every)
    for one in every:
        for measure in bands.MEASURES:
            drawn = bands.band(shown, one, told["bands"], measure)
            assert not drawn.table.empty
            assert drawn.chart.to_dict()["layer"]


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (1.0, "in every simulation"),
        (0.999, "in nearly every simulation"),
        (0.8, "in 8 of 10 simulations"),
        (0.83, "in 83 of 100 simulations"),
        (0.03, "in 3 of 100 simulations"),
        (0.0001, "in hardly any simulation"),
        (0.0, "in no simulation"),
    ],
)
def test_a_probability_is_said_as_so_many_simulations(chance: float, words: str) -> None:
    assert chances.in_simulations(chance) == words


def test_chances_are_told_of_whole_standards(fixed: PlanResult, told: outlooks.Tables) -> None:
    whole = chances.judged(told["chances"])
    assert not whole.duplicated(["option", "standard", "period"]).any()
    names = {rule.name for rule in fixed.scenario.settings.standards}
    assert set(whole["standard"]) == names | {EVERY_STANDARD}
    every = whole[(whole["standard"] == EVERY_STANDARD) & (whole["period"] == EVERY_MONTH)]
    drawn = chances.picture(Shown(fixed), whole, EVERY_MONTH, 0.8)
    assert chances.in_simulations(float(every["chance"].iloc[0])) in drawn.title


def test_the_curve_says_from_how_many_posts_on() -> None:
    rows = [(10.0, 100_000.0, 0.2), (12.0, 300_000.0, 0.8), (14.0, 500_000.0, 0.95)]
    table = pd.DataFrame(
        [
            {"posts": p, "cost": c, "standard": name, "chance": share, "error": 0.01}
            for p, c, share in rows
            for name in ("Visits", EVERY_STANDARD)
        ]
    )
    assert chances.by_size(table, 0.8).title == (
        "With 12 posts every standard is met in 8 of 10 simulations; they cost £200,000 more than "
        "the current 10 over the time"
    )
    assert chances.by_size(table, 0.99, "cost").title == (
        "No size tried meets every standard with a probability of 99%; 14 posts do in 95 of 100 "
        "simulations"
    )


def test_what_matters_most_comes_first(told: outlooks.Tables) -> None:
    labels = {"cohorts.rso.growth_per_year": "Growth"}
    drawn = matters.picture(told["drivers"], labels, COMPLETION)
    shares = drawn.table["share_of_variance"].to_numpy()
    assert (np.diff(shares) <= 0).all()
    assert drawn.title.startswith(f"{drawn.table['label'].iloc[0]} matters most: ")


# --- The page ------------------------------------------------------------------------------


def test_where_nothing_matters_no_empty_chart_is_drawn() -> None:
    """Nobody is visited, so that no number of cases moves completion."""
    text = toy(months=12, posts=2)
    text = text.replace("cases = 60,", "cases = { value = 60, low = 30, high = 90 },", 1)
    page = said(with_scenario(how_sure, text, futures=1_000))
    assert "Completion in the last month, no posts added: no setting with a range moves it." in page
    assert "A bar is a single course" not in page


@pytest.mark.slow
def test_the_page_says_how_sure_today_is(fixed: PlanResult) -> None:
    text = said(opened())
    visits = home_visits(fixed)
    ours = outlooks.outlook(fixed, 1, 1_000)
    for measure in bands.MEASURES:
        assert bands.band(Shown(fixed), visits, ours["bands"], measure).title in text
    whole = chances.judged(ours["chances"])
    met = chances.picture(Shown(fixed), whole, "2025/26", None)
    assert met.title in text  # as often as the command finds, for as many simulations
    assert VARIES in text
    assert "Each simulation takes another value of every setting with a range" in text
    assert "How many posts does it take, and how certain is each number of them?" in text
    assert "matters most: " in text


@pytest.mark.slow
def test_other_random_numbers_give_other_simulations() -> None:
    at = opened()
    first = said(at)
    at.number_input(key="seed").set_value(2).run()
    assert said(at).splitlines()[1:3] != first.splitlines()[1:3]


@pytest.mark.slow
def test_what_takes_long_waits_to_be_asked_for() -> None:
    at = opened(team="yes")
    labels = [button.label for button in at.button]
    assert "Probability by team size" in labels
    assert "Posts needed for 80% confidence" in labels
    assert "every team size" not in said(at)


@pytest.mark.slow
def test_without_a_range_the_page_says_how_to_give_one() -> None:
    base = read("norfolk-2024")
    names = [one.name for one in Draws(base, 0).uncertain]
    certain: dict[str, Any] = {name: value_at(base.tree, name)["value"] for name in names}
    text = toml_text.diff(base, WhatIf({**certain, "months": 12}), "Nothing unsure")
    page = said(with_scenario(how_sure, text, futures=1_000))
    assert "No setting of this scenario has a range." in page
    assert (
        "Give settings a low and a high value on the sheet *Ranges* of the workbook, or in the "
        "scenario file, so that 1 in 10 simulations lies below and 1 in 10 above: for growth of "
        "4% per year, say, a low of 3% and a high of 6%."
    ) in page
    assert "What matters most" not in page
    assert VARIES in page


# --- In a browser --------------------------------------------------------------------------


def test_bands_chances_and_drivers_are_drawn(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/how-certain?months=12")
    title = page.get_by_text("In 8 of 10 simulations completion of home visits is")
    expect(title).to_be_visible(timeout=60_000)
    page.locator(AT_REST).wait_for(timeout=60_000)
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(4)
    expect(page.locator("canvas, .vega-embed svg").first).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
    page.get_by_test_id("stExpander").first.click()
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible(timeout=30_000)
