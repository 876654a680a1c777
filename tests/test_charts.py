"""Charts: their message is what the tables say, and they can be printed."""

import json
import re
import tomllib
from collections.abc import Callable
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from capacity import charts, stages
from capacity.charts import Picture, Shown, chances, courses, fits, frames, matters, options, sure
from capacity.files.monthly import read_history
from capacity.history.fit import Calibration, calibrate
from capacity.reading.scenario import read
from capacity.results.tables import tables
from capacity.results.tables import uncertain as made_of
from capacity.risk import uncertainty
from capacity.stages import PlanResult
from capacity.why import explain
from capacity.wording import per_cent
from tests.shipped import planned
from tests.toys import plan_of, toy, visits


@cache
def alone() -> Shown:
    return Shown(planned("norfolk-2024", fixed=True))


@cache
def compared() -> Shown:
    """A caseload that grows by 5% per year beside the one that grows by 3%."""
    faster = read("norfolk-2024").replace({"cohorts.rso.growth_per_year": 0.05})
    return Shown(stages.run(faster, fixed=True), planned("norfolk-2024", fixed=True))


def every(shown: Shown) -> list[Picture]:
    return [
        charts.completion(shown, "rso", "visit"),
        charts.completion(shown, "rso", "arms", "in_date"),
        charts.completion(shown, "iom", "contact", "on_time"),
        charts.outstanding(shown, "rso", "visit"),
        charts.waiting(shown, "rso", "visit"),
        charts.cases_per_officer(shown, "rso"),
        charts.cases(shown, "rso"),
        charts.people(shown, "ppu"),
        charts.left_undone(shown, "ppu"),
        charts.spending(shown, "total_real", "Real cost"),
        charts.posts(shown),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("shown", [alone, compared])
def test_every_chart_can_be_printed(shown: Callable[[], Shown]) -> None:
    for picture in every(shown()):
        drawn = picture.on_paper("3% → 5%")
        alt.Chart.from_dict(drawn.to_dict())  # as Vega-Lite has it
        assert drawn.svg().startswith("<svg"), picture.name
        assert not picture.table.empty
        assert "role" not in picture.table


def share_done(scenario: str) -> pd.Series:
    """Completion of all home visits by month, from the output table."""
    table = tables(planned(scenario, fixed=True))["projection"]
    mine = table[(table["cohort"] == "rso") & (table["duty"] == "visit")]
    sums = mine.groupby("month")[["due", "done"]].sum()
    return sums["done"] / sums["due"]


def test_a_message_says_how_it_goes() -> None:
    done = share_done("norfolk-2024")
    assert charts.completion(alone(), "rso", "visit").title == (
        "Completion of home visits stays at 96% to September 2029 (dipping to 94% in August 2028; "
        "lowest 93% in August 2029)"
    )
    faster = share_done("fast-growth")
    gap = (faster - done).abs()
    assert gap.idxmax() == "2029-09"
    assert [round(100 * one["2029-09"]) for one in (faster, done)] == [90, 96]
    assert charts.completion(compared(), "rso", "visit").title.endswith(
        "furthest from the baseline in September 2029: 90%, baseline 96%)"
    )


# Completion by month now and in the baseline, and what the title says of it.
@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ((0.9, 0.8, 0.7), (0.9, 0.8, 0.7), "(as in the baseline)"),
        (
            (0.9, 0.53, 0.95, 0.7),
            (0.9, 0.96, 0.95, 0.7),
            "falls from 90% to 70% by July 2025 (lowest 53% in May 2025; furthest from "
            "the baseline in May 2025: 53%, baseline 96%)",
        ),
        (
            (0.9, 0.53, 0.88, 0.4),
            (0.9, 0.9, 0.88, 0.4),
            "(dipping to 53% in May 2025; furthest from the baseline in May 2025: 53%, baseline "
            "90%)",
        ),
    ],
)
def test_a_title_names_what_happens_between_the_ends(
    now: tuple[float, ...], before: tuple[float, ...], words: str
) -> None:
    months = pd.date_range("2025-04-01", periods=len(now), freq="MS")
    frame = pd.concat(
        pd.DataFrame({"role": role, "month": months, "completion": shares})
        for role, shares in (("today", now), ("today before", before))
    )
    title = courses.course(frame, "completion", "Completion", per_cent)
    assert title.endswith(words)


