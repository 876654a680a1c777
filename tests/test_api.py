"""What `import capacity` gives: few names, loaded late, the same figures as the commands."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import capacity as cap
from capacity.batch import delivering
from capacity.charts.named import CHARTS
from capacity.results import outputs
from capacity.results.tables import EXPLAINED
from capacity.risk import recommended
from capacity.why import explain, parents
from tests.toys import toy, visits

PACKAGE = Path(cap.__file__).parent


def read(text: str) -> cap.Scenario:
    from capacity.reading import scenario

    return scenario.read("toy.toml", files={"toy.toml": text})


@cache
def short_of_staff() -> cap.Scenario:
    """Half a post: 86.7 hours a month, where visits take 2 × (60 + 60 ÷ 3) = 160."""
    return read(toy(visits(), months=12, posts=0.5))


@cache
def planned() -> cap.Plan:
    return cap.plan(short_of_staff())


# The package -------------------------------------------------------------------------------


def test_the_names_of_the_contract_are_there() -> None:
    contract = {"read", "plan", "simulate", "compare", "sweep", "Scenario", "Plan"}
    contract |= {"CapacityError", "InputError", "ScenarioError", "TableError", "SolverError"}
    assert contract <= set(cap.__all__)
    assert set(cap.__all__) <= set(dir(cap))
    assert all(getattr(cap, name) is not None for name in cap.__all__)


def test_no_module_takes_the_place_of_a_function() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {p.name for p in PACKAGE.glob("*/")}
    assert modules & set(cap.__all__) == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'plam'"):
        cap.plam  # noqa: B018


def test_the_errors_are_one_tree() -> None:
    assert issubclass(cap.ScenarioError, cap.InputError)
    assert issubclass(cap.TableError, cap.InputError)
    assert issubclass(cap.InputError, cap.CapacityError)
    assert issubclass(cap.SolverError, cap.CapacityError)


def test_importing_takes_no_time() -> None:
    """The least of five, since the machine may be busy; and nothing heavy is loaded."""
    code = (
        "import sys; from time import perf_counter; began = perf_counter(); import capacity; "
        "print(perf_counter() - began, {'numpy', 'pandas', 'pydantic', 'pulp'} & {*sys.modules})"
    )
    told = []
    for _ in range(5):
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        told.append(run.stdout.split())
    assert min(float(seconds) for seconds, _ in told) < 0.15
    assert {loaded for _, loaded in told} == {"set()"}


def test_planning_needs_only_the_engine() -> None:
    """Pages, papers, workbooks and charts are not loaded by what plans, simulates and sweeps."""
    code = """
import sys
import capacity as cap
scenario = cap.read("norfolk-2021")
plan = cap.plan(scenario, fixed=True)
[plan.tables[name] for name in ("projection", "costs", "options")], repr(plan)
cap.simulate(plan, draws=10, enough=False, drivers=0)
cap.compare(scenario, scenario.replace({"months": 11}), fixed=True)
cap.sweep(scenario, {"months": [10, 11]}, fixed=True)
heavy = "streamlit starlette typst jinja2 openpyxl xlsxwriter altair vl_convert typer rich"
print({*heavy.split(), "distributed"} & {*sys.modules})
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def public_functions() -> Iterator[tuple[str, Any]]:
    for name in cap.__all__:
        found = getattr(cap, name)
        if inspect.isfunction(found):
            yield name, found
        elif inspect.isclass(found) and not issubclass(found, Exception):
            for inner, method in vars(found).items():
                if inspect.isfunction(method) and not inner.startswith("_"):
                    yield f"{name}.{inner}", method


@pytest.mark.parametrize("name", [name for name, _ in public_functions()])
def test_everything_public_says_what_it_takes_and_gives(name: str) -> None:
    function = dict(public_functions())[name]
    told = inspect.getdoc(function) or ""
    taken = [one for one in inspect.signature(function).parameters if one != "self"]
    assert "Returns:" in told
    for one in taken:
        assert re.search(rf"^ +\*?{one}: ", told.partition("Args:")[2], re.M), one


