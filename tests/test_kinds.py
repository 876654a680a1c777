"""Every kind of standard on every surface that speaks of standards.

A kind that is declared in capacity/kinds.py and missing from one of them fails here.
"""

from __future__ import annotations

import pickle
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity import kinds
from capacity.catalogue import entries
from capacity.engine.measures import MEASURES
from capacity.kinds import IN_FILES, KINDS, Kind
from capacity.reading import scenario
from capacity.reading.levers import levers
from capacity.reading.plausible import USUAL
from capacity.report import content
from capacity.report.numbering import every_block
from capacity.results import phrases
from capacity.risk import laid_out
from capacity.schema import schema
from capacity.settings import Standard
from capacity.staffing.requirements import TERMS
from capacity.workbook import forms
from tests.test_by_hand import HOURS_100, unit

REPOSITORY = Path(__file__).resolve().parents[1]

VISITS = "tiers.k = { cases = 12 }\nduties.visit = { every_months = 2, hours = 50 }"
ONE_POST = (
    f"in_post = 1\nrecruitment_lead_months = 2\ncost_per_year = 12000\nweekly_hours = {HOURS_100}"
)
"""6 visits of 50 hours fall due each month: three posts. Nobody can join before June."""

OF_VISITS = {"cohort": "c", "duty": "visit"}
ALL_DONE = {"name": "All done", **OF_VISITS, "completion": 1, "from": "2025-10-01"}
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "completion": [OF_VISITS | {"completion": 0.9}],
    "in_date": [OF_VISITS | {"in_date": 0.9}],
    "outstanding": [OF_VISITS | {"outstanding": 2}],
    "longest_wait_months": [OF_VISITS | {"longest_wait_months": 1}],
    "cases_per_officer": [{"cohort": "c", "cases_per_officer": 5}],
    "budget": [{"budget": 14_000}, ALL_DONE],
    "max_posts": [{"team": "t", "max_posts": 2, "may_give": True}, ALL_DONE],
}
"""A standard of each kind that current posts, or the team that all visits need, do not meet."""

NAME = "The one"
EVERY = pytest.mark.parametrize("kind", IN_FILES.values(), ids=lambda kind: kind.key)


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if not isinstance(value, str) or value[:2] == "20" else f'"{value}"'


def asked(rule: dict[str, Any]) -> str:
    lines = [f"{key} = {as_toml(value)}" for key, value in ({"name": NAME} | rule).items()]
    return "\n".join(["[[standards]]", *lines])


@cache
def read(key: str) -> cap.Scenario:
    rules = [asked(rule) for rule in SAMPLES[key]]
    text = unit(VISITS, *rules, months=18, grade=ONE_POST)
    return scenario.read("toy.toml", files={"toy.toml": text})


@cache
def planned(key: str) -> cap.Plan:
    return cap.plan(read(key))


def rule_of(kind: Kind) -> Standard:
    return next(one for one in read(kind.key).settings.standards if one.name == NAME)


def about(table: str, kind: Kind, column: str) -> list[dict[str, Any]]:
    found = planned(kind.key).tables[table]
    return [row for row in found.to_dict("records") if NAME in str(row[column])]


# In a file ---------------------------------------------------------------------------------


def test_every_kind_has_a_sample_here() -> None:
    assert list(SAMPLES) == list(IN_FILES)


def test_the_levels_of_a_standard_are_the_kinds() -> None:
    beside = {"name", "from_", *kinds.BESIDE}
    assert set(Standard.model_fields) - beside == set(IN_FILES)


@EVERY
def test_a_standard_knows_its_kind_and_level(kind: Kind) -> None:
    rule = rule_of(kind)
    assert rule.kind is kind
    assert rule.level.value == SAMPLES[kind.key][0][kind.key]


@EVERY
def test_help_schema_and_documents_explain_it(kind: Kind) -> None:
    name = f"standards.NAME.{kind.key}"
    entry = next(one for one in entries() if one.name == name)
    assert (entry.meaning, entry.unit) == (kind.meaning, kind.unit)
    assert f'"{kind.key}"' in str(schema()).replace("'", '"')
    for document in ("method.md", "settings.md"):
        assert kind.key in (REPOSITORY / "docs" / document).read_text(encoding="utf-8")
    assert (name in USUAL) == (kind.usual is not None)


@EVERY
def test_what_it_needs_beside_it_must_be_given_and_nothing_else_may(kind: Kind) -> None:
    assert kind.about is not None
    rule = SAMPLES[kind.key][0]
    for key in kind.about.needs:
        text = unit(VISITS, asked({k: v for k, v in rule.items() if k != key}), grade=ONE_POST)
        with pytest.raises(cap.ScenarioError, match=f"{key}.*must be given"):
            scenario.read("toy.toml", files={"toy.toml": text})
    other = {"cohort": "c", "duty": "visit", "team": "t", "judged": "year", "may_give": True}
    for key in set(other) - {*kind.about.needs, *kind.about.may}:
        text = unit(VISITS, asked(rule | {key: other[key]}), grade=ONE_POST)
        with pytest.raises(cap.ScenarioError, match=f"{key}.*must not be given"):
            scenario.read("toy.toml", files={"toy.toml": text})


# Judged and sized --------------------------------------------------------------------------