def test_all_tiers_together_are_the_sum_of_the_table() -> None:
    table = tables(planned("norfolk-2024", fixed=True))["projection"]
    mine = table[(table["cohort"] == "rso") & (table["duty"] == "visit")]
    sums = mine.groupby("month")[["due", "done", "outstanding"]].sum()
    frame = frames.duty(alone(), "rso", "visit")
    assert frame["outstanding"].to_numpy() == pytest.approx(sums["outstanding"].to_numpy())
    assert frame["completion"].to_numpy() == pytest.approx((sums["done"] / sums["due"]).to_numpy())
    timely = (mine["on_time"] * mine["newly_due"]).groupby(mine["month"]).sum()
    newly = mine.groupby("month")["newly_due"].sum()
    assert frame["on_time"].to_numpy() == pytest.approx((timely / newly).to_numpy())


def test_offices_of_a_group_are_shown_together() -> None:
    shown = Shown(planned("three-offices", fixed=True))
    frame = frames.tiers(shown, "rso", "visit")
    assert frame["tier"].nunique() == 12  # four visited tiers in each of three offices
    assert charts.waiting(shown, "rso", "visit").title == (
        "24% of the home visits overdue at the end are in medium, Sex offenders, King's Lynn; "
        "the longest overdue is 1 month"
    )
    last = frame[frame["month"] == frame["month"].max()]
    worst = last.loc[last["outstanding"].idxmax()]
    assert round(100 * worst["outstanding"] / last["outstanding"].sum()) == 24


def test_standards_are_drawn_from_their_date() -> None:
    spec = json.dumps(charts.completion(alone(), "rso", "visit").chart.to_dict())
    assert "Home visits: 95% tiers together" in spec
    assert "2025-10-01" in spec


def test_other_figures_are_other_rows_of_the_same_chart() -> None:
    faster = read("norfolk-2024").replace({"cohorts.rso.growth_per_year": 0.08})
    now, then = alone(), Shown(stages.run(faster, fixed=True))
    for one, other in zip(every(now), every(then), strict=True):
        assert one.chart.spec == other.chart.spec, one.name
        assert list(one.chart.rows) == list(other.chart.rows)
    line, moved = (charts.completion(shown, "rso", "visit").chart for shown in (now, then))
    assert not line.rows["rows"].equals(moved.rows["rows"])
    assert line.measures == "Completion (%)"


def test_numbers_along_an_axis_are_written_as_in_text() -> None:
    money = charts.spending(alone(), "total_real", "Real cost").chart.svg()
    assert set(re.findall(r">(£[^<]*)<", money)) == {
        "£0",
        "£500,000",
        "£1m",
        "£1.5m",
        "£2m",
        "£2.5m",
    }
    shares = charts.completion(alone(), "rso", "visit").chart.svg()
    assert {"0%", "20%", "100%"} <= set(re.findall(r">(\d+%)<", shares))
    assert not re.search(r">\d+ %<", shares)


def test_what_is_compared_is_never_told_apart_by_colour_alone() -> None:
    spec = charts.completion(compared(), "rso", "visit").chart.to_dict()
    scale = spec["layer"][0]["encoding"]["strokeDash"]["scale"]
    assert scale["domain"] == ["Baseline, no posts added", "What if, no posts added"]
    assert scale["range"][0] != scale["range"][1]


VISION = {
    "most people's": np.eye(3),
    "without red": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]
    ),
    "without green": np.array(
        [[0.3673, 0.8607, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
    "without blue": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]
    ),
}
"""What each kind of colour vision makes of light (Machado, Oliveira and Fernandes 2009)."""

TO_XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
WHITE = TO_XYZ.sum(axis=1)


