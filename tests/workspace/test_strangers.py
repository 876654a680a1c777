"""Hostile hands on a workspace: what reads like SQL or a path is a name, or nobody's work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from capacity.cli import app
from capacity.errors import CapacityError, InputError
from capacity.workspace import bundle, figures, forecasts, pages, scenarios, timings, units
from capacity.workspace.people import NoAccess
from capacity.workspace.place import Workspace
from capacity.workspace.tables import IN_ORDER
from tests.workspace.hands import ANALYST, EVE, Hands, content

SQL = (
    "' OR '1'='1",
    "x'; DROP TABLE scenarios; --",
    '" OR 1=1 --',
    "%",
    ":name",
    "{0}",
)
PATHS = ("../../etc/passwd", "/etc/passwd", "..\\..\\x", "C:\\x", "a/../../b")


def counts(workspace: Workspace) -> dict[str, int]:
    """Rows of every table."""
    with workspace.reading() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in IN_ORDER
        }


@pytest.mark.parametrize("text", [*SQL, *PATHS])
def test_what_reads_like_sql_or_a_path_is_a_name_and_nothing_else(
    text: str, workspace: Workspace
) -> None:
    hands = Hands()
    own = content('title = "A"', **{text: text})
    one = scenarios.keep_new(workspace, hands.of(ANALYST), own, text, unit_name=text)
    scenarios.rename(workspace, hands.of(ANALYST), one.id, f"{text}!")
    figures.decide(workspace, hands.of(ANALYST), one.unit, text, "2026-01-05")
    found = scenarios.open_scenario(workspace, hands.of(ANALYST), one.id)
    assert (found.name, found.unit_name, found.content) == (f"{text}!", text, own)
    assert [one.name for one in units.units(workspace, hands.of(ANALYST))] == [text]
    assert scenarios.scenarios(workspace, hands.of(EVE)) == ()


@pytest.mark.parametrize("text", [*SQL, *PATHS, ""])
def test_what_reads_like_sql_finds_nobody_s_work(text: str, workspace: Workspace) -> None:
    """In the place of the identity of a unit, a scenario, a decision or a page."""
    hands = Hands()
    one = scenarios.keep_new(workspace, hands.of(ANALYST), content(), "Plan", unit_name="Norfolk")
    pages.remember(workspace, hands.of(ANALYST), "token-of-a-page", "{}")
    before = counts(workspace)
    eve = hands.of(EVE)
    refused = [
        lambda: scenarios.open_scenario(workspace, eve, text),
        lambda: scenarios.save(workspace, eve, text, 1, content()),
        lambda: scenarios.remove(workspace, eve, text),
        lambda: scenarios.keep_new(workspace, eve, content(), "Mine", unit=text),
        lambda: units.remove_unit(workspace, eve, text),
        lambda: units.grant(workspace, eve, text, EVE, "own"),
        lambda: figures.decisions(workspace, eve, text),
        lambda: figures.sign(workspace, eve, one.unit, text),
        lambda: forecasts.forecasts(workspace, eve, text),
        lambda: timings.clear(workspace, eve, text),
    ]
    for ask in refused:
        with pytest.raises(NoAccess):
            ask()
    assert pages.remembered(workspace, eve, text) is None
    assert counts(workspace) == before


def test_the_forecasts_and_timings_of_a_unit_are_not_for_others(workspace: Workspace) -> None:
    hands = Hands()
    one = scenarios.keep_new(workspace, hands.of(ANALYST), content(), "Plan", unit_name="Norfolk")
    pages.remember(workspace, hands.of(ANALYST), "token", '{"scenario": 1}')
    with pytest.raises(NoAccess):
        forecasts.forecasts(workspace, hands.of(EVE), one.id)
    with pytest.raises(NoAccess):
        timings.clear(workspace, hands.of(EVE), one.unit)
    assert pages.remembered(workspace, hands.of(EVE), "token") is None
    assert pages.remembered(workspace, hands.of(ANALYST), "token") == '{"scenario": 1}'


@pytest.mark.parametrize("name", [*PATHS, "CON", "a\u0000b"])
def test_files_of_a_bundle_are_written_nowhere(name: str, tmp_path: Path) -> None:
    """A bundle names its files; importing it writes into the workspace alone."""
    document = json.loads(bundle.packed("Plan", content()))
    document["files"] = {name: 'title = "A"\n'}
    document["scenario"] = name
    file, work = tmp_path / "in" / "plan.capacity", tmp_path / "in" / "workspace"
    file.parent.mkdir()
    file.write_text(json.dumps(document), encoding="utf-8")
    asked = ["workspace", "import", str(file), "--workspace", str(work)]
    run = CliRunner().invoke(app, asked)
    assert run.exit_code in (0, 2), run.output
    assert isinstance(run.exception, SystemExit | None)
    outside = {path.name for path in tmp_path.iterdir()}
    assert outside == {"in"}
    assert {path.name for path in file.parent.iterdir()} <= {"plan.capacity", "workspace"}
    if work.exists():
        assert all(path.suffix.startswith(".sqlite3") or path.is_dir() for path in work.iterdir())


@pytest.mark.parametrize("where", ["sqlite:///x", "mysql://a/b", "postgresql://", "file:x\u0000"])
def test_an_address_that_is_no_workspace_is_told(where: str) -> None:
    from capacity.workspace.place import open_workspace

    with pytest.raises((InputError, CapacityError)):
        open_workspace(where, new=False)
