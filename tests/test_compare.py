"""Options side by side, and what each changed setting contributes to the difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from capacity import stages
from capacity.cli import app
from capacity.reading import scenario
from capacity.reading.scenario import Scenario
from capacity.results import outputs, tables
from capacity.why import compare
from tests import making, toys
from tests.toys import toy, visits


def read(text: str, name: str = "a.toml") -> Scenario:
    return scenario.read(name, files={name: text})


def limit(cases: float) -> str:
    return (
        '[[standards]]\nname = "Limit"\ncohort = "a"\n'
        f"cases_per_officer = {cases}\nfrom = 2026-04-01\n"
    )


def total(rows: tuple[compare.Contribution, ...], measure: str) -> float:
    return sum(row.effect for row in rows if row.measure == measure)


def test_contributions_and_interaction_by_hand() -> None:
    """A limit of 20 instead of 30 asks for 2 posts more in the second year, £50,000 each.

    At £60,000 a post today's 3 cost 3 × 2 × £10,000 more and the fourth £10,000. Both together:
    the two further posts cost £10,000 more each, which neither change does by itself.
    """
    free = "[finance]\ndiscount_rate = 0.0\n"
    first = read(toy(limit(30), free))
    other = read(toy(limit(20), free).replace("50000", "60000"), "b.toml")
    rows = compare.contributions(stages.run(first), stages.run(other))
    cost = {row.setting: row.effect for row in rows if row.measure == "cost"}
    assert cost["standards.Limit.cases_per_officer"] == pytest.approx(100_000)
    assert cost["teams.t.grades.pc.cost_per_year"] == pytest.approx(70_000)
    assert cost[compare.INTERACTION] == pytest.approx(20_000)
    assert total(rows, "cost") == pytest.approx(190_000)


@pytest.mark.slow
@given(seed=st.integers(0, 3_000))
def test_contributions_add_up_to_the_difference(seed: int) -> None:
    table = making.scenario(seed, making.TINY)
    first = making.read(table)
    values: dict[str, Any] = {}
    for name, team in table["teams"].items():
        grade = next(iter(team["grades"]))
        values[f"teams.{name}.grades.{grade}.cost_per_year"] = 61_000
        values[f"teams.{name}.grades.{grade}.sickness"] = 0.02
    for name in table["cohorts"]:
        values[f"cohorts.{name}.hours_per_case_month"] = 0.3
    one, two = stages.run(first), stages.run(first.replace(values))
    rows = compare.contributions(one, two)
    assert one.question is not None
    assert two.question is not None
    before, after = compare._measures(one.question), compare._measures(two.question)
    for measure in compare.MEASURES:
        difference = after[measure] - before[measure]
        assert total(rows, measure) == pytest.approx(difference, abs=1e-6, rel=1e-9)


def test_things_added_and_taken_away_are_one_change_each() -> None:
    budget = '[[standards]]\nname = "Budget"\nbudget = 900000\n'
    loan = '[[people]]\nteam = "t"\ngrade = "pc"\nfte = 1\nfrom = 2025-06-01\nwhy = "Loan"\n'
    first, other = read(toy(limit(30), budget)), read(toy(limit(30), loan), "b.toml")
    rows = compare.contributions(stages.run(first), stages.run(other))
    settings = {row.setting for row in rows}
    assert settings == {"standards.Budget", "people.Loan", compare.INTERACTION}


OFFICE = """
[cohorts.b]
team = "u"
tiers = { all = { cases = 100 } }
[teams.u.grades.pc]
in_post = 2
cost_per_year = 40000
"""


def test_a_team_comes_and_goes_with_its_cohort() -> None:
    """Two posts of £40,000 for two years, who have nothing to do but for these cases."""
    free = "[finance]\ndiscount_rate = 0.0\n"
    without, with_ = read(toy(free)), read(toy(free, OFFICE), "b.toml")
    for first, other, more, what in (
        (without, with_, 160_000, "teams.u, cohorts.b"),
        (with_, without, -160_000, "cohorts.b, teams.u"),
    ):
        rows = compare.contributions(stages.run(first), stages.run(other))
        cost = {row.setting: row.effect for row in rows if row.measure == "cost"}
        assert cost == {what: pytest.approx(more), compare.INTERACTION: pytest.approx(0)}


def test_a_cohort_moves_to_a_team_of_its_own() -> None:
    """Two posts more, and cases that are the same but for who sees them."""
    both = OFFICE.replace('team = "u"', 'team = "t"', 1).partition("[teams")[0]
    free = "[finance]\ndiscount_rate = 0.0\n"
    first, other = read(toy(free, both)), read(toy(free, OFFICE), "b.toml")
    rows = compare.contributions(stages.run(first), stages.run(other))
    cost = {row.setting: row.effect for row in rows if row.measure == "cost"}
    assert cost["teams.u, cohorts.b.team"] == pytest.approx(160_000)
    assert cost[compare.INTERACTION] == pytest.approx(0)


def test_a_standard_comes_with_the_cohort_that_it_is_about() -> None:
    """500 cases at a limit of 100 ask for 5 officers: 2 posts more, for two years."""
    free = "[finance]\ndiscount_rate = 0.0\n"
    more = '[cohorts.b]\nteam = "t"\ntiers = { all = { cases = 500 } }\n'
    ratio = '[[standards]]\nname = "Limit of b"\ncohort = "b"\ncases_per_officer = 100\n'
    first, other = read(toy(free)), read(toy(free, more, ratio), "b.toml")
    rows = compare.contributions(stages.run(first), stages.run(other))
    cost = {row.setting: row.effect for row in rows if row.measure == "cost"}
    assert cost["cohorts.b, standards.Limit of b"] == pytest.approx(200_000)
    found = compare.compare([other, first])
    assert "a costs £200,000 less than b over 24 months (discounted), or £100,000 per year." in (
        found.words
    )
    words = "standards.Limit of b, cohorts.b (there → none) by itself saves £200,000."
    assert words in found.words


def test_what_changes_do_beyond_each_by_itself_in_words() -> None:
    """Two posts more or £10,000 more for each of three, or both: £20,000 more than both add."""
    free = "[finance]\ndiscount_rate = 0.0\n"
    first = read(toy(limit(30), free))
    other = read(toy(limit(20), free).replace("50000", "60000"), "b.toml")
    assert (
        "All changes together add £20,000 beyond the sum of each by itself."
        in compare.compare([first, other]).words
    )


def test_settings_that_need_each_other_are_changed_together() -> None:
    mix = "\n[cohorts.a.entry_mix]\nhi = {hi}\nlo = {lo}\n"
    first = read(toy(limit(30), growth=0.1) + mix.format(hi=0.5, lo=0.5))
    other = read(toy(limit(30), growth=0.1) + mix.format(hi=0.2, lo=0.8), "b.toml")
    rows = compare.contributions(stages.run(first), stages.run(other))
    assert {row.setting for row in rows} == {"cohorts.a.entry_mix", compare.INTERACTION}


def test_standards_not_met_are_counted_by_name_and_times_beside_them() -> None:
    """40 hours per visit: neither tier is done in six months from October: 12 times, once."""
    found = compare.compare([read(toy(visits(), duty="hours = 40"))], fixed=True)
    first, second = found.year_costs
    assert (first.year, first.standards_missed, first.times_missed) == ("2025/26", 1, 12)
    assert (second.standards_missed, second.times_missed) == (1, 24)


def test_posts_of_a_scenario_are_counted_and_priced() -> None:
    """None in post and eleven posts: eleven at £50,000 for a year."""
    none = toy(months=12, posts=0)
    eleven = toy(months=12, posts=0, grade="posts = 11")
    found = compare.compare([read(none), read(eleven, "b.toml")], fixed=True)
    assert [row.posts for row in found.year_costs] == [0, 11]
    assert [row.cost for row in found.year_costs] == pytest.approx([0, 550_000])


def test_side_by_side() -> None:
    first = read(toy(limit(30), visits(0.9)))
    other = read(toy(limit(20), visits(0.9)), "b.toml")
    found = compare.compare([first, other])
    assert found.names == ("a", "b")
    assert [one.words for one in found.changes] == ["standards.Limit.cases_per_officer: 30 → 20"]
    assert found.words[0] == "b: standards.Limit.cases_per_officer: 30 → 20"
    assert "within 0.01% of the least cost" in found.words[-1]
    assert "Only differences" in found.words[-1]
    frames = tables.comparison(found)
    names = ["measure", "setting", "from", "to", "effect"]
    assert list(frames["contributions"].columns)[:5] == names
    assert set(frames["options"]["option"]) == {"a", "b"}
    assert set(frames["year_costs"]["year"]) == {"2025/26", "2026/27"}
    assert set(frames["standards"]["option"]) == {"a", "b"}
    json.dumps(outputs.records(frames), allow_nan=False)


def test_the_same_scenario_twice() -> None:
    first = read(toy(limit(30)))
    found = compare.compare([first, first])
    assert found.names == ("a (1)", "a (2)")
    assert "same settings" in found.words[0]
    assert {row.effect for row in found.contributions} == {0.0}


def test_by_command(tmp_path: Path) -> None:
    """3 posts and then 4, against 4 and then 6: £350,000 and £500,000 at £50,000 a post.

    Longer visits take a fourth post at once; a limit of 20 for 120 cases asks for 6 in the second
    year.
    """
    free = "[finance]\ndiscount_rate = 0.0\n"
    one, two, out = (tmp_path / name for name in ("a.toml", "b.toml", "out"))
    one.write_text(toy(limit(30), visits(0.9), free), encoding="utf-8")
    two.write_text(toy(limit(20), visits(0.9), free, duty="hours = 9"), encoding="utf-8")
    told = CliRunner().invoke(app, ["compare", str(one), str(two), "--out", str(out)])
    assert told.exit_code == 0, told.output
    text = " ".join(told.output.split())
    assert "Changed settings b: cohorts.a.duties.visit.hours: 2 → 9" in text
    assert "Teams needed side by side (cost of the whole time, discounted)" in text
    rows = [line.split() for line in told.output.splitlines() if line.startswith(("a ", "b "))]
    assert [row[:3] for row in rows[:2]] == [["a", "350", "4"], ["b", "500", "6"]]
    assert "b costs £150,000 more than a over 24 months" in text
    assert "Limit.cases_per_officer (30 → 20) by itself adds £100,000." in text
    assert {"options.csv", "contributions.csv", "manifest.json"} <= {
        path.name for path in out.iterdir()
    }


def test_side_by_side_as_json(tmp_path: Path) -> None:
    """3 posts and then 4 at £50,000, or 3 and then 6 for a limit of 20."""
    files = []
    for name, cases in (("a", 30), ("b", 20)):
        path = tmp_path / f"{name}.toml"
        text = toy(limit(cases), "[finance]\ndiscount_rate = 0.0\n")
        path.write_text(text, encoding="utf-8")
        files.append(str(path))
    told = CliRunner().invoke(app, ["compare", *files, "--json"])
    assert told.exit_code == 0, told.output
    rows = json.loads(told.stdout)["options"]
    cost = {row["option"]: row["cost_discounted"] for row in rows}
    assert cost == {"a": pytest.approx(350_000), "b": pytest.approx(450_000)}


def test_what_waits_is_set_side_by_side_where_it_differs(tmp_path: Path) -> None:
    """80 visits fall due a month and 104 fit in 520 hours of 5; of 6.5, 80; of 10, 52."""
    files = []
    for name, hours in (("few", 5), ("many", 10)):
        path = tmp_path / f"{name}.toml"
        path.write_text(toy(duty=f"hours = {hours}"), encoding="utf-8")
        files.append(str(path))
    told = CliRunner().invoke(app, ["compare", *files])
    assert told.exit_code == 0, told.output
    assert "Overdue at the end of 2026/27 (longest overdue, months)" in told.output
    assert "60 (24)" in told.output, "nobody in the lower tier is visited"


def test_an_option_without_an_answer_is_named_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toys.no_answer_where_cases_grow(monkeypatch)
    found = compare.compare([read(toy(visits())), read(toy(visits(), growth=0.1), "b.toml")])
    assert "b: no plan could be worked out; its current posts are shown instead." in found.words
    posts = {row.option: row.posts for row in found.year_costs}
    assert posts == {"a": 3.0, "b": 3.0}