# Scenarios ---------------------------------------------------------------------------------


def test_a_scenario_says_what_it_is() -> None:
    scenario = cap.read("norfolk-2024")
    assert scenario.title == "Norfolk, position at 30 September 2024"
    assert scenario.question == (
        "What do the PPU, IOM and DAPPA teams need to keep visits in date to 2029?"
    )
    assert scenario.months == 60
    first, second = repr(scenario).splitlines()
    assert first == "<Scenario norfolk-2024: Norfolk, position at 30 September 2024"
    assert second.startswith(" 60 months from October 2024; 3 cohorts, 3 teams, 5 standards")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("months", 12),
        ("start", date(2025, 4, 1)),
        ("cohorts.a.tiers.hi.label", "High"),
        ("cohorts.a.duties.visit.per_year", {"hi": 12, "lo": 4}),
        ("cohorts.a.duties.visit.per_year.lo", 4),
        ("cohorts.a.duties.visit.hours", 2),
        ("cohorts.a.duties.visit.hours.lo", 2),  # one number for all tiers
        ("cohorts.a.duties.visit.crew", 1),  # not given: the default
        ("cohorts.a.duties.visit.crew.lo", 1),
        ("finance.discount_rate", 0.035),
        ("priority.rule", "strict"),
        ("standards.Visits.completion", 0.95),
        ("teams.t.grades.pc.posts", None),  # not given, and no default of its own
    ],
)
def test_a_setting_by_its_dotted_name(name: str, value: object) -> None:
    assert short_of_staff()[name] == value


def test_a_number_is_given_without_its_range() -> None:
    changed = short_of_staff().replace(
        {"cohorts.a.growth_per_year": {"value": 0.03, "low": 0.01, "high": 0.05}}
    )
    assert changed["cohorts.a.growth_per_year"] == 0.03
    assert changed["cohorts.a"]["growth_per_year"] == 0.03
    assert changed.settings.cohorts["a"].growth_per_year is not None
    assert changed.settings.cohorts["a"].growth_per_year.high == 0.05


def test_what_is_given_can_be_changed_without_changing_the_scenario() -> None:
    given = short_of_staff()["cohorts.a.duties.visit.per_year"]
    given["lo"] = 99
    assert short_of_staff()["cohorts.a.duties.visit.per_year.lo"] == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cohorts.a.growth_per_yeer", "is it cohorts.a.growth_per_year?"),
        ("cohorts.a.duties.visit.hours.middle", "no setting cohorts.a.duties.visit.hours.middle"),
        ("title.long", "no setting title.long"),
    ],
)
def test_an_unknown_setting_is_a_key_error(name: str, said: str) -> None:
    with pytest.raises(KeyError, match=said.replace("?", r"\?")):
        short_of_staff()[name]


def test_every_setting_given_is_listed() -> None:
    names = list(short_of_staff())
    assert names[:3] == ["title", "start", "months"]
    assert "standards.Visits.completion" in short_of_staff()
    assert "standards.Visits.in_date" not in short_of_staff()


def test_replacing_returns_a_new_scenario() -> None:
    before = short_of_staff()
    after = before.replace({"cohorts.a.growth_per_year": 0.05, "months": 24})
    assert (after["cohorts.a.growth_per_year"], after.months) == (0.05, 24)
    assert (before["cohorts.a.growth_per_year"], before.months) == (0.0, 12)


def test_a_changed_scenario_may_have_a_name_of_its_own() -> None:
    assert short_of_staff().replace({"months": 6}, name="half a year").name == "half a year"
    assert short_of_staff().replace({"months": 6}).name == "toy"


def test_replacing_by_none_restores_the_default() -> None:
    changed = short_of_staff().replace({"teams.t.grades.pc.cost_per_year": None})
    assert changed["teams.t.grades.pc.cost_per_year"] == 0