@EVERY
def test_it_is_judged_and_has_rows_for_the_solver(kind: Kind) -> None:
    found = planned(kind.key)
    judged = [one for one in found.today.judgements if one.standard == NAME]
    assert {(one.kind, one.unit) for one in judged} == {(kind.key, kind.missed)}
    assert found.question is not None
    rows = [row for row in found.question.formulation.rule_rows if row.rule == NAME]
    assert {row.kind for row in rows} == {kind.key}


def test_a_kind_about_an_activity_is_measured_and_written_down() -> None:
    of_activities = {key for key, one in IN_FILES.items() if one.about is kinds.ACTIVITY}
    assert set(MEASURES) == of_activities
    assert {*TERMS, kinds.LONGEST_WAIT.key} == of_activities
    assert set(laid_out.MEASURES) == of_activities


@EVERY
def test_it_is_in_the_chances(kind: Kind) -> None:
    found = cap.simulate(read(kind.key), draws=20, fixed=True, enough=False, drivers=0)
    assert NAME in set(found.tables["chances"]["standard"])


# Why ---------------------------------------------------------------------------------------


@EVERY
def test_it_has_a_price(kind: Kind) -> None:
    assert kind.step is not None
    rows = about("prices", kind, "standard")
    assert {row["unit"] for row in rows} == {kind.step.name}
    assert all(row["words"].startswith((NAME, kind.doing)) for row in rows)


@EVERY
def test_a_fix_names_its_date_or_its_level(kind: Kind) -> None:
    rows = about("fixes", kind, "change")
    assert {row["change"].rpartition(".")[2] for row in rows} >= {
        kind.key if kind.eased else "from"
    }


@EVERY
def test_it_is_a_reason_for_posts_where_posts_help(kind: Kind) -> None:
    rows = planned(kind.key).tables["reasons"].to_dict("records")
    if kind.helped_by_posts:
        assert kind.reason.name in {row["rule"] for row in rows}
        assert any(kind.reason.sets in row["words"] and NAME in row["words"] for row in rows)
    assert kinds.REASONS[kind.reason.name] is kind.reason


@EVERY
def test_current_posts_have_no_room_where_it_is_not_met(kind: Kind) -> None:
    if kind.helped_by_posts:
        rows = planned(kind.key).tables["headroom"].to_dict("records")
        assert NAME in {row["breaks"] for row in rows}


# Said --------------------------------------------------------------------------------------

ASKED = {
    "completion": "at least 90% of those due completed, each month",
    "in_date": "at least 90% of cases in date, each month",
    "outstanding": "at most 2 overdue, each month",
    "longest_wait_months": "nobody overdue for more than 1 month, each month",
    "cases_per_officer": "at most 5 cases per officer",
    "budget": "at most £14,000 per year",
    "max_posts": "at most 2 posts",
}


@EVERY
def test_terminal_and_report_say_what_it_asks(kind: Kind) -> None:
    assert phrases.asks(read(kind.key).settings, rule_of(kind)) == ASKED[kind.key]
    plan = planned(kind.key)
    said = content(plan, {}, {"run_id": "0" * 8, "fixed": False}, ["budget"])
    assert ASKED[kind.key] in str(list(every_block(said)))


@EVERY
def test_pages_change_it_and_the_workbook_asks_for_it(kind: Kind) -> None:
    lever = next(one for one in levers(read(kind.key)) if one.name.endswith(f".{kind.key}"))
    assert lever.first
    assert lever.meaning == kind.meaning
    form = next(one for one in forms.FORMS if one.sheet == "Standards")
    column = next(one for one in form.columns if one.key == kind.key)
    assert (column.title, column.percent) == (kind.heading, kind.is_share)


def test_a_workbook_filled_before_a_kind_there_was_is_read() -> None:
    """The first workbooks had columns for six kinds."""
    first = {"completion", "in_date", "outstanding", "cases_per_officer", "budget", "max_posts"}
    assert {key for key, one in IN_FILES.items() if not one.later} == first


# The declarations --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_a_kind_is_the_same_one_in_another_process(kind: Kind) -> None:
    assert pickle.loads(pickle.dumps(kind)) is kind


def test_a_rule_without_a_name_is_called_something() -> None:
    unnamed = [one for key, one in KINDS.items() if key not in IN_FILES and one is not kinds.WORSE]
    assert all(one.called for one in unnamed)


def test_levels_that_cannot_be_stricter() -> None:
    """95% can be 96%, 100% cannot be 101%; a limit of half a case each cannot be one lower."""
    assert not kinds.COMPLETION.strictest(0.95)
    assert kinds.COMPLETION.strictest(1.0)
    assert kinds.CASES_PER_OFFICER.strictest(1.0)
    assert not kinds.OUTSTANDING.strictest(1.0)
    assert kinds.OUTSTANDING.strictest(0.5)
    assert kinds.LONGEST_WAIT.strictest(1)
    assert not kinds.LONGEST_WAIT.strictest(2)


def test_the_samples_are_toml() -> None:
    assert tomllib.loads(asked(SAMPLES["max_posts"][0]))["standards"][0]["may_give"] is True


def test_no_module_asks_for_a_kind_by_its_text() -> None:
    keys = "|".join(KINDS)
    asks = re.compile(rf"\.(kind|key)\b.* (==|!=|in|not in) .*[\"']({keys})[\"']")
    found = [
        f"{path.name}:{n}"
        for path in (REPOSITORY / "capacity").glob("**/*.py")
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if asks.search(line)
    ]
    assert found == []
