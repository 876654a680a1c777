"""Compare: saved what-ifs beside the baseline, their files, and what makes the difference."""

import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from capacity import charts, stages
from capacity.app.state import Saved
from capacity.app.toml_text import WhatIf, diff
from capacity.charts import options
from capacity.reading import scenario
from capacity.results.outputs import as_csv
from capacity.staffing.costs import OptionRow
from capacity.why import compare
from capacity.wording import pounds
from tests.app.pages import run, said
from tests.serving import AT_REST, barriers
from tests.toys import toy, visits

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 30\nfrom = 2025-10-01\n'
TOY = toy(LIMIT, visits(0.9), months=12)
OTHER = toy(LIMIT, visits(0.9), months=18, cases=70).replace("A toy", "Another toy")

GROWTH = "cohorts.a.growth_per_year"
TIGHT = "standards.Limit.cases_per_officer"
FASTER = WhatIf({GROWTH: 0.3})
BOTH = WhatIf({GROWTH: 0.3, TIGHT: 24})


def pages() -> None:
    """Every page that saved what-ifs appear on; `page` says which is in view."""
    import streamlit as st

    from capacity.app import compared, frame, money, where

    found = {"compare": compared.show, "money": money.show, "where": where.show}
    frame.around(found[st.session_state.get("page", "compare")])


def opened(*saved: Saved, what_if: WhatIf | None = None, team: bool = False) -> AppTest:
    at = AppTest.from_function(pages, default_timeout=60)
    at.session_state["scenario"] = "toy.toml"
    at.session_state["uploads"] = {"toy.toml": TOY, "other.toml": OTHER}
    at.session_state["what_if"] = what_if or WhatIf()
    at.session_state["team"] = team
    at.session_state["saved"] = saved
    return run(at)


def clicked(at: AppTest, key: str) -> AppTest:
    at.button(key).click()
    return run(at)


def of_toy(name: str, what_if: WhatIf) -> Saved:
    return Saved(name, "toy.toml", {"toy.toml": TOY, "other.toml": OTHER}, what_if)


def shown(at: AppTest) -> pd.DataFrame:
    """The table of options."""
    return next(one.value for one in at.dataframe if "cost_above_baseline" in one.value)


def typed(at: AppTest, name: str) -> AppTest:
    at.text_input("name to save").set_value(name)
    return clicked(at, "FormSubmitter:save what-if-Save")


@cache
def compared(*, fixed: bool) -> compare.SideBySide:
    """The comparison of the files that would be downloaded, as the command line makes it."""
    base = scenario.read("toy.toml", files={"toy.toml": TOY})
    every = [base]
    for n, one in enumerate((FASTER, BOTH)):
        files = {"toy.toml": TOY, f"w{n}.toml": diff(base, one, f"w{n}")}
        every.append(scenario.read(f"w{n}.toml", files=files))
    return compare.compare(every, fixed=fixed)


# --- Saving --------------------------------------------------------------------------------


@pytest.mark.slow
def test_nothing_saved_says_what_to_do() -> None:
    at = opened()
    assert "Nothing is saved yet." in said(at)
    assert not at.dataframe


@pytest.mark.slow
def test_what_is_in_view_is_saved_under_a_name_and_survives_pages_and_scenarios() -> None:
    at = typed(opened(what_if=FASTER), "Faster growth")
    assert "1 of 5 saved" in said(at)
    assert at.text_input("name to save").value == ""
    for page in ("where", "compare"):
        at.session_state["page"] = page
        run(at)
    assert list(shown(at)["option"]) == ["Baseline", "Faster growth"]
    at.selectbox("pick scenario").set_value("other.toml")
    run(at)
    assert list(shown(at)["option"]) == ["Baseline", "Faster growth"]
    assert "Faster growth changes another scenario, A toy" in said(at)
    assert "The options do not cover the same time" in said(at)


@pytest.mark.slow
def test_five_can_be_saved_and_the_sixth_says_what_to_do() -> None:
    at = opened(*(of_toy(f"Option {n}", WhatIf({GROWTH: n / 100})) for n in range(1, 6)))
    typed(at, "One too many")
    assert "5 what-ifs are saved, which is the most. Remove one, then save this." in said(at)
    assert len(at.session_state["saved"]) == 5
    clicked(at, "remove 0")
    typed(at, "Now it fits")
    assert [one.name for one in at.session_state["saved"]][-1] == "Now it fits"
    assert len(shown(at)) == 6


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("  ", "Give it a name first."),
        ("faster GROWTH", "“faster GROWTH” is there already."),
    ],
)
def test_a_name_that_will_not_do(name: str, words: str) -> None:
    at = typed(opened(of_toy("Faster growth", FASTER)), name)
    assert words in said(at)
    assert len(at.session_state["saved"]) == 1