def test_numbers_of_numpy_and_pandas_are_taken() -> None:
    values = pd.Series([24]), np.float32(0.25)
    changed = short_of_staff().replace(
        {"months": values[0][0], "cohorts.a.growth_per_year": {"value": values[1]}}
    )
    assert (changed.months, changed["cohorts.a.growth_per_year"]) == (24, 0.25)


def test_replacing_says_everything_that_is_wrong() -> None:
    with pytest.raises(cap.ScenarioError) as caught:
        short_of_staff().replace({"cohorts.b.growth_per_year": 1, "months": -1})
    assert [one.setting for one in caught.value.problems] == ["cohorts.b.growth_per_year", "months"]


# Plans -------------------------------------------------------------------------------------


def test_a_plan_from_a_name_a_file_or_a_scenario_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(toy(visits(), months=12, posts=0.5))
    for given in (file, str(file), cap.read(file)):
        made = cap.plan(given, fixed=True)
        assert made.summary["posts.today"].value == 0.5
    assert cap.plan("norfolk-2021", fixed=True).scenario.name == "norfolk-2021"


def test_a_plan_needs_whole_posts() -> None:
    """Half a post and one more: 1.5 × £50,000 in a year."""
    options = planned().tables["options"].set_index("option")
    costs = planned().tables["costs"].groupby("option")["total_real"].sum()
    assert planned().summary["posts.sized"].value == 1.5
    assert costs["today"] == pytest.approx(25_000)
    assert costs["sized"] == pytest.approx(75_000)
    assert list(options.index) == ["today", "sized"]


def test_the_tables_are_those_of_the_command() -> None:
    found = parents.run(short_of_staff())
    options = {"fixed": False}
    why, advice = explain.explain(found, full=True), recommended.recommend(found)
    made = delivering.deliver(found, why, options, None, [0.0] * 4, advice=advice)
    files = {name.removesuffix(".csv") for name in made.files if name.endswith(".csv")}
    assert set(planned().tables) == files
    solved_again = {*EXPLAINED, "summary"}  # last digits are those of the solver's way there
    for name, table in planned().tables.items():
        if name in solved_again:
            pd.testing.assert_frame_equal(table, made.frames[name], rtol=1e-6)
        else:
            assert outputs.as_csv(table) == made.files[f"{name}.csv"], name


def test_without_explanations_the_tables_are_those_of_no_why() -> None:
    made = delivering.made(short_of_staff(), {"fixed": True}, False, None)
    tables = cap.plan(short_of_staff(), fixed=True, why=False).tables
    assert {f"{name}.csv" for name in tables} == {one for one in made.files if one[-4:] == ".csv"}
    assert outputs.as_csv(tables["summary"]) == made.files["summary.csv"]


def test_a_table_is_made_once_when_it_is_asked_for() -> None:
    tables = cap.plan(short_of_staff(), fixed=True).tables
    assert tables._made == {}
    assert tables["caseload"] is tables["caseload"]
    assert list(tables._made) == ["caseload"]


def test_an_unknown_table_is_refused_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no table caselode; there are: projection, caseload"):
        planned().tables["caselode"]


def test_the_summary_has_sentences_and_figures() -> None:
    figure = planned().summary["posts.today"]
    assert (figure.value, figure.unit) == (0.5, "posts")
    assert "0.5 posts in March 2026" in figure.words
    assert planned().summary["answer"].words.startswith("With no posts added (0.5 posts)")


def test_a_plan_is_shown_in_a_few_lines() -> None:
    """£50,000 a post, 0.5 and 1.5 of them, discounted at 3.5% over the year: a little less."""
    lines = repr(cap.plan(short_of_staff(), central=True)).splitlines()
    assert lines[0] == "<Plan toy: A toy"
    assert lines[1] == " The central case: a single course, without chance."
    assert lines[2].startswith(" With no posts added (0.5 posts)")
    assert lines[-2].startswith(" No posts added: 0.5 posts at the end; £25,000 over 12 months")
    assert lines[-1].startswith(" Team needed: 1.5 posts at the end; £74,000 over 12 months")
    assert len(lines) <= 8


