"""What goes away while somebody works: room on the disk, the folder, the server, the program."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.workspace import scenarios
from capacity.workspace.place import FILE, WorkspaceError, open_workspace
from tests.postgres import Postgres
from tests.workspace.hands import ANALYST, Hands, begun, content
from tests.workspace.test_lasting import first, found

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_full_disk_is_told_and_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    """The writer may write files of 400 kB at most, and saves 40 kB at a time."""
    where = str(tmp_path / "workspace")
    scenario = first(where)
    command = [sys.executable, "-m", "tests.workspace.writer", where, scenario, "1000", "m"]
    told = subprocess.run(
        command,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)),
    )
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1].startswith("capacity.workspace.place.WorkspaceError: ")
    said = told.stdout.split()
    assert 0 < len(said) < 1000
    assert found(where, scenario)[: len(said)] == said


def test_a_command_on_a_full_disk_ends_with_one_line(tmp_path: Path) -> None:
    """A workspace takes some pages of its own before anything is in it."""
    command = [sys.executable, "-m", "capacity", "workspace", "import", "norfolk-2024"]
    told = subprocess.run(
        [*command, "--workspace", str(tmp_path / "workspace")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )
    assert told.returncode == 2, told.stderr
    assert "Traceback" not in told.stderr
    assert "cannot be" in told.stderr


def test_a_folder_that_is_taken_away_is_told(tmp_path: Path) -> None:
    where = tmp_path / "workspace"
    workspace = open_workspace(str(where))
    hands = Hands()
    one = scenarios.keep_new(workspace, hands.of(ANALYST), content(), "Plan", unit_name="Norfolk")
    shutil.rmtree(where)
    with pytest.raises(WorkspaceError):
        scenarios.save(workspace, hands.of(ANALYST), one.id, 1, content("title = 2"))
    with pytest.raises(WorkspaceError):
        scenarios.open_scenario(workspace, hands.of(ANALYST), one.id)
    workspace.close()


@pytest.mark.database
@pytest.mark.slow
def test_a_server_that_stops_and_comes_back_is_worked_on_again(server: Postgres) -> None:
    """A page stays open meanwhile: what it asks is refused in one line, and then answered."""
    if server.folder is None:
        return  # the server whose address was given is not ours to stop
    with server.database() as where:
        workspace, hands = open_workspace(where), Hands()
        one = scenarios.keep_new(workspace, hands.of(), content(), "Plan", unit_name="Norfolk")
        server.stop("immediate")
        for ask in (
            lambda: scenarios.open_scenario(workspace, hands.of(), one.id),
            lambda: scenarios.save(workspace, hands.of(), one.id, 1, content("title = 2")),
        ):
            with pytest.raises(WorkspaceError) as refused:
                ask()
            assert "\n" not in str(refused.value)
        server.start()
        there = scenarios.open_scenario(workspace, hands.of(), one.id)
        assert there.revision == 1
        saved = scenarios.save(workspace, hands.of(), one.id, 1, content("title = 2"))
        assert saved.revision == 2
        workspace.close()


def killed_rounds(folder: Path, times: int) -> int:
    """Kill so many rounds as they begin to write, and return how many were kept.

    Each must be kept whole or not at all: figures, the scenario after it and its forecast.
    """
    chance, data, place = random.Random(5), REPOSITORY / "data", folder / "kept"
    heading, *lines = (data / "synthetic-history.csv").read_text(encoding="utf-8").splitlines()
    months = [line for line in lines if "2019-04" <= line[:7] <= "2020-03"]
    figures = folder / "year.csv"
    figures.write_text("\n".join([heading, *months, ""]), encoding="utf-8")
    environment = {**os.environ, "CAPACITY_WORKSPACE": str(place)}

    def typed(*words: str) -> str:
        done = CliRunner().invoke(app, ["workspace", *words], env=environment)
        assert done.exit_code == 0, done.output
        return done.output

    typed("import", str(data / "synthetic-scenario.toml"))
    log = place / f"{FILE}-wal"
    asked = ["round", "synthetic-scenario", "--figures", str(figures), "--draws", "100"]
    kept = 0
    for _ in range(times):
        process = subprocess.Popen(
            [sys.executable, "-m", "capacity", *asked],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and not begun(log):
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.02))
        process.kill()
        process.wait()
        told = json.loads(typed("list", "--history", "--json"))
        said = [event["words"].split()[0] for event in told["history"]]
        assert said.count("Import") == said.count("Version")
        kept = said.count("Version")
    return kept


@pytest.mark.slow
def test_a_round_that_is_killed_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    killed_rounds(tmp_path, 2)