@pytest.mark.slow
def test_renamed_taken_into_view_and_removed() -> None:
    at = opened(of_toy("Faster growth", FASTER), of_toy("Both", BOTH))
    at.text_input("rename 0 Faster growth").set_value("Growth")
    run(at)
    assert list(shown(at)["option"]) == ["Baseline", "Growth", "Both"]
    at.text_input("rename 0 Growth").set_value("both")
    run(at)
    assert "“both” is there already." in said(at)
    clicked(at, "load 1")
    assert at.session_state["what_if"] == BOTH
    assert at.query_params[TIGHT] == "24"
    clicked(at, "remove 0")
    assert list(shown(at)["option"]) == ["Baseline", "Both"]


@pytest.mark.slow
def test_a_saved_what_if_keeps_the_files_it_rests_on() -> None:
    """A file of the same name that is opened later is another file."""
    at = opened(of_toy("Faster growth", FASTER))
    before = shown(at)
    at.session_state["uploads"] = {"toy.toml": toy(LIMIT, months=6)}
    run(at)
    later = shown(at)
    assert later["cost_discounted"][0] != before["cost_discounted"][0]
    assert later["cost_discounted"][1] == before["cost_discounted"][1]
    clicked(at, "load 0")
    assert at.session_state["uploads"]["toy.toml"] == TOY


def test_one_that_can_no_longer_be_read_says_why_and_the_others_are_compared() -> None:
    wrong = of_toy("Nonsense", WhatIf({"cohorts.a.duties.visit.per_year.hi": 5}))
    at = opened(wrong, of_toy("Faster growth", FASTER))
    assert "use 4 or 6" in said(at)
    assert list(shown(at)["option"]) == ["Baseline", "Faster growth"]


# --- Figures -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("fixed", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_figures_are_those_of_the_command_line_on_the_files(fixed: bool) -> None:
    at = opened(of_toy("Faster growth", FASTER), of_toy("Both", BOTH), team=not fixed)
    found, table = compared(fixed=fixed), shown(at)
    rows: tuple[OptionRow, ...] = found.options
    assert list(table["cost_discounted"]) == [row.cost_discounted for row in rows]
    assert list(table["weighted_case_months"]) == [row.weighted_case_months for row in rows]
    assert list(table["outstanding_end"]) == [row.outstanding_end for row in rows]
    assert list(table["cost_above_baseline"]) == [
        row.cost_discounted - rows[0].cost_discounted for row in rows
    ]
    posts = [float(one.options[-1].staff.posts[0, -1].sum()) for one in found.plans]
    assert list(table["posts_end"]) == pytest.approx(posts)
    rows_of = [row for row in found.contributions if row.option == "w0"]
    measure = "on_time" if fixed else "cost"  # the first in which there is a difference
    picture = options.contributions(rows_of, measure, {}, "the baseline", "Faster growth")
    assert picture.title in said(at)