def test_a_plan_is_shown_with_what_to_agree_now() -> None:
    """120 cases at 50 each ask for three officers; with two there one more is to be agreed."""
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
    made = cap.plan(read(toy(limit, months=24, posts=2)))
    said = repr(made)
    assert "Agree 1 post now: 1 constable post (Team)" in said
    assert " Recommended plan (expected): 3 posts at the end; £" in said
    assert "single course" not in said
    decision = made.tables["decision"]
    assert decision.loc[decision["when"] == "firm", "posts"].sum() == 1
    layers = made.tables["layers"].groupby("rule")["posts"].sum()
    assert layers.to_dict() == {"activities": 0, "Limit": 1, "confidence": 0}
    keys = {"recommended_probability", "current_probability", "confidence", "agree_now"}
    assert keys <= set(made.summary)
    assert made.summary["confidence"].value == 0.8
    assert made.summary["current_probability"].value == 0


def test_where_the_recommended_plan_is_left_out_all_is_a_single_course() -> None:
    made = cap.plan(short_of_staff(), central=True, why=False)
    assert made.recommended is None
    assert "decision" not in made.tables
    assert "recommended_probability" not in made.summary


def test_a_plan_without_costs_says_so() -> None:
    free = short_of_staff().replace({"teams.t.grades.pc.cost_per_year": 0})
    made = cap.plan(free, fixed=True)
    assert repr(made).endswith("\n No posts added: 0.5 posts at the end; no costs given>")
    assert "<td>no costs given</td>" in made._repr_html_()


def test_a_plan_without_an_answer_says_so() -> None:
    made = cap.plan(short_of_staff(), fixed=True)
    lines = repr(dataclasses.replace(made, unanswered="why")).splitlines()
    assert lines[-2] == " The team needed could not be worked out: why."


def test_a_notebook_shows_a_plan_without_markup_of_the_scenario() -> None:
    named = short_of_staff().replace({"title": "<b>Toy</b> & co"})
    shown = cap.plan(named, fixed=True)._repr_html_()
    assert "&lt;b&gt;Toy&lt;/b&gt; &amp; co" in shown
    assert "<b>" not in shown
    assert '<th scope="row">No posts added</th><td>0.5 posts</td>' in shown


# Charts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_one_of_altair(name: str) -> None:
    drawn = planned().chart(name).to_dict()  # Altair checks it against its schema
    assert drawn["title"]["text"]
    assert planned().charts == tuple(CHARTS)


def test_a_chart_is_about_what_is_asked_for() -> None:
    shown = cap.plan("norfolk-2024", fixed=True)
    titles = [
        " ".join(shown.chart("completion", **about).to_dict()["title"]["text"])
        for about in ({}, {"duty": "arms"}, {"cohort": "iom"}, {"cohort": "iom", "duty": "panel"})
    ]
    for title, what in zip(
        titles, ("home visits", "ARMS assessments", "contacts", "panel reviews"), strict=True
    ):
        assert title.startswith(f"Completion of {what}")


@pytest.mark.parametrize(
    ("name", "about", "said"),
    [
        ("completeness", {}, "unknown chart; must be one of: completion, in_date"),
        ("completion", {"cohort": "b"}, "unknown cohort; must be one of: a, got b"),
        ("completion", {"duty": "call"}, "unknown duty; must be one of: visit, got call"),
        ("people", {"team": "u"}, "unknown team; must be one of: t, got u"),
    ],
)
def test_an_unknown_chart_is_refused_with_those_there_are(
    name: str, about: dict[str, str], said: str
) -> None:
    with pytest.raises(cap.InputError, match=said):
        planned().chart(name, **about)