def light(colour: str) -> Any:
    """Red, green and blue of a colour as amounts of light (sRGB)."""
    c = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def seen(colour: str, vision: str) -> Any:
    """A colour as it is seen: how light, red rather than green, yellow rather than blue (Lab)."""
    xyz = TO_XYZ @ np.clip(VISION[vision] @ light(colour), 0, 1) / WHITE
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str) -> float:
    """How unlike two colours are for those to whom they are most alike; from 2 or so on seen."""
    return min(float(np.linalg.norm(seen(one, each) - seen(other, each))) for each in VISION)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(TO_XYZ[1] @ light(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_tiers_of_three_offices_are_distinguished_by_everybody_on_white_and_on_dark(
    repository: Path,
) -> None:
    """Twelve in a stack, with neighbours the least alike."""
    chart = charts.waiting(Shown(planned("three-offices", fixed=True)), "rso", "visit").chart
    (scale,) = {
        tuple(layer["encoding"]["color"]["scale"]["range"])
        for layer in chart.to_dict().get("layer", [chart.to_dict()])
    }
    assert len(set(scale)) == 12
    assert min(difference(*pair) for pair in combinations(scale, 2)) > 10
    assert min(difference(*pair) for pair in pairwise(scale)) > 15
    theme = tomllib.loads((repository / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    for page in ("light", "dark"):
        behind = theme[page]["backgroundColor"]
        assert min(contrast(colour, behind) for colour in scale) > 2


# Whatever there is to show -----------------------------------------------------------------

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 30\n'
SURE_ENOUGH = '[sizing]\nconfidence = {}\nconfidence_of = "{}"\n'


def told(text: str, draws: int = 20, **asked: bool) -> tuple[PlanResult, dict[str, pd.DataFrame]]:
    """A plan and the tables of what it comes to in some futures."""
    found = plan_of(text)
    ask = uncertainty.Ask(number=draws, **asked)
    return found, made_of(uncertainty.simulate(found, 1, ask))


def test_spending_of_a_part_of_a_year_names_no_whole_one() -> None:
    """Three posts of £50,000 for half a year."""
    picture = charts.spending(Shown(plan_of(toy(months=6), fixed=True)), "total_real", "Real cost")
    assert picture.title == "Real cost"
    (bars,) = picture.chart.rows.values()
    assert bars["year"].tolist() == ["2025/26 (6 months)"]
    assert bars["total_real"].tolist() == pytest.approx([75_000])


def test_cases_are_drawn_once_however_the_team_is_sized() -> None:
    picture = charts.cases(Shown(plan_of(toy(visits(), months=3))), "a")
    assert picture.title == "a: cases stay at 120 to June 2025"
    (rows,) = picture.chart.rows.values()
    assert rows["cases"].tolist() == [120, 120, 120]


def test_a_duty_that_a_plan_does_not_have_is_drawn_empty() -> None:
    """The app takes the duty from one plan and may show another."""
    picture = charts.completion(Shown(plan_of(toy(months=3), fixed=True)), "a", "call")
    assert picture.title == "Completion of calls: nothing due"
    assert picture.table["completion"].isna().all()


def named(count: int, **others: float) -> list[options.Named]:
    """Options that differ in their posts, the first with three."""
    posts = [3.0, *others.values()]
    texts = [toy(visits(), months=6, posts=one) for one in posts]
    return [
        options.Named(name, plan_of(text, fixed=True), sized=False)
        for name, text in zip(["Base", *others], texts, strict=True)
    ][:count]


def test_of_many_options_the_lowest_and_the_highest_are_named() -> None:
    """Half a post does 43⅓ of 120 visits due in the end, a quarter 21⅔: 36 and 18%."""
    every = named(4, Half=0.5, Quarter=0.25, One=1)
    picture = options.overlaid(every, "a", "visit", "completion", "Home visit")
    assert picture.title == (
        "Lowest completion, home visits: from 18% in June 2025 (Quarter) to 100% in April 2025 "
        "(Base)"
    )
    alike = named(4, One=1, Two=2, Four=4)
    picture = options.overlaid(alike, "a", "visit", "completion", "Home visit")
    assert picture.title == "Lowest completion, home visits: 100% in April 2025 in every option"


def test_a_duty_that_no_option_has_is_said_to_be_due_nowhere() -> None:
    picture = options.overlaid(named(2, One=1), "a", "call", "outstanding", "Call")
    assert picture.title == "Most calls overdue: nothing due"


def test_an_option_without_the_duty_is_left_out_of_the_title() -> None:
    calls = '[cohorts.a.duties.call]\nlabel = "Call"\nper_year = { lo = 12 }\nhours = 1\n'
    found = options.Named("Calls", plan_of(toy(calls, months=6), fixed=True), sized=False)
    picture = options.overlaid([*named(1), found], "a", "call", "completion", "Call")
    assert picture.title == "Lowest completion, calls: 100% in April 2025 (Calls)"


def test_a_frontier_that_nothing_reaches_is_told_so() -> None:
    """At most 65% can be seen in a month."""
    found = plan_of(toy(visits(0.6), months=7, duty="hours = 2\naccess_rate = 0.65"))
    points = explain.what_money_buys(found).frontier
    picture = options.frontier(points, [0.6])
    assert picture.title == "No completion standard from 70% to 99% can be met"
    assert len(picture.table) == 30
    assert picture.chart.svg().startswith("<svg")


def test_a_band_of_a_duty_that_never_falls_due_is_empty() -> None:
    found, frames_ = told(toy(visits(), months=3, cases=0), size=False, drivers=False)
    (what, *_) = [one for one in sure.followed(found.model) if one.group.tier is None]
    picture = sure.band(Shown(found), what, frames_["bands"], "completion")
    assert picture.title == "Completion, home visits: nothing due"
    assert "Visits: 95%" not in json.dumps(picture.chart.to_dict())  # no level in an empty frame
    assert picture.chart.svg().startswith("<svg")


def test_a_standard_kept_on_the_average_of_a_year() -> None:
    """Three posts have 520 hours and the visits take 160: kept whatever comes."""
    found, frames_ = told(
        toy(visits(first="2025-04-01"), SURE_ENOUGH.format(0.875, "average"), months=12),
        drivers=False,
    )
    whole = chances.judged(frames_["chances"])
    picture = chances.picture(Shown(found), whole, "2025/26 average", 0.875)
    assert picture.title == (
        "The standard is met on average in 2025/26 in every simulation with no posts added, in "
        "every simulation with the team needed"
    )
    assert "Asked for: 87.5%" in json.dumps(picture.chart.to_dict())
    picture = chances.picture(Shown(found), whole, "every month", None)
    assert picture.title.startswith("The standard is met in every month in every simulation")
    assert "Asked for" not in json.dumps(picture.chart.to_dict())


def test_todays_posts_may_be_the_first_size_that_is_enough() -> None:
    _, frames_ = told(toy(visits(first="2025-04-01"), months=12), size=False, drivers=False)
    title = chances.by_size(frames_["chance_by_posts"], None).title
    assert title == "With 3 posts every standard is met in every simulation"


def test_posts_that_are_sure_enough_are_drawn_beside_the_others() -> None:
    """120 cases, 30 per officer: four posts, one more than now, in every simulation alike."""
    text = toy(LIMIT, SURE_ENOUGH.format(0.8, "year"), months=12)
    _, frames_ = told(text, curve=False, drivers=False)
    picture = chances.posts(frames_["confident_posts"])
    assert picture.title == (
        "4 posts are needed in 2025/26 for this confidence; central case 4, current posts 3"
    )
    (bars,) = picture.chart.rows.values()
    assert dict(zip(bars["series"], bars["posts"], strict=True)) == {
        "No posts added": 3,
        "Central case": 4,
        "Posts needed": 4,
    }
    assert "Posts needed" in picture.chart.svg()
    beyond = chances.posts(frames_["confident_posts"], ["2025/26"])
    assert beyond.title == (
        "No number of posts gives this confidence in 2025/26; in 2025/26 central case 4, current "
        "posts 3"
    )


def test_what_matters_most_is_told_in_the_words_of_what_it_moves() -> None:
    """30 cases per officer: 120 cases ask for 4 posts; 90 for 3, and 150 for 5, of £50,000."""
    text = toy(LIMIT, "[finance]\ndiscount_rate = 0.0\n", months=12, posts=2)
    text = text.replace("cases = 60,", "cases = { value = 60, low = 30, high = 90 },", 1)
    _, frames_ = told(text, curve=False, size=False)
    labels = {"cohorts.a.tiers.hi.cases": "High cases"}
    titles = {one: matters.picture(frames_["drivers"], labels, one).title for one in matters.DRIVEN}
    assert titles == {
        "completion at the end": (
            "Completion in the last month, no posts added: no setting with a range moves it"
        ),
        "posts needed": "High cases matters most: 3 at its low, 5 at its high",
        "cost": "High cases matters most: £150,000 at its low, £250,000 at its high",
    }


def test_the_line_of_what_matters_most_says_what_every_setting_at_its_value_comes_to() -> None:
    """With 30 cases per officer 120 cases ask for 4 posts, halfway between 3 and 5."""
    text = toy(LIMIT, months=12, posts=2)
    text = text.replace("cases = 60,", "cases = { value = 60, low = 30, high = 90 },", 1)
    _, frames_ = told(text, curve=False, size=False)
    assert matters.moves(frames_["drivers"], "posts needed")
    picture = matters.picture(frames_["drivers"], {}, "posts needed")
    assert "All at their value: 4" in picture.chart.svg()
    assert not matters.moves(frames_["drivers"], "completion at the end")


def test_settings_without_a_range_move_nothing() -> None:
    _, frames_ = told(toy(visits(), months=3), curve=False, size=False)
    picture = matters.picture(frames_["drivers"], {}, "posts needed")
    assert picture.title == "Posts needed at the end: no setting with a range moves it"
    assert picture.table.empty


# A fit to history --------------------------------------------------------------------------


def fitted(folder: Path, text: str, *more: str) -> Calibration:
    """A fit of the hours of a visit to some figures, the last month held out."""
    path = folder / "history.csv"
    path.write_text(text, encoding="utf-8")
    unit = toy(*more, posts=0.75)
    scenario = read("toy.toml", files={"toy.toml": unit})
    return calibrate(scenario, read_history(path), ["cohorts.a.duties.visit.hours=1:3"], 1)


def test_series_are_called_by_cohort_where_there_are_several(tmp_path: Path) -> None:
    """Cases are of no duty. Only `b` has a label."""
    other = '[cohorts.b]\nlike = "a"\nlabel = "Others"\n'
    text = (
        "month,cohort,duty,tier,done,cases\n"
        "2025-04,a,visit,hi,60,\n2025-05,a,visit,hi,60,\n2025-05,b,,hi,,60\n"
    )
    found = fitted(tmp_path, text, other)
    assert [fits.called(found.scenario, one) for one in fits.series_of(found)] == [
        "Cases: Others, high",
        "Done: a, home visit, high",
    ]


def test_a_series_known_in_no_month_fitted_has_no_forecast_beside_it(tmp_path: Path) -> None:
    """60 cases in the high tier by the settings alone, where the history says 58.

    The others end with 60 done, as in every month before: the last value is never off.
    """
    text = "month,tier,done,cases\n2025-04,hi,60,\n2025-05,hi,60,\n2025-06,hi,60,58\n"
    found = fitted(tmp_path, text)
    titles = [fits.history(found, one).title for one in fits.series_of(found)]
    assert titles[0] == (
        "Cases: high. Over the 1 month kept back the model is off by 2.0 on average"
    )
    assert titles[1].endswith("off by 0.0 on average, last value by 0.0")


def test_standards_at_one_height_are_one_line_with_one_label() -> None:
    """Three offices each ask for 95% of home visits from October 2025."""
    shown = Shown(planned("three-offices", fixed=True))
    found = charts.levels(shown, "rso", "visit", "completion")
    assert [(one.words, one.value) for one in found] == [("3 standards: 95% tiers together", 0.95)]