@pytest.mark.slow
@pytest.mark.parametrize("fixed", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_contributions_of_any_pair(fixed: bool) -> None:
    at = opened(of_toy("Faster growth", FASTER), of_toy("Both", BOTH), team=not fixed)
    at.selectbox("pair from").set_value("Faster growth")
    at.selectbox("pair to").set_value("Both")
    run(at)
    plans = compared(fixed=fixed).plans
    rows = compare.contributions(plans[1], plans[2])
    assert {row.setting for row in rows} == {TIGHT, compare.INTERACTION}
    picture = options.contributions(rows, "cost", {}, "Faster growth", "Both")
    assert picture.title in said(at)
    at.selectbox("pair to").set_value("Faster growth")
    assert "Choose two different options." in said(run(at))


def test_contributions_without_sizing_are_of_todays_posts() -> None:
    found = compared(fixed=True)
    assert {row.measure for row in found.contributions} == {"cost", "on_time", "outstanding_end"}
    assert "with none added" in found.words[-1]
    one, two = found.plans[0].today, found.plans[1].today
    cost = float(two.costs.total_discounted.sum() - one.costs.total_discounted.sum())
    of_first = [row for row in found.contributions if row.option == "w0"]
    assert sum(row.effect for row in of_first if row.measure == "cost") == pytest.approx(cost)


def test_many_changes_are_worked_out_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.app.differing.MANY", 1)
    at = opened(of_toy("Both", BOTH))
    assert "2 settings differ between these two." in said(at)
    clicked(at, "ask contributions")
    assert "With no posts added, Both" in said(at)


def test_lines_are_those_of_the_plans() -> None:
    plans = compared(fixed=True).plans
    named = [
        options.Named(name, one, sized=False)
        for name, one in zip(("Baseline", "Faster", "Both"), plans, strict=True)
    ]
    levels = charts.levels(charts.Shown(plans[0]), "a", "visit", "completion")
    assert [level.value for level in levels] == [0.9]
    picture = options.overlaid(named, "a", "visit", "outstanding", "Home visit", levels)
    for one in named:
        table = picture.table[picture.table["series"] == one.name]
        outstanding = one.plan.today.projection.outstanding[0].sum(axis=1)
        assert list(table["outstanding"]) == pytest.approx(list(outstanding))
    assert picture.title.startswith("Most home visits overdue: ")
    assert "(Baseline)" in picture.title


def test_money_has_the_saved_what_ifs_beside_the_scenario() -> None:
    at = opened(of_toy("Faster growth", FASTER))
    at.session_state["page"] = "money"
    run(at)
    table = next(one.value for one in at.table if "Loans paid for" in one.value.index)
    assert list(table) == ["No posts added", "Faster growth, no posts added"]
    rows = compared(fixed=True).options
    assert table.loc["Cost"].tolist() == [pounds(one.cost_discounted) for one in rows[:2]]


# --- Files ---------------------------------------------------------------------------------


def test_the_archive_has_every_file_that_is_needed() -> None:
    def archive() -> None:
        import streamlit as st

        from capacity.app import saved, state

        state.begin()
        st.session_state["archive"] = saved.archive(saved.kept())

    at = AppTest.from_function(archive, default_timeout=30)
    at.session_state["saved"] = (
        of_toy("Faster growth", FASTER),
        of_toy("faster-growth!", BOTH),
        Saved("Norfolk 2024", "norfolk-2024", {}, WhatIf({"cohorts.rso.growth_per_year": 0.05})),
    )
    run(at)
    with zipfile.ZipFile(io.BytesIO(at.session_state["archive"])) as found:
        texts = {name: found.read(name).decode() for name in found.namelist()}
    assert set(texts) == {
        *("toy.toml", "other.toml", "faster-growth.toml", "faster-growth-2.toml"),
        "norfolk-2024-2.toml",
    }
    again = scenario.read("faster-growth-2.toml", files=texts)
    changed = BOTH.applied_to(scenario.read("toy.toml", files={"toy.toml": TOY}))
    assert {name for name, _, _ in scenario.differences(again, changed)} == {"title"}
    assert again.settings.title == "faster-growth!"
    assert 'extends = "norfolk-2024.toml"' in texts["norfolk-2024-2.toml"]


# --- In a browser --------------------------------------------------------------------------


def at_rest(page: Page) -> None:
    page.wait_for_timeout(300)
    page.locator(AT_REST).wait_for(timeout=90_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_two_what_ifs_saved_compared_and_downloaded(
    page: Page, app_address: str, tmp_path: Path
) -> None:
    """The files give the same on the command line."""
    growth, posts = "cohorts.rso.growth_per_year", "teams.ppu.grades.constable.posts"
    page.goto(f"{app_address}/compare?months=18&{growth}=0.05&{posts}=25")
    at_rest(page)
    for name in ("Growth and posts", "Posts alone"):
        box = page.get_by_role("textbox", name="Name of this what-if")
        box.fill(name)
        box.press("Enter")
        expect(page.get_by_text(f"{name} ·")).to_be_visible(timeout=60_000)
        at_rest(page)
        if name != "Posts alone":
            page.get_by_role("button", name="Undo").nth(1).click()
            at_rest(page)
    files = []
    for n, name in enumerate(("growth-and-posts", "posts-alone")):
        with page.expect_download() as download:
            page.get_by_role("button", name="Scenario file", exact=True).nth(n).click()
        assert download.value.suggested_filename == f"{name}.toml"
        download.value.save_as(tmp_path / f"{name}.toml")
        files.append(scenario.read(tmp_path / f"{name}.toml"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").first.click()
    table = pd.read_csv(download.value.path())
    found = compare.compare([scenario.read("norfolk-2024"), *files], fixed=True)
    assert list(table["option"]) == ["Baseline", "Growth and posts", "Posts alone"]
    wanted = pd.DataFrame({"cost_discounted": [row.cost_discounted for row in found.options]})
    assert as_csv(table[["cost_discounted"]]) == as_csv(wanted)
    expect(page.get_by_text("The options do not cover the same time")).to_be_visible()
    assert barriers(page) == []


def test_a_fix_is_applied_and_the_plan_is_possible(page: Page, app_address: str) -> None:
    may = "standards.PPU posts frozen.may_give"
    address = urlencode({"scenario": "posts-frozen", "months": 30, "team": "yes", may: "true"})
    page.goto(f"{app_address}/team-size?{address}")
    apply = page.get_by_role("button", name="Apply").first
    apply.wait_for(timeout=90_000)
    at_rest(page)
    apply.click()
    expect(page.get_by_text("What would make it possible")).to_have_count(0, timeout=90_000)
    at_rest(page)
    values: dict[str, Any] = {"months": 30}
    for name, value in page.evaluate("[...new URLSearchParams(location.search)]"):
        if "." in name:
            values[name] = json.loads(value)
    # The first fix that is offered changes one setting more than the page was opened with.
    assert len(values) == 3
    assert values[may] is True
    base = scenario.read("posts-frozen")
    found = stages.run(base.replace(values))
    assert found.sizing is not None
    assert not found.sizing.missing
    expect(page.get_by_text("What cannot be met")).to_have_count(0)