# Simulations, comparisons, sweeps ----------------------------------------------------------


def test_a_simulation_is_that_of_the_command() -> None:
    from capacity.results import tables
    from capacity.risk import uncertainty

    found = cap.simulate(short_of_staff(), draws=20, seed=3, drivers=0, fixed=True)
    ask = uncertainty.Ask(number=20, resize=0)
    expected = tables.uncertain(
        uncertainty.simulate(cap.plan(short_of_staff(), fixed=True), 3, ask)
    )
    assert set(found.tables) == set(expected)
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found.tables[name], frame)
    lines = repr(found).splitlines()
    assert lines[0] == "<Simulation toy: A toy: 20 simulations, seed 3"
    assert lines[1].startswith(" No posts added: every standard met with a probability of 0")


def test_a_plan_that_was_made_is_simulated_as_it_is() -> None:
    found = cap.simulate(cap.plan(short_of_staff(), fixed=True), draws=10, enough=False, drivers=0)
    assert set(found.tables["chances"]["option"]) == {"today"}


def test_a_simulation_says_every_number_that_is_wrong() -> None:
    with pytest.raises(cap.InputError) as caught:
        cap.simulate(short_of_staff(), draws=5, seed=-1)
    assert [one.setting for one in caught.value.problems] == ["draws", "seed"]


def test_a_comparison_puts_a_change_in_words() -> None:
    """Two posts in place of a half: £75,000 more in a year, a little less discounted."""
    more = short_of_staff().replace({"teams.t.grades.pc.in_post": 2}, name="two posts")
    found = cap.compare(short_of_staff(), more, fixed=True)
    assert "two posts: teams.t.grades.pc.in_post: 0.5 → 2" in found.words
    assert repr(found).startswith("<Comparison toy, two posts\n two posts: teams.t")
    ends = found.tables["options"].set_index("option")["cost_discounted"]
    assert ends["two posts"] == pytest.approx(4 * ends["toy"])
    assert set(found.tables) >= {"changes", "options", "contributions", "summary"}


def test_a_comparison_needs_two() -> None:
    with pytest.raises(cap.InputError, match="two scenarios or more"):
        cap.compare(short_of_staff())


def test_a_sweep_is_that_of_the_command() -> None:
    from capacity import sweeps

    name = "cohorts.a.growth_per_year"
    found = cap.sweep(short_of_staff(), {name: [0, 0.1 + 0.2]}, fixed=True)
    ask = sweeps.SweepAsk(vary=[f"{name}=0,0.3"], way="today's posts")
    pd.testing.assert_frame_equal(found.tables["sweep"], sweeps.sweep(short_of_staff(), ask).table)
    assert repr(found).startswith(f"<Sweep toy: 2 points of {name}\n")


def test_a_sweep_draws_points_between_a_pair() -> None:
    name = "cohorts.a.growth_per_year"
    found = cap.sweep(short_of_staff(), {name: (0, 0.1)}, fixed=True, samples=7)
    drawn = found.tables["sweep"][name]
    assert len(drawn) == 7
    assert drawn.nunique() == 7
    assert drawn.between(0, 0.1).all()


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({}, "must be given"),
        ({"cohorts.a.growth_per_year": []}, "must be SETTING="),
        ({"cohorts.a.growth_per_year": [0.1, 0.1]}, "must give each value once, got 0.1"),
        ({"cohorts.a.growth_per_year": [float("nan")]}, "must be numbers such as"),
        ({"cohorts.a.growth_per_yeer": [0.1]}, "growth_per_yeer"),
        ({"title": [1]}, "words and yes or no cannot be varied"),
    ],
)
def test_a_sweep_says_what_cannot_be_varied(vary: dict[str, list[float]], said: str) -> None:
    with pytest.raises(cap.InputError, match=said):
        cap.sweep(short_of_staff(), vary, fixed=True)
